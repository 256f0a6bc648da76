/* test_text_lex.c: tokens of source texts, their locations, strings, peeking and seeking. */
#include "core_fixture.h"

/* Opens a text that must be UTF-8. */
static wp_text *open_text(fixture *x, const char *text, size_t size) {
    wp_text *out = NULL;
    fixture_must(x, wp_text_open(x->engine, text, size, &out, fresh(x)) == WP_OK, text);
    return out;
}

/* Checks the tokens of a text, a letter for each: ( ) @ keyword number string id; and the message if it ends early. */
static void token_letters(fixture *x, wp_text *text, char *out, size_t size) {
    static const char letters[] = {
        [WP_TOK_EOF] = 0,       [WP_TOK_LPAR] = '(',   [WP_TOK_RPAR] = ')',   [WP_TOK_ANNOT] = '@',
        [WP_TOK_KEYWORD] = 'k', [WP_TOK_NUMBER] = 'n', [WP_TOK_STRING] = 's', [WP_TOK_ID] = 'i'};
    size_t n = 0;
    wp_token token = {.kind = WP_TOK_LPAR};
    while (token.kind != WP_TOK_EOF && n + 1 < size) {
        if (wp_text_next(text, &token, &x->diag) != WP_OK) {
            snprintf(out + n, size - n, "! %s", x->diag.message);
            return;
        }
        out[n++] = letters[token.kind];
    }
    out[n] = 0;
}

static void check_tokens(fixture *x, const char *source, size_t size, const char *expected) {
    char letters[300] = "";
    wp_text *text = open_text(x, source, size);
    token_letters(x, text, letters, sizeof letters);
    if (!tap_ok(x->t,
                CHECK(strncmp(letters, expected, strlen(expected)) == 0) &&
                    CHECK(strchr(expected, '!') != NULL || strlen(letters) == strlen(expected)),
                "tokens %s", expected))
        tap_note("of %s: got %s", source, letters);
    wp_text_close(text);
}

/* ---- Tokens -------------------------------------------------------------------------------------------------- */

typedef struct tokens {
    const char *source, *expected;
} tokens;

