/* local.c: places of this OS process: the plain store and processes; see place.h. */
#include "base/diag.h"
#include "script/base64.h"
#include "script/place.h"
#include "script/spectest.h"
#include "script/trace.h"
#include "script/value.h"

#include <string.h>

typedef struct local {
    script_place place;
    wp_store *store;
    wp_process *process; /* NULL: the plain store */
} local;

static local *local_of(script_place *p) {
    return (local *)p;
}

/* ---- Running ------------------------------------------------------------------------------------------------- */

/* Before code of a place may run: each command has the whole fuel, and can be interrupted. */
static void local_begin(const local *l) {
    const script_options *options = &l->place.context->options;
    if (options->has_fuel)
        wp_store_set_fuel(l->store, options->fuel);
    if (options->stop != NULL)
        options->stop->running = l->store;
}

/* After it has run. */
static void local_finish(const local *l) {
    const place_context *x = l->place.context;
    script_trace_flush(x->trace);
    if (x->options.stop != NULL)
        x->options.stop->running = NULL;
}

/* A process that has ended can't end again: that is the error which any use of it gives. */
static wp_status local_check_live(script_place *p, wp_diag *diag) {
    wp_process *process = local_of(p)->process;
    return process != NULL && wp_process_ended(process) ? wp_process_end(process, diag) : WP_OK;
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

static wp_status local_instantiate(local *l, wp_module *module, wp_instance **out, wp_diag *diag) {
    local_begin(l);
    wp_status status = l->process == NULL ? wp_instantiate(l->store, module, out, diag)
                                          : wp_process_load(l->process, module, out, diag);
    local_finish(l);
    return status;
}

static wp_status local_module(script_place *p, script_text name, wp_module *module, wp_diag *diag) {
    wp_instance *instance;
    /* A failure leaves no last instance. */
    if (!names_set(&p->context->names, p, NAME_INSTANCE, (script_text){NULL, 0}, NULL))
        return wp_fail_memory(diag);
    WP_TRY(local_instantiate(local_of(p), module, &instance, diag));
    return place_bind(p->context, p, NAME_INSTANCE, name, instance) ? WP_OK : wp_fail_memory(diag);
}

static wp_status local_check(script_place *p, wp_module *module, wp_diag *diag) {
    wp_instance *instance;
    return local_instantiate(local_of(p), module, &instance, diag);
}

static wp_status local_find_instance(script_place *p, script_text name, wp_instance **out, wp_diag *diag) {
    *out = names_find(&p->context->names, p, NAME_INSTANCE, name);
    return *out == NULL ? place_missing(p->context, diag, "instance", name) : WP_OK;
}

static wp_status local_register(script_place *p, script_text name, script_text as, wp_diag *diag) {
    wp_instance *instance = NULL;
    WP_TRY(local_find_instance(p, name, &instance, diag));
    return wp_store_register(local_of(p)->store, as.data, as.size, instance, diag);
}

/* ---- Actions ------------------------------------------------------------------------------------------------- */

static wp_status local_find_export(script_place *p, script_text name, script_text field, wp_extern_kind kind,
                                   wp_extern *out, wp_diag *diag) {
    wp_instance *instance = NULL;
    WP_TRY(local_find_instance(p, name, &instance, diag));
    if (!wp_instance_export(instance, field.data, field.size, out) || out->kind != kind)
        return place_missing(p->context, diag, kind == WP_EXTERN_FUNC ? "exported function" : "exported global", field);
    return WP_OK;
}

static wp_status local_arguments(local *l, const wp_functype *type, const script_value *args, size_t nargs,
                                 wp_value *out, wp_diag *diag) {
    place_context *x = l->place.context;
    if (nargs != type->nparams)
        return place_misfit(x, diag, "another number of arguments than the function takes");
    for (size_t i = 0; i < nargs; i++) {
        wp_valtype param = type->params[i];
        WP_TRY(script_value_argument(l->store, &args[i], &out[i], diag));
        if (((param | out[i].type) & WP_T_REF) == 0 && param != out[i].type)
            return place_misfit(x, diag, "an argument of another type than the function takes");
    }
    return WP_OK;
}

static wp_status local_invoke(script_place *p, const script_action *action, wp_arena *arena, place_results *out,
                              wp_diag *diag) {
    local *l = local_of(p);
    wp_extern func;
    size_t nargs = action->nargs;
    WP_TRY(local_find_export(p, action->module, action->field, WP_EXTERN_FUNC, &func, diag));
    wp_functype type = wp_func_type(func);
    wp_value *given = wp_arena_alloc(arena, nargs, sizeof *given);
    wp_value *results = wp_arena_alloc(arena, type.nresults, sizeof *results);
    if (given == NULL || results == NULL)
        return wp_fail_memory(diag);
    WP_TRY(local_arguments(l, &type, action->args, nargs, given, diag));
    wp_diag own = {.status = WP_OK};
    local_begin(l);
    wp_status status = wp_call(l->store, func, given, nargs, results, type.nresults, &own);
    local_finish(l);
    *out = (place_results){results, type.nresults};
    if (status != WP_OK && diag != NULL && diag->status == WP_OK)
        *diag = own;
    /* wp_call words it so when the caller is to blame. */
    if (status == WP_CRASH && strncmp(own.message, "argument ", 9) == 0)
        p->context->mistaken = true;
    return status;
}

static wp_status local_get(script_place *p, const script_action *action, wp_arena *arena, place_results *out,
                           wp_diag *diag) {
    wp_extern global;
    WP_TRY(local_check_live(p, diag));
    WP_TRY(local_find_export(p, action->module, action->field, WP_EXTERN_GLOBAL, &global, diag));
    wp_value *value = wp_arena_alloc(arena, 1, sizeof *value);
    if (value == NULL)
        return wp_fail_memory(diag);
    *value = wp_global_value(global);
    *out = (place_results){value, 1};
    return WP_OK;
}

static wp_status local_act(script_place *p, const script_action *action, wp_arena *arena, place_results *out,
                           wp_diag *diag) {
    return (action->is_get ? local_get : local_invoke)(p, action, arena, out, diag);
}

static uint32_t local_exit_code(const script_place *p) {
    return wp_store_exit_code(((const local *)p)->store);
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

/* Fetches a library that was published. */
static wp_status local_fetch(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx,
                             wp_diag *diag) {
    const place_context *x = ctx;
    const place_library *found = names_find(&x->names, NULL, NAME_LIBRARY, (script_text){uri, uri_size});
    if (found == NULL)
        return wp_fail(diag, WP_REFUSED, "nothing was published there");
    return sink(sink_ctx, found->bytes, found->size);
}

static wp_status local_bind(script_place *p, const script_entry *entries, size_t count, wp_diag *diag) {
    wp_arena arena;
    wp_arena_init(&arena, &p->context->allocator);
    wp_entry_desc *list = wp_arena_alloc(&arena, count, sizeof *list);
    uint8_t(*digests)[WP_DIGEST_SIZE] = wp_arena_alloc(&arena, count, sizeof *digests);
    wp_status status = list == NULL || digests == NULL ? wp_fail_memory(diag) : WP_OK;
    for (size_t i = 0; i < count && status == WP_OK; i++) {
        const script_entry *e = &entries[i];
        list[i] = (wp_entry_desc){e->name.data, e->name.size, e->uri.data, e->uri.size, NULL};
        if (e->digest.data == NULL)
            continue;
        list[i].digest = digests[i];
        if (!script_digest(e->digest, digests[i]))
            status = wp_fail(diag, WP_REFUSED, "malformed digest: %.*s is not sha256- and 32 bytes in base64",
                             e->digest.size > 100 ? 100 : (int)e->digest.size, e->digest.data);
    }
    if (status == WP_OK)
        status = wp_process_bind_all(local_of(p)->process, list, count, diag);
    wp_arena_release(&arena);
    return status;
}

static wp_status local_unload(script_place *p, script_text name, wp_diag *diag) {
    wp_instance *instance = NULL;
    WP_TRY(local_find_instance(p, name, &instance, diag));
    WP_TRY(wp_process_unload(local_of(p)->process, instance, diag));
    names_forget(&p->context->names, p, NAME_INSTANCE, instance);
    return WP_OK;
}

static wp_status local_end(script_place *p, wp_diag *diag) {
    return wp_process_end(local_of(p)->process, diag);
}

static wp_status local_mmap(script_place *p, uint64_t hint, uint64_t length, uint64_t *address, wp_diag *diag) {
    return wp_process_mmap(local_of(p)->process, hint, length, address, diag);
}

static wp_status local_munmap(script_place *p, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    return wp_process_munmap(local_of(p)->process, address, length, done, diag);
}

static wp_status local_discard(script_place *p, uint64_t address, uint64_t length, bool *done, wp_diag *diag) {
    return wp_process_discard(local_of(p)->process, address, length, done, diag);
}

static wp_status local_read(script_place *p, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag) {
    return wp_process_read(local_of(p)->process, address, bytes, size, diag);
}

static wp_status local_write(script_place *p, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag) {
    return wp_process_write(local_of(p)->process, address, bytes, size, diag);
}

static void local_release(script_place *p) {
    local *l = local_of(p);
    if (p->is_process)
        wp_process_delete(l->process);
    else
        wp_store_delete(l->store);
}

/* ---- Opening ------------------------------------------------------------------------------------------------- */

static const place_ops local_ops = {
    .check_live = local_check_live,
    .module = local_module,
    .check = local_check,
    .enregister = local_register,
    .act = local_act,
    .exit_code = local_exit_code,
    .bind = local_bind,
    .unload = local_unload,
    .end = local_end,
    .mmap = local_mmap,
    .munmap = local_munmap,
    .discard = local_discard,
    .read = local_read,
    .write = local_write,
    .release = local_release,
};

static wp_status local_new_process(local *l, const place_desc *desc, wp_diag *diag) {
    place_context *x = l->place.context;
    wp_process_desc described = {
        .pointer = desc->pointer,
        .pages = desc->pages,
        .stack = desc->stack,
        .limited = desc->limited,
        .limit = desc->limit,
        .backend = x->options.backend,
        .fetch = local_fetch,
        .fetch_ctx = x,
        .aslr = x->options.aslr,
        .seed = x->options.seed + x->processes,
    };
    WP_TRY(wp_process_new(x->engine, &described, &l->process, diag));
    l->store = wp_process_store(l->process);
    return WP_OK;
}

static wp_status local_fill(local *l, const place_desc *desc, wp_diag *diag) {
    place_context *x = l->place.context;
    WP_TRY(desc == NULL ? wp_store_new(x->engine, &l->store, diag) : local_new_process(l, desc, diag));
    if (x->trace != NULL)
        wp_store_set_trace(l->store, script_trace_line, x->trace);
    if (desc == NULL)
        x->plain = l->store;
    WP_TRY(spectest_define(l->store, x->options.print, diag));
    return desc == NULL ? WP_OK : local_bind(&l->place, desc->entries, desc->nentries, diag);
}

wp_status local_open(place_context *x, const place_desc *desc, script_place **out, wp_diag *diag) {
    local *l = (local *)place_new(x, &local_ops, sizeof *l, desc != NULL);
    if (l == NULL)
        return wp_fail_memory(diag);
    wp_status status = local_fill(l, desc, diag);
    if (status == WP_OK)
        *out = &l->place;
    else
        place_delete(&l->place);
    return status;
}
