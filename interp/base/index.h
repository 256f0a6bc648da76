/* index.h: finding things by name: a hash table whose entries are part of the things themselves.
 *
 * Interface:
 * - wp_index_init, wp_index_release.
 * - wp_index_find, wp_index_insert, wp_index_remove: none of them can fail, so that a load can be taken back whole. When
 *   there is no memory to grow with, finding takes longer.
 *
 * Names are compared byte for byte. Their bytes belong to the things, and stay where they are while they are in the
 * index.
 */
#ifndef WP_INDEX_H
#define WP_INDEX_H

#include "base/alloc.h"
#include "base/bytes.h"

typedef struct wp_link {
    struct wp_link *next;
    uint64_t hash;
    wp_bytes name;
} wp_link;

typedef struct wp_index {
    const wp_allocator *allocator;
    wp_link **heads; /* of the chains: nheads of them, a power of two */
    size_t nheads;
    size_t count;
    wp_link *only; /* what heads points to in the beginning */
} wp_index;

/* Makes an index without entries. It must not move afterwards. */
void wp_index_init(wp_index *index, const wp_allocator *allocator);
/* Frees what the index has of its own. */
void wp_index_release(wp_index *index);
/* The entry of a name, the last inserted of several; NULL: there is none. */
wp_link *wp_index_find(const wp_index *index, wp_bytes name);
void wp_index_insert(wp_index *index, wp_link *link, wp_bytes name);
/* Removes an entry that is in the index. */
void wp_index_remove(wp_index *index, wp_link *link);

/* The name of something that is known by its address alone; *address must stay where it is. */
static inline wp_bytes wp_address_name(const void *const *address) {
    return (wp_bytes){(const uint8_t *)address, sizeof *address};
}

#endif
