/* operands_json.h: how often instructions ran, and with operands of which classes, in all engines of a run, as JSON.
 *
 * Interface: operands_new, operands_collect before each engine is deleted, operands_write, operands_delete.
 */
#ifndef WP_OPERANDS_JSON_H
#define WP_OPERANDS_JSON_H

#include "wasmproc.h"

#include <stdio.h>

typedef struct operands operands;

/* allocator NULL: the C library's. NULL: out of memory. */
operands *operands_new(const wp_allocator *allocator);
/* NULL is allowed. */
void operands_delete(operands *o);
void operands_collect(operands *o, const wp_engine *engine);
/* An object with "classes", each with its type and name, and "instructions", in the order of the table, each with its
 * count and a list of the counts of each class for each operand. */
void operands_write(const operands *o, FILE *out);

#endif
