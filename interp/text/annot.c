/* annot.c: the annotations @custom, @name and @metadata.code.branch_hint; see annot.h. */
#include "text/annot.h"

#include "base/utf8.h"
#include "core/binary/encode.h"

/* The place after the last section. */
enum { AT_END = 2 * WP_PLACES - 1 };

/* ---- Parts ------------------------------------------------------------------------------------------------- */

wp_status wp_annot_take(wp_annot *a) {
    const wp_parser *p = a->p;
    WP_TRY(wp_lex(p->text, true, &a->next, p->build.diag));
    while (a->next.kind == WP_LEX_ANNOT) {
        WP_TRY(wp_lex_annotation(p->text, &a->next, p->build.diag));
        WP_TRY(wp_lex(p->text, true, &a->next, p->build.diag));
    }
    return a->next.kind == WP_LEX_EOF ? wp_parse_fail(p, a->pos, "unclosed annotation") : WP_OK;
}

wp_status wp_annot_fail(const wp_annot *a, const char *problem) {
    return wp_parse_fail(a->p, a->next.pos, "%s annotation: %s", a->name, problem);
}

wp_status wp_annot_check_close(const wp_annot *a) {
    return a->next.kind == WP_LEX_RPAR ? WP_OK : wp_annot_fail(a, "unexpected token");
}

wp_status wp_annot_utf8(wp_annot *a, const char *otherwise, wp_bytes *out) {
    if (a->next.kind != WP_LEX_STRING)
        return wp_annot_fail(a, otherwise);
    WP_TRY(wp_parse_string(a->p, &a->next, out));
    return wp_utf8_valid(out->data, out->size) ? wp_annot_take(a) : wp_annot_fail(a, "malformed UTF-8 encoding");
}

/* string* ')': the bytes of the strings, in p->bytes. */
static wp_status annot_strings(wp_annot *a) {
    for (a->p->bytes.size = 0; a->next.kind == WP_LEX_STRING;) {
        wp_parse_append(a->p, &a->next);
        WP_TRY(wp_annot_take(a));
    }
    WP_TRY(wp_annot_check_close(a));
    return a->p->bytes.failed ? wp_fail_memory(a->p->build.diag) : WP_OK;
}

wp_status wp_annot_section(wp_parser *p, wp_bytes name, uint8_t place, uint32_t pos) {
    const wp_output *o = &p->bytes;
    wp_custom custom = {.name = name, .pos = pos};
    custom.bytes = (wp_bytes){wp_arena_copy(&p->build.module->arena, o->bytes, o->size), o->size};
    if (o->failed || custom.bytes.data == NULL)
        return wp_fail_memory(p->build.diag);
    custom.after = place == 0 ? (uint8_t)WP_SECTION_CUSTOM : wp_sections[(place + 1) / 2 - 1].id;
    WP_TRY(WP_PARSE_GROW(p, customs));
    p->customs[p->ncustoms++] = (wp_placed_custom){custom, place};
    return WP_OK;
}

/* ---- @custom ----------------------------------------------------------------------------------------------- */

/* place ::= '(' ('before' | 'after') section ')' */
static wp_status annot_place(wp_annot *a, uint8_t *out) {
    WP_TRY(wp_annot_take(a));
    bool after = wp_is_word(&a->next, "after");
    if (!after && !wp_is_word(&a->next, "before"))
        return wp_annot_fail(a, "malformed placement");
    WP_TRY(wp_annot_take(a));
    uint8_t place = 0;
    while (place < WP_PLACES && !wp_is_word(&a->next, wp_sections[place].word))
        place++;
    if (wp_is_word(&a->next, "first"))
        place = 0;
    else if (wp_is_word(&a->next, "last"))
        place = WP_PLACES - 1;
    else if (place == WP_PLACES)
        return wp_annot_fail(a, "malformed section kind");
    *out = (uint8_t)(2 * place + (after ? 1 : 0));
    WP_TRY(wp_annot_take(a));
    WP_TRY(wp_annot_check_close(a));
    return wp_annot_take(a);
}

wp_status wp_annot_custom(wp_parser *p, const wp_lexeme *start) {
    wp_annot a = {.p = p, .name = "@custom", .pos = start->pos};
    wp_bytes name;
    uint8_t place = AT_END;
    if (!p->between_fields)
        return wp_parse_fail(p, start->pos, "misplaced @custom annotation");
    WP_TRY(wp_annot_take(&a));
    WP_TRY(wp_annot_utf8(&a, "missing section name", &name));
    if (a.next.kind == WP_LEX_LPAR)
        WP_TRY(annot_place(&a, &place));
    WP_TRY(annot_strings(&a));
    return wp_annot_section(p, name, place, start->pos);
}

/* ---- @name ------------------------------------------------------------------------------------------------- */

