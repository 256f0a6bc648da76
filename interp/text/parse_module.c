/* parse_module.c: the text format of modules, and the parser's two readings; see parser.h (specification, "Text Format:
 * Modules").
 */
#include "core/binary/encode.h"
#include "text/annot.h"

/* ---- The first reading: names and types -------------------------------------------------------------------- */

/* Continues after the parenthesis that closes the one before `offset`. */
static void parse_skip(wp_parser *p, uint32_t offset) {
    wp_parse_seek(p, wp_lex_balance(p->text, offset));
}

/* Counts an entry of an index space and enters the identifier that is next. */
static wp_status parse_declare(wp_parser *p, wp_space space) {
    bool ignored = false;
    return wp_parse_bind(p, space, 0, p->counts[space]++, &ignored);
}

/* A table or memory that contains '(' word defines a segment of its own. */
static void parse_declare_segment(wp_parser *p, const char *word, wp_space space) {
    while (p->failed == WP_OK && !wp_at(p, WP_LEX_EOF) && !wp_at(p, WP_LEX_RPAR)) {
        if (wp_at_open(p, word)) {
            p->counts[space]++;
            return;
        }
        uint32_t offset = wp_peek(p)->end;
        bool opens = wp_at(p, WP_LEX_LPAR);
        wp_take(p);
        if (opens)
            parse_skip(p, offset);
    }
}

/* typedef*, in '(' 'rec' ... ')' */
static wp_status parse_declare_rec(wp_parser *p) {
    for (;;) {
        uint32_t offset = wp_peek(p)->end;
        if (!wp_take_open(p, "type"))
            return WP_OK;
        WP_TRY(parse_declare(p, WP_SPACE_TYPE));
        parse_skip(p, offset);
    }
}

/* name name '(' kind id?. The second reading reports any error. */
static wp_status parse_declare_import(wp_parser *p) {
    wp_extern_kind kind = WP_EXTERN_FUNC;
    for (int i = 0; i < 2 && wp_at(p, WP_LEX_STRING); i++)
        wp_take(p);
    if (!wp_at(p, WP_LEX_LPAR))
        return WP_OK;
    wp_take(p);
    return wp_take_extern_kind(p, &kind) ? parse_declare(p, (wp_space)kind) : WP_OK;
}

/* A field, of which '(' was read. The position of a type is pushed. */
static wp_status parse_declare_field(wp_parser *p) {
    wp_extern_kind kind = WP_EXTERN_FUNC;
    wp_lexeme paren = *wp_peek(p);
    wp_take(p);
    if (wp_at_word(p, "type") || wp_at_word(p, "rec"))
        WP_TRY(wp_build_word(&p->build, paren.pos));
    if (wp_take_word(p, "type")) {
        WP_TRY(parse_declare(p, WP_SPACE_TYPE));
    } else if (wp_take_word(p, "rec")) {
        WP_TRY(parse_declare_rec(p));
    } else if (wp_take_word(p, "import")) {
        WP_TRY(parse_declare_import(p));
    } else if (wp_take_word(p, "elem")) {
        WP_TRY(parse_declare(p, WP_SPACE_ELEM));
    } else if (wp_take_word(p, "data")) {
        WP_TRY(parse_declare(p, WP_SPACE_DATA));
    } else if (wp_take_extern_kind(p, &kind)) {
        WP_TRY(parse_declare(p, (wp_space)kind));
        if (kind == WP_EXTERN_TABLE)
            parse_declare_segment(p, "elem", WP_SPACE_ELEM);
        if (kind == WP_EXTERN_MEMORY)
            parse_declare_segment(p, "data", WP_SPACE_DATA);
    }
    parse_skip(p, paren.end);
    return WP_OK;
}

/* Makes room for the entries that the first reading counted. */
static wp_status parse_reserve(wp_parser *p) {
    wp_builder *b = &p->build;
    wp_module *m = b->module;
    WP_TRY(wp_build_room_types(b, p->counts[WP_SPACE_TYPE]));
    WP_TRY(wp_build_room_funcs(b, p->counts[WP_SPACE_FUNC]));
    WP_TRY(wp_build_room_tables(b, p->counts[WP_SPACE_TABLE]));
    WP_TRY(wp_build_room_memories(b, p->counts[WP_SPACE_MEMORY]));
    WP_TRY(wp_build_room_globals(b, p->counts[WP_SPACE_GLOBAL]));
    WP_TRY(wp_build_room_tags(b, p->counts[WP_SPACE_TAG]));
    WP_TRY(wp_build_room_elems(b, p->counts[WP_SPACE_ELEM]));
    WP_TRY(wp_build_room_datas(b, p->counts[WP_SPACE_DATA]));
    if (!m->engine->keep_names)
        return WP_OK;
    m->func_names = wp_arena_alloc(&m->arena, p->counts[WP_SPACE_FUNC], sizeof *m->func_names);
    return m->func_names == NULL ? wp_fail_memory(b->diag) : WP_OK;
}

