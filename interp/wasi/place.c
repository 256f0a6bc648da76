/* place.c: where a path leads; see place.h.
 *
 * The kernel of Linux can look a path up beneath a folder (openat2). Where it can't, or a sandbox does not let it, the
 * same is done name by name: each folder is opened from the one before it without following links; a link's text takes
 * its place in the path; ".." is undone by walking again from the top, since the parent of a folder may be another one
 * by now.
 */
#if defined(__linux__)
#define _GNU_SOURCE
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif
#endif

#include "wasi/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For looking names up in, not for reading. */
#if defined(O_PATH)
#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)
#elif defined(O_SEARCH)
#define FOLDER_FLAGS (O_SEARCH | O_DIRECTORY | O_CLOEXEC)
#else
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

enum { MOST_LINKS = 40, MOST_TRIES = 16 };

/* ---- Links --------------------------------------------------------------------------------------------------- */

/* Puts a link's text before the rest of a path that it begins; may be "". */
static wasi_error place_join(const char *link, const char *rest, char path[WASI_PATH]) {
    char joined[2 * WASI_PATH];
    size_t size = strlen(link), rest_size = strlen(rest);
    if (size + 1 + rest_size >= WASI_PATH)
        return WASI_ENAMETOOLONG;
    memcpy(joined, link, size);
    joined[size] = '/';
    memcpy(joined + size + 1, rest, rest_size + 1);
    memcpy(path, joined, size + 1 + rest_size + 1);
    return WASI_SUCCESS;
}

/* Reads a symbolic link. False: it is not a link. */
static bool place_read_link(int folder, const char *name, char link[WASI_PATH]) {
    ssize_t size = readlinkat(folder, name, link, WASI_PATH - 1);
    if (size < 0)
        return false;
    link[size] = '\0';
    return true;
}

/* ---- Step by step -------------------------------------------------------------------------------------------- */

typedef struct walk {
    int root;
    int folder;            /* where it is; root, or one that is to be closed */
    bool stale;            /* it was left by "..": `done` says where it is now */
    unsigned links;        /* followed so far */
    char done[WASI_PATH];  /* the way from the root: names of folders, a slash after each */
    char ahead[WASI_PATH]; /* the rest of the path */
} walk;

static void place_leave(walk *k, int folder) {
    if (k->folder != k->root)
        (void)close(k->folder);
    k->folder = folder;
}

/* Opens a folder in the folder where the walk is. */
static wasi_error place_enter(walk *k, const char *name) {
    int folder = openat(k->folder, name, FOLDER_FLAGS | O_NOFOLLOW);
    if (folder < 0)
        return wasi_host_error(errno);
    place_leave(k, folder);
    return WASI_SUCCESS;
}

/* Walks again to where "..", taken literally, may not have led. */
static wasi_error place_return_to_done(walk *k) {
    char name[WASI_PATH];
    place_leave(k, k->root);
    for (const char *at = k->done; *at != '\0';) {
        size_t size = strcspn(at, "/");
        memcpy(name, at, size);
        name[size] = '\0';
        WASI_TRY(place_enter(k, name));
        at += size + 1;
    }
    k->stale = false;
    return WASI_SUCCESS;
}

static wasi_error place_go_up(walk *k) {
    size_t size = strlen(k->done);
    if (size == 0)
        return WASI_ENOTCAPABLE;
    do
        size--;
    while (size > 0 && k->done[size - 1] != '/');
    k->done[size] = '\0';
    k->stale = true;
    return WASI_SUCCESS;
}

static wasi_error place_go_down(walk *k, const char *name) {
    char link[WASI_PATH];
    if (k->stale)
        WASI_TRY(place_return_to_done(k));
    wasi_error error = place_enter(k, name);
    if (error == WASI_SUCCESS) {
        if (strlen(k->done) + strlen(name) + 1 >= WASI_PATH)
            return WASI_ENAMETOOLONG;
        strcat(strcat(k->done, name), "/");
        return WASI_SUCCESS;
    }
    if (!place_read_link(k->folder, name, link))
        return error;
    if (link[0] == '/')
        return WASI_ENOTCAPABLE;
    return ++k->links > MOST_LINKS ? WASI_ELOOP : place_join(link, k->ahead, k->ahead);
}

