/* num_int.h: integer instructions as pure functions (specification, "Execution: Numerics", "Integer Operations").
 *
 * One function per integer row of instr.def, num_<id>, on bits. Signed readings go through the helpers below, which
 * rely on two's complement conversions that every supported compiler defines, never on signed overflow.
 */
#ifndef WP_NUM_INT_H
#define WP_NUM_INT_H

#include "core/trap.h"

#include <stdint.h>

/* A line for an instruction, where it fits. */
/* clang-format off */
static inline int32_t num_s32(uint32_t a) { return (int32_t)a; }
static inline int64_t num_s64(uint64_t a) { return (int64_t)a; }

/* Instructions that are alike in both widths. */
#define NUM_INT(N)                                                                                                 \
    static inline uint32_t num_i##N##_eqz(uint##N##_t a) { return a == 0; }                                        \
    static inline uint32_t num_i##N##_eq(uint##N##_t a, uint##N##_t b) { return a == b; }                          \
    static inline uint32_t num_i##N##_ne(uint##N##_t a, uint##N##_t b) { return a != b; }                          \
    static inline uint32_t num_i##N##_lt_s(uint##N##_t a, uint##N##_t b) { return num_s##N(a) < num_s##N(b); }     \
    static inline uint32_t num_i##N##_lt_u(uint##N##_t a, uint##N##_t b) { return a < b; }                         \
    static inline uint32_t num_i##N##_gt_s(uint##N##_t a, uint##N##_t b) { return num_s##N(a) > num_s##N(b); }     \
    static inline uint32_t num_i##N##_gt_u(uint##N##_t a, uint##N##_t b) { return a > b; }                         \
    static inline uint32_t num_i##N##_le_s(uint##N##_t a, uint##N##_t b) { return num_s##N(a) <= num_s##N(b); }    \
    static inline uint32_t num_i##N##_le_u(uint##N##_t a, uint##N##_t b) { return a <= b; }                        \
    static inline uint32_t num_i##N##_ge_s(uint##N##_t a, uint##N##_t b) { return num_s##N(a) >= num_s##N(b); }    \
    static inline uint32_t num_i##N##_ge_u(uint##N##_t a, uint##N##_t b) { return a >= b; }                        \
    static inline uint##N##_t num_i##N##_add(uint##N##_t a, uint##N##_t b) { return a + b; }                       \
    static inline uint##N##_t num_i##N##_sub(uint##N##_t a, uint##N##_t b) { return a - b; }                       \
    static inline uint##N##_t num_i##N##_mul(uint##N##_t a, uint##N##_t b) { return a * b; }                       \
    static inline uint##N##_t num_i##N##_and(uint##N##_t a, uint##N##_t b) { return a & b; }                       \
    static inline uint##N##_t num_i##N##_or(uint##N##_t a, uint##N##_t b) { return a | b; }                        \
    static inline uint##N##_t num_i##N##_xor(uint##N##_t a, uint##N##_t b) { return a ^ b; }                       \
    static inline uint##N##_t num_i##N##_shl(uint##N##_t a, uint##N##_t b) { return a << (b & (N - 1)); }          \
    static inline uint##N##_t num_i##N##_shr_u(uint##N##_t a, uint##N##_t b) { return a >> (b & (N - 1)); }        \
    /* A negative number is shifted through its complement, since >> on one is the compiler's choice. */           \
    static inline uint##N##_t num_i##N##_shr_s(uint##N##_t a, uint##N##_t b) {                                     \
        uint##N##_t k = b & (N - 1);                                                                               \
        return a >> (N - 1) != 0 ? ~(~a >> k) : a >> k;                                                            \
    }                                                                                                              \
    static inline uint##N##_t num_i##N##_rotl(uint##N##_t a, uint##N##_t b) {                                      \
        return a << (b & (N - 1)) | a >> ((0 - b) & (N - 1));                                                      \
    }                                                                                                              \
    static inline uint##N##_t num_i##N##_rotr(uint##N##_t a, uint##N##_t b) {                                      \
        return a >> (b & (N - 1)) | a << ((0 - b) & (N - 1));                                                      \
    }                                                                                                              \
    static inline wp_trap num_i##N##_div_s(uint##N##_t a, uint##N##_t b, uint##N##_t *out) {                       \
        if (b == 0)                                                                                                \
            return WP_TRAP_integer_divide_by_zero;                                                                 \
        if (a == (uint##N##_t)1 << (N - 1) && b == (uint##N##_t)-1)                                                \
            return WP_TRAP_integer_overflow;                                                                       \
        *out = (uint##N##_t)(num_s##N(a) / num_s##N(b));                                                           \
        return WP_TRAP_none;                                                                                       \
    }                                                                                                              \
    static inline wp_trap num_i##N##_div_u(uint##N##_t a, uint##N##_t b, uint##N##_t *out) {                       \
        if (b == 0)                                                                                                \
            return WP_TRAP_integer_divide_by_zero;                                                                 \
        *out = a / b;                                                                                              \
        return WP_TRAP_none;                                                                                       \
    }                                                                                                              \
    static inline wp_trap num_i##N##_rem_s(uint##N##_t a, uint##N##_t b, uint##N##_t *out) {                       \
        if (b == 0)                                                                                                \
            return WP_TRAP_integer_divide_by_zero;                                                                 \
        *out = b == (uint##N##_t)-1 ? 0 : (uint##N##_t)(num_s##N(a) % num_s##N(b));                                \
        return WP_TRAP_none;                                                                                       \
    }                                                                                                              \
    static inline wp_trap num_i##N##_rem_u(uint##N##_t a, uint##N##_t b, uint##N##_t *out) {                       \
        if (b == 0)                                                                                                \
            return WP_TRAP_integer_divide_by_zero;                                                                 \
        *out = a % b;                                                                                              \
        return WP_TRAP_none;                                                                                       \
    }
