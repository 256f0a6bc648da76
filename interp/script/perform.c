/* perform.c: carries out the commands of a script; see perform.h. */
#include "script/perform.h"

#include "base/diag.h"
#include "coverage/tracefile.h"

#include <string.h>

static const script_text last_one = {NULL, 0};

/* ---- Marks --------------------------------------------------------------------------------------------------- */

/* Fails with the error that a mark keeps; null: none. */
static wp_status perform_error_of(run *r, const mark *m, wp_diag *diag) {
    if (m == NULL)
        return WP_OK;
    r->mistaken = true;
    return wp_fail(diag, m->status, "%s", m->message);
}

/* A name stands for an error from now on, or for none. */
static wp_status perform_set_mark(run *r, const void *place, name_sort sort, script_text name, mark *m, wp_diag *diag) {
    return names_set(&r->marks, place, sort, name, m) ? WP_OK : wp_fail_memory(diag);
}

static wp_status perform_check_mark(run *r, const void *place, name_sort sort, script_text name, wp_diag *diag) {
    return perform_error_of(r, names_find(&r->marks, place, sort, name), diag);
}

/* The mark of an error, for later commands; null after success. */
static wp_status perform_make_mark(run *r, wp_status status, mark **out, wp_diag *diag) {
    char message[LINE_SIZE];
    *out = NULL;
    if (status == WP_OK)
        return WP_OK;
    if (status == WP_UNSUPPORTED)
        snprintf(message, sizeof message, "%s", diag->message);
    else
        snprintf(message, sizeof message, "it needs the %s of line %u, which failed", r->event.kind,
                 (unsigned)r->event.where.line);
    mark *m = wp_arena_alloc(&r->lasting, 1, sizeof *m);
    const char *kept = wp_arena_text(&r->lasting, message, strlen(message));
    if (m == NULL || kept == NULL)
        return wp_fail_memory(diag);
    *m = (mark){status == WP_UNSUPPORTED ? status : WP_CRASH, kept};
    *out = m;
    return WP_OK;
}

