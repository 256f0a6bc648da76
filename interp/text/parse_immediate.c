/* parse_immediate.c: the text format of immediates; see parser.h (specification, "Text Format: Instructions"). */
#include "text/parser.h"

#include "text/number.h"

/* ---- Indices ----------------------------------------------------------------------------------------------- */

/* x?, where nothing means 0 */
static wp_status parse_optional_index(wp_parser *p, wp_space space, uint32_t *out) {
    return wp_at_index(p) ? wp_parse_index(p, space, 0, out) : WP_OK;
}

/* (x y)? of one space, where nothing means 0 0 */
static wp_status parse_optional_pair(wp_parser *p, wp_space space, wp_instr *i) {
    if (!wp_at_index(p))
        return WP_OK;
    WP_TRY(wp_parse_index(p, space, 0, &i->x));
    return wp_parse_index(p, space, 0, &i->y);
}

/* x? y, where x may be left out and y is a segment: i->x is y. */
static wp_status parse_segment_of(wp_parser *p, wp_space space, wp_space segments, wp_instr *i) {
    /* The space of the first index depends on the presence of a second one. */
    if (wp_at_index(p) && wp_is_index(wp_peek_second(p)))
        WP_TRY(wp_parse_index(p, space, 0, &i->y));
    return wp_parse_index(p, segments, 0, &i->x);
}

/* typeidx y */
static wp_status parse_type_and(wp_parser *p, wp_space space, wp_instr *i) {
    WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &i->x));
    return wp_parse_index(p, space, space == WP_SPACE_FIELD ? i->x : 0, &i->y);
}

/* typeidx n */
static wp_status parse_type_count(wp_parser *p, wp_instr *i) {
    WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &i->x));
    return wp_parse_u32(p, 32, "a count", &i->y);
}

/* tableidx? typeuse */
static wp_status parse_call_indirect(wp_parser *p, wp_instr *i) {
    wp_typeuse use;
    WP_TRY(parse_optional_index(p, WP_SPACE_TABLE, &i->y));
    WP_TRY(wp_parse_typeuse(p, WP_PARAM_NAMES_REFUSED, &use));
    return wp_parse_resolve(p, &use, &i->x);
}

/* label+, the last of which is the default */
static wp_status parse_labels(wp_parser *p, wp_instr *i) {
    wp_builder *b = &p->build;
    uint32_t label = 0;
    i->x = (uint32_t)b->npool;
    WP_TRY(wp_build_pool(b, 0));
    do {
        WP_TRY(wp_parse_index(p, WP_SPACE_LABEL, 0, &label));
        WP_TRY(wp_build_pool(b, label));
    } while (wp_at_index(p));
    b->pool[i->x] = (uint32_t)b->npool - i->x - 2;
    return WP_OK;
}

/* ---- Types ------------------------------------------------------------------------------------------------- */

/* ('(' 'result' t* ')')*: with any, `select` is the instruction with types. */
static wp_status parse_select_types(wp_parser *p, wp_instr *i) {
    wp_builder *b = &p->build;
    if (i->op != WP_OP_select || !wp_at_open(p, "result"))
        return WP_OK;
    i->op = WP_OP_select_t;
    i->x = (uint32_t)b->npool;
    WP_TRY(wp_build_pool(b, 0));
    while (wp_take_open(p, "result")) {
        while (!wp_at(p, WP_LEX_RPAR)) {
            wp_valtype type = WP_T_NONE;
            WP_TRY(wp_parse_valtype(p, &type));
            WP_TRY(wp_build_pool(b, type));
        }
        WP_TRY(wp_expect_close(p));
    }
    b->pool[i->x] = (uint32_t)b->npool - i->x - 1;
    return WP_OK;
}

/* heaptype of ref.null; the others have a reference type, whose nullability is in the operation. */
static wp_status parse_heaptype_of(wp_parser *p, wp_instr *i) {
    wp_valtype type = WP_T_NONE;
    if (i->op == WP_OP_ref_null)
        return wp_parse_heaptype(p, &i->x);
    WP_TRY(wp_parse_reftype(p, &type));
    if (wp_is_nullable(type))
        i->op = i->op == WP_OP_ref_test ? WP_OP_ref_test_null : WP_OP_ref_cast_null;
    i->x = type & WP_T_HEAP;
    return WP_OK;
}

