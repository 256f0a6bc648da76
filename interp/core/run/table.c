/* table.c: table instances; see store.h (specification, "Execution: Instructions", table instructions). */
#include "core/run/store.h"

#include <string.h>

wp_status wp_table_create(wp_store *store, wp_valtype element, wp_limits limits, uint64_t init, wp_table **out,
                          wp_diag *diag) {
    const wp_allocator *a = &store->engine->allocator;
    if (limits.min > store->engine->limits[WP_LIMIT_table_elements])
        return wp_fail(diag, WP_EXHAUSTION, "table of %llu elements is over the limit of %llu",
                       (unsigned long long)limits.min,
                       (unsigned long long)store->engine->limits[WP_LIMIT_table_elements]);
    wp_table *table = wp_alloc(a, 1, sizeof *table);
    if (table == NULL)
        return wp_fail_memory(diag);
    table->limits = limits;
    table->element = element;
    table->store = store;
    if (wp_table_grow(table, limits.min, init) == UINT64_MAX) {
        wp_free(a, table, 1, sizeof *table);
        return wp_fail_memory(diag);
    }
    table->next = store->tables;
    store->tables = table;
    *out = table;
    return WP_OK;
}

void wp_table_release(wp_table *table) {
    wp_free(&table->store->engine->allocator, table->refs, (size_t)table->capacity, sizeof *table->refs);
    table->refs = NULL;
    table->count = table->capacity = 0;
}

uint64_t wp_table_grow(wp_table *table, uint64_t delta, uint64_t init) {
    wp_engine *engine = table->store->engine;
    uint64_t most = engine->limits[WP_LIMIT_table_elements];
    if (table->limits.has_max && table->limits.max < most)
        most = table->limits.max;
    uint64_t count = table->count;
    if (delta > most || count > most - delta)
        return UINT64_MAX;
    if (count + delta > table->capacity) {
        /* Room for growth by single elements; a first size is taken exactly. */
        uint64_t wanted = count == 0 ? delta : count + delta + count / 2;
        uint64_t *refs =
            wp_resize(&engine->allocator, table->refs, (size_t)table->capacity, (size_t)wanted, sizeof *refs);
        if (refs == NULL)
            return UINT64_MAX;
        table->refs = refs;
        table->capacity = wanted;
    }
    for (uint64_t i = 0; i < delta; i++)
        table->refs[count + i] = init;
    table->count = count + delta;
    return count;
}

static bool in_table(const wp_table *table, uint64_t index, uint64_t count) {
    return index <= table->count && count <= table->count - index;
}

wp_trap wp_table_get(const wp_table *table, uint64_t index, uint64_t *ref) {
    if (index >= table->count)
        return WP_TRAP_table_bounds;
    *ref = table->refs[index];
    return WP_TRAP_none;
}

wp_trap wp_table_set(wp_table *table, uint64_t index, uint64_t ref) {
    if (index >= table->count)
        return WP_TRAP_table_bounds;
    table->refs[index] = ref;
    return WP_TRAP_none;
}

wp_trap wp_table_fill(wp_table *table, uint64_t index, uint64_t ref, uint64_t count) {
    if (!in_table(table, index, count))
        return WP_TRAP_table_bounds;
    for (uint64_t i = 0; i < count; i++)
        table->refs[index + i] = ref;
    return WP_TRAP_none;
}

wp_trap wp_table_copy(wp_table *to, uint64_t to_index, wp_table *from, uint64_t from_index, uint64_t count) {
    if (!in_table(to, to_index, count) || !in_table(from, from_index, count))
        return WP_TRAP_table_bounds;
    if (count != 0)
        memmove(to->refs + to_index, from->refs + from_index, (size_t)count * sizeof *to->refs);
    return WP_TRAP_none;
}

wp_trap wp_table_init(wp_table *table, uint64_t index, const uint64_t *refs, uint64_t available, uint64_t offset,
                      uint64_t count) {
    if (offset > available || count > available - offset || !in_table(table, index, count))
        return WP_TRAP_table_bounds;
    if (count != 0)
        memcpy(table->refs + index, refs + offset, (size_t)count * sizeof *refs);
    return WP_TRAP_none;
}
