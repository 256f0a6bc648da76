/* operands.c: how often instructions run, and with operands of which classes (operand.def): the functions around
 * wp_operands_start in wasmproc.h. Only builds with rule probes count (WP_RULES).
 */
#include "core/module.h"

#include <string.h>

enum {
    CLASSES = sizeof((const char[]){
#define OPERAND_CLASS(type, name, condition) 0,
#include "coverage/operand.def"
    })
};

static const wp_operand_info classes[CLASSES] = {
#define OPERAND_CLASS(type, name, condition) {#type[0], name},
#include "coverage/operand.def"
};

struct wp_operands {
    wp_allocator allocator;
    uint64_t executed[WP_OP_COUNT];
    uint64_t operands[WP_OP_COUNT][WP_OPERANDS_MAX][CLASSES];
};

wp_operands *wp_operands_new(const wp_allocator *allocator) {
    const wp_allocator *a = allocator == NULL ? &wp_libc_allocator : allocator;
    wp_operands *counts = wp_rules_enabled() ? wp_alloc(a, 1, sizeof *counts) : NULL;
    if (counts != NULL)
        counts->allocator = *a;
    return counts;
}

void wp_operands_delete(wp_operands *counts) {
    wp_allocator a = counts == NULL ? wp_libc_allocator : counts->allocator;
    wp_free(&a, counts, 1, sizeof *counts);
}

static size_t classify(char type, uint64_t bits, uint64_t high) {
    size_t i = 0;
    (void)high; /* of vectors alone */
#define OPERAND_CLASS(of, name, condition)                                                                             \
    if (type == #of[0] && (condition))                                                                                 \
        return i;                                                                                                      \
    i++;
#include "coverage/operand.def"
    return i - 1; /* not reached: the last class of each type has no condition */
}

static size_t cells_of(char type) {
    return type == 'v' ? 2 : 1;
}

static void count_instr(wp_engine *engine, const wp_code *code, const wp_instr *ip, const uint64_t *sp) {
    (void)code;
    wp_operands *o = engine->operands;
    const char *signature = wp_instr_rows[ip->op].signature;
    size_t cells = 0;
    o->executed[ip->op]++;
    if (*signature == '*')
        return;
    for (const char *type = signature; *type != ':'; type++)
        cells += cells_of(*type);
    sp -= cells;
    for (size_t k = 0; signature[k] != ':'; k++) {
        char type = signature[k];
        o->operands[ip->op][k][classify(type, sp[0], type == 'v' ? sp[1] : 0)]++;
        sp += cells_of(type);
    }
}

void wp_operands_start(wp_engine *engine, wp_operands *counts) {
    static const wp_observer observer = {.before = count_instr};
    engine->operands = counts;
    engine->observers[WP_OBSERVER_OPERANDS] = &observer;
}

size_t wp_operand_class_count(void) {
    return CLASSES;
}

wp_operand_info wp_operand_class(size_t i) {
    return classes[i];
}

uint64_t wp_instr_executed(const wp_operands *counts, size_t i) {
    return counts->executed[i];
}

uint64_t wp_instr_operands(const wp_operands *counts, size_t i, size_t operand, size_t kind) {
    return counts->operands[i][operand][kind];
}
