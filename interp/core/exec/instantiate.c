/* instantiate.c: instantiation (specification, "Execution: Modules"). */
#include "core/exec/exec.h"

#include <string.h>

/* ---- Matching of imports ------------------------------------------------------------------------------------- */

static bool match_limits(uint64_t count, const wp_limits *found, const wp_limits *wanted) {
    if (found->is64 != wanted->is64 || count < wanted->min) /* rules: process.memory, load.pointer-type */
        return false;
    return !wanted->has_max || (found->has_max && found->max <= wanted->max);
}

/* Mutable globals and tables are invariant in their type. */
static bool match_both(const wp_type_table *types, wp_valtype a, wp_valtype b) {
    return wp_match(types, a, b) && wp_match(types, b, a);
}

bool wp_import_matches(const wp_module *module, const wp_import *import, wp_extern value) {
    const wp_type_table *types = module->engine->types;
    if (import->kind != value.kind)
        return false;
    switch (import->kind) {
    case WP_EXTERN_FUNC:
        return wp_match_deftype(types, ((const wp_func *)value.object)->type, module->funcs[import->index].canon);
    case WP_EXTERN_TABLE: {
        const wp_table *table = value.object;
        const wp_table_def *def = &module->tables[import->index];
        return match_limits(table->count, &table->limits, &def->limits) &&
               match_both(types, table->element, wp_canon(module, def->element));
    }
    case WP_EXTERN_MEMORY: {
        const wp_memory *memory = value.object;
        /* rule: process.memory */
        return match_limits(memory->pages, &memory->limits, &module->memories[import->index].limits);
    }
    case WP_EXTERN_GLOBAL: {
        const wp_global *global = value.object;
        const wp_global_def *def = &module->globals[import->index];
        wp_valtype wanted = wp_canon(module, def->type);
        if (global->is_mutable != def->is_mutable)
            return false;
        return def->is_mutable ? match_both(types, global->type, wanted) : wp_match(types, global->type, wanted);
    }
    default: {
        const wp_tag *tag = value.object;
        return tag->type == module->canon[module->tags[import->index].type];
    }
    }
}

wp_store *wp_extern_store(wp_extern value) {
    switch (value.kind) {
    case WP_EXTERN_FUNC: return ((const wp_func *)value.object)->store;
    case WP_EXTERN_TABLE: return ((const wp_table *)value.object)->store;
    case WP_EXTERN_MEMORY: return ((const wp_memory *)value.object)->store;
    case WP_EXTERN_GLOBAL: return ((const wp_global *)value.object)->store;
    default: return ((const wp_tag *)value.object)->store;
    }
}

static wp_status unlinkable(const wp_module *module, const wp_import *import, wp_diag *diag, const char *text) {
    return wp_module_fail(module, diag, WP_UNLINKABLE, import->pos, "%s: %.*s.%.*s", text, (int)import->module.size,
                          (const char *)import->module.data, (int)import->name.size, (const char *)import->name.data);
}

static wp_status resolve_imports(wp_store *store, const wp_module *module, wp_extern *imports, wp_diag *diag) {
    for (uint32_t i = 0; i < module->nimports; i++) {
        const wp_import *import = &module->imports[i];
        if (!wp_store_resolve(store, import, &imports[i], NULL))
            return unlinkable(module, import, diag, "unknown import");
        if (wp_extern_store(imports[i]) != store || !wp_import_matches(module, import, imports[i]))
            return unlinkable(module, import, diag, "incompatible import type");
    }
    return WP_OK;
}

/* ---- Allocation ------------------------------------------------------------------------------------------------ */

