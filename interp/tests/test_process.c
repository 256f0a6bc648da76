/* test_process.c: processes through the public interface: creation, the platform API, access, the end (process model,
 * sections 2 to 4). */
#include "process_fixture.h"
#include "small_chunks.h"

#define PAGE ((uint64_t)WP_PAGE_SIZE)

/* Everything a test wants to do, for either pointer type: P is replaced. */
static const char *const tools32 =
    "(module (import \"process\" \"mmap\" (func $mmap (param i32 i64) (result i32)))"
    " (import \"process\" \"munmap\" (func $munmap (param i32 i64) (result i32)))"
    " (import \"env\" \"memory\" (memory 1))"
    " (export \"mmap\" (func $mmap)) (export \"munmap\" (func $munmap)) (export \"memory\" (memory 0))"
    " (func (export \"load8\") (param i32) (result i32) (i32.load8_u (local.get 0)))"
    " (func (export \"load64\") (param i32) (result i64) (i64.load (local.get 0)))"
    " (func (export \"store64\") (param i32 i64) (i64.store (local.get 0) (local.get 1)))"
    " (func (export \"fill\") (param i32 i32) (memory.fill (local.get 0) (i32.const 255) (local.get 1)))"
    " (func (export \"copy\") (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const 16)))"
    " (func (export \"size\") (result i32) (memory.size))"
    " (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
    " (func (export \"trap\") (unreachable)))";
static const char *const tools64 =
    "(module (import \"process\" \"mmap\" (func $mmap (param i64 i64) (result i64)))"
    " (import \"process\" \"munmap\" (func $munmap (param i64 i64) (result i32)))"
    " (import \"env\" \"memory\" (memory i64 1))"
    " (export \"mmap\" (func $mmap)) (export \"munmap\" (func $munmap)) (export \"memory\" (memory 0))"
    " (func (export \"load8\") (param i64) (result i32) (i32.load8_u (local.get 0)))"
    " (func (export \"load64\") (param i64) (result i64) (i64.load (local.get 0)))"
    " (func (export \"store64\") (param i64 i64) (i64.store (local.get 0) (local.get 1)))"
    " (func (export \"fill\") (param i64 i64) (memory.fill (local.get 0) (i32.const 255) (local.get 1)))"
    " (func (export \"copy\") (param i64 i64) (memory.copy (local.get 0) (local.get 1) (i64.const 16)))"
    " (func (export \"size\") (result i64) (memory.size))"
    " (func (export \"grow\") (param i64) (result i64) (memory.grow (local.get 0)))"
    " (func (export \"trap\") (unreachable)))";

static const char *tools(wp_valtype pointer) {
    return pointer == WP_T_I32 ? tools32 : tools64;
}

/* ---- Creation ------------------------------------------------------------------------------------------------ */

static bool refused(fixture *x, wp_valtype pointer, uint64_t pages, uint64_t stack, const char *text) {
    wp_process *p = NULL;
    size_t live = x->f.live;
    wp_status status = create(x, pointer, pages, stack, &p);
    return FAILS(x, status, WP_REFUSED, text) && p == NULL && x->f.live == live;
}

static void test_create(tap *t) {
    fixture x;
    fixture_open(&x, t);
    /* The engine keeps function types once it has met them. */
    wp_process_delete(created(&x, WP_T_I32, 2, 0));
    wp_process_delete(created(&x, WP_T_I64, 2, 0));
    const uint64_t large = (uint64_t)1 << 48;
    tap_ok(t,
           CHECK(refused(&x, WP_T_I32, 0, 0, "extent")) && CHECK(refused(&x, WP_T_I32, 1, 0, "extent")) &&
               CHECK(refused(&x, WP_T_I32, 65537, 0, "extent")) && CHECK(refused(&x, WP_T_I64, 0, 0, "extent")) &&
               CHECK(refused(&x, WP_T_I64, 1, 0, "extent")) && CHECK(refused(&x, WP_T_I64, large + 1, 0, "extent")) &&
               CHECK(refused(&x, WP_T_I64, UINT64_MAX, 0, "extent")),
           "extents that are not legal are refused and leave nothing");
    tap_ok(t, refused(&x, WP_T_F32, 4, 0, "the pointer type"), "so is a pointer type that is none");
    tap_ok(t,
           CHECK(refused(&x, WP_T_I32, 4, 3, "reservation failed")) &&
               CHECK(refused(&x, WP_T_I32, 4, 4, "reservation failed")) &&
               CHECK(refused(&x, WP_T_I64, large, large - 1, "reservation failed")) &&
               CHECK(refused(&x, WP_T_I64, large, UINT64_MAX, "reservation failed")),
           "so is a stack that does not fit beside page 0 and its guard page");
    wp_process_desc desc = {.pointer = WP_T_I32, .pages = 4, .backend = (wp_backend)99};
    wp_process *p = NULL;
    tap_ok(t, FAILS(&x, wp_process_new(x.engine, &desc, &p, fresh(&x)), WP_REFUSED, "there is no such backend"),
           "so is an unknown backend");
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
               "%llu pages are the size", (unsigned long long)legal[i].pages);
        wp_process_delete(p);
    }
    wp_process_delete(NULL);
    fixture_close(&x, "creation");
}

