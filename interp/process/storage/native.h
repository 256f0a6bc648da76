/* native.h: the native backing: the pages of a process as a range of host addresses, reserved whole at creation. Knows
 * the host's memory interface.
 *
 * Interface:
 * - wp_native_new, wp_native_delete; wp_native_base.
 * - wp_native_backing, with a wp_native as its context, for memory.h.
 * - wp_native_commit, wp_native_decommit: whenever pages become accessible or inaccessible.
 *
 * The base never moves, so an access is one bounds check and one host instruction. The host protects inaccessible
 * pages: touching one is a fault, which fault.h turns into a trap. It provides storage on first touch and frees it when
 * pages are decommitted; the range stays reserved until the process ends.
 */
#ifndef WP_NATIVE_H
#define WP_NATIVE_H

#include "core/run/memory.h"
#include "process/space/space.h"

typedef struct wp_native wp_native;

extern const wp_backing wp_native_backing;

/* Reserves a range for all pages of the space, all inaccessible. NULL: the host refuses. */
wp_native *wp_native_new(wp_engine *engine, const space *s);
/* Frees the range. NULL is allowed. */
void wp_native_delete(wp_native *native);
/* The host address of address 0. */
uint8_t *wp_native_base(const wp_native *native);
/* Makes pages accessible; those that were not are zero. False: the host refuses, and nothing has changed. */
bool wp_native_commit(wp_native *native, uint64_t first, uint64_t count);
/* Makes pages inaccessible and frees their storage. False: the host refuses, and nothing has changed. */
bool wp_native_decommit(wp_native *native, uint64_t first, uint64_t count);

#endif
