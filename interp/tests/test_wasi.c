/* test_wasi.c: WASI as modules see it: types of functions, pointers that are bad, structures, descriptors, files,
 * folders' entries, clocks, waiting, and the memory of processes. Numbers and layouts are those of the document of
 * wasi_snapshot_preview1.
 */
#include "wasi_fixture.h"

#include "wasi/call.h"

#include <signal.h>
#include <sys/socket.h>
#include <time.h>

/* ---- Error codes ----------------------------------------------------------------------------------------------- */

/* The document lists them in this order, from 0 on. */
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
    bool right = true;
    for (size_t i = 0; i < sizeof host / sizeof *host; i++)
        right = wasi_host_error(host[i]) == (wasi_error)i && right;
    tap_ok(t, EQ(sizeof host / sizeof *host, 76) && CHECK(right), "the host's errors have the interface's codes");
    tap_ok(t, EQ((int)WASI_ENOTCAPABLE, E_NOTCAPABLE), "the one that hosts do not have too");
    tap_ok(t, EQ(wasi_host_error(-1), WASI_EIO), "and one that the interface has no code for is its EIO");
}

/* ---- Types ----------------------------------------------------------------------------------------------------- */

/* Defines WASI in a new store and tries to instantiate a text there. */
static wp_status instantiate(guest *g, wp_valtype pointer, const char *text) {
    wp_store *store = NULL;
    wp_instance *instance = NULL;
    wp_module *module = fixture_parse(&g->x, text);
    g->x.diag = (wp_diag){.status = WP_OK};
    wp_status status = wp_module_validate(module, &g->x.diag);
    if (status == WP_OK)
        status = wp_store_new(g->x.engine, &store, &g->x.diag);
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
    tap_ok(t, EQ(NSIGNATURES, 46), "there are 46 functions");
    for (int pointer = 0; pointer < 2; pointer++)
        for (int module = 0; module < 2; module++)
            tap_ok(t, EQ_STATUS(instantiate(&g, pointer ? WP_T_I64 : WP_T_I32, guest_text(module != 0, true)), WP_OK),
                   "a module of %d bits gets all of them where pointers have %d", 32 << module, 32 << pointer);
#define IMPORT(name, type) "(import \"wasi_snapshot_preview1\" \"" name "\" (func " type "))"
    tap_ok(t,
           EQ_STATUS(instantiate(&g, WP_T_I32,
                                 IMPORT("fd_read", "(param i32 i64 i64 i64) (result i32)")
                                     IMPORT("fd_write", "(param i32 i32 i32 i32) (result i32)")),
                     WP_OK),
           "each import for itself");
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
        tap_ok(t, FAILS(&g.x, instantiate(&g, WP_T_I32, wrong[i]), WP_UNLINKABLE, "incompatible import type"), "%s",
               wrong[i]);
    tap_ok(t, FAILS(&g.x, instantiate(&g, WP_T_I32, IMPORT("fd_open", "")), WP_UNLINKABLE, "unknown import"),
           "there are no others");
    tap_ok(t,
           FAILS(&g.x, instantiate(&g, WP_T_I32, "(import \"wasi_unstable\" \"sched_yield\" (func))"), WP_UNLINKABLE,
                 "unknown import"),
           "nor by another name");
    guest_close(&g, "types");
}

/* ---- Bad pointers ---------------------------------------------------------------------------------------------- */

/* A call that succeeds, or fails for another reason than its pointers. In `args`, what a pointer leads to has a size
 * that is in `sizes` at the same place, 0 where no pointer is: W words of the guest's, else bytes. */
enum { W = 1000 };
typedef struct good_call {
    const char *name;
    uint32_t error;
    uint64_t args[9];
    unsigned sizes[9];
} good_call;

/* In order: with what earlier ones have made. "path" is at PATH, "other" at PATH2, and the descriptors 4 and 5 are a
 * file and a folder. */
static const good_call good_calls[] = {
    {"args_get", OK, {RESULT, DATA}, {3 * W, 19}},
    {"args_sizes_get", OK, {RESULT, DATA}, {W, W}},
    {"environ_get", OK, {RESULT, DATA}, {2 * W, 13}},
    {"environ_sizes_get", OK, {RESULT, DATA}, {W, W}},
    {"clock_res_get", OK, {1, RESULT}, {0, 8}},
    {"clock_time_get", OK, {1, 0, RESULT}, {0, 0, 8}},
    {"fd_fdstat_get", OK, {4, RESULT}, {0, 24}},
    {"fd_filestat_get", OK, {4, RESULT}, {0, 64}},
    {"fd_prestat_get", OK, {ROOT, RESULT}, {0, 2 * W}},
    {"fd_prestat_dir_name", OK, {ROOT, RESULT, 1}, {0, 1}},
    {"fd_write", OK, {4, RANGES, 2, RESULT}, {0, 4 * W, 0, W}},
    {"fd_pwrite", OK, {4, RANGES, 2, 3, RESULT}, {0, 4 * W, 0, 0, W}},
    {"fd_read", OK, {4, RANGES, 2, RESULT}, {0, 4 * W, 0, W}},
    {"fd_pread", OK, {4, RANGES, 2, 0, RESULT}, {0, 4 * W, 0, 0, W}},
    {"fd_seek", OK, {4, 0, 0, RESULT}, {0, 0, 0, 8}},
    {"fd_tell", OK, {4, RESULT}, {0, 8}},
    {"fd_readdir", OK, {5, DATA, 100, 0, RESULT}, {0, 100, 0, 0, W}},
    {"path_create_directory", OK, {ROOT, PATH, 4}, {0, 4}},
    {"path_filestat_get", OK, {ROOT, 0, PATH, 4, RESULT}, {0, 0, 4, 0, 64}},
    {"path_filestat_set_times", OK, {ROOT, 0, PATH, 4, 0, 0, 0}, {0, 0, 4}},
    {"path_rename", OK, {ROOT, PATH, 4, ROOT, PATH2, 5}, {0, 4, 0, 0, 5}},
    {"path_remove_directory", OK, {ROOT, PATH2, 5}, {0, 5}},
    {"path_symlink", OK, {PATH, 4, ROOT, PATH2, 5}, {4, 0, 0, 5}},
    {"path_readlink", OK, {ROOT, PATH2, 5, DATA, 10, RESULT}, {0, 5, 0, 10, 0, W}},
    {"path_link", OK, {ROOT, 0, PATH2, 5, ROOT, PATH, 4}, {0, 0, 5, 0, 0, 4}},
    {"path_unlink_file", OK, {ROOT, PATH, 4}, {0, 4}},
    {"path_open", OK, {ROOT, 0, PATH, 4, CREAT, 0, 0, 0, RESULT}, {0, 0, 4, 0, 0, 0, 0, 0, 4}},
    {"random_get", OK, {DATA, 1000}, {1000}},
    {"poll_oneoff", OK, {4 * PATH2, DATA, 1, RESULT}, {48, 32, 0, W}},
};

static uint64_t size_of(const guest *g, unsigned size) {
    return size % W == 0 ? size / W * word(g) : size;
}

/* What the guest could have changed: its memory, the file's offset, its folder. */
typedef struct state {
    uint8_t memory[END];
    off_t offset;
    size_t entries;
} state;

static void look(guest *g, state *out) {
    DIR *folder = opendir(at_home(g, "inside"));
    out->entries = 0;
    while (folder != NULL && readdir(folder) != NULL)
        out->entries++;
    if (folder != NULL)
        (void)closedir(folder);
    peek(g, 0, out->memory, END);
    g->x.diag = (wp_diag){.status = WP_OK};
    /* The offset, by way of a call, whose trace in memory is undone. */
    (void)CALL(g, "fd_tell", 4, RESULT);
    out->offset = (off_t)peek_number(g, RESULT, 8);
    poke(g, 0, out->memory, END);
}

static bool is_same(const state *a, const state *b) {
    return memcmp(a->memory, b->memory, END) == 0 && a->offset == b->offset && a->entries == b->entries;
}

