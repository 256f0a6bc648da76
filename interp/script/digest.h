/* digest.h: digests of libraries as dictionaries write them: "sha256-", and the digest in base64. */
#ifndef WP_SCRIPT_DIGEST_H
#define WP_SCRIPT_DIGEST_H

#include "script/script.h"

/* False: the text is not a digest. */
bool script_digest(script_text text, uint8_t digest[WP_DIGEST_SIZE]);

#endif
