/* printf.c: the printf family. See C11, 7.21.6.1; without %a, %n, wide characters and long double.
 *
 * One function, format(), does the work and writes to a sink.
 */
#include "decimal.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- Sinks --------------------------------------------------------------------------------------------------- */

typedef struct sink {
    bool (*write)(struct sink *self, const char *text, size_t size); /* false: it failed */
    size_t count;                                                    /* characters so far */
    bool failed;
    FILE *stream;
    char *to; /* the next one goes here */
    size_t room;
} sink;

static bool write_stream(sink *s, const char *text, size_t size) {
    return fwrite(text, 1, size, s->stream) == size;
}

/* Characters that do not fit are counted, and dropped. */
static bool write_string(sink *s, const char *text, size_t size) {
    size_t fitting = size < s->room ? size : s->room;
    memcpy(s->to, text, fitting);
    s->to += fitting;
    s->room -= fitting;
    return true;
}

static void put(sink *s, const char *text, size_t size) {
    if (!s->failed && size > 0 && !s->write(s, text, size))
        s->failed = true;
    s->count += size;
}

static void put_repeated(sink *s, char c, long count) {
    char block[32];
    memset(block, c, sizeof block);
    for (; count > 0; count -= (long)sizeof block)
        put(s, block, count < (long)sizeof block ? (size_t)count : sizeof block);
}

/* ---- Conversion specifications --------------------------------------------------------------------------------- */

typedef enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG } length;

typedef struct spec {
    bool left, plus, space, alternative, zero;
    int width;
    int precision; /* -1: none */
    length length;
    char conversion;
} spec;

/* The arguments, in a struct: a va_list that is passed on cannot be used afterwards. */
typedef struct arguments {
    va_list list;
} arguments;

static bool read_flag(char c, spec *sp) {
    switch (c) {
    case '-': sp->left = true; return true;
    case '+': sp->plus = true; return true;
    case ' ': sp->space = true; return true;
    case '#': sp->alternative = true; return true;
    case '0': sp->zero = true; return true;
    default: return false;
    }
}

/* A number, or a star for an argument. */
static const char *read_count(const char *p, int *out, arguments *args) {
    if (*p == '*') {
        *out = va_arg(args->list, int);
        return p + 1;
    }
    for (*out = 0; *p >= '0' && *p <= '9'; p++)
        *out = *out < INT_MAX / 10 - 1 ? *out * 10 + (*p - '0') : *out;
    return p;
}

static const char *read_length(const char *p, length *out) {
    switch (*p) {
    case 'h': *out = p[1] == 'h' ? LENGTH_CHAR : LENGTH_SHORT; return p[1] == 'h' ? p + 2 : p + 1;
    case 'l': *out = p[1] == 'l' ? LENGTH_LONG_LONG : LENGTH_LONG; return p[1] == 'l' ? p + 2 : p + 1;
    case 'j': *out = LENGTH_LONG_LONG; return p + 1;
    case 'z':
    case 't': *out = LENGTH_LONG; return p + 1; /* size_t and ptrdiff_t are as wide as long */
    default: *out = LENGTH_INT; return p;
    }
}

/* Reads a conversion after its percent sign. */
static const char *read_spec(const char *p, spec *sp, arguments *args) {
    *sp = (spec){.precision = -1};
    while (read_flag(*p, sp))
        p++;
    p = read_count(p, &sp->width, args);
    if (sp->width < 0) {
        sp->left = true;
        sp->width = -sp->width;
    }
    if (*p == '.')
        p = read_count(p + 1, &sp->precision, args);
    p = read_length(p, &sp->length);
    sp->conversion = *p;
    return *p == '\0' ? p : p + 1;
}

/* ---- Fields -------------------------------------------------------------------------------------------------- */

/* A number in parts: zeros are inserted between prefix and text. */
typedef struct field {
    const char *prefix; /* sign, 0x */
    size_t prefix_size;
    size_t size; /* of the text after prefix and padding */
} field;

