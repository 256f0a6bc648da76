/* library.h: the modules of a process as the loader sees them.
 *
 * Interface:
 * - wp_library_add, wp_library_remove: what is loaded, in load order.
 * - wp_library_find_*: by handle, by URI, by instance.
 * - wp_library_publish, wp_symbol_find: the symbols that it defines, and their first definitions.
 * - wp_library_need: who may not go before whom.
 *
 * "Library" means any of them here, the program too. Those with a dylink.0 section define symbols: all that they export.
 */
#ifndef WP_LIBRARY_H
#define WP_LIBRARY_H

#include "process/process.h"

#include "process/load/dylink.h"

/* An export as the definition of a symbol. */
typedef struct wp_symbol {
    wp_link link;                     /* by name, of the first definition only */
    struct wp_symbol *next, *earlier; /* definitions of the same name, in load order */
    struct wp_symbol *last;           /* of the first one: the last one */
    struct wp_library *library;
    const wp_export *export;
} wp_symbol;

/* A slot of the process table that holds a function of a library (slots.h). */
typedef struct wp_func_slot wp_func_slot;

/* What an import of a library is bound to; resolve.c. */
typedef struct wp_binding wp_binding;

struct wp_library {
    wp_process *process;
    uint32_t id;         /* also its handle, and the owner of its pages and slots; grows in load order */
    wp_module *module;   /* one hold */
    wp_dylink dylink;
    wp_bytes uri;        /* a copy; size 0: its module was given */
    wp_link by_uri;      /* when uri.size is not 0 */
    uint8_t digest[WP_DIGEST_SIZE]; /* of its bytes; likewise */
    wp_instance *instance; /* NULL before there is one */
    const void *address;   /* the same, as a name */
    wp_link by_instance;
    bool is_complete; /* its imports are in place */

    uint64_t first_page, pages; /* reserved; pages 0: none */
    uint64_t base;              /* its address, 0: none */
    uint64_t table_base, slots; /* in the table; slots 0: none */
    wp_func_slot *func_slots;   /* of its functions */
    size_t longest_export;      /* of the names of its exports, in bytes */
    wp_symbol *symbols;         /* one per export of its module, once published; NULL: none */

    uint32_t holds;            /* loads that were not taken back */
    uint32_t handles;          /* those of them that modules made, and can take back */
    bool loading;              /* a load that has not come to its end needs it */
    struct wp_library **needs; /* what must not go before it; the first nneeded are those that it names */
    size_t nneeds, needs_capacity, nneeded;
    uint32_t needed_for;       /* the id of the library that was the last to need it */

    /* While it is loaded: */
    wp_extern *imports;   /* one per import */
    wp_binding *bindings; /* likewise */
    uint32_t *func_imports;  /* the number of the import of each imported function */
    const wp_table **tables; /* one per table; NULL: the module defines it */
    struct wp_library *parent; /* in a walk over what is needed */
    size_t cursor;
    bool visited;

    /* In a walk over what is still needed: */
    struct wp_library *next_reached;
    bool reached;
};

/* Adds a library of a module, which it holds, as the last in load order. uri may have size 0. WP_EXHAUSTION. */
WP_MUST_CHECK wp_status wp_library_add(wp_process *process, wp_module *module, wp_bytes uri, wp_library **out,
                                       wp_diag *diag);
/* Removes it, with its symbols; its pages, slots and instance are gone already, or not its own any more. */
void wp_library_remove(wp_library *library);
/* Frees what is only needed to load it. */
void wp_library_settle(wp_library *library);
/* Gives it its instance. */
void wp_library_set_instance(wp_library *library, wp_instance *instance);

/* NULL: there is none. */
wp_library *wp_library_find_id(const wp_process *process, uint32_t id);
wp_library *wp_library_find_uri(const wp_process *process, wp_bytes uri);
wp_library *wp_library_find_instance(const wp_process *process, const wp_instance *instance);

/* Makes its exports known as definitions of symbols. */
WP_MUST_CHECK wp_status wp_library_publish(wp_library *library, wp_diag *diag);
/* The first definition of a symbol, in load order (rule load.symbols); NULL: there is none. */
const wp_symbol *wp_symbol_find(const wp_process *process, wp_bytes name);

/* The library must not go before `library`. Once is enough; NULL and itself are allowed. */
WP_MUST_CHECK wp_status wp_library_need(wp_library *library, wp_library *needed, wp_diag *diag);

/* What it is called in messages and maps: its URI, its module's $id, or "module". */
wp_bytes wp_library_name(const wp_library *library);
/* WP_UNLOADABLE at a position in its module, with its name if the embedder gave none of its bytes. Returns the status. */
wp_status wp_library_fail(const wp_library *library, wp_diag *diag, uint32_t pos, const char *format, ...)
    WP_PRINTF(4, 5);

/* True when bytes are these characters. */
bool wp_is_called(wp_bytes bytes, const char *name);

#endif
