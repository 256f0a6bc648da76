/* test_space.c: process/space/space.c against the model of space_model.h: exhaustively on small spaces, at random on
 * larger ones, with failing allocations; then sizes beyond a model. */
#include "space_model.h"

#include <time.h>

/* ---- Exhaustive ---------------------------------------------------------------------------------------------- */

enum { SMALL_OPS_MAX = 256 };

/* All operations on a space of `pages` pages whose arguments make a difference. */
static unsigned all_ops(unsigned pages, op *ops) {
    unsigned n = 0;
    for (unsigned first = 0; first <= pages; first++)
        for (unsigned count = 0; count <= pages; count++) {
            if (first + count > pages + 1)
                continue;
            ops[n++] = (op){OP_MAP, first, count, 0};
            ops[n++] = (op){OP_UNMAP, first, count, 0};
            if (count != 0 && first + count <= pages && count <= 2) {
                ops[n++] = (op){OP_GUARD, first, count, 1};
                ops[n++] = (op){OP_RELEASE, first, count, 1};
            }
        }
    for (unsigned count = 1; count <= 2; count++)
        for (unsigned owner = 1; owner <= 2; owner++) {
            ops[n++] = (op){OP_RESERVE, 0, count, owner};
            ops[n++] = (op){OP_RESERVE, 1, count, owner};
        }
    return n;
}

/* Creates a space in the model's state, page by page. */
static space *build(const space_allocator *a, const model *m) {
    space *s = space_new(a, m->pages);
    uint64_t page;
    for (unsigned i = 1; s != NULL && i < m->pages; i++)
        if (space_reserve(s, 1, 0, i, &page) != SPACE_DONE || page != i)
            return NULL;
    for (unsigned i = 1; s != NULL && i < m->pages; i++)
        if (space_release(s, i, 1, i) != SPACE_DONE)
            return NULL;
    for (unsigned i = 1; s != NULL && i < m->pages; i++) {
        bool good = true;
        if (m->state[i] == SPACE_MAPPED)
            good = space_map(s, i, 1, &page) == SPACE_AT_HINT;
        if (m->state[i] >= SPACE_RESERVED) {
            /* A reservation takes the lowest free page: fill those before it. */
            uint64_t filled = 0;
            for (unsigned k = 1; k < i; k++)
                if (space_map(s, k, 1, &filled) == SPACE_ELSEWHERE)
                    good = EQ(space_unmap(s, filled, 1), SPACE_DONE) && good;
            good = EQ(space_reserve(s, 1, 0, m->owner[i], &page), SPACE_DONE) && EQ(page, i) && good;
            for (unsigned k = 1; k < i; k++)
                if (m->state[k] == SPACE_FREE)
                    good = EQ(space_unmap(s, k, 1), SPACE_DONE) && good;
            if (m->state[i] == SPACE_GUARD)
                good = EQ(space_guard(s, i, 1, m->owner[i]), SPACE_DONE) && good;
        }
        if (!good)
            return NULL;
    }
    return s;
}

/* Model number `code`: a digit for each page but the first, with five states. */
static model decode_model(unsigned pages, unsigned code) {
    model m = model_new(pages);
    for (unsigned i = 1; i < pages; i++, code /= 5)
        switch (code % 5) {
        case 0: break;
        case 1: model_set(&m, i, 1, SPACE_MAPPED, 0); break;
        case 2: model_set(&m, i, 1, SPACE_RESERVED, 1); break;
        case 3: model_set(&m, i, 1, SPACE_RESERVED, 2); break;
        default: model_set(&m, i, 1, SPACE_GUARD, 1); break;
        }
    return m;
}

/* Every operation in every state of a space, and so every sequence of operations. */
static void test_exhaustive(tap *t, unsigned pages) {
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    op ops[SMALL_OPS_MAX];
    unsigned nops = all_ops(pages, ops), ncodes = 1, bad = 0, built = 0;
    for (unsigned i = 1; i < pages; i++)
        ncodes *= 5;
    for (unsigned code = 0; code < ncodes; code++) {
        model m = decode_model(pages, code);
        for (unsigned i = 0; i < nops; i++) {
            space *s = build(&a, &m);
            model after = m;
            built += s != NULL ? 1 : 0;
            if (s == NULL || !agree(s, &m, false) || !step(s, &after, &ops[i]) || !agree(s, &after, true))
                bad++;
            space_delete(s);
        }
    }
    tap_ok(t, EQ(bad, 0) && EQ(built, ncodes * nops), "%u pages: %u operations in each of %u states", pages, nops,
           ncodes);
    tap_ok(t, failing_freed(&f), "%u pages: all memory is freed", pages);
}

