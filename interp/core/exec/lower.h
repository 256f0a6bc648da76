/* lower.h: lowering: chooses what the loop dispatches on (xop.h) from the facts that validation leaves: branches,
 * types, the layout of locals. Nothing else writes wp_instr.xop.
 */
#ifndef WP_LOWER_H
#define WP_LOWER_H

#include "core/module.h"

/* Lowers the body of a function of a validated module. The loop does so at the first call. */
void wp_lower(const wp_module *module, const wp_func_def *func);

#endif
