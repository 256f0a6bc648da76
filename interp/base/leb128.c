/* leb128.c: integers in LEB128; see leb128.h. */
#include "base/leb128.h"

/* True when the last byte, of whose 7 bits the integer has room for fewer, fits: the bits beyond are 0 or, if signed,
 * copies of the sign. */
static bool fits(uint8_t byte, unsigned room, bool is_signed) {
    unsigned beyond = 0x7Fu & ~0u << (is_signed ? room - 1 : room);
    return (byte & beyond) == 0 || (is_signed && (byte & beyond) == beyond);
}

wp_leb128_result wp_leb128_read(const uint8_t **next, const uint8_t *end, unsigned bits, bool is_signed,
                                uint64_t *out) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
        if (*next == end)
            return WP_LEB128_END;
        uint8_t byte = **next;
        if (bits - shift < 7 && !fits(byte, bits - shift, is_signed))
            return WP_LEB128_LARGE;
        ++*next;
        result |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            if (is_signed && (byte & 0x40) != 0 && shift + 7 < 64)
                result |= UINT64_MAX << (shift + 7);
            *out = result;
            return WP_LEB128_OK;
        }
    }
    return WP_LEB128_LONG;
}

size_t wp_leb128_put_unsigned(uint8_t out[WP_LEB128_MAX], uint64_t value) {
    size_t size = 0;
    for (; value >= 0x80; value >>= 7)
        out[size++] = (uint8_t)(value | 0x80);
    out[size++] = (uint8_t)value;
    return size;
}

size_t wp_leb128_put_signed(uint8_t out[WP_LEB128_MAX], uint64_t value) {
    uint64_t sign = value >> 63 != 0 ? UINT64_MAX : 0;
    size_t size = 0;
    for (;;) {
        uint8_t byte = value & 0x7F;
        value = value >> 7 | (sign & ~(UINT64_MAX >> 7));
        if (value == sign && (byte & 0x40) == (sign & 0x40)) {
            out[size++] = byte;
            return size;
        }
        out[size++] = byte | 0x80;
    }
}
