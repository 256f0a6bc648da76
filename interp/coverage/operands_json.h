/* operands_json.h: how often instructions ran, and with operands of which classes, as JSON. */
#ifndef WP_OPERANDS_JSON_H
#define WP_OPERANDS_JSON_H

#include "wasmproc.h"

#include <stdio.h>

/* An object with "classes", each with its type and name, and "instructions", in the order of the table, each with its
 * count and a list of the counts of each class for each operand. */
void operands_write(const wp_operands *counts, FILE *out);

#endif