/* label reftype reftype */
static wp_status parse_cast(wp_parser *p, wp_instr *i) {
    uint32_t label = 0;
    wp_valtype source = WP_T_NONE, target = WP_T_NONE;
    WP_TRY(wp_parse_index(p, WP_SPACE_LABEL, 0, &label));
    WP_TRY(wp_parse_reftype(p, &source));
    WP_TRY(wp_parse_reftype(p, &target));
    i->x = (uint32_t)p->build.npool;
    WP_TRY(wp_build_pool(&p->build, label));
    WP_TRY(wp_build_pool(&p->build, source));
    return wp_build_pool(&p->build, target);
}

static bool parse_take_catch(wp_parser *p, uint32_t *kind) {
    static const char *const words[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
    for (*kind = 0; *kind < 4; ++*kind)
        if (wp_take_open(p, words[*kind]))
            return true;
    return false;
}

/* blocktype catch*, where the labels are those outside the block */
static wp_status parse_try_table(wp_parser *p, wp_instr *i) {
    wp_builder *b = &p->build;
    uint32_t type = 0, kind = 0;
    WP_TRY(wp_parse_blocktype(p, &type));
    i->x = (uint32_t)b->npool;
    WP_TRY(wp_build_pool(b, type));
    WP_TRY(wp_build_pool(b, 0));
    while (parse_take_catch(p, &kind)) {
        uint32_t tag = 0, label = 0;
        if (kind < 2) /* catch and catch_ref name a tag */
            WP_TRY(wp_parse_index(p, WP_SPACE_TAG, 0, &tag));
        WP_TRY(wp_parse_index(p, WP_SPACE_LABEL, 0, &label));
        WP_TRY(wp_expect_close(p));
        WP_TRY(wp_build_pool(b, kind));
        WP_TRY(wp_build_pool(b, tag));
        WP_TRY(wp_build_pool(b, label));
        b->pool[i->x + 1]++;
    }
    return WP_OK;
}

/* ---- Memory arguments -------------------------------------------------------------------------------------- */

static bool parse_has_prefix(const wp_lexeme *word, const char *prefix) {
    size_t size = strlen(prefix);
    return word->kind == WP_LEX_KEYWORD && word->size > size && memcmp(word->text, prefix, size) == 0;
}

/* The number N of the next lexeme, if that is a keyword prefix=N. */
static wp_status parse_keyed_number(wp_parser *p, const char *prefix, bool *present, uint64_t *out) {
    const wp_lexeme *word = wp_peek(p);
    uint32_t size = (uint32_t)strlen(prefix);
    *present = parse_has_prefix(word, prefix);
    if (!*present)
        return WP_OK;
    if (wp_number_kind(word->text + size, word->size - size) != WP_LEX_NAT)
        return wp_text_fail_unknown(p->text, p->build.diag, word);
    if (!wp_number_nat(word->text + size, word->size - size, 64, out))
        return wp_parse_fail(p, word->pos, "i64 constant out of range");
    return WP_OK;
}

static unsigned parse_exponent(uint64_t power) {
    unsigned exponent = 0;
    while (power >> exponent != 1)
        exponent++;
    return exponent;
}

/* memarg ::= ('offset' '=' N)? ('align' '=' N)?, of a known memory */
static wp_status parse_memarg(wp_parser *p, uint32_t op, uint32_t memory, uint32_t *packed, uint64_t *offset) {
    bool present = false;
    uint64_t align = wp_instr_rows[op].width;
    *offset = 0;
    WP_TRY(parse_keyed_number(p, "offset=", &present, offset));
    if (present)
        wp_take(p);
    WP_TRY(parse_keyed_number(p, "align=", &present, &align));
    if (align == 0 || (align & (align - 1)) != 0)
        return wp_parse_fail(p, wp_peek(p)->pos, "alignment must be a power of two");
    if (present)
        wp_take(p);
    /* An index that does not fit becomes one that no module has (limit `memories`). */
    uint32_t most = wp_memarg_memory(UINT32_MAX);
    *packed = WP_MEMARG(memory > most ? most : memory, parse_exponent(align));
    return WP_OK;
}

/* memidx? memarg */
static wp_status parse_memory_memarg(wp_parser *p, wp_instr *i) {
    uint32_t memory = 0;
    WP_TRY(parse_optional_index(p, WP_SPACE_MEMORY, &memory));
    return parse_memarg(p, i->op, memory, &i->x, &i->u64);
}

static wp_status parse_lane(wp_parser *p, uint32_t *out) {
    return wp_parse_u32(p, 8, "a lane", out);
}

/* memidx? memarg lane, where a number alone is the lane */
static wp_status parse_memarg_lane(wp_parser *p, wp_instr *i) {
    uint32_t memory = 0, packed = 0, index = 0;
    uint64_t offset = 0;
    if (wp_at_index(p)) {
        const wp_lexeme *second = wp_peek_second(p);
        bool is_memory = wp_at(p, WP_LEX_ID) || second->kind == WP_LEX_NAT || parse_has_prefix(second, "offset=") ||
                         parse_has_prefix(second, "align=");
        if (is_memory)
            WP_TRY(wp_parse_index(p, WP_SPACE_MEMORY, 0, &memory));
    }
    WP_TRY(parse_memarg(p, i->op, memory, &packed, &offset));
    WP_TRY(parse_lane(p, &index));
    i->x = (uint32_t)p->build.npool;
    i->u64 = offset;
    WP_TRY(wp_build_pool(&p->build, packed));
    return wp_build_pool(&p->build, index);
}

/* ---- Numbers and vectors ----------------------------------------------------------------------------------- */

static bool parse_at_number(wp_parser *p) {
    wp_lex_kind kind = wp_peek(p)->kind;
    return kind == WP_LEX_NAT || kind == WP_LEX_INT || kind == WP_LEX_FLOAT;
}

/* The bits of a number as an integer or floating-point type. */
static wp_status parse_bits(wp_parser *p, const wp_lexeme *lexeme, bool is_float, unsigned bits, uint64_t *out) {
    bool ok = wp_number_value(lexeme->text, lexeme->size, is_float, bits, out);
    return ok ? WP_OK : wp_parse_fail(p, lexeme->pos, "constant out of range");
}

static wp_status parse_number(wp_parser *p, bool is_float, unsigned bits, uint64_t *out) {
    if (!parse_at_number(p))
        return wp_parse_unexpected(p, "a number");
    WP_TRY(parse_bits(p, wp_peek(p), is_float, bits, out));
    wp_take(p);
    return WP_OK;
}

/* Exactly `count` numbers, at most 16. An error in their count precedes errors in their values. */
static wp_status parse_numbers(wp_parser *p, unsigned count, const char *message, wp_lexeme *out) {
    uint32_t pos = wp_peek(p)->pos;
    unsigned found = 0;
    for (; found < count && parse_at_number(p); found++) {
        out[found] = *wp_peek(p);
        wp_take(p);
    }
    if (found == count && !parse_at_number(p))
        return WP_OK;
    if (wp_at(p, WP_LEX_KEYWORD) && !wp_parse_is_known(p, wp_peek(p)))
        return wp_text_fail_unknown(p->text, p->build.diag, wp_peek(p));
    return wp_parse_fail(p, pos, "%s", message);
}

/* Sixteen bytes, little-endian, into the pool. */
static wp_status parse_put_v128(wp_parser *p, const uint8_t *bytes, wp_instr *i) {
    i->x = (uint32_t)p->build.npool;
    for (int k = 0; k < 16; k += 4)
        WP_TRY(wp_build_pool(&p->build, bytes[k] | (uint32_t)bytes[k + 1] << 8 | (uint32_t)bytes[k + 2] << 16 |
                                            (uint32_t)bytes[k + 3] << 24));
    return WP_OK;
}

/* Sixteen lane indices */
static wp_status parse_shuffle(wp_parser *p, wp_instr *i) {
    wp_lexeme lanes[16];
    uint8_t bytes[16] = {0};
    uint64_t index = 0;
    WP_TRY(parse_numbers(p, 16, "invalid lane length", lanes));
    for (int k = 0; k < 16; k++) {
        if (lanes[k].kind != WP_LEX_NAT || !wp_number_nat(lanes[k].text, lanes[k].size, 8, &index))
            return wp_parse_fail(p, lanes[k].pos, "i8 constant out of range");
        bytes[k] = (uint8_t)index;
    }
    return parse_put_v128(p, bytes, i);
}

typedef struct lane_shape {
    const char *word;
    bool is_float;
    unsigned bits;
} lane_shape;

static const lane_shape shapes[] = {{"i8x16", false, 8},  {"i16x8", false, 16}, {"i32x4", false, 32},
                                    {"i64x2", false, 64}, {"f32x4", true, 32},  {"f64x2", true, 64}};

/* shape number* */
static wp_status parse_v128(wp_parser *p, wp_instr *i) {
    wp_lexeme lanes[16];
    uint8_t bytes[16] = {0};
    const lane_shape *shape = NULL;
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes && shape == NULL; k++)
        shape = wp_take_word(p, shapes[k].word) ? &shapes[k] : NULL;
    if (shape == NULL)
        return wp_parse_unexpected(p, "the shape of a vector");
    unsigned size = shape->bits / 8;
    WP_TRY(parse_numbers(p, 16 / size, "wrong number of lane literals", lanes));
    for (unsigned at = 0; at < 16; at += size) {
        uint64_t bits = 0;
        WP_TRY(parse_bits(p, &lanes[at / size], shape->is_float, shape->bits, &bits));
        for (unsigned k = 0; k < size; k++)
            bytes[at + k] = (uint8_t)(bits >> 8 * k);
    }
    return parse_put_v128(p, bytes, i);
}

