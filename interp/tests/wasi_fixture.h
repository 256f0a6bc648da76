/* wasi_fixture.h: fixture of the tests of WASI: a guest that imports every function, with a memory and a temporary
 * folder of the host, and short ways to call.
 */
#ifndef WP_WASI_FIXTURE_H
#define WP_WASI_FIXTURE_H

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "wasi/wasi.h"

#include "core_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every function of wasi_snapshot_preview1. i: a number of at most 32 bits, I: a number of 64 bits, p: a pointer or a
 * size. */
static const struct signature {
    const char *name;
    const char *params;
} signatures[] = {
    {"args_get", "pp"},
    {"args_sizes_get", "pp"},
    {"environ_get", "pp"},
    {"environ_sizes_get", "pp"},
    {"clock_res_get", "ip"},
    {"clock_time_get", "iIp"},
    {"fd_advise", "iIIi"},
    {"fd_allocate", "iII"},
    {"fd_close", "i"},
    {"fd_datasync", "i"},
    {"fd_fdstat_get", "ip"},
    {"fd_fdstat_set_flags", "ii"},
    {"fd_fdstat_set_rights", "iII"},
    {"fd_filestat_get", "ip"},
    {"fd_filestat_set_size", "iI"},
    {"fd_filestat_set_times", "iIIi"},
    {"fd_pread", "ippIp"},
    {"fd_prestat_get", "ip"},
    {"fd_prestat_dir_name", "ipp"},
    {"fd_pwrite", "ippIp"},
    {"fd_read", "ippp"},
    {"fd_readdir", "ippIp"},
    {"fd_renumber", "ii"},
    {"fd_seek", "iIip"},
    {"fd_sync", "i"},
    {"fd_tell", "ip"},
    {"fd_write", "ippp"},
    {"path_create_directory", "ipp"},
    {"path_filestat_get", "iippp"},
    {"path_filestat_set_times", "iippIIi"},
    {"path_link", "iippipp"},
    {"path_open", "iippiIIip"},
    {"path_readlink", "ippppp"},
    {"path_remove_directory", "ipp"},
    {"path_rename", "ippipp"},
    {"path_symlink", "ppipp"},
    {"path_unlink_file", "ipp"},
    {"poll_oneoff", "pppp"},
    {"proc_exit", "i"},
    {"proc_raise", "i"},
    {"sched_yield", ""},
    {"random_get", "pp"},
    {"sock_accept", "iip"},
    {"sock_recv", "ippipp"},
    {"sock_send", "ippip"},
    {"sock_shutdown", "ii"},
};
enum { NSIGNATURES = sizeof signatures / sizeof *signatures };

/* Error codes, rights and flags, with their numbers in the document. */
enum {
    OK = 0,
    E_AGAIN = 6,
    E_BADF = 8,
    E_EXIST = 20,
    E_FAULT = 21,
    E_INVAL = 28,
    E_ISDIR = 31,
    E_LOOP = 32,
    E_NAMETOOLONG = 37,
    E_NOENT = 44,
    E_NOMEM = 48,
    E_NOSYS = 52,
    E_NOTDIR = 54,
    E_NOTEMPTY = 55,
    E_NOTSOCK = 57,
    E_NOTSUP = 58,
    E_PIPE = 64,
    E_SPIPE = 70,
    E_NOTCAPABLE = 76,
    NO_RESULT = 0xDEAD /* the call did not return */
};
enum {
    R_READ = 1 << 1,
    R_SEEK = 1 << 2,
    R_SET_FLAGS = 1 << 3,
    R_TELL = 1 << 5,
    R_WRITE = 1 << 6,
    R_PATH_OPEN = 1 << 13,
    R_READDIR = 1 << 14,
    R_STAT = 1 << 21,
    R_SET_SIZE = 1 << 22,
    R_FILE = (1 << 9) - 1 + R_STAT + R_SET_SIZE + (1 << 23) + (1 << 27)
};
enum { CREAT = 1, DIRECTORY = 2, EXCL = 4, TRUNC = 8, APPEND = 1, NONBLOCK = 4, FOLLOW = 1 };

/* Addresses of arguments and results, in a memory of END bytes; and the descriptor of the preopened folder. */
enum { END = 2 * WP_PAGE_SIZE, PATH = 1024, PATH2 = 6144, RANGES = 12288, RESULT = 32768, DATA = 40960, ROOT = 3 };

typedef struct guest {
    tap *t;
    fixture x;
    wasi *w;
    wp_extern memory;
    wp_instance *instance;
    bool wide;
    char home[64]; /* a folder of the host: "inside" is the guest's "/", "outside" is beside it */
} guest;

/* ---- The host's files ---------------------------------------------------------------------------------------- */

