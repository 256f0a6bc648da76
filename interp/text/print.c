/* print.c: the text format of modules; see print.h (specification, "Text Format: Modules").
 *
 * Fields have the order of the sections of the binary format. Custom sections are @custom annotations (dylink.0, where
 * it is first, has one of its own), each placed after the last existing section before it: the text stays the same when
 * the module goes through the binary format and back.
 */
#include "text/print.h"

#include "core/binary/encode.h"
/* ---- Parts of fields --------------------------------------------------------------------------------------- */

/* Bytes as string literals, on lines of their own when they are many. */
static void print_bytes(wp_printer *p, wp_bytes bytes) {
    enum { LINE = 32 };
    if (bytes.size <= LINE) {
        wp_print_name(p, bytes);
        return;
    }
    for (size_t at = 0; at < bytes.size; at += LINE) {
        wp_print_line(p, 2);
        wp_print_string(p, bytes.data + at, bytes.size - at < LINE ? bytes.size - at : LINE);
    }
}

/* The target of an active segment: (keyword x), unless x is 0, and the offset. */
static void print_target(wp_printer *p, const char *keyword, uint32_t index, const wp_code *offset) {
    if (index != 0)
        wp_print_format(p, " (%s %u)", keyword, index);
    wp_print_text(p, " (offset");
    wp_print_expr(p, offset);
    wp_print_text(p, ")");
}

static const char *const kind_names[] = {
    [WP_EXTERN_FUNC] = "func",     [WP_EXTERN_TABLE] = "table", [WP_EXTERN_MEMORY] = "memory",
    [WP_EXTERN_GLOBAL] = "global", [WP_EXTERN_TAG] = "tag",
};

/* "(kind (;index;) type", of an import or a definition. */
static void print_typed(wp_printer *p, wp_extern_kind kind, uint32_t index) {
    const wp_module *m = p->module;
    wp_print_format(p, "(%s (;%u;)", kind_names[kind], index);
    switch (kind) {
    case WP_EXTERN_FUNC: wp_print_typeuse(p, m->funcs[index].type); break;
    case WP_EXTERN_TABLE:
        wp_print_limits(p, &m->tables[index].limits);
        wp_print_text(p, " ");
        wp_print_valtype(p, m->tables[index].element);
        break;
    case WP_EXTERN_MEMORY: wp_print_limits(p, &m->memories[index].limits); break;
    case WP_EXTERN_GLOBAL:
        wp_print_text(p, " ");
        wp_print_mutable(p, m->globals[index].type, m->globals[index].is_mutable);
        break;
    case WP_EXTERN_TAG: wp_print_typeuse(p, m->tags[index].type); break;
    }
}

/* ---- Fields ------------------------------------------------------------------------------------------------ */

static void print_import(wp_printer *p, uint32_t i) {
    const wp_import *import = &p->module->imports[i];
    wp_print_line(p, 1);
    wp_print_text(p, "(import");
    wp_print_name(p, import->module);
    wp_print_name(p, import->name);
    wp_print_text(p, " ");
    print_typed(p, import->kind, import->index);
    wp_print_text(p, "))");
}

static void print_locals(wp_printer *p, const wp_func_def *func) {
    char type[64];
    if (func->nlocals == 0)
        return;
    wp_print_line(p, 2);
    wp_print_text(p, "(local");
    for (uint32_t i = 0; i < func->nruns; i++) {
        wp_valtype_print(func->runs[i].type, type, sizeof type);
        for (uint32_t k = 0; k < func->runs[i].count && !p->out.failed; k++)
            wp_print_format(p, " %s", type);
    }
    wp_print_text(p, ")");
}

/* The definition of an external kind. */
static void print_definition(wp_printer *p, wp_extern_kind kind, uint32_t i) {
    const wp_module *m = p->module;
    wp_print_line(p, 1);
    print_typed(p, kind, i);
    if (kind == WP_EXTERN_FUNC) {
        print_locals(p, &m->funcs[i]);
        wp_print_body(p, &m->funcs[i].code);
    }
    if (kind == WP_EXTERN_TABLE || kind == WP_EXTERN_GLOBAL)
        wp_print_expr(p, kind == WP_EXTERN_TABLE ? &m->tables[i].init : &m->globals[i].init);
    wp_print_text(p, ")");
}

static void print_export(wp_printer *p, uint32_t i) {
    const wp_export *export = &p->module->exports[i];
    wp_print_line(p, 1);
    wp_print_text(p, "(export");
    wp_print_name(p, export->name);
    wp_print_format(p, " (%s %u))", kind_names[export->kind], export->index);
}

/* The function of element i, where the element is `ref.func`; false where it is another expression. */
static bool print_is_func(const wp_elem_def *elem, uint32_t i, uint32_t *func) {
    if ((elem->flags & 4) == 0) {
        *func = elem->funcs[i];
        return true;
    }
    const wp_code *code = &elem->exprs[i];
    *func = code->instrs[0].x;
    return code->ninstrs == 2 && code->instrs[0].op == WP_OP_ref_func;
}

/* A segment has several binary forms; its text is the shortest that fits. */
static bool print_is_func_list(const wp_elem_def *elem) {
    uint32_t func;
    for (uint32_t i = 0; i < elem->count; i++)
        if (!print_is_func(elem, i, &func))
            return false;
    return elem->type == wp_ref_type(false, WP_HT_FUNC);
}

