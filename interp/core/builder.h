/* builder.h: a module under construction. Decoder and text parser read syntax; the builder keeps the results.
 *
 * Interface:
 * - wp_builder_open, wp_builder_close: from an empty module to a complete one.
 * - wp_build_func, wp_build_room_funcs ...: a new entry of one of the module's arrays, and room for several.
 * - wp_build_group, wp_build_type: recursion groups and their types.
 * - wp_build_instr, wp_build_pool, wp_build_code: one instruction sequence at a time.
 * - wp_build_word, wp_build_words: a stack of words, for lists whose length is not known in advance.
 * - wp_build_functype: interns the function type of an inline signature.
 * - wp_build_fail: records an error at a position.
 *
 * Everything complete is in the module's arena. An array of the module that grows is copied within the arena, which
 * costs as much memory again at most. Sequences and words grow in scratch arrays, which are reused.
 */
#ifndef WP_BUILDER_H
#define WP_BUILDER_H

#include "base/index.h"
#include "core/module.h"

/* The module's arrays of entries that have a position: FOR(entry, array, type). */
#define WP_BUILD_ARRAYS(FOR)                                                                                           \
    FOR(subtype, types, wp_subtype)                                                                                    \
    FOR(import, imports, wp_import)                                                                                    \
    FOR(func, funcs, wp_func_def)                                                                                      \
    FOR(table, tables, wp_table_def)                                                                                   \
    FOR(memory, memories, wp_memory_def)                                                                               \
    FOR(global, globals, wp_global_def)                                                                                \
    FOR(tag, tags, wp_tag_def)                                                                                         \
    FOR(export, exports, wp_export)                                                                                    \
    FOR(elem, elems, wp_elem_def)                                                                                      \
    FOR(data, datas, wp_data_def)                                                                                      \
    FOR(custom, customs, wp_custom)

typedef struct wp_builder {
    wp_module *module;
    wp_diag *diag;
    const wp_allocator *allocator;

    /* The instruction sequence. */
    wp_instr *instrs;
    size_t ninstrs, instrs_capacity;
    uint32_t *pos; /* of each instruction */
    size_t pos_capacity;
    uint32_t *pool;
    size_t npool, pool_capacity;

    uint32_t *words;
    size_t nwords, words_capacity;
    wp_index functypes; /* function types, for inline signatures */

    uint32_t rectypes_capacity;
#define WP_BUILD_CAPACITY(entry, array, type) uint32_t array##_capacity;
    WP_BUILD_ARRAYS(WP_BUILD_CAPACITY)
#undef WP_BUILD_CAPACITY
} wp_builder;

/* Starts an empty module. The builder must not move afterwards. After a failure there is nothing to close. */
WP_MUST_CHECK wp_status wp_builder_open(wp_builder *b, wp_engine *engine, wp_diag *diag);
/* Frees the scratch arrays. The caller owns the module if status is WP_OK; otherwise it is deleted. Returns status. */
WP_MUST_CHECK wp_status wp_builder_close(wp_builder *b, wp_status status, wp_module **out);

/* Records WP_MALFORMED at a position. Returns the status. */
#define wp_build_fail(b, pos, ...)                                                                                     \
    wp_fail_at((b)->diag, WP_MALFORMED, wp_module_locate((b)->module, (pos)), __VA_ARGS__)

/* One more element of a scratch array: `owner` has array, narray and array_capacity. */
#define WP_BUILD_GROW(b, owner, array)                                                                                 \
    (wp_grow((b)->allocator, (void **)&(owner)->array, (owner)->n##array, &(owner)->array##_capacity,                  \
             sizeof *(owner)->array)                                                                                   \
         ? WP_OK                                                                                                       \
         : wp_fail_memory((b)->diag))

/* ---- Arrays of the module ---------------------------------------------------------------------------------- */

/* wp_build_func: a new entry, zero but for its position. Valid until the next one is made.
 * wp_build_room_funcs: makes room for so many entries more. */
#define WP_BUILD_DECLARE(entry, array, type)                                                                           \
    WP_MUST_CHECK wp_status wp_build_##entry(wp_builder *b, uint32_t pos, type **out);                                 \
    WP_MUST_CHECK wp_status wp_build_room_##array(wp_builder *b, uint32_t more);
WP_BUILD_ARRAYS(WP_BUILD_DECLARE)
#undef WP_BUILD_DECLARE

/* Gives a new import its kind and, in the index space of the kind, the next index. */
void wp_build_import_kind(wp_builder *b, wp_import *import, wp_extern_kind kind);

/* Begins a recursion group. */
WP_MUST_CHECK wp_status wp_build_group(wp_builder *b);
/* A new type of the newest group, final and otherwise zero. WP_EXHAUSTION "too many types". */
WP_MUST_CHECK wp_status wp_build_type(wp_builder *b, uint32_t pos, wp_subtype **out);

/* ---- Instruction sequences --------------------------------------------------------------------------------- */

/* Makes room for a sequence of so many instructions. */
WP_MUST_CHECK wp_status wp_build_room_instrs(wp_builder *b, size_t count);

/* Appends an instruction without immediates. *out is valid until the next one is appended. */
static inline wp_status wp_build_instr(wp_builder *b, uint32_t op, uint32_t pos, wp_instr **out) {
    if (WP_UNLIKELY(b->ninstrs >= b->pos_capacity))
        WP_TRY(wp_build_room_instrs(b, b->ninstrs < 32 ? 64 : b->ninstrs * 2));
    b->pos[b->ninstrs] = pos;
    *out = &b->instrs[b->ninstrs++];
    **out = (wp_instr){.op = (uint16_t)op};
    return WP_OK;
}

/* Appends a word to the pool of the sequence. */
WP_MUST_CHECK wp_status wp_build_pool(wp_builder *b, uint32_t word);
/* Moves the sequence into the module: the next one begins. */
WP_MUST_CHECK wp_status wp_build_code(wp_builder *b, wp_code *out);

/* ---- Lists of words ---------------------------------------------------------------------------------------- */

/* Pushes a word: an index or a type. */
WP_MUST_CHECK wp_status wp_build_word(wp_builder *b, uint32_t word);
/* Moves the words from `base` on into the module. */
WP_MUST_CHECK wp_status wp_build_words(wp_builder *b, size_t base, uint32_t **out, uint32_t *count);

/* ---- Function types by signature --------------------------------------------------------------------------- */

/* Moves a signature into the module as a function type. The words from `base` on are the number of its parameters, the
 * types of the parameters and those of the results. */
WP_MUST_CHECK wp_status wp_build_signature(wp_builder *b, size_t base, wp_comptype *out);
/* True when a type has the signature of the words from `base` on. */
bool wp_build_has_signature(const wp_builder *b, size_t base, const wp_comptype *type);
/* Makes the types defined so far known to wp_build_functype. Their signatures come from wp_build_signature. */
WP_MUST_CHECK wp_status wp_build_index_types(wp_builder *b);
/* The first type with the signature of the words from `base` on that is final, has no supertype and is a group of its
 * own. Without such a type it is a new one. Drops the words. */
WP_MUST_CHECK wp_status wp_build_functype(wp_builder *b, size_t base, uint32_t pos, uint32_t *out);

#endif
