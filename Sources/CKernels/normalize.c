#include "normalize.h"

#include "functions.h"
#include "parallel.h"

// Numbers that are worked on together: an array of this many stays in the nearest cache.
enum { BLOCK = 512 };

// The numbers of a table from one place on: themselves where they are float32, else widened.
static inline __attribute__((always_inline)) const float *widened(
    const void *values, int type, size_t first, size_t n, float *memory) {
    if (type == MILLRACE_MAP_F32) return (const float *)values + first;
    const uint16_t *source = (const uint16_t *)values + first;
    for (size_t i = 0; i < n; i++) memory[i] = from_bfloat16(source[i]);
    return memory;
}

static inline __attribute__((always_inline)) void stored(
    const float *source, void *values, int type, size_t first, size_t n) {
    if (type == MILLRACE_MAP_F32) return;
    uint16_t *target = (uint16_t *)values + first;
    for (size_t i = 0; i < n; i++) target[i] = to_bfloat16(source[i]);
}

static inline __attribute__((always_inline)) float *place(void *values, int type, size_t first, float *memory) {
    return type == MILLRACE_MAP_F32 ? (float *)values + first : memory;
}

// Rows of few channels are joined, so that loops fill vectors: `joint` rows of `channels` numbers are one of `width`.
struct joined {
    size_t joint, width, rows;
};

static struct joined joined(size_t rows, size_t channels) {
    size_t joint = channels >= 128 ? 1 : 128 / channels;
    while (joint > 1 && rows % joint) joint--;
    return (struct joined){joint, joint * channels, rows / joint};
}

size_t millrace_normalize_scratch(size_t rows, size_t channels) {
    return MILLRACE_NORMALIZE_SLICES * 2 * joined(rows, channels).width;
}

size_t millrace_normalize_factors(size_t rows, size_t channels) { return 4 * joined(rows, channels).width; }

struct sums {
    const struct millrace_table *x;
    const void *gradients, *outputs;
    struct millrace_bounds bounds;
    const float *centres, *factors;
    bool is_by_row;
    struct joined shape;
    double *partial;
};

// Two sums for each number of a joined row: of u and of u v. Without gradients both are x; with them u is the gradient and
// v the normalized x.
CLONES static void add_slices(void *context, size_t begin, size_t end) {
    const struct sums *task = context;
    size_t width = task->shape.width;
    float memory[3][BLOCK];
    for (size_t slice = begin; slice < end; slice++) {
        size_t first = task->shape.rows * slice / MILLRACE_NORMALIZE_SLICES;
        size_t last = task->shape.rows * (slice + 1) / MILLRACE_NORMALIZE_SLICES;
        double *sum = task->partial + slice * 2 * width, *product = sum + width;
        for (size_t i = 0; i < 2 * width; i++) sum[i] = 0;
        for (size_t row = first; row < last; row++) {
            for (size_t column = 0; column < width; column += BLOCK) {
                size_t n = width - column < BLOCK ? width - column : BLOCK, at = row * width + column;
                const float *x = widened(task->x->values, task->x->type, at, n, memory[0]);
                double *s = sum + column, *p = product + column;
                if (!task->gradients) {
                    for (size_t i = 0; i < n; i++) {
                        double value = x[i];
                        s[i] += value;
                        p[i] += value * value;
                    }
                    continue;
                }
                const float *g = widened(task->gradients, task->x->type, at, n, memory[1]);
                float masked[BLOCK];
                if (task->outputs) {
                    const float *y = widened(task->outputs, task->x->type, at, n, memory[2]);
                    float lower = task->bounds.lower, upper = task->bounds.upper;
                    for (size_t i = 0; i < n; i++) masked[i] = y[i] > lower && y[i] < upper ? g[i] : 0.0f;
                    g = masked;
                }
                if (task->is_by_row) {
                    float centre = task->centres ? task->centres[row] : 0.0f, factor = task->factors[row];
                    for (size_t i = 0; i < n; i++) {
                        s[i] += g[i];
                        p[i] += g[i] * ((x[i] - centre) * factor);
                    }
                } else {
                    const float *centre = task->centres + column, *factor = task->factors + column;
                    for (size_t i = 0; i < n; i++) {
                        s[i] += g[i];
                        p[i] += g[i] * ((x[i] - centre[i]) * factor[i]);
                    }
                }
            }
        }
    }
}

