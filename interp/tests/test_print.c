/* test_print.c: modules in the text format: every instruction, every field, custom sections, modules without a text
 * form, parsing of printed modules, failing memory. See test_print_values.c for numbers and strings.
 */
#include "text/print.h"
#include "failing.h"
#include "sample.h"
#include "tap.h"

/* Prints a module; null if that fails, with the cause in *diag. */
static char *print(const wp_module *module, size_t *size, wp_diag *diag) {
    char *text = NULL;
    *diag = (wp_diag){0};
    return wp_module_print(module, &text, size, diag) == WP_OK ? text : NULL;
}

/* Decodes bytes and prints the module; null if that fails, with the cause in *diag. */
static char *print_binary(wp_engine *engine, const void *bytes, size_t size, size_t *text_size, wp_diag *diag) {
    wp_module *module = sample_decode(engine, bytes, size, diag);
    char *text = module == NULL ? NULL : print(module, text_size, diag);
    wp_module_delete(module);
    return text;
}

/* Checks a text; notes the first line that differs. */
static void check_text(tap *t, const char *text, const char *expected, const char *name) {
    if (!tap_ok(t, EQ_TEXT(text, expected), "%s", name) && text != NULL) {
        size_t at = 0, line = 0;
        for (; text[at] == expected[at]; at++)
            line = text[at] == '\n' ? at + 1 : line;
        tap_note("printed:  %.*s", (int)strcspn(text + line, "\n"), text + line);
        tap_note("expected: %.*s", (int)strcspn(expected + line, "\n"), expected + line);
    }
}

static void check_binary(tap *t, const void *bytes, size_t size, const char *expected, const char *name) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_diag diag = {0};
    size_t text_size = 0;
    char *text = print_binary(engine, bytes, size, &text_size, &diag);
    check_text(t, text, expected, name);
    if (text == NULL)
        tap_note("%s", diag.message);
    else
        wp_buffer_free(engine, text, text_size + 1);
    wp_engine_delete(engine);
}

#define PRINTS(t, sections, expected, name)                                                                            \
    check_binary((t), HEAD sections, sizeof(HEAD sections) - 1, (expected), (name))

/* ---- Every instruction --------------------------------------------------------------------------------------- */

/* The text of the immediates of sample.h. */
static const char *immediates(const wp_instr_row *row) {
    bool natural = row->width == 4; /* MEMARG has alignment 4 */
    switch ((wp_imm)row->immediate) {
    case IMM_NONE: return "";
    case IMM_BLOCK: return " (type 300)";
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_MEMORY:
    case IMM_DATA:
    case IMM_TAG: return " 300";
    case IMM_TYPE_TABLE: return " 301 (type 300)";
    case IMM_ELEM_TABLE:
    case IMM_DATA_MEMORY: return " 301 300";
    case IMM_TABLE_TABLE:
    case IMM_MEMORY_MEMORY:
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_DATA:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE: return " 300 301";
    case IMM_LABELS: return " 300 301 0";
    case IMM_MEMARG: return natural ? " 300 offset=18446744073709551615" : " 300 offset=18446744073709551615 align=4";
    case IMM_MEMARG_LANE: return row->width == 2 ? " offset=301 11" : " offset=301 align=2 11";
    case IMM_LANE: return " 11";
    case IMM_SHUFFLE: return " 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 255";
    case IMM_V128: return " i32x4 0x03020100 0x07060504 0x0b0a0908 0xff0e0d0c";
    case IMM_I32: return " -2147483648";
    case IMM_I64: return " -9223372036854775808";
    case IMM_F32: return " nan:0x200201";
    case IMM_F64: return " -nan:0x4060504030201";
    case IMM_HEAPTYPE: return row->code == 0xD0 ? " 300" : row->code % 2 == 0 ? " (ref 300)" : " (ref null 300)";
    case IMM_VALTYPES: return " (result i32 (ref null 300) funcref)";
    case IMM_TRY_TABLE: return " (result i64) (catch 300 1) (catch_ref 301 2) (catch_all 3) (catch_all_ref 4)";
    case IMM_CAST: return " 300 (ref any) eqref";
    }
    return "?";
}

