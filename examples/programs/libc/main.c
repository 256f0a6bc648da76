/* main.c: a test of the C library of this example. Built for a process and for the host, the program must print the
 * same; the host's C library is the reference.
 *
 * It is limited to behaviour that C defines: no order of equal elements, no pointers, no implementation limits.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t to_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* ---- Printing ------------------------------------------------------------------------------------------------ */

static void print_integers(void) {
    static const int64_t values[] = {0,   1,     -1,    42,        -42,       127,       128,
                                     255, 32768, 65535, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        int64_t v = values[i];
        int n = (int)v;
        printf("[%d|%5d|%-8d|%08d|%+d|% d|%.3d|%8.3d|%-8.3d|%hhd|%hd]\n", n, n, n, n, n, n, n, n, n, (signed char)n,
               (short)n);
        printf("[%u|%o|%x|%X|%#o|%#x|%#X|%10x|%-10x|%010x|%#010x|%.0u]\n", (unsigned)n, (unsigned)n, (unsigned)n,
               (unsigned)n, (unsigned)n, (unsigned)n, (unsigned)n, (unsigned)n, (unsigned)n, (unsigned)n, (unsigned)n,
               (unsigned)n);
        printf("[%lld|%llu|%llx|%" PRId64 "|%" PRIx64 "|%jd|%zu]\n", (long long)v, (unsigned long long)v,
               (unsigned long long)v, v, (uint64_t)v, (intmax_t)v, (size_t)(v & 0xFFFF));
    }
    printf("[%.0d|%5.0d|%#.0x|%#.0o|%#o|%+i|%*d|%-*d|%.*d]\n", 0, 0, 0u, 0u, 0u, 7, 6, 5, 6, 5, 4, 3);
    printf("[%ld|%lu|%lx|%hhu|%hu|%%]\n", -5L, 5UL, 0xABCUL, (unsigned char)200, (unsigned short)60000);
}

static void print_text(void) {
    char small[8];
    printf("[%s|%10s|%-10s|%.3s|%10.2s|%.0s|%c|%5c|%-5c]\n", "text", "text", "text", "text", "text", "text", 'a', 'b',
           'c');
    int wanted = snprintf(small, sizeof small, "%s %d", "overflowing", 12345);
    printf("[%s] %d\n", small, wanted);
    wanted = snprintf(small, 1, "%d", 7);
    printf("[%s] %d %d\n", small, wanted, snprintf(NULL, 0, "%05d", 42));
    printf("%d\n", sprintf(small, "%s", "seven77"));
}

static void print_double(double v) {
    printf("[%f|%e|%g|%.0f|%.0e|%.0g|%.3f|%.17g|%.1f|%#.0f|%#g|%+.2e|% .4g|%12.3f|%-14.5e|%014.2f|%G|%E]\n", v, v, v, v,
           v, v, v, v, v, v, v, v, v, v, v, v, v, v);
}

