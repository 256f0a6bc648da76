/* encode.c: the binary format of modules, written; see encode.h (specification, chapter "Binary Format").
 *
 * Contents come before their size in time, after it in the file: they are written first and moved up when their size is
 * known.
 */
#include "core/binary/encode.h"

#include "base/leb128.h"
#include "core/binary/binary.h"

#include <string.h>

typedef struct writer {
    const wp_module *module;
    const wp_allocator *allocator;
    uint8_t *bytes;
    size_t size, capacity;
    bool failed; /* memory was short: what was written since is lost, and the caller reports it at the end */
} writer;

/* ---- Values ------------------------------------------------------------------------------------------------ */

/* Makes room for `more` bytes. */
static bool room(writer *w, size_t more) {
    if (w->failed || more > SIZE_MAX / 2 - w->size) {
        w->failed = true;
        return false;
    }
    if (more <= w->capacity - w->size)
        return true;
    size_t wanted = w->capacity < 512 ? 1024 : w->capacity * 2;
    if (wanted < w->size + more)
        wanted = w->size + more;
    uint8_t *bytes = wp_resize(w->allocator, w->bytes, w->capacity, wanted, 1);
    if (bytes == NULL) {
        w->failed = true;
        return false;
    }
    w->bytes = bytes;
    w->capacity = wanted;
    return true;
}

static void put_byte(writer *w, uint32_t byte) {
    if (room(w, 1))
        w->bytes[w->size++] = (uint8_t)byte;
}

static void put_bytes(writer *w, const uint8_t *bytes, size_t size) {
    if (size != 0 && room(w, size)) {
        memcpy(w->bytes + w->size, bytes, size);
        w->size += size;
    }
}

static void put_u64(writer *w, uint64_t value) {
    uint8_t bytes[WP_LEB128_MAX];
    put_bytes(w, bytes, wp_leb128_put_unsigned(bytes, value));
}

static void put_u32(writer *w, uint32_t value) {
    if (value < 0x80)
        put_byte(w, value);
    else
        put_u64(w, value);
}

static void put_signed(writer *w, uint64_t value) {
    uint8_t bytes[WP_LEB128_MAX];
    put_bytes(w, bytes, wp_leb128_put_signed(bytes, value));
}

static void put_fixed(writer *w, uint64_t bits, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        put_byte(w, (uint32_t)(bits >> 8 * i) & 0xFF);
}

static void put_string(writer *w, wp_bytes bytes) {
    put_u64(w, bytes.size);
    put_bytes(w, bytes.data, bytes.size);
}

/* Puts the size of what was written since `start` before it. */
static void put_size_before(writer *w, size_t start) {
    uint8_t bytes[10];
    size_t size = w->size - start, n = wp_leb128_put_unsigned(bytes, size);
    if (!room(w, n))
        return;
    memmove(w->bytes + start + n, w->bytes + start, size);
    memcpy(w->bytes + start, bytes, n);
    w->size += n;
}

/* ---- Types ------------------------------------------------------------------------------------------------- */

static const uint8_t heap_codes[WP_HT_COUNT] = {[WP_HT_FUNC] = WP_CODE_FUNC,     [WP_HT_EXTERN] = WP_CODE_EXTERN,
                                                [WP_HT_ANY] = WP_CODE_ANY,       [WP_HT_EQ] = WP_CODE_EQ,
                                                [WP_HT_I31] = WP_CODE_I31,       [WP_HT_STRUCT] = WP_CODE_STRUCT,
                                                [WP_HT_ARRAY] = WP_CODE_ARRAY,   [WP_HT_EXN] = WP_CODE_EXN,
                                                [WP_HT_NOFUNC] = WP_CODE_NOFUNC, [WP_HT_NOEXTERN] = WP_CODE_NOEXTERN,
                                                [WP_HT_NONE] = WP_CODE_NONE,     [WP_HT_NOEXN] = WP_CODE_NOEXN};

static void put_heap(writer *w, uint32_t heap) {
    if ((heap & WP_T_INDEX) != 0)
        put_signed(w, heap & WP_T_BITS);
    else
        put_byte(w, heap_codes[heap]);
}

