/* malloc.c: malloc over mmap, the library liballoc.so.
 *
 * Memory comes from the platform in pages of 65,536 bytes, and free pages return to it. There are two kinds of blocks:
 *
 * - A small block is a slot in a page that is cut into slots of one size.
 * - A large block, more than half a page, is a separate mapping.
 *
 * Both kinds of mapping begin with a header, and a block always starts in the first page of its mapping. Since mmap's
 * results are page-aligned [mmap.result], rounding a block's address down to a page finds its header.
 *
 * Interface: malloc, calloc, realloc, free, aligned_alloc of <stdlib.h>, and malloc_usable_size.
 *
 * The library depends only on the platform, so that it serves programs with and without a C library. It does not set
 * errno, which C permits.
 */
#include <stdbool.h>
#include <stdlib.h>

#include <process.h>

#ifdef __wasm_bulk_memory__
#define copy_bytes __builtin_memcpy /* one instruction, memory.copy: no call into another library */
#define clear_bytes(at, size) __builtin_memset(at, 0, size)
#else
#error "this library copies with memory.copy: compile it with -mbulk-memory"
#endif

typedef struct slot {
    struct slot *next;
} slot;

/* The header of a mapping. */
typedef struct header {
    uint32_t mark;       /* MARK, to detect frees of invalid pointers */
    uint32_t size;       /* of a slot; 0 in the mapping of a large block */
    uint32_t class;      /* of the slots */
    uint32_t used;       /* slots in use */
    uint32_t fresh;      /* slots that were never allocated: those at the end of the page */
    slot *free;          /* freed slots */
    struct header *next; /* in the list of pages of this class that have a free slot */
    struct header *previous;
    uint64_t length; /* of the mapping of a large block, in bytes */
} header;

enum {
    MARK = 0x70726f63,
    HEADER = (sizeof(header) + 15) / 16 * 16, /* blocks are aligned to 16 bytes, enough for any C type */
    ROOM = PROCESS_PAGE - HEADER,
    CLASSES = 39,
    LARGEST = 28672 /* the last class's size: two slots in a page */
};

/* Pages with a free slot, by class. A full page is not listed: the next free() of one of its slots finds it. */
static header *partial[CLASSES];

/* ---- Sizes --------------------------------------------------------------------------------------------------- */

/* Slots have 16, 32, ... 128 bytes, then four sizes in each doubling, so that a fifth of
 * one is wasted at most. */
static unsigned size_class(size_t size) {
    if (size <= 128)
        return size <= 16 ? 0 : (unsigned)((size - 1) / 16);
    unsigned top = 31 - (unsigned)__builtin_clz((unsigned)size - 1); /* 2^top <= size - 1 */
    unsigned quarter = ((unsigned)(size - 1) >> (top - 2)) & 3;
    return 8 + (top - 7) * 4 + quarter;
}

static uint32_t class_size(unsigned class) {
    if (class < 8)
        return (class + 1) * 16;
    unsigned top = 7 + (class - 8) / 4;
    uint32_t size = (1u << top) + ((class - 8) % 4 + 1) * (1u << (top - 2));
    /* From 8 KiB on, the remainder of a page is distributed among its slots. */
    return size < 8192 ? size : ROOM / (ROOM / size) / 16 * 16;
}

/* ---- Pages of slots ------------------------------------------------------------------------------------------ */

static header *header_of(void *block) {
    header *h = (header *)((uintptr_t)block / PROCESS_PAGE * PROCESS_PAGE);
    /* A pointer that malloc never returned: continuing could only corrupt the heap. */
    if (h->mark != MARK)
        __builtin_trap();
    return h;
}

static void link_page(header *h) {
    h->next = partial[h->class];
    h->previous = NULL;
    if (h->next != NULL)
        h->next->previous = h;
    partial[h->class] = h;
}

static void unlink_page(header *h) {
    if (h->next != NULL)
        h->next->previous = h->previous;
    if (h->previous != NULL)
        h->previous->next = h->next;
    else
        partial[h->class] = h->next;
}

static uint32_t slot_count(const header *h) {
    return ROOM / h->size;
}

static header *new_page(unsigned class) {
    header *h = process_mmap(NULL, PROCESS_PAGE);
    if (h == NULL)
        return NULL;
    /* The rest of the header is zero, like the page [mmap.zero]. */
    h->mark = MARK;
    h->size = class_size(class);
    h->class = class;
    h->fresh = slot_count(h);
    link_page(h);
    return h;
}

