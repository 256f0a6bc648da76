/* session.c: the state that commands act on; see session.h. */
#include "script/session.h"

#include "base/diag.h"
#include "script/trace.h"

#include <string.h>

typedef struct definition {
    wp_module *module; /* a reference */
    struct definition *next;
} definition;

struct session {
    place_context context;
    wp_arena arena; /* names, definitions, libraries */
    script_place *plain;
    script_place *current;
    script_place *processes;
    definition *definitions;
};

bool session_mistaken(session *s) {
    bool mistaken = s->context.mistaken;
    s->context.mistaken = false;
    return mistaken;
}

/* ---- Life ---------------------------------------------------------------------------------------------------- */

static wp_status session_open_plain(session *s, wp_diag *diag) {
    place_context *x = &s->context;
    if (x->options.trace != NULL) {
        x->trace = script_trace_new(x->engine, x->options.trace, x->options.trace_ctx, &s->arena);
        if (x->trace == NULL)
            return wp_fail_memory(diag);
    }
    x->hits = wp_arena_alloc(&s->arena, wp_rule_count(), sizeof *x->hits);
    if (x->hits == NULL)
        return wp_fail_memory(diag);
    WP_TRY(local_open(x, NULL, &s->plain, diag));
    s->current = s->plain;
    return WP_OK;
}

wp_status session_new(wp_engine *engine, const script_options *options, session **out, wp_diag *diag) {
    const wp_allocator *a = options->allocator == NULL ? &wp_libc_allocator : options->allocator;
    session *s = wp_alloc(a, 1, sizeof *s);
    if (s == NULL)
        return wp_fail_memory(diag);
    s->context = (place_context){.engine = engine, .options = *options, .allocator = *a};
    wp_arena_init(&s->arena, &s->context.allocator);
    names_init(&s->context.names, &s->arena);
    wp_status status = session_open_plain(s, diag);
    if (status != WP_OK)
        session_delete(s);
    else
        *out = s;
    return status;
}

void session_delete(session *s) {
    if (s == NULL)
        return;
    for (script_place *p = s->processes; p != NULL; p = p->next)
        if (p->ops->dismiss != NULL)
            p->ops->dismiss(p);
    for (script_place *p = s->processes, *next; p != NULL; p = next) {
        next = p->next;
        place_delete(p);
    }
    place_delete(s->plain);
    for (definition *d = s->definitions; d != NULL; d = d->next)
        wp_module_delete(d->module);
    names_release(&s->context.names);
    wp_arena_release(&s->arena);
    wp_allocator allocator = s->context.allocator;
    wp_free(&allocator, s, 1, sizeof *s);
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

wp_status session_define(session *s, script_text name, wp_module *module, wp_diag *diag) {
    definition *d = wp_arena_alloc(&s->arena, 1, sizeof *d);
    if (d == NULL) {
        wp_module_delete(module);
        return wp_fail_memory(diag);
    }
    *d = (definition){module, s->definitions};
    s->definitions = d;
    return place_bind(&s->context, NULL, NAME_DEFINITION, name, module) ? WP_OK : wp_fail_memory(diag);
}

wp_status session_definition(session *s, script_text name, wp_module **out, wp_diag *diag) {
    wp_module *module = names_find(&s->context.names, NULL, NAME_DEFINITION, name);
    if (module == NULL)
        return place_missing(&s->context, diag, "definition", name);
    *out = module;
    return WP_OK;
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

wp_status session_library(session *s, script_text uri, const uint8_t *bytes, size_t size, wp_diag *diag) {
    place_context *x = &s->context;
    place_library *kept = wp_arena_alloc(&s->arena, 1, sizeof *kept);
    const char *name = wp_arena_text(&s->arena, uri.data, uri.size);
    const uint8_t *copy = wp_arena_copy(&s->arena, bytes, size);
    if (kept == NULL || name == NULL || copy == NULL || !names_set(&x->names, NULL, NAME_LIBRARY, uri, kept))
        return wp_fail_memory(diag);
    *kept = (place_library){{name, uri.size}, copy, size, NULL};
    if (x->newest_library == NULL)
        x->libraries = kept;
    else
        x->newest_library->next = kept;
    x->newest_library = kept;
    return WP_OK;
}

/* ---- Places -------------------------------------------------------------------------------------------------- */

script_place *session_current(const session *s) {
    return s->current;
}

wp_status session_current_process(session *s, script_place **out, wp_diag *diag) {
    *out = s->current;
    return s->current->is_process ? WP_OK : place_missing(&s->context, diag, "current process", (script_text){NULL, 0});
}

wp_status session_process(session *s, script_text name, const place_desc *desc, wp_diag *diag) {
    place_context *x = &s->context;
    bool is_remote = script_os_wanted(&x->options.os, x->options.backend, desc->pointer, desc->pages);
    script_place *p = NULL;
    WP_TRY((is_remote ? remote_open : local_open)(x, desc, &p, diag));
    x->processes++;
    p->next = s->processes;
    s->processes = p;
    if (!place_bind(x, NULL, NAME_PROCESS, name, p))
        return wp_fail_memory(diag);
    s->current = p;
    return WP_OK;
}

static wp_status session_find_process(session *s, script_text name, script_place **out, wp_diag *diag) {
    *out = names_find(&s->context.names, NULL, NAME_PROCESS, name);
    return *out == NULL ? place_missing(&s->context, diag, "process", name) : WP_OK;
}

wp_status session_switch(session *s, script_text name, wp_diag *diag) {
    script_place *p = s->plain;
    if (name.data != NULL)
        WP_TRY(session_find_process(s, name, &p, diag));
    WP_TRY(p->ops->check_live(p, diag));
    s->current = p;
    return WP_OK;
}

wp_status session_end(session *s, script_text name, wp_diag *diag) {
    script_place *p = s->current;
    if (name.data != NULL)
        WP_TRY(session_find_process(s, name, &p, diag));
    else
        WP_TRY(session_current_process(s, &p, diag));
    return p->ops->end(p, diag);
}

/* ---- Rules --------------------------------------------------------------------------------------------------- */

uint64_t session_remote_hits(const session *s, size_t i) {
    return s->context.hits[i];
}

uint64_t session_rule_hits(const session *s, size_t i) {
    return wp_rule_hits(s->context.engine, i) + s->context.hits[i];
}
