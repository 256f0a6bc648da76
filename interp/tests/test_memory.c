/* test_memory.c: memory instances against a model: an array of bytes, and the accessible ones of its pages. A memory
 * with a back end behaves like a plain one where all pages are accessible.
 */
#include "core/run/memory.h"

#include "core/run/store.h"
#include "core_fixture.h"
#include "random.h"

enum { PAGE = WP_PAGE_SIZE, PAGES = 4 };

/* ---- A back end and its model -------------------------------------------------------------------------------- */

typedef struct paged {
    uint8_t *pages[PAGES]; /* null: inaccessible */
    bool exhausted;        /* pages are accessible, but have no storage */
    unsigned reports;      /* of exhaustion */
} paged;

static wp_trap check_pages(void *ctx, uint64_t address, uint64_t size) {
    const paged *p = ctx;
    for (uint64_t page = address / PAGE; page <= (address + size - 1) / PAGE; page++)
        if (p->pages[page] == NULL)
            return WP_TRAP_memory_inaccessible;
    return WP_TRAP_none;
}

static wp_trap find_page(void *ctx, uint64_t page, bool write, uint8_t **bytes) {
    const paged *p = ctx;
    if (write && p->exhausted)
        return WP_TRAP_host_memory;
    *bytes = p->pages[page];
    return WP_TRAP_none;
}

static void count_exhausted(void *ctx) {
    ((paged *)ctx)->reports++;
}

static const wp_backing paged_backing = {check_pages, find_page, count_exhausted};

/* A memory and its model. */
typedef struct pair {
    wp_memory *memory;
    uint8_t model[PAGES * PAGE];
    bool accessible[PAGES];
} pair;

static bool may_access(const pair *m, uint64_t address, uint64_t size) {
    if (size > PAGES * PAGE || address > PAGES * PAGE - size)
        return false;
    for (uint64_t i = 0; i < size; i++)
        if (!m->accessible[(address + i) / PAGE])
            return false;
    return true;
}

/* Whether every page reads as the model says. */
static bool same_bytes(const pair *m) {
    static uint8_t bytes[PAGE];
    for (uint64_t page = 0; page < PAGES; page++) {
        wp_trap trap = wp_mem_read(m->memory, page * PAGE, bytes, PAGE);
        if (!m->accessible[page] ? trap == WP_TRAP_none
                                 : trap != WP_TRAP_none || memcmp(bytes, m->model + page * PAGE, PAGE) != 0)
            return false;
    }
    return true;
}

/* ---- Random operations --------------------------------------------------------------------------------------- */

/* Addresses near the borders of pages, and sizes that cross them. */
static uint64_t some_address(uint64_t *state) {
    uint64_t r = next_random(state);
    return r % (PAGES + 1) * PAGE + (r >> 8) % 64 - (r % (PAGES + 1) == 0 ? 0 : 32);
}

static uint64_t some_size(uint64_t *state) {
    uint64_t r = next_random(state);
    return r % 8 == 0 ? 0 : r % 8 == 1 ? (r >> 8) % (2 * PAGE) : (r >> 8) % 80;
}

static bool right_trap(const pair *m, wp_trap trap, bool allowed) {
    if (allowed)
        return trap == WP_TRAP_none;
    return trap == WP_TRAP_memory_bounds || (m->memory->backing != NULL && trap == WP_TRAP_memory_inaccessible);
}

