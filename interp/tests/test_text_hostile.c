/* test_text_hostile.c: hostile texts and failing memory: deep nesting uses no C stack, memory is proportional to the
 * text, names do not collide, every allocation may fail.
 */
#include "core/module.h"
#include "core_fixture.h"

/* A growing text. */
typedef struct source {
    char *text;
    size_t size, capacity;
} source;

static void put(source *s, const char *text) {
    size_t size = strlen(text);
    if (s->capacity - s->size < size + 1) {
        s->capacity = s->capacity * 2 + size + 1;
        s->text = realloc(s->text, s->capacity);
        REQUIRE(s->text != NULL);
    }
    memcpy(s->text + s->size, text, size + 1);
    s->size += size;
}

static void put_times(source *s, size_t times, const char *text) {
    for (size_t i = 0; i < times; i++)
        put(s, text);
}

static source source_of(const char *head, size_t times, const char *middle, const char *between, const char *tail,
                        const char *end) {
    source s = {NULL, 0, 0};
    put(&s, head);
    put_times(&s, times, middle);
    put(&s, between);
    put_times(&s, times, tail);
    put(&s, end);
    return s;
}

/* Parses in at most 64 KiB plus `ratio` bytes for each byte of the text. Frees the source. */
static void check(tap *t, source *s, wp_status status, const char *message, size_t ratio, const char *what) {
    failing f = {.fail_at = 0};
    wp_allocator allocator = failing_allocator(&f);
    wp_engine *engine = wp_engine_new(&allocator);
    wp_module *module = NULL;
    wp_diag diag = {.status = WP_OK};
    size_t before = f.live;
    wp_status got = wp_module_parse(engine, s->text, s->size, &module, &diag);
    wp_module_delete(got == WP_OK ? module : NULL);
    size_t peak = f.peak - before;
    wp_engine_delete(engine);
    bool right =
        EQ_STATUS(got, status) && CHECK(strncmp(diag.message, message, strlen(message)) == 0) && failing_freed(&f);
    if (!tap_ok(t, CHECK(right) && CHECK(peak <= 65536 + ratio * s->size), "%s: %zu bytes of memory for %zu", what,
                peak, s->size))
        tap_note("%s: %s", wp_status_name(got), diag.message);
    free(s->text);
}

/* ---- Nesting ------------------------------------------------------------------------------------------------- */

enum { LIMIT = 100000, DEEP = 3000000 };

static void test_nesting(tap *t) {
    source s = source_of("(func ", LIMIT, "block ", "", "end ", ")");
    check(t, &s, WP_OK, "", 64, "blocks nested to the limit");
    s = source_of("(func ", LIMIT + 1, "block ", "", "end ", ")");
    check(t, &s, WP_EXHAUSTION, "nesting too deep (limit 100000)", 64, "blocks nested beyond it");
    s = source_of("(func ", LIMIT, "(block ", "", ")", ")");
    check(t, &s, WP_OK, "", 64, "folded blocks nested to the limit");
    s = source_of("(func ", LIMIT + 1, "(block ", "", ")", ")");
    check(t, &s, WP_EXHAUSTION, "nesting too deep", 64, "folded blocks nested beyond it");
    s = source_of("(func ", LIMIT, "(drop", "", ")", ")");
    check(t, &s, WP_OK, "", 64, "folded instructions nested to the limit");
    s = source_of("(func ", DEEP, "(drop", "", "", "");
    check(t, &s, WP_EXHAUSTION, "nesting too deep", 64, "folded instructions nested without end");
    s = source_of("(func ", LIMIT, "(if(then", "", "))", ")");
    check(t, &s, WP_OK, "", 64, "folded conditionals nested to the limit");
    s = source_of("(func ", LIMIT, "(if", "", "(then))", ")");
    check(t, &s, WP_OK, "", 64, "conditions nested to the limit");
    s = source_of("(global i32 ", LIMIT + 1, "(drop", "", ")", ")");
    check(t, &s, WP_EXHAUSTION, "nesting too deep", 64, "a constant expression nested beyond the limit");
    s = source_of("", DEEP, "(;", "", ";)", "(func)");
    check(t, &s, WP_OK, "", 8, "comments nested deeply");
    s = source_of("", DEEP, "(;", "", "", "");
    check(t, &s, WP_MALFORMED, "unclosed comment", 8, "comments nested without end");
    s = source_of("(@a ", DEEP, "(", "", ")", ")(func)");
    check(t, &s, WP_OK, "", 8, "an annotation nested deeply");
    s = source_of("", DEEP, "(@a", "", "", "");
    check(t, &s, WP_MALFORMED, "unclosed annotation", 8, "annotations nested without end");
    s = source_of("", DEEP, "(", "", "", "");
    check(t, &s, WP_MALFORMED, "unexpected token", 8, "parentheses nested without end");
    s = source_of("(func (param ", DEEP, "(ref ", "", "", "");
    check(t, &s, WP_MALFORMED, "unexpected token", 8, "reference types nested without end");
    s = source_of("(type ", DEEP, "(sub ", "", "", "");
    check(t, &s, WP_MALFORMED, "unexpected token", 64, "subtypes nested without end");
}

