/* call.h: shared by the parts of WASI: the state of a program, a call of one of its functions, and the guest's memory.
 *
 * - wasi.c: state, definitions, and the way from the interpreter to the handlers.
 * - memory.c: error codes, the guest's memory; file.c: descriptors and the files behind them; place.c: paths.
 * - The handlers, wasi_do_NAME of func.def: program.c, poll.c, descriptor.c, transfer.c, folder.c, path.c.
 *
 * All ranges of the guest's memory are checked first (rule access.host), those that func.def names before the handler
 * runs, so that it has no effect when one of them is bad. A handler copies what it needs; it holds no pointer into the
 * guest's memory.
 */
#ifndef WP_WASI_CALL_H
#define WP_WASI_CALL_H

#include "base/alloc.h"
#include "wasi/wasi.h"

#include <time.h>

/* ---- Error codes --------------------------------------------------------------------------------------------- */

typedef enum wasi_error {
    WASI_SUCCESS = 0,
#define WASI_ERROR(name, number) WASI_E##name = number,
#include "wasi/error.def"
    WASI_ENOTCAPABLE = 76 /* the descriptor lacks the right, or the path leads out of its folder */
} wasi_error;

/* The code of a host's errno. */
wasi_error wasi_host_error(int number);
/* The error of a call to the host: errno, unless its result is 0. */
wasi_error wasi_result(int result);

/* Returns the error of an expression from the enclosing function unless it is WASI_SUCCESS. */
#define WASI_TRY(expression)                                                                                           \
    do {                                                                                                               \
        wasi_error try_error_ = (expression);                                                                          \
        if (try_error_ != WASI_SUCCESS)                                                                                \
            return try_error_;                                                                                         \
    } while (0)

/* ---- State --------------------------------------------------------------------------------------------------- */

enum {
    WASI_BUFFER = 65536,  /* bytes that a transfer moves at once */
    WASI_PATH = 4096,     /* bytes of a path, with a NUL */
    WASI_MOST_PARAMS = 9, /* of any function */
    WASI_FUNCS = 0        /* how many functions there are */
#define WASI_FUNC(name, parameters, right, handler) +1
#include "wasi/func.def"
};

/* Strings one after the other, each with its NUL. */
typedef struct wasi_strings {
    char *bytes;
    size_t size;
    size_t count;
} wasi_strings;

typedef struct wasi_file wasi_file; /* file.h */

/* A function in one of its two shapes: the context of a host function. */
typedef struct wasi_func {
    wasi *w;
    size_t row; /* in func.def */
    bool wide;  /* pointers and sizes have 64 bits */
} wasi_func;

struct wasi {
    wp_allocator allocator;
    wasi_strings arguments;
    wasi_strings environment;
    wasi_file *files; /* by descriptor */
    size_t nfiles;
    bool walk;
    bool has_memory;
    wp_extern memory;
    wasi_func funcs[2][WASI_FUNCS]; /* narrow, wide */
    uint8_t buffer[WASI_BUFFER];
};

/* ---- Calls --------------------------------------------------------------------------------------------------- */

/* A call by the guest. The arguments are zero-extended. */
typedef struct wasi_call {
    wasi *w;
    wp_store *store;
    bool wide;
    uint64_t args[WASI_MOST_PARAMS];
    wasi_file *file; /* of the descriptor whose right func.def names */
    int opened[2];   /* folders that paths led to: host descriptors, closed when the call ends */
    unsigned nopened;
    wp_status status; /* unless WP_OK, the call ends with it, as diag says, and not with an error code */
    wp_diag *diag;
} wasi_call;

typedef wasi_error (*wasi_handler)(wasi_call *c);

#define WASI_FUNC(name, parameters, right, handler) wasi_error wasi_do_##handler(wasi_call *c);
#include "wasi/func.def"

/* ---- The guest's memory -------------------------------------------------------------------------------------- */

/* Each returns WASI_EFAULT where a byte of the range is inaccessible, and has then done nothing. A write into a range
 * that has been checked can still fail where the host has no memory: the call then ends with that. */
wasi_error wasi_check(wasi_call *c, uint64_t address, uint64_t size);
wasi_error wasi_read(wasi_call *c, uint64_t address, void *bytes, size_t size);
wasi_error wasi_write(wasi_call *c, uint64_t address, const void *bytes, size_t size);

/* Bytes of a pointer or a size. */
static inline uint64_t wasi_word(const wasi_call *c) {
    return c->wide ? 8 : 4;
}
/* A range of `count` elements: WASI_EFAULT also where count * size is over 2^64. */
wasi_error wasi_check_array(wasi_call *c, uint64_t address, uint64_t count, uint64_t size);
/* WASI_EOVERFLOW: the guest's sizes are too narrow. */
wasi_error wasi_write_size(wasi_call *c, uint64_t address, uint64_t value);
wasi_error wasi_write_number(wasi_call *c, uint64_t address, uint64_t value, unsigned size);
/* Reads a path of `size` bytes and ends it with a NUL. Paths are not empty (WASI_ENOENT), hold no NUL (WASI_EINVAL),
 * and are not too long (WASI_ENAMETOOLONG). */
wasi_error wasi_read_path(wasi_call *c, uint64_t address, uint64_t size, char path[WASI_PATH]);

/* Little-endian numbers. */
void wasi_put(uint8_t *bytes, uint64_t value, unsigned size);
uint64_t wasi_get(const uint8_t *bytes, unsigned size);

/* ---- Clocks, by the numbers that the guest knows (program.c) -------------------------------------------------- */

enum { WASI_REALTIME, WASI_MONOTONIC, WASI_PROCESS_CPUTIME, WASI_THREAD_CPUTIME };

/* The time of a clock in nanoseconds. */
wasi_error wasi_clock_now(uint64_t number, uint64_t *nanoseconds);
/* A time in nanoseconds since the epoch; times before it are the epoch. */
uint64_t wasi_nanoseconds(const struct timespec *time);

#endif
