/* num_float.h: floating-point instructions as pure functions (specification, "Execution: Numerics", "Floating-Point
 * Operations"), on IEEE 754 bits.
 *
 * Results are bit-exact on every host. Where the specification allows several NaNs, the result is the positive
 * canonical NaN, as in its deterministic profile. abs, neg, copysign and reinterpretation work on the sign bit alone
 * and keep payloads. The rounding functions work on bits rather than by libm. Needs round-to-nearest and no
 * contraction: the build passes -ffp-contract=off.
 */
#ifndef WP_NUM_FLOAT_H
#define WP_NUM_FLOAT_H

#include "core/trap.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A line for an instruction, where it fits. */
/* clang-format off */
static inline float num_to_f32(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}
static inline double num_to_f64(uint64_t bits) {
    double f;
    memcpy(&f, &bits, sizeof f);
    return f;
}
/* Bits without regard to NaN. */
static inline uint32_t num_bits_f32(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}
static inline uint64_t num_bits_f64(double f) {
    uint64_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}
/* Bits of a result: NaN becomes the positive canonical one. */
static inline uint32_t num_result_f32(float f) { return f == f ? num_bits_f32(f) : 0x7FC00000u; }
static inline uint64_t num_result_f64(double f) { return f == f ? num_bits_f64(f) : 0x7FF8000000000000u; }

/* What differs between the widths: bits of the significand and exponent bias. */
#define NUM_MANTISSA_32 23
#define NUM_MANTISSA_64 52
#define NUM_BIAS_32 127
#define NUM_BIAS_64 1023

#define NUM_SIGN(N) ((uint##N##_t)1 << (N - 1))

