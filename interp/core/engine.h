/* engine.h: what all modules and stores of one engine share. */
#ifndef WP_ENGINE_H
#define WP_ENGINE_H

#include "arena.h"
#include "cover.h"

typedef enum wp_limit_id {
#define LIMIT(name, default, most, unit, text) WP_LIMIT_##name,
#include "limits.def"
#undef LIMIT
    WP_LIMIT_COUNT
} wp_limit_id;

typedef enum wp_feature_id {
#define FEATURE(id, supported, text) WP_FEATURE_##id,
#include "feature.def"
#undef FEATURE
    WP_FEATURE_COUNT
} wp_feature_id;

struct wp_type_table;
struct wp_mnemonics;

struct wp_engine {
    wp_allocator allocator;
    uint64_t limits[WP_LIMIT_COUNT];
    struct wp_type_table *types;    /* canonical types, see types.h */
    struct wp_mnemonics *mnemonics; /* see instr.h */
    wp_cover cover;
    struct {
        bool on;
        struct wp_module **modules; /* one hold each */
        size_t count, capacity;
    } coverage;                   /* see coverage.h */
    struct wp_operands *operands; /* see operands.h; NULL: they are not counted */
};

#endif
