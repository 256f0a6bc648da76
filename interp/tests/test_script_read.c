/* test_script_read.c: parsing of scripts: every command, every value, syntax errors with their places. */
#include "script/script.h"

#include "failing.h"
#include "tap.h"

#include <string.h>

typedef struct fixture {
    tap *t;
    wp_engine *engine;
    script *script;
    const script_command *command; /* the last one read */
    wp_diag diag;
} fixture;

static void close_script(fixture *x) {
    script_close(x->script);
    x->script = NULL;
}

static bool open_text(fixture *x, const char *text) {
    close_script(x);
    x->diag = (wp_diag){.status = WP_OK};
    return script_open(x->engine, NULL, text, strlen(text), &x->script, &x->diag) == WP_OK;
}

/* Reads the next command and checks its kind. */
static const script_command *next(fixture *x, script_kind kind) {
    static const script_command none = {.kind = SCRIPT_KINDS};
    wp_status status = script_next(x->script, &x->command, &x->diag);
    bool read = EQ_STATUS(status, WP_OK) && CHECK(x->command != NULL) && EQ(x->command->kind, kind);
    if (!tap_ok(x->t, read, "%s is read", script_kinds[kind].word))
        tap_note("%u:%u: %s", x->diag.where.line, x->diag.where.column, x->diag.message);
    return read ? x->command : &none;
}

static const script_command *read_one(fixture *x, const char *text, script_kind kind) {
    if (!open_text(x, text))
        tap_note("%s", x->diag.message);
    return next(x, kind);
}

static bool is(script_text text, const char *expected) {
    if (expected == NULL)
        return CHECK(text.data == NULL);
    return CHECK(text.data != NULL) && EQ(text.size, strlen(expected)) && EQ_BYTES(text.data, expected, text.size);
}

