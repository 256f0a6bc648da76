/* remote.c: places that are OS processes of their own; see place.h. */
#include "base/diag.h"
#include "script/child.h"
#include "script/json_value.h"
#include "script/place.h"
#include "script/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct remote {
    script_place place;
    child child;
    script_os os;
    const place_library *sent; /* the newest library that it has; NULL: none */
    bool created;              /* it has answered the first request */
    bool ended;
    uint32_t exit_code;
    char reason[CHILD_ENDING_SIZE + 40]; /* follows "process has ended" */
} remote;

static remote *remote_of(script_place *p) {
    return (remote *)p;
}

/* ---- Errors -------------------------------------------------------------------------------------------------- */

static const char has_ended[] = "process has ended";

static wp_status remote_fail_encoding(wp_diag *diag) {
    return wp_fail(diag, WP_EXHAUSTION, "out of memory, or a string is not UTF-8");
}

/* An answer that the driver of this version would never give. */
static wp_status remote_fail_answer(wp_diag *diag, const char *what) {
    return wp_fail(diag, WP_CRASH, "the OS process gives a strange answer: %s", what);
}

static void remote_count_rule(place_context *x, const char *id, uint64_t count) {
    for (size_t i = 0; i < wp_rule_count(); i++)
        if (strcmp(wp_rule_get(i).id, id) == 0)
            x->hits[i] += count;
}

/* Rule process.end, where there is no process left to say it. */
static wp_status remote_refuse(const remote *r, wp_diag *diag) {
    if (wp_rules_enabled())
        remote_count_rule(r->place.context, "process.end", 1);
    return wp_fail(diag, WP_REFUSED, "%s%s", has_ended, r->reason);
}

/* The OS process has ended by itself. */
static void remote_note_death(remote *r) {
    char ending[CHILD_ENDING_SIZE];
    snprintf(r->reason, sizeof r->reason, ": OS process %ld: %s", (long)r->child.pid, child_ending(&r->child, ending));
    r->ended = true;
}

/* It has ended while it was to answer. */
static wp_status remote_fail_death(remote *r, wp_diag *diag) {
    const script_stop *stop = r->place.context->options.stop;
    remote_note_death(r);
    wp_status status = child_verdict(&r->child);
    if (stop != NULL && stop->requested)
        status = wp_fail(diag, WP_EXHAUSTION, "interrupted");
    else if (status == WP_REFUSED)
        status = remote_refuse(r, diag);
    else
        status = wp_fail(diag, status, "%s", r->reason + 2);
    child_end(&r->child);
    return status;
}

static wp_status remote_find_status(const char *kind) {
    for (wp_status status = WP_MALFORMED; status <= WP_CRASH; status++)
        if (strcmp(wp_status_name(status), kind) == 0)
            return status;
    return WP_OK;
}

/* Passes the error of an answer on. */
static wp_status remote_fail_error(remote *r, const json_t *error, wp_diag *diag) {
    const char *kind = json_string_value(json_object_get(error, "kind"));
    const char *message = json_string_value(json_object_get(error, "message"));
    if (kind == NULL || message == NULL)
        return remote_fail_answer(diag, "neither success nor an error");
    if (strcmp(kind, "protocol") == 0) {
        r->place.context->mistaken = true;
        return wp_fail(diag, WP_CRASH, "%s", message);
    }
    wp_status status = remote_find_status(kind);
    if (status == WP_OK)
        return remote_fail_answer(diag, kind);
    /* The process has ended in the call; the OS process only had to answer. */
    unsigned code;
    if (status == WP_EXIT && sscanf(message, "exit with code %u", &code) == 1)
        r->exit_code = code;
    if (status == WP_EXIT || (status == WP_REFUSED && strncmp(message, has_ended, strlen(has_ended)) == 0)) {
        r->ended = true;
        child_end(&r->child);
    }
    return wp_fail(diag, status, status == WP_UNSUPPORTED ? "unsupported: %s" : "%s", message);
}

/* ---- Requests and answers ------------------------------------------------------------------------------------ */

