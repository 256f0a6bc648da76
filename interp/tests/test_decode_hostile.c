/* test_decode_hostile.c: decoding of damaged, hostile and large modules, limits, failing memory. */
#include "core/binary/encode.h"
#include "failing.h"
#include "sample.h"
#include "tap.h"

/* Whether encoding, decoding and encoding again gives the same bytes. */
static bool is_stable(wp_engine *engine, const wp_module *module) {
    uint8_t *once = NULL, *twice = NULL;
    size_t size = 0, again = 0;
    wp_diag diag = {0};
    bool same = false;
    if (wp_module_encode(module, &once, &size, &diag) != WP_OK)
        return false;
    wp_module *copy = sample_decode(engine, once, size, &diag);
    if (copy != NULL && wp_module_encode(copy, &twice, &again, &diag) == WP_OK)
        same = size == again && memcmp(once, twice, size) == 0;
    wp_buffer_free(engine, once, size);
    if (twice != NULL)
        wp_buffer_free(engine, twice, again);
    wp_module_delete(copy);
    return same;
}

/* ---- Damage -------------------------------------------------------------------------------------------------- */

/* A module may use so many bytes of memory, and so many more for each of its own. */
enum { BYTES_PER_BYTE = 256, BYTES_AT_FIRST = 1 << 16 };

/* A condition: a module is decoded, or refused, in memory that is proportional to its size and freed. A decoded module
 * is encoded, decoded again and validated. */
static bool survives(const uint8_t *bytes, size_t size, wp_diag *diag) {
    failing f = {0};
    wp_allocator allocator = failing_allocator(&f);
    wp_engine *engine = wp_engine_new(&allocator);
    REQUIRE(engine != NULL);
    size_t before = f.live;
    f.peak = before;
    wp_module *module = sample_decode(engine, bytes, size, diag);
    bool right = CHECK(f.peak - before <= BYTES_AT_FIRST + size * BYTES_PER_BYTE);
    if (module != NULL) {
        wp_diag ignored = {0};
        right = right && CHECK(is_stable(engine, module)) && CHECK(wp_module_validate(module, &ignored) != WP_CRASH);
    } else {
        right = right && CHECK(diag->status != WP_OK) && CHECK(diag->where.offset <= size);
    }
    wp_module_delete(module);
    wp_engine_delete(engine);
    return failing_freed(&f) && right;
}

static bool all_truncations(const sample *bytes) {
    bool right = true;
    for (size_t size = 0; size < bytes->size; size++) {
        wp_diag diag;
        /* A copy of exactly that size, so that a sanitizer sees a read beyond it. */
        uint8_t *cut = malloc(size == 0 ? 1 : size);
        REQUIRE(cut != NULL);
        memcpy(cut, bytes->data, size);
        right = right && survives(cut, size, &diag);
        free(cut);
    }
    return right;
}

static bool all_mutations(sample *bytes) {
    static const uint8_t values[] = {0x00, 0x01, 0x05, 0x0B, 0x40, 0x63, 0x7F, 0x80, 0xFB, 0xFF};
    bool right = true;
    for (size_t i = 0; right && i < bytes->size; i++) {
        uint8_t kept = bytes->data[i];
        for (size_t k = 0; right && k < sizeof values; k++) {
            wp_diag diag;
            bytes->data[i] = values[k];
            right = survives(bytes->data, bytes->size, &diag);
            if (!right)
                tap_note("byte %zu as %02x: %s", i, values[k], diag.message);
        }
        bytes->data[i] = kept;
    }
    return right;
}

static void check_damage(tap *t) {
    sample instrs = sample_instrs(), sections = sample_sections();
    tap_ok(t, all_truncations(&instrs), "every instruction, cut at every byte");
    tap_ok(t, all_truncations(&sections), "every section, cut at every byte");
    tap_ok(t, all_mutations(&instrs), "every instruction, each byte changed");
    tap_ok(t, all_mutations(&sections), "every section, each byte changed");
    sample_free(&instrs);
    sample_free(&sections);
}