/* The call with a pointer replaced fails with EFAULT and has done nothing. */
static bool is_refused(guest *g, const good_call *call, size_t count, size_t i, uint64_t pointer) {
    static state before, after;
    uint64_t args[9];
    uint32_t error;
    memcpy(args, call->args, sizeof args);
    args[i] = pointer;
    look(g, &before);
    (void)guest_status(g, call->name, args, count, &error);
    look(g, &after);
    if (error != E_FAULT || !is_same(&before, &after))
        tap_note("%s, argument %zu = %llu: %u", call->name, i, (unsigned long long)pointer, error);
    return error == E_FAULT && is_same(&before, &after);
}

/* Every pointer: one byte too far, at the end of the memory, and far from it; and then a good one. */
static void check_pointers(guest *g, const good_call *call) {
    const char *params = "";
    for (size_t i = 0; i < NSIGNATURES; i++)
        if (strcmp(signatures[i].name, call->name) == 0)
            params = signatures[i].params;
    size_t count = strlen(params);
    bool right = true;
    for (size_t i = 0; i < count; i++)
        if (call->sizes[i] != 0) {
            uint64_t size = size_of(g, call->sizes[i]), top = g->wide ? UINT64_MAX : UINT32_MAX;
            right = is_refused(g, call, count, i, END - size + 1) && is_refused(g, call, count, i, END) &&
                    is_refused(g, call, count, i, top) && is_refused(g, call, count, i, top - size + 1) && right;
        }
    uint32_t error = guest_call(g, call->name, call->args, count);
    if (error != call->error)
        tap_note("%s: %u", call->name, error);
    tap_ok(g->t, CHECK(right) && EQ(error, call->error), "%s: a bad pointer has no effect%s", call->name,
           g->wide ? ", 64 bits" : "");
}

static void test_bad_pointers(tap *t, bool wide) {
    guest g;
    uint32_t fd;
    guest_open(&g, t, wide, false);
    (void)open_file(&g, "file", CREAT);
    (void)open_from(&g, ROOT, ".", 0, DIRECTORY, R_READDIR, 0, &fd);
    (void)put_path(&g, PATH, "path");
    (void)put_path(&g, PATH2, "other");
    poke_range(&g, 0, DATA, 5);
    poke_range(&g, 1, DATA + 100, 5);
    poke_number(&g, 4 * PATH2 + 16, 1, 4); /* the monotonic clock, which has begun long ago */
    for (size_t i = 0; i < sizeof good_calls / sizeof *good_calls; i++)
        check_pointers(&g, &good_calls[i]);
    guest_close(&g, "bad pointers");
}

