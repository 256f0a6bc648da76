/* reader.c: the tokens of scripts, and the modules in them; see reader.h. */
#include "script/reader.h"

#include <string.h>

/* ---- Tokens -------------------------------------------------------------------------------------------------- */

wp_token script_peek(script *s) {
    wp_token token = {.kind = WP_TOK_EOF};
    while (s->status == WP_OK) {
        s->status = wp_text_peek(s->source, 0, &token, s->diag);
        if (s->status == WP_OK && token.kind != WP_TOK_ANNOT)
            return token;
        if (s->status == WP_OK)
            s->status = wp_text_skip(s->source, s->diag);
    }
    return (wp_token){.kind = WP_TOK_EOF, .text = ""};
}

wp_token script_token(script *s) {
    wp_token token = script_peek(s);
    if (s->status == WP_OK)
        s->status = wp_text_next(s->source, &token, s->diag);
    return token;
}

void script_unexpected(script *s, const wp_token *token, const char *what) {
    int size = token->size < 64 ? (int)token->size : 64;
    if (s->status != WP_OK)
        return;
    s->status = token->kind == WP_TOK_EOF
                    ? wp_fail_at(s->diag, WP_MALFORMED, token->where, "unexpected end: %s is expected here", what)
                    : wp_fail_at(s->diag, WP_MALFORMED, token->where, "unexpected token %.*s: %s is expected here",
                                 size, token->text, what);
}

void script_fail_memory(script *s) {
    if (s->status == WP_OK)
        s->status = wp_fail_memory(s->diag);
}

wp_token script_expect(script *s, wp_token_kind kind, const char *what) {
    wp_token token = script_token(s);
    if (token.kind == WP_TOK_RPAR)
        s->last = token.where.offset;
    if (token.kind != kind)
        script_unexpected(s, &token, what);
    return token;
}

void script_close_list(script *s) {
    (void)script_expect(s, WP_TOK_RPAR, "\")\"");
}

bool script_take_open(script *s) {
    bool open = script_peek(s).kind == WP_TOK_LPAR;
    if (open)
        (void)script_token(s);
    return open;
}

bool script_is_word(const wp_token *token, const char *word) {
    return (token->kind == WP_TOK_KEYWORD || token->kind == WP_TOK_NUMBER) && token->size == strlen(word) &&
           memcmp(token->text, word, token->size) == 0;
}

bool script_take_word(script *s, const char *word) {
    wp_token token = script_peek(s);
    bool found = script_is_word(&token, word);
    if (found)
        (void)script_token(s);
    return found;
}

script_text script_take_name(script *s) {
    wp_token token = script_peek(s);
    if (token.kind != WP_TOK_ID)
        return (script_text){NULL, 0};
    (void)script_token(s);
    return (script_text){token.text, token.size};
}

script_text script_read_string(script *s) {
    const uint8_t *bytes = NULL;
    size_t size = 0;
    wp_token token = script_expect(s, WP_TOK_STRING, "a string");
    if (s->status == WP_OK)
        s->status = wp_text_string(s->source, &token, &bytes, &size, s->diag);
    return (script_text){size == 0 ? "" : (const char *)bytes, size};
}

/* string*, as one run of bytes. */
static script_text read_strings(script *s) {
    wp_output *o = &s->bytes;
    for (o->size = 0; script_peek(s).kind == WP_TOK_STRING;) {
        script_text piece = script_read_string(s);
        wp_output_bytes(o, piece.data, piece.size);
    }
    const char *bytes = wp_arena_copy(&s->pool, o->bytes, o->size);
    if (o->failed || bytes == NULL)
        script_fail_memory(s);
    return (script_text){bytes, o->size};
}

uint64_t script_read_count(script *s) {
    wp_value value = {.type = WP_T_I64};
    wp_token token = script_expect(s, WP_TOK_NUMBER, "a whole number");
    if (token.text[0] == '-' || token.text[0] == '+')
        script_unexpected(s, &token, "a number without a sign");
    if (s->status == WP_OK)
        s->status = wp_text_number(s->source, &token, WP_T_I64, &value, s->diag);
    return value.of.i64;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

/* The next token, which may begin an annotation; EOF after an error. */
static wp_token peek_field(script *s) {
    wp_token token = {.kind = WP_TOK_EOF};
    if (s->status == WP_OK)
        s->status = wp_text_peek(s->source, 0, &token, s->diag);
    return token;
}

/* Skips the fields of a text module, up to the ")" that closes it. */
static void skip_fields(script *s, script_module *module) {
    wp_token token = peek_field(s);
    for (; token.kind != WP_TOK_RPAR && token.kind != WP_TOK_EOF; token = peek_field(s))
        s->status = wp_text_skip(s->source, s->diag);
    module->bytes.data = s->text + module->where.offset;
    module->bytes.size = token.where.offset + 1 - module->where.offset;
}

/* "definition"? $id?, and then "binary" string*, "quote" string*, or fields. */
void script_read_module(script *s, const wp_token *open, script_module *out) {
    *out = (script_module){.where = open->where};
    out->is_definition = script_take_word(s, "definition");
    out->name = script_take_name(s);
    out->fields = peek_field(s).where.offset; /* an annotation may be the first field */
    bool is_binary = script_take_word(s, "binary");
    if (!is_binary && !script_take_word(s, "quote")) {
        skip_fields(s, out);
        return;
    }
    out->form = is_binary ? SCRIPT_FORM_BINARY : SCRIPT_FORM_QUOTE;
    out->bytes = read_strings(s);
}