/* Whether creation fails, and leaves nothing, when its k-th allocation does. On the native back end that may be one by
 * which the extent is not to be had. */
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
           "creation fails whole when any of its %zu allocations does, and all after it", count);
    x.f.once = true;
    failed = 0;
    for (size_t k = 1; k <= count; k++)
        failed += fails_whole(&x, pointer, k) ? 1 : 0;
    tap_ok(t, EQ(failed, count), "and when one alone does");
    fixture_close(&x, "creation without memory");
}

/* The first process of an engine: the types of the platform's functions are new then. */
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
        wp_engine_delete(x.engine);
        if (x.f.live != 0)
            failed = 0;
    }
    tap_ok(t, CHECK(k > 30) && EQ(failed, k - 2), "so does the first creation, of %zu", k - 2);
}

/* The largest stacks, and where the pointer starts. */
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
            tap_ok(t, EQ(top, 0), "no stack: the pointer is 0");
            wp_process_delete(p);
            continue;
        }
        uint64_t last = (top - 1) / PAGE, first = last + 1 - cases[i].stack; /* pages of the stack */
        uint8_t byte = 1;
        tap_ok(t, EQ(top % 16, 0) && CHECK(top != 0) && EQ(v.type, cases[i].pointer),
               "the pointer starts at a multiple of 16");
        /* Where its end is an address, at that. */
        bool is_last = last + 1 == (cases[i].pointer == WP_T_I32 ? (uint64_t)1 << 16 : (uint64_t)1 << 48);
        tap_ok(t, EQ(top % PAGE == 0, !is_last), "at the end of the stack, or the next one below");
        bool ends = wp_process_write(p, top - 1, &byte, 1, NULL) == WP_OK &&
                    wp_process_write(p, first * PAGE, &byte, 1, NULL) == WP_OK;
        bool guarded = wp_process_write(p, first * PAGE - 1, &byte, 1, fresh(&x)) == WP_TRAP;
        bool done = true;
        tap_ok(t, CHECK(ends) && CHECK(guarded), "%llu pages of stack: both ends can be written, the guard page cannot",
               (unsigned long long)cases[i].stack);
        bool kept = true;
        for (uint64_t page = first - 1; page <= last && page < first + 3; page++)
            kept = wp_process_munmap(p, page * PAGE, 1, &done, NULL) == WP_OK && !done && kept;
        tap_ok(t,
               CHECK(kept) && EQ(called(&x, wp_process_store(p), m, "set", 32, 0), 0) &&
                   EQ(wp_global_value(global).of.i32, 32),
               "they are not unmapped; the pointer can be set");
        wp_process_delete(p);
    }
    fixture_close(&x, "stack");
}

/* ---- mmap and munmap ----------------------------------------------------------------------------------------- */

static uint64_t pmap(wp_process *p, uint64_t hint, uint64_t length) {
    uint64_t address = 1;
    return wp_process_mmap(p, hint, length, &address, NULL) == WP_OK ? address : 1;
}

static bool punmap(wp_process *p, uint64_t address, uint64_t length) {
    bool done = false;
    return wp_process_munmap(p, address, length, &done, NULL) == WP_OK && done;
}

