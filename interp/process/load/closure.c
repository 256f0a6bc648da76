/* closure.c: the libraries that a load brings: dictionary, fetching, decoding, dependencies; see linking.h. */
#include "process/load/linking.h"

#include "base/output.h"

#include <stdio.h>
#include <string.h>

/* ---- Bytes --------------------------------------------------------------------------------------------------- */

static wp_status sink_take(void *ctx, const uint8_t *bytes, size_t size) {
    wp_output *sink = ctx;
    wp_output_bytes(sink, bytes, size);
    return sink->failed ? WP_EXHAUSTION : WP_OK;
}

static wp_status unresolved(wp_bytes name, wp_bytes uri, wp_diag *diag, const char *why) {
    return wp_fail(diag, WP_UNLOADABLE, "unresolved library: \"%.*s\" at %.*s: %s", WP_PRINT_BYTES(name),
                   WP_PRINT_BYTES(uri), why);
}

static wp_status closure_fetch(wp_loader *loader, wp_bytes name, wp_bytes uri, wp_output *sink, wp_diag *diag) {
    wp_diag own = {.status = WP_OK};
    if (loader->fetch == NULL)
        return unresolved(name, uri, diag, "this process has nowhere to fetch libraries from");
    wp_status status = loader->fetch(loader->fetch_ctx, (const char *)uri.data, uri.size, sink_take, sink, &own);
    if (sink->failed)
        return wp_fail_memory(diag);
    if (status == WP_OK)
        return WP_OK;
    if (status == WP_UNSUPPORTED || status == WP_EXHAUSTION)
        return wp_fail(diag, status, "%s", own.message);
    /* rule: dict.missing */
    return unresolved(name, uri, diag, own.message[0] == '\0' ? "it can't be fetched" : own.message);
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

/* A digest is of the bytes, also under a further name. rule: dict.integrity */
static wp_status check_digest(const wp_loader *loader, const wp_entry *entry, const uint8_t *digest, wp_diag *diag) {
    if (!entry->has_digest)
        return WP_OK;
    RULE(loader->engine, dict_integrity);
    if (memcmp(entry->digest, digest, WP_DIGEST_SIZE) == 0)
        return WP_OK;
    return wp_fail(diag, WP_UNLOADABLE, "integrity mismatch: the bytes at %.*s are not those of \"%.*s\"",
                   WP_PRINT_BYTES(entry->uri), WP_PRINT_BYTES(entry->link.name));
}

/* Reports an error in the bytes of a library. */
static wp_status bad_library(wp_bytes uri, wp_status status, wp_diag *own, wp_diag *diag) {
    snprintf(own->source, sizeof own->source, "%.*s", WP_PRINT_BYTES(uri));
    if (status != WP_MALFORMED && status != WP_INVALID)
        return wp_fail_like(diag, status, own, "%s", own->message);
    return wp_fail_like(diag, WP_UNLOADABLE, own, "%s library: %s (at byte %zu of %.*s)", wp_status_name(status),
                        own->message, own->where.offset, WP_PRINT_BYTES(uri));
}

static wp_status closure_decode(wp_loader *loader, wp_bytes bytes, wp_bytes uri, wp_module **out, wp_diag *diag) {
    wp_diag own = {.status = WP_OK};
    wp_module *module = NULL;
    wp_status status = wp_module_decode(loader->engine, bytes.data, bytes.size, &module, &own);
    if (status == WP_OK)
        status = wp_module_validate(module, &own);
    if (status == WP_OK) {
        *out = module;
        return WP_OK;
    }
    wp_module_delete(module);
    return bad_library(uri, status, &own, diag);
}

static wp_status closure_add(wp_loader *loader, const wp_entry *entry, wp_bytes bytes, wp_library **out,
                             wp_diag *diag) {
    uint8_t digest[WP_DIGEST_SIZE];
    wp_module *module = NULL;
    wp_digest(bytes, digest);                          /* rule: dict.integrity */
    WP_TRY(check_digest(loader, entry, digest, diag)); /* rule: dict.integrity */
    WP_TRY(closure_decode(loader, bytes, entry->uri, &module, diag));
    wp_status status = wp_module_set_uri(module, entry->uri) ? wp_library_add(loader, module, entry->uri, out, diag)
                                                             : wp_fail_memory(diag);
    wp_module_delete(module);
    if (status == WP_OK)
        memcpy((*out)->digest, digest, sizeof digest); /* rule: dict.integrity */
    return status;
}

wp_status wp_closure_find(wp_loader *loader, wp_bytes name, wp_library **out, wp_diag *diag) {
    wp_engine *engine = loader->engine;
    const wp_entry *entry = wp_dictionary_find(&loader->dictionary, name); /* rules: dict.missing, dict.process-wide */
    RULE(engine, dict_process_wide);
    if (entry == NULL) {
        RULE(engine, dict_missing);
        return wp_fail(diag, WP_UNLOADABLE, "unresolved library: \"%.*s\" is not in the dictionary",
                       WP_PRINT_BYTES(name));
    }
    wp_library *loaded = wp_library_find_uri(loader, entry->uri); /* rule: load.identity */
    if (loaded != NULL) {                                         /* rule: load.identity */
        RULE(engine, load_identity);
        *out = loaded;
        return check_digest(loader, entry, loaded->digest, diag); /* rule: dict.integrity */
    }
    static const uint8_t nothing;
    wp_output sink = {.allocator = &loader->engine->allocator};
    wp_status status = closure_fetch(loader, name, entry->uri, &sink, diag); /* rule: dict.missing */
    if (status == WP_OK)
        /* rule: dict.integrity */
        status =
            closure_add(loader, entry, (wp_bytes){sink.bytes == NULL ? &nothing : sink.bytes, sink.size}, out, diag);
    wp_output_free(&sink);
    return status; /* rule: dict.missing */
}

/* ---- The section and sections that no process takes ---------------------------------------------------------- */

/* Thread-local data has no address that all threads share, and processes have no threads. */
static wp_status check_threads(const wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    const wp_dylink *d = &library->dylink;
    for (const wp_export *e = m->exports; e < m->exports + m->nexports; e++)
        if ((wp_dylink_flags(d, WP_DYLINK_EXPORT_INFO, e->name) & WP_SYMBOL_TLS) != 0)
            return wp_module_fail(m, diag, WP_UNSUPPORTED, d->pos, "unsupported: thread-local symbols: %.*s",
                                  WP_PRINT_BYTES(e->name));
    return WP_OK;
}

static wp_status closure_check(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    wp_engine *engine = library->loader->engine;
    if (m->nmemories > m->nmemory_imports) {
        RULE(engine, load_no_memory);
        return wp_library_fail(library, diag, m->memories[m->nmemory_imports].pos, "module defines a memory");
    }
    wp_diag own = {.status = WP_OK};
    /* rule: load.malformed */
    wp_status status = wp_dylink_decode(m, library->loader->pointer == WP_T_I32 ? 32 : 64, &library->dylink, &own);
    if (status == WP_OK)
        return check_threads(library, diag);
    return wp_fail_like(diag, status, &own, "%s, %.*s", own.message, WP_PRINT_BYTES(wp_library_name(library)));
}

/* ---- Dependencies -------------------------------------------------------------------------------------------- */

/* Reports at the dependency's location, else at the dependent's. */
static wp_status not_gathered(const wp_library *library, wp_status status, const wp_diag *own, wp_diag *diag) {
    if (status != WP_UNLOADABLE || own->source[0] != '\0')
        return wp_fail_like(diag, status, own, "%s", own->message);
    return wp_library_fail(library, diag, library->dylink.pos, "%s", own->message);
}

/* Rule load.needed. */
static wp_status gather_needed(wp_library *library, wp_diag *diag) {
    for (const wp_dylink_name *n = library->dylink.needed; n != NULL; n = n->next) { /* rule: load.needed */
        wp_library *needed = NULL;
        RULE(library->loader->engine, load_needed);
        wp_diag own = {.status = WP_OK};
        /* rules: dict.missing, dict.process-wide */
        wp_status status = wp_closure_find(library->loader, n->name, &needed, &own);
        if (status != WP_OK)
            return not_gathered(library, status, &own, diag);
        WP_TRY(wp_library_need(library, needed, diag)); /* rules: load.identity, load.unload */
    }
    library->linking->nneeded = library->nneeds;
    return WP_OK;
}

/* The new libraries in an order in which each comes after those that it needs, except in cycles. rule: load.order */
static void order_libraries(wp_closure *closure, wp_library *root) {
    size_t ordered = 0;
    root->linking->is_visited = true;
    for (wp_library *at = root; at != NULL;) {
        wp_linking *linking = at->linking;
        if (linking->cursor == linking->nneeded) {
            closure->order[ordered++] = at;
            at = linking->parent;
            continue;
        }
        wp_library *needed = at->needs[linking->cursor++];
        if (needed->linking == NULL || needed->linking->is_visited)
            continue;
        needed->linking->is_visited = true;
        needed->linking->parent = at;
        at = needed;
    }
}

wp_status wp_closure_gather(wp_closure *closure, wp_diag *diag) {
    wp_loader *loader = closure->loader;
    /* Libraries that are found are added at the end of the load order: the walk is breadth first. */
    for (size_t i = closure->first; i < loader->nlibraries; i++) { /* rule: load.needed */
        wp_library *library = loader->libraries[i];
        library->is_loading = true; /* rule: load.unload */
        WP_TRY(wp_resolve_begin(library, &closure->arena, diag));
        WP_TRY(closure_check(library, diag)); /* rule: load.no-memory */
        WP_TRY(gather_needed(library, diag)); /* rule: load.needed */
    }
    closure->count = loader->nlibraries - closure->first;
    closure->order = wp_arena_alloc(&closure->arena, closure->count, sizeof(wp_library *));
    if (closure->order == NULL)
        return wp_fail_memory(diag);
    order_libraries(closure, loader->libraries[closure->first]);
    return WP_OK;
}
