/* library.c: the modules of a process as the loader sees them; see library.h. */
#include "process/load/library.h"

#include <stdio.h>
#include <string.h>

/* ---- Load order ---------------------------------------------------------------------------------------------- */

wp_status wp_library_add(wp_loader *loader, wp_module *module, wp_bytes uri, wp_library **out, wp_diag *diag) {
    const wp_allocator *a = &loader->engine->allocator;
    if (loader->next_id == 0)
        return wp_fail(diag, WP_EXHAUSTION, "as many modules were loaded into the process as there are handles");
    if (!wp_grow(a, (void **)&loader->libraries, loader->nlibraries, &loader->libraries_capacity, sizeof(wp_library *)))
        return wp_fail_memory(diag);
    wp_library *library = wp_alloc(a, 1, sizeof *library);
    if (library == NULL)
        return wp_fail_memory(diag);
    library->loader = loader;
    library->id = loader->next_id++; /* rule: dl.load */
    library->module = module;
    wp_module_retain(module);
    library->uri = uri;
    if (uri.size != 0) /* rule: load.identity */
        wp_index_insert(&loader->libraries_by_uri, &library->by_uri, uri);
    loader->libraries[loader->nlibraries++] = library;
    *out = library;
    return WP_OK;
}

/* Index in load order of the library with a handle; nlibraries if absent. */
static size_t library_place(const wp_loader *loader, uint32_t id) {
    size_t low = 0, high = loader->nlibraries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (loader->libraries[middle]->id == id)
            return middle;
        if (loader->libraries[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return loader->nlibraries;
}

/* Frees the slots of its functions outside of its own run. */
static void library_disown(wp_library *library) {
    wp_instance *instance = library->instance;
    for (uint32_t i = library->module->nfunc_imports; i < library->module->nfuncs; i++) /* rule: load.unload */
        if (instance->funcs[i]->slot - library->table_base >= library->slots)
            wp_slots_release_func(&library->loader->slots, instance->funcs[i], library->id);
    instance->owner = NULL;
}

static void library_withdraw(wp_library *library);

void wp_library_remove(wp_library *library) {
    wp_loader *loader = library->loader;
    const wp_allocator *a = &loader->engine->allocator;
    size_t place = library_place(loader, library->id);
    loader->nlibraries--;
    memmove(&loader->libraries[place], &loader->libraries[place + 1],
            (loader->nlibraries - place) * sizeof *loader->libraries);
    library_withdraw(library);  /* rules: load.atomic, load.unload */
    if (library->uri.size != 0) /* rule: load.unload */
        wp_index_remove(&loader->libraries_by_uri, &library->by_uri);
    if (library->instance != NULL)
        library_disown(library); /* rule: load.unload */
    if (library->slots != 0)     /* rules: load.atomic, load.unload */
        wp_slots_release(&loader->slots, library->table_base, library->slots, library->id);
    if (library->pages != 0) /* rules: load.reserve, load.atomic, load.unload */
        wp_storage_release(loader->storage, library->first_page, library->pages, library->id);
    wp_dylink_release(&library->dylink);
    wp_free(a, library->needs, library->needs_capacity, sizeof *library->needs);
    wp_module_delete(library->module);
    wp_free(a, library, 1, sizeof *library);
}

/* ---- Finding ------------------------------------------------------------------------------------------------- */

wp_library *wp_library_find_id(const wp_loader *loader, uint32_t id) {
    size_t place = library_place(loader, id);
    return place == loader->nlibraries ? NULL : loader->libraries[place];
}

wp_library *wp_library_find_uri(const wp_loader *loader, wp_bytes uri) { /* rule: load.identity */
    return (wp_library *)wp_index_find(&loader->libraries_by_uri, uri);
}

wp_library *wp_library_find_instance(const wp_loader *loader, const wp_instance *instance) {
    wp_library *library = instance->owner;
    return library != NULL && library->loader == loader ? library : NULL;
}

/* ---- Symbols ------------------------------------------------------------------------------------------------- */

const wp_symbol *wp_symbol_find(const wp_loader *loader, wp_bytes name) { /* rule: load.symbols */
    return (const wp_symbol *)wp_index_find(&loader->symbols, name);
}

wp_status wp_library_publish(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    for (uint32_t i = 0; i < m->nexports; i++) /* rule: dl.symbol */
        if (m->exports[i].name.size > library->longest_export)
            library->longest_export = m->exports[i].name.size;
    if (!library->dylink.present) /* rule: load.symbols */
        return WP_OK;
    library->symbols = wp_alloc(&library->loader->engine->allocator, m->nexports, sizeof *library->symbols);
    if (library->symbols == NULL)
        return wp_fail_memory(diag);
    for (uint32_t i = 0; i < m->nexports; i++) {
        library->symbols[i].library = library;
        library->symbols[i].export = &m->exports[i];
        /* After those of libraries published before, which come before it in load order. rule: load.symbols */
        wp_index_append(&library->loader->symbols, &library->symbols[i].link, m->exports[i].name);
    }
    return WP_OK;
}

static void library_withdraw(wp_library *library) {
    const wp_module *m = library->module;
    if (library->symbols == NULL)
        return;
    for (uint32_t i = 0; i < m->nexports; i++) /* rules: load.atomic, load.unload */
        wp_index_remove(&library->loader->symbols, &library->symbols[i].link);
    wp_free(&library->loader->engine->allocator, library->symbols, m->nexports, sizeof *library->symbols);
}

/* ---- Dependencies -------------------------------------------------------------------------------------------- */

wp_status wp_library_need(wp_library *library, wp_library *needed, wp_diag *diag) {
    if (needed == NULL || needed == library || needed->needed_by == library->id) /* rules: dl.load, load.unload */
        return WP_OK;
    if (!wp_grow(&library->loader->engine->allocator, (void **)&library->needs, library->nneeds,
                 &library->needs_capacity, sizeof *library->needs))
        return wp_fail_memory(diag);
    library->needs[library->nneeds++] = needed; /* rule: load.unload */
    needed->needed_by = library->id;            /* rule: load.unload */
    return WP_OK;
}

/* ---- Messages ------------------------------------------------------------------------------------------------ */

wp_bytes wp_library_name(const wp_library *library) {
    const char *id = wp_module_id(library->module);
    if (library->uri.size != 0)
        return library->uri;
    return wp_bytes_of(id == NULL ? "module" : id);
}

wp_status wp_library_fail(const wp_library *library, wp_diag *diag, uint32_t pos, const char *format, ...) {
    char message[sizeof diag->message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (library->uri.size == 0)
        return wp_module_fail(library->module, diag, WP_UNLOADABLE, pos, "%s", message);
    return wp_module_fail(library->module, diag, WP_UNLOADABLE, pos, "%s (in %.*s)", message,
                          WP_PRINT_BYTES(library->uri));
}
