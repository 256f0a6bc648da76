/* memory.h: memory instances; memory.c alone touches their bytes (specification, "Execution: Runtime Structure").
 *
 * Interface:
 * - wp_mem_fast: the fast path, one check; if false, the caller takes the general path.
 * - wp_mem_load, wp_mem_store: the general path: every memory, every address, all or nothing.
 * - wp_mem_fill, wp_mem_copy, wp_mem_init, wp_mem_read, wp_mem_write: bulk, checked whole before the first byte.
 * - wp_backing: hooks of the process layer, by which pages can be inaccessible and storage is committed late.
 *
 * The limit of a plain memory is its length; that of a native backing is its extent, whose inaccessible pages fault
 * (fault.h). A sparse backing has limit 0: every access takes the general path.
 */
#ifndef WP_MEMORY_H
#define WP_MEMORY_H

#include "core/engine.h"
#include "core/trap.h"

struct wp_store;

/* Finds the pages of a memory that is not one block of host memory. Addresses lie in the extent. */
typedef struct wp_backing {
    /* WP_TRAP_none iff every byte of [address, address + size) is accessible; size > 0; O(log n) however large. */
    wp_trap (*check)(void *ctx, uint64_t address, uint64_t size);
    /* The host bytes of an accessible page (WP_PAGE_SIZE of them), valid until the mapping changes. For writing,
     * storage is committed on first touch; for reading, an untouched page may be a shared page of zeros.
     * WP_TRAP_memory_inaccessible or WP_TRAP_host_memory otherwise. */
    wp_trap (*page)(void *ctx, uint64_t page, bool write, uint8_t **bytes);
    /* Observes that storage ran out while a program ran: the process ends (rule mmap.lazy). */
    void (*exhausted)(void *ctx);
} wp_backing;

typedef struct wp_memory {
    uint8_t *base;
    uint64_t limit; /* bytes that the fast path may touch */
    uint64_t pages; /* size; of a process's memory the extent */
    wp_limits limits;
    const wp_backing *backing; /* NULL: a plain memory */
    void *backing_ctx;
    struct wp_store *store;
    struct wp_memory *next; /* in the store's list of memories that own storage */
} wp_memory;

/* True when [address, address + size) may be touched at memory->base + address; otherwise the general path decides. The
 * sum must not wrap: callers with 64-bit addresses take the general path. */
static inline bool wp_mem_fast(const wp_memory *memory, uint64_t address, uint64_t size) {
    return WP_LIKELY(address + size <= memory->limit);
}

/* The same for any index and offset. */
static inline bool wp_mem_reaches(const wp_memory *memory, uint64_t index, uint64_t offset, uint64_t size) {
    uint64_t address = index + offset;
    return WP_LIKELY(address >= index && size <= memory->limit && address <= memory->limit - size);
}

/* Little-endian bytes to integers and back. Written out, so that compilers make one access of each. */
static inline uint64_t wp_read_u8(const uint8_t *p) {
    return p[0];
}
static inline uint64_t wp_read_u16(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8;
}
static inline uint64_t wp_read_u32(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}
static inline uint64_t wp_read_u64(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}
static inline uint64_t wp_read_s8(const uint8_t *p) {
    return (uint64_t)(int8_t)p[0];
}
static inline uint64_t wp_read_s16(const uint8_t *p) {
    return (uint64_t)(int16_t)wp_read_u16(p);
}
static inline uint64_t wp_read_s32(const uint8_t *p) {
    return (uint64_t)(int32_t)wp_read_u32(p);
}
static inline void wp_write_u8(uint8_t *p, uint64_t v) {
    p[0] = (uint8_t)v;
}
static inline void wp_write_u16(uint8_t *p, uint64_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
static inline void wp_write_u32(uint8_t *p, uint64_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}
static inline void wp_write_u64(uint8_t *p, uint64_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
    p[4] = (uint8_t)(v >> 32);
    p[5] = (uint8_t)(v >> 40);
    p[6] = (uint8_t)(v >> 48);
    p[7] = (uint8_t)(v >> 56);
}

/* Reads size (1 to 16) bytes at index + offset (65-bit arithmetic) into bytes. */
wp_trap wp_mem_load(wp_memory *memory, uint64_t index, uint64_t offset, unsigned size, uint8_t *bytes);
/* Writes them; a trap has written nothing. */
wp_trap wp_mem_store(wp_memory *memory, uint64_t index, uint64_t offset, unsigned size, const uint8_t *bytes);

wp_trap wp_mem_fill(wp_memory *memory, uint64_t address, uint8_t value, uint64_t size);
/* Overlapping ranges of one memory are copied as if through a buffer. */
wp_trap wp_mem_copy(wp_memory *to, uint64_t to_address, wp_memory *from, uint64_t from_address, uint64_t size);
/* bytes holds `available` bytes; offset and size select from them (memory.init). */
wp_trap wp_mem_init(wp_memory *memory, uint64_t address, const uint8_t *bytes, uint64_t available, uint64_t offset,
                    uint64_t size);
/* The trap that an access to a range would be. */
wp_trap wp_mem_check(const wp_memory *memory, uint64_t address, uint64_t size);
wp_trap wp_mem_read(wp_memory *memory, uint64_t address, uint8_t *bytes, uint64_t size);
wp_trap wp_mem_write(wp_memory *memory, uint64_t address, const uint8_t *bytes, uint64_t size);

/* Grows a plain memory by delta pages. Returns the old size, or UINT64_MAX and nothing has changed. On a process's
 * memory the rules process.memory.grow hold. */
uint64_t wp_mem_grow(wp_memory *memory, uint64_t delta);

/* A plain memory of limits.min pages, owned by the store. */
WP_MUST_CHECK wp_status wp_mem_new(struct wp_store *store, wp_limits limits, wp_memory **out, wp_diag *diag);
/* Frees the storage of a plain memory. */
void wp_mem_release(wp_memory *memory);

#endif
