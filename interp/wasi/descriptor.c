/* descriptor.c: handlers about descriptors: their state, and that of the files behind them. */
#include "wasi/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* ---- Flags and rights ---------------------------------------------------------------------------------------- */

/* Of open and fcntl, by the guest's bits. RSYNC and SYNC are one and the same on some hosts. */
static const struct {
    uint64_t bit;
    int host;
} flags[] = {
    {WASI_APPEND, O_APPEND}, {WASI_DSYNC, O_DSYNC}, {WASI_NONBLOCK, O_NONBLOCK},
    {WASI_RSYNC, O_RSYNC},   {WASI_SYNC, O_SYNC},
};
enum { NFLAGS = sizeof flags / sizeof *flags };

int wasi_host_flags(uint64_t guest) {
    int host = 0;
    for (size_t i = 0; i < NFLAGS; i++)
        host |= (guest & flags[i].bit) != 0 ? flags[i].host : 0;
    return host;
}

static uint64_t guest_flags(int host) {
    uint64_t guest = 0;
    for (size_t i = 0; i < NFLAGS; i++)
        guest |= (host & flags[i].host) == flags[i].host ? flags[i].bit : 0;
    return guest;
}

wasi_error wasi_do_fd_fdstat_get(wasi_call *c) {
    uint8_t bytes[WASI_FDSTAT_SIZE] = {0};
    int host = fcntl(c->file->host, F_GETFL);
    if (host < 0)
        return wasi_host_error(errno);
    wasi_put(bytes, c->file->type, 1);
    wasi_put(bytes + 2, guest_flags(host), 2);
    wasi_put(bytes + 8, c->file->rights, 8);
    wasi_put(bytes + 16, c->file->inheriting, 8);
    return wasi_write(c, c->args[1], bytes, sizeof bytes);
}

/* Hosts can't change how an open file is synchronised. */
wasi_error wasi_do_fd_fdstat_set_flags(wasi_call *c) {
    uint64_t wanted = c->args[1];
    if (wanted > WASI_ALL_FLAGS)
        return WASI_EINVAL;
    int old = fcntl(c->file->host, F_GETFL);
    if (old < 0)
        return wasi_host_error(errno);
    const int settable = O_APPEND | O_NONBLOCK;
    if (((wasi_host_flags(wanted) ^ wasi_host_flags(guest_flags(old))) & ~settable) != 0)
        return WASI_ENOTSUP;
    if (fcntl(c->file->host, F_SETFL, (old & ~settable) | (wasi_host_flags(wanted) & settable)) != 0)
        return wasi_host_error(errno);
    if (c->file->lent && c->file->old_flags < 0)
        c->file->old_flags = old;
    return WASI_SUCCESS;
}

/* Rights can be given up, never gained. */
wasi_error wasi_do_fd_fdstat_set_rights(wasi_call *c) {
    if ((c->args[1] & ~c->file->rights) != 0 || (c->args[2] & ~c->file->inheriting) != 0)
        return WASI_ENOTCAPABLE;
    c->file->rights = c->args[1];
    c->file->inheriting = c->args[2];
    return WASI_SUCCESS;
}

/* ---- The table ----------------------------------------------------------------------------------------------- */

wasi_error wasi_do_fd_close(wasi_call *c) {
    return wasi_file_drop(c->w, c->file);
}

/* Puts a descriptor in the place of another one that is in use. */
wasi_error wasi_do_fd_renumber(wasi_call *c) {
    wasi_file *from = c->file, *to;
    WASI_TRY(wasi_file_get(c->w, c->args[1], 0, &to));
    if (from == to)
        return WASI_SUCCESS;
    (void)wasi_file_drop(c->w, to);
    *to = *from;
    *from = (wasi_file){.host = -1};
    return WASI_SUCCESS;
}

/* ---- Files --------------------------------------------------------------------------------------------------- */

wasi_error wasi_do_fd_filestat_get(wasi_call *c) {
    struct stat status;
    return fstat(c->file->host, &status) == 0 ? wasi_write_filestat(c, c->args[1], &status) : wasi_host_error(errno);
}

wasi_error wasi_do_fd_filestat_set_size(wasi_call *c) {
    if (c->args[1] > INT64_MAX)
        return WASI_EINVAL;
    return wasi_result(ftruncate(c->file->host, (off_t)c->args[1]));
}

wasi_error wasi_do_fd_filestat_set_times(wasi_call *c) {
    struct timespec times[2];
    WASI_TRY(wasi_times(c->args[1], c->args[2], c->args[3], times));
    return wasi_result(futimens(c->file->host, times));
}

wasi_error wasi_do_fd_datasync(wasi_call *c) {
    return wasi_result(fdatasync(c->file->host));
}

wasi_error wasi_do_fd_sync(wasi_call *c) {
    return wasi_result(fsync(c->file->host));
}

wasi_error wasi_do_fd_advise(wasi_call *c) {
    static const int advice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                 POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    if (c->args[3] >= sizeof advice / sizeof *advice || c->args[1] > INT64_MAX || c->args[2] > INT64_MAX)
        return WASI_EINVAL;
    return wasi_host_error(posix_fadvise(c->file->host, (off_t)c->args[1], (off_t)c->args[2], advice[c->args[3]]));
}

wasi_error wasi_do_fd_allocate(wasi_call *c) {
    if (c->args[1] > INT64_MAX || c->args[2] > INT64_MAX)
        return WASI_EINVAL;
    return wasi_host_error(posix_fallocate(c->file->host, (off_t)c->args[1], (off_t)c->args[2]));
}

/* ---- Offsets ------------------------------------------------------------------------------------------------- */

/* Moves the offset of a file and writes where it is then. */
static wasi_error seek(wasi_call *c, uint64_t right, int64_t offset, uint64_t whence, uint64_t result) {
    static const int bases[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    wasi_file *file;
    WASI_TRY(wasi_file_get_seekable(c->w, c->args[0], right, &file));
    if (whence >= sizeof bases / sizeof *bases)
        return WASI_EINVAL;
    off_t now = lseek(file->host, (off_t)offset, bases[whence]);
    return now < 0 ? wasi_host_error(errno) : wasi_write_number(c, result, (uint64_t)now, 8);
}

wasi_error wasi_do_fd_seek(wasi_call *c) {
    return seek(c, WASI_FD_SEEK, (int64_t)c->args[1], c->args[2], c->args[3]);
}

wasi_error wasi_do_fd_tell(wasi_call *c) {
    return seek(c, WASI_FD_TELL, 0, 1, c->args[1]);
}
