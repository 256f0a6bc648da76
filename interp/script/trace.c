/* trace.c: traces rule by rule; see trace.h. */
#include "script/trace.h"

#include "base/arena.h"

#include <stdio.h>

struct script_trace {
    wp_engine *engine;
    wp_trace_func write;
    void *ctx;
    wp_allocator allocator;
    size_t nrules;
    uint64_t hits[]; /* of each rule, when the last line was written */
};

static size_t trace_size(size_t nrules) {
    return sizeof(script_trace) + nrules * sizeof(uint64_t);
}

script_trace *script_trace_new(wp_engine *engine, wp_trace_func write, void *ctx, const wp_allocator *allocator) {
    const wp_allocator *a = allocator == NULL ? &wp_libc_allocator : allocator;
    size_t nrules = wp_rules_enabled() ? wp_rule_count() : 0;
    script_trace *trace = a->resize(a->ctx, NULL, 0, trace_size(nrules));
    if (trace == NULL)
        return NULL;
    *trace = (script_trace){engine, write, ctx, *a, nrules};
    for (size_t i = 0; i < nrules; i++)
        trace->hits[i] = wp_rule_hits(engine, i);
    return trace;
}

void script_trace_delete(script_trace *trace) {
    if (trace == NULL)
        return;
    wp_allocator a = trace->allocator;
    a.resize(a.ctx, trace, trace_size(trace->nrules), 0);
}

void script_trace_flush(script_trace *trace) {
    char line[80];
    if (trace == NULL)
        return;
    for (size_t i = 0; i < trace->nrules; i++) {
        uint64_t hits = wp_rule_hits(trace->engine, i);
        if (hits == trace->hits[i])
            continue;
        trace->hits[i] = hits;
        snprintf(line, sizeof line, "  rule %s", wp_rule_get(i).id);
        trace->write(trace->ctx, line);
    }
}

/* A line is written before its instruction runs: so the rules that have fired since belong to the one before it. */
void script_trace_line(void *trace, const char *line) {
    script_trace *t = trace;
    script_trace_flush(t);
    t->write(t->ctx, line);
}
