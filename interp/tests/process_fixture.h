/* process_fixture.h: short ways to create processes, to load modules into them, and to call. */
#ifndef WP_PROCESS_FIXTURE_H
#define WP_PROCESS_FIXTURE_H

#include "fixture.h"

static inline wp_status create(fixture *x, wp_valtype pointer, uint64_t pages, uint64_t stack, wp_process **out) {
    wp_process_desc desc = {.pointer = pointer, .pages = pages, .stack = stack, .backend = x->backend};
    return wp_process_new(x->engine, &desc, out, fresh(x));
}

/* The same, for a creation that must succeed. */
static inline wp_process *created(fixture *x, wp_valtype pointer, uint64_t pages, uint64_t stack) {
    wp_process *p = NULL;
    fixture_must(x, create(x, pointer, pages, stack, &p) == WP_OK, "no process");
    return p;
}

/* Loads a valid module from its text. */
static inline wp_status load(fixture *x, wp_process *p, const char *text, wp_instance **out) {
    wp_instance *instance;
    wp_module *module = fixture_module(x, text);
    wp_status status = wp_process_load(p, module, out == NULL ? &instance : out, &x->diag);
    wp_module_delete(module);
    return status;
}

/* The same, for a load that must succeed. */
static inline wp_instance *loaded(fixture *x, wp_process *p, const char *text) {
    wp_instance *instance = NULL;
    fixture_must(x, load(x, p, text, &instance) == WP_OK, text);
    return instance;
}

/* Calls an export with up to two integer arguments, converted to its parameters' types. *result is its result, if it
 * has one. */
static inline wp_status call(fixture *x, wp_store *store, wp_instance *instance, const char *name, uint64_t a,
                             uint64_t b, uint64_t *result) {
    wp_extern func;
    fixture_must(x, wp_instance_export(instance, name, strlen(name), &func), name);
    wp_functype type = wp_func_type(func);
    wp_value args[2], results[1];
    for (size_t i = 0; i < type.nparams; i++) {
        uint64_t value = i == 0 ? a : b;
        args[i] = (wp_value){.type = type.params[i]};
        if (type.params[i] == WP_T_I32)
            args[i].of.i32 = (uint32_t)value;
        else
            args[i].of.i64 = value;
    }
    wp_status status = wp_call(store, func, args, type.nparams, results, type.nresults, fresh(x));
    if (status == WP_OK && type.nresults == 1 && result != NULL)
        *result = results[0].type == WP_T_I32 ? results[0].of.i32 : results[0].of.i64;
    return status;
}

/* The result of a call that must succeed. */
static inline uint64_t called(fixture *x, wp_store *store, wp_instance *instance, const char *name, uint64_t a,
                              uint64_t b) {
    uint64_t result = 0;
    wp_status status = call(x, store, instance, name, a, b, &result);
    if (status != WP_OK)
        tap_note("%s(%llu, %llu): %s", name, (unsigned long long)a, (unsigned long long)b, x->diag.message);
    return status == WP_OK ? result : 0xBAD;
}

#endif
