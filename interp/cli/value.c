/* value.c: arguments and results of functions, as the command line writes them; see cli.h. */
#include "cli/cli.h"

#include "script/value.h"

#include <string.h>

/* Reads a number with the text format's own rules. */
static wp_status read_number(wp_text *text, wp_valtype type, wp_value *out) {
    wp_token token, end;
    wp_status status = wp_text_next(text, &token, NULL);
    if (status == WP_OK)
        status = wp_text_next(text, &end, NULL);
    if (status == WP_OK && (token.kind != WP_TOK_NUMBER || end.kind != WP_TOK_EOF))
        status = WP_MALFORMED;
    return status == WP_OK ? wp_text_number(text, &token, type, out, NULL) : status;
}

bool cli_value_read(wp_engine *engine, const char *argument, wp_valtype type, wp_value *out) {
    if ((type & WP_T_REF) != 0) {
        *out = (wp_value){.type = type, .of = {.ref = {0}}};
        return (type & WP_T_NULL) != 0 && strcmp(argument, "ref.null") == 0;
    }
    wp_text *text;
    if (wp_text_open(engine, argument, strlen(argument), &text, NULL) != WP_OK)
        return false;
    wp_status status = read_number(text, type, out);
    wp_text_close(text);
    return status == WP_OK;
}

void cli_value_print(const wp_value *value, FILE *out) {
    char text[SCRIPT_VALUE_SIZE];
    bool is_ref = (value->type & WP_T_REF) != 0;
    wp_ref_kind kind = is_ref ? wp_ref_get_kind(value->of.ref) : WP_REF_OTHER;
    if (kind == WP_REF_NULL || kind == WP_REF_FUNC)
        snprintf(text, sizeof text, "%s", kind == WP_REF_NULL ? "ref.null" : "ref.func");
    else if (value->type >= WP_T_I32 && value->type <= WP_T_F64)
        script_print_number(value->type, script_result_bits(value), text, sizeof text);
    else
        script_print_result(value, text, sizeof text);
    fputs(text, out);
}
