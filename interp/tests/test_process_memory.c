/* test_process_memory.c: mmap and munmap, and access to the memory of a process from inside and by the host (rules
 * mmap.*, munmap.*, access.*). */
#include "process_fixture.h"
#include "small_chunks.h"

/* ---- mmap and munmap ----------------------------------------------------------------------------------------- */

static void test_mmap(tap *t, wp_valtype pointer) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, pointer, 16, 0);
    const uint64_t end = 16 * PAGE;
    tap_ok(t, EQ(pmap(p, 0, 0), 0) && EQ(pmap(p, PAGE, 0), 0), "mmap of length 0 fails");
    tap_ok(t,
           EQ(pmap(p, 0, end - PAGE + 1), 0) && EQ(pmap(p, 0, UINT64_MAX), 0) && EQ(pmap(p, 0, (uint64_t)1 << 63), 0) &&
               EQ(pmap(p, 0, UINT64_MAX - PAGE + 2), 0) && EQ(pmap(p, 0, (uint64_t)1 << 32), 0),
           "mmap of a length over the extent less a page fails");
    tap_ok(t, EQ(pmap(p, 0, end - PAGE), PAGE) && CHECK(punmap(p, PAGE, end - PAGE)), "mmap of the extent less a page");
    tap_ok(t, EQ(pmap(p, 5 * PAGE + 123, PAGE + 1), 5 * PAGE), "mmap rounds a hint down");
    tap_ok(t, CHECK(pmap(p, 6 * PAGE, 1) != 6 * PAGE) && EQ(pmap(p, 7 * PAGE, 1), 7 * PAGE), "mmap rounds a length up");
    uint64_t a = pmap(p, 5 * PAGE, PAGE);
    tap_ok(t, CHECK(a != 0) && CHECK(a != 5 * PAGE) && EQ(a % PAGE, 0), "mmap ignores a hint that is in use");
    tap_ok(t, EQ(pmap(p, end - PAGE, PAGE), end - PAGE), "a mapping may end at the extent");
    a = pmap(p, end - 2 * PAGE, 2 * PAGE);
    tap_ok(t, CHECK(a != 0) && CHECK(a != end - 2 * PAGE), "mmap ignores a hint whose range overlaps a mapping");
    a = pmap(p, end, PAGE);
    uint64_t b = pmap(p, UINT64_MAX, PAGE), c = pmap(p, PAGE - 1, 1);
    tap_ok(t, CHECK(a >= PAGE) && CHECK(a < end) && CHECK(b >= PAGE) && CHECK(b < end) && CHECK(c >= PAGE),
           "mmap ignores hints outside the extent or in page 0");
    while (pmap(p, 0, 1) != 0)
        ;
    tap_ok(t, EQ(pmap(p, 0, 1), 0) && EQ(pmap(p, 3 * PAGE, 1), 0), "mmap in a full address space gives 0");
    tap_ok(t,
           CHECK(punmap(p, 3 * PAGE, 2 * PAGE)) && EQ(pmap(p, 0, 2 * PAGE + 1), 0) &&
               EQ(pmap(p, 0, 2 * PAGE), 3 * PAGE),
           "mmap finds the only run of free pages that is long enough");
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
    tap_ok(t, CHECK(!punmap(p, 2 * PAGE + 1, PAGE)) && CHECK(!punmap(p, 1, PAGE)),
           "munmap of an unaligned address is false");
    tap_ok(t, !punmap(p, 2 * PAGE, 0), "munmap of length 0 is false");
    tap_ok(t,
           CHECK(!punmap(p, 0, PAGE)) && CHECK(!punmap(p, 0, 4 * PAGE)) && CHECK(!punmap(p, end, PAGE)) &&
               CHECK(!punmap(p, 2 * PAGE, end)) && CHECK(!punmap(p, 2 * PAGE, UINT64_MAX)) &&
               CHECK(!punmap(p, UINT64_MAX - PAGE + 1, PAGE)) && CHECK(!punmap(p, PAGE << 32, PAGE)),
           "munmap of a range with page 0, or beyond the extent, is false");
    tap_ok(t, EQ_STATUS(wp_process_read(p, 2 * PAGE, &back, 1, NULL), WP_OK) && EQ(back, 7),
           "a munmap that is false changes nothing");
    tap_ok(t, punmap(p, 11 * PAGE, 5 * PAGE), "munmap of a free range is true, up to the extent");
    tap_ok(t, punmap(p, 4 * PAGE, PAGE + 1), "munmap of the middle of a mapping");
    tap_ok(t, EQ_STATUS(wp_process_read(p, 5 * PAGE, &back, 1, NULL), WP_TRAP), "munmap rounds a length up");
    tap_ok(t,
           EQ_STATUS(wp_process_read(p, 2 * PAGE, &back, 1, NULL), WP_OK) && EQ(back, 7) &&
               EQ_STATUS(wp_process_read(p, 10 * PAGE - 1, &back, 1, NULL), WP_OK) && EQ(back, 7),
           "munmap keeps the contents before and behind its range");
    tap_ok(t, CHECK(punmap(p, PAGE, end - PAGE)) && EQ_STATUS(wp_process_read(p, 2 * PAGE, &back, 1, NULL), WP_TRAP),
           "munmap over mappings and free pages");
    tap_ok(t,
           EQ(pmap(p, 2 * PAGE, PAGE), 2 * PAGE) && EQ_STATUS(wp_process_read(p, 2 * PAGE, &back, 1, NULL), WP_OK) &&
               EQ(back, 0),
           "pages mapped again are zero");
    wp_process_delete(p);
    fixture_close(&x, "munmap");
}

