/* process.h: a process from the inside (process model, section 2).
 *
 * - process.c: creation and end.
 * - platform.c: mmap and munmap, and what the embedder may do with process memory.
 * - dictionary.c: what names of libraries mean.
 * - gather.c, loader.c, unload.c: loading and unloading; library.c, resolve.c, slots.c, relative.c help.
 * - dynamic.c: the loader for modules and for the embedder.
 *
 * The store decides whether a process has ended (wp_store.ended), since calls go through it. Its objects stay until the
 * handle is deleted, so that what the embedder still holds can be refused instead of crashing.
 */
#ifndef WP_PROCESS_H
#define WP_PROCESS_H

#include "core/run/store.h"
#include "process/load/dictionary.h"
#include "process/space/space.h"
#include "process/storage/storage.h"

typedef struct wp_library wp_library;

struct wp_process {
    wp_engine *engine;
    wp_process_desc desc;
    space *space; /* NULL once ended */
    wp_storage storage;
    wp_store *store;
    /* What the platform gives to modules, owned by the store: */
    wp_memory *memory;        /* env.memory */
    wp_table *table;          /* env.__indirect_function_table */
    wp_global *stack_pointer; /* env.__stack_pointer */
    wp_global *no_base;       /* has the type of env.__memory_base and env.__table_base */
    wp_global *no_base32;     /* has that of env.__table_base32; NULL: there is none in this process */
    wp_func *mmap, *munmap, *load, *symbol, *unload, *exit;
    /* The loader's: */
    wp_dictionary dictionary;
    wp_library **libraries; /* in load order, which is the order of their handles */
    size_t nlibraries, libraries_capacity;
    uint32_t next_id; /* 0: there is no handle left */
    wp_index libraries_by_uri, libraries_by_instance;
    wp_index symbols;               /* first definitions, by name */
    space *slots;                   /* of the table; see slots.h. NULL once ended */
    uint64_t known_slots;           /* how many of the table's are known to be in use or free */
    wp_index func_slots;            /* by the function's address */
    struct wp_func_slot *platform_slots; /* of functions that no library defines */
    bool code_ended;                /* the last load failed because its code ran out of something, or ended the program */
    bool is_loading;                /* a load is at a point where nothing may be loaded or unloaded */
};

/* The owner of the stack's pages in the address space; libraries' handles follow. */
enum { WP_OWNER_STACK = 1 };

/* Bytes to pages, rounded up, without overflow. */
static inline uint64_t wp_pages_up(uint64_t bytes) {
    return bytes / WP_PAGE_SIZE + (bytes % WP_PAGE_SIZE != 0 ? 1 : 0);
}

/* process.c. WP_REFUSED "process has ended", or WP_OK. */
WP_MUST_CHECK wp_status wp_process_check(wp_process *process, wp_diag *diag);

/* platform.c. Section 3, with any 64-bit hint or address. */
uint64_t wp_platform_mmap(wp_process *process, uint64_t hint, uint64_t length);
bool wp_platform_munmap(wp_process *process, uint64_t address, uint64_t length);
/* Makes the host functions process.mmap and process.munmap. */
WP_MUST_CHECK wp_status wp_platform_init(wp_process *process, wp_diag *diag);
/* A pointer argument of a host function, zero-extended. */
uint64_t wp_pointer_arg(const wp_value *arg);
/* Makes a result that is a pointer. */
void wp_pointer_result(wp_value *result, uint64_t pointer);

/* dynamic.c. Makes the host functions process.load, process.symbol, process.unload, process.exit. */
WP_MUST_CHECK wp_status wp_dynamic_init(wp_process *process, wp_diag *diag);
/* The loader's part of a process: wp_dynamic_open before anything can fail, wp_dynamic_close when it ends. */
void wp_dynamic_open(wp_process *process);
void wp_dynamic_close(wp_process *process);

#endif
