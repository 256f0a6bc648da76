/* dict.c: dictionary files; see dict.h. */
#define _DEFAULT_SOURCE

#include "cli/dict.h"

#include "cli/cli.h"
#include "cli/uri.h"

#include "script/base64.h"
#include "base/diag.h"

#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    const char *name; /* the JSON's */
    char *uri;
    size_t same; /* the entry before it with the same URI; its own index if none */
    bool has_digest;
    uint8_t digest[WP_DIGEST_SIZE];
} entry;

struct dict {
    json_t *json;
    entry *entries;
    size_t count;
};

/* ---- Places -------------------------------------------------------------------------------------------------- */

/* The file while it is being read. */
typedef struct reading {
    const char *path;
    const char *text; /* valid JSON, NUL-terminated, once it has been parsed */
    char *folder;
    json_t *by_uri; /* the index of the last entry of each URI */
    dict *dict;
} reading;

/* These go over JSON that is known to be valid. */

static const char *dict_skip_space(const char *at) {
    return at + strspn(at, " \t\r\n");
}

/* From a quote to the end of the string. */
static const char *dict_skip_string(const char *at) {
    for (at++; *at != '"'; at++)
        at += *at == '\\' ? 1 : 0;
    return at + 1;
}

/* From the start of a value to its end. */
static const char *dict_skip_value(const char *at) {
    size_t depth = 0;
    do {
        if (*at == '"') {
            at = dict_skip_string(at);
            continue;
        }
        depth += *at == '{' || *at == '[' ? 1 : 0;
        depth -= *at == '}' || *at == ']' ? 1 : 0;
        at++;
    } while (depth > 0 || (*at != '\0' && strchr(",]} \t\r\n", *at) == NULL));
    return at;
}

/* The value of the member whose key is at a place. */
static const char *dict_value_of(const char *key) {
    return dict_skip_space(dict_skip_space(dict_skip_string(key)) + 1);
}

/* The key of member i of the object at a place. */
static const char *dict_member_of(const char *object, size_t i) {
    const char *key = dict_skip_space(object + 1);
    for (; i > 0; i--)
        key = dict_skip_space(dict_skip_space(dict_skip_value(dict_value_of(key))) + 1);
    return key;
}

/* Columns count characters. */
static wp_location dict_locate(const char *text, const char *at) {
    wp_location where = {(size_t)(at - text), 1, 1};
    for (; text < at; text++) {
        where.column += ((unsigned char)*text & 0xC0) != 0x80 ? 1 : 0; /* rule: dict.format */
        if (*text == '\n') {
            where.line++;
            where.column = 1; /* rule: dict.format */
        }
    }
    return where;
}

/* Reports an error at a place. Returns false. */
static bool WP_PRINTF(3, 4) dict_bad(const reading *r, const char *at, const char *format, ...) {
    va_list args;
    wp_location where = dict_locate(r->text, at);
    /* rule: dict.format */
    fprintf(stderr, "%s:%u:%u: error: dictionary: ", cli_file_name(r->path), where.line, where.column);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return false;
}

static bool dict_no_memory(void) {
    (void)cli_error("out of memory");
    return false;
}

static const char *dict_type_name(const json_t *json) {
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list", [JSON_STRING] = "a string", [JSON_INTEGER] = "a number",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "true",    [JSON_FALSE] = "false",     [JSON_NULL] = "null",
    };
    return names[json_typeof(json)];
}

/* ---- Members ------------------------------------------------------------------------------------------------- */

/* A URI in its normal form; NULL: not a URI, which has been reported. */
static char *dict_resolve(const reading *r, const char *at, const char *reference) {
    const char *why;
    CLI_RULE(dict_format);
    char *uri = uri_resolve(reference, r->folder, &why);
    if (uri == NULL)
        dict_bad(r, at, "\"%s\" is %s", reference, why);
    return uri;
}

static bool dict_read_import(reading *r, const char *key_at, const char *key, const json_t *value) {
    const char *at = dict_value_of(key_at);
    if (!json_is_string(value)) /* rule: dict.format */
        return dict_bad(r, at, "the URI of \"%s\" is %s, not a string", key, dict_type_name(value));
    size_t i = r->dict->count;
    char *uri = dict_resolve(r, at, json_string_value(value));
    if (uri == NULL)
        return false;
    const json_t *before = json_object_get(r->by_uri, uri);
    r->dict->entries[i] =
        (entry){.name = key, .uri = uri, .same = before == NULL ? i : (size_t)json_integer_value(before)};
    r->dict->count++;
    return json_object_set_new(r->by_uri, uri, json_integer((json_int_t)i)) == 0 || dict_no_memory();
}

/* Gives the digest to the entries that lead to the URI: there must be some. */
static bool dict_set_digest(reading *r, const char *key_at, const char *key, const char *uri,
                            const uint8_t digest[WP_DIGEST_SIZE]) {
    const json_t *last = json_object_get(r->by_uri, uri);
    if (last == NULL) /* rule: dict.format */
        return dict_bad(r, key_at, "no entry of \"imports\" leads to \"%s\"", key);
    entry *e = &r->dict->entries[json_integer_value(last)];
    if (e->has_digest && memcmp(e->digest, digest, WP_DIGEST_SIZE) != 0) /* rule: dict.format */
        return dict_bad(r, key_at, "\"%s\" has another digest already", key);
    for (bool more = true; more; e = &r->dict->entries[e->same]) {
        more = e != &r->dict->entries[e->same]; /* rule: dict.format */
        e->has_digest = true;
        memcpy(e->digest, digest, WP_DIGEST_SIZE);
    }
    return true;
}

