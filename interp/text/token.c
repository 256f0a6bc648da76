/* token.c: tokens of source texts, as embedders read them; see lexer.h and wasmproc.h. */
#include "core/module.h"
#include "text/lexer.h"
#include "text/number.h"

/* The location of a token. Most are on the line of the one before, or a few lines on. */
static wp_location token_locate(wp_text *text, uint32_t offset) {
    if (offset < text->lines[text->line])
        text->line = wp_find_line(text->lines, text->nlines, offset);
    while (text->line + 1 < text->nlines && text->lines[text->line + 1] <= offset)
        text->line++;
    return (wp_location){offset, text->line + 1, offset - text->lines[text->line] + 1};
}

static void token_publish(wp_text *text, const wp_lexeme *lexeme, wp_token *out) {
    static const wp_token_kind kinds[] = {
        [WP_LEX_EOF] = WP_TOK_EOF,     [WP_LEX_LPAR] = WP_TOK_LPAR,       [WP_LEX_RPAR] = WP_TOK_RPAR,
        [WP_LEX_ANNOT] = WP_TOK_ANNOT, [WP_LEX_KEYWORD] = WP_TOK_KEYWORD, [WP_LEX_NAT] = WP_TOK_NUMBER,
        [WP_LEX_INT] = WP_TOK_NUMBER,  [WP_LEX_FLOAT] = WP_TOK_NUMBER,    [WP_LEX_STRING] = WP_TOK_STRING,
        [WP_LEX_ID] = WP_TOK_ID};
    *out = (wp_token){kinds[lexeme->kind], lexeme->text, lexeme->size, token_locate(text, lexeme->pos)};
}

/* Ensures that `count` lexemes are read ahead. */
static wp_status token_look_ahead(wp_text *text, unsigned count, wp_diag *diag) {
    while (text->nahead < count) {
        uint32_t consumed = text->next;
        if (text->nahead != 0)
            text->next = text->ahead[text->nahead - 1].end;
        wp_lexeme *lexeme = &text->ahead[text->nahead];
        wp_status status = wp_lex(text, false, lexeme, diag);
        text->next = consumed;
        WP_TRY(status);
        text->nahead++;
    }
    return WP_OK;
}

wp_status wp_text_peek(wp_text *text, unsigned ahead, wp_token *out, wp_diag *diag) {
    if (ahead > 1)
        return wp_fail(diag, WP_CRASH, "argument: a text can be looked at two tokens ahead, not %u", ahead + 1);
    WP_TRY(token_look_ahead(text, ahead + 1, diag));
    token_publish(text, &text->ahead[ahead], out);
    return WP_OK;
}

static void token_consume(wp_text *text) {
    text->next = text->ahead[0].end;
    text->ahead[0] = text->ahead[1];
    text->nahead--;
}

wp_status wp_text_next(wp_text *text, wp_token *out, wp_diag *diag) {
    WP_TRY(token_look_ahead(text, 1, diag));
    token_publish(text, &text->ahead[0], out);
    token_consume(text);
    return WP_OK;
}

wp_status wp_text_skip(wp_text *text, wp_diag *diag) {
    size_t depth = 0;
    WP_TRY(token_look_ahead(text, 1, diag));
    uint32_t start = text->ahead[0].pos;
    bool started_inside = text->ahead[0].kind == WP_LEX_LPAR;
    do {
        WP_TRY(token_look_ahead(text, 1, diag));
        wp_lexeme lexeme = text->ahead[0];
        token_consume(text);
        if (lexeme.kind == WP_LEX_ANNOT) {
            text->nahead = 0;
            WP_TRY(wp_lex_annotation(text, &lexeme, diag));
        } else if (lexeme.kind == WP_LEX_LPAR) {
            depth++;
        } else if (lexeme.kind == WP_LEX_RPAR && started_inside) {
            depth--;
        } else if (lexeme.kind == WP_LEX_EOF && depth != 0) {
            return wp_text_fail(text, diag, WP_MALFORMED, start, "unclosed parenthesis");
        }
    } while (depth != 0);
    return WP_OK;
}

void wp_text_seek(wp_text *text, size_t offset) {
    text->next = offset < text->size ? (uint32_t)offset : text->size;
    text->nahead = 0;
}

wp_status wp_text_string(wp_text *text, const wp_token *token, const uint8_t **bytes, size_t *size, wp_diag *diag) {
    if (token->kind != WP_TOK_STRING)
        return wp_fail_at(diag, WP_CRASH, token->where, "argument: the token is not a string");
    wp_lexeme lexeme = {.text = token->text, .size = (uint32_t)token->size};
    wp_bytes string;
    WP_TRY(wp_lex_string(&text->arena, &lexeme, diag, &string));
    *bytes = string.data;
    *size = string.size;
    return WP_OK;
}

wp_status wp_text_number(wp_text *text, const wp_token *token, wp_valtype type, wp_value *out, wp_diag *diag) {
    (void)text;
    bool is_float = type == WP_T_F32 || type == WP_T_F64, is_narrow = type == WP_T_I32 || type == WP_T_F32;
    wp_value value = {.type = type};
    uint64_t bits = 0;
    if (token->kind != WP_TOK_NUMBER)
        return wp_fail_at(diag, WP_CRASH, token->where, "argument: the token is not a number");
    if (!is_float && !is_narrow && type != WP_T_I64)
        return wp_fail_at(diag, WP_CRASH, token->where, "argument: no number type");
    if (!wp_number_value(token->text, token->size, is_float, is_narrow ? 32 : 64, &bits))
        return wp_fail_at(diag, WP_MALFORMED, token->where, "constant out of range");
    if (is_narrow)
        value.of.i32 = (uint32_t)bits;
    else
        value.of.i64 = bits;
    *out = value;
    return WP_OK;
}
