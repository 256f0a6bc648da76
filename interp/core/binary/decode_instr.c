/* decode_instr.c: the binary format of instructions and expressions; see decode.h (specification, "Binary Format:
 * Instructions"). Open blocks are kept on a stack of bytes, so nesting costs no C stack.
 */
#include "core/binary/decode.h"

/* An open block, by what may come next in it: only `end`, or `else` too. */
enum { BLOCK_PLAIN, BLOCK_IF };

static wp_status decode_open_block(wp_decoder *d, uint8_t kind) {
    WP_TRY(WP_BUILD_GROW(&d->build, d, blocks));
    d->blocks[d->nblocks++] = kind;
    return WP_OK;
}

/* ---- Immediates -------------------------------------------------------------------------------------------- */

/* An integer, into the pool. */
static wp_status decode_pooled(wp_decoder *d) {
    uint32_t word = 0;
    WP_TRY(wp_decode_u32(d, &word));
    return wp_build_pool(&d->build, word);
}

/* The length of a list whose elements follow in the pool. */
static wp_status decode_pooled_count(wp_decoder *d, wp_instr *i, uint32_t *count) {
    WP_TRY(wp_decode_count(d, count));
    i->x = (uint32_t)d->build.npool;
    return wp_build_pool(&d->build, *count);
}

/* Sixteen bytes: a constant or the lanes of a shuffle. */
static wp_status decode_v128(wp_decoder *d, wp_instr *i) {
    i->x = (uint32_t)d->build.npool;
    for (int k = 0; k < 4; k++) {
        uint64_t bits = 0;
        WP_TRY(wp_decode_fixed(d, 4, &bits));
        WP_TRY(wp_build_pool(&d->build, (uint32_t)bits));
    }
    return WP_OK;
}

/* memarg ::= flags memidx? offset, where bits 0 to 5 of the flags are the alignment and bit 6 announces the index */
static wp_status decode_memarg(wp_decoder *d, uint32_t *packed, uint64_t *offset) {
    const uint8_t *at = d->next;
    uint32_t flags = 0, memory = 0;
    WP_TRY(wp_decode_u32(d, &flags));
    if (flags >= 0x80)
        return wp_decode_fail(d, at, "malformed memop flags");
    if ((flags & 0x40) != 0)
        WP_TRY(wp_decode_u32(d, &memory));
    /* An index that does not fit becomes one that no module has (limit `memories`). */
    if (memory > wp_memarg_memory(UINT32_MAX))
        memory = wp_memarg_memory(UINT32_MAX);
    *packed = WP_MEMARG(memory, flags & 0x3F);
    return wp_decode_unsigned(d, 64, offset);
}

static wp_status decode_memarg_lane(wp_decoder *d, wp_instr *i) {
    uint32_t packed = 0;
    uint64_t offset = 0;
    uint8_t lane = 0;
    WP_TRY(decode_memarg(d, &packed, &offset));
    WP_TRY(wp_decode_byte(d, &lane));
    i->x = (uint32_t)d->build.npool;
    i->u64 = offset;
    WP_TRY(wp_build_pool(&d->build, packed));
    return wp_build_pool(&d->build, lane);
}

/* list(labelidx) labelidx */
static wp_status decode_labels(wp_decoder *d, wp_instr *i) {
    uint32_t count = 0;
    WP_TRY(decode_pooled_count(d, i, &count));
    for (uint32_t k = 0; k < count; k++)
        WP_TRY(decode_pooled(d));
    return decode_pooled(d);
}

static wp_status decode_valtypes(wp_decoder *d, wp_instr *i) {
    uint32_t count = 0;
    WP_TRY(decode_pooled_count(d, i, &count));
    for (uint32_t k = 0; k < count; k++) {
        wp_valtype type = WP_T_NONE;
        WP_TRY(wp_decode_valtype(d, &type));
        WP_TRY(wp_build_pool(&d->build, type));
    }
    return WP_OK;
}

/* catch ::= 0x00 tagidx labelidx | 0x01 tagidx labelidx | 0x02 labelidx | 0x03 labelidx */
static wp_status decode_catch(wp_decoder *d) {
    uint8_t kind = 0;
    WP_TRY(wp_decode_code(d, 3, "malformed catch clause", &kind));
    WP_TRY(wp_build_pool(&d->build, kind));
    WP_TRY(kind < 2 ? decode_pooled(d) : wp_build_pool(&d->build, 0)); /* catch and catch_ref name a tag */
    return decode_pooled(d);
}

/* blocktype list(catch) */
static wp_status decode_try_table(wp_decoder *d, wp_instr *i) {
    uint32_t type = 0, count = 0;
    WP_TRY(wp_decode_blocktype(d, &type));
    WP_TRY(wp_decode_count(d, &count));
    i->x = (uint32_t)d->build.npool;
    WP_TRY(wp_build_pool(&d->build, type));
    WP_TRY(wp_build_pool(&d->build, count));
    for (uint32_t k = 0; k < count; k++)
        WP_TRY(decode_catch(d));
    return decode_open_block(d, BLOCK_PLAIN);
}

/* flags labelidx heaptype heaptype, where bits 0 and 1 of the flags make source and target nullable */
static wp_status decode_cast(wp_decoder *d, wp_instr *i) {
    uint8_t flags = 0;
    uint32_t source = 0, target = 0;
    WP_TRY(wp_decode_code(d, 3, "malformed br_on_cast flags", &flags));
    i->x = (uint32_t)d->build.npool;
    WP_TRY(decode_pooled(d));
    WP_TRY(wp_decode_heaptype(d, &source));
    WP_TRY(wp_decode_heaptype(d, &target));
    WP_TRY(wp_build_pool(&d->build, wp_ref_type((flags & 1) != 0, source)));
    return wp_build_pool(&d->build, wp_ref_type((flags & 2) != 0, target));
}

