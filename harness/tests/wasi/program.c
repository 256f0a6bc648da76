/* program.c: arguments, environment, formatted output, exit. */
#include "say.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static void at_end(void) {
    printf("at the end\n");
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        printf("argument %d: [%s]\n", i, argv[i]);
    const char *one = getenv("ONE"), *two = getenv("TWO"), *three = getenv("THREE");
    printf("%s, %s, %s\n", one == NULL ? "none" : one, two == NULL ? "none" : two, three == NULL ? "none" : three);
    printf("%d %5.2f %a %.17g %s %llx\n", -7, M_PI, 1.0 / 3, 1e300 / 7, "text", 0x123456789ABCDEFULL);
    printf("%zu bytes\n", strlen(argv[0]) > 0 ? sizeof(char) : 0);
    fprintf(stderr, "to standard error\n");
    SAY(isatty(0));
    SAY(isatty(1));
    atexit(at_end);
    if (argc > 1 && strcmp(argv[1], "abort") == 0) {
        fflush(stdout);
        abort();
    }
    return argc > 1 ? atoi(argv[1]) : 0;
}
