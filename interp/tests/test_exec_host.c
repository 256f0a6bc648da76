/* test_exec_host.c: host functions, calls by the embedder and their mistakes, interruption, references of the host. */
#include "core_fixture.h"

/* ---- Host functions ------------------------------------------------------------------------------------------ */

typedef struct host_state {
    fixture *x;
    const wp_instance *instance; /* to call back into */
    const char *name;
    unsigned calls;
    wp_status status; /* of host_fail */
    wp_value result;  /* of host_result */
} host_state;

/* Fails with h->status. */
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

static wp_valtype type_of(char letter) {
    return letter == 'i' ? WP_T_I32 : letter == 'I' ? WP_T_I64 : WP_T_FUNCREF;
}

/* A host function; a letter per parameter and result: i32, I64 or a reference to a function. */
static wp_extern host_func(fixture *x, const char *params, const char *results, wp_host_func callback, void *ctx) {
    wp_valtype types[64];
    size_t nparams = strlen(params), nresults = strlen(results);
    for (size_t i = 0; i < nparams; i++)
        types[i] = type_of(params[i]);
    for (size_t i = 0; i < nresults; i++)
        types[nparams + i] = type_of(results[i]);
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
           "afterwards a host function can return");

    wp_store_set_fuel(x.store, 10);
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "call"), WP_OK) && EQ(wp_store_fuel(x.store), 9),
           "a call of a host function uses a unit of fuel");
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
           "a host function exits with code 3");
    tap_ok(t,
           FAILS(&x, core_run(&x, instance, "after"), WP_EXIT, "exit with code 0") &&
               EQ(wp_store_exit_code(x.store), 0),
           "nothing runs after an exit");
    tap_ok(t, EQ_TEXT(wp_status_name(WP_EXIT), "exit"), "the name of WP_EXIT");
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
    tap_ok(t, EQ_STATUS(core_call(&x, instance, "i", NULL, 0, &result, 1), WP_OK) && EQ(result.of.i32, 5),
           "a host function's result");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", NULL, 0, &result, 1), WP_CRASH, "result 0 of a host function"),
           "a host function's result: a number instead of a reference");
    h.result = core_i64(5);
    tap_ok(t, FAILS(&x, core_call(&x, instance, "i", NULL, 0, &result, 1), WP_CRASH, "result 0 of a host function"),
           "a host function's result: i64 instead of i32");
    h.result = core_ref(WP_T_EXTERNREF, wp_ref_host(x.store, 3));
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", NULL, 0, &result, 1), WP_CRASH, "result 0 of a host function"),
           "a host function's result: an external reference instead of a function");
    h.result = core_ref(WP_T_FUNCREF, (wp_ref){0});
    tap_ok(t, EQ_STATUS(core_call(&x, instance, "r", NULL, 0, &result, 1), WP_OK) && EQ(result.of.ref.bits, 0),
           "a host function's result: null");
    fixture_close(&x, "results of host functions");
}

/* Sums its arguments, which are more than the executor keeps without an allocation. */
static wp_status host_sum(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    const size_t *count = ctx;
    (void)store;
    (void)diag;
    for (size_t i = 0; i < *count; i++) {
        results[0].of.i64 += args[i].of.i64;
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
        clean = clean && CHECK(status == WP_OK || FAILS(&x, status, WP_EXHAUSTION, "out of memory")) &&
                EQ(x.f.live, before);
    } while (status != WP_OK && failures < 100);
    tap_ok(t, CHECK(clean) && EQ(failures, 3), "both allocations for many values may fail");
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
           "19 nested calls back, with operands below them");
    tap_ok(t, EQ(h.calls, 19), "the host function was called 19 times");
    tap_ok(t,
           FAILS(&x, core_call(&x, instance, "f", &many, 1, &result, 1), WP_EXHAUSTION,
                 "call stack exhausted: calls from host functions nest too deep"),
           "20 nested calls back exceed host_depth");
    tap_ok(t, EQ(core_call_i32(&x, instance, "f", 1, &few), 7 + 19 * 101), "the store is usable afterwards");
    /* The frames below the caller of the host function, each of another shape, survive. */
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
           "a call back keeps the frames below it");
    h.instance = instance;
    h.name = "trap";
    tap_ok(t, FAILS(&x, core_call(&x, instance, "f", &many, 1, &result, 1), WP_TRAP, "unreachable"),
           "a trap passes through a host function");
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
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "calls"), WP_OK), "the call after an interruption runs");
    wp_store_interrupt(x.store);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "g"), WP_EXHAUSTION, "interrupted"),
           "an interruption before a call ends that call");
    wp_store_set_fuel(x.store, 100);
    tap_ok(t, FAILS(&x, core_run(&x, instance, "f"), WP_EXHAUSTION, "interrupted") && EQ(wp_store_fuel(x.store), 99),
           "an interruption keeps the fuel");
    fixture_close(&x, "interruption");
}

/* ---- Mistakes of the embedder -------------------------------------------------------------------------------- */

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
           "null for a non-null type");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", &one, 1, NULL, 0), WP_CRASH, "argument 0"),
           "a number instead of a reference");
    tap_ok(t,
           EQ_STATUS(core_call(&x, instance, "vref", NULL, 0, &func, 1), WP_OK) &&
               EQ(wp_ref_get_kind(func.of.ref), WP_REF_FUNC),
           "a result that is a function reference");
    tap_ok(t, EQ_STATUS(core_call(&x, instance, "r", &func, 1, NULL, 0), WP_OK), "a function reference as argument");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "t", &func, 1, NULL, 0), WP_CRASH, "argument 0"),
           "a function of another type");
    tap_ok(t, FAILS(&x, core_call(&x, instance, "e", &func, 1, &result, 1), WP_CRASH, "argument 0"),
           "a function instead of an external reference");
    wp_value host = core_ref(WP_T_EXTERNREF, wp_ref_host(x.store, 77));
    tap_ok(t,
           EQ_STATUS(core_call(&x, instance, "e", &host, 1, &result, 1), WP_OK) &&
               EQ(wp_ref_host_number(result.of.ref), 77),
           "an external reference as argument and result");
    wp_value odd = core_ref(WP_T_FUNCREF, (wp_ref){3});
    tap_ok(t, FAILS(&x, core_call(&x, instance, "r", &odd, 1, NULL, 0), WP_CRASH, "argument 0"),
           "a reference with reserved bits");

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
    tap_ok(t, EQ(wp_ref_host_number(two), 2) && EQ(wp_ref_get_kind(two), WP_REF_HOST),
           "wp_ref_host_number inverts wp_ref_host");
    tap_ok(t, CHECK(wp_ref_get_kind((wp_ref){0}) == WP_REF_NULL) && CHECK(wp_ref_host_number((wp_ref){0}) == 0),
           "null is not a host reference");
    tap_ok(t, wp_ref_get_kind((wp_ref){5}) == WP_REF_OTHER, "odd bits are reserved");
    failing_start(&x.f, 1);
    wp_ref last = one;
    for (uint64_t i = 3; last.bits != 0 && i < 100000; i++)
        last = wp_ref_host(x.store, i);
    tap_ok(t, EQ(last.bits, 0), "wp_ref_host out of memory gives null");
    fixture_close(&x, "references");
}

int main(void) {
    tap t = {0};
    test_host_failures(&t);
    test_exit(&t);
    test_host_results(&t);
    test_host_many(&t);
    test_host_back(&t);
    test_interrupt(&t);
    test_mistakes(&t);
    test_refs(&t);
    return tap_done(&t);
}
