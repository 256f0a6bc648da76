/* library.h: the modules of a process as the loader sees them.
 *
 * Interface:
 * - wp_library_add, wp_library_remove: the loaded libraries, in load order.
 * - wp_library_find_*: by handle, by URI, by instance.
 * - wp_library_publish, wp_symbol_find: the symbols that a library defines, and their first definitions.
 * - wp_library_need: dependencies.
 *
 * "Library" means any module of a process here, the program too. Those with a dylink.0 section define symbols: their
 * exports.
 */
#ifndef WP_LIBRARY_H
#define WP_LIBRARY_H

#include "process/load/dylink.h"
#include "process/load/loader.h"

/* An export as the definition of a symbol. */
typedef struct wp_symbol {
    wp_link link; /* by name; definitions of the same name in load order */
    wp_library *library;
    const wp_export *export;
} wp_symbol;

struct wp_library {
    wp_link by_uri; /* when uri.size is not 0 */
    wp_loader *loader;
    uint32_t id;       /* also its handle, and the owner of its pages and slots; grows in load order */
    wp_module *module; /* one reference */
    wp_dylink dylink;
    wp_bytes uri;                   /* in the dictionary; size 0: the embedder gave the module */
    uint8_t digest[WP_DIGEST_SIZE]; /* of its bytes; the same */
    wp_instance *instance;          /* NULL before it is made; its owner is the library */
    bool is_complete;               /* its imports are in place */

    uint64_t first_page, pages; /* reserved; pages 0: none */
    uint64_t base;              /* address of the first page; 0: none */
    uint64_t table_base, slots; /* in the table; slots 0: none */
    size_t longest_export;      /* length of the longest name of its exports, in bytes */
    wp_symbol *symbols;         /* one per export of its module, once published; NULL: none */

    uint32_t opens[WP_OPENERS]; /* its loads that were not undone, by opener */
    bool is_loading;            /* the load that brings it has not ended */
    bool is_late;               /* stays until the outermost call into the process returns */
    wp_library **needs;         /* libraries that must not be unloaded before it */
    size_t nneeds, needs_capacity;
    uint32_t needed_by;         /* the id of the library that was the last to need it */
    struct wp_linking *linking; /* linking.h; NULL once all of its load is linked */

    /* In the walk that finds the libraries which are kept: */
    wp_library *next_reached;
    bool is_reached;
};

/* Adds a library of a module as the last in load order. A URI, which may have size 0, is not copied. */
WP_MUST_CHECK wp_status wp_library_add(wp_loader *loader, wp_module *module, wp_bytes uri, wp_library **out,
                                       wp_diag *diag);
/* Removes it, with its symbols, slots and pages. Its instance is left to the caller. */
void wp_library_remove(wp_library *library);

/* NULL if absent. */
wp_library *wp_library_find_id(const wp_loader *loader, uint32_t id);
wp_library *wp_library_find_uri(const wp_loader *loader, wp_bytes uri);
wp_library *wp_library_find_instance(const wp_loader *loader, const wp_instance *instance);

/* Makes its exports known as definitions of symbols. */
WP_MUST_CHECK wp_status wp_library_publish(wp_library *library, wp_diag *diag);
/* The first definition of a symbol, in load order (rule load.symbols); NULL if absent. */
const wp_symbol *wp_symbol_find(const wp_loader *loader, wp_bytes name);

/* Records a dependency. Idempotent; NULL and the library itself are ignored. */
WP_MUST_CHECK wp_status wp_library_need(wp_library *library, wp_library *needed, wp_diag *diag);

/* Its name in messages and maps: its URI, its module's $id, or "module". */
wp_bytes wp_library_name(const wp_library *library);
/* WP_UNLOADABLE at a position in its module; names its URI. Returns the status. */
wp_status wp_library_fail(const wp_library *library, wp_diag *diag, uint32_t pos, const char *format, ...)
    WP_PRINTF(4, 5);

#endif
