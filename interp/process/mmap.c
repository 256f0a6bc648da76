/* mmap.c: mmap, munmap and discard (process model, label platform), for modules and for the embedder.
 *
 * Lengths and addresses are in bytes here and become pages; space.c decides about pages, storage.c carries it out.
 */
#include "process/process.h"

/* ---- mmap ---------------------------------------------------------------------------------------------------- */

/* The page of a hint; 0: none. */
static uint64_t hint_page(wp_process *process, uint64_t hint) {
    wp_engine *engine = process->engine;
    if (hint % WP_PAGE_SIZE != 0)
        RULE(engine, mmap_hint_round);
    if (hint < WP_PAGE_SIZE)
        RULE(engine, mmap_hint_none);
    if (hint != 0 && hint < WP_PAGE_SIZE)
        RULE(engine, process_page_zero);
    return hint / WP_PAGE_SIZE; /* rules: mmap.hint.round, mmap.hint.free */
}

static uint64_t map(wp_process *process, uint64_t hint, uint64_t pages) {
    wp_engine *engine = process->engine;
    uint64_t first;
    if (hint != 0 && (hint >= process->desc.pages || pages >= process->desc.pages - hint))
        RULE(engine, mmap_range_end);
    switch (wp_storage_map(&process->storage, hint, pages, &first)) { /* rules: mmap.hint.free, mmap.exhausted */
    case SPACE_DONE: break;
    case SPACE_AT_HINT: RULE(engine, mmap_hint_free); break;
    case SPACE_ELSEWHERE: RULE(engine, mmap_hint_taken); break;
    case SPACE_LIMIT:
        RULE(engine, mmap_limit);
        RULE(engine, process_limit);
        return 0;
    default: RULE(engine, mmap_exhausted); return 0;
    }
    RULE(engine, mmap_result);
    return first * WP_PAGE_SIZE;
}

uint64_t wp_platform_mmap(wp_process *process, uint64_t hint, uint64_t length) {
    wp_engine *engine = process->engine;
    if (length == 0) {
        RULE(engine, mmap_length_zero);
        return 0;
    }
    if (length % WP_PAGE_SIZE != 0)
        RULE(engine, mmap_length_round);
    uint64_t pages = wp_pages_up(length); /* rules: mmap.length.round, mmap.length.too-large */
    if (pages > process->desc.pages - 1) {
        RULE(engine, mmap_length_too_large);
        return 0;
    }
    /* rules: mmap.hint.none, mmap.hint.round, mmap.lazy, mmap.result, process.page-zero */
    return map(process, hint_page(process, hint), pages);
}

/* ---- munmap -------------------------------------------------------------------------------------------------- */

/* Counts the rules that hold for a run about to be unmapped without a branch of their own. */
static void note_unmap(wp_process *process, uint64_t first, uint64_t pages) {
    wp_engine *engine = process->engine;
    space_range low = space_range_at(process->storage.space, first);
    space_range high = space_range_at(process->storage.space, first + (pages - 1));
    if ((low.first < first && low.state == SPACE_MAPPED) ||
        (high.first + high.count > first + pages && high.state == SPACE_MAPPED))
        RULE(engine, munmap_partial);
    if (low.first != high.first)
        RULE(engine, munmap_span);
}

static bool unmap(wp_process *process, uint64_t first, uint64_t pages) {
    wp_engine *engine = process->engine;
    if (space_contains(process->storage.space, first, pages))
        note_unmap(process, first, pages);
    switch (wp_storage_unmap(&process->storage, first, pages)) { /* rules: munmap.partial, munmap.span */
    case SPACE_DONE: RULE(engine, munmap_gone); break;
    case SPACE_NOTHING: RULE(engine, munmap_free); break;
    case SPACE_OUTSIDE: RULE(engine, munmap_range); return false;
    case SPACE_HELD: RULE(engine, munmap_reserved); return false;
    default: return false;
    }
    RULE(engine, munmap_true);
    return true;
}

bool wp_platform_munmap(wp_process *process, uint64_t address, uint64_t length) {
    wp_engine *engine = process->engine;
    if (address % WP_PAGE_SIZE != 0) {
        RULE(engine, munmap_unaligned);
        return false;
    }
    if (length == 0 || length % WP_PAGE_SIZE != 0)
        RULE(engine, munmap_length);
    if (length == 0) /* rule: munmap.length */
        return false;
    uint64_t first = address / WP_PAGE_SIZE, pages = wp_pages_up(length); /* rules: munmap.length, munmap.range */
    if (first == 0)
        RULE(engine, process_page_zero);
    if (first >= process->desc.pages || pages >= process->desc.pages - first)
        RULE(engine, mmap_range_end);
    return unmap(process, first, pages); /* rule: munmap.range */
}

/* ---- discard ------------------------------------------------------------------------------------------------- */

static bool discard(wp_process *process, uint64_t first, uint64_t pages) {
    wp_engine *engine = process->engine;
    const space *s = process->storage.space;
    if (!space_contains(s, first, pages)) { /* rules: discard.range, discard.length */
        RULE(engine, discard_range);
        return false;
    }
    if ((space_states(s, first, pages) & ~SPACE_ACCESSIBLE) != 0) { /* rules: discard.inaccessible, process.page-zero */
        RULE(engine, discard_inaccessible);
        return false;
    }
    RULE(engine, discard_zero);
    RULE(engine, discard_storage);
    wp_storage_discard(&process->storage, first, pages); /* rules: discard.true, discard.zero, discard.storage */
    RULE(engine, discard_true);
    return true;
}

bool wp_platform_discard(wp_process *process, uint64_t address, uint64_t length) {
    wp_engine *engine = process->engine;
    if (address % WP_PAGE_SIZE != 0) {
        RULE(engine, discard_unaligned);
        return false;
    }
    if (length % WP_PAGE_SIZE != 0 || length == 0)
        RULE(engine, discard_length);
    if (address == 0)
        RULE(engine, process_page_zero);
    return discard(process, address / WP_PAGE_SIZE, wp_pages_up(length)); /* rules: discard.length, discard.range */
}
