/* path.c: handlers about paths. Each finds the place that a path leads to, and then does one operation there. */
#include "wasi/file.h"
#include "wasi/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SYMLINK_FOLLOW = 1 };

/* A path as handlers get it: the number of a folder's descriptor, and a range of memory. */
typedef struct where {
    uint64_t number;
    uint64_t address;
    uint64_t size;
} where;

/* Finds the place of a path. When it succeeds, close the place. */
static wasi_error path_find(wasi_call *c, where at, uint64_t rights, wasi_lookup lookup, wasi_place *out) {
    char path[WASI_PATH];
    wasi_file *folder;
    WASI_TRY(wasi_read_path(c, at.address, at.size, path));
    WASI_TRY(wasi_file_get(c->w, at.number, 0, &folder));
    if (folder->type != WASI_DIRECTORY)
        return WASI_ENOTDIR;
    WASI_TRY(wasi_file_get(c->w, at.number, rights, &folder));
    return wasi_place_find(c->w, folder->host, path, lookup, out);
}

/* The lookup that flags ask for. */
static wasi_error path_lookup_of(uint64_t flags, wasi_lookup *lookup) {
    *lookup = flags == SYMLINK_FOLLOW ? WASI_FOLLOW : WASI_NOFOLLOW;
    return flags > SYMLINK_FOLLOW ? WASI_EINVAL : WASI_SUCCESS;
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
    where at = {c->args[0], c->args[1], c->args[2]};
    WASI_TRY(path_find(c, at, WASI_PATH_CREATE_DIRECTORY, WASI_ENTRY, &place));
    wasi_error error = wasi_result(mkdirat(place.folder, place.name, 0777));
    wasi_place_close(&place);
    return error;
}

wasi_error wasi_do_path_remove_directory(wasi_call *c) {
    wasi_place place;
    where at = {c->args[0], c->args[1], c->args[2]};
    WASI_TRY(path_find(c, at, WASI_PATH_REMOVE_DIRECTORY, WASI_ENTRY, &place));
    wasi_error error = wasi_result(unlinkat(place.folder, place.name, AT_REMOVEDIR));
    wasi_place_close(&place);
    return error;
}

/* POSIX lets hosts say that a folder can't be unlinked in another way. */
static wasi_error path_unlink_file(const wasi_place *place) {
    struct stat status;
    WASI_TRY(path_status_of(place, &status));
    if (S_ISDIR(status.st_mode))
        return WASI_EISDIR;
    return place->is_folder ? WASI_ENOTDIR : wasi_result(unlinkat(place->folder, place->name, 0));
}

wasi_error wasi_do_path_unlink_file(wasi_call *c) {
    wasi_place place;
    where at = {c->args[0], c->args[1], c->args[2]};
    WASI_TRY(path_find(c, at, WASI_PATH_UNLINK_FILE, WASI_ENTRY, &place));
    wasi_error error = path_unlink_file(&place);
    wasi_place_close(&place);
    return error;
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
    where at = {c->args[2], c->args[3], c->args[4]};
    WASI_TRY(wasi_check(c, at.address, at.size));
    WASI_TRY(wasi_read_path(c, c->args[0], c->args[1], link));
    WASI_TRY(path_find(c, at, WASI_PATH_SYMLINK, WASI_ENTRY, &place));
    wasi_error error = link[0] == '/' ? WASI_ENOTCAPABLE : path_check_link_name(&place);
    if (error == WASI_SUCCESS)
        error = wasi_result(symlinkat(link, place.folder, place.name));
    wasi_place_close(&place);
    return error;
}

typedef wasi_error (*pair_func)(const wasi_place *from, const wasi_place *to);

static wasi_error path_link_places(const wasi_place *from, const wasi_place *to) {
    WASI_TRY(path_check_kind(from));
    WASI_TRY(path_check_link_name(to));
    return wasi_result(linkat(from->folder, from->name, to->folder, to->name, 0));
}

/* The old name must be a folder if either name ends in a slash. */
static wasi_error path_rename_places(const wasi_place *from, const wasi_place *to) {
    wasi_place old = *from;
    old.is_folder = from->is_folder || to->is_folder;
    WASI_TRY(path_check_kind(&old));
    return wasi_result(renameat(from->folder, from->name, to->folder, to->name));
}

/* Does something with two places. */
static wasi_error path_with_two(wasi_call *c, where from, uint64_t from_right, wasi_lookup lookup, where to,
                                uint64_t to_right, pair_func operation) {
    wasi_place from_place, to_place;
    WASI_TRY(wasi_check(c, to.address, to.size));
    WASI_TRY(path_find(c, from, from_right, lookup, &from_place));
    wasi_error error = path_find(c, to, to_right, WASI_ENTRY, &to_place);
    if (error == WASI_SUCCESS) {
        error = operation(&from_place, &to_place);
        wasi_place_close(&to_place);
    }
    wasi_place_close(&from_place);
    return error;
}