/* Instructions that are alike in both widths. */
#define NUM_FLOAT(N, T)                                                                                            \
    static inline bool num_is_nan_##N(uint##N##_t a) {                                                             \
        return (a & ~NUM_SIGN(N)) > num_bits_f##N((T)__builtin_inf());                                             \
    }                                                                                                              \
    static inline uint32_t num_f##N##_eq(uint##N##_t a, uint##N##_t b) { return num_to_f##N(a) == num_to_f##N(b); } \
    static inline uint32_t num_f##N##_ne(uint##N##_t a, uint##N##_t b) { return num_to_f##N(a) != num_to_f##N(b); } \
    static inline uint32_t num_f##N##_lt(uint##N##_t a, uint##N##_t b) { return num_to_f##N(a) < num_to_f##N(b); } \
    static inline uint32_t num_f##N##_gt(uint##N##_t a, uint##N##_t b) { return num_to_f##N(a) > num_to_f##N(b); } \
    static inline uint32_t num_f##N##_le(uint##N##_t a, uint##N##_t b) { return num_to_f##N(a) <= num_to_f##N(b); } \
    static inline uint32_t num_f##N##_ge(uint##N##_t a, uint##N##_t b) { return num_to_f##N(a) >= num_to_f##N(b); } \
    static inline uint##N##_t num_f##N##_abs(uint##N##_t a) { return a & ~NUM_SIGN(N); }                           \
    static inline uint##N##_t num_f##N##_neg(uint##N##_t a) { return a ^ NUM_SIGN(N); }                            \
    static inline uint##N##_t num_f##N##_copysign(uint##N##_t a, uint##N##_t b) {                                  \
        return (a & ~NUM_SIGN(N)) | (b & NUM_SIGN(N));                                                             \
    }                                                                                                              \
    static inline uint##N##_t num_f##N##_add(uint##N##_t a, uint##N##_t b) {                                       \
        return num_result_f##N(num_to_f##N(a) + num_to_f##N(b));                                                   \
    }                                                                                                              \
    static inline uint##N##_t num_f##N##_sub(uint##N##_t a, uint##N##_t b) {                                       \
        return num_result_f##N(num_to_f##N(a) - num_to_f##N(b));                                                   \
    }                                                                                                              \
    static inline uint##N##_t num_f##N##_mul(uint##N##_t a, uint##N##_t b) {                                       \
        return num_result_f##N(num_to_f##N(a) * num_to_f##N(b));                                                   \
    }                                                                                                              \
    static inline uint##N##_t num_f##N##_div(uint##N##_t a, uint##N##_t b) {                                       \
        return num_result_f##N(num_to_f##N(a) / num_to_f##N(b));                                                   \
    }                                                                                                              \
    /* Equal operands may still be zeros of two signs: min takes the union of sign bits, max the intersection. */  \
    static inline uint##N##_t num_f##N##_min(uint##N##_t a, uint##N##_t b) {                                       \
        T x = num_to_f##N(a), y = num_to_f##N(b);                                                                  \
        return x < y ? a : y < x ? b : x == y ? (a | b) : num_result_f##N((T)__builtin_nan(""));                   \
    }                                                                                                              \
    static inline uint##N##_t num_f##N##_max(uint##N##_t a, uint##N##_t b) {                                       \
        T x = num_to_f##N(a), y = num_to_f##N(b);                                                                  \
        return x > y ? a : y > x ? b : x == y ? (a & b) : num_result_f##N((T)__builtin_nan(""));                   \
    }                                                                                                              \
    /* The unbiased exponent. */                                                                                   \
    static inline int num_exponent_##N(uint##N##_t a) {                                                            \
        return (int)((a & ~NUM_SIGN(N)) >> NUM_MANTISSA_##N) - NUM_BIAS_##N;                                       \
    }                                                                                                              \
    /* The bits below the binary point of a number with exponent 0 <= e < mantissa bits. */                        \
    static inline uint##N##_t num_fraction_##N(int e) {                                                            \
        return (((uint##N##_t)1 << NUM_MANTISSA_##N) - 1) >> e;                                                    \
    }                                                                                                              \
    static inline uint##N##_t num_f##N##_trunc(uint##N##_t a) {                                                    \
        int e = num_exponent_##N(a);                                                                               \
        if (e >= NUM_MANTISSA_##N)                                                                                 \
            return num_is_nan_##N(a) ? num_result_f##N(num_to_f##N(a)) : a;                                        \
        return e < 0 ? a & NUM_SIGN(N) : a & ~num_fraction_##N(e);                                                 \
    }                                                                                                              \
    /* Away from zero when there is a fraction: adding the mask carries into the exponent as it should. */         \
    static inline uint##N##_t num_away_##N(uint##N##_t a) {                                                        \
        int e = num_exponent_##N(a);                                                                               \
        if (e < 0)                                                                                                 \
            return (a & ~NUM_SIGN(N)) == 0 ? a : (a & NUM_SIGN(N)) | num_bits_f##N((T)1);                          \
        uint##N##_t mask = num_fraction_##N(e);                                                                    \
        return (a + ((a & mask) != 0 ? mask : 0)) & ~mask;                                                         \
    }                                                                                                              \
    static inline uint##N##_t num_f##N##_ceil(uint##N##_t a) {                                                     \
        if (num_exponent_##N(a) >= NUM_MANTISSA_##N || (a & NUM_SIGN(N)) != 0)                                     \
            return num_f##N##_trunc(a);                                                                            \
        return num_away_##N(a);                                                                                    \
    }                                                                                                              \
    static inline uint##N##_t num_f##N##_floor(uint##N##_t a) {                                                    \
        if (num_exponent_##N(a) >= NUM_MANTISSA_##N || (a & NUM_SIGN(N)) == 0)                                     \
            return num_f##N##_trunc(a);                                                                            \
        return num_away_##N(a);                                                                                    \
    }                                                                                                              \
    /* Ties to even: half a unit is added, less one bit where the integer part is even. */                         \
    static inline uint##N##_t num_f##N##_nearest(uint##N##_t a) {                                                  \
        int e = num_exponent_##N(a);                                                                               \
        if (e >= NUM_MANTISSA_##N)                                                                                 \
            return num_f##N##_trunc(a);                                                                            \
        if (e < -1)                                                                                                \
            return a & NUM_SIGN(N);                                                                                \
        if (e == -1) /* 0.5 <= |a| < 1: only the tie itself goes to zero */                                        \
            return (a & NUM_SIGN(N)) | ((a & ~NUM_SIGN(N)) == num_bits_f##N((T)0.5) ? 0 : num_bits_f##N((T)1));    \
        uint##N##_t mask = num_fraction_##N(e);                                                                    \
        uint##N##_t unit = mask + 1;                                                                               \
        /* For e = 0 the lowest integer bit is the implicit one: 1 is odd. */                                      \
        bool odd = e == 0 || (a & unit) != 0;                                                                      \
        return (a + (mask >> 1) + (odd ? 1 : 0)) & ~mask;                                                          \
    }
NUM_FLOAT(32, float)
NUM_FLOAT(64, double)
#undef NUM_FLOAT

static inline uint32_t num_f32_sqrt(uint32_t a) { return num_result_f32(__builtin_sqrtf(num_to_f32(a))); }
static inline uint64_t num_f64_sqrt(uint64_t a) { return num_result_f64(__builtin_sqrt(num_to_f64(a))); }

/* ---- Conversions ---- */

static inline uint32_t num_f32_demote_f64(uint64_t a) { return num_result_f32((float)num_to_f64(a)); }
static inline uint64_t num_f64_promote_f32(uint32_t a) { return num_result_f64((double)num_to_f32(a)); }
static inline uint32_t num_i32_reinterpret_f32(uint32_t a) { return a; }
static inline uint64_t num_i64_reinterpret_f64(uint64_t a) { return a; }
static inline uint32_t num_f32_reinterpret_i32(uint32_t a) { return a; }
static inline uint64_t num_f64_reinterpret_i64(uint64_t a) { return a; }
static inline uint32_t num_f32_convert_i32_s(uint32_t a) { return num_bits_f32((float)(int32_t)a); }
static inline uint32_t num_f32_convert_i32_u(uint32_t a) { return num_bits_f32((float)a); }
static inline uint32_t num_f32_convert_i64_s(uint64_t a) { return num_bits_f32((float)(int64_t)a); }
static inline uint32_t num_f32_convert_i64_u(uint64_t a) { return num_bits_f32((float)a); }
static inline uint64_t num_f64_convert_i32_s(uint32_t a) { return num_bits_f64((double)(int32_t)a); }
static inline uint64_t num_f64_convert_i32_u(uint32_t a) { return num_bits_f64((double)a); }
static inline uint64_t num_f64_convert_i64_s(uint64_t a) { return num_bits_f64((double)(int64_t)a); }
static inline uint64_t num_f64_convert_i64_u(uint64_t a) { return num_bits_f64((double)a); }

/* Truncation to an integer. `below` < x < `above` is what the integer type can hold; both are exact in type T. */
#define NUM_TRUNC(I, F, T, sign, C, below, above, low, high)                                                    \
    static inline wp_trap num_i##I##_trunc_f##F##_##sign(uint##F##_t a, uint##I##_t *out) {                        \
        T x = num_to_f##F(a);                                                                                      \
        if (x != x)                                                                                                \
            return WP_TRAP_invalid_conversion;                                                                     \
        if (!(x below && x < above))                                                                               \
            return WP_TRAP_integer_overflow;                                                                       \
        *out = (uint##I##_t)(C)x;                                                                                  \
        return WP_TRAP_none;                                                                                       \
    }                                                                                                              \
    static inline uint##I##_t num_i##I##_trunc_sat_f##F##_##sign(uint##F##_t a) {                                  \
        T x = num_to_f##F(a);                                                                                      \
        if (x != x)                                                                                                \
            return 0;                                                                                              \
        if (!(x below))                                                                                            \
            return low;                                                                                            \
        return x < above ? (uint##I##_t)(C)x : high;                                                               \
    }
NUM_TRUNC(32, 32, float, s, int32_t, >= -0x1p31f, 0x1p31f, 0x80000000u, 0x7FFFFFFFu)
NUM_TRUNC(32, 64, double, s, int32_t, > -0x1.00000002p31, 0x1p31, 0x80000000u, 0x7FFFFFFFu)
NUM_TRUNC(32, 32, float, u, uint32_t, > -1.0f, 0x1p32f, 0u, 0xFFFFFFFFu)
NUM_TRUNC(32, 64, double, u, uint32_t, > -1.0, 0x1p32, 0u, 0xFFFFFFFFu)
NUM_TRUNC(64, 32, float, s, int64_t, >= -0x1p63f, 0x1p63f, 0x8000000000000000u, 0x7FFFFFFFFFFFFFFFu)
NUM_TRUNC(64, 64, double, s, int64_t, >= -0x1p63, 0x1p63, 0x8000000000000000u, 0x7FFFFFFFFFFFFFFFu)
NUM_TRUNC(64, 32, float, u, uint64_t, > -1.0f, 0x1p64f, 0u, 0xFFFFFFFFFFFFFFFFu)
NUM_TRUNC(64, 64, double, u, uint64_t, > -1.0, 0x1p64, 0u, 0xFFFFFFFFFFFFFFFFu)
#undef NUM_TRUNC
#undef NUM_SIGN
/* clang-format on */

#endif