/* A list of ranges is looked at as a whole before the first byte is moved. */
static void test_bad_ranges(tap *t, bool wide) {
    guest g;
    guest_open(&g, t, wide, false);
    uint32_t fd = open_file(&g, "file", CREAT);
    poke(&g, DATA, "text", 4);
    poke_range(&g, 0, DATA, 4);
    poke_range(&g, 1, END - 3, 4);
    tap_ok(t,
           EQ(CALL(&g, "fd_write", fd, RANGES, 2, RESULT), E_FAULT) &&
               EQ(CALL(&g, "fd_pwrite", fd, RANGES, 2, 0, RESULT), E_FAULT) &&
               EQ_TEXT(host_read(&g, "inside/file"), ""),
           "nothing is written where the second range is bad");
    host_write(&g, "inside/file", "contents");
    tap_ok(t,
           EQ(CALL(&g, "fd_read", fd, RANGES, 2, RESULT), E_FAULT) &&
               EQ(CALL(&g, "fd_pread", fd, RANGES, 2, 0, RESULT), E_FAULT) && CHECK(holds(&g, DATA, "text")) &&
               CHECK(reads(&g, fd, "contents")),
           "nothing is read");
    poke_range(&g, 1, 16, UINT32_MAX);
    tap_ok(t, EQ(CALL(&g, "fd_read", fd, RANGES, 2, RESULT), E_FAULT), "sizes that are too large");
    poke_range(&g, 1, UINT32_MAX, 0);
    tap_ok(t, EQ(CALL(&g, "fd_read", fd, RANGES, 2, RESULT), E_FAULT), "nothing, but nowhere");
    tap_ok(t,
           EQ(CALL(&g, "fd_read", fd, RANGES, UINT32_MAX, RESULT), E_FAULT) &&
               EQ(CALL(&g, "poll_oneoff", 0, 0, UINT32_MAX, RESULT), E_FAULT),
           "lists that are too long for the memory");
    if (wide)
        tap_ok(t,
               EQ(CALL(&g, "fd_read", fd, RANGES, (uint64_t)1 << 60, RESULT), E_FAULT) &&
                   EQ(CALL(&g, "fd_read", fd, RANGES, UINT64_MAX, RESULT), E_FAULT) &&
                   EQ(CALL(&g, "poll_oneoff", 0, 0, ((uint64_t)1 << 60) + 1, RESULT), E_FAULT) &&
                   EQ(CALL(&g, "random_get", 16, UINT64_MAX), E_FAULT),
               "or for any memory");
    static uint8_t before[END], after[END];
    for (unsigned i = 0; i < 2; i++) {
        poke_number(&g, PATH2 + 48 * i, 77, 8);
        poke_number(&g, PATH2 + 48 * i + 8, 0, 8);
        poke_number(&g, PATH2 + 48 * i + 16, 1, 8);
    }
    peek(&g, 0, before, END);
    uint32_t error = CALL(&g, "poll_oneoff", PATH2, END - 63, 2, RESULT);
    peek(&g, 0, after, END);
    tap_ok(t, EQ(error, E_FAULT) && EQ_BYTES(before, after, END), "not even the first event is written");
    tap_ok(t,
           EQ(CALL(&g, "path_rename", 99, PATH, 4, ROOT, END - 3, 4), E_FAULT) &&
               EQ(CALL(&g, "path_rename", 99, PATH, 4, ROOT, PATH, 4), E_BADF),
           "pointers are looked at before anything else");
    uint32_t read_fd = open_file(&g, "file", 0);
    for (unsigned i = 0; i < 1025; i++)
        poke_range(&g, i, DATA + i, i < 8 ? 1 : 0);
    tap_ok(t,
           EQ(CALL(&g, "fd_read", read_fd, RANGES, 1025, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_read", read_fd, RANGES, 1024, RESULT), OK) && EQ(peek_size(&g, RESULT), 8) &&
               CHECK(holds(&g, DATA, "contents")),
           "1024 ranges at most");
    guest_close(&g, "bad ranges");
}

static void test_no_memory(tap *t) {
    guest g;
    uint32_t error;
    guest_open(&g, t, false, false);
    wasi *without = g.w;
    fixture_must(&g.x, guest_wasi(&g, false) == WP_OK, "no memory");
    wp_instance *with = g.instance;
    wp_store *store = NULL;
    wp_module *module = fixture_parse(&g.x, guest_text(false, true));
    fixture_must(&g.x,
                 wp_module_validate(module, &g.x.diag) == WP_OK &&
                     wp_store_new(g.x.engine, &store, &g.x.diag) == WP_OK &&
                     wasi_define(g.w, store, WP_T_I32, NULL, &g.x.diag) == WP_OK &&
                     wp_instantiate(store, module, &g.instance, &g.x.diag) == WP_OK,
                 "no memory");
    wp_module_delete(module);
    wp_extern func = core_export(&g.x, g.instance, "random_get"), yield = core_export(&g.x, g.instance, "sched_yield");
    wp_value args[2] = {core_i32(16), core_i32(4)}, result = core_i32(NO_RESULT);
    tap_ok(t, EQ_STATUS(wp_call(store, func, args, 2, &result, 1, &g.x.diag), WP_OK) && EQ(result.of.i32, E_FAULT),
           "before the memory is known, every pointer is bad");
    tap_ok(t, EQ_STATUS(wp_call(store, yield, NULL, 0, &result, 1, &g.x.diag), WP_OK) && EQ(result.of.i32, OK),
           "what needs none is done");
    wp_store_delete(store);
    wasi_delete(g.w);
    g.w = without;
    g.instance = with;
    (void)guest_status(&g, "sched_yield", NULL, 0, &error);
    tap_ok(t, EQ(error, OK), "two programs do not meet");
    guest_close(&g, "no memory");
}

/* ---- The program ----------------------------------------------------------------------------------------------- */

static void test_program(tap *t, bool wide) {
    guest g;
    uint32_t error;
    guest_open(&g, t, wide, false);
    tap_ok(t,
           EQ(CALL(&g, "args_sizes_get", RESULT, RESULT + 8), OK) && EQ(peek_size(&g, RESULT), 3) &&
               EQ(peek_size(&g, RESULT + 8), 19),
           "three arguments");
    tap_ok(t,
           EQ(CALL(&g, "args_get", RESULT, DATA), OK) && EQ(peek_size(&g, RESULT), DATA) &&
               EQ(peek_size(&g, RESULT + word(&g)), DATA + 8) && EQ(peek_size(&g, RESULT + 2 * word(&g)), DATA + 9) &&
               CHECK(holds(&g, DATA, "program")) && EQ(peek_number(&g, DATA + 7, 2), 0) &&
               CHECK(holds(&g, DATA + 9, "two words")) && EQ(peek_number(&g, DATA + 18, 1), 0),
           "each ends with a NUL");
    tap_ok(t,
           EQ(CALL(&g, "environ_sizes_get", RESULT, RESULT + 8), OK) && EQ(peek_size(&g, RESULT), 2) &&
               EQ(peek_size(&g, RESULT + 8), 13) && EQ(CALL(&g, "environ_get", RESULT, DATA), OK) &&
               EQ(peek_size(&g, RESULT + word(&g)), DATA + 4) && CHECK(holds(&g, DATA, "A=1")) &&
               CHECK(holds(&g, DATA + 4, "LONG=a=b")),
           "two variables");
    const uint64_t code[] = {0x1F3};
    wp_status status = guest_status(&g, "proc_exit", code, 1, &error);
    tap_ok(t, EQ_STATUS(status, WP_EXIT) && EQ(wp_store_exit_code(g.x.store), 0x1F3),
           "the end, with a code of 32 bits");
    tap_ok(t, EQ(CALL(&g, "proc_raise", 6), E_NOSYS), "signals are not supported");
    tap_ok(t, EQ_STATUS(guest_status(&g, "sched_yield", NULL, 0, &error), WP_OK) && EQ(error, OK), "others may run");
    uint8_t bytes[700], zero[700] = {0};
    poke(&g, DATA, zero, sizeof zero);
    tap_ok(t, EQ(CALL(&g, "random_get", DATA + 50, 600), OK) && EQ(CALL(&g, "random_get", DATA, 0), OK),
           "random numbers");
    peek(&g, DATA, bytes, sizeof bytes);
    tap_ok(t,
           EQ_BYTES(bytes, zero, 50) && EQ_BYTES(bytes + 650, zero, 50) && CHECK(memcmp(bytes + 50, zero, 16) != 0) &&
               CHECK(memcmp(bytes + 634, zero, 16) != 0) && CHECK(memcmp(bytes + 50, bytes + 306, 256) != 0),
           "everywhere in the range and nowhere else, and not the same ones again");
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
        tap_ok(t, EQ(error, OK) && CHECK(second >= first || clock == 0), "and a time, that goes on");
    }
    uint64_t now = (uint64_t)time(NULL);
    tap_ok(t,
           EQ(CALL(&g, "clock_time_get", 0, 0, RESULT), OK) &&
               CHECK(peek_number(&g, RESULT, 8) / 1000000000 - now + 5 <= 10),
           "in nanoseconds since 1970");
    tap_ok(t,
           EQ(CALL(&g, "clock_res_get", 4, RESULT), E_INVAL) &&
               EQ(CALL(&g, "clock_time_get", UINT32_MAX, 0, RESULT), E_INVAL),
           "there are no others");
    guest_close(&g, "clocks");
}

/* ---- Descriptors ----------------------------------------------------------------------------------------------- */

static void test_descriptors(tap *t, bool wide) {
    guest g;
    uint32_t fd;
    guest_open(&g, t, wide, false);
    tap_ok(t,
           EQ(CALL(&g, "fd_prestat_get", ROOT, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 0) &&
               EQ(peek_size(&g, RESULT + word(&g)), 1),
           "the folder that the program was given");
    poke(&g, RESULT, "??", 2);
    tap_ok(t,
           EQ(CALL(&g, "fd_prestat_dir_name", ROOT, RESULT, 2), OK) && CHECK(holds(&g, RESULT, "/?")) &&
               EQ(CALL(&g, "fd_prestat_dir_name", ROOT, RESULT, 0), E_NAMETOOLONG),
           "its name, without a NUL, where there is room for it");
    tap_ok(t,
           EQ(CALL(&g, "fd_prestat_get", 0, RESULT), E_BADF) && EQ(CALL(&g, "fd_prestat_get", 4, RESULT), E_BADF) &&
               EQ(CALL(&g, "fd_prestat_get", UINT32_MAX, RESULT), E_BADF),
           "nothing else was given");
    uint32_t four = open_file(&g, "a", CREAT), five = open_file(&g, "b", CREAT), six = open_file(&g, "c", CREAT);
    tap_ok(t,
           EQ(four, 4) && EQ(five, 5) && EQ(six, 6) && EQ(CALL(&g, "fd_close", five), OK) &&
               EQ(open_file(&g, "d", CREAT), 5),
           "the lowest number that is free");
    tap_ok(t,
           EQ(CALL(&g, "fd_close", 7), E_BADF) && EQ(CALL(&g, "fd_close", 5), OK) &&
               EQ(CALL(&g, "fd_close", 5), E_BADF) && EQ(CALL(&g, "fd_sync", 5), E_BADF) &&
               EQ(CALL(&g, "fd_close", UINT32_MAX), E_BADF),
           "what is closed is no descriptor");
    tap_ok(t,
           EQ(write_text(&g, 6, "six"), OK) && EQ(CALL(&g, "fd_renumber", 6, 4), OK) &&
               EQ(CALL(&g, "fd_close", 6), E_BADF) && EQ(write_text(&g, 4, "four"), OK) &&
               EQ_TEXT(host_read(&g, "inside/c"), "sixfour") && EQ_TEXT(host_read(&g, "inside/a"), ""),
           "a descriptor takes another one's number");
    tap_ok(t,
           EQ(CALL(&g, "fd_renumber", 4, 6), E_BADF) && EQ(CALL(&g, "fd_renumber", 6, 4), E_BADF) &&
               EQ(CALL(&g, "fd_renumber", 4, 4), OK) && EQ(write_text(&g, 4, "!"), OK),
           "which must be in use");
    tap_ok(t, EQ(CALL(&g, "fd_renumber", 4, ROOT), OK) && EQ(CALL(&g, "fd_prestat_get", ROOT, RESULT), E_BADF),
           "also the folder's");
    tap_ok(t,
           EQ(CALL(&g, "path_create_directory", ROOT, PATH, put_path(&g, PATH, "new")), E_NOTDIR) &&
               EQ(open_from(&g, ROOT, "a", 0, 0, 0, 0, &fd), E_NOTDIR) &&
               EQ(open_from(&g, 9, "a", 0, 0, 0, 0, &fd), E_BADF),
           "nothing is opened in what is no folder");
    guest_close(&g, "descriptors");
}

static void test_rights(tap *t) {
    guest g;
    uint32_t fd, folder;
    guest_open(&g, t, false, false);
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_get", ROOT, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 3) &&
               EQ(peek_number(&g, RESULT + 2, 2), 0) && CHECK((peek_number(&g, RESULT + 8, 8) & R_PATH_OPEN) != 0) &&
               EQ(peek_number(&g, RESULT + 8, 8) & (R_READ | R_WRITE | R_SEEK | R_SET_SIZE), 0) &&
               EQ(~peek_number(&g, RESULT + 16, 8) & (R_FILE | R_PATH_OPEN), 0),
           "a folder's rights are about folders, and it hands on those about files");
    uint64_t base = peek_number(&g, RESULT + 8, 8), inheriting = peek_number(&g, RESULT + 16, 8);
    (void)put_path(&g, PATH, ".");
    tap_ok(t, EQ(CALL(&g, "path_open", ROOT, 0, PATH, 1, DIRECTORY, base, inheriting, 0, RESULT), OK), "all of them");
    folder = (uint32_t)peek_number(&g, RESULT, 4);
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, CREAT, R_WRITE | R_PATH_OPEN, 0, &fd), OK) &&
               EQ(CALL(&g, "fd_fdstat_get", fd, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 4) &&
               EQ(peek_number(&g, RESULT + 8, 8), R_WRITE) && EQ(peek_number(&g, RESULT + 16, 8), 0),
           "a file has the rights asked for that are about files");
    poke_range(&g, 0, DATA, 4);
    tap_ok(t,
           EQ(CALL(&g, "fd_read", fd, RANGES, 1, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_seek", fd, 0, 0, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_tell", fd, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_pwrite", fd, RANGES, 1, 0, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_filestat_get", fd, RESULT), E_NOTCAPABLE) && EQ(CALL(&g, "fd_sync", fd), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_datasync", fd), E_NOTCAPABLE) && EQ(CALL(&g, "fd_advise", fd, 0, 0, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_allocate", fd, 0, 1), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_readdir", fd, 0, 0, 0, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", fd, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_filestat_set_size", fd, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_write", fd, RANGES, 1, RESULT), OK),
           "and no others");
    tap_ok(t,
           EQ(CALL(&g, "fd_read", ROOT, RANGES, 1, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_write", ROOT, RANGES, 1, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_seek", ROOT, 0, 0, RESULT), E_NOTCAPABLE),
           "a folder is not read as a file is");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_rights", fd, R_WRITE | R_READ, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_fdstat_set_rights", fd, R_WRITE, R_READ), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_fdstat_set_rights", fd, 0, 0), OK) && EQ(write_text(&g, fd, "x"), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_fdstat_set_rights", fd, R_WRITE, 0), E_NOTCAPABLE),
           "rights are given up, not gained");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_rights", folder, base, inheriting & ~(uint64_t)R_WRITE), OK) &&
               EQ(open_from(&g, folder, "file", 0, 0, R_WRITE, 0, &fd), E_NOTCAPABLE) &&
               EQ(open_from(&g, folder, "file", 0, 0, R_READ, 0, &fd), OK),
           "what is opened gets no more than the folder hands on");
    static const struct {
        const char *name;
        uint64_t right;
    } paths[] = {{"path_create_directory", 1 << 9}, {"path_remove_directory", 1 << 25}, {"path_unlink_file", 1 << 26}};
    for (size_t i = 0; i < 3; i++) {
        base &= ~paths[i].right;
        tap_ok(t,
               EQ(CALL(&g, "fd_fdstat_set_rights", folder, base, 0), OK) &&
                   EQ(CALL(&g, paths[i].name, folder, PATH, 4), E_NOTCAPABLE),
               "%s needs a right", paths[i].name);
    }
    base &= ~(uint64_t)(1 << 10 | 1 << 19);
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_rights", folder, base, 0), OK) &&
               EQ(open_from(&g, folder, "file", 0, CREAT, 0, 0, &fd), E_NOTCAPABLE) &&
               EQ(open_from(&g, folder, "file", 0, TRUNC, 0, 0, &fd), E_NOTCAPABLE) &&
               EQ(open_from(&g, folder, "file", 0, 0, 0, 0, &fd), OK) &&
               EQ(CALL(&g, "fd_fdstat_set_rights", folder, 0, 0), OK) &&
               EQ(open_from(&g, folder, "file", 0, 0, 0, 0, &fd), E_NOTCAPABLE),
           "to make files, to empty them, to open them too");
    guest_close(&g, "rights");
}

