/* annot.c: annotations that mean something; see parser.h. */
#include "parser.h"

wp_status wp_parse_annotation(wp_parser *p, const wp_lexeme *start) {
    if (p->heads_only) {
        p->text->next = wp_lex_balance(p->text, p->text->next);
        return WP_OK;
    }
    return wp_lex_annotation(p->text, start, p->diag);
}

wp_status wp_parse_finish_annotations(wp_parser *p) {
    (void)p;
    return WP_OK;
}
