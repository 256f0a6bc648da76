/* lexer.c: lexemes; see lexer.h (specification, "Text Format: Lexical Format"). */
#include "text/lexer.h"

#include "base/utf8.h"
#include "text/number.h"

/* ---- Characters -------------------------------------------------------------------------------------------- */

enum {
    ID = 1,    /* may be part of an identifier */
    SPACE = 2, /* white space */
    HEX = 4,   /* hexadecimal digit */
    PLAIN = 8, /* stands for itself in a string */
    PAREN = 16 /* matters to those who only look for the closing parenthesis */
};

enum {
    X = ID | PLAIN,
    H = ID | HEX | PLAIN,
    S = PLAIN,
    P = PAREN,
    Q = PAREN | PLAIN,
    W = SPACE,
    B = SPACE | PLAIN,
    K = ID,
    N = 0
};

#define U S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S
static const uint8_t classes[256] = {
    N, N, N, N, N, N, N, N, N, W, W, N, N, W, N, N, /* control characters */
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* control characters */
    B, X, P, X, X, X, X, X, Q, Q, X, X, S, X, X, X, /* space to slash */
    H, H, H, H, H, H, H, H, H, H, X, Q, X, X, X, X, /* 0 to ? */
    X, H, H, H, H, H, H, X, X, X, X, X, X, X, X, X, /* @ to O */
    X, X, X, X, X, X, X, X, X, X, X, S, K, S, X, X, /* P to _ ; a backslash begins an escape */
    X, H, H, H, H, H, H, X, X, X, X, X, X, X, X, X, /* ` to o */
    X, X, X, X, X, X, X, X, X, X, X, S, X, S, X, N, /* p to DEL */
    U, U, U, U, U, U, U, U                          /* which has been checked */
};
#undef U

static bool lex_is(char c, unsigned class) {
    return (classes[(uint8_t)c] & class) != 0;
}

static wp_status lex_fail(const wp_text *text, wp_diag *diag, const char *at, const char *message) {
    return wp_text_fail(text, diag, WP_MALFORMED, (size_t)(at - text->start), "%s", message);
}

/* ---- Strings ----------------------------------------------------------------------------------------------- */

/* hexnum ::= hexdigit ('_'? hexdigit)*. Returns its end, or NULL if absent. *value saturates. */
static const char *lex_hexnum(const char *c, uint32_t *value) {
    uint32_t n = 0;
    if (!lex_is(*c, HEX))
        return NULL;
    for (;;) {
        n = n > 0x00FFFFFF ? n : n << 4 | wp_hex_value(*c);
        c++;
        if (*c == '_' && lex_is(c[1], HEX))
            c++;
        else if (!lex_is(*c, HEX))
            break;
    }
    *value = n;
    return c;
}