/* ---- Random -------------------------------------------------------------------------------------------------- */

static void test_random(tap *t, unsigned pages, unsigned steps, uint64_t seed) {
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    model m = model_new(pages);
    space *s = space_new(&a, pages);
    unsigned i = 0;
    for (; i < steps; i++) {
        op o = random_op(&seed, pages);
        if (!step(s, &m, &o) || !agree(s, &m, i % (pages < 100 ? 16 : 2000) == 0))
            break;
    }
    tap_ok(t, EQ(i, steps), "%u random operations on %u pages (stopped at %u)", steps, pages, i);
    space_delete(s);
    tap_ok(t, failing_freed(&f), "all memory is freed");
}

/* Each step is tried without memory: it succeeds, or fails without effect and then succeeds with memory. */
static void test_no_memory(tap *t) {
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    const unsigned pages = 160, steps = 20000;
    model m = model_new(pages);
    space *s = space_new(&a, pages);
    uint64_t seed = 99, place;
    unsigned failures = 0, i = 0;
    for (; i < steps; i++) {
        op o = random_op(&seed, pages);
        failing_start(&f, 1 + i % 2);
        model before = m, tried = m;
        uint64_t wanted;
        space_result expected = model_apply(&tried, &o, &wanted);
        space_result result = space_apply(s, &o, &place);
        failing_stop(&f);
        if (result == SPACE_NO_MEMORY) {
            failures++;
            if (!agree(s, &before, failures < 100) || !step(s, &m, &o))
                break;
            continue;
        }
        if (result == SPACE_DONE && o.kind == OP_RESERVE)
            model_set(&tried, place, o.count, SPACE_RESERVED, o.owner);
        m = tried;
        if (result != expected || !agree(s, &m, false))
            break;
    }
    tap_ok(t, EQ(i, steps) && CHECK(failures > 0), "%u operations out of memory, %u of them fail without effect", i,
           failures);
    space_delete(s);
    for (size_t k = 1; k <= 2; k++) {
        failing_start(&f, k);
        tap_ok(t, space_new(&a, 8) == NULL, "no space when allocation %zu fails", k);
    }
    tap_ok(t, failing_freed(&f), "all memory is freed");
}

/* Ever more ranges, so that every part of a space grows: each mapping is first tried without memory. */
static void test_no_memory_many(tap *t) {
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    space *s = space_new(&a, SPACE_MAX_PAGES);
    const unsigned count = 5000;
    unsigned failures = 0, bad = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t hint = 2 + 2 * (i * 7919 % count), page;
        space_range before = space_range_at(s, hint);
        failing_start(&f, 1);
        space_result result = space_map(s, hint, 1, &page);
        failing_stop(&f);
        if (result == SPACE_NO_MEMORY) {
            failures++;
            space_range after = space_range_at(s, hint);
            bad += after.first == before.first && after.count == before.count && after.state == SPACE_FREE ? 0 : 1;
            result = space_map(s, hint, 1, &page);
        }
        bad += result == SPACE_AT_HINT ? 0 : 1;
    }
    for (unsigned i = 0; i < count; i++) {
        space_range r = space_range_at(s, 2 + 2 * i);
        bad += r.first == 2 + 2 * i && r.count == 1 && r.state == SPACE_MAPPED ? 0 : 1;
    }
    tap_ok(t, EQ(bad, 0) && CHECK(failures > 20), "%u mappings, %u of them first fail without effect", count, failures);
    f.fail_at = 1;
    tap_ok(t, EQ(space_unmap(s, 1, SPACE_MAX_PAGES - 1), SPACE_DONE),
           "an unmapping that splits no range needs no memory");
    space_delete(s);
    tap_ok(t, failing_freed(&f), "all memory is freed");
}

/* ---- Nodes --------------------------------------------------------------------------------------------------- */

/* The sizes of space.c, unless set for its build. */
#ifndef SPACE_RANGES
enum { SPACE_RANGES = 48, SPACE_BRANCHES = 24 };
#endif

