/* dictionary.c: the dictionary of a process; see dictionary.h. */
#include "process/load/dictionary.h"

#include <nettle/sha2.h>
#include <string.h>

void wp_dictionary_init(wp_dictionary *dictionary, wp_engine *engine) {
    dictionary->engine = engine;
    wp_arena_init(&dictionary->arena, &engine->allocator);
    wp_index_init(&dictionary->entries, &engine->allocator);
}

void wp_dictionary_release(wp_dictionary *dictionary) {
    wp_index_release(&dictionary->entries);
    wp_arena_release(&dictionary->arena);
}

const wp_entry *wp_dictionary_find(const wp_dictionary *dictionary, wp_bytes name) { /* rule: dict.exact */
    return (const wp_entry *)wp_index_find(&dictionary->entries, name);
}

/* Rule dict.bind-once; a URI is not empty. Binding a name again without a digest leaves the digest of the entry in
 * place. */
static wp_status check_again(const wp_dictionary *dictionary, const wp_entry *entry, wp_bytes uri,
                             const uint8_t *digest, wp_diag *diag) {
    const wp_bytes *name = &entry->link.name;
    RULE(dictionary->engine, dict_bind_once);
    if (entry->uri.size != uri.size || memcmp(entry->uri.data, uri.data, uri.size) != 0)
        return wp_fail(diag, WP_REFUSED, "already bound: \"%.*s\" is %.*s", (int)name->size, (const char *)name->data,
                       (int)entry->uri.size, (const char *)entry->uri.data);
    /* rule: dict.bind-once */
    if (digest != NULL && (!entry->has_digest || memcmp(entry->digest, digest, WP_DIGEST_SIZE) != 0))
        return wp_fail(diag, WP_REFUSED, "already bound: \"%.*s\", with %s digest", (int)name->size,
                       (const char *)name->data, entry->has_digest ? "another" : "no");
    return WP_OK;
}

wp_status wp_dictionary_bind(wp_dictionary *dictionary, wp_bytes name, wp_bytes uri, const uint8_t *digest,
                             wp_diag *diag) {
    if (uri.size == 0)
        return wp_fail(diag, WP_REFUSED, "an empty URI names no library");
    const wp_entry *earlier = wp_dictionary_find(dictionary, name);
    if (earlier != NULL) /* rule: dict.bind-once */
        return check_again(dictionary, earlier, uri, digest, diag);
    wp_arena *arena = &dictionary->arena;
    wp_entry *entry = wp_arena_alloc(arena, 1, sizeof *entry);
    uint8_t *kept = wp_arena_copy(arena, name.data, name.size);
    uint8_t *target = wp_arena_copy(arena, uri.data, uri.size);
    if (entry == NULL || kept == NULL || target == NULL)
        return wp_fail_memory(diag);
    entry->uri = (wp_bytes){target, uri.size};
    entry->has_digest = digest != NULL; /* rule: dict.integrity */
    if (digest != NULL)
        memcpy(entry->digest, digest, WP_DIGEST_SIZE); /* rule: dict.integrity */
    RULE(dictionary->engine, dict_exact);
    dictionary->longest = name.size > dictionary->longest ? name.size : dictionary->longest; /* rule: dl.name */
    wp_index_insert(&dictionary->entries, &entry->link, (wp_bytes){kept, name.size});        /* rule: dict.exact */
    entry->older = dictionary->newest;                                                       /* rule: dict.bind-once */
    dictionary->newest = entry;                                                              /* rule: dict.bind-once */
    return WP_OK;
}

void wp_dictionary_shorten(wp_dictionary *dictionary, size_t count) { /* rule: dict.bind-once */
    while (dictionary->entries.count > count) {
        wp_index_remove(&dictionary->entries, &dictionary->newest->link);
        dictionary->newest = dictionary->newest->older;
    }
}

void wp_digest(wp_bytes bytes, uint8_t digest[WP_DIGEST_SIZE]) { /* rule: dict.integrity */
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    sha256_update(&ctx, bytes.size, bytes.data);
    sha256_digest(&ctx, WP_DIGEST_SIZE, digest);
}
