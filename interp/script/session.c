/* session.c: what commands act on; see session.h. */
#include "session.h"

#include "fail.h"
#include "pool.h"
#include "spectest.h"
#include "trace.h"

#include <string.h>

/* A name in the pool, and what it stands for. The newest entry of a name counts. */
typedef struct entry {
    script_text name; /* absent: none */
    void *object;
} entry;

typedef struct names {
    entry *entries;
    size_t count, capacity;
} names;

/* Where modules are instantiated: the plain store or a process. */
typedef struct place {
    wp_store *store;
    wp_process *process; /* NULL: the plain store */
    names instances;
    wp_instance *last; /* NULL: none yet, or the last attempt failed */
} place;

struct session {
    wp_engine *engine;
    script_options options;
    wp_allocator allocator;
    script_pool pool;    /* names and places */
    script_trace *trace; /* NULL: none is wanted */
    place *plain;
    place *current;
    names processes;   /* of places, also those without a name, so that all can be deleted */
    names definitions; /* of modules, each with a hold */
    bool mistaken;
};

/* ---- Names --------------------------------------------------------------------------------------------------- */

static bool is_absent(script_text text) {
    return text.data == NULL;
}

/* Adds a name. False: memory is short. */
static bool add_name(session *s, names *list, script_text name, void *object) {
    if (!script_grow(&s->allocator, (void **)&list->entries, list->count, &list->capacity, sizeof *list->entries))
        return false;
    if (!is_absent(name)) {
        name.data = script_pool_copy(&s->pool, name.data, name.size);
        if (name.data == NULL)
            return false;
    }
    list->entries[list->count++] = (entry){name, object};
    return true;
}

/* NULL: there is no such name. */
static void *find_name(const names *list, script_text name) {
    for (size_t i = list->count; i > 0; i--) {
        const entry *e = &list->entries[i - 1];
        if (!is_absent(e->name) && e->name.size == name.size && memcmp(e->name.data, name.data, name.size) == 0)
            return e->object;
    }
    return NULL;
}

static void free_names(const session *s, names *list) {
    script_grown_free(&s->allocator, list->entries, list->capacity, sizeof *list->entries);
    *list = (names){NULL, 0, 0};
}

/* "no instance $m", and "no instance" for an absent name. */
static wp_status mistake(session *s, wp_diag *diag, const char *what, script_text name) {
    s->mistaken = true;
    if (is_absent(name))
        return script_fail(diag, WP_CRASH, "no %s", what);
    return script_fail(diag, WP_CRASH, "no %s %.*s", what, name.size > 100 ? 100 : (int)name.size, name.data);
}

bool session_mistaken(session *s) {
    bool mistaken = s->mistaken;
    s->mistaken = false;
    return mistaken;
}

/* ---- Places -------------------------------------------------------------------------------------------------- */

/* What the options ask for, in a store that is new. */
static wp_status prepare_store(const session *s, wp_store *store, wp_diag *diag) {
    if (s->trace != NULL)
        wp_store_set_trace(store, script_trace_line, s->trace);
    return spectest_define(store, s->options.print, diag);
}

/* A process that has ended can't end again: that is the error which any use of it gives. */
static wp_status check_live(const place *p, wp_diag *diag) {
    return p->process != NULL && wp_process_ended(p->process) ? wp_process_end(p->process, diag) : WP_OK;
}

static wp_status open_plain(session *s, wp_diag *diag) {
    if (s->options.trace != NULL) {
        s->trace = script_trace_new(s->engine, s->options.trace, s->options.trace_ctx, &s->allocator);
        if (s->trace == NULL)
            return script_fail_memory(diag);
    }
    s->plain = script_pool_alloc(&s->pool, 1, sizeof *s->plain);
    if (s->plain == NULL)
        return script_fail_memory(diag);
    s->current = s->plain;
    SCRIPT_TRY(wp_store_new(s->engine, &s->plain->store, diag));
    return prepare_store(s, s->plain->store, diag);
}

static void close_all(session *s) {
    for (size_t i = s->processes.count; i > 0; i--) {
        place *p = s->processes.entries[i - 1].object;
        free_names(s, &p->instances);
        wp_process_delete(p->process);
    }
    if (s->plain != NULL) {
        free_names(s, &s->plain->instances);
        wp_store_delete(s->plain->store);
        s->plain = NULL;
    }
    for (size_t i = s->definitions.count; i > 0; i--)
        wp_module_delete(s->definitions.entries[i - 1].object);
    free_names(s, &s->processes);
    free_names(s, &s->definitions);
    script_trace_delete(s->trace);
    script_pool_release(&s->pool);
}

wp_status session_new(wp_engine *engine, const script_options *options, session **out, wp_diag *diag) {
    const wp_allocator *a = options->allocator == NULL ? &script_libc_allocator : options->allocator;
    session *s = a->resize(a->ctx, NULL, 0, sizeof *s);
    if (s == NULL)
        return script_fail_memory(diag);
    *s = (session){.engine = engine, .options = *options, .allocator = *a};
    script_pool_init(&s->pool, a);
    wp_status status = open_plain(s, diag);
    if (status != WP_OK)
        session_delete(s);
    else
        *out = s;
    return status;
}

void session_delete(session *s) {
    if (s == NULL)
        return;
    wp_allocator a = s->allocator;
    close_all(s);
    a.resize(a.ctx, s, sizeof *s, 0);
}

/* ---- Running ------------------------------------------------------------------------------------------------- */

/* Before and after code of a store may run: each command has the whole fuel, and can be interrupted. */
static void begin(session *s, wp_store *store) {
    if (s->options.has_fuel)
        wp_store_set_fuel(store, s->options.fuel);
    if (s->options.stop != NULL)
        s->options.stop->running = store;
}

