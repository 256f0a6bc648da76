/* test_types.c: canonical types, matching and printing (specification, "Validation: Types" and "Validation: Matching").
 */
#include "core/types.h"
#include "failing.h"
#include "tap.h"

#include <time.h>

static const wp_valtype i32 = WP_T_I32, i64 = WP_T_I64;

static wp_valtype ref(uint32_t index) {
    return wp_ref_type(false, WP_T_INDEX | index);
}

static wp_valtype ref_null(uint32_t heap) {
    return wp_ref_type(true, heap);
}

/* A function type of one parameter, a subtype of `super` unless that is WP_NO_TYPE. */
typedef struct simple {
    wp_valtype param;
    uint32_t super;
    bool final;
} simple;

enum { MOST = 16 };

/* Enters groups of simple types, group sizes ending with 0, as one module. canon has MOST entries. */
static bool enter(wp_type_table *table, const simple *types, const uint32_t *groups, uint32_t *canon) {
    wp_subtype subtypes[MOST];
    wp_valtype params[MOST];
    uint32_t supers[MOST];
    uint32_t first = 0;
    memset(subtypes, 0, sizeof subtypes);
    for (; *groups != 0; first += *groups++) {
        for (uint32_t x = first; x < first + *groups; x++) {
            params[x] = types[x].param;
            supers[x] = types[x].super;
            subtypes[x].comp = (wp_comptype){.kind = WP_COMP_FUNC, .nparams = 1, .types = &params[x]};
            subtypes[x].final = types[x].final;
            subtypes[x].nsupers = types[x].super != WP_NO_TYPE;
            subtypes[x].supers = &supers[x];
        }
        if (!wp_types_add(table, subtypes, first, *groups, canon))
            return false;
    }
    return true;
}

#define GROUPS(...) ((const uint32_t[]){__VA_ARGS__, 0})

static void check_equality(tap *t, wp_type_table *table) {
    uint32_t a[MOST], b[MOST];
    const simple plain[] = {{i32, WP_NO_TYPE, true}, {i64, WP_NO_TYPE, true}, {i32, WP_NO_TYPE, true}};
    bool ok = CHECK(enter(table, plain, GROUPS(1, 1, 1), a)) && CHECK(enter(table, plain, GROUPS(1, 1, 1), b));
    tap_ok(t, CHECK(ok) && EQ(a[0], a[2]) && CHECK(a[0] != a[1]),
           "equal types of a module are one type, different ones two");
    tap_ok(t, EQ(a[0], b[0]) && EQ(a[1], b[1]), "equal types of two modules are one type");

    const simple open[] = {{i32, WP_NO_TYPE, false}};
    ok = enter(table, open, GROUPS(1), b);
    tap_ok(t, CHECK(ok) && CHECK(b[0] != a[0]), "final and not final are different types");

    ok = enter(table, plain, GROUPS(2, 1), b);
    tap_ok(t, CHECK(ok) && CHECK(b[0] != a[0]) && CHECK(b[1] != a[1]) && EQ(b[2], a[0]),
           "a group of two is not two groups of one");
}

static void check_recursion(tap *t, wp_type_table *table) {
    uint32_t a[MOST], b[MOST];
    const simple self[] = {{ref(0), WP_NO_TYPE, true}, {ref(1), WP_NO_TYPE, true}};
    bool ok = enter(table, self, GROUPS(1, 1), a);
    tap_ok(t, CHECK(ok) && EQ(a[0], a[1]), "types that refer to themselves in the same way are equal");
    ok = enter(table, self, GROUPS(2), b);
    tap_ok(t, CHECK(ok) && CHECK(b[0] != b[1]) && CHECK(b[0] != a[0]), "members of a group differ by their place");

    const simple pair[] = {
        {ref(1), WP_NO_TYPE, true}, {ref(0), WP_NO_TYPE, true}, {ref(3), WP_NO_TYPE, true}, {ref(2), WP_NO_TYPE, true}};
    ok = enter(table, pair, GROUPS(2, 2), a);
    tap_ok(t, CHECK(ok) && EQ(a[0], a[2]) && EQ(a[1], a[3]) && CHECK(a[0] != a[1]),
           "mutually recursive pairs are equal as pairs");

    /* Unrolled: a type that refers to an earlier group is not the recursive one (equality is iso-recursive). */
    const simple unrolled[] = {{ref(0), WP_NO_TYPE, true}, {ref(0), WP_NO_TYPE, true}};
    ok = enter(table, unrolled, GROUPS(1, 1), a);
    tap_ok(t, CHECK(ok) && CHECK(a[0] != a[1]), "unrolling makes a different type");

    const wp_deftype *d = wp_types_get(table, a[0]);
    tap_ok(t, EQ(d->comp.types[0], ref(a[0])), "indices inside a definition are canonical");
}

