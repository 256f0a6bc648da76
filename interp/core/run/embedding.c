/* embedding.c: an embedder's definitions, accesses and settings; see wasmproc.h. */
#include "core/run/store.h"

/* ---- Types of functions ---------------------------------------------------------------------------------------- */

static wp_functype functype(const wp_comptype *comp) {
    return (wp_functype){comp->types, comp->nparams, comp->types + comp->nparams, comp->nresults};
}

wp_functype wp_func_type(wp_extern func) {
    return functype(&((const wp_func *)func.object)->deftype->comp);
}

wp_functype wp_module_import_type(const wp_module *module, size_t i) {
    const wp_func_def *func = &module->funcs[module->imports[i].index];
    return functype(&wp_types_get(module->engine->types, func->canon)->comp);
}

/* ---- Host definitions ------------------------------------------------------------------------------------------ */

wp_status wp_func_new(wp_store *store, const wp_valtype *params, size_t nparams, const wp_valtype *results,
                      size_t nresults, wp_host_func callback, void *ctx, wp_extern *out, wp_diag *diag) {
    uint32_t type;
    if (!wp_types_func(store->engine->types, params, nparams, results, nresults, &type))
        return wp_fail_memory(diag);
    wp_func *func = wp_arena_alloc(&store->arena, 1, sizeof *func);
    if (func == NULL)
        return wp_fail_memory(diag);
    *func = (wp_func){.object = {WP_OBJ_FUNC}, .type = type, .store = store, .callback = callback, .ctx = ctx};
    func->deftype = wp_types_get(store->engine->types, type);
    *out = (wp_extern){WP_EXTERN_FUNC, func};
    return WP_OK;
}

static wp_status check_limits(const wp_limits *limits, wp_diag *diag) {
    if (limits->has_max && limits->min > limits->max)
        return wp_fail(diag, WP_CRASH, "the least size, %llu, is over the greatest, %llu",
                       (unsigned long long)limits->min, (unsigned long long)limits->max);
    return WP_OK;
}

wp_status wp_table_new(wp_store *store, wp_valtype element, wp_limits limits, wp_extern *out, wp_diag *diag) {
    wp_table *table;
    if (!wp_is_ref(element) || !wp_is_nullable(element))
        return wp_fail(diag, WP_CRASH, "the element type of a table must be a nullable reference");
    WP_TRY(check_limits(&limits, diag));
    WP_TRY(wp_table_create(store, element, limits, 0, &table, diag));
    *out = (wp_extern){WP_EXTERN_TABLE, table};
    return WP_OK;
}

wp_status wp_memory_new(wp_store *store, wp_limits limits, wp_extern *out, wp_diag *diag) {
    wp_memory *memory;
    WP_TRY(check_limits(&limits, diag));
    WP_TRY(wp_mem_new(store, limits, &memory, diag));
    *out = (wp_extern){WP_EXTERN_MEMORY, memory};
    return WP_OK;
}

wp_status wp_global_new(wp_store *store, bool is_mutable, wp_value value, wp_extern *out, wp_diag *diag) {
    if (!wp_value_fits(store, &value, value.type))
        return wp_fail(diag, WP_CRASH, "the value of a global does not have its type");
    wp_global *global = wp_arena_alloc(&store->arena, 1, sizeof *global);
    if (global == NULL)
        return wp_fail_memory(diag);
    global->type = value.type;
    global->is_mutable = is_mutable;
    global->store = store;
    wp_value_to_cells(value, global->cells);
    *out = (wp_extern){WP_EXTERN_GLOBAL, global};
    return WP_OK;
}

wp_value wp_global_value(wp_extern global) {
    const wp_global *g = global.object;
    return wp_value_from_cells(g->type, g->cells);
}

uint64_t wp_memory_pages(wp_extern memory) {
    return ((const wp_memory *)memory.object)->pages;
}

/* Refuses access to the memory of an ended process, and counts rule access.host; wp_mem_check, wp_mem_read and
 * wp_mem_write check the range. */
static wp_status begin_access(const wp_memory *memory, wp_diag *diag) {
    WP_TRY(wp_store_check_open(memory->store, diag));
    if (memory->backing != NULL)
        RULE(memory->store->engine, access_host);
    return WP_OK;
}

static wp_status access_result(wp_trap trap, wp_diag *diag) {
    return trap == WP_TRAP_none ? WP_OK : wp_fail(diag, wp_trap_status(trap), "%s", wp_trap_text(trap));
}

bool wp_memory_accessible(wp_extern memory, uint64_t address, uint64_t size) {
    return begin_access(memory.object, NULL) == WP_OK && wp_mem_check(memory.object, address, size) == WP_TRAP_none;
}

wp_status wp_memory_read(wp_extern memory, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag) {
    WP_TRY(begin_access(memory.object, diag));
    return access_result(wp_mem_read(memory.object, address, bytes, size), diag);
}

wp_status wp_memory_write(wp_extern memory, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag) {
    WP_TRY(begin_access(memory.object, diag));
    return access_result(wp_mem_write(memory.object, address, bytes, size), diag);
}

/* ---- Settings ---------------------------------------------------------------------------------------------- */

void wp_store_set_fuel(wp_store *store, uint64_t fuel) {
    store->fuel = fuel;
}

uint64_t wp_store_fuel(const wp_store *store) {
    return store->fuel;
}

wp_status wp_store_exit(wp_store *store, uint32_t code, wp_diag *diag) {
    store->exit_code = code;
    return wp_fail(diag, WP_EXIT, "exit with code %u", code);
}

uint32_t wp_store_exit_code(const wp_store *store) {
    return store->exit_code;
}

void wp_store_interrupt(wp_store *store) {
    store->interrupted = 1;
}

void wp_store_set_trace(wp_store *store, wp_trace_func trace, void *ctx) {
    store->trace = trace;
    store->trace_ctx = ctx;
}
