/* loader.c: the loader: a load from its beginning to its end (process model, section 5, rule load.order).
 *
 * - The closure: a module, and breadth first all that it needs, is the load order. All of it is resolved and checked.
 * - Then pages and slots are reserved, instances made, dependencies first, and the GOT filled. Up to here no guest code
 *   has run, and a load that fails is taken back: nothing can be seen of it (rule load.atomic).
 * - Then relocation code runs, and when all of that is done constructors, dependencies first.
 *
 * Code may load while constructors run: what a load brings is loaded by then. Before, nobody may.
 */
#include "process/load/loader.h"

#include "process/load/resolve.h"

#include <string.h>

typedef struct load {
    wp_process *process;
    wp_library *root;
    size_t first;      /* the place in load order of the first library that is new */
    uint32_t first_id; /* its handle */
    wp_library **order; /* the new ones, dependencies first; NULL before there is an order */
    size_t count;
    wp_func_slot *added; /* slots of functions that were taken */
    uint64_t table_count; /* of the table, before the first slot was taken */
    wp_table *tables;     /* of the store, likewise */
    wp_memory *memories;
    wp_diag *diag;
} load;

/* ---- The closure --------------------------------------------------------------------------------------------- */

/* What is wrong is at a place in what was needed, or else in what needs it. */
static wp_status not_gathered(const wp_library *library, wp_status status, const wp_diag *own, wp_diag *diag) {
    if (status != WP_UNLOADABLE || own->source[0] != '\0')
        return wp_fail_like(diag, status, own, "%s", own->message);
    return wp_library_fail(library, diag, library->dylink.pos, "%s", own->message);
}

/* Rule load.needed. */
static wp_status gather_needed(load *l, wp_library *library) {
    for (size_t i = 0; i < library->dylink.nneeded; i++) {
        wp_library *needed = NULL;
        RULE(&l->process->engine->cover, load_needed);
        wp_diag own = {.status = WP_OK};
        wp_status status = wp_gather_library(l->process, library->dylink.needed[i], &needed, &own);
        if (status != WP_OK)
            return not_gathered(library, status, &own, l->diag);
        WP_TRY(wp_library_need(library, needed, l->diag));
    }
    library->nneeded = library->nneeds;
    return WP_OK;
}

/* What is found is added to the end of the load order, so this is breadth first. */
static wp_status gather(load *l) {
    for (size_t i = l->first; i < l->process->nlibraries; i++) {
        l->process->libraries[i]->loading = true;
        WP_TRY(wp_gather_shape(l->process->libraries[i], l->diag));
        WP_TRY(gather_needed(l, l->process->libraries[i]));
    }
    l->count = l->process->nlibraries - l->first;
    return WP_OK;
}

/* The new libraries in an order in which each comes after those that it needs, but for cycles. */
static wp_status sort(load *l) {
    size_t sorted = 0;
    l->order = wp_alloc(&l->process->engine->allocator, l->count, sizeof *l->order);
    if (l->order == NULL)
        return wp_fail_memory(l->diag);
    l->root->visited = true;
    for (wp_library *at = l->root; at != NULL;) {
        if (at->cursor == at->nneeded) {
            l->order[sorted++] = at;
            at = at->parent;
            continue;
        }
        wp_library *needed = at->needs[at->cursor++];
        if (needed->id < l->first_id || needed->visited)
            continue;
        needed->visited = true;
        needed->parent = at;
        at = needed;
    }
    return WP_OK;
}

/* Runs a step for every new library, in load order. */
static wp_status for_each(load *l, wp_status (*step)(wp_library *library, wp_diag *diag)) {
    for (size_t i = 0; i < l->count; i++)
        WP_TRY(step(l->process->libraries[l->first + i], l->diag));
    return WP_OK;
}

/* ---- Guest code that the loader calls ------------------------------------------------------------------------ */

static const char RELOCATIONS[] = "__wasm_apply_data_relocs", INITIALIZE[] = "_initialize",
                  CONSTRUCTORS[] = "__wasm_call_ctors";

static const wp_export *find_export(const wp_library *library, const char *name) {
    return library->dylink.present ? wp_module_find_export(library->module, name, strlen(name)) : NULL;
}

/* What is called must be a function without parameters and results. */
static wp_status check_callable(wp_library *library, const char *name, wp_diag *diag) {
    const wp_module *m = library->module;
    const wp_export *export = find_export(library, name);
    if (export == NULL)
        return WP_OK;
    if (export->kind == WP_EXTERN_FUNC) {
        const wp_comptype *type = &wp_types_get(m->engine->types, m->funcs[export->index].canon)->comp;
        if (type->nparams == 0 && type->nresults == 0)
            return WP_OK;
    }
    return wp_library_fail(library, diag, export->pos, "incompatible import type: %s is no function that can be called",
                           name);
}

