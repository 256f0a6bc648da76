/* parse_field.c: the text format of module fields; see parser.h (specification, "Text Format: Modules"). The readers of
 * fields come after the keyword and leave the parenthesis that closes.
 */
#include "text/parser.h"

/* ---- Imports and exports ----------------------------------------------------------------------------------- */

/* Imports come before all definitions. */
static wp_status parse_check_import_order(wp_parser *p, uint32_t pos) {
    const wp_module *m = p->build.module;
    const char *before = m->nfuncs != m->nfunc_imports        ? "function"
                         : m->ntables != m->ntable_imports    ? "table"
                         : m->nmemories != m->nmemory_imports ? "memory"
                         : m->nglobals != m->nglobal_imports  ? "global"
                         : m->ntags != m->ntag_imports        ? "tag"
                                                              : NULL;
    return before == NULL ? WP_OK : wp_parse_fail(p, pos, "import after %s", before);
}

static wp_status parse_add_import(wp_parser *p, wp_extern_kind kind, uint32_t pos, wp_import **out) {
    WP_TRY(parse_check_import_order(p, pos));
    WP_TRY(wp_build_import(&p->build, pos, out));
    wp_build_import_kind(&p->build, *out, kind);
    return WP_OK;
}

/* '(' 'export' name ')', of a definition */
static wp_status parse_inline_export(wp_parser *p, wp_extern_kind kind, uint32_t index) {
    wp_export *export = NULL;
    WP_TRY(wp_build_export(&p->build, wp_peek(p)->pos, &export));
    (void)wp_take_open(p, "export");
    export->kind = kind;
    export->index = index;
    WP_TRY(wp_parse_name(p, &export->name));
    return wp_expect_close(p);
}

/* id? inline_export* inline_import?, or in an import id?, of definition `index` of its kind. Sets *imported. */
static wp_status parse_head(wp_parser *p, wp_extern_kind kind, uint32_t index, uint32_t pos, bool *imported) {
    wp_import *import = NULL;
    bool ignored = false;
    WP_TRY(wp_parse_bind(p, (wp_space)kind, 0, index, &ignored));
    if (*imported)
        return WP_OK;
    while (wp_at_open(p, "export"))
        WP_TRY(parse_inline_export(p, kind, index));
    *imported = wp_take_open(p, "import");
    if (!*imported)
        return WP_OK;
    WP_TRY(parse_add_import(p, kind, pos, &import));
    WP_TRY(wp_parse_name(p, &import->module));
    WP_TRY(wp_parse_name(p, &import->name));
    return wp_expect_close(p);
}

/* export ::= '(' 'export' name '(' kind x ')' ')' */
static wp_status parse_export(wp_parser *p, uint32_t pos) {
    wp_export *export = NULL;
    WP_TRY(wp_build_export(&p->build, pos, &export));
    WP_TRY(wp_parse_name(p, &export->name));
    WP_TRY(wp_expect(p, WP_LEX_LPAR, "( and what is exported"));
    if (!wp_take_extern_kind(p, &export->kind))
        return wp_parse_unexpected(p, "what is exported");
    WP_TRY(wp_parse_index(p, (wp_space) export->kind, 0, &export->index));
    return wp_expect_close(p);
}

/* ---- Functions and tags ------------------------------------------------------------------------------------ */

/* local ::= '(' 'local' id? t ')' | '(' 'local' t* ')': after the keyword. Locals of one type in a row are one run. */
static wp_status parse_local(wp_parser *p, uint32_t nparams, uint32_t *count) {
    bool has_id = false, more = true;
    WP_TRY(wp_parse_bind(p, WP_SPACE_LOCAL, 0, nparams + *count, &has_id));
    while (has_id ? more : !wp_at(p, WP_LEX_RPAR)) {
        wp_valtype type = WP_T_NONE;
        more = false;
        WP_TRY(wp_parse_valtype(p, &type));
        if (p->nruns == 0 || p->runs[p->nruns - 1].type != type) {
            WP_TRY(WP_PARSE_GROW(p, runs));
            p->runs[p->nruns++] = (wp_local_run){0, type};
        }
        p->runs[p->nruns - 1].count++;
        ++*count;
    }
    return wp_expect_close(p);
}

