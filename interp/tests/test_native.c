/* test_native.c: the native back end and the fault handler: places of traps, stores that write nothing, foreign faults,
 * memory returned to the host, many processes. */
#define _DEFAULT_SOURCE

#include "core/run/fault.h"
#include "process/process.h"
#include "process_fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static void open_native(fixture *x, tap *t) {
    fixture_open(x, t);
    x->backend = WP_BACKEND_NATIVE;
}

/* ---- Traps --------------------------------------------------------------------------------------------------- */

static void test_traps(tap *t) {
    fixture x;
    open_native(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 2);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, tools(WP_T_I32));
    uint64_t a = called(&x, s, m, "mmap", 8 * PAGE, 2 * PAGE);
    tap_ok(t, EQ(a, 8 * PAGE) && EQ(called(&x, s, m, "load64", a + 2 * PAGE - 8, 0), 0),
           "mapped pages are accessible and zero");
    wp_status status = call(&x, s, m, "load8", a + 2 * PAGE, 0, NULL);
    tap_ok(t, TRAPS(&x, status) && EQ(x.diag.where.line, 6), "a load from a hole traps at the instruction");
    status = call(&x, s, m, "deep", a - 1, 0, NULL);
    tap_ok(t, TRAPS(&x, status) && EQ(x.diag.where.line, 6), "a load in a called function traps at the instruction");
    tap_ok(t, TRAPS(&x, call(&x, s, m, "load8", 0, 0, NULL)), "a load from page 0 traps");
    tap_ok(t, TRAPS(&x, call(&x, s, m, "load8", 64 * PAGE, 0, NULL)), "a load at the end of the extent traps");
    called(&x, s, m, "store64", a + 2 * PAGE - 8, 0x1122334455667788u);
    for (uint64_t k = 1; k < 8; k++) {
        status = call(&x, s, m, "store64", a + 2 * PAGE - k, UINT64_MAX, NULL);
        bool above = TRAPS(&x, status);
        status = call(&x, s, m, "store64", a - k, UINT64_MAX, NULL);
        tap_ok(t,
               CHECK(above) && TRAPS(&x, status) &&
                   EQ(called(&x, s, m, "load64", a + 2 * PAGE - 8, 0), 0x1122334455667788u) &&
                   EQ(called(&x, s, m, "load64", a, 0), 0),
               "a store over the edge by %llu bytes traps and writes nothing", (unsigned long long)k);
    }
    status = call(&x, s, m, "fill", a + PAGE, PAGE + 1, NULL);
    tap_ok(t, TRAPS(&x, status) && EQ(called(&x, s, m, "load8", a + PAGE, 0), 0),
           "a bulk operation that traps writes nothing");
    tap_ok(t, EQ(called(&x, s, m, "munmap", a, PAGE), 1) && CHECK(called(&x, s, m, "load64", a + 2 * PAGE - 8, 0) != 0),
           "munmap of half a mapping keeps the other half");
    tap_ok(t, TRAPS(&x, call(&x, s, m, "load8", a, 0, NULL)), "an unmapped page traps");
    tap_ok(t, EQ(called(&x, s, m, "mmap", a, PAGE), a) && EQ(called(&x, s, m, "load64", a, 0), 0),
           "a page mapped again is zero");
    tap_ok(t, EQ(called(&x, s, m, "load64", a, 0), 0) && CHECK(wp_fault_suspend() == NULL),
           "no scope is left after a call");
    status = call(&x, s, m, "load8", a - 1, 0, NULL);
    tap_ok(t, TRAPS(&x, status) && CHECK(wp_fault_suspend() == NULL), "no scope is left after a call that traps");
    wp_process_delete(p);
    fixture_close(&x, "traps");
}

