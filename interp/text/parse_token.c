/* parse_token.c: the parser's tokens, indices and strings; see parser.h. */
#include "text/parser.h"

#include "base/utf8.h"
#include "text/number.h"

/* ---- Lexemes ----------------------------------------------------------------------------------------------- */

void wp_parse_fill(wp_parser *p) {
    wp_lexeme *lexeme = &p->ahead[p->nahead++];
    while (p->failed == WP_OK) {
        p->failed = wp_lex(p->text, false, lexeme, p->build.diag);
        if (p->failed == WP_OK && lexeme->kind != WP_LEX_ANNOT)
            return;
        if (p->failed == WP_OK)
            p->failed = p->annotation(p, lexeme);
    }
    *lexeme = (wp_lexeme){p->text->start, 0, p->text->size, p->text->size, WP_LEX_EOF};
}

void wp_parse_seek(wp_parser *p, uint32_t offset) {
    p->nahead = 0;
    p->text->next = p->consumed = offset;
}

bool wp_take_open(wp_parser *p, const char *word) {
    if (!wp_at_open(p, word))
        return false;
    wp_take(p);
    wp_take(p);
    return true;
}

bool wp_take_word(wp_parser *p, const char *word) {
    if (!wp_at_word(p, word))
        return false;
    wp_take(p);
    return true;
}

bool wp_take_extern_kind(wp_parser *p, wp_extern_kind *out) {
    static const char *const words[] = {"func", "table", "memory", "global", "tag"};
    for (unsigned kind = 0; kind < sizeof words / sizeof *words; kind++)
        if (wp_take_word(p, words[kind])) {
            *out = (wp_extern_kind)kind;
            return true;
        }
    return false;
}

/* ---- Errors ------------------------------------------------------------------------------------------------ */

/* Keywords that are neither mnemonics nor types. */
static const char *const keywords[] = {
    "after",   "before", "binary", "catch",      "catch_all",      "catch_all_ref", "catch_ref", "data",
    "declare", "elem",   "export", "definition", "f32x4",          "f64x2",         "field",     "final",
    "global",  "i16x8",  "i32x4",  "i64x2",      "i8x16",          "import",        "instance",  "item",
    "local",   "memory", "module", "mut",        "nan:arithmetic", "nan:canonical", "null",      "offset",
    "param",   "quote",  "rec",    "ref",        "result",         "start",         "sub",       "table",
    "tag",     "then",   "type",
#define HEAPTYPE(id, code, name, reference, super, bottom, feature) name, reference,
#include "core/heaptype.def"
#define VALTYPE(id, code, name, letter, feature) name,
#define PACKTYPE(id, code, name) name,
#include "core/valtype.def"
};

/* offset=N, align=N */
static bool parse_is_memarg(const wp_lexeme *word) {
    size_t prefix = word->size > 7 && memcmp(word->text, "offset=", 7) == 0  ? 7
                    : word->size > 6 && memcmp(word->text, "align=", 6) == 0 ? 6
                                                                             : 0;
    return prefix != 0 && wp_number_kind(word->text + prefix, word->size - prefix) == WP_LEX_NAT;
}

bool wp_parse_is_known(const wp_parser *p, const wp_lexeme *word) {
    if (wp_instr_named(p->text->engine->mnemonics, word->text, word->size) != WP_OP_COUNT || parse_is_memarg(word))
        return true;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (wp_is_word(word, keywords[i]))
            return true;
    return false;
}

static bool parse_is_unknown(const wp_parser *p, const wp_lexeme *lexeme) {
    return lexeme->kind == WP_LEX_KEYWORD && !wp_parse_is_known(p, lexeme);
}

wp_status wp_parse_unexpected(wp_parser *p, const char *expected) {
    const wp_lexeme *found = wp_peek(p);
    if (parse_is_unknown(p, found))
        return wp_text_fail_unknown(p->text, p->build.diag, found);
    if (found->kind == WP_LEX_LPAR && parse_is_unknown(p, wp_peek_second(p)))
        return wp_text_fail_unknown(p->text, p->build.diag, wp_peek_second(p));
    if (found->kind == WP_LEX_EOF)
        return wp_parse_fail(p, found->pos, "unexpected token: expected %s, found the end of the text", expected);
    uint32_t size = found->end - found->pos;
    return wp_parse_fail(p, found->pos, "unexpected token: expected %s, found %.*s%s", expected,
                         size < 40 ? (int)size : 40, p->text->start + found->pos, size < 40 ? "" : "...");
}

