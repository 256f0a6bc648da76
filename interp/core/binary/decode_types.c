/* decode_types.c: the binary format of types; see decode.h (specification, "Binary Format: Types"). */
#include "core/binary/decode.h"
#include "core/binary/binary.h"

static const uint8_t heap_types[] = {
    [WP_CODE_EXN - WP_CODE_EXN] = WP_HT_EXN,       [WP_CODE_ARRAY - WP_CODE_EXN] = WP_HT_ARRAY,
    [WP_CODE_STRUCT - WP_CODE_EXN] = WP_HT_STRUCT, [WP_CODE_I31 - WP_CODE_EXN] = WP_HT_I31,
    [WP_CODE_EQ - WP_CODE_EXN] = WP_HT_EQ,         [WP_CODE_ANY - WP_CODE_EXN] = WP_HT_ANY,
    [WP_CODE_EXTERN - WP_CODE_EXN] = WP_HT_EXTERN, [WP_CODE_FUNC - WP_CODE_EXN] = WP_HT_FUNC,
    [WP_CODE_NONE - WP_CODE_EXN] = WP_HT_NONE,     [WP_CODE_NOEXTERN - WP_CODE_EXN] = WP_HT_NOEXTERN,
    [WP_CODE_NOFUNC - WP_CODE_EXN] = WP_HT_NOFUNC, [WP_CODE_NOEXN - WP_CODE_EXN] = WP_HT_NOEXN};

static bool is_abstract_heap(uint8_t code) {
    return code >= WP_CODE_EXN && code <= WP_CODE_NOEXN;
}

/* A type index that is packed into fewer bits. One too large to be kept becomes the largest that can: a module has
 * fewer types than that (limit `types`), so validation refuses it all the same. */
static uint32_t pack_index(int64_t index, uint32_t most) {
    return index > (int64_t)most ? most : (uint32_t)index;
}

/* A one-byte code that is no type. The signed LEB128 encoding of such codes must be one byte long. */
static wp_status bad_code(const wp_decoder *d, const uint8_t *at, const char *text) {
    if (at == d->end)
        return wp_decode_fail_end(d);
    return *at >= 0x80 ? wp_decode_fail(d, at + 1, "integer representation too long")
                       : wp_decode_fail(d, at, "%s", text);
}

wp_status wp_decode_heaptype(wp_decoder *d, uint32_t *out) {
    const uint8_t *at = d->next;
    if (at != d->end && is_abstract_heap(*at)) {
        *out = heap_types[*at - WP_CODE_EXN];
        d->next++;
        return WP_OK;
    }
    int64_t index = 0;
    WP_TRY(wp_decode_signed(d, 33, &index));
    if (index < 0)
        return bad_code(d, at, "malformed heap type");
    *out = WP_T_INDEX | pack_index(index, WP_T_BITS);
    return WP_OK;
}

/* A reference type that begins with a code at d->next. False: it is not one, and nothing was read. */
static bool starts_reftype(const wp_decoder *d) {
    if (d->next == d->end)
        return false;
    return is_abstract_heap(*d->next) || *d->next == WP_CODE_REF || *d->next == WP_CODE_REF_NULL;
}

static wp_status decode_reftype(wp_decoder *d, wp_valtype *out) {
    uint8_t code = *d->next++;
    if (is_abstract_heap(code)) {
        *out = wp_ref_type(true, heap_types[code - WP_CODE_EXN]);
        return WP_OK;
    }
    uint32_t heap = 0;
    WP_TRY(wp_decode_heaptype(d, &heap));
    *out = wp_ref_type(code == WP_CODE_REF_NULL, heap);
    return WP_OK;
}

wp_status wp_decode_reftype(wp_decoder *d, wp_valtype *out) {
    return starts_reftype(d) ? decode_reftype(d, out) : bad_code(d, d->next, "malformed reference type");
}

wp_status wp_decode_valtype(wp_decoder *d, wp_valtype *out) {
    if (starts_reftype(d))
        return decode_reftype(d, out);
    uint8_t code = d->next == d->end ? 0 : *d->next;
    switch (code) {
    case WP_CODE_I32: *out = WP_T_I32; break;
    case WP_CODE_I64: *out = WP_T_I64; break;
    case WP_CODE_F32: *out = WP_T_F32; break;
    case WP_CODE_F64: *out = WP_T_F64; break;
    case WP_CODE_V128: *out = WP_T_V128; break;
    default: return bad_code(d, d->next, "malformed value type");
    }
    d->next++;
    return WP_OK;
}

wp_status wp_decode_blocktype(wp_decoder *d, uint32_t *out) {
    const uint8_t *at = d->next;
    if (at != d->end && *at == WP_CODE_EMPTY) {
        d->next++;
        *out = WP_T_NONE;
        return WP_OK;
    }
    /* Bit 6 of a first and last byte is the sign: negative codes are value types. */
    if (at != d->end && (*at & 0xC0) == 0x40)
        return wp_decode_valtype(d, out);
    int64_t index = 0;
    WP_TRY(wp_decode_signed(d, 33, &index));
    if (index < 0)
        return bad_code(d, at, "malformed block type");
    *out = WP_BLOCK_TYPE | pack_index(index, WP_BLOCK_TYPE - 1);
    return WP_OK;
}

wp_status wp_decode_mutability(wp_decoder *d, bool *out) {
    uint8_t flag = 0;
    WP_TRY(wp_decode_byte(d, &flag));
    if (flag > 1)
        return wp_decode_fail(d, d->next - 1, "malformed mutability");
    *out = flag == 1;
    return WP_OK;
}

