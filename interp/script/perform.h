/* perform.h: carries out the commands of a script; runner.c judges them.
 *
 * Interface:
 * - run: the state of a run.
 * - perform_command, perform_action, perform_module.
 *
 * Failed objects are marked: a module that is unsupported or failed, the name it was to be registered under, a process.
 * A command that names one gets its error again; so a script continues, and a command that depends on an unsupported
 * module neither passes nor fails.
 */
#ifndef WP_SCRIPT_PERFORM_H
#define WP_SCRIPT_PERFORM_H

#include "script/runner.h"
#include "script/session.h"

enum { LINE_SIZE = 2048 };

/* The error that a name stands for. */
typedef struct mark {
    wp_status status;
    const char *message;
} mark;

typedef struct run {
    wp_engine *engine;
    const script_options *options;
    script_event_func report;
    void *ctx;
    script_totals *totals;
    script *script;
    session *session;
    wp_arena lasting;   /* lives as long as the run */
    wp_arena pool;      /* lives as long as the command */
    names marks;        /* errors, by the name of the object that failed */
    mark *place;        /* the error of the command that should have made the current process; NULL: none */
    const char *source; /* for coverage: the path of the script; NULL: nothing is counted */
    bool quoted;        /* the module of the command is quoted text: places are in that */
    bool mistaken;      /* the command's error is a mistake of the script, or comes from an earlier error */
    script_event event; /* of the command that runs */
    uint64_t *hits;     /* of each rule, before the command */
    size_t *rules;      /* that fired in it */
    char message[LINE_SIZE], expected[LINE_SIZE], actual[LINE_SIZE], reason[LINE_SIZE];
} run;

/* Carries out a command that asserts nothing. *out: the results of an invoke or a get, until the command ends. */
WP_MUST_CHECK wp_status perform_command(run *r, const script_command *command, place_results *out, wp_diag *diag);
WP_MUST_CHECK wp_status perform_action(run *r, const script_action *action, place_results *out, wp_diag *diag);
/* Takes a module up to the phase that fails with a status: WP_MALFORMED, WP_INVALID, or another one at instantiation.
 */
WP_MUST_CHECK wp_status perform_module(run *r, const script_module *source, wp_status wanted, wp_diag *diag);

#endif
