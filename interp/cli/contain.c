/* contain.c: running in an OS process of its own, with limits, so that a crash is a message; see cli.h. */
#define _GNU_SOURCE

#include "cli/cli.h"

#include "script/child.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ctrl-C in a terminal reaches both processes, and the child handles it; a signal sent by another process is passed on.
 */
static void pass_on(const siginfo_t *info, pid_t pid) {
    if (info->si_code != SI_KERNEL)
        (void)kill(pid, SIGINT);
}

/* Waits for the child's end. Returns its status, as waitpid gives it. */
static int wait_for(pid_t pid, const sigset_t *signals) {
    int status = 0;
    siginfo_t info;
    for (;;) {
        int number = sigwaitinfo(signals, &info);
        if (number == SIGINT)
            pass_on(&info, pid);
        else if (waitpid(pid, &status, WNOHANG) != 0)
            return status;
    }
}

static int report(const char *file, pid_t pid, int status) {
    char text[CHILD_ENDING_SIZE];
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (WTERMSIG(status) == SIGINT)
        return CLI_INTERRUPTED;
    fprintf(stderr, "%s: error: process has ended: OS process %ld: %s\n", cli_file_name(file), (long)pid,
            child_status_text(status, text));
    return CLI_TRAPPED;
}

bool cli_contain(const script_os *os, const char *file, int *exit_status) {
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGCHLD);
    /* Flushes the streams, so that their contents are written once. */
    (void)fflush(NULL);
    (void)sigprocmask(SIG_BLOCK, &signals, &before);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        child_confine(os, parent);
        return true;
    }
    int error = errno;
    if (pid > 0)
        *exit_status = report(file, pid, wait_for(pid, &signals));
    if (pid < 0) {
        (void)cli_error("an OS process can't be started: %s", strerror(error));
        *exit_status = CLI_NOT_RUN;
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return false;
}
