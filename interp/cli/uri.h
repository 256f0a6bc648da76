/* uri.h: the URIs of libraries (RFC 3986, RFC 8089): files of this machine.
 *
 * Interface:
 * - uri_resolve: the normal form of a reference, relative to a folder.
 * - uri_path: the path of a URI in normal form.
 */
#ifndef WP_CLI_URI_H
#define WP_CLI_URI_H

#include <stddef.h>

/* Resolves a reference: a file: URI, or a relative one, which must stay within the folder, an absolute path without dot
 * segments and without a slash at its end but for "/" itself. Returns "file:///...", to be freed. NULL: not a URI;
 * *why is the cause. */
char *uri_resolve(const char *reference, const char *folder, const char **why);
/* The path, to be freed; NULL: not such a URI, or out of memory. */
char *uri_path(const char *uri, size_t size);

#endif
