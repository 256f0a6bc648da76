/* run.c: the command run; see cli.h. */
#include "cli.h"

#include "../script/trace.h"

#include <stdlib.h>
#include <string.h>

typedef struct run {
    cli_settings settings;
    const cli_command *self;
    const char *file;
    const char *name; /* of the function; NULL: _start, if there is one */
    char **arguments; /* of the function */
    size_t narguments;
    bool in_process;
    const char *needs_process; /* an option that says something about a process */
    wp_process_desc desc;
} run;

/* ---- Options ------------------------------------------------------------------------------------------------- */

/* The options about processes. Returns CLI_DONE or CLI_USAGE. */
static int take_process_option(run *r, int option, const char *argument) {
    if (option == CLI_POINTER) {
        r->needs_process = "--pointer";
        r->desc.pointer = strcmp(argument, "i64") == 0 ? WP_T_I64 : WP_T_I32;
        if (strcmp(argument, "i32") != 0 && strcmp(argument, "i64") != 0)
            return cli_usage(r->self, "--pointer takes i32 or i64, not '%s'", argument);
        return CLI_DONE;
    }
    uint64_t *pages = option == CLI_PROCESS ? &r->desc.pages : &r->desc.stack;
    const char *name = option == CLI_PROCESS ? "--process" : "--stack";
    if (!cli_number(argument, pages))
        return cli_usage(r->self, "%s takes a number of pages, not '%s'", name, argument);
    if (option == CLI_PROCESS)
        r->in_process = true;
    else
        r->needs_process = name;
    return CLI_DONE;
}

static int take_option(run *r, int option, char *argument) {
    switch (option) {
    case CLI_OPERAND:
        if (r->file != NULL)
            return cli_usage(r->self, "one file is enough: '%s' is too many (arguments follow --invoke NAME)",
                             argument);
        r->file = argument;
        return CLI_DONE;
    case CLI_PROCESS:
    case CLI_POINTER:
    case CLI_STACK: return take_process_option(r, option, argument);
    case CLI_OS_PROCESS:
        if (argument == NULL || strcmp(argument, "always") == 0)
            r->needs_process = "--os-process";
        /* fall through */
    default: return cli_settings_take(&r->settings, r->self, option, argument) ? CLI_DONE : CLI_USAGE;
    }
}

/* True: go on; false: end with *status. */
static bool read_options(run *r, int argc, char **argv, int *status) {
    int option;
    char *argument;
    cli_reader reader = cli_read_options(r->self, argc, argv);
    while ((option = cli_next_option(&reader, &argument, status)) != CLI_END) {
        if (option == CLI_STOP)
            return false;
        if (option == CLI_INVOKE) {
            /* All that follows is the function's, also what looks like an option: a negative number. */
            r->name = argument;
            r->arguments = argv + reader.next;
            r->narguments = (size_t)(argc - reader.next);
            break;
        }
        *status = take_option(r, option, argument);
        if (*status != CLI_DONE)
            return false;
    }
    *status = CLI_USAGE;
    if (r->file == NULL)
        (void)cli_usage(r->self,
                        r->name == NULL ? "a file is missing" : "a file is missing: it stands before --invoke");
    else if (r->needs_process != NULL && !r->in_process)
        (void)cli_usage(r->self, "%s needs --process", r->needs_process);
    else
        return true;
    return false;
}

/* ---- The call ------------------------------------------------------------------------------------------------ */

/* Reads the arguments as the parameters' types have them. */
static int read_arguments(const run *r, const wp_functype *type, wp_value *args) {
    if (r->narguments != type->nparams)
        return cli_usage(r->self, "'%s' takes %zu arguments, not %zu", r->name, type->nparams, r->narguments);
    for (size_t i = 0; i < type->nparams; i++)
        if (!cli_value_read(r->settings.engine, r->arguments[i], type->params[i], &args[i])) {
            char name[128];
            wp_valtype_print(type->params[i], name, sizeof name);
            return cli_usage(r->self, "argument %zu of '%s' is of type %s, which '%s' is not", i + 1, r->name, name,
                             r->arguments[i]);
        }
    return CLI_DONE;
}

static int call_with(const run *r, wp_store *store, wp_extern func, wp_value *args, wp_value *results) {
    wp_functype type = wp_func_type(func);
    wp_diag diag = {.status = WP_OK};
    int status = r->name == NULL ? CLI_DONE : read_arguments(r, &type, args);
    if (status != CLI_DONE)
        return status;
    if (wp_call(store, func, args, type.nparams, results, type.nresults, &diag) != WP_OK)
        return cli_report(cli_file_name(r->file), &diag);
    for (size_t i = 0; i < type.nresults; i++) {
        cli_value_print(&results[i], stdout);
        putchar('\n');
    }
    return CLI_DONE;
}

