/* sample.h: binary modules for tests, written byte by byte without the encoder.
 *
 * - sample_instrs: a module with one function that contains every instruction of instr.def once.
 * - sample_sections: a module with every kind of section, definition, import, segment and type.
 * - sample_decode: decodes bytes.
 *
 * Both modules are in canonical form: encoding the decoded module gives the same bytes. They are well-formed, not
 * valid.
 */
#ifndef WP_SAMPLE_H
#define WP_SAMPLE_H

#include "core/binary/decode.h"
#include "core/instr.h"

#include <stdlib.h>
#include <string.h>

/* A growing array of bytes. Out of memory ends the program. */
typedef struct sample {
    uint8_t *data;
    size_t size, capacity;
} sample;

static inline void sample_bytes(sample *s, const void *bytes, size_t size) {
    if (s->size + size > s->capacity) {
        s->capacity = (s->size + size) * 2 + 64;
        s->data = realloc(s->data, s->capacity);
        if (s->data == NULL)
            abort();
    }
    if (size != 0)
        memcpy(s->data + s->size, bytes, size);
    s->size += size;
}

static inline void sample_byte(sample *s, unsigned byte) {
    uint8_t b = (uint8_t)byte;
    sample_bytes(s, &b, 1);
}

static inline void sample_leb(sample *s, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        sample_byte(s, (unsigned)(value & 0x7F) | 0x80);
    sample_byte(s, (unsigned)value);
}

/* Appends the bytes of a string literal, without the final NUL. */
#define SAMPLE(s, literal) sample_bytes((s), (literal), sizeof(literal) - 1)

/* Appends a section: its id, size and contents, which are freed. */
static inline void sample_section(sample *s, unsigned id, sample *contents) {
    sample_byte(s, id);
    sample_leb(s, contents->size);
    sample_bytes(s, contents->data, contents->size);
    free(contents->data);
    *contents = (sample){0};
}

static inline void sample_free(sample *s) {
    free(s->data);
    *s = (sample){0};
}

/* Immediates of the samples: indices of two bytes. */
enum { SAMPLE_X = 300, SAMPLE_Y = 301, SAMPLE_LANE = 11 };
#define SAMPLE_X_BYTES "\xAC\x02"
#define SAMPLE_Y_BYTES "\xAD\x02"

