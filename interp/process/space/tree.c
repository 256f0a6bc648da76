/* tree.c: page states as an ordered set of ranges; see tree.h.
 *
 * The ranges cover the space without gaps, and neighbours differ in state or owner. They are in the leaves of a
 * B+-tree, in order of their pages. A branch, in a node above, stands for the whole node below it and knows two things
 * of its pages: the length of the longest free range, by which a hole is found, and the set of states, by which a
 * query of many ranges is answered. Ranges and branches have their first page, and end where the next one begins.
 * In a large tree, time goes into fetching nodes from memory: levels are few, and ranges are small.
 *
 * A change gives one run of pages a new state. The run joins with equal neighbours and cuts unequal ones: whole ranges
 * are replaced by one to three whole ranges, and nothing beside them changes. More ranges than before may split nodes,
 * from a leaf upwards; all nodes that a change needs are allocated before anything is changed. A change that cuts
 * nothing needs none and never fails: a reservation can always be released whole.
 */
#include "process/space/tree.h"

#include <string.h>

/* Capacities of nodes, multiples of 4. Tests also build trees of small nodes, which are high with few ranges. */
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

typedef space_node node;

typedef struct branch {
    uint64_t first;
    uint64_t longest_free;
    node *below;
    unsigned used; /* as in the node below, which need not be fetched for it */
    space_set states;
} branch;

struct space_node {
    bool is_leaf;
    unsigned used; /* 1 or more */
    union {
        range ranges[SPACE_RANGES];
        branch branches[SPACE_BRANCHES];
        node *next_spare;
    };
};

/* ---- Nodes --------------------------------------------------------------------------------------------------- */

/* Ensures `need` spare nodes. False: out of memory. */
static bool tree_stock(space *t, unsigned need) {
    while (t->nspares < need) {
        node *n = t->allocator.resize(t->allocator.ctx, NULL, 0, sizeof *n);
        if (n == NULL)
            return false;
        n->next_spare = t->spares;
        t->spares = n;
        t->nspares++;
    }
    return true;
}

/* The most nodes that a change can need: one on each level, and a new root. */
static unsigned tree_max_needed(const space *t) {
    return t->levels + 1;
}

