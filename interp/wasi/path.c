/* path.c: handlers about paths. Each finds the place that a path leads to, and then does one operation there. */
#include "wasi/file.h"
#include "wasi/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SYMLINK_FOLLOW = 1 };

/* Finds the place of the path in arguments `at` and at + 1, from the folder whose descriptor is argument `fd`. The
 * place is good until the call ends. */
static wasi_error path_find(wasi_call *c, unsigned fd, unsigned at, uint64_t rights, wasi_lookup lookup,
                            wasi_place *out) {
    char path[WASI_PATH];
    wasi_file *folder;
    WASI_TRY(wasi_read_path(c, c->args[at], c->args[at + 1], path));
    WASI_TRY(wasi_file_get(c->w, c->args[fd], 0, &folder));
    if (folder->type != WASI_DIRECTORY)
        return WASI_ENOTDIR;
    WASI_TRY(wasi_file_get(c->w, c->args[fd], rights, &folder));
    WASI_TRY(wasi_place_find(c->w, folder->host, path, lookup, out));
    if (out->folder != folder->host)
        c->opened[c->nopened++] = out->folder;
    return WASI_SUCCESS;
}

/* The lookup that argument 1, a set of flags, asks for. */
static wasi_error path_lookup_of(const wasi_call *c, wasi_lookup *lookup) {
    *lookup = c->args[1] == SYMLINK_FOLLOW ? WASI_FOLLOW : WASI_NOFOLLOW;
    return c->args[1] > SYMLINK_FOLLOW ? WASI_EINVAL : WASI_SUCCESS;
}

static wasi_error path_status_of(const wasi_place *place, struct stat *status) {
    return wasi_result(fstatat(place->folder, place->name, status, AT_SYMLINK_NOFOLLOW));
}

/* WASI_ENOTDIR: the path says that it leads to a folder, and it does not. */
static wasi_error path_check_kind(const wasi_place *place) {
    struct stat status;
    if (!place->is_folder)
        return WASI_SUCCESS;
    WASI_TRY(path_status_of(place, &status));
    return S_ISDIR(status.st_mode) ? WASI_SUCCESS : WASI_ENOTDIR;
}

/* ---- Making and removing ------------------------------------------------------------------------------------- */

wasi_error wasi_do_path_create_directory(wasi_call *c) {
    wasi_place place;
    WASI_TRY(path_find(c, 0, 1, WASI_PATH_CREATE_DIRECTORY, WASI_ENTRY, &place));
    return wasi_result(mkdirat(place.folder, place.name, 0777));
}

wasi_error wasi_do_path_remove_directory(wasi_call *c) {
    wasi_place place;
    WASI_TRY(path_find(c, 0, 1, WASI_PATH_REMOVE_DIRECTORY, WASI_ENTRY, &place));
    return wasi_result(unlinkat(place.folder, place.name, AT_REMOVEDIR));
}

/* The error for unlinking a folder differs between hosts; WASI requires EISDIR. */
wasi_error wasi_do_path_unlink_file(wasi_call *c) {
    wasi_place place;
    struct stat status;
    WASI_TRY(path_find(c, 0, 1, WASI_PATH_UNLINK_FILE, WASI_ENTRY, &place));
    WASI_TRY(path_status_of(&place, &status));
    if (S_ISDIR(status.st_mode))
        return WASI_EISDIR;
    return place.is_folder ? WASI_ENOTDIR : wasi_result(unlinkat(place.folder, place.name, 0));
}

/* ---- Links and new names ------------------------------------------------------------------------------------- */

/* A link's name does not end in a slash: no link is a folder. */
static wasi_error path_check_link_name(const wasi_place *place) {
    if (!place->is_folder)
        return WASI_SUCCESS;
    WASI_TRY(path_check_kind(place));
    return WASI_EEXIST;
}

/* A link's text may be any path that is not from the root. It matters only when it is followed, and then it is looked
 * up as any path is. */
