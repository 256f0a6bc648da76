/* stdio.c: streams of <stdio.h>. A stream is a descriptor of the host and a buffer of bytes to be written to it.
 *
 * All input and output uses functions of the host, fd_write and fd_read of WASI preview 1. They access the process's
 * memory, so pointers are passed unchanged.
 */
#include "internal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- The host ------------------------------------------------------------------------------------------------ */

/* WASI has 32-bit pointers; in a process of 64-bit pointers, its functions take 64-bit pointers and sizes. */
typedef struct wasi_bytes {
    const void *bytes;
    size_t size;
} wasi_bytes;

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

/* Both return 0 or an error number, and may transfer fewer bytes than requested; *moved is the number transferred. */
WASI("fd_write") int wasi_fd_write(int descriptor, const wasi_bytes *chunks, size_t count, size_t *moved);
WASI("fd_read") int wasi_fd_read(int descriptor, const wasi_bytes *chunks, size_t count, size_t *moved);

/* ---- Streams ------------------------------------------------------------------------------------------------- */

struct FILE {
    int descriptor;
    bool buffered;
    bool failed;
    size_t used;
    char buffer[BUFSIZ];
};

/* stdout is written when its buffer is full and at exit; stderr is written immediately. */
static FILE standard_output = {.descriptor = 1, .buffered = true};
static FILE standard_error = {.descriptor = 2};
FILE *const stdout = &standard_output;
FILE *const stderr = &standard_error;

static bool write_out(FILE *f, const char *bytes, size_t size) {
    while (size > 0) {
        wasi_bytes chunk = {bytes, size};
        size_t written = 0;
        if (wasi_fd_write(f->descriptor, &chunk, 1, &written) != 0 || written == 0 || written > size) {
            f->failed = true;
            errno = EIO;
            return false;
        }
        bytes += written;
        size -= written;
    }
    return true;
}

static bool flush(FILE *f) {
    bool done = write_out(f, f->buffer, f->used);
    f->used = 0; /* unwritten bytes are lost, and ferror reports it */
    return done;
}

static bool put(FILE *f, const char *bytes, size_t size) {
    if (size > sizeof f->buffer - f->used && !flush(f))
        return false;
    if (!f->buffered || size > sizeof f->buffer)
        return write_out(f, bytes, size);
    memcpy(f->buffer + f->used, bytes, size);
    f->used += size;
    return true;
}

void flush_all(void) {
    flush(stdout);
}

int fflush(FILE *f) {
    return flush(f == NULL ? stdout : f) ? 0 : EOF;
}

int ferror(FILE *f) {
    return f->failed;
}

void clearerr(FILE *f) {
    f->failed = false;
}

size_t fwrite(const void *restrict items, size_t size, size_t count, FILE *restrict f) {
    if (size == 0 || count > PTRDIFF_MAX / size || !put(f, items, size * count))
        return 0;
    return count;
}

int fputs(const char *restrict s, FILE *restrict f) {
    return put(f, s, strlen(s)) ? 0 : EOF;
}

int fputc(int c, FILE *f) {
    char byte = (char)c;
    return put(f, &byte, 1) ? (unsigned char)c : EOF;
}

int putc(int c, FILE *f) {
    return fputc(c, f);
}

int putchar(int c) {
    return fputc(c, stdout);
}

int puts(const char *s) {
    return fputs(s, stdout) == EOF || putchar('\n') == EOF ? EOF : 0;
}

/* ---- Input --------------------------------------------------------------------------------------------------- */

/* Input has neither a stream nor a buffer: enough to wait for an answer. */
int getchar(void) {
    unsigned char byte;
    wasi_bytes chunk = {&byte, 1};
    size_t moved = 0;
    if (wasi_fd_read(0, &chunk, 1, &moved) != 0) {
        errno = EIO;
        return EOF;
    }
    return moved == 1 ? byte : EOF;
}
