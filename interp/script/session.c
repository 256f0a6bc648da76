/* session.c: what commands act on; see session.h. */
#include "script/session.h"

#include "script/digest.h"
#include "base/diag.h"
#include "script/names.h"
#include "script/remote.h"
#include "script/spectest.h"
#include "script/trace.h"
#include "script/value.h"

#include <string.h>

/* What is at a URI. */
typedef struct library {
    script_text uri;
    const uint8_t *bytes;
    size_t size;
    struct library *next; /* the one that was published after it */
} library;

/* Where modules are instantiated: the plain store, a process of this OS process, or one that is an OS process. */
typedef struct place {
    wp_store *store;     /* NULL: in another OS process */
    wp_process *process; /* NULL: the plain store, or in another OS process */
    remote *remote;      /* NULL: in this OS process */
    const library *sent; /* the last one of which `remote` has been told; NULL: none */
    struct place *next;  /* in the session's list of processes */
} place;

/* A definition. */
typedef struct held_module {
    wp_module *module; /* one hold */
    struct held_module *next;
} held_module;

struct session {
    wp_engine *engine;
    script_options options;
    wp_allocator allocator;
    wp_arena pool;    /* names, places, definitions */
    script_trace *trace; /* NULL: none is wanted */
    names names;         /* of instances, by place; of processes and definitions */
    place *plain;
    place *current;
    place *processes;
    held_module *definitions;
    library *libraries, *last_library; /* in the order in which they were published */
    uint64_t *hits;                    /* of each rule in other OS processes */
    wp_ref function;
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
        return wp_fail(diag, WP_CRASH, "no %s", what);
    return wp_fail(diag, WP_CRASH, "no %s %.*s", what, name.size > 100 ? 100 : (int)name.size, name.data);
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

/* What functions of remote.h need to know. */
static remote_context context(session *s) {
    return (remote_context){s->engine, &s->options, s->hits, &s->mistaken, s->plain->store, &s->function};
}

/* A process that has ended can't end again: that is the error which any use of it gives. */
static wp_status check_live(session *s, const place *p, wp_diag *diag) {
    remote_context x = context(s);
    if (p->remote != NULL)
        return remote_check_live(p->remote, &x, diag);
    return p->process != NULL && wp_process_ended(p->process) ? wp_process_end(p->process, diag) : WP_OK;
}

static wp_status open_plain(session *s, wp_diag *diag) {
    if (s->options.trace != NULL) {
        s->trace = script_trace_new(s->engine, s->options.trace, s->options.trace_ctx, &s->allocator);
        if (s->trace == NULL)
            return wp_fail_memory(diag);
    }
    s->plain = wp_arena_alloc(&s->pool, 1, sizeof *s->plain);
    if (s->plain == NULL)
        return wp_fail_memory(diag);
    s->current = s->plain;
    s->hits = wp_arena_alloc(&s->pool, wp_rule_count(), sizeof *s->hits);
    if (s->hits == NULL)
        return wp_fail_memory(diag);
    WP_TRY(wp_store_new(s->engine, &s->plain->store, diag));
    return prepare_store(s, s->plain->store, diag);
}

static void close_all(session *s) {
    for (place *p = s->processes; p != NULL; p = p->next)
        if (p->remote != NULL)
            remote_dismiss(p->remote);
    for (place *p = s->processes; p != NULL; p = p->next) {
        wp_process_delete(p->process);
        remote_delete(p->remote);
    }
    if (s->plain != NULL)
        wp_store_delete(s->plain->store);
    for (held_module *d = s->definitions; d != NULL; d = d->next)
        wp_module_delete(d->module);
    names_release(&s->names);
    script_trace_delete(s->trace);
    wp_arena_release(&s->pool);
}

wp_status session_new(wp_engine *engine, const script_options *options, session **out, wp_diag *diag) {
    const wp_allocator *a = options->allocator == NULL ? &wp_libc_allocator : options->allocator;
    session *s = a->resize(a->ctx, NULL, 0, sizeof *s);
    if (s == NULL)
        return wp_fail_memory(diag);
    *s = (session){.engine = engine, .options = *options, .allocator = *a};
    wp_arena_init(&s->pool, a);
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

/* Before code of another OS process may run, and load libraries: what has been published is published there too. */
static wp_status begin_remote(session *s, place *p, const remote_context *x, wp_diag *diag) {
    const library *next = p->sent == NULL ? s->libraries : p->sent->next;
    for (; next != NULL; next = next->next) {
        WP_TRY(remote_library(p->remote, x, next->uri, next->bytes, next->size, diag));
        p->sent = next;
    }
    return WP_OK;
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
    remote_context x = context(s);
    if (s->current->remote != NULL) {
        WP_TRY(begin_remote(s, s->current, &x, diag));
        return remote_module(s->current->remote, &x, name, module, diag);
    }
    /* What fails leaves no last instance. */
    if (!names_set(&s->names, s->current, NAME_INSTANCE, last, NULL))
        return wp_fail_memory(diag);
    WP_TRY(instantiate(s, module, &instance, diag));
    return bind(s, s->current, NAME_INSTANCE, name, instance) ? WP_OK : wp_fail_memory(diag);
}

wp_status session_define(session *s, script_text name, wp_module *module, wp_diag *diag) {
    held_module *d = wp_arena_alloc(&s->pool, 1, sizeof *d);
    if (d == NULL) {
        wp_module_delete(module);
        return wp_fail_memory(diag);
    }
    *d = (held_module){module, s->definitions};
    s->definitions = d;
    return bind(s, NULL, NAME_DEFINITION, name, module) ? WP_OK : wp_fail_memory(diag);
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
    WP_TRY(session_definition(s, definition, &module, diag));
    return session_module(s, name, module, diag);
}

wp_status session_check(session *s, wp_module *module, wp_diag *diag) {
    wp_instance *instance;
    remote_context x = context(s);
    if (s->current->remote != NULL) {
        WP_TRY(begin_remote(s, s->current, &x, diag));
        return remote_check(s->current->remote, &x, module, diag);
    }
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
    remote_context x = context(s);
    if (s->current->remote != NULL)
        return remote_register(s->current->remote, &x, name, as, diag);
    WP_TRY(find_instance(s, name, &instance, diag));
    return wp_store_register(s->current->store, as.data, as.size, instance, diag);
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

static wp_status find_export(session *s, script_text name, script_text field, wp_extern_kind kind, wp_extern *out,
                             wp_diag *diag) {
    wp_instance *instance = NULL;
    WP_TRY(find_instance(s, name, &instance, diag));
    if (!wp_instance_export(instance, field.data, field.size, out) || out->kind != kind)
        return mistake(s, diag, kind == WP_EXTERN_FUNC ? "exported function" : "exported global", field);
    return WP_OK;
}

static wp_status misfit(session *s, wp_diag *diag, const char *message) {
    s->mistaken = true;
    return wp_fail(diag, WP_CRASH, "%s", message);
}

static wp_status make_arguments(session *s, const wp_functype *type, const script_value *args, size_t nargs,
                                wp_value *out, wp_diag *diag) {
    if (nargs != type->nparams)
        return misfit(s, diag, "another number of arguments than the function takes");
    for (size_t i = 0; i < nargs; i++) {
        wp_valtype param = type->params[i];
        WP_TRY(script_value_argument(s->current->store, &args[i], &out[i], diag));
        if (((param | out[i].type) & WP_T_REF) == 0 && param != out[i].type)
            return misfit(s, diag, "an argument of another type than the function takes");
    }
    return WP_OK;
}

/* Calls a function of this OS process. */
static wp_status call(session *s, wp_extern func, const script_value *args, size_t nargs, wp_arena *pool,
                      session_values *out, wp_diag *diag) {
    wp_functype type = wp_func_type(func);
    wp_store *store = s->current->store;
    wp_value *given = wp_arena_alloc(pool, nargs, sizeof *given);
    wp_value *results = wp_arena_alloc(pool, type.nresults, sizeof *results);
    if (given == NULL || results == NULL)
        return wp_fail_memory(diag);
    WP_TRY(make_arguments(s, &type, args, nargs, given, diag));
    begin(s, store);
    wp_diag own = {.status = WP_OK};
    wp_status status = wp_call(store, func, given, nargs, results, type.nresults, &own);
    finish(s);
    *out = (session_values){results, type.nresults};
    if (status != WP_OK && diag != NULL && diag->status == WP_OK)
        *diag = own;
    /* wp_call words it so when the caller is to blame. */
    if (status == WP_CRASH && strncmp(own.message, "argument ", 9) == 0)
        s->mistaken = true;
    return status;
}

wp_status session_invoke(session *s, script_text instance, script_text field, const script_value *args, size_t nargs,
                         wp_arena *pool, session_values *out, wp_diag *diag) {
    remote_context x = context(s);
    if (s->current->remote != NULL) {
        remote_values values = {NULL, 0};
        WP_TRY(begin_remote(s, s->current, &x, diag));
        WP_TRY(remote_invoke(s->current->remote, &x, instance, field, args, nargs, pool, &values, diag));
        *out = (session_values){values.items, values.count};
        return WP_OK;
    }
    wp_extern func;
    WP_TRY(find_export(s, instance, field, WP_EXTERN_FUNC, &func, diag));
    return call(s, func, args, nargs, pool, out, diag);
}

wp_status session_get(session *s, script_text instance, script_text field, wp_value *out, wp_diag *diag) {
    wp_extern global;
    remote_context x = context(s);
    if (s->current->remote != NULL)
        return remote_get(s->current->remote, &x, instance, field, out, diag);
    WP_TRY(check_live(s, s->current, diag));
    WP_TRY(find_export(s, instance, field, WP_EXTERN_GLOBAL, &global, diag));
    *out = wp_global_value(global);
    return WP_OK;
}

uint32_t session_exit_code(const session *s) {
    const place *p = s->current;
    return p->remote != NULL ? remote_exit_code(p->remote) : wp_store_exit_code(p->store);
}

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

wp_status session_library(session *s, script_text uri, const uint8_t *bytes, size_t size, wp_diag *diag) {
    library *kept = wp_arena_alloc(&s->pool, 1, sizeof *kept);
    const char *name = wp_arena_text(&s->pool, uri.data, uri.size);
    const char *copy = wp_arena_text(&s->pool, (const char *)bytes, size);
    if (kept == NULL || name == NULL || copy == NULL || !names_set(&s->names, NULL, NAME_LIBRARY, uri, kept))
        return wp_fail_memory(diag);
    *kept = (library){{name, uri.size}, (const uint8_t *)copy, size, NULL};
    if (s->last_library == NULL)
        s->libraries = kept;
    else
        s->last_library->next = kept;
    s->last_library = kept;
    return WP_OK;
}

/* Where processes get libraries. */
static wp_status fetch(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx, wp_diag *diag) {
    const session *s = ctx;
    const library *found = names_find(&s->names, NULL, NAME_LIBRARY, (script_text){uri, uri_size});
    if (found == NULL)
        return wp_fail(diag, WP_REFUSED, "nothing was published there");
    return sink(sink_ctx, found->bytes, found->size);
}

static wp_status bind_entries(session *s, wp_process *process, const script_entry *entries, size_t count,
                              wp_diag *diag) {
    wp_arena pool;
    wp_arena_init(&pool, &s->allocator);
    wp_entry_desc *list = wp_arena_alloc(&pool, count, sizeof *list);
    uint8_t(*digests)[WP_DIGEST_SIZE] = wp_arena_alloc(&pool, count, sizeof *digests);
    wp_status status = list == NULL || digests == NULL ? wp_fail_memory(diag) : WP_OK;
    for (size_t i = 0; i < count && status == WP_OK; i++) {
        const script_entry *e = &entries[i];
        list[i] = (wp_entry_desc){e->name.data, e->name.size, e->uri.data, e->uri.size, NULL};
        if (is_absent(e->digest))
            continue;
        list[i].digest = digests[i];
        if (!script_digest(e->digest, digests[i]))
            status = wp_fail(diag, WP_REFUSED, "malformed digest: %.*s is not sha256- and 32 bytes in base64",
                                 e->digest.size > 100 ? 100 : (int)e->digest.size, e->digest.data);
    }
    if (status == WP_OK)
        status = wp_process_bind_all(process, list, count, diag);
    wp_arena_release(&pool);
    return status;
}

/* Some process must be current. */
static wp_status check_process(session *s, wp_diag *diag) {
    static const script_text none = {NULL, 0};
    return s->current == s->plain ? mistake(s, diag, "current process", none) : WP_OK;
}

wp_status session_bind(session *s, const script_entry *entries, size_t count, wp_diag *diag) {
    remote_context x = context(s);
    WP_TRY(check_process(s, diag));
    if (s->current->remote != NULL)
        return remote_bind(s->current->remote, &x, entries, count, diag);
    return bind_entries(s, s->current->process, entries, count, diag);
}

wp_status session_unload(session *s, script_text name, wp_diag *diag) {
    wp_instance *instance = NULL;
    remote_context x = context(s);
    WP_TRY(check_process(s, diag));
    if (s->current->remote != NULL)
        return remote_unload(s->current->remote, &x, name, diag);
    WP_TRY(find_instance(s, name, &instance, diag));
    WP_TRY(wp_process_unload(s->current->process, instance, diag));
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

/* A process of this OS process. */
static wp_status open_here(session *s, place *p, const session_process_desc *desc, wp_diag *diag) {
    wp_process_desc described = describe(s, desc);
    WP_TRY(wp_process_new(s->engine, &described, &p->process, diag));
    p->store = wp_process_store(p->process);
    wp_status status = prepare_store(s, p->store, diag);
    if (status == WP_OK)
        status = bind_entries(s, p->process, desc->entries, desc->nentries, diag);
    if (status != WP_OK)
        wp_process_delete(p->process);
    return status;
}

static wp_status open_remote(session *s, place *p, const session_process_desc *desc, wp_diag *diag) {
    remote_context x = context(s);
    remote_desc described = {desc->pointer, desc->pages,    desc->stack,
                             desc->entries, desc->nentries, s->options.seed + s->made};
    return remote_new(&x, &described, &p->remote, diag);
}

wp_status session_process(session *s, script_text name, const session_process_desc *desc, wp_diag *diag) {
    place *p = wp_arena_alloc(&s->pool, 1, sizeof *p);
    if (p == NULL)
        return wp_fail_memory(diag);
    bool outside = script_os_wanted(&s->options.os, s->options.backend, desc->pointer, desc->pages);
    WP_TRY(outside ? open_remote(s, p, desc, diag) : open_here(s, p, desc, diag));
    s->made++;
    p->next = s->processes;
    s->processes = p;
    if (!bind(s, NULL, NAME_PROCESS, name, p))
        return wp_fail_memory(diag);
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
        WP_TRY(find_process(s, name, &p, diag));
    WP_TRY(check_live(s, p, diag));
    s->current = p;
    return WP_OK;
}

wp_status session_end(session *s, script_text name, wp_diag *diag) {
    place *p = s->current;
    if (!is_absent(name))
        WP_TRY(find_process(s, name, &p, diag));
    remote_context x = context(s);
    if (p->remote != NULL)
        return remote_end(p->remote, &x, diag);
    if (p->process == NULL)
        return mistake(s, diag, "current process", name);
    return wp_process_end(p->process, diag);
}

const void *session_place(const session *s) {
    return s->current == s->plain ? NULL : s->current;
}

pid_t session_pid(const session *s) {
    return s->current->remote == NULL ? 0 : remote_pid(s->current->remote);
}

/* ---- The current process from outside ------------------------------------------------------------------------ */

wp_status session_mmap(session *s, uint64_t hint, uint64_t length, uint64_t *address, wp_diag *diag) {
    remote_context x = context(s);
    WP_TRY(check_process(s, diag));
    if (s->current->remote != NULL)
        return remote_mmap(s->current->remote, &x, hint, length, address, diag);
    return wp_process_mmap(s->current->process, hint, length, address, diag);
}

wp_status session_munmap(session *s, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    remote_context x = context(s);
    WP_TRY(check_process(s, diag));
    if (s->current->remote != NULL)
        return remote_munmap(s->current->remote, &x, address, length, done, diag);
    return wp_process_munmap(s->current->process, address, length, done, diag);
}

wp_status session_read(session *s, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag) {
    remote_context x = context(s);
    WP_TRY(check_process(s, diag));
    if (s->current->remote != NULL)
        return remote_read(s->current->remote, &x, address, bytes, size, diag);
    return wp_process_read(s->current->process, address, bytes, size, diag);
}

wp_status session_write(session *s, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag) {
    remote_context x = context(s);
    WP_TRY(check_process(s, diag));
    if (s->current->remote != NULL)
        return remote_write(s->current->remote, &x, address, bytes, size, diag);
    return wp_process_write(s->current->process, address, bytes, size, diag);
}

/* ---- Rules --------------------------------------------------------------------------------------------------- */

uint64_t session_remote_hits(const session *s, size_t i) {
    return s->hits[i];
}

uint64_t session_rule_hits(const session *s, size_t i) {
    return wp_rule_hits(s->engine, i) + s->hits[i];
}