static void test_wasm64(tap *t) {
    fixture x;
    open_native(&x, t);
    const uint64_t pages = (uint64_t)1 << 30; /* 2^46 bytes */
    wp_process *p = created(&x, WP_T_I64, pages, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, tools(WP_T_I64));
    uint64_t a = called(&x, s, m, "mmap", (pages - 1) * PAGE, PAGE);
    called(&x, s, m, "store64", a + PAGE - 8, 42);
    tap_ok(t, EQ(a, (pages - 1) * PAGE) && EQ(called(&x, s, m, "load64", a + PAGE - 8, 0), 42),
           "the last page of 2^46 bytes holds what was stored");
    tap_ok(t, TRAPS(&x, call(&x, s, m, "load64", a + PAGE - 7, 0, NULL)), "an access beyond the last page traps");
    tap_ok(t, TRAPS(&x, call(&x, s, m, "load64", UINT64_MAX, 0, NULL)), "an address that wraps traps");
    tap_ok(t, TRAPS(&x, call(&x, s, m, "load64", a - 8, 0, NULL)), "an access to a hole traps");
    tap_ok(t, EQ(called(&x, s, m, "mmap", 0, (pages - 2) * PAGE), PAGE), "all other pages can be mapped at once");
    wp_process_delete(p);
    wp_process *none = NULL;
    wp_status status = create(&x, WP_T_I64, (uint64_t)1 << 48, 0, &none);
    tap_ok(t, FAILS(&x, status, WP_REFUSED, "extent") && CHECK(none == NULL),
           "an extent that the host cannot reserve is refused");
    fixture_close(&x, "wasm64");
}

/* A trap is located at the access itself. */
static void check_places(tap *t, wp_valtype address) {
    const char *type = address == WP_T_I64 ? "i64" : "i32";
    char text[512];
    snprintf(text, sizeof text,
             "(module (import \"env\" \"memory\" (memory %s 1))\n"
             " (func (export \"load\") (param %s) (result i64)\n"
             "  local.get 0\n"
             "  i64.load)\n"
             " (func (export \"store\") (param %s i64)\n"
             "  local.get 0\n"
             "  local.get 1\n"
             "  i64.store))",
             type, type, type);
    fixture x;
    open_native(&x, t);
    wp_process *p = created(&x, address, 64, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, text);
    wp_status status = call(&x, s, m, "load", 8 * PAGE, 0, NULL);
    tap_ok(t, TRAPS(&x, status) && EQ(x.diag.where.line, 4), "a load in a process of %s traps at its line", type);
    status = call(&x, s, m, "store", 8 * PAGE, 1, NULL);
    tap_ok(t, TRAPS(&x, status) && EQ(x.diag.where.line, 8), "a store traps at its line");
    wp_process_delete(p);
    fixture_close(&x, "places");
}

static void test_places(tap *t) {
    check_places(t, WP_T_I32);
    check_places(t, WP_T_I64);
}

/* ---- Fuel, host functions ------------------------------------------------------------------------------------ */

/* The fuel that is left after a call that traps. */
static uint64_t fuel_left(tap *t, wp_backend backend) {
    fixture x;
    fixture_open(&x, t);
    x.backend = backend;
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, tools(WP_T_I32));
    wp_store_set_fuel(s, 1000);
    wp_status status = call(&x, s, m, "spin", 100, 0, NULL);
    uint64_t left = wp_store_fuel(s);
    tap_ok(t, TRAPS(&x, status), "a call that uses fuel traps");
    wp_process_delete(p);
    fixture_close(&x, "fuel");
    return left;
}

/* A host function that reads page 0 of the process in its context. Its result is 1 if that fails. */
static wp_status meddle(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *const *process = ctx;
    wp_diag inner = {.status = WP_OK};
    uint8_t byte;
    (void)store;
    (void)args;
    (void)diag;
    results[0].of.i32 = wp_process_read(*process, 0, &byte, 1, &inner) == WP_TRAP;
    return WP_OK;
}

