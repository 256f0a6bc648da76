/* index.c: a hash index of objects by name; see index.h. */
#include "base/index.h"

#include <string.h>

static void clear_chains(wp_chain *chains, size_t count) {
    for (size_t i = 0; i < count; i++)
        chains[i] = (wp_chain){NULL, &chains[i].first};
}

void wp_index_init(wp_index *index, const wp_allocator *allocator) {
    *index = (wp_index){.allocator = allocator, .nchains = 1};
    index->chains = &index->only;
    clear_chains(index->chains, 1);
}

void wp_index_release(wp_index *index) {
    if (index->chains != &index->only)
        wp_free(index->allocator, index->chains, index->nchains, sizeof *index->chains);
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

static wp_chain *chain_of(const wp_index *index, uint64_t hash_value) {
    return &index->chains[hash_value & (index->nchains - 1)];
}

wp_link *wp_index_find_in(const wp_index *index, uint64_t scope, wp_bytes name) {
    uint64_t wanted = hash(index, scope, name);
    wp_link *link = chain_of(index, wanted)->first;
    while (link != NULL && (link->hash != wanted || link->scope != scope || !wp_bytes_equal(link->name, name)))
        link = link->next;
    return link;
}

/* Puts a link first or last into its chain. */
static void put(wp_index *index, wp_link *link, bool is_first) {
    wp_chain *chain = chain_of(index, link->hash);
    link->place = is_first ? &chain->first : chain->end;
    link->next = *link->place;
    *link->place = link;
    *(link->next != NULL ? &link->next->place : &chain->end) = &link->next;
}

/* Keeps about as many chains as entries. */
static void grow(wp_index *index) {
    wp_chain *old = index->chains;
    size_t nold = index->nchains, wanted = nold < 16 ? 32 : nold * 2;
    wp_chain *chains = wp_alloc(index->allocator, wanted, sizeof *chains);
    if (chains == NULL)
        return;
    clear_chains(chains, wanted);
    index->chains = chains;
    index->nchains = wanted;
    for (size_t i = 0; i < nold; i++)
        for (wp_link *link = old[i].first, *next; link != NULL; link = next) {
            next = link->next;
            put(index, link, false);
        }
    if (old != &index->only)
        wp_free(index->allocator, old, nold, sizeof *old);
}

static void enter(wp_index *index, wp_link *link, uint64_t scope, wp_bytes name, bool is_first) {
    if (index->count >= index->nchains && index->count >= 8)
        grow(index);
    link->hash = hash(index, scope, name);
    link->scope = scope;
    link->name = name;
    put(index, link, is_first);
    index->count++;
}

void wp_index_insert_in(wp_index *index, wp_link *link, uint64_t scope, wp_bytes name) {
    enter(index, link, scope, name, true);
}

void wp_index_append(wp_index *index, wp_link *link, wp_bytes name) {
    enter(index, link, 0, name, false);
}

void wp_index_remove(wp_index *index, wp_link *link) {
    *link->place = link->next;
    *(link->next != NULL ? &link->next->place : &chain_of(index, link->hash)->end) = link->place;
    index->count--;
}
