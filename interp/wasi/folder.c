/* folder.c: handlers about folders: their entries, and those given to the program. */
#include "wasi/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- Entries ------------------------------------------------------------------------------------------------- */

enum { ENTRY_SIZE = 24 };

/* The guest's buffer for entries. */
typedef struct output {
    uint64_t address;
    uint64_t size;
    uint64_t used;
} output;

/* Appends bytes, cut off at the end of the buffer. */
static wasi_error put(wasi_call *c, output *o, const void *bytes, size_t size) {
    uint64_t room = o->size - o->used;
    size_t run = size < room ? size : (size_t)room;
    if (run == 0)
        return WASI_SUCCESS;
    WASI_TRY(wasi_write(c, o->address + o->used, bytes, run));
    o->used += run;
    return WASI_SUCCESS;
}

/* The entry's number and kind. The program does not learn the number of the folder above. */
static void identify(const wasi_file *file, const struct dirent *entry, uint64_t *number, wasi_type *type) {
    struct stat status;
    bool above = strcmp(entry->d_name, "..") == 0;
    *number = (uint64_t)entry->d_ino;
    *type = WASI_UNKNOWN;
    if (fstatat(file->host, above ? "." : entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        *number = (uint64_t)status.st_ino;
        *type = wasi_type_of_mode(status.st_mode);
    }
}

static wasi_error put_entry(wasi_call *c, const wasi_file *file, const struct dirent *entry, output *o) {
    uint8_t bytes[ENTRY_SIZE] = {0};
    uint64_t number;
    wasi_type type;
    size_t size = strlen(entry->d_name);
    identify(file, entry, &number, &type);
    wasi_put(bytes, file->next, 8);
    wasi_put(bytes + 8, number, 8);
    wasi_put(bytes + 16, size, 4);
    wasi_put(bytes + 20, type, 1);
    WASI_TRY(put(c, o, bytes, sizeof bytes));
    return put(c, o, entry->d_name, size);
}

/* Opens a stream of the folder's entries. */
static wasi_error open_entries(wasi_file *file) {
    int host = fcntl(file->host, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (host < 0)
        return wasi_host_error(errno);
    file->entries = fdopendir(host);
    if (file->entries != NULL)
        return WASI_SUCCESS;
    wasi_error error = wasi_host_error(errno);
    (void)close(host);
    return error;
}

/* Cookies count the entries: the host's positions may be too large for the types of the guest's libraries. */
static wasi_error note_position(wasi *w, wasi_file *file) {
    if (file->next == INT32_MAX)
        return WASI_EOVERFLOW;
    if (!wp_grow(&w->allocator, (void **)&file->positions, file->next, &file->capacity, sizeof *file->positions))
        return WASI_ENOMEM;
    file->positions[file->next++] = telldir(file->entries);
    if (file->npositions < file->next)
        file->npositions = file->next;
    return WASI_SUCCESS;
}

/* Cookie 0 is the start, from which changes of the folder are seen. */
static wasi_error go_to(wasi_file *file, uint64_t cookie) {
    if (cookie > file->npositions)
        return WASI_EINVAL;
    if (cookie == 0)
        rewinddir(file->entries);
    else if (cookie != file->next)
        seekdir(file->entries, file->positions[cookie - 1]);
    file->next = (uint32_t)cookie;
    return WASI_SUCCESS;
}

static wasi_error put_entries(wasi_call *c, wasi_file *file, output *o) {
    while (o->used < o->size) {
        errno = 0;
        const struct dirent *entry = readdir(file->entries);
        if (entry == NULL)
            return wasi_host_error(errno);
        wasi_error error = note_position(c->w, file);
        if (error != WASI_SUCCESS) {
            file->next = UINT32_MAX; /* no cookie: the next call goes back to this entry */
            return error;
        }
        WASI_TRY(put_entry(c, file, entry, o));
    }
    return WASI_SUCCESS;
}

/* The last entry is cut where the room ends: the program asks for it again, by the cookie of the one before. */
wasi_error wasi_do_fd_readdir(wasi_call *c) {
    wasi_file *file = c->file;
    output o = {.address = c->args[1], .size = c->args[2]};
    if (file->entries == NULL)
        WASI_TRY(open_entries(file));
    WASI_TRY(go_to(file, c->args[3]));
    WASI_TRY(put_entries(c, file, &o));
    return wasi_write_size(c, c->args[4], o.used);
}

/* ---- Folders that the program was given ---------------------------------------------------------------------- */

/* A structure of a kind (0: a folder) and the size of the name. */
wasi_error wasi_do_fd_prestat_get(wasi_call *c) {
    uint8_t bytes[16] = {0};
    unsigned word = (unsigned)wasi_word(c);
    if (c->file->name == NULL)
        return WASI_EBADF;
    wasi_put(bytes + word, strlen(c->file->name), word);
    return wasi_write(c, c->args[1], bytes, 2 * word);
}

wasi_error wasi_do_fd_prestat_dir_name(wasi_call *c) {
    const char *name = c->file->name;
    if (name == NULL)
        return WASI_EBADF;
    return c->args[2] < strlen(name) ? WASI_ENAMETOOLONG : wasi_write(c, c->args[1], name, strlen(name));
}
