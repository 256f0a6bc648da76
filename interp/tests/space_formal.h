/* space_formal.h: spec/model/space.pml in C, operation by operation: the list of outcomes that each may have in a
 * state, one for each choice that the specification leaves. test_space_exhaustive.c prints them for
 * spec/model/check_formal.py, which compares them with the formal model.
 */
#ifndef WP_SPACE_FORMAL_H
#define WP_SPACE_FORMAL_H

#include "process/space/space.h"

#include <stdbool.h>

/* ---- The model ----------------------------------------------------------------------------------------------- */

enum { OWNERS = 2, PAGES_MAX = 8 };

/* A set of pages: bit p is page p. */
typedef unsigned set;

typedef struct model {
    unsigned pages;
    unsigned bug; /* number of a bug of the formal model; 0: without */
    set protected_page, free, mapped, reserved[OWNERS], guard;
} model;

typedef struct outcome {
    unsigned result; /* a space_result; the answer of a query; the length of the range of ASK_RANGE */
    unsigned first;
    model after;
} outcome;

/* At most one for each page, and one for failing memory. */
typedef struct outcomes {
    unsigned count;
    outcome of[PAGES_MAX + 1];
} outcomes;

typedef enum op_kind {
    OP_MAP = 1,
    OP_UNMAP,
    OP_RESERVE,
    OP_GUARD,
    OP_RELEASE,
    /* These change no page. The formal model does not have them. */
    OP_PREPARE,
    ASK_PLACE,
    ASK_UNMAPPABLE,
    ASK_CONTAINS,
    ASK_STATES,
    ASK_RANGE
} op_kind;

typedef struct op {
    op_kind kind;
    unsigned start; /* or hint, or page */
    unsigned count;
    unsigned unit; /* of OP_RESERVE: 1 or 2 */
    unsigned owner;
} op;

static inline set run_of(unsigned first, unsigned count) {
    return ((1u << count) - 1) << first;
}

static inline bool includes(set all, set some) {
    return (all & some) == some;
}

static inline bool inside(const model *m, unsigned first, unsigned count) {
    return count != 0 && first + count <= m->pages;
}

static inline bool is_free(const model *m, unsigned first, unsigned count) {
    return inside(m, first, count) && includes(m->free, run_of(first, count));
}

static inline model model_new(unsigned pages, unsigned bug) {
    return (model){.pages = pages, .bug = bug, .protected_page = 1, .free = run_of(0, pages) & ~1u};
}

static inline model *add(outcomes *out, unsigned result, unsigned first, const model *after) {
    out->of[out->count] = (outcome){result, first, *after};
    return &out->of[out->count++].after;
}

static inline void add_mapping(outcomes *out, const model *m, unsigned result, unsigned first, unsigned count) {
    model *after = add(out, result, first, m);
    after->free &= ~run_of(first, count);
    after->mapped |= run_of(first, count);
}

static inline void add_no_memory(outcomes *out, const model *m) {
    add(out, SPACE_NO_MEMORY, 0, m);
}

static inline bool can_be_at(const model *m, unsigned hint, unsigned count) {
    if (hint == 0)
        return false;
    if (m->bug == 3)
        return is_free(m, hint, 1) && inside(m, hint, count);
    return is_free(m, hint, count + (m->bug == 7 ? 1 : 0));
}

static inline void model_map(const model *m, unsigned hint, unsigned count, outcomes *out) {
    if (count == 0) {
        add(out, SPACE_OUTSIDE, 0, m);
        return;
    }
    if (can_be_at(m, hint, count)) {
        add_mapping(out, m, SPACE_AT_HINT, hint, count);
    } else {
        for (unsigned page = 1; page + count <= m->pages; page++)
            if (is_free(m, page, count + (m->bug == 8 ? 1 : 0)))
                add_mapping(out, m, hint == 0 ? SPACE_DONE : SPACE_ELSEWHERE, page, count);
    }
    if (out->count == 0)
        add(out, SPACE_FULL, 0, m);
    else
        add_no_memory(out, m);
}

static inline void model_unmap(const model *m, unsigned start, unsigned count, outcomes *out) {
    set range = run_of(start, count), loose = m->free | m->mapped | (m->bug == 2 ? m->protected_page : 0);
    if (!inside(m, start, count) || (m->bug != 2 && start == 0)) {
        add(out, SPACE_OUTSIDE, 0, m);
    } else if (!includes(loose, range)) {
        model *after = add(out, SPACE_HELD, 0, m);
        if (m->bug == 4) {
            after->free |= range & m->mapped;
            after->mapped &= ~range;
        }
    } else if (is_free(m, start, count)) {
        add(out, SPACE_NOTHING, 0, m);
    } else {
        model *after = add(out, SPACE_DONE, 0, m);
        after->free |= range;
        after->mapped &= m->bug == 1 ? ~0u : ~range;
        after->protected_page &= ~range;
        add_no_memory(out, m);
    }
}

