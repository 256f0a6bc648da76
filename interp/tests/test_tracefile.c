/* test_tracefile.c: coverage of WebAssembly code: failing memory, and embedders that count for themselves. See
 * harness/tests/test_cli_cover.py for the counts.
 */
#include "script/runner.h"
#include "coverage/tracefile.h"
#include "core_fixture.h"

static const char everything[] =
    "(library \"test:lib\" (module (@dylink.0) (func $one (export \"one\") (result i32) (i32.const 1))))\n"
    "(library \"test:raw\" (module binary \"\\00asm\\01\\00\\00\\00\\00\\0c\\08dylink.0\\03\\01\\00\"\n"
    "  \"\\01\\04\\01\\60\\00\\00\\03\\02\\01\\00\\0a\\04\\01\\02\\00\\0b\"))\n"
    "(process $p (memory 16) (dictionary (\"lib\" \"test:lib\") (\"raw\" \"test:raw\")))\n"
    "(module (@dylink.0 (needed \"lib\" \"raw\")) (import \"env\" \"one\" (func $one (result i32)))\n"
    "  (func (export \"f\") (result i32) (if (result i32) (call $one) (then (i32.const 2)) (else (i32.const 3)))))\n"
    "(assert_return (invoke \"f\") (i32.const 2))\n"
    "(end $p) (switch)\n"
    "(module quote \"(func (export \\\"g\\\") (block (br_table 0 0 (i32.const 7))))\")\n"
    "(invoke \"g\")\n";

static const char expected[] = "TN:\nSF:test\n"
                               "FN:1,one\nFN:6,f\nFN:9,g\nFNDA:1,one\nFNDA:1,f\nFNDA:1,g\nFNF:3\nFNH:3\n"
                               "BRDA:6,0,0,1\nBRDA:6,0,1,0\nBRDA:9,0,0,0\nBRDA:9,0,1,1\nBRF:4\nBRH:2\n"
                               "DA:1,1\nDA:6,1\nDA:9,1\nLF:3\nLH:3\nend_of_record\n";

/* A library with a table of line numbers, of version 4: two nops of function f are on line 10 of sub/b.c, below the
 * folder of the compilation, /base. harness/tests/test_cli_cover_modules.py takes such sections apart. */
static const char with_lines[] =
    "(library \"test:lines\" (module binary\n"
    "  \"\\00asm\\01\\00\\00\\00\\00\\0f\\08dylink.0\\01\\04\\00\\00\\00\\00\"\n"
    "  \"\\01\\04\\01\\60\\00\\00\\03\\02\\01\\00\\07\\05\\01\\01f\\00\\00\\0a\\06\\01\\04\\00\\01\\01\\0b\"\n"
    "  \"\\00\\4d\\0b.debug_line\"\n"
    "  \"\\3d\\00\\00\\00\\04\\00\\26\\00\\00\\00\\01\\01\\01\\fb\\0e\\0d\"\n"
    "  \"\\00\\01\\01\\01\\01\\00\\00\\00\\01\\00\\00\\01\"\n"
    "  \"sub\\00\\00b.c\\00\\01\\00\\00a.c\\00\\00\\00\\00\\00\"\n"
    "  \"\\00\\05\\02\\03\\00\\00\\00\\05\\09\\03\\09\\01\\02\\02\\00\\01\\01\"\n"
    "  \"\\00\\22\\0b.debug_info\\12\\00\\00\\00\\04\\00\\00\\00\\00\\00\\04\\02/base\\00\\00\\00\\00\\00\"\n"
    "  \"\\00\\1f\\0d.debug_abbrev\\01\\11\\00\\03\\08\\00\\00\\02\\11\\00\\1b\\08\\10\\17\\00\\00\\00\"))\n"
    "(process $p (memory 16) (dictionary (\"lines\" \"test:lines\")))\n"
    "(module (@dylink.0 (needed \"lines\")) (import \"env\" \"f\" (func $f)) (func (export \"g\") (call $f)))\n"
    "(invoke \"g\")\n"
    "(end $p)\n";

static const char expected_lines[] =
    "TN:\nSF:/base/sub/b.c\nFN:10,f\nFNDA:1,f\nFNF:1\nFNH:1\nBRF:0\nBRH:0\nDA:10,1\nLF:1\nLH:1\nend_of_record\n"
    "TN:\nSF:test\nFN:12,g\nFNDA:1,g\nFNF:1\nFNH:1\nBRF:0\nBRH:0\nDA:12,1\nLF:1\nLH:1\nend_of_record\n";

static void ignore(void *ctx, const script_event *event) {
    size_t *failures = ctx;
    *failures += event->outcome != SCRIPT_PASS;
}

/* Runs a script, and writes its coverage to text. False if anything failed. */
static bool run(const wp_allocator *allocator, const char *commands, char *text, size_t room, size_t *listings) {
    bool done = false;
    size_t failures = 0, size;
    const char *path, *listing;
    wp_diag diag = {.status = WP_OK};
    script_totals totals = {.files = 0};
    wp_engine *engine = wp_engine_new(allocator);
    tracefile *t = engine == NULL ? NULL : tracefile_new("/out.info", NULL, allocator);
    script_options options = {.allocator = allocator, .coverage = t};
    if (t != NULL)
        done = script_run(engine, "test", commands, strlen(commands), &options, ignore, &failures, &totals, &diag) ==
               WP_OK;
    wp_engine_delete(engine);
    FILE *out = done ? fmemopen(text, room, "w") : NULL;
    if (out != NULL) {
        tracefile_write(t, out);
        fclose(out);
        for (*listings = 0; tracefile_listing(t, *listings, &path, &listing, &size);)
            ++*listings;
    }
    tracefile_delete(t);
    return done && failures == 0;
}

