/* place.c: the part that all places share; see place.h. */
#include "script/place.h"

#include "base/diag.h"

script_place *place_new(place_context *x, const place_ops *ops, size_t size, bool is_process) {
    script_place *p = wp_alloc(&x->allocator, 1, size);
    if (p != NULL)
        *p = (script_place){.ops = ops, .context = x, .is_process = is_process, .size = size};
    return p;
}

void place_delete(script_place *p) {
    if (p == NULL)
        return;
    p->ops->release(p);
    wp_free(&p->context->allocator, p, 1, p->size);
}

wp_status place_missing(place_context *x, wp_diag *diag, const char *what, script_text name) {
    x->mistaken = true;
    if (name.data == NULL)
        return wp_fail(diag, WP_CRASH, "no %s", what);
    return wp_fail(diag, WP_CRASH, "no %s %.*s", what, name.size > 100 ? 100 : (int)name.size, name.data);
}

wp_status place_misfit(place_context *x, wp_diag *diag, const char *message) {
    x->mistaken = true;
    return wp_fail(diag, WP_CRASH, "%s", message);
}

bool place_bind(place_context *x, const script_place *p, name_sort sort, script_text name, void *object) {
    return (name.data == NULL || names_set(&x->names, p, sort, name, object)) &&
           names_set(&x->names, p, sort, (script_text){NULL, 0}, object);
}
