/* decode_instr.c: the binary format of instructions and expressions; see decode.h (specification, "Binary Format:
 * Instructions"). Open blocks are kept on a stack of bytes, so nesting costs no C stack.
 */
#include "core/binary/decode.h"

/* What an opcode means: the operation plus one (0: none) and its kind of immediate. */
typedef struct opcode {
    uint16_t op;
    uint8_t immediate;
} opcode;

/* By first byte, then by prefix and code. */
enum { PREFIX_FIRST = 0xFB, PREFIX_LAST = 0xFD, PREFIX_CODES = 0x120 };
static const opcode opcodes[256 + (PREFIX_LAST - PREFIX_FIRST + 1) * PREFIX_CODES] = {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                         \
    [(prefix) == 0 ? (code) : 256 + ((prefix)-PREFIX_FIRST) * PREFIX_CODES + (code)] = {WP_OP_##id + 1,                \
                                                                                        IMM_##immediate},
#include "core/instr.def"
};

/* An open block, by what may come next in it: only `end`, or `else` too. */
enum { BLOCK_PLAIN, BLOCK_IF };

/* ---- Scratch ----------------------------------------------------------------------------------------------- */

wp_status wp_decode_reserve(wp_decoder *d, size_t size) {
    const wp_allocator *a = &d->module->engine->allocator;
    if (size > d->instrs_capacity) {
        wp_instr *instrs = wp_resize(a, d->instrs, d->instrs_capacity, size, sizeof *instrs);
        if (instrs == NULL)
            return wp_fail_memory(d->diag);
        d->instrs = instrs;
        d->instrs_capacity = size;
    }
    if (size > d->pos_capacity) {
        uint32_t *pos = wp_resize(a, d->pos, d->pos_capacity, size, sizeof *pos);
        if (pos == NULL)
            return wp_fail_memory(d->diag);
        d->pos = pos;
        d->pos_capacity = size;
    }
    return WP_OK;
}

static wp_status put(wp_decoder *d, uint32_t word) {
    if (!wp_grow(&d->module->engine->allocator, (void **)&d->pool, d->npool, &d->pool_capacity, sizeof *d->pool))
        return wp_fail_memory(d->diag);
    d->pool[d->npool++] = word;
    return WP_OK;
}

static wp_status put_u32(wp_decoder *d) {
    uint32_t word = 0;
    WP_TRY(wp_decode_u32(d, &word));
    return put(d, word);
}

static wp_status open_block(wp_decoder *d, uint8_t kind) {
    if (!wp_grow(&d->module->engine->allocator, (void **)&d->blocks, d->nblocks, &d->blocks_capacity, 1))
        return wp_fail_memory(d->diag);
    d->blocks[d->nblocks++] = kind;
    return WP_OK;
}

/* ---- Immediates -------------------------------------------------------------------------------------------- */

/* Little-endian bytes of a constant. */
static wp_status fixed(wp_decoder *d, unsigned size, uint64_t *out) {
    if (wp_decode_left(d) < size)
        return wp_decode_fail_end(d);
    uint64_t bits = 0;
    for (unsigned i = 0; i < size; i++)
        bits |= (uint64_t)d->next[i] << 8 * i;
    d->next += size;
    *out = bits;
    return WP_OK;
}

static wp_status put_v128(wp_decoder *d, wp_instr *i) {
    i->x = (uint32_t)d->npool;
    for (int k = 0; k < 4; k++) {
        uint64_t bits = 0;
        WP_TRY(fixed(d, 4, &bits));
        WP_TRY(put(d, (uint32_t)bits));
    }
    return WP_OK;
}

/* Bits 0 to 5 of the first integer are the alignment, bit 6 says that a memory index follows. */
static wp_status memarg(wp_decoder *d, uint32_t *packed, uint64_t *offset) {
    const uint8_t *at = d->next;
    uint32_t flags = 0, memory = 0;
    WP_TRY(wp_decode_u32(d, &flags));
    if (flags >= 0x80)
        return wp_decode_fail(d, at, "malformed memop flags");
    if ((flags & 0x40) != 0)
        WP_TRY(wp_decode_u32(d, &memory));
    /* As with types: an index too large to be kept becomes one that no module has (limit `memories`). */
    if (memory > wp_memarg_memory(UINT32_MAX))
        memory = wp_memarg_memory(UINT32_MAX);
    *packed = WP_MEMARG(memory, flags & 0x3F);
    return wp_decode_unsigned(d, 64, offset);
}

static wp_status memarg_lane(wp_decoder *d, wp_instr *i) {
    uint32_t packed = 0;
    uint64_t offset = 0;
    uint8_t lane = 0;
    WP_TRY(memarg(d, &packed, &offset));
    WP_TRY(wp_decode_byte(d, &lane));
    i->x = (uint32_t)d->npool;
    i->u64 = offset;
    WP_TRY(put(d, packed));
    return put(d, lane);
}

static wp_status labels(wp_decoder *d, wp_instr *i) {
    uint32_t count = 0;
    WP_TRY(wp_decode_count(d, &count));
    i->x = (uint32_t)d->npool;
    WP_TRY(put(d, count));
    for (uint32_t k = 0; k < count; k++)
        WP_TRY(put_u32(d));
    return put_u32(d);
}

static wp_status valtypes(wp_decoder *d, wp_instr *i) {
    uint32_t count = 0;
    WP_TRY(wp_decode_count(d, &count));
    i->x = (uint32_t)d->npool;
    WP_TRY(put(d, count));
    for (uint32_t k = 0; k < count; k++) {
        wp_valtype type = WP_T_NONE;
        WP_TRY(wp_decode_valtype(d, &type));
        WP_TRY(put(d, type));
    }
    return WP_OK;
}

static wp_status catch_clause(wp_decoder *d) {
    uint8_t kind = 0;
    WP_TRY(wp_decode_byte(d, &kind));
    if (kind > 3)
        return wp_decode_fail(d, d->next - 1, "malformed catch clause");
    WP_TRY(put(d, kind));
    if (kind < 2)
        WP_TRY(put_u32(d)); /* catch and catch_ref name a tag */
    else
        WP_TRY(put(d, 0));
    return put_u32(d);
}

static wp_status try_table(wp_decoder *d, wp_instr *i) {
    uint32_t type = 0, count = 0;
    WP_TRY(wp_decode_blocktype(d, &type));
    WP_TRY(wp_decode_count(d, &count));
    i->x = (uint32_t)d->npool;
    WP_TRY(put(d, type));
    WP_TRY(put(d, count));
    for (uint32_t k = 0; k < count; k++)
        WP_TRY(catch_clause(d));
    return open_block(d, BLOCK_PLAIN);
}

/* Bits 0 and 1 of the flags say whether source and target are nullable. */
static wp_status cast(wp_decoder *d, wp_instr *i) {
    uint8_t flags = 0;
    uint32_t source = 0, target = 0;
    WP_TRY(wp_decode_byte(d, &flags));
    if (flags > 3)
        return wp_decode_fail(d, d->next - 1, "malformed br_on_cast flags");
    i->x = (uint32_t)d->npool;
    WP_TRY(put_u32(d));
    WP_TRY(wp_decode_heaptype(d, &source));
    WP_TRY(wp_decode_heaptype(d, &target));
    WP_TRY(put(d, wp_ref_type((flags & 1) != 0, source)));
    return put(d, wp_ref_type((flags & 2) != 0, target));
}

static wp_status block(wp_decoder *d, wp_instr *i) {
    WP_TRY(wp_decode_blocktype(d, &i->x));
    return open_block(d, i->op == WP_OP_if ? BLOCK_IF : BLOCK_PLAIN);
}

static wp_status two_indices(wp_decoder *d, wp_instr *i) {
    WP_TRY(wp_decode_u32(d, &i->x));
    return wp_decode_u32(d, &i->y);
}

static wp_status lane(wp_decoder *d, wp_instr *i) {
    uint8_t index = 0;
    WP_TRY(wp_decode_byte(d, &index));
    i->x = index;
    return WP_OK;
}

static wp_status constant(wp_decoder *d, wp_instr *i, wp_imm immediate) {
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
    case IMM_F32: return fixed(d, 4, &i->u64);
    default: return fixed(d, 8, &i->u64);
    }
}

