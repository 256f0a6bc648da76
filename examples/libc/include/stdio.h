/* stdio.h: output to the descriptors 1 and 2 of the host, and characters from descriptor 0. There are no files. */
#ifndef LIBC_STDIO_H
#define LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define EOF (-1)
#define BUFSIZ 4096

typedef struct FILE FILE;
extern FILE *const stdout;
extern FILE *const stderr;
#define stdout stdout
#define stderr stderr

/* Conversions: d i u o x X c s p f F e E g G %; flags - + space # 0, width, precision, and the lengths
 * hh h l ll j z t. Floating-point numbers are written with exactly the digits that they have. */
#define LIBC_FORMAT(text, first) __attribute__((__format__(__printf__, text, first)))
LIBC_FORMAT(1, 2) int printf(const char *restrict format, ...);
LIBC_FORMAT(2, 3) int fprintf(FILE *restrict stream, const char *restrict format, ...);
LIBC_FORMAT(2, 3) int sprintf(char *restrict to, const char *restrict format, ...);
LIBC_FORMAT(3, 4) int snprintf(char *restrict to, size_t size, const char *restrict format, ...);
LIBC_FORMAT(1, 0) int vprintf(const char *restrict format, va_list args);
LIBC_FORMAT(2, 0) int vfprintf(FILE *restrict stream, const char *restrict format, va_list args);
LIBC_FORMAT(2, 0) int vsprintf(char *restrict to, const char *restrict format, va_list args);
LIBC_FORMAT(3, 0) int vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list args);
#undef LIBC_FORMAT

int getchar(void);
int putchar(int c);
int putc(int c, FILE *stream);
int fputc(int c, FILE *stream);
int puts(const char *s);
int fputs(const char *restrict s, FILE *restrict stream);
size_t fwrite(const void *restrict items, size_t size, size_t count, FILE *restrict stream);
int fflush(FILE *stream);
int ferror(FILE *stream);
void clearerr(FILE *stream);
void perror(const char *what);

#endif
