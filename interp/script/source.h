/* source.h: reading files whole. */
#ifndef WP_SCRIPT_SOURCE_H
#define WP_SCRIPT_SOURCE_H

#include "wasmproc.h"

/* A file's contents. */
typedef struct script_source {
    uint8_t *bytes; /* a NUL follows them */
    size_t size, capacity;
    wp_allocator allocator;
} script_source;

/* Reads a file, or standard input for "-". allocator NULL: the C library's. Returns 0, or an error number and
 * nothing to free; EFBIG: more than 2^30 bytes. Reading stops there, whatever size the file claims. */
int script_source_read(const char *path, const wp_allocator *allocator, script_source *out);
void script_source_free(script_source *source);

#endif
