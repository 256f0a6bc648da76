/* resolve.c: the bindings of libraries' imports; see linking.h. */
#include "process/load/linking.h"

#include "core/exec/exec.h"

wp_status wp_resolve_begin(wp_library *library, wp_arena *arena, wp_diag *diag) {
    const wp_module *m = library->module;
    wp_linking *l = wp_arena_alloc(arena, 1, sizeof *l);
    if (l == NULL)
        return wp_fail_memory(diag);
    l->bindings = wp_arena_alloc(arena, m->nimports, sizeof *l->bindings);
    l->imports = wp_arena_alloc(arena, m->nimports, sizeof *l->imports);
    uint32_t *numbers = wp_arena_alloc(arena, m->nimports, sizeof *numbers);
    if (l->bindings == NULL || l->imports == NULL || numbers == NULL)
        return wp_fail_memory(diag);
    const uint32_t counts[] = {m->nfunc_imports, m->ntable_imports, m->nmemory_imports, m->nglobal_imports,
                               m->ntag_imports};
    for (unsigned kind = 0; kind <= WP_EXTERN_TAG; numbers += counts[kind++])
        l->of_kind[kind] = numbers;
    for (uint32_t i = 0; i < m->nimports; i++) {
        const wp_import *import = &m->imports[i];
        l->bindings[i].from = wp_platform_module_of(import->module);
        l->bindings[i].name = wp_platform_name_of(import);
        l->of_kind[import->kind][import->index] = i;
    }
    library->linking = l;
    return WP_OK;
}

static wp_status import_error(const wp_library *library, uint32_t i, wp_diag *diag, const char *text) {
    const wp_import *import = &library->module->imports[i];
    return wp_library_fail(library, diag, import->pos, "%s: %.*s.%.*s", text, WP_PRINT_BYTES(import->module),
                           WP_PRINT_BYTES(import->name));
}

/* ---- Imports with values of the platform or of registered instances ------------------------------------------ */

/* The platform's value for an import. False: this process has none. */
static bool platform_value(const wp_loader *loader, const wp_binding *binding, wp_extern *out) {
    if (binding->name == WP_PLATFORM_NAMES || loader->platform[binding->name].object == NULL)
        return false;
    *out = loader->platform[binding->name];
    return true;
}

/* Counts the rules of a platform name's value. */
static void note_platform_value(wp_engine *engine, wp_platform_name name) {
    RULE(engine, load_names);
    switch (name) {
    case WP_NAME_memory:
        RULE(engine, process_memory);
        RULE(engine, process_no_module_isolation);
        break;
    case WP_NAME_table:
        RULE(engine, process_no_module_isolation);
        RULE(engine, load_table);
        break;
    case WP_NAME_stack_pointer: RULE(engine, load_stack); break;
    case WP_NAME_memory_base:
    case WP_NAME_table_base:
    case WP_NAME_table_base32: RULE(engine, load_base); break;
    default: break;
    }
}

/* The table of a wasm64 process has 64-bit indices. A library that declares them as 32-bit ones, as LLVM 16 makes it,
 * imports the same table. `count` stands for its size. */
static bool table_matches(const wp_library *library, const wp_import *import, uint64_t count) {
    wp_table view = *library->loader->table;
    view.count = count;
    if (library->dylink.present && !library->module->tables[import->index].limits.is64)
        view.limits.is64 = false;
    return wp_import_matches(library->module, import, (wp_extern){WP_EXTERN_TABLE, &view});
}

/* True for an import of the process's memory, under any name, that only its minimum keeps from matching. */
static bool exceeds_extent(const wp_library *library, const wp_import *import, wp_extern value) {
    if (value.object != library->loader->memory || import->kind != WP_EXTERN_MEMORY)
        return false;
    wp_memory large = *library->loader->memory;
    large.pages = UINT64_MAX; /* rule: process.memory */
    return wp_import_matches(library->module, import, (wp_extern){WP_EXTERN_MEMORY, &large});
}

/* Rules load.pointer-type, process.isolation, process.memory. */
static wp_status check_value(const wp_library *library, uint32_t i, wp_extern value, wp_diag *diag) {
    const wp_loader *loader = library->loader;
    const wp_import *import = &library->module->imports[i];
    if (wp_extern_store(value) != loader->store) {
        RULE(library->loader->engine, process_isolation);
        return import_error(library, i, diag, "incompatible import type");
    }
    bool matches = value.object == loader->table && import->kind == WP_EXTERN_TABLE
                       ? table_matches(library, import, UINT64_MAX)
                       : wp_import_matches(library->module, import, value);
    if (matches) /* rules: load.pointer-type, load.names */
        return WP_OK;
    if (exceeds_extent(library, import, value)) { /* rule: process.memory */
        RULE(library->loader->engine, process_memory);
        return import_error(library, i, diag, "extent: too small for");
    }
    if (import->kind == WP_EXTERN_MEMORY)
        RULE(library->loader->engine, load_pointer_type);
    return import_error(library, i, diag, "incompatible import type"); /* rules: load.pointer-type, load.names */
}

