/* parse_type.c: the text format of types; see parser.h (specification, "Text Format: Types"). */
#include "text/parser.h"

/* ---- Value types ------------------------------------------------------------------------------------------- */

/* heaptype ::= absheaptype | x:typeidx */
wp_status wp_parse_heaptype(wp_parser *p, uint32_t *out) {
    uint32_t index = 0;
    if (wp_at_index(p)) {
        WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &index));
        /* An index that does not fit becomes the largest that does: no module has as many types (limit `types`). */
        *out = WP_T_INDEX | (index > WP_T_BITS ? WP_T_BITS : index);
        return WP_OK;
    }
    for (*out = 0; *out < WP_HT_BOT; ++*out)
        if (wp_take_word(p, wp_heap_name(*out)))
            return WP_OK;
    return wp_parse_unexpected(p, "a heap type");
}

/* The heap type of an abbreviation of (ref null heaptype); WP_HT_BOT if the lexeme is another. */
static uint32_t parse_abbreviated(const wp_lexeme *lexeme) {
    static const char *const words[] = {
#define HEAPTYPE(id, code, name, reference, super, bottom, feature) reference,
#include "core/heaptype.def"
    };
    uint32_t heap = 0;
    while (heap < WP_HT_BOT && !wp_is_word(lexeme, words[heap]))
        heap++;
    return heap;
}

bool wp_at_reftype(wp_parser *p) {
    return wp_at_open(p, "ref") || parse_abbreviated(wp_peek(p)) != WP_HT_BOT;
}

/* reftype ::= '(' 'ref' 'null'? heaptype ')' | an abbreviation */
wp_status wp_parse_reftype(wp_parser *p, wp_valtype *out) {
    uint32_t heap = parse_abbreviated(wp_peek(p));
    if (heap != WP_HT_BOT) {
        wp_take(p);
        *out = wp_ref_type(true, heap);
        return WP_OK;
    }
    if (!wp_take_open(p, "ref"))
        return wp_parse_unexpected(p, "a reference type");
    bool nullable = wp_take_word(p, "null");
    WP_TRY(wp_parse_heaptype(p, &heap));
    *out = wp_ref_type(nullable, heap);
    return wp_expect_close(p);
}

/* valtype ::= numtype | vectype | reftype; packed: also packtype. */
static wp_status parse_storage_type(wp_parser *p, bool packed, wp_valtype *out) {
    static const char *const words[] = {
#define VALTYPE(id, code, name, letter, feature) [WP_T_##id] = name,
#define PACKTYPE(id, code, name) [WP_T_##id] = name,
#include "core/valtype.def"
    };
    if (wp_at(p, WP_LEX_KEYWORD))
        for (*out = WP_T_I32; *out <= (packed ? WP_T_I16 : WP_T_V128); ++*out)
            if (wp_take_word(p, words[*out]))
                return WP_OK;
    return wp_at_reftype(p) ? wp_parse_reftype(p, out) : wp_parse_unexpected(p, "a type");
}

wp_status wp_parse_valtype(wp_parser *p, wp_valtype *out) {
    return parse_storage_type(p, false, out);
}

/* t | '(' 'mut' t ')' */
static wp_status parse_mutable_type(wp_parser *p, bool packed, wp_valtype *type, bool *is_mutable) {
    *is_mutable = wp_take_open(p, "mut");
    WP_TRY(parse_storage_type(p, packed, type));
    return *is_mutable ? wp_expect_close(p) : WP_OK;
}

/* globaltype ::= valtype | '(' 'mut' valtype ')' */
wp_status wp_parse_globaltype(wp_parser *p, wp_valtype *type, bool *is_mutable) {
    return parse_mutable_type(p, false, type, is_mutable);
}

/* ---- Limits ------------------------------------------------------------------------------------------------ */

/* addrtype ::= 'i32' | 'i64' | nothing, which means i32 */
void wp_parse_addrtype(wp_parser *p, wp_limits *out) {
    out->is64 = wp_take_word(p, "i64");
    if (!out->is64)
        (void)wp_take_word(p, "i32");
}

/* limits ::= u64 u64? */
wp_status wp_parse_limits(wp_parser *p, wp_limits *out) {
    WP_TRY(wp_parse_nat(p, 64, "a size", &out->min));
    out->has_max = wp_at(p, WP_LEX_NAT);
    return out->has_max ? wp_parse_nat(p, 64, "a size", &out->max) : WP_OK;
}

