#include "sequence.h"

CLONES void read_run(const void *source, bool is_brief, size_t first, float *target, size_t count) {
    if (is_brief) {
        const uint16_t *from = (const uint16_t *)source + first;
        for (size_t i = 0; i < count; i++) target[i] = from_bfloat16(from[i]);
    } else {
        memcpy(target, (const float *)source + first, count * 4);
    }
}

CLONES void write_run(const float *source, void *target, bool is_brief, size_t first, size_t count) {
    if (is_brief) {
        uint16_t *to = (uint16_t *)target + first;
        for (size_t i = 0; i < count; i++) to[i] = to_bfloat16(source[i]);
    } else {
        memcpy((float *)target + first, source, count * 4);
    }
}

#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

CLONES void add_run(float *target, const float *other, size_t count) {
    IN_PLACE for (size_t i = 0; i < count; i++) target[i] += other[i];
}

CLONES void multiply_run(float *target, const float *a, const float *b, size_t count) {
    IN_PLACE for (size_t i = 0; i < count; i++) target[i] = a[i] * b[i];
}

CLONES void add_product(float *target, const float *a, const float *b, size_t count) {
    IN_PLACE for (size_t i = 0; i < count; i++) target[i] += a[i] * b[i];
}

size_t millrace_recurrence_blocks(int cell) { return gate_count(cell) + (cell == MILLRACE_GRU_RESET_AFTER ? 1 : 0); }

size_t millrace_recurrence_width(const struct millrace_recurrence *what) {
    size_t states = what->cell == MILLRACE_GRU_RESET_BEFORE ? 2 : 1;
    return what->inputs + what->units * states + (what->ends_with_one ? 1 : 0);
}

size_t millrace_recurrence_scratch(const struct millrace_recurrence *what) {
    size_t rows = what->batch * (row_floats(what) + sum_floats(what) + 3 * what->units);
    // Forward kernels are packed by columns, backward ones by rows; either has at most this many padded numbers.
    size_t gates = gate_count(what->cell) * what->units, inner = what->inputs + what->units;
    size_t forward = inner * (gates + 3 * PANEL), back = gates * (inner + 3 * PANEL);
    // Behind them the biases.
    return (rows + (forward > back ? forward : back) + 2 * gates + 64) * 4;
}
