/* child.h: an OS process that answers lines: this program again, as a child of its own.
 *
 * Interface:
 * - child_start: starts one; child_dismiss, child_end: end it.
 * - child_ask: sends a line and waits for the line that answers it.
 * - child_alive: whether it runs; child_ending: how it ended, in words.
 *
 * A child has the descriptors 0 to 3 and no others: no input, the standard output of its parent or none, the standard
 * error, and at 3 the socket to its parent. It is in a process group of its own, so that Ctrl-C in a terminal reaches
 * it through its parent only, and it never outlives its parent: the kernel kills it when the parent dies. If a child
 * dies, its parent continues; the next call reports it.
 */
#ifndef WP_SCRIPT_CHILD_H
#define WP_SCRIPT_CHILD_H

#include "script/options.h"

#include <sys/types.h>

/* The descriptor at which a child finds its socket. */
#define CHILD_SOCKET "3"

typedef struct child {
    pid_t pid; /* 0: not started */
    int socket;
    int status; /* as waitpid gave it, once the child has ended */
    bool ended;
    bool silent; /* it was ended because it did not answer */
    char *line;  /* the last answer */
    size_t capacity;
} child;

/* Starts a child that runs a program. arguments[0] is the program's name, and NULL follows the last. The child may say
 * in its first answer that the program can't be run. WP_REFUSED: the host can't start one. */
WP_MUST_CHECK wp_status child_start(child *c, const script_os *os, bool prints, char *const arguments[], wp_diag *diag);
/* Ends its input, at which the child ends. With many children, dismiss all before ending the first. */
void child_dismiss(child *c);
/* Dismisses the child, waits for its end, kills it after some seconds, and frees its resources. Also for a child that
 * has ended, or was never started ({0}). */
void child_end(child *c);

/* True while it runs. */
bool child_alive(child *c);
/* Sends a line of `size` bytes, the last of which is a newline, and waits for the answer: a line that lives until the
 * next call. False: the child has ended. It was killed if it did not answer in os->timeout seconds, or when out of
 * memory.
 */
WP_MUST_CHECK bool child_ask(child *c, const script_os *os, const char *line, size_t size, const char **answer,
                             size_t *answer_size);

enum { CHILD_ENDING_SIZE = 96 };
/* How a child that runs no more has ended: "SIGKILL", "exit status 1". */
const char *child_ending(const child *c, char buffer[CHILD_ENDING_SIZE]);
/* The status of a request during which the child ended: WP_EXHAUSTION for a limit that it reached, WP_CRASH for a
 * fault, else WP_REFUSED. */
wp_status child_verdict(const child *c);

/* For a child that is forked but runs no other program: applies the limits of `os` and ties its life to the parent's,
 * as child_start does between fork and exec. Ends the child if the parent is dead. */
void child_confine(const script_os *os, pid_t parent);
/* "SIGKILL", "exit status 1": the same from a status of waitpid. */
const char *child_status_text(int status, char buffer[CHILD_ENDING_SIZE]);

#endif
