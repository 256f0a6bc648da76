/* sparse.c: the sparse backing; see storage.h.
 *
 * - A radix tree over page numbers finds storage: each level takes RADIX_BITS of the number, the lowest holds the
 *   pages. It has as many levels as the extent needs, and only nodes above pages with storage.
 * - A lookaside cache holds recent accessible pages and the places of their bytes, by the low bits of their numbers; a
 *   page without storage is in it with the page of zeros, for reading only. It makes most accesses fast.
 */
#include "process/storage/storage.h"

#include <string.h>

enum { RADIX_BITS = 6, RADIX = 1 << RADIX_BITS, LOOKASIDE = 64 };

typedef struct radix {
    unsigned used;      /* slots that are not NULL */
    void *slots[RADIX]; /* radix *, on the lowest level uint8_t * */
} radix;

typedef struct lookaside_entry {
    uint64_t page; /* NO_PAGE: unused */
    uint8_t *bytes;
    bool is_writable;
} lookaside_entry;

#define NO_PAGE UINT64_MAX

struct wp_sparse {
    wp_engine *engine;
    const space *space;
    radix *root; /* NULL: no storage at all */
    unsigned levels;
    uint64_t stored; /* pages that have storage */
    bool ended;
    void (*exhausted)(void *ctx);
    void *exhausted_ctx;
    lookaside_entry lookaside[LOOKASIDE];
};

/* The contents of untouched pages. Never written: a lookaside entry that points here is not writable. */
static const uint8_t zeros[WP_PAGE_SIZE];

static void clear_lookaside(wp_sparse *sparse) {
    for (size_t i = 0; i < LOOKASIDE; i++)
        sparse->lookaside[i].page = NO_PAGE;
}

wp_sparse *wp_sparse_new(wp_engine *engine, const space *s, void (*exhausted)(void *ctx), void *ctx) {
    wp_sparse *sparse = wp_alloc(&engine->allocator, 1, sizeof *sparse);
    if (sparse == NULL)
        return NULL;
    sparse->engine = engine;
    sparse->space = s;
    sparse->levels = 1;
    for (uint64_t rest = (space_pages(s) - 1) >> RADIX_BITS; rest != 0; rest >>= RADIX_BITS)
        sparse->levels++;
    sparse->exhausted = exhausted;
    sparse->exhausted_ctx = ctx;
    clear_lookaside(sparse);
    return sparse;
}

/* ---- Storage ------------------------------------------------------------------------------------------------- */

static unsigned slot_of(uint64_t page, unsigned level) {
    return (unsigned)(page >> level * RADIX_BITS) & (RADIX - 1);
}

/* The storage of a page; NULL if absent. */
static uint8_t *find_storage(const wp_sparse *sparse, uint64_t page) {
    const radix *node = sparse->root;
    for (unsigned level = sparse->levels - 1; node != NULL && level > 0; level--)
        node = node->slots[slot_of(page, level)];
    return node == NULL ? NULL : node->slots[slot_of(page, 0)];
}

/* The node of the lowest level for a page, with all above it, made if absent. NULL: out of memory. */
static radix *make_path(wp_sparse *sparse, uint64_t page) {
    const wp_allocator *a = &sparse->engine->allocator;
    if (sparse->root == NULL)
        sparse->root = wp_alloc(a, 1, sizeof *sparse->root);
    radix *node = sparse->root;
    for (unsigned level = sparse->levels - 1; node != NULL && level > 0; level--) {
        void **slot = &node->slots[slot_of(page, level)];
        if (*slot == NULL) {
            *slot = wp_alloc(a, 1, sizeof *node);
            node->used += *slot == NULL ? 0u : 1u;
        }
        node = *slot;
    }
    return node;
}

/* Makes the storage of a page that has none, zeroed. NULL: out of memory, or the limit is reached. New nodes are then
 * left to be freed with the rest, which is soon: the process ends. */
static uint8_t *make_storage(wp_sparse *sparse, uint64_t page) {
    if (sparse->stored >= sparse->engine->limits[WP_LIMIT_sparse_pages])
        return NULL;
    radix *node = make_path(sparse, page);
    uint8_t *bytes = node == NULL ? NULL : wp_alloc(&sparse->engine->allocator, WP_PAGE_SIZE, 1);
    if (bytes == NULL)
        return NULL;
    node->slots[slot_of(page, 0)] = bytes; /* rule: mmap.zero */
    node->used++;
    sparse->stored++;
    return bytes;
}

/* Frees the storage of pages first to last below a node, of whose numbers only the bits from its level down count, and
 * the nodes left empty. The result is the node, or NULL if it was freed. */
