/* exec.h: execution (specification, chapter "Execution: Instructions").
 *
 * Interface:
 * - wp_exec_call runs a function to its end, on the store's own stacks: no C recursion for WebAssembly calls.
 * - wp_exec_const evaluates a constant expression.
 */
#ifndef WP_EXEC_H
#define WP_EXEC_H

#include "core/run/store.h"

/* Calls a function. args and results are cells in order; results are written only on WP_OK. WP_TRAP, WP_EXHAUSTION,
 * WP_EXCEPTION otherwise; the store stays usable. */
WP_MUST_CHECK wp_status wp_exec_call(wp_store *store, const wp_func *func, const uint64_t *args, uint64_t *results,
                                     wp_diag *diag);
/* Evaluates a validated constant expression of an instance whose globals and functions are in place as far as the
 * expression needs them. cells receives the value. */
WP_MUST_CHECK wp_status wp_exec_const(wp_instance *instance, const wp_code *code, uint64_t *cells, wp_diag *diag);

#endif
