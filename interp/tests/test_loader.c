/* test_loader.c: loading of libraries, through the public interface: cases that scripts cannot show (rules load.*,
 * dict.*). */
#include "shelf.h"
#include "small_chunks.h"

/* ---- A closure ----------------------------------------------------------------------------------------------- */

/* Two libraries in a cycle, with data, slots, GOT entries, relocations and constructors; and a third. */
static const shelf_entry closure[] = {
    {"test:a",
     "(module (@dylink.0 (mem-info (memory 100 4) (table 2 0)) (needed \"b\" \"c\")"
     "   (import-info \"env\" \"weak\" binding-weak undefined))"
     " (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global $mb i32))"
     " (import \"env\" \"__table_base\" (global $tb i32)) (import \"env\" \"__indirect_function_table\" (table 2 funcref))"
     " (import \"env\" \"weak\" (func $weak)) (import \"env\" \"fb\" (func $fb (result i32)))"
     " (import \"env\" \"fc\" (func $fc (result i32)))"
     " (import \"GOT.mem\" \"xb\" (global $xb (mut i32))) (import \"GOT.func\" \"fb\" (global $gfb (mut i32)))"
     " (import \"GOT.func\" \"fa\" (global $gfa (mut i32))) (import \"process\" \"mmap\" (func (param i32 i64) (result i32)))"
     " (func $fa (export \"fa\") (result i32) (i32.const 1)) (func $own)"
     " (table 3 funcref) (global (export \"xa\") i32 (i32.const 8))"
     " (data (global.get $mb) \"abcdefgh\") (elem (global.get $tb) $own $fa) (elem (table 1) (i32.const 1) func $fa)"
     " (func (export \"__wasm_apply_data_relocs\") (i32.store (global.get $mb) (global.get $gfa)))"
     " (func (export \"run\") (result i32) (i32.add (i32.add (call $fb) (i32.load (global.get $xb)))"
     "   (call_indirect (result i32) (global.get $gfb)))))"},
    {"test:b", "(module (@dylink.0 (mem-info (memory 70000 2) (table 1 2)) (needed \"a\"))"
               " (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global $mb i32))"
               " (import \"env\" \"fa\" (func $fa (result i32))) (global (export \"xb\") i32 (i32.const 65536))"
               " (func (export \"fb\") (result i32) (call $fa))"
               " (func (export \"__wasm_call_ctors\") (i32.store offset=65536 (global.get $mb) (i32.const 40))))"},
    {"test:c", "(module (@dylink.0) (import \"env\" \"fa\" (func $f (result i32))) (export \"fc\" (func $f)))"},
};
enum { CLOSURE = sizeof closure / sizeof *closure };

static const char *const program =
    "(module $prog (@dylink.0 (mem-info (memory 4 0)) (needed \"a\")) (import \"env\" \"run\" (func $run (result i32)))"
    " (func (export \"main\") (result i32) (call $run)))";

