/* test_exec.c: execution where test scripts cannot reach: every numeric instruction in the executor, fuel, limits of
 * the stacks, host functions, interruption, traces, mistakes of the embedder, failing memory.
 */
#include "core/instr.h"
#include "core/run/memory.h"
#include "core/exec/num.h"
#include "core_fixture.h"

/* ---- Numeric instructions ------------------------------------------------------------------------------------ */

typedef uint64_t (*pure)(uint64_t a, uint64_t b, wp_trap *trap);

#define INSTR_UNARY(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                   \
    static uint64_t pure_##id(uint64_t x, uint64_t y, wp_trap *trap) {                                                 \
        (void)y;                                                                                                       \
        (void)trap;                                                                                                    \
        return num_##id((num_##a)x);                                                                                   \
    }
#define INSTR_UNARY_TRAP(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                              \
    static uint64_t pure_##id(uint64_t x, uint64_t y, wp_trap *trap) {                                                 \
        num_##b result = 0;                                                                                            \
        (void)y;                                                                                                       \
        *trap = num_##id((num_##a)x, &result);                                                                         \
        return result;                                                                                                 \
    }
#define INSTR_BINARY(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                  \
    static uint64_t pure_##id(uint64_t x, uint64_t y, wp_trap *trap) {                                                 \
        (void)trap;                                                                                                    \
        return num_##id((num_##a)x, (num_##a)y);                                                                       \
    }
#define INSTR_BINARY_TRAP(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                             \
    static uint64_t pure_##id(uint64_t x, uint64_t y, wp_trap *trap) {                                                 \
        num_##b result = 0;                                                                                            \
        *trap = num_##id((num_##a)x, (num_##a)y, &result);                                                             \
        return result;                                                                                                 \
    }
#include "core/instr.def"

static const struct {
    wp_op op;
    pure func;
} pure_rows[] = {
#define INSTR_UNARY(id, ...) {WP_OP_##id, pure_##id},
#define INSTR_UNARY_TRAP(id, ...) {WP_OP_##id, pure_##id},
#define INSTR_BINARY(id, ...) {WP_OP_##id, pure_##id},
#define INSTR_BINARY_TRAP(id, ...) {WP_OP_##id, pure_##id},
#include "core/instr.def"
};

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

/* What lies below the operands of an instruction, and must still be there below its results. */
#define BELOW UINT64_C(0x5AFE0B57AC1E5)
#define PUSH_BELOW "i64.const 0x5AFE0B57AC1E5 "

/* One instruction on some operands: the executor gives what the pure function gives, and traps where it does. */
static bool runs_as_pure(fixture *x, const wp_instance *instance, size_t row, const char *signature) {
    /* Among them 0.5, 2.5, -3.5 and e as f32 and as f64: what is rounded in more than one way. */
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
        if (status != (trap == WP_TRAP_none ? WP_OK : WP_TRAP))
            return false;
        if (trap == WP_TRAP_none ? results[0].of.i64 != BELOW || bits_of(&results[1]) != wanted
                                 : strcmp(x->diag.message, wp_trap_text(trap)) != 0)
            return false;
    }
    return true;
}