static const tokens token_cases[] = {
    {"", ""},
    {" \t\n\r\r\n", ""},
    {"(module)", "(k)"},
    {"()(())", "()(())"},
    {"nop nop\tnop\nnop\rnop", "kkkkk"},
    /* Numbers */
    {"0 12 1_000 0x1 0xAf_00 +1 -1 +0x1 -0x1_2", "nnnnnnnnn"},
    {"1. 1.5 1_0.5_0 1e5 1E+5 1.e-5 1.5e1_0 -1.5 +1e1", "nnnnnnnnn"},
    {"0x1. 0x1.8 0x1p5 0x1P-5 0xa_b.c_dp+1_0 -0x1p1 0x1.p1", "nnnnnnn"},
    {"inf nan -inf +nan nan:0x1 +nan:0xf_f", "nnnnnn"},
    /* Words that begin with a lower-case letter are keywords */
    {"infinity nan:canonical nan:0x nan:0xg nan:1 i32 i n in", "kkkkkkkkk"},
    {"i32.trunc_s:sat/f32 a!#$%&'*+-./:<=>?@\\^_`|~Z9 offset=8", "kkk"},
    {"$a $0 $! $a$b $\"a b\" $\"\\41\\u{e9}\"", "iiiiii"},
    {"\"\" \"a\" \"\\n\\t\\r\\\\\\'\\\"\" \"\\00\\fF\" \"\\u{0}\\u{10_FFFF}\\u{d7ff}\\u{e000}\"", "sssss"},
    {"\"(; ;; (@a\"", "s"},
    /* Tokens need no space around parentheses */
    {"(a)b($c)1(\"s\")2", "(k)k(i)n(s)n"},
    /* Comments */
    {";;", ""},
    {";; a\nb;;c\rd;;e\r\nf", "kkk"},
    {"(;;)a(;b;)c(;(;;);)d(;;;;)e(;(;)", "kkkk! unclosed comment"},
    {"a(;\";)b", "kk"},
    {"(; a ;; b ;) c", "k"},
    {"(;((;;)(;;);)x(;);;)y", "kk"},
    {";; \xC3\xA9\n(;\xE2\x82\xAC\x01;)a", "k"},
    {"(;", "! unclosed comment"},
    {"(; ;", "! unclosed comment"},
    {"(; ( ;)", ""},
    {"(;)", "! unclosed comment"},
    /* Annotations are tokens; their contents are not examined here */
    {"(@a)", "@)"},
    {"(@a b \"c\" 1 $d)", "@ksni)"},
    {"(@\"a b\" x)", "@k)"},
    {"(@!$%)", "@)"},
    /* Reserved words */
    {"0a", "! unknown operator 0a"},
    {"a 0$x", "k! unknown operator 0$x"},
    {"A", "! unknown operator A"},
    {"-x", "! unknown operator -x"},
    {"1_", "! unknown operator 1_"},
    {"1__0", "! unknown operator 1__0"},
    {"_1", "! unknown operator _1"},
    {"0x", "! unknown operator 0x"},
    {"0x_1", "! unknown operator 0x_1"},
    {"0X1", "! unknown operator 0X1"},
    {".5", "! unknown operator .5"},
    {"1.e", "! unknown operator 1.e"},
    {"1e+", "! unknown operator 1e+"},
    {"1e_1", "! unknown operator 1e_1"},
    {"1._1", "! unknown operator 1._1"},
    {"1_.1", "! unknown operator 1_.1"},
    {"0x1.8p", "! unknown operator 0x1.8p"},
    {"0x1p1.", "! unknown operator 0x1p1."},
    {"0x.8", "! unknown operator 0x.8"},
    {"0x1pA", "! unknown operator 0x1pA"},
    {"1p1", "! unknown operator 1p1"},
    {"+", "! unknown operator +"},
    {"+inf0", "! unknown operator +inf0"},
    {"-nan:0x", "! unknown operator -nan:0x"},
    {"a\"b\"", "! unknown operator a\"b\""},
    {"\"a\"b", "! unknown operator \"a\"b"},
    {"\"a\"\"b\"", "! unknown operator \"a\"\"b\""},
    {"$a\"b\"c", "! unknown operator $a\"b\"c"},
    {"$\"b\"c", "! unknown operator $\"b\"c"},
    {"$\"b\"\"c\"", "! unknown operator $\"b\"\"c\""},
    {"1\"\"", "! unknown operator 1\"\""},
    {",", "! unknown operator ,"},
    {";", "! unknown operator ;"},
    {"a;b", "k! unknown operator ;"},
    {"[", "! unknown operator ["},
    {"]", "! unknown operator ]"},
    {"{", "! unknown operator {"},
    {"}", "! unknown operator }"},
    /* Characters */
    {"\x01", "! illegal character"},
    {"a\x7F", "k! illegal character"},
    {"a\xC3\xA9", "k! illegal character"},
    {"\x0B", "! illegal character"},
    /* Identifiers */
    {"$", "! empty identifier"},
    {"$ a", "! empty identifier"},
    {"$\"\"", "! empty identifier"},
    {"$\"a", "! empty identifier"},
    {"$\"a\nb\"", "! empty identifier"},
    {"$\"\\q\"", "! empty identifier"},
    {"$\"\\ff\"", "! malformed UTF-8 encoding"},
    {"(@)", "! empty annotation id"},
    {"(@ a)", "! empty annotation id"},
    {"(@\"\")", "! empty annotation id"},
    {"(@\"\n\")", "! empty annotation id"},
    {"(@\"\\80\")", "! malformed UTF-8 encoding"},
    /* Strings */
    {"\"", "! unclosed string"},
    {"\"a", "! unclosed string"},
    {"\"a\nb\"", "! unclosed string"},
    {"\"a\rb\"", "! unclosed string"},
    {"\"a\tb\"", "! illegal control character in string"},
    {"\"a\x7F\"", "! illegal control character in string"},
    {"\"\\\"", "! unclosed string"},
    {"\"\\q\"", "! illegal escape"},
    {"\"\\4\"", "! illegal escape"},
    {"\"\\4g\"", "! illegal escape"},
    {"\"\\u\"", "! illegal escape"},
    {"\"\\u{}\"", "! illegal escape"},
    {"\"\\u{_1}\"", "! illegal escape"},
    {"\"\\u{1_}\"", "! illegal escape"},
    {"\"\\u{1\"", "! illegal escape"},
    {"\"\\u{d800}\"", "! illegal escape"},
    {"\"\\u{dfff}\"", "! illegal escape"},
    {"\"\\u{110000}\"", "! illegal escape"},
    {"\"\\u{100000041}\"", "! illegal escape"},
    {"\"\\u{ffffffffffffffff41}\"", "! illegal escape"},
    {"a\"\\q\"", "! illegal escape"},
    {"\"a\"\"\\q\"", "! illegal escape"},
};

