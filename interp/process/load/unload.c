/* unload.c: unloading (rule load.unload); see loader.h.
 *
 * A library is kept while it is open, loading, late, or needed by a library that is kept. All others are removed, even
 * if they need each other, except those whose code is running: these become late.
 */
#include "process/load/library.h"

/* ---- Libraries that are kept --------------------------------------------------------------------------------- */

/* Adds a library to the list of those that were reached and whose dependencies are still to be visited.
 * rule: load.unload */
static void reach(wp_library **list, wp_library *library) {
    if (library->is_reached)
        return;
    library->is_reached = true;
    library->next_reached = *list;
    *list = library;
}

static bool is_root(const wp_library *library) { /* rules: load.unload, dl.unload */
    return library->opens[WP_OPENER_EMBEDDER] != 0 || library->opens[WP_OPENER_MODULE] != 0 || library->is_loading ||
           library->is_late;
}

/* Reaches the libraries that are kept. */
static void mark(wp_loader *loader) { /* rule: load.unload */
    wp_library *list = NULL;
    for (size_t i = 0; i < loader->nlibraries; i++)
        loader->libraries[i]->is_reached = false;
    for (size_t i = 0; i < loader->nlibraries; i++)
        if (is_root(loader->libraries[i]))
            reach(&list, loader->libraries[i]);
    while (list != NULL) {
        wp_library *library = list;
        list = library->next_reached;
        for (size_t i = 0; i < library->nneeds; i++)
            reach(&list, library->needs[i]);
    }
}

/* Makes those late that were not reached and are running. All code of the store is a library's. */
static void delay_running(wp_loader *loader) { /* rule: load.unload */
    const wp_store *store = loader->store;
    for (const wp_activation *frame = store->frames; frame != store->frame_top; frame++) {
        wp_library *library = frame->func->instance->owner;
        if (!library->is_reached)
            library->is_late = loader->has_late = true;
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

void wp_loader_release(wp_loader *loader) { /* rules: load.unload, load.ctor-trap */
    mark(loader);
    delay_running(loader);
    mark(loader);
    remove_unreached(loader);
}

wp_status wp_loader_unload(wp_library *library, wp_opener opener, wp_diag *diag) { /* rules: load.unload, dl.unload */
    wp_loader *loader = library->loader;
    if (loader->is_loading) /* rule: load.order */
        return wp_fail(diag, WP_REFUSED, "a load is running");
    RULE(loader->engine, load_unload);
    if (library->opens[opener] == 0)
        return wp_fail(diag, WP_REFUSED, "library not open: %.*s", WP_PRINT_BYTES(wp_library_name(library)));
    library->opens[opener]--;
    wp_loader_release(loader);
    return WP_OK;
}

void wp_loader_end_call(wp_loader *loader) { /* rule: load.unload */
    if (loader->store->host_depth != 0 || !loader->has_late)
        return;
    loader->has_late = false;
    for (size_t i = 0; i < loader->nlibraries; i++)
        loader->libraries[i]->is_late = false;
    wp_loader_release(loader);
}