static void test_numeric(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    for (size_t row = 0; row < sizeof pure_rows / sizeof *pure_rows; row++) {
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

/* Some bytes, no two alike nearby, the first of eight with its highest bit. */
static uint8_t pattern(uint64_t i) {
    return (uint8_t)(0xF1 - 0x1D * (i % 8));
}

static wp_memory *memory_of(fixture *x, const wp_instance *instance, unsigned k) {
    const char name[2] = {(char)('0' + k), '\0'};
    return core_export(x, instance, name).object;
}

/* What a load must give: the bytes in little-endian order, widened as the mnemonic says. */
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
    return core_call(x, instance, "f", &index, 1, results, 2) == WP_OK && results[0].of.i64 == BELOW &&
           bits_of(&results[1]) == loaded_bits(row, strchr(row->signature, ':')[1]);
}

static bool stores(fixture *x, const wp_instance *instance, const wp_instr_row *row, unsigned k) {
    wp_memory *memory = memory_of(x, instance, k);
    wp_value result,
        args[2] = {number(k == 2 ? 'I' : 'i', INDEX), number(row->signature[1], UINT64_C(0x8192A3B4C5D6E7F8))};
    memset(memory->base, 0x55, WP_PAGE_SIZE);
    bool right = core_call(x, instance, "f", args, 2, &result, 1) == WP_OK && result.of.i64 == BELOW;
    for (uint64_t i = 0; i < WP_PAGE_SIZE; i++) {
        uint64_t at = i - (INDEX + OFFSET);
        right = right && memory->base[i] == (at < row->width ? (uint8_t)(bits_of(&args[1]) >> (8 * at)) : 0x55);
    }
    return right;
}

/* Each access to the first memory, to another one and to one with 64-bit addresses; then once more by the slow path,
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
        right = right && (is_load ? loads(x, instance, row, k) : stores(x, instance, row, k));
    }
    tap_ok(x->t, right, "%s: the bytes at index and offset of each memory, and nothing else", row->mnemonic);
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

/* Code that begins and ends with the same operands. */
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

/* ---- Fuel ---------------------------------------------------------------------------------------------------- */

static const char fuel_module[] =
    "(func $leaf)"
    "(func (export \"calls\") (call $leaf) (call $leaf) (call $leaf))"
    "(func (export \"loop\") (param i32)"
    "  (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))"
    "(func (export \"br\") (param i32)"
    "  (block (loop (br_if 1 (i32.eqz (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0))))"
    "(func (export \"table\") (param i32)"
    "  (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1)))"
    "    (block (br_table 0 1 (i32.ne (local.get 0) (i32.const 0))))))"
    "(func (export \"null\") (param i32)"
    "  (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1)))"
    "    (if (local.get 0) (then (br_on_null 1 (ref.null func)) (drop)))))"
    "(func (export \"non_null\") (param i32) (local funcref)"
    "  (loop (param) (block (result funcref) (ref.func $leaf))"
    "    (local.set 1) (local.set 0 (i32.sub (local.get 0) (i32.const 1)))"
    "    (if (local.get 0) (then (drop (block (result (ref func)) (br_on_non_null 0 (local.get 1)) (unreachable)))"
    "      (br 1)))))"
    "(func (export \"non_null_loop\") (param i32) (ref.func $leaf)"
    "  (loop (param (ref func)) (drop) (local.set 0 (i32.sub (local.get 0) (i32.const 1)))"
    "    (br_on_non_null 0 (if (result funcref) (local.get 0) (then (ref.func $leaf)) (else (ref.null func))))))"
    "(func (export \"forever\") (loop (br 0)))"
    "(func $mutual (export \"tail\") (param i32)"
    "  (if (local.get 0) (then (return_call $mutual (i32.sub (local.get 0) (i32.const 1))))))"
    "(elem declare func $leaf)";

/* What is left of 1000 after a call with an argument. */
static uint64_t fuel_left(fixture *x, const wp_instance *instance, const char *name, size_t nargs, uint32_t number_) {
    wp_value arg = core_i32(number_);
    wp_store_set_fuel(x->store, 1000);
    if (core_call(x, instance, name, &arg, nargs, NULL, 0) != WP_OK)
        tap_note("%s: %s", name, x->diag.message);
    return wp_store_fuel(x->store);
}

static void test_fuel(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_instance *instance = core_instance(&x, fuel_module);
    tap_ok(t, EQ(wp_store_fuel(x.store), UINT64_MAX), "a store has fuel without end");
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "calls"), WP_OK) && EQ(wp_store_fuel(x.store), UINT64_MAX),
           "which calls don't use");
    tap_ok(t, EQ(fuel_left(&x, instance, "calls", 0, 0), 997), "a call takes a unit");
    tap_ok(t, EQ(fuel_left(&x, instance, "loop", 1, 11), 990), "a br_if back to a loop takes a unit when it is taken");
    tap_ok(t, EQ(fuel_left(&x, instance, "br", 1, 10), 990), "a br to a loop takes a unit, one forward none");
    tap_ok(t, EQ(fuel_left(&x, instance, "table", 1, 11), 990), "a br_table takes a unit when it goes to a loop");
    tap_ok(t, EQ(fuel_left(&x, instance, "null", 1, 11), 990), "so does br_on_null");
    tap_ok(t, EQ(fuel_left(&x, instance, "non_null", 1, 11), 990), "br_on_non_null forward takes none");
    tap_ok(t, EQ(fuel_left(&x, instance, "non_null_loop", 1, 11), 990), "and one unit back to a loop");
    tap_ok(t, EQ(fuel_left(&x, instance, "tail", 1, 10), 990), "a tail call takes a unit");

    wp_store_set_fuel(x.store, 200000); /* more than the executor takes at once */
    tap_ok(t, FAILS(&x, core_run(&x, instance, "forever"), WP_EXHAUSTION, "fuel exhausted"), "fuel runs out");
    tap_ok(t, EQ(wp_store_fuel(x.store), 0), "then none is left");
    tap_ok(t, FAILS(&x, core_run(&x, instance, "calls"), WP_EXHAUSTION, "fuel exhausted"), "for the next call too");
    wp_store_set_fuel(x.store, 3);
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "calls"), WP_OK) && EQ(wp_store_fuel(x.store), 0),
           "the last unit can be used");
    wp_store_set_fuel(x.store, 2);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "calls"), WP_EXHAUSTION, "fuel exhausted"), "one unit too few");
    fixture_close(&x, "fuel");
}

