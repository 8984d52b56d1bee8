// Separable resampling in fixed point.
//
// Along a row, neighbouring outputs read different numbers of pixels at odd distances, which does not vectorize. So
// sixteen rows are transposed first: then every tap is one weight for sixteen bytes that lie side by side.

#include "include/pixels.h"

#include <string.h>

#include "clones.h"

enum { ROWS = MILLRACE_RESAMPLE_ROWS, HALF = 1 << (MILLRACE_RESAMPLE_BITS - 1) };

typedef uint8_t bytes16 __attribute__((vector_size(16)));

static inline __attribute__((always_inline)) bytes16 low(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

static inline __attribute__((always_inline)) bytes16 high(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// Transposes 16 x 16 bytes: four rounds of interleaving row i with row i + 8.
static inline __attribute__((always_inline)) void transpose16(
    const uint8_t *in, size_t stride, uint8_t *out, size_t out_stride) {
    bytes16 a[16], b[16];
    for (int i = 0; i < 16; i++) memcpy(&a[i], in + (size_t)i * stride, 16);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 8; i++) {
            b[2 * i] = low(a[i], a[i + 8]);
            b[2 * i + 1] = high(a[i], a[i + 8]);
        }
        memcpy(a, b, sizeof a);
    }
    for (int i = 0; i < 16; i++) memcpy(out + (size_t)i * out_stride, &a[i], 16);
}

// Rows of `length` bytes to `length` groups of sixteen; rows that are not there repeat the last.
static void transpose_in(const uint8_t *in, size_t stride, size_t rows, size_t length, uint8_t *out) {
    size_t whole = rows == ROWS ? length / 16 * 16 : 0;
    for (size_t x = 0; x < whole; x += 16) transpose16(in + x, stride, out + x * ROWS, ROWS);
    for (size_t x = whole; x < length; x++)
        for (size_t row = 0; row < ROWS; row++) out[x * ROWS + row] = in[(row < rows ? row : rows - 1) * stride + x];
}

static void transpose_out(const uint8_t *in, size_t rows, size_t length, uint8_t *out, size_t stride) {
    size_t whole = rows == ROWS ? length / 16 * 16 : 0;
    for (size_t x = 0; x < whole; x += 16) transpose16(in + x * ROWS, ROWS, out + x, stride);
    for (size_t row = 0; row < rows; row++)
        for (size_t x = whole; x < length; x++) out[row * stride + x] = in[x * ROWS + row];
}

static inline uint8_t clipped(int32_t sum) {
    sum >>= MILLRACE_RESAMPLE_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static inline __attribute__((always_inline)) void weigh(
    const struct millrace_resample_axis *axis, const uint8_t *in, size_t channels, uint8_t *out) {
    for (size_t i = 0; i < axis->outputs; i++) {
        const int32_t *weights = axis->weights + axis->offsets[i];
        const uint8_t *from = in + (size_t)axis->starts[i] * channels * ROWS;
        size_t count = (size_t)axis->counts[i];
        for (size_t c = 0; c < channels; c++) {
            int32_t sums[ROWS];
            for (size_t row = 0; row < ROWS; row++) sums[row] = HALF;
            for (size_t t = 0; t < count; t++) {
                const uint8_t *values = from + (t * channels + c) * ROWS;
                int32_t weight = weights[t];
                for (size_t row = 0; row < ROWS; row++) sums[row] += weight * (int32_t)values[row];
            }
            uint8_t *to = out + (i * channels + c) * ROWS;
            for (size_t row = 0; row < ROWS; row++) to[row] = clipped(sums[row]);
        }
    }
}

CLONES static void weigh_any(
    const struct millrace_resample_axis *axis, const uint8_t *in, size_t channels, uint8_t *out) {
    switch (channels) {
    case 1: weigh(axis, in, 1, out); break;
    case 3: weigh(axis, in, 3, out); break;
    default: weigh(axis, in, channels, out); break;
    }
}

void millrace_resample_rows(
    const struct millrace_resample_axis *axis, const uint8_t *in, size_t stride, size_t rows, size_t channels,
    size_t width, uint8_t *out, size_t out_stride, uint8_t *scratch) {
    uint8_t *weighed = scratch + ROWS * channels * width;
    transpose_in(in, stride, rows, width * channels, scratch);
    weigh_any(axis, scratch, channels, weighed);
    transpose_out(weighed, rows, axis->outputs * channels, out, out_stride);
}

// Bytes of a row whose sums are kept in registers over all taps.
enum { SPAN = 64 };

CLONES void millrace_resample_column(
    const struct millrace_resample_axis *axis, size_t index, const uint8_t *in, size_t length, uint8_t *out) {
    const int32_t *weights = axis->weights + axis->offsets[index];
    const uint8_t *from = in + (size_t)axis->starts[index] * length;
    size_t count = (size_t)axis->counts[index];
    size_t x = 0;
    for (; x + SPAN <= length; x += SPAN) {
        int32_t sums[SPAN];
        for (size_t i = 0; i < SPAN; i++) sums[i] = HALF;
        for (size_t t = 0; t < count; t++) {
            const uint8_t *values = from + t * length + x;
            int32_t weight = weights[t];
            for (size_t i = 0; i < SPAN; i++) sums[i] += weight * (int32_t)values[i];
        }
        for (size_t i = 0; i < SPAN; i++) out[x + i] = clipped(sums[i]);
    }
    for (; x < length; x++) {
        int32_t sum = HALF;
        for (size_t t = 0; t < count; t++) sum += weights[t] * (int32_t)from[t * length + x];
        out[x] = clipped(sum);
    }
}
