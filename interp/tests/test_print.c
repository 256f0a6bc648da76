/* test_print.c: the text format of modules, written: every instruction, every field, numbers and strings, where custom
 * sections go, what cannot be printed, failing memory.
 */
#include "text/print.h"
#include "failing.h"
#include "sample.h"
#include "tap.h"

#include <math.h>

/* Prints a module; NULL when that fails, and then *diag says why. */
static char *print(const wp_module *module, size_t *size, wp_diag *diag) {
    char *text = NULL;
    *diag = (wp_diag){0};
    return wp_module_print(module, &text, size, diag) == WP_OK ? text : NULL;
}

/* Decodes bytes, which must be well-formed, and prints them. */
static char *print_binary(wp_engine *engine, const void *bytes, size_t size, size_t *text_size, wp_diag *diag) {
    wp_module *module = NULL;
    *diag = (wp_diag){0};
    if (wp_module_decode(engine, bytes, size, &module, diag) != WP_OK)
        return NULL;
    char *text = print(module, text_size, diag);
    wp_module_delete(module);
    return text;
}

/* Reports whether a text is as expected, and the first line that is not. */
static void check_text(tap *t, const char *text, const char *expected, const char *name) {
    bool same = text != NULL && strcmp(text, expected) == 0;
    if (!tap_ok(t, same, "%s", name) && text != NULL) {
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

/* A binary module: the preamble and a string literal. */
#define MODULE(sections) "\0asm\1\0\0\0" sections
#define PRINTS(t, sections, expected, name)                                                                            \
    check_binary((t), MODULE(sections), sizeof(MODULE(sections)) - 1, (expected), (name))

/* ---- Every instruction --------------------------------------------------------------------------------------- */

/* How the immediates of sample.h are written. */
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

/* Each instruction stands on a line of its own, after its indentation. */
static void test_instrs(tap *t) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_diag diag = {0};
    size_t size = 0;
    sample s = sample_instrs();
    char *text = print_binary(engine, s.data, s.size, &size, &diag);
    if (!tap_ok(t, text != NULL, "a module with every instruction is printed: %s", diag.message))
        return;
    const char *line = strstr(text, "(local i32 i32 v128)\n");
    tap_ok(t, line != NULL, "its locals are printed");
    for (size_t op = 0; op < WP_OP_COUNT && line != NULL; op++) {
        char expected[256];
        int length =
            snprintf(expected, sizeof expected, "%s%s\n", wp_instr_rows[op].mnemonic, immediates(&wp_instr_rows[op]));
        line += strcspn(line, "\n") + 1;
        size_t indent = strspn(line, " ");
        tap_ok(t, CHECK(indent >= 4) && EQ(strncmp(line + indent, expected, (size_t)length), 0), "%.*s", length - 1,
               expected);
    }
    tap_ok(t, EQ(strlen(text), size), "the size is that of the text");
    wp_buffer_free(engine, text, size + 1);
    sample_free(&s);
    wp_engine_delete(engine);
}

/* Indices and parts that may be left out are left out when they are 0 or natural. */
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
           "immediates that may be left out");
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
/* Here come 65535 times " f64". */
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
    static const uint8_t many[] = {0x02, 0x01, 0x7F, 0xFF, 0xFF, 0x03, 0x7C}; /* the locals of the second function */
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
    PRINTS(t, "\x0C\x01\x00", "(module)\n", "a data count that no instruction needs");
}

/* Nested blocks are indented only so far: the text grows with their number, not with its square. */
static void test_nesting(tap *t) {
    enum { LEVELS = 100000 };
    wp_engine *engine = wp_engine_new(NULL);
    wp_diag diag = {0};
    sample s = {0}, code = {0};
    size_t size = 0;
    SAMPLE(&s, MODULE("\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00"));
    sample_byte(&code, 1);
    sample_leb(&code, 2 + 3 * LEVELS);
    sample_byte(&code, 0);
    for (int i = 0; i < LEVELS; i++)
        SAMPLE(&code, "\x02\x40");
    for (int i = 0; i <= LEVELS; i++)
        sample_byte(&code, 0x0B);
    sample_section(&s, 10, &code);
    char *text = print_binary(engine, s.data, s.size, &size, &diag);
    tap_ok(t, CHECK(text != NULL) && CHECK(size < 100 * s.size), "%d nested blocks take %zu bytes of text for %zu",
           LEVELS, size, s.size);
    const char *line = text == NULL ? NULL : strstr(text, "\n        block\n          block\n");
    tap_ok(t, line != NULL, "the outer ones are indented");
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
           "a custom section after a data count that no instruction needs");
    PRINTS(t, "\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0C\x01\x00" CUSTOM "\x0A\x07\x01\x05\x00\xFC\x09\x00\x0B",
           "(module\n"
           "  (type (;0;) (func))\n"
           "  (func (;0;) (type 0)\n"
           "    data.drop 0)\n"
           "  (@custom \"x\" (after datacount) \"!\"))\n",
           "a custom section after a data count that one needs");
    PRINTS(t, "\x00\x05\x04name\x00\x01\x00",
           "(module\n"
           "  (@custom \"name\" (before first) \"\")\n"
           "  (@custom \"\" (before first) \"\"))\n",
           "custom sections without contents");
}

