/* test_decode.c: decoding and encoding of whole modules: every instruction, every section, malformed modules, exports
 * and positions. See test_decode_values.c for integers and names, test_decode_hostile.c for damage.
 */
#include "core/binary/encode.h"
#include "failing.h"
#include "sample.h"
#include "tap.h"

static bool encodes_to(wp_engine *engine, const wp_module *module, const sample *expected) {
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (wp_module_encode(module, &bytes, &size, NULL) != WP_OK)
        return false;
    bool same = size == expected->size && memcmp(bytes, expected->data, size) == 0;
    for (size_t i = 0; !same && i < size && i < expected->size; i++)
        if (bytes[i] != expected->data[i]) {
            tap_note("byte %zu: %02x, expected %02x", i, bytes[i], expected->data[i]);
            break;
        }
    wp_buffer_free(engine, bytes, size);
    return same;
}

/* ---- Every instruction --------------------------------------------------------------------------------------- */

static bool words(const uint32_t *pool, const uint32_t *expected, size_t count) {
    return memcmp(pool, expected, count * sizeof *pool) == 0;
}

#define WORDS(code, i, ...)                                                                                            \
    words((code)->pool + (i)->x, (const uint32_t[]){__VA_ARGS__}, sizeof(uint32_t[]){__VA_ARGS__} / sizeof(uint32_t))

/* Whether the immediates of sample.h are where instr.h says. */
static bool immediates_right(const wp_code *code, const wp_instr *i) {
    const uint32_t x = SAMPLE_X, y = SAMPLE_Y, indexed = WP_T_INDEX | SAMPLE_X;
    switch ((wp_imm)wp_instr_rows[i->op].immediate) {
    case IMM_NONE: return i->x == 0 && i->u64 == 0;
    case IMM_BLOCK: return wp_block_has_type(i->x) && wp_block_type_index(i->x) == x;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_MEMORY:
    case IMM_DATA:
    case IMM_TAG: return i->x == x && i->u64 == 0;
    case IMM_LABELS: return WORDS(code, i, 2, x, y, 0);
    case IMM_MEMARG: return wp_memarg_memory(i->x) == x && wp_memarg_align(i->x) == 2 && i->u64 == UINT64_MAX;
    case IMM_MEMARG_LANE: return i->u64 == y && WORDS(code, i, WP_MEMARG(0, 1), SAMPLE_LANE);
    case IMM_LANE: return i->x == SAMPLE_LANE;
    case IMM_SHUFFLE:
    case IMM_V128: return WORDS(code, i, 0x03020100, 0x07060504, 0x0B0A0908, 0xFF0E0D0C);
    case IMM_I32: return i->u64 == 0x80000000;
    case IMM_I64: return i->u64 == 0x8000000000000000;
    case IMM_F32: return i->u64 == 0x7FA00201;
    case IMM_F64: return i->u64 == 0xFFF4060504030201;
    case IMM_HEAPTYPE: return i->x == indexed;
    case IMM_VALTYPES: return WORDS(code, i, 3, WP_T_I32, wp_ref_type(true, indexed), WP_T_FUNCREF);
    case IMM_TRY_TABLE: return WORDS(code, i, WP_T_I64, 4, 0, x, 1, 1, y, 2, 2, 0, 3, 3, 0, 4);
    case IMM_CAST: return WORDS(code, i, x, wp_ref_type(false, WP_HT_ANY), wp_ref_type(true, WP_HT_EQ));
    default: return i->x == x && i->y == y && i->side == 0;
    }
}

