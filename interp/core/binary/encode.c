/* encode.c: encodes modules; see encode.h (specification, "Binary Format").
 *
 * A section's size precedes its contents: the contents are written first, then moved up.
 */
#include "core/binary/encode.h"

#include "base/leb128.h"

/* ---- Values ------------------------------------------------------------------------------------------------ */

void wp_encode_unsigned(wp_output *o, uint64_t value) {
    uint8_t bytes[WP_LEB128_MAX];
    wp_output_bytes(o, bytes, wp_leb128_put_unsigned(bytes, value));
}

/* A signed integer in two's complement. */
static void encode_signed(wp_output *o, uint64_t value) {
    uint8_t bytes[WP_LEB128_MAX];
    wp_output_bytes(o, bytes, wp_leb128_put_signed(bytes, value));
}

/* The low `size` bytes, little-endian. */
static void encode_fixed(wp_output *o, uint64_t bits, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        wp_output_byte(o, (uint8_t)(bits >> 8 * i));
}

void wp_encode_bytes(wp_output *o, wp_bytes bytes) {
    wp_encode_unsigned(o, bytes.size);
    wp_output_bytes(o, bytes.data, bytes.size);
}

void wp_encode_before(wp_output *o, size_t start, uint64_t value) {
    uint8_t bytes[WP_LEB128_MAX];
    wp_output_insert(o, start, bytes, wp_leb128_put_unsigned(bytes, value));
}

void wp_encode_size_before(wp_output *o, size_t start) {
    wp_encode_before(o, start, o->size - start);
}

/* ---- Types ------------------------------------------------------------------------------------------------- */

static const uint8_t heap_codes[WP_HT_COUNT] = {
#define HEAPTYPE(id, code, name, reference, super, bottom, feature) [WP_HT_##id] = (code),
#include "core/heaptype.def"
};

static const uint8_t type_codes[] = {
    [WP_T_NONE] = WP_CODE_EMPTY,
#define VALTYPE(id, code, name, letter, feature) [WP_T_##id] = (code),
#define PACKTYPE(id, code, name) [WP_T_##id] = (code),
#include "core/valtype.def"
};

static void encode_heaptype(wp_output *o, uint32_t heap) {
    if ((heap & WP_T_INDEX) != 0)
        encode_signed(o, heap & WP_T_BITS);
    else
        wp_output_byte(o, heap_codes[heap]);
}

/* A value type, or the packed type of a field. */
static void encode_valtype(wp_output *o, wp_valtype type) {
    if (!wp_is_ref(type)) {
        wp_output_byte(o, type_codes[type]);
        return;
    }
    if (!wp_is_nullable(type) || wp_has_index(type))
        wp_output_byte(o, wp_is_nullable(type) ? WP_CODE_REF_NULL : WP_CODE_REF);
    encode_heaptype(o, type & WP_T_HEAP);
}

static void encode_valtypes(wp_output *o, const wp_valtype *types, uint32_t count) {
    wp_encode_unsigned(o, count);
    for (uint32_t i = 0; i < count; i++)
        encode_valtype(o, types[i]);
}

static void encode_blocktype(wp_output *o, uint32_t type) {
    if (wp_block_has_type(type))
        encode_signed(o, wp_block_type_index(type));
    else
        encode_valtype(o, type);
}

static void encode_limits(wp_output *o, const wp_limits *limits) {
    wp_output_byte(o, (limits->has_max ? 1u : 0u) | (limits->is64 ? 4u : 0u));
    wp_encode_unsigned(o, limits->min);
    if (limits->has_max)
        wp_encode_unsigned(o, limits->max);
}

