/* driver_command.c: the commands of the driver protocol, in the order of its table, and the keys of their requests; see
 * driver_exchange.h. */
#include "script/driver_exchange.h"

#include "script/value.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- Requests and answers ------------------------------------------------------------------------------------ */

wp_status driver_protocol(exchange *x, const char *format, ...) {
    va_list args;
    x->is_protocol = true;
    x->diag.status = WP_CRASH;
    va_start(args, format);
    vsnprintf(x->diag.message, sizeof x->diag.message, format, args);
    va_end(args);
    return WP_CRASH;
}

/* A string of the request. Unless required it may be missing or null: then it is absent. */
static wp_status driver_text(exchange *x, const char *key, bool required, script_text *out) {
    const json_t *value = json_object_get(x->request, key);
    *out = json_text(value);
    if (out->data != NULL || (!required && (value == NULL || json_is_null(value))))
        return WP_OK;
    return driver_protocol(x, value == NULL ? "\"%s\" is missing" : "\"%s\" is not a string", key);
}

/* A number, as a decimal string. */
static wp_status driver_number(exchange *x, const char *key, uint64_t most, uint64_t *out) {
    const json_t *value = json_object_get(x->request, key);
    if (json_to_number(value, most, out))
        return WP_OK;
    if (value == NULL)
        return driver_protocol(x, "\"%s\" is missing", key);
    return driver_protocol(x, "\"%s\" is not an unsigned decimal string up to %llu", key, (unsigned long long)most);
}

/* Bytes, in base64; release them with free. */
static wp_status driver_bytes(exchange *x, const char *key, uint8_t **bytes, size_t *size) {
    script_text text;
    bool is_base64;
    WP_TRY(driver_text(x, key, true, &text));
    *bytes = json_to_bytes(json_object_get(x->request, key), size, &is_base64);
    if (*bytes == NULL)
        return is_base64 ? wp_fail_memory(&x->diag) : driver_protocol(x, "\"%s\" is not base64", key);
    return WP_OK;
}

/* Adds a key to the answer, and takes over the value. */
static wp_status answer(exchange *x, const char *key, json_t *value) {
    return json_object_set_new(x->answer, key, value) == 0 ? WP_OK : wp_fail_memory(&x->diag);
}

/* ---- hello --------------------------------------------------------------------------------------------------- */

/* The supported features of feature.def, and two of the driver's own: "text", the text format is read; "custom", custom
 * sections are checked. */
static json_t *feature_list(void) {
    json_t *list = json_pack("[s, s]", "text", "custom");
    for (size_t i = 0; i < wp_feature_count(); i++) {
        wp_feature_info info = wp_feature_get(i);
        if (info.supported)
            list = json_append(list, json_string(info.name));
    }
    return list;
}

