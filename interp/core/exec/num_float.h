/* num_float.h: floating-point instructions as pure functions (specification, "Execution: Numerics", "Floating-Point
 * Operations"), on IEEE 754 bits: one line for each floating-point row of instr.def.
 *
 * Results are bit-exact on every host. Where the specification allows several NaNs, the result is the positive
 * canonical NaN, as in its deterministic profile. abs, neg, copysign and reinterpretation work on the sign bit alone
 * and keep payloads. The rounding functions work on bits rather than by libm. Needs round-to-nearest and no
 * contraction: the build passes -ffp-contract=off.
 */
#ifndef WP_NUM_FLOAT_H
#define WP_NUM_FLOAT_H

#include "core/exec/num.h"

#include <stdbool.h>
#include <string.h>

/* ---- Bits --------------------------------------------------------------------------------------------------- */

static inline float num_to_f32(num_f32 bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}
static inline double num_to_f64(num_f64 bits) {
    double f;
    memcpy(&f, &bits, sizeof f);
    return f;
}
static inline num_f32 num_bits_f32(float f) {
    num_f32 bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}
static inline num_f64 num_bits_f64(double f) {
    num_f64 bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}
/* Bits of a result: NaN becomes the positive canonical one. */
static inline num_f32 num_result_f32(float f) {
    return f == f ? num_bits_f32(f) : 0x7FC00000u;
}
static inline num_f64 num_result_f64(double f) {
    return f == f ? num_bits_f64(f) : 0x7FF8000000000000u;
}

/* ---- Functions of both widths ------------------------------------------------------------------------------- */

#define NUM_SIGN_32 0x80000000u
#define NUM_SIGN_64 0x8000000000000000u

