/* test_wasi.c: WASI's error codes, types of functions, arguments, environment, clocks and set-up. Numbers and layouts
 * are those of the document of wasi_snapshot_preview1.
 */
#include "wasi_fixture.h"

#include "wasi/call.h"

#include <time.h>

/* ---- Error codes --------------------------------------------------------------------------------------------- */

/* In the order of the document, from 0. */
static void test_errors(tap *t) {
    static const int host[] = {
        0,
        E2BIG,
        EACCES,
        EADDRINUSE,
        EADDRNOTAVAIL,
        EAFNOSUPPORT,
        EAGAIN,
        EALREADY,
        EBADF,
        EBADMSG,
        EBUSY,
        ECANCELED,
        ECHILD,
        ECONNABORTED,
        ECONNREFUSED,
        ECONNRESET,
        EDEADLK,
        EDESTADDRREQ,
        EDOM,
        EDQUOT,
        EEXIST,
        EFAULT,
        EFBIG,
        EHOSTUNREACH,
        EIDRM,
        EILSEQ,
        EINPROGRESS,
        EINTR,
        EINVAL,
        EIO,
        EISCONN,
        EISDIR,
        ELOOP,
        EMFILE,
        EMLINK,
        EMSGSIZE,
        EMULTIHOP,
        ENAMETOOLONG,
        ENETDOWN,
        ENETRESET,
        ENETUNREACH,
        ENFILE,
        ENOBUFS,
        ENODEV,
        ENOENT,
        ENOEXEC,
        ENOLCK,
        ENOLINK,
        ENOMEM,
        ENOMSG,
        ENOPROTOOPT,
        ENOSPC,
        ENOSYS,
        ENOTCONN,
        ENOTDIR,
        ENOTEMPTY,
        ENOTRECOVERABLE,
        ENOTSOCK,
        ENOTSUP,
        ENOTTY,
        ENXIO,
        EOVERFLOW,
        EOWNERDEAD,
        EPERM,
        EPIPE,
        EPROTO,
        EPROTONOSUPPORT,
        EPROTOTYPE,
        ERANGE,
        EROFS,
        ESPIPE,
        ESRCH,
        ESTALE,
        ETIMEDOUT,
        ETXTBSY,
        EXDEV,
    };
    bool right = EQ(sizeof host / sizeof *host, 76);
    for (size_t i = 0; i < sizeof host / sizeof *host; i++)
        right = EQ(wasi_host_error(host[i]), i) && right;
    tap_ok(t, right, "each errno of the host has its WASI code");
    tap_ok(t, EQ((int)WASI_ENOTCAPABLE, E_NOTCAPABLE), "ENOTCAPABLE, which no host has, has its code");
    tap_ok(t, EQ(wasi_host_error(-1), WASI_EIO), "an unknown errno becomes EIO");
}

/* ---- Types --------------------------------------------------------------------------------------------------- */

/* Defines WASI in a new store and instantiates a module there. */
static wp_status instantiate(guest *g, wp_valtype pointer, const char *text) {
    wp_store *store = NULL;
    wp_instance *instance = NULL;
    wp_module *module = fixture_module(&g->x, text);
    wp_status status = wp_store_new(g->x.engine, &store, &g->x.diag);
    if (status == WP_OK)
        status = wasi_define(g->w, store, pointer, module, &g->x.diag);
    if (status == WP_OK)
        status = wp_instantiate(store, module, &instance, &g->x.diag);
    wp_module_delete(module);
    wp_store_delete(store);
    return status;
}

