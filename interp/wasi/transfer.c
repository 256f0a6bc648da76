/* transfer.c: handlers that read and write files.
 *
 * Bytes go through a buffer of the host's: so the guest's memory needs no host address. A transfer of a regular file
 * continues until all is done, or the file ends; any other one ends with the first that the host does not do whole.
 */
#include "wasi/file.h"

#include <errno.h>
#include <unistd.h>

/* ---- Lists of ranges ----------------------------------------------------------------------------------------- */

enum { MOST_RANGES = 1024 };
/* Bytes that one call moves at most: the most that POSIX hosts move. */
#define MOST_BYTES UINT64_C(0x7FFFF000)

typedef struct range {
    uint64_t address;
    uint64_t size;
} range;

typedef struct ranges {
    size_t count;
    uint64_t total;
    size_t at;       /* index of the next range */
    uint64_t offset; /* in that range */
    range list[MOST_RANGES];
} ranges;

/* Reads a list of ranges, all of which are accessible. */
static wasi_error read_ranges(wasi_call *c, uint64_t address, uint64_t count, ranges *out) {
    uint8_t bytes[16];
    unsigned word = (unsigned)wasi_word(c);
    out->count = out->at = 0;
    out->total = out->offset = 0;
    WASI_TRY(wasi_check_array(c, address, count, 2 * (uint64_t)word));
    if (count > MOST_RANGES)
        return WASI_EINVAL;
    for (; out->count < count; out->count++) {
        WASI_TRY(wasi_read(c, address + out->count * 2 * word, bytes, 2 * word));
        range r = {wasi_get(bytes, word), wasi_get(bytes + word, word)};
        WASI_TRY(wasi_check(c, r.address, r.size));
        out->list[out->count] = r;
        out->total = r.size < MOST_BYTES - out->total ? out->total + r.size : MOST_BYTES;
    }
    return WASI_SUCCESS;
}

/* Copies between the buffer and the rest of the ranges, which has at least `size` bytes. */
static wasi_error copy(wasi_call *c, ranges *r, size_t size, bool writing) {
    for (size_t done = 0; done < size;) {
        const range *here = &r->list[r->at];
        uint64_t rest = here->size - r->offset;
        size_t run = size - done < rest ? size - done : (size_t)rest;
        uint64_t address = here->address + r->offset;
        uint8_t *bytes = c->w->buffer + done;
        if (run != 0)
            WASI_TRY(writing ? wasi_read(c, address, bytes, run) : wasi_write(c, address, bytes, run));
        done += run;
        r->offset += run;
        if (r->offset == here->size) {
            r->at++;
            r->offset = 0;
        }
    }
    return WASI_SUCCESS;
}

/* ---- Transfers ----------------------------------------------------------------------------------------------- */

typedef struct transfer {
    wasi_file *file;
    bool placed;     /* at an offset that is given, not at the file's own */
    uint64_t offset; /* of the next byte */
    ranges ranges;
} transfer;

static ssize_t host_read(const transfer *t, uint8_t *bytes, size_t size) {
    return t->placed ? pread(t->file->host, bytes, size, (off_t)t->offset) : read(t->file->host, bytes, size);
}

static ssize_t host_write(const transfer *t, const uint8_t *bytes, size_t size) {
    return t->placed ? pwrite(t->file->host, bytes, size, (off_t)t->offset) : write(t->file->host, bytes, size);
}

/* Moves up to `size` bytes; *moved says how many. */
static wasi_error move(wasi_call *c, transfer *t, bool writing, size_t size, size_t *moved) {
    uint8_t *buffer = c->w->buffer;
    if (writing)
        WASI_TRY(copy(c, &t->ranges, size, true));
    ssize_t result = writing ? host_write(t, buffer, size) : host_read(t, buffer, size);
    if (result < 0)
        return wasi_host_error(errno);
    *moved = (size_t)result;
    t->offset += *moved;
    return writing ? WASI_SUCCESS : copy(c, &t->ranges, *moved, false);
}

/* Moves all there is, and counts it. An error after the first byte is left for the next call to find. */
static wasi_error move_all(wasi_call *c, transfer *t, bool writing, uint64_t *done) {
    bool patient = writing || t->file->type == WASI_REGULAR_FILE;
    uint64_t total = t->ranges.total;
    for (*done = 0; *done < total;) {
        size_t size = total - *done < WASI_BUFFER ? (size_t)(total - *done) : WASI_BUFFER, moved = 0;
        wasi_error error = move(c, t, writing, size, &moved);
        if (error != WASI_SUCCESS && (*done == 0 || c->status != WP_OK))
            return error;
        *done += moved;
        if (moved < size || !patient)
            break;
    }
    return WASI_SUCCESS;
}

static wasi_error begin(wasi_call *c, transfer *t, bool writing) {
    uint64_t right = writing ? WASI_FD_WRITE : WASI_FD_READ;
    if (!t->placed)
        return wasi_file_get(c->w, c->args[0], right, &t->file);
    WASI_TRY(wasi_file_get_seekable(c->w, c->args[0], right | WASI_FD_SEEK, &t->file));
    return t->offset > INT64_MAX - MOST_BYTES ? WASI_EINVAL : WASI_SUCCESS;
}

/* All four: the descriptor, a list of ranges, an offset perhaps, and where to say how many bytes were moved. */
static wasi_error run(wasi_call *c, bool placed, bool writing) {
    transfer t = {.placed = placed, .offset = placed ? c->args[3] : 0};
    uint64_t done, result = c->args[placed ? 4 : 3];
    WASI_TRY(read_ranges(c, c->args[1], c->args[2], &t.ranges));
    WASI_TRY(begin(c, &t, writing));
    WASI_TRY(move_all(c, &t, writing, &done));
    return wasi_write_size(c, result, done);
}

wasi_error wasi_do_fd_read(wasi_call *c) {
    return run(c, false, false);
}

wasi_error wasi_do_fd_pread(wasi_call *c) {
    return run(c, true, false);
}

wasi_error wasi_do_fd_write(wasi_call *c) {
    return run(c, false, true);
}

wasi_error wasi_do_fd_pwrite(wasi_call *c) {
    return run(c, true, true);
}