/* clang-format off */
/* N: bits; T: the C type; MANTISSA: bits of the significand; BIAS: of the exponent. */
#define NUM_FLOAT(N, T, MANTISSA, BIAS)                                                                                \
    static inline bool num_is_nan_##N(num_f##N a) {                                                                    \
        return (a & ~NUM_SIGN_##N) > num_bits_f##N((T)__builtin_inf());                                                \
    }                                                                                                                  \
    /* Equal operands may still be zeros of two signs: min takes the union of sign bits, max the intersection. */      \
    static inline num_f##N num_min_##N(num_f##N a, num_f##N b) {                                                       \
        T x = num_to_f##N(a), y = num_to_f##N(b);                                                                      \
        return x < y ? a : y < x ? b : x == y ? (a | b) : num_result_f##N((T)__builtin_nan(""));                       \
    }                                                                                                                  \
    static inline num_f##N num_max_##N(num_f##N a, num_f##N b) {                                                       \
        T x = num_to_f##N(a), y = num_to_f##N(b);                                                                      \
        return x > y ? a : y > x ? b : x == y ? (a & b) : num_result_f##N((T)__builtin_nan(""));                       \
    }                                                                                                                  \
    /* The unbiased exponent. */                                                                                       \
    static inline int num_exponent_##N(num_f##N a) {                                                                   \
        return (int)((a & ~NUM_SIGN_##N) >> MANTISSA) - BIAS;                                                          \
    }                                                                                                                  \
    /* The bits below the binary point of a number with exponent 0 <= e < MANTISSA. */                                 \
    static inline num_f##N num_fraction_##N(int e) {                                                                   \
        return (((num_f##N)1 << MANTISSA) - 1) >> e;                                                                   \
    }                                                                                                                  \
    static inline num_f##N num_trunc_##N(num_f##N a) {                                                                 \
        int e = num_exponent_##N(a);                                                                                   \
        if (e >= MANTISSA)                                                                                             \
            return num_is_nan_##N(a) ? num_result_f##N(num_to_f##N(a)) : a;                                            \
        return e < 0 ? a & NUM_SIGN_##N : a & ~num_fraction_##N(e);                                                    \
    }                                                                                                                  \
    /* Away from zero when there is a fraction: adding the mask carries into the exponent as it should. */             \
    static inline num_f##N num_away_##N(num_f##N a) {                                                                  \
        int e = num_exponent_##N(a);                                                                                   \
        if (e < 0)                                                                                                     \
            return (a & ~NUM_SIGN_##N) == 0 ? a : (a & NUM_SIGN_##N) | num_bits_f##N((T)1);                            \
        num_f##N mask = num_fraction_##N(e);                                                                           \
        return (a + ((a & mask) != 0 ? mask : 0)) & ~mask;                                                             \
    }                                                                                                                  \
    static inline num_f##N num_ceil_##N(num_f##N a) {                                                                  \
        bool toward_zero = num_exponent_##N(a) >= MANTISSA || (a & NUM_SIGN_##N) != 0;                                 \
        return toward_zero ? num_trunc_##N(a) : num_away_##N(a);                                                       \
    }                                                                                                                  \
    static inline num_f##N num_floor_##N(num_f##N a) {                                                                 \
        bool toward_zero = num_exponent_##N(a) >= MANTISSA || (a & NUM_SIGN_##N) == 0;                                 \
        return toward_zero ? num_trunc_##N(a) : num_away_##N(a);                                                       \
    }                                                                                                                  \
    /* Ties to even: half a unit is added, less one bit where the integer part is even. */                             \
    static inline num_f##N num_nearest_##N(num_f##N a) {                                                               \
        int e = num_exponent_##N(a);                                                                                   \
        if (e >= MANTISSA)                                                                                             \
            return num_trunc_##N(a);                                                                                   \
        if (e < -1)                                                                                                    \
            return a & NUM_SIGN_##N;                                                                                   \
        if (e == -1) /* 0.5 <= |a| < 1: only the tie itself goes to zero */                                            \
            return (a & NUM_SIGN_##N) | ((a & ~NUM_SIGN_##N) == num_bits_f##N((T)0.5) ? 0 : num_bits_f##N((T)1));      \
        num_f##N mask = num_fraction_##N(e);                                                                           \
        num_f##N unit = mask + 1;                                                                                      \
        /* For e = 0 the lowest integer bit is the implicit one: 1 is odd. */                                          \
        bool odd = e == 0 || (a & unit) != 0;                                                                          \
        return (a + (mask >> 1) + (odd ? 1 : 0)) & ~mask;                                                              \
    }
NUM_FLOAT(32, float, 23, 127)
NUM_FLOAT(64, double, 52, 1023)
#undef NUM_FLOAT

/* ---- Comparison and arithmetic ------------------------------------------------------------------------------ */

NUM_BINARY(num_f32_eq, num_i32, num_f32, num_to_f32(a) == num_to_f32(b))
NUM_BINARY(num_f32_ne, num_i32, num_f32, num_to_f32(a) != num_to_f32(b))
NUM_BINARY(num_f32_lt, num_i32, num_f32, num_to_f32(a) < num_to_f32(b))
NUM_BINARY(num_f32_gt, num_i32, num_f32, num_to_f32(a) > num_to_f32(b))
NUM_BINARY(num_f32_le, num_i32, num_f32, num_to_f32(a) <= num_to_f32(b))
NUM_BINARY(num_f32_ge, num_i32, num_f32, num_to_f32(a) >= num_to_f32(b))

NUM_BINARY(num_f64_eq, num_i32, num_f64, num_to_f64(a) == num_to_f64(b))
NUM_BINARY(num_f64_ne, num_i32, num_f64, num_to_f64(a) != num_to_f64(b))
NUM_BINARY(num_f64_lt, num_i32, num_f64, num_to_f64(a) < num_to_f64(b))
NUM_BINARY(num_f64_gt, num_i32, num_f64, num_to_f64(a) > num_to_f64(b))
NUM_BINARY(num_f64_le, num_i32, num_f64, num_to_f64(a) <= num_to_f64(b))
NUM_BINARY(num_f64_ge, num_i32, num_f64, num_to_f64(a) >= num_to_f64(b))