static void test_whole(tap *t) {
    char text[4096] = "";
    size_t listings = 0;
    bool done = run(NULL, everything, text, sizeof text, &listings);
    char *second = strstr(text, "TN:\nSF:/out.info.test:raw.wat\n");
    tap_ok(t, CHECK(done) && EQ(listings, 1) && CHECK(second != NULL),
           "a script with text, bytes and a listing is covered");
    if (second != NULL)
        *second = '\0';
    tap_ok(t, EQ_TEXT(text, expected), "lines, functions and branches as counted by hand");
    done = run(NULL, with_lines, text, sizeof text, &listings);
    tap_ok(t, CHECK(done) && EQ(listings, 0) && EQ_TEXT(text, expected_lines), "lines of a library with a line table");
}

static void test_failing_memory(tap *t, const char *commands) {
    size_t leaks = 0, places = 0, silent = 0;
    for (size_t k = 1;; k++, places++) {
        failing f = {.fail_at = k};
        wp_allocator allocator = failing_allocator(&f);
        char text[4096] = "";
        size_t listings = 0;
        bool done = run(&allocator, commands, text, sizeof text, &listings);
        leaks += !failing_freed(&f);
        if (f.calls < k)
            break;
        silent += done;
    }
    tap_ok(t, EQ(leaks, 0), "%zu allocations fail, and all memory is freed", places);
    tap_ok(t, silent < places / 10, "failures are reported, but for %zu", silent);
}

/* The counts of an engine so far; "" if they cannot be collected. */
static void collect(fixture *x, char *text, size_t room) {
    tracefile *trace = tracefile_new("/out.info", NULL, NULL);
    fixture_must(x, trace != NULL, "no tracefile");
    text[0] = '\0';
    FILE *out = tracefile_collect(trace, x->engine, &x->diag) == WP_OK ? fmemopen(text, room, "w") : NULL;
    if (out != NULL) {
        tracefile_write(trace, out);
        fclose(out);
    }
    tracefile_delete(trace);
}

/* An embedder decides from when on to count, and names the sources of modules. */
static void test_embedder(tap *t) {
    static const char module_text[] = "(module (func (export \"f\") (param i32)\n (if (local.get 0) (then))))";
    fixture x;
    char text[4096];
    fixture_open_store(&x, t);
    wp_instance *before = core_instance(&x, module_text);
    wp_coverage_start(x.engine);
    wp_value one = core_i32(1);
    bool called = core_call(&x, before, "f", &one, 1, NULL, 0) == WP_OK;
    tap_ok(t, CHECK(called) && EQ(wp_coverage_count(x.engine), 0),
           "instances from before wp_coverage_start are not counted");

    wp_module *module = fixture_parse(&x, module_text);
    size_t condition = 1; /* local.get, if */
    wp_instance *instance;
    fixture_must(&x, wp_module_validate(module, &x.diag) == WP_OK, module_text);
    tap_ok(t,
           EQ(wp_module_instr(module, 0, condition).noutcomes, 2) &&
               EQ(wp_module_outcome(module, 0, condition, 0), 0) &&
               EQ(wp_module_instr(module, 0, condition).count, 0) && EQ(wp_module_func(module, 0).calls, 0),
           "a module that has not run has counts of 0");
    fixture_must(&x, wp_instantiate(x.store, module, &instance, &x.diag) == WP_OK, module_text);
    called = core_call(&x, instance, "f", &one, 1, NULL, 0) == WP_OK;
    tap_ok(t,
           CHECK(called) && EQ(wp_coverage_count(x.engine), 1) && EQ(wp_module_outcome(module, 0, condition, 0), 1) &&
               EQ(wp_module_outcome(module, 0, condition, 1), 0) && EQ(wp_module_func(module, 0).calls, 1),
           "a module that has run is counted");
    collect(&x, text, sizeof text);
    tap_ok(t, EQ_STATUS(x.diag.status, WP_OK) && EQ_TEXT(text, ""), "a module without a source is not listed");
    bool named = wp_module_set_source(module, "here", 4, (wp_location){0, 0, 0}, &x.diag) == WP_OK;
    collect(&x, text, sizeof text);
    tap_ok(t,
           CHECK(named) &&
               EQ_TEXT(text, "TN:\nSF:here\nFN:1,f\nFNDA:1,f\nFNF:1\nFNH:1\nBRDA:2,0,0,1\nBRDA:2,0,1,0\nBRF:2\n"
                             "BRH:1\nDA:2,1\nLF:1\nLH:1\nend_of_record\n"),
           "a module with a source is listed");
    wp_module_delete(module);
    fixture_close(&x, "embedder");
}

int main(void) {
    tap t = {0};
    test_whole(&t);
    test_failing_memory(&t, everything);
    test_failing_memory(&t, with_lines);
    test_embedder(&t);
    return tap_done(&t);
}
