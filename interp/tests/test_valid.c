/* test_valid.c: validation beyond test scripts: each instruction with a type in the table, operand by operand; every
 * unsupported instruction and type by its name; limits; places of errors; failing memory.
 */
#include "core/module.h"
#include "core_fixture.h"
#include "sample.h"

/* ---- Instructions whose type is in the table ----------------------------------------------------------------- */

static const char *type_name(char letter) {
    switch (letter) {
    case 'I': return "i64";
    case 'f': return "f32";
    case 'F': return "f64";
    case 'r': return "funcref";
    case 't': return "(ref null $t)";
    default: return "i32"; /* also addresses: the first memory is 32-bit */
    }
}

/* The immediates of an instruction. */
static const char *immediates(wp_imm immediate) {
    switch (immediate) {
    case IMM_I32:
    case IMM_I64:
    case IMM_F32:
    case IMM_F64:
    case IMM_DATA:
    case IMM_ELEM: return " 0";
    default: return "";
    }
}

/* Validates a function that pushes operands of these types, runs the instruction, and returns the results. */
static wp_status validate_with(fixture *x, const char *instr, const char *operands, const char *results) {
    static const char locals[] = "iIfFrt";
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "(type $t (func (param f32 f64) (result i64))) (memory 1) (memory i64 1) (data \"\")"
                     "(table 1 funcref) (table i64 1 funcref) (elem func) (global (mut f32) (f32.const 0))"
                     "(func $f (type $t) unreachable)"
                     "(func (param i32 i64 f32 f64 funcref (ref null $t)) (result");
    for (const char *p = results; *p != '\0'; p++)
        n += snprintf(text + n, sizeof text - (size_t)n, " %s", type_name(*p));
    n += snprintf(text + n, sizeof text - (size_t)n, ")");
    for (const char *p = operands; *p != '\0' && *p != ':'; p++) {
        const char *local = strchr(locals, *p);
        n += snprintf(text + n, sizeof text - (size_t)n, " local.get %d", local == NULL ? 0 : (int)(local - locals));
    }
    snprintf(text + n, sizeof text - (size_t)n, " %s)", instr);
    return core_validate(x, text);
}

/* A type that differs from the one of a letter. */
static char other(char letter) {
    return letter == 'I' ? 'f' : letter == 'f' ? 'F' : letter == 'F' ? 'i' : 'I';
}

/* A condition: the instruction needs every operand, with its type. */
static bool takes(fixture *x, const char *instr, const char *signature) {
    char operands[8] = {0};
    const char *colon = strchr(signature, ':'), *results = colon + 1;
    size_t count = (size_t)(colon - signature);
    memcpy(operands, signature, count);
    bool right = validate_with(x, instr, operands, results) == WP_OK;
    for (size_t i = 0; i < count && right; i++) {
        char kept = operands[i];
        operands[i] = other(kept);
        right = FAILS(x, validate_with(x, instr, operands, results), WP_INVALID, "type mismatch");
        operands[i] = kept;
    }
    if (count != 0)
        right = right && FAILS(x, validate_with(x, instr, operands + 1, results), WP_INVALID, "type mismatch");
    return right;
}

/* A condition: the instruction has exactly these results. */
static bool gives(fixture *x, const char *instr, const char *signature) {
    const char *results = strchr(signature, ':') + 1;
    if (results[0] == '\0')
        return FAILS(x, validate_with(x, instr, signature, "i"), WP_INVALID, "type mismatch");
    const char wrong[2] = {other(results[0]), '\0'};
    return FAILS(x, validate_with(x, instr, signature, wrong), WP_INVALID, "type mismatch") &&
           FAILS(x, validate_with(x, instr, signature, ""), WP_INVALID, "type mismatch");
}

static void check_signature(fixture *x, const wp_instr_row *row) {
    char instr[64];
    snprintf(instr, sizeof instr, "%s%s", row->mnemonic, immediates((wp_imm)row->immediate));
    tap_ok(x->t, CHECK(takes(x, instr, row->signature)) && CHECK(gives(x, instr, row->signature)), "%s has the type %s",
           row->mnemonic, row->signature);
}

static void test_signatures(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    for (size_t op = 0; op < WP_OP_COUNT; op++)
        if (wp_instr_rows[op].signature[0] != '*' && wp_feature_supported((wp_feature_id)wp_instr_rows[op].feature))
            check_signature(&x, &wp_instr_rows[op]);
    fixture_close(&x, "signatures");
}

