/* instr.c: the tables made from instr.def and feature.def; see instr.h. */
#include "core/instr.h"

#include <string.h>

const wp_instr_row wp_instr_rows[WP_OP_COUNT] = {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                         \
    {mnemonic, signature, prefix, IMM_##immediate, WP_FEATURE_##feature, WP_WIDTH_##b, code},
#include "core/instr.def"
};

/* Names of the immediate kinds, for those that print the table. */
static const char *const immediate_names[WP_OP_COUNT] = {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, a, b, feature) #immediate,
#include "core/instr.def"
};

static const wp_feature_info features[WP_FEATURE_COUNT] = {
#define FEATURE(id, supported, text) {#id, text, supported},
#include "core/feature.def"
#undef FEATURE
};

static uint32_t hash_name(const char *name, size_t size) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < size; i++)
        h = (h ^ (uint8_t)name[i]) * 16777619u;
    return h ^ h >> 15;
}

void wp_mnemonics_init(wp_mnemonics *names) {
    memset(names, 0, sizeof *names);
    for (uint16_t op = 0; op < WP_OP_COUNT; op++) {
        const char *mnemonic = wp_instr_rows[op].mnemonic;
        if (wp_instr_named(names, mnemonic, strlen(mnemonic)) != WP_OP_COUNT)
            continue; /* the first row of a mnemonic stands for it */
        uint32_t slot = hash_name(mnemonic, strlen(mnemonic)) % WP_MNEMONIC_SLOTS;
        while (names->slots[slot] != 0)
            slot = (slot + 1) % WP_MNEMONIC_SLOTS;
        names->slots[slot] = (uint16_t)(op + 1);
    }
}

wp_op wp_instr_named(const wp_mnemonics *names, const char *mnemonic, size_t size) {
    uint32_t slot = hash_name(mnemonic, size) % WP_MNEMONIC_SLOTS;
    while (names->slots[slot] != 0) {
        wp_op op = (wp_op)(names->slots[slot] - 1);
        const char *found = wp_instr_rows[op].mnemonic;
        if (strlen(found) == size && memcmp(found, mnemonic, size) == 0)
            return op;
        slot = (slot + 1) % WP_MNEMONIC_SLOTS;
    }
    return WP_OP_COUNT;
}

bool wp_feature_supported(wp_feature_id feature) {
    return features[feature].supported;
}

size_t wp_feature_count(void) {
    return WP_FEATURE_COUNT;
}

wp_feature_info wp_feature_get(size_t i) {
    return features[i];
}

size_t wp_instr_count(void) {
    return WP_OP_COUNT;
}

wp_instr_info wp_instr_get(size_t i) {
    const wp_instr_row *row = &wp_instr_rows[i];
    return (wp_instr_info){row->mnemonic,
                           row->prefix,
                           row->code,
                           immediate_names[i],
                           row->signature,
                           features[row->feature].name,
                           features[row->feature].supported};
}
