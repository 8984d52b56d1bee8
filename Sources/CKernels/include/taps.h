// Products of a matrix of few numbers with the middle axis of an array: interpolation between positions.
#ifndef CKERNELS_TAPS_H
#define CKERNELS_TAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Row k takes factors[i] of element indices[i], for i from starts[k] up to starts[k + 1].
struct millrace_tap_rows {
    const int32_t *starts, *indices;
    const float *factors;
};

// source (outer, inputs, inner), target (outer, outputs, inner); float32, or bfloat16 where `is_brief`, added in float32.
void millrace_taps(const void *source, void *target, bool is_brief, size_t outer, size_t inputs, size_t outputs,
                   size_t inner, struct millrace_tap_rows rows);

#endif
