/* test_link.c: stores and instantiation through the public interface: resolution and matching of imports, host
 * definitions, registrations, several stores, effects of failed instantiation, failing memory.
 */
#include "core_fixture.h"

/* ---- Matching ------------------------------------------------------------------------------------------------ */

/* Imports `wanted` from a module that exports `found` as "x"; both are text. */
static void check_import(fixture *x, const char *found, const char *wanted, bool fits) {
    char text[512];
    wp_instance *instance = core_instance(x, found);
    core_register(x, "m", instance);
    snprintf(text, sizeof text, "(import \"m\" \"x\" %s)", wanted);
    wp_status status = core_instantiate(x, text, NULL);
    bool right = fits ? EQ_STATUS(status, WP_OK) : FAILS(x, status, WP_UNLINKABLE, "incompatible import type: m.x");
    tap_ok(x->t, right, "%s %s %s", found, fits ? "fits" : "does not fit", wanted);
}

static void test_matching(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    check_import(&x, "(func (export \"x\"))", "(func)", true);
    check_import(&x, "(func (export \"x\"))", "(func (result i32))", false);
    check_import(&x, "(func (export \"x\") (param i32) unreachable)", "(func (param i64))", false);
    check_import(&x, "(func (export \"x\"))", "(global i32)", false);
    check_import(&x, "(func (export \"x\"))", "(table 0 funcref)", false);
    check_import(&x, "(func (export \"x\"))", "(memory 0)", false);

    check_import(&x, "(memory (export \"x\") 2 4)", "(memory 2 4)", true);
    check_import(&x, "(memory (export \"x\") 2 4)", "(memory 1 5)", true);
    check_import(&x, "(memory (export \"x\") 2 4)", "(memory 2)", true);
    check_import(&x, "(memory (export \"x\") 2 4)", "(memory 3 4)", false);
    check_import(&x, "(memory (export \"x\") 2 4)", "(memory 2 3)", false);
    check_import(&x, "(memory (export \"x\") 2)", "(memory 2 65536)", false);
    check_import(&x, "(memory (export \"x\") 2 4)", "(memory i64 2 4)", false);
    check_import(&x, "(memory (export \"x\") i64 2 4)", "(memory i64 2 4)", true);
    check_import(&x, "(memory (export \"x\") 2 4)", "(func)", false);

    check_import(&x, "(table (export \"x\") 2 4 funcref)", "(table 2 4 funcref)", true);
    check_import(&x, "(table (export \"x\") 2 4 funcref)", "(table 3 4 funcref)", false);
    check_import(&x, "(table (export \"x\") 2 4 funcref)", "(table 2 3 funcref)", false);
    check_import(&x, "(table (export \"x\") 2 4 funcref)", "(table i64 2 4 funcref)", false);
    check_import(&x, "(table (export \"x\") 2 4 funcref)", "(table 2 4 externref)", false);
    check_import(&x, "(table (export \"x\") 2 4 funcref)", "(table 2 4 (ref null nofunc))", false);
    check_import(&x, "(table (export \"x\") 2 4 nullfuncref)", "(table 2 4 funcref)", false);
    check_import(&x, "(table (export \"x\") 2 4 funcref)", "(global funcref)", false);

    check_import(&x, "(global (export \"x\") i32 (i32.const 1))", "(global i32)", true);
    check_import(&x, "(global (export \"x\") i32 (i32.const 1))", "(global i64)", false);
    check_import(&x, "(global (export \"x\") i32 (i32.const 1))", "(global (mut i32))", false);
    check_import(&x, "(global (export \"x\") (mut i32) (i32.const 1))", "(global i32)", false);
    check_import(&x, "(global (export \"x\") (mut i32) (i32.const 1))", "(global (mut i32))", true);
    check_import(&x, "(func $f) (global (export \"x\") (ref func) (ref.func $f))", "(global funcref)", true);
    check_import(&x, "(func $f) (global (export \"x\") (mut (ref func)) (ref.func $f))", "(global (mut funcref))",
                 false);
    check_import(&x, "(global (export \"x\") (mut funcref) (ref.null func))", "(global (mut funcref))", true);
    fixture_close(&x, "matching");
}

