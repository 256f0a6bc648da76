/* runner.h: runs test scripts and reports the outcome of each command.
 *
 * Interface:
 * - script_run: one script, an event per command. Nothing is printed.
 * - script_run_files: the work of `wasmproc wast`: files in order, each in an engine of its own, events printed as JSON
 *   lines (harness/PROTOCOL.md, A) or as text for people.
 *
 * Outcomes: a command passes, fails, or is unsupported: it needs a feature that this version refuses by name, or it
 * depends on a module for which that holds (its actions, its registered name, modules that import from it). Commands
 * that assert nothing pass when they do not fail. A script continues after a failure; a syntax error ends it.
 */
#ifndef WP_SCRIPT_RUNNER_H
#define WP_SCRIPT_RUNNER_H

#include "script/options.h"

typedef enum script_outcome { SCRIPT_PASS, SCRIPT_FAIL, SCRIPT_UNSUPPORTED } script_outcome;

/* "pass", "fail", "unsupported". Static. */
const char *script_outcome_name(script_outcome outcome);

/* The outcome of one command. Strings are NUL-terminated and live as long as the call that reports the event; NULL if
 * absent. */
typedef struct script_event {
    const char *file;
    wp_location where;
    const char *kind; /* as script_kind_name; "script" for a syntax error */
    script_outcome outcome;
    const char *message;  /* fail, unsupported: the cause */
    const char *expected; /* a failed assertion: the result that it asks for */
    const char *actual;   /* a failed assertion: the result */
    const char *reason;   /* unsupported: the feature */
    const size_t *rules;  /* the rules that fired, as wp_rule_get counts them; empty without probes */
    size_t nrules;
} script_event;

typedef void (*script_event_func)(void *ctx, const script_event *event);

typedef struct script_totals {
    size_t files;
    size_t commands;
    size_t pass, fail, unsupported;
} script_totals;

/* Runs a script and adds to *totals. `file` names it in events. A syntax error is an event of kind "script". The status
 * is WP_OK when the script was run, whatever the outcomes; else WP_EXHAUSTION: out of memory, or "interrupted". */
WP_MUST_CHECK wp_status script_run(wp_engine *engine, const char *file, const char *text, size_t size,
                                   const script_options *options, script_event_func report, void *ctx,
                                   script_totals *totals, wp_diag *diag);

/* Runs files in order, "-" being the standard input; prints to out, and errors of the files themselves to
 * `errors`. Returns the exit status: 0 nothing failed; 1 something failed, a file could not be read, output could not
 * be written, or the run was interrupted; 2 a limit that does not exist. totals may be NULL. */
int script_run_files(const char *const *files, size_t nfiles, const script_options *options, FILE *out, FILE *errors,
                     script_totals *totals);

#endif
