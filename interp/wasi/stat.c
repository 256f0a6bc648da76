/* stat.c: what files are; see stat.h. */
#include "wasi/stat.h"

#include <sys/socket.h>

/* ---- Kinds --------------------------------------------------------------------------------------------------- */

wasi_type wasi_type_of_mode(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFBLK: return WASI_BLOCK_DEVICE;
    case S_IFCHR: return WASI_CHARACTER_DEVICE;
    case S_IFDIR: return WASI_DIRECTORY;
    case S_IFREG: return WASI_REGULAR_FILE;
    case S_IFLNK: return WASI_SYMBOLIC_LINK;
    case S_IFSOCK: return WASI_SOCKET_STREAM;
    default: return WASI_UNKNOWN;
    }
}

bool wasi_type_of(int host, wasi_type *type) {
    struct stat status;
    int kind;
    socklen_t size = sizeof kind;
    if (fstat(host, &status) != 0)
        return false;
    *type = wasi_type_of_mode(status.st_mode);
    if (*type == WASI_SOCKET_STREAM && getsockopt(host, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_DGRAM)
        *type = WASI_SOCKET_DGRAM;
    return true;
}

/* ---- Times --------------------------------------------------------------------------------------------------- */

enum { ATIM = 1, ATIM_NOW = 2, MTIM = 4, MTIM_NOW = 8 };

uint64_t wasi_nanoseconds(const struct timespec *time) {
    return time->tv_sec < 0 ? 0 : (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
}

static struct timespec time_to_set(uint64_t nanoseconds, bool set, bool now) {
    struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    if (!set)
        time.tv_nsec = now ? UTIME_NOW : UTIME_OMIT;
    return time;
}

wasi_error wasi_times(uint64_t access, uint64_t change, uint64_t flags, struct timespec times[2]) {
    bool atim = (flags & ATIM) != 0, atim_now = (flags & ATIM_NOW) != 0;
    bool mtim = (flags & MTIM) != 0, mtim_now = (flags & MTIM_NOW) != 0;
    if ((atim && atim_now) || (mtim && mtim_now) || flags > (ATIM | ATIM_NOW | MTIM | MTIM_NOW))
        return WASI_EINVAL;
    times[0] = time_to_set(access, atim, atim_now);
    times[1] = time_to_set(change, mtim, mtim_now);
    return WASI_SUCCESS;
}

/* ---- Status -------------------------------------------------------------------------------------------------- */

wasi_error wasi_write_filestat(wasi_call *c, uint64_t address, const struct stat *status) {
    uint8_t bytes[WASI_FILESTAT_SIZE] = {0};
    wasi_put(bytes, (uint64_t)status->st_dev, 8);
    wasi_put(bytes + 8, (uint64_t)status->st_ino, 8);
    wasi_put(bytes + 16, wasi_type_of_mode(status->st_mode), 1);
    wasi_put(bytes + 24, (uint64_t)status->st_nlink, 8);
    wasi_put(bytes + 32, (uint64_t)status->st_size, 8);
    wasi_put(bytes + 40, wasi_nanoseconds(&status->st_atim), 8);
    wasi_put(bytes + 48, wasi_nanoseconds(&status->st_mtim), 8);
    wasi_put(bytes + 56, wasi_nanoseconds(&status->st_ctim), 8);
    return wasi_write(c, address, bytes, sizeof bytes);
}
