/* valid.c: validation of modules (chapter "Validation: Modules"); types are in valid_type.c, instructions in
 * valid_code.c.
 *
 * The order is that of the specification: types first, since all else refers to them, then declarations, then
 * constant expressions, then function bodies. Modules that use an unsupported feature are refused by its name.
 */
#include "core/valid/valid.h"

/* ---- Declarations ------------------------------------------------------------------------------------------ */

static wp_status valid_funcs(wp_valid *v) {
    wp_module *m = v->module;
    for (uint32_t i = 0; i < m->nfuncs; i++) {
        wp_func_def *func = &m->funcs[i];
        if (func->type >= m->ntypes)
            return wp_valid_fail_at(v, func->pos, "unknown type %u", func->type);
        func->canon = m->canon[func->type];
        const wp_deftype *d = wp_types_get(v->engine->types, func->canon);
        if (d->comp.kind != WP_COMP_FUNC)
            return wp_valid_fail_at(v, func->pos, "type mismatch: the type of a function is not a function type");
    }
    return WP_OK;
}

static wp_status valid_limits(wp_valid *v, const wp_limits *limits, uint64_t most, uint32_t pos, const char *text) {
    if (limits->min > most || (limits->has_max && limits->max > most))
        return wp_valid_fail_at(v, pos, "%s", text);
    if (limits->has_max && limits->min > limits->max)
        return wp_valid_fail_at(v, pos, "size minimum must not be greater than maximum");
    return WP_OK;
}

static wp_status valid_tables(wp_valid *v) {
    wp_module *m = v->module;
    for (uint32_t i = 0; i < m->ntables; i++) {
        wp_table_def *table = &m->tables[i];
        WP_TRY(wp_valid_type(v, table->element, table->pos));
        WP_TRY(valid_limits(v, &table->limits, table->limits.is64 ? UINT64_MAX : UINT32_MAX, table->pos,
                            "table size must be at most 2^32-1"));
        if (i >= m->ntable_imports && !table->has_init && !wp_is_defaultable(table->element))
            return wp_valid_fail_at(v, table->pos, "type mismatch: the table's element type has no default value");
    }
    return WP_OK;
}

static wp_status valid_memories(wp_valid *v) {
    wp_module *m = v->module;
    for (uint32_t i = 0; i < m->nmemories; i++) {
        wp_memory_def *memory = &m->memories[i];
        WP_TRY(valid_limits(v, &memory->limits, memory->limits.is64 ? WP_PAGES_64 : WP_PAGES_32, memory->pos,
                            memory->limits.is64 ? "memory size must be at most 2^48 pages"
                                                : "memory size must be at most 65536 pages (4GiB)"));
    }
    return WP_OK;
}

static wp_status valid_declarations(wp_valid *v) {
    wp_module *m = v->module;
    WP_TRY(valid_funcs(v));
    WP_TRY(valid_tables(v));
    WP_TRY(valid_memories(v));
    for (uint32_t i = 0; i < m->nglobals; i++)
        WP_TRY(wp_valid_type(v, m->globals[i].type, m->globals[i].pos));
    for (uint32_t i = 0; i < m->nelems; i++)
        WP_TRY(wp_valid_type(v, m->elems[i].type, m->elems[i].pos));
    if (m->ntags != 0)
        return wp_module_unsupported(m, v->diag, m->tags[0].pos, "tag");
    return WP_OK;
}

/* ---- Constant expressions ------------------------------------------------------------------------------------- */

static wp_status valid_elem(wp_valid *v, wp_elem_def *elem) {
    wp_module *m = v->module;
    wp_valtype type = wp_canon(m, elem->type);
    if (elem->mode == WP_SEG_ACTIVE) {
        if (elem->table >= m->ntables)
            return wp_valid_fail_at(v, elem->pos, "unknown table %u", elem->table);
        const wp_table_def *table = &m->tables[elem->table];
        if (!wp_match(v->engine->types, type, wp_canon(m, table->element)))
            return wp_valid_fail_at(v, elem->pos, "type mismatch: the element segment does not match its table");
        WP_TRY(wp_valid_const(v, &elem->offset, wp_address_type(&table->limits), m->nglobals));
    }
    for (uint32_t k = 0; k < elem->count; k++) {
        if (elem->exprs != NULL)
            WP_TRY(wp_valid_const(v, &elem->exprs[k], type, m->nglobals));
        else if (elem->funcs[k] >= m->nfuncs)
            return wp_valid_fail_at(v, elem->pos, "unknown function %u", elem->funcs[k]);
        else
            v->declared_funcs[elem->funcs[k]] = true;
    }
    return WP_OK;
}

static wp_status valid_data(wp_valid *v, wp_data_def *data) {
    wp_module *m = v->module;
    if (data->mode != WP_SEG_ACTIVE)
        return WP_OK;
    if (data->memory >= m->nmemories)
        return wp_valid_fail_at(v, data->pos, "unknown memory %u", data->memory);
    return wp_valid_const(v, &data->offset, wp_address_type(&m->memories[data->memory].limits), m->nglobals);
}

