/* test_loader.c: the loader with libraries, through the public interface: what scripts can't show (rules load.*,
 * dict.*, dl.*). */
#include "process_fixture.h"
#include "small_chunks.h"

/* ---- Libraries to fetch -------------------------------------------------------------------------------------- */

typedef struct shelf_entry {
    const char *uri;
    const char *text; /* of the module */
} shelf_entry;

/* Where a process fetches from, and what happened there. */
typedef struct shelf {
    fixture *x;
    const shelf_entry *entries;
    size_t count;
    size_t fetched;
    wp_process *process; /* when set, fetching tries to change it; what that gave is in `answers` */
    wp_status answers[3];
    wp_status status;    /* when not WP_OK, what fetching ends with, after some bytes */
    const char *message; /* and why; NULL: "the shelf is broken" */
} shelf;

static wp_status meddle(shelf *s) {
    wp_instance *instance;
    wp_module *module = fixture_module(s->x, "(module)");
    s->answers[0] = wp_process_load(s->process, module, &instance, NULL);
    s->answers[1] = wp_process_load_library(s->process, "a", 1, &instance, NULL);
    s->answers[2] = wp_process_end(s->process, NULL);
    wp_module_delete(module);
    return WP_OK;
}

/* Gives the bytes of a text module in five pieces. */
static wp_status give(shelf *s, const char *text, wp_sink_func sink, void *sink_ctx) {
    failing before = s->x->f; /* what the shelf allocates is not what is to fail */
    failing_stop(&s->x->f);
    wp_module *module = fixture_module(s->x, text);
    uint8_t *bytes = NULL;
    size_t size = 0;
    REQUIRE(EQ_STATUS(wp_module_encode(module, &bytes, &size, NULL), WP_OK));
    wp_module_delete(module);
    s->x->f.fail_at = before.fail_at;
    s->x->f.calls = before.calls;
    /* What comes after a part is more than what there is, and not twice as much; then less. */
    size_t part = size / 5, larger = 7 * size / 20;
    wp_status status = sink(sink_ctx, bytes, 1);
    if (status == WP_OK)
        status = sink(sink_ctx, bytes + 1, 0);
    if (status == WP_OK)
        status = sink(sink_ctx, bytes + 1, part - 1);
    if (status == WP_OK)
        status = sink(sink_ctx, bytes + part, larger);
    if (status == WP_OK)
        status = sink(sink_ctx, bytes + part + larger, size - part - larger);
    wp_buffer_free(s->x->engine, bytes, size);
    return status;
}

static wp_status fetch(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx, wp_diag *diag) {
    shelf *s = ctx;
    s->fetched++;
    if (s->process != NULL && meddle(s) != WP_OK)
        return WP_CRASH;
    for (size_t i = 0; i < s->count; i++) {
        if (strlen(s->entries[i].uri) != uri_size || memcmp(s->entries[i].uri, uri, uri_size) != 0)
            continue;
        wp_status status = give(s, s->entries[i].text, sink, sink_ctx);
        if (s->status == WP_OK)
            return status;
        *diag = (wp_diag){.status = s->status};
        snprintf(diag->message, sizeof diag->message, "%s", s->message == NULL ? "the shelf is broken" : s->message);
        return s->status;
    }
    return WP_REFUSED;
}

static wp_process *shelved(fixture *x, shelf *s, wp_valtype pointer, uint64_t pages) {
    wp_process_desc desc = {.pointer = pointer, .pages = pages, .backend = x->backend, .fetch = fetch, .fetch_ctx = s};
    wp_process *p = NULL;
    fixture_must(x, wp_process_new(x->engine, &desc, &p, fresh(x)) == WP_OK, "set-up");
    return p;
}

/* Each library is bound by the name that follows "test:". */
static void bind_all(fixture *x, shelf *s, wp_process *p) {
    for (size_t i = 0; i < s->count; i++) {
        const char *uri = s->entries[i].uri;
        REQUIRE(EQ_STATUS(wp_process_bind(p, uri + 5, strlen(uri) - 5, uri, strlen(uri), NULL, &x->diag), WP_OK));
    }
}

static wp_status load_name(fixture *x, wp_process *p, const char *name, wp_instance **out) {
    return wp_process_load_library(p, name, strlen(name), out, fresh(x));
}

/* ---- A closure ----------------------------------------------------------------------------------------------- */

/* A program's worth: two libraries with data, slots, GOT, relocations and constructors, in a cycle, and a third. */
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
    tap_ok(t, EQ(s.fetched, 3) && EQ(called(&x, store, m, "main", 0, 0), 42), "a closure is loaded, each library once");
    tap_ok(t,
           EQ_STATUS(load_name(&x, p, "a", &a), WP_OK) && EQ_STATUS(load_name(&x, p, "a", &again), WP_OK) &&
               CHECK(a == again) && EQ(s.fetched, 3),
           "a library that is loaded is not loaded again");
    uint64_t xb = 0, fb = 0, other = 0;
    wp_instance *b = NULL;
    tap_ok(t,
           EQ_STATUS(load_name(&x, p, "b", &b), WP_OK) &&
               EQ_STATUS(wp_process_symbol(p, b, "xb", 2, &xb, NULL), WP_OK) &&
               EQ_STATUS(wp_process_symbol(p, b, "fb", 2, &fb, NULL), WP_OK) && EQ(xb % 4, 0) &&
               CHECK(xb > WP_PAGE_SIZE) && CHECK(fb != 0) &&
               EQ_STATUS(wp_process_symbol(p, b, "fb", 2, &other, NULL), WP_OK) && EQ(other, fb),
           "symbols have addresses");
    tap_ok(t,
           FAILS(&x, wp_process_symbol(p, b, "nothing", 7, &xb, fresh(&x)), WP_REFUSED, "unresolved symbol: nothing"),
           "or there is none");
    /* Three holds on a and b, which need each other; the program needs them too. */
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK) && EQ_STATUS(wp_process_unload(p, a, &x.diag), WP_REFUSED) &&
               EQ_STATUS(wp_process_unload(p, b, NULL), WP_REFUSED) &&
               EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK) &&
               EQ_STATUS(wp_process_unload(p, a, NULL), WP_REFUSED) &&
               EQ_STATUS(wp_process_unload(p, b, NULL), WP_REFUSED),
           "what is needed stays");
    bool refused = FAILS(&x, wp_process_unload(p, m, fresh(&x)), WP_REFUSED, "the instance is not loaded");
    tap_ok(t,
           CHECK(refused) &&
               FAILS(&x, wp_process_symbol(p, m, "main", 4, &xb, fresh(&x)), WP_REFUSED, "the instance is not loaded"),
           "what has been unloaded is not unloaded again, and has no symbols");
    wp_process_delete(p);
    fixture_close(&x, "closure");
}

