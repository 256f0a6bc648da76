/* driver.c: the engine's side of the driver protocol: lines, requests and answers; see driver.h. The commands are in
 * driver_command.c. */
#include "script/driver_exchange.h"

#include "base/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The longest request, in bytes: a module of 48 MiB in base64. */
enum { LINE_LIMIT = 1 << 26 };

/* ---- The driver ---------------------------------------------------------------------------------------------- */

void driver_delete(driver *d) {
    if (d == NULL)
        return;
    session_delete(d->session);
    free(d->answer);
    free(d->hits);
    free(d);
}

wp_status driver_new(wp_engine *engine, const script_options *options, driver **out, wp_diag *diag) {
    driver *d = calloc(1, sizeof *d);
    if (d == NULL)
        return wp_fail_memory(diag);
    d->engine = engine;
    d->options = *options;
    d->hits = calloc(wp_rule_count() + 1, sizeof *d->hits);
    wp_status status = d->hits == NULL ? wp_fail_memory(diag) : session_new(engine, &d->options, &d->session, diag);
    if (status != WP_OK)
        driver_delete(d);
    else
        *out = d;
    return status;
}

/* ---- Answers ------------------------------------------------------------------------------------------------- */

static const char *error_kind(const exchange *x, wp_status status) {
    return x->is_protocol ? "protocol" : wp_status_name(status);
}

/* Turns the answer into an error. NULL: out of memory. */
static json_t *error_answer(const exchange *x, const json_t *id, wp_status status) {
    const char *message = status == WP_UNSUPPORTED ? script_reason(&x->diag) : x->diag.message;
    return json_pack("{s:O, s:{s:s, s:o}}", "id", id, "error", "kind", error_kind(x, status), "message",
                     json_from_bytes(message));
}

static const char *dump(driver *d, json_t *answer) {
    free(d->answer);
    d->answer = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    if (d->answer != NULL)
        return d->answer;
    return "{\"id\":null,\"error\":{\"kind\":\"exhaustion\",\"message\":\"out of memory\"}}";
}

/* The answer of a success: the id, "ok", and the results of the command. */
static json_t *success_answer(const exchange *x, json_t *id) {
    json_t *answer = json_pack("{s:O, s:b}", "id", id, "ok", 1);
    if (x->answer == NULL || json_object_update(answer, x->answer) != 0) {
        json_decref(answer);
        return NULL;
    }
    return answer;
}

static json_t *answer_request(driver *d, const json_t *request) {
    exchange x = {.driver = d, .request = request};
    json_t *id = json_object_get(request, "id");
    if (id == NULL)
        id = json_null();
    wp_arena_init(&x.pool, NULL);
    wp_status status = driver_perform(&x);
    json_t *answer = status == WP_OK ? success_answer(&x, id) : error_answer(&x, id, status);
    json_decref(x.answer);
    wp_arena_release(&x.pool);
    return answer;
}

static json_t *protocol_answer(driver *d, const char *what, const char *detail) {
    exchange x = {.driver = d};
    wp_status status = driver_protocol(&x, "%s%s", what, detail);
    return error_answer(&x, json_null(), status);
}

const char *driver_answer(driver *d, const char *line, size_t size) {
    json_error_t error;
    json_t *answer = NULL, *request = json_loadb(line, size, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (request != NULL)
        answer = answer_request(d, request);
    else if (json_error_code(&error) != json_error_out_of_memory && json_error_code(&error) != json_error_unknown)
        answer = protocol_answer(d, "not JSON: ", error.text);
    json_decref(request);
    return dump(d, answer);
}

/* ---- Lines --------------------------------------------------------------------------------------------------- */

/* Reads a line; *too_long: or out of memory, the rest was skipped. False: the input is at its end, or failed. */
static bool read_line(wp_output *line, bool *too_long, FILE *in) {
    int c = getc_unlocked(in);
    line->size = 0;
    line->failed = *too_long = false;
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = getc_unlocked(in)) {
        *too_long = *too_long || line->size == LINE_LIMIT || !wp_output_room(line, 1);
        if (!*too_long)
            wp_output_byte(line, (uint8_t)c);
    }
    return true;
}

bool driver_run(driver *d, FILE *in, FILE *out) {
    wp_output line = {.allocator = &wp_libc_allocator};
    bool written = true, too_long;
    while (written && read_line(&line, &too_long, in)) {
        const char *text = line.size == 0 ? "" : (const char *)line.bytes;
        const char *answer =
            too_long ? dump(d, protocol_answer(d, "the line is too long", "")) : driver_answer(d, text, line.size);
        /* Output of programs comes before the answer. */
        if (d->options.print != NULL)
            fflush(d->options.print);
        written = fputs(answer, out) != EOF && putc('\n', out) != EOF && fflush(out) == 0;
    }
    int error = errno;
    wp_output_free(&line);
    errno = error;
    return written && ferror(in) == 0;
}
