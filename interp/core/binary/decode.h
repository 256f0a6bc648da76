/* decode.h: decoding binary modules (specification, "Binary Format").
 *
 * Interface:
 * - wp_module_decode (wasmproc.h) decodes a whole module.
 * - Below: the readers that decode.c (modules) is made of, from the bottom up: decode_value.c, decode_types.c,
 *   decode_instr.c.
 *
 * Every error has a byte offset. Its text before the first ':' is that of the official test suite. Claimed counts are
 * never trusted: an array is allocated only as far as the remaining bytes could fill it, so memory is bounded, at most
 * 256 bytes for each byte of the input.
 */
#ifndef WP_DECODE_H
#define WP_DECODE_H

#include "core/builder.h"

typedef struct wp_decoder {
    wp_builder build;
    const uint8_t *start; /* of the module */
    const uint8_t *next;  /* the byte to be read */
    const uint8_t *end;   /* of the module: contents that overrun their section are found at their own end */

    uint8_t *blocks; /* open blocks of the instruction sequence, innermost last: see decode_instr.c */
    size_t nblocks, blocks_capacity;

    uint32_t *func_types; /* of the function section */
    uint32_t nfunc_types;
    uint32_t nbodies;          /* of the code section */
    const uint8_t *data_index; /* the first instruction in a function that names a data segment; NULL if absent */
} wp_decoder;

/* ---- Values (decode_value.c) ------------------------------------------------------------------------------- */

/* Records WP_MALFORMED at a byte. Returns the status. */
#define wp_decode_fail(d, at, ...)                                                                                     \
    wp_fail_at((d)->build.diag, WP_MALFORMED, (wp_location){(size_t)((at) - (d)->start), 0, 0}, __VA_ARGS__)
/* "unexpected end of section or function" at the end. */
wp_status wp_decode_fail_end(const wp_decoder *d);

static inline uint32_t wp_decode_pos(const wp_decoder *d) {
    return (uint32_t)(d->next - d->start);
}
static inline size_t wp_decode_left(const wp_decoder *d) {
    return (size_t)(d->end - d->next);
}
/* The byte to be read, which stays; 0 at the end. */
static inline uint8_t wp_decode_peek(const wp_decoder *d) {
    return d->next == d->end ? 0 : *d->next;
}

/* LEB128 of any length; bits is 32, 33 or 64. */
WP_MUST_CHECK wp_status wp_decode_unsigned(wp_decoder *d, unsigned bits, uint64_t *out);
WP_MUST_CHECK wp_status wp_decode_signed(wp_decoder *d, unsigned bits, int64_t *out);
WP_MUST_CHECK wp_status wp_decode_long_u32(wp_decoder *d, uint32_t *out);

/* Most integers take one byte. */
static inline wp_status wp_decode_u32(wp_decoder *d, uint32_t *out) {
    if (WP_LIKELY(d->next != d->end && *d->next < 0x80)) {
        *out = *d->next++;
        return WP_OK;
    }
    return wp_decode_long_u32(d, out);
}

static inline wp_status wp_decode_byte(wp_decoder *d, uint8_t *out) {
    if (WP_UNLIKELY(d->next == d->end))
        return wp_decode_fail_end(d);
    *out = *d->next++;
    return WP_OK;
}

/* A byte from 0 to `most`; any other fails with a message. */
WP_MUST_CHECK wp_status wp_decode_code(wp_decoder *d, uint8_t most, const char *message, uint8_t *out);
/* A little-endian number of `size` bytes, at most 8. */
WP_MUST_CHECK wp_status wp_decode_fixed(wp_decoder *d, unsigned size, uint64_t *out);
/* The length of a list. Malformed when fewer bytes than that are left. */
WP_MUST_CHECK wp_status wp_decode_count(wp_decoder *d, uint32_t *count);
/* The number of elements to allocate for a list of `count`, each at least `least` bytes long: at most as many as the
 * rest of the input can hold. */
uint32_t wp_decode_room(const wp_decoder *d, uint32_t count, uint32_t least);
/* A list of indices, in the module's arena. */
WP_MUST_CHECK wp_status wp_decode_indices(wp_decoder *d, uint32_t *count, uint32_t **out);
/* A list of bytes: a slice of the source. */
WP_MUST_CHECK wp_status wp_decode_bytes(wp_decoder *d, wp_bytes *out);
/* The same in UTF-8. */
WP_MUST_CHECK wp_status wp_decode_name(wp_decoder *d, wp_bytes *out);

/* ---- Types (decode_types.c) -------------------------------------------------------------------------------- */

WP_MUST_CHECK wp_status wp_decode_valtype(wp_decoder *d, wp_valtype *out);
WP_MUST_CHECK wp_status wp_decode_reftype(wp_decoder *d, wp_valtype *out);
/* A heap type, as in types.h with the module's type index. */
WP_MUST_CHECK wp_status wp_decode_heaptype(wp_decoder *d, uint32_t *out);
/* A block type, as in instr.h. */
WP_MUST_CHECK wp_status wp_decode_blocktype(wp_decoder *d, uint32_t *out);
WP_MUST_CHECK wp_status wp_decode_limits(wp_decoder *d, wp_limits *out);
WP_MUST_CHECK wp_status wp_decode_mutability(wp_decoder *d, bool *out);
/* An element of the type section. */
WP_MUST_CHECK wp_status wp_decode_rectype(wp_decoder *d);

/* ---- Instructions (decode_instr.c) ------------------------------------------------------------------------- */

/* An instruction sequence up to and including its `end`. in_function: a body, otherwise a constant expression. */
WP_MUST_CHECK wp_status wp_decode_expr(wp_decoder *d, bool in_function, wp_code *out);

#endif
