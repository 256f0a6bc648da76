/* marks.c: names that stand for errors; see marks.h. */
#include "marks.h"

#include "fail.h"

#include <string.h>

struct mark_entry {
    bool used;
    const void *place;
    mark_sort sort;
    script_text name;
    mark what;
};

void marks_init(marks *m, script_pool *pool) {
    *m = (marks){.pool = pool, .allocator = pool->allocator};
}

void marks_release(marks *m) {
    script_grown_free(&m->allocator, m->entries, m->capacity, sizeof *m->entries);
    m->entries = NULL;
    m->count = m->capacity = 0;
}

static size_t hash(const void *place, mark_sort sort, script_text name) {
    uint64_t h = 14695981039346656037u ^ (uintptr_t)place ^ (uint64_t)sort << 56;
    for (size_t i = 0; i < name.size; i++)
        h = (h ^ (unsigned char)name.data[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 29);
}

static bool is_entry(const mark_entry *e, const void *place, mark_sort sort, script_text name) {
    return e->place == place && e->sort == sort && (e->name.data == NULL) == (name.data == NULL) &&
           e->name.size == name.size && (name.size == 0 || memcmp(e->name.data, name.data, name.size) == 0);
}

/* The entry of a name, or the unused one where it belongs. The table is never full. */
static mark_entry *find(const marks *m, const void *place, mark_sort sort, script_text name) {
    size_t i = hash(place, sort, name) & (m->capacity - 1);
    while (m->entries[i].used && !is_entry(&m->entries[i], place, sort, name))
        i = (i + 1) & (m->capacity - 1);
    return &m->entries[i];
}

static bool grow(marks *m) {
    if (m->count * 2 < m->capacity)
        return true;
    marks larger = *m;
    larger.capacity = m->capacity == 0 ? 16 : m->capacity * 2;
    larger.entries = m->allocator.resize(m->allocator.ctx, NULL, 0, larger.capacity * sizeof *m->entries);
    if (larger.entries == NULL)
        return false;
    memset(larger.entries, 0, larger.capacity * sizeof *m->entries);
    for (size_t i = 0; i < m->capacity; i++) {
        const mark_entry *e = &m->entries[i];
        if (e->used)
            *find(&larger, e->place, e->sort, e->name) = *e;
    }
    marks_release(m);
    *m = larger;
    return true;
}

wp_status marks_set(marks *m, const void *place, mark_sort sort, script_text name, mark what, wp_diag *diag) {
    if (!grow(m))
        return script_fail_memory(diag);
    mark_entry *e = find(m, place, sort, name);
    if (!e->used && what.status == WP_OK)
        return WP_OK;
    if (what.status != WP_OK)
        what.message = script_pool_copy(m->pool, what.message, strlen(what.message));
    if (!e->used && name.data != NULL)
        name.data = script_pool_copy(m->pool, name.data, name.size);
    if ((what.status != WP_OK && what.message == NULL) || (name.data == NULL && name.size != 0))
        return script_fail_memory(diag);
    if (e->used) {
        e->what = what;
        return WP_OK;
    }
    *e = (mark_entry){true, place, sort, name, what};
    m->count++;
    return WP_OK;
}

mark marks_find(const marks *m, const void *place, mark_sort sort, script_text name) {
    if (m->capacity != 0) {
        const mark_entry *e = find(m, place, sort, name);
        if (e->used)
            return e->what;
    }
    return (mark){WP_OK, NULL};
}
