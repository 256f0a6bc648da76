/* upper.c: a plugin that makes letters upper case. A constructor builds its large table. */
#include <ctype.h>

#include "plugin.h"

const char *const plugin_name = "upper";

static unsigned char table[256];

__attribute__((constructor)) static void fill(void) {
    for (int c = 0; c < 256; c++)
        table[c] = (unsigned char)toupper(c);
}

int plugin_run(char *text) {
    static int calls;
    for (; *text != '\0'; text++)
        *text = (char)table[(unsigned char)*text];
    return ++calls;
}
