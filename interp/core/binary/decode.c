/* decode.c: the binary format of modules; see decode.h (specification, "Binary Format: Modules"). */
#include "core/binary/decode.h"

#include "core/binary/binary.h"

/* ---- Declarations, imported or defined ----------------------------------------------------------------------- */

/* tabletype ::= reftype limits */
static wp_status decode_tabletype(wp_decoder *d, wp_table_def *table) {
    WP_TRY(wp_decode_reftype(d, &table->element));
    return wp_decode_limits(d, &table->limits);
}

/* table ::= tabletype | 0x40 0x00 tabletype expr */
static wp_status decode_table(wp_decoder *d) {
    wp_table_def *table = NULL;
    uint8_t zero = 0;
    WP_TRY(wp_build_table(&d->build, wp_decode_pos(d), &table));
    table->has_init = wp_decode_peek(d) == WP_CODE_EMPTY;
    if (!table->has_init)
        return decode_tabletype(d, table);
    d->next++;
    WP_TRY(wp_decode_code(d, 0, "zero byte expected", &zero));
    WP_TRY(decode_tabletype(d, table));
    return wp_decode_expr(d, false, &table->init);
}

/* memory ::= limits */
static wp_status decode_memory(wp_decoder *d) {
    wp_memory_def *memory = NULL;
    WP_TRY(wp_build_memory(&d->build, wp_decode_pos(d), &memory));
    return wp_decode_limits(d, &memory->limits);
}

/* globaltype ::= valtype mut */
static wp_status decode_globaltype(wp_decoder *d, wp_global_def **out) {
    WP_TRY(wp_build_global(&d->build, wp_decode_pos(d), out));
    WP_TRY(wp_decode_valtype(d, &(*out)->type));
    return wp_decode_mutability(d, &(*out)->is_mutable);
}

/* global ::= globaltype expr */
static wp_status decode_global(wp_decoder *d) {
    wp_global_def *global = NULL;
    WP_TRY(decode_globaltype(d, &global));
    return wp_decode_expr(d, false, &global->init);
}

/* tag ::= 0x00 typeidx */
static wp_status decode_tag(wp_decoder *d) {
    wp_tag_def *tag = NULL;
    uint8_t zero = 0;
    WP_TRY(wp_build_tag(&d->build, wp_decode_pos(d), &tag));
    WP_TRY(wp_decode_code(d, 0, "zero byte expected", &zero));
    return wp_decode_u32(d, &tag->type);
}

/* ---- Imports and exports ------------------------------------------------------------------------------------- */

static wp_status decode_func_import(wp_decoder *d) {
    wp_func_def *func = NULL;
    WP_TRY(wp_build_func(&d->build, wp_decode_pos(d), &func));
    return wp_decode_u32(d, &func->type);
}

static wp_status decode_table_import(wp_decoder *d) {
    wp_table_def *table = NULL;
    WP_TRY(wp_build_table(&d->build, wp_decode_pos(d), &table));
    return decode_tabletype(d, table);
}

/* import ::= name name (0x00 typeidx | 0x01 tabletype | 0x02 limits | 0x03 globaltype | 0x04 tag) */
static wp_status decode_import(wp_decoder *d) {
    wp_import *import = NULL;
    wp_global_def *global = NULL;
    uint8_t kind = 0;
    WP_TRY(wp_build_import(&d->build, wp_decode_pos(d), &import));
    WP_TRY(wp_decode_name(d, &import->module));
    WP_TRY(wp_decode_name(d, &import->name));
    WP_TRY(wp_decode_code(d, WP_EXTERN_TAG, "malformed import kind", &kind));
    wp_build_import_kind(&d->build, import, (wp_extern_kind)kind);
    switch (import->kind) {
    case WP_EXTERN_FUNC: return decode_func_import(d);
    case WP_EXTERN_TABLE: return decode_table_import(d);
    case WP_EXTERN_MEMORY: return decode_memory(d);
    case WP_EXTERN_GLOBAL: return decode_globaltype(d, &global);
    case WP_EXTERN_TAG: break;
    }
    return decode_tag(d);
}

