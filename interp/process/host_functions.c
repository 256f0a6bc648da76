/* host_functions.c: the functions that modules import from "process" (process model, labels platform and
 * dynamic).
 *
 * To modules, failure is a result and never a trap. If code that a load runs exhausts a limit or exits, the call of the
 * host function ends as well. No code of a process that has ended runs: the store refuses its calls.
 */
#include "base/utf8.h"
#include "process/load/library.h"
#include "process/process.h"

#include <stdio.h>
#include <string.h>

static uint64_t pointer_arg(const wp_value *arg) {
    return arg->type == WP_T_I32 ? arg->of.i32 : arg->of.i64;
}

/* ---- Pages --------------------------------------------------------------------------------------------------- */

/* process.mmap : (hint: ptr, length: i64) -> ptr */
static wp_status host_mmap(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store, (void)diag;
    /* rules: mmap.hint.free, mmap.length.round, mmap.length.too-large, process.isolation */
    uint64_t address = wp_platform_mmap(process, pointer_arg(&args[0]), args[1].of.i64);
    results[0] = wp_pointer_value(results[0].type, address);
    return WP_OK;
}

/* process.munmap : (addr: ptr, length: i64) -> i32 */
static wp_status host_munmap(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store, (void)diag;
    /* rules: munmap.length, munmap.true, process.no-module-isolation */
    results[0].of.i32 = wp_platform_munmap(process, pointer_arg(&args[0]), args[1].of.i64) ? 1 : 0;
    return WP_OK;
}

