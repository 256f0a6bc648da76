/* num_int.h: integer instructions as pure functions, a line for each integer row of instr.def (specification,
 * "Execution: Numerics", "Integer Operations").
 *
 * Signed readings are two's complement conversions, which every supported compiler defines; signed overflow is never
 * relied on.
 */
#ifndef WP_NUM_INT_H
#define WP_NUM_INT_H

#include "core/exec/num.h"

#define NUM_DIV_TRAP (b == 0 ? WP_TRAP_integer_divide_by_zero : WP_TRAP_none)
#define NUM_DIV_S_TRAP(T, least)                                                                                       \
    (b == 0 ? WP_TRAP_integer_divide_by_zero : a == (T)(least) && b == (T)-1 ? WP_TRAP_integer_overflow : WP_TRAP_none)

/* clang-format off */

NUM_UNARY(num_i32_eqz, num_i32, num_i32, a == 0)
NUM_BINARY(num_i32_eq, num_i32, num_i32, a == b)
NUM_BINARY(num_i32_ne, num_i32, num_i32, a != b)
NUM_BINARY(num_i32_lt_s, num_i32, num_i32, (int32_t)a < (int32_t)b)
NUM_BINARY(num_i32_lt_u, num_i32, num_i32, a < b)
NUM_BINARY(num_i32_gt_s, num_i32, num_i32, (int32_t)a > (int32_t)b)
NUM_BINARY(num_i32_gt_u, num_i32, num_i32, a > b)
NUM_BINARY(num_i32_le_s, num_i32, num_i32, (int32_t)a <= (int32_t)b)
NUM_BINARY(num_i32_le_u, num_i32, num_i32, a <= b)
NUM_BINARY(num_i32_ge_s, num_i32, num_i32, (int32_t)a >= (int32_t)b)
NUM_BINARY(num_i32_ge_u, num_i32, num_i32, a >= b)

NUM_UNARY(num_i64_eqz, num_i32, num_i64, a == 0)
NUM_BINARY(num_i64_eq, num_i32, num_i64, a == b)
NUM_BINARY(num_i64_ne, num_i32, num_i64, a != b)
NUM_BINARY(num_i64_lt_s, num_i32, num_i64, (int64_t)a < (int64_t)b)
NUM_BINARY(num_i64_lt_u, num_i32, num_i64, a < b)
NUM_BINARY(num_i64_gt_s, num_i32, num_i64, (int64_t)a > (int64_t)b)
NUM_BINARY(num_i64_gt_u, num_i32, num_i64, a > b)
NUM_BINARY(num_i64_le_s, num_i32, num_i64, (int64_t)a <= (int64_t)b)
NUM_BINARY(num_i64_le_u, num_i32, num_i64, a <= b)
NUM_BINARY(num_i64_ge_s, num_i32, num_i64, (int64_t)a >= (int64_t)b)
NUM_BINARY(num_i64_ge_u, num_i32, num_i64, a >= b)

/* shr_s shifts a negative number through its complement, since >> on one is the compiler's choice. */
NUM_UNARY(num_i32_clz, num_i32, num_i32, a == 0 ? 32 : (num_i32)__builtin_clz(a))
NUM_UNARY(num_i32_ctz, num_i32, num_i32, a == 0 ? 32 : (num_i32)__builtin_ctz(a))
NUM_UNARY(num_i32_popcnt, num_i32, num_i32, (num_i32)__builtin_popcount(a))
NUM_BINARY(num_i32_add, num_i32, num_i32, a + b)
NUM_BINARY(num_i32_sub, num_i32, num_i32, a - b)
NUM_BINARY(num_i32_mul, num_i32, num_i32, a * b)
NUM_BINARY_TRAP(num_i32_div_s, num_i32, NUM_DIV_S_TRAP(num_i32, INT32_MIN), (int32_t)a / (int32_t)b)
NUM_BINARY_TRAP(num_i32_div_u, num_i32, NUM_DIV_TRAP, a / b)
NUM_BINARY_TRAP(num_i32_rem_s, num_i32, NUM_DIV_TRAP, (int32_t)b == -1 ? 0 : (int32_t)a % (int32_t)b)
NUM_BINARY_TRAP(num_i32_rem_u, num_i32, NUM_DIV_TRAP, a % b)
NUM_BINARY(num_i32_and, num_i32, num_i32, a & b)
NUM_BINARY(num_i32_or, num_i32, num_i32, a | b)
NUM_BINARY(num_i32_xor, num_i32, num_i32, a ^ b)
NUM_BINARY(num_i32_shl, num_i32, num_i32, a << (b & 31))
NUM_BINARY(num_i32_shr_s, num_i32, num_i32, a >> 31 != 0 ? ~(~a >> (b & 31)) : a >> (b & 31))
NUM_BINARY(num_i32_shr_u, num_i32, num_i32, a >> (b & 31))
NUM_BINARY(num_i32_rotl, num_i32, num_i32, a << (b & 31) | a >> ((0 - b) & 31))
NUM_BINARY(num_i32_rotr, num_i32, num_i32, a >> (b & 31) | a << ((0 - b) & 31))

