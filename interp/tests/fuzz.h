/* fuzz.h: shared parts of fuzz targets: reports of violations, and a main program.
 *
 * With clang's -fsanitize=fuzzer a target is a program of libFuzzer. With -DWP_FUZZ_MAIN it is a program that runs the
 * files it is given, to reproduce a finding or to replay a corpus:
 *     fuzz_... [--damage COUNT] FILE...
 * With --damage each file is also run truncated at up to COUNT places, and with up to COUNT changes, the same in each
 * run.
 */
#ifndef WP_FUZZ_H
#define WP_FUZZ_H

#include "random.h"

#include "wasmproc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The target, called by libFuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program unless the condition holds. */
static inline void fuzz_require(bool holds, const char *what, const wp_diag *diag) {
    if (holds)
        return;
    fprintf(stderr, "violation: %s: %s: %s\n", what, wp_status_name(diag->status), diag->message);
    abort();
}

static inline void fuzz_limit(wp_engine *engine, const char *name, uint64_t value) {
    const wp_diag none = {0};
    fuzz_require(wp_limit_set(engine, name, value), name, &none);
}

#ifdef WP_FUZZ_MAIN
/* Runs the target on a copy of exactly these bytes, so that a sanitizer sees a read beyond them. */
static void fuzz_run(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void fuzz_cut(const uint8_t *data, size_t size, size_t count) {
    size_t step = size / count + 1;
    for (size_t end = 0; end < size; end += step)
        fuzz_run(data, end);
}

static size_t fuzz_random(uint64_t *state, size_t below) {
    return (size_t)(next_random(state) % below);
}

/* Changes a byte, repeats a stretch over another one, or both, a few times. */
static void fuzz_change(uint8_t *data, size_t size, uint64_t *state) {
    for (size_t times = 1 + fuzz_random(state, 4); times > 0; times--) {
        size_t at = fuzz_random(state, size);
        if (fuzz_random(state, 3) == 0) {
            size_t from = fuzz_random(state, size), later = at > from ? at : from;
            memmove(data + at, data + from, fuzz_random(state, size - later + 1) % 64);
        } else {
            static const uint8_t telling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, 0x40, '(', ')', '"', ' ', '0'};
            data[at] = fuzz_random(state, 2) == 0 ? telling[fuzz_random(state, sizeof telling)]
                                                  : (uint8_t)fuzz_random(state, 256);
        }
    }
}

static void fuzz_damage(const uint8_t *data, size_t size, size_t count) {
    uint64_t state = 88172645463325252u + size;
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL)
        abort();
    fuzz_cut(data, size, count);
    for (size_t i = 0; i < count && size != 0; i++) {
        memcpy(copy, data, size);
        fuzz_change(copy, size, &state);
        fuzz_run(copy, size);
    }
    free(copy);
}

static bool fuzz_file(const char *name, size_t damage) {
    FILE *file = fopen(name, "rb");
    size_t size = 0, capacity = 1 << 16, got = 0;
    uint8_t *data = malloc(capacity);
    while (file != NULL && data != NULL && (got = fread(data + size, 1, capacity - size, file)) != 0) {
        size += got;
        if (size == capacity) {
            uint8_t *bigger = realloc(data, capacity *= 2);
            if (bigger == NULL)
                free(data);
            data = bigger;
        }
    }
    bool read = file != NULL && data != NULL && !ferror(file);
    if (read)
        fuzz_run(data, size);
    else
        fprintf(stderr, "cannot read %s\n", name);
    if (read && damage != 0)
        fuzz_damage(data, size, damage);
    if (file != NULL)
        fclose(file);
    free(data);
    return read;
}

int main(int argc, char **argv) {
    bool all = true;
    size_t damage = 0;
    int i = 1;
    if (argc > 2 && strcmp(argv[1], "--damage") == 0) {
        damage = (size_t)strtoul(argv[2], NULL, 10);
        i = 3;
    }
    for (; i < argc; i++)
        all = fuzz_file(argv[i], damage) && all;
    return all ? 0 : 1;
}
#endif

#endif
