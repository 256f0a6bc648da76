/* dwarf.c: line numbers of compiled modules; see dwarf.h (DWARF Debugging Information Format, version 5, section 6.2).
 *
 * - A table is a header and a program. The program makes rows: from this address on, this file and line.
 * - Before version 5 a table does not say which folder its paths are relative to: the unit of ".debug_info" that the
 *   table belongs to does.
 * - Rows of all tables are sorted by address; a row that ends a sequence means that no line is known from there on.
 */
#include "coverage/dwarf.h"

#include <stdlib.h>
#include <string.h>

/* ---- Bytes ------------------------------------------------------------------------------------------------------- */

/* The bytes still to be read. After reading beyond the end `bad` is set, and further reads give 0. */
typedef struct input {
    const uint8_t *next, *end;
    bool bad;
} input;

static bool dwarf_has(input *in, uint64_t size) {
    if (in->bad || (uint64_t)(in->end - in->next) < size)
        in->bad = true;
    return !in->bad;
}

static uint64_t dwarf_take(input *in, unsigned size) {
    uint64_t value = 0;
    if (!dwarf_has(in, size))
        return 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)*in->next++ << 8 * i;
    return value;
}

static void dwarf_skip(input *in, uint64_t size) {
    if (dwarf_has(in, size))
        in->next += size;
}

/* Signed: in two's complement. Bits beyond 64 are lost. */
static uint64_t dwarf_take_leb128(input *in, bool is_signed) {
    uint64_t value = 0, byte;
    unsigned shift = 0;
    do {
        byte = dwarf_take(in, 1);
        if (shift < 64)
            value |= (byte & 0x7F) << shift;
        shift += shift < 64 ? 7 : 0;
    } while ((byte & 0x80) != 0);
    return is_signed && (byte & 0x40) != 0 && shift < 64 ? value | UINT64_MAX << shift : value;
}

static uint64_t dwarf_take_unsigned(input *in) {
    return dwarf_take_leb128(in, false);
}

/* A NUL-terminated string; "" at the end. */
static const char *dwarf_take_string(input *in) {
    const uint8_t *start = in->next, *nul = in->bad ? NULL : memchr(start, 0, (size_t)(in->end - start));
    if (nul == NULL) {
        in->bad = true;
        return "";
    }
    in->next = nul + 1;
    return (const char *)start;
}

static input dwarf_sub_input(input *in, uint64_t size) {
    input part = {in->next, in->next, !dwarf_has(in, size)};
    dwarf_skip(in, size);
    part.end = in->next;
    return part;
}

/* A unit or a table: its length, which also tells the size of offsets in it, and its bytes. */
static input dwarf_take_unit(input *in, unsigned *offset_size) {
    uint64_t size = dwarf_take(in, 4);
    *offset_size = size == UINT32_MAX ? 8 : 4;
    return dwarf_sub_input(in, *offset_size == 8 ? dwarf_take(in, 8) : size);
}

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

typedef struct row {
    uint64_t address;
    size_t order; /* of creation: of rows at one address the last counts */
    const char *path;
    uint32_t line, column; /* line 0: no line is known from here on */
} row;

struct dwarf_lines {
    row *rows;
    size_t nrows, capacity;
};

/* Forms of values; the third row occurs in ".debug_info" alone. */
enum { FORM_BLOCK = 9, FORM_DATA1 = 11, FORM_DATA2 = 5, FORM_DATA4 = 6, FORM_DATA8 = 7, FORM_DATA16 = 30 };
enum { FORM_STRING = 8, FORM_STRP = 14, FORM_UDATA = 15, FORM_LINE_STRP = 31 };
enum { FORM_ADDR = 1, FORM_SDATA = 13, FORM_FLAG = 12, FORM_SEC_OFFSET = 23, FORM_FLAG_PRESENT = 25 };
enum { AT_STMT_LIST = 16, AT_COMP_DIR = 27 };
enum { CONTENT_PATH = 1, CONTENT_FOLDER = 2 };
enum { COPY = 1, ADVANCE_PC, ADVANCE_LINE, SET_FILE, SET_COLUMN, CONST_ADD_PC = 8, FIXED_ADVANCE_PC };
enum { END_SEQUENCE = 1, SET_ADDRESS };

