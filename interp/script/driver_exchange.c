/* driver_exchange.c: reading the keys of a request; see driver_exchange.h. */
#include "script/driver_exchange.h"

#include <stdarg.h>

wp_status driver_protocol(exchange *x, const char *format, ...) {
    va_list args;
    x->is_protocol = true;
    x->diag.status = WP_CRASH;
    va_start(args, format);
    vsnprintf(x->diag.message, sizeof x->diag.message, format, args);
    va_end(args);
    return WP_CRASH;
}

wp_status driver_text(exchange *x, const char *key, bool required, script_text *out) {
    const json_t *value = json_object_get(x->request, key);
    *out = json_text(value);
    if (out->data != NULL || (!required && (value == NULL || json_is_null(value))))
        return WP_OK;
    return driver_protocol(x, value == NULL ? "\"%s\" is missing" : "\"%s\" is not a string", key);
}

wp_status driver_number(exchange *x, const char *key, uint64_t most, uint64_t *out) {
    const json_t *value = json_object_get(x->request, key);
    if (json_to_number(value, most, out))
        return WP_OK;
    if (value == NULL)
        return driver_protocol(x, "\"%s\" is missing", key);
    return driver_protocol(x, "\"%s\" is not an unsigned decimal string up to %llu", key, (unsigned long long)most);
}

wp_status driver_bytes(exchange *x, const char *key, uint8_t **bytes, size_t *size) {
    script_text text;
    bool is_base64;
    WP_TRY(driver_text(x, key, true, &text));
    *bytes = json_to_bytes(json_object_get(x->request, key), size, &is_base64);
    if (*bytes == NULL)
        return is_base64 ? wp_fail_memory(&x->diag) : driver_protocol(x, "\"%s\" is not base64", key);
    return WP_OK;
}
