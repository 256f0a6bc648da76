/* marks.h: which names of a script stand for something that could not be had, and why.
 *
 * Interface:
 * - marks_set: a name now stands for an error; or for no error, which takes an earlier mark away.
 * - marks_find: the error, if the name stands for one.
 *
 * A name is looked up in a place (a process, or NULL: the plain store or the script itself), among names of one sort.
 * An absent name is "the last one" of its sort.
 */
#ifndef WP_SCRIPT_MARKS_H
#define WP_SCRIPT_MARKS_H

#include "pool.h"
#include "script.h"

typedef enum mark_sort { MARK_INSTANCE, MARK_DEFINITION, MARK_REGISTRATION, MARK_PROCESS } mark_sort;

/* status WP_OK: no mark. */
typedef struct mark {
    wp_status status;
    const char *message;
} mark;

typedef struct mark_entry mark_entry;

typedef struct marks {
    script_pool *pool; /* where names and messages are copied to */
    wp_allocator allocator;
    mark_entry *entries; /* hash table; capacity is 0 or a power of two */
    size_t count, capacity;
} marks;

void marks_init(marks *m, script_pool *pool);
void marks_release(marks *m);
/* WP_EXHAUSTION: memory is short. */
WP_MUST_CHECK wp_status marks_set(marks *m, const void *place, mark_sort sort, script_text name, mark what,
                                  wp_diag *diag);
mark marks_find(const marks *m, const void *place, mark_sort sort, script_text name);

#endif
