/* annot.c: annotations that mean something; see parser.h (specification, appendix "Custom Sections and Annotations").
 *
 * Interface:
 * - wp_parse_annotation: @custom is a custom section, @name gives a name, @metadata.code.branch_hint says which way a
 *   branch goes, @dylink.0 (dylink.c) is the section of that name. All others are checked for their tokens and ignored.
 * - wp_parse_finish_annotations: names and branch hints become the custom sections that say the same in a binary
 * module.
 *
 * Texts of errors begin with the annotation's name, as those of the official test suite do.
 */
#include "core/binary/binary.h"
#include "base/leb128.h"
#include "base/utf8.h"
#include "core/binary/decode.h"
#include "core/binary/encode.h"
#include "text/annot.h"

#define BRANCH_HINT "metadata.code.branch_hint"

enum { LAST = WP_PLACES - 1 };

/* ---- Bytes of a section ------------------------------------------------------------------------------------ */

wp_status wp_annot_bytes(wp_parser *p, const uint8_t *bytes, size_t size) {
    if (p->bytes_capacity - p->nbytes < size) {
        size_t wanted = p->bytes_capacity * 2 + size;
        uint8_t *bigger = wp_resize(p->allocator, p->bytes, p->bytes_capacity, wanted, 1);
        if (bigger == NULL)
            return wp_fail_memory(p->diag);
        p->bytes = bigger;
        p->bytes_capacity = wanted;
    }
    if (size != 0)
        memcpy(p->bytes + p->nbytes, bytes, size);
    p->nbytes += size;
    return WP_OK;
}

wp_status wp_annot_u32(wp_parser *p, uint32_t n) {
    uint8_t bytes[WP_LEB128_MAX];
    return wp_annot_bytes(p, bytes, wp_leb128_put_unsigned(bytes, n));
}

wp_status wp_annot_string(wp_parser *p, wp_bytes string) {
    WP_TRY(wp_annot_u32(p, (uint32_t)string.size));
    return wp_annot_bytes(p, string.data, string.size);
}

wp_status wp_annot_u32_before(wp_parser *p, size_t start, uint32_t n) {
    uint8_t bytes[WP_LEB128_MAX];
    size_t size = p->nbytes - start, length = wp_leb128_put_unsigned(bytes, n);
    WP_TRY(wp_annot_bytes(p, bytes, length)); /* for the room */
    memmove(p->bytes + start + length, p->bytes + start, size);
    memcpy(p->bytes + start, bytes, length);
    return WP_OK;
}

wp_status wp_annot_size_before(wp_parser *p, size_t start) {
    return wp_annot_u32_before(p, start, (uint32_t)(p->nbytes - start));
}

wp_status wp_annot_custom(wp_parser *p, wp_bytes name, uint8_t place, uint32_t pos) {
    WP_TRY(WP_SCRATCH(p, customs, ncustoms));
    const uint8_t *bytes = wp_arena_copy(&p->module->arena, p->bytes, p->nbytes);
    if (bytes == NULL)
        return wp_fail_memory(p->diag);
    wp_custom custom = {.name = name, .bytes = {bytes, p->nbytes}, .pos = pos};
    custom.after = place % 2 != 0  ? wp_sections[place / 2].id
                   : place / 2 > 0 ? wp_sections[place / 2 - 1].id
                                   : (uint8_t)WP_SECTION_CUSTOM;
    p->customs[p->ncustoms++] = (wp_placed_custom){custom, place};
    return WP_OK;
}

/* ---- Tokens of an annotation ------------------------------------------------------------------------------- */

wp_status wp_annot_fail(wp_parser *p, uint32_t pos, const char *message) {
    return wp_text_fail(p->text, p->diag, WP_MALFORMED, pos, "%s", message);
}

wp_status wp_annot_next(wp_parser *p, const wp_lexeme *start, wp_lexeme *out) {
    WP_TRY(wp_lex(p->text, true, out, p->diag));
    while (out->kind == WP_LEX_ANNOT) {
        WP_TRY(wp_lex_annotation(p->text, out, p->diag));
        WP_TRY(wp_lex(p->text, true, out, p->diag));
    }
    return out->kind == WP_LEX_EOF ? wp_annot_fail(p, start->pos, "unclosed annotation") : WP_OK;
}

