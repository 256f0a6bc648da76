/* source.c: files in and out; see cli.h. */
#define _DEFAULT_SOURCE

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Reading ------------------------------------------------------------------------------------------------- */

const char *cli_file_name(const char *path) {
    return strcmp(path, "-") == 0 ? "<standard input>" : path;
}

bool cli_read_file(const char *path, script_source *out) {
    int error = script_source_read(path, NULL, out);
    if (error != 0)
        fprintf(stderr, "%s: error: %s\n", cli_file_name(path), strerror(error));
    return error == 0;
}

bool cli_is_binary(const script_source *source) {
    static const uint8_t magic[4] = {0, 'a', 's', 'm'};
    /* A prefix is enough: no text begins with a NUL, so that a truncated binary module is told that it is one. */
    size_t size = source->size < sizeof magic ? source->size : sizeof magic;
    return size > 0 && memcmp(source->bytes, magic, size) == 0;
}

/* An empty text is a module. An empty file that says it is binary is one that was never written. */
static bool is_empty_binary(const char *path, const script_source *source) {
    static const char suffix[] = ".wasm";
    size_t size = strlen(path);
    return source->size == 0 && size >= sizeof suffix && strcmp(path + size - (sizeof suffix - 1), suffix) == 0;
}

bool cli_parse_module(wp_engine *engine, const char *path, const script_source *source, wp_module **out) {
    wp_diag diag = {.status = WP_OK};
    wp_status status = cli_is_binary(source) || is_empty_binary(path, source)
                           ? wp_module_decode(engine, source->bytes, source->size, out, &diag)
                           : wp_module_parse(engine, (const char *)source->bytes, source->size, out, &diag);
    if (status != WP_OK)
        (void)cli_report(cli_file_name(path), &diag);
    return status == WP_OK;
}

bool cli_read_module(wp_engine *engine, const char *path, wp_module **out) {
    script_source source;
    if (!cli_read_file(path, &source))
        return false;
    bool done = cli_parse_module(engine, path, &source, out);
    script_source_free(&source); /* the module has a copy */
    return done;
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

/* Writes to a new file beside the path, which then takes its place. Returns 0 or an errno. */
static int replace(const char *path, const void *bytes, size_t size) {
    static const char suffix[] = ".XXXXXX";
    size_t length = strlen(path);
    char *name = malloc(length + sizeof suffix);
    if (name == NULL)
        return ENOMEM;
    memcpy(name, path, length);
    memcpy(name + length, suffix, sizeof suffix);
    int file = mkstemp(name), error = file < 0 ? errno : write_all(file, bytes, size);
    mode_t mask = umask(0);
    (void)umask(mask);
    if (file >= 0 && error == 0 && fchmod(file, 0666 & ~mask) != 0)
        error = errno;
    if (file >= 0 && close(file) != 0 && error == 0)
        error = errno;
    if (file >= 0 && error == 0 && rename(name, path) != 0)
        error = errno;
    if (file >= 0 && error != 0)
        (void)unlink(name);
    free(name);
    return error;
}

int cli_write_whole(const char *path, const void *bytes, size_t size) {
    struct stat status;
    /* Devices and pipes are written to, not replaced; of a link, the target is replaced. */
    char *target = realpath(path, NULL);
    if (target != NULL && stat(target, &status) == 0 && !S_ISREG(status.st_mode)) {
        free(target);
        return cli_write(path, bytes, size);
    }
    int error = replace(target == NULL ? path : target, bytes, size);
    free(target);
    return error == 0 ? CLI_DONE : cli_error("%s: %s", path, strerror(error));
}

int cli_finish(int status) {
    bool failed = ferror(stdout) != 0, is_used = failed || __fpending(stdout) != 0;
    errno = 0;
    /* A closed stream is an error only if something was to be written. */
    if ((fclose(stdout) != 0 && (is_used || errno != EBADF)) || failed) {
        /* The stream's error flag does not keep the cause of an earlier failure. */
        if (errno != 0)
            (void)cli_error("standard output: %s", strerror(errno));
        else
            (void)cli_error("standard output could not be written");
        return status == CLI_DONE ? CLI_FAILED : status;
    }
    return status;
}
