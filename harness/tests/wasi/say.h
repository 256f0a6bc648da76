/* say.h: functions of the programs of these tests. Each program is compiled for WASI and for the host, and must print
 * the same on both, unless its test has the expected output.
 */
#ifndef SAY_H
#define SAY_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Names of errors: their numbers differ. */
static const char *error_name(int number) {
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {0, "ok"},
        {EACCES, "EACCES"},
        {EBADF, "EBADF"},
        {EEXIST, "EEXIST"},
        {EFBIG, "EFBIG"},
        {EINVAL, "EINVAL"},
        {EISDIR, "EISDIR"},
        {ELOOP, "ELOOP"},
        {EMFILE, "EMFILE"},
        {ENOENT, "ENOENT"},
        {ENOSPC, "ENOSPC"},
        {ENOSYS, "ENOSYS"},
        {ENOTDIR, "ENOTDIR"},
        {ENOTTY, "ENOTTY"},
        {ENOTEMPTY, "ENOTEMPTY"},
        {ENOTSUP, "ENOTSUP"},
        {EPERM, "EPERM"},
        {ENAMETOOLONG, "ENAMETOOLONG"},
        {ESPIPE, "ESPIPE"},
        {EXDEV, "EXDEV"},
#if defined(ENOTCAPABLE)
        {ENOTCAPABLE, "ENOTCAPABLE"},
#endif
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    return strerror(number);
}

/* Prints a call, its result, and the error where it is -1. */
#define SAY(call)                                                                                                      \
    do {                                                                                                               \
        errno = 0;                                                                                                     \
        long long said = (long long)(call);                                                                            \
        printf("%s: %lld %s\n", #call, said, said == -1 ? error_name(errno) : "");                                     \
    } while (0)

#endif
