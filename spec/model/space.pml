/* space.pml: an address space, and what may be done with its pages, in Promela.
 *
 * A state of pages is the set of the pages that are in it: bit p of the set is page p. The operations are those of the
 * interpreter's space.h, in pages, with the same results; where the specification leaves a choice, so does the model.
 *
 * Interface:
 * - protected, free, mapped, reserved[owner]: the states. Both states of a page that has an owner are in `reserved`;
 *   guard: those of them that are guard pages.
 * - map, unmap, reserve, make_guard, release: the operations. They leave `result`, and `first` where they place.
 * - forget: to be called when `result` and `first` have been looked at.
 *
 * PAGES and OWNERS come from who includes this file. SEEDED(n, wrong, right) is `right`, and `wrong` in the model that
 * is made with -DBUG=n, in which invariant n does not hold.
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
#define NONE 0      /* of no operation */
#define DONE 1
#define AT_HINT 2   /* done, where the hint said */
#define ELSEWHERE 3 /* done, but a hint was given and could not be taken */
#define NOTHING 4   /* every page was free already */
#define OUTSIDE 5   /* not in the space, no page at all, or page 0 among them */
#define HELD 6      /* a page belongs to an owner, or to another owner */
#define FULL 7      /* there is no run of free pages that is long enough */
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

/* first: any page that is a multiple of `unit` and at which `count` free pages begin; 0 if there is none. */
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

/* Maps free pages: at page `hint` if hint is not 0 and they are in the space and free, else anywhere. */
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

/* Makes the mapped pages among `count` pages free, unless one of them is reserved. */
inline unmap(start, count) {
    if
    :: !INSIDE(start, count) || (BUG != 2 && start == 0) -> result = OUTSIDE
    :: INSIDE(start, count) && (BUG == 2 || start != 0) ->
        if
        :: !INCLUDES(free | mapped | SEEDED(2, protected, 0), RUN(start, count)) ->
            result = HELD;
            if
            :: BUG == 4 -> give_back(RUN(start, count) & mapped)
            :: else
            fi
        :: IS_FREE(start, count) -> result = NOTHING
        :: else ->
            if
            :: result = DONE; give_back(RUN(start, count))
            :: result = NO_MEMORY
            fi
        fi
    fi
}

inline give_back(range) {
    d_step {
        free = free | (range);
        mapped = SEEDED(1, mapped, mapped & ~(range));
        protected = protected & ~(range)
    }
}

/* Reserves free pages for an owner, the first of them a multiple of `unit`. */
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

/* Makes pages that are reserved for an owner inaccessible. */
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

#define EVERYONES (ALL & ~protected & ~free & ~mapped)

/* Makes pages free that are all reserved for an owner. Where it is all that the owner has, that needs no memory. */
inline release(start, count, owner) {
    if
    :: !INSIDE(start, count) -> result = OUTSIDE
    :: INSIDE(start, count) && !INCLUDES(SEEDED(6, EVERYONES, reserved[owner]), RUN(start, count)) -> result = HELD
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