/* Each instruction has its own, indented line. */
static void test_instrs(tap *t) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_diag diag = {0};
    size_t size = 0;
    sample s = sample_instrs();
    char *text = print_binary(engine, s.data, s.size, &size, &diag);
    if (!tap_ok(t, text != NULL, "a module with every instruction is printed: %s", diag.message))
        return;
    const char *line = strstr(text, "(local i32 i32 v128)\n");
    tap_ok(t, line != NULL, "locals of a module with every instruction");
    for (size_t op = 0; op < WP_OP_COUNT && line != NULL; op++) {
        char expected[256];
        int length =
            snprintf(expected, sizeof expected, "%s%s\n", wp_instr_rows[op].mnemonic, immediates(&wp_instr_rows[op]));
        line += strcspn(line, "\n") + 1;
        size_t indent = strspn(line, " ");
        tap_ok(t, CHECK(indent >= 4) && EQ_BYTES(line + indent, expected, (size_t)length), "%.*s", length - 1,
               expected);
    }
    tap_ok(t, EQ(strlen(text), size), "the size of the text");
    wp_buffer_free(engine, text, size + 1);
    sample_free(&s);
    wp_engine_delete(engine);
}

/* Optional indices and parts are omitted if they have their default. */
static void test_optional(tap *t) {
    PRINTS(t,
           "\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0C\x01\x00"
           "\x0A\x49\x01\x47\x00"
           "\x3F\x00\x40\x01"                             /* memory.size, memory.grow 1 */
           "\xFC\x0A\x00\x00\xFC\x0A\x00\x01"             /* memory.copy */
           "\xFC\x0B\x00\xFC\x08\x00\x00\xFC\x08\x00\x01" /* memory.fill, memory.init */
           "\xFC\x0E\x00\x00\xFC\x0E\x01\x00"             /* table.copy */
           "\xFC\x0C\x02\x00\xFC\x0C\x02\x01\x25\x00"     /* table.init, table.get */
           "\x11\x00\x00\x11\x00\x01"                     /* call_indirect */
           "\x28\x02\x00\x29\x02\x01\x2A\x42\x01\x00"     /* loads */
           "\x2D\x3F\x00"                                 /* alignment 2^63 */
           "\x0E\x00\x07"                                 /* br_table with a default only */
           "\x1C\x01\x7F\x1C\x00\x1B"                     /* select */
           "\x0B",
           "(module\n"
           "  (type (;0;) (func))\n"
           "  (func (;0;) (type 0)\n"
           "    memory.size\n"
           "    memory.grow 1\n"
           "    memory.copy\n"
           "    memory.copy 0 1\n"
           "    memory.fill\n"
           "    memory.init 0\n"
           "    memory.init 1 0\n"
           "    table.copy\n"
           "    table.copy 1 0\n"
           "    table.init 2\n"
           "    table.init 1 2\n"
           "    table.get 0\n"
           "    call_indirect (type 0)\n"
           "    call_indirect 1 (type 0)\n"
           "    i32.load\n"
           "    i64.load offset=1 align=4\n"
           "    f32.load 1\n"
           "    i32.load8_u align=9223372036854775808\n"
           "    br_table 7\n"
           "    select (result i32)\n"
           "    select (result)\n"
           "    select))\n",
           "immediates with defaults are omitted");
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

static const char sections_head[] =
    "(module\n"
    "  (@custom \"cA\" (before first) \"\\00\")\n"
    "  (type (;0;) (func (param i32 i64) (result f32 f64)))\n"
    "  (rec\n"
    "    (type (;1;) (sub (struct (field (mut i8)) (field (ref null 2)))))\n"
    "    (type (;2;) (sub final 1 (array i16))))\n"
    "  (type (;3;) (array (mut v128)))\n"
    "  (type (;4;) (func (param funcref externref anyref eqref i31ref structref arrayref exnref nullexnref nullfuncref "
    "nullexternref nullref (ref func) (ref 0))))\n"
    "  (rec)\n"
    "  (@custom \"cB\" (after type) \"\\01\")\n"
    "  (@custom \"cC\" (after type) \"\\02\")\n"
    "  (import \"m\" \"\" (func (;0;) (type 0)))\n"
    "  (import \"\" \"t\" (table (;0;) 1 2 funcref))\n"
    "  (import \"m\" \"m\" (memory (;0;) i64 65536))\n"
    "  (import \"\\c3\\a9\" \"g\" (global (;0;) (mut i32)))\n"
    "  (import \"m\" \"x\" (tag (;0;) (type 0)))\n"
    "  (import \"m\" \"h\" (func (;1;) (type 0)))\n"
    "  (func (;2;) (type 0)\n"
    "    block\n"
    "      if (result i32)\n"
    "        i32.const 1\n"
    "      else\n"
    "        i32.const 2\n"
    "      end\n"
    "      drop\n"
    "      data.drop 2\n"
    "    end)\n"
    "  (func (;3;) (type 0)\n"
    "    (local i32";
/* Between head and tail: 65535 times " f64". */
static const char sections_tail[] = ")\n"
                                    "    loop\n"
                                    "      br 0\n"
                                    "    end)\n"
                                    "  (table (;1;) i64 0 16 externref)\n"
                                    "  (table (;2;) 1 (ref 0) ref.func 0)\n"
                                    "  (memory (;1;) 0)\n"
                                    "  (memory (;2;) 1 2)\n"
                                    "  (memory (;3;) i64 9223372036854775808 18446744073709551615)\n"
                                    "  (tag (;1;) (type 0))\n"
                                    "  (@custom \"cD\" (after tag) \"\\03\")\n"
                                    "  (global (;1;) i64 i64.const -1 i64.const 1 i64.add)\n"
                                    "  (global (;2;) (mut (ref null 0)) ref.null 0)\n"
                                    "  (export \"f\" (func 1))\n"
                                    "  (export \"t\" (table 0))\n"
                                    "  (export \"m\" (memory 0))\n"
                                    "  (export \"\" (global 0))\n"
                                    "  (export \"\\e2\\82\\ac\" (tag 0))\n"
                                    "  (start 2)\n"
                                    "  (elem (;0;) (offset i32.const 0) func 0 1)\n"
                                    "  (elem (;1;) func 2)\n"
                                    "  (elem (;2;) (table 1) (offset i32.const 1) func 0)\n"
                                    "  (elem (;3;) declare func)\n"
                                    "  (elem (;4;) (offset i32.const 2) funcref (item ref.func 0))\n"
                                    "  (elem (;5;) externref (item ref.null extern) (item ref.null noextern))\n"
                                    "  (elem (;6;) (table 1) (offset i32.const 3) (ref 0) (item global.get 0))\n"
                                    "  (elem (;7;) declare funcref (item ref.func 1))\n"
                                    "  (@custom \"cE\" (after code) \"\\04\")\n"
                                    "  (data (;0;) (offset i32.const 0) \"abc\")\n"
                                    "  (data (;1;) \"\")\n"
                                    "  (data (;2;) (memory 1) (offset i64.const 5) \"z\")\n"
                                    "  (@custom \"cF\" (after data) \"\\05\")\n"
                                    "  (@custom \"cG\" (after data) \"\\06\"))\n";

static void test_sections(tap *t) {
    enum { LOCALS = 65535 };
    wp_engine *engine = wp_engine_new(NULL);
    sample s = sample_sections(), expected = {0};
    wp_diag diag = {0};
    size_t size = 0;
    SAMPLE(&expected, sections_head);
    for (size_t i = 0; i < LOCALS; i++)
        SAMPLE(&expected, " f64");
    sample_bytes(&expected, sections_tail, sizeof sections_tail);

    char *text = print_binary(engine, s.data, s.size, &size, &diag);
    static const uint8_t many[] = {0x02, 0x01, 0x7F, 0xFF, 0xFF, 0x03, 0x7C}; /* locals of the second function */
    tap_ok(t,
           CHECK(text == NULL) && EQ_STATUS(diag.status, WP_EXHAUSTION) &&
               EQ_BYTES(s.data + diag.where.offset, many, sizeof many),
           "locals over the limit: %s, at %zu", diag.message, diag.where.offset);
    wp_limit_set(engine, "locals", LOCALS + 1);
    text = print_binary(engine, s.data, s.size, &size, &diag);
    check_text(t, text, (const char *)expected.data, "every kind of field");
    wp_buffer_free(engine, text, size + 1);
    sample_free(&s);
    sample_free(&expected);
    wp_engine_delete(engine);
}

static void test_modules(tap *t) {
    PRINTS(t, "", "(module)\n", "an empty module");
    PRINTS(t, "\x01\x10\x01\x4E\x02\x50\x01\x00\x5F\x00\x4F\x02\x00\x01\x5F\x01\x77\x01",
           "(module\n"
           "  (rec\n"
           "    (type (;0;) (sub 0 (struct)))\n"
           "    (type (;1;) (sub final 0 1 (struct (field (mut i16)))))))\n",
           "several supertypes, a structure without fields");
    PRINTS(t, "\x01\x0D\x03\x50\x00\x60\x00\x00\x5E\x64\x6C\x00\x60\x00\x00",
           "(module\n"
           "  (type (;0;) (sub (func)))\n"
           "  (type (;1;) (array (ref i31)))\n"
           "  (type (;2;) (func)))\n",
           "open and final types");
    PRINTS(t, "\x06\x0A\x02\x7F\x00\x0B\x7F\x00\x02\x40\x0B\x0B",
           "(module\n"
           "  (global (;0;) i32)\n"
           "  (global (;1;) i32 block end))\n",
           "constant expressions without instructions and with blocks");
    PRINTS(t, "\x09\x0D\x02\x04\x0B\x01\x0B\x02\x00\x41\x00\x0B\x00\x01\x05",
           "(module\n"
           "  (elem (;0;) (offset) funcref (item))\n"
           "  (elem (;1;) (offset i32.const 0) func 5))\n",
           "element segments of table 0");
    PRINTS(t,
           "\x09\x1E\x04"
           "\x05\x64\x70\x02\xD2\x03\x0B\xD2\x04\x0B"
           "\x05\x64\x70\x01\xD0\x70\x0B"
           "\x05\x70\x01\xD2\x03\x0B"
           "\x06\x01\x0B\x64\x70\x00",
           "(module\n"
           "  (elem (;0;) func 3 4)\n"
           "  (elem (;1;) (ref func) (item ref.null func))\n"
           "  (elem (;2;) funcref (item ref.func 3))\n"
           "  (elem (;3;) (table 1) (offset) func))\n",
           "element segments in the shortest form");
    PRINTS(t,
           "\x0B\x37\x03\x01\x20"
           "abcdefghijklmnopqrstuvwxyzABCDEF"
           "\x01\x01\x00\x02\x00\x41\x00\x0B\x0B"
           "0123456\"\\9\x7F",
           "(module\n"
           "  (data (;0;) \"abcdefghijklmnopqrstuvwxyzABCDEF\")\n"
           "  (data (;1;) \"\\00\")\n"
           "  (data (;2;) (offset i32.const 0) \"0123456\\\"\\\\9\\7f\"))\n",
           "data segments");
    PRINTS(t,
           "\x0B\x25\x01\x01\x22"
           "abcdefghijklmnopqrstuvwxyzABCDEF\r\n",
           "(module\n"
           "  (data (;0;)\n"
           "    \"abcdefghijklmnopqrstuvwxyzABCDEF\"\n"
           "    \"\\0d\\0a\"))\n",
           "a data segment over several lines");
    PRINTS(t, "\x0C\x01\x00", "(module)\n", "an unneeded data count is omitted");
}

/* Indentation is limited, so that the text of nested blocks grows with their number, not with its square. */
static void test_nesting(tap *t) {
    enum { LEVELS = 100000 };
    wp_engine *engine = wp_engine_new(NULL);
    wp_diag diag = {0};
    sample s = {0}, code = {0};
    size_t size = 0;
    SAMPLE(&s, HEAD FUNC);
    sample_byte(&code, 1);
    sample_leb(&code, 2 + 3 * LEVELS);
    sample_byte(&code, 0);
    for (int i = 0; i < LEVELS; i++)
        SAMPLE(&code, "\x02\x40");
    for (int i = 0; i <= LEVELS; i++)
        sample_byte(&code, 0x0B);
    sample_section(&s, 10, &code);
    char *text = print_binary(engine, s.data, s.size, &size, &diag);
    tap_ok(t, CHECK(text != NULL) && CHECK(size < 100 * s.size),
           "%d nested blocks are %zu bytes of text, for %zu of binary", LEVELS, size, s.size);
    const char *line = text == NULL ? NULL : strstr(text, "\n        block\n          block\n");
    tap_ok(t, line != NULL, "outer blocks are indented");
    wp_buffer_free(engine, text, size + 1);
    sample_free(&s);
    wp_engine_delete(engine);
}

static void check_id(tap *t, const char *id, const char *expected) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_module *module = wp_module_new(engine);
    wp_diag diag;
    size_t size = 0;
    module->id = wp_arena_copy(&module->arena, id, strlen(id) + 1);
    char *text = print(module, &size, &diag);
    check_text(t, text, expected, "an identifier");
    wp_buffer_free(engine, text, size + 1);
    wp_module_delete(module);
    wp_engine_delete(engine);
}