/* In a module from a text, custom sections stand in any order. */
static void test_custom_order(tap *t) {
    static const char bytes[] = MODULE("\x00\x03\x01x!\x00\x03\x01y?\x05\x03\x01\x00\x00");
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
               "custom sections are in the order of the binary format");
    wp_buffer_free(engine, text, size + 1);
    wp_module_delete(module);
    wp_engine_delete(engine);
}

/* ---- What has no text form ----------------------------------------------------------------------------------- */

static void check_refused(tap *t, const void *bytes, size_t size, wp_status status, size_t offset,
                          const char *message) {
    failing f = {0};
    wp_allocator allocator = failing_allocator(&f);
    wp_engine *engine = wp_engine_new(&allocator);
    wp_diag diag = {0};
    size_t before = f.live, text_size = 0;
    char *text = print_binary(engine, bytes, size, &text_size, &diag);
    tap_ok(t,
           CHECK(text == NULL) && EQ(diag.status, status) && EQ(diag.where.offset, offset) &&
               EQ(strncmp(diag.message, message, strlen(message)), 0),
           "refused: %s, at %zu", diag.message, diag.where.offset);
    tap_ok(t, EQ(f.live, before) && CHECK(f.peak < before + 4096 + 256 * size),
           "with %zu bytes at most, of which none remain", f.peak - before);
    wp_engine_delete(engine);
}