/* local* instr* */
static wp_status parse_body(wp_parser *p, wp_func_def *func) {
    wp_module *m = p->build.module;
    const wp_subtype *type = func->type < m->ntypes ? &m->types[func->type] : NULL;
    uint32_t nparams = type != NULL && type->comp.kind == WP_COMP_FUNC ? type->comp.nparams : 0;
    p->nruns = 0;
    while (wp_take_open(p, "local"))
        WP_TRY(parse_local(p, nparams, &func->nlocals));
    func->nruns = (uint32_t)p->nruns;
    func->runs = wp_arena_copy(&m->arena, p->runs, p->nruns * sizeof *p->runs);
    if (func->runs == NULL)
        return wp_fail_memory(p->build.diag);
    return wp_parse_code(p, false, &func->code);
}

/* func ::= '(' 'func' id? inline_export* (inline_import typeuse | typeuse local* instr*) ')' */
static wp_status parse_func(wp_parser *p, uint32_t pos, bool imported) {
    wp_func_def *func = NULL;
    p->func = p->build.module->nfuncs;
    p->in_func = !imported;
    WP_TRY(parse_head(p, WP_EXTERN_FUNC, p->func, pos, &imported));
    WP_TRY(wp_build_func(&p->build, pos, &func));
    WP_TRY(wp_parse_func_type(p, &func->type));
    return imported ? WP_OK : parse_body(p, func);
}

/* tag ::= '(' 'tag' id? inline_export* inline_import? typeuse ')' */
static wp_status parse_tag(wp_parser *p, uint32_t pos, bool imported) {
    wp_tag_def *tag = NULL;
    WP_TRY(parse_head(p, WP_EXTERN_TAG, p->build.module->ntags, pos, &imported));
    WP_TRY(wp_build_tag(&p->build, pos, &tag));
    p->func = WP_NO_FUNC;
    return wp_parse_func_type(p, &tag->type);
}

/* ---- Expressions ------------------------------------------------------------------------------------------- */

/* '(' word instr* ')' | a folded instruction */
static wp_status parse_expression(wp_parser *p, const char *word, wp_code *out) {
    if (!wp_take_open(p, word))
        return wp_parse_code(p, true, out);
    WP_TRY(wp_parse_code(p, false, out));
    return wp_expect_close(p);
}

/* The expression of one instruction that an abbreviation stands for. */
static wp_status parse_implied(wp_parser *p, wp_op op, uint32_t x, uint32_t pos, wp_code *out) {
    wp_instr *instr = NULL;
    WP_TRY(wp_build_instr(&p->build, op, pos, &instr));
    instr->x = x;
    WP_TRY(wp_build_instr(&p->build, WP_OP_end, pos, &instr));
    return wp_build_code(&p->build, out);
}

/* The expression (t.const 0). */
static wp_status parse_implied_zero(wp_parser *p, bool is64, uint32_t pos, wp_code *out) {
    return parse_implied(p, is64 ? WP_OP_i64_const : WP_OP_i32_const, 0, pos, out);
}

/* global ::= '(' 'global' id? inline_export* (inline_import globaltype | globaltype instr*) ')' */
static wp_status parse_global(wp_parser *p, uint32_t pos, bool imported) {
    wp_global_def *global = NULL;
    WP_TRY(parse_head(p, WP_EXTERN_GLOBAL, p->build.module->nglobals, pos, &imported));
    WP_TRY(wp_build_global(&p->build, pos, &global));
    WP_TRY(wp_parse_globaltype(p, &global->type, &global->is_mutable));
    return imported ? WP_OK : wp_parse_code(p, false, &global->init);
}

/* ---- Memories and data ------------------------------------------------------------------------------------- */

