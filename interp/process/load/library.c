/* library.c: the modules of a process as the loader sees them; see library.h. */
#include "process/load/library.h"

#include "process/load/resolve.h"

#include <stdio.h>
#include <string.h>

bool wp_is_called(wp_bytes bytes, const char *name) {
    return bytes.size == strlen(name) && memcmp(bytes.data, name, bytes.size) == 0;
}

/* ---- What is loaded ------------------------------------------------------------------------------------------ */

static wp_library *make(wp_process *process, wp_module *module, wp_bytes uri) {
    const wp_allocator *a = &process->engine->allocator;
    wp_library *library = wp_alloc(a, 1, sizeof *library);
    if (library == NULL)
        return NULL;
    library->process = process;
    library->module = module;
    wp_module_retain(module);
    if (uri.size == 0)
        return library;
    uint8_t *copy = wp_alloc(a, uri.size, 1);
    if (copy == NULL) {
        wp_module_delete(module);
        wp_free(a, library, 1, sizeof *library);
        return NULL;
    }
    memcpy(copy, uri.data, uri.size);
    library->uri = (wp_bytes){copy, uri.size};
    return library;
}

wp_status wp_library_add(wp_process *process, wp_module *module, wp_bytes uri, wp_library **out, wp_diag *diag) {
    const wp_allocator *a = &process->engine->allocator;
    if (process->next_id == 0)
        return wp_fail(diag, WP_EXHAUSTION, "as many modules were loaded into the process as there are handles");
    if (!wp_grow(a, (void **)&process->libraries, process->nlibraries, &process->libraries_capacity, sizeof(wp_library *)))
        return wp_fail_memory(diag);
    wp_library *library = make(process, module, uri);
    if (library == NULL)
        return wp_fail_memory(diag);
    library->id = process->next_id++;
    process->libraries[process->nlibraries++] = library;
    if (uri.size != 0)
        wp_index_insert(&process->libraries_by_uri, &library->by_uri, library->uri);
    *out = library;
    return WP_OK;
}

void wp_library_settle(wp_library *library) {
    const wp_allocator *a = &library->process->engine->allocator;
    const wp_module *m = library->module;
    wp_free(a, library->imports, m->nimports, sizeof *library->imports);
    wp_bindings_free(library);
    wp_free(a, library->func_imports, m->nfunc_imports, sizeof *library->func_imports);
    wp_free(a, library->tables, m->ntables, sizeof *library->tables);
    library->imports = NULL;
    library->func_imports = NULL;
    library->tables = NULL;
}

