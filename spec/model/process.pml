/* process.pml: one process, in Promela: its address space, the platform API, the stack, and a loader of libraries.
 *
 * Guest code may do anything at any time: mmap and munmap with every address and length in bytes, an access to every
 * page, a load of any library. Illegal releases are attempted, and the platform may run out of memory at any time.
 * Every invariant below is asserted after each operation.
 *
 * A page has two bytes, enough for unaligned addresses and lengths. Library 2 needs library 1; each has data of any
 * size up to MAX_SIZE pages and any alignment up to two pages. No guest code runs in a load before constructors do, so the
 * state between its steps can't be observed: a load is one step up to there.
 *
 * Invariants are numbered. -DBUG=n selects a bug that breaks invariant n; -DCHECK=n asserts that invariant alone.
 */
#ifndef PAGES
#define PAGES 6
#endif
#define MAX_STACK 2
#define MAX_SIZE 2

#define STACK 0 /* as an owner; the others are libraries */
#define LIBRARIES 2
#define OWNERS 3

#include "space.pml"

#define PAGE_SIZE 2
#define PAGES_UP(length) (((length) + PAGE_SIZE - 1) / PAGE_SIZE)
#define MOST_BYTES (PAGE_SIZE * PAGES + 1)

#define ACCESSIBLE ((mapped | reserved[0] | reserved[1] | reserved[2]) & ~SEEDED(9, 0, guard))

/* Sets of libraries: bit l is library l. */
#define SET(library) (1 << (library))
#define NEEDED_BY(library) ((library) == 2 -> SET(1) : 0)

/* The libraries. */
byte present;              /* the set of those that are loaded or whose constructors run */
byte brought[OWNERS];      /* the set of new libraries of a load whose constructors run */
byte before[OWNERS];       /* the set of those that were present when that load began */
byte loads[OWNERS];        /* loads that have not been undone */
byte base[OWNERS], size[OWNERS];
#define LOADING (brought[1] | brought[2])
#define MOST_LOADS 2

/* The pages whose storage contains data. Guest code writes to every page as soon as it can. */
byte dirty;

/* ---- The current operation ----------------------------------------------------------------------------------- */

mtype = { nothing, op_mmap, op_munmap, op_access, op_release, op_load, op_finish, op_unload };
mtype op = nothing;
short address, length;
bool ok;            /* the operation succeeded */
bool short_of_memory;
bool misaligned;    /* a reservation is not a multiple of its alignment */
byte releasing;     /* the set of owners whose pages are released */
short answer;       /* of mmap, in bytes */

/* The state before the operation, and before a load that ends. */
byte began, old_protected, old_free, old_mapped, old_guard, old_reserved[OWNERS], old_present, old_loads[OWNERS];
byte old_accessible, old_dirty;

inline begin(operation) {
    d_step {
        op = operation;
        old_protected = protected;
        old_free = free;
        old_mapped = mapped;
        old_guard = guard;
        old_reserved[0] = reserved[0];
        old_reserved[1] = reserved[1];
        old_reserved[2] = reserved[2];
        old_present = present;
        old_loads[1] = loads[1];
        old_loads[2] = loads[2];
        old_accessible = ACCESSIBLE;
        old_dirty = dirty
    }
}

/* ---- Invariants ---------------------------------------------------------------------------------------------- */

#ifndef CHECK
#define CHECK 0
#endif
#define INVARIANT(number, name, condition) name = (condition) || (CHECK != 0 && CHECK != number); assert(name)

#define ALL_RESERVED (reserved[0] | reserved[1] | reserved[2])
#define EVERY_STATE (protected | free | mapped | ALL_RESERVED)
#define SUM_OF_STATES (protected + free + mapped + reserved[0] + reserved[1] + reserved[2])
#define PAGES_CHANGED (protected != old_protected || free != old_free || mapped != old_mapped || guard != old_guard || \
                       RESERVED_CHANGED)
#define RESERVED_CHANGED (reserved[0] != old_reserved[0] || reserved[1] != old_reserved[1] || \
                          reserved[2] != old_reserved[2])
#define LIBRARIES_CHANGED (present != old_present || loads[1] != old_loads[1] || loads[2] != old_loads[2])
/* True if an owner has lost pages without a release. */
#define ROBBED(owner) ((old_reserved[owner] & ~reserved[owner]) != 0 && (releasing & SET(owner)) == 0)
#define COUNT PAGES_UP(length)
#define HINT (address / PAGE_SIZE)
#define HINT_IS_FREE (HINT != 0 && INSIDE(HINT, COUNT) && INCLUDES(old_free, RUN(HINT, COUNT)))
#define ANSWER_RUN RUN(answer / PAGE_SIZE, COUNT)
#define UNMAP_RUN RUN(address / PAGE_SIZE, COUNT)
#define UNMAP_LEGAL (address % PAGE_SIZE == 0 && address != 0 && INSIDE(address / PAGE_SIZE, COUNT) && \
                     INCLUDES(old_free | old_mapped, UNMAP_RUN))
