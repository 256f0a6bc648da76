/* test_space_exhaustive.c: process/space/space.c against the formal model, in every state that a small space can be in.
 *
 * - The model below is spec/model/space.pml in C, operation by operation: what each may do in a state is a list of
 *   outcomes, one for each choice that the specification leaves. `test_space_exhaustive --relation PAGES` prints all of
 *   them, for spec/model/check_formal.py to compare with what the verifier prints for the model itself.
 * - A space is as its memory is, down to the form of its tree. All memory comes from an arena here, which can be copied
 *   and put back: so every operation, with every argument, and with every allocation failing in turn, is tried from one
 *   and the same space. Each space that this makes is tried likewise, until no new one is found: then the test has seen
 *   what any sequence of operations can lead to, however long. For larger spaces it keeps only some for each state.
 * - At the end the model is given bugs: each must be found.
 *
 * The program is built with a space.c whose nodes are small, so that few ranges make a tree of several levels.
 *
 * `test_space_exhaustive PAGES [MOST]` does one search, on spaces of so many pages, 2 to 8, keeping MOST spaces for
 * each state of the pages, or all.
 */
#include "process/space/space.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- The model ----------------------------------------------------------------------------------------------- */

enum { OWNERS = 2, PAGES_MAX = 8 };

/* A set of pages: bit p is page p. */
typedef unsigned set;

typedef struct model {
    unsigned pages;
    unsigned bug; /* as in the formal model; 0: none */
    set protected_page, free, mapped, reserved[OWNERS], guard;
} model;

typedef struct outcome {
    unsigned result; /* a space_result; of a question its answer, of ASK_RANGE the length of the range */
    unsigned first;
    model after;
} outcome;

/* One for each page, and one for want of memory. */
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
    /* Those that follow change no page. The formal model does not have them. */
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

static set run_of(unsigned first, unsigned count) {
    return ((1u << count) - 1) << first;
}

static bool includes(set all, set some) {
    return (all & some) == some;
}

static bool inside(const model *m, unsigned first, unsigned count) {
    return count != 0 && first + count <= m->pages;
}

static bool is_free(const model *m, unsigned first, unsigned count) {
    return inside(m, first, count) && includes(m->free, run_of(first, count));
}

static model model_new(unsigned pages, unsigned bug) {
    return (model){.pages = pages, .bug = bug, .protected_page = 1, .free = run_of(0, pages) & ~1u};
}

static model *add(outcomes *out, unsigned result, unsigned first, const model *after) {
    out->of[out->count] = (outcome){result, first, *after};
    return &out->of[out->count++].after;
}

static void add_mapping(outcomes *out, const model *m, unsigned result, unsigned first, unsigned count) {
    model *after = add(out, result, first, m);
    after->free &= ~run_of(first, count);
    after->mapped |= run_of(first, count);
}

static void add_no_memory(outcomes *out, const model *m) {
    add(out, SPACE_NO_MEMORY, 0, m);
}

static bool can_be_at(const model *m, unsigned hint, unsigned count) {
    if (hint == 0)
        return false;
    if (m->bug == 3)
        return is_free(m, hint, 1) && inside(m, hint, count);
    return is_free(m, hint, count + (m->bug == 7 ? 1 : 0));
}

