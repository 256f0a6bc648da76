/* number.h: number literals (specification, "Text Format: Values", Integers and Floating-Point).
 *
 * Values are exact and rounded once, ties to even, in integer arithmetic: they depend on neither the host's floating
 * point nor its locale.
 */
#ifndef WP_NUMBER_H
#define WP_NUMBER_H

#include "text/lexer.h"

/* A floating-point format: significand bits with the implicit one, and the exponents of the last place of the least and
 * the largest numbers. */
typedef struct wp_float_format {
    int precision;
    int64_t least, most;
} wp_float_format;

extern const wp_float_format wp_f32_format, wp_f64_format;

/* The number of bits up to the highest one that is set. */
int wp_bit_length(uint64_t n);
/* The value of a hexadecimal digit. */
static inline unsigned wp_hex_value(char c) {
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

/* The kind of number that a word is, WP_LEX_NAT, WP_LEX_INT or WP_LEX_FLOAT; else WP_LEX_RESERVED. A byte that cannot
 * be part of a word follows it. */
wp_lex_kind wp_number_kind(const char *text, size_t size);

/* The functions below take literals that wp_number_kind recognises. False: out of range, or not an integer. */

/* uN: without sign. bits: 8, 32 or 64. */
bool wp_number_nat(const char *text, size_t size, unsigned bits, uint64_t *out);
/* iN: unsigned, or signed in two's complement. bits: 8, 16, 32 or 64. */
bool wp_number_int(const char *text, size_t size, unsigned bits, uint64_t *out);
/* fN as its IEEE 754 bits. bits: 32 or 64. */
bool wp_number_float(const char *text, size_t size, unsigned bits, uint64_t *out);
/* One or the other. */
static inline bool wp_number_value(const char *text, size_t size, bool is_float, unsigned bits, uint64_t *out) {
    return (is_float ? wp_number_float : wp_number_int)(text, size, bits, out);
}

#endif
