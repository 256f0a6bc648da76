/* files.c: runs script files and prints what came of them; see runner.h. */
#include "fail.h"
#include "report.h"

#include <errno.h>
#include <string.h>

/* A file's contents. */
typedef struct contents {
    char *text;
    size_t size, capacity;
} contents;

static bool read_all(FILE *file, const wp_allocator *a, contents *out) {
    for (;;) {
        if (!script_grow(a, (void **)&out->text, out->size, &out->capacity, 1)) {
            errno = ENOMEM;
            return false;
        }
        size_t count = fread(out->text + out->size, 1, out->capacity - out->size, file);
        out->size += count;
        if (count == 0)
            return ferror(file) == 0;
    }
}

static bool read_file(const char *path, const wp_allocator *a, contents *out) {
    if (strcmp(path, "-") == 0)
        return read_all(stdin, a, out);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    bool done = read_all(file, a, out);
    int error = errno;
    fclose(file);
    errno = error;
    return done;
}

static wp_engine *make_engine(const script_options *options, FILE *errors, int *status) {
    wp_engine *engine = wp_engine_new(options->allocator);
    if (engine == NULL) {
        fprintf(errors, "out of memory\n");
        *status = 1;
        return NULL;
    }
    for (size_t i = 0; i < options->nlimits; i++)
        if (!wp_limit_set(engine, options->limits[i].name, options->limits[i].value)) {
            fprintf(errors, "there is no limit %s, or it can't be %llu\n", options->limits[i].name,
                    (unsigned long long)options->limits[i].value);
            *status = 2;
            wp_engine_delete(engine);
            return NULL;
        }
    return engine;
}

/* Runs a script in an engine of its own. Returns an exit status. */
static int run_text(const char *file, const contents *source, const script_options *options, report *r, FILE *errors) {
    int exit_status = 0;
    wp_engine *engine = make_engine(options, errors, &exit_status);
    if (engine == NULL)
        return exit_status;
    wp_diag diag = {.status = WP_OK};
    script_totals totals = {.files = 0};
    report_start(r, file);
    wp_status status = script_run(engine, file, source->text, source->size, options, report_event, r, &totals, &diag);
    report_end(r, file, &totals);
    wp_engine_delete(engine);
    if (status != WP_OK)
        fprintf(errors, "%s: %s\n", file, diag.message);
    return status != WP_OK || totals.fail != 0 ? 1 : 0;
}

static int run_file(const char *path, const script_options *options, report *r, FILE *errors) {
    const wp_allocator *a = options->allocator == NULL ? &script_libc_allocator : options->allocator;
    contents source = {NULL, 0, 0};
    int status = 1;
    if (read_file(path, a, &source))
        status = run_text(path, &source, options, r, errors);
    else
        fprintf(errors, "%s: %s\n", path, strerror(errno));
    script_grown_free(a, source.text, source.capacity, 1);
    return status;
}

int script_run_files(const char *const *files, size_t nfiles, const script_options *options, FILE *out, FILE *errors,
                     script_totals *totals) {
    report r;
    int status = 0;
    report_init(&r, options, out);
    for (size_t i = 0; i < nfiles && status != 2; i++) {
        if (options->stop != NULL && options->stop->requested)
            break;
        int one = run_file(files[i], options, &r, errors);
        status = one > status ? one : status;
        fflush(out);
    }
    if (options->stop != NULL && options->stop->requested)
        status = 1;
    report_summary(&r);
    if (r.failed || fflush(out) != 0 || ferror(out) != 0) {
        fprintf(errors, "the results could not be written\n");
        status = 1;
    }
    if (totals != NULL)
        *totals = r.totals;
    report_release(&r);
    return status;
}
