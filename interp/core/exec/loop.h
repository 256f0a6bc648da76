/* loop.h: the interpreter loop, its frames, and the operations that it calls: errors, fuel, observation, instructions
 * on ranges.
 *
 * Layout of a frame on the store's stack: fp[0 ..] parameters and locals, then operands up to sp. Arguments become the
 * callee's first locals where they are; results are moved to where the arguments were.
 */
#ifndef WP_LOOP_H
#define WP_LOOP_H

#include "core/run/store.h"

/* Runs `base` until it returns; its results are then at its fp. */
WP_MUST_CHECK wp_status wp_loop_run(wp_store *store, wp_activation *base, wp_diag *diag);

/* True when the stack has room for a frame of this function at fp. */
static inline bool wp_frame_fits(const wp_store *store, const uint64_t *fp, const wp_func_def *def) {
    return (size_t)(store->stack_end - fp) >= (size_t)def->local_cells + def->code.max_height;
}

/* Gives locals that are not parameters their default value. */
static inline void wp_frame_clear(uint64_t *fp, const wp_func *func) {
    for (uint32_t i = func->deftype->param_cells; i < func->def->local_cells; i++)
        fp[i] = 0;
}

/* ---- Operations of the loop (operation.c) ---------------------------------------------------------------------- */

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