static void model_map(const model *m, unsigned hint, unsigned count, outcomes *out) {
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

static void model_unmap(const model *m, unsigned start, unsigned count, outcomes *out) {
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

static void model_reserve(const model *m, unsigned count, unsigned unit, unsigned owner, outcomes *out) {
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

static void model_guard(const model *m, unsigned start, unsigned count, unsigned owner, outcomes *out) {
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

static void model_release(const model *m, unsigned start, unsigned count, unsigned owner, outcomes *out) {
    set range = run_of(start, count), everyones = m->reserved[0] | m->reserved[1];
    if (!inside(m, start, count)) {
        add(out, SPACE_OUTSIDE, 0, m);
    } else if (!includes(m->bug == 6 ? everyones : m->reserved[owner], range)) {
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

static space_set states_of(const model *m, unsigned first, unsigned count) {
    set range = run_of(first, count), reserved = m->reserved[0] | m->reserved[1];
    return ((m->free & range) != 0 ? SPACE_BIT(SPACE_FREE) : 0) |
           ((m->mapped & range) != 0 ? SPACE_BIT(SPACE_MAPPED) : 0) |
           ((reserved & ~m->guard & range) != 0 ? SPACE_BIT(SPACE_RESERVED) : 0) |
           ((m->guard & range) != 0 ? SPACE_BIT(SPACE_GUARD) : 0) |
           ((m->protected_page & range) != 0 ? SPACE_BIT(SPACE_PROTECTED) : 0);
}

static bool are_alike(const model *m, unsigned page, unsigned other) {
    set sets[] = {m->protected_page, m->free, m->mapped, m->reserved[0], m->reserved[1], m->guard};
    for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if ((sets[i] >> page & 1) != (sets[i] >> other & 1))
            return false;
    return true;
}

/* The pages around a page that are like it. */
static void model_range(const model *m, unsigned page, outcomes *out) {
    unsigned first = page, end = page + 1;
    while (first > 0 && are_alike(m, page, first - 1))
        first--;
    while (end < m->pages && are_alike(m, page, end))
        end++;
    add(out, end - first, first, m);
}

/* What an operation would do that is not done. */
static void ask(const model *m, outcomes *out) {
    if (out->of[out->count - 1].result == SPACE_NO_MEMORY)
        out->count--;
    for (unsigned i = 0; i < out->count; i++)
        out->of[i].after = *m;
}

/* All that an operation may do. */
static void model_apply(const model *m, const op *o, outcomes *out) {
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

static bool same_pages(const model *a, const model *b) {
    return a->protected_page == b->protected_page && a->free == b->free && a->mapped == b->mapped &&
           a->reserved[0] == b->reserved[0] && a->reserved[1] == b->reserved[1] && a->guard == b->guard;
}

/* ---- Operations ---------------------------------------------------------------------------------------------- */

enum { OPS_MAX = 2000 };

/* All operations of the formal model with all arguments, runs that leave the space by a page among them. */
static unsigned all_ops(unsigned pages, op *ops) {
    unsigned n = 0;
    for (unsigned start = 0; start <= pages + 1; start++)
        for (unsigned count = 0; count <= pages + 1; count++) {
            ops[n++] = (op){OP_MAP, start, count, 0, 0};
            ops[n++] = (op){OP_UNMAP, start, count, 0, 0};
            for (unsigned owner = 0; owner < OWNERS; owner++) {
                ops[n++] = (op){OP_GUARD, start, count, 0, owner};
                ops[n++] = (op){OP_RELEASE, start, count, 0, owner};
            }
        }
    for (unsigned count = 0; count <= pages + 1; count++)
        for (unsigned owner = 0; owner < OWNERS; owner++)
            for (unsigned unit = 1; unit <= 2; unit++)
                ops[n++] = (op){OP_RESERVE, 0, count, unit, owner};
    return n;
}

/* The others. What a question is answered from may be what is left of another, so these are operations as well. */
static unsigned all_questions(unsigned pages, op *ops) {
    unsigned n = 0;
    ops[n++] = (op){OP_PREPARE, 0, 0, 0, 0};
    for (unsigned start = 0; start <= pages + 1; start++)
        for (unsigned count = 0; count <= pages + 1; count++) {
            ops[n++] = (op){ASK_PLACE, start, count, 0, 0};
            ops[n++] = (op){ASK_UNMAPPABLE, start, count, 0, 0};
            ops[n++] = (op){ASK_CONTAINS, start, count, 0, 0};
            if (count != 0 && start + count <= pages)
                ops[n++] = (op){ASK_STATES, start, count, 0, 0};
        }
    for (unsigned page = 0; page < pages; page++)
        ops[n++] = (op){ASK_RANGE, page, 0, 0, 0};
    return n;
}

/* ---- The arena ----------------------------------------------------------------------------------------------- */

enum { ARENA_SIZE = 1 << 16, BLOCKS_MAX = 256, ALIGNMENT = 16 };

typedef struct block {
    uint32_t offset, size;
} block;

/* Blocks lie in order of their offsets, each in the first gap that is large enough; what is free is zero. */
typedef struct arena {
    size_t calls;    /* allocations */
    size_t failures; /* of them */
    size_t fail_at;  /* that one and all that follow fail; 0: none */
    size_t mistakes; /* blocks given back that are none, or of another size */
    uint32_t nblocks;
    block blocks[BLOCKS_MAX];
    _Alignas(ALIGNMENT) uint8_t bytes[ARENA_SIZE];
} arena;

static uint32_t end_of(const arena *a, uint32_t nblocks) {
    if (nblocks == 0)
        return 0;
    const block *b = &a->blocks[nblocks - 1];
    return (b->offset + b->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void *arena_take(arena *a, size_t size) {
    uint32_t i = 0;
    while (i < a->nblocks && a->blocks[i].offset - end_of(a, i) < size)
        i++;
    uint32_t offset = end_of(a, i);
    if (a->nblocks == BLOCKS_MAX || size > ARENA_SIZE - offset)
        return NULL;
    memmove(&a->blocks[i + 1], &a->blocks[i], (a->nblocks - i) * sizeof a->blocks[0]);
    a->blocks[i] = (block){offset, (uint32_t)size};
    a->nblocks++;
    return a->bytes + offset;
}

static void arena_give(arena *a, const void *start, size_t size) {
    uint32_t i = 0;
    while (i < a->nblocks && a->bytes + a->blocks[i].offset != start)
        i++;
    if (i == a->nblocks || a->blocks[i].size != size) {
        a->mistakes++;
        return;
    }
    memset(a->bytes + a->blocks[i].offset, 0, size);
    a->nblocks--;
    memmove(&a->blocks[i], &a->blocks[i + 1], (a->nblocks - i) * sizeof a->blocks[0]);
}

static void *arena_resize(void *ctx, void *start, size_t old_size, size_t new_size) {
    arena *a = ctx;
    void *other = NULL;
    if (new_size != 0) {
        a->calls++;
        if (a->fail_at == 0 || a->calls < a->fail_at)
            other = arena_take(a, new_size);
        a->failures += other == NULL ? 1 : 0;
        if (other == NULL)
            return NULL;
        if (start != NULL)
            memcpy(other, start, old_size < new_size ? old_size : new_size);
    }
    if (start != NULL)
        arena_give(a, start, old_size);
    return other;
}

/* ---- Copies of spaces ---------------------------------------------------------------------------------------- */

/* What a space is, wherever its blocks lie: two numbers that its memory determines. */
typedef struct identity {
    uint64_t a, b;
} identity;

typedef struct copy {
    identity id;
    unsigned key; /* of the state of its pages */
    uint32_t nblocks, nbytes;
    uint8_t *memory; /* blocks, then bytes */
} copy;

static copy copy_of(const arena *a) {
    copy c = {.nblocks = a->nblocks, .nbytes = end_of(a, a->nblocks)};
    size_t blocks = c.nblocks * sizeof a->blocks[0];
    c.memory = malloc(blocks + c.nbytes);
    if (c.memory == NULL)
        abort();
    memcpy(c.memory, a->blocks, blocks);
    memcpy(c.memory + blocks, a->bytes, c.nbytes);
    return c;
}

static void put_back(arena *a, const copy *c) {
    uint32_t used = end_of(a, a->nblocks);
    size_t blocks = c->nblocks * sizeof a->blocks[0];
    memcpy(a->blocks, c->memory, blocks);
    memcpy(a->bytes, c->memory + blocks, c->nbytes);
    if (used > c->nbytes)
        memset(a->bytes + c->nbytes, 0, used - c->nbytes);
    a->nblocks = c->nblocks;
    a->calls = a->failures = a->fail_at = 0;
}

static void mix(identity *id, uint64_t word) {
    id->a = (id->a ^ word) * 0x9E3779B97F4A7C15u;
    id->a ^= id->a >> 29;
    id->b = (id->b + word) * 0xD6E8FEB86659FD93u;
    id->b ^= id->b >> 32;
}

/* Words that point to a block are replaced by the block's number, in the order in which they are met from the first
 * block on: so the form counts, and not the addresses. */
static identity identify(const arena *a) {
    identity id = {a->nblocks, a->nblocks};
    uint32_t order[BLOCKS_MAX], number[BLOCKS_MAX], met = 1;
    memset(number, 0xff, a->nblocks * sizeof number[0]);
    order[0] = number[0] = 0;
    for (uint32_t i = 0; i < met; i++) {
        const block *at = &a->blocks[order[i]];
        mix(&id, at->size);
        for (uint32_t k = 0; k + sizeof(uintptr_t) <= at->size; k += sizeof(uintptr_t)) {
            uintptr_t word, start = (uintptr_t)a->bytes;
            memcpy(&word, a->bytes + at->offset + k, sizeof word);
            uint32_t to = 0;
            while (to < a->nblocks && word - start - a->blocks[to].offset >= a->blocks[to].size)
                to++;
            if (to == a->nblocks) {
                mix(&id, word);
                continue;
            }
            if (number[to] == UINT32_MAX) {
                number[to] = met;
                order[met++] = to;
            }
            mix(&id, UINT64_MAX - number[to]);
            mix(&id, word - start - a->blocks[to].offset);
        }
    }
    return id;
}

/* ---- What a space is in -------------------------------------------------------------------------------------- */

enum { PAGE_KINDS = 6 };

/* A state of pages as a number; the model's are the digits, one for each page but the first. */
static unsigned key_of(const model *m) {
    unsigned key = 0;
    for (unsigned page = m->pages; --page > 0;) {
        unsigned digit = 0;
        if (m->mapped >> page & 1)
            digit = 1;
        for (unsigned owner = 0; owner < OWNERS; owner++)
            if (m->reserved[owner] >> page & 1)
                digit = 2 + 2 * owner + (m->guard >> page & 1);
        key = key * PAGE_KINDS + digit;
    }
    return key;
}

static unsigned count_keys(unsigned pages) {
    unsigned count = 1;
    while (--pages > 0)
        count *= PAGE_KINDS;
    return count;
}

/* The state of the pages that has a number. */
static model model_of(unsigned pages, unsigned key) {
    model m = model_new(pages, 0);
    m.free = 0;
    for (unsigned page = 1; page < pages; page++, key /= PAGE_KINDS) {
        unsigned digit = key % PAGE_KINDS;
        set bit = 1u << page;
        if (digit == 0)
            m.free |= bit;
        else if (digit == 1)
            m.mapped |= bit;
        else
            m.reserved[(digit - 2) / 2] |= bit;
        if (digit >= 2 && digit % 2 == 1)
            m.guard |= bit;
    }
    return m;
}

/* Puts the pages of a range into the sets of the model. False: no range of its state can be. */
static bool read_range(model *m, space_range r) {
    set range = run_of((unsigned)r.first, (unsigned)r.count);
    bool owned = r.state == SPACE_RESERVED || r.state == SPACE_GUARD;
    if (owned ? r.owner < 1 || r.owner > OWNERS : r.owner != 0)
        return false;
    switch (r.state) {
    case SPACE_FREE: m->free |= range; break;
    case SPACE_MAPPED: m->mapped |= range; break;
    case SPACE_PROTECTED: m->protected_page |= range; break;
    case SPACE_GUARD: m->guard |= range; /* fall through */
    default: m->reserved[r.owner - 1] |= range; break;
    }
    return true;
}

/* The pages of a space. False: its ranges do not follow one another, or are not as long as they can be. */
static bool read_space(const space *s, unsigned pages, model *m) {
    *m = (model){.pages = pages};
    space_range last = {0, 0, SPACE_FREE, UINT32_MAX};
    while (last.first + last.count < pages) {
        uint64_t page = last.first + last.count;
        space_range r = space_range_at(s, page);
        if (r.first != page || r.count == 0 || r.count > pages - page || !read_range(m, r) ||
            (r.state == last.state && r.owner == last.owner))
            return false;
        last = r;
    }
    return space_pages(s) == pages;
}

/* ---- The search ---------------------------------------------------------------------------------------------- */

typedef struct search {
    arena *arena;
    unsigned pages;
    unsigned bug;
    unsigned most;  /* copies that are kept for one state of the pages; 0: all */
    unsigned *kept; /* so many are, for each state */
    copy *copies;   /* those that were found; each is tried in turn */
    size_t count, room;
    size_t *table; /* of numbers of copies, from 1, by identity */
    size_t table_size;
    size_t tries, differences;
    unsigned reached; /* states of the pages */
    op ops[OPS_MAX];
    unsigned nops;
} search;

static size_t *find_place(const search *f, identity id) {
    size_t i = (size_t)id.a & (f->table_size - 1);
    while (f->table[i] != 0) {
        identity other = f->copies[f->table[i] - 1].id;
        if (other.a == id.a && other.b == id.b)
            break;
        i = (i + 1) & (f->table_size - 1);
    }
    return &f->table[i];
}

static void *need_memory(void *memory) {
    if (memory == NULL)
        abort();
    return memory;
}

static void grow(search *f) {
    f->room = f->room == 0 ? 1024 : 2 * f->room;
    f->copies = need_memory(realloc(f->copies, f->room * sizeof *f->copies));
    free(f->table);
    f->table_size = 4 * f->room;
    f->table = need_memory(calloc(f->table_size, sizeof *f->table));
    for (size_t i = 0; i < f->count; i++)
        *find_place(f, f->copies[i].id) = i + 1;
}

/* Whether the space that is in the arena is as the model is. A copy of it is kept, if it is a new one: before it is
 * asked anything, since that may change what it remembers. */
static bool is_as(search *f, const space *s, const model *m) {
    unsigned key = key_of(m);
    if (f->count == f->room)
        grow(f);
    identity id = identify(f->arena);
    size_t *place = find_place(f, id);
    if (*place != 0)
        return f->copies[*place - 1].key == key;
    if (f->most == 0 || f->kept[key] < f->most) {
        f->reached += f->kept[key]++ == 0 ? 1 : 0;
        f->copies[f->count] = copy_of(f->arena);
        f->copies[f->count].id = id;
        f->copies[f->count].key = key;
        *place = ++f->count;
    }
    model now;
    return read_space(s, f->pages, &now) && same_pages(&now, m);
}

static unsigned apply(space *s, const op *o, uint64_t *first) {
    space_range range;
    *first = 0;
    switch (o->kind) {
    case OP_MAP: return space_map(s, o->start, o->count, first);
    case OP_UNMAP: return space_unmap(s, o->start, o->count);
    case OP_RESERVE: return space_reserve(s, o->count, o->unit - 1, o->owner + 1, first);
    case OP_GUARD: return space_guard(s, o->start, o->count, o->owner + 1);
    case OP_RELEASE: return space_release(s, o->start, o->count, o->owner + 1);
    case OP_PREPARE: return space_prepare(s) ? SPACE_DONE : SPACE_NO_MEMORY;
    case ASK_PLACE: return space_place(s, o->start, o->count, first);
    case ASK_UNMAPPABLE: return space_unmappable(s, o->start, o->count);
    case ASK_CONTAINS: return space_contains(s, o->start, o->count) ? 1 : 0;
    case ASK_STATES: return space_states(s, o->start, o->count);
    default:
        range = space_range_at(s, o->start);
        *first = range.first;
        return (unsigned)range.count;
    }
}

/* The outcome that an operation must have had: the last one, want of memory, if an allocation failed; without chance
 * the first, which is the lowest place, but for a reservation with an alignment, which takes the lowest only of those
 * that need no search. */
static const outcome *outcome_of(const outcomes *out, const op *o, bool failed, unsigned result, uint64_t first) {
    unsigned which = 0;
    if (result == SPACE_NO_MEMORY && failed)
        return &out->of[out->count - 1];
    while (o->unit > 1 && which + 1 < out->count && out->of[which].first != first)
        which++;
    return &out->of[which];
}

/* Tries an operation on a copy of a space, with memory enough, and then with the first, the second allocation failing,
 * until no more are asked for. */
static bool try_op(search *f, const copy *from, const model *m, const op *o) {
    space *s = (space *)(void *)f->arena->bytes;
    outcomes out;
    uint64_t first;
    model_apply(m, o, &out);
    for (size_t fail_at = 0;; fail_at++) {
        put_back(f->arena, from);
        f->arena->fail_at = fail_at;
        unsigned result = apply(s, o, &first);
        bool failed = f->arena->failures != 0;
        const outcome *wanted = outcome_of(&out, o, failed, result, first);
        f->tries++;
        if (result != wanted->result || first != wanted->first || f->arena->mistakes != 0 ||
            !is_as(f, s, &wanted->after))
            return false;
        if (fail_at != 0 && !failed)
            return true;
    }
}

/* Whether a copy of a space gives back all its memory when it is deleted. */
static bool leaves_nothing(search *f, const copy *from) {
    put_back(f->arena, from);
    space_delete((space *)(void *)f->arena->bytes);
    return f->arena->nblocks == 0 && f->arena->mistakes == 0;
}

/* Makes a new space in an empty arena, after failing to for want of the first, the second allocation, and so on. NULL:
 * what failed has left something, or it fails on and on. */
static space *new_space(arena *a, unsigned pages) {
    space_allocator allocator = {arena_resize, a};
    space *s = NULL;
    memset(a, 0, sizeof *a);
    for (a->fail_at = 1; s == NULL && a->nblocks == 0 && a->fail_at < 100; a->fail_at++) {
        a->calls = 0;
        s = space_new(&allocator, pages);
    }
    return s;
}

static void begin_search(search *f, arena *a, unsigned pages, unsigned bug, unsigned most) {
    *f = (search){.arena = a, .pages = pages, .bug = bug, .most = most};
    f->nops = all_ops(pages, f->ops);
    f->nops += all_questions(pages, f->ops + f->nops);
    f->kept = need_memory(calloc(count_keys(pages), sizeof *f->kept));
    model m = model_new(pages, bug);
    space *s = new_space(a, pages);
    /* It is the first block: that is where every copy has it. */
    if (s != (space *)(void *)a->bytes || !is_as(f, s, &m))
        f->differences++;
}

static void end_search(search *f) {
    for (size_t i = 0; i < f->count; i++)
        free(f->copies[i].memory);
    free(f->copies);
    free(f->table);
    free(f->kept);
}

/* Tries everything on everything that is found, or, with a bug, until that is found. Where there are more spaces than
 * any of so few pages has without remembering ever more, that is an error as well. */
static void run_search(search *f) {
    enum { SPACES_MAX = 1000000 };
    for (size_t i = 0; i < f->count; i++) {
        if (f->count > SPACES_MAX) {
            f->differences++;
            return;
        }
        copy from = f->copies[i];
        model m = model_of(f->pages, from.key);
        m.bug = f->bug;
        f->differences += leaves_nothing(f, &from) ? 0 : 1;
        for (unsigned k = 0; k < f->nops; k++)
            f->differences += try_op(f, &from, &m, &f->ops[k]) ? 0 : 1;
        if (f->bug != 0 && f->differences != 0)
            return;
    }
}

/* ---- Tests --------------------------------------------------------------------------------------------------- */

static double seconds(void) {
    return (double)clock() / CLOCKS_PER_SEC;
}

/* `most`: spaces that are tried for one state of the pages; 0: all that there are. */
static void test_all(tap *t, arena *a, unsigned pages, unsigned most) {
    search f;
    double start = seconds();
    begin_search(&f, a, pages, 0, most);
    run_search(&f);
    tap_ok(t, EQ(f.differences, 0) && EQ(f.reached, count_keys(pages)),
           "%u pages: %zu operations on %zu spaces in %u states", pages, f.tries, f.count, f.reached);
    tap_note("%.1f s, %zu differences", seconds() - start, f.differences);
    end_search(&f);
}

static void test_bug(tap *t, arena *a, unsigned bug, const char *what) {
    search f;
    begin_search(&f, a, 4, bug, 1);
    run_search(&f);
    tap_ok(t, f.differences != 0, "a difference is found where the model is wrong: %s", what);
    end_search(&f);
}

static void test_bugs(tap *t, arena *a) {
    test_bug(t, a, 1, "unmapped pages stay mapped");
    test_bug(t, a, 2, "page 0 can be unmapped");
    test_bug(t, a, 3, "a hint needs its first page to be free only");
    test_bug(t, a, 4, "an unmapping that is refused frees some pages");
    test_bug(t, a, 6, "everyone may release what somebody has");
    test_bug(t, a, 7, "a hint needs a page more than it asks for");
    test_bug(t, a, 8, "a run needs a page more than it has");
    test_bug(t, a, 9, "guard pages stay accessible");
    test_bug(t, a, 12, "reservations are not aligned");
    test_bug(t, a, 18, "a release makes every guard page accessible");
}

/* The places that an operation is put at with one seed or another, as a set of outcomes. False: it is put elsewhere. */
static bool try_seeds(search *f, const copy *from, const op *o, const outcomes *out, set *done) {
    enum { SEEDS = 64 };
    space *s = (space *)(void *)f->arena->bytes;
    bool good = true;
    *done = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t first;
        unsigned which = 0;
        model now;
        put_back(f->arena, from);
        space_randomise(s, seed);
        unsigned result = apply(s, o, &first);
        while (which + 1 < out->count && out->of[which].first != first)
            which++;
        good = good && result == out->of[which].result && read_space(s, f->pages, &now) &&
               same_pages(&now, &out->of[which].after);
        *done |= run_of(which, 1);
    }
    return good;
}

/* Where chance decides, what is done is one of the outcomes, and each of them is done with one seed or another; but
 * for reservations with an alignment, for which some places are taken only when others are not left. */
static void test_chance(tap *t, arena *a, unsigned pages) {
    search f;
    size_t wrong = 0, never = 0, choices = 0;
    begin_search(&f, a, pages, 0, 1);
    run_search(&f);
    for (size_t i = 0; i < f.count; i++)
        for (unsigned k = 0; k < f.nops; k++) {
            outcomes out;
            set done;
            model m = model_of(pages, f.copies[i].key);
            model_apply(&m, &f.ops[k], &out);
            if (f.ops[k].kind >= OP_PREPARE || out.count < 3)
                continue;
            choices++;
            wrong += try_seeds(&f, &f.copies[i], &f.ops[k], &out, &done) ? 0 : 1;
            never += done == run_of(0, out.count - 1) || f.ops[k].unit > 1 ? 0 : 1;
        }
    tap_ok(t, EQ(wrong, 0) && CHECK(choices != 0), "%u pages: by chance, %zu choices are made as the model allows",
           pages, choices);
    tap_ok(t, EQ(never, 0), "%u pages: and each place that it allows is taken (%zu times one is not)", pages, never);
    end_search(&f);
}

/* ---- The relation -------------------------------------------------------------------------------------------- */

static void print_pages(const model *m) {
    printf(" %u %u %u %u %u", m->free, m->mapped, m->reserved[0], m->reserved[1], m->guard);
}

/* Results are numbered as in the formal model. */
static int print_relation(unsigned pages) {
    op ops[OPS_MAX];
    unsigned nops = all_ops(pages, ops);
    for (unsigned key = 0; key < count_keys(pages); key++) {
        model m = model_of(pages, key);
        for (unsigned k = 0; k < nops; k++) {
            const op *o = &ops[k];
            outcomes out;
            model_apply(&m, o, &out);
            for (unsigned i = 0; i < out.count; i++) {
                printf("%d %u %u %u %u:", (int)o->kind, o->start, o->count, o->unit, o->owner);
                print_pages(&m);
                printf(" -> %d %u:", (int)out.of[i].result + 1, out.of[i].first);
                print_pages(&out.of[i].after);
                printf("\n");
            }
        }
    }
    return 0;
}

static void test_default(tap *t, arena *a) {
    for (unsigned pages = 2; pages <= 4; pages++)
        test_all(t, a, pages, 0);
    test_all(t, a, 5, 16);
    test_all(t, a, 6, 2);
    test_chance(t, a, 5);
    test_bugs(t, a);
}

int main(int argc, char **argv) {
    bool relation = argc == 3 && strcmp(argv[1], "--relation") == 0;
    unsigned long pages = argc > 1 ? strtoul(argv[relation ? 2 : 1], NULL, 10) : 2;
    if (argc > 3 || pages < 2 || pages > PAGES_MAX)
        return 2;
    if (relation)
        return print_relation((unsigned)pages);
    tap t = {0};
    arena *a = need_memory(malloc(sizeof *a));
    if (argc == 1)
        test_default(&t, a);
    else
        test_all(&t, a, (unsigned)pages, argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0);
    free(a);
    return tap_done(&t);
}
