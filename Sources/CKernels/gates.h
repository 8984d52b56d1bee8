// Whole rows of gates in one loop, for the activations that nearly every layer has: tanh, and sigmoid for the gates.
#ifndef CKERNELS_GATES_H
#define CKERNELS_GATES_H

#include <stddef.h>

// gates (i, f, c, o) = activated sums + bias, cell and state become the next ones. gates may be sums.
void lstm_row(const float *sums, const float *bias, float *gates, float *cell, float *state, size_t units);

// The gradients of the four sums. `gradient` is the one of the state; `cell_gradient` becomes that of the cell before.
void lstm_row_gradient(
    const float *gates, const float *cell, const float *before, const float *gradient, float *cell_gradient,
    float *sums, size_t units);

// GRU with a late reset: sums and gates are z, r, h's share of the input, h's share of the state.
void gru_row(
    const float *sums, const float *bias, const float *recurrent_bias, float *gates, float *state, size_t units);

// The gradients of the sums: h's share of the input, z, r, h's share of the state; `gradient` becomes the share of the
// state before that passes by the gates.
void gru_row_gradient(const float *gates, const float *before, float *gradient, float *sums, size_t units);

#endif
