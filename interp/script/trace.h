/* trace.h: traces of programs: the instructions that run, and the rules of the process model that fire.
 *
 * Interface:
 * - script_trace_new: prepares a trace that writes its lines with a function.
 * - script_trace_line: the function for wp_store_set_trace; the trace is its context. Any stores of the engine can
 *   share one.
 * - script_trace_flush: writes the rules that have fired since the last line: call it when a call has ended.
 *
 * A rule is a line "  rule mmap.hint.free", after the instruction that it fired in. Only builds with rule probes have
 * them (wp_rules_enabled).
 */
#ifndef WP_SCRIPT_TRACE_H
#define WP_SCRIPT_TRACE_H

#include "base/arena.h"

typedef struct script_trace script_trace;

/* In an arena. NULL: out of memory. */
script_trace *script_trace_new(wp_engine *engine, wp_trace_func write, void *ctx, wp_arena *arena);

void script_trace_line(void *trace, const char *line);
/* NULL is allowed. */
void script_trace_flush(script_trace *trace);

#endif
