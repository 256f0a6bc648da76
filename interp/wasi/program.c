/* program.c: handlers about the program as a whole: arguments, environment, random numbers, its end. */
#include "wasi/file.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

/* ---- Arguments and environment ------------------------------------------------------------------------------- */

/* Writes the strings at `buffer`, and where each is from `pointers` on. */
static wasi_error give_strings(wasi_call *c, const wasi_strings *strings, uint64_t pointers, uint64_t buffer) {
    WASI_TRY(wasi_check_array(c, pointers, strings->count, wasi_word(c)));
    WASI_TRY(wasi_check(c, buffer, strings->size));
    size_t offset = 0;
    for (size_t i = 0; i < strings->count; i++) {
        WASI_TRY(wasi_write_size(c, pointers + i * wasi_word(c), buffer + offset));
        offset += strlen(strings->bytes + offset) + 1;
    }
    return strings->size == 0 ? WASI_SUCCESS : wasi_write(c, buffer, strings->bytes, strings->size);
}

static wasi_error give_sizes(wasi_call *c, const wasi_strings *strings, uint64_t count, uint64_t size) {
    WASI_TRY(wasi_check_size(c, count));
    WASI_TRY(wasi_check_size(c, size));
    WASI_TRY(wasi_write_size(c, count, strings->count));
    return wasi_write_size(c, size, strings->size);
}

wasi_error wasi_do_args_get(wasi_call *c) {
    return give_strings(c, &c->w->arguments, c->args[0], c->args[1]);
}

wasi_error wasi_do_args_sizes_get(wasi_call *c) {
    return give_sizes(c, &c->w->arguments, c->args[0], c->args[1]);
}

wasi_error wasi_do_environ_get(wasi_call *c) {
    return give_strings(c, &c->w->environment, c->args[0], c->args[1]);
}

wasi_error wasi_do_environ_sizes_get(wasi_call *c) {
    return give_sizes(c, &c->w->environment, c->args[0], c->args[1]);
}

/* ---- Random numbers ------------------------------------------------------------------------------------------ */

wasi_error wasi_do_random_get(wasi_call *c) {
    enum { MOST = 256 }; /* bytes that the host gives at once */
    uint8_t bytes[MOST];
    uint64_t address = c->args[0], size = c->args[1];
    WASI_TRY(wasi_check(c, address, size));
    while (size > 0) {
        size_t run = size < MOST ? (size_t)size : MOST;
        if (getentropy(bytes, run) != 0)
            return wasi_host_error(errno);
        WASI_TRY(wasi_write(c, address, bytes, run));
        address += run;
        size -= run;
    }
    return WASI_SUCCESS;
}

/* ---- The program itself -------------------------------------------------------------------------------------- */

wasi_error wasi_do_proc_exit(wasi_call *c) {
    c->status = wp_store_exit(c->store, (uint32_t)c->args[0], c->diag);
    return WASI_SUCCESS;
}

/* Nothing can receive signals. */
wasi_error wasi_do_proc_raise(wasi_call *c) {
    (void)c;
    return WASI_ENOSYS;
}

wasi_error wasi_do_sched_yield(wasi_call *c) {
    (void)c;
    return wasi_result(sched_yield());
}

/* ---- Sockets ------------------------------------------------------------------------------------------------- */

/* A standard stream may be a socket, and is then read and written as any stream is; nothing else is done with it. */
wasi_error wasi_do_sock(wasi_call *c) {
    wasi_file *file;
    WASI_TRY(wasi_file_get(c->w, c->args[0], 0, &file));
    return file->type == WASI_SOCKET_STREAM || file->type == WASI_SOCKET_DGRAM ? WASI_ENOTSUP : WASI_ENOTSOCK;
}
