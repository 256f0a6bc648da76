/* leb128.c: integers in LEB128; see leb128.h. */
#include "base/leb128.h"

#include <string.h>

wp_leb128_result wp_leb128_unsigned(const uint8_t **next, const uint8_t *end, unsigned bits, uint64_t *out) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
        if (*next == end)
            return WP_LEB128_END;
        uint8_t byte = **next;
        /* The last byte has room for fewer than 7 bits. */
        if (bits - shift < 7 && (byte & 0x7F) >> (bits - shift) != 0)
            return WP_LEB128_LARGE;
        ++*next;
        result |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = result;
            return WP_LEB128_OK;
        }
    }
    return WP_LEB128_LONG;
}

wp_leb128_result wp_leb128_signed(const uint8_t **next, const uint8_t *end, unsigned bits, int64_t *out) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
        if (*next == end)
            return WP_LEB128_END;
        uint8_t byte = **next;
        if (bits - shift < 7) {
            /* The bits beyond the last one must all equal it: the sign. */
            unsigned sign = 0x7Fu & ~0u << (bits - shift - 1);
            if ((byte & sign) != 0 && (byte & sign) != sign)
                return WP_LEB128_LARGE;
        }
        ++*next;
        result |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            if ((byte & 0x40) != 0 && shift + 7 < 64)
                result |= UINT64_MAX << (shift + 7);
            memcpy(out, &result, sizeof result); /* two's complement */
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
