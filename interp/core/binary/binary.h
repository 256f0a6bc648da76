/* binary.h: the codes of the binary format that decoder and encoder share (specification, chapter "Binary Format").
 * Opcodes are in instr.def.
 */
#ifndef WP_BINARY_H
#define WP_BINARY_H

/* Section ids. */
enum {
    WP_SECTION_CUSTOM,
    WP_SECTION_TYPE,
    WP_SECTION_IMPORT,
    WP_SECTION_FUNCTION,
    WP_SECTION_TABLE,
    WP_SECTION_MEMORY,
    WP_SECTION_GLOBAL,
    WP_SECTION_EXPORT,
    WP_SECTION_START,
    WP_SECTION_ELEMENT,
    WP_SECTION_CODE,
    WP_SECTION_DATA,
    WP_SECTION_DATA_COUNT,
    WP_SECTION_TAG,
    WP_SECTION_COUNT
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
