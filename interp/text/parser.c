/* parser.c: the text format of modules; see parser.h (specification, "Text Format: Modules"). */
#include "text/parser.h"

#include "core/binary/binary.h"
#include "base/utf8.h"
#include "core/binary/decode.h"
#include "text/number.h"

/* ---- Lexemes ----------------------------------------------------------------------------------------------- */

void wp_parse_fill(wp_parser *p) {
    wp_lexeme *lexeme = &p->ahead[p->nahead++];
    while (p->failed == WP_OK) {
        p->failed = wp_lex(p->text, false, lexeme, p->diag);
        if (p->failed == WP_OK && lexeme->kind == WP_LEX_RESERVED)
            p->failed = wp_text_fail_unknown(p->text, p->diag, lexeme);
        if (p->failed == WP_OK && lexeme->kind != WP_LEX_ANNOT)
            return;
        if (p->failed == WP_OK)
            p->failed = wp_parse_annotation(p, lexeme);
    }
    *lexeme = (wp_lexeme){p->text->start, 0, p->text->size, p->text->size, WP_LEX_EOF};
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

/* Keywords other than mnemonics. All others are unknown. */
static const char *const keywords[] = {
    "after",         "any",         "anyref",        "array",     "arrayref",  "before",  "binary",
    "catch",         "catch_all",   "catch_all_ref", "catch_ref", "data",      "declare", "definition",
    "elem",          "eq",          "eqref",         "exn",       "exnref",    "export",  "extern",
    "externref",     "f32",         "f32x4",         "f64",       "f64x2",     "field",   "final",
    "func",          "funcref",     "global",        "i16",       "i16x8",     "i31",     "i31ref",
    "i32",           "i32x4",       "i64",           "i64x2",     "i8",        "i8x16",   "import",
    "instance",      "item",        "local",         "memory",    "module",    "mut",     "nan:arithmetic",
    "nan:canonical", "noexn",       "noextern",      "nofunc",    "none",      "null",    "nullexnref",
    "nullexternref", "nullfuncref", "nullref",       "offset",    "param",     "quote",   "rec",
    "ref",           "result",      "start",         "struct",    "structref", "sub",     "table",
    "tag",           "then",        "type",          "v128"};

/* offset=N, align=N */
static bool is_memarg_word(const wp_lexeme *word) {
    size_t prefix = word->size > 7 && memcmp(word->text, "offset=", 7) == 0  ? 7
                    : word->size > 6 && memcmp(word->text, "align=", 6) == 0 ? 6
                                                                             : 0;
    return prefix != 0 && wp_number_kind(word->text + prefix, word->size - prefix) == WP_NUMBER_NAT;
}

bool wp_parse_is_known(const wp_parser *p, const wp_lexeme *word) {
    if (wp_instr_named(p->module->engine->mnemonics, word->text, word->size) != WP_OP_COUNT || is_memarg_word(word))
        return true;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (wp_is_word(word, keywords[i]))
            return true;
    return false;
}

wp_status wp_parse_unexpected(wp_parser *p, const char *expected) {
    const wp_lexeme *found = wp_peek(p);
    if (found->kind == WP_LEX_KEYWORD && !wp_parse_is_known(p, found))
        return wp_text_fail_unknown(p->text, p->diag, found);
    /* What is wrong with "(word" is the word, where that is unknown. */
    if (found->kind == WP_LEX_LPAR && wp_peek_second(p)->kind == WP_LEX_KEYWORD &&
        !wp_parse_is_known(p, wp_peek_second(p)))
        return wp_text_fail_unknown(p->text, p->diag, wp_peek_second(p));
    if (found->kind == WP_LEX_EOF)
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, found->pos,
                            "unexpected token: expected %s, found the end of the text", expected);
    uint32_t size = found->end - found->pos;
    return wp_text_fail(p->text, p->diag, WP_MALFORMED, found->pos, "unexpected token: expected %s, found %.*s%s",
                        expected, size < 40 ? (int)size : 40, p->text->start + found->pos, size < 40 ? "" : "...");
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

/* ---- Arrays ------------------------------------------------------------------------------------------------ */

void *wp_parse_grow(wp_parser *p, void *array, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity)
        return array;
    uint32_t wanted = *capacity < 4 ? 4 : *capacity > UINT32_MAX / 2 ? UINT32_MAX : *capacity * 2;
    void *bigger = wp_arena_alloc(&p->module->arena, wanted, size);
    if (bigger == NULL)
        return NULL;
    if (count != 0)
        memcpy(bigger, array, count * size);
    *capacity = wanted;
    return bigger;
}

wp_status wp_parse_push_word(wp_parser *p, uint32_t word) {
    WP_TRY(WP_SCRATCH(p, words, nwords));
    p->words[p->nwords++] = word;
    return WP_OK;
}

/* The new entry of one of the module's arrays, which is zero: `name` with count `nname`. */
#define ADD(p, name, out)                                                                                              \
    do {                                                                                                               \
        wp_module *m_ = (p)->module;                                                                                   \
        void *array_ = wp_parse_grow(p, m_->name, m_->n##name, &(p)->name##_capacity, sizeof *m_->name);               \
        if (array_ == NULL)                                                                                            \
            return wp_fail_memory((p)->diag);                                                                          \
        m_->name = array_;                                                                                             \
        *(out) = &m_->name[m_->n##name++];                                                                             \
    } while (0)

/* ---- Numbers, indices, names ------------------------------------------------------------------------------- */

wp_status wp_parse_nat(wp_parser *p, unsigned bits, const char *expected, uint64_t *out) {
    const wp_lexeme *lexeme = wp_peek(p);
    if (lexeme->kind != WP_LEX_NAT)
        return wp_parse_unexpected(p, expected);
    if (!wp_number_nat(lexeme->text, lexeme->size, bits, out))
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, lexeme->pos, "i%u constant out of range", bits);
    wp_take(p);
    return WP_OK;
}

wp_status wp_parse_index(wp_parser *p, wp_space space, uint32_t scope, uint32_t *out) {
    const wp_lexeme *lexeme = wp_peek(p);
    if (lexeme->kind != WP_LEX_ID) {
        uint64_t index = 0;
        WP_TRY(wp_parse_nat(p, 32, "an index", &index));
        *out = (uint32_t)index;
        return WP_OK;
    }
    const wp_idents *idents = space == WP_SPACE_LOCAL ? &p->locals : space == WP_SPACE_LABEL ? &p->labels : &p->idents;
    const wp_ident *found = wp_idents_find(idents, space, scope, lexeme->text, lexeme->size);
    if (found == NULL || (space == WP_SPACE_LABEL && found->value == 0))
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, lexeme->pos, "unknown %s %.*s", wp_space_name(space),
                            lexeme->size < 200 ? (int)lexeme->size : 200, lexeme->text);
    /* Labels count from the innermost one. */
    *out = space == WP_SPACE_LABEL ? p->depth - found->value : found->value;
    wp_take(p);
    return WP_OK;
}

