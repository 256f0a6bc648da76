/* gather.c: from a name to a library: dictionary, fetching, decoding; see loader.h. */
#include "process/load/loader.h"

#include <stdio.h>
#include <string.h>

/* ---- Bytes --------------------------------------------------------------------------------------------------- */

typedef struct bytes_sink {
    const wp_allocator *allocator;
    uint8_t *data;
    size_t size, capacity;
    bool failed; /* memory is short */
} bytes_sink;

static wp_status take_bytes(void *ctx, const uint8_t *bytes, size_t size) {
    bytes_sink *sink = ctx;
    if (sink->capacity - sink->size < size) {
        size_t wanted = sink->capacity + size > sink->capacity * 2 ? sink->capacity + size : sink->capacity * 2;
        uint8_t *bigger = wp_resize(sink->allocator, sink->data, sink->capacity, wanted, 1);
        if (bigger == NULL) {
            sink->failed = true;
            return WP_EXHAUSTION;
        }
        sink->data = bigger;
        sink->capacity = wanted;
    }
    if (size != 0)
        memcpy(sink->data + sink->size, bytes, size);
    sink->size += size;
    return WP_OK;
}

static wp_status unresolved(wp_bytes name, wp_bytes uri, wp_diag *diag, const char *why) {
    return wp_fail(diag, WP_UNLOADABLE, "unresolved library: \"%.*s\" at %.*s: %s", (int)name.size,
                   (const char *)name.data, (int)uri.size, (const char *)uri.data, why);
}

