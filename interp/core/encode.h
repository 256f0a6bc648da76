/* encode.h: encoding modules in the binary format (specification, chapter "Binary Format").
 *
 * Interface:
 * - wp_module_encode (wasmproc.h) writes a whole module: integers in their shortest form, sections without contents
 *   left out, custom sections where they were.
 * - wp_encode_offsets: where instructions will be, for custom sections that point into the code.
 */
#ifndef WP_ENCODE_H
#define WP_ENCODE_H

#include "module.h"

/* Writes offsets[i], for each instruction i of a function's body, as the encoder will place it: in bytes from the start
 * of the function's code, which is its list of locals (the offsets of section "metadata.code.branch_hint"). offsets has
 * room for func->code.ninstrs. */
WP_MUST_CHECK wp_status wp_encode_offsets(const wp_module *module, const wp_func_def *func, uint32_t *offsets,
                                          wp_diag *diag);

#endif
