/* failing.h: an allocator for tests: it counts, checks the sizes that it is given back, and fails on demand.
 *
 * Use: failing f = {0}; wp_allocator a = failing_allocator(&f); wp_engine_new(&a) ...; at the end f.live must be 0 and
 * f.mistakes 0. fail_at k > 0: the k-th allocation from now on fails, and all after it; or, with `once`, it alone: then
 * what goes on without the block is not stopped by the next failure.
 */
#ifndef WP_FAILING_H
#define WP_FAILING_H

#include "wasmproc.h"

#include <stdlib.h>
#include <string.h>

typedef struct failing {
    size_t live; /* bytes allocated now */
    size_t peak; /* the most that live has been */
    size_t calls;
    size_t fail_at;  /* 0: never */
    bool once;       /* only that one */
    size_t mistakes; /* blocks given back with a size that they do not have */
    /* What gives blocks, takes them back and resizes them, with their headers; NULL: the C library. See guarded.h. */
    void *(*source)(void *start, size_t old_size, size_t new_size);
} failing;

/* Every block is preceded by its size. */
enum { FAILING_HEADER = 16 };

static inline void *failing_resize(void *ctx, void *block, size_t old_size, size_t new_size) {
    failing *f = ctx;
    uint8_t *start = block == NULL ? NULL : (uint8_t *)block - FAILING_HEADER;
    size_t known = 0;
    if (start != NULL)
        memcpy(&known, start, sizeof known);
    f->mistakes += known != old_size ? 1 : 0;
    if (new_size == 0) {
        f->live -= known;
        if (f->source != NULL)
            f->source(start, known, 0);
        else
            free(start);
        return NULL;
    }
    f->calls++;
    if (f->fail_at != 0 && (f->once ? f->calls == f->fail_at : f->calls >= f->fail_at))
        return NULL;
    start = f->source != NULL ? f->source(start, known, new_size) : realloc(start, new_size + FAILING_HEADER);
    if (start == NULL)
        return NULL;
    memcpy(start, &new_size, sizeof new_size);
    f->live += new_size - known;
    f->peak = f->live > f->peak ? f->live : f->peak;
    return start + FAILING_HEADER;
}

static inline wp_allocator failing_allocator(failing *f) {
    return (wp_allocator){failing_resize, f};
}

#endif