static void place_imports(wp_instance *instance, const wp_extern *imports) {
    const wp_module *m = instance->module;
    for (uint32_t i = 0; i < m->nimports; i++) {
        uint32_t index = m->imports[i].index;
        switch (m->imports[i].kind) {
        case WP_EXTERN_FUNC: instance->funcs[index] = imports[i].object; break;
        case WP_EXTERN_TABLE: instance->tables[index] = imports[i].object; break;
        case WP_EXTERN_MEMORY: instance->memories[index] = imports[i].object; break;
        case WP_EXTERN_GLOBAL: instance->globals[index] = imports[i].object; break;
        case WP_EXTERN_TAG: instance->tags[index] = imports[i].object; break;
        }
    }
}

static wp_status allocate_globals(wp_instance *instance, wp_diag *diag) {
    const wp_module *m = instance->module;
    wp_global *globals = wp_arena_alloc(&instance->arena, m->nglobals - m->nglobal_imports, sizeof *globals);
    if (globals == NULL)
        return wp_fail_memory(diag);
    for (uint32_t i = m->nglobal_imports; i < m->nglobals; i++) {
        wp_global *global = globals++;
        global->type = wp_canon(m, m->globals[i].type);
        global->is_mutable = m->globals[i].is_mutable;
        global->store = instance->store;
        instance->globals[i] = global;
        WP_TRY(wp_exec_const(instance, &m->globals[i].init, global->cells, diag));
    }
    return WP_OK;
}

static wp_status allocate_tables(wp_instance *instance, wp_diag *diag) {
    const wp_module *m = instance->module;
    for (uint32_t i = m->ntable_imports; i < m->ntables; i++) {
        const wp_table_def *def = &m->tables[i];
        uint64_t init = 0;
        if (def->has_init)
            WP_TRY(wp_exec_const(instance, &def->init, &init, diag));
        WP_TRY(
            wp_table_create(instance->store, wp_canon(m, def->element), def->limits, init, &instance->tables[i], diag));
    }
    return WP_OK;
}

static wp_status allocate_memories(wp_instance *instance, wp_diag *diag) {
    const wp_module *m = instance->module;
    for (uint32_t i = m->nmemory_imports; i < m->nmemories; i++)
        WP_TRY(wp_mem_new(instance->store, m->memories[i].limits, &instance->memories[i], diag));
    return WP_OK;
}

static wp_status allocate_elem(wp_instance *instance, const wp_elem_def *def, wp_elem *elem, wp_diag *diag) {
    elem->refs = wp_arena_alloc(&instance->arena, def->count, sizeof *elem->refs);
    if (elem->refs == NULL)
        return wp_fail_memory(diag);
    elem->count = def->count;
    for (uint32_t k = 0; k < def->count; k++) {
        if (def->exprs != NULL)
            WP_TRY(wp_exec_const(instance, &def->exprs[k], &elem->refs[k], diag));
        else
            elem->refs[k] = (uint64_t)(uintptr_t)instance->funcs[def->funcs[k]];
    }
    return WP_OK;
}

static wp_status allocate_segments(wp_instance *instance, wp_diag *diag) {
    const wp_module *m = instance->module;
    for (uint32_t i = 0; i < m->nelems; i++)
        WP_TRY(allocate_elem(instance, &m->elems[i], &instance->elems[i], diag));
    for (uint32_t i = 0; i < m->ndatas; i++)
        instance->datas[i] = (wp_data){m->datas[i].bytes.data, m->datas[i].bytes.size};
    return WP_OK;
}

wp_status wp_instance_complete(wp_instance *instance, const wp_extern *imports, wp_diag *diag) {
    place_imports(instance, imports);
    WP_TRY(wp_observe_module(instance->module, diag));
    WP_TRY(allocate_memories(instance, diag));
    WP_TRY(allocate_globals(instance, diag));
    WP_TRY(allocate_tables(instance, diag));
    return allocate_segments(instance, diag);
}

