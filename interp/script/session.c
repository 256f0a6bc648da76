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
        x->trace = script_trace_new(x->engine, x->options.trace, x->options.trace_ctx, &x->allocator);
        if (x->trace == NULL)
            return wp_fail_memory(diag);
    }
    x->hits = wp_arena_alloc(&s->arena, wp_rule_count(), sizeof *x->hits);
    if (x->hits == NULL)
        return wp_fail_memory(diag);
    WP_TRY(local_open_plain(x, &s->plain, diag));
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
        p->ops->dismiss(p);
    for (script_place *p = s->processes, *next; p != NULL; p = next) {
        next = p->next;
        place_delete(p);
    }
    place_delete(s->plain);
    for (definition *d = s->definitions; d != NULL; d = d->next)
        wp_module_delete(d->module);
    names_release(&s->context.names);
    script_trace_delete(s->context.trace);
    wp_arena_release(&s->arena);
    wp_allocator allocator = s->context.allocator;
    wp_free(&allocator, s, 1, sizeof *s);
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

wp_status session_module(session *s, script_text name, wp_module *module, wp_diag *diag) {
    return s->current->ops->module(s->current, name, module, diag);
}

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

wp_status session_instantiate(session *s, script_text name, script_text from, wp_diag *diag) {
    wp_module *module = NULL;
    WP_TRY(session_definition(s, from, &module, diag));
    return session_module(s, name, module, diag);
}

wp_status session_check(session *s, wp_module *module, wp_diag *diag) {
    return s->current->ops->check(s->current, module, diag);
}

wp_status session_register(session *s, script_text name, script_text as, wp_diag *diag) {
    return s->current->ops->enregister(s->current, name, as, diag);
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

wp_status session_invoke(session *s, script_text instance, script_text field, const script_value *args, size_t nargs,
                         wp_arena *arena, place_results *out, wp_diag *diag) {
    return s->current->ops->invoke(s->current, instance, field, args, nargs, arena, out, diag);
}

wp_status session_get(session *s, script_text instance, script_text field, wp_value *out, wp_diag *diag) {
    return s->current->ops->get(s->current, instance, field, out, diag);
}

uint32_t session_exit_code(const session *s) {
    return s->current->ops->exit_code(s->current);
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

/* The current place must be a process. */
static wp_status session_check_process(session *s, wp_diag *diag) {
    static const script_text absent = {NULL, 0};
    return s->current->is_process ? WP_OK : place_missing(&s->context, diag, "current process", absent);
}

wp_status session_bind(session *s, const script_entry *entries, size_t count, wp_diag *diag) {
    WP_TRY(session_check_process(s, diag));
    return s->current->ops->bind(s->current, entries, count, diag);
}

wp_status session_unload(session *s, script_text name, wp_diag *diag) {
    WP_TRY(session_check_process(s, diag));
    return s->current->ops->unload(s->current, name, diag);
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

wp_status session_process(session *s, script_text name, const place_desc *desc, wp_diag *diag) {
    place_context *x = &s->context;
    bool is_remote = script_os_wanted(&x->options.os, x->options.backend, desc->pointer, desc->pages);
    script_place *p = NULL;
    WP_TRY((is_remote ? remote_open : local_open_process)(x, desc, &p, diag));
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
        WP_TRY(session_check_process(s, diag));
    return p->ops->end(p, diag);
}

const void *session_place(const session *s) {
    return s->current->is_process ? s->current : NULL;
}

pid_t session_pid(const session *s) {
    return s->current->ops->pid(s->current);
}

/* ---- The current process from outside ------------------------------------------------------------------------ */

wp_status session_mmap(session *s, uint64_t hint, uint64_t length, uint64_t *address, wp_diag *diag) {
    WP_TRY(session_check_process(s, diag));
    return s->current->ops->mmap(s->current, hint, length, address, diag);
}

wp_status session_munmap(session *s, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    WP_TRY(session_check_process(s, diag));
    return s->current->ops->munmap(s->current, address, length, done, diag);
}

wp_status session_read(session *s, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag) {
    WP_TRY(session_check_process(s, diag));
    return s->current->ops->read(s->current, address, bytes, size, diag);
}

wp_status session_write(session *s, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag) {
    WP_TRY(session_check_process(s, diag));
    return s->current->ops->write(s->current, address, bytes, size, diag);
}

/* ---- Rules --------------------------------------------------------------------------------------------------- */

uint64_t session_remote_hits(const session *s, size_t i) {
    return s->context.hits[i];
}

uint64_t session_rule_hits(const session *s, size_t i) {
    return wp_rule_hits(s->context.engine, i) + s->context.hits[i];
}