/* A path below the guest's home, valid until the fourth call from now. */
static inline const char *at_home(const guest *g, const char *path) {
    static char paths[4][5000];
    static unsigned next;
    char *out = paths[next++ % 4];
    snprintf(out, 5000, "%s/%s", g->home, path);
    return out;
}

/* Ends the program unless a step of the set-up on the host's files succeeded. */
static inline void host_must(bool succeeded, const char *path) {
    if (succeeded)
        return;
    printf("Bail out! %s: %s\n", path, strerror(errno));
    exit(1);
}

static inline void host_write(const guest *g, const char *path, const char *text) {
    FILE *file = fopen(at_home(g, path), "w");
    host_must(file != NULL && fputs(text, file) != EOF && fclose(file) == 0, path);
}

/* The contents of a small file, valid until the next call; null if it does not exist. */
static inline const char *host_read(const guest *g, const char *path) {
    static char text[4096];
    FILE *file = fopen(at_home(g, path), "r");
    if (file == NULL)
        return NULL;
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    (void)fclose(file);
    return text;
}

static inline int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static inline bool host_is(const guest *g, const char *path, mode_t kind) {
    struct stat status;
    return lstat(at_home(g, path), &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

/* ---- The guest ----------------------------------------------------------------------------------------------- */

static inline void add_text(char *text, size_t size, const char *format, ...) {
    va_list args;
    size_t used = strlen(text);
    va_start(args, format);
    vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

/* The text of a module that re-exports every function. Its memory is its own, or env.memory. */
static inline const char *guest_text(bool wide, bool own_memory) {
    static char text[16384];
    text[0] = '\0';
    for (size_t i = 0; i < NSIGNATURES; i++) {
        const char *name = signatures[i].name;
        add_text(text, sizeof text, "(import \"wasi_snapshot_preview1\" \"%s\" (func $%s", name, name);
        for (const char *p = signatures[i].params; *p != '\0'; p++)
            add_text(text, sizeof text, " (param %s)", *p == 'I' || (*p == 'p' && wide) ? "i64" : "i32");
        add_text(text, sizeof text, "%s)) (export \"%s\" (func $%s))\n",
                 strcmp(name, "proc_exit") == 0 ? "" : " (result i32)", name, name);
    }
    if (own_memory)
        add_text(text, sizeof text, "(memory (export \"memory\") %s 2)", wide ? "i64" : "");
    else
        add_text(text, sizeof text, "(import \"env\" \"memory\" (memory %s 1))", wide ? "i64" : "");
    return text;
}

static inline void make_home(guest *g) {
    const char *folder = getenv("TMPDIR");
    snprintf(g->home, sizeof g->home, "%s/wasi-XXXXXX", folder == NULL || strlen(folder) > 40 ? "/tmp" : folder);
    host_must(mkdtemp(g->home) != NULL && mkdir(at_home(g, "inside"), 0700) == 0 &&
                  mkdir(at_home(g, "outside"), 0700) == 0,
              g->home);
}

static const char *const guest_arguments[] = {"program", "", "two words"};
static const char *const guest_environment[] = {"A=1", "LONG=a=b"};

/* Creates the WASI of a guest, with the arguments, variables and folder that every guest has. */
static inline wp_status guest_wasi(guest *g, bool walk) {
    wasi_folder folder = {at_home(g, "inside"), "/"};
    wasi_options options = {
        .arguments = guest_arguments,
        .narguments = 3,
        .environment = guest_environment,
        .nenvironment = 2,
        .folders = &folder,
        .nfolders = 1,
        .walk = walk,
        .allocator = &g->x.allocator,
    };
    return wasi_new(&options, &g->w, &g->x.diag);
}

static inline void guest_open(guest *g, tap *t, bool wide, bool walk) {
    *g = (guest){.t = t, .wide = wide};
    fixture_open_store(&g->x, t);
    make_home(g);
    wp_module *module = fixture_module(&g->x, guest_text(wide, true));
    fixture_must(&g->x,
                 guest_wasi(g, walk) == WP_OK &&
                     wasi_define(g->w, g->x.store, wide ? WP_T_I64 : WP_T_I32, module, &g->x.diag) == WP_OK &&
                     wp_instantiate(g->x.store, module, &g->instance, &g->x.diag) == WP_OK,
                 "no guest");
    wp_module_delete(module);
    g->memory = core_export(&g->x, g->instance, "memory");
    wasi_set_memory(g->w, g->memory);
}

static inline void guest_close(guest *g, const char *name) {
    wp_store_delete(g->x.store);
    g->x.store = NULL;
    wasi_delete(g->w);
    fixture_close(&g->x, name);
    (void)nftw(g->home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- The guest's memory -------------------------------------------------------------------------------------- */

static inline void poke(guest *g, uint64_t address, const void *bytes, size_t size) {
    fixture_must(&g->x, wp_memory_write(g->memory, address, bytes, size, &g->x.diag) == WP_OK, "poke");
}

static inline void peek(guest *g, uint64_t address, void *bytes, size_t size) {
    fixture_must(&g->x, wp_memory_read(g->memory, address, bytes, size, &g->x.diag) == WP_OK, "peek");
}

static inline uint64_t peek_number(guest *g, uint64_t address, unsigned size) {
    uint8_t bytes[8];
    uint64_t value = 0;
    peek(g, address, bytes, size);
    for (unsigned i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static inline void poke_number(guest *g, uint64_t address, uint64_t value, unsigned size) {
    uint8_t bytes[8];
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    poke(g, address, bytes, size);
}

/* Bytes of a pointer or size. */
static inline unsigned word(const guest *g) {
    return g->wide ? 8 : 4;
}

static inline uint64_t peek_size(guest *g, uint64_t address) {
    return peek_number(g, address, word(g));
}

/* Whether the memory has a text at an address. */
static inline bool holds(guest *g, uint64_t address, const char *text) {
    char found[256];
    size_t size = strlen(text);
    peek(g, address, found, size);
    return memcmp(found, text, size) == 0;
}

/* Sets element i of the list of ranges at RANGES. */
static inline void poke_range(guest *g, unsigned i, uint64_t address, uint64_t size) {
    poke_number(g, RANGES + 2 * i * word(g), address, word(g));
    poke_number(g, RANGES + (2 * i + 1) * word(g), size, word(g));
}

/* ---- Calls --------------------------------------------------------------------------------------------------- */

static inline wp_status guest_status(guest *g, const char *name, const uint64_t *numbers, size_t count,
                                     uint32_t *error) {
    wp_extern func = core_export(&g->x, g->instance, name);
    wp_functype type = wp_func_type(func);
    wp_value args[16], result = core_i32(NO_RESULT);
    for (size_t i = 0; i < count; i++)
        args[i] = type.params[i] == WP_T_I32 ? core_i32((uint32_t)numbers[i]) : core_i64(numbers[i]);
    wp_status status = wp_call(g->x.store, func, args, count, &result, type.nresults, fresh(&g->x));
    *error = status == WP_OK ? result.of.i32 : NO_RESULT;
    return status;
}

static inline uint32_t guest_call(guest *g, const char *name, const uint64_t *numbers, size_t count) {
    uint32_t error;
    if (guest_status(g, name, numbers, count, &error) != WP_OK)
        tap_note("%s: %s", name, g->x.diag.message);
    return error;
}

/* Calls a function with at least one argument; gives its error code. */
#define CALL(g, name, ...)                                                                                             \
    guest_call((g), (name), (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

/* Writes a path to the memory; returns its size. */
static inline uint64_t put_path(guest *g, uint64_t address, const char *path) {
    poke(g, address, path, strlen(path));
    return strlen(path);
}

/* path_open from a folder; the new descriptor is in *fd. */
static inline uint32_t open_from(guest *g, uint32_t folder, const char *path, uint32_t follow, uint32_t flags,
                                 uint64_t rights, uint32_t fdflags, uint32_t *fd) {
    uint64_t size = put_path(g, PATH, path);
    uint32_t error = CALL(g, "path_open", folder, follow, PATH, size, flags, rights, rights, fdflags, RESULT);
    *fd = error == OK ? (uint32_t)peek_number(g, RESULT, 4) : UINT32_MAX;
    return error;
}

/* The same from the preopened folder, for reading and writing. Returns the descriptor. */
static inline uint32_t open_file(guest *g, const char *path, uint32_t flags) {
    uint32_t fd;
    uint32_t error = open_from(g, ROOT, path, 0, flags, R_FILE, 0, &fd);
    if (error != OK)
        tap_note("%s: error %u", path, error);
    return fd;
}

/* Calls a function of a folder and a path. */
static inline uint32_t with_path(guest *g, const char *name, const char *path) {
    return CALL(g, name, ROOT, PATH, put_path(g, PATH, path));
}

/* Writes a text to a descriptor. */
static inline uint32_t write_text(guest *g, uint32_t fd, const char *text) {
    poke(g, DATA, text, strlen(text));
    poke_range(g, 0, DATA, strlen(text));
    return CALL(g, "fd_write", fd, RANGES, 1, RESULT);
}

/* Reads up to 256 bytes into DATA: whether they are a text. */
static inline bool reads(guest *g, uint32_t fd, const char *text) {
    poke_range(g, 0, DATA, 256);
    return CALL(g, "fd_read", fd, RANGES, 1, RESULT) == OK && peek_size(g, RESULT) == strlen(text) &&
           holds(g, DATA, text);
}

#endif