static void test_host(tap *t) {
    fixture x;
    open_native(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    wp_store *s = wp_process_store(p);
    wp_extern func;
    const wp_valtype i32 = WP_T_I32;
    REQUIRE(EQ_STATUS(wp_func_new(s, NULL, 0, &i32, 1, meddle, &p, &func, &x.diag), WP_OK) &&
            EQ_STATUS(wp_store_define(s, "host", 4, "meddle", 6, func, &x.diag), WP_OK));
    wp_instance *m = loaded(&x, p,
                            "(module (import \"host\" \"meddle\" (func $f (result i32)))"
                            " (import \"env\" \"memory\" (memory 1))"
                            " (func (export \"f\") (result i32) (drop (call $f)) (drop (call $f))"
                            "  (i32.load8_u (i32.const 65536)))"
                            " (func (export \"g\") (result i32) (call $f)))");
    tap_ok(t, EQ(called(&x, s, m, "g", 0, 0), 1),
           "a host function's access to a hole is an error, not a trap of its caller");
    tap_ok(t, TRAPS(&x, call(&x, s, m, "f", 0, 0, NULL)), "after it the program's accesses trap");
    wp_process_delete(p);
    fixture_close(&x, "host functions");
}

/* ---- Foreign faults ------------------------------------------------------------------------------------------ */

/* Runs f in a child; returns the signal that ended it, or 1000 + its exit status. */
static int in_child(void (*f)(void)) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        f();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 1000 + WEXITSTATUS(status);
}

