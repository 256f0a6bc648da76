/* main.c: libraries that are loaded and unloaded at run time: load, symbol, unload. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <process.h>

static int load(const char *name) {
    return process_load(name, strlen(name));
}

static void *symbol(int handle, const char *name) {
    return process_symbol(handle, name, strlen(name));
}

/* Loads a plugin, calls it twice, and unloads it. */
static void use(const char *name) {
    char text[] = "A process and its libraries";
    int handle = load(name);
    if (handle == 0) {
        printf("%s: can't be loaded\n", name);
        return;
    }
    /* The address of an object, and the index of a function. */
    const char *const *its_name = symbol(handle, "plugin_name");
    int (*run)(char *) = (int (*)(char *))symbol(handle, "plugin_run");
    if (its_name == NULL || run == NULL) {
        printf("%s: not a plugin\n", name);
        exit(EXIT_FAILURE);
    }
    printf("%s: %s, ", name, *its_name);
    int first = run(text);
    printf("%d '%s', ", first, text);
    int second = run(text);
    printf("%d '%s', ", second, text);
    printf("unloaded: %d\n", process_unload(handle));
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    use("plugin reverse");
    use("plugin upper");
    use("plugin reverse"); /* a new instance: it counts from 1 again */
    use("plugin nowhere");
    printf("a missing symbol: %d\n", symbol(load("plugin upper"), "plugin_nothing") != NULL);
    /* The program still needs its C library: it stays when its only load is undone. */
    int libc = load("libc.so");
    printf("unloading libc.so: %d", process_unload(libc));
    printf(", %d\n", process_unload(libc));
    printf("unloading an invalid handle: %d\n", process_unload(12345));
    return EXIT_SUCCESS;
}
