#include "optimizers_adafactor.h"

// A variable without factors: two passes, since the second needs the norm of all steps.
struct plain {
    struct millrace_update update;
    float *velocities;
    float beta2, epsilon1, rate;
};

// Velocities, and the squares of steps and weights.
CLONES static void plain_velocities(void *context, size_t begin, size_t end, double sums[2]) {
    const struct plain *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *v = t->velocities, beta2 = t->beta2, rest = 1.0f - beta2, epsilon1 = t->epsilon1;
    double of_weights[16] = {0}, of_steps[16] = {0};
    for (size_t i = begin; i < end; i += 16) {
        size_t count = end - i < 16 ? end - i : 16;
        IN_PLACE for (size_t j = 0; j < count; j++) {
            float g = kept(u, i + j), w = decayed(u, i + j);
            v[i + j] = beta2 * v[i + j] + rest * (g * g + epsilon1);
            float step = quotient(g, ROOT(v[i + j]));
            of_weights[j] += (double)w * w;
            of_steps[j] += (double)step * step;
        }
    }
    for (size_t j = 0; j < 16; j++) {
        sums[0] += of_weights[j];
        sums[1] += of_steps[j];
    }
}

CLONES static void plain_steps(void *context, size_t begin, size_t end) {
    const struct plain *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *v = t->velocities, rate = t->rate;
    IN_PLACE for (size_t i = begin; i < end; i++) w[i] = decayed(u, i) - rate * quotient(kept(u, i), ROOT(v[i]));
}

float adafactor_rate(double weights, double steps, size_t count, const struct millrace_adafactor *o) {
    float size = (float)__builtin_sqrt(weights / (double)count);
    float step = (float)__builtin_sqrt(steps / (double)count) / o->threshold;
    // What is no number goes into the weights, as it does everywhere.
    if (size != size || step != step) return size + step;
    return (size > o->epsilon2 ? size : o->epsilon2) * o->rho / (step > 1.0f ? step : 1.0f);
}

void millrace_adafactor(struct millrace_update update, struct millrace_factors factors,
                        struct millrace_adafactor options, float *workspace) {
    size_t count = update.count;
    if (factors.columns > 0) {
        adafactor_with_factors(update, factors, &options, (double *)workspace);
        return;
    }
    struct plain task = {update, factors.row_means, options.beta2, options.epsilon1, 0.0f};
    struct parts parts = {count, count * 4, plain_velocities, &task, {{0}}};
    double sums[2];
    sum_parts(&parts, sums);
    task.rate = adafactor_rate(sums[0], sums[1], count, &options);
    millrace_parallel(count, UPDATE_GRAIN, plain_steps, &task);
}

void millrace_adafactor_velocities(struct millrace_factors factors, float *velocities) {
    for (size_t matrix = 0; matrix < factors.matrices; matrix++) {
        float mean = mean_of_rows(&factors, matrix);
        const float *columns = factors.column_means + matrix * factors.columns;
        for (size_t row = matrix * factors.rows; row < (matrix + 1) * factors.rows; row++) {
            float share = quotient(factors.row_means[row], mean), *target = velocities + row * factors.columns;
            for (size_t j = 0; j < factors.columns; j++) target[j] = share * columns[j];
        }
    }
}
