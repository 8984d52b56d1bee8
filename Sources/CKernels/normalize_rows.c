#include "normalize_table.h"
#include "parallel.h"

struct row_task {
    const struct millrace_table *x;
    const void *gradients;
    bool centred;
    const float *gamma, *beta;
    float epsilon;
    const float *known_means, *known_factors;
    float *means, *factors;
    void *target;
};

// The sum of u v over a row, in sixteen lanes.
static inline __attribute__((always_inline)) float lanes_sum(const float lanes[16]) {
    float sum = 0;
    for (int k = 0; k < 16; k++) sum += lanes[k];
    return sum;
}

CLONES static void normalize_rows(void *context, size_t begin, size_t end) {
    const struct row_task *task = context;
    size_t width = task->x->width;
    int type = task->x->type;
    float memory[2][BLOCK];
    for (size_t row = begin; row < end; row++) {
        float lanes[16] = {0}, mean = 0;
        if (task->centred) {
            for (size_t column = 0; column < width; column += BLOCK) {
                size_t n = width - column < BLOCK ? width - column : BLOCK;
                const float *x = widened(task->x->values, type, row * width + column, n, memory[0]);
                size_t i = 0;
                for (; i + 16 <= n; i += 16)
                    for (int k = 0; k < 16; k++) lanes[k] += x[i + k];
                for (; i < n; i++) lanes[i % 16] += x[i];
            }
            mean = lanes_sum(lanes) / (float)width;
        }
        for (int k = 0; k < 16; k++) lanes[k] = 0;
        for (size_t column = 0; column < width; column += BLOCK) {
            size_t n = width - column < BLOCK ? width - column : BLOCK;
            const float *x = widened(task->x->values, type, row * width + column, n, memory[0]);
            size_t i = 0;
            for (; i + 16 <= n; i += 16)
                for (int k = 0; k < 16; k++) lanes[k] += (x[i + k] - mean) * (x[i + k] - mean);
            for (; i < n; i++) lanes[i % 16] += (x[i] - mean) * (x[i] - mean);
        }
        float factor = (float)(1.0 / sqrt((double)lanes_sum(lanes) / (double)width + task->epsilon));
        if (task->means) task->means[row] = mean;
        task->factors[row] = factor;
        for (size_t column = 0; column < width; column += BLOCK) {
            size_t n = width - column < BLOCK ? width - column : BLOCK, at = row * width + column;
            const float *x = widened(task->x->values, type, at, n, memory[0]);
            float *target = place(task->target, type, at, memory[1]);
            const float *gamma = task->gamma ? task->gamma + column : 0, *beta = task->beta ? task->beta + column : 0;
            if (gamma && beta) {
                _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++)
                    target[i] = (x[i] - mean) * factor * gamma[i] + beta[i];
            } else {
                for (size_t i = 0; i < n; i++)
                    target[i] = (x[i] - mean) * factor * (gamma ? gamma[i] : 1.0f) + (beta ? beta[i] : 0.0f);
            }
            stored(target, task->target, type, at, n);
        }
    }
}

void millrace_row_normalize(const struct millrace_table *x, bool centred, const float *gamma, const float *beta,
                            float epsilon, void *target, float *means, float *factors) {
    struct row_task task = {.x = x, .centred = centred, .gamma = gamma, .beta = beta, .epsilon = epsilon,
                            .means = means, .factors = factors, .target = target};
    millrace_parallel_parts(x->inner, 3 * x->inner * x->width, normalize_rows, &task);
}

