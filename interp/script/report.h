/* report.h: prints what came of a script's commands.
 *
 * Interface:
 * - report_start, report_event, report_end: one file; report_summary: all of them.
 * - As JSON: the lines of harness/PROTOCOL.md, A, and no summary. As text: a line "FILE:LINE:COLUMN: OUTCOME: KIND:
 * ..." per failure (verbose: per command), and at the end what was counted, with the reasons of what is unsupported.
 */
#ifndef WP_SCRIPT_REPORT_H
#define WP_SCRIPT_REPORT_H

#include "base/arena.h"
#include "script/runner.h"

typedef struct report_reason report_reason;

typedef struct report {
    FILE *out;
    bool json;
    bool verbose;
    bool failed;          /* out of memory: reasons are missing */
    script_totals totals; /* of all files */
    script_totals file;   /* of this one */
    wp_arena pool;
    report_reason *reasons; /* of what is unsupported, the most frequent not sorted yet */
    size_t nreasons, reasons_capacity;
} report;

void report_init(report *r, const script_options *options, FILE *out);
void report_release(report *r);
void report_start(report *r, const char *file);
/* A script_event_func; ctx is the report. */
void report_event(void *ctx, const script_event *event);
/* After the events of a file; totals are the file's. A run that was cut short is not complete, and has no end in JSON.
 */
void report_end(report *r, const char *file, const script_totals *totals, bool complete);
void report_summary(report *r);

#endif
