/* valid_type.c: validation of types (chapter "Validation: Types"), which makes them canonical. Types that belong to an
 * unsupported feature are refused by name.
 */
#include "core/valid/valid.h"

/* The features that types without index belong to. */
static const uint8_t plain_features[] = {
#define VALTYPE(id, code, name, letter, feature) [WP_T_##id] = WP_FEATURE_##feature,
#include "core/valtype.def"
};
static const uint8_t heap_features[] = {
#define HEAPTYPE(id, code, name, reference, super, bottom, feature) [WP_HT_##id] = WP_FEATURE_##feature,
#include "core/heaptype.def"
};

/* Checks that a type is supported and that its index, if any, is below `limit`. */
static wp_status check_type(wp_valid *v, wp_valtype type, uint32_t pos, uint32_t limit) {
    if (wp_is_ref(type) && wp_has_index(type))
        return wp_type_index(type) < limit ? WP_OK : wp_valid_fail_at(v, pos, "unknown type %u", wp_type_index(type));
    uint8_t feature = wp_is_ref(type) ? heap_features[type & WP_T_HEAP] : plain_features[type];
    if (wp_feature_supported((wp_feature_id)feature))
        return WP_OK;
    char name[64];
    wp_valtype_print(type, name, sizeof name);
    return wp_module_unsupported(v->module, v->diag, pos, name);
}

wp_status wp_valid_type(wp_valid *v, wp_valtype type, uint32_t pos) {
    return check_type(v, type, pos, v->module->ntypes);
}

/* One subtype of a group whose indices end before `limit`. */
static wp_status check_subtype(wp_valid *v, const wp_subtype *type, uint32_t limit) {
    if (type->comp.kind != WP_COMP_FUNC)
        return wp_module_unsupported(v->module, v->diag, type->pos,
                                     type->comp.kind == WP_COMP_STRUCT ? "struct type" : "array type");
    for (uint32_t i = 0; i < type->comp.nparams + type->comp.nresults; i++)
        WP_TRY(check_type(v, type->comp.types[i], type->pos, limit));
    if (type->nsupers > 1)
        return wp_valid_fail_at(v, type->pos, "sub type has more than one supertype");
    return WP_OK;
}

/* A declared supertype, which comes before the type, is not final, and is matched by the type. */
static wp_status check_supertype(wp_valid *v, uint32_t x) {
    const wp_subtype *type = &v->module->types[x];
    if (type->nsupers == 0)
        return WP_OK;
    uint32_t super = type->supers[0];
    if (v->module->types[super].final)
        return wp_valid_fail_at(v, type->pos, "sub type %u has a final supertype %u", x, super);
    const wp_deftype *d = wp_types_get(v->engine->types, v->module->canon[x]);
    const wp_deftype *s = wp_types_get(v->engine->types, v->module->canon[super]);
    if (!wp_match_comp(v->engine->types, &d->comp, &s->comp))
        return wp_valid_fail_at(v, type->pos, "sub type %u does not match its supertype %u", x, super);
    return WP_OK;
}

static wp_status check_rectype(wp_valid *v, const wp_rectype *rec) {
    wp_module *m = v->module;
    uint32_t limit = rec->first + rec->count;
    for (uint32_t x = rec->first; x < limit; x++) {
        WP_TRY(check_subtype(v, &m->types[x], limit));
        if (m->types[x].nsupers == 1 && m->types[x].supers[0] >= x)
            return wp_valid_fail_at(v, m->types[x].pos, "unknown type %u", m->types[x].supers[0]);
    }
    if (!wp_types_add(v->engine->types, m->types, rec->first, rec->count, m->canon))
        return wp_fail_memory(v->diag);
    for (uint32_t x = rec->first; x < limit; x++)
        WP_TRY(check_supertype(v, x));
    return WP_OK;
}

wp_status wp_valid_types(wp_valid *v) {
    wp_module *m = v->module;
    m->canon = wp_arena_alloc(&m->arena, m->ntypes, sizeof *m->canon);
    if (m->canon == NULL)
        return wp_fail_memory(v->diag);
    for (uint32_t i = 0; i < m->nrectypes; i++)
        WP_TRY(check_rectype(v, &m->rectypes[i]));
    return WP_OK;
}