/* One step: takes the next name off the path ahead. */
static wasi_error place_step(walk *k) {
    char name[WASI_PATH];
    size_t size = strcspn(k->ahead, "/"), rest = size + strspn(k->ahead + size, "/");
    memcpy(name, k->ahead, size);
    name[size] = '\0';
    memmove(k->ahead, k->ahead + rest, strlen(k->ahead + rest) + 1);
    if (size == 0 || strcmp(name, ".") == 0)
        return WASI_SUCCESS;
    return strcmp(name, "..") == 0 ? place_go_up(k) : place_go_down(k, name);
}

static wasi_error place_open_by_walk(int root, const char *path, int *out) {
    walk k = {.root = root, .folder = root};
    wasi_error error = WASI_SUCCESS;
    memcpy(k.ahead, path, strlen(path) + 1);
    while (error == WASI_SUCCESS && k.ahead[0] != '\0')
        error = place_step(&k);
    if (error == WASI_SUCCESS && k.stale)
        error = place_return_to_done(&k);
    if (error == WASI_SUCCESS && k.folder == root)
        error = place_enter(&k, ".");
    if (error != WASI_SUCCESS)
        place_leave(&k, root);
    *out = k.folder;
    return error;
}

/* ---- By the kernel ------------------------------------------------------------------------------------------- */

#if defined(SYS_openat2) && defined(RESOLVE_BENEATH)
/* True when the kernel has decided; *error is its result. */
static bool place_open_by_kernel(int root, const char *path, int *out, wasi_error *error) {
    struct open_how how = {.flags = FOLDER_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long folder = -1;
    errno = EAGAIN; /* a folder has moved meanwhile */
    for (int i = 0; folder < 0 && errno == EAGAIN && i < MOST_TRIES; i++)
        folder = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (folder < 0 && (errno == ENOSYS || errno == EPERM || errno == EAGAIN))
        return false;
    *out = (int)folder;
    *error = folder >= 0 ? WASI_SUCCESS : errno == EXDEV ? WASI_ENOTCAPABLE : wasi_host_error(errno);
    return true;
}
#else
static bool place_open_by_kernel(int root, const char *path, int *out, wasi_error *error) {
    (void)root, (void)path, (void)out, (void)error;
    return false;
}
#endif

/* Opens a folder beneath another one. The path is not from the root. */
static wasi_error place_open_beneath(const wasi *w, int root, const char *path, int *out) {
    wasi_error error;
    if (!w->walk && place_open_by_kernel(root, path, out, &error))
        return error;
    return place_open_by_walk(root, path, out);
}

/* ---- The last name ------------------------------------------------------------------------------------------- */

/* Splits a path before its last name, which leaves its folder. A slash at the end marks a folder. */
static void place_split(char *path, wasi_place *place) {
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/') {
        path[--size] = '\0';
        place->is_folder = true;
    }
    size_t start = size;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (strcmp(path + start, "..") == 0) {
        memcpy(place->name, ".", 2);
        place->is_folder = true;
        return;
    }
    memcpy(place->name, path + start, size - start + 1);
    path[start] = '\0';
    place->is_folder = place->is_folder || strcmp(place->name, ".") == 0;
}

/* Replaces `path`, the folder of a link, by the link's target. */
static wasi_error place_follow(const char *link, char path[WASI_PATH]) {
    char before[WASI_PATH];
    if (link[0] == '/')
        return WASI_ENOTCAPABLE;
    memcpy(before, path, strlen(path) + 1);
    return place_join(before[0] == '\0' ? "." : before, link, path);
}

wasi_error wasi_place_find(const wasi *w, int root, const char *path, wasi_lookup lookup, wasi_place *out) {
    char way[WASI_PATH], link[WASI_PATH];
    *out = (wasi_place){.folder = root};
    memcpy(way, path, strlen(path) + 1);
    for (unsigned links = 0; links <= MOST_LINKS; links++) {
        if (way[0] == '/')
            return WASI_ENOTCAPABLE;
        place_split(way, out);
        out->folder = root;
        if (way[0] != '\0')
            WASI_TRY(place_open_beneath(w, root, way, &out->folder));
        if (lookup == WASI_ENTRY || (lookup == WASI_NOFOLLOW && !out->is_folder) ||
            !place_read_link(out->folder, out->name, link))
            return WASI_SUCCESS;
        if (out->folder != root)
            (void)close(out->folder);
        WASI_TRY(place_follow(link, way));
    }
    return WASI_ELOOP;
}