static void check_subtypes(tap *t, wp_type_table *table) {
    uint32_t c[MOST];
    const simple types[] = {{i32, WP_NO_TYPE, false}, {i32, 0, false}, {i32, 1, false}, {i32, 0, true}};
    bool ok = enter(table, types, GROUPS(1, 1, 1, 1), c);
    tap_ok(t,
           CHECK(ok) && CHECK(wp_match_deftype(table, c[2], c[0])) && CHECK(wp_match_deftype(table, c[2], c[1])) &&
               CHECK(wp_match_deftype(table, c[1], c[1])),
           "declared supertypes match, transitively and reflexively");
    tap_ok(t,
           CHECK(!wp_match_deftype(table, c[0], c[1])) && CHECK(!wp_match_deftype(table, c[3], c[1])) &&
               CHECK(!wp_match_deftype(table, c[2], c[3])),
           "other types do not match");
    tap_ok(t, EQ(wp_types_get(table, c[2])->depth, 2) && EQ(wp_types_get(table, c[3])->depth, 1), "depths");
    tap_ok(t, wp_match(table, ref(c[2]), wp_ref_type(true, WP_T_INDEX | c[0])), "a reference matches a nullable one");
    tap_ok(t, !wp_match(table, wp_ref_type(true, WP_T_INDEX | c[2]), ref(c[0])),
           "a nullable reference does not match a non-null one");
    tap_ok(t, wp_match(table, ref(c[0]), WP_T_FUNCREF), "a function type is below func");
    tap_ok(t,
           CHECK(wp_match_heap(table, WP_HT_NOFUNC, WP_T_INDEX | c[0])) &&
               CHECK(!wp_match_heap(table, WP_HT_NONE, WP_T_INDEX | c[0])) &&
               CHECK(wp_match_heap(table, WP_HT_BOT, WP_T_INDEX | c[0])) &&
               CHECK(!wp_match_heap(table, WP_HT_FUNC, WP_T_INDEX | c[0])),
           "only nofunc and bottom are below a function type");
    tap_ok(t, CHECK(!wp_match_heap(table, WP_T_INDEX | c[0], WP_HT_ANY)), "a function type is not below any");
}

/* The abstract heap types, against the specification. */
static void check_abstract(tap *t, wp_type_table *table) {
    static const char *const below[WP_HT_COUNT] = {
        /* a letter for each type that is above, in the order of enum wp_heap: func extern any eq i31 struct array exn
           ... */
        [WP_HT_FUNC] = "f",           [WP_HT_EXTERN] = "x",    [WP_HT_ANY] = "a",       [WP_HT_EQ] = "ae",
        [WP_HT_I31] = "aei",          [WP_HT_STRUCT] = "aes",  [WP_HT_ARRAY] = "aer",   [WP_HT_EXN] = "n",
        [WP_HT_NOFUNC] = "fF",        [WP_HT_NOEXTERN] = "xX", [WP_HT_NONE] = "aeisrA", [WP_HT_NOEXN] = "nN",
        [WP_HT_BOT] = "fxaeisrnFXANB"};
    static const char letters[] = "fxaeisrnFXANB";
    size_t wrong = 0;
    for (uint32_t sub = 0; sub < WP_HT_COUNT; sub++)
        for (uint32_t super = 0; super < WP_HT_COUNT; super++)
            wrong += wp_match_heap(table, sub, super) != (strchr(below[sub], letters[super]) != NULL);
    tap_ok(t, EQ(wrong, 0), "abstract heap types match as the specification says");
    tap_ok(t,
           CHECK(wp_match_heap(table, WP_HT_NONE, WP_HT_ANY)) &&
               CHECK(wp_match_heap(table, WP_HT_NOEXTERN, WP_HT_EXTERN)) &&
               CHECK(wp_match_heap(table, WP_HT_NOEXN, WP_HT_EXN)) &&
               CHECK(wp_match_heap(table, WP_HT_NOFUNC, WP_HT_FUNC)) &&
               CHECK(wp_match_heap(table, WP_HT_I31, WP_HT_ANY)),
           "each bottom is below the top of its hierarchy");
}

