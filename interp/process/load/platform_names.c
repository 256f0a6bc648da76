/* platform_names.c: the names of platform_names.def, as numbers. */
#include "process/load/platform_names.h"

wp_platform_module wp_platform_module_of(wp_bytes module) {
    static const char *const names[] = {
#define PLATFORM_MODULE(id, name) name,
#include "process/load/platform_names.def"
    };
    unsigned i = 0;
    while (i < WP_FROM_OTHERS && !wp_bytes_equal(module, wp_bytes_of(names[i]))) /* rule: load.names */
        i++;
    return (wp_platform_module)i;
}

wp_platform_name wp_platform_name_of(const wp_import *import) {
    static const struct row {
        wp_platform_module module;
        const char *name;
    } rows[] = {
#define PLATFORM_NAME(id, module, name) {WP_FROM_##module, name},
#include "process/load/platform_names.def"
    };
    wp_platform_module module = wp_platform_module_of(import->module);
    unsigned i = 0;
    /* rules: load.names, load.data */
    while (i < WP_PLATFORM_NAMES &&
           !(rows[i].module == module && wp_bytes_equal(import->name, wp_bytes_of(rows[i].name))))
        i++;
    return (wp_platform_name)i;
}