static void test_mmap(tap *t, wp_valtype pointer) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, pointer, 16, 0);
    const uint64_t end = 16 * PAGE;
    tap_ok(t, EQ(pmap(p, 0, 0), 0) && EQ(pmap(p, PAGE, 0), 0), "length 0 fails");
    tap_ok(t,
           EQ(pmap(p, 0, end - PAGE + 1), 0) && EQ(pmap(p, 0, UINT64_MAX), 0) && EQ(pmap(p, 0, (uint64_t)1 << 63), 0) &&
               EQ(pmap(p, 0, UINT64_MAX - PAGE + 2), 0) && EQ(pmap(p, 0, (uint64_t)1 << 32), 0),
           "lengths over the extent less a page fail");
    tap_ok(t, EQ(pmap(p, 0, end - PAGE), PAGE) && CHECK(punmap(p, PAGE, end - PAGE)), "that length fits");
    tap_ok(t, EQ(pmap(p, 5 * PAGE + 123, PAGE + 1), 5 * PAGE), "a hint is rounded down, a length up");
    tap_ok(t, CHECK(pmap(p, 6 * PAGE, 1) != 6 * PAGE) && EQ(pmap(p, 7 * PAGE, 1), 7 * PAGE), "two pages were mapped");
    uint64_t a = pmap(p, 5 * PAGE, PAGE);
    tap_ok(t, CHECK(a != 0) && CHECK(a != 5 * PAGE) && EQ(a % PAGE, 0), "a hint that is taken is ignored");
    tap_ok(t, EQ(pmap(p, end - PAGE, PAGE), end - PAGE), "a mapping may end at the extent");
    a = pmap(p, end - 2 * PAGE, 2 * PAGE);
    tap_ok(t, CHECK(a != 0) && CHECK(a != end - 2 * PAGE), "not over what is mapped there");
    a = pmap(p, end, PAGE);
    uint64_t b = pmap(p, UINT64_MAX, PAGE), c = pmap(p, PAGE - 1, 1);
    tap_ok(t, CHECK(a >= PAGE) && CHECK(a < end) && CHECK(b >= PAGE) && CHECK(b < end) && CHECK(c >= PAGE),
           "hints outside, or in page 0, are ignored");
    while (pmap(p, 0, 1) != 0)
        ;
    tap_ok(t, EQ(pmap(p, 0, 1), 0) && EQ(pmap(p, 3 * PAGE, 1), 0), "a full address space gives 0");
    tap_ok(t,
           CHECK(punmap(p, 3 * PAGE, 2 * PAGE)) && EQ(pmap(p, 0, 2 * PAGE + 1), 0) &&
               EQ(pmap(p, 0, 2 * PAGE), 3 * PAGE),
           "the only run that is long enough is found");
    wp_process_delete(p);
    fixture_close(&x, "mmap");
}

static void test_munmap(tap *t, wp_valtype pointer) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, pointer, 16, 0);
    const uint64_t end = 16 * PAGE;
    uint8_t byte = 7, back = 0;
    REQUIRE(EQ(pmap(p, 2 * PAGE, 8 * PAGE), 2 * PAGE) &&
            EQ_STATUS(wp_process_write(p, 2 * PAGE, &byte, 1, NULL), WP_OK) &&
            EQ_STATUS(wp_process_write(p, 5 * PAGE, &byte, 1, NULL), WP_OK) &&
            EQ_STATUS(wp_process_write(p, 10 * PAGE - 1, &byte, 1, NULL), WP_OK));
    tap_ok(t, CHECK(!punmap(p, 2 * PAGE + 1, PAGE)) && CHECK(!punmap(p, 1, PAGE)), "an unaligned address is false");
    tap_ok(t, !punmap(p, 2 * PAGE, 0), "length 0 is false");
    tap_ok(t,
           CHECK(!punmap(p, 0, PAGE)) && CHECK(!punmap(p, 0, 4 * PAGE)) && CHECK(!punmap(p, end, PAGE)) &&
               CHECK(!punmap(p, 2 * PAGE, end)) && CHECK(!punmap(p, 2 * PAGE, UINT64_MAX)) &&
               CHECK(!punmap(p, UINT64_MAX - PAGE + 1, PAGE)) && CHECK(!punmap(p, PAGE << 32, PAGE)),
           "a range that includes page 0, or leaves the address space, is false");
    tap_ok(t, EQ_STATUS(wp_process_read(p, 2 * PAGE, &back, 1, NULL), WP_OK) && EQ(back, 7), "and nothing has changed");
    tap_ok(t, punmap(p, 11 * PAGE, 5 * PAGE), "a free range is true, also up to the extent");
    tap_ok(t, punmap(p, 4 * PAGE, PAGE + 1), "the middle of a mapping");
    tap_ok(t, EQ_STATUS(wp_process_read(p, 5 * PAGE, &back, 1, NULL), WP_TRAP),
           "whose second page is gone, by rounding");
    tap_ok(t,
           EQ_STATUS(wp_process_read(p, 2 * PAGE, &back, 1, NULL), WP_OK) && EQ(back, 7) &&
               EQ_STATUS(wp_process_read(p, 10 * PAGE - 1, &back, 1, NULL), WP_OK) && EQ(back, 7),
           "front and back keep their contents");
    tap_ok(t, CHECK(punmap(p, PAGE, end - PAGE)) && EQ_STATUS(wp_process_read(p, 2 * PAGE, &back, 1, NULL), WP_TRAP),
           "one call spans mappings and free pages");
    tap_ok(t,
           EQ(pmap(p, 2 * PAGE, PAGE), 2 * PAGE) && EQ_STATUS(wp_process_read(p, 2 * PAGE, &back, 1, NULL), WP_OK) &&
               EQ(back, 0),
           "mapped again, it is zero");
    wp_process_delete(p);
    fixture_close(&x, "munmap");
}

