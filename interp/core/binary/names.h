/* names.h: the custom section "name" (specification, appendix "Custom Sections and Annotations").
 *
 * Interface: wp_names_encode writes its contents; wp_names_decode_funcs reads the names of functions.
 */
#ifndef WP_NAMES_H
#define WP_NAMES_H

#include "base/output.h"
#include "core/module.h"

/* Kinds of named objects: the ids of the subsections. */
typedef enum wp_name_kind {
    WP_NAME_MODULE = 0,
    WP_NAME_FUNC = 1,
    WP_NAME_LOCAL = 2,
    WP_NAME_TYPE = 4,
    WP_NAME_FIELD = 10,
    WP_NAME_TAG = 11,
    WP_NAME_NONE /* not a kind: the object has no name in the section */
} wp_name_kind;

typedef struct wp_name {
    wp_name_kind kind;
    uint32_t outer; /* the function or type of a local or field; 0 for others */
    uint32_t index;
    wp_bytes name;
} wp_name;

/* Writes the contents of a section. Names of one kind are in order of `outer` and `index`. */
void wp_names_encode(wp_output *o, const wp_name *names, size_t count);
/* Sets names[i], for each function i of the module, to the first name that the module's sections give it, unless it has
 * a name already. A malformed section counts up to its first error. */
void wp_names_decode_funcs(const wp_module *module, wp_bytes *names);

#endif
