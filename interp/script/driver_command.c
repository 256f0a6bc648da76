/* driver_command.c: the commands of the driver protocol, in the order of its table; see driver_exchange.h. */
#include "script/driver_exchange.h"

#include "script/value.h"

#include <stdlib.h>
#include <string.h>

/* Adds a key to the answer, and takes over the value. */
static wp_status answer(exchange *x, const char *key, json_t *value) {
    return json_object_set_new(x->answer, key, value) == 0 ? WP_OK : wp_fail_memory(&x->diag);
}

static script_place *current(const exchange *x) {
    return session_current(x->driver->session);
}

/* The current place, which must be a process. */
static wp_status current_process(exchange *x, script_place **out) {
    return session_current_process(x->driver->session, out, &x->diag);
}

/* ---- hello --------------------------------------------------------------------------------------------------- */

/* Beside the features of WebAssembly: the text format is read, and custom sections are checked. */
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
    script_place *place = current(x);
    wp_status status = place->ops->module(place, name, module, &x->diag);
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
    return current(x)->ops->module(current(x), name, module, &x->diag);
}

static wp_status cmd_check(exchange *x) {
    script_text phase;
    wp_module *module = NULL;
    WP_TRY(driver_text(x, "phase", true, &phase));
    bool decode = script_text_is(phase, "decode"), all = script_text_is(phase, "instantiate");
    if (!decode && !all && !script_text_is(phase, "validate"))
        return driver_protocol(x, "\"phase\" is not \"decode\", \"validate\" or \"instantiate\"");
    WP_TRY(decode ? read_module(x, &module) : read_valid_module(x, &module));
    script_place *place = current(x);
    wp_status status = all ? place->ops->check(place, module, &x->diag) : WP_OK;
    wp_module_delete(module);
    return status;
}

static wp_status cmd_register(exchange *x) {
    script_text as, name;
    WP_TRY(driver_text(x, "as", true, &as));
    WP_TRY(driver_text(x, "name", false, &name));
    return current(x)->ops->enregister(current(x), name, as, &x->diag);
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

static wp_status answer_values(exchange *x, const wp_value *values, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        list = json_append(list, json_from_result(&values[i]));
    return answer(x, "values", list);
}

static wp_status read_arguments(exchange *x, const json_t *list, script_value *args) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *what;
        if (!json_to_value(json_array_get(list, i), &args[i], &what))
            return driver_protocol(x, "argument %zu: %s", i, what);
    }
    return WP_OK;
}

static wp_status cmd_invoke(exchange *x) {
    script_text module, field;
    place_results results = {NULL, 0};
    const json_t *list = json_object_get(x->request, "args");
    if (list != NULL && !json_is_array(list))
        return driver_protocol(x, "\"args\" is not a list");
    WP_TRY(driver_text(x, "module", false, &module));
    WP_TRY(driver_text(x, "field", true, &field));
    script_value *args = wp_arena_alloc(&x->pool, json_array_size(list), sizeof *args);
    if (args == NULL)
        return wp_fail_memory(&x->diag);
    WP_TRY(read_arguments(x, list, args));
    script_place *place = current(x);
    WP_TRY(place->ops->invoke(place, module, field, args, json_array_size(list), &x->pool, &results, &x->diag));
    return answer_values(x, results.items, results.count);
}

