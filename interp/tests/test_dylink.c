/* test_dylink.c: the section dylink.0: decoding, the text form, malformed sections (rule load.malformed). */
#include "process/load/dylink.h"
#include "process_fixture.h"
#include "small_chunks.h"

/* ---- Modules ------------------------------------------------------------------------------------------------- */

enum { MOST = 512 };

/* Wraps contents in a binary module of one section dylink.0. They begin at CONTENTS. */
enum { CONTENTS = 8 + 2 + 9 };

static size_t wrap(const uint8_t *contents, size_t size, uint8_t *out) {
    static const uint8_t head[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 0, 0, 8, 'd', 'y', 'l', 'i', 'n', 'k', '.', '0'};
    memcpy(out, head, sizeof head);
    out[9] = (uint8_t)(9 + size);
    if (size != 0)
        memcpy(out + sizeof head, contents, size);
    return sizeof head + size;
}

static wp_module *decoded(fixture *x, const uint8_t *contents, size_t size) {
    uint8_t bytes[MOST];
    wp_module *module = NULL;
    fixture_must(x,
                 wp_module_decode(x->engine, bytes, wrap(contents, size, bytes), &module, fresh(x)) == WP_OK &&
                     wp_module_validate(module, &x->diag) == WP_OK,
                 "set-up");
    return module;
}

/* Decodes contents for a pointer width. *where is the offset of an error. */
static wp_status decode(fixture *x, const uint8_t *contents, size_t size, unsigned bits, wp_dylink *out) {
    wp_module *module = decoded(x, contents, size);
    wp_status status = wp_dylink_decode(module, bits, out, fresh(x));
    /* The names point into the module, which is gone. */
    wp_module_delete(module);
    return status;
}

/* Every kind of subsection, and an unknown one. */
static const uint8_t whole[] = {
    1,   7,  0xE8, 0x07, 4,   0x83, 0x80, 0, 1,                                 /* mem-info */
    2,   7,  2,    3,    'l', 'i',  'b',  1, 'm',                               /* needed */
    3,   9,  2,    1,    'x', 0x80, 2,    1, 'y', 0x80, 4,                      /* export-info */
    4,   14, 2,    3,    'e', 'n',  'v',  1, 'f', 0x11, 3, 'l', 'o', 'g', 0, 1, /* import-info */
    5,   4,  1,    2,    '/', 'a',                                              /* runtime-path */
    200, 2,  0xFF, 0xFF,                                                        /* an unknown kind */
};

static bool is_name(wp_bytes name, const char *text) {
    return name.size == strlen(text) && memcmp(name.data, text, name.size) == 0;
}

static wp_bytes name_of(const char *text) {
    return (wp_bytes){(const uint8_t *)text, strlen(text)};
}

/* ---- Decoding ------------------------------------------------------------------------------------------------ */

