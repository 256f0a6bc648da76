/* test_script_files.c: runs of script files: JSON lines, text, exit statuses. */
#define _POSIX_C_SOURCE 200809L
#include "script/runner.h"

#include "tap.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The output of a run of files. */
typedef struct printed {
    int status;
    char out[8192], errors[2048];
    script_totals totals;
} printed;

static void take(FILE *file, char *buffer, size_t size) {
    rewind(file);
    buffer[fread(buffer, 1, size - 1, file)] = '\0';
    fclose(file);
}

static printed run(const char *const *paths, size_t count, const script_options *options) {
    printed p = {.status = -1};
    FILE *out = tmpfile(), *errors = tmpfile();
    if (out == NULL || errors == NULL)
        return p;
    p.status = script_run_files(paths, count, options, out, errors, &p.totals);
    take(out, p.out, sizeof p.out);
    take(errors, p.errors, sizeof p.errors);
    return p;
}

/* Creates a file with a text; the caller frees its path. */
static char *write_file(const char *text) {
    char *path = strdup("/tmp/test_script_XXXXXX");
    int file = mkstemp(path);
    REQUIRE(CHECK(file >= 0) && EQ(write(file, text, strlen(text)), strlen(text)));
    close(file);
    return path;
}

static void delete_file(char *path) {
    unlink(path);
    free(path);
}

static printed run_text(const char *text, const script_options *options) {
    char *path = write_file(text);
    const char *paths[] = {path};
    printed p = run(paths, 1, options);
    delete_file(path);
    return p;
}

