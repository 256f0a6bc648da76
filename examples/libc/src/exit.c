/* exit.c: the end of the program: exit, atexit, abort, and assertions that fail. */
#include "internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <process.h>

enum { MOST_FUNCTIONS = 32 };

static void (*functions[MOST_FUNCTIONS])(void);
static size_t count;

int atexit(void (*function)(void)) {
    if (count == MOST_FUNCTIONS)
        return -1;
    functions[count++] = function;
    return 0;
}

_Noreturn void exit(int code) {
    while (count > 0)
        functions[--count]();
    flush_all();
    process_exit(code);
}

_Noreturn void _Exit(int code) {
    process_exit(code);
}

/* A trap, so that the embedder sees its position. The process stays [process.trap]. */
_Noreturn void abort(void) {
    flush_all();
    __builtin_trap();
}

_Noreturn void assert_failed(const char *condition, const char *file, int line, const char *function) {
    fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, function, condition);
    abort();
}
