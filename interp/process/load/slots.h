/* slots.h: the slots of the process table that the loader gives out (rules load.table, load.got).
 *
 * Interface:
 * - wp_slots_open, wp_slots_close: with the process.
 * - wp_slots_take, wp_slots_give: for a library's own table.
 * - wp_slot_of_func: the one slot of a function, for function addresses.
 *
 * Slots are kept as an address space of their own, where slot 0 is page 0: what modules grew is mapped, what libraries
 * have is reserved for them, what was taken back or lies above the table is free.
 */
#ifndef WP_SLOTS_H
#define WP_SLOTS_H

#include "process/load/library.h"

struct wp_func_slot {
    wp_link link;        /* by address */
    const void *address; /* of the function */
    uint64_t slot;
    bool is_own;               /* the slot was taken for this function */
    struct wp_func_slot *next; /* of the same library */
    struct wp_func_slot *next_added;
};

/* WP_EXHAUSTION: memory is short. */
WP_MUST_CHECK wp_status wp_slots_open(wp_process *process, wp_diag *diag);
/* Frees what is known of slots; harmless when closed. The table is the store's. */
void wp_slots_close(wp_process *process);

/* Reserves null slots for an owner, the first of them a multiple of 2^align. SPACE_DONE, SPACE_FULL or SPACE_NO_MEMORY. */
WP_MUST_CHECK space_result wp_slots_take(wp_process *process, uint64_t count, unsigned align, uint32_t owner, uint64_t *first);
/* Makes slots null and takes them back. */
void wp_slots_give(wp_process *process, uint64_t first, uint64_t count, uint32_t owner);
/* Makes the table as small as it was, when nothing above that is in use. */
void wp_slots_shorten(wp_process *process, uint64_t count);

/* A library's own table has been filled: its functions that are there have their slots. False: memory is short. */
WP_MUST_CHECK bool wp_slots_note(wp_library *library);
/* The slot of a function, one is taken if it has none yet; *added is then put before the list of those that were.
 * Results as above. */
WP_MUST_CHECK space_result wp_slot_of_func(wp_process *process, wp_func *func, wp_func_slot **added, uint64_t *slot);
/* Takes back what was added. */
void wp_slots_undo(wp_process *process, wp_func_slot *added);
/* Takes back all slots of a library's functions, and its own table. */
void wp_slots_release(wp_library *library);

#endif
