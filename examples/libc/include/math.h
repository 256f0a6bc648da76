/* math.h: the functions that are instructions of WebAssembly, and the macros that classify. */
#ifndef LIBC_MATH_H
#define LIBC_MATH_H

#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")

#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)

double fabs(double x);
double ceil(double x);
double floor(double x);
double trunc(double x);
double rint(double x);
double nearbyint(double x);
double sqrt(double x);
double copysign(double x, double sign);

#endif
