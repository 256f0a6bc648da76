/* encode.c: the binary format of modules, written; see encode.h (specification, "Binary Format: Modules").
 *
 * The size of a section stands before its contents, which are written first and then moved up.
 */
#include "core/binary/encode.h"

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
    wp_encode_valtype(o, table->element);
    wp_encode_limits(o, &table->limits);
}

static void encode_table(wp_output *o, const wp_module *m, uint32_t i) {
    if (m->tables[i].has_init)
        wp_encode_fixed(o, WP_CODE_EMPTY, 2);
    encode_table_type(o, &m->tables[i]);
    wp_encode_code(o, &m->tables[i].init);
}

static void encode_memory(wp_output *o, const wp_module *m, uint32_t i) {
    wp_encode_limits(o, &m->memories[i].limits);
}

static void encode_global_type(wp_output *o, const wp_global_def *global) {
    wp_encode_valtype(o, global->type);
    wp_output_byte(o, global->is_mutable);
}

static void encode_global(wp_output *o, const wp_module *m, uint32_t i) {
    encode_global_type(o, &m->globals[i]);
    wp_encode_code(o, &m->globals[i].init);
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
        wp_encode_code(o, &elem->offset);
    }
    if ((elem->flags & 3) != 0 && (elem->flags & 4) != 0)
        wp_encode_valtype(o, elem->type);
    else if ((elem->flags & 3) != 0)
        wp_output_byte(o, 0); /* element kind: functions */
    wp_encode_unsigned(o, elem->count);
    for (uint32_t k = 0; k < elem->count; k++) {
        if (elem->flags & 4)
            wp_encode_code(o, &elem->exprs[k]);
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
        wp_encode_valtype(o, func->runs[i].type);
    }
}

static void encode_func(wp_output *o, const wp_module *m, uint32_t i) {
    size_t start = o->size;
    encode_locals(o, &m->funcs[i]);
    wp_encode_code(o, &m->funcs[i].code);
    wp_encode_size_before(o, start);
}

static void encode_data(wp_output *o, const wp_module *m, uint32_t i) {
    const wp_data_def *data = &m->datas[i];
    uint32_t flags = data->mode == WP_SEG_PASSIVE ? 1 : data->memory != 0 ? 2 : 0;
    wp_encode_unsigned(o, flags);
    if (flags == 2)
        wp_encode_unsigned(o, data->memory);
    if (flags != 1)
        wp_encode_code(o, &data->offset);
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
        [WP_SECTION_TYPE] = wp_encode_rectype,
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
        wp_encode_instr(&o, &func->code, &func->code.instrs[i]);
    }
    bool failed = o.failed;
    wp_output_free(&o);
    return failed ? wp_fail_memory(diag) : WP_OK;
}