NUM_UNARY(num_f32_abs, num_f32, num_f32, a & ~NUM_SIGN_32)
NUM_UNARY(num_f32_neg, num_f32, num_f32, a ^ NUM_SIGN_32)
NUM_UNARY(num_f32_ceil, num_f32, num_f32, num_ceil_32(a))
NUM_UNARY(num_f32_floor, num_f32, num_f32, num_floor_32(a))
NUM_UNARY(num_f32_trunc, num_f32, num_f32, num_trunc_32(a))
NUM_UNARY(num_f32_nearest, num_f32, num_f32, num_nearest_32(a))
NUM_UNARY(num_f32_sqrt, num_f32, num_f32, num_result_f32(__builtin_sqrtf(num_to_f32(a))))
NUM_BINARY(num_f32_add, num_f32, num_f32, num_result_f32(num_to_f32(a) + num_to_f32(b)))
NUM_BINARY(num_f32_sub, num_f32, num_f32, num_result_f32(num_to_f32(a) - num_to_f32(b)))
NUM_BINARY(num_f32_mul, num_f32, num_f32, num_result_f32(num_to_f32(a) * num_to_f32(b)))
NUM_BINARY(num_f32_div, num_f32, num_f32, num_result_f32(num_to_f32(a) / num_to_f32(b)))
NUM_BINARY(num_f32_min, num_f32, num_f32, num_min_32(a, b))
NUM_BINARY(num_f32_max, num_f32, num_f32, num_max_32(a, b))
NUM_BINARY(num_f32_copysign, num_f32, num_f32, (a & ~NUM_SIGN_32) | (b & NUM_SIGN_32))

NUM_UNARY(num_f64_abs, num_f64, num_f64, a & ~NUM_SIGN_64)
NUM_UNARY(num_f64_neg, num_f64, num_f64, a ^ NUM_SIGN_64)
NUM_UNARY(num_f64_ceil, num_f64, num_f64, num_ceil_64(a))
NUM_UNARY(num_f64_floor, num_f64, num_f64, num_floor_64(a))
NUM_UNARY(num_f64_trunc, num_f64, num_f64, num_trunc_64(a))
NUM_UNARY(num_f64_nearest, num_f64, num_f64, num_nearest_64(a))
NUM_UNARY(num_f64_sqrt, num_f64, num_f64, num_result_f64(__builtin_sqrt(num_to_f64(a))))
NUM_BINARY(num_f64_add, num_f64, num_f64, num_result_f64(num_to_f64(a) + num_to_f64(b)))
NUM_BINARY(num_f64_sub, num_f64, num_f64, num_result_f64(num_to_f64(a) - num_to_f64(b)))
NUM_BINARY(num_f64_mul, num_f64, num_f64, num_result_f64(num_to_f64(a) * num_to_f64(b)))
NUM_BINARY(num_f64_div, num_f64, num_f64, num_result_f64(num_to_f64(a) / num_to_f64(b)))
NUM_BINARY(num_f64_min, num_f64, num_f64, num_min_64(a, b))
NUM_BINARY(num_f64_max, num_f64, num_f64, num_max_64(a, b))
NUM_BINARY(num_f64_copysign, num_f64, num_f64, (a & ~NUM_SIGN_64) | (b & NUM_SIGN_64))

/* ---- Conversions -------------------------------------------------------------------------------------------- */