static void test_closure(tap *t, wp_backend backend) {
    fixture x;
    fixture_open(&x, t);
    x.backend = backend;
    shelf s = {.x = &x, .entries = closure, .count = CLOSURE};
    wp_process *p = shelved(&x, &s, WP_T_I32, 64);
    wp_store *store = wp_process_store(p);
    bind_all(&x, &s, p);
    wp_instance *m = loaded(&x, p, program), *a = NULL, *again = NULL;
    tap_ok(t, EQ(s.fetched, 3) && EQ(called(&x, store, m, "main", 0, 0), 42),
           "a closure is loaded: each library is fetched once");
    tap_ok(t,
           EQ_STATUS(load_name(&x, p, "a", &a), WP_OK) && EQ_STATUS(load_name(&x, p, "a", &again), WP_OK) &&
               CHECK(a == again) && EQ(s.fetched, 3),
           "a loaded library is not fetched again");
    uint64_t xb = 0, fb = 0, other = 0;
    wp_instance *b = NULL;
    tap_ok(t,
           EQ_STATUS(load_name(&x, p, "b", &b), WP_OK) &&
               EQ_STATUS(wp_process_symbol(p, b, "xb", 2, &xb, NULL), WP_OK) &&
               EQ_STATUS(wp_process_symbol(p, b, "fb", 2, &fb, NULL), WP_OK) && EQ(xb % 4, 0) &&
               CHECK(xb > WP_PAGE_SIZE) && CHECK(fb != 0) &&
               EQ_STATUS(wp_process_symbol(p, b, "fb", 2, &other, NULL), WP_OK) && EQ(other, fb),
           "wp_process_symbol gives addresses of data and functions");
    tap_ok(t,
           FAILS(&x, wp_process_symbol(p, b, "nothing", 7, &xb, fresh(&x)), WP_REFUSED, "unresolved symbol: nothing"),
           "an unknown symbol is refused");
    /* Three references to a and b, which need each other; the program needs them too. */
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK) && EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK) &&
               FAILS(&x, wp_process_unload(p, a, fresh(&x)), WP_REFUSED, "library not open: test:a") &&
               EQ_STATUS(wp_process_unload(p, b, NULL), WP_OK) &&
               FAILS(&x, wp_process_unload(p, b, fresh(&x)), WP_REFUSED, "library not open: test:b") &&
               EQ(called(&x, store, m, "main", 0, 0), 42),
           "libraries that are needed stay when they are not open any more");
    bool refused = EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK) &&
                   FAILS(&x, wp_process_unload(p, m, fresh(&x)), WP_REFUSED, "the instance is not loaded");
    tap_ok(t,
           CHECK(refused) && FAILS(&x, wp_process_unload(p, a, fresh(&x)), WP_REFUSED, "the instance is not loaded") &&
               FAILS(&x, wp_process_symbol(p, m, "main", 4, &xb, fresh(&x)), WP_REFUSED, "the instance is not loaded"),
           "an unloaded instance is refused by unload and symbol");
    wp_process_delete(p);
    fixture_close(&x, "closure");
}

static void test_map(tap *t) {
    fixture x;
    fixture_open(&x, t);
    shelf s = {.x = &x, .entries = closure, .count = CLOSURE};
    wp_process_desc desc = {.pointer = WP_T_I32, .pages = 16, .stack = 2, .fetch = fetch, .fetch_ctx = &s};
    wp_process *p = NULL;
    uint64_t address;
    REQUIRE(EQ_STATUS(wp_process_new(x.engine, &desc, &p, NULL), WP_OK));
    bind_all(&x, &s, p);
    REQUIRE(EQ_STATUS(wp_process_mmap(p, 0xA0000, 0x20000, &address, NULL), WP_OK));
    wp_instance *m = loaded(&x, p, program);
    wp_instance *n = loaded(&x, p, "(module (@dylink.0 (mem-info (memory 1 0))))");
    tap_ok(t, map_is(p, "p1 g1:stack r2:stack r1:prog r1:test:a r2:test:b r1:module f1 m2 f4 "),
           "the map has states and owners");
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK) && map_is(p, "p1 g1:stack r2:stack f4 r1:module f1 m2 f4 "),
           "within the program frees it and the libraries that only it needed");
    tap_ok(t, EQ_STATUS(wp_process_unload(p, n, NULL), WP_OK) && map_is(p, "p1 g1:stack r2:stack f6 m2 f4 "),
           "within the rest frees it");
    wp_range_info range;
    tap_ok(t, FAILS(&x, wp_process_range(p, 16, &range, fresh(&x)), WP_REFUSED, "page 16 is not in"),
           "a range beyond the extent is refused");
    REQUIRE(EQ_STATUS(wp_process_end(p, NULL), WP_OK));
    tap_ok(t,
           EQ_STATUS(wp_process_range(p, 0, &range, NULL), WP_REFUSED) &&
               EQ_STATUS(wp_process_unload(p, n, NULL), WP_REFUSED) &&
               EQ_STATUS(wp_process_symbol(p, n, "f", 1, &address, NULL), WP_REFUSED) &&
               EQ_STATUS(load_name(&x, p, "a", &n), WP_REFUSED) &&
               EQ_STATUS(wp_process_bind(p, "n", 1, "u", 1, NULL, &x.diag), WP_REFUSED),
           "a process that has ended refuses every operation");
    wp_process_delete(p);
    fixture_close(&x, "map");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

/* A process after its first load, which allocates what is kept until the end: stacks, and room in lists. */
static wp_process *warmed_up(fixture *x, shelf *s) {
    wp_process *p = shelved(x, s, WP_T_I32, 64);
    bind_all(x, s, p);
    wp_instance *m = loaded(x, p, program);
    REQUIRE(EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK));
    return p;
}

/* A load with any of its allocations failing, that one alone or all from it on, leaves no trace and can be repeated. If
 * the storage of the first write fails, the process ends (rule mmap.lazy). */