/* ---- The stacks ---------------------------------------------------------------------------------------------- */

static const char depth_module[] = "(func $f (export \"f\") (param i32) (result i32)"
                                   "  (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 7))"
                                   "    (else (call $f (i32.sub (local.get 0) (i32.const 1))))))"
                                   "(func (export \"tail\") (param i32) (result i32)"
                                   "  (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 8))"
                                   "    (else (return_call 1 (i32.sub (local.get 0) (i32.const 1))))))"
                                   "(func $wide (export \"wide\") (local i64 i64 i64 i64 i64 i64 i64 i64) (call $wide))"
                                   "(func (export \"grow\") (return_call $wide))";

static void test_depth(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    fixture_limit(&x, "call_depth", 10);
    wp_instance *instance = core_instance(&x, depth_module);
    const uint32_t nine = 9, ten = 10, million = 1000000;
    wp_value arg = core_i32(ten), result;
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &nine), 7), "ten nested calls where ten are allowed");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", &arg, 1, &result, 1), WP_EXHAUSTION, "call stack exhausted"),
           "eleven are too many");
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &nine), 7), "the store is usable afterwards");
    tap_ok(t, EQ(core_call_i32(&x, instance, "tail", 1, &million), 8), "tail calls do not nest");
    fixture_close(&x, "call depth");

    fixture_open_store(&x, t);
    fixture_limit(&x, "stack_cells", 100);
    instance = core_instance(&x, depth_module);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "wide"), WP_EXHAUSTION, "call stack exhausted"),
           "the stack of operands and locals ends");
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &nine), 7), "the store is usable afterwards");
    fixture_close(&x, "stack cells");

    fixture_open_store(&x, t);
    fixture_limit(&x, "stack_cells", 4);
    instance = core_instance(&x, depth_module);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "wide"), WP_EXHAUSTION, "call stack exhausted"),
           "a first frame that does not fit");
    tap_ok(t, FAILS(&x, core_run(&x, instance, "grow"), WP_EXHAUSTION, "call stack exhausted"),
           "a tail call whose frame does not fit");
    wp_instance *five = core_instance(&x, "(func (export \"p\") (param i32 i32 i32 i32 i32))"
                                          "(func (export \"r\") (result i32 i32 i32 i32 i32) unreachable)");
    wp_value many[5] = {core_i32(1), core_i32(2), core_i32(3), core_i32(4), core_i32(5)};
    tap_ok(t, FAILS(&x, core_call(&x, five, "p", many, 5, NULL, 0), WP_EXHAUSTION, "call stack exhausted"),
           "arguments that do not fit");
    tap_ok(t, FAILS(&x, core_call(&x, five, "r", NULL, 0, many, 5), WP_EXHAUSTION, "call stack exhausted"),
           "results that would not fit");
    fixture_close(&x, "small stack");

    fixture_open_store(&x, t);
    fixture_limit(&x, "stack_cells", 4);
    instance = core_instance(&x, "(func (export \"locals\") (local i32 i32 f32 f32))"
                                 "(func (export \"operands\") (param i32) (local i64)"
                                 "  local.get 1 local.get 0 drop drop)"
                                 "(func (export \"more\") (param i32) (local i64)"
                                 "  local.get 1 local.get 0 local.get 0 drop drop drop)");
    arg = core_i32(0);
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "locals"), WP_OK), "as many locals as there are cells");
    tap_ok(t, EQ_STATUS(core_call(&x, instance, "operands", &arg, 1, NULL, 0), WP_OK),
           "a parameter, a local and two operands");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "more", &arg, 1, NULL, 0), WP_EXHAUSTION, "call stack exhausted"),
           "one operand more");
    fixture_close(&x, "a stack that is used up");

    fixture_open_store(&x, t);
    fixture_limit(&x, "call_depth", 0);
    instance = core_instance(&x, "(func (export \"f\"))");
    tap_ok(t, FAILS(&x, core_run(&x, instance, "f"), WP_EXHAUSTION, "call stack exhausted"), "no frame at all");
    fixture_close(&x, "no frames");
}

/* ---- Host functions ------------------------------------------------------------------------------------------ */

typedef struct host_state {
    fixture *x;
    const wp_instance *instance; /* to call back into */
    const char *name;
    unsigned calls;
    wp_status status; /* what host_fail returns */
    wp_value result;  /* what host_result gives */
} host_state;

/* Fails with a status and a message of its own. */
static wp_status host_fail(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    host_state *h = ctx;
    (void)store;
    (void)args;
    (void)results;
    h->calls++;
    if (diag != NULL && h->status != WP_OK) {
        diag->status = h->status;
        snprintf(diag->message, sizeof diag->message, "the host says no");
    }
    return h->status;
}

