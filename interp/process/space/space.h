/* space.h: an address space as pure data: the state of every page (process model, section 1).
 *
 * It knows nothing of WebAssembly, of bytes, or of the host: it needs an allocator and nothing else, so that it can be
 * tested alone, checked against a model, and compiled to WebAssembly.
 *
 * Interface:
 * - space_new, space_delete; space_randomise: what is placed anywhere is placed by chance.
 * - space_map, space_unmap: what mmap and munmap decide, in pages; space_place, space_prepare for those who must do
 *   something between the decision and the change.
 * - space_reserve, space_guard, space_release: what the loader takes for an owner.
 * - space_states, space_range_at: what there is.
 *
 * Every operation is all or nothing: one that fails, also for want of memory, has changed nothing. Each takes time
 * logarithmic in the number of ranges, however many pages it covers; one that replaces k ranges by a single one takes k
 * times that, which the operations that made them have paid for. The one exception is said at space_reserve.
 *
 * Pages are numbered from 0. Page 0 is protected for good, so 0 as a page number means "none".
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

/* resize(ctx, NULL, 0, n) allocates n bytes, resize(ctx, block, n, 0) frees them. NULL: memory is short. */
typedef struct space_allocator {
    void *(*resize)(void *ctx, void *block, size_t old_size, size_t new_size);
    void *ctx;
} space_allocator;

/* A run of pages with the same state and owner, as long as it can be: its neighbours differ. */
typedef struct space_range {
    uint64_t first;
    uint64_t count;
    space_state state;
    uint32_t owner; /* of reserved and guard pages; 0 otherwise */
} space_range;

typedef struct space space;

/* A space of 2 to SPACE_MAX_PAGES pages, all free but page 0. NULL: memory is short, or a size out of range. */
space *space_new(const space_allocator *allocator, uint64_t pages);
/* NULL is allowed. */
void space_delete(space *s);
uint64_t space_pages(const space *s);
/* From now on what may be placed anywhere is placed by chance, which depends on the seed alone: any run of free pages
 * that is long enough may be taken, at any place in it, and what fails without chance fails with it. */
void space_randomise(space *s, uint64_t seed);

/* True when pages [first, first + count) are in the space and there is at least one. */
bool space_contains(const space *s, uint64_t first, uint64_t count);
/* The states that occur among pages [first, first + count), which the space contains. */
space_set space_states(const space *s, uint64_t first, uint64_t count);
/* The range that page, below space_pages, is in. To visit all: begin at 0, go on at first + count. */
space_range space_range_at(const space *s, uint64_t page);

typedef enum space_result {
    SPACE_DONE,
    SPACE_AT_HINT,   /* space_map: done, where the hint said */
    SPACE_ELSEWHERE, /* space_map: done, but a hint was given and could not be taken */
    SPACE_NOTHING,   /* space_unmap: every page was free already */
    SPACE_OUTSIDE,   /* not in the space, no page at all, or page 0 among them */
    SPACE_HELD,      /* space_unmap: a page belongs to an owner; space_release: one does not belong to this owner */
    SPACE_FULL,      /* there is no run of free pages that is long enough */
    SPACE_NO_MEMORY  /* for the bookkeeping */
} space_result;

/* Has in hand what the next change needs, which then can't fail for want of memory. False: memory is short. */
bool space_prepare(space *s);
/* Where space_map would map: its result and *first, without the change. */
space_result space_place(const space *s, uint64_t hint, uint64_t count, uint64_t *first);
/* Maps count free pages: at page `hint` if hint is not 0 and they lie in the space and are free, otherwise in the
 * lowest run that is long enough, or by chance. On SPACE_DONE, SPACE_AT_HINT, SPACE_ELSEWHERE *first is the first page.
 */
space_result space_map(space *s, uint64_t hint, uint64_t count, uint64_t *first);
/* What space_unmap would say, without the change. */
space_result space_unmappable(const space *s, uint64_t first, uint64_t count);
/* Makes the mapped pages of [first, first + count) free. SPACE_DONE, SPACE_NOTHING, or an error. */
space_result space_unmap(space *s, uint64_t first, uint64_t count);

/* Reserves count free pages for an owner, the first of them a multiple of 2^align (align below 48). A run is preferred
 * that holds such a page wherever it begins; when only shorter ones are left, all that are long enough are looked at in
 * turn, from the lowest. */
space_result space_reserve(space *s, uint64_t count, unsigned align, uint32_t owner, uint64_t *first);
/* Makes pages that are reserved for an owner inaccessible. SPACE_HELD when they are not all its own. */
space_result space_guard(space *s, uint64_t first, uint64_t count, uint32_t owner);
/* Makes pages free that are all reserved for an owner, accessible or guard. */
space_result space_release(space *s, uint64_t first, uint64_t count, uint32_t owner);

#endif
