/* file.h: a program's descriptors: the host descriptor, type of file and rights of each.
 *
 * Interface:
 * - wasi_files_open, wasi_files_close: the standard streams and the folders, at the start; everything, at the end.
 * - wasi_file_get: a descriptor, if it has the rights that an operation needs.
 * - wasi_file_reserve, wasi_file_set: a new descriptor, in two steps, so that only the first one can fail.
 * - wasi_file_drop: closes one.
 */
#ifndef WP_WASI_FILE_H
#define WP_WASI_FILE_H

#include "wasi/call.h"

#include <dirent.h>
#include <sys/stat.h>

/* ---- Files: kinds, status and times, as the guest sees them --------------------------------------------------- */

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

enum { WASI_FDSTAT_SIZE = 24, WASI_FILESTAT_SIZE = 64 };

/* The kind of file that a host's mode says; of sockets, the kind of a connection's. */
wasi_type wasi_type_of_mode(mode_t mode);
/* The kind of an open file. False, with errno set: it is not open. */
bool wasi_type_of(int host, wasi_type *type);

/* Writes a filestat structure. */
wasi_error wasi_write_filestat(wasi_call *c, uint64_t address, const struct stat *status);
/* The times that fd_filestat_set_times and path_filestat_set_times set: those of last access and of last change.
 * WASI_EINVAL: flags that contradict each other, or unknown ones. */
wasi_error wasi_times(uint64_t access, uint64_t change, uint64_t flags, struct timespec times[2]);

/* ---- Descriptors ----------------------------------------------------------------------------------------------- */

/* Rights: which functions work on a descriptor. */
enum {
    WASI_NONE = -1, /* column right of func.def: the call takes no descriptor */
    WASI_OPEN = 0,
    WASI_FD_DATASYNC = 1 << 0,
    WASI_FD_READ = 1 << 1,
    WASI_FD_SEEK = 1 << 2,
    WASI_FD_FDSTAT_SET_FLAGS = 1 << 3,
    WASI_FD_SYNC = 1 << 4,
    WASI_FD_TELL = 1 << 5,
    WASI_FD_WRITE = 1 << 6,
    WASI_FD_ADVISE = 1 << 7,
    WASI_FD_ALLOCATE = 1 << 8,
    WASI_PATH_CREATE_DIRECTORY = 1 << 9,
    WASI_PATH_CREATE_FILE = 1 << 10,
    WASI_PATH_LINK_SOURCE = 1 << 11,
    WASI_PATH_LINK_TARGET = 1 << 12,
    WASI_PATH_OPEN = 1 << 13,
    WASI_FD_READDIR = 1 << 14,
    WASI_PATH_READLINK = 1 << 15,
    WASI_PATH_RENAME_SOURCE = 1 << 16,
    WASI_PATH_RENAME_TARGET = 1 << 17,
    WASI_PATH_FILESTAT_GET = 1 << 18,
    WASI_PATH_FILESTAT_SET_SIZE = 1 << 19,
    WASI_PATH_FILESTAT_SET_TIMES = 1 << 20,
    WASI_FD_FILESTAT_GET = 1 << 21,
    WASI_FD_FILESTAT_SET_SIZE = 1 << 22,
    WASI_FD_FILESTAT_SET_TIMES = 1 << 23,
    WASI_PATH_SYMLINK = 1 << 24,
    WASI_PATH_REMOVE_DIRECTORY = 1 << 25,
    WASI_PATH_UNLINK_FILE = 1 << 26,
    WASI_POLL_FD_READWRITE = 1 << 27,