static wp_status host_result(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    const host_state *h = ctx;
    (void)store;
    (void)args;
    (void)diag;
    results[0] = h->result;
    return WP_OK;
}

/* Calls an exported function with its argument less one, and adds a hundred. */
static wp_status host_back(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    host_state *h = ctx;
    wp_value arg = core_i32(args[0].of.i32 - 1);
    h->calls++;
    wp_status status = wp_call(store, core_export(h->x, h->instance, h->name), &arg, 1, results, 1, diag);
    if (status == WP_OK)
        results[0].of.i32 += 100;
    return status;
}

static wp_extern host_func(fixture *x, const char *params, const char *results, wp_host_func callback, void *ctx) {
    wp_valtype types[64];
    size_t nparams = strlen(params), nresults = strlen(results);
    for (size_t i = 0; i < nparams; i++)
        types[i] = number(params[i], 0).type;
    for (size_t i = 0; i < nresults; i++)
        types[nparams + i] = results[i] == 'r' ? WP_T_FUNCREF : number(results[i], 0).type;
    wp_extern func = {WP_EXTERN_FUNC, NULL};
    fixture_must(
        x, wp_func_new(x->store, types, nparams, types + nparams, nresults, callback, ctx, &func, &x->diag) == WP_OK,
        "wp_func_new");
    return func;
}

static void test_host_failures(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    host_state h = {.x = &x};
    core_define(&x, "h", "fail", host_func(&x, "", "", host_fail, &h));
    wp_instance *instance = core_instance(&x, "(import \"h\" \"fail\" (func $fail))"
                                              "(func (export \"call\") (call $fail))"
                                              "(func (export \"tail\") (return_call $fail))"
                                              "(export \"again\" (func $fail))");
    static const char *const names[] = {"call", "tail", "again"};
    static const wp_status statuses[] = {WP_TRAP, WP_EXHAUSTION, WP_EXCEPTION};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            h.status = statuses[k];
            tap_ok(t, FAILS(&x, core_run(&x, instance, names[i]), statuses[k], "the host says no"),
                   "a host function ends \"%s\" with %s", names[i], wp_status_name(statuses[k]));
        }
    h.status = WP_OK;
    tap_ok(t,
           EQ_STATUS(core_run(&x, instance, "call"), WP_OK) && EQ_STATUS(core_run(&x, instance, "tail"), WP_OK) &&
               EQ(h.calls, 11),
           "and afterwards it may return");

    wp_store_set_fuel(x.store, 10);
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "call"), WP_OK) && EQ(wp_store_fuel(x.store), 9),
           "its call takes a unit of fuel");
    fixture_close(&x, "failing host functions");
}

static wp_status host_exit(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)ctx;
    (void)results;
    return wp_store_exit(store, args[0].of.i32, diag);
}

static void test_exit(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    core_define(&x, "h", "exit", host_func(&x, "i", "", host_exit, NULL));
    wp_instance *instance = core_instance(&x, "(import \"h\" \"exit\" (func $exit (param i32)))"
                                              "(global $after (mut i32) (i32.const 0))"
                                              "(func $f (call $exit (i32.const 3)) (global.set $after (i32.const 1)))"
                                              "(func (export \"run\") (call $f) (global.set $after (i32.const 2)))"
                                              "(func (export \"after\") (global.get $after) (call $exit) unreachable)");
    tap_ok(t,
           FAILS(&x, core_run(&x, instance, "run"), WP_EXIT, "exit with code 3") && EQ(wp_store_exit_code(x.store), 3),
           "a program ends itself with a code");
    tap_ok(t,
           FAILS(&x, core_run(&x, instance, "after"), WP_EXIT, "exit with code 0") &&
               EQ(wp_store_exit_code(x.store), 0),
           "and nothing after it has run");
    tap_ok(t, EQ_TEXT(wp_status_name(WP_EXIT), "exit"), "the status has a name");
    fixture_close(&x, "exit");
}

