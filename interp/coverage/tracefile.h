/* tracefile.h: the coverage of WebAssembly code, as a tracefile of lcov.
 *
 * Interface:
 * - tracefile_new, tracefile_delete.
 * - tracefile_origin: the text that a library's bytes were made of.
 * - tracefile_collect: adds the counts of an engine (wp_coverage_start); before the engine is deleted.
 * - tracefile_write: writes all of it. tracefile_listing: files to be written beside it.
 *
 * Lines of code are those on which an instruction begins. Counts of several runs and modules are added up by
 * instruction; the count of a line is that of its instruction that was executed most often.
 * - A text module's lines are those of its file, or of the script that it stands in. Where a script has a module as
 *   bytes or as quoted text, all its instructions are on the line on which it begins.
 * - A binary module with line numbers in the manner of DWARF (dwarf.h) has the lines of its sources; functions without
 *   line numbers are left out.
 * - Any other binary module has the lines of its text form, which is a listing to be written beside the tracefile.
 */
#ifndef WP_TRACEFILE_H
#define WP_TRACEFILE_H

#include "base/arena.h"

#include <stdio.h>

typedef struct tracefile tracefile;

/* The path of the file that a source is: of a library's URI, which is NUL-terminated. The result is in the pool. NULL:
 * not a file, and the URI stands for itself; *failed: out of memory. */
typedef char *(*tracefile_path_func)(wp_arena *pool, const char *uri, bool *failed);

/* path: where it will be, for the names of listings. allocator NULL: the C library's. NULL: out of memory. */
tracefile *tracefile_new(const char *path, tracefile_path_func find_path, const wp_allocator *allocator);
/* NULL is allowed. */
void tracefile_delete(tracefile *t);
/* Declares a text module, after wp_module_set_source, as the source of libraries of this URI and these bytes. Consumes
 * the caller's reference, also on failure, up to the next tracefile_collect. False: out of memory. */
bool tracefile_origin(tracefile *t, const char *uri, size_t uri_size, const uint8_t *bytes, size_t size,
                      wp_module *text);
WP_MUST_CHECK wp_status tracefile_collect(tracefile *t, wp_engine *engine, wp_diag *diag);
/* Errors of writing are the stream's. */
void tracefile_write(tracefile *t, FILE *out);
/* Listing i, if there is one: its path and its text. */
bool tracefile_listing(const tracefile *t, size_t i, const char **path, const char **text, size_t *size);

#endif
