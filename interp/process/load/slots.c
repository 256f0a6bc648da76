/* slots.c: allocation of slots in the process's function table; see slots.h. */
#include "process/load/slots.h"

#include <string.h>

/* No table has more. */
#define MAX_SLOTS ((uint64_t)1 << 32)

wp_status wp_slots_open(wp_slots *slots, wp_engine *engine, wp_table *table, wp_diag *diag) {
    const wp_allocator *a = &engine->allocator;
    space_allocator allocator = {a->resize, a->ctx};
    *slots = (wp_slots){.engine = engine, .table = table, .ranges = space_new(&allocator, MAX_SLOTS), .known = 1};
    return slots->ranges == NULL ? wp_fail_memory(diag) : WP_OK;
}

void wp_slots_close(wp_slots *slots) {
    space_delete(slots->ranges);
    slots->ranges = NULL;
}

/* ---- Runs ---------------------------------------------------------------------------------------------------- */

/* Accounts for slots that modules have grown, which are theirs. False: out of memory. */
static bool account_growth(wp_slots *slots) {
    uint64_t count = slots->table->count, first; /* rule: load.table */
    if (count == slots->known)                   /* rule: load.table */
        return true;
    RULE(slots->engine, load_table);
    if (space_map(slots->ranges, slots->known, count - slots->known, &first) != SPACE_AT_HINT)
        return false;
    slots->known = count; /* rule: load.table */
    return true;
}

/* Grows the table to `end` slots at least. rule: load.table */
static space_result grow_table(const wp_slots *slots, uint64_t end) {
    wp_table *table = slots->table;
    if (end <= table->count)
        return SPACE_DONE;
    if (end > slots->engine->limits[WP_LIMIT_table_elements])
        return SPACE_FULL;
    return wp_table_grow(table, end - table->count, 0) == UINT64_MAX ? SPACE_NO_MEMORY : SPACE_DONE;
}

static void clear(wp_table *table, uint64_t first, uint64_t count) { /* rules: load.table, load.unload */
    memset(&table->refs[first], 0, count * sizeof *table->refs);
}

space_result wp_slots_reserve(wp_slots *slots, uint64_t count, unsigned align, uint32_t owner, uint64_t *first) {
    RULE(slots->engine, load_table);
    if (!account_growth(slots))
        return SPACE_NO_MEMORY;
    space_result result = space_reserve(slots->ranges, count, align, owner, first); /* rule: load.table */
    if (result != SPACE_DONE)                                                       /* rule: load.table */
        return result == SPACE_NO_MEMORY ? result : SPACE_FULL;
    result = grow_table(slots, *first + count); /* rule: load.table */
    /* rule: load.table */
    if (result != SPACE_DONE) {
        space_release(slots->ranges, *first, count, owner);
        return result;
    }
    slots->known = slots->table->count; /* rule: load.table */
    clear(slots->table, *first, count); /* rule: load.table */
    return SPACE_DONE;
}

/* rules: load.table, load.atomic, load.unload */
void wp_slots_release(wp_slots *slots, uint64_t first, uint64_t count, uint32_t owner) {
    clear(slots->table, first, count);
    space_release(slots->ranges, first, count, owner);
}

void wp_slots_shorten(wp_slots *slots, uint64_t count) { /* rule: load.atomic */
    if (slots->table->count > count)
        slots->table->count = slots->known = count;
}

/* ---- Functions ----------------------------------------------------------------------------------------------- */

/* rule: load.got */
void wp_slots_record(wp_slots *slots, const wp_instance *instance, uint64_t first, uint64_t count) {
    for (uint64_t i = first; i - first < count; i++) {
        wp_func *func = (wp_func *)(uintptr_t)slots->table->refs[i];
        if (func != NULL && func->instance == instance && func->slot == 0)
            func->slot = i;
    }
}

/* rules: load.got, dl.symbol */
space_result wp_slots_of_func(wp_slots *slots, wp_func *func, uint32_t owner, bool *is_new) {
    *is_new = func->slot == 0;
    if (!*is_new)
        return SPACE_DONE;
    uint64_t slot;
    space_result result = wp_slots_reserve(slots, 1, 0, owner, &slot);
    if (result != SPACE_DONE)
        return result;
    slots->table->refs[slot] = (uint64_t)(uintptr_t)func;
    func->slot = slot;
    return SPACE_DONE;
}

void wp_slots_release_func(wp_slots *slots, wp_func *func, uint32_t owner) { /* rules: load.atomic, load.unload */
    if (func->slot != 0)
        wp_slots_release(slots, func->slot, 1, owner);
    func->slot = 0;
}
