/* module.c: modules: their life, their locations, their exports by name; see module.h. */
#include "core/module.h"

#include <stdio.h>
#include <string.h>

wp_module *wp_module_new(wp_engine *engine) {
    wp_module *module = wp_alloc(&engine->allocator, 1, sizeof *module);
    if (module == NULL)
        return NULL;
    module->engine = engine;
    module->refs = 1;
    wp_arena_init(&module->arena, &engine->allocator);
    wp_index_init(&module->exports_by_name, &engine->allocator);
    return module;
}

void wp_module_retain(wp_module *module) {
    module->refs++;
}

void wp_module_delete(wp_module *module) {
    if (module == NULL || --module->refs != 0)
        return;
    wp_index_release(&module->exports_by_name);
    wp_arena_release(&module->arena);
    wp_free(&module->engine->allocator, module, 1, sizeof *module);
}

const char *wp_module_id(const wp_module *module) {
    return module->label != NULL ? module->label : module->id;
}

bool wp_module_set_id(wp_module *module, const char *id, size_t size) {
    char *copy = wp_arena_text(&module->arena, id, size);
    if (copy != NULL)
        module->label = copy;
    return copy != NULL;
}

size_t wp_module_import_count(const wp_module *module) {
    return module->nimports;
}

wp_import_info wp_module_import(const wp_module *module, size_t i) {
    const wp_import *import = &module->imports[i];
    return (wp_import_info){(const char *)import->module.data, import->module.size, (const char *)import->name.data,
                            import->name.size, import->kind};
}

uint32_t wp_find_line(const uint32_t *lines, uint32_t nlines, size_t offset) {
    uint32_t low = 0, high = nlines;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

wp_location wp_module_locate(const wp_module *module, uint32_t pos) {
    wp_location where = {pos, 0, 0};
    if (module->source_kind == WP_SOURCE_TEXT && module->nlines != 0) {
        uint32_t line = wp_find_line(module->lines, module->nlines, pos);
        where.line = module->first_line + line;
        where.column = pos - module->lines[line] + 1;
    }
    return where;
}

bool wp_module_set_uri(wp_module *module, wp_bytes uri) {
    module->uri = wp_arena_text(&module->arena, uri.data, uri.size);
    return module->uri != NULL;
}

wp_status wp_module_fail(const wp_module *module, wp_diag *diag, wp_status status, uint32_t pos, const char *format,
                         ...) {
    bool is_first = diag != NULL && diag->status == WP_OK;
    va_list args;
    va_start(args, format);
    wp_vfail_at(diag, status, wp_module_locate(module, pos), format, args);
    va_end(args);
    if (is_first && module->uri != NULL)
        snprintf(diag->source, sizeof diag->source, "%s", module->uri);
    return status;
}

wp_status wp_module_unsupported(const wp_module *module, wp_diag *diag, uint32_t pos, const char *what) {
    return wp_module_fail(module, diag, WP_UNSUPPORTED, pos, "unsupported: %s", what);
}

/* ---- Exports by name ------------------------------------------------------------------------------------- */

wp_status wp_module_index_exports(wp_module *module, wp_diag *diag) {
    wp_link *links = wp_arena_alloc(&module->arena, module->nexports, sizeof *links);
    if (links == NULL)
        return wp_fail_memory(diag);
    wp_index_release(&module->exports_by_name);
    for (uint32_t i = 0; i < module->nexports; i++) {
        if (wp_index_find(&module->exports_by_name, module->exports[i].name) != NULL)
            return wp_module_fail(module, diag, WP_INVALID, module->exports[i].pos, "duplicate export name");
        wp_index_insert(&module->exports_by_name, &links[i], module->exports[i].name);
    }
    module->export_links = links;
    return WP_OK;
}

const wp_export *wp_module_find_export(const wp_module *module, const char *name, size_t size) {
    const wp_link *found = wp_index_find(&module->exports_by_name, (wp_bytes){(const uint8_t *)name, size});
    return found == NULL ? NULL : &module->exports[found - module->export_links];
}
