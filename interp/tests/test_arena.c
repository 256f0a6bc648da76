/* test_arena.c: blocks, arenas and diagnostics. */
#include "base/arena.h"
#include "failing.h"
#include "tap.h"

#include <stdint.h>

static bool is_zero(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void check_blocks(tap *t, const wp_allocator *a) {
    uint8_t *block = wp_alloc(a, 10, 10);
    tap_ok(t, CHECK(block != NULL) && CHECK(is_zero(block, 100)), "a new block is zero");
    uint8_t *bigger = block == NULL ? NULL : wp_resize(a, block, 10, 1000, 10);
    tap_ok(t, CHECK(bigger != NULL) && CHECK(is_zero(bigger, 100)), "a resized block keeps its contents");
    wp_free(a, bigger, 1000, 10);
    block = wp_alloc(a, 0, 8);
    tap_ok(t, block != NULL, "a block of 0 bytes");
    wp_free(a, block, 0, 8);
    wp_free(a, NULL, 7, 7);
    tap_ok(t, CHECK(wp_alloc(a, SIZE_MAX / 2, 3) == NULL) && CHECK(wp_resize(a, NULL, 0, SIZE_MAX, 2) == NULL),
           "sizes that overflow are refused");
}

static void check_growth(tap *t, const wp_allocator *a) {
    uint32_t *array = NULL;
    size_t capacity = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < 1000; i++) {
        ok = wp_grow(a, (void **)&array, i, &capacity, sizeof *array);
        if (ok)
            array[i] = (uint32_t)i;
    }
    for (size_t i = 0; ok && i < 1000; i++)
        ok = array[i] == i;
    tap_ok(t, CHECK(ok) && CHECK(capacity >= 1000), "wp_grow enlarges an array");
    size_t kept = capacity, huge = SIZE_MAX / 2 + 1;
    void *none = NULL;
    tap_ok(t, CHECK(ok) && CHECK(wp_grow(a, (void **)&array, 5, &capacity, sizeof *array)) && EQ(capacity, kept),
           "wp_grow keeps a sufficient capacity");
    tap_ok(t, CHECK(!wp_grow(a, &none, huge, &huge, 1)) && CHECK(none == NULL),
           "wp_grow refuses a capacity that overflows");
    wp_free(a, array, capacity, sizeof *array);
}

static void check_arena(tap *t, const wp_allocator *a) {
    wp_arena arena;
    wp_arena_init(&arena, a);
    bool aligned = true, zero = true;
    for (size_t size = 0; size < 3000; size += 7) {
        uint8_t *block = wp_arena_alloc(&arena, size, 1);
        aligned = aligned && CHECK(block != NULL) && EQ((uintptr_t)block % 16, 0);
        zero = zero && CHECK(block != NULL) && CHECK(is_zero(block, size));
        if (block != NULL)
            memset(block, 0xAA, size);
    }
    tap_ok(t, CHECK(aligned) && CHECK(zero), "arena: blocks are aligned and zero");
    uint8_t *large = wp_arena_alloc_raw(&arena, 3, 1 << 20);
    if (large != NULL)
        memset(large, 1, (size_t)3 << 20);
    tap_ok(t, large != NULL, "arena: a block larger than a chunk");
    uint8_t *copy = wp_arena_copy(&arena, "abc", 4), *nothing = wp_arena_copy(&arena, NULL, 0);
    tap_ok(t, CHECK(copy != NULL) && EQ_BYTES(copy, "abc", 4) && CHECK(nothing != NULL), "arena: copies");
    tap_ok(t,
           CHECK(wp_arena_alloc(&arena, SIZE_MAX / 2, 2) == NULL) &&
               CHECK(wp_arena_alloc_raw(&arena, SIZE_MAX, 1) == NULL) &&
               CHECK(wp_arena_alloc(&arena, SIZE_MAX, 2) == NULL),
           "arena: sizes that overflow are refused");
    wp_arena_release(&arena);
    tap_ok(t, arena.chunks == NULL, "arena: release");
    wp_arena_release(&arena);
}

