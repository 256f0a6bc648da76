/* valid.h: validation (specification, chapter "Validation"): the only way to instantiation.
 *
 * Interface:
 * - wp_module_validate (wasmproc.h) checks a whole module: valid.c.
 * - Below: the state of a validation, and functions shared by the files of this folder: types (valid_type.c), the
 *   stacks (valid_stack.c), control instructions (valid_control.c), the rest in valid_code.c.
 *
 * Besides accepting or refusing, validation records for execution: canonical types, the side table of branches, frame
 * sizes.
 *
 * Types on the operand stack are canonical; WP_T_NONE is the bottom type: the operands of unreachable code. Heights are
 * kept in cells beside the types, since the executor counts in cells.
 */
#ifndef WP_VALID_H
#define WP_VALID_H

#include "core/module.h"

#define WP_NO_BRANCH UINT32_MAX

typedef struct wp_operand_stack {
    wp_valtype *types;
    size_t count, capacity;
} wp_operand_stack;

/* A block being checked: the function body itself, block, loop, if, else. */
typedef struct wp_control {
    wp_op op; /* WP_OP_block for the body */
    uint32_t nparams, nresults;
    const wp_valtype *params, *results;
    wp_valtype one; /* the result where the block type is a single value type */
    bool has_one;
    bool unreachable;    /* the rest of the block is stack-polymorphic */
    size_t height;       /* operands below the block */
    uint32_t cells;      /* the same in cells, parameters excluded */
    uint32_t start;      /* instruction index of the block */
    uint32_t chain;      /* side table entries that await the end, linked through target */
    uint32_t else_entry; /* if: the entry for a false condition */
    size_t init_height;  /* of the log of initialised locals */
} wp_control;

typedef struct wp_local {
    wp_valtype type; /* canonical */
    bool is_initialised;
} wp_local;

/* Working state of the validation of one module. The arrays are scratch, reused from one sequence to the next. */
typedef struct wp_valid {
    wp_module *module;
    wp_engine *engine;
    wp_diag *diag;
    bool *declared_funcs; /* per function: occurs outside function bodies, so ref.func may name it */

    /* Of the sequence being checked: */
    wp_code *code;
    uint32_t at;           /* index of the current instruction */
    bool constant;         /* a constant expression: */
    uint32_t global_limit; /* ... may read globals below this index */
    const wp_valtype *results;
    uint32_t nresults;
    wp_local *locals; /* parameters and locals */
    uint32_t nlocals;
    size_t locals_capacity;
    const wp_func_def *func; /* NULL in constant expressions */
    uint32_t *init_log;      /* locals initialised, in order; unwound at the end of a block */
    size_t ninit_log, init_log_capacity;
    wp_operand_stack operands;
    uint32_t cells; /* height of the operand stack in cells */
    wp_control *controls;
    size_t ncontrols, controls_capacity;
    wp_branch *branches;
    size_t nbranches, branches_capacity;
} wp_valid;

/* Position of the current instruction. */
static inline uint32_t wp_valid_pos(const wp_valid *v) {
    return v->code->pos[v->at];
}

/* Records an error at a position, or at the current instruction. Returns the status. */
#define wp_valid_fail_at(v, pos, ...) wp_module_fail((v)->module, (v)->diag, WP_INVALID, (pos), __VA_ARGS__)
#define wp_valid_fail(v, ...) wp_valid_fail_at(v, wp_valid_pos(v), __VA_ARGS__)

/* "unknown WHAT INDEX" unless the index is one of count. */
static inline wp_status wp_valid_index(wp_valid *v, uint32_t index, uint32_t count, const char *what) {
    return WP_LIKELY(index < count) ? WP_OK : wp_valid_fail(v, "unknown %s %u", what, index);
}

/* ---- Types (valid_type.c) ---------------------------------------------------------------------------------- */

/* Checks the module's types and makes module->canon. */
WP_MUST_CHECK wp_status wp_valid_types(wp_valid *v);
/* Checks that a value type is supported and its index, if any, that of a type. */
WP_MUST_CHECK wp_status wp_valid_type(wp_valid *v, wp_valtype type, uint32_t pos);

