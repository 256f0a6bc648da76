/* parser.h: parsing text modules (specification, chapter "Text Format").
 *
 * Interface:
 * - wp_module_parse, wp_text_module, wp_text_module_fields (wasmproc.h) parse a module.
 * - Below: what parser.c (modules), parser_types.c, parser_instr.c and annot.c share: the parser's state and readers.
 *
 * Memory is bounded: at most 128 bytes for each byte of the text.
 *
 * A module is read twice: first the heads of its fields, for the names and types that anything may refer to from
 * anywhere, then all of it. Every error has line and column. The text before the first ':' is that of the official test
 * suite. A lexical error is remembered in `failed`: from then on the text seems to end, and what is said about that
 * afterwards is not heard, because the first error wins.
 */
#ifndef WP_PARSER_H
#define WP_PARSER_H

#include "core/module.h"
#include "text/ident.h"
#include "text/lexer.h"

#include <string.h>

/* An open block, or a parenthesis around an instruction; see parser_instr.c. */
typedef struct wp_frame {
    uint8_t kind;
    uint8_t hint;     /* of the instruction that is pending */
    bool has_label;   /* a label was entered */
    uint32_t id_size; /* of the label's identifier, with dollar sign; 0: none */
    const char *id;
    uint32_t ident;    /* of the label, in the parser's labels */
    uint32_t shadowed; /* what that identifier stood for outside */
    uint32_t pos;      /* of the instruction that is pending */
    wp_instr instr;    /* the instruction that is pending: it follows its operands */
} wp_frame;

/* A name for something, from an annotation "@name"; kinds are those of name subsections. */
typedef enum wp_name_kind {
    WP_NAME_MODULE = 0,
    WP_NAME_FUNC = 1,
    WP_NAME_LOCAL = 2,
    WP_NAME_TYPE = 4,
    WP_NAME_FIELD = 10,
    WP_NAME_TAG = 11,
    WP_NAME_NONE /* a name is misplaced here */
} wp_name_kind;

typedef struct wp_name_annot {
    wp_name_kind kind;
    uint32_t outer; /* the function or type of a local or field */
    uint32_t index;
    wp_bytes name;
} wp_name_annot;

/* A branch hint. */
typedef struct wp_hint {
    uint32_t func;
    uint32_t instr;
    uint8_t likely;
} wp_hint;

/* A custom section and where it goes: 2 * place of a section, one more if it goes after that. */
typedef struct wp_placed_custom {
    wp_custom custom;
    uint8_t place;
} wp_placed_custom;

typedef struct wp_parser {
    wp_text *text;
    wp_module *module;
    wp_diag *diag;
    const wp_allocator *allocator;
    wp_status failed;

    wp_lexeme ahead[2]; /* looked at, but not consumed */
    unsigned nahead;
    uint32_t consumed; /* offset after the last lexeme that was consumed */

    wp_idents idents; /* of the module */
    wp_idents locals, labels;
    uint32_t counts[WP_SPACE_COUNT]; /* entries of each index space, as the first reading finds them */
    uint32_t *signatures;            /* types by signature: type + 1; 0: free. A power of two of them */
    size_t nsignatures, signatures_capacity;

    /* Scratch. */
    uint32_t *words; /* lists of types: a stack */
    size_t nwords, words_capacity;
    uint8_t *bytes;
    size_t nbytes, bytes_capacity;
    wp_local_run *runs;
    size_t nruns, runs_capacity;
    wp_code *codes;
    size_t ncodes, codes_capacity;

    /* The instruction sequence being parsed. */
    wp_instr *instrs;
    size_t ninstrs, instrs_capacity;
    uint32_t *pos;
    size_t pos_capacity;
    uint32_t *pool;
    size_t npool, pool_capacity;
    wp_frame *frames;
    size_t nframes, frames_capacity;
    uint32_t depth; /* labels entered */

    /* Annotations. */
    bool heads_only;     /* the first reading: they wait for the second */
    bool between_fields; /* custom sections may be here */
    bool after_field;    /* there was a field */
    bool in_func;        /* branch hints may be here */
    bool uses_data;      /* a function refers to a data segment */
    uint32_t func;       /* the function being parsed */
    uint8_t hint;        /* pending: HINT_* */
    wp_name_annot named; /* what a name here would name */
    wp_name_annot *names;
    size_t nnames, names_capacity;
    wp_hint *hints;
    size_t nhints, hints_capacity;
    wp_placed_custom *customs;
    size_t ncustoms, customs_capacity;

    /* Room in the module's arrays. */
    uint32_t types_capacity, rectypes_capacity, imports_capacity, exports_capacity;
    uint32_t funcs_capacity, tables_capacity, memories_capacity, globals_capacity, tags_capacity;
    uint32_t elems_capacity, datas_capacity;
} wp_parser;

#define WP_NO_FUNC UINT32_MAX

enum { WP_HINT_NONE, WP_HINT_UNLIKELY, WP_HINT_LIKELY };

/* ---- Lexemes (parser.c) ------------------------------------------------------------------------------------ */

/* Looks at one lexeme more. */
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

