/* affine.c: constant expressions as affine functions of the bases; see affine.h.
 *
 * The expressions are valid: operands are on the stack. Instructions that don't produce integers, such as ref.func, are
 * skipped: expressions with them are not integers either, and their value is not used.
 */
#include "process/load/affine.h"

#include "process/load/platform_names.h"

static wp_affine imported(const wp_import *import, wp_extern value) { /* rule: load.data */
    const wp_global *global = value.object;
    switch (wp_platform_name_of(import)) {
    case WP_NAME_memory_base: return (wp_affine){1, 0, 0, true};
    case WP_NAME_table_base:
    case WP_NAME_table_base32: return (wp_affine){0, 1, 0, true};
    /* An entry of the GOT does not exist yet. It is mutable: constant expressions don't read it. */
    default: return (wp_affine){0, 0, global == NULL ? 0 : global->cells[0], true};
    }
}

static bool is_constant(wp_affine a) {
    return a.memory == 0 && a.table == 0;
}

static wp_affine sum(wp_affine a, wp_affine b) { /* rule: load.data */
    return (wp_affine){a.memory + b.memory, a.table + b.table, a.constant + b.constant, a.known && b.known};
}

static wp_affine scaled(wp_affine a, uint64_t factor) { /* rule: load.data */
    return (wp_affine){a.memory * factor, a.table * factor, a.constant * factor, a.known};
}

static wp_affine product(wp_affine a, wp_affine b) { /* rule: load.data */
    wp_affine p = is_constant(a) ? scaled(b, a.constant) : scaled(a, b.constant);
    p.known = a.known && b.known && (is_constant(a) || is_constant(b));
    return p;
}

/* The result of an integer instruction with two operands. rule: load.data */
static wp_affine combine(uint16_t op, wp_affine a, wp_affine b) {
    switch (op) {
    case WP_OP_i32_add:
    case WP_OP_i64_add: return sum(a, b);
    case WP_OP_i32_sub:
    case WP_OP_i64_sub: return sum(a, scaled(b, UINT64_MAX));
    default: return product(a, b);
    }
}

static wp_affine evaluate(const wp_affine_context *r, const wp_code *code) { /* rule: load.data */
    wp_affine *operands = r->stack;
    size_t n = 0;
    for (uint32_t i = 0; i < code->ninstrs; i++) {
        const wp_instr *in = &code->instrs[i];
        switch (in->op) {
        case WP_OP_i32_const:
        case WP_OP_i64_const: operands[n++] = (wp_affine){0, 0, in->u64, true}; break;
        case WP_OP_global_get: operands[n++] = r->globals[in->x]; break;
        case WP_OP_i32_add:
        case WP_OP_i64_add:
        case WP_OP_i32_sub:
        case WP_OP_i64_sub:
        case WP_OP_i32_mul:
        case WP_OP_i64_mul:
            n--;
            operands[n - 1] = combine(in->op, operands[n - 1], operands[n]);
            break;
        default: break;
        }
    }
    return operands[0];
}

static size_t longest_code(const wp_module *module) {
    size_t most = 1;
    for (uint32_t i = module->nglobal_imports; i < module->nglobals; i++)
        most = module->globals[i].init.ninstrs > most ? module->globals[i].init.ninstrs : most;
    for (uint32_t i = 0; i < module->nelems; i++)
        most = module->elems[i].offset.ninstrs > most ? module->elems[i].offset.ninstrs : most;
    for (uint32_t i = 0; i < module->ndatas; i++)
        most = module->datas[i].offset.ninstrs > most ? module->datas[i].offset.ninstrs : most;
    return most;
}

wp_status wp_affine_open(const wp_module *module, const wp_extern *imports, wp_affine_context *out, wp_diag *diag) {
    const wp_allocator *a = &module->engine->allocator;
    wp_affine_context r = {module, NULL, NULL, longest_code(module)};
    r.globals = wp_alloc(a, module->nglobals, sizeof *r.globals);
    r.stack = wp_alloc(a, r.depth, sizeof *r.stack);
    if (r.globals == NULL || r.stack == NULL) {
        wp_affine_close(&r);
        return wp_fail_memory(diag);
    }
    for (uint32_t i = 0; i < module->nimports; i++)
        if (module->imports[i].kind == WP_EXTERN_GLOBAL)
            r.globals[module->imports[i].index] = imported(&module->imports[i], imports[i]); /* rule: load.data */
    for (uint32_t i = module->nglobal_imports; i < module->nglobals; i++)
        r.globals[i] = evaluate(&r, &module->globals[i].init); /* rule: load.data */
    *out = r;
    return WP_OK;
}

void wp_affine_close(wp_affine_context *r) {
    const wp_allocator *a = &r->module->engine->allocator;
    wp_free(a, r->globals, r->module->nglobals, sizeof *r->globals);
    wp_free(a, r->stack, r->depth, sizeof *r->stack);
}

wp_affine wp_affine_offset(wp_affine_context *r, const wp_code *code, bool is64) { /* rule: load.data */
    wp_affine value = evaluate(r, code);
    if (!is64)
        value = (wp_affine){(uint32_t)value.memory, (uint32_t)value.table, (uint32_t)value.constant, value.known};
    return value;
}
