/* table.h: table instances: references by index, bounds-checked. */
#ifndef WP_TABLE_H
#define WP_TABLE_H

#include "core/engine.h"
#include "core/trap.h"

struct wp_store;

typedef struct wp_table {
    uint64_t *refs; /* a cell each; 0 is null */
    uint64_t count;
    uint64_t capacity;
    wp_limits limits;
    wp_valtype element; /* canonical */
    struct wp_store *store;
    struct wp_table *next; /* in the store's list */
} wp_table;

/* A table of limits.min elements, each `init`, owned by the store. */
WP_MUST_CHECK wp_status wp_table_create(struct wp_store *store, wp_valtype element, wp_limits limits, uint64_t init,
                                        wp_table **out, wp_diag *diag);
void wp_table_release(wp_table *table);
/* Returns the old size, or UINT64_MAX and nothing has changed. */
uint64_t wp_table_grow(wp_table *table, uint64_t delta, uint64_t init);
wp_trap wp_table_get(const wp_table *table, uint64_t index, uint64_t *ref);
wp_trap wp_table_set(wp_table *table, uint64_t index, uint64_t ref);
wp_trap wp_table_fill(wp_table *table, uint64_t index, uint64_t ref, uint64_t count);
wp_trap wp_table_copy(wp_table *to, uint64_t to_index, wp_table *from, uint64_t from_index, uint64_t count);
/* refs holds `available` references; offset and count select from them (table.init). */
wp_trap wp_table_init(wp_table *table, uint64_t index, const uint64_t *refs, uint64_t available, uint64_t offset,
                      uint64_t count);

#endif