/* A name of something, and "the last one", stand for it from now on, or for the error. Returns the status. */
static wp_status perform_bind(run *r, const void *place, name_sort sort, script_text name, wp_status status,
                              wp_diag *diag) {
    mark *m;
    WP_TRY(perform_make_mark(r, status, &m, diag));
    WP_TRY(perform_set_mark(r, place, sort, last_one, m, diag));
    if (name.data != NULL)
        WP_TRY(perform_set_mark(r, place, sort, name, m, diag));
    return status;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

/* For coverage: where a module comes from. Bytes and quoted text have no lines of their own in the script. */
static wp_status perform_tell_source(const run *r, const script_module *source, wp_module *module, wp_diag *diag) {
    static const wp_location own = {0, 0, 0};
    bool has_lines = source->form == SCRIPT_FORM_TEXT;
    return wp_module_set_source(module, r->source, strlen(r->source), has_lines ? own : source->where, diag);
}

static wp_status perform_read_module(run *r, const script_module *source, bool validate, wp_module **out,
                                     wp_diag *diag) {
    wp_module *module = NULL;
    r->quoted = source->form == SCRIPT_FORM_QUOTE;
    WP_TRY(script_module_parse(r->script, source, &module, diag));
    wp_status status = r->source == NULL ? WP_OK : perform_tell_source(r, source, module, diag);
    if (status == WP_OK && validate)
        status = wp_module_validate(module, diag);
    if (status == WP_OK)
        *out = module;
    else
        wp_module_delete(module);
    return status;
}

static wp_status perform_define(run *r, const script_module *source, wp_module **out, wp_diag *diag) {
    wp_module *module = NULL;
    wp_status status = perform_read_module(r, source, true, &module, diag);
    if (status == WP_OK)
        status = session_define(r->session, source->name, module, diag);
    *out = module;
    return perform_bind(r, NULL, NAME_DEFINITION, source->name, status, diag);
}

/* Fails where a module imports from a marked registration. */
static wp_status perform_check_imports(run *r, const wp_module *module, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(perform_error_of(r, r->place, diag));
    size_t count = r->marks.index.count == 0 ? 0 : wp_module_import_count(module);
    for (size_t i = 0; i < count; i++) {
        wp_import_info import = wp_module_import(module, i);
        WP_TRY(perform_check_mark(r, place, NAME_REGISTRATION, (script_text){import.module, import.module_size}, diag));
    }
    return WP_OK;
}

/* Binds a name to an instance, or to the error that prevented it. */
static wp_status perform_bind_instance(run *r, script_text name, wp_status status, wp_diag *diag) {
    if (r->place != NULL)
        return status;
    return perform_bind(r, session_current(r->session), NAME_INSTANCE, name, status, diag);
}

/* Instantiates a module in the current place. */
static wp_status perform_instantiate(run *r, script_text name, wp_module *module, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(perform_check_imports(r, module, diag));
    return place->ops->module(place, name, module, diag);
}

static wp_status perform_do_module(run *r, const script_command *command, wp_diag *diag) {
    wp_module *module;
    wp_status status = perform_define(r, &command->module, &module, diag);
    if (status == WP_OK)
        status = perform_instantiate(r, command->name, module, diag);
    return perform_bind_instance(r, command->name, status, diag);
}

static wp_status perform_do_definition(run *r, const script_command *command, wp_diag *diag) {
    wp_module *module;
    return perform_define(r, &command->module, &module, diag);
}

static wp_status perform_instantiate_definition(run *r, const script_command *command, wp_diag *diag) {
    wp_module *module;
    WP_TRY(perform_error_of(r, r->place, diag));
    WP_TRY(perform_check_mark(r, NULL, NAME_DEFINITION, command->definition, diag));
    WP_TRY(session_definition(r->session, command->definition, &module, diag));
    return perform_instantiate(r, command->name, module, diag);
}

static wp_status perform_do_instance(run *r, const script_command *command, wp_diag *diag) {
    return perform_bind_instance(r, command->name, perform_instantiate_definition(r, command, diag), diag);
}

static wp_status perform_do_register(run *r, const script_command *command, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(perform_error_of(r, r->place, diag));
    mark *m = names_find(&r->marks, place, NAME_INSTANCE, command->name);
    if (m == NULL)
        WP_TRY(place->ops->enregister(place, command->name, command->string, diag));
    WP_TRY(perform_set_mark(r, place, NAME_REGISTRATION, command->string, m, diag));
    return perform_error_of(r, m, diag);
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

wp_status perform_action(run *r, const script_action *action, place_results *out, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(perform_error_of(r, r->place, diag));
    WP_TRY(perform_check_mark(r, place, NAME_INSTANCE, action->module, diag));
    return place->ops->act(place, action, &r->pool, out, diag);
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

/* Every implementation provides this extent, in pages. */
enum { CERTAIN_EXTENT = 1024 };
static uint64_t perform_largest_extent(wp_valtype pointer) {
    return pointer == WP_T_I64 ? WP_PAGES_64 : WP_PAGES_32;
}

/* A large extent that this implementation can't provide is unsupported, not a failure (rule process.extent.min). */
static wp_status perform_create_process(run *r, const script_command *command, wp_diag *diag) {
    static const script_text extent = {"extent", 6};
    wp_diag own = {.status = WP_OK};
    place_desc desc = {command->pointer, command->pages,   command->stack,   command->limited,
                       command->limit,   command->entries, command->nentries};
    wp_status status = session_process(r->session, command->name, &desc, &own);
    if (status == WP_REFUSED && script_text_begins(own.message, extent) && command->pages > CERTAIN_EXTENT &&
        command->pages <= perform_largest_extent(command->pointer))
        return wp_fail(diag, WP_UNSUPPORTED, "unsupported: extent");
    return status == WP_OK ? WP_OK : wp_fail_at(diag, status, own.where, "%s", own.message);
}

/* Makes the new process current, or the error that prevented it. */
static wp_status perform_do_process(run *r, const script_command *command, wp_diag *diag) {
    wp_status status = perform_create_process(r, command, diag);
    mark *m;
    WP_TRY(perform_make_mark(r, status, &m, diag));
    if (command->name.data != NULL)
        WP_TRY(perform_set_mark(r, NULL, NAME_PROCESS, command->name, m, diag));
    r->place = m;
    return status;
}

static wp_status perform_do_switch(run *r, const script_command *command, wp_diag *diag) {
    mark *m = command->name.data == NULL ? NULL : names_find(&r->marks, NULL, NAME_PROCESS, command->name);
    if (m == NULL)
        WP_TRY(session_switch(r->session, command->name, diag));
    r->place = m;
    return perform_error_of(r, m, diag);
}

static wp_status perform_do_end(run *r, const script_command *command, wp_diag *diag) {
    WP_TRY(perform_check_mark(r, NULL, NAME_PROCESS, command->name, diag));
    return session_end(r->session, command->name, diag);
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

static wp_status perform_do_unload(run *r, const script_command *command, wp_diag *diag) {
    script_place *place;
    WP_TRY(perform_error_of(r, r->place, diag));
    WP_TRY(perform_check_mark(r, session_current(r->session), NAME_INSTANCE, command->name, diag));
    WP_TRY(session_current_process(r->session, &place, diag));
    return place->ops->unload(place, command->name, diag);
}

static wp_status perform_do_dictionary(run *r, const script_command *command, wp_diag *diag) {
    script_place *place;
    WP_TRY(perform_error_of(r, r->place, diag));
    WP_TRY(session_current_process(r->session, &place, diag));
    return place->ops->bind(place, command->entries, command->nentries, diag);
}

/* A text module becomes bytes; it need not be valid. */
static wp_status perform_encode_library(run *r, const script_command *command, wp_diag *diag) {
    wp_module *module = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    WP_TRY(perform_read_module(r, &command->module, false, &module, diag));
    wp_status status = wp_module_encode(module, &bytes, &size, diag);
    if (status != WP_OK || r->source == NULL)
        wp_module_delete(module);
    if (status != WP_OK)
        return status;
    const script_text *uri = &command->string;
    if (r->source != NULL && !tracefile_origin(r->options->coverage, uri->data, uri->size, bytes, size, module))
        status = wp_fail_memory(diag);
    if (status == WP_OK)
        status = session_library(r->session, *uri, bytes, size, diag);
    wp_buffer_free(r->engine, bytes, size);
    return status;
}

/* Bytes are published as they are; loading judges them. */
static wp_status perform_do_library(run *r, const script_command *command, wp_diag *diag) {
    const script_module *source = &command->module;
    if (source->form == SCRIPT_FORM_BINARY)
        return session_library(r->session, command->string, (const uint8_t *)source->bytes.data, source->bytes.size,
                               diag);
    return perform_encode_library(r, command, diag);
}

/* ---- Commands ------------------------------------------------------------------------------------------------ */

/* Performs a command that can stand alone or in assert_refused. */
wp_status perform_command(run *r, const script_command *command, place_results *out, wp_diag *diag) {
    switch (command->kind) {
    case SCRIPT_MODULE: return perform_do_module(r, command, diag);
    case SCRIPT_MODULE_DEFINITION: return perform_do_definition(r, command, diag);
    case SCRIPT_MODULE_INSTANCE: return perform_do_instance(r, command, diag);
    case SCRIPT_REGISTER: return perform_do_register(r, command, diag);
    case SCRIPT_INVOKE:
    case SCRIPT_GET: return perform_action(r, &command->action, out, diag);
    case SCRIPT_PROCESS: return perform_do_process(r, command, diag);
    case SCRIPT_SWITCH: return perform_do_switch(r, command, diag);
    case SCRIPT_END: return perform_do_end(r, command, diag);
    case SCRIPT_UNLOAD: return perform_do_unload(r, command, diag);
    case SCRIPT_DICTIONARY: return perform_do_dictionary(r, command, diag);
    case SCRIPT_LIBRARY: return perform_do_library(r, command, diag);
    default: return wp_fail(diag, WP_CRASH, "%s asserts something", script_kinds[command->kind].word);
    }
}

wp_status perform_module(run *r, const script_module *source, wp_status wanted, wp_diag *diag) {
    script_place *place = session_current(r->session);
    wp_module *module = NULL;
    WP_TRY(perform_read_module(r, source, wanted != WP_MALFORMED, &module, diag));
    wp_status status = WP_OK;
    if (wanted != WP_MALFORMED && wanted != WP_INVALID) {
        status = perform_check_imports(r, module, diag);
        if (status == WP_OK)
            status = place->ops->check(place, module, diag);
    }
    wp_module_delete(module);
    return status;
}
