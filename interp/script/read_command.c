/* read_command.c: reading commands; see script.h.
 *
 * Every reading function here is called after the command's word and reads up to its ")". Where a command holds another
 * one in parentheses, the holder consumes both of those.
 */
#include "script/reader.h"

#include <string.h>

const script_kind_row script_kinds[SCRIPT_KINDS] = {
#define SCRIPT_KIND(id, word, status) {word, status},
#include "script/kind.def"
#undef SCRIPT_KIND
};

/* The kind of a command by its first word; SCRIPT_KINDS if unknown. */
static script_kind command_find_kind(const wp_token *word) {
    size_t i = 0;
    while (i < SCRIPT_KINDS && !script_is_word(word, script_kinds[i].word))
        i++;
    return (script_kind)i;
}

/* ---- Modules, actions ---------------------------------------------------------------------------------------- */

/* After "(module": "instance" $instance? $definition?, or a module. */
static void command_read_module(script *s, const wp_token *open, script_command *out) {
    if (script_take_word(s, "instance")) {
        out->kind = SCRIPT_MODULE_INSTANCE;
        out->name = script_take_name(s);
        out->definition = script_take_name(s);
        return;
    }
    script_read_module(s, open, &out->module);
    out->kind = out->module.is_definition ? SCRIPT_MODULE_DEFINITION : SCRIPT_MODULE;
    out->name = out->module.name;
    out->has_module = true;
}

/* $module? string value* for an invoke, $module? string for a get. */
static void command_read_action(script *s, const wp_token *open, bool is_get, script_command *out) {
    script_action *action = &out->action;
    action->where = open->where;
    action->is_get = is_get;
    action->module = script_take_name(s);
    action->field = script_read_string(s);
    if (!is_get)
        script_read_values(s, false, &action->args, &action->nargs);
    out->has_action = true;
}

/* ---- Assertions ---------------------------------------------------------------------------------------------- */

enum { TAKES_ACTION = 1, TAKES_MODULE = 2 };

/* "(" action ")" or "(" module ")", as far as `takes` allows. */
static void command_read_subject(script *s, int takes, script_command *out) {
    const char *what = takes == TAKES_ACTION   ? "an action"
                       : takes == TAKES_MODULE ? "a module"
                                               : "an action or a module";
    wp_token open = script_expect(s, WP_TOK_LPAR, what), word = script_token(s);
    bool is_get = script_is_word(&word, "get");
    if ((takes & TAKES_ACTION) != 0 && (is_get || script_is_word(&word, "invoke"))) {
        command_read_action(s, &open, is_get, out);
    } else if ((takes & TAKES_MODULE) != 0 && script_is_word(&word, "module")) {
        script_read_module(s, &open, &out->module);
        out->name = out->module.name;
        out->has_module = true;
    } else {
        script_unexpected(s, &word, what);
    }
    script_close_list(s);
}

