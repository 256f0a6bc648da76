/* output.c: bytes being written; see output.h. */
#include "base/output.h"

#include <string.h>

bool wp_output_room(wp_output *o, size_t more) {
    if (more <= o->capacity - o->size)
        return !o->failed;
    size_t wanted = o->capacity < 512 ? 1024 : o->capacity * 2;
    if (more > SIZE_MAX / 2 - o->size)
        o->failed = true;
    else if (wanted < o->size + more)
        wanted = o->size + more;
    uint8_t *bytes = o->failed ? NULL : wp_resize(o->allocator, o->bytes, o->capacity, wanted, 1);
    o->failed = bytes == NULL;
    if (o->failed)
        return false;
    o->bytes = bytes;
    o->capacity = wanted;
    return true;
}

void wp_output_bytes(wp_output *o, const void *bytes, size_t size) {
    if (size != 0 && wp_output_room(o, size)) {
        memcpy(o->bytes + o->size, bytes, size);
        o->size += size;
    }
}

void wp_output_insert(wp_output *o, size_t offset, const void *bytes, size_t size) {
    if (size != 0 && wp_output_room(o, size)) {
        memmove(o->bytes + offset + size, o->bytes + offset, o->size - offset);
        memcpy(o->bytes + offset, bytes, size);
        o->size += size;
    }
}

bool wp_output_finish(wp_output *o, uint8_t **bytes, size_t *size) {
    uint8_t *fit = o->failed ? NULL : wp_resize(o->allocator, o->bytes, o->capacity, o->size, 1);
    if (fit != NULL) {
        *bytes = fit;
        *size = o->size;
        o->bytes = NULL;
    }
    wp_output_free(o);
    return fit != NULL;
}

void wp_output_free(wp_output *o) {
    wp_free(o->allocator, o->bytes, o->capacity, 1);
    *o = (wp_output){.allocator = o->allocator};
}