static void test_failing_memory(tap *t, wp_backend backend) {
    fixture x;
    fixture_open(&x, t);
    x.backend = backend;
    shelf s = {.x = &x, .entries = closure, .count = CLOSURE};
    wp_process *p = warmed_up(&x, &s);
    size_t k = 1, bad = 0, ends = 0;
    for (size_t count = SIZE_MAX; k <= count; k++) {
        wp_module *module = fixture_module(&x, program);
        wp_instance *m = NULL;
        failing_start(&x.f, k);
        wp_status status = wp_process_load(p, module, &m, fresh(&x));
        failing_stop(&x.f);
        wp_module_delete(module);
        if (status == WP_OK && !x.f.once) {
            tap_ok(t, EQ(called(&x, wp_process_store(p), m, "main", 0, 0), 42), "after %zu failures the load succeeds",
                   k - 1);
            bad += wp_process_unload(p, m, NULL) == WP_OK ? 0 : 1;
            x.f.once = true;
            count = k - 1;
            k = 0;
            continue;
        }
        bool as_expected = FAILS(&x, status, WP_EXHAUSTION, "out of memory") && m == NULL;
        if (wp_process_ended(p)) {
            wp_process_delete(p);
            p = warmed_up(&x, &s);
            ends++;
        } else {
            as_expected = as_expected && map_is(p, "p1 f63 ");
        }
        bad += as_expected ? 0 : 1;
        if (!as_expected)
            tap_note("%zu: %s: %s", k, wp_status_name(status), x.diag.message);
    }
    tap_ok(t, EQ(bad, 0) && CHECK(k > 50) && EQ(ends > 0, backend == WP_BACKEND_SPARSE),
           "%zu allocations of a load fail: %zu times the process ends, else no page is left", k - 1, ends);
    wp_process_delete(p);
    fixture_close(&x, "failing memory");
}

/* ---- Fetching ------------------------------------------------------------------------------------------------ */

static const shelf_entry plain[] = {
    {"test:a", "(module (@dylink.0) (func (export \"f\")))"},
    {"test:user", "(module (@dylink.0) (import \"env\" \"missing\" (func)))"},
    {"test:needy", "(module (@dylink.0 (needed \"gone\")))"},
};

