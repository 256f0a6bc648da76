/* script.c: the life of a script; see script.h. */
#include "script/reader.h"

#include <string.h>

/* ---- Modules ------------------------------------------------------------------------------------------------- */

static wp_status parse_text(script *s, const script_module *module, wp_module **out, wp_diag *diag) {
    if (module->is_bare)
        return wp_module_parse(s->engine, module->bytes.data, module->bytes.size, out, diag);
    s->moved = true;
    if (module->is_definition) {
        wp_text_seek(s->source, module->fields);
        return wp_text_module_fields(s->source, out, diag);
    }
    wp_text_seek(s->source, module->where.offset);
    return wp_text_module(s->source, out, diag);
}

wp_status script_module_parse(script *s, const script_module *module, wp_module **out, wp_diag *diag) {
    const script_text *bytes = &module->bytes;
    switch (module->form) {
    case SCRIPT_FORM_BINARY: return wp_module_decode(s->engine, (const uint8_t *)bytes->data, bytes->size, out, diag);
    case SCRIPT_FORM_QUOTE: return wp_module_parse(s->engine, bytes->data, bytes->size, out, diag);
    default: return parse_text(s, module, out, diag);
    }
}

const char *script_reason(const wp_diag *diag) {
    static const char prefix[] = "unsupported: ";
    bool has_prefix = strncmp(diag->message, prefix, sizeof prefix - 1) == 0;
    return has_prefix ? diag->message + sizeof prefix - 1 : diag->message;
}

/* ---- The life of a script ------------------------------------------------------------------------------------ */

static wp_status fill(script *s, const char *text, size_t size, wp_diag *diag) {
    s->text = wp_arena_text(&s->lasting, text, size);
    s->size = size;
    if (s->text == NULL)
        return wp_fail_memory(diag);
    return wp_text_open(s->engine, text, size, &s->source, diag);
}

wp_status script_open(wp_engine *engine, const wp_allocator *allocator, const char *text, size_t size, script **out,
                      wp_diag *diag) {
    wp_arena lasting;
    wp_arena_init(&lasting, allocator);
    script *s = wp_arena_alloc(&lasting, 1, sizeof *s);
    if (s == NULL)
        return wp_fail_memory(diag);
    s->engine = engine;
    s->lasting = lasting;
    wp_arena_init(&s->pool, allocator);
    s->bytes.allocator = s->pool.allocator;
    wp_status status = fill(s, text, size, diag);
    if (status != WP_OK) {
        script_close(s);
        return status;
    }
    *out = s;
    return WP_OK;
}

void script_close(script *s) {
    if (s == NULL)
        return;
    wp_text_close(s->source);
    wp_output_free(&s->bytes);
    wp_arena_release(&s->pool);
    /* The script itself lies in the pool that is released last. */
    wp_arena lasting = s->lasting;
    wp_arena_release(&lasting);
}

/* The fields of a module may stand in a file alone; then the file is that module. */
static bool is_field(const wp_token *token) {
    static const char *const fields[] = {"type",   "rec", "import", "func",  "table", "memory",
                                         "global", "tag", "export", "start", "elem",  "data"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (script_is_word(token, fields[i]))
            return true;
    return false;
}

static void take_file(script *s, const wp_token *open, script_command *out) {
    out->kind = SCRIPT_MODULE;
    out->where = open->where;
    out->has_module = true;
    out->module = (script_module){.where = open->where, .bytes = {s->text, s->size}, .is_bare = true};
    s->ended = true;
}

/* Returns to where the last command ended. */
static void resume(script *s) {
    if (s->moved) {
        wp_text_seek(s->source, s->last);
        (void)script_token(s);
    }
    s->moved = false;
}

static void read_next(script *s, const script_command **out) {
    resume(s);
    wp_token open = script_token(s);
    if (open.kind == WP_TOK_EOF)
        return;
    if (open.kind != WP_TOK_LPAR)
        script_unexpected(s, &open, "a command");
    wp_token word = script_peek(s);
    script_command *command = wp_arena_alloc(&s->pool, 1, sizeof *command);
    if (command == NULL)
        script_fail_memory(s);
    else if (!s->begun && is_field(&word))
        take_file(s, &open, command);
    else
        script_read_command(s, &open, command);
    s->begun = true;
    *out = command;
}

wp_status script_next(script *s, const script_command **out, wp_diag *diag) {
    *out = NULL;
    if (s->ended)
        return WP_OK;
    wp_arena_clear(&s->pool);
    s->diag = diag;
    s->status = WP_OK;
    read_next(s, out);
    if (s->status != WP_OK)
        *out = NULL;
    s->ended = s->ended || *out == NULL;
    return s->status;
}