/* mmap and munmap short of memory for bookkeeping: they fail, nothing has changed, and the process goes on. */
static void test_platform_no_memory(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 1024, 0);
    failing_start(&x.f, 1);
    uint64_t a = 1;
    for (uint64_t page = 600; page < 1000 && a != 0; page += 3)
        a = pmap(p, page * PAGE, 1);
    tap_ok(t, EQ(a, 0), "mmap gives 0");
    failing_stop(&x.f);
    uint64_t whole = pmap(p, 40 * PAGE, 400 * PAGE);
    uint8_t byte = 9;
    for (uint64_t page = 1; page < 400; page += 2)
        REQUIRE(EQ_STATUS(wp_process_write(p, whole + page * PAGE + page, &byte, 1, NULL), WP_OK));
    failing_start(&x.f, 1);
    bool cut = true;
    uint64_t i = 1;
    for (; i < 400 && cut; i += 2)
        cut = punmap(p, whole + i * PAGE, PAGE);
    tap_ok(t, !cut, "munmap gives false");
    x.f.calls = 0;
    tap_ok(t, CHECK(punmap(p, 500 * PAGE, 2 * PAGE)) && EQ(x.f.calls, 0),
           "but not of what is free: that needs no memory");
    failing_stop(&x.f);
    byte = 0;
    tap_ok(t,
           EQ_STATUS(wp_process_read(p, whole + (i - 2) * PAGE + (i - 2), &byte, 1, NULL), WP_OK) && EQ(byte, 9) &&
               CHECK(punmap(p, whole + (i - 2) * PAGE, PAGE)),
           "the page was still there");
    wp_process_delete(p);
    fixture_close(&x, "platform without memory");
}

/* From inside: the same functions, by their WebAssembly types. */
static void test_inside(tap *t, wp_valtype pointer) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, pointer, 1024, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, tools(pointer));
    tap_ok(t, EQ(called(&x, s, m, "mmap", 3 * PAGE + 5, 2 * PAGE), 3 * PAGE), "mmap at a hint");
    tap_ok(t, EQ(called(&x, s, m, "mmap", 0, (uint64_t)1 << 40), 0), "a length beyond 2^32 fails");
    tap_ok(t,
           EQ(called(&x, s, m, "store64", 4 * PAGE - 4, 0x0102030405060708), 0) &&
               EQ(called(&x, s, m, "load64", 4 * PAGE - 4, 0), 0x0102030405060708) &&
               EQ(called(&x, s, m, "load8", 4 * PAGE - 4, 0), 8),
           "an access may straddle pages");
    const uint64_t bad[] = {
        0, 8, PAGE, 3 * PAGE - 1, 5 * PAGE - 7, 5 * PAGE, 1024 * PAGE - 8, 1024 * PAGE - 7, 1024 * PAGE, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        wp_status load = call(&x, s, m, "load64", bad[i], 0, NULL);
        bool loads = FAILS(&x, load, WP_TRAP, "out of bounds memory access");
        wp_status store = call(&x, s, m, "store64", bad[i], UINT64_MAX, NULL);
        tap_ok(t, CHECK(loads) && FAILS(&x, store, WP_TRAP, "out of bounds memory access"), "address %llu traps",
               (unsigned long long)bad[i]);
    }
    tap_ok(t, EQ(called(&x, s, m, "load64", 5 * PAGE - 8, 0), 0), "the stores that trapped wrote nothing");
    tap_ok(t,
           EQ_STATUS(call(&x, s, m, "fill", 4 * PAGE, PAGE + 1, NULL), WP_TRAP) &&
               EQ(called(&x, s, m, "load64", 5 * PAGE - 8, 0), 0) &&
               EQ_STATUS(call(&x, s, m, "copy", 5 * PAGE - 8, 3 * PAGE, NULL), WP_TRAP) &&
               EQ_STATUS(call(&x, s, m, "copy", 3 * PAGE, 5 * PAGE - 8, NULL), WP_TRAP) &&
               EQ(called(&x, s, m, "load64", 3 * PAGE, 0), 0),
           "bulk operations are checked whole");
    tap_ok(t,
           EQ_STATUS(call(&x, s, m, "fill", 0, 0, NULL), WP_OK) &&
               EQ_STATUS(call(&x, s, m, "fill", 1024 * PAGE, 0, NULL), WP_OK) &&
               EQ_STATUS(call(&x, s, m, "fill", 1024 * PAGE + 1, 0, NULL), WP_TRAP),
           "one of length 0 asks for an address only");
    tap_ok(t,
           EQ(called(&x, s, m, "grow", 0, 0), 1024) && EQ((uint32_t)called(&x, s, m, "grow", 1, 0), UINT32_MAX) &&
               EQ((uint32_t)called(&x, s, m, "grow", UINT64_MAX, 0), UINT32_MAX) &&
               EQ(called(&x, s, m, "size", 0, 0), 1024),
           "the memory never grows");
    tap_ok(t,
           EQ_STATUS(call(&x, s, m, "trap", 0, 0, NULL), WP_TRAP) &&
               EQ(called(&x, s, m, "load64", 4 * PAGE - 4, 0), 0x0102030405060708),
           "a trap leaves the mapping");
    tap_ok(t,
           EQ(called(&x, s, m, "munmap", 3 * PAGE, 2 * PAGE), 1) &&
               EQ_STATUS(call(&x, s, m, "load8", 3 * PAGE, 0, NULL), WP_TRAP) &&
               EQ(called(&x, s, m, "munmap", 3 * PAGE + 1, 1), 0),
           "munmap takes it away");
    wp_process_delete(p);
    fixture_close(&x, "inside");
}

