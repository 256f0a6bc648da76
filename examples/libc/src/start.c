/* start.c: _start, where the host enters a program. It is linked into every program, not into libc.so.
 *
 * It runs no constructors: the loader has run those of all modules before _start can be called [load.order]. The
 * arguments come from the host, by two functions of WASI.
 */
#include <stddef.h>
#include <stdlib.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

WASI("args_sizes_get") int wasi_args_sizes_get(size_t *count, size_t *size);
WASI("args_get") int wasi_args_get(char **arguments, char *bytes);

/* The name that clang gives to `int main(int argc, char **argv)` in WebAssembly, where the two forms of main are two
 * types of function and cannot share a name. */
int program_main(int argc, char **argv) __asm__("__main_argc_argv");

__attribute__((visibility("default"))) void _start(void) {
    size_t count, size;
    if (wasi_args_sizes_get(&count, &size) != 0)
        exit(EXIT_FAILURE);
    char **arguments = calloc(count + 1, sizeof *arguments), *bytes = malloc(size + 1);
    if (arguments == NULL || bytes == NULL || wasi_args_get(arguments, bytes) != 0)
        exit(EXIT_FAILURE);
    exit(program_main((int)count, arguments));
}
