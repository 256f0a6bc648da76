/* test_loader_limits.c: loads that run out of memory, handles, or mappings of the host; objects of another process
 * (rules load.atomic, mmap.exhausted). */
#include "process_fixture.h"
#include "small_chunks.h"

#include "process/process.h"

/* ---- Memory -------------------------------------------------------------------------------------------------- */

/* An index that cannot grow still finds every name. */
static void test_index(tap *t) {
    enum { COUNT = 100 };
    typedef struct named {
        wp_link link;
        char name[8];
    } named;
    static named all[COUNT];
    fixture x;
    fixture_open(&x, t);
    for (size_t fail_at = 0; fail_at <= 3; fail_at++) {
        wp_index index;
        size_t found = 0;
        wp_index_init(&index, &x.allocator);
        failing_start(&x.f, fail_at);
        for (int i = 0; i < COUNT; i++) {
            int size = snprintf(all[i].name, sizeof all[i].name, "%d", i);
            wp_index_insert(&index, &all[i].link, (wp_bytes){(const uint8_t *)all[i].name, (size_t)size});
        }
        failing_stop(&x.f);
        for (int i = 0; i < COUNT; i++)
            found += wp_index_find(&index, all[i].link.name) == &all[i].link ? 1 : 0;
        tap_ok(t, EQ(found, COUNT) && CHECK(wp_index_find(&index, (wp_bytes){(const uint8_t *)"100", 3}) == NULL),
               "an index that %s finds %d names", fail_at == 0 ? "can grow" : "cannot grow", COUNT);
        for (int i = 0; i < COUNT; i++)
            wp_index_remove(&index, &all[i].link);
        tap_ok(t, EQ(index.count, 0) && CHECK(wp_index_find(&index, all[0].link.name) == NULL),
               "names are removed from the index");
        wp_index_release(&index);
    }
    fixture_close(&x, "index");
}

/* A library with many functions and a program with many imports, so that allocations fail among them. */
typedef struct wide {
    fixture x;
    wp_process *process;
    wp_instance *grower;
    wp_module *library, *program;
} wide;

enum { IMPORTS = 300 };

static wp_status give_module(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx,
                             wp_diag *diag) {
    wide *w = ctx;
    uint8_t *bytes = NULL;
    size_t size = 0;
    (void)uri, (void)uri_size;
    wp_status status = wp_module_encode(w->library, &bytes, &size, diag);
    if (status != WP_OK)
        return status;
    status = sink(sink_ctx, bytes, size);
    wp_buffer_free(w->x.engine, bytes, size);
    return status;
}

static wp_module *wide_library(fixture *x) {
    char *text = malloc(IMPORTS * 100 + 200), *end = text;
    end += sprintf(end, "(module (@dylink.0 (mem-info (memory 10 0) (table 4 0)))");
    for (int i = 0; i < IMPORTS; i++)
        end += sprintf(end, " (func (export \"f%d\")) (global (export \"x%d\") i32 (i32.const %d))", i, i, i);
    sprintf(end, ")");
    wp_module *module = fixture_module(x, text);
    free(text);
    return module;
}

static wp_module *wide_program(fixture *x) {
    char *text = malloc(IMPORTS * 400 + 200), *end = text;
    end += sprintf(end, "(module (@dylink.0 (mem-info (memory 10 0) (table 2 0)) (needed \"wide\")");
    for (int i = 0; i < IMPORTS; i++)
        end += sprintf(end, " (import-info \"env\" \"w%d\" binding-weak)", i);
    end += sprintf(end, ") (import \"env\" \"__indirect_function_table\" (table 1 funcref))");
    for (int i = 0; i < IMPORTS; i++)
        end +=
            sprintf(end,
                    " (import \"env\" \"w%d\" (func)) (import \"env\" \"f%d\" (func))"
                    " (import \"GOT.func\" \"f%d\" (global (mut i32))) (import \"GOT.mem\" \"x%d\" (global (mut i32)))",
                    i, i, i, i);
    sprintf(end, ")");
    wp_module *module = fixture_module(x, text);
    free(text);
    return module;
}

