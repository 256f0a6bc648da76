/* lexer.h: source texts and their lexemes (specification, "Text Format: Lexical Format").
 *
 * Interface:
 * - wp_text_open, wp_text_fail ...: texts, their lines and errors (source.c).
 * - wp_lex: the next lexeme; wp_lex_annotation, wp_lex_balance: to the end of an annotation, or of a parenthesis;
 *   wp_lex_unescape, wp_lex_string: the bytes of a string literal (lexer.c).
 * - wp_text_peek, wp_text_next ... (wasmproc.h): tokens for scripts (token.c). The parser has its own look-ahead.
 *
 * A text is checked for UTF-8 as a whole when it is opened, so lexing need not look at that again.
 */
#ifndef WP_LEXER_H
#define WP_LEXER_H

#include "base/arena.h"
#include "base/bytes.h"
#include "core/engine.h"

typedef enum wp_lex_kind {
    WP_LEX_EOF,
    WP_LEX_LPAR,
    WP_LEX_RPAR,
    WP_LEX_ANNOT, /* "(@id" */
    WP_LEX_KEYWORD,
    WP_LEX_NAT,   /* an integer without sign */
    WP_LEX_INT,   /* an integer with sign */
    WP_LEX_FLOAT, /* any other number */
    WP_LEX_STRING,
    WP_LEX_ID,
    WP_LEX_RESERVED /* allowed in annotations only */
} wp_lex_kind;

typedef struct wp_lexeme {
    const char *text; /* as in wp_token */
    uint32_t size;
    uint32_t pos; /* offset of its first character */
    uint32_t end; /* offset after its last character */
    wp_lex_kind kind;
} wp_lexeme;

static inline wp_bytes wp_lexeme_bytes(const wp_lexeme *lexeme) {
    return (wp_bytes){(const uint8_t *)lexeme->text, lexeme->size};
}

struct wp_text {
    wp_engine *engine;
    char *start; /* the copy of the text, followed by a NUL */
    uint32_t size;
    uint32_t next;      /* offset of the first character that is not consumed */
    wp_lexeme ahead[2]; /* looked at, but not consumed */
    unsigned nahead;
    uint32_t *lines; /* offsets at which lines begin */
    uint32_t nlines;
    size_t lines_capacity;
    uint32_t line;  /* the line of the last token: where to begin looking for that of the next one */
    wp_arena arena; /* unescaped strings and identifiers */
};

/* The lexeme at text->next, which is moved on. in_annotation: "(@" need not begin an annotation, and reserved lexemes
 * are accepted. */
WP_MUST_CHECK wp_status wp_lex(wp_text *text, bool in_annotation, wp_lexeme *out, wp_diag *diag);
/* Skips the rest of an annotation whose start was read, and checks its tokens. */
WP_MUST_CHECK wp_status wp_lex_annotation(wp_text *text, const wp_lexeme *start, wp_diag *diag);
/* The offset after the parenthesis that closes the one before `offset`, or the size of the text. Tokens are not
 * checked. */
uint32_t wp_lex_balance(const wp_text *text, uint32_t offset);
/* The bytes that a string literal, with its quotes, denotes. out has room for `size` bytes. Returns their number. */
size_t wp_lex_unescape(const char *literal, size_t size, uint8_t *out);
/* The same, in an arena. */
WP_MUST_CHECK wp_status wp_lex_string(wp_arena *arena, const wp_lexeme *literal, wp_diag *diag, wp_bytes *out);

/* Records an error at an offset. Returns status. */
wp_status wp_text_fail(const wp_text *text, wp_diag *diag, wp_status status, size_t offset, const char *format, ...)
    WP_PRINTF(5, 6);
/* WP_MALFORMED "unknown operator ...". */
wp_status wp_text_fail_unknown(const wp_text *text, wp_diag *diag, const wp_lexeme *lexeme);

#endif
