/* source.c: files in and out; see cli.h. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The largest file that is read, in bytes. Reading stops there, whatever the file claims or goes on to deliver. */
#define SOURCE_LIMIT ((size_t)1 << 30)

/* ---- Reading ------------------------------------------------------------------------------------------------- */

/* Makes room for at least one more byte. */
static bool grow(cli_source *source, size_t *capacity) {
    size_t wanted = *capacity < 4096 ? 4096 : *capacity * 2;
    uint8_t *bytes = realloc(source->bytes, wanted);
    if (bytes == NULL)
        return false;
    source->bytes = bytes;
    *capacity = wanted;
    return true;
}

/* Reads up to the end. Returns 0 or an errno; EFBIG when the file is too large. */
static int read_all(int file, cli_source *source, size_t capacity) {
    for (;;) {
        if (source->size == capacity && !grow(source, &capacity))
            return ENOMEM;
        ssize_t got = read(file, source->bytes + source->size, capacity - source->size);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return errno;
        source->size += got < 0 ? 0 : (size_t)got;
        if (source->size > SOURCE_LIMIT)
            return EFBIG;
    }
}

/* Reads an open file. A regular file's size is known, so that it is read into a block of the right size at once: a byte
 * more, to meet the end. */
static int read_open(int file, cli_source *source) {
    struct stat status;
    size_t capacity = 0;
    if (fstat(file, &status) != 0)
        return errno;
    if (S_ISREG(status.st_mode) && status.st_size > 0) {
        if ((uintmax_t)status.st_size > SOURCE_LIMIT)
            return EFBIG;
        capacity = (size_t)status.st_size + 1;
        source->bytes = malloc(capacity);
        if (source->bytes == NULL)
            return ENOMEM;
    }
    return read_all(file, source, capacity);
}

bool cli_source_read(const char *path, cli_source *out) {
    bool standard = strcmp(path, "-") == 0;
    *out = (cli_source){standard ? "<standard input>" : path, NULL, 0};
    int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int error = file < 0 ? errno : read_open(file, out);
    if (file >= 0 && !standard)
        close(file);
    if (error == 0)
        return true;
    cli_source_free(out);
    fprintf(stderr, "%s: error: ", out->name);
    if (error == EFBIG)
        fprintf(stderr, "larger than %zu bytes\n", SOURCE_LIMIT);
    else
        fprintf(stderr, "%s\n", strerror(error));
    return false;
}

void cli_source_free(cli_source *source) {
    free(source->bytes);
    source->bytes = NULL;
    source->size = 0;
}

bool cli_source_is_binary(const cli_source *source) {
    static const uint8_t magic[4] = {0, 'a', 's', 'm'};
    /* A prefix is enough: no text begins with a NUL, so that a truncated binary module is told that it is one. */
    size_t size = source->size < sizeof magic ? source->size : sizeof magic;
    return size > 0 && memcmp(source->bytes, magic, size) == 0;
}

wp_status cli_source_module(wp_engine *engine, const cli_source *source, wp_module **out, wp_diag *diag) {
    if (cli_source_is_binary(source))
        return wp_module_decode(engine, source->bytes, source->size, out, diag);
    return wp_module_parse(engine, source->size == 0 ? "" : (const char *)source->bytes, source->size, out, diag);
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* Returns 0 or an errno. */
static int write_all(int file, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t done = write(file, bytes, size);
        if (done < 0 && errno != EINTR)
            return errno;
        bytes += done < 0 ? 0 : done;
        size -= done < 0 ? 0 : (size_t)done;
    }
    return 0;
}

/* Half a module is worse than none. */
static void remove_partial(int file, const char *path) {
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode))
        (void)unlink(path);
}

int cli_write(const char *path, const void *bytes, size_t size) {
    if (path == NULL || strcmp(path, "-") == 0) {
        /* Errors are found by cli_finish, by way of the stream's error flag. */
        (void)fwrite(bytes, 1, size, stdout);
        return CLI_DONE;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    if (file < 0)
        return cli_error("%s: %s", path, strerror(errno));
    int error = write_all(file, bytes, size);
    if (error != 0)
        remove_partial(file, path);
    if (close(file) != 0 && error == 0)
        error = errno;
    return error == 0 ? CLI_DONE : cli_error("%s: %s", path, strerror(error));
}

int cli_finish(int status) {
    bool failed = ferror(stdout) != 0;
    errno = 0;
    if (fclose(stdout) != 0 || failed) {
        /* The stream's error flag does not keep the cause of an earlier failure. */
        if (errno != 0)
            (void)cli_error("standard output: %s", strerror(errno));
        else
            (void)cli_error("standard output could not be written");
        return status == CLI_DONE ? CLI_FAILED : status;
    }
    return status;
}
