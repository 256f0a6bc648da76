/* reader.h: reading scripts from the inside: the tokens of a script, and the file that reads each part.
 *
 * - reader.c: tokens and modules.
 * - read_value.c: arguments and expectations.
 * - read_command.c: commands.
 * - script.c: the life of a script.
 *
 * A reading function expects its subject at the next token and consumes it. Annotations are skipped between all
 * tokens. After an error, which `status` keeps, the script seems to end; the errors that follow from that are not
 * recorded, because the first error wins.
 */
#ifndef WP_SCRIPT_READER_H
#define WP_SCRIPT_READER_H

#include "base/arena.h"
#include "base/output.h"
#include "script/script.h"

struct script {
    wp_engine *engine;
    wp_text *source;
    char *text; /* the script again, for the modules that are taken from it as they stand */
    size_t size;
    wp_arena lasting; /* lives as long as the script */
    wp_arena pool;    /* lives as long as the command */
    wp_output bytes;  /* scratch */
    wp_diag *diag;    /* of this script_next */
    wp_status status; /* of this script_next */
    bool begun;       /* a command has been read */
    bool ended;       /* nothing is left to read */
    bool moved;       /* a module was parsed since: the reader is not behind the last command */
    size_t last;      /* the offset of the last command's closing parenthesis */
};

/* ---- Tokens -------------------------------------------------------------------------------------------------- */

wp_token script_peek(script *s);
wp_token script_token(script *s);
/* WP_MALFORMED "unexpected token ...: WHAT is expected here". */
void script_unexpected(script *s, const wp_token *token, const char *what);
void script_fail_memory(script *s);
/* Consumes a token of this kind; `what` names it for the error. */
wp_token script_expect(script *s, wp_token_kind kind, const char *what);
/* Consumes ")". */
void script_close_list(script *s);
/* Consumes "(" if it is next. */
bool script_take_open(script *s);
/* Consumes a word if it is next. */
bool script_take_word(script *s, const char *word);
/* Consumes an $identifier if it is next; else the result is absent. */
script_text script_take_name(script *s);
/* True when a token is this word. */
bool script_is_word(const wp_token *token, const char *word);

/* A string literal, as the bytes that it denotes. */
script_text script_read_string(script *s);
/* A whole number without a sign. */
uint64_t script_read_count(script *s);

/* ---- Lists, after their "(" ---------------------------------------------------------------------------------- */

/* reader.c. After "(module", up to its ")"; `open` is that parenthesis. */
void script_read_module(script *s, const wp_token *open, script_module *out);
/* read_value.c. Arguments, or expectations (patterns), up to the first token that is no "(". */
void script_read_values(script *s, bool patterns, const script_value **out, size_t *count);
/* read_command.c. After "(", through its ")". */
void script_read_command(script *s, const wp_token *open, script_command *out);

#endif
