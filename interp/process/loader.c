/* loader.c: the loader (process model, section 5), for modules without a dylink.0 section.
 *
 * Such a module declares no memory and no table slots, so nothing is reserved for it, and both of its bases are 0, the
 * address and the slot that mean "none".
 *
 * A load is: refuse what no process can hold, resolve the imports, check the segments, allocate the instance, write the
 * segments. Up to the last step nothing can be seen of it, and the last step cannot fail: so a load that fails leaves
 * no trace.
 */
#include "process.h"
#include "relative.h"

#include <string.h>

typedef struct load {
    wp_process *process;
    wp_module *module;
    wp_extern *imports;      /* one per import of the module */
    const wp_table **tables; /* of these the tables, by index */
} load;

static bool is_named(wp_bytes bytes, const char *name) {
    return bytes.size == strlen(name) && memcmp(bytes.data, name, bytes.size) == 0;
}

static wp_status unloadable(const load *l, uint32_t pos, wp_diag *diag, const char *text) {
    return wp_module_fail(l->module, diag, WP_UNLOADABLE, pos, "%s", text);
}

/* ---- What no process can hold -------------------------------------------------------------------------------- */

/* Rule load.no-memory. */
static wp_status check_shape(const load *l, wp_diag *diag) {
    const wp_module *m = l->module;
    wp_cover *cover = &m->engine->cover;
    for (uint32_t i = 0; i < m->ncustoms; i++)
        if (is_named(m->customs[i].name, "dylink.0"))
            return wp_module_unsupported(m, diag, m->customs[i].pos, "dylink.0");
    if (m->nmemories > m->nmemory_imports) {
        RULE(cover, load_no_memory);
        return unloadable(l, m->memories[m->nmemory_imports].pos, diag, "module defines a memory");
    }
    if (m->has_start) {
        RULE(cover, load_no_memory);
        return unloadable(l, m->start_pos, diag, "module has a start section");
    }
    return WP_OK;
}

/* ---- Imports ------------------------------------------------------------------------------------------------- */

/* What the platform provides under a name of env or process. False: nothing. */
static bool platform_value(const wp_process *process, const wp_import *import, wp_extern *out) {
    const struct {
        const char *module, *name;
        wp_extern value;
    } provided[] = {
        {"env", "memory", {WP_EXTERN_MEMORY, process->memory}},
        {"env", "__indirect_function_table", {WP_EXTERN_TABLE, process->table}},
        {"env", "__stack_pointer", {WP_EXTERN_GLOBAL, process->stack_pointer}},
        {"env", "__memory_base", {WP_EXTERN_GLOBAL, process->no_base}},
        {"env", "__table_base", {WP_EXTERN_GLOBAL, process->no_base}},
        {"process", "mmap", {WP_EXTERN_FUNC, process->mmap}},
        {"process", "munmap", {WP_EXTERN_FUNC, process->munmap}},
    };
    for (size_t i = 0; i < sizeof provided / sizeof *provided; i++)
        if (is_named(import->module, provided[i].module) && is_named(import->name, provided[i].name)) {
            *out = provided[i].value;
            return true;
        }
    return false;
}

/* Counts the rules that say what the platform's values are. */
static void note_platform_value(const wp_process *process, wp_extern value) {
    wp_cover *cover = &process->engine->cover;
    RULE(cover, load_names);
    if (value.object == process->memory)
        RULE(cover, process_memory);
    if (value.object == process->memory || value.object == process->table)
        RULE(cover, process_no_module_isolation);
    if (value.object == process->table)
        RULE(cover, load_table);
    if (value.object == process->stack_pointer)
        RULE(cover, load_stack);
    if (value.object == process->no_base)
        RULE(cover, load_base);
}

static wp_status import_error(const load *l, const wp_import *import, wp_diag *diag, const char *text) {
    return wp_module_fail(l->module, diag, WP_UNLOADABLE, import->pos, "%s: %.*s.%.*s", text, (int)import->module.size,
                          (const char *)import->module.data, (int)import->name.size, (const char *)import->name.data);
}

/* Rule load.names: the platform's names first and alone; all others among what was registered in this process. */
static wp_status find_import(const load *l, const wp_import *import, wp_extern *out, wp_diag *diag) {
    const wp_process *process = l->process;
    wp_cover *cover = &process->engine->cover;
    if (wp_is_platform_name((const char *)import->module.data, import->module.size)) {
        if (platform_value(process, import, out)) {
            note_platform_value(process, *out);
            return WP_OK;
        }
        RULE(cover, load_names);
        bool symbol = !is_named(import->module, "process") &&
                      (import->kind == WP_EXTERN_FUNC || !is_named(import->module, "env"));
        return import_error(l, import, diag, symbol ? "unresolved symbol" : "unknown import");
    }
    RULE(cover, load_names);
    if (!wp_store_resolve(process->store, import, out)) {
        RULE(cover, process_isolation);
        return import_error(l, import, diag, "unknown import");
    }
    return WP_OK;
}

