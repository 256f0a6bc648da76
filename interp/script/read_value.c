/* read_value.c: reading arguments and expectations; see script.h.
 *
 * value ::= "(" ("i32" | "i64" | "f32" | "f64") ".const" number ")"
 *         | "(" "v128.const" lanes number* ")"
 *         | "(" "ref.null" heap ")"
 *         | "(" ("ref.extern" | "ref.host") number ")"
 * expectation ::= value, with "nan:canonical" and "nan:arithmetic" among the floating-point numbers
 *         | "(" "ref.null" ")" | "(" "ref." heap ")"
 *         | "(" "either" expectation* ")"
 */
#include "script/reader.h"

#include <string.h>

/* ---- Names --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *type;
} heaps[] = {
#define SCRIPT_HEAP(id, name, type) {name, type},
#include "script/heap.def"
#undef SCRIPT_HEAP
};

const char *script_heap_name(script_heap heap) {
    return heaps[heap].name;
}

const char *script_heap_type(script_heap heap) {
    return heaps[heap].type;
}

static bool value_find_heap(const char *name, size_t size, script_heap *out) {
    for (size_t i = 1; i < sizeof heaps / sizeof *heaps; i++)
        if (strlen(heaps[i].name) == size && memcmp(heaps[i].name, name, size) == 0) {
            *out = (script_heap)i;
            return true;
        }
    return false;
}

static const struct {
    const char *name;
    unsigned count;
    wp_valtype type; /* that lanes are read as; integers of 8 and 16 bits as i64, to see whether they fit */
} lane_types[] = {
    {"i8x16", 16, WP_T_I64}, {"i16x8", 8, WP_T_I64}, {"i32x4", 4, WP_T_I32},
    {"i64x2", 2, WP_T_I64},  {"f32x4", 4, WP_T_F32}, {"f64x2", 2, WP_T_F64},
};

const char *script_lanes_name(script_lanes lanes) {
    return lane_types[lanes].name;
}

unsigned script_lanes_count(script_lanes lanes) {
    return lane_types[lanes].count;
}

unsigned script_lanes_bits(script_lanes lanes) {
    return 128 / lane_types[lanes].count;
}

bool script_lanes_float(script_lanes lanes) {
    return lanes == SCRIPT_F32X4 || lanes == SCRIPT_F64X2;
}

uint64_t script_lane(const uint64_t bits[2], script_lanes lanes, unsigned i) {
    unsigned width = script_lanes_bits(lanes), at = i * width;
    return bits[at / 64] >> at % 64 & UINT64_MAX >> (64 - width);
}

const char *script_number_name(wp_valtype type) {
    static const char *const names[] = {"", "i32", "i64", "f32", "f64"};
    return names[type];
}

unsigned script_number_bits(wp_valtype type) {
    return type == WP_T_I32 || type == WP_T_F32 ? 32 : 64;
}

/* ---- Numbers ------------------------------------------------------------------------------------------------- */

static script_nan value_nan_pattern(const wp_token *token) {
    if (script_is_word(token, "nan:canonical"))
        return SCRIPT_NAN_CANONICAL;
    return script_is_word(token, "nan:arithmetic") ? SCRIPT_NAN_ARITHMETIC : SCRIPT_NAN_NO;
}

/* A number, or where `patterns` allows it a NaN pattern. */
static wp_status value_read_number(script *s, wp_valtype type, bool patterns, uint64_t *bits, script_nan *nan,
                                   wp_diag *diag) {
    wp_token token;
    wp_value value;
    WP_TRY(script_token(s, &token, diag));
    *nan = SCRIPT_NAN_NO;
    if (type == WP_T_F32 || type == WP_T_F64)
        *nan = value_nan_pattern(&token);
    if (*nan != SCRIPT_NAN_NO)
        return patterns ? WP_OK : script_unexpected(&token, "a number", diag);
    if (token.kind != WP_TOK_NUMBER)
        return script_unexpected(&token, "a number", diag);
    WP_TRY(wp_text_number(s->source, &token, type, &value, diag));
    *bits = type == WP_T_I32 || type == WP_T_F32 ? value.of.i32 : value.of.i64;
    return WP_OK;
}

static wp_status value_read_lane(script *s, script_value *out, unsigned i, bool patterns, wp_diag *diag) {
    wp_token token;
    uint64_t bits = 0;
    script_nan nan;
    unsigned width = script_lanes_bits(out->lanes);
    WP_TRY(script_peek(s, &token, diag));
    WP_TRY(value_read_number(s, lane_types[out->lanes].type, patterns, &bits, &nan, diag));
    if (width < 32) {
        /* The value is between -2^(width-1) and 2^width - 1. */
        uint64_t shifted = bits + ((uint64_t)1 << (width - 1));
        if (shifted >= ((uint64_t)1 << (width - 1)) + ((uint64_t)1 << width))
            return wp_fail_at(diag, WP_MALFORMED, token.where, "constant out of range");
        bits &= ((uint64_t)1 << width) - 1;
    }
    out->bits[i * width / 64] |= bits << i * width % 64;
    if (nan != SCRIPT_NAN_NO)
        out->nan[i] = nan;
    return WP_OK;
}

static wp_status value_read_vector(script *s, script_value *out, bool patterns, wp_diag *diag) {
    wp_token token;
    WP_TRY(script_token(s, &token, diag));
    out->kind = SCRIPT_VECTOR;
    out->type = WP_T_V128;
    unsigned i = 0;
    while (i < sizeof lane_types / sizeof *lane_types && !script_is_word(&token, lane_types[i].name))
        i++;
    if (i == sizeof lane_types / sizeof *lane_types)
        return script_unexpected(&token, "the lanes' type", diag);
    out->lanes = (script_lanes)i;
    for (i = 0; i < script_lanes_count(out->lanes); i++)
        WP_TRY(value_read_lane(s, out, i, patterns, diag));
    return WP_OK;
}

