/* test_text_annot.c: annotations: custom sections, names, branch hints (specification, "Custom Sections and
 * Annotations"), and ignored ones.
 */
#include "core/binary/binary.h"
#include "core/module.h"
#include "core_fixture.h"

/* ---- Custom sections ----------------------------------------------------------------------------------------- */

typedef struct custom_case {
    const char *text;
    const char *names; /* of all custom sections in order, each with the id of the section before it */
} custom_case;

static const custom_case customs[] = {
    {"(@custom \"a\")", "a:11"},
    {"(module (@custom \"a\"))", "a:11"},
    {"(@custom \"a\") (func) (@custom \"b\") (memory 0) (@custom \"\")", "a:11 b:11 :11"},
    {"(@custom \"a\" (before first)) (@custom \"b\" (before type)) (@custom \"c\" (after last))", "a:0 b:0 c:11"},
    {"(@custom \"a\" (before last)) (@custom \"b\" (after first))", "b:1 a:10"},
    {"(@custom \"a\" (after type)) (@custom \"b\" (before import)) (@custom \"c\" (after import))", "a:1 b:1 c:2"},
    {"(@custom \"a\" (before func)) (@custom \"b\" (after func)) (@custom \"c\" (before table))", "a:2 b:3 c:3"},
    {"(@custom \"a\" (after table)) (@custom \"b\" (after memory)) (@custom \"c\" (before tag))", "a:4 b:5 c:5"},
    {"(@custom \"a\" (after tag)) (@custom \"b\" (before global)) (@custom \"c\" (after global))", "a:13 b:13 c:6"},
    {"(@custom \"a\" (before global)) (@custom \"b\" (after tag))", "b:13 a:13"},
    {"(@custom \"a\" (after export)) (@custom \"b\" (after start)) (@custom \"c\" (before elem))", "a:7 b:8 c:8"},
    {"(@custom \"a\" (after elem)) (@custom \"b\" (before datacount)) (@custom \"c\" (after datacount))",
     "a:9 b:9 c:12"},
    {"(@custom \"a\" (before code)) (@custom \"b\" (after code)) (@custom \"c\" (before data))", "a:12 b:10 c:10"},
    {"(@custom \"d\" (after data)) (@custom \"c\" (after code)) (@custom \"b\" (after func)) (@custom \"a\" "
     "(after type))",
     "a:1 b:3 c:10 d:11"},
};

static void test_customs(fixture *x) {
    for (size_t i = 0; i < sizeof customs / sizeof *customs; i++) {
        wp_module *m = fixture_parse(x, customs[i].text);
        char names[200] = "";
        size_t n = 0;
        for (uint32_t k = 0; k < m->ncustoms; k++)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%.*s:%u", k == 0 ? "" : " ",
                                  (int)m->customs[k].name.size, (const char *)m->customs[k].name.data,
                                  m->customs[k].after);
        tap_ok(x->t, EQ_TEXT(names, customs[i].names), "%s", customs[i].text);
        wp_module_delete(m);
    }
    wp_module *m = fixture_parse(x, "(@custom \"\\u{e9}\" \"a\\00\" (;;) \"\" \"\\ff\" (@x) \"b\")");
    tap_ok(x->t,
           EQ(m->ncustoms, 1) && EQ(m->customs[0].name.size, 2) && EQ(m->customs[0].bytes.size, 4) &&
               EQ_BYTES(m->customs[0].bytes.data,
                        "a\0\xFF"
                        "b",
                        4),
           "the name and bytes of a custom section");
    wp_module_delete(m);
    m = fixture_parse(x, "\n (@custom \"a\")");
    wp_location where = wp_module_locate(m, m->customs[0].pos);
    tap_ok(x->t, EQ(where.line, 2) && EQ(where.column, 2), "the place of a custom section");
    wp_module_delete(m);
}

/* ---- Names and branch hints ---------------------------------------------------------------------------------- */

