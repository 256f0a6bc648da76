/* affine.h: how a module's constant expressions depend on the two bases that the loader gives it (rule load.data).
 *
 * Interface: wp_affine_open evaluates the globals of a module once, wp_affine_offset then the offset of a segment.
 */
#ifndef WP_AFFINE_H
#define WP_AFFINE_H

#include "core/run/store.h"

/* memory_base * memory + table_base * table + constant, modulo 2^64. Of an i32 only the low 32 bits count. */
typedef struct wp_affine {
    uint64_t memory;
    uint64_t table;
    uint64_t constant;
    bool known; /* false: not such a sum */
} wp_affine;

typedef struct wp_affine_context {
    const wp_module *module;
    wp_affine *globals; /* one per global */
    wp_affine *stack;   /* for the operands of any expression of the module */
    size_t depth;
} wp_affine_context;

/* Evaluates a module whose imports were resolved to `imports`; the object of a mutable global may be NULL. */
WP_MUST_CHECK wp_status wp_affine_open(const wp_module *module, const wp_extern *imports, wp_affine_context *out,
                                       wp_diag *diag);
void wp_affine_close(wp_affine_context *r);
/* The value of a constant expression, as an i64 or, if not is64, an i32: the coefficients then have 32 bits. */
wp_affine wp_affine_offset(wp_affine_context *r, const wp_code *code, bool is64);

#endif
