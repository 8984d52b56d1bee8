// Images whose pixels come from between the pixels of others.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <string.h>

#include "augment_shared.h"
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

static inline float mix(float a, float b, float c, float d, float right, float down) {
    float upper = a * (1 - right) + b * right, lower = c * (1 - right) + d * right;
    return upper * (1 - down) + lower * down;
}

// Four channels at once: those of a pixel, and what lies behind.
typedef float four __attribute__((vector_size(16)));

static inline four load_f32(const float *in) {
    four result;
    memcpy(&result, in, sizeof result);
    return result;
}

static inline four load_u8(const uint8_t *in) {
    typedef uint8_t bytes __attribute__((vector_size(4)));
    bytes result;
    memcpy(&result, in, sizeof result);
    return __builtin_convertvector(result, four);
}

#define SAMPLE(name, T)                                                                                      \
    static inline __attribute__((always_inline)) void name##_edge(                                           \
        const T *in, ptrdiff_t height, ptrdiff_t width, size_t channels, ptrdiff_t x, ptrdiff_t y, float right, \
        float down, int fill, float fill_value, float *to) {                                                 \
        size_t row = (size_t)width * channels;                                                               \
        ptrdiff_t xs[2] = {inside(x, width, fill), inside(x + 1, width, fill)};                              \
        ptrdiff_t ys[2] = {inside(y, height, fill), inside(y + 1, height, fill)};                            \
        for (size_t k = 0; k < channels; k++) {                                                              \
            float v[4];                                                                                      \
            for (int t = 0; t < 4; t++) {                                                                    \
                ptrdiff_t px = xs[t & 1], py = ys[t >> 1];                                                   \
                v[t] = px < 0 || py < 0 ? fill_value : (float)in[(size_t)py * row + (size_t)px * channels + k]; \
            }                                                                                                \
            to[k] = mix(v[0], v[1], v[2], v[3], right, down);                                                \
        }                                                                                                    \
    }                                                                                                        \
    static inline __attribute__((always_inline)) void name##_run(                                            \
        const T *in, ptrdiff_t height, ptrdiff_t width, size_t channels, const struct run *run, size_t count, \
        int fill, float fill_value, float *out) {                                                            \
        size_t row = (size_t)width * channels;                                                               \
        for (size_t i = 0; i < count; i++) {                                                                 \
            ptrdiff_t x = run->x[i], y = run->y[i];                                                          \
            float right = run->right[i], down = run->down[i];                                                \
            float *to = out + i * channels;                                                                  \
            if (x < 0 || y < 0 || x + 1 >= width || y + 1 >= height) {                                       \
                name##_edge(in, height, width, channels, x, y, right, down, fill, fill_value, to);           \
                continue;                                                                                    \
            }                                                                                                \
            const T *a = in + (size_t)y * row + (size_t)x * channels, *c = a + row;                          \
            /* Four values may be read and written where a pixel and one more lie behind. */                 \
            if (channels == 3 && i + 1 < count && (y + 2 < height || x + 2 < width)) {                       \
                four one = {1, 1, 1, 1}, r = {right, right, right, right}, d = {down, down, down, down};     \
                four upper = load_##T##4(a) * (one - r) + load_##T##4(a + 3) * r;                            \
                four lower = load_##T##4(c) * (one - r) + load_##T##4(c + 3) * r;                            \
                four value = upper * (one - d) + lower * d;                                                  \
                memcpy(to, &value, sizeof value);                                                            \
                continue;                                                                                    \
            }                                                                                                \
            for (size_t k = 0; k < channels; k++)                                                            \
                to[k] = mix(                                                                                 \
                    (float)a[k], (float)a[k + channels], (float)c[k], (float)c[k + channels], right, down);  \
        }                                                                                                    \
    }                                                                                                        \
    CLONES static void name(                                                                                 \
        const struct millrace_image *image, const struct run *run, size_t count, int fill, float fill_value, \
        float *out) {                                                                                        \
        ptrdiff_t height = (ptrdiff_t)image->height, width = (ptrdiff_t)image->width;                        \
        size_t channels = image->channels;                                                                   \
        switch (channels) {                                                                                  \
        case 1: name##_run(image->values, height, width, 1, run, count, fill, fill_value, out); break;       \
        case 3: name##_run(image->values, height, width, 3, run, count, fill, fill_value, out); break;       \
        default: name##_run(image->values, height, width, channels, run, count, fill, fill_value, out);      \
        }                                                                                                    \
    }                                                                                                        \
    /* Pixels that lie one behind the other in the source too, with the same weights. */                     \
    CLONES static void name##_line(                                                                          \
        const T *a, const T *c, size_t channels, size_t count, float right, float down, float *out) {        \
        for (size_t i = 0; i < count; i++)                                                                   \
            out[i] = mix((float)a[i], (float)a[i + channels], (float)c[i], (float)c[i + channels], right, down); \
    }

