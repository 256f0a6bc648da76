/* sparse.h: the sparse backing: a process's memory as pages that get storage when they are first written.
 *
 * Interface:
 * - wp_sparse_backing with a wp_sparse as its context is what core/memory.h calls.
 * - wp_sparse_decommit: whoever takes pages away from the program says so here.
 *
 * Which pages are accessible is for the address space (space.h) to say. An access to a page that was used lately costs
 * a few instructions; otherwise time is logarithmic in the extent and in the number of ranges.
 */
#ifndef WP_SPARSE_H
#define WP_SPARSE_H

#include "core/run/memory.h"
#include "process/space/space.h"

typedef struct wp_sparse wp_sparse;

extern const wp_backing wp_sparse_backing;

/* A backing without any storage. `exhausted` is called with ctx when storage ran out (rule mmap.lazy): the host is out
 * of memory, or the limit process_pages is reached. All storage is gone by then. NULL: memory is short. */
wp_sparse *wp_sparse_new(wp_engine *engine, const space *s, void (*exhausted)(void *ctx), void *ctx);
/* NULL is allowed. */
void wp_sparse_delete(wp_sparse *sparse);
/* Frees the storage of pages [first, first + count), which are no longer what they were. Takes time in proportion to
 * the pages that have storage, not to count. They read as zero when they become accessible again. */
void wp_sparse_decommit(wp_sparse *sparse, uint64_t first, uint64_t count);
/* Frees all storage for good: every later access is WP_TRAP_host_memory. */
void wp_sparse_end(wp_sparse *sparse);

#endif