static void print_doubles(void) {
    static const double values[] = {0.0,
                                    1.0,
                                    0.5,
                                    1.5,
                                    2.5,
                                    3.5,
                                    0.1,
                                    0.2,
                                    0.3,
                                    1.0 / 3,
                                    2.0 / 3,
                                    9.5,
                                    9.995,
                                    99.5,
                                    999999.25,
                                    1e5,
                                    1e6,
                                    1e15,
                                    1e16,
                                    1e17,
                                    1e21,
                                    1e22,
                                    1e23,
                                    123456789.0,
                                    1e-4,
                                    1e-5,
                                    0.00012345,
                                    5e-324,
                                    2.2250738585072014e-308,
                                    1.7976931348623157e308,
                                    4.35,
                                    2.675,
                                    1.005,
                                    0.125,
                                    0.375,
                                    1e100,
                                    8.5,
                                    0.05,
                                    0.25,
                                    0.75,
                                    123456.5,
                                    1234567.5,
                                    9007199254740993.0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        print_double(values[i]);
        print_double(-values[i]);
    }
    print_double((double)INFINITY);
    print_double(-(double)INFINITY);
    for (int i = 0; i < 300; i++) {
        double value = from_bits(next_random());
        if (isfinite(value))
            printf("%.17g %.16e %g %.30e\n", value, value, value, value);
    }
    for (int i = 0; i < 300; i++) {
        double value = (double)(int64_t)next_random() / (double)(1 << (i % 30 + 1)) / 1e9;
        printf("%f %.2f %.10g %.0f %.20f\n", value, value, value, value, value);
    }
    printf("%.1200f\n%.1100e\n%.1100g\n", 5e-324, 5e-324, 5e-324);
    printf("%.400f\n%.310g\n", 1.7976931348623157e308, 1.7976931348623157e308);
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

static void read_double(const char *text) {
    char *end;
    double value = strtod(text, &end);
    printf("strtod(%s): %016" PRIx64 " %d\n", text, to_bits(value), (int)(end - text));
    value = (double)strtof(text, NULL);
    printf("strtof(%s): %016" PRIx64 "\n", text, to_bits(value));
}

static void read_doubles(void) {
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1",
                                        "+1.5",
                                        "  2.5x",
                                        ".5",
                                        "5.",
                                        ".",
                                        "-",
                                        "",
                                        "e5",
                                        "1e",
                                        "1e+",
                                        "1e5",
                                        "1E-5",
                                        "1e400",
                                        "-1e400",
                                        "1e-400",
                                        "0.1",
                                        "0.2",
                                        "0.3",
                                        "123456789012345678901234567890",
                                        "1.7976931348623157e308",
                                        "1.7976931348623158e308",
                                        "1.7976931348623159e308",
                                        "179769313486231580793e289",
                                        "2.2250738585072011e-308",
                                        "2.2250738585072014e-308",
                                        "4.9406564584124654e-324",
                                        "2.4703282292062327e-324",
                                        "2.4703282292062328e-324",
                                        "9007199254740993",
                                        "9007199254740992.5",
                                        "9007199254740993.0000000000000000000001",
                                        "1e23",
                                        "8.5e22",
                                        "inf",
                                        "-INFINITY",
                                        "infinit",
                                        "nanx",
                                        "0x",
                                        "0x1p3",
                                        "0x1.8p1",
                                        "0x.8",
                                        "0x1p-1074",
                                        "0x1p-1075",
                                        "0x1.8p-1075",
                                        "0x1.fffffffffffff8p0",
                                        "0x1.fffffffffffff7p0",
                                        "0x123456789abcdef01",
                                        "0x1p2000",
                                        "0x1g",
                                        "1.00000005960464477539062500001",
                                        "1.000000059604644775390625",
                                        "3.4028235677973366e38",
                                        "3.4028235677973365e38",
                                        "1.401298464324817e-45",
                                        "7e-46",
                                        "00000000000000000000000000000000000000000001",
                                        "0.0000000000000000000000000000000000001e37",
                                        "1e2147483648"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        read_double(texts[i]);
    char text[64];
    int wrong = 0;
    for (int i = 0; i < 500; i++) {
        double value = from_bits(next_random());
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        wrong += to_bits(strtod(text, NULL)) != to_bits(value);
        snprintf(text, sizeof text, "%.12g", value);
        printf("%s %016" PRIx64 "\n", text, to_bits(strtod(text, NULL)));
    }
    printf("%d of them do not come back\n", wrong);
}

static void read_integers(void) {
    static const char *const texts[] = {"0",
                                        "42",
                                        "-42",
                                        "+7",
                                        "  9z",
                                        "",
                                        "-",
                                        "0x1F",
                                        "0x",
                                        "0xg",
                                        "077",
                                        "08",
                                        "zz",
                                        "-zz",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-9223372036854775808",
                                        "-9223372036854775809",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "99999999999999999999999",
                                        "-1",
                                        "7fffffffffffffff",
                                        "1011",
                                        "12 34"};
    static const int bases[] = {0, 2, 8, 10, 16, 36};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t b = 0; b < sizeof bases / sizeof *bases; b++) {
            char *end;
            errno = 0;
            long long value = strtoll(texts[i], &end, bases[b]);
            printf("%s in %d: %lld %d %d", texts[i], bases[b], value, (int)(end - texts[i]), errno == ERANGE);
            errno = 0;
            unsigned long long magnitude = strtoull(texts[i], &end, bases[b]);
            printf(" %llu %d %d\n", magnitude, (int)(end - texts[i]), errno == ERANGE);
        }
    printf("%d %ld %lld %g\n", atoi(" -12"), atol("34x"), atoll("-5000000000"), atof("2.5e3"));
}

/* ---- Strings ------------------------------------------------------------------------------------------------- */

static int sign(int value) {
    return (value > 0) - (value < 0);
}

static void compare_strings(void) {
    static const char *const texts[] = {"", "a", "ab", "abc", "b", "aba", "\xff", "abcabc", "ab cd ef"};
    size_t count = sizeof texts / sizeof *texts;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            const char *a = texts[i], *b = texts[j], *found = strstr(a, b), *any = strpbrk(a, b);
            printf("%d%d%d%d ", sign(strcmp(a, b)), sign(strncmp(a, b, 2)), (int)strspn(a, b), (int)strcspn(a, b));
            printf("%d %d\n", found == NULL ? -1 : (int)(found - a), any == NULL ? -1 : (int)(any - a));
        }
}

