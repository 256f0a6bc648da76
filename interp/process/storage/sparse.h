/* sparse.h: the sparse backing: pages get storage when they are first written.
 *
 * Interface:
 * - wp_sparse_new, wp_sparse_delete.
 * - wp_sparse_backing, with a wp_sparse as its context, for memory.h.
 * - wp_sparse_decommit: whenever pages become inaccessible.
 *
 * The address space (space.h) decides which pages are accessible. Access to a recent page costs a few instructions; any
 * other takes time logarithmic in the extent and in the number of ranges.
 */
#ifndef WP_SPARSE_H
#define WP_SPARSE_H

#include "core/run/memory.h"
#include "process/space/space.h"

typedef struct wp_sparse wp_sparse;

extern const wp_backing wp_sparse_backing;

/* A backing without storage. `exhausted` is called with ctx when storage is exhausted (rule mmap.lazy): the host is out
 * of memory, or the limit process_pages is reached. All storage has been freed by then. NULL: out of memory. */
wp_sparse *wp_sparse_new(wp_engine *engine, const space *s, void (*exhausted)(void *ctx), void *ctx);
/* NULL is allowed. */
void wp_sparse_delete(wp_sparse *sparse);
/* Frees the storage of pages [first, first + count): they read as zero when they become accessible again. Takes time in
 * proportion to the pages that have storage, not to count. */
void wp_sparse_decommit(wp_sparse *sparse, uint64_t first, uint64_t count);
/* Frees all storage forever: every later access is WP_TRAP_host_memory. */
void wp_sparse_end(wp_sparse *sparse);

#endif