/* Instruction i is the newest one of the sequence; it is complete but for its immediates. */
static wp_status immediates(wp_decoder *d, wp_instr *i, wp_imm immediate) {
    switch (immediate) {
    case IMM_NONE: return WP_OK;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_MEMORY:
    case IMM_TAG:
    case IMM_DATA: return wp_decode_u32(d, &i->x);
    case IMM_TYPE_TABLE:
    case IMM_TABLE_TABLE:
    case IMM_ELEM_TABLE:
    case IMM_MEMORY_MEMORY:
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE:
    case IMM_TYPE_DATA:
    case IMM_DATA_MEMORY: return two_indices(d, i);
    case IMM_MEMARG: return memarg(d, &i->x, &i->u64);
    case IMM_I32:
    case IMM_I64:
    case IMM_F32:
    case IMM_F64: return constant(d, i, immediate);
    case IMM_BLOCK: return block(d, i);
    case IMM_LABELS: return labels(d, i);
    case IMM_HEAPTYPE: return wp_decode_heaptype(d, &i->x);
    case IMM_VALTYPES: return valtypes(d, i);
    case IMM_TRY_TABLE: return try_table(d, i);
    case IMM_CAST: return cast(d, i);
    case IMM_LANE: return lane(d, i);
    case IMM_MEMARG_LANE: return memarg_lane(d, i);
    case IMM_SHUFFLE:
    case IMM_V128: return put_v128(d, i);
    }
    return wp_fail(d->diag, WP_CRASH, "unknown kind of immediate");
}

