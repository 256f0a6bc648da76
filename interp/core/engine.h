/* engine.h: the state that all modules and stores of an engine share. */
#ifndef WP_ENGINE_H
#define WP_ENGINE_H

#include "base/arena.h"

typedef enum wp_limit_id {
#define LIMIT(name, default, most, unit, text) WP_LIMIT_##name,
#include "core/limits.def"
    WP_LIMIT_COUNT
} wp_limit_id;

enum wp_rule {
#define RULE_ROW(id, name, chapter) WP_RULE_##id,
#include "core/rule.def"
    WP_RULE_COUNT
};

typedef enum wp_feature_id {
#define FEATURE(id, supported, text) WP_FEATURE_##id,
#include "core/feature.def"
    WP_FEATURE_COUNT
} wp_feature_id;

struct wp_type_table;
struct wp_mnemonics;

struct wp_code;
struct wp_instr;
struct wp_module;

/* Observes the execution of an engine's code. */
typedef struct wp_observer {
    /* A validated module is about to be instantiated. May be NULL. */
    wp_status (*instantiate)(struct wp_module *module, wp_diag *diag);
    /* An instruction is about to run; its operands are below sp. */
    void (*before)(wp_engine *engine, const struct wp_code *code, const struct wp_instr *ip, const uint64_t *sp);
    /* The engine is being deleted. May be NULL. */
    void (*release)(wp_engine *engine);
} wp_observer;

typedef enum wp_observer_id { WP_OBSERVER_COVERAGE, WP_OBSERVER_OPERANDS, WP_OBSERVERS } wp_observer_id;

struct wp_engine {
    wp_allocator allocator;
    uint64_t limits[WP_LIMIT_COUNT];
    struct wp_type_table *types;       /* canonical types, see types.h */
    struct wp_mnemonics *mnemonics;    /* see instr.h */
    uint64_t rule_hits[WP_RULE_COUNT]; /* see RULE */
    /* Observers and their data: see coverage/. */
    const wp_observer *observers[WP_OBSERVERS]; /* NULL: off */
    struct wp_coverage *coverage;
    struct wp_operands *operands;
    bool keep_names; /* parsers keep the identifiers of functions */
};

/* RULE(engine, id): the code that follows implements rule `id` of rule.def. In builds with WP_RULES it counts a hit in
 * the engine; in release builds it does nothing. Citation and probe in one: tools read these lines, so each is on one
 * line.
 */
#ifdef WP_RULES
#define RULE(engine, id) ((void)(engine)->rule_hits[WP_RULE_##id]++)
#else
#define RULE(engine, id) ((void)(engine), (void)WP_RULE_##id)
#endif

/* Shows a module to all observers before it is instantiated. */
WP_MUST_CHECK wp_status wp_observe_module(struct wp_module *module, wp_diag *diag);

#endif