static void test_ids(tap *t) {
    check_id(t, "m-1.!#%&'*+/:<=>?@\\^_`|~", "(module $m-1.!#%&'*+/:<=>?@\\^_`|~)\n");
    check_id(t, "", "(module $\"\")\n");
    check_id(t, "a b", "(module $\"a b\")\n");
    check_id(t, "a;", "(module $\"a;\")\n");
    check_id(t, "\"", "(module $\"\\\"\")\n");
    check_id(t, "\xC3\xA9", "(module $\"\\c3\\a9\")\n");
    check_id(t, "\x7F", "(module $\"\\7f\")\n");
}

/* ---- Custom sections ----------------------------------------------------------------------------------------- */

#define CUSTOM "\x00\x03\x01x!"

static void test_customs(tap *t) {
    PRINTS(t, "\x01\x01\x00" CUSTOM "\x05\x01\x00",
           "(module\n"
           "  (@custom \"x\" (before first) \"!\"))\n",
           "a custom section after an empty section");
    PRINTS(t, "\x09\x04\x01\x01\x00\x00\x0C\x01\x00" CUSTOM,
           "(module\n"
           "  (elem (;0;) func)\n"
           "  (@custom \"x\" (after elem) \"!\"))\n",
           "a custom section after an unneeded data count");
    PRINTS(t, "\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0C\x01\x00" CUSTOM "\x0A\x07\x01\x05\x00\xFC\x09\x00\x0B",
           "(module\n"
           "  (type (;0;) (func))\n"
           "  (func (;0;) (type 0)\n"
           "    data.drop 0)\n"
           "  (@custom \"x\" (after datacount) \"!\"))\n",
           "a custom section after a needed data count");
    PRINTS(t, "\x00\x05\x04name\x00\x01\x00",
           "(module\n"
           "  (@custom \"name\" (before first) \"\")\n"
           "  (@custom \"\" (before first) \"\"))\n",
           "custom sections without contents");
}

