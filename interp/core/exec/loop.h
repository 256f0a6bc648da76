/* loop.h: the interpreter loop, and the frames that it works on.
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

#endif
