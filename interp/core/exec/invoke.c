/* invoke.c: calls by the embedder (specification, "Execution: Modules", invocation); see wp_call in wasmproc.h. */
#include "core/exec/exec.h"

static wp_status check_args(const wp_store *store, const wp_func *func, const wp_value *args, size_t nargs,
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

static wp_status call(wp_store *store, const wp_func *func, const wp_value *args, wp_value *results, wp_diag *diag) {
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
    WP_TRY(check_args(store, callee, args, nargs, nresults, diag));
    if (store->host_depth >= store->engine->limits[WP_LIMIT_host_depth])
        return wp_fail(diag, WP_EXHAUSTION, "call stack exhausted: calls from host functions nest too deep");
    store->host_depth++;
    wp_status status = call(store, callee, args, results, diag);
    store->host_depth--;
    if (status != WP_OK && store->hooks != NULL && !store->closed)
        store->hooks->call_failed(store);
    return status; /* rule: process.trap */
}
