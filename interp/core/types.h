/* types.h: types (specification, chapters "Structure: Types" and "Validation: Types", matching).
 *
 * Interface:
 * - wp_valtype, packed in 32 bits: WP_T_I32 ... WP_T_V128, WP_T_I8, WP_T_I16 (packed fields only), or a reference
 *   WP_T_REF | WP_T_NULL? | heap type.
 * - A heap type is WP_HT_* (abstract), or WP_T_INDEX | type index of the module (in a module's plain data), or
 *   WP_T_INDEX | canonical index (after validation, in the store and at run time).
 * - The type table holds defined types canonically: two types are equal iff their indices are.
 */
#ifndef WP_TYPES_H
#define WP_TYPES_H

#include "core/engine.h"

#define WP_T_I8 6u
#define WP_T_I16 7u
#define WP_T_INDEX 0x20000000u /* the heap type is a type index */
#define WP_T_LOCAL 0x10000000u /* inside the type table only: an index relative to its recursion group */
#define WP_T_HEAP 0x3FFFFFFFu  /* mask of the heap type */
#define WP_T_BITS 0x0FFFFFFFu  /* mask of a type index */

/* Abstract heap types. */
enum wp_heap {
#define HEAPTYPE(id, code, name, reference, super, bottom, feature) WP_HT_##id,
#include "core/heaptype.def"
    WP_HT_BOT, /* inside validation only: below every heap type */
    WP_HT_COUNT
};

static inline bool wp_is_ref(wp_valtype t) {
    return (t & WP_T_REF) != 0;
}
static inline bool wp_is_nullable(wp_valtype t) {
    return (t & WP_T_NULL) != 0;
}
static inline bool wp_has_index(wp_valtype t) {
    return (t & WP_T_INDEX) != 0;
}
static inline uint32_t wp_type_index(wp_valtype t) {
    return t & WP_T_BITS;
}
static inline wp_valtype wp_ref_type(bool nullable, uint32_t heap) {
    return WP_T_REF | (nullable ? WP_T_NULL : 0) | heap;
}
/* Cells of 8 bytes that a value of this type takes on the stack. */
static inline uint32_t wp_cells(wp_valtype t) {
    return t == WP_T_V128 ? 2 : 1;
}
uint32_t wp_count_cells(const wp_valtype *types, uint32_t count);
/* The type of addresses of a memory or table. */
static inline wp_valtype wp_address_type(const wp_limits *limits) {
    return limits->is64 ? WP_T_I64 : WP_T_I32;
}
/* True for types that have a default value. */
static inline bool wp_is_defaultable(wp_valtype t) {
    return !wp_is_ref(t) || wp_is_nullable(t);
}

typedef enum wp_comp_kind { WP_COMP_FUNC, WP_COMP_STRUCT, WP_COMP_ARRAY } wp_comp_kind;

typedef struct wp_field {
    wp_valtype type; /* storage type */
    bool is_mutable;
} wp_field;

/* A composite type. */
typedef struct wp_comptype {
    wp_comp_kind kind;
    uint32_t nparams;  /* func */
    uint32_t nresults; /* func */
    uint32_t nfields;  /* struct; 1 for array */
    wp_valtype *types; /* func: parameters, then results */
    wp_field *fields;
} wp_comptype;

/* A subtype: a composite type with its declared supertypes (at most one is valid). */
typedef struct wp_subtype {
    wp_comptype comp;
    bool final;
    uint32_t nsupers;
    uint32_t *supers; /* type indices */
    uint32_t pos;     /* where it is in the source */
} wp_subtype;

/* A recursion group: types first .. first + count - 1 of the module. */
typedef struct wp_rectype {
    uint32_t first;
    uint32_t count;
} wp_rectype;

/* A canonical defined type. */
typedef struct wp_deftype {
    wp_comptype comp; /* type indices inside are canonical */
    bool final;
    uint32_t super;        /* canonical index, or WP_NO_TYPE */
    uint32_t depth;        /* number of proper supertypes */
    uint32_t jump;         /* a supertype farther up, or itself at depth 0: see wp_match_deftype */
    uint32_t param_cells;  /* func */
    uint32_t result_cells; /* func */
} wp_deftype;

#define WP_NO_TYPE UINT32_MAX

typedef struct wp_type_table wp_type_table;

wp_type_table *wp_types_new(const wp_allocator *allocator);
void wp_types_delete(wp_type_table *table);
/* The definition of canonical type index; lives as long as the table. */
const wp_deftype *wp_types_get(const wp_type_table *table, uint32_t index);

/* Enters a recursion group of `count` subtypes that begin at module type index `first`. canon[i] is the canonical
 * index of module type i < first; on success canon[first ..] is filled in. Every index must be in range (below
 * first + count): validation checks this before. */
WP_MUST_CHECK bool wp_types_add(wp_type_table *table, const wp_subtype *types, uint32_t first, uint32_t count,
                                uint32_t *canon);
/* The canonical index of a plain final function type without supertypes: of host functions. Types inside are canonical.
 * False: out of memory. */
WP_MUST_CHECK bool wp_types_func(wp_type_table *table, const wp_valtype *params, size_t nparams,
                                 const wp_valtype *results, size_t nresults, uint32_t *out);

/* Matching (specification, "Validation: Matching"), on canonical types. */
bool wp_match_deftype(const wp_type_table *table, uint32_t sub, uint32_t super);
bool wp_match_heap(const wp_type_table *table, uint32_t sub, uint32_t super);
bool wp_match(const wp_type_table *table, wp_valtype sub, wp_valtype super);
/* True when a composite type may be declared a subtype of another one. */
bool wp_match_comp(const wp_type_table *table, const wp_comptype *sub, const wp_comptype *super);

/* The name of an abstract heap type in the text format. */
const char *wp_heap_name(uint32_t heap);

#endif
