/* resolve.c: imports and segments of libraries; see resolve.h.
 *
 * A function import may be bound to a function of a library that has no instance yet, or to an import that such a
 * library exports again. So what is found first is a target: it becomes an object when all functions are there.
 */
#include "process/load/resolve.h"

#include "core/exec/exec.h"
#include "process/load/affine.h"
#include "process/load/platform_names.h"

#include <string.h>

wp_status wp_resolve_begin(wp_library *library, wp_diag *diag) {
    const wp_allocator *a = &library->process->engine->allocator;
    const wp_module *m = library->module;
    library->imports = wp_alloc(a, m->nimports, sizeof *library->imports);
    library->bindings = wp_alloc(a, m->nimports, sizeof *library->bindings);
    library->func_imports = wp_alloc(a, m->nfunc_imports, sizeof *library->func_imports);
    library->tables = wp_alloc(a, m->ntables, sizeof *library->tables);
    if (library->imports == NULL || library->bindings == NULL || library->func_imports == NULL || library->tables == NULL)
        return wp_fail_memory(diag);
    for (uint32_t i = 0; i < m->nimports; i++)
        if (m->imports[i].kind == WP_EXTERN_FUNC)
            library->func_imports[m->imports[i].index] = i;
    return WP_OK;
}

void wp_bindings_free(wp_library *library) {
    wp_free(&library->process->engine->allocator, library->bindings, library->module->nimports,
            sizeof *library->bindings);
    library->bindings = NULL;
}

static wp_cover *cover_of(const wp_library *library) {
    return &library->process->engine->cover;
}

static wp_status import_error(const wp_library *library, const wp_import *import, wp_diag *diag, const char *text) {
    return wp_library_fail(library, diag, import->pos, "%s: %.*s.%.*s", text, (int)import->module.size,
                           (const char *)import->module.data, (int)import->name.size, (const char *)import->name.data);
}

/* ---- What the platform provides ------------------------------------------------------------------------------ */

/* What the platform provides under a name of env or process. Bases stand for those that the library gets, which have the
 * same type. False: nothing. */
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
        {"env", "__table_base32", {WP_EXTERN_GLOBAL, process->no_base32}},
        {"process", "mmap", {WP_EXTERN_FUNC, process->mmap}},
        {"process", "munmap", {WP_EXTERN_FUNC, process->munmap}},
        {"process", "load", {WP_EXTERN_FUNC, process->load}},
        {"process", "symbol", {WP_EXTERN_FUNC, process->symbol}},
        {"process", "unload", {WP_EXTERN_FUNC, process->unload}},
        {"process", "exit", {WP_EXTERN_FUNC, process->exit}},
    };
    for (size_t i = 0; i < sizeof provided / sizeof *provided; i++)
        if (provided[i].value.object != NULL && wp_is_called(import->module, provided[i].module) &&
            wp_is_called(import->name, provided[i].name)) {
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
    if (value.object == process->no_base || value.object == process->no_base32)
        RULE(cover, load_base);
}

/* A wasm64 process has a table with 64-bit indices. A library that takes them for 32-bit ones, as LLVM 16 makes it, sees
 * the same table. `count` stands for its size. */
static bool table_matches(const wp_library *library, const wp_import *import, uint64_t count) {
    wp_table view = *library->process->table;
    view.count = count;
    if (library->dylink.present && !library->module->tables[import->index].limits.is64)
        view.limits.is64 = false;
    return wp_import_matches(library->module, import, (wp_extern){WP_EXTERN_TABLE, &view});
}

/* Rules load.pointer-type, process.isolation. */
static wp_status check_value(const wp_library *library, const wp_import *import, wp_extern value, wp_diag *diag) {
    const wp_process *process = library->process;
    if (wp_extern_store(value) != process->store) {
        RULE(cover_of(library), process_isolation);
        return import_error(library, import, diag, "incompatible import type");
    }
    bool matches = value.object == process->table && import->kind == WP_EXTERN_TABLE
                       ? table_matches(library, import, UINT64_MAX)
                       : wp_import_matches(library->module, import, value);
    if (matches)
        return WP_OK;
    if (import->kind == WP_EXTERN_MEMORY)
        RULE(cover_of(library), load_pointer_type);
    return import_error(library, import, diag, "incompatible import type");
}

