/* os_memory.h: large zeroed blocks from the host, for plain memories. process/storage/native.c maps process memory.
 *
 * With the C library's allocator, blocks come straight from the operating system, which commits pages on first touch;
 * growing moves page tables, not bytes. With a caller's own allocator everything goes through it.
 */
#ifndef WP_OS_MEMORY_H
#define WP_OS_MEMORY_H

#include "base/alloc.h"

/* Resizes a block, NULL with old_size 0 for a new one. New bytes are zero. NULL: out of memory, the old block is as
 * it was. new_size > old_size. */
uint8_t *wp_os_resize(const wp_allocator *allocator, uint8_t *block, size_t old_size, size_t new_size);
/* Frees a block; NULL is allowed. */
void wp_os_free(const wp_allocator *allocator, uint8_t *block, size_t size);
/* Tells the operating system that a large block of the C library's allocator will be written from end to end, so that
 * it may back it with large pages: one page fault for 2 MiB instead of 512. Only speed depends on it. */
void wp_os_expect_use(const wp_allocator *allocator, void *block, size_t size);

#endif
