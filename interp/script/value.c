/* value.c: values in the text format, and whether they are as expected; see value.h. */
#include "script/value.h"

#include "base/diag.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* The text written so far; more than fits is cut off, and ends in "...". */
typedef struct writer {
    char *buffer;
    size_t size, used;
} writer;

static void value_writer_init(writer *w, char *buffer, size_t size) {
    *w = (writer){buffer, size, 0};
    if (size != 0)
        buffer[0] = '\0';
}

static void WP_PRINTF(2, 3) value_put(writer *w, const char *format, ...) {
    if (w->used + 1 >= w->size)
        return;
    va_list args;
    va_start(args, format);
    int count = vsnprintf(w->buffer + w->used, w->size - w->used, format, args);
    va_end(args);
    if (count < 0)
        return;
    if ((size_t)count < w->size - w->used) {
        w->used += (size_t)count;
        return;
    }
    w->used = w->size - 1;
    if (w->size > 4)
        memcpy(w->buffer + w->size - 4, "...", 4);
}

/* ---- Floating-point numbers ---------------------------------------------------------------------------------- */

/* Bits of the fraction of a format of 32 or 64 bits. */
static unsigned value_places(unsigned width) {
    return width == 32 ? 23 : 52;
}

static uint64_t value_low_bits(unsigned count) {
    return ((uint64_t)1 << count) - 1;
}

/* mantissa * 2^exponent in decimal, if it has at most ten digits on either side of the point. */
static bool value_put_decimal(writer *w, uint64_t mantissa, int exponent) {
    for (; exponent < 0 && (mantissa & 1) == 0; exponent++)
        mantissa >>= 1;
    if (exponent < -10 || exponent > 33)
        return false;
    unsigned places = exponent < 0 ? (unsigned)-exponent : 0;
    uint64_t fraction = mantissa & value_low_bits(places), whole = mantissa >> places;
    if (whole > (uint64_t)9999999999 >> (exponent < 0 ? 0 : exponent))
        return false;
    value_put(w, "%" PRIu64, exponent < 0 ? whole : whole << exponent);
    for (unsigned i = 0; i < places; i++) /* 2^-n = 5^n * 10^-n */
        fraction *= 5;
    if (places != 0)
        value_put(w, ".%0*" PRIu64, (int)places, fraction);
    return true;
}

/* 1.fraction * 2^exponent, or 0.fraction for a subnormal number, in hexadecimal. */
static void value_put_hexadecimal(writer *w, unsigned places, uint64_t fraction, bool subnormal, int exponent) {
    unsigned digits = (places + 3) / 4;
    fraction <<= digits * 4 - places;
    for (; digits > 0 && (fraction & 15) == 0; digits--)
        fraction >>= 4;
    value_put(w, "0x%d", subnormal ? 0 : 1);
    if (digits > 0)
        value_put(w, ".%0*" PRIx64, (int)digits, fraction);
    value_put(w, "p%+d", exponent);
}

