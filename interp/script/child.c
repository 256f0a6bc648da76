/* child.c: an OS process that answers lines; see child.h. */
#define _GNU_SOURCE

#include "script/child.h"

#include "base/diag.h"
#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Milliseconds that a dismissed child has to end by itself. */
enum { PATIENCE = 10000 };

/* ---- In the child -------------------------------------------------------------------------------------------- */

/* Lowers a limit. A limit of a child can't exceed the parent's own. */
static void child_narrow(struct rlimit *limit, uint64_t soft, uint64_t hard) {
    limit->rlim_max = hard < limit->rlim_max ? (rlim_t)hard : limit->rlim_max;
    limit->rlim_cur = soft < limit->rlim_max ? (rlim_t)soft : limit->rlim_max;
}

/* The type of a resource differs between C libraries, so each is named in its calls. */
static void child_set_limits(const script_os *os) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        child_narrow(&limit, 0, 0);
        (void)setrlimit(RLIMIT_CORE, &limit);
    }
    if (os->memory != 0 && getrlimit(RLIMIT_DATA, &limit) == 0) {
        child_narrow(&limit, os->memory, os->memory);
        (void)setrlimit(RLIMIT_DATA, &limit);
    }
    /* SIGXCPU tells the cause; a program that ignores it is killed a second later. */
    if (os->cpu != 0 && getrlimit(RLIMIT_CPU, &limit) == 0) {
        child_narrow(&limit, os->cpu, os->cpu < UINT64_MAX ? os->cpu + 1 : os->cpu);
        (void)setrlimit(RLIMIT_CPU, &limit);
    }
}

void child_confine(const script_os *os, pid_t parent) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The parent may have gone before that. */
    if (getppid() != parent)
        _exit(1);
    child_set_limits(os);
}

/* Puts the descriptors in their places. False: it can't; errno says why. */
static bool child_arrange(int socket, bool prints) {
    /* Descriptors above those that dup2 assigns below. */
    int far = fcntl(socket, F_DUPFD_CLOEXEC, 16), nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (far < 0 || nothing < 0)
        return false;
    nothing = fcntl(nothing, F_DUPFD_CLOEXEC, 16);
    if (nothing < 0 || dup2(nothing, 0) < 0 || (!prints && dup2(nothing, 1) < 0) || dup2(far, 3) < 0)
        return false;
    closefrom(4);
    return true;
}

/* Answers the first request in place of the program that could not be run. */
static void child_excuse(int socket) {
    char line[200];
    int size = snprintf(line, sizeof line,
                        "{\"id\":null,\"error\":{\"kind\":\"refused\",\"message\":\"an OS process can't be started: "
                        "%s\"}}\n",
                        strerror(errno));
    (void)send(socket, line, (size_t)size, MSG_NOSIGNAL);
}

static void child_become(const script_os *os, int socket, bool prints, char *const arguments[], pid_t parent) {
    (void)setpgid(0, 0);
    child_confine(os, parent);
    if (child_arrange(socket, prints)) {
        (void)execv(os->program, arguments);
        socket = 3;
    }
    child_excuse(socket);
    _exit(127);
}

/* ---- The beginning and the end ------------------------------------------------------------------------------- */

wp_status child_start(child *c, const script_os *os, bool prints, char *const arguments[], wp_diag *diag) {
    int pair[2];
    *c = (child){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return wp_fail(diag, WP_REFUSED, "an OS process can't be started: %s", strerror(errno));
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        child_become(os, pair[1], prints, arguments, parent);
    int error = errno;
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return wp_fail(diag, WP_REFUSED, "an OS process can't be started: %s", strerror(error));
    }
    c->pid = pid;
    c->socket = pair[0];
    return WP_OK;
}

static void child_reap(child *c, int options) {
    pid_t got;
    do
        got = waitpid(c->pid, &c->status, options);
    while (got < 0 && errno == EINTR);
    /* got < 0: the caller ignores SIGCHLD, so that the child is gone without a status. */
    c->ended = c->ended || got != 0;
}

bool child_alive(child *c) {
    if (c->pid != 0 && !c->ended)
        child_reap(c, WNOHANG);
    return c->pid != 0 && !c->ended;
}

static void child_kill_child(child *c) {
    if (c->ended)
        return;
    (void)kill(c->pid, SIGKILL);
    child_reap(c, 0);
}