static wp_status resolve_value(wp_library *library, uint32_t i, wp_extern value, wp_diag *diag) {
    wp_linking *l = library->linking;
    WP_TRY(check_value(library, i, value, diag)); /* rule: load.names */
    l->imports[i] = value;
    l->bindings[i].target = (wp_target){.kind = WP_TARGET_VALUE, .value = value};
    l->bindings[i].is_resolved = true;
    return WP_OK;
}

static wp_status resolve_registered(wp_library *library, uint32_t i, wp_diag *diag) {
    const wp_loader *loader = library->loader;
    wp_extern value;
    wp_instance *from;
    RULE(library->loader->engine, load_names);
    /* rule: load.names */
    if (!wp_store_resolve(loader->store, &library->module->imports[i], &value, &from)) {
        RULE(library->loader->engine, process_isolation);
        return import_error(library, i, diag, "unknown import");
    }
    WP_TRY(resolve_value(library, i, value, diag));   /* rule: load.names */
    if (from == NULL && value.kind == WP_EXTERN_FUNC) /* rule: load.unload */
        from = ((const wp_func *)value.object)->instance;
    /* rule: load.unload */
    return wp_library_need(library, from == NULL ? NULL : wp_library_find_instance(loader, from), diag);
}

/* ---- Functions ----------------------------------------------------------------------------------------------- */

static bool is_weak(const wp_library *library, uint32_t i) { /* rule: load.symbols */
    return (wp_dylink_flags(&library->dylink, WP_DYLINK_IMPORT_INFO, library->module->imports[i].name) &
            WP_SYMBOL_WEAK) != 0;
}

/* The target of a function import that is not a symbol. *out is unchanged if it is not defined. rule: load.symbols */
static void find_direct(const wp_library *library, uint32_t i, wp_target *out) {
    const wp_loader *loader = library->loader;
    const wp_binding *binding = &library->linking->bindings[i];
    wp_extern value;
    bool found = binding->from == WP_FROM_OTHERS
                     ? wp_store_resolve(loader->store, &library->module->imports[i], &value, NULL)
                     : platform_value(loader, binding, &value);
    if (found)
        *out = (wp_target){.kind = value.kind == WP_EXTERN_FUNC ? WP_TARGET_VALUE : WP_TARGET_MISMATCH, .value = value};
}

/* The target of an exported function. False: it is that of import *i of *library, which is to be found first.
 * rule: load.symbols */
static bool find_export(wp_library **library, uint32_t *i, const wp_export *export, wp_target *out) {
    wp_library *definer = *library;
    if (export->kind != WP_EXTERN_FUNC) {
        *out = (wp_target){.kind = WP_TARGET_MISMATCH};
    } else if (export->index >= definer->module->nfunc_imports) {
        *out = (wp_target){.kind = WP_TARGET_FUNC, .library = definer, .index = export->index};
    } else if (definer->linking == NULL) {
        wp_extern value = {WP_EXTERN_FUNC, definer->instance->funcs[export->index]};
        *out = (wp_target){.kind = WP_TARGET_VALUE, .value = value};
    } else {
        *i = definer->linking->of_kind[WP_EXTERN_FUNC][export->index];
        return false;
    }
    return true;
}

/* The target of function import *i of *library; *out is unchanged if it is not defined. False: it is that of another
 * import, which *library and *i then are. rules: load.names, load.symbols, load.symbols.late */
static bool find_step(wp_library **library, uint32_t *i, wp_target *out) {
    wp_library *importer = *library;
    wp_binding *binding = &importer->linking->bindings[*i];
    if (binding->from != WP_FROM_env) {
        find_direct(importer, *i, out);
        return true;
    }
    const wp_symbol *symbol = wp_symbol_find(importer->loader, importer->module->imports[*i].name);
    if (symbol == NULL)
        return true;
    binding->definer = *library = symbol->library;
    return find_export(library, i, symbol->export, out);
}

/* Finds the target of a function import. Follows re-exports to the defining function; a cycle defines nothing. Of
 * imports that are not defined, the last weak one on the way traps for all before it. */
static const wp_target *find_func(wp_library *library, uint32_t i) {
    wp_library *at = library, *importer = NULL;
    uint32_t number = i, importer_import = 0;
    wp_target found;
    for (;;) {
        wp_binding *b = &at->linking->bindings[number];
        found = b->target;                   /* none, as long as it is not known */
        if (b->is_resolved || b->is_visited) /* rule: load.symbols */
            break;
        b->is_visited = true;
        b->importer = importer;
        b->importer_import = importer_import;
        importer = at;
        importer_import = number;
        if (find_step(&at, &number, &found))
            break;
    }
    /* rule: load.symbols */
    while (importer != NULL) {
        wp_binding *b = &importer->linking->bindings[importer_import];
        if (found.kind == WP_TARGET_NONE && is_weak(importer, importer_import))
            found = (wp_target){.kind = WP_TARGET_TRAP, .library = importer, .index = importer_import};
        b->target = found;
        b->is_resolved = true;
        importer_import = b->importer_import;
        importer = b->importer;
    }
    return &library->linking->bindings[i].target;
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
    const wp_target *target = find_func(library, i);
    RULE(library->loader->engine, load_symbols);
    if (target->kind == WP_TARGET_NONE)
        return import_error(library, i, diag, "unresolved symbol");
    /* rule: load.symbols */
    if (target->kind == WP_TARGET_MISMATCH ||
        !wp_match_deftype(m->engine->types, target_type(target), m->funcs[m->imports[i].index].canon))
        return import_error(library, i, diag, "incompatible import type");
    return wp_library_need(library, library->linking->bindings[i].definer, diag); /* rule: load.unload */
}