typedef struct section_case {
    const char *text;
    const char *name;
    uint8_t after;
    const char *bytes;
    size_t size;
} section_case;

#define NAMES(text, bytes)                                                                                             \
    { text, "name", WP_SECTION_DATA, bytes, sizeof bytes - 1 }
#define HINTS(text, bytes)                                                                                             \
    { text, "metadata.code.branch_hint", WP_SECTION_DATA_COUNT, bytes, sizeof bytes - 1 }

static const section_case sections[] = {
    NAMES("(module (@name \"M\"))", "\0\2\1M"),
    NAMES("(module $m (@name \"\\c3\\a9\"))", "\0\3\2\xC3\xA9"),
    NAMES("(module (@name \"M\") $m)", "\0\2\1M"),
    NAMES("(@name \"\") (func)", "\0\1\0"),
    NAMES("(func (@name \"f\")) (func) (func $g (@name \"g\") nop)", "\1\7\2\0\1f\2\1g"),
    NAMES("(import \"\" \"\" (func $f (@name \"f\"))) (func $g (@name \"g\") (import \"\" \"\"))", "\1\7\2\0\1f\1\1g"),
    NAMES("(func (@name \"f\") (param (@name \"x\") i32)) (func (@name \"g\") (param (@name \"y\") i32))",
          "\1\7\2\0\1f\1\1g\2\x0B\2\0\1\0\1x\1\1\0\1y"),
    NAMES("(tag (@name \"t\")) (tag $u) (import \"\" \"\" (func))", "!import after tag"),
    NAMES("(tag $t (@name \"t\")) (tag $u) (tag (@name \"u\"))", "\x0B\7\2\0\1t\2\1u"),
    NAMES("(func (param (@name \"x\") i32 i32) (param $y (@name \"y\") i32) (local i32) (local (@name \"z\") i32))",
          "\2\x0C\1\0\3\0\1x\2\1y\4\1z"),
    NAMES("(func) (func (local (@name \"x\") i32)) (func (local $a i32) (local $y (@name \"y\") i32))",
          "\2\x0B\2\1\1\0\1x\2\1\1\1y"),
    NAMES("(type (@name \"a\") (func)) (rec (type $b (func)) (type $c (@name \"c\") (func)))", "\4\7\2\0\1a\2\1c"),
    NAMES("(type (struct (field (@name \"x\") i32 i32) (field $y (@name \"y\") i32)))", "\x0A\x09\1\0\2\0\1x\2\1y"),
    NAMES("(module (@name \"M\") (func (@name \"f\") (param (@name \"x\") i32)) (type (@name \"t\") (struct (field "
          "(@name "
          "\"y\") i32))) (tag (@name \"e\")))",
          "\0\2\1M\1\4\1\0\1f\2\6\1\0\1\0\1x\4\4\1\0\1t\x0A\6\1\0\1\0\1y\x0B\4\1\0\1"
          "e"),
    /* Offsets count from the function's code, which begins with one byte for no locals */
    HINTS("(func (@metadata.code.branch_hint \"\\01\") if end)", "\1\0\1\1\1\1"),
    HINTS("(func (local i32) i32.const 128 (@metadata.code.branch_hint \"\\00\") br_if 0)", "\1\0\1\6\1\0"),
    HINTS("(func (@metadata.code.branch_hint \"\\01\") (if (i32.const 1) (then (@metadata.code.branch_hint \"\" "
          "\"\\00\") "
          "(br_if 0 (i32.const 0)))))",
          "\1\0\2\3\1\1\7\1\0"),
    HINTS("(func) (func (@metadata.code.branch_hint \"\\00\") (if (then))) (func (nop) (@metadata.code.branch_hint "
          "\"\\01\") (@x) if end) ",
          "\2\1\1\1\1\0\2\1\2\1\1"),
    HINTS("(func (import \"\" \"\")) (func $f (@metadata.code.branch_hint \"\\00\") (local i32) (if (then)))",
          "\1\1\1\3\1\0"),
};

