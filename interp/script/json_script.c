/* json_script.c: test scripts as JSON; see json_script.h.
 *
 * The commands are written one by one as they are read, so that a script of any length takes the memory of one command.
 */
#include "script/json_script.h"

#include "base/diag.h"
#include "script/json_value.h"
#include "base/arena.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct writer {
    wp_engine *engine;
    script *script;
    const char *output; /* the JSON file's path */
    FILE *file;
    char *path; /* of a module: room for the output's path and a suffix */
    size_t path_size;
    size_t stem;    /* bytes of output up to ".json" */
    size_t modules; /* written so far */
    wp_diag *diag;
} writer;

/* ---- Files --------------------------------------------------------------------------------------------------- */

static wp_status writer_file_error(const writer *w, const char *path, int error) {
    return wp_fail(w->diag, WP_REFUSED, "%s: %s", path, strerror(error));
}

static wp_status writer_write_file(const writer *w, const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return writer_file_error(w, path, errno);
    errno = 0;
    bool written = fwrite(bytes, 1, size, file) == size;
    int error = errno;
    if (fclose(file) != 0 && written) {
        written = false;
        error = errno;
    }
    return written ? WP_OK : writer_file_error(w, path, error);
}

/* Writes a module's file, and its name and type into the command. */
static wp_status writer_write_module(writer *w, json_t *command, const void *bytes, size_t size, bool is_text) {
    snprintf(w->path, w->path_size, "%.*s.%zu.%s", (int)w->stem, w->output, w->modules++, is_text ? "wat" : "wasm");
    WP_TRY(writer_write_file(w, w->path, bytes, size));
    const char *slash = strrchr(w->path, '/');
    if (json_object_set_new(command, "filename", json_string(slash == NULL ? w->path : slash + 1)) != 0 ||
        json_object_set_new(command, "module_type", json_string(is_text ? "text" : "binary")) != 0)
        return wp_fail(w->diag, WP_REFUSED, "%s: the name is not UTF-8, or out of memory", w->path);
    return WP_OK;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

/* True when an assertion is about the module's text, annotations included, so that its binary form cannot replace it.
 */
static bool writer_judges_text(script_kind kind) {
    return kind == SCRIPT_ASSERT_MALFORMED || kind == SCRIPT_ASSERT_MALFORMED_CUSTOM ||
           kind == SCRIPT_ASSERT_INVALID_CUSTOM;
}

static wp_status writer_encode(writer *w, json_t *command, const wp_module *module) {
    uint8_t *bytes;
    size_t size;
    WP_TRY(wp_module_encode(module, &bytes, &size, w->diag));
    wp_status status = writer_write_module(w, command, bytes, size, false);
    wp_buffer_free(w->engine, bytes, size);
    return status;
}

/* Converts a text module that parses; a wrong one stays text, for the engine to judge. */
static wp_status writer_convert_text(writer *w, json_t *command, const script_module *module) {
    wp_module *parsed;
    wp_diag diag = {.status = WP_OK};
    wp_status status = script_module_parse(w->script, module, &parsed, &diag);
    if (status == WP_OK) {
        status = writer_encode(w, command, parsed);
        wp_module_delete(parsed);
        return status;
    }
    if (status == WP_MALFORMED || status == WP_INVALID)
        return writer_write_module(w, command, module->bytes.data, module->bytes.size, true);
    return wp_fail_at(w->diag, status, diag.where, "%s", diag.message);
}

static wp_status writer_convert_module(writer *w, json_t *command, script_kind kind, const script_module *module) {
    if (module->form == SCRIPT_FORM_BINARY)
        return writer_write_module(w, command, module->bytes.data, module->bytes.size, false);
    if (writer_judges_text(kind))
        return writer_write_module(w, command, module->bytes.data, module->bytes.size, true);
    return writer_convert_text(w, command, module);
}

/* ---- Commands ------------------------------------------------------------------------------------------------ */

static json_t *writer_from_action(const script_action *action) {
    json_t *json = json_pack("{s:s}", "type", action->is_get ? "get" : "invoke");
    json = json_with_text(json, "module", action->module);
    json = json_with_text(json, "field", action->field);
    return action->is_get ? json : json_with(json, "args", json_from_values(action->args, action->nargs));
}

/* A top-level invoke or get is an "action"; spaces in other kinds are written as '_'. */
static json_t *writer_from_kind(script_kind kind) {
    char name[40];
    if (kind == SCRIPT_INVOKE || kind == SCRIPT_GET)
        return json_string("action");
    snprintf(name, sizeof name, "%s", script_kinds[kind].word);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == ' ' ? '_' : *c;
    return json_string(name);
}

/* Adds the keys of commands about processes and programs. */
static json_t *writer_with_process(json_t *json, const script_command *command) {
    switch (command->kind) {
    case SCRIPT_PROCESS:
        json = json_with(json, "address", json_string(command->pointer == WP_T_I64 ? "i64" : "i32"));
        json = json_with(json, "pages", json_from_number(command->pages));
        json = json_with(json, "stack", json_from_number(command->stack));
        if (command->limited)
            json = json_with(json, "limit", json_from_number(command->limit));
        return json_with(json, "dictionary", json_from_entries(command->entries, command->nentries));
    case SCRIPT_DICTIONARY: return json_with(json, "entries", json_from_entries(command->entries, command->nentries));
    case SCRIPT_LIBRARY: return json_with_text(json, "uri", command->string);
    case SCRIPT_ASSERT_EXIT: return json_with(json, "code", json_from_number(command->code));
    default: return json;
    }
}

/* The keys of all commands but the module's. NULL: out of memory, or a string is not UTF-8. */
static json_t *writer_from_parts(const script_command *command) {
    json_t *json = json_with(json_object(), "type", writer_from_kind(command->kind));
    json = json_with(json, "line", json_integer(command->where.line));
    json = json_with_text(json, "name", command->name);
    json = json_with_text(json, "definition", command->definition);
    if (command->kind == SCRIPT_REGISTER)
        json = json_with_text(json, "as", command->string);
    json = writer_with_process(json_with_text(json, "text", command->text), command);
    if (command->has_action)
        json = json_with(json, "action", writer_from_action(&command->action));
    if (command->kind == SCRIPT_ASSERT_RETURN)
        json = json_with(json, "expected", json_from_values(command->expected, command->nexpected));
    return json;
}

/* The command in an assert_refused is neither a module nor an assertion, so this recurs once. */
static wp_status writer_convert(writer *w, const script_command *command, json_t **out) {
    json_t *json = writer_from_parts(command), *inner = NULL;
    wp_status status = WP_OK;
    if (json == NULL)
        return wp_fail_at(w->diag, WP_EXHAUSTION, command->where, "out of memory, or a string is not UTF-8");
    if (command->has_module)
        status = writer_convert_module(w, json, command->kind, &command->module);
    else if (command->inner != NULL)
        status = writer_convert(w, command->inner, &inner);
    if (inner != NULL && json_object_set_new(json, "command", inner) != 0)
        status = wp_fail_memory(w->diag);
    if (status == WP_OK)
        *out = json;
    else
        json_decref(json);
    return status;
}

/* ---- The script ---------------------------------------------------------------------------------------------- */

static wp_status writer_dump(const writer *w, const json_t *json) {
    errno = 0;
    if (json_dumpf(json, w->file, JSON_COMPACT | JSON_ENCODE_ANY) == 0)
        return WP_OK;
    return errno == 0 ? wp_fail_memory(w->diag) : writer_file_error(w, w->output, errno);
}

static wp_status writer_write_head(const writer *w, const char *source) {
    json_t *name = json_from_bytes(source);
    if (name == NULL)
        return wp_fail_memory(w->diag);
    fputs("{\"source_filename\":", w->file);
    wp_status status = writer_dump(w, name);
    fputs(",\"commands\":[", w->file);
    json_decref(name);
    return status;
}

static wp_status writer_write_commands(writer *w) {
    const script_command *command;
    for (const char *before = "\n";; before = ",\n") {
        json_t *json = NULL;
        WP_TRY(script_next(w->script, &command, w->diag));
        if (command == NULL)
            return WP_OK;
        WP_TRY(writer_convert(w, command, &json));
        fputs(before, w->file);
        wp_status status = writer_dump(w, json);
        json_decref(json);
        WP_TRY(status);
    }
}

static wp_status writer_write_script(writer *w, const char *source) {
    w->file = fopen(w->output, "w");
    if (w->file == NULL)
        return writer_file_error(w, w->output, errno);
    struct stat kind;
    bool regular = fstat(fileno(w->file), &kind) == 0 && S_ISREG(kind.st_mode);
    wp_status status = writer_write_head(w, source);
    if (status == WP_OK)
        status = writer_write_commands(w);
    fputs("\n]}\n", w->file);
    errno = 0;
    bool failed = ferror(w->file) != 0;
    if ((fclose(w->file) != 0 || failed) && status == WP_OK)
        status = writer_file_error(w, w->output, errno == 0 ? EIO : errno);
    /* Half a script is worse than none; but a device stays. */
    if (status != WP_OK && regular)
        (void)remove(w->output);
    return status;
}

wp_status json_from_script(wp_engine *engine, const char *source, const char *text, size_t size, const char *output,
                           wp_diag *diag) {
    static const char suffix[] = ".json";
    size_t length = strlen(output), end = sizeof suffix - 1;
    writer w = {.engine = engine, .output = output, .stem = length, .path_size = length + 32, .diag = diag};
    if (length > end && memcmp(output + length - end, suffix, end) == 0)
        w.stem -= end;
    WP_TRY(script_open(engine, NULL, text, size, &w.script, diag));
    w.path = malloc(w.path_size);
    wp_status status = w.path == NULL ? wp_fail_memory(diag) : writer_write_script(&w, source);
    free(w.path);
    script_close(w.script);
    return status;
}
