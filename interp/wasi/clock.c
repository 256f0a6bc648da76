/* clock.c: handlers about clocks; see clock.h. */
#include "wasi/clock.h"

#include "wasi/stat.h"

#include <errno.h>

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
    WASI_TRY(wasi_check(c, c->args[1], 8));
    WASI_TRY(host_clock(c->args[0], &clock));
    if (clock_getres(clock, &time) != 0)
        return wasi_host_error(errno);
    return wasi_write_u64(c, c->args[1], wasi_nanoseconds(&time));
}

/* The precision asked for makes no difference: the host's is always the best there is. */
wasi_error wasi_do_clock_time_get(wasi_call *c) {
    uint64_t now;
    WASI_TRY(wasi_check(c, c->args[2], 8));
    WASI_TRY(wasi_clock_now(c->args[0], &now));
    return wasi_write_u64(c, c->args[2], now);
}