/* export ::= name kind index */
static wp_status decode_export(wp_decoder *d) {
    wp_export *export = NULL;
    uint8_t kind = 0;
    WP_TRY(wp_build_export(&d->build, wp_decode_pos(d), &export));
    WP_TRY(wp_decode_name(d, &export->name));
    WP_TRY(wp_decode_code(d, WP_EXTERN_TAG, "malformed export kind", &kind));
    export->kind = (wp_extern_kind)kind;
    return wp_decode_u32(d, &export->index);
}

/* ---- Functions ----------------------------------------------------------------------------------------------- */

/* locals ::= list(n:u32 valtype). They stay in runs, whatever number of locals a run claims. */
static wp_status decode_locals(wp_decoder *d, wp_func_def *func) {
    const uint8_t *at = d->next;
    uint64_t total = 0;
    WP_TRY(wp_decode_count(d, &func->nruns));
    func->runs = wp_arena_alloc(&d->build.module->arena, wp_decode_room(d, func->nruns, 2), sizeof *func->runs);
    if (func->runs == NULL)
        return wp_fail_memory(d->build.diag);
    for (uint32_t i = 0; i < func->nruns; i++) {
        WP_TRY(wp_decode_u32(d, &func->runs[i].count));
        WP_TRY(wp_decode_valtype(d, &func->runs[i].type));
        total += func->runs[i].count;
    }
    if (total > UINT32_MAX)
        return wp_decode_fail(d, at, "too many locals");
    func->nlocals = (uint32_t)total;
    return WP_OK;
}

/* code ::= size locals expr. The function is made here, not from the function section: a definition is much larger than
 * the byte that claims it there. */
static wp_status decode_code(wp_decoder *d) {
    const uint8_t *at = d->next;
    wp_func_def *func = NULL;
    uint32_t size = 0;
    WP_TRY(wp_decode_count(d, &size));
    if (size > wp_decode_left(d))
        return wp_decode_fail(d, at, "length out of bounds");
    const uint8_t *end = d->next + size;
    WP_TRY(wp_build_func(&d->build, wp_decode_pos(d), &func));
    func->type = d->nbodies < d->nfunc_types ? d->func_types[d->nbodies] : 0;
    d->nbodies++;
    WP_TRY(decode_locals(d, func));
    WP_TRY(wp_build_room_instrs(&d->build, size));
    WP_TRY(wp_decode_expr(d, true, &func->code));
    if (d->next != end)
        return wp_decode_fail(d, d->next, "section size mismatch: a function claims %u bytes", size);
    return WP_OK;
}

/* ---- Segments ------------------------------------------------------------------------------------------------ */

/* list(expr) */
static wp_status decode_elem_exprs(wp_decoder *d, wp_elem_def *elem) {
    WP_TRY(wp_decode_count(d, &elem->count));
    elem->exprs = wp_arena_alloc(&d->build.module->arena, wp_decode_room(d, elem->count, 1), sizeof *elem->exprs);
    if (elem->exprs == NULL)
        return wp_fail_memory(d->build.diag);
    for (uint32_t i = 0; i < elem->count; i++)
        WP_TRY(wp_decode_expr(d, false, &elem->exprs[i]));
    return WP_OK;
}

/* elem ::= flags tableidx? expr? (elemkind | reftype)? (list(funcidx) | list(expr)), where the flags have
 * bit 0: passive or declarative; bit 1: a table index, or declarative; bit 2: expressions */
static wp_status decode_elem(wp_decoder *d) {
    wp_elem_def *elem = NULL;
    const uint8_t *at = d->next;
    uint32_t flags = 0;
    uint8_t kind = 0;
    WP_TRY(wp_build_elem(&d->build, wp_decode_pos(d), &elem));
    WP_TRY(wp_decode_u32(d, &flags));
    if (flags > 7)
        return wp_decode_fail(d, at, "malformed elements segment kind");
    elem->flags = (uint8_t)flags;
    elem->mode = (flags & 1) == 0 ? WP_SEG_ACTIVE : (flags & 2) == 0 ? WP_SEG_PASSIVE : WP_SEG_DECLARATIVE;
    elem->type = wp_ref_type((flags & 4) != 0, WP_HT_FUNC);
    if (elem->mode == WP_SEG_ACTIVE) {
        if (flags & 2)
            WP_TRY(wp_decode_u32(d, &elem->table));
        WP_TRY(wp_decode_expr(d, false, &elem->offset));
    }
    if (flags & 3)
        WP_TRY(flags & 4 ? wp_decode_reftype(d, &elem->type) : wp_decode_code(d, 0, "malformed element kind", &kind));
    return flags & 4 ? decode_elem_exprs(d, elem) : wp_decode_indices(d, &elem->count, &elem->funcs);
}

