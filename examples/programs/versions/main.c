/* main.c: two versions of one library side by side in one process.
 *
 * The program was linked against version 1: it needs the name "libfoo v1", and the calls of foo_add() and the
 * others below go there. It loads version 2 at run time. The dictionary has both names [dict.exact].
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <process.h>

#include "foo.h"

/* A version, as a table of its functions. */
typedef struct version {
    const char *(*name)(void);
    void (*add)(int);
    int (*total)(void);
} version;

static void *symbol(int handle, const char *name) {
    void *found = process_symbol(handle, name, strlen(name));
    if (found != NULL)
        return found;
    printf("no symbol %s\n", name);
    exit(EXIT_FAILURE);
}

static version load(const char *name) {
    int handle = process_load(name, strlen(name));
    if (handle == 0) {
        printf("%s can't be loaded\n", name);
        exit(EXIT_FAILURE);
    }
    return (version){(const char *(*)(void))symbol(handle, "foo_version"), (void (*)(int))symbol(handle, "foo_add"),
                     (int (*)(void))symbol(handle, "foo_total")};
}

int main(int argc, char **argv) {
    version v1 = load("libfoo v1"), v2 = load("libfoo v2");
    (void)argc, (void)argv;
    foo_add(1); /* version 1, by linking */
    for (int i = 1; i <= 10; i++) {
        v1.add(i);
        v2.add(i);
    }
    printf("linked:   %s, total %d\n", foo_version(), foo_total());
    printf("loaded:   %s, total %d\n", v1.name(), v1.total());
    printf("loaded:   %s, total %d\n", v2.name(), v2.total());
    /* One instance per URI [load.identity]: the linked and the loaded library are the same, and so are pointers. */
    printf("the same: %s, %s\n", v1.total == foo_total ? "v1" : "none", v2.total == foo_total ? "v2" : "none");
    return EXIT_SUCCESS;
}