static void test_whole(tap *t) {
    static const uint8_t contents[] = {
        1,   5,  0xE8, 0x07, 4,   3,    1,                                   /* mem-info */
        2,   7,  2,    3,    'l', 'i',  'b', 1,   'm',                       /* needed */
        2,   3,  1,    1,    'n',                                            /* needed, again */
        3,   9,  2,    1,    'x', 0x80, 2,   1,   'y', 0x80, 4,              /* export-info */
        4,   8,  1,    3,    'e', 'n',  'v', 1,   'f', 0x11,                 /* import-info */
        4,   8,  1,    3,    'l', 'o',  'g', 1,   'g', 1,                    /* not a symbol */
        4,   12, 1,    7,    'G', 'O',  'T', '.', 'm', 'e',  'm', 1, 'f', 2, /* the same name again */
        5,   4,  1,    2,    '/', 'a',                                       /* runtime-path */
        200, 2,  0xFF, 0xFF,                                                 /* an unknown kind */
    };
    fixture x;
    fixture_open(&x, t);
    wp_dylink d;
    wp_module *module = decoded(&x, contents, sizeof contents);
    wp_status status = wp_dylink_decode(module, 32, &d, &x.diag);
    tap_ok(t, EQ_STATUS(status, WP_OK) && CHECK(d.present), "a section with everything is decoded (%s)",
           x.diag.message);
    tap_ok(t, EQ(d.memory_size, 1000) && EQ(d.memory_align, 4) && EQ(d.table_size, 3) && EQ(d.table_align, 1),
           "mem-info");
    tap_ok(t,
           CHECK(is_name(d.needed->name, "lib")) && CHECK(is_name(d.needed->next->name, "m")) &&
               CHECK(is_name(d.needed->next->next->name, "n")) && CHECK(d.needed->next->next->next == NULL),
           "needed, of all subsections in order");
    tap_ok(t,
           EQ(wp_dylink_flags(&d, WP_DYLINK_EXPORT_INFO, name_of("x")), WP_SYMBOL_TLS) &&
               EQ(wp_dylink_flags(&d, WP_DYLINK_EXPORT_INFO, name_of("y")), WP_SYMBOL_ABSOLUTE) &&
               EQ(wp_dylink_flags(&d, WP_DYLINK_EXPORT_INFO, name_of("z")), 0),
           "export-info");
    tap_ok(t,
           EQ(wp_dylink_flags(&d, WP_DYLINK_IMPORT_INFO, name_of("f")), 0x13) &&
               EQ(wp_dylink_flags(&d, WP_DYLINK_IMPORT_INFO, name_of("g")), 0) &&
               EQ(wp_dylink_flags(&d, WP_DYLINK_IMPORT_INFO, name_of("x")), 0),
           "import-info, of symbols");
    wp_dylink_release(&d);
    wp_dylink_release(&d);
    wp_module_delete(module);
    module = fixture_module(&x, "(module (@dylink.0 (mem-info (memory 127 1) (table 128 2))))");
    tap_ok(t,
           EQ_STATUS(wp_dylink_decode(module, 32, &d, &x.diag), WP_OK) && EQ(d.memory_size, 127) &&
               EQ(d.memory_align, 1) && EQ(d.table_size, 128) && EQ(d.table_align, 2),
           "numbers of one and two bytes");
    wp_dylink_release(&d);
    wp_module_delete(module);
    module = fixture_module(&x, "(module (@custom \"dylink\" (after last) \"\\ff\"))");
    tap_ok(t,
           EQ_STATUS(wp_dylink_decode(module, 32, &d, &x.diag), WP_OK) && CHECK(!d.present) && CHECK(d.needed == NULL),
           "a module without the section");
    wp_dylink_release(&d);
    wp_module_delete(module);
    module = fixture_module(&x, "(module (@custom \"dylink\" (before first) \"\\e8\\07\\04\\03\\01\\01\\01m\"))");
    tap_ok(t,
           EQ_STATUS(wp_dylink_decode(module, 32, &d, &x.diag), WP_OK) && CHECK(d.present) && EQ(d.memory_size, 1000) &&
               EQ(d.memory_align, 4) && EQ(d.table_size, 3) && EQ(d.table_align, 1) &&
               CHECK(is_name(d.needed->name, "m")) && CHECK(d.needed->next == NULL),
           "the older section");
    wp_dylink_release(&d);
    wp_module_delete(module);
    fixture_close(&x, "whole");
}

/* A condition: decoding failed at an offset in the section, which is also in the message. */
static bool fails_inside(const fixture *x, wp_status status, size_t size) {
    const char *at = strstr(x->diag.message, "at byte ");
    size_t offset = x->diag.where.offset;
    return FAILS(x, status, WP_UNLOADABLE, "malformed dylink.0: ") && CHECK(at != NULL) &&
           EQ(strtoul(at + 8, NULL, 10), offset) && CHECK(offset >= CONTENTS) && CHECK(offset <= CONTENTS + size);
}

/* Truncated anywhere: whole subsections are a section, everything else is an error with its place. */
static void test_truncated(tap *t) {
    static const size_t ends[] = {0, 9, 18, 29, 45, 51, sizeof whole};
    fixture x;
    fixture_open(&x, t);
    int wrong = 0;
    for (size_t size = 0; size <= sizeof whole; size++) {
        wp_dylink d;
        bool is_end = false;
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            is_end = is_end || ends[i] == size;
        wp_status status = decode(&x, whole, size, 32, &d);
        wp_dylink_release(&d);
        bool good = is_end ? EQ_STATUS(status, WP_OK) : fails_inside(&x, status, size);
        if (!good)
            tap_note("%zu bytes", size);
        wrong += good ? 0 : 1;
    }
    tap_ok(t, EQ(wrong, 0), "the section truncated after each byte");
    fixture_close(&x, "truncated");
}

