/* tracefile.c: the coverage of WebAssembly code, as a tracefile of lcov; see tracefile.h. */
#define _DEFAULT_SOURCE

#include "coverage/tracefile.h"

#include "coverage/dwarf.h"
#include "base/diag.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A place of an instruction or a function. Instructions of several modules can be at one place: then unit tells the
 * modules, and sub the instructions. */
typedef struct place {
    uint32_t line, column;
    uint32_t unit;
    uint64_t sub;
} place;

/* An instruction or a function. */
typedef struct point {
    place at;
    const char *name; /* of a function, fit for a tracefile */
    bool is_shared;   /* the name is that of another function too */
    uint64_t count;
    size_t noutcomes;
    uint64_t *outcomes;
} point;

typedef struct points {
    point *items;
    size_t count, capacity;
} points;

/* A file of source text. */
typedef struct source {
    const char *name; /* as it was given */
    const char *path; /* without links and dot segments, where there is such a file */
    points instrs, functions;
    struct source *same; /* not NULL: another source of this path, which has the counts of both */
    struct source *next;
} source;

/* The text that the bytes of a library were made of. */
typedef struct origin {
    const char *uri;
    const uint8_t *bytes;
    size_t size;
    wp_module *module; /* a reference */
    struct origin *next;
} origin;

typedef struct listing {
    const char *path;
    const char *name; /* of the module */
    char *text;
    size_t size;
    struct listing *next;
} listing;

struct tracefile {
    wp_allocator allocator;
    wp_arena pool;
    const char *path;
    tracefile_path_func find_path;
    source *sources, *last_source;
    origin *origins; /* the newest first */
    listing *listings, *last_listing;
    const char **units; /* names of modules; 0: for instructions with places of their own */
    size_t nunits, units_capacity;
};

/* ---- The life of a tracefile ----------------------------------------------------------------------------------- */

/* A path that does not depend on the working folder. */
static char *tracefile_make_absolute(wp_arena *pool, const char *path) {
    char *folder = path[0] == '/' ? NULL : getcwd(NULL, 0);
    size_t head = folder == NULL ? 0 : strlen(folder), room = head + strlen(path) + 2;
    char *copy = wp_arena_alloc(pool, room, 1);
    if (copy != NULL)
        snprintf(copy, room, "%s%s%s", folder == NULL ? "" : folder, folder == NULL ? "" : "/", path);
    free(folder);
    return copy;
}

