/* map_svg.c: the address space of a process as a picture; see map.h.
 *
 * - A bar has the ranges from address 0 down, all on one scale. A range that would leave the others no room is broken:
 *   it has a fixed height and a gap in its middle.
 * - Each range has a row of text beside the bar, as near as the other rows let it be, and a line that leads to it.
 * - Where there are very many ranges, mapped and free ones that follow each other are drawn as one, "mixed".
 */
#include "cli/map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Lengths are in pixels. They are whole, and no enumeration: many are added to lengths that are not. */
static const int MARGIN = 24;
static const int TOP = 96;       /* of the bar */
static const int BAR_WIDTH = 88; /* the bar begins at the margin */
static const int BAR_BUDGET =
    640; /* height of the ranges that are not broken; more where there are more rows than that */
static const int PAGE_MOST = 20;  /* a page is never higher */
static const int RANGE_LEAST = 2; /* a range is never lower */
static const int BROKEN_HEIGHT = 56;
static const int ROW = 20; /* from row to row */
static const int COLUMN_ADDRESS = 152;
static const int DIGIT = 8; /* of an address */
static const int SIZE_WIDTH = 104;
static const int STATE_WIDTH = 84;
static const int OWNER_WIDTH = 400;

enum { OWNER_CHARACTERS = 52, MANY = 300 /* ranges */ };

/* Ranges that are drawn as one. */
typedef struct item {
    const map_range *range; /* the first of them */
    size_t ranges;
    uint64_t count; /* pages */
    uint64_t mapped;
    const char *style;
    bool broken;
    double top, height, row; /* row: where the text is */
} item;

typedef struct picture {
    const map *map;
    item *items;
    size_t count;
    double scale; /* of a page */
    double bottom;
    int size_column, state_column, owner_column; /* of the size: its right end */
    FILE *out;
} picture;

/* ---- Items --------------------------------------------------------------------------------------------------- */

/* True for a range that can be drawn together with its neighbours: unowned, and a small part of the address space. */
static bool svg_is_plain(const map *m, const map_range *r) {
    return (r->state == WP_PAGE_MAPPED || r->state == WP_PAGE_FREE) && r->count < m->pages / 16;
}

/* How many ranges, from one on, become one item. */
static size_t svg_item_size(const map *m, size_t i) {
    size_t size = 0;
    while (i + size < m->count && svg_is_plain(m, &m->ranges[i + size]))
        size++;
    return m->count <= MANY || size < 3 ? 1 : size;
}

/* Reserved ranges of neighbouring owners differ. */
static const char *svg_choose_style(const picture *p, const item *it, const char **last_owner, bool *odd) {
    const map_range *r = it->range;
    if (it->ranges > 1)
        return "mixed";
    if (r->state != WP_PAGE_RESERVED)
        return map_state_name(r->state);
    if (strcmp(r->owner, "stack") == 0)
        return "stack";
    *odd = p->count == 0 || *last_owner == NULL || strcmp(*last_owner, r->owner) != 0 ? !*odd : *odd;
    *last_owner = r->owner;
    return *odd ? "reserved" : "reserved2";
}

static void svg_collect(picture *p) {
    const char *last_owner = NULL;
    bool odd = false;
    for (size_t i = 0; i < p->map->count;) {
        item *it = &p->items[p->count];
        *it = (item){.range = &p->map->ranges[i], .ranges = svg_item_size(p->map, i)};
        for (size_t k = 0; k < it->ranges; k++) {
            it->count += it->range[k].count;
            it->mapped += it->range[k].state == WP_PAGE_MAPPED ? it->range[k].count : 0;
        }
        it->style = svg_choose_style(p, it, &last_owner, &odd);
        p->count++;
        i += it->ranges;
    }
}

/* ---- Where it is drawn --------------------------------------------------------------------------------------- */

static bool svg_is_free(const item *it) {
    return it->range->state == WP_PAGE_FREE && it->ranges == 1;
}

/* Breaks free ranges that would take more than half the room of all that is in use. */
static void svg_break_free(picture *p) {
    uint64_t used = 0;
    for (size_t i = 0; i < p->count; i++)
        used += svg_is_free(&p->items[i]) ? 0 : p->items[i].count;
    for (size_t i = 0; i < p->count; i++)
        p->items[i].broken = svg_is_free(&p->items[i]) && p->items[i].count > used / 2;
}

