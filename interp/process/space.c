/* space.c: page states as an ordered set of ranges; see space.h.
 *
 * The ranges cover the space without gaps, and neighbours differ in state or owner. They are the entries on the lowest
 * level of a B+-tree, in order of their pages; an entry above stands for all that is in a node of the level below.
 * Every entry has its first page, and ends where the next one begins. Each also knows two things of its pages: the
 * length of the longest free range, by which a hole is found, and the set of the states, by which a question about many
 * ranges is answered. A node has room for so many entries that few nodes are touched by an operation: what costs time
 * in a large tree is fetching them from memory.
 *
 * All changes go through `set`, which gives one run of pages a new state. The run is joined with equal neighbours and
 * cuts unequal ones, so whole ranges are replaced by one to three whole ranges, and nothing beside them changes. More
 * entries than before may split nodes, from the lowest level up; all nodes that a change needs are allocated before
 * anything is changed. A change that cuts nothing needs none and never fails: so a reservation can always be given back
 * whole.
 */
#include "space.h"

#include <string.h>

/* Entries in a node. Tests also make trees of small nodes, which are deep with few ranges; 4 are the least. */
#ifndef SPACE_FANOUT
#define SPACE_FANOUT 32
#endif
enum { FANOUT = SPACE_FANOUT };

typedef struct node node;

typedef struct entry {
    uint64_t first;
    uint64_t longest_free; /* its length, if this is a free range; else the longest among the entries below */
    node *below;           /* NULL: this is a range */
    uint32_t owner;        /* of a range */
    uint8_t state;         /* of a range */
    uint8_t states;        /* a space_set */
} entry;

struct node {
    unsigned used; /* 1 or more */
    entry entries[FANOUT];
};

struct space {
    space_allocator allocator;
    uint64_t pages;
    node *root;
    unsigned levels;
    node *spares; /* the next one of each is below its first entry */
    unsigned nspares;
    bool random;
    uint64_t chance; /* the state of the generator, when random */
};

/* ---- Nodes --------------------------------------------------------------------------------------------------- */

/* Has `need` nodes in hand. False: memory is short. */
static bool stock_up(space *s, unsigned need) {
    while (s->nspares < need) {
        node *n = s->allocator.resize(s->allocator.ctx, NULL, 0, sizeof *n);
        if (n == NULL)
            return false;
        n->entries[0].below = s->spares;
        s->spares = n;
        s->nspares++;
    }
    return true;
}

static node *take_spare(space *s) {
    node *n = s->spares;
    s->spares = n->entries[0].below;
    s->nspares--;
    n->used = 0;
    return n;
}

/* The most nodes that a change can need: one on each level, and a new root. */
static unsigned most_needed(const space *s) {
    return s->levels + 1;
}

static void free_node(space *s, node *n) {
    if (s->nspares >= most_needed(s)) {
        s->allocator.resize(s->allocator.ctx, n, sizeof *n, 0);
        return;
    }
    n->entries[0].below = s->spares;
    s->spares = n;
    s->nspares++;
}

/* ---- The tree ------------------------------------------------------------------------------------------------ */

/* The entry of a node that a page is in. The first one, if the page is before it. */
static unsigned index_of(const node *n, uint64_t page) {
    unsigned low = 0;
    for (unsigned size = n->used, half; size > 1; size -= half) {
        half = size / 2;
        low = n->entries[low + half].first <= page ? low + half : low;
    }
    return low;
}

/* Where entry i of a node ends that ends at page `end`. */
static uint64_t end_of(const node *n, unsigned i, uint64_t end) {
    return i + 1 < n->used ? n->entries[i + 1].first : end;
}

/* What stands for a node on the level above. */
static entry summary(node *n) {
    entry sum = {.first = n->entries[0].first, .below = n};
    for (unsigned i = 0; i < n->used; i++) {
        const entry *e = &n->entries[i];
        sum.longest_free = e->longest_free > sum.longest_free ? e->longest_free : sum.longest_free;
        sum.states |= e->states;
    }
    return sum;
}

static void move_entries(entry *to, const entry *from, unsigned count) {
    memmove(to, from, count * sizeof *to);
}

/* Puts `added` entries, at most 3, in place of `removed` ones of a node, from entry `at` on. The result is NULL, or a
 * new node after this one, with the upper half of them, when they are more than a node can hold. */
