/* test_decode_values.c: the binary format of integers and names (specification, "Binary Format: Values"). */
#include "base/utf8.h"
#include "core/binary/decode.h"
#include "tap.h"

#include <string.h>

typedef struct integer {
    unsigned bits;
    bool is_signed;
    const char *bytes;
    size_t size;
    uint64_t value;
    const char *message; /* null if well-formed */
} integer;

#define GOOD(bits, is_signed, bytes, value)                                                                            \
    { bits, is_signed, bytes, sizeof(bytes) - 1, (uint64_t)(value), NULL }
#define BAD(bits, is_signed, bytes, message)                                                                           \
    { bits, is_signed, bytes, sizeof(bytes) - 1, 0, message }
#define LONG "integer representation too long"
#define LARGE "integer too large"
#define END "unexpected end of section or function"

static const integer integers[] = {
    GOOD(32, false, "\x00", 0),
    GOOD(32, false, "\x7F", 127),
    GOOD(32, false, "\x80\x01", 128),
    GOOD(32, false, "\x80\x00", 0),
    GOOD(32, false, "\x80\x80\x80\x80\x00", 0),
    GOOD(32, false, "\xFF\xFF\xFF\xFF\x0F", UINT32_MAX),
    BAD(32, false, "\xFF\xFF\xFF\xFF\x1F", LARGE),
    BAD(32, false, "\x80\x80\x80\x80\x10", LARGE),
    BAD(32, false, "\x80\x80\x80\x80\x40", LARGE),
    BAD(32, false, "\x80\x80\x80\x80\x80\x00", LONG),
    BAD(32, false, "\x80\x80\x80\x80\x90\x00", LARGE),
    BAD(32, false, "", END),
    BAD(32, false, "\x80", END),
    BAD(32, false, "\x80\x80\x80\x80", END),
    GOOD(64, false, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", UINT64_MAX),
    GOOD(64, false, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 0),
    BAD(64, false, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", LARGE),
    BAD(64, false, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", LONG),
    GOOD(32, true, "\x00", 0),
    GOOD(32, true, "\x3F", 63),
    GOOD(32, true, "\x40", -64),
    GOOD(32, true, "\x7F", -1),
    GOOD(32, true, "\xFF\x7F", -1),
    GOOD(32, true, "\xFF\xFF\xFF\xFF\x07", INT32_MAX),
    GOOD(32, true, "\x80\x80\x80\x80\x78", INT32_MIN),
    GOOD(32, true, "\xFF\xFF\xFF\xFF\x7F", -1),
    BAD(32, true, "\xFF\xFF\xFF\xFF\x0F", LARGE),
    BAD(32, true, "\x80\x80\x80\x80\x70", LARGE),
    BAD(32, true, "\x80\x80\x80\x80\x08", LARGE),
    BAD(32, true, "\xFF\xFF\xFF\xFF\xFF\x7F", LONG),
    BAD(32, true, "", END),
    BAD(32, true, "\xFF\xFF", END),
    GOOD(33, true, "\xFF\xFF\xFF\xFF\x0F", UINT32_MAX),
    GOOD(33, true, "\x80\x80\x80\x80\x70", -((int64_t)1 << 32)),
    BAD(33, true, "\x80\x80\x80\x80\x10", LARGE),
    BAD(33, true, "\xFF\xFF\xFF\xFF\x1F", LARGE),
    GOOD(64, true, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7F", INT64_MIN),
    GOOD(64, true, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00", INT64_MAX),
    GOOD(64, true, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", -1),
    BAD(64, true, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", LARGE),
    BAD(64, true, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7E", LARGE),
    BAD(64, true, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", LONG),
};

/* A decoder of these bytes. */
static wp_decoder over(const uint8_t *bytes, size_t size, wp_diag *diag) {
    return (wp_decoder){.build.diag = diag, .start = bytes, .next = bytes, .end = bytes + size};
}

static wp_status read_integer(wp_decoder *d, const integer *n, uint64_t *value) {
    int64_t number = 0;
    if (!n->is_signed)
        return wp_decode_unsigned(d, n->bits, value);
    wp_status status = wp_decode_signed(d, n->bits, &number);
    *value = (uint64_t)number;
    return status;
}

static void check_integer(tap *t, const integer *n) {
    const uint8_t *bytes = (const uint8_t *)n->bytes;
    wp_diag diag = {0};
    wp_decoder d = over(bytes, n->size, &diag);
    uint64_t value = 0;
    wp_status status = read_integer(&d, n, &value);
    bool right = n->message == NULL ? EQ_STATUS(status, WP_OK) && EQ(value, n->value) && CHECK(d.next == d.end)
                                    : EQ_STATUS(status, WP_MALFORMED) && EQ_TEXT(diag.message, n->message);
    char text[64] = "";
    for (size_t i = 0; i < n->size; i++)
        snprintf(text + 3 * i, 4, "%02x ", bytes[i]);
    tap_ok(t, right, "%c%u %s", n->is_signed ? 's' : 'u', n->bits, text);
}

/* The fast path of u32 agrees with the general one for every two bytes. */
static void check_short(tap *t) {
    size_t wrong = 0;
    for (unsigned i = 0; i < 0x10000; i++) {
        const uint8_t bytes[] = {(uint8_t)i, (uint8_t)(i >> 8)};
        wp_diag first = {0}, second = {0};
        wp_decoder a = over(bytes, 2, &first), b = over(bytes, 2, &second);
        uint32_t small = 0;
        uint64_t large = 0;
        wp_status status = wp_decode_u32(&a, &small);
        wrong +=
            status != wp_decode_unsigned(&b, 32, &large) || (status == WP_OK && (small != large || a.next != b.next));
    }
    tap_ok(t, EQ(wrong, 0), "wp_decode_u32 agrees with wp_decode_unsigned on every two bytes");
}

/* ---- Names --------------------------------------------------------------------------------------------------- */

/* Encodes a code point without checking it. */
static size_t encode(uint32_t c, uint8_t out[4]) {
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)((0xF00u >> n & 0xFF) | c);
    return n;
}

static void check_code_points(tap *t) {
    size_t wrong = 0;
    for (uint32_t c = 0; c < 0x200000; c++) {
        uint8_t bytes[4];
        size_t n = encode(c, bytes);
        bool legal = c < 0xD800 || (c >= 0xE000 && c < 0x110000);
        wrong += wp_utf8_valid(bytes, n) != legal;
        wrong += n > 1 && wp_utf8_valid(bytes, n - 1); /* cut off */
    }
    tap_ok(t, EQ(wrong, 0), "every code point, whole and truncated");
}

/* All sequences of two bytes, and overlong forms. */
static void check_sequences(tap *t) {
    size_t wrong = 0;
    for (unsigned i = 0; i < 0x10000; i++) {
        const uint8_t bytes[] = {(uint8_t)(i >> 8), (uint8_t)i};
        bool legal = (bytes[0] < 0x80 && bytes[1] < 0x80) ||
                     (bytes[0] >= 0xC2 && bytes[0] <= 0xDF && bytes[1] >= 0x80 && bytes[1] <= 0xBF);
        wrong += wp_utf8_valid(bytes, 2) != legal;
    }
    tap_ok(t, EQ(wrong, 0), "every sequence of two bytes");
    tap_ok(t,
           CHECK(!wp_utf8_valid((const uint8_t *)"\xE0\x9F\xBF", 3)) &&
               CHECK(!wp_utf8_valid((const uint8_t *)"\xF0\x8F\xBF\xBF", 4)) &&
               CHECK(!wp_utf8_valid((const uint8_t *)"\xF4\x90\x80\x80", 4)) &&
               CHECK(!wp_utf8_valid((const uint8_t *)"\xED\xA0\x80", 3)) &&
               CHECK(!wp_utf8_valid((const uint8_t *)"\xF8\x88\x80\x80\x80", 5)) &&
               CHECK(!wp_utf8_valid((const uint8_t *)"\xFE", 1)),
           "overlong forms, surrogates, beyond the last code point");
    tap_ok(t,
           CHECK(wp_utf8_valid(NULL, 0)) &&
               CHECK(wp_utf8_valid((const uint8_t *)"a\0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 11)),
           "texts of several code points");
}

int main(void) {
    tap t = {0};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        check_integer(&t, &integers[i]);
    check_short(&t);
    check_code_points(&t);
    check_sequences(&t);
    return tap_done(&t);
}
