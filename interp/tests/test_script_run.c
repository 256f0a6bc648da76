/* test_script_run.c: runs of scripts: every command and assertion, passing and failing; commands that depend on
 * unsupported or failed ones; processes; limits.
 *
 * A test is a script and the outcomes of its commands, a letter each: P passes, F fails, U is unsupported.
 */
#include "script/runner.h"

#include "failing.h"
#include "tap.h"

enum { MOST = 64 };

/* The outcome of a script. */
typedef struct outcome {
    char letters[MOST + 1];
    size_t count;
    char message[256], expected[256], actual[256], reason[256]; /* of the last command that did not pass */
    char kind[32];                                              /* of the last command */
    wp_location where;                                          /* of the last command */
    bool rules[256];                                            /* of all commands */
    script_totals totals;
    wp_status status;
    wp_diag diag;
} outcome;

static void keep(char *buffer, const char *text) {
    snprintf(buffer, 256, "%s", text == NULL ? "" : text);
}

static void collect(void *ctx, const script_event *event) {
    outcome *o = ctx;
    if (o->count < MOST)
        o->letters[o->count++] = "PFU"[event->outcome];
    if (event->outcome != SCRIPT_PASS) {
        keep(o->message, event->message);
        keep(o->expected, event->expected);
        keep(o->actual, event->actual);
        keep(o->reason, event->reason);
    }
    snprintf(o->kind, sizeof o->kind, "%s", event->kind);
    o->where = event->where;
    for (size_t i = 0; i < event->nrules; i++)
        o->rules[event->rules[i]] = true;
}

static outcome run(const char *text, const script_options *options) {
    static const script_options none = {.json = false};
    outcome o = {.count = 0};
    wp_engine *engine = wp_engine_new(NULL);
    o.status = script_run(engine, "test", text, strlen(text), options == NULL ? &none : options, collect, &o, &o.totals,
                          &o.diag);
    wp_engine_delete(engine);
    return o;
}

/* Runs a script and checks the outcomes of its commands. */
static outcome check_with(tap *t, const script_options *options, const char *text, const char *letters) {
    outcome o = run(text, options);
    if (!tap_ok(t, EQ_STATUS(o.status, WP_OK) && EQ_TEXT(o.letters, letters), "%s: %.*s", letters,
                (int)strcspn(text, "\n"), text))
        tap_note("%s: %s: %s", o.letters, o.kind, o.message);
    return o;
}

static outcome check(tap *t, const char *text, const char *letters) {
    return check_with(t, NULL, text, letters);
}

static void says(tap *t, const char *what, const char *got, const char *wanted) {
    tap_ok(t, EQ_TEXT(got, wanted), "%s is \"%.*s\"", what, (int)strcspn(wanted, "\n"), wanted);
}

/* ---- Assertions ---------------------------------------------------------------------------------------------- */

#define MODULE                                                                                                         \
    "(module $m (func (export \"f\") (result i32) (i32.const 7))"                                                      \
    " (func (export \"two\") (result i32 f32) (i32.const 1) (f32.const nan))"                                          \
    " (func (export \"none\"))"                                                                                        \
    " (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))"                      \
    " (func (export \"id\") (param externref) (result externref) (local.get 0))"                                       \
    " (func $u (export \"trap\") (unreachable))"                                                                       \
    " (func $r (export \"forever\") (call $r))"                                                                        \
    " (func (export \"loop\") (loop (br 0)))"                                                                          \
    " (global (export \"g\") i64 (i64.const -3)))"

