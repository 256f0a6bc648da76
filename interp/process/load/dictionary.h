/* dictionary.h: the dictionary of a process, from names of libraries to their URIs (process model, label
 * dictionary).
 *
 * Interface: wp_dictionary_init, wp_dictionary_release, wp_dictionary_bind, wp_dictionary_find; wp_digest.
 */
#ifndef WP_DICTIONARY_H
#define WP_DICTIONARY_H

#include "base/index.h"
#include "core/engine.h"

typedef struct wp_entry {
    wp_link link; /* by name */
    wp_bytes uri;
    struct wp_entry *older;
    bool has_digest;
    uint8_t digest[WP_DIGEST_SIZE];
} wp_entry;

typedef struct wp_dictionary {
    wp_engine *engine;
    wp_arena arena;
    wp_index entries;
    struct wp_entry *newest;
    size_t longest; /* of the names, in bytes */
} wp_dictionary;

/* Makes an empty dictionary. It must not move afterwards. */
void wp_dictionary_init(wp_dictionary *dictionary, wp_engine *engine);
void wp_dictionary_release(wp_dictionary *dictionary);
/* Adds an entry; all bytes are copied. digest may be NULL. WP_REFUSED "already bound" (rule dict.bind-once). */
WP_MUST_CHECK wp_status wp_dictionary_bind(wp_dictionary *dictionary, wp_bytes name, wp_bytes uri,
                                           const uint8_t *digest, wp_diag *diag);
/* Rolls back to the first `count` entries. */
void wp_dictionary_shorten(wp_dictionary *dictionary, size_t count);
/* NULL if absent. */
const wp_entry *wp_dictionary_find(const wp_dictionary *dictionary, wp_bytes name);

/* The SHA-256 digest of bytes. */
void wp_digest(wp_bytes bytes, uint8_t digest[WP_DIGEST_SIZE]);

#endif
