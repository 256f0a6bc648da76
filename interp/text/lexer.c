/* lexer.c: source texts and their tokens; see lexer.h. */
#include "text/lexer.h"

#include "base/utf8.h"
#include "text/number.h"

#include <string.h>

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

static bool is(char c, unsigned class) {
    return (classes[(uint8_t)c] & class) != 0;
}

static unsigned hex_value(char c) {
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

/* ---- Errors ------------------------------------------------------------------------------------------------ */

wp_status wp_text_fail(const wp_text *text, wp_diag *diag, wp_status status, size_t offset, const char *format, ...) {
    va_list args;
    va_start(args, format);
    wp_vfail_at(diag, status, wp_text_locate(text, offset), format, args);
    va_end(args);
    return status;
}

wp_status wp_text_fail_unknown(const wp_text *text, wp_diag *diag, const wp_lexeme *lexeme) {
    uint32_t size = lexeme->end - lexeme->pos;
    return wp_text_fail(text, diag, WP_MALFORMED, lexeme->pos, "unknown operator %.*s", size < 200 ? (int)size : 200,
                        text->start + lexeme->pos);
}

static wp_status fail(const wp_text *text, wp_diag *diag, const char *at, const char *message) {
    return wp_text_fail(text, diag, WP_MALFORMED, (size_t)(at - text->start), "%s", message);
}

/* ---- Lines ------------------------------------------------------------------------------------------------- */

/* newline ::= LF | CR | CR LF */
static bool ends_line(const char *c, const char *end) {
    return *c == '\n' || (*c == '\r' && (c + 1 == end || c[1] != '\n'));
}

static bool index_lines(wp_text *text) {
    const char *end = text->start + text->size;
    uint32_t count = 1;
    for (const char *c = text->start; c != end; c++)
        count += ends_line(c, end);
    text->lines = wp_alloc(&text->engine->allocator, count, sizeof *text->lines);
    if (text->lines == NULL)
        return false;
    text->nlines = count;
    count = 1;
    for (const char *c = text->start; c != end; c++)
        if (ends_line(c, end))
            text->lines[count++] = (uint32_t)(c - text->start) + 1;
    return true;
}

/* The line of an offset, from 0. */
static uint32_t find_line(const wp_text *text, size_t offset) {
    uint32_t low = 0, high = text->nlines;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (text->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static wp_location location(const wp_text *text, size_t offset, uint32_t line) {
    return (wp_location){offset, line + 1, (uint32_t)(offset - text->lines[line]) + 1};
}

wp_location wp_text_locate(const wp_text *text, size_t offset) {
    if (offset > text->size)
        offset = text->size;
    return location(text, offset, find_line(text, offset));
}

/* The location of a token. Most are on the line of the one before, or a few lines on. */
static wp_location locate_token(wp_text *text, uint32_t offset) {
    if (offset < text->lines[text->line])
        text->line = find_line(text, offset);
    while (text->line + 1 < text->nlines && text->lines[text->line + 1] <= offset)
        text->line++;
    return location(text, offset, text->line);
}

/* ---- Strings ----------------------------------------------------------------------------------------------- */

/* hexnum ::= hexdigit ('_'? hexdigit)*. Returns where it ends, or NULL if there is none. *value saturates. */
static const char *scan_hexnum(const char *c, uint32_t *value) {
    uint32_t n = 0;
    if (!is(*c, HEX))
        return NULL;
    for (;;) {
        n = n > 0x00FFFFFF ? n : n << 4 | hex_value(*c);
        c++;
        if (*c == '_' && is(c[1], HEX))
            c++;
        else if (!is(*c, HEX))
            break;
    }
    *value = n;
    return c;
}

/* An escape whose backslash is at c. Returns where it ends, or NULL if it is malformed. */
static const char *scan_escape(const char *c) {
    uint32_t value = 0;
    switch (c[1]) {
    case 'n':
    case 'r':
    case 't':
    case '\\':
    case '\'':
    case '"': return c + 2;
    case 'u':
        c = c[2] == '{' ? scan_hexnum(c + 3, &value) : NULL;
        if (c == NULL || *c != '}' || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
            return NULL;
        return c + 1;
    default: return is(c[1], HEX) && is(c[2], HEX) ? c + 3 : NULL;
    }
}

/* A string literal at c, which is its first quote. Returns where it ends; NULL if it is malformed, and then *message
 * and *at say why and where. The NUL after the text ends the scan. */
static const char *scan_string(const char *c, const char *end, const char **message, const char **at) {
    const char *start = c++;
    for (;;) {
        while (is(*c, PLAIN))
            c++;
        if (*c == '"')
            return c + 1;
        *at = c;
        if (*c == '\\') {
            c = scan_escape(c);
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
            if (scan_hexnum(c + 3, &value) != NULL)
                next += wp_utf8_put(next, value);
            break;
        default: *next++ = (uint8_t)(hex_value(c[1]) << 4 | hex_value(c[2])); break;
        }
        c = scan_escape(c);
    }
    return (size_t)(next - out);
}

wp_status wp_lex_string(wp_text *text, const wp_lexeme *literal, wp_diag *diag, const uint8_t **bytes, size_t *size) {
    if (memchr(literal->text, '\\', literal->size) == NULL) {
        *bytes = (const uint8_t *)literal->text + 1;
        *size = literal->size - 2;
        return WP_OK;
    }
    uint8_t *out = wp_arena_alloc_raw(&text->arena, literal->size, 1);
    if (out == NULL)
        return wp_fail_memory(diag);
    *size = wp_lex_unescape(literal->text, literal->size, out);
    wp_arena_shrink(&text->arena, out, literal->size, *size);
    *bytes = out;
    return WP_OK;
}

/* ---- Lexemes ----------------------------------------------------------------------------------------------- */

/* Skips a block comment; c is after its "(;". Returns where it ends, NULL if it does not. */
static const char *skip_block_comment(const char *c, const char *end) {
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

static const char *skip_line(const char *c, const char *end) {
    while (*c != '\n' && *c != '\r' && c != end)
        c++;
    return c;
}

/* Skips white space and comments. */
static wp_status skip_space(const wp_text *text, wp_diag *diag, const char **at) {
    const char *c = *at, *end = text->start + text->size;
    for (;;) {
        while (is(*c, SPACE))
            c++;
        if (*c == ';' && c[1] == ';') {
            c = skip_line(c, end);
        } else if (*c == '(' && c[1] == ';') {
            const char *after = skip_block_comment(c + 2, end);
            if (after == NULL)
                return fail(text, diag, c, "unclosed comment");
            c = after;
        } else {
            *at = c;
            return WP_OK;
        }
    }
}

/* Sets text and size to what a quoted identifier denotes, after a dollar sign if that is its first character. */
static wp_status unquote(wp_text *text, wp_diag *diag, const char *literal, const char *after, bool dollar,
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
        return fail(text, diag, literal, dollar ? "empty identifier" : "empty annotation id");
    if (!wp_utf8_valid(bytes + prefix, length))
        return fail(text, diag, literal, "malformed UTF-8 encoding");
    out->text = (const char *)bytes;
    out->size = (uint32_t)(length + prefix);
    return WP_OK;
}

/* "(@" idchar+ or "(@" string: c is after the "(@". */
static wp_status lex_annotation_id(wp_text *text, wp_diag *diag, const char *c, wp_lexeme *out) {
    const char *end = text->start + text->size, *start = c, *message = NULL, *at = NULL;
    out->kind = WP_LEX_ANNOT;
    if (*c == '"') {
        c = scan_string(c, end, &message, &at);
        if (c == NULL)
            return fail(text, diag, start, "empty annotation id");
        out->end = (uint32_t)(c - text->start);
        return unquote(text, diag, start, c, false, out);
    }
    while (is(*c, ID))
        c++;
    if (c == start)
        return fail(text, diag, start - 2, "empty annotation id");
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
        while (is(*c, ID))
            c++;
        if (*c != '"') {
            out->end = (uint32_t)(c - text->start);
            out->size = out->end - out->pos;
            return WP_OK;
        }
        c = scan_string(c, end, &message, &at);
        if (c == NULL)
            return fail(text, diag, at, message);
    }
}

/* '$' string: c is at the quote. */
static wp_status lex_quoted_id(wp_text *text, wp_diag *diag, const char *c, wp_lexeme *out) {
    const char *end = text->start + text->size, *message = NULL, *at = NULL;
    const char *after = scan_string(c, end, &message, &at);
    if (after == NULL)
        return fail(text, diag, c - 1, "empty identifier");
    if (is(*after, ID) || *after == '"')
        return lex_reserved(text, diag, after, out);
    out->kind = WP_LEX_ID;
    out->end = (uint32_t)(after - text->start);
    return unquote(text, diag, c, after, true, out);
}

/* A lexeme that begins with an idchar: keyword, number, identifier or reserved. */
static wp_status lex_word(wp_text *text, wp_diag *diag, const char *start, wp_lexeme *out) {
    const char *c = start + 1;
    while (is(*c, ID))
        c++;
    if (WP_UNLIKELY(*c == '"'))
        return *start == '$' && c == start + 1 ? lex_quoted_id(text, diag, c, out) : lex_reserved(text, diag, c, out);
    out->end = (uint32_t)(c - text->start);
    out->size = (uint32_t)(c - start);
    if (*start == '$') {
        out->kind = WP_LEX_ID;
        return out->size == 1 ? fail(text, diag, start, "empty identifier") : WP_OK;
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
    const char *c = scan_string(start, end, &message, &at);
    if (c == NULL)
        return fail(text, diag, at, message);
    if (is(*c, ID) || *c == '"')
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
    default: return fail(text, diag, c, "illegal character");
    }
}

wp_status wp_lex(wp_text *text, bool in_annotation, wp_lexeme *out, wp_diag *diag) {
    const char *c = text->start + text->next;
    wp_status status = WP_OK;
    WP_TRY(skip_space(text, diag, &c));
    out->pos = (uint32_t)(c - text->start);
    out->text = c;
    out->size = 1;
    if (is(*c, ID)) {
        status = lex_word(text, diag, c, out);
    } else if (*c == '"') {
        status = lex_string(text, diag, c, out);
    } else if (c == text->start + text->size) {
        out->kind = WP_LEX_EOF;
        out->size = 0;
        out->end = out->pos;
    } else if (*c == '(' && c[1] == '@' && (!in_annotation || is(c[2], ID) || c[2] == '"')) {
        status = lex_annotation_id(text, diag, c + 2, out);
    } else {
        status = lex_single(text, diag, c, out);
    }
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
static const char *skip_string(const char *c, const char *end) {
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
        if (!is(*c, PAREN)) {
            c++;
            continue;
        }
        char what = *c++;
        if (what == ')')
            depth--;
        else if (what == '"')
            c = skip_string(c, end);
        else if (what == ';' && *c == ';')
            c = skip_line(c, end);
        else if (what == '(' && *c == ';')
            c = skip_block_comment(c + 1, end);
        else if (what == '(')
            depth++;
    }
    return c == NULL ? text->size : (uint32_t)(c - text->start);
}

/* ---- Sources ----------------------------------------------------------------------------------------------- */

/* The offset of the first malformed character of a text that is not UTF-8. */
static size_t find_malformed(const char *text, size_t size) {
    const uint8_t *bytes = (const uint8_t *)text;
    size_t at = 0, length = 0;
    do {
        at += length;
        length = bytes[at] < 0x80 ? 1 : bytes[at] < 0xE0 ? 2 : bytes[at] < 0xF0 ? 3 : 4;
        length = length < size - at ? length : size - at;
    } while (wp_utf8_valid(bytes + at, length));
    return at;
}

wp_status wp_text_open(wp_engine *engine, const char *source, size_t size, wp_text **out, wp_diag *diag) {
    if (size >= UINT32_MAX) /* positions have 32 bits */
        return wp_fail(diag, WP_EXHAUSTION, "text too large (limit 4294967294 bytes)");
    wp_text *text = wp_alloc(&engine->allocator, 1, sizeof *text);
    if (text == NULL)
        return wp_fail_memory(diag);
    text->engine = engine;
    text->size = (uint32_t)size;
    wp_arena_init(&text->arena, &engine->allocator);
    text->start = wp_resize(&engine->allocator, NULL, 0, size + 1, 1);
    wp_status status = WP_OK;
    if (text->start != NULL) {
        if (size != 0)
            memcpy(text->start, source, size);
        text->start[size] = '\0';
    }
    if (text->start == NULL || !index_lines(text))
        status = wp_fail_memory(diag);
    else if (!wp_utf8_valid((const uint8_t *)text->start, size))
        status = wp_text_fail(text, diag, WP_MALFORMED, find_malformed(text->start, size), "malformed UTF-8 encoding");
    if (status == WP_OK)
        *out = text;
    else
        wp_text_close(text);
    return status;
}

void wp_text_close(wp_text *text) {
    if (text == NULL)
        return;
    const wp_allocator *a = &text->engine->allocator;
    wp_arena_release(&text->arena);
    wp_free(a, text->lines, text->nlines, sizeof *text->lines);
    wp_free(a, text->start, (size_t)text->size + 1, 1);
    wp_free(a, text, 1, sizeof *text);
}

/* ---- Reading tokens ---------------------------------------------------------------------------------------- */

static void publish(wp_text *text, const wp_lexeme *lexeme, wp_token *out) {
    static const wp_token_kind kinds[] = {
        [WP_LEX_EOF] = WP_TOK_EOF,     [WP_LEX_LPAR] = WP_TOK_LPAR,       [WP_LEX_RPAR] = WP_TOK_RPAR,
        [WP_LEX_ANNOT] = WP_TOK_ANNOT, [WP_LEX_KEYWORD] = WP_TOK_KEYWORD, [WP_LEX_NAT] = WP_TOK_NUMBER,
        [WP_LEX_INT] = WP_TOK_NUMBER,  [WP_LEX_FLOAT] = WP_TOK_NUMBER,    [WP_LEX_STRING] = WP_TOK_STRING,
        [WP_LEX_ID] = WP_TOK_ID};
    *out = (wp_token){kinds[lexeme->kind], lexeme->text, lexeme->size, locate_token(text, lexeme->pos)};
}

/* Sees to it that `count` lexemes are looked at. */
static wp_status look_ahead(wp_text *text, unsigned count, wp_diag *diag) {
    while (text->nahead < count) {
        uint32_t consumed = text->next;
        if (text->nahead != 0)
            text->next = text->ahead[text->nahead - 1].end;
        wp_lexeme *lexeme = &text->ahead[text->nahead];
        wp_status status = wp_lex(text, false, lexeme, diag);
        text->next = consumed;
        WP_TRY(status);
        if (lexeme->kind == WP_LEX_RESERVED)
            return wp_text_fail_unknown(text, diag, lexeme);
        text->nahead++;
    }
    return WP_OK;
}

wp_status wp_text_peek(wp_text *text, unsigned ahead, wp_token *out, wp_diag *diag) {
    if (ahead > 1)
        return wp_fail(diag, WP_CRASH, "argument: a text can be looked at two tokens ahead, not %u", ahead + 1);
    WP_TRY(look_ahead(text, ahead + 1, diag));
    publish(text, &text->ahead[ahead], out);
    return WP_OK;
}

static void consume(wp_text *text) {
    text->next = text->ahead[0].end;
    text->ahead[0] = text->ahead[1];
    text->nahead--;
}

wp_status wp_text_next(wp_text *text, wp_token *out, wp_diag *diag) {
    WP_TRY(look_ahead(text, 1, diag));
    publish(text, &text->ahead[0], out);
    consume(text);
    return WP_OK;
}

wp_status wp_text_skip(wp_text *text, wp_diag *diag) {
    size_t depth = 0;
    WP_TRY(look_ahead(text, 1, diag));
    uint32_t start = text->ahead[0].pos;
    bool started_inside = text->ahead[0].kind == WP_LEX_LPAR;
    do {
        WP_TRY(look_ahead(text, 1, diag));
        wp_lexeme lexeme = text->ahead[0];
        consume(text);
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
    return wp_lex_string(text, &lexeme, diag, bytes, size);
}

wp_status wp_text_number(wp_text *text, const wp_token *token, wp_valtype type, wp_value *out, wp_diag *diag) {
    (void)text;
    wp_value value = {.type = type};
    bool ok = false;
    uint64_t bits = 0;
    if (token->kind != WP_TOK_NUMBER)
        return wp_fail_at(diag, WP_CRASH, token->where, "argument: the token is not a number");
    switch (type) {
    case WP_T_I32: ok = wp_number_int(token->text, token->size, 32, &bits); break;
    case WP_T_I64: ok = wp_number_int(token->text, token->size, 64, &bits); break;
    case WP_T_F32: ok = wp_number_float(token->text, token->size, 32, &bits); break;
    case WP_T_F64: ok = wp_number_float(token->text, token->size, 64, &bits); break;
    default: return wp_fail_at(diag, WP_CRASH, token->where, "argument: no number type");
    }
    if (!ok)
        return wp_fail_at(diag, WP_MALFORMED, token->where, "constant out of range");
    if (type == WP_T_I32 || type == WP_T_F32)
        value.of.i32 = (uint32_t)bits;
    else
        value.of.i64 = bits;
    *out = value;
    return WP_OK;
}