tracefile *tracefile_new(const char *path, tracefile_path_func find_path, const wp_allocator *allocator) {
    const wp_allocator *a = allocator == NULL ? &wp_libc_allocator : allocator;
    tracefile *t = a->resize(a->ctx, NULL, 0, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (tracefile){.allocator = *a, .find_path = find_path};
    wp_arena_init(&t->pool, a);
    t->path = tracefile_make_absolute(&t->pool, path);
    if (t->path != NULL)
        return t;
    tracefile_delete(t);
    return NULL;
}

static void tracefile_drop_origins(tracefile *t) {
    for (origin *o = t->origins; o != NULL; o = o->next)
        wp_module_delete(o->module);
    t->origins = NULL;
}

void tracefile_delete(tracefile *t) {
    if (t == NULL)
        return;
    wp_allocator a = t->allocator;
    tracefile_drop_origins(t);
    wp_arena_release(&t->pool);
    a.resize(a.ctx, t, sizeof *t, 0);
}

/* ---- Sources --------------------------------------------------------------------------------------------------- */

static source *tracefile_add_source(tracefile *t, const char *name) {
    source *s = wp_arena_alloc(&t->pool, 1, sizeof *s);
    char *resolved = realpath(name, NULL);
    const char *path = resolved == NULL ? name : resolved;
    if (s != NULL)
        *s = (source){.name = wp_arena_text(&t->pool, name, strlen(name)),
                      .path = wp_arena_text(&t->pool, path, strlen(path))};
    free(resolved);
    if (s == NULL || s->name == NULL || s->path == NULL)
        return NULL;
    *(t->last_source == NULL ? &t->sources : &t->last_source->next) = s;
    t->last_source = s;
    return s;
}

/* NULL: out of memory. */
static source *tracefile_find_source(tracefile *t, const char *name) {
    for (source *s = t->sources; s != NULL; s = s->next)
        if (strcmp(s->name, name) == 0)
            return s->same == NULL ? s : s->same;
    source *made = tracefile_add_source(t, name);
    for (source *s = t->sources; made != NULL && s != made; s = s->next)
        if (strcmp(s->path, made->path) == 0) {
            made->same = s;
            return s;
        }
    return made;
}

static bool tracefile_add_point(tracefile *t, points *list, const point *p) {
    if (!wp_arena_grow(&t->pool, (void **)&list->items, list->count, &list->capacity, sizeof *list->items))
        return false;
    list->items[list->count++] = *p;
    return true;
}

/* The number of a module by its name, from 1. 0: out of memory. */
static uint32_t tracefile_find_unit(tracefile *t, const char *name) {
    for (size_t i = 0; i < t->nunits; i++)
        if (strcmp(t->units[i], name) == 0)
            return (uint32_t)i + 1;
    const char *copy = wp_arena_text(&t->pool, name, strlen(name));
    if (copy == NULL || !wp_arena_grow(&t->pool, (void **)&t->units, t->nunits, &t->units_capacity, sizeof *t->units))
        return 0;
    t->units[t->nunits++] = copy;
    return (uint32_t)t->nunits;
}

/* ---- Origins of libraries ---------------------------------------------------------------------------------------- */

bool tracefile_origin(tracefile *t, const char *uri, size_t uri_size, const uint8_t *bytes, size_t size,
                      wp_module *text) {
    origin *o = wp_arena_alloc(&t->pool, 1, sizeof *o);
    char *copy = wp_arena_text(&t->pool, (const char *)bytes, size), *name = wp_arena_text(&t->pool, uri, uri_size);
    if (o == NULL || copy == NULL || name == NULL) {
        wp_module_delete(text);
        return false;
    }
    *o = (origin){name, (const uint8_t *)copy, size, text, t->origins};
    t->origins = o;
    return true;
}

static const wp_module *tracefile_find_origin(const tracefile *t, const wp_module_info *info) {
    for (const origin *o = t->origins; o != NULL && !info->is_text && info->source != NULL; o = o->next)
        if (strcmp(o->uri, info->source) == 0 && o->size == info->size && memcmp(o->bytes, info->bytes, o->size) == 0)
            return o->module;
    return NULL;
}

/* ---- Names of functions ------------------------------------------------------------------------------------------ */

/* Spaces, commas and line breaks would end a name in a tracefile: they become \hh, as in WebAssembly's strings. */
static const char *tracefile_escape(tracefile *t, const char *name, size_t size) {
    char *copy = wp_arena_alloc(&t->pool, 3 * size + 1, 1), *end = copy;
    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c <= ' ' || c == 0x7F || c == ',' || c == '\\')
            end += snprintf(end, 4, "\\%02x", c);
        else
            *end++ = (char)c;
    }
    return copy;
}

static const char *tracefile_make_name(tracefile *t, const wp_func_info *func) {
    char index[32];
    if (func->name_size != 0)
        return tracefile_escape(t, func->name, func->name_size);
    int size = snprintf(index, sizeof index, "func[%" PRIu32 "]", func->index);
    return wp_arena_text(&t->pool, index, (size_t)size);
}

/* ---- Collecting -------------------------------------------------------------------------------------------------- */

/* The module being collected, and the source of its locations. */
typedef struct collection {
    tracefile *t;
    const wp_module *counted;
    const wp_module *shape; /* the same instructions, with places in a text */
    wp_module_info info;    /* of that */
    source *source;         /* of these places */
    dwarf_lines *lines;     /* not NULL: it has the places */
    size_t code_offset;
    uint32_t unit;
} collection;

/* The location of an instruction. False: none, or out of memory, then *failed is set. */
static bool tracefile_find_place(const collection *c, size_t func, size_t i, source **from, place *out, bool *failed) {
    wp_location where = c->info.where;
    *from = c->source;
    *out = (place){where.line, where.column, c->unit, (uint64_t)func << 32 | i};
    if (c->lines != NULL) {
        dwarf_place found;
        size_t offset = wp_module_instr(c->counted, func, i).where.offset;
        if (!dwarf_find(c->lines, offset - c->code_offset, &found))
            return false;
        *from = tracefile_find_source(c->t, found.path);
        *failed = *from == NULL;
        out->line = found.line;
        out->column = found.column;
    } else if (where.line == 0) {
        where = wp_module_instr(c->shape, func, i).where;
        *out = (place){where.line, where.column, c->unit, 0};
    }
    return !*failed;
}

