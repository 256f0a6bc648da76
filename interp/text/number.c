/* number.c: number literals; see number.h. */
#include "text/number.h"

#include <string.h>

/* ---- Digits ------------------------------------------------------------------------------------------------ */

static bool number_is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool number_is_hex(char c) {
    return number_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* digit ('_'? digit)*: returns its end; NULL if there is no digit. */
static const char *number_scan_digits(const char *c, const char *end, bool (*is_one)(char)) {
    if (c == end || !is_one(*c))
        return NULL;
    for (c++; c != end; c++)
        if (!is_one(*c) && !(*c == '_' && c + 1 != end && is_one(c[1])))
            break;
    return c;
}

/* ---- Kinds ------------------------------------------------------------------------------------------------- */

static bool number_equals(const char *c, const char *end, const char *word) {
    return (size_t)(end - c) == strlen(word) && memcmp(c, word, (size_t)(end - c)) == 0;
}

/* "nan:0x" hexnum */
static bool number_is_nan_payload(const char *c, const char *end) {
    return end - c > 6 && memcmp(c, "nan:0x", 6) == 0 && number_scan_digits(c + 6, end, number_is_hex) == end;
}

/* Fraction and exponent after the first digits: ('.' digits?)? (exponent sign? num)? */
static bool number_is_float_tail(const char *c, const char *end, char exponent, bool (*is_one)(char)) {
    if (c != end && *c == '.') {
        const char *after = number_scan_digits(c + 1, end, is_one);
        c = after == NULL ? c + 1 : after;
    }
    if (c == end)
        return true;
    if ((*c | 0x20) != exponent)
        return false;
    c++;
    if (c != end && (*c == '+' || *c == '-'))
        c++;
    return number_scan_digits(c, end, number_is_digit) == end;
}

wp_lex_kind wp_number_kind(const char *text, size_t size) {
    const char *c = text, *end = text + size;
    bool has_sign = size != 0 && (*c == '+' || *c == '-');
    c += has_sign ? 1 : 0;
    bool is_hexadecimal = end - c > 2 && c[0] == '0' && c[1] == 'x';
    const char *after =
        is_hexadecimal ? number_scan_digits(c + 2, end, number_is_hex) : number_scan_digits(c, end, number_is_digit);
    if (after == NULL)
        return number_equals(c, end, "inf") || number_equals(c, end, "nan") || number_is_nan_payload(c, end)
                   ? WP_LEX_FLOAT
                   : WP_LEX_RESERVED;
    if (after == end)
        return has_sign ? WP_LEX_INT : WP_LEX_NAT;
    bool is_float = is_hexadecimal ? number_is_float_tail(after, end, 'p', number_is_hex)
                                   : number_is_float_tail(after, end, 'e', number_is_digit);
    return is_float ? WP_LEX_FLOAT : WP_LEX_RESERVED;
}

/* ---- Integers ---------------------------------------------------------------------------------------------- */

bool wp_number_nat(const char *text, size_t size, unsigned bits, uint64_t *out) {
    const char *c = text, *end = text + size;
    uint64_t most = UINT64_MAX >> (64 - bits), n = 0;
    bool is_hexadecimal = size > 2 && c[1] == 'x';
    uint64_t base = is_hexadecimal ? 16 : 10;
    for (c += is_hexadecimal ? 2 : 0; c != end; c++) {
        if (*c == '_')
            continue;
        if (!is_hexadecimal && !number_is_digit(*c))
            return false;
        if (is_hexadecimal && !number_is_hex(*c))
            return false;
        uint64_t digit = wp_hex_value(*c);
        if (n > (most - digit) / base)
            return false;
        n = n * base + digit;
    }
    *out = n;
    return true;
}

bool wp_number_int(const char *text, size_t size, unsigned bits, uint64_t *out) {
    uint64_t n = 0, half = (uint64_t)1 << (bits - 1);
    if (*text != '+' && *text != '-')
        return wp_number_nat(text, size, bits, out);
    if (!wp_number_nat(text + 1, size - 1, bits, &n) || n > half || (n == half && *text == '+'))
        return false;
    *out = *text == '-' ? (0 - n) & (UINT64_MAX >> (64 - bits)) : n;
    return true;
}

/* ---- Rounding ---------------------------------------------------------------------------------------------- */

const wp_float_format wp_f32_format = {24, -149, 104}, wp_f64_format = {53, -1074, 971};

int wp_bit_length(uint64_t n) {
    int length = 0;
    for (int step = 32; step != 0; step /= 2)
        if (n >> step != 0) {
            n >>= step;
            length += step;
        }
    return length + (n != 0);
}

/* q * 2^-shift, rounded to the nearest, ties to even. sticky: the exact q is a little larger than q. */
static uint64_t number_round_shift(uint64_t q, bool sticky, int64_t shift) {
    if (shift > 64)
        return 0;
    uint64_t half = (uint64_t)1 << (shift - 1), rest = q & (half - 1 + half);
    uint64_t m = shift == 64 ? 0 : q >> shift;
    return m + (rest > half || (rest == half && (sticky || (m & 1) != 0)));
}

/* The magnitude q * 2^exponent, where q is not 0, as the bits of a format. A sticky q has more than 54 bits. */
static bool number_round_to(const wp_float_format *f, uint64_t q, bool sticky, int64_t exponent, uint64_t *bits) {
    int64_t last = exponent + wp_bit_length(q) - f->precision; /* exponent of the last place */
    last = last < f->least ? f->least : last;
    int64_t shift = last - exponent;
    uint64_t m = shift > 0 ? number_round_shift(q, sticky, shift) : q << -shift;
    uint64_t hidden = (uint64_t)1 << (f->precision - 1);
    if (m == hidden << 1) {
        m = hidden;
        last++;
    }
    if (last > f->most)
        return false;
    *bits = m < hidden ? m : m - hidden + ((uint64_t)(last - f->least + 1) << (f->precision - 1));
    return true;
}

/* ---- Decimal floating point -------------------------------------------------------------------------------- */

/* Digits of a decimal that matter: a number half-way between two others of f64 has at most 767 significant ones. */
enum { MAX_DIGITS = 770 };
/* Room for 5^(324 + 770), and four limbs more. */
enum { MAX_LIMBS = 88 };

/* A natural number: limbs of 32 bits, the least significant first, none of the top ones 0. */
typedef struct natural {
    uint32_t limbs[MAX_LIMBS];
    int count;
} natural;

static void number_multiply_add(natural *n, uint32_t factor, uint32_t summand) {
    uint64_t carry = summand;
    for (int i = 0; i < n->count; i++) {
        carry += (uint64_t)n->limbs[i] * factor;
        n->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0)
        n->limbs[n->count++] = (uint32_t)carry;
}

/* n /= divisor. Returns the remainder. */
static uint32_t number_divide(natural *n, uint32_t divisor) {
    uint64_t rest = 0;
    for (int i = n->count; i-- > 0;) {
        rest = rest << 32 | n->limbs[i];
        n->limbs[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (n->count != 0 && n->limbs[n->count - 1] == 0)
        n->count--;
    return (uint32_t)rest;
}

/* Appends zero limbs below. */
static void number_shift_limbs(natural *n, int limbs) {
    memmove(n->limbs + limbs, n->limbs, (size_t)n->count * sizeof *n->limbs);
    memset(n->limbs, 0, (size_t)limbs * sizeof *n->limbs);
    n->count += limbs;
}

/* n * 2^exponent, where n is not 0. sticky: the exact one is a little larger. */
static bool number_round_natural(const wp_float_format *f, natural *n, bool sticky, int64_t exponent, uint64_t *bits) {
    int unused = 32 - wp_bit_length(n->limbs[n->count - 1]);
    number_multiply_add(n, (uint32_t)1 << unused, 0);
    int rest = n->count - 2; /* limbs below the highest 64 bits */
    for (int i = 0; i < rest; i++)
        sticky = sticky || n->limbs[i] != 0;
    uint64_t q = (uint64_t)n->limbs[rest + 1] << 32 | (rest < 0 ? 0 : n->limbs[rest]);
    return number_round_to(f, q, sticky, exponent - unused + 32 * rest, bits);
}

/* n * 10^exponent, where n is not 0. sticky: the exact one is a little larger. */
static bool number_round_decimal(const wp_float_format *f, natural *n, bool sticky, int64_t exponent, uint64_t *bits) {
    enum { STEP = 13, POWER = 1220703125 /* 5^13 */ };
    /* 10^exponent is 5^exponent * 2^exponent. 5^k has less than 7/3 k + 1 bits, so that the quotient has over 64. */
    int limbs = exponent < 0 ? (int)(-exponent * 7 / 3) / 32 + 4 - n->count : 0;
    int64_t fives = exponent;
    if (limbs > 0) {
        number_shift_limbs(n, limbs);
        exponent -= 32 * limbs;
    }
    for (; fives >= STEP; fives -= STEP)
        number_multiply_add(n, POWER, 0);
    for (; fives > 0; fives--)
        number_multiply_add(n, 5, 0);
    for (; fives <= -STEP; fives += STEP)
        sticky = number_divide(n, POWER) != 0 || sticky;
    for (; fives < 0; fives++)
        sticky = number_divide(n, 5) != 0 || sticky;
    return number_round_natural(f, n, sticky, exponent, bits);
}

/* An exponent's value. It saturates where no number of digits can make up for it: a literal has less than 2^32. */
static int64_t number_scan_exponent(const char *c, const char *end) {
    const int64_t most = (int64_t)1 << 40;
    int64_t n = 0;
    bool negative = c != end && *c == '-';
    c += c != end && (*c == '-' || *c == '+') ? 1 : 0;
    for (; c != end; c++)
        if (*c != '_' && n < most)
            n = n * 10 + (*c - '0');
    return negative ? -n : n;
}

/* The significant digits of a decimal: as many of them as matter, the rest only in exponent and sticky. */
typedef struct decimal {
    natural n;
    int digits;
    bool sticky;
    int64_t exponent;
} decimal;

static void number_add_digit(decimal *d, unsigned digit, bool is_fraction) {
    if (d->digits == MAX_DIGITS) {
        d->sticky = d->sticky || digit != 0;
        d->exponent += is_fraction ? 0 : 1;
        return;
    }
    if (d->digits != 0 || digit != 0)
        d->digits++;
    number_multiply_add(&d->n, 10, digit);
    d->exponent -= is_fraction ? 1 : 0;
}

static bool number_parse_decimal(const wp_float_format *f, const char *c, const char *end, uint64_t *bits) {
    decimal d = {.n.count = 0};
    bool is_fraction = false;
    for (; c != end && (*c | 0x20) != 'e'; c++) {
        if (*c == '.')
            is_fraction = true;
        else if (*c != '_')
            number_add_digit(&d, (unsigned)(*c - '0'), is_fraction);
    }
    if (c != end)
        d.exponent += number_scan_exponent(c + 1, end);
    *bits = 0;
    if (d.n.count == 0 || d.digits + d.exponent < -330) /* less than half of the least number */
        return true;
    if (d.digits + d.exponent > 310) /* more than the largest number */
        return false;
    return number_round_decimal(f, &d.n, d.sticky, d.exponent, bits);
}

/* ---- Hexadecimal floating point ---------------------------------------------------------------------------- */

static bool number_parse_hexadecimal(const wp_float_format *f, const char *c, const char *end, uint64_t *bits) {
    uint64_t q = 0;
    int64_t exponent = 0;
    bool sticky = false, is_fraction = false;
    for (; c != end && (*c | 0x20) != 'p'; c++) {
        if (*c == '.') {
            is_fraction = true;
        } else if (*c != '_') {
            bool is_full = q >> 60 != 0;
            sticky = sticky || (is_full && *c != '0');
            q = is_full ? q : q << 4 | wp_hex_value(*c);
            exponent += (is_full ? 4 : 0) - (is_fraction ? 4 : 0);
        }
    }
    if (c != end)
        exponent += number_scan_exponent(c + 1, end);
    *bits = 0;
    return q == 0 || number_round_to(f, q, sticky, exponent, bits);
}

/* ---- Floating point ---------------------------------------------------------------------------------------- */

/* nan:0xN, where N is a payload that the format has. */
static bool number_parse_nan(const wp_float_format *f, const char *c, const char *end, uint64_t *bits) {
    uint64_t payload = 0, hidden = (uint64_t)1 << (f->precision - 1);
    if (end - c == 3)
        payload = hidden >> 1;
    else if (!wp_number_nat(c + 4, (size_t)(end - c) - 4, 64, &payload) || payload == 0 || payload >= hidden)
        return false;
    *bits = payload;
    return true;
}

bool wp_number_float(const char *text, size_t size, unsigned bits, uint64_t *out) {
    const wp_float_format *f = bits == 32 ? &wp_f32_format : &wp_f64_format;
    const char *c = text, *end = text + size;
    uint64_t sign = *c == '-' ? (uint64_t)1 << (bits - 1) : 0;
    uint64_t infinity = (uint64_t)(f->most - f->least + 2) << (f->precision - 1), magnitude = 0;
    bool ok = true;
    c += *c == '-' || *c == '+' ? 1 : 0;
    if (*c == 'i') {
        magnitude = infinity;
    } else if (*c == 'n') {
        ok = number_parse_nan(f, c, end, &magnitude);
        magnitude |= infinity;
    } else if (end - c > 2 && c[1] == 'x') {
        ok = number_parse_hexadecimal(f, c + 2, end, &magnitude);
    } else {
        ok = number_parse_decimal(f, c, end, &magnitude);
    }
    *out = sign | magnitude;
    return ok;
}