/* Writes a field's padding and prefix. Zeros go between the prefix and the digits. */
static void open_field(sink *s, const spec *sp, const field *f, bool zeros) {
    long padding = sp->width - (long)(f->prefix_size + f->size);
    if (!sp->left && !zeros)
        put_repeated(s, ' ', padding);
    put(s, f->prefix, f->prefix_size);
    if (!sp->left && zeros)
        put_repeated(s, '0', padding);
}

static void close_field(sink *s, const spec *sp, const field *f) {
    if (sp->left)
        put_repeated(s, ' ', sp->width - (long)(f->prefix_size + f->size));
}

static void put_text(sink *s, const spec *sp, const char *text, size_t size) {
    field f = {"", 0, size};
    open_field(s, sp, &f, false);
    put(s, text, size);
    close_field(s, sp, &f);
}

static void put_string(sink *s, const spec *sp, const char *text) {
    if (text == NULL)
        text = "(null)";
    put_text(s, sp, text, sp->precision < 0 ? strlen(text) : strnlen(text, (size_t)sp->precision));
}

static const char *sign_of(const spec *sp, bool negative) {
    return negative ? "-" : sp->plus ? "+" : sp->space ? " " : "";
}

/* ---- Integers ------------------------------------------------------------------------------------------------ */

static void put_digits(sink *s, const spec *sp, uint64_t value, unsigned base, const char *prefix) {
    char digits[22]; /* 64 bits in octal */
    const char *set = sp->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char *first = digits + sizeof digits;
    for (; value != 0; value /= base)
        *--first = set[value % base];
    size_t count = (size_t)(digits + sizeof digits - first), least = sp->precision < 0 ? 1 : (size_t)sp->precision;
    if (base == 8 && sp->alternative && least <= count)
        least = count + 1;
    size_t zeros = count < least ? least - count : 0;
    field f = {prefix, strlen(prefix), zeros + count};
    open_field(s, sp, &f, sp->zero && sp->precision < 0);
    put_repeated(s, '0', (long)zeros);
    put(s, first, count);
    close_field(s, sp, &f);
}

static int64_t signed_argument(const spec *sp, arguments *args) {
    switch (sp->length) {
    case LENGTH_CHAR: return (signed char)va_arg(args->list, int);
    case LENGTH_SHORT: return (short)va_arg(args->list, int);
    case LENGTH_LONG: return va_arg(args->list, long);
    case LENGTH_LONG_LONG: return va_arg(args->list, long long);
    default: return va_arg(args->list, int);
    }
}

static uint64_t unsigned_argument(const spec *sp, arguments *args) {
    switch (sp->length) {
    case LENGTH_CHAR: return (unsigned char)va_arg(args->list, unsigned);
    case LENGTH_SHORT: return (unsigned short)va_arg(args->list, unsigned);
    case LENGTH_LONG: return va_arg(args->list, unsigned long);
    case LENGTH_LONG_LONG: return va_arg(args->list, unsigned long long);
    default: return va_arg(args->list, unsigned);
    }
}

static void put_signed(sink *s, const spec *sp, int64_t value) {
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    put_digits(s, sp, magnitude, 10, sign_of(sp, value < 0));
}

static void put_unsigned(sink *s, const spec *sp, uint64_t value) {
    bool prefixed = sp->alternative && value != 0;
    switch (sp->conversion) {
    case 'o': put_digits(s, sp, value, 8, ""); break;
    case 'x': put_digits(s, sp, value, 16, prefixed ? "0x" : ""); break;
    case 'X': put_digits(s, sp, value, 16, prefixed ? "0X" : ""); break;
    default: put_digits(s, sp, value, 10, ""); break;
    }
}

/* An address, as the number that it is in the process. */
static void put_pointer(sink *s, const spec *sp, const void *pointer) {
    put_digits(s, sp, (uintptr_t)pointer, 16, "0x");
}

/* ---- Floating point ------------------------------------------------------------------------------------------ */

