/* dylink.c: the text form of the section dylink.0; see dylink.h.
 *
 * Subsections have the order of the fields; neighbouring export-info fields are one subsection, so are import-info
 * fields. Other bytes that a loader takes for the same, such as longer numbers, have no text form but @custom.
 */
#include "text/dylink.h"

#include "base/leb128.h"
#include "base/utf8.h"
#include "core/binary/binary.h"
#include "text/annot.h"
#include "text/number.h"

static const struct flag_name {
    const char *name;
    uint32_t bit;
} flag_names[] = {
#define SYMBOL_FLAG(bit, NAME, word) {word, bit},
#include "core/binary/dylink.def"
};
enum { FLAGS = sizeof flag_names / sizeof *flag_names };

/* ---- Reading ------------------------------------------------------------------------------------------------- */

/* The subsection of export-info or import-info that is being put; kind 0: none. */
typedef struct symbols {
    uint8_t kind;
    size_t start;
    uint32_t count;
} symbols;

typedef struct dylink_parser {
    wp_parser *p;
    const wp_lexeme *start; /* of the annotation */
    symbols symbols;
} dylink_parser;

static wp_status next(dylink_parser *d, wp_lexeme *out) {
    return wp_annot_next(d->p, d->start, out);
}

static wp_status unexpected(dylink_parser *d, const wp_lexeme *lexeme) {
    return wp_annot_fail(d->p, lexeme->pos, "@dylink.0 annotation: unexpected token");
}

static wp_status expect(dylink_parser *d, wp_lex_kind kind) {
    wp_lexeme lexeme = {0};
    WP_TRY(next(d, &lexeme));
    return lexeme.kind == kind ? WP_OK : unexpected(d, &lexeme);
}

static wp_status read_number(dylink_parser *d, const wp_lexeme *lexeme, uint32_t *out) {
    uint64_t value;
    if (lexeme->kind != WP_LEX_NAT)
        return unexpected(d, lexeme);
    if (!wp_number_nat(lexeme->text, lexeme->size, 32, &value))
        return wp_annot_fail(d->p, lexeme->pos, "@dylink.0 annotation: i32 constant out of range");
    *out = (uint32_t)value;
    return WP_OK;
}

/* size align ')' */
static wp_status read_area(dylink_parser *d, uint32_t *size, uint32_t *align) {
    wp_lexeme lexeme = {0};
    WP_TRY(next(d, &lexeme));
    WP_TRY(read_number(d, &lexeme, size));
    WP_TRY(next(d, &lexeme));
    WP_TRY(read_number(d, &lexeme, align));
    return expect(d, WP_LEX_RPAR);
}

/* ('(' 'memory' size align ')')? ('(' 'table' size align ')')? ')' */
static wp_status read_mem_info(dylink_parser *d) {
    uint32_t numbers[4] = {0, 0, 0, 0};
    bool has_memory = false, has_table = false;
    wp_lexeme lexeme = {0};
    WP_TRY(next(d, &lexeme));
    for (; lexeme.kind == WP_LEX_LPAR;) {
        WP_TRY(next(d, &lexeme));
        if (wp_is_word(&lexeme, "memory") && !has_memory && !has_table) {
            has_memory = true;
            WP_TRY(read_area(d, &numbers[0], &numbers[1]));
        } else if (wp_is_word(&lexeme, "table") && !has_table) {
            has_table = true;
            WP_TRY(read_area(d, &numbers[2], &numbers[3]));
        } else {
            return unexpected(d, &lexeme);
        }
        WP_TRY(next(d, &lexeme));
    }
    if (lexeme.kind != WP_LEX_RPAR)
        return unexpected(d, &lexeme);
    for (size_t i = 0; i < 4; i++)
        WP_TRY(wp_annot_u32(d->p, numbers[i]));
    return WP_OK;
}

/* A string that is UTF-8, as all names in the section are. */
static wp_status put_name(dylink_parser *d, const wp_lexeme *lexeme) {
    wp_bytes name;
    if (lexeme->kind != WP_LEX_STRING)
        return unexpected(d, lexeme);
    WP_TRY(wp_parse_string(d->p, lexeme, &name));
    if (!wp_utf8_valid(name.data, name.size))
        return wp_annot_fail(d->p, lexeme->pos, "@dylink.0 annotation: malformed UTF-8 encoding");
    return wp_annot_string(d->p, name);
}

