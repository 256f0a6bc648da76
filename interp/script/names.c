/* names.c: the objects that the names of a script stand for; see names.h. */
#include "script/names.h"

struct names_entry {
    wp_link link;
    void *object;
    names_entry *older;
};

void names_init(names *n, wp_arena *pool) {
    n->pool = pool;
    n->newest = NULL;
    wp_index_init(&n->index, pool->allocator);
}

void names_release(names *n) {
    wp_index_release(&n->index);
}

/* Place and sort in one number: addresses leave the top byte unused. */
static uint64_t names_scope(const void *place, name_sort sort, bool absent) {
    return (uint64_t)(uintptr_t)place ^ (uint64_t)sort << 60 ^ (uint64_t)absent << 59;
}

static names_entry *names_entry_of(const names *n, const void *place, name_sort sort, script_text name) {
    wp_bytes bytes = {(const uint8_t *)name.data, name.size};
    return (names_entry *)wp_index_find_in(&n->index, names_scope(place, sort, name.data == NULL), bytes);
}

bool names_set(names *n, const void *place, name_sort sort, script_text name, void *object) {
    names_entry *e = names_entry_of(n, place, sort, name);
    if (e != NULL) {
        e->object = object;
        return true;
    }
    if (object == NULL)
        return true;
    e = wp_arena_alloc(n->pool, 1, sizeof *e);
    const uint8_t *copy = wp_arena_copy(n->pool, name.data, name.size);
    if (e == NULL || copy == NULL)
        return false;
    e->object = object;
    e->older = n->newest;
    n->newest = e;
    wp_index_insert_in(&n->index, &e->link, names_scope(place, sort, name.data == NULL), (wp_bytes){copy, name.size});
    return true;
}

void names_forget(names *n, const void *place, name_sort sort, const void *object) {
    for (names_entry *e = n->newest; e != NULL; e = e->older)
        if (e->object == object && (e->link.scope | 1ull << 59) == names_scope(place, sort, true))
            e->object = NULL;
}

void *names_find(const names *n, const void *place, name_sort sort, script_text name) {
    const names_entry *e = names_entry_of(n, place, sort, name);
    return e == NULL ? NULL : e->object;
}