static bool is_upper(char conversion) {
    return conversion >= 'A' && conversion <= 'Z';
}

/* The number in decimal. Returns its sign; *kind is "inf" or "nan", or null for a number. */
static bool take_apart(double value, decimal *d, const char **kind) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7FF);
    *kind = exponent != 0x7FF ? NULL : mantissa == 0 ? "inf" : "nan";
    if (*kind == NULL) {
        decimal_set(d, exponent == 0 ? mantissa : mantissa | UINT64_C(1) << 52);
        decimal_scale(d, (exponent == 0 ? 1 : exponent) - 1075);
    }
    return bits >> 63 != 0;
}

/* Digits from `first` down to `last`. */
static void put_range(sink *s, const decimal *d, int first, int last) {
    for (int n = first; n >= last; n--) {
        char c = (char)('0' + decimal_digit(d, n));
        put(s, &c, 1);
    }
}

/* %f: a whole part, and `precision` digits. The number has been rounded. */
static void put_fixed(sink *s, const spec *sp, const decimal *d, bool negative, int precision) {
    int first = decimal_first(d) > 0 ? decimal_first(d) : 0;
    bool point = precision > 0 || sp->alternative;
    const char *sign = sign_of(sp, negative);
    field f = {sign, strlen(sign), (size_t)first + 1 + point + (size_t)precision};
    open_field(s, sp, &f, sp->zero);
    put_range(s, d, first, 0);
    put(s, ".", point);
    put_range(s, d, -1, -precision);
    close_field(s, sp, &f);
}

/* %e: a digit, `precision` more, and an exponent of two digits or more. The number has been rounded. */
static void put_exponential(sink *s, const spec *sp, const decimal *d, bool negative, int precision) {
    int first = decimal_first(d) == DECIMAL_NONE ? 0 : decimal_first(d);
    int exponent = first < 0 ? -first : first;
    char tail[5] = {is_upper(sp->conversion) ? 'E' : 'e', first < 0 ? '-' : '+'};
    size_t tail_size = 2;
    if (exponent >= 100)
        tail[tail_size++] = (char)('0' + exponent / 100);
    tail[tail_size++] = (char)('0' + exponent / 10 % 10);
    tail[tail_size++] = (char)('0' + exponent % 10);
    bool point = precision > 0 || sp->alternative;
    const char *sign = sign_of(sp, negative);
    field f = {sign, strlen(sign), 1 + point + (size_t)precision + tail_size};
    open_field(s, sp, &f, sp->zero);
    put_range(s, d, first, first);
    put(s, ".", point);
    put_range(s, d, first - 1, first - precision);
    put(s, tail, tail_size);
    close_field(s, sp, &f);
}

/* Rounds to `digits` significant digits. Returns the exponent of the result. */
static int round_significant(decimal *d, int digits) {
    int first = decimal_first(d);
    if (first == DECIMAL_NONE)
        return 0;
    /* A precision beyond the last digit that a double can have rounds nothing. */
    if (digits <= first - DECIMAL_LOWEST)
        decimal_round(d, first - digits + 1);
    return decimal_first(d);
}

/* %g: %e or %f, depending on the size of the number, without trailing zeros. */
static void put_general(sink *s, const spec *sp, decimal *d, bool negative, int precision) {
    int digits = precision == 0 ? 1 : precision;
    int exponent = round_significant(d, digits), last = exponent - digits + 1;
    bool fixed = exponent >= -4 && exponent < digits;
    if (!sp->alternative) {
        /* Removes trailing zeros after the point. */
        int lowest = fixed ? 0 : exponent;
        last = last > DECIMAL_LOWEST ? last : DECIMAL_LOWEST;
        while (last < lowest && decimal_digit(d, last) == 0)
            last++;
    }
    if (fixed)
        put_fixed(s, sp, d, negative, last < 0 ? -last : 0);
    else
        put_exponential(s, sp, d, negative, exponent - last);
}

