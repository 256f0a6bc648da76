/* large.c: copies its input to a file and back, in pieces of many sizes, and adds up its bytes. */
#include "say.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST = 3000000 };

static unsigned long long sum;

static void add(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 1099511628211ULL;
}

int main(void) {
    unsigned char *buffer = malloc(MOST);
    size_t total = 0, size = 1;
    int fd = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (ssize_t got; (got = read(0, buffer, size)) > 0; size = size * 3 % MOST + 1) {
        add(buffer, (size_t)got);
        if (write(fd, buffer, (size_t)got) != got)
            return 1;
        total += (size_t)got;
    }
    printf("%zu bytes, %llx\n", total, sum);
    sum = 0;
    SAY(lseek(fd, 0, SEEK_SET));
    size_t back = 0;
    for (ssize_t got; (got = read(fd, buffer, MOST)) > 0; back += (size_t)got) {
        add(buffer, (size_t)got);
        if (write(2, buffer, (size_t)got) != got)
            return 1;
    }
    printf("%zu bytes, %llx\n", back, sum);
    SAY(lseek(fd, 5000000000, SEEK_SET));
    SAY(write(fd, "end", 3));
    SAY(pread(fd, buffer, 10, 4999999999));
    SAY(memcmp(buffer, "\0end", 4));
    SAY(ftruncate(fd, 10));
    SAY(close(fd));
    return 0;
}
