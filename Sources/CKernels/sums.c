#include "sums.h"

#include <string.h>

#include "parallel.h"

// What a float cannot hold of a sum goes into the second one; nothing is added to what is infinite or no number.
static inline __attribute__((always_inline)) void split(double sum, float *high, float *low) {
    *high = (float)sum;
    double rest = sum - *high;
    *low = rest - rest == 0.0 ? (float)rest : 0.0f;
}

struct products {
    void *const *arrays;
    size_t factors, rows, columns;
};

enum { WIDTH = 256 };

CLONES static void product_range(void *context, size_t begin, size_t end) {
    const struct products *t = context;
    const float *a = t->arrays[0], *b = t->factors > 1 ? t->arrays[1] : 0, *c = t->factors > 2 ? t->arrays[2] : 0;
    float *high = t->arrays[t->factors], *low = t->arrays[t->factors + 1];
    for (size_t first = begin; first < end; first += WIDTH) {
        size_t width = end - first < WIDTH ? end - first : WIDTH;
        double sums[WIDTH] = {0};
        for (size_t row = 0; row < t->rows; row++) {
            size_t place = row * t->columns + first;
            if (c) for (size_t j = 0; j < width; j++) sums[j] += (double)a[place + j] * b[place + j] * c[place + j];
            else if (b) for (size_t j = 0; j < width; j++) sums[j] += (double)a[place + j] * b[place + j];
            else for (size_t j = 0; j < width; j++) sums[j] += a[place + j];
        }
        for (size_t j = 0; j < width; j++) split(sums[j], high + first + j, low + first + j);
    }
}

void millrace_product_sums(void *const *arrays, size_t factors, size_t rows, size_t columns) {
    struct products task = {arrays, factors, rows, columns};
    millrace_parallel(columns, rows * columns >= 1 << 16 ? 16 : columns, product_range, &task);
}

struct buckets {
    const float *values;
    const int32_t *numbers;
    size_t count, buckets, parts;
    double *sums;
};

size_t millrace_bucket_parts(size_t count, size_t buckets) {
    // A part is worth its zeros only where it has many more values.
    size_t parts = count / (8 * buckets + 8192);
    return parts < 1 ? 1 : (parts > 8 ? 8 : parts);
}

static void bucket_range(void *context, size_t begin, size_t end) {
    const struct buckets *t = context;
    for (size_t part = begin; part < end; part++) {
        double *sums = t->sums + part * t->buckets;
        memset(sums, 0, t->buckets * sizeof *sums);
        for (size_t k = t->count * part / t->parts; k < t->count * (part + 1) / t->parts; k++) {
            size_t bucket = (size_t)(uint32_t)t->numbers[k];
            if (t->numbers[k] >= 0 && bucket < t->buckets) sums[bucket] += t->values[k];
        }
    }
}

void millrace_bucket_sums(const float *values, const int32_t *numbers, size_t count, size_t buckets, float *high,
                          float *low, double *scratch) {
    struct buckets task = {values, numbers, count, buckets, millrace_bucket_parts(count, buckets), scratch};
    millrace_parallel_parts(task.parts, count * 4, bucket_range, &task);
    for (size_t bucket = 0; bucket < buckets; bucket++) {
        double sum = 0.0;
        for (size_t part = 0; part < task.parts; part++) sum += scratch[part * buckets + bucket];
        split(sum, high + bucket, low + bucket);
    }
}