static void open_wide(wide *w, tap *t) {
    fixture_open(&w->x, t);
    wp_process_desc desc = {.pointer = WP_T_I32, .pages = 64, .fetch = give_module, .fetch_ctx = w};
    w->library = wide_library(&w->x);
    w->program = wide_program(&w->x);
    REQUIRE(EQ_STATUS(wp_process_new(w->x.engine, &desc, &w->process, NULL), WP_OK) &&
            EQ_STATUS(wp_process_bind(w->process, "wide", 4, "test:wide", 9, NULL, NULL), WP_OK));
    w->grower = loaded(&w->x, w->process,
                       "(module (import \"env\" \"__indirect_function_table\" (table $t 1 funcref))"
                       " (func (export \"grow\") (result i32) (table.grow $t (ref.null func) (i32.const 1)))"
                       " (func (export \"size\") (result i32) (table.size $t)))");
}

static void test_failing_memory(tap *t) {
    wide w;
    open_wide(&w, t);
    size_t k = 1, bad = 0;
    wp_store *store = wp_process_store(w.process);
    wp_instance *m = NULL;
    for (;; k++) {
        uint64_t size = called(&w.x, store, w.grower, "grow", 0, 0) + 1;
        wp_range_info range;
        failing_start(&w.x.f, k);
        wp_status status = wp_process_load(w.process, w.program, &m, &w.x.diag);
        failing_stop(&w.x.f);
        if (status == WP_OK)
            break;
        bool as_expected = EQ_STATUS(status, WP_EXHAUSTION) && CHECK(m == NULL) &&
                           EQ(called(&w.x, store, w.grower, "size", 0, 0), size) &&
                           EQ_STATUS(wp_process_range(w.process, 1, &range, NULL), WP_OK) && EQ(range.count, 63);
        bad += as_expected ? 0 : 1;
        if (!as_expected)
            tap_note("%zu: %s: %s", k, wp_status_name(status), w.x.diag.message);
    }
    tap_ok(t, EQ(bad, 0) && CHECK(k > 100), "%zu allocations of a load with many imports fail without trace", k - 1);
    tap_ok(t, EQ_STATUS(wp_process_unload(w.process, m, NULL), WP_OK), "then it succeeds, and can be unloaded");
    wp_process_delete(w.process);
    wp_module_delete(w.library);
    wp_module_delete(w.program);
    fixture_close(&w.x, "failing memory");
}

/* Names and URIs so long that each copy of them is an allocation. */
static void test_long_names(tap *t) {
    enum { LONG = 10000 };
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    char *name = malloc(LONG);
    memset(name, 'n', LONG);
    size_t k = 1, bad = 0;
    x.f.once = true;
    for (;; k++) {
        failing_start(&x.f, k);
        wp_status status = wp_process_bind(p, name, LONG, name, LONG, NULL, fresh(&x));
        failing_stop(&x.f);
        if (x.f.calls < k)
            break;
        bad += FAILS(&x, status, WP_EXHAUSTION, "out of memory") ? 0 : 1;
        /* The dictionary keeps what it allocated: begin with an empty one. */
        wp_process_delete(p);
        p = created(&x, WP_T_I32, 16, 0);
    }
    x.f.once = false;
    tap_ok(t, EQ(bad, 0) && CHECK(k > 3), "%zu allocations of an entry fail", k - 1);
    tap_ok(t, EQ_STATUS(wp_process_bind(p, name, LONG, "other", 5, NULL, &x.diag), WP_REFUSED),
           "then the name is bound");
    free(name);
    wp_process_delete(p);
    fixture_close(&x, "long names");
}

/* process.load out of memory for the name (rules dl.name, dl.load.failure). */
static void test_name(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *s = wp_process_store(p);
    REQUIRE(EQ_STATUS(wp_process_bind(p, "name", 4, "test:name", 9, NULL, NULL), WP_OK));
    wp_instance *m = loaded(&x, p,
                            "(module (@dylink.0 (mem-info (memory 4 0))) (import \"env\" \"memory\" (memory 1))"
                            " (import \"env\" \"__memory_base\" (global $base i32))"
                            " (import \"process\" \"load\" (func $load (param i32 i32) (result i32)))"
                            " (data (global.get $base) \"name\")"
                            " (func (export \"open\") (result i32) (call $load (global.get $base) (i32.const 4))))");
    tap_ok(t, EQ(called(&x, s, m, "open", 0, 0), 0), "process.load in a process without a fetch function");
    failing_start(&x.f, 1);
    uint64_t handle = called(&x, s, m, "open", 0, 0);
    failing_stop(&x.f);
    tap_ok(t, EQ(handle, 0) && EQ(x.f.calls, 1), "process.load out of memory for the name");
    wp_process_delete(p);
    fixture_close(&x, "name");
}

