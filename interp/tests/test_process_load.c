/* test_process_load.c: loading of modules without dylink.0, registrations, symbols and slots, through the public
 * interface (rules load.*). See test_loader.c for libraries. */
#include "process_fixture.h"
#include "small_chunks.h"

typedef struct refusal {
    const char *module;
    const char *text; /* the beginning of the message */
} refusal;

static const refusal refusals32[] = {
    /* load.no-memory */
    {"(module (memory 1))", "module defines a memory"},
    {"(module (import \"env\" \"memory\" (memory 1)) (memory 0))", "module defines a memory"},
    {"(module (import \"process\" \"nothing\" (func)) (memory 1))", "module defines a memory"},
    /* load.pointer-type, process.memory */
    {"(module (import \"env\" \"memory\" (memory i64 1)))", "incompatible import type"},
    {"(module (import \"env\" \"memory\" (memory 65)))", "extent"},
    {"(module (import \"env\" \"memory\" (memory 1 63)))", "incompatible import type"},
    {"(module (import \"env\" \"__stack_pointer\" (global i32)))", "incompatible import type"},
    {"(module (import \"env\" \"__stack_pointer\" (global (mut i64))))", "incompatible import type"},
    {"(module (import \"env\" \"__memory_base\" (global i64)))", "incompatible import type"},
    {"(module (import \"env\" \"__memory_base\" (global (mut i32))))", "incompatible import type"},
    {"(module (import \"env\" \"__indirect_function_table\" (table 2 funcref)))", "incompatible import type"},
    {"(module (import \"env\" \"__indirect_function_table\" (table 1 externref)))", "incompatible import type"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__indirect_function_table\" (table 2 funcref)))",
     "incompatible import type"},
    {"(module (import \"process\" \"mmap\" (func (param i64 i64) (result i64))))", "incompatible import type"},
    {"(module (import \"process\" \"munmap\" (func (param i32 i32) (result i32))))", "incompatible import type"},
    {"(module (import \"process\" \"mmap\" (global i32)))", "incompatible import type"},
    /* load.names */
    {"(module (import \"process\" \"mprotect\" (func)))", "unknown import: process.mprotect"},
    {"(module (import \"env\" \"f\" (func)))", "unresolved symbol: env.f"},
    {"(module (import \"env\" \"x\" (global i32)))", "unknown import: env.x"},
    {"(module (import \"GOT.mem\" \"x\" (global (mut i32))))", "unresolved symbol: GOT.mem.x"},
    {"(module (import \"GOT.func\" \"x\" (global (mut i32))))", "unresolved symbol: GOT.func.x"},
    {"(module (import \"other\" \"f\" (func)))", "unknown import: other.f"},
    {"(module (import \"\" \"\" (func)))", "unknown import: ."},
    {"(module (import \"lib\" \"missing\" (func)))", "unknown import: lib.missing"},
    {"(module (import \"lib\" \"three\" (func)))", "incompatible import type"},
    /* load.data, of data segments */
    {"(module (import \"env\" \"memory\" (memory 1)) (data (i32.const 0) \"a\"))", "static data address"},
    {"(module (import \"env\" \"memory\" (memory 1)) (data (i32.const 0x10000) \"\"))", "static data address"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"lib\" \"three\" (global i32)) (data (global.get 0) \"\"))",
     "static data address"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__table_base\" (global i32)) (data (global.get 0) \"\"))",
     "static data address"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
     " (data (i32.add (global.get 0) (global.get 0)) \"\"))",
     "static data address"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
     " (data (i32.sub (global.get 0) (global.get 0)) \"\"))",
     "static data address"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
     " (data (i32.mul (global.get 0) (global.get 0)) \"\"))",
     "static data address"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
     " (data (i32.mul (global.get 0) (i32.const 2)) \"\"))",
     "static data address"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32)) (data (global.get 0) \"a\"))",
     "data segment outside reservation"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
     " (data (i32.add (global.get 0) (i32.const 1)) \"\"))",
     "data segment outside reservation"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
     " (data (i32.sub (global.get 0) (i32.const 1)) \"a\"))",
     "data segment outside reservation"},
    {"(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
     " (data (global.get 0) \"\") (data (global.get 0) \"b\"))",
     "data segment outside reservation"},
    /* load.data, of element segments */
    {"(module (import \"env\" \"__indirect_function_table\" (table 1 funcref)) (func $f) (elem (i32.const 0) $f))",
     "static table address"},
    {"(module (import \"env\" \"__indirect_function_table\" (table 1 funcref)) (import \"env\" \"__memory_base\" (global i32))"
     " (elem (global.get 0)))",
     "static table address"},
    {"(module (import \"env\" \"__indirect_function_table\" (table 1 funcref)) (import \"env\" \"__table_base\" (global i32))"
     " (func $f) (elem (global.get 0) $f))",
     "element segment outside reservation"},
    {"(module (import \"env\" \"__indirect_function_table\" (table 1 funcref)) (import \"env\" \"__table_base\" (global i32))"
     " (func $f) (elem (global.get 0)) (elem (global.get 0) $f))",
     "element segment outside reservation"},
    {"(module (import \"lib\" \"table\" (table 1 funcref)) (func $f) (elem (i32.const 0) $f))", "static table address"},
    /* Segments for other tables are only checked for bounds. */
    {"(module (table 2 funcref) (func $f) (elem (i32.const 2) $f))", "out of bounds table access"},
    {"(module (import \"lib\" \"own\" (table 3 funcref)) (func $f) (elem (i32.const 1) $f) (elem (i32.const 3) $f))",
     "out of bounds table access"},
};

