/* strtol.c: integers from text: strtol and its family. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* A parsed number: a sign and a magnitude. */
typedef struct numeral {
    uint64_t magnitude;
    bool negative;
    bool overflow; /* the magnitude is over 2^64 - 1 */
} numeral;

/* The value of a digit; 36 for any other character. */
static int digit_value(char c) {
    if (isdigit((unsigned char)c))
        return c - '0';
    return isalpha((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : 36;
}

/* Skips a prefix 0x before base 16 digits, and resolves base 0. */
static const char *read_prefix(const char *p, int *base) {
    bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && digit_value(p[2]) < 16;
    if (hex && (*base == 0 || *base == 16)) {
        *base = 16;
        return p + 2;
    }
    if (*base == 0)
        *base = *p == '0' ? 8 : 10;
    return p;
}

static numeral read(const char *restrict s, char **restrict end, int base) {
    numeral n = {0, false, false};
    const char *p = s;
    while (isspace((unsigned char)*p))
        p++;
    n.negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    p = read_prefix(p, &base);
    const char *first = p;
    for (; digit_value(*p) < base; p++) {
        uint64_t digit = (uint64_t)digit_value(*p);
        n.overflow |= n.magnitude > (UINT64_MAX - digit) / (uint64_t)base;
        n.magnitude = n.magnitude * (uint64_t)base + digit;
    }
    if (end != NULL)
        *end = (char *)(p == first ? s : p);
    return n;
}

/* The signed value, at most `most` and at least -most - 1. */
static long long read_signed(const char *restrict s, char **restrict end, int base, long long most) {
    numeral n = read(s, end, base);
    uint64_t limit = (uint64_t)most + n.negative;
    if (n.overflow || n.magnitude > limit) {
        errno = ERANGE;
        n.magnitude = limit;
    }
    return (long long)(n.negative ? -n.magnitude : n.magnitude);
}

/* The unsigned value, at most `most`; a minus sign negates it in the type. */
static unsigned long long read_unsigned(const char *restrict s, char **restrict end, int base,
                                        unsigned long long most) {
    numeral n = read(s, end, base);
    if (n.overflow || n.magnitude > most) {
        errno = ERANGE;
        return most;
    }
    return (n.negative ? -n.magnitude : n.magnitude) & most;
}

long strtol(const char *restrict s, char **restrict end, int base) {
    return (long)read_signed(s, end, base, LONG_MAX);
}

long long strtoll(const char *restrict s, char **restrict end, int base) {
    return read_signed(s, end, base, LLONG_MAX);
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base) {
    return (unsigned long)read_unsigned(s, end, base, ULONG_MAX);
}

unsigned long long strtoull(const char *restrict s, char **restrict end, int base) {
    return read_unsigned(s, end, base, ULLONG_MAX);
}

int atoi(const char *s) {
    return (int)strtol(s, NULL, 10);
}

long atol(const char *s) {
    return strtol(s, NULL, 10);
}

long long atoll(const char *s) {
    return strtoll(s, NULL, 10);
}
