/* roundtrip.c: takes every module of scripts through the binary and the text format and back.
 *
 *     roundtrip [--write DIR] SCRIPT...
 *
 * For each well-formed module of any command, valid or not:
 *   encoding and decoding it gives a module with the same encoding and the same text;
 *   parsing that text gives a module with the same text, and the same encoding if the module is text in the script;
 *     else the encoding may be shorter, but does not change again;
 *   validation of all of them has the same result.
 * Prints TAP, a point per script. With --write, the encoding of each module that should be valid is written to DIR, as
 * SCRIPT.LINE.COLUMN.wasm, for other tools.
 */
#include "script/script.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>

typedef struct bytes {
    uint8_t *data;
    size_t size;
} bytes;

typedef struct trip {
    tap *t;
    const char *folder; /* null: no modules are written */
    const char *file;
    wp_engine *engine;
    script *script;
    size_t modules, unreadable, unprintable, shortened;
    size_t wrong;
} trip;

/* The name of a file without its folders. */
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool complain(trip *x, const script_command *c, const char *what, const char *why) {
    x->wrong++;
    tap_note("%s:%u: %s: %s", base_name(x->file), c->where.line, what, why);
    return false;
}

/* ---- Steps --------------------------------------------------------------------------------------------------- */

/* Each returns false if it fails, and notes the cause. */

static bool encode(trip *x, const script_command *c, const wp_module *module, bytes *out) {
    wp_diag diag = {0};
    bool done = wp_module_encode(module, &out->data, &out->size, &diag) == WP_OK;
    return done || complain(x, c, "encoding", diag.message);
}

static bool decode(trip *x, const script_command *c, const bytes *from, wp_module **out) {
    wp_diag diag = {0};
    bool done = wp_module_decode(x->engine, from->data, from->size, out, &diag) == WP_OK;
    return done || complain(x, c, "decoding what was encoded", diag.message);
}

static bool parse(trip *x, const script_command *c, const bytes *from, wp_module **out) {
    wp_diag diag = {0};
    if (wp_module_parse(x->engine, (const char *)from->data, from->size, out, &diag) == WP_OK)
        return true;
    complain(x, c, "parsing what was printed", diag.message);
    tap_note("line %u, column %u of:\n%s", diag.where.line, diag.where.column, (const char *)from->data);
    return false;
}

static bool print(trip *x, const script_command *c, const wp_module *module, bytes *out) {
    wp_diag diag = {0};
    char *text = NULL;
    bool done = wp_module_print(module, &text, &out->size, &diag) == WP_OK;
    out->data = (uint8_t *)text;
    return done || complain(x, c, "printing", diag.message);
}

static bool equal(const bytes *a, const bytes *b) {
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* Whether two texts are equal, but for the module's identifier, which the binary format lacks. */
static bool equal_text(const bytes *a, const bytes *b) {
    const char *x = (const char *)a->data, *y = (const char *)b->data;
    size_t head = strlen("(module");
    const char *x_rest = x + head, *y_rest = y + head;
    if (strncmp(x_rest, " $", 2) == 0)
        x_rest += x_rest[2] == '"' ? strcspn(x_rest, "\n") : strcspn(x_rest + 1, " \n)") + 1;
    return strcmp(x_rest, y_rest) == 0 ||
           (strcmp(y_rest, ")\n") == 0 && strcmp(x_rest + strlen(x_rest) - 2, ")\n") == 0);
}

static void release(trip *x, bytes *b, size_t more) {
    if (b->data != NULL)
        wp_buffer_free(x->engine, b->data, b->size + more);
    *b = (bytes){NULL, 0};
}

/* ---- The trip ------------------------------------------------------------------------------------------------ */

static bool same_end(trip *x, const script_command *c, wp_module *a, wp_module *b) {
    wp_diag a_diag = {0}, b_diag = {0};
    wp_status a_status = wp_module_validate(a, &a_diag), b_status = wp_module_validate(b, &b_diag);
    if (a_status == b_status && strcmp(a_diag.message, b_diag.message) == 0)
        return true;
    complain(x, c, "validation of the module", a_diag.message);
    return complain(x, c, "validation of the module read back", b_diag.message);
}

/* Prints a module and parses the text; `to` is the encoding of the parsed module. */
static bool through_text(trip *x, const script_command *c, wp_module *module, bytes *text, bytes *to) {
    wp_module *parsed = NULL;
    bytes again = {NULL, 0};
    bool done = print(x, c, module, text) && parse(x, c, text, &parsed) && encode(x, c, parsed, to) &&
                print(x, c, parsed, &again);
    if (done && !equal(text, &again))
        done = complain(x, c, "printing what was parsed", "the text is another one");
    done = done && same_end(x, c, module, parsed);
    release(x, &again, 1);
    wp_module_delete(parsed);
    return done;
}

static bool go(trip *x, const script_command *c, wp_module *module, bytes *first) {
    wp_module *decoded = NULL, *last = NULL;
    bytes text = {NULL, 0}, decoded_text = {NULL, 0}, second = {NULL, 0}, third = {NULL, 0}, last_text = {NULL, 0};
    bool done = encode(x, c, module, first) && print(x, c, module, &text) && decode(x, c, first, &decoded) &&
                through_text(x, c, decoded, &decoded_text, &second) && decode(x, c, &second, &last) &&
                through_text(x, c, last, &last_text, &third);
    if (done && !equal_text(&text, &decoded_text))
        done = complain(x, c, "printing what was decoded", "the text is another one");
    if (done && (!equal(&decoded_text, &last_text) || !equal(&second, &third)))
        done = complain(x, c, "no fixed point", "");
    if (done && !equal(first, &second)) {
        x->shortened++;
        if (c->module.form == SCRIPT_FORM_TEXT || c->module.form == SCRIPT_FORM_QUOTE)
            done = complain(x, c, "the encoding is another one", "");
    }
    done = done && same_end(x, c, module, decoded);
    release(x, &text, 1);
    release(x, &decoded_text, 1);
    release(x, &last_text, 1);
    release(x, &second, 0);
    release(x, &third, 0);
    wp_module_delete(decoded);
    wp_module_delete(last);
    return done;
}

/* ---- Scripts ------------------------------------------------------------------------------------------------- */

/* Commands whose module is valid. */
static bool is_valid(script_kind kind) {
    return kind != SCRIPT_ASSERT_INVALID && kind != SCRIPT_ASSERT_MALFORMED;
}

static void write_module(trip *x, const script_command *c, const bytes *b, const char *suffix) {
    char path[1024];
    const char *name = base_name(x->file);
    snprintf(path, sizeof path, "%s/%.*s.%u.%u.%s", x->folder, (int)strcspn(name, "."), name, c->where.line,
             c->where.column, suffix);
    FILE *file = fopen(path, "wb");
    bool written = file != NULL && fwrite(b->data, 1, b->size, file) == b->size;
    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written)
        complain(x, c, path, "cannot be written");
}