/* ---- Files ----------------------------------------------------------------------------------------------------- */

static void test_files(tap *t, bool wide) {
    guest g;
    guest_open(&g, t, wide, false);
    uint32_t fd = open_file(&g, "file", CREAT | EXCL);
    poke(&g, DATA, "abcdefghij", 10);
    poke_range(&g, 0, DATA + 5, 5);
    poke_range(&g, 1, DATA, 0);
    poke_range(&g, 2, DATA, 5);
    tap_ok(t,
           EQ(CALL(&g, "fd_write", fd, RANGES, 3, RESULT), OK) && EQ(peek_size(&g, RESULT), 10) &&
               EQ_TEXT(host_read(&g, "inside/file"), "fghijabcde"),
           "ranges are written one after the other");
    tap_ok(t, EQ(CALL(&g, "fd_tell", fd, RESULT), OK) && EQ(peek_number(&g, RESULT, 8), 10), "the offset moves");
    tap_ok(t,
           EQ(CALL(&g, "fd_seek", fd, (uint64_t)-4, 1, RESULT), OK) && EQ(peek_number(&g, RESULT, 8), 6) &&
               EQ(CALL(&g, "fd_seek", fd, (uint64_t)-9, 2, RESULT), OK) && EQ(peek_number(&g, RESULT, 8), 1) &&
               EQ(CALL(&g, "fd_seek", fd, (uint64_t)-2, 1, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_seek", fd, 0, 3, RESULT), E_INVAL),
           "or is moved");
    poke_range(&g, 0, DATA, 2);
    poke_range(&g, 1, DATA + 20, 100);
    tap_ok(t,
           EQ(CALL(&g, "fd_read", fd, RANGES, 2, RESULT), OK) && EQ(peek_size(&g, RESULT), 9) &&
               CHECK(holds(&g, DATA, "ghcde")) && CHECK(holds(&g, DATA + 20, "ijabcde")),
           "ranges are filled one after the other");
    tap_ok(t, reads(&g, fd, ""), "at the end there is nothing to read");
    poke(&g, DATA, "XY", 2);
    poke_range(&g, 0, DATA, 2);
    tap_ok(t,
           EQ(CALL(&g, "fd_pwrite", fd, RANGES, 1, 12, RESULT), OK) && EQ(peek_size(&g, RESULT), 2) &&
               EQ(CALL(&g, "fd_pread", fd, RANGES, 1, 1, RESULT), OK) && CHECK(holds(&g, DATA, "gh")) &&
               EQ(CALL(&g, "fd_tell", fd, RESULT), OK) && EQ(peek_number(&g, RESULT, 8), 10),
           "at an offset of its own, the file's does not move");
    tap_ok(t,
           EQ(CALL(&g, "fd_filestat_get", fd, RESULT), OK) && EQ(peek_number(&g, RESULT + 32, 8), 14) &&
               EQ(peek_number(&g, RESULT + 16, 1), 4) && EQ(peek_number(&g, RESULT + 24, 8), 1),
           "its size, kind and number of names");
    tap_ok(t,
           EQ(CALL(&g, "fd_pread", fd, RANGES, 1, UINT64_MAX, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_pwrite", fd, RANGES, 1, INT64_MAX, RESULT), E_INVAL),
           "no file is that long");
    tap_ok(t,
           EQ(CALL(&g, "fd_filestat_set_size", fd, 3), OK) && EQ_TEXT(host_read(&g, "inside/file"), "fgh") &&
               EQ(CALL(&g, "fd_filestat_set_size", fd, UINT64_MAX), E_INVAL),
           "its size is set");
    tap_ok(t,
           EQ(CALL(&g, "fd_allocate", fd, 0, 5), OK) && EQ(CALL(&g, "fd_filestat_get", fd, RESULT), OK) &&
               EQ(peek_number(&g, RESULT + 32, 8), 5) && EQ(CALL(&g, "fd_allocate", fd, 0, 0), E_INVAL) &&
               EQ(CALL(&g, "fd_allocate", fd, UINT64_MAX, 1), E_INVAL),
           "room is made for it");
    tap_ok(t,
           EQ(CALL(&g, "fd_advise", fd, 0, 0, 5), OK) && EQ(CALL(&g, "fd_advise", fd, 0, 0, 6), E_INVAL) &&
               EQ(CALL(&g, "fd_advise", fd, UINT64_MAX, 0, 0), E_INVAL) && EQ(CALL(&g, "fd_sync", fd), OK) &&
               EQ(CALL(&g, "fd_datasync", fd), OK) && EQ(CALL(&g, "fd_sync", ROOT), OK),
           "it is made safe");
    tap_ok(t,
           EQ(CALL(&g, "fd_filestat_set_times", fd, 1500000000, 2700000000, 5), OK) &&
               EQ(CALL(&g, "fd_filestat_get", fd, RESULT), OK) && EQ(peek_number(&g, RESULT + 40, 8), 1500000000) &&
               EQ(peek_number(&g, RESULT + 48, 8), 2700000000) &&
               EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 2), OK) &&
               EQ(CALL(&g, "fd_filestat_get", fd, RESULT), OK) && CHECK(peek_number(&g, RESULT + 40, 8) > 2700000000) &&
               EQ(peek_number(&g, RESULT + 48, 8), 2700000000),
           "its times are set, one without the other");
    tap_ok(t,
           EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 3), E_INVAL) &&
               EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 12), E_INVAL) &&
               EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 16), E_INVAL),
           "not to two times at once");
    guest_close(&g, "files");
}

