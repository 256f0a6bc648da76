/* print_instr.c: the text format of instructions; see print.h (specification, "Text Format: Instructions").
 * Instructions are written as they stand in the sequence, so nesting costs no C stack.
 */
#include "text/print.h"

/* ---- Immediates -------------------------------------------------------------------------------------------- */

static void print_block_type(wp_printer *p, uint32_t type) {
    if (wp_block_has_type(type))
        wp_print_typeuse(p, wp_block_type_index(type));
    else if (type != WP_T_NONE)
        wp_print_valtypes(p, "result", &type, 1);
}

/* An index that is left out when it is 0. */
static void print_optional(wp_printer *p, uint32_t index) {
    if (index != 0)
        wp_print_format(p, " %u", index);
}

/* Without memory 0, offset 0 and natural alignment. */
static void print_memarg(wp_printer *p, uint32_t width, uint32_t packed, uint64_t offset) {
    uint32_t align = wp_memarg_align(packed), natural = 0;
    while (UINT32_C(1) << natural < width)
        natural++;
    print_optional(p, wp_memarg_memory(packed));
    if (offset != 0)
        wp_print_format(p, " offset=%llu", (unsigned long long)offset);
    if (align != natural)
        wp_print_format(p, " align=%llu", 1ULL << align);
}

static void print_labels(wp_printer *p, const uint32_t *pool) {
    for (uint32_t i = 0; i <= pool[0]; i++)
        wp_print_format(p, " %u", pool[1 + i]);
}

static void print_try_table(wp_printer *p, const uint32_t *pool) {
    static const char *const kinds[] = {" (catch", " (catch_ref", " (catch_all", " (catch_all_ref"};
    print_block_type(p, pool[0]);
    for (uint32_t i = 0; i < pool[1]; i++) {
        const uint32_t *clause = pool + 2 + 3 * (size_t)i;
        wp_print_text(p, kinds[clause[0]]);
        if (clause[0] < 2)
            wp_print_format(p, " %u", clause[1]);
        wp_print_format(p, " %u", clause[2]);
        wp_print_text(p, ")");
    }
}

static void print_constant(wp_printer *p, wp_imm immediate, uint64_t bits) {
    wp_print_text(p, " ");
    if (immediate == IMM_I32)
        wp_print_format(p, "%d", (int32_t)(uint32_t)bits);
    else if (immediate == IMM_I64)
        wp_print_format(p, "%lld", (long long)bits);
    else
        wp_print_float(p, immediate == IMM_F32 ? 32 : 64, bits);
}

static void print_shuffle(wp_printer *p, const uint32_t *pool) {
    for (uint32_t i = 0; i < 16; i++)
        wp_print_format(p, " %u", pool[i / 4] >> 8 * (i % 4) & 0xFF);
}

static void print_v128(wp_printer *p, const uint32_t *pool) {
    wp_print_text(p, " i32x4");
    for (uint32_t i = 0; i < 4; i++)
        wp_print_format(p, " 0x%08x", pool[i]);
}

/* Without a parenthesis it would be the other `select`. */
static void print_select_types(wp_printer *p, const uint32_t *pool) {
    if (pool[0] == 0)
        wp_print_text(p, " (result)");
    else
        wp_print_valtypes(p, "result", pool + 1, pool[0]);
}

/* `ref.null` has a heap type; the others have a reference type, in the binary format an opcode for each nullability. */
static void print_heaptype_of(wp_printer *p, const wp_instr *i) {
    wp_print_text(p, " ");
    if (i->op == WP_OP_ref_null)
        wp_print_heaptype(p, i->x);
    else
        wp_print_valtype(p, wp_ref_type(i->op == WP_OP_ref_test_null || i->op == WP_OP_ref_cast_null, i->x));
}

static void print_cast(wp_printer *p, const uint32_t *pool) {
    wp_print_format(p, " %u", pool[0]);
    wp_print_text(p, " ");
    wp_print_valtype(p, pool[1]);
    wp_print_text(p, " ");
    wp_print_valtype(p, pool[2]);
}

/* Unlike in the binary format, tables and memories come before segments. */
static void print_immediates(wp_printer *p, const wp_code *code, const wp_instr *i) {
    const wp_instr_row *row = &wp_instr_rows[i->op];
    switch ((wp_imm)row->immediate) {
    case IMM_NONE: break;
    case IMM_BLOCK: print_block_type(p, i->x); break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_TAG:
    case IMM_LANE:
    case IMM_DATA: wp_print_format(p, " %u", i->x); break;
    case IMM_MEMORY: print_optional(p, i->x); break;
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_DATA:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE: wp_print_format(p, " %u %u", i->x, i->y); break;
    case IMM_TYPE_TABLE:
        print_optional(p, i->y);
        wp_print_typeuse(p, i->x);
        break;
    case IMM_TABLE_TABLE:
    case IMM_MEMORY_MEMORY: /* both are left out when both are 0 */
        if (i->x != 0 || i->y != 0)
            wp_print_format(p, " %u %u", i->x, i->y);
        break;
    case IMM_ELEM_TABLE:
    case IMM_DATA_MEMORY:
        print_optional(p, i->y);
        wp_print_format(p, " %u", i->x);
        break;
    case IMM_LABELS: print_labels(p, code->pool + i->x); break;
    case IMM_MEMARG: print_memarg(p, row->width, i->x, i->u64); break;
    case IMM_MEMARG_LANE:
        print_memarg(p, row->width, code->pool[i->x], i->u64);
        wp_print_format(p, " %u", code->pool[i->x + 1]);
        break;
    case IMM_SHUFFLE: print_shuffle(p, code->pool + i->x); break;
    case IMM_V128: print_v128(p, code->pool + i->x); break;
    case IMM_I32:
    case IMM_I64:
    case IMM_F32:
    case IMM_F64: print_constant(p, (wp_imm)row->immediate, i->u64); break;
    case IMM_HEAPTYPE: print_heaptype_of(p, i); break;
    case IMM_VALTYPES: print_select_types(p, code->pool + i->x); break;
    case IMM_TRY_TABLE: print_try_table(p, code->pool + i->x); break;
    case IMM_CAST: print_cast(p, code->pool + i->x); break;
    }
}

static void print_instr(wp_printer *p, const wp_code *code, const wp_instr *i) {
    wp_print_text(p, wp_instr_rows[i->op].mnemonic);
    print_immediates(p, code, i);
}

/* ---- Sequences --------------------------------------------------------------------------------------------- */

static bool print_opens_block(const wp_instr *i) {
    uint8_t immediate = wp_instr_rows[i->op].immediate;
    return immediate == IMM_BLOCK || immediate == IMM_TRY_TABLE;
}

void wp_print_body(wp_printer *p, const wp_code *code) {
    uint32_t level = 2; /* within a module and a function */
    for (uint32_t k = 0; k + 1 < code->ninstrs; k++) {
        const wp_instr *i = &code->instrs[k];
        level -= i->op == WP_OP_end ? 1 : 0;
        wp_print_line(p, level - (i->op == WP_OP_else ? 1 : 0));
        print_instr(p, code, i);
        level += print_opens_block(i) ? 1 : 0;
    }
}

void wp_print_expr(wp_printer *p, const wp_code *code) {
    for (uint32_t k = 0; k + 1 < code->ninstrs; k++) {
        wp_print_text(p, " ");
        print_instr(p, code, &code->instrs[k]);
    }
}