static void test_tokens(fixture *x) {
    for (size_t i = 0; i < sizeof token_cases / sizeof *token_cases; i++)
        check_tokens(x, token_cases[i].source, strlen(token_cases[i].source), token_cases[i].expected);
    check_tokens(x, "a\0b", 3, "k! illegal character");
    check_tokens(x, "(;\0;)a", 6, "k");
    check_tokens(x, ";;\0\nb", 5, "k");
    check_tokens(x, "\"\0\"", 3, "! illegal control character in string");
    check_tokens(x, "\"a\0", 3, "! illegal control character in string");
}

/* ---- UTF-8 --------------------------------------------------------------------------------------------------- */

typedef struct bad_utf8 {
    const char *source;
    size_t offset;
} bad_utf8;

static const bad_utf8 utf8_cases[] = {
    {"\x80", 0},         {"ab\xFF", 2},           {";;\xC3\xA9 \xC3", 5},
    {"\"\xE2\x82\"", 1}, {"\xED\xA0\x80", 0},     {"(;\xC3\xA9\xF0\x9F\x98\x80\xF4\x90\x80\x80;)", 8},
    {"\xC0\x80", 0},     {"\n\n\xE0\x9F\xBF", 2},
};

static void test_utf8(fixture *x) {
    for (size_t i = 0; i < sizeof utf8_cases / sizeof *utf8_cases; i++) {
        wp_text *text = NULL;
        wp_diag diag = {.status = WP_OK};
        wp_status status = wp_text_open(x->engine, utf8_cases[i].source, strlen(utf8_cases[i].source), &text, &diag);
        tap_ok(x->t,
               EQ_STATUS(status, WP_MALFORMED) && EQ_TEXT(diag.message, "malformed UTF-8 encoding") &&
                   EQ(diag.where.offset, utf8_cases[i].offset),
               "a text that is not UTF-8 is refused, at its byte %zu", utf8_cases[i].offset);
    }
}

/* ---- Locations ----------------------------------------------------------------------------------------------- */

static bool is_at(wp_location where, size_t offset, uint32_t line, uint32_t column) {
    return where.offset == offset && where.line == line && where.column == column;
}

/* LF, CR and CR LF end lines. */
static void test_locations(fixture *x) {
    static const uint32_t places[][3] = {{0, 1, 1}, {2, 2, 1}, {4, 3, 1}, {7, 4, 1}, {11, 6, 2}, {13, 6, 4}};
    const char *source = "a\nb\rc\r\nd\n\r e f";
    wp_text *text = open_text(x, source, strlen(source));
    wp_token token;
    bool ok = true;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        ok = EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) &&
             CHECK(is_at(token.where, places[i][0], places[i][1], places[i][2])) && ok;
    tap_ok(x->t, ok, "tokens have offset, line and column");
    ok = EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && EQ(token.kind, WP_TOK_EOF) &&
         CHECK(is_at(token.where, 14, 6, 5));
    tap_ok(x->t, ok, "the end has an offset, line and column");
    ok = true;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        ok = CHECK(is_at(wp_text_locate(text, places[i][0]), places[i][0], places[i][1], places[i][2])) && ok;
    tap_ok(x->t, ok, "offsets are located");
    tap_ok(x->t,
           CHECK(is_at(wp_text_locate(text, 1), 1, 1, 2)) && CHECK(is_at(wp_text_locate(text, 6), 6, 3, 3)) &&
               CHECK(is_at(wp_text_locate(text, 1000), 14, 6, 5)),
           "the end of a line belongs to it; offsets beyond the text are its end");
    wp_text_close(text);
}

/* ---- Peeking, skipping, seeking ------------------------------------------------------------------------------ */

static bool is_word(const wp_token *token, const char *word) {
    return token->size == strlen(word) && memcmp(token->text, word, token->size) == 0;
}

