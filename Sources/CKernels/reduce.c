#include "reduce.h"

#include <math.h>

#include "functions.h"
#include "parallel.h"

struct task {
    const float *source;
    float *target;
    size_t middle, inner;
    float factor;
    int function;
};

// Columns that are added up together; the accumulators stay in the nearest cache.
enum { WIDTH = 256 };

static inline __attribute__((always_inline)) double start(int function) {
    return function == MILLRACE_REDUCE_SUM       ? 0.0
           : function == MILLRACE_REDUCE_MAXIMUM ? -INFINITY
                                                 : INFINITY;
}

// NaN spoils an extreme.
static inline __attribute__((always_inline)) double joined(double sum, double value, int function) {
    return function == MILLRACE_REDUCE_SUM       ? sum + value
           : function == MILLRACE_REDUCE_MAXIMUM ? (value > sum || value != value ? value : sum)
                                                 : (value < sum || value != value ? value : sum);
}

// A contiguous run to one number: sixteen lanes in double, added in a fixed order.
static inline __attribute__((always_inline)) double along(const float *source, size_t count, int function) {
    double lanes[16];
    for (int k = 0; k < 16; k++) lanes[k] = start(function);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (int k = 0; k < 16; k++) {
            double value = source[i + k];
            lanes[k] = joined(lanes[k], value, function);
        }
    }
    for (int k = 0; i < count; i++, k++) {
        double value = source[i];
        lanes[k] = joined(lanes[k], value, function);
    }
    for (int half = 8; half > 0; half /= 2) {
        for (int k = 0; k < half; k++) {
            double value = lanes[k + half];
            lanes[k] = joined(lanes[k], value, function);
        }
    }
    return lanes[0];
}

CLONES static void reduce_runs(void *context, size_t begin, size_t end) {
    const struct task *task = context;
    for (size_t k = begin; k < end; k++) {
        const float *source = task->source + k * task->middle;
        double value = 0;
        switch (task->function) {
        case MILLRACE_REDUCE_SUM: value = along(source, task->middle, MILLRACE_REDUCE_SUM); break;
        case MILLRACE_REDUCE_MAXIMUM: value = along(source, task->middle, MILLRACE_REDUCE_MAXIMUM); break;
        default: value = along(source, task->middle, MILLRACE_REDUCE_MINIMUM);
        }
        task->target[k] = (float)(value * task->factor);
    }
}

static inline __attribute__((always_inline)) void down(
    const float *source, size_t rows, size_t stride, double *sums, size_t width, int function) {
    for (size_t r = 0; r < rows; r++) {
        const float *row = source + r * stride;
        for (size_t i = 0; i < width; i++) {
            double value = row[i];
            sums[i] = joined(sums[i], value, function);
        }
    }
}

// Parts are groups of columns: (outer, group of WIDTH columns).
CLONES static void reduce_columns(void *context, size_t begin, size_t end) {
    const struct task *task = context;
    size_t groups = (task->inner + WIDTH - 1) / WIDTH;
    double sums[WIDTH];
    for (size_t k = begin; k < end; k++) {
        size_t outer = k / groups, column = k % groups * WIDTH;
        size_t width = task->inner - column < WIDTH ? task->inner - column : WIDTH;
        const float *source = task->source + outer * task->middle * task->inner + column;
        for (size_t i = 0; i < width; i++) sums[i] = start(task->function);
        switch (task->function) {
        case MILLRACE_REDUCE_SUM: down(source, task->middle, task->inner, sums, width, MILLRACE_REDUCE_SUM); break;
        case MILLRACE_REDUCE_MAXIMUM:
            down(source, task->middle, task->inner, sums, width, MILLRACE_REDUCE_MAXIMUM);
            break;
        default: down(source, task->middle, task->inner, sums, width, MILLRACE_REDUCE_MINIMUM);
        }
        float *target = task->target + outer * task->inner + column;
        for (size_t i = 0; i < width; i++) target[i] = (float)(sums[i] * task->factor);
    }
}

// Parts are the slices of a long sum, whose partial sums stand in doubles behind one another.
struct slices {
    const float *source;
    double *partial;
    size_t rows, inner, slices;
};

CLONES static void add_slices(void *context, size_t begin, size_t end) {
    const struct slices *task = context;
    for (size_t k = begin; k < end; k++) {
        size_t first = task->rows * k / task->slices, last = task->rows * (k + 1) / task->slices;
        double *sums = task->partial + k * task->inner;
        for (size_t i = 0; i < task->inner; i++) sums[i] = 0;
        down(task->source + first * task->inner, last - first, task->inner, sums, task->inner, MILLRACE_REDUCE_SUM);
    }
}

void millrace_reduce(
    int function, const float *source, float *target, size_t outer, size_t middle, size_t inner, float factor,
    void *scratch) {
    struct task task = {source, target, middle, inner, factor, function};
    if (inner == 1) {
        millrace_parallel_parts(outer, outer * middle, reduce_runs, &task);
    } else if (scratch && function == MILLRACE_REDUCE_SUM && outer == 1 && inner <= MILLRACE_REDUCE_WIDEST) {
        // The number of slices does not depend on the number of threads, and neither does the sum.
        struct slices parts = {source, scratch, middle, inner, MILLRACE_REDUCE_SLICES};
        millrace_parallel_parts(MILLRACE_REDUCE_SLICES, middle * inner, add_slices, &parts);
        double *sums = scratch;
        for (size_t k = 1; k < MILLRACE_REDUCE_SLICES; k++)
            for (size_t i = 0; i < inner; i++) sums[i] += sums[k * inner + i];
        for (size_t i = 0; i < inner; i++) target[i] = (float)(sums[i] * factor);
    } else {
        size_t groups = (inner + WIDTH - 1) / WIDTH;
        millrace_parallel_parts(outer * groups, outer * middle * inner, reduce_columns, &task);
    }
}
