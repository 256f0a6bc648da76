/* memory.c: the bytes of memory instances; see memory.h (specification, "Execution: Instructions", memory instructions;
 * label access-rules).
 *
 * - Ranges are checked whole before the first byte is written, so that a trap has no effect.
 * - A memory with a backing is worked on page by page: a chunk lies on one page.
 * - Sizes of 2^64 bytes exist (a wasm64 process): ranges are compared by their last byte, never by their end.
 */
#include "core/run/memory.h"

#include "core/run/store.h"

#include <string.h>

/* ---- Plain memories ---------------------------------------------------------------------------------------- */

wp_status wp_mem_new(wp_store *store, wp_limits limits, wp_memory **out, wp_diag *diag) {
    wp_engine *engine = store->engine;
    if (limits.min > engine->limits[WP_LIMIT_memory_pages])
        return wp_fail(diag, WP_EXHAUSTION, "memory of %llu pages is over the limit of %llu",
                       (unsigned long long)limits.min, (unsigned long long)engine->limits[WP_LIMIT_memory_pages]);
    wp_memory *memory = wp_alloc(&engine->allocator, 1, sizeof *memory);
    if (memory == NULL)
        return wp_fail_memory(diag);
    memory->limits = limits;
    memory->store = store;
    if (limits.min != 0 && wp_mem_grow(memory, limits.min) == UINT64_MAX) {
        wp_free(&engine->allocator, memory, 1, sizeof *memory);
        return wp_fail_memory(diag);
    }
    memory->next = store->memories;
    store->memories = memory;
    *out = memory;
    return WP_OK;
}

void wp_mem_release(wp_memory *memory) {
    wp_os_free(&memory->store->engine->allocator, memory->base, (size_t)(memory->pages * WP_PAGE_SIZE));
    memory->base = NULL;
    memory->limit = memory->pages = 0;
}

uint64_t wp_mem_grow(wp_memory *memory, uint64_t delta) {
    wp_engine *engine = memory->store->engine;
    if (memory->backing != NULL) {
        RULE(engine, process_memory_grow);
        return delta == 0 ? memory->pages : UINT64_MAX;
    }
    uint64_t most = engine->limits[WP_LIMIT_memory_pages];
    uint64_t declared = memory->limits.is64 ? WP_PAGES_64 : WP_PAGES_32;
    if (memory->limits.has_max)
        declared = memory->limits.max;
    if (declared < most)
        most = declared;
    uint64_t pages = memory->pages;
    if (delta > most || pages > most - delta)
        return UINT64_MAX;
    if (delta == 0)
        return pages;
    size_t old_size = (size_t)(pages * WP_PAGE_SIZE), new_size = (size_t)((pages + delta) * WP_PAGE_SIZE);
    uint8_t *base = wp_os_resize(&engine->allocator, memory->base, old_size, new_size);
    if (base == NULL)
        return UINT64_MAX;
    memory->base = base;
    memory->pages = pages + delta;
    memory->limit = new_size;
    return pages;
}

/* ---- Checks ------------------------------------------------------------------------------------------------- */

/* True when [address, address + size) lies in [0, pages * 64 KiB); size 0 needs address <= the end.
 * rules: access.out-of-extent, access.bulk.zero */
static bool in_extent(const wp_memory *memory, uint64_t address, uint64_t size) {
    if (size == 0) {
        uint64_t page = address / WP_PAGE_SIZE;
        return page < memory->pages || (page == memory->pages && address % WP_PAGE_SIZE == 0);
    }
    uint64_t last = address + (size - 1);
    return last >= address && last / WP_PAGE_SIZE < memory->pages;
}

static wp_trap check_range(const wp_memory *memory, uint64_t address, uint64_t size) {
    if (!in_extent(memory, address, size)) { /* rule: access.out-of-extent */
        if (memory->backing != NULL)
            RULE(memory->store->engine, access_out_of_extent);
        return WP_TRAP_memory_bounds; /* rule: access.out-of-extent */
    }
    if (size == 0 || memory->backing == NULL) /* rules: access.bulk.zero, access.inaccessible */
        return WP_TRAP_none;
    wp_trap trap = memory->backing->check(memory->backing_ctx, address, size); /* rule: access.inaccessible */
    if (trap != WP_TRAP_none)
        RULE(memory->store->engine, access_inaccessible);
    return trap;
}

