/* test_lower.c: lowering: the code that is chosen for each instruction, and when. */
#include "core/exec/xop.h"
#include "core_fixture.h"

/* The code of instruction i of a module's first function, lowered. */
static wp_xop lowered(fixture *x, const char *text, uint32_t i) {
    wp_module *module = fixture_module(x, text);
    wp_lower(module, &module->funcs[0]);
    wp_xop xop = module->funcs[0].code.instrs[i].xop;
    wp_module_delete(module);
    return xop;
}

static void test_rows(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    static const char numbers[] = "(func (result i32) (i32.add (i32.const 1) (i32.const 2)))";
    tap_ok(t, EQ(lowered(&x, numbers, 0), WP_X_i32_const) && EQ(lowered(&x, numbers, 2), WP_X_i32_add),
           "an instruction is its row");
    static const char ends[] = "(func (block))";
    tap_ok(t, EQ(lowered(&x, ends, 1), WP_X_end) && EQ(lowered(&x, ends, 2), WP_X_return_end),
           "the end of a body returns");
    fixture_close(&x, "rows");
}

static void test_branches(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    static const char plain[] = "(func (block (br_if 0 (i32.const 0)) (br 0)))";
    tap_ok(t, EQ(lowered(&x, plain, 2), WP_X_br_if_plain) && EQ(lowered(&x, plain, 3), WP_X_br_plain),
           "branches forward that carry nothing");
    static const char carrying[] =
        "(func (result i32) (block (result i32) (drop (br_if 0 (i32.const 1) (i32.const 0))) (br 0 (i32.const 1))))";
    tap_ok(t, EQ(lowered(&x, carrying, 3), WP_X_br_if) && EQ(lowered(&x, carrying, 6), WP_X_br),
           "branches forward that carry a value");
    static const char back[] = "(func (loop (br_if 0 (i32.const 0)) (br 0)))";
    tap_ok(t, EQ(lowered(&x, back, 2), WP_X_br_if_loop) && EQ(lowered(&x, back, 3), WP_X_br_loop), "branches back");
    fixture_close(&x, "branches");
}

static void test_accesses(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    tap_ok(t, EQ(lowered(&x, "(func (drop (i32.load (i32.const 0)))) (memory 1)", 1), WP_X_i32_load),
           "memory 0 with addresses of 32 bits");
    tap_ok(t, EQ(lowered(&x, "(func (drop (i32.load (i64.const 0)))) (memory i64 1)", 1), WP_X_general_i32_load),
           "addresses of 64 bits take the general path");
    tap_ok(t,
           EQ(lowered(&x, "(func (i64.store8 1 (i32.const 0) (i64.const 0))) (memory 1) (memory 1)", 2),
              WP_X_general_i64_store8),
           "so do other memories");
    fixture_close(&x, "accesses");
}

static void test_first_call(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_instance *instance = NULL;
    wp_module *module = fixture_module(&x, "(func (export \"f\")) (func (export \"g\") (call 0))");
    fixture_must(&x, wp_instantiate(x.store, module, &instance, &x.diag) == WP_OK, "instance");
    const wp_instr *f = module->funcs[0].code.instrs, *g = module->funcs[1].code.instrs;
    tap_ok(t, EQ(f->xop, WP_X_lower) && EQ(g->xop, WP_X_lower), "instantiation lowers nothing");
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "f"), WP_OK) && EQ(f->xop, WP_X_return_end) && EQ(g->xop, WP_X_lower),
           "a call lowers the function that it runs");
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "g"), WP_OK) && EQ(g->xop, WP_X_call), "and no other");
    wp_module_delete(module);
    fixture_close(&x, "first call");
}

int main(void) {
    tap t = {0};
    test_rows(&t);
    test_branches(&t);
    test_accesses(&t);
    test_first_call(&t);
    return tap_done(&t);
}
