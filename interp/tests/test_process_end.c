/* test_process_end.c: the end of a process: by the embedder, by exit, by exhausted storage (rules process.end,
 * process.exit, mmap.lazy). */
#include "process_fixture.h"

/* ---- The end ------------------------------------------------------------------------------------------------- */

typedef struct end_attempt {
    wp_process *process;
    wp_status status;
    wp_diag diag;
} end_attempt;

static wp_status end_from_inside(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    end_attempt *attempt = ctx;
    (void)store, (void)args, (void)results, (void)diag;
    attempt->status = wp_process_end(attempt->process, &attempt->diag);
    return WP_OK;
}

static void test_end(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 2), *other = created(&x, WP_T_I32, 64, 0);
    wp_store *s = wp_process_store(p);
    end_attempt attempt = {p, WP_OK, {.status = WP_OK}};
    wp_extern func, memory;
    REQUIRE(EQ_STATUS(wp_func_new(s, NULL, 0, NULL, 0, end_from_inside, &attempt, &func, NULL), WP_OK) &&
            EQ_STATUS(wp_store_define(s, "host", 4, "end", 3, func, NULL), WP_OK));
    wp_instance *m = loaded(&x, p, tools(WP_T_I32)), *o = loaded(&x, other, tools(WP_T_I32));
    wp_instance *e =
        loaded(&x, p, "(module (import \"host\" \"end\" (func $end)) (func (export \"end\") (call $end)))");
    tap_ok(t,
           EQ_STATUS(call(&x, s, e, "end", 0, 0, NULL), WP_OK) && EQ_STATUS(attempt.status, WP_REFUSED) &&
               CHECK(!wp_process_ended(p)),
           "a process does not end while a call into it is running");
    uint8_t byte = 1;
    size_t unused = x.f.live;
    /* Tables and the stacks of calls are storage of the process, too. */
    loaded(&x, p, "(module (table 10000 funcref))");
    size_t with_table = x.f.live;
    for (uint64_t page = 1; page < 20; page++) {
        uint64_t a = pmap(p, 0, PAGE);
        REQUIRE(EQ_STATUS(wp_process_write(p, a, &byte, 1, NULL), WP_OK));
    }
    tap_ok(t,
           CHECK(x.f.live > with_table + 19 * PAGE) && CHECK(with_table > unused + 10000 * 4) &&
               EQ_STATUS(wp_process_end(p, NULL), WP_OK) && CHECK(x.f.live < unused),
           "the end of a process frees its storage");
    tap_ok(t, CHECK(wp_process_ended(p)) && CHECK(wp_process_store(p) == NULL) && CHECK(!wp_process_ended(other)),
           "the other process has not ended");
    uint64_t address = 0;
    bool done = false;
    wp_module *module = fixture_module(&x, "(module)");
    wp_instance *instance;
#define REFUSED(operation) FAILS(&x, operation, WP_REFUSED, "process has ended")
    tap_ok(t, REFUSED(wp_process_end(p, fresh(&x))), "after the end, ending is refused");
    tap_ok(t,
           REFUSED(wp_process_mmap(p, 0, 1, &address, fresh(&x))) &&
               REFUSED(wp_process_munmap(p, PAGE, 1, &done, fresh(&x))) &&
               REFUSED(wp_process_discard(p, PAGE, 1, &done, fresh(&x))),
           "after the end, mmap, munmap and discard are refused");
    tap_ok(t,
           REFUSED(wp_process_read(p, PAGE, &byte, 1, fresh(&x))) &&
               REFUSED(wp_process_write(p, PAGE, &byte, 1, fresh(&x))),
           "after the end, reading and writing are refused");
    tap_ok(t, REFUSED(wp_process_load(p, module, &instance, fresh(&x))), "after the end, loading is refused");
    tap_ok(t, REFUSED(call(&x, s, m, "size", 0, 0, NULL)) && REFUSED(call(&x, s, m, "mmap", 0, 1, NULL)),
           "after the end, calls are refused");
    tap_ok(t,
           REFUSED(wp_store_register(s, "m", 1, m, fresh(&x))) &&
               REFUSED(wp_store_define(s, "h", 1, "f", 1, func, fresh(&x))),
           "after the end, registering and defining are refused");
    tap_ok(t,
           CHECK(wp_instance_export(m, "memory", 6, &memory)) &&
               REFUSED(wp_memory_read(memory, PAGE, &byte, 1, fresh(&x))) &&
               REFUSED(wp_memory_write(memory, PAGE, &byte, 1, fresh(&x))) && EQ(wp_memory_pages(memory), 0),
           "after the end, its memory refuses access and has no pages");