static void test_refused(tap *t) {
    static const char table[] = MODULE("\x04\x07\x01\x40\x00\x70\x00\x01\x0B");
    static const char locals[] = MODULE("\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00"
                                        "\x0A\x0A\x01\x08\x01\xFF\xFF\xFF\xFF\x0F\x7F\x0B");
    enum { FUNCS = 100 };
    sample s = {0}, types = {0}, code = {0};
    check_refused(t, table, sizeof table - 1, WP_INVALID, 11, "type mismatch");
    check_refused(t, locals, sizeof locals - 1, WP_EXHAUSTION, 22, "too many locals");

    /* Each function within the limit, but all of them together far more than the module's size allows. */
    SAMPLE(&s, MODULE("\x01\x04\x01\x60\x00\x00"));
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

/* A module in canonical form, printed and parsed, has the same encoding. */
static void check_read(tap *t, sample *s, const char *what) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_module *module = NULL;
    wp_diag diag = {0};
    size_t size = 0, encoded = 0;
    uint8_t *bytes = NULL;
    wp_limit_set(engine, "locals", 100000);
    char *text = print_binary(engine, s->data, s->size, &size, &diag);
    bool right = text != NULL && wp_module_parse(engine, text, size, &module, &diag) == WP_OK &&
                 wp_module_encode(module, &bytes, &encoded, &diag) == WP_OK && encoded == s->size &&
                 memcmp(bytes, s->data, encoded) == 0;
    if (!tap_ok(t, right, "%s, printed and read back, has the same encoding", what))
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

/* ---- Numbers and strings ------------------------------------------------------------------------------------- */

static wp_printer printer(void) {
    return (wp_printer){.allocator = &wp_libc_allocator};
}

/* The text of the printer, as a string; the printer is empty again. */
static const char *take(wp_printer *p) {
    wp_print_bytes(p, "", 1);
    p->size = 0;
    return p->text;
}

static void test_floats(tap *t) {
    static const struct {
        uint32_t bits;
        const char *text;
    } singles[] = {
        {0x00000000, "0"},
        {0x80000000, "-0"},
        {0x3F800000, "1"},
        {0xBF800000, "-1"},
        {0x3FC00000, "1.5"},
        {0x40490FDB, "0x1.921fb6p+1"},
        {0x3A800000, "0.0009765625"},
        {0x3A000000, "0x1p-11"},
        {0x4B800001, "16777218"},
        {0x59800000, "4503599627370496"},
        {0x5A000000, "0x1p+53"},
        {0x00000001, "0x1p-149"},
        {0x80000003, "-0x1.8p-148"},
        {0x007FFFFF, "0x1.fffffcp-127"},
        {0x00800000, "0x1p-126"},
        {0x7F7FFFFF, "0x1.fffffep+127"},
        {0x7F800000, "inf"},
        {0xFF800000, "-inf"},
        {0x7FC00000, "nan"},
        {0xFFC00000, "-nan"},
        {0x7F800001, "nan:0x1"},
        {0xFFFFFFFF, "-nan:0x7fffff"},
    };
    static const struct {
        uint64_t bits;
        const char *text;
    } doubles[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "-0"},
        {0x4059000000000000, "100"},
        {0x408FF80200000000, "1023.0009765625"},
        {0xBFE0000000000000, "-0.5"},
        {0x3FB999999999999A, "0x1.999999999999ap-4"},
        {0x433FFFFFFFFFFFFF, "9007199254740991"},
        {0x4340000000000000, "0x1p+53"},
        {0x0000000000000001, "0x1p-1074"},
        {0x000FFFFFFFFFFFFF, "0x1.ffffffffffffep-1023"},
        {0x0010000000000000, "0x1p-1022"},
        {0x7FEFFFFFFFFFFFFF, "0x1.fffffffffffffp+1023"},
        {0x7FF0000000000000, "inf"},
        {0xFFF0000000000000, "-inf"},
        {0x7FF8000000000000, "nan"},
        {0x7FF0000000000001, "nan:0x1"},
        {0xFFF8000000000001, "-nan:0x8000000000001"},
    };
    wp_printer p = printer();
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        wp_print_f32(&p, singles[i].bits);
        const char *text = take(&p);
        tap_ok(t, EQ_TEXT(text, singles[i].text), "f32 %08x is %s", (unsigned)singles[i].bits, text);
    }
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        wp_print_f64(&p, doubles[i].bits);
        const char *text = take(&p);
        tap_ok(t, EQ_TEXT(text, doubles[i].text), "f64 %016llx is %s", (unsigned long long)doubles[i].bits, text);
    }
    wp_free(p.allocator, p.text, p.capacity, 1);
}

/* Numbers that look random, but are the same each time. */
static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The C library reads the same numbers back. */
static void test_random_floats(tap *t) {
    uint64_t state = 88172645463325252;
    wp_printer p = printer();
    int wrong = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&state), back64 = 0;
        uint32_t low = (uint32_t)bits, back32 = 0;
        if (i % 2 == 0) { /* values that are short in decimal notation too */
            bits &= 0xFFFFFF0000000000;
            low &= 0xFFFF0000;
        }
        double d = 0;
        float f = 0;
        memcpy(&d, &bits, sizeof d);
        memcpy(&f, &low, sizeof f);
        wp_print_f64(&p, bits);
        double read64 = strtod(take(&p), NULL);
        wp_print_f32(&p, low);
        float read32 = strtof(take(&p), NULL);
        memcpy(&back64, &read64, sizeof read64);
        memcpy(&back32, &read32, sizeof read32);
        wrong += (!isnan(d) && back64 != bits) + (!isnan(f) && back32 != low);
    }
    tap_ok(t, EQ(wrong, 0), "the C library reads 100000 numbers of either format as they were");
    wp_free(p.allocator, p.text, p.capacity, 1);
}

