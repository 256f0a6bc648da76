/* valid_code.c: validation of instruction sequences (chapter "Validation: Instructions"): dispatch, and all but control
 * instructions.
 */
#include "core/valid/valid.h"

/* ---- Parametric instructions -------------------------------------------------------------------------------- */

static wp_status code_select(wp_valid *v) {
    wp_valtype a = WP_T_NONE, b = WP_T_NONE;
    WP_TRY(wp_valid_pop(v, WP_T_I32));
    WP_TRY(wp_valid_pop_any(v, &a));
    WP_TRY(wp_valid_pop_any(v, &b));
    if (wp_is_ref(a) || wp_is_ref(b))
        return wp_valid_fail(v, "type mismatch: select on references needs a type");
    if (a != b && a != WP_T_NONE && b != WP_T_NONE)
        return wp_valid_match(v, a, b);
    return wp_valid_push(v, a == WP_T_NONE ? b : a);
}

static wp_status code_select_t(wp_valid *v, const wp_instr *i) {
    const uint32_t *pool = v->code->pool + i->x;
    if (pool[0] != 1)
        return wp_valid_fail(v, "invalid result arity");
    WP_TRY(wp_valid_type(v, pool[1], wp_valid_pos(v)));
    wp_valtype type = wp_canon(v->module, pool[1]);
    WP_TRY(wp_valid_pop(v, WP_T_I32));
    WP_TRY(wp_valid_pop(v, type));
    WP_TRY(wp_valid_pop(v, type));
    return wp_valid_push(v, type);
}

/* ---- Variable instructions ---------------------------------------------------------------------------------- */

static wp_status code_initialise_local(wp_valid *v, uint32_t x) {
    if (v->locals[x].is_initialised)
        return WP_OK;
    if (!wp_grow(&v->engine->allocator, (void **)&v->init_log, v->ninit_log, &v->init_log_capacity,
                 sizeof *v->init_log))
        return wp_fail_memory(v->diag);
    v->init_log[v->ninit_log++] = x;
    v->locals[x].is_initialised = true;
    return WP_OK;
}

static wp_status code_local(wp_valid *v, const wp_instr *i) {
    WP_TRY(wp_valid_index(v, i->x, v->nlocals, "local"));
    wp_valtype type = v->locals[i->x].type;
    if (i->op == WP_OP_local_get) {
        if (WP_UNLIKELY(!v->locals[i->x].is_initialised))
            return wp_valid_fail(v, "uninitialized local %u", i->x);
        return wp_valid_push(v, type);
    }
    WP_TRY(wp_valid_pop(v, type));
    WP_TRY(code_initialise_local(v, i->x));
    return i->op == WP_OP_local_tee ? wp_valid_push(v, type) : WP_OK;
}

static wp_status code_global(wp_valid *v, const wp_instr *i) {
    WP_TRY(wp_valid_index(v, i->x, v->constant ? v->global_limit : v->module->nglobals, "global"));
    const wp_global_def *global = &v->module->globals[i->x];
    wp_valtype type = wp_canon(v->module, global->type);
    if (v->constant && global->is_mutable)
        return wp_valid_fail(v, "constant expression required: global %u is mutable", i->x);
    if (i->op == WP_OP_global_get)
        return wp_valid_push(v, type);
    if (!global->is_mutable)
        return wp_valid_fail(v, "immutable global: global %u can't be set", i->x);
    return wp_valid_pop(v, type);
}

/* ---- Table instructions -------------------------------------------------------------------------------------- */

/* Pops the operands of a copy between two memories or tables. */
static wp_status code_pop_copy(wp_valid *v, const wp_limits *to, const wp_limits *from) {
    WP_TRY(wp_valid_pop(v, wp_address_type(to->is64 ? from : to))); /* the size: the smaller type */
    WP_TRY(wp_valid_pop(v, wp_address_type(from)));
    return wp_valid_pop(v, wp_address_type(to));
}

/* Pops the operands of a copy from a segment to one. */
static wp_status code_pop_init(wp_valid *v, const wp_limits *to) {
    WP_TRY(wp_valid_pop(v, WP_T_I32));
    WP_TRY(wp_valid_pop(v, WP_T_I32));
    return wp_valid_pop(v, wp_address_type(to));
}

