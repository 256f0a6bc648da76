/* valid_table.c: validation of table instructions (chapter "Validation: Instructions"). */
#include "core/valid/valid.h"

static wp_status find_table(wp_valid *v, uint32_t x, const wp_table_def **out) {
    WP_TRY(wp_valid_index(v, x, v->module->ntables, "table"));
    *out = &v->module->tables[x];
    return WP_OK;
}

wp_status wp_valid_table(wp_valid *v, const wp_instr *i) {
    const wp_table_def *table = NULL;
    WP_TRY(find_table(v, i->x, &table));
    wp_valtype element = wp_canon(v->module, table->element);
    wp_valtype address = wp_address_type(&table->limits);
    switch (i->op) {
    case WP_OP_table_get: WP_TRY(wp_valid_pop(v, address)); return wp_valid_push(v, element);
    case WP_OP_table_set: WP_TRY(wp_valid_pop(v, element)); return wp_valid_pop(v, address);
    case WP_OP_table_size: return wp_valid_push(v, address);
    case WP_OP_table_grow:
        WP_TRY(wp_valid_pop(v, address));
        WP_TRY(wp_valid_pop(v, element));
        return wp_valid_push(v, address);
    default: /* table.fill */
        WP_TRY(wp_valid_pop(v, address));
        WP_TRY(wp_valid_pop(v, element));
        return wp_valid_pop(v, address);
    }
}

wp_status wp_valid_table_copy(wp_valid *v, const wp_instr *i) {
    const wp_table_def *to = NULL, *from = NULL;
    WP_TRY(find_table(v, i->x, &to));
    WP_TRY(find_table(v, i->y, &from));
    if (!wp_match(v->engine->types, wp_canon(v->module, from->element), wp_canon(v->module, to->element)))
        return wp_valid_fail(v, "type mismatch: table %u does not match table %u", i->y, i->x);
    return wp_valid_pop_copy(v, &to->limits, &from->limits);
}

wp_status wp_valid_table_init(wp_valid *v, const wp_instr *i) {
    const wp_table_def *table = NULL;
    WP_TRY(find_table(v, i->y, &table));
    WP_TRY(wp_valid_index(v, i->x, v->module->nelems, "elem segment"));
    const wp_elem_def *elem = &v->module->elems[i->x];
    if (!wp_match(v->engine->types, wp_canon(v->module, elem->type), wp_canon(v->module, table->element)))
        return wp_valid_fail(v, "type mismatch: element segment %u does not match table %u", i->x, i->y);
    return wp_valid_pop_init(v, &table->limits);
}
