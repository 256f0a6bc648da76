/* types.c: canonical types and matching; see types.h (specification, "Validation: Types", "Validation: Matching").
 *
 * A recursion group is written as a key: a sequence of u32 in which indices into the group are relative (WP_T_LOCAL)
 * and all others canonical. Equal keys mean equal groups, so an index of keys makes types canonical.
 */
#include "core/types.h"

#include "base/index.h"

#include <stdio.h>
#include <string.h>

typedef struct group {
    wp_link link;   /* by key */
    uint32_t first; /* canonical index of its first type */
} group;

struct wp_type_table {
    const wp_allocator *allocator;
    wp_arena arena;
    wp_deftype **types; /* each in the arena, so that it stays where it is */
    size_t ntypes, types_capacity;
    wp_index groups; /* in the arena */
    uint32_t *key;   /* scratch */
    size_t nkey, key_capacity;
};

wp_type_table *wp_types_new(const wp_allocator *allocator) {
    wp_type_table *table = wp_alloc(allocator, 1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->allocator = allocator;
    wp_arena_init(&table->arena, allocator);
    wp_index_init(&table->groups, allocator);
    return table;
}

void wp_types_delete(wp_type_table *table) {
    const wp_allocator *a = table->allocator;
    wp_arena_release(&table->arena);
    wp_free(a, table->types, table->types_capacity, sizeof *table->types);
    wp_index_release(&table->groups);
    wp_free(a, table->key, table->key_capacity, sizeof *table->key);
    wp_free(a, table, 1, sizeof *table);
}

const wp_deftype *wp_types_get(const wp_type_table *table, uint32_t index) {
    return table->types[index];
}

/* ---- Keys -------------------------------------------------------------------------------------------------- */

/* The types being entered: indices from `first` are the group's own. */
typedef struct entry {
    wp_type_table *table;
    const uint32_t *canon;
    uint32_t first;
} entry;

static uint32_t types_key_index(const entry *e, uint32_t index) {
    return index >= e->first ? WP_T_LOCAL | (index - e->first) : e->canon[index];
}

static uint32_t types_key_type(const entry *e, wp_valtype type) {
    return wp_is_ref(type) && wp_has_index(type) ? (type & ~WP_T_BITS) | types_key_index(e, wp_type_index(type)) : type;
}

static bool types_put_word(wp_type_table *table, uint32_t word) {
    if (!wp_grow(table->allocator, (void **)&table->key, table->nkey, &table->key_capacity, sizeof *table->key))
        return false;
    table->key[table->nkey++] = word;
    return true;
}

static bool types_put_subtype(const entry *e, const wp_subtype *type) {
    wp_type_table *table = e->table;
    const wp_comptype *comp = &type->comp;
    bool ok = types_put_word(table, (uint32_t)comp->kind | (type->final ? 8u : 0u)) &&
              types_put_word(table, type->nsupers == 0 ? WP_NO_TYPE : types_key_index(e, type->supers[0])) &&
              types_put_word(table, comp->nparams) && types_put_word(table, comp->nresults) &&
              types_put_word(table, comp->nfields);
    for (uint32_t i = 0; ok && i < comp->nparams + comp->nresults; i++)
        ok = types_put_word(table, types_key_type(e, comp->types[i]));
    for (uint32_t i = 0; ok && i < comp->nfields; i++)
        ok = types_put_word(table, types_key_type(e, comp->fields[i].type)) &&
             types_put_word(table, comp->fields[i].is_mutable);
    return ok;
}

/* ---- The table of groups ----------------------------------------------------------------------------------- */

/* Writes an index of the group's own as a canonical one. */
static uint32_t types_absolute(uint32_t word, uint32_t base) {
    return (word & WP_T_LOCAL) != 0 ? base + (word & ~WP_T_LOCAL & WP_T_BITS) : word & WP_T_BITS;
}

static wp_valtype types_absolute_type(uint32_t word, uint32_t base) {
    return wp_is_ref(word) && wp_has_index(word) ? (word & ~(WP_T_BITS | WP_T_LOCAL)) | types_absolute(word, base)
                                                 : word;
}

uint32_t wp_count_cells(const wp_valtype *types, uint32_t count) {
    uint32_t cells = count;
    for (uint32_t i = 0; i < count; i++)
        cells += wp_cells(types[i]) - 1;
    return cells;
}

/* Builds the canonical type that starts at word *at of the scratch key, for a group at canonical index base. */
static bool types_build_type(wp_type_table *table, size_t *at, uint32_t base, wp_deftype *out) {
    const uint32_t *k = table->key + *at;
    memset(out, 0, sizeof *out);
    out->comp.kind = (wp_comp_kind)(k[0] & 7);
    out->final = (k[0] & 8) != 0;
    out->super = k[1] == WP_NO_TYPE ? WP_NO_TYPE : types_absolute(k[1], base);
    out->comp.nparams = k[2];
    out->comp.nresults = k[3];
    out->comp.nfields = k[4];
    uint32_t ntypes = k[2] + k[3];
    out->comp.types = wp_arena_alloc(&table->arena, ntypes, sizeof *out->comp.types);
    out->comp.fields = wp_arena_alloc(&table->arena, k[4], sizeof *out->comp.fields);
    if (out->comp.types == NULL || out->comp.fields == NULL)
        return false;
    k += 5;
    for (uint32_t i = 0; i < ntypes; i++)
        out->comp.types[i] = types_absolute_type(*k++, base);
    for (uint32_t i = 0; i < out->comp.nfields; i++, k += 2)
        out->comp.fields[i] = (wp_field){types_absolute_type(k[0], base), k[1] != 0};
    out->param_cells = wp_count_cells(out->comp.types, out->comp.nparams);
    out->result_cells = wp_count_cells(out->comp.types + out->comp.nparams, out->comp.nresults);
    *at = (size_t)(k - table->key);
    return true;
}

/* Sets depth and jump of canonical type x. The jumps form a skew-binary list: any supertype is O(log depth) steps away.
 * A supertype comes first, so its own are known. In an invalid group it may come later: the type then is a root. */
static void types_place_in_hierarchy(wp_type_table *table, uint32_t x) {
    wp_deftype *type = table->types[x];
    type->jump = x;
    if (type->super >= x)
        return;
    const wp_deftype *parent = table->types[type->super], *far = table->types[parent->jump];
    type->depth = parent->depth + 1;
    /* Two jumps of equal length become one. */
    bool equal = parent->depth - far->depth == far->depth - table->types[far->jump]->depth;
    type->jump = equal ? far->jump : type->super;
}

/* Adds a new group of `count` types; its key must stay in place. */
static bool types_add_group(wp_type_table *table, wp_bytes key, uint32_t count, uint32_t *first) {
    group *g = wp_arena_alloc(&table->arena, 1, sizeof *g);
    if (g == NULL || table->ntypes + count > WP_T_BITS - 1)
        return false;
    g->first = (uint32_t)table->ntypes;
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t n = table->ntypes + i;
        if (!wp_grow(table->allocator, (void **)&table->types, n, &table->types_capacity, sizeof *table->types))
            return false;
        wp_deftype *type = wp_arena_alloc(&table->arena, 1, sizeof *type);
        table->types[n] = type;
        if (type == NULL || !types_build_type(table, &at, g->first, type))
            return false;
        types_place_in_hierarchy(table, (uint32_t)n);
    }
    table->ntypes += count;
    wp_index_insert(&table->groups, &g->link, key);
    *first = g->first;
    return true;
}

