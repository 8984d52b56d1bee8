#include "sequence.h"

#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

// The biases in float, where they are added: behind the packed kernels.
struct forward {
    struct pass pass;
    const float *bias, *recurrent_bias;
};

CLONES static void copy_sum(float *target, const float *a, const float *b, size_t count) {
    IN_PLACE for (size_t i = 0; i < count; i++) target[i] = a[i] + b[i];
}

// h = z h + (1 - z) hh.
CLONES static void gru_mix(const float *z, const float *hidden, float *state, size_t units) {
    IN_PLACE for (size_t k = 0; k < units; k++) state[k] = z[k] * state[k] + (1.0f - z[k]) * hidden[k];
}

// What lstm_row does, with any activations.
static void any_lstm_row(
    const struct millrace_recurrence *what, const float *sums, const float *bias, float *y, float *cell, float *state) {
    size_t units = what->units;
    copy_sum(y, sums, bias, 4 * units);
    activate(what->recurrent_activation, y, 2 * units);
    activate(what->activation, y + 2 * units, units);
    activate(what->recurrent_activation, y + 3 * units, units);
    multiply_run(cell, cell, y + units, units);
    add_product(cell, y, y + 2 * units, units);
    memcpy(state, cell, units * 4);
    activate(what->activation, state, units);
    multiply_run(state, state, y + 3 * units, units);
}

// What gru_row does, with any activations.
static void any_gru_row(
    const struct millrace_recurrence *what, const float *sums, const float *bias, const float *recurrent_bias, float *y,
    float *state) {
    size_t units = what->units;
    copy_sum(y + 3 * units, sums + 3 * units, recurrent_bias + 2 * units, units);
    copy_sum(y, sums, bias, 3 * units);
    add_run(y, recurrent_bias, 2 * units);
    activate(what->recurrent_activation, y, 2 * units);
    add_product(y + 2 * units, y + units, y + 3 * units, units);
    activate(what->activation, y + 2 * units, units);
    gru_mix(y, y + 2 * units, state, units);
}

// One row of a step, behind the products: activations, the new state and cell, outputs.
static void finish_row(const struct forward *forward, size_t row, size_t step, size_t place) {
    const struct pass *pass = &forward->pass;
    const struct millrace_recurrence *what = pass->what;
    const struct millrace_recurrence_arrays *arrays = pass->arrays;
    size_t units = what->units, at = row * what->time + place;
    size_t blocks = millrace_recurrence_blocks(what->cell) * units, output = (row * what->time + step) * units;
    float *sums = pass->sums + row * pass->sum_step, *y = arrays->gates ? arrays->gates + at * blocks : sums;
    float *state = pass->state + row * units, *cell = pass->cell + row * units;
    bool is_masked = arrays->mask && arrays->mask[at] == 0.0f;
    // A masked step leaves state and cell; what it leaves as gates is not read.
    if (!is_masked) {
        switch (what->cell) {
        case MILLRACE_LSTM:
            if (has_common_activations(what)) lstm_row(sums, forward->bias, y, cell, state, units);
            else any_lstm_row(what, sums, forward->bias, y, cell, state);
            break;
        case MILLRACE_GRU_RESET_AFTER:
            if (has_common_activations(what)) gru_row(sums, forward->bias, forward->recurrent_bias, y, state, units);
            else any_gru_row(what, sums, forward->bias, forward->recurrent_bias, y, state);
            break;
        case MILLRACE_GRU_RESET_BEFORE:
            copy_sum(y, sums, forward->bias, 3 * units);
            memcpy(y, sums, 2 * units * 4);
            activate(what->activation, y + 2 * units, units);
            gru_mix(y, y + 2 * units, state, units);
            break;
        default:
            copy_sum(y, sums, forward->bias, units);
            activate(what->activation, y, units);
            memcpy(state, y, units * 4);
        }
    }
    if (arrays->cells) memcpy(arrays->cells + output, what->cell == MILLRACE_LSTM ? cell : state, units * 4);
    if (!arrays->outputs) return;
    if (is_masked && what->zeroes_masked) {
        size_t size = what->is_brief ? 2 : 4;
        memset((char *)arrays->outputs + output * size, 0, units * size);
    } else {
        write_run(state, arrays->outputs, what->is_brief, output, units);
    }
}

// The row that kernels are multiplied by.
static void begin_row(const struct pass *pass, size_t row, size_t place) {
    const struct millrace_recurrence *what = pass->what;
    const struct millrace_recurrence_arrays *arrays = pass->arrays;
    size_t units = what->units, at = row * what->time + place, width = millrace_recurrence_width(what);
    float *target = pass->rows + row * pass->row_step, *state = pass->state + row * units;
    if (arrays->factors) {
        read_run(arrays->factors, what->is_brief, row * units, target, units);
        multiply_run(target, target, state, units);
    } else {
        memcpy(target, state, units * 4);
    }
    read_run(arrays->source, what->is_brief, at * what->inputs, target + units, what->inputs);
    if (!arrays->rows) return;
    write_run(target, arrays->rows, what->is_brief, at * width, units + what->inputs);
    float one = 1.0f;
    if (what->ends_with_one) write_run(&one, arrays->rows, what->is_brief, at * width + width - 1, 1);
}

