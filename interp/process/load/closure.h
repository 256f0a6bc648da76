/* closure.h: the libraries that a load brings (rule load.needed).
 *
 * Interface:
 * - wp_closure_find: from a name to a library, which may be loaded already.
 * - wp_closure_gather: the root and, breadth first, all that it needs.
 */
#ifndef WP_CLOSURE_H
#define WP_CLOSURE_H

#include "process/load/library.h"

/* The libraries of one load: in load order, loader->libraries from number `first` on, the root. */
typedef struct wp_closure {
    wp_loader *loader;
    size_t first;
    size_t count;
    wp_library **order; /* dependencies first, where they are not cyclic; in the arena. NULL before it is known */
    wp_arena arena;     /* of state that only the load needs */
} wp_closure;

/* The library of a name in the dictionary: *out is the loaded one, or else it is fetched, decoded and added.
 * WP_UNLOADABLE "unresolved library", "integrity mismatch", or the error in its bytes. */
WP_MUST_CHECK wp_status wp_closure_find(wp_loader *loader, wp_bytes name, wp_library **out, wp_diag *diag);
/* Adds all libraries that the root needs to the load order, checks what each is made of (rules load.no-memory,
 * load.malformed), and determines `order`. */
WP_MUST_CHECK wp_status wp_closure_gather(wp_closure *closure, wp_diag *diag);

#endif