/* Checks a bulk operation: the whole range, or the address alone for size 0. */
static wp_trap check_bulk(const wp_memory *memory, uint64_t address, uint64_t size) {
    if (memory->backing != NULL) {
        if (size == 0)
            RULE(memory->store->engine, access_bulk_zero);
        else
            RULE(memory->store->engine, access_bulk);
    }
    return check_range(memory, address, size);
}

/* ---- Chunks ------------------------------------------------------------------------------------------------- */

/* Host bytes at an address that check_range has passed, and how many follow in one piece, at most size. */
static wp_trap chunk(wp_memory *memory, uint64_t address, uint64_t size, bool write, uint8_t **bytes, uint64_t *run) {
    if (memory->backing == NULL) {
        *bytes = memory->base + address;
        *run = size;
        return WP_TRAP_none;
    }
    uint64_t offset = address % WP_PAGE_SIZE;
    uint64_t rest = WP_PAGE_SIZE - offset;
    wp_trap trap = memory->backing->page(memory->backing_ctx, address / WP_PAGE_SIZE, write, bytes);
    if (trap != WP_TRAP_none) {
        if (trap == WP_TRAP_host_memory) /* rule: mmap.lazy */
            memory->backing->exhausted(memory->backing_ctx);
        return trap;
    }
    *bytes += offset;
    *run = size < rest ? size : rest; /* rules: access.straddle, access.bulk */
    return WP_TRAP_none;
}

/* Copies out of a checked range. */
static wp_trap copy_out(wp_memory *memory, uint64_t address, uint8_t *to, uint64_t size) {
    while (size != 0) {
        uint8_t *bytes;
        uint64_t run;
        wp_trap trap = chunk(memory, address, size, false, &bytes, &run);
        if (trap != WP_TRAP_none)
            return trap;
        memcpy(to, bytes, (size_t)run); /* rules: access.straddle, access.host */
        to += run;
        address += run; /* rules: access.straddle, access.host */
        size -= run;
    }
    return WP_TRAP_none;
}

/* Copies into a checked range. */
static wp_trap copy_in(wp_memory *memory, uint64_t address, const uint8_t *from, uint64_t size) {
    while (size != 0) {
        uint8_t *bytes;
        uint64_t run;
        wp_trap trap = chunk(memory, address, size, true, &bytes, &run);
        if (trap != WP_TRAP_none)
            return trap;
        memcpy(bytes, from, (size_t)run); /* rules: access.straddle, access.bulk */
        from += run;
        address += run; /* rules: access.straddle, access.bulk */
        size -= run;
    }
    return WP_TRAP_none;
}

/* ---- Scalar accesses ------------------------------------------------------------------------------------------ */

/* index + offset, where the sum may need 65 bits. */
static wp_trap effective(const wp_memory *memory, uint64_t index, uint64_t offset, unsigned size, uint64_t *address) {
    *address = index + offset; /* rule: access.out-of-extent */
    if (*address < index) {    /* rule: access.out-of-extent */
        if (memory->backing != NULL)
            RULE(memory->store->engine, access_out_of_extent);
        return WP_TRAP_memory_bounds;
    }
    if (memory->backing != NULL && *address % WP_PAGE_SIZE + size > WP_PAGE_SIZE)
        RULE(memory->store->engine, access_straddle);
    return check_range(memory, *address, size); /* rules: access.out-of-extent, access.straddle */
}

wp_trap wp_mem_load(wp_memory *memory, uint64_t index, uint64_t offset, unsigned size, uint8_t *bytes) {
    uint64_t address;
    wp_trap trap = effective(memory, index, offset, size, &address);
    return trap != WP_TRAP_none ? trap : copy_out(memory, address, bytes, size); /* rule: access.straddle */
}

