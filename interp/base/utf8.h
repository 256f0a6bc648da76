/* utf8.h: UTF-8 (specification, "Binary Format: Values", Names). */
#ifndef WP_UTF8_H
#define WP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length in bytes, 1 to 4, of the well-formed character at the start of size > 0 bytes; 0 where it is malformed. */
size_t wp_utf8_length(const uint8_t *bytes, size_t size);
/* True when all the bytes are well-formed UTF-8. */
bool wp_utf8_valid(const uint8_t *bytes, size_t size);
/* Writes a code point, no surrogate and at most 0x10FFFF. Returns its length in bytes. */
size_t wp_utf8_put(uint8_t out[4], uint32_t code);

#endif
