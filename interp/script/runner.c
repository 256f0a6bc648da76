/* runner.c: runs the commands of a script; see runner.h.
 *
 * - Every command comes down to a status and a diag: what a command does (perform), and for an assertion whether that
 *   is what it asks for (judge).
 * - Failed objects are marked: a module that is unsupported or failed, the name it was to be registered under, a
 *   process. A command that names one gets its error again; so a script continues, and a command that depends on an
 *   unsupported module neither passes nor fails.
 */
#include "script/runner.h"

#include "base/diag.h"
#include "script/names.h"
#include "coverage/operands_json.h"
#include "script/session.h"
#include "coverage/tracefile.h"
#include "script/value.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>

enum { LINE_SIZE = 2048 };

/* The error that a name stands for. status WP_OK: none. */
typedef struct mark {
    wp_status status;
    const char *message;
} mark;

typedef struct run {
    wp_engine *engine;
    const script_options *options;
    script_event_func report;
    void *ctx;
    script_totals *totals;
    script *script;
    session *session;
    wp_arena lasting;   /* lives as long as the run */
    wp_arena pool;      /* lives as long as the command */
    names marks;        /* errors, by the name of the object that failed */
    mark place;         /* not WP_OK: the error that came in place of the current process */
    const char *source; /* for coverage: the path of the script; NULL: nothing is counted */
    bool quoted;        /* the module of the command is quoted text: places are in that */
    bool mistaken;      /* the command's error is a mistake of the script, or comes from an earlier error */
    script_event event; /* of the command that runs */
    uint64_t *hits;     /* of each rule, before the command */
    size_t *rules;      /* that fired in it */
    char message[LINE_SIZE], expected[LINE_SIZE], actual[LINE_SIZE], reason[LINE_SIZE];
} run;

static const script_text last_one = {NULL, 0};

const char *script_outcome_name(script_outcome outcome) {
    static const char *const texts[] = {"pass", "fail", "unsupported"};
    return texts[outcome];
}

/* ---- Outcomes ------------------------------------------------------------------------------------------------ */

static void WP_PRINTF(2, 3) runner_line(char buffer[LINE_SIZE], const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(buffer, LINE_SIZE, format, args);
    va_end(args);
}

/* An error in a sentence, without its place. Mistakes of the script are not crashes. */
static int runner_state(run *r, char buffer[LINE_SIZE], const wp_diag *diag) {
    r->mistaken = session_mistaken(r->session) || r->mistaken;
    if (diag->status == WP_UNSUPPORTED || r->mistaken)
        return snprintf(buffer, LINE_SIZE, "%s", diag->message);
    return snprintf(buffer, LINE_SIZE, "%s: %s", wp_status_name(diag->status), diag->message);
}

/* The same with its place: "trap: unreachable (at 12:5)". */
static void runner_describe(run *r, char buffer[LINE_SIZE], const wp_diag *diag) {
    int used = runner_state(r, buffer, diag);
    if (used < 0 || used >= LINE_SIZE)
        return;
    char *end = buffer + used;
    size_t room = LINE_SIZE - (size_t)used;
    if (diag->where.line != 0)
        snprintf(end, room, " (at %u:%u%s)", (unsigned)diag->where.line, (unsigned)diag->where.column,
                 r->quoted ? " of the quoted text" : "");
    else if (diag->where.offset != 0)
        snprintf(end, room, " (at byte %zu%s%s)", diag->where.offset, diag->source[0] == '\0' ? "" : " of ",
                 diag->source);
}

/* A command that asserts nothing. */
static void runner_conclude(run *r, wp_status status, const wp_diag *diag) {
    if (status == WP_OK)
        return;
    r->event.outcome = status == WP_UNSUPPORTED ? SCRIPT_UNSUPPORTED : SCRIPT_FAIL;
    runner_describe(r, r->message, diag);
    r->event.message = r->message;
    if (status != WP_UNSUPPORTED)
        return;
    runner_line(r->reason, "%s", script_reason(diag));
    r->event.reason = r->reason;
}

