/* test_wasi_pointers.c: addresses that WASI is given: bad pointers and ranges, no memory, memories of processes. */
#include "wasi_fixture.h"

/* ---- Bad pointers -------------------------------------------------------------------------------------------- */

/* In `sizes`: so many words of the guest instead of bytes. */
enum { W = 1000 };

/* A call with good pointers. sizes[i]: the size of the object to which args[i] points; 0 where it is not a pointer. */
typedef struct good_call {
    const char *name;
    uint32_t error;
    uint64_t args[9];
    unsigned sizes[9];
} good_call;

/* Made in this order: later calls use what earlier ones create. "path" is at PATH, "other" at PATH2; descriptors 4 and
 * 5 are a file and a folder. */
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

/* The state that a call can change: the memory, the file's offset, the folder. */
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
    /* fd_tell writes the offset to memory, which is restored. */
    (void)CALL(g, "fd_tell", 4, RESULT);
    out->offset = (off_t)peek_number(g, RESULT, 8);
    poke(g, 0, out->memory, END);
}

static bool is_same(const state *a, const state *b) {
    return memcmp(a->memory, b->memory, END) == 0 && a->offset == b->offset && a->entries == b->entries;
}

/* The call with one pointer replaced fails with EFAULT and has no effect. */
static bool is_refused(guest *g, const good_call *call, size_t count, size_t i, uint64_t pointer) {
    static state before, after;
    uint64_t args[9];
    uint32_t error;
    memcpy(args, call->args, sizeof args);
    args[i] = pointer;
    look(g, &before);
    (void)guest_status(g, call->name, args, count, &error);
    look(g, &after);
    bool refused = EQ(error, E_FAULT) && CHECK(is_same(&before, &after));
    if (!refused)
        tap_note("%s, argument %zu = %llu", call->name, i, (unsigned long long)pointer);
    return refused;
}

/* Each pointer is replaced by bad ones: one byte too far, at the end of the memory, far behind it. Then the call is
 * made as it is. */
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
    tap_ok(g->t, CHECK(right) && EQ(guest_call(g, call->name, call->args, count), call->error),
           "%s: a bad pointer has no effect%s", call->name, g->wide ? ", 64 bits" : "");
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
    poke_number(&g, 4 * PATH2 + 16, 1, 4); /* the monotonic clock, past its timeout */
    for (size_t i = 0; i < sizeof good_calls / sizeof *good_calls; i++)
        check_pointers(&g, &good_calls[i]);
    guest_close(&g, "bad pointers");
}

