/* parser_types.c: the text format of types; see parser.h (specification, "Text Format: Types"). */
#include "text/parser.h"

/* ---- Value types ------------------------------------------------------------------------------------------- */

typedef struct word_heap {
    const char *word;
    uint32_t heap;
} word_heap;

/* Abbreviations of (ref null heap). */
static const word_heap shorthands[] = {{"funcref", WP_HT_FUNC},
                                       {"externref", WP_HT_EXTERN},
                                       {"anyref", WP_HT_ANY},
                                       {"eqref", WP_HT_EQ},
                                       {"i31ref", WP_HT_I31},
                                       {"structref", WP_HT_STRUCT},
                                       {"arrayref", WP_HT_ARRAY},
                                       {"exnref", WP_HT_EXN},
                                       {"nullref", WP_HT_NONE},
                                       {"nullfuncref", WP_HT_NOFUNC},
                                       {"nullexternref", WP_HT_NOEXTERN},
                                       {"nullexnref", WP_HT_NOEXN}};

static const word_heap *find_shorthand(const wp_lexeme *lexeme) {
    for (size_t i = 0; i < sizeof shorthands / sizeof *shorthands; i++)
        if (wp_is_word(lexeme, shorthands[i].word))
            return &shorthands[i];
    return NULL;
}

/* heaptype ::= absheaptype | x:typeidx */
wp_status wp_parse_heaptype(wp_parser *p, uint32_t *out) {
    uint32_t index = 0;
    if (wp_at_index(p)) {
        WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &index));
        /* One too large to be kept becomes the largest that can: no module has as many types (limit `types`). */
        *out = WP_T_INDEX | (index > WP_T_BITS ? WP_T_BITS : index);
        return WP_OK;
    }
    for (uint32_t heap = 0; heap < WP_HT_BOT; heap++)
        if (wp_at_word(p, wp_heap_name(heap))) {
            wp_take(p);
            *out = heap;
            return WP_OK;
        }
    return wp_parse_unexpected(p, "a heap type");
}

bool wp_at_reftype(wp_parser *p) {
    return wp_at_open(p, "ref") || find_shorthand(wp_peek(p)) != NULL;
}

/* reftype ::= '(' 'ref' 'null'? heaptype ')' | an abbreviation */
wp_status wp_parse_reftype(wp_parser *p, wp_valtype *out) {
    const word_heap *shorthand = find_shorthand(wp_peek(p));
    if (shorthand != NULL) {
        wp_take(p);
        *out = wp_ref_type(true, shorthand->heap);
        return WP_OK;
    }
    if (!wp_take_open(p, "ref"))
        return wp_parse_unexpected(p, "a reference type");
    uint32_t heap = 0;
    bool nullable = wp_take_word(p, "null");
    WP_TRY(wp_parse_heaptype(p, &heap));
    *out = wp_ref_type(nullable, heap);
    return wp_expect_close(p);
}

/* numtype | vectype, or a packed type; WP_T_NONE: none of them. */
static wp_valtype scalar_type(const wp_lexeme *lexeme, bool packed) {
    if (lexeme->kind != WP_LEX_KEYWORD)
        return WP_T_NONE;
    if (wp_is_word(lexeme, "i32"))
        return WP_T_I32;
    if (wp_is_word(lexeme, "i64"))
        return WP_T_I64;
    if (wp_is_word(lexeme, "f32"))
        return WP_T_F32;
    if (wp_is_word(lexeme, "f64"))
        return WP_T_F64;
    if (wp_is_word(lexeme, "v128"))
        return WP_T_V128;
    if (packed && wp_is_word(lexeme, "i8"))
        return WP_T_I8;
    return packed && wp_is_word(lexeme, "i16") ? WP_T_I16 : WP_T_NONE;
}

static wp_status parse_type(wp_parser *p, bool packed, wp_valtype *out) {
    *out = scalar_type(wp_peek(p), packed);
    if (*out != WP_T_NONE) {
        wp_take(p);
        return WP_OK;
    }
    return wp_at_reftype(p) ? wp_parse_reftype(p, out) : wp_parse_unexpected(p, "a type");
}

wp_status wp_parse_valtype(wp_parser *p, wp_valtype *out) {
    return parse_type(p, false, out);
}

/* t | '(' 'mut' t ')' */
static wp_status parse_mutable_type(wp_parser *p, bool packed, wp_valtype *type, bool *is_mutable) {
    *is_mutable = wp_take_open(p, "mut");
    WP_TRY(parse_type(p, packed, type));
    return *is_mutable ? wp_expect_close(p) : WP_OK;
}

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

/* ---- Function types ---------------------------------------------------------------------------------------- */

static wp_status push_valtype(wp_parser *p) {
    wp_valtype type = WP_T_NONE;
    WP_TRY(wp_parse_valtype(p, &type));
    return wp_parse_push_word(p, type);
}

