/* process.h: a process from the inside (process model, section 2).
 *
 * - process.c: creation and end.
 * - platform.c: mmap and munmap, and what the embedder may do with process memory.
 * - loader.c: loading modules; relative.h helps it.
 *
 * The store decides whether a process has ended (wp_store.ended), since calls go through it. Its objects stay until the
 * handle is deleted, so that what the embedder still holds can be refused instead of crashing.
 */
#ifndef WP_PROCESS_H
#define WP_PROCESS_H

#include "../core/store.h"
#include "space.h"
#include "storage.h"

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
    wp_global *no_base;       /* env.__memory_base and env.__table_base of modules that reserve nothing: 0 */
    wp_func *mmap, *munmap;
};

/* The owner of the stack's pages in the address space. */
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

#endif
