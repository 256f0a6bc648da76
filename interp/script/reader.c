/* reader.c: the tokens of scripts, and the modules in them; see reader.h. */
#include "script/reader.h"

#include <string.h>

/* ---- Tokens -------------------------------------------------------------------------------------------------- */

wp_status script_peek(script *s, wp_token *out, wp_diag *diag) {
    for (;;) {
        WP_TRY(wp_text_peek(s->source, 0, out, diag));
        if (out->kind != WP_TOK_ANNOT)
            return WP_OK;
        WP_TRY(wp_text_skip(s->source, diag));
    }
}

wp_status script_token(script *s, wp_token *out, wp_diag *diag) {
    WP_TRY(script_peek(s, out, diag));
    return wp_text_next(s->source, out, diag);
}

wp_status script_unexpected(const wp_token *token, const char *what, wp_diag *diag) {
    if (token->kind == WP_TOK_EOF)
        return wp_fail_at(diag, WP_MALFORMED, token->where, "unexpected end: %s is expected here", what);
    int size = token->size < 64 ? (int)token->size : 64;
    return wp_fail_at(diag, WP_MALFORMED, token->where, "unexpected token %.*s: %s is expected here", size, token->text,
                      what);
}

wp_status script_expect(script *s, wp_token_kind kind, const char *what, wp_token *out, wp_diag *diag) {
    WP_TRY(script_token(s, out, diag));
    if (out->kind == WP_TOK_RPAR)
        s->last = out->where.offset;
    return out->kind == kind ? WP_OK : script_unexpected(out, what, diag);
}

wp_status script_close_list(script *s, wp_diag *diag) {
    wp_token token;
    return script_expect(s, WP_TOK_RPAR, "\")\"", &token, diag);
}

wp_status script_at_open(script *s, bool *out, wp_diag *diag) {
    wp_token token;
    WP_TRY(script_peek(s, &token, diag));
    *out = token.kind == WP_TOK_LPAR;
    return *out ? wp_text_next(s->source, &token, diag) : WP_OK;
}

wp_status script_at_name(script *s, script_text *out, wp_diag *diag) {
    wp_token token;
    *out = (script_text){NULL, 0};
    WP_TRY(script_peek(s, &token, diag));
    if (token.kind != WP_TOK_ID)
        return WP_OK;
    *out = (script_text){token.text, token.size};
    return wp_text_next(s->source, &token, diag);
}

bool script_is_word(const wp_token *token, const char *word) {
    return (token->kind == WP_TOK_KEYWORD || token->kind == WP_TOK_NUMBER) && token->size == strlen(word) &&
           memcmp(token->text, word, token->size) == 0;
}

wp_status script_read_string(script *s, script_text *out, wp_diag *diag) {
    wp_token token;
    const uint8_t *bytes;
    WP_TRY(script_expect(s, WP_TOK_STRING, "a string", &token, diag));
    WP_TRY(wp_text_string(s->source, &token, &bytes, &out->size, diag));
    out->data = out->size == 0 ? "" : (const char *)bytes;
    return WP_OK;
}

static wp_status join(script *s, const script_text *pieces, size_t count, script_text *out, wp_diag *diag) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += pieces[i].size;
    char *data = wp_arena_alloc(&s->pool, size, 1);
    if (data == NULL)
        return wp_fail_memory(diag);
    *out = (script_text){data, size};
    for (size_t i = 0; i < count; i++) {
        memcpy(data, pieces[i].data, pieces[i].size);
        data += pieces[i].size;
    }
    return WP_OK;
}

wp_status script_read_strings(script *s, script_text *out, wp_diag *diag) {
    script_text *pieces = NULL;
    size_t count = 0, capacity = 0;
    for (;;) {
        wp_token token;
        WP_TRY(script_peek(s, &token, diag));
        if (token.kind != WP_TOK_STRING)
            break;
        if (!wp_arena_grow(&s->pool, (void **)&pieces, count, &capacity, sizeof *pieces))
            return wp_fail_memory(diag);
        WP_TRY(script_read_string(s, &pieces[count++], diag));
    }
    if (count == 1) {
        *out = pieces[0];
        return WP_OK;
    }
    return join(s, pieces, count, out, diag);
}

wp_status script_read_count(script *s, uint64_t *out, wp_diag *diag) {
    wp_token token;
    wp_value value;
    WP_TRY(script_expect(s, WP_TOK_NUMBER, "a whole number", &token, diag));
    if (token.text[0] == '-' || token.text[0] == '+')
        return script_unexpected(&token, "a number without a sign", diag);
    WP_TRY(wp_text_number(s->source, &token, WP_T_I64, &value, diag));
    *out = value.of.i64;
    return WP_OK;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

/* After the fields of a text module have begun: consumes them and the ")". */
static wp_status skip_fields(script *s, script_module *module, wp_diag *diag) {
    wp_token token;
    for (;;) {
        WP_TRY(wp_text_peek(s->source, 0, &token, diag));
        if (token.kind == WP_TOK_RPAR || token.kind == WP_TOK_EOF)
            break;
        WP_TRY(wp_text_skip(s->source, diag));
    }
    WP_TRY(script_expect(s, WP_TOK_RPAR, "\")\"", &token, diag));
    module->bytes.data = s->text + module->where.offset;
    module->bytes.size = token.where.offset + 1 - module->where.offset;
    return WP_OK;
}

/* What comes after "(module" is "definition"? $id? and then "binary" string*, "quote" string*, or fields. */
wp_status script_read_module(script *s, const wp_token *open, script_module *out, wp_diag *diag) {
    wp_token token;
    *out = (script_module){.where = open->where};
    WP_TRY(script_peek(s, &token, diag));
    if (script_is_word(&token, "definition")) {
        out->is_definition = true;
        WP_TRY(script_token(s, &token, diag));
    }
    WP_TRY(script_at_name(s, &out->name, diag));
    /* An annotation may be the first field. */
    WP_TRY(wp_text_peek(s->source, 0, &token, diag));
    out->fields = token.where.offset;
    WP_TRY(script_peek(s, &token, diag));
    bool binary = script_is_word(&token, "binary");
    if (!binary && !script_is_word(&token, "quote"))
        return skip_fields(s, out, diag);
    out->form = binary ? SCRIPT_FORM_BINARY : SCRIPT_FORM_QUOTE;
    WP_TRY(script_token(s, &token, diag));
    WP_TRY(script_read_strings(s, &out->bytes, diag));
    return script_close_list(s, diag);
}
