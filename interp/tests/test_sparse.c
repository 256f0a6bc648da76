/* test_sparse.c: memories with the sparse back end: contents, holes, freed storage, exhausted storage. */
#include "core/run/store.h"
#include "process/storage/storage.h"

#include "fixture.h"
#include "random.h"

typedef struct backed {
    fixture base;
    space *space;
    wp_sparse *sparse;
    wp_memory memory;
    int exhausted;
} backed;

static void on_exhausted(void *ctx) {
    backed *x = ctx;
    x->exhausted++;
}

/* A wasm64 memory of `pages` pages. */
static void open_backed(backed *x, tap *t, uint64_t pages) {
    *x = (backed){.exhausted = 0};
    fixture_open_store(&x->base, t);
    space_allocator a = {x->base.allocator.resize, x->base.allocator.ctx};
    x->space = space_new(&a, pages);
    x->sparse = wp_sparse_new(x->base.engine, x->space, on_exhausted, x);
    REQUIRE(CHECK(x->space != NULL) && CHECK(x->sparse != NULL));
    x->memory = (wp_memory){.pages = pages,
                            .limits = {pages, pages, true, true},
                            .backing = &wp_sparse_backing,
                            .backing_ctx = x->sparse,
                            .store = x->base.store};
}

static void close_backed(backed *x, const char *name) {
    wp_sparse_delete(x->sparse);
    wp_sparse_delete(NULL);
    space_delete(x->space);
    fixture_close(&x->base, name);
}

static void map(backed *x, uint64_t page, uint64_t count) {
    uint64_t first;
    REQUIRE(EQ(space_map(x->space, page, count, &first), SPACE_AT_HINT));
}

static void unmap(backed *x, uint64_t page, uint64_t count) {
    REQUIRE(EQ(space_unmap(x->space, page, count), SPACE_DONE));
    wp_sparse_decommit(x->sparse, page, count);
}

static wp_trap put(backed *x, uint64_t address, uint64_t value) {
    uint8_t bytes[8];
    wp_write_u64(bytes, value);
    return wp_mem_store(&x->memory, address, 0, 8, bytes);
}

static uint64_t get(backed *x, uint64_t address) {
    uint8_t bytes[8] = {0};
    if (wp_mem_load(&x->memory, address, 0, 8, bytes) != WP_TRAP_none)
        return 0xDEAD;
    return wp_read_u64(bytes);
}

#define PAGE ((uint64_t)WP_PAGE_SIZE)

static void test_contents(tap *t) {
    backed x;
    open_backed(&x, t, 64);
    map(&x, 2, 4);
    tap_ok(t, EQ(get(&x, 2 * PAGE), 0) && EQ(x.base.f.pages, 0), "reads use no storage");
    tap_ok(t, EQ(put(&x, 2 * PAGE, 7), WP_TRAP_none) && EQ(get(&x, 2 * PAGE), 7), "a store is read back");
    tap_ok(t, EQ(get(&x, 3 * PAGE), 0) && EQ(x.base.f.pages, 1), "a store uses storage for its page only");
    tap_ok(t,
           EQ(put(&x, 4 * PAGE - 4, 0x1122334455667788u), WP_TRAP_none) &&
               EQ(get(&x, 4 * PAGE - 4), 0x1122334455667788u),
           "an access may straddle two pages");
    tap_ok(t, EQ(get(&x, 4 * PAGE) & 0xFFFFFFFF, 0x11223344) && EQ(x.base.f.pages, 3),
           "an access that straddles uses storage for both pages");
    tap_ok(t, EQ(put(&x, 6 * PAGE - 4, ~(uint64_t)0), WP_TRAP_memory_inaccessible) && EQ(get(&x, 6 * PAGE - 8), 0),
           "a store that ends in a hole writes nothing");
    tap_ok(t, EQ(put(&x, 2 * PAGE - 4, 1), WP_TRAP_memory_inaccessible) && EQ(get(&x, 2 * PAGE), 7),
           "a store that begins in a hole writes nothing");
    tap_ok(t, EQ(put(&x, 0, 1), WP_TRAP_memory_inaccessible) && EQ(put(&x, PAGE - 8, 1), WP_TRAP_memory_inaccessible),
           "page 0 is inaccessible");
    tap_ok(t,
           EQ(put(&x, 64 * PAGE - 8, 1), WP_TRAP_memory_inaccessible) &&
               EQ(put(&x, 64 * PAGE - 7, 1), WP_TRAP_memory_bounds),
           "a free page is inaccessible, an address beyond the extent out of bounds");
    unmap(&x, 3, 1);
    tap_ok(t, EQ(get(&x, 3 * PAGE), 0xDEAD) && EQ(get(&x, 4 * PAGE - 4), 0xDEAD), "unmapped pages are inaccessible");
    tap_ok(t, EQ(get(&x, 2 * PAGE), 7) && EQ(get(&x, 4 * PAGE) & 0xFFFFFFFF, 0x11223344),
           "unmapping keeps the neighbours");
    map(&x, 3, 1);
    tap_ok(t, EQ(get(&x, 4 * PAGE - 8), 0), "a page mapped again is zero");
    close_backed(&x, "contents");
}

