/* operands_json.c: counts of operand classes as JSON; see operands_json.h. */
#include "coverage/operands_json.h"

#include <inttypes.h>

static void write_classes(FILE *out) {
    fputs("{\"classes\":[", out);
    for (size_t c = 0; c < wp_operand_class_count(); c++) {
        wp_operand_info info = wp_operand_class(c);
        fprintf(out, "%s{\"type\":\"%c\",\"name\":\"%s\"}", c == 0 ? "" : ",", info.type, info.name);
    }
    fputs("],\n\"instructions\":[", out);
}

/* The counts of the classes of operand k of instruction i, those of its type alone. */
static void write_operand(const wp_operands *counts, size_t i, size_t k, char type, FILE *out) {
    bool first = true;
    fputc('[', out);
    for (size_t c = 0; c < wp_operand_class_count(); c++) {
        if (wp_operand_class(c).type != type)
            continue;
        fprintf(out, "%s%" PRIu64, first ? "" : ",", wp_instr_operands(counts, i, k, c));
        first = false;
    }
    fputc(']', out);
}

static void write_instr(const wp_operands *counts, size_t i, FILE *out) {
    wp_instr_info info = wp_instr_get(i);
    fprintf(out, "%s\n{\"mnemonic\":\"%s\",\"signature\":\"%s\",\"supported\":%s,\"count\":%" PRIu64 ",\"operands\":[",
            i == 0 ? "" : ",", info.mnemonic, info.signature, info.supported ? "true" : "false",
            wp_instr_executed(counts, i));
    for (size_t k = 0; info.signature[0] != '*' && info.signature[k] != ':'; k++) {
        if (k != 0)
            fputc(',', out);
        write_operand(counts, i, k, info.signature[k], out);
    }
    fputs("]}", out);
}

void operands_write(const wp_operands *counts, FILE *out) {
    write_classes(out);
    for (size_t i = 0; i < wp_instr_count(); i++)
        write_instr(counts, i, out);
    fputs("]}\n", out);
}