static inline void model_reserve(const model *m, unsigned count, unsigned unit, unsigned owner, outcomes *out) {
    if (count == 0) {
        add(out, SPACE_OUTSIDE, 0, m);
        return;
    }
    for (unsigned page = m->bug == 12 ? 1 : unit; page + count <= m->pages; page += unit) {
        if (!is_free(m, page, count))
            continue;
        model *after = add(out, SPACE_DONE, page, m);
        after->free &= ~run_of(page, count);
        after->reserved[owner] |= run_of(page, count);
    }
    if (out->count == 0)
        add(out, SPACE_FULL, 0, m);
    else
        add_no_memory(out, m);
}

static inline void model_guard(const model *m, unsigned start, unsigned count, unsigned owner, outcomes *out) {
    set range = run_of(start, count);
    if (!inside(m, start, count)) {
        add(out, SPACE_OUTSIDE, 0, m);
    } else if (!includes(m->reserved[owner], range)) {
        add(out, SPACE_HELD, 0, m);
    } else {
        add(out, SPACE_DONE, 0, m)->guard |= m->bug == 9 ? 0 : range;
        add_no_memory(out, m);
    }
}

static inline void model_release(const model *m, unsigned start, unsigned count, unsigned owner, outcomes *out) {
    set range = run_of(start, count), any_owner = m->reserved[0] | m->reserved[1];
    if (!inside(m, start, count)) {
        add(out, SPACE_OUTSIDE, 0, m);
    } else if (!includes(m->bug == 6 ? any_owner : m->reserved[owner], range)) {
        add(out, SPACE_HELD, 0, m);
    } else {
        model *after = add(out, SPACE_DONE, 0, m);
        after->free |= range;
        after->guard &= m->bug == 18 ? 0 : ~range;
        after->reserved[0] &= ~range;
        after->reserved[1] &= ~range;
        if (range != m->reserved[owner])
            add_no_memory(out, m);
    }
}

static inline space_set states_of(const model *m, unsigned first, unsigned count) {
    set range = run_of(first, count), reserved = m->reserved[0] | m->reserved[1];
    return ((m->free & range) != 0 ? SPACE_BIT(SPACE_FREE) : 0) |
           ((m->mapped & range) != 0 ? SPACE_BIT(SPACE_MAPPED) : 0) |
           ((reserved & ~m->guard & range) != 0 ? SPACE_BIT(SPACE_RESERVED) : 0) |
           ((m->guard & range) != 0 ? SPACE_BIT(SPACE_GUARD) : 0) |
           ((m->protected_page & range) != 0 ? SPACE_BIT(SPACE_PROTECTED) : 0);
}

static inline bool are_alike(const model *m, unsigned page, unsigned other) {
    set sets[] = {m->protected_page, m->free, m->mapped, m->reserved[0], m->reserved[1], m->guard};
    for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if ((sets[i] >> page & 1) != (sets[i] >> other & 1))
            return false;
    return true;
}

/* The maximal range of equal pages around a page. */
static inline void model_range(const model *m, unsigned page, outcomes *out) {
    unsigned first = page, end = page + 1;
    while (first > 0 && are_alike(m, page, first - 1))
        first--;
    while (end < m->pages && are_alike(m, page, end))
        end++;
    add(out, end - first, first, m);
}

/* Turns the outcomes of an operation into those of the query for it. */
static inline void ask(const model *m, outcomes *out) {
    if (out->of[out->count - 1].result == SPACE_NO_MEMORY)
        out->count--;
    for (unsigned i = 0; i < out->count; i++)
        out->of[i].after = *m;
}

/* All outcomes that an operation may have. */
static inline void model_apply(const model *m, const op *o, outcomes *out) {
    out->count = 0;
    switch (o->kind) {
    case OP_MAP:
    case ASK_PLACE: model_map(m, o->start, o->count, out); break;
    case OP_UNMAP:
    case ASK_UNMAPPABLE: model_unmap(m, o->start, o->count, out); break;
    case OP_RESERVE: model_reserve(m, o->count, o->unit, o->owner, out); break;
    case OP_GUARD: model_guard(m, o->start, o->count, o->owner, out); break;
    case OP_RELEASE: model_release(m, o->start, o->count, o->owner, out); break;
    case OP_PREPARE:
        add(out, SPACE_DONE, 0, m);
        add_no_memory(out, m);
        break;
    case ASK_CONTAINS: add(out, inside(m, o->start, o->count) ? 1 : 0, 0, m); break;
    case ASK_STATES: add(out, states_of(m, o->start, o->count), 0, m); break;
    case ASK_RANGE: model_range(m, o->start, out); break;
    }
    if (o->kind == ASK_PLACE || o->kind == ASK_UNMAPPABLE)
        ask(m, out);
}

static inline bool same_pages(const model *a, const model *b) {
    return a->protected_page == b->protected_page && a->free == b->free && a->mapped == b->mapped &&
           a->reserved[0] == b->reserved[0] && a->reserved[1] == b->reserved[1] && a->guard == b->guard;
}

#endif