/* Breaks the largest items, as long as one is four times as large as all the others together. Returns the pages of
 * those that are not broken. */
static double svg_break_large(picture *p) {
    for (;;) {
        item *largest = NULL;
        double total = 0;
        for (size_t i = 0; i < p->count; i++) {
            item *it = &p->items[i];
            if (it->broken)
                continue;
            total += (double)it->count;
            if (largest == NULL || it->count > largest->count)
                largest = it;
        }
        double size = largest == NULL ? 0 : (double)largest->count;
        if (size <= 4 * (total - size) || size >= total)
            return total;
        largest->broken = true;
    }
}

static void svg_place_items(picture *p) {
    svg_break_free(p);
    double total = svg_break_large(p), at = TOP, rows = (double)p->count * ROW;
    p->scale = total == 0 ? PAGE_MOST : (rows > BAR_BUDGET ? rows : BAR_BUDGET) / total;
    p->scale = p->scale > PAGE_MOST ? PAGE_MOST : p->scale;
    for (size_t i = 0; i < p->count; i++) {
        item *it = &p->items[i];
        it->height = it->broken ? BROKEN_HEIGHT : (double)it->count * p->scale;
        it->height = it->height < RANGE_LEAST ? RANGE_LEAST : it->height;
        it->top = at;
        at += it->height;
    }
    p->bottom = at;
}

static void svg_place_columns(picture *p) {
    char address[MAP_ADDRESS_TEXT];
    int digits = (int)strlen(map_address_text(p->map, 0, address));
    p->size_column = COLUMN_ADDRESS + digits * DIGIT + SIZE_WIDTH;
    p->state_column = p->size_column + MARGIN;
    p->owner_column = p->state_column + STATE_WIDTH;
}

/* Rows that stand as one block: each would be in the place that is best for all. */
typedef struct block {
    size_t rows;
    double sum; /* of where the first row would be for the sake of each */
} block;

static double svg_block_at(const block *b) {
    double at = b->sum / (double)b->rows;
    return at < TOP + ROW / 2.0 ? TOP + ROW / 2.0 : at;
}

/* Rows keep their distance and their order, and are otherwise as near to their ranges as can be: blocks that would
 * overlap become one. */
static bool svg_place_rows(picture *p) {
    block *blocks = calloc(p->count + 1, sizeof *blocks);
    size_t count = 0;
    if (blocks == NULL)
        return false;
    for (size_t i = 0; i < p->count; i++) {
        blocks[count++] = (block){1, p->items[i].top + p->items[i].height / 2};
        while (count > 1) {
            block *last = &blocks[count - 1], *before = last - 1;
            double end = svg_block_at(before) + (double)before->rows * ROW;
            if (svg_block_at(last) >= end)
                break;
            before->sum += last->sum - (double)before->rows * ROW * (double)last->rows;
            before->rows += last->rows;
            count--;
        }
    }
    for (size_t b = 0, i = 0; b < count; b++)
        for (size_t k = 0; k < blocks[b].rows; k++)
            p->items[i++].row = svg_block_at(&blocks[b]) + (double)k * ROW;
    free(blocks);
    return true;
}

/* ---- Drawing ------------------------------------------------------------------------------------------------- */

static void svg_put_text(FILE *out, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        switch (text[i]) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(text[i], out);
        }
}

/* The part of a URI after its last slash, cut to the room. */
static void svg_put_owner(FILE *out, const char *owner) {
    const char *slash = strrchr(owner, '/'), *name = slash == NULL || slash[1] == '\0' ? owner : slash + 1;
    size_t characters = 0, size = 0;
    for (; name[size] != '\0' && characters < OWNER_CHARACTERS; characters++) {
        size++;
        while (((unsigned char)name[size] & 0xC0) == 0x80)
            size++;
    }
    svg_put_text(out, name, size);
    if (name[size] != '\0')
        fputs("\xE2\x80\xA6", out);
}

