/* parse_instr.c: the text format of instructions and expressions; see parser.h (specification, "Text Format:
 * Instructions").
 *
 * Open blocks and folded instructions are frames on a stack, so nesting costs no C stack. A folded instruction follows
 * its operands: until they are complete it waits in its frame.
 */
#include "text/parser.h"

/* Kinds of frames, by what may come next in them. */
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

/* Appends an instruction to the sequence. */
static wp_status parse_emit(wp_parser *p, wp_instr instr, uint32_t pos, uint8_t hint) {
    wp_instr *out = NULL;
    if (hint != WP_HINT_NONE) {
        WP_TRY(WP_PARSE_GROW(p, hints));
        p->hints[p->nhints++] = (wp_hint){p->func, (uint32_t)p->build.ninstrs, hint == WP_HINT_LIKELY};
        if (instr.op != WP_OP_if && instr.op != WP_OP_br_if)
            return wp_module_fail(p->build.module, p->build.diag, WP_INVALID, pos,
                                  "@metadata.code.branch_hint annotation: invalid target");
    }
    WP_TRY(wp_build_instr(&p->build, instr.op, pos, &out));
    *out = instr;
    return WP_OK;
}

static wp_status parse_emit_op(wp_parser *p, wp_op op, uint32_t pos) {
    return parse_emit(p, (wp_instr){.op = (uint16_t)op}, pos, WP_HINT_NONE);
}

/* ---- Frames and labels ------------------------------------------------------------------------------------- */

static wp_status parse_open_frame(wp_parser *p, uint8_t kind, uint32_t pos, wp_frame **out) {
    const wp_module *m = p->build.module;
    uint64_t limit = m->engine->limits[WP_LIMIT_nesting];
    if (p->nframes >= limit)
        return wp_module_fail(m, p->build.diag, WP_EXHAUSTION, pos, "nesting too deep (limit %llu)",
                              (unsigned long long)limit);
    WP_TRY(WP_PARSE_GROW(p, frames));
    *out = &p->frames[p->nframes++];
    **out = (wp_frame){.kind = kind, .pos = pos};
    return WP_OK;
}

/* Enters the label of the newest frame. Its identifier hides an outer one of the same name. */
static wp_status parse_enter_label(wp_parser *p, wp_frame *frame) {
    frame->has_label = true;
    p->depth++;
    if (frame->id.size == 0)
        return WP_OK;
    frame->label = wp_parse_enter(p, WP_SPACE_LABEL, 0, frame->id, p->depth);
    return frame->label == NULL ? wp_fail_memory(p->build.diag) : WP_OK;
}

static void parse_close_frame(wp_parser *p) {
    const wp_frame *frame = &p->frames[--p->nframes];
    p->depth -= frame->has_label ? 1 : 0;
    if (frame->label != NULL)
        wp_index_remove(&p->spaces[WP_SPACE_LABEL], &frame->label->link);
}

/* The identifier after `else` or `end`, which must be that of the block. */
static wp_status parse_check_label(wp_parser *p, const wp_frame *frame) {
    if (!wp_at(p, WP_LEX_ID))
        return WP_OK;
    const wp_lexeme *id = wp_peek(p);
    if (!wp_bytes_equal(wp_lexeme_bytes(id), frame->id))
        return wp_parse_fail_id(p, id, "mismatching", "label");
    wp_take(p);
    return WP_OK;
}

/* ---- Instructions ------------------------------------------------------------------------------------------ */

/* blockinstr ::= keyword label? immediates: the keyword was consumed. */
static wp_status parse_block(wp_parser *p, wp_instr i, bool folded, uint32_t pos, uint8_t hint) {
    uint8_t flat = i.op == WP_OP_if ? FLAT_IF : FLAT_BLOCK, nested = i.op == WP_OP_if ? FOLDED_IF : FOLDED_BLOCK;
    wp_frame *frame = NULL;
    WP_TRY(parse_open_frame(p, folded ? nested : flat, pos, &frame));
    if (wp_at(p, WP_LEX_ID)) {
        frame->id = wp_lexeme_bytes(wp_peek(p));
        wp_take(p);
    }
    WP_TRY(wp_parse_immediates(p, &i));
    frame->instr = i;
    frame->hint = hint;
    if (frame->kind == FOLDED_IF)
        return WP_OK; /* it follows its condition */
    WP_TRY(parse_emit(p, i, pos, hint));
    return parse_enter_label(p, frame);
}

/* An instruction, whose keyword is next. folded: after '('. */
static wp_status parse_instruction(wp_parser *p, wp_op op, bool folded) {
    wp_instr i = {.op = (uint16_t)op};
    wp_frame *frame = NULL;
    uint32_t pos = wp_peek(p)->pos;
    uint8_t hint = p->hint;
    p->hint = WP_HINT_NONE;
    wp_take(p);
    if (wp_instr_rows[op].immediate == IMM_BLOCK || op == WP_OP_try_table)
        return parse_block(p, i, folded, pos, hint);
    if (!folded) {
        WP_TRY(wp_parse_immediates(p, &i));
        return parse_emit(p, i, pos, hint);
    }
    WP_TRY(parse_open_frame(p, FOLDED, pos, &frame));
    WP_TRY(wp_parse_immediates(p, &i));
    frame->instr = i;
    frame->hint = hint;
    return WP_OK;
}