static void test_host_results(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    host_state h = {.x = &x};
    core_define(&x, "h", "i32", host_func(&x, "", "i", host_result, &h));
    core_define(&x, "h", "funcref", host_func(&x, "", "r", host_result, &h));
    wp_instance *instance = core_instance(
        &x, "(import \"h\" \"i32\" (func $i (result i32))) (import \"h\" \"funcref\" (func $r (result funcref)))"
            "(func (export \"i\") (result i32) (call $i))"
            "(func (export \"r\") (result funcref) (call $r))"
            "(func $none (export \"none\"))");
    wp_value result;
    h.result = core_i32(5);
    tap_ok(t, EQ_STATUS(core_call(&x, instance, "i", NULL, 0, &result, 1), WP_OK) && EQ(result.of.i32, 5), "a result");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", NULL, 0, &result, 1), WP_CRASH, "result 0 of a host function"),
           "a number instead of a reference");
    h.result = core_i64(5);
    tap_ok(t, FAILS(&x, core_call(&x, instance, "i", NULL, 0, &result, 1), WP_CRASH, "result 0 of a host function"),
           "i64 instead of i32");
    h.result = core_ref(WP_T_EXTERNREF, wp_ref_host(x.store, 3));
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", NULL, 0, &result, 1), WP_CRASH, "result 0 of a host function"),
           "an external reference instead of a function");
    h.result = core_ref(WP_T_FUNCREF, (wp_ref){0});
    tap_ok(t, EQ_STATUS(core_call(&x, instance, "r", NULL, 0, &result, 1), WP_OK) && EQ(result.of.ref.bits, 0), "null");
    fixture_close(&x, "results of host functions");
}

/* Adds up its arguments; there are more of them than fit where few do. */
static wp_status host_sum(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    const size_t *count = ctx;
    (void)store;
    (void)diag;
    for (size_t i = 0; i < *count; i++) {
        results[0].of.i64 += bits_of(&args[i]);
        results[1 + i] = args[*count - 1 - i];
    }
    return WP_OK;
}

static void test_host_many(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    size_t count = 20;
    wp_value args[20], results[21];
    core_define(&x, "h", "sum", host_func(&x, "IIIIIIIIIIIIIIIIIIII", "IIIIIIIIIIIIIIIIIIIII", host_sum, &count));
    wp_instance *instance = core_instance(
        &x, "(type $t (func (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)"
            "  (result i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)))"
            "(import \"h\" \"sum\" (func $sum (type $t)))"
            "(func (export \"f\") (type $t)"
            "  local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 local.get 5 local.get 6 local.get 7"
            "  local.get 8 local.get 9 local.get 10 local.get 11 local.get 12 local.get 13 local.get 14 local.get 15"
            "  local.get 16 local.get 17 local.get 18 local.get 19 call $sum)");
    for (size_t i = 0; i < count; i++)
        args[i] = core_i64(i + 1);
    wp_status status = core_call(&x, instance, "f", args, count, results, count + 1);
    tap_ok(t,
           EQ_STATUS(status, WP_OK) && EQ(results[0].of.i64, 210) && EQ(results[1].of.i64, 20) &&
               EQ(results[20].of.i64, 1),
           "a host function of many parameters and results");
    size_t failures = 0;
    bool clean = true;
    do {
        size_t before = x.f.live;
        failing_start(&x.f, ++failures);
        status = core_call(&x, instance, "f", args, count, results, count + 1);
        failing_stop(&x.f);
        clean = clean && (status == WP_OK || FAILS(&x, status, WP_EXHAUSTION, "out of memory")) && x.f.live == before;
    } while (status != WP_OK && failures < 100);
    tap_ok(t, CHECK(clean) && EQ(failures, 3), "memory may be short for them at each of two places");
    fixture_close(&x, "many values");
}

static void test_host_back(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    host_state h = {.x = &x, .name = "f"};
    fixture_limit(&x, "host_depth", 20);
    core_define(&x, "h", "back", host_func(&x, "i", "i", host_back, &h));
    wp_instance *instance = core_instance(&x, "(import \"h\" \"back\" (func $back (param i32) (result i32)))"
                                              "(func (export \"f\") (param i32) (result i32)"
                                              "  (if (result i32) (local.get 0)"
                                              "    (then (i32.add (i32.const 1) (call $back (local.get 0))))"
                                              "    (else (i32.const 7))))"
                                              "(func (export \"trap\") (param i32) (result i32) unreachable)");
    h.instance = instance;
    const uint32_t few = 19;
    wp_value many = core_i32(20), result;
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &few), 7 + 19 * 101),
           "calls back and forth, with operands below them");
    tap_ok(t, EQ(h.calls, 19), "as many as were asked for");
    tap_ok(t,
           FAILS(&x, core_call(&x, instance, "f", &many, 1, &result, 1), WP_EXHAUSTION,
                 "call stack exhausted: calls from host functions nest too deep"),
           "one call more than the limit");
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &few), 7 + 19 * 101), "the store is usable afterwards");
    /* Frames below that of the host function's caller, each of another shape, are whole afterwards. */
    wp_value three[3] = {{.type = WP_T_NONE}, {.type = WP_T_NONE}, {.type = WP_T_NONE}};
    h.instance =
        core_instance(&x, "(import \"h\" \"back\" (func $back (param i32) (result i32)))"
                          "(func (export \"f\") (param i32) (result i32) (local i64 i64 i64 i64) (i32.const 5))"
                          "(func $inner (param i64 i32) (result i32 i64)"
                          "  (call $back (local.get 1)) (local.get 0))"
                          "(func $middle (param i32) (result i64 i32) (local i64)"
                          "  (i64.const 8) (call $inner (i64.const 7) (local.get 0)) (local.set 1)"
                          "  (i32.add (i32.wrap_i64 (local.get 1))))"
                          "(func (export \"outer\") (param i32) (result i32 i64 i32)"
                          "  (i32.const 9) (call $middle (local.get 0)))");
    tap_ok(t,
           EQ_STATUS(core_call(&x, h.instance, "outer", &many, 1, three, 3), WP_OK) && EQ(three[0].of.i32, 9) &&
               EQ(three[1].of.i64, 8) && EQ(three[2].of.i32, 5 + 100 + 7),
           "a call back from below several frames");
    h.instance = instance;
    h.name = "trap";
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", &many, 1, &result, 1), WP_TRAP, "unreachable"),
           "a trap passes through the host function");
    fixture_close(&x, "calls back");
}