/* Registered as "lib". */
static const char *const library =
    "(module (import \"env\" \"__indirect_function_table\" (table $t 1 funcref))"
    " (table $own (export \"own\") 3 funcref) (export \"table\" (table $t))"
    " (global (export \"three\") i32 (i32.const 3))"
    " (func (export \"null\") (param i32) (result i32) (ref.is_null (table.get $own (local.get 0)))))";

static void test_refusals(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *lib = loaded(&x, p, library);
    REQUIRE(EQ_STATUS(wp_store_register(s, "lib", 3, lib, NULL), WP_OK));
    for (size_t i = 0; i < sizeof refusals32 / sizeof *refusals32; i++) {
        wp_module *module = fixture_module(&x, refusals32[i].module);
        wp_instance *instance = NULL;
        size_t live = x.f.live;
        wp_status status = wp_process_load(p, module, &instance, &x.diag);
        tap_ok(t, FAILS(&x, status, WP_UNLOADABLE, refusals32[i].text) && CHECK(instance == NULL) && EQ(x.f.live, live),
               "%s: %s, and no trace", refusals32[i].text, refusals32[i].module);
        wp_module_delete(module);
    }
    tap_ok(t, EQ(called(&x, s, lib, "null", 1, 0), 1), "no segment is written before all are checked");
    wp_process_delete(p);
    fixture_close(&x, "refusals");
}

static const char *const loads32[] = {
    "(module)",
    "(module (func (export \"f\")) (table 3 funcref) (elem (i32.const 2) 0) (global i32 (i32.const 1)))",
    "(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32)) (data (global.get 0) \"\"))",
    "(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
    " (data (i32.sub (i32.add (global.get 0) (i32.const 5)) (i32.const 5)) \"\") (data \"passive\"))",
    "(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global $b i32))"
    " (global $c i32 (i32.add (global.get $b) (i32.const 4))) (global $d i64 (i64.const 9)) (global $r funcref (ref.null func))"
    " (data (i32.sub (global.get $c) (i32.mul (i32.const 2) (i32.const 2))) \"\"))",
    "(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global $b i32))"
    " (data (i32.mul (global.get $b) (i32.const 1)) \"\") (data (i32.mul (i32.const 1) (global.get $b)) \"\"))",
    "(module (import \"env\" \"__indirect_function_table\" (table 1 funcref)) (import \"env\" \"__table_base\" (global i32))"
    " (elem (global.get 0)))",
    "(module (import \"env\" \"memory\" (memory 0 64)) (import \"env\" \"memory\" (memory 64 65536)))",
    "(module (import \"host\" \"seven\" (global i32)) (import \"host\" \"f\" (func)))",
};

