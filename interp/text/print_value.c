/* print_value.c: the text format of values; see print.h (specification, "Text Format: Values"). */
#include "text/print.h"

#include <stdio.h>
#include <string.h>

/* ---- The text ---------------------------------------------------------------------------------------------- */

void wp_print_text(wp_printer *p, const char *text) {
    wp_output_bytes(&p->out, text, strlen(text));
}

void wp_print_format(wp_printer *p, const char *format, ...) {
    char text[128];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    wp_output_bytes(&p->out, text, (size_t)size);
}

void wp_print_line(wp_printer *p, uint32_t level) {
    /* Deeper levels all look the same: otherwise the text of nested blocks would grow as the square of their number. */
    static const char spaces[] = "\n                                                                ";
    size_t wanted = 1 + 2 * (size_t)level;
    wp_output_bytes(&p->out, spaces, wanted < sizeof spaces - 1 ? wanted : sizeof spaces - 1);
}

/* ---- Integers ---------------------------------------------------------------------------------------------- */

static const char digit_names[] = "0123456789abcdef";

static void print_digits(wp_printer *p, uint64_t value, unsigned base, unsigned least) {
    char digits[64];
    unsigned n = 0;
    do {
        digits[sizeof digits - ++n] = digit_names[value % base];
        value /= base;
    } while (value != 0 || n < least);
    wp_output_bytes(&p->out, digits + sizeof digits - n, n);
}

void wp_print_u64(wp_printer *p, uint64_t value) {
    print_digits(p, value, 10, 1);
}

void wp_print_signed(wp_printer *p, uint64_t value) {
    if (value >> 63 != 0) {
        wp_print_text(p, "-");
        value = 0 - value;
    }
    wp_print_u64(p, value);
}

void wp_print_hex(wp_printer *p, uint64_t value, unsigned digits) {
    wp_print_text(p, "0x");
    print_digits(p, value, 16, digits);
}

void wp_print_index(wp_printer *p, uint32_t index) {
    wp_print_text(p, " ");
    wp_print_u64(p, index);
}

/* ---- Floating point ---------------------------------------------------------------------------------------- */

/* An IEEE 754 format. */
typedef struct format {
    unsigned fraction; /* bits of the fraction */
    unsigned exponent; /* bits of the exponent */
} format;

/* The power of two that a finite value's significand, as an integer, is multiplied with: at least that of the smallest
 * subnormal number. */
static int scale(const format *f, uint64_t biased) {
    int bias = (1 << (f->exponent - 1)) - 1;
    return (int)(biased == 0 ? 1 : biased) - bias - (int)f->fraction;
}

static unsigned bit_length(uint64_t value) {
    unsigned n = 0;
    for (; value != 0; value >>= 1)
        n++;
    return n;
}

/* significand * 2^-places as a decimal fraction of that many places: exactly, for 2^-n = 5^n * 10^-n. */
static void print_fraction(wp_printer *p, uint64_t significand, unsigned places) {
    uint64_t fraction = significand & ((UINT64_C(1) << places) - 1);
    for (unsigned i = 0; i < places; i++)
        fraction *= 5;
    wp_print_u64(p, significand >> places);
    wp_print_text(p, ".");
    print_digits(p, fraction, 10, places);
}

/* An odd significand times 2^exponent as 0x1.hhhp+e. */
static void print_hex_float(wp_printer *p, uint64_t significand, int exponent) {
    unsigned places = bit_length(significand) - 1; /* binary places after the leading one */
    unsigned digits = (places + 3) / 4;
    uint64_t fraction = (significand & ~(UINT64_C(1) << places)) << (4 * digits - places);
    wp_print_text(p, "0x1");
    if (digits != 0) {
        wp_print_text(p, ".");
        print_digits(p, fraction, 16, digits);
    }
    exponent += (int)places;
    wp_print_text(p, exponent < 0 ? "p-" : "p+");
    wp_print_u64(p, (uint64_t)(exponent < 0 ? -exponent : exponent));
}

/* Values that are short in decimal notation are written so, all others in hexadecimal: both are exact. */
static void print_finite(wp_printer *p, uint64_t significand, int exponent) {
    enum { DECIMAL_PLACES = 10, DECIMAL_BITS = 53 }; /* 5^10 * 2^10 and 2^53 are far below 2^64 */
    if (significand == 0) {
        wp_print_text(p, "0");
        return;
    }
    for (; (significand & 1) == 0; significand >>= 1)
        exponent++;
    if (exponent >= 0 && bit_length(significand) + (unsigned)exponent <= DECIMAL_BITS)
        wp_print_u64(p, significand << exponent);
    else if (exponent < 0 && exponent >= -DECIMAL_PLACES)
        print_fraction(p, significand, (unsigned)-exponent);
    else
        print_hex_float(p, significand, exponent);
}

static void print_float(wp_printer *p, const format *f, uint64_t bits) {
    uint64_t one = UINT64_C(1) << f->fraction, fraction = bits & (one - 1);
    uint64_t special = (UINT64_C(1) << f->exponent) - 1, biased = bits >> f->fraction & special;
    if (bits >> (f->fraction + f->exponent) != 0)
        wp_print_text(p, "-");
    if (biased != special) {
        print_finite(p, biased == 0 ? fraction : fraction | one, scale(f, biased));
    } else if (fraction == 0) {
        wp_print_text(p, "inf");
    } else {
        wp_print_text(p, "nan");
        if (fraction != one >> 1) { /* not the canonical payload */
            wp_print_text(p, ":");
            wp_print_hex(p, fraction, 1);
        }
    }
}

void wp_print_f32(wp_printer *p, uint32_t bits) {
    static const format single = {23, 8};
    print_float(p, &single, bits);
}

void wp_print_f64(wp_printer *p, uint64_t bits) {
    static const format twofold = {52, 11};
    print_float(p, &twofold, bits);
}

/* ---- Strings ----------------------------------------------------------------------------------------------- */

void wp_print_string(wp_printer *p, const uint8_t *bytes, size_t size) {
    wp_print_text(p, "\"");
    for (size_t i = 0; i < size; i++) {
        bool is_plain = bytes[i] >= 0x20 && bytes[i] < 0x7F;
        if (!is_plain || bytes[i] == '"' || bytes[i] == '\\')
            wp_output_byte(&p->out, '\\');
        if (is_plain) {
            wp_output_byte(&p->out, bytes[i]);
        } else {
            wp_output_byte(&p->out, (uint8_t)digit_names[bytes[i] >> 4]);
            wp_output_byte(&p->out, (uint8_t)digit_names[bytes[i] & 15]);
        }
    }
    wp_print_text(p, "\"");
}

void wp_print_name(wp_printer *p, wp_bytes name) {
    wp_print_text(p, " ");
    wp_print_string(p, name.data, name.size);
}