static void encode_comptype(wp_output *o, const wp_comptype *type) {
    switch (type->kind) {
    case WP_COMP_FUNC:
        wp_output_byte(o, WP_CODE_FUNC_TYPE);
        encode_valtypes(o, type->types, type->nparams);
        encode_valtypes(o, type->types + type->nparams, type->nresults);
        return;
    case WP_COMP_STRUCT:
        wp_output_byte(o, WP_CODE_STRUCT_TYPE);
        wp_encode_unsigned(o, type->nfields);
        break;
    case WP_COMP_ARRAY: wp_output_byte(o, WP_CODE_ARRAY_TYPE); break;
    }
    for (uint32_t i = 0; i < type->nfields; i++) {
        encode_valtype(o, type->fields[i].type);
        wp_output_byte(o, type->fields[i].is_mutable);
    }
}

/* A final type without supertypes has a short form. */
static void encode_subtype(wp_output *o, const wp_subtype *type) {
    if (!type->final || type->nsupers != 0) {
        wp_output_byte(o, type->final ? WP_CODE_SUB_FINAL : WP_CODE_SUB);
        wp_encode_unsigned(o, type->nsupers);
        for (uint32_t i = 0; i < type->nsupers; i++)
            wp_encode_unsigned(o, type->supers[i]);
    }
    encode_comptype(o, &type->comp);
}

static void encode_rectype(wp_output *o, const wp_module *m, uint32_t i) {
    const wp_rectype *group = &m->rectypes[i];
    if (group->count != 1) {
        wp_output_byte(o, WP_CODE_REC);
        wp_encode_unsigned(o, group->count);
    }
    for (uint32_t k = 0; k < group->count; k++)
        encode_subtype(o, &m->types[group->first + k]);
}

/* ---- Instructions ------------------------------------------------------------------------------------------ */

static void encode_memarg(wp_output *o, uint32_t packed, uint64_t offset) {
    uint32_t memory = wp_memarg_memory(packed);
    wp_encode_unsigned(o, wp_memarg_align(packed) | (memory != 0 ? 0x40u : 0u));
    if (memory != 0)
        wp_encode_unsigned(o, memory);
    wp_encode_unsigned(o, offset);
}

static void encode_try_table(wp_output *o, const uint32_t *pool) {
    encode_blocktype(o, pool[0]);
    wp_encode_unsigned(o, pool[1]);
    for (uint32_t i = 0; i < pool[1]; i++) {
        const uint32_t *clause = pool + 2 + 3 * i;
        wp_output_byte(o, clause[0]);
        if (clause[0] < 2)
            wp_encode_unsigned(o, clause[1]);
        wp_encode_unsigned(o, clause[2]);
    }
}

static void encode_cast(wp_output *o, const uint32_t *pool) {
    wp_output_byte(o, (wp_is_nullable(pool[1]) ? 1u : 0u) | (wp_is_nullable(pool[2]) ? 2u : 0u));
    wp_encode_unsigned(o, pool[0]);
    encode_heaptype(o, pool[1] & WP_T_HEAP);
    encode_heaptype(o, pool[2] & WP_T_HEAP);
}

static void encode_labels(wp_output *o, const uint32_t *pool) {
    wp_encode_unsigned(o, pool[0]);
    for (uint32_t i = 0; i <= pool[0]; i++)
        wp_encode_unsigned(o, pool[1 + i]);
}