/* param ::= '(' 'param' id? t ')' | '(' 'param' t* ')': after the keyword. */
static wp_status parse_param(wp_parser *p, wp_param_names names, uint32_t *count) {
    bool has_id = false;
    if (names == WP_PARAM_NAMES_BOUND)
        WP_TRY(wp_parse_bind(p, &p->locals, WP_SPACE_LOCAL, 0, *count, &has_id));
    else if (names == WP_PARAM_NAMES_IGNORED && wp_at(p, WP_LEX_ID)) {
        wp_take(p);
        has_id = true;
    }
    if (has_id) {
        WP_TRY(push_valtype(p));
        ++*count;
    }
    while (!has_id && !wp_at(p, WP_LEX_RPAR)) {
        WP_TRY(push_valtype(p));
        ++*count;
    }
    return wp_expect_close(p);
}

/* param* result* */
static wp_status parse_signature(wp_parser *p, wp_param_names names, uint32_t *nparams, uint32_t *nresults) {
    while (wp_take_open(p, "param"))
        WP_TRY(parse_param(p, names, nparams));
    while (wp_take_open(p, "result")) {
        while (!wp_at(p, WP_LEX_RPAR)) {
            WP_TRY(push_valtype(p));
            ++*nresults;
        }
        WP_TRY(wp_expect_close(p));
    }
    return WP_OK;
}

/* ---- Type definitions -------------------------------------------------------------------------------------- */

static wp_status parse_functype(wp_parser *p, wp_comptype *out) {
    size_t base = p->nwords;
    out->kind = WP_COMP_FUNC;
    WP_TRY(parse_signature(p, WP_PARAM_NAMES_IGNORED, &out->nparams, &out->nresults));
    out->types = wp_arena_copy(&p->module->arena, wp_parse_words(p, base), (p->nwords - base) * sizeof *p->words);
    p->nwords = base;
    return out->types == NULL ? wp_fail_memory(p->diag) : WP_OK;
}

/* A field type, as two words. */
static wp_status push_fieldtype(wp_parser *p) {
    wp_valtype type = WP_T_NONE;
    bool is_mutable = false;
    WP_TRY(parse_mutable_type(p, true, &type, &is_mutable));
    WP_TRY(wp_parse_push_word(p, type));
    return wp_parse_push_word(p, is_mutable);
}

/* field ::= '(' 'field' id? fieldtype ')' | '(' 'field' fieldtype* ')': after the keyword. */
static wp_status parse_field(wp_parser *p, uint32_t type, uint32_t index) {
    bool has_id = false;
    WP_TRY(wp_parse_bind(p, &p->idents, WP_SPACE_FIELD, type, index, &has_id));
    if (has_id)
        WP_TRY(push_fieldtype(p));
    while (!has_id && !wp_at(p, WP_LEX_RPAR))
        WP_TRY(push_fieldtype(p));
    return wp_expect_close(p);
}

/* Takes the field types that are the words from base on. */
static wp_status take_fields(wp_parser *p, size_t base, wp_comptype *out) {
    out->nfields = (uint32_t)((p->nwords - base) / 2);
    out->fields = wp_arena_alloc(&p->module->arena, out->nfields, sizeof *out->fields);
    if (out->fields == NULL)
        return wp_fail_memory(p->diag);
    for (uint32_t i = 0; i < out->nfields; i++)
        out->fields[i] = (wp_field){p->words[base + 2 * i], p->words[base + 2 * i + 1] != 0};
    p->nwords = base;
    return WP_OK;
}

/* comptype ::= '(' 'func' ... ')' | '(' 'struct' field* ')' | '(' 'array' fieldtype ')' */
static wp_status parse_comptype(wp_parser *p, uint32_t type, wp_comptype *out) {
    size_t base = p->nwords;
    if (wp_take_open(p, "func")) {
        WP_TRY(parse_functype(p, out));
    } else if (wp_take_open(p, "struct")) {
        out->kind = WP_COMP_STRUCT;
        while (wp_take_open(p, "field"))
            WP_TRY(parse_field(p, type, (uint32_t)((p->nwords - base) / 2)));
        WP_TRY(take_fields(p, base, out));
    } else if (wp_take_open(p, "array")) {
        out->kind = WP_COMP_ARRAY;
        WP_TRY(push_fieldtype(p));
        WP_TRY(take_fields(p, base, out));
    } else {
        return wp_parse_unexpected(p, "a function, structure or array type");
    }
    return wp_expect_close(p);
}