/* Rule process.limit: of the descriptor, and of the engine. */
static void test_limit(tap *t, wp_backend backend) {
    fixture x;
    fixture_open(&x, t);
    fixture_limit(&x, "process_pages", 9);
    for (int i = 0; i < 2; i++) {
        wp_process_desc desc = {.pointer = WP_T_I32, .pages = 64, .stack = 3, .backend = backend, .limited = i == 0};
        uint64_t most = i == 0 ? 7 : 9;
        desc.limit = 7;
        wp_process *p = NULL;
        REQUIRE(EQ_STATUS(wp_process_new(x.engine, &desc, &p, NULL), WP_OK));
        uint64_t a = pmap(p, 0, (most - 3) * PAGE);
        tap_ok(t, CHECK(a != 0) && EQ(pmap(p, 0, 1), 0), "at most %llu pages are accessible", (unsigned long long)most);
        tap_ok(t, CHECK(punmap(p, a, PAGE)) && CHECK(pmap(p, 0, 1) != 0) && EQ(pmap(p, 0, 1), 0),
               "unmapped pages no longer count");
        wp_process_delete(p);
    }
    fixture_close(&x, "limit");
}

/* mmap and munmap out of memory for bookkeeping: they fail without effect. */
static void test_platform_no_memory(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 1024, 0);
    failing_start(&x.f, 1);
    uint64_t a = 1;
    for (uint64_t page = 600; page < 1000 && a != 0; page += 3)
        a = pmap(p, page * PAGE, 1);
    tap_ok(t, EQ(a, 0), "mmap out of memory gives 0");
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
    tap_ok(t, !cut, "munmap out of memory gives false");
    x.f.calls = 0;
    tap_ok(t, CHECK(punmap(p, 500 * PAGE, 2 * PAGE)) && EQ(x.f.calls, 0), "munmap of free pages allocates nothing");
    failing_stop(&x.f);
    byte = 0;
    tap_ok(t,
           EQ_STATUS(wp_process_read(p, whole + (i - 2) * PAGE + (i - 2), &byte, 1, NULL), WP_OK) && EQ(byte, 9) &&
               CHECK(punmap(p, whole + (i - 2) * PAGE, PAGE)),
           "a munmap that failed kept its page");
    wp_process_delete(p);
    fixture_close(&x, "platform without memory");
}

