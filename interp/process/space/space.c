/* space.c: page states as an ordered set of ranges; see space.h.
 *
 * The ranges cover the space without gaps, and neighbours differ in state or owner. They are in the leaves of a
 * B+-tree, in order of their pages. A branch, in a node above, stands for all that is in the node below it, and knows
 * two things of its pages: the length of the longest free range, by which a hole is found, and the set of the states,
 * by which a question about many ranges is answered. Ranges and branches have their first page, and end where the next
 * one begins. In a large tree what costs time is to fetch nodes from memory; so there are few levels, and little in a
 * range.
 *
 * All changes go through `set`, which gives one run of pages a new state. The run is joined with equal neighbours and
 * cuts unequal ones: whole ranges are replaced by one to three whole ranges, and nothing beside them changes. More
 * ranges than before may split nodes, from a leaf upwards; all nodes that a change needs are allocated before anything
 * is changed. A change that cuts nothing needs none and never fails: so a reservation can always be given back whole.
 */
#include "process/space/space.h"

#include <string.h>

/* How many a node holds, multiples of 4. Tests also make trees of small nodes, which are high with few ranges. */
#ifndef SPACE_RANGES
#define SPACE_RANGES 48
#endif
#ifndef SPACE_BRANCHES
#define SPACE_BRANCHES 24
#endif
_Static_assert(SPACE_RANGES % 4 == 0 && SPACE_BRANCHES % 4 == 0, "nodes are searched four by four");

typedef struct range {
    uint64_t first;
    uint32_t owner;
    uint32_t state;
} range;

typedef struct node node;

typedef struct branch {
    uint64_t first;
    uint64_t longest_free;
    node *below;
    unsigned used; /* as in the node below: to know it nothing is fetched */
    space_set states;
} branch;

struct node {
    bool is_leaf;
    unsigned used; /* 1 or more */
    union {
        range ranges[SPACE_RANGES];
        branch branches[SPACE_BRANCHES];
        node *next_spare;
    };
};

/* The leaf that a page was found in last, and the range: most questions are about the same pages as the one before, or
 * pages close to them. A leaf that is split, joined, or loses its end is forgotten, since a node is taken or freed
 * then.
 */
typedef struct latest {
    const node *leaf; /* NULL: not known */
    uint64_t leaf_end;
    unsigned at;
} latest;

struct space {
    space_allocator allocator;
    uint64_t pages;
    node *root;
    unsigned levels;
    node *spares;
    unsigned nspares;
    latest latest;
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
        n->next_spare = s->spares;
        s->spares = n;
        s->nspares++;
    }
    return true;
}

/* The most nodes that a change can need: one on each level, and a new root. */
static unsigned most_needed(const space *s) {
    return s->levels + 1;
}

/* Keeps a node for the changes to come, and no more of them than those can need. */
static void free_node(space *s, node *n) {
    s->latest.leaf = NULL;
    n->next_spare = s->spares;
    s->spares = n;
    s->nspares++;
    while (s->nspares > most_needed(s)) {
        node *spare = s->spares;
        s->spares = spare->next_spare;
        s->nspares--;
        s->allocator.resize(s->allocator.ctx, spare, sizeof *spare, 0);
    }
}

