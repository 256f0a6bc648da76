/* space.pml: an address space and the operations on its pages, in Promela.
 *
 * Each state is represented by the set of the pages in it: bit p of the set is page p. The operations are those of the
 * interpreter's space.h, in pages, with the same results; where the specification leaves a choice, so does the model.
 *
 * Interface:
 * - protected, free, mapped, reserved[owner]: the states. `reserved` includes guard pages; guard: the set of these.
 * - map, unmap, reserve, make_guard, release: the operations. They set `result`, and `first` if they place pages.
 * - forget: clears `result` and `first` after use.
 *
 * The including file defines PAGES and OWNERS. SEEDED(n, wrong, right) is `right`, but `wrong` with -DBUG=n, so that
 * invariant n does not hold.
 */
#ifndef BUG
#define BUG 0
#endif
#define SEEDED(bug, wrong, right) (BUG == bug -> (wrong) : (right))

#define ALL ((1 << PAGES) - 1)
#define RUN(first, count) (((1 << (count)) - 1) << (first))
#define INCLUDES(set, run) (((set) & (run)) == (run))
#define INSIDE(first, count) ((count) != 0 && (first) + (count) <= PAGES)
#define IS_FREE(first, count) (INSIDE(first, count) && INCLUDES(free, RUN(first, count)))

/* Results. */
#define NONE 0      /* no operation */
#define DONE 1
#define AT_HINT 2   /* done, at the hint */
#define ELSEWHERE 3 /* done, but not at the hint */
#define NOTHING 4   /* every page was free already */
#define OUTSIDE 5   /* outside of the space, empty, or including page 0 */
#define HELD 6      /* a page belongs to an owner, or to another owner */
#define FULL 7      /* no run of free pages is long enough */
#define NO_MEMORY 8 /* the platform is out of memory */
#define PLACED(result) (result == DONE || result == AT_HINT || result == ELSEWHERE)

byte protected = 1;
byte free = ALL & ~1;
byte mapped;
byte reserved[OWNERS];
byte guard;

byte result, first;
byte page, last; /* of choose */

inline forget() {
    result = NONE;
    first = 0
}

/* Sets `first` to any multiple of `unit` at which `count` free pages begin, or to 0. */
inline choose(count, unit) {
    d_step {
        page = SEEDED(12, 1, unit);
        do
        :: page + count <= PAGES ->
            if
            :: IS_FREE(page, count + SEEDED(8, 1, 0)) ->
                first = (first == 0 -> page : first);
                last = page
            :: else
            fi;
            page = page + unit
        :: else -> break
        od;
        page = 0
    }
    do
    :: first == 0 || IS_FREE(first, count) -> break
    :: first < last -> first = first + unit
    od;
    last = 0
}

/* Maps `count` pages: at page `hint` if that is not 0 and the pages there are in the space and free, else anywhere. */
inline map(hint, count) {
    if
    :: count == 0 -> result = OUTSIDE
    :: count != 0 && hint != 0 && SEEDED(3, IS_FREE(hint, 1) && INSIDE(hint, count),
                                         IS_FREE(hint, count + SEEDED(7, 1, 0))) ->
        first = hint;
        result = AT_HINT
    :: else ->
        choose(count, 1);
        result = (first == 0 -> FULL : (hint == 0 -> DONE : ELSEWHERE))
    fi;
    if
    :: PLACED(result) -> take_mapped(count)
    :: PLACED(result) ->
        result = NO_MEMORY;
        if
        :: BUG == 5 -> take_mapped(count)
        :: else
        fi;
        first = 0
    :: !PLACED(result)
    fi
}

inline take_mapped(count) {
    d_step {
        free = free & ~RUN(first, count);
        mapped = mapped | RUN(first, count)
    }
}

/* Unmaps the mapped pages among `count` pages, unless one of them is reserved. */
inline unmap(start, count) {
    if
    :: !INSIDE(start, count) || (BUG != 2 && start == 0) -> result = OUTSIDE
    :: INSIDE(start, count) && (BUG == 2 || start != 0) ->
        if
        :: !INCLUDES(free | mapped | SEEDED(2, protected, 0), RUN(start, count)) ->
            result = HELD;
            if
            :: BUG == 4 -> make_free(RUN(start, count) & mapped)
            :: else
            fi
        :: IS_FREE(start, count) -> result = NOTHING
        :: else ->
            if
            :: result = DONE; make_free(RUN(start, count))
            :: result = NO_MEMORY
            fi
        fi
    fi
}

inline make_free(range) {
    d_step {
        free = free | (range);
        mapped = SEEDED(1, mapped, mapped & ~(range));
        protected = protected & ~(range)
    }
}

/* Reserves free pages for an owner; the first is a multiple of `unit`. */
inline reserve(count, unit, owner) {
    if
    :: count == 0 -> result = OUTSIDE
    :: else ->
        choose(count, unit);
        result = (first == 0 -> FULL : DONE)
    fi;
    if
    :: result == DONE ->
        d_step {
            free = free & ~RUN(first, count);
            reserved[owner] = reserved[owner] | RUN(first, count)
        }
    :: result == DONE -> result = NO_MEMORY; first = 0
    :: result != DONE
    fi
}

/* Makes reserved pages of an owner inaccessible. */
inline make_guard(start, count, owner) {
    if
    :: !INSIDE(start, count) -> result = OUTSIDE
    :: INSIDE(start, count) && !INCLUDES(reserved[owner], RUN(start, count)) -> result = HELD
    :: else ->
        if
        :: result = DONE; guard = guard | RUN(start, count)
        :: result = NO_MEMORY
        fi
    fi
}

#define OWNED (ALL & ~protected & ~free & ~mapped)

/* Frees pages, all of which are reserved for an owner. If they are all pages of the owner, this needs no memory. */
inline release(start, count, owner) {
    if
    :: !INSIDE(start, count) -> result = OUTSIDE
    :: INSIDE(start, count) && !INCLUDES(SEEDED(6, OWNED, reserved[owner]), RUN(start, count)) -> result = HELD
    :: else ->
        if
        :: result = DONE;
            d_step {
                free = free | RUN(start, count);
                guard = SEEDED(18, 0, guard & ~RUN(start, count));
                page = 0;
                do
                :: page < OWNERS -> reserved[page] = reserved[page] & ~RUN(start, count); page++
                :: else -> break
                od;
                page = 0
            }
        :: RUN(start, count) != reserved[owner] -> result = NO_MEMORY
        fi
    fi
}
