/* open.c: opens and closes the loader of a process; see loader.h. */
#include "process/load/loader.h"

#include "process/load/library.h"

/* Rule load.stack: the guard page is the lowest of the reservation. */
static wp_status reserve_stack(wp_loader *loader, const wp_process_desc *desc, uint64_t *top, wp_diag *diag) {
    uint64_t stack = desc->stack, first; /* rule: process.create */
    *top = 0;
    if (stack == 0) /* rule: load.stack */
        return WP_OK;
    RULE(loader->engine, load_stack);
    space_result result = SPACE_FULL;
    if (stack < desc->pages - 1) /* rule: load.stack */
        result = wp_storage_reserve(loader->storage, 1, stack, 0, WP_OWNER_STACK, &first);
    if (result == SPACE_NO_MEMORY)
        return wp_fail_memory(diag);
    if (result == SPACE_LIMIT) { /* rules: process.limit, load.stack */
        RULE(loader->engine, process_limit);
        return wp_fail(diag, WP_REFUSED, "limit: a stack of %llu pages, but at most %llu may be accessible",
                       (unsigned long long)stack, (unsigned long long)loader->storage->limit);
    }
    if (result != SPACE_DONE) /* rule: load.stack */
        return wp_fail(diag, WP_REFUSED, "reservation failed: no room for a stack of %llu pages and its guard page",
                       (unsigned long long)stack);
    /* The end of the largest extent is not an address: there the pointer starts one step of alignment lower. */
    uint64_t end = first + 1 + stack;                                           /* rule: load.stack */
    uint64_t addresses = desc->pointer == WP_T_I64 ? WP_PAGES_64 : WP_PAGES_32; /* rule: load.stack */
    *top = end < addresses ? end * WP_PAGE_SIZE : end * WP_PAGE_SIZE - 16;      /* rule: load.stack */
    return WP_OK;
}

/* The function table begins with slot 0 alone, which stays null: calling a null function pointer traps (rule
 * load.table). Modules may grow it. Its indices have the pointer type. */
static wp_status make_table(wp_loader *loader, wp_diag *diag) {
    wp_limits limits = {.min = 1, .is64 = loader->pointer == WP_T_I64}; /* rule: load.table */
    RULE(loader->engine, load_table);
    WP_TRY(wp_table_create(loader->store, WP_T_FUNCREF, limits, 0, &loader->table, diag)); /* rule: process.isolation */
    /* rules: load.table, process.no-module-isolation */
    loader->platform[WP_NAME_table] = (wp_extern){WP_EXTERN_TABLE, loader->table};
    return wp_slots_open(&loader->slots, loader->engine, loader->table, diag);
}

static wp_status make_globals(wp_loader *loader, uint64_t stack_top, wp_diag *diag) {
    wp_store *store = loader->store;
    wp_extern *platform = loader->platform;
    wp_value base = wp_pointer_value(loader->pointer, 0), base32 = {.type = WP_T_I32};
    wp_value top = wp_pointer_value(loader->pointer, stack_top);
    /* rules: load.stack, process.isolation */
    WP_TRY(wp_global_new(store, true, top, &platform[WP_NAME_stack_pointer], diag));
    WP_TRY(wp_global_new(store, false, base, &platform[WP_NAME_memory_base], diag)); /* rule: load.base */
    platform[WP_NAME_table_base] = platform[WP_NAME_memory_base];                    /* rule: load.base */
    /* rule: load.base */
    return loader->pointer == WP_T_I32 ? WP_OK
                                       : wp_global_new(store, false, base32, &platform[WP_NAME_table_base32], diag);
}

wp_status wp_loader_open(wp_loader *loader, wp_store *store, wp_storage *storage, wp_memory *memory,
                         const wp_process_desc *desc, wp_diag *diag) {
    const wp_allocator *a = &store->engine->allocator;
    loader->engine = store->engine;
    loader->store = store;
    loader->storage = storage;
    loader->pointer = desc->pointer;
    loader->fetch = desc->fetch;
    loader->fetch_ctx = desc->fetch_ctx;
    loader->memory = memory;
    loader->platform[WP_NAME_memory] = (wp_extern){WP_EXTERN_MEMORY, memory};
    loader->next_id = WP_OWNER_STACK + 1;
    wp_dictionary_init(&loader->dictionary, loader->engine);
    wp_index_init(&loader->libraries_by_uri, a);
    wp_index_init(&loader->symbols, a);
    uint64_t stack_top;
    WP_TRY(reserve_stack(loader, desc, &stack_top, diag)); /* rules: load.stack, process.create */
    WP_TRY(make_table(loader, diag));
    return make_globals(loader, stack_top, diag);
}

void wp_loader_close(wp_loader *loader) {
    if (loader->engine == NULL)
        return;
    while (loader->nlibraries != 0)
        wp_library_remove(loader->libraries[loader->nlibraries - 1]);
    wp_free(&loader->engine->allocator, loader->libraries, loader->libraries_capacity, sizeof *loader->libraries);
    wp_slots_close(&loader->slots);
    wp_index_release(&loader->libraries_by_uri);
    wp_index_release(&loader->symbols);
    wp_dictionary_release(&loader->dictionary);
    *loader = (wp_loader){.engine = NULL};
}
