/* base64.c: bytes and digests as text; see base64.h. */
#include "script/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_length(size_t size) {
    return (size + 2) / 3 * 4;
}

void base64_encode(const uint8_t *bytes, size_t size, char *out) {
    for (size_t at = 0; at < size; at += 3, out += 4) {
        size_t left = size - at;
        uint32_t bits = (uint32_t)bytes[at] << 16;
        bits |= left > 1 ? (uint32_t)bytes[at + 1] << 8 : 0;
        bits |= left > 2 ? bytes[at + 2] : 0;
        out[0] = digits[bits >> 18];
        out[1] = digits[bits >> 12 & 63];
        out[2] = left > 1 ? digits[bits >> 6 & 63] : '=';
        out[3] = left > 2 ? digits[bits & 63] : '=';
    }
}

/* The value of a digit, or 64. */
static uint32_t digit_value(char c) {
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

bool base64_decode(const char *text, size_t length, uint8_t *out, size_t *size) {
    uint32_t bits = 0;
    unsigned held = 0;
    size_t count = 0, padding = 0;
    while (padding < 2 && padding < length && length % 4 == 0 && text[length - 1 - padding] == '=')
        padding++;
    length -= padding;
    for (size_t i = 0; i < length; i++) {
        uint32_t value = digit_value(text[i]);
        if (value == 64)
            return false;
        bits = bits << 6 | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[count++] = (uint8_t)(bits >> held);
        }
    }
    *size = count;
    return length % 4 != 1;
}

bool script_digest(script_text text, uint8_t digest[WP_DIGEST_SIZE]) {
    static const char prefix[] = "sha256-";
    enum { PREFIX = sizeof prefix - 1, LENGTH = (WP_DIGEST_SIZE + 2) / 3 * 4 };
    uint8_t bytes[LENGTH / 4 * 3 + 3];
    size_t size;
    if (text.size < PREFIX || memcmp(text.data, prefix, PREFIX) != 0 || text.size > PREFIX + LENGTH)
        return false;
    if (!base64_decode(text.data + PREFIX, text.size - PREFIX, bytes, &size) || size != WP_DIGEST_SIZE)
        return false;
    memcpy(digest, bytes, WP_DIGEST_SIZE);
    return true;
}