static wp_status do_nothing(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)ctx, (void)store, (void)args, (void)results, (void)diag;
    return WP_OK;
}

static void test_loads(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    wp_store *s = wp_process_store(p);
    wp_extern func, global, memory;
    wp_value seven = {.type = WP_T_I32, .of = {.i32 = 7}};
    REQUIRE(EQ_STATUS(wp_func_new(s, NULL, 0, NULL, 0, do_nothing, NULL, &func, NULL), WP_OK) &&
            EQ_STATUS(wp_global_new(s, false, seven, &global, NULL), WP_OK) &&
            EQ_STATUS(wp_store_define(s, "host", 4, "f", 1, func, NULL), WP_OK) &&
            EQ_STATUS(wp_store_define(s, "host", 4, "seven", 5, global, NULL), WP_OK) &&
            EQ_STATUS(wp_memory_new(s, (wp_limits){.min = 1}, &memory, NULL), WP_OK) &&
            EQ_STATUS(wp_store_define(s, "host", 4, "memory", 6, memory, NULL), WP_OK));
    for (size_t i = 0; i < sizeof loads32 / sizeof *loads32; i++) {
        wp_status status = load(&x, p, loads32[i], NULL);
        tap_ok(t, EQ_STATUS(status, WP_OK), "%s is loaded (%s)", loads32[i], x.diag.message);
    }
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (import \"host\" \"memory\" (memory 2)))", NULL), WP_UNLOADABLE,
                 "incompatible import type"),
           "the extent does not bound a memory of the host");
    wp_process_delete(p);
    fixture_close(&x, "loads");
}

static void test_names(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    wp_store *s = wp_process_store(p), *plain;
    wp_instance *m = loaded(&x, p, "(module (func (export \"f\")) (func (export \"mmap\")))");
    wp_extern func;
    REQUIRE(CHECK(wp_instance_export(m, "f", 1, &func)) && EQ_STATUS(wp_store_new(x.engine, &plain, NULL), WP_OK));
    const char *const names[] = {"env", "process", "GOT.mem", "GOT.func"};
    for (size_t i = 0; i < 4; i++) {
        size_t size = strlen(names[i]);
        tap_ok(t,
               EQ_STATUS(wp_store_register(s, names[i], size, m, fresh(&x)), WP_REFUSED) &&
                   EQ_STATUS(wp_store_define(s, names[i], size, "f", 1, func, NULL), WP_REFUSED),
               "%s belongs to the platform (%s)", names[i], x.diag.message);
    }
    tap_ok(t,
           EQ_STATUS(load(&x, p, "(module (import \"process\" \"mmap\" (func (param i32 i64) (result i32))))", NULL),
                     WP_OK),
           "a refused registration leaves the platform's names");
    tap_ok(t,
           EQ_STATUS(wp_store_register(s, "ENV", 3, m, NULL), WP_OK) &&
               EQ_STATUS(wp_store_register(s, "GOT", 3, m, NULL), WP_OK) &&
               EQ_STATUS(wp_store_register(s, "envy", 4, m, NULL), WP_OK) &&
               EQ_STATUS(wp_store_register(s, "", 0, m, NULL), WP_OK),
           "other names can be registered");
    tap_ok(t,
           EQ_STATUS(load(&x, p, "(module (import \"\" \"f\" (func)) (import \"envy\" \"mmap\" (func)))", NULL), WP_OK),
           "registered names are imported");
    tap_ok(t, EQ_STATUS(wp_store_define(plain, "env", 3, "f", 1, func, NULL), WP_OK),
           "outside processes the four are ordinary names");
    wp_store_delete(plain);

    wp_module *module = fixture_module(&x, "(module (memory 1))"), *raw = NULL;
    wp_instance *instance = NULL;
    tap_ok(t, EQ_STATUS(wp_instantiate(s, module, &instance, NULL), WP_REFUSED),
           "wp_instantiate is refused in a process's store");
    wp_module_delete(module);
    const char *text = "(module)";
    REQUIRE(EQ_STATUS(wp_module_parse(x.engine, text, strlen(text), &raw, NULL), WP_OK));
    tap_ok(t, EQ_STATUS(wp_process_load(p, raw, &instance, NULL), WP_CRASH),
           "a module must be validated before it is loaded");
    wp_module_delete(raw);
    wp_process_delete(p);
    fixture_close(&x, "names");
}