static wp_status check_import(const load *l, const wp_import *import, wp_extern value, wp_diag *diag) {
    wp_cover *cover = &l->process->engine->cover;
    if (wp_extern_store(value) != l->process->store) {
        RULE(cover, process_isolation);
        return import_error(l, import, diag, "incompatible import type");
    }
    if (wp_import_matches(l->module, import, value))
        return WP_OK;
    if (import->kind == WP_EXTERN_MEMORY)
        RULE(cover, load_pointer_type);
    return import_error(l, import, diag, "incompatible import type");
}

static wp_status resolve_imports(load *l, wp_diag *diag) {
    for (uint32_t i = 0; i < l->module->nimports; i++) {
        const wp_import *import = &l->module->imports[i];
        WP_TRY(find_import(l, import, &l->imports[i], diag));
        WP_TRY(check_import(l, import, l->imports[i], diag));
        if (import->kind == WP_EXTERN_TABLE)
            l->tables[import->index] = l->imports[i].object;
    }
    return WP_OK;
}

/* ---- Segments ------------------------------------------------------------------------------------------------ */

/* True when `count` things at an offset from a base are among the `size` that were declared. */
static bool lies_inside(uint64_t offset, uint64_t count, uint64_t size) {
    return offset <= size && count <= size - offset;
}

static wp_status check_data(const load *l, wp_relatives *r, const wp_data_def *def, wp_diag *diag) {
    wp_cover *cover = &l->process->engine->cover;
    wp_relative offset = wp_relative_offset(r, &def->offset, l->module->memories[def->memory].limits.is64);
    RULE(cover, load_data);
    if (!offset.known || offset.memory != 1 || offset.table != 0)
        return unloadable(l, def->pos, diag, "static data address");
    if (!lies_inside(offset.constant, def->bytes.size, 0))
        return unloadable(l, def->pos, diag, "data segment outside reservation");
    return WP_OK;
}

/* Slots of the process table are the loader's to give: segments for it are placed over __table_base. In any other table
 * there is nothing to relocate, and a segment has to be in bounds. */
static wp_status check_elem(const load *l, wp_relatives *r, const wp_elem_def *def, wp_diag *diag) {
    wp_cover *cover = &l->process->engine->cover;
    const wp_table_def *table_def = &l->module->tables[def->table];
    const wp_table *table = def->table < l->module->ntable_imports ? l->tables[def->table] : NULL;
    wp_relative offset = wp_relative_offset(r, &def->offset, table_def->limits.is64);
    if (table == l->process->table) {
        RULE(cover, load_data);
        if (!offset.known || offset.table != 1 || offset.memory != 0)
            return unloadable(l, def->pos, diag, "static table address");
        if (!lies_inside(offset.constant, def->count, 0))
            return unloadable(l, def->pos, diag, "element segment outside reservation");
        return WP_OK;
    }
    /* Both bases are 0, so the constant part is the value, whatever else the expression has. */
    if (!lies_inside(offset.constant, def->count, table == NULL ? table_def->limits.min : table->count))
        return unloadable(l, def->pos, diag, "out of bounds table access");
    return WP_OK;
}

static wp_status check_each_segment(const load *l, wp_relatives *r, wp_diag *diag) {
    const wp_module *m = l->module;
    for (uint32_t i = 0; i < m->nelems; i++)
        if (m->elems[i].mode == WP_SEG_ACTIVE)
            WP_TRY(check_elem(l, r, &m->elems[i], diag));
    for (uint32_t i = 0; i < m->ndatas; i++)
        if (m->datas[i].mode == WP_SEG_ACTIVE)
            WP_TRY(check_data(l, r, &m->datas[i], diag));
    return WP_OK;
}

static wp_status check_segments(const load *l, wp_diag *diag) {
    wp_relatives r;
    WP_TRY(wp_relative_new(l->module, l->imports, &r, diag));
    wp_status status = check_each_segment(l, &r, diag);
    wp_relative_delete(&r);
    return status;
}

/* ---- The load ------------------------------------------------------------------------------------------------ */

static wp_status run(load *l, wp_instance **out, wp_diag *diag) {
    wp_instance *instance;
    WP_TRY(check_shape(l, diag));
    WP_TRY(resolve_imports(l, diag));
    WP_TRY(check_segments(l, diag));
    WP_TRY(wp_instance_allocate(l->process->store, l->module, l->imports, &instance, diag));
    WP_TRY(wp_instance_run_segments(instance, diag));
    *out = instance;
    return WP_OK;
}

wp_status wp_process_load(wp_process *process, wp_module *module, wp_instance **out, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag));
    if (!module->validated)
        return wp_fail(diag, WP_CRASH, "the module has not been validated");
    if (module->engine != process->engine)
        return wp_fail(diag, WP_CRASH, "the module belongs to another engine");
    const wp_allocator *a = &process->engine->allocator;
    load l = {process, module, wp_alloc(a, module->nimports, sizeof *l.imports),
              wp_alloc(a, module->ntable_imports, sizeof *l.tables)};
    wp_status status = l.imports == NULL || l.tables == NULL ? wp_fail_memory(diag) : run(&l, out, diag);
    wp_free(a, l.imports, module->nimports, sizeof *l.imports);
    wp_free(a, l.tables, module->ntable_imports, sizeof *l.tables);
    return status;
}
