// Changes of colours of one sample, and means of several.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <math.h>

#include "augment_shared.h"
#include "augment_stream.h"
#include "clones.h"

static inline __attribute__((always_inline)) void scale(
    const float *in, float *out, size_t count, float factor, float offset) {
    for (size_t i = 0; i < count; i++) out[i] = in[i] * factor + offset;
}

CLONES void millrace_scale_values(const float *in, float *out, size_t count, float factor, float offset) {
    if (in == out) {
        scale(out, out, count, factor, offset);
    } else if (count < STREAMED_BYTES / 4) {
        scale(in, out, count, factor, offset);
    } else {
        float piece[PIECE];
        for (size_t i = 0; i < count; i += PIECE) {
            size_t part = count - i < PIECE ? count - i : PIECE;
            scale(in + i, piece, part, factor, offset);
            stream(piece, out + i, part * 4);
        }
        end_stream();
    }
}

static inline __attribute__((always_inline)) void saturation(
    const float *in, float *out, size_t pixels, float factor, float black, float lower, float upper) {
    for (size_t i = 0; i < pixels; i++) {
        float r = in[3 * i], g = in[3 * i + 1], b = in[3 * i + 2];
        float top = larger(larger(r, g), b), range = top - smaller(smaller(r, g), b);
        float light = top - black;
        float saturation = light > 0 ? range / (light > 0 ? light : 1) : 0;
        float wanted = clipped(saturation * factor, lower, upper);
        // The distances from the largest value grow with the saturation.
        float ratio = saturation > 0 ? wanted / (saturation > 0 ? saturation : 1) : 0;
        out[3 * i] = top - (top - r) * ratio;
        out[3 * i + 1] = top - (top - g) * ratio;
        out[3 * i + 2] = top - (top - b) * ratio;
    }
}

CLONES void millrace_adjust_saturation(
    const float *in, float *out, size_t pixels, float factor, float black, float lower, float upper) {
    if (in == out)
        saturation(out, out, pixels, factor, black, lower, upper);
    else
        saturation(in, out, pixels, factor, black, lower, upper);
}

static inline __attribute__((always_inline)) void hue(
    const float *in, float *out, size_t pixels, float turn, float lower, float upper) {
    float extent = upper - lower, unit = 1 / extent;
    for (size_t i = 0; i < pixels; i++) {
        float r = (in[3 * i] - lower) * unit, g = (in[3 * i + 1] - lower) * unit,
              b = (in[3 * i + 2] - lower) * unit;
        float top = larger(larger(r, g), b), range = top - smaller(smaller(r, g), b);
        // Sixths of the circle.
        float part = 1 / (range > 0 ? range : 1);
        float hue = top == g ? part * (b - r) + 2 : part * (r - g) + 4;
        hue = top == r ? part * (g - b) : hue;
        hue = range > 0 ? hue : 0;
        hue = hue + 6 * turn;
        hue = hue < 0 ? hue + 6 : hue;
        hue = hue < 0 ? hue + 6 : hue;
        hue = hue >= 6 ? hue - 6 : hue;
        // Of nothing at all there is no colour; a black below the range has no saturation, either.
        float strength = top > 0 ? range : 0;
        float red = clipped(fabsf(hue - 3) - 1, 0, 1), green = clipped(2 - fabsf(hue - 2), 0, 1),
              blue = clipped(2 - fabsf(hue - 4), 0, 1);
        out[3 * i] = clipped(top - strength * (1 - red), 0, 1) * extent + lower;
        out[3 * i + 1] = clipped(top - strength * (1 - green), 0, 1) * extent + lower;
        out[3 * i + 2] = clipped(top - strength * (1 - blue), 0, 1) * extent + lower;
    }
}

CLONES void millrace_adjust_hue(const float *in, float *out, size_t pixels, float turn, float lower, float upper) {
    if (in == out)
        hue(out, out, pixels, turn, lower, upper);
    else
        hue(in, out, pixels, turn, lower, upper);
}

static inline __attribute__((always_inline)) void gray(
    const float *in, float *out, size_t pixels, float factor, float lower, float upper) {
    for (size_t i = 0; i < pixels; i++) {
        float r = in[3 * i], g = in[3 * i + 1], b = in[3 * i + 2];
        float gray = r * 0.2989f + g * 0.587f + b * 0.114f;
        out[3 * i] = clipped(r + factor * (gray - r), lower, upper);
        out[3 * i + 1] = clipped(g + factor * (gray - g), lower, upper);
        out[3 * i + 2] = clipped(b + factor * (gray - b), lower, upper);
    }
}

CLONES void millrace_mix_gray(const float *in, float *out, size_t pixels, float factor, float lower, float upper) {
    if (in == out)
        gray(out, out, pixels, factor, lower, upper);
    else
        gray(in, out, pixels, factor, lower, upper);
}

static inline __attribute__((always_inline)) void posterize(
    const float *in, float *out, size_t count, int bits, float lower, float upper) {
    float to_bytes = 255 / (upper - lower), from_bytes = (upper - lower) / 255;
    int32_t mask = 0xff << (8 - bits) & 0xff;
    for (size_t i = 0; i < count; i++) {
        // What is no number stays one.
        float value = in[i];
        int32_t byte = (int32_t)(value == value ? clipped((value - lower) * to_bytes, 0, 255) : 0) & mask;
        out[i] = value == value ? (float)byte * from_bytes + lower : value;
    }
}

CLONES void millrace_posterize(const float *in, float *out, size_t count, int bits, float lower, float upper) {
    if (in == out)
        posterize(out, out, count, bits, lower, upper);
    else
        posterize(in, out, count, bits, lower, upper);
}

static inline __attribute__((always_inline)) void solarize(
    const float *in, float *out, size_t count, float addition, float threshold, float lower, float upper) {
    float to_bytes = 255 / (upper - lower), from_bytes = (upper - lower) / 255;
    for (size_t i = 0; i < count; i++) {
        float value = clipped((in[i] - lower) * to_bytes + addition, 0, 255);
        value = value < threshold ? value : 255 - value;
        out[i] = value * from_bytes + lower;
    }
}

CLONES void millrace_solarize(
    const float *in, float *out, size_t count, float addition, float threshold, float lower, float upper) {
    if (in == out)
        solarize(out, out, count, addition, threshold, lower, upper);
    else
        solarize(in, out, count, addition, threshold, lower, upper);
}

CLONES void millrace_add_scaled(float *into, const float *other, size_t count, float weight) {
    for (size_t i = 0; i < count; i++) into[i] = into[i] + weight * other[i];
}

CLONES void millrace_mix_values(float *into, const float *other, size_t count, float weight) {
    float rest = 1 - weight;
    for (size_t i = 0; i < count; i++) into[i] = weight * into[i] + rest * other[i];
}