/* ---- Handles ------------------------------------------------------------------------------------------------- */

static void test_handles(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_instance *m = NULL;
    p->loader.next_id = UINT32_MAX;
    tap_ok(t, EQ_STATUS(load(&x, p, "(module)", &m), WP_OK), "the last handle");
    wp_status status = load(&x, p, "(module)", &m);
    tap_ok(t, FAILS(&x, status, WP_EXHAUSTION, "as many modules were loaded"), "no handle is left");
    wp_process_delete(p);
    fixture_close(&x, "handles");
}

/* ---- The host's mappings ------------------------------------------------------------------------------------- */

/* Maps every other page from `first` on until the host has no mappings left. Returns the number of pages. */
static uint64_t map_all(wp_process *p, uint64_t first, uint64_t most) {
    uint64_t address = 1, count = 0;
    for (; address != 0 && count < most; count++)
        REQUIRE(EQ_STATUS(wp_process_mmap(p, (first + 2 * count) * PAGE, PAGE, &address, NULL), WP_OK));
    return address == 0 ? count - 1 : count;
}

/* A condition: a load with a reservation, and the creation of a process with a stack, succeed or run out of memory
 * where the host has no mappings left; other failures are not allowed. */
static bool load_fails_well(fixture *x, wp_process *p) {
    wp_instance *m = NULL;
    wp_status status =
        load(x, p,
             "(module (@dylink.0 (mem-info (memory 65536 20))) (import \"env\" \"memory\" (memory i64 1))"
             " (import \"env\" \"__memory_base\" (global $b i64)) (data (global.get $b) \"x\"))",
             &m);
    if (status == WP_OK && !EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK))
        return false;
    /* In both cases its page, the first with that alignment, is free afterwards. */
    wp_range_info range;
    if (!EQ_STATUS(wp_process_range(p, 16, &range, NULL), WP_OK) || !EQ(range.state, WP_PAGE_FREE))
        return false;
    wp_process *other = NULL;
    wp_status created_status = create(x, WP_T_I32, 64, 4, &other);
    bool well = created_status == WP_OK ||
                (created_status == WP_EXHAUSTION && FAILS(x, created_status, WP_EXHAUSTION, "out of memory")) ||
                FAILS(x, created_status, WP_REFUSED, "extent of 64 pages: the host can't reserve");
    /* The stack of the new process is in pages 2 to 5. */
    uint8_t byte = 1;
    if (created_status == WP_OK)
        well = EQ_STATUS(wp_process_write(other, 2 * PAGE, &byte, 1, NULL), WP_OK) &&
               EQ_STATUS(wp_process_write(other, 6 * PAGE - 1, &byte, 1, NULL), WP_OK);
    wp_process_delete(other);
    return CHECK(status == WP_OK || status == WP_EXHAUSTION) && well;
}

