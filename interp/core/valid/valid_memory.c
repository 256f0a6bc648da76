/* valid_memory.c: validation of memory instructions (chapter "Validation: Instructions"). */
#include "core/valid/valid.h"

static wp_status find_memory(wp_valid *v, uint32_t x, const wp_memory_def **out) {
    WP_TRY(wp_valid_index(v, x, v->module->nmemories, "memory"));
    *out = &v->module->memories[x];
    return WP_OK;
}

wp_status wp_valid_memarg(wp_valid *v, const wp_instr *i, wp_valtype *address) {
    const wp_memory_def *memory = NULL;
    WP_TRY(find_memory(v, wp_memarg_memory(i->x), &memory));
    if ((uint64_t)1 << wp_memarg_align(i->x) > wp_instr_rows[i->op].width)
        return wp_valid_fail(v, "alignment must not be larger than natural");
    if (!memory->limits.is64 && i->u64 > UINT32_MAX)
        return wp_valid_fail(v, "offset out of range");
    *address = wp_address_type(&memory->limits);
    return WP_OK;
}

wp_status wp_valid_memory(wp_valid *v, const wp_instr *i, wp_valtype *address) {
    const wp_memory_def *memory = NULL;
    WP_TRY(find_memory(v, i->x, &memory));
    *address = wp_address_type(&memory->limits);
    return WP_OK;
}

wp_status wp_valid_memory_copy(wp_valid *v, const wp_instr *i) {
    const wp_memory_def *to = NULL, *from = NULL;
    WP_TRY(find_memory(v, i->x, &to));
    WP_TRY(find_memory(v, i->y, &from));
    return wp_valid_pop_copy(v, &to->limits, &from->limits);
}

wp_status wp_valid_memory_init(wp_valid *v, const wp_instr *i) {
    const wp_memory_def *memory = NULL;
    WP_TRY(find_memory(v, i->y, &memory));
    WP_TRY(wp_valid_index(v, i->x, v->module->ndatas, "data segment"));
    return wp_valid_pop_init(v, &memory->limits);
}
