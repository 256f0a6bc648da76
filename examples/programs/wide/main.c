/* main.c: a program of 64-bit addresses, without a C library: it, liballoc.so and libmap.so are the whole process.
 *
 * It prints nothing; the embedder calls its exports. checksum() returns the same as in the native build.
 */
#include <stddef.h>

#include "map.h"

/* A function pointer that crosses modules: libmap calls it, by its index in the table. */
static void add(void *context, uint64_t key, uint64_t value) {
    *(uint64_t *)context += key * 31 + value;
}

/* The sum of a map of `count` numbers; 0 if out of memory, or if the map is wrong. */
uint64_t checksum(uint64_t count) {
    map *m = map_new();
    uint64_t sum = 0, value;
    if (m == NULL || map_count != 1)
        return 0;
    for (uint64_t i = 0; i < count; i++)
        if (!map_put(m, i * i, i ^ 0x5555))
            return 0;
    for (uint64_t i = 0; i < count; i++)
        if (!map_get(m, i * i, &value) || value != (i ^ 0x5555))
            return 0;
    map_each(m, add, &sum);
    map_delete(m);
    return map_count == 0 ? sum : 0;
}

#ifdef __wasm__
#include <process.h>

/* Maps and uses a page beyond 4 GiB, if the extent has room for it. Returns its address. */
uint64_t far_page(uint64_t address) {
    volatile uint64_t *page = process_mmap((void *)address, PROCESS_PAGE);
    if (page == NULL)
        return 0;
    page[0] = address;
    page[PROCESS_PAGE / sizeof *page - 1] = ~address;
    bool kept = page[0] == address && page[PROCESS_PAGE / sizeof *page - 1] == ~address && page[1] == 0;
    bool gone = process_munmap((void *)page, PROCESS_PAGE) == 1;
    return kept && gone ? (uint64_t)page : 0;
}
#else
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    printf("%" PRIu64 "\n", checksum(argc > 1 ? strtoull(argv[1], NULL, 10) : 100000));
    return 0;
}
#endif
