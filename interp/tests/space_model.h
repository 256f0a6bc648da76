/* space_model.h: a model of process/space/space.h with one entry per page, and operations on both. */
#ifndef WP_SPACE_MODEL_H
#define WP_SPACE_MODEL_H

#include "process/space/space.h"

#include "failing.h"
#include "random.h"
#include "tap.h"

enum { MODEL_MAX = 600 };

/* ---- The model ----------------------------------------------------------------------------------------------- */

typedef struct model {
    unsigned pages;
    unsigned char state[MODEL_MAX];
    unsigned char owner[MODEL_MAX];
} model;

static inline model model_new(unsigned pages) {
    model m = {.pages = pages};
    m.state[0] = SPACE_PROTECTED;
    return m;
}

static inline bool model_all(const model *m, uint64_t first, uint64_t count, space_set allowed) {
    for (uint64_t p = first; p < first + count; p++)
        if ((SPACE_BIT(m->state[p]) & allowed) == 0)
            return false;
    return true;
}

static inline bool model_inside(const model *m, uint64_t first, uint64_t count) {
    return count > 0 && first + count <= m->pages;
}

/* The lowest place for `count` free pages at a multiple of `unit`; 0 if no place is large enough. */
static inline uint64_t model_place(const model *m, uint64_t count, uint64_t unit) {
    for (uint64_t p = unit == 1 ? 1 : unit; p + count <= m->pages; p += unit)
        if (model_all(m, p, count, SPACE_BIT(SPACE_FREE)))
            return p;
    return 0;
}

static inline void model_set(model *m, uint64_t first, uint64_t count, space_state state, unsigned owner) {
    for (uint64_t p = first; p < first + count; p++) {
        m->state[p] = (unsigned char)state;
        m->owner[p] = (unsigned char)owner;
    }
}

static inline bool model_owned(const model *m, uint64_t first, uint64_t count, unsigned owner) {
    for (uint64_t p = first; p < first + count; p++)
        if ((m->state[p] != SPACE_RESERVED && m->state[p] != SPACE_GUARD) || m->owner[p] != owner)
            return false;
    return true;
}

/* ---- Operations on both -------------------------------------------------------------------------------------- */

typedef enum op_kind { OP_MAP, OP_UNMAP, OP_RESERVE, OP_GUARD, OP_RELEASE } op_kind;

typedef struct op {
    op_kind kind;
    uint64_t first; /* or hint, or alignment exponent */
    uint64_t count;
    unsigned owner;
} op;

/* The model's result of an operation. *place: of a mapping, or of a reservation without alignment. */
static inline space_result model_apply(model *m, const op *o, uint64_t *place) {
    bool inside = model_inside(m, o->first, o->count);
    space_set loose = SPACE_BIT(SPACE_FREE) | SPACE_BIT(SPACE_MAPPED);
    *place = 0;
    switch (o->kind) {
    case OP_MAP:
        if (o->count == 0)
            return SPACE_OUTSIDE;
        if (o->first != 0 && inside && model_all(m, o->first, o->count, SPACE_BIT(SPACE_FREE)))
            *place = o->first;
        else
            *place = model_place(m, o->count, 1);
        if (*place == 0)
            return SPACE_FULL;
        model_set(m, *place, o->count, SPACE_MAPPED, 0);
        return o->first == 0 ? SPACE_DONE : *place == o->first ? SPACE_AT_HINT : SPACE_ELSEWHERE;
    case OP_UNMAP:
        if (!inside || o->first == 0)
            return SPACE_OUTSIDE;
        if (!model_all(m, o->first, o->count, loose))
            return SPACE_HELD;
        if (model_all(m, o->first, o->count, SPACE_BIT(SPACE_FREE)))
            return SPACE_NOTHING;
        model_set(m, o->first, o->count, SPACE_FREE, 0);
        return SPACE_DONE;
    case OP_RESERVE:
        if (o->count == 0)
            return SPACE_OUTSIDE;
        *place = model_place(m, o->count, (uint64_t)1 << o->first);
        return *place == 0 ? SPACE_FULL : SPACE_DONE; /* the caller marks the place that the space chose */
    default:
        if (!inside)
            return SPACE_OUTSIDE;
        if (!model_owned(m, o->first, o->count, o->owner))
            return SPACE_HELD;
        model_set(m, o->first, o->count, o->kind == OP_GUARD ? SPACE_GUARD : SPACE_FREE,
                  o->kind == OP_GUARD ? o->owner : 0);
        return SPACE_DONE;
    }
}

static inline space_result space_apply(space *s, const op *o, uint64_t *place) {
    *place = 0;
    switch (o->kind) {
    case OP_MAP: return space_map(s, o->first, o->count, place);
    case OP_UNMAP: return space_unmap(s, o->first, o->count);
    case OP_RESERVE: return space_reserve(s, o->count, (unsigned)o->first, o->owner, place);
    case OP_GUARD: return space_guard(s, o->first, o->count, o->owner);
    default: return space_release(s, o->first, o->count, o->owner);
    }
}

/* Applies an operation to both; false if they differ. */
static inline bool step(space *s, model *m, const op *o) {
    uint64_t wanted, got;
    space_result expected = model_apply(m, o, &wanted), result = space_apply(s, o, &got);
    if (expected != result)
        return false;
    if (o->kind == OP_MAP)
        return wanted == got;
    if (o->kind != OP_RESERVE || result != SPACE_DONE)
        return true;
    if (got % ((uint64_t)1 << o->first) != 0 || got == 0 || !model_inside(m, got, o->count) ||
        !model_all(m, got, o->count, SPACE_BIT(SPACE_FREE)))
        return false;
    model_set(m, got, o->count, SPACE_RESERVED, o->owner);
    return true;
}

