/* value.c: values and references, and the cells that hold them; see store.h and wasmproc.h. */
#include "core/run/store.h"

wp_value wp_value_from_cells(wp_valtype type, const uint64_t *cells) {
    wp_value value = {.type = type};
    if (type == WP_T_I32 || type == WP_T_F32) {
        value.of.i32 = (uint32_t)cells[0];
    } else if (type == WP_T_V128) {
        value.of.v128[0] = cells[0];
        value.of.v128[1] = cells[1];
    } else {
        value.of.i64 = cells[0];
    }
    return value;
}

void wp_value_to_cells(wp_value value, uint64_t *cells) {
    if (value.type == WP_T_I32 || value.type == WP_T_F32) {
        cells[0] = value.of.i32;
    } else if (value.type == WP_T_V128) {
        cells[0] = value.of.v128[0];
        cells[1] = value.of.v128[1];
    } else {
        cells[0] = value.of.i64;
    }
}

static const wp_object *ref_object(wp_ref ref) {
    return (const wp_object *)(uintptr_t)ref.bits;
}

wp_ref_kind wp_ref_get_kind(wp_ref ref) {
    if (ref.bits == 0)
        return WP_REF_NULL;
    if ((ref.bits & 1) != 0)
        return WP_REF_OTHER;
    return ref_object(ref)->kind == WP_OBJ_FUNC ? WP_REF_FUNC : WP_REF_HOST;
}

wp_ref wp_ref_host(wp_store *store, uint64_t number) {
    for (const wp_host_object *h = store->hosts; h != NULL; h = h->next)
        if (h->number == number)
            return (wp_ref){(uint64_t)(uintptr_t)h};
    wp_host_object *host = wp_arena_alloc(&store->arena, 1, sizeof *host);
    if (host == NULL)
        return (wp_ref){0};
    *host = (wp_host_object){{WP_OBJ_HOST}, number, store->hosts};
    store->hosts = host;
    return (wp_ref){(uint64_t)(uintptr_t)host};
}

uint64_t wp_ref_host_number(wp_ref ref) {
    return wp_ref_get_kind(ref) == WP_REF_HOST ? ((const wp_host_object *)ref_object(ref))->number : 0;
}

bool wp_value_fits(const wp_store *store, const wp_value *value, wp_valtype type) {
    const wp_type_table *types = store->engine->types;
    if (!wp_is_ref(type))
        return value->type == type;
    if (!wp_is_ref(value->type))
        return false;
    switch (wp_ref_get_kind(value->of.ref)) {
    case WP_REF_NULL: return wp_is_nullable(type);
    case WP_REF_FUNC: {
        const wp_func *func = (const wp_func *)ref_object(value->of.ref);
        return func->store == store && wp_match_heap(types, WP_T_INDEX | func->type, type & WP_T_HEAP);
    }
    case WP_REF_HOST: return wp_match_heap(types, WP_HT_EXTERN, type & WP_T_HEAP);
    default: return false;
    }
}

void wp_values_to_cells(const wp_value *values, size_t count, uint64_t *cells) {
    for (size_t i = 0; i < count; i++) {
        wp_value_to_cells(values[i], cells);
        cells += wp_cells(values[i].type);
    }
}

void wp_cells_to_values(const wp_valtype *types, size_t count, const uint64_t *cells, wp_value *values) {
    for (size_t i = 0; i < count; i++) {
        values[i] = wp_value_from_cells(types[i], cells);
        cells += wp_cells(types[i]);
    }
}
