/* test_print_values.c: numbers and strings in the text format. */
#include "text/print.h"
#include "random.h"
#include "tap.h"

#include <math.h>

static wp_printer printer(void) {
    return (wp_printer){.out.allocator = &wp_libc_allocator};
}

/* Takes the text out of a printer. */
static const char *take(wp_printer *p) {
    wp_output_byte(&p->out, '\0');
    p->out.size = 0;
    return (const char *)p->out.bytes;
}

static void test_floats(tap *t) {
    static const struct {
        uint32_t bits;
        const char *text;
    } singles[] = {
        {0x00000000, "0"},
        {0x80000000, "-0"},
        {0x3F800000, "1"},
        {0xBF800000, "-1"},
        {0x3FC00000, "1.5"},
        {0x40490FDB, "0x1.921fb6p+1"},
        {0x3A800000, "0.0009765625"},
        {0x3A000000, "0x1p-11"},
        {0x4B800001, "16777218"},
        {0x59800000, "4503599627370496"},
        {0x5A000000, "0x1p+53"},
        {0x00000001, "0x1p-149"},
        {0x80000003, "-0x1.8p-148"},
        {0x007FFFFF, "0x1.fffffcp-127"},
        {0x00800000, "0x1p-126"},
        {0x7F7FFFFF, "0x1.fffffep+127"},
        {0x7F800000, "inf"},
        {0xFF800000, "-inf"},
        {0x7FC00000, "nan"},
        {0xFFC00000, "-nan"},
        {0x7F800001, "nan:0x1"},
        {0xFFFFFFFF, "-nan:0x7fffff"},
    };
    static const struct {
        uint64_t bits;
        const char *text;
    } doubles[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "-0"},
        {0x4059000000000000, "100"},
        {0x408FF80200000000, "1023.0009765625"},
        {0xBFE0000000000000, "-0.5"},
        {0x3FB999999999999A, "0x1.999999999999ap-4"},
        {0x433FFFFFFFFFFFFF, "9007199254740991"},
        {0x4340000000000000, "0x1p+53"},
        {0x0000000000000001, "0x1p-1074"},
        {0x000FFFFFFFFFFFFF, "0x1.ffffffffffffep-1023"},
        {0x0010000000000000, "0x1p-1022"},
        {0x7FEFFFFFFFFFFFFF, "0x1.fffffffffffffp+1023"},
        {0x7FF0000000000000, "inf"},
        {0xFFF0000000000000, "-inf"},
        {0x7FF8000000000000, "nan"},
        {0x7FF0000000000001, "nan:0x1"},
        {0xFFF8000000000001, "-nan:0x8000000000001"},
    };
    wp_printer p = printer();
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        wp_print_float(&p, 32, singles[i].bits);
        const char *text = take(&p);
        tap_ok(t, EQ_TEXT(text, singles[i].text), "f32 %08x is %s", (unsigned)singles[i].bits, text);
    }
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        wp_print_float(&p, 64, doubles[i].bits);
        const char *text = take(&p);
        tap_ok(t, EQ_TEXT(text, doubles[i].text), "f64 %016llx is %s", (unsigned long long)doubles[i].bits, text);
    }
    wp_output_free(&p.out);
}

/* The C library reads the printed numbers. */
static void test_random_floats(tap *t) {
    uint64_t state = 88172645463325252;
    wp_printer p = printer();
    int wrong = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&state), back64 = 0;
        uint32_t low = (uint32_t)bits, back32 = 0;
        if (i % 2 == 0) { /* values with a short decimal form */
            bits &= 0xFFFFFF0000000000;
            low &= 0xFFFF0000;
        }
        double d = 0;
        float f = 0;
        memcpy(&d, &bits, sizeof d);
        memcpy(&f, &low, sizeof f);
        wp_print_float(&p, 64, bits);
        double read64 = strtod(take(&p), NULL);
        wp_print_float(&p, 32, low);
        float read32 = strtof(take(&p), NULL);
        memcpy(&back64, &read64, sizeof read64);
        memcpy(&back32, &read32, sizeof read32);
        wrong += (!isnan(d) && back64 != bits) + (!isnan(f) && back32 != low);
    }
    tap_ok(t, EQ(wrong, 0), "the C library reads 100000 printed numbers of either format");
    wp_output_free(&p.out);
}

