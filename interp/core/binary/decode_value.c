/* decode_value.c: the binary format of values; see decode.h (specification, "Binary Format: Values"). */
#include "core/binary/decode.h"

#include "base/leb128.h"
#include "base/utf8.h"

wp_status wp_decode_fail_end(const wp_decoder *d) {
    return wp_decode_fail(d, d->end, "unexpected end of section or function");
}

/* ---- Integers ---------------------------------------------------------------------------------------------- */

static wp_status decode_check_integer(const wp_decoder *d, wp_leb128_result result) {
    switch (result) {
    case WP_LEB128_OK: return WP_OK;
    case WP_LEB128_END: return wp_decode_fail_end(d);
    case WP_LEB128_LARGE: return wp_decode_fail(d, d->next, "integer too large");
    case WP_LEB128_LONG: break;
    }
    return wp_decode_fail(d, d->next, "integer representation too long");
}

wp_status wp_decode_unsigned(wp_decoder *d, unsigned bits, uint64_t *out) {
    return decode_check_integer(d, wp_leb128_read(&d->next, d->end, bits, false, out));
}

wp_status wp_decode_signed(wp_decoder *d, unsigned bits, int64_t *out) {
    uint64_t value = 0;
    WP_TRY(decode_check_integer(d, wp_leb128_read(&d->next, d->end, bits, true, &value)));
    memcpy(out, &value, sizeof value); /* two's complement */
    return WP_OK;
}

wp_status wp_decode_long_u32(wp_decoder *d, uint32_t *out) {
    uint64_t result = 0;
    WP_TRY(wp_decode_unsigned(d, 32, &result));
    *out = (uint32_t)result;
    return WP_OK;
}

wp_status wp_decode_code(wp_decoder *d, uint8_t most, const char *message, uint8_t *out) {
    WP_TRY(wp_decode_byte(d, out));
    return *out <= most ? WP_OK : wp_decode_fail(d, d->next - 1, "%s", message);
}

wp_status wp_decode_fixed(wp_decoder *d, unsigned size, uint64_t *out) {
    if (wp_decode_left(d) < size)
        return wp_decode_fail_end(d);
    uint64_t bits = 0;
    for (unsigned i = 0; i < size; i++)
        bits |= (uint64_t)*d->next++ << 8 * i;
    *out = bits;
    return WP_OK;
}

/* ---- Lists ------------------------------------------------------------------------------------------------- */

wp_status wp_decode_count(wp_decoder *d, uint32_t *count) {
    const uint8_t *at = d->next;
    size_t left = wp_decode_left(d);
    WP_TRY(wp_decode_u32(d, count));
    /* Every element takes at least a byte. A count that only its own bytes could satisfy is left to the elements, which
     * then run into the end. */
    return *count > left ? wp_decode_fail(d, at, "length out of bounds") : WP_OK;
}

uint32_t wp_decode_room(const wp_decoder *d, uint32_t count, uint32_t least) {
    size_t most = wp_decode_left(d) / least + 1; /* the last one may be incomplete */
    return count < most ? count : (uint32_t)most;
}

wp_status wp_decode_indices(wp_decoder *d, uint32_t *count, uint32_t **out) {
    WP_TRY(wp_decode_count(d, count));
    *out = wp_arena_alloc_raw(&d->build.module->arena, wp_decode_room(d, *count, 1), sizeof **out);
    if (*out == NULL)
        return wp_fail_memory(d->build.diag);
    for (uint32_t i = 0; i < *count; i++)
        WP_TRY(wp_decode_u32(d, &(*out)[i]));
    return WP_OK;
}

wp_status wp_decode_bytes(wp_decoder *d, wp_bytes *out) {
    uint32_t size = 0;
    WP_TRY(wp_decode_count(d, &size));
    if (size > wp_decode_left(d))
        return wp_decode_fail_end(d);
    *out = (wp_bytes){d->next, size};
    d->next += size;
    return WP_OK;
}

wp_status wp_decode_name(wp_decoder *d, wp_bytes *out) {
    const uint8_t *at = d->next;
    WP_TRY(wp_decode_bytes(d, out));
    return wp_utf8_valid(out->data, out->size) ? WP_OK : wp_decode_fail(d, at, "malformed UTF-8 encoding");
}
