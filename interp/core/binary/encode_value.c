/* encode_value.c: the binary format of values, written; see encode.h (specification, "Binary Format: Values"). */
#include "core/binary/encode.h"

#include "base/leb128.h"

void wp_encode_unsigned(wp_output *o, uint64_t value) {
    uint8_t bytes[WP_LEB128_MAX];
    wp_output_bytes(o, bytes, wp_leb128_put_unsigned(bytes, value));
}

void wp_encode_signed(wp_output *o, uint64_t value) {
    uint8_t bytes[WP_LEB128_MAX];
    wp_output_bytes(o, bytes, wp_leb128_put_signed(bytes, value));
}

void wp_encode_fixed(wp_output *o, uint64_t bits, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        wp_output_byte(o, (uint8_t)(bits >> 8 * i));
}

void wp_encode_bytes(wp_output *o, wp_bytes bytes) {
    wp_encode_unsigned(o, bytes.size);
    wp_output_bytes(o, bytes.data, bytes.size);
}

void wp_encode_before(wp_output *o, size_t start, uint64_t value) {
    uint8_t bytes[WP_LEB128_MAX];
    wp_output_insert(o, start, bytes, wp_leb128_put_unsigned(bytes, value));
}

void wp_encode_size_before(wp_output *o, size_t start) {
    wp_encode_before(o, start, o->size - start);
}
