/* test_loader_symbols.c: symbols, slots and addresses of functions, through the public interface: cases that scripts
 * cannot show (rules load.symbols, load.got, load.table, dl.*). */
#include "shelf.h"
#include "small_chunks.h"

/* ---- From inside --------------------------------------------------------------------------------------------- */

static const shelf_entry asked[] = {
    {"test:f", "(module (@dylink.0) (func (export \"f\") (result i32) (i32.const 6)))"},
    {"test:mmap",
     "(module (@dylink.0) (import \"process\" \"mmap\" (func $m (param i32 i64) (result i32))) (export \"m\" (func $m)))"},
    {"test:ask",
     "(module (@dylink.0 (mem-info (memory 16 0)) (needed \"mmap\")) (import \"env\" \"memory\" (memory 1))"
     " (import \"process\" \"load\" (func $load (param i32 i32) (result i32)))"
     " (import \"process\" \"symbol\" (func $symbol (param i32 i32 i32) (result i32)))"
     " (import \"process\" \"unload\" (func $unload (param i32) (result i32)))"
     " (import \"env\" \"__memory_base\" (global $b i32)) (import \"GOT.func\" \"m\" (global $m (mut i32)))"
     " (import \"env\" \"__indirect_function_table\" (table 1 funcref)) (data (global.get $b) \"f\")"
     " (func (export \"load\") (result i32) (call $load (global.get $b) (i32.const 1)))"
     " (func (export \"load-at\") (param i32) (result i32) (call $load (local.get 0) (i32.const 3)))"
     " (func (export \"symbol\") (param i32) (result i32) (call $symbol (local.get 0) (global.get $b) (i32.const 1)))"
     " (func (export \"symbol-at\") (param i32 i32) (result i32) (call $symbol (local.get 0) (local.get 1) (i32.const 1)))"
     " (func (export \"unload\") (param i32) (result i32) (call $unload (local.get 0)))"
     " (func (export \"mmap\") (result i32)"
     "   (call_indirect (param i32 i64) (result i32) (i32.const 0) (i64.const 1) (global.get $m))))"},
};

/* Calls a function with each of its allocations failing alone: then it must give 0. Returns the result without a
 * failure. */
static uint64_t asked_without_memory(fixture *x, wp_store *store, wp_instance *m, const char *name, uint64_t a,
                                     size_t *places) {
    for (size_t k = 1;; k++) {
        failing_start(&x->f, k);
        x->f.once = true;
        uint64_t result = called(x, store, m, name, a, 0);
        failing_stop(&x->f);
        x->f.once = false;
        *places = k - 1;
        if (x->f.calls < k)
            return result;
        if (result != 0) {
            tap_note("%s, failure %zu: %llu", name, k, (unsigned long long)result);
            return 0;
        }
    }
}

/* process.load and process.symbol with names outside the memory, and out of memory: they give 0, and leave no trace. */
static void test_asking(tap *t) {
    fixture x;
    fixture_open(&x, t);
    shelf s = {.x = &x, .entries = asked, .count = sizeof asked / sizeof *asked};
    wp_process *p = shelved(&x, &s, WP_T_I32, 16);
    wp_store *store = wp_process_store(p);
    wp_instance *m = NULL;
    bind_all(&x, &s, p);
    REQUIRE(EQ_STATUS(load_name(&x, p, "ask", &m), WP_OK));
    uint64_t f = called(&x, store, m, "load", 0, 0), outside = 16 * (uint64_t)WP_PAGE_SIZE;
    size_t live = x.f.live, loads, symbols;
    tap_ok(t,
           CHECK(f != 0) && EQ(called(&x, store, m, "load-at", 0, 0), 0) &&
               EQ(called(&x, store, m, "load-at", outside - 1, 0), 0) &&
               EQ(called(&x, store, m, "load-at", outside, 0), 0) && EQ(called(&x, store, m, "symbol-at", f, 0), 0) &&
               EQ(called(&x, store, m, "symbol-at", f, outside), 0) && EQ(x.f.live, live),
           "a name outside the memory gives 0, and allocates nothing");
    tap_ok(t, EQ(called(&x, store, m, "unload", f, 0), 1), "process.unload");
    f = asked_without_memory(&x, store, m, "load", 0, &loads);
    tap_ok(t, CHECK(f != 0) && CHECK(loads > 10), "process.load gives 0 when any of its %zu allocations fails", loads);
    uint64_t slot = asked_without_memory(&x, store, m, "symbol", f, &symbols);
    tap_ok(t, CHECK(slot != 0) && CHECK(symbols > 1), "process.symbol gives 0 when any of its %zu allocations fails",
           symbols);
    tap_ok(t, EQ(called(&x, store, m, "symbol", f, 0), slot), "an address does not change");
    tap_ok(t, called(&x, store, m, "mmap", 0, 0) != 0, "a function of the platform has an address");
    wp_process_delete(p);
    fixture_close(&x, "asking");
}

