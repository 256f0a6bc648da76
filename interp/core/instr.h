/* instr.h: one decoded instruction, and the tables made from instr.def. */
#ifndef WP_INSTR_H
#define WP_INSTR_H

#include "base/index.h"
#include "core/types.h"

typedef enum wp_op {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, a, b, feature) WP_OP_##id,
#include "core/instr.def"
    WP_OP_COUNT
} wp_op;

/* Kinds of immediates, and where each keeps its parts in a wp_instr (x, y, u64) or in the code's pool, an array of
 * u32 in which x is then the first index. */
typedef enum wp_imm {
    IMM_NONE,
    IMM_BLOCK,  /* x: block type, see WP_BLOCK_* */
    IMM_LABELS, /* pool[x]: count n, then n labels and the default label */
    /* One index, IMM_LABEL to IMM_DATA: x. */
    IMM_LABEL,
    IMM_FUNC,
    IMM_TYPE,
    IMM_LOCAL,
    IMM_GLOBAL,
    IMM_TABLE,
    IMM_ELEM,
    IMM_MEMORY,
    IMM_TAG,
    IMM_DATA,
    /* Two indices, IMM_TYPE_TABLE to IMM_DATA_MEMORY: x, y. */
    IMM_TYPE_TABLE,
    IMM_TABLE_TABLE,   /* destination, source */
    IMM_ELEM_TABLE,    /* element segment, table */
    IMM_MEMORY_MEMORY, /* destination, source */
    IMM_TYPE_FIELD,
    IMM_TYPE_COUNT,
    IMM_TYPE_ELEM,
    IMM_TYPE_TYPE, /* destination, source */
    IMM_TYPE_DATA,
    IMM_DATA_MEMORY, /* data segment, memory */
    IMM_MEMARG,      /* x: WP_MEMARG(memory, align), u64: offset */
    IMM_MEMARG_LANE, /* pool[x]: WP_MEMARG(memory, align), pool[x + 1]: lane; u64: offset */
    IMM_LANE,        /* x: lane */
    IMM_SHUFFLE,     /* pool[x .. x + 3]: 16 lane indices, a byte each, little-endian */
    IMM_I32,         /* u64: the bits */
    IMM_I64,         /* u64 */
    IMM_F32,         /* u64: the bits */
    IMM_F64,         /* u64: the bits */
    IMM_V128,        /* pool[x .. x + 3]: 16 bytes, little-endian */
    IMM_HEAPTYPE,    /* x: heap type, as in types.h with the module's type index */
    IMM_VALTYPES,    /* pool[x]: count, then that many value types */
    IMM_TRY_TABLE,   /* pool[x]: block type, pool[x + 1]: count; then per catch: kind 0 to 3, tag (0 if none), label */
    IMM_CAST         /* pool[x]: label, pool[x + 1]: source reference type, pool[x + 2]: target reference type */
} wp_imm;

/* True for immediates that name a data segment. */
static inline bool wp_imm_names_data(wp_imm immediate) {
    return immediate == IMM_DATA || immediate == IMM_DATA_MEMORY || immediate == IMM_TYPE_DATA;
}

/* A block type: WP_BLOCK_TYPE | type index; otherwise a value type, or WP_T_NONE for the empty one. */
#define WP_BLOCK_TYPE 0x08000000u /* clear in value types that are not references */
static inline bool wp_block_has_type(uint32_t bt) {
    return (bt & WP_T_REF) == 0 && (bt & WP_BLOCK_TYPE) != 0;
}
static inline uint32_t wp_block_type_index(uint32_t bt) {
    return bt & ~WP_BLOCK_TYPE;
}

/* Memory index and alignment exponent of a memarg in one word. Alignment is 0 to 63. */
#define WP_MEMARG(memory, align) ((uint32_t)(memory) | (uint32_t)(align) << 26)
static inline uint32_t wp_memarg_memory(uint32_t x) {
    return x & 0x03FFFFFFu;
}
static inline uint32_t wp_memarg_align(uint32_t x) {
    return x >> 26;
}

/* One instruction. Structured instructions stay flat: block, loop, if, else, end stand in the sequence as in the binary
 * format. op, x, y and u64 come from the decoder or the parser, side from validation, or of indirect calls from
 * lowering, which chooses xop (exec/xop.h). */
typedef struct wp_instr {
    uint16_t op;  /* wp_op */
    uint16_t xop; /* dispatch code, see xop.h; 0 until lowered */
    uint32_t x;
    union {
        uint64_t u64;
        struct {
            uint32_t y;
            uint32_t side; /* of branches: their first entry in the side table; of indirect calls: canonical type */
        };
    };
} wp_instr;

/* Bytes of a memory access, by the width in column b of instr.def; 0 if the column has something else. */
enum wp_width {
    WP_WIDTH_none = 0,
    WP_WIDTH_i32 = 0,
    WP_WIDTH_i64 = 0,
    WP_WIDTH_f32 = 0,
    WP_WIDTH_f64 = 0,
    WP_WIDTH_s8 = 1,
    WP_WIDTH_u8 = 1,
    WP_WIDTH_s16 = 2,
    WP_WIDTH_u16 = 2,
    WP_WIDTH_s32 = 4,
    WP_WIDTH_u32 = 4,
    WP_WIDTH_u64 = 8,
    WP_WIDTH_u128 = 16
};

/* A row of instr.def as data. */
typedef struct wp_instr_row {
    const char *mnemonic;
    const char *signature;
    uint8_t prefix;
    uint8_t immediate; /* wp_imm */
    uint8_t feature;   /* wp_feature_id */
    uint8_t width;     /* bytes that a memory access takes; 0: none */
    uint16_t code;
} wp_instr_row;

extern const wp_instr_row wp_instr_rows[WP_OP_COUNT];

/* Operations plus one, by prefix (0, 0xFB, 0xFC, 0xFD) and code; 0: illegal. Codes of prefix 0xFD go up to 0x113. */
enum { WP_OPCODES = 0x120 };
extern const uint16_t wp_opcodes[4][WP_OPCODES];

/* The operation with an encoding, or WP_OP_COUNT. */
static inline wp_op wp_instr_find(uint32_t prefix, uint32_t code) {
    if (code >= WP_OPCODES || (prefix != 0 && (prefix < 0xFB || prefix > 0xFD)))
        return WP_OP_COUNT;
    uint16_t found = wp_opcodes[prefix == 0 ? 0 : prefix - 0xFA][code];
    return found == 0 ? WP_OP_COUNT : (wp_op)(found - 1);
}

/* Operations by mnemonic; each engine has one. */
typedef struct wp_mnemonics {
    wp_index index;
    wp_link links[WP_OP_COUNT]; /* by operation */
} wp_mnemonics;
void wp_mnemonics_init(wp_mnemonics *names, const wp_allocator *allocator);
/* The first operation with this mnemonic, or WP_OP_COUNT. */
wp_op wp_instr_named(const wp_mnemonics *names, const char *mnemonic, size_t size);
/* True when its feature is supported. */
bool wp_feature_supported(wp_feature_id feature);

#endif
