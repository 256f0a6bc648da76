/* parser_instr.c: the text format of instructions and expressions; see parser.h (specification, "Text Format:
 * Instructions").
 *
 * Blocks and folded instructions that are open are frames on a stack, so nesting costs no C stack. A folded instruction
 * follows its operands: until they are complete it waits in its frame.
 */
#include "text/parser.h"

#include "text/number.h"

/* What a frame is, by what may come next in it. */
enum {
    FLAT_BLOCK,   /* block, loop, try_table, or else: instructions and `end` */
    FLAT_IF,      /* if: instructions, `else` and `end` */
    FOLDED,       /* '(' plaininstr: folded instructions */
    FOLDED_BLOCK, /* '(' block: instructions */
    FOLDED_IF,    /* '(' if: folded instructions and '(' 'then' */
    FOLDED_THEN,  /* '(' 'then': instructions */
    FOLDED_ELSE,  /* '(' 'else': instructions */
    AFTER_THEN,   /* '(' 'else', or the parenthesis that closes '(' if */
    AFTER_ELSE    /* the parenthesis that closes '(' if */
};

/* ---- Scratch ----------------------------------------------------------------------------------------------- */

static wp_status put(wp_parser *p, uint32_t word) {
    WP_TRY(WP_SCRATCH(p, pool, npool));
    p->pool[p->npool++] = word;
    return WP_OK;
}

/* Adds an instruction to the sequence. */
static wp_status emit(wp_parser *p, wp_instr instr, uint32_t pos, uint8_t hint) {
    if (hint != WP_HINT_NONE) {
        WP_TRY(WP_SCRATCH(p, hints, nhints));
        p->hints[p->nhints++] = (wp_hint){p->func, (uint32_t)p->ninstrs, hint == WP_HINT_LIKELY};
        if (instr.op != WP_OP_if && instr.op != WP_OP_br_if)
            return wp_text_fail(p->text, p->diag, WP_INVALID, pos,
                                "@metadata.code.branch_hint annotation: invalid target");
    }
    WP_TRY(WP_SCRATCH(p, instrs, ninstrs));
    if (!wp_grow(p->allocator, (void **)&p->pos, p->ninstrs, &p->pos_capacity, sizeof *p->pos))
        return wp_fail_memory(p->diag);
    p->instrs[p->ninstrs] = instr;
    p->pos[p->ninstrs++] = pos;
    return WP_OK;
}

static wp_status emit_op(wp_parser *p, wp_op op, uint32_t pos) {
    return emit(p, (wp_instr){.op = (uint16_t)op}, pos, WP_HINT_NONE);
}

/* ---- Frames and labels ------------------------------------------------------------------------------------- */

static wp_status open_frame(wp_parser *p, uint8_t kind, uint32_t pos, wp_frame **out) {
    uint64_t limit = p->module->engine->limits[WP_LIMIT_nesting];
    if (p->nframes >= limit)
        return wp_text_fail(p->text, p->diag, WP_EXHAUSTION, pos, "nesting too deep (limit %llu)",
                            (unsigned long long)limit);
    WP_TRY(WP_SCRATCH(p, frames, nframes));
    *out = &p->frames[p->nframes++];
    **out = (wp_frame){.kind = kind, .pos = pos};
    return WP_OK;
}

/* Enters the label of the newest frame. Its identifier, if it has one, stands for it until it is left. */
static wp_status enter_label(wp_parser *p, wp_frame *frame) {
    frame->has_label = true;
    p->depth++;
    if (frame->id_size == 0)
        return WP_OK;
    wp_ident *ident = wp_idents_find(&p->labels, WP_SPACE_LABEL, 0, frame->id, frame->id_size);
    if (ident == NULL) {
        if (!wp_idents_add(&p->labels, WP_SPACE_LABEL, 0, frame->id, frame->id_size, 0))
            return wp_fail_memory(p->diag);
        ident = &p->labels.entries[p->labels.count - 1];
    }
    frame->ident = (uint32_t)(ident - p->labels.entries);
    frame->shadowed = ident->value;
    ident->value = p->depth;
    return WP_OK;
}

static void close_frame(wp_parser *p) {
    const wp_frame *frame = &p->frames[--p->nframes];
    if (frame->has_label) {
        p->depth--;
        if (frame->id_size != 0)
            p->labels.entries[frame->ident].value = frame->shadowed;
    }
}

