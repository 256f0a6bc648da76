/* core_fixture.h: short ways to instantiate modules in the store of a fixture, to call, and to make values. */
#ifndef WP_CORE_FIXTURE_H
#define WP_CORE_FIXTURE_H

#include "fixture.h"

/* The status of a module's validation; its error is in x->diag. */
static inline wp_status core_validate(fixture *x, const char *text) {
    wp_module *module = fixture_parse(x, text);
    wp_status status = wp_module_validate(module, &x->diag);
    wp_module_delete(module);
    return status;
}

/* Instantiates a valid module in the store. */
static inline wp_status core_instantiate(fixture *x, const char *text, wp_instance **out) {
    wp_instance *instance = NULL;
    wp_module *module = fixture_module(x, text);
    wp_status status = wp_instantiate(x->store, module, out == NULL ? &instance : out, &x->diag);
    wp_module_delete(module);
    return status;
}

/* The same, for an instantiation that must succeed. */
static inline wp_instance *core_instance(fixture *x, const char *text) {
    wp_instance *instance = NULL;
    fixture_must(x, core_instantiate(x, text, &instance) == WP_OK, text);
    return instance;
}

static inline wp_extern core_export(fixture *x, const wp_instance *instance, const char *name) {
    wp_extern value = {WP_EXTERN_FUNC, NULL};
    fixture_must(x, wp_instance_export(instance, name, strlen(name), &value), name);
    return value;
}

static inline void core_define(fixture *x, const char *module, const char *name, wp_extern value) {
    fixture_must(x, wp_store_define(x->store, module, strlen(module), name, strlen(name), value, &x->diag) == WP_OK,
                 name);
}

static inline void core_register(fixture *x, const char *name, wp_instance *instance) {
    fixture_must(x, wp_store_register(x->store, name, strlen(name), instance, &x->diag) == WP_OK, name);
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
static inline wp_status core_call(fixture *x, const wp_instance *instance, const char *name, const wp_value *args,
                                  size_t nargs, wp_value *results, size_t nresults) {
    wp_extern func = core_export(x, instance, name);
    return wp_call(x->store, func, args, nargs, results, nresults, fresh(x));
}

/* Calls an exported function of i32 parameters and an i32 result. The result of a failed call is 0xDEADBEEF. */
static inline uint32_t core_call_i32(fixture *x, const wp_instance *instance, const char *name, size_t nargs,
                                     const uint32_t *numbers) {
    wp_value args[8], result = core_i32(0xDEADBEEF);
    for (size_t i = 0; i < nargs && i < 8; i++)
        args[i] = core_i32(numbers[i]);
    if (core_call(x, instance, name, args, nargs, &result, 1) != WP_OK)
        tap_note("%s: %s", name, x->diag.message);
    return result.of.i32;
}

/* Calls an exported function without parameters and results. */
static inline wp_status core_run(fixture *x, const wp_instance *instance, const char *name) {
    return core_call(x, instance, name, NULL, 0, NULL, 0);
}

#endif
