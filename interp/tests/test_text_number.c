/* test_text_number.c: number literals, against exact arithmetic: the decimal expansion of a number m * 2^e is computed
 * digit by digit, and so are those half-way to its neighbour, and just beside.
 */
#include "core_fixture.h"
#include "random.h"

#define OVERFLOW 0xBAD0BAD0BAD0BAD0u /* "constant out of range": no number below has these bits */

/* The bits of a literal as a type; OVERFLOW if it is out of range. Other failures end the test. */
static uint64_t read_number(fixture *x, const char *literal, wp_valtype type) {
    wp_text *text = NULL;
    wp_token token;
    wp_value value = {.type = WP_T_NONE};
    fixture_must(x,
                 wp_text_open(x->engine, literal, strlen(literal), &text, fresh(x)) == WP_OK &&
                     wp_text_next(text, &token, &x->diag) == WP_OK && token.size == strlen(literal) &&
                     token.kind == WP_TOK_NUMBER,
                 literal);
    wp_status status = wp_text_number(text, &token, type, &value, &x->diag);
    wp_text_close(text);
    fixture_must(x, status == WP_OK || strcmp(x->diag.message, "constant out of range") == 0, literal);
    if (status != WP_OK)
        return OVERFLOW;
    fixture_must(x, value.type == type, "the type of the value");
    return type == WP_T_I32 || type == WP_T_F32 ? value.of.i32 : value.of.i64;
}

/* ---- Integers ------------------------------------------------------------------------------------------------ */

typedef struct integer {
    const char *literal;
    uint64_t i32, i64;
} integer;

static const integer integers[] = {
    {"0", 0, 0},
    {"-0", 0, 0},
    {"+0", 0, 0},
    {"1", 1, 1},
    {"-1", 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF},
    {"007", 7, 7},
    {"1_2_3", 123, 123},
    {"0x0_F", 15, 15},
    {"0xaBcDeF", 0xABCDEF, 0xABCDEF},
    {"2147483647", 0x7FFFFFFF, 0x7FFFFFFF},
    {"+2147483647", 0x7FFFFFFF, 0x7FFFFFFF},
    {"2147483648", 0x80000000, 0x80000000},
    {"+2147483648", OVERFLOW, 0x80000000}, /* signed, and too large for that */
    {"-2147483648", 0x80000000, 0xFFFFFFFF80000000},
    {"-2147483649", OVERFLOW, 0xFFFFFFFF7FFFFFFF},
    {"4294967295", 0xFFFFFFFF, 0xFFFFFFFF},
    {"4294967296", OVERFLOW, 0x100000000},
    {"4294967300", OVERFLOW, 4294967300},
    {"-4294967295", OVERFLOW, 0xFFFFFFFF00000001},
    {"0xFFFFFFFF", 0xFFFFFFFF, 0xFFFFFFFF},
    {"0x100000000", OVERFLOW, 0x100000000},
    {"-0x80000000", 0x80000000, 0xFFFFFFFF80000000},
    {"-0x80000001", OVERFLOW, 0xFFFFFFFF7FFFFFFF},
    {"0x00000000000000000000000000000001", 1, 1},
    {"9223372036854775807", OVERFLOW, 0x7FFFFFFFFFFFFFFF},
    {"+9223372036854775807", OVERFLOW, 0x7FFFFFFFFFFFFFFF},
    {"+9223372036854775808", OVERFLOW, OVERFLOW},
    {"-9223372036854775808", OVERFLOW, 0x8000000000000000},
    {"-9223372036854775809", OVERFLOW, OVERFLOW},
    {"18446744073709551614", OVERFLOW, 18446744073709551614u},
    {"18446744073709551615", OVERFLOW, 0xFFFFFFFFFFFFFFFF},
    {"18446744073709551616", OVERFLOW, OVERFLOW},
    {"18446744073709551620", OVERFLOW, OVERFLOW},
    {"0xFFFFFFFFFFFFFFFE", OVERFLOW, 0xFFFFFFFFFFFFFFFE},
    {"0x10000000000000000", OVERFLOW, OVERFLOW},
    {"-0x8000000000000000", OVERFLOW, 0x8000000000000000},
    {"-0x8000000000000001", OVERFLOW, OVERFLOW},
    {"99999999999999999999999999999999999999999", OVERFLOW, OVERFLOW},
    /* Numbers that are not integers */
    {"1.0", OVERFLOW, OVERFLOW},
    {"1e1", OVERFLOW, OVERFLOW},
    {"0x1.8", OVERFLOW, OVERFLOW},
    {"0x1p1", OVERFLOW, OVERFLOW},
    {"inf", OVERFLOW, OVERFLOW},
    {"-inf", OVERFLOW, OVERFLOW},
    {"nan", OVERFLOW, OVERFLOW},
    {"nan:0x1", OVERFLOW, OVERFLOW},
};

