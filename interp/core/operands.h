/* operands.h: how often instructions run, and with operands of which classes (operand.def).
 *
 * Interface:
 * - wp_operands_start and what is beside it in wasmproc.h: turn it on for an engine, and ask what was counted.
 * - wp_operands_note, for the executor. Only builds with rule probes count (WP_RULES).
 */
#ifndef WP_OPERANDS_H
#define WP_OPERANDS_H

#include "instr.h"

/* An instruction is about to run; the operands are below sp. */
void wp_operands_note(wp_engine *engine, const wp_instr *ip, const uint64_t *sp);
void wp_operands_release(wp_engine *engine);

#endif
