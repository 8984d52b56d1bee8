#include "updates.h"

struct adam {
    struct millrace_update update;
    float *momenta, *velocities, *maxima;
    float alpha, one_minus_beta1, one_minus_beta2, epsilon;
};

static inline __attribute__((always_inline)) void adam_loop(
    const struct adam *t, size_t begin, size_t end, bool keeps_maxima) {
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *m = t->momenta, *v = t->velocities, *most = t->maxima;
    float alpha = t->alpha, b1 = t->one_minus_beta1, b2 = t->one_minus_beta2, epsilon = t->epsilon;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i);
        m[i] += (g - m[i]) * b1;
        v[i] += (g * g - v[i]) * b2;
        float velocity = v[i];
        if (keeps_maxima) velocity = most[i] = most[i] > velocity ? most[i] : velocity;
        w[i] = decayed(u, i) - quotient(alpha * m[i], ROOT(velocity) + epsilon);
    }
}

CLONES static void adam_range(void *context, size_t begin, size_t end) {
    const struct adam *t = context;
    if (t->maxima) adam_loop(t, begin, end, true);
    else adam_loop(t, begin, end, false);
}

void millrace_adam(struct millrace_update update, float *momenta, float *velocities, float *maxima, float alpha,
                   float one_minus_beta1, float one_minus_beta2, float epsilon) {
    struct adam task = {update, momenta, velocities, maxima, alpha, one_minus_beta1, one_minus_beta2, epsilon};
    millrace_parallel(update.count, UPDATE_GRAIN, adam_range, &task);
}

struct adamax {
    struct millrace_update update;
    float *momenta, *norms;
    float rate, one_minus_beta1, beta2, epsilon;
};

CLONES static void adamax_range(void *context, size_t begin, size_t end) {
    const struct adamax *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *m = t->momenta, *norm = t->norms;
    float rate = t->rate, b1 = t->one_minus_beta1, beta2 = t->beta2, epsilon = t->epsilon;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i), size = __builtin_fabsf(g), old = beta2 * norm[i];
        m[i] += (g - m[i]) * b1;
        norm[i] = old > size ? old : size;
        w[i] = decayed(u, i) - quotient(rate * m[i], norm[i] + epsilon);
    }
}

void millrace_adamax(struct millrace_update update, float *momenta, float *norms, float rate, float one_minus_beta1,
                     float beta2, float epsilon) {
    struct adamax task = {update, momenta, norms, rate, one_minus_beta1, beta2, epsilon};
    millrace_parallel(update.count, UPDATE_GRAIN, adamax_range, &task);
}

struct nadam {
    struct millrace_update update;
    float *momenta, *velocities;
    float rate, one_minus_beta1, one_minus_beta2, from_momentum, from_gradient, velocity_factor, epsilon;
};

CLONES static void nadam_range(void *context, size_t begin, size_t end) {
    const struct nadam *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *m = t->momenta, *v = t->velocities;
    float rate = t->rate, b1 = t->one_minus_beta1, b2 = t->one_minus_beta2, epsilon = t->epsilon;
    float from_momentum = t->from_momentum, from_gradient = t->from_gradient, factor = t->velocity_factor;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i);
        m[i] += (g - m[i]) * b1;
        v[i] += (g * g - v[i]) * b2;
        float direction = from_momentum * m[i] + from_gradient * g;
        w[i] = decayed(u, i) - quotient(rate * direction, ROOT(v[i] * factor) + epsilon);
    }
}

void millrace_nadam(struct millrace_update update, float *momenta, float *velocities, float rate, float one_minus_beta1,
                    float one_minus_beta2, float from_momentum, float from_gradient, float velocity_factor,
                    float epsilon) {
    struct nadam task = {update, momenta, velocities, rate, one_minus_beta1, one_minus_beta2,
                         from_momentum, from_gradient, velocity_factor, epsilon};
    millrace_parallel(update.count, UPDATE_GRAIN, nadam_range, &task);
}

