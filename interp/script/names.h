/* names.h: the objects that the names of a script stand for.
 *
 * Interface:
 * - names_set: a name stands for an object from now on; NULL: for none.
 * - names_forget: no name stands for an object any more.
 * - names_find: the object; NULL: the name stands for none.
 *
 * A name belongs to a place (any address; NULL: the script itself) and to a sort of objects there. An absent name is
 * one name of its own: "the last one".
 */
#ifndef WP_SCRIPT_NAMES_H
#define WP_SCRIPT_NAMES_H

#include "base/arena.h"
#include "base/index.h"
#include "script/script.h"

typedef enum name_sort { NAME_INSTANCE, NAME_DEFINITION, NAME_REGISTRATION, NAME_PROCESS, NAME_LIBRARY } name_sort;

typedef struct names_entry names_entry;

typedef struct names {
    wp_arena *pool; /* for entries and copies of names */
    wp_index index;
    names_entry *newest;
} names;

/* It must not move afterwards. */
void names_init(names *n, wp_arena *pool);
void names_release(names *n);
/* False: out of memory. */
WP_MUST_CHECK bool names_set(names *n, const void *place, name_sort sort, script_text name, void *object);
/* Takes an object of that sort from all its names in a place. */
void names_forget(names *n, const void *place, name_sort sort, const void *object);
void *names_find(const names *n, const void *place, name_sort sort, script_text name);

#endif
