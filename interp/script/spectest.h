/* spectest.h: the host module "spectest" that the official suite's scripts import from.
 *
 * It has functions print, print_i32, print_i64, print_f32, print_f64, print_i32_f32, print_f64_f64; constant globals
 * global_i32 and global_i64 (666), global_f32 and global_f64 (666.6); table (10 to 20 funcref), table64 (the same with
 * address type i64) and memory (1 to 2 pages).
 */
#ifndef WP_SCRIPT_SPECTEST_H
#define WP_SCRIPT_SPECTEST_H

#include "wasmproc.h"

#include <stdio.h>

/* Makes a copy of spectest importable in a store, also in a process's: no two stores share one. Its functions write
 * their arguments to print, one call a line; NULL: nowhere. */
WP_MUST_CHECK wp_status spectest_define(wp_store *store, FILE *print, wp_diag *diag);

#endif
