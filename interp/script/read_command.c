/* read_command.c: reading commands; see script.h.
 *
 * Every reading function here is called after the command's word and reads up to its ")", which script_read_command
 * consumes. Where a command holds another one in parentheses, the holder consumes both of those.
 */
#include "script/reader.h"

#include <string.h>

static const char *const kind_names[SCRIPT_KINDS] = {
#define SCRIPT_KIND(id, word, status) word,
#include "script/kind.def"
#undef SCRIPT_KIND
};

const char *script_kind_name(script_kind kind) {
    return kind_names[kind];
}

/* The kind of a command by its first word; SCRIPT_KINDS if unknown. */
static script_kind command_find_kind(const wp_token *word) {
    for (size_t i = 0; i < SCRIPT_KINDS; i++)
        if (script_is_word(word, kind_names[i]))
            return (script_kind)i;
    return SCRIPT_KINDS;
}

/* ---- Modules, actions ---------------------------------------------------------------------------------------- */

/* "instance" $instance? $definition? */
static wp_status command_read_instance(script *s, script_command *out, wp_diag *diag) {
    wp_token token;
    out->kind = SCRIPT_MODULE_INSTANCE;
    WP_TRY(script_token(s, &token, diag));
    WP_TRY(script_at_name(s, &out->name, diag));
    WP_TRY(script_at_name(s, &out->definition, diag));
    return script_close_list(s, diag);
}

/* After "(module": up to its ")". */
static wp_status command_read_module_command(script *s, const wp_token *open, script_command *out, wp_diag *diag) {
    wp_token token;
    WP_TRY(script_peek(s, &token, diag));
    if (script_is_word(&token, "instance"))
        return command_read_instance(s, out, diag);
    WP_TRY(script_read_module(s, open, &out->module, diag));
    out->kind = out->module.is_definition ? SCRIPT_MODULE_DEFINITION : SCRIPT_MODULE;
    out->name = out->module.name;
    out->has_module = true;
    return WP_OK;
}

/* $module? string value* for an invoke, $module? string for a get; up to the ")". */
static wp_status command_read_action(script *s, const wp_token *open, bool is_get, script_command *out, wp_diag *diag) {
    script_action *action = &out->action;
    action->where = open->where;
    action->is_get = is_get;
    WP_TRY(script_at_name(s, &action->module, diag));
    WP_TRY(script_read_string(s, &action->field, diag));
    if (!is_get)
        WP_TRY(script_read_arguments(s, &action->args, &action->nargs, diag));
    out->has_action = true;
    return script_close_list(s, diag);
}

/* ---- Assertions ---------------------------------------------------------------------------------------------- */

enum { TAKES_ACTION = 1, TAKES_MODULE = 2 };

/* "(" action ")" or "(" module ")", as far as `takes` allows. */
static wp_status command_read_subject(script *s, int takes, script_command *out, wp_diag *diag) {
    wp_token open, word;
    const char *what = takes == TAKES_ACTION   ? "an action"
                       : takes == TAKES_MODULE ? "a module"
                                               : "an action or a module";
    WP_TRY(script_expect(s, WP_TOK_LPAR, what, &open, diag));
    WP_TRY(script_token(s, &word, diag));
    bool get = script_is_word(&word, "get");
    if ((takes & TAKES_ACTION) != 0 && (get || script_is_word(&word, "invoke")))
        return command_read_action(s, &open, get, out, diag);
    if ((takes & TAKES_MODULE) == 0 || !script_is_word(&word, "module"))
        return script_unexpected(&word, what, diag);
    WP_TRY(script_read_module(s, &open, &out->module, diag));
    out->name = out->module.name;
    out->has_module = true;
    return WP_OK;
}

static wp_status command_read_assertion(script *s, int takes, script_command *out, wp_diag *diag) {
    WP_TRY(command_read_subject(s, takes, out, diag));
    return script_read_string(s, &out->text, diag);
}

