/* valid_control.c: validation of control instructions (chapter "Validation: Instructions"), and the side table of
 * branches that it leaves. A forward branch is chained through its own entry until the end of its block is reached.
 */
#include "core/valid/valid.h"

#include <string.h>

/* ---- Blocks ------------------------------------------------------------------------------------------------- */

static const wp_valtype *control_result_types(const wp_control *c) {
    return c->has_one ? &c->one : c->results;
}

static wp_status control_func_type(wp_valid *v, uint32_t x, const wp_deftype **out) {
    WP_TRY(wp_valid_index(v, x, v->module->ntypes, "type"));
    *out = wp_types_get(v->engine->types, v->module->canon[x]);
    if ((*out)->comp.kind != WP_COMP_FUNC)
        return wp_valid_fail(v, "type mismatch: type %u is not a function type", x);
    return WP_OK;
}

static wp_status control_block_type(wp_valid *v, uint32_t bt, wp_control *out) {
    memset(out, 0, sizeof *out);
    if (wp_block_has_type(bt)) {
        const wp_deftype *d = NULL;
        WP_TRY(control_func_type(v, wp_block_type_index(bt), &d));
        out->params = d->comp.types;
        out->nparams = d->comp.nparams;
        out->results = d->comp.types + d->comp.nparams;
        out->nresults = d->comp.nresults;
    } else if (bt != WP_T_NONE) {
        WP_TRY(wp_valid_type(v, bt, wp_valid_pos(v)));
        out->one = wp_canon(v->module, bt);
        out->has_one = true;
        out->nresults = 1;
    }
    return WP_OK;
}

/* Checks that the block's results, and nothing else, are on the stack. */
static wp_status control_results(wp_valid *v) {
    const wp_control *c = wp_valid_top(v);
    WP_TRY(wp_valid_pop_list(v, control_result_types(c), c->nresults));
    if (v->operands.count != c->height)
        return wp_valid_fail(v, "type mismatch: values remain on the stack at the end of the block");
    return WP_OK;
}

/* An `if` without `else` must leave its parameters as they are. */
static wp_status control_missing_else(wp_valid *v) {
    const wp_control *c = wp_valid_top(v);
    bool same = c->nparams == c->nresults;
    const wp_valtype *results = control_result_types(c);
    for (uint32_t k = 0; same && k < c->nparams; k++)
        same = wp_match(v->engine->types, c->params[k], results[k]);
    return same ? WP_OK : wp_valid_fail(v, "type mismatch: if without else must have equal parameters and results");
}

/* Locals without a default value that the block has initialised are not so behind it. */
static void control_unwind(wp_valid *v, size_t height) {
    while (v->ninit_log > height)
        v->locals[v->init_log[--v->ninit_log]].is_initialised = false;
}

/* ---- The side table ----------------------------------------------------------------------------------------- */

/* The types that a branch to a block carries. */
static const wp_valtype *control_label_types(const wp_control *c, uint32_t *count) {
    *count = c->op == WP_OP_loop ? c->nparams : c->nresults;
    return c->op == WP_OP_loop ? c->params : control_result_types(c);
}

/* Finds the block of a label, and the types that a branch to it carries. */
static wp_status control_find_label(wp_valid *v, uint32_t label, wp_control **out, const wp_valtype **types,
                                    uint32_t *count) {
    WP_TRY(wp_valid_index(v, label, (uint32_t)v->ncontrols, "label"));
    *out = &v->controls[v->ncontrols - 1 - label];
    *types = control_label_types(*out, count);
    return WP_OK;
}

/* Adds an entry for a branch to a block. */
static wp_status control_add_branch(wp_valid *v, wp_control *c, uint32_t *entry) {
    if (!wp_grow(&v->engine->allocator, (void **)&v->branches, v->nbranches, &v->branches_capacity,
                 sizeof *v->branches))
        return wp_fail_memory(v->diag);
    uint32_t count;
    const wp_valtype *types = control_label_types(c, &count);
    wp_branch *b = &v->branches[v->nbranches];
    b->height = (v->func != NULL ? v->func->local_cells : 0) + c->cells;
    b->arity = wp_count_cells(types, count);
    *entry = (uint32_t)v->nbranches++;
    if (c->op == WP_OP_loop) {
        b->target = c->start + 1;
    } else {
        b->target = c->chain;
        c->chain = *entry;
    }
    return WP_OK;
}

