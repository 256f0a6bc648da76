/* coverage.c: how often the instructions of modules run: the functions around wp_coverage_start in wasmproc.h.
 *
 * A module is counted from its first instantiation on, in an array per function (wp_code.counts): how often each
 * instruction was reached, then how often each entry of the side table was taken. The engine keeps a reference to each
 * counted module until it is deleted, so that counts outlive instances and traps.
 */
#include "core/binary/names.h"

#include <string.h>

/* The modules that an engine counts. */
typedef struct wp_coverage {
    wp_module **modules; /* a reference to each */
    size_t count, capacity;
} wp_coverage;

/* ---- Names of functions --------------------------------------------------------------------------------------- */

/* Names functions by the identifier in the text, which the parser has kept, else by the section "name", else by an
 * export. */
static wp_status coverage_name_funcs(wp_module *m, wp_diag *diag) {
    if (m->func_names == NULL)
        m->func_names = wp_arena_alloc(&m->arena, m->nfuncs, sizeof *m->func_names);
    if (m->func_names == NULL)
        return wp_fail_memory(diag);
    wp_names_decode_funcs(m, m->func_names);
    for (uint32_t i = 0; i < m->nexports; i++) {
        const wp_export *export = &m->exports[i];
        if (export->kind == WP_EXTERN_FUNC && m->func_names[export->index].size == 0)
            m->func_names[export->index] = export->name;
    }
    return WP_OK;
}

/* ---- Counting -------------------------------------------------------------------------------------------------- */

static wp_status coverage_allocate_counts(wp_module *m, wp_diag *diag) {
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++) {
        wp_code *code = &m->funcs[i].code;
        code->counts = wp_arena_alloc(&m->arena, (size_t)code->ninstrs + code->nbranches, sizeof *code->counts);
        if (code->counts == NULL)
            return wp_fail_memory(diag);
    }
    return WP_OK;
}

/* Begins to count a module, unless it is counted already. */
static wp_status coverage_add_module(wp_module *module, wp_diag *diag) {
    wp_engine *engine = module->engine;
    if (module->counted)
        return WP_OK;
    if (engine->coverage == NULL)
        engine->coverage = wp_alloc(&engine->allocator, 1, sizeof *engine->coverage);
    wp_coverage *coverage = engine->coverage;
    if (coverage == NULL || !wp_grow(&engine->allocator, (void **)&coverage->modules, coverage->count,
                                     &coverage->capacity, sizeof *coverage->modules))
        return wp_fail_memory(diag);
    WP_TRY(coverage_name_funcs(module, diag));
    WP_TRY(coverage_allocate_counts(module, diag));
    module->counted = true;
    wp_module_retain(module);
    coverage->modules[coverage->count++] = module;
    return WP_OK;
}

static void coverage_release(wp_engine *engine) {
    wp_coverage *coverage = engine->coverage;
    for (size_t i = 0; i < wp_coverage_count(engine); i++)
        wp_module_delete(coverage->modules[i]);
    if (coverage != NULL)
        wp_free(&engine->allocator, coverage->modules, coverage->capacity, sizeof *coverage->modules);
    wp_free(&engine->allocator, coverage, 1, sizeof *coverage);
}

static void coverage_count_instr(wp_engine *engine, const wp_code *code, const wp_instr *ip, const uint64_t *sp) {
    (void)engine;
    if (code->counts == NULL) /* a constant expression, or a call that ran when counting was turned on */
        return;
    code->counts[ip - code->instrs]++;
    const wp_branch *taken = wp_branch_taken((wp_op)ip->op, code->branches, code->pool, ip, sp);
    if (taken != NULL)
        code->counts[code->ninstrs + (size_t)(taken - code->branches)]++;
}

/* ---- The public interface -------------------------------------------------------------------------------------- */

