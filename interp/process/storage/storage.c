/* storage.c: the storage of a process's pages; see storage.h. */
#include "process/storage/storage.h"

#include "core/run/store.h"

static wp_status open_native(wp_storage *storage, wp_engine *engine, const space *s, wp_diag *diag) {
    storage->native = wp_native_new(engine, s);
    if (storage->native != NULL)
        return WP_OK;
    return wp_fail(diag, WP_REFUSED, "extent of %llu pages: the host can't reserve that many addresses",
                   (unsigned long long)space_pages(s));
}

wp_status wp_storage_open(wp_storage *storage, wp_engine *engine, wp_backend backend, const space *s,
                          void (*exhausted)(void *ctx), void *ctx, wp_diag *diag) {
    storage->backend = backend;
    if (backend == WP_BACKEND_NATIVE)
        return open_native(storage, engine, s, diag);
    storage->sparse = wp_sparse_new(engine, s, exhausted, ctx);
    return storage->sparse == NULL ? wp_fail_memory(diag) : WP_OK;
}

void wp_storage_close(wp_storage *storage) {
    wp_sparse_delete(storage->sparse);
    wp_native_delete(storage->native);
    storage->sparse = NULL;
    storage->native = NULL;
}

void wp_storage_attach(const wp_storage *storage, wp_memory *memory) {
    if (storage->backend != WP_BACKEND_NATIVE) {
        memory->backing = &wp_sparse_backing;
        memory->backing_ctx = storage->sparse;
        return;
    }
    memory->backing = &wp_native_backing;
    memory->backing_ctx = storage->native;
    memory->base = wp_native_base(storage->native);
    memory->limit = memory->pages * WP_PAGE_SIZE;
    memory->store->guarded = memory;
}

bool wp_storage_commit(wp_storage *storage, uint64_t first, uint64_t count) {
    return storage->native == NULL || wp_native_commit(storage->native, first, count);
}

bool wp_storage_forget(wp_storage *storage, uint64_t first, uint64_t count) {
    if (storage->native != NULL)
        return wp_native_forget(storage->native, first, count);
    wp_sparse_forget(storage->sparse, first, count);
    return true;
}
