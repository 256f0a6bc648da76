/* script.h: a test script as data: the commands of the official suite and of the process model (label script-commands).
 *
 * Interface:
 * - script_open, script_next, script_close: read a script one command at a time. Commands before a syntax
 *   error can be run.
 * - script_module_parse: the module that a command holds, from text, bytes or quoted text.
 * - script_kinds, script_heaps, script_shapes: tables.
 *
 * A command and all it points to live until the next script_next or script_close. Names are $identifiers, with their
 * dollar sign; an absent one has data NULL.
 */
#ifndef WP_SCRIPT_SCRIPT_H
#define WP_SCRIPT_SCRIPT_H

#include "wasmproc.h"

#include <string.h>

/* Bytes that are not NUL-terminated; absent when data is NULL. */
typedef struct script_text {
    const char *data;
    size_t size;
} script_text;

/* True when a message begins with a text. */
static inline bool script_text_begins(const char *message, script_text text) {
    return strlen(message) >= text.size && memcmp(message, text.data, text.size) == 0;
}

static inline bool script_text_is(script_text text, const char *wanted) {
    return text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0;
}

typedef enum script_kind {
#define SCRIPT_KIND(id, word, status) SCRIPT_##id,
#include "script/kind.def"
#undef SCRIPT_KIND
    SCRIPT_KINDS /* how many there are */
} script_kind;

/* A row of kind.def, by kind. */
typedef struct script_kind_row {
    const char *word;
    wp_status status;
} script_kind_row;
extern const script_kind_row script_kinds[SCRIPT_KINDS];

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* The heap type of a reference in scripts: (ref.null HEAP), (ref.HEAP). */
typedef enum script_heap {
#define SCRIPT_HEAP(id, name, type) SCRIPT_HEAP_##id,
#include "script/heap.def"
#undef SCRIPT_HEAP
} script_heap;

/* A row of heap.def, by heap type. */
typedef struct script_heap_row {
    const char *name, *type;
} script_heap_row;
extern const script_heap_row script_heaps[];

typedef enum script_value_kind {
    SCRIPT_NUMBER, /* i32, i64, f32, f64 */
    SCRIPT_VECTOR, /* v128 */
    SCRIPT_NULL,   /* (ref.null HEAP) */
    SCRIPT_REF,    /* (ref.HEAP) or (ref.HEAP N) */
    SCRIPT_EITHER  /* one of a list of alternatives */
} script_value_kind;

typedef enum script_nan { SCRIPT_NAN_NO, SCRIPT_NAN_CANONICAL, SCRIPT_NAN_ARITHMETIC } script_nan;

/* "i32"; type is WP_T_I32 to WP_T_F64. Static. */
const char *script_number_name(wp_valtype type);
unsigned script_number_bits(wp_valtype type);

typedef enum script_lanes {
    SCRIPT_I8X16,
    SCRIPT_I16X8,
    SCRIPT_I32X4,
    SCRIPT_I64X2,
    SCRIPT_F32X4,
    SCRIPT_F64X2
} script_lanes;

/* How a vector is divided into lanes, by script_lanes. */
typedef struct script_shape {
    const char *name;
    unsigned count; /* of lanes */
    unsigned bits;  /* of each */
    bool is_float;
} script_shape;
extern const script_shape script_shapes[];
/* Lane i of a vector, zero-extended. */
uint64_t script_lane(const uint64_t bits[2], script_lanes lanes, unsigned i);

/* An argument or an expected result. Arguments are never SCRIPT_EITHER, have no NaN patterns, and their
 * references are null or carry a number. */