wasi_error wasi_do_path_symlink(wasi_call *c) {
    char link[WASI_PATH];
    wasi_place place;
    WASI_TRY(wasi_read_path(c, c->args[0], c->args[1], link));
    WASI_TRY(path_find(c, 2, 3, WASI_PATH_SYMLINK, WASI_ENTRY, &place));
    if (link[0] == '/')
        return WASI_ENOTCAPABLE;
    WASI_TRY(path_check_link_name(&place));
    return wasi_result(symlinkat(link, place.folder, place.name));
}

wasi_error wasi_do_path_link(wasi_call *c) {
    wasi_lookup lookup;
    wasi_place from, to;
    WASI_TRY(path_lookup_of(c, &lookup));
    WASI_TRY(path_find(c, 0, 2, WASI_PATH_LINK_SOURCE, lookup, &from));
    WASI_TRY(path_find(c, 4, 5, WASI_PATH_LINK_TARGET, WASI_ENTRY, &to));
    WASI_TRY(path_check_kind(&from));
    WASI_TRY(path_check_link_name(&to));
    return wasi_result(linkat(from.folder, from.name, to.folder, to.name, 0));
}

/* The old name must be a folder if either name ends in a slash. */
wasi_error wasi_do_path_rename(wasi_call *c) {
    wasi_place from, to;
    WASI_TRY(path_find(c, 0, 1, WASI_PATH_RENAME_SOURCE, WASI_ENTRY, &from));
    WASI_TRY(path_find(c, 3, 4, WASI_PATH_RENAME_TARGET, WASI_ENTRY, &to));
    from.is_folder = from.is_folder || to.is_folder;
    WASI_TRY(path_check_kind(&from));
    return wasi_result(renameat(from.folder, from.name, to.folder, to.name));
}

/* ---- Looking ------------------------------------------------------------------------------------------------- */

wasi_error wasi_do_path_filestat_get(wasi_call *c) {
    wasi_lookup lookup;
    wasi_place place;
    struct stat status;
    WASI_TRY(path_lookup_of(c, &lookup));
    WASI_TRY(path_find(c, 0, 2, WASI_PATH_FILESTAT_GET, lookup, &place));
    WASI_TRY(path_status_of(&place, &status));
    if (place.is_folder && !S_ISDIR(status.st_mode))
        return WASI_ENOTDIR;
    return wasi_write_filestat(c, c->args[4], &status);
}

wasi_error wasi_do_path_filestat_set_times(wasi_call *c) {
    wasi_lookup lookup;
    wasi_place place;
    struct timespec times[2];
    WASI_TRY(path_lookup_of(c, &lookup));
    WASI_TRY(wasi_times(c->args[4], c->args[5], c->args[6], times));
    WASI_TRY(path_find(c, 0, 2, WASI_PATH_FILESTAT_SET_TIMES, lookup, &place));
    WASI_TRY(path_check_kind(&place));
    return wasi_result(utimensat(place.folder, place.name, times, AT_SYMLINK_NOFOLLOW));
}

/* As much of the link's text as there is room for. */
wasi_error wasi_do_path_readlink(wasi_call *c) {
    char link[WASI_PATH];
    wasi_place place;
    uint64_t buffer = c->args[3], room = c->args[4];
    WASI_TRY(path_find(c, 0, 1, WASI_PATH_READLINK, WASI_NOFOLLOW, &place));
    ssize_t size = readlinkat(place.folder, place.name, link, sizeof link);
    if (size < 0)
        return wasi_host_error(errno);
    WASI_TRY(path_check_kind(&place));
    uint64_t used = (uint64_t)size < room ? (uint64_t)size : room;
    WASI_TRY(wasi_write(c, buffer, link, (size_t)used));
    return wasi_write_size(c, c->args[5], used);
}

/* ---- Opening ------------------------------------------------------------------------------------------------- */

