/* engine.c: engines, and the tables of limits, rules and traps. */
#include "core/engine.h"

#include "core/module.h"
#include "core/trap.h"

#include <string.h>

#ifndef WP_VERSION
#define WP_VERSION "0.1.0"
#endif

typedef struct limit_row {
    const char *name;
    uint64_t value, most;
    const char *unit, *text;
} limit_row;

static const limit_row limit_rows[WP_LIMIT_COUNT] = {
#define LIMIT(name, default, most, unit, text) {#name, default, most, unit, text},
#include "core/limits.def"
};

static const wp_rule_info rule_rows[WP_RULE_COUNT] = {
#define RULE_ROW(id, name, chapter) {name, chapter},
#include "core/rule.def"
};

wp_engine *wp_engine_new(const wp_allocator *allocator) {
    if (allocator == NULL)
        allocator = &wp_libc_allocator;
    wp_engine *engine = wp_alloc(allocator, 1, sizeof *engine);
    if (engine == NULL)
        return NULL;
    engine->allocator = *allocator;
    for (size_t i = 0; i < WP_LIMIT_COUNT; i++)
        engine->limits[i] = limit_rows[i].value;
    engine->types = wp_types_new(&engine->allocator);
    engine->mnemonics = wp_alloc(allocator, 1, sizeof *engine->mnemonics);
    if (engine->types == NULL || engine->mnemonics == NULL) {
        wp_engine_delete(engine);
        return NULL;
    }
    wp_mnemonics_init(engine->mnemonics, &engine->allocator);
    return engine;
}

void wp_engine_delete(wp_engine *engine) {
    if (engine == NULL)
        return;
    wp_allocator allocator = engine->allocator;
    for (size_t i = 0; i < WP_OBSERVERS; i++)
        if (engine->observers[i] != NULL && engine->observers[i]->release != NULL)
            engine->observers[i]->release(engine);
    if (engine->types != NULL)
        wp_types_delete(engine->types);
    if (engine->mnemonics != NULL)
        wp_index_release(&engine->mnemonics->index);
    wp_free(&allocator, engine->mnemonics, 1, sizeof *engine->mnemonics);
    wp_free(&allocator, engine, 1, sizeof *engine);
}

wp_status wp_observe_module(struct wp_module *module, wp_diag *diag) {
    const wp_engine *engine = module->engine;
    for (size_t i = 0; i < WP_OBSERVERS; i++)
        if (engine->observers[i] != NULL && engine->observers[i]->instantiate != NULL)
            WP_TRY(engine->observers[i]->instantiate(module, diag));
    return WP_OK;
}

size_t wp_limit_count(void) {
    return WP_LIMIT_COUNT;
}

wp_limit_info wp_limit_get(const wp_engine *engine, size_t i) {
    const limit_row *row = &limit_rows[i];
    return (wp_limit_info){row->name, engine == NULL ? row->value : engine->limits[i], row->unit, row->text};
}

bool wp_limit_set(wp_engine *engine, const char *name, uint64_t value) {
    for (size_t i = 0; i < WP_LIMIT_COUNT; i++)
        if (strcmp(limit_rows[i].name, name) == 0) {
            if (value > limit_rows[i].most)
                return false;
            engine->limits[i] = value;
            return true;
        }
    return false;
}

void wp_buffer_free(wp_engine *engine, void *buffer, size_t size) {
    wp_free(&engine->allocator, buffer, size, 1);
}

size_t wp_rule_count(void) {
    return WP_RULE_COUNT;
}

wp_rule_info wp_rule_get(size_t i) {
    return rule_rows[i];
}

bool wp_rules_enabled(void) {
#ifdef WP_RULES
    return true;
#else
    return false;
#endif
}

uint64_t wp_rule_hits(const wp_engine *engine, size_t i) {
    return engine->rule_hits[i];
}

const char *wp_trap_text(wp_trap trap) {
    static const char *const texts[] = {
        [WP_TRAP_none] = "",
#define TRAP(id, text) [WP_TRAP_##id] = text,
#include "core/trap.def"
        [WP_TRAP_host_memory] = "out of memory",
    };
    return texts[trap];
}

wp_status wp_trap_status(wp_trap trap) {
    return trap == WP_TRAP_none ? WP_OK : trap == WP_TRAP_host_memory ? WP_EXHAUSTION : WP_TRAP;
}

/* The rows of trap.def lie between these two. */
size_t wp_trap_count(void) {
    return WP_TRAP_host_memory - WP_TRAP_none - 1;
}

const char *wp_trap_get(size_t i) {
    return wp_trap_text((wp_trap)(WP_TRAP_none + 1 + i));
}

const char *wp_version(void) {
    return WP_VERSION;
}
