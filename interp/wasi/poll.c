/* poll.c: the handler poll_oneoff: waits for clocks and for descriptors. */
#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "wasi/file.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SUBSCRIPTION_SIZE = 48, EVENT_SIZE = 32 };
enum { CLOCK, FD_READ, FD_WRITE };
enum { ABSOLUTE = 1, HANGUP = 1 };
#define NEVER UINT64_MAX

/* A subscription. The host polls all of them, with a descriptor of -1 for those that it can ignore. */
typedef struct watch {
    uint64_t userdata;
    unsigned type;
    uint64_t clock;
    uint64_t deadline; /* on the clock */
    const wasi_file *file;
    wasi_error error; /* it can't be waited for */
} watch;

typedef struct watches {
    size_t count;
    watch *list;
    struct pollfd *host; /* one per watch */
} watches;

/* ---- Subscriptions ------------------------------------------------------------------------------------------- */

static wasi_error read_clock(const uint8_t *bytes, watch *out) {
    uint64_t timeout = wasi_get(bytes + 24, 8), flags = wasi_get(bytes + 40, 2), now;
    out->clock = wasi_get(bytes + 16, 4);
    out->deadline = timeout;
    if (out->clock == WASI_PROCESS_CPUTIME || out->clock == WASI_THREAD_CPUTIME)
        return WASI_ENOTSUP; /* no time passes on them while the program waits */
    if (flags > ABSOLUTE)
        return WASI_EINVAL;
    WASI_TRY(wasi_clock_now(out->clock, &now));
    if (flags != ABSOLUTE)
        out->deadline = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
    return WASI_SUCCESS;
}

static wasi_error read_descriptor(wasi_call *c, const uint8_t *bytes, watch *out, struct pollfd *host) {
    wasi_file *file;
    uint64_t right = out->type == FD_READ ? WASI_FD_READ : WASI_FD_WRITE;
    WASI_TRY(wasi_file_get(c->w, wasi_get(bytes + 16, 4), WASI_POLL_FD_READWRITE | right, &file));
    out->file = file;
    host->fd = file->host;
    host->events = out->type == FD_READ ? POLLIN : POLLOUT;
    return WASI_SUCCESS;
}

static wasi_error read_subscription(wasi_call *c, uint64_t address, watch *out, struct pollfd *host) {
    uint8_t bytes[SUBSCRIPTION_SIZE];
    WASI_TRY(wasi_read(c, address, bytes, sizeof bytes));
    *out = (watch){.userdata = wasi_get(bytes, 8), .type = (unsigned)wasi_get(bytes + 8, 1)};
    *host = (struct pollfd){.fd = -1};
    if (out->type > FD_WRITE)
        return WASI_EINVAL;
    out->error = out->type == CLOCK ? read_clock(bytes, out) : read_descriptor(c, bytes, out, host);
    return WASI_SUCCESS;
}

/* ---- Waiting ------------------------------------------------------------------------------------------------- */

/* Nanoseconds until a watch has an event by itself; the host watches its descriptor. */
static uint64_t remaining(const watch *x) {
    uint64_t now;
    if (x->error != WASI_SUCCESS)
        return 0;
    if (x->type != CLOCK)
        return NEVER;
    return wasi_clock_now(x->clock, &now) != WASI_SUCCESS || now >= x->deadline ? 0 : x->deadline - now;
}

static uint64_t least_remaining(const watches *all) {
    uint64_t least = NEVER;
    for (size_t i = 0; i < all->count; i++) {
        uint64_t time = remaining(&all->list[i]);
        least = time < least ? time : least;
    }
    return least;
}

/* Waits until a watch has something to say. */
static wasi_error wait_for(watches *all) {
    for (;;) {
        uint64_t time = least_remaining(all);
        struct timespec limit = {.tv_sec = (time_t)(time / 1000000000), .tv_nsec = (long)(time % 1000000000)};
        int found = ppoll(all->host, (nfds_t)all->count, time == NEVER ? NULL : &limit, NULL);
        if (found < 0)
            return wasi_host_error(errno);
        if (found > 0 || time == 0)
            return WASI_SUCCESS;
    }
}