/* Value types, and the packed types of fields. */
static void put_type(writer *w, wp_valtype type) {
    static const uint8_t codes[] = {
        [WP_T_NONE] = WP_CODE_EMPTY, [WP_T_I32] = WP_CODE_I32,   [WP_T_I64] = WP_CODE_I64, [WP_T_F32] = WP_CODE_F32,
        [WP_T_F64] = WP_CODE_F64,    [WP_T_V128] = WP_CODE_V128, [WP_T_I8] = WP_CODE_I8,   [WP_T_I16] = WP_CODE_I16};
    if (!wp_is_ref(type)) {
        put_byte(w, codes[type]);
        return;
    }
    if (!wp_is_nullable(type) || wp_has_index(type))
        put_byte(w, wp_is_nullable(type) ? WP_CODE_REF_NULL : WP_CODE_REF);
    put_heap(w, type & WP_T_HEAP);
}

static void put_block_type(writer *w, uint32_t type) {
    if (wp_block_has_type(type))
        put_signed(w, wp_block_type_index(type));
    else
        put_type(w, type);
}

static void put_types(writer *w, const wp_valtype *types, uint32_t count) {
    put_u32(w, count);
    for (uint32_t i = 0; i < count; i++)
        put_type(w, types[i]);
}

static void put_limits(writer *w, const wp_limits *limits) {
    put_byte(w, (limits->has_max ? 1u : 0u) | (limits->is64 ? 4u : 0u));
    put_u64(w, limits->min);
    if (limits->has_max)
        put_u64(w, limits->max);
}

static void put_comptype(writer *w, const wp_comptype *type) {
    switch (type->kind) {
    case WP_COMP_FUNC:
        put_byte(w, WP_CODE_FUNC_TYPE);
        put_types(w, type->types, type->nparams);
        put_types(w, type->types + type->nparams, type->nresults);
        return;
    case WP_COMP_STRUCT:
        put_byte(w, WP_CODE_STRUCT_TYPE);
        put_u32(w, type->nfields);
        break;
    case WP_COMP_ARRAY: put_byte(w, WP_CODE_ARRAY_TYPE); break;
    }
    for (uint32_t i = 0; i < type->nfields; i++) {
        put_type(w, type->fields[i].type);
        put_byte(w, type->fields[i].is_mutable);
    }
}

/* A final type without supertypes has a short form. */
static void put_subtype(writer *w, const wp_subtype *type) {
    if (!type->final || type->nsupers != 0) {
        put_byte(w, type->final ? WP_CODE_SUB_FINAL : WP_CODE_SUB);
        put_u32(w, type->nsupers);
        for (uint32_t i = 0; i < type->nsupers; i++)
            put_u32(w, type->supers[i]);
    }
    put_comptype(w, &type->comp);
}

static void put_type_section(writer *w) {
    const wp_module *m = w->module;
    put_u32(w, m->nrectypes);
    for (uint32_t i = 0; i < m->nrectypes; i++) {
        const wp_rectype *group = &m->rectypes[i];
        if (group->count != 1) {
            put_byte(w, WP_CODE_REC);
            put_u32(w, group->count);
        }
        for (uint32_t k = 0; k < group->count; k++)
            put_subtype(w, &m->types[group->first + k]);
    }
}

/* ---- Instructions ------------------------------------------------------------------------------------------ */

static void put_memarg(writer *w, uint32_t packed, uint64_t offset) {
    uint32_t memory = wp_memarg_memory(packed);
    put_u32(w, wp_memarg_align(packed) | (memory != 0 ? 0x40u : 0u));
    if (memory != 0)
        put_u32(w, memory);
    put_u64(w, offset);
}

static void put_try_table(writer *w, const uint32_t *pool) {
    put_block_type(w, pool[0]);
    put_u32(w, pool[1]);
    for (uint32_t i = 0; i < pool[1]; i++) {
        const uint32_t *clause = pool + 2 + 3 * i;
        put_byte(w, clause[0]);
        if (clause[0] < 2)
            put_u32(w, clause[1]);
        put_u32(w, clause[2]);
    }
}

static void put_cast(writer *w, const uint32_t *pool) {
    put_byte(w, (wp_is_nullable(pool[1]) ? 1u : 0u) | (wp_is_nullable(pool[2]) ? 2u : 0u));
    put_u32(w, pool[0]);
    put_heap(w, pool[1] & WP_T_HEAP);
    put_heap(w, pool[2] & WP_T_HEAP);
}

static void put_labels(writer *w, const uint32_t *pool) {
    put_u32(w, pool[0]);
    for (uint32_t i = 0; i <= pool[0]; i++)
        put_u32(w, pool[1 + i]);
}

