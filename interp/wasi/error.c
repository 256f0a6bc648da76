/* error.c: error codes of the host and of the guest; see call.h. */
#include "wasi/call.h"

#include <errno.h>

wasi_error wasi_host_error(int number) {
    switch (number) {
    case 0: return WASI_SUCCESS;
#define WASI_ERROR(name, code)                                                                                         \
    case E##name:                                                                                                      \
        return WASI_E##name;
#include "wasi/error.def"
#undef WASI_ERROR
    default: return WASI_EIO; /* the interface has no code for it */
    }
}

wasi_error wasi_result(int result) {
    return result == 0 ? WASI_SUCCESS : wasi_host_error(errno);
}
