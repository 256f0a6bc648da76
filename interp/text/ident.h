/* ident.h: identifiers and what they stand for (specification, "Text Format: Conventions", Contexts).
 *
 * A name is unique in its space and scope. Names belong to the text, which outlives them.
 */
#ifndef WP_IDENT_H
#define WP_IDENT_H

#include "base/arena.h"

typedef enum wp_space {
    WP_SPACE_TYPE,
    WP_SPACE_FUNC,
    WP_SPACE_TABLE,
    WP_SPACE_MEMORY,
    WP_SPACE_GLOBAL,
    WP_SPACE_TAG,
    WP_SPACE_ELEM,
    WP_SPACE_DATA,
    WP_SPACE_FIELD, /* scope: the type */
    WP_SPACE_LOCAL,
    WP_SPACE_LABEL,
    WP_SPACE_COUNT
} wp_space;

/* What the official test suite calls a space in its errors. */
const char *wp_space_name(wp_space space);

typedef struct wp_ident {
    const char *name;
    uint32_t size;
    uint32_t hash;
    uint32_t scope;
    uint32_t value; /* the index */
    uint32_t slot;
    wp_space space;
} wp_ident;

typedef struct wp_idents {
    const wp_allocator *allocator;
    wp_ident *entries;
    size_t count, capacity;
    uint32_t *slots; /* entry + 1; 0: free. A power of two of them, at most half of them used */
    size_t nslots;
} wp_idents;

void wp_idents_release(wp_idents *idents);
/* Forgets all entries, in time proportional to their number. */
void wp_idents_clear(wp_idents *idents);
/* NULL: none. The pointer is good until an entry is added. */
wp_ident *wp_idents_find(const wp_idents *idents, wp_space space, uint32_t scope, const char *name, uint32_t size);
/* Adds an entry that is not there yet. False: memory is short. */
WP_MUST_CHECK bool wp_idents_add(wp_idents *idents, wp_space space, uint32_t scope, const char *name, uint32_t size,
                                 uint32_t value);

#endif
