/* runner.h: runs test scripts and says what came of each command.
 *
 * Interface:
 * - script_run: one script, an event per command. Nothing is printed.
 * - script_run_files: what `wasmproc wast` does: files in order, each in an engine of its own, events printed as JSON
 *   lines (harness/PROTOCOL.md, A) or as text for people.
 * - script_interrupt: stop soon; for signal handlers.
 *
 * Outcomes: a command passes, fails, or is unsupported: it needs a feature that this version refuses by name, or it
 * depends on a module for which that holds (its actions, its registered name, modules that import from it). Commands
 * that assert nothing pass when they do not fail. A script goes on after a failure; a syntax error ends it.
 */
#ifndef WP_SCRIPT_RUNNER_H
#define WP_SCRIPT_RUNNER_H

#include "script/script.h"

#include <signal.h>
#include <stdio.h>

typedef enum script_outcome { SCRIPT_PASS, SCRIPT_FAIL, SCRIPT_UNSUPPORTED } script_outcome;

/* "pass", "fail", "unsupported". Static. */
const char *script_outcome_name(script_outcome outcome);

/* What came of one command. Strings are NUL-terminated and live as long as the call that reports the event; NULL where
 * there is nothing to say. */
typedef struct script_event {
    const char *file;
    wp_location where;
    const char *kind; /* as script_kind_name; "script" for a syntax error */
    script_outcome outcome;
    const char *message;  /* fail, unsupported: what happened */
    const char *expected; /* a failed assertion: what it asks for */
    const char *actual;   /* a failed assertion: what came instead */
    const char *reason;   /* unsupported: the feature */
    const size_t *rules;  /* the rules that fired, as wp_rule_get counts them; empty without probes */
    size_t nrules;
} script_event;

typedef void (*script_event_func)(void *ctx, const script_event *event);

/* How a run is stopped from outside. Initialise with {0}. */
typedef struct script_stop {
    volatile sig_atomic_t requested;
    wp_store *volatile running;  /* the store whose code is running, or NULL */
    volatile sig_atomic_t child; /* the OS process that is running a command, or 0 */
} script_stop;
/* Ends the running call with "interrupted", and the run after the command it is in. Safe in a signal handler. */
void script_interrupt(script_stop *stop);

typedef struct script_limit {
    const char *name;
    uint64_t value;
} script_limit;

/* Which processes are OS processes of their own. */
typedef enum script_when {
    SCRIPT_WHEN_LARGE, /* those of pointer type i64 with an extent over SCRIPT_LARGE_PAGES, on the native back end */
    SCRIPT_WHEN_ALWAYS,
    SCRIPT_WHEN_NEVER
} script_when;

/* 2^40 bytes. Host addresses are short of room for many larger extents in one OS process. */
#define SCRIPT_LARGE_PAGES (UINT64_C(1) << 24)

/* How processes become OS processes, and what those may use. Initialise with {0}. */
typedef struct script_os {
    script_when when;
    const char
        *program;     /* the program wasmproc, whose command driver they run; NULL: processes are never OS processes */
    uint64_t memory;  /* bytes of private memory that can be written (RLIMIT_DATA); 0: as many as this process */
    uint64_t cpu;     /* seconds of CPU time (RLIMIT_CPU); 0: as this process */
    uint64_t timeout; /* seconds to answer a command in; 0: any number */
} script_os;

/* True when a process of this kind is to be an OS process. */
bool script_os_wanted(const script_os *os, wp_backend backend, wp_valtype pointer, uint64_t pages);

/* Initialise with {0}: the defaults. */
typedef struct script_options {
    wp_backend backend; /* of processes */
    bool aslr;          /* processes place what they place by chance */
    uint64_t seed;      /* when aslr: of the first process; others have the numbers that follow */
    script_os os;
    bool has_fuel;
    uint64_t fuel;       /* of each command, when has_fuel; else without end */
    wp_trace_func trace; /* NULL: none */
    void *trace_ctx;
    script_stop *stop;             /* NULL: can't be stopped */
    FILE *print;                   /* where spectest's print functions write; NULL: nowhere */
    const wp_allocator *allocator; /* NULL: the C library's */
    /* script_run_files sets them in each engine; names and values that wp_limit_set refuses are an error. OS processes
     * get them too. */
    const script_limit *limits;
    size_t nlimits;
    /* What runs is counted, and added to it, if it is not NULL. Processes are then never OS processes of their own,
     * whose code could not be counted. script_run: the engine is collected from when the script has been run. */
    struct tracefile *coverage;
    /* The same for what instructions are given, in builds that count it. */
    struct operands *operands;
    /* script_run_files: */
    bool json;    /* JSON lines, else text for people */
    bool verbose; /* text: also what passed and what is unsupported */
} script_options;

typedef struct script_totals {
    size_t files;
    size_t commands;
    size_t pass, fail, unsupported;
} script_totals;

/* Runs a script and adds to *totals. `file` names it in events. A syntax error is an event of kind "script". The status
 * is WP_OK when the script was run, whatever the outcomes; else WP_EXHAUSTION: memory is short, or "interrupted". */
WP_MUST_CHECK wp_status script_run(wp_engine *engine, const char *file, const char *text, size_t size,
                                   const script_options *options, script_event_func report, void *ctx,
                                   script_totals *totals, wp_diag *diag);

/* Runs files in order, "-" being the standard input; prints to out, and what is wrong with the files themselves to
 * errors. Returns the exit status: 0 nothing failed; 1 something failed, a file could not be read, output could not be
 * written, or the run was interrupted; 2 a limit that does not exist. totals may be NULL. */
int script_run_files(const char *const *files, size_t nfiles, const script_options *options, FILE *out, FILE *errors,
                     script_totals *totals);

#endif