static void test_peek(fixture *x) {
    const char *source = "(a\n\"b\"\n$c)";
    wp_text *text = open_text(x, source, strlen(source));
    wp_token token;
    tap_ok(x->t, EQ_STATUS(wp_text_peek(text, 1, &token, &x->diag), WP_OK) && CHECK(is_word(&token, "a")),
           "peek at the second token");
    tap_ok(x->t, EQ_STATUS(wp_text_peek(text, 0, &token, &x->diag), WP_OK) && EQ(token.kind, WP_TOK_LPAR),
           "peek at the first token");
    tap_ok(x->t, EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && EQ(token.kind, WP_TOK_LPAR),
           "next after peek");
    tap_ok(x->t, EQ_STATUS(wp_text_peek(text, 1, &token, &x->diag), WP_OK) && CHECK(is_word(&token, "\"b\"")),
           "peek at the third token");
    size_t offset = token.where.offset;
    tap_ok(x->t, EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && CHECK(is_word(&token, "a")),
           "next is the second token");
    wp_text_seek(text, 0);
    tap_ok(x->t, EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && EQ(token.kind, WP_TOK_LPAR),
           "seek backwards");
    wp_text_seek(text, offset);
    tap_ok(x->t, EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && CHECK(is_word(&token, "\"b\"")),
           "next after seek");
    tap_ok(x->t, EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && CHECK(is_word(&token, "$c")),
           "an identifier after seek");
    wp_text_seek(text, 0);
    tap_ok(x->t, EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && CHECK(is_at(token.where, 0, 1, 1)),
           "seek backwards over lines");
    wp_text_seek(text, SIZE_MAX);
    tap_ok(x->t, EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && EQ(token.kind, WP_TOK_EOF),
           "seek beyond the end");
    tap_ok(x->t, EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && EQ(token.kind, WP_TOK_EOF),
           "the end can be read again");
    tap_ok(x->t, EQ_STATUS(wp_text_peek(text, 2, &token, &x->diag), WP_CRASH), "a third token ahead is refused");
    wp_text_close(text);
}

typedef struct skip_case {
    const char *source;
    wp_status status;
    const char *after; /* the next token, or the message */
} skip_case;

static const skip_case skip_cases[] = {
    {"a b", WP_OK, "b"},
    {"(a) b", WP_OK, "b"},
    {"(a (b (c)) \"(\" (; ( ;) ;; (\n) d", WP_OK, "d"},
    {") b", WP_OK, "b"},
    {"(@a , ; [ ] { } 0x \"(\" (x) (@y) (@) ) b", WP_OK, "b"},
    {"(x (@a , (;);) )) b", WP_OK, "b"},
    {"\"s\" b", WP_OK, "b"},
    {"", WP_OK, ""},
    {"(a", WP_MALFORMED, "unclosed parenthesis"},
    {"(a (b)", WP_MALFORMED, "unclosed parenthesis"},
    {"(@a (b)", WP_MALFORMED, "unclosed annotation"},
    {"(a (@b)", WP_MALFORMED, "unclosed parenthesis"},
    {"(a ,)", WP_MALFORMED, "unknown operator ,"},
    {"(@a \x01)", WP_MALFORMED, "illegal character"},
    {"(@a $)", WP_MALFORMED, "empty identifier"},
};

static void test_skip(fixture *x) {
    for (size_t i = 0; i < sizeof skip_cases / sizeof *skip_cases; i++) {
        const skip_case *c = &skip_cases[i];
        wp_text *text = open_text(x, c->source, strlen(c->source));
        wp_token token;
        wp_status status = wp_text_skip(text, &x->diag);
        bool ok = status == c->status;
        if (ok && status == WP_OK)
            ok = EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && CHECK(is_word(&token, c->after));
        else
            ok = ok && EQ_TEXT(x->diag.message, c->after);
        tap_ok(x->t, ok, "skipping %s", c->source);
        wp_text_close(text);
    }
}

/* ---- Strings ------------------------------------------------------------------------------------------------- */

static void check_string(fixture *x, const char *literal, const char *bytes, size_t size) {
    wp_text *text = open_text(x, literal, strlen(literal));
    wp_token token;
    const uint8_t *got = NULL;
    size_t got_size = 0;
    bool ok = EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) &&
              EQ_STATUS(wp_text_string(text, &token, &got, &got_size, &x->diag), WP_OK) && EQ(got_size, size) &&
              EQ_BYTES(got, bytes, size);
    tap_ok(x->t, ok, "string %s", literal);
    wp_text_close(text);
}

static void check_id(fixture *x, const char *literal, const char *id) {
    wp_text *text = open_text(x, literal, strlen(literal));
    wp_token token;
    bool ok = EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && CHECK(is_word(&token, id));
    tap_ok(x->t, ok, "identifier %s", literal);
    wp_text_close(text);
}