/* Each byte replaced by each other: a section, or an error with its place. */
static void test_mutated(tap *t) {
    fixture x;
    fixture_open(&x, t);
    int wrong = 0, good = 0;
    for (size_t i = 0; i < sizeof whole; i++)
        for (unsigned value = 0; value < 256; value++) {
            uint8_t contents[sizeof whole];
            wp_dylink d;
            memcpy(contents, whole, sizeof whole);
            contents[i] = (uint8_t)value;
            wp_status status = decode(&x, contents, sizeof contents, 64, &d);
            wp_dylink_release(&d);
            good += status == WP_OK;
            wrong += status == WP_OK || fails_inside(&x, status, sizeof contents) ? 0 : 1;
        }
    tap_ok(t, EQ(wrong, 0) && CHECK(good > 1000), "each byte replaced: %d of %zu are sections", good,
           sizeof whole * 256);
    fixture_close(&x, "mutated");
}

/* A section has one mem-info. */
static void test_second_mem_info(tap *t) {
    static const uint8_t contents[] = {1, 4, 0, 0, 0, 0, 2, 1, 0, 1, 4, 0, 0, 0, 0};
    fixture x;
    wp_dylink d;
    fixture_open(&x, t);
    wp_status status = decode(&x, contents, sizeof contents, 32, &d);
    wp_dylink_release(&d);
    tap_ok(t, fails_inside(&x, status, sizeof contents) && CHECK(strstr(x.diag.message, "second mem-info") != NULL),
           "a second mem-info is malformed");
    fixture_close(&x, "second mem-info");
}

static void test_alignment(tap *t) {
    fixture x;
    fixture_open(&x, t);
    int wrong = 0;
    for (unsigned bits = 32; bits <= 64; bits += 32)
        for (uint8_t align = 0; align < 128; align++)
            for (int table = 0; table < 2; table++) {
                uint8_t contents[] = {1, 4, 0, 0, 0, 0};
                wp_dylink d;
                contents[table == 0 ? 3 : 5] = align;
                wp_status status = decode(&x, contents, sizeof contents, bits, &d);
                wp_dylink_release(&d);
                bool fits = status == WP_OK || (fails_inside(&x, status, sizeof contents) &&
                                                x.diag.where.offset == CONTENTS + (table == 0 ? 3u : 5u));
                wrong += fits && (status == WP_OK) == (align < bits) ? 0 : 1;
            }
    tap_ok(t, EQ(wrong, 0), "alignment exponents are below the pointer's width");
    fixture_close(&x, "alignment");
}

static void test_places(tap *t) {
    static const char *const texts[] = {
        "(module (type (func)) (@custom \"dylink.0\" (after type) \"\"))",
        "(module (@custom \"a\" (before first) \"\") (@custom \"dylink.0\" (before first) \"\"))",
        "(module (@dylink.0) (@custom \"dylink.0\" (before first) \"\"))",
        "(module\n\n  (@custom \"dylink.0\" (before first) \"\\01\"))",
    };
    fixture x;
    fixture_open(&x, t);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        wp_dylink d;
        wp_module *module = fixture_module(&x, texts[i]);
        wp_status status = wp_dylink_decode(module, 32, &d, fresh(&x));
        tap_ok(t,
               FAILS(&x, status, WP_UNLOADABLE, "malformed dylink.0: ") &&
                   CHECK(strstr(x.diag.message, "at byte ") != NULL),
               "%.*s", (int)strcspn(texts[i], "\n"), texts[i]);
        wp_dylink_release(&d);
        wp_module_delete(module);
    }
    tap_ok(t, EQ(x.diag.where.line, 3) && EQ(x.diag.where.column, 3), "an error in a text is at the annotation");
    fixture_close(&x, "places");
}

