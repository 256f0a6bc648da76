/* process.c: how a process begins and ends; see process.h. */
#include "process/process.h"

#include "process/load/platform_names.h"
#include "process/load/slots.h"

/* ---- The end ------------------------------------------------------------------------------------------------- */

/* Gives back all that a process has but the store's objects. No call may be running. */
static void release(wp_process *process) {
    wp_dynamic_close(process);
    wp_storage_close(&process->storage);
    space_delete(process->space);
    process->space = NULL;
    if (process->memory != NULL) {
        process->memory->pages = process->memory->limit = 0;
        process->memory->base = NULL;
    }
    wp_store_release(process->store);
    process->store->closed = true;
}

/* Rule mmap.lazy: the process ends. The program that is running can't go on with memory that is gone: its next access
 * fails, and if it makes none it is interrupted. What it still stands on, stacks and tables, is given back later. */
static void exhausted(void *ctx) {
    wp_process *process = ctx;
    RULE(&process->engine->cover, process_end);
    process->store->closed = true;
    process->store->interrupted = 1;
}

static wp_status refuse(wp_store *store, wp_diag *diag) {
    RULE(&store->engine->cover, process_end);
    return wp_fail(diag, WP_REFUSED, "process has ended");
}

wp_status wp_process_check(wp_process *process, wp_diag *diag) {
    wp_store *store = process->store;
    if (store->closed && process->space != NULL && store->host_depth == 0)
        release(process);
    return wp_store_check_open(store, diag);
}

wp_status wp_process_end(wp_process *process, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag));
    if (process->store->host_depth != 0)
        return wp_fail(diag, WP_REFUSED, "a call into the process is running");
    RULE(&process->engine->cover, process_end);
    release(process);
    return WP_OK;
}

void wp_process_delete(wp_process *process) {
    if (process == NULL)
        return;
    if (process->store != NULL) {
        release(process);
        wp_store_destroy(process->store);
    }
    wp_free(&process->engine->allocator, process, 1, sizeof *process);
}

bool wp_process_ended(const wp_process *process) {
    return process->store->closed;
}

wp_store *wp_process_store(wp_process *process) {
    return process->store->closed ? NULL : process->store;
}

bool wp_process_memory(wp_process *process, wp_extern *out) {
    if (wp_process_ended(process))
        return false;
    *out = (wp_extern){WP_EXTERN_MEMORY, process->memory};
    return true;
}

/* ---- The process's hooks in its store ------------------------------------------------------------------------ */

/* Rules process.exit, mmap.lazy: a program that ended within a host function does not continue after it, even if the
 * host function reports success. */
static wp_status end_call(wp_store *store, wp_diag *diag) {
    if (store->interrupted)
        return wp_fail(diag, WP_EXHAUSTION, "out of memory");
    return wp_store_exit(store, store->exit_code, diag);
}

static wp_status check_name(wp_store *store, wp_bytes module, wp_diag *diag) {
    if (wp_platform_module_of(module) == WP_FROM_OTHERS)
        return WP_OK;
    RULE(&store->engine->cover, load_names);
    return wp_fail(diag, WP_REFUSED, "reserved name: \"%.*s\" belongs to the platform", (int)module.size,
                   (const char *)module.data);
}

static wp_status check_instantiate(wp_store *store, wp_diag *diag) {
    (void)store;
    return wp_fail(diag, WP_REFUSED, "a process takes modules through its loader only");
}

static void call_failed(wp_store *store) {
    RULE(&store->engine->cover, process_trap);
}

static const wp_store_hooks hooks = {refuse, end_call, check_name, check_instantiate, call_failed};

/* ---- The beginning ------------------------------------------------------------------------------------------- */

/* Rules process.create, process.extent.min. */
static wp_status check_desc(wp_engine *engine, const wp_process_desc *desc, wp_diag *diag) {
    if (desc->pointer != WP_T_I32 && desc->pointer != WP_T_I64)
        return wp_fail(diag, WP_REFUSED, "the pointer type must be i32 or i64");
    if (desc->backend != WP_BACKEND_SPARSE && desc->backend != WP_BACKEND_NATIVE)
        return wp_fail(diag, WP_REFUSED, "there is no such backend");
    uint64_t largest = desc->pointer == WP_T_I64 ? WP_PAGES_64 : WP_PAGES_32;
    RULE(&engine->cover, process_extent_min);
    if (desc->pages < 2 || desc->pages > largest)
        return wp_fail(diag, WP_REFUSED, "extent of %llu pages: it must be 2 to %llu", (unsigned long long)desc->pages,
                       (unsigned long long)largest);
    return WP_OK;
}

static wp_status make_space(wp_process *process, wp_diag *diag) {
    const wp_allocator *a = &process->engine->allocator;
    space_allocator allocator = {a->resize, a->ctx};
    process->space = space_new(&allocator, process->desc.pages);
    if (process->space == NULL)
        return wp_fail_memory(diag);
    if (process->desc.aslr)
        space_randomise(process->space, process->desc.seed);
    return wp_storage_open(&process->storage, process->engine, process->desc.backend, process->space, exhausted,
                           process, diag);
}