/* A load that fails releases the slots that it gave to functions of older libraries. */
static void test_slots_undone(tap *t) {
    static const char *const definer =
        "(module (@dylink.0) (import \"process\" \"mmap\" (func $m (param i32 i64) (result i32)))"
        " (export \"m\" (func $m)) (func (export \"f\") (result i32) (i32.const 1))"
        " (func (export \"g\") (result i32) (i32.const 2)) (func (export \"h\") (result i32) (i32.const 3)))";
    static const char *const user =
        "(module (@dylink.0) (import \"env\" \"__indirect_function_table\" (table 1 funcref))"
        " (import \"GOT.func\" \"f\" (global $f (mut i32))) (import \"GOT.func\" \"m\" (global $m (mut i32)))"
        " (import \"GOT.func\" \"g\" (global $g (mut i32))) (import \"GOT.func\" \"h\" (global $h (mut i32)))"
        " (func (export \"size\") (result i32) (table.size))"
        " (func (export \"address\") (param $i i32) (result i32) (select (global.get $f)"
        "   (select (global.get $g) (select (global.get $h) (global.get $m) (i32.eq (local.get $i) (i32.const 2)))"
        "     (i32.eq (local.get $i) (i32.const 1))) (i32.eqz (local.get $i))))"
        " (func (export \"run\") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *store = wp_process_store(p);
    wp_instance *a = loaded(&x, p, definer), *m = NULL;
    wp_module *module = fixture_module(&x, user);
    size_t k = 1;
    for (x.f.once = true;; k++) {
        failing_start(&x.f, k);
        wp_status status = wp_process_load(p, module, &m, &x.diag);
        failing_stop(&x.f);
        if (status == WP_OK)
            break;
    }
    x.f.once = false;
    size_t right = 0;
    for (uint64_t i = 0; i < 3; i++)
        right += called(&x, store, m, "run", called(&x, store, m, "address", i, 0), 0) == i + 1 ? 1 : 0;
    wp_status of_platform = call(&x, store, m, "run", called(&x, store, m, "address", 3, 0), 0, NULL);
    right += FAILS(&x, of_platform, WP_TRAP, "indirect call type mismatch") ? 1 : 0;
    tap_ok(t, CHECK(k > 10) && EQ(right, 4) && EQ(called(&x, store, m, "size", 0, 0), 5),
           "after %zu failed loads addresses are right, and no slot is lost", k - 1);
    wp_extern func;
    REQUIRE(CHECK(wp_instance_export(a, "f", 1, &func)) &&
            EQ_STATUS(wp_store_define(store, "given", 5, "f", 1, func, NULL), WP_OK));
    wp_instance *n = loaded(&x, p, "(module (import \"given\" \"f\" (func (result i32))))");
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK) && EQ_STATUS(wp_process_unload(p, a, NULL), WP_OK) &&
               FAILS(&x, wp_process_unload(p, a, fresh(&x)), WP_REFUSED, "library not open"),
           "an importer of a function that the embedder defined keeps its library loaded");
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, n, NULL), WP_OK) &&
               FAILS(&x, wp_process_unload(p, a, fresh(&x)), WP_REFUSED, "the instance is not loaded"),
           "with the importer the library goes");
    wp_module_delete(module);
    wp_process_delete(p);
    fixture_close(&x, "slots");
}

