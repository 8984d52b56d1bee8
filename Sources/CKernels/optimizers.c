#include "updates.h"

#include "functions.h"

// Every loop works on copies of the pointers and numbers: the compiler need not think that a store changes them.
#define UPDATE(type)                                                              \
    const struct type *t = context;                                               \
    const struct millrace_update update = t->update, *u = &update;                \
    float *w = u->weights;

struct sgd {
    struct millrace_update update;
    float *momenta;
    float rate, momentum;
    bool nesterov;
};

CLONES static void sgd_range(void *context, size_t begin, size_t end) {
    UPDATE(sgd)
    float *m = t->momenta, rate = t->rate, momentum = t->momentum;
    if (!m) {
        IN_PLACE for (size_t i = begin; i < end; i++) w[i] = decayed(u, i) - rate * kept(u, i);
    } else if (t->nesterov) {
        IN_PLACE for (size_t i = begin; i < end; i++) {
            float step = rate * kept(u, i);
            m[i] = momentum * m[i] - step;
            w[i] = decayed(u, i) + (momentum * m[i] - step);
        }
    } else {
        IN_PLACE for (size_t i = begin; i < end; i++) {
            m[i] = momentum * m[i] - rate * kept(u, i);
            w[i] = decayed(u, i) + m[i];
        }
    }
}

void millrace_sgd(struct millrace_update update, float *momenta, float rate, float momentum, bool nesterov) {
    struct sgd task = {update, momenta, rate, momentum, nesterov};
    millrace_parallel(update.count, UPDATE_GRAIN, sgd_range, &task);
}

struct rmsprop {
    struct millrace_update update;
    float *velocities, *momenta, *means;
    float rate, rho, momentum, epsilon;
};

static inline __attribute__((always_inline)) void rmsprop_loop(
    const struct rmsprop *t, size_t begin, size_t end, bool moves, bool centred) {
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *v = t->velocities, *m = t->momenta, *a = t->means;
    float rate = t->rate, rho = t->rho, rest = 1.0f - rho, momentum = t->momentum, epsilon = t->epsilon;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i);
        v[i] = rho * v[i] + rest * (g * g);
        float spread = v[i];
        if (centred) {
            a[i] = rho * a[i] + rest * g;
            spread -= a[i] * a[i];
        }
        float step = quotient(rate * g, ROOT(spread + epsilon));
        if (moves) step = m[i] = momentum * m[i] + step;
        w[i] = decayed(u, i) - step;
    }
}

CLONES static void rmsprop_range(void *context, size_t begin, size_t end) {
    const struct rmsprop *t = context;
    if (t->momenta && t->means) rmsprop_loop(t, begin, end, true, true);
    else if (t->momenta) rmsprop_loop(t, begin, end, true, false);
    else if (t->means) rmsprop_loop(t, begin, end, false, true);
    else rmsprop_loop(t, begin, end, false, false);
}

void millrace_rmsprop(struct millrace_update update, float *velocities, float *momenta, float *means, float rate,
                      float rho, float momentum, float epsilon) {
    struct rmsprop task = {update, velocities, momenta, means, rate, rho, momentum, epsilon};
    millrace_parallel(update.count, UPDATE_GRAIN, rmsprop_range, &task);
}

struct adagrad {
    struct millrace_update update;
    float *sums;
    float rate, epsilon;
};

CLONES static void adagrad_range(void *context, size_t begin, size_t end) {
    UPDATE(adagrad)
    float *a = t->sums, rate = t->rate, epsilon = t->epsilon;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i);
        a[i] += g * g;
        w[i] = decayed(u, i) - quotient(rate * g, ROOT(a[i] + epsilon));
    }
}

void millrace_adagrad(struct millrace_update update, float *sums, float rate, float epsilon) {
    struct adagrad task = {update, sums, rate, epsilon};
    millrace_parallel(update.count, UPDATE_GRAIN, adagrad_range, &task);
}

struct adadelta {
    struct millrace_update update;
    float *gradient_means, *change_means;
    float rate, rho, epsilon;
};

CLONES static void adadelta_range(void *context, size_t begin, size_t end) {
    UPDATE(adadelta)
    float *a = t->gradient_means, *d = t->change_means;
    float rate = t->rate, rho = t->rho, rest = 1.0f - rho, epsilon = t->epsilon;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i);
        a[i] = rho * a[i] + rest * (g * g);
        float change = -quotient(ROOT(d[i] + epsilon) * g, ROOT(a[i] + epsilon));
        d[i] = rho * d[i] + rest * (change * change);
        w[i] = decayed(u, i) + rate * change;
    }
}

void millrace_adadelta(struct millrace_update update, float *gradient_means, float *change_means, float rate, float rho,
                       float epsilon) {
    struct adadelta task = {update, gradient_means, change_means, rate, rho, epsilon};
    millrace_parallel(update.count, UPDATE_GRAIN, adadelta_range, &task);
}

struct lion {
    struct millrace_update update;
    float *momenta;
    float rate, beta1, beta2;
};

CLONES static void lion_range(void *context, size_t begin, size_t end) {
    UPDATE(lion)
    float *m = t->momenta, rate = t->rate;
    float beta1 = t->beta1, rest1 = 1.0f - beta1, beta2 = t->beta2, rest2 = 1.0f - beta2;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i), direction = beta1 * m[i] + rest1 * g;
        // The sign of zero is zero, of NaN it is NaN.
        float sign = direction > 0.0f ? 1.0f : (direction < 0.0f ? -1.0f : direction);
        w[i] = decayed(u, i) - rate * sign;
        m[i] = beta2 * m[i] + rest2 * g;
    }
}

void millrace_lion(struct millrace_update update, float *momenta, float rate, float beta1, float beta2) {
    struct lion task = {update, momenta, rate, beta1, beta2};
    millrace_parallel(update.count, UPDATE_GRAIN, lion_range, &task);
}

struct ftrl {
    struct millrace_update update;
    float *sums, *linear;
    struct millrace_ftrl options;
};

// x to the power of half or of -p; 0 stays 0 for p below 0.
static inline __attribute__((always_inline)) float powered(float x, float exponent, bool is_root) {
    return is_root ? ROOT(x) : (x == 0.0f && exponent > 0.0f ? 0.0f : vector_exp(exponent * vector_log(x)));
}

static inline __attribute__((always_inline)) void ftrl_loop(
    const struct ftrl *t, size_t begin, size_t end, bool is_root) {
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *n = t->sums, *z = t->linear;
    float rate = t->options.rate, exponent = -t->options.power, l1 = t->options.l1, twice_l2 = 2.0f * t->options.l2;
    float twice_shrinkage = 2.0f * t->options.shrinkage;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i), weight = decayed(u, i), sum = n[i] + g * g;
        float root = powered(sum, exponent, is_root);
        z[i] += g + twice_shrinkage * weight - (root - powered(n[i], exponent, is_root)) / rate * weight;
        float bounded = z[i] > l1 ? l1 : (z[i] < -l1 ? -l1 : z[i]);
        w[i] = quotient(bounded - z[i], root / rate + twice_l2);
        n[i] = sum;
    }
}

CLONES static void ftrl_range(void *context, size_t begin, size_t end) {
    const struct ftrl *t = context;
    if (t->options.power == -0.5f) ftrl_loop(t, begin, end, true);
    else ftrl_loop(t, begin, end, false);
}

void millrace_ftrl(struct millrace_update update, float *sums, float *linear, struct millrace_ftrl options) {
    struct ftrl task = {update, sums, linear, options};
    millrace_parallel(update.count, UPDATE_GRAIN, ftrl_range, &task);
}
