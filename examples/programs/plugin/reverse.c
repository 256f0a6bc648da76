/* reverse.c: a plugin that reverses strings. */
#include <string.h>

#include "plugin.h"

const char *const plugin_name = "reverse";

int plugin_run(char *text) {
    static int calls;
    for (size_t i = 0, j = strlen(text); i + 1 < j; i++) {
        char c = text[i];
        text[i] = text[--j];
        text[j] = c;
    }
    return ++calls;
}