static void test_strings(fixture *x) {
    check_string(x, "\"\"", "", 0);
    check_string(x, "\"plain\"", "plain", 5);
    check_string(x, "\"\\t\\n\\r\\\"\\'\\\\\"", "\t\n\r\"'\\", 6);
    check_string(x, "\"\\00\\7f\\80\\Ff\"", "\0\x7F\x80\xFF", 4);
    check_string(x, "\"\\u{24}\\u{A2}\\u{20AC}\\u{1_0348}\"", "$\xC2\xA2\xE2\x82\xAC\xF0\x90\x8D\x88", 10);
    check_string(x, "\"\\u{7F}\\u{80}\\u{7FF}\\u{800}\\u{FFFF}\\u{10000}\\u{10FFFF}\"",
                 "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 19);
    check_string(x, "\"\\u{000000000041}\"", "A", 1);
    check_string(x, "\"\xC3\xA9\\n\"", "\xC3\xA9\n", 3);
    check_id(x, "$a", "$a");
    check_id(x, "$\"a\"", "$a");
    check_id(x, "$\" \\41\\u{e9}\"", "$ A\xC3\xA9");
    check_id(x, "(@x)", "x");
    check_id(x, "(@\"x\\79\")", "xy");
}

/* ---- Arguments ----------------------------------------------------------------------------------------------- */

static void test_arguments(fixture *x) {
    wp_text *text = open_text(x, "a 1", 3);
    wp_token word, number;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    wp_value value;
    fixture_must(x, wp_text_next(text, &word, &x->diag) == WP_OK && wp_text_next(text, &number, &x->diag) == WP_OK,
                 "tokens");
    tap_ok(x->t, EQ_STATUS(wp_text_string(text, &word, &bytes, &size, NULL), WP_CRASH), "a keyword is not a string");
    tap_ok(x->t, EQ_STATUS(wp_text_number(text, &word, WP_T_I32, &value, NULL), WP_CRASH), "a keyword is not a number");
    tap_ok(x->t, EQ_STATUS(wp_text_number(text, &number, WP_T_FUNCREF, &value, NULL), WP_CRASH),
           "a reference type has no numbers");
    wp_text_close(text);
    wp_text_close(NULL);
    tap_ok(x->t,
           EQ_STATUS(wp_text_open(x->engine, "", UINT32_MAX, &text, fresh(x)), WP_EXHAUSTION) &&
               EQ_TEXT(x->diag.message, "text too large (limit 4294967294 bytes)"),
           "a text has less than 4 GiB");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

static wp_status read_all(wp_engine *engine, const char *source, wp_diag *diag) {
    wp_text *text = NULL;
    wp_token token = {.kind = WP_TOK_LPAR};
    const uint8_t *bytes = NULL;
    size_t size = 0;
    wp_status status = wp_text_open(engine, source, strlen(source), &text, diag);
    while (status == WP_OK && token.kind != WP_TOK_EOF) {
        status = wp_text_next(text, &token, diag);
        if (status == WP_OK && token.kind == WP_TOK_STRING)
            status = wp_text_string(text, &token, &bytes, &size, diag);
    }
    wp_text_close(text);
    return status;
}

/* A string of `padding` bytes comes first and moves the places where the arena needs a chunk. */
static void test_failing_memory(fixture *x) {
    static char source[5000];
    bool right = true;
    size_t allocations = 0;
    for (size_t padding = 2; padding < 4400; padding += 100) {
        snprintf(source, sizeof source, "\"%0*d\\n\"\n(@\"a\" $\"b\\n\" \"c\\n\") \"%s\"", (int)padding, 0, "dddd\\00");
        wp_status status = WP_EXHAUSTION;
        for (size_t k = 1; status == WP_EXHAUSTION; k++) {
            wp_diag diag = {.status = WP_OK};
            failing_start(&x->f, k);
            status = read_all(x->engine, source, &diag);
            failing_stop(&x->f);
            right = right && CHECK(status == WP_OK || (status == WP_EXHAUSTION && diag.status == WP_EXHAUSTION));
            allocations++;
        }
        right = right && EQ_STATUS(status, WP_OK);
    }
    tap_ok(x->t, right, "each allocation fails, %zu in all", allocations);
}

int main(void) {
    tap t = {0};
    fixture x;
    fixture_open_store(&x, &t);
    test_tokens(&x);
    test_utf8(&x);
    test_locations(&x);
    test_peek(&x);
    test_skip(&x);
    test_strings(&x);
    test_arguments(&x);
    test_failing_memory(&x);
    fixture_close(&x, "texts");
    return tap_done(&t);
}
