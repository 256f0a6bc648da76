/* core_fixture.h: what tests of the core embedding share: an engine whose memory is counted, a store, and short ways to
 * instantiate modules written as text, to call, and to compare.
 */
#ifndef WP_CORE_FIXTURE_H
#define WP_CORE_FIXTURE_H

#include "wasmproc.h"

#include "failing.h"
#include "tap.h"

typedef struct core {
    tap *t;
    failing f;
    wp_allocator allocator;
    wp_engine *engine;
    wp_store *store;
    wp_diag diag; /* of the last operation that could fail */
} core;

#define BAIL_OUT(x, where)                                                                                             \
    do {                                                                                                               \
        printf("Bail out! %s: %.500s\n", (x)->diag.message, (where));                                                  \
        exit(1);                                                                                                       \
    } while (0)

static inline void core_open(core *x, tap *t) {
    *x = (core){.t = t};
    x->allocator = failing_allocator(&x->f);
    x->engine = wp_engine_new(&x->allocator);
    if (x->engine == NULL || wp_store_new(x->engine, &x->store, &x->diag) != WP_OK)
        BAIL_OUT(x, "no store");
}

static inline void core_close(core *x, const char *name) {
    wp_store_delete(x->store);
    wp_engine_delete(x->engine);
    tap_ok(x->t, EQ(x->f.live, 0) && EQ(x->f.mistakes, 0), "%s: all memory is given back", name);
}

static inline void core_limit(core *x, const char *name, uint64_t value) {
    if (!wp_limit_set(x->engine, name, value))
        BAIL_OUT(x, name);
}

/* Parses a text that must be well-formed. */
static inline wp_module *core_parse(core *x, const char *text) {
    wp_module *module = NULL;
    x->diag = (wp_diag){.status = WP_OK};
    if (wp_module_parse(x->engine, text, strlen(text), &module, &x->diag) != WP_OK)
        BAIL_OUT(x, text);
    return module;
}

/* The status of a module's validation; its error is in x->diag. */
static inline wp_status core_validate(core *x, const char *text) {
    wp_module *module = core_parse(x, text);
    wp_status status = wp_module_validate(module, &x->diag);
    wp_module_delete(module);
    return status;
}

/* Instantiates a valid module in the store. */
static inline wp_status core_instantiate(core *x, const char *text, wp_instance **out) {
    wp_instance *instance = NULL;
    wp_module *module = core_parse(x, text);
    if (wp_module_validate(module, &x->diag) != WP_OK)
        BAIL_OUT(x, text);
    wp_status status = wp_instantiate(x->store, module, out == NULL ? &instance : out, &x->diag);
    wp_module_delete(module);
    return status;
}

/* The same, for a module that must come to be. */
static inline wp_instance *core_instance(core *x, const char *text) {
    wp_instance *instance = NULL;
    if (core_instantiate(x, text, &instance) != WP_OK)
        BAIL_OUT(x, text);
    return instance;
}

static inline wp_extern core_export(core *x, const wp_instance *instance, const char *name) {
    wp_extern value = {WP_EXTERN_FUNC, NULL};
    if (!wp_instance_export(instance, name, strlen(name), &value))
        BAIL_OUT(x, name);
    return value;
}

static inline void core_define(core *x, const char *module, const char *name, wp_extern value) {
    if (wp_store_define(x->store, module, strlen(module), name, strlen(name), value, &x->diag) != WP_OK)
        BAIL_OUT(x, name);
}

static inline void core_register(core *x, const char *name, wp_instance *instance) {
    if (wp_store_register(x->store, name, strlen(name), instance, &x->diag) != WP_OK)
        BAIL_OUT(x, name);
}

static inline wp_value core_i32(uint32_t bits) {
    return (wp_value){.type = WP_T_I32, .of = {.i32 = bits}};
}

static inline wp_value core_i64(uint64_t bits) {
    return (wp_value){.type = WP_T_I64, .of = {.i64 = bits}};
}

static inline wp_value core_ref(wp_valtype type, wp_ref ref) {
    return (wp_value){.type = type, .of = {.ref = ref}};
}

/* Calls an exported function. */
static inline wp_status core_call(core *x, const wp_instance *instance, const char *name, const wp_value *args,
                                  size_t nargs, wp_value *results, size_t nresults) {
    wp_extern func = core_export(x, instance, name);
    x->diag = (wp_diag){.status = WP_OK};
    return wp_call(x->store, func, args, nargs, results, nresults, &x->diag);
}

/* Calls an exported function of i32 parameters and an i32 result. On failure the result is a value that no test
 * expects. */
static inline uint32_t core_call_i32(core *x, const wp_instance *instance, const char *name, size_t nargs,
                                     const uint32_t *numbers) {
    wp_value args[8], result = core_i32(0xDEADBEEF);
    for (size_t i = 0; i < nargs && i < 8; i++)
        args[i] = core_i32(numbers[i]);
    if (core_call(x, instance, name, args, nargs, &result, 1) != WP_OK)
        tap_note("%s: %s", name, x->diag.message);
    return result.of.i32;
}

/* Calls an exported function of no parameters and no results. */
static inline wp_status core_run(core *x, const wp_instance *instance, const char *name) {
    return core_call(x, instance, name, NULL, 0, NULL, 0);
}

/* True when an operation ended with this status and a message that begins so. */
static inline bool core_failed(const core *x, wp_status got, wp_status status, const char *text) {
    bool as_expected = got == status && x->diag.status == status && strncmp(x->diag.message, text, strlen(text)) == 0;
    if (!as_expected)
        tap_note("%s: %s; expected %s: %s", wp_status_name(got), x->diag.message, wp_status_name(status), text);
    return as_expected;
}

#endif