/* ---- All of them ------------------------------------------------------------------------------------------- */

wp_status wp_parse_immediates(wp_parser *p, wp_instr *i) {
    switch ((wp_imm)wp_instr_rows[i->op].immediate) {
    case IMM_NONE:
    case IMM_VALTYPES: return parse_select_types(p, i); /* `select` has one mnemonic for both */
    case IMM_BLOCK: return wp_parse_blocktype(p, &i->x);
    case IMM_LABEL: return wp_parse_index(p, WP_SPACE_LABEL, 0, &i->x);
    case IMM_LABELS: return parse_labels(p, i);
    case IMM_FUNC: return wp_parse_index(p, WP_SPACE_FUNC, 0, &i->x);
    case IMM_TYPE: return wp_parse_index(p, WP_SPACE_TYPE, 0, &i->x);
    case IMM_TYPE_TABLE: return parse_call_indirect(p, i);
    case IMM_LOCAL: return wp_parse_index(p, WP_SPACE_LOCAL, 0, &i->x);
    case IMM_GLOBAL: return wp_parse_index(p, WP_SPACE_GLOBAL, 0, &i->x);
    case IMM_TABLE: return parse_optional_index(p, WP_SPACE_TABLE, &i->x);
    case IMM_TABLE_TABLE: return parse_optional_pair(p, WP_SPACE_TABLE, i);
    case IMM_ELEM: return wp_parse_index(p, WP_SPACE_ELEM, 0, &i->x);
    case IMM_ELEM_TABLE: return parse_segment_of(p, WP_SPACE_TABLE, WP_SPACE_ELEM, i);
    case IMM_MEMORY: return parse_optional_index(p, WP_SPACE_MEMORY, &i->x);
    case IMM_MEMORY_MEMORY: return parse_optional_pair(p, WP_SPACE_MEMORY, i);
    case IMM_DATA: return wp_parse_index(p, WP_SPACE_DATA, 0, &i->x);
    case IMM_DATA_MEMORY: return parse_segment_of(p, WP_SPACE_MEMORY, WP_SPACE_DATA, i);
    case IMM_MEMARG: return parse_memory_memarg(p, i);
    case IMM_MEMARG_LANE: return parse_memarg_lane(p, i);
    case IMM_LANE: return parse_lane(p, &i->x);
    case IMM_SHUFFLE: return parse_shuffle(p, i);
    case IMM_I32: return parse_number(p, false, 32, &i->u64);
    case IMM_I64: return parse_number(p, false, 64, &i->u64);
    case IMM_F32: return parse_number(p, true, 32, &i->u64);
    case IMM_F64: return parse_number(p, true, 64, &i->u64);
    case IMM_V128: return parse_v128(p, i);
    case IMM_HEAPTYPE: return parse_heaptype_of(p, i);
    case IMM_TAG: return wp_parse_index(p, WP_SPACE_TAG, 0, &i->x);
    case IMM_TRY_TABLE: return parse_try_table(p, i);
    case IMM_TYPE_FIELD: return parse_type_and(p, WP_SPACE_FIELD, i);
    case IMM_TYPE_COUNT: return parse_type_count(p, i);
    case IMM_TYPE_DATA: return parse_type_and(p, WP_SPACE_DATA, i);
    case IMM_TYPE_ELEM: return parse_type_and(p, WP_SPACE_ELEM, i);
    case IMM_TYPE_TYPE: return parse_type_and(p, WP_SPACE_TYPE, i);
    case IMM_CAST: return parse_cast(p, i);
    }
    return wp_fail(p->build.diag, WP_CRASH, "unknown kind of immediate");
}