static void check_shrinking(tap *t, const wp_allocator *a) {
    wp_arena arena;
    wp_arena_init(&arena, a);
    uint8_t *first = wp_arena_alloc(&arena, 100, 1);
    wp_arena_shrink(&arena, first, 100, 10);
    uint8_t *second = wp_arena_alloc(&arena, 10, 1);
    tap_ok(t, second == first + 16, "arena: the newest block shrinks");
    wp_arena_shrink(&arena, first, 16, 1);
    uint8_t *third = wp_arena_alloc(&arena, 10, 1);
    tap_ok(t, third == second + 16, "arena: an older block does not shrink");
    wp_arena_shrink(&arena, third, 10, 0);
    uint8_t *fourth = wp_arena_alloc(&arena, 0, 1);
    tap_ok(t, fourth == third + 16, "arena: a block of 0 bytes has its own address");
    wp_arena_shrink(&arena, fourth, 0, 0);
    wp_arena_release(&arena);
}

static void check_failures(tap *t) {
    bool clean = true;
    for (size_t k = 1; k < 6; k++) {
        failing f = {.fail_at = k};
        wp_allocator a = failing_allocator(&f);
        wp_arena arena;
        wp_arena_init(&arena, &a);
        size_t got = 0;
        while (got < 1000 && wp_arena_alloc(&arena, 1000, 1) != NULL)
            got++;
        clean = clean && CHECK(got < 1000) && CHECK(wp_arena_copy(&arena, "x", 5000) == NULL);
        wp_arena_release(&arena);
        void *array = NULL;
        size_t capacity = 0;
        clean = clean && CHECK(!wp_grow(&a, &array, 0, &capacity, 1)) && EQ(capacity, 0) &&
                CHECK(wp_alloc(&a, 1, 1) == NULL);
        clean = clean && failing_freed(&f);
    }
    tap_ok(t, clean, "arena: failing allocations");
}

static void check_diagnostics(tap *t) {
    wp_diag diag = {0};
    wp_location where = {7, 2, 3};
    tap_ok(t,
           EQ_STATUS(wp_fail_at(&diag, WP_INVALID, where, "%s %d", "number", 5), WP_INVALID) &&
               EQ_STATUS(diag.status, WP_INVALID) && EQ_TEXT(diag.message, "number 5") && EQ(diag.where.offset, 7) &&
               EQ(diag.where.column, 3),
           "an error has a status, a place and a message");
    tap_ok(t, EQ_STATUS(wp_fail(&diag, WP_TRAP, "later"), WP_TRAP) && EQ_STATUS(diag.status, WP_INVALID),
           "the first error is kept");
    tap_ok(t, EQ_STATUS(wp_fail_memory(NULL), WP_EXHAUSTION) && EQ_STATUS(wp_fail(NULL, WP_CRASH, "x"), WP_CRASH),
           "errors without a diagnostic");
    char text[600];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    diag = (wp_diag){0};
    wp_status status = wp_fail(&diag, WP_MALFORMED, "%s", text);
    tap_ok(t, EQ_STATUS(status, WP_MALFORMED) && EQ(strlen(diag.message), sizeof diag.message - 1),
           "a long message is truncated");
    size_t bad = 0;
    for (wp_status s = WP_OK; s <= WP_CRASH; s++)
        bad += strcmp(wp_status_name(s), "unknown") == 0;
    tap_ok(t,
           EQ(bad, 0) && EQ_TEXT(wp_status_name(WP_MALFORMED), "malformed") &&
               EQ_TEXT(wp_status_name((wp_status)99), "unknown"),
           "every status has a name");
}

int main(void) {
    tap t = {0};
    failing f = {0};
    wp_allocator a = failing_allocator(&f);
    check_blocks(&t, &a);
    check_growth(&t, &a);
    check_arena(&t, &a);
    check_arena(&t, &wp_libc_allocator);
    check_shrinking(&t, &a);
    tap_ok(&t, failing_freed(&f), "all memory is freed, with the right sizes");
    check_failures(&t);
    check_diagnostics(&t);
    return tap_done(&t);
}