static wp_name_kind name_kind(wp_space space) {
    switch (space) {
    case WP_SPACE_TYPE: return WP_NAME_TYPE;
    case WP_SPACE_FUNC: return WP_NAME_FUNC;
    case WP_SPACE_TAG: return WP_NAME_TAG;
    case WP_SPACE_FIELD: return WP_NAME_FIELD;
    case WP_SPACE_LOCAL: return WP_NAME_LOCAL;
    default: return WP_NAME_NONE;
    }
}

wp_status wp_parse_bind(wp_parser *p, wp_idents *idents, wp_space space, uint32_t scope, uint32_t index, bool *bound) {
    bool is_local = space == WP_SPACE_LOCAL;
    p->named = (wp_name_annot){.kind = name_kind(space), .outer = is_local ? p->func : scope, .index = index};
    if (is_local && p->func == WP_NO_FUNC)
        p->named.kind = WP_NAME_NONE;
    *bound = wp_at(p, WP_LEX_ID);
    if (*bound) {
        wp_lexeme id = *wp_peek(p);
        if (idents != NULL && wp_idents_find(idents, space, scope, id.text, id.size) != NULL)
            return wp_text_fail(p->text, p->diag, WP_MALFORMED, id.pos, "duplicate %s %.*s", wp_space_name(space),
                                id.size < 200 ? (int)id.size : 200, id.text);
        if (idents != NULL && !wp_idents_add(idents, space, scope, id.text, id.size, index))
            return wp_fail_memory(p->diag);
        wp_take(p);
        (void)wp_peek(p);
    }
    p->named.kind = WP_NAME_NONE;
    return WP_OK;
}

wp_status wp_parse_string(wp_parser *p, const wp_lexeme *literal, wp_bytes *out) {
    uint8_t *bytes = wp_arena_alloc_raw(&p->module->arena, literal->size, 1);
    if (bytes == NULL)
        return wp_fail_memory(p->diag);
    out->size = wp_lex_unescape(literal->text, literal->size, bytes);
    out->data = bytes;
    wp_arena_shrink(&p->module->arena, bytes, literal->size, out->size);
    return WP_OK;
}

wp_status wp_parse_name(wp_parser *p, wp_bytes *out) {
    const wp_lexeme *lexeme = wp_peek(p);
    if (lexeme->kind != WP_LEX_STRING)
        return wp_parse_unexpected(p, "a name");
    WP_TRY(wp_parse_string(p, lexeme, out));
    if (!wp_utf8_valid(out->data, out->size))
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, lexeme->pos, "malformed UTF-8 encoding");
    wp_take(p);
    return WP_OK;
}

/* string*: their bytes, one after the other. */
static wp_status parse_bytes(wp_parser *p, wp_bytes *out) {
    p->nbytes = 0;
    while (wp_at(p, WP_LEX_STRING)) {
        const wp_lexeme *literal = wp_peek(p);
        if (p->bytes_capacity - p->nbytes < literal->size) {
            size_t wanted = p->bytes_capacity * 2 + literal->size;
            uint8_t *bytes = wp_resize(p->allocator, p->bytes, p->bytes_capacity, wanted, 1);
            if (bytes == NULL)
                return wp_fail_memory(p->diag);
            p->bytes = bytes;
            p->bytes_capacity = wanted;
        }
        p->nbytes += wp_lex_unescape(literal->text, literal->size, p->bytes + p->nbytes);
        wp_take(p);
    }
    out->size = p->nbytes;
    out->data = wp_arena_copy(&p->module->arena, p->bytes, p->nbytes);
    return out->data == NULL ? wp_fail_memory(p->diag) : WP_OK;
}

/* ---- Imports and exports ----------------------------------------------------------------------------------- */

static uint32_t *import_count(wp_module *m, wp_extern_kind kind) {
    switch (kind) {
    case WP_EXTERN_FUNC: return &m->nfunc_imports;
    case WP_EXTERN_TABLE: return &m->ntable_imports;
    case WP_EXTERN_MEMORY: return &m->nmemory_imports;
    case WP_EXTERN_GLOBAL: return &m->nglobal_imports;
    default: return &m->ntag_imports;
    }
}

/* Imports come before all definitions. */
static wp_status check_import_order(wp_parser *p, uint32_t pos) {
    const wp_module *m = p->module;
    const char *before = m->nfuncs != m->nfunc_imports        ? "function"
                         : m->ntables != m->ntable_imports    ? "table"
                         : m->nmemories != m->nmemory_imports ? "memory"
                         : m->nglobals != m->nglobal_imports  ? "global"
                         : m->ntags != m->ntag_imports        ? "tag"
                                                              : NULL;
    return before == NULL ? WP_OK : wp_text_fail(p->text, p->diag, WP_MALFORMED, pos, "import after %s", before);
}

/* name name: after the keyword. */
static wp_status add_import(wp_parser *p, wp_extern_kind kind, uint32_t pos, wp_import **out) {
    WP_TRY(check_import_order(p, pos));
    ADD(p, imports, out);
    (*out)->kind = kind;
    (*out)->index = (*import_count(p->module, kind))++;
    (*out)->pos = pos;
    return WP_OK;
}