/* Truncation to an integer, and the same saturating. x `below` and x < `above`, exact as floats, are what C holds. */
#define NUM_TRUNC(name, name_sat, I, F, C, below, above, low, high)                                                    \
    static inline wp_trap name(num_f##F a, num_i##I *out) {                                                            \
        if (num_is_nan_##F(a))                                                                                         \
            return WP_TRAP_invalid_conversion;                                                                         \
        if (!(num_to_f##F(a) below && num_to_f##F(a) < above))                                                         \
            return WP_TRAP_integer_overflow;                                                                           \
        *out = (num_i##I)(C)num_to_f##F(a);                                                                            \
        return WP_TRAP_none;                                                                                           \
    }                                                                                                                  \
    static inline num_i##I name_sat(num_f##F a) {                                                                      \
        if (num_is_nan_##F(a))                                                                                         \
            return 0;                                                                                                  \
        if (!(num_to_f##F(a) below))                                                                                   \
            return (num_i##I)low;                                                                                      \
        return num_to_f##F(a) < above ? (num_i##I)(C)num_to_f##F(a) : (num_i##I)high;                                  \
    }
NUM_TRUNC(num_i32_trunc_f32_s, num_i32_trunc_sat_f32_s, 32, 32, int32_t, >= -0x1p31f, 0x1p31f, INT32_MIN, INT32_MAX)
NUM_TRUNC(num_i32_trunc_f32_u, num_i32_trunc_sat_f32_u, 32, 32, uint32_t, > -1.0f, 0x1p32f, 0, UINT32_MAX)
NUM_TRUNC(num_i32_trunc_f64_s, num_i32_trunc_sat_f64_s, 32, 64, int32_t, > -0x1.00000002p31, 0x1p31,
          INT32_MIN, INT32_MAX)
NUM_TRUNC(num_i32_trunc_f64_u, num_i32_trunc_sat_f64_u, 32, 64, uint32_t, > -1.0, 0x1p32, 0, UINT32_MAX)
NUM_TRUNC(num_i64_trunc_f32_s, num_i64_trunc_sat_f32_s, 64, 32, int64_t, >= -0x1p63f, 0x1p63f, INT64_MIN, INT64_MAX)
NUM_TRUNC(num_i64_trunc_f32_u, num_i64_trunc_sat_f32_u, 64, 32, uint64_t, > -1.0f, 0x1p64f, 0, UINT64_MAX)
NUM_TRUNC(num_i64_trunc_f64_s, num_i64_trunc_sat_f64_s, 64, 64, int64_t, >= -0x1p63, 0x1p63, INT64_MIN, INT64_MAX)
NUM_TRUNC(num_i64_trunc_f64_u, num_i64_trunc_sat_f64_u, 64, 64, uint64_t, > -1.0, 0x1p64, 0, UINT64_MAX)
#undef NUM_TRUNC

NUM_UNARY(num_f32_demote_f64, num_f32, num_f64, num_result_f32((float)num_to_f64(a)))
NUM_UNARY(num_f64_promote_f32, num_f64, num_f32, num_result_f64((double)num_to_f32(a)))
NUM_UNARY(num_f32_convert_i32_s, num_f32, num_i32, num_bits_f32((float)(int32_t)a))
NUM_UNARY(num_f32_convert_i32_u, num_f32, num_i32, num_bits_f32((float)a))
NUM_UNARY(num_f32_convert_i64_s, num_f32, num_i64, num_bits_f32((float)(int64_t)a))
NUM_UNARY(num_f32_convert_i64_u, num_f32, num_i64, num_bits_f32((float)a))
NUM_UNARY(num_f64_convert_i32_s, num_f64, num_i32, num_bits_f64((double)(int32_t)a))
NUM_UNARY(num_f64_convert_i32_u, num_f64, num_i32, num_bits_f64((double)a))
NUM_UNARY(num_f64_convert_i64_s, num_f64, num_i64, num_bits_f64((double)(int64_t)a))
NUM_UNARY(num_f64_convert_i64_u, num_f64, num_i64, num_bits_f64((double)a))
NUM_UNARY(num_i32_reinterpret_f32, num_i32, num_f32, a)
NUM_UNARY(num_i64_reinterpret_f64, num_i64, num_f64, a)
NUM_UNARY(num_f32_reinterpret_i32, num_f32, num_i32, a)
NUM_UNARY(num_f64_reinterpret_i64, num_f64, num_i64, a)
/* clang-format on */

#endif
