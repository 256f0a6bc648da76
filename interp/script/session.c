/* session.c: what commands act on; see session.h. */
#include "session.h"

#include "digest.h"
#include "fail.h"
#include "names.h"
#include "pool.h"
#include "spectest.h"
#include "trace.h"

#include <string.h>

/* Where modules are instantiated: the plain store or a process. */
typedef struct place {
    wp_store *store;
    wp_process *process; /* NULL: the plain store */
    struct place *next;  /* in the session's list of processes */
} place;

/* A definition. */
typedef struct held_module {
    wp_module *module; /* one hold */
    struct held_module *next;
} held_module;

/* What is at a URI. */
typedef struct library {
    const uint8_t *bytes;
    size_t size;
} library;

struct session {
    wp_engine *engine;
    script_options options;
    wp_allocator allocator;
    script_pool pool;    /* names, places, definitions */
    script_trace *trace; /* NULL: none is wanted */
    names names;         /* of instances, by place; of processes and definitions */
    place *plain;
    place *current;
    place *processes;
    held_module *definitions;
    uint64_t made; /* processes */
    bool mistaken;
};

/* ---- Names --------------------------------------------------------------------------------------------------- */

static bool is_absent(script_text text) {
    return text.data == NULL;
}

/* A name, if it is one, and "the last one" stand for an object from now on. False: memory is short. */
static bool bind(session *s, const place *p, name_sort sort, script_text name, void *object) {
    static const script_text last = {NULL, 0};
    return (is_absent(name) || names_set(&s->names, p, sort, name, object)) &&
           names_set(&s->names, p, sort, last, object);
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
    for (place *p = s->processes; p != NULL; p = p->next)
        wp_process_delete(p->process);
    if (s->plain != NULL)
        wp_store_delete(s->plain->store);
    for (held_module *d = s->definitions; d != NULL; d = d->next)
        wp_module_delete(d->module);
    names_release(&s->names);
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
    names_init(&s->names, &s->pool);
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
    static const script_text last = {NULL, 0};
    wp_instance *instance;
    /* What fails leaves no last instance. */
    if (!names_set(&s->names, s->current, NAME_INSTANCE, last, NULL))
        return script_fail_memory(diag);
    SCRIPT_TRY(instantiate(s, module, &instance, diag));
    return bind(s, s->current, NAME_INSTANCE, name, instance) ? WP_OK : script_fail_memory(diag);
}

wp_status session_define(session *s, script_text name, wp_module *module, wp_diag *diag) {
    held_module *d = script_pool_alloc(&s->pool, 1, sizeof *d);
    if (d == NULL) {
        wp_module_delete(module);
        return script_fail_memory(diag);
    }
    *d = (held_module){module, s->definitions};
    s->definitions = d;
    return bind(s, NULL, NAME_DEFINITION, name, module) ? WP_OK : script_fail_memory(diag);
}

wp_status session_definition(session *s, script_text name, wp_module **out, wp_diag *diag) {
    wp_module *module = names_find(&s->names, NULL, NAME_DEFINITION, name);
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
    wp_instance *instance = names_find(&s->names, s->current, NAME_INSTANCE, name);
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

uint32_t session_exit_code(const session *s) {
    return wp_store_exit_code(s->current->store);
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

wp_status session_library(session *s, script_text uri, const uint8_t *bytes, size_t size, wp_diag *diag) {
    library *kept = script_pool_alloc(&s->pool, 1, sizeof *kept);
    const char *copy = script_pool_copy(&s->pool, (const char *)bytes, size);
    if (kept == NULL || copy == NULL)
        return script_fail_memory(diag);
    *kept = (library){(const uint8_t *)copy, size};
    return names_set(&s->names, NULL, NAME_LIBRARY, uri, kept) ? WP_OK : script_fail_memory(diag);
}

/* Where processes get libraries. */
static wp_status fetch(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx, wp_diag *diag) {
    const session *s = ctx;
    const library *found = names_find(&s->names, NULL, NAME_LIBRARY, (script_text){uri, uri_size});
    if (found == NULL)
        return script_fail(diag, WP_REFUSED, "nothing was published there");
    return sink(sink_ctx, found->bytes, found->size);
}

static wp_status bind_entries(session *s, wp_process *process, const script_entry *entries, size_t count,
                              wp_diag *diag) {
    script_pool pool;
    script_pool_init(&pool, &s->allocator);
    wp_entry_desc *list = script_pool_alloc(&pool, count, sizeof *list);
    uint8_t(*digests)[WP_DIGEST_SIZE] = script_pool_alloc(&pool, count, sizeof *digests);
    wp_status status = list == NULL || digests == NULL ? script_fail_memory(diag) : WP_OK;
    for (size_t i = 0; i < count && status == WP_OK; i++) {
        const script_entry *e = &entries[i];
        list[i] = (wp_entry_desc){e->name.data, e->name.size, e->uri.data, e->uri.size, NULL};
        if (is_absent(e->digest))
            continue;
        list[i].digest = digests[i];
        if (!script_digest(e->digest, digests[i]))
            status = script_fail(diag, WP_REFUSED, "malformed digest: %.*s is not sha256- and 32 bytes in base64",
                                 e->digest.size > 100 ? 100 : (int)e->digest.size, e->digest.data);
    }
    if (status == WP_OK)
        status = wp_process_bind_all(process, list, count, diag);
    script_pool_release(&pool);
    return status;
}

static wp_status check_process(session *s, wp_diag *diag) {
    static const script_text none = {NULL, 0};
    return s->current->process == NULL ? mistake(s, diag, "current process", none) : WP_OK;
}

wp_status session_bind(session *s, const script_entry *entries, size_t count, wp_diag *diag) {
    SCRIPT_TRY(check_process(s, diag));
    return bind_entries(s, s->current->process, entries, count, diag);
}

wp_status session_unload(session *s, script_text name, wp_diag *diag) {
    wp_instance *instance = NULL;
    SCRIPT_TRY(check_process(s, diag));
    SCRIPT_TRY(find_instance(s, name, &instance, diag));
    SCRIPT_TRY(wp_process_unload(s->current->process, instance, diag));
    names_forget(&s->names, s->current, NAME_INSTANCE, instance);
    return WP_OK;
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

static wp_process_desc describe(session *s, const session_process_desc *desc) {
    return (wp_process_desc){
        .pointer = desc->pointer,
        .pages = desc->pages,
        .stack = desc->stack,
        .backend = s->options.backend,
        .fetch = fetch,
        .fetch_ctx = s,
        .aslr = s->options.aslr,
        .seed = s->options.seed + s->made,
    };
}

wp_status session_process(session *s, script_text name, const session_process_desc *desc, wp_diag *diag) {
    wp_process_desc described = describe(s, desc);
    place *p = script_pool_alloc(&s->pool, 1, sizeof *p);
    if (p == NULL)
        return script_fail_memory(diag);
    SCRIPT_TRY(wp_process_new(s->engine, &described, &p->process, diag));
    p->store = wp_process_store(p->process);
    wp_status status = prepare_store(s, p->store, diag);
    if (status == WP_OK)
        status = bind_entries(s, p->process, desc->entries, desc->nentries, diag);
    if (status != WP_OK) {
        wp_process_delete(p->process);
        return status;
    }
    s->made++;
    p->next = s->processes;
    s->processes = p;
    if (!bind(s, NULL, NAME_PROCESS, name, p))
        return script_fail_memory(diag);
    s->current = p;
    return WP_OK;
}

static wp_status find_process(session *s, script_text name, place **out, wp_diag *diag) {
    place *p = names_find(&s->names, NULL, NAME_PROCESS, name);
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
