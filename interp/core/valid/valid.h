/* valid.h: validation (specification, chapter "Validation"): the only door to instantiation.
 *
 * Interface:
 * - wp_module_validate (wasmproc.h) checks a whole module.
 * - Below: what valid.c (modules) and valid_code.c (instruction sequences) share.
 *
 * Besides accepting or refusing, validation leaves facts in the module for those who execute it: canonical types, the
 * side table of branches, frame sizes.
 */
#ifndef WP_VALID_H
#define WP_VALID_H

#include "core/module.h"

typedef struct wp_operand_stack {
    wp_valtype *types;
    size_t count, capacity;
} wp_operand_stack;

struct wp_control;

/* Working state of the validation of one module. The arrays are scratch, reused from one sequence to the next. */
typedef struct wp_valid {
    wp_module *module;
    wp_engine *engine;
    wp_diag *diag;
    uint8_t *declared_funcs; /* per function: occurs outside function bodies, so ref.func may name it */

    /* Of the sequence being checked: */
    wp_code *code;
    uint32_t at;           /* index of the current instruction */
    bool constant;         /* a constant expression: */
    uint32_t global_limit; /* ... may read globals below this index */
    const wp_valtype *results;
    uint32_t nresults;
    wp_valtype *locals; /* canonical */
    uint32_t nlocals;
    size_t locals_capacity;
    const wp_func_def *func; /* NULL in constant expressions */
    uint8_t *initialised;    /* per local */
    size_t initialised_capacity;
    uint32_t *init_log; /* locals initialised, in order; unwound at the end of a block */
    size_t ninit_log, init_log_capacity;
    wp_operand_stack operands;
    uint32_t cells; /* height of the operand stack in cells */
    struct wp_control *controls;
    size_t ncontrols, controls_capacity;
    wp_branch *branches;
    size_t nbranches, branches_capacity;
} wp_valid;

/* Records an error at the current instruction. */
wp_status wp_valid_fail(wp_valid *v, const char *format, ...) WP_PRINTF(2, 3);
/* Checks that a value type is well-formed and supported, and makes it canonical. */
WP_MUST_CHECK wp_status wp_valid_type(wp_valid *v, wp_valtype type, uint32_t pos, wp_valtype *canon);

/* Checks the body of a function whose locals, results and func are set in v. */
WP_MUST_CHECK wp_status wp_valid_body(wp_valid *v, wp_func_def *func);
/* Checks a constant expression of one result. Only globals below global_limit exist for it. */
WP_MUST_CHECK wp_status wp_valid_const(wp_valid *v, wp_code *code, wp_valtype result, uint32_t global_limit);
/* Frees the scratch arrays. */
void wp_valid_release(wp_valid *v);

#endif
