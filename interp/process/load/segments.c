/* segments.c: the active segments of libraries; see segments.h. */
#include "process/load/segments.h"

#include "core/exec/exec.h"
#include "process/load/affine.h"

/* True when `count` elements at an offset from a base are among the `size` that were declared. rule: load.data */
static bool lies_inside(uint64_t offset, uint64_t count, uint64_t size) {
    return offset <= size && count <= size - offset;
}

/* The object of an import by its kind and index. rule: load.data */
static const void *import_of(const wp_library *library, wp_extern_kind kind, uint32_t index) {
    const wp_linking *l = library->linking;
    return l->imports[l->of_kind[kind][index]].object;
}

static bool is_process_table(const wp_library *library, uint32_t index) { /* rule: load.data */
    return index < library->module->ntable_imports &&
           import_of(library, WP_EXTERN_TABLE, index) == library->loader->table;
}

/* A segment for another memory is refused: it could turn out to be out of bounds when others have been written. */
static wp_status check_data(const wp_library *library, wp_affine_context *c, const wp_data_def *def, wp_diag *diag) {
    wp_affine offset = wp_affine_offset(c, &def->offset, library->module->memories[def->memory].limits.is64);
    RULE(&library->loader->engine->cover, load_data);
    /* All memories are imported. */
    offset.known = offset.known && import_of(library, WP_EXTERN_MEMORY, def->memory) == library->loader->memory;
    if (!offset.known || offset.memory != 1 || offset.table != 0) /* rule: load.data */
        return wp_library_fail(library, diag, def->pos, "static data address");
    if (!lies_inside(offset.constant, def->bytes.size, library->dylink.memory_size)) /* rule: load.data */
        return wp_library_fail(library, diag, def->pos, "data segment outside reservation");
    return WP_OK;
}

/* The loader allocates the slots of the process table: segments for it are placed over __table_base. */
static wp_status check_elem(const wp_library *library, wp_affine_context *c, const wp_elem_def *def, wp_diag *diag) {
    wp_affine offset = wp_affine_offset(c, &def->offset, library->module->tables[def->table].limits.is64);
    RULE(&library->loader->engine->cover, load_data);
    if (!offset.known || offset.table != 1 || offset.memory != 0)
        return wp_library_fail(library, diag, def->pos, "static table address");
    if (!lies_inside(offset.constant, def->count, library->dylink.table_size)) /* rule: load.data */
        return wp_library_fail(library, diag, def->pos, "element segment outside reservation");
    return WP_OK;
}

static wp_status check_all(const wp_library *library, wp_affine_context *c, wp_diag *diag) { /* rule: load.data */
    const wp_module *m = library->module;
    for (uint32_t i = 0; i < m->nelems; i++) {
        const wp_elem_def *def = &m->elems[i];
        if (def->mode == WP_SEG_ACTIVE && is_process_table(library, def->table))
            WP_TRY(check_elem(library, c, def, diag));
    }
    for (uint32_t i = 0; i < m->ndatas; i++)
        if (m->datas[i].mode == WP_SEG_ACTIVE)
            WP_TRY(check_data(library, c, &m->datas[i], diag));
    return WP_OK;
}

wp_status wp_segments_check(wp_library *library, wp_diag *diag) {
    wp_affine_context c;
    WP_TRY(wp_affine_open(library->module, library->linking->imports, &c, diag));
    wp_status status = check_all(library, &c, diag);
    wp_affine_close(&c);
    return status;
}

wp_status wp_segments_check_others(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    wp_instance *instance = library->instance;
    for (uint32_t i = 0; i < m->nelems; i++) {
        const wp_elem_def *def = &m->elems[i];
        uint64_t offset;
        if (def->mode != WP_SEG_ACTIVE || instance->tables[def->table] == library->loader->table) /* rule: load.data */
            continue;
        RULE(&library->loader->engine->cover, load_data);
        WP_TRY(wp_exec_const(instance, &def->offset, &offset, diag));
        if (!lies_inside(offset, def->count, instance->tables[def->table]->count))
            return wp_library_fail(library, diag, def->pos, "out of bounds table access");
    }
    return WP_OK;
}
