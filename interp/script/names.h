/* names.h: what the names of a script stand for.
 *
 * Interface:
 * - names_set: a name stands for an object from now on; NULL takes it away.
 * - names_forget: none stands for an object.
 * - names_find: that object; NULL: the name stands for nothing.
 *
 * A name belongs to a place (any address; NULL: the script itself) and to a sort of things there. An absent name is one
 * name of its own: "the last one".
 */
#ifndef WP_SCRIPT_NAMES_H
#define WP_SCRIPT_NAMES_H

#include "base/arena.h"
#include "script/script.h"

typedef enum name_sort { NAME_INSTANCE, NAME_DEFINITION, NAME_REGISTRATION, NAME_PROCESS, NAME_LIBRARY } name_sort;

typedef struct names_entry names_entry;

typedef struct names {
    wp_arena *pool;    /* where names are copied to */
    names_entry *entries; /* a hash table; capacity is 0 or a power of two */
    size_t count, capacity;
} names;

void names_init(names *n, wp_arena *pool);
void names_release(names *n);
/* False: memory is short. */
WP_MUST_CHECK bool names_set(names *n, const void *place, name_sort sort, script_text name, void *object);
/* No name of that sort in a place stands for the object any more. */
void names_forget(names *n, const void *place, name_sort sort, const void *object);
void *names_find(const names *n, const void *place, name_sort sort, script_text name);

#endif
