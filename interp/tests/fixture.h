/* fixture.h: what tests of the library share: an engine with a counting allocator, and the diagnostic of the last
 * operation.
 *
 * Interface:
 * - fixture_open, fixture_open_guarded, fixture_open_store, fixture_close;
 * - fixture_limit, fixture_parse, fixture_module: set-up that must succeed;
 * - fresh: the diagnostic, cleared, for an operation; FAILS: a condition on its failure.
 */
#ifndef WP_FIXTURE_H
#define WP_FIXTURE_H

#include "wasmproc.h"

#include "guarded.h"
#include "tap.h"

typedef struct fixture {
    tap *t;
    failing f;
    wp_allocator allocator;
    wp_engine *engine;
    wp_store *store;    /* null unless opened by fixture_open_store */
    wp_backend backend; /* of new processes */
    wp_diag diag;       /* of the last operation */
} fixture;

/* Ends the program unless an operation of the set-up succeeded. */
static inline void fixture_must(const fixture *x, bool succeeded, const char *what) {
    if (succeeded)
        return;
    printf("Bail out! %s: %.500s\n", x->diag.message, what);
    exit(1);
}

static inline void fixture_open_from(fixture *x, tap *t,
                                     void *(*source)(void *start, size_t old_size, size_t new_size)) {
    *x = (fixture){.t = t, .f.source = source};
    x->allocator = failing_allocator(&x->f);
    x->engine = wp_engine_new(&x->allocator);
    fixture_must(x, x->engine != NULL, "no engine");
}

static inline void fixture_open(fixture *x, tap *t) {
    fixture_open_from(x, t, NULL);
}

/* For tests that allocate little: an access beyond a block ends the program. */
static inline void fixture_open_guarded(fixture *x, tap *t) {
    fixture_open_from(x, t, guarded_block);
}

static inline void fixture_open_store(fixture *x, tap *t) {
    fixture_open(x, t);
    fixture_must(x, wp_store_new(x->engine, &x->store, &x->diag) == WP_OK, "no store");
}

static inline void fixture_close(fixture *x, const char *name) {
    wp_store_delete(x->store);
    wp_engine_delete(x->engine);
    tap_ok(x->t, failing_freed(&x->f), "%s: all memory is freed", name);
}

static inline void fixture_limit(fixture *x, const char *name, uint64_t value) {
    fixture_must(x, wp_limit_set(x->engine, name, value), name);
}

static inline wp_diag *fresh(fixture *x) {
    x->diag = (wp_diag){.status = WP_OK};
    return &x->diag;
}

/* A module from a well-formed text. */
static inline wp_module *fixture_parse(fixture *x, const char *text) {
    wp_module *module = NULL;
    fixture_must(x, wp_module_parse(x->engine, text, strlen(text), &module, fresh(x)) == WP_OK, text);
    return module;
}

/* A validated module from its text. */
static inline wp_module *fixture_module(fixture *x, const char *text) {
    wp_module *module = fixture_parse(x, text);
    fixture_must(x, wp_module_validate(module, &x->diag) == WP_OK, text);
    return module;
}

/* An operation failed with this status, and with a message that begins so. */
#define FAILS(x, found, expected, beginning) fixture_fails((x), (found), (expected), (beginning), TAP_PLACE(#found))

static inline bool fixture_fails(const fixture *x, wp_status found, wp_status expected, const char *beginning,
                                 tap_place place) {
    bool as_expected =
        found == expected && x->diag.status == expected && strncmp(x->diag.message, beginning, strlen(beginning)) == 0;
    if (!as_expected)
        printf("# %s:%d: %s: found %s: %s; expected %s: %s\n", place.file, place.line, place.text,
               wp_status_name(found), x->diag.message, wp_status_name(expected), beginning);
    return as_expected;
}

#endif
