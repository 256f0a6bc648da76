/* stat.h: what files are: kinds, sizes, times, in the form in which the guest sees them. */
#ifndef WP_WASI_STAT_H
#define WP_WASI_STAT_H

#include "wasi/call.h"

#include <sys/stat.h>
#include <time.h>

typedef enum wasi_type {
    WASI_UNKNOWN,
    WASI_BLOCK_DEVICE,
    WASI_CHARACTER_DEVICE,
    WASI_DIRECTORY,
    WASI_REGULAR_FILE,
    WASI_SOCKET_DGRAM,
    WASI_SOCKET_STREAM,
    WASI_SYMBOLIC_LINK
} wasi_type;

enum { WASI_FILESTAT_SIZE = 64 };

/* The kind of file that a host's mode says; of sockets, the kind of a connection's. */
wasi_type wasi_type_of_mode(mode_t mode);
/* The kind of an open file. False, with errno set: it is not open. */
bool wasi_type_of(int host, wasi_type *type);

/* Writes a filestat structure. */
wasi_error wasi_write_filestat(wasi_call *c, uint64_t address, const struct stat *status);

/* A time in nanoseconds since the epoch; times before it are the epoch. */
uint64_t wasi_nanoseconds(const struct timespec *time);
/* The times that fd_filestat_set_times and path_filestat_set_times set: those of last access and of last change.
 * WASI_EINVAL: flags that contradict each other, or unknown ones. */
wasi_error wasi_times(uint64_t access, uint64_t change, uint64_t flags, struct timespec times[2]);

#endif