struct schedule_free {
    struct millrace_update update;
    float *z, *velocities;
    float rate, beta1, one_minus_beta2, velocity_factor, mean_weight, epsilon;
};

CLONES static void schedule_free_range(void *context, size_t begin, size_t end) {
    const struct schedule_free *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *z = t->z, *v = t->velocities;
    float rate = t->rate, beta1 = t->beta1, rest1 = 1.0f - beta1, b2 = t->one_minus_beta2;
    float factor = t->velocity_factor, share = t->mean_weight, rest = 1.0f - share, epsilon = t->epsilon;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i), old = z[i];
        v[i] += (g * g - v[i]) * b2;
        z[i] = old - quotient(rate * g, ROOT(v[i] * factor) + epsilon);
        float mean = (decayed(u, i) - rest1 * old) / beta1;
        mean = rest * mean + share * z[i];
        w[i] = rest1 * z[i] + beta1 * mean;
    }
}

void millrace_schedule_free(struct millrace_update update, float *z, float *velocities, float rate, float beta1,
                            float one_minus_beta2, float velocity_factor, float mean_weight, float epsilon) {
    struct schedule_free task = {update, z, velocities, rate, beta1, one_minus_beta2, velocity_factor, mean_weight,
                                 epsilon};
    millrace_parallel(update.count, UPDATE_GRAIN, schedule_free_range, &task);
}

struct lamb {
    struct millrace_update update;
    float *momenta, *velocities;
    float one_minus_beta1, one_minus_beta2, momentum_factor, velocity_factor, epsilon, rate;
};

// Squares of sixteen elements side by side: the order of addition is the same in every version of the loop.
CLONES static void lamb_moments(void *context, size_t begin, size_t end, double sums[2]) {
    const struct lamb *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *m = t->momenta, *v = t->velocities;
    float b1 = t->one_minus_beta1, b2 = t->one_minus_beta2, epsilon = t->epsilon;
    float to_mean = t->momentum_factor, to_square = t->velocity_factor;
    double of_weights[16] = {0}, of_steps[16] = {0};
    for (size_t i = begin; i < end; i += 16) {
        size_t lanes = end - i < 16 ? end - i : 16;
        IN_PLACE for (size_t j = 0; j < lanes; j++) {
            size_t k = i + j;
            float g = kept(u, k);
            w[k] = decayed(u, k);
            m[k] += (g - m[k]) * b1;
            v[k] += (g * g - v[k]) * b2;
            float step = quotient(m[k] * to_mean, ROOT(v[k] * to_square) + epsilon);
            of_weights[j] += (double)w[k] * w[k];
            of_steps[j] += (double)step * step;
        }
    }
    for (size_t j = 0; j < 16; j++) {
        sums[0] += of_weights[j];
        sums[1] += of_steps[j];
    }
}

CLONES static void lamb_steps(void *context, size_t begin, size_t end) {
    const struct lamb *t = context;
    float *w = t->update.weights, *m = t->momenta, *v = t->velocities;
    float rate = t->rate, to_mean = t->momentum_factor, to_square = t->velocity_factor, epsilon = t->epsilon;
    IN_PLACE for (size_t i = begin; i < end; i++)
        w[i] -= rate * quotient(m[i] * to_mean, ROOT(v[i] * to_square) + epsilon);
}

void millrace_lamb(struct millrace_update update, float *momenta, float *velocities, float rate, float one_minus_beta1,
                   float one_minus_beta2, float momentum_factor, float velocity_factor, float epsilon) {
    struct lamb task = {update, momenta, velocities, one_minus_beta1, one_minus_beta2, momentum_factor,
                        velocity_factor, epsilon, rate};
    struct parts parts = {update.count, update.count * 4, lamb_moments, &task, {{0}}};
    double sums[2];
    sum_parts(&parts, sums);
    float weights = (float)__builtin_sqrt(sums[0]), steps = (float)__builtin_sqrt(sums[1]);
    task.rate = weights > 0.0f && steps > 0.0f ? weights / steps * rate : rate;
    millrace_parallel(update.count, UPDATE_GRAIN, lamb_steps, &task);
}
