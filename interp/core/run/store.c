/* store.c: the store: what it owns, what imports resolve to; see store.h. */
#include "core/run/store.h"

#include <string.h>

wp_status wp_store_create(wp_engine *engine, const wp_store_hooks *hooks, wp_store **out, wp_diag *diag) {
    wp_store *store = wp_alloc(&engine->allocator, 1, sizeof *store);
    if (store == NULL)
        return wp_fail_memory(diag);
    store->engine = engine;
    store->hooks = hooks;
    store->fuel = UINT64_MAX;
    wp_arena_init(&store->arena, &engine->allocator);
    *out = store;
    return WP_OK;
}

wp_status wp_store_new(wp_engine *engine, wp_store **out, wp_diag *diag) {
    return wp_store_create(engine, NULL, out, diag);
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
    wp_free(a, store->definitions, store->definitions_capacity, sizeof *store->definitions);
    wp_free(a, store->definition_slots, store->nslots, sizeof *store->definition_slots);
    wp_arena_release(&store->arena);
    wp_free(a, store, 1, sizeof *store);
}

void wp_store_delete(wp_store *store) {
    if (store != NULL && store->hooks == NULL)
        wp_store_destroy(store);
}

wp_func *wp_store_host_func(wp_store *store, uint32_t type, wp_host_func callback, void *ctx) {
    wp_func *func = wp_arena_alloc(&store->arena, 1, sizeof *func);
    if (func == NULL)
        return NULL;
    func->object.kind = WP_OBJ_FUNC;
    func->type = type;
    func->deftype = wp_types_get(store->engine->types, type);
    func->store = store;
    func->callback = callback;
    func->ctx = ctx;
    return func;
}

/* ---- What imports resolve to -------------------------------------------------------------------------------- */

static uint32_t hash_names(wp_bytes module, wp_bytes name) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < module.size; i++)
        h = (h ^ module.data[i]) * 16777619u;
    h = (h ^ 0xFF) * 16777619u;
    for (size_t i = 0; i < name.size; i++)
        h = (h ^ name.data[i]) * 16777619u;
    return h ^ h >> 15;
}

/* The slot of a definition, or the free slot where it belongs. Registrations have no name of their own. */
static size_t find_slot(const wp_store *store, wp_bytes module, wp_bytes name, bool registration) {
    size_t slot = hash_names(module, name) & (store->nslots - 1);
    while (store->definition_slots[slot] != 0) {
        const wp_definition *d = &store->definitions[store->definition_slots[slot] - 1];
        if ((d->instance != NULL) == registration && wp_bytes_equal(d->module, module) && wp_bytes_equal(d->name, name))
            return slot;
        slot = (slot + 1) & (store->nslots - 1);
    }
    return slot;
}

/* Enters all definitions into slots that are free. */
static void fill_slots(wp_store *store) {
    for (size_t i = 0; i < store->ndefinitions; i++) {
        const wp_definition *d = &store->definitions[i];
        store->definition_slots[find_slot(store, d->module, d->name, d->instance != NULL)] = (uint32_t)i + 1;
    }
}

static bool grow_slots(wp_store *store) {
    if (store->ndefinitions * 2 < store->nslots)
        return true;
    const wp_allocator *a = &store->engine->allocator;
    size_t wanted = store->nslots == 0 ? 64 : store->nslots * 2;
    uint32_t *slots = wp_alloc(a, wanted, sizeof *slots);
    if (slots == NULL)
        return false;
    wp_free(a, store->definition_slots, store->nslots, sizeof *slots);
    store->definition_slots = slots;
    store->nslots = wanted;
    fill_slots(store);
    return true;
}

static wp_status keep(wp_store *store, const wp_definition *definition, wp_diag *diag) {
    const wp_allocator *a = &store->engine->allocator;
    if (!grow_slots(store))
        return wp_fail_memory(diag);
    size_t slot = find_slot(store, definition->module, definition->name, definition->instance != NULL);
    if (store->definition_slots[slot] != 0) {
        wp_definition *old = &store->definitions[store->definition_slots[slot] - 1];
        old->value = definition->value;
        old->instance = definition->instance;
        return WP_OK;
    }
    wp_definition kept = *definition;
    kept.module.data = wp_arena_copy(&store->arena, kept.module.data, kept.module.size);
    kept.name.data = wp_arena_copy(&store->arena, kept.name.data, kept.name.size);
    if (kept.module.data == NULL || kept.name.data == NULL ||
        !wp_grow(a, (void **)&store->definitions, store->ndefinitions, &store->definitions_capacity, sizeof kept))
        return wp_fail_memory(diag);
    store->definitions[store->ndefinitions++] = kept;
    store->definition_slots[slot] = (uint32_t)store->ndefinitions;
    return WP_OK;
}

wp_status wp_store_check_open(wp_store *store, wp_diag *diag) {
    return store->closed ? store->hooks->refuse(store, diag) : WP_OK; /* rules: process.end, process.exit */
}

static wp_status check_name(wp_store *store, wp_bytes module, wp_diag *diag) {
    WP_TRY(wp_store_check_open(store, diag));                                            /* rule: process.end */
    return store->hooks == NULL ? WP_OK : store->hooks->check_name(store, module, diag); /* rule: load.names */
}

wp_status wp_store_define(wp_store *store, const char *module, size_t module_size, const char *name, size_t name_size,
                          wp_extern value, wp_diag *diag) {
    wp_definition d = {{(const uint8_t *)module, module_size}, {(const uint8_t *)name, name_size}, value, NULL};
    WP_TRY(check_name(store, d.module, diag));
    return keep(store, &d, diag);
}

wp_status wp_store_register(wp_store *store, const char *name, size_t size, wp_instance *instance, wp_diag *diag) {
    if (instance->store != store)
        return wp_fail(diag, WP_REFUSED, "the instance belongs to another store or process");
    wp_definition d = {{(const uint8_t *)name, size}, {NULL, 0}, {WP_EXTERN_FUNC, NULL}, instance};
    WP_TRY(check_name(store, d.module, diag));
    return keep(store, &d, diag);
}

bool wp_store_resolve(const wp_store *store, const wp_import *import, wp_extern *out, wp_instance **from) {
    if (from != NULL)
        *from = NULL;
    if (store->nslots == 0) /* rule: process.isolation */
        return false;
    uint32_t found = store->definition_slots[find_slot(store, import->module, (wp_bytes){NULL, 0}, true)];
    if (found != 0) {
        wp_instance *instance = store->definitions[found - 1].instance;
        if (wp_instance_export(instance, (const char *)import->name.data, import->name.size, out)) {
            if (from != NULL)
                *from = instance;
            return true;
        }
    }
    found = store->definition_slots[find_slot(store, import->module, import->name, false)];
    if (found == 0)
        return false;
    *out = store->definitions[found - 1].value;
    return true;
}

void wp_store_unregister(wp_store *store, const wp_instance *instance) {
    size_t kept = 0;
    for (size_t i = 0; i < store->ndefinitions; i++)
        if (store->definitions[i].instance != instance)
            store->definitions[kept++] = store->definitions[i];
    if (kept == store->ndefinitions)
        return;
    store->ndefinitions = kept;
    memset(store->definition_slots, 0, store->nslots * sizeof *store->definition_slots);
    fill_slots(store);
}
