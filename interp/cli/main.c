/* main.c: the program wasmproc: chooses the command; see cli.h. */
#include "cli/cli.h"

#include <signal.h>
#include <string.h>

/* ---- Options ------------------------------------------------------------------------------------------------- */

static const cli_option option_limit = {CLI_LIMIT, "limit", "NAME=N", "set a limit ('wasmproc tables' lists them)"};
static const cli_option option_fuel = {CLI_FUEL, "fuel", "N", "stop a call after N calls and loop iterations"};
static const cli_option option_backend = {CLI_BACKEND, "backend", "NAME",
                                          "how processes keep their memory: sparse, native"};
static const cli_option option_aslr = {CLI_ASLR, "aslr", "[=SEED]", "choose places of modules and mappings at random"};
static const cli_option option_trace = {CLI_TRACE, "trace", NULL, "write every instruction and rule to standard error"};
static const cli_option option_cover = {
    CLI_COVER, "cover", "FILE.info",
    "count what runs, and write lines, functions and\nbranches there, as lcov and genhtml read them"};
static const cli_option option_os_process = {
    CLI_OS_PROCESS, "os-process", "[=WHEN]",
    "processes are OS processes: always, large (the\ndefault: i64, native, over 2^40 bytes) or never"};
static const cli_option option_os_memory = {CLI_OS_MEMORY, "os-memory", "BYTES", "memory that an OS process may use"};
static const cli_option option_os_cpu = {CLI_OS_CPU, "os-cpu", "SECONDS", "CPU time that an OS process may use"};
static const cli_option option_os_timeout = {CLI_OS_TIMEOUT, "os-timeout", "SECONDS",
                                             "time in which an OS process must answer a command"};
static const cli_option option_wast_json = {CLI_JSON, "json", NULL, "report every command as a line of JSON"};
static const cli_option option_verbose = {CLI_VERBOSE, "verbose", NULL,
                                          "report also what passes and what is unsupported"};
static const cli_option option_counts = {CLI_OPERANDS, "operands", "FILE.json",
                                         "count how often each instruction runs, and with\noperands of which classes"};
static const cli_option option_invoke = {CLI_INVOKE, "invoke", "NAME",
                                         "call this exported function; all that follows is its\narguments"};
static const cli_option option_dir = {CLI_DIR, "dir", "HOST[::GUEST]",
                                      "give the program this folder, by the name GUEST"};
static const cli_option option_env = {CLI_ENV, "env", "NAME=VALUE", "put this in the program's environment"};
static const cli_option option_process = {CLI_PROCESS, "process", "PAGES",
                                          "load the module into a process of this extent"};
static const cli_option option_pointer = {CLI_POINTER, "pointer", "TYPE",
                                          "the process's pointer type: i32 (the default) or i64"};
static const cli_option option_stack = {CLI_STACK, "stack", "PAGES", "the process's stack size (16)"};
static const cli_option option_dictionary = {CLI_DICT, "dict", "FILE", "the process's dictionary: where libraries are"};
static const cli_option option_map = {CLI_MAP, "map", "[=FILE.svg]",
                                      "print the process's address space at its end, or\ndraw it"};
static const cli_option option_output = {CLI_OUTPUT, "output", "FILE", "write here, not to standard output"};
static const cli_option option_json_output = {CLI_OUTPUT, "output", "FILE",
                                              "the JSON file; the modules are written beside it"};
static const cli_option option_descriptors = {CLI_FDS, "fds", "IN,OUT",
                                              "use these descriptors, not standard input and output"};
static const cli_option option_tables_json = {CLI_JSON, "json", NULL, "as JSON"};

/* In the order of --help. */
static const cli_option *const wast_options[] = {&option_wast_json,  &option_verbose,
                                                 &option_cover,      &option_counts,
                                                 &option_fuel,       &option_backend,
                                                 &option_aslr,       &option_limit,
                                                 &option_trace,      &option_os_process,
                                                 &option_os_memory,  &option_os_cpu,
                                                 &option_os_timeout, NULL};
static const cli_option *const run_options[] = {
    &option_invoke,     &option_dir,   &option_env,        &option_process,   &option_pointer, &option_stack,
    &option_dictionary, &option_map,   &option_cover,      &option_backend,   &option_aslr,    &option_fuel,
    &option_limit,      &option_trace, &option_os_process, &option_os_memory, &option_os_cpu,  NULL};
static const cli_option *const validate_options[] = {&option_limit, NULL};
static const cli_option *const parse_options[] = {&option_output, &option_limit, NULL};
static const cli_option *const json_from_wast_options[] = {&option_json_output, &option_limit, NULL};
static const cli_option *const driver_options[] = {
    &option_descriptors, &option_fuel,      &option_backend, &option_aslr,       &option_limit, &option_trace,
    &option_os_process,  &option_os_memory, &option_os_cpu,  &option_os_timeout, NULL};
