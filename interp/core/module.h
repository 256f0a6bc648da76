/* module.h: a module as plain data (specification, chapter "Structure: Modules").
 *
 * The decoder (decode.h) or the text parser (text/parser.h) makes it, and validation (valid.h) completes it.
 * Afterwards only lowering (exec/lower.c) and counting (coverage/) write to it. Everything lives in the module's arena.
 * Index spaces begin with imports.
 *
 * Positions (`pos`) are byte offsets into the source, binary or text; wp_module_locate turns one into a location.
 */
#ifndef WP_MODULE_H
#define WP_MODULE_H

#include "base/bytes.h"
#include "core/instr.h"

/* A branch: an entry of the side table that validation leaves. Heights are in cells above the frame's first local. */
typedef struct wp_branch {
    uint32_t target; /* index of the instruction at which execution continues */
    uint32_t height; /* height below the values that are carried */
    uint32_t arity;  /* cells carried */
} wp_branch;

/* The entry of the side table by which a conditional branches, with the stack as it is before it runs; NULL: it
 * continues with the next instruction. branches and pool are those of the code. */
static inline const wp_branch *wp_branch_taken(wp_op op, const wp_branch *branches, const uint32_t *pool,
                                               const wp_instr *ip, const uint64_t *sp) {
    uint32_t label = 0;
    bool taken = true;
    switch (op) {
    case WP_OP_if: taken = (uint32_t)sp[-1] == 0; break; /* to `else` or `end` */
    case WP_OP_br_if: taken = (uint32_t)sp[-1] != 0; break;
    case WP_OP_br_on_null: taken = sp[-1] == 0; break;
    case WP_OP_br_on_non_null: taken = sp[-1] != 0; break;
    case WP_OP_br_table: label = (uint32_t)sp[-1] < pool[ip->x] ? (uint32_t)sp[-1] : pool[ip->x]; break;
    default: return NULL;
    }
    return taken ? &branches[ip->side + label] : NULL;
}

/* An instruction sequence with its final `end`: a function body or a constant expression. */
typedef struct wp_code {
    wp_instr *instrs;
    uint32_t ninstrs;
    uint32_t npool;
    uint32_t *pos;  /* per instruction */
    uint32_t *pool; /* immediates that do not fit an instruction */
    /* From validation: */
    wp_branch *branches;
    uint32_t nbranches;
    uint32_t max_height; /* operand cells */
    /* From instantiation: */
    uint64_t *counts; /* see coverage/coverage.c; NULL: not counted */
} wp_code;

typedef struct wp_local_run {
    uint32_t count;
    wp_valtype type;
} wp_local_run;

typedef struct wp_func_def {
    uint32_t type; /* type index */
    uint32_t pos;
    uint32_t nruns;   /* declared locals, without parameters */
    uint32_t nlocals; /* sum of the runs */
    wp_local_run *runs;
    wp_code code; /* empty for imports */
    /* From validation: */
    uint32_t canon;       /* canonical type */
    uint32_t local_cells; /* parameters and locals, one cell each */
} wp_func_def;

typedef struct wp_table_def {
    wp_limits limits;
    wp_valtype element;
    uint32_t pos;
    bool has_init;
    wp_code init;
} wp_table_def;

typedef struct wp_memory_def {
    wp_limits limits; /* in pages */
    uint32_t pos;
} wp_memory_def;

typedef struct wp_global_def {
    wp_valtype type;
    bool is_mutable;
    uint32_t pos;
    wp_code init;
} wp_global_def;

typedef struct wp_tag_def {
    uint32_t type; /* type index */
    uint32_t pos;
} wp_tag_def;

typedef struct wp_import {
    wp_bytes module;
    wp_bytes name;
    wp_extern_kind kind;
    uint32_t index; /* in the index space of its kind */
    uint32_t pos;
} wp_import;

typedef struct wp_export {
    wp_bytes name;
    wp_extern_kind kind;
    uint32_t index;
    uint32_t pos;
} wp_export;

typedef enum wp_segment_mode { WP_SEG_ACTIVE, WP_SEG_PASSIVE, WP_SEG_DECLARATIVE } wp_segment_mode;

typedef struct wp_elem_def {
    wp_segment_mode mode;
    uint32_t table;
    uint32_t pos;
    wp_valtype type;
    wp_code offset; /* active only */
    uint32_t count;
    uint32_t *funcs; /* either function indices */
    wp_code *exprs;  /* or expressions */
    uint8_t flags;   /* of the binary encoding it came from, 0 to 7; the text parser picks the shortest that fits */
} wp_elem_def;