// Adds the slices and the joined rows up: afterwards the first `channels` sums and products are those of the channels.
static void fold(const struct sums *task) {
    size_t width = task->shape.width, channels = task->x->channels;
    double *sums = task->partial;
    for (size_t slice = 1; slice < MILLRACE_NORMALIZE_SLICES; slice++)
        for (size_t i = 0; i < 2 * width; i++) sums[i] += sums[slice * 2 * width + i];
    for (int which = 0; which < 2; which++)
        for (size_t k = 1; k < task->shape.joint; k++)
            for (size_t c = 0; c < channels; c++) sums[which * width + c] += sums[which * width + k * channels + c];
}

void millrace_batch_moments(const struct millrace_table *x, float *means, float *variances, double *scratch) {
    struct sums task = {.x = x, .shape = joined(x->rows, x->channels), .partial = scratch};
    millrace_parallel_parts(MILLRACE_NORMALIZE_SLICES, x->rows * x->channels, add_slices, &task);
    fold(&task);
    for (size_t c = 0; c < x->channels; c++) {
        double mean = scratch[c] / (double)x->rows;
        double variance = scratch[task.shape.width + c] / (double)x->rows - mean * mean;
        means[c] = (float)mean;
        variances[c] = (float)(variance > 0 || variance != variance ? variance : 0);
    }
}

struct elements {
    const struct millrace_table *x;
    const void *gradients, *outputs;
    struct millrace_bounds bounds;
    // By number of a joined row: y = scale (x - centre) + shift, or dx = scale g + slope (x - centre) + shift.
    const float *centre, *scale, *slope, *shift;
    struct joined shape;
    void *target;
};

CLONES static void transform(void *context, size_t begin, size_t end) {
    const struct elements *task = context;
    size_t width = task->shape.width;
    int type = task->x->type;
    float lower = task->bounds.lower, upper = task->bounds.upper;
    float memory[4][BLOCK];
    for (size_t row = begin; row < end; row++) {
        for (size_t column = 0; column < width; column += BLOCK) {
            size_t n = width - column < BLOCK ? width - column : BLOCK, at = row * width + column;
            const float *x = widened(task->x->values, type, at, n, memory[0]);
            const float *centre = task->centre + column, *scale = task->scale + column, *shift = task->shift + column;
            float *target = place(task->target, type, at, memory[3]);
            if (!task->gradients) {
                if (task->bounds.is_bounded) {
                    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++) {
                        float y = (x[i] - centre[i]) * scale[i] + shift[i];
                        y = y < lower ? lower : y;
                        target[i] = y > upper ? upper : y;
                    }
                } else {
                    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++)
                        target[i] = (x[i] - centre[i]) * scale[i] + shift[i];
                }
            } else {
                const float *g = widened(task->gradients, type, at, n, memory[1]);
                const float *slope = task->slope + column;
                if (task->outputs) {
                    const float *y = widened(task->outputs, type, at, n, memory[2]);
                    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++) {
                        float masked = y[i] > lower && y[i] < upper ? g[i] : 0.0f;
                        target[i] = masked * scale[i] + (x[i] - centre[i]) * slope[i] + shift[i];
                    }
                } else {
                    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++)
                        target[i] = g[i] * scale[i] + (x[i] - centre[i]) * slope[i] + shift[i];
                }
            }
            stored(target, task->target, type, at, n);
        }
    }
}

// Factors of each number of a joined row, from those of the channels.
static void repeat(float *values, size_t channels, struct joined shape) {
    for (size_t i = channels; i < shape.width; i++) values[i] = values[i - channels];
}

void millrace_batch_normalize(const struct millrace_table *x, const float *means, const float *variances,
                              const float *gamma, const float *beta, float epsilon, struct millrace_bounds bounds,
                              float *factors, void *target) {
    struct joined shape = joined(x->rows, x->channels);
    float *centre = factors, *scale = centre + shape.width, *shift = scale + shape.width;
    for (size_t c = 0; c < x->channels; c++) {
        centre[c] = means[c];
        scale[c] = (float)((gamma ? gamma[c] : 1.0) / sqrt((double)variances[c] + epsilon));
        shift[c] = beta ? beta[c] : 0.0f;
    }
    repeat(centre, x->channels, shape);
    repeat(scale, x->channels, shape);
    repeat(shift, x->channels, shape);
    struct elements task = {.x = x, .bounds = bounds, .centre = centre, .scale = scale, .shift = shift, .shape = shape,
                            .target = target};
    millrace_parallel_parts(shape.rows, x->rows * x->channels, transform, &task);
}

