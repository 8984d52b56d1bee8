// Weighted sums over windows of pixels: blurred and sharpened images.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <string.h>

#include "augment_shared.h"
#include "clones.h"

// Values whose sum is kept in registers while the window is walked.
enum { BLOCK = 64 };

// out[i] = sum over k of weights[k] * in[i + k * step].
CLONES static void sum_line(
    const float *in, size_t step, const float *weights, size_t count, float *out, size_t length) {
    size_t i = 0;
    for (; i + BLOCK <= length; i += BLOCK) {
        float sums[BLOCK];
        for (size_t j = 0; j < BLOCK; j++) sums[j] = weights[0] * in[i + j];
        for (size_t k = 1; k < count; k++)
            for (size_t j = 0; j < BLOCK; j++) sums[j] += weights[k] * in[i + j + k * step];
        memcpy(out + i, sums, sizeof sums);
    }
    for (; i < length; i++) {
        float sum = weights[0] * in[i];
        for (size_t k = 1; k < count; k++) sum += weights[k] * in[i + k * step];
        out[i] = sum;
    }
}

// out[i] += weight * in[i], or out[i] = weight * in[i] for the first row.
CLONES static void add_row(const float *in, float weight, int is_first, float *out, size_t length) {
    if (is_first)
        for (size_t i = 0; i < length; i++) out[i] = weight * in[i];
    else
        for (size_t i = 0; i < length; i++) out[i] += weight * in[i];
}

void millrace_window_sums(
    const float *values, size_t height, size_t width, size_t channels, const float *vertical, size_t rows,
    const float *horizontal, size_t columns, int fill, float *between, float *line, float *out) {
    size_t row = width * channels, side = columns / 2;
    for (size_t y = 0; y < height; y++) {
        const float *in = values + y * row;
        for (size_t x = 0; x < side; x++) {
            ptrdiff_t left = inside((ptrdiff_t)x - (ptrdiff_t)side, (ptrdiff_t)width, fill);
            ptrdiff_t right = inside((ptrdiff_t)(width + x), (ptrdiff_t)width, fill);
            for (size_t c = 0; c < channels; c++) {
                line[x * channels + c] = left < 0 ? 0 : in[(size_t)left * channels + c];
                line[(side + width + x) * channels + c] = right < 0 ? 0 : in[(size_t)right * channels + c];
            }
        }
        memcpy(line + side * channels, in, row * sizeof(float));
        sum_line(line, channels, horizontal, columns, between + y * row, row);
    }
    size_t above = rows / 2;
    for (size_t y = 0; y < height; y++) {
        // The inner rows lie one behind the other.
        if (y >= above && y + above < height) {
            sum_line(between + (y - above) * row, row, vertical, rows, out + y * row, row);
            continue;
        }
        int is_first = 1;
        for (size_t k = 0; k < rows; k++) {
            ptrdiff_t from = inside((ptrdiff_t)(y + k) - (ptrdiff_t)above, (ptrdiff_t)height, fill);
            if (from < 0) continue;
            add_row(between + (size_t)from * row, vertical[k], is_first, out + y * row, row);
            is_first = 0;
        }
    }
}

CLONES void millrace_mix_smooth(
    float *values, const float *sums, size_t count, float amount, float lower, float upper) {
    for (size_t i = 0; i < count; i++) {
        float smooth = (sums[i] + 4 * values[i]) * (1.0f / 13);
        values[i] = clipped(values[i] + amount * (smooth - values[i]), lower, upper);
    }
}
