/* num_oracle.h: an oracle of every numeric instruction: integers bit by bit, floating point by exact integer arithmetic
 * that is rounded once (specification, "Execution: Numerics"). It uses no floating point of the host.
 *
 * NaN results are the positive canonical NaN, as num_float.h promises.
 */
#ifndef WP_NUM_ORACLE_H
#define WP_NUM_ORACLE_H

#include "core/instr.h"
#include "core/trap.h"

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 u128;

/* ---- Integers: the oracle ------------------------------------------------------------------------------------ */

static inline uint64_t mask_of(unsigned bits) {
    return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static inline unsigned bit(uint64_t value, unsigned place) {
    return (unsigned)(value >> place & 1);
}

/* Copies bit bits - 1 into all places above it. */
static inline uint64_t extend(uint64_t value, unsigned bits) {
    uint64_t low = value & mask_of(bits);
    return bit(value, bits - 1) != 0 ? low | ~mask_of(bits) : low;
}

static inline bool negative(uint64_t value, unsigned bits) {
    return bit(value, bits - 1) != 0;
}

static inline uint64_t magnitude(uint64_t value, unsigned bits) {
    return negative(value, bits) ? (~value + 1) & mask_of(bits) : value & mask_of(bits);
}

static inline bool less_signed(uint64_t a, uint64_t b, unsigned bits) {
    if (negative(a, bits) != negative(b, bits))
        return negative(a, bits);
    return a < b;
}

/* School multiplication, modulo 2^64. */
static inline uint64_t multiply(uint64_t a, uint64_t b) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < 64; i++)
        sum += bit(b, i) != 0 ? a << i : 0;
    return sum;
}

/* School division of magnitudes. */
static inline uint64_t divide(uint64_t a, uint64_t b, uint64_t *remainder) {
    uint64_t quotient = 0;
    u128 rest = 0;
    for (unsigned i = 64; i-- > 0;) {
        rest = rest << 1 | bit(a, i);
        quotient <<= 1;
        if (rest >= b) {
            rest -= b;
            quotient |= 1;
        }
    }
    *remainder = (uint64_t)rest;
    return quotient;
}

typedef enum division { DIV_S, DIV_U, REM_S, REM_U } division;

static inline uint64_t int_division(division kind, unsigned bits, uint64_t a, uint64_t b, wp_trap *trap) {
    uint64_t remainder = 0;
    if (b == 0) {
        *trap = WP_TRAP_integer_divide_by_zero;
        return 0;
    }
    if (kind == DIV_U || kind == REM_U) {
        uint64_t quotient = divide(a, b, &remainder);
        return kind == DIV_U ? quotient : remainder;
    }
    uint64_t quotient = divide(magnitude(a, bits), magnitude(b, bits), &remainder);
    bool minus = negative(a, bits) != negative(b, bits);
    if (kind == REM_S) /* the remainder has the sign of the dividend */
        return (negative(a, bits) ? ~remainder + 1 : remainder) & mask_of(bits);
    if (!minus && quotient > mask_of(bits - 1))
        *trap = WP_TRAP_integer_overflow;
    return (minus ? ~quotient + 1 : quotient) & mask_of(bits);
}

/* Each result bit i is bit `from(i)` of the operand. */
static inline uint64_t shift(unsigned bits, uint64_t a, uint64_t b, bool left, bool rotate, unsigned fill) {
    unsigned by = (unsigned)(b % bits);
    uint64_t result = 0;
    for (unsigned i = 0; i < bits; i++) {
        unsigned from = left ? i + bits - by : i + by;
        bool inside = left ? i >= by : i + by < bits;
        unsigned value = inside || rotate ? bit(a, from % bits) : fill;
        result |= (uint64_t)value << i;
    }
    return result;
}

static inline uint64_t count_leading(unsigned bits, uint64_t a) {
    unsigned n = 0;
    while (n < bits && bit(a, bits - 1 - n) == 0)
        n++;
    return n;
}

static inline uint64_t count_trailing(unsigned bits, uint64_t a) {
    unsigned n = 0;
    while (n < bits && bit(a, n) == 0)
        n++;
    return n;
}

static inline uint64_t count_ones(unsigned bits, uint64_t a) {
    unsigned n = 0;
    for (unsigned i = 0; i < bits; i++)
        n += bit(a, i);
    return n;
}

/* ---- Floating point: the oracle ------------------------------------------------------------------------------ */

/* An IEEE 754 format. */
typedef struct float_format {
    unsigned fraction, exponent; /* bits */
} float_format;

