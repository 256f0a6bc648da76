/* coverage.h: how often the instructions of modules run.
 *
 * Interface:
 * - wp_coverage_start and what is beside it in wasmproc.h: turn it on for an engine, and ask what was counted.
 * - Below: what instantiation and the executor tell it.
 *
 * A module is counted from its first instantiation on, in an array per function (wp_code.counts): how often each
 * instruction was reached, then how often each entry of the side table was the way that an instruction took. The engine
 * holds the modules that are counted until it is deleted, so that counts outlive instances, and traps.
 */
#ifndef WP_COVERAGE_H
#define WP_COVERAGE_H

#include "module.h"

/* Begins to count a validated module, if the engine counts and does not count this one already. */
WP_MUST_CHECK wp_status wp_coverage_add(wp_module *module, wp_diag *diag);
/* Lets go of all modules. */
void wp_coverage_release(wp_engine *engine);

/* An instruction of a code is about to run; the operands are below sp. */
void wp_coverage_note(const wp_code *code, const wp_instr *ip, const uint64_t *sp);

#endif
