/* leb128.h: integers in LEB128 (specification, "Binary Format: Values", Integers). */
#ifndef WP_LEB128_H
#define WP_LEB128_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that the longest encoding of a 64-bit integer takes. */
enum { WP_LEB128_MAX = 10 };

typedef enum wp_leb128_result {
    WP_LEB128_OK,
    WP_LEB128_END,   /* the bytes end within the integer; *next is the end */
    WP_LEB128_LARGE, /* the integer needs more than `bits` bits; *next is the byte that shows it */
    WP_LEB128_LONG   /* the encoding is longer than `bits` bits need; *next is behind its last byte */
} wp_leb128_result;

/* Reads an integer of at most `bits` bits (1 to 64) at *next, which moves behind it. *out, in two's complement if it is
 * signed, is set on WP_LEB128_OK only. */
wp_leb128_result wp_leb128_read(const uint8_t **next, const uint8_t *end, unsigned bits, bool is_signed, uint64_t *out);

/* Writes the shortest encoding. Returns its length in bytes, 1 to WP_LEB128_MAX. */
size_t wp_leb128_put_unsigned(uint8_t out[WP_LEB128_MAX], uint64_t value);
/* The same for a signed integer in two's complement. */
size_t wp_leb128_put_signed(uint8_t out[WP_LEB128_MAX], uint64_t value);

#endif
