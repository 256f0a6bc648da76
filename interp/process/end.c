/* end.c: how a process ends, and its hooks in the store; see process.h. */
#include "process/process.h"

void wp_process_release(wp_process *process) {
    wp_loader_close(&process->loader);
    wp_storage_close(&process->storage);
    if (process->memory != NULL) {
        process->memory->pages = process->memory->limit = 0;
        process->memory->base = NULL;
    }
    wp_store_release(process->store);
    process->store->closed = true; /* rule: process.end */
}

/* Rule mmap.lazy: the process ends. The running program can't continue with memory that is gone: its next access fails,
 * and without one it is interrupted. Stacks and tables, which it still uses, are released later. rule: mmap.lazy */
void wp_process_exhausted(void *ctx) {
    wp_process *process = ctx;
    RULE(&process->engine->cover, process_end);
    process->store->closed = true;
    process->store->interrupted = 1;
}

wp_status wp_process_check(wp_process *process, wp_diag *diag) { /* rules: process.end, process.exit */
    wp_store *store = process->store;
    if (store->closed && process->storage.space != NULL && store->host_depth == 0)
        wp_process_release(process);
    return wp_store_check_open(store, diag);
}

wp_status wp_process_end(wp_process *process, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag)); /* rule: process.end */
    if (process->store->host_depth != 0)
        return wp_fail(diag, WP_REFUSED, "a call into the process is running");
    RULE(&process->engine->cover, process_end);
    wp_process_release(process);
    return WP_OK;
}

void wp_process_delete(wp_process *process) {
    if (process == NULL)
        return;
    if (process->store != NULL) {
        wp_process_release(process);
        wp_store_destroy(process->store);
    }
    wp_free(&process->engine->allocator, process, 1, sizeof *process);
}

/* ---- Hooks in the store -------------------------------------------------------------------------------------- */

static wp_status refuse(wp_store *store, wp_diag *diag) {
    RULE(&store->engine->cover, process_end);
    return wp_fail(diag, WP_REFUSED, "process has ended");
}

/* Rules process.exit, mmap.lazy: a program that ended within a host function does not continue after it, even if the
 * host function reports success. rule: process.exit */
static wp_status end_call(wp_store *store, wp_diag *diag) {
    if (store->interrupted)
        return wp_fail(diag, WP_EXHAUSTION, "out of memory");
    return wp_store_exit(store, store->exit_code, diag);
}

static wp_status check_name(wp_store *store, wp_bytes module, wp_diag *diag) {
    if (wp_platform_module_of(module) == WP_FROM_OTHERS) /* rule: load.names */
        return WP_OK;
    RULE(&store->engine->cover, load_names);
    return wp_fail(diag, WP_REFUSED, "reserved name: \"%.*s\" belongs to the platform", WP_PRINT_BYTES(module));
}

static wp_status check_instantiate(wp_store *store, wp_diag *diag) {
    (void)store;
    return wp_fail(diag, WP_REFUSED, "a process takes modules through its loader only");
}

static void call_failed(wp_store *store) { /* rule: process.trap */
    RULE(&store->engine->cover, process_trap);
}

const wp_store_hooks wp_process_hooks = {refuse, end_call, check_name, check_instantiate, call_failed};
