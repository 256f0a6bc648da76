/* files.c: runs script files and prints what came of them; see runner.h. */
#include "base/diag.h"
#include "script/report.h"
#include "script/source.h"

#include <string.h>

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
static int run_text(const char *file, const script_source *source, const script_options *options, report *r,
                    FILE *errors) {
    int exit_status = 0;
    wp_engine *engine = make_engine(options, errors, &exit_status);
    if (engine == NULL)
        return exit_status;
    wp_diag diag = {.status = WP_OK};
    script_totals totals = {.files = 0};
    report_start(r, file);
    wp_status status =
        script_run(engine, file, (const char *)source->bytes, source->size, options, report_event, r, &totals, &diag);
    report_end(r, file, &totals, status == WP_OK);
    wp_engine_delete(engine);
    if (status != WP_OK)
        fprintf(errors, "%s: error: %s\n", file, diag.message);
    return status != WP_OK || totals.fail != 0 ? 1 : 0;
}

static int run_file(const char *path, const script_options *options, report *r, FILE *errors) {
    script_source source;
    int error = script_source_read(path, options->allocator, &source);
    if (error != 0) {
        fprintf(errors, "%s: error: %s\n", path, strerror(error));
        return 1;
    }
    int status = run_text(path, &source, options, r, errors);
    script_source_free(&source);
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