/* Bulk operations over pages with and without storage, compared with a flat array. */
static void test_bulk(tap *t) {
    backed x;
    open_backed(&x, t, 16);
    enum { PAGES = 6 };
    size_t size = PAGES * WP_PAGE_SIZE;
    uint8_t *flat = calloc(size, 1), *back = malloc(size);
    REQUIRE(CHECK(flat != NULL) && CHECK(back != NULL));
    map(&x, 1, PAGES);
    uint64_t seed = 12345;
    int bad = 0;
    for (int i = 0; i < 400; i++) {
        next_random(&seed);
        size_t to = (size_t)(seed >> 33) % size, from = (size_t)(seed >> 20) % size,
               n = (size_t)(seed >> 40) % (2 * PAGE);
        n = n < size - to ? n : size - to;
        n = n < size - from ? n : size - from;
        if (i % 3 == 0) {
            memset(flat + to, i, n);
            bad += wp_mem_fill(&x.memory, PAGE + to, (uint8_t)i, n) != WP_TRAP_none;
        } else {
            memmove(flat + to, flat + from, n);
            bad += wp_mem_copy(&x.memory, PAGE + to, &x.memory, PAGE + from, n) != WP_TRAP_none;
        }
        bad += wp_mem_read(&x.memory, PAGE, back, size) != WP_TRAP_none || memcmp(flat, back, size) != 0;
    }
    tap_ok(t, EQ(bad, 0), "400 fills and copies agree with a flat array");
    tap_ok(t,
           EQ(wp_mem_fill(&x.memory, PAGE, 9, size + 1), WP_TRAP_memory_inaccessible) &&
               EQ(wp_mem_copy(&x.memory, PAGE, &x.memory, 2 * PAGE, size), WP_TRAP_memory_inaccessible) &&
               EQ(wp_mem_write(&x.memory, PAGE - 1, flat, 2), WP_TRAP_memory_inaccessible) &&
               EQ(wp_mem_read(&x.memory, PAGE, back, size), WP_TRAP_none) && EQ_BYTES(flat, back, size),
           "bulk operations that leave the mapping write nothing");
    tap_ok(t,
           EQ(wp_mem_fill(&x.memory, 0, 9, 0), WP_TRAP_none) &&
               EQ(wp_mem_fill(&x.memory, 16 * PAGE, 9, 0), WP_TRAP_none) &&
               EQ(wp_mem_fill(&x.memory, 16 * PAGE + 1, 9, 0), WP_TRAP_memory_bounds),
           "length 0 needs only an address up to the extent");
    free(flat);
    free(back);
    close_backed(&x, "bulk");
}

static void test_storage(tap *t) {
    backed x;
    open_backed(&x, t, SPACE_MAX_PAGES);
    map(&x, 1, SPACE_MAX_PAGES - 1);
    size_t before = x.base.f.live;
    uint64_t bad = 0, spread = SPACE_MAX_PAGES / 500;
    for (uint64_t i = 0; i < 500; i++)
        bad += put(&x, (1 + i * spread) * PAGE + 8 * i, i + 1) != WP_TRAP_none;
    bad += put(&x, UINT64_MAX - 7, 77) != WP_TRAP_none;
    for (uint64_t i = 0; i < 500; i++)
        bad += get(&x, (1 + i * spread) * PAGE + 8 * i) != i + 1;
    tap_ok(t, EQ(bad, 0) && EQ(get(&x, UINT64_MAX - 7), 77), "501 pages all over 2^64 bytes keep their contents");
    tap_ok(t, EQ(x.base.f.pages, 501), "only these pages have storage");
    tap_ok(t,
           EQ(put(&x, UINT64_MAX - 6, 1), WP_TRAP_memory_bounds) && EQ(put(&x, UINT64_MAX, 1), WP_TRAP_memory_bounds),
           "an access does not wrap");
    uint8_t byte = 5;
    tap_ok(t,
           EQ(wp_mem_store(&x.memory, UINT64_MAX, 1, 1, &byte), WP_TRAP_memory_bounds) &&
               EQ(wp_mem_store(&x.memory, UINT64_MAX, 0, 1, &byte), WP_TRAP_none),
           "address plus offset does not wrap; the last byte is accessible");
    unmap(&x, 1, SPACE_MAX_PAGES / 2);
    tap_ok(t, EQ(x.base.f.pages, 250), "one call unmaps half of them");
    unmap(&x, 1 + SPACE_MAX_PAGES / 2, SPACE_MAX_PAGES / 2 - 1);
    /* The address space may keep spare nodes. */
    tap_ok(t, EQ(x.base.f.pages, 0) && CHECK(x.base.f.live < before + 256),
           "another unmaps the rest, and frees their storage");
    close_backed(&x, "storage");
}