/* Rules load.base, load.table, process.no-module-isolation. */
static void test_shared(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *a = loaded(
        &x, p,
        "(module (import \"env\" \"__indirect_function_table\" (table $t 1 funcref)) (func $f (result i32) (i32.const 42))"
        " (elem declare func $f) (export \"f\" (func $f))"
        " (func (export \"add\") (result i32) (table.grow $t (ref.func $f) (i32.const 1))))");
    wp_instance *b = loaded(
        &x, p,
        "(module (import \"env\" \"__indirect_function_table\" (table 1 funcref)) (import \"env\" \"__memory_base\" (global $m i32))"
        " (import \"env\" \"__table_base\" (global $t i32))"
        " (func (export \"call\") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))"
        " (func (export \"bases\") (result i32) (i32.or (global.get $m) (global.get $t))))");
    tap_ok(t, EQ(called(&x, s, a, "add", 0, 0), 1) && EQ(called(&x, s, b, "call", 1, 0), 42),
           "modules share the table");
    tap_ok(t, FAILS(&x, call(&x, s, b, "call", 0, 0, NULL), WP_TRAP, "uninitialized element"), "slot 0 is null");
    tap_ok(t, EQ(called(&x, s, b, "bases", 0, 0), 0), "a module without reservations has bases of 0");
    wp_process_delete(p);
    fixture_close(&x, "shared");
}

/* A load with any of its allocations failing leaves no trace and can be repeated. */
static void test_no_memory(tap *t) {
    const char *text =
        "(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
        " (import \"process\" \"mmap\" (func (param i32 i64) (result i32)))"
        " (table (export \"t\") 100 funcref) (table 200 funcref) (global i32 (i32.const 4)) (func $f (export \"f\"))"
        " (data (global.get 0) \"\") (elem (table 0) (i32.const 2) func $f))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 64, 0);
    /* The first load makes the stacks. */
    REQUIRE(EQ_STATUS(load(&x, p, "(module (global i32 (i32.const 1)))", NULL), WP_OK));
    wp_module *module = fixture_module(&x, text);
    size_t live = x.f.live, k = 1;
    int bad = 0;
    for (size_t count = SIZE_MAX; k <= count; k++) {
        wp_instance *instance = NULL;
        failing_start(&x.f, k);
        wp_status status = wp_process_load(p, module, &instance, fresh(&x));
        failing_stop(&x.f);
        if (status == WP_OK && !x.f.once && wp_process_unload(p, instance, NULL) == WP_OK) {
            /* Once more, with one failing alone: as many of them. */
            x.f.once = true;
            live = x.f.live;
            count = k - 1;
            k = 0;
            continue;
        }
        bad += !FAILS(&x, status, WP_EXHAUSTION, "out of memory") || x.f.live != live || instance != NULL;
    }
    x.f.once = false;
    tap_ok(t, EQ(bad, 0) && CHECK(k > 6), "a load fails whole when any of its %zu allocations does, or all after it",
           k - 1);
    wp_module_delete(module);
    tap_ok(t,
           CHECK(wp_limit_set(x.engine, "table_elements", 50)) &&
               FAILS(&x, load(&x, p, "(module (table 20 funcref) (table 60 funcref))", NULL), WP_EXHAUSTION,
                     "table of 60"),
           "a load that exceeds a limit fails whole");
    wp_process_delete(p);
    fixture_close(&x, "load without memory");
}

