/* platform.c: the platform API (process model, section 3), for modules and for the embedder.
 *
 * Here lengths and addresses are in bytes and become pages; space.c decides about pages, storage.c carries it out.
 * Storage is asked first, after space.c has taken in hand what the change needs: so either both change or neither does.
 */
#include "process/process.h"

/* ---- mmap ---------------------------------------------------------------------------------------------------- */

/* The page that a hint asks for, 0 for none. */
static uint64_t hint_page(wp_process *process, uint64_t hint) {
    wp_cover *cover = &process->engine->cover;
    if (hint % WP_PAGE_SIZE != 0)
        RULE(cover, mmap_hint_round);
    if (hint < WP_PAGE_SIZE)
        RULE(cover, mmap_hint_none);
    if (hint != 0 && hint < WP_PAGE_SIZE)
        RULE(cover, process_page_zero);
    return hint / WP_PAGE_SIZE;
}

/* Maps pages in the space and in its storage. */
static space_result map_pages(wp_process *process, uint64_t hint, uint64_t pages, uint64_t *first) {
    if (!space_prepare(process->space))
        return SPACE_NO_MEMORY;
    space_result place = space_place(process->space, hint, pages, first);
    if (place == SPACE_OUTSIDE || place == SPACE_FULL)
        return place;
    if (!wp_storage_commit(&process->storage, *first, pages))
        return SPACE_NO_MEMORY;
    return space_map(process->space, hint, pages, first);
}

static uint64_t map(wp_process *process, uint64_t hint, uint64_t pages) {
    wp_cover *cover = &process->engine->cover;
    uint64_t first;
    if (hint != 0 && (hint >= process->desc.pages || pages >= process->desc.pages - hint))
        RULE(cover, mmap_range_end);
    switch (map_pages(process, hint, pages, &first)) {
    case SPACE_DONE: break;
    case SPACE_AT_HINT: RULE(cover, mmap_hint_free); break;
    case SPACE_ELSEWHERE: RULE(cover, mmap_hint_taken); break;
    default: RULE(cover, mmap_exhausted); return 0;
    }
    RULE(cover, mmap_result);
    return first * WP_PAGE_SIZE;
}

uint64_t wp_platform_mmap(wp_process *process, uint64_t hint, uint64_t length) {
    wp_cover *cover = &process->engine->cover;
    if (length == 0) {
        RULE(cover, mmap_length_zero);
        return 0;
    }
    if (length % WP_PAGE_SIZE != 0)
        RULE(cover, mmap_length_round);
    uint64_t pages = wp_pages_up(length);
    if (pages > process->desc.pages - 1) {
        RULE(cover, mmap_length_too_large);
        return 0;
    }
    return map(process, hint_page(process, hint), pages);
}

/* ---- munmap -------------------------------------------------------------------------------------------------- */

/* Counts the cases of a run that is about to be unmapped which are no branches of their own: pages are pages. */
static void note_unmap(wp_process *process, uint64_t first, uint64_t pages) {
    wp_cover *cover = &process->engine->cover;
    space_range low = space_range_at(process->space, first);
    space_range high = space_range_at(process->space, first + (pages - 1));
    if ((low.first < first && low.state == SPACE_MAPPED) ||
        (high.first + high.count > first + pages && high.state == SPACE_MAPPED))
        RULE(cover, munmap_partial);
    if (low.first != high.first)
        RULE(cover, munmap_span);
}

/* Unmaps pages in the space and in its storage. */
static space_result unmap_pages(wp_process *process, uint64_t first, uint64_t pages) {
    space_result result = space_unmappable(process->space, first, pages);
    if (result != SPACE_DONE)
        return result;
    if (!space_prepare(process->space) || !wp_storage_forget(&process->storage, first, pages))
        return SPACE_NO_MEMORY;
    return space_unmap(process->space, first, pages);
}

