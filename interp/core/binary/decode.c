/* decode.c: the binary format of values, sections and modules; see decode.h (specification, "Binary Format: Values",
 * "Binary Format: Modules").
 */
#include "core/binary/decode.h"

#include "base/leb128.h"
#include "base/utf8.h"
#include "core/binary/binary.h"

#include <string.h>

/* ---- Errors ------------------------------------------------------------------------------------------------ */

wp_status wp_decode_fail(const wp_decoder *d, const uint8_t *at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    wp_vfail_at(d->diag, WP_MALFORMED, (wp_location){(size_t)(at - d->start), 0, 0}, format, args);
    va_end(args);
    return WP_MALFORMED;
}

wp_status wp_decode_fail_end(const wp_decoder *d) {
    return wp_decode_fail(d, d->end, "unexpected end of section or function");
}

/* ---- Values ------------------------------------------------------------------------------------------------ */

static wp_status check_integer(const wp_decoder *d, wp_leb128_result result) {
    switch (result) {
    case WP_LEB128_OK: return WP_OK;
    case WP_LEB128_END: return wp_decode_fail_end(d);
    case WP_LEB128_LARGE: return wp_decode_fail(d, d->next, "integer too large");
    case WP_LEB128_LONG: break;
    }
    return wp_decode_fail(d, d->next, "integer representation too long");
}

wp_status wp_decode_unsigned(wp_decoder *d, unsigned bits, uint64_t *out) {
    return check_integer(d, wp_leb128_unsigned(&d->next, d->end, bits, out));
}

wp_status wp_decode_signed(wp_decoder *d, unsigned bits, int64_t *out) {
    return check_integer(d, wp_leb128_signed(&d->next, d->end, bits, out));
}

wp_status wp_decode_long_u32(wp_decoder *d, uint32_t *out) {
    uint64_t result = 0;
    WP_TRY(wp_decode_unsigned(d, 32, &result));
    *out = (uint32_t)result;
    return WP_OK;
}

wp_status wp_decode_count(wp_decoder *d, uint32_t *count) {
    const uint8_t *at = d->next;
    size_t left = wp_decode_left(d);
    WP_TRY(wp_decode_u32(d, count));
    /* Every element takes at least a byte. A count that only its own bytes could satisfy is left to the elements, which
     * then run into the end. */
    return *count > left ? wp_decode_fail(d, at, "length out of bounds") : WP_OK;
}

uint32_t wp_decode_room(const wp_decoder *d, uint32_t count, uint32_t least) {
    size_t most = wp_decode_left(d) / least + 1; /* the last one may be incomplete */
    return count < most ? count : (uint32_t)most;
}

wp_status wp_decode_bytes(wp_decoder *d, wp_bytes *out) {
    uint32_t size = 0;
    WP_TRY(wp_decode_count(d, &size));
    if (size > wp_decode_left(d))
        return wp_decode_fail_end(d);
    *out = (wp_bytes){d->next, size};
    d->next += size;
    return WP_OK;
}

static wp_status decode_name(wp_decoder *d, wp_bytes *out) {
    const uint8_t *at = d->next;
    WP_TRY(wp_decode_bytes(d, out));
    return wp_utf8_valid(out->data, out->size) ? WP_OK : wp_decode_fail(d, at, "malformed UTF-8 encoding");
}

static wp_status decode_zero(wp_decoder *d) {
    uint8_t byte = 0;
    WP_TRY(wp_decode_byte(d, &byte));
    return byte == 0 ? WP_OK : wp_decode_fail(d, d->next - 1, "zero byte expected");
}

/* ---- Arrays of the module ---------------------------------------------------------------------------------- */

/* Moves an array of `count` elements to one with room for `wanted`. */
static void *resize_array(wp_decoder *d, void *array, uint32_t count, uint32_t wanted, size_t size) {
    void *bigger = wp_arena_alloc(&d->module->arena, wanted, size);
    if (bigger != NULL && count != 0)
        memcpy(bigger, array, count * size);
    return bigger;
}

void *wp_decode_grow(wp_decoder *d, void *array, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity)
        return array;
    /* Doubling leaves the old arrays in the arena: as much again at most. Elements take a byte of the source each, so
     * there are fewer than 2^32. */
    uint32_t wanted = *capacity < 4 ? 4 : *capacity > UINT32_MAX / 2 ? UINT32_MAX : *capacity * 2;
    void *bigger = resize_array(d, array, count, wanted, size);
    if (bigger != NULL)
        *capacity = wanted;
    return bigger;
}

/* The new entry of an index space; zero. NULL: memory is short. */

