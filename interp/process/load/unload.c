/* unload.c: unloading (rule load.unload); see loader.h.
 *
 * A library stays while it is loaded, needed by a library that stays, or running. All others are removed, even if they
 * need each other.
 */
#include "process/load/library.h"

/* ---- Libraries that stay ------------------------------------------------------------------------------------- */

/* Adds a library to the list of those that were reached and whose dependencies are still to be visited.
 * rule: load.unload */
static void reach(wp_library **list, wp_library *library) {
    if (library->is_reached)
        return;
    library->is_reached = true;
    library->next_reached = *list;
    *list = library;
}

static void reach_running(const wp_loader *loader, wp_library **list) { /* rules: load.unload, dl.unload */
    const wp_store *store = loader->store;
    const wp_instance *last = NULL;
    for (const wp_activation *frame = store->frames; frame != store->frame_top; frame++) {
        wp_library *library = NULL;
        if (frame->func->instance != last)
            library = wp_library_find_instance(loader, frame->func->instance);
        last = frame->func->instance;
        if (library != NULL)
            reach(list, library);
    }
}

static void mark(wp_loader *loader) { /* rules: load.unload, dl.unload */
    wp_library *list = NULL;
    for (size_t i = 0; i < loader->nlibraries; i++)
        loader->libraries[i]->is_reached = false;
    for (size_t i = 0; i < loader->nlibraries; i++)
        if (loader->libraries[i]->loads != 0 || loader->libraries[i]->is_loading)
            reach(&list, loader->libraries[i]);
    reach_running(loader, &list);
    while (list != NULL) {
        wp_library *library = list;
        list = library->next_reached;
        for (size_t i = 0; i < library->nneeds; i++)
            reach(&list, library->needs[i]);
    }
}

/* ---- Libraries that go --------------------------------------------------------------------------------------- */

/* Functions of a library that was unloaded may still be in variables and tables of others. */
static wp_status trap_unloaded(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)ctx, (void)args, (void)results;
    RULE(store->engine, load_unload);
    return wp_fail(diag, WP_TRAP, "function of a library that was unloaded");
}

static void remove_unreached(wp_loader *loader) {
    for (size_t i = loader->nlibraries; i-- > 0;) {
        wp_library *library = loader->libraries[i];
        wp_instance *instance = library->instance;
        if (library->is_reached) /* rule: load.unload */
            continue;
        RULE(loader->engine, load_unload);
        wp_store_unregister(loader->store, instance);
        wp_library_remove(library);
        wp_instance_retire(instance, trap_unloaded);
    }
}

void wp_loader_sweep(wp_loader *loader) { /* rule: load.ctor-trap */
    mark(loader);
    remove_unreached(loader);
}

wp_status wp_loader_unload(wp_library *library, wp_diag *diag) {
    wp_loader *loader = library->loader;
    if (loader->is_loading) /* rule: load.order */
        return wp_fail(diag, WP_REFUSED, "a load is running");
    RULE(loader->engine, load_unload);
    uint32_t loads = library->loads;
    /* rule: load.unload */
    if (loads > 1) {
        library->loads--;
        return WP_OK;
    }
    library->loads = 0; /* rule: load.unload */
    mark(loader);       /* rules: dl.unload, load.unload */
    /* rule: load.unload */
    if (library->is_reached) {
        library->loads = loads;
        return wp_fail(diag, WP_REFUSED, "library still needed: %.*s", WP_PRINT_BYTES(wp_library_name(library)));
    }
    remove_unreached(loader); /* rule: load.unload */
    return WP_OK;
}
