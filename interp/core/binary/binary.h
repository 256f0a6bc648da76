/* binary.h: codes of the binary format (specification, "Binary Format"). Opcodes are in instr.def. */
#ifndef WP_BINARY_H
#define WP_BINARY_H

/* Section ids. */
enum {
    WP_SECTION_CUSTOM = 0,
#define SECTION(id, NAME, word) WP_SECTION_##NAME = (id),
#include "core/section.def"
    WP_SECTION_COUNT = 14
};

/* Places of the sections in a module, from 0. */
enum {
#define SECTION(id, NAME, word) WP_PLACE_##NAME,
#include "core/section.def"
    WP_PLACES
};

/* Subsections and symbol flags of the section dylink.0. */
enum {
#define SUBSECTION(id, NAME, word) WP_DYLINK_##NAME = (id),
#define SYMBOL_FLAG(bit, NAME, word) WP_SYMBOL_##NAME = (bit),
#include "core/binary/dylink.def"
};

/* Codes of types, as bytes. Those of heap types, value types and packed types are in heaptype.def and valtype.def. */
enum {
    WP_CODE_REF = 0x64,
    WP_CODE_REF_NULL = 0x63,
    WP_CODE_FUNC_TYPE = 0x60,
    WP_CODE_STRUCT_TYPE = 0x5F,
    WP_CODE_ARRAY_TYPE = 0x5E,
    WP_CODE_SUB = 0x50,
    WP_CODE_SUB_FINAL = 0x4F,
    WP_CODE_REC = 0x4E,
    WP_CODE_EMPTY = 0x40 /* block type without values; table with an initialiser */
};

#endif