static wp_status check_calls(wp_library *library, wp_diag *diag) {
    WP_TRY(check_callable(library, RELOCATIONS, diag));
    WP_TRY(check_callable(library, INITIALIZE, diag));
    return check_callable(library, CONSTRUCTORS, diag);
}

/* Rule load.ctor-trap. */
static wp_status call(wp_library *library, const char *name, wp_diag *diag) {
    const wp_export *export = find_export(library, name);
    if (export == NULL)
        return WP_OK;
    wp_diag own = {.status = WP_OK};
    wp_extern func = {WP_EXTERN_FUNC, library->instance->funcs[export->index]};
    wp_status status = wp_call(library->process->store, func, NULL, 0, NULL, 0, &own);
    if (status == WP_OK)
        return WP_OK;
    RULE(&library->process->engine->cover, load_ctor_trap);
    library->process->code_ended = status != WP_TRAP && status != WP_EXCEPTION;
    if (library->process->code_ended)
        return wp_fail_like(diag, status, &own, "%s", own.message);
    wp_bytes what = wp_library_name(library);
    return wp_fail_like(diag, WP_UNLOADABLE, &own, "%s (in %s of %.*s)", own.message, name, (int)what.size,
                      (const char *)what.data);
}

/* ---- Places -------------------------------------------------------------------------------------------------- */

static wp_status no_room(const wp_library *library, space_result result, const char *what, wp_diag *diag) {
    const wp_dylink *d = &library->dylink;
    if (result == SPACE_NO_MEMORY)
        return wp_fail_memory(diag);
    return wp_library_fail(library, diag, d->pos, "reservation failed: no room for its %s: %llu bytes aligned to 2^%u, %llu slots",
                           what, (unsigned long long)d->memory_size, (unsigned)d->memory_align,
                           (unsigned long long)d->table_size);
}

/* Rule load.reserve. */
static wp_status reserve_pages(wp_library *library, wp_diag *diag) {
    enum { PAGE_EXPONENT = 16 };
    wp_process *process = library->process;
    const wp_dylink *d = &library->dylink;
    uint64_t pages = wp_pages_up(d->memory_size), first;
    if (pages == 0)
        return WP_OK;
    RULE(&process->engine->cover, load_reserve);
    unsigned align = d->memory_align > PAGE_EXPONENT ? d->memory_align - PAGE_EXPONENT : 0;
    space_result result = space_reserve(process->space, pages, align, library->id, &first);
    if (result != SPACE_DONE)
        return no_room(library, result, "data", diag);
    if (!wp_storage_commit(&process->storage, first, pages)) {
        space_release(process->space, first, pages, library->id);
        return wp_fail_memory(diag);
    }
    library->first_page = first;
    library->pages = pages;
    library->base = first * WP_PAGE_SIZE;
    return WP_OK;
}

/* Rule load.table. */
static wp_status reserve_slots(wp_library *library, wp_diag *diag) {
    const wp_dylink *d = &library->dylink;
    if (d->table_size == 0)
        return WP_OK;
    space_result result =
        wp_slots_take(library->process, d->table_size, d->table_align, library->id, &library->table_base);
    if (result != SPACE_DONE)
        return no_room(library, result, "functions", diag);
    library->slots = d->table_size;
    return WP_OK;
}

static wp_status reserve(wp_library *library, wp_diag *diag) {
    WP_TRY(reserve_pages(library, diag));
    return reserve_slots(library, diag);
}

/* ---- Instances ----------------------------------------------------------------------------------------------- */

/* An instance with its functions, and the objects that are its own among its imports. */
static wp_status prepare(wp_library *library, wp_diag *diag) {
    wp_instance *instance = NULL;
    WP_TRY(wp_instance_prepare(library->process->store, library->module, &instance, diag));
    wp_library_set_instance(library, instance);
    return wp_resolve_make(library, diag);
}

static wp_status complete(load *l) {
    for (size_t i = 0; i < l->count; i++) {
        wp_library *library = l->order[i];
        RULE(&l->process->engine->cover, load_order);
        wp_resolve_bind(library);
        WP_TRY(wp_instance_complete(library->instance, library->imports, l->diag));
        WP_TRY(wp_instance_run_elems(library->instance, l->process->table, false, l->diag));
        WP_TRY(wp_instance_run_datas(library->instance, l->diag));
        library->is_complete = true;
    }
    return WP_OK;
}

/* Fills tables that may be others' and can't be taken back: last, when nothing can fail any more (rule load.atomic). */
static wp_status fill_others(load *l) {
    WP_TRY(for_each(l, wp_resolve_elems));
    for (size_t i = 0; i < l->count; i++)
        WP_TRY(wp_instance_run_elems(l->order[i]->instance, l->process->table, true, l->diag));
    return WP_OK;
}

static wp_status note_slots(wp_library *library, wp_diag *diag) {
    return wp_slots_note(library) ? WP_OK : wp_fail_memory(diag);
}

static wp_status fill_got(load *l) {
    WP_TRY(for_each(l, note_slots));
    for (size_t i = 0; i < l->count; i++)
        WP_TRY(wp_resolve_got(l->process->libraries[l->first + i], &l->added, l->diag));
    return WP_OK;
}

