/* runner.c: runs the commands of a script and judges their outcomes; see runner.h.
 *
 * Every command comes down to a status and a diag (perform.c); for an assertion runner_judge compares them with those
 * that it asks for.
 */
#include "script/perform.h"

#include "base/diag.h"
#include "coverage/tracefile.h"
#include "script/value.h"

#include <stdarg.h>
#include <string.h>

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

/* Fails an assertion, with the message, the expected and the actual result. */
static void runner_fail_assertion(run *r) {
    r->event.outcome = SCRIPT_FAIL;
    r->event.message = r->message;
    r->event.expected = r->expected;
    r->event.actual = r->actual;
}

/* Judges an assertion that a command fails with a status, and a message that begins with a text (if there is one).
 * `done` describes a success. */
static void runner_judge(run *r, wp_status wanted, script_text text, wp_status got, const wp_diag *diag,
                         const char *done) {
    if (got == wanted && (text.data == NULL || script_text_begins(diag->message, text)))
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

/* ---- Assertions ----------------------------------------------------------------------------------------------- */

/* Adds a value to a list in a line. */
static void runner_add_text(char buffer[LINE_SIZE], const char *text) {
    size_t used = strlen(buffer);
    snprintf(buffer + used, LINE_SIZE - used, "%s%s", used == 0 ? "" : " ", text);
}

static void runner_print_results(const place_results *got, char buffer[LINE_SIZE]) {
    char text[SCRIPT_VALUE_SIZE];
    buffer[0] = '\0';
    for (size_t i = 0; i < got->count; i++) {
        script_print_result(&got->items[i], text, sizeof text);
        runner_add_text(buffer, text);
    }
}

static void runner_print_expectations(const script_command *command, char buffer[LINE_SIZE]) {
    char text[SCRIPT_VALUE_SIZE];
    buffer[0] = '\0';
    for (size_t i = 0; i < command->nexpected; i++) {
        script_value_print(&command->expected[i], text, sizeof text);
        runner_add_text(buffer, text);
    }
}

static void runner_assert_return(run *r, const script_command *command) {
    wp_diag diag = {.status = WP_OK};
    place_results got = {NULL, 0};
    wp_status status = perform_action(r, &command->action, &got, &diag);
    bool same = status == WP_OK && got.count == command->nexpected;
    for (size_t i = 0; same && i < got.count; i++)
        same = script_value_matches(&command->expected[i], &got.items[i]);
    runner_conclude(r, status, &diag);
    if (same || r->event.outcome == SCRIPT_UNSUPPORTED)
        return;
    runner_print_expectations(command, r->expected);
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
    mark *place = r->place;
    wp_status status = perform_command(r, command, &got, diag);
    if (status != WP_OK)
        r->place = place;
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
        status = perform_action(r, &command->action, &got, &diag);
        if (status == WP_OK)
            runner_print_results(&got, results);
        done = results[0] == '\0' ? "it returned" : results;
    } else if (command->inner != NULL) {
        status = runner_attempt_command(r, command->inner, &diag);
        done = "it was not refused";
    } else {
        status = perform_module(r, &command->module, wanted, &diag);
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
        runner_conclude(r, perform_command(r, command, &got, &diag), &diag);
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
        runner_begin_event(r, script_kinds[command->kind].word, command->where);
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
    if (options->operands != NULL)
        wp_operands_start(engine, options->operands);
    wp_status status = runner_open_and_run(r, text, size, &own);
    /* Also after a run that was cut short: its counts are valid. */
    if (options->coverage != NULL) {
        wp_status collected = tracefile_collect(options->coverage, engine, status == WP_OK ? &own : NULL);
        status = status == WP_OK ? collected : status;
    }
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