static void value_put_float(writer *w, unsigned width, uint64_t bits) {
    unsigned places = value_places(width);
    uint64_t fraction = bits & value_low_bits(places), special = value_low_bits(width - 1 - places);
    uint64_t biased = bits >> places & special;
    bool subnormal = biased == 0;
    int exponent = (subnormal ? 1 : (int)biased) - (int)(special / 2);
    if ((bits >> (width - 1) & 1) != 0)
        value_put(w, "-");
    if (biased == special && fraction == 0)
        value_put(w, "inf");
    else if (biased == special && fraction == (uint64_t)1 << (places - 1))
        value_put(w, "nan");
    else if (biased == special)
        value_put(w, "nan:0x%" PRIx64, fraction);
    else if (subnormal && fraction == 0)
        value_put(w, "0");
    else if (!value_put_decimal(w, subnormal ? fraction : fraction | (uint64_t)1 << places, exponent - (int)places))
        value_put_hexadecimal(w, places, fraction, subnormal, exponent);
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

uint64_t script_result_bits(const wp_value *value) {
    return script_number_bits(value->type) == 32 ? value->of.i32 : value->of.i64;
}

static void value_put_number(writer *w, wp_valtype type, uint64_t bits, script_nan nan) {
    if (nan != SCRIPT_NAN_NO)
        value_put(w, nan == SCRIPT_NAN_CANONICAL ? "nan:canonical" : "nan:arithmetic");
    else if (type == WP_T_I32)
        value_put(w, "%" PRId32, (int32_t)(uint32_t)bits);
    else if (type == WP_T_I64)
        value_put(w, "%" PRId64, (int64_t)bits);
    else
        value_put_float(w, script_number_bits(type), bits);
}

static void value_put_vector(writer *w, script_lanes lanes, const uint64_t bits[2], const script_nan *nan) {
    unsigned width = script_shapes[lanes].bits, half = width - 1;
    value_put(w, "(v128.const %s", script_shapes[lanes].name);
    for (unsigned i = 0; i < script_shapes[lanes].count; i++) {
        uint64_t value = script_lane(bits, lanes, i);
        value_put(w, " ");
        if (script_shapes[lanes].is_float)
            value_put_number(w, width == 32 ? WP_T_F32 : WP_T_F64, value, nan[i]);
        else if (value >> half != 0 && width < 64)
            value_put(w, "%" PRId64, (int64_t)value - ((int64_t)1 << width));
        else
            value_put(w, "%" PRId64, (int64_t)value);
    }
    value_put(w, ")");
}

static void value_put_simple(writer *w, const script_value *value) {
    const char *heap = script_heaps[value->heap].name;
    switch (value->kind) {
    case SCRIPT_NUMBER:
        value_put(w, "(%s.const ", script_number_name(value->type));
        value_put_number(w, value->type, value->bits[0], value->nan[0]);
        value_put(w, ")");
        break;
    case SCRIPT_VECTOR: value_put_vector(w, value->lanes, value->bits, value->nan); break;
    case SCRIPT_NULL: value_put(w, "(ref.null%s%s)", *heap == '\0' ? "" : " ", heap); break;
    default:
        value_put(w, "(ref.%s", heap);
        if (value->has_number)
            value_put(w, " %" PRIu64, value->number);
        value_put(w, ")");
    }
}

void script_value_print(const script_value *value, char *buffer, size_t size) {
    writer w;
    value_writer_init(&w, buffer, size);
    if (value->kind != SCRIPT_EITHER) {
        value_put_simple(&w, value);
        return;
    }
    value_put(&w, "(either");
    for (size_t i = 0; i < value->noptions; i++) {
        value_put(&w, " ");
        value_put_simple(&w, &value->options[i]);
    }
    value_put(&w, ")");
}

void script_print_number(wp_valtype type, uint64_t bits, char *buffer, size_t size) {
    writer w;
    value_writer_init(&w, buffer, size);
    value_put_number(&w, type, bits, SCRIPT_NAN_NO);
}

static void value_put_reference(writer *w, const wp_value *value) {
    char type[64];
    switch (wp_ref_get_kind(value->of.ref)) {
    case WP_REF_NULL:
        wp_valtype_print(value->type & ~WP_T_NULL, type, sizeof type);
        /* "(ref func)" without its parenthesis and word is what stands after ref.null. Indices mean nothing here. */
        if (strncmp(type, "(ref ", 5) == 0 && (type[5] < '0' || type[5] > '9'))
            value_put(w, "(ref.null %s", type + 5);
        else
            value_put(w, "(ref.null)");
        break;
    case WP_REF_FUNC: value_put(w, "(ref.func)"); break;
    case WP_REF_HOST: value_put(w, "(ref.extern %" PRIu64 ")", wp_ref_host_number(value->of.ref)); break;
    default: wp_valtype_print(value->type, type, sizeof type); value_put(w, "(a reference of type %s)", type);
    }
}

script_value script_value_of(const wp_value *result) {
    script_value value = {.kind = SCRIPT_NUMBER, .type = result->type};
    if (result->type == WP_T_V128) {
        value.kind = SCRIPT_VECTOR;
        value.lanes = SCRIPT_I32X4;
        memcpy(value.bits, result->of.v128, sizeof value.bits);
    } else {
        value.bits[0] = script_result_bits(result);
    }
    return value;
}

void script_print_result(const wp_value *result, char *buffer, size_t size) {
    if ((result->type & WP_T_REF) == 0) {
        script_value value = script_value_of(result);
        script_value_print(&value, buffer, size);
        return;
    }
    writer w;
    value_writer_init(&w, buffer, size);
    value_put_reference(&w, result);
}

/* ---- Matching ------------------------------------------------------------------------------------------------ */

/* A canonical NaN has the fraction's highest bit alone set; an arithmetic one has at least that. */
static bool value_is_nan(unsigned width, uint64_t bits, script_nan nan) {
    unsigned places = value_places(width);
    uint64_t quiet = (uint64_t)1 << (places - 1), fraction = bits & value_low_bits(places);
    uint64_t special = value_low_bits(width - 1 - places);
    bool is_nan = (bits >> places & special) == special && (fraction & quiet) != 0;
    return is_nan && (nan == SCRIPT_NAN_ARITHMETIC || fraction == quiet);
}

static bool value_same_bits(unsigned width, uint64_t expected, script_nan nan, uint64_t bits) {
    return nan == SCRIPT_NAN_NO ? bits == expected : value_is_nan(width, bits, nan);
}

static bool value_matches_vector(const script_value *expected, const wp_value *result) {
    unsigned width = script_shapes[expected->lanes].bits;
    for (unsigned i = 0; i < script_shapes[expected->lanes].count; i++) {
        script_nan nan = i < 4 ? expected->nan[i] : SCRIPT_NAN_NO;
        if (!value_same_bits(width, script_lane(expected->bits, expected->lanes, i), nan,
                             script_lane(result->of.v128, expected->lanes, i)))
            return false;
    }
    return true;
}

/* The kinds that a reference can be expected to have. References that are neither functions nor the host's are of the
 * any hierarchy. */
static bool value_matches_reference(const script_value *expected, wp_ref ref) {
    wp_ref_kind kind = wp_ref_get_kind(ref);
    if (expected->has_number)
        return kind == WP_REF_HOST && wp_ref_host_number(ref) == expected->number;
    switch (expected->heap) {
    case SCRIPT_HEAP_FUNC: return kind == WP_REF_FUNC;
    case SCRIPT_HEAP_EXTERN:
    case SCRIPT_HEAP_ANY: return kind == WP_REF_HOST || kind == WP_REF_OTHER;
    case SCRIPT_HEAP_HOST: return kind == WP_REF_HOST;
    default: return kind == WP_REF_OTHER;
    }
}

static bool value_matches_simple(const script_value *expected, const wp_value *result) {
    bool is_ref = (result->type & WP_T_REF) != 0;
    switch (expected->kind) {
    case SCRIPT_NUMBER:
        return result->type == expected->type && value_same_bits(script_number_bits(expected->type), expected->bits[0],
                                                                 expected->nan[0], script_result_bits(result));
    case SCRIPT_VECTOR: return result->type == WP_T_V128 && value_matches_vector(expected, result);
    case SCRIPT_NULL: return is_ref && wp_ref_get_kind(result->of.ref) == WP_REF_NULL;
    default: return is_ref && value_matches_reference(expected, result->of.ref);
    }
}

bool script_value_matches(const script_value *expected, const wp_value *result) {
    if (expected->kind != SCRIPT_EITHER)
        return value_matches_simple(expected, result);
    for (size_t i = 0; i < expected->noptions; i++)
        if (value_matches_simple(&expected->options[i], result))
            return true;
    return false;
}

/* ---- Arguments ----------------------------------------------------------------------------------------------- */

static wp_status value_make_reference(wp_store *store, const script_value *argument, wp_value *out, wp_diag *diag) {
    if (argument->heap == SCRIPT_HEAP_HOST)
        return wp_fail(diag, WP_UNSUPPORTED, "unsupported: ref.host");
    out->type = WP_T_EXTERNREF;
    out->of.ref = wp_ref_host(store, argument->number);
    return out->of.ref.bits == 0 ? wp_fail_memory(diag) : WP_OK;
}

wp_status script_value_argument(wp_store *store, const script_value *argument, wp_value *out, wp_diag *diag) {
    *out = (wp_value){.type = argument->type, .of = {.v128 = {0, 0}}};
    switch (argument->kind) {
    case SCRIPT_NUMBER:
        if (script_number_bits(argument->type) == 32)
            out->of.i32 = (uint32_t)argument->bits[0];
        else
            out->of.i64 = argument->bits[0];
        return WP_OK;
    case SCRIPT_VECTOR:
        out->of.v128[0] = argument->bits[0];
        out->of.v128[1] = argument->bits[1];
        return WP_OK;
    case SCRIPT_NULL:
        /* A null reference is the same one in every hierarchy. */
        out->type =
            argument->heap == SCRIPT_HEAP_FUNC || argument->heap == SCRIPT_HEAP_NOFUNC ? WP_T_FUNCREF : WP_T_EXTERNREF;
        return WP_OK;
    default: return value_make_reference(store, argument, out, diag);
    }
}
