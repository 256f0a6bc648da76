/* test_process.c: creation of processes, their stacks, random placement, isolation, through the public interface (rules
 * process.*). */
#include "process_fixture.h"
#include "small_chunks.h"

/* ---- Creation ------------------------------------------------------------------------------------------------ */

/* A condition: creation is refused and leaves no trace. */
static bool refused(fixture *x, wp_valtype pointer, uint64_t pages, uint64_t stack, const char *text) {
    wp_process *p = NULL;
    size_t live = x->f.live;
    wp_status status = create(x, pointer, pages, stack, &p);
    return FAILS(x, status, WP_REFUSED, text) && CHECK(p == NULL) && EQ(x->f.live, live);
}

static void test_create(tap *t) {
    fixture x;
    fixture_open(&x, t);
    /* The engine keeps function types from the first use on. */
    wp_process_delete(created(&x, WP_T_I32, 2, 0));
    wp_process_delete(created(&x, WP_T_I64, 2, 0));
    const uint64_t large = (uint64_t)1 << 48;
    tap_ok(t,
           refused(&x, WP_T_I32, 0, 0, "extent") && refused(&x, WP_T_I32, 1, 0, "extent") &&
               refused(&x, WP_T_I32, 65537, 0, "extent") && refused(&x, WP_T_I64, 0, 0, "extent") &&
               refused(&x, WP_T_I64, 1, 0, "extent") && refused(&x, WP_T_I64, large + 1, 0, "extent") &&
               refused(&x, WP_T_I64, UINT64_MAX, 0, "extent"),
           "illegal extents are refused");
    tap_ok(t, refused(&x, WP_T_F32, 4, 0, "the pointer type"), "a pointer type that is not an integer is refused");
    tap_ok(t,
           refused(&x, WP_T_I32, 4, 3, "reservation failed") && refused(&x, WP_T_I32, 4, 4, "reservation failed") &&
               refused(&x, WP_T_I64, large, large - 1, "reservation failed") &&
               refused(&x, WP_T_I64, large, UINT64_MAX, "reservation failed"),
           "a stack that does not fit beside page 0 and its guard page is refused");
    wp_process_desc desc = {.pointer = WP_T_I32, .pages = 4, .backend = (wp_backend)99};
    wp_process *p = NULL;
    tap_ok(t, FAILS(&x, wp_process_new(x.engine, &desc, &p, fresh(&x)), WP_REFUSED, "there is no such backend"),
           "an unknown back end is refused");
    const struct {
        wp_valtype pointer;
        uint64_t pages;
    } legal[] = {{WP_T_I32, 2}, {WP_T_I32, 1024},  {WP_T_I32, 65536},
                 {WP_T_I64, 2}, {WP_T_I64, 65537}, {WP_T_I64, large}};
    for (size_t i = 0; i < sizeof legal / sizeof *legal; i++) {
        p = created(&x, legal[i].pointer, legal[i].pages, 0);
        wp_instance *m = loaded(&x, p, tools(legal[i].pointer));
        tap_ok(t,
               EQ(called(&x, wp_process_store(p), m, "size", 0, 0),
                  legal[i].pages & (legal[i].pointer == WP_T_I32 ? UINT32_MAX : UINT64_MAX)),
               "memory.size of a process of %llu pages", (unsigned long long)legal[i].pages);
        wp_process_delete(p);
    }
    wp_process_delete(NULL);
    fixture_close(&x, "creation");
}

/* A condition: creation with its k-th allocation failing fails and leaves no trace. On the native back end the failure
 * can be that of the extent's reservation. */
static bool fails_whole(fixture *x, wp_valtype pointer, size_t k) {
    wp_process *p = NULL;
    size_t live = x->f.live;
    failing_start(&x->f, k);
    wp_status status = create(x, pointer, 64, 4, &p);
    failing_stop(&x->f);
    if (status != WP_OK && x->f.live == live && p == NULL)
        return x->backend == WP_BACKEND_NATIVE && status == WP_REFUSED
                   ? FAILS(x, status, WP_REFUSED, "extent of 64 pages: the host can't reserve")
                   : FAILS(x, status, WP_EXHAUSTION, "out of memory");
    wp_process_delete(p);
    return false;
}

static void test_create_no_memory(tap *t, wp_backend backend, wp_valtype pointer) {
    fixture x;
    fixture_open_guarded(&x, t);
    x.backend = backend;
    wp_process_delete(created(&x, pointer, 64, 4));
    x.f.calls = 0;
    wp_process_delete(created(&x, pointer, 64, 4));
    size_t count = x.f.calls, failed = 0;
    for (size_t k = 1; k <= count; k++)
        failed += fails_whole(&x, pointer, k) ? 1 : 0;
    tap_ok(t, CHECK(count > 10) && EQ(failed, count),
           "creation fails when any of its %zu allocations and all later ones do", count);
    x.f.once = true;
    failed = 0;
    for (size_t k = 1; k <= count; k++)
        failed += fails_whole(&x, pointer, k) ? 1 : 0;
    tap_ok(t, EQ(failed, count), "creation fails when any of its allocations alone does");
    fixture_close(&x, "creation without memory");
}

