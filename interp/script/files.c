/* files.c: runs script files and prints the outcomes of their commands; see runner.h.
 *
 * As JSON: the lines of harness/PROTOCOL.md, A, and no summary. As text: a line "FILE:LINE:COLUMN: OUTCOME: KIND: ..."
 * per failure (verbose: per command), and at the end the totals, with the reasons of unsupported commands.
 */
#include "base/arena.h"
#include "script/json_value.h"
#include "script/runner.h"
#include "script/source.h"

#include <stdlib.h>
#include <string.h>

/* A feature that was refused, and by how many commands it was missed. */
typedef struct report_reason {
    const char *name;
    size_t count;
} report_reason;

typedef struct report {
    FILE *out;
    bool json;
    bool verbose;
    bool failed;          /* out of memory: reasons are missing */
    script_totals totals; /* of all files */
    wp_arena pool;
    report_reason *reasons;
    size_t nreasons, reasons_capacity;
} report;

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

/* Adds a string, unless it is NULL. */
static json_t *report_with(json_t *object, const char *key, const char *text) {
    return text == NULL ? object : json_with(object, key, json_from_bytes(text));
}

static json_t *report_with_count(json_t *object, const char *key, size_t count) {
    return json_with(object, key, json_integer((json_int_t)count));
}

/* Takes over the object; NULL: out of memory. */
static void report_write(report *r, json_t *object) {
    if (object == NULL || json_dumpf(object, r->out, JSON_COMPACT) != 0)
        r->failed = true;
    fputc('\n', r->out);
    json_decref(object);
}

static json_t *report_object(const char *event, const char *file) {
    return report_with(report_with(json_object(), "event", event), "file", file);
}

static void report_as_json(report *r, const script_event *event) {
    json_t *rules = json_array(), *object = report_object("command", event->file);
    object = report_with_count(object, "line", event->where.line);
    object = report_with_count(object, "column", event->where.column);
    object = report_with(object, "kind", event->kind);
    object = report_with(object, "outcome", script_outcome_name(event->outcome));
    object = report_with(object, "message", event->message);
    object = report_with(object, "expected", event->expected);
    object = report_with(object, "actual", event->actual);
    object = report_with(object, "reason", event->reason);
    for (size_t i = 0; i < event->nrules; i++)
        rules = json_append(rules, json_string(wp_rule_get(event->rules[i]).id));
    if (wp_rules_enabled())
        object = json_with(object, "rules", json_incref(rules));
    json_decref(rules);
    report_write(r, object);
}

/* ---- Text ---------------------------------------------------------------------------------------------------- */

static void report_as_text(report *r, const script_event *event) {
    if (event->outcome != SCRIPT_FAIL && !r->verbose)
        return;
    fprintf(r->out, "%s:%u:%u: %s: %s", event->file, (unsigned)event->where.line, (unsigned)event->where.column,
            script_outcome_name(event->outcome), event->kind);
    const char *what = event->reason != NULL ? event->reason : event->message;
    if (what != NULL)
        fprintf(r->out, ": %s", what);
    fputc('\n', r->out);
    if (event->expected != NULL)
        fprintf(r->out, "    expected: %s\n", *event->expected == '\0' ? "no results" : event->expected);
    if (event->actual != NULL)
        fprintf(r->out, "    actual:   %s\n", *event->actual == '\0' ? "no results" : event->actual);
}

/* Counts a reason for text's summary. */
static void report_count_reason(report *r, const char *name) {
    for (size_t i = 0; i < r->nreasons; i++)
        if (strcmp(r->reasons[i].name, name) == 0) {
            r->reasons[i].count++;
            return;
        }
    char *copy = wp_arena_text(&r->pool, name, strlen(name));
    if (copy == NULL ||
        !wp_grow(r->pool.allocator, (void **)&r->reasons, r->nreasons, &r->reasons_capacity, sizeof *r->reasons)) {
        r->failed = true;
        return;
    }
    r->reasons[r->nreasons++] = (report_reason){copy, 1};
}

static int report_by_count(const void *a, const void *b) {
    const report_reason *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* ---- Both ---------------------------------------------------------------------------------------------------- */

/* A script_event_func; ctx is the report. */
static void report_event(void *ctx, const script_event *event) {
    report *r = ctx;
    if (event->reason != NULL && !r->json)
        report_count_reason(r, event->reason);
    if (r->json)
        report_as_json(r, event);
    else
        report_as_text(r, event);
}

/* After the events of a file. A run that was cut short is not complete, and has no end in JSON. */
static void report_end(report *r, const char *file, const script_totals *totals, bool complete) {
    r->totals.files += totals->files;
    r->totals.commands += totals->commands;
    r->totals.pass += totals->pass;
    r->totals.fail += totals->fail;
    r->totals.unsupported += totals->unsupported;
    if (!r->json || !complete)
        return;
    json_t *object = report_with_count(report_object("end", file), "commands", totals->commands);
    object = report_with_count(object, "pass", totals->pass);
    object = report_with_count(object, "fail", totals->fail);
    report_write(r, report_with_count(object, "unsupported", totals->unsupported));
}

static void report_summary(report *r) {
    const script_totals *t = &r->totals;
    if (r->json)
        return;
    fprintf(r->out, "%zu file%s, %zu command%s: %zu passed, %zu failed, %zu unsupported\n", t->files,
            t->files == 1 ? "" : "s", t->commands, t->commands == 1 ? "" : "s", t->pass, t->fail, t->unsupported);
    if (r->nreasons != 0)
        qsort(r->reasons, r->nreasons, sizeof *r->reasons, report_by_count);
    for (size_t i = 0; i < r->nreasons; i++)
        fprintf(r->out, "%8zu unsupported: %s\n", r->reasons[i].count, r->reasons[i].name);
}

/* ---- Files --------------------------------------------------------------------------------------------------- */

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
    if (r->json)
        report_write(r, report_object("start", file));
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
    report r = {.out = out, .json = options->json, .verbose = options->verbose};
    int status = 0;
    wp_arena_init(&r.pool, options->allocator);
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
    wp_free(r.pool.allocator, r.reasons, r.reasons_capacity, sizeof *r.reasons);
    wp_arena_release(&r.pool);
    return status;
}