NUM_UNARY(num_i64_clz, num_i64, num_i64, a == 0 ? 64 : (num_i64)__builtin_clzll(a))
NUM_UNARY(num_i64_ctz, num_i64, num_i64, a == 0 ? 64 : (num_i64)__builtin_ctzll(a))
NUM_UNARY(num_i64_popcnt, num_i64, num_i64, (num_i64)__builtin_popcountll(a))
NUM_BINARY(num_i64_add, num_i64, num_i64, a + b)
NUM_BINARY(num_i64_sub, num_i64, num_i64, a - b)
NUM_BINARY(num_i64_mul, num_i64, num_i64, a * b)
NUM_BINARY_TRAP(num_i64_div_s, num_i64, NUM_DIV_S_TRAP(num_i64, INT64_MIN), (int64_t)a / (int64_t)b)
NUM_BINARY_TRAP(num_i64_div_u, num_i64, NUM_DIV_TRAP, a / b)
NUM_BINARY_TRAP(num_i64_rem_s, num_i64, NUM_DIV_TRAP, (int64_t)b == -1 ? 0 : (int64_t)a % (int64_t)b)
NUM_BINARY_TRAP(num_i64_rem_u, num_i64, NUM_DIV_TRAP, a % b)
NUM_BINARY(num_i64_and, num_i64, num_i64, a & b)
NUM_BINARY(num_i64_or, num_i64, num_i64, a | b)
NUM_BINARY(num_i64_xor, num_i64, num_i64, a ^ b)
NUM_BINARY(num_i64_shl, num_i64, num_i64, a << (b & 63))
NUM_BINARY(num_i64_shr_s, num_i64, num_i64, a >> 63 != 0 ? ~(~a >> (b & 63)) : a >> (b & 63))
NUM_BINARY(num_i64_shr_u, num_i64, num_i64, a >> (b & 63))
NUM_BINARY(num_i64_rotl, num_i64, num_i64, a << (b & 63) | a >> ((0 - b) & 63))
NUM_BINARY(num_i64_rotr, num_i64, num_i64, a >> (b & 63) | a << ((0 - b) & 63))

NUM_UNARY(num_i32_wrap_i64, num_i32, num_i64, (num_i32)a)
NUM_UNARY(num_i64_extend_i32_u, num_i64, num_i32, a)
NUM_UNARY(num_i64_extend_i32_s, num_i64, num_i32, (num_i64)(int32_t)a)
NUM_UNARY(num_i32_extend8_s, num_i32, num_i32, (num_i32)(int8_t)a)
NUM_UNARY(num_i32_extend16_s, num_i32, num_i32, (num_i32)(int16_t)a)
NUM_UNARY(num_i64_extend8_s, num_i64, num_i64, (num_i64)(int8_t)a)
NUM_UNARY(num_i64_extend16_s, num_i64, num_i64, (num_i64)(int16_t)a)
NUM_UNARY(num_i64_extend32_s, num_i64, num_i64, (num_i64)(int32_t)a)
/* clang-format on */

#endif