/* The first process of an engine, which creates the types of the platform's functions. */
static void test_create_first_no_memory(tap *t, wp_valtype pointer) {
    size_t k = 1, failed = 0;
    for (bool more = true; more; k++) {
        fixture x;
        wp_process *p = NULL;
        fixture_open_guarded(&x, t);
        x.f.once = true;
        failing_start(&x.f, k);
        wp_status status = create(&x, pointer, 64, 4, &p);
        failing_stop(&x.f);
        more = x.f.calls >= k;
        failed += more && p == NULL && FAILS(&x, status, WP_EXHAUSTION, "out of memory") ? 1 : 0;
        wp_process_delete(p);
        fixture_close(&x, "first creation without memory");
    }
    tap_ok(t, CHECK(k > 30) && EQ(failed, k - 2), "the first creation fails when any of its %zu allocations does",
           k - 2);
}

/* Stacks up to the largest, and the initial stack pointer. */
static void test_stack(tap *t) {
    fixture x;
    fixture_open(&x, t);
    const struct {
        wp_valtype pointer;
        uint64_t pages, stack;
    } cases[] = {{WP_T_I32, 16, 1},
                 {WP_T_I32, 3, 1},
                 {WP_T_I32, 65536, 65534},
                 {WP_T_I32, 65536, 40000},
                 {WP_T_I64, (uint64_t)1 << 48, ((uint64_t)1 << 48) - 2},
                 {WP_T_I64, (uint64_t)1 << 48, 1 << 20},
                 {WP_T_I32, 16, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wp_process *p = created(&x, cases[i].pointer, cases[i].pages, cases[i].stack);
        wp_instance *m =
            loaded(&x, p,
                   cases[i].pointer == WP_T_I32
                       ? "(module (global $sp (export \"sp\") (import \"env\" \"__stack_pointer\") (mut i32))"
                         " (func (export \"set\") (param i32) (global.set $sp (local.get 0))))"
                       : "(module (global $sp (export \"sp\") (import \"env\" \"__stack_pointer\") (mut i64))"
                         " (func (export \"set\") (param i64) (global.set $sp (local.get 0))))");
        wp_extern global;
        REQUIRE(wp_instance_export(m, "sp", 2, &global));
        wp_value v = wp_global_value(global);
        uint64_t top = v.type == WP_T_I32 ? v.of.i32 : v.of.i64;
        if (cases[i].stack == 0) {
            tap_ok(t, EQ(top, 0), "without a stack, the stack pointer is 0");
            wp_process_delete(p);
            continue;
        }
        uint64_t last = (top - 1) / PAGE, first = last + 1 - cases[i].stack; /* pages of the stack */
        uint8_t byte = 1;
        tap_ok(t, EQ(top % 16, 0) && CHECK(top != 0) && EQ(v.type, cases[i].pointer),
               "the stack pointer starts at a multiple of 16");
        /* A stack at the end of the address space has no address behind it. */
        bool is_last = last + 1 == (cases[i].pointer == WP_T_I32 ? (uint64_t)1 << 16 : (uint64_t)1 << 48);
        tap_ok(t, EQ(top % PAGE == 0, !is_last),
               "the stack pointer starts at the end of the stack, or below the end of the address space");
        bool done = true;
        tap_ok(t,
               EQ_STATUS(wp_process_write(p, top - 1, &byte, 1, NULL), WP_OK) &&
                   EQ_STATUS(wp_process_write(p, first * PAGE, &byte, 1, NULL), WP_OK) &&
                   EQ_STATUS(wp_process_write(p, first * PAGE - 1, &byte, 1, NULL), WP_TRAP),
               "%llu pages of stack: both ends can be written, the guard page cannot",
               (unsigned long long)cases[i].stack);
        bool kept = true;
        for (uint64_t page = first - 1; page <= last && page < first + 3; page++)
            kept = EQ_STATUS(wp_process_munmap(p, page * PAGE, 1, &done, NULL), WP_OK) && CHECK(!done) && kept;
        tap_ok(t,
               CHECK(kept) && EQ(called(&x, wp_process_store(p), m, "set", 32, 0), 0) &&
                   EQ(wp_global_value(global).of.i32, 32),
               "stack and guard page cannot be unmapped; the stack pointer can be set");
        wp_process_delete(p);
    }
    fixture_close(&x, "stack");
}

/* ---- Random placement ---------------------------------------------------------------------------------------- */

static wp_process *randomized(fixture *x, uint64_t seed) {
    wp_process_desc desc = {.pointer = WP_T_I64, .pages = 1024, .stack = 4, .aslr = true, .seed = seed};
    wp_process *p = NULL;
    REQUIRE(EQ_STATUS(wp_process_new(x->engine, &desc, &p, NULL), WP_OK));
    return p;
}

/* The places of the stack, of a module's data and of two mappings, as one number. */
static uint64_t places(fixture *x, uint64_t seed) {
    static const char *const text =
        "(module (@dylink.0 (mem-info (memory 1 0))) (import \"env\" \"__memory_base\" (global $b i64))"
        " (import \"env\" \"__stack_pointer\" (global $s (mut i64)))"
        " (func (export \"base\") (result i64) (global.get $b))"
        " (func (export \"stack\") (result i64) (global.get $s)))";
    wp_process *p = randomized(x, seed);
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

static void test_random_placement(tap *t) {
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
    tap_ok(t, EQ(changed, 0), "one seed gives the same places");
    /* Of 1225 pairs about 1 in 1000 agrees in one place. */
    tap_ok(t, EQ(same, 0) && CHECK(bases < 20) && CHECK(stacks < 20) && CHECK(mappings < 20),
           "other seeds give other places: %zu, %zu, %zu, %zu of 1225 pairs agree", same, bases, stacks, mappings);
    fixture_close(&x, "random placement");
}

/* ---- Two processes ------------------------------------------------------------------------------------------- */

static void test_isolation(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0), *q = created(&x, WP_T_I32, 64, 0);
    wp_store *ps = wp_process_store(p), *qs = wp_process_store(q);
    wp_instance *pm = loaded(&x, p, tools(WP_T_I32)), *qm = loaded(&x, q, tools(WP_T_I32));
    tap_ok(t,
           EQ(called(&x, ps, pm, "mmap", PAGE, PAGE), PAGE) && EQ(called(&x, qs, qm, "mmap", PAGE, PAGE), PAGE) &&
               EQ(called(&x, ps, pm, "store64", PAGE, 1), 0) && EQ(called(&x, qs, qm, "store64", PAGE, 2), 0) &&
               EQ(called(&x, ps, pm, "load64", PAGE, 0), 1) && EQ(called(&x, qs, qm, "load64", PAGE, 0), 2),
           "one address names two bytes in two processes");
    tap_ok(t, EQ(called(&x, ps, pm, "munmap", PAGE, PAGE), 1) && EQ(called(&x, qs, qm, "load64", PAGE, 0), 2),
           "munmap in one process leaves the other unchanged");
    wp_extern func;
    wp_value args[2] = {{.type = WP_T_I32}, {.type = WP_T_I64}}, results[1];
    tap_ok(t,
           CHECK(wp_instance_export(pm, "mmap", 4, &func)) &&
               EQ_STATUS(wp_call(qs, func, args, 2, results, 1, NULL), WP_CRASH),
           "a function of one cannot be called in the other");
    tap_ok(t, EQ_STATUS(wp_store_register(qs, "other", 5, pm, NULL), WP_REFUSED),
           "an instance of one cannot be registered in the other");
    if (wp_store_define(qs, "stolen", 6, "mmap", 4, func, NULL) == WP_OK)
        tap_ok(t,
               FAILS(&x, load(&x, q, "(module (import \"stolen\" \"mmap\" (func (param i32 i64) (result i32))))", NULL),
                     WP_UNLOADABLE, "incompatible import type"),
               "a function of one cannot be linked in the other");
    REQUIRE(EQ_STATUS(wp_store_register(ps, "lib", 3, pm, NULL), WP_OK));
    tap_ok(t,
           FAILS(&x, load(&x, q, "(module (import \"lib\" \"mmap\" (func (param i32 i64) (result i32))))", NULL),
                 WP_UNLOADABLE, "unknown import") &&
               EQ_STATUS(load(&x, p, "(module (import \"lib\" \"mmap\" (func (param i32 i64) (result i32))))", NULL),
                         WP_OK),
           "names are registered per process");
    wp_store_delete(ps);
    tap_ok(t, EQ(called(&x, ps, pm, "size", 0, 0), 64), "wp_store_delete does nothing to a process's store");
    wp_process_delete(p);
    wp_process_delete(q);
    fixture_close(&x, "isolation");
}

int main(void) {
    tap t = {0};
    test_create(&t);
    test_create_no_memory(&t, WP_BACKEND_SPARSE, WP_T_I32);
    test_create_no_memory(&t, WP_BACKEND_SPARSE, WP_T_I64);
    test_create_no_memory(&t, WP_BACKEND_NATIVE, WP_T_I64);
    test_create_first_no_memory(&t, WP_T_I32);
    test_create_first_no_memory(&t, WP_T_I64);
    test_stack(&t);
    test_random_placement(&t);
    test_isolation(&t);
    return tap_done(&t);
}