/* Defines the types, at the positions in the builder's words; their identifiers are known by now. */
static wp_status parse_define_types(wp_parser *p) {
    for (size_t i = 0; i < p->build.nwords; i++) {
        wp_parse_seek(p, p->build.words[i]);
        WP_TRY(wp_parse_rectype(p));
    }
    p->build.nwords = 0;
    return wp_build_index_types(&p->build);
}

/* Reads the heads of the fields, and all types; returns to where it began. */
static wp_status parse_declare_fields(wp_parser *p) {
    uint32_t start = p->consumed;
    wp_parse_seek(p, start);
    p->heads_only = true;
    while (wp_at(p, WP_LEX_LPAR))
        WP_TRY(parse_declare_field(p));
    p->heads_only = false;
    if (p->failed == WP_OK) {
        WP_TRY(parse_reserve(p));
        WP_TRY(parse_define_types(p));
    }
    wp_parse_seek(p, start);
    return p->failed;
}

/* ---- Annotations ------------------------------------------------------------------------------------------- */

/* Annotations without a meaning here are checked for their tokens and ignored. */
static wp_status parse_annotation(wp_parser *p, const wp_lexeme *start) {
    static const struct {
        const char *id;
        wp_status (*parse)(wp_parser *p, const wp_lexeme *start);
    } annotations[] = {{"custom", wp_annot_custom},
                       {"name", wp_annot_name},
                       {WP_ANNOT_BRANCH_HINT, wp_annot_hint},
                       {"dylink.0", wp_annot_dylink}};
    if (p->heads_only) {
        p->text->next = wp_lex_balance(p->text, p->text->next);
        return WP_OK;
    }
    for (size_t i = 0; i < sizeof annotations / sizeof *annotations; i++)
        if (wp_bytes_equal(wp_lexeme_bytes(start), wp_bytes_of(annotations[i].id)))
            return annotations[i].parse(p, start);
    return wp_lex_annotation(p->text, start, p->build.diag);
}

/* ---- The second reading ------------------------------------------------------------------------------------ */

/* field ::= typedef | rectype | ..., of which '(' was read. Types are defined already. */
static wp_status parse_field(wp_parser *p) {
    wp_lexeme paren = *wp_peek(p);
    wp_take(p);
    if (!wp_at_word(p, "type") && !wp_at_word(p, "rec"))
        return wp_parse_field(p, paren.pos);
    parse_skip(p, paren.end);
    return WP_OK;
}

/* Gives the module its lines, from that of `start` to the last consumed one, in place of those of the text. */
static wp_status parse_keep_lines(wp_parser *p, uint32_t start) {
    wp_module *m = p->build.module;
    m->first_line = wp_text_locate(p->text, start).line;
    m->nlines = wp_text_locate(p->text, p->consumed).line - m->first_line + 1;
    m->lines = wp_arena_copy(&m->arena, p->text->lines + m->first_line - 1, m->nlines * sizeof *m->lines);
    return m->lines == NULL ? wp_fail_memory(p->build.diag) : WP_OK;
}

/* field*, to the parenthesis that closes or the end of the text. */
static wp_status parse_fields(wp_parser *p) {
    wp_module *m = p->build.module;
    uint32_t start = p->consumed;
    WP_TRY(parse_declare_fields(p));
    p->named = (wp_name){.kind = WP_NAME_MODULE};
    for (;;) {
        p->between_fields = true;
        bool more = wp_at(p, WP_LEX_LPAR);
        p->between_fields = false;
        p->named.kind = WP_NAME_NONE;
        if (!more)
            break;
        p->after_field = true;
        WP_TRY(parse_field(p));
    }
    p->consumed = wp_peek(p)->pos; /* annotations before it are read */
    m->has_data_count = wp_encode_uses_data(m);
    m->data_count = m->has_data_count ? m->ndatas : 0;
    WP_TRY(parse_keep_lines(p, start));
    return p->failed == WP_OK ? wp_annot_finish(p) : p->failed;
}

/* ---- Modules ----------------------------------------------------------------------------------------------- */