/* ---- Interruption -------------------------------------------------------------------------------------------- */

static wp_status host_interrupt(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)ctx;
    (void)args;
    (void)results;
    (void)diag;
    wp_store_interrupt(store);
    return WP_OK;
}

static void test_interrupt(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    core_define(&x, "h", "interrupt", host_func(&x, "", "", host_interrupt, NULL));
    wp_instance *instance = core_instance(&x, "(import \"h\" \"interrupt\" (func $interrupt))"
                                              "(func (export \"f\") (call $interrupt) (loop (br 0)))"
                                              "(func (export \"g\") (loop (br 0)))"
                                              "(func $leaf) (func (export \"calls\") (call $leaf))");
    tap_ok(t, FAILS(&x, core_run(&x, instance, "f"), WP_EXHAUSTION, "interrupted"), "an endless loop is interrupted");
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "calls"), WP_OK), "the next call is not");
    wp_store_interrupt(x.store);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "g"), WP_EXHAUSTION, "interrupted"),
           "an interruption before a call ends that call");
    wp_store_set_fuel(x.store, 100);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "f"), WP_EXHAUSTION, "interrupted") && EQ(wp_store_fuel(x.store), 99),
           "an interruption leaves the fuel that is left");
    fixture_close(&x, "interruption");
}

/* ---- Traces -------------------------------------------------------------------------------------------------- */

typedef struct trace {
    char lines[4096];
    size_t size;
    unsigned count;
} trace;

static void keep_line(void *ctx, const char *line) {
    trace *tr = ctx;
    int n = snprintf(tr->lines + tr->size, sizeof tr->lines - tr->size, "%s\n", line);
    tr->size += n > 0 && (size_t)n < sizeof tr->lines - tr->size ? (size_t)n : 0;
    tr->count++;
}

static void test_trace(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    trace tr = {.size = 0};
    const uint32_t args[] = {3, 4};
    wp_instance *instance = core_instance(&x, "(func $add (param i32 i32) (result i32)"
                                              "  local.get 0 local.get 1 i32.add)"
                                              "(func (export \"f\") (param i32 i32) (result i32)"
                                              "  local.get 0 local.get 1 call $add)");
    wp_store_set_trace(x.store, keep_line, &tr);
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 2, args), 7), "a traced call gives its result");
    tap_ok(t, EQ(tr.count, 8), "each instruction is told of: %u", tr.count);
    const char *add = strstr(tr.lines, "i32.add"), *end = strstr(tr.lines, " end");
    tap_ok(t, CHECK(add != NULL) && EQ(strncmp(add, "i32.add  ; top: 4 3\n", 20), 0), "with the top of the stack");
    tap_ok(t, CHECK(end != NULL) && EQ(strncmp(end, " end  ; top: 7\n", 15), 0), "of its own frame only");
    tap_ok(t, EQ(strncmp(tr.lines, "@", 1), 0) && CHECK(strstr(tr.lines, "\n @") != NULL), "indented by its depth");
    tap_ok(t, EQ(strncmp(tr.lines, "@1:123 local.get\n", 17), 0), "and where it is in the text");
    wp_store_set_trace(x.store, NULL, NULL);
    tr.count = 0;
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 2, args), 7) && EQ(tr.count, 0), "until tracing is turned off");
    fixture_close(&x, "traces");
}

/* ---- Counts -------------------------------------------------------------------------------------------------- */

static size_t instr_number(const char *mnemonic) {
    size_t i = 0;
    while (strcmp(wp_instr_get(i).mnemonic, mnemonic) != 0)
        i++;
    return i;
}