/* inline_export* inline_import?, of definition `index` of its kind. Sets *imported. */
static wp_status parse_inline(wp_parser *p, wp_extern_kind kind, uint32_t index, uint32_t pos, bool *imported) {
    *imported = false;
    while (wp_at_open(p, "export")) {
        wp_export *export = NULL;
        uint32_t at = wp_peek(p)->pos;
        (void)wp_take_open(p, "export");
        ADD(p, exports, &export);
        export->kind = kind;
        export->index = index;
        export->pos = at;
        WP_TRY(wp_parse_name(p, &export->name));
        WP_TRY(wp_expect_close(p));
    }
    if (wp_take_open(p, "import")) {
        wp_import *import = NULL;
        *imported = true;
        WP_TRY(add_import(p, kind, pos, &import));
        WP_TRY(wp_parse_name(p, &import->module));
        WP_TRY(wp_parse_name(p, &import->name));
        WP_TRY(wp_expect_close(p));
    }
    return WP_OK;
}

/* A keyword that names a kind of external value. */
static bool take_extern_kind(wp_parser *p, wp_extern_kind *out) {
    static const char *const words[] = {"func", "table", "memory", "global", "tag"};
    for (unsigned kind = 0; kind < sizeof words / sizeof *words; kind++)
        if (wp_take_word(p, words[kind])) {
            *out = (wp_extern_kind)kind;
            return true;
        }
    return false;
}

static wp_space extern_space(wp_extern_kind kind) {
    static const wp_space spaces[] = {WP_SPACE_FUNC, WP_SPACE_TABLE, WP_SPACE_MEMORY, WP_SPACE_GLOBAL, WP_SPACE_TAG};
    return spaces[kind];
}

/* export ::= '(' 'export' name '(' kind x ')' ')': after the keyword. */
static wp_status parse_export(wp_parser *p, uint32_t pos) {
    wp_export *export = NULL;
    ADD(p, exports, &export);
    export->pos = pos;
    WP_TRY(wp_parse_name(p, &export->name));
    WP_TRY(wp_expect(p, WP_LEX_LPAR, "( and what is exported"));
    if (!take_extern_kind(p, &export->kind))
        return wp_parse_unexpected(p, "what is exported");
    WP_TRY(wp_parse_index(p, extern_space(export->kind), 0, &export->index));
    WP_TRY(wp_expect_close(p));
    return wp_expect_close(p);
}

/* ---- Functions --------------------------------------------------------------------------------------------- */

/* local ::= '(' 'local' id? t ')' | '(' 'local' t* ')': after the keyword. Locals of one type in a row are one run. */
static wp_status parse_local(wp_parser *p, uint32_t nparams, uint32_t *count) {
    bool has_id = false, more = true;
    WP_TRY(wp_parse_bind(p, &p->locals, WP_SPACE_LOCAL, 0, nparams + *count, &has_id));
    while (has_id ? more : !wp_at(p, WP_LEX_RPAR)) {
        wp_valtype type = WP_T_NONE;
        more = false;
        WP_TRY(wp_parse_valtype(p, &type));
        if (p->nruns == 0 || p->runs[p->nruns - 1].type != type) {
            WP_TRY(WP_SCRATCH(p, runs, nruns));
            p->runs[p->nruns++] = (wp_local_run){0, type};
        }
        p->runs[p->nruns - 1].count++;
        ++*count;
    }
    return wp_expect_close(p);
}

/* local* instr* */
static wp_status parse_body(wp_parser *p, wp_func_def *func) {
    const wp_module *m = p->module;
    const wp_subtype *type = func->type < m->ntypes ? &m->types[func->type] : NULL;
    uint32_t nparams = type != NULL && type->comp.kind == WP_COMP_FUNC ? type->comp.nparams : 0;
    p->nruns = 0;
    while (wp_take_open(p, "local"))
        WP_TRY(parse_local(p, nparams, &func->nlocals));
    func->nruns = (uint32_t)p->nruns;
    func->runs = wp_arena_copy(&p->module->arena, p->runs, p->nruns * sizeof *p->runs);
    if (func->runs == NULL)
        return wp_fail_memory(p->diag);
    return wp_parse_code(p, false, &func->code);
}

/* A function's type, with the names of its parameters. */
static wp_status parse_func_type(wp_parser *p, uint32_t *type) {
    wp_typeuse use;
    wp_idents_clear(&p->locals);
    WP_TRY(wp_parse_typeuse(p, WP_PARAM_NAMES_BOUND, &use));
    return wp_parse_resolve(p, &use, type);
}

/* func ::= '(' 'func' id? inline_export* (inline_import typeuse | typeuse local* instr*) ')': after the keyword. */
static wp_status parse_func(wp_parser *p, uint32_t pos) {
    wp_func_def *func = NULL;
    bool ignored = false, imported = false;
    uint32_t index = p->module->nfuncs;
    p->func = index;
    p->in_func = true;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_FUNC, 0, index, &ignored));
    WP_TRY(parse_inline(p, WP_EXTERN_FUNC, index, pos, &imported));
    ADD(p, funcs, &func);
    func->pos = pos;
    WP_TRY(parse_func_type(p, &func->type));
    if (!imported)
        WP_TRY(parse_body(p, func));
    WP_TRY(wp_expect_close(p));
    p->in_func = false;
    if (p->hint != WP_HINT_NONE)
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, pos,
                            "@metadata.code.branch_hint annotation: invalid placement");
    return WP_OK;
}

/* ---- Tags, globals, memories ------------------------------------------------------------------------------- */

/* tag ::= '(' 'tag' id? inline_export* inline_import? typeuse ')': after the keyword. */
static wp_status parse_tag(wp_parser *p, uint32_t pos) {
    wp_tag_def *tag = NULL;
    bool ignored = false;
    uint32_t index = p->module->ntags;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_TAG, 0, index, &ignored));
    WP_TRY(parse_inline(p, WP_EXTERN_TAG, index, pos, &ignored));
    ADD(p, tags, &tag);
    tag->pos = pos;
    p->func = WP_NO_FUNC;
    WP_TRY(parse_func_type(p, &tag->type));
    return wp_expect_close(p);
}

