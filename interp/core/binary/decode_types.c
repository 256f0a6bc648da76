/* decode_types.c: the binary format of types; see decode.h (specification, "Binary Format: Types"). */
#include "core/binary/binary.h"
#include "core/binary/decode.h"

/* Types by code. */
static const uint8_t heap_types[256] = {
#define HEAPTYPE(id, code, name, reference, super, bottom, feature) [code] = WP_HT_##id + 1, /* 0: no heap type */
#include "core/heaptype.def"
};
static const uint8_t value_types[256] = {
#define VALTYPE(id, code, name, letter, feature) [code] = WP_T_##id,
#include "core/valtype.def"
};
static const uint8_t packed_types[256] = {
#define PACKTYPE(id, code, name) [code] = WP_T_##id,
#include "core/valtype.def"
};

/* Fails at a byte that is not the code of a type. The signed LEB128 encoding of such codes must be one byte long. */
static wp_status decode_fail_code(const wp_decoder *d, const uint8_t *at, const char *text) {
    if (at == d->end)
        return wp_decode_fail_end(d);
    return *at >= 0x80 ? wp_decode_fail(d, at + 1, "integer representation too long")
                       : wp_decode_fail(d, at, "%s", text);
}

/* A type index that is packed into fewer bits. An index that does not fit becomes the largest that does: a module has
 * fewer types (limit `types`), so validation rejects it anyway. */
static wp_status decode_packed_index(wp_decoder *d, uint32_t most, const char *text, uint32_t *out) {
    const uint8_t *at = d->next;
    int64_t index = 0;
    WP_TRY(wp_decode_signed(d, 33, &index));
    if (index < 0)
        return decode_fail_code(d, at, text);
    *out = index > (int64_t)most ? most : (uint32_t)index;
    return WP_OK;
}

wp_status wp_decode_heaptype(wp_decoder *d, uint32_t *out) {
    uint8_t abstract = heap_types[wp_decode_peek(d)];
    if (abstract != 0) {
        d->next++;
        *out = abstract - 1u;
        return WP_OK;
    }
    WP_TRY(decode_packed_index(d, WP_T_BITS, "malformed heap type", out));
    *out |= WP_T_INDEX;
    return WP_OK;
}

static bool decode_at_reftype(const wp_decoder *d) {
    uint8_t code = wp_decode_peek(d);
    return heap_types[code] != 0 || code == WP_CODE_REF || code == WP_CODE_REF_NULL;
}

/* reftype ::= 0x64 heaptype | 0x63 heaptype | the code of an abstract heap type */
wp_status wp_decode_reftype(wp_decoder *d, wp_valtype *out) {
    uint32_t heap = 0;
    if (!decode_at_reftype(d))
        return decode_fail_code(d, d->next, "malformed reference type");
    bool nullable = *d->next != WP_CODE_REF;
    if (heap_types[*d->next] == 0)
        d->next++;
    WP_TRY(wp_decode_heaptype(d, &heap));
    *out = wp_ref_type(nullable, heap);
    return WP_OK;
}

wp_status wp_decode_valtype(wp_decoder *d, wp_valtype *out) {
    *out = value_types[wp_decode_peek(d)];
    if (*out == WP_T_NONE)
        return decode_at_reftype(d) ? wp_decode_reftype(d, out) : decode_fail_code(d, d->next, "malformed value type");
    d->next++;
    return WP_OK;
}

/* blocktype ::= 0x40 | valtype | x:i33 */
wp_status wp_decode_blocktype(wp_decoder *d, uint32_t *out) {
    uint8_t code = wp_decode_peek(d);
    if (code == WP_CODE_EMPTY) {
        d->next++;
        *out = WP_T_NONE;
        return WP_OK;
    }
    /* Bit 6 of a single byte is its sign: negative codes are value types. */
    if ((code & 0xC0) == 0x40)
        return wp_decode_valtype(d, out);
    WP_TRY(decode_packed_index(d, WP_BLOCK_TYPE - 1, "malformed block type", out));
    *out |= WP_BLOCK_TYPE;
    return WP_OK;
}

wp_status wp_decode_mutability(wp_decoder *d, bool *out) {
    uint8_t flag = 0;
    WP_TRY(wp_decode_code(d, 1, "malformed mutability", &flag));
    *out = flag == 1;
    return WP_OK;
}

