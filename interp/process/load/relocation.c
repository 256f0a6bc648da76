/* relocation.c: bases, imported objects and the GOT; see linking.h. */
#include "process/load/linking.h"

/* ---- Objects of a library's own ------------------------------------------------------------------------------ */

/* The function for a weak import that is not defined. It may stay in a table after the library and its module have been
 * unloaded: the name is a copy. */
static wp_status trap_unresolved(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    const wp_bytes *name = ctx;
    (void)args, (void)results;
    RULE(store->engine, load_symbols);
    return wp_fail(diag, WP_TRAP, "unresolved symbol: env.%.*s", WP_PRINT_BYTES(*name));
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
    func->deftype = wp_types_get(library->loader->engine->types, func->type);
    func->store = library->loader->store;
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
    global->store = library->loader->store;
    global->cells[0] = value;
    return global;
}

/* Makes the object of an import that is the library's own. False: out of memory.
 * rules: load.base, load.got, load.symbols */
static bool make_import(wp_library *library, uint32_t i) {
    const wp_import *import = &library->module->imports[i];
    const wp_binding *binding = &library->linking->bindings[i];
    const wp_target *target = &binding->target;
    wp_valtype pointer = library->loader->pointer;
    void **object = &library->linking->imports[i].object;
    if (wp_is_got(binding))
        *object = make_global(library, pointer, true, 0);
    else if (target->kind == WP_TARGET_TRAP && target->library == library && target->index == i)
        *object = make_trap(library, import);
    else if (binding->name == WP_NAME_memory_base)
        *object = make_global(library, pointer, false, library->base);
    else if (binding->name == WP_NAME_table_base)
        *object = make_global(library, pointer, false, library->table_base);
    else if (binding->name == WP_NAME_table_base32)
        *object = make_global(library, WP_T_I32, false, library->table_base);
    else
        return true;
    return *object != NULL;
}

wp_status wp_relocation_make(wp_library *library, wp_diag *diag) {
    for (uint32_t i = 0; i < library->module->nimports; i++)
        if (!make_import(library, i))
            return wp_fail_memory(diag);
    return WP_OK;
}

/* ---- Objects of others --------------------------------------------------------------------------------------- */

void wp_relocation_bind(wp_library *library) {
    for (uint32_t i = 0; i < library->module->nimports; i++) {
        const wp_target *target = &library->linking->bindings[i].target;
        void **object = &library->linking->imports[i].object;
        if (*object != NULL)
            continue;
        switch (target->kind) {
        case WP_TARGET_FUNC:
            if (target->library == library || !target->library->is_complete)
                RULE(library->loader->engine, load_symbols_late);
            *object = target->library->instance->funcs[target->index]; /* rule: load.symbols.late */
            break;
        /* rule: load.symbols */
        case WP_TARGET_TRAP: *object = target->library->linking->imports[target->index].object; break;
        default: *object = target->value.object; break; /* rules: load.symbols, load.names */
        }
    }
}

/* ---- Addresses ----------------------------------------------------------------------------------------------- */

/* The relocated address of a datum. rules: load.got, dl.symbol */
static uint64_t datum_address(const wp_library *definer, uint32_t global, bool is_absolute) {
    uint64_t address = definer->instance->globals[global]->cells[0] + (is_absolute ? 0 : definer->base);
    return definer->loader->pointer == WP_T_I32 ? (uint32_t)address : address;
}

/* The owner of a function's slot. */
static uint32_t owner_of(const wp_loader *loader, const wp_func *func) {
    const wp_library *definer = func->instance == NULL ? NULL : wp_library_find_instance(loader, func->instance);
    return definer == NULL ? WP_OWNER_PLATFORM : definer->id;
}

/* The table index of a function; 0 of one that is not defined. *given is the function if it got a slot for this. */
static wp_status func_address(wp_library *library, wp_func *func, uint32_t pos, uint64_t *out, wp_func **given,
                              wp_diag *diag) {
    wp_loader *loader = library->loader;
    bool is_new;
    *out = 0;
    if (func->callback == trap_unresolved) /* rule: load.got */
        return WP_OK;
    /* rules: load.got, dl.symbol */
    space_result result = wp_slots_of_func(&loader->slots, func, owner_of(loader, func), &is_new);
    if (result == SPACE_NO_MEMORY)
        return wp_fail_memory(diag);
    if (result != SPACE_DONE)
        return wp_library_fail(library, diag, pos, "reservation failed: there is no room in the table");
    *out = func->slot;             /* rules: load.got, dl.symbol */
    *given = is_new ? func : NULL; /* rule: load.atomic */
    return WP_OK;
}

static wp_status fill_entry(wp_library *library, uint32_t i, wp_diag *diag) {
    wp_binding *binding = &library->linking->bindings[i];
    const wp_target *target = &binding->target;
    wp_global *global = library->linking->imports[i].object;
    wp_func *func = NULL;
    RULE(library->loader->engine, load_got);
    switch (target->kind) {
    case WP_TARGET_DATUM:
        global->cells[0] = datum_address(target->library, target->index, binding->is_absolute);
        return WP_OK;
    case WP_TARGET_FUNC: func = target->library->instance->funcs[target->index]; break;
    case WP_TARGET_VALUE: func = target->value.object; break;
    default: return WP_OK; /* not defined: 0 */
    }
    /* rule: load.got */
    return func_address(library, func, library->module->imports[i].pos, &global->cells[0], &binding->given, diag);
}

wp_status wp_relocation_fill_got(wp_library *library, wp_diag *diag) { /* rule: load.got */
    for (uint32_t i = 0; i < library->module->nimports; i++)
        if (wp_is_got(&library->linking->bindings[i]))
            WP_TRY(fill_entry(library, i, diag));
    return WP_OK;
}

void wp_relocation_undo(wp_library *library) { /* rule: load.atomic */
    for (uint32_t i = 0; library->linking != NULL && i < library->module->nimports; i++) {
        wp_func *func = library->linking->bindings[i].given;
        if (func != NULL)
            wp_slots_release_func(&library->loader->slots, func, owner_of(library->loader, func));
    }
}

wp_status wp_loader_symbol(wp_library *library, wp_bytes name, uint64_t *out, wp_diag *diag) { /* rule: dl.symbol */
    const wp_export *export = wp_module_find_export(library->module, (const char *)name.data, name.size);
    if (export == NULL)
        return wp_fail(diag, WP_UNLOADABLE, "unresolved symbol: %.*s", WP_PRINT_BYTES(name));
    uint32_t flags = wp_dylink_flags(&library->dylink, WP_DYLINK_EXPORT_INFO, name);
    wp_func *given;
    RULE(library->loader->engine, load_got);
    if (export->kind == WP_EXTERN_FUNC)
        return func_address(library, library->instance->funcs[export->index], export->pos, out, &given, diag);
    if (!wp_is_datum(library, export))
        return wp_library_fail(library, diag, export->pos,
                               "incompatible import type: %.*s is neither a function nor a datum",
                               WP_PRINT_BYTES(name));
    *out = datum_address(library, export->index, (flags & WP_SYMBOL_ABSOLUTE) != 0);
    return WP_OK;
}
