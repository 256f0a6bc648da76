/* script.c: the commands wast, json-from-wast and driver; see cli.h. */
#include "cli/cli.h"

#include "script/driver.h"
#include "script/json_script.h"
#include "coverage/operands_json.h"
#include "coverage/tracefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* ---- wast ---------------------------------------------------------------------------------------------------- */

/* The options of wast, beside the settings. */
typedef struct wast_options {
    bool json, verbose;
    const char *cover;    /* NULL: nothing is counted */
    const char *operands; /* the same */
} wast_options;

static int run_scripts(const cli_settings *settings, const wast_options *o, char **files, size_t nfiles) {
    script_stop stop = {.running = NULL};
    script_options options = cli_settings_script(settings);
    options.json = o->json;
    options.verbose = o->verbose;
    options.stop = &stop;
    options.print = o->json ? NULL : stdout; /* lines of JSON stay by themselves */
    if (o->cover != NULL) {
        options.os.when = SCRIPT_WHEN_NEVER;
        options.coverage = cli_cover_new(o->cover);
        if (options.coverage == NULL)
            return CLI_FAILED;
    }
    if (o->operands != NULL) {
        options.os.when = SCRIPT_WHEN_NEVER;
        options.operands = operands_new(NULL);
        if (options.operands == NULL) {
            tracefile_delete(options.coverage);
            return cli_error("out of memory");
        }
    }
    cli_catch_interrupt(&stop);
    int status = script_run_files((const char *const *)files, nfiles, &options, stdout, stderr, NULL);
    cli_catch_interrupt(NULL);
    status = stop.requested != 0 ? CLI_INTERRUPTED : status;
    status = cli_cover_finish(options.coverage, o->cover, status);
    return cli_operands_finish(options.operands, o->operands, status);
}

static int take_operands(const cli_command *self, wast_options *o, const char *path) {
    o->operands = path;
    if (!wp_rules_enabled())
        return cli_usage(self, "--operands: this build does not count them, the program that 'make check' builds does");
    return cli_output_check(self, "--operands", path);
}

/* Takes an option. Returns CLI_DONE or CLI_USAGE. */
static int take_wast_option(cli_settings *settings, const cli_command *self, wast_options *o, int option,
                            const char *argument) {
    switch (option) {
    case CLI_JSON: o->json = true; return CLI_DONE;
    case CLI_VERBOSE: o->verbose = true; return CLI_DONE;
    case CLI_COVER: o->cover = argument; return cli_output_check(self, "--cover", argument);
    case CLI_OPERANDS: return take_operands(self, o, argument);
    default: return cli_settings_take(settings, self, option, argument) ? CLI_DONE : CLI_USAGE;
    }
}

/* Refuses options that exclude each other. */
static int check_counts(const cli_settings *settings, const cli_command *self, const wast_options *o, char **files,
                        size_t nfiles) {
    if (settings->os.when == SCRIPT_WHEN_ALWAYS)
        return cli_usage(self, "%s can't count in processes that are OS processes: leave --os-process out",
                         o->cover != NULL ? "--cover" : "--operands");
    if (o->cover == NULL)
        return CLI_DONE;
    for (size_t i = 0; i < nfiles; i++)
        if (strcmp(files[i], "-") == 0)
            return cli_usage(self, "--cover needs scripts that are files, not standard input");
    return CLI_DONE;
}

static int wast(cli_settings *settings, const cli_command *self, int argc, char **argv) {
    int option, status;
    size_t files = 0;
    wast_options options = {false, false, NULL, NULL};
    char *argument;
    cli_reader reader = cli_read_options(self, argc, argv);
    while ((option = cli_next_option(&reader, &argument, &status)) != CLI_END) {
        if (option == CLI_STOP)
            return status;
        if (option == CLI_OPERAND)
            argv[files++] = argument; /* kept until all options are known, in places that have been read */
        else if (take_wast_option(settings, self, &options, option, argument) != CLI_DONE)
            return CLI_USAGE;
    }
    if (files == 0)
        return cli_usage(self, "a file is missing");
    bool counts = options.cover != NULL || options.operands != NULL;
    if (counts && check_counts(settings, self, &options, argv, files) != CLI_DONE)
        return CLI_USAGE;
    return run_scripts(settings, &options, argv, files);
}

/* ---- json-from-wast ------------------------------------------------------------------------------------------ */

static int convert(wp_engine *engine, const char *input, const char *output) {
    script_source source;
    wp_diag diag = {.status = WP_OK};
    if (!cli_read_file(input, &source))
        return CLI_FAILED;
    wp_status status =
        json_from_script(engine, cli_file_name(input), (const char *)source.bytes, source.size, output, &diag);
    script_source_free(&source);
    if (status == WP_OK)
        return CLI_DONE;
    /* A file that could not be written; the message names it. */
    return status == WP_REFUSED ? cli_error("%s", diag.message) : cli_report(cli_file_name(input), &diag);
}