static bool tracefile_collect_function(const collection *c, size_t i, const wp_func_info *func) {
    source *from;
    bool failed = false;
    point f = {.count = func->calls, .name = tracefile_make_name(c->t, func)};
    if (f.name == NULL)
        return false;
    if (!tracefile_find_place(c, i, 0, &from, &f.at, &failed))
        return !failed;
    if (c->lines == NULL && c->info.where.line == 0) {
        wp_location where = wp_module_func(c->shape, i).where;
        f.at = (place){where.line, where.column, c->unit, 0};
    }
    return tracefile_add_point(c->t, &from->functions, &f);
}

static bool tracefile_collect_instr(const collection *c, size_t func, size_t i, const wp_code_info *instr) {
    source *from;
    bool failed = false;
    point p = {.count = instr->count, .noutcomes = instr->noutcomes};
    if (!tracefile_find_place(c, func, i, &from, &p.at, &failed))
        return !failed;
    if (p.noutcomes != 0)
        p.outcomes = wp_arena_alloc(&c->t->pool, p.noutcomes, sizeof *p.outcomes);
    if (p.noutcomes != 0 && p.outcomes == NULL)
        return false;
    for (size_t k = 0; k < p.noutcomes; k++)
        p.outcomes[k] = wp_module_outcome(c->counted, func, i, k);
    return tracefile_add_point(c->t, &from->instrs, &p);
}

static bool tracefile_collect_module(const collection *c) {
    size_t nfuncs = wp_module_describe(c->counted).nfuncs;
    for (size_t i = 0; i < nfuncs; i++) {
        wp_func_info func = wp_module_func(c->counted, i);
        if (!tracefile_collect_function(c, i, &func))
            return false;
        for (size_t k = 0; k < func.ninstrs; k++) {
            wp_code_info instr = wp_module_instr(c->counted, i, k);
            if (!instr.is_delimiter && !tracefile_collect_instr(c, i, k, &instr))
                return false;
        }
    }
    return true;
}

/* ---- Listings --------------------------------------------------------------------------------------------------- */

static listing *tracefile_find_listing(const tracefile *t, const char *name, const char *text, size_t size) {
    listing *l = t->listings;
    while (l != NULL && (strcmp(l->name, name) != 0 || l->size != size || memcmp(l->text, text, size) != 0))
        l = l->next;
    return l;
}

/* "PATH.NAME.wat", where NAME is the last part of the module's; "PATH.NAME.2.wat" if there is such a one already. */
static char *tracefile_listing_path(tracefile *t, const char *name) {
    const char *slash = strrchr(name, '/'), *base = slash == NULL ? name : slash + 1;
    size_t room = strlen(t->path) + strlen(base) + 32;
    char *path = wp_arena_alloc(&t->pool, room, 1);
    if (path == NULL)
        return NULL;
    snprintf(path, room, "%s.%s.wat", t->path, base);
    for (unsigned number = 2;; number++) {
        const listing *l = t->listings;
        while (l != NULL && strcmp(l->path, path) != 0)
            l = l->next;
        if (l == NULL)
            return path;
        snprintf(path, room, "%s.%s.%u.wat", t->path, base, number);
    }
}

static listing *tracefile_make_listing(tracefile *t, const char *name, const char *text, size_t size) {
    listing *l = tracefile_find_listing(t, name, text, size);
    if (l != NULL)
        return l;
    l = wp_arena_alloc(&t->pool, 1, sizeof *l);
    if (l == NULL)
        return NULL;
    *l = (listing){.path = tracefile_listing_path(t, name),
                   .name = wp_arena_text(&t->pool, name, strlen(name)),
                   .text = wp_arena_text(&t->pool, text, size),
                   .size = size};
    if (l->path == NULL || l->name == NULL || l->text == NULL)
        return NULL;
    *(t->last_listing == NULL ? &t->listings : &t->last_listing->next) = l;
    t->last_listing = l;
    return l;
}

bool tracefile_listing(const tracefile *t, size_t i, const char **path, const char **text, size_t *size) {
    const listing *l = t->listings;
    while (l != NULL && i-- > 0)
        l = l->next;
    if (l == NULL)
        return false;
    *path = l->path;
    *text = l->text;
    *size = l->size;
    return true;
}

/* True when the text form has the instructions of the module, one by one. */
static bool tracefile_has_shape(const wp_module *module, const wp_module *shape) {
    size_t nfuncs = wp_module_describe(module).nfuncs;
    bool same = nfuncs == wp_module_describe(shape).nfuncs;
    for (size_t i = 0; same && i < nfuncs; i++)
        same = wp_module_func(module, i).ninstrs == wp_module_func(shape, i).ninstrs;
    return same;
}