static void check_instructions(tap *t, wp_engine *engine) {
    wp_diag diag;
    sample bytes = sample_instrs();
    wp_module *module = sample_decode(engine, bytes.data, bytes.size, &diag);
    if (!tap_ok(t, CHECK(module != NULL) && EQ(module->nfuncs, 1), "a module with every instruction is well-formed")) {
        tap_note("%s at %zu", diag.message, diag.where.offset);
        return;
    }
    const wp_func_def *func = &module->funcs[0];
    const wp_code *code = &func->code;
    uint32_t *offsets = calloc(code->ninstrs, sizeof *offsets);
    size_t wrong_op = 0, wrong_immediate = 0, wrong_offset = 0, count = 0;
    sample body = sample_body(&count);
    sample_free(&body);
    for (uint32_t op = 0; op < WP_OP_COUNT && op < code->ninstrs; op++) {
        wrong_op += code->instrs[op].op != op;
        wrong_immediate += !immediates_right(code, &code->instrs[op]);
    }
    tap_ok(t, EQ(code->ninstrs, count) && EQ(wrong_op, 0), "each opcode is decoded as its operation");
    tap_ok(t, EQ(wrong_immediate, 0), "each kind of immediate is decoded to its field");
    tap_ok(t, EQ(func->nruns, 2) && EQ(func->nlocals, 3) && EQ(func->runs[1].type, WP_T_V128),
           "locals are kept as runs");
    tap_ok(t, encodes_to(engine, module, &bytes), "encoding every instruction gives the same bytes");
    bool ok = CHECK(offsets != NULL) && EQ_STATUS(wp_encode_offsets(module, func, offsets, &diag), WP_OK);
    for (uint32_t i = 0; ok && i < code->ninstrs; i++)
        wrong_offset += offsets[i] != code->pos[i] - func->pos;
    tap_ok(t, CHECK(ok) && EQ(wrong_offset, 0), "wp_encode_offsets gives the offsets of instructions");
    free(offsets);
    wp_module_delete(module);
    sample_free(&bytes);
}

/* ---- Every section ------------------------------------------------------------------------------------------- */

static void check_declarations(tap *t, const wp_module *m) {
    tap_ok(t,
           EQ(m->ntypes, 5) && EQ(m->nrectypes, 5) && EQ(m->rectypes[1].first, 1) && EQ(m->rectypes[1].count, 2) &&
               EQ(m->rectypes[4].count, 0) && CHECK(!m->types[1].final) && CHECK(m->types[2].final) &&
               EQ(m->types[2].supers[0], 1) && EQ(m->types[2].comp.fields[0].type, WP_T_I16) &&
               CHECK(m->types[1].comp.fields[0].is_mutable) && EQ(m->types[4].comp.nparams, 14) &&
               EQ(m->types[4].comp.types[11], wp_ref_type(true, WP_HT_NONE)),
           "types and their groups");
    tap_ok(t,
           EQ(m->nimports, 6) && EQ(m->nfunc_imports, 2) && EQ(m->ntable_imports, 1) && EQ(m->nmemory_imports, 1) &&
               EQ(m->nglobal_imports, 1) && EQ(m->ntag_imports, 1) && EQ(m->imports[5].index, 1) &&
               EQ(m->imports[3].module.size, 2) && EQ(m->imports[1].module.size, 0),
           "imports");
    tap_ok(t, EQ(m->nfuncs, 4) && EQ(m->ntables, 3) && EQ(m->nmemories, 4) && EQ(m->nglobals, 3) && EQ(m->ntags, 2),
           "index spaces begin with imports");
    tap_ok(t,
           CHECK(m->tables[1].limits.is64) && EQ(m->tables[1].limits.max, 16) && CHECK(m->tables[2].has_init) &&
               CHECK(!m->tables[1].has_init),
           "tables");
    tap_ok(t,
           CHECK(m->memories[3].limits.is64) && CHECK(m->memories[3].limits.min == (uint64_t)1 << 63) &&
               EQ(m->memories[3].limits.max, UINT64_MAX) && CHECK(!m->memories[1].limits.has_max),
           "memories");
    tap_ok(t, EQ(m->nexports, 5) && EQ(m->exports[4].kind, WP_EXTERN_TAG) && CHECK(m->has_start) && EQ(m->start, 2),
           "exports, start");
}

static void check_segments(tap *t, const wp_module *m) {
    bool right = EQ(m->nelems, 8);
    for (uint32_t i = 0; right && i < 8; i++)
        right = EQ(m->elems[i].flags, i) && EQ(m->elems[i].exprs != NULL, i >= 4);
    tap_ok(t,
           CHECK(right) && EQ(m->elems[3].mode, WP_SEG_DECLARATIVE) && EQ(m->elems[5].mode, WP_SEG_PASSIVE) &&
               EQ(m->elems[6].table, 1) && EQ(m->elems[0].type, wp_ref_type(false, WP_HT_FUNC)) &&
               EQ(m->elems[4].type, WP_T_FUNCREF),
           "element segments of all eight forms");
    tap_ok(t,
           EQ(m->ndatas, 3) && EQ(m->data_count, 3) && EQ(m->datas[0].bytes.size, 3) &&
               EQ(m->datas[1].mode, WP_SEG_PASSIVE) && EQ(m->datas[2].memory, 1),
           "data segments of all three forms");
    static const uint8_t after[] = {0, 1, 1, 13, 10, 11, 11};
    right = EQ(m->ncustoms, sizeof after);
    for (uint32_t i = 0; right && i < m->ncustoms; i++)
        right =
            EQ(m->customs[i].after, after[i]) && EQ(m->customs[i].bytes.size, 1) && EQ(m->customs[i].bytes.data[0], i);
    tap_ok(t, right, "custom sections keep their places");
}