/* A declared subtype matches its supertype, and not the reverse. */
static void test_subtypes(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    core_register(&x, "m",
                  core_instance(&x, "(type $a (sub (func))) (type $b (sub $a (func)))"
                                    "(func (export \"a\") (type $a)) (func (export \"b\") (type $b))"));
    tap_ok(t,
           EQ_STATUS(
               core_instantiate(
                   &x, "(type $a (sub (func))) (type $b (sub $a (func))) (import \"m\" \"b\" (func (type $a)))", NULL),
               WP_OK),
           "a subtype matches");
    tap_ok(t,
           FAILS(&x,
                 core_instantiate(&x,
                                  "(type $a (sub (func))) (type $b (sub $a (func)))"
                                  "(import \"m\" \"a\" (func (type $b)))",
                                  NULL),
                 WP_UNLINKABLE, "incompatible import type: m.a"),
           "a supertype does not match");
    tap_ok(t,
           FAILS(&x, core_instantiate(&x, "(import \"m\" \"b\" (func))", NULL), WP_UNLINKABLE,
                 "incompatible import type: m.b"),
           "a final type of the same shape does not match");
    fixture_close(&x, "subtypes");
}

/* Memories and tables are matched by their present size. */
static void test_grown(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_instance *instance = core_instance(&x, "(memory (export \"m\") 1 5) (table (export \"t\") 1 5 funcref)"
                                              "(func (export \"grow\")"
                                              "  (drop (memory.grow (i32.const 2)))"
                                              "  (drop (table.grow (ref.null func) (i32.const 2))))");
    core_register(&x, "m", instance);
    static const char wanted[] = "(import \"m\" \"m\" (memory 3)) (import \"m\" \"t\" (table 3 funcref))";
    tap_ok(t, FAILS(&x, core_instantiate(&x, wanted, NULL), WP_UNLINKABLE, "incompatible import type: m.m"),
           "a memory that is too small does not match");
    tap_ok(t, EQ_STATUS(core_run(&x, instance, "grow"), WP_OK) && EQ_STATUS(core_instantiate(&x, wanted, NULL), WP_OK),
           "a memory that has grown enough matches");
    fixture_close(&x, "grown imports");
}

/* ---- Names --------------------------------------------------------------------------------------------------- */

static wp_status host_seven(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    const uint32_t *number = ctx;
    (void)store;
    (void)args;
    (void)diag;
    results[0].of.i32 = *number;
    return WP_OK;
}

static wp_extern number_func(fixture *x, uint32_t *number) {
    const wp_valtype result = WP_T_I32;
    wp_extern func = {WP_EXTERN_FUNC, NULL};
    fixture_must(x, wp_func_new(x->store, NULL, 0, &result, 1, host_seven, number, &func, &x->diag) == WP_OK,
                 "wp_func_new");
    return func;
}

/* The result of m.f, called by a module that imports it. */
static uint32_t imported(fixture *x) {
    wp_instance *instance = core_instance(x, "(import \"m\" \"f\" (func $f (result i32)))"
                                             "(func (export \"g\") (result i32) (call $f))");
    return core_call_i32(x, instance, "g", 0, NULL);
}

static void test_names(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    uint32_t seven = 7, eight = 8;
    tap_ok(t,
           FAILS(&x, core_instantiate(&x, "(import \"m\" \"f\" (func))", NULL), WP_UNLINKABLE, "unknown import: m.f"),
           "an import from a store without definitions");
    core_define(&x, "m", "f", number_func(&x, &seven));
    tap_ok(t, EQ(imported(&x), 7), "a host definition is imported");
    core_define(&x, "m", "f", number_func(&x, &eight));
    tap_ok(t, EQ(imported(&x), 8), "a host definition replaces another of its name");
    core_register(&x, "m", core_instance(&x, "(func (export \"f\") (result i32) (i32.const 9))"));
    tap_ok(t, EQ(imported(&x), 9), "a registered instance hides host definitions");
    core_register(&x, "m", core_instance(&x, "(func (export \"h\") (result i32) (i32.const 10))"));
    tap_ok(t, EQ(imported(&x), 8), "names that the instance lacks are host definitions");
    tap_ok(t,
           FAILS(&x, core_instantiate(&x, "(import \"m\" \"g\" (func))", NULL), WP_UNLINKABLE, "unknown import: m.g"),
           "a name that neither has is unknown");
    tap_ok(t, FAILS(&x, core_instantiate(&x, "(import \"\" \"f\" (func))", NULL), WP_UNLINKABLE, "unknown import: .f"),
           "names are compared whole");
    fixture_close(&x, "names");
}

