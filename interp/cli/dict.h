/* dict.h: a dictionary file (rule dict.format), and fetching the libraries that it leads to.
 *
 * Interface:
 * - dict_read, dict_free: a file, read and checked.
 * - dict_bind: gives a process its entries.
 * - dict_fetch: the wp_fetch_func of processes; it needs no context.
 *
 * The file is JSON in the shape of a web import map. A URI is a `file:` URI, or relative to the folder that holds the
 * dictionary; then it must not lead out of that. Entries hold the URI in its one normal form, "file:///...", so that
 * one file is one library however it is written.
 */
#ifndef WP_CLI_DICT_H
#define WP_CLI_DICT_H

#include "wasmproc.h"

typedef struct dict dict;

/* Reads a file. NULL: not a dictionary, which has been reported with location and cause. */
dict *dict_read(const char *path);
/* NULL is allowed. */
void dict_free(dict *d);
WP_MUST_CHECK wp_status dict_bind(const dict *d, wp_process *process, wp_diag *diag);

wp_status dict_fetch(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx, wp_diag *diag);

#endif