/* elemlist ::= 'func' funcidx* | reftype ('(' 'item' expr ')')* */
static void print_elem_list(wp_printer *p, const wp_elem_def *elem) {
    if (print_is_func_list(elem)) {
        uint32_t func = 0;
        wp_print_text(p, " func");
        for (uint32_t i = 0; i < elem->count && print_is_func(elem, i, &func); i++)
            wp_print_format(p, " %u", func);
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

static void print_elem(wp_printer *p, uint32_t i) {
    const wp_elem_def *elem = &p->module->elems[i];
    wp_print_line(p, 1);
    wp_print_format(p, "(elem (;%u;)", i);
    if (elem->mode == WP_SEG_DECLARATIVE)
        wp_print_text(p, " declare");
    if (elem->mode == WP_SEG_ACTIVE)
        print_target(p, "table", elem->table, &elem->offset);
    print_elem_list(p, elem);
    wp_print_text(p, ")");
}

static void print_data(wp_printer *p, uint32_t i) {
    const wp_data_def *data = &p->module->datas[i];
    wp_print_line(p, 1);
    wp_print_format(p, "(data (;%u;)", i);
    if (data->mode == WP_SEG_ACTIVE)
        print_target(p, "memory", data->memory, &data->offset);
    print_bytes(p, data->bytes);
    wp_print_text(p, ")");
}

/* ---- Custom sections --------------------------------------------------------------------------------------- */

static bool print_is_dylink(const wp_custom *custom) {
    return custom->after == 0 && wp_bytes_equal(custom->name, wp_bytes_of("dylink.0"));
}

/* The custom sections that the module keeps after section `after`. They are placed after section `last`; null: before
 * the first. */
static void print_customs(wp_printer *p, uint8_t after, const wp_section *last) {
    for (uint32_t i = 0; i < p->module->ncustoms; i++) {
        const wp_custom *custom = &p->module->customs[i];
        if (custom->after != after || (i == 0 && print_is_dylink(custom) && wp_print_dylink(p, custom->bytes)))
            continue;
        wp_print_line(p, 1);
        wp_print_text(p, "(@custom");
        wp_print_name(p, custom->name);
        wp_print_format(p, last == NULL ? " (before first)" : " (after %s)", last == NULL ? "" : last->word);
        print_bytes(p, custom->bytes);
        wp_print_text(p, ")");
    }
}

/* ---- Modules ----------------------------------------------------------------------------------------------- */

/* Identifier characters stand for themselves; with others, or without any, the identifier is a quoted name. */
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

/* Field i of a section. Functions have one field for two sections. */
static void print_field(wp_printer *p, uint8_t section, uint32_t i) {
    switch (section) {
    case WP_SECTION_TYPE: wp_print_rectype(p, i); break;
    case WP_SECTION_IMPORT: print_import(p, i); break;
    case WP_SECTION_FUNCTION: print_definition(p, WP_EXTERN_FUNC, i); break;
    case WP_SECTION_TABLE: print_definition(p, WP_EXTERN_TABLE, i); break;
    case WP_SECTION_MEMORY: print_definition(p, WP_EXTERN_MEMORY, i); break;
    case WP_SECTION_TAG: print_definition(p, WP_EXTERN_TAG, i); break;
    case WP_SECTION_GLOBAL: print_definition(p, WP_EXTERN_GLOBAL, i); break;
    case WP_SECTION_EXPORT: print_export(p, i); break;
    case WP_SECTION_START:
        wp_print_line(p, 1);
        wp_print_format(p, "(start %u)", p->module->start);
        break;
    case WP_SECTION_ELEMENT: print_elem(p, i); break;
    case WP_SECTION_DATA: print_data(p, i); break;
    default: break;
    }
}

/* A data count section that no instruction needs is not in the text. */
static bool print_has_section(const wp_module *m, uint8_t id) {
    wp_elements range = wp_section_range(m, id);
    return id == WP_SECTION_DATA_COUNT ? wp_encode_uses_data(m) : range.first != range.end;
}

static void print_module(wp_printer *p) {
    const wp_module *m = p->module;
    const wp_section *last = NULL;
    wp_print_text(p, "(module");
    if (m->id != NULL)
        print_id(p, m->id);
    print_customs(p, WP_SECTION_CUSTOM, last);
    for (size_t i = 0; i < WP_PLACES; i++) {
        uint8_t id = wp_sections[i].id;
        wp_elements range = wp_section_range(m, id);
        for (uint32_t k = range.first; k < range.end; k++)
            print_field(p, id, k);
        if (m->ncustoms == 0)
            continue;
        if (print_has_section(m, id))
            last = &wp_sections[i];
        print_customs(p, id, last);
    }
    wp_print_text(p, ")\n");
}

/* Locals have no short form: a binary module of a few bytes can claim any number of them, of which a text would take
 * several bytes each. */
static wp_status print_check_locals(const wp_module *m, wp_diag *diag) {
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
static wp_status print_check(const wp_module *m, wp_diag *diag) {
    for (uint32_t i = m->ntable_imports; i < m->ntables; i++)
        if (m->tables[i].has_init && m->tables[i].init.ninstrs <= 1)
            return wp_module_fail(m, diag, WP_INVALID, m->tables[i].pos,
                                  "type mismatch: an empty table initialiser has no text form");
    return print_check_locals(m, diag);
}

wp_status wp_module_print(const wp_module *module, char **text, size_t *size, wp_diag *diag) {
    wp_printer p = {.module = module, .out.allocator = &module->engine->allocator};
    uint8_t *bytes = NULL;
    WP_TRY(print_check(module, diag));
    print_module(&p);
    wp_output_byte(&p.out, '\0');
    if (!wp_output_finish(&p.out, &bytes, size))
        return wp_fail_memory(diag);
    *text = (char *)bytes;
    --*size;
    return WP_OK;
}
