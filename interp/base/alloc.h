/* alloc.h: blocks of memory from the embedder's allocator.
 *
 * Interface:
 * - wp_alloc, wp_resize, wp_free: single blocks. The caller passes sizes as count and element size, also to free.
 * - wp_os_resize, wp_os_free, wp_os_expect_use: large zeroed blocks.
 * - wp_grow: room for one more element in a growing array.
 * - wp_libc_allocator: the allocator of an embedder that names none.
 */
#ifndef WP_ALLOC_H
#define WP_ALLOC_H

#include "base/diag.h"

/* The C library's allocator. */
extern const wp_allocator wp_libc_allocator;

/* Allocates count * size bytes, zeroed. NULL: out of memory, or the product overflows. */
void *wp_alloc(const wp_allocator *allocator, size_t count, size_t size);
/* Resizes to new_count * size bytes; new bytes are not initialised. NULL: the old block is as it was. */
void *wp_resize(const wp_allocator *allocator, void *block, size_t old_count, size_t new_count, size_t size);
/* Frees count * size bytes. NULL is allowed. */
void wp_free(const wp_allocator *allocator, void *block, size_t count, size_t size);

/* Makes room for one more element (count < *capacity afterwards), doubling. False: out of memory, nothing changed. */
WP_MUST_CHECK bool wp_grow(const wp_allocator *allocator, void **array, size_t count, size_t *capacity, size_t size);

/* *out = count * size. False: the product overflows. */
WP_MUST_CHECK bool wp_product(size_t count, size_t size, size_t *out);

/* ---- Large blocks (os_memory.c) -------------------------------------------------------------------------------- */

/* Zeroed, for plain memories; process/storage/native.c maps process memory. With the C library's allocator, blocks come
 * straight from the operating system, which commits pages on first touch; growing moves page tables, not bytes. With a
 * caller's own allocator everything goes through it. */

/* Resizes a block, NULL with old_size 0 for a new one. New bytes are zero. NULL: out of memory, the old block is as
 * it was. new_size > old_size. */
uint8_t *wp_os_resize(const wp_allocator *allocator, uint8_t *block, size_t old_size, size_t new_size);
/* Frees a block; NULL is allowed. */
void wp_os_free(const wp_allocator *allocator, uint8_t *block, size_t size);
/* Tells the operating system that a large block of the C library's allocator will be written from end to end, so that
 * it may back it with large pages: one page fault for 2 MiB instead of 512. Only speed depends on it. */
void wp_os_expect_use(const wp_allocator *allocator, void *block, size_t size);

#endif