static void put_immediates(writer *w, const wp_code *code, const wp_instr *i) {
    switch ((wp_imm)wp_instr_rows[i->op].immediate) {
    case IMM_NONE: break;
    case IMM_BLOCK: put_block_type(w, i->x); break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_MEMORY:
    case IMM_TAG:
    case IMM_DATA: put_u32(w, i->x); break;
    case IMM_TYPE_TABLE:
    case IMM_TABLE_TABLE:
    case IMM_ELEM_TABLE:
    case IMM_MEMORY_MEMORY:
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE:
    case IMM_TYPE_DATA:
    case IMM_DATA_MEMORY:
        put_u32(w, i->x);
        put_u32(w, i->y);
        break;
    case IMM_LABELS: put_labels(w, code->pool + i->x); break;
    case IMM_MEMARG: put_memarg(w, i->x, i->u64); break;
    case IMM_MEMARG_LANE:
        put_memarg(w, code->pool[i->x], i->u64);
        put_byte(w, code->pool[i->x + 1]);
        break;
    case IMM_LANE: put_byte(w, i->x); break;
    case IMM_SHUFFLE:
    case IMM_V128:
        for (uint32_t k = 0; k < 4; k++)
            put_fixed(w, code->pool[i->x + k], 4);
        break;
    case IMM_I32: put_signed(w, (i->u64 ^ 0x80000000u) - 0x80000000u); break; /* extends the sign of 32 bits */
    case IMM_I64: put_signed(w, i->u64); break;
    case IMM_F32: put_fixed(w, i->u64, 4); break;
    case IMM_F64: put_fixed(w, i->u64, 8); break;
    case IMM_HEAPTYPE: put_heap(w, i->x); break;
    case IMM_VALTYPES: put_types(w, code->pool + i->x + 1, code->pool[i->x]); break;
    case IMM_TRY_TABLE: put_try_table(w, code->pool + i->x); break;
    case IMM_CAST: put_cast(w, code->pool + i->x); break;
    }
}

static void put_instr(writer *w, const wp_code *code, const wp_instr *i) {
    const wp_instr_row *row = &wp_instr_rows[i->op];
    if (row->prefix == 0) {
        put_byte(w, row->code);
    } else {
        put_byte(w, row->prefix);
        put_u32(w, row->code);
    }
    put_immediates(w, code, i);
}

static void put_code(writer *w, const wp_code *code) {
    for (uint32_t i = 0; i < code->ninstrs; i++)
        put_instr(w, code, &code->instrs[i]);
}

/* ---- Sections ---------------------------------------------------------------------------------------------- */

static void put_table_type(writer *w, const wp_table_def *table) {
    put_type(w, table->element);
    put_limits(w, &table->limits);
}

static void put_global_type(writer *w, const wp_global_def *global) {
    put_type(w, global->type);
    put_byte(w, global->is_mutable);
}

static void put_tag(writer *w, const wp_tag_def *tag) {
    put_byte(w, 0);
    put_u32(w, tag->type);
}

static void put_import(writer *w, const wp_import *import) {
    const wp_module *m = w->module;
    put_string(w, import->module);
    put_string(w, import->name);
    put_byte(w, (uint32_t)import->kind);
    switch (import->kind) {
    case WP_EXTERN_FUNC: put_u32(w, m->funcs[import->index].type); break;
    case WP_EXTERN_TABLE: put_table_type(w, &m->tables[import->index]); break;
    case WP_EXTERN_MEMORY: put_limits(w, &m->memories[import->index].limits); break;
    case WP_EXTERN_GLOBAL: put_global_type(w, &m->globals[import->index]); break;
    case WP_EXTERN_TAG: put_tag(w, &m->tags[import->index]); break;
    }
}

static void put_import_section(writer *w) {
    put_u32(w, w->module->nimports);
    for (uint32_t i = 0; i < w->module->nimports; i++)
        put_import(w, &w->module->imports[i]);
}

static void put_function_section(writer *w) {
    const wp_module *m = w->module;
    put_u32(w, m->nfuncs - m->nfunc_imports);
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++)
        put_u32(w, m->funcs[i].type);
}

static void put_table_section(writer *w) {
    const wp_module *m = w->module;
    put_u32(w, m->ntables - m->ntable_imports);
    for (uint32_t i = m->ntable_imports; i < m->ntables; i++) {
        const wp_table_def *table = &m->tables[i];
        if (table->has_init) {
            put_byte(w, WP_CODE_EMPTY);
            put_byte(w, 0);
        }
        put_table_type(w, table);
        put_code(w, &table->init); /* of no instructions where there is none */
    }
}