/* Fails an assertion, with the message, the expectation and what came instead. */
static void runner_fail_assertion(run *r) {
    r->event.outcome = SCRIPT_FAIL;
    r->event.message = r->message;
    r->event.expected = r->expected;
    r->event.actual = r->actual;
}

static bool runner_begins_with(const char *message, script_text text) {
    return strlen(message) >= text.size && memcmp(message, text.data, text.size) == 0;
}

/* An assertion that something ends with a status, and a message that begins with a text (if there is one). `done` says
 * what has happened when it succeeded instead. */
static void runner_judge(run *r, wp_status wanted, script_text text, wp_status got, const wp_diag *diag,
                         const char *done) {
    if (got == wanted && (text.data == NULL || runner_begins_with(diag->message, text)))
        return;
    if (got == WP_UNSUPPORTED) {
        runner_conclude(r, got, diag);
        return;
    }
    runner_line(r->expected, "%s%s%.*s", wp_status_name(wanted), text.data == NULL ? "" : ": ", (int)text.size,
                text.data == NULL ? "" : text.data);
    if (got == WP_OK) {
        runner_line(r->actual, "%s", done);
        runner_line(r->message, "no error: %s", done);
    } else {
        runner_state(r, r->actual, diag);
        runner_describe(r, r->message, diag);
    }
    runner_fail_assertion(r);
}

/* ---- Marks --------------------------------------------------------------------------------------------------- */

static wp_status runner_error_of(run *r, mark m, wp_diag *diag) {
    if (m.status == WP_OK)
        return WP_OK;
    r->mistaken = true;
    return wp_fail(diag, m.status, "%s", m.message);
}

static mark runner_find_mark(const run *r, const void *place, name_sort sort, script_text name) {
    const mark *found = names_find(&r->marks, place, sort, name);
    return found == NULL ? (mark){WP_OK, NULL} : *found;
}

/* A name stands for an error from now on, or for none. */
static wp_status runner_set_mark(run *r, const void *place, name_sort sort, script_text name, mark m, wp_diag *diag) {
    mark *kept = NULL;
    if (m.status != WP_OK) {
        kept = wp_arena_alloc(&r->lasting, 1, sizeof *kept);
        m.message = wp_arena_text(&r->lasting, m.message, strlen(m.message));
        if (kept == NULL || m.message == NULL)
            return wp_fail_memory(diag);
        *kept = m;
    }
    return names_set(&r->marks, place, sort, name, kept) ? WP_OK : wp_fail_memory(diag);
}

static wp_status runner_check_mark(run *r, const void *place, name_sort sort, script_text name, wp_diag *diag) {
    return runner_error_of(r, runner_find_mark(r, place, sort, name), diag);
}

/* Fails where the current place is one that failed. */
static wp_status runner_check_place(run *r, wp_diag *diag) {
    return runner_error_of(r, r->place, diag);
}

/* The mark of an error, for later commands. The message is in buffer. */
static mark runner_make_mark(const run *r, wp_status status, const wp_diag *diag, char buffer[LINE_SIZE]) {
    if (status == WP_OK)
        return (mark){WP_OK, NULL};
    if (status == WP_UNSUPPORTED)
        runner_line(buffer, "%s", diag->message);
    else
        runner_line(buffer, "it needs the %s of line %u, which failed", r->event.kind, (unsigned)r->event.where.line);
    return (mark){status == WP_UNSUPPORTED ? status : WP_CRASH, buffer};
}

