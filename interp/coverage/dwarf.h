/* dwarf.h: line numbers of compiled modules: the tables of the custom section ".debug_line" (DWARF 2 to 5).
 *
 * Interface:
 * - dwarf_read: the tables of a module.
 * - dwarf_find: the place in the source of an instruction.
 *
 * Addresses are offsets from the beginning of the code section's contents. A malformed table is read up to the
 * error.
 */
#ifndef WP_DWARF_H
#define WP_DWARF_H

#include "base/arena.h"

typedef struct dwarf_lines dwarf_lines;

typedef struct dwarf_place {
    const char *path; /* in the pool */
    uint32_t line, column;
} dwarf_place;

/* *out is in the pool; NULL when the module has no line numbers. False: out of memory. */
bool dwarf_read(wp_arena *pool, const wp_module *module, dwarf_lines **out);
/* False: the instruction has no line. */
bool dwarf_find(const dwarf_lines *lines, uint64_t address, dwarf_place *out);

#endif
