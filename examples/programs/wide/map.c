/* map.c: see map.h. A table with open addressing: a key is in the first slot from its hash on that no other key
 * occupies. */
#include "map.h"

#include <stddef.h>
#include <stdlib.h>

typedef struct slot {
    uint64_t key, value;
    bool used;
} slot;

struct map {
    slot *slots;
    size_t size; /* a power of two */
    size_t used;
};

int map_count;

static size_t hash(uint64_t key) {
    key *= 0x9E3779B97F4A7C15u;
    return (size_t)(key ^ key >> 32);
}

map *map_new(void) {
    map *m = malloc(sizeof *m);
    if (m == NULL)
        return NULL;
    *m = (map){calloc(64, sizeof(slot)), 64, 0};
    if (m->slots == NULL) {
        free(m);
        return NULL;
    }
    map_count++;
    return m;
}

void map_delete(map *m) {
    free(m->slots);
    free(m);
    map_count--;
}

/* The slot of a key, or the one to insert it in. */
static slot *find(const map *m, uint64_t key) {
    size_t i = hash(key) & (m->size - 1);
    while (m->slots[i].used && m->slots[i].key != key)
        i = (i + 1) & (m->size - 1);
    return &m->slots[i];
}

static bool grow(map *m) {
    map larger = {calloc(m->size * 2, sizeof(slot)), m->size * 2, m->used};
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < m->size; i++)
        if (m->slots[i].used)
            *find(&larger, m->slots[i].key) = m->slots[i];
    free(m->slots);
    *m = larger;
    return true;
}

bool map_put(map *m, uint64_t key, uint64_t value) {
    if (m->used * 4 >= m->size * 3 && !grow(m))
        return false;
    slot *s = find(m, key);
    m->used += !s->used;
    *s = (slot){key, value, true};
    return true;
}

bool map_get(const map *m, uint64_t key, uint64_t *value) {
    const slot *s = find(m, key);
    if (s->used)
        *value = s->value;
    return s->used;
}

void map_each(const map *m, void (*function)(void *, uint64_t, uint64_t), void *context) {
    for (size_t i = 0; i < m->size; i++)
        if (m->slots[i].used)
            function(context, m->slots[i].key, m->slots[i].value);
}