/* ---- Memory in proportion ------------------------------------------------------------------------------------ */

enum { MANY = 200000 };

static void test_proportion(tap *t) {
    static const struct {
        const char *head, *middle, *end, *what;
    } cases[] = {
        {"", "\n", "", "empty lines"},
        {"", "(func)", "", "functions"},
        {"(rec", "(type(func))", ")", "types"},
        {"", "(type(struct))", "", "groups of types"},
        {"", "(rec)", "", "empty groups"},
        {"(type (struct (field ", "i8 ", ")))", "fields"},
        {"(type (func (param ", "i32 ", ")))", "parameters"},
        {"(type (sub ", "0 ", "(func)))", "supertypes"},
        {"(func (local ", "i32 i64 ", "))", "locals"},
        {"(func ", "(local)", ")", "lists of locals"},
        {"(func", "(export \"\")", ")", "exports of one function"},
        {"", "(import \"\" \"\"(func))", "", "imports"},
        {"", "(memory 0)", "", "memories"},
        {"", "(memory(data))", "", "memories with data"},
        {"", "(table 0 funcref)", "", "tables"},
        {"(table funcref (elem ", "0 ", "))", "elements of a table"},
        {"(table (ref 0) (elem ", "0 ", "))", "elements of a table that are expressions"},
        {"(elem func ", "0 ", ")", "functions of an element segment"},
        {"(elem anyref ", "(nop)", ")", "expressions of an element segment"},
        {"(elem anyref ", "(item)", ")", "empty expressions of an element segment"},
        {"", "(elem func)", "", "element segments"},
        {"", "(data)", "", "data segments"},
        {"(data ", "\"\" ", ")", "empty strings"},
        {"(data ", "\"\\00\" ", ")", "short strings"},
        {"", "(global i32)", "", "globals"},
        {"", "(tag)", "", "tags"},
        {"(func ", "nop ", ")", "instructions"},
        {"(func ", "(nop)", ")", "folded instructions"},
        {"(func br_table ", "0 ", ")", "labels"},
        {"(func ", "br_table 0 ", ")", "instructions with lists"},
        {"(func select ", "(result i32)", ")", "types of a selection"},
        {"(func try_table ", "(catch_all 0)", " end)", "catch clauses"},
        {"(func ", "(block $l)", ")", "labels of one name"},
        {"", "(@custom \"\")", "", "custom sections"},
        {"(func (param $x i32) ", "(local.get $\"x\")", ")", "quoted identifiers"},
        {"", "(@a)", "", "annotations"},
        {"(func ", "(@metadata.code.branch_hint \"\\00\")(if(then))", ")", "branch hints"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        source s = source_of(cases[i].head, MANY, cases[i].middle, cases[i].end, "", "");
        check(t, &s, WP_OK, "", 128, cases[i].what);
    }
}

/* Numbered names in every index space, and labels that shadow each other. */
static void test_names(tap *t) {
    source s = {NULL, 0, 0};
    char line[400];
    for (int i = 0; i < MANY / 4; i++) {
        snprintf(line, sizeof line,
                 "(import \"\" \"\" (func $%d (param $p i32))) (import \"\" \"\" (global $%d i32)) (type $%d (struct "
                 "(field $%d i32)))",
                 i, i, i, i);
        put(&s, line);
    }
    put(&s, "(func ");
    for (int i = 0; i < MANY / 4; i++) {
        snprintf(line, sizeof line, "(local $%d i32)", i);
        put(&s, line);
    }
    for (int i = 0; i < MANY / 4; i++) {
        snprintf(line, sizeof line, "(call $%d)(global.get $%d)(local.get $%d)(struct.get $%d $%d)", i, i, i, i, i);
        put(&s, line);
    }
    put(&s, ")");
    check(t, &s, WP_OK, "", 128, "many names");
    s = (source){NULL, 0, 0};
    put(&s, "(func ");
    for (int i = 0; i < LIMIT; i++) {
        snprintf(line, sizeof line, "block $%d ", i % (LIMIT / 2));
        put(&s, line);
    }
    for (int i = LIMIT / 2 - 1; i >= 0; i--) {
        snprintf(line, sizeof line, "br $%d br $0 end ", i);
        put(&s, line);
    }
    put_times(&s, LIMIT / 2, "end ");
    put(&s, ")");
    check(t, &s, WP_OK, "", 128, "many labels");
    s = (source){NULL, 0, 0};
    for (int i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "(func (param i%d%s) (result f%d))", i % 2 ? 32 : 64,
                 i % 3 ? " i32 i32" : " i64 f32 externref", i % 5 ? 32 : 64);
        put(&s, line);
    }
    check(t, &s, WP_OK, "", 128, "implicit types that exist");
    s = source_of("(func (param ", 1, "", "", "", "");
    for (int i = 0; i < 600; i++) {
        put(&s, "i32 ");
        put(&s, i == 599 ? "))" : ")) (func (param ");
        for (int k = 0; k < i && i != 599; k++)
            put(&s, "i32 ");
    }
    check(t, &s, WP_OK, "", 128, "implicit types that are new");
}