static wp_status cmd_hello(exchange *x) {
    WP_TRY(answer(x, "name", json_string("wasmproc")));
    WP_TRY(answer(x, "version", json_string(wp_version())));
    WP_TRY(answer(x, "features", feature_list()));
    WP_TRY(answer(x, "profiles", json_pack("[s]", "strict")));
    return answer(x, "process", json_true());
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

/* Decodes "bytes" or parses "text". */
static wp_status read_module(exchange *x, wp_module **out) {
    wp_engine *engine = x->driver->engine;
    script_text text;
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (json_object_get(x->request, "bytes") == NULL) {
        if (json_object_get(x->request, "text") == NULL)
            return driver_protocol(x, "neither \"bytes\" nor \"text\" is given");
        WP_TRY(driver_text(x, "text", true, &text));
        return wp_module_parse(engine, text.data, text.size, out, &x->diag);
    }
    WP_TRY(driver_bytes(x, "bytes", &bytes, &size));
    wp_status status = wp_module_decode(engine, bytes, size, out, &x->diag);
    free(bytes);
    return status;
}

/* Gives a module the name for messages, if there is one. */
static wp_status take_label(exchange *x, wp_module *module) {
    script_text label;
    WP_TRY(driver_text(x, "label", false, &label));
    return label.data == NULL || wp_module_set_id(module, label.data, label.size) ? WP_OK : wp_fail_memory(&x->diag);
}

static wp_status read_valid_module(exchange *x, wp_module **out) {
    wp_module *module = NULL;
    WP_TRY(read_module(x, &module));
    wp_status status = take_label(x, module);
    if (status == WP_OK)
        status = wp_module_validate(module, &x->diag);
    if (status == WP_OK)
        *out = module;
    else
        wp_module_delete(module);
    return status;
}

static wp_status cmd_module(exchange *x) {
    script_text name;
    wp_module *module = NULL;
    WP_TRY(driver_text(x, "name", false, &name));
    WP_TRY(read_valid_module(x, &module));
    wp_status status = x->place->ops->module(x->place, name, module, &x->diag);
    wp_module_delete(module);
    return status;
}

static wp_status cmd_define(exchange *x) {
    script_text name;
    wp_module *module = NULL;
    WP_TRY(driver_text(x, "name", false, &name));
    WP_TRY(read_valid_module(x, &module));
    return session_define(x->driver->session, name, module, &x->diag);
}

static wp_status cmd_instantiate(exchange *x) {
    script_text name, definition;
    wp_module *module;
    WP_TRY(driver_text(x, "name", false, &name));
    WP_TRY(driver_text(x, "definition", false, &definition));
    WP_TRY(session_definition(x->driver->session, definition, &module, &x->diag));
    return x->place->ops->module(x->place, name, module, &x->diag);
}

static wp_status cmd_check(exchange *x) {
    script_text phase;
    wp_module *module = NULL;
    WP_TRY(driver_text(x, "phase", true, &phase));
    bool decode = script_text_is(phase, "decode"), all = script_text_is(phase, "instantiate");
    if (!decode && !all && !script_text_is(phase, "validate"))
        return driver_protocol(x, "\"phase\" is not \"decode\", \"validate\" or \"instantiate\"");
    WP_TRY(decode ? read_module(x, &module) : read_valid_module(x, &module));
    wp_status status = all ? x->place->ops->check(x->place, module, &x->diag) : WP_OK;
    wp_module_delete(module);
    return status;
}

static wp_status cmd_register(exchange *x) {
    script_text as, name;
    WP_TRY(driver_text(x, "as", true, &as));
    WP_TRY(driver_text(x, "name", false, &name));
    return x->place->ops->enregister(x->place, name, as, &x->diag);
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

static wp_status act(exchange *x, script_action *action) {
    place_results results = {NULL, 0};
    json_t *list = json_array();
    wp_status status = driver_text(x, "module", false, &action->module);
    if (status == WP_OK)
        status = driver_text(x, "field", true, &action->field);
    if (status == WP_OK)
        status = x->place->ops->act(x->place, action, &x->pool, &results, &x->diag);
    for (size_t i = 0; i < results.count && status == WP_OK; i++)
        list = json_append(list, json_from_result(&results.items[i]));
    if (status == WP_OK)
        return answer(x, "values", list);
    json_decref(list);
    return status;
}

static wp_status cmd_invoke(exchange *x) {
    const json_t *list = json_object_get(x->request, "args");
    if (list != NULL && !json_is_array(list))
        return driver_protocol(x, "\"args\" is not a list");
    size_t count = json_array_size(list);
    script_value *args = wp_arena_alloc(&x->pool, count, sizeof *args);
    if (args == NULL)
        return wp_fail_memory(&x->diag);
    for (size_t i = 0; i < count; i++) {
        const char *what;
        if (!json_to_value(json_array_get(list, i), &args[i], &what))
            return driver_protocol(x, "argument %zu: %s", i, what);
    }
    return act(x, &(script_action){.args = args, .nargs = count});
}

static wp_status cmd_get(exchange *x) {
    return act(x, &(script_action){.is_get = true});
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

/* A key that may be missing: `out` then stays as it is. */
static wp_status optional_number(exchange *x, const char *key, uint64_t *out) {
    return json_object_get(x->request, key) == NULL ? WP_OK : driver_number(x, key, UINT64_MAX, out);
}

/* [name, uri] or [name, uri, digest]. */
static bool read_entry(const json_t *json, script_entry *out) {
    size_t size = json_array_size(json);
    *out = (script_entry){json_text(json_array_get(json, 0)), json_text(json_array_get(json, 1)),
                          json_text(json_array_get(json, 2))};
    return (size == 2 || size == 3) && out->name.data != NULL && out->uri.data != NULL &&
           (size == 2) == (out->digest.data == NULL);
}

/* A list of entries, which may be NULL; release *out with free. */
static wp_status read_entries(exchange *x, const json_t *list, script_entry **out) {
    size_t count = json_array_size(list);
    script_entry *entries = calloc(count + 1, sizeof *entries);
    if (entries == NULL)
        return wp_fail_memory(&x->diag);
    for (size_t i = 0; i < count; i++)
        if (!read_entry(json_array_get(list, i), &entries[i])) {
            free(entries);
            return driver_protocol(x, "entry %zu is not [name, uri] or [name, uri, digest]", i);
        }
    *out = entries;
    return WP_OK;
}

static wp_status cmd_process(exchange *x) {
    script_text name, address;
    uint64_t pages, stack = 0, limit = 0;
    const json_t *dictionary = json_object_get(x->request, "dictionary");
    WP_TRY(driver_text(x, "name", false, &name));
    WP_TRY(driver_text(x, "address", false, &address));
    WP_TRY(driver_number(x, "pages", UINT64_MAX, &pages));
    WP_TRY(optional_number(x, "stack", &stack));
    WP_TRY(optional_number(x, "limit", &limit));
    bool limited = json_object_get(x->request, "limit") != NULL, wide = script_text_is(address, "i64");
    if (address.data != NULL && !wide && !script_text_is(address, "i32"))
        return driver_protocol(x, "\"address\" is not \"i32\" or \"i64\"");
    if (dictionary != NULL && !json_is_array(dictionary))
        return driver_protocol(x, "\"dictionary\" is not a list");
    script_entry *entries = NULL;
    session *s = x->driver->session;
    WP_TRY(read_entries(x, dictionary, &entries));
    place_desc desc = {wide ? WP_T_I64 : WP_T_I32, pages, stack, limited, limit, entries, json_array_size(dictionary)};
    wp_status status = session_process(s, name, &desc, &x->diag);
    free(entries);
    WP_TRY(status);
    pid_t pid = session_current(s)->pid;
    return pid == 0 ? WP_OK : answer(x, "pid", json_sprintf("%ld", (long)pid));
}

static wp_status cmd_switch(exchange *x) {
    script_text name;
    WP_TRY(driver_text(x, "name", false, &name));
    return session_switch(x->driver->session, name, &x->diag);
}

static wp_status cmd_end(exchange *x) {
    script_text name;
    WP_TRY(driver_text(x, "name", false, &name));
    return session_end(x->driver->session, name, &x->diag);
}

static wp_status cmd_dictionary(exchange *x) {
    const json_t *list = json_object_get(x->request, "entries");
    script_entry *entries = NULL;
    if (!json_is_array(list))
        return driver_protocol(x, "\"entries\" is not a list");
    WP_TRY(read_entries(x, list, &entries));
    wp_status status = x->place->ops->bind(x->place, entries, json_array_size(list), &x->diag);
    free(entries);
    return status;
}

/* A text module becomes bytes; it need not be valid. */
static wp_status publish_text(exchange *x, script_text uri) {
    wp_module *module = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    WP_TRY(read_module(x, &module));
    wp_status status = wp_module_encode(module, &bytes, &size, &x->diag);
    wp_module_delete(module);
    if (status != WP_OK)
        return status;
    status = session_library(x->driver->session, uri, bytes, size, &x->diag);
    wp_buffer_free(x->driver->engine, bytes, size);
    return status;
}

static wp_status cmd_library(exchange *x) {
    script_text uri;
    uint8_t *bytes = NULL;
    size_t size = 0;
    WP_TRY(driver_text(x, "uri", true, &uri));
    if (json_object_get(x->request, "bytes") == NULL)
        return publish_text(x, uri);
    WP_TRY(driver_bytes(x, "bytes", &bytes, &size));
    wp_status status = session_library(x->driver->session, uri, bytes, size, &x->diag);
    free(bytes);
    return status;
}

static wp_status cmd_unload(exchange *x) {
    script_text name;
    WP_TRY(driver_text(x, "name", true, &name));
    return x->place->ops->unload(x->place, name, &x->diag);
}

static wp_status cmd_peek(exchange *x) {
    uint64_t address = 0, length = 0;
    WP_TRY(driver_number(x, "addr", UINT64_MAX, &address));
    WP_TRY(driver_number(x, "length", WP_PAGE_SIZE, &length));
    uint8_t *bytes = malloc(WP_PAGE_SIZE);
    if (bytes == NULL)
        return wp_fail_memory(&x->diag);
    wp_status status = x->place->ops->read(x->place, address, bytes, (size_t)length, &x->diag);
    if (status == WP_OK)
        status = answer(x, "bytes", json_from_base64(bytes, (size_t)length));
    free(bytes);
    return status;
}

static wp_status cmd_poke(exchange *x) {
    uint64_t address = 0;
    uint8_t *bytes = NULL;
    size_t size = 0;
    WP_TRY(driver_number(x, "addr", UINT64_MAX, &address));
    WP_TRY(driver_bytes(x, "bytes", &bytes, &size));
    wp_status status = x->place->ops->write(x->place, address, bytes, size, &x->diag);
    free(bytes);
    return status;
}

static wp_status cmd_mmap(exchange *x) {
    uint64_t hint = 0, length = 0, address = 0;
    WP_TRY(driver_number(x, "hint", UINT64_MAX, &hint));
    WP_TRY(driver_number(x, "length", UINT64_MAX, &length));
    WP_TRY(x->place->ops->mmap(x->place, hint, length, &address, &x->diag));
    return answer(x, "value", json_from_number(address));
}

/* munmap, discard */
static wp_status on_range(exchange *x, wp_status (*perform)(script_place *, uint64_t, uint64_t, bool *, wp_diag *)) {
    uint64_t address = 0, length = 0;
    bool done = false;
    WP_TRY(driver_number(x, "addr", UINT64_MAX, &address));
    WP_TRY(driver_number(x, "length", UINT64_MAX, &length));
    WP_TRY(perform(x->place, address, length, &done, &x->diag));
    return answer(x, "value", json_from_number(done ? 1 : 0));
}

static wp_status cmd_munmap(exchange *x) {
    return on_range(x, x->place->ops->munmap);
}

static wp_status cmd_discard(exchange *x) {
    return on_range(x, x->place->ops->discard);
}

/* ---- Rules and reset ----------------------------------------------------------------------------------------- */

static wp_status cmd_rules(exchange *x) {
    driver *d = x->driver;
    if (!wp_rules_enabled())
        return wp_fail(&x->diag, WP_UNSUPPORTED, "unsupported: rules: this build does not count them");
    json_t *rules = json_object();
    for (size_t i = 0; i < wp_rule_count(); i++) {
        uint64_t hits = session_rule_hits(d->session, i), fresh = hits - d->hits[i];
        d->hits[i] = hits;
        if (fresh != 0)
            rules = json_with(rules, wp_rule_get(i).id, json_integer((json_int_t)fresh));
    }
    return answer(x, "rules", rules);
}

/* Creates the new session before deleting the old one, so that failure leaves one. */
static wp_status cmd_reset(exchange *x) {
    driver *d = x->driver;
    session *fresh = NULL;
    WP_TRY(session_new(d->engine, &d->options, &fresh, &x->diag));
    /* The new session has no OS processes in which rules have fired. */
    for (size_t i = 0; i < wp_rule_count(); i++)
        d->hits[i] -= session_remote_hits(d->session, i);
    session_delete(d->session);
    d->session = fresh;
    return WP_OK;
}

/* ---- All of them --------------------------------------------------------------------------------------------- */

typedef struct driver_command {
    const char *name;
    wp_status (*perform)(exchange *x);
    bool needs_process; /* the current place must be one */
} driver_command;

static const driver_command *driver_find_command(script_text name) {
    /* clang-format off */
    static const driver_command commands[] = {
        {"hello", cmd_hello, false},             {"module", cmd_module, false},
        {"define", cmd_define, false},           {"instantiate", cmd_instantiate, false},
        {"check", cmd_check, false},             {"register", cmd_register, false},
        {"invoke", cmd_invoke, false},           {"get", cmd_get, false},
        {"process", cmd_process, false},         {"switch", cmd_switch, false},
        {"end", cmd_end, false},                 {"dictionary", cmd_dictionary, true},
        {"library", cmd_library, false},         {"unload", cmd_unload, true},
        {"peek", cmd_peek, true},                {"poke", cmd_poke, true},
        {"mmap", cmd_mmap, true},                {"munmap", cmd_munmap, true},
        {"discard", cmd_discard, true},          {"rules", cmd_rules, false},
        {"reset", cmd_reset, false},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (script_text_is(name, commands[i].name))
            return &commands[i];
    return NULL;
}

wp_status driver_perform(exchange *x) {
    script_text name;
    session *s = x->driver->session;
    if (!json_is_object(x->request))
        return driver_protocol(x, "the request is not an object");
    WP_TRY(driver_text(x, "cmd", true, &name));
    const driver_command *command = driver_find_command(name);
    if (command == NULL)
        return driver_protocol(x, "unknown cmd \"%.*s\"", name.size > 100 ? 100 : (int)name.size, name.data);
    x->answer = json_object();
    x->place = session_current(s);
    wp_status status = command->needs_process ? session_current_process(s, &x->place, &x->diag) : WP_OK;
    if (status == WP_OK)
        status = command->perform(x);
    /* A name that does not exist is a mistake of the request. */
    if (session_mistaken(x->driver->session) && status == WP_CRASH)
        x->is_protocol = true;
    return status;
}