typedef struct file_name {
    const char *name;
    uint64_t folder;
    const char *path; /* made when it is needed */
} file_name;

typedef struct file_names {
    file_name *items;
    size_t count, capacity;
} file_names;

/* One table as it is read. */
typedef struct table {
    wp_arena *pool;
    const wp_module *module;
    dwarf_lines *lines;
    uint64_t offset; /* in its section */
    unsigned version, offset_size, address_size;
    uint8_t least_length, line_range, opcode_base;
    int8_t line_base;
    uint8_t lengths[256]; /* of the operands of standard opcodes */
    file_names folders, files;
    bool short_of_memory;
} table;

static bool dwarf_grow(table *t, void **list, size_t count, size_t *capacity, size_t size) {
    bool done = wp_arena_grow(t->pool, list, count, capacity, size);
    t->short_of_memory = t->short_of_memory || !done;
    return done;
}

static void dwarf_add_name(table *t, file_names *names, const char *name, uint64_t folder) {
    if (dwarf_grow(t, (void **)&names->items, names->count, &names->capacity, sizeof *names->items))
        names->items[names->count++] = (file_name){name, folder, NULL};
}

/* A string in another section. */
static const char *dwarf_string_at(const table *t, const char *section, uint64_t offset) {
    const uint8_t *bytes;
    size_t size;
    if (!wp_module_custom(t->module, section, &bytes, &size) || offset >= size)
        return "";
    input in = {bytes + offset, bytes + size, false};
    return dwarf_take_string(&in);
}

/* A value of an entry of version 5. Only strings and numbers are of interest. */
static void dwarf_take_form(const table *t, input *in, uint64_t form, const char **text, uint64_t *number) {
    switch (form) {
    case FORM_STRING: *text = dwarf_take_string(in); break;
    case FORM_STRP: *text = dwarf_string_at(t, ".debug_str", dwarf_take(in, t->offset_size)); break;
    case FORM_LINE_STRP: *text = dwarf_string_at(t, ".debug_line_str", dwarf_take(in, t->offset_size)); break;
    case FORM_UDATA: *number = dwarf_take_unsigned(in); break;
    case FORM_DATA1: *number = dwarf_take(in, 1); break;
    case FORM_DATA2: *number = dwarf_take(in, 2); break;
    case FORM_DATA4: *number = dwarf_take(in, 4); break;
    case FORM_DATA8: *number = dwarf_take(in, 8); break;
    case FORM_DATA16: dwarf_skip(in, 16); break;
    case FORM_BLOCK: dwarf_skip(in, dwarf_take_unsigned(in)); break;
    case FORM_SDATA: (void)dwarf_take_unsigned(in); break;
    case FORM_FLAG: dwarf_skip(in, 1); break;
    case FORM_FLAG_PRESENT: break;
    case FORM_SEC_OFFSET: *number = dwarf_take(in, t->offset_size); break;
    case FORM_ADDR: dwarf_skip(in, t->address_size); break;
    default: in->bad = true; /* its size is not known */
    }
}

/* The folders, or the files, of version 5: a description of the entries, and the entries. */
static void dwarf_read_entries(table *t, input *in, file_names *names) {
    uint64_t kinds[16], forms[16], nforms = dwarf_take(in, 1);
    if (nforms > 16)
        in->bad = true;
    for (uint64_t i = 0; i < nforms && !in->bad; i++) {
        kinds[i] = dwarf_take_unsigned(in);
        forms[i] = dwarf_take_unsigned(in);
    }
    uint64_t count = dwarf_take_unsigned(in);
    for (uint64_t i = 0; i < count && nforms != 0 && !in->bad && !t->short_of_memory; i++) {
        const char *name = "";
        uint64_t folder = 0;
        for (uint64_t k = 0; k < nforms; k++) {
            const char *text = "";
            uint64_t number = 0;
            dwarf_take_form(t, in, forms[k], &text, &number);
            if (kinds[k] == CONTENT_PATH)
                name = text;
            if (kinds[k] == CONTENT_FOLDER)
                folder = number;
        }
        dwarf_add_name(t, names, name, folder);
    }
}

