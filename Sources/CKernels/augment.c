// Random changes of one sample.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include "include/augment.h"

#include <math.h>
#include <string.h>

#include "clones.h"

// The place inside 0 ..< n that stands for one outside, or -1 for the fill value.
static ptrdiff_t inside(ptrdiff_t i, ptrdiff_t n, int fill) {
    if (i >= 0 && i < n) return i;
    switch (fill) {
    case MILLRACE_FILL_NEAREST: return i < 0 ? 0 : n - 1;
    case MILLRACE_FILL_REFLECT:
        i %= 2 * n;
        if (i < 0) i += 2 * n;
        return i < n ? i : 2 * n - 1 - i;
    case MILLRACE_FILL_WRAP:
        i %= n;
        return i < 0 ? i + n : i;
    default: return -1;
    }
}

// Pixels of a row whose coordinates are computed at once.
enum { RUN = 256 };

struct run {
    int32_t x[RUN], y[RUN];
    float right[RUN], down[RUN];
};

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

static inline float mix(float a, float b, float c, float d, float right, float down) {
    float upper = a * (1 - right) + b * right, lower = c * (1 - right) + d * right;
    return upper * (1 - down) + lower * down;
}

#define SAMPLE(name, T)                                                                                      \
    static inline __attribute__((always_inline)) void name##_run(                                            \
        const T *in, ptrdiff_t height, ptrdiff_t width, size_t channels, const struct run *run, size_t count, \
        int fill, float fill_value, float *out) {                                                            \
        size_t row = (size_t)width * channels;                                                               \
        for (size_t i = 0; i < count; i++) {                                                                 \
            ptrdiff_t x = run->x[i], y = run->y[i];                                                          \
            float right = run->right[i], down = run->down[i];                                                \
            float *to = out + i * channels;                                                                  \
            if (x >= 0 && y >= 0 && x + 1 < width && y + 1 < height) {                                       \
                const T *a = in + (size_t)y * row + (size_t)x * channels, *c = a + row;                      \
                for (size_t k = 0; k < channels; k++)                                                        \
                    to[k] = mix(                                                                             \
                        (float)a[k], (float)a[k + channels], (float)c[k], (float)c[k + channels], right, down); \
                continue;                                                                                    \
            }                                                                                                \
            ptrdiff_t xs[2] = {inside(x, width, fill), inside(x + 1, width, fill)};                          \
            ptrdiff_t ys[2] = {inside(y, height, fill), inside(y + 1, height, fill)};                        \
            for (size_t k = 0; k < channels; k++) {                                                          \
                float v[4];                                                                                  \
                for (int t = 0; t < 4; t++) {                                                                \
                    ptrdiff_t px = xs[t & 1], py = ys[t >> 1];                                               \
                    v[t] = px < 0 || py < 0 ? fill_value                                                     \
                                            : (float)in[(size_t)py * row + (size_t)px * channels + k];       \
                }                                                                                            \
                to[k] = mix(v[0], v[1], v[2], v[3], right, down);                                            \
            }                                                                                                \
        }                                                                                                    \
    }                                                                                                        \
    static void name(                                                                                        \
        const struct millrace_image *image, const struct run *run, size_t count, int fill, float fill_value, \
        float *out) {                                                                                        \
        ptrdiff_t height = (ptrdiff_t)image->height, width = (ptrdiff_t)image->width;                        \
        size_t channels = image->channels;                                                                   \
        switch (channels) {                                                                                  \
        case 1: name##_run(image->values, height, width, 1, run, count, fill, fill_value, out); break;       \
        case 3: name##_run(image->values, height, width, 3, run, count, fill, fill_value, out); break;       \
        default: name##_run(image->values, height, width, channels, run, count, fill, fill_value, out);      \
        }                                                                                                    \
    }

SAMPLE(sample_u8, uint8_t)
SAMPLE(sample_f32, float)

void millrace_sample_affine(
    const struct millrace_image *image, const double m[6], int fill, float fill_value, float *out, size_t out_height,
    size_t out_width) {
    struct run run;
    for (size_t y = 0; y < out_height; y++)
        for (size_t x = 0; x < out_width; x += RUN) {
            size_t count = out_width - x < RUN ? out_width - x : RUN;
            place(m, x, y, count, &run);
            float *to = out + (y * out_width + x) * image->channels;
            if (image->is_float)
                sample_f32(image, &run, count, fill, fill_value, to);
            else
                sample_u8(image, &run, count, fill, fill_value, to);
        }
}

static inline __attribute__((always_inline)) void copy_pixels(
    const uint8_t *in, size_t width, size_t pixel, ptrdiff_t top, ptrdiff_t left, int down, int right, uint8_t *out,
    size_t out_height, size_t out_width) {
    for (size_t y = 0; y < out_height; y++) {
        const uint8_t *row = in + (size_t)(top + (ptrdiff_t)y * down) * width * pixel;
        uint8_t *to = out + y * out_width * pixel;
        if (right > 0) {
            memcpy(to, row + (size_t)left * pixel, out_width * pixel);
            continue;
        }
        for (size_t x = 0; x < out_width; x++)
            memcpy(to + x * pixel, row + ((size_t)left - x) * pixel, pixel);
    }
}

