/* xop.h: dispatch codes of the loop: the rows of instr.def, and variants that lowering chooses where an instruction's
 * surroundings are known. A variant has the result of its row, with fewer checks or fetches. Lowering (lower.c) alone
 * writes wp_instr.xop.
 */
#ifndef WP_XOP_H
#define WP_XOP_H

#include "core/module.h"

typedef enum wp_xop {
    WP_X_lower, /* not lowered yet, as decoded: lowers the function */
#define INSTR(id, ...) WP_X_##id,
#include "core/instr.def"
    WP_X_return_end,  /* the end of a function body */
    WP_X_br_loop,     /* br to a loop: takes fuel */
    WP_X_br_if_loop,  /* br_if to a loop */
    WP_X_br_plain,    /* br forward, carries nothing */
    WP_X_br_if_plain, /* br_if forward, carries nothing */
/* The general path of loads and stores: memories other than number 0, or with 64-bit addresses. */
#define INSTR_LOAD(id, ...) WP_X_general_##id,
#define INSTR_STORE(id, ...) WP_X_general_##id,
#include "core/instr.def"
    WP_X_COUNT
} wp_xop;

/* Lowers the body of a function of a validated module: chooses from the facts that validation leaves: branches, types,
 * memories. The loop does so at the first call. */
void wp_lower(const wp_module *module, const wp_func_def *func);

#endif
