/* tap.h: reports of unit tests in the Test Anything Protocol, one line per check.
 *
 *     int main(void) {
 *         tap t = {0};
 *         tap_ok(&t, CHECK(here != NULL) && EQ(1 + 1, 2) && EQ_TEXT(name, "two"), "one and one is %d", 2);
 *         return tap_done(&t);
 *     }
 *
 * Interface:
 * - tap_ok reports a check. Its conditions are joined by &&, so that the first one that fails ends it.
 * - CHECK, EQ (integers), EQ_TEXT, EQ_BYTES and EQ_STATUS are conditions: a failure prints its line, text and values.
 * - REQUIRE ends the program unless a condition of the test's set-up holds.
 * - tap_note prints a comment.
 * - tap_done prints the plan and returns the exit status: 0 if every check passed, else 1.
 */
#ifndef WP_TAP_H
#define WP_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tap {
    int count;
    int failed;
} tap;

#if defined(__GNUC__)
#define TAP_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TAP_PRINTF(f, a)
#endif

/* A place in a test, and the condition there. */
typedef struct tap_place {
    const char *file;
    int line;
    const char *text;
} tap_place;

#define TAP_PLACE(text) ((tap_place){__FILE__, __LINE__, (text)})

/* ---- Reports ------------------------------------------------------------------------------------------------- */

/* Reports one check: tap_ok(tap, condition, format, ...). Returns whether it passed. */
#define tap_ok(t, condition, ...) tap_report((t), (condition), TAP_PLACE(#condition), __VA_ARGS__)

static inline bool TAP_PRINTF(4, 5) tap_report(tap *t, bool passed, tap_place place, const char *format, ...) {
    va_list args;
    t->count++;
    t->failed += passed ? 0 : 1;
    printf("%s %d - ", passed ? "ok" : "not ok", t->count);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    if (!passed)
        printf("# %s:%d: failed: %.120s\n", place.file, place.line, place.text);
    return passed;
}

/* Prints a comment, for example the cause of a failure. */
static inline void TAP_PRINTF(1, 2) tap_note(const char *format, ...) {
    va_list args;
    printf("# ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

/* Prints the plan; returns the program's exit status. A program without checks fails. */
static inline int tap_done(const tap *t) {
    printf("1..%d\n", t->count);
    return t->failed == 0 && t->count != 0 ? 0 : 1;
}

/* Ends the program unless a condition holds without which the rest of the test has no meaning. */
#define REQUIRE(condition) ((condition) ? (void)0 : tap_bail(TAP_PLACE(#condition)))

_Noreturn static inline void tap_bail(tap_place place) {
    printf("Bail out! %s:%d: %s\n", place.file, place.line, place.text);
    exit(1);
}

/* ---- Conditions ---------------------------------------------------------------------------------------------- */

#define CHECK(condition) tap_check((condition), TAP_PLACE(#condition))

static inline bool tap_check(bool passed, tap_place place) {
    if (!passed)
        printf("# %s:%d: %s\n", place.file, place.line, place.text);
    return passed;
}

/* Integers of any type and enumerations are equal. Others do not compile. */
#define EQ(found, expected) tap_eq(TAP_INTEGER(found), TAP_INTEGER(expected), TAP_PLACE(#found " == " #expected))
#define TAP_INTEGER(x) ((uint64_t)(x) + 0 * sizeof(~+(x)))

static inline bool tap_eq(uint64_t found, uint64_t expected, tap_place place) {
    if (found != expected)
        printf("# %s:%d: %s: found %lld (0x%llx), expected %lld (0x%llx)\n", place.file, place.line, place.text,
               (long long)found, (unsigned long long)found, (long long)expected, (unsigned long long)expected);
    return found == expected;
}

static inline void tap_print_quoted(const char *text) {
    if (text == NULL) {
        printf("NULL");
        return;
    }
    printf("\"");
    for (; *text != '\0'; text++)
        if (*text >= ' ' && *text <= '~' && *text != '"' && *text != '\\')
            printf("%c", *text);
        else
            printf("\\%02x", (unsigned)(unsigned char)*text);
    printf("\"");
}

/* Strings are equal; a null pointer equals only another one. */
#define EQ_TEXT(found, expected) tap_eq_text((found), (expected), TAP_PLACE(#found " is " #expected))

static inline bool tap_eq_text(const char *found, const char *expected, tap_place place) {
    bool equal = found == NULL || expected == NULL ? found == expected : strcmp(found, expected) == 0;
    if (!equal) {
        printf("# %s:%d: %s: found ", place.file, place.line, place.text);
        tap_print_quoted(found);
        printf(", expected ");
        tap_print_quoted(expected);
        printf("\n");
    }
    return equal;
}

/* Values of wp_status are equal. */
#define EQ_STATUS(found, expected)                                                                                     \
    tap_eq_text(wp_status_name(found), wp_status_name(expected), TAP_PLACE(#found " is " #expected))

/* `size` bytes are equal. */
#define EQ_BYTES(found, expected, size) tap_eq_bytes((found), (expected), (size), TAP_PLACE(#found " is " #expected))

static inline bool tap_eq_bytes(const void *found, const void *expected, size_t size, tap_place place) {
    const uint8_t *a = found, *b = expected;
    size_t i = 0;
    while (i < size && a[i] == b[i])
        i++;
    if (i < size)
        printf("# %s:%d: %s: at byte %zu of %zu found 0x%02x, expected 0x%02x\n", place.file, place.line, place.text, i,
               size, (unsigned)a[i], (unsigned)b[i]);
    return i == size;
}

#endif