typedef struct script_value {
    script_value_kind kind;
    wp_valtype type;    /* NUMBER: WP_T_I32 to WP_T_F64. VECTOR: WP_T_V128. Others: WP_T_NONE */
    uint64_t bits[2];   /* NUMBER: [0]. VECTOR: lanes in little-endian order. 0 where a lane is a NaN pattern */
    script_nan nan[4];  /* NUMBER: [0]. VECTOR of f32x4 or f64x2: one per lane */
    script_lanes lanes; /* VECTOR */
    script_heap heap;   /* NULL, REF */
    bool has_number;    /* REF */
    uint64_t number;    /* REF that has one */
    const struct script_value *options; /* EITHER */
    size_t noptions;
} script_value;

/* ---- Commands ------------------------------------------------------------------------------------------------ */

typedef enum script_form { SCRIPT_FORM_TEXT, SCRIPT_FORM_BINARY, SCRIPT_FORM_QUOTE } script_form;

/* A module as it stands in a script: see script_module_parse. */
typedef struct script_module {
    script_form form;
    wp_location where; /* of its "(", or of its first field */
    script_text name;
    script_text bytes; /* BINARY: the bytes. QUOTE: the text. TEXT: "(module ...)" or the fields, as in the file */
    bool is_definition;
    bool is_bare;  /* TEXT: the file is its fields */
    size_t fields; /* TEXT: where in the file the fields begin */
} script_module;

typedef struct script_action {
    bool is_get; /* else it is an invoke */
    wp_location where;
    script_text module; /* absent: the last instance */
    script_text field;
    const script_value *args;
    size_t nargs;
} script_action;

/* An entry of a dictionary. */
typedef struct script_entry {
    script_text name;
    script_text uri;
    script_text digest; /* absent: none */
} script_entry;

typedef struct script_command {
    script_kind kind;
    wp_location where;
    /* The $identifier: MODULE*, ASSERT_* of a module: of the module. MODULE_INSTANCE: of the instance. REGISTER,
     * UNLOAD: of the instance meant. PROCESS, SWITCH, END: of the process. */
    script_text name;
    script_text definition; /* MODULE_INSTANCE: absent: the last one */
    script_text string;     /* REGISTER: the name to register as. LIBRARY: the URI */
    script_text text;       /* ASSERT_*: the text that the error begins with; absent where none is given */
    bool has_module;        /* MODULE, MODULE_DEFINITION, LIBRARY, ASSERT_* of a module */
    script_module module;
    bool has_action; /* INVOKE, GET, ASSERT_* of an action */
    script_action action;
    const script_value *expected; /* ASSERT_RETURN */
    size_t nexpected;
    uint64_t code; /* ASSERT_EXIT */
    /* PROCESS */
    wp_valtype pointer; /* WP_T_I32 or WP_T_I64 */
    uint64_t pages, stack;
    bool limited;
    uint64_t limit; /* when limited */
    /* PROCESS, DICTIONARY */
    const script_entry *entries;
    size_t nentries;
    const struct script_command *inner; /* ASSERT_REFUSED: the refused command */
} script_command;

/* ---- Reading ------------------------------------------------------------------------------------------------- */

typedef struct script script;

/* Opens a script. The text is copied. allocator NULL: the C library's; it serves the script, the engine its modules. */
WP_MUST_CHECK wp_status script_open(wp_engine *engine, const wp_allocator *allocator, const char *text, size_t size,
                                    script **out, wp_diag *diag);
/* NULL is allowed. */
void script_close(script *s);
/* Reads the next command. *out is NULL at the end of the script. WP_MALFORMED: a syntax error; reading cannot continue.
 * Modules in text form are only skipped here; script_module_parse reports their errors. */
WP_MUST_CHECK wp_status script_next(script *s, const script_command **out, wp_diag *diag);
/* Decodes or parses the module of a command. Locations in errors: TEXT: in the file. BINARY: the byte offset. QUOTE: in
 * the quoted text. Other commands can be read afterwards as before. */
WP_MUST_CHECK wp_status script_module_parse(script *s, const script_module *module, wp_module **out, wp_diag *diag);
/* The feature of a WP_UNSUPPORTED error: its message without "unsupported: ". Points into the message. */
const char *script_reason(const wp_diag *diag);

#endif
