/* fail.c: errors in scripts; see fail.h. */
#include "script/fail.h"

#include <stdarg.h>
#include <stdio.h>

static wp_status record(wp_diag *diag, wp_status status, wp_location where, const char *format, va_list args) {
    if (diag == NULL || diag->status != WP_OK)
        return status;
    diag->status = status;
    diag->where = where;
    vsnprintf(diag->message, sizeof diag->message, format, args);
    return status;
}

wp_status script_fail_at(wp_diag *diag, wp_status status, wp_location where, const char *format, ...) {
    va_list args;
    va_start(args, format);
    record(diag, status, where, format, args);
    va_end(args);
    return status;
}

wp_status script_fail(wp_diag *diag, wp_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    record(diag, status, (wp_location){0, 0, 0}, format, args);
    va_end(args);
    return status;
}

wp_status script_fail_memory(wp_diag *diag) {
    return script_fail(diag, WP_EXHAUSTION, "out of memory");
}
