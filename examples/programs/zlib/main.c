/* main.c: compresses and restores memory with zlib, and checks that nothing was lost. Built for a process and for the
 * host, the program prints the same.
 *
 * Usage: zlib [SIZE [wait]]: SIZE bytes, 10,000,000 by default. With "wait" it stops after every step until it reads a
 * line from its standard input, so that its use of the host's memory can be inspected.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zlib.h"

/* ---- The data ------------------------------------------------------------------------------------------------ */

/* Text-like in its first part, repetitive in its second, and noise in its third: data that compress well, very well,
 * and not at all. */
static void fill(unsigned char *bytes, size_t size) {
    static const char *const words[] = {"process ", "address ", "space ", "module ", "page ",  "table ", "of ",  "a ",
                                        "the ",     "maps ",    "memory", ", and ",  "which ", "is ",    "has ", "\n"};
    uint32_t state = 1;
    size_t i = 0;
    while (i < size / 2) {
        state = state * 1664525u + 1013904223u;
        for (const char *word = words[state >> 28]; *word != '\0' && i < size / 2; word++)
            bytes[i++] = (unsigned char)*word;
    }
    for (; i < size / 4 * 3; i++)
        bytes[i] = (unsigned char)(i % 251 < 200 ? 'x' : i % 251);
    for (; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (unsigned char)(state >> 24);
    }
}

/* ---- Steps --------------------------------------------------------------------------------------------------- */

static bool waiting;

/* Reports a step, and waits if requested. */
static void step(const char *what) {
    if (!waiting)
        return;
    printf("step: %s\n", what);
    fflush(stdout);
    for (int c = getchar(); c != '\n' && c != EOF; c = getchar())
        continue;
}

static void *allocate(size_t size) {
    void *block = malloc(size);
    if (block != NULL)
        return block;
    fprintf(stderr, "zlib: no memory for %lu bytes\n", (unsigned long)size);
    exit(EXIT_FAILURE);
}

static void check(int status, const char *what) {
    if (status == Z_OK)
        return;
    fprintf(stderr, "zlib: %s: %s\n", what, zError(status));
    exit(EXIT_FAILURE);
}

/* Compresses at a level, restores, and compares. */
static void round_trip(const unsigned char *bytes, size_t size, int level) {
    uLongf packed_size = compressBound((uLong)size), restored_size = (uLongf)size;
    unsigned char *packed = allocate(packed_size), *restored = allocate(size);
    check(compress2(packed, &packed_size, bytes, (uLong)size, level), "compress2");
    printf("level %d: %lu bytes, CRC %08lx, Adler %08lx\n", level, (unsigned long)packed_size,
           (unsigned long)crc32(0, packed, (uInt)packed_size), (unsigned long)adler32(1, packed, (uInt)packed_size));
    check(uncompress(restored, &restored_size, packed, packed_size), "uncompress");
    bool same = restored_size == size && memcmp(bytes, restored, size) == 0;
    printf("restored: %lu bytes, CRC %08lx, %s\n", (unsigned long)restored_size,
           (unsigned long)crc32(0, restored, (uInt)restored_size), same ? "the same" : "NOT THE SAME");
    step("restored");
    free(packed);
    free(restored);
}

int main(int argc, char **argv) {
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000000;
    waiting = argc > 2 && strcmp(argv[2], "wait") == 0;
    step("started");
    unsigned char *bytes = allocate(size);
    fill(bytes, size);
    printf("%lu bytes, CRC %08lx\n", (unsigned long)size, (unsigned long)crc32(0, bytes, (uInt)size));
    step("filled");
    round_trip(bytes, size, 1);
    round_trip(bytes, size, 6);
    free(bytes);
    step("freed");
    return EXIT_SUCCESS;
}