/* The identifier after `else` or `end`, which must be that of the block. */
static wp_status check_label(wp_parser *p, const wp_frame *frame) {
    if (!wp_at(p, WP_LEX_ID))
        return WP_OK;
    const wp_lexeme *id = wp_peek(p);
    if (id->size != frame->id_size || memcmp(id->text, frame->id, id->size) != 0)
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, id->pos, "mismatching label %.*s",
                            id->size < 200 ? (int)id->size : 200, id->text);
    wp_take(p);
    return WP_OK;
}

/* ---- Immediates -------------------------------------------------------------------------------------------- */

static wp_status optional_index(wp_parser *p, wp_space space, uint32_t *out) {
    *out = 0;
    return wp_at_index(p) ? wp_parse_index(p, space, 0, out) : WP_OK;
}

/* (x y)? of one space; nothing means 0 0. */
static wp_status optional_pair(wp_parser *p, wp_space space, wp_instr *i) {
    if (!wp_at_index(p))
        return WP_OK;
    WP_TRY(wp_parse_index(p, space, 0, &i->x));
    return wp_parse_index(p, space, 0, &i->y);
}

/* x? y, where x is of a space that may be left out, and y of a space of segments: i->x is y. */
static wp_status segment_of(wp_parser *p, wp_space space, wp_space segments, wp_instr *i) {
    /* Which space the first index is of depends on whether there is a second one. */
    bool has_second = wp_at_index(p) && (wp_peek_second(p)->kind == WP_LEX_NAT || wp_peek_second(p)->kind == WP_LEX_ID);
    if (has_second)
        WP_TRY(wp_parse_index(p, space, 0, &i->y));
    return wp_parse_index(p, segments, 0, &i->x);
}

static wp_status type_and(wp_parser *p, wp_space space, wp_instr *i) {
    WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &i->x));
    return wp_parse_index(p, space, space == WP_SPACE_FIELD ? i->x : 0, &i->y);
}

static wp_status type_count(wp_parser *p, wp_instr *i) {
    uint64_t count = 0;
    WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &i->x));
    WP_TRY(wp_parse_nat(p, 32, "a count", &count));
    i->y = (uint32_t)count;
    return WP_OK;
}

/* tableidx? typeuse */
static wp_status call_indirect(wp_parser *p, wp_instr *i) {
    wp_typeuse use;
    WP_TRY(optional_index(p, WP_SPACE_TABLE, &i->y));
    WP_TRY(wp_parse_typeuse(p, WP_PARAM_NAMES_REFUSED, &use));
    return wp_parse_resolve(p, &use, &i->x);
}

/* label+, the last of which is the default */
static wp_status labels(wp_parser *p, wp_instr *i) {
    uint32_t label = 0;
    i->x = (uint32_t)p->npool;
    WP_TRY(put(p, 0));
    do {
        WP_TRY(wp_parse_index(p, WP_SPACE_LABEL, 0, &label));
        WP_TRY(put(p, label));
    } while (wp_at_index(p));
    p->pool[i->x] = (uint32_t)p->npool - i->x - 2;
    return WP_OK;
}

/* ('(' 'result' t* ')')*: with any, `select` is the instruction with types. */
static wp_status select_types(wp_parser *p, wp_instr *i) {
    if (!wp_at_open(p, "result"))
        return WP_OK;
    i->op = WP_OP_select_t;
    i->x = (uint32_t)p->npool;
    WP_TRY(put(p, 0));
    while (wp_take_open(p, "result")) {
        while (!wp_at(p, WP_LEX_RPAR)) {
            wp_valtype type = WP_T_NONE;
            WP_TRY(wp_parse_valtype(p, &type));
            WP_TRY(put(p, type));
        }
        WP_TRY(wp_expect_close(p));
    }
    p->pool[i->x] = (uint32_t)p->npool - i->x - 1;
    return WP_OK;
}

static bool has_prefix(const wp_lexeme *word, const char *prefix) {
    size_t size = strlen(prefix);
    return word->kind == WP_LEX_KEYWORD && word->size > size && memcmp(word->text, prefix, size) == 0;
}

