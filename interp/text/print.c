/* print.c: the text format of modules; see print.h (specification, "Text Format: Modules").
 *
 * Fields are in the order of the sections of the binary format. Custom sections are @custom annotations (dylink.0,
 * where it is first, is one of its own), which name the section that they come after: the last one there is, so that
 * the text stays as it is when the module goes through the binary format and back.
 */
#include "text/print.h"

#include "core/binary/binary.h"
#include "core/binary/encode.h"
#include "text/dylink.h"

#include <string.h>

/* ---- Parts of fields --------------------------------------------------------------------------------------- */

/* A new line, "(keyword (;index;)". */
static void print_head(wp_printer *p, const char *keyword, uint32_t index) {
    wp_print_line(p, 1);
    wp_print_text(p, "(");
    wp_print_text(p, keyword);
    wp_print_text(p, " (;");
    wp_print_u64(p, index);
    wp_print_text(p, ";)");
}

static void print_name(wp_printer *p, wp_bytes name) {
    wp_print_text(p, " ");
    wp_print_string(p, name.data, name.size);
}

/* Bytes as string literals, on lines of their own when they are many. */
static void print_data(wp_printer *p, wp_bytes bytes) {
    enum { LINE = 32 };
    if (bytes.size <= LINE) {
        print_name(p, bytes);
        return;
    }
    for (size_t at = 0; at < bytes.size; at += LINE) {
        wp_print_line(p, 2);
        wp_print_string(p, bytes.data + at, bytes.size - at < LINE ? bytes.size - at : LINE);
    }
}

static void print_offset(wp_printer *p, const wp_code *offset) {
    wp_print_text(p, " (offset");
    wp_print_expr(p, offset);
    wp_print_text(p, ")");
}

static void print_table_type(wp_printer *p, const wp_table_def *table) {
    wp_print_limits(p, &table->limits);
    wp_print_text(p, " ");
    wp_print_valtype(p, table->element);
}

static void print_global_type(wp_printer *p, const wp_global_def *global) {
    wp_print_text(p, global->is_mutable ? " (mut " : " ");
    wp_print_valtype(p, global->type);
    wp_print_text(p, global->is_mutable ? ")" : "");
}

static const char *const kind_names[] = {
    [WP_EXTERN_FUNC] = "func",     [WP_EXTERN_TABLE] = "table", [WP_EXTERN_MEMORY] = "memory",
    [WP_EXTERN_GLOBAL] = "global", [WP_EXTERN_TAG] = "tag",
};

/* ---- Fields ------------------------------------------------------------------------------------------------ */

static void print_types(wp_printer *p) {
    for (uint32_t i = 0; i < p->module->nrectypes; i++)
        wp_print_rectype(p, i);
}

static void print_import(wp_printer *p, const wp_import *import) {
    const wp_module *m = p->module;
    wp_print_line(p, 1);
    wp_print_text(p, "(import");
    print_name(p, import->module);
    print_name(p, import->name);
    wp_print_text(p, " (");
    wp_print_text(p, kind_names[import->kind]);
    wp_print_text(p, " (;");
    wp_print_u64(p, import->index);
    wp_print_text(p, ";)");
    switch (import->kind) {
    case WP_EXTERN_FUNC: wp_print_typeuse(p, m->funcs[import->index].type); break;
    case WP_EXTERN_TABLE: print_table_type(p, &m->tables[import->index]); break;
    case WP_EXTERN_MEMORY: wp_print_limits(p, &m->memories[import->index].limits); break;
    case WP_EXTERN_GLOBAL: print_global_type(p, &m->globals[import->index]); break;
    case WP_EXTERN_TAG: wp_print_typeuse(p, m->tags[import->index].type); break;
    }
    wp_print_text(p, "))");
}

static void print_imports(wp_printer *p) {
    for (uint32_t i = 0; i < p->module->nimports; i++)
        print_import(p, &p->module->imports[i]);
}

static void print_locals(wp_printer *p, const wp_func_def *func) {
    char type[64];
    if (func->nlocals == 0)
        return;
    wp_print_line(p, 2);
    wp_print_text(p, "(local");
    for (uint32_t i = 0; i < func->nruns; i++) {
        wp_valtype_print(func->runs[i].type, type, sizeof type);
        for (uint32_t k = 0; k < func->runs[i].count && !p->failed; k++) {
            wp_print_text(p, " ");
            wp_print_text(p, type);
        }
    }
    wp_print_text(p, ")");
}

static void print_funcs(wp_printer *p) {
    const wp_module *m = p->module;
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++) {
        print_head(p, "func", i);
        wp_print_typeuse(p, m->funcs[i].type);
        print_locals(p, &m->funcs[i]);
        wp_print_body(p, &m->funcs[i].code);
        wp_print_text(p, ")");
    }
}

static void print_tables(wp_printer *p) {
    const wp_module *m = p->module;
    for (uint32_t i = m->ntable_imports; i < m->ntables; i++) {
        print_head(p, "table", i);
        print_table_type(p, &m->tables[i]);
        wp_print_expr(p, &m->tables[i].init);
        wp_print_text(p, ")");
    }
}

