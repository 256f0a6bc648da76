/* resolve.h: what the imports of a library are (rules load.names, load.symbols, load.got), and whether its segments fit
 * (rule load.data).
 *
 * Interface, in the order of a load; each step is for every library that the load brings before the next one begins:
 * - wp_resolve_begin: room for what is found.
 * - wp_resolve_imports: finds and checks every import; nothing needs to be instantiated for it.
 * - wp_resolve_segments: checks the active segments.
 * - wp_resolve_placed: checks what depends on where the library was placed.
 * - wp_resolve_make: makes what is the library's own: its bases, its GOT, functions that trap.
 * - wp_resolve_bind: binds what belongs to others; all of them have their functions by then.
 * - wp_resolve_got: fills the GOT; all of them are instantiated.
 * - wp_resolve_elems: checks the segments for other tables than the process's.
 */
#ifndef WP_RESOLVE_H
#define WP_RESOLVE_H

#include "process/load/slots.h"

typedef enum wp_target_kind {
    WP_TARGET_NONE,     /* nobody defines it */
    WP_TARGET_MISMATCH, /* something else has that name */
    WP_TARGET_VALUE,    /* what is there already */
    WP_TARGET_FUNC,     /* function `index` of a library, which may have no instance yet */
    WP_TARGET_TRAP,     /* what traps in place of import `index` of a library, which nobody defines */
    WP_TARGET_DATUM     /* what global `index` of a library says */
} wp_target_kind;

typedef struct wp_target {
    wp_target_kind kind;
    wp_library *library; /* NULL for values */
    uint32_t index;
    wp_extern value;
} wp_target;

struct wp_binding {
    wp_target target;
    wp_library *definer; /* that may not go before; NULL: none */
    bool absolute;       /* DATUM: the base is not to be added */
    bool is_found;       /* target is known */
    bool is_walked;      /* it is being looked for, */
    wp_library *back;    /* for import `back_number` of this library; NULL: for itself */
    uint32_t back_number;
};

WP_MUST_CHECK wp_status wp_resolve_begin(wp_library *library, wp_diag *diag);
WP_MUST_CHECK wp_status wp_resolve_imports(wp_library *library, wp_diag *diag);
WP_MUST_CHECK wp_status wp_resolve_segments(wp_library *library, wp_diag *diag);
WP_MUST_CHECK wp_status wp_resolve_placed(wp_library *library, wp_diag *diag);
WP_MUST_CHECK wp_status wp_resolve_make(wp_library *library, wp_diag *diag);
void wp_resolve_bind(wp_library *library);
WP_MUST_CHECK wp_status wp_resolve_got(wp_library *library, wp_func_slot **added, wp_diag *diag);

WP_MUST_CHECK wp_status wp_resolve_elems(wp_library *library, wp_diag *diag);

/* Frees a library's bindings. */
void wp_bindings_free(wp_library *library);

/* What a definition gives where no function is called: its address or table index (rule load.got). */
WP_MUST_CHECK wp_status wp_resolve_address(wp_library *library, const wp_export *export, wp_func_slot **added,
                                           uint64_t *out, wp_diag *diag);

#endif