static void control_patch(wp_valid *v, uint32_t chain, uint32_t target) {
    while (chain != WP_NO_BRANCH) {
        uint32_t next = v->branches[chain].target;
        v->branches[chain].target = target;
        chain = next;
    }
}

/* ---- block, loop, if, else, end ------------------------------------------------------------------------------ */

wp_status wp_valid_block(wp_valid *v, wp_instr *i) {
    wp_control type;
    WP_TRY(control_block_type(v, i->x, &type));
    if (i->op == WP_OP_if)
        WP_TRY(wp_valid_pop(v, WP_T_I32));
    WP_TRY(wp_valid_pop_list(v, type.params, type.nparams));
    WP_TRY(wp_valid_open(v, (wp_op)i->op, &type));
    if (i->op != WP_OP_if)
        return WP_OK;
    /* The entry for a false condition stays out of the chain: `else`, or `end`, gives its target. */
    wp_control *c = wp_valid_top(v);
    WP_TRY(control_add_branch(v, c, &i->side));
    c->else_entry = i->side;
    c->chain = WP_NO_BRANCH;
    return WP_OK;
}

wp_status wp_valid_else(wp_valid *v, wp_instr *i) {
    wp_control *c = wp_valid_top(v);
    if (c->op != WP_OP_if)
        return wp_valid_fail(v, "else without if");
    WP_TRY(control_results(v));
    WP_TRY(control_add_branch(v, c, &i->side)); /* the end of the first arm continues behind `end` */
    v->branches[c->else_entry].target = v->at + 1;
    control_unwind(v, c->init_height);
    c->op = WP_OP_else;
    c->unreachable = false;
    v->cells = c->cells;
    return wp_valid_push_list(v, c->params, c->nparams);
}

wp_status wp_valid_end(wp_valid *v) {
    const wp_control *c = wp_valid_top(v);
    WP_TRY(control_results(v));
    if (c->op == WP_OP_if) {
        WP_TRY(control_missing_else(v));
        v->branches[c->else_entry].target = v->at + 1;
    }
    bool is_body = v->ncontrols == 1;
    control_patch(v, c->chain, is_body ? v->at : v->at + 1);
    control_unwind(v, c->init_height);
    v->cells = c->cells;
    v->ncontrols--; /* *c stays as it is until the next block */
    return is_body ? WP_OK : wp_valid_push_list(v, control_result_types(c), c->nresults);
}

/* ---- Branches ------------------------------------------------------------------------------------------------ */

/* A branch that may be taken: the operands that it would carry stay. */
static wp_status control_conditional(wp_valid *v, wp_instr *i, wp_control *c, const wp_valtype *types, uint32_t count) {
    WP_TRY(wp_valid_pop_list(v, types, count));
    WP_TRY(control_add_branch(v, c, &i->side));
    return wp_valid_push_list(v, types, count);
}

wp_status wp_valid_br(wp_valid *v, wp_instr *i) {
    wp_control *c = NULL;
    const wp_valtype *types = NULL;
    uint32_t count = 0;
    WP_TRY(control_find_label(v, i->x, &c, &types, &count));
    WP_TRY(wp_valid_pop_list(v, types, count));
    WP_TRY(control_add_branch(v, c, &i->side));
    wp_valid_unreachable(v);
    return WP_OK;
}

wp_status wp_valid_br_if(wp_valid *v, wp_instr *i) {
    wp_control *c = NULL;
    const wp_valtype *types = NULL;
    uint32_t count = 0;
    WP_TRY(control_find_label(v, i->x, &c, &types, &count));
    WP_TRY(wp_valid_pop(v, WP_T_I32));
    return control_conditional(v, i, c, types, count);
}

/* The operands as they stand must match each label; they are looked at, not popped, since every label must accept the
 * same ones. */
static wp_status control_label_operands(wp_valid *v, const wp_valtype *types, uint32_t count) {
    const wp_control *c = wp_valid_top(v);
    size_t available = v->operands.count - c->height;
    if (count > available && !c->unreachable)
        return wp_valid_fail(v, "type mismatch: too few values for the label");
    for (uint32_t i = 0; i < count && i < available; i++)
        WP_TRY(wp_valid_match(v, v->operands.types[v->operands.count - 1 - i], types[count - 1 - i]));
    return WP_OK;
}