wp_status wp_parse_fail_id(wp_parser *p, const wp_lexeme *id, const char *message, const char *word) {
    return wp_parse_fail(p, id->pos, "%s %s %.*s", message, word, id->size < 200 ? (int)id->size : 200, id->text);
}

wp_status wp_expect(wp_parser *p, wp_lex_kind kind, const char *expected) {
    if (!wp_at(p, kind))
        return wp_parse_unexpected(p, expected);
    wp_take(p);
    return WP_OK;
}

wp_status wp_expect_close(wp_parser *p) {
    return wp_expect(p, WP_LEX_RPAR, ")");
}

/* ---- Identifiers ------------------------------------------------------------------------------------------- */

const char *wp_space_name(wp_space space) {
    static const char *const names[WP_SPACE_COUNT] = {
        [WP_SPACE_FUNC] = "function",     [WP_SPACE_TABLE] = "table", [WP_SPACE_MEMORY] = "memory",
        [WP_SPACE_GLOBAL] = "global",     [WP_SPACE_TAG] = "tag",     [WP_SPACE_TYPE] = "type",
        [WP_SPACE_ELEM] = "elem segment", [WP_SPACE_LOCAL] = "local", [WP_SPACE_DATA] = "data segment",
        [WP_SPACE_LABEL] = "label",       [WP_SPACE_FIELD] = "field",
    };
    return names[space];
}

wp_ident *wp_parse_find(wp_parser *p, wp_space space, uint32_t scope, const wp_lexeme *id) {
    return (wp_ident *)wp_index_find_in(&p->spaces[space], scope, wp_lexeme_bytes(id));
}

wp_ident *wp_parse_enter(wp_parser *p, wp_space space, uint32_t scope, wp_bytes name, uint32_t value) {
    wp_ident *ident = wp_arena_alloc_raw(&p->idents, 1, sizeof *ident);
    if (ident == NULL)
        return NULL;
    ident->value = value;
    wp_index_insert_in(&p->spaces[space], &ident->link, scope, name);
    return ident;
}

static wp_name_kind parse_name_kind(wp_space space) {
    switch (space) {
    case WP_SPACE_TYPE: return WP_NAME_TYPE;
    case WP_SPACE_FUNC: return WP_NAME_FUNC;
    case WP_SPACE_TAG: return WP_NAME_TAG;
    case WP_SPACE_FIELD: return WP_NAME_FIELD;
    case WP_SPACE_LOCAL: return WP_NAME_LOCAL;
    default: return WP_NAME_NONE;
    }
}

/* Keeps a function's identifier as its name, for coverage. */
static wp_status parse_keep_name(wp_parser *p, const wp_lexeme *id, uint32_t index) {
    wp_module *m = p->build.module;
    if (m->func_names == NULL || p->heads_only)
        return WP_OK;
    const uint8_t *copy = wp_arena_copy(&m->arena, id->text + 1, id->size - 1);
    if (copy == NULL)
        return wp_fail_memory(p->build.diag);
    m->func_names[index] = (wp_bytes){copy, id->size - 1};
    return WP_OK;
}

/* Enters the next identifier and consumes it. */
static wp_status parse_enter_id(wp_parser *p, wp_space space, uint32_t scope, uint32_t index) {
    const wp_lexeme *id = wp_peek(p);
    const wp_ident *found = wp_parse_find(p, space, scope, id);
    if (found != NULL && found->value != index)
        return wp_parse_fail_id(p, id, "duplicate", wp_space_name(space));
    if (found == NULL && wp_parse_enter(p, space, scope, wp_lexeme_bytes(id), index) == NULL)
        return wp_fail_memory(p->build.diag);
    if (space == WP_SPACE_FUNC)
        WP_TRY(parse_keep_name(p, id, index));
    wp_take(p);
    (void)wp_peek(p); /* for an annotation after it */
    return WP_OK;
}

