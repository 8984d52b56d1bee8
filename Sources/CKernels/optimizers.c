#include "parallel.h"
#include "training.h"

// A second thread pays from here on: an update of this many weights takes about as long as waking it.
static const size_t grain = 1 << 14;

struct sgd {
    float *weights;
    const float *gradients;
    float *momenta;
    float learning_rate;
    float momentum;
    bool nesterov;
};

CLONES static void sgd_range(void *context, size_t begin, size_t end) {
    const struct sgd *s = context;
    float *w = s->weights, *m = s->momenta;
    const float *g = s->gradients;
    float rate = s->learning_rate, momentum = s->momentum;
    if (!m) {
        for (size_t i = begin; i < end; i++) w[i] -= rate * g[i];
    } else if (s->nesterov) {
        for (size_t i = begin; i < end; i++) {
            m[i] = momentum * m[i] - rate * g[i];
            w[i] += momentum * m[i] - rate * g[i];
        }
    } else {
        for (size_t i = begin; i < end; i++) {
            m[i] = momentum * m[i] - rate * g[i];
            w[i] += m[i];
        }
    }
}

void millrace_sgd(float *weights, const float *gradients, float *momenta, size_t count, float learning_rate,
                  float momentum, bool nesterov) {
    struct sgd task = {weights, gradients, momenta, learning_rate, momentum, nesterov};
    millrace_parallel(count, grain, sgd_range, &task);
}

struct adam {
    float *weights;
    const float *gradients;
    float *momenta;
    float *velocities;
    float alpha;
    float one_minus_beta1;
    float one_minus_beta2;
    float epsilon;
};

// The builtin, unlike sqrtf, sets no errno: only so does the loop become vectors.
CLONES static void adam_range(void *context, size_t begin, size_t end) {
    const struct adam *a = context;
    float *w = a->weights, *m = a->momenta, *v = a->velocities;
    const float *g = a->gradients;
    float alpha = a->alpha, b1 = a->one_minus_beta1, b2 = a->one_minus_beta2, epsilon = a->epsilon;
    for (size_t i = begin; i < end; i++) {
        m[i] += (g[i] - m[i]) * b1;
        v[i] += (g[i] * g[i] - v[i]) * b2;
        w[i] -= alpha * m[i] / (__builtin_elementwise_sqrt(v[i]) + epsilon);
    }
}

void millrace_adam(float *weights, const float *gradients, float *momenta, float *velocities, size_t count, float alpha,
                   float one_minus_beta1, float one_minus_beta2, float epsilon) {
    struct adam task = {weights, gradients, momenta, velocities, alpha, one_minus_beta1, one_minus_beta2, epsilon};
    millrace_parallel(count, grain, adam_range, &task);
}
