/* encode.h: encoding modules in the binary format (specification, chapter "Binary Format").
 *
 * Interface:
 * - wp_module_encode (wasmproc.h) writes a whole module: integers in their shortest form, sections without contents
 *   left out, custom sections where they were.
 * - wp_encode_offsets: where instructions will be, for custom sections that point into the code.
 * - wp_encode_order, wp_encode_has_section, wp_encode_uses_data: which sections there will be.
 */
#ifndef WP_ENCODE_H
#define WP_ENCODE_H

#include "core/module.h"

/* Writes offsets[i], for each instruction i of a function's body, as the encoder will place it: in bytes from the start
 * of the function's code, which is its list of locals (the offsets of section "metadata.code.branch_hint"). offsets has
 * room for func->code.ninstrs. */
WP_MUST_CHECK wp_status wp_encode_offsets(const wp_module *module, const wp_func_def *func, uint32_t *offsets,
                                          wp_diag *diag);

/* The ids of all sections but custom ones, in the order in which they are written. */
enum { WP_ENCODE_SECTIONS = 13 };
extern const uint8_t wp_encode_order[WP_ENCODE_SECTIONS];
/* True when the module's binary form has this section: not a custom one. */
bool wp_encode_has_section(const wp_module *module, uint8_t id);
/* True when an instruction of a function names a data segment, so that the data count section must be there. */
bool wp_encode_uses_data(const wp_module *module);

#endif
