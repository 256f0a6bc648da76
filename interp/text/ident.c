/* ident.c: a hash table of identifiers; see ident.h. */
#include "text/ident.h"

#include <string.h>

const char *wp_space_name(wp_space space) {
    static const char *const names[WP_SPACE_COUNT] = {"type",   "function", "table",        "memory",
                                                      "global", "tag",      "elem segment", "data segment",
                                                      "field",  "local",    "label"};
    return names[space];
}

void wp_idents_release(wp_idents *idents) {
    wp_free(idents->allocator, idents->entries, idents->capacity, sizeof *idents->entries);
    wp_free(idents->allocator, idents->slots, idents->nslots, sizeof *idents->slots);
}

void wp_idents_clear(wp_idents *idents) {
    for (size_t i = 0; i < idents->count; i++)
        idents->slots[idents->entries[i].slot] = 0;
    idents->count = 0;
}

/* The table's address is the seed, so that a text cannot choose names that collide. */
static uint32_t hash_name(const wp_idents *idents, wp_space space, uint32_t scope, const char *name, uint32_t size) {
    uint64_t h = (uint64_t)(uintptr_t)idents * 0x9E3779B97F4A7C15u ^ ((uint64_t)scope << 8 | (uint64_t)space);
    for (uint32_t i = 0; i < size; i++)
        h = (h ^ (uint8_t)name[i]) * 0xD6E8FEB86659FD93u;
    return (uint32_t)(h >> 32);
}

static bool grow_slots(wp_idents *idents) {
    size_t wanted = idents->nslots == 0 ? 64 : idents->nslots * 2;
    uint32_t *slots = wp_alloc(idents->allocator, wanted, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < idents->count; i++) {
        size_t slot = idents->entries[i].hash & (wanted - 1);
        while (slots[slot] != 0)
            slot = (slot + 1) & (wanted - 1);
        slots[slot] = (uint32_t)i + 1;
        idents->entries[i].slot = (uint32_t)slot;
    }
    wp_free(idents->allocator, idents->slots, idents->nslots, sizeof *idents->slots);
    idents->slots = slots;
    idents->nslots = wanted;
    return true;
}

wp_ident *wp_idents_find(const wp_idents *idents, wp_space space, uint32_t scope, const char *name, uint32_t size) {
    if (idents->count == 0)
        return NULL;
    uint32_t hash = hash_name(idents, space, scope, name, size);
    for (size_t slot = hash & (idents->nslots - 1); idents->slots[slot] != 0;
         slot = (slot + 1) & (idents->nslots - 1)) {
        wp_ident *entry = &idents->entries[idents->slots[slot] - 1];
        if (entry->hash == hash && entry->space == space && entry->scope == scope && entry->size == size &&
            memcmp(entry->name, name, size) == 0)
            return entry;
    }
    return NULL;
}

bool wp_idents_add(wp_idents *idents, wp_space space, uint32_t scope, const char *name, uint32_t size, uint32_t value) {
    if ((idents->count + 1) * 2 > idents->nslots && !grow_slots(idents))
        return false;
    if (!wp_grow(idents->allocator, (void **)&idents->entries, idents->count, &idents->capacity, sizeof(wp_ident)))
        return false;
    uint32_t hash = hash_name(idents, space, scope, name, size);
    size_t slot = hash & (idents->nslots - 1);
    while (idents->slots[slot] != 0)
        slot = (slot + 1) & (idents->nslots - 1);
    idents->entries[idents->count] = (wp_ident){name, size, hash, scope, value, (uint32_t)slot, space};
    idents->slots[slot] = (uint32_t)++idents->count;
    return true;
}