wp_status wp_valid_br_table(wp_valid *v, wp_instr *i) {
    const uint32_t *pool = v->code->pool + i->x;
    uint32_t n = pool[0], arity = 0, count = 0;
    const wp_valtype *types = NULL;
    wp_control *c = NULL;
    WP_TRY(wp_valid_pop(v, WP_T_I32));
    WP_TRY(control_find_label(v, pool[1 + n], &c, &types, &arity));
    i->side = (uint32_t)v->nbranches;
    for (uint32_t k = 0; k <= n; k++) {
        uint32_t entry = 0;
        WP_TRY(control_find_label(v, pool[1 + k], &c, &types, &count));
        if (count != arity)
            return wp_valid_fail(v, "type mismatch: labels of br_table carry %u and %u values", arity, count);
        WP_TRY(control_label_operands(v, types, count));
        WP_TRY(control_add_branch(v, c, &entry));
    }
    wp_valid_unreachable(v);
    return WP_OK;
}

wp_status wp_valid_br_on_null(wp_valid *v, wp_instr *i) {
    wp_control *c = NULL;
    const wp_valtype *types = NULL;
    wp_valtype ref = WP_T_NONE;
    uint32_t count = 0;
    WP_TRY(control_find_label(v, i->x, &c, &types, &count));
    WP_TRY(wp_valid_pop_ref(v, &ref));
    WP_TRY(control_conditional(v, i, c, types, count));
    return wp_valid_push(v, ref & ~WP_T_NULL);
}

wp_status wp_valid_br_on_non_null(wp_valid *v, wp_instr *i) {
    wp_control *c = NULL;
    const wp_valtype *types = NULL;
    uint32_t count = 0;
    WP_TRY(control_find_label(v, i->x, &c, &types, &count));
    if (count == 0 || !wp_is_ref(types[count - 1]))
        return wp_valid_fail(v, "type mismatch: the label does not carry a reference");
    WP_TRY(wp_valid_pop(v, types[count - 1] | WP_T_NULL));
    return control_conditional(v, i, c, types, count - 1);
}

wp_status wp_valid_return(wp_valid *v) {
    WP_TRY(wp_valid_pop_list(v, v->results, v->nresults));
    wp_valid_unreachable(v);
    return WP_OK;
}

/* ---- Calls --------------------------------------------------------------------------------------------------- */

static wp_status control_tail_call(wp_valid *v, const wp_deftype *d) {
    const wp_valtype *results = d->comp.types + d->comp.nparams;
    bool same = d->comp.nresults == v->nresults;
    for (uint32_t k = 0; same && k < v->nresults; k++)
        same = wp_match(v->engine->types, results[k], v->results[k]);
    if (!same)
        return wp_valid_fail(v, "type mismatch: results of the tail call differ from the function's");
    WP_TRY(wp_valid_pop_list(v, d->comp.types, d->comp.nparams));
    wp_valid_unreachable(v);
    return WP_OK;
}

static wp_status control_call(wp_valid *v, const wp_deftype *d) {
    WP_TRY(wp_valid_pop_list(v, d->comp.types, d->comp.nparams));
    return wp_valid_push_list(v, d->comp.types + d->comp.nparams, d->comp.nresults);
}

wp_status wp_valid_call(wp_valid *v, const wp_instr *i) {
    WP_TRY(wp_valid_index(v, i->x, v->module->nfuncs, "function"));
    const wp_deftype *d = wp_types_get(v->engine->types, v->module->funcs[i->x].canon);
    return i->op == WP_OP_call ? control_call(v, d) : control_tail_call(v, d);
}

wp_status wp_valid_call_indirect(wp_valid *v, const wp_instr *i) {
    const wp_deftype *d = NULL;
    WP_TRY(wp_valid_index(v, i->y, v->module->ntables, "table"));
    const wp_table_def *table = &v->module->tables[i->y];
    if (!wp_match(v->engine->types, wp_canon(v->module, table->element), WP_T_FUNCREF))
        return wp_valid_fail(v, "type mismatch: table %u does not hold functions", i->y);
    WP_TRY(control_func_type(v, i->x, &d));
    WP_TRY(wp_valid_pop(v, wp_address_type(&table->limits)));
    return i->op == WP_OP_call_indirect ? control_call(v, d) : control_tail_call(v, d);
}

wp_status wp_valid_call_ref(wp_valid *v, const wp_instr *i) {
    const wp_deftype *d = NULL;
    WP_TRY(control_func_type(v, i->x, &d));
    WP_TRY(wp_valid_pop(v, wp_ref_type(true, WP_T_INDEX | v->module->canon[i->x])));
    return i->op == WP_OP_call_ref ? control_call(v, d) : control_tail_call(v, d);
}