static uint64_t most(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* How many ranges or branches a node can hold. */
static unsigned capacity(const node *n) {
    return n->is_leaf ? SPACE_RANGES : SPACE_BRANCHES;
}

static uint64_t first_of(const node *n, unsigned i) {
    return n->is_leaf ? n->ranges[i].first : n->branches[i].first;
}

/* Where number i of a node ends, of one that ends at page `end`. */
static uint64_t end_of(const node *n, unsigned i, uint64_t end) {
    return i + 1 < n->used ? first_of(n, i + 1) : end;
}

/* Which range of a leaf a page is in, and which branch of another node; 0, if the page is before it. Places that are
 * not used are beyond all pages, and are looked at too: the steps do not depend on what is found, so the host's
 * processor guesses none of them wrong, and fetches all of a node from memory at once. */
static unsigned range_index(const node *leaf, uint64_t page) {
    unsigned count = 0;
    for (const range *r = leaf->ranges; r < leaf->ranges + SPACE_RANGES; r += 4)
        count += (unsigned)((r[0].first <= page) + (r[1].first <= page) + (r[2].first <= page) + (r[3].first <= page));
    return count == 0 ? 0 : count - 1;
}

static unsigned branch_index(const node *n, uint64_t page) {
    unsigned count = 0;
    for (const branch *b = n->branches; b < n->branches + SPACE_BRANCHES; b += 4)
        count += (unsigned)((b[0].first <= page) + (b[1].first <= page) + (b[2].first <= page) + (b[3].first <= page));
    return count == 0 ? 0 : count - 1;
}

static unsigned index_of(const node *n, uint64_t page) {
    return n->is_leaf ? range_index(n, page) : branch_index(n, page);
}

/* The same as range_index, by steps from range `at`, which is close to it. */
static unsigned index_near(const node *leaf, unsigned at, uint64_t page) {
    while (at > 0 && page < leaf->ranges[at].first)
        at--;
    while (at + 1 < leaf->used && leaf->ranges[at + 1].first <= page)
        at++;
    return at;
}

/* The last one that begins below page `end`, from number i on. */
static unsigned last_below(const node *n, unsigned i, uint64_t end) {
    while (i + 1 < n->used && first_of(n, i + 1) < end)
        i++;
    return i;
}

/* What stands for a node that ends at page `end`. */
static branch branch_to(node *n, uint64_t end) {
    branch b = {.first = first_of(n, 0), .below = n, .used = n->used};
    if (n->is_leaf) {
        for (unsigned i = n->used; i-- > 0; end = n->ranges[i].first) {
            uint64_t free = n->ranges[i].state == SPACE_FREE ? end - n->ranges[i].first : 0;
            b.longest_free = most(b.longest_free, free);
            b.states |= SPACE_BIT(n->ranges[i].state);
        }
    } else {
        for (unsigned i = 0; i < SPACE_BRANCHES; i++) {
            b.longest_free = most(b.longest_free, n->branches[i].longest_free);
            b.states |= n->branches[i].states;
        }
    }
    return b;
}

/* ---- Changing nodes ------------------------------------------------------------------------------------------ */

/* Uses the first `used` places of a node, of which those up to `end` may have been used. */
static void resize(node *n, unsigned used, unsigned end) {
    for (unsigned i = used; i < end; i++)
        if (n->is_leaf)
            n->ranges[i] = (range){.first = UINT64_MAX};
        else
            n->branches[i] = (branch){.first = UINT64_MAX};
    n->used = used;
}

static node *take_spare(space *s, bool is_leaf) {
    node *n = s->spares;
    s->spares = n->next_spare;
    s->nspares--;
    s->latest.leaf = NULL;
    n->is_leaf = is_leaf;
    resize(n, 0, capacity(n));
    return n;
}

/* The address of range or branch i, whichever the node has. */
static void *address_of(node *n, unsigned i) {
    return n->is_leaf ? (void *)(n->ranges + i) : (void *)(n->branches + i);
}

/* Puts `added` new ones in place of `removed` ones of a node, from number `at` on. There is room for them. */
static void put(node *n, unsigned at, unsigned removed, const void *fresh, unsigned added) {
    size_t size = n->is_leaf ? sizeof *n->ranges : sizeof *n->branches;
    unsigned used = n->used - removed + added;
    if (added != removed)
        memmove(address_of(n, at + added), address_of(n, at + removed), (n->used - (at + removed)) * size);
    memcpy(address_of(n, at), fresh, added * size);
    resize(n, used, n->used);
}

/* The same, for at most 3 new ones. When there is no room the node is split first, in half, or where the new ones begin
 * if they are its last: so nodes are full where pages are mapped in ascending order. What comes after the split goes to
 * a new node, which is the result; else it is NULL. */
static node *replace(space *s, node *n, unsigned at, unsigned removed, const void *fresh, unsigned added) {
    node *beside = NULL;
    if (n->used - removed + added > capacity(n)) {
        unsigned cut = n->used / 2;
        if (at + removed == n->used || (at < cut && at + removed > cut))
            cut = at;
        beside = take_spare(s, n->is_leaf);
        put(beside, 0, 0, address_of(n, cut), n->used - cut);
        resize(n, cut, n->used);
        if (at >= cut) {
            put(beside, at - cut, removed, fresh, added);
            return beside;
        }
    }
    put(n, at, removed, fresh, added);
    return beside;
}

/* Joins the nodes below branches i and i + 1, if there are two, and both together have at most `few`. */
static void join(space *s, node *n, unsigned i, unsigned few) {
    branch *low = &n->branches[i], *high = low + 1;
    if (i + 1 >= n->used || low->used + high->used > few)
        return;
    put(low->below, low->used, 0, address_of(high->below, 0), high->used);
    low->used += high->used;
    low->longest_free = most(low->longest_free, high->longest_free);
    low->states |= high->states;
    free_node(s, high->below);
    put(n, i + 1, 1, high, 0);
}

/* Joins the node below branch i, which may have become smaller, with its neighbours, where two together fill half a
 * node at most. That keeps the tree as low as its ranges are few, and yet a node that was just split is not joined
 * again. */
static void join_around(space *s, node *n, unsigned i) {
    unsigned few = capacity(n->branches[i].below) / 2;
    if (n->branches[i].used >= few)
        return;
    join(s, n, i, few);
    if (i > 0)
        join(s, n, i - 1, few);
}

/* The ranges that cover pages [from, to) are to be replaced by other ranges of the same pages. */
typedef struct change {
    uint64_t from, to;
    range fresh[3];
    unsigned nfresh;
} change;

/* Carries out what of a change is in a node that ends at page `end`, and under it; the new ranges all go to the first
 * leaf that it meets. A node that has lost everything is left empty. The result is as of `replace`. */
static node *apply(space *s, node *n, uint64_t end, change *c) {
    unsigned low = n == s->latest.leaf ? index_near(n, s->latest.at, c->from) : index_of(n, c->from);
    unsigned high = last_below(n, low, c->to);
    if (n->is_leaf) {
        unsigned added = c->nfresh;
        c->nfresh = 0;
        return replace(s, n, low, high - low + 1, c->fresh, added);
    }
    node *parts[3]; /* what is left of the lowest one, what was split off it, what is left of the highest one */
    branch fresh[3];
    unsigned nparts = 0;
    for (unsigned i = low; i <= high; i++) {
        node *below = n->branches[i].below, *beside = apply(s, below, end_of(n, i, end), c);
        if (below->used == 0)
            free_node(s, below);
        else
            parts[nparts++] = below;
        if (beside != NULL)
            parts[nparts++] = beside;
    }
    /* The new ranges may also end after what was the end of the first leaf. */
    uint64_t parts_end = most(end_of(n, high, end), c->to);
    for (unsigned i = 0; i < nparts; i++)
        fresh[i] = branch_to(parts[i], i + 1 < nparts ? first_of(parts[i + 1], 0) : parts_end);
    node *beside = replace(s, n, low, high - low + 1, fresh, nparts);
    for (unsigned i = low + nparts; beside == NULL && i-- > low;)
        join_around(s, n, i);
    return beside;
}

/* How many nodes a change can need that adds so many ranges beside the one of a page: one for each node that is split,
 * and a root above them if all are. */
static unsigned needed(const space *s, uint64_t page, unsigned added) {
    unsigned count = 1;
    const node *n = s->root;
    for (; !n->is_leaf; n = n->branches[index_of(n, page)].below)
        count = n->used == SPACE_BRANCHES ? count + 1 : 0;
    return n->used + added > SPACE_RANGES ? count + 1 : 0;
}

/* ---- Changing ------------------------------------------------------------------------------------------------ */

/* Carries out a change, for which there are nodes enough, and has the right root afterwards. The latest leaf still ends
 * where it did, unless nodes were split or given back: then none is known. */
static void carry_out(space *s, change *c) {
    node *beside = apply(s, s->root, s->pages, c);
    if (beside != NULL) {
        const branch halves[2] = {branch_to(s->root, first_of(beside, 0)), branch_to(beside, s->pages)};
        s->root = take_spare(s, false);
        put(s->root, 0, 0, halves, 2);
        s->levels++;
    }
    while (!s->root->is_leaf && s->root->used == 1) {
        node *top = s->root;
        s->root = top->branches[0].below;
        s->levels--;
        free_node(s, top);
    }
}

static uint64_t end_of_range(space_range r) {
    return r.first + r.count;
}

/* Gives pages [first, first + count), not page 0, a state. False: memory is short, nothing has changed. */
static bool set(space *s, uint64_t first, uint64_t count, space_state state, uint32_t owner) {
    range fresh = {first, owner, state};
    change c = {.from = first, .to = first + count};
    space_range low = space_range_at(s, first - 1);
    if (low.state == state && low.owner == owner)
        fresh.first = c.from = low.first;
    else if (end_of_range(low) > first)
        c.fresh[c.nfresh++] = (range){c.from = low.first, low.owner, low.state};
    c.fresh[c.nfresh++] = fresh;
    if (c.to < s->pages) {
        space_range high = space_range_at(s, c.to);
        bool equal = high.state == state && high.owner == owner;
        if (!equal && high.first < c.to)
            c.fresh[c.nfresh++] = (range){c.to, high.owner, high.state};
        if (equal || high.first < c.to)
            c.to = end_of_range(high);
    }
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
    const range ranges[2] = {{0, 0, SPACE_PROTECTED}, {1, 0, SPACE_FREE}};
    s->root = take_spare(s, true);
    put(s->root, 0, 0, ranges, 2);
    return s;
}

static void free_tree(space *s, node *n) {
    for (unsigned i = 0; !n->is_leaf && i < n->used; i++)
        free_tree(s, n->branches[i].below);
    s->allocator.resize(s->allocator.ctx, n, sizeof *n, 0);
}

void space_delete(space *s) {
    if (s == NULL)
        return;
    space_allocator allocator = s->allocator;
    if (s->root != NULL)
        free_tree(s, s->root);
    while (s->spares != NULL) {
        node *n = s->spares;
        s->spares = n->next_spare;
        allocator.resize(allocator.ctx, n, sizeof *n, 0);
    }
    allocator.resize(allocator.ctx, s, sizeof *s, 0);
}

/* ---- Questions ----------------------------------------------------------------------------------------------- */

uint64_t space_pages(const space *s) {
    return s->pages;
}

bool space_contains(const space *s, uint64_t first, uint64_t count) {
    return count != 0 && first < s->pages && count <= s->pages - first;
}

/* Range i of a leaf that ends at page `end`. */
static space_range range_of(const node *leaf, unsigned i, uint64_t end) {
    const range *r = &leaf->ranges[i];
    return (space_range){r->first, end_of(leaf, i, end) - r->first, (space_state)r->state, r->owner};
}

/* The leaf that a page is in, and where it ends. */
static const node *find_leaf(const space *s, uint64_t page, uint64_t *end) {
    const node *n = s->root;
    *end = s->pages;
    for (unsigned level = 1; level < s->levels; level++) {
        unsigned i = branch_index(n, page);
        *end = end_of(n, i, *end);
        n = n->branches[i].below;
    }
    return n;
}

space_range space_range_at(const space *s, uint64_t page) {
    /* The space itself is never constant, and what was found last is no part of what it says. */
    latest *l = (latest *)(uintptr_t)&s->latest;
    if (l->leaf == NULL || page < l->leaf->ranges[0].first || page >= l->leaf_end) {
        l->leaf = find_leaf(s, page, &l->leaf_end);
        l->at = range_index(l->leaf, page);
    }
    l->at = index_near(l->leaf, l->at, page);
    return range_of(l->leaf, l->at, l->leaf_end);
}

/* The states that occur among those of pages [first, end) that are under a node. */
static space_set states_under(const node *n, uint64_t first, uint64_t end) {
    unsigned low = index_of(n, first), high = last_below(n, low, end);
    space_set set = 0;
    for (unsigned i = low; i <= high; i++)
        if (n->is_leaf)
            set |= SPACE_BIT(n->ranges[i].state);
        else if (i == low || i == high)
            set |= states_under(n->branches[i].below, first, end);
        else
            set |= n->branches[i].states;
    return set;
}

space_set space_states(const space *s, uint64_t first, uint64_t count) {
    space_range r = space_range_at(s, first);
    return end_of_range(r) - first >= count ? SPACE_BIT(r.state) : states_under(s->root, first, first + count);
}

/* The lowest free range of at least count pages that begins at `page` or above, under a node that ends at page `end`.
 * False: there is none. Only the first branch can promise such a range and have it below `page`. */
static bool find_free(const node *n, uint64_t end, uint64_t count, uint64_t page, space_range *found) {
    for (unsigned i = index_of(n, page); i < n->used; i++) {
        if (n->is_leaf) {
            *found = range_of(n, i, end);
            if (found->state == SPACE_FREE && found->count >= count && found->first >= page)
                return true;
        } else if (n->branches[i].longest_free >= count &&
                   find_free(n->branches[i].below, end_of(n, i, end), count, page, found)) {
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
    if (s->random)
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
        if (n->is_leaf && n->ranges[i].state == SPACE_FREE)
            place = aligned_in(s, range_of(n, i, end), count, unit);
        else if (!n->is_leaf && n->branches[i].longest_free >= count)
            place = aligned_under(s, n->branches[i].below, end_of(n, i, end), count, unit);
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
