/* rule.h: rule probes.
 *
 * Interface:
 * - RULE(cover, id): the code that follows implements rule `id` of rule.def. In builds with WP_RULES it counts a hit
 *   in *cover (a wp_cover *, the engine's); in release builds it is nothing.
 *   It is citation and probe in one: tools read these lines, so keep each on one line.
 */
#ifndef WP_RULE_H
#define WP_RULE_H

#include "wasmproc.h"

enum wp_rule {
#define RULE_ROW(id, name, chapter) WP_RULE_##id,
#include "core/rule.def"
    WP_RULE_COUNT
};

typedef struct wp_cover {
    uint64_t hits[WP_RULE_COUNT];
} wp_cover;

#ifdef WP_RULES
#define RULE(cover, id) ((void)(cover)->hits[WP_RULE_##id]++)
#else
#define RULE(cover, id) ((void)(cover), (void)WP_RULE_##id)
#endif

#endif
