/* driver_fixture.h: fixture of the driver's tests: a driver without streams, with a counting allocator. */
#ifndef WP_DRIVER_FIXTURE_H
#define WP_DRIVER_FIXTURE_H

#include "script/driver.h"

#include "failing.h"
#include "failing_json.h"
#include "tap.h"

typedef struct fixture {
    failing f;
    wp_allocator allocator;
    wp_engine *engine;
    driver *driver;
} fixture;

static inline void ignore_line(void *ctx, const char *line) {
    (void)ctx;
    (void)line;
}

/* Creates a driver with allocation `fail_at` and all later ones failing (0: none). False if it is out of memory. */
static inline bool open_fixture(fixture *x, const script_os *os, size_t fail_at) {
    *x = (fixture){.f = {.fail_at = fail_at}};
    x->allocator = failing_allocator(&x->f);
    script_options options = {.allocator = &x->allocator, .trace = ignore_line, .os = *os};
    x->engine = wp_engine_new(&x->allocator);
    return x->engine != NULL && driver_new(x->engine, &options, &x->driver, NULL) == WP_OK;
}

/* A condition: all memory is freed. */
static inline bool close_fixture(fixture *x) {
    driver_delete(x->driver);
    wp_engine_delete(x->engine);
    return failing_freed(&x->f);
}

static inline const char *ask(fixture *x, const char *request) {
    return driver_answer(x->driver, request, strlen(request));
}

/* The kind of an answer: that of its error, "ok", or "" if it has neither. */
static inline void read_kind(const char *answer, char kind[32]) {
    json_t *json = json_loads(answer, 0, NULL);
    const char *found = json_string_value(json_object_get(json_object_get(json, "error"), "kind"));
    snprintf(kind, 32, "%s", found != NULL ? found : json_is_true(json_object_get(json, "ok")) ? "ok" : "");
    json_decref(json);
}

#endif
