/* errno.h: error numbers of this C library. */
#ifndef LIBC_ERRNO_H
#define LIBC_ERRNO_H

/* One object for all modules of the process: each reaches it through GOT.mem.errno. */
extern int errno;
#define errno errno

#define EDOM 1   /* argument out of the function's domain */
#define ERANGE 2 /* result out of range */
#define EILSEQ 3 /* invalid character */
#define EINVAL 4 /* invalid argument */
#define ENOMEM 5 /* out of memory */
#define ENOSYS 6 /* not part of this C library */
#define EIO 7    /* the host could not read or write */

#endif
