#include "optimizers_adafactor.h"

// Three passes over memory: weights and gradients for the means of rows and columns, gradients for the norm of all
// steps, and the steps. A matrix is cut into tiles, whose sums are added up in a fixed order whatever the number of threads.
enum { TILE_COLUMNS = 2048, TILE_ROWS = 128, MOST_BANDS = 16 };

struct tiles {
    struct millrace_update update;
    struct millrace_factors f;
    float beta2, epsilon1, rate;
    // How many tiles a matrix has one below the other, and side by side.
    size_t bands, strips;
    // By matrix and band: sums of columns. By matrix and strip: sums of rows. By tile: sums of squares.
    double *of_columns, *of_rows, *squares;
    // One over the roots of the means of columns, and of those of rows over their own mean.
    float *column_factors, *row_factors;
};

static size_t bands_of(const struct millrace_factors *f) {
    size_t bands = f->rows / TILE_ROWS;
    return bands < 1 ? 1 : (bands > MOST_BANDS ? MOST_BANDS : bands);
}

static size_t strips_of(const struct millrace_factors *f) { return (f->columns + TILE_COLUMNS - 1) / TILE_COLUMNS; }

size_t millrace_adafactor_workspace(struct millrace_factors f) {
    size_t bands = bands_of(&f), strips = strips_of(&f);
    size_t doubles = f.matrices * (bands * f.columns + strips * f.rows + bands * strips);
    return 2 * doubles + f.matrices * (f.columns + f.rows);
}

struct tile {
    size_t matrix, band, strip, first_row, last_row, first_column, width;
};

static inline __attribute__((always_inline)) struct tile tile_at(const struct tiles *t, size_t index) {
    struct tile r;
    r.strip = index % t->strips;
    r.band = index / t->strips % t->bands;
    r.matrix = index / t->strips / t->bands;
    r.first_row = t->f.rows * r.band / t->bands;
    r.last_row = t->f.rows * (r.band + 1) / t->bands;
    r.first_column = r.strip * TILE_COLUMNS;
    r.width = t->f.columns - r.first_column < TILE_COLUMNS ? t->f.columns - r.first_column : TILE_COLUMNS;
    return r;
}

static inline __attribute__((always_inline)) double added(const double lanes[16]) {
    double sum = 0.0;
    for (size_t j = 0; j < 16; j++) sum += lanes[j];
    return sum;
}

CLONES static void sum_tiles(void *context, size_t begin, size_t end) {
    const struct tiles *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float epsilon1 = t->epsilon1;
    for (size_t index = begin; index < end; index++) {
        struct tile tile = tile_at(t, index);
        double *columns = t->of_columns + (tile.matrix * t->bands + tile.band) * t->f.columns + tile.first_column;
        double *rows = t->of_rows + (tile.matrix * t->strips + tile.strip) * t->f.rows;
        double of_weights[16] = {0};
        for (size_t j = 0; j < tile.width; j++) columns[j] = 0.0;
        for (size_t row = tile.first_row; row < tile.last_row; row++) {
            size_t place = (tile.matrix * t->f.rows + row) * t->f.columns + tile.first_column, i = 0;
            double of_row[16] = {0};
            for (; i + 16 <= tile.width; i += 16) {
                IN_PLACE for (size_t j = 0; j < 16; j++) {
                    float g = kept(u, place + i + j), w = decayed(u, place + i + j);
                    double square = g * g + epsilon1;
                    of_row[j] += square;
                    columns[i + j] += square;
                    of_weights[j] += (double)w * w;
                }
            }
            for (size_t j = 0; i < tile.width; i++, j++) {
                float g = kept(u, place + i), w = decayed(u, place + i);
                double square = g * g + epsilon1;
                of_row[j] += square;
                columns[i] += square;
                of_weights[j] += (double)w * w;
            }
            rows[row] = added(of_row);
        }
        t->squares[index] = added(of_weights);
    }
}

static inline __attribute__((always_inline)) float joined(
    const struct tiles *t, float mean, const double *sums, size_t parts, size_t stride, size_t count) {
    double sum = 0.0;
    for (size_t part = 0; part < parts; part++) sum += sums[part * stride];
    return t->beta2 * mean + (1.0f - t->beta2) * (float)(sum / (double)count);
}

// Where there has never been a gradient, there is no step: 0 / 0 must not spoil the norm of the whole variable.
static inline __attribute__((always_inline)) float reciprocal_root(float x) {
    return x == 0.0f ? 0.0f : 1.0f / ROOT(x);
}