static void test_types(tap *t) {
    guest g;
    guest_open(&g, t, false, false);
    tap_ok(t, EQ(NSIGNATURES, 46), "WASI has 46 functions");
    for (int pointer = 0; pointer < 2; pointer++)
        for (int module = 0; module < 2; module++)
            tap_ok(t, EQ_STATUS(instantiate(&g, pointer ? WP_T_I64 : WP_T_I32, guest_text(module != 0, true)), WP_OK),
                   "all functions, imported with %d-bit pointers where the memory has %d bits", 32 << module,
                   32 << pointer);
#define IMPORT(name, type) "(import \"wasi_snapshot_preview1\" \"" name "\" (func " type "))"
    tap_ok(t,
           EQ_STATUS(instantiate(&g, WP_T_I32,
                                 IMPORT("fd_read", "(param i32 i64 i64 i64) (result i32)")
                                     IMPORT("fd_write", "(param i32 i32 i32 i32) (result i32)")),
                     WP_OK),
           "each import may choose its pointer width");
    static const char *const wrong[] = {
        IMPORT("fd_close", "(param i64) (result i32)"),
        IMPORT("fd_close", "(param i32)"),
        IMPORT("fd_close", "(result i32)"),
        IMPORT("fd_read", "(param i32 i32 i64 i32) (result i32)"),
        IMPORT("fd_read", "(param i32 i32 i32 i32) (result i64)"),
        IMPORT("proc_exit", "(param i32) (result i32)"),
        "(import \"wasi_snapshot_preview1\" \"fd_read\" (memory 1))",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        tap_ok(t, FAILS(&g.x, instantiate(&g, WP_T_I32, wrong[i]), WP_UNLINKABLE, "incompatible import type"),
               "wrong type: %s", wrong[i]);
    tap_ok(t, FAILS(&g.x, instantiate(&g, WP_T_I32, IMPORT("fd_open", "")), WP_UNLINKABLE, "unknown import"),
           "an unknown function is an unknown import");
    tap_ok(t,
           FAILS(&g.x, instantiate(&g, WP_T_I32, "(import \"wasi_unstable\" \"sched_yield\" (func))"), WP_UNLINKABLE,
                 "unknown import"),
           "a known function in an unknown module is an unknown import");
    guest_close(&g, "types");
}

/* ---- The program --------------------------------------------------------------------------------------------- */

static void test_program(tap *t, bool wide) {
    guest g;
    uint32_t error;
    guest_open(&g, t, wide, false);
    tap_ok(t,
           EQ(CALL(&g, "args_sizes_get", RESULT, RESULT + 8), OK) && EQ(peek_size(&g, RESULT), 3) &&
               EQ(peek_size(&g, RESULT + 8), 19),
           "args_sizes_get counts three arguments and their bytes");
    tap_ok(t,
           EQ(CALL(&g, "args_get", RESULT, DATA), OK) && EQ(peek_size(&g, RESULT), DATA) &&
               EQ(peek_size(&g, RESULT + word(&g)), DATA + 8) && EQ(peek_size(&g, RESULT + 2 * word(&g)), DATA + 9) &&
               CHECK(holds(&g, DATA, "program")) && EQ(peek_number(&g, DATA + 7, 2), 0) &&
               CHECK(holds(&g, DATA + 9, "two words")) && EQ(peek_number(&g, DATA + 18, 1), 0),
           "args_get writes pointers and NUL-terminated strings");
    tap_ok(t,
           EQ(CALL(&g, "environ_sizes_get", RESULT, RESULT + 8), OK) && EQ(peek_size(&g, RESULT), 2) &&
               EQ(peek_size(&g, RESULT + 8), 13) && EQ(CALL(&g, "environ_get", RESULT, DATA), OK) &&
               EQ(peek_size(&g, RESULT + word(&g)), DATA + 4) && CHECK(holds(&g, DATA, "A=1")) &&
               CHECK(holds(&g, DATA + 4, "LONG=a=b")),
           "environ_get writes two variables");
    const uint64_t code[] = {0x1F3};
    wp_status status = guest_status(&g, "proc_exit", code, 1, &error);
    tap_ok(t, EQ_STATUS(status, WP_EXIT) && EQ(wp_store_exit_code(g.x.store), 0x1F3),
           "proc_exit ends the program with a 32-bit code");
    tap_ok(t, EQ(CALL(&g, "proc_raise", 6), E_NOSYS), "proc_raise is not supported");
    tap_ok(t, EQ_STATUS(guest_status(&g, "sched_yield", NULL, 0, &error), WP_OK) && EQ(error, OK),
           "sched_yield returns");
    uint8_t bytes[700], zero[700] = {0};
    poke(&g, DATA, zero, sizeof zero);
    tap_ok(t, EQ(CALL(&g, "random_get", DATA + 50, 600), OK) && EQ(CALL(&g, "random_get", DATA, 0), OK),
           "random_get succeeds, also for 0 bytes");
    peek(&g, DATA, bytes, sizeof bytes);
    tap_ok(t,
           EQ_BYTES(bytes, zero, 50) && EQ_BYTES(bytes + 650, zero, 50) && CHECK(memcmp(bytes + 50, zero, 16) != 0) &&
               CHECK(memcmp(bytes + 634, zero, 16) != 0) && CHECK(memcmp(bytes + 50, bytes + 306, 256) != 0),
           "random_get fills exactly its range, without repetition");
    guest_close(&g, "program");
}

static void test_clocks(tap *t) {
    guest g;
    guest_open(&g, t, false, false);
    for (uint64_t clock = 0; clock < 4; clock++) {
        tap_ok(t,
               EQ(CALL(&g, "clock_res_get", clock, RESULT), OK) && CHECK(peek_number(&g, RESULT, 8) > 0) &&
                   CHECK(peek_number(&g, RESULT, 8) <= 1000000000),
               "clock %llu has a resolution", (unsigned long long)clock);
        uint32_t error = CALL(&g, "clock_time_get", clock, 0, RESULT);
        uint64_t first = peek_number(&g, RESULT, 8);
        error |= CALL(&g, "clock_time_get", clock, 1000, RESULT);
        uint64_t second = peek_number(&g, RESULT, 8);
        tap_ok(t, EQ(error, OK) && CHECK(second >= first || clock == 0), "clock %llu does not run backwards",
               (unsigned long long)clock);
    }
    uint64_t now = (uint64_t)time(NULL);
    tap_ok(t,
           EQ(CALL(&g, "clock_time_get", 0, 0, RESULT), OK) &&
               CHECK(peek_number(&g, RESULT, 8) / 1000000000 - now + 5 <= 10),
           "the realtime clock counts nanoseconds since 1970");
    tap_ok(t,
           EQ(CALL(&g, "clock_res_get", 4, RESULT), E_INVAL) &&
               EQ(CALL(&g, "clock_time_get", UINT32_MAX, 0, RESULT), E_INVAL),
           "an unknown clock is refused");
    guest_close(&g, "clocks");
}

/* ---- Memory of the host -------------------------------------------------------------------------------------- */

/* Creates and defines WASI with the k-th allocation failing. */
static bool attempt(guest *g, wp_module *module, size_t k, bool *clean) {
    wp_store *store = NULL;
    wasi *w = g->w;
    fixture_must(&g->x, wp_store_new(g->x.engine, &store, fresh(&g->x)) == WP_OK, "attempt");
    failing_start(&g->x.f, k);
    wp_status status = guest_wasi(g, false);
    wasi *made = g->w;
    if (status == WP_OK)
        status = wasi_define(made, store, WP_T_I64, module, &g->x.diag);
    failing_stop(&g->x.f);
    *clean = *clean && (status == WP_OK || FAILS(&g->x, status, WP_EXHAUSTION, "out of memory"));
    wp_store_delete(store);
    if (made != w)
        wasi_delete(made);
    g->w = w;
    return status == WP_OK;
}

static void test_failing_memory(tap *t) {
    guest g;
    guest_open(&g, t, false, false);
    wp_module *module = fixture_module(&g.x, guest_text(false, true));
    size_t failures = 0;
    bool clean = true;
    while (!attempt(&g, module, failures + 1, &clean) && failures < 10000)
        failures++;
    wp_module_delete(module);
    tap_ok(t, CHECK(clean) && CHECK(failures > 5) && CHECK(failures < 10000), "%zu allocations of set-up may fail",
           failures);
    guest_close(&g, "failing memory");
}

static void test_refused(tap *t) {
    guest g;
    guest_open(&g, t, false, false);
    wasi *w = NULL;
    host_write(&g, "inside/file", "");
    const wasi_folder folders[][2] = {{{at_home(&g, "inside"), "/"}, {at_home(&g, "missing"), "/"}},
                                      {{at_home(&g, "inside/file"), "/"}, {"", ""}}};
    for (size_t i = 0; i < 2; i++) {
        wasi_options options = {.folders = folders[i], .nfolders = 2 - i, .allocator = &g.x.allocator};
        wp_status status = wasi_new(&options, &w, fresh(&g.x));
        tap_ok(t, FAILS(&g.x, status, WP_REFUSED, g.home) && CHECK(w == NULL),
               "a path that is not a folder is refused: %s", g.x.diag.message);
    }
    tap_ok(t, EQ_STATUS(wasi_new(&(wasi_options){.allocator = NULL}, &w, NULL), WP_OK), "a program without folders");
    wasi_delete(w);
    wasi_folder many[100];
    for (size_t i = 0; i < 100; i++)
        many[i] = folders[0][0];
    tap_ok(t, EQ_STATUS(wasi_new(&(wasi_options){.folders = many, .nfolders = 100}, &w, NULL), WP_OK),
           "a program with 100 folders");
    wasi_delete(w);
    wasi_delete(NULL);
    guest_close(&g, "refused");
}

int main(void) {
    tap t = {0};
    test_errors(&t);
    test_types(&t);
    test_program(&t, false);
    test_program(&t, true);
    test_clocks(&t);
    test_failing_memory(&t);
    test_refused(&t);
    return tap_done(&t);
}
