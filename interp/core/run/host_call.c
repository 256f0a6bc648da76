/* host_call.c: calls of host functions; see store.h. */
#include "core/run/fault.h"
#include "core/run/store.h"

static wp_status check_results(const wp_store *store, const wp_func *func, const wp_value *results, wp_diag *diag) {
    const wp_comptype *comp = &func->deftype->comp;
    for (uint32_t i = 0; i < comp->nresults; i++)
        if (!wp_value_fits(store, &results[i], comp->types[comp->nparams + i]))
            return wp_fail(diag, WP_CRASH, "result %u of a host function does not have its type", i);
    return WP_OK;
}

wp_status wp_host_call(wp_store *store, const wp_func *func, const uint64_t *args, uint64_t *results, wp_diag *diag) {
    const wp_comptype *comp = &func->deftype->comp;
    const wp_allocator *a = &store->engine->allocator;
    size_t count = (size_t)comp->nparams + comp->nresults;
    wp_value small[16];
    wp_value *values = count <= 16 ? small : wp_alloc(a, count, sizeof *values);
    if (values == NULL)
        return wp_fail_memory(diag);
    wp_value *out = values + comp->nparams;
    wp_cells_to_values(comp->types, comp->nparams, args, values);
    for (uint32_t i = 0; i < comp->nresults; i++)
        out[i] = (wp_value){.type = comp->types[comp->nparams + i], .of = {.v128 = {0, 0}}};
    /* Faults of the host function are not traps of the program. */
    wp_fault_scope *scope = store->guarded != NULL ? wp_fault_suspend() : NULL;
    wp_status status = func->callback(func->ctx, store, values, out, diag);
    if (store->guarded != NULL)
        wp_fault_resume(scope);
    if (status == WP_OK && store->closed) /* rules: process.exit, dl.load.failure */
        status = store->hooks->end_call(store, diag);
    if (status == WP_OK)
        status = check_results(store, func, out, diag);
    if (status == WP_OK)
        wp_values_to_cells(out, comp->nresults, results);
    if (values != small)
        wp_free(a, values, count, sizeof *values);
    return status;
}
