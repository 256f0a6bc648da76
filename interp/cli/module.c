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

int cli_validate(cli_line *line) {
    int worst = CLI_DONE;
    for (size_t i = 0; i < line->noperands; i++) {
        int status = validate_file(line->engine, line->operands[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

/* ---- parse and print ----------------------------------------------------------------------------------------- */

/* Writes a module in the binary format, or as text. */
static int write_module(const cli_line *line, const wp_module *module, bool binary) {
    uint8_t *bytes = NULL;
    char *text = NULL;
    size_t size;
    wp_diag diag = {.status = WP_OK};
    wp_status status =
        binary ? wp_module_encode(module, &bytes, &size, &diag) : wp_module_print(module, &text, &size, &diag);
    if (status != WP_OK)
        return cli_report(cli_file_name(line->operands[0]), &diag);
    int written = cli_write(line->output, binary ? (const void *)bytes : text, size);
    wp_buffer_free(line->engine, binary ? (void *)bytes : text, binary ? size : size + 1);
    return written;
}

static int translate_module(const cli_line *line, const script_source *source, bool binary) {
    wp_module *module;
    if (binary && cli_is_binary(source)) {
        fprintf(stderr, "%s: error: this is a binary module already\n", cli_file_name(line->operands[0]));
        return CLI_FAILED;
    }
    if (!cli_parse_module(line->engine, line->operands[0], source, &module))
        return CLI_FAILED;
    int status = write_module(line, module, binary);
    wp_module_delete(module);
    return status;
}

static bool is_terminal(const cli_line *line) {
    return (line->output == NULL || strcmp(line->output, "-") == 0) && isatty(STDOUT_FILENO);
}

static int translate(const cli_line *line, bool binary) {
    script_source source;
    if (binary && is_terminal(line))
        return cli_usage(line->command, "a binary module is not written to a terminal: use -o FILE");
    if (!cli_read_file(line->operands[0], &source))
        return CLI_FAILED;
    int status = translate_module(line, &source, binary);
    script_source_free(&source);
    return status;
}

int cli_parse(cli_line *line) {
    return translate(line, true);
}

int cli_print(cli_line *line) {
    return translate(line, false);
}