static const float_format single = {23, 8}, twofold = {52, 11};

/* A number: significand * 2^exponent, negated if `minus`. */
typedef struct number {
    bool minus, nan, infinite;
    uint64_t significand;
    int exponent;
} number;

/* The exponent of the least positive number. */
static inline int least_exponent(float_format f) {
    return 2 - (1 << (f.exponent - 1)) - (int)f.fraction;
}

static inline uint64_t exponent_mask(float_format f) {
    return (UINT64_C(1) << f.exponent) - 1;
}

static inline number unpack(float_format f, uint64_t bits) {
    uint64_t fraction = bits & mask_of(f.fraction), exponent = bits >> f.fraction & exponent_mask(f);
    number n = {.minus = bit(bits, f.fraction + f.exponent) != 0};
    n.nan = exponent == exponent_mask(f) && fraction != 0;
    n.infinite = exponent == exponent_mask(f) && fraction == 0;
    n.significand = exponent == 0 ? fraction : fraction | UINT64_C(1) << f.fraction;
    n.exponent = least_exponent(f) + (int)(exponent == 0 ? 0 : exponent - 1);
    return n;
}

static inline uint64_t pack(float_format f, bool minus, uint64_t exponent, uint64_t fraction) {
    return (uint64_t)minus << (f.fraction + f.exponent) | exponent << f.fraction | fraction;
}

static inline uint64_t zero(float_format f, bool minus) {
    return pack(f, minus, 0, 0);
}

static inline uint64_t infinity(float_format f, bool minus) {
    return pack(f, minus, exponent_mask(f), 0);
}

static inline uint64_t canonical_nan(float_format f) {
    return pack(f, false, exponent_mask(f), UINT64_C(1) << (f.fraction - 1));
}

static inline int length_of(u128 value) {
    int n = 0;
    for (; value != 0; value >>= 1)
        n++;
    return n;
}

/* Rounds significand * 2^exponent, plus less than a unit if `inexact`, to the nearest number, ties to even. An inexact
 * significand has at least two bits more than the format. */
static inline uint64_t round_to(float_format f, bool minus, u128 significand, int exponent, bool inexact) {
    int unit = exponent + length_of(significand) - (int)f.fraction - 1; /* exponent of the last bit that is kept */
    if (unit < least_exponent(f))
        unit = least_exponent(f);
    u128 kept = significand;
    if (unit > exponent) {
        int drop = unit - exponent;
        u128 rest = drop > 127 ? significand : significand & (((u128)1 << drop) - 1);
        u128 half = drop > 127 ? 0 : (u128)1 << (drop - 1);
        kept = drop > 127 ? 0 : significand >> drop;
        if (drop <= 127 && (rest > half || (rest == half && (inexact || (kept & 1) != 0))))
            kept++;
    } else {
        kept <<= exponent - unit;
    }
    if (kept >> (f.fraction + 1) != 0) {
        kept >>= 1;
        unit++;
    }
    if (kept >> f.fraction == 0)
        return pack(f, minus, 0, (uint64_t)kept);
    uint64_t biased = (uint64_t)(unit - least_exponent(f)) + 1;
    return biased >= exponent_mask(f) ? infinity(f, minus)
                                      : pack(f, minus, biased, (uint64_t)kept & mask_of(f.fraction));
}

static inline uint64_t float_add(float_format f, uint64_t x, uint64_t y) {
    number a = unpack(f, x), b = unpack(f, y);
    if (a.nan || b.nan || (a.infinite && b.infinite && a.minus != b.minus))
        return canonical_nan(f);
    if (a.infinite || b.infinite)
        return a.infinite ? x : y;
    if (a.exponent < b.exponent) {
        number swapped = a;
        a = b;
        b = swapped;
    }
    int by = a.exponent - b.exponent;
    u128 big = (u128)a.significand << 64, small = (u128)b.significand << 64;
    bool inexact = by > 127 ? small != 0 : (small & (((u128)1 << by) - 1)) != 0;
    small = by > 127 ? 0 : small >> by;
    if (a.minus == b.minus)
        return round_to(f, a.minus, big + small, a.exponent - 64, inexact);
    if (big == small && !inexact)
        return zero(f, false);
    if (small > big) /* only if no bit was lost */
        return round_to(f, b.minus, small - big, a.exponent - 64, false);
    return round_to(f, a.minus, big - small - (inexact ? 1 : 0), a.exponent - 64, inexact);
}

static inline uint64_t float_neg(float_format f, uint64_t x) {
    return x ^ zero(f, true);
}

