/* binary.h: codes of the binary format (specification, "Binary Format"). Opcodes are in instr.def. */
#ifndef WP_BINARY_H
#define WP_BINARY_H

/* Section ids. */
enum {
    WP_SECTION_CUSTOM = 0,
#define SECTION(id, NAME, name, word) WP_SECTION_##NAME = (id),
#include "core/section.def"
    WP_SECTION_COUNT = 14
};

/* Places of the sections in a module, from 0. */
enum {
#define SECTION(id, NAME, name, word) WP_PLACE_##NAME,
#include "core/section.def"
    WP_PLACES
};

/* Subsections and symbol flags of the section dylink.0. */
enum {
#define SUBSECTION(id, NAME, word) WP_DYLINK_##NAME = (id),
#define SYMBOL_FLAG(bit, NAME, word) WP_SYMBOL_##NAME = (bit),
#include "core/binary/dylink.def"
};

/* Codes of types, as bytes. */
enum {
    WP_CODE_I32 = 0x7F,
    WP_CODE_I64 = 0x7E,
    WP_CODE_F32 = 0x7D,
    WP_CODE_F64 = 0x7C,
    WP_CODE_V128 = 0x7B,
    WP_CODE_I8 = 0x78,
    WP_CODE_I16 = 0x77,
    WP_CODE_NOEXN = 0x74, /* the abstract heap types: from here ... */
    WP_CODE_NOFUNC = 0x73,
    WP_CODE_NOEXTERN = 0x72,
    WP_CODE_NONE = 0x71,
    WP_CODE_FUNC = 0x70,
    WP_CODE_EXTERN = 0x6F,
    WP_CODE_ANY = 0x6E,
    WP_CODE_EQ = 0x6D,
    WP_CODE_I31 = 0x6C,
    WP_CODE_STRUCT = 0x6B,
    WP_CODE_ARRAY = 0x6A,
    WP_CODE_EXN = 0x69, /* ... to here */
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