/* A name of something, and "the last one", stand for it from now on, or for the error. Returns the status. */
static wp_status runner_bind(run *r, const void *place, name_sort sort, script_text name, wp_status status,
                             wp_diag *diag) {
    char message[LINE_SIZE];
    mark m = runner_make_mark(r, status, diag, message);
    WP_TRY(runner_set_mark(r, place, sort, last_one, m, diag));
    if (name.data != NULL)
        WP_TRY(runner_set_mark(r, place, sort, name, m, diag));
    return status;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

/* For coverage: where a module comes from. Bytes and quoted text have no lines of their own in the script. */
static wp_status runner_tell_source(const run *r, const script_module *source, wp_module *module, wp_diag *diag) {
    static const wp_location own = {0, 0, 0};
    bool has_lines = source->form == SCRIPT_FORM_TEXT;
    return wp_module_set_source(module, r->source, strlen(r->source), has_lines ? own : source->where, diag);
}

static wp_status runner_parse_module(run *r, const script_module *source, wp_module **out, wp_diag *diag) {
    wp_module *module = NULL;
    r->quoted = source->form == SCRIPT_FORM_QUOTE;
    WP_TRY(script_module_parse(r->script, source, &module, diag));
    wp_status status = r->source == NULL ? WP_OK : runner_tell_source(r, source, module, diag);
    if (status == WP_OK)
        *out = module;
    else
        wp_module_delete(module);
    return status;
}

/* A valid module. */
static wp_status runner_take_module(run *r, const script_module *source, wp_module **out, wp_diag *diag) {
    wp_module *module = NULL;
    WP_TRY(runner_parse_module(r, source, &module, diag));
    wp_status status = wp_module_validate(module, diag);
    if (status != WP_OK)
        wp_module_delete(module);
    else
        *out = module;
    return status;
}

static wp_status runner_define(run *r, const script_module *source, wp_module **out, wp_diag *diag) {
    wp_module *module = NULL;
    wp_status status = runner_take_module(r, source, &module, diag);
    if (status == WP_OK)
        status = session_define(r->session, source->name, module, diag);
    *out = module;
    return runner_bind(r, NULL, NAME_DEFINITION, source->name, status, diag);
}

/* Fails where a module imports from a marked registration. */
static wp_status runner_check_imports(run *r, const wp_module *module, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(runner_check_place(r, diag));
    size_t count = r->marks.index.count == 0 ? 0 : wp_module_import_count(module);
    for (size_t i = 0; i < count; i++) {
        wp_import_info import = wp_module_import(module, i);
        WP_TRY(runner_check_mark(r, place, NAME_REGISTRATION, (script_text){import.module, import.module_size}, diag));
    }
    return WP_OK;
}

/* Gives an instance its name, or the error that came instead of it. */
static wp_status runner_bind_instance(run *r, script_text name, wp_status status, wp_diag *diag) {
    if (r->place.status != WP_OK)
        return status;
    return runner_bind(r, session_current(r->session), NAME_INSTANCE, name, status, diag);
}

/* Instantiates a module in the current place. */
static wp_status runner_instantiate(run *r, script_text name, wp_module *module, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(runner_check_imports(r, module, diag));
    return place->ops->module(place, name, module, diag);
}

static wp_status runner_do_module(run *r, const script_command *command, wp_diag *diag) {
    wp_module *module;
    wp_status status = runner_define(r, &command->module, &module, diag);
    if (status == WP_OK)
        status = runner_instantiate(r, command->name, module, diag);
    return runner_bind_instance(r, command->name, status, diag);
}

static wp_status runner_do_definition(run *r, const script_command *command, wp_diag *diag) {
    wp_module *module;
    return runner_define(r, &command->module, &module, diag);
}

static wp_status runner_instantiate_definition(run *r, const script_command *command, wp_diag *diag) {
    wp_module *module;
    WP_TRY(runner_check_place(r, diag));
    WP_TRY(runner_check_mark(r, NULL, NAME_DEFINITION, command->definition, diag));
    WP_TRY(session_definition(r->session, command->definition, &module, diag));
    return runner_instantiate(r, command->name, module, diag);
}

static wp_status runner_do_instance(run *r, const script_command *command, wp_diag *diag) {
    return runner_bind_instance(r, command->name, runner_instantiate_definition(r, command, diag), diag);
}

static wp_status runner_do_register(run *r, const script_command *command, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(runner_check_place(r, diag));
    mark m = runner_find_mark(r, place, NAME_INSTANCE, command->name);
    wp_status status = runner_error_of(r, m, diag);
    if (status == WP_OK)
        WP_TRY(place->ops->enregister(place, command->name, command->string, diag));
    WP_TRY(runner_set_mark(r, place, NAME_REGISTRATION, command->string, m, diag));
    return status;
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

static wp_status runner_act(run *r, const script_action *action, place_results *out, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(runner_check_place(r, diag));
    WP_TRY(runner_check_mark(r, place, NAME_INSTANCE, action->module, diag));
    if (!action->is_get)
        return place->ops->invoke(place, action->module, action->field, action->args, action->nargs, &r->pool, out,
                                  diag);
    out->count = 1;
    out->items = wp_arena_alloc(&r->pool, 1, sizeof *out->items);
    if (out->items == NULL)
        return wp_fail_memory(diag);
    return place->ops->get(place, action->module, action->field, out->items, diag);
}

/* Adds a value to a list in a line. */
static void runner_add_text(char buffer[LINE_SIZE], const char *text) {
    size_t used = strlen(buffer);
    snprintf(buffer + used, LINE_SIZE - used, "%s%s", used == 0 ? "" : " ", text);
}

static void runner_print_results(const place_results *got, char buffer[LINE_SIZE]) {
    buffer[0] = '\0';
    for (size_t i = 0; i < got->count; i++) {
        char text[SCRIPT_VALUE_SIZE];
        script_print_result(&got->items[i], text, sizeof text);
        runner_add_text(buffer, text);
    }
}

static void runner_print_expectations(const script_value *values, size_t count, char buffer[LINE_SIZE]) {
    buffer[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char text[SCRIPT_VALUE_SIZE];
        script_value_print(&values[i], text, sizeof text);
        runner_add_text(buffer, text);
    }
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

/* Every implementation provides this extent, in pages. */
enum { CERTAIN_EXTENT = 1024 };
static uint64_t runner_largest_extent(wp_valtype pointer) {
    return pointer == WP_T_I64 ? WP_PAGES_64 : WP_PAGES_32;
}

/* A large extent that this implementation can't provide is unsupported, not a failure (rule process.extent.min). */
static wp_status runner_create_process(run *r, const script_command *command, wp_diag *diag) {
    static const script_text extent = {"extent", 6};
    wp_diag own = {.status = WP_OK};
    place_desc desc = {command->pointer, command->pages, command->stack, command->entries, command->nentries};
    wp_status status = session_process(r->session, command->name, &desc, &own);
    if (status == WP_REFUSED && runner_begins_with(own.message, extent) && command->pages > CERTAIN_EXTENT &&
        command->pages <= runner_largest_extent(command->pointer))
        return wp_fail(diag, WP_UNSUPPORTED, "unsupported: extent");
    return status == WP_OK ? WP_OK : wp_fail_at(diag, status, own.where, "%s", own.message);
}

/* After a command of that name: the process that is current now, or the error that came instead of it. */
static wp_status runner_enter(run *r, script_text name, wp_status status, wp_diag *diag) {
    char message[LINE_SIZE];
    mark m = runner_make_mark(r, status, diag, message);
    if (name.data != NULL)
        WP_TRY(runner_set_mark(r, NULL, NAME_PROCESS, name, m, diag));
    if (status != WP_OK)
        m.message = wp_arena_text(&r->lasting, message, strlen(message));
    if (status != WP_OK && m.message == NULL)
        return wp_fail_memory(diag);
    r->place = m;
    return status;
}

static wp_status runner_do_process(run *r, const script_command *command, wp_diag *diag) {
    return runner_enter(r, command->name, runner_create_process(r, command, diag), diag);
}

static wp_status runner_do_switch(run *r, const script_command *command, wp_diag *diag) {
    if (command->name.data != NULL) {
        mark m = runner_find_mark(r, NULL, NAME_PROCESS, command->name);
        if (m.status != WP_OK) {
            r->place = m;
            return runner_error_of(r, m, diag);
        }
    }
    WP_TRY(session_switch(r->session, command->name, diag));
    r->place = (mark){WP_OK, NULL};
    return WP_OK;
}

static wp_status runner_do_end(run *r, const script_command *command, wp_diag *diag) {
    WP_TRY(runner_check_mark(r, NULL, NAME_PROCESS, command->name, diag));
    return session_end(r->session, command->name, diag);
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

static wp_status runner_do_unload(run *r, const script_command *command, wp_diag *diag) {
    script_place *place;
    WP_TRY(runner_check_place(r, diag));
    WP_TRY(runner_check_mark(r, session_current(r->session), NAME_INSTANCE, command->name, diag));
    WP_TRY(session_current_process(r->session, &place, diag));
    return place->ops->unload(place, command->name, diag);
}

static wp_status runner_do_dictionary(run *r, const script_command *command, wp_diag *diag) {
    script_place *place;
    WP_TRY(runner_check_place(r, diag));
    WP_TRY(session_current_process(r->session, &place, diag));
    return place->ops->bind(place, command->entries, command->nentries, diag);
}

/* A text module becomes bytes; it need not be valid. */
static wp_status runner_encode_library(run *r, const script_command *command, wp_diag *diag) {
    wp_module *module = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    WP_TRY(runner_parse_module(r, &command->module, &module, diag));
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
static wp_status runner_do_library(run *r, const script_command *command, wp_diag *diag) {
    const script_module *source = &command->module;
    if (source->form == SCRIPT_FORM_BINARY)
        return session_library(r->session, command->string, (const uint8_t *)source->bytes.data, source->bytes.size,
                               diag);
    return runner_encode_library(r, command, diag);
}

/* ---- Commands ------------------------------------------------------------------------------------------------ */

/* Performs a command that can stand alone or in assert_refused. */
static wp_status runner_perform(run *r, const script_command *command, place_results *out, wp_diag *diag) {
    switch (command->kind) {
    case SCRIPT_MODULE: return runner_do_module(r, command, diag);
    case SCRIPT_MODULE_DEFINITION: return runner_do_definition(r, command, diag);
    case SCRIPT_MODULE_INSTANCE: return runner_do_instance(r, command, diag);
    case SCRIPT_REGISTER: return runner_do_register(r, command, diag);
    case SCRIPT_INVOKE:
    case SCRIPT_GET: return runner_act(r, &command->action, out, diag);
    case SCRIPT_PROCESS: return runner_do_process(r, command, diag);
    case SCRIPT_SWITCH: return runner_do_switch(r, command, diag);
    case SCRIPT_END: return runner_do_end(r, command, diag);
    case SCRIPT_UNLOAD: return runner_do_unload(r, command, diag);
    case SCRIPT_DICTIONARY: return runner_do_dictionary(r, command, diag);
    case SCRIPT_LIBRARY: return runner_do_library(r, command, diag);
    default: return wp_fail(diag, WP_CRASH, "%s asserts something", script_kind_name(command->kind));
    }
}

static void runner_assert_return(run *r, const script_command *command) {
    wp_diag diag = {.status = WP_OK};
    place_results got = {NULL, 0};
    wp_status status = runner_act(r, &command->action, &got, &diag);
    bool same = status == WP_OK && got.count == command->nexpected;
    for (size_t i = 0; same && i < got.count; i++)
        same = script_value_matches(&command->expected[i], &got.items[i]);
    runner_conclude(r, status, &diag);
    if (same || r->event.outcome == SCRIPT_UNSUPPORTED)
        return;
    runner_print_expectations(command->expected, command->nexpected, r->expected);
    if (status == WP_OK) {
        runner_print_results(&got, r->actual);
        runner_line(r->message, "another %s than expected",
                    got.count == command->nexpected ? "result" : "number of results");
    } else {
        runner_state(r, r->actual, &diag);
    }
    runner_fail_assertion(r);
}

/* Carries out the command in an assert_refused. A refused one changes nothing. */
static wp_status runner_attempt_command(run *r, const script_command *command, wp_diag *diag) {
    place_results got = {NULL, 0};
    mark place = r->place;
    wp_status status = runner_perform(r, command, &got, diag);
    if (status != WP_OK)
        r->place = place;
    return status;
}

static wp_status runner_check_module(run *r, wp_module *module, wp_diag *diag) {
    script_place *place = session_current(r->session);
    WP_TRY(runner_check_imports(r, module, diag));
    return place->ops->check(place, module, diag);
}

/* Takes a module up to the phase that the assertion wants to fail. */
static wp_status runner_attempt_module(run *r, const script_module *source, wp_status wanted, wp_diag *diag) {
    wp_module *module = NULL;
    if (wanted == WP_MALFORMED)
        WP_TRY(runner_parse_module(r, source, &module, diag));
    else
        WP_TRY(runner_take_module(r, source, &module, diag));
    wp_status status = WP_OK;
    if (wanted != WP_MALFORMED && wanted != WP_INVALID)
        status = runner_check_module(r, module, diag);
    wp_module_delete(module);
    return status;
}

/* An assertion that an action, a command or a module fails. */
static void runner_assert_failure(run *r, const script_command *command, wp_status wanted) {
    wp_diag diag = {.status = WP_OK};
    wp_status status;
    char results[LINE_SIZE] = "";
    const char *done = wanted == WP_MALFORMED ? "the module is well-formed"
                       : wanted == WP_INVALID ? "the module is valid"
                                              : "the module was instantiated";
    if (command->has_action) {
        place_results got = {NULL, 0};
        status = runner_act(r, &command->action, &got, &diag);
        if (status == WP_OK)
            runner_print_results(&got, results);
        done = results[0] == '\0' ? "it returned" : results;
    } else if (command->inner != NULL) {
        status = runner_attempt_command(r, command->inner, &diag);
        done = "it was not refused";
    } else {
        status = runner_attempt_module(r, &command->module, wanted, &diag);
    }
    runner_judge(r, wanted, command->text, status, &diag, done);
    const script_place *place = session_current(r->session);
    if (wanted != WP_EXIT || status != WP_EXIT || place->ops->exit_code(place) == command->code)
        return;
    runner_line(r->expected, "exit with code %llu", (unsigned long long)command->code);
    runner_line(r->actual, "%s", diag.message);
    runner_line(r->message, "another code than expected");
    runner_fail_assertion(r);
}

static void runner_run_command(run *r, const script_command *command) {
    static const wp_status statuses[] = {
#define SCRIPT_KIND(id, word, status) status,
#include "script/kind.def"
#undef SCRIPT_KIND
    };
    wp_diag diag = {.status = WP_OK};
    place_results got = {NULL, 0};
    if (command->kind == SCRIPT_ASSERT_RETURN)
        runner_assert_return(r, command);
    else if (statuses[command->kind] != WP_OK)
        runner_assert_failure(r, command, statuses[command->kind]);
    else
        runner_conclude(r, runner_perform(r, command, &got, &diag), &diag);
}

/* ---- Events -------------------------------------------------------------------------------------------------- */

static void runner_begin_event(run *r, const char *kind, wp_location where) {
    const char *file = r->event.file;
    r->event = (script_event){.file = file, .where = where, .kind = kind, .outcome = SCRIPT_PASS, .rules = r->rules};
    r->quoted = r->mistaken = false;
    r->message[0] = r->expected[0] = r->actual[0] = r->reason[0] = '\0';
    for (size_t i = 0; wp_rules_enabled() && i < wp_rule_count(); i++)
        r->hits[i] = session_rule_hits(r->session, i);
}

static void runner_end_event(run *r) {
    for (size_t i = 0; wp_rules_enabled() && i < wp_rule_count(); i++)
        if (session_rule_hits(r->session, i) != r->hits[i])
            r->rules[r->event.nrules++] = i;
    r->totals->commands++;
    r->totals->pass += r->event.outcome == SCRIPT_PASS;
    r->totals->fail += r->event.outcome == SCRIPT_FAIL;
    r->totals->unsupported += r->event.outcome == SCRIPT_UNSUPPORTED;
    r->report(r->ctx, &r->event);
}

/* Reports a syntax error, which ends the script. */
static wp_status runner_report_unreadable(run *r, wp_status status, const wp_diag *diag) {
    if (status != WP_MALFORMED)
        return status;
    runner_begin_event(r, "script", diag->where);
    r->event.outcome = SCRIPT_FAIL;
    runner_line(r->message, "%s", diag->message);
    r->event.message = r->message;
    runner_end_event(r);
    return WP_OK;
}

static wp_status runner_run_commands(run *r, wp_diag *diag) {
    for (;;) {
        const script_command *command;
        wp_status status = script_next(r->script, &command, diag);
        if (status != WP_OK)
            return runner_report_unreadable(r, status, diag);
        if (command == NULL)
            return WP_OK;
        runner_begin_event(r, script_kind_name(command->kind), command->where);
        runner_run_command(r, command);
        wp_arena_clear(&r->pool);
        /* A command that was stopped is not reported. */
        if (r->options->stop != NULL && r->options->stop->requested)
            return wp_fail(diag, WP_EXHAUSTION, "interrupted");
        runner_end_event(r);
    }
}

/* ---- Runs ---------------------------------------------------------------------------------------------------- */

static wp_status runner_open_and_run(run *r, const char *text, size_t size, wp_diag *diag) {
    r->hits = wp_arena_alloc(&r->lasting, wp_rule_count(), sizeof *r->hits);
    r->rules = wp_arena_alloc(&r->lasting, wp_rule_count(), sizeof *r->rules);
    if (r->hits == NULL || r->rules == NULL)
        return wp_fail_memory(diag);
    WP_TRY(session_new(r->engine, r->options, &r->session, diag));
    wp_status status = script_open(r->engine, r->options->allocator, text, size, &r->script, diag);
    if (status != WP_OK)
        return runner_report_unreadable(r, status, diag);
    return runner_run_commands(r, diag);
}

wp_status script_run(wp_engine *engine, const char *file, const char *text, size_t size, const script_options *options,
                     script_event_func report, void *ctx, script_totals *totals, wp_diag *diag) {
    wp_diag own = {.status = WP_OK};
    wp_arena lasting;
    wp_arena_init(&lasting, options->allocator);
    run *r = wp_arena_alloc(&lasting, 1, sizeof *r);
    if (r == NULL)
        return wp_fail_memory(diag);
    *r = (run){.engine = engine, .options = options, .report = report, .ctx = ctx, .totals = totals};
    r->event.file = file;
    r->lasting = lasting;
    r->source = options->coverage == NULL ? NULL : file;
    wp_arena_init(&r->pool, options->allocator);
    names_init(&r->marks, &r->lasting);
    totals->files++;
    if (options->coverage != NULL)
        wp_coverage_start(engine);
    if (options->operands != NULL && !wp_operands_start(engine))
        (void)wp_fail_memory(&own);
    wp_status status = own.status == WP_OK ? runner_open_and_run(r, text, size, &own) : own.status;
    /* Also when the run was cut short: what has run has run. */
    if (options->coverage != NULL) {
        wp_status collected = tracefile_collect(options->coverage, engine, status == WP_OK ? &own : NULL);
        status = status == WP_OK ? collected : status;
    }
    if (options->operands != NULL)
        operands_collect(options->operands, engine);
    if (status != WP_OK && diag != NULL)
        *diag = own;
    script_close(r->script);
    session_delete(r->session);
    names_release(&r->marks);
    wp_arena_release(&r->pool);
    lasting = r->lasting;
    wp_arena_release(&lasting);
    return status;
}
