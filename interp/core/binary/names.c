/* names.c: the custom section "name"; see names.h. */
#include "core/binary/names.h"

#include "base/leb128.h"
#include "core/binary/encode.h"

/* ---- Writing ----------------------------------------------------------------------------------------------- */

/* namemap ::= list(index name), of the names of one kind and outer object from names[first] on. */
static void names_encode_map(wp_output *o, const wp_name *names, size_t first, size_t count) {
    size_t start = o->size;
    uint32_t length = 0;
    for (size_t i = first; i < count; i++) {
        if (names[i].kind != names[first].kind)
            continue;
        if (names[i].outer != names[first].outer)
            break;
        wp_encode_unsigned(o, names[i].index);
        wp_encode_bytes(o, names[i].name);
        length++;
    }
    wp_encode_before(o, start, length);
}

/* namesubsection ::= id size (name | namemap | list(outer namemap)), left out without names. */
static void names_encode_subsection(wp_output *o, const wp_name *names, size_t count, wp_name_kind kind) {
    bool is_indirect = kind == WP_NAME_LOCAL || kind == WP_NAME_FIELD;
    const wp_name *last = NULL;
    size_t start = o->size;
    uint32_t maps = 0;
    for (size_t i = 0; i < count; i++) {
        if (names[i].kind != kind)
            continue;
        if (kind == WP_NAME_MODULE) {
            wp_encode_bytes(o, names[i].name);
        } else if (last == NULL || last->outer != names[i].outer) {
            if (is_indirect)
                wp_encode_unsigned(o, names[i].outer);
            names_encode_map(o, names, i, count);
            maps++;
        }
        last = &names[i];
    }
    if (last == NULL)
        return;
    if (is_indirect)
        wp_encode_before(o, start, maps);
    wp_encode_size_before(o, start);
    wp_encode_before(o, start, kind);
}

void wp_names_encode(wp_output *o, const wp_name *names, size_t count) {
    static const wp_name_kind kinds[] = {WP_NAME_MODULE, WP_NAME_FUNC,  WP_NAME_LOCAL,
                                         WP_NAME_TYPE,   WP_NAME_FIELD, WP_NAME_TAG};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        names_encode_subsection(o, names, count, kinds[i]);
}

/* ---- Reading ----------------------------------------------------------------------------------------------- */

static bool names_take_u32(wp_bytes *bytes, uint32_t *out) {
    const uint8_t *end = bytes->data + bytes->size;
    uint64_t value = 0;
    if (wp_leb128_read(&bytes->data, end, 32, false, &value) != WP_LEB128_OK)
        return false;
    bytes->size = (size_t)(end - bytes->data);
    *out = (uint32_t)value;
    return true;
}

static bool names_take_bytes(wp_bytes *bytes, wp_bytes *out) {
    uint32_t size = 0;
    if (!names_take_u32(bytes, &size) || size > bytes->size)
        return false;
    *out = (wp_bytes){bytes->data, size};
    *bytes = (wp_bytes){bytes->data + size, bytes->size - size};
    return true;
}

static void names_decode_section(wp_bytes section, wp_bytes *names, uint32_t nfuncs) {
    wp_bytes contents, name;
    uint32_t count, index;
    while (section.size != 0) {
        uint8_t id = *section.data++;
        section.size--;
        if (!names_take_bytes(&section, &contents))
            return;
        if (id != WP_NAME_FUNC || !names_take_u32(&contents, &count))
            continue;
        for (; count > 0 && names_take_u32(&contents, &index) && names_take_bytes(&contents, &name); count--)
            if (index < nfuncs && names[index].size == 0)
                names[index] = name;
    }
}

void wp_names_decode_funcs(const wp_module *module, wp_bytes *names) {
    for (uint32_t i = 0; i < module->ncustoms; i++)
        if (wp_bytes_equal(module->customs[i].name, wp_bytes_of("name")))
            names_decode_section(module->customs[i].bytes, names, module->nfuncs);
}
