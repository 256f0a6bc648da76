/* bytes.h: bytes that someone else owns. */
#ifndef WP_BYTES_H
#define WP_BYTES_H

#include "wasmproc.h"

typedef struct wp_bytes {
    const uint8_t *data;
    size_t size;
} wp_bytes;

#endif
