/* json_script.h: test scripts as JSON (harness/PROTOCOL.md, B), for `wasmproc json-from-wast`. */
#ifndef WP_SCRIPT_JSON_SCRIPT_H
#define WP_SCRIPT_JSON_SCRIPT_H

#include "script/script.h"

/* Writes a script as the file `output`, and each of its modules as a file beside it: NAME.json, NAME.0.wasm, ... .
 * `source` names the script in the JSON. Modules are not validated.
 *
 * A failure is the script's, and *diag says where: WP_MALFORMED, or WP_EXHAUSTION when out of memory. Or a file could
 * not be written: then the result is WP_REFUSED, and the message names the file and the reason. After a failure the
 * JSON file does not exist. */
WP_MUST_CHECK wp_status json_from_script(wp_engine *engine, const char *source, const char *text, size_t size,
                                         const char *output, wp_diag *diag);

#endif
