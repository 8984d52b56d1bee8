// What the forward and the backward pass of a recurrent layer share: packed kernels and scratch rows.
#ifndef CKERNELS_SEQUENCE_H
#define CKERNELS_SEQUENCE_H

#include "activations.h"
#include "functions.h"
#include "gates.h"
#include "parallel.h"
#include "product.h"
#include "recurrent.h"

// Rows that go through all steps together: their scratch rows and the packed kernels fit a core's second cache.
enum { CHUNK = 96 };

// Pieces of the kernels as the products want them, one behind the other in scratch memory.
struct packed {
    const float *main, *of_inputs, *of_state, *of_reset;
};

struct pass {
    const struct millrace_recurrence *what;
    const struct millrace_recurrence_arrays *arrays;
    const struct millrace_recurrence_gradients *gradients;
    struct packed packed;
    // Per row of the batch: what is multiplied, what comes out, the state and cell (or their gradients), one more run.
    float *rows, *sums, *state, *cell, *extra;
    size_t row_step, sum_step;
};

static inline size_t gate_count(int cell) {
    return cell == MILLRACE_LSTM ? 4 : (cell == MILLRACE_SIMPLE_RNN ? 1 : 3);
}

// Whether a row of gates goes through one loop.
static inline bool has_common_activations(const struct millrace_recurrence *what) {
    return what->activation == MILLRACE_TANH && what->recurrent_activation == MILLRACE_SIGMOID;
}

// Floats of a scratch row's parts.
static inline size_t row_floats(const struct millrace_recurrence *what) {
    size_t width = millrace_recurrence_width(what), wide = millrace_recurrence_blocks(what->cell) * what->units;
    return width > wide ? width : wide;
}

static inline size_t sum_floats(const struct millrace_recurrence *what) {
    size_t forward = millrace_recurrence_blocks(what->cell) * what->units, back = what->inputs + what->units;
    return (forward > back ? forward : back) + 4 * PANEL;
}

// Lays the scratch memory out; returns where packed kernels begin.
static inline float *lay_out(struct pass *pass, const struct millrace_recurrence *what, void *scratch) {
    size_t batch = what->batch, units = what->units;
    pass->what = what;
    pass->row_step = row_floats(what);
    pass->sum_step = sum_floats(what);
    float *next = scratch;
    pass->rows = next, next += batch * pass->row_step;
    pass->sums = next, next += batch * pass->sum_step;
    pass->state = next, next += batch * units;
    pass->cell = next, next += batch * units;
    pass->extra = next, next += batch * units;
    return (float *)(((uintptr_t)next + 63) / 64 * 64);
}

// The place of the input that step number `step` reads.
static inline size_t place_of(const struct millrace_recurrence *what, size_t step) {
    return what->is_backwards ? what->time - 1 - step : step;
}

// Each packs pieces of the kernels at `to` and returns where the next may begin.
// Columns from `from` on, of the recurrent kernel above those of the kernel, or of one of both.
float *pack_columns(const struct pass *pass, size_t from, size_t columns, bool state, bool inputs, float *to);
// GRU's last block of columns, the kernel's above the recurrent kernel's: the input stands in front of the reset state.
float *pack_reset(const struct pass *pass, float *to);
// Columns from `begin` on of a kernel (rows, gates) as rows, and below them `more` columns from the first on.
float *pack_turned(
    const struct pass *pass, const void *kernel, size_t rows, size_t begin, size_t count, size_t more, float *to);

// Loops over runs of numbers that may be the same where the target is named twice.
// target += other
void add_run(float *target, const float *other, size_t count);
// target = a b
void multiply_run(float *target, const float *a, const float *b, size_t count);
// target += a b
void add_product(float *target, const float *a, const float *b, size_t count);

// Runs of numbers from and to arrays of either type; `first` counts elements.
void read_run(const void *source, bool is_brief, size_t first, float *target, size_t count);
void write_run(const float *source, void *target, bool is_brief, size_t first, size_t count);

#endif
