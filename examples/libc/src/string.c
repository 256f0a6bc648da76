/* string.c: <string.h>.
 *
 * Moving and filling memory are instructions of WebAssembly; the rest is written for clarity, a byte at a time. The
 * library is compiled with -fno-builtin; otherwise the compiler would replace the loop in memcpy by a call of memcpy.
 */
#include <stdlib.h>
#include <string.h>

/* ---- Bytes --------------------------------------------------------------------------------------------------- */

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    return __builtin_memmove(to, from, size); /* memory.copy */
}

void *memmove(void *to, const void *from, size_t size) {
    return __builtin_memmove(to, from, size);
}

void *memset(void *to, int c, size_t size) {
    return __builtin_memset(to, c, size); /* memory.fill */
}

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}

void *memchr(const void *bytes, int c, size_t size) {
    const unsigned char *x = bytes;
    for (size_t i = 0; i < size; i++)
        if (x[i] == (unsigned char)c)
            return (void *)(x + i);
    return NULL;
}

/* ---- Strings: whole ------------------------------------------------------------------------------------------ */

size_t strlen(const char *s) {
    const char *end = s;
    while (*end != '\0')
        end++;
    return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t most) {
    const char *end = memchr(s, '\0', most);
    return end == NULL ? most : (size_t)(end - s);
}

char *strcpy(char *restrict to, const char *restrict from) {
    return memcpy(to, from, strlen(from) + 1);
}

char *strncpy(char *restrict to, const char *restrict from, size_t size) {
    size_t length = strnlen(from, size);
    memcpy(to, from, length);
    memset(to + length, 0, size - length);
    return to;
}

char *strcat(char *restrict to, const char *restrict from) {
    strcpy(to + strlen(to), from);
    return to;
}

char *strncat(char *restrict to, const char *restrict from, size_t most) {
    size_t length = strnlen(from, most);
    char *end = to + strlen(to);
    memcpy(end, from, length);
    end[length] = '\0';
    return to;
}

int strcmp(const char *a, const char *b) {
    while (*a != '\0' && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t most) {
    for (size_t i = 0; i < most; i++)
        if (a[i] != b[i] || a[i] == '\0')
            return (unsigned char)a[i] - (unsigned char)b[i];
    return 0;
}

int strcoll(const char *a, const char *b) {
    return strcmp(a, b);
}

char *strndup(const char *s, size_t most) {
    size_t length = strnlen(s, most);
    char *copy = malloc(length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, s, length);
    copy[length] = '\0';
    return copy;
}

char *strdup(const char *s) {
    return strndup(s, strlen(s));
}

/* ---- Strings: searching -------------------------------------------------------------------------------------- */

char *strchr(const char *s, int c) {
    for (;; s++) {
        if (*s == (char)c)
            return (char *)s;
        if (*s == '\0')
            return NULL;
    }
}

char *strrchr(const char *s, int c) {
    const char *last = NULL;
    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (*s == '\0')
            return (char *)last;
    }
}

size_t strspn(const char *s, const char *set) {
    size_t n = 0;
    while (s[n] != '\0' && strchr(set, s[n]) != NULL)
        n++;
    return n;
}

/* strchr finds the NUL at the end of the set, so this stops at the end of the string too. */
size_t strcspn(const char *s, const char *set) {
    size_t n = 0;
    while (strchr(set, s[n]) == NULL)
        n++;
    return n;
}

char *strpbrk(const char *s, const char *set) {
    s += strcspn(s, set);
    return *s == '\0' ? NULL : (char *)s;
}

char *strstr(const char *s, const char *part) {
    size_t length = strlen(part);
    for (;; s++) {
        if (strncmp(s, part, length) == 0)
            return (char *)s;
        if (*s == '\0')
            return NULL;
    }
}

char *strtok_r(char *restrict s, const char *restrict separators, char **restrict rest) {
    char *word = s == NULL ? *rest : s;
    word += strspn(word, separators);
    char *end = word + strcspn(word, separators);
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return end == word ? NULL : word;
}

char *strtok(char *restrict s, const char *restrict separators) {
    static char *rest;
    return strtok_r(s, separators, &rest);
}