wp_trap wp_mem_store(wp_memory *memory, uint64_t index, uint64_t offset, unsigned size, const uint8_t *bytes) {
    uint64_t address;
    wp_trap trap = effective(memory, index, offset, size, &address);
    return trap != WP_TRAP_none ? trap : copy_in(memory, address, bytes, size); /* rule: access.straddle */
}

/* ---- Bulk operations ------------------------------------------------------------------------------------------- */

wp_trap wp_mem_fill(wp_memory *memory, uint64_t address, uint8_t value, uint64_t size) { /* rule: access.bulk */
    wp_trap trap = check_bulk(memory, address, size);
    while (trap == WP_TRAP_none && size != 0) {
        uint8_t *bytes;
        uint64_t run;
        trap = chunk(memory, address, size, true, &bytes, &run);
        if (trap == WP_TRAP_none)
            memset(bytes, value, (size_t)run);
        address += run;
        size -= run;
    }
    return trap;
}

/* Copies one piece that lies on one chunk on either side. */
static wp_trap copy_piece(wp_memory *to, uint64_t to_address, wp_memory *from, uint64_t from_address, uint64_t size) {
    uint8_t *target, *source;
    uint64_t run;
    wp_trap trap = chunk(to, to_address, size, true, &target, &run);
    if (trap == WP_TRAP_none)
        trap = chunk(from, from_address, size, false, &source, &run);
    if (trap == WP_TRAP_none)
        memmove(target, source, (size_t)size);
    return trap;
}

/* Bytes from address to the end of its chunk. */
static uint64_t room_up(const wp_memory *memory, uint64_t address, uint64_t size) {
    uint64_t rest = memory->backing == NULL ? size : WP_PAGE_SIZE - address % WP_PAGE_SIZE;
    return size < rest ? size : rest;
}

/* Bytes from the start of the chunk that holds the byte before `end` to `end`. */
static uint64_t room_down(const wp_memory *memory, uint64_t end, uint64_t size) {
    uint64_t rest = memory->backing == NULL ? size : (end - 1) % WP_PAGE_SIZE + 1;
    return size < rest ? size : rest;
}

/* rule: access.bulk */
wp_trap wp_mem_copy(wp_memory *to, uint64_t to_address, wp_memory *from, uint64_t from_address, uint64_t size) {
    wp_trap trap = check_bulk(to, to_address, size);
    if (trap == WP_TRAP_none)
        trap = check_bulk(from, from_address, size);
    if (trap != WP_TRAP_none)
        return trap;
    bool is_down = to == from && to_address > from_address;
    for (uint64_t done = 0, run; trap == WP_TRAP_none && done < size; done += run) {
        uint64_t left = size - done;
        run = is_down ? room_down(from, from_address + left, room_down(to, to_address + left, left))
                      : room_up(from, from_address + done, room_up(to, to_address + done, left));
        uint64_t at = is_down ? left - run : done;
        trap = copy_piece(to, to_address + at, from, from_address + at, run);
    }
    return trap;
}

wp_trap wp_mem_init(wp_memory *memory, uint64_t address, const uint8_t *bytes, uint64_t available, uint64_t offset,
                    uint64_t size) { /* rule: access.bulk */
    if (offset > available || size > available - offset)
        return WP_TRAP_memory_bounds;
    wp_trap trap = check_bulk(memory, address, size);
    return trap != WP_TRAP_none || size == 0 ? trap : copy_in(memory, address, bytes + offset, size);
}

wp_trap wp_mem_check(const wp_memory *memory, uint64_t address, uint64_t size) {
    return check_range(memory, address, size);
}

wp_trap wp_mem_read(wp_memory *memory, uint64_t address, uint8_t *bytes, uint64_t size) { /* rule: access.host */
    wp_trap trap = check_range(memory, address, size);
    return trap != WP_TRAP_none ? trap : copy_out(memory, address, bytes, size);
}

wp_trap wp_mem_write(wp_memory *memory, uint64_t address, const uint8_t *bytes, uint64_t size) { /* rule: access.host */
    wp_trap trap = check_range(memory, address, size);
    return trap != WP_TRAP_none ? trap : copy_in(memory, address, bytes, size);
}