static void check_section(fixture *x, const section_case *c) {
    wp_module *m = NULL;
    wp_status status = wp_module_parse(x->engine, c->text, strlen(c->text), &m, fresh(x));
    if (c->bytes[0] == '!') {
        tap_ok(x->t, EQ_STATUS(status, WP_MALFORMED) && CHECK(strncmp(x->diag.message, c->bytes + 1, c->size - 1) == 0),
               "%s", c->text);
        return;
    }
    fixture_must(x, status == WP_OK, c->text);
    const wp_custom *custom = m->ncustoms == 1 ? &m->customs[0] : NULL;
    tap_ok(x->t,
           CHECK(custom != NULL) && EQ(custom->name.size, strlen(c->name)) &&
               EQ_BYTES(custom->name.data, c->name, custom->name.size) && EQ(custom->after, c->after) &&
               EQ(custom->bytes.size, c->size) && EQ_BYTES(custom->bytes.data, c->bytes, c->size),
           "%s", c->text);
    wp_module_delete(m);
}

/* The offset of a hint is that of its instruction in the encoded module. */
static void test_offsets(fixture *x) {
    wp_module *m =
        fixture_parse(x, "(func (local i32 f32) (block (@metadata.code.branch_hint \"\\00\") (br_if 0 (i32.const "
                         "1000)))) (global i32 (i32.const 0))");
    uint8_t *data = NULL;
    size_t size = 0;
    fixture_must(x, wp_module_encode(m, &data, &size, &x->diag) == WP_OK, "encoding");
    /* The code section is last: its id, size, count, the size of the function, and the code. */
    static const uint8_t code[] = {2, 1, 0x7F, 1, 0x7D, 2, 0x40, 0x41, 0xE8, 7, 0x0D, 0, 0x0B, 0x0B};
    static const uint8_t hint[] = {1, 0, 1, 10, 1, 0};
    bool same = CHECK(size > sizeof code) && EQ_BYTES(data + size - sizeof code, code, sizeof code) &&
                EQ(code[hint[3]], 0x0D) && EQ(m->customs[0].bytes.size, sizeof hint) &&
                EQ_BYTES(m->customs[0].bytes.data, hint, sizeof hint);
    tap_ok(x->t, same, "the offset of a hint is that of its instruction");
    wp_buffer_free(x->engine, data, size);
    wp_module_delete(m);
}

/* ---- Errors -------------------------------------------------------------------------------------------------- */

typedef struct error_case {
    const char *text;
    wp_status status;
    const char *message;
    uint32_t column;
} error_case;

#define HINT "@metadata.code.branch_hint"