wp_status wp_decode_limits(wp_decoder *d, wp_limits *out) {
    uint8_t flags = 0;
    WP_TRY(wp_decode_byte(d, &flags));
    if ((flags & ~5u) != 0)
        return wp_decode_fail(d, d->next - 1,
                              (flags & ~5u) == 2 ? "malformed limits flags: shared, which needs threads"
                                                 : "malformed limits flags");
    *out = (wp_limits){0};
    out->has_max = (flags & 1) != 0;
    out->is64 = (flags & 4) != 0;
    WP_TRY(wp_decode_unsigned(d, 64, &out->min));
    return out->has_max ? wp_decode_unsigned(d, 64, &out->max) : WP_OK;
}

/* ---- Composite types --------------------------------------------------------------------------------------- */

/* Appends a list of value types to the scratch words. */
static wp_status append_valtypes(wp_decoder *d, uint32_t *count) {
    WP_TRY(wp_decode_count(d, count));
    for (uint32_t i = 0; i < *count; i++) {
        if (!wp_grow(&d->module->engine->allocator, (void **)&d->words, d->nwords, &d->words_capacity,
                     sizeof *d->words))
            return wp_fail_memory(d->diag);
        WP_TRY(wp_decode_valtype(d, &d->words[d->nwords]));
        d->nwords++;
    }
    return WP_OK;
}

static wp_status decode_functype(wp_decoder *d, wp_comptype *out) {
    d->nwords = 0;
    out->kind = WP_COMP_FUNC;
    WP_TRY(append_valtypes(d, &out->nparams));
    WP_TRY(append_valtypes(d, &out->nresults));
    out->types = wp_arena_copy(&d->module->arena, d->words, d->nwords * sizeof *d->words);
    return out->types == NULL ? wp_fail_memory(d->diag) : WP_OK;
}

static wp_status decode_field(wp_decoder *d, wp_field *out) {
    if (d->next != d->end && (*d->next == WP_CODE_I8 || *d->next == WP_CODE_I16))
        out->type = *d->next++ == WP_CODE_I8 ? WP_T_I8 : WP_T_I16;
    else
        WP_TRY(wp_decode_valtype(d, &out->type));
    return wp_decode_mutability(d, &out->is_mutable);
}

static wp_status decode_fields(wp_decoder *d, uint32_t count, wp_comptype *out) {
    uint32_t room = wp_decode_room(d, count, 2);
    out->fields = wp_arena_alloc(&d->module->arena, room, sizeof *out->fields);
    if (out->fields == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(decode_field(d, &out->fields[i]));
    out->nfields = count;
    return WP_OK;
}

static wp_status decode_comptype(wp_decoder *d, wp_comptype *out) {
    uint32_t count = 1;
    switch (d->next == d->end ? 0 : *d->next) {
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
    default: return bad_code(d, d->next, "malformed definition type");
    }
}

/* ---- Recursive types --------------------------------------------------------------------------------------- */

static wp_status decode_supers(wp_decoder *d, wp_subtype *out) {
    WP_TRY(wp_decode_count(d, &out->nsupers));
    out->supers = wp_arena_alloc(&d->module->arena, wp_decode_room(d, out->nsupers, 1), sizeof *out->supers);
    if (out->supers == NULL)
        return wp_fail_memory(d->diag);
    for (uint32_t i = 0; i < out->nsupers; i++)
        WP_TRY(wp_decode_u32(d, &out->supers[i]));
    return WP_OK;
}

static wp_status decode_subtype(wp_decoder *d) {
    wp_module *m = d->module;
    uint64_t limit = m->engine->limits[WP_LIMIT_types];
    if (m->ntypes >= limit)
        return wp_module_fail(m, d->diag, WP_EXHAUSTION, wp_decode_pos(d), "too many types (limit %llu)",
                              (unsigned long long)limit);
    wp_subtype *types = wp_decode_grow(d, m->types, m->ntypes, &d->types_capacity, sizeof *types);
    if (types == NULL)
        return wp_fail_memory(d->diag);
    m->types = types;
    wp_subtype *type = &types[m->ntypes];
    type->pos = wp_decode_pos(d);
    type->final = true;
    if (d->next != d->end && (*d->next == WP_CODE_SUB || *d->next == WP_CODE_SUB_FINAL)) {
        type->final = *d->next++ == WP_CODE_SUB_FINAL;
        WP_TRY(decode_supers(d, type));
    }
    WP_TRY(decode_comptype(d, &type->comp));
    m->ntypes++;
    return WP_OK;
}

static wp_status decode_rectype(wp_decoder *d) {
    wp_module *m = d->module;
    uint32_t count = 1;
    wp_rectype *groups = wp_decode_grow(d, m->rectypes, m->nrectypes, &d->rectypes_capacity, sizeof *groups);
    if (groups == NULL)
        return wp_fail_memory(d->diag);
    m->rectypes = groups;
    if (d->next != d->end && *d->next == WP_CODE_REC) {
        d->next++;
        WP_TRY(wp_decode_count(d, &count));
    }
    m->rectypes[m->nrectypes++] = (wp_rectype){m->ntypes, count};
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(decode_subtype(d));
    return WP_OK;
}

wp_status wp_decode_types(wp_decoder *d) {
    uint32_t count = 0;
    WP_TRY(wp_decode_count(d, &count));
    for (uint32_t i = 0; i < count; i++)
        WP_TRY(decode_rectype(d));
    return WP_OK;
}
