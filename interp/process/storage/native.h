/* native.h: the native backing: a process's address space as a range of host addresses, reserved whole at creation. The
 * one place of the process layer that knows the host's memory interface.
 *
 * Interface:
 * - wp_native_backing with a wp_native as its context is what core/memory.h calls.
 * - wp_native_commit, wp_native_decommit: whoever gives pages to the program or takes them away says so here.
 *
 * The base never moves, so an access is one bounds check and one host instruction. Pages that are not accessible are
 * protected by the host: touching one is a fault, which core/fault.h turns into a trap. The host gives storage on first
 * touch and takes it back when pages are forgotten; the range stays reserved until the process ends.
 */
#ifndef WP_NATIVE_H
#define WP_NATIVE_H

#include "core/run/memory.h"
#include "process/space/space.h"

typedef struct wp_native wp_native;

extern const wp_backing wp_native_backing;

/* Reserves a range for all pages of the space, all inaccessible. NULL: the host can't. */
wp_native *wp_native_new(wp_engine *engine, const space *s);
/* Gives the range back. NULL is allowed. */
void wp_native_delete(wp_native *native);
/* The host address of address 0. */
uint8_t *wp_native_base(const wp_native *native);
/* Makes pages accessible; those that were not are zero. False: the host can't, and they are as they were. */
bool wp_native_commit(wp_native *native, uint64_t first, uint64_t count);
/* Makes pages inaccessible, and gives their storage back to the host. False: the host can't, and they are as they
 * were. */
bool wp_native_decommit(wp_native *native, uint64_t first, uint64_t count);

#endif