#undef REFUSED
    wp_module_delete(module);
    tap_ok(t, EQ(called(&x, wp_process_store(other), o, "mmap", PAGE, 1), PAGE), "the other process continues");
    wp_process_delete(p);
    wp_process_delete(other);
    fixture_close(&x, "end");
}

/* Rule mmap.lazy: storage runs out under a program, or under the host. */
static void test_exhaustion(tap *t) {
    fixture x;
    fixture_open(&x, t);
    fixture_limit(&x, "sparse_pages", 10);
    for (int from_host = 0; from_host < 2; from_host++) {
        wp_process *p = created(&x, WP_T_I32, 64, 0);
        wp_store *s = wp_process_store(p);
        wp_instance *m = loaded(&x, p, tools(WP_T_I32));
        uint8_t bytes[1] = {1};
        bool good =
            called(&x, s, m, "mmap", PAGE, 60 * PAGE) == PAGE && call(&x, s, m, "fill", PAGE, 10 * PAGE, NULL) == WP_OK;
        tap_ok(t, CHECK(good) && EQ(called(&x, s, m, "load8", 50 * PAGE, 0), 0), "ten pages may have storage");
        wp_status status = from_host ? wp_process_write(p, 20 * PAGE, bytes, 1, fresh(&x))
                                     : call(&x, s, m, "fill", 20 * PAGE, 1, NULL);
        tap_ok(t, FAILS(&x, status, WP_EXHAUSTION, "out of memory"), "the eleventh page is exhaustion, not a trap");
        tap_ok(t, wp_process_ended(p), "exhaustion ends the process");
        status = call(&x, s, m, "load8", PAGE, 0, NULL);
        tap_ok(t, FAILS(&x, status, WP_REFUSED, "process has ended"), "after exhaustion, calls are refused");
        tap_ok(t, FAILS(&x, wp_process_end(p, fresh(&x)), WP_REFUSED, "process has ended"),
               "after exhaustion, ending is refused");
        wp_process_delete(p);
    }
    fixture_close(&x, "exhaustion");
}

/* A host function that calls back and ignores the result. */
static wp_status call_and_ignore(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_extern *back = ctx;
    (void)args, (void)results, (void)diag;
    return wp_call(store, *back, NULL, 0, NULL, 0, NULL) == WP_CRASH ? WP_CRASH : WP_OK;
}

/* Rules process.exit, mmap.lazy: a program that has ended does not continue after a host function that hides the end.
 */
static void test_end_below(tap *t) {
    static const char text[] =
        "(module (import \"host\" \"call\" (func $call)) (import \"host\" \"after\" (func $after))"
        " (import \"process\" \"exit\" (func $exit (param i32)))"
        " (import \"process\" \"mmap\" (func $mmap (param i32 i64) (result i32))) (import \"env\" \"memory\" (memory 1))"
        " (func (export \"exit\") (call $exit (i32.const 9)))"
        " (func (export \"use\") (drop (call $mmap (i32.const 0x10000) (i64.const 0x200000)))"
        "   (memory.fill (i32.const 0x10000) (i32.const 1) (i32.const 0x200000)))"
        " (func (export \"run\") (call $call) (call $after)))";
    static const struct {
        const char *function;
        wp_status status;
        const char *message;
    } ends[] = {{"exit", WP_EXIT, "exit with code 9"}, {"use", WP_EXHAUSTION, "out of memory"}};
    fixture x;
    fixture_open(&x, t);
    fixture_limit(&x, "sparse_pages", 10);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        wp_process *p = created(&x, WP_T_I32, 64, 0);
        wp_store *s = wp_process_store(p);
        wp_extern back, func, after;
        end_attempt attempt = {p, WP_OK, {.status = WP_OK}};
        REQUIRE(EQ_STATUS(wp_func_new(s, NULL, 0, NULL, 0, call_and_ignore, &back, &func, NULL), WP_OK) &&
                EQ_STATUS(wp_func_new(s, NULL, 0, NULL, 0, end_from_inside, &attempt, &after, NULL), WP_OK) &&
                EQ_STATUS(wp_store_define(s, "host", 4, "call", 4, func, NULL), WP_OK) &&
                EQ_STATUS(wp_store_define(s, "host", 4, "after", 5, after, NULL), WP_OK));
        wp_instance *m = loaded(&x, p, text);
        REQUIRE(wp_instance_export(m, ends[i].function, strlen(ends[i].function), &back));
        tap_ok(t, FAILS(&x, call(&x, s, m, "run", 0, 0, NULL), ends[i].status, ends[i].message),
               "%s: a host function cannot hide the end of the program", ends[i].function);
        tap_ok(t, EQ_STATUS(attempt.diag.status, WP_OK) && CHECK(wp_process_ended(p)), "the program does not continue");
        wp_process_delete(p);
    }
    fixture_close(&x, "end below");
}

