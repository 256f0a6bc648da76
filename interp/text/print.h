/* print.h: writing modules in the text format (specification, chapter "Text Format").
 *
 * Interface:
 * - wp_module_print (wasmproc.h) writes a whole module: one field or instruction a line, instructions flat, indices as
 *   numbers, a type use at every function, so that reading the text gives the same indices.
 * - Below: what print.c (modules), print_type.c, print_instr.c and print_value.c share.
 *
 * Any module can be printed, valid or not, but for what has no text form: see check_printable in print.c. The text is
 * at most 100 bytes for each byte of the binary form, and some bytes for each local.
 */
#ifndef WP_PRINT_H
#define WP_PRINT_H

#include "core/module.h"

/* The text written so far. When memory was short, what is written since is lost, and wp_module_print reports it at the
 * end: the functions below need not fail. */
typedef struct wp_printer {
    const wp_module *module;
    const wp_allocator *allocator;
    char *text;
    size_t size, capacity;
    bool failed;
} wp_printer;

/* ---- Values (print_value.c) -------------------------------------------------------------------------------- */

void wp_print_bytes(wp_printer *p, const char *text, size_t size);
/* NUL-terminated text, as it is. */
void wp_print_text(wp_printer *p, const char *text);
/* A decimal number. */
void wp_print_u64(wp_printer *p, uint64_t value);
/* A decimal number of two's complement bits. */
void wp_print_signed(wp_printer *p, uint64_t value);
/* 0x and at least `digits` hexadecimal digits. */
void wp_print_hex(wp_printer *p, uint64_t value, unsigned digits);
/* " index". */
void wp_print_index(wp_printer *p, uint32_t index);
/* A float literal that denotes exactly these IEEE 754 bits. */
void wp_print_f32(wp_printer *p, uint32_t bits);
void wp_print_f64(wp_printer *p, uint64_t bits);
/* A string literal that denotes these bytes: all but printable ASCII characters escaped. */
void wp_print_string(wp_printer *p, const uint8_t *bytes, size_t size);
/* A new line, and the indentation of a nesting level. */
void wp_print_line(wp_printer *p, uint32_t level);

/* ---- Types (print_type.c) ---------------------------------------------------------------------------------- */

void wp_print_valtype(wp_printer *p, wp_valtype type);
/* A heap type, as in types.h with the module's type index. */
void wp_print_heaptype(wp_printer *p, uint32_t heap);
/* " (keyword type*)", or nothing when there are no types. */
void wp_print_valtypes(wp_printer *p, const char *keyword, const wp_valtype *types, uint32_t count);
/* " (type index)". */
void wp_print_typeuse(wp_printer *p, uint32_t type);
/* Limits, with the address type before them where it is not i32. */
void wp_print_limits(wp_printer *p, const wp_limits *limits);
/* The recursion group i, from a new line on. */
void wp_print_rectype(wp_printer *p, uint32_t i);

/* ---- Instructions (print_instr.c) -------------------------------------------------------------------------- */

/* The instructions of a function body without its `end`, each on a line of its own. */
void wp_print_body(wp_printer *p, const wp_code *code);
/* The instructions of a constant expression without its `end`, on one line, a space before each. */
void wp_print_expr(wp_printer *p, const wp_code *code);

#endif
