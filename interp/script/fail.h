/* fail.h: errors in scripts: filling in a wp_diag over the public header alone.
 *
 * Interface:
 * - SCRIPT_TRY: pass a failure on.
 * - script_fail, script_fail_at: record an error, unless one is there already, and return its status.
 */
#ifndef WP_SCRIPT_FAIL_H
#define WP_SCRIPT_FAIL_H

#include "wasmproc.h"

#if defined(__GNUC__)
#define SCRIPT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define SCRIPT_PRINTF(f, a)
#endif

/* Returns the status of an expression from the enclosing function unless it is WP_OK. */
#define SCRIPT_TRY(expression)                                                                                         \
    do {                                                                                                               \
        wp_status try_status_ = (expression);                                                                          \
        if (try_status_ != WP_OK)                                                                                      \
            return try_status_;                                                                                        \
    } while (0)

wp_status script_fail_at(wp_diag *diag, wp_status status, wp_location where, const char *format, ...)
    SCRIPT_PRINTF(4, 5);
wp_status script_fail(wp_diag *diag, wp_status status, const char *format, ...) SCRIPT_PRINTF(3, 4);
/* WP_EXHAUSTION "out of memory". */
wp_status script_fail_memory(wp_diag *diag);

#endif
