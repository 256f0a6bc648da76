/* api.c: values, calls and host definitions of the public interface; see wasmproc.h. */
#include "../core/exec.h"
#include "../core/fault.h"

#include <string.h>

/* ---- Values -------------------------------------------------------------------------------------------------- */

wp_value wp_value_from_cells(wp_valtype type, const uint64_t *cells) {
    wp_value value = {.type = type};
    if (type == WP_T_I32 || type == WP_T_F32) {
        value.of.i32 = (uint32_t)cells[0];
    } else if (type == WP_T_V128) {
        value.of.v128[0] = cells[0];
        value.of.v128[1] = cells[1];
    } else {
        value.of.i64 = cells[0];
    }
    return value;
}

void wp_value_to_cells(wp_value value, uint64_t *cells) {
    if (value.type == WP_T_I32 || value.type == WP_T_F32) {
        cells[0] = value.of.i32;
    } else if (value.type == WP_T_V128) {
        cells[0] = value.of.v128[0];
        cells[1] = value.of.v128[1];
    } else {
        cells[0] = value.of.i64;
    }
}

static const wp_object *ref_object(wp_ref ref) {
    return (const wp_object *)(uintptr_t)ref.bits;
}

wp_ref_kind wp_ref_get_kind(wp_ref ref) {
    if (ref.bits == 0)
        return WP_REF_NULL;
    if ((ref.bits & 1) != 0)
        return WP_REF_OTHER;
    return ref_object(ref)->kind == WP_OBJ_FUNC ? WP_REF_FUNC : WP_REF_HOST;
}

wp_ref wp_ref_host(wp_store *store, uint64_t number) {
    for (const wp_host_object *h = store->hosts; h != NULL; h = h->next)
        if (h->number == number)
            return (wp_ref){(uint64_t)(uintptr_t)h};
    wp_host_object *host = wp_arena_alloc(&store->arena, 1, sizeof *host);
    if (host == NULL)
        return (wp_ref){0};
    *host = (wp_host_object){{WP_OBJ_HOST}, number, store->hosts};
    store->hosts = host;
    return (wp_ref){(uint64_t)(uintptr_t)host};
}

uint64_t wp_ref_host_number(wp_ref ref) {
    return wp_ref_get_kind(ref) == WP_REF_HOST ? ((const wp_host_object *)ref_object(ref))->number : 0;
}

/* True when a value has a type, as far as a reference shows it. */
static bool value_fits(const wp_store *store, const wp_value *value, wp_valtype type) {
    const wp_type_table *types = store->engine->types;
    if (!wp_is_ref(type))
        return value->type == type;
    if (!wp_is_ref(value->type))
        return false;
    switch (wp_ref_get_kind(value->of.ref)) {
    case WP_REF_NULL: return wp_is_nullable(type);
    case WP_REF_FUNC: {
        const wp_func *func = (const wp_func *)ref_object(value->of.ref);
        return func->store == store && wp_match_heap(types, WP_T_INDEX | func->type, type & WP_T_HEAP);
    }
    case WP_REF_HOST: return wp_match_heap(types, WP_HT_EXTERN, type & WP_T_HEAP);
    default: return false;
    }
}

/* ---- Calls ---------------------------------------------------------------------------------------------------- */

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

static wp_status check_args(const wp_store *store, const wp_func *func, const wp_value *args, size_t nargs,
                            size_t nresults, wp_diag *diag) {
    const wp_comptype *comp = &func->deftype->comp;
    if (nargs != comp->nparams)
        return wp_fail(diag, WP_CRASH, "argument count is %zu, the function takes %u", nargs, comp->nparams);
    if (nresults != comp->nresults)
        return wp_fail(diag, WP_CRASH, "result count is %zu, the function gives %u", nresults, comp->nresults);
    for (size_t i = 0; i < nargs; i++)
        if (!value_fits(store, &args[i], comp->types[i]))
            return wp_fail(diag, WP_CRASH, "argument %zu does not have the parameter's type", i);
    return WP_OK;
}

static void values_to_cells(const wp_value *values, size_t count, uint64_t *cells) {
    for (size_t i = 0; i < count; i++) {
        wp_value_to_cells(values[i], cells);
        cells += wp_cells(values[i].type);
    }
}

static void cells_to_values(const wp_valtype *types, size_t count, const uint64_t *cells, wp_value *values) {
    for (size_t i = 0; i < count; i++) {
        values[i] = wp_value_from_cells(types[i], cells);
        cells += wp_cells(types[i]);
    }
}