static void test_fetching(tap *t) {
    fixture x;
    fixture_open_guarded(&x, t);
    shelf s = {.x = &x, .entries = plain, .count = sizeof plain / sizeof *plain};
    wp_process *p = shelved(&x, &s, WP_T_I32, 16);
    wp_instance *a = NULL;
    bind_all(&x, &s, p);
    REQUIRE(EQ_STATUS(wp_process_bind(p, "gone", 4, "test:gone", 9, NULL, NULL), WP_OK));
    tap_ok(t, FAILS(&x, load_name(&x, p, "gone", &a), WP_UNLOADABLE, "unresolved library: \"gone\" at test:gone"),
           "a URI that cannot be fetched is an unresolved library");
    tap_ok(t, FAILS(&x, load_name(&x, p, "none", &a), WP_UNLOADABLE, "unresolved library: \"none\" is not in"),
           "an unbound name is an unresolved library");
    tap_ok(t,
           FAILS(&x, load_name(&x, p, "user", &a), WP_UNLOADABLE, "unresolved symbol: env.missing (in test:user)") &&
               EQ_TEXT(x.diag.source, "test:user") && CHECK(x.diag.where.offset != 0),
           "an error in a library names it and the place in it");
    tap_ok(t,
           FAILS(&x, load_name(&x, p, "needy", &a), WP_UNLOADABLE, "unresolved library: \"gone\" at test:gone") &&
               CHECK(strstr(x.diag.message, "(in test:needy)") != NULL) && EQ_TEXT(x.diag.source, "test:needy") &&
               CHECK(x.diag.where.offset != 0),
           "a missing library is an error in the library that needs it");
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module\n(@dylink.0 (needed \"gone\"))\n\n)", NULL), WP_UNLOADABLE,
                 "unresolved library: \"gone\" at test:gone") &&
               EQ(x.diag.source[0], '\0') && EQ(x.diag.where.line, 2),
           "a missing library is an error in the module that needs it");
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0 (needed \"user\")))", NULL), WP_UNLOADABLE, "unresolved symbol") &&
               EQ_TEXT(x.diag.source, "test:user"),
           "an error in a needed library names that library");
    s.status = WP_CRASH;
    tap_ok(
        t,
        FAILS(&x, load_name(&x, p, "a", &a), WP_UNLOADABLE, "unresolved library: \"a\" at test:a: the shelf is broken"),
        "the embedder's diagnostic is part of the message");
    s.message = "?";
    tap_ok(t, FAILS(&x, load_name(&x, p, "a", &a), WP_UNLOADABLE, "unresolved library: \"a\" at test:a: ?"),
           "a short diagnostic of the embedder");
    s.message = "";
    tap_ok(
        t,
        FAILS(&x, load_name(&x, p, "a", &a), WP_UNLOADABLE, "unresolved library: \"a\" at test:a: it can't be fetched"),
        "an empty diagnostic of the embedder");
    s.message = NULL;
    s.status = WP_UNSUPPORTED;
    tap_ok(t, FAILS(&x, load_name(&x, p, "a", &a), WP_UNSUPPORTED, "the shelf is broken"),
           "WP_UNSUPPORTED is passed on");
    s.status = WP_EXHAUSTION;
    tap_ok(t, FAILS(&x, load_name(&x, p, "a", &a), WP_EXHAUSTION, "the shelf is broken"), "WP_EXHAUSTION is passed on");
    s.status = WP_OK;
    s.library = loaded(&x, p, "(module)");
    s.process = p;
    tap_ok(t,
           EQ_STATUS(load_name(&x, p, "a", &a), WP_OK) && EQ_STATUS(s.answers[0], WP_REFUSED) &&
               EQ_STATUS(s.answers[1], WP_REFUSED) && EQ_STATUS(s.answers[2], WP_REFUSED) &&
               EQ_STATUS(s.answers[3], WP_REFUSED) && EQ_TEXT(s.last.message, "a load is running") &&
               CHECK(!wp_process_ended(p)),
           "during a fetch, loading, unloading and ending the process are refused");
    wp_process_delete(p);
    p = created(&x, WP_T_I32, 16, 0);
    REQUIRE(EQ_STATUS(wp_process_bind(p, "a", 1, "test:a", 6, NULL, NULL), WP_OK));
    tap_ok(t,
           FAILS(&x, load_name(&x, p, "a", &a), WP_UNLOADABLE, "unresolved library: \"a\" at test:a: this process has"),
           "a process without a fetch function");
    tap_ok(t, EQ_STATUS(wp_process_bind(p, "e", 1, "", 0, NULL, NULL), WP_REFUSED), "an empty URI is refused");
    wp_process_delete(p);
    fixture_close(&x, "fetching");
}

/* ---- Many ---------------------------------------------------------------------------------------------------- */

enum { MANY = 100000 };

/* The text of a module that needs "n0", "n1" and so on. */
static char *many_needed(size_t *size) {
    char *text = malloc(MANY * 16 + 100), *end = text;
    end += sprintf(end, "(module (@dylink.0 (needed");
    for (int i = 0; i < MANY; i++)
        end += sprintf(end, " \"n%d\"", i);
    end += sprintf(end, ")))");
    *size = (size_t)(end - text);
    return text;
}

static void bind_many(wp_process *p, bool to_one) {
    for (int i = 0; i < MANY; i++) {
        char name[16], uri[16];
        int name_size = snprintf(name, sizeof name, "n%d", i);
        int uri_size = snprintf(uri, sizeof uri, "test:%d", to_one ? 0 : i);
        REQUIRE(EQ_STATUS(wp_process_bind(p, name, (size_t)name_size, uri, (size_t)uri_size, NULL, NULL), WP_OK));
    }
}