static radix *free_under(wp_sparse *sparse, radix *node, unsigned level, uint64_t first, uint64_t last) {
    const wp_allocator *a = &sparse->engine->allocator;
    unsigned from = slot_of(first, level), to = slot_of(last, level);
    for (unsigned i = from; i <= to; i++) {
        if (node->slots[i] == NULL)
            continue;
        if (level == 0) {
            wp_free(a, node->slots[i], WP_PAGE_SIZE, 1);
            node->slots[i] = NULL;
            sparse->stored--;
        } else {
            node->slots[i] =
                free_under(sparse, node->slots[i], level - 1, i == from ? first : 0, i == to ? last : UINT64_MAX);
        }
        node->used -= node->slots[i] == NULL ? 1u : 0u;
    }
    if (node->used != 0)
        return node;
    wp_free(a, node, 1, sizeof *node);
    return NULL;
}

void wp_sparse_decommit(wp_sparse *sparse, uint64_t first, uint64_t count) {
    if (sparse->root != NULL)
        sparse->root = free_under(sparse, sparse->root, sparse->levels - 1, first, first + (count - 1));
    for (uint64_t i = 0; i < count && i < LOOKASIDE; i++)          /* rule: munmap.gone */
        sparse->lookaside[(first + i) % LOOKASIDE].page = NO_PAGE; /* rule: munmap.gone */
}

/* Frees all storage forever: every later access is WP_TRAP_host_memory. */
static void end_storage(wp_sparse *sparse) {
    wp_sparse_decommit(sparse, 0, space_pages(sparse->space));
    sparse->ended = true;
}

void wp_sparse_delete(wp_sparse *sparse) {
    if (sparse == NULL)
        return;
    end_storage(sparse);
    wp_free(&sparse->engine->allocator, sparse, 1, sizeof *sparse);
}

/* ---- For memory.c -------------------------------------------------------------------------------------------- */

static wp_trap check(void *ctx, uint64_t address, uint64_t size) {
    const wp_sparse *sparse = ctx;
    /* rules: access.straddle, access.bulk */
    uint64_t first = address / WP_PAGE_SIZE, last = (address + (size - 1)) / WP_PAGE_SIZE;
    if (WP_LIKELY(first == last && sparse->lookaside[first % LOOKASIDE].page == first)) /* rule: access.straddle */
        return WP_TRAP_none;
    if (sparse->ended)
        return WP_TRAP_host_memory;
    /* rules: access.inaccessible, access.straddle, access.bulk */
    if ((space_states(sparse->space, first, last - first + 1) & ~SPACE_ACCESSIBLE) == 0)
        return WP_TRAP_none;
    if (first == 0)
        RULE(sparse->engine, process_page_zero);
    return WP_TRAP_memory_inaccessible;
}

/* Puts a page into the lookaside cache. */
static wp_trap fetch(wp_sparse *sparse, uint64_t page, bool write, uint8_t **bytes) {
    if (sparse->ended)
        return WP_TRAP_host_memory;
    if ((space_states(sparse->space, page, 1) & ~SPACE_ACCESSIBLE) != 0) /* rule: access.inaccessible */
        return WP_TRAP_memory_inaccessible;
    uint8_t *storage = find_storage(sparse, page);
    if (storage == NULL) {
        RULE(sparse->engine, mmap_zero);
        RULE(sparse->engine, mmap_lazy);
        if (write && (storage = make_storage(sparse, page)) == NULL)
            return WP_TRAP_host_memory;
    }
    lookaside_entry entry = {page, storage, true};
    if (storage == NULL) {
        entry.bytes = (uint8_t *)(uintptr_t)zeros; /* rule: mmap.zero */
        entry.is_writable = false;                 /* rule: mmap.zero */
    }
    sparse->lookaside[page % LOOKASIDE] = entry;
    *bytes = entry.bytes;
    return WP_TRAP_none;
}

static wp_trap page_bytes(void *ctx, uint64_t page, bool write, uint8_t **bytes) {
    wp_sparse *sparse = ctx;
    const lookaside_entry *entry = &sparse->lookaside[page % LOOKASIDE];
    if (WP_LIKELY(entry->page == page && (entry->is_writable || !write))) {
        *bytes = entry->bytes;
        return WP_TRAP_none;
    }
    return fetch(sparse, page, write, bytes);
}

static void storage_exhausted(void *ctx) {
    wp_sparse *sparse = ctx;
    RULE(sparse->engine, mmap_lazy);
    end_storage(sparse);
    sparse->exhausted(sparse->exhausted_ctx);
}

const wp_backing wp_sparse_backing = {check, page_bytes, storage_exhausted};
