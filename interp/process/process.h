/* process.h: a process from the inside (process model, label process-record).
 *
 * - process.c: creation and end, and the process's hooks in its store.
 * - mmap.c: mmap, munmap and discard, in bytes.
 * - host_functions.c: the functions that modules import from "process".
 * - embedding.c: functions of wasmproc.h.
 * - storage/ holds the pages, space/ their states, load/ the loader.
 *
 * Calls go through the store, which knows whether the process has ended: then it is closed. Its objects stay until the
 * handle is deleted, so that handles which the embedder still has are refused instead of crashing.
 */
#ifndef WP_PROCESS_H
#define WP_PROCESS_H

#include "process/load/loader.h"

struct wp_process {
    wp_engine *engine;
    wp_process_desc desc;
    wp_store *store;
    wp_memory *memory; /* env.memory, owned by the store; NULL before it is made */
    wp_storage storage;
    wp_loader loader;
    /* The text of the last load by a module that failed: UTF-8, NUL-terminated (rule dl.error). Empty: none has. */
    char error[sizeof((wp_diag *)0)->message];
};

/* process.c. Begins an operation. WP_REFUSED: the process has ended; if it did so while its code ran, releases it now.
 */
WP_MUST_CHECK wp_status wp_process_enter(wp_process *process, wp_diag *diag);

/* mmap.c. Any 64-bit hint, address and length. */
uint64_t wp_platform_mmap(wp_process *process, uint64_t hint, uint64_t length);
bool wp_platform_munmap(wp_process *process, uint64_t address, uint64_t length);
bool wp_platform_discard(wp_process *process, uint64_t address, uint64_t length);

/* host_functions.c. Provides the functions of "process" to modules. */
WP_MUST_CHECK wp_status wp_process_make_functions(wp_process *process, wp_diag *diag);

#endif