static wp_status code_find_table(wp_valid *v, uint32_t x, const wp_table_def **out) {
    WP_TRY(wp_valid_index(v, x, v->module->ntables, "table"));
    *out = &v->module->tables[x];
    return WP_OK;
}

static wp_status code_table(wp_valid *v, const wp_instr *i) {
    const wp_table_def *table = NULL;
    WP_TRY(code_find_table(v, i->x, &table));
    wp_valtype element = wp_canon(v->module, table->element);
    wp_valtype address = wp_address_type(&table->limits);
    switch (i->op) {
    case WP_OP_table_get: WP_TRY(wp_valid_pop(v, address)); return wp_valid_push(v, element);
    case WP_OP_table_set: WP_TRY(wp_valid_pop(v, element)); return wp_valid_pop(v, address);
    case WP_OP_table_size: return wp_valid_push(v, address);
    case WP_OP_table_grow:
        WP_TRY(wp_valid_pop(v, address));
        WP_TRY(wp_valid_pop(v, element));
        return wp_valid_push(v, address);
    default: /* table.fill */
        WP_TRY(wp_valid_pop(v, address));
        WP_TRY(wp_valid_pop(v, element));
        return wp_valid_pop(v, address);
    }
}

static wp_status code_table_copy(wp_valid *v, const wp_instr *i) {
    const wp_table_def *to = NULL, *from = NULL;
    WP_TRY(code_find_table(v, i->x, &to));
    WP_TRY(code_find_table(v, i->y, &from));
    if (!wp_match(v->engine->types, wp_canon(v->module, from->element), wp_canon(v->module, to->element)))
        return wp_valid_fail(v, "type mismatch: table %u does not match table %u", i->y, i->x);
    return code_pop_copy(v, &to->limits, &from->limits);
}

static wp_status code_table_init(wp_valid *v, const wp_instr *i) {
    const wp_table_def *table = NULL;
    WP_TRY(code_find_table(v, i->y, &table));
    WP_TRY(wp_valid_index(v, i->x, v->module->nelems, "elem segment"));
    const wp_elem_def *elem = &v->module->elems[i->x];
    if (!wp_match(v->engine->types, wp_canon(v->module, elem->type), wp_canon(v->module, table->element)))
        return wp_valid_fail(v, "type mismatch: element segment %u does not match table %u", i->x, i->y);
    return code_pop_init(v, &table->limits);
}

/* ---- Memory instructions ------------------------------------------------------------------------------------- */

static wp_status code_find_memory(wp_valid *v, uint32_t x, const wp_memory_def **out) {
    WP_TRY(wp_valid_index(v, x, v->module->nmemories, "memory"));
    *out = &v->module->memories[x];
    return WP_OK;
}

/* The immediate of loads and stores; gives the type of its addresses. */
static wp_status code_memarg(wp_valid *v, const wp_instr *i, wp_valtype *address) {
    const wp_memory_def *memory = NULL;
    WP_TRY(code_find_memory(v, wp_memarg_memory(i->x), &memory));
    if ((uint64_t)1 << wp_memarg_align(i->x) > wp_instr_rows[i->op].width)
        return wp_valid_fail(v, "alignment must not be larger than natural");
    if (!memory->limits.is64 && i->u64 > UINT32_MAX)
        return wp_valid_fail(v, "offset out of range");
    *address = wp_address_type(&memory->limits);
    return WP_OK;
}

/* The same of instructions that name a memory alone. */
static wp_status code_memory(wp_valid *v, const wp_instr *i, wp_valtype *address) {
    const wp_memory_def *memory = NULL;
    WP_TRY(code_find_memory(v, i->x, &memory));
    *address = wp_address_type(&memory->limits);
    return WP_OK;
}

static wp_status code_memory_copy(wp_valid *v, const wp_instr *i) {
    const wp_memory_def *to = NULL, *from = NULL;
    WP_TRY(code_find_memory(v, i->x, &to));
    WP_TRY(code_find_memory(v, i->y, &from));
    return code_pop_copy(v, &to->limits, &from->limits);
}

