/* run.c: the command run; see cli.h. */
#define _POSIX_C_SOURCE 200809L

#include "cli/cli.h"

#include "cli/dict.h"
#include "cli/map.h"

#include "coverage/tracefile.h"
#include "script/trace.h"
#include "script/value.h"
#include "wasi/wasi.h"

#include <stdlib.h>
#include <string.h>

typedef struct run {
    cli_line *line;
    const char *file;
    const char *name; /* of the function; NULL: _start, if there is one */
    char **arguments; /* of the function, or of the program */
    size_t narguments;
    wasi_folder *folders; /* the program's, like the rest */
    size_t nfolders;
    const char **environment;
    size_t nenvironment;
    wasi *wasi;
    bool in_process;
    const char *needs_process; /* an option that requires --process; NULL: none was given */
    const char *dictionary;    /* a file; NULL: none */
    bool print_map;
    const char *map_file; /* NULL: it is not drawn */
    wp_process_desc desc;
} run;

/* ---- Options ------------------------------------------------------------------------------------------------- */

/* The options about processes. Returns CLI_DONE or CLI_USAGE. */
static int run_take_process_option(run *r, int option, const char *argument) {
    if (option == CLI_POINTER) {
        r->needs_process = "--pointer";
        r->desc.pointer = strcmp(argument, "i64") == 0 ? WP_T_I64 : WP_T_I32;
        if (strcmp(argument, "i32") != 0 && strcmp(argument, "i64") != 0)
            return cli_usage(r->line->command, "--pointer takes i32 or i64, not '%s'", argument);
        return CLI_DONE;
    }
    bool is_limit = option == CLI_PROCESS_LIMIT;
    uint64_t *pages = option == CLI_PROCESS ? &r->desc.pages : is_limit ? &r->desc.limit : &r->desc.stack;
    const char *name = option == CLI_PROCESS ? "--process" : is_limit ? "--process-limit" : "--stack";
    if (!cli_number(argument, pages))
        return cli_usage(r->line->command, "%s takes a number of pages, not '%s'", name, argument);
    r->desc.limited |= is_limit;
    if (option == CLI_PROCESS)
        r->in_process = true;
    else
        r->needs_process = name;
    return CLI_DONE;
}

/* --map or --map=FILE.svg. */
static int run_take_map(run *r, const char *argument) {
    static const char suffix[] = ".svg";
    size_t size = argument == NULL ? 0 : strlen(argument);
    r->needs_process = "--map";
    if (argument == NULL)
        r->print_map = true;
    else if (size < sizeof suffix || strcmp(argument + size - (sizeof suffix - 1), suffix) != 0)
        return cli_usage(r->line->command, "--map draws to a file whose name ends in .svg, not to '%s'", argument);
    else
        r->map_file = argument;
    return CLI_DONE;
}

/* "HOST" or "HOST::GUEST". */
static int run_take_folder(run *r, char *argument) {
    char *colons = strstr(argument, "::"), *guest = colons == NULL ? argument : colons + 2;
    if (argument == colons || *guest == '\0')
        return cli_usage(r->line->command, "--dir takes HOST or HOST::GUEST, not '%s'", argument);
    if (colons != NULL)
        *colons = '\0';
    r->folders[r->nfolders++] = (wasi_folder){argument, guest};
    return CLI_DONE;
}

static int run_take_variable(run *r, const char *argument) {
    const char *equals = strchr(argument, '=');
    if (equals == NULL || equals == argument)
        return cli_usage(r->line->command, "--env takes NAME=VALUE, not '%s'", argument);
    r->environment[r->nenvironment++] = argument;
    return CLI_DONE;
}

/* Takes all words from here on as arguments, even negative numbers and options of the program. */
static int run_take_arguments(run *r, int first) {
    r->arguments = r->line->argv + first;
    r->narguments = (size_t)(r->line->argc - first);
    return CLI_STOP;
}

