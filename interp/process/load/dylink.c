/* dylink.c: decoding dylink.0 and dylink sections; see dylink.h.
 *
 * Errors name an offset: in a binary module, or else in the section, whose position in the text is that of its
 * annotation. Subsections of unknown kinds are skipped, unknown flags have no meaning.
 */
#include "process/load/dylink.h"

#include "base/leb128.h"
#include "base/utf8.h"
#include "process/load/platform_names.h"

typedef struct reader {
    const wp_module *module;
    const wp_custom *section;
    const uint8_t *next;
    const uint8_t *end; /* of the subsection that is read, or of the section */
    unsigned pointer_bits;
    bool has_mem_info;
    wp_dylink *out;
    wp_dylink_name **last_needed; /* where the next entry is linked */
    wp_diag *diag;
} reader;

/* ---- Errors -------------------------------------------------------------------------------------------------- */

static uint32_t section_pos(const wp_module *module, const wp_custom *section) {
    bool is_text = module->source_kind == WP_SOURCE_TEXT;
    return is_text ? section->pos : (uint32_t)(section->bytes.data - module->source.data);
}

static wp_status malformed(const reader *r, const uint8_t *at, const char *what) {
    const wp_module *m = r->module;
    RULE(m->engine, load_malformed);
    uint32_t offset = (uint32_t)(at - r->section->bytes.data);
    if (m->source_kind == WP_SOURCE_TEXT)
        return wp_module_fail(m, r->diag, WP_UNLOADABLE, r->section->pos,
                              "malformed %.*s: %s, at byte %u of the section", WP_PRINT_BYTES(r->section->name), what,
                              offset);
    offset += section_pos(m, r->section); /* rule: load.malformed */
    return wp_module_fail(m, r->diag, WP_UNLOADABLE, offset, "malformed %.*s: %s, at byte %u of the module",
                          WP_PRINT_BYTES(r->section->name), what, offset); /* rule: load.malformed */
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* A varuint32. rule: load.malformed */
static wp_status read_u32(reader *r, uint32_t *out) {
    const uint8_t *start = r->next;
    uint64_t value = 0;
    wp_leb128_result result = wp_leb128_read(&r->next, r->end, 32, false, &value);
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
    uint32_t count;
    WP_TRY(read_u32(r, &count));
    for (uint32_t i = 0; i < count; i++) {
        wp_bytes name;
        WP_TRY(read_string(r, &name));
        wp_dylink_name *needed = wp_arena_alloc(&r->out->arena, 1, sizeof *needed);
        if (needed == NULL)
            return wp_fail_memory(r->diag);
        needed->name = name;
        *r->last_needed = needed;
        r->last_needed = &needed->next;
    }
    return WP_OK;
}

/* Adds a symbol, or flags to one of the same name. */
static wp_status add_symbol(reader *r, uint8_t kind, wp_bytes name, uint32_t flags) { /* rule: load.symbols */
    wp_index *index = &r->out->symbols;
    wp_dylink_symbol *symbol = (wp_dylink_symbol *)wp_index_find_in(index, kind, name);
    if (symbol == NULL) {
        symbol = wp_arena_alloc(&r->out->arena, 1, sizeof *symbol);
        if (symbol == NULL)
            return wp_fail_memory(r->diag);
        wp_index_insert_in(index, &symbol->link, kind, name);
    }
    symbol->flags |= flags;
    return WP_OK;
}

/* True for the modules whose imports are symbols. wasm-ld names "env" for all of them, those from the GOT too. */
static bool has_symbols(wp_bytes module) { /* rule: load.symbols */
    wp_platform_module from = wp_platform_module_of(module);
    return from == WP_FROM_env || from == WP_FROM_got_mem || from == WP_FROM_got_func;
}

static wp_status read_symbols(reader *r, uint8_t kind) { /* rules: load.malformed, load.symbols */
    uint32_t count, flags;
    WP_TRY(read_u32(r, &count));
    for (uint32_t i = 0; i < count; i++) {
        wp_bytes module, name;
        if (kind == WP_DYLINK_IMPORT_INFO)
            WP_TRY(read_string(r, &module));
        WP_TRY(read_string(r, &name));
        WP_TRY(read_u32(r, &flags));
        if (kind == WP_DYLINK_EXPORT_INFO || has_symbols(module))
            WP_TRY(add_symbol(r, kind, name, flags));
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
    case WP_DYLINK_EXPORT_INFO:
    case WP_DYLINK_IMPORT_INFO: return read_symbols(r, kind);
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

static wp_status read_subsections(reader *r) {
    while (r->next != r->end)
        WP_TRY(read_subsection(r));
    return WP_OK;
}

/* The section dylink: the contents of mem-info and needed. */
static wp_status read_older(reader *r) { /* rule: load.malformed */
    WP_TRY(read_mem_info(r));
    WP_TRY(read_needed(r));
    return r->next == r->end ? WP_OK : malformed(r, r->next, "the section is longer than its contents");
}

/* The last section of a name; NULL if absent. */
static const wp_custom *last_section(const wp_module *module, const char *name) { /* rule: load.malformed */
    for (uint32_t i = module->ncustoms; i-- > 0;)
        if (wp_bytes_equal(module->customs[i].name, wp_bytes_of(name)))
            return &module->customs[i];
    return NULL;
}

wp_status wp_dylink_decode(const wp_module *module, unsigned pointer_bits, wp_dylink *out, wp_diag *diag) {
    *out = (wp_dylink){.present = false};
    wp_arena_init(&out->arena, &module->engine->allocator);
    wp_index_init(&out->symbols, &module->engine->allocator);
    /* rule: load.malformed */
    const wp_custom *first = module->ncustoms != 0 && module->customs[0].after == 0 ? module->customs : NULL;
    const wp_custom *section = last_section(module, "dylink.0");
    bool is_older = section == NULL; /* rule: load.malformed */
    if (!is_older && last_section(module, "dylink") != NULL) {
        RULE(module->engine, load_malformed);
        return wp_fail(diag, WP_UNLOADABLE, "malformed library: it has sections dylink.0 and dylink");
    }
    /* In any other place the older section has no meaning. rule: load.malformed */
    if (first != NULL && wp_bytes_equal(first->name, wp_bytes_of("dylink")))
        section = first;
    if (section == NULL)
        return WP_OK;
    reader r = {.module = module,
                .section = section,
                .next = section->bytes.data,
                .end = section->bytes.data + section->bytes.size,
                .pointer_bits = pointer_bits,
                .out = out,
                .last_needed = &out->needed,
                .diag = diag};
    if (section != first) /* rule: load.malformed */
        return malformed(&r, r.next, "it is not the first section");
    out->present = true;
    out->pos = section_pos(module, section);
    return is_older ? read_older(&r) : read_subsections(&r);
}

void wp_dylink_release(wp_dylink *dylink) {
    wp_index_release(&dylink->symbols);
    wp_arena_release(&dylink->arena);
    *dylink = (wp_dylink){.present = false};
}

/* rule: load.symbols */
uint32_t wp_dylink_flags(const wp_dylink *dylink, uint8_t kind, wp_bytes name) {
    const wp_dylink_symbol *symbol = (const wp_dylink_symbol *)wp_index_find_in(&dylink->symbols, kind, name);
    return symbol == NULL ? 0 : symbol->flags;
}