CLONES static void take_means(void *context, size_t begin, size_t end) {
    const struct tiles *t = context;
    size_t rows = t->f.rows, columns = t->f.columns;
    for (size_t matrix = begin; matrix < end; matrix++) {
        float *row_means = t->f.row_means + matrix * rows, *column_means = t->f.column_means + matrix * columns;
        const double *of_rows = t->of_rows + matrix * t->strips * rows;
        const double *of_columns = t->of_columns + matrix * t->bands * columns;
        for (size_t i = 0; i < rows; i++)
            row_means[i] = joined(t, row_means[i], of_rows + i, t->strips, rows, columns);
        float mean = mean_of_rows(&t->f, matrix);
        for (size_t i = 0; i < rows; i++)
            t->row_factors[matrix * rows + i] = reciprocal_root(quotient(row_means[i], mean));
        for (size_t j = 0; j < columns; j++) {
            column_means[j] = joined(t, column_means[j], of_columns + j, t->bands, columns, rows);
            t->column_factors[matrix * columns + j] = reciprocal_root(column_means[j]);
        }
    }
}

// The squares of the steps.
CLONES static void square_tiles(void *context, size_t begin, size_t end) {
    const struct tiles *t = context;
    const struct millrace_update update = t->update, *u = &update;
    for (size_t index = begin; index < end; index++) {
        struct tile tile = tile_at(t, index);
        const float *factors = t->column_factors + tile.matrix * t->f.columns + tile.first_column;
        double sum = 0.0;
        for (size_t row = tile.first_row; row < tile.last_row; row++) {
            size_t place = (tile.matrix * t->f.rows + row) * t->f.columns + tile.first_column, i = 0;
            float own = t->row_factors[tile.matrix * t->f.rows + row];
            double lanes[16] = {0};
            for (; i + 16 <= tile.width; i += 16) {
                IN_PLACE for (size_t j = 0; j < 16; j++) {
                    float step = own * (kept(u, place + i + j) * factors[i + j]);
                    lanes[j] += (double)step * step;
                }
            }
            for (size_t j = 0; i < tile.width; i++, j++) {
                float step = own * (kept(u, place + i) * factors[i]);
                lanes[j] += (double)step * step;
            }
            sum += added(lanes);
        }
        t->squares[index] = sum;
    }
}

CLONES static void step_tiles(void *context, size_t begin, size_t end) {
    const struct tiles *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, rate = t->rate;
    for (size_t index = begin; index < end; index++) {
        struct tile tile = tile_at(t, index);
        const float *factors = t->column_factors + tile.matrix * t->f.columns + tile.first_column;
        for (size_t row = tile.first_row; row < tile.last_row; row++) {
            size_t place = (tile.matrix * t->f.rows + row) * t->f.columns + tile.first_column;
            float own = t->row_factors[tile.matrix * t->f.rows + row];
            IN_PLACE for (size_t j = 0; j < tile.width; j++)
                w[place + j] = decayed(u, place + j) - rate * (own * (kept(u, place + j) * factors[j]));
        }
    }
}

void adafactor_with_factors(struct millrace_update update, struct millrace_factors f,
                            const struct millrace_adafactor *options, double *workspace) {
    struct tiles t = {.update = update, .f = f, .beta2 = options->beta2, .epsilon1 = options->epsilon1,
                      .bands = bands_of(&f), .strips = strips_of(&f)};
    size_t count = f.matrices * t.bands * t.strips, work = update.count * 4;
    t.of_columns = workspace;
    t.of_rows = t.of_columns + f.matrices * t.bands * f.columns;
    t.squares = t.of_rows + f.matrices * t.strips * f.rows;
    t.column_factors = (float *)(t.squares + count);
    t.row_factors = t.column_factors + f.matrices * f.columns;
    double weights = 0.0, steps = 0.0;
    millrace_parallel_parts(count, work, sum_tiles, &t);
    for (size_t i = 0; i < count; i++) weights += t.squares[i];
    millrace_parallel_parts(f.matrices, f.matrices * (f.rows + f.columns) * 8, take_means, &t);
    millrace_parallel_parts(count, work, square_tiles, &t);
    for (size_t i = 0; i < count; i++) steps += t.squares[i];
    t.rate = adafactor_rate(weights, steps, update.count, options);
    millrace_parallel_parts(count, work, step_tiles, &t);
}