/* A host function that exhausts the storage and ignores it. The process has then ended, but exists while its code runs.
 */
static wp_status spend(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process **process = ctx;
    uint8_t byte = 1;
    (void)store, (void)args, (void)results, (void)diag;
    wp_status status = WP_OK;
    for (uint64_t page = 20; status == WP_OK; page++)
        status = wp_process_write(*process, page * PAGE, &byte, 1, NULL);
    wp_range_info range;
    bool refused = wp_process_read(*process, PAGE, &byte, 1, NULL) == WP_REFUSED;
    return refused && wp_process_range(*process, 1, &range, NULL) == WP_OK ? WP_OK : WP_CRASH;
}

static const char *const spender =
    "(module (import \"host\" \"spend\" (func $spend)) (import \"env\" \"memory\" (memory 1))"
    " (import \"process\" \"mmap\" (func $mmap (param i32 i64) (result i32)))"
    " (import \"process\" \"munmap\" (func $munmap (param i32 i64) (result i32)))"
    " (import \"process\" \"discard\" (func $discard (param i32 i64) (result i32)))"
    " (import \"process\" \"load\" (func $load (param i32 i32) (result i32)))"
    " (import \"process\" \"symbol\" (func $symbol (param i32 i32 i32) (result i32)))"
    " (import \"process\" \"unload\" (func $unload (param i32) (result i32)))"
    " (import \"process\" \"exit\" (func $exit (param i32)))"
    " (func (export \"access\") (call $spend) (drop (i32.load8_u (i32.const 65536))))"
    " (func (export \"mmap\") (call $spend) (drop (call $mmap (i32.const 0) (i64.const 1))))"
    " (func (export \"munmap\") (call $spend) (drop (call $munmap (i32.const 0) (i64.const 0))))"
    " (func (export \"discard\") (call $spend) (drop (call $discard (i32.const 0) (i64.const 0))))"
    " (func (export \"load\") (call $spend) (drop (call $load (i32.const 0) (i32.const 0))))"
    " (func (export \"symbol\") (call $spend) (drop (call $symbol (i32.const 0) (i32.const 0) (i32.const 0))))"
    " (func (export \"unload\") (call $spend) (drop (call $unload (i32.const 0))))"
    " (func (export \"exit\") (call $spend) (call $exit (i32.const 0)))"
    " (func (export \"loop\") (local $i i32) (call $spend)"
    "   (loop (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50000000))))))";

static void test_exhaustion_inside(tap *t) {
    static const char *const names[] = {"access", "mmap",   "munmap", "discard", "load",
                                        "symbol", "unload", "exit",   "loop"};
    fixture x;
    fixture_open(&x, t);
    fixture_limit(&x, "sparse_pages", 10);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        wp_process *p = created(&x, WP_T_I32, 64, 0);
        wp_store *s = wp_process_store(p);
        wp_extern func;
        REQUIRE(EQ(pmap(p, PAGE, 60 * PAGE), PAGE) &&
                EQ_STATUS(wp_func_new(s, NULL, 0, NULL, 0, spend, &p, &func, NULL), WP_OK) &&
                EQ_STATUS(wp_store_define(s, "host", 4, "spend", 5, func, NULL), WP_OK));
        wp_status status = call(&x, s, loaded(&x, p, spender), names[i], 0, 0, NULL);
        tap_ok(t, FAILS(&x, status, WP_EXHAUSTION, "") && CHECK(wp_process_ended(p)),
               "after exhaustion in a host function the program does not continue: %s", names[i]);
        wp_process_delete(p);
    }
    fixture_close(&x, "exhaustion inside");
}

/* Rule process.exit, called by the embedder. */
static void test_exit_from_outside(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m =
        loaded(&x, p, "(module (import \"process\" \"exit\" (func $exit (param i32))) (export \"exit\" (func $exit)))");
    wp_status status = call(&x, s, m, "exit", 7, 0, NULL);
    tap_ok(t, FAILS(&x, status, WP_EXIT, "exit with code 7") && CHECK(wp_process_ended(p)),
           "the embedder calls process.exit");
    wp_process_delete(p);
    wp_process *q = NULL;
    x.backend = WP_BACKEND_NATIVE;
    tap_ok(t,
           FAILS(&x, create(&x, WP_T_I64, (uint64_t)1 << 44, 0, &q), WP_REFUSED,
                 "extent of 17592186044416 pages: the host") &&
               EQ(x.f.mistakes, 0),
           "an extent that the host cannot reserve is refused");
    fixture_close(&x, "exit from outside");
}

