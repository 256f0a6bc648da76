/* space.c: an address space as pure data; see space.h. Decides which changes are allowed and where runs are placed;
 * tree.c keeps the states. */
#include "process/space/tree.h"

/* ---- Life ---------------------------------------------------------------------------------------------------- */

space *space_new(const space_allocator *allocator, uint64_t pages) {
    if (pages < 2 || pages > SPACE_MAX_PAGES)
        return NULL;
    space *s = allocator->resize(allocator->ctx, NULL, 0, sizeof *s);
    if (s == NULL)
        return NULL;
    if (space_tree_open(s, allocator, pages))
        return s;
    allocator->resize(allocator->ctx, s, sizeof *s, 0);
    return NULL;
}

void space_delete(space *s) {
    if (s == NULL)
        return;
    space_allocator allocator = s->allocator;
    space_tree_close(s);
    allocator.resize(allocator.ctx, s, sizeof *s, 0);
}

/* ---- Queries ------------------------------------------------------------------------------------------------- */

uint64_t space_pages(const space *s) {
    return s->pages;
}

bool space_contains(const space *s, uint64_t first, uint64_t count) { /* rules: mmap.range.end, discard.length */
    return count != 0 && first < s->pages && count <= s->pages - first;
}

/* ---- Random places ------------------------------------------------------------------------------------------- */

void space_randomise(space *s, uint64_t seed) {
    s->random = true;
    s->seed = seed;
}

/* Number i of the next numbers of the generator (SplitMix64). The generator advances by changes only: the same query
 * has the same result until then. */
