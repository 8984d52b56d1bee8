// Images whose pixels come from places that no affine map gives.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include "augment_sample.h"

#include <math.h>

#include "clones.h"

// Farther than any image is large; what is no number lies there, too.
static inline double within_reach(double place) {
    place = place > -1e6 ? place : -1e6;
    return place < 1e6 ? place : 1e6;
}

// Pixels and distances of places, of two equally near pixels that farther from 0.
CLONES static void settle(const double *x, const double *y, size_t count, int is_nearest, struct run *run) {
    if (is_nearest) {
        for (size_t i = 0; i < count; i++) {
            double right = within_reach(x[i]), down = within_reach(y[i]);
            run->x[i] = (int32_t)(right + (right < 0 ? -0.5 : 0.5));
            run->y[i] = (int32_t)(down + (down < 0 ? -0.5 : 0.5));
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        double right = within_reach(x[i]), down = within_reach(y[i]);
        double left = floor(right), top = floor(down);
        run->x[i] = (int32_t)left;
        run->y[i] = (int32_t)top;
        run->right[i] = (float)(right - left);
        run->down[i] = (float)(down - top);
    }
}

CLONES static void project(const double m[8], size_t x0, size_t y0, size_t count, double *x, double *y) {
    double row = (double)y0, base_x = m[1] * row + m[2], base_y = m[4] * row + m[5], base = m[7] * row + 1;
    for (size_t i = 0; i < count; i++) {
        double column = (double)(int32_t)(x0 + i), depth = m[6] * column + base;
        x[i] = (m[0] * column + base_x) / depth;
        y[i] = (m[3] * column + base_y) / depth;
    }
}

CLONES static void displace(
    const float *right, const float *down, float factor, size_t x0, size_t y0, size_t count, double *x, double *y) {
    for (size_t i = 0; i < count; i++) {
        x[i] = (double)(int32_t)(x0 + i) + (double)(factor * right[i]);
        y[i] = (double)y0 + (double)(factor * down[i]);
    }
}

void millrace_sample_projective(
    const struct millrace_image *image, const double m[8], const struct millrace_sampling *how, void *out) {
    struct run run;
    double x[RUN], y[RUN];
    for (size_t row = 0; row < image->height; row++) {
        millrace_fetch_rows(image, row);
        for (size_t from = 0; from < image->width; from += RUN) {
            size_t count = image->width - from < RUN ? image->width - from : RUN;
            project(m, from, row, count, x, y);
            settle(x, y, count, how->is_nearest, &run);
            millrace_sample_run(image, &run, count, how, out, row * image->width + from);
        }
    }
}

void millrace_sample_displaced(
    const struct millrace_image *image, const float *right, const float *down, float factor,
    const struct millrace_sampling *how, void *out) {
    struct run run;
    double x[RUN], y[RUN];
    for (size_t row = 0; row < image->height; row++)
        for (size_t from = 0; from < image->width; from += RUN) {
            size_t count = image->width - from < RUN ? image->width - from : RUN, at = row * image->width + from;
            displace(right + at, down + at, factor, from, row, count, x, y);
            settle(x, y, count, how->is_nearest, &run);
            millrace_sample_run(image, &run, count, how, out, at);
        }
}