/* '(' 'data' string* ')' in a memory: after the keyword. */
static wp_status parse_inline_data(wp_parser *p, uint32_t memory, uint32_t pos) {
    wp_data_def *data = NULL;
    wp_limits *limits = &p->build.module->memories[memory].limits;
    WP_TRY(wp_build_data(&p->build, pos, &data));
    data->mode = WP_SEG_ACTIVE;
    data->memory = memory;
    WP_TRY(wp_parse_bytes(p, &data->bytes));
    limits->min = limits->max = (data->bytes.size + WP_PAGE_SIZE - 1) / WP_PAGE_SIZE;
    limits->has_max = true;
    WP_TRY(parse_implied_zero(p, limits->is64, pos, &data->offset));
    return wp_expect_close(p);
}

/* memory ::= '(' 'memory' id? inline_export* (inline_import memtype | memtype | addrtype? '(' 'data' string* ')')
 *            ')' */
static wp_status parse_memory(wp_parser *p, uint32_t pos, bool imported) {
    wp_memory_def *memory = NULL;
    uint32_t index = p->build.module->nmemories;
    WP_TRY(parse_head(p, WP_EXTERN_MEMORY, index, pos, &imported));
    WP_TRY(wp_build_memory(&p->build, pos, &memory));
    wp_parse_addrtype(p, &memory->limits);
    uint32_t data_pos = wp_peek(p)->pos;
    return !imported && wp_take_open(p, "data") ? parse_inline_data(p, index, data_pos)
                                                : wp_parse_limits(p, &memory->limits);
}

/* ('(' word x ')')? offset, where offset ::= '(' 'offset' instr* ')' | a folded instruction. *has_index: x is given. */
static wp_status parse_target(wp_parser *p, wp_extern_kind kind, const char *word, uint32_t *index, bool *has_index,
                              wp_code *offset) {
    *has_index = wp_take_open(p, word);
    if (*has_index) {
        WP_TRY(wp_parse_index(p, (wp_space)kind, 0, index));
        WP_TRY(wp_expect_close(p));
    }
    return parse_expression(p, "offset", offset);
}

/* data ::= '(' 'data' id? (('(' 'memory' x ')')? offset)? string* ')' */
static wp_status parse_data(wp_parser *p, uint32_t pos) {
    wp_data_def *data = NULL;
    bool ignored = false;
    WP_TRY(wp_parse_bind(p, WP_SPACE_DATA, 0, p->build.module->ndatas, &ignored));
    WP_TRY(wp_build_data(&p->build, pos, &data));
    data->mode = wp_at(p, WP_LEX_LPAR) ? WP_SEG_ACTIVE : WP_SEG_PASSIVE;
    if (data->mode == WP_SEG_ACTIVE)
        WP_TRY(parse_target(p, WP_EXTERN_MEMORY, "memory", &data->memory, &ignored, &data->offset));
    return wp_parse_bytes(p, &data->bytes);
}

/* ---- Element segments -------------------------------------------------------------------------------------- */

/* funcidx* */
static wp_status parse_elem_funcs(wp_parser *p, wp_elem_def *elem) {
    elem->type = wp_ref_type(false, WP_HT_FUNC);
    return wp_parse_indices(p, WP_SPACE_FUNC, &elem->funcs, &elem->count);
}

/* elemexpr*, where elemexpr ::= '(' 'item' instr* ')' | a folded instruction */
static wp_status parse_elem_exprs(wp_parser *p, wp_elem_def *elem) {
    p->ncodes = 0;
    while (wp_at(p, WP_LEX_LPAR)) {
        WP_TRY(WP_PARSE_GROW(p, codes));
        WP_TRY(parse_expression(p, "item", &p->codes[p->ncodes]));
        p->ncodes++;
    }
    elem->count = (uint32_t)p->ncodes;
    elem->exprs = wp_arena_copy(&p->build.module->arena, p->codes, p->ncodes * sizeof *p->codes);
    return elem->exprs == NULL ? wp_fail_memory(p->build.diag) : WP_OK;
}

/* Makes expressions of function indices, where the elements have another type than (ref func). */
static wp_status parse_wrap_funcs(wp_parser *p, wp_elem_def *elem) {
    elem->exprs = wp_arena_alloc(&p->build.module->arena, elem->count, sizeof *elem->exprs);
    if (elem->exprs == NULL)
        return wp_fail_memory(p->build.diag);
    for (uint32_t i = 0; i < elem->count; i++)
        WP_TRY(parse_implied(p, WP_OP_ref_func, elem->funcs[i], elem->pos, &elem->exprs[i]));
    elem->funcs = NULL;
    return WP_OK;
}

