/* num.h: what numeric functions share. Each numeric row of instr.def names a pure function num_<id> in num_int.h or
 * num_float.h. Operands and results are bits: uint32_t for i32 and f32, uint64_t for i64 and f64. Total functions
 * return the result; partial ones return a trap reason and store the result through a pointer. None touches a store.
 */
#ifndef WP_NUM_H
#define WP_NUM_H

#include "core/exec/num_float.h"
#include "core/exec/num_int.h"

/* C types of the value types. */
typedef uint32_t num_i32;
typedef uint64_t num_i64;
typedef uint32_t num_f32;
typedef uint64_t num_f64;

#endif
