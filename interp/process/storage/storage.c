/* storage.c: the pages of a process; see storage.h.
 *
 * A change prepares the space, then changes the backing, which may refuse, and last the space, which then cannot fail.
 * A reservation is made first: it can always be released.
 */
#include "process/storage/storage.h"

#include "core/run/store.h"

static wp_status open_native(wp_storage *storage, wp_engine *engine, wp_diag *diag) {
    storage->native = wp_native_new(engine, storage->space);
    if (storage->native != NULL)
        return WP_OK;
    return wp_fail(diag, WP_REFUSED, "extent of %llu pages: the host can't reserve that many addresses",
                   (unsigned long long)space_pages(storage->space));
}

wp_status wp_storage_open(wp_storage *storage, wp_engine *engine, const wp_process_desc *desc,
                          void (*exhausted)(void *ctx), void *ctx, wp_diag *diag) {
    space_allocator allocator = {engine->allocator.resize, engine->allocator.ctx};
    *storage = (wp_storage){.space = space_new(&allocator, desc->pages), .backend = desc->backend};
    if (storage->space == NULL)
        return wp_fail_memory(diag);
    if (desc->aslr)
        space_randomise(storage->space, desc->seed);
    if (desc->backend == WP_BACKEND_NATIVE)
        return open_native(storage, engine, diag);
    storage->sparse = wp_sparse_new(engine, storage->space, exhausted, ctx);
    return storage->sparse == NULL ? wp_fail_memory(diag) : WP_OK;
}

void wp_storage_close(wp_storage *storage) {
    wp_sparse_delete(storage->sparse);
    wp_native_delete(storage->native);
    space_delete(storage->space);
    *storage = (wp_storage){.space = NULL};
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
    memory->limit = memory->pages * WP_PAGE_SIZE; /* rule: access.out-of-extent */
    memory->store->guarded = memory;
}

/* ---- The backing --------------------------------------------------------------------------------------------- */

/* Makes pages accessible in the backing. False: the host can't, and nothing has changed. */
static bool commit(wp_storage *storage, uint64_t first, uint64_t pages) {
    return storage->native == NULL || wp_native_commit(storage->native, first, pages);
}

/* Makes pages inaccessible in the backing, and frees their bytes. False: the host can't, and nothing has changed. */
static bool decommit(wp_storage *storage, uint64_t first, uint64_t pages) {
    if (storage->native != NULL)
        return wp_native_decommit(storage->native, first, pages);
    wp_sparse_decommit(storage->sparse, first, pages); /* rules: mmap.zero, munmap.gone, munmap.partial, load.reserve */
    return true;
}

/* ---- Space and backing --------------------------------------------------------------------------------------- */

space_result wp_storage_map(wp_storage *storage, uint64_t hint, uint64_t pages, uint64_t *first) {
    if (!space_prepare(storage->space))
        return SPACE_NO_MEMORY;
    space_result place = space_place(storage->space, hint, pages, first);
    if (place == SPACE_OUTSIDE || place == SPACE_FULL) /* rule: mmap.exhausted */
        return place;
    /* rules: mmap.result, mmap.hint.free */
    return commit(storage, *first, pages) ? space_map(storage->space, hint, pages, first) : SPACE_NO_MEMORY;
}

space_result wp_storage_unmap(wp_storage *storage, uint64_t first, uint64_t pages) {
    space_result result = space_unmappable(storage->space, first, pages);
    if (result != SPACE_DONE) /* rules: munmap.free, munmap.range, munmap.reserved */
        return result;
    if (!space_prepare(storage->space) || !decommit(storage, first, pages)) /* rule: munmap.gone */
        return SPACE_NO_MEMORY;
    return space_unmap(storage->space, first, pages); /* rule: munmap.true */
}

void wp_storage_discard(wp_storage *storage, uint64_t first, uint64_t pages) {
    if (storage->native != NULL)
        wp_native_discard(storage->native, first, pages); /* rules: discard.zero, discard.storage */
    else
        wp_sparse_decommit(storage->sparse, first, pages); /* rules: discard.zero, discard.storage */
}

space_result wp_storage_reserve(wp_storage *storage, uint64_t pages, unsigned align, uint32_t owner, uint64_t *first) {
    space_result result = space_reserve(storage->space, pages, align, owner, first);
    if (result != SPACE_DONE || commit(storage, *first, pages)) /* rules: load.reserve, access.inaccessible */
        return result;
    space_release(storage->space, *first, pages, owner);
    return SPACE_NO_MEMORY;
}

space_result wp_storage_guard(wp_storage *storage, uint64_t first, uint64_t pages, uint32_t owner) {
    if (!space_prepare(storage->space) || !decommit(storage, first, pages)) /* rule: load.stack */
        return SPACE_NO_MEMORY;
    return space_guard(storage->space, first, pages, owner); /* rule: load.stack */
}

void wp_storage_release(wp_storage *storage, uint64_t first, uint64_t pages, uint32_t owner) {
    if (pages != 0 && decommit(storage, first, pages)) /* rules: load.reserve, load.atomic, load.unload */
        space_release(storage->space, first, pages, owner);
}