    /* The rights that a kind of file can have. */
    WASI_RIGHTS_ANY = WASI_FD_FDSTAT_SET_FLAGS | WASI_FD_FILESTAT_GET | WASI_POLL_FD_READWRITE,
    WASI_RIGHTS_STREAM = WASI_RIGHTS_ANY | WASI_FD_READ | WASI_FD_WRITE,
    WASI_RIGHTS_FILE = WASI_RIGHTS_STREAM | WASI_FD_DATASYNC | WASI_FD_SEEK | WASI_FD_SYNC | WASI_FD_TELL |
                       WASI_FD_ADVISE | WASI_FD_ALLOCATE | WASI_FD_FILESTAT_SET_SIZE | WASI_FD_FILESTAT_SET_TIMES,
    WASI_RIGHTS_FOLDER = WASI_RIGHTS_ANY | WASI_FD_DATASYNC | WASI_FD_SYNC | WASI_FD_READDIR |
                         WASI_FD_FILESTAT_SET_TIMES | WASI_PATH_CREATE_DIRECTORY | WASI_PATH_CREATE_FILE |
                         WASI_PATH_LINK_SOURCE | WASI_PATH_LINK_TARGET | WASI_PATH_OPEN | WASI_PATH_READLINK |
                         WASI_PATH_RENAME_SOURCE | WASI_PATH_RENAME_TARGET | WASI_PATH_FILESTAT_GET |
                         WASI_PATH_FILESTAT_SET_SIZE | WASI_PATH_FILESTAT_SET_TIMES | WASI_PATH_SYMLINK |
                         WASI_PATH_REMOVE_DIRECTORY | WASI_PATH_UNLINK_FILE,
    WASI_RIGHTS_INHERITED = WASI_RIGHTS_FILE | WASI_RIGHTS_FOLDER
};

/* Flags of descriptors. */
enum {
    WASI_APPEND = 1 << 0,
    WASI_DSYNC = 1 << 1,
    WASI_NONBLOCK = 1 << 2,
    WASI_RSYNC = 1 << 3,
    WASI_SYNC = 1 << 4,
    WASI_ALL_FLAGS = (1 << 5) - 1
};

struct wasi_file {
    int host;      /* the host's descriptor; -1: not in use */
    bool lent;     /* a standard stream: the host's descriptor is not closed */
    int old_flags; /* a standard stream's flags before the program set others; -1: it has not */
    wasi_type type;
    bool is_stream;      /* a terminal, a pipe or a socket: there are no places in it */
    uint64_t rights;     /* of the descriptor itself */
    uint64_t inheriting; /* that descriptors opened through it can have at most */
    char *name;          /* of a folder that the program was given; else NULL */
    DIR *entries;        /* for fd_readdir; NULL until it is first called */
    uint32_t next;       /* the cookie of the entry that `entries` gives next */
    long *positions;     /* of the entries with cookies from 1 on, as the host's telldir says */
    uint32_t npositions;
    size_t capacity; /* of positions */
};

/* WP_REFUSED or WP_EXHAUSTION; wasi_files_close is needed in any case. */
WP_MUST_CHECK wp_status wasi_files_open(wasi *w, const wasi_options *options, wp_diag *diag);
void wasi_files_close(wasi *w);

/* WASI_EBADF: no such descriptor; WASI_ENOTCAPABLE: it lacks one of these rights. *out lives until a descriptor is made
 * or dropped. */
wasi_error wasi_file_get(wasi *w, uint64_t number, uint64_t rights, wasi_file **out);
/* The same for operations that use the position in the file. WASI_ESPIPE: terminals, pipes and sockets have none. */
wasi_error wasi_file_get_seekable(wasi *w, uint64_t number, uint64_t rights, wasi_file **out);

/* Finds the lowest number that is not in use. */
wasi_error wasi_file_reserve(wasi *w, uint32_t *number);
/* Puts a host descriptor there; the number is one that was just reserved. */
void wasi_file_set(wasi *w, uint32_t number, int host, wasi_type type, uint64_t rights, uint64_t inheriting);
/* Closes a descriptor that is in use. */
wasi_error wasi_file_drop(wasi *w, wasi_file *file);

/* Flags of descriptors as the host's open takes them. */
int wasi_host_flags(uint64_t guest);

/* Moves a host descriptor away from the numbers of the standard streams: where one of these is closed, output of
 * the host to it must not end up in a file of the program. Returns -1, with errno set, when it can't. */
int wasi_host_descriptor(int host);

#endif
