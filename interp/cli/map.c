/* map.c: the address space of a process as text; see map.h. */
#include "cli/map.h"

#include "base/diag.h"
#include "script/json_value.h"
#include "base/arena.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading ------------------------------------------------------------------------------------------------- */

/* Names come from modules and files: malformed UTF-8 becomes U+FFFD, control characters "?". NULL: out of memory. */
static char *clean(const char *text, size_t size) {
    char *copy = strndup(text, size);
    json_t *json = copy == NULL ? NULL : json_from_bytes(copy);
    free(copy);
    copy = json == NULL ? NULL : strdup(json_string_value(json));
    json_decref(json);
    for (char *c = copy; c != NULL && *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
    return copy;
}

static wp_status add(map *m, const wp_range_info *info, wp_diag *diag) {
    if (!wp_grow(&wp_libc_allocator, (void **)&m->ranges, m->count, &m->capacity, sizeof *m->ranges))
        return wp_fail_memory(diag);
    char *owner = clean(info->owner, info->owner_size);
    if (owner == NULL)
        return wp_fail_memory(diag);
    m->ranges[m->count++] = (map_range){info->first, info->count, info->state, owner};
    m->pages = info->first + info->count;
    return WP_OK;
}

wp_status map_read(wp_process *process, const wp_process_desc *desc, map *out, wp_diag *diag) {
    map m = {.wide = desc->pointer == WP_T_I64};
    wp_status status = WP_OK;
    while (status == WP_OK && m.pages < desc->pages) {
        wp_range_info info;
        status = wp_process_range(process, m.pages, &info, diag);
        if (status == WP_OK)
            status = add(&m, &info, diag);
    }
    if (status != WP_OK)
        map_free(&m);
    else
        *out = m;
    return status;
}

void map_free(map *m) {
    for (size_t i = 0; i < m->count; i++)
        free(m->ranges[i].owner);
    wp_free(&wp_libc_allocator, m->ranges, m->capacity, sizeof *m->ranges);
    m->ranges = NULL;
    m->count = m->capacity = 0;
}

/* ---- Texts --------------------------------------------------------------------------------------------------- */

const char *map_state_name(wp_page_state state) {
    switch (state) {
    case WP_PAGE_FREE: return "free";
    case WP_PAGE_MAPPED: return "mapped";
    case WP_PAGE_RESERVED: return "reserved";
    case WP_PAGE_GUARD: return "guard";
    default: return "protected";
    }
}

const char *map_size_text(uint64_t pages, char buffer[MAP_SIZE_TEXT]) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    uint64_t size = pages * (WP_PAGE_SIZE / 1024), one = 1;
    size_t unit = 0;
    for (; unit + 1 < sizeof units / sizeof *units && size / one >= 1024; unit++)
        one *= 1024;
    if (size % one == 0)
        snprintf(buffer, MAP_SIZE_TEXT, "%" PRIu64 " %s", size / one, units[unit]);
    else
        snprintf(buffer, MAP_SIZE_TEXT, "%.1f %s", (double)size / (double)one, units[unit]);
    return buffer;
}

static int hex_digits(uint64_t number) {
    int digits = 1;
    while (number >>= 4)
        digits++;
    return digits;
}

/* An address is a page's number and four digits more; the largest end of all has 17. */
const char *map_address_text(const map *m, uint64_t page, char buffer[MAP_ADDRESS_TEXT]) {
    snprintf(buffer, MAP_ADDRESS_TEXT, "%0*" PRIx64 "0000", hex_digits(m->pages), page);
    return buffer;
}

void map_print(const map *m, FILE *out) {
    for (size_t i = 0; i < m->count; i++) {
        const map_range *r = &m->ranges[i];
        char first[MAP_ADDRESS_TEXT], end[MAP_ADDRESS_TEXT], size[MAP_SIZE_TEXT];
        fprintf(out, "%s-%s %10s ", map_address_text(m, r->first, first), map_address_text(m, r->first + r->count, end),
                map_size_text(r->count, size));
        if (*r->owner == '\0')
            fprintf(out, "%s\n", map_state_name(r->state));
        else
            fprintf(out, "%-9s %s\n", map_state_name(r->state), r->owner);
    }
}