static wp_func_def *add_func(wp_decoder *d) {
    wp_module *m = d->module;
    wp_func_def *funcs = wp_decode_grow(d, m->funcs, m->nfuncs, &d->funcs_capacity, sizeof *funcs);
    if (funcs == NULL)
        return NULL;
    m->funcs = funcs;
    return &funcs[m->nfuncs++];
}

static wp_table_def *add_table(wp_decoder *d) {
    wp_module *m = d->module;
    wp_table_def *tables = wp_decode_grow(d, m->tables, m->ntables, &d->tables_capacity, sizeof *tables);
    if (tables == NULL)
        return NULL;
    m->tables = tables;
    return &tables[m->ntables++];
}

static wp_memory_def *add_memory(wp_decoder *d) {
    wp_module *m = d->module;
    wp_memory_def *memories = wp_decode_grow(d, m->memories, m->nmemories, &d->memories_capacity, sizeof *memories);
    if (memories == NULL)
        return NULL;
    m->memories = memories;
    return &memories[m->nmemories++];
}

static wp_global_def *add_global(wp_decoder *d) {
    wp_module *m = d->module;
    wp_global_def *globals = wp_decode_grow(d, m->globals, m->nglobals, &d->globals_capacity, sizeof *globals);
    if (globals == NULL)
        return NULL;
    m->globals = globals;
    return &globals[m->nglobals++];
}

static wp_tag_def *add_tag(wp_decoder *d) {
    wp_module *m = d->module;
    wp_tag_def *tags = wp_decode_grow(d, m->tags, m->ntags, &d->tags_capacity, sizeof *tags);
    if (tags == NULL)
        return NULL;
    m->tags = tags;
    return &tags[m->ntags++];
}

/* ---- Declarations, imported or defined ----------------------------------------------------------------------- */

static wp_status decode_func_import(wp_decoder *d) {
    wp_func_def *func = add_func(d);
    if (func == NULL)
        return wp_fail_memory(d->diag);
    func->pos = wp_decode_pos(d);
    d->module->nfunc_imports++;
    return wp_decode_u32(d, &func->type);
}

static wp_status decode_table_type(wp_decoder *d, wp_table_def *table) {
    WP_TRY(wp_decode_reftype(d, &table->element));
    return wp_decode_limits(d, &table->limits);
}

/* table ::= tabletype | 0x40 0x00 tabletype expr */
static wp_status decode_table(wp_decoder *d) {
    wp_table_def *table = add_table(d);
    if (table == NULL)
        return wp_fail_memory(d->diag);
    table->pos = wp_decode_pos(d);
    if (d->next == d->end || *d->next != WP_CODE_EMPTY)
        return decode_table_type(d, table);
    d->next++;
    WP_TRY(decode_zero(d));
    WP_TRY(decode_table_type(d, table));
    table->has_init = true;
    return wp_decode_expr(d, false, &table->init);
}

static wp_status decode_table_import(wp_decoder *d) {
    wp_table_def *table = add_table(d);
    if (table == NULL)
        return wp_fail_memory(d->diag);
    table->pos = wp_decode_pos(d);
    d->module->ntable_imports++;
    return decode_table_type(d, table);
}

static wp_status decode_memory(wp_decoder *d) {
    wp_memory_def *memory = add_memory(d);
    if (memory == NULL)
        return wp_fail_memory(d->diag);
    memory->pos = wp_decode_pos(d);
    return wp_decode_limits(d, &memory->limits);
}

static wp_status decode_global_type(wp_decoder *d, wp_global_def **out) {
    wp_global_def *global = add_global(d);
    if (global == NULL)
        return wp_fail_memory(d->diag);
    *out = global;
    global->pos = wp_decode_pos(d);
    WP_TRY(wp_decode_valtype(d, &global->type));
    return wp_decode_mutability(d, &global->is_mutable);
}

static wp_status decode_global(wp_decoder *d) {
    wp_global_def *global = NULL;
    WP_TRY(decode_global_type(d, &global));
    return wp_decode_expr(d, false, &global->init);
}

/* tag ::= 0x00 typeidx */
static wp_status decode_tag(wp_decoder *d) {
    wp_tag_def *tag = add_tag(d);
    if (tag == NULL)
        return wp_fail_memory(d->diag);
    tag->pos = wp_decode_pos(d);
    WP_TRY(decode_zero(d));
    return wp_decode_u32(d, &tag->type);
}

/* ---- Imports and exports ------------------------------------------------------------------------------------- */