/* The reader of the text format reads the printed numbers, NaNs included. */
static void test_read_floats(tap *t) {
    enum { COUNT = 20000 };
    static uint64_t numbers[COUNT];
    uint64_t state = 362436069362436069;
    wp_engine *engine = wp_engine_new(NULL);
    wp_text *text = NULL;
    wp_diag diag = {0};
    wp_printer p = printer();
    for (size_t i = 0; i < COUNT; i++) {
        numbers[i] = next_random(&state);
        if (i % 8 == 0) /* NaNs, and some infinities */
            numbers[i] |= i % 16 == 0 ? 0x7FF0000000000000 : 0x000000007F800000;
        wp_print_float(&p, 64, numbers[i]);
        wp_print_text(&p, " ");
        wp_print_float(&p, 32, (uint32_t)numbers[i]);
        wp_print_text(&p, "\n");
    }
    bool right = wp_text_open(engine, (const char *)p.out.bytes, p.out.size, &text, &diag) == WP_OK;
    for (size_t i = 0; i < COUNT && right; i++) {
        wp_token token;
        wp_value wide = {.type = WP_T_NONE}, narrow = wide;
        right = EQ_STATUS(wp_text_next(text, &token, &diag), WP_OK) &&
                EQ_STATUS(wp_text_number(text, &token, WP_T_F64, &wide, &diag), WP_OK) && EQ(wide.of.i64, numbers[i]) &&
                EQ_STATUS(wp_text_next(text, &token, &diag), WP_OK) &&
                EQ_STATUS(wp_text_number(text, &token, WP_T_F32, &narrow, &diag), WP_OK) &&
                EQ(narrow.of.i32, (uint32_t)numbers[i]);
        if (!right)
            tap_note("%016llx, %s", (unsigned long long)numbers[i], diag.message);
    }
    tap_ok(t, right, "the text format reads %d printed numbers of either format", COUNT);
    wp_text_close(text);
    wp_output_free(&p.out);
    wp_engine_delete(engine);
}

static void test_integers(tap *t) {
    static wp_instr instrs[] = {
        {.op = WP_OP_i32_const, .u64 = 0},
        {.op = WP_OP_i32_const, .u64 = INT32_MAX},
        {.op = WP_OP_i32_const, .u64 = 1u << 31},
        {.op = WP_OP_i32_const, .u64 = UINT32_MAX},
        {.op = WP_OP_i64_const, .u64 = INT64_MAX},
        {.op = WP_OP_i64_const, .u64 = (uint64_t)INT64_MIN},
        {.op = WP_OP_i64_const, .u64 = UINT64_MAX},
        {.op = WP_OP_v128_const, .x = 0},
        {.op = WP_OP_end},
    };
    uint32_t pool[] = {0, 1, 0xABC, UINT32_MAX};
    const wp_code code = {.instrs = instrs, .ninstrs = 9, .pool = pool};
    wp_printer p = printer();
    wp_print_expr(&p, &code);
    tap_ok(t,
           EQ_TEXT(take(&p), " i32.const 0 i32.const 2147483647 i32.const -2147483648 i32.const -1"
                             " i64.const 9223372036854775807 i64.const -9223372036854775808 i64.const -1"
                             " v128.const i32x4 0x00000000 0x00000001 0x00000abc 0xffffffff"),
           "integers");
    wp_print_limits(&p, &(wp_limits){0, UINT64_MAX, true, true});
    tap_ok(t, EQ_TEXT(take(&p), " i64 0 18446744073709551615"), "limits");
    wp_output_free(&p.out);
}

static void test_strings(tap *t) {
    static const uint8_t some[] = "\0\x1F !\"#[\\]~\x7F\x80\xFF";
    wp_printer p = printer();
    wp_print_string(&p, some, sizeof some - 1);
    tap_ok(t, EQ_TEXT(take(&p), "\"\\00\\1f !\\\"#[\\\\]~\\7f\\80\\ff\""), "escapes in a string");
    int wrong = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t bytes[1] = {(uint8_t)byte};
        char plain[4] = {'"', (char)byte, '"', 0}, hex[8];
        snprintf(hex, sizeof hex, "\"\\%02x\"", byte);
        wp_print_string(&p, bytes, 1);
        const char *text = take(&p);
        bool may_be_plain = byte >= 0x20 && byte <= 0x7E && byte != '"' && byte != '\\';
        bool right = strcmp(text, may_be_plain ? plain : hex) == 0 || (byte == '"' && strcmp(text, "\"\\\"\"") == 0) ||
                     (byte == '\\' && strcmp(text, "\"\\\\\"") == 0);
        wrong += right ? 0 : 1;
    }
    tap_ok(t, EQ(wrong, 0), "every byte in a string");
    static char large[5000];
    memset(large, 'x', sizeof large - 1);
    p.out.size = 0;
    wp_print_text(&p, large);
    tap_ok(t, EQ_TEXT(take(&p), large), "a text of more than twice the capacity");
    wp_output_free(&p.out);
}

int main(void) {
    tap t = {0};
    test_floats(&t);
    test_random_floats(&t);
    test_read_floats(&t);
    test_integers(&t);
    test_strings(&t);
    return tap_done(&t);
}