/* A whole list of ranges is checked before the first byte is transferred. */
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
           "a bad second range: nothing is written");
    host_write(&g, "inside/file", "contents");
    tap_ok(t,
           EQ(CALL(&g, "fd_read", fd, RANGES, 2, RESULT), E_FAULT) &&
               EQ(CALL(&g, "fd_pread", fd, RANGES, 2, 0, RESULT), E_FAULT) && CHECK(holds(&g, DATA, "text")) &&
               CHECK(reads(&g, fd, "contents")),
           "a bad second range: nothing is read");
    poke_range(&g, 1, 16, UINT32_MAX);
    tap_ok(t, EQ(CALL(&g, "fd_read", fd, RANGES, 2, RESULT), E_FAULT), "a range that is larger than the memory");
    poke_range(&g, 1, UINT32_MAX, 0);
    tap_ok(t, EQ(CALL(&g, "fd_read", fd, RANGES, 2, RESULT), E_FAULT), "an empty range beyond the memory");
    tap_ok(t,
           EQ(CALL(&g, "fd_read", fd, RANGES, UINT32_MAX, RESULT), E_FAULT) &&
               EQ(CALL(&g, "poll_oneoff", 0, 0, UINT32_MAX, RESULT), E_FAULT),
           "lists that do not fit in the memory");
    if (wide)
        tap_ok(t,
               EQ(CALL(&g, "fd_read", fd, RANGES, (uint64_t)1 << 60, RESULT), E_FAULT) &&
                   EQ(CALL(&g, "fd_read", fd, RANGES, UINT64_MAX, RESULT), E_FAULT) &&
                   EQ(CALL(&g, "poll_oneoff", 0, 0, ((uint64_t)1 << 60) + 1, RESULT), E_FAULT) &&
                   EQ(CALL(&g, "random_get", 16, UINT64_MAX), E_FAULT),
               "64-bit sizes that overflow");
    static uint8_t before[END], after[END];
    for (unsigned i = 0; i < 2; i++) {
        poke_number(&g, PATH2 + 48 * i, 77, 8);
        poke_number(&g, PATH2 + 48 * i + 8, 0, 8);
        poke_number(&g, PATH2 + 48 * i + 16, 1, 8);
    }
    peek(&g, 0, before, END);
    uint32_t error = CALL(&g, "poll_oneoff", PATH2, END - 63, 2, RESULT);
    peek(&g, 0, after, END);
    tap_ok(t, EQ(error, E_FAULT) && EQ_BYTES(before, after, END),
           "poll_oneoff checks its result before it writes any event");
    tap_ok(t,
           EQ(CALL(&g, "path_rename", 99, PATH, 4, ROOT, END - 3, 4), E_FAULT) &&
               EQ(CALL(&g, "path_rename", 99, PATH, 4, ROOT, PATH, 4), E_BADF),
           "pointers are checked before descriptors");
    uint32_t read_fd = open_file(&g, "file", 0);
    for (unsigned i = 0; i < 1025; i++)
        poke_range(&g, i, DATA + i, i < 8 ? 1 : 0);
    tap_ok(t,
           EQ(CALL(&g, "fd_read", read_fd, RANGES, 1025, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_read", read_fd, RANGES, 1024, RESULT), OK) && EQ(peek_size(&g, RESULT), 8) &&
               CHECK(holds(&g, DATA, "contents")),
           "at most 1024 ranges");
    guest_close(&g, "bad ranges");
}

/* Calls before the memory is set. */
static void test_no_memory(tap *t) {
    guest g;
    uint32_t error;
    guest_open(&g, t, false, false);
    wasi *without = g.w;
    fixture_must(&g.x, guest_wasi(&g, false) == WP_OK, "no memory");
    wp_instance *with = g.instance;
    wp_store *store = NULL;
    wp_module *module = fixture_module(&g.x, guest_text(false, true));
    fixture_must(&g.x,
                 wp_store_new(g.x.engine, &store, &g.x.diag) == WP_OK &&
                     wasi_define(g.w, store, WP_T_I32, NULL, &g.x.diag) == WP_OK &&
                     wp_instantiate(store, module, &g.instance, &g.x.diag) == WP_OK,
                 "no memory");
    wp_module_delete(module);
    wp_extern func = core_export(&g.x, g.instance, "random_get"), yield = core_export(&g.x, g.instance, "sched_yield");
    wp_value args[2] = {core_i32(16), core_i32(4)}, result = core_i32(NO_RESULT);
    tap_ok(t, EQ_STATUS(wp_call(store, func, args, 2, &result, 1, &g.x.diag), WP_OK) && EQ(result.of.i32, E_FAULT),
           "without a memory, every pointer is bad");
    tap_ok(t, EQ_STATUS(wp_call(store, yield, NULL, 0, &result, 1, &g.x.diag), WP_OK) && EQ(result.of.i32, OK),
           "without a memory, a call without pointers succeeds");
    wp_store_delete(store);
    wasi_delete(g.w);
    g.w = without;
    g.instance = with;
    (void)guest_status(&g, "sched_yield", NULL, 0, &error);
    tap_ok(t, EQ(error, OK), "the other program's WASI is unaffected");
    guest_close(&g, "no memory");
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

/* A guest in a process: its memory has holes. */
static void test_process(tap *t, bool wide, wp_backend backend) {
    enum { PAGES = 65536 };
    guest g;
    guest_open(&g, t, wide, false);
    wp_process_desc desc = {.pointer = wide ? WP_T_I64 : WP_T_I32, .pages = wide ? PAGES : 64, .backend = backend};
    wp_process *process = NULL;
    wp_module *module = fixture_module(&g.x, guest_text(wide, false));
    wp_store *plain = g.x.store;
    bool made =
        wp_process_new(g.x.engine, &desc, &process, &g.x.diag) == WP_OK && wp_process_memory(process, &g.memory);
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
    bool mapped = EQ_STATUS(wp_process_mmap(process, 8 * page, 3 * page, &at, NULL), WP_OK) && EQ(at, 8 * page);
    uint64_t path = at + 16, ranges = at + 64, result = at + 128, data = at + 1000, size = 3 * page - 1000;
    poke(&g, path, "file", 4);
    mapped = mapped && EQ(CALL(&g, "path_open", ROOT, 0, path, 4, CREAT, R_FILE, 0, 0, result), OK);
    uint32_t fd = (uint32_t)peek_number(&g, result, 4);
    poke(&g, data + page, "text", 4);
    poke_number(&g, ranges, data, word(&g));
    poke_number(&g, ranges + word(&g), size, word(&g));
    tap_ok(t, CHECK(mapped) && EQ(CALL(&g, "fd_write", fd, ranges, 1, result), OK) && EQ(peek_size(&g, result), size),
           "%s, %u bits: a range over several pages is written", what, (unsigned)bits);
    poke_number(&g, ranges + word(&g), size + 1, word(&g));
    tap_ok(t, EQ(CALL(&g, "fd_pread", fd, ranges, 1, 0, result), E_FAULT),
           "a range that ends beyond the pages is refused");
    bool done = false;
    mapped = EQ_STATUS(wp_process_munmap(process, at + page, page, &done, NULL), WP_OK) && CHECK(done);
    poke_number(&g, ranges + word(&g), size, word(&g));
    tap_ok(t,
           CHECK(mapped) && EQ(CALL(&g, "fd_pread", fd, ranges, 1, 0, result), E_FAULT) &&
               EQ(CALL(&g, "fd_pwrite", fd, ranges, 1, 0, result), E_FAULT) &&
               EQ(CALL(&g, "random_get", at, 3 * page), E_FAULT) && EQ(CALL(&g, "fd_tell", fd, 0), E_FAULT) &&
               EQ(CALL(&g, "fd_tell", fd, at + page - 7), E_FAULT),
           "a range over a hole is refused, and a result in page 0 or over the end of a page");
    tap_ok(t,
           EQ(CALL(&g, "random_get", at + page, 0), OK) &&
               EQ(CALL(&g, "random_get", desc.pages * page + 1, 0), E_FAULT),
           "0 bytes are anywhere in the address space, and not beyond it");
    mapped = EQ(CALL(&g, "fd_seek", fd, page, 0, result), OK) &&
             EQ_STATUS(wp_process_mmap(process, at + page, page, &at, NULL), WP_OK);
    poke_number(&g, ranges, at, word(&g));
    poke_number(&g, ranges + word(&g), 4, word(&g));
    tap_ok(t, CHECK(mapped) && EQ(CALL(&g, "fd_read", fd, ranges, 1, result), OK) && CHECK(holds(&g, at, "text")),
           "a new mapping can be read into");
    if (wide) {
        uint64_t large = 0;
        tap_ok(t,
               EQ_STATUS(wp_process_mmap(process, 0, 40000 * page, &large, NULL), WP_OK) && CHECK(large != 0) &&
                   EQ(CALL(&g, "poll_oneoff", large, large, 50000000, result), E_NOMEM),
               "poll_oneoff of more events than the host has memory for");
    }
    if (backend == WP_BACKEND_SPARSE) {
        uint32_t error;
        mapped = EQ_STATUS(wp_process_munmap(process, at + page, page, &done, NULL), WP_OK) && CHECK(done) &&
                 EQ_STATUS(wp_process_mmap(process, at + page, page, &at, NULL), WP_OK);
        failing_start(&g.x.f, 1);
        wp_status status = guest_status(&g, "random_get", (const uint64_t[]){at, 4}, 2, &error);
        failing_stop(&g.x.f);
        tap_ok(t, CHECK(mapped) && EQ_STATUS(status, WP_EXHAUSTION) && EQ(error, NO_RESULT),
               "a page for which the host is out of memory ends the program");
    }
    g.x.store = plain;
    wp_process_delete(process);
    guest_close(&g, "process");
}

int main(void) {
    tap t = {0};
    for (int wide = 0; wide < 2; wide++) {
        test_bad_pointers(&t, wide != 0);
        test_bad_ranges(&t, wide != 0);
        test_process(&t, wide != 0, WP_BACKEND_SPARSE);
        test_process(&t, wide != 0, WP_BACKEND_NATIVE);
    }
    test_no_memory(&t);
    return tap_done(&t);
}