/* global ::= '(' 'global' id? inline_export* (inline_import globaltype | globaltype instr*) ')': after the keyword. */
static wp_status parse_global(wp_parser *p, uint32_t pos) {
    wp_global_def *global = NULL;
    bool ignored = false, imported = false;
    uint32_t index = p->module->nglobals;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_GLOBAL, 0, index, &ignored));
    WP_TRY(parse_inline(p, WP_EXTERN_GLOBAL, index, pos, &imported));
    ADD(p, globals, &global);
    global->pos = pos;
    WP_TRY(wp_parse_globaltype(p, &global->type, &global->is_mutable));
    if (!imported)
        WP_TRY(wp_parse_code(p, false, &global->init));
    return wp_expect_close(p);
}

/* An expression of one instruction, where abbreviations mean it. */
static wp_status imply_expression(wp_parser *p, wp_instr instr, uint32_t pos, wp_code *out) {
    wp_instr instrs[2] = {instr, {.op = WP_OP_end}};
    uint32_t places[2] = {pos, pos};
    *out = (wp_code){.ninstrs = 2};
    out->instrs = wp_arena_copy(&p->module->arena, instrs, sizeof instrs);
    out->pos = wp_arena_copy(&p->module->arena, places, sizeof places);
    return out->instrs == NULL || out->pos == NULL ? wp_fail_memory(p->diag) : WP_OK;
}

/* The expression (t.const 0). */
static wp_status imply_zero(wp_parser *p, bool is64, uint32_t pos, wp_code *out) {
    return imply_expression(p, (wp_instr){.op = is64 ? WP_OP_i64_const : WP_OP_i32_const}, pos, out);
}

/* '(' 'data' string* ')' in a memory: after the keyword. */
static wp_status parse_inline_data(wp_parser *p, uint32_t memory, uint32_t pos) {
    wp_data_def *data = NULL;
    wp_limits *limits = &p->module->memories[memory].limits;
    ADD(p, datas, &data);
    data->mode = WP_SEG_ACTIVE;
    data->memory = memory;
    data->pos = pos;
    WP_TRY(parse_bytes(p, &data->bytes));
    limits->min = limits->max = (data->bytes.size + WP_PAGE_SIZE - 1) / WP_PAGE_SIZE;
    limits->has_max = true;
    WP_TRY(imply_zero(p, limits->is64, pos, &data->offset));
    return wp_expect_close(p);
}

/* memory ::= '(' 'memory' id? inline_export* (inline_import memtype | addrtype? '(' 'data' string* ')' | memtype) ')':
 * after the keyword. */
static wp_status parse_memory(wp_parser *p, uint32_t pos) {
    wp_memory_def *memory = NULL;
    bool ignored = false, imported = false;
    uint32_t index = p->module->nmemories;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_MEMORY, 0, index, &ignored));
    WP_TRY(parse_inline(p, WP_EXTERN_MEMORY, index, pos, &imported));
    ADD(p, memories, &memory);
    memory->pos = pos;
    wp_parse_addrtype(p, &memory->limits);
    uint32_t data_pos = wp_peek(p)->pos;
    if (!imported && wp_take_open(p, "data"))
        WP_TRY(parse_inline_data(p, index, data_pos));
    else
        WP_TRY(wp_parse_limits(p, &memory->limits));
    return wp_expect_close(p);
}

/* ---- Element segments -------------------------------------------------------------------------------------- */

/* '(' word instr* ')' | a folded instruction */
static wp_status parse_expression(wp_parser *p, const char *word, wp_code *out) {
    if (!wp_take_open(p, word))
        return wp_parse_code(p, true, out);
    WP_TRY(wp_parse_code(p, false, out));
    return wp_expect_close(p);
}

/* funcidx* */
static wp_status parse_elem_funcs(wp_parser *p, wp_elem_def *elem) {
    size_t base = p->nwords;
    uint32_t index = 0;
    elem->type = wp_ref_type(false, WP_HT_FUNC);
    while (wp_at_index(p)) {
        WP_TRY(wp_parse_index(p, WP_SPACE_FUNC, 0, &index));
        WP_TRY(wp_parse_push_word(p, index));
    }
    elem->count = (uint32_t)(p->nwords - base);
    elem->funcs = wp_arena_copy(&p->module->arena, wp_parse_words(p, base), elem->count * sizeof *p->words);
    p->nwords = base;
    return elem->funcs == NULL ? wp_fail_memory(p->diag) : WP_OK;
}

/* elemexpr*, where elemexpr ::= '(' 'item' instr* ')' | a folded instruction */
static wp_status parse_elem_exprs(wp_parser *p, wp_elem_def *elem) {
    p->ncodes = 0;
    while (wp_at(p, WP_LEX_LPAR)) {
        WP_TRY(WP_SCRATCH(p, codes, ncodes));
        WP_TRY(parse_expression(p, "item", &p->codes[p->ncodes]));
        p->ncodes++;
    }
    elem->count = (uint32_t)p->ncodes;
    elem->exprs = wp_arena_copy(&p->module->arena, p->codes, p->ncodes * sizeof *p->codes);
    return elem->exprs == NULL ? wp_fail_memory(p->diag) : WP_OK;
}

/* Makes expressions of function indices, where the elements have another type than (ref func). */
static wp_status wrap_funcs(wp_parser *p, wp_elem_def *elem) {
    elem->exprs = wp_arena_alloc(&p->module->arena, elem->count, sizeof *elem->exprs);
    if (elem->exprs == NULL)
        return wp_fail_memory(p->diag);
    for (uint32_t i = 0; i < elem->count; i++) {
        wp_instr instr = {.op = WP_OP_ref_func, .x = elem->funcs[i]};
        WP_TRY(imply_expression(p, instr, elem->pos, &elem->exprs[i]));
    }
    elem->funcs = NULL;
    return WP_OK;
}

