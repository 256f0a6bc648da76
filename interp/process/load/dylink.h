/* dylink.h: the section dylink.0 of a module as plain data (tool-conventions, "WebAssembly Dynamic Linking"; rule
 * load.malformed).
 *
 * Interface: wp_dylink_decode, wp_dylink_release; wp_dylink_export_flags and wp_dylink_import_flags for what the
 * section says of one symbol.
 */
#ifndef WP_DYLINK_H
#define WP_DYLINK_H

#include "base/index.h"
#include "core/binary/binary.h"
#include "core/module.h"

/* An entry of export-info, or one of import-info that is about a name of the dynamic linker's: of env, GOT.mem or
 * GOT.func. */
typedef struct wp_dylink_symbol {
    wp_link link; /* by name; in no index when an entry before it has the same name */
    wp_bytes name;
    uint32_t flags; /* WP_SYMBOL_*, of all entries of that name */
} wp_dylink_symbol;

typedef struct wp_dylink {
    const wp_allocator *allocator;
    bool present;                       /* false: the module has no such section, and all else is 0 */
    uint32_t pos;                       /* of the section's contents, or of its annotation */
    uint64_t memory_size;               /* bytes */
    uint64_t table_size;                /* slots */
    uint32_t memory_align, table_align; /* exponents of 2, below the pointer's width */
    wp_bytes *needed;
    size_t nneeded, needed_capacity;
    wp_dylink_symbol *exports;
    size_t nexports, exports_capacity;
    wp_dylink_symbol *imports;
    size_t nimports, imports_capacity;
    wp_index exports_by_name, imports_by_name;
} wp_dylink;

/* Decodes the section of a module whose pointers have 32 or 64 bits. Names point into the module. *out must not move
 * afterwards, and is to be released also when it failed. WP_UNLOADABLE "malformed dylink.0 ...". */
WP_MUST_CHECK wp_status wp_dylink_decode(const wp_module *module, unsigned pointer_bits, wp_dylink *out, wp_diag *diag);
void wp_dylink_release(wp_dylink *dylink);
/* The flags of an export, and of what is imported under a name; 0 where the section says nothing. */
uint32_t wp_dylink_export_flags(const wp_dylink *dylink, wp_bytes name);
uint32_t wp_dylink_import_flags(const wp_dylink *dylink, wp_bytes name);

#endif
