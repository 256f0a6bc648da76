/* options.c: reading the command line, and saying what is wrong with it; see cli.h. */
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

int cli_output_check(const cli_command *command, const char *option, const char *path) {
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

enum { MOST_OPTIONS = 32 };

/* Every command has these two. */
static const cli_option help = {CLI_HELP, "help", NULL, "print this help"};
static const cli_option version = {CLI_VERSION, "version", NULL, "print the version"};
static const cli_option *const common[] = {&help, &version, NULL};

typedef struct getopt_tables {
    struct option longs[MOST_OPTIONS + 1];
    char shorts[2 * MOST_OPTIONS + 3];
} getopt_tables;

static void cli_add_options(getopt_tables *tables, size_t *count, char **next, const cli_option *const *options) {
    for (; *options != NULL && *count < MOST_OPTIONS; options++) {
        const cli_option *o = *options;
        bool optional = o->argument != NULL && o->argument[0] == '[';
        int argument = o->argument == NULL ? no_argument : optional ? optional_argument : required_argument;
        tables->longs[(*count)++] = (struct option){o->name, argument, NULL, o->id};
        if (o->id >= 256)
            continue;
        *(*next)++ = (char)o->id;
        if (o->argument != NULL)
            *(*next)++ = ':';
    }
}

static void cli_fill_tables(getopt_tables *tables, const cli_command *command) {
    size_t count = 0;
    char *next = tables->shorts;
    memset(tables, 0, sizeof *tables);
    *next++ = '-'; /* operands in order, as the option CLI_OPERAND */
    *next++ = ':'; /* a missing argument is told from an unknown option */
    cli_add_options(tables, &count, &next, common);
    cli_add_options(tables, &count, &next, command->options);
}

/* Reports what getopt_long did not like. */
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

cli_reader cli_read_options(const cli_command *command, int argc, char **argv) {
    return (cli_reader){command, argc, argv, 1, false};
}

/* --help and --version. */
static int cli_inform(const cli_command *command, int option) {
    if (option == CLI_HELP)
        cli_print_help(command, stdout);
    else
        printf("wasmproc %s\n", wp_version());
    return CLI_DONE;
}

int cli_next_option(cli_reader *reader, char **argument, int *status) {
    getopt_tables tables;
    if (!reader->only_operands) {
        cli_fill_tables(&tables, reader->command);
        opterr = 0;
        int found = getopt_long(reader->argc, reader->argv, tables.shorts, tables.longs, NULL);
        reader->next = optind;
        *argument = optarg;
        if (found == CLI_HELP || found == CLI_VERSION)
            *status = cli_inform(reader->command, found);
        else if (found == '?' || found == ':')
            *status = cli_bad_option(reader->command, found, reader->argv);
        else if (found != -1)
            return found;
        if (found != -1)
            return CLI_STOP;
        reader->only_operands = true; /* getopt_long is not to be asked again */
    }
    if (reader->next >= reader->argc)
        return CLI_END;
    *argument = reader->argv[reader->next++];
    return CLI_OPERAND;
}

/* ---- Settings ------------------------------------------------------------------------------------------------ */

bool cli_settings_open(cli_settings *settings) {
    *settings = (cli_settings){.engine = wp_engine_new(NULL), .backend = WP_BACKEND_SPARSE};
    settings->os.program = "/proc/self/exe";
    settings->limits = calloc(wp_limit_count(), sizeof *settings->limits);
    if (settings->engine != NULL && settings->limits != NULL)
        return true;
    cli_settings_close(settings);
    (void)cli_error("out of memory");
    return false;
}

void cli_settings_close(cli_settings *settings) {
    wp_engine_delete(settings->engine);
    free(settings->limits);
}

script_options cli_settings_script(const cli_settings *settings) {
    return (script_options){
        .backend = settings->backend,
        .aslr = settings->aslr,
        .seed = settings->seed,
        .os = settings->os,
        .has_fuel = settings->has_fuel,
        .fuel = settings->fuel,
        .trace = settings->trace ? cli_trace_line : NULL,
        .limits = settings->limits,
        .nlimits = settings->nlimits,
    };
}

/* Notes a limit that the engine has accepted; the last value of each counts. */
static void cli_note_limit(cli_settings *settings, const char *name, uint64_t value) {
    size_t i = 0;
    while (i < settings->nlimits && strcmp(settings->limits[i].name, name) != 0)
        i++;
    settings->limits[i] = (script_limit){name, value};
    settings->nlimits += i == settings->nlimits ? 1 : 0;
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

static int cli_take_limit(cli_settings *settings, const cli_command *command, const char *argument) {
    uint64_t value;
    const char *equals = strchr(argument, '=');
    if (equals == NULL || !cli_number(equals + 1, &value))
        return cli_usage(command, "--limit takes NAME=NUMBER, not '%s'", argument);
    const char *name = cli_find_limit(argument, (size_t)(equals - argument));
    if (name == NULL)
        return cli_usage(command, "there is no limit '%.*s'; 'wasmproc tables' lists them", (int)(equals - argument),
                         argument);
    if (!wp_limit_set(settings->engine, name, value))
        return cli_usage(command, "limit '%s' can't be %s: that is too large", name, equals + 1);
    cli_note_limit(settings, name, value);
    return CLI_DONE;
}

/* --os-process[=WHEN]. */
static int cli_take_when(cli_settings *settings, const cli_command *command, const char *argument) {
    settings->os.when = SCRIPT_WHEN_ALWAYS;
    if (argument == NULL || strcmp(argument, "always") == 0)
        return CLI_DONE;
    settings->os.when = strcmp(argument, "large") == 0 ? SCRIPT_WHEN_LARGE : SCRIPT_WHEN_NEVER;
    if (settings->os.when == SCRIPT_WHEN_LARGE || strcmp(argument, "never") == 0)
        return CLI_DONE;
    return cli_usage(command, "--os-process takes always, large or never, not '%s'", argument);
}

static int cli_take_os_number(const cli_command *command, const char *name, const char *argument, uint64_t *out) {
    if (cli_number(argument, out) && *out != 0)
        return CLI_DONE;
    return cli_usage(command, "%s takes a number over 0, not '%s'", name, argument);
}

/* Prints a generated seed so the run can be reproduced. */
static int cli_take_seed(cli_settings *settings, const cli_command *command, const char *argument) {
    settings->aslr = true;
    if (argument != NULL && !cli_number(argument, &settings->seed))
        return cli_usage(command, "--aslr takes a number, not '%s'", argument);
    if (argument != NULL)
        return CLI_DONE;
    if (getentropy(&settings->seed, sizeof settings->seed) != 0)
        return cli_error("no random seed: %s", strerror(errno));
    fprintf(stderr, "wasmproc: --aslr=%" PRIu64 "\n", settings->seed);
    return CLI_DONE;
}

int cli_settings_take(cli_settings *settings, const cli_command *command, int option, const char *argument) {
    switch (option) {
    case CLI_TRACE: settings->trace = true; return CLI_DONE;
    case CLI_LIMIT: return cli_take_limit(settings, command, argument);
    case CLI_OS_PROCESS: return cli_take_when(settings, command, argument);
    case CLI_OS_MEMORY: return cli_take_os_number(command, "--os-memory", argument, &settings->os.memory);
    case CLI_OS_CPU: return cli_take_os_number(command, "--os-cpu", argument, &settings->os.cpu);
    case CLI_OS_TIMEOUT: return cli_take_os_number(command, "--os-timeout", argument, &settings->os.timeout);
    case CLI_ASLR: return cli_take_seed(settings, command, argument);
    case CLI_FUEL:
        settings->has_fuel = cli_number(argument, &settings->fuel);
        return settings->has_fuel ? CLI_DONE : cli_usage(command, "--fuel takes a number, not '%s'", argument);
    default:
        settings->backend = strcmp(argument, "native") == 0 ? WP_BACKEND_NATIVE : WP_BACKEND_SPARSE;
        if (settings->backend == WP_BACKEND_NATIVE || strcmp(argument, "sparse") == 0)
            return CLI_DONE;
        return cli_usage(command, "there is no back end '%s'; there are: sparse, native", argument);
    }
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

static int cli_take_option(cli_line *line, int option, char *argument) {
    switch (option) {
    case CLI_OPERAND: return cli_take_operand(line, argument);
    case CLI_JSON: line->json = true; return CLI_DONE;
    case CLI_VERBOSE: line->verbose = true; return CLI_DONE;
    case CLI_OUTPUT: line->output = argument; return CLI_DONE;
    case CLI_FDS: line->descriptors = argument; return CLI_DONE;
    case CLI_COVER: line->cover = argument; return cli_output_check(line->command, "--cover", argument);
    case CLI_OPERANDS:
        line->counts = argument;
        if (!wp_rules_enabled())
            return cli_usage(line->command, "--operands: this build does not count them, the program that 'make check' "
                                            "builds does");
        return cli_output_check(line->command, "--operands", argument);
    default: return cli_settings_take(&line->settings, line->command, option, argument);
    }
}

/* Reads the command line and runs the command. */
static int cli_run_line(cli_line *line) {
    int option, status;
    char *argument;
    cli_reader reader = cli_read_options(line->command, line->argc, line->argv);
    while ((option = cli_next_option(&reader, &argument, &status)) != CLI_END) {
        if (option != CLI_STOP)
            status = cli_take_option(line, option, argument);
        if (option == CLI_STOP || status != CLI_DONE)
            return status;
    }
    if (line->command->most != 0 && line->noperands == 0)
        return cli_usage(line->command, "a file is missing");
    return line->command->run(line);
}

int cli_start(const cli_command *command, int argc, char **argv) {
    cli_line line = {.command = command, .argc = argc, .argv = argv, .operands = argv};
    if (!cli_settings_open(&line.settings))
        return CLI_FAILED;
    int status = command->most == CLI_OWN ? command->run(&line) : cli_run_line(&line);
    cli_settings_close(&line.settings);
    return status;
}

/* ---- Help ---------------------------------------------------------------------------------------------------- */

enum { OPTION_COLUMN = 26 };

/* "  -o, --output FILE       text", further lines of the text below the first. */
static void cli_print_option(const cli_option *option, FILE *out) {
    char letter[8] = "    ";
    if (option->id < 256)
        snprintf(letter, sizeof letter, "-%c, ", option->id);
    const char *argument = option->argument == NULL ? "" : option->argument;
    const char *space = *argument == '\0' || *argument == '[' ? "" : " ";
    int width = fprintf(out, "  %s--%s%s%s", letter, option->name, space, argument);
    fprintf(out, "%*s", width < OPTION_COLUMN ? OPTION_COLUMN - width : 1, "");
    for (const char *line = option->text; line != NULL;) {
        const char *end = strchr(line, '\n');
        fprintf(out, "%.*s\n", end == NULL ? (int)strlen(line) : (int)(end - line), line);
        line = end == NULL ? NULL : end + 1;
        if (line != NULL)
            fprintf(out, "%*s", OPTION_COLUMN, "");
    }
}

static void cli_print_options(const cli_option *const *options, FILE *out) {
    for (; *options != NULL; options++)
        cli_print_option(*options, out);
}

void cli_print_common_options(FILE *out) {
    cli_print_options(common, out);
}

void cli_print_help(const cli_command *command, FILE *out) {
    fprintf(out, "usage: wasmproc %s%s%s\n\n%s\n\noptions:\n", command->name, *command->operands == '\0' ? "" : " ",
            command->operands, command->text);
    cli_print_options(command->options, out);
    cli_print_common_options(out);
}
