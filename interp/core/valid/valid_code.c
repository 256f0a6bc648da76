/* valid_code.c: validation of instruction sequences (chapter "Validation: Instructions", and its appendix, the
 * algorithm), and the side table that it leaves for the executor.
 *
 * - Types on the operand stack are canonical. WP_T_NONE is the bottom type: what a polymorphic stack yields.
 * - Heights are kept in cells beside the types, since that is what the executor counts in.
 * - A forward branch is chained through its own side table entry until the end of its block is reached.
 */
#include "core/valid/valid.h"

#include <string.h>

#define NO_BRANCH UINT32_MAX

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

wp_status wp_valid_fail(wp_valid *v, const char *format, ...) {
    wp_diag message = {0};
    va_list args;
    va_start(args, format);
    wp_vfail_at(&message, WP_INVALID, (wp_location){0, 0, 0}, format, args);
    va_end(args);
    uint32_t pos = v->code != NULL && v->at < v->code->ninstrs ? v->code->pos[v->at] : 0;
    return wp_module_fail(v->module, v->diag, WP_INVALID, pos, "%s", message.message);
}

static wp_status out_of_memory(wp_valid *v) {
    return wp_fail_memory(v->diag);
}

static uint32_t here(const wp_valid *v) {
    return v->code->pos[v->at];
}

/* ---- The operand stack ------------------------------------------------------------------------------- */

static wp_control *top(wp_valid *v) {
    return &v->controls[v->ncontrols - 1];
}

/* No stack could hold what is pushed. Without this a few calls with many results each would claim any amount of
 * memory. */
static wp_status too_high(wp_valid *v) {
    return wp_module_fail(v->module, v->diag, WP_EXHAUSTION, here(v), "operand stack too high (limit %llu cells)",
                          (unsigned long long)v->engine->limits[WP_LIMIT_stack_cells]);
}

static wp_status push(wp_valid *v, wp_valtype type) {
    wp_operand_stack *s = &v->operands;
    if (WP_UNLIKELY(s->count == s->capacity) &&
        !wp_grow(&v->engine->allocator, (void **)&s->types, s->count, &s->capacity, sizeof *s->types))
        return out_of_memory(v);
    s->types[s->count++] = type;
    v->cells += wp_cells(type);
    if (v->cells > v->code->max_height) {
        v->code->max_height = v->cells;
        if (v->cells > v->engine->limits[WP_LIMIT_stack_cells])
            return too_high(v);
    }
    return WP_OK;
}

static wp_status mismatch(wp_valid *v, wp_valtype expected, wp_valtype found) {
    char want[80], have[80];
    wp_valtype_print(expected, want, sizeof want);
    wp_valtype_print(found, have, sizeof have);
    return wp_valid_fail(v, "type mismatch: expected %s, found %s", want, have);
}

/* Pops any one value. */
static wp_status pop_any(wp_valid *v, wp_valtype *type) {
    wp_control *c = top(v);
    if (WP_UNLIKELY(v->operands.count == c->height)) {
        if (!c->unreachable)
            return wp_valid_fail(v, "type mismatch: instruction needs a value, the stack of the block is empty");
        *type = WP_T_NONE;
        return WP_OK;
    }
    *type = v->operands.types[--v->operands.count];
    v->cells -= wp_cells(*type);
    return WP_OK;
}

static wp_status pop(wp_valid *v, wp_valtype expected) {
    wp_valtype found = WP_T_NONE;
    WP_TRY(pop_any(v, &found));
    if (WP_LIKELY(found == expected) || found == WP_T_NONE || wp_match(v->engine->types, found, expected))
        return WP_OK;
    return mismatch(v, expected, found);
}

static wp_status pop_list(wp_valid *v, const wp_valtype *types, uint32_t count) {
    for (uint32_t i = count; i > 0; i--)
        WP_TRY(pop(v, types[i - 1]));
    return WP_OK;
}

static wp_status push_list(wp_valid *v, const wp_valtype *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(push(v, types[i]));
    return WP_OK;
}

/* Pops a reference of any type. A bottom value becomes a reference to the bottom heap type. */
static wp_status pop_ref(wp_valid *v, wp_valtype *type) {
    WP_TRY(pop_any(v, type));
    if (*type == WP_T_NONE)
        *type = wp_ref_type(false, WP_HT_BOT);
    if (!wp_is_ref(*type))
        return wp_valid_fail(v, "type mismatch: expected a reference");
    return WP_OK;
}

