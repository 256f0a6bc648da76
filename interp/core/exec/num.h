/* num.h: forms of the pure functions num_<id>, one for each numeric row of instr.def: num_int.h, num_float.h.
 *
 * Operands and results are bits: uint32_t for i32 and f32, uint64_t for i64 and f64. Total functions return the result;
 * partial ones return a trap reason and store the result through a pointer. None touches a store.
 */
#ifndef WP_NUM_H
#define WP_NUM_H

#include "core/trap.h"

#include <stdint.h>

typedef uint32_t num_i32;
typedef uint64_t num_i64;
typedef uint32_t num_f32;
typedef uint64_t num_f64;

/* A function of result type R and operand type T: an expression in a, or in a and b. */
#define NUM_UNARY(name, R, T, expression)                                                                              \
    static inline R name(T a) {                                                                                        \
        return expression;                                                                                             \
    }
#define NUM_BINARY(name, R, T, expression)                                                                             \
    static inline R name(T a, T b) {                                                                                   \
        return expression;                                                                                             \
    }
/* The same with a reason to trap, in which case the expression is not evaluated. */
#define NUM_BINARY_TRAP(name, T, reason, expression)                                                                   \
    static inline wp_trap name(T a, T b, T *out) {                                                                     \
        wp_trap trap = reason;                                                                                         \
        if (trap == WP_TRAP_none)                                                                                      \
            *out = (T)(expression);                                                                                    \
        return trap;                                                                                                   \
    }

#endif
