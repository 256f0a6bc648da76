/* index.h: a hash index of objects by name, whose entries are part of the objects.
 *
 * Interface:
 * - wp_index_init, wp_index_release.
 * - wp_index_find, wp_index_insert, wp_index_append, wp_index_remove: none of them can fail, so that callers can
 *   roll back. When out of memory, an index does not grow, and finding takes longer.
 * - wp_index_find_in, wp_index_insert_in: the same within a scope, which is a number; the others use scope 0.
 *
 * Names are compared byte for byte. Their bytes belong to the objects, and stay in place while they are in the index.
 */
#ifndef WP_INDEX_H
#define WP_INDEX_H

#include "base/alloc.h"
#include "base/bytes.h"

typedef struct wp_link {
    struct wp_link *next, **place; /* in a chain; the pointer that points here */
    uint64_t hash;
    uint64_t scope;
    wp_bytes name;
} wp_link;

typedef struct wp_chain {
    wp_link *first, **end;
} wp_chain;

typedef struct wp_index {
    const wp_allocator *allocator;
    wp_chain *chains; /* nchains of them, a power of two */
    size_t nchains;
    size_t count;
    wp_chain only; /* the only chain of a small index */
} wp_index;

/* Makes an index without entries. It must not move afterwards. */
void wp_index_init(wp_index *index, const wp_allocator *allocator);
/* Frees the index, not the objects. */
void wp_index_release(wp_index *index);
/* The entry of a name, the first of several; NULL if absent. */
wp_link *wp_index_find_in(const wp_index *index, uint64_t scope, wp_bytes name);
/* Adds an entry before others of its name, or behind them. */
void wp_index_insert_in(wp_index *index, wp_link *link, uint64_t scope, wp_bytes name);
void wp_index_append(wp_index *index, wp_link *link, wp_bytes name);
/* Removes an entry that is in the index. */
void wp_index_remove(wp_index *index, wp_link *link);

static inline wp_link *wp_index_find(const wp_index *index, wp_bytes name) {
    return wp_index_find_in(index, 0, name);
}
static inline void wp_index_insert(wp_index *index, wp_link *link, wp_bytes name) {
    wp_index_insert_in(index, link, 0, name);
}

#endif