/* The number N of a keyword prefix=N, if that is what is next. */
static wp_status keyed_number(wp_parser *p, const char *prefix, bool *present, uint64_t *out) {
    const wp_lexeme *word = wp_peek(p);
    uint32_t size = (uint32_t)strlen(prefix);
    *present = has_prefix(word, prefix);
    if (!*present)
        return WP_OK;
    if (wp_number_kind(word->text + size, word->size - size) != WP_NUMBER_NAT)
        return wp_text_fail_unknown(p->text, p->diag, word);
    if (!wp_number_nat(word->text + size, word->size - size, 64, out))
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, word->pos, "i64 constant out of range");
    return WP_OK;
}

static unsigned exponent_of(uint64_t power) {
    unsigned exponent = 0;
    while (power >> exponent != 1)
        exponent++;
    return exponent;
}

/* offset=N? align=N?, of a memory that is known */
static wp_status memarg(wp_parser *p, wp_op op, uint32_t memory, uint32_t *packed, uint64_t *offset) {
    bool present = false;
    uint64_t align = wp_instr_rows[op].width;
    *offset = 0;
    WP_TRY(keyed_number(p, "offset=", &present, offset));
    if (present)
        wp_take(p);
    WP_TRY(keyed_number(p, "align=", &present, &align));
    if (align == 0 || (align & (align - 1)) != 0)
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, wp_peek(p)->pos, "alignment must be a power of two");
    if (present)
        wp_take(p);
    /* An index too large to be kept becomes one that no module has (limit `memories`). */
    uint32_t most = wp_memarg_memory(UINT32_MAX);
    *packed = WP_MEMARG(memory > most ? most : memory, exponent_of(align));
    return WP_OK;
}

static wp_status lane(wp_parser *p, uint32_t *out) {
    uint64_t index = 0;
    WP_TRY(wp_parse_nat(p, 8, "a lane", &index));
    *out = (uint32_t)index;
    return WP_OK;
}

/* memidx? memarg lane: a number alone is the lane. */
static wp_status memarg_lane(wp_parser *p, wp_instr *i) {
    uint32_t memory = 0, packed = 0, index = 0;
    uint64_t offset = 0;
    if (wp_at_index(p)) {
        const wp_lexeme *second = wp_peek_second(p);
        bool is_memory = wp_at(p, WP_LEX_ID) || second->kind == WP_LEX_NAT || has_prefix(second, "offset=") ||
                         has_prefix(second, "align=");
        if (is_memory)
            WP_TRY(wp_parse_index(p, WP_SPACE_MEMORY, 0, &memory));
    }
    WP_TRY(memarg(p, (wp_op)i->op, memory, &packed, &offset));
    WP_TRY(lane(p, &index));
    i->x = (uint32_t)p->npool;
    i->u64 = offset;
    WP_TRY(put(p, packed));
    return put(p, index);
}

static bool at_number(wp_parser *p) {
    wp_lex_kind kind = wp_peek(p)->kind;
    return kind == WP_LEX_NAT || kind == WP_LEX_INT || kind == WP_LEX_FLOAT;
}

/* The bits of a number as an integer or floating-point type. */
static wp_status number_bits(wp_parser *p, const wp_lexeme *lexeme, bool is_float, unsigned bits, uint64_t *out) {
    bool ok = is_float ? wp_number_float(lexeme->text, lexeme->size, bits, out)
                       : wp_number_int(lexeme->text, lexeme->size, bits, out);
    return ok ? WP_OK : wp_text_fail(p->text, p->diag, WP_MALFORMED, lexeme->pos, "constant out of range");
}

static wp_status number(wp_parser *p, bool is_float, unsigned bits, uint64_t *out) {
    if (!at_number(p))
        return wp_parse_unexpected(p, "a number");
    WP_TRY(number_bits(p, wp_peek(p), is_float, bits, out));
    wp_take(p);
    return WP_OK;
}

