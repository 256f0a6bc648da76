/* test_json_script.c: conversion of scripts to JSON with failing memory: an error, or the whole file. See
 * harness/tests/test_cli_json.py for the JSON itself. */
#include "script/json_script.h"
#include "failing.h"
#include "failing_json.h"
#include "tap.h"

#include <stdio.h>
#include <unistd.h>

static const char source[] =
    "(module $m (func (export \"f\") (param i32) (result i32) local.get 0) (memory 1) (data (i32.const 0) \"abc\"))\n"
    "(module quote \"(func)\")\n"
    "(module binary \"\\00asm\\01\\00\\00\\00\")\n"
    "(assert_return (invoke \"f\" (i32.const 1)) (either (i32.const 1) (i32.const 2)))\n"
    "(assert_malformed (module quote \"(func\") \"unexpected token\")\n"
    "(assert_invalid (module (func i32.add)) \"type mismatch\")\n"
    "(module (func nonsense))\n"
    "(process $p (memory 64) (dictionary (\"a\" \"b\")))\n"
    "(assert_refused (end $p) \"process has ended\")\n";

/* The size of a file; 0 if it does not exist. */
static long file_size(const char *path) {
    long size = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    if (fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    fclose(file);
    return size;
}

/* Converts with the k-th allocation, of the engine or for JSON, and all later ones failing (0: none). */
static wp_status convert(const char *path, size_t k, bool of_json, bool *freed) {
    failing f = {.fail_at = of_json ? 0 : k};
    wp_allocator allocator = failing_allocator(&f);
    wp_diag diag = {.status = WP_OK};
    wp_engine *engine = wp_engine_new(&allocator);
    wp_status status = WP_EXHAUSTION;
    failing_json_at(of_json ? k : 0);
    if (engine != NULL)
        status = json_from_script(engine, "s.wast", source, sizeof source - 1, path, &diag);
    failing_json_at(0);
    wp_engine_delete(engine);
    *freed = failing_freed(&f);
    return status;
}

/* Removes the JSON and the modules beside it. */
static void clean(const char *folder) {
    static const char *const names[] = {"out.json",  "out.0.wasm", "out.1.wasm", "out.2.wasm",
                                        "out.3.wat", "out.4.wasm", "out.5.wat"};
    char path[512];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
}

static void test_failing_memory(tap *t, const char *folder, bool of_json) {
    char path[512];
    bool freed;
    snprintf(path, sizeof path, "%s/out.json", folder);
    wp_status status = convert(path, 0, of_json, &freed);
    long whole = file_size(path);
    tap_ok(t, EQ_STATUS(status, WP_OK) && CHECK(whole > 500) && CHECK(freed), "the script is converted");
    size_t k = 1, sound = 0;
    for (status = WP_EXHAUSTION; status != WP_OK && k < 100000; k++) {
        (void)remove(path);
        status = convert(path, k, of_json, &freed);
        /* Jansson reports a string that is out of memory like one that is not UTF-8. */
        bool expected = status == WP_OK || status == WP_EXHAUSTION || (of_json && status == WP_REFUSED);
        sound += expected && file_size(path) == (status == WP_OK ? whole : 0) && freed ? 1 : 0;
    }
    tap_ok(t, EQ(sound, k - 1) && CHECK(k > 20), "%zu of %zu failing allocations%s give an error and no file", sound,
           k - 1, of_json ? " for JSON" : "");
    clean(folder);
}

int main(void) {
    tap t = {0};
    const char *parent = getenv("TMPDIR");
    char folder[256];
    snprintf(folder, sizeof folder, "%s/json-script-XXXXXX", parent == NULL ? "/tmp" : parent);
    REQUIRE(mkdtemp(folder) != NULL);
    failing_json_install();
    test_failing_memory(&t, folder, false);
    test_failing_memory(&t, folder, true);
    tap_ok(&t, EQ(rmdir(folder), 0), "no other files are written");
    return tap_done(&t);
}