/* A module describes its imports before it is instantiated. */
static void test_imports(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_module *module =
        fixture_parse(&x, "(type $t (func (param i64 f32) (result i32))) (import \"a\" \"m\" (memory 1))"
                          "(import \"b\" \"f\" (func)) (import \"c\" \"g\" (func (type $t)))");
    fixture_must(&x, wp_module_validate(module, &x.diag) == WP_OK, "imports");
    wp_import_info memory = wp_module_import(module, 0), g = wp_module_import(module, 2);
    wp_functype none = wp_module_import_type(module, 1), type = wp_module_import_type(module, 2);
    tap_ok(t,
           EQ(wp_module_import_count(module), 3) && EQ(memory.kind, WP_EXTERN_MEMORY) && EQ(g.kind, WP_EXTERN_FUNC) &&
               EQ(g.module_size, 1) && EQ(g.module[0], 'c') && EQ(g.name_size, 1) && EQ(g.name[0], 'g'),
           "wp_module_import gives names and kinds");
    tap_ok(t,
           EQ(none.nparams, 0) && EQ(none.nresults, 0) && EQ(type.nparams, 2) && EQ(type.params[0], WP_T_I64) &&
               EQ(type.params[1], WP_T_F32) && EQ(type.nresults, 1) && EQ(type.results[0], WP_T_I32),
           "wp_module_import_type gives types of functions");
    wp_module_delete(module);
    fixture_close(&x, "imports");
}

/* More names than the initial hash table holds. */
static void test_many_names(tap *t) {
    enum { COUNT = 1000 };
    fixture x;
    fixture_open_store(&x, t);
    static uint32_t numbers[COUNT];
    char name[16], text[128];
    bool right = true;
    for (uint32_t i = 0; i < COUNT; i++) {
        numbers[i] = i;
        snprintf(name, sizeof name, "n%u", i);
        core_define(&x, name, "f", number_func(&x, &numbers[i]));
    }
    for (uint32_t i = 0; i < COUNT; i += 37) {
        snprintf(text, sizeof text, "(import \"n%u\" \"f\" (func (result i32))) (export \"g\" (func 0))", i);
        right = right && EQ(core_call_i32(&x, core_instance(&x, text), "g", 0, NULL), i);
    }
    tap_ok(t, right, "%d names are found", COUNT);
    fixture_close(&x, "many names");
}

/* ---- Host objects -------------------------------------------------------------------------------------------- */