static void set_unreachable(wp_valid *v) {
    wp_control *c = top(v);
    v->operands.count = c->height;
    v->cells = c->cells;
    c->unreachable = true;
}

/* ---- Locals that have no default value ----------------------------------------------------------------- */

static wp_status initialise_local(wp_valid *v, uint32_t x) {
    if (v->initialised[x])
        return WP_OK;
    if (!wp_grow(&v->engine->allocator, (void **)&v->init_log, v->ninit_log, &v->init_log_capacity,
                 sizeof *v->init_log))
        return out_of_memory(v);
    v->init_log[v->ninit_log++] = x;
    v->initialised[x] = 1;
    return WP_OK;
}

static void unwind_locals(wp_valid *v, size_t height) {
    while (v->ninit_log > height)
        v->initialised[v->init_log[--v->ninit_log]] = 0;
}

/* ---- Blocks and branches ------------------------------------------------------------------------------- */

static const wp_valtype *result_types(const wp_control *c) {
    return c->has_one ? &c->one : c->results;
}

static wp_status push_control(wp_valid *v, wp_op op, const wp_control *type) {
    if (v->ncontrols >= v->engine->limits[WP_LIMIT_nesting])
        return wp_module_fail(v->module, v->diag, WP_EXHAUSTION, here(v), "nesting of blocks too deep (limit %llu)",
                              (unsigned long long)v->engine->limits[WP_LIMIT_nesting]);
    if (!wp_grow(&v->engine->allocator, (void **)&v->controls, v->ncontrols, &v->controls_capacity,
                 sizeof *v->controls))
        return out_of_memory(v);
    wp_control *c = &v->controls[v->ncontrols++];
    *c = *type;
    c->op = op;
    c->unreachable = false;
    c->height = v->operands.count;
    c->cells = v->cells;
    c->start = v->at;
    c->chain = NO_BRANCH;
    c->else_entry = NO_BRANCH;
    c->init_height = v->ninit_log;
    return push_list(v, c->params, c->nparams);
}

/* Checks that the block's results, and nothing else, are on the stack. */
static wp_status check_results(wp_valid *v) {
    wp_control *c = top(v);
    WP_TRY(pop_list(v, result_types(c), c->nresults));
    if (v->operands.count != c->height)
        return wp_valid_fail(v, "type mismatch: values remain on the stack at the end of the block");
    return WP_OK;
}

static wp_status block_type(wp_valid *v, uint32_t bt, wp_control *out) {
    memset(out, 0, sizeof *out);
    if (wp_block_has_type(bt)) {
        uint32_t x = wp_block_type_index(bt);
        if (x >= v->module->ntypes)
            return wp_valid_fail(v, "unknown type %u", x);
        const wp_deftype *d = wp_types_get(v->engine->types, v->module->canon[x]);
        if (d->comp.kind != WP_COMP_FUNC)
            return wp_valid_fail(v, "type mismatch: the block type is not a function type");
        out->params = d->comp.types;
        out->nparams = d->comp.nparams;
        out->results = d->comp.types + d->comp.nparams;
        out->nresults = d->comp.nresults;
    } else if (bt != WP_T_NONE) {
        WP_TRY(wp_valid_type(v, bt, here(v), &out->one));
        out->has_one = true;
        out->nresults = 1;
    }
    return WP_OK;
}

static uint32_t cells_of(const wp_valtype *types, uint32_t count) {
    uint32_t cells = count;
    for (uint32_t i = 0; i < count; i++)
        cells += wp_cells(types[i]) - 1;
    return cells;
}

/* The types that a branch to a block carries. */
static const wp_valtype *label_types(const wp_control *c, uint32_t *count) {
    if (c->op == WP_OP_loop) {
        *count = c->nparams;
        return c->params;
    }
    *count = c->nresults;
    return result_types(c);
}

static wp_status find_label(wp_valid *v, uint32_t label, wp_control **out) {
    if (label >= v->ncontrols)
        return wp_valid_fail(v, "unknown label %u", label);
    *out = &v->controls[v->ncontrols - 1 - label];
    return WP_OK;
}

