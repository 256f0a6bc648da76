/* space.c: page states as an ordered set of ranges; see space.h.
 *
 * The ranges cover the space without gaps, and neighbours differ in state or owner. They are the nodes of an AVL tree
 * in order of their pages. Each node also knows two things of the subtree under it: the length of its longest free
 * range, by which a hole is found, and the set of its states, by which a question about many ranges is answered.
 *
 * All changes go through `set`, which gives one run of pages a new state: it cuts ranges at the run's two ends, drops
 * what lies between, and joins the result with equal neighbours. A cut needs a node; all that a change needs are
 * allocated before anything is changed. What needs no cut never fails: so a reservation can always be given back whole.
 */
#include "space.h"

typedef struct node {
    uint64_t first;
    uint64_t count;
    uint64_t longest_free; /* in this subtree */
    struct node *left, *right;
    uint32_t owner;
    uint8_t state;
    uint8_t height;
    uint8_t states; /* in this subtree; a space_set */
} node;

enum { SPARES = 2 };

struct space {
    space_allocator allocator;
    uint64_t pages;
    node *root;
    node *spares[SPARES];
    unsigned nspares;
    bool random;
    uint64_t chance; /* the state of the generator, when random */
};

/* ---- Nodes --------------------------------------------------------------------------------------------------- */

/* Has `need` nodes in hand, at most SPARES. False: memory is short. */
static bool stock_up(space *s, unsigned need) {
    while (s->nspares < need) {
        node *n = s->allocator.resize(s->allocator.ctx, NULL, 0, sizeof *n);
        if (n == NULL)
            return false;
        s->spares[s->nspares++] = n;
    }
    return true;
}

static void free_node(space *s, node *n) {
    if (s->nspares < SPARES)
        s->spares[s->nspares++] = n;
    else
        s->allocator.resize(s->allocator.ctx, n, sizeof *n, 0);
}

static uint64_t last_page(const node *n) {
    return n->first + (n->count - 1);
}

static unsigned height(const node *n) {
    return n == NULL ? 0 : n->height;
}

static uint64_t longest_free(const node *n) {
    return n == NULL ? 0 : n->longest_free;
}

static space_set states(const node *n) {
    return n == NULL ? 0 : n->states;
}

