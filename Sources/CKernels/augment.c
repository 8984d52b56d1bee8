// Random changes of one sample.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <string.h>

#include "augment_shared.h"
#include "augment_stream.h"
#include "clones.h"

typedef uint8_t bytes __attribute__((vector_size(16)));

// Five pixels of three bytes the other way round; one byte more is read and written.
static inline __attribute__((always_inline)) void mirror_five(const uint8_t *in, uint8_t *out) {
    bytes values;
    memcpy(&values, in, sizeof values);
    values = __builtin_shufflevector(values, values, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2, 15);
    memcpy(out, &values, sizeof values);
}

// Sixteen pixels of three floats the other way round, as three lines of a cache: each has the values of two places.
static inline __attribute__((always_inline)) void mirror_sixteen(const float *in, uint8_t *out, int streams) {
    cache_line a[3], b[3], lines[3];
    for (size_t i = 0; i < 3; i++) {
        memcpy(&a[i], in + (const size_t[]){32, 15, 0}[i], sizeof a[i]);
        memcpy(&b[i], in + (const size_t[]){30, 17, 2}[i], sizeof b[i]);
    }
    lines[0] = __builtin_shufflevector(a[0], b[0], 13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, 16);
    lines[1] = __builtin_shufflevector(a[1], b[1], 30, 31, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1);
    lines[2] = __builtin_shufflevector(a[2], b[2], 31, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2);
    if (streams)
        for (size_t i = 0; i < 3; i++) __builtin_nontemporal_store(lines[i], (cache_line *)(void *)out + i);
    else
        memcpy(out, lines, sizeof lines);
}

static inline __attribute__((always_inline)) void mirror_row(
    const uint8_t *row, size_t pixel, size_t left, uint8_t *to, size_t width, int streams) {
    size_t x = 0;
    if (pixel == 3) {
        // Where more is read and written than a pixel, one of the same row lies behind it.
        memcpy(to, row + left * pixel, pixel);
        for (x = 1; x + 5 < width; x += 5) mirror_five(row + (left - x - 4) * 3, to + x * 3);
    }
    if (pixel == 12 && streams && (uintptr_t)to % sizeof(cache_line) == 0)
        for (; x + 16 <= width; x += 16) mirror_sixteen((const float *)row + (left - x - 15) * 3, to + x * 12, 1);
    else if (pixel == 12)
        for (; x + 16 <= width; x += 16) mirror_sixteen((const float *)row + (left - x - 15) * 3, to + x * 12, 0);
    for (; x < width; x++) memcpy(to + x * pixel, row + (left - x) * pixel, pixel);
}

// How many rows before they are copied they are fetched: those that are read backwards, or not to their ends, are no
// stream that a processor sees.
enum { AHEAD = 2 };

static inline __attribute__((always_inline)) void fetch(const uint8_t *row, size_t count) {
    for (size_t i = 0; i < count; i += 64) __builtin_prefetch(row + i);
}

static inline __attribute__((always_inline)) void copy_pixels(
    const uint8_t *in, size_t width, size_t pixel, ptrdiff_t top, ptrdiff_t left, int down, int right, uint8_t *out,
    size_t out_height, size_t out_width) {
    int streams = out_height * out_width * pixel >= STREAMED_BYTES;
    ptrdiff_t below = down * (ptrdiff_t)(width * pixel), leftmost = right > 0 ? left : left - (ptrdiff_t)out_width + 1;
    for (size_t y = 0; y < out_height; y++) {
        const uint8_t *row = in + (top + (ptrdiff_t)y * down) * (ptrdiff_t)(width * pixel);
        uint8_t *to = out + y * out_width * pixel;
        if (streams && y + AHEAD < out_height)
            fetch(row + AHEAD * below + leftmost * (ptrdiff_t)pixel, out_width * pixel);
        if (right <= 0)
            mirror_row(row, pixel, (size_t)left, to, out_width, streams);
        else if (streams)
            stream(row + (size_t)left * pixel, to, out_width * pixel);
        else
            memcpy(to, row + (size_t)left * pixel, out_width * pixel);
    }
    if (streams) end_stream();
}

CLONES void millrace_copy_bytes(const void *in, void *out, size_t count) {
    if (count < STREAMED_BYTES) {
        memcpy(out, in, count);
        return;
    }
    stream(in, out, count);
    end_stream();
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

static inline __attribute__((always_inline)) void contrast(
    const float *in, float *out, size_t groups, const float means[LANES], float factor, float lower, float upper) {
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < LANES; i++)
            out[g * LANES + i] = contrasted(in[g * LANES + i], means[i], factor, lower, upper);
}

CLONES static void contrast_lanes(
    const float *in, float *out, size_t groups, const float means[LANES], float factor, float lower, float upper) {
    if (in == out)
        contrast(out, out, groups, means, factor, lower, upper);
    else
        contrast(in, out, groups, means, factor, lower, upper);
}

static void contrast_one(
    const float *in, float *out, size_t pixels, size_t channels, size_t c, float factor, float lower, float upper) {
    double sum = 0;
    for (size_t i = 0; i < pixels; i++) sum += (double)in[i * channels + c];
    float mean = (float)(sum / (double)pixels);
    for (size_t i = c; i < pixels * channels; i += channels)
        out[i] = contrasted(in[i], mean, factor, lower, upper);
}

void millrace_adjust_contrast(
    const float *in, float *out, size_t pixels, size_t channels, float factor, float lower, float upper) {
    if (LANES % channels != 0) {
        for (size_t c = 0; c < channels; c++) contrast_one(in, out, pixels, channels, c, factor, lower, upper);
        return;
    }
    double lanes[LANES] = {0}, sums[LANES] = {0};
    size_t count = pixels * channels, groups = count / LANES;
    sum_lanes(in, groups, lanes);
    for (size_t i = 0; i < LANES; i++) sums[i % channels] += lanes[i];
    for (size_t i = groups * LANES; i < count; i++) sums[i % channels] += (double)in[i];
    float means[LANES];
    for (size_t i = 0; i < LANES; i++) means[i] = (float)(sums[i % channels] / (double)pixels);
    contrast_lanes(in, out, groups, means, factor, lower, upper);
    for (size_t i = groups * LANES; i < count; i++)
        out[i] = contrasted(in[i], means[i % channels], factor, lower, upper);
}

static inline __attribute__((always_inline)) void brightness(
    const float *in, float *out, size_t count, float delta, float lower, float upper) {
    for (size_t i = 0; i < count; i++) out[i] = clipped(in[i] + delta, lower, upper);
}

CLONES void millrace_adjust_brightness(
    const float *in, float *out, size_t count, float delta, float lower, float upper) {
    if (in == out) {
        brightness(out, out, count, delta, lower, upper);
    } else if (count < STREAMED_BYTES / 4) {
        brightness(in, out, count, delta, lower, upper);
    } else {
        float piece[PIECE];
        for (size_t i = 0; i < count; i += PIECE) {
            size_t part = count - i < PIECE ? count - i : PIECE;
            brightness(in + i, piece, part, delta, lower, upper);
            stream(piece, out + i, part * 4);
        }
        end_stream();
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