/* ---- The folder of a compilation --------------------------------------------------------------------------------- */

/* Finds the description of an entry's attributes by its number. False: unknown. */
static bool dwarf_find_abbreviation(input *in, uint64_t wanted) {
    while (!in->bad) {
        uint64_t code = dwarf_take_unsigned(in);
        if (code == 0)
            return false;
        (void)dwarf_take_unsigned(in); /* tag */
        dwarf_skip(in, 1);             /* whether it has children */
        if (code == wanted)
            return !in->bad;
        uint64_t attribute, form;
        do {
            attribute = dwarf_take_unsigned(in);
            form = dwarf_take_unsigned(in);
        } while ((attribute != 0 || form != 0) && !in->bad);
    }
    return false;
}

/* The first entry of a unit: its folder and its table. An attribute of an unknown form ends the reading. */
static const char *dwarf_read_unit(const table *t, input *in, input *abbreviations) {
    const char *folder = "";
    uint64_t offset = UINT64_MAX;
    if (!dwarf_find_abbreviation(abbreviations, dwarf_take_unsigned(in)))
        return NULL;
    while (!in->bad && !abbreviations->bad) {
        uint64_t attribute = dwarf_take_unsigned(abbreviations), form = dwarf_take_unsigned(abbreviations), number = 0;
        const char *text = "";
        if (attribute == 0 && form == 0)
            break;
        dwarf_take_form(t, in, form, &text, &number);
        if (attribute == AT_STMT_LIST && !in->bad)
            offset = number;
        if (attribute == AT_COMP_DIR && !in->bad)
            folder = text;
    }
    return offset == t->offset ? folder : NULL;
}

/* The folder of the unit that has this table, before version 5. "" if unknown. */
static const char *dwarf_find_folder(const table *t) {
    const uint8_t *info, *abbreviations;
    size_t info_size, abbreviations_size;
    if (!wp_module_custom(t->module, ".debug_info", &info, &info_size) ||
        !wp_module_custom(t->module, ".debug_abbrev", &abbreviations, &abbreviations_size))
        return "";
    input in = {info, info + info_size, false};
    while (!in.bad && in.next != in.end) {
        table unit = {.module = t->module, .offset = t->offset};
        input part = dwarf_take_unit(&in, &unit.offset_size);
        uint64_t version = dwarf_take(&part, 2), at = dwarf_take(&part, unit.offset_size);
        unit.address_size = (unsigned)dwarf_take(&part, 1);
        if (version < 2 || version > 4 || at > abbreviations_size)
            continue;
        input forms = {abbreviations + at, abbreviations + abbreviations_size, false};
        const char *folder = dwarf_read_unit(&unit, &part, &forms);
        if (folder != NULL)
            return folder;
    }
    return "";
}

/* Files count from 1 here, and folder 0 is that of the compilation. */
static void dwarf_read_old_names(table *t, input *in) {
    dwarf_add_name(t, &t->folders, dwarf_find_folder(t), 0);
    dwarf_add_name(t, &t->files, "", 0);
    for (const char *name; *(name = dwarf_take_string(in)) != '\0' && !t->short_of_memory;)
        dwarf_add_name(t, &t->folders, name, 0);
    for (const char *name; *(name = dwarf_take_string(in)) != '\0' && !t->short_of_memory;) {
        uint64_t folder = dwarf_take_unsigned(in);
        (void)dwarf_take_unsigned(in); /* time and size */
        (void)dwarf_take_unsigned(in);
        dwarf_add_name(t, &t->files, name, folder);
    }
}