/* Whether every query about every run of pages has the model's answer, and ranges are maximal. */
static inline bool agree(const space *s, const model *m, bool all_runs) {
    unsigned page = 0;
    while (page < m->pages) {
        space_range r = space_range_at(s, page);
        if (r.first != page || r.count == 0 || r.first + r.count > m->pages)
            return false;
        for (unsigned i = page; i < page + r.count; i++)
            if (r.state != (space_state)m->state[i] || r.owner != m->owner[i] || space_range_at(s, i).first != page)
                return false;
        page += (unsigned)r.count;
        if (page < m->pages && m->state[page] == m->state[page - 1] && m->owner[page] == m->owner[page - 1])
            return false;
    }
    for (unsigned first = 0; all_runs && first < m->pages; first++) {
        space_set set = 0;
        for (unsigned last = first; last < m->pages; last++) {
            set |= SPACE_BIT(m->state[last]);
            if (space_states(s, first, last - first + 1) != set)
                return false;
        }
    }
    return true;
}

/* ---- Random operations --------------------------------------------------------------------------------------- */

static inline op random_op(uint64_t *seed, unsigned pages) {
    op o = {OP_MAP, next_random(seed) % (pages + 2), next_random(seed) % 8, (unsigned)(next_random(seed) % 3 + 1)};
    unsigned kind = (unsigned)(next_random(seed) % 16);
    if (next_random(seed) % 16 == 0)
        o.count = next_random(seed) % (pages + 2);
    o.kind = kind < 6 ? OP_MAP : kind < 11 ? OP_UNMAP : kind < 13 ? OP_RESERVE : kind < 14 ? OP_GUARD : OP_RELEASE;
    if (o.kind == OP_RESERVE)
        o.first = next_random(seed) % 4;
    return o;
}

/* ---- Random placement ---------------------------------------------------------------------------------------- */

/* The generator SplitMix64, from its definition: a seed gives the same places on every host. */
static inline uint64_t next_split_mix(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline bool model_is_free(const model *m, uint64_t page) {
    return m->state[page] == SPACE_FREE;
}

/* The length of the free range that begins at a page; 0 if none begins there. */
static inline uint64_t model_hole(const model *m, uint64_t first) {
    uint64_t count = 0;
    if (model_is_free(m, first - 1))
        return 0;
    while (first + count < m->pages && model_is_free(m, first + count))
        count++;
    return count;
}

/* The free range of at least `count` pages around a page, else the lowest above it, else the lowest of all; 0 if no
 * range is large enough. */
static inline uint64_t model_choose(const model *m, uint64_t page, uint64_t count) {
    uint64_t start = page;
    while (start > 0 && model_is_free(m, start) && model_is_free(m, start - 1))
        start--;
    for (uint64_t first = start == 0 ? 1 : start; first < m->pages; first++)
        if (model_hole(m, first) >= count)
            return first;
    for (uint64_t first = 1; first < m->pages; first++)
        if (model_hole(m, first) >= count)
            return first;
    return 0;
}

/* The place of `count` pages in a free range, at one of the multiples of a unit, chosen by a number; 0 if none fits. */
static inline uint64_t model_aligned(const model *m, uint64_t first, uint64_t count, uint64_t unit, uint64_t number) {
    uint64_t end = first + model_hole(m, first), lowest = (first + unit - 1) / unit * unit, places = 0;
    for (uint64_t place = lowest; place + count <= end; place += unit)
        places++;
    return places == 0 ? 0 : lowest + unit * (number % places);
}

/* The place of a mapping or a reservation, chosen by two numbers; 0 if none fits. */
static inline uint64_t model_place_by(const model *m, const op *o, uint64_t number, uint64_t other) {
    uint64_t unit = o->kind == OP_RESERVE ? (uint64_t)1 << o->first : 1;
    if (o->count > m->pages)
        return 0;
    uint64_t place = 0, first = model_choose(m, number % m->pages, o->count + unit - 1);
    if (first != 0)
        return model_aligned(m, first, o->count, unit, other);
    for (first = 1; place == 0 && first < m->pages; first++)
        if (model_hole(m, first) != 0)
            place = model_aligned(m, first, o->count, unit, other);
    return place;
}

/* Applies an operation to both, with random placement; false if they differ. */
static inline bool step_at_random(space *s, model *m, const op *o, uint64_t *state) {
    uint64_t wanted = 0, got = 0, after = *state, place = 0;
    uint64_t number = next_split_mix(&after), other = next_split_mix(&after);
    bool at_hint = o->kind == OP_MAP && o->first != 0 && model_inside(m, o->first, o->count) &&
                   model_all(m, o->first, o->count, SPACE_BIT(SPACE_FREE));
    if (o->count != 0 && (o->kind == OP_RESERVE || o->kind == OP_MAP))
        place = at_hint ? o->first : model_place_by(m, o, number, other);
    model before = *m;
    space_result expected = model_apply(m, o, &wanted), result = space_apply(s, o, &got);
    if (expected != result && !(expected == SPACE_AT_HINT && !at_hint && result == SPACE_ELSEWHERE))
        return false;
    if ((o->kind != OP_MAP && o->kind != OP_RESERVE) || result == SPACE_OUTSIDE || result == SPACE_FULL)
        return true;
    *m = before;
    model_set(m, place, o->count, o->kind == OP_MAP ? SPACE_MAPPED : SPACE_RESERVED, o->kind == OP_MAP ? 0 : o->owner);
    if (!at_hint)
        *state = after;
    return place == got;
}

#endif
