/* operation.c: operations that the loop calls; see loop.h. */
#include "core/exec/loop.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- Errors --------------------------------------------------------------------------------------------------- */

wp_status wp_exec_fail(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_status status, const char *text) {
    const wp_code *code = &func->def->code;
    return wp_module_fail(func->instance->module, diag, status, code->pos[ip - code->instrs], "%s", text);
}

wp_status wp_exec_trapped(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_trap trap) {
    return wp_exec_fail(func, ip, diag, wp_trap_status(trap), wp_trap_text(trap));
}

wp_status wp_exec_trapped_element(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_trap trap,
                                  uint64_t index) {
    char text[64];
    snprintf(text, sizeof text, "%s %" PRIu64, wp_trap_text(trap), index);
    return wp_exec_fail(func, ip, diag, WP_TRAP, text);
}

/* ---- Fuel ------------------------------------------------------------------------------------------------------ */

#define FUEL_SLICE 65536u

uint32_t wp_fuel_take(wp_store *store) {
    if (store->interrupted)
        return 0;
    /* A fault discards the rest of the slice, so a guarded store with limited fuel takes one unit at a time. */
    if (store->guarded != NULL && store->fuel != 0 && store->fuel != UINT64_MAX) {
        store->fuel--;
        return 1;
    }
    if (store->fuel == UINT64_MAX)
        return FUEL_SLICE;
    uint32_t slice = store->fuel < FUEL_SLICE ? (uint32_t)store->fuel : FUEL_SLICE;
    store->fuel -= slice;
    return slice;
}

void wp_fuel_return(wp_store *store, uint32_t slice) {
    if (store->fuel != UINT64_MAX)
        store->fuel += slice;
}

wp_status wp_fuel_exhausted(wp_store *store, wp_diag *diag) {
    if (store->interrupted) {
        store->interrupted = 0;
        return wp_fail(diag, WP_EXHAUSTION, "interrupted");
    }
    return wp_fail(diag, WP_EXHAUSTION, "fuel exhausted");
}

/* ---- Observation ------------------------------------------------------------------------------------------------ */

static void trace_instr(const wp_store *store, const wp_activation *frame, const wp_instr *ip, const uint64_t *sp) {
    char line[160];
    const wp_func *func = frame->func;
    const wp_code *code = &func->def->code;
    const uint64_t *bottom = frame->fp + func->def->local_cells;
    wp_location where = wp_module_locate(func->instance->module, code->pos[ip - code->instrs]);
    char place[32];
    if (where.line != 0)
        snprintf(place, sizeof place, "%" PRIu32 ":%" PRIu32, where.line, where.column);
    else
        snprintf(place, sizeof place, "0x%zx", where.offset);
    int n = snprintf(line, sizeof line, "%*s@%s %s", (int)(frame - store->frames) % 40, "", place,
                     wp_instr_rows[ip->op].mnemonic);
    for (int k = 1; k <= 3 && sp - k >= bottom && n > 0 && (size_t)n < sizeof line; k++)
        n += snprintf(line + n, sizeof line - (size_t)n, "%s%" PRIx64, k == 1 ? "  ; top: " : " ", sp[-k]);
    store->trace(store->trace_ctx, line);
}

void wp_exec_observe(const wp_store *store, const wp_activation *frame, const wp_instr *ip, const uint64_t *sp) {
    if (store->trace != NULL)
        trace_instr(store, frame, ip, sp);
    for (size_t i = 0; i < WP_OBSERVERS; i++)
        if (store->engine->observers[i] != NULL)
            store->engine->observers[i]->before(store->engine, &frame->func->def->code, ip, sp);
}

bool wp_exec_is_observed(const wp_store *store) {
    bool observed = store->trace != NULL;
    for (size_t i = 0; i < WP_OBSERVERS; i++)
        observed = observed || store->engine->observers[i] != NULL;
    return observed;
}

/* ---- Instructions on ranges ------------------------------------------------------------------------------------- */

wp_trap wp_exec_bulk(const wp_instance *instance, const wp_instr *ip, const uint64_t *sp) {
    switch (ip->op) {
    case WP_OP_memory_fill: return wp_mem_fill(instance->memories[ip->x], sp[0], (uint8_t)sp[1], sp[2]);
    case WP_OP_memory_copy:
        return wp_mem_copy(instance->memories[ip->x], sp[0], instance->memories[ip->y], sp[1], sp[2]);
    case WP_OP_memory_init: {
        const wp_data *data = &instance->datas[ip->x];
        return wp_mem_init(instance->memories[ip->y], sp[0], data->bytes, data->size, sp[1], sp[2]);
    }
    case WP_OP_table_fill: return wp_table_fill(instance->tables[ip->x], sp[0], sp[1], sp[2]);
    case WP_OP_table_copy: return wp_table_copy(instance->tables[ip->x], sp[0], instance->tables[ip->y], sp[1], sp[2]);
    default: { /* table.init */
        const wp_elem *elem = &instance->elems[ip->x];
        return wp_table_init(instance->tables[ip->y], sp[0], elem->refs, elem->count, sp[1], sp[2]);
    }
    }
}
