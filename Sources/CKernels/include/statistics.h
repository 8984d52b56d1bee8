// The sums from which statistics that repeat along an array are computed.
#ifndef CKERNELS_STATISTICS_H
#define CKERNELS_STATISTICS_H

#include <stddef.h>

// Adds values, each to its lane: the i-th to lane (lane + i) % lanes. sums and squares are of value - shifts[lane].
// Returns how many of the values are not finite; these spoil the sums of their lanes, and a NaN leaves the extremes
// alone. What is added to a lane does not depend on how its values are divided among calls.
size_t millrace_add_moments(const float *values, size_t count, size_t lane, size_t lanes, const double *shifts,
                            double *sums, double *squares, float *minima, float *maxima);

#endif
