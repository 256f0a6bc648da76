/* native.c: the native backing; see storage.h. */
#define _DEFAULT_SOURCE

#include "process/storage/storage.h"

#include "core/run/fault.h"

#include <string.h>
#include <sys/mman.h>

struct wp_native {
    wp_engine *engine;
    const space *space;
    uint8_t *base;
    size_t size; /* bytes */
};

/* Pages don't count against the host's memory before they are touched (rule mmap.lazy). */
#define MAP_KIND (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

wp_native *wp_native_new(wp_engine *engine, const space *s) {
    uint64_t pages = space_pages(s);
    if (pages > SIZE_MAX / WP_PAGE_SIZE || !wp_fault_install())
        return NULL;
    wp_native *native = wp_alloc(&engine->allocator, 1, sizeof *native);
    if (native == NULL)
        return NULL;
    native->engine = engine;
    native->space = s;
    native->size = (size_t)pages * WP_PAGE_SIZE;
    void *base = mmap(NULL, native->size, PROT_NONE, MAP_KIND, -1, 0); /* rule: access.inaccessible */
    if (base == MAP_FAILED) {
        wp_free(&engine->allocator, native, 1, sizeof *native);
        return NULL;
    }
    native->base = base; /* rule: process.page-zero */
    return native;
}

void wp_native_delete(wp_native *native) {
    if (native == NULL)
        return;
    munmap(native->base, native->size);
    wp_free(&native->engine->allocator, native, 1, sizeof *native);
}

uint8_t *wp_native_base(const wp_native *native) {
    return native->base;
}

bool wp_native_commit(wp_native *native, uint64_t first, uint64_t count) {
    /* Fresh pages of the host, which it provides on first touch. */
    RULE(native->engine, mmap_zero);
    RULE(native->engine, mmap_lazy);
    /* rules: mmap.result, mmap.hint.free */
    return mprotect(native->base + first * WP_PAGE_SIZE, (size_t)(count * WP_PAGE_SIZE), PROT_READ | PROT_WRITE) == 0;
}

bool wp_native_decommit(wp_native *native, uint64_t first, uint64_t count) {
    /* A new mapping in place of the old one: storage is freed, the range stays reserved. */
    void *at = native->base + first * WP_PAGE_SIZE;
    /* rules: mmap.zero, munmap.gone, munmap.partial, munmap.span */
    return mmap(at, (size_t)(count * WP_PAGE_SIZE), PROT_NONE, MAP_KIND | MAP_FIXED, -1, 0) == at;
}

void wp_native_discard(wp_native *native, uint64_t first, uint64_t count) {
    void *at = native->base + first * WP_PAGE_SIZE; /* rule: discard.zero */
    size_t size = (size_t)(count * WP_PAGE_SIZE);   /* rule: discard.zero */
    int refused = madvise(at, size, MADV_DONTNEED); /* rules: discard.zero, discard.storage */
    if (refused != 0)
        memset(at, 0, size);
}

/* ---- For memory.c -------------------------------------------------------------------------------------------- */

static wp_trap check(void *ctx, uint64_t address, uint64_t size) {
    const wp_native *native = ctx;
    uint64_t first = address / WP_PAGE_SIZE, last = (address + (size - 1)) / WP_PAGE_SIZE; /* rule: access.bulk */
    if ((space_states(native->space, first, last - first + 1) & ~SPACE_ACCESSIBLE) == 0)   /* rule: access.bulk */
        return WP_TRAP_none;
    if (first == 0)
        RULE(native->engine, process_page_zero);
    return WP_TRAP_memory_inaccessible;
}

/* Of pages that check has passed. */
static wp_trap page_bytes(void *ctx, uint64_t page, bool write, uint8_t **bytes) {
    const wp_native *native = ctx;
    (void)write;
    *bytes = native->base + page * WP_PAGE_SIZE;
    return WP_TRAP_none;
}

/* When the host runs out of storage it ends the OS process. */
static void exhausted(void *ctx) {
    (void)ctx;
}

const wp_backing wp_native_backing = {check, page_bytes, exhausted};