static void test_opening(tap *t) {
    guest g;
    uint32_t fd;
    guest_open(&g, t, false, false);
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, 0, R_READ, 0, &fd), E_NOENT) &&
               EQ(open_from(&g, ROOT, "file", 0, CREAT | EXCL, R_WRITE, 0, &fd), OK) &&
               EQ(open_from(&g, ROOT, "file", 0, CREAT | EXCL, R_WRITE, 0, &fd), E_EXIST) &&
               EQ(open_from(&g, ROOT, "file", 0, CREAT, R_WRITE, APPEND, &fd), OK),
           "files are made");
    tap_ok(t,
           EQ(write_text(&g, fd, "one"), OK) && EQ(CALL(&g, "fd_fdstat_get", fd, RESULT), OK) &&
               EQ(peek_number(&g, RESULT + 2, 2), APPEND),
           "to be appended to");
    uint32_t other = open_file(&g, "file", 0);
    tap_ok(t,
           EQ(write_text(&g, other, "three"), OK) && EQ(write_text(&g, fd, "two"), OK) &&
               EQ_TEXT(host_read(&g, "inside/file"), "threetwo"),
           "wherever the end is");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_flags", other, APPEND | NONBLOCK), OK) &&
               EQ(CALL(&g, "fd_seek", other, 0, 0, RESULT), OK) && EQ(write_text(&g, other, "!"), OK) &&
               EQ_TEXT(host_read(&g, "inside/file"), "threetwo!") && EQ(CALL(&g, "fd_fdstat_get", other, RESULT), OK) &&
               EQ(peek_number(&g, RESULT + 2, 2), APPEND | NONBLOCK) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", other, 0), OK) && EQ(CALL(&g, "fd_seek", other, 0, 0, RESULT), OK) &&
               EQ(write_text(&g, other, "T"), OK) && EQ_TEXT(host_read(&g, "inside/file"), "Threetwo!"),
           "flags are set");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_flags", other, 2), E_NOTSUP) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", other, 16), E_NOTSUP) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", other, 32), E_INVAL),
           "but not those that hosts can't set");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, 0, R_WRITE | R_SET_FLAGS, 16, &fd), OK) &&
               EQ(CALL(&g, "fd_fdstat_get", fd, RESULT), OK) && CHECK((peek_number(&g, RESULT + 2, 2) & 16) != 0) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", fd, peek_number(&g, RESULT + 2, 2) | APPEND), OK),
           "which can be opened with");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, TRUNC, R_WRITE, 0, &fd), OK) && EQ_TEXT(host_read(&g, "inside/file"), ""),
           "files are emptied");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, DIRECTORY, R_READ, 0, &fd), E_NOTDIR) &&
               EQ(open_from(&g, ROOT, ".", 0, DIRECTORY, R_READ | R_WRITE, 0, &fd), E_ISDIR) &&
               EQ(open_from(&g, ROOT, "new/", 0, CREAT, R_WRITE, 0, &fd), E_ISDIR) &&
               EQ(open_from(&g, ROOT, "new", 0, CREAT | DIRECTORY, R_WRITE, 0, &fd), E_INVAL) &&
               CHECK(host_read(&g, "inside/new") == NULL),
           "folders are not files");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, 16, R_READ, 0, &fd), E_INVAL) &&
               EQ(open_from(&g, ROOT, "file", 2, 0, R_READ, 0, &fd), E_INVAL) &&
               EQ(open_from(&g, ROOT, "file", 0, 0, R_READ, 32, &fd), E_INVAL),
           "flags that nobody knows");
    unsigned failures = 0;
    for (unsigned i = 0; i < 200; i++)
        failures += open_file(&g, "file", 0) == UINT32_MAX ? 1 : 0;
    tap_ok(t, EQ(failures, 0), "many files are open");
    guest_close(&g, "opening");
}

/* More than one piece of the host's buffer. */
static void test_large(tap *t) {
    enum { SIZE = 100000 };
    static uint8_t bytes[SIZE], back[SIZE];
    guest g;
    guest_open(&g, t, false, false);
    uint32_t fd = open_file(&g, "file", CREAT);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    poke(&g, 20000, bytes, SIZE);
    /* The ranges are read before what they lead to is written: the list may lie in it. */
    for (unsigned i = 0; i < 4; i++)
        poke_range(&g, i, 20000 + i * SIZE / 4, SIZE / 4);
    tap_ok(t, EQ(CALL(&g, "fd_write", fd, RANGES, 4, RESULT), OK) && EQ(peek_size(&g, RESULT), SIZE), "100,000 bytes");
    poke(&g, 20000, back, SIZE);
    poke(&g, 1000, back, 8);
    tap_ok(t, EQ(CALL(&g, "fd_pread", fd, RANGES, 4, 0, 1000), OK) && EQ(peek_size(&g, 1000), SIZE), "and back");
    peek(&g, 20000, back, SIZE);
    tap_ok(t, EQ_BYTES(bytes, back, SIZE), "are the same");
    poke_range(&g, 0, RANGES, SIZE / 2);
    poke_range(&g, 1, RANGES + SIZE / 2, SIZE / 2);
    tap_ok(t, EQ(CALL(&g, "fd_pread", fd, RANGES, 2, 0, 1000), OK) && EQ(peek_size(&g, 1000), SIZE),
           "into ranges that hold their own list");
    peek(&g, RANGES, back, SIZE);
    tap_ok(t, EQ_BYTES(bytes, back, SIZE), "they are the same");
    /* Sizes that add up to more than 32 bits. */
    for (unsigned i = 0; i < 1000; i++)
        poke_range(&g, i, 0, END);
    uint32_t error = CALL(&g, "fd_read", fd, RANGES, 1000, DATA);
    tap_ok(t, EQ(error, OK) && EQ(peek_size(&g, DATA), 0), "ranges overlap, and the file has ended");
    guest_close(&g, "large");
}

/* ---- Folders --------------------------------------------------------------------------------------------------- */

/* Reads a whole folder with a buffer of `room` bytes. Returns how many entries it has; sets seen[i] for "file-i". */
static unsigned read_folder(guest *g, uint32_t fd, uint64_t room, bool *seen, uint32_t *error) {
    uint64_t cookie = 0, used;
    unsigned count = 0;
    char name[256];
    do {
        *error = CALL(g, "fd_readdir", fd, DATA, room, cookie, RESULT);
        used = *error == OK ? peek_size(g, RESULT) : 0;
        for (uint64_t at = 0; at + 24 <= used;) {
            uint64_t size = peek_number(g, DATA + at + 16, 4);
            if (at + 24 + size > used)
                break;
            peek(g, DATA + at + 24, name, size);
            name[size] = '\0';
            if (strncmp(name, "file-", 5) == 0)
                seen[atoi(name + 5)] = peek_number(g, DATA + at + 20, 1) == 4;
            cookie = peek_number(g, DATA + at, 8);
            at += 24 + size;
            count++;
        }
    } while (*error == OK && used == room);
    return count;
}

