/* relative.c: constant expressions as linear functions of the bases; see relative.h.
 *
 * The expressions are valid, so operands are where they must be. Instructions that make no integers, such as ref.func,
 * are passed over: what is made of them is no integer either, and nobody asks for its value.
 */
#include "process/load/affine.h"

#include <string.h>

static bool is_named(wp_bytes bytes, const char *name) {
    return bytes.size == strlen(name) && memcmp(bytes.data, name, bytes.size) == 0;
}

static wp_relative imported(const wp_import *import, wp_extern value) {
    const wp_global *global = value.object;
    if (is_named(import->module, "env") && is_named(import->name, "__memory_base"))
        return (wp_relative){1, 0, 0, true};
    if (is_named(import->module, "env") &&
        (is_named(import->name, "__table_base") || is_named(import->name, "__table_base32")))
        return (wp_relative){0, 1, 0, true};
    /* What the library gets in its GOT is not there yet. It is mutable: no constant expression reads it. */
    return (wp_relative){0, 0, global == NULL ? 0 : global->cells[0], true};
}

static bool is_constant(wp_relative a) {
    return a.memory == 0 && a.table == 0;
}

static wp_relative sum(wp_relative a, wp_relative b) {
    return (wp_relative){a.memory + b.memory, a.table + b.table, a.constant + b.constant, a.known && b.known};
}

static wp_relative scaled(wp_relative a, uint64_t factor) {
    return (wp_relative){a.memory * factor, a.table * factor, a.constant * factor, a.known};
}

static wp_relative product(wp_relative a, wp_relative b) {
    wp_relative p = is_constant(a) ? scaled(b, a.constant) : scaled(a, b.constant);
    p.known = a.known && b.known && (is_constant(a) || is_constant(b));
    return p;
}

/* The result of an integer instruction with two operands. */
static wp_relative combine(uint16_t op, wp_relative a, wp_relative b) {
    switch (op) {
    case WP_OP_i32_add:
    case WP_OP_i64_add: return sum(a, b);
    case WP_OP_i32_sub:
    case WP_OP_i64_sub: return sum(a, scaled(b, UINT64_MAX));
    default: return product(a, b);
    }
}

static wp_relative evaluate(const wp_relatives *r, const wp_code *code) {
    wp_relative *operands = r->stack;
    size_t n = 0;
    for (uint32_t i = 0; i < code->ninstrs; i++) {
        const wp_instr *in = &code->instrs[i];
        switch (in->op) {
        case WP_OP_i32_const:
        case WP_OP_i64_const: operands[n++] = (wp_relative){0, 0, in->u64, true}; break;
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

wp_status wp_relative_new(const wp_module *module, const wp_extern *imports, wp_relatives *out, wp_diag *diag) {
    const wp_allocator *a = &module->engine->allocator;
    wp_relatives r = {module, NULL, NULL, longest_code(module)};
    r.globals = wp_alloc(a, module->nglobals, sizeof *r.globals);
    r.stack = wp_alloc(a, r.depth, sizeof *r.stack);
    if (r.globals == NULL || r.stack == NULL) {
        wp_relative_delete(&r);
        return wp_fail_memory(diag);
    }
    for (uint32_t i = 0; i < module->nimports; i++)
        if (module->imports[i].kind == WP_EXTERN_GLOBAL)
            r.globals[module->imports[i].index] = imported(&module->imports[i], imports[i]);
    for (uint32_t i = module->nglobal_imports; i < module->nglobals; i++)
        r.globals[i] = evaluate(&r, &module->globals[i].init);
    *out = r;
    return WP_OK;
}

void wp_relative_delete(wp_relatives *r) {
    const wp_allocator *a = &r->module->engine->allocator;
    wp_free(a, r->globals, r->module->nglobals, sizeof *r->globals);
    wp_free(a, r->stack, r->depth, sizeof *r->stack);
}

wp_relative wp_relative_offset(wp_relatives *r, const wp_code *code, bool is64) {
    wp_relative value = evaluate(r, code);
    if (!is64)
        value = (wp_relative){(uint32_t)value.memory, (uint32_t)value.table, (uint32_t)value.constant, value.known};
    return value;
}
