// Random changes of one sample.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <string.h>

#include "augment_shared.h"
#include "clones.h"

typedef uint8_t bytes __attribute__((vector_size(16)));

// Five pixels of three bytes the other way round; one byte more is read and written.
static inline void mirror_five(const uint8_t *in, uint8_t *out) {
    bytes values;
    memcpy(&values, in, sizeof values);
    values = __builtin_shufflevector(values, values, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2, 15);
    memcpy(out, &values, sizeof values);
}

static inline __attribute__((always_inline)) void mirror_row(
    const uint8_t *row, size_t pixel, size_t left, uint8_t *to, size_t width) {
    size_t x = 0;
    if (pixel == 3 || pixel == 12) {
        // Where more is read and written than a pixel, one of the same row lies behind it.
        memcpy(to, row + left * pixel, pixel);
        x = 1;
    }
    if (pixel == 3)
        for (; x + 5 < width; x += 5) mirror_five(row + (left - x - 4) * 3, to + x * 3);
    if (pixel == 12)
        for (; x + 1 < width; x++) memcpy(to + x * 12, row + (left - x) * 12, 16);
    for (; x < width; x++) memcpy(to + x * pixel, row + (left - x) * pixel, pixel);
}

static inline __attribute__((always_inline)) void copy_pixels(
    const uint8_t *in, size_t width, size_t pixel, ptrdiff_t top, ptrdiff_t left, int down, int right, uint8_t *out,
    size_t out_height, size_t out_width) {
    for (size_t y = 0; y < out_height; y++) {
        const uint8_t *row = in + (size_t)(top + (ptrdiff_t)y * down) * width * pixel;
        uint8_t *to = out + y * out_width * pixel;
        if (right > 0)
            memcpy(to, row + (size_t)left * pixel, out_width * pixel);
        else
            mirror_row(row, pixel, (size_t)left, to, out_width);
    }
}

CLONES void millrace_copy_pixels(
    const uint8_t *in, size_t width, size_t pixel, ptrdiff_t top, ptrdiff_t left, int down, int right, uint8_t *out,
    size_t out_height, size_t out_width) {
    switch (pixel) {
    case 1: copy_pixels(in, width, 1, top, left, down, right, out, out_height, out_width); break;
    case 3: copy_pixels(in, width, 3, top, left, down, right, out, out_height, out_width); break;
    case 4: copy_pixels(in, width, 4, top, left, down, right, out, out_height, out_width); break;
    case 12: copy_pixels(in, width, 12, top, left, down, right, out, out_height, out_width); break;
    default: copy_pixels(in, width, pixel, top, left, down, right, out, out_height, out_width); break;
    }
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
    // Numbers of 32 bits, which vectors multiply at full speed. An image has fewer values than they count to.
    uint32_t inner = (uint32_t)key, outer = (uint32_t)(key >> 32);
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = mixed(mixed((uint32_t)i + inner) ^ outer);
        // 23 bits and a half: never the ends of -1...1.
        float x = ((float)(int32_t)(bits >> 9) + 0.5f) * 0x1p-22f - 1;
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
