/* arena.h: arenas: many blocks that live and die together (a module, an instance, a script command).
 *
 * Interface: wp_arena_init, wp_arena_release, wp_arena_clear; wp_arena_alloc, wp_arena_alloc_raw, wp_arena_copy,
 * wp_arena_text, wp_arena_shrink, wp_arena_grow.
 */
#ifndef WP_ARENA_H
#define WP_ARENA_H

#include "base/alloc.h"

typedef struct wp_arena_chunk wp_arena_chunk;

typedef struct wp_arena {
    const wp_allocator *allocator;
    wp_arena_chunk *chunks; /* newest first */
    uint8_t *next;          /* first free byte of the newest chunk */
    uint8_t *end;
} wp_arena;

/* The allocator must outlive the arena; NULL: the C library's. */
void wp_arena_init(wp_arena *arena, const wp_allocator *allocator);
/* Frees everything allocated from it. */
void wp_arena_release(wp_arena *arena);
/* The same, but keeps the newest chunk for the blocks to come. */
void wp_arena_clear(wp_arena *arena);
/* Allocates count * size bytes, zeroed, 16-byte aligned. NULL when out of memory. count * size may be 0: not NULL. */
void *wp_arena_alloc(wp_arena *arena, size_t count, size_t size);
/* The same, not zeroed. */
void *wp_arena_alloc_raw(wp_arena *arena, size_t count, size_t size);
/* Frees the tail of the newest allocation: `block` of old_size bytes shrinks to new_size. Does nothing when
 * another allocation came after. */
void wp_arena_shrink(wp_arena *arena, void *block, size_t old_size, size_t new_size);
/* Copies bytes into the arena. NULL when out of memory. */
void *wp_arena_copy(wp_arena *arena, const void *bytes, size_t size);
/* The same, with a NUL behind them. */
char *wp_arena_text(wp_arena *arena, const void *bytes, size_t size);
/* Makes room for one more element in an array that lives in the arena (count < *capacity afterwards), doubling; the old
 * array stays in the arena unused. False: out of memory, nothing changed. */
WP_MUST_CHECK bool wp_arena_grow(wp_arena *arena, void **array, size_t count, size_t *capacity, size_t size);

#endif