/* Exactly `count` numbers, at most 16. What they are is looked at when their number is known to be right. */
static wp_status numbers(wp_parser *p, unsigned count, const char *otherwise, wp_lexeme *out) {
    uint32_t pos = wp_peek(p)->pos;
    unsigned found = 0;
    for (; found < count && at_number(p); found++) {
        out[found] = *wp_peek(p);
        wp_take(p);
    }
    if (found == count && !at_number(p))
        return WP_OK;
    if (wp_at(p, WP_LEX_KEYWORD) && !wp_parse_is_known(p, wp_peek(p)))
        return wp_text_fail_unknown(p->text, p->diag, wp_peek(p));
    return wp_text_fail(p->text, p->diag, WP_MALFORMED, pos, "%s", otherwise);
}

/* Sixteen bytes, little-endian, into the pool. */
static wp_status put_bytes(wp_parser *p, const uint8_t *bytes, wp_instr *i) {
    i->x = (uint32_t)p->npool;
    for (int k = 0; k < 16; k += 4)
        WP_TRY(put(p, bytes[k] | (uint32_t)bytes[k + 1] << 8 | (uint32_t)bytes[k + 2] << 16 |
                          (uint32_t)bytes[k + 3] << 24));
    return WP_OK;
}

/* Sixteen lane indices */
static wp_status shuffle(wp_parser *p, wp_instr *i) {
    wp_lexeme lanes[16];
    uint8_t bytes[16] = {0};
    uint64_t index = 0;
    WP_TRY(numbers(p, 16, "invalid lane length", lanes));
    for (int k = 0; k < 16; k++) {
        if (lanes[k].kind != WP_LEX_NAT || !wp_number_nat(lanes[k].text, lanes[k].size, 8, &index))
            return wp_text_fail(p->text, p->diag, WP_MALFORMED, lanes[k].pos, "i8 constant out of range");
        bytes[k] = (uint8_t)index;
    }
    return put_bytes(p, bytes, i);
}

typedef struct lane_shape {
    const char *word;
    bool is_float;
    unsigned bits;
} lane_shape;

static const lane_shape shapes[] = {{"i8x16", false, 8},  {"i16x8", false, 16}, {"i32x4", false, 32},
                                    {"i64x2", false, 64}, {"f32x4", true, 32},  {"f64x2", true, 64}};

/* shape number* */
static wp_status vector(wp_parser *p, wp_instr *i) {
    wp_lexeme lanes[16];
    uint8_t bytes[16] = {0};
    const lane_shape *shape = NULL;
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes && shape == NULL; k++)
        shape = wp_take_word(p, shapes[k].word) ? &shapes[k] : NULL;
    if (shape == NULL)
        return wp_parse_unexpected(p, "the shape of a vector");
    unsigned size = shape->bits / 8;
    WP_TRY(numbers(p, 16 / size, "wrong number of lane literals", lanes));
    for (unsigned at = 0; at < 16; at += size) {
        uint64_t bits = 0;
        WP_TRY(number_bits(p, &lanes[at / size], shape->is_float, shape->bits, &bits));
        for (unsigned k = 0; k < size; k++)
            bytes[at + k] = (uint8_t)(bits >> 8 * k);
    }
    return put_bytes(p, bytes, i);
}