static wp_status give_empty(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx,
                            wp_diag *diag) {
    static const uint8_t bytes[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    (void)uri, (void)uri_size, (void)diag;
    ++*(size_t *)ctx;
    return sink(sink_ctx, bytes, sizeof bytes);
}

/* 100,000 names: unbound, bound to one library, bound to a library each. */
static void test_many(tap *t) {
    fixture x;
    fixture_open(&x, t);
    size_t size, fetched = 0;
    char *text = many_needed(&size);
    wp_process_desc desc = {.pointer = WP_T_I64, .pages = 1024, .fetch = give_empty, .fetch_ctx = &fetched};
    wp_module *module = NULL;
    wp_instance *m = NULL;
    REQUIRE(EQ_STATUS(wp_module_parse(x.engine, text, size, &module, &x.diag), WP_OK) &&
            EQ_STATUS(wp_module_validate(module, &x.diag), WP_OK));
    for (int to_one = 2; to_one >= 0; to_one--) {
        wp_process *p = NULL;
        REQUIRE(EQ_STATUS(wp_process_new(x.engine, &desc, &p, NULL), WP_OK));
        if (to_one != 2)
            bind_many(p, to_one == 1);
        fetched = 0;
        wp_status status = wp_process_load(p, module, &m, fresh(&x));
        if (to_one == 2)
            tap_ok(t, FAILS(&x, status, WP_UNLOADABLE, "unresolved library: \"n0\""), "%d unbound names", MANY);
        else
            tap_ok(t, EQ_STATUS(status, WP_OK) && EQ(fetched, to_one == 1 ? 1 : MANY), "%d names of %zu libraries",
                   MANY, fetched);
        wp_process_delete(p);
    }
    wp_module_delete(module);
    free(text);
    fixture_close(&x, "many");
}

/* A cycle of libraries, each of which needs the next. */
static wp_status give_chain(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx,
                            wp_diag *diag) {
    enum { LENGTH = 20000 };
    uint8_t bytes[64] = {0, 'a', 's', 'm', 1, 0, 0, 0, 0, 0, 8, 'd', 'y', 'l', 'i', 'n', 'k', '.', '0', 2, 0, 1};
    char name[16];
    (void)diag;
    ++*(size_t *)ctx;
    memcpy(name, uri + 5, uri_size - 5);
    name[uri_size - 5] = '\0';
    int used = snprintf((char *)bytes + 23, 16, "n%d", (atoi(name) + 1) % LENGTH);
    bytes[22] = (uint8_t)used;
    bytes[20] = (uint8_t)(used + 2);
    bytes[9] = (uint8_t)(used + 13);
    return sink(sink_ctx, bytes, (size_t)used + 23);
}

static void test_chain(tap *t) {
    fixture x;
    fixture_open(&x, t);
    size_t fetched = 0;
    wp_process_desc desc = {.pointer = WP_T_I32, .pages = 1024, .fetch = give_chain, .fetch_ctx = &fetched};
    wp_process *p = NULL;
    wp_instance *m = NULL;
    REQUIRE(EQ_STATUS(wp_process_new(x.engine, &desc, &p, NULL), WP_OK));
    bind_many(p, false);
    tap_ok(t, EQ_STATUS(load_name(&x, p, "n7", &m), WP_OK) && EQ(fetched, 20000),
           "a cycle of 20000 libraries is loaded (%s)", x.diag.message);
    tap_ok(t, EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK), "the cycle is unloaded");
    fetched = 0;
    tap_ok(t, EQ_STATUS(load_name(&x, p, "n1", &m), WP_OK) && EQ(fetched, 20000), "the cycle is loaded again");
    wp_process_delete(p);
    fixture_close(&x, "chain");
}

/* ---- Ends ---------------------------------------------------------------------------------------------------- */

static const shelf_entry ends[] = {
    {"test:exit", "(module (@dylink.0 (mem-info (memory 1 0))) (import \"process\" \"exit\" (func $exit (param i32)))"
                  " (func (export \"__wasm_call_ctors\") (call $exit (i32.const 5))))"},
    {"test:loop", "(module (@dylink.0) (func (export \"__wasm_call_ctors\") (loop (br 0))))"},
    {"test:deep", "(module (@dylink.0) (func $f (export \"__wasm_call_ctors\") (call $f)))"},
    {"test:load",
     "(module (@dylink.0 (mem-info (memory 12 0))) (import \"process\" \"load\" (func $load (param i32 i32) (result i32)))"
     " (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global $b i32))"
     " (data (global.get $b) \"exitloopdeep\")"
     " (func (export \"load\") (param i32) (result i32)"
     "   (call $load (i32.add (global.get $b) (local.get 0)) (i32.const 4))))"},
};

/* The effects of a host function on the process whose code calls it. */
typedef struct within {
    fixture *x;
    wp_process *process;
    wp_instance *library, *other;
    bool is_well;
} within;

/* Creates a process in which the host function "host" "f" is `callback`, with *u. */
static void hosted(fixture *x, wp_host_func callback, within *u) {
    wp_extern func;
    *u = (within){.x = x, .process = created(x, WP_T_I32, 16, 0)};
    wp_store *store = wp_process_store(u->process);
    REQUIRE(EQ_STATUS(wp_func_new(store, NULL, 0, NULL, 0, callback, u, &func, NULL), WP_OK) &&
            EQ_STATUS(wp_store_define(store, "host", 4, "f", 1, func, NULL), WP_OK));
}

