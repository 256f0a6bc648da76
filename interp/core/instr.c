/* instr.c: the tables made from instr.def and feature.def; see instr.h. */
#include "core/instr.h"

const wp_instr_row wp_instr_rows[WP_OP_COUNT] = {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                         \
    {mnemonic, signature, prefix, IMM_##immediate, WP_FEATURE_##feature, WP_WIDTH_##b, code},
#include "core/instr.def"
};

/* Names of the immediate kinds, for printing the table. */
static const char *const immediate_names[WP_OP_COUNT] = {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, a, b, feature) #immediate,
#include "core/instr.def"
};

static const wp_feature_info features[WP_FEATURE_COUNT] = {
#define FEATURE(id, supported, text) {#id, text, supported},
#include "core/feature.def"
};

const uint16_t wp_opcodes[4][WP_OPCODES] = {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                         \
    [(prefix) == 0 ? 0 : (prefix)-0xFA][code] = WP_OP_##id + 1,
#include "core/instr.def"
};

void wp_mnemonics_init(wp_mnemonics *names, const wp_allocator *allocator) {
    wp_index_init(&names->index, allocator);
    for (uint32_t op = WP_OP_COUNT; op-- > 0;) /* the entry of the first row is the newest */
        wp_index_insert(&names->index, &names->links[op], wp_bytes_of(wp_instr_rows[op].mnemonic));
}

wp_op wp_instr_named(const wp_mnemonics *names, const char *mnemonic, size_t size) {
    const wp_link *link = wp_index_find(&names->index, (wp_bytes){(const uint8_t *)mnemonic, size});
    return link == NULL ? WP_OP_COUNT : (wp_op)(link - names->links);
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