wp_status wp_annot_name(wp_parser *p, const wp_lexeme *start) {
    static const char *const kinds[] = {
        [WP_NAME_MODULE] = "module", [WP_NAME_FUNC] = "function", [WP_NAME_LOCAL] = "local",
        [WP_NAME_TYPE] = "type",     [WP_NAME_FIELD] = "field",   [WP_NAME_TAG] = "tag",
    };
    wp_annot a = {.p = p, .name = "@name", .pos = start->pos};
    wp_name name = p->named;
    if (name.kind == WP_NAME_NONE)
        return wp_parse_fail(p, start->pos, "misplaced @name annotation");
    WP_TRY(wp_annot_take(&a));
    WP_TRY(wp_annot_utf8(&a, "string expected", &name.name));
    WP_TRY(wp_annot_check_close(&a));
    const wp_name *last = p->nnames == 0 ? NULL : &p->names[p->nnames - 1];
    if (last != NULL && last->kind == name.kind && last->outer == name.outer && last->index == name.index)
        return wp_parse_fail(p, start->pos, "@name annotation: multiple %s names", kinds[name.kind]);
    WP_TRY(WP_PARSE_GROW(p, names));
    p->names[p->nnames++] = name;
    return WP_OK;
}

static wp_status annot_finish_names(wp_parser *p) {
    p->bytes.size = 0;
    wp_names_encode(&p->bytes, p->names, p->nnames);
    return wp_annot_section(p, wp_bytes_of("name"), AT_END, p->build.module->lines[0]);
}

/* ---- @metadata.code.branch_hint ---------------------------------------------------------------------------- */

wp_status wp_annot_hint(wp_parser *p, const wp_lexeme *start) {
    wp_annot a = {.p = p, .name = "@" WP_ANNOT_BRANCH_HINT, .pos = start->pos, .next = *start};
    if (!p->in_func)
        return wp_annot_fail(&a, "not in a function");
    if (p->hint != WP_HINT_NONE)
        return wp_annot_fail(&a, "duplicate annotation");
    WP_TRY(wp_annot_take(&a));
    WP_TRY(annot_strings(&a));
    if (p->bytes.size != 1 || p->bytes.bytes[0] > 1)
        return wp_parse_fail(p, start->pos, "@" WP_ANNOT_BRANCH_HINT " annotation: invalid hint value");
    p->hint = p->bytes.bytes[0] == 1 ? WP_HINT_LIKELY : WP_HINT_UNLIKELY;
    return WP_OK;
}

/* The hints of one function, from hints[*at] on: its index, and a list of offset, size 1, value. */
static wp_status annot_put_hints(wp_parser *p, size_t *at) {
    wp_output *o = &p->bytes;
    uint32_t index = p->hints[*at].func, count = 0;
    const wp_func_def *func = &p->build.module->funcs[index];
    uint32_t *offsets = wp_alloc(p->build.allocator, func->code.ninstrs, sizeof *offsets);
    if (offsets == NULL)
        return wp_fail_memory(p->build.diag);
    wp_status status = wp_encode_offsets(p->build.module, func, offsets, p->build.diag);
    wp_encode_unsigned(o, index);
    size_t start = o->size;
    for (; *at < p->nhints && p->hints[*at].func == index && status == WP_OK; ++*at, count++) {
        wp_encode_unsigned(o, offsets[p->hints[*at].instr]);
        wp_encode_unsigned(o, 1);
        wp_output_byte(o, p->hints[*at].likely);
    }
    wp_encode_before(o, start, count);
    wp_free(p->build.allocator, offsets, func->code.ninstrs, sizeof *offsets);
    return status;
}

static wp_status annot_finish_hints(wp_parser *p) {
    uint32_t funcs = 0;
    p->bytes.size = 0;
    for (size_t at = 0; at < p->nhints; funcs++)
        WP_TRY(annot_put_hints(p, &at));
    wp_encode_before(&p->bytes, 0, funcs);
    return wp_annot_section(p, wp_bytes_of(WP_ANNOT_BRANCH_HINT), 2 * WP_PLACE_CODE, p->build.module->lines[0]);
}

/* ---- All of them ------------------------------------------------------------------------------------------- */

wp_status wp_annot_finish(wp_parser *p) {
    wp_custom *custom = NULL;
    if (p->nhints != 0)
        WP_TRY(annot_finish_hints(p));
    if (p->nnames != 0)
        WP_TRY(annot_finish_names(p));
    for (uint8_t place = 0; place <= AT_END && p->build.module->ncustoms < p->ncustoms; place++)
        for (size_t i = 0; i < p->ncustoms; i++)
            if (p->customs[i].place == place) {
                WP_TRY(wp_build_custom(&p->build, p->customs[i].custom.pos, &custom));
                *custom = p->customs[i].custom;
            }
    return WP_OK;
}
