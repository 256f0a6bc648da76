/* xop.h: what the executor dispatches on: the rows of instr.def, and variants of them that validation chooses where an
 * instruction's surroundings are known. A variant does what its row says; it differs in what it need not check or
 * fetch.
 */
#ifndef WP_XOP_H
#define WP_XOP_H

#include "core/instr.h"

typedef enum wp_xop {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, kind, a, b, feature) WP_X_##id,
#include "core/instr.def"
#undef INSTR
    WP_X_return_end,  /* the end of a function body */
    WP_X_br_loop,     /* br to a loop: takes fuel */
    WP_X_br_if_loop,  /* br_if to a loop */
    WP_X_br_plain,    /* br forward, carries nothing */
    WP_X_br_if_plain, /* br_if forward, carries nothing */
/* Loads and stores on memories other than number 0, or with 64-bit addresses. */
#define INSTR(id, prefix, code, mnemonic, immediate, signature, kind, a, b, feature) XOP_FAR_##kind(id)
#define XOP_FAR_LOAD(id) WP_X_far_##id,
#define XOP_FAR_STORE(id) WP_X_far_##id,
#define XOP_FAR_UNARY(id)
#define XOP_FAR_UNARY_TRAP(id)
#define XOP_FAR_BINARY(id)
#define XOP_FAR_BINARY_TRAP(id)
#define XOP_FAR_CONST(id)
#define XOP_FAR_CONTROL(id)
#define XOP_FAR_REFUSED(id)
#include "core/instr.def"
#undef INSTR
    WP_X_COUNT
} wp_xop;

#endif