static void build_strings(void) {
    char buffer[64], words[] = " one, two,,three ", *rest;
    strcpy(buffer, "abc");
    strcat(buffer, "def");
    strncat(buffer, "ghijk", 2);
    printf("%s %d %d %d\n", buffer, (int)strlen(buffer), (int)(strchr(buffer, 'd') - buffer),
           strchr(buffer, 'z') == NULL);
    printf("%s %d\n", strrchr("a/b/c", '/'), (int)strnlen("abcdef", 4));
    memset(buffer, '#', sizeof buffer);
    strncpy(buffer, "xy", 5);
    printf("%d%d%d %c\n", buffer[2], buffer[3], buffer[4], buffer[5]);
    strcpy(buffer, "0123456789");
    memmove(buffer + 2, buffer, 5);
    printf("%s ", buffer);
    memmove(buffer, buffer + 3, 5);
    printf("%s %d %d\n", buffer, memcmp("abc", "abd", 3) < 0, memchr("abc", 'c', 2) == NULL);
    for (char *word = strtok_r(words, " ,", &rest); word != NULL; word = strtok_r(NULL, " ,", &rest))
        printf("<%s>", word);
    char *copy = strdup("copied"), *part = strndup("copied", 3);
    printf(" %s %s\n", copy, part);
    free(copy);
    free(part);
}

static void classify(void) {
    for (int c = 0; c < 128; c++)
        printf("%d%d%d%d%d%d%d%d%d%d%d%d %d %d%s", !!isalnum(c), !!isalpha(c), !!isblank(c), !!iscntrl(c), !!isdigit(c),
               !!isgraph(c), !!islower(c), !!isprint(c), !!ispunct(c), !!isspace(c), !!isupper(c), !!isxdigit(c),
               tolower(c), toupper(c), c % 4 == 3 ? "\n" : " ");
}

/* ---- Sorting, memory ----------------------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort(void) {
    static uint32_t numbers[2000];
    for (size_t count = 0; count < 2000; count = count * 2 + 1) {
        for (size_t i = 0; i < count; i++)
            numbers[i] = (uint32_t)(next_random() % 3000);
        qsort(numbers, count, sizeof *numbers, compare_numbers);
        int disorder = 0, found = 0;
        for (size_t i = 1; i < count; i++)
            disorder += numbers[i - 1] > numbers[i];
        for (uint32_t key = 0; key < 3000; key++)
            found += bsearch(&key, numbers, count, sizeof *numbers, compare_numbers) != NULL;
        printf("%d numbers: %d out of order, %d different\n", (int)count, disorder, found);
    }
}

enum { BLOCKS = 400 };

static size_t sizes[BLOCKS];
static unsigned char *blocks[BLOCKS];

/* Whether a block still has its contents: its number in every byte. */
static int is_intact(size_t i) {
    for (size_t n = 0; n < sizes[i]; n++)
        if (blocks[i][n] != (unsigned char)i)
            return 0;
    return 1;
}

/* Allocates, resizes and frees at random, from one byte to a megabyte. */
static void use_memory(void) {
    int broken = 0, unclean = 0, failed = 0;
    for (int round = 0; round < 6000; round++) {
        uint64_t chance = next_random();
        size_t i = chance % BLOCKS, wanted = (size_t)(chance >> 20) % ((size_t)1 << (chance >> 12 & 15)) + 1;
        if (round % 100 == 0)
            wanted *= 32;
        broken += !is_intact(i);
        if (blocks[i] != NULL && chance >> 60 < 6) {
            free(blocks[i]);
            blocks[i] = NULL;
            sizes[i] = 0;
            continue;
        }
        unsigned char *block = blocks[i] == NULL ? calloc(wanted, 1) : realloc(blocks[i], wanted);
        failed += block == NULL;
        for (size_t n = 0; n < wanted && n < sizes[i]; n++)
            broken += block[n] != (unsigned char)i;
        for (size_t n = 0; n < wanted && blocks[i] == NULL; n++)
            unclean += block[n] != 0;
        memset(block, (int)i, wanted);
        blocks[i] = block;
        sizes[i] = wanted;
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        broken += !is_intact(i);
        free(blocks[i]);
    }
    printf("memory: %d broken, %d unclean, %d failed\n", broken, unclean, failed);
    /* Prevents the compiler from removing unused allocations. */
    void *volatile block = calloc(SIZE_MAX / 2, 3);
    printf("too much: %d\n", block == NULL);
}

static void print_last(void) {
    printf("at exit, last\n");
}

static void print_first(void) {
    printf("at exit, first\n");
}

int main(int argc, char **argv) {
    printf("%d arguments:", argc - 1);
    for (int i = 1; i < argc; i++)
        printf(" <%s>", argv[i]);
    printf("\n");
    print_integers();
    print_text();
    print_doubles();
    read_doubles();
    read_integers();
    compare_strings();
    build_strings();
    classify();
    sort();
    use_memory();
    printf("%g %g %g %g %g\n", floor(-2.5), ceil(-2.5), trunc(-2.5), rint(2.5), sqrt(2.0));
    printf("%d %ld %d %d\n", abs(-3), labs(-4L), div(-7, 2).quot, div(-7, 2).rem);
    atexit(print_last);
    atexit(print_first);
    fprintf(stderr, "%s\n", "to the other descriptor");
    exit(3);
}
