/* json_script.c: test scripts as JSON; see json_script.h.
 *
 * The commands are written one by one as they are read, so that a script of any length takes the memory of one command.
 */
#include "script/json_script.h"

#include "base/diag.h"
#include "script/json_value.h"
#include "base/arena.h"

#include <errno.h>
#include <inttypes.h>
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

static wp_status file_error(const writer *w, const char *path, int error) {
    return wp_fail(w->diag, WP_REFUSED, "%s: %s", path, strerror(error));
}

static wp_status write_file(const writer *w, const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return file_error(w, path, errno);
    errno = 0;
    bool written = fwrite(bytes, 1, size, file) == size;
    int error = errno;
    if (fclose(file) != 0 && written) {
        written = false;
        error = errno;
    }
    return written ? WP_OK : file_error(w, path, error);
}

/* Writes a module's file, and its name and type into the command. */
static wp_status write_module(writer *w, json_t *command, const void *bytes, size_t size, bool is_text) {
    snprintf(w->path, w->path_size, "%.*s.%zu.%s", (int)w->stem, w->output, w->modules++, is_text ? "wat" : "wasm");
    WP_TRY(write_file(w, w->path, bytes, size));
    const char *slash = strrchr(w->path, '/');
    if (json_object_set_new(command, "filename", json_string(slash == NULL ? w->path : slash + 1)) != 0 ||
        json_object_set_new(command, "module_type", json_string(is_text ? "text" : "binary")) != 0)
        return wp_fail(w->diag, WP_REFUSED, "%s: the name is not UTF-8, or out of memory", w->path);
    return WP_OK;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

/* True when an assertion is about the module's text, annotations included, so that no other form of it will do. */
static bool judges_text(script_kind kind) {
    return kind == SCRIPT_ASSERT_MALFORMED || kind == SCRIPT_ASSERT_MALFORMED_CUSTOM ||
           kind == SCRIPT_ASSERT_INVALID_CUSTOM;
}

static wp_status encode(writer *w, json_t *command, const wp_module *module) {
    uint8_t *bytes;
    size_t size;
    WP_TRY(wp_module_encode(module, &bytes, &size, w->diag));
    wp_status status = write_module(w, command, bytes, size, false);
    wp_buffer_free(w->engine, bytes, size);
    return status;
}

/* Converts a text module that parses; a wrong one stays text, for the engine to judge. */
static wp_status convert_text(writer *w, json_t *command, const script_module *module) {
    wp_module *parsed;
    wp_diag diag = {.status = WP_OK};
    wp_status status = script_module_parse(w->script, module, &parsed, &diag);
    if (status == WP_OK) {
        status = encode(w, command, parsed);
        wp_module_delete(parsed);
        return status;
    }
    if (status == WP_MALFORMED || status == WP_INVALID)
        return write_module(w, command, module->bytes.data, module->bytes.size, true);
    return wp_fail_at(w->diag, status, diag.where, "%s", diag.message);
}

static wp_status convert_module(writer *w, json_t *command, script_kind kind, const script_module *module) {
    if (module->form == SCRIPT_FORM_BINARY)
        return write_module(w, command, module->bytes.data, module->bytes.size, false);
    if (judges_text(kind))
        return write_module(w, command, module->bytes.data, module->bytes.size, true);
    return convert_text(w, command, module);
}

/* ---- Commands ------------------------------------------------------------------------------------------------ */

static json_t *from_action(const script_action *action) {
    json_t *json = json_pack("{s:s}", "type", action->is_get ? "get" : "invoke");
    if (!json_add_text(json, "module", action->module) || !json_add_text(json, "field", action->field) ||
        (!action->is_get && json_object_set_new(json, "args", json_from_values(action->args, action->nargs)) != 0)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* A list of [name, uri] and [name, uri, digest]. */
static json_t *from_entries(const script_entry *entries, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *entry = json_array();
        bool done =
            json_array_append_new(entry, json_from_text(entries[i].name)) == 0 &&
            json_array_append_new(entry, json_from_text(entries[i].uri)) == 0 &&
            (entries[i].digest.data == NULL || json_array_append_new(entry, json_from_text(entries[i].digest)) == 0);
        if (json_array_append_new(list, entry) != 0 || !done) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* A top-level invoke or get is an "action"; spaces in other kinds are written as '_'. */
static json_t *from_kind(script_kind kind) {
    char name[40];
    if (kind == SCRIPT_INVOKE || kind == SCRIPT_GET)
        return json_string("action");
    snprintf(name, sizeof name, "%s", script_kind_name(kind));
    for (char *c = name; *c != '\0'; c++)
        *c = *c == ' ' ? '_' : *c;
    return json_string(name);
}

static bool add_number(json_t *object, const char *key, uint64_t number) {
    return json_object_set_new(object, key, json_sprintf("%" PRIu64, number)) == 0;
}

/* The keys of commands about processes and programs. */
static bool add_process(json_t *json, const script_command *command) {
    switch (command->kind) {
    case SCRIPT_PROCESS:
        return json_object_set_new(json, "address", json_string(command->pointer == WP_T_I64 ? "i64" : "i32")) == 0 &&
               add_number(json, "pages", command->pages) && add_number(json, "stack", command->stack) &&
               json_object_set_new(json, "dictionary", from_entries(command->entries, command->nentries)) == 0;
    case SCRIPT_DICTIONARY:
        return json_object_set_new(json, "entries", from_entries(command->entries, command->nentries)) == 0;
    case SCRIPT_LIBRARY: return json_add_text(json, "uri", command->string);
    case SCRIPT_ASSERT_EXIT: return add_number(json, "code", command->code);
    default: return true;
    }
}

/* The keys of all commands but the module's. NULL: out of memory, or a string is not UTF-8. */
static json_t *from_parts(const script_command *command) {
    json_t *json = json_object();
    bool done = json_object_set_new(json, "type", from_kind(command->kind)) == 0 &&
                json_object_set_new(json, "line", json_integer(command->where.line)) == 0 &&
                json_add_text(json, "name", command->name) && json_add_text(json, "definition", command->definition) &&
                (command->kind != SCRIPT_REGISTER || json_add_text(json, "as", command->string)) &&
                json_add_text(json, "text", command->text) && add_process(json, command) &&
                (!command->has_action || json_object_set_new(json, "action", from_action(&command->action)) == 0) &&
                (command->kind != SCRIPT_ASSERT_RETURN ||
                 json_object_set_new(json, "expected", json_from_values(command->expected, command->nexpected)) == 0);
    if (done)
        return json;
    json_decref(json);
    return NULL;
}

static wp_status convert(writer *w, const script_command *command, json_t **out) {
    json_t *json = from_parts(command);
    if (json == NULL)
        return wp_fail_at(w->diag, WP_EXHAUSTION, command->where, "out of memory, or a string is not UTF-8");
    wp_status status = command->has_module ? convert_module(w, json, command->kind, &command->module) : WP_OK;
    if (status == WP_OK)
        *out = json;
    else
        json_decref(json);
    return status;
}

/* The command in an assert_refused is neither a module nor an assertion, so this recurs once. */
static wp_status convert_command(writer *w, const script_command *command, json_t **out) {
    json_t *json = NULL, *inner = NULL;
    WP_TRY(convert(w, command, &json));
    if (command->inner != NULL) {
        wp_status status = convert(w, command->inner, &inner);
        if (status == WP_OK && json_object_set_new(json, "command", inner) != 0)
            status = wp_fail_memory(w->diag);
        if (status != WP_OK) {
            json_decref(json);
            return status;
        }
    }
    *out = json;
    return WP_OK;
}

/* ---- The script ---------------------------------------------------------------------------------------------- */

static wp_status dump(const writer *w, const json_t *json) {
    errno = 0;
    if (json_dumpf(json, w->file, JSON_COMPACT | JSON_ENCODE_ANY) == 0)
        return WP_OK;
    return errno == 0 ? wp_fail_memory(w->diag) : file_error(w, w->output, errno);
}

static wp_status write_head(const writer *w, const char *source) {
    json_t *name = json_from_bytes(source);
    if (name == NULL)
        return wp_fail_memory(w->diag);
    fputs("{\"source_filename\":", w->file);
    wp_status status = dump(w, name);
    fputs(",\"commands\":[", w->file);
    json_decref(name);
    return status;
}

static wp_status write_commands(writer *w) {
    const script_command *command;
    for (const char *before = "\n";; before = ",\n") {
        json_t *json = NULL;
        WP_TRY(script_next(w->script, &command, w->diag));
        if (command == NULL)
            return WP_OK;
        WP_TRY(convert_command(w, command, &json));
        fputs(before, w->file);
        wp_status status = dump(w, json);
        json_decref(json);
        WP_TRY(status);
    }
}

static wp_status write_script(writer *w, const char *source) {
    w->file = fopen(w->output, "w");
    if (w->file == NULL)
        return file_error(w, w->output, errno);
    struct stat kind;
    bool regular = fstat(fileno(w->file), &kind) == 0 && S_ISREG(kind.st_mode);
    wp_status status = write_head(w, source);
    if (status == WP_OK)
        status = write_commands(w);
    fputs("\n]}\n", w->file);
    errno = 0;
    bool failed = ferror(w->file) != 0;
    if ((fclose(w->file) != 0 || failed) && status == WP_OK)
        status = file_error(w, w->output, errno == 0 ? EIO : errno);
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
    wp_status status = w.path == NULL ? wp_fail_memory(diag) : write_script(&w, source);
    free(w.path);
    script_close(w.script);
    return status;
}