static inline uint64_t float_mul(float_format f, uint64_t x, uint64_t y) {
    number a = unpack(f, x), b = unpack(f, y);
    bool minus = a.minus != b.minus, zeros = a.significand == 0 || b.significand == 0;
    if (a.nan || b.nan)
        return canonical_nan(f);
    if (a.infinite || b.infinite) {
        bool by_zero =
            (a.infinite && !b.infinite && b.significand == 0) || (b.infinite && !a.infinite && a.significand == 0);
        return by_zero ? canonical_nan(f) : infinity(f, minus);
    }
    return zeros ? zero(f, minus)
                 : round_to(f, minus, (u128)a.significand * b.significand, a.exponent + b.exponent, false);
}

static inline uint64_t float_div(float_format f, uint64_t x, uint64_t y) {
    number a = unpack(f, x), b = unpack(f, y);
    bool minus = a.minus != b.minus;
    if (a.nan || b.nan || (a.infinite && b.infinite))
        return canonical_nan(f);
    if (a.infinite)
        return infinity(f, minus);
    if (b.infinite)
        return zero(f, minus);
    if (b.significand == 0)
        return a.significand == 0 ? canonical_nan(f) : infinity(f, minus);
    if (a.significand == 0)
        return zero(f, minus);
    int up = 128 - length_of(a.significand);
    u128 numerator = (u128)a.significand << up;
    return round_to(f, minus, numerator / b.significand, a.exponent - up - b.exponent, numerator % b.significand != 0);
}

static inline uint64_t float_sqrt(float_format f, uint64_t x) {
    number a = unpack(f, x);
    if (a.nan || (a.minus && (a.infinite || a.significand != 0)))
        return canonical_nan(f);
    if (a.infinite || a.significand == 0)
        return x;
    int up = 124 - length_of(a.significand);
    up += (a.exponent - up) % 2 != 0 ? 1 : 0;
    u128 square = (u128)a.significand << up, root = 0;
    for (int i = 63; i >= 0; i--) {
        u128 next = root | (u128)1 << i;
        root = next * next <= square ? next : root;
    }
    return round_to(f, false, root, (a.exponent - up) / 2, root * root != square);
}

/* -1, 0, 1: order; 2: unordered. */
static inline int float_compare(float_format f, uint64_t x, uint64_t y) {
    number a = unpack(f, x), b = unpack(f, y);
    uint64_t ax = x & ~zero(f, true), ay = y & ~zero(f, true);
    if (a.nan || b.nan)
        return 2;
    if ((ax == 0 && ay == 0) || x == y)
        return 0;
    if (a.minus != b.minus)
        return a.minus ? -1 : 1;
    return (ax < ay) != a.minus ? -1 : 1;
}

static inline uint64_t float_min(float_format f, uint64_t x, uint64_t y, int wanted) {
    int order = float_compare(f, x, y);
    if (order == 2)
        return canonical_nan(f);
    if (order == 0) /* the same number, or zeros: min prefers -0, max +0 */
        return unpack(f, x).minus == (wanted < 0) ? x : y;
    return order == wanted ? x : y;
}

typedef enum rounding { TOWARD_ZERO, UP, DOWN, NEAREST } rounding;

/* The integer next to a number in the given direction; its magnitude is below 2^fraction + 1. */
static inline uint64_t float_round(float_format f, uint64_t x, rounding direction) {
    number a = unpack(f, x);
    if (a.nan)
        return canonical_nan(f);
    if (a.infinite || a.exponent >= 0)
        return x;
    int drop = -a.exponent;
    uint64_t whole = drop > 63 ? 0 : a.significand >> drop;
    uint64_t rest = drop > 63 ? a.significand : a.significand & mask_of((unsigned)drop);
    /* With drop > 63 the rest is far less than a half, since significands have 53 bits. */
    bool above = drop <= 63 && rest > UINT64_C(1) << (drop - 1);
    bool tie = drop <= 63 && rest == UINT64_C(1) << (drop - 1);
    bool away = false;
    switch (direction) {
    case TOWARD_ZERO: break;
    case UP: away = rest != 0 && !a.minus; break;
    case DOWN: away = rest != 0 && a.minus; break;
    case NEAREST: away = above || (tie && whole % 2 == 1); break;
    }
    whole += away ? 1 : 0;
    return whole == 0 ? zero(f, a.minus) : round_to(f, a.minus, whole, 0, false);
}

static inline uint64_t from_integer(float_format f, bool minus, uint64_t value) {
    return value == 0 ? zero(f, false) : round_to(f, minus, value, 0, false);
}

