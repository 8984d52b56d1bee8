#include "include/random.h"

#include "functions.h"
#include "parallel.h"

#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

uint64_t millrace_random_key(uint64_t seed, uint64_t step, uint64_t stream) {
    // splitmix64's finaliser after each word.
    uint64_t words[3] = {seed, step, stream}, key = 0;
    for (int i = 0; i < 3; i++) {
        key += words[i] + 0x9e3779b97f4a7c15u;
        key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9u;
        key = (key ^ (key >> 27)) * 0x94d049bb133111ebu;
        key ^= key >> 31;
    }
    return key;
}

// A 32-bit finaliser of full avalanche; two keyed rounds of it make neighbouring elements independent.
static inline __attribute__((always_inline)) uint32_t mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

// The distance from the mean beyond which lies a share p, up to one half, of the normal distribution: the inverse
// error function of 1 - 2p by M. Giles's single-precision approximation, with -log((1 - x)(1 + x)) = -log(4 p (1 - p)),
// which loses nothing in the tail.
static inline __attribute__((always_inline)) float normal_distance(float p) {
    float x = 1.0f - 2.0f * p, w = -vector_log(4.0f * p * (1.0f - p));
    float a = w - 2.5f, y = 2.81022636e-08f;
    y = y * a + 3.43273939e-07f;
    y = y * a - 3.5233877e-06f;
    y = y * a - 4.39150654e-06f;
    y = y * a + 0.00021858087f;
    y = y * a - 0.00125372503f;
    y = y * a - 0.00417768164f;
    y = y * a + 0.246640727f;
    y = y * a + 1.50140941f;
    float b = __builtin_elementwise_sqrt(w < 0.0f ? 0.0f : w) - 3.0f, z = -0.000200214257f;
    z = z * b + 0.000100950558f;
    z = z * b + 0.00134934322f;
    z = z * b - 0.00367342844f;
    z = z * b + 0.00573950773f;
    z = z * b - 0.0076224613f;
    z = z * b + 0.00943887047f;
    z = z * b + 1.00167406f;
    z = z * b + 2.83297682f;
    return 1.41421356f * x * (w < 5.0f ? y : z);
}

struct random {
    int distribution;
    bool is_brief;
    const void *source;
    void *target;
    size_t first;
    float p, q;
    uint64_t key;
};

// Calls BODY with `random` for every element i.
#define EACH_RANDOM(BODY)                                                                                    \
    for (size_t i = begin; i < end;) {                                                                       \
        /* The position's upper half changes the keys, the lower half is mixed: no position repeats another. */ \
        uint64_t position = task->first + i;                                                                 \
        uint32_t high = (uint32_t)(position >> 32), low = (uint32_t)position;                                \
        uint32_t inner = (uint32_t)task->key + mix(high), outer = (uint32_t)(task->key >> 32);               \
        size_t run = (size_t)(0x100000000u - low);                                                           \
        if (run > end - i) run = end - i;                                                                    \
        IN_PLACE for (size_t k = 0; k < run; k++) {                                                          \
            uint32_t random = mix(mix(low + (uint32_t)k + inner) ^ outer);                                   \
            BODY;                                                                                            \
        }                                                                                                    \
        i += run;                                                                                            \
    }                                                                                                        \
    break

enum { DROPOUT = MILLRACE_KEPT + 1 };

CLONES static void random_range(void *context, size_t begin, size_t end) {
    const struct random *task = context;
    // p is below 1: layers make zeros of their own otherwise.
    uint32_t threshold = (uint32_t)((double)task->p * 4294967296.0);
    float q = task->q;
    float *target = task->target;
    const float *source = task->source;
    uint16_t *brief_target = task->target;
    const uint16_t *brief_source = task->source;
    switch (task->distribution + (task->is_brief ? 1 : 0)) {
    case MILLRACE_UNIFORM: EACH_RANDOM(target[i + k] = (float)(int32_t)(random >> 8) * 0x1p-24f);
    case MILLRACE_NORMAL:
        EACH_RANDOM(
            float distance = normal_distance(((float)(int32_t)(random >> 1) + 0.5f) * 0x1p-32f);
            target[i + k] = random & 1 ? distance : -distance);
    case MILLRACE_KEPT: EACH_RANDOM(target[i + k] = random >= threshold ? q : 0.0f);
    case DROPOUT: EACH_RANDOM(target[i + k] = random >= threshold ? source[i + k] * q : 0.0f);
    case DROPOUT + 1:
        EACH_RANDOM(
            brief_target[i + k] =
                random >= threshold ? to_bfloat16(from_bfloat16(brief_source[i + k]) * q) : (uint16_t)0);
    }
}

void millrace_random(int distribution, float p, float q, float *target, size_t count, size_t first, uint64_t key) {
    struct random task = {distribution, false, NULL, target, first, p, q, key};
    millrace_parallel(count, 1 << 14, random_range, &task);
}

void millrace_dropout(
    const void *source, void *target, bool is_brief, size_t count, size_t first, float p, float q, uint64_t key) {
    struct random task = {DROPOUT, is_brief, source, target, first, p, q, key};
    millrace_parallel(count, 1 << 15, random_range, &task);
}