static void check_sections(tap *t, wp_engine *engine) {
    wp_diag diag;
    sample bytes = sample_sections();
    wp_module *module = sample_decode(engine, bytes.data, bytes.size, &diag);
    if (tap_ok(t, module != NULL, "a module with every section is well-formed")) {
        check_declarations(t, module);
        check_segments(t, module);
        tap_ok(t, encodes_to(engine, module, &bytes), "encoding every section gives the same bytes");
        tap_ok(t, module->customs[0].bytes.data != bytes.data + 10, "the module has its own copy of the source");
    } else {
        tap_note("%s at %zu", diag.message, diag.where.offset);
    }
    wp_module_delete(module);
    sample_free(&bytes);
}

/* Non-canonical forms are decoded, and encoded in canonical form. */
static void check_canonical(tap *t, wp_engine *engine) {
    static const char padded[] = "\0asm\1\0\0\0"
                                 "\x01\x86\x00\x81\x00\x60\x80\x00\x00"
                                 "\x02\x01\x00"
                                 "\x03\x02\x01\x00"
                                 "\x0A\x11\x01\x8E\x00\x01\x01\x63\x70"
                                 "\x41\xFF\x7F"
                                 "\x1A"
                                 "\xFC\x8D\x00\x80\x00"
                                 "\x0B";
    static const char shortest[] = "\0asm\1\0\0\0"
                                   "\x01\x04\x01\x60\x00\x00"
                                   "\x03\x02\x01\x00"
                                   "\x0A\x0C\x01\x0A\x01\x01\x70"
                                   "\x41\x7F"
                                   "\x1A"
                                   "\xFC\x0D\x00"
                                   "\x0B";
    wp_diag diag;
    sample expected = {0};
    SAMPLE(&expected, shortest);
    wp_module *module = sample_decode(engine, padded, sizeof padded - 1, &diag);
    tap_ok(t, CHECK(module != NULL) && CHECK(encodes_to(engine, module, &expected)),
           "integers, types and sections are encoded in canonical form");
    if (module == NULL)
        tap_note("%s at %zu", diag.message, diag.where.offset);
    wp_module_delete(module);
    sample_free(&expected);
}

/* The data count section is encoded where the code needs it. */
static void check_data_count(tap *t, wp_engine *engine) {
    sample with = {0};
    wp_diag diag;
    SAMPLE(&with, "\0asm\1\0\0\0"
                  "\x01\x04\x01\x60\x00\x00"
                  "\x03\x02\x01\x00"
                  "\x0C\x01\x00"
                  "\x0A\x07\x01\x05\x00\xFC\x09\x00\x0B");
    wp_module *module = sample_decode(engine, with.data, with.size, &diag);
    if (module != NULL)
        module->has_data_count = false; /* as the text parser leaves it */
    tap_ok(t, CHECK(module != NULL) && CHECK(encodes_to(engine, module, &with)),
           "a data count section is added for data.drop");
    wp_module_delete(module);
    sample_free(&with);
}

/* ---- Malformed modules --------------------------------------------------------------------------------------- */

typedef struct malformed {
    const char *what;
    const char *bytes;
    size_t size;
    size_t offset;
    const char *message;
} malformed;

#define CASE(what, bytes, offset, message)                                                                             \
    { what, bytes, sizeof(bytes) - 1, offset, message }

