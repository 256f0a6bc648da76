/* index.c: a hash index of objects by name; see index.h. */
#include "base/index.h"

#include <string.h>

void wp_index_init(wp_index *index, const wp_allocator *allocator) {
    *index = (wp_index){.allocator = allocator, .nheads = 1};
    index->heads = &index->only;
}

void wp_index_release(wp_index *index) {
    if (index->heads != &index->only)
        wp_free(index->allocator, index->heads, index->nheads, sizeof *index->heads);
    wp_index_init(index, index->allocator);
}

/* FNV-1a, and a last mixing for the low bits, which choose the chain. The index's address is the seed, so that no input
 * can choose names that collide. */
static uint64_t hash(const wp_index *index, uint64_t scope, wp_bytes name) {
    uint64_t h = (14695981039346656037u ^ (uintptr_t)index) * 1099511628211u;
    h = (h ^ scope) * 1099511628211u;
    for (size_t i = 0; i < name.size; i++)
        h = (h ^ name.data[i]) * 1099511628211u;
    return h ^ h >> 32;
}

static wp_link **head_of(const wp_index *index, uint64_t hash_value) {
    return &index->heads[hash_value & (index->nheads - 1)];
}

wp_link *wp_index_find_in(const wp_index *index, uint64_t scope, wp_bytes name) {
    uint64_t wanted = hash(index, scope, name);
    wp_link *link = *head_of(index, wanted);
    while (link != NULL && (link->hash != wanted || link->scope != scope || !wp_bytes_equal(link->name, name)))
        link = link->next;
    return link;
}

static void push(wp_index *index, wp_link *link) {
    wp_link **head = head_of(index, link->hash);
    link->next = *head;
    *head = link;
}

/* Keeps about as many chains as entries. */
static void grow(wp_index *index) {
    wp_link **old = index->heads;
    size_t nold = index->nheads, wanted = nold < 16 ? 32 : nold * 2;
    wp_link **heads = wp_alloc(index->allocator, wanted, sizeof *heads);
    if (heads == NULL)
        return;
    index->heads = heads;
    index->nheads = wanted;
    for (size_t i = 0; i < nold; i++) {
        wp_link *link = old[i];
        while (link != NULL) {
            wp_link *next = link->next;
            push(index, link);
            link = next;
        }
    }
    if (old != &index->only)
        wp_free(index->allocator, old, nold, sizeof *old);
}

void wp_index_insert_in(wp_index *index, wp_link *link, uint64_t scope, wp_bytes name) {
    if (index->count >= index->nheads && index->count >= 8)
        grow(index);
    link->hash = hash(index, scope, name);
    link->scope = scope;
    link->name = name;
    push(index, link);
    index->count++;
}

void wp_index_remove(wp_index *index, wp_link *link) {
    wp_link **at = head_of(index, link->hash);
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    index->count--;
}
