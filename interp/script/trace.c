/* trace.c: traces rule by rule; see trace.h. */
#include "script/trace.h"

#include <stdio.h>

struct script_trace {
    wp_engine *engine;
    wp_trace_func write;
    void *ctx;
    uint64_t *hits; /* of each rule, when the last line was written */
};

script_trace *script_trace_new(wp_engine *engine, wp_trace_func write, void *ctx, wp_arena *arena) {
    script_trace *trace = wp_arena_alloc(arena, 1, sizeof *trace);
    uint64_t *hits = wp_arena_alloc(arena, wp_rule_count(), sizeof *hits);
    if (trace == NULL || hits == NULL)
        return NULL;
    for (size_t i = 0; i < wp_rule_count(); i++)
        hits[i] = wp_rule_hits(engine, i);
    *trace = (script_trace){engine, write, ctx, hits};
    return trace;
}

void script_trace_flush(script_trace *trace) {
    char line[80];
    if (trace == NULL)
        return;
    for (size_t i = 0; i < wp_rule_count(); i++) {
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