static void dwarf_read_header(table *t, input *in) {
    if (t->version >= 5)
        dwarf_skip(in, 2); /* sizes of addresses and segment selectors */
    uint64_t size = dwarf_take(in, t->offset_size);
    input header = dwarf_sub_input(in, size);
    t->least_length = (uint8_t)dwarf_take(&header, 1);
    if (t->version >= 4)
        dwarf_skip(&header, 1); /* operations per instruction */
    dwarf_skip(&header, 1);     /* whether rows are statements at first */
    uint8_t base = (uint8_t)dwarf_take(&header, 1);
    t->line_base = (int8_t)(base < 128 ? base : base - 256);
    t->line_range = (uint8_t)dwarf_take(&header, 1);
    t->opcode_base = (uint8_t)dwarf_take(&header, 1);
    for (unsigned i = 1; i < t->opcode_base; i++)
        t->lengths[i] = (uint8_t)dwarf_take(&header, 1);
    if (t->version >= 5) {
        dwarf_read_entries(t, &header, &t->folders);
        dwarf_read_entries(t, &header, &t->files);
    } else {
        dwarf_read_old_names(t, &header);
    }
    in->bad = in->bad || header.bad || t->line_range == 0;
}

/* ---- Paths ------------------------------------------------------------------------------------------------------ */

static const char *dwarf_join(table *t, const char *folder, const char *name) {
    if (name[0] == '/' || folder[0] == '\0')
        return name;
    size_t head = strlen(folder), tail = strlen(name);
    char *path = wp_arena_alloc(t->pool, head + tail + 2, 1);
    if (path == NULL) {
        t->short_of_memory = true;
        return "";
    }
    memcpy(path, folder, head);
    path[head] = '/';
    memcpy(path + head + 1, name, tail);
    return path;
}

/* NULL: there is no such file. Folder 0 is that of the compilation, to which all others are relative. */
static const char *dwarf_path_of(table *t, uint64_t file) {
    if (file >= t->files.count)
        return NULL;
    file_name *f = &t->files.items[file];
    if (f->path == NULL && f->name[0] != '\0') {
        const char *base = t->folders.count != 0 ? t->folders.items[0].name : "";
        const char *folder = f->folder < t->folders.count ? t->folders.items[f->folder].name : "";
        f->path = dwarf_join(t, f->folder == 0 ? base : dwarf_join(t, base, folder), f->name);
    }
    return f->path;
}

/* ---- Programs ---------------------------------------------------------------------------------------------------- */

/* The registers of a program that are of interest. */
typedef struct state {
    uint64_t address, file, line, column;
    bool is_dead; /* the linker left the code out, which gave it address 0 */
} state;

static const state start_state = {0, 1, 1, 0, false};

static void dwarf_emit(table *t, const state *s, bool is_end) {
    dwarf_lines *lines = t->lines;
    if (s->is_dead)
        return;
    const char *path = is_end || s->line > UINT32_MAX ? NULL : dwarf_path_of(t, s->file);
    if (!dwarf_grow(t, (void **)&lines->rows, lines->nrows, &lines->capacity, sizeof *lines->rows))
        return;
    uint32_t column = s->column > UINT32_MAX ? 0 : (uint32_t)s->column;
    lines->rows[lines->nrows] = (row){s->address, lines->nrows, path, path == NULL ? 0 : (uint32_t)s->line, column};
    lines->nrows++;
}

static void dwarf_run_extended(table *t, state *s, input *in) {
    uint64_t size = dwarf_take_unsigned(in);
    input part = dwarf_sub_input(in, size);
    uint64_t opcode = dwarf_take(&part, 1);
    if (opcode == SET_ADDRESS && size >= 2 && size <= 9) {
        s->address = dwarf_take(&part, (unsigned)size - 1);
        s->is_dead = s->address == 0;
    } else if (opcode == END_SEQUENCE) {
        dwarf_emit(t, s, true);
        *s = start_state;
    }
}

