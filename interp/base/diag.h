/* diag.h: filling in a wp_diag. The first error wins: a diag that already holds one is left alone.
 *
 * Interface:
 * - wp_fail*: record an error and return its status, so that a caller writes `return wp_fail(...)`.
 * - WP_TRY: pass a failure on.
 */
#ifndef WP_DIAG_H
#define WP_DIAG_H

#include "wasmproc.h"

#include <stdarg.h>

#if defined(__GNUC__)
#define WP_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define WP_LIKELY(x) __builtin_expect(!!(x), 1)
#define WP_UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define WP_PRINTF(f, a)
#define WP_LIKELY(x) (x)
#define WP_UNLIKELY(x) (x)
#endif

/* Returns the status of an expression from the enclosing function unless it is WP_OK. */
#define WP_TRY(expression)                                                                                             \
    do {                                                                                                               \
        wp_status try_status_ = (expression);                                                                          \
        if (WP_UNLIKELY(try_status_ != WP_OK))                                                                         \
            return try_status_;                                                                                        \
    } while (0)

/* Records an error at a location. Returns status. diag may be NULL. */
wp_status wp_fail_at(wp_diag *diag, wp_status status, wp_location where, const char *format, ...) WP_PRINTF(4, 5);
/* The same, for an error that another one caused: at the location of the cause. */
wp_status wp_fail_like(wp_diag *diag, wp_status status, const wp_diag *other, const char *format, ...) WP_PRINTF(4, 5);
/* The same with no location. */
wp_status wp_fail(wp_diag *diag, wp_status status, const char *format, ...) WP_PRINTF(3, 4);
/* The same, for a va_list. */
wp_status wp_vfail_at(wp_diag *diag, wp_status status, wp_location where, const char *format, va_list args)
    WP_PRINTF(4, 0);
/* WP_EXHAUSTION "out of memory". */
wp_status wp_fail_memory(wp_diag *diag);

#endif