/* With the places that its instructions have in its text form. */
static wp_status tracefile_collect_listing(collection *c, wp_engine *engine, const char *name, wp_diag *diag) {
    char *text;
    size_t size;
    wp_module *shape = NULL;
    WP_TRY(wp_module_print(c->counted, &text, &size, diag));
    wp_status status = wp_module_parse(engine, text, size, &shape, diag);
    if (status == WP_OK) {
        listing *l = tracefile_make_listing(c->t, name, text, size);
        c->shape = shape;
        c->info = wp_module_describe(shape);
        c->source = l == NULL ? NULL : tracefile_find_source(c->t, l->path);
        if (!tracefile_has_shape(c->counted, shape))
            status = wp_fail(diag, WP_CRASH, "the text form of %s is another module", name);
        else if (c->source == NULL || !tracefile_collect_module(c))
            status = wp_fail_memory(diag);
    }
    wp_module_delete(shape);
    wp_buffer_free(engine, text, size + 1);
    return status;
}

/* ---- Modules ---------------------------------------------------------------------------------------------------- */

/* True when a function has line numbers. */
static bool tracefile_has_lines(const collection *c) {
    bool found = false;
    for (size_t i = 0; c->lines != NULL && !found && i < wp_module_describe(c->counted).nfuncs; i++) {
        dwarf_place unused;
        found = dwarf_find(c->lines, wp_module_instr(c->counted, i, 0).where.offset - c->code_offset, &unused);
    }
    return found;
}

/* A binary module that is a file or a library. */
static wp_status tracefile_collect_binary(collection *c, wp_engine *engine, const char *name, wp_diag *diag) {
    tracefile *t = c->t;
    bool failed = false;
    char *path = t->find_path == NULL ? NULL : t->find_path(&t->pool, name, &failed);
    name = path == NULL ? name : path;
    c->unit = tracefile_find_unit(t, name);
    c->code_offset = c->info.code_offset;
    if (failed || c->unit == 0 || !dwarf_read(&t->pool, c->counted, &c->lines))
        return wp_fail_memory(diag);
    if (!tracefile_has_lines(c)) {
        c->lines = NULL;
        c->unit = 0;
        return tracefile_collect_listing(c, engine, name, diag);
    }
    return tracefile_collect_module(c) ? WP_OK : wp_fail_memory(diag);
}

static wp_status tracefile_collect_one(tracefile *t, wp_engine *engine, const wp_module *module, wp_diag *diag) {
    collection c = {.t = t, .counted = module, .shape = module, .info = wp_module_describe(module)};
    const wp_module *text = tracefile_find_origin(t, &c.info);
    if (text != NULL) {
        c.shape = text;
        c.info = wp_module_describe(text);
    }
    if (c.info.source == NULL)
        return WP_OK; /* the source is unknown */
    if (!c.info.is_text && c.info.where.line == 0)
        return tracefile_collect_binary(&c, engine, c.info.source, diag);
    c.source = tracefile_find_source(t, c.info.source);
    return c.source != NULL && tracefile_collect_module(&c) ? WP_OK : wp_fail_memory(diag);
}

wp_status tracefile_collect(tracefile *t, wp_engine *engine, wp_diag *diag) {
    wp_status status = WP_OK;
    for (size_t i = 0; status == WP_OK && i < wp_coverage_count(engine); i++)
        status = tracefile_collect_one(t, engine, wp_coverage_module(engine, i), diag);
    tracefile_drop_origins(t);
    return status;
}

/* ---- Adding up -------------------------------------------------------------------------------------------------- */