/* ---- Limits -------------------------------------------------------------------------------------------------- */

static void check_limit(tap *t, const char *limit, uint64_t value, const char *text, const char *message) {
    fixture x;
    fixture_open_store(&x, t);
    fixture_limit(&x, limit, value);
    wp_module *module = NULL;
    wp_status status = wp_module_parse(x.engine, text, strlen(text), &module, &x.diag);
    bool right = message == NULL
                     ? status == WP_OK
                     : status == WP_EXHAUSTION && strcmp(x.diag.message, message) == 0 && x.diag.where.line == 1;
    tap_ok(t, right, "limit %s, %llu: %s", limit, (unsigned long long)value, text);
    wp_module_delete(status == WP_OK ? module : NULL);
    fixture_close(&x, limit);
}

static void test_limits(tap *t) {
    check_limit(t, "types", 1, "(type (func)) (func)", NULL);
    check_limit(t, "types", 1, "(type (func)) (type (func))", "too many types (limit 1)");
    check_limit(t, "types", 1, "(type (func)) (func (param i32))", "too many types (limit 1)");
    check_limit(t, "nesting", 2, "(func (drop (nop)))", NULL);
    check_limit(t, "nesting", 2, "(func (drop (drop (nop))))", "nesting too deep (limit 2)");
    check_limit(t, "nesting", 2, "(func block block end block end end)", NULL);
    check_limit(t, "nesting", 2, "(func block loop if end end end)", "nesting too deep (limit 2)");
    check_limit(t, "nesting", 0, "(func)", NULL);
    /* Indices too large for their packed form stay out of range. */
    check_limit(t, "types", 1, "(func (ref.null 4294967295)) (func (block (type 4294967295)))", NULL);
    check_limit(t, "types", 1, "(func (i32.load 4294967295))", NULL);
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

/* Something of everything. */
static const char *const everything =
    "(@custom \"c\" (before code) \"x\")"
    "(type $t (@name \"T\") (func (param i32) (result i32))) (rec (type $s (struct (field $a (@name \"A\") i32) (field "
    "i8))) (type (sub final $s (array (mut i64)))))"
    "(import \"m\" \"f\" (func $f (@name \"F\") (param $p (@name \"P\") i32))) (func $g (import \"m\" \"g\"))"
    "(import \"m\" \"t\" (table 1 2 funcref)) (import \"m\" \"mem\" (memory 1)) (import \"m\" \"glob\" "
    "(global $glob i32))"
    "(import \"m\" \"e\" (tag $e (param i32)))"
    "(table $u funcref (elem $f)) (table 1 (ref $t) (ref.func $h)) (table (ref null $t) (elem $h)) (memory $n (data "
    "\"\\00\\u{41}\"))"
    "(tag (@name \"E\") (type $t)) (global (export \"x\") (mut i64) (i64.const 1)) (export \"h\" (func $h)) (start $g)"
    "(elem $el (table $u) (i32.const 0) funcref (ref.func $f) (item ref.null func)) (elem (ref func) (ref.func 0))"
    "(data $d (i32.const 0) \"a\") (data)"
    "(func $h (type $t) (param $x i32) (result i32) (local $y (@name \"Y\") i32 ) (local f32 f32) (block $l (loop "
    "$\"m\\n\" "
    "(@metadata.code.branch_hint \"\\01\") (br_if $l (local.get $x)) (br_table 0 $l (i32.const 1)))) (drop (select "
    "(result i32) (v128.const i32x4 1 2 3 4) (i32.const 1) (f32.const 1.5))) (block (param i64) (result f64 f64)) "
    "(memory.init $d) (try_table (catch $e 0)) (call_indirect (param f64)) br_on_cast 0 anyref (ref i31) (if (then) "
    "(else)) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) (v128.load8_lane 1))";

/* A condition: parsing with the k-th allocation failing, for each k, reports it and frees all memory. */
static bool fail_each(fixture *x, const char *text, size_t size, size_t *allocations) {
    wp_status status = WP_EXHAUSTION;
    size_t before = x->f.live;
    bool right = true;
    for (size_t k = 1; status == WP_EXHAUSTION; k++) {
        wp_module *module = NULL;
        wp_diag diag = {.status = WP_OK};
        failing_start(&x->f, k);
        status = wp_module_parse(x->engine, text, size, &module, &diag);
        failing_stop(&x->f);
        wp_module_delete(status == WP_OK ? module : NULL);
        right = right && (status == WP_OK || EQ_TEXT(diag.message, "out of memory")) && EQ(x->f.live, before);
        ++*allocations;
    }
    return right && EQ_STATUS(status, WP_OK);
}

/* A custom section of growing size comes first and moves the places where the arena needs a chunk. */
static void test_failing_memory(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    bool right = true;
    size_t allocations = 0;
    for (int padding = 1; padding < 4200; padding += 16) {
        source s = {NULL, 0, 0};
        char *text = malloc((size_t)padding + 40);
        REQUIRE(text != NULL);
        snprintf(text, (size_t)padding + 40, "(@custom \"p\" \"%0*d\")", padding, 0);
        put(&s, "(module $m ");
        put(&s, text);
        put(&s, everything);
        put(&s, ")");
        right = fail_each(&x, s.text, s.size, &allocations) && right;
        free(text);
        free(s.text);
    }
    tap_ok(t, right, "each allocation fails, %zu in all", allocations);
    fixture_close(&x, "failing memory");
}

/* Allocations of growing arrays and tables fail, too. */
static void test_failing_growth(tap *t) {
    static const char *const texts[][3] = {
        {"(func ", "(block $%d) ", ")"},
        {"", "(@custom \"%d\")", ""},
        {"(func ", "(local $%d i32) ", ")"},
        {"", "(import \"\" \"%d\" (func (param i32)))", ""},
        {"", "(func $%d) ", ""},
        {"", "(func (export \"%d\") (local i32) (local f32) nop)", ""},
        {"", "(type (sub (struct (field $%d i32) (field i32 i32))))", ""},
        {"(func (export \"a\"))", "(type (sub (struct (field $%d i32) (field i32 i32 i64 i64))))", ""},
        {"(type (func (param i32)))", "(type (sub (struct (field $%d i32) (field i32 i32 i64 i64 i64 i64))))", ""},
        {"(elem anyref ", "(item (br %d)) ", ")"},
        {"(func br_table ", "%d ", ")"},
        {"", "(func (export \"%d\"))", ""},
        {"(func ", "(@metadata.code.branch_hint \"\\00\") (if (then)) (br %d)", ")"},
        {"", "(func (@name \"%d\"))", ""},
        {"(type (struct ", "(field $%d i32)", "))"},
    };
    fixture x;
    fixture_open_store(&x, t);
    bool right = true;
    size_t allocations = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        source s = {NULL, 0, 0};
        char line[100];
        put(&s, texts[i][0]);
        for (int k = 0; k < 120; k++) {
            const char *d = strstr(texts[i][1], "%d");
            snprintf(line, sizeof line, "%.*s%d%s", d == NULL ? 0 : (int)(d - texts[i][1]), texts[i][1],
                     d == NULL ? 0 : k, d == NULL ? "" : d + 2);
            put(&s, d == NULL ? "" : line);
        }
        put(&s, texts[i][2]);
        right = fail_each(&x, s.text, s.size, &allocations) && right;
        free(s.text);
    }
    tap_ok(t, right, "each allocation of texts with many entries fails, %zu in all", allocations);
    fixture_close(&x, "failing growth");
}