/* The platform and the memory from inside. */
static void test_inside(tap *t, wp_valtype pointer) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, pointer, 1024, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, tools(pointer));
    tap_ok(t, EQ(called(&x, s, m, "mmap", 3 * PAGE + 5, 2 * PAGE), 3 * PAGE), "process.mmap at a hint");
    tap_ok(t, EQ(called(&x, s, m, "mmap", 0, (uint64_t)1 << 40), 0), "process.mmap of a length beyond 2^32 gives 0");
    tap_ok(t,
           EQ(called(&x, s, m, "store64", 4 * PAGE - 4, 0x0102030405060708), 0) &&
               EQ(called(&x, s, m, "load64", 4 * PAGE - 4, 0), 0x0102030405060708) &&
               EQ(called(&x, s, m, "load8", 4 * PAGE - 4, 0), 8),
           "an access may straddle pages");
    const uint64_t bad[] = {
        0, 8, PAGE, 3 * PAGE - 1, 5 * PAGE - 7, 5 * PAGE, 1024 * PAGE - 8, 1024 * PAGE - 7, 1024 * PAGE, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        wp_status load = call(&x, s, m, "load64", bad[i], 0, NULL);
        bool loads = TRAPS(&x, load);
        wp_status store = call(&x, s, m, "store64", bad[i], UINT64_MAX, NULL);
        tap_ok(t, CHECK(loads) && TRAPS(&x, store), "address %llu traps", (unsigned long long)bad[i]);
    }
    tap_ok(t, EQ(called(&x, s, m, "load64", 5 * PAGE - 8, 0), 0), "a store that traps writes nothing");
    tap_ok(t,
           EQ_STATUS(call(&x, s, m, "fill", 4 * PAGE, PAGE + 1, NULL), WP_TRAP) &&
               EQ(called(&x, s, m, "load64", 5 * PAGE - 8, 0), 0) &&
               EQ_STATUS(call(&x, s, m, "copy", 5 * PAGE - 8, 3 * PAGE, NULL), WP_TRAP) &&
               EQ_STATUS(call(&x, s, m, "copy", 3 * PAGE, 5 * PAGE - 8, NULL), WP_TRAP) &&
               EQ(called(&x, s, m, "load64", 3 * PAGE, 0), 0),
           "a bulk operation that traps writes nothing");
    tap_ok(t,
           EQ_STATUS(call(&x, s, m, "fill", 0, 0, NULL), WP_OK) &&
               EQ_STATUS(call(&x, s, m, "fill", 1024 * PAGE, 0, NULL), WP_OK) &&
               EQ_STATUS(call(&x, s, m, "fill", 1024 * PAGE + 1, 0, NULL), WP_TRAP),
           "a bulk operation of length 0 checks only its address");
    tap_ok(t,
           EQ(called(&x, s, m, "grow", 0, 0), 1024) && EQ((uint32_t)called(&x, s, m, "grow", 1, 0), UINT32_MAX) &&
               EQ((uint32_t)called(&x, s, m, "grow", UINT64_MAX, 0), UINT32_MAX) &&
               EQ(called(&x, s, m, "size", 0, 0), 1024),
           "memory.grow fails");
    tap_ok(t,
           EQ_STATUS(call(&x, s, m, "trap", 0, 0, NULL), WP_TRAP) &&
               EQ(called(&x, s, m, "load64", 4 * PAGE - 4, 0), 0x0102030405060708),
           "a trap keeps mappings");
    tap_ok(t,
           EQ(called(&x, s, m, "munmap", 3 * PAGE, 2 * PAGE), 1) &&
               EQ_STATUS(call(&x, s, m, "load8", 3 * PAGE, 0, NULL), WP_TRAP) &&
               EQ(called(&x, s, m, "munmap", 3 * PAGE + 1, 1), 0),
           "process.munmap");
    wp_process_delete(p);
    fixture_close(&x, "inside");
}

/* ---- Access by the host -------------------------------------------------------------------------------------- */