static void command_read_assertion(script *s, int takes, script_command *out) {
    command_read_subject(s, takes, out);
    out->text = script_read_string(s);
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

/* ("(" name uri digest? ")")* */
static void command_read_entries(script *s, script_command *out) {
    script_entry *entries = NULL;
    size_t count = 0, capacity = 0;
    while (script_take_open(s)) {
        if (!wp_arena_grow(&s->pool, (void **)&entries, count, &capacity, sizeof *entries)) {
            script_fail_memory(s);
            return;
        }
        script_entry *entry = &entries[count++];
        *entry = (script_entry){.name = script_read_string(s)};
        entry->uri = script_read_string(s);
        if (script_peek(s).kind == WP_TOK_STRING)
            entry->digest = script_read_string(s);
        script_close_list(s);
    }
    out->entries = entries;
    out->nentries = count;
}

/* "i32" or "i64"?, pages. */
static void command_read_extent(script *s, script_command *out) {
    if (script_take_word(s, "i64"))
        out->pointer = WP_T_I64;
    else
        (void)script_take_word(s, "i32");
    out->pages = script_read_count(s);
}

/* $process? "(" "memory" ... ")" and, each at most once and in any order after it, "(" "stack" n ")",
 * "(" "limit" n ")" and "(" "dictionary" entry* ")". */
static void command_read_process(script *s, script_command *out) {
    bool has_memory = false, has_stack = false, has_dictionary = false;
    out->pointer = WP_T_I32;
    out->name = script_take_name(s);
    while (s->status == WP_OK) {
        bool open = script_take_open(s);
        if (!open && has_memory)
            return;
        wp_token token = script_token(s);
        if (open && !has_memory && script_is_word(&token, "memory")) {
            has_memory = true;
            command_read_extent(s, out);
        } else if (open && has_memory && !has_stack && script_is_word(&token, "stack")) {
            has_stack = true;
            out->stack = script_read_count(s);
        } else if (open && has_memory && !out->limited && script_is_word(&token, "limit")) {
            out->limited = true;
            out->limit = script_read_count(s);
        } else if (open && has_memory && !has_dictionary && script_is_word(&token, "dictionary")) {
            has_dictionary = true;
            command_read_entries(s, out);
        } else {
            script_unexpected(s, &token, has_memory ? "stack, limit or dictionary" : "\"(memory\"");
        }
        script_close_list(s);
    }
}

/* $process, which may only be absent after "switch". */
static void command_read_process_name(script *s, script_command *out) {
    out->name = script_take_name(s);
    wp_token token = script_peek(s);
    if (out->name.data == NULL && out->kind != SCRIPT_SWITCH)
        script_unexpected(s, &token, "a name");
}

/* ---- Commands ------------------------------------------------------------------------------------------------ */

static void command_read_refused(script *s, script_command *out);

/* Commands that assert_refused takes. */
static bool command_can_be_refused(script_kind kind) {
    return kind == SCRIPT_PROCESS || kind == SCRIPT_SWITCH || kind == SCRIPT_DICTIONARY || kind == SCRIPT_UNLOAD ||
           kind == SCRIPT_END || kind == SCRIPT_INVOKE || kind == SCRIPT_GET || kind == SCRIPT_REGISTER;
}

/* Reads the rest of a command after its word, up to its ")". */
static void command_read_rest(script *s, const wp_token *open, script_command *out) {
    switch (out->kind) {
    case SCRIPT_MODULE: command_read_module(s, open, out); break;
    case SCRIPT_INVOKE:
    case SCRIPT_GET: command_read_action(s, open, out->kind == SCRIPT_GET, out); break;
    case SCRIPT_REGISTER:
        out->string = script_read_string(s);
        out->name = script_take_name(s);
        break;
    case SCRIPT_ASSERT_RETURN:
        command_read_subject(s, TAKES_ACTION, out);
        script_read_values(s, true, &out->expected, &out->nexpected);
        break;
    case SCRIPT_ASSERT_EXCEPTION: command_read_subject(s, TAKES_ACTION, out); break;
    case SCRIPT_ASSERT_EXHAUSTION: command_read_assertion(s, TAKES_ACTION, out); break;
    case SCRIPT_ASSERT_EXIT:
        command_read_subject(s, TAKES_ACTION, out);
        out->code = script_read_count(s);
        break;
    case SCRIPT_ASSERT_TRAP: command_read_assertion(s, TAKES_ACTION | TAKES_MODULE, out); break;
    case SCRIPT_ASSERT_REFUSED: command_read_refused(s, out); break;
    case SCRIPT_PROCESS: command_read_process(s, out); break;
    case SCRIPT_SWITCH:
    case SCRIPT_UNLOAD:
    case SCRIPT_END: command_read_process_name(s, out); break;
    case SCRIPT_DICTIONARY: command_read_entries(s, out); break;
    case SCRIPT_LIBRARY:
        out->string = script_read_string(s);
        command_read_subject(s, TAKES_MODULE, out);
        break;
    default: command_read_assertion(s, TAKES_MODULE, out); break;
    }
}

/* A command in parentheses, and the text. */
static void command_read_refused(script *s, script_command *out) {
    wp_token open = script_expect(s, WP_TOK_LPAR, "a command"), word = script_token(s);
    script_command *inner = wp_arena_alloc(&s->pool, 1, sizeof *inner);
    if (inner == NULL) {
        script_fail_memory(s);
        return;
    }
    inner->kind = command_find_kind(&word);
    inner->where = open.where;
    if (command_can_be_refused(inner->kind))
        command_read_rest(s, &open, inner);
    else
        script_unexpected(s, &word, "a command that can be refused");
    script_close_list(s);
    out->inner = inner;
    out->text = script_read_string(s);
}

void script_read_command(script *s, const wp_token *open, script_command *out) {
    wp_token word = script_token(s);
    out->where = open->where;
    out->kind = command_find_kind(&word);
    if (out->kind == SCRIPT_KINDS)
        script_unexpected(s, &word, "a command");
    else
        command_read_rest(s, open, out);
    script_close_list(s);
}
