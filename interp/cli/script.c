/* script.c: the commands wast, json-from-wast and driver; see cli.h. */
#include "cli.h"

#include "../script/driver.h"
#include "../script/json_script.h"

#include <errno.h>
#include <string.h>

/* ---- wast ---------------------------------------------------------------------------------------------------- */

static int run_scripts(const cli_settings *settings, bool json, bool verbose, char **files, size_t nfiles) {
    script_stop stop = {0, NULL};
    script_options options = cli_settings_script(settings);
    options.json = json;
    options.verbose = verbose;
    options.stop = &stop;
    options.print = json ? NULL : stdout; /* lines of JSON stay by themselves */
    cli_catch_interrupt(&stop);
    int status = script_run_files((const char *const *)files, nfiles, &options, stdout, stderr, NULL);
    cli_catch_interrupt(NULL);
    return stop.requested != 0 ? CLI_INTERRUPTED : status;
}

static int wast(cli_settings *settings, const cli_command *self, int argc, char **argv) {
    int option, status;
    size_t files = 0;
    bool json = false, verbose = false;
    char *argument;
    cli_reader reader = cli_read_options(self, argc, argv);
    while ((option = cli_next_option(&reader, &argument, &status)) != CLI_END) {
        if (option == CLI_STOP)
            return status;
        if (option == CLI_OPERAND)
            argv[files++] = argument; /* kept until all options are known, in places that have been read */
        else if (option == CLI_JSON)
            json = true;
        else if (option == CLI_VERBOSE)
            verbose = true;
        else if (!cli_settings_take(settings, self, option, argument))
            return CLI_USAGE;
    }
    return files == 0 ? cli_usage(self, "a file is missing") : run_scripts(settings, json, verbose, argv, files);
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

static int drive(const cli_settings *settings) {
    driver *d;
    wp_diag diag = {.status = WP_OK};
    script_options options = cli_settings_script(settings);
    if (driver_new(settings->engine, &options, &d, &diag) != WP_OK)
        return cli_error("%s", diag.message);
    bool done = driver_run(d, stdin, stdout);
    int error = errno;
    driver_delete(d);
    return done ? CLI_DONE : cli_error("driver: %s", strerror(error));
}

static int take_driver_options(cli_settings *settings, const cli_command *self, int argc, char **argv) {
    int option, status;
    char *argument;
    cli_reader reader = cli_read_options(self, argc, argv);
    while ((option = cli_next_option(&reader, &argument, &status)) != CLI_END) {
        if (option == CLI_STOP)
            return status;
        if (option == CLI_OPERAND)
            return cli_usage(self, "'%s' is too many: there are no operands", argument);
        if (!cli_settings_take(settings, self, option, argument))
            return CLI_USAGE;
    }
    return drive(settings);
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
    return with_settings(take_driver_options, self, argc, argv);
}
