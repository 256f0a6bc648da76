/* uri.c: the URIs of libraries; see uri.h. */
#define _POSIX_C_SOURCE 200809L

#include "cli/uri.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char out_of_memory[] = "out of memory";

/* ---- Percent-encoding ---------------------------------------------------------------------------------------- */

static int hex_digit(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));
    return found == NULL ? -1 : (int)(found - digits);
}

/* Decodes in place. Encoded NULs and slashes would be others than those that are written. */
static bool decode(char *text, const char **why) {
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        int high = hex_digit(from[1]), low = high < 0 ? -1 : hex_digit(from[2]), byte = high * 16 + low;
        *why = low < 0 ? "a % that two hexadecimal digits do not follow" : "an encoded NUL or slash";
        if (low < 0 || byte == 0 || byte == '/') /* rule: dict.format */
            return false;
        *to++ = (char)byte;
        from += 2;
    }
    *to = '\0';
    return true;
}

/* True for characters that a path does not encode. */
static bool is_plain(char c) {
    return isalnum((unsigned char)c) || (c != '\0' && strchr("/-._~!$&'()*+,;=:@", c) != NULL);
}

/* "file://" and the path, encoded. NULL: out of memory. */
static char *from_path(const char *path) {
    static const char prefix[] = "file://", digits[] = "0123456789ABCDEF"; /* rule: dict.format */
    char *uri = malloc(sizeof prefix + 3 * strlen(path)), *to = uri;
    if (uri == NULL)
        return NULL;
    memcpy(to, prefix, sizeof prefix - 1);
    to += sizeof prefix - 1;
    for (const unsigned char *from = (const unsigned char *)path; *from != '\0'; from++) {
        if (is_plain((char)*from)) { /* rule: dict.format */
            *to++ = (char)*from;
        } else {
            *to++ = '%';
            *to++ = digits[*from >> 4];
            *to++ = digits[*from & 15];
        }
    }
    *to = '\0';
    return uri;
}

/* ---- Paths --------------------------------------------------------------------------------------------------- */

/* Takes the segments "." and ".." and empty ones out of an absolute path, in place. Above the root is the root. */
static void remove_dots(char *path) {
    char *to = path; /* the end of the kept segments, without a slash */
    for (const char *from = path; *from != '\0';) {
        size_t size = strcspn(from + 1, "/");
        const char *segment = from + 1;
        if (size == 2 && memcmp(segment, "..", 2) == 0) {
            while (to > path && *--to != '/') { /* rule: dict.format */
            }
        } else if (size != 0 && !(size == 1 && *segment == '.')) { /* rule: dict.format */
            memmove(to, from, size + 1);
            to += size + 1;
        }
        from = segment + size;
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

static bool is_within(const char *path, const char *folder) {
    size_t size = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    return strncmp(path, folder, size) == 0 && path[size] == '/' && path[size + 1] != '\0'; /* rule: dict.format */
}

/* ---- References ---------------------------------------------------------------------------------------------- */

/* How many characters the scheme has, with its colon; 0: the reference is relative. */
static size_t scheme_size(const char *reference) {
    size_t size = 0;
    if (!isalpha((unsigned char)reference[0]))
        return 0;
    while (isalnum((unsigned char)reference[size]) ||
           (reference[size] != '\0' && strchr("+-.", reference[size]) != NULL))
        size++;
    return reference[size] == ':' ? size + 1 : 0;
}

/* The path of a file: URI, after the scheme. NULL: it has none. */
static const char *absolute_path(const char *rest, const char **why) {
    static const char local[] = "localhost";
    if (rest[0] == '/' && rest[1] == '/') {
        rest += 2;
        if (strncasecmp(rest, local, sizeof local - 1) == 0 && rest[sizeof local - 1] == '/')
            rest += sizeof local - 1; /* rule: dict.format */
        *why = "a file of another host";
    } else {
        *why = "a file: URI without an absolute path";
    }
    return *rest == '/' ? rest : NULL; /* rule: dict.format */
}

/* The path of a reference, still encoded, and with dot segments. NULL: none, or out of memory. */
static char *join(const char *reference, bool *is_relative, const char **why) {
    size_t scheme = scheme_size(reference);
    *is_relative = scheme == 0;
    *why = "a URI of another scheme than file:";
    if (strncasecmp(reference, "file:", scheme) != 0) /* rule: dict.format */
        return NULL;
    const char *rest = scheme == 0 ? reference : absolute_path(reference + scheme, why);
    if (rest == NULL)
        return NULL;
    *why = "a relative URI that begins with two slashes";
    if (scheme == 0 && strncmp(rest, "//", 2) == 0) /* rule: dict.format */
        return NULL;
    *why = out_of_memory;
    return strdup(rest);
}

/* The whole path, decoded. */
static char *make_path(char *rest, const char *folder, const char **why) {
    if (!decode(rest, why)) /* rule: dict.format */
        return NULL;
    size_t size = strlen(rest) + strlen(folder) + 2;
    char *path = malloc(size);
    *why = out_of_memory;
    if (path == NULL)
        return NULL;
    *path = '\0';
    if (rest[0] != '/') {
        memcpy(path, folder, strlen(folder) + 1);
        path[strlen(folder)] = '/';
        path[strlen(folder) + 1] = '\0';
    }
    memcpy(path + strlen(path), rest, strlen(rest) + 1);
    remove_dots(path); /* rule: dict.format */
    return path;
}

char *uri_resolve(const char *reference, const char *folder, const char **why) {
    bool is_relative;
    *why = *reference == '\0' ? "an empty URI" : "a URI with a query or a fragment";
    if (*reference == '\0' || strpbrk(reference, "?#") != NULL) /* rule: dict.format */
        return NULL;
    char *rest = join(reference, &is_relative, why);
    char *path = rest == NULL ? NULL : make_path(rest, folder, why);
    free(rest);
    char *uri = NULL;
    if (path != NULL && is_relative && !is_within(path, folder)) { /* rule: dict.format */
        *why = "a relative URI that points outside the dictionary's folder";
    } else if (path != NULL) {
        *why = out_of_memory;
        uri = from_path(path); /* rule: dict.format */
    }
    free(path);
    return uri;
}

char *uri_path(const char *uri, size_t size) {
    static const char prefix[] = "file:///";
    const char *why;
    if (size < sizeof prefix - 1 || memcmp(uri, prefix, sizeof prefix - 1) != 0)
        return NULL;
    char *path = strndup(uri + sizeof prefix - 2, size - (sizeof prefix - 2));
    if (path != NULL && decode(path, &why))
        return path;
    free(path);
    return NULL;
}
