/* fcntl.h: empty. This C library opens no files; the header is there for those who include it without a need. */
#ifndef LIBC_FCNTL_H
#define LIBC_FCNTL_H
#endif
