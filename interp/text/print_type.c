/* print_type.c: the text format of types; see print.h (specification, "Text Format: Types"). */
#include "text/print.h"

void wp_print_valtype(wp_printer *p, wp_valtype type) {
    char text[64];
    wp_valtype_print(type, text, sizeof text);
    wp_print_text(p, text);
}

void wp_print_heaptype(wp_printer *p, uint32_t heap) {
    if ((heap & WP_T_INDEX) != 0)
        wp_print_format(p, "%u", heap & WP_T_BITS);
    else
        wp_print_text(p, wp_heap_name(heap));
}

void wp_print_valtypes(wp_printer *p, const char *keyword, const wp_valtype *types, uint32_t count) {
    if (count == 0)
        return;
    wp_print_format(p, " (%s", keyword);
    for (uint32_t i = 0; i < count; i++) {
        wp_print_text(p, " ");
        wp_print_valtype(p, types[i]);
    }
    wp_print_text(p, ")");
}

void wp_print_typeuse(wp_printer *p, uint32_t type) {
    wp_print_format(p, " (type %u)", type);
}

void wp_print_limits(wp_printer *p, const wp_limits *limits) {
    wp_print_format(p, "%s %llu", limits->is64 ? " i64" : "", (unsigned long long)limits->min);
    if (limits->has_max)
        wp_print_format(p, " %llu", (unsigned long long)limits->max);
}

/* ---- Definitions ------------------------------------------------------------------------------------------- */

void wp_print_mutable(wp_printer *p, wp_valtype type, bool is_mutable) {
    wp_print_text(p, is_mutable ? "(mut " : "");
    wp_print_valtype(p, type);
    wp_print_text(p, is_mutable ? ")" : "");
}

static void print_comptype(wp_printer *p, const wp_comptype *type) {
    switch (type->kind) {
    case WP_COMP_FUNC:
        wp_print_text(p, "(func");
        wp_print_valtypes(p, "param", type->types, type->nparams);
        wp_print_valtypes(p, "result", type->types + type->nparams, type->nresults);
        break;
    case WP_COMP_STRUCT:
        wp_print_text(p, "(struct");
        for (uint32_t i = 0; i < type->nfields; i++) {
            wp_print_text(p, " (field ");
            wp_print_mutable(p, type->fields[i].type, type->fields[i].is_mutable);
            wp_print_text(p, ")");
        }
        break;
    case WP_COMP_ARRAY:
        wp_print_text(p, "(array ");
        wp_print_mutable(p, type->fields[0].type, type->fields[0].is_mutable);
        break;
    }
    wp_print_text(p, ")");
}

/* typedef ::= '(' 'type' subtype ')', where a final type without supertypes has a short form */
static void print_typedef(wp_printer *p, uint32_t index, uint32_t level) {
    const wp_subtype *type = &p->module->types[index];
    bool is_short = type->final && type->nsupers == 0;
    wp_print_line(p, level);
    wp_print_format(p, "(type (;%u;) ", index);
    if (!is_short) {
        wp_print_text(p, type->final ? "(sub final" : "(sub");
        for (uint32_t i = 0; i < type->nsupers; i++)
            wp_print_format(p, " %u", type->supers[i]);
        wp_print_text(p, " ");
    }
    print_comptype(p, &type->comp);
    wp_print_text(p, is_short ? ")" : "))");
}

void wp_print_rectype(wp_printer *p, uint32_t i) {
    const wp_rectype *group = &p->module->rectypes[i];
    if (group->count == 1) {
        print_typedef(p, group->first, 1);
        return;
    }
    wp_print_line(p, 1);
    wp_print_text(p, "(rec");
    for (uint32_t k = 0; k < group->count; k++)
        print_typedef(p, group->first + k, 2);
    wp_print_text(p, ")");
}
