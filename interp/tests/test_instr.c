/* test_instr.c: tables of instructions, features, limits and rules; creation of engines. */
#include "core/engine.h"
#include "core/instr.h"
#include "failing.h"
#include "tap.h"

/* Rows are in order, and each mnemonic finds its first row. */
static void check_rows(tap *t, const wp_engine *engine) {
    size_t bad_name = 0, bad_order = 0;
    for (uint32_t op = 0; op < WP_OP_COUNT; op++) {
        const wp_instr_row *row = &wp_instr_rows[op];
        wp_op named = wp_instr_named(engine->mnemonics, row->mnemonic, strlen(row->mnemonic));
        bad_name += named > (wp_op)op || strcmp(wp_instr_rows[named].mnemonic, row->mnemonic) != 0;
        if (op > 0) {
            const wp_instr_row *last = &wp_instr_rows[op - 1];
            bad_order += last->prefix > row->prefix || (last->prefix == row->prefix && last->code >= row->code);
        }
    }
    tap_ok(t, EQ(bad_name, 0), "every row is found by its mnemonic");
    tap_ok(t, EQ(bad_order, 0), "rows are in order of prefix and code");
}

/* Rows that share a mnemonic differ by their immediates. */
static void check_shared_names(tap *t, const wp_engine *engine) {
    size_t shared = 0;
    for (uint32_t op = 0; op < WP_OP_COUNT; op++) {
        const char *name = wp_instr_rows[op].mnemonic;
        shared += wp_instr_named(engine->mnemonics, name, strlen(name)) != (wp_op)op;
    }
    tap_ok(t, EQ(shared, 3), "select, ref.test and ref.cast have two rows each, all others one");
    tap_ok(t, EQ(wp_instr_named(engine->mnemonics, "select", 6), WP_OP_select), "the first row of a mnemonic is found");
}

static void check_absent(tap *t, const wp_engine *engine) {
    tap_ok(t,
           EQ(wp_instr_named(engine->mnemonics, "i32.ad", 6), WP_OP_COUNT) &&
               EQ(wp_instr_named(engine->mnemonics, "i32.addx", 8), WP_OP_COUNT) &&
               EQ(wp_instr_named(engine->mnemonics, "", 0), WP_OP_COUNT),
           "unknown mnemonics");
    tap_ok(t, EQ(wp_instr_named(engine->mnemonics, "i32.addition", 7), WP_OP_i32_add), "a mnemonic ends at its size");
}

static void check_widths(tap *t) {
    tap_ok(t,
           EQ(wp_instr_rows[WP_OP_i32_load8_s].width, 1) && EQ(wp_instr_rows[WP_OP_i64_load32_u].width, 4) &&
               EQ(wp_instr_rows[WP_OP_f64_store].width, 8) && EQ(wp_instr_rows[WP_OP_v128_load].width, 16) &&
               EQ(wp_instr_rows[WP_OP_i32_add].width, 0),
           "widths of memory accesses");
}

static void check_information(tap *t) {
    size_t nameless = 0, numbers = 0;
    tap_ok(t, EQ(wp_instr_count(), WP_OP_COUNT) && EQ(wp_feature_count(), WP_FEATURE_COUNT), "counts");
    for (size_t i = 0; i < wp_instr_count(); i++) {
        wp_instr_info info = wp_instr_get(i);
        nameless += info.mnemonic[0] == '\0' || info.immediate[0] == '\0' || info.feature[0] == '\0';
        numbers += info.prefix != wp_instr_rows[i].prefix || info.code != wp_instr_rows[i].code;
    }
    tap_ok(t, EQ(nameless, 0) && EQ(numbers, 0), "public rows are complete");
    tap_ok(t,
           CHECK(wp_feature_supported(WP_FEATURE_mvp)) && EQ_TEXT(wp_feature_get(WP_FEATURE_gc).name, "gc") &&
               EQ_TEXT(wp_feature_get(WP_FEATURE_mvp).name, "mvp"),
           "features by number");
    nameless = 0;
    for (size_t i = 0; i < wp_rule_count(); i++) {
        wp_rule_info rule = wp_rule_get(i);
        nameless += rule.id[0] == '\0' || rule.chapter[0] == '\0';
    }
    tap_ok(t, CHECK(wp_rule_count() != 0) && EQ(nameless, 0), "rules are complete");
    wp_engine *engine = wp_engine_new(NULL);
    bool counts = engine != NULL;
    if (counts)
        RULE(engine, process_create);
    counts = counts && EQ(wp_rule_hits(engine, WP_RULE_process_create), wp_rules_enabled() ? 1 : 0) &&
             EQ(wp_rule_hits(engine, WP_RULE_process_create + 1), 0);
    tap_ok(t, counts, "a rule counts its hits in the checked variant");
    wp_engine_delete(engine);
    tap_ok(t, wp_version()[0] != '\0', "the version");
}

static void check_limits(tap *t, wp_engine *engine) {
    size_t depth = WP_LIMIT_call_depth;
    uint64_t value = wp_limit_get(NULL, depth).value;
    tap_ok(t, EQ(wp_limit_count(), WP_LIMIT_COUNT) && EQ_TEXT(wp_limit_get(NULL, depth).name, "call_depth"),
           "limits by number");
    tap_ok(t, EQ(wp_limit_get(engine, depth).value, value), "a new engine has the defaults");
    tap_ok(t, CHECK(wp_limit_set(engine, "call_depth", 7)) && EQ(wp_limit_get(engine, depth).value, 7),
           "a limit can be set");
    tap_ok(t, EQ(wp_limit_get(NULL, depth).value, value), "the default stays");
    tap_ok(t, !wp_limit_set(engine, "no_such_limit", 7), "an unknown limit is refused");
    tap_ok(t, CHECK(!wp_limit_set(engine, "call_depth", UINT64_MAX)) && EQ(wp_limit_get(engine, depth).value, 7),
           "a value that is too large is refused");
}

/* Creation of an engine with each allocation failing. */
static void check_failures(tap *t) {
    bool clean = true, done = false;
    size_t k = 1;
    for (; !done && k < 100; k++) {
        failing f = {.fail_at = k};
        wp_allocator a = failing_allocator(&f);
        wp_engine *engine = wp_engine_new(&a);
        done = engine != NULL;
        failing_stop(&f);
        wp_engine_delete(engine);
        clean = clean && failing_freed(&f);
    }
    tap_ok(t, CHECK(done) && CHECK(clean) && CHECK(k > 3), "an engine is created whole or not at all");
    wp_engine_delete(NULL);
}

int main(void) {
    tap t = {0};
    wp_engine *engine = wp_engine_new(NULL);
    if (!tap_ok(&t, engine != NULL, "an engine"))
        return tap_done(&t);
    check_rows(&t, engine);
    check_shared_names(&t, engine);
    check_absent(&t, engine);
    check_widths(&t);
    check_information(&t);
    check_limits(&t, engine);
    check_failures(&t);
    wp_engine_delete(engine);
    return tap_done(&t);
}