/* Adds a side table entry for a branch to a block. */
static wp_status add_branch(wp_valid *v, wp_control *c, uint32_t *entry) {
    if (!wp_grow(&v->engine->allocator, (void **)&v->branches, v->nbranches, &v->branches_capacity,
                 sizeof *v->branches))
        return out_of_memory(v);
    uint32_t count;
    const wp_valtype *types = label_types(c, &count);
    uint32_t frame = v->func != NULL ? v->func->local_cells : 0;
    wp_branch *b = &v->branches[v->nbranches];
    b->height = frame + c->cells;
    b->arity = cells_of(types, count);
    *entry = (uint32_t)v->nbranches++;
    if (c->op == WP_OP_loop) {
        b->target = c->start + 1;
    } else {
        b->target = c->chain;
        c->chain = *entry;
    }
    return WP_OK;
}

static void patch_chain(wp_valid *v, uint32_t chain, uint32_t target) {
    while (chain != NO_BRANCH) {
        uint32_t next = v->branches[chain].target;
        v->branches[chain].target = target;
        chain = next;
    }
}

/* [t1* t*] -> [t2*] where the label carries t*. */
static wp_status check_br(wp_valid *v, wp_instr *i) {
    wp_control *c = NULL;
    uint32_t count;
    WP_TRY(find_label(v, i->x, &c));
    const wp_valtype *types = label_types(c, &count);
    WP_TRY(pop_list(v, types, count));
    WP_TRY(add_branch(v, c, &i->side));
    set_unreachable(v);
    return WP_OK;
}

static wp_status check_br_if(wp_valid *v, wp_instr *i) {
    wp_control *c = NULL;
    uint32_t count;
    WP_TRY(find_label(v, i->x, &c));
    const wp_valtype *types = label_types(c, &count);
    WP_TRY(pop(v, WP_T_I32));
    WP_TRY(pop_list(v, types, count));
    WP_TRY(add_branch(v, c, &i->side));
    return push_list(v, types, count);
}

/* The operands as they stand must match each label; they are looked at, not popped, since every label
 * must accept the same ones. */
static wp_status check_label_operands(wp_valid *v, const wp_valtype *types, uint32_t count) {
    const wp_control *c = top(v);
    size_t available = v->operands.count - c->height;
    if (count > available && !c->unreachable)
        return wp_valid_fail(v, "type mismatch: too few values for the label");
    for (uint32_t i = 0; i < count && i < available; i++) {
        wp_valtype found = v->operands.types[v->operands.count - 1 - i];
        wp_valtype expected = types[count - 1 - i];
        if (found != expected && found != WP_T_NONE && !wp_match(v->engine->types, found, expected))
            return mismatch(v, expected, found);
    }
    return WP_OK;
}

static wp_status check_br_table(wp_valid *v, wp_instr *i) {
    const uint32_t *pool = v->code->pool + i->x;
    uint32_t n = pool[0];
    wp_control *c = NULL;
    uint32_t arity, count;
    WP_TRY(pop(v, WP_T_I32));
    WP_TRY(find_label(v, pool[1 + n], &c));
    label_types(c, &arity);
    i->side = (uint32_t)v->nbranches;
    for (uint32_t k = 0; k <= n; k++) {
        uint32_t entry = 0;
        WP_TRY(find_label(v, pool[1 + k], &c));
        const wp_valtype *types = label_types(c, &count);
        if (count != arity)
            return wp_valid_fail(v, "type mismatch: labels of br_table carry %u and %u values", arity, count);
        WP_TRY(check_label_operands(v, types, count));
        WP_TRY(add_branch(v, c, &entry));
    }
    set_unreachable(v);
    return WP_OK;
}

static wp_status check_br_on_null(wp_valid *v, wp_instr *i) {
    wp_control *c = NULL;
    wp_valtype ref = WP_T_NONE;
    uint32_t count;
    WP_TRY(find_label(v, i->x, &c));
    WP_TRY(pop_ref(v, &ref));
    const wp_valtype *types = label_types(c, &count);
    WP_TRY(pop_list(v, types, count));
    WP_TRY(add_branch(v, c, &i->side));
    WP_TRY(push_list(v, types, count));
    return push(v, ref & ~WP_T_NULL);
}

static wp_status check_br_on_non_null(wp_valid *v, wp_instr *i) {
    wp_control *c = NULL;
    uint32_t count;
    WP_TRY(find_label(v, i->x, &c));
    const wp_valtype *types = label_types(c, &count);
    if (count == 0 || !wp_is_ref(types[count - 1]))
        return wp_valid_fail(v, "type mismatch: the label does not carry a reference");
    WP_TRY(pop(v, types[count - 1] | WP_T_NULL));
    WP_TRY(pop_list(v, types, count - 1));
    WP_TRY(add_branch(v, c, &i->side));
    return push_list(v, types, count - 1);
}

