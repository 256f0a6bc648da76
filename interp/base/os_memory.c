/* os_memory.c: large blocks; see alloc.h. */
#if defined(__linux__)
#define _GNU_SOURCE
#include <sys/mman.h>
#endif

#include "base/alloc.h"

#include <string.h>

#if defined(__linux__)
static uint8_t *map_resize(uint8_t *block, size_t old_size, size_t new_size) {
    void *mapped =
        block == NULL ? mmap(NULL, new_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                      : mremap(block, old_size, new_size, MREMAP_MAYMOVE);
    return mapped == MAP_FAILED ? NULL : mapped;
}

static bool is_mapped(const wp_allocator *allocator) {
    return allocator->resize == wp_libc_allocator.resize;
}
#endif

uint8_t *wp_os_resize(const wp_allocator *allocator, uint8_t *block, size_t old_size, size_t new_size) {
#if defined(__linux__)
    if (is_mapped(allocator))
        return map_resize(block, old_size, new_size);
#endif
    uint8_t *resized = wp_resize(allocator, block, old_size, new_size, 1);
    if (resized != NULL)
        memset(resized + old_size, 0, new_size - old_size);
    return resized;
}

void wp_os_free(const wp_allocator *allocator, uint8_t *block, size_t size) {
#if defined(__linux__)
    if (block != NULL && is_mapped(allocator)) {
        munmap(block, size);
        return;
    }
#endif
    wp_free(allocator, block, size, 1);
}

void wp_os_expect_use(const wp_allocator *allocator, void *block, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t huge = (uintptr_t)1 << 21;
    uintptr_t start = ((uintptr_t)block + huge - 1) & ~(huge - 1), end = ((uintptr_t)block + size) & ~(huge - 1);
    if (is_mapped(allocator) && start < end)
        (void)madvise((uint8_t *)block + (start - (uintptr_t)block), end - start, MADV_HUGEPAGE);
#else
    (void)allocator;
    (void)block;
    (void)size;
#endif
}
