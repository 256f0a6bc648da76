/* pool.c: memory that is given back all at once; see pool.h. */
#include "script/pool.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16, CHUNK = 4096 };

struct script_pool_chunk {
    script_pool_chunk *older;
    size_t size; /* of the whole chunk, this header included */
    size_t used;
};

static void *libc_resize(void *ctx, void *block, size_t old_size, size_t new_size) {
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

const wp_allocator script_libc_allocator = {libc_resize, NULL};

static size_t round_up(size_t size) {
    return (size + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1);
}

void script_pool_init(script_pool *pool, const wp_allocator *allocator) {
    pool->allocator = allocator == NULL ? script_libc_allocator : *allocator;
    pool->chunks = NULL;
}

static script_pool_chunk *add_chunk(script_pool *pool, size_t bytes) {
    size_t header = round_up(sizeof(script_pool_chunk));
    size_t size = bytes + header > CHUNK ? bytes + header : CHUNK;
    script_pool_chunk *chunk = pool->allocator.resize(pool->allocator.ctx, NULL, 0, size);
    if (chunk == NULL)
        return NULL;
    *chunk = (script_pool_chunk){pool->chunks, size, header};
    pool->chunks = chunk;
    return chunk;
}

void *script_pool_alloc(script_pool *pool, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / 4 / size)
        return NULL;
    size_t bytes = round_up(count * size == 0 ? 1 : count * size);
    script_pool_chunk *chunk = pool->chunks;
    if (chunk == NULL || chunk->size - chunk->used < bytes)
        chunk = add_chunk(pool, bytes);
    if (chunk == NULL)
        return NULL;
    void *block = (uint8_t *)chunk + chunk->used;
    chunk->used += bytes;
    memset(block, 0, bytes);
    return block;
}

/* Frees all chunks, or all but the newest. */
static void free_chunks(script_pool *pool, bool keep_newest) {
    script_pool_chunk *newest = keep_newest ? pool->chunks : NULL;
    script_pool_chunk *chunk = newest == NULL ? pool->chunks : newest->older;
    while (chunk != NULL) {
        script_pool_chunk *older = chunk->older;
        pool->allocator.resize(pool->allocator.ctx, chunk, chunk->size, 0);
        chunk = older;
    }
    pool->chunks = newest;
}

void script_pool_clear(script_pool *pool) {
    free_chunks(pool, true);
    if (pool->chunks != NULL) {
        pool->chunks->older = NULL;
        pool->chunks->used = round_up(sizeof(script_pool_chunk));
    }
}

void script_pool_release(script_pool *pool) {
    free_chunks(pool, false);
}

char *script_pool_copy(script_pool *pool, const char *text, size_t size) {
    char *copy = script_pool_alloc(pool, size + 1, 1);
    if (copy != NULL && size != 0)
        memcpy(copy, text, size);
    return copy;
}

bool script_pool_grow(script_pool *pool, void **list, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity)
        return true;
    size_t wanted = *capacity == 0 ? 4 : *capacity * 2;
    void *larger = script_pool_alloc(pool, wanted, size);
    if (larger == NULL)
        return false;
    if (count != 0)
        memcpy(larger, *list, count * size);
    *list = larger;
    *capacity = wanted;
    return true;
}

bool script_grow(const wp_allocator *allocator, void **array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity)
        return true;
    size_t wanted = *capacity < 8 ? 16 : *capacity * 2;
    if (wanted > SIZE_MAX / 2 / size)
        return false;
    void *block = allocator->resize(allocator->ctx, *array, *capacity * size, wanted * size);
    if (block == NULL)
        return false;
    *array = block;
    *capacity = wanted;
    return true;
}

void script_grown_free(const wp_allocator *allocator, void *array, size_t capacity, size_t size) {
    if (array != NULL)
        allocator->resize(allocator->ctx, array, capacity * size, 0);
}
