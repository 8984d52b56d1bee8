// Activations over runs of floats, and their derivatives from the results.
#ifndef CKERNELS_ACTIVATIONS_H
#define CKERNELS_ACTIVATIONS_H

#include <stddef.h>

// y = f(y); functions are numbered as in recurrent.h.
void activate(int function, float *y, size_t count);

// g *= f'(x), where y = f(x).
void multiply_derivative(int function, const float *y, float *g, size_t count);

#endif