static void test_entries(tap *t, bool wide) {
    enum { COUNT = 300 };
    guest g;
    char name[64];
    uint32_t fd, error;
    guest_open(&g, t, wide, false);
    (void)open_from(&g, ROOT, ".", 0, DIRECTORY, R_READDIR | R_STAT, 0, &fd);
    tap_ok(t, EQ(CALL(&g, "fd_readdir", fd, DATA, 4096, 0, RESULT), OK) && EQ(peek_size(&g, RESULT), 2 * 24 + 3),
           "an empty folder has two entries");
    bool dots = true;
    for (uint64_t at = DATA; at < DATA + peek_size(&g, RESULT); at += 24 + peek_number(&g, at + 16, 4))
        dots = dots && holds(&g, at + 24, ".") && peek_number(&g, at + 20, 1) == 3;
    uint64_t first = peek_number(&g, DATA + 8, 8),
             second = peek_number(&g, DATA + 24 + peek_number(&g, DATA + 16, 4) + 8, 8);
    error = CALL(&g, "fd_filestat_get", fd, RESULT);
    tap_ok(t, CHECK(dots) && EQ(error, OK) && EQ(first, second) && EQ(first, peek_number(&g, RESULT + 8, 8)),
           "itself, and what is above, of which nothing is said");
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "inside/file-%u", i);
        host_write(&g, name, "");
    }
    static const uint64_t rooms[] = {4096, 100, 64, 33, 65536};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        bool seen[COUNT] = {false}, all = true;
        unsigned count = read_folder(&g, fd, rooms[i], seen, &error);
        for (unsigned k = 0; k < COUNT; k++)
            all = all && seen[k];
        tap_ok(t, EQ(error, OK) && CHECK(all) && EQ(count, COUNT + 2), "%u entries, %llu bytes at a time", count,
               (unsigned long long)rooms[i]);
    }
    tap_ok(t, EQ(CALL(&g, "fd_readdir", fd, DATA, 0, 0, RESULT), OK) && EQ(peek_size(&g, RESULT), 0), "or none");
    poke(&g, DATA, "________________________________", 32);
    tap_ok(t,
           EQ(CALL(&g, "fd_readdir", fd, DATA, 10, 0, RESULT), OK) && EQ(peek_size(&g, RESULT), 10) &&
               CHECK(holds(&g, DATA + 10, "______")),
           "an entry is cut off where the room ends");
    tap_ok(t,
           EQ(CALL(&g, "fd_readdir", fd, DATA, 4096, UINT64_MAX, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_readdir", fd, DATA, 4096, COUNT + 3, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_readdir", fd, DATA, 4096, COUNT + 2, RESULT), OK) && EQ(peek_size(&g, RESULT), 0),
           "a cookie that nobody gave is refused, the last one leads to the end");
    guest_close(&g, "entries");
}

/* ---- Streams --------------------------------------------------------------------------------------------------- */

/* Puts host descriptors in the place of the standard input and output while a guest is made. */
static void open_with_streams(guest *g, tap *t, int in, int out) {
    int old_in = dup(0), old_out = dup(1);
    (void)fflush(stdout);
    (void)dup2(in, 0);
    (void)dup2(out, 1);
    guest_open(g, t, false, false);
    /* The guest has the numbers 0 and 1, so what they are must stay while it is used. */
    (void)dup2(old_out, 100);
    (void)dup2(old_in, 101);
    (void)close(old_in);
    (void)close(old_out);
}

static void give_streams_back(void) {
    (void)dup2(101, 0);
    (void)dup2(100, 1);
    (void)close(100);
    (void)close(101);
}

static void test_streams(tap *t) {
    guest g;
    int in[2], out[2];
    char found[16] = "";
    if (pipe(in) != 0 || pipe(out) != 0)
        return;
    open_with_streams(&g, t, in[0], out[1]);
    bool rights = CALL(&g, "fd_fdstat_get", 0, RESULT) == OK && peek_number(&g, RESULT, 1) == 0 &&
                  (peek_number(&g, RESULT + 8, 8) & (R_READ | R_WRITE | R_SEEK | R_TELL)) == R_READ &&
                  CALL(&g, "fd_fdstat_get", 1, RESULT) == OK &&
                  (peek_number(&g, RESULT + 8, 8) & (R_READ | R_WRITE | R_SEEK | R_TELL)) == R_WRITE;
    bool moved = write(in[1], "input", 5) == 5 && reads(&g, 0, "input") && write_text(&g, 1, "output") == OK &&
                 read(out[0], found, sizeof found) == 6 && strcmp(found, "output") == 0;
    bool sought = CALL(&g, "fd_seek", 0, 0, 0, RESULT) == E_SPIPE && CALL(&g, "fd_tell", 1, RESULT) == E_SPIPE &&
                  CALL(&g, "fd_pread", 0, RANGES, 1, 0, RESULT) == E_SPIPE;
    bool wrong = write_text(&g, 0, "x") == E_NOTCAPABLE && CALL(&g, "fd_read", 1, RANGES, 1, RESULT) == E_NOTCAPABLE;
    bool sockets = CALL(&g, "sock_shutdown", 0, 1) == E_NOTSOCK && CALL(&g, "sock_accept", 1, 0, RESULT) == E_NOTSOCK &&
                   CALL(&g, "sock_recv", 9, RANGES, 1, 0, RESULT, RESULT) == E_BADF &&
                   CALL(&g, "sock_send", 1, RANGES, 1, 0, RESULT) == E_NOTSOCK;
    bool nonblocking = CALL(&g, "fd_fdstat_set_flags", 0, NONBLOCK) == OK &&
                       (fcntl(in[0], F_GETFL) & O_NONBLOCK) != 0 && CALL(&g, "fd_read", 0, RANGES, 1, RESULT) == 6;
    (void)close(in[1]);
    bool ended = reads(&g, 0, "");
    (void)close(out[0]);
    (void)signal(SIGPIPE, SIG_IGN);
    bool broken = write_text(&g, 1, "x") == E_PIPE;
    bool closed = CALL(&g, "fd_close", 1) == OK && write_text(&g, 1, "x") == E_BADF && fcntl(1, F_GETFD) >= 0;
    bool lowest = open_file(&g, "file", CREAT) == 1;
    wasi_delete(g.w);
    bool restored = (fcntl(in[0], F_GETFL) & O_NONBLOCK) == 0;
    give_streams_back();
    g.w = NULL;
    tap_ok(t, rights, "a stream has the rights that its mode allows");
    tap_ok(t, moved, "streams are the host's");
    tap_ok(t, sought, "pipes have no places");
    tap_ok(t, wrong, "the input is not written to");
    tap_ok(t, sockets, "pipes are no sockets");
    tap_ok(t, nonblocking, "a stream that does not wait");
    tap_ok(t, ended, "the end of a stream");
    tap_ok(t, broken, "a stream that nobody reads");
    tap_ok(t, CHECK(closed) && CHECK(lowest), "closing it leaves the host's open");
    tap_ok(t, restored, "at the end the host's streams are as they were");
    (void)close(in[0]);
    (void)close(out[1]);
    guest_close(&g, "streams");
}

static void test_sockets(tap *t) {
    guest g;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return;
    open_with_streams(&g, t, pair[0], pair[0]);
    bool known = CALL(&g, "fd_fdstat_get", 0, RESULT) == OK && peek_number(&g, RESULT, 1) == 6;
    bool unsupported = CALL(&g, "sock_shutdown", 0, 1) == E_NOTSUP &&
                       CALL(&g, "sock_accept", 0, 0, RESULT) == E_NOTSUP &&
                       CALL(&g, "sock_recv", 0, RANGES, 1, 0, RESULT, RESULT) == E_NOTSUP &&
                       CALL(&g, "sock_send", 1, RANGES, 1, 0, RESULT) == E_NOTSUP;
    bool moved = write(pair[1], "ping", 4) == 4 && reads(&g, 0, "ping");
    give_streams_back();
    (void)close(pair[0]);
    (void)close(pair[1]);
    tap_ok(t, CHECK(known) && CHECK(moved), "a standard stream may be a socket");
    tap_ok(t, unsupported, "what is only for sockets is not supported");
    guest_close(&g, "sockets");
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
        return;
    open_with_streams(&g, t, pair[0], pair[0]);
    known = CALL(&g, "fd_fdstat_get", 0, RESULT) == OK && peek_number(&g, RESULT, 1) == 5 &&
            CALL(&g, "sock_shutdown", 0, 1) == E_NOTSUP;
    give_streams_back();
    (void)close(pair[0]);
    (void)close(pair[1]);
    tap_ok(t, known, "of either kind");
    guest_close(&g, "sockets");
}

/* ---- Waiting --------------------------------------------------------------------------------------------------- */

static void subscribe_clock(guest *g, unsigned i, uint64_t userdata, uint32_t clock, uint64_t timeout, uint32_t flags) {
    uint64_t at = PATH2 + 48 * i;
    poke_number(g, at, userdata, 8);
    poke_number(g, at + 8, 0, 8);
    poke_number(g, at + 16, clock, 8);
    poke_number(g, at + 24, timeout, 8);
    poke_number(g, at + 32, 0, 8);
    poke_number(g, at + 40, flags, 8);
}