/* True for the expression (ref.func x). */
static bool is_ref_func(const wp_code *code) {
    return code->ninstrs == 2 && code->instrs[0].op == WP_OP_ref_func;
}

/* Makes function indices of expressions where that says the same: it is shorter. */
static wp_status unwrap_funcs(wp_parser *p, wp_elem_def *elem) {
    if (elem->exprs == NULL || elem->type != wp_ref_type(false, WP_HT_FUNC))
        return WP_OK;
    for (uint32_t i = 0; i < elem->count; i++)
        if (!is_ref_func(&elem->exprs[i]))
            return WP_OK;
    elem->funcs = wp_arena_alloc_raw(&p->module->arena, elem->count, sizeof *elem->funcs);
    if (elem->funcs == NULL)
        return wp_fail_memory(p->diag);
    for (uint32_t i = 0; i < elem->count; i++)
        elem->funcs[i] = elem->exprs[i].instrs[0].x;
    elem->exprs = NULL;
    return WP_OK;
}

/* The shortest binary encoding that fits. */
static uint8_t elem_flags(const wp_elem_def *elem) {
    uint8_t flags = elem->exprs != NULL ? 4 : 0;
    if (elem->mode != WP_SEG_ACTIVE)
        return (uint8_t)(flags | (elem->mode == WP_SEG_PASSIVE ? 1 : 3));
    bool implied = elem->table == 0 && (elem->exprs == NULL || elem->type == WP_T_FUNCREF);
    return (uint8_t)(flags | (implied ? 0 : 2));
}

/* elemlist ::= 'func' funcidx* | reftype elemexpr*; bare: also funcidx*. */
static wp_status parse_elem_list(wp_parser *p, bool bare, wp_elem_def *elem) {
    if (wp_take_word(p, "func") || (bare && !wp_at_reftype(p)))
        return parse_elem_funcs(p, elem);
    WP_TRY(wp_parse_reftype(p, &elem->type));
    WP_TRY(parse_elem_exprs(p, elem));
    return unwrap_funcs(p, elem);
}

/* elem ::= '(' 'elem' id? ('declare' elemlist | tableuse offset elemlist | offset (elemlist | funcidx*) | elemlist)
 * ')': after the keyword. */
static wp_status parse_elem(wp_parser *p, uint32_t pos) {
    wp_elem_def *elem = NULL;
    bool ignored = false, has_table = false;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_ELEM, 0, 0, &ignored));
    ADD(p, elems, &elem);
    elem->pos = pos;
    elem->mode = wp_take_word(p, "declare") ? WP_SEG_DECLARATIVE : WP_SEG_PASSIVE;
    if (elem->mode == WP_SEG_PASSIVE && wp_at(p, WP_LEX_LPAR) && !wp_at_reftype(p)) {
        elem->mode = WP_SEG_ACTIVE;
        has_table = wp_take_open(p, "table");
        if (has_table) {
            WP_TRY(wp_parse_index(p, WP_SPACE_TABLE, 0, &elem->table));
            WP_TRY(wp_expect_close(p));
        }
        WP_TRY(parse_expression(p, "offset", &elem->offset));
    }
    WP_TRY(parse_elem_list(p, elem->mode == WP_SEG_ACTIVE && !has_table, elem));
    elem->flags = elem_flags(elem);
    return wp_expect_close(p);
}

/* '(' 'elem' (elemexpr* | funcidx*) ')' in a table: after the keyword. */
static wp_status parse_inline_elem(wp_parser *p, uint32_t table, uint32_t pos) {
    wp_elem_def *elem = NULL;
    wp_table_def *def = &p->module->tables[table];
    ADD(p, elems, &elem);
    elem->mode = WP_SEG_ACTIVE;
    elem->table = table;
    elem->pos = pos;
    if (wp_at(p, WP_LEX_LPAR)) {
        WP_TRY(parse_elem_exprs(p, elem));
        elem->type = def->element;
        WP_TRY(unwrap_funcs(p, elem));
    } else {
        WP_TRY(parse_elem_funcs(p, elem));
        if ((def->element & ~WP_T_NULL) != elem->type) {
            elem->type = def->element;
            WP_TRY(wrap_funcs(p, elem));
        }
    }
    def->limits.min = def->limits.max = elem->count;
    def->limits.has_max = true;
    elem->flags = elem_flags(elem);
    WP_TRY(imply_zero(p, def->limits.is64, pos, &elem->offset));
    return wp_expect_close(p);
}

/* ---- Tables ------------------------------------------------------------------------------------------------ */

/* addrtype? (limits reftype instr* | reftype '(' 'elem' ... ')') */
static wp_status parse_table_definition(wp_parser *p, uint32_t index) {
    wp_table_def *table = &p->module->tables[index];
    if (!wp_at(p, WP_LEX_NAT) && wp_at_reftype(p)) {
        WP_TRY(wp_parse_reftype(p, &table->element));
        uint32_t pos = wp_peek(p)->pos;
        return wp_take_open(p, "elem") ? parse_inline_elem(p, index, pos) : wp_parse_unexpected(p, "(elem");
    }
    WP_TRY(wp_parse_limits(p, &table->limits));
    WP_TRY(wp_parse_reftype(p, &table->element));
    table->has_init = !wp_at(p, WP_LEX_RPAR);
    return table->has_init ? wp_parse_code(p, false, &table->init) : WP_OK;
}

/* table ::= '(' 'table' id? inline_export* (inline_import tabletype | definition) ')': after the keyword. */
static wp_status parse_table(wp_parser *p, uint32_t pos) {
    wp_table_def *table = NULL;
    bool ignored = false, imported = false;
    uint32_t index = p->module->ntables;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_TABLE, 0, index, &ignored));
    WP_TRY(parse_inline(p, WP_EXTERN_TABLE, index, pos, &imported));
    ADD(p, tables, &table);
    table->pos = pos;
    wp_parse_addrtype(p, &table->limits);
    if (imported) {
        WP_TRY(wp_parse_limits(p, &table->limits));
        WP_TRY(wp_parse_reftype(p, &table->element));
    } else {
        WP_TRY(parse_table_definition(p, index));
    }
    return wp_expect_close(p);
}