/* The text format's own reader takes them for the same numbers, NaNs included. */
static void test_read_floats(tap *t) {
    enum { COUNT = 20000 };
    static uint64_t numbers[COUNT];
    uint64_t state = 362436069362436069;
    wp_engine *engine = wp_engine_new(NULL);
    wp_text *text = NULL;
    wp_diag diag = {0};
    wp_printer p = printer();
    for (size_t i = 0; i < COUNT; i++) {
        numbers[i] = next_random(&state);
        if (i % 8 == 0) /* NaNs, and infinity now and then */
            numbers[i] |= i % 16 == 0 ? 0x7FF0000000000000 : 0x000000007F800000;
        wp_print_f64(&p, numbers[i]);
        wp_print_text(&p, " ");
        wp_print_f32(&p, (uint32_t)numbers[i]);
        wp_print_text(&p, "\n");
    }
    bool right = wp_text_open(engine, p.text, p.size, &text, &diag) == WP_OK;
    for (size_t i = 0; i < COUNT && right; i++) {
        wp_token token;
        wp_value wide = {.type = WP_T_NONE}, narrow = wide;
        right = wp_text_next(text, &token, &diag) == WP_OK &&
                wp_text_number(text, &token, WP_T_F64, &wide, &diag) == WP_OK && wide.of.i64 == numbers[i] &&
                wp_text_next(text, &token, &diag) == WP_OK &&
                wp_text_number(text, &token, WP_T_F32, &narrow, &diag) == WP_OK &&
                narrow.of.i32 == (uint32_t)numbers[i];
        if (!right)
            tap_note("%016llx, %s", (unsigned long long)numbers[i], diag.message);
    }
    tap_ok(t, right, "%d numbers of either format are read as they were", COUNT);
    wp_text_close(text);
    wp_free(p.allocator, p.text, p.capacity, 1);
    wp_engine_delete(engine);
}

static void test_integers(tap *t) {
    wp_printer p = printer();
    wp_print_u64(&p, 0);
    wp_print_text(&p, " ");
    wp_print_u64(&p, UINT64_MAX);
    wp_print_text(&p, " ");
    wp_print_signed(&p, INT64_MAX);
    wp_print_text(&p, " ");
    wp_print_signed(&p, (uint64_t)INT64_MIN);
    wp_print_text(&p, " ");
    wp_print_signed(&p, UINT64_MAX);
    wp_print_text(&p, " ");
    wp_print_hex(&p, 0, 1);
    wp_print_text(&p, " ");
    wp_print_hex(&p, 0xABC, 2);
    wp_print_text(&p, " ");
    wp_print_hex(&p, 0xABC, 8);
    tap_ok(t,
           EQ_TEXT(take(&p), "0 18446744073709551615 9223372036854775807 -9223372036854775808 -1 0x0 0xabc 0x00000abc"),
           "integers");
    wp_free(p.allocator, p.text, p.capacity, 1);
}

static void test_strings(tap *t) {
    static const uint8_t some[] = "\0\x1F !\"#[\\]~\x7F\x80\xFF";
    wp_printer p = printer();
    wp_print_string(&p, some, sizeof some - 1);
    tap_ok(t, EQ_TEXT(take(&p), "\"\\00\\1f !\\\"#[\\\\]~\\7f\\80\\ff\""), "escapes in a string");
    int wrong = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t bytes[1] = {(uint8_t)byte};
        char plain[4] = {'"', (char)byte, '"', 0}, hex[8];
        snprintf(hex, sizeof hex, "\"\\%02x\"", byte);
        wp_print_string(&p, bytes, 1);
        const char *text = take(&p);
        bool may_be_plain = byte >= 0x20 && byte <= 0x7E && byte != '"' && byte != '\\';
        bool right = strcmp(text, may_be_plain ? plain : hex) == 0 || (byte == '"' && strcmp(text, "\"\\\"\"") == 0) ||
                     (byte == '\\' && strcmp(text, "\"\\\\\"") == 0);
        wrong += right ? 0 : 1;
    }
    tap_ok(t, EQ(wrong, 0), "every byte in a string");
    static char large[5000];
    memset(large, 'x', sizeof large - 1);
    p.size = 0;
    wp_print_text(&p, large);
    tap_ok(t, EQ_TEXT(take(&p), large), "a text that is larger than the room there was doubled");
    wp_free(p.allocator, p.text, p.capacity, 1);
}

/* ---- Memory -------------------------------------------------------------------------------------------------- */

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
            clean = clean && diag.status == WP_EXHAUSTION && strcmp(diag.message, "out of memory") == 0;
            clean = clean && f.live == before;
        }
    }
    tap_ok(t, CHECK(failures > 1) && CHECK(text != NULL) && CHECK(clean), "memory may be short at each of %zu places",
           failures);
    wp_buffer_free(engine, text, size + 1);
    wp_module_delete(module);
    wp_engine_delete(engine);
    tap_ok(t, failing_freed(&f), "all memory is given back");
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
    test_floats(&t);
    test_random_floats(&t);
    test_read_floats(&t);
    test_integers(&t);
    test_strings(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
