/* failing_json.h: memory for Jansson that fails on demand. Jansson takes its allocator once for the whole program, so
 * this has one state, in the test program that includes it.
 *
 * Use: failing_json_install() first of all; failing_json_at(k): the k-th allocation from now on fails, and all after
 * it; failing_json_at(0): none does.
 */
#ifndef WP_FAILING_JSON_H
#define WP_FAILING_JSON_H

#include <jansson.h>
#include <stdlib.h>

static size_t failing_json_calls, failing_json_from;

static void *failing_json_malloc(size_t size) {
    failing_json_calls++;
    return failing_json_from != 0 && failing_json_calls >= failing_json_from ? NULL : malloc(size);
}

static inline void failing_json_install(void) {
    json_set_alloc_funcs(failing_json_malloc, free);
}

static inline void failing_json_at(size_t k) {
    failing_json_calls = 0;
    failing_json_from = k;
}

#endif