/* The first load of a process fails when any of its allocations does. */
static void test_first_load_no_memory(tap *t) {
    static const char *const texts[] = {
        "(module (table 1 funcref) (func $f) (elem (i32.const 0) func $f))",
        ("(module (@dylink.0 (mem-info (memory 4 0) (table 2 0))) (import \"env\" \"memory\" (memory 1))"
         " (import \"env\" \"__memory_base\" (global $b i32)) (data (global.get $b) \"abcd\"))"),
        "(module (@dylink.0) (import \"GOT.func\" \"f\" (global (mut i32))) (func (export \"f\")))",
        ("(module (@dylink.0 (mem-info (memory 40 0) (table 2 0)) (import-info \"env\" \"weak\" binding-weak))"
         " (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__indirect_function_table\" (table $t 1 funcref))"
         " (import \"env\" \"__memory_base\" (global $b i32)) (import \"env\" \"__table_base\" (global $tb i32))"
         " (import \"env\" \"weak\" (func)) (import \"env\" \"own\" (func (result i32)))"
         " (import \"GOT.func\" \"own\" (global (mut i32))) (import \"GOT.mem\" \"x\" (global (mut i32)))"
         " (import \"process\" \"mmap\" (func (param i32 i64) (result i32))) (table $own 3 funcref)"
         " (func $f (export \"own\") (result i32) (i32.const 1)) (global (export \"x\") i32 (i32.const 4))"
         " (elem (table $t) (global.get $tb) func $f) (elem (table $own) (i32.const 1) func $f) (data (global.get $b) \"abcd\"))"),
    };
    fixture x;
    fixture_open_guarded(&x, t);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        wp_module *module = fixture_module(&x, texts[i]);
        size_t k = 1, bad = 0;
        for (bool more = true; more; k++) {
            wp_process *p = created(&x, WP_T_I32, 16, 0);
            wp_instance *instance = NULL;
            x.f.once = true;
            failing_start(&x.f, k);
            wp_status status = wp_process_load(p, module, &instance, fresh(&x));
            failing_stop(&x.f);
            x.f.once = false;
            more = x.f.calls >= k;
            bad += more ? !FAILS(&x, status, WP_EXHAUSTION, "out of memory") : status != WP_OK;
            wp_process_delete(p);
        }
        tap_ok(t, EQ(bad, 0) && CHECK(k > 6), "the first load fails when one of %zu allocations does", k - 2);
        wp_module_delete(module);
    }
    fixture_close(&x, "first load without memory");
}

/* A library that exports a function again, and a constant. */
static const char *const reexporter =
    "(module (@dylink.0) (import \"env\" \"f\" (func $f (result i32))) (export \"g\" (func $f))"
    " (global (export \"c\") i32 (i32.const 5)))";

/* A process with a library, and a re-exporting one that is registered as "reg". */
static wp_process *registered(fixture *x, wp_instance **definer, wp_instance **between) {
    wp_process *p = created(x, WP_T_I32, 16, 0);
    *definer = loaded(x, p, "(module (@dylink.0) (func (export \"f\") (result i32) (i32.const 42)))");
    *between = loaded(x, p, reexporter);
    REQUIRE(EQ_STATUS(wp_store_register(wp_process_store(p), "reg", 3, *between, NULL), WP_OK));
    return p;
}

