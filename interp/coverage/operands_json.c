/* operands_json.c: counts of operand classes as JSON; see operands_json.h. */
#include "coverage/operands_json.h"

#include "base/arena.h"

#include <inttypes.h>
#include <string.h>

struct operands {
    wp_allocator allocator;
    size_t per_instr; /* counts of each: how often it ran, then each class of each operand */
    uint64_t counts[];
};

static size_t per_instr(void) {
    return 1 + WP_OPERANDS_MAX * wp_operand_class_count();
}

static size_t size_of(void) {
    return sizeof(operands) + wp_instr_count() * per_instr() * sizeof(uint64_t);
}

operands *operands_new(const wp_allocator *allocator) {
    const wp_allocator *a = allocator == NULL ? &wp_libc_allocator : allocator;
    operands *o = a->resize(a->ctx, NULL, 0, size_of());
    if (o == NULL)
        return NULL;
    memset(o, 0, size_of());
    o->allocator = *a;
    o->per_instr = per_instr();
    return o;
}

void operands_delete(operands *o) {
    if (o == NULL)
        return;
    wp_allocator a = o->allocator;
    a.resize(a.ctx, o, size_of(), 0);
}

void operands_collect(operands *o, const wp_engine *engine) {
    size_t classes = wp_operand_class_count();
    for (size_t i = 0; i < wp_instr_count(); i++) {
        uint64_t *counts = &o->counts[i * o->per_instr];
        *counts++ += wp_instr_executed(engine, i);
        for (size_t k = 0; k < WP_OPERANDS_MAX; k++)
            for (size_t c = 0; c < classes; c++)
                *counts++ += wp_instr_operands(engine, i, k, c);
    }
}

static void write_classes(FILE *out) {
    fputs("{\"classes\":[", out);
    for (size_t c = 0; c < wp_operand_class_count(); c++) {
        wp_operand_info info = wp_operand_class(c);
        fprintf(out, "%s{\"type\":\"%c\",\"name\":\"%s\"}", c == 0 ? "" : ",", info.type, info.name);
    }
    fputs("],\n\"instructions\":[", out);
}

/* The counts of the classes of one operand, those of its type alone. */
static void write_operand(const uint64_t *counts, char type, FILE *out) {
    bool first = true;
    fputc('[', out);
    for (size_t c = 0; c < wp_operand_class_count(); c++) {
        if (wp_operand_class(c).type != type)
            continue;
        fprintf(out, "%s%" PRIu64, first ? "" : ",", counts[c]);
        first = false;
    }
    fputc(']', out);
}

static void write_instr(const operands *o, size_t i, FILE *out) {
    wp_instr_info info = wp_instr_get(i);
    const uint64_t *counts = &o->counts[i * o->per_instr];
    fprintf(out, "%s\n{\"mnemonic\":\"%s\",\"signature\":\"%s\",\"supported\":%s,\"count\":%" PRIu64 ",\"operands\":[",
            i == 0 ? "" : ",", info.mnemonic, info.signature, info.supported ? "true" : "false", *counts++);
    for (size_t k = 0; info.signature[0] != '*' && info.signature[k] != ':'; k++) {
        if (k != 0)
            fputc(',', out);
        write_operand(counts + k * wp_operand_class_count(), info.signature[k], out);
    }
    fputs("]}", out);
}

void operands_write(const operands *o, FILE *out) {
    write_classes(out);
    for (size_t i = 0; i < wp_instr_count(); i++)
        write_instr(o, i, out);
    fputs("]}\n", out);
}
