#include "sequence.h"

#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

// LSTM behind the output gate: `gradient` is the one of the cell by way of the output.
CLONES static void lstm_slopes(
    const float *gates, const float *before, const float *gradient, float *cell, float *sums, size_t units) {
    const float *i = gates, *f = gates + units, *g = gates + 2 * units;
    IN_PLACE for (size_t k = 0; k < units; k++) {
        float total = cell[k] + gradient[k];
        sums[k] = total * g[k];
        sums[units + k] = total * before[k];
        sums[2 * units + k] = total * i[k];
        cell[k] = total * f[k];
    }
}

// d z = g (h - hh), d hh = g (1 - z); what is left of the gradient is the share that passes by the gates.
CLONES static void gru_slopes(
    const float *z, const float *hidden, const float *before, float *gradient, float *of_z, float *of_hidden,
    size_t units) {
    IN_PLACE for (size_t k = 0; k < units; k++) {
        float g = gradient[k];
        of_z[k] = g * (before[k] - hidden[k]);
        of_hidden[k] = g * (1.0f - z[k]);
        gradient[k] = g * z[k];
    }
}

// LSTM's cell or GRU's state in front of a step.
static void read_before(const struct pass *pass, size_t row, size_t step, float *target) {
    const struct millrace_recurrence *what = pass->what;
    const struct millrace_recurrence_arrays *arrays = pass->arrays;
    size_t units = what->units;
    const void *first = what->cell == MILLRACE_LSTM ? arrays->cell : arrays->state;
    if (step == 0) read_run(first, what->is_brief, row * units, target, units);
    else memcpy(target, arrays->cells + (row * what->time + step - 1) * units, units * 4);
}

// One row of a step in front of the products: the gradients of its sums, from that of its output.
static void begin_row(const struct pass *pass, size_t row, size_t step, size_t place) {
    const struct millrace_recurrence *what = pass->what;
    const struct millrace_recurrence_arrays *arrays = pass->arrays;
    size_t units = what->units, blocks = millrace_recurrence_blocks(what->cell) * units;
    size_t at = row * what->time + place, output = (row * what->time + step) * units;
    float *sums = pass->rows + row * pass->row_step, *gradient = pass->state + row * units;
    float *cell = pass->cell + row * units, *extra = pass->extra + row * units;
    const float *y = arrays->gates + at * blocks;
    bool is_masked = arrays->mask && arrays->mask[at] == 0.0f;
    if (pass->gradients->outputs && !(is_masked && what->zeroes_masked)) {
        read_run(pass->gradients->outputs, what->is_brief, output, extra, units);
        add_run(gradient, extra, units);
    }
    if (is_masked) {
        // State and cell are those of the step in front, and so are their gradients.
        memset(sums, 0, blocks * 4);
        return;
    }
    switch (what->cell) {
    case MILLRACE_LSTM:
        if (has_common_activations(what)) {
            read_before(pass, row, step, extra);
            lstm_row_gradient(y, arrays->cells + output, extra, gradient, cell, sums, units);
            memset(gradient, 0, units * 4);
            break;
        }
        memcpy(extra, arrays->cells + output, units * 4);
        activate(what->activation, extra, units);
        multiply_run(sums + 3 * units, gradient, extra, units);
        multiply_run(gradient, gradient, y + 3 * units, units);
        multiply_derivative(what->activation, extra, gradient, units);
        read_before(pass, row, step, extra);
        lstm_slopes(y, extra, gradient, cell, sums, units);
        memset(gradient, 0, units * 4);
        multiply_derivative(what->recurrent_activation, y, sums, 2 * units);
        multiply_derivative(what->activation, y + 2 * units, sums + 2 * units, units);
        multiply_derivative(what->recurrent_activation, y + 3 * units, sums + 3 * units, units);
        break;
    case MILLRACE_GRU_RESET_AFTER:
        // h's share of the input, z, r, h's share of the state.
        read_before(pass, row, step, extra);
        if (has_common_activations(what)) {
            gru_row_gradient(y, extra, gradient, sums, units);
            break;
        }
        gru_slopes(y, y + 2 * units, extra, gradient, sums + units, sums, units);
        multiply_derivative(what->activation, y + 2 * units, sums, units);
        multiply_run(sums + 2 * units, sums, y + 3 * units, units);
        multiply_run(sums + 3 * units, sums, y + units, units);
        multiply_derivative(what->recurrent_activation, y, sums + units, 2 * units);
        break;
    case MILLRACE_GRU_RESET_BEFORE:
        // The reset gate's comes when the product behind it is known.
        read_before(pass, row, step, extra);
        gru_slopes(y, y + 2 * units, extra, gradient, sums, sums + 2 * units, units);
        multiply_derivative(what->activation, y + 2 * units, sums + 2 * units, units);
        multiply_derivative(what->recurrent_activation, y, sums, units);
        break;
    default:
        memcpy(sums, gradient, units * 4);
        memset(gradient, 0, units * 4);
        multiply_derivative(what->activation, y, sums, units);
    }
}