/* Finds the group of the scratch key, or adds it. */
static bool types_enter_group(wp_type_table *table, uint32_t count, uint32_t *first) {
    wp_bytes key = {(const uint8_t *)table->key, table->nkey * sizeof *table->key};
    const group *found = (const group *)wp_index_find(&table->groups, key);
    if (found != NULL) {
        *first = found->first;
        return true;
    }
    key.data = wp_arena_copy(&table->arena, key.data, key.size);
    return key.data != NULL && types_add_group(table, key, count, first);
}

bool wp_types_add(wp_type_table *table, const wp_subtype *types, uint32_t first, uint32_t count, uint32_t *canon) {
    entry e = {table, canon, first};
    uint32_t base = 0;
    if (count == 0)
        return true;
    table->nkey = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!types_put_subtype(&e, &types[first + i]))
            return false;
    if (!types_enter_group(table, count, &base))
        return false;
    for (uint32_t i = 0; i < count; i++)
        canon[first + i] = base + i;
    return true;
}

bool wp_types_func(wp_type_table *table, const wp_valtype *params, size_t nparams, const wp_valtype *results,
                   size_t nresults, uint32_t *out) {
    table->nkey = 0;
    bool ok = types_put_word(table, (uint32_t)WP_COMP_FUNC | 8u) && types_put_word(table, WP_NO_TYPE) &&
              types_put_word(table, (uint32_t)nparams) && types_put_word(table, (uint32_t)nresults) &&
              types_put_word(table, 0);
    for (size_t i = 0; ok && i < nparams; i++)
        ok = types_put_word(table, params[i]);
    for (size_t i = 0; ok && i < nresults; i++)
        ok = types_put_word(table, results[i]);
    return ok && types_enter_group(table, 1, out);
}

/* ---- Matching ---------------------------------------------------------------------------------------------- */

bool wp_match_deftype(const wp_type_table *table, uint32_t sub, uint32_t super) {
    uint32_t depth = table->types[super]->depth;
    while (table->types[sub]->depth > depth) {
        const wp_deftype *type = table->types[sub];
        sub = table->types[type->jump]->depth >= depth ? type->jump : type->super;
    }
    return sub == super;
}

