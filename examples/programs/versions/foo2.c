/* foo2.c: libfoo v2. It adds squares; a constructor makes it start at 1000. */
#include "foo.h"

static struct {
    long long squares;
    int calls;
} state;

__attribute__((constructor)) static void start(void) {
    state.squares = 1000;
}

const char *foo_version(void) {
    return "libfoo v2";
}

void foo_add(int amount) {
    state.squares += (long long)amount * amount;
    state.calls++;
}

int foo_total(void) {
    return (int)state.squares + state.calls;
}