#define IS(library, set) (((set) >> (library)) & 1)
#define WANTED (present & ((loads[1] != 0 -> SET(1) : 0) | (loads[2] != 0 -> SET(2) | NEEDED_BY(2) : 0) | LOADING | \
                           (IS(2, LOADING) -> NEEDED_BY(2) : 0)))

bool one_state = true, page_zero = true, mmap_disjoint = true, munmap_whole = true, failure_unchanged = true,
    owner_releases = true, hint_honoured = true, exhausted_only = true, guard_inaccessible = true, load_atomic = true,
    pages_zero = true, aligned = true, held_while_present = true, needed_stay = true, no_orphans = true,
    munmap_answers = true, mappings_stay = true, stack_stays = true, load_undone = true;
byte longest, this_run; /* runs of pages that were free */

inline measure_free() {
    longest = 0;
    this_run = 0;
    page = 0;
    do
    :: page < PAGES ->
        this_run = ((old_free >> page) & 1 -> this_run + 1 : 0);
        longest = (this_run > longest -> this_run : longest);
        page++
    :: else -> break
    od;
    page = 0
}

inline end() {
    d_step {
        measure_free();

        /* Every page is in exactly one state; guard pages are among the owned ones. (process.memory,
         * mmap.result, munmap.true, load.reserve, load.stack) */
        INVARIANT(1, one_state, EVERY_STATE == ALL && SUM_OF_STATES == ALL && INCLUDES(ALL_RESERVED, guard));

        /* Page 0 is always protected, and no other page is. (process.page-zero) */
        INVARIANT(2, page_zero, protected == 1);

        /* The pages that mmap returns were free, become mapped, and are the only change. (mmap.result,
         * mmap.hint.taken) */
        INVARIANT(3, mmap_disjoint, op != op_mmap || !ok ||
            (answer % PAGE_SIZE == 0 && answer != 0 && INCLUDES(old_free, ANSWER_RUN) &&
             mapped == (old_mapped | ANSWER_RUN) && free == (old_free & ~ANSWER_RUN) && !RESERVED_CHANGED));

        /* munmap frees exactly the whole range, or changes nothing. (munmap.true, munmap.partial, munmap.span,
         * munmap.free, munmap.reserved) */
        INVARIANT(4, munmap_whole, op != op_munmap ||
            (ok -> free == (old_free | UNMAP_RUN) && mapped == (old_mapped & ~UNMAP_RUN) && !RESERVED_CHANGED
                 : !PAGES_CHANGED));

        /* A failed operation changes nothing. (mmap.exhausted, mmap.length.zero, mmap.length.too-large, munmap.true,
         * load.unload) */
        INVARIANT(5, failure_unchanged, ok || op == op_load || op == op_finish ||
            (!PAGES_CHANGED && !LIBRARIES_CHANGED));

        /* Only an owner releases its pages. (munmap.reserved, load.reserve, load.unload) */
        INVARIANT(6, owner_releases, !ROBBED(0) && !ROBBED(1) && !ROBBED(2));

        /* A mapping is at the hint if the range there was free. (mmap.hint.free, mmap.hint.round, mmap.range.end) */
        INVARIANT(7, hint_honoured, op != op_mmap || !ok || !HINT_IS_FREE || answer == HINT * PAGE_SIZE);

        /* mmap fails only because of its length, because no run of free pages is long enough, or for lack of memory.
         * (mmap.exhausted, mmap.hint.none, mmap.hint.taken) */
        INVARIANT(8, exhausted_only, op != op_mmap || ok || length == 0 || COUNT > PAGES - 1 || longest < COUNT ||
            short_of_memory);

        /* Guard pages, free pages and page 0 are inaccessible, all others accessible. (load.stack, access.inaccessible,
         * process.page-zero, munmap.gone) */
        INVARIANT(9, guard_inaccessible, op != op_access ||
            ok == IS(address, ALL & ~(old_protected | old_free | old_guard)));

        /* A load that fails before guest code has run leaves no trace. (load.atomic) */
        INVARIANT(10, load_atomic, op != op_load || ok || (!PAGES_CHANGED && !LIBRARIES_CHANGED));

        /* Pages that become accessible contain no data. (mmap.zero, load.reserve, munmap.gone) */
        INVARIANT(11, pages_zero, (old_dirty & ACCESSIBLE & ~old_accessible) == 0);

        /* The loader's reservations have the requested alignment. (load.reserve) */
        INVARIANT(12, aligned, !misaligned);

        /* The pages of a library are reserved exactly as long as it is loaded. (load.reserve, load.unload,
         * load.ctor-trap, load.atomic) */
        INVARIANT(13, held_while_present,
            reserved[1] == (IS(1, present) -> RUN(base[1], size[1]) : 0) &&
            reserved[2] == (IS(2, present) -> RUN(base[2], size[2]) : 0));

        /* The dependencies of a library stay loaded as long as it does. (load.needed, load.unload) */
        INVARIANT(14, needed_stay, !IS(2, present) || INCLUDES(present, NEEDED_BY(2)));

        /* A library is present exactly as long as a load refers to it, its constructors run, or a library that is
         * present needs it. (load.unload, load.ctor-trap) */
        INVARIANT(15, no_orphans, present == WANTED);

        /* munmap is true for exactly the legal ranges, except when out of memory. (munmap.true, munmap.length,
         * munmap.unaligned, munmap.range, munmap.free, munmap.reserved) */
        INVARIANT(16, munmap_answers, op != op_munmap || (ok -> UNMAP_LEGAL : !UNMAP_LEGAL || short_of_memory));

        /* Only mmap and munmap create and remove mappings, whatever else fails, traps or is unloaded. (process.trap,
         * load.ctor-trap, load.unload) */
        INVARIANT(17, mappings_stay, op == op_mmap || op == op_munmap || mapped == old_mapped);

        /* The stack and its guard page never change. (load.stack) */
        INVARIANT(18, stack_stays, reserved[STACK] == old_reserved[STACK] && guard == old_guard);

        /* A load whose constructors trap leaves no library that came since it began, and takes none that existed and is
         * still needed. (load.ctor-trap) */
        INVARIANT(19, load_undone, op != op_finish || ok || present == (began & WANTED));

        dirty = dirty | ACCESSIBLE;
        op = nothing;
        began = 0;
        address = 0;
        length = 0;
        ok = false;
        short_of_memory = false;
        misaligned = false;
        releasing = 0;
        answer = 0;
        old_protected = 0;
        old_free = 0;
        old_mapped = 0;
        old_guard = 0;
        old_reserved[0] = 0;
        old_reserved[1] = 0;
        old_reserved[2] = 0;
        old_present = 0;
        old_loads[1] = 0;
        old_loads[2] = 0;
        old_accessible = 0;
        old_dirty = 0;
        longest = 0;
        this_run = 0;
        forget()
    }
}