static void test_host_objects(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_extern memory = {WP_EXTERN_MEMORY, NULL}, table = memory, global = memory;
    wp_limits limits = {.min = 2, .max = 3, .has_max = true};
    uint8_t bytes[4] = {1, 2, 3, 4}, back[4] = {0};
    bool made = EQ_STATUS(wp_memory_new(x.store, limits, &memory, fresh(&x)), WP_OK) &&
                EQ_STATUS(wp_table_new(x.store, WP_T_FUNCREF, limits, &table, &x.diag), WP_OK) &&
                EQ_STATUS(wp_global_new(x.store, true, core_i32(5), &global, &x.diag), WP_OK);
    fixture_must(&x, tap_ok(t, made, "a memory, a table and a global of the host"), "host objects");
    core_define(&x, "h", "memory", memory);
    core_define(&x, "h", "table", table);
    core_define(&x, "h", "global", global);
    wp_instance *instance =
        core_instance(&x, "(import \"h\" \"memory\" (memory 2 3)) (import \"h\" \"table\" (table 2 3 funcref))"
                          "(import \"h\" \"global\" (global (mut i32)))"
                          "(export \"memory\" (memory 0)) (export \"global\" (global 0)) (export \"table\" (table 0))"
                          "(func (export \"load\") (param i32) (result i32) (i32.load (local.get 0)))"
                          "(func (export \"set\") (param i32) (global.set 0 (local.get 0)))"
                          "(func (export \"grow\") (result i32) (memory.grow (i32.const 1)))"
                          "(func (export \"size\") (result i32) (table.size 0))");
    const uint32_t end = 131068, past = 131069;
    wp_value six = core_i32(6), result, address = core_i32(past);
    tap_ok(t,
           EQ_STATUS(wp_memory_write(memory, 131068, bytes, 4, &x.diag), WP_OK) &&
               EQ(core_call_i32(&x, instance, "load", 1, &end), 0x04030201),
           "the module reads bytes that the host writes");
    tap_ok(t,
           FAILS(&x, core_call(&x, instance, "load", &address, 1, &result, 1), WP_TRAP, "out of bounds memory access"),
           "the module reads up to the end only");
    tap_ok(t, FAILS(&x, wp_memory_write(memory, 131069, bytes, 4, fresh(&x)), WP_TRAP, "out of bounds memory access"),
           "the host writes up to the end only");
    tap_ok(t, FAILS(&x, wp_memory_read(memory, UINT64_MAX, back, 4, fresh(&x)), WP_TRAP, "out of bounds memory access"),
           "the host does not read over a wrapping address");
    tap_ok(t, EQ_STATUS(wp_memory_read(memory, 131068, back, 4, NULL), WP_OK) && EQ_BYTES(bytes, back, 4),
           "a write that fails changes nothing");
    tap_ok(t,
           EQ_STATUS(wp_memory_read(memory, 131072, back, 0, NULL), WP_OK) &&
               EQ_STATUS(wp_memory_read(memory, 131073, back, 0, NULL), WP_TRAP),
           "an empty read is possible at the end, not beyond it");
    tap_ok(t,
           EQ(wp_global_value(global).of.i32, 5) &&
               EQ_STATUS(core_call(&x, instance, "set", &six, 1, NULL, 0), WP_OK) &&
               EQ(wp_global_value(global).of.i32, 6),
           "a global is shared");
    tap_ok(t, EQ(core_call_i32(&x, instance, "grow", 0, NULL), 2) && EQ(wp_memory_pages(memory), 3),
           "a memory grows for both");
    tap_ok(t, EQ(core_call_i32(&x, instance, "size", 0, NULL), 2), "the module sees the size of the table");
    tap_ok(t,
           CHECK(core_export(&x, instance, "memory").object == memory.object) &&
               CHECK(core_export(&x, instance, "table").object == table.object) &&
               CHECK(core_export(&x, instance, "global").object == global.object),
           "re-exports are the objects themselves");
    wp_extern none;
    tap_ok(t, !wp_instance_export(instance, "nothing", 7, &none), "a name that is not exported");
    fixture_close(&x, "host objects");
}

static void test_host_limits(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_extern object;
    wp_limits many = {.min = 1000}, wrong = {.min = 3, .max = 2, .has_max = true};
    fixture_limit(&x, "memory_pages", 10);
    fixture_limit(&x, "table_elements", 10);
    tap_ok(t,
           FAILS(&x, wp_memory_new(x.store, many, &object, fresh(&x)), WP_EXHAUSTION,
                 "memory of 1000 pages is over the limit of 10"),
           "a memory over the limit");
    tap_ok(t,
           FAILS(&x, wp_table_new(x.store, WP_T_EXTERNREF, many, &object, fresh(&x)), WP_EXHAUSTION,
                 "table of 1000 elements is over the limit of 10"),
           "a table over the limit");
    x.diag = (wp_diag){.status = WP_OK};
    tap_ok(t, FAILS(&x, core_instantiate(&x, "(memory 11)", NULL), WP_EXHAUSTION, "memory of 11 pages"),
           "a module's memory over the limit");
    tap_ok(t, FAILS(&x, core_instantiate(&x, "(table 11 funcref)", NULL), WP_EXHAUSTION, "table of 11 elements"),
           "a module's table over the limit");
    tap_ok(t, FAILS(&x, wp_table_new(x.store, WP_T_I32, many, &object, fresh(&x)), WP_CRASH, "the element type"),
           "a table of numbers");
    tap_ok(t, FAILS(&x, wp_memory_new(x.store, wrong, &object, fresh(&x)), WP_CRASH, "the least size"),
           "a memory whose least size is over its greatest");
    tap_ok(t, FAILS(&x, wp_table_new(x.store, WP_T_FUNCREF, wrong, &object, fresh(&x)), WP_CRASH, "the least size"),
           "a table whose least size is over its greatest");
    wp_value wrong_ref = core_ref(WP_T_FUNCREF, wp_ref_host(x.store, 1));
    tap_ok(t,
           FAILS(&x, wp_global_new(x.store, false, wrong_ref, &object, fresh(&x)), WP_CRASH, "the value of a global"),
           "a global of functions with another value");
    fixture_close(&x, "limits");
}