/* string* ')' */
static wp_status read_names(dylink_parser *d) {
    size_t start = d->p->nbytes;
    uint32_t count = 0;
    wp_lexeme lexeme = {0};
    WP_TRY(next(d, &lexeme));
    for (; lexeme.kind == WP_LEX_STRING; count++) {
        WP_TRY(put_name(d, &lexeme));
        WP_TRY(next(d, &lexeme));
    }
    if (lexeme.kind != WP_LEX_RPAR)
        return unexpected(d, &lexeme);
    return wp_annot_u32_before(d->p, start, count);
}

/* (flag | number)* ')' */
static wp_status read_flags(dylink_parser *d) {
    uint32_t flags = 0;
    wp_lexeme lexeme = {0};
    WP_TRY(next(d, &lexeme));
    for (; lexeme.kind != WP_LEX_RPAR;) {
        uint32_t bits = 0;
        for (size_t i = 0; i < FLAGS && bits == 0; i++)
            bits = wp_is_word(&lexeme, flag_names[i].name) ? flag_names[i].bit : 0;
        if (bits == 0)
            WP_TRY(read_number(d, &lexeme, &bits));
        flags |= bits;
        WP_TRY(next(d, &lexeme));
    }
    return wp_annot_u32(d->p, flags);
}

/* string flags, or string string flags */
static wp_status read_symbol(dylink_parser *d, uint8_t kind) {
    wp_lexeme lexeme = {0};
    for (int names = kind == WP_DYLINK_IMPORT_INFO ? 2 : 1; names > 0; names--) {
        WP_TRY(next(d, &lexeme));
        WP_TRY(put_name(d, &lexeme));
    }
    d->symbols.count++;
    return read_flags(d);
}

/* Puts the head of a subsection in front of its contents. */
static wp_status finish(dylink_parser *d, uint8_t kind, size_t start) {
    WP_TRY(wp_annot_size_before(d->p, start));
    return wp_annot_u32_before(d->p, start, kind);
}

static wp_status finish_symbols(dylink_parser *d) {
    symbols done = d->symbols;
    d->symbols.kind = 0;
    if (done.kind == 0)
        return WP_OK;
    WP_TRY(wp_annot_u32_before(d->p, done.start, done.count));
    return finish(d, done.kind, done.start);
}

/* A field, of which '(' was read. */
static wp_status read_field(dylink_parser *d) {
    wp_lexeme word = {0};
    WP_TRY(next(d, &word));
    uint8_t kind = wp_is_word(&word, "export-info")   ? WP_DYLINK_EXPORT_INFO
                   : wp_is_word(&word, "import-info") ? WP_DYLINK_IMPORT_INFO
                                                      : 0;
    if (kind != d->symbols.kind)
        WP_TRY(finish_symbols(d));
    size_t start = d->p->nbytes;
    if (kind != 0) {
        if (d->symbols.kind == 0)
            d->symbols = (symbols){kind, start, 0};
        return read_symbol(d, kind);
    }
    if (wp_is_word(&word, "mem-info")) {
        WP_TRY(read_mem_info(d));
        return finish(d, WP_DYLINK_MEM_INFO, start);
    }
    bool needed = wp_is_word(&word, "needed");
    if (!needed && !wp_is_word(&word, "runtime-path"))
        return unexpected(d, &word);
    WP_TRY(read_names(d));
    return finish(d, needed ? WP_DYLINK_NEEDED : WP_DYLINK_RUNTIME_PATH, start);
}

