/* dylink.c: the text form of the section dylink.0; see annot.h and print.h.
 *
 * Subsections have the order of the fields; neighbouring export-info fields are one subsection, so are import-info
 * fields. Other bytes with the same meaning to a loader, such as longer numbers, have no text form but @custom.
 */
#include "base/leb128.h"
#include "base/utf8.h"
#include "core/binary/encode.h"
#include "text/annot.h"
#include "text/number.h"
#include "text/print.h"

/* A code of the section, with its word in the text. */
typedef struct dylink_word {
    uint32_t code;
    const char *word;
} dylink_word;

static const dylink_word subsections[] = {
#define SUBSECTION(id, NAME, word) {id, word},
#include "core/binary/dylink.def"
};
static const dylink_word symbol_flags[] = {
#define SYMBOL_FLAG(bit, NAME, word) {bit, word},
#include "core/binary/dylink.def"
};
enum { SUBSECTIONS = sizeof subsections / sizeof *subsections, FLAGS = sizeof symbol_flags / sizeof *symbol_flags };

/* The code of a word; 0 if it is not in the table. */
static uint32_t dylink_code(const dylink_word *words, size_t count, const wp_lexeme *lexeme) {
    for (size_t i = 0; i < count; i++)
        if (wp_is_word(lexeme, words[i].word))
            return words[i].code;
    return 0;
}