/* ---- Hostile modules ----------------------------------------------------------------------------------------- */

/* A module that claims a large size is refused in little memory. */
static void check_claim(tap *t, const char *what, const char *bytes, size_t size) {
    wp_diag diag;
    bool right = survives((const uint8_t *)bytes, size, &diag);
    if (!tap_ok(t, CHECK(right) && EQ_STATUS(diag.status, WP_MALFORMED), "hostile: %s", what))
        tap_note("%s", diag.message);
}

#define CLAIM(t, what, bytes) check_claim(t, what, bytes, sizeof(bytes) - 1)

static void check_claims(tap *t) {
    CLAIM(t, "2^32 - 1 types", HEAD "\x01\x06\xFF\xFF\xFF\xFF\x0F\x60");
    CLAIM(t, "2^32 - 1 functions", HEAD "\x03\x06\xFF\xFF\xFF\xFF\x0F\x00");
    CLAIM(t, "2^32 - 1 bodies", HEAD "\x0A\x06\xFF\xFF\xFF\xFF\x0F\x00");
    CLAIM(t, "a body of 4 GiB", HEAD FUNC "\x0A\x07\x01\xFF\xFF\xFF\xFF\x0F\x0B");
    CLAIM(t, "2^32 - 1 runs of locals", HEAD FUNC "\x0A\x08\x01\x06\xFF\xFF\xFF\xFF\x0F\x0B");
    CLAIM(t, "two runs of 2^31 locals",
          HEAD FUNC "\x0A\x11\x01\x0F\x02\x80\x80\x80\x80\x08\x7F\x80\x80\x80\x80\x08\x7E\x0B");
    CLAIM(t, "a br_table of 2^32 - 1 labels", HEAD FUNC "\x0A\x0A\x01\x08\x00\x0E\xFF\xFF\xFF\xFF\x0F\x0B");
    CLAIM(t, "2^32 - 1 data segments", HEAD "\x0B\x06\xFF\xFF\xFF\xFF\x0F\x01");
    CLAIM(t, "a data segment of 4 GiB", HEAD "\x0B\x07\x01\x01\xFF\xFF\xFF\xFF\x0F");
    CLAIM(t, "a section of 4 GiB", HEAD "\x01\xFF\xFF\xFF\xFF\x0F");
}

/* One run of 2^32 - 1 locals is well-formed and uses no memory until validation refuses it. */
static void check_many_locals(tap *t, wp_engine *engine) {
    static const char bytes[] = HEAD FUNC "\x0A\x0A\x01\x08\x01\xFF\xFF\xFF\xFF\x0F\x7F\x0B";
    wp_diag diag;
    tap_ok(t, survives((const uint8_t *)bytes, sizeof bytes - 1, &diag), "2^32 - 1 locals use no memory");
    wp_module *module = sample_decode(engine, bytes, sizeof bytes - 1, &diag);
    tap_ok(t, CHECK(module != NULL) && EQ(module->funcs[0].nlocals, UINT32_MAX), "2^32 - 1 locals are one run");
    tap_ok(t, CHECK(module != NULL) && EQ_STATUS(wp_module_validate(module, &diag), WP_EXHAUSTION),
           "2^32 - 1 locals exceed the limit");
    wp_module_delete(module);
}

/* A module of one function without locals, with this body. */
static sample function_module(const sample *body) {
    sample module = {0}, code = {0};
    SAMPLE(&module, HEAD FUNC);
    sample_byte(&code, 1);
    sample_leb(&code, body->size + 1);
    sample_byte(&code, 0);
    sample_bytes(&code, body->data, body->size);
    sample_section(&module, 10, &code);
    return module;
}

static void check_function(tap *t, sample *body, const char *what) {
    wp_diag diag;
    sample module = function_module(body);
    tap_ok(t, survives(module.data, module.size, &diag) && EQ_STATUS(diag.status, WP_OK), "a function of %s", what);
    sample_free(&module);
    sample_free(body);
}