static void test_integers(fixture *x) {
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        const integer *c = &integers[i];
        tap_ok(x->t,
               EQ(read_number(x, c->literal, WP_T_I32), c->i32) && EQ(read_number(x, c->literal, WP_T_I64), c->i64),
               "integer %s", c->literal);
    }
}

/* ---- Floating point: chosen literals ------------------------------------------------------------------------- */

typedef struct floating {
    const char *literal;
    uint64_t f32, f64;
} floating;

static const floating floats[] = {
    {"0", 0, 0},
    {"-0", 0x80000000, 0x8000000000000000},
    {"+0.0", 0, 0},
    {"-0x0p0", 0x80000000, 0x8000000000000000},
    {"0e999999999999999999999999", 0, 0},
    {"0.000e-999999999999999999999999", 0, 0},
    {"0x0p999999999999999999999999", 0, 0},
    {"0x0.0p-999999999999999999999999", 0, 0},
    {"1", 0x3F800000, 0x3FF0000000000000},
    {"-1.", 0xBF800000, 0xBFF0000000000000},
    {"1_0.0_0e-0_1", 0x3F800000, 0x3FF0000000000000},
    {"0x1.", 0x3F800000, 0x3FF0000000000000},
    {"0x1_0.0_0P-0_4", 0x3F800000, 0x3FF0000000000000},
    {"100000000000000000000000000e-26", 0x3F800000, 0x3FF0000000000000},
    {"0.00000000000000000000000001e26", 0x3F800000, 0x3FF0000000000000},
    {"0x0.00000000000000000000000001p104", 0x3F800000, 0x3FF0000000000000},
    {"0x100000000000000000000000000p-104", 0x3F800000, 0x3FF0000000000000},
    {"inf", 0x7F800000, 0x7FF0000000000000},
    {"+inf", 0x7F800000, 0x7FF0000000000000},
    {"-inf", 0xFF800000, 0xFFF0000000000000},
    {"nan", 0x7FC00000, 0x7FF8000000000000},
    {"-nan", 0xFFC00000, 0xFFF8000000000000},
    {"nan:0x1", 0x7F800001, 0x7FF0000000000001},
    {"-nan:0x40_0000", 0xFFC00000, 0xFFF0000000400000},
    {"nan:0x7fffff", 0x7FFFFFFF, 0x7FF00000007FFFFF},
    {"nan:0x800000", OVERFLOW, 0x7FF0000000800000},
    {"nan:0xf_ffff_ffff_ffff", OVERFLOW, 0x7FFFFFFFFFFFFFFF},
    {"nan:0x10000000000000", OVERFLOW, OVERFLOW},
    {"nan:0x1_0000_0000_0000_0001", OVERFLOW, OVERFLOW},
    {"nan:0x0", OVERFLOW, OVERFLOW},
    {"nan:0x00001", 0x7F800001, 0x7FF0000000000001},
    /* Integers round too */
    {"16777217", 0x4B800000, 0x4170000010000000},
    {"16777219", 0x4B800002, 0x4170000030000000},
    {"0x1000001", 0x4B800000, 0x4170000010000000},
    {"9007199254740993", 0x5A000000, 0x4340000000000000},
    {"9007199254740995", 0x5A000000, 0x4340000000000002},
    {"0x20000000000001", 0x5A000000, 0x4340000000000000},
    {"18446744073709551615", 0x5F800000, 0x43F0000000000000},
    {"0xFFFFFFFFFFFFFFFF", 0x5F800000, 0x43F0000000000000},
    /* The largest numbers, and the least that overflow */
    {"0x1.fffffep127", 0x7F7FFFFF, 0x47EFFFFFE0000000},
    {"0x1.fffffefffffffp127", 0x7F7FFFFF, 0x47EFFFFFEFFFFFFF},
    {"0x1.fffffeffffffffffffffffffffffffp127", 0x7F7FFFFF, 0x47EFFFFFF0000000},
    {"0x1.ffffffp127", OVERFLOW, 0x47EFFFFFF0000000},
    {"0x1p128", OVERFLOW, 0x47F0000000000000},
    {"3.4028234663852886e38", 0x7F7FFFFF, 0x47EFFFFFE0000000},
    {"340282356779733661637539395458142568447", 0x7F7FFFFF, 0x47EFFFFFF0000000},
    {"340282356779733661637539395458142568448", OVERFLOW, 0x47EFFFFFF0000000},
    {"0x1.fffffffffffffp1023", OVERFLOW, 0x7FEFFFFFFFFFFFFF},
    {"0x1.fffffffffffff7ffffffffffffffffp1023", OVERFLOW, 0x7FEFFFFFFFFFFFFF},
    {"0x1.fffffffffffff8p1023", OVERFLOW, OVERFLOW},
    {"0x1p1024", OVERFLOW, OVERFLOW},
    {"1.7976931348623157e308", OVERFLOW, 0x7FEFFFFFFFFFFFFF},
    {"1.7976931348623159e308", OVERFLOW, OVERFLOW},
    {"1e309", OVERFLOW, OVERFLOW},
    {"1e310", OVERFLOW, OVERFLOW},
    {"1e311", OVERFLOW, OVERFLOW},
    {"1e999999999999999999999999999999", OVERFLOW, OVERFLOW},
    {"0x1p999999999999999999999999999999", OVERFLOW, OVERFLOW},
    /* The least numbers, and the largest that become zero */
    {"0x1p-149", 0x00000001, 0x36A0000000000000},
    {"0x0.8p-149", 0x00000000, 0x3690000000000000},
    {"0x0.800000000000000000001p-149", 0x00000001, 0x3690000000000000},
    {"0x1.8p-149", 0x00000002, 0x36A8000000000000},
    {"0x1.7fffffffffffffffp-149", 0x00000001, 0x36A8000000000000},
    {"0x1p-150", 0, 0x3690000000000000},
    {"0x1.000002p-150", 0x00000001, 0x3690000020000000},
    {"1.4e-45", 0x00000001, 0x369FF868BF4D956A},
    {"0x1p-1074", 0, 0x0000000000000001},
    {"0x1p-1075", 0, 0},
    {"0x1.0000000000001p-1075", 0, 0x0000000000000001},
    {"0x8000000000000001p-1138", 0, 0x0000000000000001},
    {"0x8000000000000000p-1138", 0, 0},
    {"0xFFFFFFFFFFFFFFFFp-1139", 0, 0},
    {"-0x1p-1075", 0x80000000, 0x8000000000000000},
    {"0x1p-1076", 0, 0},
    {"4.9e-324", 0, 0x0000000000000001},
    {"2.4e-324", 0, 0},
    {"2.5e-324", 0, 0x0000000000000001},
    {"1e-325", 0, 0},
    {"1e-340", 0, 0},
    {"-1e-999999999999999999999999", 0x80000000, 0x8000000000000000},
    {"0x1p-999999999999999999999999", 0, 0},
    /* Subnormal and normal meet */
    {"0x1.fffffcp-127", 0x007FFFFF, 0x380FFFFFC0000000},
    {"0x1.fffffep-127", 0x00800000, 0x380FFFFFE0000000},
    {"0x1p-126", 0x00800000, 0x3810000000000000},
    {"0x0.fffffffffffffp-1022", 0, 0x000FFFFFFFFFFFFF},
    {"0x0.fffffffffffff8p-1022", 0, 0x0010000000000000},
    {"2.2250738585072011e-308", 0, 0x000FFFFFFFFFFFFF},
    {"2.2250738585072014e-308", 0, 0x0010000000000000},
    /* Rounding to f64 first would give another f32: the sticky part is beyond f64 */
    {"0x1.000001p0", 0x3F800000, 0x3FF0000010000000},
    {"0x1.000001000000000000000001p0", 0x3F800001, 0x3FF0000010000000},
    {"0x1.000000ffffffffffffffp0", 0x3F800000, 0x3FF0000010000000},
    {"0x1.000002ffffffffffffffp0", 0x3F800001, 0x3FF0000030000000},
    {"1.00000005960464477539062500000000000001", 0x3F800001, 0x3FF0000010000000},
    {"1.00000005960464477539062499999999999999", 0x3F800000, 0x3FF0000010000000},
    {"1.000000059604644775390625", 0x3F800000, 0x3FF0000010000000},
    {"1.000000178813934326171875", 0x3F800002, 0x3FF0000030000000},
    /* A distant digit decides; hexadecimal digits beyond 64 bits are exact */
    {"0x1.00000000000008000000000000000000000000000000000001p0", 0x3F800000, 0x3FF0000000000001},
    {"0x1.00000000000008000000000000000000000000000000000000p0", 0x3F800000, 0x3FF0000000000000},
    {"0x1000000000000080000000000000000000000001p-156", 0x3F800000, 0x3FF0000000000001},
    {"0x1000000000000080000000000000000000000000p-156", 0x3F800000, 0x3FF0000000000000},
    {"0x1000000000000180000000000000000000000000p-156", 0x3F800000, 0x3FF0000000000002},
};

