// What the values of a block are like: mean, spread and extremes, in one pass.
#ifndef CKERNELS_SUMMARY_H
#define CKERNELS_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "convert.h"

struct millrace_summary {
    // Values that are neither infinite nor NaN; the other fields are of these alone, and zero where there are none.
    size_t finite;
    double mean;
    // The sum of the squared distances from the mean.
    double squares;
    // The extremes of floating point types.
    double minimum, maximum;
    // The extremes of integer types and booleans; of MILLRACE_U64 the same 64 bits.
    int64_t least, most;
};

// Summarizes `count` values of a `millrace_stored_type` at any address. The same on every machine: lanes and the order
// in which they are added are fixed.
void millrace_summarize(int type, const void *values, size_t count, struct millrace_summary *summary);

#endif
