/* embedding.c: the embedder's functions on processes; see wasmproc.h. */
#include "process/load/library.h"
#include "process/process.h"

bool wp_process_ended(const wp_process *process) {
    return process->store->closed;
}

wp_store *wp_process_store(wp_process *process) {
    return process->store->closed ? NULL : process->store;
}

bool wp_process_memory(wp_process *process, wp_extern *out) {
    if (wp_process_ended(process))
        return false;
    *out = (wp_extern){WP_EXTERN_MEMORY, process->memory};
    return true;
}

/* ---- Pages --------------------------------------------------------------------------------------------------- */

wp_status wp_process_mmap(wp_process *process, uint64_t hint, uint64_t length, uint64_t *address, wp_diag *diag) {
    WP_TRY(wp_process_enter(process, diag));
    *address = wp_platform_mmap(process, hint, length);
    return WP_OK;
}

wp_status wp_process_munmap(wp_process *process, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    WP_TRY(wp_process_enter(process, diag));
    *done = wp_platform_munmap(process, address, length);
    return WP_OK;
}

wp_status wp_process_discard(wp_process *process, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    WP_TRY(wp_process_enter(process, diag));
    *done = wp_platform_discard(process, address, length);
    return WP_OK;
}

wp_status wp_process_read(wp_process *process, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag) {
    WP_TRY(wp_process_enter(process, diag));
    /* rule: access.host */
    return wp_memory_read((wp_extern){WP_EXTERN_MEMORY, process->memory}, address, bytes, size, diag);
}

wp_status wp_process_write(wp_process *process, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag) {
    WP_TRY(wp_process_enter(process, diag));
    return wp_memory_write((wp_extern){WP_EXTERN_MEMORY, process->memory}, address, bytes, size, diag);
}

_Static_assert((int)SPACE_FREE == WP_PAGE_FREE && (int)SPACE_MAPPED == WP_PAGE_MAPPED &&
                   (int)SPACE_RESERVED == WP_PAGE_RESERVED && (int)SPACE_GUARD == WP_PAGE_GUARD &&
                   (int)SPACE_PROTECTED == WP_PAGE_PROTECTED,
               "wasmproc.h has the states of space.h");

/* Empty for pages without an owner, and for those of a library that was unloaded, which the host could not decommit. */
static wp_bytes owner_name(const wp_process *process, uint32_t owner) {
    const wp_library *library = wp_library_find_id(&process->loader, owner);
    if (owner == WP_OWNER_STACK)
        return wp_bytes_of("stack");
    return library != NULL ? wp_library_name(library) : wp_bytes_of("");
}

wp_status wp_process_range(wp_process *process, uint64_t page, wp_range_info *out, wp_diag *diag) {
    /* A process that ended while code of it ran has its map until its next use. */
    if (process->storage.space == NULL)
        return wp_process_enter(process, diag);
    if (page >= process->desc.pages)
        return wp_fail(diag, WP_REFUSED, "page %llu is not in the address space", (unsigned long long)page);
    space_range range = space_range_at(process->storage.space, page);
    wp_bytes owner = owner_name(process, range.owner);
    *out = (wp_range_info){range.first, range.count, (wp_page_state)range.state, (const char *)owner.data, owner.size};
    return WP_OK;
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

static wp_bytes bytes_of(const char *text, size_t size) {
    return (wp_bytes){(const uint8_t *)text, size};
}

wp_status wp_process_bind_all(wp_process *process, const wp_entry_desc *entries, size_t count, wp_diag *diag) {
    wp_dictionary *dictionary = &process->loader.dictionary;
    WP_TRY(wp_process_enter(process, diag));
    size_t before = dictionary->entries.count;
    for (size_t i = 0; i < count; i++) {
        const wp_entry_desc *e = &entries[i];
        wp_status status = wp_dictionary_bind(dictionary, bytes_of(e->name, e->name_size),
                                              bytes_of(e->uri, e->uri_size), e->digest, diag);
        /* rule: dict.bind-once */
        if (status != WP_OK) {
            wp_dictionary_shorten(dictionary, before);
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
    WP_TRY(wp_process_enter(process, diag));
    if (!module->validated)
        return wp_fail(diag, WP_CRASH, "the module has not been validated");
    if (module->engine != process->engine)
        return wp_fail(diag, WP_CRASH, "the module belongs to another engine");
    WP_TRY(wp_loader_load(&process->loader, module, &library, diag));
    *out = library->instance;
    return WP_OK;
}

wp_status wp_process_load_library(wp_process *process, const char *name, size_t size, wp_instance **out,
                                  wp_diag *diag) {
    wp_library *library = NULL;
    WP_TRY(wp_process_enter(process, diag));
    WP_TRY(wp_loader_load_name(&process->loader, bytes_of(name, size), WP_OPENER_EMBEDDER, &library, diag));
    *out = library->instance;
    return WP_OK;
}

/* The library of an instance, while it is loaded. */
static wp_status find_library(wp_process *process, const wp_instance *instance, wp_library **out, wp_diag *diag) {
    WP_TRY(wp_process_enter(process, diag));
    *out = wp_library_find_instance(&process->loader, instance);
    return *out == NULL ? wp_fail(diag, WP_REFUSED, "the instance is not loaded in this process") : WP_OK;
}

wp_status wp_process_unload(wp_process *process, wp_instance *instance, wp_diag *diag) {
    wp_library *library = NULL;
    WP_TRY(find_library(process, instance, &library, diag));
    return wp_loader_unload(library, WP_OPENER_EMBEDDER, diag);
}

wp_status wp_process_symbol(wp_process *process, wp_instance *instance, const char *name, size_t size,
                            uint64_t *address, wp_diag *diag) {
    wp_library *library = NULL;
    wp_diag own = {.status = WP_OK};
    WP_TRY(find_library(process, instance, &library, diag));
    if (wp_loader_symbol(library, bytes_of(name, size), address, &own) == WP_OK)
        return WP_OK;
    return wp_fail_like(diag, WP_REFUSED, &own, "%s", own.message);
}