/* ---- Signatures -------------------------------------------------------------------------------------------- */

static wp_status parse_push_valtype(wp_parser *p) {
    wp_valtype type = WP_T_NONE;
    WP_TRY(wp_parse_valtype(p, &type));
    return wp_build_word(&p->build, type);
}

/* t*, up to the parenthesis that closes; `single`: one. */
static wp_status parse_push_valtypes(wp_parser *p, bool single) {
    if (single)
        WP_TRY(parse_push_valtype(p));
    while (!single && !wp_at(p, WP_LEX_RPAR))
        WP_TRY(parse_push_valtype(p));
    return wp_expect_close(p);
}

/* param ::= '(' 'param' id? t ')' | '(' 'param' t* ')': after the keyword. */
static wp_status parse_param(wp_parser *p, wp_param_names names, uint32_t index) {
    bool has_id = false;
    if (names == WP_PARAM_NAMES_BOUND) {
        WP_TRY(wp_parse_bind(p, WP_SPACE_LOCAL, 0, index, &has_id));
    } else if (names == WP_PARAM_NAMES_IGNORED && wp_at(p, WP_LEX_ID)) {
        wp_take(p);
        has_id = true;
    }
    return parse_push_valtypes(p, has_id);
}

/* param* result*, as words: the number of parameters, their types, those of the results. */
static wp_status parse_signature(wp_parser *p, wp_param_names names) {
    wp_builder *b = &p->build;
    size_t base = b->nwords;
    WP_TRY(wp_build_word(b, 0));
    while (wp_take_open(p, "param"))
        WP_TRY(parse_param(p, names, (uint32_t)(b->nwords - base) - 1));
    b->words[base] = (uint32_t)(b->nwords - base) - 1;
    while (wp_take_open(p, "result"))
        WP_TRY(parse_push_valtypes(p, false));
    return WP_OK;
}

/* ---- Type definitions -------------------------------------------------------------------------------------- */

/* A field type, as two words. */
static wp_status parse_push_fieldtype(wp_parser *p) {
    wp_valtype type = WP_T_NONE;
    bool is_mutable = false;
    WP_TRY(parse_mutable_type(p, true, &type, &is_mutable));
    WP_TRY(wp_build_word(&p->build, type));
    return wp_build_word(&p->build, is_mutable);
}

/* field ::= '(' 'field' id? fieldtype ')' | '(' 'field' fieldtype* ')': after the keyword. */
static wp_status parse_struct_field(wp_parser *p, uint32_t type, uint32_t index) {
    bool has_id = false;
    WP_TRY(wp_parse_bind(p, WP_SPACE_FIELD, type, index, &has_id));
    if (has_id)
        WP_TRY(parse_push_fieldtype(p));
    while (!has_id && !wp_at(p, WP_LEX_RPAR))
        WP_TRY(parse_push_fieldtype(p));
    return wp_expect_close(p);
}

/* Takes the field types that are the words from base on. */
static wp_status parse_take_fields(wp_parser *p, size_t base, wp_comptype *out) {
    wp_builder *b = &p->build;
    out->nfields = (uint32_t)((b->nwords - base) / 2);
    out->fields = wp_arena_alloc(&b->module->arena, out->nfields, sizeof *out->fields);
    if (out->fields == NULL)
        return wp_fail_memory(b->diag);
    for (uint32_t i = 0; i < out->nfields; i++)
        out->fields[i] = (wp_field){b->words[base + 2 * i], b->words[base + 2 * i + 1] != 0};
    b->nwords = base;
    return WP_OK;
}

/* comptype ::= '(' 'func' param* result* ')' | '(' 'struct' field* ')' | '(' 'array' fieldtype ')' */
static wp_status parse_comptype(wp_parser *p, uint32_t type, wp_comptype *out) {
    size_t base = p->build.nwords;
    if (wp_take_open(p, "func")) {
        WP_TRY(parse_signature(p, WP_PARAM_NAMES_IGNORED));
        WP_TRY(wp_build_signature(&p->build, base, out));
    } else if (wp_take_open(p, "struct")) {
        out->kind = WP_COMP_STRUCT;
        while (wp_take_open(p, "field"))
            WP_TRY(parse_struct_field(p, type, (uint32_t)((p->build.nwords - base) / 2)));
        WP_TRY(parse_take_fields(p, base, out));
    } else if (wp_take_open(p, "array")) {
        out->kind = WP_COMP_ARRAY;
        WP_TRY(parse_push_fieldtype(p));
        WP_TRY(parse_take_fields(p, base, out));
    } else {
        return wp_parse_unexpected(p, "a function, structure or array type");
    }
    return wp_expect_close(p);
}

