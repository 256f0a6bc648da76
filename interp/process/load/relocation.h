/* relocation.h: what placing libraries determines: their bases, the objects that their imports are, and their GOT
 * (rules load.base, load.symbols, load.got).
 *
 * Interface, in the order of a load; each step is for every library of the load before the next one begins:
 * - wp_relocation_make: the objects that are the library's own: bases, GOT entries, functions that trap.
 * - wp_relocation_bind: the objects of others, whose functions exist by then.
 * - wp_relocation_fill_got: the values of the GOT; all libraries are instantiated. wp_relocation_undo frees the slots
 * that functions got for it.
 *
 * wp_loader_symbol (loader.h) gives the same values.
 */
#ifndef WP_RELOCATION_H
#define WP_RELOCATION_H

#include "process/load/library.h"

WP_MUST_CHECK wp_status wp_relocation_make(wp_library *library, wp_diag *diag);
void wp_relocation_bind(wp_library *library);
WP_MUST_CHECK wp_status wp_relocation_fill_got(wp_library *library, wp_diag *diag);
void wp_relocation_undo(wp_library *library);

#endif
