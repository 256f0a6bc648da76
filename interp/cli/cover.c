/* cover.c: writes the counts of the options --cover and --operands; see cli.h. */
#define _POSIX_C_SOURCE 200809L

#include "cli/cli.h"

#include "cli/uri.h"

#include "coverage/operands_json.h"
#include "coverage/tracefile.h"

#include <stdlib.h>
#include <string.h>

/* Libraries of dictionaries are files, named by their URIs. */
static char *find_path(wp_arena *pool, const char *uri, bool *failed) {
    if (strncmp(uri, "file:", strlen("file:")) != 0)
        return NULL;
    char *path = uri_path(uri, strlen(uri)), *copy = path == NULL ? NULL : wp_arena_text(pool, path, strlen(path));
    *failed = path != NULL && copy == NULL;
    free(path);
    return copy;
}

tracefile *cli_cover_new(const char *path) {
    tracefile *cover = tracefile_new(path, find_path, NULL);
    if (cover == NULL)
        (void)cli_error("out of memory");
    return cover;
}

static int write_listings(const tracefile *cover) {
    const char *path, *text;
    size_t size;
    int status = CLI_DONE;
    for (size_t i = 0; status == CLI_DONE && tracefile_listing(cover, i, &path, &text, &size); i++)
        status = cli_write_whole(path, text, size);
    return status;
}

/* Writes a report to a stream. */
typedef void (*write_func)(void *what, FILE *out);

static void write_tracefile(void *cover, FILE *out) {
    tracefile_write(cover, out);
}

static void write_operands(void *counts, FILE *out) {
    operands_write(counts, out);
}

static int write_file(write_func write, void *what, const char *path) {
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (memory != NULL)
        write(what, memory);
    bool written = memory != NULL && ferror(memory) == 0;
    written = memory != NULL && fclose(memory) == 0 && written;
    int status = written ? cli_write_whole(path, text, size) : cli_error("out of memory");
    free(text);
    return status;
}

int cli_cover_finish(tracefile *cover, const char *path, int status) {
    if (cover == NULL)
        return status;
    int written = write_listings(cover);
    if (written == CLI_DONE)
        written = write_file(write_tracefile, cover, path);
    tracefile_delete(cover);
    return status == CLI_DONE ? written : status;
}

int cli_operands_finish(wp_operands *counts, const char *path, int status) {
    if (counts == NULL)
        return status;
    int written = write_file(write_operands, counts, path);
    wp_operands_delete(counts);
    return status == CLI_DONE ? written : status;
}
