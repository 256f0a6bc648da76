/* test_exec_instrs.c: instructions in the executor: every numeric instruction against its pure function, every memory
 * access, and the operands below each kind of instruction.
 */
#include "core/run/memory.h"
#include "core_fixture.h"
#include "num_pure.h"

/* ---- Numeric instructions ------------------------------------------------------------------------------------ */

static const char *type_name(char letter) {
    return letter == 'i' ? "i32" : letter == 'I' ? "i64" : letter == 'f' ? "f32" : "f64";
}

static wp_value number(char letter, uint64_t bits) {
    wp_valtype type = letter == 'i' ? WP_T_I32 : letter == 'I' ? WP_T_I64 : letter == 'f' ? WP_T_F32 : WP_T_F64;
    if (letter == 'i' || letter == 'f')
        return (wp_value){.type = type, .of = {.i32 = (uint32_t)bits}};
    return (wp_value){.type = type, .of = {.i64 = bits}};
}

static uint64_t bits_of(const wp_value *value) {
    return value->type == WP_T_I32 || value->type == WP_T_F32 ? value->of.i32 : value->of.i64;
}

/* The cell below the operands of an instruction, which must stay below its results. */
#define BELOW UINT64_C(0x5AFE0B57AC1E5)
#define PUSH_BELOW "i64.const 0x5AFE0B57AC1E5 "

/* A condition: on each pair of operands the executor gives the result, or trap, of the pure function. */
static bool runs_as_pure(fixture *x, const wp_instance *instance, size_t row, const char *signature) {
    /* Among them 0.5, 2.5, -3.5 and e as f32 and f64, which rounding modes round differently. */
    static const uint64_t operands[] = {
        0,
        1,
        2,
        31,
        0xFFFFFFFF,
        0x80000000,
        UINT64_MAX,
        0x8000000000000000,
        0x3F800000,
        0xC0490FDB,
        0x3F000000,
        0x40200000,
        0xC0600000,
        0x402DF854,
        0x7FC00001,
        0x3FE0000000000000,
        0x4004000000000000,
        0xC00C000000000000,
        0x4005BF0A8B145769,
        0x7FF8000000000001,
    };
    enum { COUNT = sizeof operands / sizeof *operands };
    size_t arity = (size_t)(strchr(signature, ':') - signature);
    for (size_t i = 0; i < COUNT * COUNT; i++) {
        wp_trap trap = WP_TRAP_none;
        wp_value args[2] = {number(signature[0], operands[i / COUNT]), number(signature[0], operands[i % COUNT])};
        wp_value results[2] = {{.type = WP_T_NONE}, {.type = WP_T_NONE}};
        uint64_t wanted = pure_rows[row].func(bits_of(&args[0]), bits_of(&args[1]), &trap);
        wp_status status = core_call(x, instance, "f", args, arity, results, 2);
        if (trap != WP_TRAP_none && !(EQ_STATUS(status, WP_TRAP) && EQ_TEXT(x->diag.message, wp_trap_text(trap))))
            return false;
        if (trap == WP_TRAP_none &&
            !(EQ_STATUS(status, WP_OK) && EQ(results[0].of.i64, BELOW) && EQ(bits_of(&results[1]), wanted)))
            return false;
    }
    return true;
}

static void test_numeric(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    for (size_t row = 0; row < PURE_ROWS; row++) {
        const wp_instr_row *instr = &wp_instr_rows[pure_rows[row].op];
        const char *colon = strchr(instr->signature, ':');
        bool binary = colon - instr->signature == 2;
        char text[256];
        snprintf(text, sizeof text,
                 "(func (export \"f\") (param%s%s %s) (result i64 %s) " PUSH_BELOW "local.get 0 %s %s)",
                 binary ? " " : "", binary ? type_name(instr->signature[0]) : "", type_name(instr->signature[0]),
                 type_name(colon[1]), binary ? "local.get 1" : "", instr->mnemonic);
        wp_instance *instance = core_instance(&x, text);
        tap_ok(t, runs_as_pure(&x, instance, row, instr->signature), "%s", instr->mnemonic);
    }
    fixture_close(&x, "numeric instructions");
}

/* ---- Memory accesses ----------------------------------------------------------------------------------------- */

enum { INDEX = 16, OFFSET = 24, MEMORIES = 3 };