/* The operation of a keyword; WP_OP_COUNT if there is no such operation, and for `else` and `end`. */
static wp_op parse_op(const wp_parser *p, const wp_lexeme *word) {
    if (word->kind != WP_LEX_KEYWORD)
        return WP_OP_COUNT;
    wp_op op = wp_instr_named(p->text->engine->mnemonics, word->text, word->size);
    return op == WP_OP_else || op == WP_OP_end ? WP_OP_COUNT : op;
}

/* `else` or `end`, whose frame is the innermost one. */
static wp_status parse_delimiter(wp_parser *p) {
    wp_frame *frame = p->nframes == 0 ? NULL : &p->frames[p->nframes - 1];
    uint32_t pos = wp_peek(p)->pos;
    bool is_end = wp_at_word(p, "end");
    if (frame == NULL || (frame->kind != FLAT_IF && (frame->kind != FLAT_BLOCK || !is_end)))
        return wp_parse_unexpected(p, "an instruction");
    wp_take(p);
    WP_TRY(parse_check_label(p, frame));
    WP_TRY(parse_emit_op(p, is_end ? WP_OP_end : WP_OP_else, pos));
    if (is_end)
        parse_close_frame(p);
    else
        frame->kind = FLAT_BLOCK;
    return WP_OK;
}

/* A keyword in a sequence that may have flat instructions. */
static wp_status parse_flat(wp_parser *p) {
    if (wp_at_word(p, "end") || wp_at_word(p, "else"))
        return parse_delimiter(p);
    wp_op op = parse_op(p, wp_peek(p));
    return op == WP_OP_COUNT ? wp_parse_unexpected(p, "an instruction") : parse_instruction(p, op, false);
}

/* foldedinstr ::= '(' instruction ... */
static wp_status parse_folded(wp_parser *p) {
    wp_op op = parse_op(p, wp_peek_second(p));
    wp_take(p);
    return op == WP_OP_COUNT ? wp_parse_unexpected(p, "an instruction") : parse_instruction(p, op, true);
}

/* '(' after the condition of a folded `if`, or after its '(' 'then' ... ')' */
static wp_status parse_open_branch(wp_parser *p, wp_frame *frame) {
    uint32_t pos = wp_peek(p)->pos;
    if (frame->kind == FOLDED_IF && wp_take_open(p, "then")) {
        frame->kind = FOLDED_THEN;
        WP_TRY(parse_emit(p, frame->instr, frame->pos, frame->hint));
        return parse_enter_label(p, frame);
    }
    if (frame->kind == AFTER_THEN && wp_take_open(p, "else")) {
        frame->kind = FOLDED_ELSE;
        return parse_emit_op(p, WP_OP_else, pos);
    }
    return frame->kind == FOLDED_IF ? parse_folded(p) : wp_parse_unexpected(p, ")");
}

/* ')' */
static wp_status parse_close(wp_parser *p, wp_frame *frame) {
    uint32_t pos = wp_peek(p)->pos;
    switch (frame->kind) {
    case FLAT_BLOCK:
    case FLAT_IF: return wp_parse_unexpected(p, "end");
    case FOLDED_IF: return wp_parse_unexpected(p, "(then");
    case FOLDED_THEN: frame->kind = AFTER_THEN; break;
    case FOLDED_ELSE: frame->kind = AFTER_ELSE; break;
    case FOLDED:
        WP_TRY(parse_emit(p, frame->instr, frame->pos, frame->hint));
        parse_close_frame(p);
        break;
    default:
        WP_TRY(parse_emit_op(p, WP_OP_end, pos));
        parse_close_frame(p);
        break;
    }
    wp_take(p);
    return WP_OK;
}

/* ---- Expressions ------------------------------------------------------------------------------------------- */

/* One step in the innermost frame, or, without frames, in the sequence itself. */
static wp_status parse_step(wp_parser *p) {
    wp_frame *frame = p->nframes == 0 ? NULL : &p->frames[p->nframes - 1];
    bool has_flat = frame == NULL || frame->kind == FLAT_BLOCK || frame->kind == FLAT_IF ||
                    frame->kind == FOLDED_BLOCK || frame->kind == FOLDED_THEN || frame->kind == FOLDED_ELSE;
    switch (wp_peek(p)->kind) {
    case WP_LEX_RPAR: return parse_close(p, frame);
    case WP_LEX_LPAR: return has_flat || frame->kind == FOLDED ? parse_folded(p) : parse_open_branch(p, frame);
    case WP_LEX_KEYWORD: return has_flat ? parse_flat(p) : wp_parse_unexpected(p, "( or )");
    default: return wp_parse_unexpected(p, has_flat ? "an instruction" : "( or )");
    }
}

/* expr ::= instr* */
wp_status wp_parse_code(wp_parser *p, bool one_folded, wp_code *out) {
    p->nframes = 0;
    p->depth = 0;
    if (one_folded) {
        if (!wp_at(p, WP_LEX_LPAR))
            return wp_parse_unexpected(p, "( and an instruction");
        WP_TRY(parse_folded(p));
    }
    while (p->nframes != 0 || (!one_folded && !wp_at(p, WP_LEX_RPAR)))
        WP_TRY(parse_step(p));
    WP_TRY(parse_emit_op(p, WP_OP_end, one_folded ? p->consumed - 1 : wp_peek(p)->pos));
    return wp_build_code(&p->build, out);
}