/* A module from a text has its custom sections in any order. */
static void test_custom_order(tap *t) {
    static const char bytes[] = HEAD "\x00\x03\x01x!\x00\x03\x01y?\x05\x03\x01\x00\x00";
    wp_engine *engine = wp_engine_new(NULL);
    wp_diag diag = {0};
    wp_module *module = NULL;
    size_t size = 0;
    if (!tap_ok(t, EQ_STATUS(wp_module_decode(engine, (const uint8_t *)bytes, sizeof bytes - 1, &module, &diag), WP_OK),
                "a module with custom sections"))
        return;
    module->customs[0].after = 11; /* data */
    module->customs[1].after = 2;  /* import */
    char *text = print(module, &size, &diag);
    check_text(t, text,
               "(module\n"
               "  (@custom \"y\" (before first) \"?\")\n"
               "  (memory (;0;) 0)\n"
               "  (@custom \"x\" (after memory) \"!\"))\n",
               "custom sections are printed in the order of the binary format");
    wp_buffer_free(engine, text, size + 1);
    wp_module_delete(module);
    wp_engine_delete(engine);
}

/* ---- Modules without a text form ----------------------------------------------------------------------------- */

static void check_refused(tap *t, const void *bytes, size_t size, wp_status status, size_t offset,
                          const char *message) {
    failing f = {0};
    wp_allocator allocator = failing_allocator(&f);
    wp_engine *engine = wp_engine_new(&allocator);
    wp_diag diag = {0};
    size_t before = f.live, text_size = 0;
    char *text = print_binary(engine, bytes, size, &text_size, &diag);
    tap_ok(t,
           CHECK(text == NULL) && EQ_STATUS(diag.status, status) && EQ(diag.where.offset, offset) &&
               CHECK(strncmp(diag.message, message, strlen(message)) == 0),
           "refused: %s, at %zu", diag.message, diag.where.offset);
    tap_ok(t, EQ(f.live, before) && CHECK(f.peak < before + 4096 + 256 * size),
           "a refusal uses %zu bytes at most, and frees them", f.peak - before);
    wp_engine_delete(engine);
}

