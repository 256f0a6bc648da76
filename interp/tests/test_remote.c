/* test_remote.c: processes that are OS processes, as the session sees them: the same answers as from a process here,
 * failing memory, OS processes that answer wrongly or not at all.
 *
 * WASMPROC names their program; without it, the tests that need it are skipped.
 */
#define _POSIX_C_SOURCE 200809L

#include "driver_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Drivers ------------------------------------------------------------------------------------------------- */

/* A condition: all memory is freed, and no OS process is left. */
static bool close_remote(fixture *x) {
    return close_fixture(x) && EQ(waitpid(-1, NULL, WNOHANG), -1);
}

/* The number of open descriptors of this program. */
static int count_descriptors(void) {
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count;
}

/* ---- The same answers ---------------------------------------------------------------------------------------- */

#define LIBRARY                                                                                                        \
    "(module (@dylink.0 (mem-info (memory 4 2))) (import \\\"env\\\" \\\"memory\\\" (memory 1))"                       \
    " (func (export \\\"two\\\") (result i32) i32.const 2))"

/* Every command that concerns a process. */
static const char *const session[] = {
    "{\"id\":1,\"cmd\":\"library\",\"uri\":\"test:a\",\"text\":\"" LIBRARY "\"}",
    "{\"id\":2,\"cmd\":\"process\",\"name\":\"$p\",\"address\":\"i32\",\"pages\":\"64\",\"stack\":\"1\","
    "\"dictionary\":[[\"a\",\"test:a\"]]}",
    "{\"id\":3,\"cmd\":\"module\",\"name\":\"$m\",\"text\":\"(module (@dylink.0 (needed \\\"a\\\"))"
    " (import \\\"env\\\" \\\"two\\\" (func $two (result i32))) (import \\\"env\\\" \\\"memory\\\" (memory 1))"
    " (import \\\"process\\\" \\\"exit\\\" (func $exit (param i32)))"
    " (func $f (export \\\"f\\\") (param externref f64) (result f64 externref funcref i32)"
    " local.get 1 local.get 0 ref.func $f call $two)"
    " (func (export \\\"trap\\\") unreachable) (func (export \\\"exit\\\") (call $exit (i32.const 3)))"
    " (global (export \\\"g\\\") i64 (i64.const 3)))\"}",
    "{\"id\":4,\"cmd\":\"invoke\",\"field\":\"f\",\"args\":[{\"type\":\"externref\",\"value\":\"5\"},"
    "{\"type\":\"f64\",\"value\":\"6\"}]}",
    "{\"id\":5,\"cmd\":\"get\",\"module\":\"$m\",\"field\":\"g\"}",
    "{\"id\":6,\"cmd\":\"register\",\"as\":\"m\"}",
    "{\"id\":7,\"cmd\":\"check\",\"phase\":\"instantiate\",\"text\":\"(import \\\"m\\\" \\\"g\\\" (global i64))\"}",
    "{\"id\":8,\"cmd\":\"mmap\",\"hint\":\"2097152\",\"length\":\"1\"}",
    "{\"id\":9,\"cmd\":\"poke\",\"addr\":\"2097152\",\"bytes\":\"AQID\"}",
    "{\"id\":10,\"cmd\":\"peek\",\"addr\":\"2097152\",\"length\":\"3\"}",
    "{\"id\":11,\"cmd\":\"munmap\",\"addr\":\"2097152\",\"length\":\"1\"}",
    "{\"id\":12,\"cmd\":\"munmap\",\"addr\":\"1\",\"length\":\"1\"}",
    "{\"id\":13,\"cmd\":\"dictionary\",\"entries\":[[\"b\",\"test:b\","
    "\"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]]}",
    "{\"id\":14,\"cmd\":\"module\",\"name\":\"$u\",\"text\":\"(module)\"}",
    "{\"id\":15,\"cmd\":\"unload\",\"name\":\"$u\"}",
    "{\"id\":16,\"cmd\":\"invoke\",\"module\":\"$m\",\"field\":\"trap\",\"args\":[]}",
    "{\"id\":17,\"cmd\":\"invoke\",\"module\":\"$m\",\"field\":\"nothing\",\"args\":[]}",
    "{\"id\":18,\"cmd\":\"peek\",\"addr\":\"0\",\"length\":\"3\"}",
    "{\"id\":19,\"cmd\":\"module\",\"text\":\"(module (memory 1))\"}",
    "{\"id\":20,\"cmd\":\"rules\"}",
    "{\"id\":21,\"cmd\":\"invoke\",\"module\":\"$m\",\"field\":\"exit\",\"args\":[]}",
    "{\"id\":22,\"cmd\":\"get\",\"module\":\"$m\",\"field\":\"g\"}",
    "{\"id\":23,\"cmd\":\"end\"}",
    "{\"id\":24,\"cmd\":\"switch\",\"name\":\"$p\"}",
    "{\"id\":25,\"cmd\":\"process\",\"pages\":\"1\"}",
    "{\"id\":26,\"cmd\":\"process\",\"pages\":\"64\"}",
    "{\"id\":27,\"cmd\":\"end\"}",
    "{\"id\":28,\"cmd\":\"rules\"}",
    "{\"id\":29,\"cmd\":\"process\",\"pages\":\"64\"}",
    "{\"id\":30,\"cmd\":\"reset\"}",
};