// The reset gate of GRU in front of the second product.
static void reset_row(const struct forward *forward, size_t row, size_t place) {
    const struct pass *pass = &forward->pass;
    const struct millrace_recurrence *what = pass->what;
    size_t units = what->units, width = millrace_recurrence_width(what), at = row * what->time + place;
    float *sums = pass->sums + row * pass->sum_step, *target = pass->rows + row * pass->row_step;
    add_run(sums, forward->bias, 2 * units);
    activate(what->recurrent_activation, sums, 2 * units);
    float *reset = target + units + what->inputs;
    multiply_run(reset, target, sums + units, units);
    if (pass->arrays->rows)
        write_run(reset, pass->arrays->rows, what->is_brief, at * width + units + what->inputs, units);
}

static void run_chunk(const struct forward *forward, size_t begin, size_t end) {
    const struct pass *pass = &forward->pass;
    const struct millrace_recurrence *what = pass->what;
    const struct millrace_recurrence_arrays *arrays = pass->arrays;
    size_t units = what->units, inputs = what->inputs, count = end - begin;
    for (size_t row = begin; row < end; row++) {
        read_run(arrays->state, what->is_brief, row * units, pass->state + row * units, units);
        if (arrays->cell) read_run(arrays->cell, what->is_brief, row * units, pass->cell + row * units, units);
    }
    float *rows = pass->rows + begin * pass->row_step, *sums = pass->sums + begin * pass->sum_step;
    size_t from = pass->row_step, to = pass->sum_step;
    for (size_t step = 0; step < what->time; step++) {
        size_t place = place_of(what, step);
        for (size_t row = begin; row < end; row++) begin_row(pass, row, place);
        switch (what->cell) {
        case MILLRACE_GRU_RESET_AFTER:
            packed_product(rows, from, pass->packed.main, sums, to, count, units + inputs, 2 * units);
            packed_product(rows + units, from, pass->packed.of_inputs, sums + 2 * units, to, count, inputs, units);
            packed_product(rows, from, pass->packed.of_state, sums + 3 * units, to, count, units, units);
            break;
        case MILLRACE_GRU_RESET_BEFORE:
            packed_product(rows, from, pass->packed.main, sums, to, count, units + inputs, 2 * units);
            for (size_t row = begin; row < end; row++) reset_row(forward, row, place);
            packed_product(
                rows + units, from, pass->packed.of_reset, sums + 2 * units, to, count, inputs + units, units);
            break;
        default:
            packed_product(
                rows, from, pass->packed.main, sums, to, count, units + inputs, gate_count(what->cell) * units);
        }
        for (size_t row = begin; row < end; row++) finish_row(forward, row, step, place);
    }
    for (size_t row = begin; row < end; row++) {
        size_t at = row * units;
        if (arrays->last_state) write_run(pass->state + at, arrays->last_state, what->is_brief, at, units);
        if (arrays->last_cell) write_run(pass->cell + at, arrays->last_cell, what->is_brief, at, units);
    }
}

static void run_rows(void *context, size_t begin, size_t end) {
    const struct forward *forward = context;
    for (size_t first = begin; first < end; first += CHUNK)
        run_chunk(forward, first, end - first < CHUNK ? end : first + CHUNK);
}

static void read_bias(const void *source, bool is_brief, float *target, size_t count) {
    if (source) read_run(source, is_brief, 0, target, count);
    else memset(target, 0, count * 4);
}

void millrace_recurrence_forward(
    const struct millrace_recurrence *what, const struct millrace_recurrence_arrays *arrays, void *scratch) {
    struct forward forward = {.pass = {.arrays = arrays}};
    struct pass *pass = &forward.pass;
    size_t units = what->units, gates = gate_count(what->cell) * units, inner = what->inputs + units;
    float *next = lay_out(pass, what, scratch);
    pass->packed.main = next;
    switch (what->cell) {
    case MILLRACE_GRU_RESET_AFTER:
        pass->packed.of_inputs = next = pack_columns(pass, 0, 2 * units, true, true, next);
        pass->packed.of_state = next = pack_columns(pass, 2 * units, units, false, true, next);
        next = pack_columns(pass, 2 * units, units, true, false, next);
        break;
    case MILLRACE_GRU_RESET_BEFORE:
        pass->packed.of_reset = next = pack_columns(pass, 0, 2 * units, true, true, next);
        next = pack_reset(pass, next);
        break;
    default: next = pack_columns(pass, 0, gates, true, true, next);
    }
    forward.bias = next;
    read_bias(arrays->bias, what->is_brief, next, gates);
    forward.recurrent_bias = next += gates;
    read_bias(arrays->recurrent_bias, what->is_brief, next, gates);
    millrace_parallel_parts(what->batch, what->batch * what->time * inner * gates, run_rows, &forward);
}