/* So many symbols that their index grows, also out of memory. */
static void test_many_symbols(tap *t) {
    enum { SYMBOLS = 100 };
    fixture x;
    fixture_open(&x, t);
    char *text = malloc(SYMBOLS * 128 + 64), *end = text, name[16];
    end += sprintf(end, "(module (@dylink.0 (mem-info (memory %d 0)) (import-info", 8 * SYMBOLS);
    for (int i = 0; i < SYMBOLS; i++)
        end += sprintf(end, " \"env\" \"s%d\" undefined)%s", i, i + 1 < SYMBOLS ? " (import-info" : "");
    for (int i = 0; i < SYMBOLS; i++)
        end += sprintf(end, " (export-info \"s%d\" exported)", i);
    end += sprintf(end, ")");
    for (int i = 0; i < SYMBOLS; i++)
        end += sprintf(end, " (global (export \"s%d\") i32 (i32.const %d))", i, 8 * i);
    end += sprintf(end, ")");
    wp_module *module = fixture_module(&x, text);
    size_t bad = 0, k = 1, failed = 0;
    x.f.once = true;
    for (bool more = true; more; k++) {
        wp_process *p = created(&x, WP_T_I32, 16, 0);
        wp_instance *m = NULL;
        failing_start(&x.f, k);
        wp_status status = wp_process_load(p, module, &m, &x.diag);
        failing_stop(&x.f);
        more = x.f.calls >= k;
        uint64_t base = 0, address = 0;
        for (int i = 0; i < SYMBOLS && status == WP_OK; i++) {
            int size = snprintf(name, sizeof name, "s%d", i);
            bad += wp_process_symbol(p, m, name, (size_t)size, &address, NULL) != WP_OK ? 1 : 0;
            base = i == 0 ? address : base;
            bad += address != base + 8 * (uint64_t)i ? 1 : 0;
        }
        failed += status != WP_OK ? 1 : 0;
        wp_process_delete(p);
    }
    x.f.once = false;
    tap_ok(t, EQ(bad, 0) && CHECK(failed > 5) && CHECK(failed < k),
           "%d symbols, each of %zu allocations failing: %zu loads fail", SYMBOLS, k - 1, failed);
    wp_module_delete(module);
    free(text);
    fixture_close(&x, "many symbols");
}

/* A function in a slot of its module has that slot as its address. */
static void test_many_functions(tap *t) {
    enum { FUNCTIONS = 40 };
    fixture x;
    fixture_open(&x, t);
    char *text = malloc(FUNCTIONS * 48 + 512), *end = text, name[16];
    end += sprintf(
        end,
        "(module (@dylink.0 (mem-info (table %d 0))) (import \"env\" \"__indirect_function_table\" (table 1 funcref))"
        " (global $b (export \"base\") (import \"env\" \"__table_base\") i32)",
        FUNCTIONS);
    for (int i = 0; i < FUNCTIONS; i++)
        end += sprintf(end, " (func $f%d (export \"f%d\"))", i, i);
    end += sprintf(end, " (elem (global.get $b) func");
    for (int i = 0; i < FUNCTIONS; i++)
        end += sprintf(end, " $f%d", i);
    sprintf(end, "))");
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_instance *m = loaded(&x, p, text);
    wp_extern base;
    size_t bad = wp_instance_export(m, "base", 4, &base) ? 0 : 1;
    for (int i = 0; i < FUNCTIONS; i++) {
        uint64_t address = 0;
        int size = snprintf(name, sizeof name, "f%d", i);
        bad += wp_process_symbol(p, m, name, (size_t)size, &address, NULL) != WP_OK ? 1 : 0;
        bad += address != wp_global_value(base).of.i32 + (uint64_t)i ? 1 : 0;
    }
    tap_ok(t, EQ(bad, 0) && EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK),
           "%d functions have their slots as addresses", FUNCTIONS);
    wp_process_delete(p);
    free(text);
    fixture_close(&x, "many functions");
}

