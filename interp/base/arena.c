/* arena.c: arenas; see arena.h. */
#include "base/arena.h"

#include <string.h>

/* In bytes. Tests also have chunks with room for one block each, so that every block is one that the allocator can
 * refuse. */
#ifndef ARENA_CHUNK_MIN
#define ARENA_CHUNK_MIN 4096
#endif
#ifndef ARENA_CHUNK_MAX
#define ARENA_CHUNK_MAX (1 << 25)
#endif

enum { ALIGNMENT = 16 };

struct wp_arena_chunk {
    wp_arena_chunk *older;
    size_t size; /* of the whole chunk, this header included */
};

static size_t round_up(size_t size) {
    return (size + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1);
}

void wp_arena_init(wp_arena *arena, const wp_allocator *allocator) {
    *arena = (wp_arena){allocator == NULL ? &wp_libc_allocator : allocator, NULL, NULL, NULL};
}

static void free_chunks(const wp_arena *arena, wp_arena_chunk *chunk) {
    while (chunk != NULL) {
        wp_arena_chunk *older = chunk->older;
        wp_free(arena->allocator, chunk, chunk->size, 1);
        chunk = older;
    }
}

void wp_arena_release(wp_arena *arena) {
    free_chunks(arena, arena->chunks);
    wp_arena_init(arena, arena->allocator);
}

void wp_arena_clear(wp_arena *arena) {
    wp_arena_chunk *newest = arena->chunks;
    if (newest == NULL)
        return;
    free_chunks(arena, newest->older);
    newest->older = NULL;
    arena->next = (uint8_t *)newest + round_up(sizeof *newest);
}

/* Adds a chunk with room for `size` bytes. Chunks double up to a bound, so that a small module stays small
 * and a large one does not ask the allocator often. */
static bool add_chunk(wp_arena *arena, size_t size) {
    size_t header = round_up(sizeof(wp_arena_chunk));
    size_t usual = arena->chunks == NULL ? ARENA_CHUNK_MIN : arena->chunks->size * 2;
    if (usual > ARENA_CHUNK_MAX)
        usual = ARENA_CHUNK_MAX;
    size_t wanted = size > usual - header ? size + header : usual;
    if (wanted < size)
        return false;
    wp_arena_chunk *chunk = wp_resize(arena->allocator, NULL, 0, wanted, 1);
    if (chunk == NULL)
        return false;
    wp_os_expect_use(arena->allocator, chunk, wanted);
    chunk->older = arena->chunks;
    chunk->size = wanted;
    arena->chunks = chunk;
    arena->next = (uint8_t *)chunk + header;
    arena->end = (uint8_t *)chunk + wanted;
    return true;
}

void *wp_arena_alloc_raw(wp_arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (!wp_product(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = round_up(bytes == 0 ? 1 : bytes);
    if (arena->next == NULL || (size_t)(arena->end - arena->next) < bytes)
        if (!add_chunk(arena, bytes))
            return NULL;
    void *block = arena->next;
    arena->next += bytes;
    return block;
}

void *wp_arena_alloc(wp_arena *arena, size_t count, size_t size) {
    void *block = wp_arena_alloc_raw(arena, count, size);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

void wp_arena_shrink(wp_arena *arena, void *block, size_t old_size, size_t new_size) {
    uint8_t *start = block;
    if (start + round_up(old_size == 0 ? 1 : old_size) == arena->next)
        arena->next = start + round_up(new_size == 0 ? 1 : new_size);
}

void *wp_arena_copy(wp_arena *arena, const void *bytes, size_t size) {
    void *block = wp_arena_alloc_raw(arena, size, 1);
    if (block != NULL && size != 0)
        memcpy(block, bytes, size);
    return block;
}

char *wp_arena_text(wp_arena *arena, const void *bytes, size_t size) {
    char *text = size == SIZE_MAX ? NULL : wp_arena_alloc_raw(arena, size + 1, 1);
    if (text == NULL)
        return NULL;
    if (size != 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

bool wp_arena_grow(wp_arena *arena, void **array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity)
        return true;
    size_t wanted = *capacity == 0 ? 4 : *capacity * 2;
    void *larger = wp_arena_alloc_raw(arena, wanted, size);
    if (larger == NULL)
        return false;
    if (count != 0)
        memcpy(larger, *array, count * size);
    *array = larger;
    *capacity = wanted;
    return true;
}