/* ---- The GOT ------------------------------------------------------------------------------------------------- */

bool wp_is_datum(const wp_library *library, const wp_export *export) { /* rules: load.symbols, dl.symbol */
    if (export->kind != WP_EXTERN_GLOBAL)
        return false;
    const wp_global_def *global = &library->module->globals[export->index];
    return !global->is_mutable && global->type == library->loader->pointer;
}

static void find_got(wp_binding *b, const wp_symbol *symbol) { /* rules: load.symbols, load.got */
    wp_library *definer = symbol->library;
    const wp_export *export = symbol->export;
    b->definer = definer; /* rule: load.unload */
    if (b->from == WP_FROM_got_mem) {
        wp_target_kind kind = wp_is_datum(definer, export) ? WP_TARGET_DATUM : WP_TARGET_MISMATCH;
        b->target = (wp_target){.kind = kind, .library = definer, .index = export->index};
        b->is_absolute =
            (wp_dylink_flags(&definer->dylink, WP_DYLINK_EXPORT_INFO, export->name) & WP_SYMBOL_ABSOLUTE) != 0;
        return;
    }
    wp_library *at = definer;
    uint32_t number = 0;
    wp_target target;
    b->target = find_export(&at, &number, export, &target) ? target : *find_func(at, number);
}

/* The bounds of a heap, which a process does not have: 0 without a definition, even if strong. rule: load.symbols */
static bool is_heap_bound(const wp_binding *b, const wp_import *import) {
    return b->from == WP_FROM_got_mem && (wp_bytes_equal(import->name, wp_bytes_of("__heap_base")) ||
                                          wp_bytes_equal(import->name, wp_bytes_of("__heap_end")));
}

/* Rule load.symbols, of addresses: GOT.mem.x, GOT.func.f. */
static wp_status resolve_got(wp_library *library, uint32_t i, wp_diag *diag) {
    const wp_module *m = library->module;
    const wp_import *import = &m->imports[i];
    wp_binding *b = &library->linking->bindings[i];
    const wp_symbol *symbol = wp_symbol_find(library->loader, import->name);
    RULE(library->loader->engine, load_symbols);
    if (symbol != NULL) /* rule: load.symbols.late */
        find_got(b, symbol);
    if (b->target.kind == WP_TARGET_NONE && !is_weak(library, i) && !is_heap_bound(b, import)) /* rule: load.symbols */
        return import_error(library, i, diag, "unresolved symbol");
    const wp_global_def *global = import->kind == WP_EXTERN_GLOBAL ? &m->globals[import->index] : NULL;
    if (b->target.kind == WP_TARGET_MISMATCH || global == NULL || !global->is_mutable ||
        global->type != library->loader->pointer) /* rule: load.symbols */
        return import_error(library, i, diag, "incompatible import type");
    return wp_library_need(library, b->definer, diag); /* rule: load.unload */
}

/* ---- All imports --------------------------------------------------------------------------------------------- */

/* Rule load.names: the platform's names first and alone; all others among the registrations of this process. */
static wp_status resolve_import(wp_library *library, uint32_t i, wp_diag *diag) {
    const wp_binding *binding = &library->linking->bindings[i];
    wp_extern value;
    if (wp_is_got(binding))
        return resolve_got(library, i, diag);
    if (binding->from == WP_FROM_OTHERS) /* rule: load.names */
        return resolve_registered(library, i, diag);
    if (platform_value(library->loader, binding, &value)) { /* rule: load.names */
        note_platform_value(library->loader->engine, binding->name);
        return resolve_value(library, i, value, diag); /* rules: process.memory, process.no-module-isolation */
    }
    RULE(library->loader->engine, load_names);
    if (library->module->imports[i].kind == WP_EXTERN_FUNC && binding->from == WP_FROM_env)
        return resolve_func(library, i, diag);
    return import_error(library, i, diag, "unknown import");
}

wp_status wp_resolve_imports(wp_library *library, wp_diag *diag) {
    for (uint32_t i = 0; i < library->module->nimports; i++)
        WP_TRY(resolve_import(library, i, diag));
    return WP_OK;
}

wp_status wp_resolve_check_table(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    const wp_table *table = library->loader->table;
    for (uint32_t i = 0; i < m->nimports; i++)
        if (library->linking->imports[i].object == table && !table_matches(library, &m->imports[i], table->count))
            return import_error(library, i, diag, "incompatible import type");
    return WP_OK;
}
