/* bench.c: times what no command shows: access to memory in a process beside plain memory, and the platform's mmap and
 * munmap. bench.py runs it and prints what it finds.
 *
 * Usage: bench ACCESS.wat
 * Each line of output is "KIND NAME NUMBER UNIT".
 */
#include "../interp/wasmproc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAGES = 1024, SIZE = 1 << 22, ROUNDS = 8 };

static double now(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Ends the program with a message unless the status is WP_OK. */
static void require(wp_status status, const wp_diag *diag, const char *what) {
    if (status == WP_OK)
        return;
    fprintf(stderr, "bench: %s: %s: %s\n", what, wp_status_name(status), diag->message);
    exit(1);
}

/* ---- Access ---------------------------------------------------------------------------------------------------- */

static char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 16);
    if (file == NULL || text == NULL) {
        fprintf(stderr, "bench: cannot read %s\n", path);
        exit(1);
    }
    *size = fread(text, 1, 1 << 16, file);
    fclose(file);
    return text;
}

static double time_call(wp_store *store, wp_instance *instance, const char *name, size_t name_size, uint32_t at) {
    wp_diag diag = {0};
    wp_extern func;
    if (!wp_instance_export(instance, name, name_size, &func))
        require(WP_UNLINKABLE, &diag, name);
    wp_value args[3] = {{.type = WP_T_I32}, {.type = WP_T_I32}, {.type = WP_T_I32}}, result;
    args[0].of.i32 = at;
    args[1].of.i32 = SIZE;
    double best = 1e9;
    /* The first run also commits the storage, so it is not counted. */
    for (int i = 0; i < 4; i++) {
        args[2].of.i32 = i == 0 ? 1 : ROUNDS;
        double begin = now();
        require(wp_call(store, func, args, 3, &result, 1, &diag), &diag, name);
        double seconds = now() - begin;
        if (i > 0 && seconds < best)
            best = seconds;
    }
    return best;
}

static void print_access(const char *place, const char *pattern, double seconds) {
    double accesses = 2.0 * ROUNDS * (SIZE / 4.0);
    printf("access %s/%s %.3f ns/access\n", pattern, place, seconds / accesses * 1e9);
}

static void bench_access(wp_engine *engine, const char *path) {
    wp_diag diag = {0};
    wp_module *module;
    wp_store *store;
    wp_process *process;
    wp_instance *plain, *inside;
    wp_extern memory;
    size_t size;
    uint64_t at;
    char *text = read_file(path, &size);
    require(wp_module_parse(engine, text, size, &module, &diag), &diag, path);
    require(wp_module_validate(module, &diag), &diag, path);
    free(text);

    require(wp_store_new(engine, &store, &diag), &diag, "store");
    require(wp_memory_new(store, (wp_limits){.min = PAGES}, &memory, &diag), &diag, "memory");
    require(wp_store_define(store, "env", 3, "memory", 6, memory, &diag), &diag, "env.memory");
    require(wp_instantiate(store, module, &plain, &diag), &diag, path);

    wp_process_desc desc = {.pointer = WP_T_I32, .pages = PAGES, .backend = WP_BACKEND_SPARSE};
    require(wp_process_new(engine, &desc, &process, &diag), &diag, "process");
    require(wp_process_load(process, module, &inside, &diag), &diag, path);
    require(wp_process_mmap(process, 0, SIZE, &at, &diag), &diag, "mmap");

    print_access("plain", "sweep", time_call(store, plain, "sweep", 5, 65536));
    print_access("sparse", "sweep", time_call(wp_process_store(process), inside, "sweep", 5, (uint32_t)at));
    print_access("plain", "stride", time_call(store, plain, "stride", 6, 65536));
    print_access("sparse", "stride", time_call(wp_process_store(process), inside, "stride", 6, (uint32_t)at));

    wp_process_delete(process);
    wp_store_delete(store);
    wp_module_delete(module);
}

/* ---- mmap and munmap --------------------------------------------------------------------------------------------- */

/* A pseudo-random number below n, by a linear congruential generator. */
static uint64_t random_below(uint64_t *seed, uint64_t n) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % n;
}

/* Pairs of munmap and mmap per second among `live` mappings of a page each, `step` pages apart: 1, and all lie side by
 * side, as they do without hints; 2, and there is a hole beside each, the most ranges that so many mappings can make.
 */
static void bench_pairs(wp_engine *engine, uint64_t live, uint64_t step) {
    wp_diag diag = {0};
    wp_process *process;
    wp_process_desc desc = {.pointer = WP_T_I64, .pages = (uint64_t)1 << 40, .backend = WP_BACKEND_SPARSE};
    require(wp_process_new(engine, &desc, &process, &diag), &diag, "process");
    uint64_t address, seed = 1, pairs = 300000;
    bool done;
    for (uint64_t i = 0; i < live; i++) {
        uint64_t hint = (step * i + 2) * WP_PAGE_SIZE;
        require(wp_process_mmap(process, hint, WP_PAGE_SIZE, &address, &diag), &diag, "mmap");
        if (address != hint)
            require(WP_REFUSED, &diag, "mmap chose another address than the free hint");
    }
    double begin = now();
    for (uint64_t i = 0; i < pairs; i++) {
        uint64_t hint = (step * random_below(&seed, live) + 2) * WP_PAGE_SIZE;
        require(wp_process_munmap(process, hint, WP_PAGE_SIZE, &done, &diag), &diag, "munmap");
        require(wp_process_mmap(process, hint, WP_PAGE_SIZE, &address, &diag), &diag, "mmap");
    }
    printf("%s live=%" PRIu64 " %.0f pairs/s\n", step == 1 ? "packed" : "scattered", live,
           (double)pairs / (now() - begin));
    wp_process_delete(process);
}

/* mmap without a hint and munmap, of one page and of 2^24 pages (a terabyte): the time must not depend on the length.
 */
static void bench_length(wp_engine *engine, uint64_t pages) {
    wp_diag diag = {0};
    wp_process *process;
    wp_process_desc desc = {.pointer = WP_T_I64, .pages = (uint64_t)1 << 48, .backend = WP_BACKEND_SPARSE};
    require(wp_process_new(engine, &desc, &process, &diag), &diag, "process");
    uint64_t address, rounds = 300000;
    bool done;
    double begin = now();
    for (uint64_t i = 0; i < rounds; i++) {
        require(wp_process_mmap(process, 0, pages * WP_PAGE_SIZE, &address, &diag), &diag, "mmap");
        require(wp_process_munmap(process, address, pages * WP_PAGE_SIZE, &done, &diag), &diag, "munmap");
    }
    printf("length pages=%" PRIu64 " %.1f ns/pair\n", pages, (now() - begin) / (double)rounds * 1e9);
    wp_process_delete(process);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: bench ACCESS.wat\n", stderr);
        return 2;
    }
    wp_engine *engine = wp_engine_new(NULL);
    if (engine == NULL)
        return 1;
    bench_access(engine, argv[1]);
    for (uint64_t step = 1; step <= 2; step++) {
        bench_pairs(engine, 1, step);
        bench_pairs(engine, 1000, step);
        bench_pairs(engine, 100000, step);
        bench_pairs(engine, 1000000, step);
    }
    bench_length(engine, 1);
    bench_length(engine, (uint64_t)1 << 24);
    wp_engine_delete(engine);
    return 0;
}
