/* output.h: bytes being written: a buffer that grows.
 *
 * Interface:
 * - wp_output_byte, wp_output_bytes, wp_output_insert: write. A failure is remembered in `failed`, and what is written
 *   afterwards is dropped, so that only the end needs to check.
 * - wp_output_finish: the bytes, for a caller that owns them; wp_output_free: without them.
 *
 * Initialise with the allocator, all else zero. Setting size to 0 starts over.
 */
#ifndef WP_OUTPUT_H
#define WP_OUTPUT_H

#include "base/alloc.h"
#include "base/bytes.h"

typedef struct wp_output {
    const wp_allocator *allocator;
    uint8_t *bytes;
    size_t size, capacity;
    bool failed; /* out of memory */
} wp_output;

/* Makes room for `more` bytes after the first `size`. */
bool wp_output_room(wp_output *o, size_t more);
void wp_output_bytes(wp_output *o, const void *bytes, size_t size);
/* Puts bytes at an offset; the bytes from there on move up. */
void wp_output_insert(wp_output *o, size_t offset, const void *bytes, size_t size);
/* Hands over the bytes in a block of exactly their size. False: out of memory, nothing is handed over. The output is
 * empty afterwards. */
WP_MUST_CHECK bool wp_output_finish(wp_output *o, uint8_t **bytes, size_t *size);
void wp_output_free(wp_output *o);

static inline void wp_output_byte(wp_output *o, uint32_t byte) {
    if (WP_LIKELY(o->size < o->capacity) || wp_output_room(o, 1))
        o->bytes[o->size++] = (uint8_t)byte;
}

#endif
