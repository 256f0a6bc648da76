/* cli.h: shared by the subcommands of the command line.
 *
 * Interface:
 * - A subcommand is a cli_command: name, texts, options, and a function that runs it and returns an exit status.
 * - cli_start runs a command; cli_line is its command line, read, and its engine.
 * - cli_usage, cli_error and cli_report write messages to standard error, and return the exit status to end with.
 * - CLI_RULE cites a rule of the process model.
 */
#ifndef WP_CLI_H
#define WP_CLI_H

#include "script/runner.h"
#include "script/source.h"

#include <stdio.h>

#if defined(__GNUC__)
#define CLI_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define CLI_PRINTF(f, a)
#endif

/* The code that follows implements rule `id` of rule.def: citation alone, no probe counts it. Tools read these lines.
 */
#define CLI_RULE(id) ((void)0)

/* ---- Exit statuses ------------------------------------------------------------------------------------------- */

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NOT_RUN = 126, CLI_INTERRUPTED = 130, CLI_TRAPPED = 134 };

typedef struct cli_exit {
    int status;
    const char *text;
} cli_exit;

/* The one table of exit statuses. */
extern const cli_exit cli_exits[];
extern const size_t cli_exit_count;

/* ---- Commands and options ------------------------------------------------------------------------------------ */

/* Ids of options. Letters are their own ids. */
enum {
    CLI_END = -1,    /* nothing is left */
    CLI_STOP = -2,   /* the rest of the command line is not read */
    CLI_OPERAND = 1, /* not an option */
    CLI_HELP = 'h',
    CLI_VERSION = 'V',
    CLI_OUTPUT = 'o',
    CLI_VERBOSE = 'v',
    CLI_JSON = 256,
    CLI_FUEL,
    CLI_BACKEND,
    CLI_LIMIT,
    CLI_TRACE,
    CLI_ASLR,
    CLI_INVOKE,
    CLI_PROCESS,
    CLI_POINTER,
    CLI_STACK,
    CLI_PROCESS_LIMIT,
    CLI_DIR,
    CLI_ENV,
    CLI_OS_PROCESS,
    CLI_OS_MEMORY,
    CLI_OS_CPU,
    CLI_OS_TIMEOUT,
    CLI_FDS,
    CLI_DICT,
    CLI_MAP,
    CLI_COVER,
    CLI_OPERANDS
};

/* A bit per command, for the set of commands that have an option. */
enum {
    CLI_FOR_WAST = 1,
    CLI_FOR_RUN = 2,
    CLI_FOR_VALIDATE = 4,
    CLI_FOR_PARSE = 8,
    CLI_FOR_PRINT = 16,
    CLI_FOR_JSON_FROM_WAST = 32,
    CLI_FOR_DRIVER = 64,
    CLI_FOR_TABLES = 128,
    CLI_FOR_ALL = 255
};

/* Values of `most` of a command: any number of operands; the command reads its own. At least one is required unless it
 * is 0. */
#define CLI_MANY (SIZE_MAX - 1)
#define CLI_OWN SIZE_MAX

struct cli_line;

typedef struct cli_command {
    const char *name;
    const char *operands; /* as the usage line shows them */
    const char *summary;  /* one line */
    const char *text;     /* the rest of --help, wrapped */
    unsigned options;     /* its bit */
    size_t most;          /* operands that it takes; CLI_OWN: run reads the command line */
    int (*run)(struct cli_line *line);
} cli_command;

/* The command line of a command. NULL: not given. */
typedef struct cli_line {
    const cli_command *command;
    int argc;
    char **argv;          /* argv[0] is the command's name */
    int next;             /* the index in argv of the next word to read */
    bool only_operands;   /* "--" has been read */
    wp_engine *engine;    /* with the limits set */
    script_limit *limits; /* those of the options */
    script_options options;
    char **operands;
    size_t noperands;
    const char *output;
    const char *cover, *counts;
    const char *descriptors;
} cli_line;

/* Takes an option and its argument, or an operand. Returns CLI_DONE; CLI_STOP: the rest is not read; else the status to
 * end with. */