typedef struct heap_row {
    const char *name, *reference;
    uint8_t super, bottom;
} heap_row;

static const heap_row heap_rows[WP_HT_COUNT] = {
#define HEAPTYPE(id, code, name, reference, super, bottom, feature)                                                    \
    [WP_HT_##id] = {name, reference, WP_HT_##super, WP_HT_##bottom},
#include "core/heaptype.def"
    [WP_HT_BOT] = {"bot", NULL, WP_HT_BOT, WP_HT_BOT},
};
_Static_assert(WP_T_FUNCREF == (WP_T_REF | WP_T_NULL | WP_HT_FUNC), "wasmproc.h has positions of heaptype.def");
_Static_assert(WP_T_EXTERNREF == (WP_T_REF | WP_T_NULL | WP_HT_EXTERN), "wasmproc.h has positions of heaptype.def");

static uint32_t types_abstract_of(const wp_type_table *table, uint32_t heap) {
    if ((heap & WP_T_INDEX) == 0)
        return heap;
    switch (table->types[heap & WP_T_BITS]->comp.kind) {
    case WP_COMP_STRUCT: return WP_HT_STRUCT;
    case WP_COMP_ARRAY: return WP_HT_ARRAY;
    default: return WP_HT_FUNC;
    }
}

static bool types_match_abstract(uint32_t sub, uint32_t super) {
    if (sub == WP_HT_BOT || sub == heap_rows[super].bottom)
        return true;
    while (sub != super && heap_rows[sub].super != sub)
        sub = heap_rows[sub].super;
    return sub == super;
}

bool wp_match_heap(const wp_type_table *table, uint32_t sub, uint32_t super) {
    bool sub_index = (sub & WP_T_INDEX) != 0, super_index = (super & WP_T_INDEX) != 0;
    if (sub_index && super_index)
        return wp_match_deftype(table, sub & WP_T_BITS, super & WP_T_BITS);
    if (!super_index)
        return types_match_abstract(types_abstract_of(table, sub), super);
    /* Only the bottoms lie below a defined type. */
    return sub == WP_HT_BOT || sub == heap_rows[types_abstract_of(table, super)].bottom;
}

bool wp_match(const wp_type_table *table, wp_valtype sub, wp_valtype super) {
    if (sub == super || sub == WP_T_NONE)
        return true;
    if (!wp_is_ref(sub) || !wp_is_ref(super))
        return false;
    if (wp_is_nullable(sub) && !wp_is_nullable(super))
        return false;
    return wp_match_heap(table, sub & WP_T_HEAP, super & WP_T_HEAP);
}

static bool types_match_field(const wp_type_table *table, const wp_field *sub, const wp_field *super) {
    if (sub->is_mutable != super->is_mutable || !wp_match(table, sub->type, super->type))
        return false;
    return !sub->is_mutable || wp_match(table, super->type, sub->type);
}

bool wp_match_comp(const wp_type_table *table, const wp_comptype *sub, const wp_comptype *super) {
    if (sub->kind != super->kind)
        return false;
    if (sub->kind == WP_COMP_FUNC) {
        if (sub->nparams != super->nparams || sub->nresults != super->nresults)
            return false;
        for (uint32_t i = 0; i < sub->nparams; i++)
            if (!wp_match(table, super->types[i], sub->types[i]))
                return false;
        for (uint32_t i = sub->nparams; i < sub->nparams + sub->nresults; i++)
            if (!wp_match(table, sub->types[i], super->types[i]))
                return false;
        return true;
    }
    if (sub->nfields < super->nfields)
        return false;
    for (uint32_t i = 0; i < super->nfields; i++)
        if (!types_match_field(table, &sub->fields[i], &super->fields[i]))
            return false;
    return true;
}

/* ---- Printing ---------------------------------------------------------------------------------------------- */

const char *wp_heap_name(uint32_t heap) {
    return heap < WP_HT_COUNT ? heap_rows[heap].name : "?";
}

void wp_valtype_print(wp_valtype type, char *buffer, size_t size) {
    static const char *const plain[] = {
        [WP_T_NONE] = "bot",
#define VALTYPE(id, code, name, letter, feature) [WP_T_##id] = name,
#define PACKTYPE(id, code, name) [WP_T_##id] = name,
#include "core/valtype.def"
    };
    if (!wp_is_ref(type)) {
        snprintf(buffer, size, "%s", type < sizeof plain / sizeof *plain ? plain[type] : "?");
        return;
    }
    const char *null = wp_is_nullable(type) ? "null " : "";
    uint32_t heap = type & WP_T_HEAP;
    if (wp_has_index(type))
        snprintf(buffer, size, "(ref %s%u)", null, wp_type_index(type));
    else if (wp_is_nullable(type) && heap < WP_HT_BOT)
        snprintf(buffer, size, "%s", heap_rows[heap].reference);
    else
        snprintf(buffer, size, "(ref %s%s)", null, wp_heap_name(heap));
}