/* ---- The platform API ---------------------------------------------------------------------------------------- */

byte count, hint; /* in pages */

inline do_mmap() {
    select(address : 0 .. MOST_BYTES);
    select(length : 0 .. MOST_BYTES);
    begin(op_mmap);
    hint = address / PAGE_SIZE;
    count = PAGES_UP(length);
    if
    :: count > PAGES - 1
    :: else -> map(hint, count)
    fi;
    d_step {
        ok = PLACED(result);
        short_of_memory = (result == NO_MEMORY);
        answer = first * PAGE_SIZE;
        hint = 0;
        count = 0
    }
    end()
}

inline do_munmap() {
    select(address : 0 .. MOST_BYTES);
    select(length : 0 .. MOST_BYTES);
    begin(op_munmap);
    hint = address / PAGE_SIZE;
    count = PAGES_UP(length);
    if
    :: BUG != 16 && address % PAGE_SIZE != 0
    :: else -> unmap(hint, count)
    fi;
    d_step {
        ok = (result == DONE || result == NOTHING);
        short_of_memory = (result == NO_MEMORY);
        dirty = (ok -> dirty & ~RUN(hint, count) : dirty);
        hint = 0;
        count = 0
    }
    end()
}

/* The address is a page here, possibly outside of the address space. */
inline do_access() {
    select(address : 0 .. PAGES);
    begin(op_access);
    ok = IS(address, ACCESSIBLE);
    end()
}

/* ---- The loader ---------------------------------------------------------------------------------------------- */

byte root, library, new; /* of a load; new is the set of its new libraries */
byte exponent, unit;

/* An illegal release: of pages that do not all belong to the owner. */
inline do_release() {
    select(library : 0 .. LIBRARIES);
    select(address : 0 .. PAGES);
    select(count : 1 .. PAGES);
    if
    :: INCLUDES(reserved[library], RUN(address, count))
    :: else ->
        begin(op_release);
        release(address, count, library);
        ok = (result == DONE);
        end()
    fi;
    d_step {
        library = 0;
        count = 0;
        address = 0
    }
}