static const error_case errors[] = {
    {"(@custom)", WP_MALFORMED, "@custom annotation: missing section name", 9},
    {"(@custom 4)", WP_MALFORMED, "@custom annotation: missing section name", 10},
    {"(@custom bla)", WP_MALFORMED, "@custom annotation: missing section name", 10},
    {"(@custom \"\\df\")", WP_MALFORMED, "@custom annotation: malformed UTF-8 encoding", 10},
    {"(@custom \"bla\" here)", WP_MALFORMED, "@custom annotation: unexpected token", 16},
    {"(@custom \"bla\" \"\" (after func))", WP_MALFORMED, "@custom annotation: unexpected token", 19},
    {"(@custom \"bla\" (after))", WP_MALFORMED, "@custom annotation: malformed section kind", 22},
    {"(@custom \"bla\" (type))", WP_MALFORMED, "@custom annotation: malformed placement", 17},
    {"(@custom \"bla\" ())", WP_MALFORMED, "@custom annotation: malformed placement", 17},
    {"(@custom \"bla\" (before types))", WP_MALFORMED, "@custom annotation: malformed section kind", 24},
    {"(@custom \"bla\" (before type x))", WP_MALFORMED, "@custom annotation: unexpected token", 29},
    {"(@custom \"bla\"", WP_MALFORMED, "unclosed annotation", 1},
    {"(@custom \"bla\" (before", WP_MALFORMED, "unclosed annotation", 1},
    {"(@custom \"bla\" \x01)", WP_MALFORMED, "illegal character", 16},
    {"(type (@custom \"bla\") $t (func))", WP_MALFORMED, "misplaced @custom annotation", 7},
    {"(func (@custom \"bla\"))", WP_MALFORMED, "misplaced @custom annotation", 7},
    {"(func (nop (@custom \"bla\")))", WP_MALFORMED, "misplaced @custom annotation", 12},
    {"((@custom \"bla\") func)", WP_MALFORMED, "misplaced @custom annotation", 2},
    {"(@custom \"bla\") (module)", WP_MALFORMED, "misplaced @custom annotation", 1},
    {"(module) (@custom \"bla\")", WP_MALFORMED, "misplaced @custom annotation", 10},
    {"(rec (@custom \"bla\"))", WP_MALFORMED, "misplaced @custom annotation", 6},
    {"(module (@name \"M1\") (@name \"M2\"))", WP_MALFORMED, "@name annotation: multiple module", 22},
    {"(module (@name \"M1\") $m (@name \"M2\"))", WP_MALFORMED, "@name annotation: multiple module", 25},
    {"(func (@name \"a\") $f (@name \"b\"))", WP_MALFORMED, "@name annotation: multiple function names", 22},
    {"(func (local (@name \"a\") (@name \"b\") i32))", WP_MALFORMED, "@name annotation: multiple local names", 26},
    {"(type (@name \"a\") (@name \"b\") (func))", WP_MALFORMED, "@name annotation: multiple type names", 19},
    {"(type (struct (field (@name \"a\") (@name \"b\") i32)))", WP_MALFORMED, "@name annotation: multiple field names",
     34},
    {"(tag (@name \"a\") (@name \"b\"))", WP_MALFORMED, "@name annotation: multiple tag names", 18},
    {"(module (func) (@name \"M\"))", WP_MALFORMED, "misplaced @name annotation", 16},
    {"(module (start $f (@name \"M\")) (func $f))", WP_MALFORMED, "misplaced @name annotation", 19},
    {"(func nop (@name \"a\"))", WP_MALFORMED, "misplaced @name annotation", 11},
    {"(func (param i32 (@name \"a\")))", WP_MALFORMED, "misplaced @name annotation", 18},
    {"(tag (param (@name \"a\") i32))", WP_MALFORMED, "misplaced @name annotation", 13},
    {"(import \"\" \"\" (tag (param (@name \"a\") i32)))", WP_MALFORMED, "misplaced @name annotation", 27},
    {"(type (func (param (@name \"a\") i32)))", WP_MALFORMED, "misplaced @name annotation", 20},
    {"(memory (@name \"a\") 1)", WP_MALFORMED, "misplaced @name annotation", 9},
    {"(@name \"a\") (module)", WP_MALFORMED, "misplaced @name annotation", 1},
    {"(module (@name))", WP_MALFORMED, "@name annotation: string expected", 15},
    {"(module (@name x))", WP_MALFORMED, "@name annotation: string expected", 16},
    {"(module (@name \"a\" \"b\"))", WP_MALFORMED, "@name annotation: unexpected token", 20},
    {"(module (@name \"\\80\"))", WP_MALFORMED, "@name annotation: malformed UTF-8 encoding", 16},
    {"(func (" HINT " \"\\01\") (" HINT " \"\\01\") if end)", WP_MALFORMED, HINT " annotation: duplicate annotation",
     42},
    {"(" HINT " \"\\01\") (func)", WP_MALFORMED, HINT " annotation: not in a function", 1},
    {"(func) (global i32 (" HINT " \"\\01\") (i32.const 0))", WP_MALFORMED, HINT " annotation: not in a function", 20},
    {"((" HINT " \"\\01\") func)", WP_MALFORMED, HINT " annotation: not in a function", 2},
    {"(func (" HINT " \"\\02\") if end)", WP_MALFORMED, HINT " annotation: invalid hint value", 7},
    {"(func (" HINT ") if end)", WP_MALFORMED, HINT " annotation: invalid hint value", 7},
    {"(func (" HINT " \"\\00\" \"\\00\") if end)", WP_MALFORMED, HINT " annotation: invalid hint value", 7},
    {"(func (" HINT " 0) if end)", WP_MALFORMED, HINT " annotation: unexpected token", 35},
    {"(func (" HINT " \"\\00\"))", WP_MALFORMED, HINT " annotation: invalid placement", 1},
    {"(func (" HINT " \"\\00\") nop)", WP_INVALID, HINT " annotation: invalid target", 42},
    {"(func if (" HINT " \"\\00\") end)", WP_MALFORMED, HINT " annotation: invalid placement", 1},
};

