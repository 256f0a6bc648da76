/* test_script_value.c: values and expectations of scripts: their text, and matching. */
#include "script/value.h"

#include "random.h"
#include "tap.h"

#include <string.h>

/* ---- Writing numbers ----------------------------------------------------------------------------------------- */

static void check_number(tap *t, wp_valtype type, uint64_t bits, const char *text) {
    char got[64];
    script_print_number(type, bits, got, sizeof got);
    tap_ok(t, EQ_TEXT(got, text), "%s is written %s", text, got);
}

static void test_numbers(tap *t) {
    check_number(t, WP_T_I32, 0, "0");
    check_number(t, WP_T_I32, 0x7FFFFFFF, "2147483647");
    check_number(t, WP_T_I32, 0x80000000, "-2147483648");
    check_number(t, WP_T_I32, 0xFFFFFFFF, "-1");
    check_number(t, WP_T_I64, UINT64_MAX, "-1");
    check_number(t, WP_T_I64, (uint64_t)1 << 63, "-9223372036854775808");
    check_number(t, WP_T_F32, 0, "0");
    check_number(t, WP_T_F32, 0x80000000, "-0");
    check_number(t, WP_T_F32, 0x3F800000, "1");
    check_number(t, WP_T_F32, 0x3FC00000, "1.5");
    check_number(t, WP_T_F32, 0xBE000000, "-0.125");
    check_number(t, WP_T_F32, 0x4426A666, "0x1.4d4cccp+9");
}

static void test_floats(tap *t) {
    check_number(t, WP_T_F32, 0x3DCCCCCD, "0x1.99999ap-4");
    check_number(t, WP_T_F32, 0x00000001, "0x0.000002p-126");
    check_number(t, WP_T_F32, 0x00800000, "0x1p-126");
    check_number(t, WP_T_F32, 0x7F7FFFFF, "0x1.fffffep+127");
    check_number(t, WP_T_F32, 0x7F800000, "inf");
    check_number(t, WP_T_F32, 0xFF800000, "-inf");
    check_number(t, WP_T_F32, 0x7FC00000, "nan");
    check_number(t, WP_T_F32, 0xFFC00000, "-nan");
    check_number(t, WP_T_F32, 0x7FA00000, "nan:0x200000");
    check_number(t, WP_T_F32, 0xFF800001, "-nan:0x1");
    check_number(t, WP_T_F64, 0x3FF0000000000000, "1");
    check_number(t, WP_T_F64, 0xC084D00000000000, "-666");
    check_number(t, WP_T_F64, 0x3FB999999999999A, "0x1.999999999999ap-4");
    check_number(t, WP_T_F64, 0x0000000000000001, "0x0.0000000000001p-1022");
    check_number(t, WP_T_F64, 0x0010000000000000, "0x1p-1022");
    check_number(t, WP_T_F64, 0x7FF8000000000000, "nan");
    check_number(t, WP_T_F64, 0x7FF0000000000001, "nan:0x1");
    check_number(t, WP_T_F64, 0x41CDCD6500000000, "1000000000");
    check_number(t, WP_T_F64, 0x7FEFFFFFFFFFFFFF, "0x1.fffffffffffffp+1023");
}

/* Every number that is written is read as the same number. */
static void test_reading_back(tap *t) {
    wp_engine *engine = wp_engine_new(NULL);
    uint64_t seed = 1;
    unsigned wrong = 0;
    for (int i = 0; i < 20000; i++) {
        char text[64];
        wp_text *source;
        wp_token token;
        wp_value value;
        wp_valtype type = i % 2 == 0 ? WP_T_F32 : WP_T_F64;
        uint64_t bits = next_random(&seed) >> (type == WP_T_F32 ? 32 : 0);
        /* Half of them near small integers and fractions, which have decimal forms. */
        if (i % 4 < 2)
            bits &= type == WP_T_F32 ? 0xC3FF8000 : 0xC05FFF0000000000;
        script_print_number(type, bits, text, sizeof text);
        if (wp_text_open(engine, text, strlen(text), &source, NULL) != WP_OK)
            break;
        if (wp_text_next(source, &token, NULL) != WP_OK || wp_text_number(source, &token, type, &value, NULL) != WP_OK)
            wrong++;
        else if ((type == WP_T_F32 ? value.of.i32 : value.of.i64) != bits)
            wrong++;
        wp_text_close(source);
    }
    wp_engine_delete(engine);
    tap_ok(t, EQ(wrong, 0), "20000 written numbers are read back, %u wrongly", wrong);
}

/* ---- Writing values ------------------------------------------------------------------------------------------ */