/* ---- Imports ----------------------------------------------------------------------------------------------- */

static wp_status parse_func_import(wp_parser *p, uint32_t pos) {
    wp_func_def *func = NULL;
    bool ignored = false;
    p->func = p->module->nfuncs;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_FUNC, 0, p->func, &ignored));
    ADD(p, funcs, &func);
    func->pos = pos;
    return parse_func_type(p, &func->type);
}

static wp_status parse_table_import(wp_parser *p, uint32_t pos) {
    wp_table_def *table = NULL;
    bool ignored = false;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_TABLE, 0, 0, &ignored));
    ADD(p, tables, &table);
    table->pos = pos;
    wp_parse_addrtype(p, &table->limits);
    WP_TRY(wp_parse_limits(p, &table->limits));
    return wp_parse_reftype(p, &table->element);
}

static wp_status parse_memory_import(wp_parser *p, uint32_t pos) {
    wp_memory_def *memory = NULL;
    bool ignored = false;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_MEMORY, 0, 0, &ignored));
    ADD(p, memories, &memory);
    memory->pos = pos;
    wp_parse_addrtype(p, &memory->limits);
    return wp_parse_limits(p, &memory->limits);
}

static wp_status parse_global_import(wp_parser *p, uint32_t pos) {
    wp_global_def *global = NULL;
    bool ignored = false;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_GLOBAL, 0, 0, &ignored));
    ADD(p, globals, &global);
    global->pos = pos;
    return wp_parse_globaltype(p, &global->type, &global->is_mutable);
}

static wp_status parse_tag_import(wp_parser *p, uint32_t pos) {
    wp_tag_def *tag = NULL;
    bool ignored = false;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_TAG, 0, p->module->ntags, &ignored));
    ADD(p, tags, &tag);
    tag->pos = pos;
    p->func = WP_NO_FUNC;
    return parse_func_type(p, &tag->type);
}

/* import ::= '(' 'import' name name '(' kind id? type ')' ')': after the keyword. */
static wp_status parse_import(wp_parser *p, uint32_t pos) {
    static wp_status (*const parse[])(wp_parser *, uint32_t) = {
        parse_func_import, parse_table_import, parse_memory_import, parse_global_import, parse_tag_import};
    wp_import *import = NULL;
    wp_bytes module, name;
    wp_extern_kind kind = WP_EXTERN_FUNC;
    WP_TRY(wp_parse_name(p, &module));
    WP_TRY(wp_parse_name(p, &name));
    WP_TRY(wp_expect(p, WP_LEX_LPAR, "( and what is imported"));
    if (!take_extern_kind(p, &kind))
        return wp_parse_unexpected(p, "what is imported");
    WP_TRY(add_import(p, kind, pos, &import));
    import->module = module;
    import->name = name;
    WP_TRY(parse[kind](p, pos));
    WP_TRY(wp_expect_close(p));
    return wp_expect_close(p);
}

/* ---- Start, data ------------------------------------------------------------------------------------------- */

/* start ::= '(' 'start' x ')': after the keyword. */
static wp_status parse_start(wp_parser *p, uint32_t pos) {
    wp_module *m = p->module;
    if (m->has_start)
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, pos, "multiple start sections");
    m->has_start = true;
    m->start_pos = pos;
    WP_TRY(wp_parse_index(p, WP_SPACE_FUNC, 0, &m->start));
    return wp_expect_close(p);
}

/* data ::= '(' 'data' id? (('(' 'memory' x ')')? offset)? string* ')': after the keyword. */
static wp_status parse_data(wp_parser *p, uint32_t pos) {
    wp_data_def *data = NULL;
    bool ignored = false;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_DATA, 0, 0, &ignored));
    ADD(p, datas, &data);
    data->pos = pos;
    data->mode = wp_at(p, WP_LEX_LPAR) ? WP_SEG_ACTIVE : WP_SEG_PASSIVE;
    if (data->mode == WP_SEG_ACTIVE) {
        if (wp_take_open(p, "memory")) {
            WP_TRY(wp_parse_index(p, WP_SPACE_MEMORY, 0, &data->memory));
            WP_TRY(wp_expect_close(p));
        }
        WP_TRY(parse_expression(p, "offset", &data->offset));
    }
    WP_TRY(parse_bytes(p, &data->bytes));
    return wp_expect_close(p);
}

/* ---- The first reading: names and types -------------------------------------------------------------------- */

/* Goes on after the parenthesis that closes the one before `offset`. */
static void skip_to_close(wp_parser *p, uint32_t offset) {
    p->nahead = 0;
    p->text->next = p->consumed = wp_lex_balance(p->text, offset);
}

/* Counts an entry of an index space and binds the identifier that is next. */
static wp_status declare(wp_parser *p, wp_space space) {
    bool ignored = false;
    return wp_parse_bind(p, &p->idents, space, 0, p->counts[space]++, &ignored);
}

/* A table or memory that has '(' word in it defines a segment of its own. */
static void declare_inline_segment(wp_parser *p, const char *word, wp_space space) {
    while (p->failed == WP_OK && !wp_at(p, WP_LEX_EOF) && !wp_at(p, WP_LEX_RPAR)) {
        if (wp_at_open(p, word)) {
            p->counts[space]++;
            return;
        }
        uint32_t offset = wp_peek(p)->end;
        bool opens = wp_at(p, WP_LEX_LPAR);
        wp_take(p);
        if (opens)
            skip_to_close(p, offset);
    }
}

/* The types of '(' 'rec' ... ')'. */
static wp_status declare_rec(wp_parser *p) {
    for (;;) {
        uint32_t offset = wp_peek(p)->end;
        if (!wp_take_open(p, "type"))
            return WP_OK;
        WP_TRY(declare(p, WP_SPACE_TYPE));
        skip_to_close(p, offset);
    }
}

