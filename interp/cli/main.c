/* main.c: the program wasmproc: chooses the command; see cli.h. */
#include "cli/cli.h"

#include <signal.h>
#include <string.h>

/* ---- Commands ------------------------------------------------------------------------------------------------ */

static const cli_command commands[] = {
    {"wast", "[OPTION...] FILE...", "run test scripts",
     "Runs test scripts (.wast), and prints the commands that fail and a summary. FILE\n"
     "may be -, standard input.",
     CLI_FOR_WAST, CLI_MANY, cli_wast},
    {"run", "[OPTION...] FILE [--invoke NAME] [ARGUMENT...]", "run a program or a function",
     "Instantiates a module, binary or text, and runs it as a program: calls _start,\n"
     "and ends with the program's exit status. It can import WASI preview 1. Its\n"
     "arguments begin at the first operand after FILE, or after --; no word from there\n"
     "on is an option.\n\n"
     "--invoke calls an exported function instead. Arguments are integers (decimal or\n"
     "hexadecimal, negative too), floats (also inf, nan and nan:0xPAYLOAD) and\n"
     "ref.null, of the types of its parameters. Prints one result a line.\n\n"
     "--process loads the module into a new process instead of instantiating it.",
     CLI_FOR_RUN, CLI_OWN, cli_run},
    {"validate", "[OPTION...] FILE...", "check modules",
     "Decodes or parses modules, binary or text, and validates them. Prints nothing\n"
     "when they are valid.",
     CLI_FOR_VALIDATE, CLI_MANY, cli_validate},
    {"parse", "[OPTION...] FILE", "translate a module from text to binary",
     "Parses a text module and writes it in the binary format. It is not validated.", CLI_FOR_PARSE, 1, cli_parse},
    {"print", "[OPTION...] FILE", "translate a module to text",
     "Decodes or parses a module, binary or text, and writes it in the text format. It\n"
     "is not validated.",
     CLI_FOR_PRINT, 1, cli_print},
    {"json-from-wast", "[OPTION...] FILE -o DIR/NAME.json", "translate a test script to JSON",
     "Translates a test script to JSON, and its modules to the binary format, for test\n"
     "harnesses of engines that cannot read scripts.",
     CLI_FOR_JSON_FROM_WAST, 1, cli_json_from_wast},
    {"driver", "[OPTION...]", "take commands from a program",
     "Reads commands from standard input, a line of JSON each, and answers each with a\n"
     "line of JSON on standard output, up to the end of the input. With --fds, what\n"
     "programs print goes to standard output.",
     CLI_FOR_DRIVER, 0, cli_driver},
    {"tables", "[OPTION...]", "print the tables of this build",
     "Prints the tables of this build: instructions, features, limits, rules of the\n"
     "process model, texts of traps, and exit statuses.",
     CLI_FOR_TABLES, 0, cli_tables},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
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
    cli_print_options(CLI_FOR_ALL, out);
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
