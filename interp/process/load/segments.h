/* segments.h: the active segments of libraries (rule load.data).
 *
 * Interface: wp_segments_check before libraries are made, wp_segments_check_others before other tables are written.
 */
#ifndef WP_SEGMENTS_H
#define WP_SEGMENTS_H

#include "process/load/library.h"

/* Checks that the segments for the memory and the table of the process lie in the library's reservations. */
WP_MUST_CHECK wp_status wp_segments_check(wp_library *library, wp_diag *diag);
/* Checks that the segments for other tables are in bounds. The library has been instantiated. */
WP_MUST_CHECK wp_status wp_segments_check_others(wp_library *library, wp_diag *diag);

#endif
