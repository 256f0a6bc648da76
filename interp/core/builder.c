/* builder.c: a module under construction; see builder.h. */
#include "core/builder.h"

#include <string.h>

wp_status wp_builder_open(wp_builder *b, wp_engine *engine, wp_diag *diag) {
    *b = (wp_builder){.module = wp_module_new(engine), .diag = diag, .allocator = &engine->allocator};
    wp_index_init(&b->functypes, b->allocator);
    return b->module == NULL ? wp_fail_memory(diag) : WP_OK;
}

wp_status wp_builder_close(wp_builder *b, wp_status status, wp_module **out) {
    wp_free(b->allocator, b->instrs, b->instrs_capacity, sizeof *b->instrs);
    wp_free(b->allocator, b->pos, b->pos_capacity, sizeof *b->pos);
    wp_free(b->allocator, b->pool, b->pool_capacity, sizeof *b->pool);
    wp_free(b->allocator, b->words, b->words_capacity, sizeof *b->words);
    wp_index_release(&b->functypes);
    if (status == WP_OK)
        *out = b->module;
    else
        wp_module_delete(b->module);
    return status;
}

/* ---- Arrays of the module ---------------------------------------------------------------------------------- */

/* Moves an array of `count` elements to one with room for `more`. Returns NULL when out of memory. */
static void *build_move(wp_builder *b, const void *array, uint32_t count, uint32_t more, uint32_t *capacity,
                        size_t size) {
    /* Each element takes a byte of the source at least, so there are fewer than 2^32. */
    uint32_t wanted = more > UINT32_MAX - count ? UINT32_MAX : count + more;
    void *moved = wp_arena_alloc(&b->module->arena, wanted, size);
    if (moved == NULL)
        return NULL;
    if (count != 0)
        memcpy(moved, array, count * size);
    *capacity = wanted;
    return moved;
}

/* Elements by which a full array grows. */
static uint32_t build_step(uint32_t capacity) {
    return capacity < 4 ? 4 : capacity;
}