/* ---- Access by the host -------------------------------------------------------------------------------------- */

static void test_host_access(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I64, (uint64_t)1 << 48, 0);
    wp_instance *m = loaded(&x, p, tools64);
    uint8_t out[24], in[24];
    memset(out, 0xEE, sizeof out);
    uint64_t top = UINT64_MAX - 2 * PAGE + 1;
    tap_ok(t,
           EQ(pmap(p, top, 2 * PAGE), top) && EQ_STATUS(wp_process_write(p, top + PAGE - 12, out, 24, NULL), WP_OK) &&
               EQ_STATUS(wp_process_read(p, top + PAGE - 12, in, 24, NULL), WP_OK) && EQ_BYTES(in, out, 24),
           "the host writes and reads over a page boundary");
    tap_ok(t,
           FAILS(&x, wp_process_write(p, top - 1, out, 24, fresh(&x)), WP_TRAP, "out of bounds memory access") &&
               EQ_STATUS(wp_process_write(p, UINT64_MAX - 22, out, 24, NULL), WP_TRAP) &&
               EQ_STATUS(wp_process_read(p, UINT64_MAX - 23, in, 24, NULL), WP_OK) && EQ(in[0], 0) && EQ(in[23], 0),
           "a range with one byte outside is an error with no effect");
    memset(in, 0x55, sizeof in);
    tap_ok(t, EQ_STATUS(wp_process_read(p, top - 1, in, 24, NULL), WP_TRAP) && EQ(in[0], 0x55) && EQ(in[23], 0x55),
           "also for the host's own buffer");
    tap_ok(t,
           EQ_STATUS(wp_process_read(p, 0, in, 0, NULL), WP_OK) &&
               EQ_STATUS(wp_process_write(p, UINT64_MAX, out, 0, NULL), WP_OK),
           "nothing can be read and written anywhere");
    wp_extern memory;
    tap_ok(t,
           CHECK(wp_instance_export(m, "memory", 6, &memory)) && CHECK(wp_memory_pages(memory) == (uint64_t)1 << 48) &&
               EQ_STATUS(wp_memory_read(memory, top + PAGE, in, 12, NULL), WP_OK) && EQ(in[11], 0xEE) &&
               EQ_STATUS(wp_memory_write(memory, PAGE, out, 1, NULL), WP_TRAP),
           "the memory that modules see is the same one");
    wp_extern same = {WP_EXTERN_FUNC, NULL};
    tap_ok(t,
           CHECK(wp_process_memory(p, &same)) && EQ(same.kind, WP_EXTERN_MEMORY) &&
               CHECK(same.object == memory.object) && EQ_STATUS(wp_memory_read(same, top, in, 24, NULL), WP_OK) &&
               EQ(in[0], 0),
           "the embedder has it without a module");
    tap_ok(t,
           CHECK(wp_memory_accessible(memory, top, 2 * PAGE)) &&
               CHECK(wp_memory_accessible(memory, top + PAGE - 1, 2)) &&
               CHECK(!wp_memory_accessible(memory, top - 1, 2)) &&
               CHECK(!wp_memory_accessible(memory, top, 2 * PAGE + 1)) &&
               CHECK(!wp_memory_accessible(memory, PAGE, 1)) && CHECK(wp_memory_accessible(memory, PAGE, 0)),
           "a range is accessible when every byte of it is");
    tap_ok(t,
           EQ_STATUS(wp_process_end(p, NULL), WP_OK) && CHECK(!wp_process_memory(p, &memory)) &&
               CHECK(!wp_memory_accessible(memory, top, 1)),
           "nothing is, once the process has ended");
    wp_process_delete(p);
    fixture_close(&x, "host access");
}

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
    wp_instance *m = loaded(&x, p, tools32), *o = loaded(&x, other, tools32);
    wp_instance *e =
        loaded(&x, p, "(module (import \"host\" \"end\" (func $end)) (func (export \"end\") (call $end)))");
    tap_ok(t,
           EQ_STATUS(call(&x, s, e, "end", 0, 0, NULL), WP_OK) && EQ_STATUS(attempt.status, WP_REFUSED) &&
               CHECK(!wp_process_ended(p)),
           "a process does not end while a call into it is running");
    uint8_t byte = 1;
    size_t unused = x.f.live;
    /* Tables, and the stacks of calls, are its own too. */
    loaded(&x, p, "(module (table 10000 funcref))");
    size_t with_table = x.f.live;
    for (uint64_t page = 1; page < 20; page++) {
        uint64_t a = pmap(p, 0, PAGE);
        REQUIRE(EQ_STATUS(wp_process_write(p, a, &byte, 1, NULL), WP_OK));
    }
    tap_ok(t,
           CHECK(x.f.live > with_table + 19 * PAGE) && CHECK(with_table > unused + 10000 * 4) &&
               EQ_STATUS(wp_process_end(p, NULL), WP_OK) && CHECK(x.f.live < unused),
           "its storage goes with it");
    tap_ok(t, CHECK(wp_process_ended(p)) && CHECK(wp_process_store(p) == NULL) && CHECK(!wp_process_ended(other)),
           "it has ended, the other one has not");
    uint64_t address = 0;
    bool done = false;
    wp_module *module = fixture_module(&x, "(module)");
    wp_instance *instance;
    const char *text = "process has ended";