/* The class of operands of a type that has this name. */
static size_t class_number(char type, const char *name) {
    size_t i = 0;
    while (wp_operand_class(i).type != type || strcmp(wp_operand_class(i).name, name) != 0)
        i++;
    return i;
}

static const char counted_module[] = "(func (export \"f\") (param i32 i32) (result i32)"
                                     "  local.get 0 local.get 1 i32.sub)";

/* Each of what looks on is asked alone: the executor must notice it without the others. */
static void test_counts(tap *t) {
    fixture x;
    const uint32_t args[] = {0xFFFFFFFF, 1};
    fixture_open_store(&x, t);
    wp_coverage_start(x.engine);
    wp_instance *instance = core_instance(&x, counted_module);
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 2, args), 0xFFFFFFFE) && EQ(wp_coverage_count(x.engine), 1),
           "a module is counted");
    const wp_module *module = wp_coverage_module(x.engine, 0);
    tap_ok(t, EQ(wp_module_func(module, 0).calls, 1) && EQ(wp_module_instr(module, 0, 2).count, 1),
           "and what runs of it");
    fixture_close(&x, "coverage");

    fixture_open_store(&x, t);
    bool counts = wp_operands_start(x.engine);
    tap_ok(t, EQ(counts, wp_rules_enabled()), "operands are counted where rules are");
    instance = core_instance(&x, counted_module);
    size_t sub = instr_number("i32.sub"), one = class_number('i', "1"), minus_one = class_number('i', "-1");
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 2, args), 0xFFFFFFFE) && EQ(wp_instr_executed(x.engine, sub), counts),
           "an instruction has run once");
    tap_ok(t,
           EQ(wp_instr_operands(x.engine, sub, 0, minus_one), counts) &&
               EQ(wp_instr_operands(x.engine, sub, 1, one), counts) &&
               EQ(wp_instr_operands(x.engine, sub, 0, one), 0) && EQ(wp_instr_operands(x.engine, sub, 1, minus_one), 0),
           "with the operands that it was given");
    fixture_close(&x, "operands");
}

/* ---- Mistakes of the embedder ---------------------------------------------------------------------------------- */

static void test_mistakes(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_instance *instance = core_instance(&x, "(func (export \"f\") (param i32) (result i32) local.get 0)"
                                              "(func $v (export \"v\"))"
                                              "(func (export \"r\") (param (ref func)))"
                                              "(func (export \"t\") (param (ref null $type)))"
                                              "(func (export \"e\") (param externref) (result externref) local.get 0)"
                                              "(type $type (func (result i64)))"
                                              "(func (export \"null\") (result funcref) (ref.null func))"
                                              "(func (export \"vref\") (result funcref) (ref.func $v))"
                                              "(memory (export \"m\") 1)");
    wp_value one = core_i32(1), wide = core_i64(1), result, two[2] = {one, one};
    wp_value null = core_ref(WP_T_FUNCREF, (wp_ref){0}), func;
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", NULL, 0, &result, 1), WP_CRASH, "argument count"),
           "too few arguments");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", two, 2, &result, 1), WP_CRASH, "argument count"),
           "too many arguments");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", &one, 1, NULL, 0), WP_CRASH, "result count"),
           "no room for results");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", &wide, 1, &result, 1), WP_CRASH, "argument 0"),
           "a number of another type");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", &null, 1, &result, 1), WP_CRASH, "argument 0"),
           "a reference instead of a number");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", &null, 1, NULL, 0), WP_CRASH, "argument 0"),
           "null where a reference may not be null");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", &one, 1, NULL, 0), WP_CRASH, "argument 0"),
           "a number instead of a reference");
    tap_ok(t,
           EQ_STATUS(core_call(&x, instance, "vref", NULL, 0, &func, 1), WP_OK) &&
               EQ(wp_ref_get_kind(func.of.ref), WP_REF_FUNC),
           "a function reference");
    tap_ok(t, EQ_STATUS(core_call(&x, instance, "r", &func, 1, NULL, 0), WP_OK), "is an argument");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "t", &func, 1, NULL, 0), WP_CRASH, "argument 0"),
           "but not where a function of another type is asked for");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "e", &func, 1, &result, 1), WP_CRASH, "argument 0"),
           "nor an external reference");
    wp_value host = core_ref(WP_T_EXTERNREF, wp_ref_host(x.store, 77));
    tap_ok(t,
           EQ_STATUS(core_call(&x, instance, "e", &host, 1, &result, 1), WP_OK) &&
               EQ(wp_ref_host_number(result.of.ref), 77),
           "an external reference comes back");
    wp_value odd = core_ref(WP_T_FUNCREF, (wp_ref){3});
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", &odd, 1, NULL, 0), WP_CRASH, "argument 0"),
           "a reference of a kind that no function takes");

    wp_store *other = NULL;
    fixture_must(&x, wp_store_new(x.engine, &other, &x.diag) == WP_OK, "store");
    wp_extern v = core_export(&x, instance, "v"), m = core_export(&x, instance, "m");
    tap_ok(t, FAILS(&x, wp_call(other, v, NULL, 0, NULL, 0, fresh(&x)), WP_CRASH, "the function belongs to another"),
           "a function of another store");
    tap_ok(t, FAILS(&x, wp_call(x.store, m, NULL, 0, NULL, 0, fresh(&x)), WP_CRASH, "not a function"),
           "a memory is not called");
    wp_store_delete(other);
    fixture_close(&x, "mistakes");
}