/* Before and after the OS process has something to do: Ctrl-C ends it. */
static void remote_begin(const remote *r) {
    script_stop *stop = r->place.context->options.stop;
    /* Its output comes after the earlier output of this one. */
    if (r->place.context->options.print != NULL)
        fflush(r->place.context->options.print);
    if (stop == NULL)
        return;
    stop->child = r->child.pid;
    if (stop->requested)
        script_interrupt(stop);
}

static void remote_finish(place_context *x) {
    if (x->options.stop != NULL)
        x->options.stop->child = 0;
}

/* Sends a request and takes the answer apart: NULL, and the status in *status, unless it is an object. */
static json_t *remote_exchange_lines(remote *r, const json_t *request, wp_status *status, wp_diag *diag) {
    const char *answer;
    size_t size;
    json_error_t error;
    char *line = json_dumps(request, JSON_COMPACT);
    if (line == NULL) {
        *status = remote_fail_encoding(diag);
        return NULL;
    }
    size_t length = strlen(line);
    line[length] = '\n'; /* in place of the NUL */
    remote_begin(r);
    bool answered = child_ask(&r->child, &r->os, line, length + 1, &answer, &size);
    remote_finish(r->place.context);
    free(line);
    if (!answered) {
        *status = remote_fail_death(r, diag);
        return NULL;
    }
    json_t *json = json_loadb(answer, size, JSON_ALLOW_NUL, &error);
    bool short_of_memory = json == NULL && (json_error_code(&error) == json_error_out_of_memory ||
                                            json_error_code(&error) == json_error_unknown);
    if (json == NULL)
        *status = short_of_memory ? wp_fail_memory(diag) : remote_fail_answer(diag, error.text);
    return json;
}

/* Adds the rules that have fired in the OS process since this was last done. */
static void remote_collect_rules(remote *r) {
    static const char line[] = "{\"id\":0,\"cmd\":\"rules\"}\n";
    const char *answer, *id;
    size_t size;
    json_t *count;
    /* A process that dies here is reported by the next command. */
    if (!wp_rules_enabled() || !child_ask(&r->child, &r->os, line, sizeof line - 1, &answer, &size))
        return;
    json_t *json = json_loadb(answer, size, 0, NULL);
    json_object_foreach(json_object_get(json, "rules"), id, count)
        remote_count_rule(r->place.context, id, (uint64_t)json_integer_value(count));
    json_decref(json);
}

static wp_status remote_live(remote *r, wp_diag *diag) {
    if (!r->ended && !child_alive(&r->child)) {
        remote_note_death(r);
        child_end(&r->child);
    }
    return r->ended ? remote_refuse(r, diag) : WP_OK;
}

/* Sends a request, which it consumes (NULL: out of memory), and reads the answer: a new reference, unless answer is
 * NULL. */
static wp_status remote_ask(script_place *p, json_t *request, json_t **answer, wp_diag *diag) {
    remote *r = remote_of(p);
    wp_status status = request == NULL ? remote_fail_encoding(diag) : WP_OK;
    /* Of the first request, a program that could not be run is the answer, though it has ended. */
    if (status == WP_OK && r->created)
        status = remote_live(r, diag);
    json_t *json = status == WP_OK ? remote_exchange_lines(r, request, &status, diag) : NULL;
    json_decref(request);
    if (json == NULL)
        return status;
    r->created = true;
    remote_collect_rules(r);
    if (!json_is_true(json_object_get(json, "ok")))
        status = remote_fail_error(r, json_object_get(json, "error"), diag);
    if (status == WP_OK && answer != NULL)
        *answer = json;
    else
        json_decref(json);
    return status;
}

static json_t *remote_new_request(const char *command) {
    return json_pack("{s:i, s:s}", "id", 1, "cmd", command);
}

/* A request with a number. */
static json_t *remote_new_about(const char *command, const char *key, uint64_t number) {
    return json_with(remote_new_request(command), key, json_from_number(number));
}

/* ---- The beginning and the end ------------------------------------------------------------------------------- */

typedef struct command_line {
    wp_arena *pool;
    char **words;
    size_t count;
    bool failed; /* out of memory */
} command_line;

