/* rule.h: rule probes.
 *
 * Interface:
 * - RULE(engine, id): the code that follows implements rule `id` of rule.def. In builds with WP_RULES it counts a hit
 *   in the engine; in release builds it does nothing. Citation and probe in one: tools read these lines, so each is on
 *   one line.
 */
#ifndef WP_RULE_H
#define WP_RULE_H

#include "wasmproc.h"

enum wp_rule {
#define RULE_ROW(id, name, chapter) WP_RULE_##id,
#include "core/rule.def"
    WP_RULE_COUNT
};

#ifdef WP_RULES
#define RULE(engine, id) ((void)(engine)->rule_hits[WP_RULE_##id]++)
#else
#define RULE(engine, id) ((void)(engine), (void)WP_RULE_##id)
#endif

#endif