static void check_values(tap *t, wp_type_table *table) {
    tap_ok(t,
           CHECK(wp_match(table, i32, i32)) && CHECK(!wp_match(table, i32, i64)) &&
               CHECK(wp_match(table, WP_T_NONE, i64)),
           "number types");
    tap_ok(t, CHECK(!wp_match(table, i32, WP_T_FUNCREF)) && CHECK(!wp_match(table, WP_T_FUNCREF, i32)),
           "numbers and references");
    tap_ok(t, EQ(wp_cells(WP_T_V128), 2) && EQ(wp_cells(WP_T_FUNCREF), 1), "cells");
    tap_ok(t,
           CHECK(wp_is_defaultable(i32)) && CHECK(wp_is_defaultable(WP_T_FUNCREF)) && CHECK(!wp_is_defaultable(ref(0))),
           "defaults");
}

static wp_comptype func(const wp_valtype *types, uint32_t nparams, uint32_t nresults) {
    return (wp_comptype){.kind = WP_COMP_FUNC, .nparams = nparams, .nresults = nresults, .types = (wp_valtype *)types};
}

static void check_composite(tap *t, wp_type_table *table) {
    const wp_valtype any_eq[] = {ref_null(WP_HT_ANY), ref_null(WP_HT_EQ)},
                     eq_any[] = {ref_null(WP_HT_EQ), ref_null(WP_HT_ANY)};
    wp_comptype narrow = func(any_eq, 1, 1), wide = func(eq_any, 1, 1), more = func(any_eq, 2, 0),
                fewer = func(any_eq, 1, 0);
    tap_ok(t, CHECK(wp_match_comp(table, &narrow, &wide)) && CHECK(!wp_match_comp(table, &wide, &narrow)),
           "functions: parameters are contravariant");
    tap_ok(t, CHECK(!wp_match_comp(table, &more, &fewer)) && CHECK(!wp_match_comp(table, &fewer, &narrow)),
           "functions: arity");
    wp_comptype to_any = func(any_eq, 0, 1), to_eq = func(eq_any, 0, 1);
    tap_ok(t, CHECK(wp_match_comp(table, &to_eq, &to_any)) && CHECK(!wp_match_comp(table, &to_any, &to_eq)),
           "functions: results are covariant");

    wp_field eq_const[] = {{ref_null(WP_HT_EQ), false}, {i32, true}}, any_const[] = {{ref_null(WP_HT_ANY), false}};
    wp_field any_var[] = {{ref_null(WP_HT_ANY), true}}, eq_var[] = {{ref_null(WP_HT_EQ), true}},
             packed[] = {{WP_T_I8, false}};
    wp_comptype two = {.kind = WP_COMP_STRUCT, .nfields = 2, .fields = eq_const};
    wp_comptype one = {.kind = WP_COMP_STRUCT, .nfields = 1, .fields = any_const};
    tap_ok(t, CHECK(wp_match_comp(table, &two, &one)) && CHECK(!wp_match_comp(table, &one, &two)),
           "structures: more and narrower fields");
    wp_comptype var_any = {.kind = WP_COMP_ARRAY, .nfields = 1, .fields = any_var};
    wp_comptype var_eq = {.kind = WP_COMP_ARRAY, .nfields = 1, .fields = eq_var};
    wp_comptype con_any = {.kind = WP_COMP_ARRAY, .nfields = 1, .fields = any_const};
    wp_comptype bytes = {.kind = WP_COMP_ARRAY, .nfields = 1, .fields = packed};
    tap_ok(t, CHECK(wp_match_comp(table, &var_any, &var_any)) && CHECK(!wp_match_comp(table, &var_eq, &var_any)),
           "mutable fields are invariant");
    tap_ok(t, CHECK(!wp_match_comp(table, &var_any, &con_any)) && CHECK(!wp_match_comp(table, &con_any, &var_any)),
           "mutability is invariant");
    tap_ok(t, CHECK(wp_match_comp(table, &bytes, &bytes)) && CHECK(!wp_match_comp(table, &bytes, &con_any)),
           "packed fields match themselves");
    tap_ok(t, !wp_match_comp(table, &one, &con_any), "kinds differ");
}

