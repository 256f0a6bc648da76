/* memvfs.c: the operating system interface of SQLite: files in memory, no clock, no locks.
 *
 * SQLite uses its operating system through one interface, the VFS. Compiled with SQLITE_OS_OTHER=1 it has no built-in
 * VFS and calls sqlite3_os_init, below, which registers this one. A database is an ordinary file: SQLite pages it,
 * keeps a journal beside it, and rolls back from there. A file lives until it is deleted or the process ends.
 *
 * The native build uses the same code, so that both builds behave alike.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

/* ---- Files --------------------------------------------------------------------------------------------------- */

typedef struct contents {
    struct contents *next;
    char *name;
    unsigned char *bytes;
    size_t size;
    size_t room;
} contents;

static contents *files;

static contents *find(const char *name) {
    for (contents *c = files; c != NULL; c = c->next)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static contents *create(const char *name) {
    contents *c = calloc(1, sizeof *c);
    size_t size = strlen(name) + 1;
    if (c == NULL || (c->name = malloc(size)) == NULL) {
        free(c);
        return NULL;
    }
    memcpy(c->name, name, size);
    c->next = files;
    files = c;
    return c;
}

static void delete_contents(contents *c) {
    for (contents **link = &files; *link != NULL; link = &(*link)->next)
        if (*link == c) {
            *link = c->next;
            break;
        }
    free(c->name);
    free(c->bytes);
    free(c);
}

/* Extends a file to `size` bytes; the new bytes are zero. */
static bool extend(contents *c, size_t size) {
    if (size > c->room) {
        size_t room = c->room < 65536 ? 65536 : c->room;
        while (room < size)
            room += room / 2;
        unsigned char *bytes = realloc(c->bytes, room);
        if (bytes == NULL)
            return false;
        c->bytes = bytes;
        c->room = room;
    }
    if (size > c->size)
        memset(c->bytes + c->size, 0, size - c->size);
    c->size = size;
    return true;
}

/* ---- An open file -------------------------------------------------------------------------------------------- */

typedef struct open_file {
    sqlite3_file base; /* the methods; SQLite knows this part */
    contents *contents;
    bool delete_on_close;
} open_file;

static contents *contents_of(sqlite3_file *file) {
    return ((open_file *)file)->contents;
}

static int file_close(sqlite3_file *file) {
    open_file *f = (open_file *)file;
    if (f->delete_on_close)
        delete_contents(f->contents);
    f->contents = NULL;
    return SQLITE_OK;
}

/* Bytes beyond the end of the file read as zero, and SQLite requires a short read to be reported. */
static int file_read(sqlite3_file *file, void *to, int count, sqlite3_int64 offset) {
    const contents *c = contents_of(file);
    size_t there = (size_t)offset < c->size ? c->size - (size_t)offset : 0, wanted = (size_t)count;
    if (there >= wanted) {
        memcpy(to, c->bytes + offset, wanted);
        return SQLITE_OK;
    }
    memset(to, 0, wanted);
    if (there > 0)
        memcpy(to, c->bytes + offset, there);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *from, int count, sqlite3_int64 offset) {
    contents *c = contents_of(file);
    size_t end = (size_t)offset + (size_t)count;
    if (end > c->size && !extend(c, end))
        return SQLITE_FULL;
    memcpy(c->bytes + offset, from, (size_t)count);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    contents *c = contents_of(file);
    if ((size_t)size < c->size)
        c->size = (size_t)size;
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags) {
    (void)file, (void)flags;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *out) {
    *out = (sqlite3_int64)contents_of(file)->size;
    return SQLITE_OK;
}

/* With a single connection, locks always succeed. */
static int file_lock(sqlite3_file *file, int level) {
    (void)file, (void)level;
    return SQLITE_OK;
}

static int file_check_reserved_lock(sqlite3_file *file, int *out) {
    (void)file;
    *out = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
    (void)file, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file) {
    (void)file;
    return 4096;
}

static int file_device_characteristics(sqlite3_file *file) {
    (void)file;
    return 0;
}

/* Version 1: without shared memory, so without write-ahead logs. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device_characteristics,
};

/* ---- The system ---------------------------------------------------------------------------------------------- */

/* A file without a name is temporary. */
static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
    open_file *f = (open_file *)file;
    (void)vfs;
    *f = (open_file){.delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0};
    f->contents = name == NULL ? NULL : find(name);
    if (f->contents == NULL && name != NULL && (flags & SQLITE_OPEN_CREATE) == 0)
        return SQLITE_CANTOPEN;
    if (f->contents == NULL && (f->contents = create(name == NULL ? "" : name)) == NULL)
        return SQLITE_NOMEM;
    f->base.pMethods = &methods;
    if (flags_out != NULL)
        *flags_out = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_directory) {
    contents *c = find(name);
    (void)vfs, (void)sync_directory;
    if (c == NULL)
        return SQLITE_IOERR_DELETE_NOENT;
    delete_contents(c);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    (void)vfs, (void)flags;
    *out = find(name) != NULL;
    return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *out) {
    size_t length = strlen(name);
    (void)vfs;
    if (length >= (size_t)size)
        return SQLITE_CANTOPEN;
    memcpy(out, name, length + 1);
    return SQLITE_OK;
}

/* Not random: the bytes are the same in every run, so that outputs can be compared. */
static int vfs_randomness(sqlite3_vfs *vfs, int count, char *out) {
    (void)vfs;
    for (int i = 0; i < count; i++)
        out[i] = (char)(i * 37 + 11);
    return count;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs, (void)microseconds;
    return 0;
}

/* No clock: 'now' is an error in SQL. */
static int vfs_current_time(sqlite3_vfs *vfs, double *out) {
    (void)vfs;
    *out = 0;
    return SQLITE_ERROR;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out) {
    (void)vfs, (void)size, (void)out;
    return 0;
}

int sqlite3_os_init(void) {
    static sqlite3_vfs vfs = {
        .iVersion = 1,
        .szOsFile = sizeof(open_file),
        .mxPathname = 255,
        .zName = "memory",
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_pathname,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
        .xGetLastError = vfs_last_error,
    };
    return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) {
    return SQLITE_OK;
}