void millrace_batch_sums(const struct millrace_table *x, const void *gradients, const void *outputs,
                         struct millrace_bounds bounds, const float *means, const float *variances, float epsilon,
                         float *gamma_gradients, float *beta_gradients, float *factors, double *scratch) {
    struct joined shape = joined(x->rows, x->channels);
    float *centres = factors, *scales = factors + shape.width;
    for (size_t c = 0; c < x->channels; c++) {
        centres[c] = means[c];
        scales[c] = (float)(1.0 / sqrt((double)variances[c] + epsilon));
    }
    repeat(centres, x->channels, shape);
    repeat(scales, x->channels, shape);
    struct sums task = {.x = x, .gradients = gradients, .outputs = outputs, .bounds = bounds, .centres = centres,
                        .factors = scales, .shape = shape, .partial = scratch};
    millrace_parallel_parts(MILLRACE_NORMALIZE_SLICES, 2 * x->rows * x->channels, add_slices, &task);
    fold(&task);
    for (size_t c = 0; c < x->channels; c++) {
        beta_gradients[c] = (float)scratch[c];
        gamma_gradients[c] = (float)scratch[shape.width + c];
    }
}

void millrace_batch_gradient(const struct millrace_table *x, const void *gradients, const void *outputs,
                             struct millrace_bounds bounds, const float *means, const float *variances,
                             const float *gamma, float epsilon, const float *gamma_gradients,
                             const float *beta_gradients, bool is_constant, float *factors, void *target) {
    struct joined shape = joined(x->rows, x->channels);
    float *centre = factors, *scale = centre + shape.width, *slope = scale + shape.width, *shift = slope + shape.width;
    for (size_t c = 0; c < x->channels; c++) {
        double inverse = 1.0 / sqrt((double)variances[c] + epsilon), factor = (gamma ? gamma[c] : 1.0) * inverse;
        double count = (double)x->rows;
        double tilt = is_constant ? 0 : -factor * inverse * gamma_gradients[c] / count;
        centre[c] = means[c];
        scale[c] = (float)factor;
        slope[c] = (float)tilt;
        shift[c] = (float)(is_constant ? 0 : -factor * beta_gradients[c] / count);
    }
    repeat(centre, x->channels, shape);
    repeat(scale, x->channels, shape);
    repeat(slope, x->channels, shape);
    repeat(shift, x->channels, shape);
    struct elements task = {.x = x, .gradients = gradients, .outputs = outputs, .bounds = bounds, .centre = centre,
                            .scale = scale, .slope = slope, .shift = shift, .shape = shape, .target = target};
    millrace_parallel_parts(shape.rows, 2 * x->rows * x->channels, transform, &task);
}

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
    size_t width = task->x->channels;
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
    millrace_parallel_parts(x->rows, 3 * x->rows * x->channels, normalize_rows, &task);
}

// dx = factor * (h - mean(h) - xhat mean(h xhat)) with h = g gamma; without the first mean where rows are not centred.
CLONES static void gradient_rows(void *context, size_t begin, size_t end) {
    const struct row_task *task = context;
    size_t width = task->x->channels;
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
    millrace_parallel_parts(x->rows, 3 * x->rows * x->channels, gradient_rows, &task);
}

void millrace_row_sums(const struct millrace_table *x, const void *gradients, const float *means, const float *factors,
                       float *gamma_gradients, float *beta_gradients, double *scratch) {
    struct joined shape = {1, x->channels, x->rows};
    struct sums task = {.x = x, .gradients = gradients, .centres = means, .factors = factors, .is_by_row = true,
                        .shape = shape, .partial = scratch};
    millrace_parallel_parts(MILLRACE_NORMALIZE_SLICES, 2 * x->rows * x->channels, add_slices, &task);
    fold(&task);
    for (size_t c = 0; c < x->channels; c++) {
        if (beta_gradients) beta_gradients[c] = (float)scratch[c];
        if (gamma_gradients) gamma_gradients[c] = (float)scratch[x->channels + c];
    }
}
