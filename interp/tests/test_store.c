/* test_store.c: engines and stores: limits, the interpreter's description of itself, values as cells, storage that a
 * store frees before its end.
 */
#include "core/run/store.h"
#include "core_fixture.h"

/* ---- Engines ------------------------------------------------------------------------------------------------- */

static void test_limits(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    bool described = true, kept = true;
    for (size_t i = 0; i < wp_limit_count(); i++) {
        wp_limit_info info = wp_limit_get(NULL, i), of_engine = wp_limit_get(x.engine, i);
        described = described && CHECK(info.name[0] != '\0') && CHECK(info.unit[0] != '\0') &&
                    CHECK(info.text[0] != '\0') && CHECK(info.value != 0);
        kept = kept && EQ(of_engine.value, info.value) && CHECK(wp_limit_set(x.engine, info.name, 1)) &&
               EQ(wp_limit_get(x.engine, i).value, 1) && EQ(wp_limit_get(NULL, i).value, info.value);
    }
    tap_ok(t, CHECK(described) && CHECK(wp_limit_count() > 5),
           "each limit has a name, a unit, a meaning and a default");
    tap_ok(t, kept, "an engine begins with the defaults, and its limits are its own");
    tap_ok(t, !wp_limit_set(x.engine, "nonsense", 1), "an unknown limit is refused");
    tap_ok(t,
           CHECK(!wp_limit_set(x.engine, "nesting", UINT64_MAX)) &&
               CHECK(!wp_limit_set(x.engine, "memory_pages", UINT64_MAX)),
           "values that the data structures cannot hold are refused");
    fixture_close(&x, "limits");
}

static void test_tables(tap *t) {
    bool instrs = wp_instr_count() > 400, features = wp_feature_count() > 5, rules = wp_rule_count() > 20;
    for (size_t i = 0; i < wp_instr_count(); i++) {
        wp_instr_info info = wp_instr_get(i);
        instrs = instrs && CHECK(info.mnemonic[0] != '\0') && CHECK(info.immediate[0] != '\0') &&
                 CHECK(info.signature[0] != '\0') && CHECK(info.feature[0] != '\0');
    }
    for (size_t i = 0; i < wp_feature_count(); i++)
        features = features && CHECK(wp_feature_get(i).name[0] != '\0') && CHECK(wp_feature_get(i).text[0] != '\0');
    for (size_t i = 0; i < wp_rule_count(); i++)
        rules = rules && CHECK(wp_rule_get(i).id[0] != '\0') && CHECK(wp_rule_get(i).chapter[0] != '\0');
    tap_ok(t, CHECK(instrs) && CHECK(features) && CHECK(rules), "instructions, features and rules are described");
    tap_ok(t, CHECK(wp_version()[0] >= '0') && CHECK(wp_version()[0] <= '9'), "version %s", wp_version());
    static const char *const names[] = {"ok",   "malformed", "invalid",    "unlinkable", "unloadable",  "refused",
                                        "trap", "exception", "exhaustion", "exit",       "unsupported", "crash"};
    bool named = true;
    for (int i = WP_OK; i <= WP_CRASH; i++)
        named = named && EQ_TEXT(wp_status_name((wp_status)i), names[i]);
    tap_ok(t, CHECK(named) && EQ_TEXT(wp_status_name((wp_status)99), "unknown"), "statuses have names");
    bool texts = true;
#define TRAP(id, text) texts = texts && EQ_TEXT(wp_trap_text(WP_TRAP_##id), text);
#include "core/trap.def"
    texts = texts && CHECK(wp_trap_count() > 5);
    for (size_t i = 0; i < wp_trap_count(); i++)
        texts = texts && EQ_TEXT(wp_trap_get(i), wp_trap_text((wp_trap)(WP_TRAP_none + 1 + i)));
    tap_ok(t,
           CHECK(texts) && EQ(wp_trap_text(WP_TRAP_none)[0], '\0') &&
               EQ_TEXT(wp_trap_text(WP_TRAP_host_memory), "out of memory"),
           "traps have texts");
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

static void test_cells(tap *t) {
    static const wp_valtype types[] = {WP_T_I32, WP_T_F32, WP_T_I64, WP_T_F64, WP_T_V128, WP_T_EXTERNREF};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        bool narrow = types[i] == WP_T_I32 || types[i] == WP_T_F32;
        uint64_t cells[2] = {0, 0};
        wp_value value = {.type = types[i], .of = {.v128 = {0x8877665544332211, 0x0102030405060708}}};
        wp_value_to_cells(value, cells);
        bool right = cells[0] == (narrow ? 0x44332211 : 0x8877665544332211);
        right = right && EQ(cells[1], types[i] == WP_T_V128 ? 0x0102030405060708 : 0);
        wp_value back = wp_value_from_cells(types[i], cells);
        right = right && EQ(back.type, types[i]);
        right = right && CHECK(narrow ? back.of.i32 == 0x44332211 : back.of.i64 == 0x8877665544332211);
        right = right && CHECK(types[i] != WP_T_V128 || back.of.v128[1] == 0x0102030405060708);
        char name[32];
        wp_valtype_print(types[i], name, sizeof name);
        tap_ok(t, CHECK(right) && EQ(wp_cells(types[i]), types[i] == WP_T_V128 ? 2 : 1), "%s as cells and back", name);
    }
}