/* The n-th line of JSON, from 0; null if it does not exist. */
static json_t *json_line(const char *text, size_t n) {
    for (; n > 0 && text != NULL; n--) {
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    return text == NULL ? NULL : json_loadb(text, strcspn(text, "\n"), 0, NULL);
}

/* A condition: a member is a string, or absent if `value` is null. */
static bool member(const json_t *object, const char *key, const char *value) {
    const json_t *found = json_object_get(object, key);
    return value == NULL ? CHECK(found == NULL) : EQ_TEXT(json_string_value(found), value);
}

static bool number(const json_t *object, const char *key, json_int_t value) {
    const json_t *found = json_object_get(object, key);
    return CHECK(json_is_integer(found)) && EQ(json_integer_value(found), value);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static const char commands[] = "(module (func (export \"f\") (result i32) (i32.const 1)))\n"
                               "  (assert_return (invoke \"f\") (i32.const 2))\n"
                               "(module (type (struct)))\n"
                               "(process (memory 2))\n";

static bool has_rule(const json_t *line, const char *id) {
    const json_t *rules = json_object_get(line, "rules");
    for (size_t i = 0; i < json_array_size(rules); i++)
        if (strcmp(json_string_value(json_array_get(rules, i)), id) == 0)
            return true;
    return false;
}

static void test_json(tap *t) {
    script_options options = {.json = true};
    char *path = write_file(commands);
    const char *paths[] = {path};
    printed p = run(paths, 1, &options);
    tap_ok(t, EQ(p.status, 1) && EQ(p.errors[0], '\0'), "a file in which something fails: status 1");
    json_t *line = json_line(p.out, 0);
    tap_ok(t, member(line, "event", "start") && member(line, "file", path), "the event \"start\"");
    json_decref(line);
    line = json_line(p.out, 1);
    tap_ok(t,
           member(line, "event", "command") && member(line, "file", path) && member(line, "kind", "module") &&
               member(line, "outcome", "pass") && number(line, "line", 1) && number(line, "column", 1),
           "the event of a command that passes");
    tap_ok(t, member(line, "message", NULL) && member(line, "expected", NULL) && member(line, "reason", NULL),
           "a command that passes has no message");
    tap_ok(t, EQ(json_array_size(json_object_get(line, "rules")), 0), "a command that passes has no rules");
    json_decref(line);
    line = json_line(p.out, 2);
    tap_ok(t,
           member(line, "kind", "assert_return") && member(line, "outcome", "fail") && number(line, "line", 2) &&
               number(line, "column", 3) && member(line, "expected", "(i32.const 2)") &&
               member(line, "actual", "(i32.const 1)") && CHECK(json_object_get(line, "message") != NULL),
           "the event of an assertion that fails");
    json_decref(line);
    line = json_line(p.out, 3);
    tap_ok(t,
           member(line, "outcome", "unsupported") && member(line, "reason", "struct type") &&
               CHECK(json_object_get(line, "message") != NULL),
           "the event of an unsupported module");
    json_decref(line);
    line = json_line(p.out, 4);
    tap_ok(t, has_rule(line, "process.create"), "an event has its rules");
    json_decref(line);
    line = json_line(p.out, 5);
    tap_ok(t,
           member(line, "event", "end") && member(line, "file", path) && number(line, "commands", 4) &&
               number(line, "pass", 2) && number(line, "fail", 1) && number(line, "unsupported", 1),
           "the event \"end\"");
    json_decref(line);
    tap_ok(t, EQ(p.totals.files, 1) && EQ(p.totals.commands, 4) && EQ(p.totals.fail, 1), "the totals of a run");
    delete_file(path);
}

static void test_json_errors(tap *t) {
    script_options options = {.json = true};
    printed p = run_text("(module)\n  (foo)", &options);
    json_t *line = json_line(p.out, 2);
    tap_ok(t,
           EQ(p.status, 1) && member(line, "kind", "script") && member(line, "outcome", "fail") &&
               number(line, "line", 2) && number(line, "column", 4),
           "a syntax error is an event");
    json_decref(line);
    line = json_line(p.out, 3);
    tap_ok(t, member(line, "event", "end") && number(line, "commands", 2),
           "a syntax error is counted, and ends the file");
    json_decref(line);
    /* Bytes that are not UTF-8: in a name, and in a message that is truncated within a character. */
    p = run_text("(module) (invoke \"\\ff\\c3\\28\\f0\\9f\\98\")", &options);
    line = json_line(p.out, 2);
    tap_ok(t,
           CHECK(json_is_object(line)) &&
               CHECK(strstr(json_string_value(json_object_get(line, "message")), "\xEF\xBF\xBD") != NULL),
           "bytes that are not UTF-8 are replaced");
    json_decref(line);
}

/* ---- Text ---------------------------------------------------------------------------------------------------- */

static void test_text(tap *t) {
    char *path = write_file(commands);
    const char *paths[] = {path, path};
    char wanted[512];
    script_options options = {.json = false};
    printed p = run(paths, 2, &options);
    snprintf(wanted, sizeof wanted,
             "%s:2:3: fail: assert_return: another result than expected\n"
             "    expected: (i32.const 2)\n    actual:   (i32.const 1)\n",
             path);
    tap_ok(t, EQ_BYTES(p.out, wanted, strlen(wanted)), "failures are printed");
    snprintf(wanted, sizeof wanted,
             "2 files, 8 commands: 4 passed, 2 failed, 2 unsupported\n       2 unsupported: struct type\n");
    size_t size = strlen(wanted), printed_size = strlen(p.out);
    tap_ok(t, CHECK(printed_size > size) && EQ_TEXT(p.out + printed_size - size, wanted), "the summary is printed");
    options.verbose = true;
    p = run(paths, 1, &options);
    snprintf(wanted, sizeof wanted, "%s:3:1: unsupported: module: struct type\n%s:4:1: pass: process\n", path, path);
    tap_ok(t, strstr(p.out, wanted) != NULL, "with verbose, every command is printed");
    delete_file(path);
    p = run_text("(module)", &options);
    tap_ok(t,
           EQ(p.status, 0) && CHECK(strstr(p.out, "\n1 file, 1 command: 1 passed, 0 failed, 0 unsupported\n") != NULL),
           "the summary of one file and one command");
    p = run_text("(module (func (export \"f\"))) (assert_return (invoke \"f\") (i32.const 1))", &options);
    tap_ok(t, strstr(p.out, "    actual:   no results\n") != NULL, "an action without results");
}

/* Reasons are in order of frequency. */
static void test_reasons(tap *t) {
    script_options options = {.json = false};
    printed p = run_text("(module (func (export \"f\") (param externref))) (invoke \"f\" (ref.host 1))"
                         "(module (type (struct))) (module (type (struct)))",
                         &options);
    tap_ok(t,
           EQ(p.status, 0) &&
               CHECK(strstr(p.out, "       2 unsupported: struct type\n       1 unsupported: ref.host\n") != NULL),
           "reasons are in order of frequency");
}

/* ---- Statuses ------------------------------------------------------------------------------------------------ */

static void test_statuses(tap *t) {
    script_options options = {.json = false};
    printed p = run_text("", &options);
    tap_ok(t, EQ(p.status, 0), "an empty script: status 0");
    const char *missing[] = {"/nonexistent/x.wast"};
    p = run(missing, 1, &options);
    tap_ok(t, EQ(p.status, 1) && CHECK(strncmp(p.errors, "/nonexistent/x.wast: ", 21) == 0),
           "a missing file: status 1");
    const char *folder[] = {"/tmp"};
    p = run(folder, 1, &options);
    tap_ok(t, EQ(p.status, 1) && CHECK(strncmp(p.errors, "/tmp: ", 6) == 0), "a folder: status 1");
    char *path = write_file("(module)");
    const char *both[] = {"/nonexistent/x.wast", path};
    p = run(both, 2, &options);
    tap_ok(t, EQ(p.status, 1) && CHECK(strstr(p.out, "1 passed") != NULL), "files after a missing one are run");
    script_limit limit = {"no_such_limit", 1};
    options.limits = &limit;
    options.nlimits = 1;
    p = run(both + 1, 1, &options);
    tap_ok(t, EQ(p.status, 2) && CHECK(strstr(p.errors, "no_such_limit") != NULL), "an unknown limit: status 2");
    delete_file(path);
    limit = (script_limit){"call_depth", 10};
    p = run_text(
        "(module (func $f (export \"f\") (param i32) (if (local.get 0)"
        " (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))"
        "(invoke \"f\" (i32.const 5)) (assert_exhaustion (invoke \"f\" (i32.const 20)) \"call stack exhausted\")",
        &options);
    tap_ok(t, EQ(p.status, 0), "a known limit: status 0");
    script_stop stop = {.requested = 1};
    options = (script_options){.stop = &stop};
    p = run_text("(module)", &options);
    tap_ok(t, EQ(p.status, 1) && CHECK(strstr(p.out, "0 files") != NULL), "a run that was stopped: status 1");
}

/* Stops the run at the first instruction that it traces. */
static void stop_now(void *ctx, const char *text) {
    (void)text;
    script_interrupt(ctx);
}

static void test_stop(tap *t) {
    script_stop stop = {.requested = 0};
    script_options options = {.json = true, .stop = &stop, .trace = stop_now, .trace_ctx = &stop};
    printed p = run_text("(module (func (export \"f\") (loop (br 0))))\n(invoke \"f\")\n(module)", &options);
    json_t *line = json_line(p.out, 1);
    tap_ok(t, EQ(p.status, 1) && member(line, "outcome", "pass"), "commands before a stop are printed");
    json_decref(line);
    tap_ok(t, json_line(p.out, 2) == NULL, "nothing after a stop is printed");
    tap_ok(t, strstr(p.errors, ": interrupted\n") != NULL, "the interruption is reported");
}

static void test_full_device(tap *t) {
    FILE *full = fopen("/dev/full", "w");
    char *path = write_file("(module)");
    const char *paths[] = {path};
    FILE *errors = tmpfile();
    char text[256] = "";
    for (int json = 0; full != NULL && json < 2; json++) {
        script_options options = {.json = json != 0};
        tap_ok(t, EQ(script_run_files(paths, 1, &options, full, errors, NULL), 1),
               "output that cannot be written: status 1");
    }
    if (full != NULL)
        fclose(full);
    take(errors, text, sizeof text);
    tap_ok(t, full == NULL || strstr(text, "could not be written") != NULL, "the write error is reported");
    delete_file(path);
}

int main(void) {
    tap t = {0};
    test_json(&t);
    test_json_errors(&t);
    test_text(&t);
    test_reasons(&t);
    test_statuses(&t);
    test_stop(&t);
    test_full_device(&t);
    return tap_done(&t);
}