static const char memories[] = "(memory (export \"0\") 1) (memory (export \"1\") 1) (memory (export \"2\") i64 1)";

/* Bytes that differ from their neighbours; the first of eight has its highest bit set. */
static uint8_t pattern(uint64_t i) {
    return (uint8_t)(0xF1 - 0x1D * (i % 8));
}

static wp_memory *memory_of(fixture *x, const wp_instance *instance, unsigned k) {
    const char name[2] = {(char)('0' + k), '\0'};
    return core_export(x, instance, name).object;
}

/* The result of a load: the bytes in little-endian order, extended as the mnemonic says. */
static uint64_t loaded_bits(const wp_instr_row *row, char type) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < row->width; i++)
        bits |= (uint64_t)pattern(INDEX + OFFSET + i) << (8 * i);
    if (strstr(row->mnemonic, "_s") != NULL && bits >> (8 * row->width - 1) != 0)
        bits |= UINT64_MAX << (8 * row->width);
    return type == 'i' || type == 'f' ? (uint32_t)bits : bits;
}

static bool loads(fixture *x, const wp_instance *instance, const wp_instr_row *row, unsigned k) {
    wp_memory *memory = memory_of(x, instance, k);
    wp_value results[2], index = number(k == 2 ? 'I' : 'i', INDEX);
    for (uint64_t i = 0; i < WP_PAGE_SIZE; i++)
        memory->base[i] = pattern(i);
    return EQ_STATUS(core_call(x, instance, "f", &index, 1, results, 2), WP_OK) && EQ(results[0].of.i64, BELOW) &&
           EQ(bits_of(&results[1]), loaded_bits(row, strchr(row->signature, ':')[1]));
}

static bool stores(fixture *x, const wp_instance *instance, const wp_instr_row *row, unsigned k) {
    wp_memory *memory = memory_of(x, instance, k);
    wp_value result,
        args[2] = {number(k == 2 ? 'I' : 'i', INDEX), number(row->signature[1], UINT64_C(0x8192A3B4C5D6E7F8))};
    memset(memory->base, 0x55, WP_PAGE_SIZE);
    bool right = EQ_STATUS(core_call(x, instance, "f", args, 2, &result, 1), WP_OK) && EQ(result.of.i64, BELOW);
    for (uint64_t i = 0; i < WP_PAGE_SIZE; i++) {
        uint64_t at = i - (INDEX + OFFSET);
        right = right && EQ(memory->base[i], at < row->width ? (uint8_t)(bits_of(&args[1]) >> (8 * at)) : 0x55);
    }
    return right;
}

/* Each access to the first memory, to the second and to one with 64-bit addresses; then again on the general path,
 * which otherwise only a process's memory takes. */
static void check_access(fixture *x, const wp_instr_row *row) {
    const char *results = strchr(row->signature, ':') + 1;
    bool is_load = results[0] != '\0', right = true;
    for (unsigned k = 0; k < MEMORIES && right; k++) {
        char text[512];
        snprintf(text, sizeof text,
                 "%s (func (export \"f\") (param %s %s) (result i64 %s) " PUSH_BELOW "local.get 0 %s %s %u offset=%d)",
                 memories, k == 2 ? "i64" : "i32", is_load ? "" : type_name(row->signature[1]),
                 is_load ? type_name(results[0]) : "", is_load ? "" : "local.get 1", row->mnemonic, k, OFFSET);
        wp_instance *instance = core_instance(x, text);
        right = is_load ? loads(x, instance, row, k) : stores(x, instance, row, k);
        memory_of(x, instance, k)->limit = 0;
        right = right && CHECK(is_load ? loads(x, instance, row, k) : stores(x, instance, row, k));
    }
    tap_ok(x->t, right, "%s accesses exactly its bytes of each memory", row->mnemonic);
}

static void test_accesses(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    for (size_t op = 0; op < WP_OP_COUNT; op++)
        if (wp_instr_rows[op].immediate == IMM_MEMARG && wp_feature_supported((wp_feature_id)wp_instr_rows[op].feature))
            check_access(&x, &wp_instr_rows[op]);
    fixture_close(&x, "memory accesses");
}

/* ---- Operands below ------------------------------------------------------------------------------------------ */