static inline uint64_t convert(float_format f, unsigned bits, bool is_signed, uint64_t value) {
    bool minus = is_signed && negative(value, bits);
    return from_integer(f, minus, minus ? magnitude(value, bits) : value);
}

static inline uint64_t change_format(float_format to, float_format from, uint64_t x) {
    number a = unpack(from, x);
    if (a.nan)
        return canonical_nan(to);
    if (a.infinite)
        return infinity(to, a.minus);
    return a.significand == 0 ? zero(to, a.minus) : round_to(to, a.minus, a.significand, a.exponent, false);
}

/* Truncation: sets *trap, or, if saturating, gives the nearest integer. */
static inline uint64_t truncate(float_format f, uint64_t x, unsigned bits, bool is_signed, bool saturating,
                                wp_trap *trap) {
    number a = unpack(f, x);
    uint64_t most = is_signed ? mask_of(bits - 1) : mask_of(bits);
    uint64_t least = is_signed ? most + 1 : 0; /* the magnitude of the least integer */
    if (a.nan) {
        *trap = saturating ? WP_TRAP_none : WP_TRAP_invalid_conversion;
        return 0;
    }
    bool large = a.infinite || a.exponent > 64;
    u128 whole = large              ? 0
                 : a.exponent >= 0  ? (u128)a.significand << a.exponent
                 : a.exponent < -63 ? 0
                                    : a.significand >> -a.exponent;
    large = large || whole > (a.minus ? least : most);
    if (large) {
        *trap = saturating ? WP_TRAP_none : WP_TRAP_integer_overflow;
        return a.minus ? (~least + 1) & mask_of(bits) : most;
    }
    return (a.minus ? ~(uint64_t)whole + 1 : (uint64_t)whole) & mask_of(bits);
}

/* ---- Expected results ---------------------------------------------------------------------------------------- */

/* clang-format off */
#define INT_CASES(N)                                                                                                   \
    case WP_OP_i##N##_eqz: return a == 0;                                                                              \
    case WP_OP_i##N##_eq: return a == b;                                                                               \
    case WP_OP_i##N##_ne: return a != b;                                                                               \
    case WP_OP_i##N##_lt_s: return less_signed(a, b, N);                                                               \
    case WP_OP_i##N##_lt_u: return a < b;                                                                              \
    case WP_OP_i##N##_gt_s: return less_signed(b, a, N);                                                               \
    case WP_OP_i##N##_gt_u: return b < a;                                                                              \
    case WP_OP_i##N##_le_s: return !less_signed(b, a, N);                                                              \
    case WP_OP_i##N##_le_u: return !(b < a);                                                                           \
    case WP_OP_i##N##_ge_s: return !less_signed(a, b, N);                                                              \
    case WP_OP_i##N##_ge_u: return !(a < b);                                                                           \
    case WP_OP_i##N##_clz: return count_leading(N, a);                                                                 \
    case WP_OP_i##N##_ctz: return count_trailing(N, a);                                                                \
    case WP_OP_i##N##_popcnt: return count_ones(N, a);                                                                 \
    case WP_OP_i##N##_add: return (a + b) & mask_of(N);                                                                \
    case WP_OP_i##N##_sub: return (a + ~b + 1) & mask_of(N);                                                           \
    case WP_OP_i##N##_mul: return multiply(a, b) & mask_of(N);                                                         \
    case WP_OP_i##N##_div_s: return int_division(DIV_S, N, a, b, trap);                                                \
    case WP_OP_i##N##_div_u: return int_division(DIV_U, N, a, b, trap);                                                \
    case WP_OP_i##N##_rem_s: return int_division(REM_S, N, a, b, trap);                                                \
    case WP_OP_i##N##_rem_u: return int_division(REM_U, N, a, b, trap);                                                \
    case WP_OP_i##N##_and: return ~(~a | ~b) & mask_of(N);                                                             \
    case WP_OP_i##N##_or: return ~(~a & ~b) & mask_of(N);                                                              \
    case WP_OP_i##N##_xor: return (a | b) & (~a | ~b) & mask_of(N);                                                    \
    case WP_OP_i##N##_shl: return shift(N, a, b, true, false, 0);                                                      \
    case WP_OP_i##N##_shr_s: return shift(N, a, b, false, false, bit(a, N - 1));                                       \
    case WP_OP_i##N##_shr_u: return shift(N, a, b, false, false, 0);                                                   \
    case WP_OP_i##N##_rotl: return shift(N, a, b, true, true, 0);                                                      \
    case WP_OP_i##N##_rotr: return shift(N, a, b, false, true, 0);                                                     \
    case WP_OP_i##N##_extend8_s: return extend(a, 8) & mask_of(N);                                                     \
    case WP_OP_i##N##_extend16_s: return extend(a, 16) & mask_of(N);                                                   \
    case WP_OP_i##N##_trunc_f32_s: return truncate(single, a, N, true, false, trap);                                   \
    case WP_OP_i##N##_trunc_f32_u: return truncate(single, a, N, false, false, trap);                                  \
    case WP_OP_i##N##_trunc_f64_s: return truncate(twofold, a, N, true, false, trap);                                  \
    case WP_OP_i##N##_trunc_f64_u: return truncate(twofold, a, N, false, false, trap);                                 \
    case WP_OP_i##N##_trunc_sat_f32_s: return truncate(single, a, N, true, true, trap);                                \
    case WP_OP_i##N##_trunc_sat_f32_u: return truncate(single, a, N, false, true, trap);                               \
    case WP_OP_i##N##_trunc_sat_f64_s: return truncate(twofold, a, N, true, true, trap);                               \
    case WP_OP_i##N##_trunc_sat_f64_u: return truncate(twofold, a, N, false, true, trap);                              \
    case WP_OP_i##N##_reinterpret_f##N: return a