static wp_status check_block(wp_valid *v, wp_instr *i) {
    wp_control type;
    WP_TRY(block_type(v, i->x, &type));
    if (i->op == WP_OP_if)
        WP_TRY(pop(v, WP_T_I32));
    WP_TRY(pop_list(v, type.params, type.nparams));
    WP_TRY(push_control(v, (wp_op)i->op, &type));
    if (i->op != WP_OP_if)
        return WP_OK;
    wp_control *c = top(v);
    /* The entry for a false condition is kept out of the chain: `else`, or `end`, gives its target. */
    uint32_t saved = c->chain;
    WP_TRY(add_branch(v, c, &i->side));
    c->else_entry = i->side;
    c->chain = saved;
    return WP_OK;
}

static wp_status check_else(wp_valid *v, wp_instr *i) {
    wp_control *c = top(v);
    if (c->op != WP_OP_if)
        return wp_valid_fail(v, "else without if");
    WP_TRY(check_results(v));
    WP_TRY(add_branch(v, c, &i->side)); /* the end of the first arm goes on behind `end` */
    v->branches[c->else_entry].target = v->at + 1;
    unwind_locals(v, c->init_height);
    c->op = WP_OP_else;
    c->unreachable = false;
    v->cells = c->cells;
    return push_list(v, c->params, c->nparams);
}

/* An `if` without `else` must leave its parameters as they are. */
static wp_status check_missing_else(wp_valid *v) {
    const wp_control *c = top(v);
    bool same = c->nparams == c->nresults;
    const wp_valtype *results = result_types(c);
    for (uint32_t k = 0; same && k < c->nparams; k++)
        same = wp_match(v->engine->types, c->params[k], results[k]);
    return same ? WP_OK : wp_valid_fail(v, "type mismatch: if without else must have equal parameters and results");
}

static wp_status check_end(wp_valid *v) {
    wp_control *c = top(v);
    WP_TRY(check_results(v));
    if (c->op == WP_OP_if) {
        WP_TRY(check_missing_else(v));
        v->branches[c->else_entry].target = v->at + 1;
    }
    bool is_body = v->ncontrols == 1;
    patch_chain(v, c->chain, is_body ? v->at : v->at + 1);
    unwind_locals(v, c->init_height);
    v->cells = c->cells;
    wp_control done = *c;
    v->ncontrols--;
    return is_body ? WP_OK : push_list(v, result_types(&done), done.nresults);
}

/* ---- Calls ----------------------------------------------------------------------------------------------- */

static wp_status find_func(wp_valid *v, uint32_t x, const wp_func_def **out) {
    if (x >= v->module->nfuncs)
        return wp_valid_fail(v, "unknown function %u", x);
    *out = &v->module->funcs[x];
    return WP_OK;
}

static wp_status find_func_type(wp_valid *v, uint32_t x, const wp_deftype **out) {
    if (x >= v->module->ntypes)
        return wp_valid_fail(v, "unknown type %u", x);
    *out = wp_types_get(v->engine->types, v->module->canon[x]);
    if ((*out)->comp.kind != WP_COMP_FUNC)
        return wp_valid_fail(v, "type mismatch: type %u is not a function type", x);
    return WP_OK;
}

static wp_status check_call_type(wp_valid *v, const wp_deftype *d) {
    WP_TRY(pop_list(v, d->comp.types, d->comp.nparams));
    return push_list(v, d->comp.types + d->comp.nparams, d->comp.nresults);
}

static wp_status check_tail_call_type(wp_valid *v, const wp_deftype *d) {
    const wp_valtype *results = d->comp.types + d->comp.nparams;
    bool same = d->comp.nresults == v->nresults;
    for (uint32_t k = 0; same && k < v->nresults; k++)
        same = wp_match(v->engine->types, results[k], v->results[k]);
    if (!same)
        return wp_valid_fail(v, "type mismatch: results of the tail call differ from the function's");
    WP_TRY(pop_list(v, d->comp.types, d->comp.nparams));
    set_unreachable(v);
    return WP_OK;
}

static wp_status find_table(wp_valid *v, uint32_t x, const wp_table_def **out) {
    if (x >= v->module->ntables)
        return wp_valid_fail(v, "unknown table %u", x);
    *out = &v->module->tables[x];
    return WP_OK;
}

