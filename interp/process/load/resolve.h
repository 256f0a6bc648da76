/* resolve.h: what the imports of libraries are bound to (rules load.names, load.symbols).
 *
 * A function import may be bound to a function of a library that has no instance yet, or to an import that such a
 * library exports again. So resolution finds targets, which become objects in relocation.c.
 */
#ifndef WP_RESOLVE_H
#define WP_RESOLVE_H

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
    bool is_absolute;    /* DATUM: the base is not to be added */
    wp_func *given;      /* the function that got a slot for this entry of the GOT; NULL: none */
    bool is_resolved;    /* target is known */
    /* In the search for the target: */
    bool is_visited;
    wp_library *importer; /* the import that led here is number `importer_import` of this library; NULL: none */
    uint32_t importer_import;
} wp_binding;

/* True for imports from the GOT: globals that the loader fills. */
static inline bool wp_is_got(const wp_binding *binding) {
    return binding->from == WP_FROM_got_mem || binding->from == WP_FROM_got_func;
}

/* Allocates library->linking. */
WP_MUST_CHECK wp_status wp_resolve_begin(wp_library *library, wp_arena *arena, wp_diag *diag);
/* Finds and checks the target of every import. All libraries of the load have been published; none needs an instance.
 */
WP_MUST_CHECK wp_status wp_resolve_imports(wp_library *library, wp_diag *diag);
/* Checks imports of the table again, whose size is final when all slots have been reserved. */
WP_MUST_CHECK wp_status wp_resolve_check_table(wp_library *library, wp_diag *diag);

/* True for exports that define a datum: immutable globals that hold its address, relative to the base. */
bool wp_is_datum(const wp_library *library, const wp_export *export);

#endif