static void test_host_access(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I64, (uint64_t)1 << 48, 0);
    wp_instance *m = loaded(&x, p, tools(WP_T_I64));
    uint8_t out[24], in[24];
    memset(out, 0xEE, sizeof out);
    uint64_t top = UINT64_MAX - 2 * PAGE + 1;
    tap_ok(t,
           EQ(pmap(p, top, 2 * PAGE), top) && EQ_STATUS(wp_process_write(p, top + PAGE - 12, out, 24, NULL), WP_OK) &&
               EQ_STATUS(wp_process_read(p, top + PAGE - 12, in, 24, NULL), WP_OK) && EQ_BYTES(in, out, 24),
           "the host writes and reads over a page boundary");
    tap_ok(t,
           TRAPS(&x, wp_process_write(p, top - 1, out, 24, fresh(&x))) &&
               EQ_STATUS(wp_process_write(p, UINT64_MAX - 22, out, 24, NULL), WP_TRAP) &&
               EQ_STATUS(wp_process_read(p, UINT64_MAX - 23, in, 24, NULL), WP_OK) && EQ(in[0], 0) && EQ(in[23], 0),
           "an access with one byte outside a mapping fails without effect");
    memset(in, 0x55, sizeof in);
    tap_ok(t, EQ_STATUS(wp_process_read(p, top - 1, in, 24, NULL), WP_TRAP) && EQ(in[0], 0x55) && EQ(in[23], 0x55),
           "a read that fails does not change the host's buffer");
    tap_ok(t,
           EQ_STATUS(wp_process_read(p, 0, in, 0, NULL), WP_OK) &&
               EQ_STATUS(wp_process_write(p, UINT64_MAX, out, 0, NULL), WP_OK),
           "an access of 0 bytes succeeds anywhere");
    wp_extern memory;
    tap_ok(t,
           CHECK(wp_instance_export(m, "memory", 6, &memory)) && CHECK(wp_memory_pages(memory) == (uint64_t)1 << 48) &&
               EQ_STATUS(wp_memory_read(memory, top + PAGE, in, 12, NULL), WP_OK) && EQ(in[11], 0xEE) &&
               EQ_STATUS(wp_memory_write(memory, PAGE, out, 1, NULL), WP_TRAP),
           "the exported memory is the process's");
    wp_extern same = {WP_EXTERN_FUNC, NULL};
    tap_ok(t,
           CHECK(wp_process_memory(p, &same)) && EQ(same.kind, WP_EXTERN_MEMORY) &&
               CHECK(same.object == memory.object) && EQ_STATUS(wp_memory_read(same, top, in, 24, NULL), WP_OK) &&
               EQ(in[0], 0),
           "wp_process_memory gives the same memory");
    tap_ok(t,
           CHECK(wp_memory_accessible(memory, top, 2 * PAGE)) &&
               CHECK(wp_memory_accessible(memory, top + PAGE - 1, 2)) &&
               CHECK(!wp_memory_accessible(memory, top - 1, 2)) &&
               CHECK(!wp_memory_accessible(memory, top, 2 * PAGE + 1)) &&
               CHECK(!wp_memory_accessible(memory, PAGE, 1)) && CHECK(wp_memory_accessible(memory, PAGE, 0)),
           "wp_memory_accessible: every byte of a range is mapped");
    tap_ok(t,
           EQ_STATUS(wp_process_end(p, NULL), WP_OK) && CHECK(!wp_process_memory(p, &memory)) &&
               CHECK(!wp_memory_accessible(memory, top, 1)),
           "a process that has ended has no memory");
    wp_process_delete(p);
    fixture_close(&x, "host access");
}

int main(void) {
    tap t = {0};
    test_mmap(&t, WP_T_I32);
    test_mmap(&t, WP_T_I64);
    test_munmap(&t, WP_T_I32);
    test_munmap(&t, WP_T_I64);
    test_limit(&t, WP_BACKEND_SPARSE);
    test_limit(&t, WP_BACKEND_NATIVE);
    test_platform_no_memory(&t);
    test_inside(&t, WP_T_I32);
    test_inside(&t, WP_T_I64);
    test_host_access(&t);
    return tap_done(&t);
}
