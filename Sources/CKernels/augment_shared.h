// What the kernels of augmentation share.
#ifndef CKERNELS_AUGMENT_SHARED_H
#define CKERNELS_AUGMENT_SHARED_H

#include <stddef.h>
#include <stdint.h>

#include "include/augment.h"

// The place inside 0 ..< n that stands for one outside, or -1 for the fill value.
static inline ptrdiff_t inside(ptrdiff_t i, ptrdiff_t n, int fill) {
    if (i >= 0 && i < n) return i;
    switch (fill) {
    case MILLRACE_FILL_NEAREST: return i < 0 ? 0 : n - 1;
    case MILLRACE_FILL_REFLECT:
        if (i >= -n && i < 2 * n) return i < 0 ? -1 - i : 2 * n - 1 - i;
        i %= 2 * n;
        if (i < 0) i += 2 * n;
        return i < n ? i : 2 * n - 1 - i;
    case MILLRACE_FILL_WRAP:
        if (i >= -n && i < 2 * n) return i < 0 ? i + n : i - n;
        i %= n;
        return i < 0 ? i + n : i;
    default: return -1;
    }
}

// A 32-bit finaliser of full avalanche; two keyed rounds of it make neighbouring values independent.
static inline uint32_t mixed(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

static inline float clipped(float value, float lower, float upper) {
    value = value < lower ? lower : value;
    return value > upper ? upper : value;
}

static inline float larger(float a, float b) { return a > b ? a : b; }
static inline float smaller(float a, float b) { return a < b ? a : b; }

static inline float contrasted(float value, float mean, float factor, float lower, float upper) {
    return clipped((value - mean) * factor + mean, lower, upper);
}

// What the tones of a histogram become when it is made even; 0 where all pixels have one of them.
int millrace_even_tones(
    const uint32_t *counts, size_t bins, uint32_t pixels, float lower, float upper, float *table);

#endif
