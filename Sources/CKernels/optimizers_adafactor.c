#include "updates.h"

// A variable with factors is read several times: each of its means needs the whole row, column or variable.
struct adafactor {
    struct millrace_update update;
    struct millrace_factors factors;
    float beta2, epsilon1, rate;
    // Per matrix: one over the mean of its row means. Set for one matrix at a time.
    float *rows, *columns;
    float mean_factor;
    size_t first;
};

// Where row and column have never had a gradient, the product of their means may be less than a float can be: 0 / 0, which
// must not spoil the norm of the whole variable.
static inline __attribute__((always_inline)) float quotient(float g, float root) { return g == 0.0f ? 0.0f : g / root; }

CLONES static void decay_weights(void *context, size_t begin, size_t end, double sums[2]) {
    const struct adafactor *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights;
    double lanes[16] = {0};
    for (size_t i = begin; i < end; i += 16) {
        size_t count = end - i < 16 ? end - i : 16;
        IN_PLACE for (size_t j = 0; j < count; j++) {
            float weight = w[i + j] = decayed(u, i + j);
            lanes[j] += (double)weight * weight;
        }
    }
    for (size_t j = 0; j < 16; j++) sums[0] += lanes[j];
}

// Without factors: velocities, and the squares of the steps.
CLONES static void plain_velocities(void *context, size_t begin, size_t end, double sums[2]) {
    const struct adafactor *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *v = t->factors.row_means, beta2 = t->beta2, rest = 1.0f - beta2, epsilon1 = t->epsilon1;
    double lanes[16] = {0};
    for (size_t i = begin; i < end; i += 16) {
        size_t count = end - i < 16 ? end - i : 16;
        IN_PLACE for (size_t j = 0; j < count; j++) {
            float g = kept(u, i + j);
            v[i + j] = beta2 * v[i + j] + rest * (g * g + epsilon1);
            float step = quotient(g, ROOT(v[i + j]));
            lanes[j] += (double)step * step;
        }
    }
    for (size_t j = 0; j < 16; j++) sums[0] += lanes[j];
}

CLONES static void plain_steps(void *context, size_t begin, size_t end) {
    const struct adafactor *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *v = t->factors.row_means, rate = t->rate;
    IN_PLACE for (size_t i = begin; i < end; i++) w[i] -= rate * quotient(kept(u, i), ROOT(v[i]));
}

CLONES static void row_means(void *context, size_t begin, size_t end) {
    const struct adafactor *t = context;
    const struct millrace_update update = t->update, *u = &update;
    size_t columns = t->factors.columns;
    for (size_t row = begin; row < end; row++) {
        double lanes[16] = {0}, sum = 0.0;
        for (size_t i = 0; i < columns; i += 16) {
            size_t count = columns - i < 16 ? columns - i : 16;
            IN_PLACE for (size_t j = 0; j < count; j++) {
                float g = kept(u, row * columns + i + j);
                lanes[j] += g * g + t->epsilon1;
            }
        }
        for (size_t j = 0; j < 16; j++) sum += lanes[j];
        float *mean = t->factors.row_means + row;
        *mean = t->beta2 * *mean + (1.0f - t->beta2) * (float)(sum / (double)columns);
    }
}

// Sixteen columns at a time, of one matrix after the other.
CLONES static void column_means(void *context, size_t begin, size_t end) {
    const struct adafactor *t = context;
    const struct millrace_update update = t->update, *u = &update;
    size_t rows = t->factors.rows, columns = t->factors.columns, blocks = (columns + 15) / 16;
    for (size_t block = begin; block < end; block++) {
        size_t matrix = block / blocks, first = block % blocks * 16;
        size_t count = columns - first < 16 ? columns - first : 16;
        double lanes[16] = {0};
        for (size_t row = 0; row < rows; row++) {
            size_t place = (matrix * rows + row) * columns + first;
            IN_PLACE for (size_t j = 0; j < count; j++) {
                float g = kept(u, place + j);
                lanes[j] += g * g + t->epsilon1;
            }
        }
        float *means = t->factors.column_means + matrix * columns + first;
        for (size_t j = 0; j < count; j++)
            means[j] = t->beta2 * means[j] + (1.0f - t->beta2) * (float)(lanes[j] / (double)rows);
    }
}

static float mean_of_rows(const struct millrace_factors *f, size_t matrix) {
    double sum = 0.0;
    for (size_t row = 0; row < f->rows; row++) sum += f->row_means[matrix * f->rows + row];
    return (float)(sum / (double)f->rows);
}

