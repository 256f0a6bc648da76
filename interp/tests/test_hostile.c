/* test_hostile.c: hostile modules: the memory for validation, printing and instantiation is proportional to the module,
 * and errors name what is too much. See test_decode_hostile.c for decoding alone.
 */
#include "core/module.h"
#include "failing.h"
#include "sample.h"
#include "tap.h"

/* The results of a module. peak: bytes beyond those of the engine. */
typedef struct outcome {
    wp_status decoded, validated;
    size_t peak;
    wp_diag diag;
} outcome;

/* Decodes and validates a module with a counting allocator. */
static outcome measure(const sample *module) {
    outcome o = {.decoded = WP_CRASH, .validated = WP_CRASH};
    failing f = {0};
    wp_allocator allocator = failing_allocator(&f);
    wp_engine *engine = wp_engine_new(&allocator);
    wp_module *m = NULL;
    size_t before = f.live;
    o.decoded = wp_module_decode(engine, module->data, module->size, &m, &o.diag);
    if (o.decoded == WP_OK)
        o.validated = wp_module_validate(m, &o.diag);
    wp_module_delete(m);
    o.peak = f.peak - before;
    wp_engine_delete(engine);
    return o;
}

/* Checks the result of a module, and its memory: at most 64 KiB plus `ratio` bytes for each of its own. */
static void check(tap *t, const sample *module, wp_status status, const char *message, size_t ratio, const char *what) {
    outcome o = measure(module);
    wp_status got = o.decoded == WP_OK ? o.validated : o.decoded;
    bool right = EQ_STATUS(got, status) && CHECK(strncmp(o.diag.message, message, strlen(message)) == 0);
    right = right && CHECK(o.diag.where.offset <= module->size);
    if (!tap_ok(t, CHECK(right) && CHECK(o.peak <= 65536 + ratio * module->size), "%s: %zu bytes of memory for %zu",
                what, o.peak, module->size))
        tap_note("%s: %s", wp_status_name(got), o.diag.message);
}

/* Checks that the text of a module is at most 100 times its size (print.h), and the memory for printing at most three
 * times that. */
static void check_text(tap *t, const sample *module, const char *what) {
    failing f = {0};
    wp_allocator allocator = failing_allocator(&f);
    wp_engine *engine = wp_engine_new(&allocator);
    wp_module *m = NULL;
    wp_diag diag = {0};
    char *text = NULL;
    size_t size = 0;
    bool printed = wp_module_decode(engine, module->data, module->size, &m, &diag) == WP_OK;
    size_t before = f.live;
    f.peak = f.live;
    printed = printed && EQ_STATUS(wp_module_print(m, &text, &size, &diag), WP_OK);
    size_t peak = f.peak - before;
    tap_ok(t, CHECK(printed) && CHECK(size <= 100 * module->size) && CHECK(peak <= 65536 + 300 * module->size),
           "%s: %zu bytes of text for %zu, with %zu bytes of memory", what, size, module->size, peak);
    if (text != NULL)
        wp_buffer_free(engine, text, size + 1);
    wp_module_delete(m);
    wp_engine_delete(engine);
}

/* A function type with parameters and results of i32. */
static void put_type(sample *s, size_t nparams, size_t nresults) {
    sample_byte(s, 0x60);
    sample_leb(s, nparams);
    for (size_t i = 0; i < nparams; i++)
        sample_byte(s, 0x7F);
    sample_leb(s, nresults);
    for (size_t i = 0; i < nresults; i++)
        sample_byte(s, 0x7F);
}

/* A module of these types and one function of type 0, without locals, with this body (and its `end`), which is freed.
 */
static sample module_of(sample *types, size_t ntypes, sample *body) {
    sample m = {0}, section = {0}, code = {0};
    SAMPLE(&m, HEAD);
    sample_leb(&section, ntypes);
    sample_bytes(&section, types->data, types->size);
    sample_section(&m, 1, &section);
    SAMPLE(&m, "\x03\x02\x01\x00");
    sample_byte(body, 0x0B);
    sample_byte(&code, 1);
    sample_leb(&code, body->size + 1);
    sample_byte(&code, 0);
    sample_bytes(&code, body->data, body->size);
    sample_section(&m, 10, &code);
    sample_free(types);
    sample_free(body);
    return m;
}

enum { MANY = 1000000 };

static void test_nesting(tap *t) {
    sample types = {0}, body = {0};
    put_type(&types, 0, 0);
    for (size_t i = 0; i < MANY; i++)
        SAMPLE(&body, "\x03\x40");
    for (size_t i = 0; i < MANY; i++)
        sample_byte(&body, 0x0B);
    sample m = module_of(&types, 1, &body);
    check(t, &m, WP_EXHAUSTION, "nesting of blocks too deep (limit 100000)", 64, "a million nested blocks");
    check_text(t, &m, "a million nested blocks");
    sample_free(&m);
}

/* The limit is the bound: a stack of types of four bytes each, and as much again while it grows. */
static void test_operands(tap *t) {
    enum { RESULTS = 5000, CALLS = 5000 };
    sample types = {0}, body = {0};
    put_type(&types, 0, RESULTS);
    for (size_t i = 0; i < CALLS; i++)
        SAMPLE(&body, "\x10\x00");
    sample m = module_of(&types, 1, &body);
    check(t, &m, WP_EXHAUSTION, "operand stack too high (limit 1048576 cells)", 1024,
          "calls with many results, which nothing consumes");
    sample_free(&m);
}