static wp_status parse_supers(wp_parser *p, wp_subtype *out) {
    size_t base = p->nwords;
    uint32_t index = 0;
    while (wp_at_index(p)) {
        WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &index));
        WP_TRY(wp_parse_push_word(p, index));
    }
    out->nsupers = (uint32_t)(p->nwords - base);
    out->supers = wp_arena_copy(&p->module->arena, wp_parse_words(p, base), out->nsupers * sizeof *p->words);
    p->nwords = base;
    return out->supers == NULL ? wp_fail_memory(p->diag) : WP_OK;
}

/* subtype ::= '(' 'sub' 'final'? typeidx* comptype ')' | comptype */
static wp_status parse_subtype(wp_parser *p, uint32_t index, wp_subtype *out) {
    out->final = true;
    if (!wp_take_open(p, "sub"))
        return parse_comptype(p, index, &out->comp);
    out->final = wp_take_word(p, "final");
    WP_TRY(parse_supers(p, out));
    WP_TRY(parse_comptype(p, index, &out->comp));
    return wp_expect_close(p);
}

/* A new type of the module; zero. */
static wp_status add_type(wp_parser *p, uint32_t pos, wp_subtype **out) {
    wp_module *m = p->module;
    uint64_t limit = m->engine->limits[WP_LIMIT_types];
    if (m->ntypes >= limit)
        return wp_text_fail(p->text, p->diag, WP_EXHAUSTION, pos, "too many types (limit %llu)",
                            (unsigned long long)limit);
    wp_subtype *types = wp_parse_grow(p, m->types, m->ntypes, &p->types_capacity, sizeof *types);
    if (types == NULL)
        return wp_fail_memory(p->diag);
    m->types = types;
    *out = &types[m->ntypes++];
    (*out)->pos = pos;
    return WP_OK;
}

static wp_status add_rectype(wp_parser *p) {
    wp_module *m = p->module;
    wp_rectype *groups = wp_parse_grow(p, m->rectypes, m->nrectypes, &p->rectypes_capacity, sizeof *groups);
    if (groups == NULL)
        return wp_fail_memory(p->diag);
    m->rectypes = groups;
    groups[m->nrectypes++] = (wp_rectype){m->ntypes, 0};
    return WP_OK;
}

/* typedef ::= '(' 'type' id? subtype ')': after the keyword. */
static wp_status parse_typedef(wp_parser *p, uint32_t pos) {
    wp_module *m = p->module;
    wp_subtype *type = NULL;
    uint32_t index = m->ntypes;
    bool has_id = false;
    WP_TRY(add_type(p, pos, &type));
    m->rectypes[m->nrectypes - 1].count++;
    WP_TRY(wp_parse_bind(p, NULL, WP_SPACE_TYPE, 0, index, &has_id));
    WP_TRY(parse_subtype(p, index, type));
    return wp_expect_close(p);
}