static void *protected_page(void) {
    return mmap(NULL, 1 << 16, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void touch(void *page) {
    *(volatile uint8_t *)page = 1;
}

static jmp_buf back;
static void on_theirs(int number) {
    (void)number;
    longjmp(back, 1);
}
static void on_theirs_info(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    _exit(info->si_addr != NULL ? 7 : 8);
}

static void fault_with_default(void) {
    signal(SIGSEGV, SIG_DFL);
    wp_fault_install();
    touch(protected_page());
}
static void fault_with_handler(void) {
    signal(SIGSEGV, on_theirs);
    wp_fault_install();
    if (setjmp(back) == 0)
        touch(protected_page());
    else
        _exit(5);
}
static void fault_with_information(void) {
    struct sigaction theirs = {.sa_sigaction = on_theirs_info, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &theirs, NULL);
    wp_fault_install();
    touch(protected_page());
}
static void ignored_signal(void) {
    signal(SIGSEGV, SIG_IGN);
    wp_fault_install();
    kill(getpid(), SIGSEGV);
    _exit(8);
}
static void ignored_fault(void) {
    signal(SIGSEGV, SIG_IGN);
    wp_fault_install();
    touch(protected_page());
}
static volatile sig_atomic_t times;
static void on_first(int number) {
    (void)number;
    if (++times > 1)
        _exit(11);
}
static void fault_with_handler_for_one(void) {
    struct sigaction theirs = {.sa_handler = on_first, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGSEGV, &theirs, NULL);
    wp_fault_install();
    touch(protected_page());
}
static void on_theirs_that_faults(int number) {
    (void)number;
    if (++times > 1)
        _exit(12);
    touch(protected_page());
}
static void fault_in_handler(void) {
    signal(SIGSEGV, on_theirs_that_faults);
    wp_fault_install();
    touch(protected_page());
}
static void on_masked(int number) {
    sigset_t now;
    (void)number;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    times = sigismember(&now, SIGUSR1) == 1 && sigismember(&now, SIGSEGV) == 0 ? 1 : 2;
}
static void mask_of_handler(void) {
    struct sigaction theirs = {.sa_handler = on_masked, .sa_flags = SA_NODEFER};
    sigset_t now;
    sigaddset(&theirs.sa_mask, SIGUSR1);
    sigaction(SIGSEGV, &theirs, NULL);
    wp_fault_install();
    kill(getpid(), SIGSEGV);
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    _exit(times == 1 && sigismember(&now, SIGUSR1) == 0 ? 13 : 14);
}
static void fault_in_scope_elsewhere(void) {
    signal(SIGSEGV, SIG_DFL);
    wp_fault_install();
    uint8_t *watched = protected_page();
    wp_fault_scope scope;
    if (WP_FAULT_BEGIN(&scope, watched, 1 << 16))
        touch(protected_page());
}
static void fault_while_suspended(void) {
    signal(SIGSEGV, SIG_DFL);
    wp_fault_install();
    uint8_t *watched = protected_page();
    wp_fault_scope scope;
    if (WP_FAULT_BEGIN(&scope, watched, 1 << 16)) {
        wp_fault_suspend();
        touch(watched);
    }
}
static void sent_signal(void) {
    signal(SIGSEGV, SIG_DFL);
    wp_fault_install();
    kill(getpid(), SIGSEGV);
}
static void fault_in_scope(void) {
    signal(SIGSEGV, SIG_DFL);
    wp_fault_install();
    uint8_t *watched = protected_page();
    wp_fault_scope outer, inner;
    if (WP_FAULT_BEGIN(&outer, watched, 1 << 16)) {
        if (WP_FAULT_BEGIN(&inner, protected_page(), 1 << 16))
            touch(watched + 4097); /* in the range of the outer scope: only the innermost counts */
        _exit(9);
    }
    _exit(outer.offset == 4097 ? 6 : 10);
}
static int recurse(volatile char *above, unsigned depth) {
    volatile char frame[4096];
    frame[0] = *above;
    return depth == 0 ? 0 : recurse(frame, depth - 1) + frame[0];
}
static void overflow_of_the_stack(void) {
    struct rlimit small = {1 << 20, 1 << 20};
    setrlimit(RLIMIT_STACK, &small);
    signal(SIGSEGV, SIG_DFL);
    wp_fault_install();
    uint8_t *watched = protected_page();
    wp_fault_scope scope;
    char first = 0;
    if (WP_FAULT_BEGIN(&scope, watched, 1 << 16))
        _exit(recurse(&first, UINT32_MAX) == 0 ? 1 : 2);
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static void test_foreign_faults(tap *t) {
    tap_ok(t, EQ(in_child(fault_with_default), SIGSEGV), "a fault outside any scope ends the OS process");
    tap_ok(t, EQ(in_child(fault_with_handler), 1005), "the previous handler gets foreign faults");
    tap_ok(t, EQ(in_child(fault_with_information), 1007), "the previous handler gets siginfo");
    tap_ok(t, EQ(in_child(ignored_signal), 1008), "an ignored signal that is sent stays ignored");
    tap_ok(t, EQ(in_child(ignored_fault), SIGSEGV), "an ignored fault ends the OS process");
    tap_ok(t, EQ(in_child(fault_with_handler_for_one), SIGSEGV), "a previous handler with SA_RESETHAND gets one fault");
    tap_ok(t, EQ(in_child(fault_in_handler), SIGSEGV),
           "a fault in a previous handler that blocks faults ends the OS process");
    tap_ok(t, EQ(in_child(mask_of_handler), 1013), "a previous handler runs with its signal mask");
    tap_ok(t, EQ(in_child(fault_in_scope_elsewhere), SIGSEGV), "a fault outside the watched range is foreign");
    tap_ok(t, EQ(in_child(fault_while_suspended), SIGSEGV), "a fault while scopes are suspended is foreign");
    tap_ok(t, EQ(in_child(sent_signal), SIGSEGV), "a signal that is sent is foreign");
    tap_ok(t, EQ(in_child(fault_in_scope), SIGSEGV), "only the innermost scope counts");
    if (SANITIZED)
        tap_ok(t, true, "overflow of the stack # SKIP the sanitizer has its own stack");
    else
        tap_ok(t, EQ(in_child(overflow_of_the_stack), SIGSEGV),
               "an overflow of the stack reaches the handler and is foreign");
}

/* ---- Memory, numbers ----------------------------------------------------------------------------------------- */

/* Resources of this OS process; all 0 where the host has no /proc. */
typedef struct usage {
    uint64_t addresses; /* bytes */
    uint64_t resident;  /* bytes in memory */
    unsigned descriptors;
} usage;

static usage used_now(void) {
    usage u = {0};
#ifdef __GLIBC__
    /* Free memory that malloc keeps is not in use. */
    malloc_trim(0);
#endif
    unsigned long long addresses = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%llu %llu", &addresses, &resident) == 2) {
        u.addresses = addresses * (uint64_t)sysconf(_SC_PAGESIZE);
        u.resident = resident * (uint64_t)sysconf(_SC_PAGESIZE);
    }
    if (file != NULL)
        fclose(file);
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL)
        u.descriptors++;
    if (folder != NULL)
        closedir(folder);
    return u;
}

static uint64_t resident(void) {
    return used_now().resident;
}

/* Writes `size` bytes of a new mapping and calls a function on it. True: they were resident, and are not afterwards. */
static bool returns_memory(fixture *x, wp_store *s, wp_instance *m, const char *function, uint64_t size) {
    uint64_t a = called(x, s, m, "mmap", 0, size);
    uint64_t before = resident();
    called(x, s, m, "fill", a, size);
    uint64_t full = resident();
    bool done = CHECK(called(x, s, m, function, a, size) == 1);
    uint64_t after = resident();
    tap_note("resident: %llu MiB mapped, %llu MiB written, %llu MiB after %s", (unsigned long long)before >> 20,
             (unsigned long long)full >> 20, (unsigned long long)after >> 20, function);
    return done && CHECK(full >= before + size) && CHECK(after < before + (8 << 20));
}

static void test_memory_returned(tap *t) {
    fixture x;
    open_native(&x, t);
    wp_process *p = created(&x, WP_T_I32, 4096, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, tools(WP_T_I32));
    const uint64_t size = 128 << 20;
    static const char *const functions[] = {"munmap", "discard"};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (resident() == 0)
            tap_ok(t, true, "%s returns memory to the host # SKIP no /proc", functions[i]);
        else
            tap_ok(t, returns_memory(&x, s, m, functions[i], size), "%s returns memory to the host", functions[i]);
    wp_process_delete(p);
    fixture_close(&x, "memory");
}

/* Rule discard.zero where the host keeps the storage. */
static void test_discard_locked(tap *t) {
    fixture x;
    open_native(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    uint8_t bytes[3] = {1, 2, 3}, now[3] = {0};
    uint64_t a = pmap(p, 8 * PAGE, 4 * PAGE);
    bool done = false;
    REQUIRE(EQ_STATUS(wp_process_write(p, a + 2 * PAGE - 1, bytes, 3, NULL), WP_OK));
    if (mlock(wp_native_base(p->storage.native) + a + PAGE, PAGE) != 0)
        tap_ok(t, true, "pages that are locked in memory are cleared # SKIP the host locks none");
    else
        tap_ok(t,
               EQ_STATUS(wp_process_discard(p, a + PAGE, PAGE, &done, NULL), WP_OK) && CHECK(done) &&
                   EQ_STATUS(wp_process_read(p, a + 2 * PAGE - 1, now, 3, NULL), WP_OK) && EQ(now[0], 0) &&
                   EQ(now[1], 2) && EQ(now[2], 3),
               "pages that are locked in memory are cleared");
    wp_process_delete(p);
    fixture_close(&x, "locked");
}

/* The host limits the number of mappings. At the limit mmap gives 0 and its page is free, munmap gives false and its
 * page keeps its contents. */
static void test_host_refuses(tap *t) {
    enum { PAGES = 1 << 18, STEP = 2, FIRST = 16 };
    fixture x;
    open_native(&x, t);
    wp_process *p = created(&x, WP_T_I64, PAGES, 0);
    uint64_t a = 0, page = FIRST;
    uint8_t byte = 7;
    bool fine = EQ(pmap(p, PAGE, 8 * PAGE), PAGE) && EQ_STATUS(wp_process_write(p, 4 * PAGE, &byte, 1, NULL), WP_OK);
    for (a = PAGE; page < PAGES && a != 0; page += STEP) {
        a = pmap(p, page * PAGE, PAGE);
        fine =
            fine && CHECK(a == 0 || (EQ(a, page * PAGE) && EQ_STATUS(wp_process_write(p, a, &byte, 1, NULL), WP_OK)));
    }
    tap_ok(t, fine, "%llu pages with holes between them can be written", (unsigned long long)(page - FIRST) / STEP);
    if (a != 0) {
        tap_ok(t, true, "the limit of the host # SKIP it allows more mappings than these");
    } else {
        wp_range_info range;
        byte = 0;
        fine = EQ_STATUS(wp_process_range(p, page - STEP, &range, NULL), WP_OK) && EQ(range.state, WP_PAGE_FREE) &&
               CHECK(!punmap(p, 4 * PAGE, PAGE)) && EQ_STATUS(wp_process_read(p, 4 * PAGE, &byte, 1, NULL), WP_OK) &&
               EQ(byte, 7);
        for (page = FIRST; page < FIRST + 8 * STEP; page += STEP)
            fine = fine && CHECK(punmap(p, page * PAGE, PAGE));
        tap_ok(t,
               fine && CHECK(punmap(p, 4 * PAGE, PAGE)) &&
                   EQ_STATUS(wp_process_read(p, 4 * PAGE, &byte, 1, NULL), WP_TRAP),
               "at the limit of the host mmap and munmap fail without effect, and work again below it");
    }
    wp_process_delete(p);
    fixture_close(&x, "refusing host");
}

/* A condition: a process can be used. */
static bool use(fixture *x, wp_process *p, wp_module *module, uint64_t k) {
    wp_instance *m = NULL;
    if (!EQ_STATUS(wp_process_load(p, module, &m, &x->diag), WP_OK))
        return false;
    wp_store *s = wp_process_store(p);
    uint64_t a = called(x, s, m, "mmap", 0, PAGE);
    called(x, s, m, "store64", a, k);
    return EQ(called(x, s, m, "load64", a, 0), k) && EQ_STATUS(call(x, s, m, "load8", 0, 0, NULL), WP_TRAP);
}

/* 1,000 processes of 64 MiB alive at once, three times. */
static void test_many_processes(tap *t, wp_backend backend) {
    enum { MANY = 1000 };
    const char *name = backend == WP_BACKEND_NATIVE ? "native" : "sparse";
    static wp_process *processes[MANY];
    fixture x;
    fixture_open(&x, t);
    x.backend = backend;
    wp_module *module = fixture_module(&x, tools(WP_T_I32));
    usage after[3], before = used_now();
    for (int round = 0; round < 3; round++) {
        bool fine = true;
        for (size_t i = 0; i < MANY; i++)
            fine = fine && EQ_STATUS(create(&x, WP_T_I32, 1024, 0, &processes[i]), WP_OK);
        uint64_t taken = used_now().addresses - before.addresses;
        if (backend == WP_BACKEND_NATIVE && before.addresses != 0)
            fine = fine && CHECK(taken >= (uint64_t)MANY * 1024 * PAGE);
        for (size_t i = 0; fine && i < MANY; i++)
            fine = use(&x, processes[i], module, i);
        for (size_t i = 0; fine && i < MANY; i++)
            fine = EQ_STATUS(wp_process_end(processes[i], &x.diag), WP_OK);
        for (size_t i = 0; i < MANY; i++)
            wp_process_delete(processes[i]);
        after[round] = used_now();
        tap_ok(t, fine, "%s, round %d: 1000 processes alive at once are created, used and ended", name, round + 1);
        tap_note("%s, after round %d: %llu KiB resident, %llu KiB of addresses, %u descriptors", name, round + 1,
                 (unsigned long long)after[round].resident >> 10, (unsigned long long)after[round].addresses >> 10,
                 after[round].descriptors);
    }
    const uint64_t slack = 1 << 20;
    tap_ok(t, SANITIZED || after[2].resident <= after[0].resident + slack, "%s: no memory is left", name);
    tap_ok(t, SANITIZED || after[2].addresses <= after[0].addresses + slack, "%s: no addresses are left", name);
    tap_ok(t, EQ(after[2].descriptors, before.descriptors), "%s: no descriptors are left", name);
    wp_module_delete(module);
    fixture_close(&x, "many processes");
}

int main(void) {
    tap t = {0};
#ifdef M_MMAP_THRESHOLD
    /* Large blocks are mappings of their own, so that a small one above them does not keep their addresses. */
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
    test_foreign_faults(&t);
    test_traps(&t);
    test_wasm64(&t);
    test_places(&t);
    uint64_t native = fuel_left(&t, WP_BACKEND_NATIVE), sparse = fuel_left(&t, WP_BACKEND_SPARSE);
    tap_ok(&t, EQ(native, sparse) && CHECK(native < 1000), "a trap by a fault uses as much fuel as one by a check");
    test_host(&t);
    test_memory_returned(&t);
    test_discard_locked(&t);
    test_host_refuses(&t);
    test_many_processes(&t, WP_BACKEND_NATIVE);
    test_many_processes(&t, WP_BACKEND_SPARSE);
    return tap_done(&t);
}
