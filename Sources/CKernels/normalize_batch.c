#include "normalize_table.h"
#include "parallel.h"

// Rows of few channels are joined, so that loops fill vectors: `joint` rows of one group of channels are a line of
// `width` numbers. `strip` lines follow each other in memory before the next group of channels comes.
struct lines {
    size_t joint, width, strip, groups, count;
};

static struct lines lines_of(const struct millrace_table *x) {
    size_t joint = x->width >= 128 ? 1 : 128 / x->width;
    while (joint > 1 && x->inner % joint) joint--;
    size_t strip = x->inner / joint;
    return (struct lines){joint, joint * x->width, strip, x->groups, x->outer * x->groups * strip};
}

static size_t rows(const struct millrace_table *x) { return x->outer * x->inner; }
static size_t channels(const struct millrace_table *x) { return x->groups * x->width; }

size_t millrace_normalize_scratch(const struct millrace_table *x) {
    struct lines lines = lines_of(x);
    return MILLRACE_NORMALIZE_SLICES * 2 * lines.groups * lines.width;
}

size_t millrace_normalize_factors(const struct millrace_table *x) {
    struct lines lines = lines_of(x);
    return MILLRACE_NORMALIZE_FACTORS * lines.groups * lines.width;
}

// One factor of each channel, for each number of its group's lines.
struct factors {
    const struct millrace_table *x;
    struct lines lines;
    float *next;
};

static float *place_factor(struct factors *factors) {
    float *place = factors->next;
    factors->next += factors->lines.groups * factors->lines.width;
    return place;
}

static void set_factor(const struct factors *factors, float *factor, size_t channel, float value) {
    size_t width = factors->x->width, group = channel / width;
    float *line = factor + group * factors->lines.width + channel % width;
    for (size_t k = 0; k < factors->lines.joint; k++) line[k * width] = value;
}

struct task {
    const struct millrace_table *x;
    struct lines lines;
    const void *gradients;
    struct millrace_bounds bounds;
    // y = scale (x - centre) + offset; of the sums inverse is what makes x a standard one; of the gradient dx = scale g +
    // slope (x - centre) + shift.
    const float *centre, *scale, *offset, *inverse, *slope, *shift;
    double *partial;
    void *target;
};

// The gradient where the activation let its input through, else 0.
static inline __attribute__((always_inline)) const float *masked(
    const struct task *task, const float *x, const float *g, size_t at, size_t n, float *memory) {
    if (!task->bounds.is_bounded) return g;
    const float *centre = task->centre + at, *scale = task->scale + at, *offset = task->offset + at;
    float lower = task->bounds.lower, upper = task->bounds.upper;
    for (size_t i = 0; i < n; i++) {
        float y = (x[i] - centre[i]) * scale[i] + offset[i];
        memory[i] = y > lower && y < upper ? g[i] : 0.0f;
    }
    return memory;
}

// Two sums for each number of a group's line: of u and of u v. Without gradients both are x; with them u is the gradient
// and v the normalized x.
CLONES static void add_slices(void *context, size_t begin, size_t end) {
    const struct task *task = context;
    size_t width = task->lines.width, all = task->lines.groups * width;
    int type = task->x->type;
    float memory[3][BLOCK];
    for (size_t slice = begin; slice < end; slice++) {
        size_t first = task->lines.count * slice / MILLRACE_NORMALIZE_SLICES;
        size_t last = task->lines.count * (slice + 1) / MILLRACE_NORMALIZE_SLICES;
        double *sums = task->partial + slice * 2 * all;
        for (size_t i = 0; i < 2 * all; i++) sums[i] = 0;
        for (size_t line = first; line < last; line++) {
            size_t group = line / task->lines.strip % task->lines.groups * width;
            for (size_t column = 0; column < width; column += BLOCK) {
                size_t n = width - column < BLOCK ? width - column : BLOCK, at = line * width + column;
                size_t channel = group + column;
                const float *x = widened(task->x->values, type, at, n, memory[0]);
                double *s = sums + channel, *p = s + all;
                if (!task->gradients) {
                    for (size_t i = 0; i < n; i++) {
                        double value = x[i];
                        s[i] += value;
                        p[i] += value * value;
                    }
                    continue;
                }
                const float *g = widened(task->gradients, type, at, n, memory[1]);
                g = masked(task, x, g, channel, n, memory[2]);
                const float *centre = task->centre + channel, *inverse = task->inverse + channel;
                for (size_t i = 0; i < n; i++) {
                    s[i] += g[i];
                    p[i] += g[i] * ((x[i] - centre[i]) * inverse[i]);
                }
            }
        }
    }
}

// Both sums of each channel: all slices, all rows of a line.
static void fold(const struct task *task, size_t channel, double *sum, double *product) {
    size_t all = task->lines.groups * task->lines.width, width = task->x->width;
    const double *from = task->partial + channel / width * task->lines.width + channel % width;
    *sum = *product = 0;
    for (size_t slice = 0; slice < MILLRACE_NORMALIZE_SLICES; slice++) {
        for (size_t k = 0; k < task->lines.joint; k++) {
            *sum += from[slice * 2 * all + k * width];
            *product += from[slice * 2 * all + all + k * width];
        }
    }
}