static void check_value(tap *t, const script_value *value, const char *text) {
    char got[SCRIPT_VALUE_SIZE];
    script_value_print(value, got, sizeof got);
    tap_ok(t, EQ_TEXT(got, text), "%s is written %s", text, got);
}

static script_value number(wp_valtype type, uint64_t bits) {
    return (script_value){.kind = SCRIPT_NUMBER, .type = type, .bits = {bits, 0}};
}

static script_value nan_value(wp_valtype type, script_nan nan) {
    return (script_value){.kind = SCRIPT_NUMBER, .type = type, .nan = {nan}};
}

static script_value reference(script_value_kind kind, script_heap heap, bool has_number, uint64_t n) {
    return (script_value){.kind = kind, .heap = heap, .has_number = has_number, .number = n};
}

static script_value vector(script_lanes lanes, uint64_t low, uint64_t high) {
    return (script_value){.kind = SCRIPT_VECTOR, .type = WP_T_V128, .lanes = lanes, .bits = {low, high}};
}

static void test_values(tap *t) {
    script_value v = number(WP_T_I32, 7);
    check_value(t, &v, "(i32.const 7)");
    v = nan_value(WP_T_F64, SCRIPT_NAN_CANONICAL);
    check_value(t, &v, "(f64.const nan:canonical)");
    v = nan_value(WP_T_F32, SCRIPT_NAN_ARITHMETIC);
    check_value(t, &v, "(f32.const nan:arithmetic)");
    v = reference(SCRIPT_NULL, SCRIPT_HEAP_NONE_GIVEN, false, 0);
    check_value(t, &v, "(ref.null)");
    v = reference(SCRIPT_NULL, SCRIPT_HEAP_NOEXTERN, false, 0);
    check_value(t, &v, "(ref.null noextern)");
    v = reference(SCRIPT_REF, SCRIPT_HEAP_EXTERN, true, UINT64_MAX);
    check_value(t, &v, "(ref.extern 18446744073709551615)");
    v = reference(SCRIPT_REF, SCRIPT_HEAP_HOST, true, 3);
    check_value(t, &v, "(ref.host 3)");
    v = reference(SCRIPT_REF, SCRIPT_HEAP_I31, false, 0);
    check_value(t, &v, "(ref.i31)");
    v = vector(SCRIPT_I8X16, 0xFF, (uint64_t)0x80 << 56);
    check_value(t, &v, "(v128.const i8x16 -1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 -128)");
    v = vector(SCRIPT_I64X2, UINT64_MAX, 5);
    check_value(t, &v, "(v128.const i64x2 -1 5)");
    v = vector(SCRIPT_F32X4, 0x3FC00000, 0x80000000);
    v.nan[1] = SCRIPT_NAN_CANONICAL;
    check_value(t, &v, "(v128.const f32x4 1.5 nan:canonical -0 0)");
    script_value options[2] = {number(WP_T_I32, 1), nan_value(WP_T_F32, SCRIPT_NAN_CANONICAL)};
    v = (script_value){.kind = SCRIPT_EITHER, .options = options, .noptions = 2};
    check_value(t, &v, "(either (i32.const 1) (f32.const nan:canonical))");
}

static void test_cut(tap *t) {
    script_value v = number(WP_T_I64, 1234567890);
    char buffer[16];
    script_value_print(&v, buffer, sizeof buffer);
    tap_ok(t, EQ_TEXT(buffer, "(i64.const 1..."), "a text that does not fit is truncated: %s", buffer);
    buffer[0] = 'x';
    script_value_print(&v, buffer, 1);
    tap_ok(t, EQ(buffer[0], '\0'), "a buffer of one byte holds the NUL");
    buffer[0] = 'x';
    script_value_print(&v, buffer, 0);
    tap_ok(t, EQ(buffer[0], 'x'), "a buffer of 0 bytes is unchanged");
}

static void check_result(tap *t, const wp_value *value, const char *text) {
    char got[SCRIPT_VALUE_SIZE];
    script_print_result(value, got, sizeof got);
    tap_ok(t, EQ_TEXT(got, text), "the result %s is written %s", text, got);
}

static void test_results(tap *t, wp_store *store) {
    wp_value v = {.type = WP_T_I32, .of = {.i32 = 0xFFFFFFFF}};
    check_result(t, &v, "(i32.const -1)");
    v = (wp_value){.type = WP_T_F64, .of = {.i64 = 0x3FF8000000000000}};
    check_result(t, &v, "(f64.const 1.5)");
    v = (wp_value){.type = WP_T_V128, .of = {.v128 = {0xFFFFFFFF00000001, 2}}};
    check_result(t, &v, "(v128.const i32x4 1 -1 2 0)");
    v = (wp_value){.type = WP_T_FUNCREF, .of = {.ref = {0}}};
    check_result(t, &v, "(ref.null func)");
    v = (wp_value){.type = WP_T_EXTERNREF, .of = {.ref = wp_ref_host(store, 12)}};
    check_result(t, &v, "(ref.extern 12)");
    v = (wp_value){.type = WP_T_REF | WP_T_NULL | 0x20000005, .of = {.ref = {0}}};
    check_result(t, &v, "(ref.null)");
}

