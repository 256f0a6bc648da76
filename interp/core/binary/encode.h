/* encode.h: encoding modules in the binary format (specification, "Binary Format").
 *
 * Interface:
 * - wp_module_encode (wasmproc.h) writes a whole module: integers in their shortest form, sections without contents
 *   left out, custom sections where they were.
 * - wp_sections, wp_section_range: the sections of the binary form and their elements.
 * - wp_encode_offsets: where instructions will be, for custom sections that point into the code.
 * - wp_encode_unsigned, wp_encode_bytes, wp_encode_before: for the contents of custom sections. They write to a
 *   wp_output, whose owner checks for a failure at the end.
 */
#ifndef WP_ENCODE_H
#define WP_ENCODE_H

#include "base/output.h"
#include "core/binary/binary.h"
#include "core/module.h"

/* The sections in their order: section.def. */
typedef struct wp_section {
    uint8_t id;
    const char *word; /* in the placement of a @custom annotation */
} wp_section;
extern const wp_section wp_sections[WP_PLACES];

/* The elements of a section: those of its index space, or list, from `first` to before `end`. */
typedef struct wp_elements {
    uint32_t first, end;
} wp_elements;
/* The elements of a section that is not custom. The module's binary form has the section if there are any. */
wp_elements wp_section_range(const wp_module *module, uint8_t id);
/* True when an instruction of a function names a data segment, which makes the data count section necessary. */
bool wp_encode_uses_data(const wp_module *module);

/* Writes offsets[i], for each instruction i of a function's body, as the encoder will place it: in bytes from the start
 * of the function's code, which is its list of locals (the offsets of section "metadata.code.branch_hint"). offsets has
 * room for func->code.ninstrs. */
WP_MUST_CHECK wp_status wp_encode_offsets(const wp_module *module, const wp_func_def *func, uint32_t *offsets,
                                          wp_diag *diag);

void wp_encode_unsigned(wp_output *o, uint64_t value);
/* A list of bytes. */
void wp_encode_bytes(wp_output *o, wp_bytes bytes);
/* Puts an integer before the bytes written since the size was `start`, or the number of these bytes. */
void wp_encode_before(wp_output *o, size_t start, uint64_t value);
void wp_encode_size_before(wp_output *o, size_t start);

#endif
