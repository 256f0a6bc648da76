/* process_fixture.h: short ways to create processes, to load modules into them, to call and to map; and a module that
 * uses the platform and the memory. */
#ifndef WP_PROCESS_FIXTURE_H
#define WP_PROCESS_FIXTURE_H

#include "fixture.h"

#define PAGE ((uint64_t)WP_PAGE_SIZE)

/* A condition: an access traps. */
#define TRAPS(x, found) FAILS(x, found, WP_TRAP, "out of bounds memory access")

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

/* ---- Tools --------------------------------------------------------------------------------------------------- */

/* A module with a function for each use of the memory. P: the type of pointers; M: that of the memory's addresses.
 * Loads of bytes are on line 6. */
#define TOOLS(P, M)                                                                                                    \
    "(module (import \"process\" \"mmap\" (func $mmap (param " P " i64) (result " P ")))\n"                            \
    " (import \"process\" \"munmap\" (func $munmap (param " P " i64) (result i32)))"                                   \
    " (import \"process\" \"discard\" (func $discard (param " P " i64) (result i32)))\n"                               \
    " (import \"env\" \"memory\" (memory " M " 1))\n"                                                                  \
    " (export \"mmap\" (func $mmap)) (export \"munmap\" (func $munmap)) (export \"memory\" (memory 0))"                \
    " (export \"discard\" (func $discard))\n"                                                                          \
    " (func $load8 (export \"load8\") (param " P ") (result i32)\n"                                                    \
    "  (i32.load8_u (local.get 0)))\n"                                                                                 \
    " (func (export \"load64\") (param " P ") (result i64) (i64.load (local.get 0)))\n"                                \
    " (func (export \"store64\") (param " P " i64) (i64.store (local.get 0) (local.get 1)))\n"                         \
    " (func (export \"fill\") (param " P " " P ") (memory.fill (local.get 0) (i32.const 255) (local.get 1)))\n"        \
    " (func (export \"copy\") (param " P " " P ")\n"                                                                   \
    "  (memory.copy (local.get 0) (local.get 1) (" P ".const 16)))\n"                                                  \
    " (func (export \"size\") (result " P ") (memory.size))\n"                                                         \
    " (func (export \"grow\") (param " P ") (result " P ") (memory.grow (local.get 0)))\n"                             \
    " (func (export \"trap\") (unreachable))\n"                                                                        \
    " (func (export \"deep\") (param " P ") (result i32) (local i32 i32)\n"                                            \
    "  (i32.add (i32.const 1) (call $load8 (local.get 0))))\n"                                                         \
    " (func (export \"spin\") (param i32) (result i32)\n"                                                              \
    "  (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))\n"                       \
    "  (call $load8 (" P ".const 0))))"

static inline const char *tools(wp_valtype pointer) {
    return pointer == WP_T_I32 ? TOOLS("i32", "") : TOOLS("i64", "i64");
}

/* The results of wp_process_mmap and wp_process_munmap; 1 and false if the call itself fails. */
static inline uint64_t pmap(wp_process *p, uint64_t hint, uint64_t length) {
    uint64_t address = 1;
    return wp_process_mmap(p, hint, length, &address, NULL) == WP_OK ? address : 1;
}

static inline bool punmap(wp_process *p, uint64_t address, uint64_t length) {
    bool done = false;
    return wp_process_munmap(p, address, length, &done, NULL) == WP_OK && done;
}

#endif