/* Sets *dirty if the slot may hold something other than zeros. */
static void *take_slot(size_t size, bool *dirty) {
    unsigned class = size_class(size);
    header *h = partial[class];
    if (h == NULL && (h = new_page(class)) == NULL)
        return NULL;
    slot *s = h->free;
    *dirty = s != NULL;
    if (s != NULL)
        h->free = s->next;
    else
        s = (slot *)((char *)h + HEADER + (size_t)(slot_count(h) - h->fresh--) * h->size);
    h->used++;
    if (h->used == slot_count(h))
        unlink_page(h);
    return s;
}

static void give_slot(header *h, void *block) {
    slot *s = block;
    if (h->used == slot_count(h))
        link_page(h);
    s->next = h->free;
    h->free = s;
    h->used--;
    /* An empty page is unmapped unless it is the only one of its class with room, which the next malloc would need. */
    if (h->used == 0 && (h->next != NULL || h->previous != NULL)) {
        unlink_page(h);
        process_munmap(h, PROCESS_PAGE);
    }
}

/* ---- Large blocks -------------------------------------------------------------------------------------------- */

/* The mapping for a block: the header, the block, up to the end of a page. */
static uint64_t mapping_length(size_t size) {
    return ((uint64_t)size + HEADER + PROCESS_PAGE - 1) / PROCESS_PAGE * PROCESS_PAGE;
}

static void *map_block(size_t size) {
    if (size > SIZE_MAX - HEADER - PROCESS_PAGE)
        return NULL;
    uint64_t length = mapping_length(size);
    header *h = process_mmap(NULL, length);
    if (h == NULL)
        return NULL;
    h->mark = MARK;
    h->length = length;
    return (char *)h + HEADER;
}

/* Shrinks or grows a large block in place. */
static bool resize_mapping(header *h, size_t size) {
    if (size > SIZE_MAX - HEADER - PROCESS_PAGE)
        return false;
    uint64_t length = mapping_length(size);
    char *start = (char *)h;
    if (length < h->length) {
        process_munmap(start + length, h->length - length); /* [munmap.partial] */
    } else if (length > h->length) {
        /* The hint is followed if the pages after the block are free, and ignored otherwise. */
        uint64_t more = length - h->length;
        char *wanted = start + h->length, *got = process_mmap(wanted, more);
        if (got != wanted) {
            if (got != NULL)
                process_munmap(got, more);
            return false;
        }
    }
    h->length = length;
    return true;
}

/* ---- The interface ------------------------------------------------------------------------------------------- */

static void *allocate(size_t size, bool *dirty) {
    *dirty = false;
    return size > LARGEST ? map_block(size) : take_slot(size, dirty);
}

void *malloc(size_t size) {
    bool dirty;
    return allocate(size, &dirty);
}

void *calloc(size_t count, size_t size) {
    bool dirty;
    if (size != 0 && count > PTRDIFF_MAX / size) /* no object is larger than that */
        return NULL;
    size_t total = count * size;
    void *block = allocate(total, &dirty);
    if (block != NULL && dirty)
        clear_bytes(block, total);
    return block;
}

void free(void *block) {
    if (block == NULL)
        return;
    header *h = header_of(block);
    if (h->size == 0)
        process_munmap(h, h->length);
    else
        give_slot(h, block);
}

size_t malloc_usable_size(void *block) {
    if (block == NULL)
        return 0;
    const header *h = header_of(block);
    return h->size == 0 ? (size_t)(h->length - HEADER) : h->size;
}

void *realloc(void *block, size_t size) {
    if (block == NULL)
        return malloc(size);
    header *h = header_of(block);
    size_t old = malloc_usable_size(block);
    if (h->size == 0 && size > LARGEST && resize_mapping(h, size))
        return block;
    if (h->size != 0 && size <= LARGEST && size_class(size) == h->class)
        return block;
    void *moved = malloc(size);
    if (moved == NULL)
        return NULL;
    copy_bytes(moved, block, size < old ? size : old);
    free(block);
    return moved;
}

/* Every block is aligned to 16 bytes; larger alignments are not supported. */
void *aligned_alloc(size_t alignment, size_t size) {
    return alignment <= 16 ? malloc(size) : NULL;
}
