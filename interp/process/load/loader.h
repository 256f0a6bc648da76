/* loader.h: loading and unloading, for the platform API (process model, section 5).
 *
 * Interface:
 * - wp_loader_load, wp_loader_library: load a module, or the library of a name.
 * - wp_loader_unload: take back a load; wp_loader_sweep: unload what nothing needs.
 */
#ifndef WP_LOADER_H
#define WP_LOADER_H

#include "process/load/library.h"

/* The process has not ended. Statuses are those of wp_process_load. */
WP_MUST_CHECK wp_status wp_loader_load(wp_process *process, wp_module *module, wp_library **out, wp_diag *diag);
WP_MUST_CHECK wp_status wp_loader_library(wp_process *process, wp_bytes name, wp_library **out, wp_diag *diag);
/* WP_REFUSED: it is still needed, or a load is at a point where nothing may be changed. */
WP_MUST_CHECK wp_status wp_loader_unload(wp_library *library, wp_diag *diag);

/* gather.c. What the library of a dictionary entry is: *out is it when it is loaded, else it is fetched, decoded and
 * added. WP_UNLOADABLE "unresolved library", "integrity mismatch", or what is wrong with its bytes. */
WP_MUST_CHECK wp_status wp_gather_library(wp_process *process, wp_bytes name, wp_library **out, wp_diag *diag);
/* Refuses what no process can hold (rule load.no-memory), and reads its dylink.0 section. */
WP_MUST_CHECK wp_status wp_gather_shape(wp_library *library, wp_diag *diag);

/* unload.c. Unloads all that no load holds, directly or through others, but nothing that is running. */
void wp_loader_sweep(wp_process *process);
/* Takes away what a library has: slots, pages, symbols. What code may still refer to stays with the store. */
void wp_loader_release(wp_library *library);

#endif