/* Compares the map of a process with a list. */
static bool map_is(wp_process *p, const char *wanted) {
    char text[1024] = "";
    static const char letters[] = {[WP_PAGE_FREE] = 'f',
                                   [WP_PAGE_MAPPED] = 'm',
                                   [WP_PAGE_RESERVED] = 'r',
                                   [WP_PAGE_GUARD] = 'g',
                                   [WP_PAGE_PROTECTED] = 'p'};
    wp_range_info range;
    for (uint64_t page = 0; wp_process_range(p, page, &range, NULL) == WP_OK; page = range.first + range.count) {
        size_t used = strlen(text);
        const char *sign = range.owner_size == 0 ? "" : memchr(range.owner, 0, range.owner_size) == NULL ? ":" : "?";
        snprintf(text + used, sizeof text - used, "%c%llu%s%.*s ", letters[range.state],
                 (unsigned long long)range.count, sign, (int)range.owner_size, range.owner);
    }
    if (strcmp(text, wanted) != 0)
        tap_note("%s", text);
    return strcmp(text, wanted) == 0;
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
           "the map names states and owners");
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK) &&
               CHECK(map_is(p, "p1 g1:stack r2:stack f4 r1:module f1 m2 f4 ")),
           "what is unloaded is free, with all that only it needed");
    tap_ok(t, EQ_STATUS(wp_process_unload(p, n, NULL), WP_OK) && CHECK(map_is(p, "p1 g1:stack r2:stack f6 m2 f4 ")),
           "so is the rest");
    wp_range_info range;
    tap_ok(t, FAILS(&x, wp_process_range(p, 16, &range, fresh(&x)), WP_REFUSED, "page 16 is not in"),
           "there is an end");
    REQUIRE(EQ_STATUS(wp_process_end(p, NULL), WP_OK));
    tap_ok(t,
           EQ_STATUS(wp_process_range(p, 0, &range, NULL), WP_REFUSED) &&
               EQ_STATUS(wp_process_unload(p, n, NULL), WP_REFUSED) &&
               EQ_STATUS(wp_process_symbol(p, n, "f", 1, &address, NULL), WP_REFUSED) &&
               EQ_STATUS(load_name(&x, p, "a", &n), WP_REFUSED) &&
               EQ_STATUS(wp_process_bind(p, "n", 1, "u", 1, NULL, &x.diag), WP_REFUSED),
           "a process that has ended has none of it");
    wp_process_delete(p);
    fixture_close(&x, "map");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

/* A process that has had a load before: what that takes and never gives back, stacks and room for lists, is there. */
static wp_process *warmed_up(fixture *x, shelf *s) {
    wp_process *p = shelved(x, s, WP_T_I32, 64);
    bind_all(x, s, p);
    wp_instance *m = loaded(x, p, program);
    REQUIRE(EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK));
    return p;
}

/* A load with any of its allocations failing, and all after it or that alone, leaves no trace, and can be done again.
 * Where it is the storage of the first write that fails, the process ends (rule mmap.lazy). */
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
            tap_ok(t, EQ(called(&x, wp_process_store(p), m, "main", 0, 0), 42), "after %zu failures it is loaded",
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
           "memory fails at each of %zu places of a load, %zu times for good; no page is left", k - 1, ends);
    wp_process_delete(p);
    fixture_close(&x, "failing memory");
}

/* ---- Fetching ------------------------------------------------------------------------------------------------ */

static const shelf_entry plain[] = {
    {"test:a", "(module (@dylink.0) (func (export \"f\")))"},
    {"test:user", "(module (@dylink.0) (import \"env\" \"nobody\" (func)))"},
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
           "what can't be fetched is an unresolved library");
    tap_ok(t, FAILS(&x, load_name(&x, p, "none", &a), WP_UNLOADABLE, "unresolved library: \"none\" is not in"),
           "so is what has no name");
    tap_ok(t,
           FAILS(&x, load_name(&x, p, "user", &a), WP_UNLOADABLE, "unresolved symbol: env.nobody (in test:user)") &&
               EQ_TEXT(x.diag.source, "test:user") && CHECK(x.diag.where.offset != 0),
           "an error in a library names it, and the place in it");
    tap_ok(t,
           FAILS(&x, load_name(&x, p, "needy", &a), WP_UNLOADABLE, "unresolved library: \"gone\" at test:gone") &&
               CHECK(strstr(x.diag.message, "(in test:needy)") != NULL) && EQ_TEXT(x.diag.source, "test:needy") &&
               CHECK(x.diag.where.offset != 0),
           "a library that is not there is an error in the one that needs it");
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module\n(@dylink.0 (needed \"gone\"))\n\n)", NULL), WP_UNLOADABLE,
                 "unresolved library: \"gone\" at test:gone") &&
               EQ(x.diag.source[0], '\0') && EQ(x.diag.where.line, 2),
           "or in the embedder's module");
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0 (needed \"user\")))", NULL), WP_UNLOADABLE, "unresolved symbol") &&
               EQ_TEXT(x.diag.source, "test:user"),
           "but one in a library that is needed is its own");
    s.status = WP_CRASH;
    tap_ok(
        t,
        FAILS(&x, load_name(&x, p, "a", &a), WP_UNLOADABLE, "unresolved library: \"a\" at test:a: the shelf is broken"),
        "the embedder says why");
    s.message = "?";
    tap_ok(t, FAILS(&x, load_name(&x, p, "a", &a), WP_UNLOADABLE, "unresolved library: \"a\" at test:a: ?"),
           "in short");
    s.message = "";
    tap_ok(
        t,
        FAILS(&x, load_name(&x, p, "a", &a), WP_UNLOADABLE, "unresolved library: \"a\" at test:a: it can't be fetched"),
        "or does not");
    s.message = NULL;
    s.status = WP_UNSUPPORTED;
    tap_ok(t, FAILS(&x, load_name(&x, p, "a", &a), WP_UNSUPPORTED, "the shelf is broken"), "what is not supported");
    s.status = WP_EXHAUSTION;
    tap_ok(t, FAILS(&x, load_name(&x, p, "a", &a), WP_EXHAUSTION, "the shelf is broken"), "what ran out");
    s.status = WP_OK;
    s.process = p;
    tap_ok(t,
           EQ_STATUS(load_name(&x, p, "a", &a), WP_OK) && EQ_STATUS(s.answers[0], WP_REFUSED) &&
               EQ_STATUS(s.answers[1], WP_REFUSED) && EQ_STATUS(s.answers[2], WP_REFUSED) &&
               CHECK(!wp_process_ended(p)),
           "while a library is fetched, nothing else may be loaded, nor the process end");
    wp_process_delete(p);
    p = created(&x, WP_T_I32, 16, 0);
    REQUIRE(EQ_STATUS(wp_process_bind(p, "a", 1, "test:a", 6, NULL, NULL), WP_OK));
    tap_ok(t,
           FAILS(&x, load_name(&x, p, "a", &a), WP_UNLOADABLE, "unresolved library: \"a\" at test:a: this process has"),
           "a process that has nowhere to fetch from");
    tap_ok(t, EQ_STATUS(wp_process_bind(p, "e", 1, "", 0, NULL, NULL), WP_REFUSED), "an empty URI");
    wp_process_delete(p);
    fixture_close(&x, "fetching");
}

