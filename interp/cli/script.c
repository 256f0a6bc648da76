/* script.c: the commands wast, json-from-wast and driver; see cli.h. */
#include "cli/cli.h"

#include "script/driver.h"
#include "script/json_script.h"
#include "coverage/tracefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* ---- wast ---------------------------------------------------------------------------------------------------- */

/* Counts need the code to run in this OS process, and scripts that are files. */
static int check_counts(const cli_line *line) {
    if (line->options.os.when == SCRIPT_WHEN_ALWAYS)
        return cli_usage(line->command, "%s can't count in processes that are OS processes: leave --os-process out",
                         line->cover != NULL ? "--cover" : "--operands");
    for (size_t i = 0; line->cover != NULL && i < line->noperands; i++)
        if (strcmp(line->operands[i], "-") == 0)
            return cli_usage(line->command, "--cover needs scripts that are files, not standard input");
    return CLI_DONE;
}

/* Makes the counters that the options ask for. */
static int open_counts(const cli_line *line, script_options *options) {
    options->os.when = SCRIPT_WHEN_NEVER;
    if (line->cover != NULL && (options->coverage = cli_cover_new(line->cover)) == NULL)
        return CLI_FAILED;
    if (line->counts == NULL || (options->operands = wp_operands_new(NULL)) != NULL)
        return CLI_DONE;
    tracefile_delete(options->coverage);
    return cli_error("out of memory");
}

int cli_wast(cli_line *line) {
    script_stop stop = {.running = NULL};
    script_options options = line->options;
    options.stop = &stop;
    options.print = options.json ? NULL : stdout; /* lines of JSON stay by themselves */
    int status = CLI_DONE;
    if (line->cover != NULL || line->counts != NULL) {
        status = check_counts(line);
        if (status == CLI_DONE)
            status = open_counts(line, &options);
    }
    if (status != CLI_DONE)
        return status;
    cli_catch_interrupt(&stop);
    status = script_run_files((const char *const *)line->operands, line->noperands, &options, stdout, stderr, NULL);
    cli_catch_interrupt(NULL);
    status = stop.requested != 0 ? CLI_INTERRUPTED : status;
    status = cli_cover_finish(options.coverage, line->cover, status);
    return cli_operands_finish(options.operands, line->counts, status);
}

/* ---- json-from-wast ------------------------------------------------------------------------------------------ */

int cli_json_from_wast(cli_line *line) {
    script_source source;
    wp_diag diag = {.status = WP_OK};
    const char *input = line->operands[0], *output = line->output;
    if (output == NULL || strcmp(output, "-") == 0)
        return cli_usage(line->command, "-o is missing: the JSON file's name, beside which the modules are written");
    if (!cli_read_file(input, &source))
        return CLI_FAILED;
    wp_status status =
        json_from_script(line->engine, cli_file_name(input), (const char *)source.bytes, source.size, output, &diag);
    script_source_free(&source);
    if (status == WP_OK)
        return CLI_DONE;
    /* A file that could not be written; the message names it. */
    return status == WP_REFUSED ? cli_error("%s", diag.message) : cli_report(cli_file_name(input), &diag);
}

/* ---- driver -------------------------------------------------------------------------------------------------- */

static int drive_streams(const cli_line *line, FILE *in, FILE *out, FILE *print) {
    driver *d;
    wp_diag diag = {.status = WP_OK};
    script_options options = line->options;
    options.print = print;
    if (driver_new(line->engine, &options, &d, &diag) != WP_OK)
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

/* Closes the given descriptors once they are copied: a peer sees the end only when no copy is open. */
static int drive_descriptors(const cli_line *line, uint64_t from, uint64_t to) {
    FILE *in = open_descriptor(from, "r"), *out = in == NULL ? NULL : open_descriptor(to, "w");
    int status = CLI_FAILED;
    if (out != NULL) {
        if (from > 2)
            close((int)from);
        if (to > 2 && to != from)
            close((int)to);
        status = drive_streams(line, in, out, stdout);
    }
    if (in != NULL)
        fclose(in);
    if (out != NULL && fclose(out) != 0 && status == CLI_DONE)
        status = CLI_FAILED;
    return status;
}

/* "IN,OUT". */
static bool read_descriptors(const char *argument, uint64_t *in, uint64_t *out) {
    char first[24] = "";
    const char *comma = strchr(argument, ',');
    if (comma != NULL && (size_t)(comma - argument) < sizeof first)
        memcpy(first, argument, (size_t)(comma - argument));
    return comma != NULL && cli_number(first, in) && cli_number(comma + 1, out);
}

int cli_driver(cli_line *line) {
    uint64_t in, out;
    if (line->descriptors == NULL)
        return drive_streams(line, stdin, stdout, NULL);
    if (!read_descriptors(line->descriptors, &in, &out))
        return cli_usage(line->command, "--fds takes two numbers, IN,OUT, not '%s'", line->descriptors);
    return drive_descriptors(line, in, out);
}