#define DEFINE_ARRAY(entry, array, type)                                                                               \
    wp_status wp_build_room_##array(wp_builder *b, uint32_t more) {                                                    \
        wp_module *m = b->module;                                                                                      \
        if (more <= b->array##_capacity - m->n##array)                                                                 \
            return WP_OK;                                                                                              \
        type *moved = build_move(b, m->array, m->n##array, more, &b->array##_capacity, sizeof(type));                  \
        if (moved == NULL)                                                                                             \
            return wp_fail_memory(b->diag);                                                                            \
        m->array = moved;                                                                                              \
        return WP_OK;                                                                                                  \
    }                                                                                                                  \
                                                                                                                       \
    wp_status wp_build_##entry(wp_builder *b, uint32_t pos, type **out) {                                              \
        if (b->module->n##array == b->array##_capacity)                                                                \
            WP_TRY(wp_build_room_##array(b, build_step(b->array##_capacity)));                                         \
        *out = &b->module->array[b->module->n##array++];                                                               \
        (*out)->pos = pos;                                                                                             \
        return WP_OK;                                                                                                  \
    }

WP_BUILD_ARRAYS(DEFINE_ARRAY)

void wp_build_import_kind(wp_builder *b, wp_import *import, wp_extern_kind kind) {
    wp_module *m = b->module;
    uint32_t *const counts[] = {
        [WP_EXTERN_FUNC] = &m->nfunc_imports,     [WP_EXTERN_TABLE] = &m->ntable_imports,
        [WP_EXTERN_MEMORY] = &m->nmemory_imports, [WP_EXTERN_GLOBAL] = &m->nglobal_imports,
        [WP_EXTERN_TAG] = &m->ntag_imports,
    };
    import->kind = kind;
    import->index = (*counts[kind])++;
}

wp_status wp_build_group(wp_builder *b) {
    wp_module *m = b->module;
    if (m->nrectypes == b->rectypes_capacity) {
        wp_rectype *moved =
            build_move(b, m->rectypes, m->nrectypes, build_step(m->nrectypes), &b->rectypes_capacity, sizeof *moved);
        if (moved == NULL)
            return wp_fail_memory(b->diag);
        m->rectypes = moved;
    }
    m->rectypes[m->nrectypes++] = (wp_rectype){.first = m->ntypes};
    return WP_OK;
}

wp_status wp_build_type(wp_builder *b, uint32_t pos, wp_subtype **out) {
    wp_module *m = b->module;
    uint64_t limit = m->engine->limits[WP_LIMIT_types];
    if (m->ntypes >= limit)
        return wp_module_fail(m, b->diag, WP_EXHAUSTION, pos, "too many types (limit %llu)", (unsigned long long)limit);
    WP_TRY(wp_build_subtype(b, pos, out));
    (*out)->final = true;
    m->rectypes[m->nrectypes - 1].count++;
    return WP_OK;
}

/* ---- Instruction sequences --------------------------------------------------------------------------------- */

static bool build_resize(const wp_builder *b, void **array, size_t *capacity, size_t wanted, size_t size) {
    if (wanted <= *capacity)
        return true;
    void *block = wp_resize(b->allocator, *array, *capacity, wanted, size);
    if (block == NULL)
        return false;
    *array = block;
    *capacity = wanted;
    return true;
}

wp_status wp_build_room_instrs(wp_builder *b, size_t count) {
    bool done = build_resize(b, (void **)&b->instrs, &b->instrs_capacity, count, sizeof *b->instrs) &&
                build_resize(b, (void **)&b->pos, &b->pos_capacity, count, sizeof *b->pos);
    return done ? WP_OK : wp_fail_memory(b->diag);
}

wp_status wp_build_pool(wp_builder *b, uint32_t word) {
    WP_TRY(WP_BUILD_GROW(b, b, pool));
    b->pool[b->npool++] = word;
    return WP_OK;
}

wp_status wp_build_code(wp_builder *b, wp_code *out) {
    wp_arena *arena = &b->module->arena;
    *out = (wp_code){.ninstrs = (uint32_t)b->ninstrs, .npool = (uint32_t)b->npool};
    out->instrs = wp_arena_copy(arena, b->instrs, b->ninstrs * sizeof *b->instrs);
    out->pos = wp_arena_copy(arena, b->pos, b->ninstrs * sizeof *b->pos);
    if (b->npool != 0)
        out->pool = wp_arena_copy(arena, b->pool, b->npool * sizeof *b->pool);
    if (out->instrs == NULL || out->pos == NULL || (b->npool != 0 && out->pool == NULL))
        return wp_fail_memory(b->diag);
    b->ninstrs = b->npool = 0;
    return WP_OK;
}

/* ---- Lists of words ---------------------------------------------------------------------------------------- */

wp_status wp_build_word(wp_builder *b, uint32_t word) {
    WP_TRY(WP_BUILD_GROW(b, b, words));
    b->words[b->nwords++] = word;
    return WP_OK;
}

wp_status wp_build_words(wp_builder *b, size_t base, uint32_t **out, uint32_t *count) {
    *count = (uint32_t)(b->nwords - base);
    *out = wp_arena_copy(&b->module->arena, *count == 0 ? NULL : b->words + base, *count * sizeof *b->words);
    b->nwords = base;
    return *out == NULL ? wp_fail_memory(b->diag) : WP_OK;
}

/* ---- Function types by signature --------------------------------------------------------------------------- */

/* A type in the index. Its name is the bytes of its signature. */
typedef struct known_type {
    wp_link link;
    uint32_t index;
} known_type;

wp_status wp_build_signature(wp_builder *b, size_t base, wp_comptype *out) {
    uint32_t count, *words;
    WP_TRY(wp_build_words(b, base, &words, &count));
    *out = (wp_comptype){.kind = WP_COMP_FUNC, .nparams = words[0], .types = words + 1};
    out->nresults = count - 1 - out->nparams;
    return WP_OK;
}

bool wp_build_has_signature(const wp_builder *b, size_t base, const wp_comptype *type) {
    size_t count = b->nwords - base - 1;
    const uint32_t *words = b->words + base;
    return type->kind == WP_COMP_FUNC && type->nparams == words[0] && type->nparams + type->nresults == count &&
           memcmp(type->types, words + 1, count * sizeof *words) == 0;
}

/* Makes a type known, unless an earlier one has its signature. The signature precedes the types, as its first word. */
static wp_status build_know(wp_builder *b, uint32_t type) {
    const wp_comptype *comp = &b->module->types[type].comp;
    size_t words = 1 + (size_t)comp->nparams + comp->nresults;
    wp_bytes name = {(const uint8_t *)(comp->types - 1), words * sizeof *comp->types};
    if (wp_index_find(&b->functypes, name) != NULL)
        return WP_OK;
    known_type *known = wp_arena_alloc(&b->module->arena, 1, sizeof *known);
    if (known == NULL)
        return wp_fail_memory(b->diag);
    known->index = type;
    wp_index_insert(&b->functypes, &known->link, name);
    return WP_OK;
}

static bool build_is_plain(const wp_subtype *type) {
    return type->final && type->nsupers == 0 && type->comp.kind == WP_COMP_FUNC;
}

wp_status wp_build_index_types(wp_builder *b) {
    for (uint32_t i = 0; i < b->module->nrectypes; i++) {
        const wp_rectype *group = &b->module->rectypes[i];
        if (group->count == 1 && build_is_plain(&b->module->types[group->first]))
            WP_TRY(build_know(b, group->first));
    }
    return WP_OK;
}

wp_status wp_build_functype(wp_builder *b, size_t base, uint32_t pos, uint32_t *out) {
    wp_bytes name = {(const uint8_t *)(b->words + base), (b->nwords - base) * sizeof *b->words};
    const known_type *known = (const known_type *)wp_index_find(&b->functypes, name);
    if (known != NULL) {
        *out = known->index;
        b->nwords = base;
        return WP_OK;
    }
    wp_subtype *type = NULL;
    *out = b->module->ntypes;
    WP_TRY(wp_build_group(b));
    WP_TRY(wp_build_type(b, pos, &type));
    WP_TRY(wp_build_signature(b, base, &type->comp));
    return build_know(b, *out);
}
