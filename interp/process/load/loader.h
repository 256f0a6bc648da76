/* loader.h: the loader of a process (process model, label loader).
 *
 * Interface:
 * - wp_loader_open, wp_loader_close: its state, and the platform's objects for modules (open.c).
 * - wp_loader_load, wp_loader_load_name: load a module, or the library of a name (load.c).
 * - wp_loader_unload: undoes a load (unload.c).
 * - wp_loader_symbol: the address of an export (relocation.c).
 *
 * The loader knows the store and the pages of its process, and nothing else of it.
 */
#ifndef WP_LOADER_H
#define WP_LOADER_H

#include "process/load/dictionary.h"
#include "process/load/platform_names.h"
#include "process/load/slots.h"
#include "process/storage/storage.h"

typedef struct wp_library wp_library;

/* The parties that open libraries. Each undoes its own loads only. */
typedef enum wp_opener { WP_OPENER_EMBEDDER, WP_OPENER_MODULE, WP_OPENERS } wp_opener;

typedef struct wp_loader {
    wp_engine *engine;
    wp_store *store;
    wp_storage *storage;
    wp_valtype pointer; /* the pointer type */
    wp_fetch_func fetch;
    void *fetch_ctx;
    /* The values of the platform's names; object NULL: this process lacks it. The store owns the objects. The bases
     * stand for those of the libraries, which have the same type. */
    wp_extern platform[WP_PLATFORM_NAMES];
    wp_memory *memory; /* env.memory */
    wp_table *table;   /* env.__indirect_function_table */
    wp_slots slots;
    wp_dictionary dictionary;
    wp_library **libraries; /* in load order, which is the order of their handles */
    size_t nlibraries, libraries_capacity;
    uint32_t next_id; /* 0: all handles are used up */
    wp_index libraries_by_uri;
    wp_index symbols; /* by name, in load order */
    bool code_ended;  /* the last load failed because its code exhausted a limit or ended the program */
    bool is_loading;  /* a load is at a point where nothing may be loaded or unloaded */
    bool has_late;    /* there may be late libraries */
} wp_loader;

/* Owners of pages in the address space; the handles of libraries follow. */
enum { WP_OWNER_STACK = 1 };

/* A number as a value of the pointer type. */
static inline wp_value wp_pointer_value(wp_valtype pointer, uint64_t number) {
    wp_value value = {.type = pointer};
    if (pointer == WP_T_I32)
        value.of.i32 = (uint32_t)number;
    else
        value.of.i64 = number;
    return value;
}

/* Opens the loader of a process whose memory is env.memory; `loader` is zeroed. Reserves the stack, and makes the table
 * and the globals of "env"; the functions of "process" are for the caller to provide. Must be closed even on failure.
 */
WP_MUST_CHECK wp_status wp_loader_open(wp_loader *loader, wp_store *store, wp_storage *storage, wp_memory *memory,
                                       const wp_process_desc *desc, wp_diag *diag);
/* Unloads everything. Instances stay with the store, so that handles remain valid. Harmless when closed. */
void wp_loader_close(wp_loader *loader);

/* Open a library. Statuses are those of wp_process_load. */
WP_MUST_CHECK wp_status wp_loader_load(wp_loader *loader, wp_module *module, wp_library **out, wp_diag *diag);
WP_MUST_CHECK wp_status wp_loader_load_name(wp_loader *loader, wp_bytes name, wp_opener opener, wp_library **out,
                                            wp_diag *diag);

/* WP_REFUSED: the opener has no load of the library left, or a load is at a point where nothing may be changed. */
WP_MUST_CHECK wp_status wp_loader_unload(wp_library *library, wp_opener opener, wp_diag *diag);
/* Unloads all libraries that are not kept, but makes those late whose code is running. */
void wp_loader_release(wp_loader *loader);
/* Unloads late libraries if the outermost call into the process has returned. */
void wp_loader_end_call(wp_loader *loader);

/* The value of GOT.mem or GOT.func for an export (rule load.got). */
WP_MUST_CHECK wp_status wp_loader_symbol(wp_library *library, wp_bytes name, uint64_t *out, wp_diag *diag);

#endif
