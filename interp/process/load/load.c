/* load.c: a load from its beginning to its end (rule load.order).
 *
 * - The closure: a module, and breadth first all that it needs, is the load order. Everything is resolved and checked.
 * - Then pages and slots are reserved, instances prepared and completed, and the GOT filled. Each step is in load
 *   order; only load_complete and load_fill_others go dependencies first. Up to here no guest code has run, and a load
 *   that fails is rolled back without a trace (rule load.atomic).
 * - Then start functions run, after all of them relocation code, and after all of that constructors; each dependencies
 *   first.
 *
 * Constructors may load libraries, since those of this load are complete by then. Start functions and relocation code
 * may not. If any of this code fails, all libraries that came since the load began are unloaded (rule load.ctor-trap).
 */
#include "process/load/linking.h"

#include <string.h>

typedef struct load {
    wp_loader *loader;
    wp_opener opener;
    wp_closure closure;
    /* State to roll back to. slots 0: only libraries have been added so far. */
    uint64_t slots;   /* of the process table */
    wp_table *tables; /* of the store */
    wp_memory *memories;
    wp_diag *diag;
} load;

/* Runs a step for every library of the load, in load order. */
static wp_status load_for_each(load *l, wp_status (*step)(wp_library *library, wp_diag *diag)) {
    for (size_t i = 0; i < l->closure.count; i++)
        WP_TRY(step(l->loader->libraries[l->closure.first + i], l->diag));
    return WP_OK;
}

/* ---- Guest code that the loader calls ------------------------------------------------------------------------ */

static const char RELOCATIONS[] = "__wasm_apply_data_relocs", INITIALIZE[] = "_initialize",
                  CONSTRUCTORS[] = "__wasm_call_ctors", START[] = "the start function";

static const wp_export *find_export(const wp_library *library, const char *name) {
    /* rule: load.order */
    return library->dylink.present ? wp_module_find_export(library->module, name, strlen(name)) : NULL;
}

/* An export with one of these names must be a function without parameters and results. */
static wp_status check_callable(wp_library *library, const char *name, wp_diag *diag) {
    const wp_module *m = library->module;
    const wp_export *export = find_export(library, name);
    if (export == NULL)
        return WP_OK;
    if (export->kind == WP_EXTERN_FUNC) { /* rule: load.order */
        const wp_comptype *type = &wp_types_get(m->engine->types, m->funcs[export->index].canon)->comp;
        if (type->nparams == 0 && type->nresults == 0) /* rule: load.order */
            return WP_OK;
    }
    return wp_library_fail(library, diag, export->pos,
                           "incompatible import type: %s is not a function that can be called",
                           name); /* rule: load.order */
}

static wp_status load_check_callables(wp_library *library, wp_diag *diag) { /* rule: load.order */
    WP_TRY(check_callable(library, RELOCATIONS, diag));
    WP_TRY(check_callable(library, INITIALIZE, diag));
    return check_callable(library, CONSTRUCTORS, diag);
}

/* Calls a function by its index; `name` is for messages. Rule load.ctor-trap. */
static wp_status load_call(wp_library *library, uint32_t index, const char *name, wp_diag *diag) {
    wp_loader *loader = library->loader;
    wp_diag own = {.status = WP_OK};
    wp_extern func = {WP_EXTERN_FUNC, library->instance->funcs[index]};
    wp_status status = wp_call(loader->store, func, NULL, 0, NULL, 0, &own);
    if (status == WP_OK) /* rule: load.ctor-trap */
        return WP_OK;
    RULE(loader->engine, load_ctor_trap);
    loader->code_ended = status != WP_TRAP && status != WP_EXCEPTION;
    if (loader->code_ended)
        return wp_fail_like(diag, status, &own, "%s", own.message);
    return wp_fail_like(diag, WP_UNLOADABLE, &own, "%s (in %s of %.*s)", own.message, name,
                        WP_PRINT_BYTES(wp_library_name(library))); /* rule: load.ctor-trap */
}

static wp_status load_call_export(wp_library *library, const char *name, wp_diag *diag) {
    const wp_export *export = find_export(library, name);
    return export == NULL ? WP_OK : load_call(library, export->index, name, diag);
}

/* Start functions, of modules without dylink.0 too. rules: load.order, load.ctor-trap */
static wp_status load_run_starts(load *l) {
    for (size_t i = 0; i < l->closure.count; i++) {
        wp_library *library = l->closure.order[i];
        if (library->module->has_start)
            WP_TRY(load_call(library, library->module->start, START, l->diag));
    }
    return WP_OK;
}

static wp_status load_run_relocations(load *l) { /* rules: load.order, load.ctor-trap */
    for (size_t i = 0; i < l->closure.count; i++)
        WP_TRY(load_call_export(l->closure.order[i], RELOCATIONS, l->diag));
    return WP_OK;
}

/* One of the two kinds of constructors: the first calls the second itself. rules: load.order, load.ctor-trap */
static wp_status load_run_constructors(load *l) {
    for (size_t i = 0; i < l->closure.count; i++) {
        const char *name = find_export(l->closure.order[i], INITIALIZE) != NULL ? INITIALIZE : CONSTRUCTORS;
        WP_TRY(load_call_export(l->closure.order[i], name, l->diag));
    }
    return WP_OK;
}