/* limits ::= flags min:u64 max:u64?, where bit 0 of the flags announces a maximum and bit 2 addresses of 64 bits */
wp_status wp_decode_limits(wp_decoder *d, wp_limits *out) {
    uint8_t flags = 0;
    WP_TRY(wp_decode_byte(d, &flags));
    if ((flags & ~5u) != 0)
        return wp_decode_fail(d, d->next - 1,
                              (flags & ~5u) == 2 ? "malformed limits flags: shared, which needs threads"
                                                 : "malformed limits flags");
    *out = (wp_limits){.has_max = (flags & 1) != 0, .is64 = (flags & 4) != 0};
    WP_TRY(wp_decode_unsigned(d, 64, &out->min));
    return out->has_max ? wp_decode_unsigned(d, 64, &out->max) : WP_OK;
}

/* ---- Composite types --------------------------------------------------------------------------------------- */

/* Pushes a list of value types. */
static wp_status decode_push_valtypes(wp_decoder *d) {
    uint32_t count = 0;
    WP_TRY(wp_decode_count(d, &count));
    for (uint32_t i = 0; i < count; i++) {
        wp_valtype type = WP_T_NONE;
        WP_TRY(wp_decode_valtype(d, &type));
        WP_TRY(wp_build_word(&d->build, type));
    }
    return WP_OK;
}

/* list(valtype) list(valtype) */
static wp_status decode_functype(wp_decoder *d, wp_comptype *out) {
    wp_builder *b = &d->build;
    WP_TRY(wp_build_word(b, 0));
    WP_TRY(decode_push_valtypes(d));
    b->words[0] = (uint32_t)b->nwords - 1;
    WP_TRY(decode_push_valtypes(d));
    return wp_build_signature(b, 0, out);
}

/* fieldtype ::= (valtype | packtype) mut */
static wp_status decode_field(wp_decoder *d, wp_field *out) {
    out->type = packed_types[wp_decode_peek(d)];
    if (out->type != WP_T_NONE)
        d->next++;
    else
        WP_TRY(wp_decode_valtype(d, &out->type));
    return wp_decode_mutability(d, &out->is_mutable);
}

static wp_status decode_fields(wp_decoder *d, uint32_t count, wp_comptype *out) {
    out->fields = wp_arena_alloc(&d->build.module->arena, wp_decode_room(d, count, 2), sizeof *out->fields);
    if (out->fields == NULL)
        return wp_fail_memory(d->build.diag);
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(decode_field(d, &out->fields[i]));
    out->nfields = count;
    return WP_OK;
}

/* comptype ::= 0x60 list(valtype) list(valtype) | 0x5F list(fieldtype) | 0x5E fieldtype */
static wp_status decode_comptype(wp_decoder *d, wp_comptype *out) {
    uint32_t count = 1;
    switch (wp_decode_peek(d)) {
    case WP_CODE_FUNC_TYPE: d->next++; return decode_functype(d, out);
    case WP_CODE_STRUCT_TYPE:
        d->next++;
        out->kind = WP_COMP_STRUCT;
        WP_TRY(wp_decode_count(d, &count));
        return decode_fields(d, count, out);
    case WP_CODE_ARRAY_TYPE:
        d->next++;
        out->kind = WP_COMP_ARRAY;
        return decode_fields(d, 1, out);
    default: return decode_fail_code(d, d->next, "malformed definition type");
    }
}

/* ---- Recursive types --------------------------------------------------------------------------------------- */

/* subtype ::= 0x50 list(typeidx) comptype | 0x4F list(typeidx) comptype | comptype */
static wp_status decode_subtype(wp_decoder *d) {
    wp_subtype *type = NULL;
    uint8_t code = wp_decode_peek(d);
    WP_TRY(wp_build_type(&d->build, wp_decode_pos(d), &type));
    if (code == WP_CODE_SUB || code == WP_CODE_SUB_FINAL) {
        d->next++;
        type->final = code == WP_CODE_SUB_FINAL;
        WP_TRY(wp_decode_indices(d, &type->nsupers, &type->supers));
    }
    return decode_comptype(d, &type->comp);
}

/* rectype ::= 0x4E list(subtype) | subtype */
wp_status wp_decode_rectype(wp_decoder *d) {
    uint32_t count = 1;
    WP_TRY(wp_build_group(&d->build));
    if (wp_decode_peek(d) == WP_CODE_REC) {
        d->next++;
        WP_TRY(wp_decode_count(d, &count));
    }
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(decode_subtype(d));
    return WP_OK;
}
