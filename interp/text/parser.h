/* parser.h: parsing text modules (specification, "Text Format").
 *
 * Interface:
 * - wp_module_parse, wp_text_module, wp_text_module_fields (wasmproc.h) parse a module.
 * - Below: the parser's state and the readers that parse_module.c is made of, from the bottom up: parse_token.c,
 *   parse_type.c, parse_immediate.c, parse_instr.c, parse_field.c; beside them annot.c (annot.h).
 *
 * A module is read twice: first the heads of its fields, for the identifiers and types that any field may refer to,
 * then all of it. Every error has line and column. Its text before the first ':' is that of the official test suite.
 * After a lexical error, which `failed` keeps, the text seems to end; the errors that follow from that are not
 * recorded, because the first error wins.
 *
 * Memory is bounded: at most 128 bytes for each byte of the text.
 */
#ifndef WP_PARSER_H
#define WP_PARSER_H

#include "base/output.h"
#include "core/binary/names.h"
#include "core/builder.h"
#include "text/lexer.h"

/* Spaces of identifiers. */
typedef enum wp_space {
    WP_SPACE_FUNC, /* the index spaces of wp_extern_kind, in its order */
    WP_SPACE_TABLE,
    WP_SPACE_MEMORY,
    WP_SPACE_GLOBAL,
    WP_SPACE_TAG,
    WP_SPACE_TYPE,
    WP_SPACE_ELEM,
    WP_SPACE_DATA,
    WP_SPACE_LOCAL,
    WP_SPACE_LABEL,
    WP_SPACE_FIELD, /* scope: the type */
    WP_SPACE_COUNT
} wp_space;

/* An identifier in a space. */
typedef struct wp_ident {
    wp_link link; /* by name, with the dollar sign, which belongs to the text */
    uint32_t value;
} wp_ident;

/* An open block, or a parenthesis around an instruction; see parse_instr.c. */
typedef struct wp_frame {
    uint8_t kind;
    uint8_t hint;    /* of the pending instruction */
    bool has_label;  /* a label was entered */
    wp_bytes id;     /* of the label; empty without an identifier */
    wp_ident *label; /* while the label is entered and has an identifier */
    uint32_t pos;    /* of the pending instruction */
    wp_instr instr;  /* the pending instruction: it follows its operands */
} wp_frame;

/* A branch hint. */
typedef struct wp_hint {
    uint32_t func;
    uint32_t instr;
    uint8_t likely;
} wp_hint;
enum { WP_HINT_NONE, WP_HINT_UNLIKELY, WP_HINT_LIKELY };

/* A custom section and its place: 2 * place of a section, one more if it follows the section. */
typedef struct wp_placed_custom {
    wp_custom custom;
    uint8_t place;
} wp_placed_custom;

typedef struct wp_parser wp_parser;
struct wp_parser {
    wp_builder build;
    wp_text *text;
    wp_status failed;
    wp_status (*annotation)(wp_parser *p, const wp_lexeme *start); /* reads an annotation whose start was read */

    wp_lexeme ahead[2]; /* read but not consumed */
    unsigned nahead;
    uint32_t consumed; /* offset after the last consumed lexeme */

    wp_index spaces[WP_SPACE_COUNT];
    wp_arena idents;
    uint32_t counts[WP_SPACE_COUNT]; /* entries of each index space, as the first reading finds them */

    /* Scratch. */
    wp_output bytes;
    wp_local_run *runs;
    size_t nruns, runs_capacity;
    wp_code *codes;
    size_t ncodes, codes_capacity;
    wp_frame *frames;
    size_t nframes, frames_capacity;
    uint32_t depth; /* labels entered */

    /* Annotations. */
    bool heads_only;     /* the first reading: they wait for the second */
    bool between_fields; /* custom sections may be here */
    bool after_field;    /* a field was read */
    bool in_func;        /* branch hints may be here */
    uint32_t func;       /* the function being parsed, or WP_NO_FUNC */
    uint8_t hint;        /* pending */
    wp_name named;       /* the object that a name here would name */
    wp_name *names;
    size_t nnames, names_capacity;
    wp_hint *hints;
    size_t nhints, hints_capacity;
    wp_placed_custom *customs;
    size_t ncustoms, customs_capacity;
};

