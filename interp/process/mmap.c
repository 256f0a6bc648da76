/* mmap.c: mmap and munmap (process model, label platform), for modules and for the embedder.
 *
 * Lengths and addresses are in bytes here and become pages; space.c decides about pages, storage.c carries it out.
 */
#include "process/process.h"

/* ---- mmap ---------------------------------------------------------------------------------------------------- */

/* The page of a hint; 0: none. */
static uint64_t hint_page(wp_process *process, uint64_t hint) {
    wp_cover *cover = &process->engine->cover;
    if (hint % WP_PAGE_SIZE != 0)
        RULE(cover, mmap_hint_round);
    if (hint < WP_PAGE_SIZE)
        RULE(cover, mmap_hint_none);
    if (hint != 0 && hint < WP_PAGE_SIZE)
        RULE(cover, process_page_zero);
    return hint / WP_PAGE_SIZE; /* rules: mmap.hint.round, mmap.hint.free */
}

static uint64_t map(wp_process *process, uint64_t hint, uint64_t pages) {
    wp_cover *cover = &process->engine->cover;
    uint64_t first;
    if (hint != 0 && (hint >= process->desc.pages || pages >= process->desc.pages - hint))
        RULE(cover, mmap_range_end);
    switch (wp_storage_map(&process->storage, hint, pages, &first)) { /* rules: mmap.hint.free, mmap.exhausted */
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
    uint64_t pages = wp_pages_up(length); /* rules: mmap.length.round, mmap.length.too-large */
    if (pages > process->desc.pages - 1) {
        RULE(cover, mmap_length_too_large);
        return 0;
    }
    /* rules: mmap.hint.none, mmap.hint.round, mmap.lazy, mmap.result, process.page-zero */
    return map(process, hint_page(process, hint), pages);
}

/* ---- munmap -------------------------------------------------------------------------------------------------- */

/* Counts the rules that hold for a run about to be unmapped without a branch of their own. */
static void note_unmap(wp_process *process, uint64_t first, uint64_t pages) {
    wp_cover *cover = &process->engine->cover;
    space_range low = space_range_at(process->storage.space, first);
    space_range high = space_range_at(process->storage.space, first + (pages - 1));
    if ((low.first < first && low.state == SPACE_MAPPED) ||
        (high.first + high.count > first + pages && high.state == SPACE_MAPPED))
        RULE(cover, munmap_partial);
    if (low.first != high.first)
        RULE(cover, munmap_span);
}

static bool unmap(wp_process *process, uint64_t first, uint64_t pages) {
    wp_cover *cover = &process->engine->cover;
    if (space_contains(process->storage.space, first, pages))
        note_unmap(process, first, pages);
    switch (wp_storage_unmap(&process->storage, first, pages)) { /* rules: munmap.partial, munmap.span */
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
    if (length == 0) /* rule: munmap.length */
        return false;
    uint64_t first = address / WP_PAGE_SIZE, pages = wp_pages_up(length); /* rules: munmap.length, munmap.range */
    if (first == 0)
        RULE(cover, process_page_zero);
    if (first >= process->desc.pages || pages >= process->desc.pages - first)
        RULE(cover, mmap_range_end);
    return unmap(process, first, pages); /* rule: munmap.range */
}