static wp_status declare_import(wp_parser *p) {
    wp_extern_kind kind = WP_EXTERN_FUNC;
    for (int i = 0; i < 2 && wp_at(p, WP_LEX_STRING); i++)
        wp_take(p);
    if (!wp_at(p, WP_LEX_LPAR))
        return WP_OK; /* the second reading will say what is wrong */
    wp_take(p);
    return take_extern_kind(p, &kind) ? declare(p, extern_space(kind)) : WP_OK;
}

/* A field, of which '(' has been looked at. */
static wp_status declare_field(wp_parser *p) {
    wp_extern_kind kind = WP_EXTERN_FUNC;
    wp_lexeme paren = *wp_peek(p);
    wp_take(p);
    if (wp_at_word(p, "type") || wp_at_word(p, "rec"))
        WP_TRY(wp_parse_push_word(p, paren.pos));
    if (wp_take_word(p, "type")) {
        WP_TRY(declare(p, WP_SPACE_TYPE));
    } else if (wp_take_word(p, "rec")) {
        WP_TRY(declare_rec(p));
    } else if (wp_take_word(p, "import")) {
        WP_TRY(declare_import(p));
    } else if (wp_take_word(p, "elem")) {
        WP_TRY(declare(p, WP_SPACE_ELEM));
    } else if (wp_take_word(p, "data")) {
        WP_TRY(declare(p, WP_SPACE_DATA));
    } else if (take_extern_kind(p, &kind)) {
        WP_TRY(declare(p, extern_space(kind)));
        if (kind == WP_EXTERN_TABLE)
            declare_inline_segment(p, "elem", WP_SPACE_ELEM);
        if (kind == WP_EXTERN_MEMORY)
            declare_inline_segment(p, "data", WP_SPACE_DATA);
    }
    skip_to_close(p, paren.end);
    return WP_OK;
}

/* The types, whose places the words are. Their names are bound by now. */
static wp_status define_types(wp_parser *p) {
    for (size_t i = 0; i < p->nwords; i++) {
        p->nahead = 0;
        p->text->next = p->words[i];
        WP_TRY(wp_parse_rectype(p));
    }
    p->nwords = 0;
    return wp_parse_index_types(p);
}

/* Makes room for what the first reading counted. */
static wp_status reserve(wp_parser *p) {
    wp_module *m = p->module;
#define RESERVE(name, space)                                                                                           \
    p->name##_capacity = p->counts[space];                                                                             \
    m->name = wp_arena_alloc(&m->arena, p->counts[space], sizeof *m->name);                                            \
    if (m->name == NULL)                                                                                               \
    return wp_fail_memory(p->diag)
    RESERVE(types, WP_SPACE_TYPE);
    RESERVE(funcs, WP_SPACE_FUNC);
    RESERVE(tables, WP_SPACE_TABLE);
    RESERVE(memories, WP_SPACE_MEMORY);
    RESERVE(globals, WP_SPACE_GLOBAL);
    RESERVE(tags, WP_SPACE_TAG);
    RESERVE(elems, WP_SPACE_ELEM);
    RESERVE(datas, WP_SPACE_DATA);
#undef RESERVE
    return WP_OK;
}

/* Reads the heads of the fields, and all types; goes back to where it began. */
static wp_status declare_fields(wp_parser *p) {
    uint32_t start = p->consumed;
    /* Now there is an array to point into, also if it stays empty. */
    WP_TRY(WP_SCRATCH(p, words, nwords));
    p->nahead = 0;
    p->text->next = start;
    p->heads_only = true;
    while (wp_at(p, WP_LEX_LPAR))
        WP_TRY(declare_field(p));
    p->heads_only = false;
    if (p->failed == WP_OK) {
        WP_TRY(reserve(p));
        WP_TRY(define_types(p));
    }
    p->nahead = 0;
    p->text->next = p->consumed = start;
    return p->failed;
}

/* ---- Modules ----------------------------------------------------------------------------------------------- */

typedef struct field_parser {
    const char *word;
    wp_status (*parse)(wp_parser *p, uint32_t pos);
} field_parser;

static const field_parser field_parsers[] = {
    {"func", parse_func},     {"import", parse_import}, {"export", parse_export}, {"global", parse_global},
    {"memory", parse_memory}, {"table", parse_table},   {"elem", parse_elem},     {"data", parse_data},
    {"start", parse_start},   {"tag", parse_tag}};

/* A field, of which '(' has been looked at. */
static wp_status parse_field(wp_parser *p) {
    wp_lexeme paren = *wp_peek(p);
    wp_take(p);
    if (wp_at_word(p, "type") || wp_at_word(p, "rec")) { /* defined already */
        skip_to_close(p, paren.end);
        return WP_OK;
    }
    for (size_t i = 0; i < sizeof field_parsers / sizeof *field_parsers; i++)
        if (wp_take_word(p, field_parsers[i].word))
            return field_parsers[i].parse(p, paren.pos);
    return wp_parse_unexpected(p, "a module field");
}

/* Gives the module the places of its lines, from that of `start` to the end of what was consumed. */
static wp_status keep_lines(wp_parser *p, uint32_t start) {
    wp_module *m = p->module;
    m->first_line = wp_text_locate(p->text, start).line;
    m->nlines = wp_text_locate(p->text, p->consumed).line - m->first_line + 1;
    m->lines = wp_arena_copy(&m->arena, p->text->lines + m->first_line - 1, m->nlines * sizeof *m->lines);
    return m->lines == NULL ? wp_fail_memory(p->diag) : WP_OK;
}

/* Gives the functions the names that their identifiers are, for coverage. */
static wp_status keep_func_names(wp_parser *p) {
    wp_module *m = p->module;
    m->func_names = wp_arena_alloc(&m->arena, m->nfuncs, sizeof *m->func_names);
    if (m->func_names == NULL)
        return wp_fail_memory(p->diag);
    for (size_t i = 0; i < p->idents.count; i++) {
        const wp_ident *ident = &p->idents.entries[i];
        if (ident->space != WP_SPACE_FUNC || ident->value >= m->nfuncs)
            continue;
        const uint8_t *copy = wp_arena_copy(&m->arena, ident->name + 1, ident->size - 1);
        if (copy == NULL)
            return wp_fail_memory(p->diag);
        m->func_names[ident->value] = (wp_bytes){copy, ident->size - 1};
    }
    return WP_OK;
}