/* A child that has closed its end of the socket is about to end; it is killed if it does not. */
static void child_await_end(child *c) {
    for (int i = 0; i < 1000 && child_alive(c); i++)
        (void)poll(NULL, 0, 1);
    child_kill_child(c);
}

static int64_t child_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until the socket can be read, or written, or its other end is gone; `deadline` < 0: without end. False: nothing
 * came in time. */
static bool child_wait_for(const child *c, short events, int64_t deadline) {
    for (;;) {
        int64_t left = deadline < 0 ? -1 : deadline - child_now();
        if (deadline >= 0 && left <= 0)
            return false;
        struct pollfd p = {c->socket, events, 0};
        int ready = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true;
    }
}

void child_dismiss(child *c) {
    if (c->pid != 0 && c->socket >= 0)
        (void)shutdown(c->socket, SHUT_WR);
}

void child_end(child *c) {
    if (c->pid != 0 && !c->ended) {
        char rest[256];
        int64_t deadline = child_now() + PATIENCE;
        child_dismiss(c);
        /* Its end of the socket goes with it. */
        while (child_wait_for(c, POLLIN, deadline) && recv(c->socket, rest, sizeof rest, 0) > 0)
            ;
        child_await_end(c);
    }
    if (c->pid != 0 && c->socket >= 0)
        close(c->socket);
    wp_free(&wp_libc_allocator, c->line, c->capacity, 1);
    c->socket = -1;
    c->line = NULL;
    c->capacity = 0;
}

/* ---- Lines --------------------------------------------------------------------------------------------------- */

static bool child_send_line(child *c, const char *line, size_t size, int64_t deadline) {
    while (size > 0) {
        c->silent = !child_wait_for(c, POLLOUT, deadline);
        if (c->silent)
            return false;
        ssize_t sent = send(c->socket, line, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        line += sent < 0 ? 0 : sent;
        size -= sent < 0 ? 0 : (size_t)sent;
    }
    return true;
}

/* Nothing follows an answer, so its newline is the last byte that comes. */
static bool child_receive_line(child *c, int64_t deadline, size_t *size) {
    size_t used = 0;
    while (used == 0 || c->line[used - 1] != '\n') {
        if (!wp_grow(&wp_libc_allocator, (void **)&c->line, used, &c->capacity, 1))
            return false;
        c->silent = !child_wait_for(c, POLLIN, deadline);
        if (c->silent)
            return false;
        ssize_t got = recv(c->socket, c->line + used, c->capacity - used, 0);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        used += got < 0 ? 0 : (size_t)got;
    }
    *size = used - 1;
    return true;
}

bool child_ask(child *c, const script_os *os, const char *line, size_t size, const char **answer, size_t *answer_size) {
    int64_t deadline =
        os->timeout == 0 || os->timeout > INT64_MAX / 2000 ? -1 : child_now() + (int64_t)os->timeout * 1000;
    /* A child that takes no requests may have reported the cause before it ended. */
    bool sent = child_send_line(c, line, size, deadline);
    if ((sent || !c->silent) && child_receive_line(c, deadline, answer_size)) {
        *answer = c->line;
        return true;
    }
    if (c->silent)
        child_kill_child(c);
    else
        child_await_end(c);
    return false;
}

/* ---- Endings ------------------------------------------------------------------------------------------------- */

const char *child_status_text(int status, char buffer[CHILD_ENDING_SIZE]) {
    if (WIFEXITED(status)) {
        snprintf(buffer, CHILD_ENDING_SIZE, "exit status %d", WEXITSTATUS(status));
        return buffer;
    }
    const char *name = sigabbrev_np(WTERMSIG(status));
    if (name != NULL)
        snprintf(buffer, CHILD_ENDING_SIZE, "SIG%s", name);
    else
        snprintf(buffer, CHILD_ENDING_SIZE, "signal %d", WTERMSIG(status));
    return buffer;
}

const char *child_ending(const child *c, char buffer[CHILD_ENDING_SIZE]) {
    return c->silent ? "no answer in time" : child_status_text(c->status, buffer);
}

wp_status child_verdict(const child *c) {
    if (c->silent || (WIFSIGNALED(c->status) && WTERMSIG(c->status) == SIGXCPU))
        return WP_EXHAUSTION;
    if (WIFEXITED(c->status))
        return WP_CRASH;
    switch (WTERMSIG(c->status)) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
    case SIGTRAP:
    case SIGSYS: return WP_CRASH;
    default: return WP_REFUSED;
    }
}
