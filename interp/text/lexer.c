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
    PAREN = 16 /* significant when skipping to the closing parenthesis */
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

/* An escape whose backslash is at c. Writes the byte or the character that it denotes. Returns where it ends, or NULL
 * if it is malformed. */
static const char *lex_escape(const char *c, uint8_t **out) {
    static const char letters[] = "nrt\\'\"", bytes[] = "\n\r\t\\'\"";
    uint32_t value = 0;
    if (lex_is(c[1], HEX) && lex_is(c[2], HEX)) {
        *(*out)++ = (uint8_t)(wp_hex_value(c[1]) << 4 | wp_hex_value(c[2]));
        return c + 3;
    }
    if (c[1] == 'u') {
        c = c[2] == '{' ? lex_hexnum(c + 3, &value) : NULL;
        if (c == NULL || *c != '}' || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
            return NULL;
        *out += wp_utf8_put(*out, value);
        return c + 1;
    }
    const char *found = c[1] == '\0' ? NULL : strchr(letters, c[1]);
    if (found == NULL)
        return NULL;
    *(*out)++ = (uint8_t)bytes[found - letters];
    return c + 2;
}

/* Skips the string literal at *at. The NUL after the text ends the scan. */
static wp_status lex_scan_string(const wp_text *text, wp_diag *diag, const char **at) {
    const char *c = *at + 1;
    for (;;) {
        while (lex_is(*c, PLAIN))
            c++;
        if (*c == '"') {
            *at = c + 1;
            return WP_OK;
        }
        if (c == text->start + text->size || *c == '\n' || *c == '\r')
            return lex_fail(text, diag, *at, "unclosed string literal");
        if (*c != '\\')
            return lex_fail(text, diag, c, "illegal control character in string literal");
        uint8_t scratch[4], *out = scratch;
        const char *after = lex_escape(c, &out);
        if (after == NULL)
            return lex_fail(text, diag, c, "illegal escape");
        c = after;
    }
}

size_t wp_lex_unescape(const char *literal, size_t size, uint8_t *out) {
    const char *c = literal + 1, *end = literal + size - 1;
    uint8_t *next = out;
    while (c != end)
        if (*c == '\\')
            c = lex_escape(c, &next);
        else
            *next++ = (uint8_t)*c++;
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

static void lex_skip_word(const char **at) {
    while (lex_is(**at, ID))
        ++*at;
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

/* "(@" idchar+ or "(@" string: *at is after the "(@". */
static wp_status lex_annotation_id(wp_text *text, wp_diag *diag, const char **at, wp_lexeme *out) {
    const char *start = *at;
    out->kind = WP_LEX_ANNOT;
    if (*start == '"') {
        if (lex_scan_string(text, NULL, at) != WP_OK)
            return lex_fail(text, diag, start, "empty annotation id");
        return lex_unquote(text, diag, start, *at, false, out);
    }
    lex_skip_word(at);
    out->text = start;
    out->size = (uint32_t)(*at - start);
    return out->size == 0 ? lex_fail(text, diag, start - 2, "empty annotation id") : WP_OK;
}

/* The rest of (idchar | string)+. */
static wp_status lex_reserved(const wp_text *text, wp_diag *diag, const char **at, wp_lexeme *out) {
    out->kind = WP_LEX_RESERVED;
    for (;;) {
        lex_skip_word(at);
        if (**at != '"')
            return WP_OK;
        WP_TRY(lex_scan_string(text, diag, at));
    }
}

/* '$' string: *at is at the quote. */
static wp_status lex_quoted_id(wp_text *text, wp_diag *diag, const char **at, wp_lexeme *out) {
    const char *start = *at;
    if (lex_scan_string(text, NULL, at) != WP_OK)
        return lex_fail(text, diag, start - 1, "empty identifier");
    if (lex_is(**at, ID) || **at == '"')
        return lex_reserved(text, diag, at, out);
    out->kind = WP_LEX_ID;
    return lex_unquote(text, diag, start, *at, true, out);
}

/* A lexeme that begins with an idchar: keyword, number, identifier or reserved. */
static wp_status lex_word(wp_text *text, wp_diag *diag, const char **at, wp_lexeme *out) {
    const char *start = *at;
    lex_skip_word(at);
    size_t size = (size_t)(*at - start);
    if (WP_UNLIKELY(**at == '"'))
        return *start == '$' && size == 1 ? lex_quoted_id(text, diag, at, out) : lex_reserved(text, diag, at, out);
    if (*start == '$') {
        out->kind = WP_LEX_ID;
        return size == 1 ? lex_fail(text, diag, start, "empty identifier") : WP_OK;
    }
    bool letter = *start >= 'a' && *start <= 'z';
    out->kind = WP_LEX_KEYWORD;
    if (letter && size != 3 && !(size > 3 && start[3] == ':')) /* not inf, nan, nan:0x1 */
        return WP_OK;
    out->kind = wp_number_kind(start, size);
    if (letter && out->kind == WP_LEX_RESERVED)
        out->kind = WP_LEX_KEYWORD;
    return WP_OK;
}

static wp_status lex_string(wp_text *text, wp_diag *diag, const char **at, wp_lexeme *out) {
    WP_TRY(lex_scan_string(text, diag, at));
    if (lex_is(**at, ID) || **at == '"')
        return lex_reserved(text, diag, at, out);
    out->kind = WP_LEX_STRING;
    return WP_OK;
}

/* A lexeme of one character. */
static wp_status lex_single(wp_text *text, wp_diag *diag, const char **at, wp_lexeme *out) {
    const char *c = (*at)++;
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
    WP_TRY(lex_skip_space(text, diag, &c));
    *out = (wp_lexeme){.text = c, .pos = (uint32_t)(c - text->start)};
    if (lex_is(*c, ID)) {
        WP_TRY(lex_word(text, diag, &c, out));
    } else if (*c == '"') {
        WP_TRY(lex_string(text, diag, &c, out));
    } else if (c == text->start + text->size) {
        out->kind = WP_LEX_EOF;
    } else if (*c == '(' && c[1] == '@' && (!in_annotation || lex_is(c[2], ID) || c[2] == '"')) {
        c += 2;
        WP_TRY(lex_annotation_id(text, diag, &c, out));
    } else {
        WP_TRY(lex_single(text, diag, &c, out));
    }
    out->end = (uint32_t)(c - text->start);
    if (out->size == 0) /* the text as it stands */
        out->size = out->end - out->pos;
    if (out->kind == WP_LEX_RESERVED && !in_annotation)
        return wp_text_fail_unknown(text, diag, out);
    text->next = out->end;
    return WP_OK;
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