static node *replace(space *s, node *n, unsigned at, unsigned removed, const entry *fresh, unsigned added) {
    entry all[FANOUT + 3];
    unsigned after = n->used - (at + removed), total = at + added + after;
    if (total <= FANOUT) {
        move_entries(n->entries + at + added, n->entries + at + removed, after);
        move_entries(n->entries + at, fresh, added);
        n->used = total;
        return NULL;
    }
    move_entries(all, n->entries, at);
    move_entries(all + at, fresh, added);
    move_entries(all + at + added, n->entries + at + removed, after);
    node *beside = take_spare(s);
    n->used = total / 2;
    beside->used = total - n->used;
    move_entries(n->entries, all, n->used);
    move_entries(beside->entries, all + n->used, beside->used);
    return beside;
}

/* Joins the nodes below entries i and i + 1, if there are two, and both together are half full at most. That keeps the
 * tree as low as its ranges are few, and yet a node that was just split is not joined again. */
static void join(space *s, node *n, unsigned i) {
    if (i + 1 >= n->used)
        return;
    node *low = n->entries[i].below, *high = n->entries[i + 1].below;
    if (low->used + high->used > FANOUT / 2)
        return;
    move_entries(low->entries + low->used, high->entries, high->used);
    low->used += high->used;
    free_node(s, high);
    entry joined = summary(low);
    replace(s, n, i, 2, &joined, 1);
}

/* The ranges that cover pages [from, to) are to be replaced by other ranges of the same pages. */
typedef struct change {
    uint64_t from, to;
    entry fresh[3];
    unsigned nfresh;
} change;

/* Carries out what of a change is in a node and under it; the new ranges all go to the first place that it meets. A
 * node that has lost all its entries is left empty. The result is as of `replace`. */
static node *apply(space *s, node *n, change *c) {
    unsigned low = index_of(n, c->from), high = index_of(n, c->to - 1), added = c->nfresh;
    if (n->entries[0].below == NULL) {
        c->nfresh = 0;
        return replace(s, n, low, high - low + 1, c->fresh, added);
    }
    entry fresh[3]; /* what is left of the lowest one, what was split off it, what is left of the highest one */
    added = 0;
    for (unsigned i = low; i <= high; i++) {
        node *below = n->entries[i].below, *beside = apply(s, below, c);
        if (below->used == 0)
            free_node(s, below);
        else
            fresh[added++] = summary(below);
        if (beside != NULL)
            fresh[added++] = summary(beside);
    }
    node *beside = replace(s, n, low, high - low + 1, fresh, added);
    for (unsigned i = low + added, end = low == 0 ? 0 : low - 1; beside == NULL && i-- > end;)
        join(s, n, i);
    return beside;
}

/* How many nodes a change can need that adds as many ranges to the one that a page is in: one for each that is split,
 * and a root above it if all are. */
static unsigned needed(const space *s, uint64_t page, unsigned added) {
    unsigned count = 1;
    for (const node *n = s->root; n != NULL; n = n->entries[index_of(n, page)].below) {
        unsigned more = n->entries[0].below == NULL ? added : 1;
        count = n->used + more > FANOUT ? count + 1 : 0;
    }
    return count;
}

/* ---- Changing ------------------------------------------------------------------------------------------------ */

static void add_range(change *c, uint64_t first, uint64_t end, space_state state, uint32_t owner) {
    uint64_t longest_free = state == SPACE_FREE ? end - first : 0;
    c->fresh[c->nfresh++] = (entry){first, longest_free, NULL, owner, (uint8_t)state, (uint8_t)SPACE_BIT(state)};
}

/* Carries out a change, for which there are nodes enough, and has the right root afterwards. */
static void carry_out(space *s, change *c) {
    node *beside = apply(s, s->root, c);
    if (beside != NULL) {
        entry halves[2] = {summary(s->root), summary(beside)};
        s->root = take_spare(s);
        replace(s, s->root, 0, 0, halves, 2);
        s->levels++;
    }
    while (s->root->used == 1 && s->root->entries[0].below != NULL) {
        node *top = s->root;
        s->root = top->entries[0].below;
        s->levels--;
        free_node(s, top);
    }
}

/* Gives pages [first, first + count), not page 0, a state. False: memory is short, nothing has changed. */
static bool set(space *s, uint64_t first, uint64_t count, space_state state, uint32_t owner) {
    uint64_t end = first + count, new_first = first, new_end = end;
    space_range low = space_range_at(s, first - 1), high = {.first = end};
    if (end < s->pages)
        high = space_range_at(s, end);
    change c = {.from = first, .to = end};
    if (low.state == state && low.owner == owner)
        c.from = new_first = low.first;
    else if (low.first + low.count > first)
        add_range(&c, c.from = low.first, first, low.state, low.owner);
    bool joined = high.count != 0 && high.state == state && high.owner == owner;
    if (joined)
        new_end = high.first + high.count;
    add_range(&c, new_first, new_end, state, owner);
    if (!joined && high.first < end)
        add_range(&c, end, high.first + high.count, high.state, high.owner);
    if (joined || high.first < end)
        c.to = high.first + high.count;
    if (c.nfresh > 1 && !stock_up(s, needed(s, c.from, c.nfresh - 1)))
        return false;
    carry_out(s, &c);
    return true;
}

