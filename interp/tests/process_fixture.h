/* process_fixture.h: what tests of processes share: an engine whose memory is counted, and short ways to load and call.
 */
#ifndef WP_PROCESS_FIXTURE_H
#define WP_PROCESS_FIXTURE_H

#include "wasmproc.h"

#include "guarded.h"
#include "tap.h"

typedef struct fixture {
    tap *t;
    failing f;
    wp_allocator allocator;
    wp_engine *engine;
    wp_backend backend; /* of the processes made; sparse unless set */
    wp_diag diag;       /* of the last operation that could fail */
} fixture;

static inline void open_fixture_from(fixture *x, tap *t,
                                     void *(*source)(void *start, size_t old_size, size_t new_size)) {
    *x = (fixture){.t = t, .f.source = source};
    x->allocator = failing_allocator(&x->f);
    x->engine = wp_engine_new(&x->allocator);
    if (x->engine == NULL)
        exit(1);
}

static inline void open_fixture(fixture *x, tap *t) {
    open_fixture_from(x, t, NULL);
}

/* For tests that allocate little: what leaves a block is stopped. */
static inline void open_guarded_fixture(fixture *x, tap *t) {
    open_fixture_from(x, t, guarded_block);
}

static inline void close_fixture(fixture *x, const char *name) {
    wp_engine_delete(x->engine);
    tap_ok(x->t, EQ(x->f.live, 0) && EQ(x->f.mistakes, 0), "%s: all memory is given back", name);
}

/* True when the last operation failed with this status and a message that begins so. */
static inline bool failed_with(const fixture *x, wp_status got, wp_status status, const char *text) {
    bool as_expected = got == status && strncmp(x->diag.message, text, strlen(text)) == 0;
    if (!as_expected)
        tap_note("%s: %s", wp_status_name(got), x->diag.message);
    return as_expected;
}

static inline wp_status create(fixture *x, wp_valtype pointer, uint64_t pages, uint64_t stack, wp_process **out) {
    wp_process_desc desc = {.pointer = pointer, .pages = pages, .stack = stack, .backend = x->backend};
    x->diag = (wp_diag){.status = WP_OK};
    return wp_process_new(x->engine, &desc, out, &x->diag);
}

/* A process that must come to be. */
static inline wp_process *created(fixture *x, wp_valtype pointer, uint64_t pages, uint64_t stack) {
    wp_process *p = NULL;
    if (create(x, pointer, pages, stack, &p) != WP_OK) {
        printf("Bail out! %s\n", x->diag.message);
        exit(1);
    }
    return p;
}

/* A valid module from its text. */
static inline wp_module *parsed(fixture *x, const char *text) {
    wp_module *module = NULL;
    x->diag = (wp_diag){.status = WP_OK};
    if (wp_module_parse(x->engine, text, strlen(text), &module, &x->diag) != WP_OK ||
        wp_module_validate(module, &x->diag) != WP_OK) {
        printf("Bail out! %s in %s\n", x->diag.message, text);
        exit(1);
    }
    return module;
}

/* Loads a module from its text. */
static inline wp_status load(fixture *x, wp_process *p, const char *text, wp_instance **out) {
    wp_instance *instance;
    wp_module *module = parsed(x, text);
    wp_status status = wp_process_load(p, module, out == NULL ? &instance : out, &x->diag);
    wp_module_delete(module);
    return status;
}

static inline wp_instance *loaded(fixture *x, wp_process *p, const char *text) {
    wp_instance *instance = NULL;
    if (load(x, p, text, &instance) != WP_OK) {
        printf("Bail out! %s in %s\n", x->diag.message, text);
        exit(1);
    }
    return instance;
}

/* Calls an export with up to two integer arguments, converted to its parameters' types. *result is its result, if it
 * has one. */
static inline wp_status call(fixture *x, wp_store *store, wp_instance *instance, const char *name, uint64_t a,
                             uint64_t b, uint64_t *result) {
    wp_extern func;
    x->diag = (wp_diag){.status = WP_OK};
    if (!wp_instance_export(instance, name, strlen(name), &func)) {
        printf("Bail out! no export %s\n", name);
        exit(1);
    }
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
    wp_status status = wp_call(store, func, args, type.nparams, results, type.nresults, &x->diag);
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