void wp_coverage_start(wp_engine *engine) {
    static const wp_observer observer = {coverage_add_module, coverage_count_instr, coverage_release};
    engine->observers[WP_OBSERVER_COVERAGE] = &observer;
    engine->keep_names = true;
}

size_t wp_coverage_count(const wp_engine *engine) {
    return engine->coverage == NULL ? 0 : engine->coverage->count;
}

const wp_module *wp_coverage_module(const wp_engine *engine, size_t i) {
    return engine->coverage->modules[i];
}

wp_status wp_module_set_source(wp_module *module, const char *name, size_t size, wp_location where, wp_diag *diag) {
    char *copy = wp_arena_text(&module->arena, name, size);
    if (copy == NULL)
        return wp_fail_memory(diag);
    module->source_name = copy;
    module->source_where = where;
    return WP_OK;
}

wp_module_info wp_module_describe(const wp_module *module) {
    wp_module_info info = {.source = module->source_name != NULL ? module->source_name : module->uri,
                           .where = module->source_where,
                           .is_text = module->source_kind == WP_SOURCE_TEXT,
                           .bytes = module->source.data,
                           .size = module->source.size,
                           .code_offset = module->code_pos,
                           .nfuncs = module->nfuncs - module->nfunc_imports};
    return info;
}

bool wp_module_custom(const wp_module *module, const char *name, const uint8_t **bytes, size_t *size) {
    for (uint32_t i = 0; i < module->ncustoms; i++) {
        const wp_custom *custom = &module->customs[i];
        if (custom->name.size == strlen(name) && memcmp(custom->name.data, name, custom->name.size) == 0) {
            *bytes = custom->bytes.data;
            *size = custom->bytes.size;
            return true;
        }
    }
    return false;
}

wp_func_info wp_module_func(const wp_module *module, size_t i) {
    uint32_t index = module->nfunc_imports + (uint32_t)i;
    const wp_func_def *func = &module->funcs[index];
    wp_bytes name = module->func_names == NULL ? (wp_bytes){NULL, 0} : module->func_names[index];
    /* No branch leads to the first instruction: it is reached once a call. */
    uint64_t calls = func->code.counts == NULL ? 0 : func->code.counts[0];
    return (wp_func_info){
        (const char *)name.data, name.size, index, wp_module_locate(module, func->pos), calls, func->code.ninstrs,
    };
}

/* The number of outcomes of a branch; 0 for other instructions. */
static size_t coverage_count_outcomes(const wp_code *code, const wp_instr *instr) {
    switch (instr->op) {
    case WP_OP_if:
    case WP_OP_br_if:
    case WP_OP_br_on_null:
    case WP_OP_br_on_non_null: return 2;
    case WP_OP_br_table: return (size_t)code->pool[instr->x] + 1;
    default: return 0;
    }
}

wp_code_info wp_module_instr(const wp_module *module, size_t func, size_t i) {
    const wp_code *code = &module->funcs[module->nfunc_imports + func].code;
    const wp_instr *instr = &code->instrs[i];
    return (wp_code_info){
        .mnemonic = wp_instr_rows[instr->op].mnemonic,
        .where = wp_module_locate(module, code->pos[i]),
        .is_delimiter = instr->op == WP_OP_end || instr->op == WP_OP_else,
        .count = code->counts == NULL ? 0 : code->counts[i],
        .noutcomes = coverage_count_outcomes(code, instr),
    };
}

uint64_t wp_module_outcome(const wp_module *module, size_t func, size_t i, size_t outcome) {
    const wp_code *code = &module->funcs[module->nfunc_imports + func].code;
    const wp_instr *instr = &code->instrs[i];
    if (code->counts == NULL)
        return 0;
    const uint64_t *taken = &code->counts[code->ninstrs + instr->side];
    if (instr->op == WP_OP_br_table)
        return taken[outcome];
    bool by_table = instr->op == WP_OP_if ? outcome == 1 : outcome == 0;
    return by_table ? taken[0] : code->counts[i] - taken[0];
}