/* data ::= 0x00 expr list(byte) | 0x01 list(byte) | 0x02 memidx expr list(byte) */
static wp_status decode_data(wp_decoder *d) {
    wp_data_def *data = NULL;
    const uint8_t *at = d->next;
    uint32_t flags = 0;
    WP_TRY(wp_build_data(&d->build, wp_decode_pos(d), &data));
    WP_TRY(wp_decode_u32(d, &flags));
    if (flags > 2)
        return wp_decode_fail(d, at, "malformed data segment kind");
    data->mode = flags == 1 ? WP_SEG_PASSIVE : WP_SEG_ACTIVE;
    if (flags == 2)
        WP_TRY(wp_decode_u32(d, &data->memory));
    if (data->mode == WP_SEG_ACTIVE)
        WP_TRY(wp_decode_expr(d, false, &data->offset));
    return wp_decode_bytes(d, &data->bytes);
}

/* ---- Sections ------------------------------------------------------------------------------------------------ */

static wp_status decode_custom(wp_decoder *d, const uint8_t *end, uint8_t after) {
    wp_custom *custom = NULL;
    WP_TRY(wp_build_custom(&d->build, wp_decode_pos(d), &custom));
    custom->after = after;
    WP_TRY(wp_decode_name(d, &custom->name));
    if (d->next > end)
        return wp_decode_fail(d, end, "unexpected end of section or function");
    custom->bytes = (wp_bytes){d->next, (size_t)(end - d->next)};
    d->next = end;
    return WP_OK;
}

static wp_status decode_start(wp_decoder *d) {
    wp_module *m = d->build.module;
    m->has_start = true;
    m->start_pos = wp_decode_pos(d);
    return wp_decode_u32(d, &m->start);
}

static wp_status decode_data_count(wp_decoder *d) {
    d->build.module->has_data_count = true;
    return wp_decode_u32(d, &d->build.module->data_count);
}

/* A list of entries for one of the module's arrays, each at least `least` bytes long. */
static wp_status decode_list(wp_decoder *d, wp_status (*element)(wp_decoder *d),
                             wp_status (*room)(wp_builder *b, uint32_t more), uint32_t least) {
    uint32_t count = 0;
    WP_TRY(wp_decode_count(d, &count));
    WP_TRY(room(&d->build, wp_decode_room(d, count, least)));
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(element(d));
    return WP_OK;
}

/* The contents of a section that is not custom. They may overrun its end, which is then a size mismatch. */
static wp_status decode_contents(wp_decoder *d, uint8_t id) {
    switch (id) {
    case WP_SECTION_TYPE: return decode_list(d, wp_decode_rectype, wp_build_room_types, 2);
    case WP_SECTION_IMPORT: return decode_list(d, decode_import, wp_build_room_imports, 4);
    case WP_SECTION_FUNCTION: return wp_decode_indices(d, &d->nfunc_types, &d->func_types);
    case WP_SECTION_TABLE: return decode_list(d, decode_table, wp_build_room_tables, 3);
    case WP_SECTION_MEMORY: return decode_list(d, decode_memory, wp_build_room_memories, 2);
    case WP_SECTION_GLOBAL: return decode_list(d, decode_global, wp_build_room_globals, 3);
    case WP_SECTION_EXPORT: return decode_list(d, decode_export, wp_build_room_exports, 3);
    case WP_SECTION_START: return decode_start(d);
    case WP_SECTION_ELEMENT: return decode_list(d, decode_elem, wp_build_room_elems, 3);
    case WP_SECTION_CODE: return decode_list(d, decode_code, wp_build_room_funcs, 3);
    case WP_SECTION_DATA: return decode_list(d, decode_data, wp_build_room_datas, 2);
    case WP_SECTION_DATA_COUNT: return decode_data_count(d);
    default: return decode_list(d, decode_tag, wp_build_room_tags, 2);
    }
}