static wp_status put_literal(wp_parser *p, const wp_lexeme *literal) {
    wp_bytes string;
    WP_TRY(wp_parse_string(p, literal, &string));
    return wp_annot_bytes(p, string.data, string.size);
}

/* ---- @custom ----------------------------------------------------------------------------------------------- */

/* place ::= '(' ('before' | 'after') section ')': after the parenthesis. */
static wp_status parse_place(wp_parser *p, const wp_lexeme *start, uint8_t *out) {
    wp_lexeme lexeme = {0};
    WP_TRY(wp_annot_next(p, start, &lexeme));
    bool after = wp_is_word(&lexeme, "after");
    if (!after && !wp_is_word(&lexeme, "before"))
        return wp_annot_fail(p, lexeme.pos, "@custom annotation: malformed placement");
    WP_TRY(wp_annot_next(p, start, &lexeme));
    uint8_t place = wp_is_word(&lexeme, "first") ? 0 : wp_is_word(&lexeme, "last") ? LAST : WP_PLACES;
    for (uint8_t i = 0; i < WP_PLACES && place == WP_PLACES; i++)
        place = wp_is_word(&lexeme, wp_sections[i].word) ? i : place;
    if (place == WP_PLACES)
        return wp_annot_fail(p, lexeme.pos, "@custom annotation: malformed section kind");
    *out = (uint8_t)(2 * place + (after ? 1 : 0));
    WP_TRY(wp_annot_next(p, start, &lexeme));
    return lexeme.kind == WP_LEX_RPAR ? WP_OK : wp_annot_fail(p, lexeme.pos, "@custom annotation: unexpected token");
}

/* '(@custom' name place? string* ')' */
static wp_status parse_custom(wp_parser *p, const wp_lexeme *start) {
    wp_lexeme lexeme = {0};
    wp_bytes name;
    uint8_t place = 2 * LAST + 1;
    if (!p->between_fields)
        return wp_annot_fail(p, start->pos, "misplaced @custom annotation");
    WP_TRY(wp_annot_next(p, start, &lexeme));
    if (lexeme.kind != WP_LEX_STRING)
        return wp_annot_fail(p, lexeme.pos, "@custom annotation: missing section name");
    WP_TRY(wp_parse_string(p, &lexeme, &name));
    if (!wp_utf8_valid(name.data, name.size))
        return wp_annot_fail(p, lexeme.pos, "@custom annotation: malformed UTF-8 encoding");
    WP_TRY(wp_annot_next(p, start, &lexeme));
    if (lexeme.kind == WP_LEX_LPAR) {
        WP_TRY(parse_place(p, start, &place));
        WP_TRY(wp_annot_next(p, start, &lexeme));
    }
    for (p->nbytes = 0; lexeme.kind == WP_LEX_STRING;) {
        WP_TRY(put_literal(p, &lexeme));
        WP_TRY(wp_annot_next(p, start, &lexeme));
    }
    if (lexeme.kind != WP_LEX_RPAR)
        return wp_annot_fail(p, lexeme.pos, "@custom annotation: unexpected token");
    return wp_annot_custom(p, name, place, start->pos);
}

/* ---- @name ------------------------------------------------------------------------------------------------- */

static const char *kind_word(wp_name_kind kind) {
    switch (kind) {
    case WP_NAME_MODULE: return "module";
    case WP_NAME_FUNC: return "function";
    case WP_NAME_LOCAL: return "local";
    case WP_NAME_TYPE: return "type";
    case WP_NAME_FIELD: return "field";
    default: return "tag";
    }
}

/* '(@name' name ')' */
static wp_status parse_name(wp_parser *p, const wp_lexeme *start) {
    wp_lexeme lexeme = {0};
    wp_name_annot name = p->named;
    if (name.kind == WP_NAME_NONE)
        return wp_annot_fail(p, start->pos, "misplaced @name annotation");
    WP_TRY(wp_annot_next(p, start, &lexeme));
    if (lexeme.kind != WP_LEX_STRING)
        return wp_annot_fail(p, lexeme.pos, "@name annotation: string expected");
    WP_TRY(wp_parse_string(p, &lexeme, &name.name));
    if (!wp_utf8_valid(name.name.data, name.name.size))
        return wp_annot_fail(p, lexeme.pos, "@name annotation: malformed UTF-8 encoding");
    WP_TRY(wp_annot_next(p, start, &lexeme));
    if (lexeme.kind != WP_LEX_RPAR)
        return wp_annot_fail(p, lexeme.pos, "@name annotation: unexpected token");
    const wp_name_annot *last = p->nnames == 0 ? NULL : &p->names[p->nnames - 1];
    if (last != NULL && last->kind == name.kind && last->outer == name.outer && last->index == name.index)
        return wp_text_fail(p->text, p->diag, WP_MALFORMED, start->pos, "@name annotation: multiple %s names",
                            kind_word(name.kind));
    WP_TRY(WP_SCRATCH(p, names, nnames));
    p->names[p->nnames++] = name;
    return WP_OK;
}