/* Rule load.unload: an importer of a registered instance keeps it loaded. */
static void test_registration_needed(tap *t) {
    static const char *const users[] = {
        "(module (import \"reg\" \"g\" (func $g (result i32))) (func (export \"run\") (result i32) (call $g)))",
        "(module (import \"reg\" \"c\" (global $c i32)) (func (export \"run\") (result i32) (i32.add (global.get $c) (i32.const 37))))",
    };
    fixture x;
    fixture_open_guarded(&x, t);
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        wp_instance *definer, *between;
        wp_process *p = registered(&x, &definer, &between);
        wp_module *module = fixture_module(&x, users[i]);
        wp_instance *user = NULL;
        size_t k = 1, bad = 0;
        x.f.once = true;
        for (;; k++) {
            failing_start(&x.f, k);
            wp_status status = wp_process_load(p, module, &user, fresh(&x));
            failing_stop(&x.f);
            if (x.f.calls < k)
                break;
            bad += FAILS(&x, status, WP_EXHAUSTION, "out of memory") && user == NULL ? 0 : 1;
        }
        x.f.once = false;
        tap_ok(t, EQ(bad, 0) && CHECK(k > 5) && CHECK(user != NULL), "the load fails when one of %zu allocations does",
               k - 1);
        tap_ok(t, EQ(called(&x, wp_process_store(p), user, "run", 0, 0), 42),
               "exports of a registered instance are imported");
        tap_ok(t,
               EQ_STATUS(wp_process_unload(p, between, NULL), WP_OK) &&
                   EQ_STATUS(wp_process_unload(p, definer, NULL), WP_OK) &&
                   FAILS(&x, wp_process_unload(p, between, fresh(&x)), WP_REFUSED, "library not open") &&
                   FAILS(&x, wp_process_unload(p, definer, fresh(&x)), WP_REFUSED, "library not open") &&
                   EQ(called(&x, wp_process_store(p), user, "run", 0, 0), 42),
               "a registered instance with an importer stays loaded, with its own dependency");
        tap_ok(t,
               EQ_STATUS(wp_process_unload(p, user, NULL), WP_OK) &&
                   FAILS(&x, wp_process_unload(p, between, fresh(&x)), WP_REFUSED, "the instance is not loaded") &&
                   FAILS(&x, wp_process_unload(p, definer, fresh(&x)), WP_REFUSED, "the instance is not loaded"),
               "with the importer all are unloaded");
        wp_module_delete(module);
        wp_process_delete(p);
    }
    fixture_close(&x, "registration needed");
}

/* Rule load.symbols: a symbol has its first definition, which may be an import that is not a symbol. */
static void test_exported_again(tap *t) {
    fixture x;
    fixture_open_guarded(&x, t);
    wp_instance *definer, *between;
    wp_process *p = registered(&x, &definer, &between);
    wp_store *s = wp_process_store(p);
    loaded(&x, p, "(module (@dylink.0) (import \"reg\" \"g\" (func $g (result i32))) (export \"again\" (func $g)))");
    wp_instance *user = loaded(&x, p,
                               "(module (@dylink.0) (import \"env\" \"again\" (func $g (result i32)))"
                               " (func (export \"run\") (result i32) (call $g)))");
    tap_ok(t, EQ(called(&x, s, user, "run", 0, 0), 42), "a registered function that a library exports is a symbol");
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0) (import \"env\" \"c\" (func)))", NULL), WP_UNLOADABLE,
                 "incompatible import type: env.c"),
           "a constant is not a function symbol");
    /* One load defines and uses the symbol: it is resolved before its own definition is. */
    static const char *const mixed[] = {
        "(module (@dylink.0) (import \"env\" \"both\" (func)) (import \"reg\" \"c\" (func $c)) (export \"both\" (func $c)))",
        "(module (@dylink.0) (import \"env\" \"both\" (func)) (import \"reg\" \"none\" (func $c)) (export \"both\" (func $c)))",
        "(module (@dylink.0) (import \"env\" \"both\" (func)) (import \"process\" \"none\" (func $c)) (export \"both\" (func $c)))",
    };
    static const char *const errors[] = {"incompatible import type: env.both", "unresolved symbol: env.both",
                                         "unresolved symbol: env.both"};
    for (size_t i = 0; i < 3; i++)
        tap_ok(t, FAILS(&x, load(&x, p, mixed[i], NULL), WP_UNLOADABLE, errors[i]), "%s", errors[i]);
    wp_process_delete(p);
    fixture_close(&x, "exported again");
}

