/* driver.h: the engine's side of the driver protocol (harness/PROTOCOL.md, C).
 *
 * Interface:
 * - driver_run: the work of `wasmproc driver`: requests from a stream, a line each, and an answer to each.
 * - driver_new, driver_answer, driver_delete: the same without streams.
 *
 * Whatever a request holds, the answer is one line and the driver continues.
 */
#ifndef WP_SCRIPT_DRIVER_H
#define WP_SCRIPT_DRIVER_H

#include "script/runner.h"

typedef struct driver driver;

/* The options are those of session_new; fuel is that of each request. options->print must not be where answers go. */
WP_MUST_CHECK wp_status driver_new(wp_engine *engine, const script_options *options, driver **out, wp_diag *diag);
/* NULL is allowed. */
void driver_delete(driver *d);

/* Answers a request, given without its newline. The answer is NUL-terminated, without a newline; it lives until the
 * next call. */
const char *driver_answer(driver *d, const char *line, size_t size);

/* Answers requests up to the end of the input, or until output can't be written. False: reading or writing failed;
 * errno says why. */
bool driver_run(driver *d, FILE *in, FILE *out);

#endif