/* ---- The stacks (valid_stack.c) ---------------------------------------------------------------------------- */

WP_MUST_CHECK wp_status wp_valid_grow(wp_valid *v);
WP_MUST_CHECK wp_status wp_valid_too_high(wp_valid *v);
WP_MUST_CHECK wp_status wp_valid_empty(wp_valid *v);

/* The innermost block. */
static inline wp_control *wp_valid_top(wp_valid *v) {
    return &v->controls[v->ncontrols - 1];
}

static inline wp_status wp_valid_push(wp_valid *v, wp_valtype type) {
    if (WP_UNLIKELY(v->operands.count == v->operands.capacity))
        WP_TRY(wp_valid_grow(v));
    v->operands.types[v->operands.count++] = type;
    v->cells += wp_cells(type);
    if (v->cells > v->code->max_height) {
        v->code->max_height = v->cells;
        if (WP_UNLIKELY(v->cells > v->engine->limits[WP_LIMIT_stack_cells]))
            return wp_valid_too_high(v);
    }
    return WP_OK;
}

/* Pops a value of any type. */
static inline wp_status wp_valid_pop_any(wp_valid *v, wp_valtype *type) {
    const wp_control *c = wp_valid_top(v);
    if (WP_UNLIKELY(v->operands.count == c->height)) {
        *type = WP_T_NONE;
        return c->unreachable ? WP_OK : wp_valid_empty(v);
    }
    *type = v->operands.types[--v->operands.count];
    v->cells -= wp_cells(*type);
    return WP_OK;
}

/* "type mismatch" unless a type matches another. */
WP_MUST_CHECK wp_status wp_valid_match(wp_valid *v, wp_valtype found, wp_valtype expected);

static inline wp_status wp_valid_pop(wp_valid *v, wp_valtype expected) {
    wp_valtype found = WP_T_NONE;
    WP_TRY(wp_valid_pop_any(v, &found));
    return WP_LIKELY(found == expected) ? WP_OK : wp_valid_match(v, found, expected);
}

/* Pops a reference of any type; a bottom value is a reference to the bottom heap type. */
WP_MUST_CHECK wp_status wp_valid_pop_ref(wp_valid *v, wp_valtype *type);
WP_MUST_CHECK wp_status wp_valid_pop_list(wp_valid *v, const wp_valtype *types, uint32_t count);
WP_MUST_CHECK wp_status wp_valid_push_list(wp_valid *v, const wp_valtype *types, uint32_t count);
/* Enters a block whose parameters are popped; they are its first operands. */
WP_MUST_CHECK wp_status wp_valid_open(wp_valid *v, wp_op op, const wp_control *type);
/* Ends the reachable part of the innermost block: its stack is polymorphic. */
void wp_valid_unreachable(wp_valid *v);
/* Frees the scratch arrays. */
void wp_valid_release(wp_valid *v);

/* ---- Control instructions (valid_control.c) ----------------------------------------------------------------- */

/* These fill in the side table: i->side. */
WP_MUST_CHECK wp_status wp_valid_block(wp_valid *v, wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_else(wp_valid *v, wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_end(wp_valid *v);
WP_MUST_CHECK wp_status wp_valid_br(wp_valid *v, wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_br_if(wp_valid *v, wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_br_table(wp_valid *v, wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_br_on_null(wp_valid *v, wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_br_on_non_null(wp_valid *v, wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_return(wp_valid *v);
/* call and return_call, and their variants */
WP_MUST_CHECK wp_status wp_valid_call(wp_valid *v, const wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_call_indirect(wp_valid *v, const wp_instr *i);
WP_MUST_CHECK wp_status wp_valid_call_ref(wp_valid *v, const wp_instr *i);

/* ---- Sequences (valid_code.c) ------------------------------------------------------------------------------ */

/* Checks the body of a function. */
WP_MUST_CHECK wp_status wp_valid_body(wp_valid *v, wp_func_def *func);
/* Checks a constant expression of one result. Only globals below global_limit exist for it. */
WP_MUST_CHECK wp_status wp_valid_const(wp_valid *v, wp_code *code, wp_valtype result, uint32_t global_limit);

#endif
