/* value.h: values and expectations in the text format, and whether one meets the other.
 *
 * Interface:
 * - script_value_print, script_print_result: write "(i32.const 7)" or "(ref.extern 3)"; floating-point numbers exactly,
 *   in decimal where that is short, else in hexadecimal, NaNs with their payload.
 * - script_value_matches: does a result meet an expectation, bit by bit.
 * - script_value_argument: the value of an argument in a store.
 */
#ifndef WP_SCRIPT_VALUE_H
#define WP_SCRIPT_VALUE_H

#include "script/script.h"

/* Enough for any value but a long `either`; that is cut short, and ends in "...". */
enum { SCRIPT_VALUE_SIZE = 512 };

/* Each writes at most size bytes, NUL included. */
void script_value_print(const script_value *value, char *buffer, size_t size);
/* A result; the store that a reference came from need not be known. */
void script_print_result(const wp_value *result, char *buffer, size_t size);
/* A result that is a number or a vector, of which the lanes are i32x4. */
script_value script_value_of(const wp_value *result);
/* The bits of a number; its type is WP_T_I32 to WP_T_F64. */
uint64_t script_result_bits(const wp_value *value);
/* A number from its bits; type is WP_T_I32 to WP_T_F64. Writes the literal alone: "7", "0x1.8p-3", "-nan:0x200000". */
void script_print_number(wp_valtype type, uint64_t bits, char *buffer, size_t size);

/* True when a result is as expected: numbers and vectors by their bits or NaN patterns, a null reference by being
 * null, other references by their kind and number. */
bool script_value_matches(const script_value *expected, const wp_value *result);

/* The argument as a value for calls into a store. WP_UNSUPPORTED: this version has no such values. */
WP_MUST_CHECK wp_status script_value_argument(wp_store *store, const script_value *argument, wp_value *out,
                                              wp_diag *diag);

#endif