/* One page more than a power of 64, whose number needs another level. */
static void test_last_level(tap *t) {
    backed x;
    open_backed(&x, t, 65);
    map(&x, 1, 64);
    tap_ok(t,
           EQ(put(&x, 5 * PAGE, 5), WP_TRAP_none) && EQ(put(&x, 64 * PAGE, 64), WP_TRAP_none) &&
               EQ(get(&x, 5 * PAGE), 5) && EQ(get(&x, 64 * PAGE), 64) && EQ(x.base.f.pages, 2),
           "65 pages keep their contents, the last too");
    unmap(&x, 1, 64);
    map(&x, 1, 64);
    tap_ok(t, EQ(x.base.f.pages, 0) && EQ(get(&x, 5 * PAGE), 0) && EQ(get(&x, 64 * PAGE), 0), "65 pages are unmapped");
    tap_ok(t, EQ(put(&x, 64 * PAGE, 1), WP_TRAP_none) && EQ(put(&x, PAGE, 1), WP_TRAP_none),
           "unmapped pages can be mapped and written again");
    close_backed(&x, "last level");
}

/* Pages share the entries of the fast path, and are unmapped from it. */
static void test_fast_path(tap *t) {
    backed x;
    open_backed(&x, t, 4096);
    map(&x, 1, 4000);
    uint64_t bad = 0;
    for (uint64_t round = 1; round <= 3; round++) {
        for (uint64_t p = 1; p <= 4000; p++)
            bad += get(&x, p * PAGE) != (round == 1 ? 0 : p * (round - 1));
        for (uint64_t p = 4000; p >= 1; p--)
            bad += put(&x, p * PAGE, p * round) != WP_TRAP_none;
    }
    tap_ok(t, EQ(bad, 0), "4,000 pages keep their contents");
    unmap(&x, 1000, 10);
    bad = 0;
    for (uint64_t p = 990; p < 1020; p++)
        bad += get(&x, p * PAGE) != (p >= 1000 && p < 1010 ? 0xDEAD : p * 3);
    tap_ok(t, EQ(bad, 0), "exactly ten of them are unmapped");
    uint8_t *bytes = NULL;
    tap_ok(t,
           EQ(wp_sparse_backing.page(x.sparse, 1005, false, &bytes), WP_TRAP_memory_inaccessible) &&
               EQ(wp_sparse_backing.page(x.sparse, 0, true, &bytes), WP_TRAP_memory_inaccessible) &&
               CHECK(bytes == NULL),
           "the back end gives no inaccessible page");
    close_backed(&x, "fast path");
}

/* Exhausted storage: by the allocator, at each of its calls, and by the limit. */
static void test_exhaustion(tap *t) {
    for (size_t k = 1; k <= 10; k++) {
        backed x;
        open_backed(&x, t, SPACE_MAX_PAGES);
        map(&x, 1, SPACE_MAX_PAGES - 1);
        failing_start(&x.base.f, k);
        wp_trap trap = put(&x, 5 * PAGE, 1);
        bool fails = k <= 9; /* eight levels and the page itself */
        failing_stop(&x.base.f);
        tap_ok(t,
               EQ(trap, fails ? WP_TRAP_host_memory : WP_TRAP_none) && EQ(x.exhausted, fails ? 1 : 0) &&
                   EQ(get(&x, 5 * PAGE), fails ? 0xDEAD : 1) && EQ(x.base.f.pages, fails ? 0 : 1),
               "failure of allocation %zu of a write", k);
        close_backed(&x, "failed write");
    }
    backed x;
    open_backed(&x, t, 64);
    fixture_limit(&x.base, "sparse_pages", 3);
    map(&x, 1, 60);
    int bad = 0;
    for (uint64_t p = 1; p <= 3; p++)
        bad += put(&x, p * PAGE, p) != WP_TRAP_none;
    unmap(&x, 2, 1);
    tap_ok(t, EQ(bad, 0) && EQ(put(&x, 4 * PAGE, 4), WP_TRAP_none) && EQ(get(&x, 5 * PAGE), 0) && EQ(x.exhausted, 0),
           "freed storage does not count, and reads use none");
    tap_ok(t, EQ(put(&x, 5 * PAGE, 5), WP_TRAP_host_memory) && EQ(x.exhausted, 1),
           "a fourth page with storage exceeds the limit");
    tap_ok(t, EQ(get(&x, PAGE), 0xDEAD) && EQ(put(&x, PAGE, 1), WP_TRAP_host_memory), "exhaustion frees the storage");
    tap_ok(t, EQ(put(&x, 62 * PAGE, 1), WP_TRAP_host_memory), "after exhaustion, every access is exhausted");
    uint8_t *bytes = NULL;
    tap_ok(t,
           EQ(wp_sparse_backing.check(x.sparse, PAGE, 1), WP_TRAP_host_memory) &&
               EQ(wp_sparse_backing.page(x.sparse, 1, false, &bytes), WP_TRAP_host_memory) &&
               EQ(wp_sparse_backing.page(x.sparse, 1, true, &bytes), WP_TRAP_host_memory) && CHECK(bytes == NULL),
           "after exhaustion, range and page are refused");
    close_backed(&x, "exhaustion");
}

int main(void) {
    tap t = {0};
    test_contents(&t);
    test_bulk(&t);
    test_storage(&t);
    test_last_level(&t);
    test_fast_path(&t);
    test_exhaustion(&t);
    return tap_done(&t);
}