/* ---- Freed storage ------------------------------------------------------------------------------------------- */

static void test_shorten(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_extern memory, table, more;
    wp_limits limits = {.min = 1};
    bool made = EQ_STATUS(wp_memory_new(x.store, limits, &memory, &x.diag), WP_OK) &&
                EQ_STATUS(wp_table_new(x.store, WP_T_FUNCREF, limits, &table, &x.diag), WP_OK);
    size_t before = x.f.live;
    made = made && EQ_STATUS(wp_memory_new(x.store, limits, &more, &x.diag), WP_OK) &&
           EQ_STATUS(wp_memory_new(x.store, limits, &more, &x.diag), WP_OK) &&
           EQ_STATUS(wp_table_new(x.store, WP_T_FUNCREF, limits, &more, &x.diag), WP_OK);
    wp_store_shorten(x.store, table.object, memory.object);
    tap_ok(t,
           CHECK(made) && EQ(x.f.live, before) && CHECK(x.store->memories == memory.object) &&
               CHECK(x.store->tables == table.object),
           "wp_store_shorten frees newer memories and tables");
    tap_ok(t, EQ(wp_memory_pages(memory), 1), "wp_store_shorten keeps older memories");
    wp_store_release(x.store);
    tap_ok(t, EQ(wp_memory_pages(memory), 0) && EQ(((const wp_table *)table.object)->count, 0),
           "wp_store_release frees the storage of memories and tables");
    fixture_close(&x, "stores");
}

/* Buffers of the library are freed with their size. */
static void test_buffers(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_module *module = fixture_parse(&x, "(func (export \"f\"))");
    uint8_t *bytes = NULL;
    char *text = NULL;
    size_t size = 0, length = 0;
    tap_ok(t,
           EQ_STATUS(wp_module_encode(module, &bytes, &size, NULL), WP_OK) &&
               EQ_STATUS(wp_module_print(module, &text, &length, NULL), WP_OK),
           "encoding and printing without a diagnostic");
    wp_buffer_free(x.engine, bytes, size);
    wp_buffer_free(x.engine, text, length + 1);
    tap_ok(t, EQ(x.f.mistakes, 0), "buffers are freed with their exact size");
    wp_module_delete(module);
    wp_module_delete(NULL);
    wp_engine_delete(NULL);
    fixture_close(&x, "buffers");
}

int main(void) {
    tap t = {0};
    test_limits(&t);
    test_tables(&t);
    test_cells(&t);
    test_shorten(&t);
    test_buffers(&t);
    return tap_done(&t);
}