wp_status wp_parse_dylink(wp_parser *p, const wp_lexeme *start) {
    dylink_parser d = {.p = p, .start = start};
    wp_lexeme lexeme = {0};
    if (!p->between_fields || p->after_field || p->ncustoms != 0)
        return wp_annot_fail(p, start->pos, "misplaced @dylink.0 annotation: it stands at the beginning of a module");
    p->nbytes = 0;
    WP_TRY(next(&d, &lexeme));
    for (; lexeme.kind == WP_LEX_LPAR;) {
        WP_TRY(read_field(&d));
        WP_TRY(next(&d, &lexeme));
    }
    if (lexeme.kind != WP_LEX_RPAR)
        return unexpected(&d, &lexeme);
    WP_TRY(finish_symbols(&d));
    return wp_annot_custom(p, (wp_bytes){(const uint8_t *)"dylink.0", 8}, 0, start->pos);
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* The bytes to be written as text. */
typedef struct dylink_reader {
    const uint8_t *next, *end;
    bool failed; /* they have no text form */
} dylink_reader;

/* A number in its shortest form. */
static uint32_t take_u32(dylink_reader *r) {
    const uint8_t *start = r->next;
    uint64_t value = 0;
    wp_leb128_result result = wp_leb128_unsigned(&r->next, r->end, 32, &value);
    /* A last byte of 0 makes the encoding longer than it need be. */
    if (result != WP_LEB128_OK || (r->next - start > 1 && r->next[-1] == 0))
        r->failed = true;
    return (uint32_t)value;
}

static void print_number(wp_printer *p, dylink_reader *r) {
    wp_print_text(p, " ");
    wp_print_u64(p, take_u32(r));
}

static void print_name(wp_printer *p, dylink_reader *r) {
    uint32_t size = take_u32(r);
    r->failed = r->failed || size > (size_t)(r->end - r->next) || !wp_utf8_valid(r->next, size);
    if (r->failed)
        return;
    wp_print_text(p, " ");
    wp_print_string(p, r->next, size);
    r->next += size;
}

static void print_mem_info(wp_printer *p, dylink_reader *r) {
    wp_print_line(p, 2);
    wp_print_text(p, "(mem-info (memory");
    print_number(p, r);
    print_number(p, r);
    wp_print_text(p, ") (table");
    print_number(p, r);
    print_number(p, r);
    wp_print_text(p, "))");
}

static void print_names(wp_printer *p, dylink_reader *r, const char *word) {
    wp_print_line(p, 2);
    wp_print_text(p, word);
    for (uint32_t count = take_u32(r); count != 0 && !r->failed; count--)
        print_name(p, r);
    wp_print_text(p, ")");
}

static void print_flags(wp_printer *p, dylink_reader *r) {
    uint32_t flags = take_u32(r);
    for (size_t i = 0; i < FLAGS; i++) {
        if ((flags & flag_names[i].bit) == 0)
            continue;
        wp_print_text(p, " ");
        wp_print_text(p, flag_names[i].name);
        flags &= ~flag_names[i].bit;
    }
    if (flags != 0) {
        wp_print_text(p, " ");
        wp_print_hex(p, flags, 1);
    }
}

/* Symbols, at least one: a field for each. */
static void print_symbols(wp_printer *p, dylink_reader *r, uint8_t kind) {
    uint32_t count = take_u32(r);
    r->failed = r->failed || count == 0;
    for (; count != 0 && !r->failed; count--) {
        wp_print_line(p, 2);
        wp_print_text(p, kind == WP_DYLINK_EXPORT_INFO ? "(export-info" : "(import-info");
        print_name(p, r);
        if (kind == WP_DYLINK_IMPORT_INFO && !r->failed)
            print_name(p, r);
        print_flags(p, r);
        wp_print_text(p, ")");
    }
}

static void print_payload(wp_printer *p, dylink_reader *r, uint8_t kind) {
    switch (kind) {
    case WP_DYLINK_MEM_INFO: print_mem_info(p, r); break;
    case WP_DYLINK_NEEDED: print_names(p, r, "(needed"); break;
    case WP_DYLINK_RUNTIME_PATH: print_names(p, r, "(runtime-path"); break;
    case WP_DYLINK_EXPORT_INFO:
    case WP_DYLINK_IMPORT_INFO: print_symbols(p, r, kind); break;
    default: r->failed = true; break;
    }
}

/* A subsection that is not of the same kind of symbols as the one before. */
static void print_subsection(wp_printer *p, dylink_reader *r, uint8_t *before) {
    const uint8_t *end = r->end;
    uint8_t kind = *r->next++;
    uint32_t size = take_u32(r);
    bool joins = kind == *before && (kind == WP_DYLINK_EXPORT_INFO || kind == WP_DYLINK_IMPORT_INFO);
    r->failed = r->failed || joins || size > (size_t)(end - r->next);
    if (r->failed)
        return;
    *before = kind;
    r->end = r->next + size;
    print_payload(p, r, kind);
    r->failed = r->failed || r->next != r->end;
    r->end = end;
}

bool wp_print_dylink(wp_printer *p, wp_bytes contents) {
    dylink_reader r = {contents.data, contents.data + contents.size, false};
    uint8_t before = 0;
    size_t size = p->size;
    wp_print_line(p, 1);
    wp_print_text(p, "(@dylink.0");
    while (r.next != r.end && !r.failed)
        print_subsection(p, &r, &before);
    wp_print_text(p, ")");
    if (r.failed)
        p->size = size;
    return !r.failed;
}
