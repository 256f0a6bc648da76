/* reader.h: reading scripts from the inside: the tokens of a script, and the file that reads each
 * part.
 *
 * - reader.c: tokens and modules.
 * - read_value.c: arguments and expectations.
 * - read_command.c: commands.
 * - script.c: the life of a script.
 *
 * A reading function expects what it reads at the next token and consumes it. Annotations are skipped between all
 * tokens.
 */
#ifndef WP_SCRIPT_READER_H
#define WP_SCRIPT_READER_H

#include "base/diag.h"
#include "base/arena.h"
#include "script/script.h"

struct script {
    wp_engine *engine;
    wp_text *source;
    char *text; /* the script again, for the modules that are taken from it as they stand */
    size_t size;
    wp_arena lasting; /* lives as long as the script */
    wp_arena pool;    /* lives as long as the command */
    bool begun;       /* a command has been read */
    bool ended;       /* nothing is left to read */
    bool moved;       /* a module was parsed since: the reader is not behind the last command */
    size_t last;      /* the offset of the last command's closing parenthesis */
};

/* ---- Tokens -------------------------------------------------------------------------------------------------- */

wp_status script_peek(script *s, wp_token *out, wp_diag *diag);
wp_status script_token(script *s, wp_token *out, wp_diag *diag);
/* WP_MALFORMED "unexpected token ...: WHAT is expected here". */
wp_status script_unexpected(const wp_token *token, const char *what, wp_diag *diag);
/* Consumes a token of this kind; `what` names it for the error. */
wp_status script_expect(script *s, wp_token_kind kind, const char *what, wp_token *out, wp_diag *diag);
/* Consumes ")". */
wp_status script_close_list(script *s, wp_diag *diag);
/* Consumes "(" if it is next. */
wp_status script_at_open(script *s, bool *out, wp_diag *diag);
/* Consumes an $identifier if it is next; else *out is absent. */
wp_status script_at_name(script *s, script_text *out, wp_diag *diag);
/* True when a token is this word. */
bool script_is_word(const wp_token *token, const char *word);

/* A string literal, as the bytes that it denotes. */
wp_status script_read_string(script *s, script_text *out, wp_diag *diag);
/* string*, as one run of bytes. */
wp_status script_read_strings(script *s, script_text *out, wp_diag *diag);
/* A whole number without a sign. */
wp_status script_read_count(script *s, uint64_t *out, wp_diag *diag);

/* ---- Lists, after their "(" ---------------------------------------------------------------------------------- */

/* reader.c. After "(module", up to its ")"; `open` is that parenthesis. */
wp_status script_read_module(script *s, const wp_token *open, script_module *out, wp_diag *diag);
/* read_value.c. Arguments, or expectations, up to the first token that is no "(". */
wp_status script_read_arguments(script *s, const script_value **out, size_t *count, wp_diag *diag);
wp_status script_read_expectations(script *s, const script_value **out, size_t *count, wp_diag *diag);
/* read_command.c. After "(", up to its ")". */
wp_status script_read_command(script *s, const wp_token *open, script_command *out, wp_diag *diag);

#endif