/* Applies an operation to the memory and to the model; false if they differ. */
static bool step(pair *m, uint64_t *state) {
    static uint8_t bytes[2 * PAGE];
    uint64_t to = some_address(state), from = some_address(state), size = some_size(state);
    bool allowed = may_access(m, to, size);
    /* An empty range needs only an address up to the end. */
    if (size == 0)
        allowed = to <= PAGES * PAGE;
    for (uint64_t i = 0; i < size && i < sizeof bytes; i++)
        bytes[i] = (uint8_t)next_random(state);
    switch (next_random(state) % 5) {
    case 0:
        if (!right_trap(m, wp_mem_fill(m->memory, to, bytes[0], size), allowed))
            return false;
        if (allowed && size != 0)
            memset(m->model + to, bytes[0], size);
        return true;
    case 1: {
        bool both = allowed && (size == 0 ? from <= PAGES * PAGE : may_access(m, from, size));
        if (!right_trap(m, wp_mem_copy(m->memory, to, m->memory, from, size), both))
            return false;
        if (both && size != 0)
            memmove(m->model + to, m->model + from, size);
        return true;
    }
    case 2:
        if (!right_trap(m, wp_mem_init(m->memory, to, bytes, sizeof bytes, sizeof bytes - size, size), allowed))
            return false;
        if (allowed && size != 0)
            memcpy(m->model + to, bytes + sizeof bytes - size, size);
        return true;
    case 3: {
        unsigned width = 1u << next_random(state) % 5;
        bool store = may_access(m, to, width);
        if (!right_trap(m, wp_mem_store(m->memory, to / 2, to - to / 2, width, bytes), store))
            return false;
        if (store)
            memcpy(m->model + to, bytes, width);
        return true;
    }
    default: {
        uint8_t read[16];
        unsigned width = 1u << next_random(state) % 5;
        bool load = may_access(m, to, width);
        return right_trap(m, wp_mem_load(m->memory, to, 0, width, read), load) &&
               (!load || memcmp(read, m->model + to, width) == 0);
    }
    }
}

static void check_random(tap *t, pair *m, const char *what) {
    enum { STEPS = 20000 };
    uint64_t state = 88172645463325252;
    bool right = true;
    int i = 0;
    for (; i < STEPS && right; i++) {
        right = step(m, &state);
        if (i % 500 == 0)
            right = right && CHECK(same_bytes(m));
    }
    tap_ok(t, CHECK(right) && CHECK(same_bytes(m)), "%s: %d operations agree with the model", what, i);
}

static void test_random(tap *t) {
    static pair plain, whole, holes;
    fixture x;
    fixture_open_store(&x, t);
    wp_limits limits = {.min = PAGES};
    fixture_must(&x, wp_mem_new(x.store, limits, &plain.memory, &x.diag) == WP_OK, "memory");
    for (int i = 0; i < PAGES; i++)
        plain.accessible[i] = true;
    check_random(t, &plain, "a plain memory");

    static uint8_t storage[2][PAGES][PAGE];
    paged all = {.reports = 0}, some = {.reports = 0};
    wp_memory backed[2] = {{.pages = PAGES, .backing = &paged_backing, .backing_ctx = &all, .store = x.store},
                           {.pages = PAGES, .backing = &paged_backing, .backing_ctx = &some, .store = x.store}};
    whole.memory = &backed[0];
    holes.memory = &backed[1];
    for (int i = 0; i < PAGES; i++) {
        all.pages[i] = storage[0][i];
        whole.accessible[i] = true;
        holes.accessible[i] = i != 2;
        some.pages[i] = i == 2 ? NULL : storage[1][i];
    }
    check_random(t, &whole, "a memory with a back end");
    check_random(t, &holes, "a memory with an inaccessible page");
    fixture_close(&x, "random operations");
}

/* ---- Single cases -------------------------------------------------------------------------------------------- */

