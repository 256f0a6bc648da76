/* fuzz.h: what fuzz targets share: how a violation is reported, and a main program for each of them.
 *
 * With clang's -fsanitize=fuzzer a target is a program of libFuzzer. With -DWP_FUZZ_MAIN it is a program that runs the
 * files it is given, to reproduce a finding or to replay a corpus.
 */
#ifndef WP_FUZZ_H
#define WP_FUZZ_H

#include "../wasmproc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As libFuzzer calls it. */
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
static bool fuzz_file(const char *name) {
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
        LLVMFuzzerTestOneInput(data, size);
    else
        fprintf(stderr, "cannot read %s\n", name);
    if (file != NULL)
        fclose(file);
    free(data);
    return read;
}

int main(int argc, char **argv) {
    bool all = true;
    for (int i = 1; i < argc; i++)
        all = fuzz_file(argv[i]) && all;
    return all ? 0 : 1;
}
#endif

#endif