/* Rule load.got: the address of a function is not a slot of another module that has it in its elements. */
static void test_slots_of_others(tap *t) {
    static const char *const definer = "(module (@dylink.0) (func (export \"f\") (result i32) (i32.const 42)))";
    static const char *const borrower =
        "(module (@dylink.0 (mem-info (table 3 0))) (import \"env\" \"__indirect_function_table\" (table 3 funcref))"
        " (import \"env\" \"__table_base\" (global $b i32)) (import \"env\" \"f\" (func $f (result i32)))"
        " (elem (global.get $b) func $f $f))";
    static const char *const user =
        "(module (@dylink.0) (import \"env\" \"__indirect_function_table\" (table 1 funcref))"
        " (import \"GOT.func\" \"f\" (global $f (mut i32)))"
        " (func (export \"run\") (result i32) (call_indirect (result i32) (global.get $f))))";
    fixture x;
    fixture_open_guarded(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *store = wp_process_store(p);
    loaded(&x, p, definer);
    wp_instance *b = loaded(&x, p, borrower), *m = loaded(&x, p, user);
    tap_ok(t,
           EQ(called(&x, store, m, "run", 0, 0), 42) && EQ_STATUS(wp_process_unload(p, b, NULL), WP_OK) &&
               EQ(called(&x, store, m, "run", 0, 0), 42),
           "an address outlives a module that had the function in its own slots");
    wp_process_delete(p);
    fixture_close(&x, "slots of others");
}

/* Exports without an address, and symbols that are not supported. */
static void test_no_symbols(tap *t) {
    static const char *const text =
        "(module (@dylink.0) (import \"env\" \"memory\" (memory 1))"
        " (export \"memory\" (memory 0)) (table (export \"table\") 1 funcref) (global (export \"mutable\") (mut i32) (i32.const 0))"
        " (global (export \"wide\") i64 (i64.const 0))"
        " (global (export \"datum\") i32 (i32.const 4)))";
    static const char *const none[] = {"memory", "table", "mutable", "wide"};
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_instance *m = loaded(&x, p, text);
    uint64_t address = 7;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        tap_ok(t,
               FAILS(&x, wp_process_symbol(p, m, none[i], strlen(none[i]), &address, fresh(&x)), WP_REFUSED,
                     "incompatible import type"),
               "an export that is a %s has no address", none[i]);
    }
    tap_ok(t, EQ_STATUS(wp_process_symbol(p, m, "datum", 5, &address, NULL), WP_OK) && EQ(address, 4),
           "an immutable global of the pointer type has an address");
    tap_ok(t,
           FAILS(&x,
                 load(&x, p,
                      "(module (@dylink.0 (export-info \"tls\" 0x100)) (global (export \"tls\") i32 (i32.const 0)))",
                      NULL),
                 WP_UNSUPPORTED, "") &&
               map_is(p, "p1 f15 "),
           "thread-local symbols are not supported");
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0) (import \"env\" \"missing\" (func)))", NULL), WP_UNLOADABLE,
                 "unresolved symbol: env.missing") &&
               CHECK(strstr(x.diag.message, "(in ") == NULL),
           "an error in a module without a URI names no library");
    wp_process_delete(p);
    fixture_close(&x, "no symbols");
}

