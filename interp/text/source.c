/* source.c: source texts, their lines and the errors in them; see lexer.h. */
#include "base/utf8.h"
#include "core/module.h"
#include "text/lexer.h"

/* ---- Lines and errors -------------------------------------------------------------------------------------- */

/* newline ::= LF | CR | CR LF */
static bool source_ends_line(const char *c, const char *end) {
    return *c == '\n' || (*c == '\r' && (c + 1 == end || c[1] != '\n'));
}

static bool source_add_line(wp_text *text, const char *start) {
    if (!wp_grow(&text->engine->allocator, (void **)&text->lines, text->nlines, &text->lines_capacity,
                 sizeof *text->lines))
        return false;
    text->lines[text->nlines++] = (uint32_t)(start - text->start);
    return true;
}

static bool source_index_lines(wp_text *text) {
    const char *end = text->start + text->size;
    bool done = source_add_line(text, text->start);
    for (const char *c = text->start; c != end && done; c++)
        if (source_ends_line(c, end))
            done = source_add_line(text, c + 1);
    return done;
}

wp_location wp_text_locate(const wp_text *text, size_t offset) {
    if (offset > text->size)
        offset = text->size;
    uint32_t line = wp_find_line(text->lines, text->nlines, offset);
    return (wp_location){offset, line + 1, (uint32_t)(offset - text->lines[line]) + 1};
}

wp_status wp_text_fail(const wp_text *text, wp_diag *diag, wp_status status, size_t offset, const char *format, ...) {
    va_list args;
    va_start(args, format);
    wp_vfail_at(diag, status, wp_text_locate(text, offset), format, args);
    va_end(args);
    return status;
}

wp_status wp_text_fail_unknown(const wp_text *text, wp_diag *diag, const wp_lexeme *lexeme) {
    uint32_t size = lexeme->end - lexeme->pos;
    return wp_text_fail(text, diag, WP_MALFORMED, lexeme->pos, "unknown operator %.*s", size < 200 ? (int)size : 200,
                        text->start + lexeme->pos);
}

/* ---- Texts ------------------------------------------------------------------------------------------------- */

/* The offset of the first malformed character of a text that is not UTF-8. */
static size_t source_find_malformed(const wp_text *text) {
    const uint8_t *bytes = (const uint8_t *)text->start;
    size_t at = 0;
    for (size_t length = 1; length != 0; at += length)
        length = wp_utf8_length(bytes + at, text->size - at);
    return at;
}

static wp_status source_copy(wp_text *text, const char *source, wp_diag *diag) {
    text->start = wp_resize(&text->engine->allocator, NULL, 0, (size_t)text->size + 1, 1);
    if (text->start == NULL)
        return wp_fail_memory(diag);
    if (text->size != 0)
        memcpy(text->start, source, text->size);
    text->start[text->size] = '\0';
    if (!source_index_lines(text))
        return wp_fail_memory(diag);
    return wp_utf8_valid((const uint8_t *)text->start, text->size)
               ? WP_OK
               : wp_text_fail(text, diag, WP_MALFORMED, source_find_malformed(text), "malformed UTF-8 encoding");
}

wp_status wp_text_open(wp_engine *engine, const char *source, size_t size, wp_text **out, wp_diag *diag) {
    if (size >= UINT32_MAX) /* positions have 32 bits */
        return wp_fail(diag, WP_EXHAUSTION, "text too large (limit 4294967294 bytes)");
    wp_text *text = wp_alloc(&engine->allocator, 1, sizeof *text);
    if (text == NULL)
        return wp_fail_memory(diag);
    text->engine = engine;
    text->size = (uint32_t)size;
    wp_arena_init(&text->arena, &engine->allocator);
    wp_status status = source_copy(text, source, diag);
    if (status == WP_OK)
        *out = text;
    else
        wp_text_close(text);
    return status;
}

void wp_text_close(wp_text *text) {
    if (text == NULL)
        return;
    const wp_allocator *a = &text->engine->allocator;
    wp_arena_release(&text->arena);
    wp_free(a, text->lines, text->lines_capacity, sizeof *text->lines);
    wp_free(a, text->start, (size_t)text->size + 1, 1);
    wp_free(a, text, 1, sizeof *text);
}