/* ---- Matching ------------------------------------------------------------------------------------------------ */

static void check_match(tap *t, bool wanted, const script_value *expected, wp_value result) {
    char a[SCRIPT_VALUE_SIZE], b[SCRIPT_VALUE_SIZE];
    script_value_print(expected, a, sizeof a);
    script_print_result(&result, b, sizeof b);
    tap_ok(t, EQ(script_value_matches(expected, &result), wanted), "%s is %smatched by %s", a, wanted ? "" : "not ", b);
}

static wp_value result32(wp_valtype type, uint32_t bits) {
    return (wp_value){.type = type, .of = {.i32 = bits}};
}

static wp_value result64(wp_valtype type, uint64_t bits) {
    return (wp_value){.type = type, .of = {.i64 = bits}};
}

static void test_matching_numbers(tap *t) {
    script_value v = number(WP_T_I32, 7);
    check_match(t, true, &v, result32(WP_T_I32, 7));
    check_match(t, false, &v, result32(WP_T_I32, 8));
    check_match(t, false, &v, result64(WP_T_I64, 7));
    check_match(t, false, &v, result32(WP_T_F32, 7));
    v = number(WP_T_I64, (uint64_t)1 << 32);
    check_match(t, false, &v, result64(WP_T_I64, 0));
    v = number(WP_T_F32, 0);
    check_match(t, false, &v, result32(WP_T_F32, 0x80000000));
    v = number(WP_T_F32, 0x7FA00000);
    check_match(t, true, &v, result32(WP_T_F32, 0x7FA00000));
    check_match(t, false, &v, result32(WP_T_F32, 0x7FE00000));
}

static void test_matching_nans(tap *t) {
    script_value v = nan_value(WP_T_F32, SCRIPT_NAN_CANONICAL);
    check_match(t, true, &v, result32(WP_T_F32, 0x7FC00000));
    check_match(t, true, &v, result32(WP_T_F32, 0xFFC00000));
    check_match(t, false, &v, result32(WP_T_F32, 0x7FC00001));
    check_match(t, false, &v, result32(WP_T_F32, 0x7FA00000));
    check_match(t, false, &v, result32(WP_T_F32, 0x7F800000));
    check_match(t, false, &v, result32(WP_T_F32, 0x00400000));
    check_match(t, false, &v, result64(WP_T_F64, 0x7FF8000000000000));
    v = nan_value(WP_T_F32, SCRIPT_NAN_ARITHMETIC);
    check_match(t, true, &v, result32(WP_T_F32, 0x7FC00000));
    check_match(t, true, &v, result32(WP_T_F32, 0xFFC00001));
    check_match(t, false, &v, result32(WP_T_F32, 0x7FA00000));
    v = nan_value(WP_T_F64, SCRIPT_NAN_CANONICAL);
    check_match(t, true, &v, result64(WP_T_F64, 0xFFF8000000000000));
    check_match(t, false, &v, result64(WP_T_F64, 0x7FFC000000000000));
    v = nan_value(WP_T_F64, SCRIPT_NAN_ARITHMETIC);
    check_match(t, true, &v, result64(WP_T_F64, 0x7FFC000000000000));
    check_match(t, false, &v, result64(WP_T_F64, 0x7FF4000000000000));
}

static void test_matching_vectors(tap *t) {
    wp_value result = {.type = WP_T_V128, .of = {.v128 = {0x7FC0000000000001, 0x3FF0000000000000}}};
    script_value v = vector(SCRIPT_I64X2, 0x7FC0000000000001, 0x3FF0000000000000);
    check_match(t, true, &v, result);
    v.lanes = SCRIPT_I8X16;
    check_match(t, true, &v, result);
    v.bits[1] ^= (uint64_t)1 << 63;
    check_match(t, false, &v, result);
    v = vector(SCRIPT_F32X4, 1, 0x3FF0000000000000);
    v.nan[1] = SCRIPT_NAN_CANONICAL;
    check_match(t, true, &v, result);
    v.nan[0] = SCRIPT_NAN_CANONICAL;
    check_match(t, false, &v, result);
    v = vector(SCRIPT_F64X2, 0, 0x3FF0000000000000);
    v.nan[0] = SCRIPT_NAN_ARITHMETIC;
    check_match(t, false, &v, result);
    result.of.v128[0] = 0x7FF8000000000001;
    check_match(t, true, &v, result);
    check_match(t, false, &v, result64(WP_T_I64, 0));
}

