/* tree.h: page states as an ordered set of ranges, for space.c alone.
 *
 * Interface:
 * - space_tree_open, space_tree_close.
 * - space_tree_set: changes; space_tree_find_free: holes.
 * - space_prepare, space_range_at, space_states: see space.h.
 */
#ifndef WP_SPACE_TREE_H
#define WP_SPACE_TREE_H

#include "process/space/space.h"

typedef struct space_node space_node;

/* The leaf that a page was found in last, and the range: most queries are about the same pages as the one before, or
 * pages close to them. A leaf that is split, joined, or loses its end is forgotten, since a node is taken or freed
 * then. */
typedef struct space_recent {
    const space_node *leaf; /* NULL: not known */
    uint64_t leaf_end;
    unsigned at;
} space_recent;

struct space {
    space_allocator allocator;
    uint64_t pages;
    space_node *root;
    unsigned levels;
    space_node *spares; /* nodes for the changes to come */
    unsigned nspares;
    space_recent recent;
    bool random;
    uint64_t seed; /* the state of the generator, when random */
};

/* A tree of free pages, but for page 0. False: out of memory. */
bool space_tree_open(space *t, const space_allocator *allocator, uint64_t pages);
void space_tree_close(space *t);
/* Gives pages [first, first + count), not page 0, a state. False: out of memory, nothing has changed. */
bool space_tree_set(space *t, uint64_t first, uint64_t count, space_state state, uint32_t owner);
/* The lowest free range of at least count pages that begins at `page` or above. False: none. */
bool space_tree_find_free(const space *t, uint64_t count, uint64_t page, space_range *found);

#endif