static bool dylink_has_symbols(uint32_t kind) {
    return kind == WP_DYLINK_EXPORT_INFO || kind == WP_DYLINK_IMPORT_INFO;
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

typedef struct dylink_parser {
    wp_annot a;
    uint32_t kind; /* of the subsection being written; 0: none */
    size_t offset; /* where its contents begin */
    uint32_t count;
} dylink_parser;

static wp_status dylink_unexpected(const dylink_parser *d) {
    return wp_annot_fail(&d->a, "unexpected token");
}

static wp_status dylink_close(dylink_parser *d) {
    WP_TRY(wp_annot_check_close(&d->a));
    return wp_annot_take(&d->a);
}

static wp_status dylink_number(dylink_parser *d, uint32_t *out) {
    const wp_lexeme *next = &d->a.next;
    uint64_t value = 0;
    if (next->kind != WP_LEX_NAT)
        return dylink_unexpected(d);
    if (!wp_number_nat(next->text, next->size, 32, &value))
        return wp_annot_fail(&d->a, "i32 constant out of range");
    *out = (uint32_t)value;
    return wp_annot_take(&d->a);
}

static wp_status dylink_name(dylink_parser *d) {
    wp_bytes name;
    WP_TRY(wp_annot_utf8(&d->a, "unexpected token", &name));
    wp_encode_bytes(&d->a.p->bytes, name);
    return WP_OK;
}

/* ('(' 'memory' size align ')')? ('(' 'table' size align ')')? */
static wp_status dylink_mem_info(dylink_parser *d) {
    static const char *const words[] = {"memory", "table"};
    uint32_t numbers[4] = {0, 0, 0, 0};
    for (unsigned i = 0; d->a.next.kind == WP_LEX_LPAR; i++) {
        WP_TRY(wp_annot_take(&d->a));
        while (i < 2 && !wp_is_word(&d->a.next, words[i]))
            i++;
        if (i == 2)
            return dylink_unexpected(d);
        WP_TRY(wp_annot_take(&d->a));
        WP_TRY(dylink_number(d, &numbers[2 * i]));
        WP_TRY(dylink_number(d, &numbers[2 * i + 1]));
        WP_TRY(dylink_close(d));
    }
    for (size_t i = 0; i < 4; i++)
        wp_encode_unsigned(&d->a.p->bytes, numbers[i]);
    return WP_OK;
}

/* string* */
static wp_status dylink_names(dylink_parser *d) {
    for (; d->a.next.kind == WP_LEX_STRING; d->count++)
        WP_TRY(dylink_name(d));
    return WP_OK;
}

/* string string? (flag | number)*, with a module's name before the symbol's in import-info */
static wp_status dylink_symbol(dylink_parser *d) {
    uint32_t flags = 0;
    if (d->kind == WP_DYLINK_IMPORT_INFO)
        WP_TRY(dylink_name(d));
    WP_TRY(dylink_name(d));
    while (d->a.next.kind != WP_LEX_RPAR) {
        uint32_t bits = dylink_code(symbol_flags, FLAGS, &d->a.next);
        WP_TRY(bits != 0 ? wp_annot_take(&d->a) : dylink_number(d, &bits));
        flags |= bits;
    }
    wp_encode_unsigned(&d->a.p->bytes, flags);
    d->count++;
    return WP_OK;
}

/* Puts the head of a subsection before its contents. */
static void dylink_finish(dylink_parser *d) {
    if (d->kind == 0)
        return;
    if (d->kind != WP_DYLINK_MEM_INFO) /* the other subsections are lists */
        wp_encode_before(&d->a.p->bytes, d->offset, d->count);
    wp_encode_size_before(&d->a.p->bytes, d->offset);
    wp_encode_before(&d->a.p->bytes, d->offset, d->kind);
}

/* field ::= '(' subsection ... ')' */
static wp_status dylink_field(dylink_parser *d) {
    WP_TRY(wp_annot_take(&d->a));
    uint32_t kind = dylink_code(subsections, SUBSECTIONS, &d->a.next);
    if (kind == 0)
        return dylink_unexpected(d);
    if (kind != d->kind || !dylink_has_symbols(kind)) {
        dylink_finish(d);
        d->kind = kind;
        d->offset = d->a.p->bytes.size;
        d->count = 0;
    }
    WP_TRY(wp_annot_take(&d->a));
    WP_TRY(kind == WP_DYLINK_MEM_INFO ? dylink_mem_info(d)
           : dylink_has_symbols(kind) ? dylink_symbol(d)
                                      : dylink_names(d));
    return dylink_close(d);
}

wp_status wp_annot_dylink(wp_parser *p, const wp_lexeme *start) {
    dylink_parser d = {.a = {.p = p, .name = "@dylink.0", .pos = start->pos}};
    if (!p->between_fields || p->after_field || p->ncustoms != 0)
        return wp_parse_fail(p, start->pos, "misplaced @dylink.0 annotation: it stands at the beginning of a module");
    p->bytes.size = 0;
    WP_TRY(wp_annot_take(&d.a));
    while (d.a.next.kind == WP_LEX_LPAR)
        WP_TRY(dylink_field(&d));
    if (d.a.next.kind != WP_LEX_RPAR)
        return dylink_unexpected(&d);
    dylink_finish(&d);
    return wp_annot_section(p, wp_bytes_of("dylink.0"), 0, start->pos);
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* The bytes to be written as text. */
typedef struct dylink_reader {
    const uint8_t *next, *end;
    bool failed; /* they have no text form */
} dylink_reader;

/* A number in its shortest form. */
static uint32_t dylink_take_u32(dylink_reader *r) {
    const uint8_t *start = r->next;
    uint64_t value = 0;
    wp_leb128_result result = wp_leb128_read(&r->next, r->end, 32, false, &value);
    /* A last byte of 0 makes the encoding longer than it need be. */
    if (result != WP_LEB128_OK || (r->next - start > 1 && r->next[-1] == 0))
        r->failed = true;
    return (uint32_t)value;
}

static void dylink_print_name(wp_printer *p, dylink_reader *r) {
    uint32_t size = dylink_take_u32(r);
    r->failed = r->failed || size > (size_t)(r->end - r->next) || !wp_utf8_valid(r->next, size);
    if (r->failed)
        return;
    wp_print_name(p, (wp_bytes){r->next, size});
    r->next += size;
}

static void dylink_print_mem_info(wp_printer *p, dylink_reader *r) {
    static const char *const heads[] = {" (memory", "", ") (table", ""};
    for (size_t i = 0; i < 4; i++)
        wp_print_format(p, "%s %u", heads[i], dylink_take_u32(r));
    wp_print_text(p, ")");
}

static void dylink_print_flags(wp_printer *p, dylink_reader *r) {
    uint32_t flags = dylink_take_u32(r);
    for (size_t i = 0; i < FLAGS; i++)
        if ((flags & symbol_flags[i].code) != 0) {
            wp_print_format(p, " %s", symbol_flags[i].word);
            flags &= ~symbol_flags[i].code;
        }
    if (flags != 0)
        wp_print_format(p, " 0x%x", flags);
}

static void dylink_open(wp_printer *p, const dylink_word *subsection) {
    wp_print_line(p, 2);
    wp_print_format(p, "(%s", subsection->word);
}

/* Symbols, at least one: a field for each. */
static void dylink_print_symbols(wp_printer *p, dylink_reader *r, const dylink_word *subsection) {
    uint32_t count = dylink_take_u32(r);
    r->failed = r->failed || count == 0;
    for (; count != 0 && !r->failed; count--) {
        dylink_open(p, subsection);
        dylink_print_name(p, r);
        if (subsection->code == WP_DYLINK_IMPORT_INFO && !r->failed)
            dylink_print_name(p, r);
        dylink_print_flags(p, r);
        wp_print_text(p, ")");
    }
}

static void dylink_print_contents(wp_printer *p, dylink_reader *r, const dylink_word *subsection) {
    if (dylink_has_symbols(subsection->code)) {
        dylink_print_symbols(p, r, subsection);
        return;
    }
    dylink_open(p, subsection);
    if (subsection->code == WP_DYLINK_MEM_INFO)
        dylink_print_mem_info(p, r);
    else
        for (uint32_t count = dylink_take_u32(r); count != 0 && !r->failed; count--)
            dylink_print_name(p, r);
    wp_print_text(p, ")");
}

/* A subsection that does not join the one before. */
static void dylink_print_subsection(wp_printer *p, dylink_reader *r, uint32_t *before) {
    const uint8_t *end = r->end;
    const dylink_word *subsection = subsections;
    uint32_t kind = *r->next++, size = dylink_take_u32(r);
    while (subsection < subsections + SUBSECTIONS && subsection->code != kind)
        subsection++;
    bool is_known = subsection < subsections + SUBSECTIONS, joins = kind == *before && dylink_has_symbols(kind);
    r->failed = r->failed || !is_known || joins || size > (size_t)(end - r->next);
    if (r->failed)
        return;
    *before = kind;
    r->end = r->next + size;
    dylink_print_contents(p, r, subsection);
    r->failed = r->failed || r->next != r->end;
    r->end = end;
}

bool wp_print_dylink(wp_printer *p, wp_bytes contents) {
    dylink_reader r = {contents.data, contents.data + contents.size, false};
    uint32_t before = 0;
    size_t size = p->out.size;
    wp_print_line(p, 1);
    wp_print_text(p, "(@dylink.0");
    while (r.next != r.end && !r.failed)
        dylink_print_subsection(p, &r, &before);
    wp_print_text(p, ")");
    if (r.failed)
        p->out.size = size;
    return !r.failed;
}
