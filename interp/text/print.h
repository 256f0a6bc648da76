/* print.h: writing modules in the text format (specification, "Text Format").
 *
 * Interface:
 * - wp_module_print (wasmproc.h) writes a whole module: one field or instruction a line, instructions flat, indices as
 *   numbers, a type use at every function, so that reading the text gives the same indices.
 * - Below: the writers that print.c (modules) is made of, from the bottom up: print_value.c, dylink.c, print_type.c,
 *   print_instr.c.
 *
 * Any module can be printed, valid or not, unless it has no text form: see print_check in print.c. The text is at most
 * 100 bytes for each byte of the binary form, and some bytes for each local.
 */
#ifndef WP_PRINT_H
#define WP_PRINT_H

#include "base/output.h"
#include "core/module.h"

/* The text written so far. Failures are checked at the end. */
typedef struct wp_printer {
    const wp_module *module;
    wp_output out;
} wp_printer;

/* ---- Values (print_value.c) -------------------------------------------------------------------------------- */

/* Text as it is. */
void wp_print_text(wp_printer *p, const char *text);
/* Formatted text of at most 127 bytes. */
void wp_print_format(wp_printer *p, const char *format, ...) WP_PRINTF(2, 3);
/* A float literal that denotes exactly these IEEE 754 bits. */
void wp_print_float(wp_printer *p, unsigned width, uint64_t bits);
/* A string literal that denotes these bytes: all but printable ASCII characters escaped. */
void wp_print_string(wp_printer *p, const uint8_t *bytes, size_t size);
/* " " and a name as a string literal. */
void wp_print_name(wp_printer *p, wp_bytes name);
/* A new line, and the indentation of a nesting level. */
void wp_print_line(wp_printer *p, uint32_t level);

/* ---- The section dylink.0 (dylink.c) ------------------------------------------------------------------------ */

/* Writes its contents as the annotation that denotes exactly these bytes. False: they have no such form, and nothing
 * was written. */
bool wp_print_dylink(wp_printer *p, wp_bytes contents);

/* ---- Types (print_type.c) ---------------------------------------------------------------------------------- */

void wp_print_valtype(wp_printer *p, wp_valtype type);
/* A type, in "(mut ...)" where it is mutable. */
void wp_print_mutable(wp_printer *p, wp_valtype type, bool is_mutable);
/* A heap type, as in types.h with the module's type index. */
void wp_print_heaptype(wp_printer *p, uint32_t heap);
/* " (keyword type*)", or nothing without types. */
void wp_print_valtypes(wp_printer *p, const char *keyword, const wp_valtype *types, uint32_t count);
/* " (type index)". */
void wp_print_typeuse(wp_printer *p, uint32_t type);
/* " " and limits, with the address type before them unless it is i32. */
void wp_print_limits(wp_printer *p, const wp_limits *limits);
/* The recursion group i, from a new line on. */
void wp_print_rectype(wp_printer *p, uint32_t i);

/* ---- Instructions (print_instr.c) -------------------------------------------------------------------------- */

/* The instructions of a function body without its `end`, each on a line of its own. */
void wp_print_body(wp_printer *p, const wp_code *code);
/* The instructions of a constant expression without its `end`, on one line, a space before each. */
void wp_print_expr(wp_printer *p, const wp_code *code);

#endif
