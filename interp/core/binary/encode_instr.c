/* encode_instr.c: the binary format of instructions, written; see encode.h (specification, "Binary Format:
 * Instructions").
 */
#include "core/binary/encode.h"

static void encode_memarg(wp_output *o, uint32_t packed, uint64_t offset) {
    uint32_t memory = wp_memarg_memory(packed);
    wp_encode_unsigned(o, wp_memarg_align(packed) | (memory != 0 ? 0x40u : 0u));
    if (memory != 0)
        wp_encode_unsigned(o, memory);
    wp_encode_unsigned(o, offset);
}

static void encode_try_table(wp_output *o, const uint32_t *pool) {
    wp_encode_blocktype(o, pool[0]);
    wp_encode_unsigned(o, pool[1]);
    for (uint32_t i = 0; i < pool[1]; i++) {
        const uint32_t *clause = pool + 2 + 3 * i;
        wp_output_byte(o, clause[0]);
        if (clause[0] < 2)
            wp_encode_unsigned(o, clause[1]);
        wp_encode_unsigned(o, clause[2]);
    }
}

static void encode_cast(wp_output *o, const uint32_t *pool) {
    wp_output_byte(o, (wp_is_nullable(pool[1]) ? 1u : 0u) | (wp_is_nullable(pool[2]) ? 2u : 0u));
    wp_encode_unsigned(o, pool[0]);
    wp_encode_heaptype(o, pool[1] & WP_T_HEAP);
    wp_encode_heaptype(o, pool[2] & WP_T_HEAP);
}

static void encode_labels(wp_output *o, const uint32_t *pool) {
    wp_encode_unsigned(o, pool[0]);
    for (uint32_t i = 0; i <= pool[0]; i++)
        wp_encode_unsigned(o, pool[1 + i]);
}

static void encode_immediates(wp_output *o, const wp_code *code, const wp_instr *i) {
    switch ((wp_imm)wp_instr_rows[i->op].immediate) {
    case IMM_NONE: break;
    case IMM_BLOCK: wp_encode_blocktype(o, i->x); break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_MEMORY:
    case IMM_TAG:
    case IMM_DATA: wp_encode_unsigned(o, i->x); break;
    case IMM_TYPE_TABLE:
    case IMM_TABLE_TABLE:
    case IMM_ELEM_TABLE:
    case IMM_MEMORY_MEMORY:
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE:
    case IMM_TYPE_DATA:
    case IMM_DATA_MEMORY:
        wp_encode_unsigned(o, i->x);
        wp_encode_unsigned(o, i->y);
        break;
    case IMM_LABELS: encode_labels(o, code->pool + i->x); break;
    case IMM_MEMARG: encode_memarg(o, i->x, i->u64); break;
    case IMM_MEMARG_LANE:
        encode_memarg(o, code->pool[i->x], i->u64);
        wp_output_byte(o, code->pool[i->x + 1]);
        break;
    case IMM_LANE: wp_output_byte(o, i->x); break;
    case IMM_SHUFFLE:
    case IMM_V128:
        for (uint32_t k = 0; k < 4; k++)
            wp_encode_fixed(o, code->pool[i->x + k], 4);
        break;
    case IMM_I32: wp_encode_signed(o, (i->u64 ^ 0x80000000u) - 0x80000000u); break; /* extends the sign of 32 bits */
    case IMM_I64: wp_encode_signed(o, i->u64); break;
    case IMM_F32: wp_encode_fixed(o, i->u64, 4); break;
    case IMM_F64: wp_encode_fixed(o, i->u64, 8); break;
    case IMM_HEAPTYPE: wp_encode_heaptype(o, i->x); break;
    case IMM_VALTYPES: wp_encode_valtypes(o, code->pool + i->x + 1, code->pool[i->x]); break;
    case IMM_TRY_TABLE: encode_try_table(o, code->pool + i->x); break;
    case IMM_CAST: encode_cast(o, code->pool + i->x); break;
    }
}

void wp_encode_instr(wp_output *o, const wp_code *code, const wp_instr *i) {
    const wp_instr_row *row = &wp_instr_rows[i->op];
    if (row->prefix == 0) {
        wp_output_byte(o, row->code);
    } else {
        wp_output_byte(o, row->prefix);
        wp_encode_unsigned(o, row->code);
    }
    encode_immediates(o, code, i);
}

void wp_encode_code(wp_output *o, const wp_code *code) {
    for (uint32_t i = 0; i < code->ninstrs; i++)
        wp_encode_instr(o, code, &code->instrs[i]);
}