#define WP_NO_FUNC UINT32_MAX

/* One more element of one of the parser's arrays. */
#define WP_PARSE_GROW(p, array) WP_BUILD_GROW(&(p)->build, p, array)

/* ---- Lexemes (parse_token.c) ------------------------------------------------------------------------------- */

/* Reads one lexeme more. */
void wp_parse_fill(wp_parser *p);

static inline const wp_lexeme *wp_peek(wp_parser *p) {
    if (p->nahead == 0)
        wp_parse_fill(p);
    return &p->ahead[0];
}

/* The one after that. */
static inline const wp_lexeme *wp_peek_second(wp_parser *p) {
    while (p->nahead < 2)
        wp_parse_fill(p);
    return &p->ahead[1];
}

/* Consumes the lexeme that wp_peek returned. */
static inline void wp_take(wp_parser *p) {
    p->consumed = p->ahead[0].end;
    p->ahead[0] = p->ahead[1];
    p->nahead--;
}

static inline bool wp_is_word(const wp_lexeme *lexeme, const char *word) {
    size_t size = strlen(word);
    return lexeme->kind == WP_LEX_KEYWORD && lexeme->size == size && memcmp(lexeme->text, word, size) == 0;
}
static inline bool wp_is_index(const wp_lexeme *lexeme) {
    return lexeme->kind == WP_LEX_NAT || lexeme->kind == WP_LEX_ID;
}

static inline bool wp_at(wp_parser *p, wp_lex_kind kind) {
    return wp_peek(p)->kind == kind;
}
static inline bool wp_at_word(wp_parser *p, const char *word) {
    return wp_is_word(wp_peek(p), word);
}
/* True at '(' word. */
static inline bool wp_at_open(wp_parser *p, const char *word) {
    return wp_at(p, WP_LEX_LPAR) && wp_is_word(wp_peek_second(p), word);
}
static inline bool wp_at_index(wp_parser *p) {
    return wp_is_index(wp_peek(p));
}

/* Consumes '(' word, if that is next. */
bool wp_take_open(wp_parser *p, const char *word);
bool wp_take_word(wp_parser *p, const char *word);
/* Consumes a keyword that names a kind of external value. */
bool wp_take_extern_kind(wp_parser *p, wp_extern_kind *out);
/* Continues at an offset, as if everything before it were consumed. */
void wp_parse_seek(wp_parser *p, uint32_t offset);
/* True for the keywords of the text format. */
bool wp_parse_is_known(const wp_parser *p, const wp_lexeme *word);

/* Records WP_MALFORMED at an offset. Returns the status. */
#define wp_parse_fail(p, pos, ...) wp_build_fail(&(p)->build, pos, __VA_ARGS__)
/* WP_MALFORMED "message word $id". */
wp_status wp_parse_fail_id(wp_parser *p, const wp_lexeme *id, const char *message, const char *word);
/* The next lexeme is unexpected: "unknown operator", or "unexpected token: expected ...". */
wp_status wp_parse_unexpected(wp_parser *p, const char *expected);
WP_MUST_CHECK wp_status wp_expect(wp_parser *p, wp_lex_kind kind, const char *expected);
WP_MUST_CHECK wp_status wp_expect_close(wp_parser *p);

/* ---- Indices and strings (parse_token.c) ------------------------------------------------------------------- */

const char *wp_space_name(wp_space space);
/* The newest identifier of a name; null if absent. scope: 0 in all spaces but FIELD. */
wp_ident *wp_parse_find(wp_parser *p, wp_space space, uint32_t scope, const wp_lexeme *id);
/* Enters an identifier. Null when out of memory. */
wp_ident *wp_parse_enter(wp_parser *p, wp_space space, uint32_t scope, wp_bytes name, uint32_t value);