#define load_uint8_t4 load_u8
#define load_float4 load_f32

SAMPLE(sample_u8, uint8_t)
SAMPLE(sample_f32, float)

// A row of an image that was only moved: its inner part has the same weights throughout.
static void moved_row(
    const struct millrace_image *image, const double m[6], size_t y, int fill, float fill_value, float *out,
    size_t out_width) {
    struct run run;
    place(m, 0, y, 1, &run);
    ptrdiff_t left = run.x[0], top = run.y[0];
    ptrdiff_t width = (ptrdiff_t)image->width, height = (ptrdiff_t)image->height, end = (ptrdiff_t)out_width;
    size_t channels = image->channels, row = image->width * channels;
    float right = run.right[0], down = run.down[0];
    ptrdiff_t first = left < 0 ? -left : 0, last = width - 1 - left;
    first = first > end ? end : first;
    last = last < first ? first : last > end ? end : last;
    if (top < 0 || top + 1 >= height) last = first;
    for (ptrdiff_t x = 0; x < end; x++) {
        if (x == first && last > first) {
            size_t at = (size_t)top * row + (size_t)(left + x) * channels, count = (size_t)(last - first) * channels;
            float *to = out + (size_t)x * channels;
            if (image->is_float) {
                const float *in = (const float *)image->values + at;
                sample_f32_line(in, in + row, channels, count, right, down, to);
            } else {
                const uint8_t *in = (const uint8_t *)image->values + at;
                sample_u8_line(in, in + row, channels, count, right, down, to);
            }
            x = last - 1;
            continue;
        }
        float *to = out + (size_t)x * channels;
        if (image->is_float)
            sample_f32_edge(image->values, height, width, channels, left + x, top, right, down, fill, fill_value, to);
        else
            sample_u8_edge(image->values, height, width, channels, left + x, top, right, down, fill, fill_value, to);
    }
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

void millrace_sample_run(
    const struct millrace_image *image, const struct run *run, size_t count, int is_nearest, int fill, float fill_value,
    float *out) {
    if (is_nearest)
        (image->is_float ? nearest_f32 : nearest_u8)(image, run, count, fill, fill_value, out);
    else
        (image->is_float ? sample_f32 : sample_u8)(image, run, count, fill, fill_value, out);
}

void millrace_sample_affine(
    const struct millrace_image *image, const double m[6], int fill, float fill_value, float *out, size_t out_height,
    size_t out_width) {
    struct run run;
    for (size_t y = 0; y < out_height; y++) {
        if (m[0] == 1 && m[3] == 0) {
            moved_row(image, m, y, fill, fill_value, out + y * out_width * image->channels, out_width);
            continue;
        }
        for (size_t x = 0; x < out_width; x += RUN) {
            size_t count = out_width - x < RUN ? out_width - x : RUN;
            place(m, x, y, count, &run);
            float *to = out + (y * out_width + x) * image->channels;
            millrace_sample_run(image, &run, count, 0, fill, fill_value, to);
        }
    }
}

void millrace_sample_nearest(
    const struct millrace_image *image, const double m[6], int fill, float fill_value, float *out, size_t out_height,
    size_t out_width) {
    struct run run;
    for (size_t y = 0; y < out_height; y++)
        for (size_t x = 0; x < out_width; x += RUN) {
            size_t count = out_width - x < RUN ? out_width - x : RUN;
            place_nearest(m, x, y, count, &run);
            float *to = out + (y * out_width + x) * image->channels;
            millrace_sample_run(image, &run, count, 1, fill, fill_value, to);
        }
}