static int run_take_option(void *ctx, int option, char *argument) {
    run *r = ctx;
    switch (option) {
    case CLI_OPERAND:
        if (r->file != NULL)
            return run_take_arguments(r, r->line->next - 1);
        r->file = argument;
        return CLI_DONE;
    case CLI_INVOKE: r->name = argument; return run_take_arguments(r, r->line->next);
    case CLI_PROCESS:
    case CLI_POINTER:
    case CLI_STACK:
    case CLI_PROCESS_LIMIT: return run_take_process_option(r, option, argument);
    case CLI_MAP: return run_take_map(r, argument);
    case CLI_DICT:
        r->needs_process = "--dict";
        r->dictionary = argument;
        return CLI_DONE;
    case CLI_DIR: return run_take_folder(r, argument);
    case CLI_ENV: return run_take_variable(r, argument);
    case CLI_OS_PROCESS:
        if (argument == NULL || strcmp(argument, "always") == 0)
            r->needs_process = "--os-process";
        /* fall through */
    default: return cli_take_option(r->line, option, argument);
    }
}

/* Reads the options. False: end with *status. */
static bool run_read_options(run *r, int *status) {
    const cli_command *self = r->line->command;
    if (!cli_read_line(r->line, run_take_option, r, status))
        return false;
    *status = CLI_USAGE;
    if (r->file == NULL)
        (void)cli_usage(self, r->name == NULL ? "a file is missing" : "a file is missing: it stands before --invoke");
    else if (r->line->cover != NULL && strcmp(r->file, "-") == 0)
        (void)cli_usage(self, "--cover needs a module that is a file, not standard input");
    else if (r->needs_process != NULL && !r->in_process)
        (void)cli_usage(self, "%s needs --process", r->needs_process);
    else
        return true;
    return false;
}

/* ---- Ends ---------------------------------------------------------------------------------------------------- */