static wp_valtype address_type(const wp_limits *limits) {
    return limits->is64 ? WP_T_I64 : WP_T_I32;
}

static wp_status check_call_indirect(wp_valid *v, const wp_instr *i) {
    const wp_table_def *table = NULL;
    const wp_deftype *d = NULL;
    WP_TRY(find_table(v, i->y, &table));
    wp_valtype element = wp_canon(v->module, table->element);
    if (!wp_match(v->engine->types, element, WP_T_FUNCREF))
        return wp_valid_fail(v, "type mismatch: table %u does not hold functions", i->y);
    WP_TRY(find_func_type(v, i->x, &d));
    WP_TRY(pop(v, address_type(&table->limits)));
    return i->op == WP_OP_call_indirect ? check_call_type(v, d) : check_tail_call_type(v, d);
}

static wp_status check_call_ref(wp_valid *v, wp_instr *i) {
    const wp_deftype *d = NULL;
    WP_TRY(find_func_type(v, i->x, &d));
    WP_TRY(pop(v, wp_ref_type(true, WP_T_INDEX | v->module->canon[i->x])));
    return i->op == WP_OP_call_ref ? check_call_type(v, d) : check_tail_call_type(v, d);
}

static wp_status check_call(wp_valid *v, const wp_instr *i) {
    const wp_func_def *func = NULL;
    WP_TRY(find_func(v, i->x, &func));
    const wp_deftype *d = wp_types_get(v->engine->types, func->canon);
    return i->op == WP_OP_call ? check_call_type(v, d) : check_tail_call_type(v, d);
}

/* ---- Parametric, variables, references ------------------------------------------------------------------- */

static wp_status check_select(wp_valid *v) {
    wp_valtype a = WP_T_NONE, b = WP_T_NONE;
    WP_TRY(pop(v, WP_T_I32));
    WP_TRY(pop_any(v, &a));
    WP_TRY(pop_any(v, &b));
    if (wp_is_ref(a) || wp_is_ref(b))
        return wp_valid_fail(v, "type mismatch: select on references needs a type");
    if (a != b && a != WP_T_NONE && b != WP_T_NONE)
        return mismatch(v, b, a);
    return push(v, a == WP_T_NONE ? b : a);
}

static wp_status check_select_t(wp_valid *v, const wp_instr *i) {
    const uint32_t *pool = v->code->pool + i->x;
    wp_valtype type = WP_T_NONE;
    if (pool[0] != 1)
        return wp_valid_fail(v, "invalid result arity");
    WP_TRY(wp_valid_type(v, pool[1], here(v), &type));
    WP_TRY(pop(v, WP_T_I32));
    WP_TRY(pop(v, type));
    WP_TRY(pop(v, type));
    return push(v, type);
}

static wp_status check_local(wp_valid *v, const wp_instr *i) {
    if (i->x >= v->nlocals)
        return wp_valid_fail(v, "unknown local %u", i->x);
    wp_valtype type = v->locals[i->x];
    if (i->op == WP_OP_local_get) {
        if (WP_UNLIKELY(!v->initialised[i->x]))
            return wp_valid_fail(v, "uninitialized local %u", i->x);
        return push(v, type);
    }
    WP_TRY(pop(v, type));
    WP_TRY(initialise_local(v, i->x));
    return i->op == WP_OP_local_tee ? push(v, type) : WP_OK;
}

static wp_status check_global(wp_valid *v, const wp_instr *i) {
    uint32_t limit = v->constant ? v->global_limit : v->module->nglobals;
    if (i->x >= limit)
        return wp_valid_fail(v, "unknown global %u", i->x);
    const wp_global_def *global = &v->module->globals[i->x];
    wp_valtype type = wp_canon(v->module, global->type);
    if (v->constant && global->is_mutable)
        return wp_valid_fail(v, "constant expression required: global %u is mutable", i->x);
    if (i->op == WP_OP_global_get)
        return push(v, type);
    if (!global->is_mutable)
        return wp_valid_fail(v, "immutable global: global %u can't be set", i->x);
    return pop(v, type);
}

static wp_status check_ref_func(wp_valid *v, const wp_instr *i) {
    const wp_func_def *func = NULL;
    WP_TRY(find_func(v, i->x, &func));
    if (!v->constant && !v->declared_funcs[i->x])
        return wp_valid_fail(v, "undeclared function reference: function %u", i->x);
    return push(v, wp_ref_type(false, WP_T_INDEX | func->canon));
}