static void test_errors(fixture *x) {
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        const error_case *c = &errors[i];
        wp_module *m = NULL;
        wp_diag diag = {.status = WP_OK};
        wp_status status = wp_module_parse(x->engine, c->text, strlen(c->text), &m, &diag);
        if (!tap_ok(x->t,
                    EQ_STATUS(status, c->status) && EQ_STATUS(diag.status, c->status) &&
                        CHECK(strncmp(diag.message, c->message, strlen(c->message)) == 0) &&
                        EQ(diag.where.column, c->column),
                    "%s", c->text))
            tap_note("%s", diag.message);
        wp_module_delete(status == WP_OK ? m : NULL);
    }
}

/* ---- Others -------------------------------------------------------------------------------------------------- */

static void test_others(fixture *x) {
    static const char *const texts[] = {
        "(@a) (@0) (@aas-3!@$d-@#4) (@@) (@$) (@+) (@.) (@!$@#$23414@#$) (@\"a\") (@\" @ asd\\2a 045 \\u{45}\")",
        "(func (@a x y z) (@a x-y $yz \"aa\" -2 0.3 0x3) (@a x-y$yz\"aa\"-2) (@a block func module i32.add))",
        "(@a 0x 8q 0xfa #4g0-.@f#^&@#$*0sf -- @#) (@a , ; ] [ }} }x{ ({) ,{{};}] ;)",
        "(@a (bla) () (5-g) (\"aa\" a) ($x) (x (y)) \")\" \"(\" x\")\"y) (@a @ @x (@x) (@x y) (@) (@ x) (@(@(@(@)))))",
        "(@a (;bla;) (; ) ;) ;; bla)\n )",
        "((@a) (@a) module (@a) $m (@a) ((@a) func (@a) $f (@a) ((@a) export (@a) \"f\" (@a)) (@a)) (@a)) (@a)",
        "(@customs) (@Custom) (@names) (@metadata.code) (@dylink (mem-info (memory 16 2)) (needed \"libc v34\"))",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        wp_module *m = fixture_parse(x, texts[i]);
        tap_ok(x->t, EQ(m->ncustoms, 0), "ignored: %s", texts[i]);
        wp_module_delete(m);
    }
    wp_module *m = fixture_parse(x, "(@\"cus\\74om\" \"a\")");
    tap_ok(x->t, EQ(m->ncustoms, 1), "a quoted annotation id");
    wp_module_delete(m);
}

int main(void) {
    tap t = {0};
    fixture x;
    fixture_open_store(&x, &t);
    test_customs(&x);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        check_section(&x, &sections[i]);
    test_offsets(&x);
    test_errors(&x);
    test_others(&x);
    fixture_close(&x, "annotations");
    return tap_done(&t);
}