/* ---- Reservations -------------------------------------------------------------------------------------------- */

static wp_status no_room(const wp_library *library, space_result result, const char *what, wp_diag *diag) {
    const wp_dylink *d = &library->dylink;
    if (result == SPACE_NO_MEMORY)
        return wp_fail_memory(diag);
    return wp_library_fail(
        library, diag, d->pos, "reservation failed: no room for its %s: %llu bytes aligned to 2^%u, %llu slots", what,
        (unsigned long long)d->memory_size, (unsigned)d->memory_align, (unsigned long long)d->table_size);
}

/* Rule load.reserve. */
static wp_status reserve_pages(wp_library *library, wp_diag *diag) {
    enum { PAGE_EXPONENT = 16 };
    const wp_dylink *d = &library->dylink;
    uint64_t pages = wp_pages_up(d->memory_size), first; /* rule: load.reserve */
    if (pages == 0)                                      /* rule: load.reserve */
        return WP_OK;
    RULE(library->loader->engine, load_reserve);
    unsigned align = d->memory_align > PAGE_EXPONENT ? d->memory_align - PAGE_EXPONENT : 0;
    /* rule: load.reserve */
    space_result result = wp_storage_reserve(library->loader->storage, 0, pages, align, library->id, &first);
    if (result == SPACE_LIMIT)
        RULE(library->loader->engine, process_limit);
    if (result != SPACE_DONE) /* rule: load.reserve */
        return no_room(library, result, "data", diag);
    library->first_page = first;          /* rule: load.reserve */
    library->pages = pages;               /* rule: load.reserve */
    library->base = first * WP_PAGE_SIZE; /* rule: load.base */
    return WP_OK;
}

/* rule: load.table */
static wp_status reserve_slots(wp_library *library, wp_diag *diag) {
    const wp_dylink *d = &library->dylink;
    if (d->table_size == 0)
        return WP_OK;
    space_result result =
        wp_slots_reserve(&library->loader->slots, d->table_size, d->table_align, library->id, &library->table_base);
    if (result != SPACE_DONE)
        return no_room(library, result, "functions", diag);
    library->slots = d->table_size;
    return WP_OK;
}

static wp_status load_reserve(wp_library *library, wp_diag *diag) {
    WP_TRY(reserve_pages(library, diag));
    return reserve_slots(library, diag);
}

/* ---- Instances ----------------------------------------------------------------------------------------------- */

/* Makes the instance, its functions, and the import objects that are the library's own. */
static wp_status load_prepare(wp_library *library, wp_diag *diag) {
    wp_instance *instance = NULL;
    WP_TRY(wp_instance_prepare(library->loader->store, library->module, &instance, diag));
    library->instance = instance;
    instance->owner = library;
    return wp_relocation_make(library, diag);
}

static wp_status load_complete(load *l) {
    for (size_t i = 0; i < l->closure.count; i++) {
        wp_library *library = l->closure.order[i];
        RULE(l->loader->engine, load_order);
        wp_relocation_bind(library);
        WP_TRY(wp_instance_complete(library->instance, library->linking->imports, l->diag));
        WP_TRY(wp_instance_run_elems(library->instance, l->loader->table, false, l->diag));
        WP_TRY(wp_instance_run_datas(library->instance, l->diag));
        wp_slots_record(&l->loader->slots, library->instance, library->table_base, library->slots); /* rule: load.got */
        library->is_complete = true;
    }
    return WP_OK;
}

/* Writes tables other than the process's, which can't be rolled back: last, when nothing can fail any more.
 * rules: load.atomic, load.data, load.order */
static wp_status load_fill_others(load *l) {
    WP_TRY(load_for_each(l, wp_segments_check_others));
    for (size_t i = 0; i < l->closure.count; i++)
        WP_TRY(wp_instance_run_elems(l->closure.order[i]->instance, l->loader->table, true, l->diag));
    return WP_OK;
}

/* ---- The load ------------------------------------------------------------------------------------------------ */

/* Everything before guest code. rules: load.atomic, load.order */
static wp_status load_build(load *l) {
    WP_TRY(wp_closure_gather(&l->closure, l->diag));
    WP_TRY(load_for_each(l, wp_library_publish)); /* rules: load.symbols, load.symbols.late */
    WP_TRY(load_for_each(l, wp_resolve_imports)); /* rules: load.symbols, load.symbols.late */
    WP_TRY(load_for_each(l, wp_segments_check));  /* rule: load.data */
    WP_TRY(load_for_each(l, load_check_callables));
    l->slots = l->loader->table->count;
    l->tables = l->loader->store->tables;
    l->memories = l->loader->store->memories;
    WP_TRY(load_for_each(l, load_reserve)); /* rule: load.reserve */
    WP_TRY(load_for_each(l, wp_resolve_check_table));
    WP_TRY(load_for_each(l, load_prepare));
    WP_TRY(load_complete(l));
    WP_TRY(load_for_each(l, wp_relocation_fill_got)); /* rule: load.got */
    return load_fill_others(l);                       /* rule: load.data */
}