static void test_edges(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    uint8_t bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, back[16];
    wp_memory *memory = NULL, *empty = NULL;
    wp_limits one = {.min = 1}, none = {.min = 0};
    fixture_must(
        &x, wp_mem_new(x.store, one, &memory, &x.diag) == WP_OK && wp_mem_new(x.store, none, &empty, &x.diag) == WP_OK,
        "memory");
    for (unsigned size = 1; size <= 16; size *= 2) {
        tap_ok(t,
               EQ(wp_mem_store(memory, PAGE - size, 0, size, bytes), WP_TRAP_none) &&
                   EQ(wp_mem_load(memory, PAGE - size, 0, size, back), WP_TRAP_none) && EQ_BYTES(bytes, back, size),
               "%u bytes at the end", size);
        tap_ok(t,
               EQ(wp_mem_store(memory, PAGE - size, 1, size, bytes), WP_TRAP_memory_bounds) &&
                   EQ(wp_mem_load(memory, PAGE - size + 1, 0, size, back), WP_TRAP_memory_bounds),
               "%u bytes, one byte beyond the end", size);
        tap_ok(t,
               EQ(wp_mem_load(memory, UINT64_MAX, 1, size, back), WP_TRAP_memory_bounds) &&
                   EQ(wp_mem_store(memory, 16, UINT64_MAX - 15, size, bytes), WP_TRAP_memory_bounds) &&
                   EQ(wp_mem_load(memory, UINT64_MAX - size + 1, 0, size, back), WP_TRAP_memory_bounds),
               "%u bytes where the address wraps", size);
    }
    tap_ok(t, EQ(wp_mem_load(empty, 0, 0, 1, back), WP_TRAP_memory_bounds), "an empty memory has no byte");
    tap_ok(t, EQ(wp_mem_fill(empty, 0, 1, 0), WP_TRAP_none) && EQ(wp_mem_fill(empty, 1, 1, 0), WP_TRAP_memory_bounds),
           "an empty range of an empty memory is at address 0 only");
    tap_ok(t,
           EQ(wp_mem_copy(empty, 0, memory, PAGE, 0), WP_TRAP_none) &&
               EQ(wp_mem_copy(empty, 0, memory, PAGE + 1, 0), WP_TRAP_memory_bounds),
           "an empty copy checks both addresses");
    tap_ok(t,
           EQ(wp_mem_init(memory, 0, bytes, 16, 16, 0), WP_TRAP_none) &&
               EQ(wp_mem_init(memory, 0, bytes, 16, 17, 0), WP_TRAP_memory_bounds) &&
               EQ(wp_mem_init(memory, 0, bytes, 16, 10, 7), WP_TRAP_memory_bounds) &&
               EQ(wp_mem_init(memory, 0, bytes, 16, UINT64_MAX, 2), WP_TRAP_memory_bounds) &&
               EQ(wp_mem_init(memory, PAGE, bytes, 0, 0, 0), WP_TRAP_none),
           "wp_mem_init checks the segment, too");
    tap_ok(t, CHECK(wp_mem_fast(memory, PAGE - 8, 8)) && CHECK(!wp_mem_fast(memory, PAGE - 7, 8)),
           "the fast path ends at the end of the memory");
    fixture_close(&x, "edges");
}

static void test_integers(tap *t) {
    uint8_t bytes[8];
    wp_write_u64(bytes, 0x8877665544332211);
    tap_ok(t, EQ(bytes[0], 0x11) && EQ(bytes[7], 0x88) && EQ(wp_read_u64(bytes), 0x8877665544332211),
           "64 bits are little-endian");
    tap_ok(t, EQ(wp_read_u32(bytes), 0x44332211) && EQ(wp_read_u16(bytes), 0x2211) && EQ(wp_read_u8(bytes), 0x11),
           "32, 16 and 8 bits");
    wp_write_u32(bytes, 0xFFFFFFFFDDCCBBAA);
    wp_write_u16(bytes + 4, 0xFFFFEEDD);
    wp_write_u8(bytes + 6, 0xABCDEF);
    tap_ok(t, EQ(wp_read_u64(bytes), 0x88EFEEDDDDCCBBAA), "writing fewer bits keeps the other bytes");
}