/* A failing constructor fails the load, and the call that made it. */
static void test_ends(tap *t) {
    fixture x;
    fixture_open(&x, t);
    shelf entries = {.x = &x, .entries = ends, .count = sizeof ends / sizeof *ends};
    wp_instance *m = NULL;
    wp_process *p = shelved(&x, &entries, WP_T_I32, 16);
    wp_store *store = wp_process_store(p);
    bind_all(&x, &entries, p);
    wp_store_set_fuel(store, 1000);
    tap_ok(t, FAILS(&x, load_name(&x, p, "loop", &m), WP_EXHAUSTION, "fuel exhausted"),
           "a constructor that exhausts the fuel");
    wp_store_set_fuel(store, UINT64_MAX);
    tap_ok(t, FAILS(&x, load_name(&x, p, "deep", &m), WP_EXHAUSTION, "call stack exhausted"),
           "a constructor that exhausts the call stack");
    tap_ok(t, map_is(p, "p1 f15 "), "neither leaves a trace");
    REQUIRE(EQ_STATUS(load_name(&x, p, "load", &m), WP_OK));
    wp_store_set_fuel(store, 1000);
    tap_ok(t, FAILS(&x, call(&x, store, m, "load", 4, 0, NULL), WP_EXHAUSTION, "fuel exhausted"),
           "exhausted fuel ends the call that loads, too");
    wp_store_set_fuel(store, UINT64_MAX);
    tap_ok(t,
           FAILS(&x, call(&x, store, m, "load", 0, 0, NULL), WP_EXIT, "exit with code 5") &&
               EQ(wp_store_exit_code(store), 5) && CHECK(wp_process_ended(p)),
           "an exit in a constructor ends the program");
    wp_process_delete(p);
    p = shelved(&x, &entries, WP_T_I32, 16);
    store = wp_process_store(p);
    bind_all(&x, &entries, p);
    tap_ok(t, FAILS(&x, load_name(&x, p, "exit", &m), WP_EXIT, "exit with code 5") && CHECK(wp_process_ended(p)),
           "an exit in a constructor ends the process that the embedder loads into");
    wp_process_delete(p);
    fixture_close(&x, "ends");
}

/* Loads a module into the process whose load calls this. */
static wp_status load_within(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    within *u = ctx;
    (void)args, (void)results, (void)diag;
    u->other = loaded(u->x, u->process, "(module (@dylink.0 (mem-info (memory 1 0))) (func (export \"f\")))");
    u->is_well = EQ_STATUS(wp_store_register(store, "within", 6, u->other, NULL), WP_OK);
    return WP_OK;
}

/* Rule load.ctor-trap: a load that fails takes what the embedder has loaded meanwhile. */
static void test_load_within(tap *t) {
    fixture x;
    fixture_open(&x, t);
    within u;
    hosted(&x, load_within, &u);
    wp_process *p = u.process;
    static const char *const trapping = "(module (@dylink.0 (mem-info (memory 1 0))) (import \"host\" \"f\" (func $f))"
                                        " (func (export \"__wasm_call_ctors\") (call $f) (unreachable)))";
    for (int i = 0; i < 2; i++)
        tap_ok(t,
               FAILS(&x, load(&x, p, trapping, NULL), WP_UNLOADABLE, "unreachable") && CHECK(u.is_well) &&
                   map_is(p, "p1 f15 ") &&
                   FAILS(&x, wp_process_unload(p, u.other, fresh(&x)), WP_REFUSED, "the instance is not loaded") &&
                   FAILS(&x, load(&x, p, "(module (import \"within\" \"f\" (func)))", NULL), WP_UNLOADABLE,
                         "unknown import"),
               "a module that the embedder loads during a load goes when the load fails");
    wp_process_delete(p);
    fixture_close(&x, "load within");
}

/* ---- Other memories ------------------------------------------------------------------------------------------ */