static void test_refused(tap *t) {
    static const char table[] = HEAD "\x04\x07\x01\x40\x00\x70\x00\x01\x0B";
    static const char locals[] = HEAD FUNC "\x0A\x0A\x01\x08\x01\xFF\xFF\xFF\xFF\x0F\x7F\x0B";
    enum { FUNCS = 100 };
    sample s = {0}, types = {0}, code = {0};
    check_refused(t, table, sizeof table - 1, WP_INVALID, 11, "type mismatch");
    check_refused(t, locals, sizeof locals - 1, WP_EXHAUSTION, 22, "too many locals");

    /* Each function is within the limit; all together are far more than the size of the module allows. */
    SAMPLE(&s, HEAD TYPE);
    sample_byte(&types, FUNCS);
    sample_byte(&code, FUNCS);
    for (int i = 0; i < FUNCS; i++) {
        sample_byte(&types, 0);
        SAMPLE(&code, "\x06\x01\xC0\x84\x03\x7F\x0B"); /* 49728 i32 */
    }
    sample_section(&s, 3, &types);
    sample_section(&s, 10, &code);
    check_refused(t, s.data, s.size, WP_EXHAUSTION, 136, "too many locals to print");
    sample_free(&s);
}

/* ---- Reading back -------------------------------------------------------------------------------------------- */