/* ---- References ---------------------------------------------------------------------------------------------- */

static wp_status value_read_null(script *s, script_value *out, bool patterns, wp_diag *diag) {
    wp_token token;
    out->kind = SCRIPT_NULL;
    WP_TRY(script_peek(s, &token, diag));
    if (patterns && token.kind == WP_TOK_RPAR)
        return WP_OK;
    WP_TRY(script_token(s, &token, diag));
    if (token.kind != WP_TOK_KEYWORD || !value_find_heap(token.text, token.size, &out->heap) ||
        out->heap == SCRIPT_HEAP_HOST)
        return script_unexpected(&token, "a heap type", diag);
    return WP_OK;
}

/* After "ref.HEAP". Only external and host references carry numbers, and only arguments must. */
static wp_status value_read_reference(script *s, const wp_token *word, script_value *out, bool patterns,
                                      wp_diag *diag) {
    wp_token token;
    out->kind = SCRIPT_REF;
    if (!value_find_heap(word->text + 4, word->size - 4, &out->heap))
        return script_unexpected(word, "a value", diag);
    bool numbered = out->heap == SCRIPT_HEAP_EXTERN || out->heap == SCRIPT_HEAP_HOST;
    if (!numbered && !patterns)
        return script_unexpected(word, "a value", diag);
    WP_TRY(script_peek(s, &token, diag));
    if (!numbered || (patterns && token.kind == WP_TOK_RPAR))
        return WP_OK;
    out->has_number = true;
    return script_read_count(s, &out->number, diag);
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* The type of "i32.const" and the like; else WP_T_NONE. */
static wp_valtype value_number_type(const wp_token *word) {
    wp_valtype type = WP_T_F64;
    while (type != WP_T_NONE && !(word->size == 9 && memcmp(word->text, script_number_name(type), 3) == 0 &&
                                  memcmp(word->text + 3, ".const", 6) == 0))
        type--;
    return type;
}

/* After "(" and the first word: up to the ")". */
static wp_status value_read_value(script *s, const wp_token *word, script_value *out, bool patterns, wp_diag *diag) {
    out->type = value_number_type(word);
    if (out->type != WP_T_NONE)
        WP_TRY(value_read_number(s, out->type, patterns, &out->bits[0], &out->nan[0], diag));
    else if (script_is_word(word, "v128.const"))
        WP_TRY(value_read_vector(s, out, patterns, diag));
    else if (script_is_word(word, "ref.null"))
        WP_TRY(value_read_null(s, out, patterns, diag));
    else if (word->kind == WP_TOK_KEYWORD && word->size > 4 && memcmp(word->text, "ref.", 4) == 0)
        WP_TRY(value_read_reference(s, word, out, patterns, diag));
    else
        return script_unexpected(word, patterns ? "an expected result" : "a value", diag);
    return script_close_list(s, diag);
}

typedef struct value_list {
    script_value *values;
    size_t count, capacity;
} value_list;

static wp_status value_add(script *s, value_list *list, script_value **out, wp_diag *diag) {
    if (!wp_arena_grow(&s->pool, (void **)&list->values, list->count, &list->capacity, sizeof **out))
        return wp_fail_memory(diag);
    *out = &list->values[list->count++];
    **out = (script_value){.kind = SCRIPT_NUMBER};
    return WP_OK;
}

/* After "(either": up to its ")". An `either` inside another one adds its choices to it. */
static wp_status value_read_either(script *s, script_value *out, wp_diag *diag) {
    value_list list = {NULL, 0, 0};
    wp_token token;
    size_t depth = 1;
    while (depth != 0) {
        WP_TRY(script_token(s, &token, diag));
        if (token.kind == WP_TOK_RPAR) {
            depth--;
            continue;
        }
        if (token.kind != WP_TOK_LPAR)
            return script_unexpected(&token, "an expected result", diag);
        WP_TRY(script_token(s, &token, diag));
        script_value *option;
        if (script_is_word(&token, "either")) {
            depth++;
            continue;
        }
        WP_TRY(value_add(s, &list, &option, diag));
        WP_TRY(value_read_value(s, &token, option, true, diag));
    }
    out->kind = SCRIPT_EITHER;
    out->options = list.values;
    out->noptions = list.count;
    return WP_OK;
}

static wp_status value_read_list(script *s, bool patterns, const script_value **out, size_t *count, wp_diag *diag) {
    value_list list = {NULL, 0, 0};
    for (;;) {
        bool open;
        wp_token word;
        script_value *value;
        WP_TRY(script_at_open(s, &open, diag));
        if (!open)
            break;
        WP_TRY(script_token(s, &word, diag));
        WP_TRY(value_add(s, &list, &value, diag));
        if (patterns && script_is_word(&word, "either"))
            WP_TRY(value_read_either(s, value, diag));
        else
            WP_TRY(value_read_value(s, &word, value, patterns, diag));
    }
    *out = list.values;
    *count = list.count;
    return WP_OK;
}

wp_status script_read_arguments(script *s, const script_value **out, size_t *count, wp_diag *diag) {
    return value_read_list(s, false, out, count, diag);
}

wp_status script_read_expectations(script *s, const script_value **out, size_t *count, wp_diag *diag) {
    return value_read_list(s, true, out, count, diag);
}
