/* fuzz_run.c: a fuzz target: any bytes as a binary module that is run.
 *
 * For any bytes, a valid module is instantiated with matching imports, and its exported functions are called; nothing
 * gives a crash status, and fuel, stacks, memories and tables stay within their limits. The module's encoding, in
 * another store, does exactly the same.
 */
#include "core/module.h"
#include "fuzz.h"

enum { FUEL = 20000, CALLS = 16, MOST_VALUES = 64, LOG = 4096 };

/* A log of a run: statuses and results, as words. */
typedef struct run_log {
    uint64_t words[LOG];
    size_t count;
} run_log;

static void put(run_log *log, uint64_t word) {
    if (log->count < LOG)
        log->words[log->count++] = word;
}

/* A host function: its results stay as they are preset; every seventh call traps. */
static wp_status host(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    uint64_t *calls = ctx;
    (void)store;
    (void)args;
    (void)results;
    if (++*calls % 7 == 0) {
        diag->status = WP_TRAP;
        snprintf(diag->message, sizeof diag->message, "the host function trapped");
        return WP_TRAP;
    }
    return WP_OK;
}

/* Makes a value for an import; false if there cannot be one, as for a non-null reference. */
static bool make_import(wp_store *store, const wp_module *module, const wp_import *import, uint64_t *calls,
                        wp_extern *out, wp_diag *diag) {
    switch (import->kind) {
    case WP_EXTERN_FUNC: {
        const wp_deftype *type = wp_types_get(module->engine->types, module->funcs[import->index].canon);
        const wp_comptype *comp = &type->comp;
        return wp_func_new(store, comp->types, comp->nparams, comp->types + comp->nparams, comp->nresults, host, calls,
                           out, diag) == WP_OK;
    }
    case WP_EXTERN_TABLE: {
        const wp_table_def *table = &module->tables[import->index];
        return wp_is_nullable(table->element) &&
               wp_table_new(store, wp_canon(module, table->element), table->limits, out, diag) == WP_OK;
    }
    case WP_EXTERN_MEMORY: return wp_memory_new(store, module->memories[import->index].limits, out, diag) == WP_OK;
    case WP_EXTERN_GLOBAL: {
        const wp_global_def *global = &module->globals[import->index];
        wp_value value = {.type = wp_canon(module, global->type), .of = {.v128 = {0, 0}}};
        return (!wp_is_ref(value.type) || wp_is_nullable(value.type)) &&
               wp_global_new(store, global->is_mutable, value, out, diag) == WP_OK;
    }
    default: return false;
    }
}

static bool define_imports(wp_store *store, const wp_module *module, uint64_t *calls) {
    wp_diag diag = {0};
    for (uint32_t i = 0; i < module->nimports; i++) {
        const wp_import *import = &module->imports[i];
        wp_extern value;
        if (!make_import(store, module, import, calls, &value, &diag) ||
            wp_store_define(store, (const char *)import->module.data, import->module.size,
                            (const char *)import->name.data, import->name.size, value, &diag) != WP_OK)
            return false;
    }
    return true;
}

/* Calls a function with zeros, and with ones. */
static void call(wp_store *store, wp_extern func, run_log *log) {
    wp_value args[MOST_VALUES], results[MOST_VALUES];
    wp_functype type = wp_func_type(func);
    if (type.nparams > MOST_VALUES || type.nresults > MOST_VALUES)
        return;
    for (uint64_t ones = 0; ones < 2; ones++) {
        wp_diag diag = {0};
        for (size_t i = 0; i < type.nparams; i++) {
            if (wp_is_ref(type.params[i]) && !wp_is_nullable(type.params[i]))
                return;
            bool number = !wp_is_ref(type.params[i]);
            args[i] = (wp_value){.type = type.params[i], .of = {.v128 = {number ? ones : 0, 0}}};
        }
        wp_status status = wp_call(store, func, args, type.nparams, results, type.nresults, &diag);
        fuzz_require(status != WP_CRASH, "call", &diag);
        put(log, status);
        for (size_t i = 0; status == WP_OK && i < type.nresults; i++)
            put(log, wp_is_ref(results[i].type) ? results[i].of.ref.bits == 0 : results[i].of.i64);
    }
}