static wp_status fetch(wp_process *process, wp_bytes name, wp_bytes uri, bytes_sink *sink, wp_diag *diag) {
    const wp_process_desc *desc = &process->desc;
    wp_diag own = {.status = WP_OK};
    if (desc->fetch == NULL)
        return unresolved(name, uri, diag, "this process has nowhere to fetch libraries from");
    wp_status status = desc->fetch(desc->fetch_ctx, (const char *)uri.data, uri.size, take_bytes, sink, &own);
    if (sink->failed)
        return wp_fail_memory(diag);
    if (status == WP_OK)
        return WP_OK;
    if (status == WP_UNSUPPORTED || status == WP_EXHAUSTION)
        return wp_fail(diag, status, "%s", own.message);
    return unresolved(name, uri, diag, own.message[0] == '\0' ? "it can't be fetched" : own.message);
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

/* Rule dict.integrity: of the bytes, however they came to be loaded. */
static wp_status check_digest(const wp_process *process, const wp_entry *entry, const uint8_t *digest, wp_diag *diag) {
    if (!entry->has_digest)
        return WP_OK;
    RULE(&process->engine->cover, dict_integrity);
    if (memcmp(entry->digest, digest, WP_DIGEST_SIZE) == 0)
        return WP_OK;
    return wp_fail(diag, WP_UNLOADABLE, "integrity mismatch: the bytes at %.*s are not those of \"%.*s\"",
                   (int)entry->uri.size, (const char *)entry->uri.data, (int)entry->link.name.size,
                   (const char *)entry->link.name.data);
}

/* A library that is no valid module. */
static wp_status bad_library(wp_bytes uri, wp_status status, wp_diag *own, wp_diag *diag) {
    snprintf(own->source, sizeof own->source, "%.*s", (int)uri.size, (const char *)uri.data);
    if (status != WP_MALFORMED && status != WP_INVALID)
        return wp_fail_like(diag, status, own, "%s", own->message);
    return wp_fail_like(diag, WP_UNLOADABLE, own, "%s library: %s (at byte %zu of %.*s)", wp_status_name(status),
                        own->message, own->where.offset, (int)uri.size, (const char *)uri.data);
}

static wp_status decode(wp_process *process, wp_bytes bytes, wp_bytes uri, wp_module **out, wp_diag *diag) {
    wp_diag own = {.status = WP_OK};
    wp_module *module = NULL;
    wp_status status = wp_module_decode(process->engine, bytes.data, bytes.size, &module, &own);
    if (status != WP_OK)
        return bad_library(uri, status, &own, diag);
    status = wp_module_validate(module, &own);
    if (status == WP_OK) {
        *out = module;
        return WP_OK;
    }
    wp_module_delete(module);
    return bad_library(uri, status, &own, diag);
}

static wp_status add(wp_process *process, const wp_entry *entry, wp_bytes bytes, wp_library **out, wp_diag *diag) {
    uint8_t digest[WP_DIGEST_SIZE];
    wp_module *module = NULL;
    wp_digest(bytes, digest);
    WP_TRY(check_digest(process, entry, digest, diag));
    WP_TRY(decode(process, bytes, entry->uri, &module, diag));
    wp_status status = wp_module_set_uri(module, entry->uri) ? wp_library_add(process, module, entry->uri, out, diag)
                                                             : wp_fail_memory(diag);
    wp_module_delete(module);
    if (status == WP_OK)
        memcpy((*out)->digest, digest, sizeof digest);
    return status;
}

wp_status wp_gather_library(wp_process *process, wp_bytes name, wp_library **out, wp_diag *diag) {
    wp_cover *cover = &process->engine->cover;
    const wp_entry *entry = wp_dictionary_find(&process->dictionary, name);
    RULE(cover, dict_process_wide);
    if (entry == NULL) {
        RULE(cover, dict_missing);
        return wp_fail(diag, WP_UNLOADABLE, "unresolved library: \"%.*s\" is not in the dictionary", (int)name.size,
                       (const char *)name.data);
    }
    wp_library *loaded = wp_library_find_uri(process, entry->uri);
    if (loaded != NULL) {
        RULE(cover, load_identity);
        *out = loaded;
        return check_digest(process, entry, loaded->digest, diag);
    }
    static const uint8_t nothing;
    bytes_sink sink = {.allocator = &process->engine->allocator};
    wp_status status = fetch(process, name, entry->uri, &sink, diag);
    if (status == WP_OK)
        status = add(process, entry, (wp_bytes){sink.data == NULL ? &nothing : sink.data, sink.size}, out, diag);
    wp_free(sink.allocator, sink.data, sink.capacity, 1);
    return status;
}

/* ---- Shape --------------------------------------------------------------------------------------------------- */

/* Data of threads are at no address that all of them share, and nobody makes threads here. */
static wp_status check_threads(const wp_library *library, wp_diag *diag) {
    const wp_dylink *d = &library->dylink;
    for (size_t i = 0; i < d->nexports; i++) {
        const wp_bytes *name = &d->exports[i].name;
        if ((d->exports[i].flags & WP_SYMBOL_TLS) != 0 &&
            wp_module_find_export(library->module, (const char *)name->data, name->size) != NULL)
            return wp_module_fail(library->module, diag, WP_UNSUPPORTED, d->pos, "unsupported: thread-local symbols: %.*s",
                                  (int)name->size, (const char *)name->data);
    }
    return WP_OK;
}

wp_status wp_gather_shape(wp_library *library, wp_diag *diag) {
    const wp_module *m = library->module;
    wp_cover *cover = &library->process->engine->cover;
    if (m->nmemories > m->nmemory_imports) {
        RULE(cover, load_no_memory);
        return wp_library_fail(library, diag, m->memories[m->nmemory_imports].pos, "module defines a memory");
    }
    if (m->has_start) {
        RULE(cover, load_no_memory);
        return wp_library_fail(library, diag, m->start_pos, "module has a start section");
    }
    wp_diag own = {.status = WP_OK};
    wp_status status =
        wp_dylink_decode(m, library->process->desc.pointer == WP_T_I32 ? 32 : 64, &library->dylink, &own);
    if (status == WP_OK)
        return check_threads(library, diag);
    wp_bytes name = wp_library_name(library);
    return wp_fail_like(diag, status, &own, "%s, %.*s", own.message, (int)name.size, (const char *)name.data);
}