/* ---- Functions ----------------------------------------------------------------------------------------------- */

static bool is_weak(const wp_library *library, const wp_import *import) {
    return (wp_dylink_import_flags(&library->dylink, import->name) & WP_SYMBOL_WEAK) != 0;
}

/* The target of a function import that is not a symbol: the platform's, or of an instance that was registered. *out
 * stays as it is where there is none. */
static void find_direct(const wp_library *library, uint32_t i, wp_target *out) {
    const wp_process *process = library->process;
    const wp_import *import = &library->module->imports[i];
    wp_extern value;
    bool found = wp_platform_module_of(import->module) != WP_FROM_OTHERS
                     ? platform_value(process, import, &value)
                     : wp_store_resolve(process->store, import, &value, NULL);
    if (found)
        *out = (wp_target){.kind = value.kind == WP_EXTERN_FUNC ? WP_TARGET_VALUE : WP_TARGET_MISMATCH, .value = value};
}

/* The target of an exported function. False: it is what import *i of *library is, which is to be found first. */
static bool find_export(wp_library **library, uint32_t *i, const wp_export *export, wp_target *out) {
    wp_library *definer = *library;
    if (export->kind != WP_EXTERN_FUNC) {
        *out = (wp_target){.kind = WP_TARGET_MISMATCH};
    } else if (export->index >= definer->module->nfunc_imports) {
        *out = (wp_target){.kind = WP_TARGET_FUNC, .library = definer, .index = export->index};
    } else if (definer->bindings == NULL) {
        *out = (wp_target){.kind = WP_TARGET_VALUE,
                           .value = {WP_EXTERN_FUNC, definer->instance->funcs[export->index]}};
    } else {
        *i = definer->func_imports[export->index];
        return false;
    }
    return true;
}

/* The target of function import *i of *library; *out stays as it is where there is none. False: it is what another
 * import is, which *library and *i then say. */
static bool find_step(wp_library **library, uint32_t *i, wp_target *out) {
    wp_library *user = *library;
    uint32_t number = *i;
    const wp_import *import = &user->module->imports[number];
    if (!wp_is_called(import->module, "env")) {
        find_direct(user, number, out);
        return true;
    }
    const wp_symbol *symbol = wp_symbol_find(user->process, import->name);
    if (symbol == NULL)
        return true;
    user->bindings[number].definer = *library = symbol->library;
    return find_export(library, i, symbol->export, out);
}

/* Finds the target of a function import. Libraries may export what they import, so there may be a way to go; one that
 * leads in a circle ends nowhere. Then the last weak import on it traps for all before it. */
static const wp_target *find_func(wp_library *library, uint32_t i) {
    wp_library *at = library, *back = NULL;
    uint32_t number = i, back_number = 0;
    wp_target found;
    for (;;) {
        wp_binding *b = &at->bindings[number];
        found = b->target; /* none, as long as it is not known */
        if (b->is_found || b->is_walked)
            break;
        b->is_walked = true;
        b->back = back;
        b->back_number = back_number;
        back = at;
        back_number = number;
        if (find_step(&at, &number, &found))
            break;
    }
    while (back != NULL) {
        wp_binding *b = &back->bindings[back_number];
        if (found.kind == WP_TARGET_NONE && is_weak(back, &back->module->imports[back_number]))
            found = (wp_target){.kind = WP_TARGET_TRAP, .library = back, .index = back_number};
        b->target = found;
        b->is_found = true;
        back_number = b->back_number;
        back = b->back;
    }
    return &library->bindings[i].target;
}

/* The canonical type of a function that was found. */
static uint32_t target_type(const wp_target *target) {
    if (target->kind == WP_TARGET_VALUE)
        return ((const wp_func *)target->value.object)->type;
    const wp_module *m = target->library->module;
    uint32_t index = target->kind == WP_TARGET_TRAP ? m->imports[target->index].index : target->index;
    return m->funcs[index].canon;
}