/* By id: the number of sections that may precede a section and itself. */
static const uint8_t section_order[WP_SECTION_COUNT] = {
#define SECTION(id, NAME, word) [id] = WP_PLACE_##NAME + 1,
#include "core/section.def"
};

/* section ::= id size contents. *last is the id of the last section that was not custom. */
static wp_status decode_section(wp_decoder *d, uint8_t *last) {
    const uint8_t *at = d->next;
    uint8_t id = *d->next++;
    uint32_t size = 0;
    if (id >= WP_SECTION_COUNT)
        return wp_decode_fail(d, at, "malformed section id %u", id);
    if (id != WP_SECTION_CUSTOM && section_order[id] <= section_order[*last])
        return wp_decode_fail(d, at, "unexpected content after last section: section %u after section %u", id, *last);
    WP_TRY(wp_decode_count(d, &size));
    if (size > wp_decode_left(d))
        return wp_decode_fail(d, d->end, "unexpected end: section %u claims %u bytes", id, size);
    const uint8_t *end = d->next + size;
    if (id == WP_SECTION_CODE)
        d->build.module->code_pos = wp_decode_pos(d);
    WP_TRY(id == WP_SECTION_CUSTOM ? decode_custom(d, end, *last) : decode_contents(d, id));
    if (d->next != end)
        return wp_decode_fail(d, d->next, "section size mismatch: section %u claims %u bytes", id, size);
    if (id != WP_SECTION_CUSTOM)
        *last = id;
    return WP_OK;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

static wp_status decode_preamble(wp_decoder *d) {
    static const uint8_t magic[4] = {0x00, 'a', 's', 'm'}, version[4] = {1, 0, 0, 0}, component[2] = {1, 0};
    if (wp_decode_left(d) < 4)
        return wp_decode_fail(d, d->end, "unexpected end");
    if (memcmp(d->next, magic, 4) != 0)
        return wp_decode_fail(d, d->next, "magic header not detected");
    d->next += 4;
    if (wp_decode_left(d) < 4)
        return wp_decode_fail(d, d->end, "unexpected end");
    if (memcmp(d->next, version, 4) != 0)
        return wp_decode_fail(d, d->next,
                              memcmp(d->next + 2, component, 2) == 0
                                  ? "unknown binary version: this is a component, not a module"
                                  : "unknown binary version");
    d->next += 4;
    return WP_OK;
}

/* module ::= magic version section*. Counts that two sections state must agree. */
static wp_status decode_module(wp_decoder *d) {
    const wp_module *m = d->build.module;
    uint8_t last = WP_SECTION_CUSTOM;
    WP_TRY(decode_preamble(d));
    while (d->next != d->end)
        WP_TRY(decode_section(d, &last));
    if (d->nfunc_types != d->nbodies)
        return wp_decode_fail(d, d->end, "function and code section have inconsistent lengths");
    if (m->has_data_count && m->data_count != m->ndatas)
        return wp_decode_fail(d, d->end, "data count and data section have inconsistent lengths");
    if (!m->has_data_count && d->data_index != NULL)
        return wp_decode_fail(d, d->data_index, "data count section required");
    return WP_OK;
}

static wp_status decode_source(wp_decoder *d, const uint8_t *bytes, size_t size) {
    wp_module *m = d->build.module;
    m->source_kind = WP_SOURCE_BINARY;
    m->source = (wp_bytes){wp_arena_copy(&m->arena, bytes, size), size};
    if (m->source.data == NULL)
        return wp_fail_memory(d->build.diag);
    d->start = d->next = m->source.data;
    d->end = d->start + size;
    return decode_module(d);
}

wp_status wp_module_decode(wp_engine *engine, const uint8_t *bytes, size_t size, wp_module **out, wp_diag *diag) {
    wp_decoder d = {.nblocks = 0};
    if (size > UINT32_MAX) /* positions have 32 bits */
        return wp_fail(diag, WP_EXHAUSTION, "module too large (limit 4294967295 bytes)");
    WP_TRY(wp_builder_open(&d.build, engine, diag));
    wp_status status = decode_source(&d, bytes, size);
    wp_free(&engine->allocator, d.blocks, d.blocks_capacity, sizeof *d.blocks);
    return wp_builder_close(&d.build, status, out);
}