static void encode_immediates(wp_output *o, const wp_code *code, const wp_instr *i) {
    switch ((wp_imm)wp_instr_rows[i->op].immediate) {
    case IMM_NONE: break;
    case IMM_BLOCK: encode_blocktype(o, i->x); break;
    case IMM_LABEL ... IMM_DATA: wp_encode_unsigned(o, i->x); break;
    case IMM_TYPE_TABLE ... IMM_DATA_MEMORY:
        wp_encode_unsigned(o, i->x);
        wp_encode_unsigned(o, i->y);
        break;
    case IMM_LABELS: encode_labels(o, code->pool + i->x); break;
    case IMM_MEMARG: encode_memarg(o, i->x, i->u64); break;
    case IMM_MEMARG_LANE:
        encode_memarg(o, code->pool[i->x], i->u64);
        wp_output_byte(o, code->pool[i->x + 1]);
        break;
    case IMM_LANE: wp_output_byte(o, i->x); break;
    case IMM_SHUFFLE:
    case IMM_V128:
        for (uint32_t k = 0; k < 4; k++)
            encode_fixed(o, code->pool[i->x + k], 4);
        break;
    case IMM_I32: encode_signed(o, (i->u64 ^ 0x80000000u) - 0x80000000u); break; /* extends the sign of 32 bits */
    case IMM_I64: encode_signed(o, i->u64); break;
    case IMM_F32: encode_fixed(o, i->u64, 4); break;
    case IMM_F64: encode_fixed(o, i->u64, 8); break;
    case IMM_HEAPTYPE: encode_heaptype(o, i->x); break;
    case IMM_VALTYPES: encode_valtypes(o, code->pool + i->x + 1, code->pool[i->x]); break;
    case IMM_TRY_TABLE: encode_try_table(o, code->pool + i->x); break;
    case IMM_CAST: encode_cast(o, code->pool + i->x); break;
    }
}

static void encode_instr(wp_output *o, const wp_code *code, const wp_instr *i) {
    const wp_instr_row *row = &wp_instr_rows[i->op];
    if (row->prefix == 0) {
        wp_output_byte(o, row->code);
    } else {
        wp_output_byte(o, row->prefix);
        wp_encode_unsigned(o, row->code);
    }
    encode_immediates(o, code, i);
}

/* instr* (an absent expression has no instructions) */
static void encode_code(wp_output *o, const wp_code *code) {
    for (uint32_t i = 0; i < code->ninstrs; i++)
        encode_instr(o, code, &code->instrs[i]);
}

/* ---- Sections and their elements --------------------------------------------------------------------------- */

const wp_section wp_sections[WP_PLACES] = {
#define SECTION(id, NAME, word) {id, word},
#include "core/section.def"
};

static bool encode_has_data_index(const wp_code *code) {
    for (uint32_t i = 0; i < code->ninstrs; i++)
        if (wp_imm_names_data((wp_imm)wp_instr_rows[code->instrs[i].op].immediate))
            return true;
    return false;
}

bool wp_encode_uses_data(const wp_module *m) {
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++)
        if (encode_has_data_index(&m->funcs[i].code))
            return true;
    return false;
}

wp_elements wp_section_range(const wp_module *m, uint8_t id) {
    switch (id) {
    case WP_SECTION_TYPE: return (wp_elements){0, m->nrectypes};
    case WP_SECTION_IMPORT: return (wp_elements){0, m->nimports};
    case WP_SECTION_FUNCTION:
    case WP_SECTION_CODE: return (wp_elements){m->nfunc_imports, m->nfuncs};
    case WP_SECTION_TABLE: return (wp_elements){m->ntable_imports, m->ntables};
    case WP_SECTION_MEMORY: return (wp_elements){m->nmemory_imports, m->nmemories};
    case WP_SECTION_TAG: return (wp_elements){m->ntag_imports, m->ntags};
    case WP_SECTION_GLOBAL: return (wp_elements){m->nglobal_imports, m->nglobals};
    case WP_SECTION_EXPORT: return (wp_elements){0, m->nexports};
    case WP_SECTION_START: return (wp_elements){0, m->has_start};
    case WP_SECTION_ELEMENT: return (wp_elements){0, m->nelems};
    /* Kept where it was, and added where instructions need it. */
    case WP_SECTION_DATA_COUNT: return (wp_elements){0, m->has_data_count || wp_encode_uses_data(m)};
    default: return (wp_elements){0, m->ndatas};
    }
}

/* ---- Elements ---------------------------------------------------------------------------------------------- */

static void encode_func_type(wp_output *o, const wp_module *m, uint32_t i) {
    wp_encode_unsigned(o, m->funcs[i].type);
}