/* An operation of the embedder on a process, by its number. */
typedef struct question {
    fixture *x;
    wp_process *process;
    wp_instance *instance;
    wp_module *module;
    int number;
    bool was_refused;
} question;
enum { QUESTIONS = 12 };

static wp_status ask(question *q) {
    uint64_t address;
    uint8_t byte = 0;
    bool done;
    wp_instance *instance;
    wp_process *p = q->process;
    wp_diag *diag = fresh(q->x);
    switch (q->number) {
    case 0: return wp_process_read(p, PAGE, &byte, 1, diag);
    case 1: return wp_process_write(p, PAGE, &byte, 1, diag);
    case 2: return wp_process_mmap(p, 0, 1, &address, diag);
    case 3: return wp_process_munmap(p, 0, 1, &done, diag);
    case 4: return wp_process_load(p, q->module, &instance, diag);
    case 5: return wp_process_load_library(p, "name", 4, &instance, diag);
    case 6: return wp_process_bind(p, "name", 4, "test:name", 9, NULL, diag);
    case 7: return wp_process_symbol(p, q->instance, "exit", 4, &address, diag);
    case 8: return wp_process_unload(p, q->instance, diag);
    case 9: return wp_process_bind_all(p, NULL, 0, diag);
    case 10: return wp_process_discard(p, 0, 1, &done, diag);
    default: return wp_process_end(p, diag);
    }
}

/* A host function that ends the process by exhaustion, then asks. */
static wp_status spend_and_ask(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    question *q = ctx;
    if (spend(&q->process, store, args, results, diag) != WP_OK)
        return WP_CRASH;
    wp_status status = ask(q);
    q->was_refused = FAILS(q->x, status, WP_REFUSED, "process has ended");
    return WP_OK;
}

/* Rule process.end: a process that has ended refuses every operation, while its code is running and afterwards. The
 * first operation after that frees its storage. */
static void test_ended_within(tap *t) {
    static const char *const user =
        "(module (import \"host\" \"ask\" (func $ask)) (import \"process\" \"exit\" (func $exit (param i32)))"
        " (func (export \"ask\") (call $ask)) (func (export \"exit\") (call $exit (i32.const 3))))";
    fixture x;
    fixture_open(&x, t);
    fixture_limit(&x, "sparse_pages", 10);
    question q = {.x = &x, .module = fixture_module(&x, "(module)")};
    int within = 0, after = 0, freed = 0;
    for (q.number = 0; q.number < QUESTIONS; q.number++)
        for (int inside = 0; inside < 2; inside++) {
            wp_extern func;
            wp_process *p = created(&x, WP_T_I32, 64, 0);
            q.process = p;
            REQUIRE(
                EQ(pmap(p, PAGE, 60 * PAGE), PAGE) &&
                EQ_STATUS(wp_func_new(wp_process_store(p), NULL, 0, NULL, 0, spend_and_ask, &q, &func, NULL), WP_OK) &&
                EQ_STATUS(wp_store_define(wp_process_store(p), "host", 4, "ask", 3, func, NULL), WP_OK));
            q.instance = loaded(&x, p, user);
            call(&x, wp_process_store(p), q.instance, inside ? "ask" : "exit", 0, 0, NULL);
            within += inside && q.was_refused ? 1 : 0;
            size_t live = x.f.live;
            after += wp_process_ended(p) && FAILS(&x, ask(&q), WP_REFUSED, "process has ended") ? 1 : 0;
            size_t left = x.f.live;
            wp_range_info range;
            freed += left < live && wp_process_range(p, 1, &range, NULL) == WP_REFUSED && x.f.live == left ? 1 : 0;
            wp_process_delete(p);
        }
    tap_ok(t, EQ(within, QUESTIONS), "a process that has ended refuses all of %d operations while its code is running",
           QUESTIONS);
    tap_ok(t, EQ(after, 2 * QUESTIONS), "a process that has ended refuses them when it is not running");
    tap_ok(t, EQ(freed, 2 * QUESTIONS), "the first operation frees the storage");
    wp_module_delete(q.module);
    fixture_close(&x, "ended within");
}

int main(void) {
    tap t = {0};
    test_end(&t);
    test_exhaustion(&t);
    test_end_below(&t);
    test_exhaustion_inside(&t);
    test_exit_from_outside(&t);
    test_ended_within(&t);
    return tap_done(&t);
}
