/* map.h: the address space of a process, for people.
 *
 * Interface:
 * - map_read, map_free: the ranges of an address space as they are now.
 * - map_print: as lines of text.
 * - map_draw: as a picture in SVG.
 */
#ifndef WP_CLI_MAP_H
#define WP_CLI_MAP_H

#include "wasmproc.h"

#include <stdio.h>

/* A range of pages, with an owner of its own. */
typedef struct map_range {
    uint64_t first, count; /* pages */
    wp_page_state state;
    char *owner; /* NUL-terminated UTF-8 without control characters; "" if unowned */
} map_range;

typedef struct map {
    map_range *ranges; /* in order, without gaps */
    size_t count, capacity;
    uint64_t pages; /* of the address space */
    bool wide;      /* its pointer type is i64 */
} map;

/* Reads the map of a process that was created from desc. WP_REFUSED: it has ended, and its map is gone; then, and when
 * out of memory, and there is nothing to free. */
WP_MUST_CHECK wp_status map_read(wp_process *process, const wp_process_desc *desc, map *out, wp_diag *diag);
void map_free(map *m);

/* "free", "mapped", "reserved", "guard", "protected". Static. */
const char *map_state_name(wp_page_state state);

enum { MAP_SIZE_TEXT = 32, MAP_ADDRESS_TEXT = 24 };
/* "64 KiB"; fractions are rounded: "2.5 MiB", "4.0 GiB". */
const char *map_size_text(uint64_t pages, char buffer[MAP_SIZE_TEXT]);
/* The address of a page in hexadecimal, in as many digits as the end of the address space has. */
const char *map_address_text(const map *m, uint64_t page, char buffer[MAP_ADDRESS_TEXT]);

void map_print(const map *m, FILE *out);
/* `title` names the process, in UTF-8. False: out of memory. */
bool map_draw(const map *m, const char *title, FILE *out);

#endif
