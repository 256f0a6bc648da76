/* segments.c: the active segments of libraries (rule load.data); see linking.h. */
#include "process/load/linking.h"

#include "core/exec/exec.h"

/* ---- Constant expressions as affine functions of the bases --------------------------------------------------- */

/* memory_base * memory + table_base * table + constant, modulo 2^64. Of an i32 only the low 32 bits count. */
typedef struct affine {
    uint64_t memory;
    uint64_t table;
    uint64_t constant;
    bool known; /* false: not such a sum */
} affine;

typedef struct affine_context {
    const wp_module *module;
    affine *globals; /* one per global */
    affine *stack;   /* for the operands of any expression of the module */
    size_t depth;
} affine_context;

static affine imported(const wp_import *import, wp_extern value) { /* rule: load.data */
    const wp_global *global = value.object;
    switch (wp_platform_name_of(import)) {
    case WP_NAME_memory_base: return (affine){1, 0, 0, true};
    case WP_NAME_table_base:
    case WP_NAME_table_base32: return (affine){0, 1, 0, true};
    /* An entry of the GOT does not exist yet. It is mutable: constant expressions don't read it. */
    default: return (affine){0, 0, global == NULL ? 0 : global->cells[0], true};
    }
}

static bool is_constant(affine a) {
    return a.memory == 0 && a.table == 0;
}

static affine sum(affine a, affine b) { /* rule: load.data */
    return (affine){a.memory + b.memory, a.table + b.table, a.constant + b.constant, a.known && b.known};
}

static affine scaled(affine a, uint64_t factor) { /* rule: load.data */
    return (affine){a.memory * factor, a.table * factor, a.constant * factor, a.known};
}

static affine product(affine a, affine b) { /* rule: load.data */
    affine p = is_constant(a) ? scaled(b, a.constant) : scaled(a, b.constant);
    p.known = a.known && b.known && (is_constant(a) || is_constant(b));
    return p;
}

/* The result of an integer instruction with two operands. rule: load.data */
static affine combine(uint16_t op, affine a, affine b) {
    switch (op) {
    case WP_OP_i32_add:
    case WP_OP_i64_add: return sum(a, b);
    case WP_OP_i32_sub:
    case WP_OP_i64_sub: return sum(a, scaled(b, UINT64_MAX));
    default: return product(a, b);
    }
}

/* The expressions are valid: operands are on the stack. Instructions that don't produce integers, such as ref.func, are
 * skipped: expressions with them are not integers either, and their value is not used. */