static int json_from_wast(cli_settings *settings, const cli_command *self, int argc, char **argv) {
    int option, status;
    const char *input = NULL, *output = NULL;
    char *argument;
    cli_reader reader = cli_read_options(self, argc, argv);
    while ((option = cli_next_option(&reader, &argument, &status)) != CLI_END) {
        if (option == CLI_STOP)
            return status;
        if (option == CLI_OUTPUT)
            output = argument;
        else if (option == CLI_OPERAND && input != NULL)
            return cli_usage(self, "one file is enough: '%s' is too many", argument);
        else if (option == CLI_OPERAND)
            input = argument;
        else if (!cli_settings_take(settings, self, option, argument))
            return CLI_USAGE;
    }
    if (input == NULL)
        return cli_usage(self, "a file is missing");
    if (output == NULL || strcmp(output, "-") == 0)
        return cli_usage(self, "-o is missing: the JSON file's name, beside which the modules are written");
    return convert(settings->engine, input, output);
}

/* ---- driver -------------------------------------------------------------------------------------------------- */

/* Where requests come from and answers go to. */
typedef struct driver_ends {
    bool given;
    uint64_t in, out;
} driver_ends;

static int drive_streams(const cli_settings *settings, FILE *in, FILE *out, FILE *print) {
    driver *d;
    wp_diag diag = {.status = WP_OK};
    script_options options = cli_settings_script(settings);
    options.print = print;
    if (driver_new(settings->engine, &options, &d, &diag) != WP_OK)
        return cli_error("%s", diag.message);
    bool done = driver_run(d, in, out);
    int error = errno;
    driver_delete(d);
    return done ? CLI_DONE : cli_error("driver: %s", strerror(error));
}

/* A stream over a copy of a descriptor. NULL: the descriptor is not open. */
static FILE *open_descriptor(uint64_t number, const char *mode) {
    int copy = number > INT_MAX ? -1 : fcntl((int)number, F_DUPFD_CLOEXEC, 3);
    FILE *stream = copy < 0 ? NULL : fdopen(copy, mode);
    if (stream == NULL)
        (void)cli_error("driver: descriptor %llu: %s", (unsigned long long)number,
                        number > INT_MAX ? strerror(EBADF) : strerror(errno));
    if (stream == NULL && copy >= 0)
        close(copy);
    return stream;
}

/* The descriptors that were given are closed once they are copied, so that their ends are seen to be closed. */
static int drive_descriptors(const cli_settings *settings, const driver_ends *ends) {
    FILE *in = open_descriptor(ends->in, "r"), *out = in == NULL ? NULL : open_descriptor(ends->out, "w");
    int status = CLI_FAILED;
    if (out != NULL) {
        if (ends->in > 2)
            close((int)ends->in);
        if (ends->out > 2 && ends->out != ends->in)
            close((int)ends->out);
        status = drive_streams(settings, in, out, stdout);
    }
    if (in != NULL)
        fclose(in);
    if (out != NULL && fclose(out) != 0 && status == CLI_DONE)
        status = CLI_FAILED;
    return status;
}

/* "IN,OUT". */
static bool take_descriptors(driver_ends *ends, const cli_command *self, const char *argument) {
    char first[24] = "";
    const char *comma = strchr(argument, ',');
    if (comma != NULL && (size_t)(comma - argument) < sizeof first)
        memcpy(first, argument, (size_t)(comma - argument));
    ends->given = comma != NULL && cli_number(first, &ends->in) && cli_number(comma + 1, &ends->out);
    if (!ends->given)
        (void)cli_usage(self, "--fds takes two numbers, IN,OUT, not '%s'", argument);
    return ends->given;
}

static int drive(cli_settings *settings, const cli_command *self, int argc, char **argv) {
    int option, status;
    char *argument;
    driver_ends ends = {false, 0, 0};
    cli_reader reader = cli_read_options(self, argc, argv);
    while ((option = cli_next_option(&reader, &argument, &status)) != CLI_END) {
        if (option == CLI_STOP)
            return status;
        if (option == CLI_OPERAND)
            return cli_usage(self, "'%s' is too many: there are no operands", argument);
        if (option == CLI_FDS ? !take_descriptors(&ends, self, argument)
                              : !cli_settings_take(settings, self, option, argument))
            return CLI_USAGE;
    }
    return ends.given ? drive_descriptors(settings, &ends) : drive_streams(settings, stdin, stdout, NULL);
}

/* ---- All of them --------------------------------------------------------------------------------------------- */

typedef int (*settled_command)(cli_settings *settings, const cli_command *self, int argc, char **argv);

static int with_settings(settled_command run, const cli_command *self, int argc, char **argv) {
    cli_settings settings;
    if (!cli_settings_open(&settings))
        return CLI_FAILED;
    int status = run(&settings, self, argc, argv);
    cli_settings_close(&settings);
    return status;
}

int cli_wast(const cli_command *self, int argc, char **argv) {
    return with_settings(wast, self, argc, argv);
}

int cli_json_from_wast(const cli_command *self, int argc, char **argv) {
    return with_settings(json_from_wast, self, argc, argv);
}

int cli_driver(const cli_command *self, int argc, char **argv) {
    return with_settings(drive, self, argc, argv);
}
