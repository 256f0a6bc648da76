/* internal.h: what the files of this C library share and other modules do not see. */
#ifndef LIBC_INTERNAL_H
#define LIBC_INTERNAL_H

/* Everything else is exported: modules are compiled with -fvisibility=default. */
#define HIDDEN __attribute__((visibility("hidden")))

/* Writes what stdout still holds, as exit does (stdio.c). */
HIDDEN void flush_all(void);

#endif
