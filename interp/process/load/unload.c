/* unload.c: unloading (rule load.unload); see loader.h.
 *
 * A library stays as long as a load holds it, directly or because others need it that stay; and as long as its code is
 * running. What does not stay is released, however many libraries that is, and also when they need one another.
 */
#include "process/load/loader.h"

#include "process/load/slots.h"

/* ---- What stays ---------------------------------------------------------------------------------------------- */

/* A list of libraries that were reached, and whose needs were not looked at yet. */
static void reach(wp_library **list, wp_library *library) {
    if (library->reached)
        return;
    library->reached = true;
    library->next_reached = *list;
    *list = library;
}

static void reach_running(wp_process *process, wp_library **list) {
    const wp_store *store = process->store;
    const wp_instance *last = NULL;
    for (const wp_activation *frame = store->frames; frame != store->frame_top; frame++) {
        wp_library *library = NULL;
        if (frame->func->instance != last)
            library = wp_library_find_instance(process, frame->func->instance);
        last = frame->func->instance;
        if (library != NULL)
            reach(list, library);
    }
}

/* Finds what stays. */
static void mark(wp_process *process) {
    wp_library *list = NULL;
    for (size_t i = 0; i < process->nlibraries; i++)
        process->libraries[i]->reached = false;
    for (size_t i = 0; i < process->nlibraries; i++)
        if (process->libraries[i]->holds != 0 || process->libraries[i]->loading)
            reach(&list, process->libraries[i]);
    reach_running(process, &list);
    while (list != NULL) {
        wp_library *library = list;
        list = library->next_reached;
        for (size_t i = 0; i < library->nneeds; i++)
            reach(&list, library->needs[i]);
    }
}

/* ---- What goes ----------------------------------------------------------------------------------------------- */

static void release_pages(wp_library *library) {
    wp_process *process = library->process;
    if (library->pages == 0)
        return;
    /* Where the host can't take pages back they stay reserved, so that nobody finds data in pages that should be new.
     */
    if (wp_storage_forget(&process->storage, library->first_page, library->pages))
        space_release(process->space, library->first_page, library->pages, library->id);
}

void wp_loader_release(wp_library *library) {
    wp_slots_release(library);
    release_pages(library);
    wp_library_remove(library);
}

/* Functions of a library that is gone may still be in somebody's variables and tables. */
static wp_status trap_unloaded(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)ctx, (void)args, (void)results;
    RULE(&store->engine->cover, load_unload);
    return wp_fail(diag, WP_TRAP, "function of a library that was unloaded");
}

/* Takes away those that do not stay. */
static void release_others(wp_process *process) {
    for (size_t i = process->nlibraries; i-- > 0;) {
        wp_library *library = process->libraries[i];
        wp_instance *instance = library->instance;
        if (library->reached)
            continue;
        RULE(&process->engine->cover, load_unload);
        wp_store_unregister(process->store, instance);
        wp_loader_release(library);
        wp_instance_retire(instance, trap_unloaded);
    }
}

void wp_loader_sweep(wp_process *process) {
    mark(process);
    release_others(process);
}

wp_status wp_loader_unload(wp_library *library, wp_diag *diag) {
    wp_process *process = library->process;
    wp_cover *cover = &process->engine->cover;
    if (process->is_loading)
        return wp_fail(diag, WP_REFUSED, "a load is running");
    RULE(cover, load_unload);
    if (library->holds > 1) {
        library->holds--;
        return WP_OK;
    }
    uint32_t holds = library->holds;
    library->holds = 0;
    mark(process);
    if (library->reached) {
        library->holds = holds;
        wp_bytes name = wp_library_name(library);
        return wp_fail(diag, WP_REFUSED, "library still needed: %.*s", (int)name.size, (const char *)name.data);
    }
    release_others(process);
    return WP_OK;
}