typedef int (*cli_take_func)(void *ctx, int option, char *argument);
/* Reads options and operands in the order in which they stand. False: the status to end with is in *status; a mistake
 * was reported, or --help answered. */
bool cli_read_line(cli_line *line, cli_take_func take, void *ctx, int *status);
/* Takes the options that several commands have; ctx is the cli_line. */
int cli_take_option(void *ctx, int option, char *argument);

/* Runs a command: makes its engine, reads the command line, and calls it. Returns the exit status. */
int cli_start(const cli_command *command, int argc, char **argv);

/* A mistake in how the program was called: the message, and where to find help. Returns CLI_USAGE. */
int cli_usage(const cli_command *command, const char *format, ...) CLI_PRINTF(2, 3);
/* Any other error that is not about a place in a file. Returns CLI_FAILED. */
int cli_error(const char *format, ...) CLI_PRINTF(1, 2);
/* An error in a file: "FILE:LINE:COLUMN: error: ..." for text, "FILE:0xOFFSET: error: ..." for binary. Returns
 * CLI_FAILED, or CLI_INTERRUPTED for an interruption. */
int cli_report(const char *file, const wp_diag *diag);
/* Reads a whole number in decimal, or in hexadecimal with 0x. False: not a number, or over 2^64 - 1. */
bool cli_number(const char *text, uint64_t *out);

/* Writes the help of a command. */
void cli_print_help(const cli_command *command, FILE *out);
/* Writes the help on the options that all these commands have. */
void cli_print_options(unsigned commands, FILE *out);

/* ---- Files --------------------------------------------------------------------------------------------------- */

/* A file's name for messages: "-" is standard input, and called so. */
const char *cli_file_name(const char *path);
/* Reads a file, or standard input for "-". False: it can't, which has been reported. */
bool cli_read_file(const char *path, script_source *out);
/* True when the bytes begin as binary modules do. */
bool cli_is_binary(const script_source *source);
/* Reads a file, and decodes or parses the module that it holds, as its first bytes tell. False: not a module, which
 * has been reported. */
bool cli_read_module(wp_engine *engine, const char *path, wp_module **out);
/* The same of a file that has been read. */
bool cli_parse_module(wp_engine *engine, const char *path, const script_source *source, wp_module **out);

/* Writes a file, or standard output for "-" and NULL. Returns an exit status; errors have been reported. */
int cli_write(const char *path, const void *bytes, size_t size);
/* Replaces a file as a whole: it is never seen half written. */
int cli_write_whole(const char *path, const void *bytes, size_t size);
/* Flushes standard output. Returns status, or CLI_FAILED if something could not be written, which is then reported. */
int cli_finish(int status);

/* ---- Coverage ------------------------------------------------------------------------------------------------ */

struct tracefile;

/* NULL: out of memory, which has been reported. */
struct tracefile *cli_cover_new(const char *path);
/* Writes it, and the listings that belong to it, and deletes it. Returns status, or CLI_FAILED in place of CLI_DONE if
 * something could not be written, which has been reported. NULL is allowed. */
int cli_cover_finish(struct tracefile *cover, const char *path, int status);

/* Writes the counts of operand classes, and deletes them; as cli_cover_finish. */
int cli_operands_finish(wp_operands *counts, const char *path, int status);

/* ---- While a guest runs -------------------------------------------------------------------------------------- */

/* Makes Ctrl-C stop the calls of `stop` from here on (NULL: end the program, as usual). A second Ctrl-C ends the
 * program. */
void cli_catch_interrupt(script_stop *stop);
/* Writes a line of a trace to standard error. */
void cli_trace_line(void *ctx, const char *line);

/* Continues in a new OS process, with the limits of `os`: true there. False in this one, which has waited for
 * the end and reported a crash; *exit_status is the status to end with. */
bool cli_contain(const script_os *os, const char *file, int *exit_status);

/* ---- The commands -------------------------------------------------------------------------------------------- */

int cli_wast(cli_line *line);
int cli_run(cli_line *line);
int cli_validate(cli_line *line);
int cli_parse(cli_line *line);
int cli_print(cli_line *line);
int cli_json_from_wast(cli_line *line);
int cli_driver(cli_line *line);
int cli_tables(cli_line *line);

#endif