/* The exit status when a load or a call did not return. Of a program's own status, the host keeps the low 8 bits. */
static int run_end_status(const run *r, const wp_store *store, const wp_diag *diag) {
    if (diag->status == WP_EXIT)
        return (int)(wp_store_exit_code(store) & 0xFF);
    int status = cli_report(cli_file_name(r->file), diag);
    if (status == CLI_INTERRUPTED)
        return status;
    bool ran = diag->status == WP_TRAP || diag->status == WP_EXCEPTION || diag->status == WP_EXHAUSTION;
    return ran ? CLI_TRAPPED : CLI_NOT_RUN;
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* Reads a number with the text format's own rules. */
static wp_status run_read_number(wp_text *text, wp_valtype type, wp_value *out) {
    wp_token token, end;
    wp_status status = wp_text_next(text, &token, NULL);
    if (status == WP_OK)
        status = wp_text_next(text, &end, NULL);
    if (status == WP_OK && (token.kind != WP_TOK_NUMBER || end.kind != WP_TOK_EOF))
        status = WP_MALFORMED;
    return status == WP_OK ? wp_text_number(text, &token, type, out, NULL) : status;
}

/* Reads an argument as a value of a type: a number as the text format writes it, or ref.null. */
static bool run_read_value(wp_engine *engine, const char *argument, wp_valtype type, wp_value *out) {
    if ((type & WP_T_REF) != 0) {
        *out = (wp_value){.type = type, .of = {.ref = {0}}};
        return (type & WP_T_NULL) != 0 && strcmp(argument, "ref.null") == 0;
    }
    wp_text *text;
    if (wp_text_open(engine, argument, strlen(argument), &text, NULL) != WP_OK)
        return false;
    wp_status status = run_read_number(text, type, out);
    wp_text_close(text);
    return status == WP_OK;
}

/* Prints a result in the form in which it could be an argument. */
static void run_print_value(const wp_value *value) {
    char text[SCRIPT_VALUE_SIZE];
    bool is_ref = (value->type & WP_T_REF) != 0;
    wp_ref_kind kind = is_ref ? wp_ref_get_kind(value->of.ref) : WP_REF_OTHER;
    if (kind == WP_REF_NULL || kind == WP_REF_FUNC)
        snprintf(text, sizeof text, "%s", kind == WP_REF_NULL ? "ref.null" : "ref.func");
    else if (value->type >= WP_T_I32 && value->type <= WP_T_F64)
        script_print_number(value->type, script_result_bits(value), text, sizeof text);
    else
        script_print_result(value, text, sizeof text);
    puts(text);
}

/* ---- The call ------------------------------------------------------------------------------------------------ */

/* Reads the arguments as the parameters' types have them. */
static int run_read_arguments(const run *r, const wp_functype *type, wp_value *args) {
    if (r->narguments != type->nparams)
        return cli_usage(r->line->command, "'%s' takes %zu arguments, not %zu", r->name, type->nparams, r->narguments);
    for (size_t i = 0; i < type->nparams; i++)
        if (!run_read_value(r->line->engine, r->arguments[i], type->params[i], &args[i])) {
            char name[128];
            wp_valtype_print(type->params[i], name, sizeof name);
            return cli_usage(r->line->command, "argument %zu of '%s' is of type %s, which '%s' is not", i + 1, r->name,
                             name, r->arguments[i]);
        }
    return CLI_DONE;
}

static int run_call_with(const run *r, wp_store *store, wp_extern func, wp_value *args, wp_value *results) {
    wp_functype type = wp_func_type(func);
    wp_diag diag = {.status = WP_OK};
    int status = r->name == NULL ? CLI_DONE : run_read_arguments(r, &type, args);
    if (status != CLI_DONE)
        return status;
    if (wp_call(store, func, args, type.nparams, results, type.nresults, &diag) != WP_OK)
        return run_end_status(r, store, &diag);
    for (size_t i = 0; i < type.nresults; i++)
        run_print_value(&results[i]);
    return CLI_DONE;
}

static int run_call(const run *r, wp_store *store, wp_extern func) {
    wp_functype type = wp_func_type(func);
    wp_value *values = calloc(type.nparams + type.nresults + 1, sizeof *values);
    if (values == NULL)
        return cli_error("out of memory");
    int status = run_call_with(r, store, func, values, values + type.nparams);
    free(values);
    return status;
}

/* Finds an exported function. */
static bool run_find_function(wp_instance *instance, const char *name, wp_extern *out) {
    return wp_instance_export(instance, name, strlen(name), out) && out->kind == WP_EXTERN_FUNC &&
           wp_func_type(*out).nparams == 0;
}

/* Initialises a module that is not a program but has functions to call. In a process the loader does it. */
static int run_initialize(const run *r, wp_store *store, wp_instance *instance) {
    wp_extern func;
    wp_diag diag = {.status = WP_OK};
    if (run_find_function(instance, "_start", &func) || !run_find_function(instance, "_initialize", &func) ||
        wp_func_type(func).nresults != 0 || wp_call(store, func, NULL, 0, NULL, 0, &diag) == WP_OK)
        return CLI_DONE;
    return run_end_status(r, store, &diag);
}

static int run_call_export(const run *r, wp_store *store, wp_instance *instance) {
    wp_extern func;
    if (r->name == NULL)
        return run_find_function(instance, "_start", &func) ? run_call(r, store, func) : CLI_DONE;
    bool found = wp_instance_export(instance, r->name, strlen(r->name), &func);
    if (!found || func.kind != WP_EXTERN_FUNC) {
        fprintf(stderr, "%s: error: %s '%s'\n", cli_file_name(r->file),
                found ? "no function: export" : "there is no export", r->name);
        return CLI_NOT_RUN;
    }
    return run_call(r, store, func);
}

/* ---- The module ---------------------------------------------------------------------------------------------- */

/* Instantiates or loads a module, and calls it. The memory of a process is there before; a module's only now. */
static int run_loaded(const run *r, wp_module *module, wp_store *store, wp_process *process) {
    wp_extern memory;
    wp_instance *instance;
    wp_diag diag = {.status = WP_OK};
    if (process != NULL && wp_process_memory(process, &memory))
        wasi_set_memory(r->wasi, memory);
    wp_status loaded = wasi_define(r->wasi, store, r->desc.pointer, module, &diag);
    if (loaded == WP_OK)
        loaded = process == NULL ? wp_instantiate(store, module, &instance, &diag)
                                 : wp_process_load(process, module, &instance, &diag);
    if (loaded != WP_OK)
        return run_end_status(r, store, &diag);
    if (process != NULL)
        return run_call_export(r, store, instance);
    if (wp_instance_export(instance, "memory", strlen("memory"), &memory) && memory.kind == WP_EXTERN_MEMORY)
        wasi_set_memory(r->wasi, memory);
    int status = run_initialize(r, store, instance);
    return status == CLI_DONE ? run_call_export(r, store, instance) : status;
}

/* Runs it with fuel, trace and Ctrl-C. */
static int run_guest(const run *r, wp_module *module, wp_store *store, wp_process *process) {
    script_stop stop = {.running = store};
    script_trace *trace = NULL;
    wp_arena arena;
    wp_arena_init(&arena, NULL);
    if (r->line->options.trace != NULL) {
        trace = script_trace_new(r->line->engine, cli_trace_line, NULL, &arena);
        if (trace == NULL)
            return cli_error("out of memory");
        wp_store_set_trace(store, script_trace_line, trace);
    }
    if (r->line->options.has_fuel)
        wp_store_set_fuel(store, r->line->options.fuel);
    cli_catch_interrupt(&stop);
    int status = run_loaded(r, module, store, process);
    cli_catch_interrupt(NULL);
    script_trace_flush(trace);
    wp_arena_release(&arena);
    return status;
}

static int run_draw_map(const run *r, const map *m) {
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    bool drawn = memory != NULL && map_draw(m, cli_file_name(r->file), memory);
    drawn = memory != NULL && fclose(memory) == 0 && drawn;
    int status = drawn ? cli_write(r->map_file, text, size) : cli_error("out of memory");
    free(text);
    return status;
}

/* Shows the address space as the program has left it. Returns the status, or CLI_FAILED in place of CLI_DONE. */
static int run_show_map(const run *r, wp_process *process, int status) {
    map m;
    wp_diag diag = {.status = WP_OK};
    if (!r->print_map && r->map_file == NULL)
        return status;
    if (map_read(process, &r->desc, &m, &diag) != WP_OK) {
        (void)cli_error("no map: %s", diag.message);
        return status == CLI_DONE ? CLI_FAILED : status;
    }
    (void)fflush(stdout);
    if (r->print_map)
        map_print(&m, stderr);
    int drawn = r->map_file == NULL ? CLI_DONE : run_draw_map(r, &m);
    map_free(&m);
    return status == CLI_DONE ? drawn : status;
}

static int run_with_process(const run *r, wp_module *module) {
    wp_process *process = NULL;
    wp_diag diag = {.status = WP_OK};
    dict *dictionary = r->dictionary == NULL ? NULL : dict_read(r->dictionary);
    int status = CLI_NOT_RUN;
    if (r->dictionary != NULL && dictionary == NULL)
        return CLI_NOT_RUN;
    if (wp_process_new(r->line->engine, &r->desc, &process, &diag) != WP_OK)
        (void)cli_error("the process can't be created: %s", diag.message);
    else if (dictionary != NULL && dict_bind(dictionary, process, &diag) != WP_OK)
        (void)cli_report(cli_file_name(r->dictionary), &diag);
    else
        status = run_show_map(r, process, run_guest(r, module, wp_process_store(process), process));
    wp_process_delete(process);
    dict_free(dictionary);
    return status;
}

static int run_with_store(const run *r, wp_module *module) {
    wp_store *store;
    wp_diag diag = {.status = WP_OK};
    if (wp_store_new(r->line->engine, &store, &diag) != WP_OK)
        return cli_error("%s", diag.message);
    int status = run_guest(r, module, store, NULL);
    wp_store_delete(store);
    return status;
}

/* ---- The program --------------------------------------------------------------------------------------------- */

/* Gives the program the arguments, variables and folders of the options. */
static int run_with_wasi(run *r, wp_module *module) {
    wp_diag diag = {.status = WP_OK};
    size_t narguments = r->name == NULL ? r->narguments : 0;
    const char **arguments = calloc(narguments + 1, sizeof *arguments);
    if (arguments == NULL)
        return cli_error("out of memory");
    arguments[0] = r->file;
    for (size_t i = 0; i < narguments; i++)
        arguments[i + 1] = r->arguments[i];
    wasi_options options = {arguments,  narguments + 1, r->environment, r->nenvironment,
                            r->folders, r->nfolders,    false,          NULL};
    wp_status status = wasi_new(&options, &r->wasi, &diag);
    free(arguments);
    if (status != WP_OK) {
        (void)cli_error("%s", diag.message);
        return CLI_NOT_RUN;
    }
    int result = r->in_process ? run_with_process(r, module) : run_with_store(r, module);
    wasi_delete(r->wasi);
    return result;
}

/* Runs the program and writes the coverage. */
static int run_with_cover(run *r, wp_module *module) {
    wp_diag diag = {.status = WP_OK};
    tracefile *cover = cli_cover_new(r->line->cover);
    if (cover == NULL)
        return CLI_NOT_RUN;
    wp_coverage_start(r->line->engine);
    int status = run_with_wasi(r, module);
    if (tracefile_collect(cover, r->line->engine, &diag) == WP_OK)
        return cli_cover_finish(cover, r->line->cover, status);
    tracefile_delete(cover);
    int failed = cli_error("coverage: %s", diag.message);
    return status == CLI_DONE ? failed : status;
}

static int run_module(run *r, wp_module *module) {
    wp_diag diag = {.status = WP_OK};
    const wp_location own = {0, 0, 0};
    const char *name = cli_file_name(r->file);
    /* Maps and messages call it by its file, if it has no name. */
    if (wp_module_id(module) == NULL && !wp_module_set_id(module, name, strlen(name))) {
        (void)cli_error("out of memory");
        return CLI_NOT_RUN;
    }
    if (wp_module_validate(module, &diag) != WP_OK ||
        wp_module_set_source(module, r->file, strlen(r->file), own, &diag) != WP_OK) {
        (void)cli_report(name, &diag);
        return CLI_NOT_RUN;
    }
    return r->line->cover == NULL ? run_with_wasi(r, module) : run_with_cover(r, module);
}

static int run_file(run *r) {
    wp_module *module;
    int end;
    bool contained = script_os_wanted(&r->line->options.os, r->desc.backend, r->desc.pointer, r->desc.pages);
    if (r->in_process && contained && !cli_contain(&r->line->options.os, r->file, &end))
        return end;
    if (!cli_read_module(r->line->engine, r->file, &module))
        return CLI_NOT_RUN;
    int status = run_module(r, module);
    wp_module_delete(module);
    return status;
}

/* Allocates for argc entries: an option is a word or two, so there are fewer. */
static bool run_make_lists(run *r, int argc) {
    r->folders = calloc((size_t)argc, sizeof *r->folders);
    r->environment = calloc((size_t)argc, sizeof *r->environment);
    return r->folders != NULL && r->environment != NULL;
}

int cli_run(cli_line *line) {
    run r = {.line = line, .desc = {.pointer = WP_T_I32, .stack = 16}};
    int status;
    if (!run_make_lists(&r, line->argc))
        status = cli_error("out of memory");
    else if (run_read_options(&r, &status)) {
        r.desc.backend = line->options.backend;
        r.desc.fetch = dict_fetch;
        r.desc.aslr = line->options.aslr;
        r.desc.seed = line->options.seed;
        status = run_file(&r);
    }
    free(r.folders);
    free(r.environment);
    return status;
}
