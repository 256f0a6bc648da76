/* encode.h: encoding modules in the binary format (specification, chapter "Binary Format").
 *
 * Interface:
 * - wp_module_encode (wasmproc.h) writes a whole module: integers in their shortest form, sections without contents
 *   left out, custom sections where they were.
 * - wp_encode_offsets: where instructions will be, for custom sections that point into the code.
 * - wp_sections, wp_encode_has_section, wp_encode_uses_data: the sections of the binary form.
 */
#ifndef WP_ENCODE_H
#define WP_ENCODE_H

#include "core/binary/binary.h"
#include "core/module.h"

/* Writes offsets[i], for each instruction i of a function's body, as the encoder will place it: in bytes from the start
 * of the function's code, which is its list of locals (the offsets of section "metadata.code.branch_hint"). offsets has
 * room for func->code.ninstrs. */
WP_MUST_CHECK wp_status wp_encode_offsets(const wp_module *module, const wp_func_def *func, uint32_t *offsets,
                                          wp_diag *diag);

/* The sections in their order: section.def. */
typedef struct wp_section {
    uint8_t id;
    const char *word; /* in the placement of a @custom annotation */
} wp_section;
extern const wp_section wp_sections[WP_PLACES];

/* True when the module's binary form has this section: not a custom one. */
bool wp_encode_has_section(const wp_module *module, uint8_t id);
/* True when an instruction of a function names a data segment, so that the data count section must be there. */
bool wp_encode_uses_data(const wp_module *module);

#endif