static const char style[] =
    "<style>\n"
    "svg{background:#ffffff;font:13px system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif}\n"
    "text{fill:#1f2328;dominant-baseline:central}\n"
    ".title{font-size:17px;font-weight:600}\n"
    ".quiet{fill:#59636e}\n"
    ".address{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:12px}\n"
    ".end{text-anchor:end}\n"
    ".lead{fill:none;stroke:#b3bcc5}\n"
    ".edge{fill:none;stroke:#59636e}\n"
    ".gap{fill:#ffffff}\n"
    ".free{fill:#eef1f4}\n"
    ".mapped{fill:#4d8fdc}\n"
    ".mixed{fill:#a5c3ea}\n"
    ".reserved{fill:#3d9a63}\n"
    ".reserved2{fill:#7cc397}\n"
    ".stack{fill:#9270d6}\n"
    ".guard{fill:#d9576a}\n"
    ".protected{fill:#8c959f}\n"
    "@media (prefers-color-scheme:dark){\n"
    "svg{background:#0d1117}\n"
    "text{fill:#e6edf3}\n"
    ".quiet{fill:#9198a1}\n"
    ".lead{stroke:#4a525c}\n"
    ".edge{stroke:#9198a1}\n"
    ".gap{fill:#0d1117}\n"
    ".free{fill:#1b222b}\n"
    ".mapped{fill:#3f7fcc}\n"
    ".mixed{fill:#2b4c78}\n"
    ".reserved{fill:#2f8f57}\n"
    ".reserved2{fill:#1d6139}\n"
    ".stack{fill:#7f5cc4}\n"
    ".guard{fill:#c4465a}\n"
    ".protected{fill:#6b747e}\n"
    "}\n"
    "</style>\n";

static const char *svg_item_state(const item *it) {
    return it->ranges > 1 ? "mixed" : map_state_name(it->range->state);
}

/* Two zigzag lines across the bar, with nothing between them. */
static void svg_draw_gap(const picture *p, const item *it) {
    static const int TEETH = 8, DEPTH = 5, HALF = 4;
    double middle = it->top + it->height / 2, step = (double)BAR_WIDTH / TEETH;
    fprintf(p->out, "<path class=\"gap\" d=\"M%d %.1f", MARGIN - 2, middle - HALF);
    for (int i = 0; i <= TEETH; i++)
        fprintf(p->out, "L%.1f %.1f", MARGIN + i * step, middle - HALF + (i % 2 == 0 ? 0 : -DEPTH));
    for (int i = TEETH; i >= 0; i--)
        fprintf(p->out, "L%.1f %.1f", MARGIN + i * step, middle + HALF + (i % 2 == 0 ? 0 : -DEPTH));
    fprintf(p->out, "Z\"/>\n");
    for (int side = -1; side <= 1; side += 2) {
        fprintf(p->out, "<path class=\"edge\" d=\"M%d %.1f", MARGIN, middle + side * HALF);
        for (int i = 1; i <= TEETH; i++)
            fprintf(p->out, "L%.1f %.1f", MARGIN + i * step, middle + side * HALF + (i % 2 == 0 ? 0 : -DEPTH));
        fprintf(p->out, "\"/>\n");
    }
}

/* The text that a pointing device shows. */
static void svg_draw_hint(const picture *p, const item *it) {
    char first[MAP_ADDRESS_TEXT], end[MAP_ADDRESS_TEXT], size[MAP_SIZE_TEXT];
    uint64_t page = it->range->first;
    fprintf(p->out, "<title>%s-%s, %s, %s", map_address_text(p->map, page, first),
            map_address_text(p->map, page + it->count, end), map_size_text(it->count, size), svg_item_state(it));
    if (*it->range->owner != '\0') {
        fputs(", ", p->out);
        svg_put_text(p->out, it->range->owner, strlen(it->range->owner));
    }
    fputs("</title>", p->out);
}

static void svg_draw_bar(const picture *p) {
    for (size_t i = 0; i < p->count; i++) {
        const item *it = &p->items[i];
        fprintf(p->out, "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\">", it->style, MARGIN,
                it->top, BAR_WIDTH, it->height);
        svg_draw_hint(p, it);
        fputs("</rect>\n", p->out);
    }
    fprintf(p->out, "<rect class=\"edge\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%.1f\"/>\n", MARGIN, TOP, BAR_WIDTH,
            p->bottom - TOP);
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].broken)
            svg_draw_gap(p, &p->items[i]);
}