/* Structures and arrays: canonical form and heap types. */
static void check_aggregates(tap *t, wp_type_table *table) {
    wp_field fields[] = {{WP_T_I8, true}, {ref(0), false}};
    wp_subtype types[2] = {{.comp = {.kind = WP_COMP_STRUCT, .nfields = 2, .fields = fields}, .final = true},
                           {.comp = {.kind = WP_COMP_ARRAY, .nfields = 1, .fields = fields}, .final = true}};
    uint32_t a[2], b[2];
    bool ok = CHECK(wp_types_add(table, types, 0, 2, a)) && CHECK(wp_types_add(table, types, 0, 2, b));
    tap_ok(t, CHECK(ok) && EQ(a[0], b[0]) && EQ(a[1], b[1]), "structures and arrays are canonical");
    const wp_deftype *d = wp_types_get(table, a[0]);
    tap_ok(t,
           EQ(d->comp.nfields, 2) && EQ(d->comp.fields[0].type, WP_T_I8) && CHECK(d->comp.fields[0].is_mutable) &&
               EQ(d->comp.fields[1].type, ref(a[0])),
           "fields are kept");
    uint32_t structure = WP_T_INDEX | a[0], array = WP_T_INDEX | a[1];
    tap_ok(t,
           CHECK(wp_match_heap(table, structure, WP_HT_STRUCT)) && CHECK(wp_match_heap(table, structure, WP_HT_EQ)) &&
               CHECK(!wp_match_heap(table, structure, WP_HT_ARRAY)) &&
               CHECK(wp_match_heap(table, array, WP_HT_ARRAY)) && CHECK(wp_match_heap(table, WP_HT_NONE, array)) &&
               CHECK(!wp_match_heap(table, WP_HT_NOFUNC, array)),
           "structures and arrays among the abstract heap types");
    fields[0].is_mutable = false;
    ok = wp_types_add(table, types, 0, 2, b);
    tap_ok(t, CHECK(ok) && CHECK(b[0] != a[0]), "mutability is part of the type");
}

static void check_functions(tap *t, wp_type_table *table) {
    const wp_valtype types[] = {i32, WP_T_V128, i64};
    uint32_t host = 0, c[MOST];
    bool ok = wp_types_func(table, types, 2, types + 2, 1, &host);
    const wp_deftype *d = wp_types_get(table, host);
    tap_ok(t,
           CHECK(ok) && CHECK(d->final) && EQ(d->comp.nparams, 2) && EQ(d->comp.nresults, 1) && EQ(d->param_cells, 3) &&
               EQ(d->result_cells, 1),
           "the type of a host function");
    const simple same[] = {{i32, WP_NO_TYPE, true}};
    ok = CHECK(enter(table, same, GROUPS(1), c)) && CHECK(wp_types_func(table, types, 1, NULL, 0, &host));
    tap_ok(t, CHECK(ok) && EQ(host, c[0]), "a host function's type is that of a module's function");
}

static bool prints(wp_valtype type, const char *expected) {
    char text[64];
    wp_valtype_print(type, text, sizeof text);
    return EQ_TEXT(text, expected);
}

static void check_printing(tap *t) {
    tap_ok(t, prints(i32, "i32") && prints(WP_T_V128, "v128") && prints(WP_T_I8, "i8") && prints(WP_T_I16, "i16"),
           "numbers");
    tap_ok(t,
           prints(WP_T_FUNCREF, "funcref") && prints(WP_T_EXTERNREF, "externref") &&
               prints(ref_null(WP_HT_NONE), "nullref") && prints(ref_null(WP_HT_NOEXN), "nullexnref"),
           "shorthands");
    tap_ok(t,
           prints(wp_ref_type(false, WP_HT_EQ), "(ref eq)") && prints(ref(7), "(ref 7)") &&
               prints(ref_null(WP_T_INDEX | 7), "(ref null 7)") && prints(WP_T_NONE, "bot"),
           "long forms");
    char tiny[4];
    wp_valtype_print(WP_T_FUNCREF, tiny, sizeof tiny);
    tap_ok(t, EQ_TEXT(tiny, "fun"), "a small buffer is filled and terminated");
    tap_ok(t, EQ_TEXT(wp_heap_name(WP_HT_I31), "i31") && EQ_TEXT(wp_heap_name(999), "?"), "names of heap types");
}

/* A million types, each a subtype of the one before, and matching across the whole chain: both are far from quadratic.
 */
