/* test_exec.c: execution: fuel, limits of the stacks, traces, counts, failing memory. */
#include "core_fixture.h"

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

/* The rest of 1000 units after a call. */
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
    tap_ok(t, EQ(wp_store_fuel(x.store), UINT64_MAX), "a store begins with unlimited fuel");
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "calls"), WP_OK) && EQ(wp_store_fuel(x.store), UINT64_MAX),
           "calls do not use unlimited fuel");
    tap_ok(t, EQ(fuel_left(&x, instance, "calls", 0, 0), 997), "a call uses a unit");
    tap_ok(t, EQ(fuel_left(&x, instance, "loop", 1, 11), 990), "a br_if to a loop uses a unit when it is taken");
    tap_ok(t, EQ(fuel_left(&x, instance, "br", 1, 10), 990), "a br to a loop uses a unit, a br forward none");
    tap_ok(t, EQ(fuel_left(&x, instance, "table", 1, 11), 990), "a br_table to a loop uses a unit");
    tap_ok(t, EQ(fuel_left(&x, instance, "null", 1, 11), 990), "a br_on_null to a loop uses a unit");
    tap_ok(t, EQ(fuel_left(&x, instance, "non_null", 1, 11), 990), "a br_on_non_null forward uses none");
    tap_ok(t, EQ(fuel_left(&x, instance, "non_null_loop", 1, 11), 990), "a br_on_non_null to a loop uses a unit");
    tap_ok(t, EQ(fuel_left(&x, instance, "tail", 1, 10), 990), "a tail call uses a unit");

    wp_store_set_fuel(x.store, 200000); /* more than the executor reserves at once */
    tap_ok(t, FAILS(&x, core_run(&x, instance, "forever"), WP_EXHAUSTION, "fuel exhausted"),
           "an endless loop exhausts the fuel");
    tap_ok(t, EQ(wp_store_fuel(x.store), 0), "no fuel is left then");
    tap_ok(t, FAILS(&x, core_run(&x, instance, "calls"), WP_EXHAUSTION, "fuel exhausted"),
           "the next call has no fuel either");
    wp_store_set_fuel(x.store, 3);
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "calls"), WP_OK) && EQ(wp_store_fuel(x.store), 0),
           "the last unit can be used");
    wp_store_set_fuel(x.store, 2);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "calls"), WP_EXHAUSTION, "fuel exhausted"),
           "a call that needs one unit more is exhausted");
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
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &nine), 7), "call_depth 10: ten nested calls");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", &arg, 1, &result, 1), WP_EXHAUSTION, "call stack exhausted"),
           "call_depth 10: eleven nested calls");
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &nine), 7), "the store is usable afterwards");
    tap_ok(t, EQ(core_call_i32(&x, instance, "tail", 1, &million), 8), "call_depth 10: a million tail calls");
    fixture_close(&x, "call depth");

    fixture_open_store(&x, t);
    fixture_limit(&x, "stack_cells", 100);
    instance = core_instance(&x, depth_module);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "wide"), WP_EXHAUSTION, "call stack exhausted"),
           "stack_cells 100: endless recursion");
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &nine), 7), "the store is usable afterwards");
    fixture_close(&x, "stack cells");

    fixture_open_store(&x, t);
    fixture_limit(&x, "stack_cells", 4);
    instance = core_instance(&x, depth_module);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "wide"), WP_EXHAUSTION, "call stack exhausted"),
           "stack_cells 4: a first frame that does not fit");
    tap_ok(t, FAILS(&x, core_run(&x, instance, "grow"), WP_EXHAUSTION, "call stack exhausted"),
           "stack_cells 4: a tail call whose frame does not fit");
    wp_instance *five = core_instance(&x, "(func (export \"p\") (param i32 i32 i32 i32 i32))"
                                          "(func (export \"r\") (result i32 i32 i32 i32 i32) unreachable)");
    wp_value many[5] = {core_i32(1), core_i32(2), core_i32(3), core_i32(4), core_i32(5)};
    tap_ok(t, FAILS(&x, core_call(&x, five, "p", many, 5, NULL, 0), WP_EXHAUSTION, "call stack exhausted"),
           "stack_cells 4: arguments that do not fit");
    tap_ok(t, FAILS(&x, core_call(&x, five, "r", NULL, 0, many, 5), WP_EXHAUSTION, "call stack exhausted"),
           "stack_cells 4: results that would not fit");
    fixture_close(&x, "small stack");

    fixture_open_store(&x, t);
    fixture_limit(&x, "stack_cells", 4);
    instance = core_instance(&x, "(func (export \"locals\") (local i32 i32 f32 f32))"
                                 "(func (export \"operands\") (param i32) (local i64)"
                                 "  local.get 1 local.get 0 drop drop)"
                                 "(func (export \"more\") (param i32) (local i64)"
                                 "  local.get 1 local.get 0 local.get 0 drop drop drop)");
    arg = core_i32(0);
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "locals"), WP_OK), "stack_cells 4: four locals");
    tap_ok(t, EQ_STATUS(core_call(&x, instance, "operands", &arg, 1, NULL, 0), WP_OK),
           "stack_cells 4: a parameter, a local and two operands");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "more", &arg, 1, NULL, 0), WP_EXHAUSTION, "call stack exhausted"),
           "stack_cells 4: a parameter, a local and three operands");
    fixture_close(&x, "full stack");

    fixture_open_store(&x, t);
    fixture_limit(&x, "call_depth", 0);
    instance = core_instance(&x, "(func (export \"f\"))");
    tap_ok(t, FAILS(&x, core_run(&x, instance, "f"), WP_EXHAUSTION, "call stack exhausted"), "call_depth 0: no call");
    fixture_close(&x, "no frames");
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
    tap_ok(t, EQ(tr.count, 8), "each instruction is traced: %u", tr.count);
    const char *add = strstr(tr.lines, "i32.add"), *end = strstr(tr.lines, " end");
    tap_ok(t, CHECK(add != NULL) && EQ_BYTES(add, "i32.add  ; top: 4 3\n", 20), "a trace shows the operands");
    tap_ok(t, CHECK(end != NULL) && EQ_BYTES(end, " end  ; top: 7\n", 15),
           "a trace shows the operands of its own frame only");
    tap_ok(t, EQ(tr.lines[0], '@') && CHECK(strstr(tr.lines, "\n @") != NULL),
           "a trace is indented by the depth of calls");
    tap_ok(t, EQ_BYTES(tr.lines, "@1:123 local.get\n", 17), "a trace has the place in the text");
    wp_store_set_trace(x.store, NULL, NULL);
    tr.count = 0;
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 2, args), 7) && EQ(tr.count, 0), "no trace after it is turned off");
    fixture_close(&x, "traces");
}