static void test_returns(tap *t) {
    check(t, MODULE "(assert_return (invoke \"f\") (i32.const 7))", "PP");
    check(t, MODULE "(assert_return (invoke $m \"f\") (i32.const 7))", "PP");
    outcome o = check(t, MODULE "(assert_return (invoke \"f\") (i32.const 8))", "PF");
    says(t, "expected", o.expected, "(i32.const 8)");
    says(t, "actual", o.actual, "(i32.const 7)");
    says(t, "kind", o.kind, "assert_return");
    check(t, MODULE "(assert_return (invoke \"f\") (i64.const 7))", "PF");
    check(t, MODULE "(assert_return (invoke \"two\") (i32.const 1) (f32.const nan:canonical))", "PP");
    check(t, MODULE "(assert_return (invoke \"two\") (i32.const 1))", "PF");
    o = check(t, MODULE "(assert_return (invoke \"two\"))", "PF");
    says(t, "expected", o.expected, "");
    says(t, "actual", o.actual, "(i32.const 1) (f32.const nan)");
    check(t, MODULE "(assert_return (invoke \"none\"))", "PP");
    check(t, MODULE "(assert_return (invoke \"none\") (i32.const 0))", "PF");
    check(t, MODULE "(assert_return (invoke \"add\" (i32.const 3) (i32.const -1)) (i32.const 2))", "PP");
    check(t, MODULE "(assert_return (invoke \"id\" (ref.extern 5)) (ref.extern 5))", "PP");
    check(t, MODULE "(assert_return (invoke \"id\" (ref.extern 5)) (ref.extern 6))", "PF");
    check(t, MODULE "(assert_return (invoke \"id\" (ref.null extern)) (ref.null))", "PP");
    check(t, MODULE "(assert_return (get \"g\") (i64.const -3)) (assert_return (get $m \"g\") (i64.const 3))", "PPF");
    o = check(t, MODULE "(assert_return (invoke \"trap\"))", "PF");
    says(t, "actual", o.actual, "trap: unreachable");
}

static void test_mistakes(tap *t) {
    outcome o = check(t, MODULE "(assert_return (invoke \"nothing\") (i32.const 7))", "PF");
    says(t, "message", o.message, "no exported function nothing");
    check(t, MODULE "(assert_return (invoke $n \"f\") (i32.const 7))", "PF");
    check(t, MODULE "(assert_return (get \"f\") (i32.const 7))", "PF");
    check(t, MODULE "(assert_return (invoke \"g\") (i64.const -3))", "PF");
    check(t, "(assert_return (invoke \"f\"))", "F");
    o = check(t, MODULE "(invoke \"f\" (i32.const 1))", "PF");
    says(t, "message", o.message, "another number of arguments than the function takes");
    check(t, MODULE "(assert_trap (invoke \"add\" (i32.const 1)) \"\")", "PF");
    check(t, MODULE "(invoke \"add\" (i32.const 1) (i64.const 1))", "PF");
    check(t, MODULE "(invoke \"add\" (i32.const 1) (ref.null extern))", "PF");
    check(t, MODULE "(invoke \"id\" (i32.const 1))", "PF");
    check(t, "(register \"x\")", "F");
    check(t, "(module instance)", "F");
    check(t, "(module instance $x $y)", "F");
}

static void test_failures_of_actions(tap *t) {
    check(t, MODULE "(assert_trap (invoke \"trap\") \"unreachable\")", "PP");
    check(t, MODULE "(assert_trap (invoke \"trap\") \"unre\")", "PP");
    outcome o = check(t, MODULE "(assert_trap (invoke \"trap\") \"unreachable!\")", "PF");
    says(t, "expected", o.expected, "trap: unreachable!");
    says(t, "actual", o.actual, "trap: unreachable");
    o = check(t, MODULE "(assert_trap (invoke \"f\") \"unreachable\")", "PF");
    says(t, "actual", o.actual, "(i32.const 7)");
    check(t, MODULE "(assert_trap (invoke \"none\") \"unreachable\")", "PF");
    check(t, MODULE "(assert_trap (invoke \"forever\") \"call stack exhausted\")", "PF");
    check(t, MODULE "(assert_exhaustion (invoke \"forever\") \"call stack exhausted\")", "PP");
    check(t, MODULE "(assert_exhaustion (invoke \"forever\") \"fuel\")", "PF");
    check(t, MODULE "(assert_exhaustion (invoke \"trap\") \"unreachable\")", "PF");
    check(t, MODULE "(assert_exhaustion (invoke \"f\") \"\")", "PF");
    check(t, MODULE "(assert_exception (invoke \"f\"))", "PF");
    check(t, MODULE "(assert_exception (invoke \"trap\"))", "PF");
    check(t, MODULE "(invoke \"trap\") (invoke \"f\") (get \"g\")", "PFPP");
}

