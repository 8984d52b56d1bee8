// Random values of one sample: normal noise, and values left out.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <string.h>

#include "augment_shared.h"
#include "clones.h"

// Points that are drawn at once, each of two numbers.
enum { POINTS = 64, BLOCK = 2 * POINTS };

static inline __attribute__((always_inline)) float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

// Natural logarithm of a normal positive number: a polynomial for mantissas from 1/sqrt(2) to sqrt(2), of an error below
// 4e-8.
static inline __attribute__((always_inline)) float logarithm(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint32_t shifted = bits + (0x3f800000 - 0x3f3504f3);
    float exponent = (float)((int32_t)(shifted >> 23) - 127);
    float x = from_bits((shifted & 0x007fffff) + 0x3f3504f3) - 1;
    float p = 0.08743945357f;
    p = p * x - 0.1437733057f;
    p = p * x + 0.14949095476f;
    p = p * x - 0.16560695992f;
    p = p * x + 0.19956977483f;
    p = p * x - 0.25002153461f;
    p = p * x + 0.33334183339f;
    p = p * x - 0.49999987032f;
    p = p * x + 0.99999997427f;
    return exponent * 0.693147180559945f + p * x;
}

// Standard normal numbers of a block: points of Box and Muller, "A Note on the Generation of Random Normal Deviates",
// 1958. The direction lies in the quarter around the first axis; one bit mirrors it, another one exchanges the axes.
static inline __attribute__((always_inline)) void draw(uint32_t block, uint64_t key, float numbers[BLOCK]) {
    // Numbers of 32 bits, which vectors multiply at full speed. An image has fewer values than they count to.
    uint32_t inner = (uint32_t)key, outer = (uint32_t)(key >> 32);
    for (uint32_t j = 0; j < POINTS; j++) {
        uint32_t first = mixed(block * POINTS + j + inner);
        uint32_t radial = mixed(first ^ outer), angular = mixed(first + ~outer);
        // 23 bits and a half: never the ends of 0...1.
        float share = ((float)(int32_t)(radial >> 9) + 0.5f) * 0x1p-23f;
        float square = -2 * logarithm(share);
        float radius = sqrtf(square < 0 ? 0 : square);
        float turn = ((float)(int32_t)(angular >> 9) + 0.5f) * 0x1p-23f - 0.5f, q = turn * turn;
        float sine = turn * (1.57079632196f + q * (-0.64596347815f + q * (0.07968022286f - q * 0.00460216311f)));
        float cosine = 0.99999997238f + q * (-1.23369701084f + q * (0.25359860771f - q * 0.02040825547f));
        uint32_t sign = angular << 31, bits;
        memcpy(&bits, &cosine, 4);
        float along = radius * from_bits(bits ^ sign), across = radius * sine;
        numbers[j] = angular & 2 ? across : along;
        numbers[j + POINTS] = angular & 2 ? along : across;
    }
}

static inline __attribute__((always_inline)) void add_normal(
    const float *in, float *out, size_t count, uint64_t key, float deviation) {
    float numbers[BLOCK];
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        draw((uint32_t)(i / BLOCK), key, numbers);
        for (size_t j = 0; j < BLOCK; j++) out[i + j] = in[i + j] + deviation * numbers[j];
    }
    if (i == count) return;
    draw((uint32_t)(i / BLOCK), key, numbers);
    for (size_t j = 0; i + j < count; j++) out[i + j] = in[i + j] + deviation * numbers[j];
}

CLONES void millrace_add_normal(const float *in, float *out, size_t count, uint64_t key, float deviation) {
    if (in == out)
        add_normal(out, out, count, key, deviation);
    else
        add_normal(in, out, count, key, deviation);
}

CLONES void millrace_fill_normal(
    float *values, size_t count, uint64_t key, float deviation, float lower, float upper) {
    float numbers[BLOCK];
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        draw((uint32_t)(i / BLOCK), key, numbers);
        for (size_t j = 0; j < BLOCK; j++) values[i + j] = clipped(deviation * numbers[j], lower, upper);
    }
    if (i == count) return;
    draw((uint32_t)(i / BLOCK), key, numbers);
    for (size_t j = 0; i + j < count; j++) values[i + j] = clipped(deviation * numbers[j], lower, upper);
}

static inline __attribute__((always_inline)) void drop(
    const float *in, float *out, size_t count, uint64_t key, float probability) {
    // Compared as whole numbers of 32 bits.
    uint32_t inner = (uint32_t)key, outer = (uint32_t)(key >> 32);
    uint64_t wanted = (uint64_t)((double)probability * 4294967296.0);
    uint32_t threshold = wanted > UINT32_MAX ? UINT32_MAX : (uint32_t)wanted;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = mixed(mixed((uint32_t)i + inner) ^ outer);
        float value = in[i];
        out[i] = bits < threshold ? 0 : value;
    }
}

CLONES void millrace_drop_values(const float *in, float *out, size_t count, uint64_t key, float probability) {
    if (in == out)
        drop(out, out, count, key, probability);
    else
        drop(in, out, count, key, probability);
}
