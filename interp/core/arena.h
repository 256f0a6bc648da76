/* arena.h: memory from the caller's allocator.
 *
 * Interface:
 * - wp_alloc, wp_resize, wp_free: single blocks, with their sizes.
 * - wp_arena: many blocks that live and die together (a module, a script command).
 * - wp_grow: room for one more element in a growing array.
 *
 * Sizes of arrays are passed as count and element size, and the product is checked.
 */
#ifndef WP_ARENA_H
#define WP_ARENA_H

#include "diag.h"

/* Allocates count * size bytes, zeroed. NULL when memory is short or the product overflows. */
void *wp_alloc(const wp_allocator *allocator, size_t count, size_t size);
/* Resizes to new_count * size bytes; new bytes are not initialised. NULL: the old block is as it was. */
void *wp_resize(const wp_allocator *allocator, void *block, size_t old_count, size_t new_count, size_t size);
/* Frees count * size bytes. NULL is allowed. */
void wp_free(const wp_allocator *allocator, void *block, size_t count, size_t size);
/* The C library's allocator. */
extern const wp_allocator wp_libc_allocator;

/* Makes room for one more element (count < *capacity afterwards), doubling. False: memory is short, nothing changed. */
WP_MUST_CHECK bool wp_grow(const wp_allocator *allocator, void **array, size_t count, size_t *capacity, size_t size);

typedef struct wp_arena_chunk wp_arena_chunk;

typedef struct wp_arena {
    const wp_allocator *allocator;
    wp_arena_chunk *chunks; /* newest first */
    uint8_t *next;          /* first free byte of the newest chunk */
    uint8_t *end;
} wp_arena;

void wp_arena_init(wp_arena *arena, const wp_allocator *allocator);
/* Frees everything allocated from it. */
void wp_arena_release(wp_arena *arena);
/* Allocates count * size bytes, zeroed, 16-byte aligned. NULL when memory is short. count * size may be 0: not NULL. */
void *wp_arena_alloc(wp_arena *arena, size_t count, size_t size);
/* The same, not zeroed. */
void *wp_arena_alloc_raw(wp_arena *arena, size_t count, size_t size);
/* Gives back the tail of the newest allocation: `block` of old_size bytes shrinks to new_size. Does nothing when
 * another allocation came after. */
void wp_arena_shrink(wp_arena *arena, void *block, size_t old_size, size_t new_size);
/* Copies bytes into the arena. NULL when memory is short. */
void *wp_arena_copy(wp_arena *arena, const void *bytes, size_t size);

#endif
