/* base64.h: bytes as text (RFC 4648, section 4), and digests of libraries as dictionaries write them. */
#ifndef WP_SCRIPT_BASE64_H
#define WP_SCRIPT_BASE64_H

#include "script/script.h"

/* The characters that `size` bytes take. */
size_t base64_length(size_t size);
/* Writes them, without a NUL. */
void base64_encode(const uint8_t *bytes, size_t size, char *out);
/* Writes the bytes that a text denotes: at most length / 4 * 3 + 3. Padding may be missing. False: the text is not
 * base64. */
bool base64_decode(const char *text, size_t length, uint8_t *out, size_t *size);

/* "sha256-", and the digest in base64. False: the text is not a digest. */
bool script_digest(script_text text, uint8_t digest[WP_DIGEST_SIZE]);

#endif