/* ---- Events -------------------------------------------------------------------------------------------------- */

/* How much can be read, as far as the host says. */
static uint64_t readable(const wasi_file *file) {
    struct stat status;
    int count = 0;
    if (file->type == WASI_REGULAR_FILE) {
        off_t at = lseek(file->host, 0, SEEK_CUR);
        return at >= 0 && fstat(file->host, &status) == 0 && status.st_size > at ? (uint64_t)(status.st_size - at) : 0;
    }
    return ioctl(file->host, FIONREAD, &count) == 0 && count > 0 ? (uint64_t)count : 0;
}

/* Writes the events of a ready descriptor. */
static void describe(const watch *x, short found, uint8_t *bytes) {
    wasi_error error = WASI_SUCCESS;
    if ((found & POLLNVAL) != 0)
        error = WASI_EBADF;
    else if ((found & POLLERR) != 0)
        error = x->type == FD_WRITE ? WASI_EPIPE : WASI_EIO;
    wasi_put(bytes + 8, error, 2);
    wasi_put(bytes + 16, x->type == FD_READ ? readable(x->file) : PIPE_BUF, 8);
    wasi_put(bytes + 24, (found & POLLHUP) != 0 ? HANGUP : 0, 2);
}

/* Writes the event of a watch. False: no event. */
static bool event_of(const watch *x, short found, uint8_t bytes[EVENT_SIZE]) {
    if (found == 0 && remaining(x) != 0)
        return false;
    for (size_t i = 0; i < EVENT_SIZE; i++)
        bytes[i] = 0;
    wasi_put(bytes, x->userdata, 8);
    wasi_put(bytes + 8, x->error, 2);
    wasi_put(bytes + 10, x->type, 1);
    if (found != 0)
        describe(x, found, bytes);
    return true;
}

static wasi_error write_events(wasi_call *c, const watches *all, uint64_t address, uint64_t *count) {
    uint8_t bytes[EVENT_SIZE];
    *count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (event_of(&all->list[i], all->host[i].revents, bytes)) {
            WASI_TRY(wasi_write(c, address + *count * EVENT_SIZE, bytes, sizeof bytes));
            ++*count;
        }
    return WASI_SUCCESS;
}

/* ---- The handler --------------------------------------------------------------------------------------------- */

static wasi_error run(wasi_call *c, watches *all) {
    uint64_t in = c->args[0], out = c->args[1], count;
    for (size_t i = 0; i < all->count; i++)
        WASI_TRY(read_subscription(c, in + i * SUBSCRIPTION_SIZE, &all->list[i], &all->host[i]));
    do { /* a clock that has been set back meanwhile has no event */
        WASI_TRY(wait_for(all));
        WASI_TRY(write_events(c, all, out, &count));
    } while (count == 0);
    return wasi_write_size(c, c->args[3], count);
}

wasi_error wasi_do_poll_oneoff(wasi_call *c) {
    uint64_t count = c->args[2];
    WASI_TRY(wasi_check_array(c, c->args[0], count, SUBSCRIPTION_SIZE));
    WASI_TRY(wasi_check_array(c, c->args[1], count, EVENT_SIZE));
    if (count == 0)
        return WASI_EINVAL; /* it would wait forever */
    if (count > INT_MAX / sizeof(watch))
        return WASI_ENOMEM;
    watches all = {.count = (size_t)count};
    const wp_allocator *a = &c->w->allocator;
    all.list = wp_alloc(a, all.count, sizeof *all.list);
    all.host = wp_alloc(a, all.count, sizeof *all.host);
    wasi_error error = all.list == NULL || all.host == NULL ? WASI_ENOMEM : run(c, &all);
    wp_free(a, all.list, all.count, sizeof *all.list);
    wp_free(a, all.host, all.count, sizeof *all.host);
    return error;
}