#define REFUSED(operation) (x.diag = (wp_diag){.status = WP_OK}, FAILS(&x, operation, WP_REFUSED, text))
    tap_ok(t, REFUSED(wp_process_end(p, &x.diag)), "ending it again is refused");
    tap_ok(t,
           CHECK(REFUSED(wp_process_mmap(p, 0, 1, &address, &x.diag))) &&
               CHECK(REFUSED(wp_process_munmap(p, PAGE, 1, &done, &x.diag))),
           "so are mmap and munmap");
    tap_ok(t,
           CHECK(REFUSED(wp_process_read(p, PAGE, &byte, 1, &x.diag))) &&
               CHECK(REFUSED(wp_process_write(p, PAGE, &byte, 1, &x.diag))),
           "reading and writing");
    tap_ok(t, REFUSED(wp_process_load(p, module, &instance, &x.diag)), "loading");
    tap_ok(t, CHECK(REFUSED(call(&x, s, m, "size", 0, 0, NULL))) && CHECK(REFUSED(call(&x, s, m, "mmap", 0, 1, NULL))),
           "calling");
    tap_ok(t,
           CHECK(REFUSED(wp_store_register(s, "m", 1, m, &x.diag))) &&
               CHECK(REFUSED(wp_store_define(s, "h", 1, "f", 1, func, &x.diag))),
           "registering and defining");
    tap_ok(t,
           CHECK(wp_instance_export(m, "memory", 6, &memory)) &&
               CHECK(REFUSED(wp_memory_read(memory, PAGE, &byte, 1, &x.diag))) &&
               CHECK(REFUSED(wp_memory_write(memory, PAGE, &byte, 1, &x.diag))) && EQ(wp_memory_pages(memory), 0),
           "and its memory, of which nothing is left");
#undef REFUSED
    wp_module_delete(module);
    tap_ok(t, EQ(called(&x, wp_process_store(other), o, "mmap", PAGE, 1), PAGE), "the other process goes on");
    wp_process_delete(p);
    wp_process_delete(other);
    fixture_close(&x, "end");
}

/* Rule mmap.lazy: storage runs out under a program, or under the host. */
static void test_exhaustion(tap *t) {
    fixture x;
    fixture_open(&x, t);
    fixture_limit(&x, "process_pages", 10);
    for (int from_host = 0; from_host < 2; from_host++) {
        wp_process *p = created(&x, WP_T_I32, 64, 0);
        wp_store *s = wp_process_store(p);
        wp_instance *m = loaded(&x, p, tools32);
        uint8_t bytes[1] = {1};
        bool good =
            called(&x, s, m, "mmap", PAGE, 60 * PAGE) == PAGE && call(&x, s, m, "fill", PAGE, 10 * PAGE, NULL) == WP_OK;
        tap_ok(t, CHECK(good) && EQ(called(&x, s, m, "load8", 50 * PAGE, 0), 0), "ten pages may have storage");
        wp_status status = from_host ? wp_process_write(p, 20 * PAGE, bytes, 1, fresh(&x))
                                     : call(&x, s, m, "fill", 20 * PAGE, 1, NULL);
        tap_ok(t, FAILS(&x, status, WP_EXHAUSTION, "out of memory"),
               "the eleventh is one too many: no trap, but exhaustion");
        tap_ok(t, wp_process_ended(p), "and the end of the process");
        status = call(&x, s, m, "load8", PAGE, 0, NULL);
        tap_ok(t, FAILS(&x, status, WP_REFUSED, "process has ended"), "every later use is refused");
        tap_ok(t, FAILS(&x, wp_process_end(p, fresh(&x)), WP_REFUSED, "process has ended"), "also to end it");
        wp_process_delete(p);
    }
    fixture_close(&x, "exhaustion");
}

/* A host function that calls back, and says nothing of what came of it. */
static wp_status call_and_ignore(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_extern *back = ctx;
    (void)args, (void)results, (void)diag;
    return wp_call(store, *back, NULL, 0, NULL, 0, NULL) == WP_CRASH ? WP_CRASH : WP_OK;
}

