/* options.c: reads the command line and reports its errors; see cli.h. */
#define _DEFAULT_SOURCE

#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Exit statuses ------------------------------------------------------------------------------------------- */

const cli_exit cli_exits[] = {
    {CLI_DONE, "success"},
    {CLI_FAILED, "bad input, a failed assertion, or an error of reading or writing"},
    {CLI_USAGE, "the command line is wrong"},
    {CLI_NOT_RUN, "run: the program can't be started"},
    {CLI_INTERRUPTED, "interrupted"},
    {CLI_TRAPPED, "run: a trap, an uncaught exception, a limit or a crash ended the program"},
};
const size_t cli_exit_count = sizeof cli_exits / sizeof *cli_exits;

/* ---- Messages ------------------------------------------------------------------------------------------------ */

int cli_usage(const cli_command *command, const char *format, ...) {
    va_list args;
    const char *space = command == NULL ? "" : " ", *name = command == NULL ? "" : command->name;
    fprintf(stderr, "wasmproc%s%s: ", space, name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry 'wasmproc%s%s --help'.\n", space, name);
    return CLI_USAGE;
}

int cli_error(const char *format, ...) {
    va_list args;
    fprintf(stderr, "wasmproc: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    return CLI_FAILED;
}

/* Errors of these phases are about a place in the source, so that offset 0 means the first byte. */
static bool cli_is_about_source(wp_status status) {
    return status == WP_MALFORMED || status == WP_INVALID;
}

int cli_report(const char *file, const wp_diag *diag) {
    fprintf(stderr, "%s:", diag->source[0] == '\0' ? file : diag->source);
    if (diag->where.line != 0)
        fprintf(stderr, "%u:%u:", diag->where.line, diag->where.column);
    else if (diag->where.offset != 0 || cli_is_about_source(diag->status))
        fprintf(stderr, "0x%zx:", diag->where.offset);
    /* "unsupported: ..." needs no status before it. */
    const char *phase = diag->status == WP_UNSUPPORTED ? "" : wp_status_name(diag->status);
    fprintf(stderr, " error: %s%s%s\n", phase, *phase == '\0' ? "" : ": ", diag->message);
    bool interrupted = diag->status == WP_EXHAUSTION && strcmp(diag->message, "interrupted") == 0;
    return interrupted ? CLI_INTERRUPTED : CLI_FAILED;
}

/* Checks an argument that is a file to be written. */
static int cli_check_output(const cli_command *command, const char *option, const char *path) {
    if (*path == '\0' || strcmp(path, "-") == 0)
        return cli_usage(command, "%s takes the name of a file, not '%s'", option, path);
    return CLI_DONE;
}

/* ---- Numbers ------------------------------------------------------------------------------------------------- */

bool cli_number(const char *text, uint64_t *out) {
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    /* strtoull would take signs and spaces too. */
    if (!isxdigit((unsigned char)*digits))
        return false;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(digits, &end, hex ? 16 : 10);
    if (errno != 0 || end == digits || *end != '\0')
        return false;
    *out = value;
    return true;
}

/* ---- Options ------------------------------------------------------------------------------------------------- */

/* Commands that run code. */
enum { RUNNING = CLI_FOR_WAST | CLI_FOR_RUN | CLI_FOR_DRIVER };

typedef struct cli_option {
    unsigned commands;    /* that have it */
    int id;               /* a letter, if it has a short form, else a number from 256 on */
    const char *name;     /* long form, without the dashes */
    const char *argument; /* its name; NULL: it takes none; "[=NAME]": it may be left out, and is then NULL */
    const char *text;     /* may have several lines */
} cli_option;

/* In the order of --help. */
static const cli_option options[] = {
    {CLI_FOR_WAST, CLI_JSON, "json", NULL, "report every command as a line of JSON"},
    {CLI_FOR_TABLES, CLI_JSON, "json", NULL, "as JSON"},
    {CLI_FOR_WAST, CLI_VERBOSE, "verbose", NULL, "report also what passes and what is unsupported"},
    {CLI_FOR_RUN, CLI_INVOKE, "invoke", "NAME", "call this exported function with the arguments that\nfollow"},
    {CLI_FOR_RUN, CLI_DIR, "dir", "HOST[::GUEST]", "give the program this folder, by the name GUEST"},
    {CLI_FOR_RUN, CLI_ENV, "env", "NAME=VALUE", "put this in the program's environment"},
    {CLI_FOR_RUN, CLI_PROCESS, "process", "PAGES", "load the module into a process of this extent"},
    {CLI_FOR_RUN, CLI_POINTER, "pointer", "TYPE", "the process's pointer type: i32 (the default) or i64"},
    {CLI_FOR_RUN, CLI_STACK, "stack", "PAGES", "the process's stack size (16)"},
    {CLI_FOR_RUN, CLI_PROCESS_LIMIT, "process-limit", "PAGES", "the most pages that may be accessible at once"},
    {CLI_FOR_RUN, CLI_DICT, "dict", "FILE", "the process's dictionary, a JSON file"},
    {CLI_FOR_RUN, CLI_MAP, "map", "[=FILE.svg]", "print the process's address space at its end, or\ndraw it"},
    {CLI_FOR_PARSE | CLI_FOR_PRINT, CLI_OUTPUT, "output", "FILE", "write to FILE, not to standard output"},
    {CLI_FOR_JSON_FROM_WAST, CLI_OUTPUT, "output", "FILE", "the JSON file; the modules are written beside it"},
    {CLI_FOR_DRIVER, CLI_FDS, "fds", "IN,OUT", "use these descriptors, not standard input and output"},
    {CLI_FOR_WAST | CLI_FOR_RUN, CLI_COVER, "cover", "FILE.info",
     "count what runs, and write lines, functions and\nbranches there, as lcov and genhtml read them"},
    {CLI_FOR_WAST, CLI_OPERANDS, "operands", "FILE.json",
     "count how often each instruction runs, and with\noperands of which classes"},
    {RUNNING, CLI_FUEL, "fuel", "N", "stop a call after N calls and loop iterations"},
    {RUNNING, CLI_BACKEND, "backend", "NAME", "how processes keep their memory: sparse, native"},
    {RUNNING, CLI_ASLR, "aslr", "[=SEED]", "place modules and mappings at random addresses"},
    {CLI_FOR_ALL & ~CLI_FOR_TABLES, CLI_LIMIT, "limit", "NAME=N", "set a limit ('wasmproc tables' lists them)"},
    {RUNNING, CLI_TRACE, "trace", NULL, "trace every executed instruction and rule to\nstandard error"},
    {RUNNING, CLI_OS_PROCESS, "os-process", "[=WHEN]",
     "run each process as an OS process: always, large\n(default: i64, native, over 2^40 bytes) or never"},
    {RUNNING, CLI_OS_MEMORY, "os-memory", "BYTES", "memory limit of an OS process"},
    {RUNNING, CLI_OS_CPU, "os-cpu", "SECONDS", "CPU time limit of an OS process"},
    {CLI_FOR_WAST | CLI_FOR_DRIVER, CLI_OS_TIMEOUT, "os-timeout", "SECONDS",
     "time limit for an answer of an OS process"},
    {CLI_FOR_ALL, CLI_HELP, "help", NULL, "print this help"},
    {CLI_FOR_ALL, CLI_VERSION, "version", NULL, "print the version"},
};
enum { OPTIONS = sizeof options / sizeof *options };

typedef struct getopt_tables {
    struct option longs[OPTIONS + 1];
    char shorts[2 * OPTIONS + 3];
} getopt_tables;

static void cli_fill_tables(getopt_tables *tables, const cli_command *command) {
    size_t count = 0;
    char *next = tables->shorts;
    memset(tables, 0, sizeof *tables);
    *next++ = '-'; /* operands in order, as the option CLI_OPERAND */
    *next++ = ':'; /* a missing argument is told from an unknown option */
    for (const cli_option *o = options; o < options + OPTIONS; o++) {
        if ((o->commands & command->options) == 0)
            continue;
        bool optional = o->argument != NULL && o->argument[0] == '[';
        int argument = o->argument == NULL ? no_argument : optional ? optional_argument : required_argument;
        tables->longs[count++] = (struct option){o->name, argument, NULL, o->id};
        if (o->id >= 256)
            continue;
        *next++ = (char)o->id;
        if (o->argument != NULL)
            *next++ = ':';
    }
}

/* Reports an error of getopt_long. */
static int cli_bad_option(const cli_command *command, int found, char **argv) {
    const char *word = argv[optind - 1];
    if (found == ':')
        return cli_usage(command, "option '%s' needs an argument", word);
    if (optopt > 0 && optopt < 256)
        return cli_usage(command, "unknown option '-%c'", optopt);
    if (optopt >= 256)
        return cli_usage(command, "option '%s' takes no argument", word);
    return cli_usage(command, "unknown option '%s'", word);
}

/* --help and --version. */
static int cli_inform(const cli_command *command, int option) {
    if (option == CLI_HELP)
        cli_print_help(command, stdout);
    else
        printf("wasmproc %s\n", wp_version());
    return CLI_DONE;
}

/* The next option or operand; its argument, or the operand, is then in *argument. CLI_STOP: the status to end with is
 * in *status. */
static int cli_next_option(cli_line *line, char **argument, int *status) {
    getopt_tables tables;
    if (!line->only_operands) {
        cli_fill_tables(&tables, line->command);
        opterr = 0;
        int found = getopt_long(line->argc, line->argv, tables.shorts, tables.longs, NULL);
        line->next = optind;
        *argument = optarg;
        if (found == CLI_HELP || found == CLI_VERSION)
            *status = cli_inform(line->command, found);
        else if (found == '?' || found == ':')
            *status = cli_bad_option(line->command, found, line->argv);
        else if (found != -1)
            return found;
        if (found != -1)
            return CLI_STOP;
        line->only_operands = true; /* getopt_long is not to be asked again */
    }
    if (line->next >= line->argc)
        return CLI_END;
    *argument = line->argv[line->next++];
    return CLI_OPERAND;
}

bool cli_read_line(cli_line *line, cli_take_func take, void *ctx, int *status) {
    int option;
    char *argument;
    while ((option = cli_next_option(line, &argument, status)) != CLI_END) {
        if (option == CLI_STOP)
            return false;
        *status = take(ctx, option, argument);
        if (*status != CLI_DONE)
            return *status == CLI_STOP;
    }
    return true;
}

/* ---- Settings ------------------------------------------------------------------------------------------------ */

/* Notes a limit that the engine has accepted; the last value of each counts. */
static void cli_note_limit(cli_line *line, const char *name, uint64_t value) {
    size_t i = 0;
    while (i < line->options.nlimits && strcmp(line->limits[i].name, name) != 0)
        i++;
    line->limits[i] = (script_limit){name, value};
    line->options.nlimits += i == line->options.nlimits ? 1 : 0;
}

/* The limit of which the first `size` characters are the name. NULL: unknown. */
static const char *cli_find_limit(const char *name, size_t size) {
    for (size_t i = 0; i < wp_limit_count(); i++) {
        wp_limit_info info = wp_limit_get(NULL, i);
        if (strlen(info.name) == size && memcmp(info.name, name, size) == 0)
            return info.name;
    }
    return NULL;
}

static int cli_take_limit(cli_line *line, const char *argument) {
    const cli_command *command = line->command;
    uint64_t value;
    const char *equals = strchr(argument, '=');
    if (equals == NULL || !cli_number(equals + 1, &value))
        return cli_usage(command, "--limit takes NAME=NUMBER, not '%s'", argument);
    const char *name = cli_find_limit(argument, (size_t)(equals - argument));
    if (name == NULL)
        return cli_usage(command, "there is no limit '%.*s'; 'wasmproc tables' lists them", (int)(equals - argument),
                         argument);
    if (!wp_limit_set(line->engine, name, value))
        return cli_usage(command, "limit '%s' can't be %s: that is too large", name, equals + 1);
    cli_note_limit(line, name, value);
    return CLI_DONE;
}

/* --os-process[=WHEN]. */
static int cli_take_when(cli_line *line, const char *argument) {
    script_os *os = &line->options.os;
    os->when = SCRIPT_WHEN_ALWAYS;
    if (argument == NULL || strcmp(argument, "always") == 0)
        return CLI_DONE;
    os->when = strcmp(argument, "large") == 0 ? SCRIPT_WHEN_LARGE : SCRIPT_WHEN_NEVER;
    if (os->when == SCRIPT_WHEN_LARGE || strcmp(argument, "never") == 0)
        return CLI_DONE;
    return cli_usage(line->command, "--os-process takes always, large or never, not '%s'", argument);
}

static int cli_take_os_number(const cli_command *command, const char *name, const char *argument, uint64_t *out) {
    if (cli_number(argument, out) && *out != 0)
        return CLI_DONE;
    return cli_usage(command, "%s takes a number over 0, not '%s'", name, argument);
}

/* Prints a generated seed so the run can be reproduced. */
static int cli_take_seed(cli_line *line, const char *argument) {
    script_options *o = &line->options;
    o->aslr = true;
    if (argument != NULL && !cli_number(argument, &o->seed))
        return cli_usage(line->command, "--aslr takes a number, not '%s'", argument);
    if (argument != NULL)
        return CLI_DONE;
    if (getentropy(&o->seed, sizeof o->seed) != 0)
        return cli_error("no random seed: %s", strerror(errno));
    fprintf(stderr, "wasmproc: --aslr=%" PRIu64 "\n", o->seed);
    return CLI_DONE;
}

/* ---- Command lines ------------------------------------------------------------------------------------------- */

static int cli_take_operand(cli_line *line, char *operand) {
    if (line->command->most == 0)
        return cli_usage(line->command, "'%s' is too many: there are no operands", operand);
    if (line->noperands == line->command->most)
        return cli_usage(line->command, "one file is enough: '%s' is too many", operand);
    line->operands[line->noperands++] = operand; /* in a place of argv that has been read */
    return CLI_DONE;
}

int cli_take_option(void *ctx, int option, char *argument) {
    cli_line *line = ctx;
    const cli_command *command = line->command;
    script_options *o = &line->options;
    switch (option) {
    case CLI_OPERAND: return cli_take_operand(line, argument);
    case CLI_JSON: o->json = true; return CLI_DONE;
    case CLI_VERBOSE: o->verbose = true; return CLI_DONE;
    case CLI_OUTPUT: line->output = argument; return CLI_DONE;
    case CLI_FDS: line->descriptors = argument; return CLI_DONE;
    case CLI_TRACE: o->trace = cli_trace_line; return CLI_DONE;
    case CLI_LIMIT: return cli_take_limit(line, argument);
    case CLI_OS_PROCESS: return cli_take_when(line, argument);
    case CLI_OS_MEMORY: return cli_take_os_number(command, "--os-memory", argument, &o->os.memory);
    case CLI_OS_CPU: return cli_take_os_number(command, "--os-cpu", argument, &o->os.cpu);
    case CLI_OS_TIMEOUT: return cli_take_os_number(command, "--os-timeout", argument, &o->os.timeout);
    case CLI_ASLR: return cli_take_seed(line, argument);
    case CLI_FUEL:
        o->has_fuel = cli_number(argument, &o->fuel);
        return o->has_fuel ? CLI_DONE : cli_usage(command, "--fuel takes a number, not '%s'", argument);
    case CLI_COVER: line->cover = argument; return cli_check_output(command, "--cover", argument);
    case CLI_OPERANDS:
        line->counts = argument;
        if (!wp_rules_enabled())
            return cli_usage(command,
                             "--operands: this build does not count them, the program that 'make check' builds "
                             "does");
        return cli_check_output(command, "--operands", argument);
    default:
        o->backend = strcmp(argument, "native") == 0 ? WP_BACKEND_NATIVE : WP_BACKEND_SPARSE;
        if (o->backend == WP_BACKEND_NATIVE || strcmp(argument, "sparse") == 0)
            return CLI_DONE;
        return cli_usage(command, "unknown back end '%s': not sparse or native", argument);
    }
}

/* Reads the command line and runs the command. */
static int cli_run_line(cli_line *line) {
    int status;
    if (line->command->most == CLI_OWN)
        return line->command->run(line);
    if (!cli_read_line(line, cli_take_option, line, &status))
        return status;
    if (line->command->most != 0 && line->noperands == 0)
        return cli_usage(line->command, "a file is missing");
    return line->command->run(line);
}

int cli_start(const cli_command *command, int argc, char **argv) {
    cli_line line = {.command = command, .argc = argc, .argv = argv, .next = 1, .operands = argv};
    line.engine = wp_engine_new(NULL);
    line.limits = calloc(wp_limit_count(), sizeof *line.limits);
    line.options = (script_options){.limits = line.limits, .os.program = "/proc/self/exe"};
    int status = line.engine != NULL && line.limits != NULL ? cli_run_line(&line) : cli_error("out of memory");
    wp_engine_delete(line.engine);
    free(line.limits);
    return status;
}

/* ---- Help ---------------------------------------------------------------------------------------------------- */

enum { OPTION_COLUMN = 26 };

/* "  -o, --output FILE       text", further lines of the text below the first; all of it below a long option. */
static void cli_print_option(const cli_option *option, FILE *out) {
    char letter[8] = "    ";
    if (option->id < 256)
        snprintf(letter, sizeof letter, "-%c, ", option->id);
    const char *argument = option->argument == NULL ? "" : option->argument;
    const char *space = *argument == '\0' || *argument == '[' ? "" : " ";
    int width = fprintf(out, "  %s--%s%s%s", letter, option->name, space, argument);
    if (width >= OPTION_COLUMN)
        width = fprintf(out, "\n") - 1;
    fprintf(out, "%*s", OPTION_COLUMN - width, "");
    for (const char *line = option->text; line != NULL;) {
        const char *end = strchr(line, '\n');
        fprintf(out, "%.*s\n", end == NULL ? (int)strlen(line) : (int)(end - line), line);
        line = end == NULL ? NULL : end + 1;
        if (line != NULL)
            fprintf(out, "%*s", OPTION_COLUMN, "");
    }
}

void cli_print_options(unsigned commands, FILE *out) {
    for (const cli_option *o = options; o < options + OPTIONS; o++)
        if ((o->commands & commands) == commands)
            cli_print_option(o, out);
}

void cli_print_help(const cli_command *command, FILE *out) {
    fprintf(out, "usage: wasmproc %s%s%s\n\n%s\n\noptions:\n", command->name, *command->operands == '\0' ? "" : " ",
            command->operands, command->text);
    cli_print_options(command->options, out);
}