static void print_memories(wp_printer *p) {
    const wp_module *m = p->module;
    for (uint32_t i = m->nmemory_imports; i < m->nmemories; i++) {
        print_head(p, "memory", i);
        wp_print_limits(p, &m->memories[i].limits);
        wp_print_text(p, ")");
    }
}

static void print_tags(wp_printer *p) {
    const wp_module *m = p->module;
    for (uint32_t i = m->ntag_imports; i < m->ntags; i++) {
        print_head(p, "tag", i);
        wp_print_typeuse(p, m->tags[i].type);
        wp_print_text(p, ")");
    }
}

static void print_globals(wp_printer *p) {
    const wp_module *m = p->module;
    for (uint32_t i = m->nglobal_imports; i < m->nglobals; i++) {
        print_head(p, "global", i);
        print_global_type(p, &m->globals[i]);
        wp_print_expr(p, &m->globals[i].init);
        wp_print_text(p, ")");
    }
}

static void print_exports(wp_printer *p) {
    for (uint32_t i = 0; i < p->module->nexports; i++) {
        const wp_export *export = &p->module->exports[i];
        wp_print_line(p, 1);
        wp_print_text(p, "(export");
        print_name(p, export->name);
        wp_print_text(p, " (");
        wp_print_text(p, kind_names[export->kind]);
        wp_print_index(p, export->index);
        wp_print_text(p, "))");
    }
}

static void print_start(wp_printer *p) {
    if (!p->module->has_start)
        return;
    wp_print_line(p, 1);
    wp_print_text(p, "(start");
    wp_print_index(p, p->module->start);
    wp_print_text(p, ")");
}

/* The function of element i, where the element is `ref.func`; false where it is another expression. */
static bool element_func(const wp_elem_def *elem, uint32_t i, uint32_t *func) {
    if ((elem->flags & 4) == 0) {
        *func = elem->funcs[i];
        return true;
    }
    const wp_code *code = &elem->exprs[i];
    *func = code->instrs[0].x;
    return code->ninstrs == 2 && code->instrs[0].op == WP_OP_ref_func;
}

/* The binary format has several forms of one and the same segment; the text has the shortest one that fits. */
static bool is_func_list(const wp_elem_def *elem) {
    uint32_t func;
    for (uint32_t i = 0; i < elem->count; i++)
        if (!element_func(elem, i, &func))
            return false;
    return elem->type == wp_ref_type(false, WP_HT_FUNC);
}

/* elemlist ::= 'func' funcidx* | reftype ('(' 'item' expr ')')* */
static void print_elem_list(wp_printer *p, const wp_elem_def *elem) {
    if (is_func_list(elem)) {
        uint32_t func = 0;
        wp_print_text(p, " func");
        for (uint32_t i = 0; i < elem->count && element_func(elem, i, &func); i++)
            wp_print_index(p, func);
        return;
    }
    wp_print_text(p, " ");
    wp_print_valtype(p, elem->type);
    for (uint32_t i = 0; i < elem->count; i++) {
        wp_print_text(p, " (item");
        wp_print_expr(p, &elem->exprs[i]);
        wp_print_text(p, ")");
    }
}

static void print_elems(wp_printer *p) {
    for (uint32_t i = 0; i < p->module->nelems; i++) {
        const wp_elem_def *elem = &p->module->elems[i];
        print_head(p, "elem", i);
        if (elem->mode == WP_SEG_DECLARATIVE)
            wp_print_text(p, " declare");
        if (elem->mode == WP_SEG_ACTIVE && elem->table != 0) {
            wp_print_text(p, " (table");
            wp_print_index(p, elem->table);
            wp_print_text(p, ")");
        }
        if (elem->mode == WP_SEG_ACTIVE)
            print_offset(p, &elem->offset);
        print_elem_list(p, elem);
        wp_print_text(p, ")");
    }
}

static void print_datas(wp_printer *p) {
    for (uint32_t i = 0; i < p->module->ndatas; i++) {
        const wp_data_def *data = &p->module->datas[i];
        print_head(p, "data", i);
        if (data->mode == WP_SEG_ACTIVE && data->memory != 0) {
            wp_print_text(p, " (memory");
            wp_print_index(p, data->memory);
            wp_print_text(p, ")");
        }
        if (data->mode == WP_SEG_ACTIVE)
            print_offset(p, &data->offset);
        print_data(p, data->bytes);
        wp_print_text(p, ")");
    }
}

/* ---- Custom sections --------------------------------------------------------------------------------------- */

static const char *const section_words[WP_SECTION_COUNT] = {
#define SECTION(id, NAME, name, word) [id] = (word),
#include "core/section.def"
};

/* What is written as an annotation of its own is the first section. */
static bool is_dylink(const wp_custom *custom) {
    return custom->after == 0 && custom->name.size == 8 && memcmp(custom->name.data, "dylink.0", 8) == 0;
}