enum { CREAT = 1, DIRECTORY = 2, EXCL = 4, TRUNC = 8, ALL_OPEN_FLAGS = 15 };

typedef struct opening {
    uint64_t flags;
    uint64_t rights;
    uint64_t inheriting;
    uint64_t fdflags;
} opening;

/* The rights that the folder's descriptor must have. */
static uint64_t path_rights_to_open(const opening *o) {
    uint64_t rights = WASI_PATH_OPEN;
    rights |= (o->flags & CREAT) != 0 ? WASI_PATH_CREATE_FILE : 0;
    rights |= (o->flags & TRUNC) != 0 ? WASI_PATH_FILESTAT_SET_SIZE : 0;
    return rights;
}

/* The flags of the host's open, by the rights of the new descriptor. */
static int path_flags_to_open(const opening *o, const wasi_place *place) {
    const uint64_t reads = WASI_FD_READ | WASI_FD_READDIR;
    const uint64_t writes = WASI_FD_WRITE | WASI_FD_ALLOCATE | WASI_FD_FILESTAT_SET_SIZE;
    int flags = O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | wasi_host_flags(o->fdflags);
    if ((o->rights & writes) == 0)
        flags |= O_RDONLY;
    else
        flags |= (o->rights & reads) == 0 ? O_WRONLY : O_RDWR;
    flags |= (o->flags & CREAT) != 0 ? O_CREAT : 0;
    flags |= (o->flags & DIRECTORY) != 0 || place->is_folder ? O_DIRECTORY : 0;
    flags |= (o->flags & EXCL) != 0 ? O_EXCL : 0;
    flags |= (o->flags & TRUNC) != 0 ? O_TRUNC : 0;
    return flags;
}

static wasi_error path_open_place(const opening *o, const wasi_place *place, int *host) {
    if ((o->flags & CREAT) != 0 && (o->flags & DIRECTORY) != 0)
        return WASI_EINVAL;
    if ((o->flags & CREAT) != 0 && place->is_folder)
        return WASI_EISDIR;
    *host = wasi_host_descriptor(openat(place->folder, place->name, path_flags_to_open(o, place), 0666));
    return *host < 0 ? wasi_host_error(errno) : WASI_SUCCESS;
}

/* The new descriptor gets only rights that the folder's descriptor hands on. */
static wasi_error path_check_rights(wasi_call *c, const opening *o) {
    wasi_file *folder;
    WASI_TRY(wasi_file_get(c->w, c->args[0], 0, &folder));
    if (folder->type != WASI_DIRECTORY)
        return WASI_ENOTDIR;
    return ((o->rights | o->inheriting) & ~folder->inheriting) != 0 ? WASI_ENOTCAPABLE : WASI_SUCCESS;
}

wasi_error wasi_do_path_open(wasi_call *c) {
    opening o = {c->args[4], c->args[5], c->args[6], c->args[7]};
    wasi_lookup lookup;
    wasi_place place;
    wasi_type type;
    uint32_t number;
    int host;
    WASI_TRY(path_lookup_of(c, &lookup));
    if (o.flags > ALL_OPEN_FLAGS || o.fdflags > WASI_ALL_FLAGS)
        return WASI_EINVAL;
    WASI_TRY(path_check_rights(c, &o));
    if ((o.flags & CREAT) != 0 && (o.flags & EXCL) != 0)
        lookup = WASI_NOFOLLOW; /* a link exists already */
    WASI_TRY(wasi_file_reserve(c->w, &number));
    WASI_TRY(path_find(c, 0, 2, path_rights_to_open(&o), lookup, &place));
    WASI_TRY(path_open_place(&o, &place, &host));
    if (!wasi_type_of(host, &type)) {
        wasi_error error = wasi_host_error(errno);
        (void)close(host);
        return error;
    }
    wasi_file_set(c->w, number, host, type, o.rights, o.inheriting);
    return wasi_write_number(c, c->args[8], number, 4);
}