/* Rule load.symbols, of functions: env.f. */
static wp_status resolve_func(wp_library *library, uint32_t i, wp_diag *diag) {
    const wp_module *m = library->module;
    const wp_import *import = &m->imports[i];
    const wp_target *target = find_func(library, i);
    RULE(cover_of(library), load_symbols);
    if (target->kind == WP_TARGET_NONE)
        return import_error(library, import, diag, "unresolved symbol");
    if (target->kind == WP_TARGET_MISMATCH ||
        !wp_match_deftype(m->engine->types, target_type(target), m->funcs[import->index].canon))
        return import_error(library, import, diag, "incompatible import type");
    return wp_library_need(library, library->bindings[i].definer, diag);
}

/* ---- The GOT ------------------------------------------------------------------------------------------------- */

static bool is_got(const wp_import *import) {
    return wp_is_called(import->module, "GOT.mem") || wp_is_called(import->module, "GOT.func");
}

/* An exported datum: an immutable global that holds its address, relative to the base. */
static bool is_datum(const wp_library *library, const wp_export *export) {
    if (export->kind != WP_EXTERN_GLOBAL)
        return false;
    const wp_global_def *global = &library->module->globals[export->index];
    return !global->is_mutable && global->type == library->process->desc.pointer;
}

static void find_got(wp_library *library, uint32_t i, const wp_symbol *symbol) {
    wp_binding *b = &library->bindings[i];
    wp_library *definer = symbol->library;
    const wp_export *export = symbol->export;
    b->definer = definer;
    if (wp_is_called(library->module->imports[i].module, "GOT.mem")) {
        bool fits = is_datum(definer, export);
        b->target = (wp_target){fits ? WP_TARGET_DATUM : WP_TARGET_MISMATCH, definer, export->index, {0, NULL}};
        b->absolute = (wp_dylink_export_flags(&definer->dylink, export->name) & WP_SYMBOL_ABSOLUTE) != 0;
        return;
    }
    wp_library *at = definer;
    uint32_t number = 0;
    wp_target target;
    if (!find_export(&at, &number, export, &target))
        target = *find_func(at, number);
    b->target = target;
}

/* Rule load.symbols, of addresses: GOT.mem.x, GOT.func.f. */
static wp_status resolve_got(wp_library *library, uint32_t i, wp_diag *diag) {
    const wp_module *m = library->module;
    const wp_import *import = &m->imports[i];
    wp_binding *b = &library->bindings[i];
    const wp_symbol *symbol = wp_symbol_find(library->process, import->name);
    RULE(cover_of(library), load_symbols);
    if (symbol != NULL)
        find_got(library, i, symbol);
    if (b->target.kind == WP_TARGET_NONE && !is_weak(library, import))
        return import_error(library, import, diag, "unresolved symbol");
    const wp_global_def *global = import->kind == WP_EXTERN_GLOBAL ? &m->globals[import->index] : NULL;
    if (b->target.kind == WP_TARGET_MISMATCH || global == NULL || !global->is_mutable ||
        global->type != library->process->desc.pointer)
        return import_error(library, import, diag, "incompatible import type");
    return wp_library_need(library, b->definer, diag);
}

/* ---- All imports --------------------------------------------------------------------------------------------- */

static wp_status resolve_value(wp_library *library, uint32_t i, wp_extern value, wp_diag *diag) {
    WP_TRY(check_value(library, &library->module->imports[i], value, diag));
    library->imports[i] = value;
    if (value.kind == WP_EXTERN_TABLE)
        library->tables[library->module->imports[i].index] = value.object;
    library->bindings[i].target = (wp_target){.kind = WP_TARGET_VALUE, .value = value};
    library->bindings[i].is_found = true;
    return WP_OK;
}