static void write_both(trip *x, const script_command *c, const wp_module *module, const bytes *binary) {
    bytes text = {NULL, 0};
    write_module(x, c, binary, "wasm");
    if (print(x, c, module, &text))
        write_module(x, c, &text, "wat");
    release(x, &text, 1);
}

static void take_module(trip *x, const script_command *c) {
    wp_module *module = NULL;
    wp_diag diag = {0};
    bytes first = {NULL, 0};
    x->modules++;
    if (script_module_parse(x->script, &c->module, &module, &diag) != WP_OK) {
        x->unreadable++;
        return;
    }
    go(x, c, module, &first);
    if (x->folder != NULL && first.data != NULL && is_valid(c->kind))
        write_both(x, c, module, &first);
    release(x, &first, 0);
    wp_module_delete(module);
}

static bool read_file(const char *name, bytes *out) {
    FILE *file = fopen(name, "rb");
    size_t capacity = 1 << 20, got = 0;
    *out = (bytes){malloc(capacity), 0};
    while (file != NULL && out->data != NULL &&
           (got = fread(out->data + out->size, 1, capacity - out->size, file)) != 0) {
        out->size += got;
        if (out->size == capacity) {
            uint8_t *bigger = realloc(out->data, capacity *= 2);
            if (bigger == NULL)
                free(out->data);
            out->data = bigger;
        }
    }
    bool done = file != NULL && out->data != NULL && !ferror(file);
    if (file != NULL)
        fclose(file);
    return done;
}

static void take_script(trip *x, const char *file) {
    const script_command *c = NULL;
    wp_diag diag = {0};
    bytes text = {NULL, 0};
    x->file = file;
    x->modules = x->unreadable = x->shortened = x->wrong = 0;
    x->engine = wp_engine_new(NULL);
    bool done = x->engine != NULL && read_file(file, &text);
    if (done)
        done = script_open(x->engine, NULL, (const char *)text.data, text.size, &x->script, &diag) == WP_OK;
    while (done && (done = script_next(x->script, &c, &diag) == WP_OK) && c != NULL)
        if (c->has_module)
            take_module(x, c);
    if (!done)
        tap_note("%s:%u: %s", base_name(file), diag.where.line, diag.message);
    tap_ok(x->t, CHECK(done) && EQ(x->wrong, 0),
           "%s: %zu modules, %zu of them cannot be read, %zu have a shorter encoding", base_name(file), x->modules,
           x->unreadable, x->shortened);
    script_close(x->script);
    x->script = NULL;
    wp_engine_delete(x->engine);
    free(text.data);
}

int main(int argc, char **argv) {
    tap t = {0};
    trip x = {.t = &t};
    int i = 1;
    if (argc > 2 && strcmp(argv[1], "--write") == 0) {
        x.folder = argv[2];
        i = 3;
    }
    for (; i < argc; i++)
        take_script(&x, argv[i]);
    return tap_done(&t);
}