static void test_floats(fixture *x) {
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        const floating *c = &floats[i];
        uint64_t f32 = read_number(x, c->literal, WP_T_F32), f64 = read_number(x, c->literal, WP_T_F64);
        if (!tap_ok(x->t, EQ(f32, c->f32) && EQ(f64, c->f64), "floating-point %s", c->literal))
            tap_note("got %llx and %llx", (unsigned long long)f32, (unsigned long long)f64);
    }
}

/* ---- Floating point: exact expansions ------------------------------------------------------------------------ */

enum { DIGITS = 1200 };

/* A natural number: decimal digits, least significant first. */
typedef struct digits {
    uint8_t of[DIGITS];
    int count;
} digits;

static void multiply(digits *d, unsigned factor) {
    unsigned carry = 0;
    for (int i = 0; i < d->count; i++) {
        carry += d->of[i] * factor;
        d->of[i] = (uint8_t)(carry % 10);
        carry /= 10;
    }
    for (; carry != 0; carry /= 10)
        d->of[d->count++] = (uint8_t)(carry % 10);
}

/* The digits of m * 2^e, with m not 0, and their exponent of ten. */
static int expand(digits *d, uint64_t m, int e) {
    d->count = 0;
    for (; m != 0; m /= 10)
        d->of[d->count++] = (uint8_t)(m % 10);
    for (int i = 0; i < e; i++)
        multiply(d, 2);
    for (int i = 0; i < -e; i++)
        multiply(d, 5);
    return e < 0 ? e : 0;
}

