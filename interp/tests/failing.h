/* failing.h: an allocator that counts, checks the sizes of freed blocks, and fails on demand.
 *
 *     failing f = {0};
 *     wp_allocator a = failing_allocator(&f);
 *     ...
 *     tap_ok(t, failing_freed(&f), "all memory is freed");
 *
 * failing_start(&f, k) makes the k-th allocation from now on fail, and all after it until failing_stop; with f.once
 * set, only that one, so that a later failure does not hide that the first was ignored.
 */
#ifndef WP_FAILING_H
#define WP_FAILING_H

#include "wasmproc.h"

#include "tap.h"

typedef struct failing {
    size_t live;  /* bytes allocated now */
    size_t pages; /* blocks of WP_PAGE_SIZE bytes among them */
    size_t peak;  /* the largest value of live */
    size_t calls;
    size_t fail_at;  /* 0: never */
    bool once;       /* only that one */
    size_t mistakes; /* blocks resized or freed with a wrong size */
    /* Allocates, resizes and frees blocks with their headers; null: the C library. See guarded.h. */
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
        f->pages -= known == WP_PAGE_SIZE;
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
    f->pages += (new_size == WP_PAGE_SIZE) - (size_t)(known == WP_PAGE_SIZE);
    f->peak = f->live > f->peak ? f->live : f->peak;
    return start + FAILING_HEADER;
}

static inline wp_allocator failing_allocator(failing *f) {
    return (wp_allocator){failing_resize, f};
}

static inline void failing_start(failing *f, size_t k) {
    f->calls = 0;
    f->fail_at = k;
}

static inline void failing_stop(failing *f) {
    f->fail_at = 0;
}

/* A condition: every block was freed, and with its size. */
static inline bool failing_freed(const failing *f) {
    return EQ(f->live, 0) && EQ(f->mistakes, 0);
}

#endif
