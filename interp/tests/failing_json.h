/* failing_json.h: an allocator for Jansson that fails on demand. Jansson has one allocator for the whole program, so
 * this has one state, in the test program that includes it.
 *
 * failing_json_install comes first. failing_json_at(k) makes the k-th allocation from now on and all later ones fail;
 * failing_json_at(0) makes none fail.
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