static void finish(session *s) {
    script_trace_flush(s->trace);
    if (s->options.stop != NULL)
        s->options.stop->running = NULL;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

static wp_status instantiate(session *s, wp_module *module, wp_instance **out, wp_diag *diag) {
    place *p = s->current;
    begin(s, p->store);
    wp_status status = p->process == NULL ? wp_instantiate(p->store, module, out, diag)
                                          : wp_process_load(p->process, module, out, diag);
    finish(s);
    return status;
}

wp_status session_module(session *s, script_text name, wp_module *module, wp_diag *diag) {
    wp_instance *instance;
    place *p = s->current;
    p->last = NULL;
    SCRIPT_TRY(instantiate(s, module, &instance, diag));
    if (!is_absent(name) && !add_name(s, &p->instances, name, instance))
        return script_fail_memory(diag);
    p->last = instance;
    return WP_OK;
}

wp_status session_define(session *s, script_text name, wp_module *module, wp_diag *diag) {
    if (add_name(s, &s->definitions, name, module))
        return WP_OK;
    wp_module_delete(module);
    return script_fail_memory(diag);
}

wp_status session_definition(session *s, script_text name, wp_module **out, wp_diag *diag) {
    const names *d = &s->definitions;
    wp_module *module = NULL;
    if (!is_absent(name))
        module = find_name(d, name);
    else if (d->count > 0)
        module = d->entries[d->count - 1].object;
    if (module == NULL)
        return mistake(s, diag, "definition", name);
    *out = module;
    return WP_OK;
}

wp_status session_instantiate(session *s, script_text name, script_text definition, wp_diag *diag) {
    wp_module *module = NULL;
    SCRIPT_TRY(session_definition(s, definition, &module, diag));
    return session_module(s, name, module, diag);
}

wp_status session_check(session *s, wp_module *module, wp_diag *diag) {
    wp_instance *instance;
    return instantiate(s, module, &instance, diag);
}

/* An instance of the current place (absent: the last one). */
static wp_status find_instance(session *s, script_text name, wp_instance **out, wp_diag *diag) {
    const place *p = s->current;
    wp_instance *instance = is_absent(name) ? p->last : find_name(&p->instances, name);
    if (instance == NULL)
        return mistake(s, diag, "instance", name);
    *out = instance;
    return WP_OK;
}

wp_status session_register(session *s, script_text name, script_text as, wp_diag *diag) {
    wp_instance *instance = NULL;
    SCRIPT_TRY(find_instance(s, name, &instance, diag));
    return wp_store_register(s->current->store, as.data, as.size, instance, diag);
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

static wp_status find_export(session *s, script_text name, script_text field, wp_extern_kind kind, wp_extern *out,
                             wp_diag *diag) {
    wp_instance *instance = NULL;
    SCRIPT_TRY(find_instance(s, name, &instance, diag));
    if (!wp_instance_export(instance, field.data, field.size, out) || out->kind != kind)
        return mistake(s, diag, kind == WP_EXTERN_FUNC ? "exported function" : "exported global", field);
    return WP_OK;
}

wp_status session_find(session *s, script_text instance, script_text field, session_func *out, wp_diag *diag) {
    SCRIPT_TRY(find_export(s, instance, field, WP_EXTERN_FUNC, &out->func, diag));
    out->store = s->current->store;
    out->type = wp_func_type(out->func);
    return WP_OK;
}

wp_status session_call(session *s, const session_func *func, const wp_value *args, size_t nargs, wp_value *results,
                       wp_diag *diag) {
    begin(s, func->store);
    wp_status status = wp_call(func->store, func->func, args, nargs, results, func->type.nresults, diag);
    finish(s);
    return status;
}

wp_status session_get(session *s, script_text instance, script_text field, wp_value *out, wp_diag *diag) {
    wp_extern global;
    SCRIPT_TRY(check_live(s->current, diag));
    SCRIPT_TRY(find_export(s, instance, field, WP_EXTERN_GLOBAL, &global, diag));
    *out = wp_global_value(global);
    return WP_OK;
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

wp_status session_process(session *s, script_text name, wp_valtype pointer, uint64_t pages, uint64_t stack,
                          wp_diag *diag) {
    wp_process_desc desc = {pointer, pages, stack, s->options.backend};
    place *p = script_pool_alloc(&s->pool, 1, sizeof *p);
    if (p == NULL)
        return script_fail_memory(diag);
    SCRIPT_TRY(wp_process_new(s->engine, &desc, &p->process, diag));
    p->store = wp_process_store(p->process);
    wp_status status = prepare_store(s, p->store, diag);
    if (status == WP_OK && !add_name(s, &s->processes, name, p))
        status = script_fail_memory(diag);
    if (status != WP_OK)
        wp_process_delete(p->process);
    else
        s->current = p;
    return status;
}

static wp_status find_process(session *s, script_text name, place **out, wp_diag *diag) {
    place *p = find_name(&s->processes, name);
    if (p == NULL)
        return mistake(s, diag, "process", name);
    *out = p;
    return WP_OK;
}

wp_status session_switch(session *s, script_text name, wp_diag *diag) {
    place *p = s->plain;
    if (!is_absent(name))
        SCRIPT_TRY(find_process(s, name, &p, diag));
    SCRIPT_TRY(check_live(p, diag));
    s->current = p;
    return WP_OK;
}

wp_status session_end(session *s, script_text name, wp_diag *diag) {
    place *p = s->current;
    if (!is_absent(name))
        SCRIPT_TRY(find_process(s, name, &p, diag));
    if (p->process == NULL)
        return mistake(s, diag, "current process", name);
    return wp_process_end(p->process, diag);
}

wp_process *session_current(const session *s) {
    return s->current->process;
}
