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

const script_heap_row script_heaps[] = {
#define SCRIPT_HEAP(id, name, type) {name, type},
#include "script/heap.def"
#undef SCRIPT_HEAP
};
enum { HEAPS = sizeof script_heaps / sizeof *script_heaps };

/* The heap type of a name; SCRIPT_HEAP_NONE_GIVEN if unknown. */
static script_heap value_find_heap(const char *name, size_t size) {
    for (size_t i = 1; i < HEAPS; i++)
        if (script_text_is((script_text){name, size}, script_heaps[i].name))
            return (script_heap)i;
    return SCRIPT_HEAP_NONE_GIVEN;
}

const script_shape script_shapes[] = {
    {"i8x16", 16, 8, false}, {"i16x8", 8, 16, false}, {"i32x4", 4, 32, false},
    {"i64x2", 2, 64, false}, {"f32x4", 4, 32, true},  {"f64x2", 2, 64, true},
};
enum { SHAPES = sizeof script_shapes / sizeof *script_shapes };

uint64_t script_lane(const uint64_t bits[2], script_lanes lanes, unsigned i) {
    unsigned width = script_shapes[lanes].bits, at = i * width;
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
static uint64_t value_read_number(script *s, wp_valtype type, bool patterns, script_nan *nan) {
    wp_value value = {.type = type};
    wp_token token = script_token(s);
    *nan = type == WP_T_F32 || type == WP_T_F64 ? value_nan_pattern(&token) : SCRIPT_NAN_NO;
    if (*nan != SCRIPT_NAN_NO && patterns)
        return 0;
    if (*nan != SCRIPT_NAN_NO || token.kind != WP_TOK_NUMBER)
        script_unexpected(s, &token, "a number");
    if (s->status == WP_OK)
        s->status = wp_text_number(s->source, &token, type, &value, s->diag);
    return script_number_bits(type) == 32 ? value.of.i32 : value.of.i64;
}

/* Integers of 8 and 16 bits are read as i64, to see whether they fit. */
static wp_valtype value_lane_type(const script_shape *shape) {
    if (shape->bits < 32)
        return WP_T_I64;
    if (shape->is_float)
        return shape->bits == 32 ? WP_T_F32 : WP_T_F64;
    return shape->bits == 32 ? WP_T_I32 : WP_T_I64;
}

static void value_read_lane(script *s, script_value *out, unsigned i, bool patterns) {
    const script_shape *shape = &script_shapes[out->lanes];
    script_nan nan;
    unsigned width = shape->bits;
    wp_location where = script_peek(s).where;
    uint64_t bits = value_read_number(s, value_lane_type(shape), patterns, &nan);
    if (width < 32) {
        /* The value is between -2^(width-1) and 2^width - 1. */
        uint64_t shifted = bits + ((uint64_t)1 << (width - 1));
        if (s->status == WP_OK && shifted >= ((uint64_t)1 << (width - 1)) + ((uint64_t)1 << width))
            s->status = wp_fail_at(s->diag, WP_MALFORMED, where, "constant out of range");
        bits &= ((uint64_t)1 << width) - 1;
    }
    out->bits[i * width / 64] |= bits << i * width % 64;
    if (nan != SCRIPT_NAN_NO)
        out->nan[i] = nan;
}

static void value_read_vector(script *s, script_value *out, bool patterns) {
    wp_token token = script_token(s);
    unsigned shape = 0;
    out->kind = SCRIPT_VECTOR;
    out->type = WP_T_V128;
    while (shape < SHAPES && !script_is_word(&token, script_shapes[shape].name))
        shape++;
    if (shape == SHAPES) {
        script_unexpected(s, &token, "the lanes' type");
        return;
    }
    out->lanes = (script_lanes)shape;
    for (unsigned i = 0; i < script_shapes[shape].count; i++)
        value_read_lane(s, out, i, patterns);
}

/* ---- References ---------------------------------------------------------------------------------------------- */

static void value_read_null(script *s, script_value *out, bool patterns) {
    out->kind = SCRIPT_NULL;
    if (patterns && script_peek(s).kind == WP_TOK_RPAR)
        return;
    wp_token token = script_token(s);
    if (token.kind == WP_TOK_KEYWORD)
        out->heap = value_find_heap(token.text, token.size);
    if (out->heap == SCRIPT_HEAP_NONE_GIVEN || out->heap == SCRIPT_HEAP_HOST)
        script_unexpected(s, &token, "a heap type");
}

/* After "ref.HEAP". Only external and host references carry numbers, and only arguments must. */
static void value_read_reference(script *s, const wp_token *word, script_value *out, bool patterns) {
    out->kind = SCRIPT_REF;
    out->heap = value_find_heap(word->text + 4, word->size - 4);
    bool is_numbered = out->heap == SCRIPT_HEAP_EXTERN || out->heap == SCRIPT_HEAP_HOST;
    if (out->heap == SCRIPT_HEAP_NONE_GIVEN || (!is_numbered && !patterns))
        script_unexpected(s, word, "a value");
    out->has_number = is_numbered && !(patterns && script_peek(s).kind == WP_TOK_RPAR);
    if (out->has_number)
        out->number = script_read_count(s);
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

/* After "(" and the first word: through the ")". */
static void value_read_value(script *s, const wp_token *word, script_value *out, bool patterns) {
    out->type = value_number_type(word);
    if (out->type != WP_T_NONE)
        out->bits[0] = value_read_number(s, out->type, patterns, &out->nan[0]);
    else if (script_is_word(word, "v128.const"))
        value_read_vector(s, out, patterns);
    else if (script_is_word(word, "ref.null"))
        value_read_null(s, out, patterns);
    else if (word->kind == WP_TOK_KEYWORD && word->size > 4 && memcmp(word->text, "ref.", 4) == 0)
        value_read_reference(s, word, out, patterns);
    else
        script_unexpected(s, word, patterns ? "an expected result" : "a value");
    script_close_list(s);
}

typedef struct value_list {
    script_value *values;
    size_t count, capacity;
} value_list;

/* NULL: out of memory. */
static script_value *value_add(script *s, value_list *list) {
    if (!wp_arena_grow(&s->pool, (void **)&list->values, list->count, &list->capacity, sizeof *list->values)) {
        script_fail_memory(s);
        return NULL;
    }
    script_value *value = &list->values[list->count++];
    *value = (script_value){.kind = SCRIPT_NUMBER};
    return value;
}

/* After "(either": through its ")". An `either` inside another one adds its choices to it. */
static void value_read_either(script *s, script_value *out) {
    value_list list = {NULL, 0, 0};
    size_t depth = 1;
    while (depth != 0 && s->status == WP_OK) {
        wp_token token = script_token(s);
        if (token.kind == WP_TOK_RPAR) {
            depth--;
            continue;
        }
        if (token.kind != WP_TOK_LPAR)
            script_unexpected(s, &token, "an expected result");
        token = script_token(s);
        if (script_is_word(&token, "either")) {
            depth++;
            continue;
        }
        script_value *option = value_add(s, &list);
        if (option != NULL)
            value_read_value(s, &token, option, true);
    }
    out->kind = SCRIPT_EITHER;
    out->options = list.values;
    out->noptions = list.count;
}

void script_read_values(script *s, bool patterns, const script_value **out, size_t *count) {
    value_list list = {NULL, 0, 0};
    while (script_take_open(s)) {
        wp_token word = script_token(s);
        script_value *value = value_add(s, &list);
        if (value != NULL && patterns && script_is_word(&word, "either"))
            value_read_either(s, value);
        else if (value != NULL)
            value_read_value(s, &word, value, patterns);
    }
    *out = list.values;
    *count = list.count;
}
