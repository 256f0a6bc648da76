/* bench.c: benchmarks that need the library: the same code in a process and on plain memory, and the platform's mmap
 * and munmap. bench.py runs it and prints the results.
 *
 * Usage: bench ACCESS.wat
 * Each line of output is "KIND NAME NUMBER UNIT". Times are processor times, user and system, which depend less on
 * other load; candidates are measured in turns, and the minimum of all turns counts.
 */
#define _DEFAULT_SOURCE

#include "../interp/wasmproc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { PAGES = 1024, SIZE = 1 << 22, TURNS = 10, OPENINGS = 4 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double least(double a, double b) {
    return a < b ? a : b;
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

/* A place in which the workloads run. */
typedef struct place {
    const char *name;
    wp_process *process; /* NULL: plain memory */
    wp_store *store;
    wp_instance *instance;
} place;

enum { PLAIN, NATIVE, SPARSE, PLACES };

/* The seconds that a workload takes in a place, and its checksum. */
static double time_call(const place *at, const char *name, uint32_t size, uint32_t rounds, uint32_t *checksum) {
    wp_diag diag = {0};
    wp_extern func;
    if (!wp_instance_export(at->instance, name, strlen(name), &func))
        require(WP_UNLINKABLE, &diag, name);
    wp_value args[3] = {{.type = WP_T_I32}, {.type = WP_T_I32}, {.type = WP_T_I32}}, result;
    args[0].of.i32 = WP_PAGE_SIZE;
    args[1].of.i32 = size;
    args[2].of.i32 = rounds;
    double begin = now();
    require(wp_call(at->store, func, args, 3, &result, 1, &diag), &diag, name);
    double seconds = now() - begin;
    *checksum = result.of.i32;
    return seconds;
}

typedef struct workload {
    const char *name;
    uint32_t size, rounds;
    double best[PLACES]; /* seconds */
} workload;

/* Runs a workload in all places, in turns, each beginning with another place. The first turn also commits the storage,
 * and is not counted. */
static void time_workload(const place *places, workload *w) {
    uint32_t checksums[PLACES];
    for (int turn = 0; turn < TURNS; turn++)
        for (int k = 0; k < PLACES; k++) {
            int i = (turn + k) % PLACES;
            double seconds = time_call(&places[i], w->name, w->size, turn == 0 ? 1 : w->rounds, &checksums[i]);
            if (turn > 0)
                w->best[i] = least(w->best[i], seconds);
        }
    for (int i = 0; i < PLACES; i++)
        if (checksums[i] != checksums[PLAIN])
            require(WP_CRASH, &(wp_diag){.message = "its checksum is not that of plain memory"}, w->name);
}

static void open_plain(wp_engine *engine, wp_module *module, place *out) {
    wp_diag diag = {0};
    wp_extern memory;
    require(wp_store_new(engine, &out->store, &diag), &diag, "store");
    require(wp_memory_new(out->store, (wp_limits){.min = PAGES}, &memory, &diag), &diag, "memory");
    require(wp_store_define(out->store, "env", 3, "memory", 6, memory, &diag), &diag, "env.memory");
    require(wp_instantiate(out->store, module, &out->instance, &diag), &diag, "plain");
}

static void open_process(wp_engine *engine, wp_module *module, wp_backend backend, place *out) {
    wp_diag diag = {0};
    uint64_t at;
    wp_process_desc desc = {.pointer = WP_T_I32, .pages = PAGES, .backend = backend};
    require(wp_process_new(engine, &desc, &out->process, &diag), &diag, "process");
    require(wp_process_load(out->process, module, &out->instance, &diag), &diag, out->name);
    require(wp_process_mmap(out->process, WP_PAGE_SIZE, SIZE, &at, &diag), &diag, "mmap");
    if (at != WP_PAGE_SIZE)
        require(WP_REFUSED, &diag, "mmap chose another address than the free hint");
    out->store = wp_process_store(out->process);
}

