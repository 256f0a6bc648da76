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
    storage->limit = engine->limits[WP_LIMIT_process_pages];
    if (desc->limited && desc->limit < storage->limit)
        storage->limit = desc->limit; /* rule: process.limit */
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

/* ---- The limit ------------------------------------------------------------------------------------------------- */

/* True when so many more pages may become accessible. rules: process.limit, mmap.limit, load.reserve, load.stack */
static bool has_room(const wp_storage *storage, uint64_t pages) {
    return pages <= storage->limit - storage->accessible;
}

/* How many of the pages are accessible. */
static uint64_t count_accessible(const wp_storage *storage, uint64_t first, uint64_t pages) {
    uint64_t count = 0, end = first + pages;
    for (uint64_t page = first; page < end;) {
        space_range r = space_range_at(storage->space, page);
        uint64_t r_end = r.first + r.count < end ? r.first + r.count : end;
        if ((SPACE_BIT(r.state) & SPACE_ACCESSIBLE) != 0) /* rule: process.limit */
            count += r_end - page;
        page = r_end;
    }
    return count;
}

/* ---- Space and backing --------------------------------------------------------------------------------------- */

space_result wp_storage_map(wp_storage *storage, uint64_t hint, uint64_t pages, uint64_t *first) {
    if (!space_prepare(storage->space))
        return SPACE_NO_MEMORY;
    space_result place = space_place(storage->space, hint, pages, first);
    if (place == SPACE_FULL) /* rule: mmap.exhausted */
        return place;
    if (!has_room(storage, pages)) /* rule: mmap.limit */
        return SPACE_LIMIT;
    if (!commit(storage, *first, pages)) /* rules: mmap.result, mmap.hint.free */
        return SPACE_NO_MEMORY;
    storage->accessible += pages;                         /* rule: process.limit */
    return space_map(storage->space, hint, pages, first); /* rules: mmap.result, mmap.hint.free */
}

space_result wp_storage_unmap(wp_storage *storage, uint64_t first, uint64_t pages) {
    space_result result = space_unmappable(storage->space, first, pages);
    if (result != SPACE_DONE) /* rules: munmap.free, munmap.range, munmap.reserved */
        return result;
    if (!space_prepare(storage->space) || !decommit(storage, first, pages)) /* rule: munmap.gone */
        return SPACE_NO_MEMORY;
    storage->accessible -= count_accessible(storage, first, pages); /* rule: process.limit */
    return space_unmap(storage->space, first, pages);               /* rule: munmap.true */
}

void wp_storage_discard(wp_storage *storage, uint64_t first, uint64_t pages) {
    if (storage->native != NULL)
        wp_native_discard(storage->native, first, pages);
    else
        wp_sparse_decommit(storage->sparse, first, pages); /* rules: discard.zero, discard.storage */
}

space_result wp_storage_reserve(wp_storage *storage, uint64_t guards, uint64_t pages, unsigned align, uint32_t owner,
                                uint64_t *first) {
    if (!has_room(storage, pages)) /* rules: process.limit, load.reserve, load.stack */
        return SPACE_LIMIT;
    /* rules: load.reserve, load.stack */
    space_result result = space_reserve(storage->space, guards + pages, align, owner, first);
    if (result != SPACE_DONE)
        return result;
    if (guards != 0) /* rules: load.reserve, load.stack */
        result = space_guard(storage->space, *first, guards, owner);
    /* rules: load.reserve, access.inaccessible */
    if (result == SPACE_DONE && commit(storage, *first + guards, pages)) {
        storage->accessible += pages; /* rule: process.limit */
        return SPACE_DONE;
    }
    space_release(storage->space, *first, guards + pages, owner);
    return SPACE_NO_MEMORY;
}

void wp_storage_release(wp_storage *storage, uint64_t first, uint64_t pages, uint32_t owner) {
    if (!decommit(storage, first, pages)) /* rules: load.reserve, load.atomic, load.unload */
        return;
    storage->accessible -= count_accessible(storage, first, pages); /* rule: process.limit */
    space_release(storage->space, first, pages, owner);             /* rules: load.reserve, load.atomic, load.unload */
}