static wp_status valid_constants(wp_valid *v) {
    wp_module *m = v->module;
    /* Tables come before globals: their initialisers see imported globals only. */
    for (uint32_t i = m->ntable_imports; i < m->ntables; i++)
        if (m->tables[i].has_init)
            WP_TRY(wp_valid_const(v, &m->tables[i].init, wp_canon(m, m->tables[i].element), m->nglobal_imports));
    for (uint32_t i = m->nglobal_imports; i < m->nglobals; i++)
        WP_TRY(wp_valid_const(v, &m->globals[i].init, wp_canon(m, m->globals[i].type), i));
    for (uint32_t i = 0; i < m->nelems; i++)
        WP_TRY(valid_elem(v, &m->elems[i]));
    for (uint32_t i = 0; i < m->ndatas; i++)
        WP_TRY(valid_data(v, &m->datas[i]));
    return WP_OK;
}

/* ---- Exports, start, bodies ------------------------------------------------------------------------------------- */

static wp_status valid_exports(wp_valid *v) {
    wp_module *m = v->module;
    const uint32_t counts[] = {m->nfuncs, m->ntables, m->nmemories, m->nglobals, m->ntags};
    static const char *const names[] = {"function", "table", "memory", "global", "tag"};
    for (const wp_export *e = m->exports; e < m->exports + m->nexports; e++) {
        if (e->index >= counts[e->kind])
            return wp_valid_fail_at(v, e->pos, "unknown %s %u", names[e->kind], e->index);
        if (e->kind == WP_EXTERN_FUNC)
            v->declared_funcs[e->index] = true;
    }
    return wp_module_index_exports(m, v->diag);
}

static wp_status valid_start(wp_valid *v) {
    wp_module *m = v->module;
    if (!m->has_start)
        return WP_OK;
    if (m->start >= m->nfuncs)
        return wp_valid_fail_at(v, m->start_pos, "unknown function %u", m->start);
    const wp_deftype *d = wp_types_get(v->engine->types, m->funcs[m->start].canon);
    if (d->comp.nparams != 0 || d->comp.nresults != 0)
        return wp_valid_fail_at(v, m->start_pos, "start function must have no parameters and no results");
    return WP_OK;
}

static wp_status valid_locals(wp_valid *v, wp_func_def *func) {
    const wp_deftype *d = wp_types_get(v->engine->types, func->canon);
    uint64_t count = (uint64_t)func->nlocals + d->comp.nparams, most = v->engine->limits[WP_LIMIT_locals];
    if (count > most)
        return wp_module_fail(v->module, v->diag, WP_EXHAUSTION, func->pos, "too many locals (limit %llu)",
                              (unsigned long long)most);
    while (v->locals_capacity < count)
        if (!wp_grow(&v->engine->allocator, (void **)&v->locals, v->locals_capacity, &v->locals_capacity,
                     sizeof *v->locals))
            return wp_fail_memory(v->diag);
    v->nlocals = 0;
    for (uint32_t i = 0; i < d->comp.nparams; i++)
        v->locals[v->nlocals++] = (wp_local){d->comp.types[i], true};
    for (const wp_local_run *run = func->runs; run < func->runs + func->nruns; run++) {
        WP_TRY(wp_valid_type(v, run->type, func->pos));
        wp_valtype type = wp_canon(v->module, run->type);
        for (uint32_t k = 0; k < run->count; k++)
            v->locals[v->nlocals++] = (wp_local){type, wp_is_defaultable(type)};
    }
    func->local_cells = v->nlocals;
    return WP_OK;
}

static wp_status valid_bodies(wp_valid *v) {
    wp_module *m = v->module;
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++) {
        WP_TRY(valid_locals(v, &m->funcs[i]));
        WP_TRY(wp_valid_body(v, &m->funcs[i]));
    }
    return WP_OK;
}

static wp_status valid_module(wp_valid *v) {
    WP_TRY(wp_valid_types(v));
    WP_TRY(valid_declarations(v));
    WP_TRY(valid_constants(v));
    WP_TRY(valid_exports(v));
    WP_TRY(valid_start(v));
    return valid_bodies(v);
}

wp_status wp_module_validate(wp_module *module, wp_diag *diag) {
    if (module->validated)
        return WP_OK;
    wp_diag local = {0};
    wp_valid v = {.module = module, .engine = module->engine, .diag = diag != NULL ? diag : &local};
    const wp_allocator *a = &module->engine->allocator;
    v.declared_funcs = wp_alloc(a, module->nfuncs, sizeof *v.declared_funcs);
    if (v.declared_funcs == NULL)
        return wp_fail_memory(v.diag);
    wp_status status = valid_module(&v);
    wp_free(a, v.declared_funcs, module->nfuncs, sizeof *v.declared_funcs);
    wp_valid_release(&v);
    module->validated = status == WP_OK;
    return status;
}
