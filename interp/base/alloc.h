/* alloc.h: blocks of memory from the embedder's allocator.
 *
 * Interface:
 * - wp_alloc, wp_resize, wp_free: single blocks. The caller passes sizes as count and element size, also to free.
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

#endif