/* A range that fits in a node allocates nothing; else each split node is one allocation, and a new root another. */
static void test_allocations(tap *t) {
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    space *s = space_new(&a, SPACE_MAX_PAGES);
    uint64_t page;
    unsigned splits = 0, ranges = 2, bad = 0;
    for (uint64_t hint = 2; splits <= SPACE_BRANCHES - 1; hint += 2, ranges += 2) {
        f.calls = 0;
        bad += space_map(s, hint, 1, &page) == SPACE_AT_HINT ? 0 : 1;
        if (f.calls == 0)
            continue;
        /* The first split adds a root, another root follows when that is full. */
        bad += f.calls == (splits == 0 ? 2 : splits == SPACE_BRANCHES - 1 ? 3 : 1) ? 0 : 1;
        bad += splits == 0 && ranges != SPACE_RANGES ? 1 : 0;
        splits++;
    }
    tap_ok(t, EQ(bad, 0) && CHECK(ranges >= SPACE_BRANCHES * (SPACE_RANGES - 2)),
           "%u ranges in ascending order allocate no more nodes than needed", ranges);
    space_delete(s);
    /* One full leaf: the release of its last reservation needs no memory. */
    f.calls = 0;
    s = space_new(&a, SPACE_RANGES);
    bad = f.calls == 2 ? 0 : 1;
    f.calls = 0;
    for (uint32_t i = 1; i < SPACE_RANGES; i++)
        bad += space_reserve(s, 1, 0, i, &page) == SPACE_DONE && page == i ? 0 : 1;
    f.fail_at = 1;
    bad += space_release(s, SPACE_RANGES - 1, 1, SPACE_RANGES - 1) == SPACE_DONE ? 0 : 1;
    tap_ok(t, EQ(bad, 0) && EQ(f.calls, 0), "the release of the last of %d ranges allocates nothing", SPACE_RANGES);
    space_delete(s);
    tap_ok(t, failing_freed(&f), "all memory is freed");
}

/* A prepared operation does not fail, in any form of the tree. */
static void test_prepared(tap *t) {
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    const unsigned pages = MODEL_MAX, steps = 30000;
    model m = model_new(pages);
    space *s = space_new(&a, pages);
    uint64_t seed = 77;
    unsigned i = 0;
    for (; i < steps; i++) {
        op o = random_op(&seed, pages);
        /* The second half makes many ranges. */
        if (i > steps / 2)
            o = (op){i % 3 == 0 ? OP_UNMAP : OP_MAP, 1 + next_random(&seed) % (pages - 1), 1, 0};
        if (!space_prepare(s))
            break;
        failing_start(&f, 1);
        bool same = step(s, &m, &o);
        failing_stop(&f);
        if (!same)
            break;
    }
    tap_ok(t, EQ(i, steps) && CHECK(agree(s, &m, false)), "%u prepared operations need no memory", i);
    space_delete(s);
    /* In ascending order, which fills each node of a path again and again. */
    s = space_new(&a, SPACE_MAX_PAGES);
    unsigned bad = 0;
    for (uint64_t hint = 2; hint < 20000; hint += 2) {
        uint64_t page;
        bad += space_prepare(s) ? 0 : 1;
        failing_start(&f, 1);
        bad += space_map(s, hint, 1, &page) == SPACE_AT_HINT ? 0 : 1;
        failing_stop(&f);
    }
    tap_ok(t, EQ(bad, 0), "prepared operations that add a level need no memory");
    space_delete(s);
    tap_ok(t, failing_freed(&f), "all memory is freed");
}

/* Nodes are freed as ranges disappear. */
static void test_shrinking(tap *t, bool down) {
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    space *s = space_new(&a, SPACE_MAX_PAGES);
    enum { COUNT = 8192, KEPT = 64 };
    size_t few = f.live;
    unsigned bad = 0;
    uint64_t page;
    for (uint64_t i = 0; i <= COUNT; i++)
        bad += space_map(s, 2 + 2 * i, 1, &page) == SPACE_AT_HINT ? 0 : 1;
    bad += space_unmap(s, down ? 2 : 2 + 2 * COUNT, 1) == SPACE_DONE ? 0 : 1;
    size_t many_ranges = f.live;
    for (uint64_t i = 0; i < COUNT; i++)
        if (i % KEPT != 0)
            bad += space_unmap(s, 2 + 2 * (down ? COUNT - i : i), 1) == SPACE_DONE ? 0 : 1;
    tap_ok(t, EQ(bad, 0) && CHECK(f.live < many_ranges / (KEPT / 8)), "a %dth of %d mappings keeps %zu bytes of %zu",
           KEPT, COUNT, f.live, many_ranges);
    for (uint64_t i = 0; i < COUNT; i += KEPT)
        bad += space_unmap(s, 2 + 2 * (down ? COUNT - i : i), 1) == SPACE_DONE ? 0 : 1;
    tap_ok(t, EQ(bad, 0) && CHECK(f.live <= 8 * few), "no mapping keeps %zu bytes", f.live);
    space_delete(s);
    tap_ok(t, failing_freed(&f), "all memory is freed");
}