/* ---- Many ---------------------------------------------------------------------------------------------------- */

enum { MANY = 100000 };

/* The text of a module that needs many names, "n0" and so on. */
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

/* 100,000 names that mean one library, that mean nothing, and that mean a library each. */
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
            tap_ok(t, FAILS(&x, status, WP_UNLOADABLE, "unresolved library: \"n0\""), "names that mean nothing");
        else
            tap_ok(t, EQ_STATUS(status, WP_OK) && EQ(fetched, to_one == 1 ? 1 : MANY), "%d names, %zu libraries", MANY,
                   fetched);
        wp_process_delete(p);
    }
    wp_module_delete(module);
    free(text);
    fixture_close(&x, "many");
}

/* A chain of libraries each of which needs the next, and the last one the first. */
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
    tap_ok(t, EQ_STATUS(load_name(&x, p, "n7", &m), WP_OK) && EQ(fetched, 20000), "a circle of 20000 libraries (%s)",
           x.diag.message);
    tap_ok(t, EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK), "is unloaded");
    fetched = 0;
    tap_ok(t, EQ_STATUS(load_name(&x, p, "n1", &m), WP_OK) && EQ(fetched, 20000), "and loaded again");
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

/* What ends a constructor ends the load, and the call that it was in. */
static void test_ends(tap *t) {
    fixture x;
    fixture_open(&x, t);
    shelf entries = {.x = &x, .entries = ends, .count = sizeof ends / sizeof *ends};
    wp_instance *m = NULL;
    wp_process *p = shelved(&x, &entries, WP_T_I32, 16);
    wp_store *store = wp_process_store(p);
    bind_all(&x, &entries, p);
    wp_store_set_fuel(store, 1000);
    tap_ok(t, FAILS(&x, load_name(&x, p, "loop", &m), WP_EXHAUSTION, "fuel exhausted"), "a constructor without end");
    wp_store_set_fuel(store, UINT64_MAX);
    tap_ok(t, FAILS(&x, load_name(&x, p, "deep", &m), WP_EXHAUSTION, "call stack exhausted"), "one that goes too deep");
    tap_ok(t, map_is(p, "p1 f15 "), "nothing of them is left");
    REQUIRE(EQ_STATUS(load_name(&x, p, "load", &m), WP_OK));
    wp_store_set_fuel(store, 1000);
    tap_ok(t, FAILS(&x, call(&x, store, m, "load", 4, 0, NULL), WP_EXHAUSTION, "fuel exhausted"),
           "the call that loads it has no fuel either");
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
           "also when the embedder loads");
    wp_process_delete(p);
    fixture_close(&x, "ends");
}

/* ---- From inside --------------------------------------------------------------------------------------------- */

static const shelf_entry asked[] = {
    {"test:f", "(module (@dylink.0) (func (export \"f\") (result i32) (i32.const 6)))"},
    {"test:mmap",
     "(module (@dylink.0) (import \"process\" \"mmap\" (func $m (param i32 i64) (result i32))) (export \"m\" (func $m)))"},
    {"test:ask",
     "(module (@dylink.0 (mem-info (memory 16 0)) (needed \"mmap\")) (import \"env\" \"memory\" (memory 1))"
     " (import \"process\" \"load\" (func $load (param i32 i32) (result i32)))"
     " (import \"process\" \"symbol\" (func $symbol (param i32 i32 i32) (result i32)))"
     " (import \"process\" \"unload\" (func $unload (param i32) (result i32)))"
     " (import \"env\" \"__memory_base\" (global $b i32)) (import \"GOT.func\" \"m\" (global $m (mut i32)))"
     " (import \"env\" \"__indirect_function_table\" (table 1 funcref)) (data (global.get $b) \"f\")"
     " (func (export \"load\") (result i32) (call $load (global.get $b) (i32.const 1)))"
     " (func (export \"load-at\") (param i32) (result i32) (call $load (local.get 0) (i32.const 3)))"
     " (func (export \"symbol\") (param i32) (result i32) (call $symbol (local.get 0) (global.get $b) (i32.const 1)))"
     " (func (export \"symbol-at\") (param i32 i32) (result i32) (call $symbol (local.get 0) (local.get 1) (i32.const 1)))"
     " (func (export \"unload\") (param i32) (result i32) (call $unload (local.get 0)))"
     " (func (export \"mmap\") (result i32)"
     "   (call_indirect (param i32 i64) (result i32) (i32.const 0) (i64.const 1) (global.get $m))))"},
};

