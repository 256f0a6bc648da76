/* relative.h: how a module's constant expressions depend on the two bases that the loader gives it (rule load.data).
 *
 * Interface: wp_relative_new looks at all globals of a module once, wp_relative_offset then answers for segment
 * offsets.
 */
#ifndef WP_RELATIVE_H
#define WP_RELATIVE_H

#include "core/run/store.h"

/* A number known as memory_base * memory + table_base * table + constant, modulo 2^64. Numbers of an i32 are right in
 * their low 32 bits. */
typedef struct wp_relative {
    uint64_t memory;
    uint64_t table;
    uint64_t constant;
    bool known; /* false: it is no such sum */
} wp_relative;

typedef struct wp_relatives {
    const wp_module *module;
    wp_relative *globals; /* one per global */
    wp_relative *stack;   /* room for the operands of any expression of the module */
    size_t depth;
} wp_relatives;

/* Looks at a module whose imports were resolved to `imports`; the object of a mutable global may be NULL.
 * WP_EXHAUSTION: memory is short. */
WP_MUST_CHECK wp_status wp_relative_new(const wp_module *module, const wp_extern *imports, wp_relatives *out,
                                        wp_diag *diag);
void wp_relative_delete(wp_relatives *r);
/* The value of a constant expression, as an i64, or as an i32 where is64 is false (the parts then have 32 bits). */
wp_relative wp_relative_offset(wp_relatives *r, const wp_code *code, bool is64);

#endif
