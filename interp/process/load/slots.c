/* slots.c: allocation of slots in the process's function table; see slots.h. */
#include "process/load/slots.h"

#include <string.h>

/* No table has more. */
#define MAX_SLOTS ((uint64_t)1 << 32)

wp_status wp_slots_open(wp_slots *slots, wp_engine *engine, wp_table *table, wp_diag *diag) {
    const wp_allocator *a = &engine->allocator;
    space_allocator allocator = {a->resize, a->ctx};
    *slots = (wp_slots){.engine = engine, .table = table, .ranges = space_new(&allocator, MAX_SLOTS), .known = 1};
    wp_index_init(&slots->by_func, a);
    return slots->ranges == NULL ? wp_fail_memory(diag) : WP_OK;
}

void wp_slots_close(wp_slots *slots) {
    if (slots->ranges == NULL)
        return;
    while (slots->newest != NULL) {
        wp_func_slot *f = slots->newest;
        slots->newest = f->older;
        wp_free(&slots->engine->allocator, f, 1, sizeof *f);
    }
    wp_index_release(&slots->by_func);
    space_delete(slots->ranges);
    slots->ranges = NULL;
}

/* ---- Runs ---------------------------------------------------------------------------------------------------- */

/* Accounts for slots that modules have grown, which are theirs. False: out of memory. */
static bool account_growth(wp_slots *slots) {
    uint64_t count = slots->table->count, first;
    if (count == slots->known)
        return true;
    RULE(&slots->engine->cover, load_table);
    if (space_map(slots->ranges, slots->known, count - slots->known, &first) != SPACE_AT_HINT)
        return false;
    slots->known = count;
    return true;
}

/* Grows the table to `end` slots at least. */
static space_result grow_table(const wp_slots *slots, uint64_t end) {
    wp_table *table = slots->table;
    if (end <= table->count)
        return SPACE_DONE;
    if (end > slots->engine->limits[WP_LIMIT_table_elements])
        return SPACE_FULL;
    return wp_table_grow(table, end - table->count, 0) == UINT64_MAX ? SPACE_NO_MEMORY : SPACE_DONE;
}

static void clear(wp_table *table, uint64_t first, uint64_t count) {
    for (uint64_t i = first; i - first < count && i < table->count; i++)
        table->refs[i] = 0;
}

space_result wp_slots_reserve(wp_slots *slots, uint64_t count, unsigned align, uint32_t owner, uint64_t *first) {
    RULE(&slots->engine->cover, load_table);
    if (!account_growth(slots))
        return SPACE_NO_MEMORY;
    space_result result = space_reserve(slots->ranges, count, align, owner, first);
    if (result != SPACE_DONE)
        return result == SPACE_NO_MEMORY ? result : SPACE_FULL;
    result = grow_table(slots, *first + count);
    if (result != SPACE_DONE) {
        space_release(slots->ranges, *first, count, owner);
        return result;
    }
    slots->known = slots->table->count;
    clear(slots->table, *first, count);
    return SPACE_DONE;
}

void wp_slots_release(wp_slots *slots, uint64_t first, uint64_t count, uint32_t owner) {
    clear(slots->table, first, count);
    space_release(slots->ranges, first, count, owner);
}

/* ---- Functions ----------------------------------------------------------------------------------------------- */

static wp_func_slot *find_func(const wp_slots *slots, const wp_func *func) {
    return (wp_func_slot *)wp_index_find(&slots->by_func, WP_ADDRESS_NAME(func));
}

/* Records the slot of a function. NULL: out of memory. */
static wp_func_slot *add_func(wp_slots *slots, const wp_func *func, uint64_t slot, uint32_t owner) {
    wp_func_slot *f = wp_alloc(&slots->engine->allocator, 1, sizeof *f);
    if (f == NULL)
        return NULL;
    *f = (wp_func_slot){.func = func, .slot = slot, .owner = owner, .older = slots->newest};
    if (f->older != NULL)
        f->older->newer = f;
    slots->newest = f;
    wp_index_insert(&slots->by_func, &f->link, WP_ADDRESS_NAME(f->func));
    return f;
}

static void remove_func(wp_slots *slots, wp_func_slot *f) {
    if (f->older != NULL)
        f->older->newer = f->newer;
    if (f->newer != NULL)
        f->newer->older = f->older;
    else
        slots->newest = f->older;
    if (f->is_single)
        wp_slots_release(slots, f->slot, 1, f->owner);
    wp_index_remove(&slots->by_func, &f->link);
    wp_free(&slots->engine->allocator, f, 1, sizeof *f);
}

bool wp_slots_record(wp_slots *slots, const wp_instance *instance, uint64_t first, uint64_t count, uint32_t owner) {
    for (uint64_t i = first; i - first < count; i++) {
        const wp_func *func = (const wp_func *)(uintptr_t)slots->table->refs[i];
        if (func == NULL || func->instance != instance || find_func(slots, func) != NULL)
            continue;
        if (add_func(slots, func, i, owner) == NULL)
            return false;
    }
    return true;
}

space_result wp_slots_of_func(wp_slots *slots, wp_func *func, uint32_t owner, uint64_t *slot) {
    wp_func_slot *f = find_func(slots, func);
    if (f == NULL) {
        uint64_t reserved;
        space_result result = wp_slots_reserve(slots, 1, 0, owner, &reserved);
        if (result != SPACE_DONE)
            return result;
        f = add_func(slots, func, reserved, owner);
        if (f == NULL) {
            wp_slots_release(slots, reserved, 1, owner);
            return SPACE_NO_MEMORY;
        }
        f->is_single = true;
        slots->table->refs[reserved] = (uint64_t)(uintptr_t)func;
    }
    *slot = f->slot;
    return SPACE_DONE;
}

void wp_slots_release_funcs(wp_slots *slots, const wp_instance *instance) {
    const wp_module *m = instance->module;
    for (uint32_t i = m->nfunc_imports; i < m->nfuncs; i++) {
        wp_func_slot *f = find_func(slots, instance->funcs[i]);
        if (f != NULL)
            remove_func(slots, f);
    }
}

/* ---- Rolling back -------------------------------------------------------------------------------------------- */

wp_slots_mark wp_slots_get_mark(const wp_slots *slots) {
    return (wp_slots_mark){slots->newest, slots->table->count};
}

void wp_slots_rollback(wp_slots *slots, wp_slots_mark mark) {
    while (slots->newest != mark.newest)
        remove_func(slots, slots->newest);
    if (slots->table->count > mark.count)
        slots->table->count = slots->known = mark.count;
}