/* ---- Several stores ------------------------------------------------------------------------------------------ */

static void test_stores(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_store *other = NULL;
    fixture_must(&x, wp_store_new(x.engine, &other, &x.diag) == WP_OK, "store");
    wp_instance *instance = core_instance(&x, "(func (export \"f\")) (table (export \"t\") 1 funcref)"
                                              "(memory (export \"m\") 1) (global (export \"g\") i32 (i32.const 1))");
    static const char *const names[] = {"f", "t", "m", "g"};
    static const char *const types[] = {"(func)", "(table 1 funcref)", "(memory 1)", "(global i32)"};
    tap_ok(t, FAILS(&x, wp_store_register(other, "m", 1, instance, fresh(&x)), WP_REFUSED, "the instance belongs to"),
           "an instance of another store is not registered");
    for (size_t i = 0; i < 4; i++) {
        char text[128];
        wp_instance *failed = NULL;
        wp_extern value = core_export(&x, instance, names[i]);
        snprintf(text, sizeof text, "(import \"h\" \"%s\" %s)", names[i], types[i]);
        wp_module *module = fixture_parse(&x, text);
        fixture_must(&x,
                     wp_module_validate(module, &x.diag) == WP_OK &&
                         wp_store_define(other, "h", 1, names[i], 1, value, &x.diag) == WP_OK,
                     text);
        tap_ok(
            t,
            FAILS(&x, wp_instantiate(other, module, &failed, &x.diag), WP_UNLINKABLE, "incompatible import type: h."),
            "an object of another store is refused: %s", types[i]);
        wp_module_delete(module);
    }
    wp_store_delete(other);
    wp_store_delete(NULL);
    fixture_close(&x, "several stores");
}

/* One module, instantiated twice, and deleted before its instances. */
static void test_instances(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_module *module = fixture_parse(&x, "(global $g (mut i32) (i32.const 1))"
                                          "(func (export \"next\") (result i32)"
                                          "  (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))");
    wp_instance *a = NULL, *b = NULL;
    fixture_must(&x,
                 wp_module_validate(module, &x.diag) == WP_OK &&
                     wp_instantiate(x.store, module, &a, &x.diag) == WP_OK &&
                     wp_instantiate(x.store, module, &b, &x.diag) == WP_OK,
                 "instances");
    wp_module_delete(module);
    tap_ok(t,
           EQ(core_call_i32(&x, a, "next", 0, NULL), 2) && EQ(core_call_i32(&x, a, "next", 0, NULL), 3) &&
               EQ(core_call_i32(&x, b, "next", 0, NULL), 2),
           "two instances of one module have their own globals");
    fixture_close(&x, "instances");
}

/* ---- Failed instantiation ------------------------------------------------------------------------------------ */

