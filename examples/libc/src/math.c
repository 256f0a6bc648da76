/* math.c: <math.h>. Each of these functions is one instruction. */
#include <math.h>

double fabs(double x) {
    return __builtin_fabs(x);
}

double ceil(double x) {
    return __builtin_ceil(x);
}

double floor(double x) {
    return __builtin_floor(x);
}

double trunc(double x) {
    return __builtin_trunc(x);
}

/* f64.nearest rounds to even, the only mode of WebAssembly. */
double rint(double x) {
    return __builtin_rint(x);
}

double nearbyint(double x) {
    return __builtin_nearbyint(x);
}

double sqrt(double x) {
    return __builtin_sqrt(x);
}

double copysign(double x, double sign) {
    return __builtin_copysign(x, sign);
}
