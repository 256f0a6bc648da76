/* spectest.c: the host module of the official suite; see spectest.h. */
#include "script/spectest.h"

#include "base/diag.h"
#include "script/value.h"

#include <string.h>

/* ---- Functions ----------------------------------------------------------------------------------------------- */

static wp_status print(FILE *out, const wp_value *args, size_t count) {
    for (size_t i = 0; out != NULL && i < count; i++) {
        char text[SCRIPT_VALUE_SIZE];
        script_print_result(&args[i], text, sizeof text);
        fprintf(out, "%s%s", i == 0 ? "" : " ", text);
    }
    if (out != NULL)
        fprintf(out, "\n");
    return WP_OK;
}

static wp_status print_0(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)store, (void)results, (void)diag;
    return print(ctx, args, 0);
}

static wp_status print_1(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)store, (void)results, (void)diag;
    return print(ctx, args, 1);
}

static wp_status print_2(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag) {
    (void)store, (void)results, (void)diag;
    return print(ctx, args, 2);
}

/* ---- Definitions --------------------------------------------------------------------------------------------- */

static wp_status define(wp_store *store, const char *name, wp_extern value, wp_diag *diag) {
    return wp_store_define(store, "spectest", strlen("spectest"), name, strlen(name), value, diag);
}

static wp_status define_funcs(wp_store *store, FILE *out, wp_diag *diag) {
    static const struct {
        const char *name;
        wp_valtype params[2];
        size_t count;
    } funcs[] = {
        {"print", {WP_T_NONE, WP_T_NONE}, 0},       {"print_i32", {WP_T_I32, WP_T_NONE}, 1},
        {"print_i64", {WP_T_I64, WP_T_NONE}, 1},    {"print_f32", {WP_T_F32, WP_T_NONE}, 1},
        {"print_f64", {WP_T_F64, WP_T_NONE}, 1},    {"print_i32_f32", {WP_T_I32, WP_T_F32}, 2},
        {"print_f64_f64", {WP_T_F64, WP_T_F64}, 2},
    };
    static const wp_host_func callbacks[] = {print_0, print_1, print_2};
    for (size_t i = 0; i < sizeof funcs / sizeof *funcs; i++) {
        wp_extern func;
        size_t count = funcs[i].count;
        WP_TRY(wp_func_new(store, funcs[i].params, count, NULL, 0, callbacks[count], out, &func, diag));
        WP_TRY(define(store, funcs[i].name, func, diag));
    }
    return WP_OK;
}

static wp_status define_globals(wp_store *store, wp_diag *diag) {
    static const struct {
        const char *name;
        wp_valtype type;
        uint64_t bits;
    } globals[] = {
        {"global_i32", WP_T_I32, 666},
        {"global_i64", WP_T_I64, 666},
        {"global_f32", WP_T_F32, 0x4426A666},         /* 666.6 */
        {"global_f64", WP_T_F64, 0x4084D4CCCCCCCCCD}, /* 666.6 */
    };
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++) {
        wp_extern global;
        wp_value value = {.type = globals[i].type};
        if (value.type == WP_T_I32 || value.type == WP_T_F32)
            value.of.i32 = (uint32_t)globals[i].bits;
        else
            value.of.i64 = globals[i].bits;
        WP_TRY(wp_global_new(store, false, value, &global, diag));
        WP_TRY(define(store, globals[i].name, global, diag));
    }
    return WP_OK;
}

wp_status spectest_define(wp_store *store, FILE *print_to, wp_diag *diag) {
    wp_extern table, table64, memory;
    WP_TRY(define_funcs(store, print_to, diag));
    WP_TRY(define_globals(store, diag));
    WP_TRY(wp_table_new(store, WP_T_FUNCREF, (wp_limits){10, 20, true, false}, &table, diag));
    WP_TRY(define(store, "table", table, diag));
    WP_TRY(wp_table_new(store, WP_T_FUNCREF, (wp_limits){10, 20, true, true}, &table64, diag));
    WP_TRY(define(store, "table64", table64, diag));
    WP_TRY(wp_memory_new(store, (wp_limits){1, 2, true, false}, &memory, diag));
    return define(store, "memory", memory, diag);
}
