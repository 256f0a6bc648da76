/* foo1.c: libfoo v1. It adds.
 *
 * Its data is static. An exported object would be reached through GOT.mem even from here, and the first definition in
 * the process would win [load.symbols]: the versions would share it.
 */
#include "foo.h"

static int total;

const char *foo_version(void) {
    return "libfoo v1";
}

void foo_add(int amount) {
    total += amount;
}

int foo_total(void) {
    return total;
}