/* Calls a function that allocates with each of its allocations failing alone: it gives 0. The last result, when none
 * failed. */
static uint64_t asked_without_memory(fixture *x, wp_store *store, wp_instance *m, const char *name, uint64_t a,
                                     size_t *places) {
    for (size_t k = 1;; k++) {
        failing_start(&x->f, k);
        x->f.once = true;
        uint64_t result = called(x, store, m, name, a, 0);
        failing_stop(&x->f);
        x->f.once = false;
        *places = k - 1;
        if (x->f.calls < k)
            return result;
        if (result != 0) {
            tap_note("%s, failure %zu: %llu", name, k, (unsigned long long)result);
            return 0;
        }
    }
}

/* process.load and process.symbol, with names that are not in memory, and when memory is short: a result, and nothing
 * is left. */
static void test_asking(tap *t) {
    fixture x;
    fixture_open(&x, t);
    shelf s = {.x = &x, .entries = asked, .count = sizeof asked / sizeof *asked};
    wp_process *p = shelved(&x, &s, WP_T_I32, 16);
    wp_store *store = wp_process_store(p);
    wp_instance *m = NULL;
    bind_all(&x, &s, p);
    REQUIRE(EQ_STATUS(load_name(&x, p, "ask", &m), WP_OK));
    uint64_t f = called(&x, store, m, "load", 0, 0), outside = 16 * (uint64_t)WP_PAGE_SIZE;
    size_t live = x.f.live, loads, symbols;
    tap_ok(t,
           CHECK(f != 0) && EQ(called(&x, store, m, "load-at", 0, 0), 0) &&
               EQ(called(&x, store, m, "load-at", outside - 1, 0), 0) &&
               EQ(called(&x, store, m, "load-at", outside, 0), 0) && EQ(called(&x, store, m, "symbol-at", f, 0), 0) &&
               EQ(called(&x, store, m, "symbol-at", f, outside), 0) && EQ(x.f.live, live),
           "a name that is not in memory names nothing, and takes none");
    tap_ok(t, EQ(called(&x, store, m, "unload", f, 0), 1), "what was loaded is unloaded");
    f = asked_without_memory(&x, store, m, "load", 0, &loads);
    tap_ok(t, CHECK(f != 0) && CHECK(loads > 10), "load gives 0 when any of its %zu allocations fails", loads);
    uint64_t slot = asked_without_memory(&x, store, m, "symbol", f, &symbols);
    tap_ok(t, CHECK(slot != 0) && CHECK(symbols > 2), "so does symbol, of %zu", symbols);
    tap_ok(t, EQ(called(&x, store, m, "symbol", f, 0), slot), "an address stays the same");
    tap_ok(t, called(&x, store, m, "mmap", 0, 0) != 0, "functions of the platform have addresses");
    wp_process_delete(p);
    fixture_close(&x, "asking");
}

/* Slots for functions of libraries that were there before: a load that fails gives them back, so that they are made
 * anew. */
static void test_slots_undone(tap *t) {
    static const char *const definer =
        "(module (@dylink.0) (import \"process\" \"mmap\" (func $m (param i32 i64) (result i32)))"
        " (export \"m\" (func $m)) (func (export \"f\") (result i32) (i32.const 1))"
        " (func (export \"g\") (result i32) (i32.const 2)) (func (export \"h\") (result i32) (i32.const 3)))";
    static const char *const user =
        "(module (@dylink.0) (import \"env\" \"__indirect_function_table\" (table 1 funcref))"
        " (import \"GOT.func\" \"f\" (global $f (mut i32))) (import \"GOT.func\" \"m\" (global $m (mut i32)))"
        " (import \"GOT.func\" \"g\" (global $g (mut i32))) (import \"GOT.func\" \"h\" (global $h (mut i32)))"
        " (func (export \"size\") (result i32) (table.size))"
        " (func (export \"address\") (param $i i32) (result i32) (select (global.get $f)"
        "   (select (global.get $g) (select (global.get $h) (global.get $m) (i32.eq (local.get $i) (i32.const 2)))"
        "     (i32.eq (local.get $i) (i32.const 1))) (i32.eqz (local.get $i))))"
        " (func (export \"run\") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *store = wp_process_store(p);
    wp_instance *a = loaded(&x, p, definer), *m = NULL;
    wp_module *module = fixture_module(&x, user);
    size_t k = 1;
    for (x.f.once = true;; k++) {
        failing_start(&x.f, k);
        wp_status status = wp_process_load(p, module, &m, &x.diag);
        failing_stop(&x.f);
        if (status == WP_OK)
            break;
    }
    x.f.once = false;
    size_t right = 0;
    for (uint64_t i = 0; i < 3; i++)
        right += called(&x, store, m, "run", called(&x, store, m, "address", i, 0), 0) == i + 1 ? 1 : 0;
    wp_status of_platform = call(&x, store, m, "run", called(&x, store, m, "address", 3, 0), 0, NULL);
    right += FAILS(&x, of_platform, WP_TRAP, "indirect call type mismatch") ? 1 : 0;
    tap_ok(t, CHECK(k > 10) && EQ(right, 4) && EQ(called(&x, store, m, "size", 0, 0), 5),
           "after %zu failures addresses of functions are right, and take no more slots than they need", k - 1);
    wp_extern func;
    REQUIRE(CHECK(wp_instance_export(a, "f", 1, &func)) &&
            EQ_STATUS(wp_store_define(store, "given", 5, "f", 1, func, NULL), WP_OK));
    wp_instance *n = loaded(&x, p, "(module (import \"given\" \"f\" (func (result i32))))");
    tap_ok(t, EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK) && EQ_STATUS(wp_process_unload(p, a, NULL), WP_REFUSED),
           "a function that the embedder gave a name holds its library for those who import it");
    tap_ok(t, EQ_STATUS(wp_process_unload(p, n, NULL), WP_OK) && EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK),
           "no longer");
    wp_module_delete(module);
    wp_process_delete(p);
    fixture_close(&x, "slots");
}