/* True for the expression (ref.func x). */
static bool parse_is_ref_func(const wp_code *code) {
    return code->ninstrs == 2 && code->instrs[0].op == WP_OP_ref_func;
}

/* Makes function indices of expressions where these mean the same: they are shorter. */
static wp_status parse_unwrap_funcs(wp_parser *p, wp_elem_def *elem) {
    if (elem->exprs == NULL || elem->type != wp_ref_type(false, WP_HT_FUNC))
        return WP_OK;
    for (uint32_t i = 0; i < elem->count; i++)
        if (!parse_is_ref_func(&elem->exprs[i]))
            return WP_OK;
    elem->funcs = wp_arena_alloc_raw(&p->build.module->arena, elem->count, sizeof *elem->funcs);
    if (elem->funcs == NULL)
        return wp_fail_memory(p->build.diag);
    for (uint32_t i = 0; i < elem->count; i++)
        elem->funcs[i] = elem->exprs[i].instrs[0].x;
    elem->exprs = NULL;
    return WP_OK;
}

/* The shortest binary encoding that fits. */
static uint8_t parse_elem_flags(const wp_elem_def *elem) {
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
    return parse_unwrap_funcs(p, elem);
}

/* elem ::= '(' 'elem' id? ('declare' elemlist | '(' 'table' x ')' offset elemlist | offset (elemlist | funcidx*)
 *          | elemlist) ')' */
static wp_status parse_elem(wp_parser *p, uint32_t pos) {
    wp_elem_def *elem = NULL;
    bool ignored = false, has_table = false;
    WP_TRY(wp_parse_bind(p, WP_SPACE_ELEM, 0, p->build.module->nelems, &ignored));
    WP_TRY(wp_build_elem(&p->build, pos, &elem));
    elem->mode = wp_take_word(p, "declare") ? WP_SEG_DECLARATIVE : WP_SEG_PASSIVE;
    if (elem->mode == WP_SEG_PASSIVE && wp_at(p, WP_LEX_LPAR) && !wp_at_reftype(p)) {
        elem->mode = WP_SEG_ACTIVE;
        WP_TRY(parse_target(p, WP_EXTERN_TABLE, "table", &elem->table, &has_table, &elem->offset));
    }
    WP_TRY(parse_elem_list(p, elem->mode == WP_SEG_ACTIVE && !has_table, elem));
    elem->flags = parse_elem_flags(elem);
    return WP_OK;
}

/* '(' 'elem' (elemexpr* | funcidx*) ')' in a table: after the keyword. */
static wp_status parse_inline_elem(wp_parser *p, uint32_t table, uint32_t pos) {
    wp_elem_def *elem = NULL;
    wp_table_def *def = &p->build.module->tables[table];
    WP_TRY(wp_build_elem(&p->build, pos, &elem));
    elem->mode = WP_SEG_ACTIVE;
    elem->table = table;
    if (wp_at(p, WP_LEX_LPAR)) {
        WP_TRY(parse_elem_exprs(p, elem));
        elem->type = def->element;
        WP_TRY(parse_unwrap_funcs(p, elem));
    } else {
        WP_TRY(parse_elem_funcs(p, elem));
        if ((def->element & ~WP_T_NULL) != elem->type) {
            elem->type = def->element;
            WP_TRY(parse_wrap_funcs(p, elem));
        }
    }
    def->limits.min = def->limits.max = elem->count;
    def->limits.has_max = true;
    elem->flags = parse_elem_flags(elem);
    WP_TRY(parse_implied_zero(p, def->limits.is64, pos, &elem->offset));
    return wp_expect_close(p);
}

/* ---- Tables ------------------------------------------------------------------------------------------------ */

