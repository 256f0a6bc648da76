/* decimal.h: non-negative numbers in decimal, wide enough to hold every double exactly.
 *
 * To print a double, its mantissa is scaled by a power of two and read off digit by digit. To read one, its digits are
 * scaled by a power of two until the whole part has 64 bits. Both conversions are exact, hence correct to the last
 * digit, at the cost of a few microseconds per number.
 *
 * Digit n of a number has the weight 10^n: digit 0 is the last before the point, digit -1 the first after it.
 */
#ifndef LIBC_DECIMAL_H
#define LIBC_DECIMAL_H

#include "internal.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DECIMAL_BASE = 1000000000,
    DECIMAL_PER_LIMB = 9,   /* digits */
    DECIMAL_WHOLE = 36,     /* limbs before the point: the largest double has 309 digits */
    DECIMAL_FRACTION = 128, /* and after it: the smallest one has 1,074 */
    DECIMAL_LIMBS = DECIMAL_WHOLE + DECIMAL_FRACTION,
    DECIMAL_HIGHEST = DECIMAL_WHOLE * DECIMAL_PER_LIMB - 1, /* the highest digit, and the lowest */
    DECIMAL_LOWEST = -DECIMAL_FRACTION * DECIMAL_PER_LIMB,
    DECIMAL_NONE = DECIMAL_LOWEST - 1
};

typedef struct decimal {
    uint32_t limb[DECIMAL_LIMBS]; /* the most significant first; each below DECIMAL_BASE */
    bool more;                    /* the number exceeds the limbs by less than 1 in the last digit */
} decimal;

HIDDEN void decimal_set(decimal *d, uint64_t value);
/* Multiplies by 2^exponent. The product must have at most DECIMAL_HIGHEST + 1 digits before the point. */
HIDDEN void decimal_scale(decimal *d, int exponent);
/* The number of its first digit that is not 0; DECIMAL_NONE for zero. */
HIDDEN int decimal_first(const decimal *d);
/* Digit n; 0 beyond both ends. */
HIDDEN int decimal_digit(const decimal *d, int n);
/* Adds `digit` times 10^n, where the digit is 0. n is at most DECIMAL_HIGHEST; below the last digit it sets more. */
HIDDEN void decimal_put(decimal *d, int n, int digit);
/* Rounds to a multiple of 10^n, ties to an even digit n. */
HIDDEN void decimal_round(decimal *d, int n);
/* The whole part, which must be less than 2^64; *fraction tells whether the fraction is not 0. */
HIDDEN uint64_t decimal_whole(const decimal *d, bool *fraction);

#endif