/* Runs all workloads in new places, several times, so that no place has an advantage from its host pages. */
static void time_workloads(wp_engine *engine, wp_module *module, workload *workloads, size_t count) {
    place places[PLACES] = {{.name = "plain"}, {.name = "native"}, {.name = "sparse"}};
    open_plain(engine, module, &places[PLAIN]);
    open_process(engine, module, WP_BACKEND_NATIVE, &places[NATIVE]);
    open_process(engine, module, WP_BACKEND_SPARSE, &places[SPARSE]);
    for (size_t i = 0; i < count; i++)
        time_workload(places, &workloads[i]);
    wp_process_delete(places[NATIVE].process);
    wp_process_delete(places[SPARSE].process);
    wp_store_delete(places[PLAIN].store);
}

static void bench_access(wp_engine *engine, const char *path) {
    static const char *const names[PLACES] = {"plain", "native", "sparse"};
    workload workloads[] = {{"compute", SIZE, 2, {0}},   {"sweep", SIZE, 2, {0}},     {"stride", SIZE, 1, {0}},
                            {"chase", SIZE / 8, 8, {0}}, {"sieve", SIZE / 4, 1, {0}}, {"matrix", SIZE, 1, {0}},
                            {"copy", SIZE, 64, {0}}};
    const size_t count = sizeof workloads / sizeof *workloads;
    wp_diag diag = {0};
    wp_module *module;
    size_t size;
    char *text = read_file(path, &size);
    require(wp_module_parse(engine, text, size, &module, &diag), &diag, path);
    require(wp_module_validate(module, &diag), &diag, path);
    free(text);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < PLACES; k++)
            workloads[i].best[k] = 1e9;
    for (int opening = 0; opening < OPENINGS; opening++)
        time_workloads(engine, module, workloads, count);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < PLACES; k++)
            printf("access %s/%s %.4f ms\n", workloads[i].name, names[k], workloads[i].best[k] * 1e3);
    wp_module_delete(module);
}

/* ---- mmap and munmap on the sparse backing ----------------------------------------------------------------------- */

/* A pseudo-random number below n, by a linear congruential generator. */
static uint64_t random_below(uint64_t *seed, uint64_t n) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % n;
}

/* The placement of single-page mappings. */
typedef struct pattern {
    const char *name;
    uint64_t step;  /* pages from one to the next: 1, adjacent, one range; 2, a hole beside each, the most ranges */
    uint64_t order; /* order of creation: the multiples of this prime; 1: ascending */
} pattern;

static const pattern patterns[] = {{"packed", 1, 1}, {"scattered", 2, 1}, {"shuffled", 2, 7919}};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

static wp_process *new_process(wp_engine *engine, wp_backend backend, uint64_t pages) {
    wp_diag diag = {0};
    wp_process *process;
    wp_process_desc desc = {.pointer = WP_T_I64, .pages = pages, .backend = backend};
    require(wp_process_new(engine, &desc, &process, &diag), &diag, "process");
    return process;
}

static void map_at(wp_process *process, uint64_t hint, wp_diag *diag) {
    uint64_t address;
    require(wp_process_mmap(process, hint, WP_PAGE_SIZE, &address, diag), diag, "mmap");
    if (address != hint)
        require(WP_REFUSED, diag, "mmap chose another address than the free hint");
}

static void unmap_at(wp_process *process, uint64_t address, wp_diag *diag) {
    bool done;
    require(wp_process_munmap(process, address, WP_PAGE_SIZE, &done, diag), diag, "munmap");
    if (!done)
        require(WP_REFUSED, diag, "munmap");
}

static uint64_t address_of(const pattern *p, uint64_t i) {
    return (p->step * i + 2) * WP_PAGE_SIZE;
}

static wp_process *live_process(wp_engine *engine, wp_backend backend, const pattern *p, uint64_t live) {
    wp_process *process = new_process(engine, backend, (uint64_t)1 << 24);
    wp_diag diag = {0};
    for (uint64_t i = 0; i < live; i++)
        map_at(process, address_of(p, i * p->order % live), &diag);
    return process;
}

/* The seconds that `pairs` pairs take. Each unmaps a random one of the live mappings, and maps it again at its address.
 */
static double time_pairs(wp_process *process, const pattern *p, uint64_t live, uint64_t pairs) {
    uint64_t seed = 1;
    wp_diag diag = {0};
    double begin = now();
    for (uint64_t i = 0; i < pairs; i++) {
        uint64_t address = address_of(p, random_below(&seed, live));
        unmap_at(process, address, &diag);
        map_at(process, address, &diag);
    }
    return now() - begin;
}