static void test_modules(tap *t) {
    check(t, "(module) (module binary \"\\00asm\\01\\00\\00\\00\") (module quote \"(func)\") (module quote \"\")",
          "PPPP");
    outcome o = check(t, "(module\n (func\n  (foo)))", "F");
    tap_ok(t, strstr(o.message, "(at 3:4)") != NULL, "an error in a module has its place in the file: %s", o.message);
    o = check(t, "\n(module quote \"\\n(func (foo))\")", "F");
    tap_ok(t, strstr(o.message, "(at 2:8 of the quoted text)") != NULL, "in quoted text, the place in that: %s",
           o.message);
    o = check(t, "(module binary \"\\00asm\\01\\00\\00\\01\")", "F");
    tap_ok(t, strstr(o.message, "(at byte 4)") != NULL, "an error in bytes has its offset: %s", o.message);
    check(t, "(module (func (result i32)))", "F");
    check(t, "(module (import \"a\" \"b\" (func)))", "F");
    check(t, "(module (func $f (unreachable)) (start $f))", "F");
    check(t, "(func (export \"f\") (result i32) (i32.const 1)) (memory 0)", "P");
    o = check(t, "\n (func (export \"f\") (i32.const 1))", "F");
    tap_ok(t, EQ(o.where.line, 2) && CHECK(strstr(o.message, "(at 2:") != NULL),
           "an error in fields without a module has its place: %s", o.message);
}

static void test_malformed(tap *t) {
    check(t, "(assert_malformed (module quote \"(func (foo))\") \"unknown operator\")", "P");
    check(t, "(assert_malformed (module quote \"(func (foo))\") \"unknown operator foo and more\")", "F");
    outcome o = check(t, "(assert_malformed (module quote \"(func)\") \"unknown operator\")", "F");
    says(t, "actual", o.actual, "the module is well-formed");
    check(t, "(assert_malformed (module binary \"\\00asm\") \"unexpected end\")", "P");
    check(t, "(assert_malformed (module binary \"\\00asm\") \"magic\")", "F");
    check(t, "(assert_malformed (module (func (foo))) \"unknown operator\")", "P");
    check(t, "(assert_malformed (module quote \"(func (result i32))\") \"type mismatch\")", "F");
    check(t, "(assert_malformed_custom (module quote \"(@custom)\") \"@custom annotation: missing section name\")",
          "P");
    check(t, "(assert_malformed_custom (module quote \"(@custom \\\"a\\\")\") \"@custom\")", "F");
}

static void test_invalid(tap *t) {
    check(t, "(assert_invalid (module (func (result i32))) \"type mismatch\")", "P");
    check(t, "(assert_invalid (module (func (result i32))) \"unknown\")", "F");
    outcome o = check(t, "(assert_invalid (module) \"type mismatch\")", "F");
    says(t, "actual", o.actual, "the module is valid");
    check(t, "(assert_invalid (module quote \"(func (result i32))\") \"type mismatch\")", "P");
    o = check(t, "(assert_invalid (module quote \"(func (foo))\") \"unknown operator\")", "F");
    tap_ok(t, CHECK(strncmp(o.actual, "malformed: ", 11) == 0), "a malformed module is not invalid: %s", o.actual);
    check(t, "(assert_invalid_custom (module) \"x\")", "F");
}

static void test_instantiation(tap *t) {
    check(t, "(assert_unlinkable (module (import \"a\" \"b\" (func))) \"unknown import\")", "P");
    check(
        t,
        "(assert_unlinkable (module (import \"spectest\" \"print\" (func (param i32)))) \"incompatible import type\")",
        "P");
    check(t, "(assert_unlinkable (module (import \"a\" \"b\" (func))) \"incompatible\")", "F");
    check(t, "(assert_unlinkable (module) \"unknown import\")", "F");
    check(t, "(assert_unlinkable (module (func (result i32))) \"type mismatch\")", "F");
    check(t, "(assert_trap (module (func $f (unreachable)) (start $f)) \"unreachable\")", "P");
    check(t, "(assert_trap (module (memory 0) (data (i32.const 0) \"a\")) \"out of bounds memory access\")", "P");
    outcome o = check(t, "(assert_trap (module) \"unreachable\")", "F");
    says(t, "actual", o.actual, "the module was instantiated");
    check(t, "(assert_trap (module (import \"a\" \"b\" (func))) \"unknown import\")", "F");
    check(t, "(assert_unloadable (module (memory 1)) \"module defines a memory\")", "F");
    /* The instance of an assertion is not the last instance. */
    check(t, MODULE "(assert_unlinkable (module (import \"a\" \"b\" (func))) \"unknown import\") (invoke \"f\")",
          "PPP");
}

/* ---- Names --------------------------------------------------------------------------------------------------- */

