/* print_value.c: the text format of values; see print.h (specification, "Text Format: Values"). */
#include "text/print.h"

#include "text/number.h"

#include <stdio.h>

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

/* ---- Floating point ---------------------------------------------------------------------------------------- */

/* significand * 2^-places as a decimal fraction of that many places: exactly, for 2^-n = 5^n * 10^-n. */
static void print_fraction(wp_printer *p, uint64_t significand, unsigned places) {
    uint64_t fraction = significand & ((UINT64_C(1) << places) - 1);
    for (unsigned i = 0; i < places; i++)
        fraction *= 5;
    wp_print_format(p, "%llu.%0*llu", (unsigned long long)(significand >> places), (int)places,
                    (unsigned long long)fraction);
}

/* An odd significand times 2^exponent as 0x1.hhhp+e. */
static void print_hex_float(wp_printer *p, uint64_t significand, int exponent) {
    unsigned places = (unsigned)wp_bit_length(significand) - 1; /* binary places after the leading one */
    unsigned digits = (places + 3) / 4;
    uint64_t fraction = (significand & ~(UINT64_C(1) << places)) << (4 * digits - places);
    wp_print_text(p, "0x1");
    if (digits != 0)
        wp_print_format(p, ".%0*llx", (int)digits, (unsigned long long)fraction);
    wp_print_format(p, "p%+d", exponent + (int)places);
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
    if (exponent >= 0 && (unsigned)wp_bit_length(significand) + (unsigned)exponent <= DECIMAL_BITS)
        wp_print_format(p, "%llu", (unsigned long long)significand << exponent);
    else if (exponent < 0 && exponent >= -DECIMAL_PLACES)
        print_fraction(p, significand, (unsigned)-exponent);
    else
        print_hex_float(p, significand, exponent);
}

void wp_print_float(wp_printer *p, unsigned width, uint64_t bits) {
    const wp_float_format *f = width == 32 ? &wp_f32_format : &wp_f64_format;
    uint64_t one = UINT64_C(1) << (f->precision - 1), fraction = bits & (one - 1);
    uint64_t special = (uint64_t)(f->most - f->least) + 2, biased = bits / one & special;
    if (bits / one > special)
        wp_print_text(p, "-");
    if (biased != special)
        print_finite(p, biased == 0 ? fraction : fraction | one, (int)f->least + (int)biased - (biased == 0 ? 0 : 1));
    else if (fraction == 0)
        wp_print_text(p, "inf");
    else if (fraction == one >> 1) /* the canonical payload */
        wp_print_text(p, "nan");
    else
        wp_print_format(p, "nan:0x%llx", (unsigned long long)fraction);
}

/* ---- Strings ----------------------------------------------------------------------------------------------- */

void wp_print_string(wp_printer *p, const uint8_t *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    wp_print_text(p, "\"");
    for (size_t i = 0; i < size; i++) {
        bool is_plain = bytes[i] >= 0x20 && bytes[i] < 0x7F;
        if (!is_plain || bytes[i] == '"' || bytes[i] == '\\')
            wp_output_byte(&p->out, '\\');
        if (is_plain) {
            wp_output_byte(&p->out, bytes[i]);
        } else {
            wp_output_byte(&p->out, (uint8_t)digits[bytes[i] >> 4]);
            wp_output_byte(&p->out, (uint8_t)digits[bytes[i] & 15]);
        }
    }
    wp_print_text(p, "\"");
}

void wp_print_name(wp_printer *p, wp_bytes name) {
    wp_print_text(p, " ");
    wp_print_string(p, name.data, name.size);
}