static wp_status decode_block(wp_decoder *d, wp_instr *i) {
    WP_TRY(wp_decode_blocktype(d, &i->x));
    return decode_open_block(d, i->op == WP_OP_if ? BLOCK_IF : BLOCK_PLAIN);
}

static wp_status decode_two_indices(wp_decoder *d, wp_instr *i) {
    WP_TRY(wp_decode_u32(d, &i->x));
    return wp_decode_u32(d, &i->y);
}

static wp_status decode_lane(wp_decoder *d, wp_instr *i) {
    uint8_t index = 0;
    WP_TRY(wp_decode_byte(d, &index));
    i->x = index;
    return WP_OK;
}

static wp_status decode_constant(wp_decoder *d, wp_instr *i, wp_imm immediate) {
    int64_t number = 0;
    switch (immediate) {
    case IMM_I32:
        WP_TRY(wp_decode_signed(d, 32, &number));
        i->u64 = (uint32_t)number;
        return WP_OK;
    case IMM_I64:
        WP_TRY(wp_decode_signed(d, 64, &number));
        i->u64 = (uint64_t)number;
        return WP_OK;
    case IMM_F32: return wp_decode_fixed(d, 4, &i->u64);
    default: return wp_decode_fixed(d, 8, &i->u64);
    }
}

/* Completes the newest instruction of the sequence. */
static wp_status decode_immediates(wp_decoder *d, wp_instr *i, wp_imm immediate) {
    switch (immediate) {
    case IMM_NONE: return WP_OK;
    case IMM_LABEL ... IMM_DATA: return wp_decode_u32(d, &i->x);
    case IMM_TYPE_TABLE ... IMM_DATA_MEMORY: return decode_two_indices(d, i);
    case IMM_MEMARG: return decode_memarg(d, &i->x, &i->u64);
    case IMM_I32:
    case IMM_I64:
    case IMM_F32:
    case IMM_F64: return decode_constant(d, i, immediate);
    case IMM_BLOCK: return decode_block(d, i);
    case IMM_LABELS: return decode_labels(d, i);
    case IMM_HEAPTYPE: return wp_decode_heaptype(d, &i->x);
    case IMM_VALTYPES: return decode_valtypes(d, i);
    case IMM_TRY_TABLE: return decode_try_table(d, i);
    case IMM_CAST: return decode_cast(d, i);
    case IMM_LANE: return decode_lane(d, i);
    case IMM_MEMARG_LANE: return decode_memarg_lane(d, i);
    case IMM_SHUFFLE:
    case IMM_V128: return decode_v128(d, i);
    }
    return wp_fail(d->build.diag, WP_CRASH, "unknown kind of immediate");
}

/* ---- Expressions ------------------------------------------------------------------------------------------- */

/* The rest of an opcode that takes more than a byte. */
static wp_status decode_prefixed(wp_decoder *d, uint8_t prefix, wp_op *out) {
    const uint8_t *at = d->next - 1;
    uint32_t code = 0;
    if (prefix < 0xFB || prefix > 0xFD)
        return wp_decode_fail(d, at, "illegal opcode %02x", prefix);
    WP_TRY(wp_decode_u32(d, &code));
    *out = wp_instr_find(prefix, code);
    return *out != WP_OP_COUNT ? WP_OK : wp_decode_fail(d, at, "illegal opcode %02x %02x", prefix, code);
}

/* `else` and `end`. Sets *done at the end of the sequence. */
static wp_status decode_delimiter(wp_decoder *d, wp_op op, bool *done) {
    if (op == WP_OP_end) {
        *done = d->nblocks == 0;
        d->nblocks -= *done ? 0 : 1;
        return WP_OK;
    }
    if (d->nblocks == 0 || d->blocks[d->nblocks - 1] != BLOCK_IF)
        return wp_decode_fail(d, d->next - 1, "END opcode expected");
    d->blocks[d->nblocks - 1] = BLOCK_PLAIN;
    return WP_OK;
}

static wp_status decode_instr(wp_decoder *d, bool in_function, bool *done) {
    const uint8_t *at = d->next;
    wp_instr *i = NULL;
    if (WP_UNLIKELY(at == d->end))
        return wp_decode_fail_end(d);
    wp_op op = wp_instr_find(0, *d->next++);
    if (WP_UNLIKELY(op == WP_OP_COUNT)) {
        WP_TRY(decode_prefixed(d, *at, &op));
        if (in_function && d->data_index == NULL && wp_imm_names_data((wp_imm)wp_instr_rows[op].immediate))
            d->data_index = at;
    }
    WP_TRY(wp_build_instr(&d->build, op, (uint32_t)(at - d->start), &i));
    wp_imm immediate = (wp_imm)wp_instr_rows[op].immediate;
    if (immediate == IMM_NONE)
        return op == WP_OP_end || op == WP_OP_else ? decode_delimiter(d, op, done) : WP_OK;
    return decode_immediates(d, i, immediate);
}

/* expr ::= instr* 0x0B */
wp_status wp_decode_expr(wp_decoder *d, bool in_function, wp_code *out) {
    bool done = false;
    d->nblocks = 0;
    while (!done)
        WP_TRY(decode_instr(d, in_function, &done));
    return wp_build_code(&d->build, out);
}