static void test_names(tap *t) {
    check(t,
          "(module $a (func (export \"f\") (result i32) (i32.const 1)))"
          "(module $b (func (export \"f\") (result i32) (i32.const 2)))"
          "(assert_return (invoke \"f\") (i32.const 2)) (assert_return (invoke $a \"f\") (i32.const 1))"
          "(module $a (func (export \"f\") (result i32) (i32.const 3)))"
          "(assert_return (invoke $a \"f\") (i32.const 3)) (assert_return (invoke $b \"f\") (i32.const 2))",
          "PPPPPPP");
    check(t,
          "(module $a (func (export \"f\"))) (register \"a\" $a) (module (import \"a\" \"f\" (func)))"
          "(module (func (export \"g\"))) (register \"a\") (module (import \"a\" \"g\" (func)))"
          "(assert_unlinkable (module (import \"a\" \"f\" (func))) \"unknown import\")",
          "PPPPPPP");
    check(
        t,
        "(module definition $d (global (export \"g\") (mut i32) (i32.const 1))"
        " (func (export \"set\") (global.set 0 (i32.const 2))))"
        "(module instance $i $d) (module instance $j $d) (module instance $k)"
        "(invoke $i \"set\") (assert_return (get $i \"g\") (i32.const 2)) (assert_return (get $j \"g\") (i32.const 1))"
        "(assert_return (get \"g\") (i32.const 1))",
        "PPPPPPPP");
    /* A module command is a definition, too. */
    check(t, "(module $m (global (export \"g\") i32 (i32.const 1))) (module instance $i $m) (get $i \"g\")", "PPP");
    /* A definition alone is not an instance. */
    check(t, MODULE "(module definition $d) (invoke \"f\") (invoke $d \"f\")", "PPPF");
}

static void test_failed_names(tap *t) {
    outcome o = check(t, MODULE "\n(module $m (func (foo)))\n(invoke $m \"f\")", "PFF");
    says(t, "message", o.message, "it needs the module of line 2, which failed");
    check(t, MODULE "(module (func (foo))) (invoke \"f\") (invoke $m \"f\")", "PFFP");
    check(t,
          MODULE "(module $n (func (foo))) (register \"m\" $m) (register \"m\" $n)"
                 "(module (import \"m\" \"f\" (func (result i32))))",
          "PFPFF");
    check(t, "(module definition $d (func (foo))) (module instance $i $d) (module instance $j) (invoke $i \"f\")",
          "FFFF");
    check(t, "(module $d (import \"a\" \"b\" (func))) (module instance $d)", "FF");
    /* A name that is defined again loses its old meaning. */
    check(t, "(module $m (func (foo))) " MODULE "(invoke $m \"f\")", "FPP");
}

/* ---- Unsupported features ------------------------------------------------------------------------------------ */

#define UNSUPPORTED "(type $s (struct)) (func (export \"f\") (drop (struct.new $s)))"

static void test_unsupported(tap *t) {
    outcome o = check(t, "(module $m (func (drop (v128.const i32x4 0 0 0 0))))", "U");
    says(t, "reason", o.reason, "v128.const");
    o = check(t, "(module $m " UNSUPPORTED ") (invoke \"f\") (invoke $m \"f\") (get \"g\")", "UUUU");
    says(t, "reason", o.reason, "struct type");
    check(t,
          "(module $m " UNSUPPORTED ") (assert_return (invoke \"f\")) (assert_trap (invoke \"f\") \"x\")"
          "(assert_exhaustion (invoke $m \"f\") \"x\") (assert_exception (invoke $m \"f\"))",
          "UUUUU");
    o = check(t,
              "(module $m " UNSUPPORTED ") (register \"m\") (module $n (import \"m\" \"f\" (func)))"
              "(assert_unlinkable (module (import \"m\" \"f\" (func))) \"unknown import\")"
              "(assert_trap (module (import \"m\" \"g\" (func))) \"unreachable\")"
              "(invoke $n \"f\") (register \"n\" $n) (module (import \"n\" \"f\" (func)))",
              "UUUUUUUU");
    says(t, "reason", o.reason, "struct type");
    check(t,
          "(assert_invalid (module " UNSUPPORTED ") \"type mismatch\")"
          "(assert_malformed (module quote \"(type (struct)) (func (foo))\") \"unknown operator\")"
          "(assert_unlinkable (module " UNSUPPORTED ") \"x\") (assert_trap (module " UNSUPPORTED ") \"x\")",
          "UPUU");
    check(t, "(module definition $d " UNSUPPORTED ") (module instance $i $d) (module instance) (invoke $i \"f\")",
          "UUUU");
    /* The rest of the script is run. */
    check(t,
          "(module $m " UNSUPPORTED ") (module $n (func (export \"f\"))) (invoke \"f\") (invoke $m \"f\")"
          "(register \"m\" $n) (module (import \"m\" \"f\" (func)))",
          "UPPUPP");
    o = check(t, MODULE "(invoke \"id\" (ref.host 1))", "PU");
    says(t, "reason", o.reason, "ref.host");
}

