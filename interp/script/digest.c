/* digest.c: digests of libraries; see digest.h. */
#include "script/digest.h"

#include "script/base64.h"

#include <string.h>

bool script_digest(script_text text, uint8_t digest[WP_DIGEST_SIZE]) {
    static const char prefix[] = "sha256-";
    enum { PREFIX = sizeof prefix - 1, LENGTH = (WP_DIGEST_SIZE + 2) / 3 * 4 };
    uint8_t bytes[LENGTH / 4 * 3 + 3];
    size_t size;
    if (text.size < PREFIX || memcmp(text.data, prefix, PREFIX) != 0 || text.size > PREFIX + LENGTH)
        return false;
    if (!base64_decode(text.data + PREFIX, text.size - PREFIX, bytes, &size) || size != WP_DIGEST_SIZE)
        return false;
    memcpy(digest, bytes, WP_DIGEST_SIZE);
    return true;
}