/* An escape whose backslash is at c. Returns where it ends, or NULL if it is malformed. */
static const char *lex_escape(const char *c) {
    uint32_t value = 0;
    switch (c[1]) {
    case 'n':
    case 'r':
    case 't':
    case '\\':
    case '\'':
    case '"': return c + 2;
    case 'u':
        c = c[2] == '{' ? lex_hexnum(c + 3, &value) : NULL;
        if (c == NULL || *c != '}' || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
            return NULL;
        return c + 1;
    default: return lex_is(c[1], HEX) && lex_is(c[2], HEX) ? c + 3 : NULL;
    }
}

/* A string literal at c, which is its first quote. Returns where it ends; NULL if it is malformed, and then *message
 * and *at say why and where. The NUL after the text ends the scan. */
static const char *lex_scan_string(const char *c, const char *end, const char **message, const char **at) {
    const char *start = c++;
    for (;;) {
        while (lex_is(*c, PLAIN))
            c++;
        if (*c == '"')
            return c + 1;
        *at = c;
        if (*c == '\\') {
            c = lex_escape(c);
            if (c != NULL)
                continue;
            *message = "illegal escape";
        } else if (c == end || *c == '\n' || *c == '\r') {
            *at = start;
            *message = "unclosed string literal";
        } else {
            *message = "illegal control character in string literal";
        }
        return NULL;
    }
}

size_t wp_lex_unescape(const char *literal, size_t size, uint8_t *out) {
    const char *c = literal + 1, *end = literal + size - 1;
    uint8_t *next = out;
    uint32_t value = 0;
    while (c != end) {
        if (*c != '\\') {
            *next++ = (uint8_t)*c++;
            continue;
        }
        switch (c[1]) {
        case 'n': *next++ = '\n'; break;
        case 'r': *next++ = '\r'; break;
        case 't': *next++ = '\t'; break;
        case '\\':
        case '\'':
        case '"': *next++ = (uint8_t)c[1]; break;
        case 'u':
            if (lex_hexnum(c + 3, &value) != NULL)
                next += wp_utf8_put(next, value);
            break;
        default: *next++ = (uint8_t)(wp_hex_value(c[1]) << 4 | wp_hex_value(c[2])); break;
        }
        c = lex_escape(c);
    }
    return (size_t)(next - out);
}

wp_status wp_lex_string(wp_arena *arena, const wp_lexeme *literal, wp_diag *diag, wp_bytes *out) {
    uint8_t *bytes = wp_arena_alloc_raw(arena, literal->size, 1);
    if (bytes == NULL)
        return wp_fail_memory(diag);
    *out = (wp_bytes){bytes, wp_lex_unescape(literal->text, literal->size, bytes)};
    wp_arena_shrink(arena, bytes, literal->size, out->size);
    return WP_OK;
}

/* ---- Lexemes ----------------------------------------------------------------------------------------------- */

/* Skips a block comment; c is after its "(;". Returns where it ends, NULL if it does not. */
static const char *lex_skip_block_comment(const char *c, const char *end) {
    for (size_t depth = 1; depth != 0; c++) {
        while (*c != ';' && *c != '(' && c != end)
            c++;
        if (c == end)
            return NULL;
        if (c[0] == ';' && c[1] == ')') {
            depth--;
            c++;
        } else if (c[0] == '(' && c[1] == ';') {
            depth++;
            c++;
        }
    }
    return c;
}

static const char *lex_skip_line(const char *c, const char *end) {
    while (*c != '\n' && *c != '\r' && c != end)
        c++;
    return c;
}

/* Skips white space and comments. */
static wp_status lex_skip_space(const wp_text *text, wp_diag *diag, const char **at) {
    const char *c = *at, *end = text->start + text->size;
    for (;;) {
        while (lex_is(*c, SPACE))
            c++;
        if (*c == ';' && c[1] == ';') {
            c = lex_skip_line(c, end);
        } else if (*c == '(' && c[1] == ';') {
            const char *after = lex_skip_block_comment(c + 2, end);
            if (after == NULL)
                return lex_fail(text, diag, c, "unclosed comment");
            c = after;
        } else {
            *at = c;
            return WP_OK;
        }
    }
}

/* Sets text and size to what a quoted identifier denotes, after a dollar sign if that is its first character. */
static wp_status lex_unquote(wp_text *text, wp_diag *diag, const char *literal, const char *after, bool dollar,
                             wp_lexeme *out) {
    size_t size = (size_t)(after - literal);
    uint8_t *bytes = wp_arena_alloc_raw(&text->arena, size + 1, 1);
    if (bytes == NULL)
        return wp_fail_memory(diag);
    size_t prefix = dollar ? 1 : 0;
    bytes[0] = '$';
    size_t length = wp_lex_unescape(literal, size, bytes + prefix);
    wp_arena_shrink(&text->arena, bytes, size + 1, length + prefix);
    if (length == 0)
        return lex_fail(text, diag, literal, dollar ? "empty identifier" : "empty annotation id");
    if (!wp_utf8_valid(bytes + prefix, length))
        return lex_fail(text, diag, literal, "malformed UTF-8 encoding");
    out->text = (const char *)bytes;
    out->size = (uint32_t)(length + prefix);
    return WP_OK;
}

/* "(@" idchar+ or "(@" string: c is after the "(@". */
static wp_status lex_annotation_id(wp_text *text, wp_diag *diag, const char *c, wp_lexeme *out) {
    const char *end = text->start + text->size, *start = c, *message = NULL, *at = NULL;
    out->kind = WP_LEX_ANNOT;
    if (*c == '"') {
        c = lex_scan_string(c, end, &message, &at);
        if (c == NULL)
            return lex_fail(text, diag, start, "empty annotation id");
        out->end = (uint32_t)(c - text->start);
        return lex_unquote(text, diag, start, c, false, out);
    }
    while (lex_is(*c, ID))
        c++;
    if (c == start)
        return lex_fail(text, diag, start - 2, "empty annotation id");
    out->text = start;
    out->size = (uint32_t)(c - start);
    out->end = (uint32_t)(c - text->start);
    return WP_OK;
}

/* The rest of (idchar | string)+. */
static wp_status lex_reserved(const wp_text *text, wp_diag *diag, const char *c, wp_lexeme *out) {
    const char *end = text->start + text->size, *message = NULL, *at = NULL;
    out->kind = WP_LEX_RESERVED;
    for (;;) {
        while (lex_is(*c, ID))
            c++;
        if (*c != '"') {
            out->end = (uint32_t)(c - text->start);
            out->size = out->end - out->pos;
            return WP_OK;
        }
        c = lex_scan_string(c, end, &message, &at);
        if (c == NULL)
            return lex_fail(text, diag, at, message);
    }
}

/* '$' string: c is at the quote. */
static wp_status lex_quoted_id(wp_text *text, wp_diag *diag, const char *c, wp_lexeme *out) {
    const char *end = text->start + text->size, *message = NULL, *at = NULL;
    const char *after = lex_scan_string(c, end, &message, &at);
    if (after == NULL)
        return lex_fail(text, diag, c - 1, "empty identifier");
    if (lex_is(*after, ID) || *after == '"')
        return lex_reserved(text, diag, after, out);
    out->kind = WP_LEX_ID;
    out->end = (uint32_t)(after - text->start);
    return lex_unquote(text, diag, c, after, true, out);
}

/* A lexeme that begins with an idchar: keyword, number, identifier or reserved. */
static wp_status lex_word(wp_text *text, wp_diag *diag, const char *start, wp_lexeme *out) {
    const char *c = start + 1;
    while (lex_is(*c, ID))
        c++;
    if (WP_UNLIKELY(*c == '"'))
        return *start == '$' && c == start + 1 ? lex_quoted_id(text, diag, c, out) : lex_reserved(text, diag, c, out);
    out->end = (uint32_t)(c - text->start);
    out->size = (uint32_t)(c - start);
    if (*start == '$') {
        out->kind = WP_LEX_ID;
        return out->size == 1 ? lex_fail(text, diag, start, "empty identifier") : WP_OK;
    }
    bool letter = *start >= 'a' && *start <= 'z';
    if (letter && out->size != 3 && !(out->size > 3 && start[3] == ':')) { /* not inf, nan, nan:0x1 */
        out->kind = WP_LEX_KEYWORD;
        return WP_OK;
    }
    switch (wp_number_kind(start, out->size)) {
    case WP_NUMBER_NAT: out->kind = WP_LEX_NAT; break;
    case WP_NUMBER_INT: out->kind = WP_LEX_INT; break;
    case WP_NUMBER_FLOAT: out->kind = WP_LEX_FLOAT; break;
    case WP_NUMBER_NONE: out->kind = letter ? WP_LEX_KEYWORD : WP_LEX_RESERVED; break;
    }
    return WP_OK;
}

static wp_status lex_string(wp_text *text, wp_diag *diag, const char *start, wp_lexeme *out) {
    const char *end = text->start + text->size, *message = NULL, *at = NULL;
    const char *c = lex_scan_string(start, end, &message, &at);
    if (c == NULL)
        return lex_fail(text, diag, at, message);
    if (lex_is(*c, ID) || *c == '"')
        return lex_reserved(text, diag, c, out);
    out->kind = WP_LEX_STRING;
    out->end = (uint32_t)(c - text->start);
    out->size = out->end - out->pos;
    return WP_OK;
}

/* A lexeme of one character. */
static wp_status lex_single(wp_text *text, wp_diag *diag, const char *c, wp_lexeme *out) {
    out->end = out->pos + 1;
    switch (*c) {
    case '(': out->kind = WP_LEX_LPAR; return WP_OK;
    case ')': out->kind = WP_LEX_RPAR; return WP_OK;
    case ',':
    case ';':
    case '[':
    case ']':
    case '{':
    case '}': out->kind = WP_LEX_RESERVED; return WP_OK;
    default: return lex_fail(text, diag, c, "illegal character");
    }
}

wp_status wp_lex(wp_text *text, bool in_annotation, wp_lexeme *out, wp_diag *diag) {
    const char *c = text->start + text->next;
    wp_status status = WP_OK;
    WP_TRY(lex_skip_space(text, diag, &c));
    out->pos = (uint32_t)(c - text->start);
    out->text = c;
    out->size = 1;
    if (lex_is(*c, ID)) {
        status = lex_word(text, diag, c, out);
    } else if (*c == '"') {
        status = lex_string(text, diag, c, out);
    } else if (c == text->start + text->size) {
        out->kind = WP_LEX_EOF;
        out->size = 0;
        out->end = out->pos;
    } else if (*c == '(' && c[1] == '@' && (!in_annotation || lex_is(c[2], ID) || c[2] == '"')) {
        status = lex_annotation_id(text, diag, c + 2, out);
    } else {
        status = lex_single(text, diag, c, out);
    }
    if (status == WP_OK && out->kind == WP_LEX_RESERVED && !in_annotation)
        return wp_text_fail_unknown(text, diag, out);
    if (status == WP_OK)
        text->next = out->end;
    return status;
}

wp_status wp_lex_annotation(wp_text *text, const wp_lexeme *start, wp_diag *diag) {
    wp_lexeme lexeme = {0};
    for (size_t depth = 1; depth != 0;) {
        WP_TRY(wp_lex(text, true, &lexeme, diag));
        switch (lexeme.kind) {
        case WP_LEX_LPAR:
        case WP_LEX_ANNOT: depth++; break;
        case WP_LEX_RPAR: depth--; break;
        case WP_LEX_EOF: return wp_text_fail(text, diag, WP_MALFORMED, start->pos, "unclosed annotation");
        default: break;
        }
    }
    return WP_OK;
}

/* Skips a string without checking it. c is after its first quote. */
static const char *lex_skip_string(const char *c, const char *end) {
    for (; c != end; c++) {
        if (*c == '"')
            return c + 1;
        if (*c == '\\' && c + 1 != end)
            c++;
    }
    return end;
}

uint32_t wp_lex_balance(const wp_text *text, uint32_t offset) {
    const char *c = text->start + offset, *end = text->start + text->size;
    size_t depth = 1;
    while (c != NULL && c != end && depth != 0) {
        if (!lex_is(*c, PAREN)) {
            c++;
            continue;
        }
        char what = *c++;
        if (what == ')')
            depth--;
        else if (what == '"')
            c = lex_skip_string(c, end);
        else if (what == ';' && *c == ';')
            c = lex_skip_line(c, end);
        else if (what == '(' && *c == ';')
            c = lex_skip_block_comment(c + 1, end);
        else if (what == '(')
            depth++;
    }
    return c == NULL ? text->size : (uint32_t)(c - text->start);
}