static void check_large(tap *t) {
    enum { COUNT = 1000000 };
    sample body = {0};
    for (size_t i = 0; i < COUNT; i++)
        SAMPLE(&body, "\x02\x40");
    for (size_t i = 0; i < COUNT + 1; i++)
        sample_byte(&body, 0x0B);
    check_function(t, &body, "a million nested blocks");
    sample_byte(&body, 0x0E);
    sample_leb(&body, COUNT);
    for (size_t i = 0; i < COUNT + 1; i++)
        sample_byte(&body, 0x00);
    sample_byte(&body, 0x0B);
    check_function(t, &body, "a br_table of a million labels");
    for (size_t i = 0; i < COUNT; i++)
        sample_byte(&body, 0x01);
    sample_byte(&body, 0x0B);
    check_function(t, &body, "a million nops");
}

/* Empty expressions in an element segment: one byte each. */
static void check_empty_expressions(tap *t) {
    enum { COUNT = 100000 };
    wp_diag diag;
    sample module = {0}, segment = {0};
    SAMPLE(&module, HEAD);
    SAMPLE(&segment, "\x01\x05\x70");
    sample_leb(&segment, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        sample_byte(&segment, 0x0B);
    sample_section(&module, 9, &segment);
    bool right = survives(module.data, module.size, &diag);
    tap_ok(t, CHECK(right) && EQ_STATUS(diag.status, WP_OK), "an element segment of empty expressions");
    sample_free(&module);
}

/* Lists whose elements are small in the source and large in memory. */
static void check_dense(tap *t) {
    enum { COUNT = 100000 };
    static const struct {
        const char *what;
        unsigned section;
        const char *element;
        size_t size;
    } lists[] = {{"types", 1, "\x5F\x00", 2},
                 {"empty groups of types", 1, "\x4E\x00", 2},
                 {"imports", 2, "\x00\x00\x00\x00", 4},
                 {"tables", 4, "\x70\x00\x00", 3},
                 {"memories", 5, "\x00\x00", 2},
                 {"tags", 13, "\x00\x00", 2},
                 {"globals", 6, "\x7F\x00\x0B", 3},
                 {"exports", 7, "\x00\x00\x00", 3},
                 {"element segments", 9, "\x01\x00\x00", 3},
                 {"data segments", 11, "\x01\x00", 2}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        wp_diag diag;
        sample module = {0}, list = {0};
        SAMPLE(&module, HEAD);
        sample_leb(&list, COUNT);
        for (size_t k = 0; k < COUNT; k++)
            sample_bytes(&list, lists[i].element, lists[i].size);
        sample_section(&module, lists[i].section, &list);
        tap_ok(t, survives(module.data, module.size, &diag) && EQ_STATUS(diag.status, WP_OK), "many small %s",
               lists[i].what);
        sample_free(&module);
    }
}

static void check_limit(tap *t, wp_engine *engine) {
    static const char bytes[] = HEAD "\x01\x07\x03\x5F\x00\x5F\x00\x5F\x00";
    wp_diag diag;
    uint64_t kept = wp_limit_get(engine, WP_LIMIT_types).value;
    bool set = wp_limit_set(engine, "types", 2);
    wp_module *module = sample_decode(engine, bytes, sizeof bytes - 1, &diag);
    tap_ok(t, CHECK(set) && CHECK(module == NULL) && EQ_STATUS(diag.status, WP_EXHAUSTION) && EQ(diag.where.offset, 15),
           "a module that exceeds the limit on types");
    wp_module_delete(module);
    set = wp_limit_set(engine, "types", kept);
    module = sample_decode(engine, bytes, sizeof bytes - 1, &diag);
    tap_ok(t, CHECK(set) && CHECK(module != NULL), "the same module with the default limit");
    wp_module_delete(module);
}

/* Indices too large for their packed form stay out of range. */
static void check_packing(tap *t, wp_engine *engine) {
    static const char bytes[] = HEAD FUNC "\x0A\x19\x01\x17\x00"
                                          "\x02\xFF\xFF\xFF\xFF\x0F\x0B"
                                          "\xD0\xFF\xFF\xFF\xFF\x0F"
                                          "\x28\x42\xFF\xFF\xFF\xFF\x0F\x00"
                                          "\x0B";
    wp_diag diag;
    wp_module *module = sample_decode(engine, bytes, sizeof bytes - 1, &diag);
    const wp_code *code = module == NULL ? NULL : &module->funcs[0].code;
    tap_ok(t,
           CHECK(module != NULL) && CHECK(wp_block_has_type(code->instrs[0].x)) &&
               CHECK(wp_block_type_index(code->instrs[0].x) >= module->ntypes) &&
               EQ(code->instrs[2].x, WP_T_INDEX | WP_T_BITS) &&
               CHECK(wp_memarg_memory(code->instrs[3].x) > engine->limits[WP_LIMIT_memories]),
           "type and memory indices up to 2^32 - 1 are well-formed");
    if (module == NULL)
        tap_note("%s at %zu", diag.message, diag.where.offset);
    tap_ok(t, CHECK(module != NULL) && EQ_STATUS(wp_module_validate(module, &diag), WP_INVALID),
           "these indices are invalid");
    wp_module_delete(module);
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

/* Decoding and encoding with the k-th allocation failing, for each k. */
static bool all_failures(const sample *bytes) {
    bool clean = true, done = false;
    for (size_t k = 1; clean && !done && k < 1000; k++) {
        failing f = {0};
        wp_allocator allocator = failing_allocator(&f);
        wp_engine *engine = wp_engine_new(&allocator);
        wp_module *module = NULL;
        wp_diag diag = {0};
        uint8_t *encoded = NULL;
        size_t size = 0;
        failing_start(&f, k);
        wp_status status = wp_module_decode(engine, bytes->data, bytes->size, &module, &diag);
        if (status == WP_OK)
            status = wp_module_encode(module, &encoded, &size, &diag);
        done = status == WP_OK;
        clean = done || (EQ_STATUS(status, WP_EXHAUSTION) && EQ_TEXT(diag.message, "out of memory"));
        if (encoded != NULL)
            wp_buffer_free(engine, encoded, size);
        wp_module_delete(module);
        wp_engine_delete(engine);
        clean = failing_freed(&f) && clean;
    }
    return clean && done;
}

/* The arena allocates in chunks. A custom section of growing size at the end of the source moves the places where a
 * chunk ends, until every allocation has been the one that needs a new chunk. */
static bool all_failures_moved(void) {
    bool right = true;
    for (size_t padding = 0; right && padding < 12288; padding += 16) {
        sample bytes = sample_sections(), contents = {0};
        sample_byte(&contents, 0);
        for (size_t i = 0; i < padding; i++)
            sample_byte(&contents, 0);
        sample_section(&bytes, 0, &contents);
        right = all_failures(&bytes);
        sample_free(&bytes);
    }
    return right;
}

static void check_failures(tap *t) {
    sample instrs = sample_instrs(), sections = sample_sections();
    tap_ok(t, all_failures(&instrs), "every instruction, each allocation failing");
    tap_ok(t, all_failures(&sections), "every section, each allocation failing");
    tap_ok(t, all_failures_moved(), "every section, each allocation failing at every place");
    sample_free(&instrs);
    sample_free(&sections);
}

int main(void) {
    tap t = {0};
    wp_engine *engine = wp_engine_new(NULL);
    REQUIRE(engine != NULL);
    check_damage(&t);
    check_claims(&t);
    check_many_locals(&t, engine);
    check_large(&t);
    check_empty_expressions(&t);
    check_dense(&t);
    check_limit(&t, engine);
    check_packing(&t, engine);
    check_failures(&t);
    wp_engine_delete(engine);
    return tap_done(&t);
}
