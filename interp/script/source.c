/* source.c: reading files whole; see source.h. */
#include "script/source.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE_LIMIT ((size_t)1 << 30)

/* Reads up to the end. Returns 0 or an error number. */
static int read_all(int file, script_source *source) {
    for (;;) {
        if (!wp_grow(&source->allocator, (void **)&source->bytes, source->size, &source->capacity, 1))
            return ENOMEM;
        ssize_t got = read(file, source->bytes + source->size, source->capacity - source->size);
        if (got == 0) {
            source->bytes[source->size] = '\0';
            return 0;
        }
        if (got < 0 && errno != EINTR)
            return errno;
        source->size += got < 0 ? 0 : (size_t)got;
        if (source->size > SOURCE_LIMIT)
            return EFBIG;
    }
}

/* Reads an open file. A regular file's size is known: it is read into one block with a byte more, to meet the end. */
static int read_open(int file, script_source *source) {
    struct stat status;
    if (fstat(file, &status) != 0)
        return errno;
    if (S_ISREG(status.st_mode) && status.st_size > 0) {
        if ((uintmax_t)status.st_size > SOURCE_LIMIT)
            return EFBIG;
        size_t capacity = (size_t)status.st_size + 1;
        source->bytes = source->allocator.resize(source->allocator.ctx, NULL, 0, capacity);
        if (source->bytes == NULL)
            return ENOMEM;
        source->capacity = capacity;
    }
    return read_all(file, source);
}

int script_source_read(const char *path, const wp_allocator *allocator, script_source *out) {
    bool standard = strcmp(path, "-") == 0;
    script_source source = {NULL, 0, 0, allocator == NULL ? wp_libc_allocator : *allocator};
    int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int error = file < 0 ? errno : read_open(file, &source);
    if (file >= 0 && !standard)
        close(file);
    if (error == 0)
        *out = source;
    else
        script_source_free(&source);
    return error;
}

void script_source_free(script_source *source) {
    wp_free(&source->allocator, source->bytes, source->capacity, 1);
    source->bytes = NULL;
    source->size = source->capacity = 0;
}
