/* space.h: an address space as pure data: the state of every page (process model, label structure).
 *
 * It knows nothing of WebAssembly, of bytes, or of the host. It needs an allocator and nothing else, so that it can be
 * tested alone, checked against a model, and compiled to WebAssembly.
 *
 * Interface:
 * - space_new, space_delete; space_randomise: places are chosen at random.
 * - space_map, space_unmap: mmap and munmap, in pages. space_place, space_prepare, space_unmappable for callers that
 *   have to act between the decision and the change.
 * - space_reserve, space_guard, space_release: pages of an owner.
 * - space_states, space_range_at: queries.
 *
 * Every operation is all or nothing: if it fails, even out of memory, nothing has changed. Each takes time logarithmic
 * in the number of ranges, however many pages it covers; replacing k ranges by one takes k times that, amortised over
 * the operations that made them. space_reserve alone may look at every free range that is long enough.
 *
 * Pages are numbered from 0. Page 0 is always protected, so 0 as a page number means "none".
 */
#ifndef WP_SPACE_H
#define WP_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most pages that a space can have. */
#define SPACE_MAX_PAGES ((uint64_t)1 << 48)

typedef enum space_state {
    SPACE_FREE,
    SPACE_MAPPED,
    SPACE_RESERVED, /* by an owner, accessible */
    SPACE_GUARD,    /* by an owner, inaccessible */
    SPACE_PROTECTED /* page 0 only */
} space_state;

/* A set of states. */
typedef uint32_t space_set;
#define SPACE_BIT(state) ((space_set)1 << (state))
/* rule: access.inaccessible */
#define SPACE_ACCESSIBLE (SPACE_BIT(SPACE_MAPPED) | SPACE_BIT(SPACE_RESERVED))

/* resize(ctx, NULL, 0, n) allocates n bytes, resize(ctx, block, n, 0) frees them. NULL: out of memory. */
typedef struct space_allocator {
    void *(*resize)(void *ctx, void *block, size_t old_size, size_t new_size);
    void *ctx;
} space_allocator;

/* A run of pages with the same state and owner, whose neighbours differ. */
typedef struct space_range {
    uint64_t first;
    uint64_t count;
    space_state state;
    uint32_t owner; /* of reserved and guard pages; 0 otherwise */
} space_range;

typedef struct space space;

/* A space of 2 to SPACE_MAX_PAGES pages, all free but page 0. NULL: out of memory, or a size out of range. */
space *space_new(const space_allocator *allocator, uint64_t pages);
/* NULL is allowed. */
void space_delete(space *s);
uint64_t space_pages(const space *s);
/* From now on places without a hint are chosen at random, by the seed alone: any free run that is long enough, any
 * place in it. An operation that fails without this fails with it. */
void space_randomise(space *s, uint64_t seed);

/* True when pages [first, first + count) are in the space and there is at least one. */
bool space_contains(const space *s, uint64_t first, uint64_t count);
/* The states that occur among pages [first, first + count), which the space contains. */
space_set space_states(const space *s, uint64_t first, uint64_t count);
/* The range that contains a page below space_pages. To visit all: begin at 0, continue at first + count. */
space_range space_range_at(const space *s, uint64_t page);

typedef enum space_result {
    SPACE_DONE,
    SPACE_AT_HINT,   /* space_map: done, where the hint said */
    SPACE_ELSEWHERE, /* space_map: done, but not where the hint said */
    SPACE_NOTHING,   /* space_unmap: every page was free already */
    SPACE_OUTSIDE,   /* not in the space, no page at all, or page 0 among them */
    SPACE_HELD,      /* space_unmap: a page belongs to an owner; space_release: one does not belong to this owner */
    SPACE_FULL,      /* no run of free pages is long enough */
    SPACE_NO_MEMORY, /* out of memory */
    SPACE_LIMIT      /* of storage.h: too many pages would be accessible */
} space_result;

/* Allocates for the next change, which then can't run out of memory. False: out of memory. */
bool space_prepare(space *s);
/* The result and *first of space_map, without the change. */
space_result space_place(const space *s, uint64_t hint, uint64_t count, uint64_t *first);
/* Maps count free pages: at page `hint` if hint is not 0 and they are in the space and free, otherwise in the lowest
 * run that is long enough, or at random. On SPACE_DONE, SPACE_AT_HINT, SPACE_ELSEWHERE *first is the first page. */
space_result space_map(space *s, uint64_t hint, uint64_t count, uint64_t *first);
/* The result of space_unmap, without the change. */
space_result space_unmappable(const space *s, uint64_t first, uint64_t count);
/* Makes the mapped pages of [first, first + count) free. SPACE_DONE, SPACE_NOTHING, or an error. */
space_result space_unmap(space *s, uint64_t first, uint64_t count);

/* Reserves count free pages for an owner, the first of them a multiple of 2^align (align below 48). Prefers a run that
 * contains such a page wherever it begins; if only shorter ones are left, looks at all that are long enough in turn. */
space_result space_reserve(space *s, uint64_t count, unsigned align, uint32_t owner, uint64_t *first);
/* Makes pages that are reserved for an owner inaccessible. SPACE_HELD when they are not all its own. */
space_result space_guard(space *s, uint64_t first, uint64_t count, uint32_t owner);
/* Makes pages free that are all reserved for an owner, accessible or guard. */
space_result space_release(space *s, uint64_t first, uint64_t count, uint32_t owner);

#endif