/* Rule load.names: the platform's names first and alone; all others among what was registered in this process. */
static wp_status resolve_import(wp_library *library, uint32_t i, wp_diag *diag) {
    wp_process *process = library->process;
    const wp_import *import = &library->module->imports[i];
    wp_extern value;
    if (is_got(import))
        return resolve_got(library, i, diag);
    if (wp_platform_module_of(import->module) != WP_FROM_OTHERS) {
        if (platform_value(process, import, &value)) {
            note_platform_value(process, value);
            return resolve_value(library, i, value, diag);
        }
        RULE(cover_of(library), load_names);
        if (import->kind == WP_EXTERN_FUNC && wp_is_called(import->module, "env"))
            return resolve_func(library, i, diag);
        return import_error(library, import, diag, "unknown import");
    }
    wp_instance *from;
    RULE(cover_of(library), load_names);
    if (!wp_store_resolve(process->store, import, &value, &from)) {
        RULE(cover_of(library), process_isolation);
        return import_error(library, import, diag, "unknown import");
    }
    WP_TRY(resolve_value(library, i, value, diag));
    if (from == NULL && value.kind == WP_EXTERN_FUNC)
        from = ((const wp_func *)value.object)->instance;
    return wp_library_need(library, from == NULL ? NULL : wp_library_find_instance(process, from), diag);
}

wp_status wp_resolve_imports(wp_library *library, wp_diag *diag) {
    for (uint32_t i = 0; i < library->module->nimports; i++)
        WP_TRY(resolve_import(library, i, diag));
    return WP_OK;
}

/* ---- Segments ------------------------------------------------------------------------------------------------ */

/* True when `count` things at an offset from a base are among the `size` that were declared. */
static bool lies_inside(uint64_t offset, uint64_t count, uint64_t size) {
    return offset <= size && count <= size - offset;
}

/* True when a memory index of a module stands for the memory of the process. All its memories are imported. */
static bool is_process_memory(const wp_library *library, uint32_t index) {
    const wp_import *import = library->module->imports;
    while (import->kind != WP_EXTERN_MEMORY || import->index != index)
        import++;
    return library->imports[import - library->module->imports].object == library->process->memory;
}

/* A segment for another memory could be out of its bounds, which would show when others have been written. */
static wp_status check_data(const wp_library *library, wp_relatives *r, const wp_data_def *def, wp_diag *diag) {
    wp_relative offset = wp_relative_offset(r, &def->offset, library->module->memories[def->memory].limits.is64);
    RULE(cover_of(library), load_data);
    offset.known = offset.known && is_process_memory(library, def->memory);
    if (!offset.known || offset.memory != 1 || offset.table != 0)
        return wp_library_fail(library, diag, def->pos, "static data address");
    if (!lies_inside(offset.constant, def->bytes.size, library->dylink.memory_size))
        return wp_library_fail(library, diag, def->pos, "data segment outside reservation");
    return WP_OK;
}

/* Slots of the process table are the loader's to give: segments for it are placed over __table_base. */
static wp_status check_elem(const wp_library *library, wp_relatives *r, const wp_elem_def *def, wp_diag *diag) {
    wp_relative offset = wp_relative_offset(r, &def->offset, library->module->tables[def->table].limits.is64);
    RULE(cover_of(library), load_data);
    if (!offset.known || offset.table != 1 || offset.memory != 0)
        return wp_library_fail(library, diag, def->pos, "static table address");
    if (!lies_inside(offset.constant, def->count, library->dylink.table_size))
        return wp_library_fail(library, diag, def->pos, "element segment outside reservation");
    return WP_OK;
}

static wp_status check_elems(const wp_library *library, wp_relatives *r, wp_diag *diag) {
    const wp_module *m = library->module;
    for (uint32_t i = 0; i < m->nelems; i++) {
        const wp_elem_def *def = &m->elems[i];
        if (def->mode == WP_SEG_ACTIVE && library->tables[def->table] == library->process->table)
            WP_TRY(check_elem(library, r, def, diag));
    }
    return WP_OK;
}

static wp_status check_datas(const wp_library *library, wp_relatives *r, wp_diag *diag) {
    const wp_module *m = library->module;
    for (uint32_t i = 0; i < m->ndatas; i++)
        if (m->datas[i].mode == WP_SEG_ACTIVE)
            WP_TRY(check_data(library, r, &m->datas[i], diag));
    return WP_OK;
}

