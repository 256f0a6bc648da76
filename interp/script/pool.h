/* pool.h: memory that is given back all at once: for one command, or for one run.
 *
 * Interface:
 * - script_pool_init, script_pool_alloc, script_pool_release: blocks are zeroed and aligned for any scalar type.
 * - script_pool_clear: forget the blocks and begin again.
 * - script_pool_grow: a list in a pool; script_grow, script_grown_free: an array outside of any. Both double as they
 *   grow.
 */
#ifndef WP_SCRIPT_POOL_H
#define WP_SCRIPT_POOL_H

#include "wasmproc.h"

/* The C library's allocator, for a caller that gives none. Constant. */
extern const wp_allocator script_libc_allocator;

typedef struct script_pool_chunk script_pool_chunk;

typedef struct script_pool {
    wp_allocator allocator;
    script_pool_chunk *chunks; /* the newest first */
} script_pool;

/* allocator NULL: the C library's. */
void script_pool_init(script_pool *pool, const wp_allocator *allocator);
/* NULL: memory is short. */
void *script_pool_alloc(script_pool *pool, size_t count, size_t size);
/* Forgets all blocks, but keeps one chunk of memory. */
void script_pool_clear(script_pool *pool);
/* Gives everything back. */
void script_pool_release(script_pool *pool);
/* A NUL-terminated copy. NULL: memory is short. */
char *script_pool_copy(script_pool *pool, const char *text, size_t size);

/* Makes room for one more item in a list that lives in the pool; *list may move. False: memory is short. */
bool script_pool_grow(script_pool *pool, void **list, size_t count, size_t *capacity, size_t size);

/* Makes room for one more item in an array that doubles as it grows. False: memory is short, nothing has changed. */
bool script_grow(const wp_allocator *allocator, void **array, size_t count, size_t *capacity, size_t size);
/* Frees such an array. */
void script_grown_free(const wp_allocator *allocator, void *array, size_t capacity, size_t size);

#endif
