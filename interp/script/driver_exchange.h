/* driver_exchange.h: the driver from the inside: requests and answers of its commands.
 *
 * A command reads what it needs from the request, does its work, and adds keys to the answer. A failure is a status
 * with a diag; driver_protocol fails a malformed request.
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
    json_t *answer;      /* NULL: out of memory */
    script_place *place; /* the current one */
    wp_arena pool;       /* lives as long as the request */
    wp_diag diag;
    bool is_protocol; /* the failure is the request's own */
} exchange;

/* Carries out the command of a request. Its results are in x->answer; if it fails, x->diag has the error. */
WP_MUST_CHECK wp_status driver_perform(exchange *x);
/* The request is wrong. Returns WP_CRASH. */
wp_status driver_protocol(exchange *x, const char *format, ...) WP_PRINTF(2, 3);

#endif