/* subtype ::= '(' 'sub' 'final'? typeidx* comptype ')' | comptype */
static wp_status parse_subtype(wp_parser *p, uint32_t index, wp_subtype *out) {
    if (!wp_take_open(p, "sub"))
        return parse_comptype(p, index, &out->comp);
    out->final = wp_take_word(p, "final");
    WP_TRY(wp_parse_indices(p, WP_SPACE_TYPE, &out->supers, &out->nsupers));
    WP_TRY(parse_comptype(p, index, &out->comp));
    return wp_expect_close(p);
}

/* typedef ::= '(' 'type' id? subtype ')': after the keyword. */
static wp_status parse_typedef(wp_parser *p, uint32_t pos) {
    wp_subtype *type = NULL;
    uint32_t index = p->build.module->ntypes;
    bool has_id = false;
    WP_TRY(wp_build_type(&p->build, pos, &type));
    WP_TRY(wp_parse_bind(p, WP_SPACE_TYPE, 0, index, &has_id));
    WP_TRY(parse_subtype(p, index, type));
    return wp_expect_close(p);
}

/* rectype ::= '(' 'rec' typedef* ')' | typedef */
wp_status wp_parse_rectype(wp_parser *p) {
    uint32_t pos = wp_peek(p)->pos;
    WP_TRY(wp_build_group(&p->build));
    if (wp_take_open(p, "type"))
        return parse_typedef(p, pos);
    if (!wp_take_open(p, "rec"))
        return wp_parse_unexpected(p, "a type definition");
    for (;;) {
        pos = wp_peek(p)->pos;
        if (!wp_take_open(p, "type"))
            return wp_expect_close(p);
        WP_TRY(parse_typedef(p, pos));
    }
}

/* ---- Type uses --------------------------------------------------------------------------------------------- */

wp_status wp_parse_typeuse(wp_parser *p, wp_param_names names, wp_typeuse *out) {
    *out = (wp_typeuse){.base = p->build.nwords, .pos = wp_peek(p)->pos};
    out->has_type = wp_take_open(p, "type");
    if (out->has_type) {
        WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &out->type));
        WP_TRY(wp_expect_close(p));
    }
    WP_TRY(parse_signature(p, names));
    /* Wrong order: an error that precedes those of the type itself. */
    if (wp_at_open(p, "param") || wp_at_open(p, "type"))
        return wp_parse_unexpected(p, "the type, parameters and results in this order");
    return WP_OK;
}

wp_status wp_parse_resolve(wp_parser *p, const wp_typeuse *use, uint32_t *out) {
    wp_builder *b = &p->build;
    if (!use->has_type)
        return wp_build_functype(b, use->base, use->pos, out);
    *out = use->type; /* without a signature, validation finds whether the type exists */
    if (b->nwords - use->base > 1) {
        if (use->type >= b->module->ntypes)
            return wp_parse_fail(p, use->pos, "unknown type %u", use->type);
        if (!wp_build_has_signature(b, use->base, &b->module->types[use->type].comp))
            return wp_parse_fail(p, use->pos, "inline function type: it is not that of type %u", use->type);
    }
    b->nwords = use->base;
    return WP_OK;
}

wp_status wp_parse_func_type(wp_parser *p, uint32_t *out) {
    wp_typeuse use;
    wp_index_release(&p->spaces[WP_SPACE_LOCAL]);
    WP_TRY(wp_parse_typeuse(p, WP_PARAM_NAMES_BOUND, &use));
    return wp_parse_resolve(p, &use, out);
}

wp_status wp_parse_blocktype(wp_parser *p, uint32_t *out) {
    wp_builder *b = &p->build;
    wp_typeuse use;
    WP_TRY(wp_parse_typeuse(p, WP_PARAM_NAMES_REFUSED, &use));
    size_t count = b->nwords - use.base - 1;
    if (!use.has_type && b->words[use.base] == 0 && count <= 1) {
        *out = count == 0 ? WP_T_NONE : b->words[use.base + 1];
        b->nwords = use.base;
        return WP_OK;
    }
    WP_TRY(wp_parse_resolve(p, &use, out));
    *out = WP_BLOCK_TYPE | (*out > WP_BLOCK_TYPE - 1 ? WP_BLOCK_TYPE - 1 : *out);
    return WP_OK;
}