/* ---- Counts -------------------------------------------------------------------------------------------------- */

static size_t instr_number(const char *mnemonic) {
    size_t i = 0;
    while (strcmp(wp_instr_get(i).mnemonic, mnemonic) != 0)
        i++;
    return i;
}

/* The number of a class of operands, from its type and name. */
static size_t class_number(char type, const char *name) {
    size_t i = 0;
    while (wp_operand_class(i).type != type || strcmp(wp_operand_class(i).name, name) != 0)
        i++;
    return i;
}

static const char counted_module[] = "(func (export \"f\") (param i32 i32) (result i32)"
                                     "  local.get 0 local.get 1 i32.sub)";

/* Coverage and counts of operands, each alone: the executor must observe either without the other. */
static void test_counts(tap *t) {
    fixture x;
    const uint32_t args[] = {0xFFFFFFFF, 1};
    fixture_open_store(&x, t);
    wp_coverage_start(x.engine);
    wp_instance *instance = core_instance(&x, counted_module);
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 2, args), 0xFFFFFFFE) && EQ(wp_coverage_count(x.engine), 1),
           "coverage has the module");
    const wp_module *module = wp_coverage_module(x.engine, 0);
    tap_ok(t, EQ(wp_module_func(module, 0).calls, 1) && EQ(wp_module_instr(module, 0, 2).count, 1),
           "coverage counts calls and instructions");
    fixture_close(&x, "coverage");

    fixture_open_store(&x, t);
    wp_operands *counts = wp_operands_new(&x.allocator);
    tap_ok(t, CHECK((counts != NULL) == wp_rules_enabled()), "operands are counted where rules are");
    if (counts == NULL) {
        fixture_close(&x, "operands");
        return;
    }
    wp_operands_start(x.engine, counts);
    instance = core_instance(&x, counted_module);
    size_t sub = instr_number("i32.sub"), one = class_number('i', "1"), minus_one = class_number('i', "-1");
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 2, args), 0xFFFFFFFE) && EQ(wp_instr_executed(counts, sub), 1),
           "i32.sub is counted");
    tap_ok(t,
           EQ(wp_instr_operands(counts, sub, 0, minus_one), 1) && EQ(wp_instr_operands(counts, sub, 1, one), 1) &&
               EQ(wp_instr_operands(counts, sub, 0, one), 0) && EQ(wp_instr_operands(counts, sub, 1, minus_one), 0),
           "i32.sub is counted with the classes of its operands");
    wp_operands_delete(counts);
    fixture_close(&x, "operands");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

/* Everything from the text to the result. */
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
        clean = clean && CHECK(status == WP_OK || FAILS(&x, status, WP_EXHAUSTION, "out of memory"));
    }
    tap_ok(t, CHECK(clean) && CHECK(failures > 20) && EQ(result.of.i32, 42), "%zu allocations of a whole run may fail",
           failures);
    fixture_close(&x, "failing memory");
}

int main(void) {
    tap t = {0};
    test_fuel(&t);
    test_depth(&t);
    test_trace(&t);
    test_counts(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
