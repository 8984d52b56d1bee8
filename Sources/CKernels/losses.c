#include <math.h>

#include "parallel.h"
#include "training.h"

// Keras's backend epsilon: probabilities are clipped to [1e-7, 1 - 1e-7].
static const float epsilon = 1e-7f;

struct table {
    const float *scores;
    const int32_t *sparse;
    const float *one_hot;
    const float *loss_gradients;
    float *target;
    size_t classes;
    bool from_logits;
};

static size_t class_of(const struct table *t, size_t row) {
    int32_t label = t->sparse[row];
    return label < 0 || (size_t)label >= t->classes ? 0 : (size_t)label;
}

static float row_maximum(const float *x, size_t n) {
    float maximum = x[0];
    for (size_t i = 1; i < n; i++) maximum = x[i] > maximum ? x[i] : maximum;
    return maximum;
}

// Away from 0 and 1; what is no number stays one.
static float kept_inside(float share) {
    return share < epsilon ? epsilon : share > 1 - epsilon ? 1 - epsilon : share;
}

static void cross_entropy_range(void *context, size_t begin, size_t end) {
    const struct table *t = context;
    size_t n = t->classes;
    for (size_t row = begin; row < end; row++) {
        const float *x = t->scores + row * n;
        if (t->from_logits) {
            float maximum = row_maximum(x, n);
            float sum = 0;
            for (size_t i = 0; i < n; i++) sum += expf(x[i] - maximum);
            float log_sum = logf(sum);
            if (t->sparse) {
                t->target[row] = log_sum - (x[class_of(t, row)] - maximum);
            } else {
                const float *y = t->one_hot + row * n;
                float loss = 0;
                for (size_t i = 0; i < n; i++) loss += y[i] * (log_sum - (x[i] - maximum));
                t->target[row] = loss;
            }
        } else {
            float sum = 0;
            for (size_t i = 0; i < n; i++) sum += x[i];
            float loss = 0;
            for (size_t i = 0; i < n; i++) {
                float y = t->sparse ? (float)(i == class_of(t, row)) : t->one_hot[row * n + i];
                if (y != 0) loss -= y * logf(kept_inside(x[i] / sum));
            }
            t->target[row] = loss;
        }
    }
}

static void cross_entropy_gradient_range(void *context, size_t begin, size_t end) {
    const struct table *t = context;
    size_t n = t->classes;
    for (size_t row = begin; row < end; row++) {
        const float *x = t->scores + row * n;
        float *target = t->target + row * n;
        float factor = t->loss_gradients[row];
        if (t->from_logits) {
            float maximum = row_maximum(x, n), sum = 0, weight = 1;
            for (size_t i = 0; i < n; i++) sum += target[i] = expf(x[i] - maximum);
            if (!t->sparse) {
                weight = 0;
                for (size_t i = 0; i < n; i++) weight += t->one_hot[row * n + i];
            }
            float scale = weight / sum;
            for (size_t i = 0; i < n; i++) {
                float y = t->sparse ? (float)(i == class_of(t, row)) : t->one_hot[row * n + i];
                target[i] = factor * (target[i] * scale - y);
            }
        } else {
            // q = p / S, loss = -sum y log clip(q): dp_k = (dq_k - sum_j dq_j q_j) / S; clipped q carry no gradient.
            float sum = 0, inner = 0;
            for (size_t i = 0; i < n; i++) sum += x[i];
            for (size_t i = 0; i < n; i++) {
                float y = t->sparse ? (float)(i == class_of(t, row)) : t->one_hot[row * n + i];
                float q = x[i] / sum;
                bool inside = q >= epsilon && q <= 1 - epsilon;
                target[i] = inside ? -y / q : 0.0f;
                inner += target[i] * q;
            }
            for (size_t i = 0; i < n; i++) target[i] = factor * (target[i] - inner) / sum;
        }
    }
}

// Exponentials of a row cost about as much as 16 flops an element: rows for a second thread.
static size_t row_grain(size_t classes) { return 8192 / (classes + 1) + 16; }

ptrdiff_t millrace_cross_entropy(const float *scores, const int32_t *sparse, const float *one_hot, float *losses,
                                 size_t rows, size_t classes, bool from_logits) {
    struct table table = {scores, sparse, one_hot, NULL, losses, classes, from_logits};
    millrace_parallel(rows, row_grain(classes), cross_entropy_range, &table);
    for (size_t row = 0; sparse && row < rows; row++) {
        if (sparse[row] < 0 || (size_t)sparse[row] >= classes) return (ptrdiff_t)row;
    }
    return -1;
}

void millrace_cross_entropy_gradient(const float *scores, const int32_t *sparse, const float *one_hot,
                                     const float *loss_gradients, float *target, size_t rows, size_t classes,
                                     bool from_logits) {
    struct table table = {scores, sparse, one_hot, loss_gradients, target, classes, from_logits};
    millrace_parallel(rows, row_grain(classes), cross_entropy_gradient_range, &table);
}

static size_t first_largest(const float *x, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (x[i] > x[best]) best = i;
    }
    return best;
}

static void class_matches_range(void *context, size_t begin, size_t end) {
    const struct table *t = context;
    size_t n = t->classes;
    for (size_t row = begin; row < end; row++) {
        size_t predicted = first_largest(t->scores + row * n, n);
        t->target[row] = t->sparse ? (float)((int64_t)predicted == (int64_t)t->sparse[row])
                                   : (float)(predicted == first_largest(t->one_hot + row * n, n));
    }
}

void millrace_class_matches(const float *scores, const int32_t *sparse, const float *one_hot, float *target,
                            size_t rows, size_t classes) {
    struct table table = {scores, sparse, one_hot, NULL, target, classes, true};
    // A comparison costs a tenth of an exponential.
    millrace_parallel(rows, 8 * row_grain(classes), class_matches_range, &table);
}

void millrace_threshold_matches(const float *predictions, const float *targets, float *target, size_t count,
                                float threshold) {
    for (size_t i = 0; i < count; i++) target[i] = (float)((float)(predictions[i] > threshold) == targets[i]);
}