wp_status wp_resolve_segments(wp_library *library, wp_diag *diag) {
    wp_relatives r;
    WP_TRY(wp_relative_new(library->module, library->imports, &r, diag));
    wp_status status = check_elems(library, &r, diag);
    if (status == WP_OK)
        status = check_datas(library, &r, diag);
    wp_relative_delete(&r);
    return status;
}

wp_status wp_resolve_placed(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    const wp_table *table = library->process->table;
    for (uint32_t i = 0; i < m->nimports; i++)
        if (library->imports[i].object == table && !table_matches(library, &m->imports[i], table->count))
            return import_error(library, &m->imports[i], diag, "incompatible import type");
    return WP_OK;
}

/* In other tables there is nothing to relocate, and a segment has to be in bounds. */
wp_status wp_resolve_elems(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    wp_instance *instance = library->instance;
    for (uint32_t i = 0; i < m->nelems; i++) {
        const wp_elem_def *def = &m->elems[i];
        uint64_t offset;
        if (def->mode != WP_SEG_ACTIVE || instance->tables[def->table] == library->process->table)
            continue;
        RULE(cover_of(library), load_data);
        WP_TRY(wp_exec_const(instance, &def->offset, &offset, diag));
        if (!lies_inside(offset, def->count, instance->tables[def->table]->count))
            return wp_library_fail(library, diag, def->pos, "out of bounds table access");
    }
    return WP_OK;
}

/* ---- Making -------------------------------------------------------------------------------------------------- */

/* What a weak function import is that nobody defines. Somebody may have it in a table when the library is gone, and its
 * module with it: the name is a copy. */
static wp_status trap_unresolved(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    const wp_bytes *name = ctx;
    (void)args, (void)results;
    RULE(&store->engine->cover, load_symbols);
    return wp_fail(diag, WP_TRAP, "unresolved symbol: env.%.*s", (int)name->size, (const char *)name->data);
}

static void *make_trap(wp_library *library, const wp_import *import) {
    wp_arena *arena = &library->instance->arena;
    wp_func *func = wp_arena_alloc(arena, 1, sizeof *func);
    wp_bytes *name = wp_arena_alloc(arena, 1, sizeof *name);
    uint8_t *bytes = wp_arena_copy(arena, import->name.data, import->name.size);
    if (func == NULL || name == NULL || bytes == NULL)
        return NULL;
    *name = (wp_bytes){bytes, import->name.size};
    func->object.kind = WP_OBJ_FUNC;
    func->type = library->module->funcs[import->index].canon;
    func->deftype = wp_types_get(library->process->engine->types, func->type);
    func->store = library->process->store;
    func->callback = trap_unresolved;
    func->ctx = name;
    return func;
}

static void *make_global(wp_library *library, wp_valtype type, bool is_mutable, uint64_t value) {
    wp_global *global = wp_arena_alloc(&library->instance->arena, 1, sizeof *global);
    if (global == NULL)
        return NULL;
    global->type = type;
    global->is_mutable = is_mutable;
    global->store = library->process->store;
    global->cells[0] = value;
    return global;
}

/* Rule load.base: of the two, the one with a name. */
static uint64_t base_called(const wp_library *library, wp_bytes name) {
    return wp_is_called(name, "__memory_base") ? library->base : library->table_base;
}

/* An object of the library's own; what is not left as it is. False: memory is short. */
static bool make_import(wp_library *library, uint32_t i) {
    const wp_import *import = &library->module->imports[i];
    const wp_target *target = &library->bindings[i].target;
    wp_valtype pointer = library->process->desc.pointer;
    void **object = &library->imports[i].object;
    if (is_got(import))
        *object = make_global(library, pointer, true, 0);
    else if (target->kind == WP_TARGET_TRAP && target->library == library && target->index == i)
        *object = make_trap(library, import);
    else if (*object == library->process->no_base)
        *object = make_global(library, pointer, false, base_called(library, import->name));
    else if (*object != NULL && *object == library->process->no_base32)
        *object = make_global(library, WP_T_I32, false, library->table_base);
    else
        return true;
    return *object != NULL;
}