/* Rule process.memory: one memory, whose minimum and maximum are the extent. The store's list of memories is for those
 * that own their storage; this one does not. */
static wp_status make_memory(wp_process *process, wp_diag *diag) {
    wp_memory *memory = wp_arena_alloc(&process->store->arena, 1, sizeof *memory);
    if (memory == NULL)
        return wp_fail_memory(diag);
    uint64_t pages = process->desc.pages;
    memory->pages = pages;
    memory->limits = (wp_limits){pages, pages, true, process->desc.pointer == WP_T_I64};
    memory->store = process->store;
    wp_storage_attach(&process->storage, memory);
    process->memory = memory;
    return WP_OK;
}

/* The function table begins with slot 0 alone, which stays null: a null function pointer traps when it is called (rule
 * load.table). Modules may grow it. Its indices have the pointer type. */
static wp_status make_table(wp_process *process, wp_diag *diag) {
    wp_limits limits = {.min = 1, .is64 = process->desc.pointer == WP_T_I64};
    RULE(&process->engine->cover, load_table);
    WP_TRY(wp_table_create(process->store, WP_T_FUNCREF, limits, 0, &process->table, diag));
    return wp_slots_open(process, diag);
}

static wp_status make_global(wp_process *process, wp_valtype type, bool is_mutable, uint64_t value, wp_global **out,
                             wp_diag *diag) {
    wp_extern global;
    wp_value v = {.type = type};
    wp_pointer_result(&v, value);
    WP_TRY(wp_global_new(process->store, is_mutable, v, &global, diag));
    *out = global.object;
    return WP_OK;
}

/* Rule load.stack: the guard page is the lowest of the reservation. */
static wp_status reserve_stack(wp_process *process, uint64_t *top, wp_diag *diag) {
    uint64_t stack = process->desc.stack, first;
    *top = 0;
    if (stack == 0)
        return WP_OK;
    RULE(&process->engine->cover, load_stack);
    space_result result = SPACE_FULL;
    if (stack < process->desc.pages)
        result = space_reserve(process->space, stack + 1, 0, WP_OWNER_STACK, &first);
    if (result == SPACE_DONE)
        result = space_guard(process->space, first, 1, WP_OWNER_STACK);
    if (result == SPACE_DONE && !wp_storage_commit(&process->storage, first + 1, stack))
        result = SPACE_NO_MEMORY;
    if (result == SPACE_NO_MEMORY)
        return wp_fail_memory(diag);
    if (result != SPACE_DONE)
        return wp_fail(diag, WP_REFUSED, "reservation failed: no room for a stack of %llu pages and its guard page",
                       (unsigned long long)stack);
    /* The end of the largest extent is no address: there the pointer starts one step of alignment lower. */
    uint64_t end = first + 1 + stack;
    uint64_t addresses = process->desc.pointer == WP_T_I64 ? WP_PAGES_64 : WP_PAGES_32;
    *top = end < addresses ? end * WP_PAGE_SIZE : end * WP_PAGE_SIZE - 16;
    return WP_OK;
}

static wp_status build(wp_process *process, wp_diag *diag) {
    uint64_t top;
    /* Rule process.isolation: what can be named, linked or called is in a store, and no two processes share one. */
    RULE(&process->engine->cover, process_isolation);
    WP_TRY(wp_store_create(process->engine, &hooks, &process->store, diag));
    WP_TRY(make_space(process, diag));
    WP_TRY(reserve_stack(process, &top, diag));
    WP_TRY(make_memory(process, diag));
    WP_TRY(make_table(process, diag));
    wp_valtype pointer = process->desc.pointer;
    WP_TRY(make_global(process, pointer, true, top, &process->stack_pointer, diag));
    WP_TRY(make_global(process, pointer, false, 0, &process->no_base, diag));
    if (pointer == WP_T_I64)
        WP_TRY(make_global(process, WP_T_I32, false, 0, &process->no_base32, diag));
    WP_TRY(wp_platform_init(process, diag));
    return wp_dynamic_init(process, diag);
}

wp_status wp_process_new(wp_engine *engine, const wp_process_desc *desc, wp_process **out, wp_diag *diag) {
    RULE(&engine->cover, process_create);
    WP_TRY(check_desc(engine, desc, diag));
    wp_process *process = wp_alloc(&engine->allocator, 1, sizeof *process);
    if (process == NULL)
        return wp_fail_memory(diag);
    process->engine = engine;
    process->desc = *desc;
    wp_dynamic_open(process);
    wp_status status = build(process, diag);
    if (status != WP_OK) {
        wp_process_delete(process);
        return status;
    }
    *out = process;
    return WP_OK;
}
