/* test_table.c: table instances against a model, an array of references. */
#include "core/run/store.h"

#include "core/run/store.h"
#include "core_fixture.h"
#include "random.h"

enum { SIZE = 40 };

static wp_table *new_table(fixture *x, wp_limits limits, uint64_t init) {
    wp_table *table = NULL;
    fixture_must(x, wp_table_create(x->store, WP_T_EXTERNREF, limits, init, &table, &x->diag) == WP_OK, "table");
    return table;
}

static bool inside(uint64_t index, uint64_t count, uint64_t size) {
    return index <= size && count <= size - index;
}

/* Applies an operation to two tables and their models; false if they differ. */
static bool step(wp_table *const tables[2], uint64_t models[2][SIZE], uint64_t *state) {
    uint64_t r = next_random(state), to = (r >> 8) % (SIZE + 2), from = (r >> 16) % (SIZE + 2),
             count = (r >> 24) % (SIZE + 2);
    uint64_t ref = 2 * (r >> 40), found = 0;
    unsigned a = r & 1, b = r >> 1 & 1;
    switch (r >> 2 & 7) {
    case 0:
    case 1:
        if (wp_table_set(tables[a], to, ref) != (to < SIZE ? WP_TRAP_none : WP_TRAP_table_bounds))
            return false;
        if (to < SIZE)
            models[a][to] = ref;
        return true;
    case 2:
    case 3:
        if (wp_table_get(tables[a], from, &found) != (from < SIZE ? WP_TRAP_none : WP_TRAP_table_bounds))
            return false;
        return from >= SIZE || found == models[a][from];
    case 4: {
        bool allowed = inside(to, count, SIZE);
        if (wp_table_fill(tables[a], to, ref, count) != (allowed ? WP_TRAP_none : WP_TRAP_table_bounds))
            return false;
        for (uint64_t i = 0; allowed && i < count; i++)
            models[a][to + i] = ref;
        return true;
    }
    case 5: {
        const uint64_t refs[SIZE] = {ref, ref + 2, ref + 4};
        bool allowed = inside(to, count, SIZE) && inside(from, count, SIZE - 5);
        if (wp_table_init(tables[a], to, refs, SIZE - 5, from, count) !=
            (allowed ? WP_TRAP_none : WP_TRAP_table_bounds))
            return false;
        for (uint64_t i = 0; allowed && i < count; i++)
            models[a][to + i] = refs[from + i];
        return true;
    }
    default: {
        bool allowed = inside(to, count, SIZE) && inside(from, count, SIZE);
        if (wp_table_copy(tables[a], to, tables[b], from, count) != (allowed ? WP_TRAP_none : WP_TRAP_table_bounds))
            return false;
        if (allowed)
            memmove(models[a] + to, models[b] + from, count * sizeof models[a][0]);
        return true;
    }
    }
}

static void test_random(tap *t) {
    enum { STEPS = 100000 };
    fixture x;
    fixture_open_store(&x, t);
    wp_limits limits = {.min = SIZE};
    wp_table *const tables[2] = {new_table(&x, limits, 0), new_table(&x, limits, 0)};
    static uint64_t models[2][SIZE];
    uint64_t state = 88172645463325252;
    bool right = true;
    for (int i = 0; i < STEPS && right; i++)
        right = step(tables, models, &state);
    for (int k = 0; k < 2; k++)
        right = right && EQ_BYTES(tables[k]->refs, models[k], sizeof models[k]);
    tap_ok(t, right, "%d operations agree with the model", STEPS);
    uint64_t refs[1] = {0};
    tap_ok(t,
           EQ(wp_table_fill(tables[0], UINT64_MAX, 0, 1), WP_TRAP_table_bounds) &&
               EQ(wp_table_fill(tables[0], 1, 0, UINT64_MAX), WP_TRAP_table_bounds) &&
               EQ(wp_table_copy(tables[0], 0, tables[1], UINT64_MAX, 2), WP_TRAP_table_bounds) &&
               EQ(wp_table_init(tables[0], 0, refs, 1, UINT64_MAX, 2), WP_TRAP_table_bounds),
           "ranges that would wrap are out of bounds");
    fixture_close(&x, "random operations");
}

static void test_grow(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_limits limits = {.min = 1, .max = 6, .has_max = true}, wide = {.min = 0, .is64 = true};
    wp_table *table = new_table(&x, limits, 8);
    tap_ok(t, EQ(wp_table_grow(table, 0, 2), 1) && EQ(wp_table_grow(table, 2, 4), 1) && EQ(table->count, 3),
           "growing gives the old size");
    tap_ok(t, EQ(table->refs[0], 8) && EQ(table->refs[1], 4) && EQ(table->refs[2], 4),
           "new elements have the given value");
    tap_ok(t,
           EQ(wp_table_grow(table, 4, 0), UINT64_MAX) && EQ(wp_table_grow(table, UINT64_MAX, 0), UINT64_MAX) &&
               EQ(table->count, 3),
           "growing over the maximum fails");
    bool single = true;
    for (uint64_t i = 3; i < 6; i++)
        single = single && EQ(wp_table_grow(table, 1, 2 * i), i);
    for (uint64_t i = 3; i < 6; i++)
        single = single && EQ(table->refs[i], 2 * i);
    tap_ok(t, CHECK(single) && EQ(table->count, 6), "growing by single elements, up to the maximum");

    fixture_limit(&x, "table_elements", 100);
    table = new_table(&x, wide, 0);
    tap_ok(t,
           EQ(wp_table_grow(table, 101, 0), UINT64_MAX) && EQ(wp_table_grow(table, 100, 0), 0) &&
               EQ(wp_table_grow(table, 1, 0), UINT64_MAX),
           "growing over the limit fails");
    fixture_limit(&x, "table_elements", 1000);
    failing_start(&x.f, 1);
    tap_ok(t, EQ(wp_table_grow(table, 500, 0), UINT64_MAX) && EQ(table->count, 100), "growing out of memory fails");
    for (size_t k = 1; k <= 2; k++) {
        failing_start(&x.f, k);
        tap_ok(t,
               FAILS(&x, wp_table_create(x.store, WP_T_FUNCREF, limits, 0, &table, fresh(&x)), WP_EXHAUSTION,
                     "out of memory"),
               "creation out of memory fails");
    }
    failing_stop(&x.f);
    fixture_close(&x, "growing");
}

int main(void) {
    tap t = {0};
    test_random(&t);
    test_grow(&t);
    return tap_done(&t);
}
