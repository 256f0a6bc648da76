/* linking.h: the steps of a load, each for every library of the load before the next one begins; load.c takes them.
 *
 * Interface, in this order:
 * - closure.c: the root and all that it needs (rule load.needed).
 * - resolve.c: the targets of imports (rules load.names, load.symbols). A function import may be bound to a function of
 *   a library that has no instance yet, or to an import that such a library exports again: so targets become objects in
 *   the next step.
 * - segments.c: checks of active segments (rule load.data).
 * - relocation.c: bases, imported objects and the GOT (rules load.base, load.symbols, load.got), when the libraries
 *   have their places. wp_loader_symbol (loader.h) gives the same values.
 */
#ifndef WP_LINKING_H
#define WP_LINKING_H

#include "process/load/library.h"

typedef enum wp_target_kind {
    WP_TARGET_NONE,     /* not defined */
    WP_TARGET_MISMATCH, /* the definition has another kind */
    WP_TARGET_VALUE,    /* an object that exists */
    WP_TARGET_FUNC,     /* function `index` of a library, which may have no instance yet */
    WP_TARGET_TRAP,     /* the function that traps in place of import `index` of a library, which is not defined */
    WP_TARGET_DATUM     /* the address in global `index` of a library */
} wp_target_kind;

typedef struct wp_target {
    wp_target_kind kind;
    wp_library *library; /* NULL for values */
    uint32_t index;
    wp_extern value;
} wp_target;

/* The resolution of an import. */
typedef struct wp_binding {
    wp_platform_module from;
    wp_platform_name name;
    wp_target target;
    wp_library *definer; /* a dependency; NULL: none */
    bool is_absolute;    /* DATUM: do not add the base */
    wp_func *given;      /* the function that got a slot for this entry of the GOT; NULL: none */
    bool is_resolved;    /* target is known */
    /* In the search for the target: */
    bool is_visited;
    wp_library *importer; /* the import that led here is number `importer_import` of this library; NULL: none */
    uint32_t importer_import;
} wp_binding;

/* State of a library that only its load needs, in an arena of the load. */
typedef struct wp_linking {
    wp_binding *bindings;                 /* one per import */
    wp_extern *imports;                   /* one per import; object NULL: not made yet */
    uint32_t *of_kind[WP_EXTERN_TAG + 1]; /* the numbers of the imports of a kind, in order of their indices */
    size_t nneeded;                       /* the first entries of `needs`: the libraries that the module names */
    /* In the walk that orders libraries: */
    wp_library *parent;
    size_t cursor;
    bool is_visited;
} wp_linking;

/* True for imports from the GOT: globals that the loader fills. */
static inline bool wp_is_got(const wp_binding *binding) {
    return binding->from == WP_FROM_got_mem || binding->from == WP_FROM_got_func;
}

/* ---- closure.c ----------------------------------------------------------------------------------------------- */

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
/* Adds all libraries that the root needs to the load order, checks their contents (rules load.no-memory,
 * load.malformed), and determines `order`. */
WP_MUST_CHECK wp_status wp_closure_gather(wp_closure *closure, wp_diag *diag);

/* ---- resolve.c ----------------------------------------------------------------------------------------------- */

/* Allocates library->linking. */
WP_MUST_CHECK wp_status wp_resolve_begin(wp_library *library, wp_arena *arena, wp_diag *diag);
/* Finds and checks the target of every import. All libraries of the load have been published; none needs an instance.
 */
WP_MUST_CHECK wp_status wp_resolve_imports(wp_library *library, wp_diag *diag);
/* Checks imports of the table again, whose size is final when all slots have been reserved. */
WP_MUST_CHECK wp_status wp_resolve_check_table(wp_library *library, wp_diag *diag);

/* True for exports that define a datum: immutable globals that hold its address, relative to the base. */
bool wp_is_datum(const wp_library *library, const wp_export *export);

/* ---- segments.c ---------------------------------------------------------------------------------------------- */

/* Checks that the segments for the memory and the table of the process lie in the library's reservations. */
WP_MUST_CHECK wp_status wp_segments_check(wp_library *library, wp_diag *diag);
/* Checks that the segments for other tables are in bounds. The library has been instantiated. */
WP_MUST_CHECK wp_status wp_segments_check_others(wp_library *library, wp_diag *diag);

/* ---- relocation.c -------------------------------------------------------------------------------------------- */

/* Makes the objects that are the library's own: bases, GOT entries, functions that trap. */
WP_MUST_CHECK wp_status wp_relocation_make(wp_library *library, wp_diag *diag);
/* Finds the objects of others, whose functions exist by then. */
void wp_relocation_bind(wp_library *library);
/* Fills the GOT. All libraries are instantiated. */
WP_MUST_CHECK wp_status wp_relocation_fill_got(wp_library *library, wp_diag *diag);
/* Frees the slots that functions got for it. */
void wp_relocation_undo(wp_library *library);

#endif