static const cli_option *const tables_options[] = {&option_tables_json, NULL};

/* ---- Commands ------------------------------------------------------------------------------------------------ */

static const char tables_text[] = "Prints what this build knows about itself: instructions, features, limits,\n"
                                  "rules of the process model, texts of traps, and exit statuses.";

static const cli_command commands[] = {
    {"wast", "[OPTION...] FILE...", "run test scripts",
     "Runs test scripts (.wast), and prints the commands that fail and a summary. FILE\n"
     "may be -, standard input.",
     wast_options, CLI_MANY, cli_wast},
    {"run", "[OPTION...] FILE [--invoke NAME] [ARGUMENT...]", "run a program or a function",
     "Instantiates a module, binary or text, and runs it as a program: calls _start,\n"
     "and ends with the program's exit status. It can import WASI preview 1. The\n"
     "operands after FILE are its arguments; from the first or from -- on all are.\n\n"
     "With --invoke calls another function: the arguments are integers (decimal or\n"
     "hexadecimal, negative too), floats (also inf, nan and nan:0xPAYLOAD) and\n"
     "ref.null, as the function's parameters have it. Prints one result a line.\n\n"
     "With --process the module is loaded into a new process instead.",
     run_options, CLI_OWN, cli_run},
    {"validate", "[OPTION...] FILE...", "check modules",
     "Decodes or parses modules, binary or text, and validates them. Prints nothing\n"
     "when they are valid.",
     validate_options, CLI_MANY, cli_validate},
    {"parse", "[OPTION...] FILE", "translate a module from text to binary",
     "Parses a text module and writes it in the binary format. It is not validated.", parse_options, 1, cli_parse},
    {"print", "[OPTION...] FILE", "translate a module to text",
     "Decodes or parses a module, binary or text, and writes it in the text format. It\n"
     "is not validated.",
     parse_options, 1, cli_print},
    {"json-from-wast", "[OPTION...] FILE -o DIR/NAME.json", "translate a test script to JSON",
     "Translates a test script to JSON, and its modules to the binary format: what a\n"
     "test harness needs to run it with an engine that cannot read scripts.",
     json_from_wast_options, 1, cli_json_from_wast},
    {"driver", "[OPTION...]", "take commands from a program",
     "Reads commands from standard input, a line of JSON each, and answers each with a\n"
     "line of JSON on standard output, up to the end of the input. With --fds, what\n"
     "programs print goes to standard output.",
     driver_options, 0, cli_driver},
    {"tables", "[OPTION...]", "print what this build knows and supports", tables_text, tables_options, 0, cli_tables},
    {NULL, NULL, NULL, NULL, NULL, 0, NULL},
};

static const cli_command *main_find_command(const char *name) {
    if (strcmp(name, "dump-tables") == 0)
        name = "tables";
    for (const cli_command *c = commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static void main_print_program_help(FILE *out) {
    fprintf(out, "usage: wasmproc COMMAND [OPTION...] [OPERAND...]\n\n"
                 "The reference interpreter of WebAssembly with processes.\n\ncommands:\n");
    for (const cli_command *c = commands; c->name != NULL; c++)
        fprintf(out, "  %-16s%s\n", c->name, c->summary);
    fprintf(out, "\n'wasmproc COMMAND --help' says more about a command.\n\noptions:\n");
    cli_print_common_options(out);
    fprintf(out, "\nexit status:\n");
    for (size_t i = 0; i < cli_exit_count; i++)
        fprintf(out, "  %-6d%s\n", cli_exits[i].status, cli_exits[i].text);
}

/* "wasmproc help [COMMAND]". */
static int main_help(int argc, char **argv) {
    const cli_command *command = argc > 2 ? main_find_command(argv[2]) : NULL;
    if (argc > 2 && command == NULL)
        return cli_usage(NULL, "there is no command '%s'", argv[2]);
    if (command != NULL)
        cli_print_help(command, stdout);
    else
        main_print_program_help(stdout);
    return CLI_DONE;
}

static int main_dispatch(int argc, char **argv) {
    if (argc < 2)
        return cli_usage(NULL, "a command is missing");
    const char *name = argv[1];
    const cli_command *command = main_find_command(name);
    if (command != NULL)
        return cli_start(command, argc - 1, argv + 1);
    if (strcmp(name, "help") == 0)
        return main_help(argc, argv);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return main_help(1, argv);
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("wasmproc %s\n", wp_version());
        return CLI_DONE;
    }
    return cli_usage(NULL, name[0] == '-' ? "unknown option '%s'" : "there is no command '%s'", name);
}

int main(int argc, char **argv) {
    /* A closed pipe is an error of the write that meets it, with a message and an exit status of ours. */
    (void)signal(SIGPIPE, SIG_IGN);
    /* Ignored by the parent, it would hide how OS processes end. */
    (void)signal(SIGCHLD, SIG_DFL);
    return cli_finish(main_dispatch(argc, argv));
}
