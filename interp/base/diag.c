/* diag.c: filling in a wp_diag; see diag.h. */
#include "base/diag.h"

#include <stdio.h>
#include <string.h>

wp_status wp_vfail_at(wp_diag *diag, wp_status status, wp_location where, const char *format, va_list args) {
    if (diag == NULL || diag->status != WP_OK)
        return status;
    diag->status = status;
    diag->where = where;
    vsnprintf(diag->message, sizeof diag->message, format, args);
    return status;
}

wp_status wp_fail_at(wp_diag *diag, wp_status status, wp_location where, const char *format, ...) {
    va_list args;
    va_start(args, format);
    wp_vfail_at(diag, status, where, format, args);
    va_end(args);
    return status;
}

wp_status wp_fail_like(wp_diag *diag, wp_status status, const wp_diag *other, const char *format, ...) {
    bool is_first = diag != NULL && diag->status == WP_OK;
    va_list args;
    va_start(args, format);
    wp_vfail_at(diag, status, other->where, format, args);
    va_end(args);
    if (is_first)
        memcpy(diag->source, other->source, sizeof diag->source);
    return status;
}

wp_status wp_fail(wp_diag *diag, wp_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    wp_vfail_at(diag, status, (wp_location){0, 0, 0}, format, args);
    va_end(args);
    return status;
}

wp_status wp_fail_memory(wp_diag *diag) {
    return wp_fail(diag, WP_EXHAUSTION, "out of memory");
}

const char *wp_status_name(wp_status status) {
    switch (status) {
    case WP_OK: return "ok";
    case WP_MALFORMED: return "malformed";
    case WP_INVALID: return "invalid";
    case WP_UNLINKABLE: return "unlinkable";
    case WP_UNLOADABLE: return "unloadable";
    case WP_REFUSED: return "refused";
    case WP_TRAP: return "trap";
    case WP_EXCEPTION: return "exception";
    case WP_EXHAUSTION: return "exhaustion";
    case WP_EXIT: return "exit";
    case WP_UNSUPPORTED: return "unsupported";
    case WP_CRASH: return "crash";
    }
    return "unknown";
}
