/* wasi.h: WASI preview 1: the functions of "wasi_snapshot_preview1", for programs of C libraries.
 *
 * Interface:
 * - wasi_new, wasi_delete: the resources of one program: arguments, environment, folders, the host's standard streams.
 * - wasi_define: makes the functions importable in a store.
 * - wasi_set_memory: the memory that the guest's pointers are about. Until it is set, every pointer is out of range.
 *
 * A program reaches the folders that it is given and nothing else of the host's files: no path leads out of them,
 * neither by "..", nor from the root, nor by symbolic links. Sockets are not supported. Unsupported
 * functions and mistakes of the program are error codes that the function returns; none of them traps.
 *
 * Paths and names are bytes, as on the host. The interface is defined for addresses of 32 bits. With addresses of 64
 * bits, pointers and sizes have 64 bits wherever they occur: as parameters, in what pointers lead to, and there
 * structures have the layout that C gives them.
 */
#ifndef WP_WASI_H
#define WP_WASI_H

#include "wasmproc.h"

typedef struct wasi wasi;

/* A folder of the host, and the name by which the program knows it. */
typedef struct wasi_folder {
    const char *host;
    const char *guest;
} wasi_folder;

/* Everything is copied. Initialise with {0}. */
typedef struct wasi_options {
    const char *const *arguments; /* the first is the program's name */
    size_t narguments;
    const char *const *environment; /* "NAME=VALUE" each */
    size_t nenvironment;
    const wasi_folder *folders; /* descriptors 3, 4, ... in this order */
    size_t nfolders;
    bool walk;                     /* look paths up step by step, also where the host's kernel could do it */
    const wp_allocator *allocator; /* NULL: the C library's */
} wasi_options;

/* WP_REFUSED: a folder can't be opened; WP_EXHAUSTION: out of memory. */
WP_MUST_CHECK wp_status wasi_new(const wasi_options *options, wasi **out, wp_diag *diag);
/* Closes descriptors that the program has left open; the standard streams stay. All stores that it is defined in must
 * be gone. NULL is allowed. */
void wasi_delete(wasi *w);

/* Defines every function in a store, for guests of a pointer type, WP_T_I32 or WP_T_I64. Functions that a validated
 * module (NULL: none) imports with the other pointer type get that one. */
WP_MUST_CHECK wp_status wasi_define(wasi *w, wp_store *store, wp_valtype pointer, const wp_module *module,
                                    wp_diag *diag);
void wasi_set_memory(wasi *w, wp_extern memory);

#endif
