/* value.c: arguments and results of functions, as the command line writes them; see cli.h. */
#include "cli.h"

#include "../script/value.h"

#include <inttypes.h>
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

static void print_reference(wp_ref ref, FILE *out) {
    switch (wp_ref_get_kind(ref)) {
    case WP_REF_NULL: fputs("ref.null", out); break;
    case WP_REF_FUNC: fputs("ref.func", out); break;
    case WP_REF_HOST: fprintf(out, "ref.extern %" PRIu64, wp_ref_host_number(ref)); break;
    default: fputs("ref", out); break;
    }
}

void cli_value_print(const wp_value *value, FILE *out) {
    char text[SCRIPT_VALUE_SIZE];
    bool small = value->type == WP_T_I32 || value->type == WP_T_F32;
    if ((value->type & WP_T_REF) != 0) {
        print_reference(value->of.ref, out);
        return;
    }
    if (value->type == WP_T_V128)
        script_print_result(value, text, sizeof text);
    else
        script_print_number(value->type, small ? value->of.i32 : value->of.i64, text, sizeof text);
    fputs(text, out);
}