static wp_status code_memory_init(wp_valid *v, const wp_instr *i) {
    const wp_memory_def *memory = NULL;
    WP_TRY(code_find_memory(v, i->y, &memory));
    WP_TRY(wp_valid_index(v, i->x, v->module->ndatas, "data segment"));
    return code_pop_init(v, &memory->limits);
}

/* ---- Reference instructions --------------------------------------------------------------------------------- */

static wp_status code_ref_null(wp_valid *v, const wp_instr *i) {
    wp_valtype type = wp_ref_type(true, i->x);
    WP_TRY(wp_valid_type(v, type, wp_valid_pos(v)));
    return wp_valid_push(v, wp_canon(v->module, type));
}

static wp_status code_ref_func(wp_valid *v, const wp_instr *i) {
    WP_TRY(wp_valid_index(v, i->x, v->module->nfuncs, "function"));
    if (v->constant)
        v->declared_funcs[i->x] = true;
    if (!v->declared_funcs[i->x])
        return wp_valid_fail(v, "undeclared function reference: function %u", i->x);
    return wp_valid_push(v, wp_ref_type(false, WP_T_INDEX | v->module->funcs[i->x].canon));
}

static wp_status code_ref_is_null(wp_valid *v) {
    wp_valtype type = WP_T_NONE;
    WP_TRY(wp_valid_pop_ref(v, &type));
    return wp_valid_push(v, WP_T_I32);
}

static wp_status code_ref_as_non_null(wp_valid *v) {
    wp_valtype type = WP_T_NONE;
    WP_TRY(wp_valid_pop_ref(v, &type));
    return wp_valid_push(v, type & ~WP_T_NULL);
}

/* ---- Instructions whose type stands in the table -------------------------------------------------------------- */

static const uint8_t code_letter_types[] = {
#define VALTYPE(id, code, name, letter, feature) [letter] = WP_T_##id,
#include "core/valtype.def"
};

static wp_valtype code_letter_type(char letter, wp_valtype address) {
    return letter == 'a' ? address : code_letter_types[(uint8_t)letter];
}

static wp_status code_signature(wp_valid *v, const char *signature, wp_valtype address) {
    const char *colon = signature;
    while (*colon != ':')
        colon++;
    for (const char *p = colon; p > signature; p--)
        WP_TRY(wp_valid_pop(v, code_letter_type(p[-1], address)));
    for (const char *p = colon + 1; *p != '\0'; p++)
        WP_TRY(wp_valid_push(v, code_letter_type(*p, address)));
    return WP_OK;
}

static wp_status code_plain(wp_valid *v, const wp_instr *i, const wp_instr_row *row) {
    wp_valtype address = WP_T_I32;
    switch (row->immediate) {
    case IMM_MEMARG: WP_TRY(code_memarg(v, i, &address)); break;
    case IMM_MEMORY: WP_TRY(code_memory(v, i, &address)); break;
    case IMM_DATA: WP_TRY(wp_valid_index(v, i->x, v->module->ndatas, "data segment")); break;
    case IMM_ELEM: WP_TRY(wp_valid_index(v, i->x, v->module->nelems, "elem segment")); break;
    default: break;
    }
    return code_signature(v, row->signature, address);
}

/* ---- All instructions --------------------------------------------------------------------------------------- */

