/* fuzz_text.c: a fuzz target: any bytes as a text module.
 *
 * For any bytes, parsing gives an error with a place in them, or a module that is encoded, decoded, and encoded to the
 * same bytes; both modules have the same result of validation; a valid one is printed, parsed back, and encoded to the
 * same bytes. A violation aborts.
 */
#include "fuzz.h"

typedef struct encoding {
    uint8_t *bytes;
    size_t size;
} encoding;

static encoding encode(const wp_module *module) {
    encoding out = {NULL, 0};
    wp_diag diag = {.status = WP_OK};
    fuzz_require(wp_module_encode(module, &out.bytes, &out.size, &diag) == WP_OK, "encoding", &diag);
    return out;
}

static void require_same(wp_engine *engine, const encoding *expected, const wp_module *module, const char *what) {
    const wp_diag none = {.status = WP_OK};
    encoding got = encode(module);
    fuzz_require(got.size == expected->size && memcmp(got.bytes, expected->bytes, got.size) == 0, what, &none);
    wp_buffer_free(engine, got.bytes, got.size);
}

static void check_text(wp_engine *engine, const wp_module *module, const encoding *expected) {
    char *text = NULL;
    size_t size = 0;
    wp_module *copy = NULL;
    wp_diag diag = {.status = WP_OK};
    fuzz_require(wp_module_print(module, &text, &size, &diag) == WP_OK, "printing", &diag);
    fuzz_require(wp_module_parse(engine, text, size, &copy, &diag) == WP_OK, "parsing what was printed", &diag);
    require_same(engine, expected, copy, "what was printed means something else");
    wp_buffer_free(engine, text, size + 1);
    wp_module_delete(copy);
}

static void check_module(wp_engine *engine, wp_module *module) {
    encoding bytes = encode(module);
    wp_module *copy = NULL;
    wp_diag diag = {.status = WP_OK}, other = {.status = WP_OK};
    fuzz_require(wp_module_decode(engine, bytes.bytes, bytes.size, &copy, &diag) == WP_OK, "decoding", &diag);
    require_same(engine, &bytes, copy, "the encodings differ");
    wp_status status = wp_module_validate(module, &diag);
    fuzz_require(status != WP_CRASH, "validation", &diag);
    fuzz_require(wp_module_validate(copy, &other) == status, "the copy validates otherwise", &other);
    fuzz_require(strcmp(diag.message, other.message) == 0, "the copy has another error", &other);
    if (status == WP_OK)
        check_text(engine, module, &bytes);
    wp_buffer_free(engine, bytes.bytes, bytes.size);
    wp_module_delete(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_module *module = NULL;
    wp_diag diag = {.status = WP_OK};
    if (engine == NULL)
        return 0;
    wp_status status = wp_module_parse(engine, (const char *)data, size, &module, &diag);
    fuzz_require(status != WP_CRASH, "parsing", &diag);
    if (status == WP_OK) {
        check_module(engine, module);
        wp_module_delete(module);
    } else {
        fuzz_require(diag.status == status && diag.message[0] != '\0', "the error is not described", &diag);
        fuzz_require(diag.where.line != 0 && diag.where.offset <= size, "the error has no place in the text", &diag);
    }
    wp_engine_delete(engine);
    return 0;
}
