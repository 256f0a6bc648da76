/* exec.c: the executor's entry; see exec.h, and wp_call in wasmproc.h (specification, "Execution: Modules",
 * invocation). */
#include "core/exec/exec.h"

#include "core/exec/loop.h"
#include "core/run/fault.h"

#include <string.h>

static wp_status exec_allocate_stacks(wp_store *store, wp_diag *diag) {
    if (store->stack != NULL)
        return WP_OK;
    const wp_engine *engine = store->engine;
    size_t cells = (size_t)engine->limits[WP_LIMIT_stack_cells];
    size_t frames = (size_t)engine->limits[WP_LIMIT_call_depth];
    uint64_t *stack = wp_resize(&engine->allocator, NULL, 0, cells, sizeof *stack);
    wp_activation *frame = wp_resize(&engine->allocator, NULL, 0, frames, sizeof *frame);
    if (stack == NULL || frame == NULL) {
        wp_free(&engine->allocator, stack, cells, sizeof *stack);
        wp_free(&engine->allocator, frame, frames, sizeof *frame);
        return wp_fail_memory(diag);
    }
    store->stack = store->stack_top = stack;
    store->stack_end = stack + cells;
    store->frames = store->frame_top = frame;
    store->frames_end = frame + frames;
    return WP_OK;
}

/* The host refused an access of the running frame to the guarded memory (rule access.inaccessible). */
static wp_status exec_faulted(wp_store *store, uint64_t address, wp_diag *diag) {
    const wp_activation *frame = store->running;
    wp_engine *engine = store->engine;
    RULE(engine, access_inaccessible);
    if (address < WP_PAGE_SIZE)
        RULE(engine, process_page_zero);
    return wp_exec_trapped(frame->func, frame->ip, diag, WP_TRAP_memory_inaccessible);
}

/* Runs a frame on a store whose memory the host guards. */
static wp_status exec_guarded(wp_store *store, wp_activation *frame, wp_diag *diag) {
    wp_fault_scope scope;
    const wp_memory *memory = store->guarded;
    wp_activation *outer = store->running;
    wp_status status;
    store->running = frame;
    if (WP_FAULT_BEGIN(&scope, memory->base, memory->limit)) {
        status = wp_loop_run(store, frame, diag);
        wp_fault_end(&scope);
    } else {
        status = exec_faulted(store, scope.offset, diag);
    }
    store->running = outer;
    return status;
}

/* Runs a WebAssembly function whose arguments are at store->stack_top. On success its results are there. */
static wp_status exec_enter(wp_store *store, const wp_func *func, wp_diag *diag) {
    uint64_t *fp = store->stack_top;
    wp_activation *frame = store->frame_top;
    if (frame == store->frames_end || !wp_frame_fits(store, fp, func->def))
        return wp_fail(diag, WP_EXHAUSTION, "call stack exhausted");
    *frame = (wp_activation){func, func->def->code.instrs, fp};
    wp_frame_clear(fp, func);
    store->frame_top = frame + 1;
    wp_status status = store->guarded != NULL ? exec_guarded(store, frame, diag) : wp_loop_run(store, frame, diag);
    store->frame_top = frame;
    store->stack_top = fp;
    return status;
}

wp_status wp_exec_call(wp_store *store, const wp_func *func, const uint64_t *args, uint64_t *results, wp_diag *diag) {
    WP_TRY(exec_allocate_stacks(store, diag));
    const wp_deftype *type = func->deftype;
    size_t room = (size_t)(store->stack_end - store->stack_top);
    if (room < type->param_cells || room < type->result_cells)
        return wp_fail(diag, WP_EXHAUSTION, "call stack exhausted");
    if (func->instance == NULL)
        return wp_host_call(store, func, args, results, diag);
    if (type->param_cells != 0)
        memcpy(store->stack_top, args, type->param_cells * sizeof *args);
    WP_TRY(exec_enter(store, func, diag));
    if (type->result_cells != 0)
        memcpy(results, store->stack_top, type->result_cells * sizeof *results);
    return WP_OK;
}

wp_status wp_exec_const(wp_instance *instance, const wp_code *code, uint64_t *cells, wp_diag *diag) {
    wp_store *store = instance->store;
    WP_TRY(exec_allocate_stacks(store, diag));
    /* The expression is the body of a function of no parameters that exists for this evaluation only. */
    const wp_deftype type = {.result_cells = 1};
    const wp_func_def def = {.code = *code};
    const wp_func func = {.deftype = &type, .store = store, .instance = instance, .def = &def};
    WP_TRY(exec_enter(store, &func, diag));
    cells[0] = store->stack_top[0];
    return WP_OK;
}

/* ---- Calls by the embedder ------------------------------------------------------------------------------------- */

static wp_status exec_check_args(const wp_store *store, const wp_func *func, const wp_value *args, size_t nargs,
                                 size_t nresults, wp_diag *diag) {
    const wp_comptype *comp = &func->deftype->comp;
    if (nargs != comp->nparams)
        return wp_fail(diag, WP_CRASH, "argument count is %zu, the function takes %u", nargs, comp->nparams);
    if (nresults != comp->nresults)
        return wp_fail(diag, WP_CRASH, "result count is %zu, the function gives %u", nresults, comp->nresults);
    for (size_t i = 0; i < nargs; i++)
        if (!wp_value_fits(store, &args[i], comp->types[i]))
            return wp_fail(diag, WP_CRASH, "argument %zu does not have the parameter's type", i);
    return WP_OK;
}

static wp_status exec_convert_and_call(wp_store *store, const wp_func *func, const wp_value *args, wp_value *results,
                                       wp_diag *diag) {
    const wp_deftype *type = func->deftype;
    const wp_allocator *a = &store->engine->allocator;
    size_t ncells = (size_t)type->param_cells + type->result_cells;
    uint64_t small[16] = {0};
    uint64_t *cells = ncells <= 16 ? small : wp_alloc(a, ncells, sizeof *cells);
    if (cells == NULL)
        return wp_fail_memory(diag);
    wp_values_to_cells(args, type->comp.nparams, cells);
    uint64_t *out = cells + type->param_cells;
    wp_status status = wp_exec_call(store, func, cells, out, diag);
    if (status == WP_OK)
        wp_cells_to_values(type->comp.types + type->comp.nparams, type->comp.nresults, out, results);
    if (cells != small)
        wp_free(a, cells, ncells, sizeof *cells);
    return status;
}

wp_status wp_call(wp_store *store, wp_extern func, const wp_value *args, size_t nargs, wp_value *results,
                  size_t nresults, wp_diag *diag) {
    const wp_func *callee = func.object;
    WP_TRY(wp_store_check_open(store, diag)); /* rule: process.end */
    if (func.kind != WP_EXTERN_FUNC)
        return wp_fail(diag, WP_CRASH, "not a function");
    if (callee->store != store)
        return wp_fail(diag, WP_CRASH, "the function belongs to another store or process");
    WP_TRY(exec_check_args(store, callee, args, nargs, nresults, diag));
    if (store->host_depth >= store->engine->limits[WP_LIMIT_host_depth])
        return wp_fail(diag, WP_EXHAUSTION, "call stack exhausted: calls from host functions nest too deep");
    store->host_depth++;
    wp_status status = exec_convert_and_call(store, callee, args, results, diag);
    store->host_depth--;
    if (store->hooks != NULL && !store->closed)
        store->hooks->call_ended(store, status); /* rules: process.trap, load.unload */
    return status;                               /* rule: process.trap */
}
