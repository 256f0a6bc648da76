/* options.h: options of a run of scripts, and how it is stopped.
 *
 * Interface:
 * - script_options, script_os, script_limit.
 * - script_stop, script_interrupt: end a run from a signal handler.
 * - script_os_wanted: which processes are OS processes.
 */
#ifndef WP_SCRIPT_OPTIONS_H
#define WP_SCRIPT_OPTIONS_H

#include "script/script.h"

#include <signal.h>
#include <stdio.h>

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

/* How processes become OS processes, and the limits of those. Initialise with {0}. */
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
    bool aslr;          /* processes choose places at random */
    uint64_t seed;      /* when aslr: of the first process; each further process has the next number */
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
    /* Counts of executed code are added to it; NULL: nothing is counted. Processes are then never OS processes of their
     * own, whose code could not be counted. script_run collects from the engine when the script has been run. */
    struct tracefile *coverage;
    /* The same for operand classes, in builds that count them. */
    wp_operands *operands;
    /* script_run_files: */
    bool json;    /* JSON lines, else text for people */
    bool verbose; /* text: also passed and unsupported commands */
} script_options;

#endif
