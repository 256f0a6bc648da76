/* slots.h: allocation of slots in the process's function table (rules load.table, load.got).
 *
 * Interface:
 * - wp_slots_open, wp_slots_close.
 * - wp_slots_reserve, wp_slots_release: a run of slots, for the table of a library.
 * - wp_slots_record, wp_slots_of_func, wp_slots_release_funcs: the one slot of each function whose address is taken.
 * - wp_slots_mark, wp_slots_rollback: undo what a load has allocated.
 *
 * Slots are an address space in which slot 0 is page 0: slots that modules grew are mapped, those of libraries are
 * reserved, released ones and those above the table are free.
 */
#ifndef WP_SLOTS_H
#define WP_SLOTS_H

#include "base/index.h"
#include "core/run/store.h"
#include "process/space/space.h"

/* The owner of slots for functions that are not a library's: the platform's and the embedder's. */
enum { WP_OWNER_PLATFORM = 1 };

/* A function with a slot. */
typedef struct wp_func_slot {
    wp_link link; /* by address of the function */
    const wp_func *func;
    uint64_t slot;
    uint32_t owner;
    bool is_single; /* the slot was reserved for this function; else it is in the table of its library */
    struct wp_func_slot *older, *newer;
} wp_func_slot;

typedef struct wp_slots {
    wp_engine *engine;
    wp_table *table;
    space *ranges;  /* NULL once closed */
    uint64_t known; /* slots of the table that `ranges` accounts for */
    wp_index by_func;
    wp_func_slot *newest;
} wp_slots;

/* A state to roll back to. */
typedef struct wp_slots_mark {
    wp_func_slot *newest;
    uint64_t count; /* of the table */
} wp_slots_mark;

/* Slots of a table that has slot 0 alone; `slots` must not move afterwards. */
WP_MUST_CHECK wp_status wp_slots_open(wp_slots *slots, wp_engine *engine, wp_table *table, wp_diag *diag);
/* Harmless when closed. The table is the store's. */
void wp_slots_close(wp_slots *slots);

/* Reserves null slots for an owner, the first of them a multiple of 2^align. SPACE_DONE, SPACE_FULL or SPACE_NO_MEMORY.
 */
WP_MUST_CHECK space_result wp_slots_reserve(wp_slots *slots, uint64_t count, unsigned align, uint32_t owner,
                                            uint64_t *first);
/* Makes slots null and frees them. */
void wp_slots_release(wp_slots *slots, uint64_t first, uint64_t count, uint32_t owner);

/* Records the functions that an instance has placed in its run of slots. False: out of memory. */
WP_MUST_CHECK bool wp_slots_record(wp_slots *slots, const wp_instance *instance, uint64_t first, uint64_t count,
                                   uint32_t owner);
/* The slot of an owner's function, reserved if it has none yet. Results as of wp_slots_reserve. */
WP_MUST_CHECK space_result wp_slots_of_func(wp_slots *slots, wp_func *func, uint32_t owner, uint64_t *slot);
/* Forgets the slots of the functions that an instance defines, and frees those that were reserved for one. */
void wp_slots_release_funcs(wp_slots *slots, const wp_instance *instance);

wp_slots_mark wp_slots_get_mark(const wp_slots *slots);
/* Forgets the functions that were given slots since a mark was taken, and makes the table as small as it was. The runs
 * that were reserved since are released too, before or after. */
void wp_slots_rollback(wp_slots *slots, wp_slots_mark mark);

#endif