/* An unsigned integer of 8, 32 or 64 bits: "i32 constant out of range". */
WP_MUST_CHECK wp_status wp_parse_nat(wp_parser *p, unsigned bits, const char *expected, uint64_t *out);
/* The same of at most 32 bits. */
WP_MUST_CHECK wp_status wp_parse_u32(wp_parser *p, unsigned bits, const char *expected, uint32_t *out);
/* An index: a number, or an identifier of a space. */
WP_MUST_CHECK wp_status wp_parse_index(wp_parser *p, wp_space space, uint32_t scope, uint32_t *out);
/* index*, as words. */
WP_MUST_CHECK wp_status wp_parse_indices(wp_parser *p, wp_space space, uint32_t **out, uint32_t *count);
/* id? of the object with an index: enters the identifier, "duplicate ..." where it stands for another index. An
 * annotation "@name" may stand before and after it. */
WP_MUST_CHECK wp_status wp_parse_bind(wp_parser *p, wp_space space, uint32_t scope, uint32_t index, bool *has_id);

/* The bytes of a string, in the module's arena. */
WP_MUST_CHECK wp_status wp_parse_string(wp_parser *p, const wp_lexeme *literal, wp_bytes *out);
/* A string in UTF-8. */
WP_MUST_CHECK wp_status wp_parse_name(wp_parser *p, wp_bytes *out);
/* Appends the bytes of a string to p->bytes. */
void wp_parse_append(wp_parser *p, const wp_lexeme *literal);
/* string*: their bytes, one after the other. */
WP_MUST_CHECK wp_status wp_parse_bytes(wp_parser *p, wp_bytes *out);

/* ---- Types (parse_type.c) ---------------------------------------------------------------------------------- */

bool wp_at_reftype(wp_parser *p);
WP_MUST_CHECK wp_status wp_parse_heaptype(wp_parser *p, uint32_t *out);
WP_MUST_CHECK wp_status wp_parse_reftype(wp_parser *p, wp_valtype *out);
WP_MUST_CHECK wp_status wp_parse_valtype(wp_parser *p, wp_valtype *out);
/* addrtype? limits */
void wp_parse_addrtype(wp_parser *p, wp_limits *out);
WP_MUST_CHECK wp_status wp_parse_limits(wp_parser *p, wp_limits *out);
WP_MUST_CHECK wp_status wp_parse_globaltype(wp_parser *p, wp_valtype *type, bool *is_mutable);

/* Defines the types of a field, "(type ...)" or "(rec ...)". Their identifiers are bound already. */
WP_MUST_CHECK wp_status wp_parse_rectype(wp_parser *p);

/* A type use: the signature is the words from `base` on, as for wp_build_functype. */
typedef struct wp_typeuse {
    bool has_type;
    uint32_t type;
    uint32_t pos;
    size_t base;
} wp_typeuse;

/* The treatment of identifiers of parameters. */
typedef enum wp_param_names { WP_PARAM_NAMES_REFUSED, WP_PARAM_NAMES_IGNORED, WP_PARAM_NAMES_BOUND } wp_param_names;

/* typeuse ::= ('(' 'type' x ')')? param* result* */
WP_MUST_CHECK wp_status wp_parse_typeuse(wp_parser *p, wp_param_names names, wp_typeuse *out);
/* The type that it denotes, possibly a new one: "inline function type" when its signature differs from that of the type
 * named. Drops the words. */
WP_MUST_CHECK wp_status wp_parse_resolve(wp_parser *p, const wp_typeuse *use, uint32_t *out);
/* The type of a function, whose parameters' identifiers become locals. */
WP_MUST_CHECK wp_status wp_parse_func_type(wp_parser *p, uint32_t *out);
/* blocktype ::= result? | typeuse */
WP_MUST_CHECK wp_status wp_parse_blocktype(wp_parser *p, uint32_t *out);

/* ---- Instructions ------------------------------------------------------------------------------------------ */

/* The immediates of an instruction, which may select another operation of its mnemonic (parse_immediate.c). */
WP_MUST_CHECK wp_status wp_parse_immediates(wp_parser *p, wp_instr *i);
/* instr*, up to the parenthesis that closes, which stays; one_folded: one folded instruction (parse_instr.c). */
WP_MUST_CHECK wp_status wp_parse_code(wp_parser *p, bool one_folded, wp_code *out);

/* ---- Fields (parse_field.c) -------------------------------------------------------------------------------- */

/* A field other than a type, of which '(' was consumed. */
WP_MUST_CHECK wp_status wp_parse_field(wp_parser *p, uint32_t pos);

#endif