static void check_many(tap *t) {
    enum { COUNT = 1000000 };
    wp_type_table *table = wp_types_new(&wp_libc_allocator);
    wp_subtype *types = calloc(COUNT, sizeof *types);
    uint32_t *supers = calloc(COUNT, sizeof *supers), *canon = calloc(COUNT, sizeof *canon);
    bool ok = CHECK(table != NULL) && CHECK(types != NULL) && CHECK(supers != NULL) && CHECK(canon != NULL);
    clock_t start = clock();
    for (uint32_t i = 0; ok && i < COUNT; i++) {
        supers[i] = i - 1;
        types[i] = (wp_subtype){.comp = func(NULL, 0, 0), .nsupers = i != 0, .supers = &supers[i]};
        ok = wp_types_add(table, types, i, 1, canon);
    }
    ok = ok && EQ(wp_types_get(table, canon[COUNT - 1])->depth, COUNT - 1);
    for (uint32_t i = 0; ok && i < COUNT; i++)
        ok = CHECK(wp_match_deftype(table, canon[COUNT - 1], canon[i])) &&
             CHECK(i == 0 || !wp_match_deftype(table, canon[i - 1], canon[i]));
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    tap_ok(t, CHECK(ok) && CHECK(seconds < 30), "a chain of a million types");
    tap_note("%.2f s", seconds);
    if (table != NULL)
        wp_types_delete(table);
    free(types);
    free(supers);
    free(canon);
}

/* The table stays usable when any allocation fails. */
static void check_failures(tap *t) {
    const simple types[] = {{ref(1), WP_NO_TYPE, false}, {ref(0), WP_NO_TYPE, false}, {i32, 0, false}};
    bool clean = true, done = false;
    for (size_t k = 1; !done && k < 200; k++) {
        failing f = {.fail_at = k};
        wp_allocator a = failing_allocator(&f);
        uint32_t c[MOST], again[MOST];
        wp_type_table *table = wp_types_new(&a);
        done = table != NULL && enter(table, types, GROUPS(2, 1), c);
        failing_stop(&f);
        if (table != NULL) {
            clean = clean && CHECK(enter(table, types, GROUPS(2, 1), again)) && CHECK(!done || again[2] == c[2]) &&
                    EQ(wp_types_get(table, again[1])->comp.types[0], ref(again[0]));
            wp_types_delete(table);
        }
        clean = clean && failing_freed(&f);
    }
    tap_ok(t, CHECK(done) && CHECK(clean), "the table stays usable after a failed allocation");
}

/* The same in a large table: each part of a type meets the end of a chunk in turn. */
static void check_late_failures(tap *t) {
    wp_valtype params[40];
    bool clean = true;
    for (uint32_t i = 0; i < 40; i++)
        params[i] = i % 2 == 0 ? i32 : i64;
    for (size_t k = 4; clean && k < 20; k++)
        for (uint32_t step = 1; clean && step < 40; step++) {
            failing f = {.fail_at = k};
            wp_allocator a = failing_allocator(&f);
            wp_type_table *table = wp_types_new(&a);
            uint32_t first = 0, later = 0;
            bool ok = table != NULL;
            for (uint32_t i = 0; ok && i < 2000; i++)
                ok = wp_types_func(table, params, i % 40, params, i / 40 % step, &later);
            failing_stop(&f);
            clean = CHECK(table != NULL) && CHECK(wp_types_func(table, NULL, 0, NULL, 0, &first)) && EQ(first, 0) &&
                    CHECK(wp_types_func(table, params, 39, params, 39, &later)) &&
                    EQ(wp_types_get(table, later)->comp.nparams, 39);
            if (table != NULL)
                wp_types_delete(table);
            clean = clean && failing_freed(&f);
        }
    tap_ok(t, clean, "a large table stays usable after a failed allocation");
}

int main(void) {
    tap t = {0};
    wp_type_table *table = wp_types_new(&wp_libc_allocator);
    if (!tap_ok(&t, table != NULL, "a type table"))
        return tap_done(&t);
    check_equality(&t, table);
    check_recursion(&t, table);
    check_subtypes(&t, table);
    check_abstract(&t, table);
    check_values(&t, table);
    check_composite(&t, table);
    check_aggregates(&t, table);
    check_functions(&t, table);
    check_printing(&t);
    check_many(&t);
    check_failures(&t);
    check_late_failures(&t);
    wp_types_delete(table);
    return tap_done(&t);
}