static void test_mappings(tap *t) {
    enum { MOST = 200000, FIRST = 100 };
    fixture x;
    fixture_open(&x, t);
    x.backend = WP_BACKEND_NATIVE;
    wp_process *p = created(&x, WP_T_I64, 1 << 20, 0);
    uint64_t block, address;
    uint8_t byte = 7;
    bool done = true;
    REQUIRE(EQ_STATUS(wp_process_mmap(p, PAGE, 4 * PAGE, &block, NULL), WP_OK) && EQ(block, PAGE) &&
            EQ_STATUS(wp_process_write(p, block + PAGE, &byte, 1, NULL), WP_OK));
    /* Reservations between other pages, in the middle of one mapping of the host. */
    wp_instance *inner = loaded(&x, p, "(module $inner (@dylink.0 (mem-info (memory 65536 0))))");
    wp_instance *outer = loaded(&x, p, "(module $outer (@dylink.0 (mem-info (memory 65536 0))))");
    wp_range_info range;
    /* Once before: a sanitizer keeps mappings for everything that is done for the first time. */
    bool well = load_fails_well(&x, p);
    uint64_t count = map_all(p, FIRST, MOST);
    if (count == MOST) {
        tap_ok(t, true, "the limit of the host # SKIP it allows more than %d mappings", 2 * MOST);
    } else {
        tap_ok(t, EQ_STATUS(wp_process_munmap(p, block + PAGE, PAGE, &done, NULL), WP_OK) && CHECK(!done),
               "after %llu pages the host cannot split a mapping: munmap is false", (unsigned long long)count);
        byte = 0;
        tap_ok(t, EQ_STATUS(wp_process_read(p, block + PAGE, &byte, 1, NULL), WP_OK) && EQ(byte, 7),
               "a munmap that is false changes nothing");
        tap_ok(t,
               EQ_STATUS(wp_process_mmap(p, (FIRST + 2 * count + 10) * PAGE, PAGE, &address, NULL), WP_OK) &&
                   EQ(address, 0),
               "mmap gives 0");
        tap_ok(t,
               EQ_STATUS(wp_process_range(p, 5, &range, NULL), WP_OK) && EQ(range.count, 1) &&
                   EQ(range.owner_size, 5) && EQ_STATUS(wp_process_unload(p, inner, NULL), WP_OK) &&
                   EQ_STATUS(wp_process_range(p, 5, &range, NULL), WP_OK) && EQ(range.state, WP_PAGE_RESERVED) &&
                   EQ(range.owner_size, 0),
               "pages of an unloaded module that cannot be unmapped stay reserved, without an owner");
        tap_ok(t, EQ_STATUS(wp_process_unload(p, outer, NULL), WP_OK), "the module above it can be unloaded");
        well = load_fails_well(&x, p) && well;
        for (uint64_t i = 0; i < 8; i++) {
            if (wp_process_munmap(p, (FIRST + 2 * i) * PAGE, PAGE, &done, NULL) != WP_OK || !done)
                well = false;
            well = load_fails_well(&x, p) && well;
        }
        tap_ok(t, well, "loads and processes run out of memory for lack of mappings");
        tap_ok(t, EQ_STATUS(wp_process_mmap(p, FIRST * PAGE, PAGE, &address, NULL), WP_OK) && EQ(address, FIRST * PAGE),
               "a page that was unmapped can be mapped again");
    }
    wp_process_delete(p);
    fixture_close(&x, "mappings");
}

/* ---- The wrong process --------------------------------------------------------------------------------------- */

static void test_wrong_process(tap *t) {
    fixture x, y;
    fixture_open(&x, t);
    fixture_open(&y, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0), *q = created(&x, WP_T_I32, 16, 0);
    wp_instance *m = loaded(&x, p, "(module (func (export \"f\")))"), *n = NULL;
    uint64_t address = 0;
    tap_ok(t, FAILS(&x, wp_process_unload(q, m, fresh(&x)), WP_REFUSED, "the instance is not loaded in this process"),
           "an instance of another process cannot be unloaded");
    tap_ok(t, EQ_STATUS(wp_process_symbol(q, m, "f", 1, &address, NULL), WP_REFUSED),
           "an instance of another process has no symbols here");
    wp_module *module = fixture_module(&y, "(module)");
    tap_ok(t, FAILS(&x, wp_process_load(p, module, &n, fresh(&x)), WP_CRASH, "the module belongs to another engine"),
           "a module of another engine cannot be loaded");
    wp_module_delete(module);
    wp_process_delete(p);
    wp_process_delete(q);
    fixture_close(&x, "wrong process");
    fixture_close(&y, "wrong engine");
}

int main(void) {
    tap t = {0};
    test_index(&t);
    test_failing_memory(&t);
    test_long_names(&t);
    test_name(&t);
    test_handles(&t);
    test_mappings(&t);
    test_wrong_process(&t);
    return tap_done(&t);
}
