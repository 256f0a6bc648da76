/* relation.pml: the transition relation of space.pml as lines of text: each operation, with all arguments, in every
 * reachable state.
 *
 * A line is: operation, arguments; free, mapped, reserved, reserved, guard before; result, first; the same after. The
 * verifier prints them as it searches. The interpreter is compared with another model (space_formal.h), which
 * prints its own lines: both must be the same set.
 */
#ifndef PAGES
#define PAGES 5
#endif
#define OWNERS 2

#include "space.pml"

c_decl {
\#include <stdio.h>
}

#define MAP 1
#define UNMAP 2
#define RESERVE 3
#define GUARD 4
#define RELEASE 5

byte op, start, count, unit, owner;
byte old_free, old_mapped, old_reserved[OWNERS], old_guard;

inline begin() {
    d_step {
        old_free = free;
        old_mapped = mapped;
        old_reserved[0] = reserved[0];
        old_reserved[1] = reserved[1];
        old_guard = guard
    }
}

inline end() {
    c_code {
        printf("%d %d %d %d %d: %d %d %d %d %d -> %d %d: %d %d %d %d %d\n", now.op, now.start, now.count, now.unit,
               now.owner, now.old_free, now.old_mapped, now.old_reserved[0], now.old_reserved[1], now.old_guard,
               now.result, now.first, now.free, now.mapped, now.reserved[0], now.reserved[1], now.guard);
    };
    d_step {
        op = 0;
        start = 0;
        count = 0;
        unit = 0;
        owner = 0;
        old_free = 0;
        old_mapped = 0;
        old_reserved[0] = 0;
        old_reserved[1] = 0;
        old_guard = 0;
        forget()
    }
}

/* Includes runs that leave the space by one page. */
inline choose_run() {
    select(start : 0 .. PAGES + 1);
    select(count : 0 .. PAGES + 1)
}

init {
    do
    :: atomic {
        op = MAP;
        choose_run();
        begin();
        map(start, count);
        end()
    }
    :: atomic {
        op = UNMAP;
        choose_run();
        begin();
        unmap(start, count);
        end()
    }
    :: atomic {
        op = RESERVE;
        select(count : 0 .. PAGES + 1);
        select(owner : 0 .. OWNERS - 1);
        if
        :: unit = 1
        :: unit = 2
        fi;
        begin();
        reserve(count, unit, owner);
        end()
    }
    :: atomic {
        op = GUARD;
        choose_run();
        select(owner : 0 .. OWNERS - 1);
        begin();
        make_guard(start, count, owner);
        end()
    }
    :: atomic {
        op = RELEASE;
        choose_run();
        select(owner : 0 .. OWNERS - 1);
        begin();
        release(start, count, owner);
        end()
    }
    od
}
