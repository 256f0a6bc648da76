/* slots.c: the slots of the process table that the loader gives out; see slots.h. */
#include "process/load/slots.h"

#include <string.h>

/* The owner of slots of functions that belong to no library: the platform's and the embedder's. */
enum { OWNER_PLATFORM = 1 };

/* More than any table can have. */
#define MOST_SLOTS ((uint64_t)1 << 32)

wp_status wp_slots_open(wp_process *process, wp_diag *diag) {
    const wp_allocator *a = &process->engine->allocator;
    space_allocator allocator = {a->resize, a->ctx};
    wp_index_init(&process->func_slots, a);
    process->slots = space_new(&allocator, MOST_SLOTS);
    process->known_slots = 1;
    return process->slots == NULL ? wp_fail_memory(diag) : WP_OK;
}

/* Frees a list of slots' records, and leaves their index as it is. */
static void forget_list(wp_process *process, wp_func_slot **list) {
    while (*list != NULL) {
        wp_func_slot *f = *list;
        *list = f->next;
        wp_free(&process->engine->allocator, f, 1, sizeof *f);
    }
}

void wp_slots_close(wp_process *process) {
    if (process->slots == NULL)
        return;
    forget_list(process, &process->platform_slots);
    wp_index_release(&process->func_slots);
    space_delete(process->slots);
    process->slots = NULL;
}

/* ---- Runs of slots ------------------------------------------------------------------------------------------- */

/* What modules have grown since is theirs. False: memory is short. */
static bool catch_up(wp_process *process) {
    uint64_t count = process->table->count, first;
    if (count == process->known_slots)
        return true;
    RULE(&process->engine->cover, load_table);
    if (space_map(process->slots, process->known_slots, count - process->known_slots, &first) != SPACE_AT_HINT)
        return false;
    process->known_slots = count;
    return true;
}

/* Has slots in the table up to `end`. */
static space_result reach(const wp_process *process, uint64_t end) {
    wp_table *table = process->table;
    if (end <= table->count)
        return SPACE_DONE;
    if (end > process->engine->limits[WP_LIMIT_table_elements])
        return SPACE_FULL;
    return wp_table_grow(table, end - table->count, 0) == UINT64_MAX ? SPACE_NO_MEMORY : SPACE_DONE;
}

/* Slots that are in the table become null. */
static void clear(wp_table *table, uint64_t first, uint64_t count) {
    memset(&table->refs[first], 0, (size_t)count * sizeof *table->refs);
}

space_result wp_slots_take(wp_process *process, uint64_t count, unsigned align, uint32_t owner, uint64_t *first) {
    wp_table *table = process->table;
    RULE(&process->engine->cover, load_table);
    if (!catch_up(process))
        return SPACE_NO_MEMORY;
    space_result result = space_reserve(process->slots, count, align, owner, first);
    if (result != SPACE_DONE)
        return result == SPACE_NO_MEMORY ? result : SPACE_FULL;
    result = reach(process, *first + count);
    if (result != SPACE_DONE) {
        space_release(process->slots, *first, count, owner);
        return result;
    }
    process->known_slots = table->count;
    clear(table, *first, count);
    return SPACE_DONE;
}

void wp_slots_give(wp_process *process, uint64_t first, uint64_t count, uint32_t owner) {
    clear(process->table, first, count);
    space_release(process->slots, first, count, owner);
}

void wp_slots_shorten(wp_process *process, uint64_t count) {
    if (process->table->count > count)
        process->table->count = process->known_slots = count;
}

/* ---- Functions ----------------------------------------------------------------------------------------------- */

static wp_func_slot *find(const wp_process *process, const wp_func *func) {
    const void *address = func;
    return (wp_func_slot *)wp_index_find(&process->func_slots, wp_address_name(&address));
}

/* Records a function's slot in a list. NULL: memory is short. */
static wp_func_slot *record(wp_process *process, wp_func_slot **list, const wp_func *func, uint64_t slot) {
    wp_func_slot *f = wp_alloc(&process->engine->allocator, 1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->address = func;
    f->slot = slot;
    f->next = *list;
    *list = f;
    wp_index_insert(&process->func_slots, &f->link, wp_address_name(&f->address));
    return f;
}

bool wp_slots_note(wp_library *library) {
    wp_process *process = library->process;
    const wp_table *table = process->table;
    for (uint64_t i = library->table_base; i - library->table_base < library->slots; i++) {
        const wp_func *func = (const wp_func *)(uintptr_t)table->refs[i];
        if (func == NULL || func->instance != library->instance || find(process, func) != NULL)
            continue;
        if (record(process, &library->func_slots, func, i) == NULL)
            return false;
    }
    return true;
}

space_result wp_slot_of_func(wp_process *process, wp_func *func, wp_func_slot **added, uint64_t *slot) {
    wp_library *library = func->instance == NULL ? NULL : wp_library_find_instance(process, func->instance);
    uint32_t owner = library == NULL ? OWNER_PLATFORM : library->id;
    wp_func_slot *f = find(process, func);
    if (f == NULL) {
        uint64_t taken;
        space_result result = wp_slots_take(process, 1, 0, owner, &taken);
        if (result != SPACE_DONE)
            return result;
        f = record(process, library == NULL ? &process->platform_slots : &library->func_slots, func, taken);
        if (f == NULL) {
            wp_slots_give(process, taken, 1, owner);
            return SPACE_NO_MEMORY;
        }
        f->is_own = true;
        f->next_added = *added;
        *added = f;
        process->table->refs[taken] = (uint64_t)(uintptr_t)func;
    }
    *slot = f->slot;
    return SPACE_DONE;
}

/* Takes back the slot of the record at *place, and the record. */
static void drop(wp_process *process, wp_func_slot **place, uint32_t owner) {
    wp_func_slot *f = *place;
    *place = f->next;
    if (f->is_own)
        wp_slots_give(process, f->slot, 1, owner);
    wp_index_remove(&process->func_slots, &f->link);
    wp_free(&process->engine->allocator, f, 1, sizeof *f);
}

void wp_slots_undo(wp_process *process, wp_func_slot *added) {
    while (added != NULL) {
        const wp_func *func = added->address;
        wp_library *library = func->instance == NULL ? NULL : wp_library_find_instance(process, func->instance);
        wp_func_slot **place = library == NULL ? &process->platform_slots : &library->func_slots;
        wp_func_slot *next = added->next_added;
        /* Nothing was put before it since, or all of that has been taken back: it is the first. */
        drop(process, place, library == NULL ? OWNER_PLATFORM : library->id);
        added = next;
    }
}

void wp_slots_release(wp_library *library) {
    while (library->func_slots != NULL)
        drop(library->process, &library->func_slots, library->id);
    wp_slots_give(library->process, library->table_base, library->slots, library->id);
}