static bool ends(fixture *x) {
    return script_next(x->script, &x->command, &x->diag) == WP_OK && x->command == NULL;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

static void test_modules(fixture *x) {
    const script_command *c = read_one(x, " (module $m (func))(invoke \"f\")", SCRIPT_MODULE);
    tap_ok(x->t, CHECK(is(c->name, "$m")) && CHECK(c->has_module) && EQ(c->module.form, SCRIPT_FORM_TEXT),
           "a text module with a name");
    tap_ok(x->t, is(c->module.bytes, "(module $m (func))"), "a text module is kept as it is");
    tap_ok(x->t, EQ(c->where.line, 1) && EQ(c->where.column, 2) && EQ(c->where.offset, 1), "the place of a command");
    next(x, SCRIPT_INVOKE);
    tap_ok(x->t, CHECK(ends(x)) && CHECK(ends(x)), "the end, repeatedly");
    c = read_one(x, "(module binary \"\\00as\" \"m\")", SCRIPT_MODULE);
    tap_ok(x->t,
           EQ(c->module.form, SCRIPT_FORM_BINARY) && EQ(c->module.bytes.size, 4) &&
               EQ_BYTES(c->module.bytes.data, "\0asm", 4),
           "bytes of several strings");
    c = read_one(x, "(module $q quote \"(fu\" \"nc)\")", SCRIPT_MODULE);
    tap_ok(x->t,
           EQ(c->module.form, SCRIPT_FORM_QUOTE) && CHECK(is(c->module.bytes, "(func)")) && CHECK(is(c->name, "$q")),
           "quoted text of several strings");
    c = read_one(x, "(module quote)", SCRIPT_MODULE);
    tap_ok(x->t, EQ(c->module.form, SCRIPT_FORM_QUOTE) && EQ(c->module.bytes.size, 0),
           "a quoted module without strings");
}

static void test_definitions(fixture *x) {
    const script_command *c = read_one(x, "(module definition $d (memory 1))", SCRIPT_MODULE_DEFINITION);
    tap_ok(x->t, CHECK(is(c->name, "$d")) && CHECK(c->module.is_definition), "a definition");
    c = read_one(x, "(module definition binary \"x\")", SCRIPT_MODULE_DEFINITION);
    tap_ok(x->t, CHECK(is(c->name, NULL)) && CHECK(is(c->module.bytes, "x")), "a binary definition without a name");
    c = read_one(x, "(module instance $i $d)", SCRIPT_MODULE_INSTANCE);
    tap_ok(x->t, CHECK(is(c->name, "$i")) && CHECK(is(c->definition, "$d")) && CHECK(!c->has_module),
           "an instance of a definition");
    c = read_one(x, "(module instance)", SCRIPT_MODULE_INSTANCE);
    tap_ok(x->t, CHECK(is(c->name, NULL)) && CHECK(is(c->definition, NULL)), "an instance of the last definition");
    c = read_one(x, "(register \"a\\00b\" $i)", SCRIPT_REGISTER);
    tap_ok(x->t, EQ(c->string.size, 3) && EQ(c->string.data[1], '\0') && CHECK(is(c->name, "$i")), "a register");
    c = read_one(x, "(register \"\")", SCRIPT_REGISTER);
    tap_ok(x->t, CHECK(is(c->string, "")) && CHECK(is(c->name, NULL)),
           "a register of the last instance, under an empty name");
}

static void test_bare_fields(fixture *x) {
    const script_command *c = read_one(x, ";; x\n (func) (memory 0)", SCRIPT_MODULE);
    tap_ok(x->t, CHECK(c->module.is_bare) && CHECK(is(c->module.bytes, ";; x\n (func) (memory 0)")),
           "fields alone are a module");
    tap_ok(x->t, EQ(c->where.line, 2) && EQ(c->where.column, 2), "the place of fields alone is that of the first");
    tap_ok(x->t, ends(x), "fields alone are the whole file");
    open_text(x, "(module) (func)");
    next(x, SCRIPT_MODULE);
    tap_ok(x->t, EQ_STATUS(script_next(x->script, &x->command, &x->diag), WP_MALFORMED),
           "fields after a command are malformed");
    tap_ok(x->t, CHECK(open_text(x, "(; nothing ;)")) && CHECK(ends(x)), "an empty script has no commands");
}

static void test_annotations(fixture *x) {
    const char *text = "(@a)(@b ;;)\n)((@c)module(@d)$m(@e \")\")(func)(@f))(@g)(register(@h)\"m\"(@i)$m(@j))(@k)";
    const script_command *c = read_one(x, text, SCRIPT_MODULE);
    tap_ok(x->t, CHECK(is(c->name, "$m")) && CHECK(is(c->module.bytes, "((@c)module(@d)$m(@e \")\")(func)(@f))")),
           "annotations are skipped, and kept in modules");
    c = next(x, SCRIPT_REGISTER);
    tap_ok(x->t, CHECK(is(c->name, "$m")) && CHECK(is(c->string, "m")) && CHECK(ends(x)),
           "annotations are skipped between all tokens");
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

static const script_value *argument(fixture *x, const char *text) {
    static const script_value none = {.kind = SCRIPT_EITHER};
    char line[256];
    snprintf(line, sizeof line, "(invoke \"f\" %s)", text);
    const script_command *c = read_one(x, line, SCRIPT_INVOKE);
    return c->action.nargs == 1 ? c->action.args : &none;
}

static const script_value *expectation(fixture *x, const char *text) {
    static const script_value none = {.kind = SCRIPT_NUMBER, .type = WP_T_NONE};
    char line[256];
    snprintf(line, sizeof line, "(assert_return (invoke \"f\") %s)", text);
    const script_command *c = read_one(x, line, SCRIPT_ASSERT_RETURN);
    return c->nexpected == 1 ? c->expected : &none;
}

static void check_number(fixture *x, const char *text, wp_valtype type, uint64_t bits) {
    const script_value *v = argument(x, text);
    tap_ok(x->t,
           EQ(v->kind, SCRIPT_NUMBER) && EQ(v->type, type) && EQ(v->bits[0], bits) && EQ(v->nan[0], SCRIPT_NAN_NO),
           "%s", text);
}

static void test_numbers(fixture *x) {
    check_number(x, "(i32.const -1)", WP_T_I32, 0xFFFFFFFF);
    check_number(x, "(i32.const 4_294_967_295)", WP_T_I32, 0xFFFFFFFF);
    check_number(x, "(i64.const -1)", WP_T_I64, UINT64_MAX);
    check_number(x, "(f32.const 1.5)", WP_T_F32, 0x3FC00000);
    check_number(x, "(f32.const -nan:0x1)", WP_T_F32, 0xFF800001);
    check_number(x, "(f64.const nan)", WP_T_F64, 0x7FF8000000000000);
    check_number(x, "(f64.const -inf)", WP_T_F64, 0xFFF0000000000000);
    const script_value *v = expectation(x, "(f32.const nan:canonical)");
    tap_ok(x->t, EQ(v->type, WP_T_F32) && EQ(v->nan[0], SCRIPT_NAN_CANONICAL), "a canonical NaN");
    v = expectation(x, "(f64.const nan:arithmetic)");
    tap_ok(x->t, EQ(v->type, WP_T_F64) && EQ(v->nan[0], SCRIPT_NAN_ARITHMETIC), "an arithmetic NaN");
}

static void check_vector(fixture *x, const char *text, script_lanes lanes, uint64_t low, uint64_t high) {
    const script_value *v = argument(x, text);
    tap_ok(x->t, EQ(v->kind, SCRIPT_VECTOR) && EQ(v->lanes, lanes) && EQ(v->bits[0], low) && EQ(v->bits[1], high), "%s",
           text);
}

static void test_vectors(fixture *x) {
    check_vector(x, "(v128.const i8x16 1 2 3 4 5 6 7 -8 255 -128 0 0 0 0 0 0xff)", SCRIPT_I8X16, 0xF807060504030201,
                 0xFF000000000080FF);
    check_vector(x, "(v128.const i16x8 1 65535 -32768 0 0 0 0 2)", SCRIPT_I16X8, 0x00008000FFFF0001,
                 0x0002000000000000);
    check_vector(x, "(v128.const i32x4 1 -1 2 3)", SCRIPT_I32X4, 0xFFFFFFFF00000001, 0x0000000300000002);
    check_vector(x, "(v128.const i64x2 -1 2)", SCRIPT_I64X2, UINT64_MAX, 2);
    check_vector(x, "(v128.const f64x2 1 -0)", SCRIPT_F64X2, 0x3FF0000000000000, 0x8000000000000000);
    const script_value *v = expectation(x, "(v128.const f32x4 1.5 nan:canonical nan:arithmetic 0)");
    tap_ok(x->t,
           EQ(v->bits[0], 0x3FC00000) && EQ(v->nan[0], SCRIPT_NAN_NO) && EQ(v->nan[1], SCRIPT_NAN_CANONICAL) &&
               EQ(v->nan[2], SCRIPT_NAN_ARITHMETIC) && EQ(v->nan[3], SCRIPT_NAN_NO),
           "NaN patterns of lanes");
}

static void check_reference(fixture *x, const char *text, bool expected, script_value_kind kind, script_heap heap,
                            bool has_number) {
    const script_value *v = expected ? expectation(x, text) : argument(x, text);
    tap_ok(x->t, EQ(v->kind, kind) && EQ(v->heap, heap) && EQ(v->has_number, has_number), "%s", text);
    if (has_number)
        tap_ok(x->t, EQ(v->number, 7), "the number of a reference");
}

static void test_references(fixture *x) {
    check_reference(x, "(ref.null func)", false, SCRIPT_NULL, SCRIPT_HEAP_FUNC, false);
    check_reference(x, "(ref.null noexn)", false, SCRIPT_NULL, SCRIPT_HEAP_NOEXN, false);
    check_reference(x, "(ref.extern 7)", false, SCRIPT_REF, SCRIPT_HEAP_EXTERN, true);
    check_reference(x, "(ref.host 7)", false, SCRIPT_REF, SCRIPT_HEAP_HOST, true);
    check_reference(x, "(ref.null)", true, SCRIPT_NULL, SCRIPT_HEAP_NONE_GIVEN, false);
    check_reference(x, "(ref.extern)", true, SCRIPT_REF, SCRIPT_HEAP_EXTERN, false);
    check_reference(x, "(ref.extern 7)", true, SCRIPT_REF, SCRIPT_HEAP_EXTERN, true);
    static const char *const heaps[] = {"any", "eq", "i31", "struct", "array", "func", "exn"};
    for (size_t i = 0; i < sizeof heaps / sizeof *heaps; i++) {
        char text[32];
        snprintf(text, sizeof text, "(ref.%s)", heaps[i]);
        const script_value *v = expectation(x, text);
        tap_ok(x->t, EQ(v->kind, SCRIPT_REF) && EQ_TEXT(script_heaps[v->heap].name, heaps[i]), "%s", text);
    }
}

static void test_either(fixture *x) {
    const script_value *v = expectation(x, "(either (i32.const 1) (either (ref.null) (i32.const 3)) (i32.const 4))");
    tap_ok(x->t, EQ(v->kind, SCRIPT_EITHER) && EQ(v->noptions, 4), "an either in an either adds its choices");
    tap_ok(x->t,
           EQ(v->noptions, 4) && EQ(v->options[0].bits[0], 1) && EQ(v->options[1].kind, SCRIPT_NULL) &&
               EQ(v->options[3].bits[0], 4),
           "choices are in order");
    enum { DEPTH = 200000 };
    char *text = malloc(8 * DEPTH + 100);
    size_t size = (size_t)sprintf(text, "(assert_return (invoke \"f\") ");
    for (int i = 0; i < DEPTH; i++)
        size += (size_t)sprintf(text + size, "(either");
    memset(text + size, ')', DEPTH + 1);
    text[size + DEPTH + 1] = '\0';
    const script_command *c = read_one(x, text, SCRIPT_ASSERT_RETURN);
    tap_ok(x->t, EQ(c->nexpected, 1) && EQ(c->expected->noptions, 0), "either can be nested deeply");
    free(text);
}

static void test_type_names(tap *t) {
    tap_ok(t, EQ_TEXT(script_heaps[SCRIPT_HEAP_NOFUNC].type, "nullfuncref"), "nofunc is nullfuncref");
    tap_ok(t, EQ_TEXT(script_heaps[SCRIPT_HEAP_HOST].type, "anyref"), "a host reference is an anyref");
    tap_ok(t, EQ_TEXT(script_heaps[SCRIPT_HEAP_NONE_GIVEN].type, "ref"), "a reference without a heap type is ref");
}

/* ---- Assertions ---------------------------------------------------------------------------------------------- */

static void test_actions(fixture *x) {
    const script_command *c = read_one(x, "(invoke $m \"f\" (i32.const 1) (i64.const 2))", SCRIPT_INVOKE);
    tap_ok(x->t,
           CHECK(is(c->action.module, "$m")) && CHECK(is(c->action.field, "f")) && EQ(c->action.nargs, 2) &&
               CHECK(!c->action.is_get),
           "an invoke");
    c = read_one(x, "(get \"g\")", SCRIPT_GET);
    tap_ok(x->t, CHECK(is(c->action.module, NULL)) && CHECK(is(c->action.field, "g")) && CHECK(c->action.is_get),
           "a get");
    c = read_one(x, "(assert_return\n (get $m \"g\") (i32.const 1) (ref.null))", SCRIPT_ASSERT_RETURN);
    tap_ok(x->t, CHECK(c->has_action) && CHECK(c->action.is_get) && EQ(c->nexpected, 2), "assert_return of a get");
    tap_ok(x->t, EQ(c->where.line, 1) && EQ(c->action.where.line, 2) && EQ(c->action.where.column, 2),
           "the places of an assertion and its action");
}

static void test_assertions(fixture *x) {
    static const struct {
        script_kind kind;
        bool action, module, text;
    } takes[] = {
        {SCRIPT_ASSERT_TRAP, true, true, true},        {SCRIPT_ASSERT_EXHAUSTION, true, false, true},
        {SCRIPT_ASSERT_EXCEPTION, true, false, false}, {SCRIPT_ASSERT_INVALID, false, true, true},
        {SCRIPT_ASSERT_MALFORMED, false, true, true},  {SCRIPT_ASSERT_INVALID_CUSTOM, false, true, true},
        {SCRIPT_ASSERT_UNLINKABLE, false, true, true}, {SCRIPT_ASSERT_MALFORMED_CUSTOM, false, true, true},
        {SCRIPT_ASSERT_UNLOADABLE, false, true, true},
    };
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++) {
        for (int module = 0; module < 2; module++) {
            char line[128];
            const char *name = script_kinds[takes[i].kind].word;
            const char *subject = module ? "(module $m quote \"x\")" : "(invoke \"f\")";
            snprintf(line, sizeof line, "(%s %s%s)", name, subject, takes[i].text ? " \"text\"" : "");
            if (!(module ? takes[i].module : takes[i].action)) {
                open_text(x, line);
                tap_ok(x->t, EQ_STATUS(script_next(x->script, &x->command, &x->diag), WP_MALFORMED), "%s takes no %s",
                       name, module ? "module" : "action");
                continue;
            }
            const script_command *c = read_one(x, line, takes[i].kind);
            tap_ok(x->t,
                   EQ(c->has_module, module) && EQ(c->has_action, !module) && CHECK(is(c->name, module ? "$m" : NULL)),
                   "%s", line);
            tap_ok(x->t, is(c->text, takes[i].text ? "text" : NULL), "the text of an assertion");
        }
    }
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

static void test_processes(fixture *x) {
    const script_command *c = read_one(
        x, "(process $p (memory 64) (stack 4) (limit 0) (dictionary (\"libc\" \"a:b\") (\"m\" \"c\" \"sha256-x\")))",
        SCRIPT_PROCESS);
    tap_ok(x->t,
           CHECK(is(c->name, "$p")) && EQ(c->pointer, WP_T_I32) && EQ(c->pages, 64) && EQ(c->stack, 4) &&
               CHECK(c->limited) && EQ(c->limit, 0),
           "a process");
    tap_ok(x->t,
           EQ(c->nentries, 2) && CHECK(is(c->entries[0].name, "libc")) && CHECK(is(c->entries[0].uri, "a:b")) &&
               CHECK(is(c->entries[0].digest, NULL)) && CHECK(is(c->entries[1].digest, "sha256-x")),
           "the dictionary of a process");
    c = read_one(x, "(process (memory i64 0x1_0000_0000_0000) (dictionary))", SCRIPT_PROCESS);
    tap_ok(x->t,
           EQ(c->pointer, WP_T_I64) && CHECK(c->pages == (uint64_t)1 << 48) && EQ(c->stack, 0) && CHECK(!c->limited) &&
               CHECK(is(c->name, NULL)),
           "a wasm64 process");
    c = read_one(x, "(switch $p)", SCRIPT_SWITCH);
    tap_ok(x->t, is(c->name, "$p"), "a switch");
    c = read_one(x, "(switch)", SCRIPT_SWITCH);
    tap_ok(x->t, is(c->name, NULL), "a switch to no process");
    c = read_one(x, "(end $p)", SCRIPT_END);
    tap_ok(x->t, is(c->name, "$p"), "an end");
    c = read_one(x, "(unload $m)", SCRIPT_UNLOAD);
    tap_ok(x->t, is(c->name, "$m"), "an unload");
    c = read_one(x, "(dictionary (\"a\" \"b\"))", SCRIPT_DICTIONARY);
    tap_ok(x->t, EQ(c->nentries, 1) && CHECK(is(c->entries[0].uri, "b")), "a dictionary");
    c = read_one(x, "(library \"test:libc\" (module $l))", SCRIPT_LIBRARY);
    tap_ok(x->t, CHECK(is(c->string, "test:libc")) && CHECK(c->has_module) && CHECK(is(c->module.name, "$l")),
           "a library");
}

static void test_refused(fixture *x) {
    static const struct {
        const char *text;
        script_kind kind;
    } inner[] = {
        {"(process $p (memory 1))", SCRIPT_PROCESS},
        {"(switch $p)", SCRIPT_SWITCH},
        {"(dictionary (\"a\" \"b\"))", SCRIPT_DICTIONARY},
        {"(unload $m)", SCRIPT_UNLOAD},
        {"(end $p)", SCRIPT_END},
        {"(invoke $m \"f\")", SCRIPT_INVOKE},
        {"(get \"g\")", SCRIPT_GET},
        {"(register \"env\" $m)", SCRIPT_REGISTER},
    };
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
        char line[128];
        snprintf(line, sizeof line, "(assert_refused %s \"text\")", inner[i].text);
        const script_command *c = read_one(x, line, SCRIPT_ASSERT_REFUSED);
        tap_ok(x->t, CHECK(is(c->text, "text")) && CHECK(c->inner != NULL) && EQ(c->inner->kind, inner[i].kind), "%s",
               line);
        tap_ok(x->t, ends(x), "nothing follows an assertion");
    }
}

/* ---- Errors -------------------------------------------------------------------------------------------------- */

static void check_error(fixture *x, const char *text, unsigned line, unsigned column) {
    if (open_text(x, text))
        while (script_next(x->script, &x->command, &x->diag) == WP_OK && x->command != NULL)
            ;
    bool placed =
        EQ_STATUS(x->diag.status, WP_MALFORMED) && EQ(x->diag.where.line, line) && EQ(x->diag.where.column, column);
    if (!tap_ok(x->t, placed, "an error at %u:%u of %.*s", line, column, (int)strcspn(text, "\n"), text))
        tap_note("%s at %u:%u: %s", wp_status_name(x->diag.status), x->diag.where.line, x->diag.where.column,
                 x->diag.message);
    if (x->script != NULL)
        tap_ok(x->t, ends(x), "an error ends the script");
}

static void test_errors(fixture *x) {
    check_error(x, "module", 1, 1);
    check_error(x, "(module)\n (foo)", 2, 3);
    check_error(x, "(module) )", 1, 10);
    check_error(x, "(module", 1, 8);
    check_error(x, "(module (func)", 1, 15);
    check_error(x, "(module binary \"a\" (func))", 1, 20);
    check_error(x, "(register)", 1, 10);
    check_error(x, "(register $m)", 1, 11);
    check_error(x, "(invoke f)", 1, 9);
    check_error(x, "(invoke \"f\" 1)", 1, 13);
    check_error(x, "(get \"f\" (i32.const 1))", 1, 10);
    check_error(x, "(invoke \"f\" (i32.const))", 1, 23);
    check_error(x, "(invoke \"f\" (i32.const 1.5))", 1, 24);
    check_error(x, "(invoke \"f\" (i32.const 0x1_0000_0000))", 1, 24);
    check_error(x, "(invoke \"f\" (i32.const 1 2))", 1, 26);
    check_error(x, "(invoke \"f\" (i32.add 1))", 1, 14);
    check_error(x, "(invoke \"f\" (f32.const nan:canonical))", 1, 24);
    check_error(x, "(invoke \"f\" (ref.null))", 1, 22);
    check_error(x, "(invoke \"f\" (ref.null host))", 1, 23);
    check_error(x, "(invoke \"f\" (ref.func))", 1, 14);
    check_error(x, "(invoke \"f\" (ref.extern))", 1, 24);
    check_error(x, "(invoke \"f\" (ref.extern -1))", 1, 25);
    check_error(x, "(invoke \"f\" (either (i32.const 1)))", 1, 14);
    check_error(x, "(assert_return (invoke \"f\") (ref.foo))", 1, 30);
    check_error(x, "(assert_return (invoke \"f\") (either i32))", 1, 37);
    check_error(x, "(invoke \"f\" (v128.const i8x16 256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0))", 1, 31);
    check_error(x, "(invoke \"f\" (v128.const i8x16 -129 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0))", 1, 31);
    check_error(x, "(invoke \"f\" (v128.const i16x8 65536 0 0 0 0 0 0 0))", 1, 31);
    check_error(x, "(invoke \"f\" (v128.const i64x2 0))", 1, 32);
    check_error(x, "(invoke \"f\" (v128.const i128x1 0))", 1, 25);
}

static void test_command_errors(fixture *x) {
    check_error(x, "(assert_return (module))", 1, 17);
    check_error(x, "(assert_trap (invoke \"f\"))", 1, 26);
    check_error(x, "(assert_invalid \"x\" (module))", 1, 17);
    check_error(x, "(process)", 1, 9);
    check_error(x, "(process (stack 1))", 1, 11);
    check_error(x, "(process (memory 1) (memory 1))", 1, 22);
    check_error(x, "(process (memory 1) (stack 1) (stack 1))", 1, 32);
    check_error(x, "(process (memory 1) (limit 1) (limit 1))", 1, 32);
    check_error(x, "(process (memory f32 1))", 1, 18);
    check_error(x, "(process (memory 1) 2)", 1, 21);
    check_error(x, "(dictionary (\"a\"))", 1, 17);
    check_error(x, "(end)", 1, 5);
    check_error(x, "(unload)", 1, 8);
    check_error(x, "(assert_refused (module) \"x\")", 1, 18);
    check_error(x, "(assert_refused (assert_refused (end $p) \"x\") \"x\")", 1, 18);
    check_error(x, "(library (module))", 1, 10);
    /* Errors within a token. */
    check_error(x, "(module)\n(module \"unclosed)", 2, 9);
    check_error(x, "(module) (; unclosed", 1, 10);
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

/* Reads a script with failing memory; true if it is read to its end. */
static bool read_failing(const char *text, failing *f, wp_engine *engine) {
    wp_allocator allocator = failing_allocator(f);
    const script_command *command;
    script *s = NULL;
    wp_status status = script_open(engine, &allocator, text, strlen(text), &s, NULL);
    while (status == WP_OK) {
        status = script_next(s, &command, NULL);
        if (status == WP_OK && command == NULL)
            break;
    }
    script_close(s);
    return status == WP_OK;
}

static void test_failing_memory(fixture *x) {
    char text[20000] = "(module binary \"a\" \"b\") (assert_return (invoke \"f\") (either (i32.const 1)))"
                       "(process (memory 2) (dictionary (\"a\" \"b\"))) (invoke \"f\"";
    for (int i = 0; i < 500; i++)
        strcat(text, " (i32.const 1)");
    strcat(text, ")");
    size_t wrong = 0, places = 0;
    for (size_t k = 1;; k++, places++) {
        failing f = {.fail_at = k};
        bool done = read_failing(text, &f, x->engine);
        wrong += !failing_freed(&f);
        if (done)
            break;
    }
    tap_ok(x->t, EQ(wrong, 0) && CHECK(places > 3), "%zu allocations may fail", places);
}

int main(void) {
    tap t = {0};
    fixture x = {.t = &t, .engine = wp_engine_new(NULL)};
    if (x.engine == NULL)
        return 1;
    test_modules(&x);
    test_definitions(&x);
    test_bare_fields(&x);
    test_annotations(&x);
    test_numbers(&x);
    test_vectors(&x);
    test_references(&x);
    test_either(&x);
    test_type_names(&t);
    test_actions(&x);
    test_assertions(&x);
    test_processes(&x);
    test_refused(&x);
    test_errors(&x);
    test_command_errors(&x);
    test_failing_memory(&x);
    close_script(&x);
    wp_engine_delete(x.engine);
    return tap_done(&t);
}
