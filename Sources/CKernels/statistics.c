#include "statistics.h"

#include <float.h>
#include <math.h>

#include "parallel.h"

// target may be source: each element depends on its own position alone.
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

struct periodic {
    enum millrace_periodic function;
    const float *source;
    const float *means;
    const float *deviations;
    float *target;
    size_t period;
};

CLONES static void periodic_range(void *context, size_t begin, size_t end) {
    const struct periodic *task = context;
    for (size_t first = begin; first < end;) {
        size_t place = first % task->period, run = task->period - place;
        if (run > end - first) run = end - first;
        const float *x = task->source + first, *s = task->deviations + place;
        float *y = task->target + first;
        switch (task->function) {
        case MILLRACE_NORMALIZE: {
            const float *m = task->means + place;
            IN_PLACE for (size_t i = 0; i < run; i++) y[i] = (x[i] - m[i]) / s[i];
            break;
        }
        case MILLRACE_DENORMALIZE: {
            const float *m = task->means + place;
            IN_PLACE for (size_t i = 0; i < run; i++) y[i] = m[i] + x[i] * s[i];
            break;
        }
        case MILLRACE_DIVIDE:
            IN_PLACE for (size_t i = 0; i < run; i++) y[i] = x[i] / s[i];
            break;
        case MILLRACE_MULTIPLY:
            IN_PLACE for (size_t i = 0; i < run; i++) y[i] = x[i] * s[i];
            break;
        }
        first += run;
    }
}

void millrace_periodic(enum millrace_periodic function, const float *source, const float *means,
                       const float *deviations, float *target, size_t count, size_t period) {
    struct periodic task = {function, source, means, deviations, target, period};
    millrace_parallel(count, 1 << 15, periodic_range, &task);
}

CLONES size_t millrace_add_moments(const float *values, size_t count, size_t lane, size_t lanes, const double *shifts,
                                   double *sums, double *squares, float *minima, float *maxima) {
    size_t spoiled = 0;
    for (size_t first = 0; first < count;) {
        size_t place = (lane + first) % lanes, run = lanes - place;
        if (run > count - first) run = count - first;
        const float *x = values + first;
        const double *shift = shifts + place;
        double *sum = sums + place, *square = squares + place;
        float *least = minima + place, *most = maxima + place;
        // One loop would do the same; two keep the number of arrays small enough for the compiler to vectorize.
        IN_PLACE for (size_t i = 0; i < run; i++) {
            double distance = (double)x[i] - shift[i];
            sum[i] += distance;
            square[i] += distance * distance;
        }
        size_t bad = 0;
        IN_PLACE for (size_t i = 0; i < run; i++) {
            float value = x[i];
            least[i] = value < least[i] ? value : least[i];
            most[i] = value > most[i] ? value : most[i];
            bad += !(fabsf(value) <= FLT_MAX);
        }
        spoiled += bad;
        first += run;
    }
    return spoiled;
}