/* ---- The load ------------------------------------------------------------------------------------------------ */

/* All that comes before guest code. */
static wp_status build(load *l) {
    WP_TRY(gather(l));
    WP_TRY(for_each(l, wp_resolve_begin));
    WP_TRY(for_each(l, wp_library_publish));
    WP_TRY(for_each(l, wp_resolve_imports));
    WP_TRY(for_each(l, wp_resolve_segments));
    WP_TRY(for_each(l, check_calls));
    WP_TRY(sort(l));
    l->table_count = l->process->table->count;
    l->tables = l->process->store->tables;
    l->memories = l->process->store->memories;
    WP_TRY(for_each(l, reserve));
    WP_TRY(for_each(l, wp_resolve_placed));
    WP_TRY(for_each(l, prepare));
    WP_TRY(complete(l));
    WP_TRY(fill_got(l));
    return fill_others(l);
}

/* Rule load.atomic. Nobody has seen anything of the new libraries. */
static void take_back(load *l) {
    wp_process *process = l->process;
    RULE(&process->engine->cover, load_atomic);
    wp_slots_undo(process, l->added);
    if (l->order != NULL)
        wp_store_shorten(process->store, l->tables, l->memories);
    while (process->nlibraries > l->first) {
        wp_library *library = process->libraries[process->nlibraries - 1];
        wp_instance *instance = library->instance;
        wp_loader_release(library);
        if (instance != NULL)
            wp_instance_discard(instance);
    }
    if (l->order != NULL)
        wp_slots_shorten(process, l->table_count);
}

/* From here on the libraries are there for everyone. */
static void settle(load *l) {
    for (size_t i = 0; i < l->count; i++) {
        wp_instance_adopt(l->order[i]->instance);
        wp_library_settle(l->order[i]);
    }
}

static wp_status relocate(load *l) {
    for (size_t i = 0; i < l->count; i++)
        WP_TRY(call(l->order[i], RELOCATIONS, l->diag));
    return WP_OK;
}

/* One of the two kinds of constructors: the first calls the second itself. */
static wp_status construct(load *l) {
    for (size_t i = 0; i < l->count; i++) {
        const char *name = find_export(l->order[i], INITIALIZE) != NULL ? INITIALIZE : CONSTRUCTORS;
        WP_TRY(call(l->order[i], name, l->diag));
    }
    return WP_OK;
}

/* What a load that failed has brought goes, unless constructors have loaded what needs it. */
static void finish(load *l, wp_status status) {
    for (size_t i = 0; i < l->count; i++)
        l->order[i]->loading = false;
    if (status == WP_OK)
        l->root->holds++;
    else
        wp_loader_sweep(l->process);
}

static wp_status run(load *l) {
    wp_process *process = l->process;
    wp_status status = build(l);
    if (status != WP_OK) {
        take_back(l);
        process->is_loading = false;
        return status;
    }
    settle(l);
    status = relocate(l);
    process->is_loading = false;
    if (status == WP_OK)
        status = construct(l);
    finish(l, status);
    return status;
}

/* A load that begins with a library that has just been added. */
static wp_status load_from(wp_library *root, wp_diag *diag) {
    wp_process *process = root->process;
    load l = {.process = process,
              .root = root,
              .first = process->nlibraries - 1,
              .first_id = root->id,
              .diag = diag};
    wp_status status = run(&l);
    wp_free(&process->engine->allocator, l.order, l.count, sizeof *l.order);
    return status;
}

/* While a load runs the process is in use: it can't be ended. */
static wp_status begin(wp_process *process, wp_diag *diag) {
    if (process->is_loading)
        return wp_fail(diag, WP_REFUSED, "a load is running");
    process->is_loading = true;
    process->code_ended = false;
    process->store->host_depth++;
    return WP_OK;
}

static void end(wp_process *process) {
    process->is_loading = false;
    process->store->host_depth--;
}

wp_status wp_loader_load(wp_process *process, wp_module *module, wp_library **out, wp_diag *diag) {
    WP_TRY(begin(process, diag));
    wp_library *root = NULL;
    wp_status status = wp_library_add(process, module, (wp_bytes){NULL, 0}, &root, diag);
    if (status == WP_OK)
        status = load_from(root, diag);
    end(process);
    if (status == WP_OK)
        *out = root;
    return status;
}

wp_status wp_loader_library(wp_process *process, wp_bytes name, wp_library **out, wp_diag *diag) {
    WP_TRY(begin(process, diag));
    size_t before = process->nlibraries;
    wp_library *root = NULL;
    wp_status status = wp_gather_library(process, name, &root, diag);
    if (status == WP_OK && process->nlibraries != before)
        status = load_from(root, diag);
    else if (status == WP_OK)
        root->holds++;
    end(process);
    if (status == WP_OK)
        *out = root;
    return status;
}