static void test_refs(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_ref one = wp_ref_host(x.store, 1), two = wp_ref_host(x.store, 2), again = wp_ref_host(x.store, 1);
    tap_ok(t, EQ(one.bits, again.bits) && CHECK(one.bits != two.bits), "equal numbers give equal references");
    tap_ok(t, EQ(wp_ref_host_number(two), 2) && EQ(wp_ref_get_kind(two), WP_REF_HOST), "that know their number");
    tap_ok(t, CHECK(wp_ref_get_kind((wp_ref){0}) == WP_REF_NULL) && CHECK(wp_ref_host_number((wp_ref){0}) == 0),
           "null has none");
    tap_ok(t, wp_ref_get_kind((wp_ref){5}) == WP_REF_OTHER, "odd references are reserved");
    failing_start(&x.f, 1);
    wp_ref last = one;
    for (uint64_t i = 3; last.bits != 0 && i < 100000; i++)
        last = wp_ref_host(x.store, i);
    tap_ok(t, EQ(last.bits, 0), "without memory there is no reference");
    fixture_close(&x, "references");
}

/* ---- Memory -------------------------------------------------------------------------------------------------- */

/* Everything from the text to the result, each allocation failing once. */
static wp_status whole_run(fixture *x, wp_store *store, const char *text, wp_value *result) {
    wp_module *module = NULL;
    wp_instance *instance = NULL;
    wp_extern func;
    wp_status status = wp_module_parse(x->engine, text, strlen(text), &module, fresh(x));
    if (status == WP_OK)
        status = wp_module_validate(module, &x->diag);
    if (status == WP_OK)
        status = wp_instantiate(store, module, &instance, &x->diag);
    if (status == WP_OK && !wp_instance_export(instance, "f", 1, &func))
        status = WP_CRASH;
    if (status == WP_OK)
        status = wp_call(store, func, NULL, 0, result, 1, &x->diag);
    wp_module_delete(module);
    return status;
}

static void test_failing_memory(tap *t) {
    static const char text[] = "(type $t (func (result i32))) (memory 1) (data (i32.const 8) \"\\2a\") (data \"x\")"
                               "(table 2 funcref) (elem (i32.const 0) func $g) (elem funcref (ref.func $g))"
                               "(global $i i32 (i32.const 8)) (table 1 (ref null $t) (ref.func $g))"
                               "(func $g (type $t) (local i64 i32) (block (result i32) (i32.load (global.get $i))))"
                               "(func (export \"f\") (type $t) (drop (table.grow 0 (ref.null func) (i32.const 3)))"
                               "  (drop (memory.grow (i32.const 1))) (call_indirect (type $t) (i32.const 0)))";
    fixture x;
    fixture_open_store(&x, t);
    wp_value result = core_i32(0);
    size_t failures = 0;
    bool clean = true;
    wp_status status = WP_CRASH;
    while (status != WP_OK && failures < 10000) {
        wp_store *store = NULL;
        fixture_must(&x, wp_store_new(x.engine, &store, &x.diag) == WP_OK, "store");
        failing_start(&x.f, failures + 1);
        status = whole_run(&x, store, text, &result);
        failing_stop(&x.f);
        wp_store_delete(store);
        failures += status == WP_OK ? 0 : 1;
        clean = clean && (status == WP_OK || FAILS(&x, status, WP_EXHAUSTION, "out of memory"));
    }
    tap_ok(t, CHECK(clean) && CHECK(failures > 20) && EQ(result.of.i32, 42),
           "memory may be short at each of %zu places", failures);
    fixture_close(&x, "failing memory");
}

int main(void) {
    tap t = {0};
    test_numeric(&t);
    test_accesses(&t);
    test_below(&t);
    test_fuel(&t);
    test_depth(&t);
    test_host_failures(&t);
    test_exit(&t);
    test_host_results(&t);
    test_host_many(&t);
    test_host_back(&t);
    test_interrupt(&t);
    test_trace(&t);
    test_counts(&t);
    test_mistakes(&t);
    test_refs(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
