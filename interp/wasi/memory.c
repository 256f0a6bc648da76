/* memory.c: error codes, and the guest's memory; see call.h. */
#include "wasi/call.h"

#include <errno.h>
#include <string.h>

/* ---- Error codes --------------------------------------------------------------------------------------------- */

wasi_error wasi_host_error(int number) {
    static const uint8_t codes[] = {
#define WASI_ERROR(name, code) [E##name] = (code),
#include "wasi/error.def"
    };
    if (number == 0)
        return WASI_SUCCESS;
    bool is_known = (size_t)number < sizeof codes && codes[number] != 0;
    return is_known ? (wasi_error)codes[number] : WASI_EIO; /* the interface has no code for it */
}

wasi_error wasi_result(int result) {
    return result == 0 ? WASI_SUCCESS : wasi_host_error(errno);
}

/* ---- Numbers ------------------------------------------------------------------------------------------------- */

void wasi_put(uint8_t *bytes, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

uint64_t wasi_get(const uint8_t *bytes, unsigned size) {
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

/* ---- Ranges -------------------------------------------------------------------------------------------------- */

wasi_error wasi_check(wasi_call *c, uint64_t address, uint64_t size) {
    const wasi *w = c->w;
    return w->has_memory && wp_memory_accessible(w->memory, address, size) ? WASI_SUCCESS : WASI_EFAULT;
}

wasi_error wasi_check_array(wasi_call *c, uint64_t address, uint64_t count, uint64_t size) {
    return count <= UINT64_MAX / size ? wasi_check(c, address, count * size) : WASI_EFAULT;
}

/* The error code of an access. An error that is not the guest's ends the call. */
static wasi_error outcome(wasi_call *c, wp_status status) {
    if (status == WP_OK || status == WP_TRAP)
        return status == WP_OK ? WASI_SUCCESS : WASI_EFAULT;
    c->status = status;
    return WASI_ENOMEM;
}

wasi_error wasi_read(wasi_call *c, uint64_t address, void *bytes, size_t size) {
    WASI_TRY(wasi_check(c, address, size));
    return outcome(c, wp_memory_read(c->w->memory, address, bytes, size, c->diag));
}

wasi_error wasi_write(wasi_call *c, uint64_t address, const void *bytes, size_t size) {
    WASI_TRY(wasi_check(c, address, size));
    return outcome(c, wp_memory_write(c->w->memory, address, bytes, size, c->diag));
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

wasi_error wasi_write_number(wasi_call *c, uint64_t address, uint64_t value, unsigned size) {
    uint8_t bytes[8];
    wasi_put(bytes, value, size);
    return wasi_write(c, address, bytes, size);
}

wasi_error wasi_write_size(wasi_call *c, uint64_t address, uint64_t value) {
    return c->wide || value <= UINT32_MAX ? wasi_write_number(c, address, value, (unsigned)wasi_word(c))
                                          : WASI_EOVERFLOW;
}

wasi_error wasi_read_path(wasi_call *c, uint64_t address, uint64_t size, char path[WASI_PATH]) {
    WASI_TRY(wasi_check(c, address, size));
    if (size == 0)
        return WASI_ENOENT;
    if (size >= WASI_PATH)
        return WASI_ENAMETOOLONG;
    WASI_TRY(wasi_read(c, address, path, (size_t)size));
    path[size] = '\0';
    return memchr(path, '\0', (size_t)size) == NULL ? WASI_SUCCESS : WASI_EINVAL;
}