wp_status wp_resolve_make(wp_library *library, wp_diag *diag) {
    for (uint32_t i = 0; i < library->module->nimports; i++)
        if (!make_import(library, i))
            return wp_fail_memory(diag);
    return WP_OK;
}

void wp_resolve_bind(wp_library *library) {
    for (uint32_t i = 0; i < library->module->nimports; i++) {
        const wp_target *target = &library->bindings[i].target;
        if (library->imports[i].object != NULL)
            continue;
        switch (target->kind) {
        case WP_TARGET_FUNC:
            if (target->library == library || !target->library->is_complete)
                RULE(cover_of(library), load_symbols_late);
            library->imports[i].object = target->library->instance->funcs[target->index];
            break;
        case WP_TARGET_TRAP: library->imports[i].object = target->library->imports[target->index].object; break;
        default: library->imports[i].object = target->value.object; break;
        }
    }
}

/* ---- Addresses ----------------------------------------------------------------------------------------------- */

static uint64_t pointer_of(const wp_process *process, uint64_t value) {
    return process->desc.pointer == WP_T_I32 ? (uint32_t)value : value;
}

/* The relocated address of a datum. */
static uint64_t datum_address(const wp_library *definer, uint32_t global, bool absolute) {
    uint64_t value = definer->instance->globals[global]->cells[0];
    return pointer_of(definer->process, absolute ? value : definer->base + value);
}

/* The table index of a function; 0 of one that nobody defines. */
static wp_status index_of(wp_library *library, wp_func *func, uint32_t pos, wp_func_slot **added, uint64_t *out,
                          wp_diag *diag) {
    *out = 0;
    if (func->callback == trap_unresolved)
        return WP_OK;
    space_result result = wp_slot_of_func(library->process, func, added, out);
    if (result == SPACE_NO_MEMORY)
        return wp_fail_memory(diag);
    if (result != SPACE_DONE)
        return wp_library_fail(library, diag, pos, "reservation failed: there is no room in the table");
    return WP_OK;
}

static wp_status fill_got(wp_library *library, uint32_t i, wp_func_slot **added, wp_diag *diag) {
    const wp_binding *b = &library->bindings[i];
    const wp_target *t = &b->target;
    wp_global *global = library->imports[i].object;
    wp_func *func = NULL;
    RULE(cover_of(library), load_got);
    switch (t->kind) {
    case WP_TARGET_DATUM: global->cells[0] = datum_address(t->library, t->index, b->absolute); return WP_OK;
    case WP_TARGET_FUNC: func = t->library->instance->funcs[t->index]; break;
    case WP_TARGET_VALUE: func = t->value.object; break;
    default: return WP_OK; /* nobody defines it: 0 */
    }
    return index_of(library, func, library->module->imports[i].pos, added, &global->cells[0], diag);
}

wp_status wp_resolve_got(wp_library *library, wp_func_slot **added, wp_diag *diag) {
    for (uint32_t i = 0; i < library->module->nimports; i++)
        if (is_got(&library->module->imports[i]))
            WP_TRY(fill_got(library, i, added, diag));
    return WP_OK;
}

wp_status wp_resolve_address(wp_library *library, const wp_export *export, wp_func_slot **added, uint64_t *out,
                             wp_diag *diag) {
    uint32_t flags = wp_dylink_export_flags(&library->dylink, export->name);
    RULE(cover_of(library), load_got);
    if (export->kind == WP_EXTERN_FUNC)
        return index_of(library, library->instance->funcs[export->index], export->pos, added, out, diag);
    if (!is_datum(library, export))
        return wp_library_fail(library, diag, export->pos, "incompatible import type: %.*s is no function and no datum",
                               (int)export->name.size, (const char *)export->name.data);
    *out = datum_address(library, export->index, (flags & WP_SYMBOL_ABSOLUTE) != 0);
    return WP_OK;
}