typedef struct wp_data_def {
    wp_segment_mode mode;
    uint32_t memory;
    uint32_t pos;
    wp_code offset; /* active only */
    wp_bytes bytes;
} wp_data_def;

/* A custom section. */
typedef struct wp_custom {
    wp_bytes name;
    wp_bytes bytes;
    uint32_t pos;
    uint8_t after; /* id of the last non-custom section before it, 0: none; ids as in the binary format */
} wp_custom;

typedef enum wp_source_kind { WP_SOURCE_BINARY, WP_SOURCE_TEXT } wp_source_kind;

struct wp_module {
    wp_engine *engine;
    uint32_t refs; /* references: the caller's, and one of each instance */
    bool validated;
    wp_arena arena;

    wp_source_kind source_kind;
    wp_bytes source; /* binary: a copy, in the arena */
    uint32_t *lines; /* text: offsets at which the module's lines begin, in the arena */
    uint32_t nlines;
    uint32_t first_line;     /* text: the number of the line that lines[0] begins */
    char *id;                /* text: $id without the dollar sign, or NULL */
    char *label;             /* the embedder's name for it; NULL: its id */
    char *uri;               /* from which the loader has it; NULL: from the embedder */
    uint32_t code_pos;       /* binary: position of the contents of the code section; 0: absent */
    const char *source_name; /* the embedder's name for the source, in the arena; NULL if absent */
    wp_location source_where;
    wp_bytes *func_names; /* for coverage, by function index; empty where absent. NULL: unknown */
    bool counted;         /* for coverage */

    wp_subtype *types;
    uint32_t ntypes;
    wp_rectype *rectypes;
    uint32_t nrectypes;
    wp_import *imports;
    uint32_t nimports;
    wp_func_def *funcs;
    uint32_t nfuncs, nfunc_imports;
    wp_table_def *tables;
    uint32_t ntables, ntable_imports;
    wp_memory_def *memories;
    uint32_t nmemories, nmemory_imports;
    wp_global_def *globals;
    uint32_t nglobals, nglobal_imports;
    wp_tag_def *tags;
    uint32_t ntags, ntag_imports;
    wp_export *exports;
    uint32_t nexports;
    bool has_start;
    uint32_t start;
    uint32_t start_pos;
    wp_elem_def *elems;
    uint32_t nelems;
    bool has_data_count; /* binary: a data count section came before the code */
    uint32_t data_count;
    wp_data_def *datas;
    uint32_t ndatas;
    wp_custom *customs;
    uint32_t ncustoms;

    /* From validation: */
    uint32_t *canon; /* canonical type of each type */
    wp_index exports_by_name;
    wp_link *export_links; /* its entries, by export */
};

/* An empty module with one reference. NULL: out of memory. */
wp_module *wp_module_new(wp_engine *engine);
/* Adds a reference. */
void wp_module_retain(wp_module *module);
/* The line that contains an offset, from 0; lines begin at lines[0] to lines[nlines - 1]. */
uint32_t wp_find_line(const uint32_t *lines, uint32_t nlines, size_t offset);
/* The location of a position: byte offset, and line and column where the source is text. */
wp_location wp_module_locate(const wp_module *module, uint32_t pos);
/* Sets the URI that errors name as the source. False: out of memory. */
WP_MUST_CHECK bool wp_module_set_uri(wp_module *module, wp_bytes uri);
/* Records an error at a position. Returns status. */
wp_status wp_module_fail(const wp_module *module, wp_diag *diag, wp_status status, uint32_t pos, const char *format,
                         ...) WP_PRINTF(5, 6);
/* WP_UNSUPPORTED "unsupported: what" at a position. */
wp_status wp_module_unsupported(const wp_module *module, wp_diag *diag, uint32_t pos, const char *what);
/* Makes exports_by_name; WP_INVALID "duplicate export name". Part of validation. */
WP_MUST_CHECK wp_status wp_module_index_exports(wp_module *module, wp_diag *diag);
/* Finds an export of a validated module by name; NULL if absent. */
const wp_export *wp_module_find_export(const wp_module *module, const char *name, size_t size);

/* The canonical form of a value type of a validated module. */
static inline wp_valtype wp_canon(const wp_module *module, wp_valtype type) {
    return wp_is_ref(type) && wp_has_index(type) ? (type & ~WP_T_BITS) | module->canon[wp_type_index(type)] : type;
}

#endif