static void decrement(digits *d) {
    int i = 0;
    for (; d->of[i] == 0; i++)
        d->of[i] = 9;
    d->of[i]--;
}

/* Writes digits, `more` after them, and an exponent of ten. form 0: no point; 1: after the first digit; 2: before. */
static void write_literal(const digits *d, const char *more, int exponent, int form, char *out, size_t size) {
    size_t n = 0, whole = form == 1 ? 1 : 0;
    exponent -= (int)strlen(more);
    if (form == 2)
        out[n++] = '0', out[n++] = '.';
    for (int i = d->count; i-- > 0;) {
        out[n++] = (char)('0' + d->of[i]);
        if (n == whole)
            out[n++] = '.';
    }
    memcpy(out + n, more, strlen(more));
    n += strlen(more);
    exponent += form == 0 ? 0 : (int)strlen(more) + d->count - (form == 1 ? 1 : 0);
    snprintf(out + n, size - n, "e%d", exponent);
}

typedef struct format {
    wp_valtype type;
    int precision; /* with the implicit bit */
    int least;     /* exponent of the last place of the least number */
    uint64_t infinity;
} format;

static const format formats[] = {{WP_T_F32, 24, -149, 0x7F800000}, {WP_T_F64, 53, -1074, 0x7FF0000000000000}};

/* Significand and exponent of a finite number. */
static uint64_t take_apart(const format *f, uint64_t bits, int *e) {
    uint64_t field = bits >> (f->precision - 1), m = bits & (((uint64_t)1 << (f->precision - 1)) - 1);
    *e = f->least + (field == 0 ? 0 : (int)field - 1);
    return field == 0 ? m : m | (uint64_t)1 << (f->precision - 1);
}

static bool reads_as(fixture *x, const format *f, const char *literal, uint64_t bits) {
    uint64_t expected = bits == f->infinity ? OVERFLOW : bits, got = read_number(x, literal, f->type);
    bool equal = EQ(got, expected);
    if (!equal)
        tap_note("%.60s...", literal);
    return equal;
}

