/* place.h: where a path leads: a folder of the host, and a name in it. The one door to the host's file names.
 *
 * A path is looked up from a folder, and every step of it stays beneath that folder: a path from the root, ".." above
 * the folder, and symbolic links that lead either way are WASI_ENOTCAPABLE. The last name is not looked up by the
 * host's kernel, so that operations on it, which never follow a link there, stay in the folder too.
 *
 * Folders may change while a path is looked up, also by another program: what is found was beneath the folder when it
 * was reached, step by step, and no later step trusts an earlier one's name.
 */
#ifndef WP_WASI_PLACE_H
#define WP_WASI_PLACE_H

#include "wasi/call.h"

/* How a symbolic link at the end of a path is treated. */
typedef enum wasi_lookup {
    WASI_ENTRY,    /* the name itself is meant: it is made, removed or renamed */
    WASI_NOFOLLOW, /* the link is meant, unless a slash follows it */
    WASI_FOLLOW    /* the target of the link is meant */
} wasi_lookup;

typedef struct wasi_place {
    int folder;           /* a host descriptor, good for the functions that take a folder and a name, no more */
    bool is_folder;       /* by a slash at its end, or "." or ".." */
    char name[WASI_PATH]; /* one name, without slashes, never ".."; "." is the folder itself */
} wasi_place;

/* Looks a path up from a host descriptor of a folder. On success the caller closes out->folder, unless it is root. */
wasi_error wasi_place_find(const wasi *w, int root, const char *path, wasi_lookup lookup, wasi_place *out);

#endif
