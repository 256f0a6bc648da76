/* platform_names.h: the names of platform_names.def, as numbers. */
#ifndef WP_PLATFORM_NAMES_H
#define WP_PLATFORM_NAMES_H

#include "core/module.h"

typedef enum wp_platform_module {
#define PLATFORM_MODULE(id, name) WP_FROM_##id,
#include "process/load/platform_names.def"
    WP_FROM_OTHERS /* the module name is not the platform's */
} wp_platform_module;

typedef enum wp_platform_name {
#define PLATFORM_NAME(id, module, name) WP_NAME_##id,
#include "process/load/platform_names.def"
    WP_PLATFORM_NAMES /* their number; an import without a value of the platform's */
} wp_platform_name;

wp_platform_module wp_platform_module_of(wp_bytes module);
wp_platform_name wp_platform_name_of(const wp_import *import);

#endif
