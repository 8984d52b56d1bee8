// What becomes of each of 256 bytes where that depends on the image: on its channels' means, ends and histograms.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <string.h>

#include "augment_shared.h"
#include "clones.h"

enum {
    TONES = 256,
    // Values that are summed or compared side by side: whole vectors, and a multiple of 1, 2, 3 and 4 channels.
    LANES = 192,
    // Groups of lanes whose sum is below 2^16.
    GROUPS = 256,
};

CLONES static void sum_lanes(const uint8_t *in, size_t groups, uint64_t sums[LANES]) {
    for (size_t from = 0; from < groups; from += GROUPS) {
        size_t end = groups - from < GROUPS ? groups : from + GROUPS;
        uint16_t parts[LANES] = {0};
        for (size_t g = from; g < end; g++)
            for (size_t i = 0; i < LANES; i++) parts[i] = (uint16_t)(parts[i] + in[g * LANES + i]);
        for (size_t i = 0; i < LANES; i++) sums[i] += parts[i];
    }
}

CLONES static void ends_of_lanes(const uint8_t *in, size_t groups, uint8_t least[LANES], uint8_t most[LANES]) {
    uint8_t low[LANES], high[LANES];
    memset(low, 255, sizeof low);
    memset(high, 0, sizeof high);
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < LANES; i++) {
            uint8_t value = in[g * LANES + i];
            low[i] = value < low[i] ? value : low[i];
            high[i] = value > high[i] ? value : high[i];
        }
    memcpy(least, low, sizeof low);
    memcpy(most, high, sizeof high);
}

void millrace_contrast_tones(
    const uint8_t *in, size_t pixels, size_t channels, float factor, float lower, float upper, float *tones) {
    uint64_t lanes[LANES] = {0}, sums[MILLRACE_TONE_CHANNELS] = {0};
    size_t count = pixels * channels, groups = count / LANES;
    sum_lanes(in, groups, lanes);
    for (size_t i = 0; i < LANES; i++) sums[i % channels] += lanes[i];
    for (size_t i = groups * LANES; i < count; i++) sums[i % channels] += in[i];
    for (size_t c = 0; c < channels; c++) {
        float mean = (float)((double)sums[c] / (double)pixels);
        for (size_t i = 0; i < TONES; i++)
            tones[c * TONES + i] = contrasted((float)(int32_t)i, mean, factor, lower, upper);
    }
}

void millrace_stretch_tones(
    const uint8_t *in, size_t pixels, size_t channels, float lower, float upper, float *tones) {
    uint8_t low[LANES], high[LANES];
    size_t count = pixels * channels, groups = count / LANES;
    ends_of_lanes(in, groups, low, high);
    for (size_t i = channels; i < LANES + count - groups * LANES; i++) {
        // The lanes first, then the values behind the last group.
        uint8_t from = i < LANES ? low[i] : in[groups * LANES + i - LANES];
        uint8_t to = i < LANES ? high[i] : in[groups * LANES + i - LANES];
        low[i % channels] = from < low[i % channels] ? from : low[i % channels];
        high[i % channels] = to > high[i % channels] ? to : high[i % channels];
    }
    for (size_t c = 0; c < channels; c++) {
        // The bytes that there are have the ends of the channel.
        for (size_t i = 0; i < TONES; i++)
            tones[c * TONES + i] = clipped((float)(int32_t)i, (float)low[c], (float)high[c]);
        millrace_stretch(tones + c * TONES, tones + c * TONES, TONES, 1, lower, upper);
    }
}

// Neighbouring pixels are often the same, and a number that has just been written cannot be read at once: pixels are
// counted by turns.
enum { TURNS = 2 };

static inline __attribute__((always_inline)) void count(
    const uint8_t *in, size_t pixels, size_t channels, uint32_t counts[TURNS][MILLRACE_TONE_CHANNELS][TONES]) {
    for (size_t i = 0; i + TURNS <= pixels; i += TURNS)
        for (size_t t = 0; t < TURNS; t++)
            for (size_t c = 0; c < channels; c++) counts[t][c][in[(i + t) * channels + c]]++;
    for (size_t i = pixels / TURNS * TURNS; i < pixels; i++)
        for (size_t c = 0; c < channels; c++) counts[0][c][in[i * channels + c]]++;
}

void millrace_equalize_tones(
    const uint8_t *in, size_t pixels, size_t channels, size_t bins, float lower, float upper, uint32_t *counts,
    float *table, float *tones) {
    uint32_t found[TURNS][MILLRACE_TONE_CHANNELS][TONES] = {0};
    if (channels == 3)
        count(in, pixels, 3, found);
    else
        count(in, pixels, channels, found);
    for (size_t c = 0; c < channels; c++) {
        memset(counts, 0, bins * sizeof *counts);
        float *own = tones + c * TONES;
        float factor = (float)(bins - 1) / (upper - lower);
        for (size_t i = 0; i < TONES; i++) {
            own[i] = clipped(((float)(int32_t)i - lower) * factor, 0, (float)(bins - 1));
            counts[(uint32_t)own[i]] += found[0][c][i] + found[1][c][i];
        }
        int is_even = millrace_even_tones(counts, bins, (uint32_t)pixels, lower, upper, table);
        for (size_t i = 0; i < TONES; i++) own[i] = is_even ? table[(uint32_t)own[i]] : own[i] / factor + lower;
    }
}