static wp_status decode_import(wp_decoder *d, wp_import *import) {
    wp_module *m = d->module;
    wp_global_def *global = NULL;
    uint8_t kind = 0;
    import->pos = wp_decode_pos(d);
    WP_TRY(decode_name(d, &import->module));
    WP_TRY(decode_name(d, &import->name));
    WP_TRY(wp_decode_byte(d, &kind));
    import->kind = (wp_extern_kind)kind;
    switch (kind) {
    case WP_EXTERN_FUNC: import->index = m->nfunc_imports; return decode_func_import(d);
    case WP_EXTERN_TABLE: import->index = m->ntable_imports; return decode_table_import(d);
    case WP_EXTERN_MEMORY: import->index = m->nmemory_imports++; return decode_memory(d);
    case WP_EXTERN_GLOBAL: import->index = m->nglobal_imports++; return decode_global_type(d, &global);
    case WP_EXTERN_TAG: import->index = m->ntag_imports++; return decode_tag(d);
    default: return wp_decode_fail(d, d->next - 1, "malformed import kind");
    }
}

static wp_status decode_imports(wp_decoder *d) {
    wp_module *m = d->module;
    WP_TRY(wp_decode_count(d, &m->nimports));
    m->imports = wp_arena_alloc(&m->arena, wp_decode_room(d, m->nimports, 4), sizeof *m->imports);
    if (m->imports == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < m->nimports; i++)
        WP_TRY(decode_import(d, &m->imports[i]));
    return WP_OK;
}

static wp_status decode_export(wp_decoder *d, wp_export *export) {
    uint8_t kind = 0;
    export->pos = wp_decode_pos(d);
    WP_TRY(decode_name(d, &export->name));
    WP_TRY(wp_decode_byte(d, &kind));
    if (kind > WP_EXTERN_TAG)
        return wp_decode_fail(d, d->next - 1, "malformed export kind");
    export->kind = (wp_extern_kind)kind;
    return wp_decode_u32(d, &export->index);
}

static wp_status decode_exports(wp_decoder *d) {
    wp_module *m = d->module;
    WP_TRY(wp_decode_count(d, &m->nexports));
    m->exports = wp_arena_alloc(&m->arena, wp_decode_room(d, m->nexports, 3), sizeof *m->exports);
    if (m->exports == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < m->nexports; i++)
        WP_TRY(decode_export(d, &m->exports[i]));
    return WP_OK;
}

/* ---- Functions ----------------------------------------------------------------------------------------------- */

/* Only the types are kept until the code section gives the bodies: a definition is much larger than the byte that
 * claims it. */
