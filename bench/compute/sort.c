/* sort: compares and swaps through calls. Heap sort of pseudo-random numbers, COUNT of them, ROUNDS times. */
enum { COUNT = 100000, ROUNDS = 3 };

static unsigned items[COUNT];

static void sift(unsigned root, unsigned end) {
    unsigned value = items[root];
    for (;;) {
        unsigned child = 2 * root + 1;
        if (child >= end)
            break;
        if (child + 1 < end && items[child] < items[child + 1])
            child++;
        if (items[child] <= value)
            break;
        items[root] = items[child];
        root = child;
    }
    items[root] = value;
}

static void sort(void) {
    for (unsigned i = COUNT / 2; i > 0; i--)
        sift(i - 1, COUNT);
    for (unsigned end = COUNT - 1; end > 0; end--) {
        unsigned first = items[0];
        items[0] = items[end];
        items[end] = first;
        sift(0, end);
    }
}

__attribute__((export_name("run"))) unsigned run(void) {
    unsigned seed = 12345, sum = 0;
    for (int r = 0; r < ROUNDS; r++) {
        for (unsigned i = 0; i < COUNT; i++) {
            seed = seed * 1664525u + 1013904223u;
            items[i] = seed >> 8;
        }
        sort();
        for (unsigned i = 0; i < COUNT; i++)
            sum = sum * 31 + items[i];
    }
    return sum;
}