typedef struct typed {
    const char *instr, *signature;
} typed;

/* Instructions whose type depends on the context of validate_with. */
static void test_contexts(tap *t) {
    static const typed rows[] = {
        {"select", "iii:i"},
        {"select", "FFi:F"},
        {"select (result i64)", "IIi:I"},
        {"select (result funcref)", "rri:r"},
        {"local.set 0", "i:"},
        {"local.tee 1", "I:I"},
        {"global.set 0", "f:"},
        {"global.get 0", ":f"},
        {"ref.is_null", "r:i"},
        {"ref.as_non_null", "r:r"},
        {"table.get 0", "i:r"},
        {"table.get 1", "I:r"},
        {"table.set 0", "ir:"},
        {"table.set 1", "Ir:"},
        {"table.size 0", ":i"},
        {"table.size 1", ":I"},
        {"table.grow 0", "ri:i"},
        {"table.grow 1", "rI:I"},
        {"table.fill 0", "iri:"},
        {"table.fill 1", "IrI:"},
        {"table.copy 0 0", "iii:"},
        {"table.copy 0 1", "iIi:"},
        {"table.copy 1 0", "Iii:"},
        {"table.copy 1 1", "III:"},
        {"table.init 0 0", "iii:"},
        {"table.init 1 0", "Iii:"},
        {"memory.size 1", ":I"},
        {"memory.grow 1", "I:I"},
        {"memory.fill 1", "IiI:"},
        {"memory.copy 0 0", "iii:"},
        {"memory.copy 0 1", "iIi:"},
        {"memory.copy 1 0", "Iii:"},
        {"memory.copy 1 1", "III:"},
        {"memory.init 0 0", "iii:"},
        {"memory.init 1 0", "Iii:"},
        {"f32.load 1", "I:f"},
        {"f64.store 1", "IF:"},
        {"call $f", "fF:I"},
        {"call_indirect 0 (type $t)", "fFi:I"},
        {"call_indirect 1 (type $t)", "fFI:I"},
        {"call_ref $t", "fFt:I"},
        {"block (type $t) unreachable end", "fF:I"},
        {"loop (type $t) unreachable end", "fF:I"},
        {"if (type $t) unreachable else unreachable end", "fFi:I"},
        {"if end", "i:"},
    };
    /* These leave the stack polymorphic, or have the function's results as operands. */
    static const typed leaving[] = {
        {"br 0", "fI:fI"},
        {"br_if 0", "fIi:fI"},
        {"br_table 0 0", "fIi:fI"},
        {"br_on_null 0 drop", "fIr:fI"},
        {"br_on_non_null 0 ref.null func", "fIr:fIr"},
        {"return", "fI:fI"},
        {"return_call $f", "fF:I"},
        {"return_call_indirect 0 (type $t)", "fFi:I"},
        {"return_call_indirect 1 (type $t)", "fFI:I"},
        {"return_call_ref $t", "fFt:I"},
    };
    fixture x;
    fixture_open_store(&x, t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        tap_ok(t,
               CHECK(takes(&x, rows[i].instr, rows[i].signature)) && CHECK(gives(&x, rows[i].instr, rows[i].signature)),
               "%s: %s", rows[i].instr, rows[i].signature);
    for (size_t i = 0; i < sizeof leaving / sizeof *leaving; i++)
        tap_ok(t, takes(&x, leaving[i].instr, leaving[i].signature), "%s: %s", leaving[i].instr, leaving[i].signature);
    fixture_close(&x, "contexts");
}

/* ---- Unsupported features ------------------------------------------------------------------------------------ */

/* Validates a function that begins with the instruction. Zeros follow as its immediates; further ones are
 * `unreachable`. */
static void check_unsupported(fixture *x, size_t op) {
    enum { ZEROS = 16 };
    const wp_instr_row *row = &wp_instr_rows[op];
    sample bytes = {0}, body = {0}, code = {0};
    wp_module *module = NULL;
    char message[64];
    sample_byte(&body, 0); /* no locals */
    if (row->prefix != 0)
        sample_byte(&body, row->prefix);
    sample_leb(&body, row->code);
    for (int i = 0; i < ZEROS; i++)
        sample_byte(&body, 0);
    if (row->immediate == IMM_TRY_TABLE)
        sample_byte(&body, 0x0B);
    sample_byte(&body, 0x0B);
    SAMPLE(&bytes, "\0asm\1\0\0\0"
                   "\x01\x04\x01\x60\x00\x00"
                   "\x03\x02\x01\x00"
                   "\x0C\x01\x00");
    sample_byte(&code, 1);
    sample_leb(&code, body.size);
    sample_bytes(&code, body.data, body.size);
    sample_section(&bytes, 10, &code);
    wp_status status = wp_module_decode(x->engine, bytes.data, bytes.size, &module, fresh(x));
    if (status == WP_OK)
        status = wp_module_validate(module, &x->diag);
    snprintf(message, sizeof message, "unsupported: %s", row->mnemonic);
    tap_ok(x->t, FAILS(x, status, WP_UNSUPPORTED, message), "%s", message);
    wp_module_delete(module);
    sample_free(&bytes);
    sample_free(&body);
}

static void check_unsupported_text(fixture *x, const char *text, const char *message) {
    tap_ok(x->t, FAILS(x, core_validate(x, text), WP_UNSUPPORTED, message), "%s: %s", message, text);
}

static void test_unsupported(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    for (size_t op = 0; op < WP_OP_COUNT; op++)
        if (!wp_feature_supported((wp_feature_id)wp_instr_rows[op].feature))
            check_unsupported(&x, op);
    check_unsupported_text(&x, "(type (struct))", "unsupported: struct type");
    check_unsupported_text(&x, "(type (array i8))", "unsupported: array type");
    check_unsupported_text(&x, "(tag)", "unsupported: tag");
    check_unsupported_text(&x, "(type (func (param v128)))", "unsupported: v128");
    check_unsupported_text(&x, "(func (local v128))", "unsupported: v128");
    check_unsupported_text(&x, "(func (local i32) (local i64 v128))", "unsupported: v128");
    check_unsupported_text(&x, "(func (block (result v128) unreachable) drop)", "unsupported: v128");
    check_unsupported_text(&x, "(import \"m\" \"g\" (global v128))", "unsupported: v128");
    check_unsupported_text(&x, "(table 1 anyref)", "unsupported: anyref");
    check_unsupported_text(&x, "(type (func (result (ref i31))))", "unsupported: (ref i31)");
    check_unsupported_text(&x, "(elem exnref)", "unsupported: exnref");
    check_unsupported_text(&x, "(func ref.null eq drop)", "unsupported: eqref");
    check_unsupported_text(&x, "(func unreachable select (result nullref) drop)", "unsupported: nullref");
    fixture_close(&x, "unsupported features");
}

/* ---- Places of errors ---------------------------------------------------------------------------------------- */

static void check_invalid(fixture *x, const char *text, uint32_t column, const char *message) {
    bool right = FAILS(x, core_validate(x, text), WP_INVALID, message);
    if (!tap_ok(x->t, CHECK(right) && EQ(x->diag.where.line, 1) && EQ(x->diag.where.column, column),
                "%s, column %u: %s", message, column, text))
        tap_note("line %u, column %u", x->diag.where.line, x->diag.where.column);
}

static void test_places(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    check_invalid(&x, "(func i32.const 1 i64.eqz drop)", 19, "type mismatch: expected i64, found i32");
    check_invalid(&x, "(func (drop (i64.eqz (i32.const 1))))", 14, "type mismatch: expected i64, found i32");
    check_invalid(&x, "(func block ref.null func br_on_non_null 0 end)", 27, "type mismatch: the label does not carry");
    check_invalid(&x, "(type (func)) (type (func)) (type (sub 0 1 (func)))", 29,
                  "sub type has more than one supertype");
    check_invalid(&x, "(type (func)) (type (sub 1 (func)))", 15, "unknown type 1");
    check_invalid(&x, "(type (func)) (type (sub 0 (func)))", 15, "sub type 1 has a final supertype 0");
    check_invalid(&x, "(type (sub (func))) (type (sub 0 (func (param i32))))", 21, "sub type 1 does not match");
    check_invalid(&x, "(func br 1)", 7, "unknown label 1");
    check_invalid(&x, "(func call 1)", 7, "unknown function 1");
    check_invalid(&x, "(func local.get 0 drop)", 7, "unknown local 0");
    check_invalid(&x, "(func global.get 0 drop)", 7, "unknown global 0");
    check_invalid(&x, "(func i32.const 0 table.get 0 drop)", 19, "unknown table 0");
    check_invalid(&x, "(func memory.size drop)", 7, "unknown memory 0");
    check_invalid(&x, "(func data.drop 0)", 7, "unknown data segment 0");
    check_invalid(&x, "(func elem.drop 0)", 7, "unknown elem segment 0");
    check_invalid(&x, "(func (local (ref func)) local.get 0 drop)", 26, "uninitialized local 0");
    check_invalid(&x, "(func $f ref.func $f drop)", 10, "undeclared function reference");
    check_invalid(&x, "(global i32 i32.const 0) (func i32.const 1 global.set 0)", 44, "immutable global");
    /* The instructions after the error are valid without it. */
    check_invalid(&x, "(import \"m\" \"g\" (global (mut i32))) (global i32 i32.const 1 global.get 0)", 61,
                  "constant expression required: global 0 is mutable");
    check_invalid(&x, "(func ref.as_non_null drop)", 7, "type mismatch");
    check_invalid(&x, "(func i32.const 0 ref.as_non_null drop)", 19, "type mismatch");
    check_invalid(&x, "(func ref.is_null drop)", 7, "type mismatch");
    check_invalid(&x, "(func i32.const 0 ref.is_null drop)", 19, "type mismatch");
    check_invalid(&x, "(func block i32.const 0 br_on_null 0 drop end)", 25, "type mismatch");
    fixture_close(&x, "places");
}

/* The stack at the end of a block, after unreachable code among others. */
static void test_polymorphic(tap *t) {
    static const char *const valid[] = {
        "(func (result i32) unreachable)",
        "(func (result i32) unreachable i32.add)",
        "(func (result i32) unreachable drop i32.const 1 i32.add)",
        "(func (result i64) unreachable select)",
        "(func (result i64) unreachable i64.const 1 i32.const 1 select)",
        "(func unreachable br_table 0 0)",
        "(func (result i32) block (result i64) unreachable br_table 0 0 end drop i32.const 1)",
        "(func unreachable ref.is_null drop)",
        "(func unreachable ref.as_non_null drop)",
        "(func (result funcref) unreachable ref.as_non_null)",
        "(func unreachable br_on_null 0 drop)",
        "(func (result (ref func)) unreachable br_on_non_null 0 unreachable)",
        "(func (param i32) (result i32) local.get 0 if (param) i32.const 1 return_call 0 end i32.const 2)",
        "(func (result i32) loop (result i32) br 0 end)",
    };
    static const char *const invalid[] = {
        "(func (result i32) unreachable i64.const 1)",
        "(func unreachable i32.const 1)",
        "(func unreachable i64.const 1 i32.add drop)",
        "(func (result i64) unreachable i32.const 1 i32.const 1 select)",
        "(func block unreachable i32.const 1 end)",
        "(func (result i32) block (result i64) i32.const 1 br_table 0 1 end drop i32.const 1)",
        "(func unreachable ref.null func i32.const 1 select drop)",
        "(func i32.const 1 ref.is_null drop)",
        "(func i32.const 1 if (result i32) i32.const 1 end drop)",
    };
    fixture x;
    fixture_open_store(&x, t);
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        if (!tap_ok(t, EQ_STATUS(core_validate(&x, valid[i]), WP_OK), "valid: %s", valid[i]))
            tap_note("%s", x.diag.message);
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        tap_ok(t, FAILS(&x, core_validate(&x, invalid[i]), WP_INVALID, "type mismatch"), "invalid: %s", invalid[i]);
    fixture_close(&x, "polymorphic stacks");
}

/* ---- Limits -------------------------------------------------------------------------------------------------- */

static void test_limits(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    fixture_limit(&x, "locals", 3);
    tap_ok(t, EQ_STATUS(core_validate(&x, "(func (param i32) (local i32 i64))"), WP_OK), "locals up to the limit");
    tap_ok(t,
           FAILS(&x, core_validate(&x, "(func (param i32) (local i32 i64 f32))"), WP_EXHAUSTION,
                 "too many locals (limit 3)"),
           "one local over the limit");
    fixture_limit(&x, "nesting", 4);
    tap_ok(t, EQ_STATUS(core_validate(&x, "(func block block block end end end)"), WP_OK), "nesting up to the limit");
    fixture_limit(&x, "nesting", 100);
    wp_module *deep = fixture_parse(&x, "(func block block block block end end end end)");
    fixture_limit(&x, "nesting", 4);
    tap_ok(t,
           FAILS(&x, wp_module_validate(deep, fresh(&x)), WP_EXHAUSTION, "nesting of blocks too deep (limit 4)") &&
               EQ(x.diag.where.column, 25),
           "one level over the limit, and its place");
    wp_module_delete(deep);
    fixture_limit(&x, "nesting", 100);
    fixture_limit(&x, "stack_cells", 4);
    static const char four[] = "(func i32.const 1 i32.const 1 i32.const 1 i32.const 1 drop drop drop drop)";
    static const char five[] = "(func i32.const 1 i32.const 1 i32.const 1 i32.const 1 i32.const 1 unreachable)";
    tap_ok(t, EQ_STATUS(core_validate(&x, four), WP_OK), "operands up to the limit");
    tap_ok(t,
           FAILS(&x, core_validate(&x, five), WP_EXHAUSTION, "operand stack too high (limit 4 cells)") &&
               EQ(x.diag.where.column, 55),
           "one operand over the limit, and its place");
    fixture_close(&x, "limits");
}

/* Each kind of push, alone in its function, so that no other push fails in its place. */
static void test_no_operands(tap *t) {
    static const char *const texts[] = {
        "(func i32.const 1 unreachable)",
        "(func (param i32) local.get 0 unreachable)",
        "(func (param i32) unreachable local.tee 0 unreachable)",
        "(import \"m\" \"g\" (global i32)) (func global.get 0 unreachable)",
        "(func ref.null func unreachable)",
        "(func $f ref.func $f unreachable) (elem declare func $f)",
        "(func unreachable ref.is_null unreachable)",
        "(func unreachable ref.as_non_null unreachable)",
        "(func unreachable select unreachable)",
        "(func unreachable select (result i32) unreachable)",
        "(table 1 funcref) (func unreachable table.get 0 unreachable)",
        "(table 1 funcref) (func table.size 0 unreachable)",
        "(table 1 funcref) (func unreachable table.grow 0 unreachable)",
        "(memory 1) (func memory.size unreachable)",
        "(func (result i32) call 0 unreachable)",
        "(type $t (func (result i32))) (table 1 funcref) (func unreachable call_indirect (type $t) unreachable)",
        "(type $t (func (result i32))) (func unreachable call_ref $t unreachable)",
        "(func unreachable block (param i32) unreachable end)",
        "(func unreachable loop (param i32) unreachable end)",
        "(func unreachable if (param i32) (result i32) unreachable end unreachable)",
        "(func block (result i32) unreachable end unreachable)",
        "(func (result i32) unreachable br_if 0 unreachable)",
        "(func unreachable br_on_null 0 unreachable)",
        "(func (result i32 funcref) unreachable br_on_non_null 0 unreachable)",
    };
    fixture x;
    fixture_open_store(&x, t);
    fixture_limit(&x, "stack_cells", 0);
    tap_ok(t, EQ_STATUS(core_validate(&x, "(func (result i32) unreachable)"), WP_OK),
           "a function that pushes nothing needs no stack");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        tap_ok(t, FAILS(&x, core_validate(&x, texts[i]), WP_EXHAUSTION, "operand stack too high (limit 0 cells)"),
               "limit of 0 operands: %s", texts[i]);
    fixture_limit(&x, "stack_cells", 1);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        tap_ok(t, EQ_STATUS(core_validate(&x, texts[i]), WP_OK), "limit of 1 operand: %s", texts[i]);
    fixture_close(&x, "no operands");
}

static void test_twice(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_module *module = fixture_parse(&x, "(func (export \"f\") (result i32) i32.const 1)");
    wp_instance *instance = NULL;
    tap_ok(t, FAILS(&x, wp_instantiate(x.store, module, &instance, fresh(&x)), WP_CRASH, "the module has not been"),
           "a module must be validated before it is instantiated");
    tap_ok(t,
           EQ_STATUS(wp_module_validate(module, NULL), WP_OK) &&
               EQ_STATUS(wp_module_validate(module, fresh(&x)), WP_OK),
           "a module can be validated twice, and without a diagnostic");
    x.f.calls = 0;
    tap_ok(t, EQ_STATUS(wp_module_validate(module, NULL), WP_OK) && EQ(x.f.calls, 0),
           "the second validation of a valid module allocates nothing");
    wp_module *bad = fixture_parse(&x, "(func (result i32))");
    tap_ok(t,
           EQ_STATUS(wp_module_validate(bad, NULL), WP_INVALID) &&
               EQ_STATUS(wp_module_validate(bad, &x.diag), WP_INVALID),
           "an invalid module stays invalid");
    wp_module_delete(bad);
    wp_module_delete(module);
    fixture_close(&x, "validating twice");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

static void test_failing_memory_of(tap *t, const char *text, size_t least) {
    fixture x;
    fixture_open_store(&x, t);
    size_t failures = 0, once = 0;
    bool clean = true;
    wp_status status = WP_CRASH;
    while (failures < 10000 && (x.f.once ? once < failures : status != WP_OK)) {
        wp_engine *engine = wp_engine_new(&x.allocator);
        wp_module *module = NULL;
        fixture_must(&x, engine != NULL && wp_module_parse(engine, text, strlen(text), &module, fresh(&x)) == WP_OK,
                     text);
        failing_start(&x.f, x.f.once ? ++once : failures + 1);
        status = wp_module_validate(module, &x.diag);
        failing_stop(&x.f);
        failures += status == WP_OK || x.f.once ? 0 : 1;
        clean = clean && CHECK(status == WP_OK || FAILS(&x, status, WP_EXHAUSTION, "out of memory"));
        /* It succeeds only if no allocation has failed. */
        clean = clean && CHECK(status != WP_OK || x.f.once || x.f.calls == failures);
        /* After the first success, each allocation fails once more, alone; an index that cannot grow is only slower. */
        x.f.once = x.f.once || status == WP_OK;
        /* A second attempt, with memory, succeeds. */
        clean = clean && EQ_STATUS(wp_module_validate(module, NULL), WP_OK);
        wp_module_delete(module);
        wp_engine_delete(engine);
    }
    x.f.once = false;
    tap_ok(t, CHECK(clean) && CHECK(failures >= least) && EQ(once, failures), "%zu allocations may fail: %s", failures,
           text);
    fixture_close(&x, "failing memory");
}

static void test_failing_memory(tap *t) {
    static const char text[] =
        "(type $t (func (param i32) (result i32)))"
        "(rec (type $a (sub (func))) (type $b (sub $a (func (result)))))"
        "(table 1 funcref) (elem declare func $f) (elem (i32.const 0) func $f)"
        "(global (ref func) (ref.func $f)) (memory 1) (data (i32.const 0) \"x\")"
        "(func $f (export \"f\") (type $t) (local (ref $t)) (local i64 f64)"
        "  (local.set 1 (ref.func $f))"
        "  (block (loop (br_if 0 (i32.const 0)) (br_table 0 1 0 (i32.const 1))))"
        "  (if (result i32) (local.get 0) (then (i32.const 1)) (else (call_ref $t (i32.const 1) (local.get 1)))))"
        "(export \"g\" (func $f)) (export \"m\" (memory 0))";
    test_failing_memory_of(t, text, 9);
    /* The first branch of a module allocates the list of branches. */
    test_failing_memory_of(t, "(func block br 0 end)", 1);
    test_failing_memory_of(t, "(func block i32.const 0 br_if 0 end)", 1);
    test_failing_memory_of(t, "(func block ref.null func br_on_null 0 drop end)", 1);
    test_failing_memory_of(
        t, "(func (result funcref) block (result funcref) ref.null func br_on_non_null 0 unreachable end)", 1);
    test_failing_memory_of(t, "(func block i32.const 0 br_table 0 end)", 1);
    test_failing_memory_of(t, "(func i32.const 0 if nop end)", 1);
    test_failing_memory_of(t, "(func return)", 1);
    test_failing_memory_of(t, "(func (local (ref func)) block unreachable local.set 0 end)", 1);
}

int main(void) {
    tap t = {0};
    test_signatures(&t);
    test_contexts(&t);
    test_unsupported(&t);
    test_places(&t);
    test_polymorphic(&t);
    test_limits(&t);
    test_no_operands(&t);
    test_twice(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
