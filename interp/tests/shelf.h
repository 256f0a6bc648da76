/* shelf.h: processes that fetch libraries from a list of text modules, and their maps. */
#ifndef WP_SHELF_H
#define WP_SHELF_H

#include "process_fixture.h"

typedef struct shelf_entry {
    const char *uri;
    const char *text; /* of the module */
} shelf_entry;

/* The source from which a process fetches libraries, and its log. */
typedef struct shelf {
    fixture *x;
    const shelf_entry *entries;
    size_t count;
    size_t fetched;
    wp_process *process;  /* if set, fetching tries to change it; the results are in `answers` */
    wp_instance *library; /* of that process */
    wp_status answers[4];
    wp_diag last;        /* of them */
    wp_status status;    /* unless WP_OK: the status with which fetching fails, after some bytes */
    const char *message; /* of that failure; null: "the shelf is broken" */
} shelf;

static inline wp_status meddle(shelf *s) {
    wp_instance *instance;
    wp_module *module = fixture_module(s->x, "(module)");
    s->answers[0] = wp_process_load(s->process, module, &instance, NULL);
    s->answers[1] = wp_process_load_library(s->process, "a", 1, &instance, NULL);
    s->answers[2] = wp_process_end(s->process, NULL);
    s->answers[3] = wp_process_unload(s->process, s->library, &s->last);
    wp_module_delete(module);
    return WP_OK;
}

/* Delivers the bytes of a text module in five pieces. */
static inline wp_status give(shelf *s, const char *text, wp_sink_func sink, void *sink_ctx) {
    failing before = s->x->f; /* the allocations of the shelf itself do not fail */
    failing_stop(&s->x->f);
    wp_module *module = fixture_module(s->x, text);
    uint8_t *bytes = NULL;
    size_t size = 0;
    REQUIRE(EQ_STATUS(wp_module_encode(module, &bytes, &size, NULL), WP_OK));
    wp_module_delete(module);
    s->x->f.fail_at = before.fail_at;
    s->x->f.calls = before.calls;
    /* Pieces grow by less than a factor of two, then shrink. */
    size_t part = size / 5, larger = 7 * size / 20;
    wp_status status = sink(sink_ctx, bytes, 1);
    if (status == WP_OK)
        status = sink(sink_ctx, bytes + 1, 0);
    if (status == WP_OK)
        status = sink(sink_ctx, bytes + 1, part - 1);
    if (status == WP_OK)
        status = sink(sink_ctx, bytes + part, larger);
    if (status == WP_OK)
        status = sink(sink_ctx, bytes + part + larger, size - part - larger);
    wp_buffer_free(s->x->engine, bytes, size);
    return status;
}

static inline wp_status fetch(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx,
                              wp_diag *diag) {
    shelf *s = ctx;
    s->fetched++;
    if (s->process != NULL && meddle(s) != WP_OK)
        return WP_CRASH;
    for (size_t i = 0; i < s->count; i++) {
        if (strlen(s->entries[i].uri) != uri_size || memcmp(s->entries[i].uri, uri, uri_size) != 0)
            continue;
        wp_status status = give(s, s->entries[i].text, sink, sink_ctx);
        if (s->status == WP_OK)
            return status;
        *diag = (wp_diag){.status = s->status};
        snprintf(diag->message, sizeof diag->message, "%s", s->message == NULL ? "the shelf is broken" : s->message);
        return s->status;
    }
    return WP_REFUSED;
}

static inline wp_process *shelved(fixture *x, shelf *s, wp_valtype pointer, uint64_t pages) {
    wp_process_desc desc = {.pointer = pointer, .pages = pages, .backend = x->backend, .fetch = fetch, .fetch_ctx = s};
    wp_process *p = NULL;
    fixture_must(x, wp_process_new(x->engine, &desc, &p, fresh(x)) == WP_OK, "no process");
    return p;
}

/* Binds each library to the part of its URI behind "test:". */
static inline void bind_all(fixture *x, shelf *s, wp_process *p) {
    for (size_t i = 0; i < s->count; i++) {
        const char *uri = s->entries[i].uri;
        REQUIRE(EQ_STATUS(wp_process_bind(p, uri + 5, strlen(uri) - 5, uri, strlen(uri), NULL, &x->diag), WP_OK));
    }
}

static inline wp_status load_name(fixture *x, wp_process *p, const char *name, wp_instance **out) {
    return wp_process_load_library(p, name, strlen(name), out, fresh(x));
}

/* A condition: the map of a process, as states, sizes and owners of its ranges. */
static inline bool map_is(wp_process *p, const char *wanted) {
    char text[1024] = "";
    static const char letters[] = {[WP_PAGE_FREE] = 'f',
                                   [WP_PAGE_MAPPED] = 'm',
                                   [WP_PAGE_RESERVED] = 'r',
                                   [WP_PAGE_GUARD] = 'g',
                                   [WP_PAGE_PROTECTED] = 'p'};
    wp_range_info range;
    for (uint64_t page = 0; wp_process_range(p, page, &range, NULL) == WP_OK; page = range.first + range.count) {
        size_t used = strlen(text);
        const char *sign = range.owner_size == 0 ? "" : memchr(range.owner, 0, range.owner_size) == NULL ? ":" : "?";
        snprintf(text + used, sizeof text - used, "%c%llu%s%.*s ", letters[range.state],
                 (unsigned long long)range.count, sign, (int)range.owner_size, range.owner);
    }
    return EQ_TEXT(text, wanted);
}

#endif