// dx = factor * (h - mean(h) - xhat mean(h xhat)) with h = g gamma; without the first mean where rows are not centred.
CLONES static void gradient_rows(void *context, size_t begin, size_t end) {
    const struct row_task *task = context;
    size_t width = task->x->width;
    int type = task->x->type;
    float memory[3][BLOCK];
    for (size_t row = begin; row < end; row++) {
        float mean = task->centred ? task->known_means[row] : 0.0f, factor = task->known_factors[row];
        float sums[16] = {0}, products[16] = {0};
        for (size_t column = 0; column < width; column += BLOCK) {
            size_t n = width - column < BLOCK ? width - column : BLOCK, at = row * width + column;
            const float *x = widened(task->x->values, type, at, n, memory[0]);
            const float *g = widened(task->gradients, type, at, n, memory[1]);
            float scaled[BLOCK];
            for (size_t i = 0; i < n; i++) scaled[i] = task->gamma ? g[i] * task->gamma[column + i] : g[i];
            size_t i = 0;
            for (; i + 16 <= n; i += 16) {
                for (int k = 0; k < 16; k++) {
                    sums[k] += scaled[i + k];
                    products[k] += scaled[i + k] * (x[i + k] - mean);
                }
            }
            for (; i < n; i++) {
                sums[i % 16] += scaled[i];
                products[i % 16] += scaled[i] * (x[i] - mean);
            }
        }
        float level = task->centred ? lanes_sum(sums) / (float)width : 0.0f;
        float tilt = lanes_sum(products) * factor * factor / (float)width;
        for (size_t column = 0; column < width; column += BLOCK) {
            size_t n = width - column < BLOCK ? width - column : BLOCK, at = row * width + column;
            const float *x = widened(task->x->values, type, at, n, memory[0]);
            const float *g = widened(task->gradients, type, at, n, memory[1]);
            float *target = place(task->target, type, at, memory[2]);
            if (task->gamma) {
                const float *gamma = task->gamma + column;
                _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++)
                    target[i] = factor * (g[i] * gamma[i] - level - (x[i] - mean) * tilt);
            } else {
                _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++)
                    target[i] = factor * (g[i] - level - (x[i] - mean) * tilt);
            }
            stored(target, task->target, type, at, n);
        }
    }
}

void millrace_row_gradient(const struct millrace_table *x, bool centred, const void *gradients, const float *gamma,
                           const float *means, const float *factors, void *target) {
    struct row_task task = {.x = x, .gradients = gradients, .centred = centred, .gamma = gamma, .known_means = means,
                            .known_factors = factors, .target = target};
    millrace_parallel_parts(x->inner, 3 * x->inner * x->width, gradient_rows, &task);
}

struct row_sums {
    const struct millrace_table *x;
    const void *gradients;
    const float *means, *factors;
    double *partial;
};

CLONES static void add_rows(void *context, size_t begin, size_t end) {
    const struct row_sums *task = context;
    size_t width = task->x->width;
    int type = task->x->type;
    float memory[2][BLOCK];
    for (size_t slice = begin; slice < end; slice++) {
        size_t first = task->x->inner * slice / MILLRACE_NORMALIZE_SLICES;
        size_t last = task->x->inner * (slice + 1) / MILLRACE_NORMALIZE_SLICES;
        double *sum = task->partial + slice * 2 * width, *product = sum + width;
        for (size_t i = 0; i < 2 * width; i++) sum[i] = 0;
        for (size_t row = first; row < last; row++) {
            float mean = task->means ? task->means[row] : 0.0f, factor = task->factors[row];
            for (size_t column = 0; column < width; column += BLOCK) {
                size_t n = width - column < BLOCK ? width - column : BLOCK, at = row * width + column;
                const float *x = widened(task->x->values, type, at, n, memory[0]);
                const float *g = widened(task->gradients, type, at, n, memory[1]);
                double *s = sum + column, *p = product + column;
                for (size_t i = 0; i < n; i++) {
                    s[i] += g[i];
                    p[i] += g[i] * ((x[i] - mean) * factor);
                }
            }
        }
    }
}

void millrace_row_sums(const struct millrace_table *x, const void *gradients, const float *means, const float *factors,
                       float *gamma_gradients, float *beta_gradients, double *scratch) {
    struct row_sums task = {.x = x, .gradients = gradients, .means = means, .factors = factors, .partial = scratch};
    millrace_parallel_parts(MILLRACE_NORMALIZE_SLICES, 2 * x->inner * x->width, add_rows, &task);
    for (size_t slice = 1; slice < MILLRACE_NORMALIZE_SLICES; slice++)
        for (size_t i = 0; i < 2 * x->width; i++) scratch[i] += scratch[slice * 2 * x->width + i];
    for (size_t c = 0; c < x->width; c++) {
        if (beta_gradients) beta_gradients[c] = (float)scratch[c];
        if (gamma_gradients) gamma_gradients[c] = (float)scratch[x->width + c];
    }
}
