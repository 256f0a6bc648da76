/* driver_exchange.h: the driver from the inside: what commands get and give.
 *
 * A command reads what it needs from the request, does its work, and adds keys to the answer. A failure is a status and
 * what stands in the diag; driver_protocol makes one of a request that is wrong.
 */
#ifndef WP_SCRIPT_DRIVER_EXCHANGE_H
#define WP_SCRIPT_DRIVER_EXCHANGE_H

#include "script/driver.h"
#include "base/diag.h"
#include "script/json_value.h"
#include "script/session.h"

struct driver {
    wp_engine *engine;
    script_options options;
    session *session;
    char *answer;   /* the last one */
    uint64_t *hits; /* of each rule, when the command `rules` last asked */
};

typedef struct exchange {
    driver *driver;
    const json_t *request;
    json_t *answer; /* NULL: out of memory */
    wp_arena pool;  /* lives as long as the request */
    wp_diag diag;
    bool is_protocol; /* the failure is the request's own */
} exchange;

typedef wp_status (*driver_command)(exchange *x);

/* NULL: there is no such command. */
driver_command driver_find_command(script_text name);

/* The request is wrong. Returns WP_CRASH. */
wp_status driver_protocol(exchange *x, const char *format, ...) WP_PRINTF(2, 3);
/* A string of the request. Unless required it may be missing or null: then it is absent. */
WP_MUST_CHECK wp_status driver_text(exchange *x, const char *key, bool required, script_text *out);
/* A number, as a decimal string. */
WP_MUST_CHECK wp_status driver_number(exchange *x, const char *key, uint64_t most, uint64_t *out);
/* Bytes, in base64; release them with free. */
WP_MUST_CHECK wp_status driver_bytes(exchange *x, const char *key, uint8_t **bytes, size_t *size);

#endif