/* ---- Damage -------------------------------------------------------------------------------------------------- */

/* Each beginning of a text, and each text with one character replaced, is a module or an error with its place. */
static void test_damage(tap *t) {
    static const char replacements[] = "()\"; $@0a\n";
    fixture x;
    fixture_open_store(&x, t);
    size_t size = strlen(everything);
    char *text = malloc(size + 1);
    bool right = text != NULL;
    for (size_t i = 0; i < size && right; i++)
        for (size_t k = 0; k < sizeof replacements && right; k++) {
            wp_module *module = NULL;
            wp_diag diag = {.status = WP_OK};
            memcpy(text, everything, size + 1);
            text[i] = replacements[k]; /* the last one is NUL */
            size_t length = replacements[k] == 0 ? i : size;
            wp_status status = wp_module_parse(x.engine, text, length, &module, &diag);
            right = status == WP_OK || ((status == WP_MALFORMED || status == WP_INVALID) && diag.status == status &&
                                        diag.where.offset <= length && diag.where.line != 0 && diag.message[0] != 0);
            if (!right)
                tap_note("%zu, '%c': %s, %s", i, replacements[k], wp_status_name(status), diag.message);
            wp_module_delete(status == WP_OK ? module : NULL);
        }
    free(text);
    tap_ok(t, right, "each beginning of a text, and each character replaced");
    fixture_close(&x, "damage");
}

int main(void) {
    tap t = {0};
    test_nesting(&t);
    test_proportion(&t);
    test_names(&t);
    test_limits(&t);
    test_failing_memory(&t);
    test_failing_growth(&t);
    test_damage(&t);
    return tap_done(&t);
}
