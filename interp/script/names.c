/* names.c: what the names of a script stand for; see names.h. */
#include "script/names.h"

#include <string.h>

struct names_entry {
    bool used;
    name_sort sort;
    const void *place;
    script_text name;
    void *object;
};

void names_init(names *n, wp_arena *pool) {
    *n = (names){.pool = pool};
}

void names_release(names *n) {
    wp_free(n->pool->allocator, n->entries, n->capacity, sizeof *n->entries);
    names_init(n, n->pool);
}

static size_t hash(const void *place, name_sort sort, script_text name) {
    uint64_t h = (14695981039346656037u ^ (uintptr_t)place ^ (uint64_t)sort << 56) * 1099511628211u;
    for (size_t i = 0; i < name.size; i++)
        h = (h ^ (unsigned char)name.data[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 29);
}

static bool is_entry(const names_entry *e, const void *place, name_sort sort, script_text name) {
    return e->place == place && e->sort == sort && (e->name.data == NULL) == (name.data == NULL) &&
           e->name.size == name.size && (name.size == 0 || memcmp(e->name.data, name.data, name.size) == 0);
}

/* The entry of a name, or the unused one where it belongs. The table is never full. */
static names_entry *find(const names *n, const void *place, name_sort sort, script_text name) {
    size_t i = hash(place, sort, name) & (n->capacity - 1);
    while (n->entries[i].used && !is_entry(&n->entries[i], place, sort, name))
        i = (i + 1) & (n->capacity - 1);
    return &n->entries[i];
}

static bool grow(names *n) {
    if (n->count * 2 < n->capacity)
        return true;
    const wp_allocator *a = n->pool->allocator;
    names larger = {.pool = n->pool, .count = n->count, .capacity = n->capacity == 0 ? 16 : n->capacity * 2};
    larger.entries = a->resize(a->ctx, NULL, 0, larger.capacity * sizeof *n->entries);
    if (larger.entries == NULL)
        return false;
    memset(larger.entries, 0, larger.capacity * sizeof *n->entries);
    for (size_t i = 0; i < n->capacity; i++) {
        const names_entry *e = &n->entries[i];
        if (e->used)
            *find(&larger, e->place, e->sort, e->name) = *e;
    }
    names_release(n);
    *n = larger;
    return true;
}

bool names_set(names *n, const void *place, name_sort sort, script_text name, void *object) {
    names_entry *e = n->capacity == 0 ? NULL : find(n, place, sort, name);
    if (e != NULL && e->used) {
        e->object = object;
        return true;
    }
    if (object == NULL)
        return true;
    if (!grow(n))
        return false;
    if (name.data != NULL) {
        name.data = wp_arena_text(n->pool, name.data, name.size);
        if (name.data == NULL)
            return false;
    }
    *find(n, place, sort, name) = (names_entry){true, sort, place, name, object};
    n->count++;
    return true;
}

void names_forget(names *n, const void *place, name_sort sort, const void *object) {
    for (size_t i = 0; i < n->capacity; i++) {
        names_entry *e = &n->entries[i];
        if (e->used && e->place == place && e->sort == sort && e->object == object)
            e->object = NULL;
    }
}

void *names_find(const names *n, const void *place, name_sort sort, script_text name) {
    if (n->capacity == 0)
        return NULL;
    const names_entry *e = find(n, place, sort, name);
    return e->used ? e->object : NULL;
}
