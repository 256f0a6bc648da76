/* dylink.h: the section dylink.0 of a module as plain data (tool-conventions, "WebAssembly Dynamic Linking"; rule
 * load.malformed); or the older section dylink, as if it were a dylink.0 with mem-info and needed.
 *
 * Interface: wp_dylink_decode, wp_dylink_release; wp_dylink_flags of a symbol.
 */
#ifndef WP_DYLINK_H
#define WP_DYLINK_H

#include "base/index.h"
#include "core/binary/binary.h"
#include "core/module.h"

/* The name of a needed library. */
typedef struct wp_dylink_name {
    wp_bytes name;
    struct wp_dylink_name *next;
} wp_dylink_name;

/* A symbol of export-info or, from env, GOT.mem or GOT.func, of import-info. */
typedef struct wp_dylink_symbol {
    wp_link link;   /* by name; the scope is the kind of the subsection */
    uint32_t flags; /* WP_SYMBOL_*, of all entries of that name */
} wp_dylink_symbol;

typedef struct wp_dylink {
    bool present;                       /* false: the module has neither section, and all else is 0 */
    uint32_t pos;                       /* of the section's contents, or of its annotation */
    uint64_t memory_size;               /* bytes */
    uint64_t table_size;                /* slots */
    uint32_t memory_align, table_align; /* exponents of 2, below the pointer's width */
    wp_dylink_name *needed;             /* in order */
    wp_index symbols;
    wp_arena arena;
} wp_dylink;

/* Decodes the section of a module whose pointers have 32 or 64 bits. Names point into the module. *out must not move
 * afterwards, and must be released even on failure. WP_UNLOADABLE "malformed dylink.0 ...", and the like. */
WP_MUST_CHECK wp_status wp_dylink_decode(const wp_module *module, unsigned pointer_bits, wp_dylink *out, wp_diag *diag);
void wp_dylink_release(wp_dylink *dylink);
/* The flags of a symbol, WP_DYLINK_EXPORT_INFO or WP_DYLINK_IMPORT_INFO; 0 if the section does not have it. */
uint32_t wp_dylink_flags(const wp_dylink *dylink, uint8_t kind, wp_bytes name);

#endif