// The squares of the steps of some rows; a row counts as sixteen elements.
CLONES static void factored_squares(void *context, size_t begin, size_t end, double sums[2]) {
    const struct adafactor *t = context;
    const struct millrace_update update = t->update, *u = &update;
    size_t columns = t->factors.columns;
    const float *c = t->columns;
    double lanes[16] = {0};
    for (size_t row = begin / 16; row < end / 16; row++) {
        float share = t->rows[row] / t->mean_factor;
        size_t place = (t->first + row) * columns;
        for (size_t i = 0; i < columns; i += 16) {
            size_t count = columns - i < 16 ? columns - i : 16;
            IN_PLACE for (size_t j = 0; j < count; j++) {
                float step = quotient(kept(u, place + i + j), ROOT(share * c[i + j]));
                lanes[j] += (double)step * step;
            }
        }
    }
    for (size_t j = 0; j < 16; j++) sums[0] += lanes[j];
}

CLONES static void factored_steps(void *context, size_t begin, size_t end) {
    const struct adafactor *t = context;
    const struct millrace_update update = t->update, *u = &update;
    size_t columns = t->factors.columns;
    float *w = u->weights, rate = t->rate;
    const float *c = t->columns;
    for (size_t row = begin; row < end; row++) {
        float share = t->rows[row] / t->mean_factor;
        size_t place = (t->first + row) * columns;
        IN_PLACE for (size_t j = 0; j < columns; j++)
            w[place + j] -= rate * quotient(kept(u, place + j), ROOT(share * c[j]));
    }
}

// The matrices of a variable one after the other: `body` is called with the factors of one.
static void each_matrix(struct adafactor *task, void (*body)(struct adafactor *task, double *sum), double *sum) {
    const struct millrace_factors *f = &task->factors;
    for (size_t matrix = 0; matrix < f->matrices; matrix++) {
        task->rows = f->row_means + matrix * f->rows;
        task->columns = f->column_means + matrix * f->columns;
        task->mean_factor = mean_of_rows(f, matrix);
        task->first = matrix * f->rows;
        body(task, sum);
    }
}

static void add_squares(struct adafactor *task, double *sum) {
    size_t rows = task->factors.rows;
    struct parts parts = {rows * 16, rows * task->factors.columns * 4, factored_squares, task, {{0}}};
    double sums[2];
    sum_parts(&parts, sums);
    *sum += sums[0];
}

static void take_steps(struct adafactor *task, double *sum) {
    (void)sum;
    size_t rows = task->factors.rows;
    millrace_parallel_parts(rows, rows * task->factors.columns * 4, factored_steps, task);
}

void millrace_adafactor(struct millrace_update update, struct millrace_factors factors, float rho, float beta2,
                        float epsilon1, float epsilon2, float threshold) {
    struct adafactor task = {.update = update, .factors = factors, .beta2 = beta2, .epsilon1 = epsilon1};
    size_t count = update.count, rows = factors.matrices * factors.rows;
    struct parts parts = {count, count * 4, decay_weights, &task, {{0}}};
    double sums[2], steps = 0.0;
    sum_parts(&parts, sums);
    float size = (float)__builtin_sqrt(sums[0] / (double)count);
    if (factors.columns > 0) {
        millrace_parallel_parts(rows, count * 4, row_means, &task);
        millrace_parallel_parts(factors.matrices * ((factors.columns + 15) / 16), count * 4, column_means, &task);
        each_matrix(&task, add_squares, &steps);
    } else {
        struct parts plain = {count, count * 4, plain_velocities, &task, {{0}}};
        sum_parts(&plain, sums);
        steps = sums[0];
    }
    float step = (float)__builtin_sqrt(steps / (double)count) / threshold;
    task.rate = (size > epsilon2 ? size : epsilon2) * rho / (step > 1.0f ? step : 1.0f);
    // What is no number goes into the weights, as it does everywhere.
    if (size != size || step != step) task.rate = size + step;
    if (factors.columns > 0) each_matrix(&task, take_steps, 0);
    else millrace_parallel(count, UPDATE_GRAIN, plain_steps, &task);
}

void millrace_adafactor_velocities(struct millrace_factors factors, float *velocities) {
    for (size_t matrix = 0; matrix < factors.matrices; matrix++) {
        float mean = mean_of_rows(&factors, matrix);
        const float *columns = factors.column_means + matrix * factors.columns;
        for (size_t row = matrix * factors.rows; row < (matrix + 1) * factors.rows; row++) {
            float share = factors.row_means[row] / mean, *target = velocities + row * factors.columns;
            for (size_t j = 0; j < factors.columns; j++) target[j] = share * columns[j];
        }
    }
}