wp_status wp_parse_bind(wp_parser *p, wp_space space, uint32_t scope, uint32_t index, bool *has_id) {
    bool is_local = space == WP_SPACE_LOCAL;
    p->named = (wp_name){.kind = parse_name_kind(space), .outer = is_local ? p->func : scope, .index = index};
    if (is_local && p->func == WP_NO_FUNC)
        p->named.kind = WP_NAME_NONE;
    *has_id = wp_at(p, WP_LEX_ID);
    if (*has_id)
        WP_TRY(parse_enter_id(p, space, scope, index));
    p->named.kind = WP_NAME_NONE;
    return WP_OK;
}

/* ---- Indices ----------------------------------------------------------------------------------------------- */

wp_status wp_parse_nat(wp_parser *p, unsigned bits, const char *expected, uint64_t *out) {
    const wp_lexeme *lexeme = wp_peek(p);
    if (lexeme->kind != WP_LEX_NAT)
        return wp_parse_unexpected(p, expected);
    if (!wp_number_nat(lexeme->text, lexeme->size, bits, out))
        return wp_parse_fail(p, lexeme->pos, "i%u constant out of range", bits);
    wp_take(p);
    return WP_OK;
}

wp_status wp_parse_u32(wp_parser *p, unsigned bits, const char *expected, uint32_t *out) {
    uint64_t value = 0;
    WP_TRY(wp_parse_nat(p, bits, expected, &value));
    *out = (uint32_t)value;
    return WP_OK;
}

wp_status wp_parse_index(wp_parser *p, wp_space space, uint32_t scope, uint32_t *out) {
    const wp_lexeme *lexeme = wp_peek(p);
    if (lexeme->kind != WP_LEX_ID)
        return wp_parse_u32(p, 32, "an index", out);
    const wp_ident *found = wp_parse_find(p, space, scope, lexeme);
    if (found == NULL)
        return wp_parse_fail_id(p, lexeme, "unknown", wp_space_name(space));
    /* Labels count from the innermost one. */
    *out = space == WP_SPACE_LABEL ? p->depth - found->value : found->value;
    wp_take(p);
    return WP_OK;
}

wp_status wp_parse_indices(wp_parser *p, wp_space space, uint32_t **out, uint32_t *count) {
    size_t base = p->build.nwords;
    uint32_t index = 0;
    while (wp_at_index(p)) {
        WP_TRY(wp_parse_index(p, space, 0, &index));
        WP_TRY(wp_build_word(&p->build, index));
    }
    return wp_build_words(&p->build, base, out, count);
}

/* ---- Strings ----------------------------------------------------------------------------------------------- */

wp_status wp_parse_string(wp_parser *p, const wp_lexeme *literal, wp_bytes *out) {
    return wp_lex_string(&p->build.module->arena, literal, p->build.diag, out);
}

wp_status wp_parse_name(wp_parser *p, wp_bytes *out) {
    const wp_lexeme *lexeme = wp_peek(p);
    if (lexeme->kind != WP_LEX_STRING)
        return wp_parse_unexpected(p, "a name");
    WP_TRY(wp_parse_string(p, lexeme, out));
    if (!wp_utf8_valid(out->data, out->size))
        return wp_parse_fail(p, lexeme->pos, "malformed UTF-8 encoding");
    wp_take(p);
    return WP_OK;
}

void wp_parse_append(wp_parser *p, const wp_lexeme *literal) {
    wp_output *o = &p->bytes;
    if (wp_output_room(o, literal->size))
        o->size += wp_lex_unescape(literal->text, literal->size, o->bytes + o->size);
}

wp_status wp_parse_bytes(wp_parser *p, wp_bytes *out) {
    wp_output *o = &p->bytes;
    for (o->size = 0; wp_at(p, WP_LEX_STRING); wp_take(p))
        wp_parse_append(p, wp_peek(p));
    *out = (wp_bytes){wp_arena_copy(&p->build.module->arena, o->bytes, o->size), o->size};
    return o->failed || out->data == NULL ? wp_fail_memory(p->build.diag) : WP_OK;
}