/* Rule load.symbols: a library's own functions, with numbers that are also those of imports; undefined weak functions,
 * which trap under their name. */
static void test_own_functions(tap *t) {
    static const char *const own =
        "(module (@dylink.0) (import \"env\" \"memory\" (memory 1)) (import \"env\" \"__memory_base\" (global i32))"
        " (import \"env\" \"f\" (func $f (result i32)))"
        " (func (result i32) (i32.const 41)) (func (export \"f\") (result i32) (i32.const 42))"
        " (func (export \"run\") (result i32) (call $f)))";
    static const char *const weak =
        "(module (@dylink.0 (import-info \"env\" \"w\" binding-weak)) (import \"env\" \"w\" (func $w (result i32)))"
        " (export \"again\" (func $w)))";
    static const char *const user =
        "(module (@dylink.0 (import-info \"env\" \"again\" binding-weak)) (import \"env\" \"again\" (func $g (result i32)))"
        " (import \"GOT.func\" \"again\" (global $a (mut i32)))"
        " (func (export \"run\") (result i32) (call $g)) (func (export \"address\") (result i32) (global.get $a)))";
    fixture x;
    fixture_open_guarded(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *s = wp_process_store(p);
    tap_ok(t, EQ(called(&x, s, loaded(&x, p, own), "run", 0, 0), 42), "a library calls its own function by its symbol");
    wp_instance *n = loaded(&x, p, weak);
    uint64_t address = 7;
    tap_ok(t, EQ_STATUS(wp_process_symbol(p, n, "again", 5, &address, NULL), WP_OK) && EQ(address, 0),
           "an undefined weak function has address 0");
    wp_instance *m = loaded(&x, p, user);
    wp_status status = call(&x, s, m, "run", 0, 0, NULL);
    tap_ok(t, FAILS(&x, status, WP_TRAP, "unresolved symbol: env.w"),
           "an undefined weak function traps under its name, also when exported again");
    tap_ok(t, EQ(called(&x, s, m, "address", 0, 0), 0), "its GOT entry is 0");
    m = loaded(&x, p,
               "(module (@dylink.0 (mem-info (memory 4 0))) (import \"GOT.mem\" \"x\" (global $x (mut i32)))"
               " (global (export \"x\") i32 (i32.const 0)) (export \"got\" (global $x)))");
    REQUIRE(EQ_STATUS(wp_store_register(s, "got", 3, m, NULL), WP_OK));
    tap_ok(t, EQ_STATUS(load(&x, p, "(module (import \"got\" \"got\" (global (mut i32))))", NULL), WP_OK),
           "an entry of the GOT can be exported as a mutable global");
    wp_process_delete(p);
    fixture_close(&x, "own functions");
}

/* Rule load.table: a slot that a module adds stays its own, also after failed loads and out of memory. */
static const char *const grower =
    "(module (import \"env\" \"__indirect_function_table\" (table $t 1 funcref)) (func $f (result i32) (i32.const 42))"
    " (elem declare func $f)"
    " (func (export \"grow\") (result i32) (table.grow $t (ref.func $f) (i32.const 1)))"
    " (func (export \"size\") (result i32) (table.size $t))"
    " (func (export \"call\") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0))))";
static const char *const two_slots =
    "(module (@dylink.0 (mem-info (table 2 0))) (import \"env\" \"__table_base\" (global $b i32))"
    " (func (export \"base\") (result i32) (global.get $b)))";

static void test_grown_slots(tap *t) {
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, grower), *n = NULL;
    uint64_t grown = called(&x, s, m, "grow", 0, 0);
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0 (mem-info (memory 1048576 0) (table 2 0))))", NULL), WP_UNLOADABLE,
                 "reservation failed"),
           "a load fails before it reserves slots");
    n = loaded(&x, p, two_slots);
    tap_ok(t, CHECK(called(&x, s, n, "base", 0, 0) > grown) && EQ(called(&x, s, m, "call", grown, 0), 42),
           "a slot that a module added stays");
    wp_instance *aligned =
        loaded(&x, p,
               "(module (@dylink.0 (mem-info (table 1 4))) (import \"env\" \"__table_base\" (global $b i32))"
               " (func (export \"base\") (result i32) (global.get $b)))");
    size_t null = 0;
    for (uint64_t slot = 4; slot < 17; slot++)
        null += FAILS(&x, call(&x, s, m, "call", slot, 0, NULL), WP_TRAP, "uninitialized element") ? 1 : 0;
    tap_ok(t, EQ(called(&x, s, aligned, "base", 0, 0), 16) && EQ(null, 13), "slots skipped for an alignment are null");
    REQUIRE(EQ_STATUS(wp_process_unload(p, aligned, NULL), WP_OK));
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0 (mem-info (table 4294967295 0))))", NULL), WP_UNLOADABLE,
                 "reservation failed") &&
               EQ(called(&x, s, m, "size", 0, 0), 17),
           "a load that fails for lack of slots does not change the table");
    wp_process_delete(p);
    fixture_close(&x, "grown slots");
}