static void call_exports(wp_store *store, const wp_module *module, const wp_instance *instance, run_log *log) {
    size_t calls = 0;
    for (uint32_t i = 0; i < module->nexports && calls < CALLS; i++) {
        const wp_export *export = &module->exports[i];
        wp_extern value;
        wp_diag diag = {0};
        fuzz_require(wp_instance_export(instance, (const char *)export->name.data, export->name.size, &value),
                     "an export is not found", &diag);
        if (value.kind == WP_EXTERN_FUNC) {
            call(store, value, log);
            calls++;
        } else if (value.kind == WP_EXTERN_GLOBAL) {
            wp_value global = wp_global_value(value);
            put(log, wp_is_ref(global.type) ? global.of.ref.bits == 0 : global.of.i64);
        } else if (value.kind == WP_EXTERN_MEMORY) {
            put(log, wp_memory_pages(value));
        }
    }
    put(log, wp_store_fuel(store));
}

/* Instantiates a valid module in a new store and calls what it exports. */
static void run(wp_engine *engine, wp_module *module, run_log *log) {
    wp_store *store = NULL;
    wp_instance *instance = NULL;
    wp_diag diag = {0};
    uint64_t calls = 0;
    if (wp_store_new(engine, &store, &diag) != WP_OK)
        return;
    wp_store_set_fuel(store, FUEL);
    if (define_imports(store, module, &calls)) {
        wp_status status = wp_instantiate(store, module, &instance, &diag);
        /* Two imports of one name may ask for different things. */
        fuzz_require(status == WP_OK || status == WP_TRAP || status == WP_EXHAUSTION || status == WP_UNLINKABLE,
                     "instantiation", &diag);
        put(log, status);
        if (status == WP_OK)
            call_exports(store, module, instance, log);
    }
    wp_store_delete(store);
}

/* The module's encoding, decoded and validated. */
static wp_module *reencoded(wp_engine *engine, const wp_module *module) {
    wp_module *copy = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    wp_diag diag = {0};
    fuzz_require(wp_module_encode(module, &bytes, &size, &diag) == WP_OK, "encoding", &diag);
    fuzz_require(wp_module_decode(engine, bytes, size, &copy, &diag) == WP_OK, "decoding what was encoded", &diag);
    fuzz_require(wp_module_validate(copy, &diag) == WP_OK, "validating what was encoded", &diag);
    wp_buffer_free(engine, bytes, size);
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_module *module = NULL;
    wp_diag diag = {0};
    if (engine == NULL)
        return 0;
    fuzz_limit(engine, "call_depth", 200);
    fuzz_limit(engine, "stack_cells", 20000);
    fuzz_limit(engine, "memory_pages", 20);
    fuzz_limit(engine, "table_elements", 10000);
    fuzz_limit(engine, "locals", 2000);
    if (wp_module_decode(engine, data, size, &module, &diag) == WP_OK) {
        wp_status status = wp_module_validate(module, &diag);
        fuzz_require(status != WP_CRASH, "validation", &diag);
        if (status == WP_OK) {
            static const run_log empty = {.count = 0};
            run_log first = empty, second = empty;
            wp_module *copy = reencoded(engine, module);
            run(engine, module, &first);
            run(engine, copy, &second);
            fuzz_require(first.count == second.count &&
                             memcmp(first.words, second.words, first.count * sizeof *first.words) == 0,
                         "the encoded module behaves differently", &diag);
            wp_module_delete(copy);
        }
    }
    wp_module_delete(module);
    wp_engine_delete(engine);
    return 0;
}
