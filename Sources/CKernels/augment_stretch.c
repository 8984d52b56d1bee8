// Tones of one sample that are stretched to a range, or made even.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <string.h>

#include "augment_shared.h"
#include "augment_stream.h"
#include "clones.h"

// Values that are compared side by side: a multiple of 1, 2, 3 and 4 channels.
enum { LANES = 48 };

CLONES static void ends_of_lanes(const float *values, size_t groups, float low[LANES], float high[LANES]) {
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < LANES; i++) {
            float value = values[g * LANES + i];
            low[i] = value < low[i] ? value : low[i];
            high[i] = value > high[i] ? value : high[i];
        }
}

static inline __attribute__((always_inline)) void scale_groups(
    const float *in, float *out, size_t groups, const float scale[LANES], const float offset[LANES], float lower,
    float upper) {
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < LANES; i++)
            out[g * LANES + i] = clipped(in[g * LANES + i] * scale[i] + offset[i], lower, upper);
}

// Groups that stay in the first of the caches until they are streamed.
enum { STREAMED_GROUPS = PIECE / LANES };

CLONES static void scale_lanes(
    const float *in, float *out, size_t groups, const float scale[LANES], const float offset[LANES], float lower,
    float upper) {
    if (in == out) {
        scale_groups(out, out, groups, scale, offset, lower, upper);
    } else if (groups * LANES < STREAMED_BYTES / 4) {
        scale_groups(in, out, groups, scale, offset, lower, upper);
    } else {
        float piece[STREAMED_GROUPS * LANES];
        for (size_t g = 0; g < groups; g += STREAMED_GROUPS) {
            size_t part = groups - g < STREAMED_GROUPS ? groups - g : STREAMED_GROUPS;
            scale_groups(in + g * LANES, piece, part, scale, offset, lower, upper);
            stream(piece, out + g * LANES, part * LANES * 4);
        }
        end_stream();
    }
}

static void stretch_one(const float *in, float *out, size_t pixels, size_t channels, float lower, float upper) {
    // What is no number is neither smaller nor larger, so it must not be what others are compared with.
    float low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < pixels; i++) {
        low = smaller(in[i * channels], low);
        high = larger(in[i * channels], high);
    }
    int is_stretched = high > low;
    float scale = (upper - lower) / (high - low), offset = lower - low * scale;
    for (size_t i = 0; i < pixels; i++) {
        float value = in[i * channels];
        out[i * channels] = is_stretched ? clipped(value * scale + offset, lower, upper) : value;
    }
}

void millrace_stretch(const float *in, float *out, size_t pixels, size_t channels, float lower, float upper) {
    size_t groups = pixels * channels / LANES;
    if (LANES % channels != 0 || groups == 0) {
        for (size_t c = 0; c < channels; c++) stretch_one(in + c, out + c, pixels, channels, lower, upper);
        return;
    }
    float low[LANES], high[LANES], scale[LANES], offset[LANES];
    for (size_t i = 0; i < LANES; i++) {
        low[i] = INFINITY;
        high[i] = -INFINITY;
    }
    ends_of_lanes(in, groups, low, high);
    for (size_t i = channels; i < LANES; i++) {
        low[i % channels] = smaller(low[i], low[i % channels]);
        high[i % channels] = larger(high[i], high[i % channels]);
    }
    for (size_t i = groups * LANES; i < pixels * channels; i++) {
        low[i % channels] = smaller(in[i], low[i % channels]);
        high[i % channels] = larger(in[i], high[i % channels]);
    }
    for (size_t i = 0; i < LANES; i++) {
        float from = low[i % channels], to = high[i % channels];
        scale[i] = to > from ? (upper - lower) / (to - from) : 1;
        offset[i] = to > from ? lower - from * scale[i] : 0;
        // A channel of one value may lie outside of the range, and stays there as others do that are not stretched.
    }
    float least = lower, most = upper;
    for (size_t i = 0; i < channels; i++)
        if (!(high[i] > low[i])) {
            least = smaller(least, low[i]);
            most = larger(most, high[i]);
        }
    scale_lanes(in, out, groups, scale, offset, least, most);
    for (size_t i = groups * LANES; i < pixels * channels; i++)
        out[i] = clipped(in[i] * scale[i % channels] + offset[i % channels], least, most);
}

CLONES static void place_in_bins(float *values, size_t count, float lower, float factor, float last) {
    for (size_t i = 0; i < count; i++) values[i] = clipped((values[i] - lower) * factor, 0, last);
}

int millrace_even_tones(
    const uint32_t *counts, size_t bins, uint32_t pixels, float lower, float upper, float *table) {
    size_t first = 0;
    while (first + 1 < bins && counts[first] == 0) first++;
    uint32_t rest = pixels - counts[first];
    if (rest == 0) return 0;
    uint64_t below = 0;
    // No value lies below the first tone.
    for (size_t k = 0; k < bins; k++) {
        float tone = k <= first ? 0 : rintf((float)((double)(below += counts[k]) * 255 / rest));
        table[k] = clipped(tone, 0, 255) / 255 * (upper - lower) + lower;
    }
    return 1;
}

void millrace_equalize(
    float *values, size_t pixels, size_t channels, size_t bins, float lower, float upper, uint32_t *counts,
    float *table) {
    float last = (float)(bins - 1), factor = last / (upper - lower);
    place_in_bins(values, pixels * channels, lower, factor, last);
    for (size_t c = 0; c < channels; c++) {
        memset(counts, 0, bins * sizeof *counts);
        // What is no number stays one, and counts as the lowest tone.
        for (size_t i = 0; i < pixels; i++) {
            float value = values[i * channels + c];
            counts[value >= 0 ? (uint32_t)value : 0]++;
        }
        if (!millrace_even_tones(counts, bins, (uint32_t)pixels, lower, upper, table)) {
            // One tone: nothing to make even. Only what was scaled is undone.
            for (size_t i = 0; i < pixels; i++) values[i * channels + c] = values[i * channels + c] / factor + lower;
            continue;
        }
        for (size_t i = 0; i < pixels; i++) {
            float *value = &values[i * channels + c];
            if (*value >= 0) *value = table[(uint32_t)*value];
        }
    }
}