/* Slots of modules and of functions' addresses share the limit. */
static void test_slot_limit(tap *t) {
    static const char *const definer = "(module (@dylink.0) (func (export \"f\")) (func (export \"g\")))";
    static const char *const user =
        "(module (@dylink.0) (import \"GOT.func\" \"f\" (global (mut i32))) (import \"GOT.func\" \"g\" (global (mut i32))))";
    fixture x;
    fixture_open(&x, t);
    uint64_t slot = 7;
    fixture_limit(&x, "table_elements", 10);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_instance *a = loaded(&x, p, definer), *m = NULL;
    tap_ok(t,
           FAILS(&x, load(&x, p, "(module (@dylink.0 (mem-info (table 10 0))))", NULL), WP_UNLOADABLE,
                 "reservation failed"),
           "a module with more slots than the limit allows");
    tap_ok(t, EQ_STATUS(load(&x, p, "(module (@dylink.0 (mem-info (table 9 0))))", &m), WP_OK),
           "a module with all slots");
    tap_ok(t,
           FAILS(&x, load(&x, p, user, NULL), WP_UNLOADABLE, "reservation failed") &&
               EQ_STATUS(wp_process_symbol(p, a, "f", 1, &slot, NULL), WP_REFUSED),
           "without a free slot, functions have no address");
    tap_ok(t,
           EQ_STATUS(wp_process_unload(p, m, NULL), WP_OK) &&
               EQ_STATUS(load(&x, p, "(module (@dylink.0 (mem-info (table 8 0))))", NULL), WP_OK) &&
               FAILS(&x, load(&x, p, user, NULL), WP_UNLOADABLE, "reservation failed"),
           "one free slot is not enough for two addresses");
    tap_ok(t, EQ_STATUS(wp_process_symbol(p, a, "g", 1, &slot, NULL), WP_OK) && EQ(slot, 9),
           "one free slot is enough for one address");
    wp_process_delete(p);
    fixture_close(&x, "slot limit");
}