static void test_failures(tap *t) {
    fixture x;
    fixture_open_store(&x, t);
    wp_instance *host =
        core_instance(&x, "(memory (export \"m\") 1) (table (export \"t\") 3 funcref)"
                          "(func (export \"load\") (result i32) (i32.load8_u (i32.const 0)))"
                          "(func (export \"call\") (result i32) (call_indirect (result i32) (i32.const 0)))");
    core_register(&x, "h", host);
    tap_ok(t,
           FAILS(&x,
                 core_instantiate(&x,
                                  "(import \"h\" \"m\" (memory 1)) (import \"h\" \"t\" (table 3 funcref))"
                                  "(func $f (result i32) (i32.const 42)) (elem (i32.const 0) func $f)"
                                  "(data (i32.const 0) \"A\") (data (i32.const 65536) \"B\")",
                                  NULL),
                 WP_TRAP, "out of bounds memory access"),
           "a data segment that does not fit");
    tap_ok(t, EQ(core_call_i32(&x, host, "load", 0, NULL), 'A'), "segments written before stay");
    tap_ok(t, EQ(core_call_i32(&x, host, "call", 0, NULL), 42), "functions in segments written before can be called");
    tap_ok(t,
           FAILS(&x,
                 core_instantiate(&x,
                                  "(import \"h\" \"t\" (table 3 funcref)) (func $f)"
                                  "(elem (i32.const 2) func $f $f)",
                                  NULL),
                 WP_TRAP, "out of bounds table access"),
           "an element segment that does not fit");
    tap_ok(t, FAILS(&x, core_instantiate(&x, "(start $f) (func $f unreachable)", NULL), WP_TRAP, "unreachable"),
           "a start function that traps");
    wp_store_set_fuel(x.store, 0);
    tap_ok(t,
           FAILS(&x, core_instantiate(&x, "(start $f) (func $f (loop (br 0)))", NULL), WP_EXHAUSTION, "fuel exhausted"),
           "a start function without fuel");
    fixture_close(&x, "failing instantiation");
}