static void encode_table_type(wp_output *o, const wp_table_def *table) {
    encode_valtype(o, table->element);
    encode_limits(o, &table->limits);
}

static void encode_table(wp_output *o, const wp_module *m, uint32_t i) {
    if (m->tables[i].has_init)
        encode_fixed(o, WP_CODE_EMPTY, 2);
    encode_table_type(o, &m->tables[i]);
    encode_code(o, &m->tables[i].init);
}

static void encode_memory(wp_output *o, const wp_module *m, uint32_t i) {
    encode_limits(o, &m->memories[i].limits);
}

static void encode_global_type(wp_output *o, const wp_global_def *global) {
    encode_valtype(o, global->type);
    wp_output_byte(o, global->is_mutable);
}

static void encode_global(wp_output *o, const wp_module *m, uint32_t i) {
    encode_global_type(o, &m->globals[i]);
    encode_code(o, &m->globals[i].init);
}

static void encode_tag(wp_output *o, const wp_module *m, uint32_t i) {
    wp_output_byte(o, 0);
    wp_encode_unsigned(o, m->tags[i].type);
}

static void encode_import(wp_output *o, const wp_module *m, uint32_t i) {
    const wp_import *import = &m->imports[i];
    wp_encode_bytes(o, import->module);
    wp_encode_bytes(o, import->name);
    wp_output_byte(o, import->kind);
    switch (import->kind) {
    case WP_EXTERN_FUNC: encode_func_type(o, m, import->index); break;
    case WP_EXTERN_TABLE: encode_table_type(o, &m->tables[import->index]); break;
    case WP_EXTERN_MEMORY: encode_memory(o, m, import->index); break;
    case WP_EXTERN_GLOBAL: encode_global_type(o, &m->globals[import->index]); break;
    case WP_EXTERN_TAG: encode_tag(o, m, import->index); break;
    }
}

static void encode_export(wp_output *o, const wp_module *m, uint32_t i) {
    wp_encode_bytes(o, m->exports[i].name);
    wp_output_byte(o, m->exports[i].kind);
    wp_encode_unsigned(o, m->exports[i].index);
}

static void encode_start(wp_output *o, const wp_module *m, uint32_t i) {
    (void)i;
    wp_encode_unsigned(o, m->start);
}

static void encode_elem(wp_output *o, const wp_module *m, uint32_t i) {
    const wp_elem_def *elem = &m->elems[i];
    wp_encode_unsigned(o, elem->flags);
    if (elem->mode == WP_SEG_ACTIVE) {
        if (elem->flags & 2)
            wp_encode_unsigned(o, elem->table);
        encode_code(o, &elem->offset);
    }
    if ((elem->flags & 3) != 0 && (elem->flags & 4) != 0)
        encode_valtype(o, elem->type);
    else if ((elem->flags & 3) != 0)
        wp_output_byte(o, 0); /* element kind: functions */
    wp_encode_unsigned(o, elem->count);
    for (uint32_t k = 0; k < elem->count; k++) {
        if (elem->flags & 4)
            encode_code(o, &elem->exprs[k]);
        else
            wp_encode_unsigned(o, elem->funcs[k]);
    }
}

static void encode_data_count(wp_output *o, const wp_module *m, uint32_t i) {
    (void)i;
    wp_encode_unsigned(o, m->ndatas);
}

static void encode_locals(wp_output *o, const wp_func_def *func) {
    wp_encode_unsigned(o, func->nruns);
    for (uint32_t i = 0; i < func->nruns; i++) {
        wp_encode_unsigned(o, func->runs[i].count);
        encode_valtype(o, func->runs[i].type);
    }
}

static void encode_func(wp_output *o, const wp_module *m, uint32_t i) {
    size_t start = o->size;
    encode_locals(o, &m->funcs[i]);
    encode_code(o, &m->funcs[i].code);
    wp_encode_size_before(o, start);
}

