/* test_space_exhaustive.c: process/space/space.c against the formal model, in every state that a small space can have.
 *
 * - space_formal.h has the model. `test_space_exhaustive --relation PAGES` prints it for spec/model/check_formal.py.
 * - A space is its memory, down to the form of its tree. The memory comes from an arena that can be copied and
 *   restored: so every operation, with every argument, and with every allocation failing in turn, is tried from the
 *   same space. Each space that results is tried in turn, until no new one is found: then the test has seen everything
 *   that a sequence of operations can lead to. For larger spaces it keeps only some for each state of the pages.
 * - At the end the model is given bugs: each must be noticed.
 *
 * The program is built with a space.c whose nodes are small, so that few ranges make a tree of several levels.
 *
 * `test_space_exhaustive PAGES [MOST]` does one search, on spaces of 2 to 8 pages, keeping MOST spaces for each state
 * of the pages, or all.
 */
#include "space_formal.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Operations ---------------------------------------------------------------------------------------------- */

enum { OPS_MAX = 2000 };

/* All operations of the formal model with all arguments, among them runs that exceed the space by a page. */
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

/* All queries, and OP_PREPARE. A query can change what a space caches, so these are tried like operations. */
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

/* Blocks are in the order of their offsets; a new one takes the first gap that is large enough. Free bytes are zero. */
typedef struct arena {
    size_t calls;    /* allocations */
    size_t failures; /* allocations that failed */
    size_t fail_at;  /* this one and all later ones fail; 0: none */
    size_t mistakes; /* frees of unknown blocks, or with a wrong size */
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

static void arena_free(arena *a, const void *start, size_t size) {
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
        arena_free(a, start, old_size);
    return other;
}

/* ---- Copies of spaces ---------------------------------------------------------------------------------------- */

/* A hash of the memory of a space, independent of the addresses of its blocks. */
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

static void restore(arena *a, const copy *c) {
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

/* Words that point to a block count as the block's number, in the order of discovery from the first block: the form of
 * the tree counts, addresses do not. */
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

/* ---- States of pages ----------------------------------------------------------------------------------------- */

enum { PAGE_KINDS = 6 };

/* The number of a state of the pages: a digit for each page but the first. */
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

/* The state of the pages with a number. */
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

/* Adds the pages of a range to the sets of the model; false if state and owner contradict each other. */
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

/* Reads the pages of a space; false if its ranges are not adjacent and maximal. */
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
    unsigned most;  /* copies to keep for each state of the pages; 0: all */
    unsigned *kept; /* their number, for each state */
    copy *copies;   /* found so far; each is tried in turn */
    size_t count, room;
    size_t *table; /* numbers of copies, from 1, by identity */
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

/* Whether the space in the arena agrees with the model. Keeps a copy of a new space, from before the first query, which
 * can change what it caches. */
static bool agrees(search *f, const space *s, const model *m) {
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

/* The expected outcome of an operation: the last, out of memory, if an allocation failed; else the first, the lowest
 * place. An aligned reservation may take any place: it takes the lowest one only among those that need no search. */
static const outcome *outcome_of(const outcomes *out, const op *o, bool failed, unsigned result, uint64_t first) {
    unsigned which = 0;
    if (result == SPACE_NO_MEMORY && failed)
        return &out->of[out->count - 1];
    while (o->unit > 1 && which + 1 < out->count && out->of[which].first != first)
        which++;
    return &out->of[which];
}

/* Tries an operation on a copy of a space: with all allocations, then with the first failing, the second, and so on. */
static bool try_op(search *f, const copy *from, const model *m, const op *o) {
    space *s = (space *)(void *)f->arena->bytes;
    outcomes out;
    uint64_t first;
    model_apply(m, o, &out);
    for (size_t fail_at = 0;; fail_at++) {
        restore(f->arena, from);
        f->arena->fail_at = fail_at;
        unsigned result = apply(s, o, &first);
        bool failed = f->arena->failures != 0;
        const outcome *wanted = outcome_of(&out, o, failed, result, first);
        f->tries++;
        if (result != wanted->result || first != wanted->first || f->arena->mistakes != 0 ||
            !agrees(f, s, &wanted->after))
            return false;
        if (fail_at != 0 && !failed)
            return true;
    }
}

/* Whether deletion frees all memory of a space. */
static bool frees_all(search *f, const copy *from) {
    restore(f->arena, from);
    space_delete((space *)(void *)f->arena->bytes);
    return f->arena->nblocks == 0 && f->arena->mistakes == 0;
}

/* Creates a space in an empty arena, after attempts with the first allocation failing, the second, and so on. Null if
 * an attempt leaves a block, or none succeeds. */
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
    /* The space is the first block, in every copy. */
    if (s != (space *)(void *)a->bytes || !agrees(f, s, &m))
        f->differences++;
}

static void end_search(search *f) {
    for (size_t i = 0; i < f->count; i++)
        free(f->copies[i].memory);
    free(f->copies);
    free(f->table);
    free(f->kept);
}

/* Tries everything on every space found; with a bug, until the first difference. Too many spaces are a difference, too:
 * they remember something without bound. */
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
        f->differences += frees_all(f, &from) ? 0 : 1;
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

/* `most`: spaces to try for each state of the pages; 0: all. */
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
    tap_ok(t, f.differences != 0, "a wrong model is noticed: %s", what);
    end_search(&f);
}

static void test_bugs(tap *t, arena *a) {
    test_bug(t, a, 1, "unmapped pages stay mapped");
    test_bug(t, a, 2, "page 0 can be unmapped");
    test_bug(t, a, 3, "a hint needs only its first page to be free");
    test_bug(t, a, 4, "an unmapping that is refused frees some pages");
    test_bug(t, a, 6, "any owner may release a reservation");
    test_bug(t, a, 7, "a hint needs one page too many");
    test_bug(t, a, 8, "a run needs one page too many");
    test_bug(t, a, 9, "guard pages stay accessible");
    test_bug(t, a, 12, "reservations are not aligned");
    test_bug(t, a, 18, "a release makes every guard page accessible");
}

/* The outcomes of an operation with different seeds; false if one of them is not allowed. */
static bool try_seeds(search *f, const copy *from, const op *o, const outcomes *out, set *done) {
    enum { SEEDS = 64 };
    space *s = (space *)(void *)f->arena->bytes;
    bool good = true;
    *done = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t first;
        unsigned which = 0;
        model now;
        restore(f->arena, from);
        space_randomise(s, seed);
        unsigned result = apply(s, o, &first);
        while (which + 1 < out->count && out->of[which].first != first)
            which++;
        good = good && EQ(result, out->of[which].result) && CHECK(read_space(s, f->pages, &now)) &&
               CHECK(same_pages(&now, &out->of[which].after));
        *done |= run_of(which, 1);
    }
    return good;
}

/* Random placement: each result is an allowed outcome, and each allowed outcome is the result of some seed. Aligned
 * reservations are exempt from the second: they use some places only when no others are left. */
static void test_placement(tap *t, arena *a, unsigned pages) {
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
    tap_ok(t, EQ(wrong, 0) && CHECK(choices != 0), "%u pages: %zu random placements are allowed by the model", pages,
           choices);
    tap_ok(t, EQ(never, 0), "%u pages: each allowed place is taken (%zu are not)", pages, never);
    end_search(&f);
}

/* ---- The relation -------------------------------------------------------------------------------------------- */

static void print_pages(const model *m) {
    printf(" %u %u %u %u %u", m->free, m->mapped, m->reserved[0], m->reserved[1], m->guard);
}

/* Prints the relation of the model, with results numbered as in the formal model. */
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
    test_placement(t, a, 5);
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