/* Consumes the lexeme that was looked at. */
static inline void wp_take(wp_parser *p) {
    p->consumed = p->ahead[0].end;
    p->ahead[0] = p->ahead[1];
    p->nahead--;
}

static inline bool wp_is_word(const wp_lexeme *lexeme, const char *word) {
    size_t size = strlen(word);
    return lexeme->kind == WP_LEX_KEYWORD && lexeme->size == size && memcmp(lexeme->text, word, size) == 0;
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
    return wp_at(p, WP_LEX_NAT) || wp_at(p, WP_LEX_ID);
}

/* Consumes '(' word, if that is what is next. */
bool wp_take_open(wp_parser *p, const char *word);
bool wp_take_word(wp_parser *p, const char *word);
/* True for the keywords that there are. */
bool wp_parse_is_known(const wp_parser *p, const wp_lexeme *word);
/* The lexeme that is next is not what must be here: "unknown operator", or "unexpected token: ... expected". */
wp_status wp_parse_unexpected(wp_parser *p, const char *expected);
WP_MUST_CHECK wp_status wp_expect(wp_parser *p, wp_lex_kind kind, const char *expected);
WP_MUST_CHECK wp_status wp_expect_close(wp_parser *p);

/* ---- Parts (parser.c) -------------------------------------------------------------------------------------- */

/* Makes room for one more element in an array of the module's arena. Returns the array, moved perhaps; NULL: memory is
 * short. The new element is zero. */
void *wp_parse_grow(wp_parser *p, void *array, uint32_t count, uint32_t *capacity, size_t size);
/* One more element in a scratch array. */
#define WP_SCRATCH(p, array, count)                                                                                    \
    (wp_grow((p)->allocator, (void **)&(p)->array, (p)->count, &(p)->array##_capacity, sizeof *(p)->array)             \
         ? WP_OK                                                                                                       \
         : wp_fail_memory((p)->diag))

WP_MUST_CHECK wp_status wp_parse_push_word(wp_parser *p, uint32_t word);
/* The words from `base` on; NULL while there has been none. */
static inline const uint32_t *wp_parse_words(const wp_parser *p, size_t base) {
    return p->words == NULL ? NULL : p->words + base;
}
/* An unsigned integer of 8, 32 or 64 bits: "i32 constant out of range". */
WP_MUST_CHECK wp_status wp_parse_nat(wp_parser *p, unsigned bits, const char *expected, uint64_t *out);
/* An index: a number, or an identifier of a space. scope: the type, in space FIELD. */
WP_MUST_CHECK wp_status wp_parse_index(wp_parser *p, wp_space space, uint32_t scope, uint32_t *out);
/* Binds the identifier that is next, if there is one, to an index: "duplicate ...". idents NULL: it is bound already.
 * An annotation "@name" may stand before and after it. */
WP_MUST_CHECK wp_status wp_parse_bind(wp_parser *p, wp_idents *idents, wp_space space, uint32_t scope, uint32_t index,
                                      bool *bound);
/* The bytes of a string, in the module's arena. */
WP_MUST_CHECK wp_status wp_parse_string(wp_parser *p, const wp_lexeme *literal, wp_bytes *out);
/* The same, where they must be UTF-8. */
WP_MUST_CHECK wp_status wp_parse_name(wp_parser *p, wp_bytes *out);

/* ---- Types (parser_types.c) -------------------------------------------------------------------------------- */

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
/* Makes the types that are defined known to inline function types. */
WP_MUST_CHECK wp_status wp_parse_index_types(wp_parser *p);

/* A type use: its types are the words from `base` on, parameters first. */
typedef struct wp_typeuse {
    bool has_type;
    uint32_t type;
    uint32_t pos;
    size_t base;
    uint32_t nparams, nresults;
} wp_typeuse;

/* What becomes of the identifiers of parameters. */
typedef enum wp_param_names { WP_PARAM_NAMES_REFUSED, WP_PARAM_NAMES_IGNORED, WP_PARAM_NAMES_BOUND } wp_param_names;

/* typeuse ::= ('(' 'type' x ')')? param* result* */
WP_MUST_CHECK wp_status wp_parse_typeuse(wp_parser *p, wp_param_names names, wp_typeuse *out);
/* The type that it means; a new one perhaps. "inline function type" when that differs from the type named. Drops the
 * words. */
WP_MUST_CHECK wp_status wp_parse_resolve(wp_parser *p, const wp_typeuse *use, uint32_t *out);
/* blocktype ::= result? | typeuse */
WP_MUST_CHECK wp_status wp_parse_blocktype(wp_parser *p, uint32_t *out);

/* ---- Instructions (parser_instr.c) ------------------------------------------------------------------------- */

/* instr*, up to the parenthesis that closes, which stays; one_folded: one folded instruction. */
WP_MUST_CHECK wp_status wp_parse_code(wp_parser *p, bool one_folded, wp_code *out);

/* ---- Annotations (annot.c) --------------------------------------------------------------------------------- */

/* An annotation whose start was read. */
WP_MUST_CHECK wp_status wp_parse_annotation(wp_parser *p, const wp_lexeme *start);
/* Makes custom sections of all that was found. The module is complete otherwise. */
WP_MUST_CHECK wp_status wp_parse_finish_annotations(wp_parser *p);

#endif
