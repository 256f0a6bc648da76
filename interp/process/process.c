/* process.c: the life of a process, and its hooks in its store; see process.h. */
#include "process/process.h"

/* ---- Hooks in the store -------------------------------------------------------------------------------------- */

static wp_status refuse(wp_store *store, wp_diag *diag) {
    RULE(store->engine, process_end);
    return wp_fail(diag, WP_REFUSED, "process has ended");
}

/* A program that ended within a host function does not continue after it, even if the host function reports success
 * (rule mmap.lazy). rule: process.exit */
static wp_status end_call(wp_store *store, wp_diag *diag) {
    if (store->interrupted)
        return wp_fail(diag, WP_EXHAUSTION, "out of memory");
    return wp_store_exit(store, store->exit_code, diag);
}

static wp_status check_name(wp_store *store, wp_bytes module, wp_diag *diag) {
    if (wp_platform_module_of(module) == WP_FROM_OTHERS) /* rule: load.names */
        return WP_OK;
    RULE(store->engine, load_names);
    return wp_fail(diag, WP_REFUSED, "reserved name: \"%.*s\" belongs to the platform", WP_PRINT_BYTES(module));
}

static wp_status check_instantiate(wp_store *store, wp_diag *diag) {
    (void)store;
    return wp_fail(diag, WP_REFUSED, "a process takes modules through its loader only");
}

static void call_ended(wp_store *store, wp_status status) { /* rules: load.unload, process.trap */
    wp_process *process = store->owner;
    if (status != WP_OK)
        RULE(store->engine, process_trap);
    wp_loader_end_call(&process->loader); /* rules: load.unload, process.trap */
}

static const wp_store_hooks hooks = {refuse, end_call, check_name, check_instantiate, call_ended};

/* Ends the process. The running program can't continue with memory that is gone: its next access fails, and without one
 * it is interrupted. Stacks and tables, which it still uses, are released later. rule: mmap.lazy */
static void process_exhausted(void *ctx) {
    wp_process *process = ctx;
    RULE(process->engine, process_end);
    process->store->closed = true;
    process->store->interrupted = 1;
}

/* ---- The beginning ------------------------------------------------------------------------------------------- */

/* Rules process.create, process.extent.min. */
static wp_status check_desc(wp_engine *engine, const wp_process_desc *desc, wp_diag *diag) {
    if (desc->pointer != WP_T_I32 && desc->pointer != WP_T_I64)
        return wp_fail(diag, WP_REFUSED, "the pointer type must be i32 or i64");
    if (desc->backend != WP_BACKEND_SPARSE && desc->backend != WP_BACKEND_NATIVE)
        return wp_fail(diag, WP_REFUSED, "there is no such backend");
    uint64_t largest = desc->pointer == WP_T_I64 ? WP_PAGES_64 : WP_PAGES_32; /* rule: process.extent.min */
    RULE(engine, process_extent_min);
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
    /* Rule process.isolation: every nameable object belongs to a store, and each process has its own. */
    RULE(engine, process_isolation);
    WP_TRY(wp_store_create(engine, &hooks, process, &process->store, diag));
    /* rule: process.isolation */
    WP_TRY(wp_storage_open(&process->storage, engine, desc, process_exhausted, process, diag));
    WP_TRY(make_memory(process, diag));
    WP_TRY(wp_loader_open(&process->loader, process->store, &process->storage, process->memory, desc, diag));
    return wp_process_make_functions(process, diag);
}

wp_status wp_process_new(wp_engine *engine, const wp_process_desc *desc, wp_process **out, wp_diag *diag) {
    RULE(engine, process_create);
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

/* ---- The end ------------------------------------------------------------------------------------------------- */

/* Frees all that a process has but the store's objects. No call may be running. */
static void process_release(wp_process *process) {
    wp_loader_close(&process->loader);
    wp_storage_close(&process->storage);
    if (process->memory != NULL) {
        process->memory->pages = process->memory->limit = 0;
        process->memory->base = NULL;
    }
    wp_store_release(process->store);
    process->store->closed = true; /* rule: process.end */
}

wp_status wp_process_enter(wp_process *process, wp_diag *diag) { /* rules: process.end, process.exit */
    wp_store *store = process->store;
    if (store->closed && process->storage.space != NULL && store->host_depth == 0)
        process_release(process);
    return wp_store_check_open(store, diag);
}

wp_status wp_process_end(wp_process *process, wp_diag *diag) {
    WP_TRY(wp_process_enter(process, diag)); /* rule: process.end */
    if (process->store->host_depth != 0)
        return wp_fail(diag, WP_REFUSED, "a call into the process is running");
    RULE(process->engine, process_end);
    process_release(process);
    return WP_OK;
}

void wp_process_delete(wp_process *process) {
    if (process == NULL)
        return;
    if (process->store != NULL) {
        process_release(process);
        wp_store_destroy(process->store);
    }
    wp_free(&process->engine->allocator, process, 1, sizeof *process);
}