static const malformed cases[] = {
    CASE("nothing", "", 0, "unexpected end"),
    CASE("half a magic number", "\0as", 3, "unexpected end"),
    CASE("another magic number", "\0asn\1\0\0\0", 0, "magic header not detected"),
    CASE("half a version", "\0asm\1\0", 6, "unexpected end"),
    CASE("another version", "\0asm\2\0\0\0", 4, "unknown binary version"),
    CASE("a component", "\0asm\x0D\0\1\0", 4, "unknown binary version: this is a component, not a module"),
    CASE("section id", HEAD "\x0E\x00", 8, "malformed section id"),
    CASE("section without a size", HEAD "\x01", 9, "unexpected end"),
    CASE("section larger than the module", HEAD "\x01\x05\x00", 9, "length out of bounds"),
    CASE("section order", HEAD "\x02\x01\x00\x01\x01\x00", 11, "unexpected content after last section"),
    CASE("section twice", HEAD TYPE TYPE, 14, "unexpected content after last section"),
    CASE("tag section after globals", HEAD "\x06\x01\x00\x0D\x01\x00", 11, "unexpected content after last section"),
    CASE("bytes left in a section", HEAD "\x01\x02\x00\x00", 11, "section size mismatch"),
    CASE("section too short", HEAD "\x01\x03\x01\x60\x00", 13, "unexpected end of section or function"),
    CASE("count larger than the section", HEAD "\x01\x04\x05\x60\x00\x00", 10, "length out of bounds"),
    CASE("name of a custom section", HEAD "\x00\x02\x01\xFF", 10, "malformed UTF-8 encoding"),
    CASE("custom section without a name", HEAD "\x00\x00", 10, "unexpected end"),
    CASE("composite type", HEAD "\x01\x02\x01\x40", 11, "malformed definition type"),
    CASE("composite type of two bytes", HEAD "\x01\x05\x01\xE0\x7F\x00\x00", 12, "integer representation too long"),
    CASE("value type", HEAD "\x01\x04\x01\x60\x01\x00", 13, "malformed value type"),
    CASE("heap type", HEAD "\x01\x05\x01\x60\x01\x63\x68", 14, "malformed heap type"),
    CASE("mutability of a field", HEAD "\x01\x04\x01\x5E\x78\x02", 13, "malformed mutability"),
    CASE("import kind", HEAD "\x02\x04\x01\x00\x00\x05", 13, "malformed import kind"),
    CASE("name of an import", HEAD "\x02\x06\x01\x01\x80\x00\x03\x7F", 11, "malformed UTF-8 encoding"),
    CASE("zero byte of a tag", HEAD "\x0D\x03\x01\x01\x00", 11, "zero byte expected"),
    CASE("zero byte of a table", HEAD "\x04\x07\x01\x40\x01\x70\x00\x00\x0B", 12, "zero byte expected"),
    CASE("element type of a table", HEAD "\x04\x04\x01\x7F\x00\x00", 11, "malformed reference type"),
    CASE("flags of limits", HEAD "\x05\x03\x01\x08\x00", 11, "malformed limits flags"),
    CASE("a shared memory", HEAD "\x05\x04\x01\x03\x00\x01", 11, "malformed limits flags: shared, which needs threads"),
    CASE("mutability of a global", HEAD "\x06\x06\x01\x7F\x02\x41\x00\x0B", 12, "malformed mutability"),
    CASE("constant expression without end", HEAD "\x06\x05\x01\x7F\x00\x41\x00", 15,
         "unexpected end of section or function"),
    CASE("else in a constant expression", HEAD "\x06\x06\x01\x7F\x00\x41\x00\x05", 15, "END opcode expected"),
    CASE("export kind", HEAD "\x07\x04\x01\x00\x05\x00", 12, "malformed export kind"),
    CASE("element segment", HEAD "\x09\x02\x01\x08", 11, "malformed elements segment kind"),
    CASE("element kind", HEAD "\x09\x04\x01\x01\x01\x00", 12, "malformed element kind"),
    CASE("data segment", HEAD "\x0B\x03\x01\x03\x00", 11, "malformed data segment kind"),
    CASE("data of a segment", HEAD "\x0B\x04\x01\x01\x02\x61", 14, "unexpected end of section or function"),
    CASE("types without bodies", HEAD FUNC, 18, "function and code section have inconsistent lengths"),
    CASE("bodies without types", HEAD "\x0A\x04\x01\x02\x00\x0B", 14,
         "function and code section have inconsistent lengths"),
    CASE("data count without data", HEAD "\x0C\x01\x01", 11, "data count and data section have inconsistent lengths"),
    CASE("data index without count", HEAD FUNC "\x0A\x07\x01\x05\x00\xFC\x09\x00\x0B", 23,
         "data count section required"),
    CASE("body larger than the section", HEAD FUNC "\x0A\x04\x01\x03\x00\x0B", 21, "length out of bounds"),
    CASE("body without end", HEAD FUNC "\x0A\x04\x01\x02\x00\x01", 24, "unexpected end of section or function"),
    CASE("body without end before another, read on as a block",
         HEAD TYPE "\x03\x03\x02\x00\x00"
                   "\x0A\x07\x02\x02\x00\x01\x02\x00\x0B",
         28, "unexpected end of section or function"),
    CASE("section that runs on into the next one", HEAD "\x05\x02\x01\x00\x0C\x01\x00", 13, "section size mismatch"),
    CASE("custom section whose name runs on", HEAD "\x00\x02\x03\x61\x62\x63\x00\x01\x00", 12,
         "unexpected end of section or function"),
    CASE("bytes after the end of a body", HEAD FUNC "\x0A\x05\x01\x03\x00\x0B\x01", 24, "section size mismatch"),
    CASE("opcode", HEAD FUNC "\x0A\x05\x01\x03\x00\xFF\x0B", 23, "illegal opcode ff"),
    CASE("legacy opcode", HEAD FUNC "\x0A\x06\x01\x04\x00\x06\x40\x0B", 23, "illegal opcode 06"),
    CASE("opcode behind a prefix", HEAD FUNC "\x0A\x06\x01\x04\x00\xFC\x12\x0B", 23, "illegal opcode fc 12"),
    CASE("another opcode behind a prefix", HEAD FUNC "\x0A\x06\x01\x04\x00\xFB\x1F\x0B", 23, "illegal opcode fb 1f"),
    CASE("the byte before the prefixes", HEAD FUNC "\x0A\x05\x01\x03\x00\xFA\x0B", 23, "illegal opcode fa"),
    CASE("the byte after the prefixes", HEAD FUNC "\x0A\x05\x01\x03\x00\xFE\x0B", 23, "illegal opcode fe"),
    CASE("an unused code of two bytes", HEAD FUNC "\x0A\x07\x01\x05\x00\xFD\x9A\x01\x0B", 23, "illegal opcode fd 9a"),
    CASE("large opcode behind a prefix", HEAD FUNC "\x0A\x07\x01\x05\x00\xFD\xA0\x02\x0B", 23, "illegal opcode fd 120"),
    CASE("else outside if", HEAD FUNC "\x0A\x07\x01\x05\x00\x02\x40\x05\x0B", 25, "END opcode expected"),
    CASE("second else", HEAD FUNC "\x0A\x09\x01\x07\x00\x04\x40\x05\x05\x0B\x0B", 26, "END opcode expected"),
    CASE("block type", HEAD FUNC "\x0A\x07\x01\x05\x00\x02\x41\x0B\x0B", 24, "malformed value type"),
    CASE("memory access", HEAD FUNC "\x0A\x08\x01\x06\x00\x28\x80\x01\x00\x0B", 24, "malformed memop flags"),
    CASE("catch clause", HEAD FUNC "\x0A\x0A\x01\x08\x00\x1F\x40\x01\x04\x00\x0B\x0B", 26, "malformed catch clause"),
    CASE("flags of a cast", HEAD FUNC "\x0A\x0A\x01\x08\x00\xFB\x18\x04\x00\x6E\x6D\x0B", 25,
         "malformed br_on_cast flags"),
    CASE("constant of f64", HEAD FUNC "\x0A\x09\x01\x07\x00\x44\x00\x00\x00\x00\x0B", 29,
         "unexpected end of section or function"),
    CASE("2^32 locals", HEAD FUNC "\x0A\x0C\x01\x0A\x02\xFF\xFF\xFF\xFF\x0F\x7F\x01\x7E\x0B", 22, "too many locals"),
};