static void subscribe_fd(guest *g, unsigned i, uint64_t userdata, uint32_t type, uint32_t fd) {
    uint64_t at = PATH2 + 48 * i;
    poke_number(g, at, userdata, 8);
    poke_number(g, at + 8, type, 8);
    poke_number(g, at + 16, fd, 8);
}

/* How many events there are; 1000 and the error if there is one. */
static uint64_t wait_for(guest *g, unsigned count) {
    uint32_t error = CALL(g, "poll_oneoff", PATH2, DATA, count, RESULT);
    return error == OK ? peek_size(g, RESULT) : 1000 + error;
}

/* Event i is of this type, with these data. */
static bool is_event(guest *g, unsigned i, uint64_t userdata, uint32_t error, uint32_t type) {
    uint64_t at = DATA + 32 * i;
    return peek_number(g, at, 8) == userdata && peek_number(g, at + 8, 2) == error &&
           peek_number(g, at + 10, 1) == type;
}

static uint64_t host_now(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void test_waiting(tap *t, bool wide) {
    guest g;
    guest_open(&g, t, wide, false);
    tap_ok(t, EQ(CALL(&g, "poll_oneoff", PATH2, DATA, 0, RESULT), E_INVAL), "for nothing");
    uint64_t start = host_now(CLOCK_MONOTONIC);
    subscribe_clock(&g, 0, 0x0123456789ABCDEF, 1, 30000000, 0);
    subscribe_clock(&g, 1, 2, 0, 3600000000000, 0);
    tap_ok(t,
           EQ(wait_for(&g, 2), 1) && CHECK(is_event(&g, 0, 0x0123456789ABCDEF, OK, 0)) &&
               CHECK(host_now(CLOCK_MONOTONIC) - start >= 30000000),
           "for a time");
    start = host_now(CLOCK_REALTIME);
    subscribe_clock(&g, 0, 1, 1, 3600000000000, 0);
    subscribe_clock(&g, 1, 2, 0, start + 20000000, 1);
    tap_ok(t,
           EQ(wait_for(&g, 2), 1) && CHECK(is_event(&g, 0, 2, OK, 0)) &&
               CHECK(host_now(CLOCK_REALTIME) >= start + 20000000),
           "until a time");
    subscribe_clock(&g, 0, 1, 1, 0, 0);
    subscribe_clock(&g, 1, 2, 0, 1, 1);
    subscribe_clock(&g, 2, 3, 1, UINT64_MAX, 0);
    subscribe_clock(&g, 3, 4, 1, UINT64_MAX, 1);
    tap_ok(t, EQ(wait_for(&g, 4), 2) && CHECK(is_event(&g, 0, 1, OK, 0)) && CHECK(is_event(&g, 1, 2, OK, 0)),
           "what has passed has passed, the end of time has not");
    subscribe_clock(&g, 0, 1, 2, 0, 0);
    subscribe_clock(&g, 1, 2, 3, 0, 0);
    subscribe_clock(&g, 2, 3, 4, 0, 0);
    subscribe_clock(&g, 3, 4, 1, 0, 2);
    subscribe_fd(&g, 4, 5, 1, 77);
    subscribe_fd(&g, 5, 6, 2, ROOT);
    tap_ok(t,
           EQ(wait_for(&g, 6), 6) && CHECK(is_event(&g, 0, 1, E_NOTSUP, 0)) && CHECK(is_event(&g, 1, 2, E_NOTSUP, 0)) &&
               CHECK(is_event(&g, 2, 3, E_INVAL, 0)) && CHECK(is_event(&g, 3, 4, E_INVAL, 0)) &&
               CHECK(is_event(&g, 4, 5, E_BADF, 1)) && CHECK(is_event(&g, 5, 6, E_NOTCAPABLE, 2)),
           "what can't be waited for is told");
    subscribe_fd(&g, 0, 1, 3, 0);
    tap_ok(t, EQ(wait_for(&g, 1), 1000 + E_INVAL), "of types there are three");
    uint32_t fd = open_file(&g, "file", CREAT);
    tap_ok(t, EQ(write_text(&g, fd, "12345"), OK) && EQ(CALL(&g, "fd_seek", fd, 2, 0, RESULT), OK), "a file");
    subscribe_fd(&g, 0, 1, 1, fd);
    subscribe_fd(&g, 1, 2, 2, fd);
    tap_ok(t,
           EQ(wait_for(&g, 2), 2) && CHECK(is_event(&g, 0, 1, OK, 1)) && EQ(peek_number(&g, DATA + 16, 8), 3) &&
               CHECK(is_event(&g, 1, 2, OK, 2)),
           "is always ready, with the rest of it");
    guest_close(&g, "waiting");
}

static void test_waiting_for_pipes(tap *t) {
    guest g;
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0)
        return;
    open_with_streams(&g, t, in[0], out[1]);
    subscribe_fd(&g, 0, 1, 1, 0);
    subscribe_clock(&g, 1, 2, 1, 10000000, 0);
    bool empty = wait_for(&g, 2) == 1 && is_event(&g, 0, 2, OK, 0);
    bool full = write(in[1], "1234", 4) == 4 && wait_for(&g, 2) == 1 && is_event(&g, 0, 1, OK, 1) &&
                peek_number(&g, DATA + 16, 8) == 4 && peek_number(&g, DATA + 24, 2) == 0;
    (void)close(in[1]);
    bool hung_up = reads(&g, 0, "1234") && wait_for(&g, 1) == 1 && is_event(&g, 0, 1, OK, 1) &&
                   peek_number(&g, DATA + 16, 8) == 0 && peek_number(&g, DATA + 24, 2) == 1;
    subscribe_fd(&g, 0, 1, 2, 1);
    bool writable = wait_for(&g, 1) == 1 && is_event(&g, 0, 1, OK, 2) && peek_number(&g, DATA + 16, 8) > 0;
    (void)close(out[0]);
    bool broken = wait_for(&g, 1) == 1 && is_event(&g, 0, 1, E_PIPE, 2);
    (void)close(0);
    subscribe_fd(&g, 0, 1, 1, 0);
    bool gone = wait_for(&g, 1) == 1 && is_event(&g, 0, 1, E_BADF, 1) && CALL(&g, "fd_fdstat_get", 0, RESULT) == E_BADF;
    give_streams_back();
    tap_ok(t, empty, "a pipe with nothing in it");
    tap_ok(t, full, "with something in it");
    tap_ok(t, hung_up, "that nobody writes to any more");
    tap_ok(t, writable, "one to write to");
    tap_ok(t, broken, "that nobody reads any more");
    tap_ok(t, gone, "one that the host has closed");
    (void)close(in[0]);
    (void)close(out[1]);
    guest_close(&g, "waiting for pipes");
}

/* ---- Processes ------------------------------------------------------------------------------------------------- */