/* field*, to the parenthesis that closes or the end of the text. */
static wp_status parse_fields(wp_parser *p) {
    wp_module *m = p->module;
    uint32_t start = p->consumed;
    WP_TRY(declare_fields(p));
    p->named = (wp_name_annot){.kind = WP_NAME_MODULE};
    for (;;) {
        p->between_fields = true;
        bool more = wp_at(p, WP_LEX_LPAR);
        p->between_fields = false;
        p->named.kind = WP_NAME_NONE;
        if (!more)
            break;
        p->after_field = true;
        WP_TRY(parse_field(p));
    }
    p->consumed = wp_peek(p)->pos; /* annotations before it are read */
    m->has_data_count = p->uses_data;
    m->data_count = p->uses_data ? m->ndatas : 0;
    WP_TRY(keep_lines(p, start));
    if (m->engine->keep_names)
        WP_TRY(keep_func_names(p));
    return p->failed == WP_OK ? wp_parse_finish_annotations(p) : p->failed;
}

/* Says what "(module binary" and the like are: scripts have them. */
static wp_status check_module_form(wp_parser *p, const wp_lexeme *word) {
    static const char *const words[] = {"binary", "quote", "definition", "instance"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (wp_is_word(word, words[i]))
            return wp_text_fail(p->text, p->diag, WP_MALFORMED, word->pos,
                                "unexpected token: (module %s ...) is a command of scripts, not a text module",
                                words[i]);
    return WP_OK;
}

/* module ::= '(' 'module' id? field* ')' */
static wp_status parse_module(wp_parser *p) {
    wp_module *m = p->module;
    if (!wp_take_open(p, "module"))
        return wp_parse_unexpected(p, "(module");
    uint32_t start = p->consumed;
    p->heads_only = true; /* annotations after the identifier are read with the fields */
    bool has_id = wp_at(p, WP_LEX_ID);
    WP_TRY(check_module_form(p, has_id ? wp_peek_second(p) : wp_peek(p)));
    p->heads_only = false;
    p->nahead = 0;
    p->text->next = start;
    if (has_id) {
        p->named = (wp_name_annot){.kind = WP_NAME_MODULE};
        const wp_lexeme *id = wp_peek(p);
        if (id->kind != WP_LEX_ID) /* an annotation before it is malformed */
            return p->failed;
        m->id = wp_arena_alloc(&m->arena, id->size + 1, 1);
        if (m->id == NULL)
            return wp_fail_memory(p->diag);
        memcpy(m->id, id->text + 1, id->size - 1);
        wp_take(p);
    }
    WP_TRY(parse_fields(p));
    return wp_expect_close(p);
}

static void release(wp_parser *p) {
    const wp_allocator *a = p->allocator;
    wp_idents_release(&p->idents);
    wp_idents_release(&p->locals);
    wp_idents_release(&p->labels);
    wp_free(a, p->signatures, p->signatures_capacity, sizeof *p->signatures);
    wp_free(a, p->words, p->words_capacity, sizeof *p->words);
    wp_free(a, p->bytes, p->bytes_capacity, 1);
    wp_free(a, p->runs, p->runs_capacity, sizeof *p->runs);
    wp_free(a, p->codes, p->codes_capacity, sizeof *p->codes);
    wp_free(a, p->instrs, p->instrs_capacity, sizeof *p->instrs);
    wp_free(a, p->pos, p->pos_capacity, sizeof *p->pos);
    wp_free(a, p->pool, p->pool_capacity, sizeof *p->pool);
    wp_free(a, p->frames, p->frames_capacity, sizeof *p->frames);
    wp_free(a, p->names, p->names_capacity, sizeof *p->names);
    wp_free(a, p->hints, p->hints_capacity, sizeof *p->hints);
    wp_free(a, p->customs, p->customs_capacity, sizeof *p->customs);
}

/* Parses a module with one of the functions above, from where the text is; the text moves on. */
static wp_status run(wp_text *text, wp_status (*parse)(wp_parser *p), wp_module **out, wp_diag *diag) {
    const wp_allocator *a = &text->engine->allocator;
    wp_module *module = wp_module_new(text->engine);
    if (module == NULL)
        return wp_fail_memory(diag);
    module->source_kind = WP_SOURCE_TEXT;
    wp_parser p = {.text = text, .module = module, .diag = diag, .allocator = a, .consumed = text->next};
    p.idents.allocator = p.locals.allocator = p.labels.allocator = a;
    p.named.kind = WP_NAME_NONE;
    text->nahead = 0;
    wp_status status = parse(&p);
    if (p.failed != WP_OK)
        status = p.failed;
    release(&p);
    text->next = p.consumed;
    if (status == WP_OK)
        *out = module;
    else
        wp_module_delete(module);
    return status;
}

wp_status wp_text_module(wp_text *text, wp_module **out, wp_diag *diag) {
    return run(text, parse_module, out, diag);
}

wp_status wp_text_module_fields(wp_text *text, wp_module **out, wp_diag *diag) {
    return run(text, parse_fields, out, diag);
}

/* A whole text: a module, or its fields alone. */
static wp_status parse_source(wp_parser *p) {
    p->heads_only = true; /* annotations wait until it is known which */
    bool is_module = wp_at_open(p, "module");
    p->heads_only = false;
    p->nahead = 0;
    p->text->next = p->consumed;
    WP_TRY(is_module ? parse_module(p) : parse_fields(p));
    return wp_at(p, WP_LEX_EOF) ? p->failed : wp_parse_unexpected(p, "the end of the text");
}

wp_status wp_module_parse(wp_engine *engine, const char *source, size_t size, wp_module **out, wp_diag *diag) {
    wp_text *text = NULL;
    WP_TRY(wp_text_open(engine, source, size, &text, diag));
    wp_status status = run(text, parse_source, out, diag);
    wp_text_close(text);
    return status;
}
