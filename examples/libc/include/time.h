/* time.h: declarations for programs that include it. This C library has no clock: each function fails, with errno
 * ENOSYS. */
#ifndef LIBC_TIME_H
#define LIBC_TIME_H

#include <stddef.h>

typedef long long time_t;
typedef long long clock_t;
#define CLOCKS_PER_SEC 1000000

struct tm {
    int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
};

clock_t clock(void);                      /* (clock_t)-1 */
time_t time(time_t *out);                 /* (time_t)-1 */
struct tm *gmtime(const time_t *when);    /* NULL */
struct tm *localtime(const time_t *when); /* NULL */
double difftime(time_t later, time_t earlier);

#endif
