/* encode_types.c: the binary format of types, written; see encode.h (specification, "Binary Format: Types"). */
#include "core/binary/encode.h"

static const uint8_t heap_codes[WP_HT_COUNT] = {
#define HEAPTYPE(id, code, name, reference, super, bottom, feature) [WP_HT_##id] = (code),
#include "core/heaptype.def"
};

static const uint8_t type_codes[] = {
    [WP_T_NONE] = WP_CODE_EMPTY,
#define VALTYPE(id, code, name, letter, feature) [WP_T_##id] = (code),
#define PACKTYPE(id, code, name) [WP_T_##id] = (code),
#include "core/valtype.def"
};

void wp_encode_heaptype(wp_output *o, uint32_t heap) {
    if ((heap & WP_T_INDEX) != 0)
        wp_encode_signed(o, heap & WP_T_BITS);
    else
        wp_output_byte(o, heap_codes[heap]);
}

void wp_encode_valtype(wp_output *o, wp_valtype type) {
    if (!wp_is_ref(type)) {
        wp_output_byte(o, type_codes[type]);
        return;
    }
    if (!wp_is_nullable(type) || wp_has_index(type))
        wp_output_byte(o, wp_is_nullable(type) ? WP_CODE_REF_NULL : WP_CODE_REF);
    wp_encode_heaptype(o, type & WP_T_HEAP);
}

void wp_encode_valtypes(wp_output *o, const wp_valtype *types, uint32_t count) {
    wp_encode_unsigned(o, count);
    for (uint32_t i = 0; i < count; i++)
        wp_encode_valtype(o, types[i]);
}

void wp_encode_blocktype(wp_output *o, uint32_t type) {
    if (wp_block_has_type(type))
        wp_encode_signed(o, wp_block_type_index(type));
    else
        wp_encode_valtype(o, type);
}

void wp_encode_limits(wp_output *o, const wp_limits *limits) {
    wp_output_byte(o, (limits->has_max ? 1u : 0u) | (limits->is64 ? 4u : 0u));
    wp_encode_unsigned(o, limits->min);
    if (limits->has_max)
        wp_encode_unsigned(o, limits->max);
}

static void encode_comptype(wp_output *o, const wp_comptype *type) {
    switch (type->kind) {
    case WP_COMP_FUNC:
        wp_output_byte(o, WP_CODE_FUNC_TYPE);
        wp_encode_valtypes(o, type->types, type->nparams);
        wp_encode_valtypes(o, type->types + type->nparams, type->nresults);
        return;
    case WP_COMP_STRUCT:
        wp_output_byte(o, WP_CODE_STRUCT_TYPE);
        wp_encode_unsigned(o, type->nfields);
        break;
    case WP_COMP_ARRAY: wp_output_byte(o, WP_CODE_ARRAY_TYPE); break;
    }
    for (uint32_t i = 0; i < type->nfields; i++) {
        wp_encode_valtype(o, type->fields[i].type);
        wp_output_byte(o, type->fields[i].is_mutable);
    }
}

/* A final type without supertypes has a short form. */
static void encode_subtype(wp_output *o, const wp_subtype *type) {
    if (!type->final || type->nsupers != 0) {
        wp_output_byte(o, type->final ? WP_CODE_SUB_FINAL : WP_CODE_SUB);
        wp_encode_unsigned(o, type->nsupers);
        for (uint32_t i = 0; i < type->nsupers; i++)
            wp_encode_unsigned(o, type->supers[i]);
    }
    encode_comptype(o, &type->comp);
}

void wp_encode_rectype(wp_output *o, const wp_module *m, uint32_t i) {
    const wp_rectype *group = &m->rectypes[i];
    if (group->count != 1) {
        wp_output_byte(o, WP_CODE_REC);
        wp_encode_unsigned(o, group->count);
    }
    for (uint32_t k = 0; k < group->count; k++)
        encode_subtype(o, &m->types[group->first + k]);
}
