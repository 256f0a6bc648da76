/* trap.c: the texts of traps; see trap.h. */
#include "core/trap.h"

#include "wasmproc.h"

/* clang-format off */
const char *wp_trap_text(wp_trap trap) {
    switch (trap) {
    case WP_TRAP_none: return "";
#define TRAP(id, text) case WP_TRAP_##id: return text;
#include "core/trap.def"
#undef TRAP
    case WP_TRAP_host_memory: return "out of memory";
    }
    return "";
}
/* clang-format on */

/* The reasons of trap.def are what stands between these two. */
size_t wp_trap_count(void) {
    return WP_TRAP_host_memory - WP_TRAP_none - 1;
}

const char *wp_trap_get(size_t i) {
    return wp_trap_text((wp_trap)(WP_TRAP_none + 1 + i));
}
