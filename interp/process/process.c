/* process.c: how a process is created; see process.h. */
#include "process/process.h"

/* Rules process.create, process.extent.min. */
static wp_status check_desc(wp_engine *engine, const wp_process_desc *desc, wp_diag *diag) {
    if (desc->pointer != WP_T_I32 && desc->pointer != WP_T_I64)
        return wp_fail(diag, WP_REFUSED, "the pointer type must be i32 or i64");
    if (desc->backend != WP_BACKEND_SPARSE && desc->backend != WP_BACKEND_NATIVE)
        return wp_fail(diag, WP_REFUSED, "there is no such backend");
    uint64_t largest = desc->pointer == WP_T_I64 ? WP_PAGES_64 : WP_PAGES_32; /* rule: process.extent.min */
    RULE(&engine->cover, process_extent_min);
    if (desc->pages < 2 || desc->pages > largest)
        return wp_fail(diag, WP_REFUSED, "extent of %llu pages: it must be 2 to %llu", (unsigned long long)desc->pages,
                       (unsigned long long)largest);
    return WP_OK;
}

/* Rule process.memory: one memory, whose minimum and maximum are the extent. It is not in the store's list of memories,
 * which own their storage. */
static wp_status make_memory(wp_process *process, wp_diag *diag) {
    wp_memory *memory = wp_arena_alloc(&process->store->arena, 1, sizeof *memory);
    if (memory == NULL)
        return wp_fail_memory(diag);
    uint64_t pages = process->desc.pages; /* rules: process.create, process.memory */
    memory->pages = pages;
    memory->limits = (wp_limits){pages, pages, true, process->desc.pointer == WP_T_I64}; /* rule: process.memory */
    memory->store = process->store;
    wp_storage_attach(&process->storage, memory);
    process->memory = memory;
    return WP_OK;
}

static wp_status build(wp_process *process, wp_diag *diag) {
    wp_engine *engine = process->engine;
    const wp_process_desc *desc = &process->desc;
    /* Rule process.isolation: what can be named, linked or called is in a store, and no two processes share one. */
    RULE(&engine->cover, process_isolation);
    WP_TRY(wp_store_create(engine, &wp_process_hooks, &process->store, diag));
    /* rule: process.isolation */
    WP_TRY(wp_storage_open(&process->storage, engine, desc, wp_process_exhausted, process, diag));
    WP_TRY(make_memory(process, diag));
    WP_TRY(wp_loader_open(&process->loader, process->store, &process->storage, process->memory, desc, diag));
    return wp_process_make_functions(process, diag);
}

wp_status wp_process_new(wp_engine *engine, const wp_process_desc *desc, wp_process **out, wp_diag *diag) {
    RULE(&engine->cover, process_create);
    WP_TRY(check_desc(engine, desc, diag));
    wp_process *process = wp_alloc(&engine->allocator, 1, sizeof *process);
    if (process == NULL)
        return wp_fail_memory(diag);
    process->engine = engine;
    process->desc = *desc;
    wp_status status = build(process, diag);
    if (status != WP_OK) {
        wp_process_delete(process);
        return status;
    }
    *out = process;
    return WP_OK;
}