/* Rule load.atomic. Nothing outside the load has seen its libraries. */
static void load_roll_back(load *l) {
    wp_loader *loader = l->loader;
    RULE(loader->engine, load_atomic);
    if (l->slots != 0)
        wp_store_shorten(loader->store, l->tables, l->memories);
    for (size_t i = l->closure.first; i < loader->nlibraries; i++) /* rule: load.atomic */
        wp_relocation_undo(loader->libraries[i]);
    /* rule: load.atomic */
    while (loader->nlibraries > l->closure.first) {
        wp_library *library = loader->libraries[loader->nlibraries - 1];
        wp_instance *instance = library->instance;
        wp_library_remove(library);
        if (instance != NULL)
            wp_instance_discard(instance);
    }
    if (l->slots != 0) /* rule: load.atomic */
        wp_slots_shorten(&loader->slots, l->slots);
}

/* Makes the libraries permanent: the store owns their instances. */
static void load_commit(load *l) {
    for (size_t i = 0; i < l->closure.count; i++) {
        wp_instance_adopt(l->closure.order[i]->instance);
        l->closure.order[i]->linking = NULL;
    }
}

/* Unloads all libraries that came since the load began, by any opener: none is running. rule: load.ctor-trap */
static void load_undo(wp_library *root) {
    wp_loader *loader = root->loader;
    uint32_t first = root->id;
    for (size_t i = 0; i < loader->nlibraries; i++) {
        wp_library *library = loader->libraries[i];
        if (library->id < first)
            continue;
        library->opens[WP_OPENER_EMBEDDER] = library->opens[WP_OPENER_MODULE] = 0;
        library->is_loading = library->is_late = false;
    }
    wp_loader_release(loader);
}

/* Runs guest code. rules: load.order, load.ctor-trap */
static wp_status load_start(load *l, wp_library *root) {
    wp_status status = load_run_starts(l);
    if (status == WP_OK)
        status = load_run_relocations(l);
    l->loader->is_loading = false;
    if (status == WP_OK)
        status = load_run_constructors(l);
    if (status != WP_OK) {
        load_undo(root);
        return status;
    }
    for (size_t i = 0; i < l->closure.count; i++)
        l->closure.order[i]->is_loading = false;
    root->opens[l->opener]++; /* rule: dl.load */
    return WP_OK;
}

/* Loads the library that has just been added, with all that it needs. */
static wp_status load_added(wp_library *root, wp_opener opener, wp_diag *diag) {
    wp_loader *loader = root->loader;
    load l = {.loader = loader,
              .opener = opener,
              .closure = {.loader = loader, .first = loader->nlibraries - 1},
              .diag = diag};
    wp_arena_init(&l.closure.arena, &loader->engine->allocator);
    wp_status status = load_build(&l);
    /* rule: load.atomic */
    if (status == WP_OK)
        load_commit(&l);
    else
        load_roll_back(&l);
    if (status == WP_OK) /* rules: load.order, load.ctor-trap */
        status = load_start(&l, root);
    wp_arena_release(&l.closure.arena);
    return status;
}

/* ---- Entry --------------------------------------------------------------------------------------------------- */

/* While a load runs the process is in use: it can't be ended. */
static wp_status load_enter(wp_loader *loader, wp_diag *diag) {
    if (loader->is_loading) /* rule: load.order */
        return wp_fail(diag, WP_REFUSED, "a load is running");
    loader->is_loading = true;
    loader->code_ended = false;
    loader->store->host_depth++;
    return WP_OK;
}

static wp_status load_leave(wp_loader *loader, wp_status status, wp_library *root, wp_library **out) {
    loader->is_loading = false;
    loader->store->host_depth--;
    wp_loader_end_call(loader); /* rule: load.unload */
    if (status == WP_OK)
        *out = root;
    return status;
}

wp_status wp_loader_load(wp_loader *loader, wp_module *module, wp_library **out, wp_diag *diag) {
    wp_library *root = NULL;
    WP_TRY(load_enter(loader, diag));
    wp_status status = wp_library_add(loader, module, (wp_bytes){NULL, 0}, &root, diag);
    if (status == WP_OK)
        status = load_added(root, WP_OPENER_EMBEDDER, diag);
    return load_leave(loader, status, root, out);
}

wp_status wp_loader_load_name(wp_loader *loader, wp_bytes name, wp_opener opener, wp_library **out, wp_diag *diag) {
    wp_library *root = NULL;
    WP_TRY(load_enter(loader, diag));
    size_t before = loader->nlibraries;
    wp_status status = wp_closure_find(loader, name, &root, diag);
    if (status == WP_OK && loader->nlibraries != before) /* rules: dl.load, load.identity */
        status = load_added(root, opener, diag);
    else if (status == WP_OK)  /* rules: dl.load, dl.load.failure */
        root->opens[opener]++; /* rule: dl.load */
    return load_leave(loader, status, root, out);
}
