/* lower.c: lowering; see xop.h. */
#include "core/exec/xop.h"

/* The general path of each load and store; 0 for other operations. */
static const uint16_t general_path[WP_OP_COUNT] = {
#define INSTR_LOAD(id, ...) [WP_OP_##id] = WP_X_general_##id,
#define INSTR_STORE(id, ...) [WP_OP_##id] = WP_X_general_##id,
#include "core/instr.def"
};

/* The row itself: rows have the order of operations, behind WP_X_lower. */
static uint16_t choose_row(const wp_instr *i) {
    return (uint16_t)(i->op + 1);
}

/* A branch back takes fuel; one forward that carries nothing moves no values. */
static uint16_t choose_branch(const wp_code *code, const wp_instr *i, wp_xop loop, wp_xop plain) {
    const wp_branch *branch = &code->branches[i->side];
    if (code->instrs + branch->target <= i)
        return (uint16_t)loop;
    return branch->arity == 0 ? (uint16_t)plain : choose_row(i);
}

static uint16_t choose_access(const wp_module *module, const wp_instr *i) {
    uint32_t memory = wp_memarg_memory(i->x);
    return memory != 0 || module->memories[memory].limits.is64 ? general_path[i->op] : choose_row(i);
}

static uint16_t choose(const wp_module *module, const wp_code *code, const wp_instr *i) {
    switch (i->op) {
    case WP_OP_end: return i == &code->instrs[code->ninstrs - 1] ? WP_X_return_end : WP_X_end;
    case WP_OP_br: return choose_branch(code, i, WP_X_br_loop, WP_X_br_plain);
    case WP_OP_br_if: return choose_branch(code, i, WP_X_br_if_loop, WP_X_br_if_plain);
    default: return general_path[i->op] != 0 ? choose_access(module, i) : choose_row(i);
    }
}

void wp_lower(const wp_module *module, const wp_func_def *func) {
    for (wp_instr *i = func->code.instrs; i < func->code.instrs + func->code.ninstrs; i++) {
        if (i->op == WP_OP_call_indirect || i->op == WP_OP_return_call_indirect)
            i->side = module->canon[i->x];
        i->xop = choose(module, &func->code, i);
    }
}
