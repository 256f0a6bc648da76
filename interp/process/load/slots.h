/* slots.h: allocation of slots in the process's function table (rules load.table, load.got).
 *
 * Interface:
 * - wp_slots_open, wp_slots_close.
 * - wp_slots_reserve, wp_slots_release: a run of slots, for the table of a library.
 * - wp_slots_record, wp_slots_of_func, wp_slots_release_func: the one slot of each function whose address is taken,
 *   func->slot.
 * - wp_slots_shorten: the end of a rollback.
 *
 * Slots are an address space in which slot 0 is page 0: slots that modules grew are mapped, those of libraries are
 * reserved, released ones and those above the table are free.
 */
#ifndef WP_SLOTS_H
#define WP_SLOTS_H

#include "core/run/store.h"
#include "process/space/space.h"

/* The owner of slots for functions that are not a library's: the platform's and the embedder's. */
enum { WP_OWNER_PLATFORM = 1 };

typedef struct wp_slots {
    wp_engine *engine;
    wp_table *table;
    space *ranges;  /* NULL once closed */
    uint64_t known; /* slots of the table that `ranges` accounts for */
} wp_slots;

/* Slots of a table that has slot 0 alone. */
WP_MUST_CHECK wp_status wp_slots_open(wp_slots *slots, wp_engine *engine, wp_table *table, wp_diag *diag);
/* Harmless when closed. The table is the store's. */
void wp_slots_close(wp_slots *slots);

/* Reserves null slots for an owner, the first of them a multiple of 2^align. SPACE_DONE, SPACE_FULL or SPACE_NO_MEMORY.
 */
WP_MUST_CHECK space_result wp_slots_reserve(wp_slots *slots, uint64_t count, unsigned align, uint32_t owner,
                                            uint64_t *first);
/* Makes slots null and frees them. */
void wp_slots_release(wp_slots *slots, uint64_t first, uint64_t count, uint32_t owner);
/* Shrinks the table to `count` slots; those above must have been released. */
void wp_slots_shorten(wp_slots *slots, uint64_t count);

/* Gives the functions that an instance has placed in its run of slots the lowest of them. */
void wp_slots_record(wp_slots *slots, const wp_instance *instance, uint64_t first, uint64_t count);
/* Gives an owner's function a slot; *is_new if it had none. Results as of wp_slots_reserve. */
WP_MUST_CHECK space_result wp_slots_of_func(wp_slots *slots, wp_func *func, uint32_t owner, bool *is_new);
/* Frees the slot that a function got by wp_slots_of_func. */
void wp_slots_release_func(wp_slots *slots, wp_func *func, uint32_t owner);

#endif