static int tracefile_compare_numbers(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

static int tracefile_compare_places(const place *a, const place *b) {
    int order = tracefile_compare_numbers(a->line, b->line);
    if (order == 0)
        order = tracefile_compare_numbers(a->column, b->column);
    if (order == 0)
        order = tracefile_compare_numbers(a->unit, b->unit);
    return order != 0 ? order : tracefile_compare_numbers(a->sub, b->sub);
}

static int tracefile_compare_points(const void *a, const void *b) {
    const point *p = a, *q = b;
    int order = tracefile_compare_places(&p->at, &q->at);
    if (order == 0 && p->name != NULL)
        order = strcmp(p->name, q->name);
    return order != 0 ? order : tracefile_compare_numbers(p->noutcomes, q->noutcomes);
}

static int tracefile_compare_names(const void *a, const void *b) {
    const point *p = a, *q = b;
    int order = strcmp(p->name, q->name);
    return order != 0 ? order : tracefile_compare_places(&p->at, &q->at);
}

static void tracefile_sort(points *list, int (*compare)(const void *a, const void *b)) {
    if (list->count != 0)
        qsort(list->items, list->count, sizeof *list->items, compare);
}

/* Counts beyond the largest number stay that. */
static uint64_t tracefile_add(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Sorts points and merges those of one instruction or function. */
static void tracefile_settle(points *list) {
    size_t kept = 0;
    tracefile_sort(list, tracefile_compare_points);
    for (size_t i = 0; i < list->count; i++) {
        const point *p = &list->items[i];
        if (kept == 0 || tracefile_compare_points(&list->items[kept - 1], p) != 0) {
            list->items[kept++] = *p;
            continue;
        }
        point *same = &list->items[kept - 1];
        same->count = tracefile_add(same->count, p->count);
        for (size_t k = 0; k < p->noutcomes; k++)
            same->outcomes[k] = tracefile_add(same->outcomes[k], p->outcomes[k]);
    }
    list->count = kept;
}

static void tracefile_mark_shared_names(points *functions) {
    point *f = functions->items;
    tracefile_sort(functions, tracefile_compare_names);
    for (size_t i = 1; i < functions->count; i++)
        if (strcmp(f[i - 1].name, f[i].name) == 0)
            f[i - 1].is_shared = f[i].is_shared = true;
    tracefile_sort(functions, tracefile_compare_points);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* Tracefiles know functions by their names alone, so that one that others have too gets its place. */
static void tracefile_print_name(const point *f, FILE *out) {
    fputs(f->name, out);
    if (f->is_shared)
        fprintf(out, "@%" PRIu32 ":%" PRIu32, f->at.line, f->at.column);
    if (f->is_shared && (f->at.sub != 0 || f->at.unit > 1))
        fprintf(out, ":%" PRIu32 ".%" PRIu64, f->at.unit, f->at.sub >> 32);
}

static void tracefile_write_functions(const points *functions, FILE *out) {
    size_t hit = 0;
    for (size_t i = 0; i < functions->count; i++) {
        fprintf(out, "FN:%" PRIu32 ",", functions->items[i].at.line);
        tracefile_print_name(&functions->items[i], out);
        fputc('\n', out);
    }
    for (size_t i = 0; i < functions->count; i++) {
        fprintf(out, "FNDA:%" PRIu64 ",", functions->items[i].count);
        tracefile_print_name(&functions->items[i], out);
        fputc('\n', out);
        hit += functions->items[i].count != 0;
    }
    fprintf(out, "FNF:%zu\nFNH:%zu\n", functions->count, hit);
}

/* Branches are blocks, numbered by line. */
static void tracefile_write_branches(const points *instrs, FILE *out) {
    size_t found = 0, hit = 0, block = 0;
    for (size_t i = 0; i < instrs->count; i++) {
        const point *p = &instrs->items[i];
        if (i != 0 && p->at.line != instrs->items[i - 1].at.line)
            block = 0;
        for (size_t k = 0; k < p->noutcomes; k++) {
            fprintf(out, "BRDA:%" PRIu32 ",%zu,%zu,", p->at.line, block, k);
            if (p->count == 0)
                fputs("-\n", out); /* the instruction was not reached */
            else
                fprintf(out, "%" PRIu64 "\n", p->outcomes[k]);
            hit += p->outcomes[k] != 0;
        }
        found += p->noutcomes;
        block += p->noutcomes != 0;
    }
    fprintf(out, "BRF:%zu\nBRH:%zu\n", found, hit);
}

static void tracefile_write_lines(const points *instrs, FILE *out) {
    size_t found = 0, hit = 0;
    for (size_t i = 0; i < instrs->count;) {
        uint32_t line = instrs->items[i].at.line;
        uint64_t most = 0;
        for (; i < instrs->count && instrs->items[i].at.line == line; i++)
            most = instrs->items[i].count > most ? instrs->items[i].count : most;
        fprintf(out, "DA:%" PRIu32 ",%" PRIu64 "\n", line, most);
        found++;
        hit += most != 0;
    }
    fprintf(out, "LF:%zu\nLH:%zu\n", found, hit);
}

void tracefile_write(tracefile *t, FILE *out) {
    for (source *s = t->sources; s != NULL; s = s->next) {
        if (s->same != NULL)
            continue;
        tracefile_settle(&s->instrs);
        tracefile_settle(&s->functions);
        tracefile_mark_shared_names(&s->functions);
        fprintf(out, "TN:\nSF:%s\n", s->path);
        tracefile_write_functions(&s->functions, out);
        tracefile_write_branches(&s->instrs, out);
        tracefile_write_lines(&s->instrs, out);
        fputs("end_of_record\n", out);
    }
}