// Adds a product's share to the gradient of the state in front of the step.
static void add_to_state(const struct pass *pass, size_t row, const float *product) {
    const struct millrace_recurrence *what = pass->what;
    size_t units = what->units;
    float *gradient = pass->state + row * units, *extra = pass->extra + row * units;
    if (pass->arrays->factors) {
        read_run(pass->arrays->factors, what->is_brief, row * units, extra, units);
        add_product(gradient, extra, product, units);
    } else {
        add_run(gradient, product, units);
    }
}

// GRU with an early reset: the product is the gradient of the reset state.
static void reset_row(const struct pass *pass, size_t row, size_t place) {
    const struct millrace_recurrence *what = pass->what;
    size_t units = what->units, at = row * what->time + place, width = millrace_recurrence_width(what);
    float *sums = pass->rows + row * pass->row_step, *product = pass->sums + row * pass->sum_step;
    float *extra = pass->extra + row * units;
    const float *r = pass->arrays->gates + at * 3 * units + units;
    read_run(pass->arrays->rows, what->is_brief, at * width, extra, units);
    multiply_run(sums + units, product, extra, units);
    multiply_derivative(what->recurrent_activation, r, sums + units, units);
    multiply_run(product, product, r, units);
    add_to_state(pass, row, product);
}

static void run_chunk(const struct pass *pass, size_t begin, size_t end) {
    const struct millrace_recurrence *what = pass->what;
    const struct millrace_recurrence_gradients *gradients = pass->gradients;
    size_t units = what->units, inputs = what->inputs, count = end - begin;
    size_t gates = gate_count(what->cell) * units, blocks = millrace_recurrence_blocks(what->cell) * units;
    for (size_t row = begin; row < end; row++) {
        float *state = pass->state + row * units, *cell = pass->cell + row * units;
        if (gradients->last_state) read_run(gradients->last_state, what->is_brief, row * units, state, units);
        else memset(state, 0, units * 4);
        if (gradients->last_cell) read_run(gradients->last_cell, what->is_brief, row * units, cell, units);
        else memset(cell, 0, units * 4);
    }
    const float *rows = pass->rows + begin * pass->row_step;
    float *sums = pass->sums + begin * pass->sum_step;
    size_t from = pass->row_step, to = pass->sum_step;
    for (size_t step = what->time; step-- > 0;) {
        size_t place = place_of(what, step);
        for (size_t row = begin; row < end; row++) begin_row(pass, row, step, place);
        size_t first = 0, inner = gates;
        if (what->cell == MILLRACE_GRU_RESET_BEFORE) {
            packed_product(rows + 2 * units, from, pass->packed.of_reset, sums, to, count, units, units);
            for (size_t row = begin; row < end; row++) reset_row(pass, row, place);
            inner = 2 * units;
        } else if (what->cell == MILLRACE_GRU_RESET_AFTER) {
            first = units;
        }
        packed_product(rows + first, from, pass->packed.of_state, sums, to, count, inner, units);
        for (size_t row = begin; row < end; row++) {
            size_t at = row * what->time + place;
            add_to_state(pass, row, pass->sums + row * to);
            write_run(pass->rows + row * from, gradients->sums, what->is_brief, at * blocks, blocks);
        }
        if (!gradients->source) continue;
        packed_product(rows, from, pass->packed.of_inputs, sums, to, count, gates, inputs);
        for (size_t row = begin; row < end; row++) {
            size_t at = row * what->time + place;
            write_run(pass->sums + row * to, gradients->source, what->is_brief, at * inputs, inputs);
        }
    }
    for (size_t row = begin; row < end; row++) {
        size_t at = row * units;
        if (gradients->state) write_run(pass->state + at, gradients->state, what->is_brief, at, units);
        if (gradients->cell) write_run(pass->cell + at, gradients->cell, what->is_brief, at, units);
    }
}

static void run_rows(void *context, size_t begin, size_t end) {
    for (size_t first = begin; first < end; first += CHUNK)
        run_chunk(context, first, end - first < CHUNK ? end : first + CHUNK);
}

void millrace_recurrence_backward(
    const struct millrace_recurrence *what, const struct millrace_recurrence_arrays *arrays,
    const struct millrace_recurrence_gradients *gradients, void *scratch) {
    struct pass pass = {.arrays = arrays, .gradients = gradients};
    size_t units = what->units, gates = gate_count(what->cell) * units;
    float *next = lay_out(&pass, what, scratch);
    bool is_late = what->cell == MILLRACE_GRU_RESET_AFTER, is_early = what->cell == MILLRACE_GRU_RESET_BEFORE;
    pass.packed.of_state = next;
    next = pack_turned(&pass, arrays->recurrent_kernel, units, 0, is_early ? 2 * units : gates, 0, next);
    if (is_early) {
        pass.packed.of_reset = next;
        next = pack_turned(&pass, arrays->recurrent_kernel, units, 2 * units, units, 0, next);
    }
    pass.packed.of_inputs = next;
    if (gradients->source) {
        size_t first = is_late ? 2 * units : 0;
        pack_turned(&pass, arrays->kernel, what->inputs, first, gates - first, first, next);
    }
    millrace_parallel_parts(what->batch, what->batch * what->time * (what->inputs + units) * gates, run_rows, &pass);
}
