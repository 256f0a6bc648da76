/* time.c: <time.h>. A process of this example has no clock: all functions fail with ENOSYS. */
#include <errno.h>
#include <time.h>

clock_t clock(void) {
    errno = ENOSYS;
    return -1;
}

time_t time(time_t *out) {
    errno = ENOSYS;
    if (out != NULL)
        *out = -1;
    return -1;
}

struct tm *gmtime(const time_t *when) {
    (void)when;
    errno = ENOSYS;
    return NULL;
}

struct tm *localtime(const time_t *when) {
    return gmtime(when);
}

double difftime(time_t later, time_t earlier) {
    return (double)(later - earlier);
}