NUM_INT(32)
NUM_INT(64)
#undef NUM_INT

static inline uint32_t num_i32_clz(uint32_t a) { return a == 0 ? 32 : (uint32_t)__builtin_clz(a); }
static inline uint32_t num_i32_ctz(uint32_t a) { return a == 0 ? 32 : (uint32_t)__builtin_ctz(a); }
static inline uint32_t num_i32_popcnt(uint32_t a) { return (uint32_t)__builtin_popcount(a); }
static inline uint64_t num_i64_clz(uint64_t a) { return a == 0 ? 64 : (uint64_t)__builtin_clzll(a); }
static inline uint64_t num_i64_ctz(uint64_t a) { return a == 0 ? 64 : (uint64_t)__builtin_ctzll(a); }
static inline uint64_t num_i64_popcnt(uint64_t a) { return (uint64_t)__builtin_popcountll(a); }

static inline uint32_t num_i32_wrap_i64(uint64_t a) { return (uint32_t)a; }
static inline uint64_t num_i64_extend_i32_u(uint32_t a) { return a; }
static inline uint64_t num_i64_extend_i32_s(uint32_t a) { return (uint64_t)(int64_t)num_s32(a); }
static inline uint32_t num_i32_extend8_s(uint32_t a) { return (uint32_t)(int8_t)(uint8_t)a; }
static inline uint32_t num_i32_extend16_s(uint32_t a) { return (uint32_t)(int16_t)(uint16_t)a; }
static inline uint64_t num_i64_extend8_s(uint64_t a) { return (uint64_t)(int8_t)(uint8_t)a; }
static inline uint64_t num_i64_extend16_s(uint64_t a) { return (uint64_t)(int16_t)(uint16_t)a; }
static inline uint64_t num_i64_extend32_s(uint64_t a) { return (uint64_t)(int32_t)(uint32_t)a; }
/* clang-format on */

#endif
