// Functions that bring the numbers along one axis onto a simplex, and their gradients: what oneDNN does not have, or
// slowly, which is softmax along other axes than the last, and sparsemax.
#ifndef CKERNELS_SOFTMAX_H
#define CKERNELS_SOFTMAX_H

#include <stdbool.h>
#include <stddef.h>

enum millrace_simplex { MILLRACE_SOFTMAX, MILLRACE_LOG_SOFTMAX, MILLRACE_SPARSEMAX };

// Along the middle axis of (outer, middle, inner); float32, or bfloat16 where `is_brief`. target may be source.
void millrace_softmax(
    int function, const void *source, void *target, bool is_brief, size_t outer, size_t middle, size_t inner);

// From the gradient of the output and the output; target may be the gradient.
void millrace_softmax_gradient(
    int function, const void *gradient, const void *output, void *target, bool is_brief, size_t outer, size_t middle,
    size_t inner);

#endif
