/* storage.h: the pages of a process: an address space and its backing, which change together or not at all.
 *
 * Interface:
 * - wp_storage_open, wp_storage_close; wp_storage_attach for the memory through which programs reach the pages.
 * - wp_storage_map, wp_storage_unmap: for mmap and munmap.
 * - wp_storage_reserve, wp_storage_guard, wp_storage_release: for the loader and the stack.
 *
 * Results are those of space.h; SPACE_NO_MEMORY also stands for a refusal of the host.
 */
#ifndef WP_STORAGE_H
#define WP_STORAGE_H

#include "process/storage/native.h"
#include "process/storage/sparse.h"

typedef struct wp_storage {
    space *space; /* NULL once closed */
    wp_backend backend;
    wp_sparse *sparse; /* of the two, the one in use */
    wp_native *native;
} wp_storage;

/* Bytes to pages, rounded up, without overflow. */
static inline uint64_t wp_pages_up(uint64_t bytes) {
    return bytes / WP_PAGE_SIZE + (bytes % WP_PAGE_SIZE != 0 ? 1 : 0);
}

/* The address space that a process is described with, all of it free. `exhausted` as in sparse.h. Must be closed even
 * on failure. WP_REFUSED: the host can't reserve the addresses. */
WP_MUST_CHECK wp_status wp_storage_open(wp_storage *storage, wp_engine *engine, const wp_process_desc *desc,
                                        void (*exhausted)(void *ctx), void *ctx, wp_diag *diag);
/* Frees all of it. Harmless when closed. */
void wp_storage_close(wp_storage *storage);
/* Connects a memory whose size is the extent. */
void wp_storage_attach(const wp_storage *storage, wp_memory *memory);

WP_MUST_CHECK space_result wp_storage_map(wp_storage *storage, uint64_t hint, uint64_t pages, uint64_t *first);
WP_MUST_CHECK space_result wp_storage_unmap(wp_storage *storage, uint64_t first, uint64_t pages);
WP_MUST_CHECK space_result wp_storage_reserve(wp_storage *storage, uint64_t pages, unsigned align, uint32_t owner,
                                              uint64_t *first);
/* Makes reserved pages inaccessible. */
WP_MUST_CHECK space_result wp_storage_guard(wp_storage *storage, uint64_t first, uint64_t pages, uint32_t owner);
/* Frees a whole reservation. Pages that the host can't decommit stay reserved, so that a later mapping does not find
 * their bytes. */
void wp_storage_release(wp_storage *storage, uint64_t first, uint64_t pages, uint32_t owner);

#endif
