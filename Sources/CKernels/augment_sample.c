// Images whose pixels come from between the pixels of others.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include "augment_sample.h"

#include <math.h>

#include "clones.h"

CLONES static void place(const double m[6], size_t x0, size_t y, size_t count, struct run *run) {
    double base_x = m[1] * (double)y + m[2], base_y = m[4] * (double)y + m[5];
    for (size_t i = 0; i < count; i++) {
        double x = m[0] * (double)(int32_t)(x0 + i) + base_x;
        double y_ = m[3] * (double)(int32_t)(x0 + i) + base_y;
        double left = floor(x), top = floor(y_);
        run->x[i] = (int32_t)left;
        run->y[i] = (int32_t)top;
        run->right[i] = (float)(x - left);
        run->down[i] = (float)(y_ - top);
    }
}

// The nearest pixels, of two equally near ones that farther from 0: as integers, with weights of nothing.
CLONES static void place_nearest(const double m[6], size_t x0, size_t y, size_t count, struct run *run) {
    double base_x = m[1] * (double)y + m[2], base_y = m[4] * (double)y + m[5];
    for (size_t i = 0; i < count; i++) {
        double x = m[0] * (double)(int32_t)(x0 + i) + base_x;
        double y_ = m[3] * (double)(int32_t)(x0 + i) + base_y;
        run->x[i] = (int32_t)(x + (x < 0 ? -0.5 : 0.5));
        run->y[i] = (int32_t)(y_ + (y_ < 0 ? -0.5 : 0.5));
    }
}

// A part of a row of an image that was only moved: the inner part of it has the same weights throughout.
static void sample_moved(
    const struct millrace_image *image, const double m[6], size_t x0, size_t y, size_t count,
    const struct millrace_sampling *how, float *out) {
    struct run run;
    place(m, 0, y, 1, &run);
    ptrdiff_t left = run.x[0] + (ptrdiff_t)x0, top = run.y[0];
    ptrdiff_t width = (ptrdiff_t)image->width, height = (ptrdiff_t)image->height, end = (ptrdiff_t)count;
    size_t channels = image->channels;
    float right = run.right[0], down = run.down[0];
    ptrdiff_t first = left < 0 ? -left : 0, last = width - 1 - left;
    first = first > end ? end : first;
    last = last < first ? first : last > end ? end : last;
    if (top < 0 || top + 1 >= height) last = first;
    for (ptrdiff_t x = 0; x < first; x++)
        millrace_bilinear_edge(image, left + x, top, right, down, how, out + (size_t)x * channels);
    if (last > first)
        millrace_bilinear_line(
            image, (size_t)(left + first), (size_t)top, (size_t)(last - first), right, down,
            out + (size_t)first * channels);
    for (ptrdiff_t x = last; x < end; x++)
        millrace_bilinear_edge(image, left + x, top, right, down, how, out + (size_t)x * channels);
}

#define NEAREST(name, T)                                                                                     \
    static inline __attribute__((always_inline)) void name##_run(                                            \
        const T *in, ptrdiff_t height, ptrdiff_t width, size_t channels, const struct run *run, size_t count, \
        int fill, float fill_value, float *out) {                                                            \
        for (size_t i = 0; i < count; i++) {                                                                 \
            ptrdiff_t x = inside(run->x[i], width, fill), y = inside(run->y[i], height, fill);               \
            const T *from = in + ((size_t)y * (size_t)width + (size_t)x) * channels;                         \
            for (size_t k = 0; k < channels; k++)                                                            \
                out[i * channels + k] = x < 0 || y < 0 ? fill_value : (float)from[k];                        \
        }                                                                                                    \
    }                                                                                                        \
    CLONES static void name(                                                                                 \
        const struct millrace_image *image, const struct run *run, size_t count, int fill, float fill_value, \
        float *out) {                                                                                        \
        ptrdiff_t height = (ptrdiff_t)image->height, width = (ptrdiff_t)image->width;                        \
        switch (image->channels) {                                                                           \
        case 1: name##_run(image->values, height, width, 1, run, count, fill, fill_value, out); break;       \
        case 3: name##_run(image->values, height, width, 3, run, count, fill, fill_value, out); break;       \
        default: name##_run(image->values, height, width, image->channels, run, count, fill, fill_value, out); \
        }                                                                                                    \
    }

NEAREST(nearest_u8, uint8_t)
NEAREST(nearest_f32, float)

// Floats, or bytes by way of floats that stay in the first of the caches.
static inline float *floats_of(const struct millrace_sampling *how, void *out, size_t at, float *piece) {
    return how->rounds ? piece : (float *)out + at;
}

static inline void finish(const struct millrace_sampling *how, void *out, size_t at, const float *piece, size_t count) {
    if (how->rounds) millrace_round_to_bytes(piece, (uint8_t *)out + at, count);
}

void millrace_sample_run(
    const struct millrace_image *image, const struct run *run, size_t count, const struct millrace_sampling *how,
    void *out, size_t at) {
    size_t values = image->height * image->width * image->channels;
    if (!how->is_nearest && !image->is_float && image->channels == 3 && values < LOCATED_VALUES) {
        millrace_bilinear_colors(image, run, count, how, out, at * 3);
        return;
    }
    float piece[RUN * MILLRACE_ROUNDED_CHANNELS], *to = floats_of(how, out, at * image->channels, piece);
    if (how->is_nearest)
        (image->is_float ? nearest_f32 : nearest_u8)(image, run, count, how->fill, how->fill_value, to);
    else
        millrace_bilinear_run(image, run, count, how, to);
    finish(how, out, at * image->channels, piece, count * image->channels);
}

// Rows that a slanted line will cross are on their way to the caches before the first of its pixels is asked for: single
// pixels of many rows are no stream that a processor would see.
enum { FETCHED_BYTES = 256 << 10 };

void millrace_fetch_rows(const struct millrace_image *image, size_t y) {
    size_t row = image->width * image->channels * (image->is_float ? sizeof(float) : 1);
    size_t ahead = FETCHED_BYTES / (row == 0 ? 1 : row) + 1;
    size_t first = y == 0 ? 0 : y + ahead, end = y + ahead + 1;
    first = first < image->height ? first : image->height;
    end = end < image->height ? end : image->height;
    const uint8_t *bytes = image->values;
    for (size_t i = first * row; i < end * row; i += 64) __builtin_prefetch(bytes + i, 0, 2);
}

void millrace_sample_affine(
    const struct millrace_image *image, const double m[6], const struct millrace_sampling *how, void *out,
    size_t out_height, size_t out_width) {
    struct run run;
    size_t channels = image->channels;
    int is_moved = m[0] == 1 && m[3] == 0 && !how->is_nearest;
    for (size_t y = 0; y < out_height; y++) {
        millrace_fetch_rows(image, y);
        for (size_t x = 0; x < out_width; x += RUN) {
            size_t count = out_width - x < RUN ? out_width - x : RUN, at = y * out_width + x;
            if (is_moved) {
                float piece[RUN * MILLRACE_ROUNDED_CHANNELS];
                sample_moved(image, m, x, y, count, how, floats_of(how, out, at * channels, piece));
                finish(how, out, at * channels, piece, count * channels);
                continue;
            }
            (how->is_nearest ? place_nearest : place)(m, x, y, count, &run);
            millrace_sample_run(image, &run, count, how, out, at);
        }
    }
}