/* Makes a node spare, and frees those that one change can't need. */
static void tree_free_node(space *t, node *n) {
    t->recent.leaf = NULL;
    n->next_spare = t->spares;
    t->spares = n;
    t->nspares++;
    while (t->nspares > tree_max_needed(t)) {
        node *spare = t->spares;
        t->spares = spare->next_spare;
        t->nspares--;
        t->allocator.resize(t->allocator.ctx, spare, sizeof *spare, 0);
    }
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* How many ranges or branches a node can hold. */
static unsigned node_capacity(const node *n) {
    return n->is_leaf ? SPACE_RANGES : SPACE_BRANCHES;
}

static uint64_t node_first(const node *n, unsigned i) {
    return n->is_leaf ? n->ranges[i].first : n->branches[i].first;
}

/* Where number i of a node ends, of one that ends at page `end`. */
static uint64_t node_end(const node *n, unsigned i, uint64_t end) {
    return i + 1 < n->used ? node_first(n, i + 1) : end;
}

/* The range of a leaf, or the branch of another node, that contains a page; 0 if the page is before it. Unused places
 * are beyond all pages and are compared too: without a branch that depends on data, the host mispredicts nothing and
 * fetches the whole node at once. */
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

static unsigned node_index(const node *n, uint64_t page) {
    return n->is_leaf ? range_index(n, page) : branch_index(n, page);
}

/* The same as range_index, by steps from range `at`, which is close to it. */
static unsigned range_index_near(const node *leaf, unsigned at, uint64_t page) {
    while (at > 0 && page < leaf->ranges[at].first)
        at--;
    while (at + 1 < leaf->used && leaf->ranges[at + 1].first <= page)
        at++;
    return at;
}

/* The last one that begins below page `end`, from number i on. */
static unsigned node_last_below(const node *n, unsigned i, uint64_t end) {
    while (i + 1 < n->used && node_first(n, i + 1) < end)
        i++;
    return i;
}

/* The branch to a node that ends at page `end`. */
static branch branch_to(node *n, uint64_t end) {
    branch b = {.first = node_first(n, 0), .below = n, .used = n->used};
    if (n->is_leaf) {
        for (unsigned i = n->used; i-- > 0; end = n->ranges[i].first) {
            uint64_t free = n->ranges[i].state == SPACE_FREE ? end - n->ranges[i].first : 0;
            b.longest_free = larger(b.longest_free, free);
            b.states |= SPACE_BIT(n->ranges[i].state);
        }
    } else {
        for (unsigned i = 0; i < SPACE_BRANCHES; i++) {
            b.longest_free = larger(b.longest_free, n->branches[i].longest_free);
            b.states |= n->branches[i].states;
        }
    }
    return b;
}

/* ---- Changing nodes ------------------------------------------------------------------------------------------ */

/* Uses the first `used` places of a node, of which those up to `end` may have been used. */
static void node_resize(node *n, unsigned used, unsigned end) {
    for (unsigned i = used; i < end; i++)
        if (n->is_leaf)
            n->ranges[i] = (range){.first = UINT64_MAX};
        else
            n->branches[i] = (branch){.first = UINT64_MAX};
    n->used = used;
}

static node *tree_take_node(space *t, bool is_leaf) {
    node *n = t->spares;
    t->spares = n->next_spare;
    t->nspares--;
    t->recent.leaf = NULL;
    n->is_leaf = is_leaf;
    node_resize(n, 0, node_capacity(n));
    return n;
}

/* The address of range or branch i, whichever the node has. */
static void *node_at(node *n, unsigned i) {
    return n->is_leaf ? (void *)(n->ranges + i) : (void *)(n->branches + i);
}

/* Puts `added` new ones in place of `removed` ones of a node, from number `at` on. There is room for them. */
static void node_put(node *n, unsigned at, unsigned removed, const void *fresh, unsigned added) {
    size_t size = n->is_leaf ? sizeof *n->ranges : sizeof *n->branches;
    unsigned used = n->used - removed + added;
    if (added != removed)
        memmove(node_at(n, at + added), node_at(n, at + removed), (n->used - (at + removed)) * size);
    memcpy(node_at(n, at), fresh, added * size);
    node_resize(n, used, n->used);
}

/* The same, for at most 3 new ones. When there is no room the node is split first, in half, or where the new ones begin
 * if they are its last: so nodes are full where pages are mapped in ascending order. The result is the
 * new node, with everything after the split; NULL if there was room. */
static node *tree_replace(space *t, node *n, unsigned at, unsigned removed, const void *fresh, unsigned added) {
    node *beside = NULL;
    if (n->used - removed + added > node_capacity(n)) {
        unsigned cut = n->used / 2;
        if (at + removed == n->used || (at < cut && at + removed > cut))
            cut = at;
        beside = tree_take_node(t, n->is_leaf);
        node_put(beside, 0, 0, node_at(n, cut), n->used - cut);
        node_resize(n, cut, n->used);
        if (at >= cut) {
            node_put(beside, at - cut, removed, fresh, added);
            return beside;
        }
    }
    node_put(n, at, removed, fresh, added);
    return beside;
}

/* Joins the nodes below branches i and i + 1, if there are two, and both together have at most `few`. */
static void tree_join(space *t, node *n, unsigned i, unsigned few) {
    branch *low = &n->branches[i], *high = low + 1;
    if (i + 1 >= n->used || low->used + high->used > few)
        return;
    node_put(low->below, low->used, 0, node_at(high->below, 0), high->used);
    low->used += high->used;
    low->longest_free = larger(low->longest_free, high->longest_free);
    low->states |= high->states;
    tree_free_node(t, high->below);
    node_put(n, i + 1, 1, high, 0);
}

/* Joins the node below branch i, which may have become smaller, with neighbours if two together fill at most half a
 * node: the tree stays low when ranges become few, and a node that was just split is not joined again. */
static void tree_join_around(space *t, node *n, unsigned i) {
    unsigned few = node_capacity(n->branches[i].below) / 2;
    if (n->branches[i].used >= few)
        return;
    tree_join(t, n, i, few);
    if (i > 0)
        tree_join(t, n, i - 1, few);
}

/* The ranges that cover pages [from, to) are to be replaced by other ranges of the same pages. */
typedef struct change {
    uint64_t from, to;
    range fresh[3];
    unsigned nfresh;
} change;

/* Carries out the part of a change below a node that ends at page `end`; the new ranges all go to the first leaf on the
 * way. A node that has lost everything is left empty. The result is that of tree_replace. */
static node *tree_apply(space *t, node *n, uint64_t end, change *c) {
    unsigned low = n == t->recent.leaf ? range_index_near(n, t->recent.at, c->from) : node_index(n, c->from);
    unsigned high = node_last_below(n, low, c->to);
    if (n->is_leaf) {
        unsigned added = c->nfresh;
        c->nfresh = 0;
        return tree_replace(t, n, low, high - low + 1, c->fresh, added);
    }
    node *parts[3]; /* the rest of the lowest one, the node split off it, the rest of the highest one */
    branch fresh[3];
    unsigned nparts = 0;
    for (unsigned i = low; i <= high; i++) {
        node *below = n->branches[i].below, *beside = tree_apply(t, below, node_end(n, i, end), c);
        if (below->used == 0)
            tree_free_node(t, below);
        else
            parts[nparts++] = below;
        if (beside != NULL)
            parts[nparts++] = beside;
    }
    /* The new ranges may end after the old end of the first leaf. */
    uint64_t parts_end = larger(node_end(n, high, end), c->to);
    for (unsigned i = 0; i < nparts; i++)
        fresh[i] = branch_to(parts[i], i + 1 < nparts ? node_first(parts[i + 1], 0) : parts_end);
    node *beside = tree_replace(t, n, low, high - low + 1, fresh, nparts);
    for (unsigned i = low + nparts; beside == NULL && i-- > low;)
        tree_join_around(t, n, i);
    return beside;
}

/* The most nodes that a change needs which adds ranges beside the one of a page: one for each node that is split, and a
 * root above them if all are. */
static unsigned tree_nodes_needed(const space *t, uint64_t page, unsigned added) {
    unsigned count = 1;
    const node *n = t->root;
    for (; !n->is_leaf; n = n->branches[node_index(n, page)].below)
        count = n->used == SPACE_BRANCHES ? count + 1 : 0;
    return n->used + added > SPACE_RANGES ? count + 1 : 0;
}

/* ---- Changing ------------------------------------------------------------------------------------------------ */

/* Carries out a change, for which spare nodes exist, and corrects the root. The recent leaf still ends where it did
 * unless nodes were split or freed: then it is forgotten. */
static void tree_change(space *t, change *c) {
    node *beside = tree_apply(t, t->root, t->pages, c);
    if (beside != NULL) {
        const branch halves[2] = {branch_to(t->root, node_first(beside, 0)), branch_to(beside, t->pages)};
        t->root = tree_take_node(t, false);
        node_put(t->root, 0, 0, halves, 2);
        t->levels++;
    }
    while (!t->root->is_leaf && t->root->used == 1) {
        node *top = t->root;
        t->root = top->branches[0].below;
        t->levels--;
        tree_free_node(t, top);
    }
}

static uint64_t range_end(space_range r) {
    return r.first + r.count;
}

bool space_tree_set(space *t, uint64_t first, uint64_t count, space_state state, uint32_t owner) {
    range fresh = {first, owner, state};
    change c = {.from = first, .to = first + count};
    space_range low = space_range_at(t, first - 1);
    if (low.state == state && low.owner == owner) /* rules: mmap.exhausted, load.unload */
        fresh.first = c.from = low.first;
    else if (range_end(low) > first)
        c.fresh[c.nfresh++] = (range){c.from = low.first, low.owner, low.state};
    c.fresh[c.nfresh++] = fresh;
    if (c.to < t->pages) {
        space_range high = space_range_at(t, c.to);
        bool equal = high.state == state && high.owner == owner; /* rules: mmap.exhausted, load.unload */
        if (!equal && high.first < c.to)
            c.fresh[c.nfresh++] = (range){c.to, high.owner, high.state};
        if (equal || high.first < c.to)
            c.to = range_end(high);
    }
    if (c.nfresh > 1 && !tree_stock(t, tree_nodes_needed(t, c.from, c.nfresh - 1)))
        return false;
    tree_change(t, &c);
    return true;
}

/* ---- Life ---------------------------------------------------------------------------------------------------- */

bool space_tree_open(space *t, const space_allocator *allocator, uint64_t pages) {
    *t = (space){.allocator = *allocator, .pages = pages, .levels = 1};
    if (!tree_stock(t, 1))
        return false;
    /* rules: process.page-zero, mmap.exhausted */
    const range ranges[2] = {{0, 0, SPACE_PROTECTED}, {1, 0, SPACE_FREE}};
    t->root = tree_take_node(t, true);
    node_put(t->root, 0, 0, ranges, 2);
    return true;
}

static void tree_free_under(space *t, node *n) {
    for (unsigned i = 0; !n->is_leaf && i < n->used; i++)
        tree_free_under(t, n->branches[i].below);
    t->allocator.resize(t->allocator.ctx, n, sizeof *n, 0);
}

void space_tree_close(space *t) {
    tree_free_under(t, t->root);
    while (t->spares != NULL) {
        node *n = t->spares;
        t->spares = n->next_spare;
        t->allocator.resize(t->allocator.ctx, n, sizeof *n, 0);
    }
}

bool space_prepare(space *t) {
    return tree_stock(t, tree_max_needed(t));
}

/* ---- Queries ------------------------------------------------------------------------------------------------- */

/* Range i of a leaf that ends at page `end`. */
static space_range node_range(const node *leaf, unsigned i, uint64_t end) {
    const range *r = &leaf->ranges[i];
    return (space_range){r->first, node_end(leaf, i, end) - r->first, (space_state)r->state, r->owner};
}

/* The leaf that a page is in, and where it ends. */
static const node *tree_find_leaf(const space *t, uint64_t page, uint64_t *end) {
    const node *n = t->root;
    *end = t->pages;
    for (unsigned level = 1; level < t->levels; level++) {
        unsigned i = branch_index(n, page);
        *end = node_end(n, i, *end);
        n = n->branches[i].below;
    }
    return n;
}

space_range space_range_at(const space *t, uint64_t page) {
    /* The tree itself is never constant, and the leaf found last is not part of its contents. */
    space_recent *l = (space_recent *)(uintptr_t)&t->recent;
    if (l->leaf == NULL || page < l->leaf->ranges[0].first || page >= l->leaf_end) {
        l->leaf = tree_find_leaf(t, page, &l->leaf_end);
        l->at = range_index(l->leaf, page);
    }
    l->at = range_index_near(l->leaf, l->at, page);
    return node_range(l->leaf, l->at, l->leaf_end);
}

/* The states that occur among those of pages [first, end) that are under a node. */
static space_set node_states(const node *n, uint64_t first, uint64_t end) {
    unsigned low = node_index(n, first), high = node_last_below(n, low, end);
    space_set set = 0;
    for (unsigned i = low; i <= high; i++)
        if (n->is_leaf)
            set |= SPACE_BIT(n->ranges[i].state);
        else if (i == low || i == high)
            set |= node_states(n->branches[i].below, first, end);
        else
            set |= n->branches[i].states;
    return set;
}

space_set space_states(const space *t, uint64_t first, uint64_t count) {
    space_range r = space_range_at(t, first);
    return range_end(r) - first >= count ? SPACE_BIT(r.state) : node_states(t->root, first, first + count);
}

/* The lowest free range of at least count pages that begins at `page` or above, under a node that ends at page `end`.
 * False: none. Only the first branch can promise such a range and have it below `page`. */
static bool node_find_free(const node *n, uint64_t end, uint64_t count, uint64_t page, space_range *found) {
    for (unsigned i = node_index(n, page); i < n->used; i++) { /* rule: mmap.exhausted */
        if (n->is_leaf) {
            *found = node_range(n, i, end);
            /* rules: mmap.exhausted, load.reserve */
            if (found->state == SPACE_FREE && found->count >= count && found->first >= page)
                return true;
        } else if (n->branches[i].longest_free >= count &&
                   node_find_free(n->branches[i].below, node_end(n, i, end), count, page, found)) {
            return true;
        }
    }
    return false;
}

bool space_tree_find_free(const space *t, uint64_t count, uint64_t page, space_range *found) {
    return node_find_free(t->root, t->pages, count, page, found);
}