/* Code that leaves the operands below it as they are. */
static void test_below(tap *t) {
    static const char *const codes[] = {
        "nop",
        "i32.const 1 f64.const 2 drop drop",
        "i32.const 1 i32.const 2 i32.const 0 select drop",
        "i32.const 1 i32.const 2 i32.const 1 select (result i32) drop",
        "i32.const 1 local.set 0",
        "i32.const 1 local.tee 0 local.get 0 drop drop",
        "i32.const 1 global.set 0 global.get 0 drop",
        "ref.null func ref.is_null drop",
        "ref.func $f ref.as_non_null drop",
        "i32.const 0 table.get 0 drop",
        "i64.const 0 table.get 1 drop",
        "i32.const 0 ref.func $f table.set 0",
        "i64.const 0 ref.func $f table.set 1",
        "table.size 0 table.size 1 drop drop",
        "ref.null func i32.const 1 table.grow 0 drop",
        "ref.null func i64.const 1 table.grow 1 drop",
        "i32.const 0 ref.func $f i32.const 1 table.fill 0",
        "i32.const 0 i64.const 0 i32.const 1 table.copy 0 1",
        "i32.const 0 i32.const 0 i32.const 1 table.init 0 0 elem.drop 0",
        "memory.size 0 memory.size 2 drop drop",
        "i32.const 1 memory.grow 0 drop",
        "i64.const 1 memory.grow 2 drop",
        "i64.const 0 i32.const 1 i64.const 2 memory.fill 2",
        "i32.const 0 i64.const 1 i32.const 2 memory.copy 0 2",
        "i64.const 0 i32.const 0 i32.const 1 memory.init 2 0 data.drop 0",
        "i32.const 1 i64.const 2 call $g drop",
        "i32.const 1 i64.const 2 i32.const 0 call_indirect 0 (type $g) drop",
        "i32.const 1 i64.const 2 ref.func $g call_ref $g drop",
        "i32.const 1 i64.const 2 block (type $g) drop drop f32.const 3 end drop",
        "i32.const 1 i64.const 2 loop (type $g) drop drop f32.const 3 end drop",
        "i32.const 1 i64.const 2 i32.const 1 if (type $g) drop drop f32.const 3 else unreachable end drop",
        "i32.const 1 i64.const 2 i32.const 0 if (type $g) unreachable else drop drop f32.const 3 end drop",
        "i32.const 0 if end i32.const 1 if end",
        "block i32.const 1 i32.const 2 br 0 end",
        "block (result i32) i64.const 9 i32.const 1 br 0 end drop",
        "block (result i32) i64.const 9 i32.const 1 i32.const 1 br_if 0 drop drop i32.const 2 end drop",
        "block i64.const 9 i32.const 0 br_if 0 drop end",
        "i32.const 3 loop (param i32) i32.const 1 i32.sub local.tee 0 local.get 0 br_if 0 drop end",
        "block block (result i32) i64.const 9 i32.const 1 i32.const 0 br_table 0 0 end drop end",
        "block ref.null func br_on_null 0 unreachable end",
        "block ref.func $f br_on_null 0 drop end",
        "block (result funcref) i64.const 9 ref.func $f br_on_non_null 0 unreachable end drop",
        "block (result funcref) ref.null func br_on_non_null 0 ref.null func end drop",
    };
    fixture x;
    fixture_open_store(&x, t);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char text[1024];
        wp_value results[2];
        snprintf(text, sizeof text,
                 "%s (type $g (func (param i32 i64) (result f32))) (global (mut i32) (i32.const 0)) (data \"x\")"
                 "(table 1 funcref) (table i64 1 funcref) (elem func $f) (elem (i32.const 0) func $g) (func $f)"
                 "(func $g (type $g) f32.const 3)"
                 "(func (export \"f\") (result i64 i64) (local i32) i64.const 7 " PUSH_BELOW "%s)",
                 memories, codes[i]);
        wp_status status = core_call(&x, core_instance(&x, text), "f", NULL, 0, results, 2);
        tap_ok(t, EQ_STATUS(status, WP_OK) && EQ(results[0].of.i64, 7) && EQ(results[1].of.i64, BELOW),
               "kept below: %s", codes[i]);
    }
    fixture_close(&x, "operands below");
}

int main(void) {
    tap t = {0};
    test_numeric(&t);
    test_accesses(&t);
    test_below(&t);
    return tap_done(&t);
}