static void test_failing_memory(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_module *module = decoded(&x, whole, sizeof whole);
    size_t live = x.f.live, k = 1;
    int wrong = 0;
    for (size_t count = SIZE_MAX; k <= count; k++) {
        wp_dylink d;
        failing_start(&x.f, k);
        wp_status status = wp_dylink_decode(module, 32, &d, NULL);
        failing_stop(&x.f);
        wp_dylink_release(&d);
        wrong += x.f.live != live ? 1 : 0;
        if (status == WP_OK && !x.f.once) {
            /* After the first success, each allocation fails once more, alone. */
            x.f.once = true;
            count = k - 1;
            k = 0;
            continue;
        }
        wrong += status != WP_EXHAUSTION ? 1 : 0;
    }
    tap_ok(t, EQ(wrong, 0) && CHECK(k > 3), "%zu allocations of decoding fail", k - 1);
    wp_module_delete(module);
    fixture_close(&x, "memory");
}

/* A large count without contents allocates nothing. */
static void test_claims(tap *t) {
    static const uint8_t needed[] = {2, 6, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0};
    static const uint8_t exports[] = {3, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
    fixture x;
    fixture_open(&x, t);
    wp_dylink d;
    size_t live = x.f.live;
    x.f.peak = live;
    wp_status status = decode(&x, needed, sizeof needed, 32, &d);
    wp_dylink_release(&d);
    tap_ok(t, EQ_STATUS(status, WP_UNLOADABLE) && CHECK(x.f.peak - live < 20000), "4294967295 names in 8 bytes");
    status = decode(&x, exports, sizeof exports, 32, &d);
    wp_dylink_release(&d);
    tap_ok(t, EQ_STATUS(status, WP_UNLOADABLE) && CHECK(x.f.peak - live < 20000), "4294967295 symbols in 7 bytes");
    fixture_close(&x, "claims");
}

/* ---- The text form ------------------------------------------------------------------------------------------- */

/* Prints a module; the caller frees the text, with wp_buffer_free and size + 1. */
static char *printed(fixture *x, const wp_module *module, size_t *size) {
    char *text = NULL;
    fixture_must(x, wp_module_print(module, &text, size, &x->diag) == WP_OK, "set-up");
    return text;
}

/* A condition: the text of a module is parsed to the same section. *annotated: it has the annotation @dylink.0. */
static bool goes_round(fixture *x, const uint8_t *contents, size_t size, bool *annotated) {
    wp_module *module = decoded(x, contents, size), *again = NULL;
    size_t text_size;
    char *text = printed(x, module, &text_size);
    *annotated = strstr(text, "(@dylink.0") != NULL;
    bool same = EQ_STATUS(wp_module_parse(x->engine, text, text_size, &again, &x->diag), WP_OK) &&
                EQ(again->ncustoms, 1) && EQ(again->customs[0].after, 0) && EQ(again->customs[0].bytes.size, size) &&
                EQ_BYTES(again->customs[0].bytes.data, contents, size);
    if (!same)
        tap_note("%s: %s", x->diag.message, text);
    wp_module_delete(again);
    wp_buffer_free(x->engine, text, text_size + 1);
    wp_module_delete(module);
    return same;
}

typedef struct round_trip {
    const char *what;
    bool annotated;
    uint8_t size;
    uint8_t contents[24];
} round_trip;

static const round_trip round_trips[] = {
    {"nothing", true, 0, {0}},
    {"mem-info", true, 6, {1, 4, 8, 2, 1, 0}},
    {"needed", true, 7, {2, 5, 1, 3, 'l', 'i', 'b'}},
    {"no needed", true, 3, {2, 1, 0}},
    {"two lists of needed", true, 12, {2, 4, 1, 2, 'a', 'b', 2, 4, 1, 2, 'c', 'd'}},
    {"symbols", true, 14, {3, 6, 2, 1, 'a', 0, 0, 1, 4, 4, 1, 0, 0, 0x11}},
    {"all flags", true, 9, {3, 7, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}},
    {"a path", true, 7, {5, 5, 1, 3, '/', '"', '\\'}},
    {"an unknown subsection", false, 3, {6, 1, 0}},
    {"a longer number", false, 7, {1, 5, 0x88, 0, 2, 1, 0}},
    {"a longer size", false, 7, {1, 0x84, 0, 8, 2, 1, 0}},
    {"two lists of symbols that would become one", false, 10, {3, 3, 1, 0, 0, 3, 3, 1, 0, 0}},
    {"no symbols", false, 3, {3, 1, 0}},
    {"a name that is not UTF-8", false, 5, {2, 3, 1, 1, 0xFF}},
    {"a subsection that is too long", false, 7, {1, 5, 8, 2, 1, 0, 0}},
    {"a subsection that is too short", false, 5, {1, 3, 8, 2, 1}},
    {"only a kind", false, 1, {1}},
    {"more than 32 bits", false, 10, {1, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 2, 1, 0}},
};

static void test_text(tap *t) {
    fixture x;
    fixture_open(&x, t);
    for (size_t i = 0; i < sizeof round_trips / sizeof *round_trips; i++) {
        const round_trip *r = &round_trips[i];
        bool annotated = false, same = goes_round(&x, r->contents, r->size, &annotated);
        tap_ok(t, CHECK(same) && EQ(annotated, r->annotated), "%s: through the text and back, as %s", r->what,
               r->annotated ? "@dylink.0" : "@custom");
    }
    bool annotated;
    int wrong = 0;
    for (size_t size = 0; size <= sizeof whole; size++)
        wrong += goes_round(&x, whole, size, &annotated) ? 0 : 1;
    tap_ok(t, EQ(wrong, 0), "truncated sections: through the text and back");
    fixture_close(&x, "text");
}

typedef struct mistake {
    const char *text;
    const char *message;
    unsigned line, column;
} mistake;

static const mistake mistakes[] = {
    {"(module (func) (@dylink.0))", "misplaced @dylink.0 annotation", 1, 16},
    {"(module (@dylink.0)\n (@dylink.0))", "misplaced @dylink.0 annotation", 2, 2},
    {"(module (@custom \"a\" \"\") (@dylink.0))", "misplaced @dylink.0 annotation", 1, 26},
    {"(module (func (@dylink.0)))", "misplaced @dylink.0 annotation", 1, 15},
    {"(module (@dylink.0 x))", "@dylink.0 annotation: unexpected token", 1, 20},
    {"(module (@dylink.0 (mem-inf)))", "@dylink.0 annotation: unexpected token", 1, 21},
    {"(module (@dylink.0 (mem-info (memory 1 2 3))))", "@dylink.0 annotation: unexpected token", 1, 42},
    {"(module (@dylink.0 (mem-info (memory -1 2))))", "@dylink.0 annotation: unexpected token", 1, 38},
    {"(module (@dylink.0 (mem-info (memory 1 2) (memory 1 2))))", "@dylink.0 annotation: unexpected token", 1, 44},
    {"(module (@dylink.0 (mem-info (table 1 4294967296))))", "@dylink.0 annotation: i32 constant out of range", 1, 39},
    {"(module (@dylink.0 (needed \"a\" b)))", "@dylink.0 annotation: unexpected token", 1, 32},
    {"(module (@dylink.0 (needed \"\\80\")))", "@dylink.0 annotation: malformed UTF-8 encoding", 1, 28},
    {"(module (@dylink.0 (import-info \"env\" binding-weak)))", "@dylink.0 annotation: unexpected token", 1, 39},
    {"(module (@dylink.0 (import-info \"env\" \"f\" weak)))", "@dylink.0 annotation: unexpected token", 1, 43},
    {"(module (@dylink.0 (needed \"a\")", "unclosed annotation", 1, 9},
};

static void test_mistakes(tap *t) {
    fixture x;
    fixture_open(&x, t);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const mistake *m = &mistakes[i];
        wp_module *module = NULL;
        wp_status status = wp_module_parse(x.engine, m->text, strlen(m->text), &module, fresh(&x));
        tap_ok(t,
               FAILS(&x, status, WP_MALFORMED, m->message) && EQ(x.diag.where.line, m->line) &&
                   EQ(x.diag.where.column, m->column),
               "%.*s", (int)strcspn(m->text, "\n"), m->text);
    }
    fixture_close(&x, "mistakes");
}

int main(void) {
    tap t = {0};
    test_whole(&t);
    test_truncated(&t);
    test_mutated(&t);
    test_second_mem_info(&t);
    test_alignment(&t);
    test_places(&t);
    test_failing_memory(&t);
    test_claims(&t);
    test_text(&t);
    test_mistakes(&t);
    return tap_done(&t);
}