static wp_status allocate(wp_store *store, wp_module *module, const wp_extern *imports, wp_instance **out,
                          wp_diag *diag) {
    wp_instance *instance;
    wp_table *tables = store->tables;
    wp_memory *memories = store->memories;
    WP_TRY(wp_instance_prepare(store, module, &instance, diag));
    wp_status status = wp_instance_complete(instance, imports, diag);
    if (status != WP_OK) {
        wp_store_shorten(store, tables, memories);
        wp_instance_discard(instance);
        return status;
    }
    wp_instance_adopt(instance);
    *out = instance;
    return WP_OK;
}

/* ---- Active segments, start -------------------------------------------------------------------------------------- */

static wp_status segment_trap(const wp_instance *instance, uint32_t pos, wp_trap trap, wp_diag *diag) {
    return wp_module_fail(instance->module, diag, wp_trap_status(trap), pos, "%s", wp_trap_text(trap));
}

static wp_status run_elem(wp_instance *instance, const wp_elem_def *def, const wp_elem *elem, wp_diag *diag) {
    uint64_t offset;
    WP_TRY(wp_exec_const(instance, &def->offset, &offset, diag));
    wp_trap trap = wp_table_init(instance->tables[def->table], offset, elem->refs, elem->count, 0, elem->count);
    return trap == WP_TRAP_none ? WP_OK : segment_trap(instance, def->pos, trap, diag);
}

wp_status wp_instance_run_elems(wp_instance *instance, const wp_table *table, bool others, wp_diag *diag) {
    const wp_module *m = instance->module;
    for (uint32_t i = 0; i < m->nelems; i++) {
        const wp_elem_def *def = &m->elems[i];
        wp_elem *elem = &instance->elems[i];
        if (def->mode == WP_SEG_ACTIVE && (instance->tables[def->table] == table) == others)
            continue;
        if (def->mode == WP_SEG_ACTIVE)
            WP_TRY(run_elem(instance, def, elem, diag));
        if (def->mode != WP_SEG_PASSIVE)
            elem->count = 0;
    }
    return WP_OK;
}

wp_status wp_instance_run_datas(wp_instance *instance, wp_diag *diag) {
    const wp_module *m = instance->module;
    for (uint32_t i = 0; i < m->ndatas; i++) {
        const wp_data_def *def = &m->datas[i];
        wp_data *data = &instance->datas[i];
        if (def->mode != WP_SEG_ACTIVE)
            continue;
        uint64_t offset;
        WP_TRY(wp_exec_const(instance, &def->offset, &offset, diag));
        wp_trap trap = wp_mem_init(instance->memories[def->memory], offset, data->bytes, data->size, 0, data->size);
        if (trap != WP_TRAP_none)
            return segment_trap(instance, def->pos, trap, diag);
        data->size = 0;
    }
    return WP_OK;
}

static wp_status instantiate(wp_store *store, wp_module *module, wp_extern *imports, wp_instance **out, wp_diag *diag) {
    wp_instance *instance;
    WP_TRY(resolve_imports(store, module, imports, diag));
    WP_TRY(allocate(store, module, imports, &instance, diag));
    WP_TRY(wp_instance_run_elems(instance, NULL, true, diag));
    WP_TRY(wp_instance_run_datas(instance, diag));
    if (module->has_start)
        WP_TRY(wp_exec_call(store, instance->funcs[module->start], NULL, NULL, diag));
    *out = instance;
    return WP_OK;
}

wp_status wp_instantiate(wp_store *store, wp_module *module, wp_instance **out, wp_diag *diag) {
    if (!module->validated)
        return wp_fail(diag, WP_CRASH, "the module has not been validated");
    if (store->hooks != NULL)
        WP_TRY(store->hooks->check_instantiate(store, diag));
    const wp_allocator *a = &store->engine->allocator;
    wp_extern *imports = wp_alloc(a, module->nimports, sizeof *imports);
    if (imports == NULL)
        return wp_fail_memory(diag);
    wp_status status = instantiate(store, module, imports, out, diag);
    wp_free(a, imports, module->nimports, sizeof *imports);
    return status;
}
