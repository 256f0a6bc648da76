/* decode.h: decoding binary modules (specification, chapter "Binary Format").
 *
 * Interface:
 * - wp_module_decode (wasmproc.h) decodes a whole module.
 * - Below: what decode.c (modules), decode_types.c and decode_instr.c share: the decoder's state and readers.
 *
 * Every error has the byte offset of what is wrong. The text before the first ':' is that of the official test suite.
 * Claimed counts are never trusted: an array is allocated only as far as the bytes that are left could fill it, so
 * memory is bounded: at most 256 bytes for each byte of the input.
 */
#ifndef WP_DECODE_H
#define WP_DECODE_H

#include "core/module.h"

/* Working state. The scratch arrays are reused from one sequence to the next and freed at the end. */
typedef struct wp_decoder {
    wp_module *module;
    wp_diag *diag;
    const uint8_t *start; /* of the module */
    const uint8_t *next;  /* the byte to be read */
    const uint8_t *end;   /* of the module: what runs over the end of its section is found at its own end */

    /* The instruction sequence being decoded. */
    wp_instr *instrs;
    size_t ninstrs, instrs_capacity;
    uint32_t *pos; /* offset of each instruction */
    size_t pos_capacity;
    uint32_t *pool;
    size_t npool, pool_capacity;
    uint8_t *blocks; /* open blocks, innermost last: see decode_instr.c */
    size_t nblocks, blocks_capacity;

    uint32_t *words; /* scratch for lists of types */
    size_t nwords, words_capacity;

    uint32_t *func_types; /* of the function section */
    uint32_t nfunc_types;
    uint32_t nbodies;          /* of the code section */
    const uint8_t *data_index; /* the first instruction in a function that has a data index; NULL: none */

    /* Room in the module's arrays that grow while they are decoded. */
    uint32_t types_capacity, rectypes_capacity, customs_capacity;
    uint32_t funcs_capacity, tables_capacity, memories_capacity, globals_capacity, tags_capacity;
} wp_decoder;

/* Records WP_MALFORMED at a byte. Returns the status. */
wp_status wp_decode_fail(const wp_decoder *d, const uint8_t *at, const char *format, ...) WP_PRINTF(3, 4);
/* "unexpected end of section or function" at the end. */
wp_status wp_decode_fail_end(const wp_decoder *d);

static inline uint32_t wp_decode_pos(const wp_decoder *d) {
    return (uint32_t)(d->next - d->start);
}
static inline size_t wp_decode_left(const wp_decoder *d) {
    return (size_t)(d->end - d->next);
}

/* ---- Values (section "Values") ----------------------------------------------------------------------------- */

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

/* The length of a list. Malformed when there are not as many bytes left. */
WP_MUST_CHECK wp_status wp_decode_count(wp_decoder *d, uint32_t *count);
/* How many of `count` list elements, each at least `least` bytes long, need room: what is left cannot hold more. */
uint32_t wp_decode_room(const wp_decoder *d, uint32_t count, uint32_t least);
/* A list of bytes: a slice of the source. */
WP_MUST_CHECK wp_status wp_decode_bytes(wp_decoder *d, wp_bytes *out);

/* Makes room for one more element in an array of the module's arena. Returns the array, moved perhaps; NULL: memory is
 * short. The new element is zero. */
void *wp_decode_grow(wp_decoder *d, void *array, uint32_t count, uint32_t *capacity, size_t size);

/* ---- Types (decode_types.c) -------------------------------------------------------------------------------- */

WP_MUST_CHECK wp_status wp_decode_valtype(wp_decoder *d, wp_valtype *out);
WP_MUST_CHECK wp_status wp_decode_reftype(wp_decoder *d, wp_valtype *out);
/* A heap type, as in types.h with the module's type index. */
WP_MUST_CHECK wp_status wp_decode_heaptype(wp_decoder *d, uint32_t *out);
/* A block type, as in instr.h. */
WP_MUST_CHECK wp_status wp_decode_blocktype(wp_decoder *d, uint32_t *out);
WP_MUST_CHECK wp_status wp_decode_limits(wp_decoder *d, wp_limits *out);
WP_MUST_CHECK wp_status wp_decode_mutability(wp_decoder *d, bool *out);
/* The contents of the type section. */
WP_MUST_CHECK wp_status wp_decode_types(wp_decoder *d);

/* ---- Instructions (decode_instr.c) ------------------------------------------------------------------------- */

/* An instruction sequence up to and including its `end`. in_function: a body, otherwise a constant expression. */
WP_MUST_CHECK wp_status wp_decode_expr(wp_decoder *d, bool in_function, wp_code *out);
/* Makes room for the instructions of a function body of `size` bytes. */
WP_MUST_CHECK wp_status wp_decode_reserve(wp_decoder *d, size_t size);

#endif
