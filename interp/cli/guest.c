/* guest.c: Ctrl-C and traces while a guest runs; see cli.h. */
#include "cli/cli.h"

#include <signal.h>
#include <string.h>

/* The run that Ctrl-C stops. A signal handler has no context, so this is the program's one mutable object of file
 * scope. */
static script_stop *volatile caught;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    script_stop *stop = caught;
    if (stop != NULL)
        script_interrupt(stop);
}

void cli_catch_interrupt(script_stop *stop) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = stop == NULL ? SIG_DFL : on_interrupt;
    action.sa_flags = stop == NULL ? 0 : (int)SA_RESETHAND;
    caught = stop;
    (void)sigaction(SIGINT, &action, NULL);
}

void cli_trace_line(void *ctx, const char *line) {
    (void)ctx;
    fprintf(stderr, "%s\n", line);
}