static void put_memory_section(writer *w) {
    const wp_module *m = w->module;
    put_u32(w, m->nmemories - m->nmemory_imports);
    for (uint32_t i = m->nmemory_imports; i < m->nmemories; i++)
        put_limits(w, &m->memories[i].limits);
}

static void put_tag_section(writer *w) {
    const wp_module *m = w->module;
    put_u32(w, m->ntags - m->ntag_imports);
    for (uint32_t i = m->ntag_imports; i < m->ntags; i++)
        put_tag(w, &m->tags[i]);
}

static void put_global_section(writer *w) {
    const wp_module *m = w->module;
    put_u32(w, m->nglobals - m->nglobal_imports);
    for (uint32_t i = m->nglobal_imports; i < m->nglobals; i++) {
        put_global_type(w, &m->globals[i]);
        put_code(w, &m->globals[i].init);
    }
}

static void put_export_section(writer *w) {
    put_u32(w, w->module->nexports);
    for (uint32_t i = 0; i < w->module->nexports; i++) {
        const wp_export *export = &w->module->exports[i];
        put_string(w, export->name);
        put_byte(w, (uint32_t) export->kind);
        put_u32(w, export->index);
    }
}

static void put_start_section(writer *w) {
    put_u32(w, w->module->start);
}

static void put_elem(writer *w, const wp_elem_def *elem) {
    put_u32(w, elem->flags);
    if (elem->mode == WP_SEG_ACTIVE) {
        if (elem->flags & 2)
            put_u32(w, elem->table);
        put_code(w, &elem->offset);
    }
    if ((elem->flags & 3) != 0 && (elem->flags & 4) != 0)
        put_type(w, elem->type);
    else if ((elem->flags & 3) != 0)
        put_byte(w, 0); /* element kind: functions */
    put_u32(w, elem->count);
    for (uint32_t i = 0; i < elem->count; i++) {
        if (elem->flags & 4)
            put_code(w, &elem->exprs[i]);
        else
            put_u32(w, elem->funcs[i]);
    }
}

static void put_element_section(writer *w) {
    put_u32(w, w->module->nelems);
    for (uint32_t i = 0; i < w->module->nelems; i++)
        put_elem(w, &w->module->elems[i]);
}

static void put_data_count_section(writer *w) {
    put_u32(w, w->module->ndatas);
}

static void put_locals(writer *w, const wp_func_def *func) {
    put_u32(w, func->nruns);
    for (uint32_t i = 0; i < func->nruns; i++) {
        put_u32(w, func->runs[i].count);
        put_type(w, func->runs[i].type);
    }
}

static void put_code_section(writer *w) {
    const wp_module *m = w->module;
    put_u32(w, m->nfuncs - m->nfunc_imports);
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++) {
        size_t start = w->size;
        put_locals(w, &m->funcs[i]);
        put_code(w, &m->funcs[i].code);
        put_size_before(w, start);
    }
}

static void put_data_section(writer *w) {
    put_u32(w, w->module->ndatas);
    for (uint32_t i = 0; i < w->module->ndatas; i++) {
        const wp_data_def *data = &w->module->datas[i];
        uint32_t flags = data->mode == WP_SEG_PASSIVE ? 1 : data->memory != 0 ? 2 : 0;
        put_u32(w, flags);
        if (flags == 2)
            put_u32(w, data->memory);
        if (flags != 1)
            put_code(w, &data->offset);
        put_string(w, data->bytes);
    }
}

/* ---- Modules ----------------------------------------------------------------------------------------------- */

/* The custom sections that follow section `after`, in their order. */
static void put_customs(writer *w, uint8_t after) {
    for (uint32_t i = 0; i < w->module->ncustoms; i++) {
        const wp_custom *custom = &w->module->customs[i];
        if (custom->after != after)
            continue;
        put_byte(w, WP_SECTION_CUSTOM);
        size_t start = w->size;
        put_string(w, custom->name);
        put_bytes(w, custom->bytes.data, custom->bytes.size);
        put_size_before(w, start);
    }
}

const wp_section wp_sections[WP_PLACES] = {
#define SECTION(id, NAME, name, word) {id, word},
#include "core/section.def"
};

static bool has_data_index(const wp_code *code) {
    for (uint32_t i = 0; i < code->ninstrs; i++) {
        uint8_t immediate = wp_instr_rows[code->instrs[i].op].immediate;
        if (immediate == IMM_DATA || immediate == IMM_DATA_MEMORY || immediate == IMM_TYPE_DATA)
            return true;
    }
    return false;
}

