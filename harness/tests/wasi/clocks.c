/* clocks.c: clocks, waiting for a time and for input, random numbers. */
#include "say.h"

#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void) {
    struct timespec resolution, wait = {0, 50000000};
    struct timeval day;
    double start = now(CLOCK_MONOTONIC);
    SAY(clock_getres(CLOCK_MONOTONIC, &resolution));
    SAY(resolution.tv_sec == 0 && resolution.tv_nsec > 0);
    SAY(nanosleep(&wait, NULL));
    double waited = now(CLOCK_MONOTONIC) - start;
    SAY(waited >= 0.05 && waited < 30);
    SAY(time(NULL) > 1600000000);
    SAY(gettimeofday(&day, NULL));
    double between = now(CLOCK_REALTIME) - (double)day.tv_sec;
    SAY(between >= 0 && between < 30);
    SAY(sched_yield());
    unsigned char a[256] = {0}, b[256] = {0};
    SAY(getentropy(a, sizeof a));
    SAY(getentropy(b, sizeof b));
    SAY(memcmp(a, b, sizeof a) != 0);
    SAY(getentropy(b, 257));
    struct pollfd fd = {.fd = 0, .events = POLLIN};
    start = now(CLOCK_MONOTONIC);
    SAY(poll(&fd, 1, 5000));
    SAY(now(CLOCK_MONOTONIC) - start < 4);
    SAY((fd.revents & POLLIN) != 0);
    char text[10];
    SAY(read(0, text, sizeof text));
    return 0;
}
