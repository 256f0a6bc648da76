/* alloc.c: blocks from an allocator; see alloc.h. */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *ctx, void *block, size_t old_size, size_t new_size) {
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

const wp_allocator wp_libc_allocator = {libc_resize, NULL};

bool wp_product(size_t count, size_t size, size_t *out) {
    if (size != 0 && count > SIZE_MAX / size)
        return false;
    *out = count * size;
    return true;
}

void *wp_resize(const wp_allocator *allocator, void *block, size_t old_count, size_t new_count, size_t size) {
    size_t bytes;
    if (!wp_product(new_count, size, &bytes))
        return NULL;
    return allocator->resize(allocator->ctx, block, old_count * size, bytes == 0 ? 1 : bytes);
}

void *wp_alloc(const wp_allocator *allocator, size_t count, size_t size) {
    void *block = wp_resize(allocator, NULL, 0, count, size);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

void wp_free(const wp_allocator *allocator, void *block, size_t count, size_t size) {
    if (block != NULL)
        allocator->resize(allocator->ctx, block, count * size == 0 ? 1 : count * size, 0);
}

bool wp_grow(const wp_allocator *allocator, void **array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity)
        return true;
    size_t wanted = *capacity < 8 ? 16 : *capacity * 2;
    if (wanted < *capacity)
        return false;
    void *block = wp_resize(allocator, *array, *capacity, wanted, size);
    if (block == NULL)
        return false;
    *array = block;
    *capacity = wanted;
    return true;
}
