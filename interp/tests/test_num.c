/* test_num.c: every numeric instruction against the oracle of num_oracle.h. */
#include "num_oracle.h"
#include "num_pure.h"
#include "random.h"
#include "tap.h"

/* ---- Operands ------------------------------------------------------------------------------------------------ */

enum { OPERANDS = 400, RANDOM_OPERANDS = 160, RANDOM_PAIRS = 20000 };

typedef struct operands {
    uint64_t values[OPERANDS];
    size_t count;
} operands;

static void add(operands *list, uint64_t value) {
    if (list->count < OPERANDS)
        list->values[list->count++] = value;
}

static operands integers(unsigned bits, uint64_t *state) {
    operands list = {.count = 0};
    for (unsigned i = 0; i < bits; i += i < 4 || i > bits - 4 ? 1 : 3) {
        uint64_t power = UINT64_C(1) << i;
        add(&list, power);
        add(&list, power - 1);
        add(&list, (~power + 1) & mask_of(bits));
        add(&list, ~power & mask_of(bits));
    }
    /* Just over a tie of f32, by less than f64 has: conversion by way of f64 would round twice. */
    for (unsigned top = 62; bits == 64 && top < 64; top++) {
        add(&list, UINT64_C(1) << top | UINT64_C(1) << (top - 24) | 1);
        add(&list, ~(UINT64_C(1) << 62 | UINT64_C(1) << 38 | 1) + 1);
        add(&list, (UINT64_C(1) << top | UINT64_C(3) << (top - 24)) - 1);
    }
    for (int i = 0; i < RANDOM_OPERANDS; i++)
        add(&list, next_random(state) & mask_of(bits));
    return list;
}

/* Adds a value, its neighbours, and all of them negated. */
static void add_near(operands *list, float_format f, uint64_t value) {
    for (int sign = 0; sign < 2; sign++) {
        add(list, value | zero(f, sign == 1));
        add(list, (value + 1) | zero(f, sign == 1));
        if (value != 0)
            add(list, (value - 1) | zero(f, sign == 1));
    }
}

static operands floats(float_format f, uint64_t *state) {
    operands list = {.count = 0};
    add_near(&list, f, 0);                    /* zero and the least numbers */
    add_near(&list, f, pack(f, false, 1, 0)); /* the least normal number */
    add_near(&list, f, infinity(f, false));   /* the largest, infinity, the first NaN */
    add_near(&list, f, canonical_nan(f));
    add_near(&list, f, from_integer(f, false, 1));
    add_near(&list, f, float_div(f, from_integer(f, false, 1), from_integer(f, false, 2)));
    add_near(&list, f, float_div(f, from_integer(f, false, 3), from_integer(f, false, 2)));
    add_near(&list, f, float_div(f, from_integer(f, false, 5), from_integer(f, false, 2)));
    /* The limits of the integer types, and of numbers with fractions. */
    static const unsigned powers[] = {1, 7, 8, 15, 16, 22, 23, 24, 25, 30, 31, 32, 33, 51, 52, 53, 54, 62, 63, 64, 65};
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++)
        add_near(&list, f, round_to(f, false, 1, (int)powers[i], false));
    for (int i = 0; i < RANDOM_OPERANDS; i++) {
        /* Exponents around that of 1, so that sums and integer parts are rarely trivial. */
        uint64_t bits = next_random(state) & mask_of(f.fraction + f.exponent + 1);
        uint64_t exponent = (exponent_mask(f) >> 1) - 40 + next_random(state) % 110;
        add(&list, i % 4 == 0 ? bits : pack(f, bits % 2 == 0, exponent, bits >> 1 & mask_of(f.fraction)));
    }
    return list;
}

/* ---- Checks -------------------------------------------------------------------------------------------------- */

static bool agrees(size_t row, uint64_t a, uint64_t b) {
    wp_trap wanted_trap = WP_TRAP_none, trap = WP_TRAP_none;
    bool known = false;
    uint64_t wanted = expect(pure_rows[row].op, a, b, &wanted_trap, &known);
    uint64_t found = pure_rows[row].func(a, b, &trap);
    bool right = CHECK(known) && EQ(trap, wanted_trap) && (trap != WP_TRAP_none || EQ(found, wanted));
    if (!right)
        tap_note("operands %llx %llx", (unsigned long long)a, (unsigned long long)b);
    return right;
}

/* lists: of i32, i64, f32 and f64. */
static void check_row(tap *t, size_t row, const operands *lists, uint64_t *state) {
    const wp_instr_row *instr = &wp_instr_rows[pure_rows[row].op];
    const operands *list = &lists[strchr("iIfF", instr->signature[0]) - "iIfF"];
    bool right = true, binary = strchr(instr->signature, ':') - instr->signature == 2;
    size_t count = 0;
    for (size_t i = 0; i < list->count && right; i++)
        for (size_t k = 0; k < (binary ? list->count : 1) && right; k++, count++)
            right = agrees(row, list->values[i], list->values[k]);
    uint64_t mask = mask_of(strchr("if", instr->signature[0]) != NULL ? 32 : 64);
    for (int i = 0; i < RANDOM_PAIRS && right; i++, count++)
        right = agrees(row, next_random(state) & mask, next_random(state) & mask);
    tap_ok(t, right, "%s agrees with exact arithmetic on %zu operands", instr->mnemonic, count);
}

/* The oracle itself, on known results. */
static void check_oracle(tap *t) {
    tap_ok(t, EQ(float_add(single, 0x3F800000, 0x33800000), 0x3F800000), "oracle: 1 + 2^-24 is 1, a tie to even");
    tap_ok(t, EQ(float_add(single, 0x3F800001, 0x33800000), 0x3F800002), "oracle: a tie that goes up to even");
    tap_ok(t, EQ(float_mul(single, 0x00000001, 0x3F000000), 0), "oracle: half of the least number is 0");
    tap_ok(t, EQ(float_div(twofold, 0x3FF0000000000000, 0x4008000000000000), 0x3FD5555555555555), "oracle: 1 / 3");
    tap_ok(t, EQ(float_sqrt(twofold, 0x4000000000000000), 0x3FF6A09E667F3BCD), "oracle: the square root of 2");
    tap_ok(t, EQ(change_format(single, twofold, 0x47EFFFFFF0000000), 0x7F800000), "oracle: overflow by rounding");
    tap_ok(t, EQ(float_round(twofold, 0x4004000000000000, NEAREST), 0x4000000000000000), "oracle: 2.5 is nearest to 2");
    tap_ok(t, EQ(convert(single, 64, false, UINT64_MAX), 0x5F800000), "oracle: 2^64 - 1 as f32");
}

int main(void) {
    tap t = {0};
    uint64_t state = 88172645463325252;
    operands lists[4];
    check_oracle(&t);
    lists[0] = integers(32, &state);
    lists[1] = integers(64, &state);
    lists[2] = floats(single, &state);
    lists[3] = floats(twofold, &state);
    for (size_t row = 0; row < PURE_ROWS; row++)
        check_row(&t, row, lists, &state);
    return tap_done(&t);
}