static void encode_data(wp_output *o, const wp_module *m, uint32_t i) {
    const wp_data_def *data = &m->datas[i];
    uint32_t flags = data->mode == WP_SEG_PASSIVE ? 1 : data->memory != 0 ? 2 : 0;
    wp_encode_unsigned(o, flags);
    if (flags == 2)
        wp_encode_unsigned(o, data->memory);
    if (flags != 1)
        encode_code(o, &data->offset);
    wp_encode_bytes(o, data->bytes);
}

/* ---- Modules ----------------------------------------------------------------------------------------------- */

/* The custom sections that follow section `after`, in their order. */
static void encode_customs(wp_output *o, const wp_module *m, uint8_t after) {
    for (uint32_t i = 0; i < m->ncustoms; i++) {
        const wp_custom *custom = &m->customs[i];
        if (custom->after != after)
            continue;
        wp_output_byte(o, WP_SECTION_CUSTOM);
        size_t start = o->size;
        wp_encode_bytes(o, custom->name);
        wp_output_bytes(o, custom->bytes.data, custom->bytes.size);
        wp_encode_size_before(o, start);
    }
}

static void encode_section(wp_output *o, const wp_module *m, uint8_t id) {
    static void (*const element[WP_SECTION_COUNT])(wp_output * o, const wp_module *m, uint32_t i) = {
        [WP_SECTION_TYPE] = encode_rectype,
        [WP_SECTION_IMPORT] = encode_import,
        [WP_SECTION_FUNCTION] = encode_func_type,
        [WP_SECTION_TABLE] = encode_table,
        [WP_SECTION_MEMORY] = encode_memory,
        [WP_SECTION_TAG] = encode_tag,
        [WP_SECTION_GLOBAL] = encode_global,
        [WP_SECTION_EXPORT] = encode_export,
        [WP_SECTION_START] = encode_start,
        [WP_SECTION_ELEMENT] = encode_elem,
        [WP_SECTION_DATA_COUNT] = encode_data_count,
        [WP_SECTION_CODE] = encode_func,
        [WP_SECTION_DATA] = encode_data,
    };
    wp_elements range = wp_section_range(m, id);
    if (range.first == range.end)
        return;
    wp_output_byte(o, id);
    size_t start = o->size;
    if (id != WP_SECTION_START && id != WP_SECTION_DATA_COUNT) /* all others are lists */
        wp_encode_unsigned(o, range.end - range.first);
    for (uint32_t i = range.first; i < range.end; i++)
        element[id](o, m, i);
    wp_encode_size_before(o, start);
}

wp_status wp_module_encode(const wp_module *module, uint8_t **bytes, size_t *size, wp_diag *diag) {
    static const uint8_t preamble[8] = {0x00, 'a', 's', 'm', 1, 0, 0, 0};
    wp_output o = {.allocator = &module->engine->allocator};
    wp_output_bytes(&o, preamble, sizeof preamble);
    encode_customs(&o, module, WP_SECTION_CUSTOM);
    for (size_t i = 0; i < WP_PLACES; i++) {
        encode_section(&o, module, wp_sections[i].id);
        encode_customs(&o, module, wp_sections[i].id);
    }
    return wp_output_finish(&o, bytes, size) ? WP_OK : wp_fail_memory(diag);
}

wp_status wp_encode_offsets(const wp_module *module, const wp_func_def *func, uint32_t *offsets, wp_diag *diag) {
    wp_output o = {.allocator = &module->engine->allocator};
    encode_locals(&o, func);
    for (uint32_t i = 0; i < func->code.ninstrs; i++) {
        offsets[i] = (uint32_t)o.size;
        encode_instr(&o, &func->code, &func->code.instrs[i]);
    }
    bool failed = o.failed;
    wp_output_free(&o);
    return failed ? wp_fail_memory(diag) : WP_OK;
}
