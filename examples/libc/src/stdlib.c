/* stdlib.c: the small functions of <stdlib.h>: integer arithmetic, random numbers, sorting and searching. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int abs(int value) {
    return value < 0 ? -value : value;
}

long labs(long value) {
    return value < 0 ? -value : value;
}

long long llabs(long long value) {
    return value < 0 ? -value : value;
}

div_t div(int a, int b) {
    return (div_t){a / b, a % b};
}

ldiv_t ldiv(long a, long b) {
    return (ldiv_t){a / b, a % b};
}

lldiv_t lldiv(long long a, long long b) {
    return (lldiv_t){a / b, a % b};
}

char *getenv(const char *name) {
    (void)name;
    return NULL;
}

/* ---- Random numbers ------------------------------------------------------------------------------------------ */

static uint64_t random_state = 1;

void srand(unsigned seed) {
    random_state = seed;
}

/* A linear congruential generator; its high bits are the better ones. */
int rand(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (int)(random_state >> 33);
}

/* ---- Sorting ------------------------------------------------------------------------------------------------- */

typedef int compare_func(const void *, const void *);

/* The items to be sorted. */
typedef struct heap {
    char *items;
    size_t size; /* of one */
    compare_func *compare;
} heap;

static void swap(const heap *h, size_t i, size_t j) {
    char *a = h->items + i * h->size, *b = h->items + j * h->size;
    for (size_t n = 0; n < h->size; n++) {
        char byte = a[n];
        a[n] = b[n];
        b[n] = byte;
    }
}

static bool less(const heap *h, size_t i, size_t j) {
    return h->compare(h->items + i * h->size, h->items + j * h->size) < 0;
}

/* Lets item i sink until neither of its children, 2i+1 and 2i+2, is greater. */
static void sink(const heap *h, size_t i, size_t count) {
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= count)
            return;
        if (child + 1 < count && less(h, child, child + 1))
            child++;
        if (!less(h, i, child))
            return;
        swap(h, i, child);
        i = child;
    }
}

/* Heapsort: in place, without recursion, and never quadratic. */
void qsort(void *base, size_t count, size_t size, compare_func *compare) {
    heap h = {base, size, compare};
    for (size_t i = count / 2; i-- > 0;)
        sink(&h, i, count);
    for (size_t end = count; end-- > 1;) {
        swap(&h, 0, end);
        sink(&h, 0, end);
    }
}

void *bsearch(const void *key, const void *base, size_t count, size_t size, compare_func *compare) {
    const char *low = base;
    while (count > 0) {
        const char *middle = low + count / 2 * size;
        int order = compare(key, middle);
        if (order == 0)
            return (void *)middle;
        if (order < 0) {
            count /= 2;
        } else {
            low = middle + size;
            count -= count / 2 + 1;
        }
    }
    return NULL;
}
