/* json_value.c: values as JSON; see json_value.h. */
#include "script/json_value.h"

#include "base/utf8.h"
#include "script/base64.h"
#include "script/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Strings ------------------------------------------------------------------------------------------------- */

script_text json_text(const json_t *json) {
    if (!json_is_string(json))
        return (script_text){NULL, 0};
    return (script_text){json_string_value(json), json_string_length(json)};
}

/* NULL also if the text is not UTF-8. */
static json_t *json_from_text(script_text text) {
    return json_stringn(text.data, text.size);
}

json_t *json_from_bytes(const char *text) {
    size_t size = strlen(text), used = 0;
    char *clean = malloc(size * 3 + 1);
    if (clean == NULL)
        return NULL;
    for (size_t i = 0; i < size;) {
        size_t count = wp_utf8_length((const uint8_t *)text + i, size - i);
        memcpy(clean + used, count == 0 ? "\xEF\xBF\xBD" : text + i, count == 0 ? 3 : count);
        used += count == 0 ? 3 : count;
        i += count == 0 ? 1 : count;
    }
    json_t *string = json_stringn(clean, used);
    free(clean);
    return string;
}

json_t *json_from_base64(const uint8_t *bytes, size_t size) {
    size_t length = base64_length(size);
    char *text = malloc(length + 1);
    if (text == NULL)
        return NULL;
    base64_encode(bytes, size, text);
    json_t *json = json_stringn_nocheck(text, length);
    free(text);
    return json;
}

uint8_t *json_to_bytes(const json_t *json, size_t *size, bool *is_base64) {
    script_text text = json_text(json);
    uint8_t *bytes = malloc(text.size / 4 * 3 + 3);
    *is_base64 = text.data != NULL && (bytes == NULL || base64_decode(text.data, text.size, bytes, size));
    if (*is_base64)
        return bytes;
    free(bytes);
    return NULL;
}

json_t *json_from_number(uint64_t number) {
    return json_sprintf("%" PRIu64, number);
}

bool json_to_number(const json_t *json, uint64_t most, uint64_t *out) {
    script_text text = json_text(json);
    uint64_t number = 0;
    if (text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return number <= most;
}

/* ---- Objects and lists --------------------------------------------------------------------------------------- */

json_t *json_with(json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, value) == 0)
        return object;
    json_decref(object);
    return NULL;
}

json_t *json_with_text(json_t *object, const char *key, script_text text) {
    return text.data == NULL ? object : json_with(object, key, json_from_text(text));
}

json_t *json_append(json_t *list, json_t *item) {
    if (json_array_append_new(list, item) == 0)
        return list;
    json_decref(list);
    return NULL;
}

json_t *json_from_entries(const script_entry *entries, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *entry =
            json_append(json_append(json_array(), json_from_text(entries[i].name)), json_from_text(entries[i].uri));
        if (entries[i].digest.data != NULL)
            entry = json_append(entry, json_from_text(entries[i].digest));
        list = json_append(list, entry);
    }
    return list;
}

/* ---- From scripts -------------------------------------------------------------------------------------------- */

/* The bits as a number, or the name of a NaN pattern. */
static json_t *json_from_lane(uint64_t bits, script_nan nan) {
    switch (nan) {
    case SCRIPT_NAN_CANONICAL: return json_string("nan:canonical");
    case SCRIPT_NAN_ARITHMETIC: return json_string("nan:arithmetic");
    default: return json_from_number(bits);
    }
}

/* An object of two members. Takes over the value. */
static json_t *json_typed(const char *type, json_t *value) {
    return json_pack("{s:s, s:o}", "type", type, "value", value);
}

static json_t *json_from_lanes(const script_value *value) {
    bool floats = script_shapes[value->lanes].is_float;
    json_t *list = json_array();
    for (unsigned i = 0; i < script_shapes[value->lanes].count; i++) {
        script_nan nan = floats ? value->nan[i] : SCRIPT_NAN_NO;
        list = json_append(list, json_from_lane(script_lane(value->bits, value->lanes, i), nan));
    }
    return list;
}

/* "i8x16" has lanes of type i8. */
static json_t *json_from_vector(const script_value *value) {
    const char *shape = script_shapes[value->lanes].name;
    return json_pack("{s:s, s:s%, s:o}", "type", "v128", "lane_type", shape, (size_t)(strchr(shape, 'x') - shape),
                     "value", json_from_lanes(value));
}

static json_t *json_from_reference(const script_value *value) {
    const char *type = script_heaps[value->heap].type;
    if (value->kind == SCRIPT_NULL)
        return json_typed(type, json_string("null"));
    return value->has_number ? json_typed(type, json_from_number(value->number)) : json_pack("{s:s}", "type", type);
}