/* Rejects "(module binary" and the like, which scripts have, with an error of their own. */
static wp_status parse_check_form(wp_parser *p, const wp_lexeme *word) {
    static const char *const words[] = {"binary", "quote", "definition", "instance"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (wp_is_word(word, words[i]))
            return wp_parse_fail(
                p, word->pos, "unexpected token: (module %s ...) is a command of scripts, not a text module", words[i]);
    return WP_OK;
}

/* The identifier of the module. */
static wp_status parse_module_id(wp_parser *p) {
    wp_module *m = p->build.module;
    p->named = (wp_name){.kind = WP_NAME_MODULE};
    const wp_lexeme *id = wp_peek(p);
    if (id->kind != WP_LEX_ID) /* an annotation before it is malformed */
        return p->failed;
    m->id = wp_arena_alloc(&m->arena, id->size + 1, 1);
    if (m->id == NULL)
        return wp_fail_memory(p->build.diag);
    memcpy(m->id, id->text + 1, id->size - 1);
    wp_take(p);
    return WP_OK;
}

/* module ::= '(' 'module' id? field* ')' */
static wp_status parse_module(wp_parser *p) {
    if (!wp_take_open(p, "module"))
        return wp_parse_unexpected(p, "(module");
    p->heads_only = true; /* annotations after the identifier are read with the fields */
    bool has_id = wp_at(p, WP_LEX_ID);
    WP_TRY(parse_check_form(p, has_id ? wp_peek_second(p) : wp_peek(p)));
    p->heads_only = false;
    wp_parse_seek(p, p->consumed);
    if (has_id)
        WP_TRY(parse_module_id(p));
    WP_TRY(parse_fields(p));
    return wp_expect_close(p);
}

static void parse_release(wp_parser *p) {
    const wp_allocator *a = p->build.allocator;
    for (size_t i = 0; i < WP_SPACE_COUNT; i++)
        wp_index_release(&p->spaces[i]);
    wp_arena_release(&p->idents);
    wp_output_free(&p->bytes);
    wp_free(a, p->runs, p->runs_capacity, sizeof *p->runs);
    wp_free(a, p->codes, p->codes_capacity, sizeof *p->codes);
    wp_free(a, p->frames, p->frames_capacity, sizeof *p->frames);
    wp_free(a, p->names, p->names_capacity, sizeof *p->names);
    wp_free(a, p->hints, p->hints_capacity, sizeof *p->hints);
    wp_free(a, p->customs, p->customs_capacity, sizeof *p->customs);
}

/* Parses a module with one of the functions here, from where the text is; the text moves on. */
static wp_status parse_text(wp_text *text, wp_status (*parse)(wp_parser *p), wp_module **out, wp_diag *diag) {
    const wp_allocator *a = &text->engine->allocator;
    wp_parser p = {.text = text, .annotation = parse_annotation, .consumed = text->next, .bytes.allocator = a};
    WP_TRY(wp_builder_open(&p.build, text->engine, diag));
    wp_module *m = p.build.module;
    m->source_kind = WP_SOURCE_TEXT;
    m->lines = text->lines; /* borrowed until the module is complete */
    m->nlines = text->nlines;
    m->first_line = 1;
    for (size_t i = 0; i < WP_SPACE_COUNT; i++)
        wp_index_init(&p.spaces[i], a);
    wp_arena_init(&p.idents, a);
    p.named.kind = WP_NAME_NONE;
    text->nahead = 0;
    wp_status status = parse(&p);
    if (p.failed != WP_OK)
        status = p.failed;
    parse_release(&p);
    text->next = p.consumed;
    return wp_builder_close(&p.build, status, out);
}

wp_status wp_text_module(wp_text *text, wp_module **out, wp_diag *diag) {
    return parse_text(text, parse_module, out, diag);
}

wp_status wp_text_module_fields(wp_text *text, wp_module **out, wp_diag *diag) {
    return parse_text(text, parse_fields, out, diag);
}

/* A whole text: a module, or its fields alone. */
static wp_status parse_source(wp_parser *p) {
    p->heads_only = true; /* annotations wait until it is known which */
    bool is_module = wp_at_open(p, "module");
    p->heads_only = false;
    wp_parse_seek(p, p->consumed);
    WP_TRY(is_module ? parse_module(p) : parse_fields(p));
    return wp_at(p, WP_LEX_EOF) ? p->failed : wp_parse_unexpected(p, "the end of the text");
}

wp_status wp_module_parse(wp_engine *engine, const char *source, size_t size, wp_module **out, wp_diag *diag) {
    wp_text *text = NULL;
    WP_TRY(wp_text_open(engine, source, size, &text, diag));
    wp_status status = parse_text(text, parse_source, out, diag);
    wp_text_close(text);
    return status;
}
