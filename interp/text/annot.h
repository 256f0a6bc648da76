/* annot.h: what readers of annotations share (annot.c, dylink.c).
 *
 * The bytes of a section are put together in the parser's scratch array: from p->nbytes = 0 to wp_annot_custom.
 */
#ifndef WP_ANNOT_H
#define WP_ANNOT_H

#include "text/parser.h"

WP_MUST_CHECK wp_status wp_annot_bytes(wp_parser *p, const uint8_t *bytes, size_t size);
/* A number in LEB128. */
WP_MUST_CHECK wp_status wp_annot_u32(wp_parser *p, uint32_t n);
/* The size of a string, and its bytes. */
WP_MUST_CHECK wp_status wp_annot_string(wp_parser *p, wp_bytes string);
/* Puts a number in front of what was put from `start` on. */
WP_MUST_CHECK wp_status wp_annot_u32_before(wp_parser *p, size_t start, uint32_t n);
/* Likewise the size of that. */
WP_MUST_CHECK wp_status wp_annot_size_before(wp_parser *p, size_t start);
/* A custom section of the bytes that were put. place: as in wp_placed_custom. */
WP_MUST_CHECK wp_status wp_annot_custom(wp_parser *p, wp_bytes name, uint8_t place, uint32_t pos);

/* The next lexeme of the annotation that begins with `start`. An annotation inside is skipped. */
WP_MUST_CHECK wp_status wp_annot_next(wp_parser *p, const wp_lexeme *start, wp_lexeme *out);
/* WP_MALFORMED. */
wp_status wp_annot_fail(wp_parser *p, uint32_t pos, const char *message);

/* dylink.c. '(@dylink.0' field* ')', whose start was read. */
WP_MUST_CHECK wp_status wp_parse_dylink(wp_parser *p, const wp_lexeme *start);

#endif