/* Rules process.exit, mmap.lazy: nothing of a program runs after it has ended, whoever called what ended it. */
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
    fixture_limit(&x, "process_pages", 10);
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
               "%s: a host function can't hide the end of the program", ends[i].function);
        tap_ok(t, EQ_STATUS(attempt.diag.status, WP_OK) && CHECK(wp_process_ended(p)), "after which nothing runs");
        wp_process_delete(p);
    }
    fixture_close(&x, "end below");
}

/* Storage that runs out in a host function, which says nothing of it: the program can't go on. */
static wp_status spend(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process **process = ctx;
    uint8_t byte = 1;
    (void)store, (void)args, (void)results, (void)diag;
    wp_status status = WP_OK;
    for (uint64_t page = 20; status == WP_OK; page++)
        status = wp_process_write(*process, page * PAGE, &byte, 1, NULL);
    /* It has ended, and is still running: what it stands on stays. */
    wp_range_info range;
    bool refused = wp_process_read(*process, PAGE, &byte, 1, NULL) == WP_REFUSED;
    return refused && wp_process_range(*process, 1, &range, NULL) == WP_OK ? WP_OK : WP_CRASH;
}

static const char *const spender =
    "(module (import \"host\" \"spend\" (func $spend)) (import \"env\" \"memory\" (memory 1))"
    " (import \"process\" \"mmap\" (func $mmap (param i32 i64) (result i32)))"
    " (import \"process\" \"munmap\" (func $munmap (param i32 i64) (result i32)))"
    " (import \"process\" \"load\" (func $load (param i32 i32) (result i32)))"
    " (import \"process\" \"symbol\" (func $symbol (param i32 i32 i32) (result i32)))"
    " (import \"process\" \"unload\" (func $unload (param i32) (result i32)))"
    " (import \"process\" \"exit\" (func $exit (param i32)))"
    " (func (export \"access\") (call $spend) (drop (i32.load8_u (i32.const 65536))))"
    " (func (export \"mmap\") (call $spend) (drop (call $mmap (i32.const 0) (i64.const 1))))"
    " (func (export \"munmap\") (call $spend) (drop (call $munmap (i32.const 0) (i64.const 0))))"
    " (func (export \"load\") (call $spend) (drop (call $load (i32.const 0) (i32.const 0))))"
    " (func (export \"symbol\") (call $spend) (drop (call $symbol (i32.const 0) (i32.const 0) (i32.const 0))))"
    " (func (export \"unload\") (call $spend) (drop (call $unload (i32.const 0))))"
    " (func (export \"exit\") (call $spend) (call $exit (i32.const 0)))"
    " (func (export \"loop\") (local $i i32) (call $spend)"
    "   (loop (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50000000))))))";

static void test_exhaustion_inside(tap *t) {
    static const char *const names[] = {"access", "mmap", "munmap", "load", "symbol", "unload", "exit", "loop"};
    fixture x;
    fixture_open(&x, t);
    fixture_limit(&x, "process_pages", 10);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        wp_process *p = created(&x, WP_T_I32, 64, 0);
        wp_store *s = wp_process_store(p);
        wp_extern func;
        REQUIRE(EQ(pmap(p, PAGE, 60 * PAGE), PAGE) &&
                EQ_STATUS(wp_func_new(s, NULL, 0, NULL, 0, spend, &p, &func, NULL), WP_OK) &&
                EQ_STATUS(wp_store_define(s, "host", 4, "spend", 5, func, NULL), WP_OK));
        wp_status status = call(&x, s, loaded(&x, p, spender), names[i], 0, 0, NULL);
        tap_ok(t, FAILS(&x, status, WP_EXHAUSTION, "") && CHECK(wp_process_ended(p)),
               "a program whose memory is gone does not go on: %s", names[i]);
        wp_process_delete(p);
    }
    fixture_close(&x, "exhaustion inside");
}

/* Rule process.exit: also where nobody but the embedder calls. */
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
           "an extent that the host can't reserve leaves nothing");
    fixture_close(&x, "exit from outside");
}

/* What the embedder may ask of a process, by number. */
typedef struct question {
    fixture *x;
    wp_process *process;
    wp_instance *instance;
    wp_module *module;
    int number;
    bool was_refused;
} question;
enum { QUESTIONS = 11 };

static wp_status ask(question *q) {
    uint64_t address;
    uint8_t byte = 0;
    bool done;
    wp_instance *instance;
    wp_process *p = q->process;
    q->x->diag = (wp_diag){.status = WP_OK};
    wp_diag *diag = &q->x->diag;
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
    default: return wp_process_end(p, diag);
    }
}

