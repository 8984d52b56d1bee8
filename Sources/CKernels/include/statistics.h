// Standardization by statistics that repeat along an array, and the sums from which such statistics are computed.
#ifndef CKERNELS_STATISTICS_H
#define CKERNELS_STATISTICS_H

#include <stddef.h>

// What is done to x with the mean m and the deviation s at its place in the period.
enum millrace_periodic {
    // (x - m) / s
    MILLRACE_NORMALIZE,
    // m + x * s
    MILLRACE_DENORMALIZE,
    // x / s
    MILLRACE_DIVIDE,
    // x * s
    MILLRACE_MULTIPLY
};

// Element i goes with means[i % period] and deviations[i % period]. target may be source; means may be null where m is
// not used.
void millrace_periodic(enum millrace_periodic function, const float *source, const float *means,
                       const float *deviations, float *target, size_t count, size_t period);

// Adds values, each to its lane: the i-th to lane (lane + i) % lanes. sums and squares are of value - shifts[lane].
// Returns how many of the values are not finite; these spoil the sums of their lanes, and a NaN leaves the extremes
// alone. What is added to a lane does not depend on how its values are divided among calls.
size_t millrace_add_moments(const float *values, size_t count, size_t lane, size_t lanes, const double *shifts,
                            double *sums, double *squares, float *minima, float *maxima);

#endif