/* Rule load.data: active segments are for the process's memory, not for memories of the host. */
static void test_other_memory(tap *t) {
    static const char *const modules[] = {
        "(module (@dylink.0 (mem-info (memory 1 0))) (import \"host\" \"memory\" (memory 1))"
        " (import \"env\" \"__memory_base\" (global $base i32)) (data (global.get $base) \"x\"))",
        "(module (@dylink.0 (mem-info (memory 1 0))) (import \"host\" \"memory\" (memory 1)) (import \"env\" \"memory\" (memory 1))"
        " (import \"env\" \"__memory_base\" (global $base i32))"
        " (data (memory 1) (global.get $base) \"x\") (data (memory 0) (global.get $base) \"\"))",
        "(module (@dylink.0 (mem-info (memory 1 0))) (import \"host\" \"memory\" (memory 1)) (data (i32.const 0) \"x\"))",
    };
    static const char fine[] =
        "(module (@dylink.0 (mem-info (memory 1 0))) (import \"host\" \"memory\" (memory 1)) (import \"env\" \"memory\" (memory 1))"
        " (import \"env\" \"__memory_base\" (global $base i32)) (data (memory 1) (global.get $base) \"x\")"
        " (func (export \"get\") (result i32) (i32.load8_u 1 (global.get $base))))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *store = wp_process_store(p);
    wp_limits limits = {2, 2, true, false};
    wp_extern memory;
    REQUIRE(EQ_STATUS(wp_memory_new(store, limits, &memory, NULL), WP_OK) &&
            EQ_STATUS(wp_store_define(store, "host", 4, "memory", 6, memory, NULL), WP_OK));
    bool refused = true;
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        refused = FAILS(&x, load(&x, p, modules[i], NULL), WP_UNLOADABLE, "static data address") && refused;
    tap_ok(t, CHECK(refused) && map_is(p, "p1 f15 "), "an active segment for another memory is refused");
    uint8_t byte = 7;
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0 (mem-info (memory 1048576 0))))", NULL), WP_UNLOADABLE,
                 "reservation failed") &&
               EQ(wp_memory_pages(memory), 2) &&
               EQ_STATUS(wp_memory_write(memory, 2 * WP_PAGE_SIZE - 1, &byte, 1, NULL), WP_OK),
           "a load that fails leaves other memories unchanged");
    tap_ok(t, EQ(called(&x, store, loaded(&x, p, fine), "get", 0, 0), 'x'), "a module may use two memories");
    wp_process_delete(p);
    fixture_close(&x, "other memory");
}

/* ---- References ---------------------------------------------------------------------------------------------- */

/* The embedder and a module load one library; each can release only its own references. */
static void test_references(tap *t) {
    static const shelf_entry entries[] = {{"test:a", "(module (@dylink.0) (func (export \"fa\")))"}};
    static const char loader[] = "(module (@dylink.0 (mem-info (memory 1 0))) (import \"env\" \"memory\" (memory 1))"
                                 " (import \"env\" \"__memory_base\" (global $mb i32)) (data (global.get $mb) \"a\")"
                                 " (import \"process\" \"load\" (func $load (param i32 i32) (result i32)))"
                                 " (import \"process\" \"unload\" (func $unload (param i32) (result i32)))"
                                 " (func (export \"open\") (result i32) (call $load (global.get $mb) (i32.const 1)))"
                                 " (func (export \"close\") (param i32) (result i32) (call $unload (local.get 0))))";
    fixture x;
    fixture_open(&x, t);
    shelf s = {.x = &x, .entries = entries, .count = 1};
    wp_process *p = shelved(&x, &s, WP_T_I32, 16);
    wp_store *store = wp_process_store(p);
    wp_instance *a = NULL, *m = loaded(&x, p, loader);
    bind_all(&x, &s, p);
    uint64_t handle = called(&x, store, m, "open", 0, 0);
    tap_ok(t, CHECK(handle != 0) && EQ_STATUS(load_name(&x, p, "a", &a), WP_OK) && EQ(s.fetched, 1),
           "a library is loaded by a module and by the embedder");
    tap_ok(t, EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK), "the embedder releases its reference");
    tap_ok(t, FAILS(&x, wp_process_unload(p, a, fresh(&x)), WP_REFUSED, "library not open"),
           "the embedder cannot release the module's reference");
    tap_ok(t, EQ_STATUS(load_name(&x, p, "a", &a), WP_OK) && EQ(called(&x, store, m, "close", handle, 0), 1),
           "a module releases its reference");
    tap_ok(t, EQ(called(&x, store, m, "close", handle, 0), 0) && EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK),
           "the module cannot release the embedder's reference");
    /* A library that is needed stays, but the reference is released. */
    handle = called(&x, store, m, "open", 0, 0);
    wp_instance *user = loaded(&x, p, "(module (@dylink.0) (import \"env\" \"fa\" (func)))");
    tap_ok(t,
           EQ(called(&x, store, m, "close", handle, 0), 1) && EQ(called(&x, store, m, "close", handle, 0), 0) &&
               EQ_STATUS(load_name(&x, p, "a", &a), WP_OK) && EQ(s.fetched, 2),
           "a module releases its reference to a library that another needs");
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, user, NULL), WP_OK) && EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK) &&
               FAILS(&x, wp_process_unload(p, a, fresh(&x)), WP_REFUSED, "the instance is not loaded"),
           "the embedder releases the last reference");
    wp_process_delete(p);
    fixture_close(&x, "references");
}

