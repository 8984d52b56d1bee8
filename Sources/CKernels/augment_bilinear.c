// Pixels between those of an image: means of four, weighted by how near they are.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <string.h>

#include "augment_sample.h"
#include "clones.h"

static inline float mix(float a, float b, float c, float d, float right, float down) {
    float upper = a * (1 - right) + b * right, lower = c * (1 - right) + d * right;
    return upper * (1 - down) + lower * down;
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
        default: name##_run(image->values, height, width, channels, run, count, fill, fill_value, out);      \
        }                                                                                                    \
    }                                                                                                        \
    /* Pixels that lie one behind the other in the source too, with the same weights. */                     \
    CLONES static void name##_line(                                                                          \
        const T *a, const T *c, size_t channels, size_t count, float right, float down, float *out) {        \
        for (size_t i = 0; i < count; i++)                                                                   \
            out[i] = mix((float)a[i], (float)a[i + channels], (float)c[i], (float)c[i + channels], right, down); \
    }

SAMPLE(sample_u8, uint8_t)
SAMPLE(sample_f32, float)

CLONES void millrace_locate(const struct millrace_image *image, const struct run *run, size_t count, int32_t *places) {
    int32_t width = (int32_t)image->width;
    uint32_t columns = width < 3 ? 0 : (uint32_t)width - 2, rows = (uint32_t)image->height - 1;
    for (size_t i = 0; i < count; i++) {
        int32_t place = (int32_t)(((uint32_t)run->y[i] * (uint32_t)width + (uint32_t)run->x[i]) * 3u);
        places[i] = (uint32_t)run->x[i] < columns && (uint32_t)run->y[i] < rows ? place : -1;
    }
}

// Four values at once: those of a pixel, and one that lies behind.
typedef float four __attribute__((vector_size(16)));

static inline four load(const float *in) {
    four result;
    memcpy(&result, in, sizeof result);
    return result;
}

CLONES static void sample_colors_f32(
    const struct millrace_image *image, const struct run *run, size_t count, int fill, float fill_value, float *out) {
    int32_t places[RUN];
    millrace_locate(image, run, count, places);
    const float *in = image->values;
    size_t row = image->width * 3;
    for (size_t i = 0; i < count; i++, out += 3) {
        float right = run->right[i], down = run->down[i];
        if (places[i] < 0) {
            sample_f32_edge(
                in, (ptrdiff_t)image->height, (ptrdiff_t)image->width, 3, run->x[i], run->y[i], right, down, fill,
                fill_value, out);
            continue;
        }
        const float *a = in + places[i], *c = a + row;
        four one = {1, 1, 1, 1}, r = {right, right, right, right}, d = {down, down, down, down};
        four upper = load(a) * (one - r) + load(a + 3) * r, lower = load(c) * (one - r) + load(c + 3) * r;
        four value = upper * (one - d) + lower * d;
        // The fourth one is where the next pixel will be.
        if (i + 1 < count)
            memcpy(out, &value, sizeof value);
        else
            memcpy(out, &value, 3 * sizeof(float));
    }
}

void millrace_bilinear_run(
    const struct millrace_image *image, const struct run *run, size_t count, const struct millrace_sampling *how,
    float *out) {
    int is_located = image->channels == 3 && image->height * image->width * 3 < LOCATED_VALUES;
    if (image->is_float)
        (is_located ? sample_colors_f32 : sample_f32)(image, run, count, how->fill, how->fill_value, out);
    else
        sample_u8(image, run, count, how->fill, how->fill_value, out);
}

void millrace_bilinear_edge(
    const struct millrace_image *image, ptrdiff_t x, ptrdiff_t y, float right, float down,
    const struct millrace_sampling *how, float *out) {
    ptrdiff_t height = (ptrdiff_t)image->height, width = (ptrdiff_t)image->width;
    if (image->is_float)
        sample_f32_edge(
            image->values, height, width, image->channels, x, y, right, down, how->fill, how->fill_value, out);
    else
        sample_u8_edge(
            image->values, height, width, image->channels, x, y, right, down, how->fill, how->fill_value, out);
}

void millrace_bilinear_line(
    const struct millrace_image *image, size_t x, size_t y, size_t pixels, float right, float down, float *out) {
    size_t channels = image->channels, row = image->width * channels, at = y * row + x * channels;
    if (image->is_float) {
        const float *in = (const float *)image->values + at;
        sample_f32_line(in, in + row, channels, pixels * channels, right, down, out);
    } else {
        const uint8_t *in = (const uint8_t *)image->values + at;
        sample_u8_line(in, in + row, channels, pixels * channels, right, down, out);
    }
}