/* Constant expressions and the start function need a frame each. */
static void test_no_frames(tap *t) {
    static const char *const texts[] = {
        "(global i32 (i32.const 1))",           "(table 1 funcref (ref.null func))",
        "(elem funcref (ref.null func))",       "(table 1 funcref) (elem (i32.const 0) func)",
        "(memory 1) (data (i32.const 0) \"\")", "(func) (start 0)",
    };
    fixture x;
    fixture_open_store(&x, t);
    fixture_limit(&x, "call_depth", 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        tap_ok(t, FAILS(&x, core_instantiate(&x, texts[i], NULL), WP_EXHAUSTION, "call stack exhausted"),
               "without a frame: %s", texts[i]);
    tap_ok(t,
           EQ_STATUS(core_instantiate(&x, "(func $f) (table 1 funcref) (elem func $f) (memory 1) (data \"\")", NULL),
                     WP_OK),
           "a module that runs nothing needs no frame");
    fixture_close(&x, "no frames");
}

/* ---- Failing memory ------------------------------------------------------------------------------------------ */

/* An instance with so many objects of each kind that each array is a block of its own. */
static void test_failing_blocks(tap *t) {
    enum { COUNT = 3000 };
    static const char *const fields[] = {"(func)", "(global i32 (i32.const 1))", "(elem func)", "(data \"\")"};
    fixture x;
    fixture_open_store(&x, t);
    size_t size = 0, capacity = 400 * (size_t)COUNT, failures = 0;
    char *text = malloc(capacity);
    fixture_must(&x, text != NULL, "text");
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
        for (int i = 0; i < COUNT; i++)
            size += (size_t)snprintf(text + size, capacity - size, "%s", fields[k]);
    size += (size_t)snprintf(text + size, capacity - size, "(elem funcref");
    for (int i = 0; i < COUNT; i++)
        size += (size_t)snprintf(text + size, capacity - size, "(ref.null func)");
    snprintf(text + size, capacity - size, ")");
    wp_module *module = fixture_parse(&x, text);
    fixture_must(&x, wp_module_validate(module, &x.diag) == WP_OK, "large module");
    bool clean = true;
    wp_status status = WP_CRASH;
    size_t once = 0;
    while (failures < 1000 && (x.f.once ? once < failures : status != WP_OK)) {
        wp_store *store = NULL;
        wp_instance *instance = NULL;
        fixture_must(&x, wp_store_new(x.engine, &store, &x.diag) == WP_OK, "store");
        failing_start(&x.f, x.f.once ? ++once : failures + 1);
        status = wp_instantiate(store, module, &instance, fresh(&x));
        failing_stop(&x.f);
        failures += status == WP_OK || x.f.once ? 0 : 1;
        clean = clean && CHECK((status == WP_OK && !x.f.once) || FAILS(&x, status, WP_EXHAUSTION, "out of memory"));
        wp_store_delete(store);
        /* After the first success, each allocation fails once more, alone. */
        x.f.once = x.f.once || status == WP_OK;
    }
    x.f.once = false;
    tap_ok(t, CHECK(clean) && CHECK(failures > 5) && EQ(once, failures),
           "each block of a large instance may fail, %zu in all", failures);
    wp_module_delete(module);
    free(text);
    fixture_close(&x, "failing blocks");
}

/* Every host definition, and a module that imports them. */
static wp_status define_all(fixture *x, wp_store *store, wp_module *module) {
    static uint32_t number = 1;
    const wp_valtype types[] = {WP_T_I32, WP_T_FUNCREF};
    const wp_limits limits = {.min = 1};
    wp_extern value;
    wp_instance *instance = NULL;
    wp_status status = wp_func_new(store, types, 2, types, 1, host_seven, &number, &value, fresh(x));
    if (status == WP_OK)
        status = wp_store_define(store, "h", 1, "f", 1, value, &x->diag);
    if (status == WP_OK)
        status = wp_table_new(store, WP_T_FUNCREF, limits, &value, &x->diag);
    if (status == WP_OK)
        status = wp_store_define(store, "h", 1, "t", 1, value, &x->diag);
    if (status == WP_OK)
        status = wp_memory_new(store, limits, &value, &x->diag);
    if (status == WP_OK)
        status = wp_store_define(store, "h", 1, "m", 1, value, &x->diag);
    if (status == WP_OK)
        status = wp_global_new(store, false, core_i32(1), &value, &x->diag);
    if (status == WP_OK)
        status = wp_store_define(store, "h", 1, "g", 1, value, &x->diag);
    if (status == WP_OK)
        status = wp_instantiate(store, module, &instance, &x->diag);
    if (status == WP_OK)
        status = wp_store_register(store, "r", 1, instance, &x->diag);
    return status;
}

static void test_failing_memory(tap *t) {
    static const char text[] = "(import \"h\" \"f\" (func $f (param i32 funcref) (result i32)))"
                               "(import \"h\" \"t\" (table 1 funcref)) (import \"h\" \"m\" (memory 1))"
                               "(import \"h\" \"g\" (global i32)) (memory 1) (table 1 funcref)"
                               "(func (call $f (i32.const 1) (ref.null func)) (drop)) (start 1)";
    fixture x;
    fixture_open_store(&x, t);
    size_t failures = 0;
    bool clean = true;
    wp_status status = WP_CRASH;
    while (status != WP_OK && failures < 10000) {
        wp_engine *engine = wp_engine_new(&x.allocator);
        wp_module *module = NULL;
        wp_store *store = NULL;
        fixture_must(&x,
                     engine != NULL && wp_module_parse(engine, text, sizeof text - 1, &module, &x.diag) == WP_OK &&
                         wp_module_validate(module, &x.diag) == WP_OK && wp_store_new(engine, &store, &x.diag) == WP_OK,
                     text);
        failing_start(&x.f, failures + 1);
        status = define_all(&x, store, module);
        failing_stop(&x.f);
        failures += status == WP_OK ? 0 : 1;
        clean = clean && CHECK(status == WP_OK || FAILS(&x, status, WP_EXHAUSTION, "out of memory"));
        wp_module_delete(module);
        wp_store_delete(store);
        wp_engine_delete(engine);
    }
    tap_ok(t, CHECK(clean) && CHECK(failures > 10), "%zu allocations of definitions and instantiation may fail",
           failures);
    failing_start(&x.f, 1);
    wp_store *none = NULL;
    tap_ok(t, FAILS(&x, wp_store_new(x.engine, &none, fresh(&x)), WP_EXHAUSTION, "out of memory"),
           "no store out of memory");
    for (size_t k = 1; k < 4; k++) {
        failing_start(&x.f, k);
        tap_ok(t, wp_engine_new(&x.allocator) == NULL, "no engine out of memory");
    }
    failing_stop(&x.f);
    fixture_close(&x, "failing memory");
}

int main(void) {
    tap t = {0};
    test_matching(&t);
    test_subtypes(&t);
    test_grown(&t);
    test_names(&t);
    test_imports(&t);
    test_many_names(&t);
    test_host_objects(&t);
    test_host_limits(&t);
    test_stores(&t);
    test_instances(&t);
    test_failures(&t);
    test_no_frames(&t);
    test_failing_blocks(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