/* So many symbols that the index of them grows, also when there is no memory for that. */
static void test_many_symbols(tap *t) {
    enum { SYMBOLS = 100 };
    fixture x;
    fixture_open(&x, t);
    char *text = malloc(SYMBOLS * 128 + 64), *end = text, name[16];
    end += sprintf(end, "(module (@dylink.0 (mem-info (memory %d 0)) (import-info", 8 * SYMBOLS);
    for (int i = 0; i < SYMBOLS; i++)
        end += sprintf(end, " \"env\" \"s%d\" undefined)%s", i, i + 1 < SYMBOLS ? " (import-info" : "");
    for (int i = 0; i < SYMBOLS; i++)
        end += sprintf(end, " (export-info \"s%d\" exported)", i);
    end += sprintf(end, ")");
    for (int i = 0; i < SYMBOLS; i++)
        end += sprintf(end, " (global (export \"s%d\") i32 (i32.const %d))", i, 8 * i);
    end += sprintf(end, ")");
    wp_module *module = fixture_module(&x, text);
    size_t bad = 0, k = 1, failed = 0;
    x.f.once = true;
    for (bool more = true; more; k++) {
        wp_process *p = created(&x, WP_T_I32, 16, 0);
        wp_instance *m = NULL;
        failing_start(&x.f, k);
        wp_status status = wp_process_load(p, module, &m, &x.diag);
        failing_stop(&x.f);
        more = x.f.calls >= k;
        uint64_t base = 0, address = 0;
        for (int i = 0; i < SYMBOLS && status == WP_OK; i++) {
            int size = snprintf(name, sizeof name, "s%d", i);
            bad += wp_process_symbol(p, m, name, (size_t)size, &address, NULL) != WP_OK ? 1 : 0;
            base = i == 0 ? address : base;
            bad += address != base + 8 * (uint64_t)i ? 1 : 0;
        }
        failed += status != WP_OK ? 1 : 0;
        wp_process_delete(p);
    }
    x.f.once = false;
    tap_ok(t, EQ(bad, 0) && CHECK(failed > 5) && CHECK(failed < k),
           "%d symbols, with each of %zu allocations failing, %zu loads in vain", SYMBOLS, k - 1, failed);
    wp_module_delete(module);
    free(text);
    fixture_close(&x, "many symbols");
}

/* Functions that a module put in its slots have these for addresses, however many they are. */
static void test_many_functions(tap *t) {
    enum { FUNCTIONS = 40 };
    fixture x;
    fixture_open(&x, t);
    char *text = malloc(FUNCTIONS * 48 + 512), *end = text, name[16];
    end += sprintf(
        end,
        "(module (@dylink.0 (mem-info (table %d 0))) (import \"env\" \"__indirect_function_table\" (table 1 funcref))"
        " (global $b (export \"base\") (import \"env\" \"__table_base\") i32)",
        FUNCTIONS);
    for (int i = 0; i < FUNCTIONS; i++)
        end += sprintf(end, " (func $f%d (export \"f%d\"))", i, i);
    end += sprintf(end, " (elem (global.get $b) func");
    for (int i = 0; i < FUNCTIONS; i++)
        end += sprintf(end, " $f%d", i);
    sprintf(end, "))");
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_instance *m = loaded(&x, p, text);
    wp_extern base;
    size_t bad = wp_instance_export(m, "base", 4, &base) ? 0 : 1;
    for (int i = 0; i < FUNCTIONS; i++) {
        uint64_t address = 0;
        int size = snprintf(name, sizeof name, "f%d", i);
        bad += wp_process_symbol(p, m, name, (size_t)size, &address, NULL) != WP_OK ? 1 : 0;
        bad += address != wp_global_value(base).of.i32 + (uint64_t)i ? 1 : 0;
    }
    tap_ok(t, EQ(bad, 0) && EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK),
           "%d functions have the addresses of their slots", FUNCTIONS);
    wp_process_delete(p);
    free(text);
    fixture_close(&x, "many functions");
}

/* Rule load.got: the address of a function is not a slot of whoever else has the function in a table. */
static void test_slots_of_others(tap *t) {
    static const char *const definer = "(module (@dylink.0) (func (export \"f\") (result i32) (i32.const 42)))";
    static const char *const borrower =
        "(module (@dylink.0 (mem-info (table 3 0))) (import \"env\" \"__indirect_function_table\" (table 3 funcref))"
        " (import \"env\" \"__table_base\" (global $b i32)) (import \"env\" \"f\" (func $f (result i32)))"
        " (elem (global.get $b) func $f $f))";
    static const char *const user =
        "(module (@dylink.0) (import \"env\" \"__indirect_function_table\" (table 1 funcref))"
        " (import \"GOT.func\" \"f\" (global $f (mut i32)))"
        " (func (export \"run\") (result i32) (call_indirect (result i32) (global.get $f))))";
    fixture x;
    fixture_open_guarded(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *store = wp_process_store(p);
    loaded(&x, p, definer);
    wp_instance *b = loaded(&x, p, borrower), *m = loaded(&x, p, user);
    tap_ok(t,
           EQ(called(&x, store, m, "run", 0, 0), 42) && EQ_STATUS(wp_process_unload(p, b, NULL), WP_OK) &&
               EQ(called(&x, store, m, "run", 0, 0), 42),
           "a function has its address when a module that had it in slots of its own is gone");
    wp_process_delete(p);
    fixture_close(&x, "slots of others");
}

/* What has no address, and what this version does not know. */
static void test_no_symbols(tap *t) {
    static const char *const text =
        "(module (@dylink.0) (import \"env\" \"memory\" (memory 1))"
        " (export \"memory\" (memory 0)) (table (export \"table\") 1 funcref) (global (export \"mutable\") (mut i32) (i32.const 0))"
        " (global (export \"wide\") i64 (i64.const 0))"
        " (global (export \"datum\") i32 (i32.const 4)))";
    static const char *const none[] = {"memory", "table", "mutable", "wide"};
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_instance *m = loaded(&x, p, text);
    uint64_t address = 7;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        tap_ok(t,
               FAILS(&x, wp_process_symbol(p, m, none[i], strlen(none[i]), &address, fresh(&x)), WP_REFUSED,
                     "incompatible import type"),
               "%s has no address", none[i]);
    }
    tap_ok(t, EQ_STATUS(wp_process_symbol(p, m, "datum", 5, &address, NULL), WP_OK) && EQ(address, 4), "a datum has");
    tap_ok(t,
           FAILS(&x,
                 load(&x, p,
                      "(module (@dylink.0 (export-info \"tls\" 0x100)) (global (export \"tls\") i32 (i32.const 0)))",
                      NULL),
                 WP_UNSUPPORTED, "") &&
               CHECK(map_is(p, "p1 f15 ")),
           "symbols of threads are not supported");
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0) (import \"env\" \"nobody\" (func)))", NULL), WP_UNLOADABLE,
                 "unresolved symbol: env.nobody") &&
               CHECK(strstr(x.diag.message, "(in ") == NULL),
           "an error in a module that has no URI names none");
    wp_process_delete(p);
    fixture_close(&x, "no symbols");
}