static wp_status check_ref_null(wp_valid *v, const wp_instr *i) {
    wp_valtype type = WP_T_NONE;
    WP_TRY(wp_valid_type(v, wp_ref_type(true, i->x), here(v), &type));
    return push(v, type);
}

static wp_status check_ref_is_null(wp_valid *v) {
    wp_valtype type = WP_T_NONE;
    WP_TRY(pop_ref(v, &type));
    return push(v, WP_T_I32);
}

static wp_status check_ref_as_non_null(wp_valid *v) {
    wp_valtype type = WP_T_NONE;
    WP_TRY(pop_ref(v, &type));
    return push(v, type & ~WP_T_NULL);
}

/* ---- Tables ------------------------------------------------------------------------------------------------ */

static wp_status find_elem(wp_valid *v, uint32_t x, const wp_elem_def **out) {
    if (x >= v->module->nelems)
        return wp_valid_fail(v, "unknown elem segment %u", x);
    *out = &v->module->elems[x];
    return WP_OK;
}

static wp_valtype smaller_address(const wp_limits *a, const wp_limits *b) {
    return a->is64 && b->is64 ? WP_T_I64 : WP_T_I32;
}

static wp_status check_table_copy(wp_valid *v, const wp_instr *i) {
    const wp_table_def *to = NULL, *from = NULL;
    WP_TRY(find_table(v, i->x, &to));
    WP_TRY(find_table(v, i->y, &from));
    if (!wp_match(v->engine->types, wp_canon(v->module, from->element), wp_canon(v->module, to->element)))
        return wp_valid_fail(v, "type mismatch: table %u does not match table %u", i->y, i->x);
    WP_TRY(pop(v, smaller_address(&to->limits, &from->limits)));
    WP_TRY(pop(v, address_type(&from->limits)));
    return pop(v, address_type(&to->limits));
}

static wp_status check_table_init(wp_valid *v, const wp_instr *i) {
    const wp_table_def *table = NULL;
    const wp_elem_def *elem = NULL;
    WP_TRY(find_table(v, i->y, &table));
    WP_TRY(find_elem(v, i->x, &elem));
    if (!wp_match(v->engine->types, wp_canon(v->module, elem->type), wp_canon(v->module, table->element)))
        return wp_valid_fail(v, "type mismatch: element segment %u does not match table %u", i->x, i->y);
    WP_TRY(pop(v, WP_T_I32));
    WP_TRY(pop(v, WP_T_I32));
    return pop(v, address_type(&table->limits));
}

static wp_status check_table(wp_valid *v, const wp_instr *i) {
    const wp_table_def *table = NULL;
    WP_TRY(find_table(v, i->x, &table));
    wp_valtype element = wp_canon(v->module, table->element);
    wp_valtype address = address_type(&table->limits);
    switch (i->op) {
    case WP_OP_table_get: WP_TRY(pop(v, address)); return push(v, element);
    case WP_OP_table_set: WP_TRY(pop(v, element)); return pop(v, address);
    case WP_OP_table_size: return push(v, address);
    case WP_OP_table_grow:
        WP_TRY(pop(v, address));
        WP_TRY(pop(v, element));
        return push(v, address);
    default: /* table.fill */
        WP_TRY(pop(v, address));
        WP_TRY(pop(v, element));
        return pop(v, address);
    }
}

/* ---- Memories ---------------------------------------------------------------------------------------------- */

static wp_status find_memory(wp_valid *v, uint32_t x, const wp_memory_def **out) {
    if (x >= v->module->nmemories)
        return wp_valid_fail(v, "unknown memory %u", x);
    *out = &v->module->memories[x];
    return WP_OK;
}

static wp_status find_data(wp_valid *v, uint32_t x) {
    return x < v->module->ndatas ? WP_OK : wp_valid_fail(v, "unknown data segment %u", x);
}

static wp_status check_memory_copy(wp_valid *v, const wp_instr *i) {
    const wp_memory_def *to = NULL, *from = NULL;
    WP_TRY(find_memory(v, i->x, &to));
    WP_TRY(find_memory(v, i->y, &from));
    WP_TRY(pop(v, smaller_address(&to->limits, &from->limits)));
    WP_TRY(pop(v, address_type(&from->limits)));
    return pop(v, address_type(&to->limits));
}