static wp_status decode_func_types(wp_decoder *d) {
    uint32_t count = 0;
    WP_TRY(wp_decode_count(d, &count));
    d->func_types = wp_arena_alloc_raw(&d->module->arena, wp_decode_room(d, count, 1), sizeof *d->func_types);
    if (d->func_types == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(wp_decode_u32(d, &d->func_types[i]));
    d->nfunc_types = count;
    return WP_OK;
}

/* Locals stay in runs, however many each run claims. */
static wp_status decode_locals(wp_decoder *d, wp_func_def *func) {
    const uint8_t *at = d->next;
    uint64_t total = 0;
    uint32_t count = 0;
    WP_TRY(wp_decode_count(d, &count));
    func->runs = wp_arena_alloc(&d->module->arena, wp_decode_room(d, count, 2), sizeof *func->runs);
    if (func->runs == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < count; i++) {
        WP_TRY(wp_decode_u32(d, &func->runs[i].count));
        WP_TRY(wp_decode_valtype(d, &func->runs[i].type));
        total += func->runs[i].count;
    }
    if (total > UINT32_MAX)
        return wp_decode_fail(d, at, "too many locals");
    func->nruns = count;
    func->nlocals = (uint32_t)total;
    return WP_OK;
}

/* code ::= size locals expr */
static wp_status decode_code(wp_decoder *d, wp_func_def *func) {
    const uint8_t *at = d->next;
    uint32_t size = 0;
    WP_TRY(wp_decode_count(d, &size));
    if (size > wp_decode_left(d))
        return wp_decode_fail(d, at, "length out of bounds");
    func->pos = wp_decode_pos(d);
    const uint8_t *end = d->next + size;
    WP_TRY(decode_locals(d, func));
    WP_TRY(wp_decode_reserve(d, size));
    WP_TRY(wp_decode_expr(d, true, &func->code));
    if (d->next != end)
        return wp_decode_fail(d, d->next, "section size mismatch: a function claims %u bytes", size);
    return WP_OK;
}

/* Whether there are as many bodies as types is checked when the whole module is known to be well-formed otherwise. */
static wp_status decode_codes(wp_decoder *d) {
    wp_module *m = d->module;
    WP_TRY(wp_decode_count(d, &d->nbodies));
    uint32_t room = wp_decode_room(d, d->nbodies, 3);
    m->funcs = resize_array(d, m->funcs, m->nfuncs, m->nfuncs + room, sizeof *m->funcs);
    if (m->funcs == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < d->nbodies; i++) {
        wp_func_def *func = &m->funcs[m->nfuncs++];
        func->type = i < d->nfunc_types ? d->func_types[i] : 0;
        WP_TRY(decode_code(d, func));
    }
    return WP_OK;
}

static wp_status decode_start(wp_decoder *d) {
    d->module->has_start = true;
    d->module->start_pos = wp_decode_pos(d);
    return wp_decode_u32(d, &d->module->start);
}

/* ---- Segments ------------------------------------------------------------------------------------------------ */

static wp_status decode_elem_funcs(wp_decoder *d, wp_elem_def *elem) {
    WP_TRY(wp_decode_count(d, &elem->count));
    elem->funcs = wp_arena_alloc_raw(&d->module->arena, wp_decode_room(d, elem->count, 1), sizeof *elem->funcs);
    if (elem->funcs == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < elem->count; i++)
        WP_TRY(wp_decode_u32(d, &elem->funcs[i]));
    return WP_OK;
}

static wp_status decode_elem_exprs(wp_decoder *d, wp_elem_def *elem) {
    WP_TRY(wp_decode_count(d, &elem->count));
    elem->exprs = wp_arena_alloc(&d->module->arena, wp_decode_room(d, elem->count, 1), sizeof *elem->exprs);
    if (elem->exprs == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < elem->count; i++)
        WP_TRY(wp_decode_expr(d, false, &elem->exprs[i]));
    return WP_OK;
}

/* elemkind ::= 0x00, or a reference type where the elements are expressions. */
static wp_status decode_elem_type(wp_decoder *d, wp_elem_def *elem) {
    uint8_t kind = 0;
    if (elem->flags & 4)
        return wp_decode_reftype(d, &elem->type);
    WP_TRY(wp_decode_byte(d, &kind));
    return kind == 0 ? WP_OK : wp_decode_fail(d, d->next - 1, "malformed element kind");
}

/* Flags: bit 0: passive or declarative; bit 1: an explicit table index, or declarative; bit 2: expressions. */
static wp_status decode_elem(wp_decoder *d, wp_elem_def *elem) {
    const uint8_t *at = d->next;
    uint32_t flags = 0;
    elem->pos = wp_decode_pos(d);
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
        WP_TRY(decode_elem_type(d, elem));
    return (flags & 4) != 0 ? decode_elem_exprs(d, elem) : decode_elem_funcs(d, elem);
}

static wp_status decode_elems(wp_decoder *d) {
    wp_module *m = d->module;
    WP_TRY(wp_decode_count(d, &m->nelems));
    m->elems = wp_arena_alloc(&m->arena, wp_decode_room(d, m->nelems, 3), sizeof *m->elems);
    if (m->elems == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < m->nelems; i++)
        WP_TRY(decode_elem(d, &m->elems[i]));
    return WP_OK;
}

static wp_status decode_data_count(wp_decoder *d) {
    d->module->has_data_count = true;
    return wp_decode_u32(d, &d->module->data_count);
}

/* Flags: bit 0: passive; bit 1: an explicit memory index. */
static wp_status decode_data(wp_decoder *d, wp_data_def *data) {
    const uint8_t *at = d->next;
    uint32_t flags = 0;
    data->pos = wp_decode_pos(d);
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

static wp_status decode_datas(wp_decoder *d) {
    wp_module *m = d->module;
    WP_TRY(wp_decode_count(d, &m->ndatas));
    m->datas = wp_arena_alloc(&m->arena, wp_decode_room(d, m->ndatas, 2), sizeof *m->datas);
    if (m->datas == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < m->ndatas; i++)
        WP_TRY(decode_data(d, &m->datas[i]));
    return WP_OK;
}

/* ---- Sections ------------------------------------------------------------------------------------------------ */

static wp_status decode_custom(wp_decoder *d, const uint8_t *end, uint8_t after) {
    wp_module *m = d->module;
    wp_custom *customs = wp_decode_grow(d, m->customs, m->ncustoms, &d->customs_capacity, sizeof *customs);
    if (customs == NULL)
        return wp_fail_memory(d->diag);
    m->customs = customs;
    wp_custom *custom = &customs[m->ncustoms++];
    custom->pos = wp_decode_pos(d);
    custom->after = after;
    WP_TRY(decode_name(d, &custom->name));
    if (d->next > end)
        return wp_decode_fail(d, end, "unexpected end of section or function");
    custom->bytes = (wp_bytes){d->next, (size_t)(end - d->next)};
    d->next = end;
    return WP_OK;
}

/* A list whose elements are added to an index space. */
static wp_status decode_list(wp_decoder *d, wp_status (*element)(wp_decoder *d)) {
    uint32_t count = 0;
    WP_TRY(wp_decode_count(d, &count));
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(element(d));
    return WP_OK;
}

/* What a section holds. It may run on over the section's end, which is then a size mismatch. */
static wp_status decode_contents(wp_decoder *d, uint8_t id, const uint8_t *end, uint8_t after) {
    switch (id) {
    case WP_SECTION_CUSTOM: return decode_custom(d, end, after);
    case WP_SECTION_TYPE: return wp_decode_types(d);
    case WP_SECTION_IMPORT: return decode_imports(d);
    case WP_SECTION_FUNCTION: return decode_func_types(d);
    case WP_SECTION_TABLE: return decode_list(d, decode_table);
    case WP_SECTION_MEMORY: return decode_list(d, decode_memory);
    case WP_SECTION_GLOBAL: return decode_list(d, decode_global);
    case WP_SECTION_EXPORT: return decode_exports(d);
    case WP_SECTION_START: return decode_start(d);
    case WP_SECTION_ELEMENT: return decode_elems(d);
    case WP_SECTION_CODE: return decode_codes(d);
    case WP_SECTION_DATA: return decode_datas(d);
    case WP_SECTION_DATA_COUNT: return decode_data_count(d);
    default: return decode_list(d, decode_tag);
    }
}

/* By id: the number of sections that may precede a section and itself. */
static const uint8_t section_order[WP_SECTION_COUNT] = {
#define SECTION(id, NAME, name, word) [id] = WP_PLACE_##NAME + 1,
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
        d->module->code_pos = wp_decode_pos(d);
    WP_TRY(decode_contents(d, id, end, *last));
    if (d->next != end)
        return wp_decode_fail(d, d->next, "section size mismatch: section %u claims %u bytes", id, size);
    if (id != WP_SECTION_CUSTOM)
        *last = id;
    return WP_OK;
}

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

static wp_status decode_module(wp_decoder *d) {
    uint8_t last = WP_SECTION_CUSTOM;
    WP_TRY(decode_preamble(d));
    while (d->next != d->end)
        WP_TRY(decode_section(d, &last));
    if (d->nfunc_types != d->nbodies)
        return wp_decode_fail(d, d->end, "function and code section have inconsistent lengths");
    if (d->module->has_data_count && d->module->data_count != d->module->ndatas)
        return wp_decode_fail(d, d->end, "data count and data section have inconsistent lengths");
    if (!d->module->has_data_count && d->data_index != NULL)
        return wp_decode_fail(d, d->data_index, "data count section required");
    return WP_OK;
}

static void release(wp_decoder *d) {
    const wp_allocator *a = &d->module->engine->allocator;
    wp_free(a, d->instrs, d->instrs_capacity, sizeof *d->instrs);
    wp_free(a, d->pos, d->pos_capacity, sizeof *d->pos);
    wp_free(a, d->pool, d->pool_capacity, sizeof *d->pool);
    wp_free(a, d->blocks, d->blocks_capacity, sizeof *d->blocks);
    wp_free(a, d->words, d->words_capacity, sizeof *d->words);
}

wp_status wp_module_decode(wp_engine *engine, const uint8_t *bytes, size_t size, wp_module **out, wp_diag *diag) {
    if (size > UINT32_MAX) /* positions have 32 bits */
        return wp_fail(diag, WP_EXHAUSTION, "module too large (limit 4294967295 bytes)");
    wp_module *module = wp_module_new(engine);
    if (module == NULL)
        return wp_fail_memory(diag);
    module->source_kind = WP_SOURCE_BINARY;
    const uint8_t *copy = wp_arena_copy(&module->arena, bytes, size);
    wp_status status = WP_OK;
    if (copy == NULL) {
        status = wp_fail_memory(diag);
    } else {
        module->source = (wp_bytes){copy, size};
        const uint8_t *end = copy + size;
        wp_decoder d = {.module = module, .diag = diag, .start = copy, .next = copy, .end = end};
        status = decode_module(&d);
        release(&d);
    }
    if (status == WP_OK)
        *out = module;
    else
        wp_module_delete(module);
    return status;
}
