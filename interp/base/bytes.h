/* bytes.h: a run of bytes that another object owns: names, sections, segments. */
#ifndef WP_BYTES_H
#define WP_BYTES_H

#include "wasmproc.h"

#include <string.h>

typedef struct wp_bytes {
    const uint8_t *data; /* may be NULL when size is 0 */
    size_t size;
} wp_bytes;

static inline bool wp_bytes_equal(wp_bytes a, wp_bytes b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* The bytes of a C string, without its NUL. */
static inline wp_bytes wp_bytes_of(const char *text) {
    return (wp_bytes){(const uint8_t *)text, strlen(text)};
}

/* Bytes as the arguments of a conversion "%.*s". */
#define WP_PRINT_BYTES(bytes) (int)(bytes).size, (const char *)(bytes).data

#endif