void millrace_batch_moments(const struct millrace_table *x, float *means, float *variances, double *scratch) {
    struct task task = {.x = x, .lines = lines_of(x), .partial = scratch};
    millrace_parallel_parts(MILLRACE_NORMALIZE_SLICES, rows(x) * channels(x), add_slices, &task);
    for (size_t c = 0; c < channels(x); c++) {
        double sum, product;
        fold(&task, c, &sum, &product);
        double mean = sum / (double)rows(x), variance = product / (double)rows(x) - mean * mean;
        means[c] = (float)mean;
        variances[c] = (float)(variance > 0 || variance != variance ? variance : 0);
    }
}

CLONES static void transform(void *context, size_t begin, size_t end) {
    const struct task *task = context;
    size_t width = task->lines.width;
    int type = task->x->type;
    float lower = task->bounds.lower, upper = task->bounds.upper;
    float memory[4][BLOCK];
    for (size_t line = begin; line < end; line++) {
        size_t group = line / task->lines.strip % task->lines.groups * width;
        for (size_t column = 0; column < width; column += BLOCK) {
            size_t n = width - column < BLOCK ? width - column : BLOCK, at = line * width + column;
            size_t channel = group + column;
            const float *x = widened(task->x->values, type, at, n, memory[0]);
            const float *centre = task->centre + channel, *scale = task->scale + channel;
            float *target = place(task->target, type, at, memory[3]);
            if (task->gradients) {
                const float *g = widened(task->gradients, type, at, n, memory[1]);
                g = masked(task, x, g, channel, n, memory[2]);
                const float *slope = task->slope + channel, *shift = task->shift + channel;
                _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++)
                    target[i] = g[i] * scale[i] + (x[i] - centre[i]) * slope[i] + shift[i];
            } else if (task->bounds.is_bounded) {
                const float *offset = task->offset + channel;
                _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++) {
                    float y = (x[i] - centre[i]) * scale[i] + offset[i];
                    y = y < lower ? lower : y;
                    target[i] = y > upper ? upper : y;
                }
            } else {
                const float *offset = task->offset + channel;
                _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++)
                    target[i] = (x[i] - centre[i]) * scale[i] + offset[i];
            }
            stored(target, task->target, type, at, n);
        }
    }
}

void millrace_batch_normalize(const struct millrace_table *x, const struct millrace_normalization *how,
                              float *factors, void *target) {
    struct factors all = {x, lines_of(x), factors};
    float *centre = place_factor(&all), *scale = place_factor(&all), *offset = place_factor(&all);
    for (size_t c = 0; c < channels(x); c++) {
        set_factor(&all, centre, c, how->means[c]);
        set_factor(&all, scale, c, (float)(how->gamma[c] / sqrt((double)how->variances[c] + how->epsilon)));
        set_factor(&all, offset, c, how->beta[c]);
    }
    struct task task = {.x = x, .lines = all.lines, .bounds = how->bounds, .centre = centre, .scale = scale,
                        .offset = offset, .target = target};
    millrace_parallel_parts(all.lines.count, rows(x) * channels(x), transform, &task);
}

void millrace_batch_sums(const struct millrace_table *x, const struct millrace_normalization *how,
                         const void *gradients, float *gamma_gradients, float *beta_gradients, float *factors,
                         double *scratch) {
    struct factors all = {x, lines_of(x), factors};
    float *centre = place_factor(&all), *scale = place_factor(&all), *offset = place_factor(&all);
    float *inverse = place_factor(&all);
    for (size_t c = 0; c < channels(x); c++) {
        double factor = 1.0 / sqrt((double)how->variances[c] + how->epsilon);
        set_factor(&all, centre, c, how->means[c]);
        set_factor(&all, scale, c, (float)(how->gamma[c] * factor));
        set_factor(&all, offset, c, how->beta[c]);
        set_factor(&all, inverse, c, (float)factor);
    }
    struct task task = {.x = x, .lines = all.lines, .gradients = gradients, .bounds = how->bounds, .centre = centre,
                        .scale = scale, .offset = offset, .inverse = inverse, .partial = scratch};
    millrace_parallel_parts(MILLRACE_NORMALIZE_SLICES, 2 * rows(x) * channels(x), add_slices, &task);
    for (size_t c = 0; c < channels(x); c++) {
        double sum, product;
        fold(&task, c, &sum, &product);
        beta_gradients[c] = (float)sum;
        gamma_gradients[c] = (float)product;
    }
}

void millrace_batch_gradient(const struct millrace_table *x, const struct millrace_normalization *how, bool is_constant,
                             const void *gradients, const float *gamma_gradients, const float *beta_gradients,
                             float *factors, void *target) {
    struct factors all = {x, lines_of(x), factors};
    float *centre = place_factor(&all), *scale = place_factor(&all), *offset = place_factor(&all);
    float *slope = place_factor(&all), *shift = place_factor(&all);
    for (size_t c = 0; c < channels(x); c++) {
        double inverse = 1.0 / sqrt((double)how->variances[c] + how->epsilon), factor = how->gamma[c] * inverse;
        double count = (double)rows(x);
        set_factor(&all, centre, c, how->means[c]);
        set_factor(&all, scale, c, (float)factor);
        set_factor(&all, offset, c, how->beta[c]);
        set_factor(&all, slope, c, (float)(is_constant ? 0 : -factor * inverse * gamma_gradients[c] / count));
        set_factor(&all, shift, c, (float)(is_constant ? 0 : -factor * beta_gradients[c] / count));
    }
    struct task task = {.x = x, .lines = all.lines, .gradients = gradients, .bounds = how->bounds, .centre = centre,
                        .scale = scale, .offset = offset, .slope = slope, .shift = shift, .target = target};
    millrace_parallel_parts(all.lines.count, 2 * rows(x) * channels(x), transform, &task);
}