static bool unmap(wp_process *process, uint64_t first, uint64_t pages) {
    wp_cover *cover = &process->engine->cover;
    if (space_contains(process->space, first, pages))
        note_unmap(process, first, pages);
    switch (unmap_pages(process, first, pages)) {
    case SPACE_DONE: RULE(cover, munmap_gone); break;
    case SPACE_NOTHING: RULE(cover, munmap_free); break;
    case SPACE_OUTSIDE: RULE(cover, munmap_range); return false;
    case SPACE_HELD: RULE(cover, munmap_reserved); return false;
    default: return false;
    }
    RULE(cover, munmap_true);
    return true;
}

bool wp_platform_munmap(wp_process *process, uint64_t address, uint64_t length) {
    wp_cover *cover = &process->engine->cover;
    if (address % WP_PAGE_SIZE != 0) {
        RULE(cover, munmap_unaligned);
        return false;
    }
    if (length == 0 || length % WP_PAGE_SIZE != 0)
        RULE(cover, munmap_length);
    if (length == 0)
        return false;
    uint64_t first = address / WP_PAGE_SIZE, pages = wp_pages_up(length);
    if (first == 0)
        RULE(cover, process_page_zero);
    if (first >= process->desc.pages || pages >= process->desc.pages - first)
        RULE(cover, mmap_range_end);
    return unmap(process, first, pages);
}

/* ---- For modules --------------------------------------------------------------------------------------------- */

uint64_t wp_pointer_arg(const wp_value *arg) {
    return arg->type == WP_T_I32 ? arg->of.i32 : arg->of.i64;
}

void wp_pointer_result(wp_value *result, uint64_t pointer) {
    if (result->type == WP_T_I32)
        result->of.i32 = (uint32_t)pointer;
    else
        result->of.i64 = pointer;
}

/* process.mmap : (hint: ptr, length: i64) -> ptr */
static wp_status host_mmap(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store;
    WP_TRY(wp_process_check(process, diag));
    wp_pointer_result(&results[0], wp_platform_mmap(process, wp_pointer_arg(&args[0]), args[1].of.i64));
    return WP_OK;
}

/* process.munmap : (addr: ptr, length: i64) -> i32 */
static wp_status host_munmap(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    wp_process *process = ctx;
    (void)store;
    WP_TRY(wp_process_check(process, diag));
    results[0].of.i32 = wp_platform_munmap(process, wp_pointer_arg(&args[0]), args[1].of.i64) ? 1 : 0;
    return WP_OK;
}

static wp_status host_func(wp_process *process, wp_valtype result, wp_host_func callback, wp_func **out,
                           wp_diag *diag) {
    wp_valtype params[] = {process->desc.pointer, WP_T_I64};
    wp_extern func;
    WP_TRY(wp_func_new(process->store, params, 2, &result, 1, callback, process, &func, diag));
    *out = func.object;
    return WP_OK;
}

wp_status wp_platform_init(wp_process *process, wp_diag *diag) {
    WP_TRY(host_func(process, process->desc.pointer, host_mmap, &process->mmap, diag));
    return host_func(process, WP_T_I32, host_munmap, &process->munmap, diag);
}

/* ---- For the embedder ---------------------------------------------------------------------------------------- */

wp_status wp_process_mmap(wp_process *process, uint64_t hint, uint64_t length, uint64_t *address, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag));
    *address = wp_platform_mmap(process, hint, length);
    return WP_OK;
}

wp_status wp_process_munmap(wp_process *process, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag));
    *done = wp_platform_munmap(process, address, length);
    return WP_OK;
}

wp_status wp_process_read(wp_process *process, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag));
    return wp_memory_read((wp_extern){WP_EXTERN_MEMORY, process->memory}, address, bytes, size, diag);
}

wp_status wp_process_write(wp_process *process, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag) {
    WP_TRY(wp_process_check(process, diag));
    return wp_memory_write((wp_extern){WP_EXTERN_MEMORY, process->memory}, address, bytes, size, diag);
}
