/* trap.h: reasons to trap, as values; see trap.def. */
#ifndef WP_TRAP_H
#define WP_TRAP_H

#include "wasmproc.h"

typedef enum wp_trap {
    WP_TRAP_none, /* no trap */
#define TRAP(id, text) WP_TRAP_##id,
#include "core/trap.def"
    WP_TRAP_host_memory /* not a trap of the program: the host is out of memory (rule mmap.lazy) */
} wp_trap;

/* The text of a reason; "" for WP_TRAP_none. Static. */
const char *wp_trap_text(wp_trap trap);
/* The status of a call that ends so: WP_TRAP, or WP_EXHAUSTION of the host's memory. */
wp_status wp_trap_status(wp_trap trap);

#endif
