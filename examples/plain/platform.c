/* platform.c: the platform API for a module without a process: pages from memory.grow.
 *
 * It links the libraries and programs of these examples into one ordinary module with its own memory, for any engine.
 * Unlike a process it can't load libraries, release the storage of unmapped pages, or trap on holes.
 */
#include <stdbool.h>

#include <process.h>

#ifdef __wasm64__
#error "a bit for each page of 64-bit addresses is too much: 32 bits only"
#endif

enum { PAGES = 65536 }; /* in an address space of 32 bits */

/* A bit per page: mapped. The initial pages of the module are never mapped here. */
static unsigned char given[PAGES / 8];
static size_t own_pages; /* number of initial pages; 0: not yet known */

static bool is_given(size_t page) {
    return (given[page / 8] >> page % 8 & 1) != 0;
}

static void set_given(size_t first, size_t count, bool value) {
    for (size_t page = first; page < first + count; page++)
        if (value)
            given[page / 8] |= (unsigned char)(1u << page % 8);
        else
            given[page / 8] &= (unsigned char)~(1u << page % 8);
}

static size_t memory_pages(void) {
    return __builtin_wasm_memory_size(0);
}

/* The number of free pages from `page` on, at most `most`. Pages beyond the end of the memory are free. */
static size_t free_run(size_t page, size_t most) {
    size_t count = 0;
    while (count < most && page + count < PAGES && !is_given(page + count))
        count++;
    return count;
}

/* The first of `count` consecutive free pages, or 0. */
static size_t find(size_t count) {
    for (size_t page = own_pages; page < PAGES; page++) {
        size_t run = free_run(page, count);
        if (run == count)
            return page;
        page += run;
    }
    return 0;
}

/* Grows the memory up to an end, and clears pages that were in use before. */
static bool take(size_t first, size_t count) {
    size_t size = memory_pages(), end = first + count;
    if (end > size && __builtin_wasm_memory_grow(0, end - size) == (size_t)-1)
        return false;
    size_t old = first >= size ? 0 : (end < size ? end : size) - first;
    if (old > 0)
        __builtin_memset((char *)(first * PROCESS_PAGE), 0, old * PROCESS_PAGE);
    set_given(first, count, true);
    return true;
}

static size_t pages_of(uint64_t length) {
    return length > (uint64_t)(PAGES - 1) * PROCESS_PAGE ? PAGES : (size_t)((length + PROCESS_PAGE - 1) / PROCESS_PAGE);
}

void *process_mmap(void *hint, uint64_t length) {
    size_t count = pages_of(length), first = (size_t)hint / PROCESS_PAGE;
    if (own_pages == 0)
        own_pages = memory_pages();
    if (count == 0)
        return NULL;
    if (first < own_pages || free_run(first, count) < count)
        first = find(count);
    return first == 0 || !take(first, count) ? NULL : (void *)(first * PROCESS_PAGE);
}

int process_munmap(void *address, uint64_t length) {
    size_t count = pages_of(length), first = (size_t)address / PROCESS_PAGE;
    if ((size_t)address % PROCESS_PAGE != 0 || count == 0 || first < own_pages || count > PAGES - first)
        return 0;
    set_given(first, count, false);
    return 1;
}

int process_discard(void *address, uint64_t length) {
    size_t count = pages_of(length), first = (size_t)address / PROCESS_PAGE;
    if (own_pages == 0)
        own_pages = memory_pages();
    if ((size_t)address % PROCESS_PAGE != 0 || count == 0 || first == 0 || count > PAGES - first)
        return 0;
    for (size_t page = first; page < first + count; page++)
        if (page >= own_pages && !is_given(page))
            return 0;
    __builtin_memset(address, 0, count * PROCESS_PAGE);
    return 1;
}

/* ---- Functions that need a process ---------------------------------------------------------------------------- */

int process_load(const char *name, size_t length) {
    (void)name, (void)length;
    return 0;
}

size_t process_error(char *buffer, size_t size) {
    (void)buffer, (void)size;
    return 0;
}

void *process_symbol(int handle, const char *name, size_t length) {
    (void)handle, (void)name, (void)length;
    return NULL;
}

int process_unload(int handle) {
    (void)handle;
    return 0;
}

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"))) _Noreturn void
wasi_proc_exit(int code);

_Noreturn void process_exit(int code) {
    wasi_proc_exit(code);
}