static void check_malformed(tap *t, wp_engine *engine) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const malformed *c = &cases[i];
        wp_diag diag;
        wp_module *module = sample_decode(engine, c->bytes, c->size, &diag);
        if (!tap_ok(t,
                    CHECK(module == NULL) && EQ_STATUS(diag.status, WP_MALFORMED) && EQ(diag.where.offset, c->offset) &&
                        CHECK(strncmp(diag.message, c->message, strlen(c->message)) == 0),
                    "malformed: %s", c->what))
            tap_note("\"%s\" at %zu, expected \"%s\"", diag.message, diag.where.offset, c->message);
        wp_module_delete(module);
    }
}

/* ---- Modules ------------------------------------------------------------------------------------------------- */

static void check_exports(tap *t, wp_engine *engine) {
    wp_diag diag;
    sample bytes = sample_sections();
    wp_module *module = sample_decode(engine, bytes.data, bytes.size, &diag);
    bool ok = module != NULL && wp_module_index_exports(module, &diag) == WP_OK;
    size_t found = 0;
    for (uint32_t i = 0; ok && i < module->nexports; i++) {
        const wp_export *export = &module->exports[i];
        found += wp_module_find_export(module, (const char *)export->name.data, export->name.size) == export;
    }
    tap_ok(t, CHECK(ok) && EQ(found, module->nexports), "every export is found by its name");
    tap_ok(t,
           CHECK(ok) && CHECK(wp_module_find_export(module, "ff", 2) == NULL) &&
               CHECK(wp_module_find_export(module, "zz", 2) == NULL),
           "other names are not found");
    if (ok) {
        module->exports[3].name = module->exports[0].name;
        tap_ok(t,
               EQ_STATUS(wp_module_index_exports(module, &diag), WP_INVALID) &&
                   EQ_TEXT(diag.message, "duplicate export name") &&
                   CHECK(diag.where.offset == module->exports[3].pos || diag.where.offset == module->exports[0].pos),
               "a duplicate name is invalid");
    }
    wp_module_delete(module);
    sample_free(&bytes);
}