/* How many names of a kind there are, and of how many functions or types. They are in order of their indices: that is
 * the order of the text. */
static uint32_t count_names(const wp_parser *p, wp_name_kind kind, uint32_t *outers) {
    uint32_t count = 0, outer = 0;
    *outers = 0;
    for (size_t i = 0; i < p->nnames; i++) {
        const wp_name_annot *name = &p->names[i];
        if (name->kind != kind)
            continue;
        *outers += count == 0 || name->outer != outer ? 1 : 0;
        outer = name->outer;
        count++;
    }
    return count;
}

/* namemap ::= list(index name), of the `count` names of a kind from names[first] on. */
static wp_status put_name_map(wp_parser *p, wp_name_kind kind, size_t first, uint32_t count) {
    WP_TRY(wp_annot_u32(p, count));
    for (size_t i = first; count != 0; i++) {
        if (p->names[i].kind != kind)
            continue;
        WP_TRY(wp_annot_u32(p, p->names[i].index));
        WP_TRY(wp_annot_string(p, p->names[i].name));
        count--;
    }
    return WP_OK;
}

/* indirectnamemap ::= list(outer namemap) */
static wp_status put_indirect_name_map(wp_parser *p, wp_name_kind kind, uint32_t outers) {
    WP_TRY(wp_annot_u32(p, outers));
    for (size_t i = 0; outers != 0;) {
        uint32_t count = 0;
        while (p->names[i].kind != kind)
            i++;
        size_t first = i;
        for (; i < p->nnames && (p->names[i].kind != kind || p->names[i].outer == p->names[first].outer); i++)
            count += p->names[i].kind == kind ? 1 : 0;
        WP_TRY(wp_annot_u32(p, p->names[first].outer));
        WP_TRY(put_name_map(p, kind, first, count));
        outers--;
    }
    return WP_OK;
}

static wp_status put_name_subsection(wp_parser *p, wp_name_kind kind) {
    uint32_t outers = 0, count = count_names(p, kind, &outers);
    if (count == 0)
        return WP_OK;
    WP_TRY(wp_annot_u32(p, (uint32_t)kind));
    size_t start = p->nbytes, first = 0;
    while (p->names[first].kind != kind)
        first++;
    if (kind == WP_NAME_MODULE)
        WP_TRY(wp_annot_string(p, p->names[first].name));
    else if (kind == WP_NAME_LOCAL || kind == WP_NAME_FIELD)
        WP_TRY(put_indirect_name_map(p, kind, outers));
    else
        WP_TRY(put_name_map(p, kind, first, count));
    return wp_annot_size_before(p, start);
}

/* The section "name". */
static wp_status finish_names(wp_parser *p) {
    static const wp_name_kind kinds[] = {WP_NAME_MODULE, WP_NAME_FUNC,  WP_NAME_LOCAL,
                                         WP_NAME_TYPE,   WP_NAME_FIELD, WP_NAME_TAG};
    p->nbytes = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        WP_TRY(put_name_subsection(p, kinds[i]));
    return wp_annot_custom(p, (wp_bytes){(const uint8_t *)"name", 4}, 2 * LAST + 1, p->module->lines[0]);
}

/* ---- @metadata.code.branch_hint ---------------------------------------------------------------------------- */