static wp_status check_memory_init(wp_valid *v, const wp_instr *i) {
    const wp_memory_def *memory = NULL;
    WP_TRY(find_memory(v, i->y, &memory));
    WP_TRY(find_data(v, i->x));
    WP_TRY(pop(v, WP_T_I32));
    WP_TRY(pop(v, WP_T_I32));
    return pop(v, address_type(&memory->limits));
}

static wp_status check_memarg(wp_valid *v, const wp_instr *i, wp_valtype *address) {
    const wp_memory_def *memory = NULL;
    uint32_t x = wp_memarg_memory(i->x);
    WP_TRY(find_memory(v, x, &memory));
    if ((uint64_t)1 << wp_memarg_align(i->x) > wp_instr_rows[i->op].width)
        return wp_valid_fail(v, "alignment must not be larger than natural");
    if (!memory->limits.is64 && i->u64 > UINT32_MAX)
        return wp_valid_fail(v, "offset out of range");
    *address = address_type(&memory->limits);
    return WP_OK;
}

/* ---- Instructions ------------------------------------------------------------------------------------------ */

static const uint8_t letter_types[] = {
#define VALTYPE(id, code, name, letter, feature) [letter] = WP_T_##id,
#include "core/valtype.def"
};

static wp_valtype letter_type(char letter, wp_valtype address) {
    return letter == 'a' ? address : letter_types[(uint8_t)letter];
}

/* Instructions whose type stands in the table. */
static wp_status check_signature(wp_valid *v, const char *signature, wp_valtype address) {
    const char *colon = signature;
    while (*colon != ':')
        colon++;
    for (const char *p = colon; p > signature; p--)
        WP_TRY(pop(v, letter_type(p[-1], address)));
    for (const char *p = colon + 1; *p != '\0'; p++)
        WP_TRY(push(v, letter_type(*p, address)));
    return WP_OK;
}

static wp_status check_plain(wp_valid *v, const wp_instr *i, const wp_instr_row *row) {
    wp_valtype address = WP_T_I32;
    const wp_memory_def *memory = NULL;
    const wp_elem_def *elem = NULL;
    switch (row->immediate) {
    case IMM_MEMARG: WP_TRY(check_memarg(v, i, &address)); break;
    case IMM_MEMORY:
        WP_TRY(find_memory(v, i->x, &memory));
        address = address_type(&memory->limits);
        break;
    case IMM_DATA: WP_TRY(find_data(v, i->x)); break;
    case IMM_ELEM: WP_TRY(find_elem(v, i->x, &elem)); break;
    default: break;
    }
    return check_signature(v, row->signature, address);
}

static wp_status check_special(wp_valid *v, wp_instr *i) {
    wp_valtype type = WP_T_NONE;
    switch (i->op) {
    case WP_OP_unreachable: set_unreachable(v); return WP_OK;
    case WP_OP_block:
    case WP_OP_loop:
    case WP_OP_if: return check_block(v, i);
    case WP_OP_else: return check_else(v, i);
    case WP_OP_end: return check_end(v);
    case WP_OP_br: return check_br(v, i);
    case WP_OP_br_if: return check_br_if(v, i);
    case WP_OP_br_table: return check_br_table(v, i);
    case WP_OP_br_on_null: return check_br_on_null(v, i);
    case WP_OP_br_on_non_null: return check_br_on_non_null(v, i);
    case WP_OP_return:
        WP_TRY(pop_list(v, v->results, v->nresults));
        set_unreachable(v);
        return WP_OK;
    case WP_OP_call:
    case WP_OP_return_call: return check_call(v, i);
    case WP_OP_call_indirect:
    case WP_OP_return_call_indirect: return check_call_indirect(v, i);
    case WP_OP_call_ref:
    case WP_OP_return_call_ref: return check_call_ref(v, i);
    case WP_OP_drop: return pop_any(v, &type);
    case WP_OP_select: return check_select(v);
    case WP_OP_select_t: return check_select_t(v, i);
    case WP_OP_local_get:
    case WP_OP_local_set:
    case WP_OP_local_tee: return check_local(v, i);
    case WP_OP_global_get:
    case WP_OP_global_set: return check_global(v, i);
    case WP_OP_table_get:
    case WP_OP_table_set:
    case WP_OP_table_size:
    case WP_OP_table_grow:
    case WP_OP_table_fill: return check_table(v, i);
    case WP_OP_table_copy: return check_table_copy(v, i);
    case WP_OP_table_init: return check_table_init(v, i);
    case WP_OP_memory_copy: return check_memory_copy(v, i);
    case WP_OP_memory_init: return check_memory_init(v, i);
    case WP_OP_ref_null: return check_ref_null(v, i);
    case WP_OP_ref_is_null: return check_ref_is_null(v);
    case WP_OP_ref_func: return check_ref_func(v, i);
    case WP_OP_ref_as_non_null: return check_ref_as_non_null(v);
    default:
        return wp_module_fail(v->module, v->diag, WP_CRASH, here(v), "validation has no case for %s",
                              wp_instr_rows[i->op].mnemonic);
    }
}