/* rectype ::= '(' 'rec' typedef* ')' | typedef */
wp_status wp_parse_rectype(wp_parser *p) {
    uint32_t pos = wp_peek(p)->pos;
    WP_TRY(add_rectype(p));
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

/* ---- Types by signature ------------------------------------------------------------------------------------ */

/* The table's address is the seed, so that a text cannot choose types that collide. */
static uint32_t hash_signature(const wp_parser *p, const uint32_t *words, uint32_t nparams, uint32_t nresults) {
    uint64_t h = (uint64_t)(uintptr_t)p * 0x9E3779B97F4A7C15u ^ nparams;
    for (uint32_t i = 0; i < nparams + nresults; i++) {
        h = (h ^ words[i]) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
    }
    return (uint32_t)(h ^ h >> 32);
}

static bool has_signature(const wp_comptype *comp, const uint32_t *words, uint32_t nparams, uint32_t nresults) {
    return comp->kind == WP_COMP_FUNC && comp->nparams == nparams && comp->nresults == nresults &&
           (nparams + nresults == 0 || memcmp(comp->types, words, (nparams + nresults) * sizeof *words) == 0);
}

/* The slot of a signature, or the free slot where it belongs. */
static size_t find_signature(const wp_parser *p, const uint32_t *words, uint32_t nparams, uint32_t nresults) {
    size_t slot = hash_signature(p, words, nparams, nresults) & (p->signatures_capacity - 1);
    while (p->signatures[slot] != 0 &&
           !has_signature(&p->module->types[p->signatures[slot] - 1].comp, words, nparams, nresults))
        slot = (slot + 1) & (p->signatures_capacity - 1);
    return slot;
}

/* Makes a type known, unless an earlier one has its signature. */
static void index_type(wp_parser *p, uint32_t type) {
    const wp_comptype *comp = &p->module->types[type].comp;
    size_t slot = find_signature(p, comp->types, comp->nparams, comp->nresults);
    if (p->signatures[slot] == 0) {
        p->signatures[slot] = type + 1;
        p->nsignatures++;
    }
}

/* Inline function types mean the first type that is a final function type without supertypes in a group of its own. */
static bool is_plain(const wp_module *m, const wp_rectype *group) {
    if (group->count != 1)
        return false;
    const wp_subtype *type = &m->types[group->first];
    return type->final && type->nsupers == 0 && type->comp.kind == WP_COMP_FUNC;
}

static wp_status grow_signatures(wp_parser *p) {
    size_t wanted = p->signatures_capacity == 0 ? 64 : p->signatures_capacity * 2;
    while (wanted < (size_t)p->module->nrectypes * 2)
        wanted *= 2;
    uint32_t *slots = wp_alloc(p->allocator, wanted, sizeof *slots);
    if (slots == NULL)
        return wp_fail_memory(p->diag);
    wp_free(p->allocator, p->signatures, p->signatures_capacity, sizeof *slots);
    p->signatures = slots;
    p->signatures_capacity = wanted;
    p->nsignatures = 0;
    for (uint32_t i = 0; i < p->module->nrectypes; i++)
        if (is_plain(p->module, &p->module->rectypes[i]))
            index_type(p, p->module->rectypes[i].first);
    return WP_OK;
}

wp_status wp_parse_index_types(wp_parser *p) {
    return grow_signatures(p);
}

/* The type with a signature; a new one perhaps. */
static wp_status intern_signature(wp_parser *p, const wp_typeuse *use, uint32_t *out) {
    wp_module *m = p->module;
    const uint32_t *words = wp_parse_words(p, use->base);
    uint32_t found = p->signatures[find_signature(p, words, use->nparams, use->nresults)];
    if (found != 0) {
        *out = found - 1;
        return WP_OK;
    }
    wp_subtype *type = NULL;
    *out = m->ntypes;
    WP_TRY(add_rectype(p));
    WP_TRY(add_type(p, use->pos, &type));
    m->rectypes[m->nrectypes - 1].count = 1;
    type->final = true;
    type->comp = (wp_comptype){.kind = WP_COMP_FUNC, .nparams = use->nparams, .nresults = use->nresults};
    type->comp.types = wp_arena_copy(&m->arena, words, (use->nparams + use->nresults) * sizeof *words);
    if (type->comp.types == NULL)
        return wp_fail_memory(p->diag);
    if ((p->nsignatures + 1) * 2 > p->signatures_capacity)
        return grow_signatures(p);
    index_type(p, *out);
    return WP_OK;
}

/* ---- Type uses --------------------------------------------------------------------------------------------- */

wp_status wp_parse_typeuse(wp_parser *p, wp_param_names names, wp_typeuse *out) {
    *out = (wp_typeuse){.base = p->nwords, .pos = wp_peek(p)->pos};
    out->has_type = wp_take_open(p, "type");
    if (out->has_type) {
        WP_TRY(wp_parse_index(p, WP_SPACE_TYPE, 0, &out->type));
        WP_TRY(wp_expect_close(p));
    }
    WP_TRY(parse_signature(p, names, &out->nparams, &out->nresults));
    /* Out of order. That comes before what is wrong with the type itself. */
    if (wp_at_open(p, "param") || wp_at_open(p, "type"))
        return wp_parse_unexpected(p, "the type, parameters and results in this order");
    return WP_OK;
}

wp_status wp_parse_resolve(wp_parser *p, const wp_typeuse *use, uint32_t *out) {
    const wp_module *m = p->module;
    if (!use->has_type) {
        WP_TRY(intern_signature(p, use, out));
    } else if (use->nparams + use->nresults != 0) {
        if (use->type >= m->ntypes)
            return wp_text_fail(p->text, p->diag, WP_MALFORMED, use->pos, "unknown type %u", use->type);
        if (!has_signature(&m->types[use->type].comp, wp_parse_words(p, use->base), use->nparams, use->nresults))
            return wp_text_fail(p->text, p->diag, WP_MALFORMED, use->pos,
                                "inline function type: it is not that of type %u", use->type);
        *out = use->type;
    } else {
        *out = use->type; /* whether there is such a type is a question of validation */
    }
    p->nwords = use->base;
    return WP_OK;
}

wp_status wp_parse_blocktype(wp_parser *p, uint32_t *out) {
    wp_typeuse use;
    uint32_t index = 0;
    WP_TRY(wp_parse_typeuse(p, WP_PARAM_NAMES_REFUSED, &use));
    if (!use.has_type && use.nparams == 0 && use.nresults <= 1) {
        *out = use.nresults == 0 ? WP_T_NONE : p->words[use.base];
        p->nwords = use.base;
        return WP_OK;
    }
    WP_TRY(wp_parse_resolve(p, &use, &index));
    *out = WP_BLOCK_TYPE | (index > WP_BLOCK_TYPE - 1 ? WP_BLOCK_TYPE - 1 : index);
    return WP_OK;
}
