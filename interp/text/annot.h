/* annot.h: annotations that have a meaning (specification, appendix "Custom Sections and Annotations").
 *
 * Interface:
 * - wp_annot_custom, wp_annot_name, wp_annot_hint (annot.c), wp_annot_dylink (dylink.c): '(@id' ... ')', of which the
 *   start was read.
 * - wp_annot_finish: names and branch hints become the custom sections that mean the same in a binary module.
 * - Below: the parts that readers of annotations share. They write the contents of a section to p->bytes, and then call
 *   wp_annot_section.
 *
 * Texts of errors begin with the annotation's name, as those of the official test suite do.
 */
#ifndef WP_ANNOT_H
#define WP_ANNOT_H

#include "text/parser.h"

#define WP_ANNOT_BRANCH_HINT "metadata.code.branch_hint"

/* '(@custom' name place? string* ')': a custom section. */
WP_MUST_CHECK wp_status wp_annot_custom(wp_parser *p, const wp_lexeme *start);
/* '(@name' name ')': the name of an object. */
WP_MUST_CHECK wp_status wp_annot_name(wp_parser *p, const wp_lexeme *start);
/* '(@metadata.code.branch_hint' string* ')': the likely outcome of a branch. */
WP_MUST_CHECK wp_status wp_annot_hint(wp_parser *p, const wp_lexeme *start);
/* '(@dylink.0' field* ')': the section of that name. */
WP_MUST_CHECK wp_status wp_annot_dylink(wp_parser *p, const wp_lexeme *start);
/* Makes custom sections of all annotations. The module is complete otherwise. */
WP_MUST_CHECK wp_status wp_annot_finish(wp_parser *p);

/* An annotation that is being read. */
typedef struct wp_annot {
    wp_parser *p;
    const char *name; /* "@custom", for errors */
    uint32_t pos;     /* of its start */
    wp_lexeme next;   /* not consumed yet */
} wp_annot;

/* Consumes a lexeme. An annotation inside is skipped. */
WP_MUST_CHECK wp_status wp_annot_take(wp_annot *a);
/* WP_MALFORMED "NAME annotation: problem", at the next lexeme. */
wp_status wp_annot_fail(const wp_annot *a, const char *problem);
/* The next lexeme has to be ")". */
WP_MUST_CHECK wp_status wp_annot_check_close(const wp_annot *a);
/* Consumes a string in UTF-8. otherwise: the problem if the lexeme is not a string. */
WP_MUST_CHECK wp_status wp_annot_utf8(wp_annot *a, const char *otherwise, wp_bytes *out);
/* A custom section of p->bytes. place: as in wp_placed_custom. */
WP_MUST_CHECK wp_status wp_annot_section(wp_parser *p, wp_bytes name, uint8_t place, uint32_t pos);

#endif
