/* options.c: see options.h. */
#include "script/options.h"

#include <sys/types.h>

void script_interrupt(script_stop *stop) {
    stop->requested = 1;
    wp_store *running = stop->running;
    pid_t pid = (pid_t)stop->child;
    if (running != NULL)
        wp_store_interrupt(running);
    if (pid > 0)
        (void)kill(pid, SIGKILL);
}

bool script_os_wanted(const script_os *os, wp_backend backend, wp_valtype pointer, uint64_t pages) {
    if (os->program == NULL || os->when == SCRIPT_WHEN_NEVER)
        return false;
    bool large = pointer == WP_T_I64 && backend == WP_BACKEND_NATIVE && pages > SCRIPT_LARGE_PAGES;
    return large || os->when == SCRIPT_WHEN_ALWAYS;
}
