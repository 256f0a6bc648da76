/* utf8.c: UTF-8; see utf8.h. */
#include "base/utf8.h"

#include <string.h>

size_t wp_utf8_length(const uint8_t *bytes, size_t size) {
    uint8_t first = bytes[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || size < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    /* Second bytes of an overlong form, a surrogate, or a code point beyond 0x10FFFF. */
    if ((first == 0xE0 && bytes[1] < 0xA0) || (first == 0xED && bytes[1] > 0x9F) ||
        (first == 0xF0 && bytes[1] < 0x90) || (first == 0xF4 && bytes[1] > 0x8F))
        return 0;
    return length;
}

/* The number of bytes before the first word of eight that is not ASCII throughout. */
static size_t skip_ascii(const uint8_t *bytes, size_t size) {
    size_t at = 0;
    uint64_t word;
    for (; size - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        if ((word & 0x8080808080808080) != 0)
            break;
    }
    return at;
}

bool wp_utf8_valid(const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (at < size) {
        at += skip_ascii(bytes + at, size - at);
        if (at == size)
            break;
        size_t length = wp_utf8_length(bytes + at, size - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

size_t wp_utf8_put(uint8_t out[4], uint32_t code) {
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    static const uint8_t lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6)
        out[i] = (uint8_t)(0x80 | (code & 0x3F));
    out[0] = (uint8_t)(lead[size] | code);
    return size;
}
