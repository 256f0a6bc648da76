/* fcntl.h: empty. This C library opens no files; the header serves programs that include it unnecessarily. */
#ifndef LIBC_FCNTL_H
#define LIBC_FCNTL_H
#endif