static void dwarf_run_special(table *t, state *s, uint8_t opcode) {
    unsigned adjusted = (unsigned)(opcode - t->opcode_base);
    s->address += (uint64_t)(adjusted / t->line_range) * t->least_length;
    s->line += (uint64_t)(int64_t)(t->line_base + (int)(adjusted % t->line_range));
    dwarf_emit(t, s, false);
}

static void dwarf_run_standard(table *t, state *s, uint8_t opcode, input *in) {
    switch (opcode) {
    case COPY: dwarf_emit(t, s, false); break;
    case ADVANCE_PC: s->address += dwarf_take_unsigned(in) * t->least_length; break;
    case ADVANCE_LINE: s->line += dwarf_take_leb128(in, true); break;
    case SET_FILE: s->file = dwarf_take_unsigned(in); break;
    case SET_COLUMN: s->column = dwarf_take_unsigned(in); break;
    case CONST_ADD_PC: s->address += (uint64_t)((255u - t->opcode_base) / t->line_range) * t->least_length; break;
    case FIXED_ADVANCE_PC: s->address += dwarf_take(in, 2); break;
    default:
        for (unsigned i = 0; i < t->lengths[opcode]; i++)
            (void)dwarf_take_unsigned(in);
    }
}

static void dwarf_run_program(table *t, input *in) {
    state s = start_state;
    while (in->next != in->end && !in->bad && !t->short_of_memory) {
        uint8_t opcode = (uint8_t)dwarf_take(in, 1);
        if (opcode == 0)
            dwarf_run_extended(t, &s, in);
        else if (opcode >= t->opcode_base)
            dwarf_run_special(t, &s, opcode);
        else
            dwarf_run_standard(t, &s, opcode, in);
    }
}

/* One table. False: nothing can be read after it. */
static bool dwarf_read_table(table *t, input *in) {
    input part = dwarf_take_unit(in, &t->offset_size);
    t->version = (unsigned)dwarf_take(&part, 2);
    if (!part.bad && t->version >= 2 && t->version <= 5) {
        dwarf_read_header(t, &part);
        if (!part.bad)
            dwarf_run_program(t, &part);
    }
    return !in->bad && in->next != in->end;
}

/* ---- The module -------------------------------------------------------------------------------------------------- */

static int dwarf_compare_rows(const void *a, const void *b) {
    const row *r = a, *q = b;
    if (r->address != q->address)
        return r->address < q->address ? -1 : 1;
    /* Where one sequence ends another may begin. */
    if ((r->line == 0) != (q->line == 0))
        return r->line == 0 ? -1 : 1;
    return (r->order > q->order) - (r->order < q->order);
}

bool dwarf_read(wp_arena *pool, const wp_module *module, dwarf_lines **out) {
    const uint8_t *bytes;
    size_t size;
    *out = NULL;
    if (!wp_module_custom(module, ".debug_line", &bytes, &size) || size == 0)
        return true;
    dwarf_lines *lines = wp_arena_alloc(pool, 1, sizeof *lines);
    if (lines == NULL)
        return false;
    input in = {bytes, bytes + size, false};
    for (bool more = true; more;) {
        table t = {.pool = pool, .module = module, .lines = lines, .offset = (uint64_t)(in.next - bytes)};
        more = dwarf_read_table(&t, &in);
        if (t.short_of_memory)
            return false;
    }
    if (lines->nrows == 0)
        return true;
    qsort(lines->rows, lines->nrows, sizeof *lines->rows, dwarf_compare_rows);
    *out = lines;
    return true;
}

bool dwarf_find(const dwarf_lines *lines, uint64_t address, dwarf_place *out) {
    size_t low = 0, high = lines->nrows;
    /* The last row at or before the address. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lines->rows[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || lines->rows[low - 1].line == 0)
        return false;
    const row *r = &lines->rows[low - 1];
    *out = (dwarf_place){r->path, r->line, r->column};
    return true;
}
