/* file.c: a program's descriptors, and the files behind them; see file.h. */
#include "wasi/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* ---- The table ----------------------------------------------------------------------------------------------- */

wasi_error wasi_file_get(wasi *w, uint64_t number, uint64_t rights, wasi_file **out) {
    if (number >= w->nfiles || w->files[number].host < 0)
        return WASI_EBADF;
    *out = &w->files[number];
    return ((*out)->rights & rights) == rights ? WASI_SUCCESS : WASI_ENOTCAPABLE;
}

wasi_error wasi_file_get_seekable(wasi *w, uint64_t number, uint64_t rights, wasi_file **out) {
    WASI_TRY(wasi_file_get(w, number, 0, out));
    return (*out)->is_stream ? WASI_ESPIPE : wasi_file_get(w, number, rights, out);
}

static bool grow(wasi *w) {
    size_t count = w->nfiles == 0 ? 8 : 2 * w->nfiles;
    wasi_file *files = wp_resize(&w->allocator, w->files, w->nfiles, count, sizeof *files);
    if (files == NULL)
        return false;
    for (size_t i = w->nfiles; i < count; i++)
        files[i] = (wasi_file){.host = -1};
    w->files = files;
    w->nfiles = count;
    return true;
}

wasi_error wasi_file_reserve(wasi *w, uint32_t *number) {
    size_t i = 0;
    while (i < w->nfiles && w->files[i].host >= 0)
        i++;
    if (i == w->nfiles && !grow(w))
        return WASI_ENOMEM;
    *number = (uint32_t)i;
    return WASI_SUCCESS;
}

/* Terminals and pipes have no places to seek; a program's library takes a character device that can't be sought for a
 * terminal. */
static bool is_stream(int host, wasi_type type) {
    switch (type) {
    case WASI_CHARACTER_DEVICE: return isatty(host) != 0;
    case WASI_UNKNOWN:
    case WASI_SOCKET_DGRAM:
    case WASI_SOCKET_STREAM: return true;
    default: return false;
    }
}

/* The rights that mean something for a file. */
static uint64_t meaningful(wasi_type type, bool stream) {
    if (type == WASI_DIRECTORY)
        return WASI_RIGHTS_FOLDER;
    return stream ? WASI_RIGHTS_STREAM : WASI_RIGHTS_FILE;
}

void wasi_file_set(wasi *w, uint32_t number, int host, wasi_type type, uint64_t rights, uint64_t inheriting) {
    bool stream = is_stream(host, type);
    w->files[number] = (wasi_file){
        .host = host,
        .old_flags = -1,
        .type = type,
        .is_stream = stream,
        .rights = rights & meaningful(type, stream),
        .inheriting = type == WASI_DIRECTORY ? inheriting : 0,
    };
}

wasi_error wasi_file_drop(wasi *w, wasi_file *file) {
    wasi_error error = WASI_SUCCESS;
    if (file->entries != NULL)
        (void)closedir(file->entries);
    if (file->lent && file->old_flags >= 0)
        (void)fcntl(file->host, F_SETFL, file->old_flags);
    if (!file->lent && close(file->host) != 0)
        error = wasi_host_error(errno);
    if (file->name != NULL)
        wp_free(&w->allocator, file->name, strlen(file->name) + 1, 1);
    wp_free(&w->allocator, file->positions, file->capacity, sizeof *file->positions);
    *file = (wasi_file){.host = -1};
    return error;
}

/* ---- The start ----------------------------------------------------------------------------------------------- */

int wasi_host_descriptor(int host) {
    if (host < 0 || host > STDERR_FILENO)
        return host;
    int moved = fcntl(host, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), error = errno;
    (void)close(host);
    errno = error;
    return moved;
}

/* Lends the open standard streams, with the rights of their modes. */
static void lend_streams(wasi *w) {
    for (int host = STDIN_FILENO; host <= STDERR_FILENO; host++) {
        wasi_type type;
        int flags = fcntl(host, F_GETFL);
        if (flags < 0 || !wasi_type_of(host, &type))
            continue;
        uint64_t rights = WASI_RIGHTS_FILE;
        if ((flags & O_ACCMODE) == O_RDONLY)
            rights &= ~(uint64_t)WASI_FD_WRITE;
        if ((flags & O_ACCMODE) == O_WRONLY)
            rights &= ~(uint64_t)WASI_FD_READ;
        wasi_file_set(w, (uint32_t)host, host, type, rights, 0);
        w->files[host].lent = true;
    }
}

static wp_status give_folder(wasi *w, uint32_t number, const wasi_folder *folder, wp_diag *diag) {
    while (w->nfiles <= number)
        if (!grow(w))
            return wp_fail_memory(diag);
    int host = wasi_host_descriptor(open(folder->host, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (host < 0)
        return wp_fail(diag, WP_REFUSED, "%s: %s", folder->host, strerror(errno));
    wasi_file_set(w, number, host, WASI_DIRECTORY, WASI_RIGHTS_FOLDER, WASI_RIGHTS_INHERITED);
    size_t size = strlen(folder->guest) + 1;
    char *name = wp_alloc(&w->allocator, size, 1);
    if (name == NULL)
        return wp_fail_memory(diag);
    memcpy(name, folder->guest, size);
    w->files[number].name = name;
    return WP_OK;
}

wp_status wasi_files_open(wasi *w, const wasi_options *options, wp_diag *diag) {
    if (!grow(w))
        return wp_fail_memory(diag);
    lend_streams(w);
    for (size_t i = 0; i < options->nfolders; i++) {
        wp_status status = give_folder(w, (uint32_t)(STDERR_FILENO + 1 + i), &options->folders[i], diag);
        if (status != WP_OK)
            return status;
    }
    return WP_OK;
}

void wasi_files_close(wasi *w) {
    for (size_t i = 0; i < w->nfiles; i++)
        if (w->files[i].host >= 0)
            (void)wasi_file_drop(w, &w->files[i]);
    wp_free(&w->allocator, w->files, w->nfiles, sizeof *w->files);
}