/* ---- Expressions ------------------------------------------------------------------------------------------- */

static wp_status prefixed(wp_decoder *d, uint8_t prefix, opcode *out) {
    const uint8_t *at = d->next - 1;
    uint32_t code = 0;
    if (prefix < PREFIX_FIRST || prefix > PREFIX_LAST)
        return wp_decode_fail(d, at, "illegal opcode %02x", prefix);
    WP_TRY(wp_decode_u32(d, &code));
    if (code < PREFIX_CODES)
        *out = opcodes[256u + (prefix - (unsigned)PREFIX_FIRST) * PREFIX_CODES + code];
    if (out->op == 0)
        return wp_decode_fail(d, at, "illegal opcode %02x %02x", prefix, code);
    return WP_OK;
}

/* `else` and `end`. Sets *done at the end of the sequence. */
static wp_status delimiter(wp_decoder *d, wp_op op, bool *done) {
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

/* Instructions that name a data segment need the data count section, where they are part of a function. */
static void note_data_index(wp_decoder *d, const uint8_t *at, wp_imm immediate) {
    if (d->data_index == NULL && (immediate == IMM_DATA || immediate == IMM_DATA_MEMORY || immediate == IMM_TYPE_DATA))
        d->data_index = at;
}

static wp_status decode_instr(wp_decoder *d, bool in_function, bool *done) {
    const uint8_t *at = d->next;
    if (WP_UNLIKELY(at == d->end))
        return wp_decode_fail_end(d);
    opcode code = opcodes[*at];
    d->next++;
    if (WP_UNLIKELY(code.op == 0)) {
        WP_TRY(prefixed(d, *at, &code));
        if (in_function)
            note_data_index(d, at, (wp_imm)code.immediate);
    }
    if (WP_UNLIKELY(d->ninstrs == d->instrs_capacity))
        WP_TRY(wp_decode_reserve(d, d->ninstrs < 32 ? 64 : d->ninstrs * 2));
    wp_instr *i = &d->instrs[d->ninstrs];
    d->pos[d->ninstrs++] = (uint32_t)(at - d->start);
    i->op = (uint16_t)(code.op - 1);
    i->xop = 0;
    i->x = 0;
    i->u64 = 0;
    if (code.immediate == IMM_NONE)
        return i->op == WP_OP_end || i->op == WP_OP_else ? delimiter(d, (wp_op)i->op, done) : WP_OK;
    return immediates(d, i, (wp_imm)code.immediate);
}

/* Moves the sequence from the scratch arrays into the module. */
static wp_status keep(wp_decoder *d, wp_code *out) {
    wp_arena *arena = &d->module->arena;
    *out = (wp_code){0};
    out->ninstrs = (uint32_t)d->ninstrs;
    out->npool = (uint32_t)d->npool;
    out->instrs = wp_arena_copy(arena, d->instrs, d->ninstrs * sizeof *d->instrs);
    out->pos = wp_arena_copy(arena, d->pos, d->ninstrs * sizeof *d->pos);
    if (out->instrs == NULL || out->pos == NULL)
        return wp_fail_memory(d->diag);
    if (d->npool != 0) {
        out->pool = wp_arena_copy(arena, d->pool, d->npool * sizeof *d->pool);
        if (out->pool == NULL)
            return wp_fail_memory(d->diag);
    }
    return WP_OK;
}

wp_status wp_decode_expr(wp_decoder *d, bool in_function, wp_code *out) {
    bool done = false;
    d->ninstrs = 0;
    d->npool = 0;
    d->nblocks = 0;
    while (!done)
        WP_TRY(decode_instr(d, in_function, &done));
    return keep(d, out);
}