#define FLOAT_CASES(N, F)                                                                                      \
    case WP_OP_f##N##_eq: return float_compare(F, a, b) == 0;                                                          \
    case WP_OP_f##N##_ne: return float_compare(F, a, b) != 0;                                                          \
    case WP_OP_f##N##_lt: return float_compare(F, a, b) == -1;                                                         \
    case WP_OP_f##N##_gt: return float_compare(F, a, b) == 1;                                                          \
    case WP_OP_f##N##_le: return float_compare(F, a, b) <= 0;                                                          \
    case WP_OP_f##N##_ge: return float_compare(F, a, b) == 0 || float_compare(F, a, b) == 1;                           \
    case WP_OP_f##N##_abs: return a & ~zero(F, true);                                                                  \
    case WP_OP_f##N##_neg: return float_neg(F, a);                                                                     \
    case WP_OP_f##N##_copysign: return (a & ~zero(F, true)) | (b & zero(F, true));                                     \
    case WP_OP_f##N##_ceil: return float_round(F, a, UP);                                                              \
    case WP_OP_f##N##_floor: return float_round(F, a, DOWN);                                                           \
    case WP_OP_f##N##_trunc: return float_round(F, a, TOWARD_ZERO);                                                    \
    case WP_OP_f##N##_nearest: return float_round(F, a, NEAREST);                                                      \
    case WP_OP_f##N##_sqrt: return float_sqrt(F, a);                                                                   \
    case WP_OP_f##N##_add: return float_add(F, a, b);                                                                  \
    case WP_OP_f##N##_sub: return float_add(F, a, float_neg(F, b));                                                    \
    case WP_OP_f##N##_mul: return float_mul(F, a, b);                                                                  \
    case WP_OP_f##N##_div: return float_div(F, a, b);                                                                  \
    case WP_OP_f##N##_min: return float_min(F, a, b, -1);                                                              \
    case WP_OP_f##N##_max: return float_min(F, a, b, 1);                                                               \
    case WP_OP_f##N##_convert_i32_s: return convert(F, 32, true, a);                                                   \
    case WP_OP_f##N##_convert_i32_u: return convert(F, 32, false, a);                                                  \
    case WP_OP_f##N##_convert_i64_s: return convert(F, 64, true, a);                                                   \
    case WP_OP_f##N##_convert_i64_u: return convert(F, 64, false, a);                                                  \
    case WP_OP_f##N##_reinterpret_i##N: return a
/* clang-format on */

/* The result of an instruction; *known: it is a numeric instruction. */
static inline uint64_t expect(wp_op op, uint64_t a, uint64_t b, wp_trap *trap, bool *known) {
    *known = true;
    *trap = WP_TRAP_none;
    switch (op) {
        INT_CASES(32);
        INT_CASES(64);
        FLOAT_CASES(32, single);
        FLOAT_CASES(64, twofold);
    case WP_OP_i32_wrap_i64: return a & mask_of(32);
    case WP_OP_i64_extend_i32_u: return a;
    case WP_OP_i64_extend_i32_s:
    case WP_OP_i64_extend32_s: return extend(a, 32);
    case WP_OP_f32_demote_f64: return change_format(single, twofold, a);
    case WP_OP_f64_promote_f32: return change_format(twofold, single, a);
    default: *known = false; return 0;
    }
}

#endif