static int call(const run *r, wp_store *store, wp_extern func) {
    wp_functype type = wp_func_type(func);
    wp_value *values = calloc(type.nparams + type.nresults + 1, sizeof *values);
    if (values == NULL)
        return cli_error("out of memory");
    int status = call_with(r, store, func, values, values + type.nparams);
    free(values);
    return status;
}

static int call_export(const run *r, wp_store *store, wp_instance *instance) {
    wp_extern func;
    const char *name = r->name == NULL ? "_start" : r->name;
    bool found = wp_instance_export(instance, name, strlen(name), &func);
    if (r->name == NULL) {
        bool is_start = found && func.kind == WP_EXTERN_FUNC && wp_func_type(func).nparams == 0;
        return is_start ? call(r, store, func) : CLI_DONE;
    }
    if (!found || func.kind != WP_EXTERN_FUNC) {
        fprintf(stderr, "%s: error: %s '%s'\n", cli_file_name(r->file),
                found ? "no function: export" : "there is no export", name);
        return CLI_FAILED;
    }
    return call(r, store, func);
}

/* ---- The module ---------------------------------------------------------------------------------------------- */

/* Loads or instantiates the module, and calls. */
static int run_in(const run *r, wp_module *module, wp_store *store, wp_process *process) {
    wp_instance *instance;
    wp_diag diag = {.status = WP_OK};
    wp_status status = process == NULL ? wp_instantiate(store, module, &instance, &diag)
                                       : wp_process_load(process, module, &instance, &diag);
    return status == WP_OK ? call_export(r, store, instance) : cli_report(cli_file_name(r->file), &diag);
}

/* The same with fuel, trace and Ctrl-C. */
static int run_guest(const run *r, wp_module *module, wp_store *store, wp_process *process) {
    script_stop stop = {.running = store};
    script_trace *trace = NULL;
    if (r->settings.trace) {
        trace = script_trace_new(r->settings.engine, cli_trace_line, NULL, NULL);
        if (trace == NULL)
            return cli_error("out of memory");
        wp_store_set_trace(store, script_trace_line, trace);
    }
    if (r->settings.has_fuel)
        wp_store_set_fuel(store, r->settings.fuel);
    cli_catch_interrupt(&stop);
    int status = run_in(r, module, store, process);
    cli_catch_interrupt(NULL);
    script_trace_flush(trace);
    script_trace_delete(trace);
    return status;
}

static int run_in_process(const run *r, wp_module *module) {
    wp_process *process;
    wp_diag diag = {.status = WP_OK};
    if (wp_process_new(r->settings.engine, &r->desc, &process, &diag) != WP_OK)
        return cli_error("the process can't be created: %s", diag.message);
    int status = run_guest(r, module, wp_process_store(process), process);
    wp_process_delete(process);
    return status;
}

static int run_plain(const run *r, wp_module *module) {
    wp_store *store;
    wp_diag diag = {.status = WP_OK};
    if (wp_store_new(r->settings.engine, &store, &diag) != WP_OK)
        return cli_report(cli_file_name(r->file), &diag);
    int status = run_guest(r, module, store, NULL);
    wp_store_delete(store);
    return status;
}

static int run_file(const run *r) {
    wp_module *module;
    int end;
    bool contained = script_os_wanted(&r->settings.os, r->desc.backend, r->desc.pointer, r->desc.pages);
    if (r->in_process && contained && !cli_contain(&r->settings, r->file, &end))
        return end;
    wp_diag diag = {.status = WP_OK};
    if (!cli_read_module(r->settings.engine, r->file, &module))
        return CLI_FAILED;
    int status;
    if (wp_module_validate(module, &diag) != WP_OK)
        status = cli_report(cli_file_name(r->file), &diag);
    else
        status = r->in_process ? run_in_process(r, module) : run_plain(r, module);
    wp_module_delete(module);
    return status;
}

int cli_run(const cli_command *self, int argc, char **argv) {
    run r = {.self = self, .desc = {.pointer = WP_T_I32, .stack = 16}};
    int status;
    if (!cli_settings_open(&r.settings))
        return CLI_FAILED;
    if (read_options(&r, argc, argv, &status)) {
        r.desc.backend = r.settings.backend;
        r.desc.aslr = r.settings.aslr;
        r.desc.seed = r.settings.seed;
        status = run_file(&r);
    }
    cli_settings_close(&r.settings);
    return status;
}