static void test_grow(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_memory *memory = NULL;
    wp_limits limits = {.min = 1, .max = 5, .has_max = true}, wide = {.min = 0, .is64 = true}, narrow = {.min = 0};
    uint8_t byte = 7, back = 1;
    fixture_must(
        &x, wp_mem_new(x.store, limits, &memory, &x.diag) == WP_OK && wp_mem_write(memory, 9, &byte, 1) == WP_TRAP_none,
        "memory");
    tap_ok(t, EQ(wp_mem_grow(memory, 0), 1) && EQ(wp_mem_grow(memory, 2), 1) && EQ(memory->pages, 3),
           "growing gives the old size");
    tap_ok(t, EQ(wp_mem_read(memory, 9, &back, 1), WP_TRAP_none) && EQ(back, 7), "growing keeps the contents");
    tap_ok(t, EQ(wp_mem_read(memory, 3 * PAGE - 1, &back, 1), WP_TRAP_none) && EQ(back, 0), "new pages are zero");
    tap_ok(t,
           EQ(wp_mem_grow(memory, 3), UINT64_MAX) && EQ(wp_mem_grow(memory, UINT64_MAX), UINT64_MAX) &&
               EQ(memory->pages, 3),
           "growing over the maximum fails");
    failing_start(&x.f, 1);
    tap_ok(t, EQ(wp_mem_grow(memory, 1), UINT64_MAX) && EQ(memory->pages, 3), "growing out of memory fails");
    failing_stop(&x.f);
    tap_ok(t, EQ(wp_mem_grow(memory, 2), 3) && EQ(wp_mem_grow(memory, 0), 5), "growing to the maximum");
    wp_memory *none = NULL;
    x.f.once = true;
    for (size_t k = 1; k <= 2; k++) {
        failing_start(&x.f, k);
        tap_ok(t,
               FAILS(&x, wp_mem_new(x.store, limits, &none, fresh(&x)), WP_EXHAUSTION, "out of memory") &&
                   CHECK(none == NULL),
               "creation fails when allocation %zu does", k);
        failing_stop(&x.f);
    }
    x.f.once = false;

    fixture_limit(&x, "memory_pages", 3);
    fixture_must(&x, wp_mem_new(x.store, wide, &memory, &x.diag) == WP_OK, "memory");
    tap_ok(t,
           EQ(wp_mem_grow(memory, 4), UINT64_MAX) && EQ(wp_mem_grow(memory, 3), 0) &&
               EQ(wp_mem_grow(memory, 1), UINT64_MAX),
           "growing over the limit fails");
    fixture_limit(&x, "memory_pages", 1 << 20);
    fixture_must(&x, wp_mem_new(x.store, narrow, &memory, &x.diag) == WP_OK, "memory");
    tap_ok(t, EQ(wp_mem_grow(memory, 65537), UINT64_MAX), "growing over 4 GiB with 32-bit addresses fails");
    fixture_close(&x, "growing");
}

/* Exhausted storage is reported at each attempt, and nothing is written. */
static void test_storage(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    static uint8_t storage[PAGES][PAGE];
    paged p = {.exhausted = true};
    for (int i = 0; i < PAGES; i++)
        p.pages[i] = storage[i];
    wp_memory memory = {.pages = PAGES, .backing = &paged_backing, .backing_ctx = &p, .store = x.store};
    uint8_t bytes[4] = {1, 2, 3, 4};
    tap_ok(t, EQ(wp_mem_store(&memory, 10, 0, 4, bytes), WP_TRAP_host_memory) && EQ(p.reports, 1),
           "a store with exhausted storage");
    tap_ok(t, EQ(wp_mem_fill(&memory, 10, 1, 4), WP_TRAP_host_memory) && EQ(p.reports, 2),
           "a fill with exhausted storage");
    tap_ok(t, EQ(wp_mem_copy(&memory, 10, &memory, 20, 4), WP_TRAP_host_memory) && EQ(p.reports, 3),
           "a copy with exhausted storage");
    tap_ok(t, EQ(wp_mem_load(&memory, 10, 0, 4, bytes), WP_TRAP_none) && EQ(bytes[0], 0), "a load needs no storage");
    tap_ok(t, EQ(wp_mem_grow(&memory, 0), PAGES) && EQ(wp_mem_grow(&memory, 1), UINT64_MAX),
           "a memory with a back end does not grow");
    fixture_close(&x, "storage");
}

int main(void) {
    tap t = {0};
    test_random(&t);
    test_edges(&t);
    test_integers(&t);
    test_grow(&t);
    test_storage(&t);
    return tap_done(&t);
}
