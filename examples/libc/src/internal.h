/* internal.h: declarations that the files of this C library share and do not export. */
#ifndef LIBC_INTERNAL_H
#define LIBC_INTERNAL_H

/* Everything else is exported: modules are compiled with -fvisibility=default. */
#define HIDDEN __attribute__((visibility("hidden")))

/* Flushes stdout, for exit (stdio.c). */
HIDDEN void flush_all(void);

#endif
