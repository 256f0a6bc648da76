/* fuzz_decode.c: a fuzz target: any bytes as a binary module.
 *
 * For any bytes, decoding gives an error with a place in them, or a module that is encoded, decoded again, and encoded
 * to the same bytes; validation gives no crash status; a valid module is printed, parsed back, and printed to the same
 * text. A violation aborts.
 */
#include "fuzz.h"

/* The module's binary form is decoded to a module with the same binary form. */
static void check_encoding(wp_engine *engine, const wp_module *module) {
    uint8_t *once = NULL, *twice = NULL;
    size_t size = 0, again = 0;
    wp_module *copy = NULL;
    wp_diag diag = {0};
    fuzz_require(wp_module_encode(module, &once, &size, &diag) == WP_OK, "encoding", &diag);
    fuzz_require(wp_module_decode(engine, once, size, &copy, &diag) == WP_OK, "decoding what was encoded", &diag);
    fuzz_require(wp_module_encode(copy, &twice, &again, &diag) == WP_OK, "encoding again", &diag);
    fuzz_require(size == again && memcmp(once, twice, size) == 0, "the encodings differ", &diag);
    wp_buffer_free(engine, once, size);
    wp_buffer_free(engine, twice, again);
    wp_module_delete(copy);
}

/* The module's text is parsed to a module with the same text. */
static void check_text(wp_engine *engine, const wp_module *module) {
    char *once = NULL, *twice = NULL;
    size_t size = 0, again = 0;
    wp_module *copy = NULL;
    wp_diag diag = {0};
    fuzz_require(wp_module_print(module, &once, &size, &diag) == WP_OK, "printing", &diag);
    fuzz_require(wp_module_parse(engine, once, size, &copy, &diag) == WP_OK, "parsing what was printed", &diag);
    fuzz_require(wp_module_print(copy, &twice, &again, &diag) == WP_OK, "printing again", &diag);
    fuzz_require(size == again && memcmp(once, twice, size) == 0, "the texts differ", &diag);
    wp_buffer_free(engine, once, size + 1);
    wp_buffer_free(engine, twice, again + 1);
    wp_module_delete(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_module *module = NULL;
    wp_diag diag = {0};
    if (engine == NULL)
        return 0;
    /* The text of a function names each of its locals, so that a few bytes make a long text: keep it short. */
    fuzz_limit(engine, "locals", 200);
    wp_status status = wp_module_decode(engine, data, size, &module, &diag);
    fuzz_require(status != WP_CRASH, "decoding", &diag);
    if (status == WP_OK) {
        check_encoding(engine, module);
        status = wp_module_validate(module, &diag);
        fuzz_require(status != WP_CRASH, "validation", &diag);
        if (status == WP_OK)
            check_text(engine, module);
    } else {
        fuzz_require(diag.where.offset <= size, "the error is outside the module", &diag);
    }
    wp_module_delete(module);
    wp_engine_delete(engine);
    return 0;
}