/* Slots are as many as the limit says, for modules and for addresses of functions. */
static void test_slot_limit(tap *t) {
    static const char *const definer = "(module (@dylink.0) (func (export \"f\")) (func (export \"g\")))";
    static const char *const user =
        "(module (@dylink.0) (import \"GOT.func\" \"f\" (global (mut i32))) (import \"GOT.func\" \"g\" (global (mut i32))))";
    fixture x;
    fixture_open(&x, t);
    uint64_t slot = 7;
    fixture_limit(&x, "table_elements", 10);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_instance *a = loaded(&x, p, definer), *m = NULL;
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0 (mem-info (table 10 0))))", NULL), WP_UNLOADABLE,
                 "reservation failed"),
           "a module may not have more slots than there can be");
    tap_ok(t, EQ_STATUS(load(&x, p, "(module (@dylink.0 (mem-info (table 9 0))))", &m), WP_OK), "it may have all");
    tap_ok(t,
           FAILS(&x, load(&x, p, user, NULL), WP_UNLOADABLE, "reservation failed") &&
               EQ_STATUS(wp_process_symbol(p, a, "f", 1, &slot, NULL), WP_REFUSED),
           "then functions have no address");
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK) &&
               EQ_STATUS(load(&x, p, "(module (@dylink.0 (mem-info (table 8 0))))", NULL), WP_OK) &&
               FAILS(&x, load(&x, p, user, NULL), WP_UNLOADABLE, "reservation failed"),
           "one is not enough for two");
    tap_ok(t, EQ_STATUS(wp_process_symbol(p, a, "g", 1, &slot, NULL), WP_OK) && EQ(slot, 9), "and is left for one");
    wp_process_delete(p);
    fixture_close(&x, "slot limit");
}

