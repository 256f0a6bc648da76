/* storage.h: the storage of a process's pages, whichever backing it has. What space.c has decided is carried out here.
 *
 * Interface: wp_storage_open, wp_storage_close; wp_storage_commit after pages have become accessible in the space,
 * wp_storage_forget after they have ceased to be.
 */
#ifndef WP_STORAGE_H
#define WP_STORAGE_H

#include "process/storage/native.h"
#include "process/storage/sparse.h"

typedef struct wp_storage {
    wp_backend backend;
    wp_sparse *sparse; /* one of the two, NULL once closed */
    wp_native *native;
} wp_storage;

/* A backing for a space, all of whose pages are inaccessible. `exhausted` as in sparse.h. WP_REFUSED: the host can't.
 */
WP_MUST_CHECK wp_status wp_storage_open(wp_storage *storage, wp_engine *engine, wp_backend backend, const space *s,
                                        void (*exhausted)(void *ctx), void *ctx, wp_diag *diag);
/* Frees all of it. Harmless when closed. */
void wp_storage_close(wp_storage *storage);
/* Connects a memory whose size is the extent. */
void wp_storage_attach(const wp_storage *storage, wp_memory *memory);
/* Pages that have become accessible. False: the host can't, nothing has changed. */
bool wp_storage_commit(wp_storage *storage, uint64_t first, uint64_t count);
/* Pages that are accessible no longer. False: the host can't, nothing has changed. */
bool wp_storage_forget(wp_storage *storage, uint64_t first, uint64_t count);

#endif