/* ---- Life ---------------------------------------------------------------------------------------------------- */

space *space_new(const space_allocator *allocator, uint64_t pages) {
    if (pages < 2 || pages > SPACE_MAX_PAGES)
        return NULL;
    space *s = allocator->resize(allocator->ctx, NULL, 0, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (space){.allocator = *allocator, .pages = pages, .levels = 1};
    if (!stock_up(s, 1)) {
        space_delete(s);
        return NULL;
    }
    change c = {.nfresh = 0};
    add_range(&c, 0, 1, SPACE_PROTECTED, 0);
    add_range(&c, 1, pages, SPACE_FREE, 0);
    s->root = take_spare(s);
    replace(s, s->root, 0, 0, c.fresh, c.nfresh);
    return s;
}

static void free_tree(space *s, node *n) {
    for (unsigned i = 0; i < n->used && n->entries[i].below != NULL; i++)
        free_tree(s, n->entries[i].below);
    s->allocator.resize(s->allocator.ctx, n, sizeof *n, 0);
}

void space_delete(space *s) {
    if (s == NULL)
        return;
    space_allocator allocator = s->allocator;
    if (s->root != NULL)
        free_tree(s, s->root);
    while (s->nspares != 0)
        allocator.resize(allocator.ctx, take_spare(s), sizeof(node), 0);
    allocator.resize(allocator.ctx, s, sizeof *s, 0);
}

/* ---- Questions ----------------------------------------------------------------------------------------------- */

uint64_t space_pages(const space *s) {
    return s->pages;
}

bool space_contains(const space *s, uint64_t first, uint64_t count) {
    return count != 0 && first < s->pages && count <= s->pages - first;
}

static space_range range_of(const entry *e, uint64_t end) {
    return (space_range){e->first, end - e->first, (space_state)e->state, e->owner};
}

space_range space_range_at(const space *s, uint64_t page) {
    const node *n = s->root;
    uint64_t end = s->pages;
    for (;;) {
        unsigned i = index_of(n, page);
        end = end_of(n, i, end);
        if (n->entries[i].below == NULL)
            return range_of(&n->entries[i], end);
        n = n->entries[i].below;
    }
}

/* The states that occur among those of pages [first, last] that are under a node. */
static space_set states_under(const node *n, uint64_t first, uint64_t last) {
    unsigned low = index_of(n, first), high = index_of(n, last);
    space_set set = 0;
    for (unsigned i = low; i <= high; i++) {
        const entry *e = &n->entries[i];
        bool whole = e->below == NULL || (i != low && i != high);
        set |= whole ? e->states : states_under(e->below, first, last);
    }
    return set;
}

space_set space_states(const space *s, uint64_t first, uint64_t count) {
    return states_under(s->root, first, first + (count - 1));
}

/* The lowest free range of at least count pages that begins at `page` or above, under a node that ends at page `end`.
 * False: there is none. The first entry is the only one that can promise such a range and have it below `page`. */
static bool find_free(const node *n, uint64_t end, uint64_t count, uint64_t page, space_range *found) {
    for (unsigned i = index_of(n, page); i < n->used; i++) {
        const entry *e = &n->entries[i];
        if (e->longest_free < count)
            continue;
        if (e->below != NULL && find_free(e->below, end_of(n, i, end), count, page, found))
            return true;
        if (e->below == NULL && e->first >= page) {
            *found = range_of(e, end_of(n, i, end));
            return true;
        }
    }
    return false;
}
/* ---- Chance -------------------------------------------------------------------------------------------------- */

void space_randomise(space *s, uint64_t seed) {
    s->random = true;
    s->chance = seed;
}

/* Number i of those that the generator gives next (SplitMix64). Nothing changes: the same question has the same answer
 * until a change was made. */
static uint64_t peek_chance(const space *s, unsigned i) {
    uint64_t z = s->chance + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

enum { NUMBERS_OF_A_PLACE = 2 };

/* After a change: the next one is placed by other numbers. */
static void advance_chance(space *s) {
    s->chance += NUMBERS_OF_A_PLACE * 0x9E3779B97F4A7C15u;
}

/* A free range of at least count pages: the lowest, or any. False: there is none. */
static bool choose_free(const space *s, uint64_t count, space_range *found) {
    if (s->random) {
        /* The range that a page chosen by chance is in, or the next one that is long enough, or from the beginning. */
        uint64_t page = peek_chance(s, 0) % s->pages;
        *found = space_range_at(s, page);
        if (found->state == SPACE_FREE && found->count >= count)
            return true;
        if (find_free(s->root, s->pages, count, page, found))
            return true;
    }
    return find_free(s->root, s->pages, count, 0, found);
}

/* One of `places` places: the lowest, or any. */
static uint64_t choose_place(const space *s, uint64_t places) {
    return s->random ? peek_chance(s, 1) % places : 0;
}

/* ---- Mappings ------------------------------------------------------------------------------------------------ */

static bool is_free(const space *s, uint64_t first, uint64_t count) {
    return space_contains(s, first, count) && space_states(s, first, count) == SPACE_BIT(SPACE_FREE);
}

bool space_prepare(space *s) {
    return stock_up(s, most_needed(s));
}

space_result space_place(const space *s, uint64_t hint, uint64_t count, uint64_t *first) {
    if (count == 0)
        return SPACE_OUTSIDE;
    uint64_t place = hint;
    bool at_hint = hint != 0 && is_free(s, hint, count);
    if (!at_hint) {
        space_range hole;
        if (!choose_free(s, count, &hole))
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
    if (!set(s, place, count, SPACE_MAPPED, 0))
        return SPACE_NO_MEMORY;
    if (result != SPACE_AT_HINT)
        advance_chance(s);
    *first = place;
    return result;
}

space_result space_unmappable(const space *s, uint64_t first, uint64_t count) {
    if (first == 0 || !space_contains(s, first, count))
        return SPACE_OUTSIDE;
    space_set found = space_states(s, first, count);
    if ((found & ~(SPACE_BIT(SPACE_FREE) | SPACE_BIT(SPACE_MAPPED))) != 0)
        return SPACE_HELD;
    if (found == SPACE_BIT(SPACE_FREE))
        return SPACE_NOTHING;
    return SPACE_DONE;
}

space_result space_unmap(space *s, uint64_t first, uint64_t count) {
    space_result result = space_unmappable(s, first, count);
    if (result != SPACE_DONE)
        return result;
    return set(s, first, count, SPACE_FREE, 0) ? SPACE_DONE : SPACE_NO_MEMORY;
}

/* ---- Reservations -------------------------------------------------------------------------------------------- */

/* A multiple of `unit` in a free range that has count pages after it in the range: the lowest, or any; 0 if there is
 * none. */
static uint64_t aligned_in(const space *s, space_range hole, uint64_t count, uint64_t unit) {
    uint64_t skip = (unit - hole.first % unit) % unit;
    if (skip >= hole.count || hole.count - skip < count)
        return 0;
    return hole.first + skip + unit * choose_place(s, (hole.count - skip - count) / unit + 1);
}

/* The lowest such page among all free ranges under a node that ends at page `end`, or one of its range. */
static uint64_t aligned_under(const space *s, const node *n, uint64_t end, uint64_t count, uint64_t unit) {
    uint64_t place = 0;
    for (unsigned i = 0; place == 0 && i < n->used; i++) {
        const entry *e = &n->entries[i];
        uint64_t e_end = end_of(n, i, end);
        if (e->longest_free >= count)
            place = e->below == NULL ? aligned_in(s, range_of(e, e_end), count, unit)
                                     : aligned_under(s, e->below, e_end, count, unit);
    }
    return place;
}

space_result space_reserve(space *s, uint64_t count, unsigned align, uint32_t owner, uint64_t *first) {
    if (count == 0 || align >= 48)
        return SPACE_OUTSIDE;
    if (count > s->pages)
        return SPACE_FULL;
    uint64_t unit = (uint64_t)1 << align;
    space_range hole;
    uint64_t place = choose_free(s, count + (unit - 1), &hole) ? aligned_in(s, hole, count, unit)
                                                               : aligned_under(s, s->root, s->pages, count, unit);
    if (place == 0)
        return SPACE_FULL;
    if (!set(s, place, count, SPACE_RESERVED, owner))
        return SPACE_NO_MEMORY;
    advance_chance(s);
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
    return set(s, first, count, state, new_owner) ? SPACE_DONE : SPACE_NO_MEMORY;
}

space_result space_guard(space *s, uint64_t first, uint64_t count, uint32_t owner) {
    return set_owned(s, first, count, owner, SPACE_GUARD, owner);
}

space_result space_release(space *s, uint64_t first, uint64_t count, uint32_t owner) {
    return set_owned(s, first, count, owner, SPACE_FREE, 0);
}