static uint64_t peek_random(const space *s, unsigned i) {
    uint64_t z = s->seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

enum { NUMBERS_OF_A_PLACE = 2 };

/* After a change: the next place is chosen by other numbers. */
static void advance_random(space *s) {
    if (s->random)
        s->seed += NUMBERS_OF_A_PLACE * 0x9E3779B97F4A7C15u;
}

/* A free range of at least count pages: the lowest, or any. False: none. */
static bool choose_free(const space *s, uint64_t count, space_range *found) {
    if (s->random) {
        /* The range of a random page, or the next one that is long enough, or the first one. */
        uint64_t page = peek_random(s, 0) % s->pages;
        *found = space_range_at(s, page);
        if (found->state == SPACE_FREE && found->count >= count)
            return true;
        if (space_tree_find_free(s, count, page, found))
            return true;
    }
    return space_tree_find_free(s, count, 0, found); /* rule: mmap.hint.none */
}

/* One of `places` places: the lowest, or any. */
static uint64_t choose_place(const space *s, uint64_t places) {
    return s->random ? peek_random(s, 1) % places : 0; /* rule: mmap.hint.none */
}

/* ---- Mappings ------------------------------------------------------------------------------------------------ */

static bool is_free(const space *s, uint64_t first, uint64_t count) { /* rules: mmap.hint.free, mmap.hint.taken */
    return space_contains(s, first, count) && space_states(s, first, count) == SPACE_BIT(SPACE_FREE);
}

space_result space_place(const space *s, uint64_t hint, uint64_t count, uint64_t *first) {
    if (count == 0)
        return SPACE_OUTSIDE;
    uint64_t place = hint;
    bool at_hint = hint != 0 && is_free(s, hint, count); /* rules: mmap.hint.free, mmap.hint.taken */
    if (!at_hint) {                                      /* rule: mmap.hint.taken */
        space_range hole;
        if (!choose_free(s, count, &hole)) /* rule: mmap.exhausted */
            return SPACE_FULL;
        place = hole.first + choose_place(s, hole.count - count + 1);
    }
    *first = place;
    return hint == 0 ? SPACE_DONE : at_hint ? SPACE_AT_HINT : SPACE_ELSEWHERE;
}

space_result space_map(space *s, uint64_t hint, uint64_t count, uint64_t *first) {
    uint64_t place;
    space_result result = space_place(s, hint, count, &place);
    if (result == SPACE_OUTSIDE || result == SPACE_FULL)
        return result;
    if (!space_tree_set(s, place, count, SPACE_MAPPED, 0)) /* rule: mmap.result */
        return SPACE_NO_MEMORY;
    if (result != SPACE_AT_HINT)
        advance_random(s);
    *first = place;
    return result;
}

space_result space_unmappable(const space *s, uint64_t first, uint64_t count) {
    if (first == 0 || !space_contains(s, first, count)) /* rules: munmap.range, process.page-zero */
        return SPACE_OUTSIDE;
    /* rules: munmap.span, munmap.reserved, process.page-zero */
    space_set found = space_states(s, first, count);
    if ((found & ~(SPACE_BIT(SPACE_FREE) | SPACE_BIT(SPACE_MAPPED))) != 0) /* rules: munmap.reserved, munmap.free */
        return SPACE_HELD;
    if (found == SPACE_BIT(SPACE_FREE)) /* rules: munmap.free, munmap.partial */
        return SPACE_NOTHING;
    return SPACE_DONE;
}

space_result space_unmap(space *s, uint64_t first, uint64_t count) {
    space_result result = space_unmappable(s, first, count);
    if (result != SPACE_DONE)
        return result;
    /* rules: munmap.true, munmap.span, munmap.gone */
    return space_tree_set(s, first, count, SPACE_FREE, 0) ? SPACE_DONE : SPACE_NO_MEMORY;
}

/* ---- Reservations -------------------------------------------------------------------------------------------- */

/* A multiple of `unit` with count pages after it in a free range: the lowest, or any; 0 if absent. rule: load.reserve
 */
static uint64_t aligned_in(const space *s, space_range hole, uint64_t count, uint64_t unit) {
    uint64_t skip = (unit - hole.first) % unit; /* 2^64 is a multiple of the unit */
    if (skip >= hole.count || hole.count - skip < count)
        return 0;
    return hole.first + skip + unit * choose_place(s, (hole.count - skip - count) / unit + 1);
}

/* The same, in the lowest free range that has such a page; 0 if none has. */
static uint64_t aligned_in_any(const space *s, uint64_t count, uint64_t unit) {
    uint64_t place = 0;
    space_range hole = {.first = 0};
    while (place == 0 && space_tree_find_free(s, count, hole.first + hole.count, &hole))
        place = aligned_in(s, hole, count, unit);
    return place;
}

space_result space_reserve(space *s, uint64_t count, unsigned align, uint32_t owner, uint64_t *first) {
    if (count == 0 || align >= 48) /* rule: load.reserve */
        return SPACE_OUTSIDE;
    if (count > s->pages)
        return SPACE_FULL;
    uint64_t unit = (uint64_t)1 << align; /* rule: load.reserve */
    space_range hole;
    bool is_long = choose_free(s, count + (unit - 1), &hole);
    uint64_t place = is_long ? aligned_in(s, hole, count, unit) : aligned_in_any(s, count, unit);
    if (place == 0)
        return SPACE_FULL;
    if (!space_tree_set(s, place, count, SPACE_RESERVED, owner)) /* rule: load.reserve */
        return SPACE_NO_MEMORY;
    advance_random(s);
    *first = place;
    return SPACE_DONE;
}

/* True when all the pages are reserved for an owner, accessible or not. */
static bool owns(const space *s, uint64_t first, uint64_t count, uint32_t owner) {
    for (uint64_t page = first; page - first < count;) {
        space_range r = space_range_at(s, page);
        if ((r.state != SPACE_RESERVED && r.state != SPACE_GUARD) || r.owner != owner)
            return false;
        page = r.first + r.count;
    }
    return true;
}

static space_result set_owned(space *s, uint64_t first, uint64_t count, uint32_t owner, space_state state,
                              uint32_t new_owner) {
    if (!space_contains(s, first, count))
        return SPACE_OUTSIDE;
    if (!owns(s, first, count, owner))
        return SPACE_HELD;
    return space_tree_set(s, first, count, state, new_owner) ? SPACE_DONE : SPACE_NO_MEMORY;
}

space_result space_guard(space *s, uint64_t first, uint64_t count, uint32_t owner) {
    return set_owned(s, first, count, owner, SPACE_GUARD, owner); /* rule: load.stack */
}

space_result space_release(space *s, uint64_t first, uint64_t count, uint32_t owner) {
    return set_owned(s, first, count, owner, SPACE_FREE, 0); /* rules: load.atomic, load.unload */
}