/* Constant expressions with many operands, which only the loader evaluates with a stack of its own. */
static void test_deep_constants(tap *t) {
    enum { DEPTH = 400 };
    /* What is before the long one is short. */
    static const char *const begins[] = {
        "(global i32 (i32.const 1)) (global i32 (i32.const 1)) (global i32 ",
        "(data (global.get $b) \"\") (data (global.get $b) \"\") (data ",
        "(elem (table $own) (offset (i32.const 0)) func) (elem declare func)"
        " (elem (table $own) (offset ",
        "(elem (table $t) (global.get $tb) func) (elem (table $t) (global.get $tb) func)"
        " (elem (table $t) (offset "};
    static const char *const ends_with[] = {")", " \"\")", ") func)", ") func)"};
    fixture x;
    fixture_open_guarded(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    char *text = malloc(DEPTH * 32 + 1024);
    for (int place = 0; place < 4; place++) {
        char *end = text;
        end += sprintf(
            end,
            "(module (@dylink.0 (mem-info (memory %d 0) (table %d 0))) (import \"env\" \"memory\" (memory 1))"
            " (import \"env\" \"__memory_base\" (global $b i32)) (import \"env\" \"__table_base\" (global $tb i32))"
            " (import \"env\" \"__indirect_function_table\" (table $t 1 funcref)) (table $own %d funcref) %s",
            DEPTH, DEPTH, DEPTH, begins[place]);
        for (int i = 0; i < DEPTH; i++)
            end += sprintf(end, "(i32.add (i32.const 1) ");
        end += sprintf(end, "%s", place == 1 ? "(global.get $b)" : place == 3 ? "(global.get $tb)" : "(i32.const 0)");
        memset(end, ')', DEPTH);
        end += DEPTH;
        sprintf(end, "%s)", ends_with[place]);
        size_t mistakes = x.f.mistakes;
        tap_ok(t, EQ_STATUS(load(&x, p, text, NULL), WP_OK) && EQ(x.f.mistakes, mistakes), "%d operands in %s...)",
               DEPTH, begins[place]);
    }
    free(text);
    wp_process_delete(p);
    fixture_close(&x, "deep constants");
}

/* ---- LLVM 16 ------------------------------------------------------------------------------------------------- */

/* A library for wasm64 that takes table indices for 32-bit ones. */
static void test_table32(tap *t) {
    static const char *const narrow =
        "(module (@dylink.0 (mem-info (table 1 0))) (import \"env\" \"__indirect_function_table\" (table $t 1 funcref))"
        " (import \"env\" \"__table_base\" (global $wide i64)) (import \"env\" \"__table_base32\" (global $base i32))"
        " (import \"GOT.func\" \"f\" (global $f (mut i64))) (export \"base\" (global $base))"
        " (func $f (export \"f\") (result i32) (i32.const 42)) (func $g (result i32) (i32.const 43)) (elem (global.get $base) func $g)"
        " (func (export \"call\") (result i32) (call_indirect (result i32) (global.get $base)))"
        " (func (export \"call-f\") (result i32) (call_indirect (result i32) (i32.wrap_i64 (global.get $f))))"
        " (func (export \"same\") (result i32) (i64.eq (i64.extend_i32_u (global.get $base)) (global.get $wide)))"
        " (func (export \"grow\") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))"
        " (func (export \"size\") (result i32) (table.size $t)))";
    static const char *const wide =
        "(module (@dylink.0) (import \"env\" \"__indirect_function_table\" (table i64 1 funcref))"
        " (import \"GOT.func\" \"f\" (global $f (mut i64)))"
        " (func (export \"call-wide\") (result i32) (call_indirect (result i32) (global.get $f))))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I64, 16, 0);
    wp_store *store = wp_process_store(p);
    wp_instance *m = loaded(&x, p, narrow), *n = loaded(&x, p, wide);
    tap_ok(t,
           EQ(called(&x, store, m, "call", 0, 0), 43) && EQ(called(&x, store, m, "call-f", 0, 0), 42) &&
               EQ(called(&x, store, n, "call-wide", 0, 0), 42) && EQ(called(&x, store, m, "same", 0, 0), 1),
           "a library with 32-bit table indices shares the table");
    uint64_t size = called(&x, store, m, "size", 0, 0);
    tap_ok(t,
           EQ(called(&x, store, m, "grow", UINT32_MAX, 0), UINT32_MAX) && EQ(called(&x, store, m, "grow", 1, 0), size),
           "it grows it, or is told -1 in 32 bits");
    tap_ok(t,
           EQ_STATUS(wp_store_register(store, "narrow", 6, m, NULL), WP_OK) &&
               EQ_STATUS(load(&x, p, "(module (import \"narrow\" \"base\" (global i32)))", NULL), WP_OK) &&
               EQ_STATUS(load(&x, p, "(module (import \"narrow\" \"base\" (global (mut i32))))", NULL), WP_UNLOADABLE),
           "its base is a constant, whoever imports it");
    tap_ok(t,
           EQ_STATUS(load(&x, p, "(module (@dylink.0) (import \"env\" \"__table_base32\" (global i64)))", NULL),
                     WP_UNLOADABLE) &&
               EQ_STATUS(load(&x, p, "(module (import \"env\" \"__indirect_function_table\" (table 1 funcref)))", NULL),
                         WP_UNLOADABLE),
           "the base is an i32, and only libraries have this");
    wp_process_delete(p);
    p = created(&x, WP_T_I32, 16, 0);
    tap_ok(
        t,
        EQ_STATUS(load(&x, p, "(module (@dylink.0) (import \"env\" \"__table_base32\" (global i32)))", NULL),
                  WP_UNLOADABLE) &&
            EQ_STATUS(load(&x, p,
                           "(module (@dylink.0) (import \"env\" \"__indirect_function_table\" (table i64 1 funcref)))",
                           NULL),
                      WP_UNLOADABLE),
        "a wasm32 process knows nothing of it");
    wp_process_delete(p);
    fixture_close(&x, "table32");
}

/* Addresses in a wasm64 process are what they are, also beyond 2^32. */
static void test_far_data(tap *t) {
    static const char *const large = "(module (@dylink.0 (mem-info (memory 4294967295 0))))";
    static const char *const datum =
        "(module (@dylink.0 (mem-info (memory 16 0))) (import \"env\" \"memory\" (memory i64 1))"
        " (import \"env\" \"__memory_base\" (global $b i64)) (data (global.get $b) \"abcdefgh\")"
        " (import \"GOT.mem\" \"d\" (global $d (mut i64))) (global (export \"d\") i64 (i64.const 4))"
        " (func (export \"get\") (result i32) (i32.load8_u (global.get $d))))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I64, 1 << 18, 0);
    loaded(&x, p, large);
    wp_instance *m = loaded(&x, p, datum);
    uint64_t address = 0;
    tap_ok(t,
           EQ_STATUS(wp_process_symbol(p, m, "d", 1, &address, NULL), WP_OK) &&
               EQ(address, ((uint64_t)1 << 32) + WP_PAGE_SIZE + 4) &&
               EQ(called(&x, wp_process_store(p), m, "get", 0, 0), 'e'),
           "a datum beyond 2^32 has its address");
    wp_process_delete(p);
    fixture_close(&x, "far data");
}

/* ---- Other memories ------------------------------------------------------------------------------------------ */

/* Rule load.data: a process may have memories of the host's, for which there are no active segments. */
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
    tap_ok(t, CHECK(refused) && CHECK(map_is(p, "p1 f15 ")), "a data segment is for the memory of the process");
    uint8_t byte = 7;
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0 (mem-info (memory 1048576 0))))", NULL), WP_UNLOADABLE,
                 "reservation failed") &&
               EQ(wp_memory_pages(memory), 2) &&
               EQ_STATUS(wp_memory_write(memory, 2 * WP_PAGE_SIZE - 1, &byte, 1, NULL), WP_OK),
           "a load that fails takes no other memory along");
    tap_ok(t, EQ(called(&x, store, loaded(&x, p, fine), "get", 0, 0), 'x'), "beside which a module may use another");
    wp_process_delete(p);
    fixture_close(&x, "other memory");
}

/* ---- Chance -------------------------------------------------------------------------------------------------- */

static wp_process *by_chance(fixture *x, uint64_t seed) {
    wp_process_desc desc = {.pointer = WP_T_I64, .pages = 1024, .stack = 4, .aslr = true, .seed = seed};
    wp_process *p = NULL;
    REQUIRE(EQ_STATUS(wp_process_new(x->engine, &desc, &p, NULL), WP_OK));
    return p;
}