static void WP_PRINTF(2, 3) remote_add_word(command_line *line, const char *format, ...) {
    char word[160];
    va_list args;
    if (line->failed)
        return;
    va_start(args, format);
    vsnprintf(word, sizeof word, format, args);
    va_end(args);
    line->words[line->count] = wp_arena_text(line->pool, word, strlen(word));
    line->failed = line->words[line->count++] == NULL;
}

/* The command line of the driver: the options that no request carries. */
static char **remote_make_arguments(wp_arena *pool, const script_options *options, uint64_t seed) {
    command_line line = {.pool = pool, .words = wp_arena_alloc(pool, options->nlimits + 10, sizeof *line.words)};
    line.failed = line.words == NULL;
    remote_add_word(&line, "wasmproc");
    remote_add_word(&line, "driver");
    remote_add_word(&line, "--fds=" CHILD_SOCKET "," CHILD_SOCKET);
    remote_add_word(&line, "--os-process=never");
    remote_add_word(&line, "--backend=%s", options->backend == WP_BACKEND_NATIVE ? "native" : "sparse");
    if (options->has_fuel)
        remote_add_word(&line, "--fuel=%" PRIu64, options->fuel);
    if (options->aslr)
        remote_add_word(&line, "--aslr=%" PRIu64, seed);
    if (options->trace != NULL)
        remote_add_word(&line, "--trace");
    for (size_t i = 0; i < options->nlimits; i++)
        remote_add_word(&line, "--limit=%s=%" PRIu64, options->limits[i].name, options->limits[i].value);
    return line.failed ? NULL : line.words;
}

static wp_status remote_start(remote *r, const script_options *options, uint64_t seed, wp_diag *diag) {
    wp_arena pool;
    wp_arena_init(&pool, options->allocator);
    char **arguments = remote_make_arguments(&pool, options, seed);
    wp_status status = arguments == NULL ? wp_fail_memory(diag)
                                         : child_start(&r->child, &r->os, options->print != NULL, arguments, diag);
    wp_arena_release(&pool);
    r->place.pid = r->child.pid;
    return status;
}

static json_t *remote_new_process(const place_desc *desc) {
    json_t *request = remote_new_about("process", "pages", desc->pages);
    request = json_with(request, "stack", json_from_number(desc->stack));
    if (desc->limited)
        request = json_with(request, "limit", json_from_number(desc->limit));
    request = json_with(request, "address", json_string(desc->pointer == WP_T_I64 ? "i64" : "i32"));
    return json_with(request, "dictionary", json_from_entries(desc->entries, desc->nentries));
}

static wp_status remote_end(script_place *p, wp_diag *diag) {
    remote *r = remote_of(p);
    WP_TRY(remote_ask(p, remote_new_request("end"), NULL, diag));
    r->ended = true;
    child_end(&r->child);
    return WP_OK;
}

static void remote_dismiss(script_place *p) {
    child_dismiss(&remote_of(p)->child);
}

static void remote_release(script_place *p) {
    child_end(&remote_of(p)->child);
}