/* Instructions allowed in constant expressions (chapter "Validation: Instructions", "Constant Expressions"). */
static bool is_constant(wp_op op) {
    switch (op) {
    case WP_OP_i32_const:
    case WP_OP_i64_const:
    case WP_OP_f32_const:
    case WP_OP_f64_const:
    case WP_OP_i32_add:
    case WP_OP_i32_sub:
    case WP_OP_i32_mul:
    case WP_OP_i64_add:
    case WP_OP_i64_sub:
    case WP_OP_i64_mul:
    case WP_OP_ref_null:
    case WP_OP_ref_func:
    case WP_OP_global_get:
    case WP_OP_end: return true;
    default: return false;
    }
}

static wp_status check_instr(wp_valid *v, wp_instr *i) {
    const wp_instr_row *row = &wp_instr_rows[i->op];
    if (WP_UNLIKELY(!wp_feature_supported((wp_feature_id)row->feature)))
        return wp_module_unsupported(v->module, v->diag, here(v), row->mnemonic);
    if (v->constant && !is_constant((wp_op)i->op))
        return wp_valid_fail(v, "constant expression required: %s is not constant", row->mnemonic);
    return row->signature[0] == '*' ? check_special(v, i) : check_plain(v, i, row);
}

/* ---- Sequences --------------------------------------------------------------------------------------------- */

static wp_status keep_branches(wp_valid *v) {
    wp_code *code = v->code;
    code->nbranches = (uint32_t)v->nbranches;
    code->branches = NULL;
    if (v->nbranches == 0)
        return WP_OK;
    code->branches = wp_arena_copy(&v->module->arena, v->branches, v->nbranches * sizeof *v->branches);
    return code->branches == NULL ? out_of_memory(v) : WP_OK;
}

static wp_status check_sequence(wp_valid *v, wp_code *code, const wp_valtype *results, uint32_t nresults) {
    v->code = code;
    v->at = 0;
    v->results = results;
    v->nresults = nresults;
    v->operands.count = 0;
    v->cells = 0;
    v->ncontrols = 0;
    v->nbranches = 0;
    v->ninit_log = 0;
    code->max_height = 0;
    wp_control body = {.results = results, .nresults = nresults};
    WP_TRY(push_control(v, WP_OP_block, &body));
    for (; v->at < code->ninstrs; v->at++)
        WP_TRY(check_instr(v, &code->instrs[v->at]));
    return keep_branches(v);
}

wp_status wp_valid_body(wp_valid *v, wp_func_def *func) {
    const wp_deftype *d = wp_types_get(v->engine->types, func->canon);
    v->func = func;
    v->constant = false;
    return check_sequence(v, &func->code, d->comp.types + d->comp.nparams, d->comp.nresults);
}

wp_status wp_valid_const(wp_valid *v, wp_code *code, wp_valtype result, uint32_t global_limit) {
    v->func = NULL;
    v->nlocals = 0;
    v->constant = true;
    v->global_limit = global_limit;
    return check_sequence(v, code, &result, 1);
}

void wp_valid_release(wp_valid *v) {
    const wp_allocator *a = &v->engine->allocator;
    wp_free(a, v->locals, v->locals_capacity, sizeof *v->locals);
    wp_free(a, v->initialised, v->initialised_capacity, 1);
    wp_free(a, v->init_log, v->init_log_capacity, sizeof *v->init_log);
    wp_free(a, v->operands.types, v->operands.capacity, sizeof *v->operands.types);
    wp_free(a, v->controls, v->controls_capacity, sizeof *v->controls);
    wp_free(a, v->branches, v->branches_capacity, sizeof *v->branches);
}
