/* operation.h: what the loop calls: errors, fuel, observation, and instructions on ranges.
 *
 * Interface:
 * - wp_exec_fail, wp_exec_trapped, wp_exec_trapped_element: the status of a call that an instruction ends.
 * - wp_fuel_take, wp_fuel_return, wp_fuel_exhausted.
 * - wp_exec_is_observed, wp_exec_observe: traces and the engine's observers.
 * - wp_exec_bulk.
 */
#ifndef WP_OPERATION_H
#define WP_OPERATION_H

#include "core/run/store.h"

/* Records an error at an instruction. Returns status. */
wp_status wp_exec_fail(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_status status, const char *text);
wp_status wp_exec_trapped(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_trap trap);
/* The same for an indirect call: names the element. */
wp_status wp_exec_trapped_element(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_trap trap, uint64_t index);

/* Fuel is taken from the store in slices, so that taking one unit is one decrement and one test, and an interruption is
 * noticed at the end of a slice. 0: no fuel is left, or the call was interrupted. */
uint32_t wp_fuel_take(wp_store *store);
void wp_fuel_return(wp_store *store, uint32_t slice);
wp_status wp_fuel_exhausted(wp_store *store, wp_diag *diag);

bool wp_exec_is_observed(const wp_store *store);
/* Shows an instruction about to run to the trace and the observers. */
void wp_exec_observe(const wp_store *store, const wp_activation *frame, const wp_instr *ip, const uint64_t *sp);

/* memory.fill, memory.copy, memory.init, table.fill, table.copy, table.init: operands at sp[0], sp[1], sp[2]. */
wp_trap wp_exec_bulk(const wp_instance *instance, const wp_instr *ip, const uint64_t *sp);

#endif