/* The index of exports, out of memory: the arena is filled up first. */
static void check_export_memory(tap *t) {
    failing f = {0};
    wp_allocator allocator = failing_allocator(&f);
    wp_engine *engine = wp_engine_new(&allocator);
    sample bytes = sample_sections();
    wp_diag diag = {0};
    wp_module *module = engine == NULL ? NULL : sample_decode(engine, bytes.data, bytes.size, &diag);
    failing_start(&f, 1);
    while (module != NULL && wp_arena_alloc_raw(&module->arena, 16, 1) != NULL)
        continue;
    bool refused = CHECK(module != NULL) && EQ_STATUS(wp_module_index_exports(module, &diag), WP_EXHAUSTION);
    failing_stop(&f);
    tap_ok(t,
           CHECK(refused) && EQ_STATUS(wp_module_index_exports(module, &diag), WP_OK) &&
               CHECK(wp_module_find_export(module, "t", 1) == &module->exports[1]),
           "the index of exports is created whole or not at all");
    wp_module_delete(module);
    wp_engine_delete(engine);
    sample_free(&bytes);
}

/* Positions have 32 bits: a larger module is refused before it is read. */
static void check_too_large(tap *t, wp_engine *engine) {
#if SIZE_MAX > UINT32_MAX
    wp_diag diag;
    wp_module *module = sample_decode(engine, HEAD, (size_t)UINT32_MAX + 1, &diag);
    tap_ok(t, CHECK(module == NULL) && EQ_STATUS(diag.status, WP_EXHAUSTION), "a module of 4 GiB");
#else
    (void)engine;
    tap_ok(t, true, "a module of 4 GiB # SKIP no such module");
#endif
}

static void check_module(tap *t, wp_engine *engine) {
    wp_diag diag = {0};
    wp_module *module = sample_decode(engine, HEAD, 8, &diag);
    if (!tap_ok(t, CHECK(module != NULL) && CHECK(wp_module_id(module) == NULL), "the empty module"))
        return;
    wp_module_retain(module);
    wp_module_delete(module);
    tap_ok(t, EQ(wp_module_locate(module, 7).offset, 7) && EQ(wp_module_locate(module, 7).line, 0),
           "a reference keeps a module; binary positions have no line");
    tap_ok(t,
           EQ_STATUS(wp_module_unsupported(module, &diag, 3, "x"), WP_UNSUPPORTED) &&
               EQ_TEXT(diag.message, "unsupported: x"),
           "an unsupported feature is named");
    uint32_t lines[] = {10, 20, 21};
    module->source_kind = WP_SOURCE_TEXT;
    module->lines = lines;
    module->nlines = 3;
    module->first_line = 5;
    wp_location first = wp_module_locate(module, 10), second = wp_module_locate(module, 20),
                third = wp_module_locate(module, 30);
    tap_ok(t,
           EQ(first.line, 5) && EQ(first.column, 1) && EQ(second.line, 6) && EQ(second.column, 1) &&
               EQ(third.line, 7) && EQ(third.column, 10),
           "positions in a text have line and column");
    module->nlines = 0;
    wp_module_delete(module);
    wp_module_delete(NULL);
}

int main(void) {
    tap t = {0};
    wp_engine *engine = wp_engine_new(NULL);
    REQUIRE(engine != NULL);
    check_instructions(&t, engine);
    check_sections(&t, engine);
    check_canonical(&t, engine);
    check_data_count(&t, engine);
    check_malformed(&t, engine);
    check_exports(&t, engine);
    check_export_memory(&t);
    check_too_large(&t, engine);
    check_module(&t, engine);
    wp_engine_delete(engine);
    return tap_done(&t);
}
