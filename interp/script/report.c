/* report.c: prints what came of a script's commands; see report.h. */
#include "script/report.h"

#include "script/json_value.h"

#include <stdlib.h>
#include <string.h>

/* A feature that was refused, and by how many commands it was missed. */
struct report_reason {
    const char *name;
    size_t count;
};

void report_init(report *r, const script_options *options, FILE *out) {
    *r = (report){.out = out, .json = options->json, .verbose = options->verbose};
    wp_arena_init(&r->pool, options->allocator);
}

void report_release(report *r) {
    wp_free(r->pool.allocator, r->reasons, r->reasons_capacity, sizeof *r->reasons);
    wp_arena_release(&r->pool);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

/* Adds a member; nothing for NULL. */
static void add_string(report *r, json_t *object, const char *key, const char *text) {
    if (text != NULL && json_object_set_new(object, key, json_from_bytes(text)) != 0)
        r->failed = true;
}

static void add_count(report *r, json_t *object, const char *key, size_t count) {
    if (json_object_set_new(object, key, json_integer((json_int_t)count)) != 0)
        r->failed = true;
}

static void write_line(report *r, json_t *object) {
    if (object == NULL || json_dumpf(object, r->out, JSON_COMPACT) != 0)
        r->failed = true;
    fputc('\n', r->out);
    json_decref(object);
}

static json_t *new_object(report *r, const char *event, const char *file) {
    json_t *object = json_object();
    add_string(r, object, "event", event);
    add_string(r, object, "file", file);
    return object;
}

static void add_rules(report *r, json_t *object, const script_event *event) {
    json_t *rules = json_array();
    for (size_t i = 0; i < event->nrules; i++)
        if (json_array_append_new(rules, json_string(wp_rule_get(event->rules[i]).id)) != 0)
            r->failed = true;
    if (json_object_set_new(object, "rules", rules) != 0)
        r->failed = true;
}

static void event_as_json(report *r, const script_event *event) {
    json_t *object = new_object(r, "command", event->file);
    add_count(r, object, "line", event->where.line);
    add_count(r, object, "column", event->where.column);
    add_string(r, object, "kind", event->kind);
    add_string(r, object, "outcome", script_outcome_name(event->outcome));
    add_string(r, object, "message", event->message);
    add_string(r, object, "expected", event->expected);
    add_string(r, object, "actual", event->actual);
    add_string(r, object, "reason", event->reason);
    if (wp_rules_enabled())
        add_rules(r, object, event);
    write_line(r, object);
}

/* ---- Text ---------------------------------------------------------------------------------------------------- */

static void event_as_text(report *r, const script_event *event) {
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
static void count_reason(report *r, const char *name) {
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

static int by_count(const void *a, const void *b) {
    const report_reason *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* ---- Both ---------------------------------------------------------------------------------------------------- */

void report_start(report *r, const char *file) {
    r->file = (script_totals){.files = 0};
    if (r->json)
        write_line(r, new_object(r, "start", file));
}

void report_event(void *ctx, const script_event *event) {
    report *r = ctx;
    if (event->reason != NULL && !r->json)
        count_reason(r, event->reason);
    if (r->json)
        event_as_json(r, event);
    else
        event_as_text(r, event);
}

void report_end(report *r, const char *file, const script_totals *totals, bool complete) {
    r->totals.files += totals->files;
    r->totals.commands += totals->commands;
    r->totals.pass += totals->pass;
    r->totals.fail += totals->fail;
    r->totals.unsupported += totals->unsupported;
    if (!r->json || !complete)
        return;
    json_t *object = new_object(r, "end", file);
    add_count(r, object, "commands", totals->commands);
    add_count(r, object, "pass", totals->pass);
    add_count(r, object, "fail", totals->fail);
    add_count(r, object, "unsupported", totals->unsupported);
    write_line(r, object);
}

void report_summary(report *r) {
    const script_totals *t = &r->totals;
    if (r->json)
        return;
    fprintf(r->out, "%zu file%s, %zu command%s: %zu passed, %zu failed, %zu unsupported\n", t->files,
            t->files == 1 ? "" : "s", t->commands, t->commands == 1 ? "" : "s", t->pass, t->fail, t->unsupported);
    if (r->nreasons != 0)
        qsort(r->reasons, r->nreasons, sizeof *r->reasons, by_count);
    for (size_t i = 0; i < r->nreasons; i++)
        fprintf(r->out, "%8zu unsupported: %s\n", r->reasons[i].count, r->reasons[i].name);
}