/* ---- Random placement ---------------------------------------------------------------------------------------- */

/* Random placement: exactly the places that the seed gives. */
static void test_placement(tap *t, unsigned pages, unsigned steps, uint64_t seed) {
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    model m = model_new(pages);
    space *s = space_new(&a, pages);
    uint64_t state = seed, ops = seed + 1;
    unsigned i = 0;
    space_randomise(s, seed);
    for (; i < steps; i++) {
        op o = random_op(&ops, pages);
        if (!step_at_random(s, &m, &o, &state) || !agree(s, &m, false))
            break;
    }
    tap_ok(t, EQ(i, steps), "%u random operations on %u pages, randomly placed (stopped at %u)", steps, pages, i);
    space_delete(s);
    tap_ok(t, failing_freed(&f), "all memory is freed");
}

static void test_placement_large(tap *t, const space_allocator *a) {
    static const uint64_t published[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                         4593380528125082431u, 16408922859458223821u};
    uint64_t state = 1234567, page = 0;
    bool same = true;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        same = EQ(next_split_mix(&state), published[i]) && same;
    tap_ok(t, same, "SplitMix64 gives the published numbers for the seed 1234567");
    space *s = space_new(a, SPACE_MAX_PAGES);
    space_randomise(s, 1234567);
    tap_ok(t,
           EQ(space_map(s, 0, 1, &page), SPACE_DONE) && EQ(page, 1 + published[1] % (SPACE_MAX_PAGES - 1)) &&
               EQ(space_unmap(s, page, 1), SPACE_DONE) && EQ(space_reserve(s, 2, 0, 7, &page), SPACE_DONE) &&
               EQ(page, 1 + published[3] % (SPACE_MAX_PAGES - 2)),
           "these numbers place pages among 2^48");
    space_delete(s);
}

/* ---- Sizes --------------------------------------------------------------------------------------------------- */

static void test_sizes(tap *t, const space_allocator *a) {
    tap_ok(t,
           CHECK(space_new(a, 0) == NULL) && CHECK(space_new(a, 1) == NULL) &&
               CHECK(space_new(a, SPACE_MAX_PAGES + 1) == NULL),
           "a space has 2 to 2^48 pages");
    space *s = space_new(a, SPACE_MAX_PAGES);
    uint64_t page = 0;
    uint64_t tera = (uint64_t)1 << 24; /* pages in a terabyte */
    tap_ok(t, EQ(space_map(s, 0, SPACE_MAX_PAGES, &page), SPACE_FULL),
           "a mapping of 2^48 pages does not fit beside page 0");
    tap_ok(t, EQ(space_map(s, 0, SPACE_MAX_PAGES - 1, &page), SPACE_DONE) && EQ(page, 1),
           "a mapping of all other pages fits");
    tap_ok(t, EQ(space_unmap(s, SPACE_MAX_PAGES - 1, 1), SPACE_DONE), "the last page is unmapped");
    tap_ok(t, EQ(space_map(s, UINT64_MAX, 1, &page), SPACE_ELSEWHERE) && EQ(page, SPACE_MAX_PAGES - 1),
           "a hint far outside is ignored");
    tap_ok(t, EQ(space_unmap(s, 2, UINT64_MAX), SPACE_OUTSIDE) && EQ(space_unmap(s, UINT64_MAX, 2), SPACE_OUTSIDE),
           "a run that would wrap is outside");
    tap_ok(t, EQ(space_unmap(s, tera, tera), SPACE_DONE), "a terabyte is unmapped");
    tap_ok(t, EQ(space_states(s, 1, SPACE_MAX_PAGES - 1), SPACE_BIT(SPACE_FREE) | SPACE_BIT(SPACE_MAPPED)),
           "the terabyte is the only hole");
    tap_ok(t, EQ(space_map(s, tera + 5, tera, &page), SPACE_ELSEWHERE) && EQ(page, tera),
           "a terabyte fits at its start only");
    tap_ok(t, EQ(space_unmap(s, tera, tera), SPACE_DONE) && EQ(space_map(s, 0, tera + 1, &page), SPACE_FULL),
           "a terabyte and a page does not fit");
    tap_ok(t, EQ(space_map(s, tera + 5, tera - 5, &page), SPACE_AT_HINT) && EQ(page, tera + 5),
           "a mapping at a hint in the hole");
    tap_ok(t, EQ(space_reserve(s, 1, 47, 7, &page), SPACE_FULL) && EQ(space_reserve(s, 1, 48, 7, &page), SPACE_OUTSIDE),
           "a reservation with an alignment that no free page has");
    tap_ok(t, EQ(space_reserve(s, 1, 24, 7, &page), SPACE_DONE) && EQ(page, tera),
           "a reservation with an alignment that one free page has");
    tap_ok(t, EQ(space_reserve(s, SPACE_MAX_PAGES + 1, 47, 7, &page), SPACE_FULL),
           "a reservation larger than the space");
    tap_ok(t, EQ(space_guard(s, tera, 2, 7), SPACE_HELD) && EQ(space_release(s, tera, 1, 8), SPACE_HELD),
           "guard and release refuse pages of another owner");
    tap_ok(t, EQ(space_guard(s, 0, 0, 7), SPACE_OUTSIDE) && EQ(space_release(s, SPACE_MAX_PAGES, 1, 7), SPACE_OUTSIDE),
           "guard and release refuse pages outside");
    space_delete(s);
    space_delete(NULL);
}