/* The options of `either` nest no further, so that neither does this. */
static json_t *json_from_plain(const script_value *value) {
    switch (value->kind) {
    case SCRIPT_NUMBER:
        return json_typed(script_number_name(value->type), json_from_lane(value->bits[0], value->nan[0]));
    case SCRIPT_VECTOR: return json_from_vector(value);
    default: return json_from_reference(value);
    }
}

static json_t *json_from_list(const script_value *values, size_t count, json_t *(*convert)(const script_value *value)) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        list = json_append(list, convert(&values[i]));
    return list;
}

json_t *json_from_value(const script_value *value) {
    if (value->kind != SCRIPT_EITHER)
        return json_from_plain(value);
    return json_pack("{s:s, s:o}", "type", "either", "values",
                     json_from_list(value->options, value->noptions, json_from_plain));
}

json_t *json_from_values(const script_value *values, size_t count) {
    return json_from_list(values, count, json_from_value);
}

/* ---- Results ------------------------------------------------------------------------------------------------- */

/* The type of a reference, as its value shows it; of a null reference, as it was declared. A type with an index has no
 * name of its own: in this version it is a function type. */
static json_t *json_from_result_reference(const wp_value *value) {
    char type[64];
    switch (wp_ref_get_kind(value->of.ref)) {
    case WP_REF_FUNC: return json_typed("funcref", json_string("func"));
    case WP_REF_HOST: return json_typed("externref", json_from_number(wp_ref_host_number(value->of.ref)));
    case WP_REF_NULL:
        wp_valtype_print(value->type, type, sizeof type);
        return json_typed(type[0] == '(' ? "funcref" : type, json_string("null"));
    default: return json_typed("anyref", json_string("opaque"));
    }
}

json_t *json_from_result(const wp_value *value) {
    if ((value->type & WP_T_REF) != 0)
        return json_from_result_reference(value);
    script_value number = script_value_of(value);
    return json_from_plain(&number);
}

/* ---- Arguments ----------------------------------------------------------------------------------------------- */

static bool json_to_vector(const json_t *json, script_value *out) {
    const json_t *lanes = json_object_get(json, "value");
    script_text type = json_text(json_object_get(json, "lane_type"));
    for (script_lanes shape = SCRIPT_I8X16; shape <= SCRIPT_F64X2; shape++) {
        const char *name = script_shapes[shape].name;
        unsigned width = script_shapes[shape].bits, count = script_shapes[shape].count;
        if (type.size != (size_t)(strchr(name, 'x') - name) || memcmp(name, type.data, type.size) != 0)
            continue;
        if (!json_is_array(lanes) || json_array_size(lanes) != count)
            return false;
        out->kind = SCRIPT_VECTOR;
        out->type = WP_T_V128;
        out->lanes = shape;
        for (unsigned i = 0; i < count; i++) {
            uint64_t lane, most = UINT64_MAX >> (64 - width);
            if (!json_to_number(json_array_get(lanes, i), most, &lane))
                return false;
            out->bits[i * width / 64] |= lane << i * width % 64;
        }
        return true;
    }
    return false;
}

static bool json_to_reference(script_text type, const json_t *value, script_value *out) {
    for (script_heap heap = SCRIPT_HEAP_ANY; heap < SCRIPT_HEAP_HOST; heap++) {
        if (!script_text_is(type, script_heaps[heap].type))
            continue;
        out->heap = heap;
        out->kind = SCRIPT_NULL;
        if (script_text_is(json_text(value), "null"))
            return true;
        /* A number stands for a host value, by itself or seen as an anyref. */
        out->kind = SCRIPT_REF;
        out->heap = heap == SCRIPT_HEAP_ANY ? SCRIPT_HEAP_HOST : heap;
        out->has_number = true;
        return (heap == SCRIPT_HEAP_ANY || heap == SCRIPT_HEAP_EXTERN) &&
               json_to_number(value, UINT64_MAX, &out->number);
    }
    return false;
}

bool json_to_value(const json_t *json, script_value *out, const char **what) {
    script_text type = json_text(json_object_get(json, "type"));
    const json_t *value = json_object_get(json, "value");
    *out = (script_value){.kind = SCRIPT_NUMBER};
    *what = "no value has this type";
    if (type.data == NULL)
        return false;
    for (out->type = WP_T_I32; out->type <= WP_T_F64; out->type++)
        if (script_text_is(type, script_number_name(out->type))) {
            *what = "the value is not an unsigned decimal string that fits the type";
            return json_to_number(value, UINT64_MAX >> (64 - script_number_bits(out->type)), &out->bits[0]);
        }
    out->type = WP_T_NONE;
    if (script_text_is(type, "v128")) {
        *what = "the value is not a vector: lane_type and a list of lanes";
        return json_to_vector(json, out);
    }
    *what = "the value is not a reference that can be an argument: null, or the number of an externref";
    return json_to_reference(type, value, out);
}