static uint64_t most(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* ---- The tree ------------------------------------------------------------------------------------------------ */

/* Computes what a node knows of its subtree from its children. */
static void summarise(node *n) {
    uint64_t own = n->state == SPACE_FREE ? n->count : 0;
    unsigned below = height(n->left) > height(n->right) ? height(n->left) : height(n->right);
    n->height = (uint8_t)(below + 1);
    n->longest_free = most(own, most(longest_free(n->left), longest_free(n->right)));
    n->states = (uint8_t)(SPACE_BIT(n->state) | states(n->left) | states(n->right));
}

static node *rotate_right(node *n) {
    node *top = n->left;
    n->left = top->right;
    top->right = n;
    summarise(n);
    summarise(top);
    return top;
}

static node *rotate_left(node *n) {
    node *top = n->right;
    n->right = top->left;
    top->left = n;
    summarise(n);
    summarise(top);
    return top;
}

/* Brings the heights of a node's subtrees within one of each other, where they differ by at most two, and summarises.
 * The result is the new top. */
static node *balance(node *n) {
    if (height(n->left) > height(n->right) + 1) {
        if (height(n->left->left) < height(n->left->right))
            n->left = rotate_left(n->left);
        return rotate_right(n);
    }
    if (height(n->right) > height(n->left) + 1) {
        if (height(n->right->right) < height(n->right->left))
            n->right = rotate_right(n->right);
        return rotate_left(n);
    }
    summarise(n);
    return n;
}

static node *insert(node *tree, node *n) {
    if (tree == NULL) {
        n->left = n->right = NULL;
        summarise(n);
        return n;
    }
    if (n->first < tree->first)
        tree->left = insert(tree->left, n);
    else
        tree->right = insert(tree->right, n);
    return balance(tree);
}

/* Takes the lowest node out of a tree. */
static node *remove_lowest(node *tree, node **lowest) {
    if (tree->left == NULL) {
        *lowest = tree;
        return tree->right;
    }
    tree->left = remove_lowest(tree->left, lowest);
    return balance(tree);
}

/* Takes the node that begins at page `first` out of a tree. */
static node *remove_node(node *tree, uint64_t first, node **removed) {
    if (first < tree->first) {
        tree->left = remove_node(tree->left, first, removed);
    } else if (first > tree->first) {
        tree->right = remove_node(tree->right, first, removed);
    } else {
        *removed = tree;
        if (tree->right == NULL)
            return tree->left;
        node *top, *right = remove_lowest(tree->right, &top);
        top->left = tree->left;
        top->right = right;
        tree = top;
    }
    return balance(tree);
}

/* Summarises anew from a changed node up to the root. */
static void refresh(node *tree, const node *changed) {
    if (changed->first < tree->first)
        refresh(tree->left, changed);
    else if (changed->first > tree->first)
        refresh(tree->right, changed);
    summarise(tree);
}

/* The range that a page of the space is in. */
static node *find(const space *s, uint64_t page) {
    node *n = s->root;
    for (;;) {
        if (page < n->first)
            n = n->left;
        else if (page > last_page(n))
            n = n->right;
        else
            return n;
    }
}

/* ---- Changing ------------------------------------------------------------------------------------------------ */

/* True when a range begins at page `first`, or the space ends there. */
static bool is_boundary(const space *s, uint64_t first) {
    return first == s->pages || find(s, first)->first == first;
}

/* Makes a range begin at page `first`, by cutting the one that it is in, if need be. A cut uses one spare. */
static void cut(space *s, uint64_t first) {
    if (is_boundary(s, first))
        return;
    node *below = find(s, first);
    node *above = s->spares[--s->nspares];
    above->first = first;
    above->count = below->first + below->count - first;
    above->state = below->state;
    above->owner = below->owner;
    below->count = first - below->first;
    refresh(s->root, below);
    s->root = insert(s->root, above);
}

static void drop(space *s, uint64_t first) {
    node *removed;
    s->root = remove_node(s->root, first, &removed);
    free_node(s, removed);
}

static bool equal(const node *a, const node *b) {
    return a->state == b->state && a->owner == b->owner;
}

/* Joins the range of a page with the one above it, if they are equal. */
static void join_above(space *s, uint64_t page) {
    node *n = find(s, page);
    uint64_t next = n->first + n->count;
    if (next == s->pages)
        return;
    const node *above = find(s, next);
    if (!equal(n, above))
        return;
    uint64_t count = above->count;
    drop(s, next);
    n->count += count;
    refresh(s->root, n);
}

/* Gives pages [first, first + count), not page 0, a state. False: memory is short, nothing has changed. */
static bool set(space *s, uint64_t first, uint64_t count, space_state state, uint32_t owner) {
    unsigned cuts = (is_boundary(s, first) ? 0u : 1u) + (is_boundary(s, first + count) ? 0u : 1u);
    if (!stock_up(s, cuts))
        return false;
    cut(s, first);
    cut(s, first + count);
    node *n = find(s, first);
    while (n->count < count) {
        uint64_t next = n->first + n->count;
        uint64_t more = find(s, next)->count;
        drop(s, next);
        n->count += more;
    }
    n->state = (uint8_t)state;
    n->owner = owner;
    refresh(s->root, n);
    join_above(s, first);
    join_above(s, first - 1);
    return true;
}

/* ---- Life ---------------------------------------------------------------------------------------------------- */

static void plant(space *s, uint64_t first, uint64_t count, space_state state) {
    node *n = s->spares[--s->nspares];
    n->first = first;
    n->count = count;
    n->state = (uint8_t)state;
    n->owner = 0;
    s->root = insert(s->root, n);
}

space *space_new(const space_allocator *allocator, uint64_t pages) {
    if (pages < 2 || pages > SPACE_MAX_PAGES)
        return NULL;
    space *s = allocator->resize(allocator->ctx, NULL, 0, sizeof *s);
    if (s == NULL)
        return NULL;
    s->allocator = *allocator;
    s->pages = pages;
    s->root = NULL;
    s->nspares = 0;
    s->random = false;
    if (!stock_up(s, 2)) {
        space_delete(s);
        return NULL;
    }
    plant(s, 0, 1, SPACE_PROTECTED);
    plant(s, 1, pages - 1, SPACE_FREE);
    return s;
}

static void free_tree(space *s, node *n) {
    if (n == NULL)
        return;
    free_tree(s, n->left);
    free_tree(s, n->right);
    s->allocator.resize(s->allocator.ctx, n, sizeof *n, 0);
}

void space_delete(space *s) {
    if (s == NULL)
        return;
    space_allocator allocator = s->allocator;
    free_tree(s, s->root);
    while (s->nspares != 0)
        allocator.resize(allocator.ctx, s->spares[--s->nspares], sizeof(node), 0);
    allocator.resize(allocator.ctx, s, sizeof *s, 0);
}

/* ---- Questions ----------------------------------------------------------------------------------------------- */

uint64_t space_pages(const space *s) {
    return s->pages;
}

bool space_contains(const space *s, uint64_t first, uint64_t count) {
    return count != 0 && first < s->pages && count <= s->pages - first;
}

/* The states in the subtree `n`, all of it below the run's end, from page `first` on. */
static space_set states_from(const node *n, uint64_t first) {
    space_set set = 0;
    while (n != NULL) {
        if (last_page(n) < first) {
            n = n->right;
        } else {
            set |= SPACE_BIT(n->state) | states(n->right);
            n = n->left;
        }
    }
    return set;
}

/* The states in the subtree `n`, all of it above the run's start, up to page `last`. */
static space_set states_to(const node *n, uint64_t last) {
    space_set set = 0;
    while (n != NULL) {
        if (n->first > last) {
            n = n->left;
        } else {
            set |= SPACE_BIT(n->state) | states(n->left);
            n = n->right;
        }
    }
    return set;
}

space_set space_states(const space *s, uint64_t first, uint64_t count) {
    uint64_t last = first + (count - 1);
    const node *n = s->root;
    /* The highest node that the run touches: what else it touches lies in the two subtrees. */
    while (last < n->first || first > last_page(n))
        n = last < n->first ? n->left : n->right;
    return SPACE_BIT(n->state) | states_from(n->left, first) | states_to(n->right, last);
}

space_range space_range_at(const space *s, uint64_t page) {
    const node *n = find(s, page);
    return (space_range){n->first, n->count, (space_state)n->state, n->owner};
}

/* The lowest free range of at least count pages in a subtree; NULL if there is none. */
static const node *find_free_under(const node *n, uint64_t count) {
    if (longest_free(n) < count)
        return NULL;
    for (;;) {
        if (longest_free(n->left) >= count)
            n = n->left;
        else if (n->state == SPACE_FREE && n->count >= count)
            return n;
        else
            n = n->right;
    }
}

static const node *find_free(const space *s, uint64_t count) {
    return find_free_under(s->root, count);
}

/* The lowest such range that does not begin below `page`; NULL if there is none. */
static const node *find_free_from(const node *n, uint64_t count, uint64_t page) {
    const node *best = NULL; /* it, or a range on its right, is the answer where nothing lower is */
    while (n != NULL) {
        if (n->first < page) {
            n = n->right;
        } else {
            if ((n->state == SPACE_FREE && n->count >= count) || longest_free(n->right) >= count)
                best = n;
            n = n->left;
        }
    }
    if (best == NULL || (best->state == SPACE_FREE && best->count >= count))
        return best;
    return find_free_under(best->right, count);
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

/* A free range of at least count pages: the lowest, or any; NULL if there is none. */
static const node *choose_free(const space *s, uint64_t count) {
    if (!s->random)
        return find_free(s, count);
    /* The range that a page chosen by chance is in, or the next one that is long enough, or from the beginning. */
    uint64_t page = peek_chance(s, 0) % s->pages;
    const node *at = find(s, page);
    if (at->state == SPACE_FREE && at->count >= count)
        return at;
    const node *n = find_free_from(s->root, count, page);
    return n != NULL ? n : find_free(s, count);
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
    return stock_up(s, SPARES);
}

space_result space_place(const space *s, uint64_t hint, uint64_t count, uint64_t *first) {
    if (count == 0)
        return SPACE_OUTSIDE;
    uint64_t place = hint;
    bool at_hint = hint != 0 && is_free(s, hint, count);
    if (!at_hint) {
        const node *n = choose_free(s, count);
        if (n == NULL)
            return SPACE_FULL;
        place = n->first + choose_place(s, n->count - count + 1);
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
static uint64_t aligned_in(const space *s, const node *n, uint64_t count, uint64_t unit) {
    uint64_t skip = (unit - n->first % unit) % unit;
    if (skip >= n->count || n->count - skip < count)
        return 0;
    return n->first + skip + unit * choose_place(s, (n->count - skip - count) / unit + 1);
}

/* The lowest such page among all free ranges of a subtree, or one of its range. */
static uint64_t aligned_under(const space *s, const node *n, uint64_t count, uint64_t unit) {
    if (longest_free(n) < count)
        return 0;
    uint64_t place = aligned_under(s, n->left, count, unit);
    if (place == 0 && n->state == SPACE_FREE)
        place = aligned_in(s, n, count, unit);
    return place != 0 ? place : aligned_under(s, n->right, count, unit);
}

space_result space_reserve(space *s, uint64_t count, unsigned align, uint32_t owner, uint64_t *first) {
    if (count == 0 || align >= 48)
        return SPACE_OUTSIDE;
    if (count > s->pages)
        return SPACE_FULL;
    uint64_t unit = (uint64_t)1 << align;
    const node *roomy = choose_free(s, count + (unit - 1));
    uint64_t place = roomy != NULL ? aligned_in(s, roomy, count, unit) : aligned_under(s, s->root, count, unit);
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
        const node *n = find(s, page);
        if ((n->state != SPACE_RESERVED && n->state != SPACE_GUARD) || n->owner != owner)
            return false;
        page = n->first + n->count;
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
