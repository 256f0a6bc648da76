/* decimal.c: see decimal.h. */
#include "decimal.h"

#include <string.h>

enum { STEP = 29 }; /* 2^29 * 10^9 and the carry fit in 64 bits */

void decimal_set(decimal *d, uint64_t value) {
    memset(d, 0, sizeof *d);
    for (int i = DECIMAL_WHOLE - 1; value != 0; i--) {
        d->limb[i] = (uint32_t)(value % DECIMAL_BASE);
        value /= DECIMAL_BASE;
    }
}

static void multiply(decimal *d, unsigned power) {
    uint64_t carry = 0;
    for (int i = DECIMAL_LIMBS; i-- > 0;) {
        uint64_t product = ((uint64_t)d->limb[i] << power) + carry;
        d->limb[i] = (uint32_t)(product % DECIMAL_BASE);
        carry = product / DECIMAL_BASE;
    }
}

static void divide(decimal *d, unsigned power) {
    uint64_t rest = 0;
    for (int i = 0; i < DECIMAL_LIMBS; i++) {
        uint64_t dividend = rest * DECIMAL_BASE + d->limb[i];
        d->limb[i] = (uint32_t)(dividend >> power);
        rest = dividend & ((UINT64_C(1) << power) - 1);
    }
    d->more |= rest != 0;
}

void decimal_scale(decimal *d, int exponent) {
    while (exponent != 0) {
        int step = exponent > STEP ? STEP : exponent < -STEP ? -STEP : exponent;
        if (step > 0)
            multiply(d, (unsigned)step);
        else
            divide(d, (unsigned)-step);
        exponent -= step;
    }
}

/* ---- Digits -------------------------------------------------------------------------------------------------- */

/* The place of digit n, which must exist: its limb, and *power, the weight in that limb. */
static int place_of(int n, uint32_t *power) {
    int behind = n - DECIMAL_LOWEST; /* number of lower digits */
    *power = 1;
    for (int k = behind % DECIMAL_PER_LIMB; k > 0; k--)
        *power *= 10;
    return DECIMAL_LIMBS - 1 - behind / DECIMAL_PER_LIMB;
}

int decimal_digit(const decimal *d, int n) {
    uint32_t power;
    if (n < DECIMAL_LOWEST || n > DECIMAL_HIGHEST)
        return 0;
    int i = place_of(n, &power);
    return (int)(d->limb[i] / power % 10);
}

void decimal_put(decimal *d, int n, int digit) {
    uint32_t power;
    if (n < DECIMAL_LOWEST) {
        d->more |= digit != 0;
        return;
    }
    int i = place_of(n, &power);
    d->limb[i] += (uint32_t)digit * power;
}

int decimal_first(const decimal *d) {
    for (int i = 0; i < DECIMAL_LIMBS; i++) {
        if (d->limb[i] == 0)
            continue;
        int n = DECIMAL_LOWEST + (DECIMAL_LIMBS - 1 - i) * DECIMAL_PER_LIMB;
        for (uint32_t rest = d->limb[i]; rest >= 10; rest /= 10)
            n++;
        return n;
    }
    return DECIMAL_NONE;
}

/* ---- Rounding ------------------------------------------------------------------------------------------------ */

/* True if a lower digit than n is not 0. */
static bool has_rest(const decimal *d, int n) {
    uint32_t power;
    int i = place_of(n, &power);
    if (d->more || d->limb[i] % power != 0)
        return true;
    for (i++; i < DECIMAL_LIMBS; i++)
        if (d->limb[i] != 0)
            return true;
    return false;
}

void decimal_round(decimal *d, int n) {
    if (n <= DECIMAL_LOWEST)
        return;
    int next = decimal_digit(d, n - 1);
    bool up = next > 5 || (next == 5 && (has_rest(d, n - 1) || decimal_digit(d, n) % 2 == 1));
    uint32_t power;
    int last = place_of(n, &power);
    d->limb[last] -= d->limb[last] % power;
    for (int i = last + 1; i < DECIMAL_LIMBS; i++)
        d->limb[i] = 0;
    d->more = false;
    if (!up)
        return;
    d->limb[last] += power;
    for (int i = last; d->limb[i] >= DECIMAL_BASE; i--) {
        d->limb[i] -= DECIMAL_BASE;
        d->limb[i - 1]++;
    }
}

uint64_t decimal_whole(const decimal *d, bool *fraction) {
    uint64_t value = 0;
    for (int i = 0; i < DECIMAL_WHOLE; i++)
        value = value * DECIMAL_BASE + d->limb[i];
    *fraction = has_rest(d, 0);
    return value;
}
