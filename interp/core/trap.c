/* trap.c: the texts of traps; see trap.h. */
#include "core/trap.h"

const char *wp_trap_text(wp_trap trap) {
    static const char *const texts[] = {
        [WP_TRAP_none] = "",
#define TRAP(id, text) [WP_TRAP_##id] = text,
#include "core/trap.def"
        [WP_TRAP_host_memory] = "out of memory",
    };
    return texts[trap];
}

wp_status wp_trap_status(wp_trap trap) {
    return trap == WP_TRAP_none ? WP_OK : trap == WP_TRAP_host_memory ? WP_EXHAUSTION : WP_TRAP;
}

/* The rows of trap.def lie between these two. */
size_t wp_trap_count(void) {
    return WP_TRAP_host_memory - WP_TRAP_none - 1;
}

const char *wp_trap_get(size_t i) {
    return wp_trap_text((wp_trap)(WP_TRAP_none + 1 + i));
}