/* Publishes in the OS process the libraries that have been published since this was last done. */
static wp_status remote_publish(script_place *p, wp_diag *diag) {
    remote *r = remote_of(p);
    const place_library *next = r->sent == NULL ? r->place.context->libraries : r->sent->next;
    for (; next != NULL; next = next->next) {
        json_t *request = json_with_text(remote_new_request("library"), "uri", next->uri);
        request = json_with(request, "bytes", json_from_base64(next->bytes, next->size));
        WP_TRY(remote_ask(p, request, NULL, diag));
        r->sent = next;
    }
    return WP_OK;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

/* Adds a module in binary form, and its name, which the binary form lacks. */
static json_t *remote_with_module(json_t *request, place_context *x, const wp_module *module, wp_status *status,
                                  wp_diag *diag) {
    uint8_t *bytes;
    size_t size;
    *status = wp_module_encode(module, &bytes, &size, diag);
    if (*status != WP_OK) {
        json_decref(request);
        return NULL;
    }
    const char *id = wp_module_id(module);
    request = json_with(request, "bytes", json_from_base64(bytes, size));
    wp_buffer_free(x->engine, bytes, size);
    return json_with_text(request, "label", id == NULL ? (script_text){NULL, 0} : (script_text){id, strlen(id)});
}

static wp_status remote_ask_module(script_place *p, json_t *request, const wp_module *module, wp_diag *diag) {
    wp_status status;
    request = remote_with_module(request, p->context, module, &status, diag);
    return status == WP_OK ? remote_ask(p, request, NULL, diag) : status;
}

static wp_status remote_module(script_place *p, script_text name, wp_module *module, wp_diag *diag) {
    WP_TRY(remote_publish(p, diag));
    return remote_ask_module(p, json_with_text(remote_new_request("module"), "name", name), module, diag);
}

static wp_status remote_check(script_place *p, wp_module *module, wp_diag *diag) {
    WP_TRY(remote_publish(p, diag));
    return remote_ask_module(p, json_with(remote_new_request("check"), "phase", json_string("instantiate")), module,
                             diag);
}

static wp_status remote_register(script_place *p, script_text name, script_text as, wp_diag *diag) {
    return remote_ask(p, json_with_text(json_with_text(remote_new_request("register"), "name", name), "as", as), NULL,
                      diag);
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* Makes the one reference that stands for every function reference of another OS process: their functions can't be told
 * apart here. */
static wp_status remote_make_function(place_context *x, wp_diag *diag) {
    static const char text[] = "(module (func $f) (global (export \"\") funcref (ref.func $f)))";
    wp_module *module;
    wp_instance *instance;
    wp_extern global;
    if (x->function.bits != 0)
        return WP_OK;
    WP_TRY(wp_module_parse(x->engine, text, sizeof text - 1, &module, diag));
    wp_status status = wp_module_validate(module, diag);
    if (status == WP_OK)
        status = wp_instantiate(x->plain, module, &instance, diag);
    wp_module_delete(module);
    WP_TRY(status);
    if (wp_instance_export(instance, "", 0, &global))
        x->function = wp_global_value(global).of.ref;
    return WP_OK;
}

static wp_status remote_make_value(place_context *x, const json_t *json, wp_value *out, wp_diag *diag) {
    script_value value;
    script_text type = json_text(json_object_get(json, "type")), text = json_text(json_object_get(json, "value"));
    const char *what;
    if (json_to_value(json, &value, &what))
        return script_value_argument(x->plain, &value, out, diag);
    if (type.data == NULL || text.data == NULL)
        return remote_fail_answer(diag, "a value without a type or a value");
    if (!script_text_is(type, "funcref") || !script_text_is(text, "func"))
        return wp_fail(diag, WP_UNSUPPORTED, "unsupported: a reference of type %.40s out of an OS process", type.data);
    WP_TRY(remote_make_function(x, diag));
    *out = (wp_value){.type = WP_T_FUNCREF, .of.ref = x->function};
    return WP_OK;
}

static wp_status remote_make_values(place_context *x, const json_t *list, wp_arena *pool, place_results *out,
                                    wp_diag *diag) {
    size_t count = json_array_size(list);
    wp_value *items = wp_arena_alloc(pool, count, sizeof *items);
    if (items == NULL)
        return wp_fail_memory(diag);
    for (size_t i = 0; i < count; i++)
        WP_TRY(remote_make_value(x, json_array_get(list, i), &items[i], diag));
    *out = (place_results){items, count};
    return WP_OK;
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

static wp_status remote_act(script_place *p, const script_action *action, wp_arena *pool, place_results *out,
                            wp_diag *diag) {
    json_t *answer = NULL;
    if (!action->is_get)
        WP_TRY(remote_publish(p, diag));
    json_t *request = remote_new_request(action->is_get ? "get" : "invoke");
    request = json_with_text(json_with_text(request, "module", action->module), "field", action->field);
    if (!action->is_get)
        request = json_with(request, "args", json_from_values(action->args, action->nargs));
    WP_TRY(remote_ask(p, request, &answer, diag));
    wp_status status = remote_make_values(p->context, json_object_get(answer, "values"), pool, out, diag);
    if (status == WP_OK && action->is_get && out->count != 1)
        status = remote_fail_answer(diag, "a value without a type or a value");
    json_decref(answer);
    return status;
}

static uint32_t remote_exit_code(const script_place *p) {
    return ((const remote *)p)->exit_code;
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

static wp_status remote_bind(script_place *p, const script_entry *entries, size_t count, wp_diag *diag) {
    return remote_ask(p, json_with(remote_new_request("dictionary"), "entries", json_from_entries(entries, count)),
                      NULL, diag);
}

static wp_status remote_unload(script_place *p, script_text name, wp_diag *diag) {
    return remote_ask(p, json_with_text(remote_new_request("unload"), "name", name), NULL, diag);
}

/* ---- The platform API ---------------------------------------------------------------------------------------- */

/* Asks for a number. */
static wp_status remote_ask_number(script_place *p, json_t *request, uint64_t *out, wp_diag *diag) {
    json_t *answer = NULL;
    WP_TRY(remote_ask(p, request, &answer, diag));
    bool found = json_to_number(json_object_get(answer, "value"), UINT64_MAX, out);
    json_decref(answer);
    return found ? WP_OK : remote_fail_answer(diag, "no number");
}

static wp_status remote_mmap(script_place *p, uint64_t hint, uint64_t length, uint64_t *address, wp_diag *diag) {
    json_t *request = remote_new_about("mmap", "hint", hint);
    return remote_ask_number(p, json_with(request, "length", json_from_number(length)), address, diag);
}

/* A function whose result is 1 or 0. */
static wp_status remote_ask_done(script_place *p, const char *cmd, uint64_t address, uint64_t length, bool *done,
                                 wp_diag *diag) {
    uint64_t number = 0;
    json_t *request = remote_new_about(cmd, "addr", address);
    WP_TRY(remote_ask_number(p, json_with(request, "length", json_from_number(length)), &number, diag));
    *done = number != 0;
    return WP_OK;
}

static wp_status remote_munmap(script_place *p, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    return remote_ask_done(p, "munmap", address, length, done, diag);
}

static wp_status remote_discard(script_place *p, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    return remote_ask_done(p, "discard", address, length, done, diag);
}

static wp_status remote_read(script_place *p, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag) {
    json_t *answer = NULL, *request = remote_new_about("peek", "addr", address);
    WP_TRY(remote_ask(p, json_with(request, "length", json_from_number(size)), &answer, diag));
    size_t got = 0;
    bool is_base64;
    uint8_t *block = json_to_bytes(json_object_get(answer, "bytes"), &got, &is_base64);
    wp_status status = is_base64 && block == NULL ? wp_fail_memory(diag) : WP_OK;
    if (status == WP_OK && (block == NULL || got != size))
        status = remote_fail_answer(diag, "no bytes");
    if (status == WP_OK)
        memcpy(bytes, block, size);
    free(block);
    json_decref(answer);
    return status;
}

static wp_status remote_write(script_place *p, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag) {
    json_t *request = remote_new_about("poke", "addr", address);
    return remote_ask(p, json_with(request, "bytes", json_from_base64(bytes, size)), NULL, diag);
}

/* ---- Opening ------------------------------------------------------------------------------------------------- */

static wp_status remote_check_live(script_place *p, wp_diag *diag) {
    return remote_live(remote_of(p), diag);
}

static const place_ops remote_ops = {
    .check_live = remote_check_live,
    .module = remote_module,
    .check = remote_check,
    .enregister = remote_register,
    .act = remote_act,
    .exit_code = remote_exit_code,
    .bind = remote_bind,
    .unload = remote_unload,
    .end = remote_end,
    .mmap = remote_mmap,
    .munmap = remote_munmap,
    .discard = remote_discard,
    .read = remote_read,
    .write = remote_write,
    .dismiss = remote_dismiss,
    .release = remote_release,
};

wp_status remote_open(place_context *x, const place_desc *desc, script_place **out, wp_diag *diag) {
    remote *r = (remote *)place_new(x, &remote_ops, sizeof *r, true);
    if (r == NULL)
        return wp_fail_memory(diag);
    r->os = x->options.os;
    wp_status status = remote_start(r, &x->options, x->options.seed + x->processes, diag);
    if (status == WP_OK)
        status = remote_ask(&r->place, remote_new_process(desc), NULL, diag);
    if (status == WP_OK)
        *out = &r->place;
    else
        place_delete(&r->place);
    return status;
}
