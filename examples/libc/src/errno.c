/* errno.c: <errno.h>, and the texts of error numbers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

int errno;

/* Pointers in static data: the addresses of the strings are known only after the module has been placed;
 * __wasm_apply_data_relocs, which wasm-ld generates, fills them in. */
static const char *const texts[] = {
    [0] = "no error",
    [EDOM] = "argument out of domain",
    [ERANGE] = "result out of range",
    [EILSEQ] = "invalid character",
    [EINVAL] = "invalid argument",
    [ENOMEM] = "out of memory",
    [ENOSYS] = "not part of this C library",
    [EIO] = "the host could not read or write",
};

char *strerror(int number) {
    if (number < 0 || (size_t)number >= sizeof texts / sizeof *texts)
        return (char *)"unknown error";
    return (char *)texts[number];
}

void perror(const char *what) {
    if (what != NULL && *what != '\0')
        fprintf(stderr, "%s: ", what);
    fprintf(stderr, "%s\n", strerror(errno));
}