static void put_float(sink *s, const spec *sp, double value) {
    decimal d;
    const char *kind;
    int precision = sp->precision < 0 ? 6 : sp->precision;
    bool negative = take_apart(value, &d, &kind);
    if (kind != NULL) {
        const char *sign = sign_of(sp, negative);
        field f = {sign, strlen(sign), 3};
        open_field(s, sp, &f, false);
        put(s, is_upper(sp->conversion) ? (*kind == 'i' ? "INF" : "NAN") : kind, 3);
        close_field(s, sp, &f);
        return;
    }
    switch (sp->conversion | 0x20) {
    case 'f':
        if (precision < -DECIMAL_LOWEST)
            decimal_round(&d, -precision);
        put_fixed(s, sp, &d, negative, precision);
        break;
    case 'e':
        round_significant(&d, precision < -DECIMAL_LOWEST ? precision + 1 : -DECIMAL_LOWEST);
        put_exponential(s, sp, &d, negative, precision);
        break;
    default: put_general(s, sp, &d, negative, precision); break;
    }
}

/* ---- The whole ----------------------------------------------------------------------------------------------- */

/* False: an unsupported conversion. */
static bool convert(sink *s, const spec *sp, arguments *args) {
    char c;
    switch (sp->conversion) {
    case 'd':
    case 'i': put_signed(s, sp, signed_argument(sp, args)); return true;
    case 'o':
    case 'u':
    case 'x':
    case 'X': put_unsigned(s, sp, unsigned_argument(sp, args)); return true;
    case 'c':
        c = (char)va_arg(args->list, int);
        put_text(s, sp, &c, 1);
        return true;
    case 's': put_string(s, sp, va_arg(args->list, const char *)); return true;
    case 'p': put_pointer(s, sp, va_arg(args->list, const void *)); return true;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': put_float(s, sp, va_arg(args->list, double)); return true;
    case '%': put(s, "%", 1); return true;
    default: return false;
    }
}

/* Returns the number of characters, or -1 with errno: the stream failed, or the format has an unsupported conversion.
 */
static int format(sink *s, const char *text, va_list list) {
    arguments args;
    va_copy(args.list, list);
    bool known = true;
    while (*text != '\0' && known) {
        size_t plain = strcspn(text, "%");
        put(s, text, plain);
        text += plain;
        if (*text == '%') {
            spec sp;
            text = read_spec(text + 1, &sp, &args);
            known = convert(s, &sp, &args);
        }
    }
    va_end(args.list);
    if (!known)
        errno = EINVAL;
    return s->failed || !known || s->count > INT_MAX ? -1 : (int)s->count;
}

int vfprintf(FILE *restrict stream, const char *restrict text, va_list args) {
    sink s = {.write = write_stream, .stream = stream};
    return format(&s, text, args);
}

int vsnprintf(char *restrict to, size_t size, const char *restrict text, va_list args) {
    sink s = {.write = write_string, .to = to, .room = size == 0 ? 0 : size - 1};
    int count = format(&s, text, args);
    if (size > 0)
        *s.to = '\0';
    return count;
}

int vprintf(const char *restrict text, va_list args) {
    return vfprintf(stdout, text, args);
}

int vsprintf(char *restrict to, const char *restrict text, va_list args) {
    return vsnprintf(to, INT_MAX, text, args);
}

int printf(const char *restrict text, ...) {
    va_list args;
    va_start(args, text);
    int count = vfprintf(stdout, text, args);
    va_end(args);
    return count;
}

int fprintf(FILE *restrict stream, const char *restrict text, ...) {
    va_list args;
    va_start(args, text);
    int count = vfprintf(stream, text, args);
    va_end(args);
    return count;
}

int sprintf(char *restrict to, const char *restrict text, ...) {
    va_list args;
    va_start(args, text);
    int count = vsprintf(to, text, args);
    va_end(args);
    return count;
}

int snprintf(char *restrict to, size_t size, const char *restrict text, ...) {
    va_list args;
    va_start(args, text);
    int count = vsnprintf(to, size, text, args);
    va_end(args);
    return count;
}
