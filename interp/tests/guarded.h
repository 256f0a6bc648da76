/* guarded.h: blocks for failing.h that end before an inaccessible page, so that an access beyond a block ends the
 * program (unless it is within the up to 15 bytes of padding). Each block has its own pages.
 *
 *     failing f = {.source = guarded_block};
 */
#ifndef WP_GUARDED_H
#define WP_GUARDED_H

#include "failing.h"

#include <sys/mman.h>
#include <unistd.h>

/* The bytes of a block with its header; the bytes of its pages with the inaccessible one. */
static inline size_t guarded_room(size_t size) {
    return FAILING_HEADER + (size + FAILING_HEADER - 1) / FAILING_HEADER * FAILING_HEADER;
}

static inline size_t guarded_span(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (guarded_room(size) + page - 1) / page * page + page;
}

/* Like realloc, or free if new_size is 0; sizes do not include the header. */
static inline void *guarded_block(void *start, size_t old_size, size_t new_size) {
    uint8_t *fresh = NULL;
    if (new_size != 0) {
        size_t span = guarded_span(new_size), page = (size_t)sysconf(_SC_PAGESIZE);
        uint8_t *first = mmap(NULL, span, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (first == MAP_FAILED || mprotect(first + span - page, page, PROT_NONE) != 0)
            return NULL;
        fresh = first + (span - page - guarded_room(new_size));
    }
    if (start != NULL) {
        if (fresh != NULL)
            memcpy(fresh, start, FAILING_HEADER + (old_size < new_size ? old_size : new_size));
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        munmap((void *)((uintptr_t)start / page * page), guarded_span(old_size));
    }
    return fresh;
}

#endif