static bool dict_read_integrity(reading *r, const char *key_at, const char *key, const json_t *value) {
    const char *at = dict_value_of(key_at);
    uint8_t digest[WP_DIGEST_SIZE];
    if (!json_is_string(value)) /* rule: dict.format */
        return dict_bad(r, at, "the digest of \"%s\" is %s, not a string", key, dict_type_name(value));
    script_text text = {json_string_value(value), json_string_length(value)};
    if (!script_digest(text, digest)) /* rule: dict.format */
        return dict_bad(r, at, "\"%s\" is not a digest: not sha256- and 32 bytes in base64", text.data);
    char *uri = dict_resolve(r, key_at, key);
    bool done = uri != NULL && dict_set_digest(r, key_at, key, uri, digest);
    free(uri);
    return done;
}

typedef bool (*read_member)(reading *r, const char *key_at, const char *key, const json_t *value);

/* Jansson keeps the order in which members stand. */
static bool dict_read_members(reading *r, const char *at, const char *name, json_t *object, read_member read) {
    const char *key;
    json_t *value;
    const char *key_at = dict_member_of(at, 0);
    if (!json_is_object(object))
        return dict_bad(r, at, "\"%s\" is %s, not an object", name, dict_type_name(object));
    json_object_foreach(object, key, value) {
        if (!read(r, key_at, key, value))
            return false;
        key_at = dict_skip_space(dict_skip_space(dict_skip_value(dict_value_of(key_at))) + 1);
    }
    return true;
}

/* ---- Files --------------------------------------------------------------------------------------------------- */

/* Digests are read when all entries are there. */
static bool dict_read_document(reading *r) {
    json_t *json = r->dict->json, *value;
    const char *key, *start = dict_skip_space(r->text), *integrity_at = NULL;
    size_t i = 0;
    CLI_RULE(dict_format);
    if (!json_is_object(json)) /* rule: dict.format */
        return dict_bad(r, start, "the file holds %s, not an object", dict_type_name(json));
    r->dict->entries = calloc(json_object_size(json_object_get(json, "imports")) + 1, sizeof *r->dict->entries);
    if (r->dict->entries == NULL || r->by_uri == NULL)
        return dict_no_memory();
    json_object_foreach(json, key, value) {
        const char *key_at = dict_member_of(start, i++);
        if (strcmp(key, "integrity") == 0)
            integrity_at = dict_value_of(key_at);
        else if (strcmp(key, "imports") != 0)                                                   /* rule: dict.format */
            return dict_bad(r, key_at, "\"%s\" is neither \"imports\" nor \"integrity\"", key); /* rule: dict.format */
        else if (!dict_read_members(r, dict_value_of(key_at), key, value, dict_read_import))
            return false;
    }
    /* rule: dict.format */
    return integrity_at == NULL ||
           dict_read_members(r, integrity_at, "integrity", json_object_get(json, "integrity"), dict_read_integrity);
}

static bool dict_parse(reading *r, const script_source *source) {
    json_error_t error;
    /* rule: dict.format */
    r->dict->json = json_loadb((const char *)source->bytes, source->size, JSON_REJECT_DUPLICATES, &error);
    if (r->dict->json != NULL)
        return dict_read_document(r);
    /* Jansson's columns are those of the last character that it read. */
    fprintf(stderr, "%s:%d:%d: error: dictionary: not JSON: %s\n", cli_file_name(r->path), error.line, error.column,
            error.text);
    return false;
}

/* The folder that holds the file: the working folder for "-", the standard input. */
static char *dict_find_folder(const char *path) {
    char *copy = strdup(path); /* rule: dict.format */
    char *folder = copy == NULL ? NULL : realpath(dirname(copy), NULL);
    if (folder == NULL)
        (void)cli_error("%s: %s", path, strerror(errno));
    free(copy);
    return folder;
}

dict *dict_read(const char *path) {
    script_source source;
    reading r = {.path = path, .by_uri = json_object(), .dict = calloc(1, sizeof *r.dict)};
    if (r.dict == NULL) {
        json_decref(r.by_uri);
        (void)dict_no_memory();
        return NULL;
    }
    bool done = cli_read_file(path, &source);
    if (done) {
        r.text = (const char *)source.bytes;
        r.folder = dict_find_folder(path);
        done = r.folder != NULL && dict_parse(&r, &source);
        free(r.folder);
        script_source_free(&source);
    }
    json_decref(r.by_uri);
    if (done)
        return r.dict;
    dict_free(r.dict);
    return NULL;
}

void dict_free(dict *d) {
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->count; i++)
        free(d->entries[i].uri);
    free(d->entries);
    json_decref(d->json);
    free(d);
}

wp_status dict_bind(const dict *d, wp_process *process, wp_diag *diag) {
    wp_entry_desc *list = calloc(d->count + 1, sizeof *list);
    if (list == NULL)
        return wp_fail_memory(diag);
    for (size_t i = 0; i < d->count; i++) {
        const entry *e = &d->entries[i];
        list[i] = (wp_entry_desc){e->name, strlen(e->name), e->uri, strlen(e->uri), e->has_digest ? e->digest : NULL};
    }
    wp_status status = wp_process_bind_all(process, list, d->count, diag);
    free(list);
    return status;
}

wp_status dict_fetch(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx, wp_diag *diag) {
    script_source source;
    char *path = uri_path(uri, uri_size);
    (void)ctx;
    if (path == NULL)
        return wp_fail(diag, WP_REFUSED, "not a file");
    int error = script_source_read(path, NULL, &source);
    free(path);
    if (error != 0)
        return wp_fail(diag, WP_REFUSED, "%s", strerror(error));
    wp_status status = sink(sink_ctx, source.bytes, source.size);
    script_source_free(&source);
    return status;
}