#define LARGE "(process $p (memory i64 0x1000000000000))"

/* Commands that depend on a process of an unsupported extent. */
static void test_extents(tap *t) {
    const script_options native = {.backend = WP_BACKEND_NATIVE}; /* has no processes of the largest extent */
    outcome o = check_with(
        t, &native,
        LARGE
        " (module $m (func (export \"f\"))) (invoke $m \"f\")"
        "(register \"m\" $m) (module instance $m) (unload $m) (dictionary (\"a\" \"b\")) (end $p) (switch $p) (invoke \"f\")"
        "(assert_unloadable (module) \"x\") (assert_refused (switch $p) \"x\") (assert_refused (invoke \"f\") \"x\")",
        "UUUUUUUUUUUUU");
    says(t, "reason", o.reason, "extent");
    /* Other instances are not affected. */
    check_with(t, &native,
               "(module $m (func (export \"f\"))) " LARGE " (invoke $m \"f\") (library \"test:l\" (module))"
               "(switch) (invoke $m \"f\") (switch $p) (invoke $m \"f\") (process $q (memory 2)) (module) (switch $p)",
               "PUUPPPUUPPU");
    /* Illegal extents are refused; small legal ones must be supported. */
    check_with(t, &native, "(process (memory i64 0x1000000000001)) (process (memory 0x10001)) (process (memory 1))",
               "FFF");
    check_with(t, &native, "(assert_refused (process (memory i64 0x1000000000001)) \"extent\")", "P");
    check(t, LARGE "(module)", "PP");
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

#define LIBRARY "(library \"test:l\" (module (@dylink.0) (func (export \"f\") (result i32) (i32.const 7))))"
#define USER                                                                                                           \
    "(module $u (@dylink.0 (needed \"l\")) (import \"env\" \"f\" (func $f (result i32)))"                              \
    " (func (export \"g\") (result i32) (call $f)))"

static void test_libraries(tap *t) {
    check(t,
          LIBRARY "(process (memory 2) (dictionary (\"l\" \"test:l\")))" USER
                  "(assert_return (invoke \"g\") (i32.const 7))",
          "PPPP");
    check(t,
          "(process (memory 2))" USER LIBRARY USER "(dictionary (\"l\" \"test:l\"))" USER
          "(unload $u) (invoke $u \"g\")",
          "PFPFPPPF");
    /* A library is only checked when a module that needs it is loaded. */
    check(
        t,
        "(library \"test:l\" (module binary \"x\")) (library \"test:l\" (module (func (result i32))))"
        "(library \"test:l\" (module quote \"(func (foo))\")) (process (memory 2) (dictionary (\"l\" \"test:l\")))" USER
        "(assert_unloadable (module (@dylink.0 (needed \"l\"))) \"invalid library: type mismatch\")",
        "PPFPFP");
    outcome o = check(t,
                      "(library \"test:l\" (module (type (struct)) (func (drop (struct.new 0)))))"
                      "(process (memory 2) (dictionary (\"l\" \"test:l\")))" USER
                      "(assert_unloadable (module (@dylink.0 (needed \"l\"))) \"\")",
                      "PPUU");
    says(t, "kind of the last", o.kind, "assert_unloadable");
    /* The core embedding has no dictionary and no unloading. */
    o = check(t, "(dictionary (\"a\" \"b\"))", "F");
    says(t, "message", o.message, "no current process");
    check(t, "(module $m) (unload $m)", "PF");
    check(t, "(process (memory 2) (dictionary (\"a\" \"b\" \"x\")))", "F");
    check(t, "(assert_refused (process (memory 2) (dictionary (\"a\" \"b\" \"x\"))) \"malformed digest\") (module)",
          "PP");
    check(t,
          "(process $p (memory 2)) (module $m) (unload $m) (unload $m) (module $m) (end $p)"
          "(assert_refused (unload $m) \"process has ended\") (dictionary (\"a\" \"b\"))",
          "PPPFPPPF");
}

static void test_exit(tap *t) {
    static const char exits[] = "(process (memory 2)) (module (import \"process\" \"exit\" (func $e (param i32)))"
                                " (export \"exit\" (func $e)) (func (export \"f\")))";
    char text[1024];
    const char *const rest[] = {"(assert_exit (invoke \"exit\" (i32.const 3)) 3)",
                                "(assert_exit (invoke \"exit\" (i32.const 30)) 3)", "(assert_exit (invoke \"f\") 0)",
                                "(invoke \"exit\" (i32.const 0))",
                                "(assert_trap (invoke \"exit\" (i32.const 0)) \"exit\")"};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        snprintf(text, sizeof text, "%s%s", exits, rest[i]);
        outcome o = run(text, NULL);
        tap_ok(t, EQ_TEXT(o.letters, i == 0 ? "PPP" : "PPF"), "%s: %s", o.letters, rest[i]);
        if (i == 1) {
            says(t, "expected", o.expected, "exit with code 3");
            says(t, "actual", o.actual, "exit with code 30");
        }
    }
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

static void test_processes(tap *t) {
    check(t,
          MODULE "(process $p (memory 2)) (invoke $m \"f\") (invoke \"f\") " MODULE "(invoke $m \"f\") (switch)"
                 "(invoke $m \"f\") (switch $p) (invoke \"f\") (end $p)",
          "PPFFPPPPPPP");
    outcome o = check(t, "(process $p (memory 1))\n(module)\n(switch)\n(module)", "FFPP");
    says(t, "message", o.message, "it needs the process of line 1, which failed");
    check(t, "(process $p (memory 2)) (end $p) (end $p) (switch $p) (switch) (switch $p) (process $p (memory 3))",
          "PPFFPFP");
    check(t, "(switch $p) (end $p)", "FF");
    check(t, "(process (memory 2)) (module (memory 1)) (module (import \"a\" \"b\" (func)))", "PFF");
    o = check(
        t,
        "(process (memory 2)) (assert_unloadable (module (memory 1)) \"module defines a memory\")"
        "(assert_unloadable (module (memory 1)) \"static\") (assert_unloadable (module) \"\")"
        "(assert_unloadable (module (func (result i32))) \"\") (assert_unlinkable (module (memory 1)) \"module\")",
        "PPFFFF");
    check(t, "(process (memory i64 2)) (module (import \"process\" \"mmap\" (func (param i64 i64) (result i64))))",
          "PP");
    check(t,
          "(process (memory 8) (stack 2)) (module (import \"env\" \"__stack_pointer\" (global (mut i32)))"
          " (func (export \"f\") (result i32) (i32.and (global.get 0) (i32.const 0xffff))))"
          "(assert_return (invoke \"f\") (i32.const 0))",
          "PPP");
}

static void test_refused(tap *t) {
    check(t, "(assert_refused (process (memory 1)) \"extent\") (assert_refused (process (memory 1)) \"other\")", "PF");
    outcome o = check(t, "(assert_refused (process (memory 2)) \"extent\")", "F");
    says(t, "actual", o.actual, "it was not refused");
    check(t,
          "(process $p (memory 2)) (end $p) (assert_refused (end $p) \"process has ended\")"
          "(assert_refused (switch $p) \"process has ended\") (assert_refused (switch) \"\")",
          "PPPPF");
    check(
        t,
        "(process $p (memory 2)) " MODULE "(assert_refused (invoke $m \"f\") \"process has ended\") (end $p)"
        "(assert_refused (invoke $m \"f\") \"process has ended\") (assert_refused (get $m \"g\") \"process has ended\")"
        "(assert_refused (invoke \"f\") \"process\") (assert_refused (register \"m\" $m) \"process has ended\")",
        "PPFPPPPP");
    check(t,
          "(process (memory 2)) (module $m) (assert_refused (register \"env\" $m) \"reserved name\")"
          "(assert_refused (register \"a\" $m) \"reserved name\")",
          "PPPF");
    /* A mistake is not a refusal, and a refused operation has no effect. */
    check(t, "(assert_refused (end $p) \"\") (assert_refused (invoke \"f\") \"\")", "FF");
    check(t, MODULE "(assert_refused (process $p (memory 1)) \"extent\") (invoke $m \"f\")", "PPP");
}

/* ---- Errors, rules, options ---------------------------------------------------------------------------------- */

static void test_syntax_errors(tap *t) {
    outcome o = check(t, "(module) (module)\n  (foo) (module)", "PPF");
    says(t, "kind", o.kind, "script");
    tap_ok(t, EQ(o.where.line, 2) && EQ(o.where.column, 4), "a syntax error has its place");
    check(t, "(module) (module", "PF");
    check(t, "(module) \"", "PF");
    o = check(t, "\xFF", "F");
    says(t, "kind", o.kind, "script");
    o = check(t, "", "");
    tap_ok(t, EQ(o.totals.commands, 0) && EQ(o.totals.files, 1), "a script without commands");
}

static void test_totals(tap *t) {
    outcome o = run("(module) (module) (module (func (foo))) (module (type (struct)))", NULL);
    tap_ok(t, EQ(o.totals.commands, 4) && EQ(o.totals.pass, 2) && EQ(o.totals.fail, 1) && EQ(o.totals.unsupported, 1),
           "totals are counted");
}

static size_t rule_number(const char *id) {
    size_t i = 0;
    while (i < wp_rule_count() && strcmp(wp_rule_get(i).id, id) != 0)
        i++;
    return i;
}

static void test_rules(tap *t) {
    size_t create = rule_number("process.create"), end = rule_number("process.end");
    outcome o = run("(process $p (memory 2))", NULL);
    tap_ok(t, CHECK(wp_rules_enabled()) && CHECK(o.rules[create]) && CHECK(!o.rules[end]), "an event has its rules");
    o = run("(module)", NULL);
    bool none = true;
    for (size_t i = 0; i < wp_rule_count(); i++)
        none = none && CHECK(!o.rules[i]);
    tap_ok(t, none, "an event has no other rules");
}

static void trace(void *ctx, const char *text) {
    (void)text;
    ++*(size_t *)ctx;
}

static void test_options(tap *t) {
    script_options options = {.has_fuel = true, .fuel = 1000};
    outcome o = run(MODULE "(assert_exhaustion (invoke \"loop\") \"fuel exhausted\") (invoke \"f\")", &options);
    tap_ok(t, EQ_TEXT(o.letters, "PPP"), "each command has the whole fuel: %s", o.letters);
    size_t lines = 0;
    options = (script_options){.trace = trace, .trace_ctx = &lines};
    run(MODULE "(invoke \"f\")", &options);
    tap_ok(t, lines != 0, "instructions are traced");
    FILE *file = tmpfile();
    char text[256] = "";
    options = (script_options){.print = file};
    o = run("(module (import \"spectest\" \"print_i32_f32\" (func $p (param i32 f32)))"
            " (import \"spectest\" \"print\" (func $q)) (import \"spectest\" \"print_i64\" (func $r (param i64)))"
            " (func (export \"f\") (call $p (i32.const 1) (f32.const 1.5)) (call $q) (call $r (i64.const -2))))"
            "(invoke \"f\")",
            &options);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    says(t, "print", text, "(i32.const 1) (f32.const 1.5)\n\n(i64.const -2)\n");
}

static void test_spectest(tap *t) {
    check(t,
          "(module (import \"spectest\" \"global_i32\" (global i32)) (import \"spectest\" \"global_i64\" (global i64))"
          " (import \"spectest\" \"global_f32\" (global f32)) (import \"spectest\" \"global_f64\" (global f64))"
          " (export \"a\" (global 0)) (export \"b\" (global 1)) (export \"c\" (global 2)) (export \"d\" (global 3)))"
          "(assert_return (get \"a\") (i32.const 666)) (assert_return (get \"b\") (i64.const 666))"
          "(assert_return (get \"c\") (f32.const 666.6)) (assert_return (get \"d\") (f64.const 666.6))",
          "PPPPP");
    check(t,
          "(module (import \"spectest\" \"memory\" (memory 1 2)) (import \"spectest\" \"table\" (table 10 20 funcref))"
          " (import \"spectest\" \"table64\" (table i64 10 20 funcref)))",
          "P");
    check(
        t,
        "(assert_unlinkable (module (import \"spectest\" \"memory\" (memory 2))) \"incompatible import type\")"
        "(assert_unlinkable (module (import \"spectest\" \"memory\" (memory 1 1))) \"incompatible import type\")"
        "(assert_unlinkable (module (import \"spectest\" \"table\" (table 11 funcref))) \"incompatible import type\")"
        "(assert_unlinkable (module (import \"spectest\" \"table64\" (table 10 funcref))) \"incompatible import type\")"
        "(assert_unlinkable (module (import \"spectest\" \"global_i32\" (global (mut i32)))) \"incompatible\")"
        "(assert_unlinkable (module (import \"spectest\" \"nothing\" (func))) \"unknown import\")",
        "PPPPPP");
}

/* Stops the run during an endless loop. */
static void stop_now(void *ctx, const char *text) {
    (void)text;
    script_interrupt(ctx);
}

static void test_interrupt(tap *t) {
    script_stop stop = {.requested = 0};
    script_options options = {.stop = &stop, .trace = stop_now, .trace_ctx = &stop};
    outcome o = run("(module (func (export \"loop\") (loop (br 0)))) (invoke \"loop\") (invoke \"loop\")", &options);
    tap_ok(t, EQ_STATUS(o.status, WP_EXHAUSTION) && EQ_TEXT(o.diag.message, "interrupted"), "a run can be stopped");
    says(t, "what was done before", o.letters, "P");
    stop = (script_stop){.requested = 0};
    options.trace = NULL;
    o = run(MODULE "(invoke \"f\")", &options);
    says(t, "without a stop", o.letters, "PP");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

static const char everything[] = MODULE
    "(register \"m\" $m) (module $n (import \"m\" \"f\" (func (result i32))) (func (export \"g\") (call 0) drop))"
    "(invoke $n \"g\") (assert_return (invoke $m \"id\" (ref.extern 1)) (ref.extern 1))"
    "(assert_trap (invoke $m \"trap\") \"unreachable\") (assert_invalid (module (func (result i32))) \"type\")"
    "(assert_malformed (module quote \"(func\" \" (foo))\") \"unknown\")"
    "(module binary \"\\00asm\\01\\00\" \"\\00\\00\")"
    "(module $u (type (struct))) (register \"u\" $u) (module definition $d) (module instance $i $d)"
    "(process $p (memory 8) (stack 1)) " MODULE "(invoke $m \"f\") (switch) (invoke $m \"f\") (switch $p) (end $p)"
    "(assert_refused (end $p) \"process has ended\") (process $q (memory 2) (dictionary (\"l\" \"test:l\"))) (module)"
    "(library \"test:l\" (module (@dylink.0) (func (export \"f\") (result i32) (i32.const 7))))"
    "(module $u (@dylink.0 (needed \"l\")) (import \"env\" \"f\" (func (result i32)))) (dictionary (\"m\" \"test:m\"))"
    "(unload $u)";

static void test_failing_memory(tap *t) {
    size_t leaks = 0, places = 0, silent = 0;
    char whole[MOST + 1] = "";
    for (size_t k = 0;; k++, places++) {
        failing f = {.fail_at = k};
        wp_allocator allocator = failing_allocator(&f);
        script_options options = {.allocator = &allocator};
        outcome o = {.count = 0};
        wp_engine *engine = wp_engine_new(&allocator);
        if (engine != NULL)
            o.status =
                script_run(engine, "test", everything, strlen(everything), &options, collect, &o, &o.totals, &o.diag);
        wp_engine_delete(engine);
        leaks += !failing_freed(&f);
        if (k == 0)
            snprintf(whole, sizeof whole, "%s", o.letters);
        else if (f.calls < k)
            break;
        else if (engine != NULL && o.status == WP_OK && strcmp(whole, o.letters) == 0)
            silent++;
    }
    tap_ok(t, EQ(leaks, 0), "%zu allocations fail, and all memory is freed", places);
    /* Some allocations may fail without effect, such as those of caches. */
    tap_ok(t, silent < places / 10, "failures are reported, but for %zu", silent);
}

int main(void) {
    tap t = {0};
    test_returns(&t);
    test_mistakes(&t);
    test_failures_of_actions(&t);
    test_modules(&t);
    test_malformed(&t);
    test_invalid(&t);
    test_instantiation(&t);
    test_names(&t);
    test_failed_names(&t);
    test_unsupported(&t);
    test_extents(&t);
    test_libraries(&t);
    test_exit(&t);
    test_processes(&t);
    test_refused(&t);
    test_syntax_errors(&t);
    test_totals(&t);
    test_rules(&t);
    test_options(&t);
    test_spectest(&t);
    test_interrupt(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