static inline void sample_immediates(sample *s, wp_imm immediate) {
    switch (immediate) {
    case IMM_NONE: break;
    case IMM_BLOCK: SAMPLE(s, "\xAC\x02"); break; /* type index 300, signed */
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_MEMORY:
    case IMM_DATA:
    case IMM_TAG: SAMPLE(s, SAMPLE_X_BYTES); break;
    case IMM_TYPE_TABLE:
    case IMM_TABLE_TABLE:
    case IMM_ELEM_TABLE:
    case IMM_MEMORY_MEMORY:
    case IMM_DATA_MEMORY:
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_DATA:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE: SAMPLE(s, SAMPLE_X_BYTES SAMPLE_Y_BYTES); break;
    case IMM_LABELS: SAMPLE(s, "\x02" SAMPLE_X_BYTES SAMPLE_Y_BYTES "\x00"); break;
    case IMM_MEMARG: SAMPLE(s, "\x42" SAMPLE_X_BYTES "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"); break;
    case IMM_MEMARG_LANE: SAMPLE(s, "\x01" SAMPLE_Y_BYTES "\x0B"); break;
    case IMM_LANE: SAMPLE(s, "\x0B"); break;
    case IMM_SHUFFLE:
    case IMM_V128: SAMPLE(s, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\xFF"); break;
    case IMM_I32: SAMPLE(s, "\x80\x80\x80\x80\x78"); break;
    case IMM_I64: SAMPLE(s, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7F"); break;
    case IMM_F32: SAMPLE(s, "\x01\x02\xA0\x7F"); break;
    case IMM_F64: SAMPLE(s, "\x01\x02\x03\x04\x05\x06\xF4\xFF"); break;
    case IMM_HEAPTYPE: SAMPLE(s, "\xAC\x02"); break;
    case IMM_VALTYPES: SAMPLE(s, "\x03\x7F\x63\xAC\x02\x70"); break;
    case IMM_TRY_TABLE:
        SAMPLE(s, "\x7E\x04\x00" SAMPLE_X_BYTES "\x01\x01" SAMPLE_Y_BYTES "\x02\x02\x03\x03\x04");
        break;
    case IMM_CAST: SAMPLE(s, "\x02" SAMPLE_X_BYTES "\x6E\x6D"); break;
    }
}

/* The body of a function with every instruction; *count is their number. */
static inline sample sample_body(size_t *count) {
    sample body = {0};
    unsigned open = 1;
    SAMPLE(&body, "\x02\x02\x7F\x01\x7B"); /* locals: 2 i32, 1 v128 */
    for (size_t op = 0; op < WP_OP_COUNT; op++) {
        const wp_instr_row *row = &wp_instr_rows[op];
        if (row->prefix != 0)
            sample_byte(&body, row->prefix);
        if (row->prefix != 0)
            sample_leb(&body, row->code);
        else
            sample_byte(&body, row->code);
        sample_immediates(&body, (wp_imm)row->immediate);
        open += row->immediate == IMM_BLOCK || row->immediate == IMM_TRY_TABLE;
        open -= op == WP_OP_end;
    }
    *count = WP_OP_COUNT + open;
    for (; open != 0; open--)
        sample_byte(&body, 0x0B);
    return body;
}

static inline sample sample_instrs(void) {
    sample module = {0}, code = {0};
    size_t count = 0;
    sample body = sample_body(&count);
    SAMPLE(&module, "\0asm\1\0\0\0"
                    "\x01\x04\x01\x60\x00\x00"
                    "\x03\x02\x01\x00"
                    "\x0C\x01\x00");
    sample_byte(&code, 1);
    sample_leb(&code, body.size);
    sample_bytes(&code, body.data, body.size);
    sample_free(&body);
    sample_section(&module, 10, &code);
    return module;
}

/* Custom section "cN" with one byte. */
static inline void sample_custom(sample *module, unsigned n) {
    const uint8_t bytes[] = {0, 4, 2, 'c', (uint8_t)('A' + n), (uint8_t)n};
    sample_bytes(module, bytes, sizeof bytes);
}

static inline void sample_types(sample *module) {
    sample s = {0};
    SAMPLE(&s, "\x05"
               "\x60\x02\x7F\x7E\x02\x7D\x7C"         /* func (i32 i64) -> (f32 f64) */
               "\x4E\x02"                             /* rec of */
               "\x50\x00\x5F\x02\x78\x01\x63\x02\x00" /*   open struct { mut i8, (ref null 2) } */
               "\x4F\x01\x01\x5E\x77\x00"             /*   final array of i16, sub 1 */
               "\x5E\x7B\x01"                         /* array of mut v128 */
               "\x60\x0E\x70\x6F\x6E\x6D\x6C\x6B\x6A\x69\x74\x73\x72\x71\x64\x70\x64\x00\x00" /* all reference types */
               "\x4E\x00");                                                                   /* an empty group */
    sample_section(module, 1, &s);
}

static inline void sample_imports(sample *module) {
    sample s = {0};
    SAMPLE(&s, "\x06"
               "\x01m\x00\x00\x00"              /* func 0 */
               "\x00\x01t\x01\x70\x01\x01\x02"  /* table funcref 1 2 */
               "\x01m\x01m\x02\x04\x80\x80\x04" /* memory i64 65536 */
               "\x02\xC3\xA9\x01g\x03\x7F\x01"  /* global mut i32 */
               "\x01m\x01x\x04\x00\x00"         /* tag */
               "\x01m\x01h\x00\x00");           /* func 1 */
    sample_section(module, 2, &s);
}

static inline void sample_elems(sample *module) {
    sample s = {0};
    SAMPLE(&s, "\x08"
               "\x00\x41\x00\x0B\x02\x00\x01"
               "\x01\x00\x01\x02"
               "\x02\x01\x41\x01\x0B\x00\x01\x00"
               "\x03\x00\x00"
               "\x04\x41\x02\x0B\x01\xD2\x00\x0B"
               "\x05\x6F\x02\xD0\x6F\x0B\xD0\x72\x0B"
               "\x06\x01\x41\x03\x0B\x64\x00\x01\x23\x00\x0B"
               "\x07\x70\x01\xD2\x01\x0B");
    sample_section(module, 9, &s);
}

static inline sample sample_sections(void) {
    sample m = {0}, s = {0};
    SAMPLE(&m, "\0asm\1\0\0\0");
    sample_custom(&m, 0);
    sample_types(&m);
    sample_custom(&m, 1);
    sample_custom(&m, 2);
    sample_imports(&m);
    SAMPLE(&s, "\x02\x00\x00");
    sample_section(&m, 3, &s);
    SAMPLE(&s, "\x02\x6F\x05\x00\x10"
               "\x40\x00\x64\x00\x00\x01\xD2\x00\x0B"); /* table i64 externref; with initialiser */
    sample_section(&m, 4, &s);
    SAMPLE(
        &s,
        "\x03\x00\x00\x01\x01\x02\x05\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
    sample_section(&m, 5, &s);
    SAMPLE(&s, "\x01\x00\x00");
    sample_section(&m, 13, &s);
    sample_custom(&m, 3);
    SAMPLE(&s, "\x02\x7E\x00\x42\x7F\x42\x01\x7C\x0B"
               "\x63\x00\x01\xD0\x00\x0B");
    sample_section(&m, 6, &s);
    SAMPLE(&s, "\x05\x01"
               "f\x00\x01"
               "\x01t\x01\x00"
               "\x01m\x02\x00"
               "\x00\x03\x00"
               "\x03\xE2\x82\xAC\x04\x00");
    sample_section(&m, 7, &s);
    SAMPLE(&s, "\x02");
    sample_section(&m, 8, &s);
    sample_elems(&m);
    SAMPLE(&s, "\x03");
    sample_section(&m, 12, &s);
    SAMPLE(&s, "\x02"
               "\x11\x00\x02\x40\x04\x7F\x41\x01\x05\x41\x02\x0B\x1A\xFC\x09\x02\x0B\x0B");
    SAMPLE(&s, "\x0D\x02\x01\x7F\xFF\xFF\x03\x7C\x03\x40\x0C\x00\x0B\x0B");
    sample_section(&m, 10, &s);
    sample_custom(&m, 4);
    SAMPLE(&s, "\x03"
               "\x00\x41\x00\x0B\x03"
               "abc"
               "\x01\x00"
               "\x02\x01\x42\x05\x0B\x01z");
    sample_section(&m, 11, &s);
    sample_custom(&m, 5);
    sample_custom(&m, 6);
    return m;
}

/* Decodes; null if that fails, with the cause in *diag. */
static inline wp_module *sample_decode(wp_engine *engine, const void *bytes, size_t size, wp_diag *diag) {
    wp_module *module = NULL;
    *diag = (wp_diag){0};
    return wp_module_decode(engine, bytes, size, &module, diag) == WP_OK ? module : NULL;
}

/* The start of a module, a type section with one function type, and a function section with one function of it. */
#define HEAD "\0asm\1\0\0\0"
#define TYPE "\x01\x04\x01\x60\x00\x00"
#define FUNC TYPE "\x03\x02\x01\x00"

#endif
