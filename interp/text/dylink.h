/* dylink.h: the text form of the section dylink.0 (tool-conventions, "Text format of dylink.0").
 *
 * Interface:
 * - wp_parse_dylink (annot.h) reads it.
 * - wp_print_dylink writes it.
 */
#ifndef WP_TEXT_DYLINK_H
#define WP_TEXT_DYLINK_H

#include "text/print.h"

/* Writes a section's contents as the annotation that denotes exactly these bytes. False: they have no such form, and
 * nothing was written. */
bool wp_print_dylink(wp_printer *p, wp_bytes contents);

#endif