/* The custom sections that the module keeps after section `after`; `last` is the last section there is before them. */
static void print_customs(wp_printer *p, uint8_t after, uint8_t last) {
    for (uint32_t i = 0; i < p->module->ncustoms; i++) {
        const wp_custom *custom = &p->module->customs[i];
        if (custom->after != after || (i == 0 && is_dylink(custom) && wp_print_dylink(p, custom->bytes)))
            continue;
        wp_print_line(p, 1);
        wp_print_text(p, "(@custom");
        print_name(p, custom->name);
        wp_print_text(p, last == WP_SECTION_CUSTOM ? " (before first" : " (after ");
        wp_print_text(p, last == WP_SECTION_CUSTOM ? "" : section_words[last]);
        wp_print_text(p, ")");
        print_data(p, custom->bytes);
        wp_print_text(p, ")");
    }
}

/* ---- Modules ----------------------------------------------------------------------------------------------- */

static void print_section(wp_printer *p, uint8_t id) {
    static void (*const fields[WP_SECTION_COUNT])(wp_printer * p) = {
        [WP_SECTION_TYPE] = print_types,     [WP_SECTION_IMPORT] = print_imports,  [WP_SECTION_FUNCTION] = print_funcs,
        [WP_SECTION_TABLE] = print_tables,   [WP_SECTION_MEMORY] = print_memories, [WP_SECTION_GLOBAL] = print_globals,
        [WP_SECTION_EXPORT] = print_exports, [WP_SECTION_START] = print_start,     [WP_SECTION_ELEMENT] = print_elems,
        [WP_SECTION_DATA] = print_datas,     [WP_SECTION_TAG] = print_tags,
    };
    if (fields[id] != NULL)
        fields[id](p);
}

/* Identifier characters stand for themselves; with others, or none, the identifier is a quoted name. */
static void print_id(wp_printer *p, const char *id) {
    size_t size = strlen(id), plain = 0;
    for (; plain < size; plain++)
        if (id[plain] <= ' ' || id[plain] >= 0x7F || strchr("\",;()[]{}", id[plain]) != NULL)
            break;
    wp_print_text(p, " $");
    if (size != 0 && plain == size)
        wp_print_text(p, id);
    else
        wp_print_string(p, (const uint8_t *)id, size);
}

/* A data count section that no instruction needs is not in the text. */
static bool has_section(const wp_module *m, uint8_t id) {
    return id == WP_SECTION_DATA_COUNT ? wp_encode_uses_data(m) : wp_encode_has_section(m, id);
}

static void print_module(wp_printer *p) {
    const wp_module *m = p->module;
    uint8_t last = WP_SECTION_CUSTOM;
    wp_print_text(p, "(module");
    if (m->id != NULL)
        print_id(p, m->id);
    print_customs(p, WP_SECTION_CUSTOM, last);
    for (size_t i = 0; i < WP_PLACES; i++) {
        uint8_t id = wp_sections[i].id;
        print_section(p, id);
        if (m->ncustoms == 0)
            continue;
        if (has_section(m, id))
            last = id;
        print_customs(p, id, last);
    }
    wp_print_text(p, ")\n");
}

/* Locals have no short form: a binary module of a few bytes can claim any number of them, of which a text would take
 * several bytes each. */
static wp_status check_locals(const wp_module *m, wp_diag *diag) {
    uint64_t limit = m->engine->limits[WP_LIMIT_locals], total = 0;
    uint64_t most = m->source_kind == WP_SOURCE_BINARY ? limit + 64 * (uint64_t)m->source.size : UINT64_MAX;
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++) {
        total += m->funcs[i].nlocals;
        if (m->funcs[i].nlocals > limit)
            return wp_module_fail(m, diag, WP_EXHAUSTION, m->funcs[i].pos, "too many locals (limit %llu)",
                                  (unsigned long long)limit);
        if (total > most)
            return wp_module_fail(m, diag, WP_EXHAUSTION, m->funcs[i].pos,
                                  "too many locals to print (limit %llu for this module)", (unsigned long long)most);
    }
    return WP_OK;
}

/* A table without an initialiser and one with an empty initialiser would look alike; the latter is never valid. */
static wp_status check_printable(const wp_module *m, wp_diag *diag) {
    for (uint32_t i = m->ntable_imports; i < m->ntables; i++)
        if (m->tables[i].has_init && m->tables[i].init.ninstrs <= 1)
            return wp_module_fail(m, diag, WP_INVALID, m->tables[i].pos,
                                  "type mismatch: an empty table initialiser has no text form");
    return check_locals(m, diag);
}

wp_status wp_module_print(const wp_module *module, char **text, size_t *size, wp_diag *diag) {
    static const char nul = '\0';
    wp_printer p = {.module = module, .allocator = &module->engine->allocator};
    WP_TRY(check_printable(module, diag));
    print_module(&p);
    wp_print_bytes(&p, &nul, 1);
    /* The caller frees the buffer by its size, so it gets no room to spare. */
    char *fit = p.failed ? NULL : wp_resize(p.allocator, p.text, p.capacity, p.size, 1);
    if (fit == NULL) {
        wp_free(p.allocator, p.text, p.capacity, 1);
        return wp_fail_memory(diag);
    }
    *text = fit;
    *size = p.size - 1;
    return WP_OK;
}