static wp_status call(wp_store *store, const wp_func *func, const wp_value *args, wp_value *results, wp_diag *diag) {
    const wp_deftype *type = func->deftype;
    const wp_allocator *a = &store->engine->allocator;
    size_t ncells = (size_t)type->param_cells + type->result_cells;
    uint64_t small[16] = {0};
    uint64_t *cells = ncells <= 16 ? small : wp_alloc(a, ncells, sizeof *cells);
    if (cells == NULL)
        return wp_fail_memory(diag);
    values_to_cells(args, type->comp.nparams, cells);
    uint64_t *out = cells + type->param_cells;
    wp_status status = wp_exec_call(store, func, cells, out, diag);
    if (status == WP_OK)
        cells_to_values(type->comp.types + type->comp.nparams, type->comp.nresults, out, results);
    if (cells != small)
        wp_free(a, cells, ncells, sizeof *cells);
    return status;
}

wp_status wp_call(wp_store *store, wp_extern func, const wp_value *args, size_t nargs, wp_value *results,
                  size_t nresults, wp_diag *diag) {
    const wp_func *callee = func.object;
    if (store->ended) {
        RULE(&store->engine->cover, process_end);
        return wp_fail(diag, WP_REFUSED, "process has ended");
    }
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
    if (store->process != NULL && status != WP_OK && !store->ended)
        RULE(&store->engine->cover, process_trap);
    return status;
}

static wp_status check_results(const wp_store *store, const wp_func *func, const wp_value *results, wp_diag *diag) {
    const wp_comptype *comp = &func->deftype->comp;
    for (uint32_t i = 0; i < comp->nresults; i++)
        if (!value_fits(store, &results[i], comp->types[comp->nparams + i]))
            return wp_fail(diag, WP_CRASH, "result %u of a host function does not have its type", i);
    return WP_OK;
}

/* Rules process.exit, mmap.lazy: a program that has ended in a call of a host function's does not go on after it, also
 * where the host function says nothing of it. */
static wp_status ended_below(wp_store *store, wp_diag *diag) {
    if (store->interrupted)
        return wp_fail(diag, WP_EXHAUSTION, "out of memory");
    return wp_store_exit(store, store->exit_code, diag);
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
    cells_to_values(comp->types, comp->nparams, args, values);
    for (uint32_t i = 0; i < comp->nresults; i++)
        out[i] = (wp_value){.type = comp->types[comp->nparams + i], .of = {.v128 = {0, 0}}};
    /* A fault of the host function's own is no trap of the program's. */
    wp_fault_scope *scope = store->guarded != NULL ? wp_fault_suspend() : NULL;
    wp_status status = func->callback(func->ctx, store, values, out, diag);
    if (store->guarded != NULL)
        wp_fault_resume(scope);
    if (status == WP_OK && store->ended)
        status = ended_below(store, diag);
    if (status == WP_OK)
        status = check_results(store, func, out, diag);
    if (status == WP_OK)
        values_to_cells(out, comp->nresults, results);
    if (values != small)
        wp_free(a, values, count, sizeof *values);
    return status;
}

/* ---- Host definitions ------------------------------------------------------------------------------------------ */

wp_status wp_func_new(wp_store *store, const wp_valtype *params, size_t nparams, const wp_valtype *results,
                      size_t nresults, wp_host_func callback, void *ctx, wp_extern *out, wp_diag *diag) {
    uint32_t type;
    if (!wp_types_func(store->engine->types, params, nparams, results, nresults, &type))
        return wp_fail_memory(diag);
    wp_func *func = wp_store_host_func(store, type, callback, ctx);
    if (func == NULL)
        return wp_fail_memory(diag);
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
    if (!value_fits(store, &value, value.type))
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

/* Rule access.host holds for any memory: the whole range is checked before the first byte. */
static wp_status begin_access(const wp_memory *memory, wp_diag *diag) {
    wp_cover *cover = &memory->store->engine->cover;
    if (memory->store->ended) {
        RULE(cover, process_end);
        return wp_fail(diag, WP_REFUSED, "process has ended");
    }
    if (memory->backing != NULL)
        RULE(cover, access_host);
    return WP_OK;
}

static wp_status access_result(wp_trap trap, wp_diag *diag) {
    if (trap == WP_TRAP_none)
        return WP_OK;
    return wp_fail(diag, trap == WP_TRAP_host_memory ? WP_EXHAUSTION : WP_TRAP, "%s", wp_trap_text(trap));
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
