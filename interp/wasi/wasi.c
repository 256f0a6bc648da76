/* wasi.c: the state of a program, and how its calls come to the handlers; see wasi.h and call.h. */
#include "wasi/file.h"

#include <string.h>
#include <unistd.h>

/* ---- Storage ------------------------------------------------------------------------------------------------- */

static bool copy_strings(wasi *w, const char *const *strings, size_t count, wasi_strings *out) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += strlen(strings[i]) + 1;
    if (size == 0)
        return true;
    char *bytes = wp_alloc(&w->allocator, size, 1);
    if (bytes == NULL)
        return false;
    *out = (wasi_strings){bytes, size, count};
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(strings[i]) + 1;
        memcpy(bytes, strings[i], length);
        bytes += length;
    }
    return true;
}

static wp_status fill(wasi *w, const wasi_options *options, wp_diag *diag) {
    if (!copy_strings(w, options->arguments, options->narguments, &w->arguments) ||
        !copy_strings(w, options->environment, options->nenvironment, &w->environment))
        return wp_fail_memory(diag);
    return wasi_files_open(w, options, diag);
}

wp_status wasi_new(const wasi_options *options, wasi **out, wp_diag *diag) {
    const wp_allocator *a = options->allocator == NULL ? &wp_libc_allocator : options->allocator;
    wasi *w = wp_alloc(a, 1, sizeof *w);
    if (w == NULL)
        return wp_fail_memory(diag);
    w->allocator = *a;
    w->walk = options->walk;
    for (size_t i = 0; i < 2 * (size_t)WASI_FUNCS; i++)
        w->funcs[i / WASI_FUNCS][i % WASI_FUNCS] = (wasi_func){w, i % WASI_FUNCS, i >= WASI_FUNCS};
    wp_status status = fill(w, options, diag);
    if (status == WP_OK)
        *out = w;
    else
        wasi_delete(w);
    return status;
}

void wasi_delete(wasi *w) {
    if (w == NULL)
        return;
    wasi_files_close(w);
    wp_allocator a = w->allocator;
    wp_free(&a, w->arguments.bytes, w->arguments.size, 1);
    wp_free(&a, w->environment.bytes, w->environment.size, 1);
    wp_free(&a, w, 1, sizeof *w);
}

void wasi_set_memory(wasi *w, wp_extern memory) {
    w->memory = memory;
    w->has_memory = true;
}

/* ---- Calls --------------------------------------------------------------------------------------------------- */

typedef struct row {
    const char *name;
    const char *params;
    int right;
    wasi_handler handler;
} row;

static const row rows[] = {
#define WASI_FUNC(name, parameters, right, handler) {#name, parameters, WASI_##right, wasi_do_##handler},
#include "wasi/func.def"
};

/* All but one function return an error code. */
static bool has_result(const row *r) {
    return r->handler != wasi_do_proc_exit;
}

/* Checks the target of pointer parameter i, unless the handler does. */
static wasi_error check_param(wasi_call *c, char letter, size_t i) {
    switch (letter) {
    case 'b': return wasi_check(c, c->args[i], c->args[i + 1]);
    case '4': return wasi_check(c, c->args[i], 4);
    case '8': return wasi_check(c, c->args[i], 8);
    case 's': return wasi_check(c, c->args[i], wasi_word(c));
    case 'P': return wasi_check(c, c->args[i], 2 * wasi_word(c));
    case 'F': return wasi_check(c, c->args[i], WASI_FDSTAT_SIZE);
    case 'S': return wasi_check(c, c->args[i], WASI_FILESTAT_SIZE);
    default: return WASI_SUCCESS;
    }
}

/* Checks the ranges that parameters point to, finds the descriptor, and runs the handler. */
static wasi_error carry_out(wasi_call *c, const row *r) {
    for (size_t i = 0; r->params[i] != '\0'; i++)
        WASI_TRY(check_param(c, r->params[i], i));
    if (r->right != WASI_NONE)
        WASI_TRY(wasi_file_get(c->w, c->args[0], (uint64_t)r->right, &c->file));
    return r->handler(c);
}

static wp_status callback(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    const wasi_func *func = ctx;
    const row *r = &rows[func->row];
    wasi_call c = {.w = func->w, .store = store, .wide = func->wide, .status = WP_OK, .diag = diag};
    for (size_t i = 0; r->params[i] != '\0'; i++)
        c.args[i] = args[i].type == WP_T_I32 ? args[i].of.i32 : args[i].of.i64;
    wasi_error error = carry_out(&c, r);
    while (c.nopened > 0)
        (void)close(c.opened[--c.nopened]);
    if (has_result(r))
        results[0].of.i32 = error;
    return c.status;
}

/* ---- Definitions --------------------------------------------------------------------------------------------- */

static const char module_name[] = "wasi_snapshot_preview1";

/* The types of a function's parameters. Returns how many they are. */
static size_t param_types(const row *r, bool wide, wp_valtype types[WASI_MOST_PARAMS]) {
    size_t count = strlen(r->params);
    for (size_t i = 0; i < count; i++)
        types[i] = r->params[i] == 'd' || (r->params[i] != 'w' && wide) ? WP_T_I64 : WP_T_I32;
    return count;
}

static wp_status define(wasi *w, wp_store *store, size_t i, bool wide, wp_diag *diag) {
    static const wp_valtype result = WP_T_I32;
    wp_valtype params[WASI_MOST_PARAMS];
    wp_extern func;
    const row *r = &rows[i];
    size_t count = param_types(r, wide, params);
    WP_TRY(
        wp_func_new(store, params, count, &result, has_result(r) ? 1 : 0, callback, &w->funcs[wide][i], &func, diag));
    return wp_store_define(store, module_name, sizeof module_name - 1, r->name, strlen(r->name), func, diag);
}

static bool has_params(const wp_functype *type, const row *r, bool wide) {
    wp_valtype params[WASI_MOST_PARAMS];
    size_t count = param_types(r, wide, params);
    return type->nparams == count && (count == 0 || memcmp(type->params, params, count * sizeof *params) == 0);
}

static bool is_named(const char *name, size_t size, const char *wanted) {
    return strlen(wanted) == size && memcmp(name, wanted, size) == 0;
}

/* Defines a function again with the other pointer type, where an import demands it. */
static wp_status define_import(wasi *w, wp_store *store, bool wide, const wp_module *module, size_t i, wp_diag *diag) {
    wp_import_info import = wp_module_import(module, i);
    if (import.kind != WP_EXTERN_FUNC || !is_named(import.module, import.module_size, module_name))
        return WP_OK;
    wp_functype type = wp_module_import_type(module, i);
    for (size_t k = 0; k < WASI_FUNCS; k++)
        if (is_named(import.name, import.name_size, rows[k].name))
            return !has_params(&type, &rows[k], wide) && has_params(&type, &rows[k], !wide)
                       ? define(w, store, k, !wide, diag)
                       : WP_OK;
    return WP_OK;
}

wp_status wasi_define(wasi *w, wp_store *store, wp_valtype pointer, const wp_module *module, wp_diag *diag) {
    bool wide = pointer == WP_T_I64;
    wp_status status = WP_OK;
    for (size_t i = 0; i < WASI_FUNCS && status == WP_OK; i++)
        status = define(w, store, i, wide, diag);
    for (size_t i = 0; module != NULL && i < wp_module_import_count(module) && status == WP_OK; i++)
        status = define_import(w, store, wide, module, i, diag);
    return status;
}
