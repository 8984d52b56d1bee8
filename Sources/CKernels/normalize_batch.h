// What the passes of batch normalization share: how a table is walked through, and what is done to its elements.
#ifndef CKERNELS_NORMALIZE_BATCH_H
#define CKERNELS_NORMALIZE_BATCH_H

#include "normalize.h"
#include "vectors.h"

// A line is `width` numbers that have their own factors: rows of one group of channels, as many as it takes to fill
// vectors. `strip` lines follow each other in memory before the next group of channels comes.
struct lines {
    size_t joint, width, strip, groups, count;
};

struct batch_task {
    const struct millrace_table *x;
    struct lines lines;
    const void *gradients;
    struct millrace_bounds bounds;
    // y = scale (x - centre) + offset; dx = scale g + slope (x - centre) + shift.
    const float *centre, *scale, *offset, *slope, *shift;
    double *partial;
    void *target;
};

// Lays out one factor of each channel, for each number of its group's lines.
struct factors {
    const struct millrace_table *x;
    struct lines lines;
    float *next;
};

struct lines millrace_lines(const struct millrace_table *x);
float *millrace_place_factor(struct factors *factors);
void millrace_set_factor(const struct factors *factors, float *factor, size_t channel, float value);

// Ranges of slices, or of lines.
void millrace_add_slices(void *task, size_t begin, size_t end);
void millrace_transform_lines(void *task, size_t begin, size_t end);

INLINE size_t table_rows(const struct millrace_table *x) { return x->outer * x->inner; }
INLINE size_t table_channels(const struct millrace_table *x) { return x->groups * x->width; }

// What the activation let through: lower < scale (x - centre) + offset < upper.
struct mask {
    vec lower, upper, scale[4], offset[4];
};

INLINE void vec_mask(vec *g, const vec *centred, const struct mask *mask, int v) {
    vec y = *centred * mask->scale[v] + mask->offset[v];
    *g = (vec)((vec_bits)*g & (y > mask->lower) & (y < mask->upper));
}

#endif