/* heaptype of ref.null; the others have a reference type, whose nullability is in the operation. */
static wp_status heap_type(wp_parser *p, wp_instr *i) {
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
static wp_status cast(wp_parser *p, wp_instr *i) {
    uint32_t label = 0;
    wp_valtype source = WP_T_NONE, target = WP_T_NONE;
    WP_TRY(wp_parse_index(p, WP_SPACE_LABEL, 0, &label));
    WP_TRY(wp_parse_reftype(p, &source));
    WP_TRY(wp_parse_reftype(p, &target));
    i->x = (uint32_t)p->npool;
    WP_TRY(put(p, label));
    WP_TRY(put(p, source));
    return put(p, target);
}

static bool take_catch(wp_parser *p, uint32_t *kind) {
    static const char *const words[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
    for (*kind = 0; *kind < 4; ++*kind)
        if (wp_take_open(p, words[*kind]))
            return true;
    return false;
}

/* blocktype catch*, where the labels are those outside the block */
static wp_status try_table(wp_parser *p, wp_instr *i) {
    uint32_t type = 0, kind = 0;
    WP_TRY(wp_parse_blocktype(p, &type));
    i->x = (uint32_t)p->npool;
    WP_TRY(put(p, type));
    WP_TRY(put(p, 0));
    while (take_catch(p, &kind)) {
        uint32_t tag = 0, label = 0;
        if (kind < 2) /* catch and catch_ref name a tag */
            WP_TRY(wp_parse_index(p, WP_SPACE_TAG, 0, &tag));
        WP_TRY(wp_parse_index(p, WP_SPACE_LABEL, 0, &label));
        WP_TRY(wp_expect_close(p));
        WP_TRY(put(p, kind));
        WP_TRY(put(p, tag));
        WP_TRY(put(p, label));
        p->pool[i->x + 1]++;
    }
    return WP_OK;
}

static wp_status immediates(wp_parser *p, wp_instr *i) {
    switch ((wp_imm)wp_instr_rows[i->op].immediate) {
    case IMM_NONE:
    case IMM_VALTYPES: return i->op == WP_OP_select ? select_types(p, i) : WP_OK; /* one mnemonic for both */
    case IMM_BLOCK: return wp_parse_blocktype(p, &i->x);
    case IMM_LABEL: return wp_parse_index(p, WP_SPACE_LABEL, 0, &i->x);
    case IMM_LABELS: return labels(p, i);
    case IMM_FUNC: return wp_parse_index(p, WP_SPACE_FUNC, 0, &i->x);
    case IMM_TYPE: return wp_parse_index(p, WP_SPACE_TYPE, 0, &i->x);
    case IMM_TYPE_TABLE: return call_indirect(p, i);
    case IMM_LOCAL: return wp_parse_index(p, WP_SPACE_LOCAL, 0, &i->x);
    case IMM_GLOBAL: return wp_parse_index(p, WP_SPACE_GLOBAL, 0, &i->x);
    case IMM_TABLE: return optional_index(p, WP_SPACE_TABLE, &i->x);
    case IMM_TABLE_TABLE: return optional_pair(p, WP_SPACE_TABLE, i);
    case IMM_ELEM: return wp_parse_index(p, WP_SPACE_ELEM, 0, &i->x);
    case IMM_ELEM_TABLE: return segment_of(p, WP_SPACE_TABLE, WP_SPACE_ELEM, i);
    case IMM_MEMORY: return optional_index(p, WP_SPACE_MEMORY, &i->x);
    case IMM_MEMORY_MEMORY: return optional_pair(p, WP_SPACE_MEMORY, i);
    case IMM_DATA: return wp_parse_index(p, WP_SPACE_DATA, 0, &i->x);
    case IMM_DATA_MEMORY: return segment_of(p, WP_SPACE_MEMORY, WP_SPACE_DATA, i);
    case IMM_MEMARG: {
        uint32_t memory = 0;
        WP_TRY(optional_index(p, WP_SPACE_MEMORY, &memory));
        return memarg(p, (wp_op)i->op, memory, &i->x, &i->u64);
    }
    case IMM_MEMARG_LANE: return memarg_lane(p, i);
    case IMM_LANE: return lane(p, &i->x);
    case IMM_SHUFFLE: return shuffle(p, i);
    case IMM_I32: return number(p, false, 32, &i->u64);
    case IMM_I64: return number(p, false, 64, &i->u64);
    case IMM_F32: return number(p, true, 32, &i->u64);
    case IMM_F64: return number(p, true, 64, &i->u64);
    case IMM_V128: return vector(p, i);
    case IMM_HEAPTYPE: return heap_type(p, i);
    case IMM_TAG: return wp_parse_index(p, WP_SPACE_TAG, 0, &i->x);
    case IMM_TRY_TABLE: return try_table(p, i);
    case IMM_TYPE_FIELD: return type_and(p, WP_SPACE_FIELD, i);
    case IMM_TYPE_COUNT: return type_count(p, i);
    case IMM_TYPE_DATA: return type_and(p, WP_SPACE_DATA, i);
    case IMM_TYPE_ELEM: return type_and(p, WP_SPACE_ELEM, i);
    case IMM_TYPE_TYPE: return type_and(p, WP_SPACE_TYPE, i);
    case IMM_CAST: return cast(p, i);
    }
    return wp_fail(p->diag, WP_CRASH, "unknown kind of immediate");
}

/* ---- Instructions ------------------------------------------------------------------------------------------ */

/* Instructions that name a data segment need the data count section, where they are part of a function. */
static void note_data_index(wp_parser *p, wp_imm immediate) {
    if (p->in_func && (immediate == IMM_DATA || immediate == IMM_DATA_MEMORY || immediate == IMM_TYPE_DATA))
        p->uses_data = true;
}

/* A label and the rest of a block instruction: the frame is new. */
static wp_status block_head(wp_parser *p, wp_frame *frame, wp_instr *i) {
    const wp_lexeme *id = wp_peek(p);
    if (id->kind == WP_LEX_ID) {
        frame->id = id->text;
        frame->id_size = id->size;
        wp_take(p);
    }
    return immediates(p, i);
}

static bool is_block(wp_op op) {
    return wp_instr_rows[op].immediate == IMM_BLOCK || op == WP_OP_try_table;
}

/* An instruction, whose keyword is next. folded: after '('. */
static wp_status instruction(wp_parser *p, wp_op op, bool folded) {
    wp_instr i = {.op = (uint16_t)op};
    wp_frame *frame = NULL;
    uint32_t pos = wp_peek(p)->pos;
    uint8_t hint = p->hint;
    p->hint = WP_HINT_NONE;
    wp_take(p);
    note_data_index(p, (wp_imm)wp_instr_rows[op].immediate);
    if (is_block(op)) {
        uint8_t flat = op == WP_OP_if ? FLAT_IF : FLAT_BLOCK, nested = op == WP_OP_if ? FOLDED_IF : FOLDED_BLOCK;
        WP_TRY(open_frame(p, folded ? nested : flat, pos, &frame));
        WP_TRY(block_head(p, frame, &i));
        frame->instr = i;
        frame->hint = hint;
        if (frame->kind == FOLDED_IF)
            return WP_OK; /* it follows its condition */
        WP_TRY(emit(p, i, pos, hint));
        return enter_label(p, frame);
    }
    if (!folded) {
        WP_TRY(immediates(p, &i));
        return emit(p, i, pos, hint);
    }
    WP_TRY(open_frame(p, FOLDED, pos, &frame));
    WP_TRY(immediates(p, &i));
    frame->instr = i;
    frame->hint = hint;
    return WP_OK;
}

/* The operation of the keyword that is next; WP_OP_COUNT if it is none, or `else` or `end`. */
static wp_op peek_op(const wp_parser *p, const wp_lexeme *word) {
    if (word->kind != WP_LEX_KEYWORD)
        return WP_OP_COUNT;
    wp_op op = wp_instr_named(p->module->engine->mnemonics, word->text, word->size);
    return op == WP_OP_else || op == WP_OP_end ? WP_OP_COUNT : op;
}

/* `else` or `end`, with the frame that it belongs to innermost. */
static wp_status delimiter(wp_parser *p) {
    wp_frame *frame = p->nframes == 0 ? NULL : &p->frames[p->nframes - 1];
    uint32_t pos = wp_peek(p)->pos;
    bool is_end = wp_at_word(p, "end");
    if (frame == NULL || (frame->kind != FLAT_IF && (frame->kind != FLAT_BLOCK || !is_end)))
        return wp_parse_unexpected(p, "an instruction");
    wp_take(p);
    WP_TRY(check_label(p, frame));
    WP_TRY(emit_op(p, is_end ? WP_OP_end : WP_OP_else, pos));
    if (is_end)
        close_frame(p);
    else
        frame->kind = FLAT_BLOCK;
    return WP_OK;
}

/* A keyword in a sequence that may have flat instructions. */
static wp_status flat(wp_parser *p) {
    if (wp_at_word(p, "end") || wp_at_word(p, "else"))
        return delimiter(p);
    wp_op op = peek_op(p, wp_peek(p));
    return op == WP_OP_COUNT ? wp_parse_unexpected(p, "an instruction") : instruction(p, op, false);
}

/* '(' in a sequence of instructions */
static wp_status open_folded(wp_parser *p) {
    wp_op op = peek_op(p, wp_peek_second(p));
    wp_take(p);
    return op == WP_OP_COUNT ? wp_parse_unexpected(p, "an instruction") : instruction(p, op, true);
}

/* '(' after the condition of a folded `if`, or after its '(' 'then' ... ')' */
static wp_status open_branch(wp_parser *p, wp_frame *frame) {
    uint32_t pos = wp_peek(p)->pos;
    if (frame->kind == FOLDED_IF && wp_take_open(p, "then")) {
        frame->kind = FOLDED_THEN;
        WP_TRY(emit(p, frame->instr, frame->pos, frame->hint));
        return enter_label(p, frame);
    }
    if (frame->kind == AFTER_THEN && wp_take_open(p, "else")) {
        frame->kind = FOLDED_ELSE;
        return emit_op(p, WP_OP_else, pos);
    }
    return frame->kind == FOLDED_IF ? open_folded(p) : wp_parse_unexpected(p, ")");
}

/* ')' */
static wp_status close(wp_parser *p, wp_frame *frame) {
    uint32_t pos = wp_peek(p)->pos;
    switch (frame->kind) {
    case FLAT_BLOCK:
    case FLAT_IF: return wp_parse_unexpected(p, "end");
    case FOLDED_IF: return wp_parse_unexpected(p, "(then");
    case FOLDED_THEN: frame->kind = AFTER_THEN; break;
    case FOLDED_ELSE: frame->kind = AFTER_ELSE; break;
    case FOLDED:
        WP_TRY(emit(p, frame->instr, frame->pos, frame->hint));
        close_frame(p);
        break;
    default:
        WP_TRY(emit_op(p, WP_OP_end, pos));
        close_frame(p);
        break;
    }
    wp_take(p);
    return WP_OK;
}

/* ---- Expressions ------------------------------------------------------------------------------------------- */

/* One step in the innermost frame; there is one. */
static wp_status step(wp_parser *p) {
    wp_frame *frame = &p->frames[p->nframes - 1];
    bool has_flat = frame->kind == FLAT_BLOCK || frame->kind == FLAT_IF || frame->kind == FOLDED_BLOCK ||
                    frame->kind == FOLDED_THEN || frame->kind == FOLDED_ELSE;
    switch (wp_peek(p)->kind) {
    case WP_LEX_RPAR: return close(p, frame);
    case WP_LEX_LPAR: return has_flat || frame->kind == FOLDED ? open_folded(p) : open_branch(p, frame);
    case WP_LEX_KEYWORD: return has_flat ? flat(p) : wp_parse_unexpected(p, "( or )");
    default: return wp_parse_unexpected(p, has_flat ? "an instruction" : "( or )");
    }
}

/* Moves the sequence from the scratch arrays into the module. */
static wp_status keep(wp_parser *p, wp_code *out) {
    wp_arena *arena = &p->module->arena;
    *out = (wp_code){.ninstrs = (uint32_t)p->ninstrs, .npool = (uint32_t)p->npool};
    out->instrs = wp_arena_copy(arena, p->instrs, p->ninstrs * sizeof *p->instrs);
    out->pos = wp_arena_copy(arena, p->pos, p->ninstrs * sizeof *p->pos);
    if (out->instrs == NULL || out->pos == NULL)
        return wp_fail_memory(p->diag);
    if (p->npool != 0) {
        out->pool = wp_arena_copy(arena, p->pool, p->npool * sizeof *p->pool);
        if (out->pool == NULL)
            return wp_fail_memory(p->diag);
    }
    return WP_OK;
}

wp_status wp_parse_code(wp_parser *p, bool one_folded, wp_code *out) {
    p->ninstrs = 0;
    p->npool = 0;
    p->nframes = 0;
    p->depth = 0;
    wp_idents_clear(&p->labels);
    if (one_folded) {
        if (!wp_at(p, WP_LEX_LPAR))
            return wp_parse_unexpected(p, "( and an instruction");
        WP_TRY(open_folded(p));
        while (p->nframes != 0)
            WP_TRY(step(p));
    } else {
        while (p->nframes != 0 || !wp_at(p, WP_LEX_RPAR)) {
            if (p->nframes != 0)
                WP_TRY(step(p));
            else if (wp_at(p, WP_LEX_LPAR))
                WP_TRY(open_folded(p));
            else if (wp_at(p, WP_LEX_KEYWORD))
                WP_TRY(flat(p));
            else
                return wp_parse_unexpected(p, "an instruction");
        }
    }
    WP_TRY(emit_op(p, WP_OP_end, one_folded ? p->consumed - 1 : wp_peek(p)->pos));
    return keep(p, out);
}
