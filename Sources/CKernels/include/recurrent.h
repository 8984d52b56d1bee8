// Recurrent layers over a whole sequence: the steps one after the other, the rows of the batch shared out among the
// threads once, so that no thread waits for another within a sequence. A row's result does not depend on the sharing.
#ifndef CKERNELS_RECURRENT_H
#define CKERNELS_RECURRENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The gates in the order of their blocks of columns: LSTM i, f, c, o; GRU z, r, h, the reset gate applied behind the
// recurrent product or in front of it; simple: h.
enum millrace_cell { MILLRACE_LSTM, MILLRACE_GRU_RESET_AFTER, MILLRACE_GRU_RESET_BEFORE, MILLRACE_SIMPLE_RNN };

// Functions whose derivative is a function of the result.
enum millrace_activation {
    MILLRACE_LINEAR, MILLRACE_TANH, MILLRACE_SIGMOID, MILLRACE_RELU, MILLRACE_RELU6, MILLRACE_HARD_SIGMOID,
    MILLRACE_HARD_TANH, MILLRACE_SOFTSIGN, MILLRACE_SOFTPLUS, MILLRACE_ELU, MILLRACE_SELU, MILLRACE_EXPONENTIAL
};

struct millrace_recurrence {
    int32_t cell, activation, recurrent_activation;
    // Whether time runs from the last place of the input to the first.
    bool is_backwards;
    // Whether the output of a masked step is zero; else it repeats the previous output.
    bool zeroes_masked;
    // Whether arrays marked (x) hold bfloat16, else float32.
    bool is_brief;
    // Whether rows end with a 1, so that the product that makes the kernels' gradients makes those of biases, too.
    bool ends_with_one;
    size_t batch, time, inputs, units;
};

// Row-major arrays. G is the number of gates. Outputs and cells are in order of steps, all else in order of the input.
struct millrace_recurrence_arrays {
    // (batch, time, inputs) (x).
    const void *source;
    // (batch, units) (x): the state in front of the first step. The cell is LSTM's.
    const void *state, *cell;
    // (inputs, G units) and (units, G units) (x).
    const void *kernel, *recurrent_kernel;
    // (G units) (x), may be null. GRU with a late reset adds the second one to the recurrent product.
    const void *bias, *recurrent_bias;
    // (batch, time) float32: 0 where a step is skipped; may be null.
    const float *mask;
    // (batch, units) (x): factors of the state in front of the recurrent product; may be null.
    const void *factors;
    // (batch, time, units) (x): every step's output; may be null.
    void *outputs;
    // (batch, units) (x): the state behind the last step; each may be null.
    void *last_state, *last_cell;
    // What the backward pass reads; all null when there is none.
    // (batch, time, blocks, units) float32: results of the activations; GRU with a late reset has a fourth block, the
    // recurrent share of h.
    float *gates;
    // (batch, time, units) float32: LSTM's cells, GRU's states behind each step; unused otherwise.
    float *cells;
    // (batch, time, width) (x): what the kernels were multiplied by, `millrace_recurrence_width` numbers: the state in
    // front of a step (times the factors), the input, for GRU with an early reset that state times the reset gate, and
    // a 1 if `ends_with_one`.
    void *rows;
};

// Blocks of `units` in the gates and in their gradients: 4, 4, 3, 1.
size_t millrace_recurrence_blocks(int cell);
// Numbers of a row that kernels are multiplied by.
size_t millrace_recurrence_width(const struct millrace_recurrence *what);
// Bytes of scratch memory, for a forward or a backward pass.
size_t millrace_recurrence_scratch(const struct millrace_recurrence *what);

void millrace_recurrence_forward(
    const struct millrace_recurrence *what, const struct millrace_recurrence_arrays *arrays, void *scratch);

struct millrace_recurrence_gradients {
    // Gradients that come in, each may be null: of outputs (x), of the last state and cell (x).
    const void *outputs, *last_state, *last_cell;
    // Gradients that go out, each may be null: of the source (x), of the first state and cell (x).
    void *source, *state, *cell;
    // (batch, time, blocks, units) (x): of the sums in front of the activations, in the order of gates; for GRU with a
    // late reset h's share of the input, z, r, h's share of the state.
    void *sums;
};

// `arrays` has what the forward pass was given and left; its biases, outputs and last states are not read.
void millrace_recurrence_backward(
    const struct millrace_recurrence *what, const struct millrace_recurrence_arrays *arrays,
    const struct millrace_recurrence_gradients *gradients, void *scratch);

#endif