/* '(@metadata.code.branch_hint' string* ')': one byte, 0 or 1. */
static wp_status parse_hint(wp_parser *p, const wp_lexeme *start) {
    wp_lexeme lexeme = {0};
    if (!p->in_func)
        return wp_annot_fail(p, start->pos, "@" BRANCH_HINT " annotation: not in a function");
    if (p->hint != WP_HINT_NONE)
        return wp_annot_fail(p, start->pos, "@" BRANCH_HINT " annotation: duplicate annotation");
    p->nbytes = 0;
    for (;;) {
        WP_TRY(wp_annot_next(p, start, &lexeme));
        if (lexeme.kind != WP_LEX_STRING)
            break;
        WP_TRY(put_literal(p, &lexeme));
    }
    if (lexeme.kind != WP_LEX_RPAR)
        return wp_annot_fail(p, lexeme.pos, "@" BRANCH_HINT " annotation: unexpected token");
    if (p->nbytes != 1 || p->bytes[0] > 1)
        return wp_annot_fail(p, start->pos, "@" BRANCH_HINT " annotation: invalid hint value");
    p->hint = p->bytes[0] == 1 ? WP_HINT_LIKELY : WP_HINT_UNLIKELY;
    return WP_OK;
}

/* The hints of one function, from hints[*at] on: its index, and a list of offset, size 1, value. */
static wp_status put_hints(wp_parser *p, size_t *at) {
    uint32_t index = p->hints[*at].func, count = 0;
    const wp_func_def *func = &p->module->funcs[index];
    while (*at + count < p->nhints && p->hints[*at + count].func == index)
        count++;
    uint32_t *offsets = wp_alloc(p->allocator, func->code.ninstrs, sizeof *offsets);
    if (offsets == NULL)
        return wp_fail_memory(p->diag);
    wp_status status = wp_encode_offsets(p->module, func, offsets, p->diag);
    if (status == WP_OK)
        status = wp_annot_u32(p, index);
    if (status == WP_OK)
        status = wp_annot_u32(p, count);
    for (uint32_t i = 0; i < count && status == WP_OK; i++) {
        const wp_hint *hint = &p->hints[(*at)++];
        uint8_t tail[2] = {1, hint->likely};
        status = wp_annot_u32(p, offsets[hint->instr]);
        if (status == WP_OK)
            status = wp_annot_bytes(p, tail, sizeof tail);
    }
    wp_free(p->allocator, offsets, func->code.ninstrs, sizeof *offsets);
    return status;
}

/* The section "metadata.code.branch_hint". */
static wp_status finish_hints(wp_parser *p) {
    uint32_t funcs = 0;
    for (size_t i = 0; i < p->nhints; i++)
        funcs += i == 0 || p->hints[i].func != p->hints[i - 1].func ? 1 : 0;
    p->nbytes = 0;
    WP_TRY(wp_annot_u32(p, funcs));
    for (size_t at = 0; at < p->nhints;)
        WP_TRY(put_hints(p, &at));
    wp_bytes name = {(const uint8_t *)BRANCH_HINT, sizeof BRANCH_HINT - 1};
    return wp_annot_custom(p, name, 2 * WP_PLACE_CODE, p->module->lines[0]);
}

/* ---- All of them ------------------------------------------------------------------------------------------- */

static bool is_called(const wp_lexeme *start, const char *id) {
    return start->size == strlen(id) && memcmp(start->text, id, start->size) == 0;
}

wp_status wp_parse_annotation(wp_parser *p, const wp_lexeme *start) {
    if (p->heads_only) {
        p->text->next = wp_lex_balance(p->text, p->text->next);
        return WP_OK;
    }
    if (is_called(start, "custom"))
        return parse_custom(p, start);
    if (is_called(start, "name"))
        return parse_name(p, start);
    if (is_called(start, BRANCH_HINT))
        return parse_hint(p, start);
    if (is_called(start, "dylink.0"))
        return wp_parse_dylink(p, start);
    return wp_lex_annotation(p->text, start, p->diag);
}

wp_status wp_parse_finish_annotations(wp_parser *p) {
    wp_module *m = p->module;
    if (p->nhints != 0)
        WP_TRY(finish_hints(p));
    if (p->nnames != 0)
        WP_TRY(finish_names(p));
    m->customs = wp_arena_alloc(&m->arena, p->ncustoms, sizeof *m->customs);
    if (m->customs == NULL)
        return wp_fail_memory(p->diag);
    for (uint8_t place = 0; place < 2 * WP_PLACES && m->ncustoms < p->ncustoms; place++)
        for (size_t i = 0; i < p->ncustoms; i++)
            if (p->customs[i].place == place)
                m->customs[m->ncustoms++] = p->customs[i].custom;
    return WP_OK;
}