wasi_error wasi_do_path_link(wasi_call *c) {
    wasi_lookup lookup;
    where from = {c->args[0], c->args[2], c->args[3]}, to = {c->args[4], c->args[5], c->args[6]};
    WASI_TRY(path_lookup_of(c->args[1], &lookup));
    return path_with_two(c, from, WASI_PATH_LINK_SOURCE, lookup, to, WASI_PATH_LINK_TARGET, path_link_places);
}

wasi_error wasi_do_path_rename(wasi_call *c) {
    where from = {c->args[0], c->args[1], c->args[2]}, to = {c->args[3], c->args[4], c->args[5]};
    return path_with_two(c, from, WASI_PATH_RENAME_SOURCE, WASI_ENTRY, to, WASI_PATH_RENAME_TARGET, path_rename_places);
}

/* ---- Looking ------------------------------------------------------------------------------------------------- */

wasi_error wasi_do_path_filestat_get(wasi_call *c) {
    wasi_lookup lookup;
    wasi_place place;
    struct stat status;
    where at = {c->args[0], c->args[2], c->args[3]};
    WASI_TRY(wasi_check(c, c->args[4], WASI_FILESTAT_SIZE));
    WASI_TRY(path_lookup_of(c->args[1], &lookup));
    WASI_TRY(path_find(c, at, WASI_PATH_FILESTAT_GET, lookup, &place));
    wasi_error error = path_status_of(&place, &status);
    if (error == WASI_SUCCESS && place.is_folder && !S_ISDIR(status.st_mode))
        error = WASI_ENOTDIR;
    wasi_place_close(&place);
    return error == WASI_SUCCESS ? wasi_write_filestat(c, c->args[4], &status) : error;
}

wasi_error wasi_do_path_filestat_set_times(wasi_call *c) {
    wasi_lookup lookup;
    wasi_place place;
    struct timespec times[2];
    where at = {c->args[0], c->args[2], c->args[3]};
    WASI_TRY(path_lookup_of(c->args[1], &lookup));
    WASI_TRY(wasi_times(c->args[4], c->args[5], c->args[6], times));
    WASI_TRY(path_find(c, at, WASI_PATH_FILESTAT_SET_TIMES, lookup, &place));
    wasi_error error = path_check_kind(&place);
    if (error == WASI_SUCCESS)
        error = wasi_result(utimensat(place.folder, place.name, times, AT_SYMLINK_NOFOLLOW));
    wasi_place_close(&place);
    return error;
}

/* As much of the link's text as there is room for. */
wasi_error wasi_do_path_readlink(wasi_call *c) {
    char link[WASI_PATH];
    wasi_place place;
    where at = {c->args[0], c->args[1], c->args[2]};
    uint64_t buffer = c->args[3], room = c->args[4];
    WASI_TRY(wasi_check(c, buffer, room));
    WASI_TRY(wasi_check_size(c, c->args[5]));
    WASI_TRY(path_find(c, at, WASI_PATH_READLINK, WASI_NOFOLLOW, &place));
    ssize_t size = readlinkat(place.folder, place.name, link, sizeof link);
    wasi_error error = size < 0 ? wasi_host_error(errno) : path_check_kind(&place);
    wasi_place_close(&place);
    WASI_TRY(error);
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

/* How the host opens it, by what the descriptor is to be used for. */
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

/* Opens it under a number that has been reserved. */
static wasi_error path_open_at(wasi_call *c, where at, const opening *o, wasi_lookup lookup, uint32_t number) {
    wasi_place place;
    wasi_type type;
    int host;
    WASI_TRY(path_find(c, at, path_rights_to_open(o), lookup, &place));
    wasi_error error = path_open_place(o, &place, &host);
    wasi_place_close(&place);
    WASI_TRY(error);
    if (!wasi_type_of(host, &type)) {
        error = wasi_host_error(errno);
        (void)close(host);
        return error;
    }
    wasi_file_set(c->w, number, host, type, o->rights, o->inheriting);
    return WASI_SUCCESS;
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
    where at = {c->args[0], c->args[2], c->args[3]};
    opening o = {c->args[4], c->args[5], c->args[6], c->args[7]};
    uint64_t result = c->args[8];
    wasi_lookup lookup;
    uint32_t number;
    WASI_TRY(wasi_check(c, result, 4));
    WASI_TRY(wasi_check(c, at.address, at.size));
    WASI_TRY(path_lookup_of(c->args[1], &lookup));
    if (o.flags > ALL_OPEN_FLAGS || o.fdflags > WASI_ALL_FLAGS)
        return WASI_EINVAL;
    WASI_TRY(path_check_rights(c, &o));
    if ((o.flags & CREAT) != 0 && (o.flags & EXCL) != 0)
        lookup = WASI_NOFOLLOW; /* a link exists already */
    WASI_TRY(wasi_file_reserve(c->w, &number));
    WASI_TRY(path_open_at(c, at, &o, lookup, number));
    return wasi_write_u32(c, result, number);
}