/* Pairs per second for a number of live mappings, through the interface for embedders. No page is written: the time is
 * that of the address space and the bookkeeping of the backing. */
static void bench_pairs(wp_engine *engine, const pattern *p, uint64_t live) {
    enum { PAIRS = 100000 };
    wp_process *process = live_process(engine, WP_BACKEND_SPARSE, p, live);
    double best = 1e9;
    for (int turn = 0; turn < TURNS; turn++)
        best = least(best, time_pairs(process, p, live, PAIRS));
    printf("%s live=%" PRIu64 " %.0f pairs/s\n", p->name, live, PAIRS / best);
    wp_process_delete(process);
}

/* mmap without a hint and munmap, of one page and of 2^24 pages (a terabyte): the time must not depend on the length.
 */
static void bench_length(wp_engine *engine, uint64_t pages) {
    enum { PAIRS = 100000 };
    wp_diag diag = {0};
    wp_process *process = new_process(engine, WP_BACKEND_SPARSE, (uint64_t)1 << 48);
    uint64_t address;
    bool done;
    double best = 1e9;
    for (int turn = 0; turn < TURNS; turn++) {
        double begin = now();
        for (uint64_t i = 0; i < PAIRS; i++) {
            require(wp_process_mmap(process, 0, pages * WP_PAGE_SIZE, &address, &diag), &diag, "mmap");
            require(wp_process_munmap(process, address, pages * WP_PAGE_SIZE, &done, &diag), &diag, "munmap");
        }
        best = least(best, now() - begin);
    }
    printf("length pages=%" PRIu64 " %.0f pairs/s\n", pages, PAIRS / best);
    wp_process_delete(process);
}

/* ---- mmap and munmap on the native backing ----------------------------------------------------------------------- */

/* The minimal system calls of the native backing, with which storage returns to the host and the range stays reserved:
 * one maps a page, one unmaps it. */
static void bare_map(uint8_t *base, uint64_t address) {
    if (mprotect(base + address, WP_PAGE_SIZE, PROT_READ | PROT_WRITE) != 0)
        abort();
}

static void bare_unmap(uint8_t *base, uint64_t address) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    if (mmap(base + address, WP_PAGE_SIZE, PROT_NONE, flags, -1, 0) == MAP_FAILED)
        abort();
}

static double time_bare(uint8_t *base, const pattern *p, uint64_t live, uint64_t pairs) {
    uint64_t seed = 1;
    double begin = now();
    for (uint64_t i = 0; i < pairs; i++) {
        uint64_t address = address_of(p, random_below(&seed, live));
        bare_unmap(base, address);
        bare_map(base, address);
    }
    return now() - begin;
}

/* The same pairs as bench_pairs on the native backing, and as the bare system calls on a range of the same size. */
static void bench_native(wp_engine *engine, const pattern *p, uint64_t live) {
    enum { PAIRS = 20000 };
    size_t size = (size_t)1 << 40;
    wp_process *process = live_process(engine, WP_BACKEND_NATIVE, p, live);
    uint8_t *base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        abort();
    for (uint64_t i = 0; i < live; i++)
        bare_map(base, address_of(p, i));
    double best = 1e9, bare = 1e9;
    for (int turn = 0; turn < TURNS; turn++) {
        best = least(best, time_pairs(process, p, live, PAIRS));
        bare = least(bare, time_bare(base, p, live, PAIRS));
    }
    printf("native %s/%" PRIu64 "/process %.3f us/pair\n", p->name, live, best / PAIRS * 1e6);
    printf("native %s/%" PRIu64 "/bare %.3f us/pair\n", p->name, live, bare / PAIRS * 1e6);
    munmap(base, size);
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
    for (size_t i = 0; i < PATTERNS; i++) {
        bench_pairs(engine, &patterns[i], 1000);
        bench_pairs(engine, &patterns[i], 100000);
        bench_pairs(engine, &patterns[i], 1000000);
    }
    bench_length(engine, 1);
    bench_length(engine, (uint64_t)1 << 24);
    /* Each scattered mapping is a mapping of the host, whose default limit per OS process is 65,530. */
    bench_native(engine, &patterns[0], 1);
    bench_native(engine, &patterns[1], 10000);
    wp_engine_delete(engine);
    return 0;
}