enum { SESSION = sizeof session / sizeof *session };

/* An answer without the number of the OS process. */
static char *copy_answer(const char *answer) {
    json_t *json = json_loads(answer, 0, NULL);
    json_object_del(json, "pid");
    char *copy = json_dumps(json, JSON_SORT_KEYS);
    json_decref(json);
    return copy;
}

static void test_same_answers(tap *t, const script_os *os) {
    static const script_os here = {.when = SCRIPT_WHEN_NEVER};
    fixture x, y;
    int before = count_descriptors();
    if (!tap_ok(t, CHECK(open_fixture(&x, &here, 0)) && CHECK(open_fixture(&y, os, 0)), "drivers are created"))
        return;
    for (int i = 0; i < SESSION; i++) {
        char *a = copy_answer(ask(&x, session[i])), *b = copy_answer(ask(&y, session[i]));
        if (!tap_ok(t, EQ_TEXT(a, b), "%.60s", session[i]))
            tap_note("here %s, there %s", a, b);
        free(a);
        free(b);
    }
    tap_ok(t, strstr(ask(&y, session[25]), "\"pid\":\"") != NULL, "the process is an OS process");
    tap_ok(t, EQ(count_descriptors(), before + 1), "an OS process uses one descriptor");
    tap_ok(t, close_remote(&y), "all memory is freed, and the OS process has ended");
    driver_delete(x.driver);
    wp_engine_delete(x.engine);
    tap_ok(t, EQ(count_descriptors(), before), "no descriptor is left open");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

/* A condition: with the engine's k-th allocation and all later ones failing, or the k-th for JSON in each request,
 * requests have their normal answers, or errors other than crashes. */
static bool survives(const script_os *os, size_t k, bool of_json, char *const normal[SESSION], bool *failed) {
    fixture x;
    bool sound = true, opened = open_fixture(&x, os, of_json ? 0 : k);
    *failed = !opened;
    for (int i = 0; i < SESSION && opened; i++) {
        char kind[32];
        failing_json_at(of_json ? k : 0);
        const char *answer = ask(&x, session[i]);
        failing_json_at(0);
        char *copy = copy_answer(answer);
        bool same = strcmp(copy, normal[i]) == 0;
        read_kind(answer, kind);
        bool good =
            kind[0] != '\0' && strcmp(kind, "crash") != 0 && (same || *failed || strcmp(kind, "exhaustion") == 0);
        if (!good)
            tap_note("place %zu, request %d: %s", k, i + 1, answer);
        *failed = *failed || !same;
        sound = sound && good;
        free(copy);
    }
    failing_stop(&x.f);
    return close_remote(&x) && sound;
}

static void test_failing_memory(tap *t, const script_os *os) {
    fixture x;
    char *normal[SESSION];
    if (!tap_ok(t, open_fixture(&x, os, 0), "a driver is created"))
        return;
    for (int i = 0; i < SESSION; i++)
        normal[i] = copy_answer(ask(&x, session[i]));
    close_remote(&x);
    for (int of_json = 0; of_json < 2; of_json++) {
        bool failed = true;
        size_t k = 1, survived = 0;
        for (; failed && k < 10000; k++)
            survived += survives(os, k, of_json != 0, normal, &failed) ? 1 : 0;
        tap_ok(t, EQ(survived, k - 1) && CHECK(k > 20), "%zu of %zu failing allocations%s are survived", survived,
               k - 1, of_json != 0 ? " for JSON" : "");
    }
    for (int i = 0; i < SESSION; i++)
        free(normal[i]);
}

/* ---- Programs other than drivers ----------------------------------------------------------------------------- */

/* A shell script as the program, with a line for each request. */
typedef struct fake {
    char path[64];
    script_os os;
} fake;

static bool make_fake(fake *f, const char *lines) {
    snprintf(f->path, sizeof f->path, "/tmp/wasmproc-fake-XXXXXX");
    int file = mkstemp(f->path);
    FILE *stream = file < 0 ? NULL : fdopen(file, "w");
    if (stream == NULL)
        return false;
    fprintf(stream, "#!/bin/sh\n%s\n", lines);
    fclose(stream);
    f->os = (script_os){.when = SCRIPT_WHEN_ALWAYS, .program = f->path, .timeout = 20};
    return chmod(f->path, 0700) == 0;
}

/* Answers requests for rules, up to the next other request. */
#define SERVE                                                                                                          \
    "serve() { while read -r line; do case $line in *'\"rules\"'*) echo '{\"rules\":{}}' >&3;; *) return 0;; esac;"    \
    " done; exit 0; } <&3; "
#define OK "serve; echo '{\"ok\":true}' >&3; "

static const struct {
    const char *name;
    const char *lines;   /* of the shell */
    const char *request; /* after the creation of a process */
    const char *kind;
    const char *message; /* its beginning, without "OS process N: " */
} fakes[] = {
    {"no JSON", OK "serve; echo hello >&3; serve", "get", "crash", "the OS process gives a strange answer: "},
    {"no object", OK "serve; echo '[]' >&3; serve", "get", "crash", "the OS process gives a strange answer: neither"},
    {"no answer", OK "serve; echo '{\"id\":1}' >&3; serve", "get", "crash",
     "the OS process gives a strange answer: neither"},
    {"an error of no kind", OK "serve; echo '{\"error\":{\"message\":\"x\"}}' >&3; serve", "get", "crash",
     "the OS process gives a strange answer: neither"},
    {"an error of an unknown kind", OK "serve; echo '{\"error\":{\"kind\":\"x\",\"message\":\"y\"}}' >&3; serve", "get",
     "crash", "the OS process gives a strange answer: x"},
    {"no values", OK OK "serve", "get", "crash", "the OS process gives a strange answer: a value without a type"},
    {"a value without a value", OK "serve; echo '{\"ok\":true,\"values\":[{\"type\":\"funcref\"}]}' >&3; serve", "get",
     "crash", "the OS process gives a strange answer: a value without a type"},
    {"a reference that this version has not",
     OK "serve; echo '{\"ok\":true,\"values\":[{\"type\":\"i31ref\",\"value\":\"opaque\"}]}' >&3; serve", "get",
     "unsupported", "a reference of type i31ref out of an OS process"},
    {"no number", OK OK "serve", "mmap", "crash", "the OS process gives a strange answer: no number"},
    {"no bytes", OK OK "serve", "peek", "crash", "the OS process gives a strange answer: no bytes"},
    {"bytes that are not base64", OK "serve; echo '{\"ok\":true,\"bytes\":\"====\"}' >&3; serve", "peek", "crash",
     "the OS process gives a strange answer: no bytes"},
    {"fewer bytes", OK "serve; echo '{\"ok\":true,\"bytes\":\"AA==\"}' >&3; serve", "peek", "crash",
     "the OS process gives a strange answer: no bytes"},
    {"an end instead of an answer", OK "serve; exit 3", "get", "crash", "exit status 3"},
    {"an end in the middle of an answer", OK "serve; printf '{\"ok\":tr' >&3; exit 3", "get", "crash", "exit status 3"},
    {"an end by a signal", OK "serve; kill -s KILL $$", "get", "refused", "SIGKILL"},
    {"an end by a fault", OK "serve; kill -s SEGV $$", "get", "crash", "SIGSEGV"},
};

static const char *find_request(const char *name) {
    if (strcmp(name, "mmap") == 0)
        return "{\"id\":2,\"cmd\":\"mmap\",\"hint\":\"0\",\"length\":\"1\"}";
    return strcmp(name, "peek") == 0 ? "{\"id\":2,\"cmd\":\"peek\",\"addr\":\"0\",\"length\":\"3\"}"
                                     : "{\"id\":2,\"cmd\":\"get\",\"field\":\"g\"}";
}

/* A message without "process has ended: " and "OS process N: ". */
static const char *strip(const char *message) {
    static const char ended[] = "process has ended: ", process[] = "OS process ";
    if (strncmp(message, ended, sizeof ended - 1) == 0)
        message += sizeof ended - 1;
    if (strncmp(message, process, sizeof process - 1) != 0)
        return message;
    message += sizeof process - 1;
    message += strspn(message, "0123456789");
    return *message == ':' ? message + 2 : message;
}

static void test_fake(tap *t, size_t i) {
    fixture x;
    fake f;
    char kind[32] = "", lines[2000];
    snprintf(lines, sizeof lines, "%s%s", SERVE, fakes[i].lines);
    if (!tap_ok(t, CHECK(make_fake(&f, lines)) && CHECK(open_fixture(&x, &f.os, 0)),
                "a driver, and a program that gives %s", fakes[i].name))
        return;
    read_kind(ask(&x, "{\"id\":1,\"cmd\":\"process\",\"pages\":\"64\"}"), kind);
    bool created = strcmp(kind, "ok") == 0;
    const char *answer = ask(&x, find_request(fakes[i].request));
    read_kind(answer, kind);
    json_t *json = json_loads(answer, 0, NULL);
    const char *message = json_string_value(json_object_get(json_object_get(json, "error"), "message"));
    if (!tap_ok(t,
                CHECK(created) && EQ_TEXT(kind, fakes[i].kind) && CHECK(message != NULL) &&
                    CHECK(strncmp(strip(message), fakes[i].message, strlen(fakes[i].message)) == 0),
                "%s: %s", fakes[i].name, fakes[i].kind))
        tap_note("%s", answer);
    json_decref(json);
    tap_ok(t, close_remote(&x), "all memory is freed, and no OS process or descriptor is left");
    unlink(f.path);
}

static void test_no_program(tap *t) {
    static const script_os os = {.when = SCRIPT_WHEN_ALWAYS, .program = "/nowhere/wasmproc"};
    static const char expected[] =
        "{\"id\":1,\"error\":{\"kind\":\"refused\",\"message\":\"an OS process can't be started: "
        "No such file or directory\"}}";
    fixture x;
    int before = count_descriptors();
    if (!tap_ok(t, open_fixture(&x, &os, 0), "a driver is created"))
        return;
    const char *answer = ask(&x, "{\"id\":1,\"cmd\":\"process\",\"pages\":\"64\"}");
    if (!tap_ok(t, EQ_TEXT(answer, expected), "a missing program is an error"))
        tap_note("%s", answer);
    tap_ok(t, CHECK(close_remote(&x)) && EQ(count_descriptors(), before),
           "all memory is freed, and no OS process or descriptor is left");
}

/* The choice of processes that are OS processes. */
static void test_wanted(tap *t) {
    static const struct {
        script_when when;
        wp_backend backend;
        wp_valtype pointer;
        uint64_t pages;
        bool wanted;
    } cases[] = {
        {SCRIPT_WHEN_ALWAYS, WP_BACKEND_SPARSE, WP_T_I32, 2, true},
        {SCRIPT_WHEN_ALWAYS, WP_BACKEND_NATIVE, WP_T_I64, UINT64_C(1) << 48, true},
        {SCRIPT_WHEN_NEVER, WP_BACKEND_NATIVE, WP_T_I64, UINT64_C(1) << 48, false},
        {SCRIPT_WHEN_LARGE, WP_BACKEND_NATIVE, WP_T_I64, SCRIPT_LARGE_PAGES + 1, true},
        {SCRIPT_WHEN_LARGE, WP_BACKEND_NATIVE, WP_T_I64, SCRIPT_LARGE_PAGES, false},
        {SCRIPT_WHEN_LARGE, WP_BACKEND_NATIVE, WP_T_I32, 65536, false},
        {SCRIPT_WHEN_LARGE, WP_BACKEND_SPARSE, WP_T_I64, UINT64_C(1) << 48, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        script_os os = {.when = cases[i].when, .program = "x"};
        bool wanted = script_os_wanted(&os, cases[i].backend, cases[i].pointer, cases[i].pages);
        os.program = NULL;
        tap_ok(t,
               EQ(wanted, cases[i].wanted) &&
                   CHECK(!script_os_wanted(&os, cases[i].backend, cases[i].pointer, cases[i].pages)),
               "case %zu: an OS process is%s wanted, and never without a program", i, cases[i].wanted ? "" : " not");
    }
}

int main(void) {
    tap t = {0};
    script_os os = {.when = SCRIPT_WHEN_ALWAYS, .program = getenv("WASMPROC")};
    failing_json_install();
    test_wanted(&t);
    test_no_program(&t);
    for (size_t i = 0; i < sizeof fakes / sizeof *fakes; i++)
        test_fake(&t, i);
    if (os.program == NULL) {
        tap_ok(&t, true, "the rest # SKIP WASMPROC names no program");
        return tap_done(&t);
    }
    test_same_answers(&t, &os);
    test_failing_memory(&t, &os);
    return tap_done(&t);
}
