/* strtod.c: strtod, strtof, atof. Decimal numbers of any length, hexadecimal ones, infinities and NaN; the result is
 * the nearest double, ties to even. */
#include "decimal.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Binary numbers ------------------------------------------------------------------------------------------ */

/* A form of IEEE 754: bits of the mantissa, and the exponent of the smallest subnormal number. */
typedef struct form {
    int bits;
    int lowest;
    int highest; /* exponent of the mantissa's last bit in the largest number */
} form;

static const form double_form = {53, -1074, 971};
static const form float_form = {24, -149, 104};

/* Rounds to a multiple of 2^drop, ties to even, and divides by it; 1 <= drop. */
static uint64_t round_bits(uint64_t value, int drop, bool more) {
    if (drop > 64)
        return 0;
    uint64_t half = UINT64_C(1) << (drop - 1), rest = value & (half | (half - 1));
    uint64_t kept = drop == 64 ? 0 : value >> drop;
    bool up = rest > half || (rest == half && (more || kept % 2 == 1));
    return kept + up;
}

static double power_of_two(int exponent) {
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

/* The number of a form that is nearest to value * 2^exponent, and a little more if `more`. Bit 63 of value is set. */
static double nearest(uint64_t value, int exponent, bool more, const form *f) {
    int drop = 64 - f->bits;
    if (exponent + drop < f->lowest)
        drop = f->lowest - exponent; /* a subnormal number has fewer bits */
    if (drop > 64)
        drop = 65;
    uint64_t mantissa = round_bits(value, drop, more);
    if (mantissa >> f->bits != 0) {
        mantissa >>= 1; /* rounded up to a power of two */
        drop++;
    }
    exponent += drop;
    if (mantissa == 0 || exponent > f->highest) {
        errno = ERANGE;
        return mantissa == 0 ? 0 : HUGE_VAL;
    }
    /* Exact: the mantissa has at most 53 bits, and both factors and the result are doubles. */
    return exponent < -1022 ? (double)mantissa * power_of_two(-1022) * power_of_two(exponent + 1022)
                            : (double)mantissa * power_of_two(exponent);
}

/* ---- Decimal numbers ----------------------------------------------------------------------------------------- */

/* A parsed number: digits with an optional point, and an exponent. */
typedef struct numeral {
    const char *digits; /* the first character */
    const char *end;    /* after the last digit */
    long before;        /* digits before the point */
    long exponent;
} numeral;

enum { LARGE_EXPONENT = 1000000 }; /* larger than the effect of any number of digits that fits in memory */

/* Reads [+-]digits, as it follows an e or p; without digits there is no exponent. */
static const char *read_exponent(const char *s, long *exponent) {
    const char *p = s + 1;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (!isdigit((unsigned char)*p))
        return s;
    for (; isdigit((unsigned char)*p); p++)
        if (*exponent < LARGE_EXPONENT)
            *exponent = *exponent * 10 + (*p - '0');
    if (negative)
        *exponent = -*exponent;
    return p;
}

/* Finds the digits at s. False if it has no digits. */
static bool read_digits(const char *s, int (*is_digit)(int), numeral *out) {
    const char *point = NULL, *p = s;
    long count = 0;
    for (;; p++)
        if (is_digit((unsigned char)*p))
            count++;
        else if (*p == '.' && point == NULL)
            point = p;
        else
            break;
    *out = (numeral){s, p, point == NULL ? count : point - s, 0};
    return count > 0;
}

/* Enters the digits by their weights. False if the number is too large for a double. */
static bool put_digits(const numeral *n, decimal *d) {
    long place = n->before - 1 + n->exponent;
    decimal_set(d, 0);
    for (const char *p = n->digits; p < n->end; p++) {
        if (*p == '.')
            continue;
        if (*p != '0' && place > DECIMAL_HIGHEST)
            return false;
        if (*p != '0')
            decimal_put(d, place < DECIMAL_LOWEST ? DECIMAL_LOWEST - 1 : (int)place, *p - '0');
        place--;
    }
    return true;
}

static double decimal_value(const numeral *n, const form *f) {
    decimal d;
    bool more;
    if (!put_digits(n, &d) || decimal_first(&d) > 309) {
        errno = ERANGE;
        return HUGE_VAL;
    }
    int first = decimal_first(&d);
    if (first == DECIMAL_NONE) {
        if (d.more)
            errno = ERANGE;
        return 0;
    }
    /* The number is at least 10^first >= 2^k and less than 2^(k + 5), where k = floor(first * log2(10)) or one less. */
    int shift = 58 - (int)(((int64_t)first * 217705) >> 16);
    decimal_scale(&d, shift);
    uint64_t whole = decimal_whole(&d, &more);
    while (whole >> 63 == 0) {
        decimal_scale(&d, 1);
        shift++;
        whole = decimal_whole(&d, &more);
    }
    return nearest(whole, -shift, more, f);
}

/* ---- Hexadecimal numbers ------------------------------------------------------------------------------------- */

static unsigned digit_value(char c) {
    return isdigit((unsigned char)c) ? (unsigned)(c - '0') : (unsigned)(tolower((unsigned char)c) - 'a' + 10);
}

static double hex_value(const numeral *n, const form *f) {
    uint64_t value = 0;
    bool more = false;
    long exponent = n->exponent, place = n->before;
    for (const char *p = n->digits; p < n->end; p++) {
        if (*p == '.')
            continue;
        place--;
        if (value >> 60 != 0) {
            more |= *p != '0';
            continue;
        }
        value = value << 4 | digit_value(*p);
        exponent = n->exponent + place * 4;
    }
    if (value == 0)
        return 0;
    int zeros = __builtin_clzll(value);
    exponent -= zeros;
    if (exponent > 2000 || exponent < -2000)
        exponent = exponent > 0 ? 2000 : -2000;
    return nearest(value << zeros, (int)exponent, more, f);
}

/* ---- The interface ------------------------------------------------------------------------------------------- */

/* Compares without regard to case. */
static bool begins_with(const char *s, const char *word) {
    for (; *word != '\0'; s++, word++)
        if (tolower((unsigned char)*s) != *word)
            return false;
    return true;
}

/* Reads inf, infinity, nan or nan(...). Returns its end, or NULL. */
static const char *read_word(const char *s, double *out) {
    if (begins_with(s, "inf")) {
        *out = HUGE_VAL;
        return begins_with(s, "infinity") ? s + 8 : s + 3;
    }
    if (!begins_with(s, "nan"))
        return NULL;
    *out = NAN;
    const char *p = s + 3;
    if (*p != '(')
        return p;
    for (p++; isalnum((unsigned char)*p) || *p == '_'; p++)
        continue;
    return *p == ')' ? p + 1 : s + 3;
}

/* Reads the number at s, without its sign. Returns its end, or NULL without a number. */
static const char *read_number(const char *s, const form *f, double *out) {
    numeral n;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && read_digits(s + 2, isxdigit, &n)) {
        const char *end = *n.end == 'p' || *n.end == 'P' ? read_exponent(n.end, &n.exponent) : n.end;
        *out = hex_value(&n, f);
        return end;
    }
    if (read_digits(s, isdigit, &n)) {
        const char *end = *n.end == 'e' || *n.end == 'E' ? read_exponent(n.end, &n.exponent) : n.end;
        *out = decimal_value(&n, f);
        return end;
    }
    return read_word(s, out);
}

static double read(const char *restrict s, char **restrict end, const form *f) {
    const char *p = s;
    double value = 0;
    while (isspace((unsigned char)*p))
        p++;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    p = read_number(p, f, &value);
    if (end != NULL)
        *end = (char *)(p == NULL ? s : p);
    return negative && p != NULL ? -value : value;
}

double strtod(const char *restrict s, char **restrict end) {
    return read(s, end, &double_form);
}

float strtof(const char *restrict s, char **restrict end) {
    return (float)read(s, end, &float_form);
}

double atof(const char *s) {
    return strtod(s, NULL);
}