void millrace_copy_pixels(
    const uint8_t *in, size_t width, size_t pixel, ptrdiff_t top, ptrdiff_t left, int down, int right, uint8_t *out,
    size_t out_height, size_t out_width) {
    switch (pixel) {
    case 1: copy_pixels(in, width, 1, top, left, down, right, out, out_height, out_width); break;
    case 3: copy_pixels(in, width, 3, top, left, down, right, out, out_height, out_width); break;
    case 4: copy_pixels(in, width, 4, top, left, down, right, out, out_height, out_width); break;
    default: copy_pixels(in, width, pixel, top, left, down, right, out, out_height, out_width); break;
    }
}

static inline float clipped(float value, float lower, float upper) {
    value = value < lower ? lower : value;
    return value > upper ? upper : value;
}

// Values that are summed side by side: a multiple of 1, 2, 3 and 4 channels.
enum { LANES = 48 };

CLONES static void sum_lanes(const float *values, size_t groups, double sums[LANES]) {
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < LANES; i++) sums[i] += (double)values[g * LANES + i];
}

CLONES static void contrast_lanes(
    float *values, size_t groups, const float means[LANES], float factor, float lower, float upper) {
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < LANES; i++) {
            float *v = &values[g * LANES + i];
            *v = clipped((*v - means[i]) * factor + means[i], lower, upper);
        }
}

static void contrast_one(
    float *values, size_t pixels, size_t channels, size_t c, float factor, float lower, float upper) {
    double sum = 0;
    for (size_t i = 0; i < pixels; i++) sum += (double)values[i * channels + c];
    float mean = (float)(sum / (double)pixels);
    for (size_t i = 0; i < pixels; i++) {
        float *v = &values[i * channels + c];
        *v = clipped((*v - mean) * factor + mean, lower, upper);
    }
}

void millrace_adjust_contrast(
    float *values, size_t pixels, size_t channels, float factor, float lower, float upper) {
    if (LANES % channels != 0) {
        for (size_t c = 0; c < channels; c++) contrast_one(values, pixels, channels, c, factor, lower, upper);
        return;
    }
    double lanes[LANES] = {0}, sums[LANES] = {0};
    size_t count = pixels * channels, groups = count / LANES;
    sum_lanes(values, groups, lanes);
    for (size_t i = 0; i < LANES; i++) sums[i % channels] += lanes[i];
    for (size_t i = groups * LANES; i < count; i++) sums[i % channels] += (double)values[i];
    float means[LANES];
    for (size_t i = 0; i < LANES; i++) means[i] = (float)(sums[i % channels] / (double)pixels);
    contrast_lanes(values, groups, means, factor, lower, upper);
    for (size_t i = groups * LANES; i < count; i++)
        values[i] = clipped((values[i] - means[i % channels]) * factor + means[i % channels], lower, upper);
}

CLONES void millrace_adjust_brightness(float *values, size_t count, float delta, float lower, float upper) {
    for (size_t i = 0; i < count; i++) values[i] = clipped(values[i] + delta, lower, upper);
}

// Natural logarithm of a normal positive number: 2 artanh((m - 1) / (m + 1)) of a mantissa near 1.
static inline __attribute__((always_inline)) float logarithm(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    // Mantissas from 1/sqrt(2) to sqrt(2).
    uint32_t shifted = bits + (0x3f800000 - 0x3f3504f3);
    float exponent = (float)((int32_t)(shifted >> 23) - 127);
    bits = (shifted & 0x007fffff) + 0x3f3504f3;
    float m;
    memcpy(&m, &bits, 4);
    float s = (m - 1) / (m + 1), q = s * s;
    float series = s * (2 + q * (2.0f / 3 + q * (2.0f / 5 + q * (2.0f / 7 + q * (2.0f / 9)))));
    return exponent * 0.693147180559945f + series;
}

// sqrt(2) times the inverse error function: Giles, "Approximating the erfinv function", 2010, in single precision.
static inline __attribute__((always_inline)) float normal_quantile(float x) {
    float w = -logarithm((1 - x) * (1 + x));
    float a = w - 2.5f, p = 2.81022636e-08f;
    p = 3.43273939e-07f + p * a;
    p = -3.5233877e-06f + p * a;
    p = -4.39150654e-06f + p * a;
    p = 0.00021858087f + p * a;
    p = -0.00125372503f + p * a;
    p = -0.00417768164f + p * a;
    p = 0.246640727f + p * a;
    p = 1.50140941f + p * a;
    float b = sqrtf(w < 0 ? 0 : w) - 3, t = -0.000200214257f;
    t = 0.000100950558f + t * b;
    t = 0.00134934322f + t * b;
    t = -0.00367342844f + t * b;
    t = 0.00573950773f + t * b;
    t = -0.0076224613f + t * b;
    t = 0.00943887047f + t * b;
    t = 1.00167406f + t * b;
    t = 2.83297682f + t * b;
    return 1.41421356237309505f * x * (w < 5 ? p : t);
}

CLONES void millrace_add_normal(float *values, size_t count, uint64_t key, float deviation) {
    for (size_t i = 0; i < count; i++) {
        uint64_t z = key + (uint64_t)(i + 1) * 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        z ^= z >> 31;
        // 23 bits and a half: never the ends of -1...1.
        float x = ((float)(int32_t)(z >> 41) + 0.5f) * 0x1p-22f - 1;
        values[i] += deviation * normal_quantile(x);
    }
}

CLONES void millrace_round_to_bytes(const float *in, uint8_t *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float value = in[i] > 0 ? in[i] : 0;
        value = value > 255 ? 255 : value;
        // Adding 2^23 leaves no fractional bits: rounded to nearest, to even in the middle.
        out[i] = (uint8_t)(int32_t)((value + 0x1p23f) - 0x1p23f);
    }
}