/* process.discard : (addr: ptr, length: i64) -> i32 */
static wp_status host_discard(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store, (void)diag;
    /* rules: discard.length, discard.true */
    results[0].of.i32 = wp_platform_discard(process, pointer_arg(&args[0]), args[1].of.i64) ? 1 : 0;
    return WP_OK;
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

/* Copies a name from memory, whole or not at all (rule access.host); the caller frees it. False: it is not accessible,
 * is longer than any that exists, or the host is out of memory. */
static bool read_name(wp_process *process, const wp_value *args, uint64_t longest, wp_bytes *out) {
    uint64_t address = pointer_arg(&args[0]), size = pointer_arg(&args[1]); /* rule: dl.name */
    const wp_allocator *a = &process->engine->allocator;
    RULE(process->engine, dl_name);
    if (size > longest)
        return false;
    uint8_t *bytes = wp_alloc(a, (size_t)size, 1);
    if (bytes == NULL)
        return false;
    *out = (wp_bytes){bytes, (size_t)size};                                 /* rule: dl.name */
    if (wp_mem_read(process->memory, address, bytes, size) == WP_TRAP_none) /* rule: dl.name */
        return true;
    wp_free(a, bytes, (size_t)size, 1); /* rule: dl.name */
    return false;
}

static void free_name(wp_process *process, wp_bytes name) {
    wp_free(&process->engine->allocator, (uint8_t *)(uintptr_t)name.data, name.size, 1);
}

/* Keeps the text of a failed load. Its names may be any bytes: those that are not UTF-8 become '?'. */
static void keep_error(wp_process *process, const char *text) {
    size_t size = strlen(text), length;
    RULE(process->engine, dl_error);
    snprintf(process->error, sizeof process->error, "%s", text); /* rule: dl.error */
    for (size_t i = 0; i < size; i += length == 0 ? 1 : length) {
        length = wp_utf8_length((const uint8_t *)text + i, size - i);
        if (length == 0) /* rule: dl.error */
            process->error[i] = '?';
    }
}

/* process.error : (buffer: ptr, size: ptr) -> ptr */
static wp_status host_error(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store, (void)diag;
    uint64_t address = pointer_arg(&args[0]), size = pointer_arg(&args[1]); /* rule: dl.error.copy */
    const uint8_t *text = (const uint8_t *)process->error;
    size_t length = strlen(process->error), n = length;
    results[0] = wp_pointer_value(results[0].type, 0);
    RULE(process->engine, dl_error_copy);
    if (wp_mem_check(process->memory, address, size) != WP_TRAP_none) /* rule: dl.error.copy */
        return WP_OK;
    if (size < length) /* rule: dl.error.copy */
        n = (size_t)size;
    while ((text[n] & 0xC0) == 0x80) /* rule: dl.error.copy */
        n--;
    results[0] = wp_pointer_value(results[0].type, length);
    /* Without storage the process ends. */
    /* rule: dl.error.copy */
    (void)wp_mem_write(process->memory, address, text, n);
    return WP_OK;
}

/* process.load : (name: ptr, length: ptr) -> i32 */
static wp_status host_load(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    wp_loader *loader = &process->loader;
    wp_library *library = NULL;
    wp_bytes name;
    wp_diag own = {.status = WP_OK};
    RULE(process->engine, dl_load);
    if (read_name(process, args, loader->dictionary.longest, &name)) {
        /* rule: dl.load.failure */
        wp_status status = wp_loader_load_name(loader, name, WP_OPENER_MODULE, &library, &own);
        free_name(process, name);
        if (status != WP_OK && (store->closed || loader->code_ended)) /* rules: dl.load.failure, process.exit */
            return wp_fail_like(diag, status, &own, "%s", own.message);
    }
    if (library == NULL) { /* rules: dl.load.failure, dl.error */
        RULE(process->engine, dl_load_failure);
        keep_error(process, own.status == WP_OK ? "unresolved library: the name can't be read" : own.message);
    }
    results[0].of.i32 = library == NULL ? 0 : library->id; /* rules: dl.load, dl.load.failure */
    return WP_OK;
}

/* process.symbol : (handle: i32, name: ptr, length: ptr) -> ptr */
static wp_status host_symbol(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store, (void)diag;
    wp_library *library = wp_library_find_id(&process->loader, args[0].of.i32);
    uint64_t address = 0; /* rule: dl.symbol */
    wp_bytes name;
    RULE(process->engine, dl_symbol);
    if (library != NULL && read_name(process, args + 1, library->longest_export, &name)) {
        if (wp_loader_symbol(library, name, &address, NULL) != WP_OK)
            address = 0;
        free_name(process, name);
    }
    results[0] = wp_pointer_value(results[0].type, address); /* rule: dl.symbol */
    return WP_OK;
}

/* process.unload : (handle: i32) -> i32 */
static wp_status host_unload(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store, (void)diag;
    wp_library *library = wp_library_find_id(&process->loader, args[0].of.i32);
    RULE(process->engine, dl_unload);
    bool done = library != NULL && wp_loader_unload(library, WP_OPENER_MODULE, NULL) == WP_OK; /* rule: dl.unload */
    results[0].of.i32 = done ? 1 : 0;
    return WP_OK;
}

/* process.exit : (code: i32) -> (). The process ends when all its calls have. */
static wp_status host_exit(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)ctx, (void)results;
    RULE(store->engine, process_exit);
    store->closed = true;
    return wp_store_exit(store, args[0].of.i32, diag); /* rule: process.exit */
}

/* ---- All of them --------------------------------------------------------------------------------------------- */

wp_status wp_process_make_functions(wp_process *process, wp_diag *diag) {
    wp_valtype p = process->desc.pointer;
    const struct {
        wp_platform_name name;
        wp_host_func callback;
        wp_valtype result, params[3];
        size_t nparams;
    } rows[] = {
        {WP_NAME_mmap, host_mmap, p, {p, WP_T_I64}, 2},
        {WP_NAME_munmap, host_munmap, WP_T_I32, {p, WP_T_I64}, 2},
        {WP_NAME_discard, host_discard, WP_T_I32, {p, WP_T_I64}, 2},
        {WP_NAME_load, host_load, WP_T_I32, {p, p}, 2},
        {WP_NAME_symbol, host_symbol, p, {WP_T_I32, p, p}, 3},
        {WP_NAME_unload, host_unload, WP_T_I32, {WP_T_I32}, 1},
        {WP_NAME_error, host_error, p, {p, p}, 2},
        {WP_NAME_exit, host_exit, WP_T_NONE, {WP_T_I32}, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        WP_TRY(wp_func_new(process->store, rows[i].params, rows[i].nparams, &rows[i].result,
                           rows[i].result == WP_T_NONE ? 0 : 1, rows[i].callback, process,
                           &process->loader.platform[rows[i].name], diag));
    return WP_OK;
}
