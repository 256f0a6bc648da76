/* dynamic.c: the loader for modules, which import it from "process", and for the embedder; and the end that a program
 * makes of itself.
 *
 * For modules failure is a result, and nothing traps. What ends a constructor other than a trap ends the call that
 * loaded it, too: fuel that has run out, an exit.
 */
#include "process/load/loader.h"
#include "process/load/resolve.h"

#include <string.h>

/* ---- Life ---------------------------------------------------------------------------------------------------- */

void wp_dynamic_open(wp_process *process) {
    const wp_allocator *a = &process->engine->allocator;
    wp_dictionary_init(&process->dictionary, process->engine);
    wp_index_init(&process->libraries_by_uri, a);
    wp_index_init(&process->libraries_by_instance, a);
    wp_index_init(&process->symbols, a);
    process->next_id = WP_OWNER_STACK + 1;
}

/* Instances stay with the store, so that handles remain valid. */
void wp_dynamic_close(wp_process *process) {
    while (process->nlibraries != 0) {
        wp_library *library = process->libraries[process->nlibraries - 1];
        wp_slots_release(library);
        wp_library_remove(library);
    }
    wp_free(&process->engine->allocator, process->libraries, process->libraries_capacity, sizeof *process->libraries);
    process->libraries = NULL;
    wp_slots_close(process);
    wp_index_release(&process->libraries_by_uri);
    wp_index_release(&process->libraries_by_instance);
    wp_index_release(&process->symbols);
    wp_dictionary_release(&process->dictionary);
}

/* ---- Symbols ------------------------------------------------------------------------------------------------- */

static wp_status find_symbol(wp_library *library, wp_bytes name, uint64_t *out, wp_diag *diag) {
    wp_func_slot *added = NULL;
    const wp_export *export = wp_module_find_export(library->module, (const char *)name.data, name.size);
    if (export == NULL)
        return wp_fail(diag, WP_UNLOADABLE, "unresolved symbol: %.*s", (int)name.size, (const char *)name.data);
    return wp_resolve_address(library, export, &added, out, diag);
}

/* ---- For modules --------------------------------------------------------------------------------------------- */

/* Reads a name from memory, whole or not at all (rule access.host), into a block that the caller frees. False: it is
 * not in memory, or there is not enough of that, or it is longer than the longest that there could be. */
static bool read_name(wp_process *process, const wp_value *args, uint64_t longest, wp_bytes *out) {
    uint64_t address = wp_pointer_arg(&args[0]), size = wp_pointer_arg(&args[1]);
    const wp_allocator *a = &process->engine->allocator;
    RULE(&process->engine->cover, dl_name);
    if (size > longest)
        return false;
    uint8_t *bytes = wp_alloc(a, (size_t)size, 1);
    if (bytes == NULL)
        return false;
    *out = (wp_bytes){bytes, (size_t)size};
    if (wp_mem_read(process->memory, address, bytes, size) == WP_TRAP_none)
        return true;
    wp_free(a, bytes, (size_t)size, 1);
    return false;
}

static void free_name(wp_process *process, wp_bytes name) {
    wp_free(&process->engine->allocator, (uint8_t *)(uintptr_t)name.data, name.size, 1);
}

/* process.load : (name: ptr, length: ptr) -> i32 */
static wp_status host_load(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    wp_library *library = NULL;
    wp_bytes name;
    wp_diag own = {.status = WP_OK};
    WP_TRY(wp_process_check(process, diag));
    RULE(&process->engine->cover, dl_load);
    if (read_name(process, args, process->dictionary.longest, &name)) {
        wp_status status = wp_loader_library(process, name, &library, &own);
        free_name(process, name);
        if (status != WP_OK && (store->closed || process->code_ended))
            return wp_fail_like(diag, status, &own, "%s", own.message);
    }
    if (library == NULL)
        RULE(&process->engine->cover, dl_load_failure);
    else
        library->handles++;
    results[0].of.i32 = library == NULL ? 0 : library->id;
    return WP_OK;
}

/* process.symbol : (handle: i32, name: ptr, length: ptr) -> ptr */
static wp_status host_symbol(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store;
    WP_TRY(wp_process_check(process, diag));
    wp_library *library = wp_library_find_id(process, args[0].of.i32);
    uint64_t address = 0; /* stays so where there is no such symbol */
    wp_bytes name;
    RULE(&process->engine->cover, dl_symbol);
    if (library != NULL && read_name(process, args + 1, library->longest_export, &name)) {
        (void)find_symbol(library, name, &address, NULL);
        free_name(process, name);
    }
    wp_pointer_result(&results[0], address);
    return WP_OK;
}

/* Takes back a load that a module made: those of the embedder, who relies on them, are not the modules' to take back. */
static bool take_back(wp_library *library) {
    if (library == NULL || library->handles == 0)
        return false;
    library->handles--;
    if (wp_loader_unload(library, NULL) == WP_OK)
        return true;
    library->handles++;
    return false;
}

/* process.unload : (handle: i32) -> i32 */
static wp_status host_unload(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store;
    WP_TRY(wp_process_check(process, diag));
    RULE(&process->engine->cover, dl_unload);
    results[0].of.i32 = take_back(wp_library_find_id(process, args[0].of.i32)) ? 1 : 0;
    return WP_OK;
}

/* process.exit : (code: i32) -> (). The process has ended as soon as all its calls have. */
static wp_status host_exit(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)results;
    WP_TRY(wp_process_check(process, diag));
    RULE(&process->engine->cover, process_exit);
    store->closed = true;
    return wp_store_exit(store, args[0].of.i32, diag);
}