static void svg_draw_row(const picture *p, const item *it) {
    char address[MAP_ADDRESS_TEXT], size[MAP_SIZE_TEXT];
    const char *quiet = svg_is_free(it) ? " quiet" : "";
    double middle = it->top + it->height / 2;
    int right = MARGIN + BAR_WIDTH;
    fprintf(p->out, "<path class=\"lead\" d=\"M%d %.1fH%dL%d %.1fH%d\"/>\n", right, middle, right + 8,
            COLUMN_ADDRESS - 16, it->row, COLUMN_ADDRESS - 6);
    fprintf(p->out, "<text class=\"address%s\" x=\"%d\" y=\"%.1f\">%s</text>", quiet, COLUMN_ADDRESS, it->row,
            map_address_text(p->map, it->range->first, address));
    fprintf(p->out, "<text class=\"end%s\" x=\"%d\" y=\"%.1f\">%s</text>", quiet, p->size_column, it->row,
            map_size_text(it->count, size));
    fprintf(p->out, "<text class=\"state%s\" x=\"%d\" y=\"%.1f\">%s</text>", quiet, p->state_column, it->row,
            svg_item_state(it));
    fprintf(p->out, "<text class=\"owner%s\" x=\"%d\" y=\"%.1f\">", quiet, p->owner_column, it->row);
    if (it->ranges > 1)
        fprintf(p->out, "%zu ranges, %s mapped", it->ranges, map_size_text(it->mapped, size));
    else
        svg_put_owner(p->out, it->range->owner);
    fputs("</text>\n", p->out);
}

static uint64_t svg_pages_in_state(const map *m, wp_page_state state) {
    uint64_t pages = 0;
    for (size_t i = 0; i < m->count; i++)
        pages += m->ranges[i].state == state ? m->ranges[i].count : 0;
    return pages;
}

static void svg_draw_heading(const picture *p, const char *title) {
    char size[MAP_SIZE_TEXT];
    const map *m = p->map;
    uint64_t reserved = svg_pages_in_state(m, WP_PAGE_RESERVED) + svg_pages_in_state(m, WP_PAGE_GUARD);
    fprintf(p->out, "<text class=\"title\" x=\"%d\" y=\"32\">Address space of ", MARGIN);
    svg_put_owner(p->out, title);
    fprintf(p->out, "</text>\n<text class=\"quiet\" x=\"%d\" y=\"58\">%s: %s", MARGIN, m->wide ? "wasm64" : "wasm32",
            map_size_text(m->pages, size));
    fprintf(p->out, ", of which mapped: %s", map_size_text(svg_pages_in_state(m, WP_PAGE_MAPPED), size));
    fprintf(p->out, ", reserved: %s", map_size_text(reserved, size));
    fprintf(p->out, ", free: %s</text>\n", map_size_text(svg_pages_in_state(m, WP_PAGE_FREE), size));
}

/* The end of the address space, below the last row and the bar. */
static void svg_draw_end(const picture *p, double at) {
    char address[MAP_ADDRESS_TEXT];
    fprintf(p->out, "<text class=\"address quiet\" x=\"%d\" y=\"%.1f\">%s</text>", COLUMN_ADDRESS, at,
            map_address_text(p->map, p->map->pages, address));
    fprintf(p->out, "<text class=\"quiet\" x=\"%d\" y=\"%.1f\">end</text>\n", p->state_column, at);
}

static void svg_draw(const picture *p, const char *title) {
    double last = p->items[p->count - 1].row + ROW, end = last > p->bottom ? last : p->bottom;
    double height = end + ROW / 2.0 + MARGIN;
    int width = p->owner_column + OWNER_WIDTH;
    fprintf(p->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\" "
            "role=\"img\">\n<title>Address space of ",
            width, height, width, height);
    svg_put_text(p->out, title, strlen(title));
    fprintf(p->out, "</title>\n%s", style);
    svg_draw_heading(p, title);
    svg_draw_bar(p);
    for (size_t i = 0; i < p->count; i++)
        svg_draw_row(p, &p->items[i]);
    svg_draw_end(p, end);
    fputs("</svg>\n", p->out);
}

bool map_draw(const map *m, const char *title, FILE *out) {
    picture p = {.map = m, .items = calloc(m->count + 1, sizeof *p.items), .out = out};
    bool done = p.items != NULL && m->count > 0;
    if (done) {
        svg_collect(&p);
        svg_place_items(&p);
        svg_place_columns(&p);
        done = svg_place_rows(&p);
    }
    if (done)
        svg_draw(&p, title);
    free(p.items);
    return done;
}