static wp_status unload_caller(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    within *u = ctx;
    wp_process *p = u->process;
    uint64_t address;
    (void)args, (void)results, (void)diag;
    u->is_well = EQ_STATUS(wp_process_unload(p, u->library, NULL), WP_OK) &&
                 FAILS(u->x, wp_process_unload(p, u->library, fresh(u->x)), WP_REFUSED, "library not open") &&
                 EQ(called(u->x, store, u->other, "other", 0, 0), 7) &&
                 EQ_STATUS(wp_process_unload(p, u->other, NULL), WP_OK) &&
                 FAILS(u->x, wp_process_symbol(p, u->other, "other", 5, &address, fresh(u->x)), WP_REFUSED,
                       "the instance is not loaded") &&
                 EQ_STATUS(wp_process_symbol(p, u->library, "run", 3, &address, NULL), WP_OK);
    return WP_OK;
}

/* Rule load.unload: a library that the embedder unloads while it runs stays until the outermost call has returned. */
static void test_unload_running(tap *t) {
    fixture x;
    fixture_open(&x, t);
    within u;
    hosted(&x, unload_caller, &u);
    wp_process *p = u.process;
    wp_store *store = wp_process_store(p);
    uint64_t address;
    u.library = loaded(&x, p,
                       "(module (@dylink.0 (mem-info (memory 1 0))) (import \"host\" \"f\" (func $f))"
                       " (func (export \"run\") (result i32) (call $f) (i32.const 42)))");
    u.other = loaded(&x, p, "(module (func (export \"other\") (result i32) (i32.const 7)))");
    tap_ok(t, EQ(called(&x, store, u.library, "run", 0, 0), 42) && CHECK(u.is_well),
           "a running library stays after its unload, others go at once");
    tap_ok(t,
           map_is(p, "p1 f15 ") && FAILS(&x, wp_process_symbol(p, u.library, "run", 3, &address, fresh(&x)), WP_REFUSED,
                                         "the instance is not loaded"),
           "it goes when the outermost call has returned");
    wp_process_delete(p);
    fixture_close(&x, "unload running");
}

/* ---- Threads ------------------------------------------------------------------------------------------------- */

/* A library with thread-local data, whose base no process sets. */
static void test_threads(tap *t) {
    static const shelf_entry entries[] = {
        {"test:a", "(module (@dylink.0 (export-info \"other\" absolute) (export-info \"mine\" tls))"
                   " (global (export \"mine\") i32 (i32.const 0)))"},
    };
    fixture x;
    fixture_open(&x, t);
    shelf s = {.x = &x, .entries = entries, .count = 1};
    wp_process *p = shelved(&x, &s, WP_T_I32, 16);
    wp_instance *a = NULL;
    bind_all(&x, &s, p);
    tap_ok(t,
           FAILS(&x, load_name(&x, p, "a", &a), WP_UNSUPPORTED, "unsupported: thread-local symbols: mine") &&
               CHECK(x.diag.where.offset != 0) && EQ_TEXT(x.diag.source, "test:a"),
           "a library with thread-local symbols is not supported; the error names it");
    wp_process_delete(p);
    fixture_close(&x, "threads");
}

int main(void) {
    tap t = {0};
    test_closure(&t, WP_BACKEND_SPARSE);
    test_closure(&t, WP_BACKEND_NATIVE);
    test_map(&t);
    test_failing_memory(&t, WP_BACKEND_SPARSE);
    test_failing_memory(&t, WP_BACKEND_NATIVE);
    test_fetching(&t);
    test_many(&t);
    test_chain(&t);
    test_ends(&t);
    test_load_within(&t);
    test_other_memory(&t);
    test_references(&t);
    test_unload_running(&t);
    test_threads(&t);
    return tap_done(&t);
}
