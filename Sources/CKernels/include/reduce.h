// Sums and extremes along one axis.
#ifndef CKERNELS_REDUCE_H
#define CKERNELS_REDUCE_H

#include <stddef.h>

enum millrace_reduce_function {
    MILLRACE_REDUCE_SUM, MILLRACE_REDUCE_MAXIMUM, MILLRACE_REDUCE_MINIMUM
};

// A sum over many rows of at most MILLRACE_REDUCE_WIDEST columns is made in slices, whose sums take this many doubles:
// MILLRACE_REDUCE_SLICES * columns.
enum { MILLRACE_REDUCE_SLICES = 16, MILLRACE_REDUCE_WIDEST = 4096 };

// source (outer, middle, inner), target (outer, inner): each the reduction over the middle, times factor. Added up in
// double, in an order that does not depend on the number of threads. NaN spoils an extreme. `scratch` may be null.
void millrace_reduce(
    int function, const float *source, float *target, size_t outer, size_t middle, size_t inner, float factor,
    void *scratch);

#endif