/* The place of a library in load order, by its handle; nlibraries: there is none. */
static size_t place_of(const wp_process *process, uint32_t id) {
    size_t low = 0, high = process->nlibraries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (process->libraries[middle]->id == id)
            return middle;
        if (process->libraries[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return process->nlibraries;
}

static void withdraw(wp_library *library);

void wp_library_remove(wp_library *library) {
    wp_process *process = library->process;
    const wp_allocator *a = &process->engine->allocator;
    size_t place = place_of(process, library->id);
    process->nlibraries--;
    memmove(&process->libraries[place], &process->libraries[place + 1],
            (process->nlibraries - place) * sizeof *process->libraries);
    withdraw(library);
    if (library->uri.size != 0)
        wp_index_remove(&process->libraries_by_uri, &library->by_uri);
    if (library->instance != NULL)
        wp_index_remove(&process->libraries_by_instance, &library->by_instance);
    wp_library_settle(library);
    wp_dylink_release(&library->dylink);
    wp_free(a, library->needs, library->needs_capacity, sizeof *library->needs);
    wp_free(a, (uint8_t *)(uintptr_t)library->uri.data, library->uri.size, 1);
    wp_module_delete(library->module);
    wp_free(a, library, 1, sizeof *library);
}

void wp_library_set_instance(wp_library *library, wp_instance *instance) {
    library->instance = instance;
    library->address = instance;
    wp_index_insert(&library->process->libraries_by_instance, &library->by_instance,
                    wp_address_name(&library->address));
}

/* ---- Finding ------------------------------------------------------------------------------------------------- */

/* The thing that a link is part of. */
#define HOLDER(link, member) ((wp_library *)(void *)((uint8_t *)(link)-offsetof(wp_library, member)))

wp_library *wp_library_find_id(const wp_process *process, uint32_t id) {
    size_t place = place_of(process, id);
    return place == process->nlibraries ? NULL : process->libraries[place];
}

wp_library *wp_library_find_uri(const wp_process *process, wp_bytes uri) {
    wp_link *link = wp_index_find(&process->libraries_by_uri, uri);
    return link == NULL ? NULL : HOLDER(link, by_uri);
}

wp_library *wp_library_find_instance(const wp_process *process, const wp_instance *instance) {
    const void *address = instance;
    wp_link *link = wp_index_find(&process->libraries_by_instance, wp_address_name(&address));
    return link == NULL ? NULL : HOLDER(link, by_instance);
}

/* ---- Symbols ------------------------------------------------------------------------------------------------- */

static wp_symbol *first_definition(const wp_process *process, wp_bytes name) {
    return (wp_symbol *)wp_index_find(&process->symbols, name);
}

const wp_symbol *wp_symbol_find(const wp_process *process, wp_bytes name) {
    return first_definition(process, name);
}

/* What is published later is later in load order. */
static void define(wp_symbol *symbol) {
    wp_process *process = symbol->library->process;
    wp_symbol *first = first_definition(process, symbol->export->name);
    symbol->last = symbol;
    if (first == NULL) {
        wp_index_insert(&process->symbols, &symbol->link, symbol->export->name);
        return;
    }
    symbol->earlier = first->last;
    first->last->next = symbol;
    first->last = symbol;
}

static void undefine(wp_symbol *symbol) {
    wp_index *symbols = &symbol->library->process->symbols;
    wp_symbol *next = symbol->next;
    if (symbol->earlier != NULL) {
        if (next == NULL)
            first_definition(symbol->library->process, symbol->export->name)->last = symbol->earlier;
        else
            next->earlier = symbol->earlier;
        symbol->earlier->next = next;
        return;
    }
    wp_index_remove(symbols, &symbol->link);
    if (next == NULL)
        return;
    next->earlier = NULL;
    next->last = symbol->last;
    wp_index_insert(symbols, &next->link, next->export->name);
}

wp_status wp_library_publish(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    for (uint32_t i = 0; i < m->nexports; i++)
        if (m->exports[i].name.size > library->longest_export)
            library->longest_export = m->exports[i].name.size;
    if (!library->dylink.present)
        return WP_OK;
    library->symbols = wp_alloc(&library->process->engine->allocator, m->nexports, sizeof *library->symbols);
    if (library->symbols == NULL)
        return wp_fail_memory(diag);
    for (uint32_t i = 0; i < m->nexports; i++) {
        library->symbols[i].library = library;
        library->symbols[i].export = &m->exports[i];
        define(&library->symbols[i]);
    }
    return WP_OK;
}

static void withdraw(wp_library *library) {
    const wp_module *m = library->module;
    if (library->symbols == NULL)
        return;
    for (uint32_t i = 0; i < m->nexports; i++)
        undefine(&library->symbols[i]);
    wp_free(&library->process->engine->allocator, library->symbols, m->nexports, sizeof *library->symbols);
    library->symbols = NULL;
}

/* ---- Need ---------------------------------------------------------------------------------------------------- */

wp_status wp_library_need(wp_library *library, wp_library *needed, wp_diag *diag) {
    if (needed == NULL || needed == library || needed->needed_for == library->id)
        return WP_OK;
    if (!wp_grow(&library->process->engine->allocator, (void **)&library->needs, library->nneeds,
                 &library->needs_capacity, sizeof *library->needs))
        return wp_fail_memory(diag);
    library->needs[library->nneeds++] = needed;
    needed->needed_for = library->id;
    return WP_OK;
}

/* ---- Messages ------------------------------------------------------------------------------------------------ */

wp_bytes wp_library_name(const wp_library *library) {
    const char *id = wp_module_id(library->module);
    if (library->uri.size != 0)
        return library->uri;
    if (id == NULL)
        id = "module";
    return (wp_bytes){(const uint8_t *)id, strlen(id)};
}

wp_status wp_library_fail(const wp_library *library, wp_diag *diag, uint32_t pos, const char *format, ...) {
    char message[sizeof diag->message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (library->uri.size == 0)
        return wp_module_fail(library->module, diag, WP_UNLOADABLE, pos, "%s", message);
    return wp_module_fail(library->module, diag, WP_UNLOADABLE, pos, "%s (in %.*s)", message, (int)library->uri.size,
                          (const char *)library->uri.data);
}