static wp_status cmd_get(exchange *x) {
    script_text module, field;
    wp_value value;
    WP_TRY(driver_text(x, "module", false, &module));
    WP_TRY(driver_text(x, "field", true, &field));
    WP_TRY(current(x)->ops->get(current(x), module, field, &value, &x->diag));
    return answer_values(x, &value, 1);
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

static wp_status unsupported(exchange *x, const char *what) {
    return wp_fail(&x->diag, WP_UNSUPPORTED, "unsupported: %s", what);
}

/* A key that may be missing. */
static wp_status optional_number(exchange *x, const char *key, uint64_t *out) {
    *out = 0;
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
    uint64_t pages, stack;
    const json_t *dictionary = json_object_get(x->request, "dictionary");
    WP_TRY(driver_text(x, "name", false, &name));
    WP_TRY(driver_text(x, "address", false, &address));
    WP_TRY(driver_number(x, "pages", UINT64_MAX, &pages));
    WP_TRY(optional_number(x, "stack", &stack));
    bool wide = script_text_is(address, "i64");
    if (address.data != NULL && !wide && !script_text_is(address, "i32"))
        return driver_protocol(x, "\"address\" is not \"i32\" or \"i64\"");
    if (dictionary != NULL && !json_is_array(dictionary))
        return driver_protocol(x, "\"dictionary\" is not a list");
    script_entry *entries = NULL;
    session *s = x->driver->session;
    WP_TRY(read_entries(x, dictionary, &entries));
    place_desc desc = {wide ? WP_T_I64 : WP_T_I32, pages, stack, entries, json_array_size(dictionary)};
    wp_status status = session_process(s, name, &desc, &x->diag);
    free(entries);
    WP_TRY(status);
    pid_t pid = current(x)->pid;
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
    script_place *place;
    const json_t *list = json_object_get(x->request, "entries");
    script_entry *entries = NULL;
    if (!json_is_array(list))
        return driver_protocol(x, "\"entries\" is not a list");
    WP_TRY(read_entries(x, list, &entries));
    wp_status status = current_process(x, &place);
    if (status == WP_OK)
        status = place->ops->bind(place, entries, json_array_size(list), &x->diag);
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
    script_place *place;
    script_text name;
    WP_TRY(driver_text(x, "name", true, &name));
    WP_TRY(current_process(x, &place));
    return place->ops->unload(place, name, &x->diag);
}

static wp_status cmd_peek(exchange *x) {
    script_place *place;
    uint64_t address = 0, length = 0;
    WP_TRY(driver_number(x, "addr", UINT64_MAX, &address));
    WP_TRY(driver_number(x, "length", WP_PAGE_SIZE, &length));
    uint8_t *bytes = malloc(WP_PAGE_SIZE);
    if (bytes == NULL)
        return wp_fail_memory(&x->diag);
    wp_status status = current_process(x, &place);
    if (status == WP_OK)
        status = place->ops->read(place, address, bytes, (size_t)length, &x->diag);
    if (status == WP_OK)
        status = answer(x, "bytes", json_from_base64(bytes, (size_t)length));
    free(bytes);
    return status;
}

static wp_status cmd_poke(exchange *x) {
    script_place *place;
    uint64_t address = 0;
    uint8_t *bytes = NULL;
    size_t size = 0;
    WP_TRY(driver_number(x, "addr", UINT64_MAX, &address));
    WP_TRY(driver_bytes(x, "bytes", &bytes, &size));
    wp_status status = current_process(x, &place);
    if (status == WP_OK)
        status = place->ops->write(place, address, bytes, size, &x->diag);
    free(bytes);
    return status;
}

static wp_status cmd_mmap(exchange *x) {
    script_place *place;
    uint64_t hint = 0, length = 0, address = 0;
    WP_TRY(driver_number(x, "hint", UINT64_MAX, &hint));
    WP_TRY(driver_number(x, "length", UINT64_MAX, &length));
    WP_TRY(current_process(x, &place));
    WP_TRY(place->ops->mmap(place, hint, length, &address, &x->diag));
    return answer(x, "value", json_from_number(address));
}

static wp_status cmd_munmap(exchange *x) {
    script_place *place;
    uint64_t address = 0, length = 0;
    bool done = false;
    WP_TRY(driver_number(x, "addr", UINT64_MAX, &address));
    WP_TRY(driver_number(x, "length", UINT64_MAX, &length));
    WP_TRY(current_process(x, &place));
    WP_TRY(place->ops->munmap(place, address, length, &done, &x->diag));
    return answer(x, "value", json_from_number(done ? 1 : 0));
}

/* ---- Rules and reset ----------------------------------------------------------------------------------------- */

static wp_status cmd_rules(exchange *x) {
    driver *d = x->driver;
    if (!wp_rules_enabled())
        return unsupported(x, "rules: this build does not count them");
    json_t *rules = json_object();
    for (size_t i = 0; i < wp_rule_count(); i++) {
        uint64_t hits = session_rule_hits(d->session, i), fresh = hits - d->hits[i];
        d->hits[i] = hits;
        if (fresh != 0)
            rules = json_with(rules, wp_rule_get(i).id, json_integer((json_int_t)fresh));
    }
    return answer(x, "rules", rules);
}

/* The new session is there before the old one goes, so that there always is one. */
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

driver_command driver_find_command(script_text name) {
    /* clang-format off */
    static const struct {
        const char *name;
        driver_command command;
    } commands[] = {
        {"hello", cmd_hello},     {"module", cmd_module},     {"define", cmd_define}, {"instantiate", cmd_instantiate},
        {"check", cmd_check},     {"register", cmd_register}, {"invoke", cmd_invoke}, {"get", cmd_get},
        {"process", cmd_process}, {"switch", cmd_switch},     {"end", cmd_end},       {"dictionary", cmd_dictionary},
        {"library", cmd_library}, {"unload", cmd_unload},     {"peek", cmd_peek},     {"poke", cmd_poke},
        {"mmap", cmd_mmap},       {"munmap", cmd_munmap},     {"rules", cmd_rules},   {"reset", cmd_reset},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (script_text_is(name, commands[i].name))
            return commands[i].command;
    return NULL;
}