bool wp_encode_uses_data(const wp_module *module) {
    for (uint32_t i = module->nfunc_imports; i < module->nfuncs; i++)
        if (has_data_index(&module->funcs[i].code))
            return true;
    return false;
}

/* Sections without contents are left out. The data count section is kept where there was one, and added where
 * instructions in functions need it. */
bool wp_encode_has_section(const wp_module *module, uint8_t id) {
    switch (id) {
    case WP_SECTION_TYPE: return module->nrectypes != 0;
    case WP_SECTION_IMPORT: return module->nimports != 0;
    case WP_SECTION_FUNCTION:
    case WP_SECTION_CODE: return module->nfuncs != module->nfunc_imports;
    case WP_SECTION_TABLE: return module->ntables != module->ntable_imports;
    case WP_SECTION_MEMORY: return module->nmemories != module->nmemory_imports;
    case WP_SECTION_TAG: return module->ntags != module->ntag_imports;
    case WP_SECTION_GLOBAL: return module->nglobals != module->nglobal_imports;
    case WP_SECTION_EXPORT: return module->nexports != 0;
    case WP_SECTION_START: return module->has_start;
    case WP_SECTION_ELEMENT: return module->nelems != 0;
    case WP_SECTION_DATA_COUNT: return module->has_data_count || wp_encode_uses_data(module);
    case WP_SECTION_DATA: return module->ndatas != 0;
    default: return false;
    }
}

static void put_contents(writer *w, uint8_t id) {
    switch (id) {
    case WP_SECTION_TYPE: put_type_section(w); break;
    case WP_SECTION_IMPORT: put_import_section(w); break;
    case WP_SECTION_FUNCTION: put_function_section(w); break;
    case WP_SECTION_TABLE: put_table_section(w); break;
    case WP_SECTION_MEMORY: put_memory_section(w); break;
    case WP_SECTION_TAG: put_tag_section(w); break;
    case WP_SECTION_GLOBAL: put_global_section(w); break;
    case WP_SECTION_EXPORT: put_export_section(w); break;
    case WP_SECTION_START: put_start_section(w); break;
    case WP_SECTION_ELEMENT: put_element_section(w); break;
    case WP_SECTION_DATA_COUNT: put_data_count_section(w); break;
    case WP_SECTION_CODE: put_code_section(w); break;
    case WP_SECTION_DATA: put_data_section(w); break;
    }
}

/* A section, if there is one, and the custom sections that follow it. */
static void put_section(writer *w, uint8_t id) {
    if (wp_encode_has_section(w->module, id)) {
        put_byte(w, id);
        size_t start = w->size;
        put_contents(w, id);
        put_size_before(w, start);
    }
    put_customs(w, id);
}

static void put_module(writer *w) {
    static const uint8_t preamble[8] = {0x00, 'a', 's', 'm', 1, 0, 0, 0};
    put_bytes(w, preamble, sizeof preamble);
    put_customs(w, WP_SECTION_CUSTOM);
    for (size_t i = 0; i < WP_PLACES; i++)
        put_section(w, wp_sections[i].id);
}

wp_status wp_module_encode(const wp_module *module, uint8_t **bytes, size_t *size, wp_diag *diag) {
    writer w = {.module = module, .allocator = &module->engine->allocator};
    put_module(&w);
    /* The caller frees the buffer by its size, so it gets no room to spare. */
    uint8_t *fit = w.failed ? NULL : wp_resize(w.allocator, w.bytes, w.capacity, w.size, 1);
    if (fit == NULL) {
        wp_free(w.allocator, w.bytes, w.capacity, 1);
        return wp_fail_memory(diag);
    }
    *bytes = fit;
    *size = w.size;
    return WP_OK;
}

wp_status wp_encode_offsets(const wp_module *module, const wp_func_def *func, uint32_t *offsets, wp_diag *diag) {
    writer w = {.module = module, .allocator = &module->engine->allocator};
    put_locals(&w, func);
    for (uint32_t i = 0; i < func->code.ninstrs; i++) {
        offsets[i] = (uint32_t)w.size;
        put_instr(&w, &func->code, &func->code.instrs[i]);
    }
    wp_free(w.allocator, w.bytes, w.capacity, 1);
    return w.failed ? wp_fail_memory(diag) : WP_OK;
}
