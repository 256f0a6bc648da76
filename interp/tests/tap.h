/* tap.h: what unit tests report with: one line per check, in the Test Anything Protocol.
 *
 * A test program is
 *     int main(void) {
 *         tap t = {0};
 *         tap_ok(&t, 1 + 1 == 2, "one and one is %d", 2);
 *         return tap_done(&t);
 *     }
 * and exits with 0 when every check passed, 1 otherwise.
 */
#ifndef WP_TAP_H
#define WP_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct tap {
    int count;
    int failed;
} tap;

#if defined(__GNUC__)
#define TAP_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TAP_PRINTF(f, a)
#endif

/* Reports one check. Returns whether it passed. */
static inline bool TAP_PRINTF(3, 4) tap_ok(tap *t, bool passed, const char *format, ...) {
    va_list args;
    t->count++;
    t->failed += passed ? 0 : 1;
    printf("%s %d - ", passed ? "ok" : "not ok", t->count);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    return passed;
}

/* A comment line, for what a failure needs to be understood. */
static inline void TAP_PRINTF(1, 2) tap_note(const char *format, ...) {
    va_list args;
    printf("# ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

/* Prints the plan; returns the program's exit status. A program without checks fails. */
static inline int tap_done(const tap *t) {
    printf("1..%d\n", t->count);
    return t->failed == 0 && t->count != 0 ? 0 : 1;
}

#endif