/* Constant expressions with many operands: the loader evaluates them with a stack of its own. */
static void test_deep_constants(tap *t) {
    enum { DEPTH = 400 };
    /* A short expression precedes the long one. */
    static const char *const begins[] = {
        "(global i32 (i32.const 1)) (global i32 (i32.const 1)) (global i32 ",
        "(data (global.get $b) \"\") (data (global.get $b) \"\") (data ",
        "(elem (table $own) (offset (i32.const 0)) func) (elem declare func)"
        " (elem (table $own) (offset ",
        "(elem (table $t) (global.get $tb) func) (elem (table $t) (global.get $tb) func)"
        " (elem (table $t) (offset "};
    static const char *const ends_with[] = {")", " \"\")", ") func)", ") func)"};
    fixture x;
    fixture_open_guarded(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    char *text = malloc(DEPTH * 32 + 1024);
    for (int place = 0; place < 4; place++) {
        char *end = text;
        end += sprintf(
            end,
            "(module (@dylink.0 (mem-info (memory %d 0) (table %d 0))) (import \"env\" \"memory\" (memory 1))"
            " (import \"env\" \"__memory_base\" (global $b i32)) (import \"env\" \"__table_base\" (global $tb i32))"
            " (import \"env\" \"__indirect_function_table\" (table $t 1 funcref)) (table $own %d funcref) %s",
            DEPTH, DEPTH, DEPTH, begins[place]);
        for (int i = 0; i < DEPTH; i++)
            end += sprintf(end, "(i32.add (i32.const 1) ");
        end += sprintf(end, "%s", place == 1 ? "(global.get $b)" : place == 3 ? "(global.get $tb)" : "(i32.const 0)");
        memset(end, ')', DEPTH);
        end += DEPTH;
        sprintf(end, "%s)", ends_with[place]);
        size_t mistakes = x.f.mistakes;
        tap_ok(t, EQ_STATUS(load(&x, p, text, NULL), WP_OK) && EQ(x.f.mistakes, mistakes), "%d operands: %s...)", DEPTH,
               begins[place]);
    }
    free(text);
    wp_process_delete(p);
    fixture_close(&x, "deep constants");
}

/* ---- 32-bit table indices and 64-bit addresses --------------------------------------------------------------- */

/* Libraries of LLVM 16: wasm64, with a table of 32-bit indices. */
static void test_table32(tap *t) {
    static const char *const narrow =
        "(module (@dylink.0 (mem-info (table 1 0))) (import \"env\" \"__indirect_function_table\" (table $t 1 funcref))"
        " (import \"env\" \"__table_base\" (global $wide i64)) (import \"env\" \"__table_base32\" (global $base i32))"
        " (import \"GOT.func\" \"f\" (global $f (mut i64))) (export \"base\" (global $base))"
        " (func $f (export \"f\") (result i32) (i32.const 42)) (func $g (result i32) (i32.const 43)) (elem (global.get $base) func $g)"
        " (func (export \"call\") (result i32) (call_indirect (result i32) (global.get $base)))"
        " (func (export \"call-f\") (result i32) (call_indirect (result i32) (i32.wrap_i64 (global.get $f))))"
        " (func (export \"same\") (result i32) (i64.eq (i64.extend_i32_u (global.get $base)) (global.get $wide)))"
        " (func (export \"grow\") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))"
        " (func (export \"size\") (result i32) (table.size $t)))";
    static const char *const wide =
        "(module (@dylink.0) (import \"env\" \"__indirect_function_table\" (table i64 1 funcref))"
        " (import \"GOT.func\" \"f\" (global $f (mut i64)))"
        " (func (export \"call-wide\") (result i32) (call_indirect (result i32) (global.get $f))))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I64, 16, 0);
    wp_store *store = wp_process_store(p);
    wp_instance *m = loaded(&x, p, narrow), *n = loaded(&x, p, wide);
    tap_ok(t,
           EQ(called(&x, store, m, "call", 0, 0), 43) && EQ(called(&x, store, m, "call-f", 0, 0), 42) &&
               EQ(called(&x, store, n, "call-wide", 0, 0), 42) && EQ(called(&x, store, m, "same", 0, 0), 1),
           "a library with 32-bit table indices shares the table");
    uint64_t size = called(&x, store, m, "size", 0, 0);
    tap_ok(t,
           EQ(called(&x, store, m, "grow", UINT32_MAX, 0), UINT32_MAX) && EQ(called(&x, store, m, "grow", 1, 0), size),
           "table.grow gives a 32-bit size, or -1");
    tap_ok(t,
           EQ_STATUS(wp_store_register(store, "narrow", 6, m, NULL), WP_OK) &&
               EQ_STATUS(load(&x, p, "(module (import \"narrow\" \"base\" (global i32)))", NULL), WP_OK) &&
               EQ_STATUS(load(&x, p, "(module (import \"narrow\" \"base\" (global (mut i32))))", NULL), WP_UNLOADABLE),
           "its base is imported as a constant");
    tap_ok(t,
           EQ_STATUS(load(&x, p, "(module (@dylink.0) (import \"env\" \"__table_base32\" (global i64)))", NULL),
                     WP_UNLOADABLE) &&
               EQ_STATUS(load(&x, p, "(module (import \"env\" \"__indirect_function_table\" (table 1 funcref)))", NULL),
                         WP_UNLOADABLE),
           "the base is an i32, and only libraries may import the narrow table");
    wp_process_delete(p);
    p = created(&x, WP_T_I32, 16, 0);
    tap_ok(
        t,
        EQ_STATUS(load(&x, p, "(module (@dylink.0) (import \"env\" \"__table_base32\" (global i32)))", NULL),
                  WP_UNLOADABLE) &&
            EQ_STATUS(load(&x, p,
                           "(module (@dylink.0) (import \"env\" \"__indirect_function_table\" (table i64 1 funcref)))",
                           NULL),
                      WP_UNLOADABLE),
        "a wasm32 process has neither");
    wp_process_delete(p);
    fixture_close(&x, "table32");
}

/* Addresses beyond 2^32 in a wasm64 process. */
static void test_far_data(tap *t) {
    static const char *const large = "(module (@dylink.0 (mem-info (memory 4294967295 0))))";
    static const char *const datum =
        "(module (@dylink.0 (mem-info (memory 16 0))) (import \"env\" \"memory\" (memory i64 1))"
        " (import \"env\" \"__memory_base\" (global $b i64)) (data (global.get $b) \"abcdefgh\")"
        " (import \"GOT.mem\" \"d\" (global $d (mut i64))) (global (export \"d\") i64 (i64.const 4))"
        " (func (export \"get\") (result i32) (i32.load8_u (global.get $d))))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I64, 1 << 18, 0);
    loaded(&x, p, large);
    wp_instance *m = loaded(&x, p, datum);
    uint64_t address = 0;
    tap_ok(t,
           EQ_STATUS(wp_process_symbol(p, m, "d", 1, &address, NULL), WP_OK) &&
               EQ(address, ((uint64_t)1 << 32) + WP_PAGE_SIZE + 4) &&
               EQ(called(&x, wp_process_store(p), m, "get", 0, 0), 'e'),
           "a symbol beyond 2^32 has its address");
    wp_process_delete(p);
    fixture_close(&x, "far data");
}

/* ---- Tables of other modules --------------------------------------------------------------------------------- */

/* A load whose last step fails, of a module with elements for a table of another module. */
static void test_other_tables(tap *t) {
    static const char owner[] =
        "(module (table (export \"t\") 4 funcref) (func (export \"call\") (call_indirect (i32.const 0))))";
    static const char user[] = "(module (@dylink.0) (table (import \"reg\" \"t\") 4 funcref)"
                               " (import \"GOT.func\" \"own\" (global (mut i32)))"
                               " (func $own (export \"own\")) (elem (i32.const 0) func $own))";
    fixture x;
    fixture_open(&x, t);
    wp_process *p = created(&x, WP_T_I32, 16, 0);
    wp_store *store = wp_process_store(p);
    wp_instance *m = loaded(&x, p, owner), *n = NULL;
    loaded(&x, p, "(module (@dylink.0 (mem-info (table 7 0))))");
    wp_module *module = fixture_module(&x, user);
    REQUIRE(EQ_STATUS(wp_store_register(store, "reg", 3, m, NULL), WP_OK) &&
            CHECK(wp_limit_set(x.engine, "table_elements", 8)));
    tap_ok(t, FAILS(&x, wp_process_load(p, module, &n, fresh(&x)), WP_UNLOADABLE, "reservation failed"),
           "a load fails for lack of a slot for a function's address");
    wp_status status = call(&x, store, m, "call", 0, 0, NULL);
    tap_ok(t, FAILS(&x, status, WP_TRAP, "uninitialized element"), "the other module's table is unchanged");
    fixture_limit(&x, "table_elements", 9);
    tap_ok(t,
           EQ_STATUS(wp_process_load(p, module, &n, NULL), WP_OK) &&
               EQ_STATUS(call(&x, store, m, "call", 0, 0, NULL), WP_OK),
           "with enough slots the load writes both tables");
    wp_module_delete(module);
    wp_process_delete(p);
    fixture_close(&x, "other tables");
}

int main(void) {
    tap t = {0};
    test_asking(&t);
    test_slots_undone(&t);
    test_many_symbols(&t);
    test_many_functions(&t);
    test_slots_of_others(&t);
    test_no_symbols(&t);
    test_slot_limit(&t);
    test_deep_constants(&t);
    test_table32(&t);
    test_far_data(&t);
    test_other_tables(&t);
    return tap_done(&t);
}
