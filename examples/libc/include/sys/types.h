/* sys/types.h: types of POSIX that headers of libraries name. */
#ifndef LIBC_SYS_TYPES_H
#define LIBC_SYS_TYPES_H

#include <stddef.h>

typedef long ssize_t;
typedef long long off_t;

#endif