static wp_status make_func(wp_process *process, const wp_valtype *params, size_t nparams, wp_valtype result,
                           wp_host_func callback, wp_func **out, wp_diag *diag) {
    wp_extern func;
    WP_TRY(wp_func_new(process->store, params, nparams, &result, result == WP_T_NONE ? 0 : 1, callback, process, &func,
                       diag));
    *out = func.object;
    return WP_OK;
}

wp_status wp_dynamic_init(wp_process *process, wp_diag *diag) {
    wp_valtype p = process->desc.pointer;
    wp_valtype name[] = {p, p}, symbol[] = {WP_T_I32, p, p}, number[] = {WP_T_I32};
    WP_TRY(make_func(process, name, 2, WP_T_I32, host_load, &process->load, diag));
    WP_TRY(make_func(process, symbol, 3, p, host_symbol, &process->symbol, diag));
    WP_TRY(make_func(process, number, 1, WP_T_I32, host_unload, &process->unload, diag));
    return make_func(process, number, 1, WP_T_NONE, host_exit, &process->exit, diag);
}

/* ---- For the embedder ---------------------------------------------------------------------------------------- */

static wp_bytes bytes_of(const char *text, size_t size) {
    return (wp_bytes){(const uint8_t *)text, size};
}

wp_status wp_process_bind_all(wp_process *process, const wp_entry_desc *entries, size_t count, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag));
    size_t before = process->dictionary.entries.count;
    for (size_t i = 0; i < count; i++) {
        const wp_entry_desc *e = &entries[i];
        wp_status status = wp_dictionary_bind(&process->dictionary, bytes_of(e->name, e->name_size),
                                              bytes_of(e->uri, e->uri_size), e->digest, diag);
        if (status != WP_OK) {
            wp_dictionary_shorten(&process->dictionary, before);
            return status;
        }
    }
    return WP_OK;
}

wp_status wp_process_bind(wp_process *process, const char *name, size_t name_size, const char *uri, size_t uri_size,
                          const uint8_t *digest, wp_diag *diag) {
    wp_entry_desc entry = {name, name_size, uri, uri_size, digest};
    return wp_process_bind_all(process, &entry, 1, diag);
}

wp_status wp_process_load(wp_process *process, wp_module *module, wp_instance **out, wp_diag *diag) {
    wp_library *library = NULL;
    WP_TRY(wp_process_check(process, diag));
    if (!module->validated)
        return wp_fail(diag, WP_CRASH, "the module has not been validated");
    if (module->engine != process->engine)
        return wp_fail(diag, WP_CRASH, "the module belongs to another engine");
    WP_TRY(wp_loader_load(process, module, &library, diag));
    *out = library->instance;
    return WP_OK;
}

wp_status wp_process_load_library(wp_process *process, const char *name, size_t size, wp_instance **out,
                                  wp_diag *diag) {
    wp_library *library = NULL;
    WP_TRY(wp_process_check(process, diag));
    WP_TRY(wp_loader_library(process, bytes_of(name, size), &library, diag));
    *out = library->instance;
    return WP_OK;
}

/* The library of an instance, as long as it is loaded. */
static wp_status find_library(wp_process *process, const wp_instance *instance, wp_library **out, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag));
    *out = wp_library_find_instance(process, instance);
    return *out == NULL ? wp_fail(diag, WP_REFUSED, "the instance is not loaded in this process") : WP_OK;
}

wp_status wp_process_unload(wp_process *process, wp_instance *instance, wp_diag *diag) {
    wp_library *library = NULL;
    WP_TRY(find_library(process, instance, &library, diag));
    if (library->holds != 0 && library->holds == library->handles)
        return wp_fail(diag, WP_REFUSED, "library still needed: the loads that are left are those of modules");
    return wp_loader_unload(library, diag);
}

wp_status wp_process_symbol(wp_process *process, wp_instance *instance, const char *name, size_t size,
                            uint64_t *address, wp_diag *diag) {
    wp_library *library = NULL;
    wp_diag own = {.status = WP_OK};
    WP_TRY(find_library(process, instance, &library, diag));
    if (find_symbol(library, bytes_of(name, size), address, &own) == WP_OK)
        return WP_OK;
    return wp_fail_like(diag, WP_REFUSED, &own, "%s", own.message);
}

static wp_page_state page_state(space_state state) {
    static const wp_page_state states[] = {
        [SPACE_FREE] = WP_PAGE_FREE,   [SPACE_MAPPED] = WP_PAGE_MAPPED,       [SPACE_RESERVED] = WP_PAGE_RESERVED,
        [SPACE_GUARD] = WP_PAGE_GUARD, [SPACE_PROTECTED] = WP_PAGE_PROTECTED,
    };
    return states[state];
}

static wp_bytes owner_name(const wp_process *process, uint32_t owner) {
    const wp_library *library = wp_library_find_id(process, owner);
    if (owner == WP_OWNER_STACK)
        return bytes_of("stack", 5);
    /* Nobody's, or of a library that is gone, from which the host could not take them back. */
    return library != NULL ? wp_library_name(library) : bytes_of("", 0);
}

/* Of a process that has ended while code of it ran, the map is there until it is used again. */
wp_status wp_process_range(wp_process *process, uint64_t page, wp_range_info *out, wp_diag *diag) {
    if (process->space == NULL)
        return wp_process_check(process, diag);
    if (page >= process->desc.pages)
        return wp_fail(diag, WP_REFUSED, "page %llu is not in the address space", (unsigned long long)page);
    space_range range = space_range_at(process->space, page);
    wp_bytes owner = owner_name(process, range.owner);
    *out = (wp_range_info){range.first, range.count, page_state(range.state), (const char *)owner.data, owner.size};
    return WP_OK;
}