/* tabletype ::= limits reftype, after the address type */
static wp_status parse_tabletype(wp_parser *p, wp_table_def *table) {
    WP_TRY(wp_parse_limits(p, &table->limits));
    return wp_parse_reftype(p, &table->element);
}

/* table ::= '(' 'table' id? inline_export* (inline_import tabletype | tabletype instr*
 *           | addrtype? reftype '(' 'elem' ... ')') ')' */
static wp_status parse_table(wp_parser *p, uint32_t pos, bool imported) {
    wp_table_def *table = NULL;
    uint32_t index = p->build.module->ntables;
    WP_TRY(parse_head(p, WP_EXTERN_TABLE, index, pos, &imported));
    WP_TRY(wp_build_table(&p->build, pos, &table));
    wp_parse_addrtype(p, &table->limits);
    if (imported)
        return parse_tabletype(p, table);
    if (!wp_at(p, WP_LEX_NAT) && wp_at_reftype(p)) {
        WP_TRY(wp_parse_reftype(p, &table->element));
        uint32_t elem_pos = wp_peek(p)->pos;
        return wp_take_open(p, "elem") ? parse_inline_elem(p, index, elem_pos) : wp_parse_unexpected(p, "(elem");
    }
    WP_TRY(parse_tabletype(p, table));
    table->has_init = !wp_at(p, WP_LEX_RPAR);
    return table->has_init ? wp_parse_code(p, false, &table->init) : WP_OK;
}

/* ---- All of them ------------------------------------------------------------------------------------------- */

/* A definition, or its head and type in an import. */
static wp_status (*const definitions[])(wp_parser *p, uint32_t pos, bool imported) = {
    [WP_EXTERN_FUNC] = parse_func,     [WP_EXTERN_TABLE] = parse_table, [WP_EXTERN_MEMORY] = parse_memory,
    [WP_EXTERN_GLOBAL] = parse_global, [WP_EXTERN_TAG] = parse_tag,
};

/* import ::= '(' 'import' name name '(' kind id? type ')' ')' */
static wp_status parse_import(wp_parser *p, uint32_t pos) {
    wp_import *import = NULL;
    wp_bytes module, name;
    wp_extern_kind kind = WP_EXTERN_FUNC;
    WP_TRY(wp_parse_name(p, &module));
    WP_TRY(wp_parse_name(p, &name));
    WP_TRY(wp_expect(p, WP_LEX_LPAR, "( and what is imported"));
    if (!wp_take_extern_kind(p, &kind))
        return wp_parse_unexpected(p, "what is imported");
    WP_TRY(parse_add_import(p, kind, pos, &import));
    import->module = module;
    import->name = name;
    WP_TRY(definitions[kind](p, pos, true));
    return wp_expect_close(p);
}

/* start ::= '(' 'start' x ')' */
static wp_status parse_start(wp_parser *p, uint32_t pos) {
    wp_module *m = p->build.module;
    if (m->has_start)
        return wp_parse_fail(p, pos, "multiple start sections");
    m->has_start = true;
    m->start_pos = pos;
    return wp_parse_index(p, WP_SPACE_FUNC, 0, &m->start);
}

static wp_status parse_contents(wp_parser *p, uint32_t pos) {
    wp_extern_kind kind = WP_EXTERN_FUNC;
    if (wp_take_extern_kind(p, &kind))
        return definitions[kind](p, pos, false);
    if (wp_take_word(p, "import"))
        return parse_import(p, pos);
    if (wp_take_word(p, "export"))
        return parse_export(p, pos);
    if (wp_take_word(p, "elem"))
        return parse_elem(p, pos);
    if (wp_take_word(p, "data"))
        return parse_data(p, pos);
    return wp_take_word(p, "start") ? parse_start(p, pos) : wp_parse_unexpected(p, "a module field");
}

wp_status wp_parse_field(wp_parser *p, uint32_t pos) {
    WP_TRY(parse_contents(p, pos));
    WP_TRY(wp_expect_close(p));
    p->in_func = false;
    return p->hint == WP_HINT_NONE ? WP_OK
                                   : wp_parse_fail(p, pos, "@metadata.code.branch_hint annotation: invalid placement");
}
