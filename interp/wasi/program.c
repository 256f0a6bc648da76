/* program.c: handlers about the program as a whole: arguments, environment, clocks, random numbers, its end. */
#include "wasi/file.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

/* ---- Arguments and environment ------------------------------------------------------------------------------- */

/* Writes the strings at `buffer`, and where each is from `pointers` on. */
static wasi_error give_strings(wasi_call *c, const wasi_strings *strings, uint64_t pointers, uint64_t buffer) {
    WASI_TRY(wasi_check_array(c, pointers, strings->count, wasi_word(c)));
    WASI_TRY(wasi_check(c, buffer, strings->size));
    size_t offset = 0;
    for (size_t i = 0; i < strings->count; i++) {
        WASI_TRY(wasi_write_size(c, pointers + i * wasi_word(c), buffer + offset));
        offset += strlen(strings->bytes + offset) + 1;
    }
    return strings->size == 0 ? WASI_SUCCESS : wasi_write(c, buffer, strings->bytes, strings->size);
}

static wasi_error give_sizes(wasi_call *c, const wasi_strings *strings, uint64_t count, uint64_t size) {
    WASI_TRY(wasi_write_size(c, count, strings->count));
    return wasi_write_size(c, size, strings->size);
}

wasi_error wasi_do_args_get(wasi_call *c) {
    return give_strings(c, &c->w->arguments, c->args[0], c->args[1]);
}

wasi_error wasi_do_args_sizes_get(wasi_call *c) {
    return give_sizes(c, &c->w->arguments, c->args[0], c->args[1]);
}

wasi_error wasi_do_environ_get(wasi_call *c) {
    return give_strings(c, &c->w->environment, c->args[0], c->args[1]);
}

wasi_error wasi_do_environ_sizes_get(wasi_call *c) {
    return give_sizes(c, &c->w->environment, c->args[0], c->args[1]);
}

/* ---- Clocks -------------------------------------------------------------------------------------------------- */

uint64_t wasi_nanoseconds(const struct timespec *time) {
    return time->tv_sec < 0 ? 0 : (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
}

static wasi_error host_clock(uint64_t number, clockid_t *clock) {
    switch (number) {
    case WASI_REALTIME: *clock = CLOCK_REALTIME; break;
    case WASI_MONOTONIC: *clock = CLOCK_MONOTONIC; break;
    case WASI_PROCESS_CPUTIME: *clock = CLOCK_PROCESS_CPUTIME_ID; break;
    case WASI_THREAD_CPUTIME: *clock = CLOCK_THREAD_CPUTIME_ID; break;
    default: return WASI_EINVAL;
    }
    return WASI_SUCCESS;
}

wasi_error wasi_clock_now(uint64_t number, uint64_t *nanoseconds) {
    clockid_t clock;
    struct timespec time;
    WASI_TRY(host_clock(number, &clock));
    if (clock_gettime(clock, &time) != 0)
        return wasi_host_error(errno);
    *nanoseconds = wasi_nanoseconds(&time);
    return WASI_SUCCESS;
}

wasi_error wasi_do_clock_res_get(wasi_call *c) {
    clockid_t clock;
    struct timespec time;
    WASI_TRY(host_clock(c->args[0], &clock));
    if (clock_getres(clock, &time) != 0)
        return wasi_host_error(errno);
    return wasi_write_number(c, c->args[1], wasi_nanoseconds(&time), 8);
}

/* The precision asked for makes no difference: the host's is always the best there is. */
wasi_error wasi_do_clock_time_get(wasi_call *c) {
    uint64_t now;
    WASI_TRY(wasi_clock_now(c->args[0], &now));
    return wasi_write_number(c, c->args[2], now, 8);
}

/* ---- Random numbers ------------------------------------------------------------------------------------------ */

wasi_error wasi_do_random_get(wasi_call *c) {
    enum { MOST = 256 }; /* bytes that the host gives at once */
    uint8_t bytes[MOST];
    uint64_t address = c->args[0], size = c->args[1];
    while (size > 0) {
        size_t run = size < MOST ? (size_t)size : MOST;
        if (getentropy(bytes, run) != 0)
            return wasi_host_error(errno);
        WASI_TRY(wasi_write(c, address, bytes, run));
        address += run;
        size -= run;
    }
    return WASI_SUCCESS;
}

/* ---- The program itself -------------------------------------------------------------------------------------- */

wasi_error wasi_do_proc_exit(wasi_call *c) {
    c->status = wp_store_exit(c->store, (uint32_t)c->args[0], c->diag);
    return WASI_SUCCESS;
}

/* Nothing can receive signals. */
wasi_error wasi_do_proc_raise(wasi_call *c) {
    (void)c;
    return WASI_ENOSYS;
}

wasi_error wasi_do_sched_yield(wasi_call *c) {
    (void)c;
    return wasi_result(sched_yield());
}

/* ---- Sockets ------------------------------------------------------------------------------------------------- */

/* A standard stream may be a socket, and is then read and written as any stream is; nothing else is done with it. */
wasi_error wasi_do_sock(wasi_call *c) {
    wasi_type type = c->file->type;
    return type == WASI_SOCKET_STREAM || type == WASI_SOCKET_DGRAM ? WASI_ENOTSUP : WASI_ENOTSOCK;
}