/* A condition: a number, the value half-way to the next one, and values just beside that are read correctly. */
static bool check_number(fixture *x, const format *f, uint64_t bits, int form) {
    static char literal[DIGITS + 100];
    static digits d;
    int e = 0;
    bool ok = true;
    uint64_t m = take_apart(f, bits, &e);
    if (m != 0) {
        int exponent = expand(&d, m, e);
        write_literal(&d, "", exponent, form, literal, sizeof literal);
        ok = reads_as(x, f, literal, bits);
    }
    int exponent = expand(&d, 2 * m + 1, e - 1);
    write_literal(&d, "", exponent, form, literal, sizeof literal);
    ok = reads_as(x, f, literal, bits + (bits & 1)) && ok;
    write_literal(&d, "00000000000000000000000000000000000000000000000000000000001", exponent, form, literal,
                  sizeof literal);
    ok = reads_as(x, f, literal, bits + 1) && ok;
    decrement(&d);
    write_literal(&d, "99999999", exponent, form, literal, sizeof literal);
    ok = reads_as(x, f, literal, bits) && ok;
    /* The same in hexadecimal. */
    snprintf(literal, sizeof literal, "0x%llx.8p%d", (unsigned long long)m, e);
    ok = reads_as(x, f, literal, bits + (bits & 1)) && ok;
    snprintf(literal, sizeof literal, "0x%llx.8000000000000000000000000000001p%d", (unsigned long long)m, e);
    ok = reads_as(x, f, literal, bits + 1) && ok;
    snprintf(literal, sizeof literal, "0x%llx.7fffffffffffffffffffffffffffffffffffp%d", (unsigned long long)m, e);
    ok = reads_as(x, f, literal, bits) && ok;
    return ok;
}

static void test_expansions(fixture *x, const format *f, const char *name) {
    static const int64_t edges[] = {0, 1, 2, 3, 5, 0x3F8, 0x3F9};
    uint64_t state = 88172645463325252u, most = f->infinity - 1;
    bool ok = true;
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        ok = check_number(x, f, (uint64_t)edges[i], (int)i % 3) && ok;
        ok = check_number(x, f, most - (uint64_t)edges[i], (int)i % 3) && ok;
        ok = check_number(x, f, ((uint64_t)1 << (f->precision - 1)) - (uint64_t)edges[i], (int)i % 3) && ok;
        ok = check_number(x, f, ((uint64_t)1 << (f->precision - 1)) + (uint64_t)edges[i], (int)i % 3) && ok;
    }
    tap_ok(x->t, ok, "%s: least, largest and first normal numbers, exact, half-way to the next, and just beside", name);
    ok = true;
    for (int i = 0; i < 700; i++)
        ok = check_number(x, f, next_random(&state) % f->infinity, i % 3) && ok;
    tap_ok(x->t, ok, "%s: random numbers, exact, half-way to the next, and just beside", name);
}

/* Many digits. */
static void test_long(fixture *x) {
    enum { LONG = 100000 };
    char *literal = malloc(LONG + 20);
    fixture_must(x, literal != NULL, "memory");
    memset(literal, '0', LONG);
    memcpy(literal, "1.", 2);
    snprintf(literal + LONG, 20, "1");
    tap_ok(x->t, EQ(read_number(x, literal, WP_T_F64), 0x3FF0000000000000), "a hundred thousand digits");
    memcpy(literal, "0.", 2);
    snprintf(literal + LONG, 20, "1e%d", LONG - 1);
    tap_ok(x->t, EQ(read_number(x, literal, WP_T_F64), 0x3FF0000000000000), "a hundred thousand leading zeros");
    memcpy(literal, "10", 2);
    snprintf(literal + LONG, 20, "e-%d", LONG - 1);
    tap_ok(x->t, EQ(read_number(x, literal, WP_T_F64), 0x3FF0000000000000), "a hundred thousand trailing zeros");
    memcpy(literal, "0x1.", 4);
    snprintf(literal + LONG, 20, "1p-1");
    tap_ok(x->t, EQ(read_number(x, literal, WP_T_F32), 0x3F000000), "a hundred thousand hexadecimal digits");
    memset(literal, 'f', LONG);
    memcpy(literal, "0x0.", 4);
    snprintf(literal + LONG, 20, "p1");
    tap_ok(x->t, EQ(read_number(x, literal, WP_T_F32), 0x40000000),
           "hexadecimal digits that round up to a power of two");
    memset(literal, '9', LONG);
    memcpy(literal, "0.", 2);
    literal[LONG] = 0;
    tap_ok(x->t, EQ(read_number(x, literal, WP_T_F32), 0x3F800000), "nines that round up to one");
    free(literal);
}

int main(void) {
    tap t = {0};
    fixture x;
    fixture_open_store(&x, &t);
    test_integers(&x);
    test_floats(&x);
    test_expansions(&x, &formats[0], "f32");
    test_expansions(&x, &formats[1], "f64");
    test_long(&x);
    fixture_close(&x, "numbers");
    return tap_done(&t);
}
