/* dylink.c: decoding dylink.0 sections; see dylink.h.
 *
 * Every error names the offset of what is wrong: in the module where that is binary, else in the section, whose place
 * in the text is that of its annotation. Subsections of unknown kinds are skipped, unknown flags have no meaning.
 */
#include "process/load/dylink.h"

#include "base/leb128.h"
#include "base/utf8.h"
#include "process/load/platform_names.h"

#include <string.h>

typedef struct reader {
    const wp_module *module;
    const wp_custom *section;
    const uint8_t *next;
    const uint8_t *end; /* of the subsection that is read, or of the section */
    unsigned pointer_bits;
    bool has_mem_info;
    wp_dylink *out;
    wp_diag *diag;
} reader;

/* ---- Errors -------------------------------------------------------------------------------------------------- */

static uint32_t section_pos(const wp_module *module, const wp_custom *section) {
    bool is_text = module->source_kind == WP_SOURCE_TEXT;
    return is_text ? section->pos : (uint32_t)(section->bytes.data - module->source.data);
}

static wp_status malformed(const reader *r, const uint8_t *at, const char *what) {
    const wp_module *m = r->module;
    RULE(&m->engine->cover, load_malformed);
    uint32_t offset = (uint32_t)(at - r->section->bytes.data);
    if (m->source_kind == WP_SOURCE_TEXT)
        return wp_module_fail(m, r->diag, WP_UNLOADABLE, r->section->pos,
                              "malformed dylink.0: %s, at byte %u of the section", what, offset);
    offset += section_pos(m, r->section); /* rule: load.malformed */
    return wp_module_fail(m, r->diag, WP_UNLOADABLE, offset, "malformed dylink.0: %s, at byte %u of the module", what,
                          offset); /* rule: load.malformed */
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* A varuint32. rule: load.malformed */
static wp_status read_u32(reader *r, uint32_t *out) {
    const uint8_t *start = r->next;
    uint64_t value = 0;
    wp_leb128_result result = wp_leb128_unsigned(&r->next, r->end, 32, &value);
    if (result == WP_LEB128_END)
        return malformed(r, start, "a number is cut off");
    if (result != WP_LEB128_OK)
        return malformed(r, start, "a number is larger than 32 bits");
    *out = (uint32_t)value;
    return WP_OK;
}

static wp_status read_string(reader *r, wp_bytes *out) { /* rule: load.malformed */
    const uint8_t *start = r->next;
    uint32_t size;
    WP_TRY(read_u32(r, &size));
    if (size > (size_t)(r->end - r->next))
        return malformed(r, start, "a name is cut off");
    if (!wp_utf8_valid(r->next, size))
        return malformed(r, r->next, "a name is not UTF-8");
    *out = (wp_bytes){r->next, size};
    r->next += size;
    return WP_OK;
}

/* ---- Subsections --------------------------------------------------------------------------------------------- */

/* An exponent of 2 that is less than the pointer's width. rule: load.malformed */
static wp_status read_alignment(reader *r, uint32_t *out) {
    const uint8_t *start = r->next;
    WP_TRY(read_u32(r, out));
    return *out < r->pointer_bits ? WP_OK
                                  : malformed(r, start, "an alignment exponent is not below the pointer's width");
}

static wp_status read_mem_info(reader *r) { /* rules: load.malformed, load.reserve, load.table */
    uint32_t memory_size, table_size;
    if (r->has_mem_info)
        return malformed(r, r->next, "there is a second mem-info");
    r->has_mem_info = true;
    WP_TRY(read_u32(r, &memory_size));
    WP_TRY(read_alignment(r, &r->out->memory_align));
    WP_TRY(read_u32(r, &table_size));
    WP_TRY(read_alignment(r, &r->out->table_align));
    r->out->memory_size = memory_size;
    r->out->table_size = table_size;
    return WP_OK;
}

static wp_status read_needed(reader *r) { /* rules: load.malformed, load.needed */
    wp_dylink *out = r->out;
    uint32_t count;
    WP_TRY(read_u32(r, &count));
    for (uint32_t i = 0; i < count; i++) {
        wp_bytes name;
        WP_TRY(read_string(r, &name));
        if (!wp_grow(out->allocator, (void **)&out->needed, out->nneeded, &out->needed_capacity, sizeof name))
            return wp_fail_memory(r->diag);
        out->needed[out->nneeded++] = name;
    }
    return WP_OK;
}

static wp_status read_export_info(reader *r) { /* rules: load.malformed, load.symbols */
    wp_dylink *out = r->out;
    uint32_t count;
    WP_TRY(read_u32(r, &count));
    for (uint32_t i = 0; i < count; i++) {
        wp_dylink_symbol symbol = {.flags = 0};
        WP_TRY(read_string(r, &symbol.name));
        WP_TRY(read_u32(r, &symbol.flags));
        if (!wp_grow(out->allocator, (void **)&out->exports, out->nexports, &out->exports_capacity, sizeof symbol))
            return wp_fail_memory(r->diag);
        out->exports[out->nexports++] = symbol;
    }
    return WP_OK;
}

static wp_status read_import_info(reader *r) { /* rules: load.malformed, load.symbols */
    wp_dylink *out = r->out;
    uint32_t count;
    WP_TRY(read_u32(r, &count));
    for (uint32_t i = 0; i < count; i++) {
        wp_bytes module;
        wp_dylink_symbol symbol = {.flags = 0};
        WP_TRY(read_string(r, &module));
        WP_TRY(read_string(r, &symbol.name));
        WP_TRY(read_u32(r, &symbol.flags));
        /* wasm-ld names "env" for all imports, those from the GOT too. */
        wp_platform_module from = wp_platform_module_of(module);
        if (from != WP_FROM_env && from != WP_FROM_got_mem && from != WP_FROM_got_func)
            continue;
        if (!wp_grow(out->allocator, (void **)&out->imports, out->nimports, &out->imports_capacity, sizeof symbol))
            return wp_fail_memory(r->diag);
        out->imports[out->nimports++] = symbol;
    }
    return WP_OK;
}

/* Libraries are found through the dictionary alone (rule dict.missing), so the paths only have to be well-formed.
 * rule: load.malformed */
static wp_status read_runtime_path(reader *r) {
    uint32_t count;
    wp_bytes path;
    WP_TRY(read_u32(r, &count));
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(read_string(r, &path));
    return WP_OK;
}

static wp_status read_payload(reader *r, uint8_t kind) { /* rule: load.malformed */
    switch (kind) {
    case WP_DYLINK_MEM_INFO: return read_mem_info(r);
    case WP_DYLINK_NEEDED: return read_needed(r);
    case WP_DYLINK_EXPORT_INFO: return read_export_info(r);
    case WP_DYLINK_IMPORT_INFO: return read_import_info(r);
    case WP_DYLINK_RUNTIME_PATH: return read_runtime_path(r);
    default: r->next = r->end; return WP_OK;
    }
}

static wp_status read_subsection(reader *r) { /* rule: load.malformed */
    const uint8_t *start = r->next, *end = r->end;
    uint8_t kind = *r->next++;
    uint32_t size;
    WP_TRY(read_u32(r, &size));
    if (size > (size_t)(end - r->next))
        return malformed(r, start, "a subsection is longer than the section");
    r->end = r->next + size;
    WP_TRY(read_payload(r, kind));
    if (r->next != r->end)
        return malformed(r, r->next, "a subsection is longer than its contents");
    r->end = end;
    return WP_OK;
}

/* ---- The section --------------------------------------------------------------------------------------------- */

static void index_symbols(wp_index *index, wp_dylink_symbol *symbols, size_t count) { /* rule: load.symbols */
    for (size_t i = 0; i < count; i++) {
        wp_dylink_symbol *earlier = (wp_dylink_symbol *)wp_index_find(index, symbols[i].name);
        if (earlier != NULL)
            earlier->flags |= symbols[i].flags;
        else
            wp_index_insert(index, &symbols[i].link, symbols[i].name);
    }
}

static wp_status read_section(reader *r) {
    while (r->next != r->end)
        WP_TRY(read_subsection(r));
    index_symbols(&r->out->exports_by_name, r->out->exports, r->out->nexports);
    index_symbols(&r->out->imports_by_name, r->out->imports, r->out->nimports);
    return WP_OK;
}

wp_status wp_dylink_decode(const wp_module *module, unsigned pointer_bits, wp_dylink *out, wp_diag *diag) {
    *out = (wp_dylink){.allocator = &module->engine->allocator};
    wp_index_init(&out->exports_by_name, out->allocator);
    wp_index_init(&out->imports_by_name, out->allocator);
    for (uint32_t i = 0; i < module->ncustoms; i++) {
        const wp_custom *section = &module->customs[i];
        if (section->name.size != 8 || memcmp(section->name.data, "dylink.0", 8) != 0)
            continue;
        reader r = {.module = module,
                    .section = section,
                    .next = section->bytes.data,
                    .end = section->bytes.data + section->bytes.size,
                    .pointer_bits = pointer_bits,
                    .out = out,
                    .diag = diag};
        if (i != 0 || section->after != 0) /* rule: load.malformed */
            return malformed(&r, r.next, "it is not the first section");
        out->present = true;
        out->pos = section_pos(module, section);
        WP_TRY(read_section(&r));
    }
    return WP_OK;
}

void wp_dylink_release(wp_dylink *dylink) {
    const wp_allocator *a = dylink->allocator; /* NULL: there is nothing to free */
    wp_free(a, dylink->needed, dylink->needed_capacity, sizeof *dylink->needed);
    wp_free(a, dylink->exports, dylink->exports_capacity, sizeof *dylink->exports);
    wp_free(a, dylink->imports, dylink->imports_capacity, sizeof *dylink->imports);
    wp_index_release(&dylink->exports_by_name);
    wp_index_release(&dylink->imports_by_name);
    *dylink = (wp_dylink){.allocator = NULL};
}

static uint32_t flags_of(const wp_index *index, wp_bytes name) {
    const wp_dylink_symbol *symbol = (const wp_dylink_symbol *)wp_index_find(index, name);
    return symbol == NULL ? 0 : symbol->flags;
}

uint32_t wp_dylink_export_flags(const wp_dylink *dylink, wp_bytes name) {
    return flags_of(&dylink->exports_by_name, name);
}

uint32_t wp_dylink_import_flags(const wp_dylink *dylink, wp_bytes name) { /* rule: load.symbols */
    return flags_of(&dylink->imports_by_name, name);
}
