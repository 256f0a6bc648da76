/* storage.h: the pages of a process: an address space and its backing, which change together or not at all.
 *
 * Interface:
 * - wp_storage_open, wp_storage_close; wp_storage_attach for the memory through which programs reach the pages.
 * - wp_storage_map, wp_storage_unmap, wp_storage_discard: for mmap, munmap and discard.
 * - wp_storage_reserve, wp_storage_release: for the loader and the stack.
 * - Below them: the two backings, sparse.c and native.c, for storage.c and, as wp_backing, for memory.c.
 *
 * Results are those of space.h; SPACE_NO_MEMORY also stands for a refusal of the host.
 */
#ifndef WP_STORAGE_H
#define WP_STORAGE_H

#include "core/run/memory.h"
#include "process/space/space.h"

typedef struct wp_sparse wp_sparse;
typedef struct wp_native wp_native;

typedef struct wp_storage {
    space *space; /* NULL once closed */
    /* rule: process.limit */
    uint64_t limit, accessible; /* the most pages that may be accessible; those that are */
    wp_backend backend;
    wp_sparse *sparse; /* NULL unless in use, as `native`: exactly one of the two is set */
    wp_native *native;
} wp_storage;

/* Bytes to pages, rounded up, without overflow. */
static inline uint64_t wp_pages_up(uint64_t bytes) {
    return bytes / WP_PAGE_SIZE + (bytes % WP_PAGE_SIZE != 0 ? 1 : 0);
}

/* The address space that a process is described with, all of it free. `exhausted` as in wp_sparse_new. Must be closed
 * even on failure. WP_REFUSED: the host can't reserve the addresses. */
WP_MUST_CHECK wp_status wp_storage_open(wp_storage *storage, wp_engine *engine, const wp_process_desc *desc,
                                        void (*exhausted)(void *ctx), void *ctx, wp_diag *diag);
/* Frees all of it. Harmless when closed. */
void wp_storage_close(wp_storage *storage);
/* Connects a memory whose size is the extent. */
void wp_storage_attach(const wp_storage *storage, wp_memory *memory);

WP_MUST_CHECK space_result wp_storage_map(wp_storage *storage, uint64_t hint, uint64_t pages, uint64_t *first);
WP_MUST_CHECK space_result wp_storage_unmap(wp_storage *storage, uint64_t first, uint64_t pages);
/* Makes the bytes of accessible pages zero, and frees their storage. */
void wp_storage_discard(wp_storage *storage, uint64_t first, uint64_t pages);
/* Reserves `guards` guard pages and `pages` pages above them; *first is the first of all. */
WP_MUST_CHECK space_result wp_storage_reserve(wp_storage *storage, uint64_t guards, uint64_t pages, unsigned align,
                                              uint32_t owner, uint64_t *first);
/* Frees a whole reservation. Pages that the host can't decommit stay reserved, so that a later mapping does not find
 * their bytes. */
void wp_storage_release(wp_storage *storage, uint64_t first, uint64_t pages, uint32_t owner);

/* ---- The sparse backing (sparse.c): pages get storage when they are first written ------------------------------- */

/* The address space (space.h) decides which pages are accessible. Access to a recent page costs a few instructions; any
 * other takes time logarithmic in the extent and in the number of ranges. */
extern const wp_backing wp_sparse_backing;

/* A backing without storage. `exhausted` is called with ctx when storage is exhausted (rule mmap.lazy): the host is out
 * of memory, or the limit sparse_pages is reached. All storage has been freed by then. NULL: out of memory. */
wp_sparse *wp_sparse_new(wp_engine *engine, const space *s, void (*exhausted)(void *ctx), void *ctx);
/* NULL is allowed. */
void wp_sparse_delete(wp_sparse *sparse);
/* Frees the storage of pages [first, first + count): they read as zero as soon as they are accessible. Takes time in
 * proportion to the pages that have storage, not to count. */
void wp_sparse_decommit(wp_sparse *sparse, uint64_t first, uint64_t count);

/* ---- The native backing (native.c): a range of host addresses, reserved whole at creation ----------------------- */

/* The base never moves, so an access is one bounds check and one host instruction. The host protects inaccessible
 * pages: touching one is a fault, which fault.h turns into a trap. It provides storage on first touch and frees it when
 * pages are decommitted; the range stays reserved until the process ends. */
extern const wp_backing wp_native_backing;

/* Reserves a range for all pages of the space, all inaccessible. NULL: the host refuses. */
wp_native *wp_native_new(wp_engine *engine, const space *s);
/* Frees the range. NULL is allowed. */
void wp_native_delete(wp_native *native);
/* The host address of address 0. */
uint8_t *wp_native_base(const wp_native *native);
/* Makes pages accessible; newly accessible ones read as zero. False: the host refuses, and nothing has changed. */
bool wp_native_commit(wp_native *native, uint64_t first, uint64_t count);
/* Makes pages inaccessible and frees their storage. False: the host refuses, and nothing has changed. */
bool wp_native_decommit(wp_native *native, uint64_t first, uint64_t count);
/* Frees the storage of accessible pages, which read as zero then. The host keeps the storage of those that are locked
 * in memory. */
void wp_native_discard(wp_native *native, uint64_t first, uint64_t count);

#endif
