/* valid_stack.c: the operand stack and the control stack (chapter "Validation Algorithm"); see valid.h. */
#include "core/valid/valid.h"

/* ---- Operands ---------------------------------------------------------------------------------------------- */

wp_status wp_valid_grow(wp_valid *v) {
    wp_operand_stack *s = &v->operands;
    bool ok = wp_grow(&v->engine->allocator, (void **)&s->types, s->count, &s->capacity, sizeof *s->types);
    return ok ? WP_OK : wp_fail_memory(v->diag);
}

/* No stack holds that many cells. The limit keeps a few calls with many results from claiming unbounded memory. */
wp_status wp_valid_too_high(wp_valid *v) {
    return wp_module_fail(v->module, v->diag, WP_EXHAUSTION, wp_valid_pos(v),
                          "operand stack too high (limit %llu cells)",
                          (unsigned long long)v->engine->limits[WP_LIMIT_stack_cells]);
}

wp_status wp_valid_empty(wp_valid *v) {
    return wp_valid_fail(v, "type mismatch: instruction needs a value, the stack of the block is empty");
}

wp_status wp_valid_match(wp_valid *v, wp_valtype found, wp_valtype expected) {
    if (found == WP_T_NONE || wp_match(v->engine->types, found, expected))
        return WP_OK;
    char want[80], have[80];
    wp_valtype_print(expected, want, sizeof want);
    wp_valtype_print(found, have, sizeof have);
    return wp_valid_fail(v, "type mismatch: expected %s, found %s", want, have);
}

wp_status wp_valid_pop_ref(wp_valid *v, wp_valtype *type) {
    WP_TRY(wp_valid_pop_any(v, type));
    if (*type == WP_T_NONE)
        *type = wp_ref_type(false, WP_HT_BOT);
    return wp_is_ref(*type) ? WP_OK : wp_valid_fail(v, "type mismatch: expected a reference");
}

wp_status wp_valid_pop_list(wp_valid *v, const wp_valtype *types, uint32_t count) {
    for (uint32_t i = count; i > 0; i--)
        WP_TRY(wp_valid_pop(v, types[i - 1]));
    return WP_OK;
}

wp_status wp_valid_push_list(wp_valid *v, const wp_valtype *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(wp_valid_push(v, types[i]));
    return WP_OK;
}

/* ---- Blocks ------------------------------------------------------------------------------------------------- */

wp_status wp_valid_open(wp_valid *v, wp_op op, const wp_control *type) {
    if (v->ncontrols >= v->engine->limits[WP_LIMIT_nesting])
        return wp_module_fail(v->module, v->diag, WP_EXHAUSTION, wp_valid_pos(v),
                              "nesting of blocks too deep (limit %llu)",
                              (unsigned long long)v->engine->limits[WP_LIMIT_nesting]);
    if (!wp_grow(&v->engine->allocator, (void **)&v->controls, v->ncontrols, &v->controls_capacity,
                 sizeof *v->controls))
        return wp_fail_memory(v->diag);
    wp_control *c = &v->controls[v->ncontrols++];
    *c = *type;
    c->op = op;
    c->unreachable = false;
    c->height = v->operands.count;
    c->cells = v->cells;
    c->start = v->at;
    c->chain = c->else_entry = WP_NO_BRANCH;
    c->init_height = v->ninit_log;
    return wp_valid_push_list(v, c->params, c->nparams);
}

void wp_valid_unreachable(wp_valid *v) {
    wp_control *c = wp_valid_top(v);
    v->operands.count = c->height;
    v->cells = c->cells;
    c->unreachable = true;
}

void wp_valid_release(wp_valid *v) {
    const wp_allocator *a = &v->engine->allocator;
    wp_free(a, v->locals, v->locals_capacity, sizeof *v->locals);
    wp_free(a, v->init_log, v->init_log_capacity, sizeof *v->init_log);
    wp_free(a, v->operands.types, v->operands.capacity, sizeof *v->operands.types);
    wp_free(a, v->controls, v->controls_capacity, sizeof *v->controls);
    wp_free(a, v->branches, v->branches_capacity, sizeof *v->branches);
}
