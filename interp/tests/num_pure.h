/* num_pure.h: the pure function of every numeric instruction, on values as 64 bits. */
#ifndef WP_NUM_PURE_H
#define WP_NUM_PURE_H

#include "core/exec/num_float.h"
#include "core/exec/num_int.h"
#include "core/instr.h"

/* Sets *trap; the result is only defined without a trap. A unary instruction ignores b. */
typedef uint64_t (*pure)(uint64_t a, uint64_t b, wp_trap *trap);

#define INSTR_UNARY(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                   \
    static uint64_t pure_##id(uint64_t x, uint64_t y, wp_trap *trap) {                                                 \
        (void)y;                                                                                                       \
        *trap = WP_TRAP_none;                                                                                          \
        return num_##id((num_##a)x);                                                                                   \
    }
#define INSTR_UNARY_TRAP(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                              \
    static uint64_t pure_##id(uint64_t x, uint64_t y, wp_trap *trap) {                                                 \
        num_##b result = 0;                                                                                            \
        (void)y;                                                                                                       \
        *trap = num_##id((num_##a)x, &result);                                                                         \
        return result;                                                                                                 \
    }
#define INSTR_BINARY(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                  \
    static uint64_t pure_##id(uint64_t x, uint64_t y, wp_trap *trap) {                                                 \
        *trap = WP_TRAP_none;                                                                                          \
        return num_##id((num_##a)x, (num_##a)y);                                                                       \
    }
#define INSTR_BINARY_TRAP(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                             \
    static uint64_t pure_##id(uint64_t x, uint64_t y, wp_trap *trap) {                                                 \
        num_##b result = 0;                                                                                            \
        *trap = num_##id((num_##a)x, (num_##a)y, &result);                                                             \
        return result;                                                                                                 \
    }
#include "core/instr.def"

static const struct {
    wp_op op;
    pure func;
} pure_rows[] = {
#define INSTR_UNARY(id, ...) {WP_OP_##id, pure_##id},
#define INSTR_UNARY_TRAP(id, ...) {WP_OP_##id, pure_##id},
#define INSTR_BINARY(id, ...) {WP_OP_##id, pure_##id},
#define INSTR_BINARY_TRAP(id, ...) {WP_OP_##id, pure_##id},
#include "core/instr.def"
};

enum { PURE_ROWS = sizeof pure_rows / sizeof *pure_rows };

#endif
