// What oneDNN's pooling does not have.
#ifndef CKERNELS_POOLING_H
#define CKERNELS_POOLING_H

#include <stddef.h>
#include <stdint.h>

// Windows over channels-last images: depth, height, width; images of fewer axes have extents of 1.
struct millrace_windows {
    size_t batch, channels;
    ptrdiff_t input[3], output[3], kernel[3], strides[3], dilation[3], before[3];
};

// values and source (batch, input, channels), target (batch, output, channels): the values at the place of the largest
// source element of each window, the first of equal ones.
void millrace_gather_at_maxima(
    const struct millrace_windows *windows, const float *values, const float *source, float *target);

#endif
