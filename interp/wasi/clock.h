/* clock.h: the host's clocks, by the numbers that the guest knows. */
#ifndef WP_WASI_CLOCK_H
#define WP_WASI_CLOCK_H

#include "wasi/call.h"

#include <time.h>

enum { WASI_REALTIME, WASI_MONOTONIC, WASI_PROCESS_CPUTIME, WASI_THREAD_CPUTIME };

/* The time of a clock in nanoseconds. */
wasi_error wasi_clock_now(uint64_t number, uint64_t *nanoseconds);

#endif