inline create_stack() {
    select(count : 0 .. MAX_STACK);
    if
    :: count == 0
    :: else ->
        choose(count + 1, 1);
        d_step {
            reserved[STACK] = RUN(first, count + 1);
            free = free & ~reserved[STACK];
            guard = SET(first);
            dirty = ACCESSIBLE
        }
    fi;
    d_step {
        count = 0;
        forget()
    }
}

/* Releases the pages of the library. */
inline release_library() {
    if
    :: size[library] != 0 ->
        release(base[library], size[library], library);
        d_step {
            releasing = releasing | SET(library);
            dirty = (BUG == 11 -> dirty : dirty & ~RUN(base[library], size[library]));
            base[library] = 0;
            size[library] = 0;
            forget()
        }
    :: else
    fi
}

/* Rolls back the reservations of the new libraries. */
inline roll_back() {
    library = SEEDED(10, 2, 1);
    do
    :: library <= LIBRARIES ->
        if
        :: IS(library, new) -> release_library()
        :: else
        fi;
        library++
    :: else -> break
    od;
    library = 0
}

bool reserved_all;

/* Reserves pages for each of the new libraries in turn, as long as there is room. */
inline reserve_all() {
    reserved_all = true;
    library = 1;
    do
    :: library <= LIBRARIES && reserved_all && IS(library, new) ->
        select(count : 0 .. MAX_SIZE);
        select(exponent : 0 .. 1);
        unit = SET(exponent);
        if
        :: count == 0
        :: else ->
            reserve(count, unit, library);
            if
            :: result == DONE -> record()
            :: else -> reserved_all = false
            fi;
            forget()
        fi;
        library++
    :: library <= LIBRARIES && reserved_all && !IS(library, new) -> library++
    :: else -> break
    od;
    library = 0;
    count = 0;
    exponent = 0;
    unit = 0
}

/* Records the reservation, and writes the library's segments there. */
inline record() {
    d_step {
        misaligned = misaligned || first % unit != 0;
        dirty = dirty | RUN(first, count);
        base[library] = first;
        size[library] = count
    }
}

/* The libraries that are no longer needed. */
#define UNNEEDED SEEDED(14, SEEDED_ROOT, present & ~WANTED & SEEDED(15, SET(root), present))
#define SEEDED_ROOT (loads[root] == 0 -> present & SET(root) : 0)

inline sweep() {
    new = UNNEEDED;
    library = 1;
    do
    :: library <= LIBRARIES ->
        if
        :: IS(library, new) && BUG != 13 -> release_library()
        :: else
        fi;
        library++
    :: else -> break
    od;
    present = present & ~new;
    new = 0;
    library = 0
}

/* A load up to its constructors. It may also fail for reasons other than its reservations. */
inline do_load() {
    select(root : 1 .. LIBRARIES);
    if
    :: IS(root, present) && loads[root] + (brought[root] != 0 -> 1 : 0) < MOST_LOADS ->
        begin(op_load);
        loads[root]++;
        ok = true;
        end()
    :: !IS(root, present) ->
        begin(op_load);
        new = (SET(root) | NEEDED_BY(root)) & ~present;
        reserve_all();
        if
        :: reserved_all ->
            d_step {
                before[root] = present;
                present = present | new;
                brought[root] = new;
                ok = true
            }
        :: roll_back()
        fi;
        new = 0;
        reserved_all = false;
        end()
    :: else
    fi;
    root = 0
}

/* Takes all loads of the libraries that came since a load began. */
inline forsake() {
    d_step {
        loads[1] = (IS(1, SEEDED(19, present, began)) -> loads[1] : 0);
        loads[2] = (IS(2, SEEDED(19, present, began)) -> loads[2] : 0)
    }
}

/* Constructors end, or one of them traps. A load of library 2 during one of library 1 ends first. */
inline do_finish() {
    select(root : 1 .. LIBRARIES);
    if
    :: brought[root] != 0 && (root == 2 || brought[2] == 0) ->
        begin(op_finish);
        began = before[root];
        before[root] = 0;
        brought[root] = 0;
        if
        :: loads[root]++; ok = true
        :: forsake();
            sweep();
            if
            :: BUG == 17 -> make_free(mapped)
            :: else
            fi
        fi;
        end()
    :: else
    fi;
    root = 0
}

/* Undoes one load, if one is left. */
inline do_unload() {
    select(root : 1 .. LIBRARIES);
    begin(op_unload);
    if
    :: loads[root] != 0 ->
        loads[root]--;
        sweep();
        ok = true
    :: else
    fi;
    end();
    root = 0
}

init {
    atomic {
        create_stack()
    };
    do
    :: atomic { do_mmap() }
    :: atomic { do_munmap() }
    :: atomic { do_access() }
    :: atomic { do_release() }
    :: atomic { do_load() }
    :: atomic { do_finish() }
    :: atomic { do_unload() }
    od
}