/* A host function that ends the process, with what takes its last page, and asks then. */
static wp_status spend_and_ask(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    question *q = ctx;
    if (spend(&q->process, store, args, results, diag) != WP_OK)
        return WP_CRASH;
    wp_status status = ask(q);
    q->was_refused = FAILS(q->x, status, WP_REFUSED, "process has ended");
    return WP_OK;
}

/* Rule process.end: whatever is asked of a process that has ended is refused, while its code is running and afterwards.
 * What it stood on then is given back with the first question. */
static void test_ended_within(tap *t) {
    static const char *const user =
        "(module (import \"host\" \"ask\" (func $ask)) (import \"process\" \"exit\" (func $exit (param i32)))"
        " (func (export \"ask\") (call $ask)) (func (export \"exit\") (call $exit (i32.const 3))))";
    fixture x;
    fixture_open(&x, t);
    fixture_limit(&x, "process_pages", 10);
    question q = {.x = &x, .module = fixture_module(&x, "(module)")};
    int within = 0, after = 0, given_back = 0;
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
            given_back += left < live && wp_process_range(p, 1, &range, NULL) == WP_REFUSED && x.f.live == left ? 1 : 0;
            wp_process_delete(p);
        }
    tap_ok(t, EQ(within, QUESTIONS), "a process that has ended refuses all of %d questions while its code is running",
           QUESTIONS);
    tap_ok(t, EQ(after, 2 * QUESTIONS), "and when it is not");
    tap_ok(t, EQ(given_back, 2 * QUESTIONS), "the first of them gives back what it had");
    wp_module_delete(q.module);
    fixture_close(&x, "ended within");
}

/* ---- Two processes ------------------------------------------------------------------------------------------- */

static void test_isolation(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0), *q = created(&x, WP_T_I32, 64, 0);
    wp_store *ps = wp_process_store(p), *qs = wp_process_store(q);
    wp_instance *pm = loaded(&x, p, tools32), *qm = loaded(&x, q, tools32);
    tap_ok(t,
           EQ(called(&x, ps, pm, "mmap", PAGE, PAGE), PAGE) && EQ(called(&x, qs, qm, "mmap", PAGE, PAGE), PAGE) &&
               EQ(called(&x, ps, pm, "store64", PAGE, 1), 0) && EQ(called(&x, qs, qm, "store64", PAGE, 2), 0) &&
               EQ(called(&x, ps, pm, "load64", PAGE, 0), 1) && EQ(called(&x, qs, qm, "load64", PAGE, 0), 2),
           "one address is two bytes in two processes");
    tap_ok(t, EQ(called(&x, ps, pm, "munmap", PAGE, PAGE), 1) && EQ(called(&x, qs, qm, "load64", PAGE, 0), 2),
           "and unmapped in one of them");
    wp_extern func;
    wp_value args[2] = {{.type = WP_T_I32}, {.type = WP_T_I64}}, results[1];
    tap_ok(t,
           CHECK(wp_instance_export(pm, "mmap", 4, &func)) &&
               EQ_STATUS(wp_call(qs, func, args, 2, results, 1, NULL), WP_CRASH),
           "a function of one cannot be called in the other");
    tap_ok(t, EQ_STATUS(wp_store_register(qs, "other", 5, pm, NULL), WP_REFUSED), "nor an instance registered there");
    if (wp_store_define(qs, "stolen", 6, "mmap", 4, func, NULL) == WP_OK)
        tap_ok(t,
               FAILS(&x, load(&x, q, "(module (import \"stolen\" \"mmap\" (func (param i32 i64) (result i32))))", NULL),
                     WP_UNLOADABLE, "incompatible import type"),
               "nor linked");
    REQUIRE(EQ_STATUS(wp_store_register(ps, "lib", 3, pm, NULL), WP_OK));
    tap_ok(t,
           FAILS(&x, load(&x, q, "(module (import \"lib\" \"mmap\" (func (param i32 i64) (result i32))))", NULL),
                 WP_UNLOADABLE, "unknown import") &&
               EQ_STATUS(load(&x, p, "(module (import \"lib\" \"mmap\" (func (param i32 i64) (result i32))))", NULL),
                         WP_OK),
           "names are registered per process");
    wp_store_delete(ps); /* does nothing: a process owns its store */
    tap_ok(t, EQ(called(&x, ps, pm, "size", 0, 0), 64), "a process's store goes with the process only");
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
    test_mmap(&t, WP_T_I32);
    test_mmap(&t, WP_T_I64);
    test_munmap(&t, WP_T_I32);
    test_munmap(&t, WP_T_I64);
    test_platform_no_memory(&t);
    test_inside(&t, WP_T_I32);
    test_inside(&t, WP_T_I64);
    test_host_access(&t);
    test_end(&t);
    test_exhaustion(&t);
    test_end_below(&t);
    test_exhaustion_inside(&t);
    test_exit_from_outside(&t);
    test_ended_within(&t);
    test_isolation(&t);
    return tap_done(&t);
}