static wp_status command_read_assert_return(script *s, script_command *out, wp_diag *diag) {
    WP_TRY(command_read_subject(s, TAKES_ACTION, out, diag));
    return script_read_expectations(s, &out->expected, &out->nexpected, diag);
}

static wp_status command_read_assert_exit(script *s, script_command *out, wp_diag *diag) {
    WP_TRY(command_read_subject(s, TAKES_ACTION, out, diag));
    return script_read_count(s, &out->code, diag);
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

/* ("(" name uri digest? ")")* */
static wp_status command_read_entries(script *s, script_command *out, wp_diag *diag) {
    script_entry *entries = NULL;
    size_t count = 0, capacity = 0;
    for (;;) {
        bool open;
        wp_token token;
        WP_TRY(script_at_open(s, &open, diag));
        if (!open)
            break;
        if (!wp_arena_grow(&s->pool, (void **)&entries, count, &capacity, sizeof *entries))
            return wp_fail_memory(diag);
        script_entry *entry = &entries[count++];
        *entry = (script_entry){.digest = {NULL, 0}};
        WP_TRY(script_read_string(s, &entry->name, diag));
        WP_TRY(script_read_string(s, &entry->uri, diag));
        WP_TRY(script_peek(s, &token, diag));
        if (token.kind == WP_TOK_STRING)
            WP_TRY(script_read_string(s, &entry->digest, diag));
        WP_TRY(script_close_list(s, diag));
    }
    out->entries = entries;
    out->nentries = count;
    return WP_OK;
}

/* "i32" or "i64"?, pages. */
static wp_status command_read_extent(script *s, script_command *out, wp_diag *diag) {
    wp_token token;
    WP_TRY(script_peek(s, &token, diag));
    if (script_is_word(&token, "i32") || script_is_word(&token, "i64")) {
        out->pointer = script_is_word(&token, "i64") ? WP_T_I64 : WP_T_I32;
        WP_TRY(script_token(s, &token, diag));
    }
    return script_read_count(s, &out->pages, diag);
}

/* $process? "(" "memory" ... ")" and, each at most once and in any order after it, "(" "stack" n ")" and
 * "(" "dictionary" entry* ")". */
static wp_status command_read_process(script *s, script_command *out, wp_diag *diag) {
    bool has_memory = false, has_stack = false, has_dictionary = false;
    out->pointer = WP_T_I32;
    WP_TRY(script_at_name(s, &out->name, diag));
    for (;;) {
        wp_token token;
        bool open;
        WP_TRY(script_at_open(s, &open, diag));
        if (!open && has_memory)
            return WP_OK;
        WP_TRY(script_token(s, &token, diag));
        if (open && !has_memory && script_is_word(&token, "memory")) {
            has_memory = true;
            WP_TRY(command_read_extent(s, out, diag));
        } else if (open && has_memory && !has_stack && script_is_word(&token, "stack")) {
            has_stack = true;
            WP_TRY(script_read_count(s, &out->stack, diag));
        } else if (open && has_memory && !has_dictionary && script_is_word(&token, "dictionary")) {
            has_dictionary = true;
            WP_TRY(command_read_entries(s, out, diag));
        } else {
            return script_unexpected(&token, has_memory ? "stack or dictionary" : "\"(memory\"", diag);
        }
        WP_TRY(script_close_list(s, diag));
    }
}

/* $process, which may only be absent after "switch". */
static wp_status command_read_process_name(script *s, script_command *out, wp_diag *diag) {
    wp_token token;
    WP_TRY(script_at_name(s, &out->name, diag));
    if (out->name.data != NULL || out->kind == SCRIPT_SWITCH)
        return WP_OK;
    WP_TRY(script_peek(s, &token, diag));
    return script_unexpected(&token, "a name", diag);
}

/* A URI and a module. */
static wp_status command_read_library(script *s, script_command *out, wp_diag *diag) {
    WP_TRY(script_read_string(s, &out->string, diag));
    return command_read_subject(s, TAKES_MODULE, out, diag);
}

static wp_status command_read_register(script *s, script_command *out, wp_diag *diag) {
    WP_TRY(script_read_string(s, &out->string, diag));
    return script_at_name(s, &out->name, diag);
}

/* ---- Commands ------------------------------------------------------------------------------------------------ */

static wp_status command_read_refused(script *s, script_command *out, wp_diag *diag);

/* Commands that assert_refused takes. */
static bool command_can_be_refused(script_kind kind) {
    return kind == SCRIPT_PROCESS || kind == SCRIPT_SWITCH || kind == SCRIPT_DICTIONARY || kind == SCRIPT_UNLOAD ||
           kind == SCRIPT_END || kind == SCRIPT_INVOKE || kind == SCRIPT_GET || kind == SCRIPT_REGISTER;
}

/* Reads the rest of a command after its word, up to its ")"; or through it, then *closed is true. */
static wp_status command_read_rest(script *s, const wp_token *open, script_command *out, bool *closed, wp_diag *diag) {
    switch (out->kind) {
    case SCRIPT_MODULE: *closed = true; return command_read_module_command(s, open, out, diag);
    case SCRIPT_INVOKE: *closed = true; return command_read_action(s, open, false, out, diag);
    case SCRIPT_GET: *closed = true; return command_read_action(s, open, true, out, diag);
    case SCRIPT_REGISTER: return command_read_register(s, out, diag);
    case SCRIPT_ASSERT_RETURN: return command_read_assert_return(s, out, diag);
    case SCRIPT_ASSERT_EXCEPTION: return command_read_subject(s, TAKES_ACTION, out, diag);
    case SCRIPT_ASSERT_EXHAUSTION: return command_read_assertion(s, TAKES_ACTION, out, diag);
    case SCRIPT_ASSERT_EXIT: return command_read_assert_exit(s, out, diag);
    case SCRIPT_ASSERT_TRAP: return command_read_assertion(s, TAKES_ACTION | TAKES_MODULE, out, diag);
    case SCRIPT_ASSERT_REFUSED: return command_read_refused(s, out, diag);
    case SCRIPT_PROCESS: return command_read_process(s, out, diag);
    case SCRIPT_SWITCH:
    case SCRIPT_UNLOAD:
    case SCRIPT_END: return command_read_process_name(s, out, diag);
    case SCRIPT_DICTIONARY: return command_read_entries(s, out, diag);
    case SCRIPT_LIBRARY: return command_read_library(s, out, diag);
    default: return command_read_assertion(s, TAKES_MODULE, out, diag);
    }
}

/* A command in parentheses, and the text. */
static wp_status command_read_refused(script *s, script_command *out, wp_diag *diag) {
    wp_token open, word;
    bool closed = false;
    WP_TRY(script_expect(s, WP_TOK_LPAR, "a command", &open, diag));
    WP_TRY(script_token(s, &word, diag));
    script_command *inner = wp_arena_alloc(&s->pool, 1, sizeof *inner);
    if (inner == NULL)
        return wp_fail_memory(diag);
    inner->kind = command_find_kind(&word);
    inner->where = open.where;
    if (!command_can_be_refused(inner->kind))
        return script_unexpected(&word, "a command that can be refused", diag);
    WP_TRY(command_read_rest(s, &open, inner, &closed, diag));
    if (!closed)
        WP_TRY(script_close_list(s, diag));
    out->inner = inner;
    return script_read_string(s, &out->text, diag);
}

wp_status script_read_command(script *s, const wp_token *open, script_command *out, wp_diag *diag) {
    wp_token word;
    bool closed = false;
    out->where = open->where;
    WP_TRY(script_token(s, &word, diag));
    out->kind = command_find_kind(&word);
    if (out->kind == SCRIPT_KINDS)
        return script_unexpected(&word, "a command", diag);
    WP_TRY(command_read_rest(s, open, out, &closed, diag));
    return closed ? WP_OK : script_close_list(s, diag);
}