static affine evaluate(const affine_context *r, const wp_code *code) { /* rule: load.data */
    affine *operands = r->stack;
    size_t n = 0;
    for (uint32_t i = 0; i < code->ninstrs; i++) {
        const wp_instr *in = &code->instrs[i];
        switch (in->op) {
        case WP_OP_i32_const:
        case WP_OP_i64_const: operands[n++] = (affine){0, 0, in->u64, true}; break;
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

static void affine_close(affine_context *r) {
    const wp_allocator *a = &r->module->engine->allocator;
    wp_free(a, r->globals, r->module->nglobals, sizeof *r->globals);
    wp_free(a, r->stack, r->depth, sizeof *r->stack);
}

/* Evaluates the globals of a module whose imports were resolved to `imports`; the object of a mutable global may be
 * NULL. */
static wp_status affine_open(const wp_module *module, const wp_extern *imports, affine_context *out, wp_diag *diag) {
    const wp_allocator *a = &module->engine->allocator;
    affine_context r = {module, NULL, NULL, longest_code(module)};
    r.globals = wp_alloc(a, module->nglobals, sizeof *r.globals);
    r.stack = wp_alloc(a, r.depth, sizeof *r.stack);
    if (r.globals == NULL || r.stack == NULL) {
        affine_close(&r);
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

/* The value of a constant expression, as an i64 or, if not is64, an i32: the coefficients then have 32 bits. */
static affine affine_offset(affine_context *r, const wp_code *code, bool is64) { /* rule: load.data */
    affine value = evaluate(r, code);
    if (!is64)
        value = (affine){(uint32_t)value.memory, (uint32_t)value.table, (uint32_t)value.constant, value.known};
    return value;
}

/* ---- Segments ------------------------------------------------------------------------------------------------ */

/* True when `count` elements at an offset from a base are among the `size` that were declared. rule: load.data */
static bool lies_inside(uint64_t offset, uint64_t count, uint64_t size) {
    return offset <= size && count <= size - offset;
}

/* The object of an import by its kind and index. rule: load.data */
static const void *import_of(const wp_library *library, wp_extern_kind kind, uint32_t index) {
    const wp_linking *l = library->linking;
    return l->imports[l->of_kind[kind][index]].object;
}

static bool is_process_table(const wp_library *library, uint32_t index) { /* rule: load.data */
    return index < library->module->ntable_imports &&
           import_of(library, WP_EXTERN_TABLE, index) == library->loader->table;
}

/* A segment for another memory is refused: it could turn out to be out of bounds when others have been written. */
static wp_status check_data(const wp_library *library, affine_context *c, const wp_data_def *def, wp_diag *diag) {
    affine offset = affine_offset(c, &def->offset, library->module->memories[def->memory].limits.is64);
    RULE(library->loader->engine, load_data);
    /* All memories are imported. */
    offset.known = offset.known && import_of(library, WP_EXTERN_MEMORY, def->memory) == library->loader->memory;
    if (!offset.known || offset.memory != 1 || offset.table != 0) /* rule: load.data */
        return wp_library_fail(library, diag, def->pos, "static data address");
    if (!lies_inside(offset.constant, def->bytes.size, library->dylink.memory_size)) /* rule: load.data */
        return wp_library_fail(library, diag, def->pos, "data segment outside reservation");
    return WP_OK;
}

/* The loader allocates the slots of the process table: segments for it are placed over __table_base. */
static wp_status check_elem(const wp_library *library, affine_context *c, const wp_elem_def *def, wp_diag *diag) {
    affine offset = affine_offset(c, &def->offset, library->module->tables[def->table].limits.is64);
    RULE(library->loader->engine, load_data);
    if (!offset.known || offset.table != 1 || offset.memory != 0)
        return wp_library_fail(library, diag, def->pos, "static table address");
    if (!lies_inside(offset.constant, def->count, library->dylink.table_size)) /* rule: load.data */
        return wp_library_fail(library, diag, def->pos, "element segment outside reservation");
    return WP_OK;
}

static wp_status check_all(const wp_library *library, affine_context *c, wp_diag *diag) { /* rule: load.data */
    const wp_module *m = library->module;
    for (uint32_t i = 0; i < m->nelems; i++) {
        const wp_elem_def *def = &m->elems[i];
        if (def->mode == WP_SEG_ACTIVE && is_process_table(library, def->table))
            WP_TRY(check_elem(library, c, def, diag));
    }
    for (uint32_t i = 0; i < m->ndatas; i++)
        if (m->datas[i].mode == WP_SEG_ACTIVE)
            WP_TRY(check_data(library, c, &m->datas[i], diag));
    return WP_OK;
}

wp_status wp_segments_check(wp_library *library, wp_diag *diag) {
    affine_context c = {.module = NULL};
    WP_TRY(affine_open(library->module, library->linking->imports, &c, diag));
    wp_status status = check_all(library, &c, diag);
    affine_close(&c);
    return status;
}

wp_status wp_segments_check_others(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    wp_instance *instance = library->instance;
    for (uint32_t i = 0; i < m->nelems; i++) {
        const wp_elem_def *def = &m->elems[i];
        uint64_t offset;
        if (def->mode != WP_SEG_ACTIVE || instance->tables[def->table] == library->loader->table) /* rule: load.data */
            continue;
        RULE(library->loader->engine, load_data);
        WP_TRY(wp_exec_const(instance, &def->offset, &offset, diag));
        if (!lies_inside(offset, def->count, instance->tables[def->table]->count))
            return wp_library_fail(library, diag, def->pos, "out of bounds table access");
    }
    return WP_OK;
}
