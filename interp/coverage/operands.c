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
    uint64_t executed[WP_OP_COUNT];
    uint64_t operands[WP_OP_COUNT][WP_OPERANDS_MAX][CLASSES];
};

static void release(wp_engine *engine) {
    wp_free(&engine->allocator, engine->operands, 1, sizeof *engine->operands);
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
    struct wp_operands *o = engine->operands;
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

bool wp_operands_start(wp_engine *engine) {
    static const wp_observer observer = {NULL, count_instr, release};
    if (wp_rules_enabled() && engine->operands == NULL)
        engine->operands = wp_alloc(&engine->allocator, 1, sizeof *engine->operands);
    if (engine->operands == NULL)
        return false;
    engine->observers[WP_OBSERVER_OPERANDS] = &observer;
    return true;
}

size_t wp_operand_class_count(void) {
    return CLASSES;
}

wp_operand_info wp_operand_class(size_t i) {
    return classes[i];
}

uint64_t wp_instr_executed(const wp_engine *engine, size_t i) {
    return engine->operands == NULL ? 0 : engine->operands->executed[i];
}

uint64_t wp_instr_operands(const wp_engine *engine, size_t i, size_t operand, size_t kind) {
    return engine->operands == NULL ? 0 : engine->operands->operands[i][operand][kind];
}
