/* module.c: the commands validate, parse and print; see cli.h. */
#include "cli/cli.h"

#include <string.h>
#include <unistd.h>

/* ---- validate ------------------------------------------------------------------------------------------------ */

static int validate_file(wp_engine *engine, const char *path) {
    wp_module *module;
    wp_diag diag = {.status = WP_OK};
    if (!cli_read_module(engine, path, &module))
        return CLI_FAILED;
    wp_status status = wp_module_validate(module, &diag);
    wp_module_delete(module);
    return status == WP_OK ? CLI_DONE : cli_report(cli_file_name(path), &diag);
}

static int validate(cli_settings *settings, const cli_command *self, int argc, char **argv) {
    int option, status = CLI_DONE, worst = CLI_DONE, files = 0;
    char *argument;
    cli_reader reader = cli_read_options(self, argc, argv);
    while ((option = cli_next_option(&reader, &argument, &status)) != CLI_END) {
        if (option == CLI_STOP)
            return status;
        if (option == CLI_OPERAND)
            argv[files++] = argument; /* kept until all options are known, in places that have been read */
        else if (!cli_settings_take(settings, self, option, argument))
            return CLI_USAGE;
    }
    for (int i = 0; i < files; i++) {
        status = validate_file(settings->engine, argv[i]);
        worst = status > worst ? status : worst;
    }
    return files == 0 ? cli_usage(self, "a file is missing") : worst;
}

int cli_validate(const cli_command *self, int argc, char **argv) {
    cli_settings settings;
    if (!cli_settings_open(&settings))
        return CLI_FAILED;
    int status = validate(&settings, self, argc, argv);
    cli_settings_close(&settings);
    return status;
}

/* ---- parse and print ----------------------------------------------------------------------------------------- */

typedef struct translation {
    cli_settings settings;
    const char *input;
    const char *output; /* NULL: standard output */
} translation;

/* Reads the options of both commands. False: end with *status. */
static bool read_options(translation *t, const cli_command *self, int argc, char **argv, int *status) {
    int option;
    char *argument;
    cli_reader reader = cli_read_options(self, argc, argv);
    while ((option = cli_next_option(&reader, &argument, status)) != CLI_END) {
        if (option == CLI_STOP)
            return false;
        *status = CLI_USAGE;
        if (option == CLI_OUTPUT)
            t->output = argument;
        else if (option == CLI_OPERAND && t->input != NULL)
            return cli_usage(self, "one file is enough: '%s' is too many", argument), false;
        else if (option == CLI_OPERAND)
            t->input = argument;
        else if (!cli_settings_take(&t->settings, self, option, argument))
            return false;
    }
    if (t->input == NULL)
        *status = cli_usage(self, "a file is missing");
    return t->input != NULL;
}

static int write_binary(const translation *t, const wp_module *module) {
    uint8_t *bytes;
    size_t size;
    wp_diag diag = {.status = WP_OK};
    if (wp_module_encode(module, &bytes, &size, &diag) != WP_OK)
        return cli_report(cli_file_name(t->input), &diag);
    int status = cli_write(t->output, bytes, size);
    wp_buffer_free(t->settings.engine, bytes, size);
    return status;
}

static int write_text(const translation *t, const wp_module *module) {
    char *text;
    size_t size;
    wp_diag diag = {.status = WP_OK};
    if (wp_module_print(module, &text, &size, &diag) != WP_OK)
        return cli_report(cli_file_name(t->input), &diag);
    int status = cli_write(t->output, text, size);
    wp_buffer_free(t->settings.engine, text, size + 1);
    return status;
}

typedef int (*writer)(const translation *t, const wp_module *module);

static int translate_module(const translation *t, const script_source *source, writer write) {
    wp_module *module;
    if (write == write_binary && cli_is_binary(source)) {
        fprintf(stderr, "%s: error: this is a binary module already\n", cli_file_name(t->input));
        return CLI_FAILED;
    }
    if (!cli_parse_module(t->settings.engine, t->input, source, &module))
        return CLI_FAILED;
    int status = write(t, module);
    wp_module_delete(module);
    return status;
}

static bool is_terminal(const translation *t) {
    return (t->output == NULL || strcmp(t->output, "-") == 0) && isatty(STDOUT_FILENO);
}

static int translate(translation *t, const cli_command *self, int argc, char **argv, writer write) {
    int status;
    script_source source;
    if (!read_options(t, self, argc, argv, &status))
        return status;
    if (write == write_binary && is_terminal(t))
        return cli_usage(self, "a binary module is not written to a terminal: use -o FILE");
    if (!cli_read_file(t->input, &source))
        return CLI_FAILED;
    status = translate_module(t, &source, write);
    script_source_free(&source);
    return status;
}

static int translate_command(const cli_command *self, int argc, char **argv, writer write) {
    translation t = {.input = NULL};
    if (!cli_settings_open(&t.settings))
        return CLI_FAILED;
    int status = translate(&t, self, argc, argv, write);
    cli_settings_close(&t.settings);
    return status;
}

int cli_parse(const cli_command *self, int argc, char **argv) {
    return translate_command(self, argc, argv, write_binary);
}

int cli_print(const cli_command *self, int argc, char **argv) {
    return translate_command(self, argc, argv, write_text);
}