static void test_labels(tap *t) {
    sample types = {0}, body = {0};
    put_type(&types, 0, 0);
    SAMPLE(&body, "\x41\x00\x0E");
    sample_leb(&body, MANY);
    for (size_t i = 0; i < MANY + 1; i++)
        sample_byte(&body, 0x00);
    sample m = module_of(&types, 1, &body);
    check(t, &m, WP_OK, "", 64, "a br_table of a million labels");
    sample_free(&m);
}

static void test_locals(tap *t) {
    sample types = {0}, body = {0};
    put_type(&types, 50001, 0);
    sample m = module_of(&types, 1, &body);
    check(t, &m, WP_EXHAUSTION, "too many locals (limit 50000)", 64, "a function of many parameters");
    sample_free(&m);
}

/* Types that are all different, so that each is in the engine's table, too. */
static void test_types(tap *t) {
    enum { TYPES = 100000 };
    sample types = {0}, body = {0};
    put_type(&types, 0, 0);
    for (size_t i = 1; i < TYPES; i++) {
        SAMPLE(&types, "\x60\x01\x64");
        /* A signed LEB128 index of three bytes. */
        sample_byte(&types, (unsigned)((i - 1) & 0x7F) | 0x80);
        sample_byte(&types, (unsigned)((i - 1) >> 7 & 0x7F) | 0x80);
        sample_byte(&types, (unsigned)((i - 1) >> 14 & 0x3F));
        sample_byte(&types, 0);
    }
    sample m = module_of(&types, TYPES, &body);
    check(t, &m, WP_OK, "", 128, "many different types");
    sample_free(&m);
}

/* A chain of subtypes, each deeper than the last. */
static void test_subtypes(tap *t) {
    enum { TYPES = 50000 };
    sample types = {0}, body = {0};
    SAMPLE(&types, "\x50\x00\x60\x00\x00");
    for (size_t i = 1; i < TYPES; i++) {
        SAMPLE(&types, "\x50\x01");
        sample_leb(&types, i - 1);
        SAMPLE(&types, "\x60\x00\x00");
    }
    sample m = module_of(&types, TYPES, &body);
    check(t, &m, WP_OK, "", 128, "a long chain of subtypes");
    sample_free(&m);
}

/* Many small definitions of a kind, in a valid module. */
static void check_list(tap *t, const char *before, size_t before_size, unsigned section, const char *element,
                       size_t size, wp_status status, const char *message, const char *what) {
    enum { COUNT = 100000 };
    sample m = {0}, list = {0};
    sample_bytes(&m, before, before_size);
    sample_leb(&list, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        sample_bytes(&list, element, size);
    sample_section(&m, section, &list);
    check(t, &m, status, message, 256, what);
    check_text(t, &m, what);
    sample_free(&m);
}

#define LIST(t, before, section, element, status, message, what)                                                       \
    check_list((t), HEAD before, sizeof(HEAD before) - 1, (section), (element), sizeof(element) - 1, (status),         \
               (message), (what))

static void test_lists(tap *t) {
    LIST(t, "", 1, "\x60\x00\x00", WP_OK, "", "many equal types");
    LIST(t, "", 1, "\x4E\x00", WP_OK, "", "many empty groups of types");
    LIST(t, "\x01\x04\x01\x60\x00\x00", 2, "\x00\x00\x00\x00", WP_OK, "", "many imports");
    LIST(t, "", 4, "\x70\x00\x00", WP_OK, "", "many tables");
    LIST(t, "", 4, "\x40\x00\x70\x00\x00\xD0\x70\x0B", WP_OK, "", "many tables with initialisers");
    LIST(t, "", 5, "\x00\x00", WP_OK, "", "many memories");
    LIST(t, "", 6, "\x7F\x00\x41\x00\x0B", WP_OK, "", "many globals");
    LIST(t, "\x05\x03\x01\x00\x00", 7, "\x00\x02\x00", WP_INVALID, "duplicate export name", "many exports of one name");
    LIST(t, "", 9, "\x01\x00\x00", WP_OK, "", "many element segments");
    LIST(t, "", 11, "\x01\x00", WP_OK, "", "many data segments");
    LIST(t, "\x05\x03\x01\x00\x00", 11, "\x00\x41\x00\x0B\x00", WP_OK, "", "many active data segments");
}

/* The longest mnemonic with a code of one byte, indented as far as possible. */
static void test_text(tap *t) {
    sample types = {0}, body = {0};
    put_type(&types, 0, 0);
    for (size_t i = 0; i < 100; i++)
        SAMPLE(&body, "\x02\x40");
    for (size_t i = 0; i < MANY; i++)
        sample_byte(&body, 0xBF); /* f64.reinterpret_i64 */
    for (size_t i = 0; i < 100; i++)
        sample_byte(&body, 0x0B);
    sample m = module_of(&types, 1, &body);
    check_text(t, &m, "long mnemonics");
    sample_free(&m);
}

int main(void) {
    tap t = {0};
    test_text(&t);
    test_nesting(&t);
    test_operands(&t);
    test_labels(&t);
    test_locals(&t);
    test_types(&t);
    test_subtypes(&t);
    test_lists(&t);
    return tap_done(&t);
}