static wp_status code_special(wp_valid *v, wp_instr *i) {
    wp_valtype type = WP_T_NONE;
    switch (i->op) {
    case WP_OP_unreachable: wp_valid_unreachable(v); return WP_OK;
    case WP_OP_block:
    case WP_OP_loop:
    case WP_OP_if: return wp_valid_block(v, i);
    case WP_OP_else: return wp_valid_else(v, i);
    case WP_OP_end: return wp_valid_end(v);
    case WP_OP_br: return wp_valid_br(v, i);
    case WP_OP_br_if: return wp_valid_br_if(v, i);
    case WP_OP_br_table: return wp_valid_br_table(v, i);
    case WP_OP_br_on_null: return wp_valid_br_on_null(v, i);
    case WP_OP_br_on_non_null: return wp_valid_br_on_non_null(v, i);
    case WP_OP_return: return wp_valid_return(v);
    case WP_OP_call:
    case WP_OP_return_call: return wp_valid_call(v, i);
    case WP_OP_call_indirect:
    case WP_OP_return_call_indirect: return wp_valid_call_indirect(v, i);
    case WP_OP_call_ref:
    case WP_OP_return_call_ref: return wp_valid_call_ref(v, i);
    case WP_OP_drop: return wp_valid_pop_any(v, &type);
    case WP_OP_select: return code_select(v);
    case WP_OP_select_t: return code_select_t(v, i);
    case WP_OP_local_get:
    case WP_OP_local_set:
    case WP_OP_local_tee: return code_local(v, i);
    case WP_OP_global_get:
    case WP_OP_global_set: return code_global(v, i);
    case WP_OP_table_get:
    case WP_OP_table_set:
    case WP_OP_table_size:
    case WP_OP_table_grow:
    case WP_OP_table_fill: return code_table(v, i);
    case WP_OP_table_copy: return code_table_copy(v, i);
    case WP_OP_table_init: return code_table_init(v, i);
    case WP_OP_memory_copy: return code_memory_copy(v, i);
    case WP_OP_memory_init: return code_memory_init(v, i);
    case WP_OP_ref_null: return code_ref_null(v, i);
    case WP_OP_ref_is_null: return code_ref_is_null(v);
    case WP_OP_ref_func: return code_ref_func(v, i);
    case WP_OP_ref_as_non_null: return code_ref_as_non_null(v);
    default:
        return wp_module_fail(v->module, v->diag, WP_CRASH, wp_valid_pos(v), "validation has no case for %s",
                              wp_instr_rows[i->op].mnemonic);
    }
}

/* Instructions allowed in constant expressions (chapter "Validation: Instructions", "Constant Expressions"). */
static bool code_is_constant(wp_op op) {
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

static wp_status code_instr(wp_valid *v, wp_instr *i) {
    const wp_instr_row *row = &wp_instr_rows[i->op];
    if (WP_UNLIKELY(!wp_feature_supported((wp_feature_id)row->feature)))
        return wp_module_unsupported(v->module, v->diag, wp_valid_pos(v), row->mnemonic);
    if (v->constant && !code_is_constant((wp_op)i->op))
        return wp_valid_fail(v, "constant expression required: %s is not constant", row->mnemonic);
    return row->signature[0] == '*' ? code_special(v, i) : code_plain(v, i, row);
}

/* ---- Sequences ------------------------------------------------------------------------------------------------ */

static wp_status code_keep_branches(wp_valid *v) {
    wp_code *code = v->code;
    code->nbranches = (uint32_t)v->nbranches;
    code->branches = NULL;
    if (v->nbranches == 0)
        return WP_OK;
    code->branches = wp_arena_copy(&v->module->arena, v->branches, v->nbranches * sizeof *v->branches);
    return code->branches == NULL ? wp_fail_memory(v->diag) : WP_OK;
}

static wp_status code_sequence(wp_valid *v, wp_code *code, const wp_valtype *results, uint32_t nresults) {
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
    WP_TRY(wp_valid_open(v, WP_OP_block, &body));
    for (; v->at < code->ninstrs; v->at++)
        WP_TRY(code_instr(v, &code->instrs[v->at]));
    return code_keep_branches(v);
}

wp_status wp_valid_body(wp_valid *v, wp_func_def *func) {
    const wp_deftype *d = wp_types_get(v->engine->types, func->canon);
    v->func = func;
    v->constant = false;
    return code_sequence(v, &func->code, d->comp.types + d->comp.nparams, d->comp.nresults);
}

wp_status wp_valid_const(wp_valid *v, wp_code *code, wp_valtype result, uint32_t global_limit) {
    v->func = NULL;
    v->nlocals = 0;
    v->constant = true;
    v->global_limit = global_limit;
    return code_sequence(v, code, &result, 1);
}