/* The places of the stack, of a module's data and of a mapping, as one number. */
static uint64_t places(fixture *x, uint64_t seed) {
    static const char *const text =
        "(module (@dylink.0 (mem-info (memory 1 0))) (import \"env\" \"__memory_base\" (global $b i64))"
        " (import \"env\" \"__stack_pointer\" (global $s (mut i64)))"
        " (func (export \"base\") (result i64) (global.get $b))"
        " (func (export \"stack\") (result i64) (global.get $s)))";
    wp_process *p = by_chance(x, seed);
    wp_store *store = wp_process_store(p);
    wp_instance *m = loaded(x, p, text);
    uint64_t address = 0, again = 0;
    REQUIRE(EQ_STATUS(wp_process_mmap(p, 0, 1, &address, NULL), WP_OK) &&
            EQ_STATUS(wp_process_mmap(p, 0, 1, &again, NULL), WP_OK));
    uint64_t all = called(x, store, m, "base", 0, 0) / WP_PAGE_SIZE;
    all = all * 1024 + called(x, store, m, "stack", 0, 0) / WP_PAGE_SIZE;
    all = all * 1024 + address / WP_PAGE_SIZE;
    all = all * 1024 + again / WP_PAGE_SIZE;
    wp_process_delete(p);
    return all;
}

static void test_chance(tap *t) {
    fixture x;
    fixture_open(&x, t);
    enum { SEEDS = 50 };
    uint64_t found[SEEDS];
    size_t same = 0, changed = 0, bases = 0, stacks = 0, mappings = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        found[seed] = places(&x, seed);
        changed += places(&x, seed) != found[seed] ? 1 : 0;
        for (uint64_t i = 0; i < seed; i++) {
            same += found[i] == found[seed] ? 1 : 0;
            bases += found[i] >> 30 == found[seed] >> 30 ? 1 : 0;
            stacks += (found[i] >> 20) % 1024 == (found[seed] >> 20) % 1024 ? 1 : 0;
            mappings += (found[i] >> 10) % 1024 == (found[seed] >> 10) % 1024 ? 1 : 0;
        }
    }
    tap_ok(t, EQ(changed, 0), "one seed gives the same places again");
    /* Of 1225 pairs about 1 in 1000 agrees in one place by chance. */
    tap_ok(t, EQ(same, 0) && CHECK(bases < 20) && CHECK(stacks < 20) && CHECK(mappings < 20),
           "others give others: %zu, %zu, %zu, %zu of 1225 agree", same, bases, stacks, mappings);
    fixture_close(&x, "chance");
}

/* ---- Whose loads ---------------------------------------------------------------------------------------------- */

/* The embedder and a module load one library; each can take back its own loads alone. */
static void test_holds(tap *t) {
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
           "a library is loaded twice");
    tap_ok(t, EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK), "the embedder takes its load back");
    tap_ok(t, FAILS(&x, wp_process_unload(p, a, fresh(&x)), WP_REFUSED, "library still needed"),
           "but not the module's");
    tap_ok(t, EQ_STATUS(load_name(&x, p, "a", &a), WP_OK) && EQ(called(&x, store, m, "close", handle, 0), 1),
           "nor does a module");
    tap_ok(t, EQ(called(&x, store, m, "close", handle, 0), 0) && EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK),
           "take back the embedder's");
    /* A load that can't be taken back yet is still the module's, and nobody else's. */
    handle = called(&x, store, m, "open", 0, 0);
    wp_instance *user = loaded(&x, p, "(module (@dylink.0) (import \"env\" \"fa\" (func)))");
    tap_ok(t, EQ(called(&x, store, m, "close", handle, 0), 0) && EQ_STATUS(load_name(&x, p, "a", &a), WP_OK),
           "what is needed stays");
    tap_ok(t, EQ_STATUS(wp_process_unload(p, user, NULL), WP_OK) && EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK),
           "when it is not needed");
    tap_ok(t,
           FAILS(&x, wp_process_unload(p, a, fresh(&x)), WP_REFUSED, "library still needed: the loads that are left") &&
               EQ(called(&x, store, m, "close", handle, 0), 1),
           "the module can take it back");
    wp_process_delete(p);
    fixture_close(&x, "holds");
}

/* ---- Tables of others ------------------------------------------------------------------------------------------ */

/* A load whose last step fails, of a module that has functions for a table that was there before. */
static void test_other_tables(tap *t) {
    static const char owner[] =
        "(module (table (export \"t\") 4 funcref) (func (export \"call\") (call_indirect (i32.const 0))))";
    static const char user[] = "(module (@dylink.0) (table (import \"reg\" \"t\") 4 funcref)"
                               " (import \"GOT.func\" \"own\" (global (mut i32)))"
                               " (func $own (export \"own\")) (elem (i32.const 0) func $own))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *store = wp_process_store(p);
    wp_instance *m = loaded(&x, p, owner), *n = NULL;
    loaded(&x, p, "(module (@dylink.0 (mem-info (table 7 0))))");
    wp_module *module = fixture_module(&x, user);
    REQUIRE(EQ_STATUS(wp_store_register(store, "reg", 3, m, NULL), WP_OK) &&
            CHECK(wp_limit_set(x.engine, "table_elements", 8)));
    tap_ok(t, FAILS(&x, wp_process_load(p, module, &n, fresh(&x)), WP_UNLOADABLE, "reservation failed"),
           "there is no room for the address of a function");
    wp_status status = call(&x, store, m, "call", 0, 0, NULL);
    tap_ok(t, FAILS(&x, status, WP_TRAP, "uninitialized element"), "and nothing in the tables of others");
    fixture_limit(&x, "table_elements", 9);
    tap_ok(t,
           EQ_STATUS(wp_process_load(p, module, &n, NULL), WP_OK) &&
               EQ_STATUS(call(&x, store, m, "call", 0, 0, NULL), WP_OK),
           "where there is room, there is both");
    wp_module_delete(module);
    wp_process_delete(p);
    fixture_close(&x, "other tables");
}

/* ---- Threads ------------------------------------------------------------------------------------------------- */

/* Libraries with data of threads, and so with code that finds them by a base that nobody sets. */
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
           "a library with thread-local symbols is not supported, and named");
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
    test_asking(&t);
    test_slots_undone(&t);
    test_many_symbols(&t);
    test_many_functions(&t);
    test_slots_of_others(&t);
    test_no_symbols(&t);
    test_slot_limit(&t);
    test_deep_constants(&t);
    test_table32(&t);
    test_far_data(&t);
    test_other_memory(&t);
    test_chance(&t);
    test_holds(&t);
    test_other_tables(&t);
    test_threads(&t);
    return tap_done(&t);
}
