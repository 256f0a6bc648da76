/* test_tracefile.c: coverage of WebAssembly code, where memory is short; what is counted is tested from outside
 * (harness/tests/test_cli_cover.py).
 */
#include "../script/runner.h"
#include "../script/tracefile.h"
#include "failing.h"
#include "tap.h"

#include <string.h>

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

static void ignore(void *ctx, const script_event *event) {
    size_t *failures = ctx;
    *failures += event->outcome != SCRIPT_PASS;
}

/* Runs the script. True: everything was done, and what was covered is in text. */
static bool run(const wp_allocator *allocator, char *text, size_t room, size_t *listings) {
    bool done = false;
    size_t failures = 0, size;
    const char *path, *listing;
    wp_diag diag = {.status = WP_OK};
    script_totals totals = {.files = 0};
    wp_engine *engine = wp_engine_new(allocator);
    tracefile *t = engine == NULL ? NULL : tracefile_new("/out.info", NULL, allocator);
    script_options options = {.allocator = allocator, .coverage = t};
    if (t != NULL)
        done = script_run(engine, "test", everything, strlen(everything), &options, ignore, &failures, &totals,
                          &diag) == WP_OK;
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
    bool done = run(NULL, text, sizeof text, &listings);
    char *second = strstr(text, "TN:\nSF:/out.info.test:raw.wat\n");
    tap_ok(t, done && listings == 1 && second != NULL, "a script with text, bytes and a listing is covered");
    if (second != NULL)
        *second = '\0';
    tap_ok(t, strcmp(text, expected) == 0, "its lines, functions and branches are those that were counted by hand");
    if (strcmp(text, expected) != 0)
        printf("# got:\n%s# wanted:\n%s", text, expected);
}

static void test_failing_memory(tap *t) {
    size_t leaks = 0, places = 0, silent = 0;
    for (size_t k = 1;; k++, places++) {
        failing f = {.fail_at = k};
        wp_allocator allocator = failing_allocator(&f);
        char text[4096] = "";
        size_t listings = 0;
        bool done = run(&allocator, text, sizeof text, &listings);
        leaks += f.live != 0 || f.mistakes != 0;
        if (f.calls < k)
            break;
        silent += done;
    }
    tap_ok(t, leaks == 0, "memory fails at each of %zu places, and all of it is given back", places);
    tap_ok(t, silent < places / 10, "what fails is heard of: not so at %zu places", silent);
}

int main(void) {
    tap t = {0};
    test_whole(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
