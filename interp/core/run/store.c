/* store.c: the store: ownership of objects, resolution of imports; see store.h. */
#include "core/run/store.h"

wp_status wp_store_create(wp_engine *engine, const wp_store_hooks *hooks, void *owner, wp_store **out, wp_diag *diag) {
    wp_store *store = wp_alloc(&engine->allocator, 1, sizeof *store);
    if (store == NULL)
        return wp_fail_memory(diag);
    store->engine = engine;
    store->hooks = hooks;
    store->owner = owner;
    store->fuel = UINT64_MAX;
    wp_arena_init(&store->arena, &engine->allocator);
    wp_index_init(&store->namespaces, &engine->allocator);
    wp_index_init(&store->definitions, &engine->allocator);
    *out = store;
    return WP_OK;
}

wp_status wp_store_new(wp_engine *engine, wp_store **out, wp_diag *diag) {
    return wp_store_create(engine, NULL, NULL, out, diag);
}

/* Frees the storage of memories and tables, leaving the objects. */
void wp_store_release(wp_store *store) {
    for (wp_memory *m = store->memories; m != NULL; m = m->next)
        wp_mem_release(m);
    for (wp_table *t = store->tables; t != NULL; t = t->next)
        wp_table_release(t);
    const wp_allocator *a = &store->engine->allocator;
    wp_free(a, store->stack, (size_t)(store->stack_end - store->stack), sizeof *store->stack);
    wp_free(a, store->frames, (size_t)(store->frames_end - store->frames), sizeof *store->frames);
    store->stack = store->stack_end = store->stack_top = NULL;
    store->frames = store->frames_end = store->frame_top = NULL;
}

void wp_store_shorten(wp_store *store, const wp_table *tables, const wp_memory *memories) {
    const wp_allocator *a = &store->engine->allocator;
    while (store->memories != memories) {
        wp_memory *next = store->memories->next;
        wp_mem_release(store->memories);
        wp_free(a, store->memories, 1, sizeof *store->memories);
        store->memories = next;
    }
    while (store->tables != tables) {
        wp_table *next = store->tables->next;
        wp_table_release(store->tables);
        wp_free(a, store->tables, 1, sizeof *store->tables);
        store->tables = next;
    }
}

static void discard_all(wp_instance *instances) {
    while (instances != NULL) {
        wp_instance *next = instances->next;
        wp_instance_discard(instances);
        instances = next;
    }
}

void wp_store_destroy(wp_store *store) {
    const wp_allocator *a = &store->engine->allocator;
    wp_store_release(store);
    discard_all(store->instances);
    discard_all(store->retired);
    wp_store_shorten(store, NULL, NULL);
    wp_index_release(&store->namespaces);
    wp_index_release(&store->definitions);
    wp_arena_release(&store->arena);
    wp_free(a, store, 1, sizeof *store);
}

void wp_store_delete(wp_store *store) {
    if (store != NULL && store->hooks == NULL)
        wp_store_destroy(store);
}

/* ---- Resolution of imports -------------------------------------------------------------------------------- */

static wp_namespace *store_namespace(const wp_store *store, wp_bytes name) {
    return (wp_namespace *)wp_index_find(&store->namespaces, name);
}

/* Finds a namespace or adds it. NULL: out of memory. */
static wp_namespace *store_add_namespace(wp_store *store, wp_bytes name) {
    wp_namespace *found = store_namespace(store, name);
    if (found != NULL)
        return found;
    name.data = wp_arena_copy(&store->arena, name.data, name.size);
    wp_namespace *added = name.data == NULL ? NULL : wp_arena_alloc(&store->arena, 1, sizeof *added);
    if (added == NULL)
        return NULL;
    wp_index_insert(&store->namespaces, &added->link, name);
    added->next = store->all_namespaces;
    store->all_namespaces = added;
    return added;
}

static wp_definition *store_definition(const wp_store *store, const wp_namespace *space, wp_bytes name) {
    return (wp_definition *)wp_index_find_in(&store->definitions, (uintptr_t)space, name);
}

wp_status wp_store_check_open(wp_store *store, wp_diag *diag) {
    return store->closed ? store->hooks->refuse(store, diag) : WP_OK; /* rules: process.end, process.exit */
}

static wp_status store_check_name(wp_store *store, wp_bytes module, wp_diag *diag) {
    WP_TRY(wp_store_check_open(store, diag));                                            /* rule: process.end */
    return store->hooks == NULL ? WP_OK : store->hooks->check_name(store, module, diag); /* rule: load.names */
}

wp_status wp_store_define(wp_store *store, const char *module, size_t module_size, const char *name, size_t name_size,
                          wp_extern value, wp_diag *diag) {
    wp_bytes in = {(const uint8_t *)module, module_size}, as = {(const uint8_t *)name, name_size};
    WP_TRY(store_check_name(store, in, diag));
    wp_namespace *space = store_add_namespace(store, in);
    wp_definition *definition = space == NULL ? NULL : store_definition(store, space, as);
    if (space != NULL && definition == NULL) {
        as.data = wp_arena_copy(&store->arena, as.data, as.size);
        definition = as.data == NULL ? NULL : wp_arena_alloc(&store->arena, 1, sizeof *definition);
        if (definition != NULL)
            wp_index_insert_in(&store->definitions, &definition->link, (uintptr_t)space, as);
    }
    if (definition == NULL)
        return wp_fail_memory(diag);
    definition->value = value;
    return WP_OK;
}

wp_status wp_store_register(wp_store *store, const char *name, size_t size, wp_instance *instance, wp_diag *diag) {
    wp_bytes as = {(const uint8_t *)name, size};
    if (instance->store != store)
        return wp_fail(diag, WP_REFUSED, "the instance belongs to another store or process");
    WP_TRY(store_check_name(store, as, diag));
    wp_namespace *space = store_add_namespace(store, as);
    if (space == NULL)
        return wp_fail_memory(diag);
    space->instance = instance;
    return WP_OK;
}

bool wp_store_resolve(const wp_store *store, const wp_import *import, wp_extern *out, wp_instance **from) {
    const wp_namespace *space = store_namespace(store, import->module); /* rule: process.isolation */
    wp_instance *instance = space == NULL ? NULL : space->instance;
    if (instance != NULL && !wp_instance_export(instance, (const char *)import->name.data, import->name.size, out))
        instance = NULL;
    if (from != NULL)
        *from = instance;
    if (space == NULL || instance != NULL)
        return instance != NULL;
    const wp_definition *definition = store_definition(store, space, import->name);
    if (definition != NULL)
        *out = definition->value;
    return definition != NULL;
}

void wp_store_unregister(wp_store *store, const wp_instance *instance) {
    for (wp_namespace *space = store->all_namespaces; space != NULL; space = space->next)
        if (space->instance == instance)
            space->instance = NULL;
}