/* A module in canonical form, printed and parsed, is encoded to the same bytes. */
static void check_read(tap *t, sample *s, const char *what) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_module *module = NULL;
    wp_diag diag = {0};
    size_t size = 0, encoded = 0;
    uint8_t *bytes = NULL;
    wp_limit_set(engine, "locals", 100000);
    char *text = print_binary(engine, s->data, s->size, &size, &diag);
    if (!tap_ok(t,
                CHECK(text != NULL) && EQ_STATUS(wp_module_parse(engine, text, size, &module, &diag), WP_OK) &&
                    EQ_STATUS(wp_module_encode(module, &bytes, &encoded, &diag), WP_OK) && EQ(encoded, s->size) &&
                    EQ_BYTES(bytes, s->data, encoded),
                "%s, printed and parsed, is encoded to the same bytes", what))
        tap_note("%s", diag.message);
    wp_buffer_free(engine, bytes, encoded);
    wp_buffer_free(engine, text, size + 1);
    wp_module_delete(module);
    wp_engine_delete(engine);
    sample_free(s);
}

static void test_reading(tap *t) {
    sample instrs = sample_instrs(), sections = sample_sections();
    check_read(t, &instrs, "every instruction");
    check_read(t, &sections, "every section");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

static void test_failing_memory(tap *t) {
    failing f = {0};
    wp_allocator allocator = failing_allocator(&f);
    wp_engine *engine = wp_engine_new(&allocator);
    wp_module *module = NULL;
    sample s = sample_instrs();
    wp_diag diag = {0};
    size_t size = 0, failures = 0;
    if (!tap_ok(t, EQ_STATUS(wp_module_decode(engine, s.data, s.size, &module, &diag), WP_OK), "a module to print"))
        return;
    size_t before = f.live;
    char *text = NULL;
    bool clean = true;
    while (text == NULL && failures < 1000) {
        failing_start(&f, failures + 1);
        text = print(module, &size, &diag);
        if (text == NULL) {
            failures++;
            clean = clean && EQ_STATUS(diag.status, WP_EXHAUSTION) && EQ_TEXT(diag.message, "out of memory");
            clean = clean && EQ(f.live, before);
        }
    }
    tap_ok(t, CHECK(failures > 1) && CHECK(text != NULL) && CHECK(clean), "%zu allocations of printing may fail",
           failures);
    wp_buffer_free(engine, text, size + 1);
    wp_module_delete(module);
    wp_engine_delete(engine);
    tap_ok(t, failing_freed(&f), "all memory is freed");
    sample_free(&s);
}

int main(void) {
    tap t = {0};
    test_instrs(&t);
    test_optional(&t);
    test_sections(&t);
    test_modules(&t);
    test_nesting(&t);
    test_ids(&t);
    test_customs(&t);
    test_custom_order(&t);
    test_refused(&t);
    test_reading(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