/* A guest in a process, whose memory has holes. */
static void test_process(tap *t, bool wide, wp_backend backend) {
    enum { PAGES = 65536 };
    guest g;
    guest_open(&g, t, wide, false);
    wp_process_desc desc = {.pointer = wide ? WP_T_I64 : WP_T_I32, .pages = wide ? PAGES : 64, .backend = backend};
    wp_process *process = NULL;
    wp_module *module = fixture_parse(&g.x, guest_text(wide, false));
    wp_store *plain = g.x.store;
    bool made = wp_module_validate(module, &g.x.diag) == WP_OK &&
                wp_process_new(g.x.engine, &desc, &process, &g.x.diag) == WP_OK &&
                wp_process_memory(process, &g.memory);
    if (made) {
        g.x.store = wp_process_store(process);
        wasi_set_memory(g.w, g.memory);
    }
    fixture_must(&g.x,
                 made && wasi_define(g.w, g.x.store, desc.pointer, module, &g.x.diag) == WP_OK &&
                     wp_process_load(process, module, &g.instance, &g.x.diag) == WP_OK,
                 "no process");
    wp_module_delete(module);
    const char *what = backend == WP_BACKEND_NATIVE ? "native" : "sparse";
    const uint64_t page = WP_PAGE_SIZE, bits = wide ? 64 : 32;
    uint64_t at = 0;
    bool mapped = wp_process_mmap(process, 8 * page, 3 * page, &at, NULL) == WP_OK && at == 8 * page;
    uint64_t path = at + 16, ranges = at + 64, result = at + 128, data = at + 1000, size = 3 * page - 1000;
    poke(&g, path, "file", 4);
    mapped = mapped && CALL(&g, "path_open", ROOT, 0, path, 4, CREAT, R_FILE, 0, 0, result) == OK;
    uint32_t fd = (uint32_t)peek_number(&g, result, 4);
    poke(&g, data + page, "text", 4);
    poke_number(&g, ranges, data, word(&g));
    poke_number(&g, ranges + word(&g), size, word(&g));
    tap_ok(t, CHECK(mapped) && EQ(CALL(&g, "fd_write", fd, ranges, 1, result), OK) && EQ(peek_size(&g, result), size),
           "%s, %u bits: a range over several pages is written", what, (unsigned)bits);
    poke_number(&g, ranges + word(&g), size + 1, word(&g));
    tap_ok(t, EQ(CALL(&g, "fd_pread", fd, ranges, 1, 0, result), E_FAULT), "not with a byte behind them");
    bool done = false;
    mapped = wp_process_munmap(process, at + page, page, &done, NULL) == WP_OK && done;
    poke_number(&g, ranges + word(&g), size, word(&g));
    tap_ok(t,
           CHECK(mapped) && EQ(CALL(&g, "fd_pread", fd, ranges, 1, 0, result), E_FAULT) &&
               EQ(CALL(&g, "fd_pwrite", fd, ranges, 1, 0, result), E_FAULT) &&
               EQ(CALL(&g, "random_get", at, 3 * page), E_FAULT) && EQ(CALL(&g, "fd_tell", fd, 0), E_FAULT) &&
               EQ(CALL(&g, "fd_tell", fd, at + page - 7), E_FAULT),
           "nor over a hole, or in page 0");
    tap_ok(t,
           EQ(CALL(&g, "random_get", at + page, 0), OK) &&
               EQ(CALL(&g, "random_get", desc.pages * page + 1, 0), E_FAULT),
           "nothing is anywhere in the address space");
    mapped = EQ(CALL(&g, "fd_seek", fd, page, 0, result), OK) &&
             EQ_STATUS(wp_process_mmap(process, at + page, page, &at, NULL), WP_OK);
    poke_number(&g, ranges, at, word(&g));
    poke_number(&g, ranges + word(&g), 4, word(&g));
    tap_ok(t, CHECK(mapped) && EQ(CALL(&g, "fd_read", fd, ranges, 1, result), OK) && CHECK(holds(&g, at, "text")),
           "a new mapping is read into");
    if (wide) {
        uint64_t large = 0;
        tap_ok(t,
               EQ_STATUS(wp_process_mmap(process, 0, 40000 * page, &large, NULL), WP_OK) && CHECK(large != 0) &&
                   EQ(CALL(&g, "poll_oneoff", large, large, 50000000, result), E_NOMEM),
               "more is waited for than the host has memory for");
    }
    if (backend == WP_BACKEND_SPARSE) {
        uint32_t error;
        mapped = wp_process_munmap(process, at + page, page, &done, NULL) == WP_OK && done &&
                 wp_process_mmap(process, at + page, page, &at, NULL) == WP_OK;
        failing_start(&g.x.f, 1);
        wp_status status = guest_status(&g, "random_get", (const uint64_t[]){at, 4}, 2, &error);
        failing_stop(&g.x.f);
        tap_ok(t, CHECK(mapped) && EQ_STATUS(status, WP_EXHAUSTION) && EQ(error, NO_RESULT),
               "a page that the host has no memory for ends the program");
    }
    g.x.store = plain;
    wp_process_delete(process);
    guest_close(&g, "process");
}

/* ---- Memory of the host ---------------------------------------------------------------------------------------- */

/* Everything that allocates, with the k-th allocation failing. */
static bool attempt(guest *g, wp_module *module, size_t k, bool *clean) {
    wp_store *store = NULL;
    wasi *w = g->w;
    g->x.diag = (wp_diag){.status = WP_OK};
    fixture_must(&g->x, wp_store_new(g->x.engine, &store, &g->x.diag) == WP_OK, "attempt");
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
    wp_module *module = fixture_parse(&g.x, guest_text(false, true));
    fixture_must(&g.x, wp_module_validate(module, &g.x.diag) == WP_OK, "failing memory");
    size_t failures = 0;
    bool clean = true;
    while (!attempt(&g, module, failures + 1, &clean) && failures < 10000)
        failures++;
    wp_module_delete(module);
    tap_ok(t, CHECK(clean) && CHECK(failures > 10) && CHECK(failures < 10000),
           "memory may be short at each of %zu places", failures);
    subscribe_clock(&g, 0, 1, 1, 0, 0);
    bool short_of_it = wait_for(&g, 1) == 1; /* the store has its stacks now */
    for (size_t k = 1; k <= 2; k++) {
        failing_start(&g.x.f, k);
        short_of_it = CALL(&g, "poll_oneoff", PATH2, DATA, 1, RESULT) == E_NOMEM && short_of_it;
    }
    failing_stop(&g.x.f);
    tap_ok(t, CHECK(short_of_it) && EQ(wait_for(&g, 1), 1), "waiting says so");
    uint32_t folder, failed = OK;
    bool seen[3];
    (void)open_from(&g, ROOT, ".", 0, DIRECTORY, R_READDIR, 0, &folder);
    host_write(&g, "inside/file-1", "");
    failing_start(&g.x.f, 1);
    failed = CALL(&g, "fd_readdir", folder, DATA, 4096, 0, RESULT);
    failing_stop(&g.x.f);
    tap_ok(t, EQ(failed, E_NOMEM) && EQ(read_folder(&g, folder, 64, seen, &failed), 3) && EQ(failed, OK),
           "and looking at a folder, which can be done again");
    while (open_file(&g, "file", CREAT) != 7)
        continue;
    failing_start(&g.x.f, 1);
    uint32_t fd, error = open_from(&g, ROOT, "new", 0, CREAT, R_WRITE, 0, &fd);
    failing_stop(&g.x.f);
    tap_ok(t, EQ(error, E_NOMEM) && CHECK(host_read(&g, "inside/new") == NULL) && EQ(open_file(&g, "new", CREAT), 8),
           "and opening, before it makes a file");
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
        g.x.diag = (wp_diag){.status = WP_OK};
        wp_status status = wasi_new(&options, &w, &g.x.diag);
        tap_ok(t, FAILS(&g.x, status, WP_REFUSED, g.home) && CHECK(w == NULL), "a folder that is none: %s",
               g.x.diag.message);
    }
    tap_ok(t, EQ_STATUS(wasi_new(&(wasi_options){.allocator = NULL}, &w, NULL), WP_OK),
           "a program that is given nothing");
    wasi_delete(w);
    wasi_folder many[100];
    for (size_t i = 0; i < 100; i++)
        many[i] = folders[0][0];
    tap_ok(t, EQ_STATUS(wasi_new(&(wasi_options){.folders = many, .nfolders = 100}, &w, NULL), WP_OK),
           "or many folders");
    wasi_delete(w);
    wasi_delete(NULL);
    guest_close(&g, "refused");
}

int main(void) {
    tap t = {0};
    test_errors(&t);
    test_types(&t);
    for (int wide = 0; wide < 2; wide++) {
        test_bad_pointers(&t, wide != 0);
        test_bad_ranges(&t, wide != 0);
        test_program(&t, wide != 0);
        test_descriptors(&t, wide != 0);
        test_files(&t, wide != 0);
        test_entries(&t, wide != 0);
        test_waiting(&t, wide != 0);
        test_process(&t, wide != 0, WP_BACKEND_SPARSE);
        test_process(&t, wide != 0, WP_BACKEND_NATIVE);
    }
    test_no_memory(&t);
    test_clocks(&t);
    test_rights(&t);
    test_opening(&t);
    test_large(&t);
    test_streams(&t);
    test_sockets(&t);
    test_waiting_for_pipes(&t);
    test_failing_memory(&t);
    test_refused(&t);
    return tap_done(&t);
}
