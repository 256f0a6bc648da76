/* instance.c: instances: preparation, exports, retirement; see store.h. */
#include "core/run/store.h"

static bool allocate_arrays(wp_instance *instance) {
    const wp_module *m = instance->module;
    wp_arena *a = &instance->arena;
    instance->funcs = wp_arena_alloc(a, m->nfuncs, sizeof *instance->funcs);
    instance->tables = wp_arena_alloc(a, m->ntables, sizeof *instance->tables);
    instance->memories = wp_arena_alloc(a, m->nmemories, sizeof *instance->memories);
    instance->globals = wp_arena_alloc(a, m->nglobals, sizeof *instance->globals);
    instance->tags = wp_arena_alloc(a, m->ntags, sizeof *instance->tags);
    instance->elems = wp_arena_alloc(a, m->nelems, sizeof *instance->elems);
    instance->datas = wp_arena_alloc(a, m->ndatas, sizeof *instance->datas);
    return instance->funcs != NULL && instance->tables != NULL && instance->memories != NULL &&
           instance->globals != NULL && instance->tags != NULL && instance->elems != NULL && instance->datas != NULL;
}

static bool allocate_funcs(wp_instance *instance) {
    const wp_module *m = instance->module;
    wp_func *funcs = wp_arena_alloc(&instance->arena, m->nfuncs - m->nfunc_imports, sizeof *funcs);
    if (funcs == NULL)
        return false;
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++) {
        wp_func *func = funcs++;
        func->object.kind = WP_OBJ_FUNC;
        func->type = m->funcs[i].canon;
        func->deftype = wp_types_get(m->engine->types, func->type);
        func->store = instance->store;
        func->instance = instance;
        func->def = &m->funcs[i];
        instance->funcs[i] = func;
    }
    return true;
}

wp_status wp_instance_prepare(wp_store *store, wp_module *module, wp_instance **out, wp_diag *diag) {
    wp_instance *instance = wp_alloc(&store->engine->allocator, 1, sizeof *instance);
    if (instance == NULL)
        return wp_fail_memory(diag);
    instance->store = store;
    instance->module = module;
    wp_module_retain(module);
    wp_arena_init(&instance->arena, &store->engine->allocator);
    if (!allocate_arrays(instance) || !allocate_funcs(instance)) {
        wp_instance_discard(instance);
        return wp_fail_memory(diag);
    }
    *out = instance;
    return WP_OK;
}

void wp_instance_adopt(wp_instance *instance) {
    wp_instance **list = &instance->store->instances;
    instance->next = *list;
    instance->place = list;
    if (*list != NULL)
        (*list)->place = &instance->next;
    *list = instance;
}

bool wp_instance_export(const wp_instance *instance, const char *name, size_t size, wp_extern *out) {
    const wp_export *export = wp_module_find_export(instance->module, name, size);
    if (export == NULL)
        return false;
    out->kind = export->kind;
    switch (export->kind) {
    case WP_EXTERN_FUNC: out->object = instance->funcs[export->index]; break;
    case WP_EXTERN_TABLE: out->object = instance->tables[export->index]; break;
    case WP_EXTERN_MEMORY: out->object = instance->memories[export->index]; break;
    case WP_EXTERN_GLOBAL: out->object = instance->globals[export->index]; break;
    case WP_EXTERN_TAG: out->object = instance->tags[export->index]; break;
    }
    return true;
}

void wp_instance_discard(wp_instance *instance) {
    const wp_allocator *a = &instance->store->engine->allocator;
    wp_module *module = instance->module;
    wp_arena_release(&instance->arena);
    wp_free(a, instance, 1, sizeof *instance);
    wp_module_delete(module);
}

/* Removes an instance from the store's list. */
static void unlink_instance(wp_instance *instance) {
    *instance->place = instance->next;
    if (instance->next != NULL)
        instance->next->place = instance->place;
}

void wp_instance_retire(wp_instance *instance, wp_host_func callback) {
    const wp_module *m = instance->module;
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++) {
        wp_func *func = instance->funcs[i];
        func->instance = NULL;
        func->def = NULL;
        func->callback = callback;
    }
    unlink_instance(instance);
    instance->next = instance->store->retired;
    instance->store->retired = instance;
    wp_module_delete(instance->module);
    instance->module = NULL;
}
