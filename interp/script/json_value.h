/* json_value.h: values as JSON, as harness/PROTOCOL.md describes them under "Values".
 *
 * Interface:
 * - json_from_value: an argument or an expectation of a script.
 * - json_from_result: a result of a function, or a global's value.
 * - json_to_value: an argument that was sent.
 * - json_text, json_from_bytes, json_from_base64, json_to_bytes: strings.
 * - json_with, json_with_text, json_append: build objects and lists, in a chain that NULL passes through.
 *
 * Where a json_t is returned it is a new reference; NULL: out of memory.
 */
#ifndef WP_SCRIPT_JSON_VALUE_H
#define WP_SCRIPT_JSON_VALUE_H

#include "script/script.h"

#include <jansson.h>

json_t *json_from_value(const script_value *value);
json_t *json_from_values(const script_value *values, size_t count);
json_t *json_from_result(const wp_value *value);

/* Reads an argument. False: not a value; *what is the cause. */
bool json_to_value(const json_t *json, script_value *out, const char **what);
/* Reads an unsigned number from a decimal string. False: not a number, or over `most`. */
bool json_to_number(const json_t *json, uint64_t most, uint64_t *out);

/* The text of a JSON string; absent if json is not a string, or NULL. It lives as long as the string. */
script_text json_text(const json_t *json);
/* A decimal string. */
json_t *json_from_number(uint64_t number);
/* A list of [name, uri] and [name, uri, digest]. */
json_t *json_from_entries(const script_entry *entries, size_t count);

/* A JSON string of any bytes: malformed UTF-8, of names and of texts that were cut, becomes U+FFFD. */
json_t *json_from_bytes(const char *text);
/* Bytes in base64. */
json_t *json_from_base64(const uint8_t *bytes, size_t size);
/* The bytes of a string in base64; release them with free. NULL: out of memory if *is_base64, else not base64. */
uint8_t *json_to_bytes(const json_t *json, size_t *size, bool *is_base64);

/* Each adds to an object or a list, and returns it. Takes over both; NULL, and both released, if either is NULL or
 * adding fails. */
json_t *json_with(json_t *object, const char *key, json_t *value);
json_t *json_append(json_t *list, json_t *item);
/* The same for a string, which has to be UTF-8; an absent one is left out. */
json_t *json_with_text(json_t *object, const char *key, script_text text);

#endif