static void test_matching_references(tap *t, wp_store *store, wp_ref func) {
    wp_value null = {.type = WP_T_EXTERNREF, .of = {.ref = {0}}};
    wp_value host = {.type = WP_T_EXTERNREF, .of = {.ref = wp_ref_host(store, 5)}};
    wp_value function = {.type = WP_T_FUNCREF, .of = {.ref = func}};
    script_value v = reference(SCRIPT_NULL, SCRIPT_HEAP_NONE_GIVEN, false, 0);
    check_match(t, true, &v, null);
    check_match(t, false, &v, host);
    check_match(t, false, &v, function);
    check_match(t, false, &v, result32(WP_T_I32, 0));
    v = reference(SCRIPT_NULL, SCRIPT_HEAP_EXTERN, false, 0);
    check_match(t, true, &v, null);
    v = reference(SCRIPT_REF, SCRIPT_HEAP_EXTERN, true, 5);
    check_match(t, true, &v, host);
    check_match(t, false, &v, null);
    check_match(t, false, &v, function);
    v.number = 6;
    check_match(t, false, &v, host);
    v = reference(SCRIPT_REF, SCRIPT_HEAP_EXTERN, false, 0);
    check_match(t, true, &v, host);
    check_match(t, false, &v, null);
    check_match(t, false, &v, function);
    v = reference(SCRIPT_REF, SCRIPT_HEAP_FUNC, false, 0);
    check_match(t, true, &v, function);
    check_match(t, false, &v, host);
    check_match(t, false, &v, null);
    v = reference(SCRIPT_REF, SCRIPT_HEAP_STRUCT, false, 0);
    check_match(t, false, &v, host);
    check_match(t, false, &v, function);
}

static void test_matching_either(tap *t) {
    script_value options[2] = {number(WP_T_I32, 1), number(WP_T_I32, 2)};
    script_value v = {.kind = SCRIPT_EITHER, .options = options, .noptions = 2};
    check_match(t, true, &v, result32(WP_T_I32, 1));
    check_match(t, true, &v, result32(WP_T_I32, 2));
    check_match(t, false, &v, result32(WP_T_I32, 3));
    v.noptions = 0;
    check_match(t, false, &v, result32(WP_T_I32, 1));
}

/* ---- References of a store ----------------------------------------------------------------------------------- */

/* Exports a function, and one that returns a reference to it. */
static const char references[] = "(module (func $f (export \"f\")) (elem declare func $f)"
                                 " (func (export \"g\") (result funcref) (ref.func $f)))";

static void test_store(tap *t) {
    wp_engine *engine = wp_engine_new(NULL);
    wp_store *store = NULL;
    wp_module *module = NULL;
    wp_instance *instance = NULL;
    wp_extern func = {WP_EXTERN_FUNC, NULL}, get;
    wp_value result = {.type = WP_T_NONE};
    bool ready = wp_store_new(engine, &store, NULL) == WP_OK &&
                 wp_module_parse(engine, references, strlen(references), &module, NULL) == WP_OK &&
                 wp_module_validate(module, NULL) == WP_OK && wp_instantiate(store, module, &instance, NULL) == WP_OK &&
                 wp_instance_export(instance, "f", 1, &func) && wp_instance_export(instance, "g", 1, &get) &&
                 wp_call(store, get, NULL, 0, &result, 1, NULL) == WP_OK;
    tap_ok(t, ready, "a module with a function to reference");
    if (ready) {
        check_result(t, &result, "(ref.func)");
        test_results(t, store);
        test_matching_references(t, store, result.of.ref);
        script_value v = reference(SCRIPT_REF, SCRIPT_HEAP_EXTERN, true, 9);
        wp_value argument;
        tap_ok(t, EQ_STATUS(script_value_argument(store, &v, &argument, NULL), WP_OK), "(ref.extern 9) is an argument");
        check_match(t, true, &v, argument);
        v = reference(SCRIPT_REF, SCRIPT_HEAP_HOST, true, 9);
        tap_ok(t, EQ_STATUS(script_value_argument(store, &v, &argument, NULL), WP_UNSUPPORTED),
               "(ref.host 9) is unsupported");
    }
    wp_module_delete(module);
    wp_store_delete(store);
    wp_engine_delete(engine);
}

int main(void) {
    tap t = {0};
    test_numbers(&t);
    test_floats(&t);
    test_reading_back(&t);
    test_values(&t);
    test_cut(&t);
    test_matching_numbers(&t);
    test_matching_nans(&t);
    test_matching_vectors(&t);
    test_matching_either(&t);
    test_store(&t);
    return tap_done(&t);
}