static double seconds(void) {
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Maps `count` single pages with gaps, in a scattered order, then unmaps half of them. Returns seconds per operation.
 */
static double many(tap *t, const space_allocator *a, uint64_t count) {
    space *s = space_new(a, SPACE_MAX_PAGES);
    uint64_t page, bad = 0;
    double start = seconds();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t place = 2 + 2 * (i * 7919 % count); /* 7,919 is prime and divides no count used here */
        bad += space_map(s, place, 1, &page) == SPACE_AT_HINT ? 0 : 1;
    }
    for (uint64_t i = 0; i < count; i += 2)
        bad += space_unmap(s, 2 + 2 * i, 1) == SPACE_DONE ? 0 : 1;
    double time = (seconds() - start) / ((double)count * 1.5);
    tap_ok(t, EQ(bad, 0), "%llu mappings at a time", (unsigned long long)count);
    bad = space_unmap(s, 1, SPACE_MAX_PAGES - 1) == SPACE_DONE ? 0 : 1;
    space_range r = space_range_at(s, 1);
    tap_ok(t, EQ(bad, 0) && EQ(r.first, 1) && EQ(r.count, SPACE_MAX_PAGES - 1) && EQ(r.state, SPACE_FREE),
           "one unmapping removes all mappings");
    space_delete(s);
    return time;
}

static void test_many(tap *t, const space_allocator *a) {
    double small = many(t, a, 1000), large = many(t, a, 1000000);
    tap_note("%.0f ns per operation at 1,000 mappings, %.0f ns at 1,000,000", small * 1e9, large * 1e9);
    /* The ratio of the logarithms is 2; caches and a busy machine add to it. A linear algorithm would have 1,000. */
    tap_ok(t, large < 1e-6 || large < 60 * small, "time per operation does not grow with the number of mappings");
}

int main(void) {
    tap t = {0};
    failing f = {0};
    space_allocator a = {failing_resize, &f};
    for (unsigned pages = 2; pages <= 6; pages++)
        test_exhaustive(&t, pages);
    test_random(&t, 24, 60000, 1);
    test_random(&t, 64, 30000, 2);
    test_random(&t, MODEL_MAX, 20000, 3);
    test_no_memory(&t);
    test_no_memory_many(&t);
    test_allocations(&t);
    test_prepared(&t);
    test_shrinking(&t, false);
    test_shrinking(&t, true);
    for (unsigned pages = 2; pages <= 6; pages++)
        test_placement(&t, pages, 2000, pages);
    test_placement(&t, 24, 20000, 11);
    test_placement(&t, 100, 20000, 12);
    test_placement(&t, MODEL_MAX, 4000, 13);
    test_placement_large(&t, &a);
    test_sizes(&t, &a);
    test_many(&t, &a);
    tap_ok(&t, failing_freed(&f), "all memory is freed");
    return tap_done(&t);
}