/* So many owners of slots that the next one needs an allocation: the load fails if that fails. An index that cannot
 * grow fails nothing. */
static bool kept(fixture *x, wp_store *s, wp_instance *m, wp_instance *n, uint64_t grown) {
    return CHECK(n != NULL) && EQ(called(x, s, n, "base", 0, 0), grown + 1) &&
           EQ(called(x, s, m, "call", grown, 0), 42);
}

static void test_many_slots_no_memory(tap *t) {
    enum { LIBRARIES = 60 };
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *s = wp_process_store(p);
    wp_instance *m = loaded(&x, p, grower);
    wp_module *module = fixture_module(&x, two_slots);
    size_t bad = 0, most = 0, without = 0;
    for (int i = 0; i < LIBRARIES; i++) {
        wp_instance *n = NULL;
        uint64_t grown = called(&x, s, m, "grow", 0, 0);
        size_t k = 1;
        x.f.once = true;
        for (;; k++) {
            failing_start(&x.f, k);
            wp_status status = wp_process_load(p, module, &n, fresh(&x));
            failing_stop(&x.f);
            if (x.f.calls < k)
                break;
            if (status != WP_OK) {
                bad += FAILS(&x, status, WP_EXHAUSTION, "out of memory") && n == NULL ? 0 : 1;
                continue;
            }
            without++;
            bad += kept(&x, s, m, n, grown) && EQ_STATUS(wp_process_unload(p, n, NULL), WP_OK) ? 0 : 1;
            n = NULL;
        }
        x.f.once = false;
        bad += n != NULL && called(&x, s, n, "base", 0, 0) == grown + 1 && called(&x, s, m, "call", grown, 0) == 42 ? 0
                                                                                                                    : 1;
        most = k > most ? k : most;
    }
    tap_ok(t, EQ(bad, 0) && CHECK(without <= 3),
           "%d libraries with slots among those of a module, each with any of up to %zu allocations failing", LIBRARIES,
           most - 1);
    wp_module_delete(module);
    wp_process_delete(p);
    fixture_close(&x, "many slots without memory");
}

int main(void) {
    tap t = {0};
    test_refusals(&t);
    test_loads(&t);
    test_names(&t);
    test_shared(&t);
    test_no_memory(&t);
    test_first_load_no_memory(&t);
    test_registration_needed(&t);
    test_exported_again(&t);
    test_own_functions(&t);
    test_grown_slots(&t);
    test_many_slots_no_memory(&t);
    return tap_done(&t);
}
